// SPDX-License-Identifier: GPL-2.0-only
#include "self.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "pcsc_trace.skel.h"
#include "talk.h"

struct cost {
	uint64_t runs;
	uint64_t ns;
};

int pcsc_self_measure(void)
{
	int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);

	if (fd < 0)
		return pcsc_fail(
			fd, "--self-stats: the kernel does not measure: %s",
			strerror(-fd));
	return fd;
}

static struct cost sum(const struct pcsc_tracer *t)
{
	struct bpf_program *prog;
	struct cost all = {};

	bpf_object__for_each_program(prog, t->skel->obj)
	{
		struct bpf_prog_info info = {};
		__u32 size = sizeof(info);
		int fd = bpf_program__fd(prog);

		if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size))
			continue;
		all.runs += info.run_cnt;
		all.ns += info.run_time_ns;
	}
	return all;
}

void pcsc_self_say(const struct pcsc_tracer *t)
{
	const struct cost all = sum(t);
	const double seconds = (t->stopped_ns - t->started_ns) / 1e9;

	fprintf(stderr,
		"%s: recording cost %.3f ms of %.3f s in %" PRIu64
		" program runs of %.0f ns each (of which measuring is a part)\n",
		pcsc_program, all.ns / 1e6, seconds, all.runs,
		all.runs ? (double)all.ns / all.runs : 0);
}
