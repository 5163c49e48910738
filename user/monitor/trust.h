/* SPDX-License-Identifier: GPL-2.0-only */
/* Whom a connection comes from, as far as the kernel knows it. */
#ifndef PCSC_MONITOR_TRUST_H
#define PCSC_MONITOR_TRUST_H

#include <microhttpd.h>
#include <stdbool.h>

/* By a Unix socket: there is no host name that could be rebound. */
bool peer_is_local(struct MHD_Connection *c);

/*
 * By a Unix socket, and connected by root or by the daemon's own user: one of
 * these can read what the daemon can. Of TCP nothing is known.
 */
bool peer_is_trusted(struct MHD_Connection *c);

#endif
