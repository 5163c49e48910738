// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the last kernel. What it left is checked and disarmed before anything
 * of it is used; a function's line is used once the function has shown that it
 * is the same one still, a VF's when its PF has put it back where it was.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/vmalloc.h>

#include <asm/cpufeature.h>
#include <asm/tsc.h>

#include "adopt.h"
#include "bracket.h"
#include "core/caps.h"
#include "evaluate.h"
#include "find.h"
#include "limits.h"
#include "ops.h"
#include "region.h"
#include "stats.h"
#include "verify.h"
#include "work.h"

struct pcsc_handed pcsc_handed;

static unsigned long taken; /* jiffies */

/* How long ago the last kernel may have ended when this one began. */
#define LONGEST_GAP_MS 20000
#define GAP_SLACK_MS 1000
#define LATEST_TAKE_MS 60000 /* a helper loaded later cannot tell */
#define LONGEST_WAIT 60 /* seconds from taking to using it */
#define LONGEST_WAIT_VFS 600 /* until PFs bring their VFs back */

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
	u64 since_ms, longest_ms;

	if (boot_ms > LATEST_TAKE_MS)
		return "the helper was loaded too late: it belongs into the initramfs";
	if (!tsc_khz || now <= left)
		return "the processor's clock has started again since: no kexec";
	since_ms = div_u64(now - left, tsc_khz);
	if (since_ms < boot_ms)
		return "it was left after this kernel had started";
	pcsc_handed.gap_ms = min_t(u64, since_ms - boot_ms, U32_MAX);
	/* A guest does not have its processor to itself, least while it unpacks. */
	longest_ms =
		boot_cpu_has(X86_FEATURE_HYPERVISOR) ? 2 * boot_ms : boot_ms;
	if (pcsc_handed.gap_ms >
	    min_t(u64, longest_ms, LONGEST_GAP_MS) + GAP_SLACK_MS)
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

/* Copy the region, and check what everything else in it hangs on. */
static const char *take_header(void)
{
	const u64 bytes = pcsc_ho_places(pcsc_region.bytes).cells;

	pcsc_handed.copy = vmalloc(bytes);
	if (!pcsc_handed.copy)
		return "out of memory";
	memcpy(pcsc_handed.copy, pcsc_region.memory, bytes);
	return pcsc_ho_check_header(copy(), pcsc_region.bytes);
}

/* Restrictions do not age as lines do, so the gap does not matter. */
static const char *take_restrictions(void)
{
	const struct pcsc_ho_restrictions *r =
		pcsc_ho_restrictions(copy(), pcsc_region.bytes);
	const char *reason = pcsc_ho_check_restrictions(copy());

	if (reason)
		return reason;
	pcsc_suspects_take(r);
	pcsc_limits_take(r);
	pr_info("handover: %u suspects, %u quarantined functions, %u limits\n",
		r->nr_suspects, r->nr_quarantined, r->nr_limits);
	return r->incomplete ? "the last kernel did not have them all" : NULL;
}

static const char *take_lines(void)
{
	const char *reason = pcsc_ho_check_lines(copy());

	if (!reason && !copy()->nr_functions)
		reason =
			"the last kernel's mode was off, or its region too small";
	if (!reason)
		reason = check_gap(copy()->left);
	if (!reason)
		reason = check_addresses();
	return reason;
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
	else if (armed == PCSC_HO_UNSEALED)
		reason =
			"the last kernel could not seal it: its helper was busy";
	if (!reason)
		return take();
	pcsc_handed.lost = reason;
	return reason;
}

void pcsc_handed_take(bool kexec)
{
	const struct pcsc_ho_header *header = pcsc_region.memory;
	const u32 armed = READ_ONCE(header->magic) == PCSC_HO_MAGIC ?
				  READ_ONCE(header->armed) :
				  0;
	const u64 start = ktime_get_ns();
	const char *reason;

	if (armed != PCSC_HO_ARMED && armed != PCSC_HO_UNSEALED) {
		pcsc_handed.reason = "no kexec has handed anything over";
		return;
	}
	/* First of all: whatever becomes of it, nobody shall take it twice. */
	pcsc_handover_disarm();
	reason = look(kexec, armed);
	if (pcsc_handed.lost)
		pr_warn("handover: suspects, quarantine and limits of the last kernel are lost: %s\n",
			pcsc_handed.lost);
	if (reason) {
		pcsc_handed_drop(reason);
		pcsc_handed.reason = reason;
		pr_warn("handover refused: %s\n", reason);
		return;
	}
	pcsc_handed.functions = copy()->nr_functions;
	pcsc_handed.index_ns = ktime_get_ns() - start;
	taken = jiffies;
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
	WRITE_ONCE(pcsc_handed.with_line, 0);
	pcsc_handed.reason = reason;
}

static bool waited(unsigned int seconds)
{
	return time_after(jiffies, taken + seconds * HZ);
}

void pcsc_handed_check(u32 functions)
{
	if (waited(LONGEST_WAIT))
		pcsc_handed_drop("the mode stayed off for too long");
	if (pcsc_handed.functions > functions)
		pcsc_handed_drop(
			"the last kernel had more functions than this one can have");
}

int pcsc_handed_claim(void)
{
	const u64 start = ktime_get_ns();
	const struct pcsc_ho_function *entry;
	struct pcsc_function *f;
	u32 i;

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
	WRITE_ONCE(pcsc_handed.index_ns,
		   pcsc_handed.index_ns + ktime_get_ns() - start);
	return 0;
}

void pcsc_handed_refuse(struct pcsc_function *f)
{
	if (!(pcsc_line_bypassed(&f->line) & PCSC_BYPASS_HANDED))
		return;
	pcsc_line_refuse(&f->line);
	atomic_inc(&pcsc_handed.refused);
}

void pcsc_handed_refuse_vfs(struct pcsc_function *pf)
{
	u32 i;

	if (!xchg(&pf->handed_vfs, 0) && pf->line.map)
		return;
	for (i = 0; i < pcsc_handed.functions; i++)
		if (entry_at(i)->flags & PCSC_HO_VF &&
		    entry_at(i)->pf == pf->index)
			pcsc_handed_refuse(pcsc_pool_at(i));
}

void pcsc_handed_refuse_absent(void)
{
	struct pcsc_function *f;
	u32 i;

	for (i = 0; i < pcsc_handed.functions; i++) {
		f = pcsc_pool_at(i);
		if (!f->vf || !f->pf || !READ_ONCE(f->pf->handed_vfs))
			pcsc_handed_refuse(f);
	}
}

/*
 * What differs from one SR-IOV generation to the next: how many vectors the PF
 * gave to a VF; and a serial number is for comparing.
 */
static void forget_what_may_differ(struct pcsc_function *vf,
				   const struct pcsc_layout *layout)
{
	const struct pcsc_cap *cap;

	cap = pcsc_layout_find(layout, false, PCSC_CAP_MSIX);
	if (cap)
		pcsc_line_forget(&vf->line, cap->offset + PCI_MSIX_TABLE, 8);
	cap = pcsc_layout_find(layout, true, PCSC_ECAP_DSN);
	if (cap)
		pcsc_line_forget(&vf->line, cap->offset + 4, 8);
}

/* Firmware that was activated between two kernels may have cut it up otherwise. */
static void forget_partition(struct pcsc_function *pf)
{
	const u16 sriov = pf->line.map->sriov;

	pcsc_line_forget(&pf->line, sriov + PCI_SRIOV_INITIAL_VF, 4);
	pcsc_line_forget(&pf->line, sriov + (PCI_SRIOV_VF_DID & ~3), 4);
}

/* Into use, if the seal is whole. */
static bool adopt_line(struct pcsc_function *f,
		       const struct pcsc_ho_function *entry,
		       struct pcsc_ticket *adopted)
{
	bool whole;

	/*
	 * Zero is what each of many functions read after it was created; other
	 * values that only evidence speaks for have not been seen to survive a
	 * kexec, and user space may have had a hand in what was read under it.
	 */
	whole = pcsc_line_adopt(&f->line, entry->seal, pcsc_ho_salt(entry),
				READ_ONCE(f->vf) &&
					!(entry->flags & PCSC_HO_USER_FILLED),
				adopted);
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
	       layout->cfg_size == pdev->cfg_size &&
	       layout->header_type == pdev->hdr_type &&
	       !pcsc_identity_read(f, pdev, layout) &&
	       !memcmp(f->id, entry->id, sizeof(f->id));
}

/* Lend the map that was: @map is made anew, of our own table and profile. */
static bool lend_map(struct pcsc_function *f,
		     const struct pcsc_ho_function *entry,
		     const struct pcsc_map *map)
{
	if (!map || pcsc_map_hash_of(map) != entry->map_hash)
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
	WRITE_ONCE(vf->vf, true);
	pcsc_limit_apply(vf);
	WRITE_ONCE(vf->phase, PCSC_PHASE_ENUMERATION);
	/* Nobody knows its power state: its first write of D0 is a transition. */
	atomic_set(&vf->open, PCSC_OPEN_PERHAPS);
	WRITE_ONCE(vf->pf, (struct pcsc_function *)pf);
}

static const struct pcsc_layout *layout_of(const struct pcsc_ho_function *entry)
{
	return &pcsc_ho_layouts(copy(), pcsc_region.bytes)[entry->layout];
}

static bool alike(const struct pcsc_function *a, const struct pcsc_function *b)
{
	return entry_at(a->index)->layout == entry_at(b->index)->layout &&
	       !memcmp(&a->identity, &b->identity, sizeof(a->identity));
}

/* Maps for the VFs that @pf may bring back: when it does there is no time. */
static void prepare_vfs(struct pcsc_function *pf, struct pci_dev *pdev)
{
	const struct pcsc_function *last = NULL;
	const struct pcsc_map *map = NULL;
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
		if (!last || !alike(vf, last))
			map = layout_of(entry)->cfg_size == pdev->cfg_size ?
				      pcsc_map_for(vf, pdev, layout_of(entry)) :
				      NULL;
		last = vf;
		if (lend_map(vf, entry, map))
			ready++;
		else
			pcsc_handed_refuse(vf);
	}
	WRITE_ONCE(pf->handed_vfs, ready);
}

static bool adopt_function(struct pcsc_function *f, struct pci_dev *pdev,
			   const struct pcsc_ho_function *entry,
			   struct pcsc_ticket *adopted)
{
	const struct pcsc_layout *layout = layout_of(entry);

	if (!same_identity(f, pdev, entry, layout)) {
		pcsc_handed_refuse(f);
		return false;
	}
	pcsc_identify(f, pdev);
	if (!lend_map(f, entry, pcsc_map_for(f, pdev, layout))) {
		pcsc_handed_refuse(f);
		return false;
	}
	return adopt_line(f, entry, adopted);
}

bool pcsc_handed_adopt(struct pcsc_function *f, struct pci_dev *pdev)
{
	const struct pcsc_ho_function *entry = waiting(f);
	const u64 start = ktime_get_ns();
	struct pcsc_ticket adopted;

	if (!entry)
		return false;
	if (!adopt_function(f, pdev, entry, &adopted)) {
		pcsc_handed_refuse_vfs(f);
		return false;
	}
	/* Between two kernels is as much as any reset: who says it is so laid out? */
	pcsc_line_recheck(&f->line, &adopted);
	if (f->line.map->sriov)
		forget_partition(f);
	pcsc_join_begun(f, pdev);
	pcsc_bracket_join(f);
	/* Its identity has just been seen, unless something came between. */
	if (!pcsc_line_proved(&f->line, &adopted))
		pcsc_work_later();
	if (f->line.map->sriov)
		prepare_vfs(f, pdev);
	atomic64_add(ktime_get_ns() - start, &pcsc_handed.adopt_ns);
	return true;
}

static bool same_vfs(struct pcsc_function *pf, struct pci_bus *bus, u16 sriov,
		     const struct pcsc_ho_function *entry)
{
	const u16 rid = PCI_DEVID(pf->bus, pf->devfn);
	u32 numbers, routing, page_size;

	if (pcsc_ops_read(bus, pf->devfn, sriov + PCI_SRIOV_NUM_VF, 4,
			  &numbers) ||
	    pcsc_ops_read(bus, pf->devfn, sriov + PCI_SRIOV_VF_OFFSET, 4,
			  &routing) ||
	    pcsc_ops_read(bus, pf->devfn, sriov + PCI_SRIOV_SYS_PGSIZE, 4,
			  &page_size))
		return false;
	atomic64_add(3, &pf->background_reads);
	pcsc_count_n(READ_ONCE(pf->phase), PCSC_N_IDENTITY, 3);
	return page_size == entry->vf_page_size &&
	       (u16)numbers == entry->vf_count &&
	       (u16)(rid + routing) == entry->vf_first &&
	       routing >> 16 == entry->vf_stride;
}

static void adopt_vfs(struct pcsc_function *pf,
		      const struct pcsc_ho_function *of_pf)
{
	const u64 start = ktime_get_mono_fast_ns(); /* any context */
	const struct pcsc_ho_function *entry;
	struct pcsc_ticket unused;
	struct pcsc_function *vf;
	u32 i;

	for (i = 0; i < pcsc_handed.functions; i++) {
		entry = entry_at(i);
		vf = pcsc_pool_at(i);
		if (READ_ONCE(vf->pf) != pf || !waiting(vf) ||
		    !adopt_line(vf, entry, &unused))
			continue;
		forget_what_may_differ(vf, layout_of(entry));
		WRITE_ONCE(pf->vf_map, READ_ONCE(vf->line.map));
		pcsc_bracket_vf_created(vf);
	}
	WRITE_ONCE(pf->vf_page_size, of_pf->vf_page_size);
	WRITE_ONCE(pf->vf_first, of_pf->vf_first);
	WRITE_ONCE(pf->vf_stride, of_pf->vf_stride);
	smp_wmb(); /* as in read_vfs() */
	WRITE_ONCE(pf->vf_count, of_pf->vf_count);
	atomic64_add(ktime_get_mono_fast_ns() - start, &pcsc_handed.adopt_ns);
}

/* A PF that may not be served itself brings nobody back. */
#define NOT_ITSELF                                                         \
	(PCSC_BYPASS_LAYOUT | PCSC_BYPASS_MOVED | PCSC_BYPASS_QUARANTINE | \
	 PCSC_BYPASS_GONE | PCSC_BYPASS_EVALUATING | PCSC_BYPASS_HANDED)

bool pcsc_handed_vfs(struct pcsc_function *pf, struct pci_bus *bus)
{
	const struct pcsc_ho_function *entry;

	if (!READ_ONCE(pf->handed_vfs))
		return false;
	entry = entry_at(pf->index);
	if (pcsc_line_bypassed(&pf->line) & NOT_ITSELF ||
	    waited(LONGEST_WAIT_VFS) ||
	    !same_vfs(pf, bus, READ_ONCE(pf->line.map)->sriov, entry)) {
		pcsc_handed_refuse_vfs(pf);
		return false;
	}
	/* Two writes at a time: one of them brings the VFs back. */
	if (xchg(&pf->handed_vfs, 0))
		adopt_vfs(pf, entry);
	return true;
}
