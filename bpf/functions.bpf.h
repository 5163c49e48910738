/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions that come while we watch, and the drivers they are bound to. */
#ifndef PCSC_BPF_FUNCTIONS_H
#define PCSC_BPF_FUNCTIONS_H

#include "filter.bpf.h"

static __always_inline struct pcsc_fn_key fn_key_of(struct pci_dev *dev)
{
	struct pcsc_fn_key key = {
		.domain = domain_of(dev->bus),
		.bus = dev->bus->number,
		.devfn = dev->devfn,
	};

	return key;
}

static const struct pcsc_fn_value new_function;

/* Where the kernel knows a capability to be; no access is made for it. */
#define AT(name, field)                        \
	if (bpf_core_field_exists(dev->field)) \
	v->caps[PCSC_AT_##name] = BPF_CORE_READ(dev, field)

static __noinline void learn_capabilities(struct pcsc_fn_value *v,
					  struct pci_dev *dev)
{
	AT(PM, pm_cap);
	AT(VPD, vpd.cap);
	AT(MSI, msi_cap);
	AT(EXP, pcie_cap);
	AT(MSIX, msix_cap);
	AT(AER, aer_cap);
	AT(ATS, ats_cap);
	AT(PRI, pri_cap);
	AT(PASID, pasid_cap);
	AT(DPC, dpc_cap);
	AT(L1PM, l1ss);
	AT(PTM, ptm_cap);
	if (BPF_CORE_READ_BITFIELD_PROBED(dev, is_physfn))
		v->caps[PCSC_AT_SRIOV] = BPF_CORE_READ(dev, sriov, pos);
	v->flags |= PCSC_FN_CAPS;
}

/* The functions of a bus, one after the other, as addresses without a type. */
struct walk {
	__u64 head;
	__u64 node;
	__u32 devfn;
	__u64 found;
};

static long look_at_function(__u32 i, void *data)
{
	struct walk *w = data;
	struct pci_dev *dev = (void *)w->node -
			      bpf_core_field_offset(struct pci_dev, bus_list);

	if (w->node == w->head || !w->node)
		return 1;
	if (BPF_CORE_READ(dev, devfn) == w->devfn) {
		w->found = (__u64)dev;
		return 1;
	}
	w->node = (__u64)BPF_CORE_READ(dev, bus_list.next);
	return 0;
}

#define MOST_FUNCTIONS_OF_A_BUS 256

/* Once for each function, when the first of its registers is met. */
static __noinline void look_for_capabilities(const struct pcsc_fn_key *key,
					     struct pci_bus *bus)
{
	struct walk w = { .devfn = key->devfn };
	struct pcsc_fn_value *v;
	__u8 looked = 1;

	if (bpf_map_update_elem(&looked_for, key, &looked, BPF_NOEXIST))
		return;
	w.head = (__u64)bus + bpf_core_field_offset(struct pci_bus, devices);
	w.node = (__u64)BPF_CORE_READ(bus, devices.next);
	bpf_loop(MOST_FUNCTIONS_OF_A_BUS, look_at_function, &w, 0);
	if (!w.found)
		return;
	v = find_or_add(&functions, key, &new_function);
	if (v)
		learn_capabilities(v, (struct pci_dev *)w.found);
}

/* VFs may sit on a bus of their own, without a bridge, beside their PF's. */
static __always_inline bool on_root_bus(struct pci_dev *dev)
{
	struct pci_bus *bus = dev->bus;

	if (!bus->parent)
		return true;
	return !bus->self && !bus->parent->parent;
}

static __always_inline void identify(struct pcsc_fn_value *v,
				     struct pci_dev *dev)
{
	v->class_code = dev->class;
	v->vendor = dev->vendor;
	v->device = dev->device;
	v->subvendor = dev->subsystem_vendor;
	v->subdevice = dev->subsystem_device;
	v->cfg_size = dev->cfg_size;
	v->revision = dev->revision;
	v->header_type = dev->hdr_type & 0x7f;
	v->flags |= PCSC_FN_SEEN;
	if (BPF_CORE_READ_BITFIELD_PROBED(dev, is_virtfn))
		v->flags |= PCSC_FN_VF;
	if (BPF_CORE_READ_BITFIELD_PROBED(dev, is_physfn))
		v->flags |= PCSC_FN_PF;
	if (on_root_bus(dev))
		v->flags |= PCSC_FN_ROOT_BUS;
}

/*
 * Functions that come and go between two looks at sysfs. At the exit: quirks
 * that change an identity have run.
 */
SEC("fexit/pci_bus_add_device")
int BPF_PROG(function_added, struct pci_dev *dev)
{
	struct pcsc_fn_key key = fn_key_of(dev);
	struct pcsc_fn_value *v = find_or_add(&functions, &key, &new_function);

	if (!v)
		return 0;
	if (v->flags & PCSC_FN_SEEN &&
	    (v->vendor != dev->vendor || v->device != dev->device ||
	     v->subvendor != dev->subsystem_vendor ||
	     v->subdevice != dev->subsystem_device ||
	     v->class_code != dev->class || v->revision != dev->revision))
		v->flags |= PCSC_FN_REPLACED;
	identify(v, dev);
	choose(&key, v);
	learn_capabilities(v, dev);
	return 0;
}

/*
 * A driver that is bound at any time while we watch binds then, or unbinds, or
 * is still bound when sysfs is looked at in the end: no polling is needed.
 */
static __always_inline void note_driver(struct device *dev)
{
	/*
	 * The verifier lets nobody read through a pointer that was moved back,
	 * so everything is read by a helper.
	 */
	struct pci_dev *pdev =
		(void *)dev - bpf_core_field_offset(struct pci_dev, dev);
	struct pci_bus *bus = BPF_CORE_READ(pdev, bus);
	struct pcsc_driver_key key = {};
	__u32 one = 1;

	key.domain = read_domain(bus);
	key.bus = BPF_CORE_READ(bus, number);
	key.devfn = BPF_CORE_READ(pdev, devfn);
	bpf_probe_read_kernel_str(key.name, sizeof(key.name),
				  BPF_CORE_READ(dev, driver, name));
	bpf_map_update_elem(&drivers, &key, &one, BPF_ANY);
}

SEC("fexit/pci_device_probe")
int BPF_PROG(driver_bound, struct device *dev, int err)
{
	if (!err)
		note_driver(dev);
	return 0;
}

SEC("fentry/pci_device_remove")
int BPF_PROG(driver_unbound, struct device *dev)
{
	note_driver(dev);
	return 0;
}

#endif
