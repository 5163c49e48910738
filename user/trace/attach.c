// SPDX-License-Identifier: GPL-2.0-only
#include "trace.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

#include "cleanup.h"
#include "pcsc_events.h"
#include "pcsc_trace.skel.h"
#include "probes.h"
#include "programs.h"
#include "talk.h"

/* A function that a VMM looks at has about as many registers, dwords mostly. */
#define REGISTERS_PER_FUNCTION 1200
#define MIN_REGISTERS 262144
#define MAX_REGISTERS (64u << 20)
#define MIN_ENTRIES 16384

uint64_t pcsc_now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* ---- may we ---- */

static bool has_capability(const struct __user_cap_data_struct *data, int cap)
{
	return data[CAP_TO_INDEX(cap)].effective & CAP_TO_MASK(cap);
}

bool pcsc_tracer_may(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};

	if (syscall(SYS_capget, &header, data))
		return false;
	return has_capability(data, CAP_SYS_ADMIN) ||
	       (has_capability(data, CAP_BPF) &&
		has_capability(data, CAP_PERFMON));
}

int pcsc_tracer_check(void)
{
	if (access(PCSC_BTF_FILE, F_OK))
		return pcsc_fail(
			-EOPNOTSUPP,
			"this kernel has no type information (" PCSC_BTF_FILE
			"): boot one built with CONFIG_DEBUG_INFO_BTF=y, as Debian's are");
	if (!pcsc_tracer_may())
		return pcsc_fail(
			-EPERM,
			"recording needs CAP_BPF and CAP_PERFMON: run it as root");
	return 0;
}

/* ---- load ---- */

static int print_libbpf(enum libbpf_print_level level, const char *fmt,
			va_list ap)
{
	if (pcsc_verbose < (level == LIBBPF_DEBUG ? 2 : 1))
		return 0;
	return vfprintf(stderr, fmt, ap);
}

static uint32_t at_least(uint64_t n, uint32_t least)
{
	return n < least ? least : n > MAX_REGISTERS ? MAX_REGISTERS : n;
}

uint32_t pcsc_tracer_room(uint64_t functions)
{
	return at_least(functions * REGISTERS_PER_FUNCTION, MIN_REGISTERS);
}

static void size_maps(struct pcsc_trace *skel, uint64_t functions,
		      const struct pcsc_wanted_options *wanted,
		      uint32_t max_registers)
{
	uint32_t regs = max_registers ?: pcsc_tracer_room(functions);

	bpf_map__set_max_entries(skel->maps.registers, regs);
	bpf_map__set_max_entries(skel->maps.write_seqs,
				 regs / 4 > MIN_ENTRIES ? regs / 4 : regs);
	/* Three widths, read and written; and slots probed in vain. */
	bpf_map__set_max_entries(skel->maps.hist_numbers,
				 at_least(functions * 6 + MIN_ENTRIES, 0));
	bpf_map__set_max_entries(skel->maps.hists,
				 at_least(functions * 6 + MIN_ENTRIES, 0));
	bpf_map__set_max_entries(skel->maps.uses, regs);
	bpf_map__set_max_entries(skel->maps.visits,
				 at_least(functions * 8, 65536));
	bpf_map__set_max_entries(skel->maps.visit_numbers,
				 at_least(functions * 8, 65536));
	bpf_map__set_max_entries(skel->maps.waits,
				 at_least(functions * 2 + MIN_ENTRIES, 0));
	bpf_map__set_max_entries(skel->maps.functions,
				 at_least(functions * 2, MIN_ENTRIES));
	bpf_map__set_max_entries(skel->maps.drivers,
				 at_least(functions * 2, MIN_ENTRIES));
	bpf_map__set_max_entries(skel->maps.chosen,
				 at_least(functions * 2, MIN_ENTRIES));
	if (wanted->events)
		bpf_map__set_max_entries(skel->maps.events, PCSC_EVENTS_RING);
	pcsc_info("room for %u registers of %llu %s", regs,
		  (unsigned long long)functions,
		  pcsc_noun(functions, "function", "functions"));
}

/* What else is open: files, and what libbpf tries before it loads anything. */
#define OTHER_DESCRIPTORS 64

static rlim_t count_descriptors(const struct pcsc_trace *skel)
{
	rlim_t nr = OTHER_DESCRIPTORS + 2 * PCSC_ACCESSORS;
	struct bpf_program *prog;
	struct bpf_map *map;

	bpf_object__for_each_map(map, skel->obj)
	{
		nr++;
	}
	/* Itself, and its link to what it watches. */
	bpf_object__for_each_program(prog, skel->obj)
	{
		nr += 2 * bpf_program__autoload(prog);
	}
	return nr;
}

/*
 * Without room libbpf takes the kernel to be an old one, and what is attached last is
 * not watched.
 */
static int make_room(const struct pcsc_trace *skel)
{
	const rlim_t needed = count_descriptors(skel);
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= needed)
		return 0;
	limit.rlim_cur = needed;
	if (limit.rlim_max >= needed && !setrlimit(RLIMIT_NOFILE, &limit))
		return 0;
	return pcsc_fail(
		-EMFILE,
		"a program, its link and a table take a file descriptor each, %llu in all, and the limit is lower: raise it (ulimit -n 1024)",
		(unsigned long long)needed);
}

static int load(struct pcsc_trace *skel)
{
	int err = make_room(skel);

	if (err)
		return err;
	err = pcsc_trace__load(skel);
	if (err == -EPERM)
		return pcsc_fail(
			-EPERM,
			"the kernel refused our programs: run as root, outside of containers, and see /sys/kernel/security/lockdown (-v says more)");
	if (err == -ENOMEM || err == -E2BIG)
		return pcsc_fail(
			-ENOMEM,
			"the kernel has no memory for the tables: ask for fewer with --max-registers (one without CONFIG_BPF_JIT says the same)");
	if (err == -EMFILE || err == -ENFILE)
		return pcsc_fail(
			err,
			"a program and a table take a file descriptor each, and there are not enough: close others, or raise the limits (ulimit -n, sysctl fs.file-max)");
	if (err)
		return pcsc_fail(
			-EOPNOTSUPP,
			"this kernel cannot run our programs: %s (-v says more)",
			strerror(-err));
	return 0;
}

static int learn_self(struct pcsc_trace *skel)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int err = bpf_prog_test_run_opts(
		bpf_program__fd(skel->progs.learn_self), &opts);

	if (err)
		return pcsc_fail(-EOPNOTSUPP,
				 "this kernel cannot run our programs: %s",
				 strerror(-err));
	return 0;
}

/* Without them, what the first interrupts do may be lost, and is counted as such. */
static void make_spares(struct pcsc_trace *skel)
{
	const int nr = libbpf_num_possible_cpus();

	for (int cpu = 0; cpu < nr; cpu++) {
		LIBBPF_OPTS(bpf_test_run_opts, opts,
			    .flags = BPF_F_TEST_RUN_ON_CPU, .cpu = cpu);
		int err = bpf_prog_test_run_opts(
			bpf_program__fd(skel->progs.make_spares), &opts);

		/* One that is not there has no interrupts. */
		if (err && err != -ENXIO)
			pcsc_info("no spare entries for processor %d: %s", cpu,
				  strerror(-err));
	}
}

/* ---- attach ---- */

#define WATCHERS 3

static bool is_watcher(const struct pcsc_trace *skel,
		       const struct bpf_program *prog)
{
	return prog == skel->progs.function_added ||
	       prog == skel->progs.driver_bound ||
	       prog == skel->progs.driver_unbound;
}

#define LOOK_NS 1000000000ull

void pcsc_tracer_look_around(struct pcsc_tracer *t, struct pcsc_inventory *inv,
			     uint64_t now_ns)
{
	if (t->nr_watched == WATCHERS || now_ns < t->next_look)
		return;
	pcsc_inv_scan(inv, PCSC_DEVICES);
	pcsc_wanted_choose(t->wanted, inv, t->skel);
	t->next_look = now_ns + LOOK_NS;
}

static int attach_one(struct pcsc_tracer *t, struct bpf_program *prog)
{
	const char *section = bpf_program__section_name(prog);
	struct bpf_link *link;
	int err;

	if (!strchr(section, '/') || !bpf_program__autoload(prog))
		return 0;
	link = bpf_program__attach(prog);
	err = libbpf_get_error(link);
	if (!err) {
		t->links[t->nr_links++] = link;
		t->nr_watched += is_watcher(t->skel, prog);
		return 0;
	}
	if (!pcsc_program_is_accessor(prog)) {
		pcsc_info("%s cannot be traced: %s", section, strerror(-err));
		return 0;
	}
	return pcsc_fail(err == -EPERM ? -EPERM : -EOPNOTSUPP,
			 "%s cannot be traced: %s", section, strerror(-err));
}

static int attach_all(struct pcsc_tracer *t, bool ends)
{
	struct bpf_program *prog;
	int err = 0;

	bpf_object__for_each_program(prog, t->skel->obj)
	{
		const char *section = bpf_program__section_name(prog);

		if (!err && !strncmp(section, "fexit/", 6) == ends)
			err = attach_one(t, prog);
	}
	if (!err && t->kprobes)
		err = pcsc_probes_attach(t->skel, ends, t->links, &t->nr_links);
	return err;
}

/*
 * Ends first: an end without its beginning is nothing before we count, but a
 * beginning without its end would be taken for that of a later access.
 */
static int attach(struct pcsc_tracer *t)
{
	struct bpf_program *prog;
	size_t nr = 2 * PCSC_ACCESSORS;
	int err;

	bpf_object__for_each_program(prog, t->skel->obj)
	{
		nr += !!strchr(bpf_program__section_name(prog), '/');
	}
	t->links = calloc(nr, sizeof(*t->links));
	if (!t->links)
		return pcsc_fail(-ENOMEM, "no memory left");
	make_spares(t->skel);
	err = attach_all(t, true) ?: attach_all(t, false);
	if (err)
		return err;
	pcsc_info("%zu programs attached", t->nr_links);
	return 0;
}

/* Functions that came while the programs were loaded are wanted, too. */
static int choose(const struct pcsc_tracer *t, struct pcsc_inventory *inv)
{
	int err = 0;

	if (pcsc_wanted_some_functions(t->wanted))
		err = pcsc_inv_scan(inv, PCSC_DEVICES);
	return err ?: pcsc_wanted_choose(t->wanted, inv, t->skel);
}

int pcsc_tracer_open(struct pcsc_tracer *t, struct pcsc_inventory *inv,
		     const struct pcsc_wanted_options *wanted,
		     uint32_t max_registers)
{
	int err;

	t->wanted = wanted;
	libbpf_set_print(print_libbpf);
	t->skel = pcsc_trace__open();
	if (!t->skel)
		return pcsc_fail(-EOPNOTSUPP,
				 "libbpf cannot open our programs: %s",
				 strerror(errno));
	size_maps(t->skel, inv->expected, wanted, max_registers);
	pcsc_wanted_set(wanted, t->skel);
	t->kprobes = wanted->kprobes;
	err = pcsc_programs_select(t->skel, &t->kprobes)     ?:
		      load(t->skel)			     ?:
		      learn_self(t->skel)		     ?:
		      pcsc_wanted_check_pid(wanted, t->skel) ?:
		      attach(t)				     ?:
							       choose(t, inv);
	if (err)
		pcsc_tracer_close(t);
	return err;
}

/* ---- run ---- */

static uint64_t recursion_misses(const struct pcsc_tracer *t)
{
	struct bpf_program *prog;
	uint64_t sum = 0;

	bpf_object__for_each_program(prog, t->skel->obj)
	{
		struct bpf_prog_info info = {};
		__u32 size = sizeof(info);
		int fd = bpf_program__fd(prog);

		if (fd >= 0 && !pcsc_program_is_of_waits(t->skel, prog) &&
		    !bpf_obj_get_info_by_fd(fd, &info, &size))
			sum += info.recursion_misses;
	}
	for (size_t i = 0; i < t->nr_links; i++)
		sum += pcsc_probe_missed(t->links[i]);
	return sum;
}

uint64_t pcsc_tracer_missed(const struct pcsc_tracer *t)
{
	return recursion_misses(t) - t->missed;
}

struct pcsc_trace_losses pcsc_tracer_losses(const struct pcsc_tracer *t)
{
	return (struct pcsc_trace_losses){
		.rec = { .map_full = t->skel->bss->lost_map_full,
			 .inflight = t->skel->bss->lost_inflight,
			 .recursion = pcsc_tracer_missed(t),
			 .own = t->skel->bss->lost_own },
		.events = t->events.dropped + t->skel->bss->lost_events,
	};
}

void pcsc_say_losses(const char *of, const struct pcsc_rec_losses *l)
{
	pcsc_warn(
		"%s is incomplete: accesses that found no room (see --max-registers): %llu, whose start or end was missed: %llu; program runs skipped: %llu",
		of, (unsigned long long)l->map_full,
		(unsigned long long)l->inflight,
		(unsigned long long)l->recursion);
}

void pcsc_tracer_start(struct pcsc_tracer *t)
{
	t->missed = recursion_misses(t);
	t->started_ns = pcsc_now_ns(CLOCK_MONOTONIC);
	t->skel->bss->counting_since = t->started_ns;
}

static bool counted(const struct pcsc_tracer *t, const struct pcsc_start *start)
{
	return start->ns >= t->started_ns && start->ns < t->stopped_ns;
}

static uint64_t under_way_in_slots(const struct pcsc_tracer *t)
{
	const int fd = bpf_map__fd(t->skel->maps.begun);
	const int nr = libbpf_num_possible_cpus();
	_cleanup_free_ struct pcsc_slot *slots =
		calloc(nr > 0 ? nr : 1, sizeof(*slots));
	uint32_t zero = 0;
	uint64_t n = 0;

	if (nr <= 0 || !slots || bpf_map_lookup_elem(fd, &zero, slots))
		return 0;
	for (int i = 0; i < nr; i++)
		n += slots[i].key && counted(t, &slots[i].start);
	return n;
}

/* Accesses that began while we counted and have not ended. */
static uint64_t under_way(const struct pcsc_tracer *t)
{
	int fd = bpf_map__fd(t->skel->maps.inflight);
	uint64_t key, n = under_way_in_slots(t), *last = NULL;
	struct pcsc_start start;

	while (!bpf_map_get_next_key(fd, last, &key)) {
		last = &key;
		if (!bpf_map_lookup_elem(fd, &key, &start) &&
		    counted(t, &start))
			n++;
	}
	return n;
}

void pcsc_tracer_stop(struct pcsc_tracer *t)
{
	static const struct timespec tick = { .tv_nsec = 10 * 1000 * 1000 };

	t->stopped_ns = pcsc_now_ns(CLOCK_MONOTONIC);
	t->skel->bss->counted_from = t->started_ns;
	t->skel->bss->counted_to = t->stopped_ns;
	t->skel->bss->counting_since = 0;
	for (int i = 0; i < 20; i++) {
		nanosleep(&tick, NULL);
		if (!under_way(t))
			break;
	}
	/* From here on nobody but us counts them. */
	t->skel->bss->counted_to = 0;
	t->skel->bss->lost_inflight += under_way(t);
}

void pcsc_tracer_close(struct pcsc_tracer *t)
{
	for (size_t i = 0; i < t->nr_links; i++)
		bpf_link__destroy(t->links[i]);
	free(t->links);
	pcsc_events_close(&t->events);
	pcsc_trace__destroy(t->skel);
	memset(t, 0, sizeof(*t));
}
