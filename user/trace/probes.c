// SPDX-License-Identifier: GPL-2.0-only
#include "probes.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "array.h"
#include "pcsc_events.h"
#include "pcsc_trace.skel.h"
#include "talk.h"

struct accessor {
	const char *name;
	uint64_t cookie;
};

#define ACCESSOR(family, operation, size, cookie)                      \
	{                                                              \
		"pci_" family "_" operation "_config_" size, (cookie), \
	}

#define WIDTHS(family, operation, flags)                          \
	ACCESSOR(family, operation, "byte", 1 | (flags)),         \
		ACCESSOR(family, operation, "word", 2 | (flags)), \
		ACCESSOR(family, operation, "dword", 4 | (flags))

static const struct accessor accessors[] = {
	WIDTHS("bus", "read", 0),
	WIDTHS("bus", "write", PCSC_ACCESSOR_WRITE),
	WIDTHS("user", "read", PCSC_ACCESSOR_USER),
	WIDTHS("user", "write", PCSC_ACCESSOR_USER | PCSC_ACCESSOR_WRITE),
};

_Static_assert(ARRAY_SIZE(accessors) == PCSC_ACCESSORS, "accessors");

int pcsc_probes_attach(const struct pcsc_trace *skel, bool ends,
		       struct bpf_link **links, size_t *nr)
{
	const struct bpf_program *prog =
		ends ? skel->progs.accessor_left : skel->progs.accessor_entered;

	for (size_t i = 0; i < ARRAY_SIZE(accessors); i++) {
		LIBBPF_OPTS(bpf_kprobe_opts, opts,
			    .bpf_cookie = accessors[i].cookie,
			    .retprobe = ends);
		struct bpf_link *link = bpf_program__attach_kprobe_opts(
			prog, accessors[i].name, &opts);
		int err = libbpf_get_error(link);

		if (err)
			return pcsc_fail(err == -EPERM || err == -EACCES ?
						 -EPERM :
						 -EOPNOTSUPP,
					 "%s cannot be traced by a kprobe: %s",
					 accessors[i].name, strerror(-err));
		links[(*nr)++] = link;
	}
	return 0;
}

/* struct bpf_link_info of a kprobe, as Linux 6.7 has it: headers may be older. */
struct probe_info {
	uint32_t link_type;
	uint32_t ids[2];
	uint32_t pad;
	uint32_t event_type;
	uint32_t pad2;
	uint64_t name[2];
	uint64_t address;
	uint64_t missed;
};

#define LINK_OF_EVENT 7 /* BPF_LINK_TYPE_PERF_EVENT */
#define EVENT_KPROBE 3 /* BPF_PERF_EVENT_KPROBE */
#define EVENT_KRETPROBE 4

uint64_t pcsc_probe_missed(const struct bpf_link *link)
{
	struct probe_info info = {};
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_link__fd(link), &info, &size) ||
	    info.link_type != LINK_OF_EVENT ||
	    (info.event_type != EVENT_KPROBE &&
	     info.event_type != EVENT_KRETPROBE))
		return 0;
	return info.missed;
}
