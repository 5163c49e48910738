/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the helper of this host has found not to be constant while it served a profile,
 * as a profile of nothing but conflicts: merged with others, it takes their rules.
 */
#ifndef PCSC_PROFILE_DEMOTIONS_H
#define PCSC_PROFILE_DEMOTIONS_H

#include "profile.h"

/*
 * Ask the helper behind @fd for the functions in @devices, sysfs's directory, and make
 * @out of it, with those models of @prof, which is sorted, that the helper would take.
 * Functions that have none are named in a warning. 0 or a negative errno, said.
 */
int demotions_find(int fd, const char *devices, const struct profile *prof,
		   struct profile **out);

/*
 * Say each conflict of @demoted, and of each rule of a person's in @prof, which it
 * contradicts and which stays, what to do about it.
 */
void demotions_say(const struct profile *demoted, const struct profile *prof);

/* `pcsc-profile demotions`: into the file @out, of the profile at @path. */
int demotions_command(const char *path, const char *out, bool redact);

#endif
