/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which profile is in force. The file waits as long as somebody loads a profile or
 * changes the mode, which may take minutes, so a thread of its own reads it.
 */
#ifndef PCSC_MONITOR_PROFILE_ID_H
#define PCSC_MONITOR_PROFILE_ID_H

struct profile_id {
	char name[64];
	char digest[16]; /* "": no profile is in force, or none is known */
};

struct profile_watch;

/* Read DIR/profile every few seconds; the first time now, for at most a second.
 * @dir stays the caller's. NULL, after a sentence: there is no thread to be had. */
struct profile_watch *profile_watch_start(const char *dir);
void profile_watch_stop(struct profile_watch *w);

/* As it was read last; of no watch, none. */
struct profile_id profile_watch_last(struct profile_watch *w);

/* "NAME DIGEST", as the helper prints it. Anything else: none. */
struct profile_id profile_id_parse(const char *text);

#endif
