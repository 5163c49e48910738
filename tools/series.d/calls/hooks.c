// SPDX-License-Identifier: GPL-2.0-only
/*
 * Resets, recoveries, power transitions and writes that do not come through the
 * buses' operations: the PCI core and ACPI say when they begin and end, and
 * brackets are opened before and closed after them.
 */
#include <linux/pci.h>
#include <linux/pci-pcsc.h>
#include <linux/srcu.h>

#include "access.h"
#include "bracket.h"
#include "find.h"
#include "function.h"
#include "hooks.h"
#include "state.h"

/*
 * Held while a call's begin or end uses functions, not between the two: a reset may
 * take a minute, and the mode is left meanwhile.
 */
DEFINE_STATIC_SRCU(telling);

/* Odd while functions may be used. */
static u32 activation;

/* ---- resets and recovery ---- */

static void begin(struct pci_pcsc_call *call, u32 now)
{
	struct pcsc_function *f = pcsc_function_of(call->pdev);

	if (!f)
		return;
	call->function = f;
	call->activation = now;
	pcsc_bracket_open(f);
}

void pci_pcsc_reset_begins(struct pci_pcsc_call *call, struct pci_dev *pdev)
{
	const int idx = srcu_read_lock(&telling);
	const u32 now = READ_ONCE(activation);

	*call = (struct pci_pcsc_call){ .pdev = pdev };
	if (now & 1)
		begin(call, now);
	srcu_read_unlock(&telling, idx);
}

/*
 * The function whose bracket the end closes. If the mode has been left or taken since
 * the begin, its bracket is opened now, so that its line begins empty.
 */
static struct pcsc_function *ending(const struct pci_pcsc_call *call)
{
	const u32 now = READ_ONCE(activation);
	struct pcsc_function *f;

	if (!(now & 1))
		return NULL;
	if (call->activation == now)
		return call->function;
	f = pcsc_function_of(call->pdev);
	if (f)
		pcsc_bracket_open(f);
	return f;
}

/* State may be lost whatever the result: a failed _RST is -ENOTTY, too. */
void pci_pcsc_reset_ended(const struct pci_pcsc_call *call)
{
	const int idx = srcu_read_lock(&telling);
	struct pcsc_function *f = ending(call);

	if (f)
		pcsc_bracket_close(f, true);
	srcu_read_unlock(&telling, idx);
}

/* ---- power ---- */

/* On an error the platform does not manage the device, and nothing was done. */
void pci_pcsc_power_ended(const struct pci_pcsc_call *call, bool on, int error)
{
	const int idx = srcu_read_lock(&telling);
	struct pcsc_function *f = ending(call);

	/* Note the power state first, so that nothing is served in between. */
	if (f && !error)
		pcsc_bracket_power(f, on);
	if (f)
		pcsc_bracket_close(f, !error);
	srcu_read_unlock(&telling, idx);
}

/*
 * From D3cold there need not be a write to PMCSR; from D3hot that write comes after
 * the platform's part, so the bracket is around both.
 */
void pci_pcsc_wake_begins(struct pci_pcsc_call *call, struct pci_dev *pdev)
{
	const int idx = srcu_read_lock(&telling);
	const u32 now = READ_ONCE(activation);

	*call = (struct pci_pcsc_call){
		.pdev = pdev,
		.activation = now,
		.was_cold = pdev->current_state == PCI_D3cold,
	};
	if (now & 1 && pcsc_sleeps(pdev))
		begin(call, now);
	srcu_read_unlock(&telling, idx);
}

void pci_pcsc_wake_ended(const struct pci_pcsc_call *call)
{
	const int idx = srcu_read_lock(&telling);
	struct pcsc_function *f = ending(call);

	if (f) {
		pcsc_bracket_power(f, call->pdev->current_state == PCI_D0);
		pcsc_bracket_close(f, call->was_cold);
	}
	srcu_read_unlock(&telling, idx);
}

/* ---- writes by AML ---- */

/* AML may write across dwords: such a write is taken as single bytes. */
static u8 step_of(const struct pci_pcsc_write *write)
{
	return write->where & (write->size - 1) ? 1 : write->size;
}

static void before(struct pci_pcsc_call *call,
		   const struct pci_pcsc_write *write, u32 now)
{
	const u8 step = step_of(write);
	u8 at;

	if (write->where + write->size > PCI_CFG_SPACE_EXP_SIZE)
		return;
	call->function = pcsc_find(write->segment, write->bus, write->devfn);
	call->activation = now;
	for (at = 0; call->function && at < write->size; at += step)
		pcsc_access_before_write(call->function, NULL,
					 write->where + at, step,
					 write->value >> (8 * at));
}

static void after(struct pcsc_function *f, const struct pci_pcsc_write *write)
{
	const u8 step = step_of(write);
	u32 value;
	u16 where;
	u8 at;

	for (at = 0; at < write->size; at += step) {
		where = write->where + at;
		value = write->value >> (8 * at);
		pcsc_access_after_write(
			f, where, step, value,
			pcsc_bracket_write(f, NULL, where, step, value));
	}
}

void pci_pcsc_write_begins(struct pci_pcsc_call *call,
			   const struct pci_pcsc_write *write)
{
	const int idx = srcu_read_lock(&telling);
	const u32 now = READ_ONCE(activation);

	*call = (struct pci_pcsc_call){};
	if (now & 1)
		before(call, write, now);
	srcu_read_unlock(&telling, idx);
}

void pci_pcsc_write_ended(const struct pci_pcsc_call *call,
			  const struct pci_pcsc_write *write)
{
	const int idx = srcu_read_lock(&telling);

	if (call->function && READ_ONCE(activation) == call->activation)
		after(call->function, write);
	srcu_read_unlock(&telling, idx);
}

/* ---- with the mode ---- */

void pcsc_hooks_look_up(void)
{
	/* Calls are where they are: there is nothing that could be missing. */
}

void pcsc_hooks_place(void)
{
	lockdep_assert_held(&pcsc_mutex);
	if (!(activation & 1))
		WRITE_ONCE(activation, activation + 1);
	pcsc_no_evidence = false;
}

void pcsc_hooks_remove(void)
{
	lockdep_assert_held(&pcsc_mutex);
	if (activation & 1)
		WRITE_ONCE(activation, activation + 1);
	synchronize_srcu(&telling);
}

u32 pcsc_hooks_missing(void)
{
	return 0;
}

u32 pcsc_hooks_off(void)
{
	return PCSC_HOOKS_WORK;
}

u64 pcsc_hooks_missed(void)
{
	return 0;
}
