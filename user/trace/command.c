// SPDX-License-Identifier: GPL-2.0-only
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "talk.h"

/* As a shell does. */
#define STATUS_OF_SIGNAL 128
#define STATUS_NOT_FOUND 127
#define STATUS_NOT_RUN 126

/* ---- a byte from one process to another ---- */

int pcsc_flag_open(int fds[static 2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) ?
		       pcsc_fail(-errno, "cannot make a socket: %s",
				 strerror(errno)) :
		       0;
}

bool pcsc_flag_raise(int fd)
{
	return send(fd, "", 1, MSG_NOSIGNAL) == 1;
}

/* ---- the command ---- */

static void await_go(int fd)
{
	char byte;

	if (read(fd, &byte, 1) != 1)
		_exit(0);
}

static void run(char **argv, int go, const sigset_t *signals)
{
	int err;

	await_go(go);
	sigprocmask(SIG_SETMASK, signals, NULL);
	execvp(argv[0], argv);
	err = errno;
	pcsc_error("cannot run '%s': %s", argv[0], strerror(err));
	_exit(err == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_RUN);
}

/* Forked before there is anything to inherit; waits for pcsc_command_go(). */
int pcsc_command_fork(struct pcsc_command_run *c, char **argv,
		      const sigset_t *signals)
{
	int fds[2];
	int err = pcsc_flag_open(fds);

	if (err)
		return err;
	c->pid = fork();
	if (c->pid < 0) {
		c->pid = 0;
		close(fds[0]);
		close(fds[1]);
		return pcsc_fail(-EAGAIN, "cannot make a process: %s",
				 strerror(errno));
	}
	if (!c->pid) {
		close(fds[1]);
		run(argv, fds[0], signals);
	}
	close(fds[0]);
	c->go = fds[1];
	return 0;
}

/* Attaching may take seconds. */
static bool is_over(const sigset_t *signals)
{
	sigset_t pending;

	sigpending(&pending);
	sigdelset(&pending, SIGCHLD);
	sigandset(&pending, &pending, signals);
	return !sigisemptyset(&pending);
}

int pcsc_command_go(struct pcsc_command_run *c, const sigset_t *signals)
{
	if (!c->pid)
		return 0;
	if (is_over(signals))
		return pcsc_fail(
			-EINTR,
			"a signal came before anything could be recorded: the command was not started");
	if (!pcsc_flag_raise(c->go))
		pcsc_warn("the command ended before it was started");
	return 0;
}

bool pcsc_command_ended(struct pcsc_command_run *c)
{
	if (!c->pid || waitpid(c->pid, &c->status, WNOHANG) != c->pid)
		return false;
	c->pid = 0;
	return true;
}

/* A command that was never let go ends with its pipe. */
void pcsc_command_cleanup(struct pcsc_command_run *c)
{
	if (c->go >= 0)
		close(c->go);
}

int pcsc_command_status(struct pcsc_command_run *c, const char *name)
{
	if (c->pid && !pcsc_command_ended(c)) {
		pcsc_warn(
			"'%s' (pid %d) still runs; it was left alone, and what it does now is not recorded",
			name, c->pid);
		return 0;
	}
	if (WIFSIGNALED(c->status)) {
		pcsc_warn("'%s' was ended by signal %d (%s)", name,
			  WTERMSIG(c->status), strsignal(WTERMSIG(c->status)));
		return STATUS_OF_SIGNAL + WTERMSIG(c->status);
	}
	if (WEXITSTATUS(c->status))
		pcsc_warn(
			"'%s' ended with status %d, which is the exit status of pcsc-trace, too",
			name, WEXITSTATUS(c->status));
	return WEXITSTATUS(c->status);
}

/* ---- waiting ---- */

void pcsc_block_signals(sigset_t *waited, sigset_t *before)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP };

	/* An ignored SIGCHLD, inherited, would cost us the command's status. */
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(waited);
	sigaddset(waited, SIGCHLD);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct sigaction old;

		/* nohup, for one, means it. */
		if (!sigaction(ends[i], NULL, &old) &&
		    old.sa_handler != SIG_IGN)
			sigaddset(waited, ends[i]);
	}
	sigprocmask(SIG_BLOCK, waited, before);
}

int pcsc_wait_a_while(const sigset_t *signals, uint64_t ns)
{
	struct timespec ts = {
		.tv_sec = ns / 1000000000,
		.tv_nsec = ns % 1000000000,
	};

	return sigtimedwait(signals, NULL, &ts);
}
