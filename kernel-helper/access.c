// SPDX-License-Identifier: GPL-2.0-only
/*
 * The path of an access. Runs in any context, with interrupts off, in panic:
 * no lock, no allocation, no sleep, no clock.
 */
#include "pcsc.h"

static bool is_odd(unsigned int devfn, int where, int size)
{
	const unsigned int sizes = BIT(1) | BIT(2) | BIT(4);

	return devfn > 0xff || (unsigned int)where >= PCI_CFG_SPACE_EXP_SIZE ||
	       (unsigned int)size > 4 || !(sizes >> size & 1) ||
	       where & (size - 1);
}

/* PCI_VENDOR_ID 0x0001: "not ready, ask again" (PCIe 2.3.2). */
static bool value_is_rrs(u16 where, u32 value)
{
	return where == 0 && (value & 0xffff) == 0x0001;
}

/*
 * A function that is limited to shadow cannot be served on a host whose mode is
 * on, so its reads are of the mode shadow too; so are those while the mode leaves
 * off or goes there.
 */
static bool read_in_shadow(u32 mode)
{
	return mode == PCSC_MODE_SHADOW || pcsc_is_stopped() ||
	       READ_ONCE(pcsc_mode) != PCSC_MODE_ON;
}

/* Who has been told to stop serves nobody, whatever the mode is still. */
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
		this_cpu_inc(*f->hits);
		pcsc_count(READ_ONCE(f->phase), PCSC_N_SHADOW_HIT);
	}
}

static void say_demoted(const struct pcsc_function *f, unsigned int bytes,
			u32 cause, u16 where, u8 size)
{
	const struct pcsc_event event = {
		.kind = PCSC_EVENT_DEMOTED,
		.domain = f->domain,
		.bus = f->bus,
		.devfn = f->devfn,
		.where = where,
		.width = size,
		.detail = bytes,
		.cause = cause,
	};

	pcsc_event_post(&event);
}

/* @cause was an access to @size bytes at @where. */
static void count_demoted(struct pcsc_function *f, unsigned int bytes,
			  u32 cause, u16 where, u8 size)
{
	if (!bytes)
		return;
	atomic64_add(bytes, &f->demotions);
	pcsc_count_n(READ_ONCE(f->phase), PCSC_N_DEMOTED, bytes);
	pcsc_count(READ_ONCE(f->phase), PCSC_N_INVALIDATION);
	say_demoted(f, bytes, cause, where, size);
}

/*
 * Reserved bits of Command and Status read as zero (7.5.1.1.3), so do these bytes
 * of them never read as all-ones; nor do a function's IDs, but for a VF's.
 */
static bool cannot_be_all_ones(const struct pcsc_function *f, u16 where,
			       u8 size)
{
	if (where < PCI_COMMAND)
		return !READ_ONCE(f->vf);
	return where <= PCI_STATUS && where + size > PCI_COMMAND + 1;
}

void pcsc_look_for_absence(struct pcsc_function *f, u16 where, u8 size,
			   u32 value)
{
	if (value_is_rrs(where, value) ||
	    (value == GENMASK(8 * size - 1, 0) &&
	     (cannot_be_all_ones(f, where, size) ||
	      pcsc_line_denies_absence(&f->line, where, size))))
		pcsc_bracket_absent(f);
}

/* User space that has the function may have changed it behind us: no more than that. */
static bool is_users_doing(const struct pcsc_function *f,
			   const struct pcsc_ticket *ticket)
{
	return ticket->evidence && READ_ONCE(f->phase) == PCSC_PHASE_USER;
}

/*
 * A device that has just left is no proof of a lie, nor is a byte that software
 * has written meanwhile (M8).
 */
void pcsc_compare(struct pcsc_function *f, const struct pcsc_ticket *ticket,
		  u16 where, u8 size, u32 held, u32 value)
{
	const u32 all_ones = GENMASK(8 * size - 1, 0);
	struct pcsc_ticket unused;
	u32 again;

	if (held == value || value == all_ones || value_is_rrs(where, value) ||
	    pcsc_line_lookup(&f->line, where, size, &again, &unused) !=
		    PCSC_HIT ||
	    !pcsc_line_current(&f->line, ticket))
		return;
	if (is_users_doing(f, ticket)) {
		count_demoted(f, pcsc_line_drop_evidence(&f->line),
			      PCSC_CAUSE_READ, where, size);
		return;
	}
	count_demoted(f, pcsc_line_demote(&f->line, where, size),
		      PCSC_CAUSE_READ, where, size);
	pcsc_lied(f, where, size, held, value);
}

void pcsc_keep(struct pcsc_function *f, const struct pcsc_ticket *ticket,
	       u32 value)
{
	int kept;

	if (!READ_ONCE(pcsc_fills_allowed) ||
	    value_is_rrs(ticket->where, value))
		return;
	kept = pcsc_line_fill(&f->line, ticket, value);
	if (unlikely(pcsc_line_bypassed(&f->line) & PCSC_BYPASS_LAYOUT))
		pcsc_bracket_layout(f);
	if (kept < 0)
		count_demoted(f, -kept, PCSC_CAUSE_READ, ticket->where,
			      ticket->size);
	if (kept <= 0)
		return;
	pcsc_count(READ_ONCE(f->phase), PCSC_N_FILLED);
	if (!ticket->evidence || READ_ONCE(f->phase) != PCSC_PHASE_USER)
		return;
	WRITE_ONCE(f->user_filled, true);
	/* A bracket that opened meanwhile has perhaps not seen that. */
	smp_mb();
	if (!pcsc_line_current(&f->line, ticket))
		pcsc_line_empty(&f->line, false);
}

/* A function that could not be read when it came has answered: it is awake. */
static void has_answered(const struct pcsc_function *f, int size, u32 value)
{
	if (value == GENMASK(8 * size - 1, 0) || !pcsc_may_look_for_layout(f))
		return;
	/* Once at once: what read it may let it sleep again soon. */
	if (READ_ONCE(f->looked) ||
	    time_before(jiffies, READ_ONCE(f->quiet_until) + HZ))
		pcsc_work_later();
	else
		pcsc_work_now();
}

/* Hardware answers, whatever the reason; what it says may be kept. */
static noinline int ask_hardware(struct pcsc_function *f, struct pci_bus *bus,
				 int where, int size, u32 *value,
				 pcsc_read_op original)
{
	const u32 mode = mode_now(f);
	struct pcsc_ticket ticket;
	enum pcsc_answer answer;
	u32 held;
	int ret;

	if (pcsc_trial_sees(PCSC_TRIAL_READ))
		return original(bus, f->devfn, where, size, value);
	answer = pcsc_line_lookup(&f->line, where, size, &held, &ticket);
	ret = original(bus, f->devfn, where, size, value);
	atomic64_inc(&f->hardware_reads);
	count_answer(f, answer, mode);
	if (ret != PCIBIOS_SUCCESSFUL)
		return ret;
	pcsc_look_for_absence(f, where, size, *value);
	if (unlikely(READ_ONCE(f->walk_status) == PCSC_WALK_READ))
		has_answered(f, size, *value);
	if (answer == PCSC_HIT)
		pcsc_compare(f, &ticket, where, size, held, *value);
	else if (answer == PCSC_BYPASS)
		pcsc_bracket_identity(f, &ticket, where, size, *value);
	else
		pcsc_keep(f, &ticket, *value);
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

/* What a hit costs is here, in pcsc_find() and pcsc_line_hit(). */
int pcsc_access_read(struct pci_bus *bus, unsigned int devfn, int where,
		     int size, u32 *value, const pcsc_read_op *original)
{
	struct pcsc_function *f;
	u32 held;

	if (unlikely(is_odd(devfn, where, size)))
		return READ_ONCE(*original)(bus, devfn, where, size, value);
	f = pcsc_find(pci_domain_nr(bus), bus->number, devfn);
	if (unlikely(!f))
		return ask_unlisted(bus, devfn, where, size, value,
				    READ_ONCE(*original));
	if (mode_now(f) != PCSC_MODE_ON ||
	    !pcsc_line_hit(&f->line, where, size, &held) ||
	    pcsc_verify_due(this_cpu_inc_return(*f->hits)))
		return ask_hardware(f, bus, where, size, value,
				    READ_ONCE(*original));
	pcsc_count(READ_ONCE(f->phase), PCSC_N_HIT);
	*value = held;
	return PCIBIOS_SUCCESSFUL;
}

/* It speaks for its device. */
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
		count_demoted(f, pcsc_line_drop_evidence(&f->line),
			      PCSC_CAUSE_SLOT_WRITE, what->where, what->size);
}

/*
 * An undescribed write to function 0 may change any function of its slot
 * (M10), so it is the evidence of all of them that is over. A VF is no function of
 * a slot in this sense: what has it would end the evidence of other tenants.
 */
static void demote_slot(struct pcsc_function *f, u16 where, u8 size)
{
	const struct written what = { f, where, size };

	if (is_function_0(f) && pcsc_line_undescribed(&f->line, where, size))
		pcsc_each_of_device(f, visit_demoted, (void *)&what);
}

static void visit_blindly(struct pcsc_function *f, void *unused)
{
	pcsc_bracket_opaque_write(f);
}

/* On function 0 it may do to the others of its device what it does to it. */
static void written_blindly(struct pcsc_function *f)
{
	if (is_function_0(f))
		pcsc_each_of_device(f, visit_blindly, NULL);
	else
		pcsc_bracket_opaque_write(f);
}

static void written(struct pcsc_function *f, u16 where, u8 size, u32 value)
{
	count_demoted(f, pcsc_line_write(&f->line, where, size, value),
		      PCSC_CAUSE_WRITE, where, size);
	demote_slot(f, where, size);
	if (pcsc_line_opaque(&f->line, where, size))
		written_blindly(f);
}

u32 pcsc_access_before_write(struct pcsc_function *f, struct pci_bus *bus,
			     u16 where, u8 size, u32 value)
{
	u32 did;

	atomic64_inc(&f->writes);
	pcsc_count(READ_ONCE(f->phase), PCSC_N_WRITE);
	did = pcsc_bracket_write(f, bus, where, size, value);
	pcsc_bracket_count(f, did);
	written(f, where, size, value);
	return did;
}

/* It, or its slot, may have got a map while the write was under way. */
void pcsc_access_after_write(struct pcsc_function *f, u16 where, u8 size,
			     u32 value, u32 did)
{
	pcsc_bracket_written(f, did);
	written(f, where, size, value);
}

int pcsc_access_write(struct pci_bus *bus, unsigned int devfn, int where,
		      int size, u32 value, const pcsc_write_op *original)
{
	const pcsc_write_op write = READ_ONCE(*original);
	struct pcsc_function *f;
	u32 did;
	int ret;

	if (is_odd(devfn, where, size) || pcsc_trial_sees(PCSC_TRIAL_WRITE))
		return write(bus, devfn, where, size, value);
	f = pcsc_find(pci_domain_nr(bus), bus->number, devfn);
	if (!f) {
		pcsc_count(PCSC_PHASE_UNKNOWN, PCSC_N_WRITE);
		return write(bus, devfn, where, size, value);
	}
	did = pcsc_access_before_write(f, bus, where, size, value);
	ret = write(bus, devfn, where, size, value);
	pcsc_access_after_write(f, where, size, value, did);
	return ret;
}
