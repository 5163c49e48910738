// SPDX-License-Identifier: GPL-2.0-only
/*
 * The path of an access. Runs in any context, with interrupts off, in panic:
 * no lock, no allocation, no sleep, no clock.
 */
#include <linux/pci.h>

#include "access.h"
#include "adopt.h"
#include "bracket.h"
#include "early.h"
#include "fill.h"
#include "find.h"
#include "hits.h"
#include "identity.h"
#include "siblings.h"
#include "state.h"
#include "stats.h"
#include "verify.h"
#include "work.h"
#include "writing.h"

static bool is_odd(unsigned int devfn, int where, int size)
{
	const unsigned int sizes = BIT(1) | BIT(2) | BIT(4);

	return devfn > 0xff || (unsigned int)where >= PCI_CFG_SPACE_EXP_SIZE ||
	       (unsigned int)size > 4 || !(sizes >> size & 1) ||
	       where & (size - 1);
}

/*
 * Would this read be one of the mode shadow? A function that is limited to
 * shadow cannot be served on a host whose mode is on, so its reads count as
 * shadow too, and so do all reads while the mode leaves off or goes there.
 */
static bool read_in_shadow(u32 mode)
{
	return mode == PCSC_MODE_SHADOW || pcsc_is_stopped() ||
	       READ_ONCE(pcsc_mode) != PCSC_MODE_ON;
}

/* Once the mode was told to be off nothing is served, whatever it still is. */
static u32 mode_now(const struct pcsc_function *f)
{
	const u32 mode = READ_ONCE(f->mode);

	return pcsc_is_stopped() ? min_t(u32, mode, PCSC_MODE_SHADOW) : mode;
}

static void count_answer(const struct pcsc_function *f, enum pcsc_answer answer,
			 u32 mode)
{
	static const u8 counter[] = {
		[PCSC_MISS] = PCSC_N_MISS,
		[PCSC_UNCACHABLE] = PCSC_N_UNCACHABLE,
		[PCSC_BYPASS] = PCSC_N_BYPASS,
	};

	if (read_in_shadow(mode))
		pcsc_count(READ_ONCE(f->phase), PCSC_N_SHADOW);
	if (answer != PCSC_HIT) {
		pcsc_count(READ_ONCE(f->phase), counter[answer]);
	} else if (mode == PCSC_MODE_ON) {
		pcsc_count(READ_ONCE(f->phase), PCSC_N_VERIFIED);
	} else {
		pcsc_hit(f);
		pcsc_count(READ_ONCE(f->phase), PCSC_N_SHADOW_HIT);
	}
}

/* A function that could not be read when it came has answered: it is awake. */
static void has_answered(const struct pcsc_function *f, int size, u32 value)
{
	if (value == GENMASK(8 * size - 1, 0) || !pcsc_may_look_for_layout(f))
		return;
	/* Look at once the first time: the device may soon sleep again. */
	if (READ_ONCE(f->looked) ||
	    time_before(jiffies, READ_ONCE(f->quiet_until) + HZ))
		pcsc_work_later();
	else
		pcsc_work_now();
}

/*
 * What the siblings of a VF say that has missed, and whether that is enough:
 * true if it is answered so.
 */
static bool siblings_answer(struct pcsc_function *f, u32 mode,
			    const struct pcsc_ticket *ticket,
			    enum pcsc_shared *shared, u32 *value)
{
	*shared = pcsc_siblings_ask(f, ticket, value);
	if (*shared == PCSC_SHARED_NONE)
		return false;
	pcsc_count(READ_ONCE(f->phase), PCSC_N_SIBLING);
	if (*shared != PCSC_SHARED_HIT || mode != PCSC_MODE_ON ||
	    pcsc_verify_due(pcsc_hit(f)))
		return false;
	pcsc_count(READ_ONCE(f->phase), PCSC_N_HIT);
	return true;
}

/* @bus: NULL if the access does not come through the buses' operations. */
static void look_at_seal(struct pcsc_function *f, struct pci_bus *bus)
{
	if (likely(!(pcsc_line_bypassed(&f->line) & PCSC_BYPASS_HANDED)))
		return;
	if (READ_ONCE(f->vf))
		pcsc_handed_accessed(f);
	else
		pcsc_early_accessed(f, bus);
}

/* Ask hardware, whatever the reason; what it answers may be kept. */
static noinline int ask_hardware(struct pcsc_function *f, struct pci_bus *bus,
				 int where, int size, u32 *value,
				 pcsc_read_op original)
{
	const u32 mode = mode_now(f);
	enum pcsc_shared shared = PCSC_SHARED_NONE;
	struct pcsc_ticket ticket;
	enum pcsc_answer answer;
	u32 cached;
	int ret;

	if (pcsc_trial_sees(PCSC_TRIAL_READ))
		return original(bus, f->devfn, where, size, value);
	look_at_seal(f, bus);
	answer = pcsc_line_lookup(&f->line, where, size, &cached, &ticket);
	if (answer == PCSC_MISS &&
	    siblings_answer(f, mode, &ticket, &shared, &cached)) {
		*value = cached;
		return PCIBIOS_SUCCESSFUL;
	}
	ret = original(bus, f->devfn, where, size, value);
	atomic64_inc(&f->hardware_reads);
	count_answer(f, shared == PCSC_SHARED_NONE ? answer : PCSC_HIT, mode);
	if (ret != PCIBIOS_SUCCESSFUL)
		return ret;
	pcsc_look_for_absence(f, where, size, *value);
	if (unlikely(READ_ONCE(f->walk_status) == PCSC_WALK_READ))
		has_answered(f, size, *value);
	if (shared != PCSC_SHARED_NONE)
		pcsc_compare_siblings(f, &ticket, cached, *value);
	else if (answer == PCSC_HIT)
		pcsc_compare(f, &ticket, where, size, cached, *value);
	else if (answer == PCSC_BYPASS)
		pcsc_identity_seen(f, &ticket, where, size, *value);
	else
		pcsc_fill(f, &ticket, *value);
	return ret;
}

static noinline int ask_unlisted(struct pci_bus *bus, unsigned int devfn,
				 int where, int size, u32 *value,
				 pcsc_read_op original)
{
	if (pcsc_trial_sees(PCSC_TRIAL_READ))
		return original(bus, devfn, where, size, value);
	pcsc_count(PCSC_PHASE_UNKNOWN, PCSC_N_UNCACHABLE);
	if (read_in_shadow(PCSC_MODE_ON))
		pcsc_count(PCSC_PHASE_UNKNOWN, PCSC_N_SHADOW);
	return original(bus, devfn, where, size, value);
}

/* All that a hit costs is in here, in pcsc_find() and in pcsc_line_hit(). */
static noinline int access_read(struct pci_bus *bus, unsigned int devfn,
				int where, int size, u32 *value,
				const pcsc_read_op *original)
{
	struct pcsc_function *f;
	u32 cached;

	if (unlikely(is_odd(devfn, where, size)))
		return READ_ONCE(*original)(bus, devfn, where, size, value);
	f = pcsc_find(pci_domain_nr(bus), bus->number, devfn);
	if (unlikely(!f))
		return ask_unlisted(bus, devfn, where, size, value,
				    READ_ONCE(*original));
	if (mode_now(f) != PCSC_MODE_ON ||
	    !pcsc_line_hit(&f->line, where, size, &cached) ||
	    pcsc_verify_due(pcsc_hit(f)))
		return ask_hardware(f, bus, where, size, value,
				    READ_ONCE(*original));
	pcsc_count(READ_ONCE(f->phase), PCSC_N_HIT);
	*value = cached;
	return PCIBIOS_SUCCESSFUL;
}

/* Function 0 speaks for its device; a VF never does. */
static bool is_function_0(const struct pcsc_function *f)
{
	return !(READ_ONCE(f->ari) ? f->devfn : PCI_FUNC(f->devfn)) &&
	       !READ_ONCE(f->vf);
}

struct written {
	const struct pcsc_function *to;
	u16 where;
	u8 size;
};

static void visit_demoted(struct pcsc_function *f, void *arg)
{
	const struct written *what = arg;

	if (f != what->to)
		pcsc_count_demoted(
			f,
			pcsc_line_drop_evidence(&f->line, PCSC_DROPPED_WRITTEN),
			PCSC_CAUSE_SLOT_WRITE, what->where, what->size);
}

/*
 * An undescribed write to function 0 may change any function of its device
 * (M10), so the evidence of all of them is dropped. VFs are left out, since a tenant
 * that has one could otherwise end the evidence of other tenants.
 */
static void demote_device(struct pcsc_function *f, u16 where, u8 size)
{
	const struct written what = { f, where, size };

	if (is_function_0(f) && pcsc_line_undescribed(&f->line, where, size))
		pcsc_each_of_device(f, visit_demoted, (void *)&what);
}

static void visit_blindly(struct pcsc_function *f, void *unused)
{
	pcsc_bracket_opaque_write(f);
}

/* A blind write to function 0 may change others of its device as well. */
static void written_blindly(struct pcsc_function *f)
{
	if (is_function_0(f))
		pcsc_each_of_device(f, visit_blindly, NULL);
	else
		pcsc_bracket_opaque_write(f);
}

static void written(struct pcsc_function *f, u16 where, u8 size, u32 value)
{
	unsigned int demoted = pcsc_line_write(&f->line, where, size, value);

	/* As if the line itself had the values that siblings answer for it. */
	demoted += pcsc_siblings_wrote(f, where, size, value);
	pcsc_count_demoted(f, demoted, PCSC_CAUSE_WRITE, where, size);
	demote_device(f, where, size);
	if (pcsc_line_opaque(&f->line, where, size))
		written_blindly(f);
}

u32 pcsc_access_before_write(struct pcsc_function *f, struct pci_bus *bus,
			     u16 where, u8 size, u32 value)
{
	u32 means;

	atomic64_inc(&f->writes);
	pcsc_count(READ_ONCE(f->phase), PCSC_N_WRITE);
	look_at_seal(f, bus);
	pcsc_siblings_written(f, where, size);
	means = pcsc_bracket_write(f, bus, where, size, value);
	pcsc_bracket_count(f, means);
	if (means & PCSC_MEANS_VFS && !(bus && pcsc_handed_vfs(f, bus)))
		pcsc_bracket_vfs_enabled(f);
	written(f, where, size, value);
	return means;
}

/*
 * Others may have read old values while the write was under way, so do again what was done
 * before it. If the function has got its map meanwhile, it is walked once more, see
 * end_evaluation().
 */
void pcsc_access_after_write(struct pcsc_function *f, u16 where, u8 size,
			     u32 value, u32 means, bool alone)
{
	pcsc_siblings_written(f, where, size);
	pcsc_bracket_written(f, means, alone);
	written(f, where, size, value);
}

atomic_t pcsc_strays = ATOMIC_INIT(0);

/*
 * Until the function is known the write is a stray: the function may be just coming. If
 * there is none it stays one until it is over.
 */
static struct pcsc_function *find_to_write(struct pci_bus *bus,
					   unsigned int devfn)
{
	struct pcsc_function *f;

	atomic_inc(&pcsc_strays);
	/* Pairs with pcsc_writes_now(), which looks after the function is known. */
	smp_mb__after_atomic();
	f = pcsc_find(pci_domain_nr(bus), bus->number, devfn);
	if (!f)
		return NULL;
	pcsc_write_begins(f);
	atomic_dec(&pcsc_strays);
	return f;
}

static noinline int access_write(struct pci_bus *bus, unsigned int devfn,
				 int where, int size, u32 value,
				 const pcsc_write_op *original)
{
	const pcsc_write_op write = READ_ONCE(*original);
	struct pcsc_function *f;
	s64 others;
	u32 means;
	int ret;

	if (is_odd(devfn, where, size) || pcsc_trial_sees(PCSC_TRIAL_WRITE))
		return write(bus, devfn, where, size, value);
	f = find_to_write(bus, devfn);
	if (!f) {
		pcsc_count(PCSC_PHASE_UNKNOWN, PCSC_N_WRITE);
		ret = write(bus, devfn, where, size, value);
		atomic_dec(&pcsc_strays);
		return ret;
	}
	means = pcsc_access_before_write(f, bus, where, size, value);
	others = pcsc_writes_other(f);
	ret = write(bus, devfn, where, size, value);
	pcsc_access_after_write(f, where, size, value, means,
				pcsc_writes_none(f, others));
	pcsc_write_ends(f);
	return ret;
}

/*
 * There is one trampoline for each operations object, so that the original is
 * known by which trampoline runs. Reading it back from bus->ops would be wrong
 * as soon as somebody (aer_inject) exchanges that. The prototypes are those of
 * struct pci_ops, as kCFI demands.
 */
#define TRAMPOLINE(n)                                                 \
	static int read_##n(struct pci_bus *bus, unsigned int devfn,  \
			    int where, int size, u32 *value)          \
	{                                                             \
		return access_read(bus, devfn, where, size, value,    \
				   &pcsc_ops_slots[n].read);          \
	}                                                             \
	static int write_##n(struct pci_bus *bus, unsigned int devfn, \
			     int where, int size, u32 value)          \
	{                                                             \
		return access_write(bus, devfn, where, size, value,   \
				    &pcsc_ops_slots[n].write);        \
	}

TRAMPOLINE(0)
TRAMPOLINE(1)
TRAMPOLINE(2)
TRAMPOLINE(3)

const struct pcsc_trampoline pcsc_trampolines[PCSC_OPS_SLOTS] = {
	{ read_0, write_0 },
	{ read_1, write_1 },
	{ read_2, write_2 },
	{ read_3, write_3 },
};
