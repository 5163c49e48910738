/* SPDX-License-Identifier: GPL-2.0-only */
/* The address of the page, with the key to what is root's in it. */
#ifndef PCSC_MONITOR_URL_H
#define PCSC_MONITOR_URL_H

#include "monitor/listen.h"

#define URL_LISTEN "127.0.0.1:9753" /* where nobody says otherwise */

/* Room for a host, a port and the key. */
#define URL_SIZE 160

/* Returns @url. */
const char *url_of(char url[static URL_SIZE], const char *where,
		   const char *key);

/* The first of @listen that a browser reaches, or NULL: there is none. */
const char *url_where(const char *const listen[LISTEN_MAX]);

/*
 * Leave the addresses of @listeners that a browser reaches beside the key in @file, so that
 * url_tell() gives the key to no other server. 0, or a negative errno after a sentence.
 */
int url_leave(const struct listener *listeners, int nr, const char *file);

/*
 * Print it for the daemon whose key is in @file: the address that is in @listen, if there is
 * one, and otherwise the first at which that daemon serves. 0, or a negative errno after a
 * sentence.
 */
int url_tell(const char *const listen[LISTEN_MAX], const char *file);

#endif
