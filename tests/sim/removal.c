// SPDX-License-Identifier: GPL-2.0-only
/*
 * removal: a function that was seen not to answer is not answered for from memory.
 *
 * Functions go away and come back as others, in every mode, while threads read them, and
 * what is above and below. Once a read has returned all-ones, or "ask again", where the
 * function itself, its PF or a port above cannot answer so, no read that begins later may
 * return what was before.
 *
 * Time goes in phases; in each it is known what hardware answers. A read may be answered
 * with what was true in a phase while it lasted. Out of memory it may also have what was
 * true before, but nothing from before the last phase in which absence was seen.
 */
#include <argp.h>
#include <linux/pci_regs.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "talk.h"
#include "view.h"

#define THREADS 16
#define PHASES 9
#define SHOWN 20

/* How a function is not there. Each step is a phase; the last is that it is there. */
struct mode {
	const char *name;
	bool by_port; /* it happens to the port above */
	const char *steps[4][3]; /* commands; a NULL ends them */
};

static const struct mode modes[] = {
	{ "silent", false, { { "remove-silently" }, { "reappear" } } },
	{ "link", true, { { "link-down" }, { "link-up" } } },
	{ "RRS", false, { { "rrs 60000", "flr-internal" }, { "rrs 0" } } },
	{ "D3cold", false, { { "d3cold" }, { "d0" } } },
	{ "firmware",
	  false,
	  { { "fw-activate", "remove-silently" },
	    { "rrs 60000", "reappear" },
	    { "rrs 0" } } },
};

#define MODES (sizeof(modes) / sizeof(modes[0]))
/* A function is away twice in an episode, and is found as it was before at its end. */
#define TIMES 2

struct phase {
	bool away; /* the episode's function is */
	uint8_t truth[VIEW_FUNCTIONS][VIEW_CONFIG];
};

static struct {
	unsigned long reads, threads, seed;
	/* of this episode */
	const struct mode *mode;
	struct view_function *function, *where;
	struct view_function *audience[VIEW_FUNCTIONS];
	unsigned int nr;
	struct phase phases[PHASES];
	atomic_uint begun, over; /* phases */
	atomic_uint seen[VIEW_FUNCTIONS]; /* absent last in this phase */
	atomic_bool paused, ended;
	atomic_uint inside; /* readers */
	atomic_ulong done;
	/* of all */
	unsigned int episodes;
	unsigned long total, absences;
	atomic_ulong violations;
} test = { .reads = 50000, .threads = 4, .seed = 1 };

/* ---- readers ------------------------------------------------------------------ */

static uint32_t all_ones(uint8_t size)
{
	return size == 4 ? ~0u : (1u << 8 * size) - 1;
}

/* "Ask again" answers words and dwords only; a byte is then read as 0xff. */
static uint32_t true_value(unsigned int phase, const struct view_function *f,
			   const struct view_read *r)
{
	const uint8_t *bytes = test.phases[phase].truth[view_number(f)];

	if (r->where < 2 && r->size == 1 &&
	    view_value(bytes, PCI_VENDOR_ID, 2) == 1)
		return 0xff;
	return view_value(bytes, r->where, r->size);
}

/* The last phase in which @f, its PF or a port above was seen to be absent. */
static unsigned int last_seen(const struct view_function *f)
{
	const struct view_function *g;
	unsigned int seen, last = 0;

	for (g = view_function; g < view_end(); g++) {
		seen = atomic_load(&test.seen[view_number(g)]);
		if ((g == f || view_hangs_on(f, g)) && seen > last)
			last = seen;
	}
	return last;
}

static bool is_absence(const struct view_function *f, const struct view_read *r,
		       uint32_t value, unsigned int phase)
{
	if (r->where == PCI_VENDOR_ID && r->size > 1 && (value & 0xffff) == 1)
		return true;
	if (value != all_ones(r->size))
		return false;
	if (r->where < 8 && r->size > 1)
		return r->where >= PCI_COMMAND || !f->pf;
	/* Other registers tell absence in phase 1 only: later they may not be held. */
	return phase == 1 && r->held_bits &&
	       true_value(0, f, r) != all_ones(r->size);
}

static void note_absence(const struct view_function *f, unsigned int phase)
{
	atomic_uint *seen = &test.seen[view_number(f)];
	unsigned int before = atomic_load(seen);

	while (before < phase &&
	       !atomic_compare_exchange_weak(seen, &before, phase))
		;
}

struct reading {
	struct view_function *function;
	const struct view_read *read;
	enum view_reader reader;
	uint32_t value;
	unsigned int seen, from, to;
};

/*
 * What is not held is always hardware's, and may change within a phase: a function that
 * came back is restored some time later. Presence is never held, and never in doubt.
 */
static uint32_t compared_bits(const struct view_read *r)
{
	return r->where < 8 ? ~0u : r->held_bits;
}

static bool is_allowed(const struct reading *r)
{
	const uint32_t bits = compared_bits(r->read);
	unsigned int phase;

	for (phase = r->seen; phase <= r->to; phase++) {
		/* Absence is never answered from memory. */
		if (test.phases[phase].away && phase < r->from)
			continue;
		if (!((true_value(phase, r->function, r->read) ^ r->value) &
		      bits))
			return true;
	}
	return false;
}

static void violated(const struct reading *r)
{
	if (atomic_fetch_add(&test.violations, 1) >= SHOWN)
		return;
	printf("violation: %s, %s: %s @0x%03x width %u by %s: 0x%x, phases %u to %u, absence seen in %u\n",
	       test.mode->name, test.function->address, r->function->address,
	       r->read->where, r->read->size,
	       r->reader == VIEW_DRIVER ? "a driver" : "sysfs", r->value,
	       r->from, r->to, r->seen);
}

/* A third of the reads are of the last four, which tell presence. */
static const struct view_read *any_read(const struct view_function *f,
					unsigned int *random)
{
	const struct view_read *r;

	do
		r = &f->reads[rand_r(random) % f->nr_reads];
	while (r->where >= 8 && rand_r(random) % 8 == 0);
	if (rand_r(random) % 3)
		return r;
	return &f->reads[f->nr_reads - 1 - rand_r(random) % 4];
}

/* False: readers are to pause. */
static bool enter(void)
{
	atomic_fetch_add(&test.inside, 1);
	if (!atomic_load(&test.paused))
		return true;
	atomic_fetch_sub(&test.inside, 1);
	sched_yield();
	return false;
}

static void read_one(unsigned int *random)
{
	struct view_function *f = test.audience[rand_r(random) % test.nr];
	struct reading r = {
		.function = f,
		.read = any_read(f, random),
		.reader = rand_r(random) % VIEW_READERS,
		.seen = last_seen(f),
		.from = atomic_load(&test.over),
	};
	const bool there =
		view_get(f, r.reader, r.read->where, r.read->size, &r.value);

	r.to = atomic_load(&test.begun);
	/* The phase may change during the read, so absence is noted for the earlier one. */
	if (there && is_absence(f, r.read, r.value, r.from))
		note_absence(f, r.from);
	atomic_fetch_sub(&test.inside, 1);
	/* The truth of a phase is known only when the step into it is over. */
	while (atomic_load(&test.over) < r.to && !atomic_load(&test.ended))
		sched_yield();
	if (there && !atomic_load(&test.ended) && !is_allowed(&r))
		violated(&r);
	atomic_fetch_add(&test.done, 1);
}

static void *reader(void *arg)
{
	unsigned int *random = arg;

	while (!atomic_load(&test.ended))
		if (enter())
			read_one(random);
	return NULL;
}

/* ---- what happens ---------------------------------------------------------------- */

static void pause_readers(void)
{
	atomic_store(&test.paused, true);
	while (atomic_load(&test.inside))
		sched_yield();
}

static void let_readers(void)
{
	atomic_store(&test.paused, false);
}

/* Whether @f is away. A port whose link is down is still there itself. */
static bool goes_away(const struct view_function *f)
{
	return (f == test.where && !test.mode->by_port) ||
	       view_hangs_on(f, test.where);
}

static int change(void)
{
	const struct view_function *f;

	for (f = view_function; f < view_end(); f++)
		if (goes_away(f) && view_command_of(f, "flip"))
			return -1;
	return 0;
}

static int take_truth(unsigned int phase)
{
	const struct view_function *f;

	for (f = view_function; f < view_end(); f++)
		if (view_truth(f, test.phases[phase].truth[view_number(f)]))
			return -1;
	return 0;
}

/* Whether @f is absent in this phase and no read has found that yet. */
static bool is_unseen(const struct view_function *f, unsigned int phase)
{
	const uint8_t *truth = test.phases[phase].truth[view_number(f)];

	return view_value(truth, PCI_COMMAND, 4) == ~0u && last_seen(f) < phase;
}

static void wait_for_reads(unsigned int phase, unsigned long reads)
{
	const unsigned long until = atomic_load(&test.done) + reads;
	unsigned int i;

	for (i = 0; i < test.nr;) {
		if (atomic_load(&test.done) < until ||
		    is_unseen(test.audience[i], phase))
			sched_yield();
		else
			i++;
	}
}

/*
 * Step into @phase. The first step gives other values and takes the function away.
 * Readers pause then, so that both are one step for them.
 */
static int step(unsigned int phase, const char *const *commands, bool first,
		bool last)
{
	int ret = 0;

	atomic_store(&test.begun, phase);
	if (first) {
		pause_readers();
		ret = change();
	}
	for (; !ret && *commands; commands++)
		ret = view_command_of(test.where, *commands);
	if (!ret && last)
		ret = view_restore();
	if (!ret)
		ret = take_truth(phase);
	test.phases[phase].away = !last;
	if (first)
		let_readers();
	atomic_store(&test.over, phase);
	return ret;
}

static int go_and_come_back(unsigned long reads)
{
	const struct mode *m = test.mode;
	unsigned int phase = 0, time, i;
	bool last;

	for (time = 0; time < TIMES; time++) {
		for (i = 0, last = false; !last; i++) {
			last = !m->steps[i + 1][0];
			if (step(++phase, m->steps[i], !i, last))
				return -1;
			wait_for_reads(phase, reads);
		}
	}
	return 0;
}

/* The readers' functions: all that goes away, and what is above it. */
static void gather(void)
{
	struct view_function *f;

	test.nr = 0;
	for (f = view_function; f < view_end(); f++)
		if (goes_away(f) || f == test.where ||
		    view_hangs_on(test.where, f))
			test.audience[test.nr++] = f;
}

static void begin_episode(void)
{
	unsigned int n;

	for (n = 0; n < view_functions; n++)
		atomic_store(&test.seen[n], 0);
	atomic_store(&test.begun, 0);
	atomic_store(&test.over, 0);
	atomic_store(&test.done, 0);
	atomic_store(&test.ended, false);
	test.phases[0].away = false;
	gather();
}

static int with_readers(unsigned long reads)
{
	unsigned int random[THREADS], i, started = 0;
	pthread_t threads[THREADS];
	int ret = 0;

	for (i = 0; i < test.threads && !ret; i++) {
		random[i] = test.seed * 1000 + test.episodes * 100 + i;
		ret = pthread_create(&threads[i], NULL, reader, &random[i]);
		started += !ret;
	}
	if (!ret) {
		wait_for_reads(0, reads);
		ret = go_and_come_back(reads);
	}
	atomic_store(&test.ended, true);
	let_readers();
	for (i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	return ret;
}

/*
 * Set when all is learned: a hit that is compared with hardware would be learned as a
 * byte that is not cached. The reads of one that is missing would never be made again.
 */
static int verify_hits(void)
{
	_cleanup_fclose_ FILE *file =
		fopen("/sys/module/pci_pcsc/parameters/verify", "we");

	return file && fputs("16", file) >= 0 ? 0 : -1;
}

/* While it is there, and each step of each time that it goes away */
static unsigned int phases_of(const struct mode *m)
{
	unsigned int steps = 0;

	while (m->steps[steps][0])
		steps++;
	return 1 + TIMES * steps;
}

static int episode(const struct mode *mode, struct view_function *f,
		   unsigned long reads)
{
	unsigned int n;
	uint32_t value;

	test.mode = mode;
	test.function = f;
	test.where = mode->by_port && f->above ? f->above : f;
	begin_episode();
	for (n = 0; n < view_functions; n++)
		view_get(&view_function[n], VIEW_SYSFS, 0, 4, &value);
	if (view_warm() || take_truth(0) ||
	    with_readers(reads / phases_of(mode) + 1))
		return -1;
	for (n = 0; n < view_functions; n++)
		test.absences += atomic_load(&test.seen[n]) > 0;
	test.total += atomic_load(&test.done);
	test.episodes++;
	return 0;
}

static int run(void)
{
	unsigned long before, reads;
	struct view_function *f;
	unsigned int m;
	int ret = 0;

	if (view_open() || view_learn() || verify_hits())
		return PCSC_EXIT_TROUBLE;
	reads = test.reads / (MODES * view_functions) + 1;
	for (m = 0; m < MODES && !ret; m++) {
		before = test.total;
		for (f = view_function; f < view_end() && !ret; f++)
			ret = episode(&modes[m], f, reads);
		printf("%s: functions %u, reads %lu\n", modes[m].name,
		       view_functions, test.total - before);
		fflush(stdout);
	}
	printf("modes %zu\nfunctions %u\nreads %lu\nabsences %lu\nviolations %lu\n",
	       MODES, view_functions, test.total, test.absences,
	       atomic_load(&test.violations));
	view_close();
	if (atomic_load(&test.violations))
		return PCSC_EXIT_DIFFERS;
	return ret ? PCSC_EXIT_TROUBLE : PCSC_EXIT_OK;
}

/* ---- options -------------------------------------------------------------------------- */

static const struct argp_option options[] = {
	{ "reads", 'n', "N", 0, "How many at least (50000)", 0 },
	{ "threads", 't', "N", 0, "That read (4)", 0 },
	{ "seed", 'S', "N", 0, "Of the random numbers (1)", 0 },
	{ 0 },
};

static error_t option(int key, char *arg, struct argp_state *state)
{
	static const struct {
		int key;
		unsigned long *value;
		unsigned long max;
	} numbers[] = {
		{ 'n', &test.reads, 1ul << 31 },
		{ 't', &test.threads, THREADS },
		{ 'S', &test.seed, 1000000 },
	};
	char *rest;
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (numbers[i].key != key)
			continue;
		*numbers[i].value = strtoul(arg, &rest, 10);
		if (!*arg || *rest || *numbers[i].value > numbers[i].max)
			argp_error(state, "-%c wants a number up to %lu", key,
				   numbers[i].max);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = option,
		.doc = "A function that was seen not to answer is not answered for from memory.",
	};

	pcsc_program = "removal";
	argp_err_exit_status = PCSC_EXIT_USAGE;
	if (argp_parse(&argp, argc, argv, 0, NULL, NULL))
		return PCSC_EXIT_USAGE;
	return run();
}
