// SPDX-License-Identifier: GPL-2.0-only
#include "monitor/trust.h"

#include <sys/socket.h>
#include <unistd.h>

/* Whom the kernel names if a user has no number here, and what nobody has. */
#define OVERFLOW_UID 65534

static int socket_of(struct MHD_Connection *c)
{
	return MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)
		->connect_fd;
}

static bool is_local(int fd)
{
	int domain;
	socklen_t size = sizeof(domain);

	return !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) &&
	       domain == AF_UNIX;
}

bool peer_is_local(struct MHD_Connection *c)
{
	return is_local(socket_of(c));
}

/*
 * The kernel noted who connected, and translates it into our user namespace. The
 * overflow number stands for any user of another one, so it is nobody's to trust.
 */
bool peer_is_trusted(struct MHD_Connection *c)
{
	const int fd = socket_of(c);
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (!is_local(fd) ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) ||
	    size != sizeof(peer))
		return false;
	return peer.uid == 0 ||
	       (peer.uid == geteuid() && peer.uid != OVERFLOW_UID);
}
