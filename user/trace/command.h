/* SPDX-License-Identifier: GPL-2.0-only */
/* The program that is watched, and the signals that end the watching. */
#ifndef PCSC_COMMAND_H
#define PCSC_COMMAND_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct pcsc_command_run {
	pid_t pid; /* 0: none, or it has ended */
	int go; /* a byte lets it start; to close it ends it */
	int status; /* as of wait() */
};

/*
 * Forked before there is anything to inherit; it waits for pcsc_command_go(). 0 or
 * a negative errno, said.
 */
int pcsc_command_fork(struct pcsc_command_run *c, char **argv,
		      const sigset_t *signals);
/* 0, or -EINTR, said, if one of @signals says already that all is over. */
int pcsc_command_go(struct pcsc_command_run *c, const sigset_t *signals);
bool pcsc_command_ended(struct pcsc_command_run *c);
/* A command that was never let go ends with this. */
void pcsc_command_cleanup(struct pcsc_command_run *c);
/* Its exit status as a shell has it, said if it is not 0. */
int pcsc_command_status(struct pcsc_command_run *c, const char *name);

/*
 * A byte from one process to another, after a fork: read() it from fds[0] and raise it by
 * fds[1]. 0 or a negative errno, said; and false if the other has gone, without a signal.
 */
int pcsc_flag_open(int fds[static 2]);
bool pcsc_flag_raise(int fd);

/* Those that are to be waited for, and what was blocked before. */
void pcsc_block_signals(sigset_t *waited, sigset_t *before);
/* The signal that came, or -1 and EAGAIN if none did in @ns. */
int pcsc_wait_a_while(const sigset_t *signals, uint64_t ns);

#endif
