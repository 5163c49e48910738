// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every access, in the order in which they reached the simulated bus. Reading
 * takes records out; what finds no room is lost and counted.
 */
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>

#include "sim.h"

struct record {
	u64 time;
	u32 value;
	s32 pid;
	u16 rid;
	u16 where;
	u16 cpu;
	u8 size;
	bool write : 1;
	bool unanswered : 1;
	char context;
};

static unsigned int log_records = 65536;
module_param(log_records, uint, 0444);
MODULE_PARM_DESC(log_records, "room in the log");

static struct record *ring;
static unsigned int head; /* the oldest */
static unsigned int used;
static u64 lost, logged;
bool sim_log_on = true;

int sim_log_init(void)
{
	log_records = max(log_records, 1U);
	ring = vzalloc(array_size(log_records, sizeof(*ring)));
	return ring ? 0 : -ENOMEM;
}

void sim_log_exit(void)
{
	vfree(ring);
}

static char context_of(unsigned long irq_flags)
{
	if (in_nmi())
		return 'n';
	if (in_hardirq())
		return 'h';
	if (in_serving_softirq())
		return 's';
	return irqs_disabled_flags(irq_flags) ? 'd' : 't';
}

void sim_log_add(const struct sim_access *access, unsigned long irq_flags)
{
	struct record *record;

	if (!sim_log_on)
		return;
	if (used == log_records) {
		lost++;
		return;
	}
	record = &ring[(head + used++) % log_records];
	logged++;
	*record = (struct record){
		.time = sim_ns(),
		.value = access->value,
		.pid = task_pid_nr(current),
		.rid = access->rid,
		.where = access->where,
		.cpu = raw_smp_processor_id(),
		.size = access->size,
		.write = access->write,
		.unanswered = access->unanswered,
		.context = context_of(irq_flags),
	};
}

void sim_log_clear(void)
{
	head = 0;
	used = 0;
	lost = 0;
	logged = 0;
}

static bool take_out(struct record *record)
{
	unsigned long flags;
	bool any;

	raw_spin_lock_irqsave(&sim_lock, flags);
	any = used;
	if (any) {
		*record = ring[head];
		head = (head + 1) % log_records;
		used--;
	}
	raw_spin_unlock_irqrestore(&sim_lock, flags);
	return any;
}

#define LINE 80

static size_t format(char *buffer, const struct record *r)
{
	return scnprintf(buffer, LINE,
			 "%llu %u %04x:%02x:%02x.%x %c %03x %u %0*x %c %d%s\n",
			 r->time, r->cpu, sim_domain, r->rid >> 8,
			 PCI_SLOT(r->rid), PCI_FUNC(r->rid),
			 r->write ? 'w' : 'r', r->where, r->size, 2 * r->size,
			 r->value, r->context, r->pid,
			 r->unanswered ? " -" : "");
}

/* Whole lines, as many as there are and fit. */
ssize_t sim_log_text(char *buffer, size_t size)
{
	struct record record;
	size_t len = 0;

	while (size - len >= LINE && take_out(&record))
		len += format(buffer + len, &record);
	return len;
}

void sim_log_stats(struct seq_file *file)
{
	seq_printf(file, "log_room %u\nlogged %llu\nlog_lost %llu\n",
		   log_records, logged, lost);
}
