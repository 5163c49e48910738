// SPDX-License-Identifier: GPL-2.0-only
/*
 * survival: what is held outlives no event that does not keep it.
 *
 * At each kind of event every constant register of all that it reaches gets another
 * value. Nothing is read between the event and this program; from then on no read, of
 * any width, by either reader, may return what was before. What is held is found out
 * right after the event, before the first of those reads. That is the table, which
 * docs/survival.md has too.
 *
 * Over events that keep what is held no value changes, and all is answered from memory
 * after them.
 */
#include <argp.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "survival.h"
#include "talk.h"
#include "uapi/pcsc.h"

static const char *const fate_names[] = {
	[NOBODY] = "-",
	[KEPT] = "kept",
	[EMPTIED] = "empty",
	[MIXED] = "mixed",
};

static const char *const role_names[ROLES] = {
	[ITSELF] = "the function",
	[ITS_VFS] = "its VFs",
	[BELOW] = "all below",
	[PORT] = "the port itself",
};

/* ---- one event -------------------------------------------------------------------------- */

/* What is held of each function right after the event, before anybody reads. */
struct seen {
	enum fate fates[ROLES];
	bool less[VIEW_FUNCTIONS];
};

static int look(struct seen *seen)
{
	const struct view_function *f;

	if (view_state())
		return -1;
	for (f = view_function; f < view_end(); f++)
		seen->less[view_number(f)] |= f->held < f->full;
	return 0;
}

static void add_fate(enum fate *fate, enum fate more)
{
	*fate = *fate == NOBODY || *fate == more ? more : MIXED;
}

static void add_fates(struct seen *seen)
{
	const struct view_function *f;
	enum role role;

	for (f = view_function; f < view_end(); f++) {
		role = survival_role_of(f);
		if (survival.event->everybody && role == BELOW)
			role = f->port ? PORT : f->pf ? ITS_VFS : ITSELF;
		if (role != STRANGER) {
			add_fate(&seen->fates[role],
				 seen->less[view_number(f)] ? EMPTIED : KEPT);
		} else if (seen->less[view_number(f)] &&
			   !survival_may_empty(f)) {
			survival.lost++;
			printf("lost: %s, %s: %s, which it does not reach\n",
			       survival.event->name, survival.at->address,
			       f->address);
		}
		seen->less[view_number(f)] = false;
	}
}

/* All that the event reaches has another value, but for what it keeps. */
static int has_changed(void)
{
	const struct view_function *f;
	unsigned int i, n;
	bool other, wanted;

	for (f = view_function; f < view_end(); f++) {
		n = view_number(f);
		wanted = survival_fate_of(f) == EMPTIED;
		for (i = 0; i < f->nr_reads; i++) {
			const struct view_read *r = &f->reads[i];

			other = view_value(survival.before[n], r->where,
					   r->size) !=
				view_value(survival.then[n], r->where, r->size);
			if (r->held && r->flips && other != wanted)
				return pcsc_fail(
					-1,
					"%s, %s: %s should%s have changed at 0x%03x",
					survival.event->name,
					survival.at->address, f->address,
					wanted ? "" : " not", r->where);
		}
		if (wanted)
			survival.registers += f->registers;
	}
	return 0;
}

/* All that is held is answered from memory: no read of it reaches the simulator. */
static int all_are_hits(void)
{
	unsigned long reached[VIEW_FUNCTIONS];
	struct view_function *f;
	unsigned int i;
	uint32_t value;

	for (f = view_function; f < view_end(); f++) {
		reached[view_number(f)] = view_reached(f);
		for (i = 0; i < f->nr_reads; i++) {
			if (!f->reads[i].held)
				continue;
			view_get(f, i % VIEW_READERS, f->reads[i].where,
				 f->reads[i].size, &value);
			survival.hits++;
		}
		if (view_reached(f) != reached[view_number(f)])
			return pcsc_fail(
				-1,
				"%s, %s: %s is not all answered from memory",
				survival.event->name, survival.at->address,
				f->address);
	}
	return 0;
}

/* A function that keeps its values has only to show that it is alive. */
static int prove_alive(void)
{
	unsigned int turns;
	uint32_t value;

	for (turns = 0; turns < 500; turns++) {
		view_get(survival.at, VIEW_SYSFS, PCI_COMMAND, 2, &value);
		if (view_state())
			return -1;
		if (!survival.at->why)
			return all_are_hits();
		view_nap(10);
	}
	return pcsc_fail(-1, "%s, %s: bypassed for 0x%x", survival.event->name,
			 survival.at->address, survival.at->why);
}

/* A function that was renumbered, or whose bytes were demoted, has to be found again. */
static int find_again(void)
{
	const struct view_function *f;
	uint32_t why = survival.event->restores ? PCSC_WHY_MOVED : 0;

	if (view_state())
		return -1;
	for (f = view_function; f < view_end(); f++)
		why |= f->why;
	if (!(why & PCSC_WHY_MOVED))
		return 0;
	return view_mode(PCSC_MODE_OFF) || view_mode(PCSC_MODE_ON);
}

/* @inside: also read before the event ends, which may show that a function is absent. */
static int happen(struct seen *seen, bool inside)
{
	const struct survival_event *e = survival.event;

	if (e->begin(survival.at) || look(seen) || (inside && survival_read()))
		return -1;
	if (e->end && (e->end(survival.at) || look(seen)))
		return -1;
	if (e->itself == KEPT && e->others == NOBODY)
		return prove_alive();
	return 0;
}

/* Read three times: at once, when all functions are served again, and when all is held. */
static int read_after(void)
{
	return survival_read() || view_restore() || view_prove() ||
	       survival_read() || has_changed() || find_again() ||
	       view_warm() || survival_read() || all_are_hits();
}

static int try_once(const char *address, struct seen *seen, bool inside)
{
	survival.at = view_find(address);
	if (!survival.at || view_warm() || survival_truths(survival.before) ||
	    happen(seen, inside))
		return -1;
	add_fates(seen);
	survival.events++;
	return read_after() ? -1 : 0;
}

/* Where all is kept, nothing is read inside: that would fill. */
static int try(const char *address, struct seen *seen)
{
	const struct survival_event *e = survival.event;

	if (try_once(address, seen, false))
		return -1;
	if (!e->end || (e->itself == KEPT && e->others == NOBODY))
		return 0;
	return try_once(address, seen, true);
}

static int run_event(const struct survival_event *e)
{
	const unsigned long reads = survival.reads,
			    registers = survival.registers;
	struct seen seen = { 0 };
	enum role role;
	unsigned int i;
	int ret = 0;

	survival.event = e;
	for (i = 0; i < 4 && !ret && e->of[i]; i++)
		ret = try(e->of[i], &seen);
	for (i = 0; i < 4 && !ret && survival.full_form && e->also[i]; i++)
		ret = try(e->also[i], &seen);
	printf("| %s |", e->name);
	for (role = 0; role < ROLES; role++)
		printf(" %s |", fate_names[seen.fates[role]]);
	printf("\n# registers %lu, reads %lu\n", survival.registers - registers,
	       survival.reads - reads);
	fflush(stdout);
	return ret;
}

static bool is_wanted(const struct survival_event *e, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (strstr(e->name, *names))
			return true;
	return false;
}

static void print_head(void)
{
	enum role role;

	printf("| event |");
	for (role = 0; role < ROLES; role++)
		printf(" %s |", role_names[role]);
	printf("\n|---|---|---|---|---|\n");
}

static bool until_old; /* no further than to the first kind with old values */

static bool is_over(int ret)
{
	return ret || (until_old && survival.old + survival.wrong);
}

static int run(char **names)
{
	unsigned int i, kinds = 0;
	int ret = 0;

	if (view_open() || view_learn())
		return PCSC_EXIT_TROUBLE;
	print_head();
	for (i = 0; i < survival_nr_events && !is_over(ret); i++) {
		if (!is_wanted(&survival_events[i], names))
			continue;
		ret = run_event(&survival_events[i]);
		kinds++;
	}
	printf("kinds %u\nevents %lu\nregisters %lu\nreads %lu\nhits %lu\nold %lu\nwrong %lu\nlost %lu\n",
	       kinds, survival.events, survival.registers, survival.reads,
	       survival.hits, survival.old, survival.wrong, survival.lost);
	view_close();
	if (survival.old || survival.wrong || survival.lost)
		return PCSC_EXIT_DIFFERS;
	return ret ? PCSC_EXIT_TROUBLE : PCSC_EXIT_OK;
}

/* ---- options -------------------------------------------------------------------------- */

static const struct argp_option options[] = {
	{ "long", 'l', NULL, 0,
	  "Every event at every function that it can happen to", 0 },
	{ "first", 'f', NULL, 0, "No further than to the first old value", 0 },
	{ "seed", 'S', "N", 0, "Of the order in which is read (1)", 0 },
	{ 0 },
};

static char **chosen;

static error_t option(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'l':
		survival.full_form = true;
		return 0;
	case 'f':
		until_old = true;
		return 0;
	case 'S':
		survival.random = strtoul(arg, NULL, 10);
		return 0;
	case ARGP_KEY_ARGS:
		chosen = state->argv + state->next;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = option,
		.args_doc = "[PART OF AN EVENT'S NAME...]",
		.doc = "What is held outlives no event that does not keep it.",
	};
	static char *all[] = { NULL };

	pcsc_program = "survival";
	argp_err_exit_status = PCSC_EXIT_USAGE;
	chosen = all;
	if (argp_parse(&argp, argc, argv, 0, NULL, NULL))
		return PCSC_EXIT_USAGE;
	return run(chosen);
}
