// SPDX-License-Identifier: GPL-2.0-only
/*
 * survival: what is held outlives no event that does not keep it.
 *
 * At each kind of event every constant register of all that it reaches gets another
 * value. Nobody reads between the event and us; from then on no read, of any width, by
 * either reader, may return what was before. What is held after the event was found out
 * before the first of those reads: that is the table, which docs/survival.md has too.
 *
 * Over events that keep nothing changes, and all is answered from memory after them.
 */
#include <argp.h>
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "talk.h"
#include "uapi/pcsc.h"
#include "view.h"

#define SHOWN 20 /* old values that are told one by one */
#define NAME 80

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
#define UNDESCRIBED 0x800
#define VFS "4"

/* What becomes of what is held. */
enum fate { NOBODY, KEPT, EMPTIED, MIXED };

static const char *const fate_names[] = {
	[NOBODY] = "-",
	[KEPT] = "kept",
	[EMPTIED] = "empty",
	[MIXED] = "mixed",
};

/* Whom an event reaches, as seen from the function it happens to. */
enum role { ITSELF, ITS_VFS, BELOW, PORT, ROLES, STRANGER = ROLES };

static const char *const role_names[ROLES] = {
	[ITSELF] = "the function",
	[ITS_VFS] = "its VFs",
	[BELOW] = "all below",
	[PORT] = "the port itself",
};

struct event {
	const char *name;
	const char *of[4]; /* what it happens to */
	const char *also[4]; /* in the long form */
	enum fate itself, others;
	bool whole_device; /* all functions of it */
	bool everybody;
	bool restores; /* the kernel writes what it saved, which ends what is constant */
	/* Either calls change() or change_next(), but where all is kept. */
	int (*begin)(struct view_function *f);
	int (*end)(struct view_function *f); /* NULL: it has none */
};

static struct {
	const struct event *event;
	struct view_function *at;
	unsigned int random;
	bool full_form;
	uint8_t before[VIEW_FUNCTIONS][VIEW_CONFIG];
	uint8_t now[VIEW_FUNCTIONS][VIEW_CONFIG];
	uint8_t then[VIEW_FUNCTIONS][VIEW_CONFIG];
	unsigned long events, registers, reads, hits, old, wrong, lost;
} test = { .random = 1 };

static struct view_function *end(void)
{
	return view_function + view_functions;
}

static unsigned int number(const struct view_function *f)
{
	return f - view_function;
}

/* ---- whom the event reaches ----------------------------------------------------- */

static bool same_device(const struct view_function *f,
			const struct view_function *g)
{
	return f->rid >> 3 == g->rid >> 3;
}

static enum role role_of(const struct view_function *f)
{
	const struct view_function *at = test.at;

	if (f == at || (test.event->whole_device && same_device(f, at)))
		return f->port ? PORT : ITSELF;
	if (f->pf == at)
		return ITS_VFS;
	if (view_hangs_on(f, at) || test.event->everybody)
		return BELOW;
	return STRANGER;
}

static enum fate fate_of(const struct view_function *f)
{
	switch (role_of(f)) {
	case ITSELF:
	case PORT:
		return test.event->itself;
	case STRANGER:
		return KEPT;
	default:
		return test.event->others;
	}
}

static int to_all_emptied(const char *command)
{
	struct view_function *f;

	for (f = view_function; f < end(); f++)
		if (fate_of(f) == EMPTIED && view_command_of(f, command))
			return -1;
	return 0;
}

/* Every constant register of them gets another value: now, or with hardware's event. */
static int change(void)
{
	return to_all_emptied("flip");
}

static int change_next(void)
{
	return to_all_emptied("flip-next");
}

/* ---- events ------------------------------------------------------------------------ */

static void nap(unsigned int ms)
{
	const struct timespec time = { .tv_sec = ms / 1000,
				       .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

static uint16_t pcie_of(const struct view_function *f)
{
	return f->port ? PORT_PCIE : ENDPOINT_PCIE;
}

/* By the reader that shares no lock, or the other: either may be what is noticed. */
static int ask(struct view_function *f, uint16_t where, uint8_t size,
	       uint32_t expected)
{
	uint32_t value;

	if (view_get(f, rand_r(&test.random) % VIEW_READERS, where, size,
		     &value) &&
	    value == expected)
		return 0;
	return pcsc_fail(-1, "%s: %s answers 0x%x at 0x%x, not 0x%x",
			 test.event->name, f->address, value, where, expected);
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

	for (f = view_function; f < end(); f++)
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

/* The simulator has no slots: what power does to the link is said to it. */
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

/* The link was down and is up again; then the kernel acknowledges what tells of it. */
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

/* Of what is below, by the port: alone there, since others are not reset with it. */
static int kernel_bus(struct view_function *f)
{
	struct view_function *g;

	for (g = view_function; g < end(); g++)
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

/* Gone, seen once, and there again as another. */
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

/* Between the two what hangs on it has shown that it is there, and was read. */
static int removed_twice(struct view_function *f)
{
	struct view_function *g;
	unsigned int i;
	uint32_t value;

	if (view_command_of(f, "remove-silently") ||
	    ask(f, PCI_COMMAND, 2, 0xffff) || view_command_of(f, "reappear") ||
	    view_restore())
		return -1;
	for (g = view_function; g < end(); g++)
		for (i = 0; view_hangs_on(g, f) && i < g->nr_reads; i++)
			view_get(g, VIEW_DRIVER, g->reads[i].where,
				 g->reads[i].size, &value);
	return removed_command(f);
}

/* Held in part: the header type is, the cache line size is not. */
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

/* It has begun to reset itself, and says so to who asks. */
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
	nap(RRS_MS);
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
#define TO_PORT                                                      \
	.itself = EMPTIED, .others = EMPTIED, .of = { SWITCH_ROOT }, \
	.also = { PF_ROOT, DOWNSTREAM }

static const struct event events[] = {
	{ "Initiate FLR", TO_FUNCTION, .also = { CARD }, .begin = flr },
	{ "Advanced Features FLR", TO_FUNCTION, .also = { CARD },
	  .begin = af_flr },
	{ "D3hot to D0", TO_FUNCTION, .also = { CARD }, .begin = sleep_it,
	  .end = wake },
	{ "BIST Start", TO_ANY, .begin = bist },
	{ "CXL reset", .of = { CARD }, .itself = EMPTIED, .whole_device = true,
	  .begin = cxl_reset },
	{ "write to an undescribed byte", TO_ANY, .begin = write_undescribed },
	{ "write to a vendor's capability", TO_ANY, .begin = write_vendor },
	{ "write to a VSEC's body", TO_ANY, .begin = write_vsec },
	{ "write to a DVSEC's body", TO_ANY, .begin = write_dvsec },
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
	{ "gone and back, seen in a register that is held in part", TO_ANY,
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

/* ---- what is read after it ------------------------------------------------------------ */

static void tell(const struct view_function *f, enum view_reader reader,
		 const struct view_read *r, uint32_t value, const char *what)
{
	const unsigned int n = number(f);

	if (test.old + test.wrong > SHOWN)
		return;
	printf("%s: %s, %s: %s @0x%03x width %u by %s is 0x%x, was 0x%x, is 0x%x in truth\n",
	       what, test.event->name, test.at->address, f->address, r->where,
	       r->size, reader == VIEW_DRIVER ? "a driver" : "sysfs", value,
	       view_value(test.before[n], r->where, r->size),
	       view_value(test.then[n], r->where, r->size));
}

static int truths(uint8_t to[][VIEW_CONFIG])
{
	const struct view_function *f;

	for (f = view_function; f < end(); f++)
		if (view_truth(f, to[number(f)]))
			return -1;
	return 0;
}

struct answer {
	struct view_function *function;
	const struct view_read *read;
	enum view_reader reader;
	bool there;
	uint32_t value;
};

/* Time goes on meanwhile, and an RRS with it: what was true before or after is true. */
static void judge(const struct answer *a)
{
	const struct view_read *r = a->read;
	const unsigned int n = number(a->function);
	const uint32_t old = view_value(test.before[n], r->where, r->size);

	test.reads++;
	if (a->value == view_value(test.now[n], r->where, r->size) ||
	    a->value == view_value(test.then[n], r->where, r->size))
		return;
	if (a->value == old) {
		test.old++;
		tell(a->function, a->reader, r, a->value, "old");
	} else {
		test.wrong++;
		tell(a->function, a->reader, r, a->value, "wrong");
	}
}

/* In the short form half of what the event reaches, and nothing else. */
static bool is_to_read(const struct view_function *f)
{
	return test.full_form ||
	       (role_of(f) != STRANGER && rand_r(&test.random) % 2);
}

static unsigned int list_answers(struct answer **answers)
{
	struct view_function *f;
	unsigned int i, reader, nr = 0;

	for (f = view_function; f < end(); f++)
		nr += f->nr_reads * VIEW_READERS;
	*answers = calloc(nr, sizeof(**answers));
	for (nr = 0, f = view_function; *answers && f < end(); f++)
		for (i = 0; i < f->nr_reads; i++)
			for (reader = 0; reader < VIEW_READERS; reader++)
				if (is_to_read(f))
					(*answers)[nr++] = (struct answer){
						.function = f,
						.read = &f->reads[i],
						.reader = reader,
					};
	return nr;
}

static void shuffle(struct answer *answers, unsigned int nr)
{
	struct answer a;
	unsigned int i, with;

	for (i = nr; i > 1; i--) {
		with = rand_r(&test.random) % i;
		a = answers[i - 1];
		answers[i - 1] = answers[with];
		answers[with] = a;
	}
}

/* Everything, at every width, by both readers, in any order. */
static int read_everything(void)
{
	struct answer *answers, *a;
	const unsigned int nr = list_answers(&answers);
	int ret = -1;

	if (!answers)
		return pcsc_fail(-1, "no memory");
	shuffle(answers, nr);
	if (!truths(test.now)) {
		for (a = answers; a < answers + nr; a++)
			a->there =
				view_get(a->function, a->reader, a->read->where,
					 a->read->size, &a->value);
		ret = truths(test.then);
	}
	for (a = answers; !ret && a < answers + nr; a++)
		if (a->there)
			judge(a);
	free(answers);
	return ret;
}

/* ---- one event -------------------------------------------------------------------------- */

/* What is held of each function right after the event, before anybody reads. */
struct seen {
	enum fate fates[ROLES];
	bool less[VIEW_FUNCTIONS];
};

static int look(struct seen *seen)
{
	const struct view_function *f;

	if (view_state())
		return -1;
	for (f = view_function; f < end(); f++)
		seen->less[number(f)] |= f->held < f->full;
	return 0;
}

static void add_fate(enum fate *fate, enum fate more)
{
	*fate = *fate == NOBODY || *fate == more ? more : MIXED;
}

static void add_fates(struct seen *seen)
{
	const struct view_function *f;
	enum role role;

	for (f = view_function; f < end(); f++) {
		role = role_of(f);
		if (test.event->everybody && role == BELOW)
			role = f->port ? PORT : f->pf ? ITS_VFS : ITSELF;
		if (role != STRANGER) {
			add_fate(&seen->fates[role],
				 seen->less[number(f)] ? EMPTIED : KEPT);
		} else if (seen->less[number(f)]) {
			test.lost++;
			printf("lost: %s, %s: %s, which it does not reach\n",
			       test.event->name, test.at->address, f->address);
		}
		seen->less[number(f)] = false;
	}
}

/* All that the event reaches has another value, but for what it keeps. */
static int has_changed(void)
{
	const struct view_function *f;
	unsigned int i, n;
	bool other, wanted;

	for (f = view_function; f < end(); f++) {
		n = number(f);
		wanted = fate_of(f) == EMPTIED;
		for (i = 0; i < f->nr_reads; i++) {
			const struct view_read *r = &f->reads[i];

			other = view_value(test.before[n], r->where, r->size) !=
				view_value(test.then[n], r->where, r->size);
			if (r->held && r->flips && other != wanted)
				return pcsc_fail(
					-1,
					"%s, %s: %s should%s have changed at 0x%03x",
					test.event->name, test.at->address,
					f->address, wanted ? "" : " not",
					r->where);
		}
		if (wanted)
			test.registers += f->registers;
	}
	return 0;
}

/* Held again, all is answered from memory: what kept shows it without a fill. */
static int all_are_hits(void)
{
	unsigned long reached[VIEW_FUNCTIONS];
	struct view_function *f;
	unsigned int i;
	uint32_t value;

	for (f = view_function; f < end(); f++) {
		reached[number(f)] = view_reached(f);
		for (i = 0; i < f->nr_reads; i++) {
			if (!f->reads[i].held)
				continue;
			view_get(f, i % VIEW_READERS, f->reads[i].where,
				 f->reads[i].size, &value);
			test.hits++;
		}
		if (view_reached(f) != reached[number(f)])
			return pcsc_fail(
				-1,
				"%s, %s: %s is not all answered from memory",
				test.event->name, test.at->address, f->address);
	}
	return 0;
}

/* A function that keeps its values has only to show that it is alive. */
static int prove_alive(void)
{
	unsigned int turns;
	uint32_t value;

	for (turns = 0; turns < 500; turns++) {
		view_get(test.at, VIEW_SYSFS, PCI_COMMAND, 2, &value);
		if (view_state())
			return -1;
		if (!test.at->why)
			return all_are_hits();
		nap(10);
	}
	return pcsc_fail(-1, "%s, %s: bypassed for 0x%x", test.event->name,
			 test.at->address, test.at->why);
}

/* A function that was renumbered, or whose bytes were demoted, has to be found again. */
static int find_again(void)
{
	const struct view_function *f;
	uint32_t why = test.event->restores ? PCSC_WHY_MOVED : 0;

	if (view_state())
		return -1;
	for (f = view_function; f < end(); f++)
		why |= f->why;
	if (!(why & PCSC_WHY_MOVED))
		return 0;
	return view_mode(PCSC_MODE_OFF) || view_mode(PCSC_MODE_ON);
}

/* What is read inside may show that a function is absent: that is another protection. */
static int happen(struct seen *seen, bool inside)
{
	const struct event *e = test.event;

	if (e->begin(test.at) || look(seen) || (inside && read_everything()))
		return -1;
	if (e->end && (e->end(test.at) || look(seen)))
		return -1;
	if (e->itself == KEPT && e->others == NOBODY)
		return prove_alive();
	return 0;
}

/* At once; when everybody is served again, if he is; when all is held again. */
static int read_after(void)
{
	return read_everything() || view_restore() || view_prove() ||
	       read_everything() || has_changed() || find_again() ||
	       view_warm() || read_everything() || all_are_hits();
}

static int try_once(const char *address, struct seen *seen, bool inside)
{
	test.at = view_find(address);
	if (!test.at || view_warm() || truths(test.before) ||
	    happen(seen, inside))
		return -1;
	add_fates(seen);
	test.events++;
	return read_after() ? -1 : 0;
}

/* Where all is kept, reading inside would fill. */
static int try(const char *address, struct seen *seen)
{
	const struct event *e = test.event;

	if (try_once(address, seen, false))
		return -1;
	if (!e->end || (e->itself == KEPT && e->others == NOBODY))
		return 0;
	return try_once(address, seen, true);
}

static int run_event(const struct event *e)
{
	const unsigned long reads = test.reads, registers = test.registers;
	struct seen seen = { 0 };
	enum role role;
	unsigned int i;
	int ret = 0;

	test.event = e;
	for (i = 0; i < 4 && !ret && e->of[i]; i++)
		ret = try(e->of[i], &seen);
	for (i = 0; i < 4 && !ret && test.full_form && e->also[i]; i++)
		ret = try(e->also[i], &seen);
	printf("| %s |", e->name);
	for (role = 0; role < ROLES; role++)
		printf(" %s |", fate_names[seen.fates[role]]);
	printf("\n# registers %lu, reads %lu\n", test.registers - registers,
	       test.reads - reads);
	fflush(stdout);
	return ret;
}

static bool is_wanted(const struct event *e, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (strstr(e->name, *names))
			return true;
	return false;
}

static void print_head(void)
{
	enum role role;

	printf("| event |");
	for (role = 0; role < ROLES; role++)
		printf(" %s |", role_names[role]);
	printf("\n|---|---|---|---|---|\n");
}

static bool until_old; /* no further than to the first kind with old values */

static bool is_over(int ret)
{
	return ret || (until_old && test.old + test.wrong);
}

static int run(char **names)
{
	unsigned int i, kinds = 0;
	int ret = 0;

	if (view_open() || view_learn())
		return PCSC_EXIT_TROUBLE;
	print_head();
	for (i = 0; i < sizeof(events) / sizeof(events[0]) && !is_over(ret);
	     i++) {
		if (!is_wanted(&events[i], names))
			continue;
		ret = run_event(&events[i]);
		kinds++;
	}
	printf("kinds %u\nevents %lu\nregisters %lu\nreads %lu\nhits %lu\nold %lu\nwrong %lu\nlost %lu\n",
	       kinds, test.events, test.registers, test.reads, test.hits,
	       test.old, test.wrong, test.lost);
	view_close();
	if (test.old || test.wrong || test.lost)
		return PCSC_EXIT_DIFFERS;
	return ret ? PCSC_EXIT_TROUBLE : PCSC_EXIT_OK;
}

/* ---- options -------------------------------------------------------------------------- */

static const struct argp_option options[] = {
	{ "long", 'l', NULL, 0,
	  "Every event at every function that it can happen to", 0 },
	{ "first", 'f', NULL, 0, "No further than to the first old value", 0 },
	{ "seed", 'S', "N", 0, "Of the order in which is read (1)", 0 },
	{ 0 },
};

static char **chosen;

static error_t option(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'l':
		test.full_form = true;
		return 0;
	case 'f':
		until_old = true;
		return 0;
	case 'S':
		test.random = strtoul(arg, NULL, 10);
		return 0;
	case ARGP_KEY_ARGS:
		chosen = state->argv + state->next;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = option,
		.args_doc = "[PART OF AN EVENT'S NAME...]",
		.doc = "What is held outlives no event that does not keep it.",
	};
	static char *all[] = { NULL };

	pcsc_program = "survival";
	argp_err_exit_status = PCSC_EXIT_USAGE;
	chosen = all;
	if (argp_parse(&argp, argc, argv, 0, NULL, NULL))
		return PCSC_EXIT_USAGE;
	return run(chosen);
}
