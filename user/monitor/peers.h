/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The connections that wait for a whole request. All of them come from this
 * host's address, so they cannot be told apart, and slow ones must not keep
 * others out: each has PEERS_SECONDS for a whole request. While more than PEERS_MAX
 * wait at once, PEERS_GRACE is all that they have, and the one that has waited
 * longest is closed first; those that ask at once are answered within that time, and
 * their connections end with the answer: those who ask on and on would keep theirs. No more
 * than PEERS_LIMIT are accepted, and the others wait in the kernel.
 */
#ifndef PCSC_MONITOR_PEERS_H
#define PCSC_MONITOR_PEERS_H

#include <microhttpd.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "monitor/metrics.h"

#define PEERS_MAX 64
#define PEERS_LIMIT 192
#define PEERS_SECONDS 5
#define PEERS_GRACE 0.15

struct peer;

struct peers {
	TAILQ_HEAD(peer_list, peer)
	waiting; /* the one that waits longest is first */
	unsigned int nr;
	struct self *self; /* counts those that were hung up on */
};

void peers_init(struct peers *peers, struct self *self);

/* For MHD_OPTION_NOTIFY_CONNECTION: it came, or was closed. @data: the peers. */
void peers_notify(void *data, struct MHD_Connection *c, void **context,
		  enum MHD_ConnectionNotificationCode code);

/* For MHD_OPTION_NOTIFY_COMPLETED: a request was answered. @data: the peers. */
void peers_answered(void *data, struct MHD_Connection *c, void **state,
		    enum MHD_RequestTerminationCode code);

/* Do more than PEERS_MAX wait at once, so that the connection ends with its answer? */
bool peers_are_many(struct MHD_Connection *c);

/* In how many ms peers_hang_up() has something to do; -1: nobody waits. */
int peers_timeout_ms(const struct peers *peers);

/* Hang up on those whose time is over. MHD closes their connections. */
void peers_hang_up(struct peers *peers);

#endif
