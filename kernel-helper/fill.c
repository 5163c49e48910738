// SPDX-License-Identifier: GPL-2.0-only
/*
 * What hardware answered is kept, compared, or taken as a sign of absence. Any
 * context, no lock.
 */
#include <linux/pci.h>

#include "bracket.h"
#include "events.h"
#include "fill.h"
#include "follow.h"
#include "siblings.h"
#include "state.h"
#include "stats.h"
#include "verify.h"

/* PCI_VENDOR_ID 0x0001: "not ready, ask again" (PCIe 2.3.2). */
static bool value_is_rrs(u16 where, u8 size, u32 value)
{
	return where == 0 && size >= 2 && (value & 0xffff) == 0x0001;
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

void pcsc_count_demoted(struct pcsc_function *f, unsigned int bytes, u32 cause,
			u16 where, u8 size)
{
	if (!bytes)
		return;
	atomic64_add(bytes, &f->demotions);
	pcsc_count_n(READ_ONCE(f->phase), PCSC_N_DEMOTED, bytes);
	pcsc_count(READ_ONCE(f->phase), PCSC_N_INVALIDATION);
	say_demoted(f, bytes, cause, where, size);
}

/*
 * Command and Status have reserved bits that read as zero (7.5.1.1.3), so an
 * access that has all of these in it never reads as all-ones; nor do the IDs of
 * a function that is no VF.
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
	if (value_is_rrs(where, size, value) ||
	    (value == GENMASK(8 * size - 1, 0) &&
	     (cannot_be_all_ones(f, where, size) ||
	      pcsc_line_denies_absence(&f->line, where, size))))
		pcsc_bracket_absent(f);
}

/*
 * User space that has the function may have changed such bytes behind us, so a
 * difference is no mismatch.
 */
static bool is_users_doing(const struct pcsc_function *f,
			   const struct pcsc_ticket *ticket)
{
	return ticket->evidence && READ_ONCE(f->phase) == PCSC_PHASE_USER;
}

/*
 * A difference is no mismatch if the device has just left, or if software has
 * written the byte meanwhile (M8).
 */
void pcsc_compare(struct pcsc_function *f, const struct pcsc_ticket *ticket,
		  u16 where, u8 size, u32 cached, u32 value)
{
	const u32 all_ones = GENMASK(8 * size - 1, 0);
	struct pcsc_ticket unused;
	u32 again;

	if (cached == value)
		WRITE_ONCE(f->verified, pcsc_now() ?: 1);
	if (cached == value || value == all_ones ||
	    value_is_rrs(where, size, value) ||
	    pcsc_line_lookup(&f->line, where, size, &again, &unused) !=
		    PCSC_HIT ||
	    !pcsc_line_current(&f->line, ticket))
		return;
	if (is_users_doing(f, ticket)) {
		pcsc_count_demoted(
			f, pcsc_line_drop_evidence(&f->line, PCSC_DROPPED_READ),
			PCSC_CAUSE_READ, where, size);
		return;
	}
	pcsc_count_demoted(f, pcsc_line_demote(&f->line, where, size),
			   PCSC_CAUSE_READ, where, size);
	pcsc_mismatch_found(f, where, size, cached, value);
}

void pcsc_compare_siblings(struct pcsc_function *f,
			   const struct pcsc_ticket *ticket, u32 cached,
			   u32 value)
{
	const u32 all_ones = GENMASK(8 * ticket->size - 1, 0);
	struct pcsc_ticket unused;
	u32 again;

	if (value == all_ones && cached != all_ones) {
		/*
		 * It is absent, or else so unlike its siblings that it must not be
		 * found absent again and again.
		 */
		pcsc_siblings_drop(READ_ONCE(f->pf));
		pcsc_bracket_absent(f);
		return;
	}
	if (cached == value) {
		pcsc_template_checked(&f->line, ticket);
		return;
	}
	/* As in pcsc_compare(): has an event or a write come in between? */
	if (pcsc_line_lookup(&f->line, ticket->where, ticket->size, &again,
			     &unused) != PCSC_MISS ||
	    !pcsc_line_current(&f->line, ticket) ||
	    pcsc_siblings_ask(f, ticket, &again) == PCSC_SHARED_NONE)
		return;
	if (is_users_doing(f, ticket))
		pcsc_count_demoted(
			f, pcsc_line_drop_evidence(&f->line, PCSC_DROPPED_READ),
			PCSC_CAUSE_READ, ticket->where, ticket->size);
	pcsc_mismatch_of_siblings(f, ticket->where, ticket->size, cached, value,
				  is_users_doing(f, ticket));
}

/*
 * Siblings could be asked for it, and it was not in the line before user space had the
 * function, whose doing it may be.
 */
static bool is_new_to_siblings(const struct pcsc_function *f,
			       const struct pcsc_ticket *ticket)
{
	u32 unused;

	return READ_ONCE(f->touched) &&
	       ticket->map->dword[ticket->where / 4].shared &
		       ~pcsc_line_has(&f->line, ticket->where, &unused);
}

void pcsc_fill(struct pcsc_function *f, const struct pcsc_ticket *ticket,
	       u32 value)
{
	/* Asked before the fill: an unbinding in between does not see what comes of it. */
	const bool user = READ_ONCE(f->phase) == PCSC_PHASE_USER;
	bool is_new;
	int kept;

	/* Without a map nothing else of the ticket is set. */
	if (!ticket->map || !READ_ONCE(pcsc_fills_allowed) ||
	    value_is_rrs(ticket->where, ticket->size, value))
		return;
	is_new = is_new_to_siblings(f, ticket);
	kept = pcsc_line_fill(&f->line, ticket, value);
	if (unlikely(pcsc_line_bypassed(&f->line) & PCSC_BYPASS_LAYOUT))
		pcsc_follow_lost(f);
	if (kept < 0)
		pcsc_count_demoted(f, -kept, PCSC_CAUSE_READ, ticket->where,
				   ticket->size);
	if (kept <= 0)
		return;
	pcsc_count(READ_ONCE(f->phase), PCSC_N_FILLED);
	if (is_new)
		WRITE_ONCE(f->tainted, true);
	if (!user || !ticket->evidence)
		return;
	WRITE_ONCE(f->user_filled, true);
	/*
	 * A bracket that opened meanwhile may not have seen that, so empty the
	 * line for it.
	 */
	smp_mb();
	if (!pcsc_line_current(&f->line, ticket))
		pcsc_line_empty(&f->line, false);
}
