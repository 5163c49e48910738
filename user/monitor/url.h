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

/* Where a browser reaches a daemon that was told to @listen, or NULL: nowhere. */
const char *url_where(const char *const listen[LISTEN_MAX]);

/* Print it for the daemon that is there, with the key in @file. 0 or a negative errno. */
int url_tell(const char *const listen[LISTEN_MAX], const char *file);

#endif
