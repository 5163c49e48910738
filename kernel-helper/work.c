// SPDX-License-Identifier: GPL-2.0-only
/* Work done later in process context, asked for in any context. */
#include <linux/irq_work.h>
#include <linux/workqueue.h>

#include "state.h"
#include "work.h"

/* No function is read in the background sooner than this after its reset. */
#define LATER (HZ + HZ / 10)

/* Long enough for somebody who tries to get the mutex now and then. */
#define SOON (HZ / 20 + 1)

static void run(struct work_struct *unused);
static DECLARE_DELAYED_WORK(work, run);
static bool now;

static enum pcsc_again (*do_in_a_while)(void);
static bool (*do_off)(void);

/* This is a work of its own, since going off waits for the other one. */
static void finish_off(struct work_struct *unused);
static DECLARE_DELAYED_WORK(off_work, finish_off);

/*
 * Configuration space may be written under a scheduler's locks, so work is
 * queued from here only.
 */
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
	/* One event may ask for the work for thousands of functions. */
	if (!irq_work_is_pending(&kick))
		irq_work_queue(&kick);
}

void pcsc_work_now(void)
{
	WRITE_ONCE(now, true);
	irq_work_queue(&kick);
}

static void run(struct work_struct *unused)
{
	enum pcsc_again again;

	/*
	 * The mutex's holder may be waiting for this work to end
	 * (pcsc_work_stop()), so do not wait for the mutex.
	 */
	if (!mutex_trylock(&pcsc_mutex)) {
		queue_delayed_work(system_unbound_wq, &work, 1);
		return;
	}
	again = do_in_a_while();
	if (again == PCSC_AGAIN_SOON)
		mod_delayed_work(system_unbound_wq, &work, SOON);
	else if (again == PCSC_AGAIN_LATER)
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
		again = do_off();
		mutex_unlock(&pcsc_mutex);
	}
	if (again)
		queue_delayed_work(system_unbound_wq, &off_work, HZ / 10);
}

void pcsc_work_off(void)
{
	queue_delayed_work(system_unbound_wq, &off_work, 0);
}

void pcsc_work_init(enum pcsc_again (*in_a_while)(void), bool (*off)(void))
{
	do_in_a_while = in_a_while;
	do_off = off;
}

void pcsc_work_off_stop(void)
{
	cancel_delayed_work_sync(&off_work);
}
