// SPDX-License-Identifier: GPL-2.0-only
/*
 * The input is a form of a report and a recording (rec.h). Of every recording that can
 * be read there is a report in every form, JSON is JSON, all rows of CSV have as many
 * columns, and nothing in it drives a terminal.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bdf.h"
#include "fuzz.h"
#include "rec.h"
#include "talk.h"
#include "trace/report.h"

/* Without the names of devices, whose list is long. */
struct pci_access *__real_pcsc_names_open(void);
struct pci_access *__wrap_pcsc_names_open(void);

struct pci_access *__wrap_pcsc_names_open(void)
{
	struct pci_access *names = __real_pcsc_names_open();
	static char none[] = "/dev/null";

	if (names)
		pci_set_name_list_path(names, none, 0);
	return names;
}

static void check_json(const char *text, size_t size, bool lines)
{
	/* Jansson knows no integers beyond 63 bits, but JSON does. */
	const size_t flags =
		JSON_DECODE_INT_AS_REAL | (lines ? JSON_DISABLE_EOF_CHECK : 0);
	json_error_t error;
	json_t *json = json_loadb(text, size, flags, &error);

	MUST(json, "no JSON: %s at %d:%d of\n%.*s", error.text, error.line,
	     error.column, (int)size, text);
	json_decref(json);
}

static void check_jsonl(const char *text, size_t size)
{
	const char *end;

	for (; size; size -= end + 1 - text, text = end + 1) {
		end = memchr(text, '\n', size);
		MUST(end, "half a line: %.*s", (int)size, text);
		check_json(text, end - text, true);
	}
}

static void check_csv(const char *text, size_t size)
{
	unsigned int columns = 0, n = 1;
	bool quoted = false;

	for (size_t i = 0; i < size; i++) {
		quoted ^= text[i] == '"';
		n += !quoted && text[i] == ',';
		if (quoted || text[i] != '\n')
			continue;
		columns = columns ? columns : n;
		MUST(n == columns, "%u columns, and then %u:\n%.*s", columns, n,
		     (int)size, text);
		n = 1;
	}
	MUST(!quoted, "a quote without an end:\n%.*s", (int)size, text);
}

static void check_text(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		MUST((unsigned char)text[i] >= ' ' || text[i] == '\n' ||
			     text[i] == '\t',
		     "byte %02x:\n%.*s", text[i], (int)size, text);
}

static void check_output(const struct pcsc_report_options *o, const char *text,
			 size_t size)
{
	check_text(text, size);
	if (o->format == PCSC_JSON)
		check_json(text, size, false);
	else if (o->format == PCSC_JSONL)
		check_jsonl(text, size);
	else if (o->format == PCSC_CSV)
		check_csv(text, size);
	else
		MUST(size, "nothing was printed: %s", fuzz_heard());
}

/* Formats, then pictures, then the others. */
static void take_form(struct pcsc_report_options *o, struct fuzz_input *in)
{
	const u8 what = fuzz_u8(in);
	const u8 form = (what & 0xf) % (PCSC_FORMATS + PCSC_PICTURES + 2);

	o->top = what & 0x10 ? 0 : PCSC_REPORT_ROWS;
	o->sort = what >> 5 & 1;
	if (form < PCSC_FORMATS)
		o->format = form;
	else if (form < PCSC_FORMATS + PCSC_PICTURES)
		o->svg = form - PCSC_FORMATS;
	else
		*(form & 1 ? &o->timeline : &o->events) = true;
	if (what & 0x40 && !o->format && !o->svg && !o->events) {
		o->by.nr = 2;
		o->by.facets[0] = fuzz_u8(in) % PCSC_FACETS;
		o->by.facets[1] = fuzz_u8(in) % PCSC_FACETS;
	}
}

/* -n without a table; --by and --sort without one, and without the picture of one */
static bool is_in_vain(const struct pcsc_report_options *o)
{
	const bool none =
		o->events || o->format == PCSC_JSONL || o->format == PCSC_CSV;

	return (none && o->top != PCSC_REPORT_ROWS) ||
	       ((o->by.nr || o->sort) &&
		(none || o->timeline || o->svg > PCSC_BARS));
}

static void report(const struct pcsc_report_options *o)
{
	off_t size;
	int status, fd;
	char *text;

	fuzz_listen();
	fuzz_stdout();
	status = pcsc_report(o);
	fd = fuzz_stdout_end();
	size = lseek(fd, 0, SEEK_END);
	text = size ? mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0) : NULL;
	if (text == MAP_FAILED)
		abort();
	if (is_in_vain(o))
		MUST(status == PCSC_EXIT_USAGE && !size, "status %d: %s",
		     status, fuzz_heard());
	else
		MUST(status == PCSC_EXIT_OK || status == PCSC_EXIT_REFUSED,
		     "status %d: %s", status, fuzz_heard());
	if (status == PCSC_EXIT_OK)
		check_output(o, text, size);
	else if (status == PCSC_EXIT_REFUSED)
		MUST(strstr(fuzz_heard(), o->path), "no file: %s",
		     fuzz_heard());
	if (text)
		munmap(text, size);
	close(fd);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct pcsc_report_options o = {};
	char *file;
	int fd;

	take_form(&o, &in);
	pcsc_filter_init(&o.filter);
	if (!fuzz_recording(&in, &file, &size))
		return 0;
	fd = fuzz_file_of(file, size);
	o.path = fuzz_path_of(fd);
	report(&o);
	close(fd);
	return 0;
}
