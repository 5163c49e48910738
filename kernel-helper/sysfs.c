// SPDX-License-Identifier: GPL-2.0-only
/* /sys/bus/pci/pcsc: totals for everybody, the switch for root. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/capability.h>
#include <linux/device/bus.h>
#include <linux/kobject.h>
#include <linux/math64.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "handed.h"
#include "hooks.h"
#include "mode.h"
#include "state.h"
#include "stats.h"
#include "sysfs.h"
#include "uapi/stats.h"
#include "verify.h"

/* ---- stats ---- */

static const char *const line_names[] = { PCSC_STATS(PCSC_STAT_NAME) };
static const char *const line_units[] = { PCSC_STATS(PCSC_STAT_UNIT) };

static u64 over_phases(const struct pcsc_counters *sum,
		       enum pcsc_counter counter)
{
	u64 n = 0;
	int phase;

	for (phase = 0; phase < PCSC_PHASES; phase++)
		n += sum->n[phase][counter];
	return n;
}

static u64 reads_of(const u64 *n)
{
	return n[PCSC_N_HIT] + n[PCSC_N_SHADOW_HIT] + n[PCSC_N_VERIFIED] +
	       n[PCSC_N_MISS] + n[PCSC_N_UNCACHABLE] + n[PCSC_N_BYPASS];
}

static u64 percent(u64 part, u64 whole)
{
	return whole ? div64_u64(part * 100, whole) : 0;
}

/*
 * The rate of the mode in force; in off that of on, if anything was read there.
 * Reads made in shadow could not be hits, and would-be hits do not happen in
 * on.
 */
static u64 hit_rate(const struct pcsc_counters *sum, u64 reads)
{
	const u32 mode = READ_ONCE(pcsc_mode);
	const u64 shadow = over_phases(sum, PCSC_N_SHADOW);
	/* The counters are not summed at one instant, so avoid an underflow. */
	const u64 on = reads > shadow ? reads - shadow : 0;

	if (mode == PCSC_MODE_SHADOW || (mode == PCSC_MODE_OFF && !on))
		return percent(over_phases(sum, PCSC_N_SHADOW_HIT), shadow);
	return percent(over_phases(sum, PCSC_N_HIT), on);
}

static u64 us(u64 count, u64 ns)
{
	return div_u64(count * ns, 1000);
}

/*
 * The RFC's times were taken by the clock on every access; ours are counts
 * times what one access takes, measured apart, so that the path of an access
 * reads no clock.
 */
static void reckon_rfc(u64 *line, const struct pcsc_counters *sum)
{
	const u64 hits = over_phases(sum, PCSC_N_HIT);
	const u64 misses = over_phases(sum, PCSC_N_MISS);
	const u64 uncachable = over_phases(sum, PCSC_N_UNCACHABLE) +
			       over_phases(sum, PCSC_N_BYPASS) +
			       over_phases(sum, PCSC_N_SHADOW_HIT) +
			       over_phases(sum, PCSC_N_VERIFIED);
	const u64 writes = over_phases(sum, PCSC_N_WRITE);
	const u64 reads = hits + misses + uncachable;
	const u64 cache_us = us(hits + misses, READ_ONCE(pcsc_times.hit_ns));
	const u64 hardware_ns = READ_ONCE(pcsc_times.hardware_ns);
	const u64 miss_us = us(misses, hardware_ns);

	line[PCSC_STAT_HITS] = hits;
	line[PCSC_STAT_MISSES] = misses;
	line[PCSC_STAT_UNCACHABLE] = uncachable;
	line[PCSC_STAT_WRITES] = writes;
	line[PCSC_STAT_INVALIDATIONS] = over_phases(sum, PCSC_N_INVALIDATION);
	line[PCSC_STAT_RESETS] = over_phases(sum, PCSC_N_RESET);
	line[PCSC_STAT_READS] = reads;
	line[PCSC_STAT_HARDWARE_READS] = reads - hits;
	line[PCSC_STAT_HIT_RATE] = hit_rate(sum, reads);
	line[PCSC_STAT_CACHE_TIME] = cache_us + miss_us;
	line[PCSC_STAT_LOOKUP_TIME] = cache_us;
	line[PCSC_STAT_MISS_TIME] = miss_us;
	line[PCSC_STAT_HARDWARE_TIME] = us(reads - hits + writes, hardware_ns);
}

static void reckon_restored(u64 *line)
{
	const u64 index_us = div_u64(READ_ONCE(pcsc_handed.index_ns), 1000);
	const u64 adopt_us =
		div_u64(atomic64_read(&pcsc_handed.adopt_ns), 1000);

	line[PCSC_STAT_RESTORED] = atomic_read(&pcsc_handed.adopted);
	line[PCSC_STAT_RESTORE_TIME] = index_us + adopt_us;
	line[PCSC_STAT_RESTORED_ENTRIES] = READ_ONCE(pcsc_handed.with_line);
	line[PCSC_STAT_RESTORE_BUILD_TIME] = index_us;
	line[PCSC_STAT_REFUSED] = atomic_read(&pcsc_handed.refused);
	/* Each line is adopted or refused once; until then it waits. */
	line[PCSC_STAT_WAITING] = line[PCSC_STAT_RESTORED_ENTRIES] -
				  line[PCSC_STAT_RESTORED] -
				  line[PCSC_STAT_REFUSED];
}

static void reckon_ours(u64 *line, const struct pcsc_counters *sum)
{
	static const struct {
		enum pcsc_stat line;
		enum pcsc_counter counter;
	} counted[] = {
		{ PCSC_STAT_WOULD_BE_HITS, PCSC_N_SHADOW_HIT },
		{ PCSC_STAT_SHADOW_READS, PCSC_N_SHADOW },
		{ PCSC_STAT_VERIFIED, PCSC_N_VERIFIED },
		{ PCSC_STAT_SIBLING_HITS, PCSC_N_SIBLING },
		{ PCSC_STAT_BYPASSED, PCSC_N_BYPASS },
		{ PCSC_STAT_FILLS, PCSC_N_FILLED },
		{ PCSC_STAT_MISMATCHES, PCSC_N_MISMATCH },
		{ PCSC_STAT_DEMOTED, PCSC_N_DEMOTED },
		{ PCSC_STAT_TEMPLATES_DROPPED, PCSC_N_DROPPED },
		{ PCSC_STAT_WALK_READS, PCSC_N_WALK },
		{ PCSC_STAT_IDENTITY_READS, PCSC_N_IDENTITY },
		{ PCSC_STAT_POPULATE_READS, PCSC_N_POPULATE },
		{ PCSC_STAT_SCRUB_READS, PCSC_N_SCRUB },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(counted); i++)
		line[counted[i].line] = over_phases(sum, counted[i].counter);
	line[PCSC_STAT_MISMATCHED] = pcsc_mismatches();
	line[PCSC_STAT_MISMATCHES_LOST] = pcsc_mismatches_lost();
	line[PCSC_STAT_QUARANTINED] = pcsc_quarantined();
	line[PCSC_STAT_HOOKS_MISSING] = pcsc_hooks_missing();
	line[PCSC_STAT_HOOKS_MISSED] = pcsc_hooks_missed();
}

static void reckon_phases(u64 *line, const struct pcsc_counters *sum)
{
	static const struct {
		enum pcsc_stat reads;
		enum pcsc_stat hits;
	} of[PCSC_PHASES] = {
		[PCSC_PHASE_UNKNOWN] = { PCSC_STAT_UNLISTED_READS,
					 PCSC_STAT_UNLISTED_HITS },
		[PCSC_PHASE_ENUMERATION] = { PCSC_STAT_ENUMERATION_READS,
					     PCSC_STAT_ENUMERATION_HITS },
		[PCSC_PHASE_KERNEL] = { PCSC_STAT_KERNEL_READS,
					PCSC_STAT_KERNEL_HITS },
		[PCSC_PHASE_USER] = { PCSC_STAT_USER_READS,
				      PCSC_STAT_USER_HITS },
	};
	int i;

	for (i = 0; i < PCSC_PHASES; i++) {
		line[of[i].reads] = reads_of(sum->n[i]);
		line[of[i].hits] = sum->n[i][PCSC_N_HIT];
	}
}

static int print(char *buf, const u64 *line)
{
	const char *indent;
	int at = 0;
	int i;

	for (i = PCSC_STAT_NONE + 1; i < PCSC_STATS_END; i++) {
		/* Lines about a handover are printed only if there was one. */
		if (i >= PCSC_STAT_RESTORED && i <= PCSC_STAT_WAITING &&
		    !line[PCSC_STAT_RESTORED_ENTRIES])
			continue;
		if (i == PCSC_STAT_RESTORED)
			at += sysfs_emit_at(buf, at, "%s:\n",
					    PCSC_STAT_RESTORE_HEADING);
		indent = i >= PCSC_STAT_RESTORED &&
					 i <= PCSC_STAT_RESTORE_BUILD_TIME ?
				 "  " :
				 "";
		at += sysfs_emit_at(buf, at, "%s%s: %llu%s\n", indent,
				    line_names[i], line[i], line_units[i]);
	}
	return at;
}

static int print_stats(char *buf)
{
	struct {
		struct pcsc_counters sum;
		u64 line[PCSC_STATS_END];
	} *all = kzalloc(sizeof(*all), GFP_KERNEL);
	int at;

	if (!all)
		return -ENOMEM;
	pcsc_stats_sum(&all->sum);
	reckon_rfc(all->line, &all->sum);
	reckon_restored(all->line);
	reckon_ours(all->line, &all->sum);
	reckon_phases(all->line, &all->sum);
	at = print(buf, all->line);
	kfree(all);
	return at;
}

/* ---- the directory ---- */

static const char *const mode_names[] = {
	[PCSC_MODE_OFF] = "off",
	[PCSC_MODE_SHADOW] = "shadow",
	[PCSC_MODE_ON] = "on",
};

static struct kobject *directory;

static ssize_t stats_show(struct kobject *kobj, struct kobj_attribute *attr,
			  char *buf)
{
	return print_stats(buf);
}

static ssize_t enabled_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(pcsc_mode) != PCSC_MODE_OFF);
}

static ssize_t mode_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%s\n", mode_names[READ_ONCE(pcsc_mode)]);
}

static ssize_t set_mode(u32 mode, size_t count)
{
	const char *reason = "";
	int ret;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	ret = pcsc_mode_command(mode, &reason);
	if (ret)
		pr_warn_ratelimited("mode is %s: %s\n",
				    mode_names[READ_ONCE(pcsc_mode)], reason);
	return ret ? ret : count;
}

static ssize_t mode_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t count)
{
	int mode = sysfs_match_string(mode_names, buf);

	return mode < 0 ? mode : set_mode(mode, count);
}

static ssize_t enabled_store(struct kobject *kobj, struct kobj_attribute *attr,
			     const char *buf, size_t count)
{
	bool on;
	int ret = kstrtobool(buf, &on);

	if (ret)
		return ret;
	return set_mode(on ? PCSC_MODE_ON : PCSC_MODE_OFF, count);
}

static ssize_t profile_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	struct pcsc_profile_told told;

	return pcsc_profile_tell(&told) ?
		       sysfs_emit(buf, "%s %08x\n", told.name, told.crc32) :
		       0;
}

static struct kobj_attribute stats_attr = __ATTR_RO(stats);
static struct kobj_attribute enabled_attr = __ATTR_RW(enabled);
static struct kobj_attribute mode_attr = __ATTR_RW(mode);
static struct kobj_attribute profile_attr = __ATTR_RO(profile);

static struct attribute *attributes[] = {
	&stats_attr.attr,
	&enabled_attr.attr,
	&mode_attr.attr,
	&profile_attr.attr,
	NULL,
};

static const struct attribute_group group = { .attrs = attributes };

void pcsc_sysfs_destroy(void)
{
	kobject_del(directory);
	kobject_put(directory);
}

/* Refuse a second cache: each would believe that it sees every write. */
static bool kernel_has_its_own(const struct kset *bus)
{
	struct kernfs_node *node = kernfs_find_and_get(bus->kobj.sd, "pcsc");

	kernfs_put(node);
	return node;
}

int pcsc_sysfs_create(void)
{
	struct kset *bus = bus_get_kset(&pci_bus_type);
	int ret;

	if (!bus)
		return -ENODEV;
	if (kernel_has_its_own(bus)) {
		pr_err("/sys/bus/pci/pcsc is there already: this kernel has a cache of its own, use that\n");
		return -EEXIST;
	}
	directory = kobject_create_and_add("pcsc", &bus->kobj);
	if (!directory)
		return -ENOMEM;
	ret = sysfs_create_group(directory, &group);
	if (ret)
		pcsc_sysfs_destroy();
	return ret;
}
