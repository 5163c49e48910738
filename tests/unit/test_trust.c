// SPDX-License-Identifier: GPL-2.0-only
/* Which connections are trusted: by user over a Unix socket, none over TCP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "monitor/trust.h"

#define OTHER 65533

static char dir[] = "/tmp/pcsc-trust.XXXXXX";
static char said[3]; /* whether the last peer was local, and trusted */

static enum MHD_Result look(void *data, struct MHD_Connection *c,
			    const char *url, const char *method,
			    const char *version, const char *upload,
			    size_t *upload_size, void **state)
{
	(void)data, (void)url, (void)method, (void)version, (void)upload;
	(void)upload_size, (void)state;
	said[0] = peer_is_local(c) ? 'l' : '-';
	said[1] = peer_is_trusted(c) ? 't' : '-';
	return MHD_NO;
}

static int listening(struct sockaddr *a, socklen_t size)
{
	int fd = socket(a->sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, a, size), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, a, &size), 0);
	return fd;
}

/* Connects and asks as @uid. Returns 0, or what a shell would. */
static int ask_as(const struct sockaddr *a, socklen_t size, uid_t uid)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	char answer[16];
	int fd;

	if (uid != geteuid() && setresuid(uid, uid, uid))
		return 1;
	fd = socket(a->sa_family, SOCK_STREAM, 0);
	if (connect(fd, a, size) ||
	    write(fd, request, strlen(request)) != (ssize_t)strlen(request))
		return 2;
	return read(fd, answer, sizeof(answer)) ? 3 : 0;
}

/* What is thought of @uid, who asks at @a. */
static const char *thought(struct sockaddr *a, socklen_t size, uid_t uid)
{
	struct MHD_Daemon *d;
	int status = 0;
	pid_t pid;

	d = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_INTERNAL_POLLING_THREAD, 0,
			     NULL, NULL, look, NULL, MHD_OPTION_LISTEN_SOCKET,
			     listening(a, size), MHD_OPTION_END);
	assert_non_null(d);
	strcpy(said, "??");
	pid = fork();
	if (!pid)
		_exit(ask_as(a, size, uid));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	MHD_stop_daemon(d);
	assert_int_equal(status, 0);
	return said;
}

static const char *thought_locally(uid_t uid)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const char *answer;

	snprintf(a.sun_path, sizeof(a.sun_path), "%s/s", dir);
	umask(0);
	answer = thought((struct sockaddr *)&a, sizeof(a), uid);
	unlink(a.sun_path);
	return answer;
}

static void a_user_may_be_trusted_over_a_unix_socket(void **state)
{
	(void)state;
	assert_string_equal(thought_locally(geteuid()), "lt");
	if (geteuid())
		skip();
	assert_string_equal(thought_locally(OTHER), "l-");
}

/* As a daemon that gave root up: it trusts root, itself, and nobody else. */
static void a_daemon_trusts_itself_and_root(void **state)
{
	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(chmod(dir, 0777), 0);
	assert_int_equal(seteuid(OTHER), 0);
	assert_string_equal(thought_locally(OTHER), "lt");
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(seteuid(65534), 0);
	assert_string_equal(thought_locally(65534), "l-");
	assert_int_equal(seteuid(0), 0);
}

static void nobody_is_trusted_over_tcp(void **state)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	(void)state;
	assert_string_equal(
		thought((struct sockaddr *)&a, sizeof(a), geteuid()), "--");
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(dir) && !chmod(dir, 0755) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_user_may_be_trusted_over_a_unix_socket),
		cmocka_unit_test(a_daemon_trusts_itself_and_root),
		cmocka_unit_test(nobody_is_trusted_over_tcp),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
