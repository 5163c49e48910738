/* SPDX-License-Identifier: GPL-2.0-only */
/* Resets, when they begin and when they end. */
#ifndef PCSC_BPF_RESETS_H
#define PCSC_BPF_RESETS_H

#include "functions.bpf.h"
#include "waits.bpf.h"

#define D3HOT 3 /* pci_dev.current_state */

static const struct pcsc_reset_state new_bus;

static __always_inline void reset_begins(struct pcsc_reset_state *s)
{
	count(&s->begun, 1);
	count(&reset_seq, 1);
}

static __always_inline void reset_ends(struct pcsc_reset_state *s, int err)
{
	if (!err)
		count(&s->count, 1);
	count(&s->ended, 1);
	count(&reset_seq, 1);
}

/* enum pcsc_reset has the same order as the waits for it. */
#define WAIT_FOR(reset) (PCSC_WAIT_FLR + (reset))

static __always_inline void function_reset(struct pci_dev *dev, int kind,
					   bool begins, int err)
{
	struct pcsc_fn_key key = fn_key_of(dev);
	struct pcsc_fn_value *v = find_or_add(&functions, &key, &new_function);

	if (begins)
		wait_begins(&key, WAIT_FOR(kind), 0);
	else
		wait_ends(&key, WAIT_FOR(kind), false);
	if (!v)
		return;
	if (begins)
		reset_begins(&v->resets[kind]);
	else
		reset_ends(&v->resets[kind], err);
}

SEC("fentry/pcie_flr")
int BPF_PROG(pcie_flr_in, struct pci_dev *dev)
{
	function_reset(dev, PCSC_RESET_FLR, true, 0);
	return 0;
}

SEC("fexit/pcie_flr")
int BPF_PROG(pcie_flr_out, struct pci_dev *dev, int err)
{
	function_reset(dev, PCSC_RESET_FLR, false, err);
	return 0;
}

SEC("fentry/pci_af_flr")
int BPF_PROG(pci_af_flr_in, struct pci_dev *dev, bool probe)
{
	if (!probe)
		function_reset(dev, PCSC_RESET_FLR, true, 0);
	return 0;
}

SEC("fexit/pci_af_flr")
int BPF_PROG(pci_af_flr_out, struct pci_dev *dev, bool probe, int err)
{
	if (!probe)
		function_reset(dev, PCSC_RESET_FLR, false, err);
	return 0;
}

SEC("fentry/pci_pm_reset")
int BPF_PROG(pci_pm_reset_in, struct pci_dev *dev, bool probe)
{
	if (!probe)
		function_reset(dev, PCSC_RESET_PM, true, 0);
	return 0;
}

SEC("fexit/pci_pm_reset")
int BPF_PROG(pci_pm_reset_out, struct pci_dev *dev, bool probe, int err)
{
	if (!probe)
		function_reset(dev, PCSC_RESET_PM, false, err);
	return 0;
}

/*
 * What VFIO and runtime PM do to every function that nobody uses. That it is a reset
 * too is left to the device (PCIe 5.3.1.4.1, No_Soft_Reset). The wait is waits.bpf.h's.
 */
SEC("fentry/pci_power_up")
int BPF_PROG(pci_power_up_in, struct pci_dev *dev)
{
	struct pcsc_fn_key key = fn_key_of(dev);
	struct pcsc_fn_value *v;

	if (dev->current_state != D3HOT)
		return 0;
	v = find_or_add(&functions, &key, &new_function);
	if (v)
		reset_begins(&v->resets[PCSC_RESET_PM]);
	return 0;
}

SEC("fexit/pci_power_up")
int BPF_PROG(pci_power_up_out, struct pci_dev *dev, int result)
{
	struct pcsc_fn_key key = fn_key_of(dev);
	struct pcsc_fn_value *v = bpf_map_lookup_elem(&functions, &key);
	struct pcsc_reset_state *s = v ? &v->resets[PCSC_RESET_PM] : NULL;

	/* Positive: the caller is to restore registers. */
	if (s && s->begun != s->ended)
		reset_ends(s, result < 0);
	return 0;
}

struct bus_reset {
	struct pcsc_bus_key first;
	bool begins;
	int err;
};

static long reset_one_bus(__u32 i, void *data)
{
	struct bus_reset *r = data;
	struct pcsc_bus_key key = r->first;
	struct pcsc_reset_state *s;

	key.bus += i;
	s = find_or_add(&buses, &key, &new_bus);
	if (!s)
		return 0;
	if (r->begins)
		reset_begins(s);
	else
		reset_ends(s, r->err);
	return 0;
}

/* A reset goes down through every bridge below. */
static __always_inline void bus_reset(struct pci_dev *bridge, bool begins,
				      int err)
{
	struct pci_bus *bus = bridge->subordinate;
	struct bus_reset r = { .begins = begins, .err = err };
	struct pcsc_fn_key key = fn_key_of(bridge);
	__u64 last;

	if (begins)
		wait_begins(&key, PCSC_WAIT_BUS, 0);
	else
		wait_ends(&key, PCSC_WAIT_BUS, false);
	if (!bus)
		return;
	r.first.domain = domain_of(bus);
	r.first.bus = bus->number;
	last = bus->busn_res.end & 0xff;
	if (last >= r.first.bus)
		bpf_loop(last - r.first.bus + 1, reset_one_bus, &r, 0);
}

SEC("fentry/pci_bridge_secondary_bus_reset")
int BPF_PROG(bus_reset_in, struct pci_dev *bridge)
{
	bus_reset(bridge, true, 0);
	return 0;
}

SEC("fexit/pci_bridge_secondary_bus_reset")
int BPF_PROG(bus_reset_out, struct pci_dev *bridge, int err)
{
	bus_reset(bridge, false, err);
	return 0;
}

#endif
