// SPDX-License-Identifier: GPL-2.0-only
#include "monitor/peers.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "monitor/clock.h"

struct peer {
	TAILQ_ENTRY(peer) entry;
	const struct peers *among;
	double since; /* it was accepted, or had its last answer */
	int fd;
	bool answered; /* at least once */
	bool gone; /* hung up on, and no longer in the list */
};

void peers_init(struct peers *peers, struct self *self)
{
	peers->self = self;
	TAILQ_INIT(&peers->waiting);
	peers->nr = 0;
}

/* MHD sees the end of the connection, closes it, and tells peers_notify(). */
static void hang_up(struct peers *peers, struct peer *p)
{
	TAILQ_REMOVE(&peers->waiting, p, entry);
	peers->nr--;
	p->gone = true;
	shutdown(p->fd, SHUT_RDWR);
}

static void peer_wait(struct peers *peers, struct peer *p)
{
	p->since = now();
	TAILQ_INSERT_TAIL(&peers->waiting, p, entry);
	peers->nr++;
}

static void peer_leave(struct peers *peers, struct peer *p)
{
	if (!p->gone) {
		TAILQ_REMOVE(&peers->waiting, p, entry);
		peers->nr--;
	}
	free(p);
}

void peers_notify(void *data, struct MHD_Connection *c, void **context,
		  enum MHD_ConnectionNotificationCode code)
{
	int fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)
			 ->connect_fd;
	struct peer *p = *context;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (p)
			peer_leave(data, p);
		return;
	}
	p = calloc(1, sizeof(*p));
	*context = p;
	if (!p) {
		shutdown(fd, SHUT_RDWR);
		return;
	}
	p->fd = fd;
	p->among = data;
	peer_wait(data, p);
}

static struct peer *peer_of(struct MHD_Connection *c)
{
	return MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
		->socket_context;
}

bool peers_are_many(struct MHD_Connection *c)
{
	const struct peer *p = peer_of(c);

	return p && p->among->nr > PEERS_MAX;
}

/* A new request may follow on the connection, and has its own time. */
void peers_answered(void *data, struct MHD_Connection *c, void **state,
		    enum MHD_RequestTerminationCode code)
{
	struct peer *p = peer_of(c);
	struct peers *peers = data;

	(void)state, (void)code;
	if (!p || p->gone)
		return;
	TAILQ_REMOVE(&peers->waiting, p, entry);
	peers->nr--;
	p->answered = true;
	peer_wait(peers, p);
}

/* How long one may wait, as things are. */
static double patience(const struct peers *peers)
{
	return peers->nr > PEERS_MAX ? PEERS_GRACE : PEERS_SECONDS;
}

int peers_timeout_ms(const struct peers *peers)
{
	const struct peer *first = TAILQ_FIRST(&peers->waiting);
	double left;

	if (!first)
		return -1;
	left = first->since + patience(peers) - now();
	return left > 0 ? (int)(left * 1000) + 1 : 0;
}

static void count(struct self *self, const struct peer *p)
{
	if (now() < p->since + PEERS_SECONDS)
		self->crowded++;
	else if (p->answered)
		self->idle++;
	else
		self->slow++;
}

void peers_hang_up(struct peers *peers)
{
	struct peer *p;

	while (!peers_timeout_ms(peers)) {
		p = TAILQ_FIRST(&peers->waiting);
		count(peers->self, p);
		hang_up(peers, p);
	}
}
