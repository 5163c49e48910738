// SPDX-License-Identifier: GPL-2.0-only
#include "live.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "talk.h"

static int start(struct pcsc_live *l)
{
	const struct pcsc_live_options *o = l->options;
	int err = pcsc_inv_scan(&l->inv, PCSC_DEVICES) ?:
			  pcsc_tracer_open(&l->tracer, &l->inv, &o->wanted,
					   o->max_registers);

	if (!err && o->wanted.events)
		err = pcsc_events_open(&l->tracer.events, l->tracer.skel,
				       SIZE_MAX);
	if (!err)
		pcsc_tracer_start(&l->tracer);
	return err;
}

static bool tick(struct pcsc_live *l, bool last)
{
	bool more;

	pcsc_events_fetch(&l->tracer.events);
	more = l->tick(l, last);
	l->tracer.events.nr = 0;
	if (fflush(stdout))
		l->write_error = errno;
	return !l->write_error && !l->error && more;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void say_losses(struct pcsc_live *l)
{
	const struct pcsc_trace_losses lost = pcsc_tracer_losses(&l->tracer);
	const uint64_t all = pcsc_rec_missed(&lost.rec) + lost.events;

	if (all == l->lost)
		return;
	l->lost = all;
	if (pcsc_rec_missed(&lost.rec))
		pcsc_say_losses("what was seen", &lost.rec);
	if (lost.events)
		pcsc_warn("%llu %s could not be shown: there were too many",
			  (unsigned long long)lost.events,
			  pcsc_noun(lost.events, "access", "accesses"));
}

#define LOOK_NS 1000000000ull

/* Once a second: what came, and what was lost, since this may run for months. */
static void look_around(struct pcsc_live *l, uint64_t now)
{
	if (now < l->next_look)
		return;
	l->next_look = now + LOOK_NS;
	pcsc_tracer_look_around(&l->tracer, &l->inv, now);
	say_losses(l);
}

/* Until the time is over, the command has ended, a signal says so, or it is enough. */
static void loop(struct pcsc_live *l, struct pcsc_command_run *c,
		 const sigset_t *signals)
{
	const bool has_command = c->pid;
	uint64_t now = pcsc_now_ns(CLOCK_MONOTONIC), next = now + l->every_ns;
	const uint64_t end = l->options->seconds > 0 ?
				     now + l->options->seconds * 1e9 :
				     UINT64_MAX;

	while (now < end) {
		int sig = pcsc_wait_a_while(
			signals, earlier(LOOK_NS, earlier(next, end) - now));

		if (sig > 0 && sig != SIGCHLD)
			return;
		if (has_command && pcsc_command_ended(c))
			return;
		now = pcsc_now_ns(CLOCK_MONOTONIC);
		look_around(l, now);
		if (now < next)
			continue;
		if (!tick(l, false))
			return;
		now = pcsc_now_ns(CLOCK_MONOTONIC);
		next = next + l->every_ns > now ? next + l->every_ns : now;
	}
}

static int run(struct pcsc_live *l, struct pcsc_command_run *c,
	       const sigset_t *signals)
{
	int err = start(l) ?: pcsc_command_go(c, signals);

	if (err)
		return err;
	loop(l, c, signals);
	pcsc_tracer_stop(&l->tracer);
	tick(l, true);
	say_losses(l);
	if (l->write_error)
		return pcsc_fail(-EIO, "cannot write: %s",
				 strerror(l->write_error));
	return l->error;
}

static void end(struct pcsc_live *l)
{
	pcsc_tracer_close(&l->tracer);
	pcsc_inv_free(&l->inv);
}

int pcsc_live_run(struct pcsc_live *l)
{
	const struct pcsc_live_options *o = l->options;
	_cleanup_(
		pcsc_command_cleanup) struct pcsc_command_run c = { .go = -1 };
	sigset_t signals, before;
	int err = pcsc_tracer_check() ?: pcsc_wanted_check(&o->wanted);

	if (err)
		return pcsc_exit_of(err);
	pcsc_block_signals(&signals, &before);
	if (o->command)
		err = pcsc_command_fork(&c, o->command, &before);
	if (!err)
		err = run(l, &c, &signals);
	end(l);
	if (err)
		return pcsc_exit_of(err);
	return o->command ? pcsc_command_status(&c, o->command[0]) :
			    PCSC_EXIT_OK;
}
