// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the last kernel. What it left is checked and disarmed before anything
 * of it is used; a function's line is used once the function has shown that it
 * is the same one still, a VF's when its PF has put it back where it was.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/vmalloc.h>

#include <asm/tsc.h>

#include "handover.h"
#include "pcsc.h"

struct pcsc_handed pcsc_handed;

/* What is kept of ours after the last kernel's end is for no other kernel. */
#define LONGEST_GAP_MS 30000
#define GAP_SLACK_MS 1000
#define LONGEST_WAIT 600 /* seconds from this kernel's start to its use */

static struct pcsc_ho_header *copy(void)
{
	return pcsc_handed.copy;
}

static struct pcsc_ho_function *entry_at(u32 index)
{
	return &pcsc_ho_index(copy(), pcsc_region.bytes)[index];
}

/* The entry of a function whose line waits to be adopted, or NULL. */
static struct pcsc_ho_function *waiting(const struct pcsc_function *f)
{
	if (!pcsc_handed.copy || f->index >= pcsc_handed.functions ||
	    !(pcsc_line_bypassed(&f->line) & PCSC_BYPASS_HANDED))
		return NULL;
	return entry_at(f->index);
}

/*
 * What says that a kexec, and no other, came between: the time stamp counter
 * runs on over it, and starts again at a reset; and a kernel that ran between
 * without us would have needed at least as long as this one to get here.
 */
static const char *check_gap(u64 left)
{
	const u64 boot_ms = div_u64(ktime_get_boottime_ns(), NSEC_PER_MSEC);
	const u64 now = rdtsc_ordered();
	u64 since_ms;

	if (!tsc_khz || now <= left)
		return "the processor's clock has started again since: no kexec";
	since_ms = div_u64(now - left, tsc_khz);
	if (since_ms < boot_ms)
		return "it was left after this kernel had started";
	pcsc_handed.gap_ms = min_t(u64, since_ms - boot_ms, U32_MAX);
	if (pcsc_handed.gap_ms >
	    min_t(u64, boot_ms, LONGEST_GAP_MS) + GAP_SLACK_MS)
		return "it is too old: another kernel has run since it was sealed, without the helper";
	return NULL;
}

static int compare_keys(const void *a, const void *b)
{
	const u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* Two entries of one address cannot both be right. */
static const char *check_addresses(void)
{
	const u32 n = copy()->nr_functions;
	const char *reason = NULL;
	u64 *keys;
	u32 i;

	keys = kvmalloc_array(n, sizeof(*keys), GFP_KERNEL);
	if (!keys)
		return "out of memory";
	for (i = 0; i < n; i++) {
		const struct pcsc_ho_function *entry = entry_at(i);

		keys[i] = (u64)entry->domain << 16 | entry->bus << 8 |
			  entry->devfn;
		pcsc_handed.with_line += entry->flags & PCSC_HO_HELD;
	}
	sort(keys, n, sizeof(*keys), compare_keys, NULL);
	for (i = 1; i < n; i++)
		if (keys[i] == keys[i - 1])
			reason = "its index names a function twice";
	kvfree(keys);
	return reason;
}

static const char *take(void)
{
	const u64 bytes = pcsc_ho_places(pcsc_region.bytes).cells;
	const char *reason;

	pcsc_handed.copy = vmalloc(bytes);
	if (!pcsc_handed.copy)
		return "out of memory";
	memcpy(pcsc_handed.copy, pcsc_region.memory, bytes);
	reason = pcsc_ho_check(copy(), pcsc_region.bytes);
	if (!reason)
		reason = check_gap(copy()->left);
	if (!reason)
		reason = check_addresses();
	return reason;
}

void pcsc_handed_take(bool cold)
{
	const struct pcsc_ho_header *header = pcsc_region.memory;
	const bool armed = READ_ONCE(header->armed) == PCSC_HO_ARMED;
	const u64 start = ktime_get_ns();
	const char *reason;

	/* First of all: whatever becomes of it, nobody shall take it twice. */
	pcsc_handover_disarm();
	if (!armed) {
		pcsc_handed.reason = "no kexec has handed anything over";
		return;
	}
	reason = cold ? "this kernel was not started by a kexec" : take();
	if (reason) {
		pcsc_handed_drop(reason);
		pcsc_handed.reason = reason;
		pr_warn("handover refused: %s\n", reason);
		return;
	}
	pcsc_handed.functions = copy()->nr_functions;
	pcsc_handed.index_ns = ktime_get_ns() - start;
	pr_info("handover: %u functions with lines from a kernel %.64s left %u ms before this one began\n",
		pcsc_handed.with_line, copy()->release, pcsc_handed.gap_ms);
}

void pcsc_handed_drop(const char *reason)
{
	if (!pcsc_handed.copy)
		return;
	vfree(pcsc_handed.copy);
	pcsc_handed.copy = NULL;
	pcsc_handed.functions = 0;
	pcsc_handed.reason = reason;
}

int pcsc_handed_claim(void)
{
	const u64 start = ktime_get_ns();
	const struct pcsc_ho_function *entry;
	struct pcsc_function *f;
	u32 i;

	if (ktime_get_boottime_seconds() > LONGEST_WAIT)
		pcsc_handed_drop("the mode stayed off for too long");
	for (i = 0; i < pcsc_handed.functions; i++) {
		entry = entry_at(i);
		f = pcsc_claim(entry->domain, entry->bus, entry->devfn);
		if (!f)
			return -ENOMEM;
		if (entry->flags & PCSC_HO_HELD)
			pcsc_line_hand(&f->line, f->line.cells);
		else
			pcsc_line_init(&f->line, f->line.cells);
	}
	pcsc_handed.index_ns += ktime_get_ns() - start;
	return 0;
}

void pcsc_handed_refuse(struct pcsc_function *f)
{
	if (!(pcsc_line_bypassed(&f->line) & PCSC_BYPASS_HANDED))
		return;
	pcsc_line_refuse(&f->line);
	atomic_inc(&pcsc_handed.refused);
}

/* A PF's VFs go where it goes. */
static void refuse_vfs(struct pcsc_function *pf)
{
	u32 i;

	WRITE_ONCE(pf->handed_vfs, 0);
	for (i = 0; i < pcsc_handed.functions; i++)
		if (entry_at(i)->flags & PCSC_HO_VF &&
		    entry_at(i)->pf == pf->index)
			pcsc_handed_refuse(pcsc_pool_at(i));
}

/* Into use, if the seal is whole. */
static bool adopt_line(struct pcsc_function *f,
		       const struct pcsc_ho_function *entry)
{
	const u64 start = ktime_get_ns();
	bool whole;

	/*
	 * Zero is what each of many functions read after it was created; other
	 * values that only evidence speaks for have not been seen to survive a
	 * kexec, and user space may have had a hand in what was read under it.
	 */
	whole = pcsc_line_adopt(&f->line, entry->seal, pcsc_ho_salt(entry),
				f->vf && !(entry->flags & PCSC_HO_USER_FILLED));
	atomic64_add(ktime_get_ns() - start, &pcsc_handed.adopt_ns);
	if (whole)
		atomic_inc(&pcsc_handed.adopted);
	else
		atomic_inc(&pcsc_handed.refused);
	return whole;
}

static bool same_identity(struct pcsc_function *f, struct pci_dev *pdev,
			  const struct pcsc_ho_function *entry,
			  const struct pcsc_layout *layout)
{
	return !(entry->flags & PCSC_HO_VF) && !pdev->is_virtfn &&
	       !pcsc_identity_read(f, pdev, layout) &&
	       !memcmp(f->id, entry->id, sizeof(f->id));
}

/* The map that was: made again, from our own table and profile. */
static bool lend_map(struct pcsc_function *f, struct pci_dev *pdev,
		     const struct pcsc_ho_function *entry,
		     const struct pcsc_layout *layout)
{
	const struct pcsc_map *map = pcsc_map_for(f, pdev, layout);

	if (!map || pcsc_map_hash(map) != entry->map_hash)
		return false;
	pcsc_line_lend(&f->line, map);
	f->walk_status = PCSC_WALK_OK;
	return true;
}

static void identify_vf(struct pcsc_function *vf,
			const struct pcsc_function *pf,
			const struct pcsc_ho_function *entry)
{
	vf->identity = (struct pcsc_identity){
		.vendor = entry->vendor,
		.device = entry->device,
		.subvendor = entry->subvendor,
		.subdevice = entry->subdevice,
		.class_code = entry->class_revision >> 8,
		.revision = entry->class_revision & 0xff,
		.is_vf = true,
		.below_hotplug = pf->identity.below_hotplug,
		.on_root_bus = pf->identity.on_root_bus,
	};
	vf->vf = true;
	vf->phase = PCSC_PHASE_ENUMERATION;
	/* Nobody knows its power state: its first write of D0 is a transition. */
	atomic_set(&vf->open, PCSC_OPEN_POWER);
	WRITE_ONCE(vf->pf, (struct pcsc_function *)pf);
}

/* Maps for the VFs that @pf may bring back: when it does there is no time. */
static void prepare_vfs(struct pcsc_function *pf, struct pci_dev *pdev)
{
	const struct pcsc_layout *layouts =
		pcsc_ho_layouts(copy(), pcsc_region.bytes);
	const struct pcsc_ho_function *entry;
	struct pcsc_function *vf;
	u32 i, ready = 0;

	for (i = 0; i < pcsc_handed.functions; i++) {
		entry = entry_at(i);
		vf = pcsc_pool_at(i);
		if (!(entry->flags & PCSC_HO_VF) || entry->pf != pf->index ||
		    !waiting(vf))
			continue;
		identify_vf(vf, pf, entry);
		if (lend_map(vf, pdev, entry, &layouts[entry->layout]))
			ready++;
		else
			pcsc_handed_refuse(vf);
	}
	WRITE_ONCE(pf->handed_vfs, ready);
}

bool pcsc_handed_adopt(struct pcsc_function *f, struct pci_dev *pdev)
{
	const struct pcsc_ho_function *entry = waiting(f);
	const struct pcsc_layout *layout;

	if (!entry)
		return false;
	layout = &pcsc_ho_layouts(copy(), pcsc_region.bytes)[entry->layout];
	if (!same_identity(f, pdev, entry, layout))
		goto refuse;
	pcsc_identify(f, pdev);
	if (!lend_map(f, pdev, entry, layout))
		goto refuse;
	if (!adopt_line(f, entry)) {
		refuse_vfs(f);
		return false;
	}
	/* Its identity has been seen: nothing is pending. */
	pcsc_line_bypass(&f->line, 0, PCSC_BYPASS_PENDING);
	if (f->line.map->sriov)
		prepare_vfs(f, pdev);
	return true;

refuse:
	pcsc_handed_refuse(f);
	refuse_vfs(f);
	return false;
}

static bool same_vfs(struct pcsc_function *pf, struct pci_bus *bus,
		     const struct pcsc_ho_function *entry)
{
	const u16 sriov = pf->line.map->sriov;
	const u16 rid = PCI_DEVID(pf->bus, pf->devfn);
	u32 numbers, routing;

	if (pcsc_ops_read(bus, pf->devfn, sriov + PCI_SRIOV_NUM_VF, 4,
			  &numbers) ||
	    pcsc_ops_read(bus, pf->devfn, sriov + PCI_SRIOV_VF_OFFSET, 4,
			  &routing))
		return false;
	atomic64_add(2, &pf->background_reads);
	pcsc_count_n(pf->phase, PCSC_N_IDENTITY, 2);
	return (u16)numbers == entry->vf_count &&
	       (u16)(rid + routing) == entry->vf_first &&
	       routing >> 16 == entry->vf_stride;
}

static void adopt_vfs(struct pcsc_function *pf,
		      const struct pcsc_ho_function *of_pf)
{
	const struct pcsc_ho_function *entry;
	struct pcsc_function *vf;
	u32 i;

	for (i = 0; i < pcsc_handed.functions; i++) {
		entry = entry_at(i);
		vf = pcsc_pool_at(i);
		if (READ_ONCE(vf->pf) != pf || !waiting(vf) ||
		    !adopt_line(vf, entry))
			continue;
		pf->vf_map = vf->line.map;
		pcsc_bracket_vf_created(vf);
	}
	WRITE_ONCE(pf->vf_first, of_pf->vf_first);
	WRITE_ONCE(pf->vf_stride, of_pf->vf_stride);
	smp_wmb(); /* as in read_vfs() */
	WRITE_ONCE(pf->vf_count, of_pf->vf_count);
}

bool pcsc_handed_vfs(struct pcsc_function *pf, struct pci_bus *bus)
{
	const struct pcsc_ho_function *entry;

	if (!xchg(&pf->handed_vfs, 0))
		return false;
	entry = entry_at(pf->index);
	if (!same_vfs(pf, bus, entry)) {
		refuse_vfs(pf);
		return false;
	}
	adopt_vfs(pf, entry);
	return true;
}
