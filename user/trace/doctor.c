// SPDX-License-Identifier: GPL-2.0-only
/* Can this host be recorded, and if not, what is to be done about it? */
#include "doctor.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "array.h"
#include "bdf.h"
#include "cleanup.h"
#include "jsonw.h"
#include "programs.h"
#include "talk.h"
#include "trace.h"

enum state { FINE, NOTE, FAILS, STATES };

static const char *const state_words[STATES] = {
	[FINE] = "ok",
	[NOTE] = "note",
	[FAILS] = "FAIL",
};

/* What a check found, and what to do. */
struct finding {
	enum state state;
	int err; /* what record would fail with */
	char says[512];
};

struct doctor {
	struct pcsc_inventory inv;
	struct pcsc_targets targets;
	int no_targets; /* why these are not known: a negative errno */
	bool hopeless; /* a check failed: there is no point in trying */
};

static void find(struct finding *f, enum state state, int err, const char *fmt,
		 ...) __attribute__((format(printf, 4, 5)));

static void find(struct finding *f, enum state state, int err, const char *fmt,
		 ...)
{
	va_list ap;

	f->state = state;
	f->err = err;
	va_start(ap, fmt);
	vsnprintf(f->says, sizeof(f->says), fmt, ap);
	va_end(ap);
}

/* The first line of a small file; false: there is none. */
static bool read_line(const char *path, char *line, size_t size)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");

	if (!f || !fgets(line, size, f))
		return false;
	line[strcspn(line, "\n")] = '\0';
	return true;
}

/* ---- checks ---- */

static void check_btf(struct doctor *d, struct finding *f)
{
	(void)d;
	if (access(PCSC_BTF_FILE, R_OK))
		find(f, FAILS, -EOPNOTSUPP,
		     "there is no " PCSC_BTF_FILE
		     ": boot a kernel built with CONFIG_DEBUG_INFO_BTF=y, as Debian's are");
	else
		find(f, FINE, 0, "the kernel describes its types");
}

static void check_rights(struct doctor *d, struct finding *f)
{
	(void)d;
	if (!pcsc_tracer_may())
		find(f, FAILS, -EPERM,
		     "CAP_BPF and CAP_PERFMON are missing: run it as root, or give it these");
	else if (libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_KPROBE, NULL) != 1)
		find(f, FAILS, -EPERM,
		     "the capabilities are there, and bpf() refuses a program all the same, as in a container, a user namespace, or by a security module: run it outside of these");
	else
		find(f, FINE, 0, "BPF programs may be loaded");
}

static void check_lockdown(struct doctor *d, struct finding *f)
{
	char line[128];

	(void)d;
	if (read_line("/sys/kernel/security/lockdown", line, sizeof(line)) &&
	    strstr(line, "[confidentiality]"))
		find(f, FAILS, -EPERM,
		     "the kernel is locked down for confidentiality, so no program may read its memory: boot with lockdown=integrity or none");
	else
		find(f, FINE, 0, "the kernel's memory may be read");
}

static bool is_off(const char *path)
{
	char line[16];

	return read_line(path, line, sizeof(line)) && !strcmp(line, "0");
}

static void check_tracing(struct doctor *d, struct finding *f)
{
	if (is_off("/proc/sys/kernel/ftrace_enabled"))
		find(f, FAILS, -EOPNOTSUPP,
		     "ftrace is switched off: sysctl kernel.ftrace_enabled=1");
	else if (is_off("/proc/sys/net/core/bpf_jit_enable"))
		find(f, FAILS, -EOPNOTSUPP,
		     "BPF's compiler is switched off: sysctl net.core.bpf_jit_enable=1");
	else if (d->targets.no_fentry)
		find(f, NOTE, 0,
		     "this kernel has no fentry: accesses are watched by kprobes, which take longer; resets, waking, attributes, and functions that come are not seen");
	else
		find(f, FINE, 0, "functions of the kernel can be traced");
}

static void check_functions(struct doctor *d, struct finding *f)
{
	const struct pcsc_targets *t = &d->targets;

	if (access(PCSC_BTF_FILE, R_OK))
		find(f, NOTE, 0, "not known without type information");
	else if (d->no_targets)
		find(f, FAILS, d->no_targets,
		     "the kernel's types cannot be read: %s",
		     strerror(-d->no_targets));
	else if (t->accessors < t->all_accessors)
		find(f, FAILS, -EOPNOTSUPP,
		     "the kernel lacks %s: this kernel cannot be recorded",
		     t->missing);
	else if (t->no_fentry)
		find(f, FINE, 0, "all accessors are there");
	else if (t->missing[0])
		find(f, NOTE, 0,
		     "all accessors are there; what these would tell is not recorded: %s",
		     t->missing);
	else
		find(f, FINE, 0,
		     "all that is traced is there: accessors, resets, waits, attributes");
}

static uint64_t available_memory(void)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/meminfo", "re");
	char line[128];
	uint64_t kib = 0;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %" SCNu64, &kib) == 1)
			break;
	return kib << 10;
}

/* An entry that is not used costs this much (docs/pcsc-trace.md). */
#define UNUSED_ENTRY 36

static void check_room(struct doctor *d, struct finding *f)
{
	const uint64_t entries = pcsc_tracer_room(d->inv.expected);
	const uint64_t bytes = entries * UNUSED_ENTRY;
	const uint64_t there = available_memory();

	if (there && bytes > there / 2)
		find(f, NOTE, 0,
		     "%zu functions, VFs that could be enabled included: room for %" PRIu64
		     " entries takes %" PRIu64 " MiB of the %" PRIu64
		     " MiB that are free; ask for fewer with --max-registers",
		     d->inv.expected, entries, bytes >> 20, there >> 20);
	else
		find(f, FINE, 0,
		     "%zu functions, VFs that could be enabled included: room for %" PRIu64
		     " entries, %" PRIu64 " MiB",
		     d->inv.expected, entries, bytes >> 20);
}

static void check_helper(struct doctor *d, struct finding *f)
{
	char mode[16];

	(void)d;
	if (!read_line(PCSC_HELPER_DIR "/mode", mode, sizeof(mode)))
		find(f, FINE, 0, "the helper is not loaded: hardware answers");
	else if (!strcmp(mode, "on"))
		find(f, NOTE, 0,
		     "the helper's mode is on, so memory answers, and a recording is no evidence for a profile: pcsc-ctl mode shadow");
	else
		find(f, FINE, 0, "the helper's mode is %s: hardware answers",
		     mode);
}

/* The kernel's own word is the last one. */
static void check_try(struct doctor *d, struct finding *f)
{
	_cleanup_(pcsc_tracer_close) struct pcsc_tracer t = {};
	const uint64_t start = pcsc_now_ns(CLOCK_MONOTONIC);
	struct pcsc_wanted_options all = {};
	char why[300];
	int err;

	if (d->hopeless) {
		find(f, NOTE, 0, "not tried, for what is said above");
		return;
	}
	pcsc_filter_init(&all.filter);
	pcsc_errors_to(why, sizeof(why));
	err = pcsc_tracer_open(&t, &d->inv, &all, 0);
	pcsc_errors_to(NULL, 0);
	if (err)
		find(f, FAILS, err, "tried, and failed: %s", why);
	else
		find(f, FINE, 0,
		     "tried: %zu programs are attached after %.1f s",
		     t.nr_links, (pcsc_now_ns(CLOCK_MONOTONIC) - start) / 1e9);
}

static const struct {
	const char *name;
	void (*run)(struct doctor *d, struct finding *f);
} checks[] = {
	{ "types", check_btf },		  { "rights", check_rights },
	{ "lockdown", check_lockdown },	  { "tracing", check_tracing },
	{ "functions", check_functions }, { "room", check_room },
	{ "helper", check_helper },	  { "recording", check_try },
};

/* ---- the whole ---- */

static void put_json(const struct finding *f, bool usable)
{
	struct pcsc_jsonw w = { .file = stdout };

	pcsc_jsonw_object(&w, NULL);
	pcsc_jsonw_string(&w, "schema", "pcsc-trace-doctor");
	pcsc_jsonw_uint(&w, "version", 1);
	pcsc_jsonw_bool(&w, "usable", usable);
	pcsc_jsonw_array(&w, "checks");
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		pcsc_jsonw_object(&w, NULL);
		pcsc_jsonw_string(&w, "check", checks[i].name);
		pcsc_jsonw_string(&w, "state", state_words[f[i].state]);
		pcsc_jsonw_string(&w, "says", f[i].says);
		pcsc_jsonw_end(&w);
	}
	pcsc_jsonw_end(&w);
	pcsc_jsonw_end(&w);
}

static void put_text(const struct finding *f, bool usable)
{
	puts(usable ? "This host can be recorded." :
		      "This host cannot be recorded as it is now.");
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		printf("%-4s  %-9s  %s\n", state_words[f[i].state],
		       checks[i].name, f[i].says);
}

int pcsc_doctor(bool json)
{
	struct finding f[ARRAY_SIZE(checks)] = {};
	struct doctor d = {};
	int err = 0;

	pcsc_inv_scan(&d.inv, PCSC_DEVICES);
	d.no_targets = pcsc_programs_targets(&d.targets);
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		checks[i].run(&d, &f[i]);
		if (f[i].state != FAILS)
			continue;
		d.hopeless = true;
		err = err ?: f[i].err;
	}
	if (json)
		put_json(f, !err);
	else
		put_text(f, !err);
	pcsc_inv_free(&d.inv);
	return pcsc_flush_stdout() ? PCSC_EXIT_TROUBLE : pcsc_exit_of(err);
}
