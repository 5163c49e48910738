// SPDX-License-Identifier: GPL-2.0-only
#include "monitor/service.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "cleanup.h"

/* The number in that variable; 0: it is not there, or no number. */
static unsigned long long number_in(const char *variable)
{
	const char *text = getenv(variable);
	char *end;
	unsigned long long n;

	if (!text || *text < '0' || *text > '9')
		return 0;
	n = strtoull(text, &end, 10);
	return *end ? 0 : n;
}

static bool is_ours(const char *variable)
{
	return number_in(variable) == (unsigned long long)getpid();
}

int service_sockets(void)
{
	const unsigned long long n =
		is_ours("LISTEN_PID") ? number_in("LISTEN_FDS") : 0;

	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return n < 1024 ? (int)n : 0;
}

/* One datagram, to a path or, behind an "@", to an abstract name. */
void service_tell(const char *state)
{
	const char *to = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = -1;

	if (!to || (*to != '/' && *to != '@') ||
	    strlen(to) >= sizeof(a.sun_path))
		return;
	memcpy(a.sun_path, to, strlen(to));
	if (*to == '@')
		a.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
		       (const struct sockaddr *)&a,
		       offsetof(struct sockaddr_un, sun_path) + strlen(to));
}

/* Half of what the manager waits, as sd_watchdog_enabled(3) advises. */
double service_watchdog_interval(void)
{
	if (getenv("WATCHDOG_PID") && !is_ours("WATCHDOG_PID"))
		return 0;
	return number_in("WATCHDOG_USEC") / 2e6;
}
