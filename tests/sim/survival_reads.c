// SPDX-License-Identifier: GPL-2.0-only
/* survival: what is read after an event, and whether it is what was before. */
#include <stdio.h>
#include <stdlib.h>

#include "survival.h"
#include "talk.h"

#define SHOWN 20 /* old values that are told one by one */

static void tell(const struct view_function *f, enum view_reader reader,
		 const struct view_read *r, uint32_t value, const char *what)
{
	const unsigned int n = view_number(f);

	if (survival.old + survival.wrong > SHOWN)
		return;
	printf("%s: %s, %s: %s @0x%03x width %u by %s is 0x%x, was 0x%x, is 0x%x in truth\n",
	       what, survival.event->name, survival.at->address, f->address,
	       r->where, r->size, reader == VIEW_DRIVER ? "a driver" : "sysfs",
	       value, view_value(survival.before[n], r->where, r->size),
	       view_value(survival.then[n], r->where, r->size));
}

int survival_truths(uint8_t to[][VIEW_CONFIG])
{
	const struct view_function *f;

	for (f = view_function; f < view_end(); f++)
		if (view_truth(f, to[view_number(f)]))
			return -1;
	return 0;
}

struct answer {
	struct view_function *function;
	const struct view_read *read;
	enum view_reader reader;
	bool there;
	uint32_t value;
};

/*
 * An RRS may end while reading goes on, so what was true before or after the reads is
 * right.
 */
static void judge(const struct answer *a)
{
	const struct view_read *r = a->read;
	const unsigned int n = view_number(a->function);
	const uint32_t old = view_value(survival.before[n], r->where, r->size);

	survival.reads++;
	if (a->value == view_value(survival.now[n], r->where, r->size) ||
	    a->value == view_value(survival.then[n], r->where, r->size))
		return;
	if (a->value == old) {
		survival.old++;
		tell(a->function, a->reader, r, a->value, "old");
	} else {
		survival.wrong++;
		tell(a->function, a->reader, r, a->value, "wrong");
	}
}

/* In the short form half of what the event reaches, and nothing else. */
static bool is_to_read(const struct view_function *f)
{
	return survival.full_form || (survival_role_of(f) != STRANGER &&
				      rand_r(&survival.random) % 2);
}

static unsigned int list_answers(struct answer **answers)
{
	struct view_function *f;
	unsigned int i, reader, nr = 0;

	for (f = view_function; f < view_end(); f++)
		nr += f->nr_reads * VIEW_READERS;
	*answers = calloc(nr, sizeof(**answers));
	for (nr = 0, f = view_function; *answers && f < view_end(); f++)
		for (i = 0; i < f->nr_reads; i++)
			for (reader = 0; reader < VIEW_READERS; reader++)
				if (is_to_read(f))
					(*answers)[nr++] = (struct answer){
						.function = f,
						.read = &f->reads[i],
						.reader = reader,
					};
	return nr;
}

static void shuffle(struct answer *answers, unsigned int nr)
{
	struct answer a;
	unsigned int i, with;

	for (i = nr; i > 1; i--) {
		with = rand_r(&survival.random) % i;
		a = answers[i - 1];
		answers[i - 1] = answers[with];
		answers[with] = a;
	}
}

int survival_read(void)
{
	struct answer *answers, *a;
	const unsigned int nr = list_answers(&answers);
	int ret = -1;

	if (!answers)
		return pcsc_fail(-1, "no memory");
	shuffle(answers, nr);
	if (!survival_truths(survival.now)) {
		for (a = answers; a < answers + nr; a++)
			a->there =
				view_get(a->function, a->reader, a->read->where,
					 a->read->size, &a->value);
		ret = survival_truths(survival.then);
	}
	for (a = answers; !ret && a < answers + nr; a++)
		if (a->there)
			judge(a);
	free(answers);
	return ret;
}
