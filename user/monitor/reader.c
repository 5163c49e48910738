// SPDX-License-Identifier: GPL-2.0-only
#include "monitor/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

#include "array.h"
#include "cleanup.h"
#include "identities.h"
#include "sample.h"
#include "save.h"
#include "talk.h"

struct answer {
	struct sample_head head;
	struct pcsc_event events[SAMPLE_EVENTS];
	struct sample_space spaces[SAMPLE_SPACES];
};

static void take_events(int fd, struct answer *a)
{
	const ssize_t n = read(fd, a->events, sizeof(a->events));

	a->head.nr_events = n > 0 ? n / sizeof(*a->events) : 0;
}

static void take_spaces(int fd, const struct sample_ask *ask, struct answer *a)
{
	for (__u32 i = 0; i < ask->nr_spaces && i < SAMPLE_SPACES; i++)
		sample_space(fd, &ask->spaces[i],
			     &a->spaces[a->head.nr_spaces++]);
}

static int take_handover(int fd, struct sample_head *head)
{
	head->handover.size = sizeof(head->handover);
	return ioctl(fd, PCSC_IOC_HANDOVER, &head->handover) ? -errno : 0;
}

static void take(struct answer *a, struct identities *ids,
		 const struct sample_ask *ask)
{
	_cleanup_close_ int fd =
		open(PCSC_DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	a->head = (struct sample_head){
		.magic = SAMPLE_MAGIC,
		.err = fd < 0 ? -errno : 0,
		.now_ns = (__u64)t.tv_sec * 1000000000 + t.tv_nsec,
	};
	if (fd < 0)
		return;
	take_events(fd, a);
	take_spaces(fd, ask, a);
	if (!ask->functions)
		return;
	a->head.err = take_handover(fd, &a->head);
	if (!a->head.err)
		a->head.err = sample_functions(fd, &a->head, ids);
}

static int send_taken(int fd, const struct answer *a,
		      const struct identities *ids)
{
	const struct sample_head *h = &a->head;
	const struct iovec parts[] = {
		{ (void *)(uintptr_t)h, sizeof(*h) },
		{ ids->devices, h->nr_devices * sizeof(*ids->devices) },
		{ ids->functions, h->nr_functions * sizeof(*ids->functions) },
		{ (void *)(uintptr_t)a->events,
		  h->nr_events * sizeof(*a->events) },
		{ (void *)(uintptr_t)a->spaces,
		  h->nr_spaces * sizeof(*a->spaces) },
	};
	int err = 0;

	for (size_t i = 0; !err && i < ARRAY_SIZE(parts); i++)
		err = pcsc_write_all(fd, parts[i].iov_base, parts[i].iov_len);
	return err;
}

/* What is no sample is told as an error, as a helper that is not loaded is. */
static int send_file(int fd, const char *path)
{
	_cleanup_free_ struct sample_head *sample = NULL;
	const ssize_t n = sample_read(path, &sample);
	const struct sample_head none = { .magic = SAMPLE_MAGIC, .err = n };

	if (n > 0)
		return pcsc_write_all(fd, sample, n);
	return pcsc_write_all(fd, &none, sizeof(none));
}

static long keep_rights(unsigned int rights)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[2] = { { 0 } };

	data[0].permitted = data[0].effective = rights;
	return syscall(SYS_capset, &head, data);
}

/*
 * Of root's rights only the one that opening the device takes is left, or none, if a
 * container does not have that one.
 */
static void keep_one_right(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    (keep_rights(1u << CAP_SYS_ADMIN) && keep_rights(0)))
		_exit(1);
}

static void __attribute__((noreturn)) serve(int fd, const char *file)
{
	struct identities ids = { 0 };
	struct sample_ask ask;
	struct answer a;
	int err = 0;

	/* A question is written as a whole, so that it comes as a whole. */
	while (!err && read(fd, &ask, sizeof(ask)) == sizeof(ask)) {
		if (file) {
			err = send_file(fd, file);
			continue;
		}
		take(&a, &ids, &ask);
		err = send_taken(fd, &a, &ids);
	}
	_exit(0);
}

/* Signals of the terminal are the daemon's: it ends us by its end. */
static void __attribute__((noreturn))
begin(int fd, const char *file, pid_t parent)
{
	int null;

	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	prctl(PR_SET_NAME, "pcsc-reader");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	/* Sockets that a service manager handed to the daemon are not ours. */
	fd = dup2(fd, STDERR_FILENO + 1);
	close_range(fd + 1, ~0u, 0);
	/* A pipe behind standard output ends with the daemon, not with us. */
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	if (null > STDERR_FILENO)
		close(null);
	if (!file)
		keep_one_right();
	serve(fd, file);
}

int reader_start(const char *file)
{
	const pid_t parent = getpid();
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return pcsc_fail(-errno, "cannot start the reader: %s",
				 strerror(errno));
	pid = fork();
	if (pid < 0) {
		close(pair[0]);
		close(pair[1]);
		return pcsc_fail(-errno, "cannot start the reader: %s",
				 strerror(errno));
	}
	if (!pid) {
		close(pair[0]);
		begin(pair[1], file, parent);
	}
	close(pair[1]);
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	return pair[0];
}
