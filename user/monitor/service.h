/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a service manager and a service tell each other, as sd_listen_fds(3) and
 * sd_notify(3) have it, without libsystemd. Without a manager nothing happens.
 */
#ifndef PCSC_MONITOR_SERVICE_H
#define PCSC_MONITOR_SERVICE_H

#define SERVICE_FIRST_FD 3

/* How many sockets were handed to us, from SERVICE_FIRST_FD on. It is said once. */
int service_sockets(void);

/* "READY=1", "STOPPING=1", "WATCHDOG=1" */
void service_tell(const char *state);

/* How often to tell that all is well, in seconds; 0: nobody waits for it. */
double service_watchdog_interval(void);

#endif
