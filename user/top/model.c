// SPDX-License-Identifier: GPL-2.0-only
#include "model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *const state_words[STATES] = {
	[STATE_QUARANTINED] = "quarantined", [STATE_LIMITED] = "limited",
	[STATE_UNCACHED] = "uncached",	     [STATE_WAITING] = "waiting",
	[STATE_DEMOTED] = "demoted",	     [STATE_SERVED] = "served",
};

static uint64_t address_of(const struct sample_function *f)
{
	return (uint64_t)f->state.domain << 16 | f->state.bus << 8 |
	       f->state.devfn;
}

uint64_t row_address(const struct row *row)
{
	return address_of(&row->f);
}

struct sample_address row_place(const struct row *row)
{
	const struct pcsc_function_state *f = &row->f.state;

	return (struct sample_address){ .domain = f->domain,
					.bus = f->bus,
					.devfn = f->devfn };
}

const struct sample_device *row_device(const struct model *m,
				       const struct row *row)
{
	return row->f.device < m->nr_devices ? &m->devices[row->f.device] :
					       NULL;
}

static double rate(uint64_t hits, uint64_t reads)
{
	return reads ? 100.0 * hits / reads : -1;
}

double counts_rate(const struct counts *c)
{
	return rate(c->hits, c->reads);
}

double span_rate(const struct span *s)
{
	return rate(s->hits, s->mode_reads);
}

double counts_saved_us(const struct model *m, const struct counts *c)
{
	return c->hits * m->saves_us;
}

static int by_address(const void *key, const void *of)
{
	const uint64_t a = *(const uint64_t *)key, b = row_address(of);

	return a < b ? -1 : a > b;
}

const struct row *model_find(const struct model *m, uint64_t address)
{
	return m->nr ? bsearch(&address, m->rows, m->nr, sizeof(*m->rows),
			       by_address) :
		       NULL;
}

/* ---- functions ------------------------------------------------------------- */

/* @host: the mode of all, which is not what limits this one. */
static enum state state_of(const struct pcsc_function_state *f, __u32 host)
{
	if (f->why & PCSC_WHY_QUARANTINE)
		return STATE_QUARANTINED;
	if (f->mode < host || f->why & PCSC_WHY_DISABLED)
		return STATE_LIMITED;
	/* Without a model it is evaluated, and no byte is const. */
	if (f->why & PCSC_WHY_NO_MAP || !f->const_bytes)
		return STATE_UNCACHED;
	if (f->why & ~PCSC_WHY_NO_EVIDENCE)
		return STATE_WAITING;
	return f->demotions || f->why ? STATE_DEMOTED : STATE_SERVED;
}

/* In shadow hardware answers would-be hits, too. */
static struct counts counts_of(const struct pcsc_function_state *f, bool shadow)
{
	const bool both = shadow || f->mode == PCSC_MODE_SHADOW;

	return (struct counts){ .hits = f->hits,
				.hardware = f->hardware_reads,
				.reads = f->hardware_reads +
					 (both ? 0 : f->hits) };
}

/* By how much a counter grew; one that fell has begun at 0 again. */
static uint64_t grown(uint64_t from, uint64_t to)
{
	return to >= from ? to - from : to;
}

static struct counts counts_grown(const struct counts *from,
				  const struct counts *to)
{
	const struct counts grew = {
		.hits = grown(from->hits, to->hits),
		.hardware = grown(from->hardware, to->hardware),
		.reads = grown(from->reads, to->reads),
	};

	return grew;
}

static void fill_row(struct row *row, const struct sample_function *f,
		     __u32 host, const struct row *was)
{
	const bool shadow = host == PCSC_MODE_SHADOW;
	const struct counts all = counts_of(&f->state, shadow);
	struct counts now = { 0 };

	if (was) {
		const struct counts from = counts_of(&was->f.state, shadow);

		now = counts_grown(&from, &all);
	}
	*row = (struct row){ .f = *f,
			     .state = state_of(&f->state, host),
			     .all = all,
			     .now = now,
			     .known = was };
}

static bool has_same(const struct model *m, const struct reading *r)
{
	if (r->nr_functions != m->nr)
		return false;
	for (uint32_t i = 0; i < m->nr; i++)
		if (row_address(&m->rows[i]) != address_of(&r->functions[i]))
			return false;
	return true;
}

/* Both lists are in the order of addresses, so one walk over both will do. */
static void fill_rows(const struct model *m, struct row *rows,
		      const struct reading *r)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < r->nr_functions; i++) {
		const uint64_t address = address_of(&r->functions[i]);
		const struct row *was = NULL;

		while (at < m->nr && row_address(&m->rows[at]) < address)
			at++;
		if (at < m->nr && row_address(&m->rows[at]) == address)
			was = &m->rows[at];
		fill_row(&rows[i], &r->functions[i], r->info.mode, was);
	}
}

static void count_states(struct model *m)
{
	memset(m->in_state, 0, sizeof(m->in_state));
	m->wide = false;
	for (uint32_t i = 0; i < m->nr; i++) {
		m->in_state[m->rows[i].state]++;
		m->wide |= m->rows[i].f.state.domain > 0xffff;
	}
}

/* Rows of the functions of @r, in the place of those that are known. */
static int renew_rows(struct model *m, const struct reading *r)
{
	struct row *rows = malloc((r->nr_functions + 1) * sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	fill_rows(m, rows, r);
	free(m->rows);
	m->rows = rows;
	m->nr = r->nr_functions;
	return 0;
}

static int take_devices(struct model *m, const struct reading *r)
{
	struct sample_device *devices =
		realloc(m->devices, (r->nr_devices + 1) * sizeof(*devices));

	if (!devices)
		return -ENOMEM;
	if (r->nr_devices)
		memcpy(devices, r->devices, r->nr_devices * sizeof(*devices));
	m->devices = devices;
	m->nr_devices = r->nr_devices;
	return 0;
}

static int take_functions(struct model *m, const struct reading *r)
{
	int err = take_devices(m, r);

	if (err)
		return err;
	/* What is in the processor's cache is written, not as much again beside it. */
	if (has_same(m, r))
		for (uint32_t i = 0; i < m->nr; i++)
			fill_row(&m->rows[i], &r->functions[i], r->info.mode,
				 &m->rows[i]);
	else
		err = renew_rows(m, r);
	count_states(m);
	return err;
}

/* ---- totals ------------------------------------------------------------------ */

static struct span grew(const struct figures *from, const struct figures *to,
			double saves_us)
{
	struct span s = {
		.reads = grown(from->reads, to->reads),
		.hits = grown(from->hits, to->hits),
		.mode_reads = grown(from->mode_reads, to->mode_reads),
		.hardware = grown(from->hardware_reads, to->hardware_reads),
		.own = grown(from->own_reads, to->own_reads),
	};

	s.saved_us = s.hits * saves_us;
	return s;
}

/* What we have seen, so that a reload of the helper or another mode ends nothing. */
static void add(struct span *sum, const struct span *s)
{
	sum->seconds += s->seconds;
	sum->reads += s->reads;
	sum->hits += s->hits;
	sum->mode_reads += s->mode_reads;
	sum->hardware += s->hardware;
	sum->own += s->own;
	sum->saved_us += s->saved_us;
}

static void take_totals(struct model *m, const struct reading *r)
{
	const struct figures to = stats_figures(&r->stats, r->stats.mode);
	const struct figures from = stats_figures(&m->stats, r->stats.mode);
	const struct figures none = { 0 };
	const double saves = to.hardware_us - to.lookup_us;

	m->saves_us = saves > 0 ? saves : 0;
	m->seconds = m->up ? r->at - m->at : 0;
	m->now = (struct span){ 0 };
	if (m->seconds > 0) {
		m->now = grew(&from, &to, m->saves_us);
		m->now.seconds = m->seconds;
		add(&m->run, &m->now);
	}
	m->all = grew(&none, &to, m->saves_us);
}

void model_take_space(struct model *m, const struct reading *r)
{
	m->has_space = r->has_space;
	if (r->has_space)
		m->space = r->space;
}

int model_take(struct model *m, const struct reading *r)
{
	int err = 0;

	m->err = r->err;
	m->info = r->info;
	model_take_space(m, r);
	if (r->stats.up)
		take_totals(m, r);
	else
		m->seconds = 0;
	m->stats = r->stats;
	m->up = r->stats.up;
	m->at = r->at;
	if (m->err || !m->up)
		m->nr = 0;
	else
		err = take_functions(m, r);
	return err;
}

void model_free(struct model *m)
{
	free(m->rows);
	free(m->devices);
}
