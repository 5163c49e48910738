// SPDX-License-Identifier: GPL-2.0-only
#include "reported.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bdf.h"
#include "talk.h"

static char path[] = "/dev/shm/pcsc-report.XXXXXX";
struct pcsc_rec rec;
struct pcsc_rec_function functions[FUNCTIONS];
struct pcsc_rec_register registers[FUNCTIONS];
struct pcsc_rec_hist hists[FUNCTIONS];
struct pcsc_rec_caller callers[] = { { .name = "lspci" }, { .name = "qemu" } };
struct pcsc_rec_use uses[FUNCTIONS];
struct pcsc_rec_process process;
struct pcsc_by by;
enum pcsc_sort sort;
struct pci_filter filter;
bool timeline;
enum pcsc_format format;
enum pcsc_picture picture;

static void make_function(unsigned int i)
{
	functions[i] = (struct pcsc_rec_function){
		.bus = 1,
		.devfn = i,
		.flags = PCSC_REC_FN_IDS,
		.vendor = 0x8086,
		.device = 0x10d3,
		.driver = "e1000e",
	};
	registers[i] = (struct pcsc_rec_register){
		.function = i,
		.offset = 0x100,
		.width = 4,
		.family = PCSC_REC_USER,
		.reads = 100 + i,
		.first = 0x10d38086,
		.last = 0x10d38086,
		.latency_sum_ns = 36000 * (100 + i),
		.latency_max_ns = 47000,
		.read_max_ns = 47000,
	};
	uses[i] = (struct pcsc_rec_use){
		.reg = i,
		.reads = 100 + i,
		.read_ns = 36000 * (100 + i),
	};
	process.reads += uses[i].reads;
	process.read_ns += uses[i].read_ns;
	hists[i] = (struct pcsc_rec_hist){
		.function = i,
		.width = 4,
		.count = 100 + i,
		.sum_ns = 36000 * (100 + i),
		.max_ns = 47000,
	};
	hists[i].slots[pcsc_slot_of(36000)] = 100 + i;
}

/* @nr functions with one register each, that was only read, by one process. */
int make(unsigned int nr)
{
	rec = (struct pcsc_rec){
		.header = { .nr_functions = nr,
			    .nr_registers = nr,
			    .nr_hists = nr,
			    .nr_callers = 2,
			    .nr_uses = nr,
			    .nr_processes = 1,
			    .duration_ns = 1000000000,
			    .host = "unit",
			    .release = "6" },
		.functions = functions,
		.registers = registers,
		.hists = hists,
		.callers = callers,
		.uses = uses,
		.processes = &process,
	};
	by = (struct pcsc_by){};
	sort = PCSC_SORT_TIME;
	timeline = false;
	format = PCSC_PLAIN;
	picture = 0;
	pcsc_filter_init(&filter);
	process = (struct pcsc_rec_process){
		.pid = 77,
		.last_ns = 1500000,
		.ancestors = { 76, 1 },
		.names = { "bash", "init" },
	};
	for (unsigned int i = 0; i < nr; i++)
		make_function(i);
	return 0;
}

/* What pcsc_report() prints of @file, in a static buffer. */
const char *report_file(const char *file, unsigned int top, bool json)
{
	struct pcsc_report_options o = {
		.path = file,
		.top = top,
		.json = json,
		.filter = filter,
		.by = by,
		.sort = sort,
		.timeline = timeline,
		.format = format,
		.svg = picture,
	};
	static char text[1 << 20];
	FILE *kept = tmpfile();
	int old, status;
	size_t n;

	fflush(stdout);
	old = dup(STDOUT_FILENO);
	dup2(fileno(kept), STDOUT_FILENO);
	status = pcsc_report(&o);
	fflush(stdout);
	dup2(old, STDOUT_FILENO);
	close(old);
	assert_int_equal(status, 0);
	rewind(kept);
	n = fread(text, 1, sizeof(text) - 1, kept);
	text[n] = '\0';
	fclose(kept);
	return text;
}

/* Of the recording that make() made. */
const char *report(unsigned int top, bool json)
{
	assert_int_equal(pcsc_rec_save(&rec, path), 0);
	return report_file(path, top, json);
}

/* The first line, or the @nth one from 0 on, of @text; in a static buffer. */
const char *line(const char *text, unsigned int nth)
{
	static char line[512];

	for (; nth && *text; nth--)
		text += strcspn(text, "\n") + 1;
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
	return line;
}

/* A report answers in its first ten lines. */
void assert_answer(const char *text, const char *what)
{
	static char head[4096];
	const char *end = text;

	for (int n = 0; n < 10 && *end; n++)
		end += strcspn(end, "\n") + 1;
	snprintf(head, sizeof(head), "%.*s", (int)(end - text), text);
	if (!strstr(head, what))
		fail_msg("'%s' is not in:\n%s", what, head);
}

int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	pcsc_program = "test_report";
	return fd < 0 ? -1 : close(fd);
}

int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}
