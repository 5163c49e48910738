// SPDX-License-Identifier: GPL-2.0-only
/* A function that is pending shows that it is itself. Any context. */
#include <linux/jiffies.h>
#include <linux/pci.h>

#include "bracket.h"
#include "identity.h"
#include "work.h"

/*
 * A VF's IDs always read as all-ones (9.3.4.1.1), and so does all of it while
 * it does not answer. So any other value, from any other register, is its proof
 * of life.
 */
static bool vf_is_itself(const struct pcsc_function *f, u16 where, u8 size,
			 u32 value)
{
	const struct pcsc_function *pf = READ_ONCE(f->pf);

	if (!pf || where < PCI_COMMAND || value == GENMASK(8 * size - 1, 0))
		return false;
	return !pcsc_bracket_reasons(pf);
}

static bool function_is_itself(const struct pcsc_function *f, u16 where,
			       u8 size, u32 value)
{
	/*
	 * The ID is read anew only after a generation has begun, so even if a
	 * half of it is seen here pcsc_line_proved() refuses the ticket.
	 */
	const u32 ids = data_race(f->id[PCSC_ID_IDS]);

	return where == PCI_VENDOR_ID && size == 4 && value == ids;
}

void pcsc_identity_seen(struct pcsc_function *f,
			const struct pcsc_ticket *ticket, u16 where, u8 size,
			u32 value)
{
	if (pcsc_bracket_reasons(f) != PCSC_BYPASS_PENDING ||
	    time_before(jiffies, READ_ONCE(f->quiet_until)))
		return;
	if ((READ_ONCE(f->vf) ? vf_is_itself(f, where, size, value) :
				function_is_itself(f, where, size, value)) &&
	    pcsc_line_proved(&f->line, ticket) &&
	    atomic_read(&f->open) & PCSC_OPEN_VFS)
		pcsc_work_later();
}
