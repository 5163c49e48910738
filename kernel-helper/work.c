// SPDX-License-Identifier: GPL-2.0-only
/* What is done in a while, in process context; asked for in any. */
#include <linux/irq_work.h>
#include <linux/workqueue.h>

#include "state.h"
#include "work.h"

/* No background read of a function sooner after its reset. */
#define LATER (HZ + HZ / 10)

static void run(struct work_struct *unused);
static DECLARE_DELAYED_WORK(work, run);
static bool now;

static bool (*do_in_a_while)(void);
static bool (*do_off)(void);

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

static void run(struct work_struct *unused)
{
	/* Who holds the mutex may be waiting for us: pcsc_work_stop(). */
	if (!mutex_trylock(&pcsc_mutex)) {
		queue_delayed_work(system_unbound_wq, &work, 1);
		return;
	}
	if (do_in_a_while())
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

void pcsc_work_init(bool (*in_a_while)(void), bool (*off)(void))
{
	do_in_a_while = in_a_while;
	do_off = off;
}

void pcsc_work_off_stop(void)
{
	cancel_delayed_work_sync(&off_work);
}
