/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of `pcsc-trace report`. */
#ifndef PCSC_REPORT_H
#define PCSC_REPORT_H

#include "groups.h"
#include "heaviest.h"
#include "picture.h"
#include "regname.h"
#include "table.h"
#include "trace.h"
#include "waiting.h"

enum pcsc_format {
	PCSC_PLAIN, /* for people */
	PCSC_JSON,
	PCSC_JSONL, /* a row for each register, and in CSV */
	PCSC_CSV,
	PCSC_HTML,
	PCSC_FORMATS,
};

/* 0 or -EINVAL after a sentence. */
int pcsc_format_parse(enum pcsc_format *format, const char *text);

#define PCSC_REPORT_ROWS 10

struct pcsc_report_options {
	const char *path;
	bool json; /* as format PCSC_JSON */
	bool html; /* as format PCSC_HTML */
	enum pcsc_picture svg; /* that one alone */
	enum pcsc_format format;
	bool timeline;
	bool events; /* nothing but the accesses one by one */
	unsigned int
		top; /* rows of a table, PCSC_REPORT_ROWS if not given; 0: all */
	struct pci_filter filter;
	struct pcsc_by by; /* none: the usual tables */
	enum pcsc_sort sort;
};

/* An exit status. */
int pcsc_report(const struct pcsc_report_options *options);

/* What is in a report's tables, and in what order. */
struct pcsc_view {
	const struct pcsc_summary *s;
	const struct pcsc_report_options *options;
	struct pci_access *names; /* of devices */
	struct pcsc_regnames *regnames;
	struct pcsc_groups *by_register;
	struct pcsc_groups *by_caller;
	struct pcsc_waiting *waiting;
	/* Where a table goes, and what is said of it. */
	void (*table)(const char *caption, const struct pcsc_table *t);
	/* Of a page, which has to have a size that can be sent: */
	const struct pcsc_shown *shown;
	const bool
		*listed; /* functions that JSON has rows of; NULL: all chosen */
	uint32_t most; /* rows of other lists in JSON; 0: all */
};

static inline bool pcsc_lists(const struct pcsc_view *view, uint32_t function)
{
	return view->listed ? view->listed[function] :
			      view->s->chosen[function];
}

static inline uint32_t pcsc_most(const struct pcsc_view *view, uint32_t nr)
{
	return view->most && view->most < nr ? view->most : nr;
}

/* ---- answer.c ---- */

/* The sentences that a report begins with. 0 or a negative errno, said. */
int pcsc_print_answer(const struct pcsc_view *view);

/* ---- answer_waits.c: lines of it, where there is something to say ---- */

/* Was there anything to wait for? */
bool pcsc_print_waits(const struct pcsc_view *view);
void pcsc_print_woken(const struct pcsc_view *view);
void pcsc_print_openings(const struct pcsc_view *view);
void pcsc_print_slowest(const struct pcsc_view *view);

/* ---- hints.c ---- */

/* The habit that took most time, if any could be given up. */
void pcsc_print_hint(const struct pcsc_view *view);

/* ---- answer_phases.c ---- */

/* If there are marks. 0 or a negative errno, said. */
int pcsc_print_phases(const struct pcsc_view *view);

/* ---- totals.c, tables.c; each returns 0 or a negative errno, said ---- */

void pcsc_print_totals(const struct pcsc_summary *s);
void pcsc_print_groups(const struct pcsc_view *view,
		       struct pcsc_groups *groups);
int pcsc_print_functions(const struct pcsc_view *view);
int pcsc_print_processes(const struct pcsc_view *view);
int pcsc_print_registers(const struct pcsc_view *view);
/* All of one function, in their order. */
int pcsc_print_registers_of(const struct pcsc_view *view, uint32_t function);
/* What the @nth thing is called that the accesses of @g have in common. */
void pcsc_put_group(const struct pcsc_view *view,
		    const struct pcsc_groups *groups,
		    const struct pcsc_group *g, unsigned int nth,
		    char cell[PCSC_TABLE_CELL]);

/* ---- rows.c ---- */

/* As PCSC_JSONL or PCSC_CSV, whichever is asked for. */
void pcsc_print_rows(const struct pcsc_view *view);

/* ---- timeline.c ---- */

void pcsc_print_timeline(const struct pcsc_view *view);
/* The visits that @rows has, which are those with most time; NULL: the first ones. */
void pcsc_print_visits(const struct pcsc_view *view, const uint32_t *rows,
		       uint32_t nr);

/* ---- html.c ---- */

/* 0 or a negative errno, said. */
int pcsc_report_html(struct pcsc_view *view);

/* ---- report_events.c ---- */

/* One access, in words. */
struct pcsc_access_line {
	uint64_t begin_ns; /* from the start of the recording */
	uint64_t ns;
	uint32_t domain;
	uint8_t bus;
	uint8_t devfn;
	uint8_t width;
	bool is_write;
	bool failed;
	uint32_t value;
	bool has_pid; /* or there is no column */
	uint32_t pid; /* 0: an interrupt */
	const char *caller;
	const char *name; /* of the register */
};

/* At most 69 columns, and then the register's name. Recordings keep no process of an access. */
void pcsc_print_access(const struct pcsc_access_line *a);
void pcsc_print_access_head(bool with_pids);

void pcsc_print_events(const struct pcsc_view *view);

/* ---- report_json.c ---- */

/* 0 or a negative errno, said. */
int pcsc_report_json(const struct pcsc_view *view);

/* ---- cells.c: what is printed in a cell, or in a sentence ---- */

void pcsc_put(char cell[PCSC_TABLE_CELL], const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void pcsc_put_count(char cell[PCSC_TABLE_CELL], uint64_t n);
void pcsc_put_us(char cell[PCSC_TABLE_CELL], double ns);
void pcsc_put_ms(char cell[PCSC_TABLE_CELL], double ns);
/* "97.3"; of nothing: "0.0". */
void pcsc_put_share(char cell[PCSC_TABLE_CELL], double part, double whole);

/* The mean of @n, in microseconds; "-" if there are none, or no time is known. */
void pcsc_put_mean(char cell[PCSC_TABLE_CELL], uint64_t ns, uint64_t n);
/* The time of @ns and its share of all that @s has, in two cells. */
void pcsc_put_time(const struct pcsc_summary *s, pcsc_cells cells, int first,
		   uint64_t ns);

#define PCSC_TIME_SIZE 24

/* "9.61 s", "104 ms", "36.2 us". */
const char *pcsc_time(double ns, char buf[static PCSC_TIME_SIZE]);
double pcsc_percent(double part, double whole);

/* A histogram's bar, and the end of its line: as long as @value is of @max. */
void pcsc_print_stars(uint64_t value, uint64_t max);

/* The device's name in words, as lspci has it. */
void pcsc_put_name(char cell[PCSC_TABLE_CELL],
		   const struct pcsc_rec_function *f, struct pci_access *names);

#endif
