// SPDX-License-Identifier: GPL-2.0-only
/* What the last kernel left: checked and disarmed before any of it is used. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitmap.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/lockdep.h>
#include <linux/preempt.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>

#include <asm/cpufeature.h>
#include <asm/tsc.h>

#include "find.h"
#include "handed.h"
#include "limit.h"
#include "region.h"
#include "state.h"
#include "stats.h"
#include "verify.h"

struct pcsc_handed pcsc_handed;

static unsigned long taken; /* jiffies */
static u32 copied; /* entries of the index */

/* How long before this kernel's start the last one may have ended. */
#define LONGEST_GAP_MS 20000
#define GAP_SLACK_MS 1000
/*
 * Another kernel needs at least so long to get to user space and leave by kexec. Built in,
 * the helper takes the handover long before that, so the boot time is no measure for it.
 */
#ifdef MODULE
#define SHORTEST_OTHER_MS 0
#else
#define SHORTEST_OTHER_MS 4000
#endif
#define LATEST_TAKE_MS 60000 /* later, drivers have had the devices for long */
#define LONGEST_WAIT 60 /* seconds from taking to using it */

static struct pcsc_handover_header *copy(void)
{
	return pcsc_handed.copy;
}

struct pcsc_handover_function *pcsc_handed_at(u32 index)
{
	return &pcsc_handover_index(copy(), pcsc_region.bytes)[index];
}

/* The entry of a function whose line waits to be adopted, or NULL. */
struct pcsc_handover_function *
pcsc_handed_waiting(const struct pcsc_function *f)
{
	if (!pcsc_handed.copy || f->index >= pcsc_handed.functions ||
	    !(pcsc_line_bypassed(&f->line) & PCSC_BYPASS_HANDED))
		return NULL;
	return pcsc_handed_at(f->index);
}

/* How long this kernel has run, by two clocks, and the processor's time stamp then. */
struct moment {
	u64 stamp;
	u64 ticked_ms;
	u64 up_ms;
};

/*
 * Until clocksource_done_booting(), which is after the bus has been enumerated, ktime
 * counts ticks, and loses those that a processor could not serve in time. sched_clock()
 * loses none, and counts on this processor, as its time stamp does.
 */
static struct moment this_moment(void)
{
	struct moment now;

	preempt_disable();
	now.stamp = rdtsc_ordered();
	now.up_ms = div_u64(sched_clock(), NSEC_PER_MSEC);
	preempt_enable();
	now.ticked_ms = div_u64(ktime_get_boottime_ns(), NSEC_PER_MSEC);
	return now;
}

/*
 * The stamp that the last kernel left is another processor's, perhaps. A guest's are
 * called unstable for many reasons that are none.
 */
static bool stamps_differ(void)
{
	return check_tsc_unstable() && !boot_cpu_has(X86_FEATURE_HYPERVISOR);
}

/*
 * Did a kexec, and nothing else, come between the two kernels? The time stamp
 * counter runs on over a kexec, and starts again at a reset; and a kernel that
 * ran in between without us would have needed at least as long as this one to
 * get here. The boot time counts from tsc_early_init(), before memory is set up,
 * which takes seconds where there are terabytes.
 */
static const char *check_gap(u64 left, const struct moment *now)
{
	u64 since_ms, longest_ms;

	if (stamps_differ())
		return "the processors' time stamp counters differ, so its age is not known";
	if (!tsc_khz || now->stamp <= left)
		return "the processor's time stamp counter has started again: that was a reset, no kexec";
	since_ms = div_u64(now->stamp - left, tsc_khz);
	if (since_ms < now->up_ms)
		return "it was sealed after this kernel had started";
	pcsc_handed.gap_ms = min_t(u64, since_ms - now->up_ms, U32_MAX);
	/*
	 * A guest does not have its processor to itself, least of all while it
	 * unpacks its kernel, so it may take longer. What has stalled this kernel
	 * need not have stalled another one, so the time of ticks is what counts here.
	 * A stall after clocksource_done_booting() loses no ticks, so it does lengthen
	 * what is allowed, up to the longest gap.
	 */
	longest_ms = boot_cpu_has(X86_FEATURE_HYPERVISOR) ? 2 * now->ticked_ms :
							    now->ticked_ms;
	longest_ms = min_t(u64, longest_ms, LONGEST_GAP_MS) + GAP_SLACK_MS;
	if (pcsc_handed.gap_ms > max_t(u64, longest_ms, SHORTEST_OTHER_MS))
		return "it is too old: another kernel has run since it was sealed, without the helper";
	return NULL;
}

/* The functions of @bus that were seen so far, 256 bits, or NULL: out of memory. */
static unsigned long *seen_on(struct xarray *buses, unsigned long bus)
{
	unsigned long *seen = xa_load(buses, bus);

	if (seen)
		return seen;
	seen = bitmap_zalloc(256, GFP_KERNEL);
	if (seen && xa_err(xa_store(buses, bus, seen, GFP_KERNEL))) {
		bitmap_free(seen);
		return NULL;
	}
	return seen;
}

static const char *find_twice(struct xarray *buses)
{
	const struct pcsc_handover_function *entry;
	unsigned long *seen;
	u32 i;

	for (i = 0; i < copy()->nr_functions; i++) {
		entry = pcsc_handed_at(i);
		seen = seen_on(buses,
			       (unsigned long)entry->domain << 8 | entry->bus);
		if (!seen)
			return "out of memory";
		if (__test_and_set_bit(entry->devfn, seen))
			return "its index names a function twice";
		pcsc_handed.with_line += entry->flags & PCSC_HANDOVER_HAS_LINE;
	}
	return NULL;
}

/* Two entries of one address cannot both be right. */
static const char *check_addresses(void)
{
	const char *reason;
	unsigned long bus;
	struct xarray buses;
	unsigned long *seen;

	xa_init(&buses);
	reason = find_twice(&buses);
	xa_for_each(&buses, bus, seen)
		bitmap_free(seen);
	xa_destroy(&buses);
	return reason;
}

/*
 * Copy the region up to the last entry of its index, and check its header, on which
 * everything else depends.
 */
static const char *take_header(void)
{
	const struct pcsc_handover_places p =
		pcsc_handover_places(pcsc_region.bytes);
	const struct pcsc_handover_header *there = pcsc_region.memory;
	const u32 functions = min(READ_ONCE(there->nr_functions), p.capacity);
	const u64 bytes =
		p.index + functions * sizeof(struct pcsc_handover_function);

	pcsc_handed.copy = vmalloc(bytes);
	if (!pcsc_handed.copy)
		return "out of memory";
	memcpy(pcsc_handed.copy, pcsc_region.memory, bytes);
	copied = functions;
	return pcsc_handover_check_header(copy());
}

/* Restrictions do not age as lines do, so the gap does not matter. */
static const char *take_restrictions(void)
{
	const struct pcsc_handover_restrictions *r =
		pcsc_handover_restrictions(copy(), pcsc_region.bytes);
	const char *reason = pcsc_handover_check_restrictions(copy());

	if (reason)
		return reason;
	pcsc_mismatches_take(r);
	pcsc_limits_take(r);
	pr_info("handover: %u mismatches, %u quarantined functions, %u limits\n",
		r->nr_mismatches, r->nr_quarantined, r->nr_limits);
	if (r->incomplete)
		return "the last kernel had no room for all of them, or had lost some before";
	return NULL;
}

/* KHO keeps what the very last kernel has named, however long ago that was. */
static bool ages(void)
{
	return pcsc_region.kind != PCSC_REGION_KHO;
}

static const char *take_lines(void)
{
	const struct moment now = this_moment();
	const char *reason =
		copy()->nr_functions > copied ?
			"its index is longer than it can be" :
			pcsc_handover_check_lines(copy(), pcsc_region.bytes);
	const char *age;

	if (reason)
		return reason;
	if (!copy()->nr_functions)
		return "the last kernel's mode was off, or its region too small";
	if (max(now.up_ms, now.ticked_ms) > LATEST_TAKE_MS)
		return "this kernel had run for more than a minute when the helper was loaded";
	age = check_gap(copy()->left, &now);
	return age && ages() ? age : check_addresses();
}

static const char *take(void)
{
	const char *reason = take_header();

	pcsc_handed.lost = reason ?: take_restrictions();
	return reason ?: take_lines();
}

static const char *look(bool kexec, u32 armed)
{
	const char *reason = NULL;

	if (!kexec)
		reason = "this kernel was not started by a kexec";
	else if (armed == PCSC_HANDOVER_UNSEALED)
		reason =
			"the last kernel's helper was busy, or one that was then not loaded has taken it";
	if (!reason)
		return take();
	pcsc_handed.lost = reason;
	return reason;
}

static void say_lost(void)
{
	if (pcsc_handed.lost)
		pr_warn("handover: mismatches, quarantine and limits of the last kernel are lost: %s\n",
			pcsc_handed.lost);
}

void pcsc_handed_refuse_all(const char *reason)
{
	pcsc_handed.lost = reason;
	pcsc_handed.reason = reason;
	say_lost();
	pr_warn("handover refused: %s\n", reason);
}

void pcsc_handed_take(bool kexec)
{
	const struct pcsc_handover_header *header = pcsc_region.memory;
	const u32 armed = READ_ONCE(header->magic) == PCSC_HANDOVER_MAGIC ?
				  READ_ONCE(header->armed) :
				  0;
	const u64 start = local_clock();
	const char *reason;

	if (armed != PCSC_HANDOVER_ARMED && armed != PCSC_HANDOVER_UNSEALED) {
		pcsc_handed.reason = "no kexec has handed anything over";
		return;
	}
	/* Disarm the region first, so that nobody takes it twice. */
	pcsc_handover_disarm();
	reason = look(kexec, armed);
	say_lost();
	if (reason) {
		pcsc_handed_drop(reason);
		pcsc_handed.reason = reason;
		pr_warn("handover refused: %s\n", reason);
		return;
	}
	pcsc_handed.functions = copy()->nr_functions;
	WRITE_ONCE(pcsc_handed.from, copy()->boot_id[0]);
	pcsc_handed.index_ns = pcsc_ns_since(start);
	taken = jiffies;
	pr_info("handover: %u functions with lines from a kernel %.64s left %u ms before this one began\n",
		pcsc_handed.with_line, copy()->release, pcsc_handed.gap_ms);
}

const char *pcsc_handed_is_from(u64 id)
{
	const u64 from = READ_ONCE(pcsc_handed.from);

	if (!from)
		return READ_ONCE(pcsc_handed.reason) ?:
						       "nothing was handed over";
	return from == id ?
		       NULL :
		       "what was handed over is of another kernel than the session";
}

void pcsc_handed_drop(const char *reason)
{
	if (!pcsc_handed.copy)
		return;
	vfree(pcsc_handed.copy);
	pcsc_handed.copy = NULL;
	pcsc_handed.functions = 0;
	WRITE_ONCE(pcsc_handed.with_line, 0);
	WRITE_ONCE(pcsc_handed.reason, reason);
	WRITE_ONCE(pcsc_handed.from, 0);
}

bool pcsc_handed_waited(unsigned int seconds)
{
	return time_after(jiffies, taken + seconds * HZ);
}

void pcsc_handed_check(u32 functions)
{
	lockdep_assert_held(&pcsc_mutex);
	if (pcsc_handed_waited(LONGEST_WAIT))
		pcsc_handed_drop("the mode stayed off for too long");
	if (pcsc_handed.functions > functions)
		pcsc_handed_drop(
			"the last kernel had more functions than this one can have");
}

int pcsc_handed_claim(void)
{
	const u64 start = local_clock();
	const struct pcsc_handover_function *entry;
	struct pcsc_function *f;
	u32 i;

	lockdep_assert_held(&pcsc_mutex);
	for (i = 0; i < pcsc_handed.functions; i++) {
		entry = pcsc_handed_at(i);
		f = pcsc_claim(entry->domain, entry->bus, entry->devfn);
		if (!f)
			return -ENOMEM;
		if (entry->flags & PCSC_HANDOVER_HAS_LINE)
			pcsc_line_hand(&f->line, f->line.cells);
		else
			pcsc_line_init(&f->line, f->line.cells);
	}
	WRITE_ONCE(pcsc_handed.index_ns,
		   pcsc_handed.index_ns + pcsc_ns_since(start));
	return 0;
}

void pcsc_handed_refuse(struct pcsc_function *f)
{
	while (pcsc_line_bypassed(&f->line) & PCSC_BYPASS_HANDED) {
		if (pcsc_line_refuse(&f->line)) {
			atomic_inc(&pcsc_handed.refused);
			return;
		}
		/*
		 * Nobody looks at the seal of a VF that has not come back, so
		 * somebody else is refusing it. Those who may not sleep refuse
		 * only such VFs.
		 */
		if (READ_ONCE(f->vf) &&
		    pcsc_line_bypassed(&f->line) & PCSC_BYPASS_GONE)
			return;
		/* An access is looking at the seal, and waits for nobody. */
		usleep_range(10, 100);
	}
}

void pcsc_handed_each_vf(const struct pcsc_function *pf, pcsc_visit visit,
			 void *arg)
{
	const struct pcsc_handover_function *entry, *of_pf;
	struct pcsc_function *vf;
	unsigned int i, rid;

	if (!pcsc_handed.copy || pf->index >= pcsc_handed.functions)
		return;
	of_pf = pcsc_handed_at(pf->index);
	/* Where they are was checked: is_vf_of() in core/handover.c. */
	for (i = 0, rid = of_pf->vf_first; i < of_pf->vf_count; i++) {
		vf = pcsc_find(pf->domain, (rid >> 8) & 0xff, rid & 0xff);
		entry = vf ? pcsc_handed_waiting(vf) : NULL;
		if (entry && entry->flags & PCSC_HANDOVER_VF &&
		    entry->pf == pf->index)
			visit(vf, arg);
		rid += of_pf->vf_stride ?: 1;
	}
}

static void visit_refused(struct pcsc_function *vf, void *unused)
{
	pcsc_handed_refuse(vf);
}

void pcsc_handed_refuse_vfs(struct pcsc_function *pf)
{
	if (!xchg(&pf->handed_vfs, 0) && pf->line.map)
		return;
	pcsc_handed_each_vf(pf, visit_refused, NULL);
}

void pcsc_handed_refuse_absent(void)
{
	const u64 start = local_clock();
	struct pcsc_function *f;
	u32 i;

	for (i = 0; i < pcsc_handed.functions; i++) {
		f = pcsc_pool_at(i);
		if (!f->vf ||
		    (pcsc_line_bypassed(&f->line) & PCSC_BYPASS_GONE &&
		     !(f->pf && READ_ONCE(f->pf->handed_vfs))))
			pcsc_handed_refuse(f);
	}
	atomic64_add(pcsc_ns_since(start), &pcsc_handed.adopt_ns);
}

const struct pcsc_layout *
pcsc_handed_layout(const struct pcsc_handover_function *entry)
{
	return &pcsc_handover_layouts(copy(), pcsc_region.bytes)[entry->layout];
}

struct pcsc_identity
pcsc_handed_identity(const struct pcsc_handover_function *entry)
{
	return (struct pcsc_identity){
		.vendor = entry->vendor,
		.device = entry->device,
		.subvendor = entry->subvendor,
		.subdevice = entry->subdevice,
		.class_code = entry->class_revision >> 8,
		.revision = entry->class_revision & 0xff,
		.is_vf = entry->flags & PCSC_HANDOVER_VF,
	};
}
