// SPDX-License-Identifier: GPL-2.0-only
#include "yield.h"

#include "weave.h"

#include <sanitizer/asan_interface.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "core/hash.h"

#define STACK (64 << 10)
#define WATCHED 16

struct thread {
	ucontext_t context; /* how it begins */
	jmp_buf here; /* where it goes on */
	bool begun;
	u64 history; /* of all it has seen, and of how far it is */
	bool done;
	bool merged;
	bool sweeping; /* a word that is swept only */
	bool blind; /* what it sees now is not noted */
	const char *word; /* where it stopped */
	char kind;
	char stack[STACK] __attribute__((aligned(16)));
};

struct known {
	u64 key; /* 0: free */
	double schedules;
};

static struct {
	const struct weave *weave;
	struct weave_result result;
	void *start; /* a copy of the world */
	struct known *known;
	u64 room, used;
	u8 path[WEAVE_STEPS];
	const char *bad;
} search;

static struct {
	const char *name;
	const void *word;
	u32 size;
} watched[WATCHED];
static unsigned int nr_watched;
static const void *swept_from, *swept_end, *swept_beside;

static struct thread threads[WEAVE_THREADS];
static jmp_buf home;
static unsigned int current = WEAVE_NOBODY;

/* ---- threads --------------------------------------------------------------- */

void weave_watch(const char *name, const void *word, u32 size)
{
	if (nr_watched == WATCHED)
		abort();
	watched[nr_watched].name = name;
	watched[nr_watched].word = word;
	watched[nr_watched++].size = size;
}

void weave_sweeps(const void *from, const void *end, const void *beside)
{
	swept_from = from;
	swept_end = end;
	swept_beside = beside;
}

void weave_forget(void)
{
	nr_watched = 0;
}

unsigned int weave_current(void)
{
	return current;
}

static const char *name_of(const volatile void *word)
{
	unsigned int i;

	for (i = 0; i < nr_watched; i++)
		if (watched[i].word == word)
			return watched[i].name;
	return NULL;
}

static void stop(struct thread *t, const char *word, char kind)
{
	if (t->merged) {
		t->merged = false;
		return;
	}
	t->word = word;
	t->kind = kind;
	if (!_setjmp(t->here))
		_longjmp(home, 1);
	t->history = pcsc_mix(t->history, 1);
}

/* True if nobody will see a step on this word, nor what was seen in it. */
static bool sweeps(struct thread *t, const volatile void *word, char kind)
{
	if (word >= swept_from && word < swept_end) {
		t->sweeping = kind == 'r';
		return true;
	}
	return t->sweeping && word == swept_beside;
}

void weave_before(const volatile void *word, char kind)
{
	struct thread *t = &threads[current];
	const char *name;

	if (current == WEAVE_NOBODY)
		return;
	name = name_of(word);
	t->blind = (!name || word == swept_beside) && sweeps(t, word, kind);
	if (!name || t->blind)
		return;
	t->sweeping = false;
	stop(t, name, kind);
}

void weave_saw(unsigned long long value)
{
	struct thread *t = &threads[current];

	if (current != WEAVE_NOBODY && !t->blind)
		t->history = pcsc_mix(t->history, value);
}

void weave_yield(void)
{
	if (current != WEAVE_NOBODY && search.weave->fine)
		stop(&threads[current], "yield", ' ');
}

void weave_step(const char *name)
{
	if (current == WEAVE_NOBODY)
		return;
	threads[current].blind = false;
	stop(&threads[current], name, ' ');
}

void weave_merge(void)
{
	threads[current].merged = true;
}

void weave_bad(const char *why)
{
	search.bad = why;
}

static void run_thread(void)
{
	search.weave->bodies[current]();
	threads[current].done = true;
	threads[current].history = pcsc_mix(threads[current].history, 2);
	_longjmp(home, 1);
}

static ucontext_t blank;

static void begin_thread(unsigned int n)
{
	struct thread *t = &threads[n];

	t->history = n + 1;
	t->done = !search.weave->bodies[n];
	t->merged = true;
	t->sweeping = false;
	t->blind = false;
	t->word = "begin";
	t->kind = ' ';
	/* It may have been left in the middle of something. */
	ASAN_UNPOISON_MEMORY_REGION(t->stack, sizeof(t->stack));
	t->begun = false;
	t->context = blank;
	t->context.uc_stack.ss_sp = t->stack;
	t->context.uc_stack.ss_size = sizeof(t->stack);
	makecontext(&t->context, run_thread, 0);
}

/*
 * Contexts only begin threads: going on by them costs two system calls. Neither
 * way returns; home is where _setjmp() returns again.
 */
static void go(struct thread *t)
{
	if (t->begun)
		_longjmp(t->here, 1);
	t->begun = true;
	setcontext(&t->context);
}

static void step(unsigned int n)
{
	current = n;
	if (!_setjmp(home))
		go(&threads[n]);
	current = WEAVE_NOBODY;
}

/* ---- states ---------------------------------------------------------------- */

static u64 mix_bytes(u64 key, const void *data, u32 size)
{
	u64 word = 0;

	for (; size >= 8; size -= 8, data = (const u8 *)data + 8)
		key = pcsc_mix_words(key, data, 1);
	memcpy(&word, data, size);
	return size ? pcsc_mix(key, word) : key;
}

static u64 state_key(void)
{
	const struct weave *weave = search.weave;
	u64 key = mix_bytes(PCSC_MIX_START, weave->ghost, weave->ghost_size);
	unsigned int i;

	for (i = 0; i < nr_watched; i++)
		key = mix_bytes(key, watched[i].word, watched[i].size);
	for (i = 0; i < WEAVE_THREADS; i++)
		key = pcsc_mix(key, threads[i].history);
	return key ? key : 1;
}

static struct known *find(u64 key)
{
	u64 i = key & (search.room - 1);

	while (search.known[i].key && search.known[i].key != key)
		i = (i + 1) & (search.room - 1);
	return &search.known[i];
}

static void make_room(void)
{
	struct known *old = search.known;
	u64 i, nr = search.room;

	search.room = nr ? 2 * nr : 1 << 16;
	search.known = calloc(search.room, sizeof(*search.known));
	if (!search.known)
		abort();
	for (i = 0; i < nr; i++)
		if (old[i].key)
			*find(old[i].key) = old[i];
	free(old);
}

static void remember(u64 key, double schedules)
{
	if (2 * ++search.used > search.room)
		make_room();
	*find(key) = (struct known){ key, schedules };
}

/* ---- schedules ------------------------------------------------------------- */

static void restart(void)
{
	unsigned int i;

	memcpy(search.weave->world, search.start, search.weave->size);
	for (i = 0; i < WEAVE_THREADS; i++)
		begin_thread(i);
}

static void replay(unsigned int depth)
{
	unsigned int i;

	restart();
	for (i = 0; i < depth; i++)
		step(search.path[i]);
}

static void print_path(unsigned int depth)
{
	unsigned int i;

	restart();
	printf("#  ");
	for (i = 0; i < depth; i++) {
		const struct thread *t = &threads[search.path[i]];

		printf(" %c:%s", 'A' + search.path[i], t->word);
		if (t->kind != ' ')
			printf(".%c", t->kind);
		step(search.path[i]);
	}
	printf("\n");
}

static void found_bad(unsigned int depth)
{
	const char *why = search.bad;

	if (!search.result.bad++) {
		printf("# %s, after\n", why);
		print_path(depth);
	}
	search.bad = NULL;
}

static double at_rest(unsigned int depth)
{
	if (search.weave->at_rest)
		search.weave->at_rest();
	if (search.bad)
		found_bad(depth);
	return 1;
}

static double explore(unsigned int depth);

/* Let thread @n go next, and then all in every order. */
static double explore_step(unsigned int depth, unsigned int n)
{
	if (depth == WEAVE_STEPS) {
		weave_bad("it does not end");
	} else {
		search.path[depth++] = n;
		step(n);
	}
	if (!search.bad)
		return explore(depth);
	found_bad(depth);
	return 1;
}

static double explore(unsigned int depth)
{
	const u64 key = state_key();
	const struct known *known = find(key);
	bool done[WEAVE_THREADS];
	double schedules = 0;
	unsigned int i;

	if (known->key)
		return known->schedules;
	search.result.states++;
	for (i = 0; i < WEAVE_THREADS; i++)
		done[i] = threads[i].done;
	for (i = 0; i < WEAVE_THREADS; i++) {
		if (done[i])
			continue;
		if (schedules)
			replay(depth);
		schedules += explore_step(depth, i);
		if (search.result.bad && search.weave->first_only)
			return schedules;
	}
	if (!schedules)
		schedules = at_rest(depth);
	remember(key, schedules);
	return schedules;
}

struct weave_result weave_explore(const struct weave *weave)
{
	memset(&search, 0, sizeof(search));
	search.weave = weave;
	search.start = malloc(weave->size);
	if (!search.start)
		abort();
	memcpy(search.start, weave->world, weave->size);
	make_room();
	getcontext(&blank);
	restart();
	search.result.schedules = explore(0);
	free(search.known);
	free(search.start);
	return search.result;
}
