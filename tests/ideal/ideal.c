// SPDX-License-Identifier: GPL-2.0-only
/*
 * ideal: the best hit rate that any cache could have had on a recorded workload
 * and keep every promise of docs/hazards.md. What pcsc reaches is judged by it.
 *
 * Input is the trace of QEMU's pci_cfg_read and pci_cfg_write: every access that
 * reached a device. Replayed is a cache with foresight. It knows the whole trace,
 * and keeps a byte of a function if and only if the byte
 *
 *  - never has two values in it (all-ones, of what is no VF, do not count),
 *  - is never written in it,
 *  - and is not excluded by name: see rules.c.
 *
 * It begins empty and fills by misses: what a read brought, later reads hit. A
 * VF is emptied when VF Enable is cleared. After a write that resets (FLR, D3hot,
 * secondary bus reset, link disable, slot power, VF Enable), nothing is a hit
 * until a read has proved who is there; what was kept survives.
 *
 * With --handover=PHASE a kexec happened just before PHASE, and what was kept is
 * handed to the next kernel as well as any sound handover can. That kernel clears
 * VF Enable: a VF has its bytes again when VF Enable is first set after that, if
 * NumVFs is what it was. Nothing is a hit until a read has proved who is there.
 *
 * The trace has no widths. A value tells a lower bound (above 0xffff: a dword;
 * above 0xff: a word or more; at an odd offset: a byte), the offset's alignment
 * an upper one. Being an upper bound on hits, the ideal lets a read need no more
 * than the lower, and fill as much as the upper. On traces of bulk reads the two
 * differ by cold misses only.
 *
 * With --count it is no cache at all, but the oracle's counter. With --clairvoyant it
 * obeys nothing: a read hits if the function has answered just this before, as if all
 * that changes a register were known.
 */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "ideal.h"
#include "talk.h"

#define MAX_PHASES 64
#define MAX_MISSES 4096

struct phase {
	char name[32];
	uint32_t line; /* where it begins */
	unsigned long reads, hits, writes;
};

struct miss {
	struct place place;
	enum why why;
	unsigned long nr;
};

static struct {
	const char *file;
	const char *misses; /* a phase's name, or "" for all */
	const char *handover; /* a phase's name */
	uint32_t handover_line; /* 0: none, or it is over */
	bool json, count, clairvoyant, by_function, list_misses;
	struct phase phases[MAX_PHASES];
	unsigned int nr_phases;
	struct miss *miss;
	unsigned int nr_misses;
	struct phase *counts; /* [phase][function] */
} o;

const char *const why_names[WHYS] = {
	[KEPT] = "kept",
	[FLOOR] = "floor",
	[SOFTWARE] = "set by software",
	[PROBE] = "presence probe",
	[BODY] = "vendor body",
	[CHIPSET] = "chipset or port, undescribed",
	[WRITTEN] = "written",
	[CHANGED] = "changed",
	[COLD] = "first read",
	[BRACKET] = "after a reset",
	[ALL_ONES] = "all-ones",
};

/* ---- phases ---------------------------------------------------------------- */

static int add_phase(const char *name, unsigned long line)
{
	struct phase *p = &o.phases[o.nr_phases];

	if (o.nr_phases == MAX_PHASES)
		return pcsc_fail(-E2BIG, "more than %d phases", MAX_PHASES);
	if (strlen(name) >= sizeof(p->name) ||
	    strspn(name,
		   "abcdefghijklmnopqrstuvwxyz"
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") != strlen(name))
		return pcsc_fail(-EINVAL, "'%s' cannot be a phase's name",
				 name);
	if (o.nr_phases && line < p[-1].line)
		return pcsc_fail(
			-EINVAL,
			"phase %s begins before %s: list them in order", name,
			p[-1].name);
	strcpy(p->name, name);
	p->line = line;
	o.nr_phases++;
	return 0;
}

/* "NAME=LINE" or "NAME LINE" */
static int parse_phase(const char *text)
{
	char name[64], tail;
	unsigned long line;

	if (sscanf(text, "%63[^= ]%*[= ]%lu %c", name, &line, &tail) != 2)
		return pcsc_fail(-EINVAL, "'%s' is not a NAME and a LINE",
				 text);
	return add_phase(name, line);
}

static int read_phases(const char *path)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	char line[128];
	int err = 0;

	if (!file)
		return pcsc_fail(-errno, "%s: %s", path, strerror(errno));
	while (!err && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		err = line[0] ? parse_phase(line) : 0;
	}
	return err;
}

static unsigned int phase_of(uint32_t line)
{
	unsigned int i = o.nr_phases;

	while (i > 1 && o.phases[i - 1].line > line)
		i--;
	return i - 1;
}

/* What is before the first phase's line is a phase too. */
static int complete_phases(void)
{
	if (o.nr_phases && o.phases[0].line <= 1)
		return 0;
	if (o.nr_phases == MAX_PHASES)
		return pcsc_fail(-E2BIG, "more than %d phases", MAX_PHASES);
	memmove(o.phases + 1, o.phases, o.nr_phases * sizeof(o.phases[0]));
	o.phases[0] = (struct phase){ .name = "start", .line = 1 };
	o.nr_phases++;
	return 0;
}

static int find_handover(void)
{
	unsigned int i;

	for (i = 0; i < o.nr_phases; i++)
		if (!strcmp(o.phases[i].name, o.handover))
			break;
	if (i == o.nr_phases)
		return pcsc_fail(-EINVAL, "no phase is called '%s'",
				 o.handover);
	o.handover_line = o.phases[i].line;
	return 0;
}

/* ---- counting -------------------------------------------------------------- */

static void count_miss(struct place place, enum why why)
{
	struct miss *m = o.miss;

	if (place.space == UNDESCRIBED)
		place.offset = 0;
	while (m < o.miss + o.nr_misses &&
	       (memcmp(&m->place, &place, sizeof(place)) || m->why != why))
		m++;
	if (m == o.miss + MAX_MISSES)
		return;
	if (m == o.miss + o.nr_misses) {
		m->place = place;
		m->why = why;
		o.nr_misses++;
	}
	m->nr++;
}

static void count(struct phase *p, const struct event *e, bool hit)
{
	p->writes += e->write;
	p->reads += !e->write;
	p->hits += !e->write && hit;
}

static enum why answer(struct trace *t, const struct event *e)
{
	if (o.count)
		return COLD;
	return o.clairvoyant ? foresee(t, e) : replay(t, e);
}

static void run(struct trace *t)
{
	const struct event *e;
	unsigned int phase;
	enum why why;

	for (e = t->events; e < t->events + t->nr_events; e++) {
		if (o.handover_line && e->line >= o.handover_line) {
			hand_over(t);
			o.handover_line = 0;
		}
		phase = phase_of(e->line);
		why = answer(t, e);
		count(&o.phases[phase], e, why == KEPT);
		count(&o.counts[phase * t->nr_functions + e->function], e,
		      why == KEPT);
		if (!e->write && why != KEPT && o.list_misses &&
		    (!*o.misses || !strcmp(o.misses, o.phases[phase].name)))
			count_miss(t->functions[e->function]->place[e->offset],
				   why);
	}
}

/* ---- printing -------------------------------------------------------------- */

static double rate(const struct phase *p)
{
	return p->reads ? 100.0 * p->hits / p->reads : 0;
}

static void print_row(const char *name, const struct phase *p)
{
	printf("%-20s %9lu %9lu", name, p->reads, p->writes);
	if (!o.count)
		printf(" %9lu %9lu %6.1f%%", p->hits, p->reads - p->hits,
		       rate(p));
	putchar('\n');
}

static void print_head(const char *what)
{
	printf("%-20s %9s %9s", what, "reads", "writes");
	if (!o.count)
		printf(" %9s %9s %7s", "hits", "hardware", "rate");
	putchar('\n');
}

static void print_json_row(const char *key, const char *name,
			   const struct phase *p)
{
	printf("{\"%s\":\"%s\",\"reads\":%lu,\"writes\":%lu", key, name,
	       p->reads, p->writes);
	if (!o.count)
		printf(",\"hits\":%lu,\"hardware\":%lu,\"rate\":%.2f", p->hits,
		       p->reads - p->hits, rate(p));
}

static struct phase sum(const struct phase *p, size_t nr, size_t stride)
{
	struct phase s = { 0 };
	size_t i;

	for (i = 0; i < nr; i++, p += stride) {
		s.reads += p->reads;
		s.hits += p->hits;
		s.writes += p->writes;
	}
	return s;
}

static const char *function_name(const struct function *f, char *to)
{
	sprintf(to, "%02x:%02x.%x", f->rid >> 8, f->rid >> 3 & 31, f->rid & 7);
	return to;
}

/* Functions of one phase, or (@p of the first phase, @nr of all) of the trace. */
static void print_functions(const struct trace *t, const struct phase *p,
			    unsigned int nr)
{
	const char *comma = "";
	struct phase s;
	char bdf[16];
	size_t i;

	for (i = 0; i < t->nr_functions; i++) {
		s = sum(p + i, nr, t->nr_functions);
		if (!s.reads && !s.writes)
			continue;
		function_name(t->functions[i], bdf);
		if (!o.json) {
			print_row(bdf, &s);
			continue;
		}
		printf("%s\n   ", comma);
		print_json_row("function", bdf, &s);
		printf(",\"model\":\"%s\"}", t->functions[i]->model);
		comma = ",";
	}
}

static void print_json(const struct trace *t)
{
	struct phase total = sum(o.phases, o.nr_phases, 1);
	unsigned int i;

	printf("{\"phases\":[");
	for (i = 0; i < o.nr_phases; i++) {
		printf("%s\n  ", i ? "," : "");
		print_json_row("phase", o.phases[i].name, &o.phases[i]);
		if (o.by_function) {
			printf(",\"functions\":[");
			print_functions(t, o.counts + i * t->nr_functions, 1);
			printf("]");
		}
		printf("}");
	}
	printf("],\n \"total\":");
	print_json_row("phase", "total", &total);
	printf("}}\n");
}

static void print_text(const struct trace *t)
{
	struct phase total = sum(o.phases, o.nr_phases, 1);
	unsigned int i;

	print_head("phase");
	for (i = 0; i < o.nr_phases; i++)
		print_row(o.phases[i].name, &o.phases[i]);
	print_row("total", &total);
	for (i = 0; o.by_function && i < o.nr_phases; i++) {
		putchar('\n');
		print_head(o.phases[i].name);
		print_functions(t, o.counts + i * t->nr_functions, 1);
	}
}

static int by_number(const void *a, const void *b)
{
	const struct miss *x = a, *y = b;

	return (x->nr < y->nr) - (x->nr > y->nr);
}

static void print_misses(void)
{
	static const char *const spaces[] = {
		"header", "header", "bridge", "cap", "ecap", "undescribed"
	};
	const struct miss *m = o.miss;

	qsort(o.miss, o.nr_misses, sizeof(*o.miss), by_number);
	printf("\n%9s  %-20s %s\n", "misses", "register", "why");
	for (; m < o.miss + o.nr_misses && m < o.miss + 30; m++) {
		printf("%9lu  %-11s ", m->nr, spaces[m->place.space]);
		if (m->place.space == CAP || m->place.space == ECAP)
			printf("%02x+%-5x", m->place.id, m->place.offset);
		else
			printf("%-8x", m->place.offset);
		printf(" %s\n", why_names[m->why]);
	}
}

/* ---- the command ----------------------------------------------------------- */

static const struct argp_option option_table[] = {
	{ "phase", 'p', "NAME=LINE", 0,
	  "A phase begins at this line of the trace (repeatable, in order)",
	  0 },
	{ "phases", 'P', "FILE", 0, "The same from a file, 'NAME LINE' a line",
	  0 },
	{ "handover", 'H', "PHASE", 0,
	  "A kexec just before PHASE hands over what was kept", 0 },
	{ "json", 'j', NULL, 0, "JSON", 0 },
	{ "count", 'c', NULL, 0,
	  "No cache: count what reached hardware, by phase and function", 0 },
	{ "clairvoyant", 'C', NULL, 0,
	  "A cache that knows all that changes a register: no promise is kept",
	  0 },
	{ "by-function", 'f', NULL, 0, "By function as well as by phase", 0 },
	{ "misses", 'm', "PHASE", OPTION_ARG_OPTIONAL,
	  "The registers that miss most often, and why", 0 },
	{ 0 }
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	int err = 0;

	switch (key) {
	case 'p':
		err = parse_phase(arg);
		break;
	case 'P':
		err = read_phases(arg);
		break;
	case 'H':
		o.handover = arg;
		break;
	case 'j':
		o.json = true;
		break;
	case 'c':
		o.count = o.by_function = true;
		break;
	case 'C':
		o.clairvoyant = true;
		break;
	case 'f':
		o.by_function = true;
		break;
	case 'm':
		o.list_misses = true;
		o.misses = arg ? arg : "";
		break;
	case ARGP_KEY_ARG:
		if (o.file)
			argp_error(state, "one trace at a time");
		o.file = arg;
		break;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "name a trace");
		break;
	case ARGP_KEY_END:
		err = complete_phases();
		if (!err && o.handover)
			err = find_handover();
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	if (err)
		exit(PCSC_EXIT_USAGE);
	return 0;
}

static int report(struct trace *t)
{
	int err = trace_read(t, o.file);

	if (err)
		return err;
	o.counts = calloc(o.nr_phases * t->nr_functions, sizeof(*o.counts));
	o.miss = calloc(MAX_MISSES, sizeof(*o.miss));
	if (!o.counts || !o.miss)
		return pcsc_fail(-ENOMEM, "out of memory");
	rules_apply(t);
	run(t);
	if (o.json)
		print_json(t);
	else
		print_text(t);
	if (o.list_misses && !o.json)
		print_misses();
	return 0;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		option_table,
		parse_option,
		"TRACE",
		"The best possible hit rate on a trace of QEMU's pci_cfg_read and pci_cfg_write.",
		NULL,
		NULL,
		NULL
	};
	_cleanup_(trace_free) struct trace t = { 0 };
	int err;

	pcsc_program = "ideal";
	argp_err_exit_status = PCSC_EXIT_USAGE;
	if (argp_parse(&argp, argc, argv, 0, NULL, NULL))
		return PCSC_EXIT_USAGE;
	err = report(&t);
	free(o.counts);
	free(o.miss);
	return pcsc_exit_of(err);
}
