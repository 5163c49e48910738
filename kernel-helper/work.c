// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is done in a while, in process context: identities are looked for, lies
 * are told to the other functions of the model, brackets that stay open are
 * reported. To be asked for from any context.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/irq_work.h>
#include <linux/sched.h>
#include <linux/workqueue.h>

#include "pcsc.h"

/* No background read of a function sooner after its reset. */
#define LATER (HZ + HZ / 10)

static void run(struct work_struct *unused);
static DECLARE_DELAYED_WORK(work, run);
static bool now;

/* Apart from the other: whoever goes off waits for that one. */
static void finish_off(struct work_struct *unused);
static DECLARE_DELAYED_WORK(off_work, finish_off);

/* Schedulers' locks may be held where configuration space is written. */
static void kicked(struct irq_work *unused)
{
	if (pcsc_is_stopped())
		pcsc_work_off();
	if (xchg(&now, false))
		mod_delayed_work(system_unbound_wq, &work, 0);
	else
		queue_delayed_work(system_unbound_wq, &work, LATER);
}

static DEFINE_IRQ_WORK(kick, kicked);

void pcsc_work_later(void)
{
	/* An event above thousands asks for each of them. */
	if (!irq_work_is_pending(&kick))
		irq_work_queue(&kick);
}

void pcsc_work_now(void)
{
	WRITE_ONCE(now, true);
	irq_work_queue(&kick);
}

/* True while there is one. */
static bool bracket_is_open(struct pcsc_function *f)
{
	if (pcsc_bracket_left_open(f)) {
		pcsc_event_of(PCSC_EVENT_LEFT_OPEN, f, 0);
		pr_warn_ratelimited(
			"%04x:%02x:%02x.%u: a reset has begun and not ended: it is not served until it does\n",
			f->domain, f->bus, PCI_SLOT(f->devfn),
			PCI_FUNC(f->devfn));
	}
	return atomic_read(&f->hooked);
}

static void run(struct work_struct *unused)
{
	bool again = false;
	u32 i;

	/* Who holds the mutex may be waiting for us: pcsc_work_stop(). */
	if (!mutex_trylock(&pcsc_mutex)) {
		queue_delayed_work(system_unbound_wq, &work, 1);
		return;
	}
	pcsc_suspects_collect();
	pcsc_pool_tell();
	for (i = 0; i < pcsc_pool_used(); i++) {
		again |= pcsc_look_for_identity(pcsc_pool_at(i));
		again |= pcsc_look_for_vfs(pcsc_pool_at(i));
		again |= pcsc_look_for_layout(pcsc_pool_at(i));
		cond_resched();
		again |= bracket_is_open(pcsc_pool_at(i));
	}
	if (again)
		queue_delayed_work(system_unbound_wq, &work, LATER);
	mutex_unlock(&pcsc_mutex);
}

void pcsc_work_stop(void)
{
	irq_work_sync(&kick);
	cancel_delayed_work_sync(&work);
}

static void finish_off(struct work_struct *unused)
{
	bool again = true;

	if (mutex_trylock(&pcsc_mutex)) {
		again = pcsc_mode_finish_off();
		mutex_unlock(&pcsc_mutex);
	}
	if (again)
		queue_delayed_work(system_unbound_wq, &off_work, HZ / 10);
}

void pcsc_work_off(void)
{
	queue_delayed_work(system_unbound_wq, &off_work, 0);
}

void pcsc_work_off_stop(void)
{
	cancel_delayed_work_sync(&off_work);
}
