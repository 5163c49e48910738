// SPDX-License-Identifier: GPL-2.0-only
#include "programs.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

#include "array.h"
#include "cleanup.h"
#include "pcsc_events.h"
#include "pcsc_trace.skel.h"
#include "talk.h"
#include "trace.h"

/* ENOTSUPP: the kernel's own, it should not reach us but does. */
#define KERNEL_ENOTSUPP 524

bool pcsc_program_is_accessor(const struct bpf_program *prog)
{
	const char *section = bpf_program__section_name(prog);

	return strstr(section, "_read_config_") ||
	       strstr(section, "_write_config_");
}

bool pcsc_program_is_of_waits(const struct pcsc_trace *skel,
			      const struct bpf_program *prog)
{
	const char *section = bpf_program__section_name(prog);

	return strstr(section, "_attr_") || strstr(section, "contention") ||
	       strstr(section, "_pm_runtime_") ||
	       prog == skel->progs.blocked_in ||
	       prog == skel->progs.blocked_out;
}

static bool is_of_kprobes(const struct pcsc_trace *skel,
			  const struct bpf_program *prog)
{
	return prog == skel->progs.accessor_entered ||
	       prog == skel->progs.accessor_left;
}

static bool wants_fentry(const struct bpf_program *prog)
{
	const char *section = bpf_program__section_name(prog);

	return !strncmp(section, "fentry/", 7) ||
	       !strncmp(section, "fexit/", 6);
}

static void btf_freep(struct btf **btf)
{
	btf__free(*btf);
}

/* A program of another kind has no place in the kernel that could be missing. */
static bool has_target(const struct btf *btf, const struct bpf_program *prog,
		       const char **name)
{
	const char *section = bpf_program__section_name(prog);
	const char *target = strchr(section, '/');
	char tracepoint[64];

	if (!target)
		return true;
	*name = target + 1;
	if (strncmp(section, "tp_btf/", 7))
		return btf__find_by_name_kind(btf, *name, BTF_KIND_FUNC) >= 0;
	snprintf(tracepoint, sizeof(tracepoint), "btf_trace_%s", *name);
	return btf__find_by_name_kind(btf, tracepoint, BTF_KIND_TYPEDEF) >= 0;
}

/* 0, or how the kernel refuses to have a function traced by the smallest program. */
static int try_fentry(int function)
{
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		    .expected_attach_type = BPF_TRACE_FENTRY,
		    .attach_btf_id = function);
	int link, err,
		prog = bpf_prog_load(BPF_PROG_TYPE_TRACING, NULL, "GPL",
				     nothing, ARRAY_SIZE(nothing), &opts);

	if (prog < 0)
		return prog;
	link = bpf_raw_tracepoint_open(NULL, prog);
	err = link < 0 ? link : 0;
	if (!err)
		close(link);
	close(prog);
	return err;
}

/* No file of the kernel says so. What else stands in the way is said when we load. */
static bool lacks_fentry(const struct btf *btf)
{
	int function = btf__find_by_name_kind(btf, "pci_bus_read_config_byte",
					      BTF_KIND_FUNC);
	int err = function > 0 ? try_fentry(function) : 0;

	return err == -KERNEL_ENOTSUPP || err == -EOPNOTSUPP;
}

/* Whether it is loaded, now that it is known that its target is there. */
static bool is_used(const struct pcsc_trace *skel,
		    const struct bpf_program *prog, bool no_fentry,
		    bool kprobes)
{
	if (is_of_kprobes(skel, prog))
		return kprobes;
	if (pcsc_program_is_accessor(prog))
		return !kprobes;
	return !no_fentry || !wants_fentry(prog);
}

static int select_one(struct pcsc_trace *skel, const struct btf *btf,
		      struct bpf_program *prog, bool no_fentry, bool kprobes)
{
	const char *target;

	if (has_target(btf, prog, &target)) {
		bpf_program__set_autoload(
			prog, is_used(skel, prog, no_fentry, kprobes));
		return 0;
	}
	if (pcsc_program_is_accessor(prog))
		return pcsc_fail(-EOPNOTSUPP,
				 "this kernel has no function %s to trace",
				 target);
	if (!no_fentry || !wants_fentry(prog))
		pcsc_info("this kernel has no function %s: not traced", target);
	bpf_program__set_autoload(prog, false);
	return 0;
}

int pcsc_programs_select(struct pcsc_trace *skel, bool *kprobes)
{
	_cleanup_(btf_freep) struct btf *btf = btf__load_vmlinux_btf();
	struct bpf_program *prog;
	bool no_fentry;
	int err = 0;

	if (libbpf_get_error(btf)) {
		btf = NULL;
		return pcsc_fail(
			-EOPNOTSUPP,
			"this kernel's type information (" PCSC_BTF_FILE
			") cannot be read: %s",
			strerror(errno));
	}
	no_fentry = lacks_fentry(btf);
	*kprobes |= no_fentry;
	if (no_fentry)
		pcsc_info(
			"this kernel has no fentry, so accesses are watched by kprobes, and resets, waking, attributes of sysfs, new functions and drivers are not traced");
	bpf_object__for_each_program(prog, skel->obj)
	{
		if (!err)
			err = select_one(skel, btf, prog, no_fentry, *kprobes);
	}
	return err;
}

static void note_target(struct pcsc_targets *t, const struct bpf_program *prog,
			const char *target, bool is_there)
{
	const size_t used = strlen(t->missing);
	const bool is_accessor = pcsc_program_is_accessor(prog);

	t->all_accessors += is_accessor;
	t->accessors += is_there && is_accessor;
	/* Two programs have one target, its beginning and its end. */
	if (!is_there && !strstr(t->missing, target))
		snprintf(t->missing + used, sizeof(t->missing) - used, "%s%s",
			 used ? ", " : "", target);
}

int pcsc_programs_targets(struct pcsc_targets *out)
{
	_cleanup_(btf_freep) struct btf *btf = btf__load_vmlinux_btf();
	struct pcsc_trace *skel;
	struct bpf_program *prog;

	*out = (struct pcsc_targets){};
	if (libbpf_get_error(btf)) {
		btf = NULL;
		return -EOPNOTSUPP;
	}
	skel = pcsc_trace__open();
	if (!skel)
		return -EOPNOTSUPP;
	out->no_fentry = lacks_fentry(btf);
	bpf_object__for_each_program(prog, skel->obj)
	{
		const char *target = NULL;
		bool is_there = has_target(btf, prog, &target);

		if (target)
			note_target(out, prog, target, is_there);
	}
	pcsc_trace__destroy(skel);
	return 0;
}
