// SPDX-License-Identifier: GPL-2.0-only
/* survival: the events. How each is made to happen, and what becomes of what is held. */
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>

#include "survival.h"
#include "talk.h"
#include "uapi/pcsc.h"

/* Where examples/survival.sim has what events are made with. */
#define ENDPOINT_PM 0x40
#define ENDPOINT_PCIE 0x50
#define ENDPOINT_VENDOR 0xa0
#define ENDPOINT_AF 0xb0
#define ENDPOINT_VSEC 0x110
#define ENDPOINT_DVSEC 0x130
#define PORT_PCIE 0x40
#define PORT_VENDOR 0x90
#define PORT_PM 0xa0
#define PORT_AER 0x100
#define PORT_DPC 0x150
#define PORT_VSEC 0x170
#define PORT_DVSEC 0x180
#define CXL_CONTROL2 0x10
#define DPC_SOFTWARE_TRIGGER 0x40
#define UNDESCRIBED 0x800
#define VFS "4"

static int to_all_emptied(const char *command)
{
	struct view_function *f;

	for (f = view_function; f < view_end(); f++)
		if (survival_fate_of(f) == EMPTIED &&
		    view_command_of(f, command))
			return -1;
	return 0;
}

/*
 * Every constant register of what is to be emptied gets another value: now, or with
 * the next event of the hardware.
 */
static int change(void)
{
	return to_all_emptied("flip");
}

static int change_next(void)
{
	return to_all_emptied("flip-next");
}

static uint16_t pcie_of(const struct view_function *f)
{
	return f->port ? PORT_PCIE : ENDPOINT_PCIE;
}

/* Read by either reader: an absence must be noticed on both ways. */
static int ask(struct view_function *f, uint16_t where, uint8_t size,
	       uint32_t expected)
{
	uint32_t value;

	if (view_get(f, rand_r(&survival.random) % VIEW_READERS, where, size,
		     &value) &&
	    value == expected)
		return 0;
	return pcsc_fail(-1, "%s: %s answers 0x%x at 0x%x, not 0x%x",
			 survival.event->name, f->address, value, where,
			 expected);
}

static int flr(struct view_function *f)
{
	return change_next() || view_put(f, pcie_of(f) + PCI_EXP_DEVCTL, 2,
					 PCI_EXP_DEVCTL_BCR_FLR);
}

static int af_flr(struct view_function *f)
{
	return change_next() ||
	       view_put(f, ENDPOINT_AF + PCI_AF_CTRL, 1, PCI_AF_CTRL_FLR);
}

static int write_power(struct view_function *f, uint32_t state)
{
	return view_put(f, (f->port ? PORT_PM : ENDPOINT_PM) + PCI_PM_CTRL, 2,
			state);
}

static int sleep_it(struct view_function *f)
{
	return write_power(f, 3);
}

static int wake(struct view_function *f)
{
	return change_next() || write_power(f, 0);
}

static int wake_port(struct view_function *f)
{
	return change() || write_power(f, 0);
}

static int bist(struct view_function *f)
{
	return view_put(f, PCI_BIST, 1, PCI_BIST_START) || change();
}

static int cxl_reset(struct view_function *f)
{
	return view_put(f, ENDPOINT_DVSEC + CXL_CONTROL2, 2, 4) || change();
}

static int write_undescribed(struct view_function *f)
{
	return view_put(f, UNDESCRIBED, 1, 1) || change();
}

static int write_vendor(struct view_function *f)
{
	return view_put(f, (f->port ? PORT_VENDOR : ENDPOINT_VENDOR) + 4, 2,
			1) ||
	       change();
}

static int write_vsec(struct view_function *f)
{
	return view_put(f, (f->port ? PORT_VSEC : ENDPOINT_VSEC) + 12, 4, 1) ||
	       change();
}

static int write_dvsec(struct view_function *f)
{
	return view_put(f, (f->port ? PORT_DVSEC : ENDPOINT_DVSEC) + 12, 1,
			1) ||
	       change();
}

static int disable_vfs(struct view_function *f)
{
	return change_next() || view_put(f, VIEW_SRIOV + PCI_SRIOV_CTRL, 2, 0);
}

static void reopen_all(void)
{
	struct view_function *f;

	for (f = view_function; f < view_end(); f++)
		view_reopen(f);
}

static int recreate_vfs(struct view_function *f)
{
	const int ret = change_next() || view_tell_of(f, "sriov_numvfs", "0") ||
			view_tell_of(f, "sriov_numvfs", VFS);

	reopen_all();
	return ret;
}

/* ---- from above ---- */

static int bus_reset(struct view_function *f)
{
	return view_put(f, PCI_BRIDGE_CONTROL, 2, PCI_BRIDGE_CTL_BUS_RESET);
}

static int bus_reset_over(struct view_function *f)
{
	return change() || view_put(f, PCI_BRIDGE_CONTROL, 2, 0);
}

static int link_disable(struct view_function *f)
{
	return view_put(f, PORT_PCIE + PCI_EXP_LNKCTL, 2, PCI_EXP_LNKCTL_LD);
}

static int link_enable(struct view_function *f)
{
	return change() || view_put(f, PORT_PCIE + PCI_EXP_LNKCTL, 2, 0);
}

/* The simulator has no slots, so it is told what power does to the link. */
static int slot_off(struct view_function *f)
{
	return view_put(f, PORT_PCIE + PCI_EXP_SLTCTL, 2, PCI_EXP_SLTCTL_PCC) ||
	       view_command_of(f, "link-down");
}

static int slot_on(struct view_function *f)
{
	return change() || view_put(f, PORT_PCIE + PCI_EXP_SLTCTL, 2, 0) ||
	       view_command_of(f, "link-up");
}

/* Secondary and subordinate bus */
static int renumber(struct view_function *f)
{
	return view_put(f, PCI_PRIMARY_BUS, 4, f->buses + 0x00202000);
}

static int renumber_back(struct view_function *f)
{
	return view_put(f, PCI_PRIMARY_BUS, 4, f->buses) || change();
}

/* The link was down and is up again. The caller acknowledges the bit that tells of it. */
static int link_was_down(struct view_function *f)
{
	return view_command_of(f, "link-down") || change() ||
	       view_command_of(f, "link-up");
}

static int presence(struct view_function *f)
{
	return link_was_down(f) ||
	       view_put(f, PORT_PCIE + PCI_EXP_SLTSTA, 2, PCI_EXP_SLTSTA_PDC);
}

static int link_state(struct view_function *f)
{
	return link_was_down(f) ||
	       view_put(f, PORT_PCIE + PCI_EXP_SLTSTA, 2, PCI_EXP_SLTSTA_DLLSC);
}

static int power_fault(struct view_function *f)
{
	return link_was_down(f) ||
	       view_put(f, PORT_PCIE + PCI_EXP_SLTSTA, 2, PCI_EXP_SLTSTA_PFD);
}

static int dpc_trigger(struct view_function *f)
{
	return link_was_down(f) || view_put(f, PORT_DPC + PCI_EXP_DPC_STATUS, 2,
					    PCI_EXP_DPC_STATUS_TRIGGER);
}

static int dpc_interrupt(struct view_function *f)
{
	return link_was_down(f) || view_put(f, PORT_DPC + PCI_EXP_DPC_STATUS, 2,
					    PCI_EXP_DPC_STATUS_INTERRUPT);
}

/* Containment because a write asks for it: the link goes down, and comes up again. */
static int dpc_by_software(struct view_function *f)
{
	return link_was_down(f) ||
	       view_put(f, PORT_DPC + PCI_EXP_DPC_CTL, 2, DPC_SOFTWARE_TRIGGER);
}

/* The register is the simulator's own image, for DevCtl2 is none that it models. */
static int forwarding_off(struct view_function *f)
{
	return view_command_of(f, "set 68 2 20") || change() ||
	       view_put(f, PORT_PCIE + PCI_EXP_DEVCTL2, 2, 0);
}

static int surprise_down(struct view_function *f)
{
	return link_was_down(f) || view_put(f, PORT_AER + PCI_ERR_UNCOR_STATUS,
					    4, PCI_ERR_UNC_SURPDN);
}

/* ---- by the kernel's functions, some of them hooked ---- */

static int kernel_reset(struct view_function *f, const char *method)
{
	return view_tell_of(f, "reset_method", method) ||
	       view_tell_of(f, "reset", "1");
}

static int kernel_specific(struct view_function *f)
{
	return change_next() || kernel_reset(f, "device_specific");
}

static int kernel_flr(struct view_function *f)
{
	return change_next() || kernel_reset(f, "flr");
}

static int kernel_pm(struct view_function *f)
{
	return change_next() || kernel_reset(f, "pm");
}

/* The port resets what is below it. That must be one function: the kernel refuses more. */
static int kernel_bus(struct view_function *f)
{
	struct view_function *g;

	for (g = view_function; g < view_end(); g++)
		if (g->above == f)
			return view_command_of(f, "flip") ||
			       view_command_of(g, "flip-next") ||
			       kernel_reset(g, "bus");
	return -1;
}

/* tests/beside: as a driver does it */
static int set_power(const struct view_function *f, const char *state)
{
	char text[32];

	snprintf(text, sizeof(text), "10000:%s %s", f->address, state);
	return view_tell("/sys/module/pcsc_beside/parameters/power", text);
}

static int power_down(struct view_function *f)
{
	return set_power(f, "3");
}

static int power_up(struct view_function *f)
{
	return change_next() || set_power(f, "0");
}

/* ---- nobody is told ---- */

/* The function is gone, is seen to be gone once, and comes back with other values. */
static int gone_and_back(struct view_function *f, const char *gone,
			 const char *back, uint16_t where, uint8_t size)
{
	return view_command_of(f, gone) ||
	       ask(f, where, size, size == 4 ? ~0u : (1u << 8 * size) - 1) ||
	       change() || view_command_of(f, back);
}

static int removed_command(struct view_function *f)
{
	return gone_and_back(f, "remove-silently", "reappear", PCI_COMMAND, 2);
}

static int removed_status(struct view_function *f)
{
	return gone_and_back(f, "remove-silently", "reappear", PCI_STATUS, 2);
}

static int removed_ids(struct view_function *f)
{
	return gone_and_back(f, "remove-silently", "reappear", PCI_VENDOR_ID,
			     4);
}

/* Between the two removals, what hangs on it is found present and is read. */
static int removed_twice(struct view_function *f)
{
	struct view_function *g;
	unsigned int i;
	uint32_t value;

	if (view_command_of(f, "remove-silently") ||
	    ask(f, PCI_COMMAND, 2, 0xffff) || view_command_of(f, "reappear") ||
	    view_restore())
		return -1;
	for (g = view_function; g < view_end(); g++)
		for (i = 0; view_hangs_on(g, f) && i < g->nr_reads; i++)
			view_get(g, VIEW_DRIVER, g->reads[i].where,
				 g->reads[i].size, &value);
	return removed_command(f);
}

/* The dword is cached in part: the header type is, the cache line size is not. */
static int removed_held(struct view_function *f)
{
	return gone_and_back(f, "remove-silently", "reappear",
			     PCI_CACHE_LINE_SIZE, 4);
}

static int unpowered(struct view_function *f)
{
	return gone_and_back(f, "d3cold", "d0", PCI_COMMAND, 4);
}

static int link_dropped(struct view_function *f)
{
	return view_command_of(f->above, "link-down") ||
	       ask(f, PCI_COMMAND, 2, 0xffff) || change() ||
	       view_command_of(f->above, "link-up");
}

#define RRS_MS 300

/* The function has begun to reset itself, and answers reads with "ask again". */
static int resets_itself(struct view_function *f)
{
	char text[16];

	snprintf(text, sizeof(text), "rrs %u", RRS_MS);
	return view_command_of(f, text) || view_command_of(f, "flr-internal") ||
	       ask(f, PCI_VENDOR_ID, 2, 0x0001);
}

static int internal_reset(struct view_function *f)
{
	return change_next() || resets_itself(f);
}

static int firmware(struct view_function *f)
{
	return view_command_of(f, "fw-activate") || change() ||
	       resets_itself(f);
}

static int reset_over(struct view_function *f)
{
	view_nap(RRS_MS);
	return view_command_of(f, "rrs 0");
}

/* ---- and somebody is ---- */

static int removed_and_found(struct view_function *f)
{
	char path[64];
	int ret;

	snprintf(path, sizeof(path), "/sys/class/pci_bus/10000:%02x/rescan",
		 f->rid >> 8);
	ret = view_tell_of(f, "remove", "1") || change() ||
	      view_tell(path, "1");
	reopen_all();
	return ret;
}

static int flushed(struct view_function *f)
{
	return view_command_of(f, "fw-activate") || change() || view_flush(f);
}

static int all_flushed(struct view_function *f)
{
	return view_command_of(f, "fw-activate") || change() ||
	       view_flush(NULL);
}

static int off_and_on(struct view_function *f)
{
	(void)f;
	return view_mode(PCSC_MODE_OFF) || change() || view_mode(PCSC_MODE_ON);
}

/* ---- what is kept over: nothing changes ---- */

static int own_flr(struct view_function *f)
{
	return view_put(f, ENDPOINT_PCIE + PCI_EXP_DEVCTL, 2,
			PCI_EXP_DEVCTL_BCR_FLR);
}

static int own_af_flr(struct view_function *f)
{
	return view_put(f, ENDPOINT_AF + PCI_AF_CTRL, 1, PCI_AF_CTRL_FLR);
}

static int own_wake(struct view_function *f)
{
	return write_power(f, 0);
}

#define CARD "03:00.0"
#define ALONE "04:00.0"
#define PF "08:00.0"
#define VF "08:10.1"
#define SWITCH_ROOT "00:01.0"
#define PF_ROOT "00:02.0"
#define UPSTREAM "01:00.0"
#define DOWNSTREAM "02:00.0"
#define LONELY "02:01.0"

#define TO_FUNCTION .itself = EMPTIED, .others = EMPTIED, .of = { PF }
#define TO_ANY                                                           \
	.itself = EMPTIED, .others = EMPTIED, .of = { PF, SWITCH_ROOT }, \
	.also = { CARD, PF_ROOT, UPSTREAM, DOWNSTREAM }
/* Each of these is a function 0, and such a write to it reaches its whole device. */
#define TO_DEVICE TO_ANY, .whole_device = true
#define TO_PORT                                                      \
	.itself = EMPTIED, .others = EMPTIED, .of = { SWITCH_ROOT }, \
	.also = { PF_ROOT, DOWNSTREAM }

const struct survival_event survival_events[] = {
	{ "Initiate FLR", TO_FUNCTION, .also = { CARD }, .begin = flr },
	{ "Advanced Features FLR", TO_FUNCTION, .also = { CARD },
	  .begin = af_flr },
	{ "D3hot to D0", TO_FUNCTION, .also = { CARD }, .begin = sleep_it,
	  .end = wake },
	{ "BIST Start", TO_ANY, .begin = bist },
	{ "CXL reset", .of = { CARD }, .itself = EMPTIED, .whole_device = true,
	  .begin = cxl_reset },
	{ "write to an undescribed byte", TO_DEVICE,
	  .begin = write_undescribed },
	{ "write to a vendor's capability", TO_DEVICE, .begin = write_vendor },
	{ "write to a VSEC's body", TO_DEVICE, .begin = write_vsec },
	{ "write to a DVSEC's body", TO_DEVICE, .begin = write_dvsec },
	{ "write to a vendor's capability of a VF", .of = { VF },
	  .itself = EMPTIED, .begin = write_vendor },
	{ "VF Enable off and on", .of = { PF }, .itself = KEPT,
	  .others = EMPTIED, .begin = disable_vfs, .end = view_enable_vfs },
	{ "VFs created again by the kernel", .of = { PF }, .itself = KEPT,
	  .others = EMPTIED, .begin = recreate_vfs },

	{ "secondary bus reset", TO_PORT, .begin = bus_reset,
	  .end = bus_reset_over },
	{ "link disabled and enabled", TO_PORT, .begin = link_disable,
	  .end = link_enable },
	{ "slot power off and on", TO_PORT, .begin = slot_off, .end = slot_on },
	{ "a port's D3hot to D0", TO_PORT, .begin = sleep_it,
	  .end = wake_port },
	{ "bus numbers changed and back", .of = { SWITCH_ROOT },
	  .also = { PF_ROOT, DOWNSTREAM }, .itself = KEPT, .others = EMPTIED,
	  .begin = renumber, .end = renumber_back },
	{ "presence detect changed, acknowledged", TO_PORT, .begin = presence },
	{ "link state changed, acknowledged", TO_PORT, .begin = link_state },
	{ "power fault, acknowledged", TO_PORT, .begin = power_fault },
	{ "DPC trigger, acknowledged", TO_PORT, .begin = dpc_trigger },
	{ "DPC interrupt, acknowledged", TO_PORT, .begin = dpc_interrupt },
	{ "DPC triggered by a write", TO_PORT, .begin = dpc_by_software },
	{ "ARI forwarding switched off", TO_PORT, .begin = forwarding_off },
	{ "surprise down, acknowledged", TO_PORT, .begin = surprise_down },

	{ "device-specific reset", .of = { ALONE }, .itself = EMPTIED,
	  .restores = true, .begin = kernel_specific },
	{ "the kernel's FLR", TO_FUNCTION, .also = { CARD }, .restores = true,
	  .begin = kernel_flr },
	{ "the kernel's PM reset", TO_FUNCTION, .also = { CARD },
	  .restores = true, .begin = kernel_pm },
	{ "the kernel's bus reset", .of = { LONELY }, .itself = EMPTIED,
	  .others = EMPTIED, .restores = true, .begin = kernel_bus },
	{ "pci_power_up() from D3hot", TO_FUNCTION, .also = { CARD },
	  .begin = power_down, .end = power_up },

	{ "gone and back, seen in Command", TO_ANY, .begin = removed_command },
	{ "gone and back, seen in Status", TO_ANY, .begin = removed_status },
	{ "gone and back, seen in the IDs", TO_ANY, .begin = removed_ids },
	{ "gone and back, seen in a register that is cached in part", TO_ANY,
	  .begin = removed_held },
	{ "gone and back twice, seen in Command", .of = { PF, DOWNSTREAM },
	  .also = { SWITCH_ROOT, PF_ROOT }, .itself = EMPTIED,
	  .others = EMPTIED, .begin = removed_twice },
	{ "a VF gone and back, seen in Command", .of = { VF },
	  .itself = EMPTIED, .begin = removed_command },
	{ "link dropped and back, seen", .of = { PF, UPSTREAM },
	  .also = { CARD, ALONE }, .itself = EMPTIED, .others = EMPTIED,
	  .begin = link_dropped },
	{ "internal reset, seen by its RRS", TO_FUNCTION, .also = { CARD },
	  .begin = internal_reset, .end = reset_over },
	{ "D3cold and back, seen", TO_ANY, .begin = unpowered },
	{ "firmware activated, seen by its RRS", TO_FUNCTION, .also = { CARD },
	  .begin = firmware, .end = reset_over },

	{ "firmware activated, flushed", TO_FUNCTION, .also = { CARD },
	  .begin = flushed },
	{ "firmware activated, all flushed", .of = { SWITCH_ROOT },
	  .itself = EMPTIED, .others = EMPTIED, .everybody = true,
	  .begin = all_flushed },
	{ "mode off and on", .of = { SWITCH_ROOT }, .itself = EMPTIED,
	  .others = EMPTIED, .everybody = true, .begin = off_and_on },

	{ "a VF's own Initiate FLR", .of = { VF }, .itself = KEPT,
	  .begin = own_flr },
	{ "a VF's own Advanced Features FLR", .of = { VF }, .itself = KEPT,
	  .begin = own_af_flr },
	{ "a VF's own D3hot to D0", .of = { VF }, .itself = KEPT,
	  .begin = sleep_it, .end = own_wake },

	{ "removal and rescan", .of = { CARD }, .also = { ALONE },
	  .itself = EMPTIED, .begin = removed_and_found },
};

const unsigned int survival_nr_events =
	sizeof(survival_events) / sizeof(survival_events[0]);
