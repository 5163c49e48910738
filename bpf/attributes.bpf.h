/* SPDX-License-Identifier: GPL-2.0-only */
/* The attribute of sysfs that a thread reads or writes while it makes an access. */
#ifndef PCSC_BPF_ATTRIBUTES_H
#define PCSC_BPF_ATTRIBUTES_H

#include "maps.bpf.h"

HASH_TABLE(attributes, __u32, struct pcsc_attribute, 16384);

/* How many of them there are, so that most accesses need not look. */
static __u64 attributes_open;

static const struct pcsc_attribute no_attribute;

/* Most devices that have attributes are not PCI functions. */
static __always_inline bool is_of_pci(struct kobject *kobj)
{
	struct device *dev =
		(void *)kobj - bpf_core_field_offset(struct device, kobj);
	char name[4] = {};

	bpf_probe_read_kernel(name, sizeof(name),
			      BPF_CORE_READ(dev, bus, name));
	return name[0] == 'p' && name[1] == 'c' && name[2] == 'i' && !name[3];
}

static __noinline void attribute_begins(struct attribute *attribute)
{
	__u64 self = bpf_get_current_pid_tgid();
	__u32 thread = self;
	struct pcsc_attribute *a;

	if (self >> 32 == own_tgid)
		return;
	a = find_or_add(&attributes, &thread, &no_attribute);
	if (!a)
		return;
	/* A thread uses one at a time; if there is one, its end was missed. */
	if (!a->name)
		count(&attributes_open, 1);
	a->name = (__u64)BPF_CORE_READ(attribute, name);
}

/* The device may be gone by now: an attribute is called remove. */
static __noinline void attribute_ends(void)
{
	__u32 thread = bpf_get_current_pid_tgid();
	struct pcsc_attribute *a = bpf_map_lookup_elem(&attributes, &thread);

	if (!a)
		return;
	count(&attributes_open, -1);
	bpf_map_delete_elem(&attributes, &thread);
}

/* The name of what the current thread uses, in @to, which is all zeros. */
static __always_inline void attribute_of_thread(char *to, __u32 size)
{
	__u32 thread = bpf_get_current_pid_tgid();
	struct pcsc_attribute *a = bpf_map_lookup_elem(&attributes, &thread);

	if (a)
		bpf_probe_read_kernel_str(to, size, (void *)a->name);
}

#define ATTRIBUTE(function, is_wanted)                     \
	SEC("fentry/" #function)                           \
	int BPF_PROG(function##_in, struct kobject *kobj,  \
		     struct attribute *attribute)          \
	{                                                  \
		if (is_wanted)                             \
			attribute_begins(attribute);       \
		return 0;                                  \
	}                                                  \
	SEC("fexit/" #function)                            \
	int BPF_PROG(function##_out, struct kobject *kobj) \
	{                                                  \
		if (attributes_open)                       \
			attribute_ends();                  \
		return 0;                                  \
	}

ATTRIBUTE(dev_attr_show, is_of_pci(kobj))
ATTRIBUTE(dev_attr_store, is_of_pci(kobj))
/* bind, unbind, new_id; a bus's: rescan, drivers_probe. There are few of these. */
ATTRIBUTE(drv_attr_store, true)
ATTRIBUTE(bus_attr_store, true)

#endif
