// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events for user space, posted from any context without a lock, read from
 * /dev/pci_pcsc. An event that is overwritten before it was read is a gap in
 * seq.
 */
#include <linux/irq_work.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>

#include "events.h"

#define EVENTS 256

struct slot {
	u64 next; /* 1 + the number of the event here; 0: being written */
	struct pcsc_event event;
};

static struct slot ring[EVENTS];
static atomic64_t posted = ATOMIC64_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(readers);

static void wake_readers(struct irq_work *unused)
{
	wake_up_interruptible(&readers);
}

static DEFINE_IRQ_WORK(wake, wake_readers);

void pcsc_event_post(const struct pcsc_event *event)
{
	struct slot *slot;
	unsigned long flags;
	u64 number;

	/* A writer that lost its processor here would be overtaken by a whole round. */
	local_irq_save(flags);
	number = atomic64_inc_return(&posted) - 1;
	slot = &ring[number % EVENTS];
	WRITE_ONCE(slot->next, 0);
	smp_wmb(); /* pairs with take_event() */
	slot->event = *event;
	slot->event.size = sizeof(*event);
	slot->event.seq = number;
	slot->event.time_ns = ktime_get_mono_fast_ns();
	/* Pairs with take_event(). */
	smp_store_release(&slot->next, number + 1);
	local_irq_restore(flags);
	irq_work_queue(&wake);
}

void pcsc_event(u32 kind, u32 detail)
{
	const struct pcsc_event event = { .kind = kind, .detail = detail };

	pcsc_event_post(&event);
}

void pcsc_event_of(u32 kind, const struct pcsc_function *f, u32 detail)
{
	const struct pcsc_event event = {
		.kind = kind,
		.detail = detail,
		.domain = f->domain,
		.bus = f->bus,
		.devfn = f->devfn,
	};

	pcsc_event_post(&event);
}

/*
 * A writer that was overtaken by a whole round has left its slot so. As none loses its
 * processor, that is one in an NMI or of a host whose processors are virtual.
 */
static bool is_left_behind(u64 at)
{
	return atomic64_read(&posted) > at + EVENTS / 2;
}

/* Take the event at @at if it is there and whole; lost ones are skipped. */
static bool take_event(u64 *at, struct pcsc_event *event)
{
	const struct slot *slot;
	u64 oldest = atomic64_read(&posted);

	oldest = oldest > EVENTS ? oldest - EVENTS : 0;
	*at = max(*at, oldest);
	slot = &ring[*at % EVENTS];
	if (smp_load_acquire(&slot->next) != *at + 1) { /* as it was posted */
		if (is_left_behind(*at))
			++*at;
		return false;
	}
	/* A copy of an event that is being overwritten is dropped below. */
	*event = data_race(slot->event);
	smp_rmb(); /* pairs with pcsc_event_post() */
	if (READ_ONCE(slot->next) != *at + 1)
		return false;
	++*at;
	return true;
}

/* Overwritten events count too, since take_event() skips to what is left. */
static bool there_is_one(const u64 *at)
{
	/* pairs with pcsc_event_post() */
	return smp_load_acquire(&ring[*at % EVENTS].next) > *at ||
	       is_left_behind(*at);
}

int pcsc_events_open(struct file *file)
{
	u64 *at = kzalloc(sizeof(*at), GFP_KERNEL);

	file->private_data = at;
	return at ? 0 : -ENOMEM;
}

void pcsc_events_close(struct file *file)
{
	kfree(file->private_data);
}

ssize_t pcsc_events_read(struct file *file, char __user *to, size_t size)
{
	u64 *at = file->private_data;
	struct pcsc_event event;
	size_t done = 0;
	int ret;

	if (size < sizeof(event))
		return -EINVAL;
	while (size - done >= sizeof(event)) {
		if (take_event(at, &event)) {
			if (copy_to_user(to + done, &event, sizeof(event))) {
				--*at;
				return done ? done : -EFAULT;
			}
			done += sizeof(event);
			continue;
		}
		if (there_is_one(at))
			continue;
		if (done || file->f_flags & O_NONBLOCK)
			break;
		ret = wait_event_interruptible(readers, there_is_one(at));
		if (ret)
			return ret;
	}
	return done ? done : -EAGAIN;
}

__poll_t pcsc_events_poll(struct file *file, struct poll_table_struct *table)
{
	poll_wait(file, &readers, table);
	return there_is_one(file->private_data) ? EPOLLIN | EPOLLRDNORM : 0;
}

void pcsc_events_stop(void)
{
	irq_work_sync(&wake);
}
