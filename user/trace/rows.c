// SPDX-License-Identifier: GPL-2.0-only
/* A row for each register, for databases and spreadsheets. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "bdf.h"
#include "jsonw.h"
#include "report.h"

struct row {
	const struct pcsc_view *view;
	const struct pcsc_rec_header *head;
	const struct pcsc_rec_function *function;
	const struct pcsc_rec_register *reg;
	const struct pcsc_rec_use
		*use; /* of whom it took longest; NULL: unknown */
	uint32_t callers;
};

#define TEXT(name, ...)                                     \
	static void name(const struct row *r, char *to)     \
	{                                                   \
		snprintf(to, PCSC_TABLE_CELL, __VA_ARGS__); \
	}
#define NUMBER(name, value) TEXT(name, "%" PRIu64, (uint64_t)(value))

TEXT(host, "%s", r->head->host)
TEXT(release, "%s", r->head->release)
NUMBER(started_ns, r->head->started_ns)
NUMBER(duration_ns, r->head->duration_ns)
NUMBER(complete, !(r->head->flags & PCSC_REC_INCOMPLETE))
TEXT(driver, "%s", r->function->driver)
NUMBER(vf, !!(r->function->flags & PCSC_REC_FN_VF))
NUMBER(offset, r->reg->offset)
NUMBER(width, r->reg->width)
TEXT(by, "%s", pcsc_family_names[r->reg->family])
NUMBER(reads, r->reg->reads)
NUMBER(writes, r->reg->writes)
NUMBER(errors, r->reg->errors)
NUMBER(all_ones, r->reg->all_ones)
NUMBER(changes, r->reg->changes)
NUMBER(silent_changes, r->reg->silent_changes)
NUMBER(repeats, pcsc_register_repeats(r->reg))
NUMBER(cacheable, pcsc_regname_is_const(r->view->regnames, r->reg))
NUMBER(read_ns, r->reg->latency_sum_ns - r->reg->write_sum_ns)
NUMBER(write_ns, r->reg->write_sum_ns)
NUMBER(read_max_ns, r->reg->read_max_ns)
NUMBER(write_max_ns, r->reg->write_max_ns)
NUMBER(callers, r->callers)
TEXT(caller, "%s", r->use ? r->view->s->rec->callers[r->use->caller].name : "")
TEXT(attribute, "%s",
     r->use ? r->view->s->rec->callers[r->use->caller].attribute : "")

static void function(const struct row *r, char *to)
{
	const struct pcsc_rec_function *f = r->function;

	pcsc_bdf_format(to, f->domain, f->bus, f->devfn);
}

static void id(const struct row *r, char *to, int digits, uint32_t value)
{
	if (r->function->flags & PCSC_REC_FN_IDS)
		snprintf(to, PCSC_TABLE_CELL, "%0*x", digits, value);
	else
		*to = '\0';
}

static void vendor(const struct row *r, char *to)
{
	id(r, to, 4, r->function->vendor);
}

static void device(const struct row *r, char *to)
{
	id(r, to, 4, r->function->device);
}

static void class_code(const struct row *r, char *to)
{
	id(r, to, 6, r->function->class_code);
}

static void name(const struct row *r, char *to)
{
	pcsc_regname(r->view->regnames, r->reg, to);
}

/* Of reads that were not all-ones; there may be none. */
static void value(const struct row *r, char *to, uint32_t value)
{
	if (r->reg->reads > r->reg->all_ones)
		snprintf(to, PCSC_TABLE_CELL, "%0*x", 2 * r->reg->width, value);
	else
		*to = '\0';
}

static void first(const struct row *r, char *to)
{
	value(r, to, r->reg->first);
}

static void last(const struct row *r, char *to)
{
	value(r, to, r->reg->last);
}

#define COLUMN(name, is_text)        \
	{                            \
#name, is_text, name \
	}

/* New ones come behind the last. */
static const struct {
	const char *key;
	bool is_text;
	void (*put)(const struct row *r, char *to);
} columns[] = {
	COLUMN(host, true),
	COLUMN(release, true),
	COLUMN(started_ns, false),
	COLUMN(duration_ns, false),
	COLUMN(complete, false),
	COLUMN(function, true),
	COLUMN(vendor, true),
	COLUMN(device, true),
	COLUMN(class_code, true),
	COLUMN(vf, false),
	COLUMN(driver, true),
	COLUMN(offset, false),
	COLUMN(width, false),
	COLUMN(by, true),
	COLUMN(name, true),
	COLUMN(reads, false),
	COLUMN(writes, false),
	COLUMN(errors, false),
	COLUMN(all_ones, false),
	COLUMN(changes, false),
	COLUMN(silent_changes, false),
	COLUMN(repeats, false),
	COLUMN(cacheable, false),
	COLUMN(read_ns, false),
	COLUMN(write_ns, false),
	COLUMN(read_max_ns, false),
	COLUMN(write_max_ns, false),
	COLUMN(first, true),
	COLUMN(last, true),
	COLUMN(callers, false),
	COLUMN(caller, true),
	COLUMN(attribute, true),
};

static void put_json(const struct row *r)
{
	struct pcsc_jsonw w = { .file = stdout, .compact = true };
	char cell[PCSC_TABLE_CELL];

	pcsc_jsonw_object(&w, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		columns[i].put(r, cell);
		if (columns[i].is_text)
			pcsc_jsonw_string(&w, columns[i].key, cell);
		else
			pcsc_jsonw_uint(&w, columns[i].key,
					strtoull(cell, NULL, 10));
	}
	pcsc_jsonw_end(&w);
}

/* RFC 4180: a cell with a quote or a comma is quoted, and its quotes doubled. */
static void put_cell(const char *cell)
{
	if (!cell[strcspn(cell, "\",\r\n")]) {
		fputs(cell, stdout);
		return;
	}
	putchar('"');
	for (; *cell; cell++) {
		if (*cell == '"')
			putchar('"');
		putchar(*cell);
	}
	putchar('"');
}

static void put_csv(const struct row *r)
{
	char cell[PCSC_TABLE_CELL];

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		columns[i].put(r, cell);
		if (i)
			putchar(',');
		put_cell(cell);
	}
	putchar('\n');
}

static void put_csv_head(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		printf("%s%s", i ? "," : "", columns[i].key);
	putchar('\n');
}

/* Uses come in the order of their registers. */
static void find_callers(struct row *r, uint32_t reg, uint32_t *next)
{
	const struct pcsc_rec *rec = r->view->s->rec;
	const struct pcsc_rec_use *u = rec->uses;
	const uint32_t nr = rec->header.nr_uses;
	uint64_t most = 0;

	while (*next < nr && u[*next].reg < reg)
		++*next;
	for (; *next < nr && u[*next].reg == reg; ++*next) {
		const uint64_t ns = u[*next].read_ns + u[*next].write_ns;

		r->callers++;
		if (r->use && ns <= most)
			continue;
		r->use = &u[*next];
		most = ns;
	}
}

void pcsc_print_rows(const struct pcsc_view *view)
{
	const struct pcsc_rec *rec = view->s->rec;
	const bool csv = view->options->format == PCSC_CSV;
	uint32_t next = 0;

	if (csv)
		put_csv_head();
	for (uint32_t i = 0; i < rec->header.nr_registers; i++) {
		const struct pcsc_rec_register *reg = &rec->registers[i];
		struct row r = {
			.view = view,
			.head = &rec->header,
			.function = &rec->functions[reg->function],
			.reg = reg,
		};

		if (!view->s->chosen[reg->function])
			continue;
		find_callers(&r, i, &next);
		if (csv)
			put_csv(&r);
		else
			put_json(&r);
	}
}
