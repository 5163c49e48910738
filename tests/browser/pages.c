// SPDX-License-Identifier: GPL-2.0-only
/*
 * pages FILE [marks|more]: write a recording that has a little of everything a page
 * shows, and names that would do something if they were taken for markup. "marks" adds
 * marks; "more" adds them and the rest of what a recording can have: a boot, accesses
 * one by one, every kind of wait.
 */
#include <stdio.h>
#include <string.h>

#include "recording.h"
#include "talk.h"

#define FUNCTIONS 14
#define DWORDS 48
#define REGISTERS (FUNCTIONS * DWORDS)
#define MS 1000000ull
#define HOSTILE "</script><b>&\"'"

static struct pcsc_rec_function functions[FUNCTIONS];
static struct pcsc_rec_register registers[REGISTERS];
static struct pcsc_rec_use uses[REGISTERS];
static struct pcsc_rec_hist hists[2 * FUNCTIONS + 1];
static struct pcsc_rec_visit visits[FUNCTIONS];

/* In the order of their bytes. */
static struct pcsc_rec_caller callers[] = {
	{ HOSTILE, "<!--<script>" },
	{ "lspci", "" },
};

static struct pcsc_rec_process processes[] = {
	{ .pid = 7,
	  .last_ns = 900 * MS,
	  .ancestors = { 1 },
	  .names = { HOSTILE } },
	{ .pid = 8, .caller = 1, .first_ns = 100 * MS, .last_ns = 950 * MS },
};

static struct pcsc_rec_wait waits[] = {
	{ .begin_ns = 5 * MS,
	  .ns = 30 * MS,
	  .stack = PCSC_REC_NONE,
	  .from = 4 },
	{ .begin_ns = 40 * MS,
	  .ns = 100 * MS,
	  .stack = PCSC_REC_NONE,
	  .kind = PCSC_REC_WAIT_FLR },
	{ .begin_ns = 45 * MS,
	  .ns = 60 * MS,
	  .function = 1,
	  .stack = 0,
	  .kind = PCSC_REC_WAIT_LOCK },
	{ .begin_ns = 150 * MS,
	  .ns = 20 * MS,
	  .stack = PCSC_REC_NONE,
	  .kind = PCSC_REC_WAIT_BLOCKED,
	  .nested = 1 },
	/* From here on: more. */
	{ .begin_ns = 180 * MS,
	  .ns = 20 * MS,
	  .stack = PCSC_REC_NONE,
	  .kind = PCSC_REC_WAIT_PM },
	{ .begin_ns = 210 * MS,
	  .ns = 20 * MS,
	  .stack = PCSC_REC_NONE,
	  .kind = PCSC_REC_WAIT_BUS },
	{ .begin_ns = 240 * MS,
	  .ns = 20 * MS,
	  .stack = PCSC_REC_NONE,
	  .kind = PCSC_REC_WAIT_BLOCKED },
	{ .begin_ns = 250 * MS,
	  .ns = 20 * MS,
	  .process = PCSC_REC_NONE,
	  .caller = 1,
	  .stack = PCSC_REC_NONE,
	  .kind = PCSC_REC_WAIT_LOCK },
};
#define MORE_WAITS 4

static struct pcsc_rec_symbol symbols[] = { { HOSTILE "alert(1)</script>" } };
static struct pcsc_rec_stack stacks[1];

static struct pcsc_rec_slow slow[] = {
	{ .end_ns = 175 * MS,
	  .ns = 25 * MS,
	  .stack = 0,
	  .offset = 4,
	  .width = 2,
	  .is_write = 1 },
	/* From here on: more. */
	{ .end_ns = 190 * MS,
	  .ns = 3 * MS,
	  .process = PCSC_REC_NONE,
	  .caller = 1,
	  .stack = PCSC_REC_NONE,
	  .width = 4 },
};

static struct pcsc_rec_path paths[] = {
	{ .stack = 0, .offset = 4, .width = 2 },
	{ .caller = 1, .stack = 0, .width = 4, .is_write = 1 },
};

static struct pcsc_rec_mark marks[] = {
	{ 100 * MS, "vf-enable" },
	{ 500 * MS, "open" },
};

#define DWORD (2u << PCSC_REC_EVENT_WIDTH)

static struct pcsc_rec_event events[] = {
	{ .begin_ns = 50 * MS, .ns = 20000, .where = DWORD },
	{ .begin_ns = 150 * MS,
	  .ns = 6000,
	  .caller = PCSC_REC_EVENT_FAILED | 1,
	  .where = DWORD | PCSC_REC_EVENT_WRITE | PCSC_REC_EVENT_USER | 4 },
};

static void make_register(struct pcsc_rec_register *r, unsigned int function,
			  unsigned int dword)
{
	*r = (struct pcsc_rec_register){
		.function = function,
		.offset = dword < DWORDS / 2 ? 4 * dword : 64 * dword,
		.width = 4,
		.family = dword % 2,
		.reads = 1 + dword * dword / (1 + function),
		.latency_sum_ns = (1 + dword) * 20000,
		.latency_max_ns = 40000,
		.read_max_ns = 40000,
	};
	if (dword % 5 == 1)
		r->changes = r->silent_changes = r->reads / 2;
	else if (dword % 7 == 2)
		r->all_ones = r->reads;
	if (dword % 11 == 1) {
		r->writes = 3;
		r->nr_written = 1;
		r->write_sum_ns = 12000;
		r->write_max_ns = 6000;
	}
}

static void make_use(struct pcsc_rec_use *u, uint32_t i)
{
	const struct pcsc_rec_register *r = &registers[i];

	*u = (struct pcsc_rec_use){
		.reg = i,
		.caller = i % 3 == 0,
		.reads = r->reads,
		.writes = r->writes,
		.read_ns = r->latency_sum_ns - r->write_sum_ns,
		.write_ns = r->write_sum_ns,
	};
}

static void make_hist(struct pcsc_rec_hist *h, unsigned int function,
		      bool is_write)
{
	*h = (struct pcsc_rec_hist){
		.function = function,
		.width = 4,
		.is_write = is_write,
		.max_ns = 3 * MS,
	};
	for (unsigned int i = 0; i < 20; i++) {
		const uint32_t n = (i * i * (function + 3)) % 41;

		h->slots[40 + i] = n;
		h->count += n;
		h->sum_ns += n * pcsc_slot_low(40 + i);
	}
}

static void make_function(unsigned int i)
{
	functions[i] = (struct pcsc_rec_function){
		.bus = 1,
		.devfn = i,
		.flags = PCSC_REC_FN_IDS | PCSC_REC_FN_USER_DRIVER,
		.vendor = 0x8086,
		.device = 0x10d3,
		.cfg_size = 4096,
		.driver = HOSTILE,
	};
	for (unsigned int n = 0; n < DWORDS; n++) {
		make_register(&registers[i * DWORDS + n], i, n);
		make_use(&uses[i * DWORDS + n], i * DWORDS + n);
	}
	make_hist(&hists[2 * i + 1], i, false);
	make_hist(&hists[2 * i + 2], i, true);
	visits[i] = (struct pcsc_rec_visit){
		.process = i >= FUNCTIONS / 2,
		.function = i,
		.first_ns = 40 * i * MS,
		.last_ns = (40 * i + 300) * MS,
		.reads = 10 + i,
		.read_ns = i * MS,
	};
}

static void add_marks(struct pcsc_rec *rec)
{
	rec->marks = marks;
	rec->header.nr_marks = 2;
}

static void add_more(struct pcsc_rec *rec)
{
	struct pcsc_rec_header *h = &rec->header;

	functions[FUNCTIONS - 1].flags = PCSC_REC_FN_VF;
	visits[0].pause_ns = visits[0].first_ns + MS;
	registers[0].nr_written = PCSC_REC_WRITTEN + 1;
	rec->paths = paths;
	rec->events = events;
	h->nr_waits += MORE_WAITS;
	h->nr_slow = 2;
	h->nr_paths = 2;
	h->nr_events = 2;
	h->events_lost = 1;
	h->boot_ns = 3000 * MS;
	h->initramfs_ns = 400 * MS;
	h->flags = PCSC_REC_INCOMPLETE | PCSC_REC_SERVED | PCSC_REC_UNFINISHED |
		   PCSC_REC_PARTIAL | PCSC_REC_EVENTS;
	strcpy(h->only, "-c lspci");
}

int main(int argc, char **argv)
{
	struct pcsc_rec rec = {
		.header = { .nr_functions = FUNCTIONS,
			    .nr_registers = REGISTERS,
			    .nr_hists = 2 * FUNCTIONS + 1,
			    .nr_callers = 2,
			    .nr_uses = REGISTERS,
			    .nr_processes = 2,
			    .nr_visits = FUNCTIONS,
			    .nr_waits = 4,
			    .nr_stacks = 1,
			    .nr_symbols = 1,
			    .nr_slow = 1,
			    .duration_ns = 1000 * MS,
			    .host = HOSTILE "<script>alert(1)</script>",
			    .release = "6<!--" },
		.functions = functions,
		.registers = registers,
		.hists = hists,
		.callers = callers,
		.uses = uses,
		.processes = processes,
		.visits = visits,
		.waits = waits,
		.stacks = stacks,
		.symbols = symbols,
		.slow = slow,
	};
	bool more = false;

	pcsc_program = "pages";
	if (argc == 3 && !strcmp(argv[2], "more"))
		more = true;
	else if (argc != 2 && (argc != 3 || strcmp(argv[2], "marks")))
		return PCSC_EXIT_USAGE;
	for (int n = 1; n < PCSC_REC_FRAMES; n++)
		stacks[0].symbols[n] = PCSC_REC_NONE;
	for (unsigned int i = 0; i < FUNCTIONS; i++)
		make_function(i);
	make_hist(&hists[0], 0, false);
	hists[0].width = 2;
	if (argc == 3)
		add_marks(&rec);
	if (more)
		add_more(&rec);
	return pcsc_exit_of(pcsc_rec_save(&rec, argv[1]));
}
