// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taking lines of the last kernel into use: a function's once it has shown that
 * it is still the same one, a VF's when its PF has put it back where it was.
 */
#include <linux/delay.h>
#include <linux/pci.h>

#include "adopt.h"
#include "bracket.h"
#include "core/caps.h"
#include "evaluate.h"
#include "find.h"
#include "handed.h"
#include "hold.h"
#include "join.h"
#include "limit.h"
#include "ops.h"
#include "stats.h"
#include "work.h"
#include "writing.h"

#define LONGEST_WAIT_VFS 600 /* until PFs bring their VFs back */

/*
 * Forget what may differ when a PF enables its VFs again: MSI-X's offsets,
 * since the PF may give a VF another number of vectors, the serial number, by
 * which a VF can be compared, and how long its structures are.
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
	pcsc_line_unprove_lengths(&vf->line);
}

/*
 * Forget how the PF is divided into VFs, since other firmware may have been
 * activated between the two kernels.
 */
static void forget_partition(struct pcsc_function *pf)
{
	const u16 sriov = pf->line.map->sriov;

	pcsc_line_forget(&pf->line, sriov + PCI_SRIOV_INITIAL_VF, 4);
	pcsc_line_forget(&pf->line, sriov + (PCI_SRIOV_VF_DID & ~3), 4);
}

/* Forget what does not come over a kexec, before anything can be served. */
static void forget_what_stays_behind(struct pcsc_function *f,
				     const struct pcsc_handover_function *entry,
				     struct pcsc_ticket *ticket)
{
	if (READ_ONCE(f->vf)) {
		forget_what_may_differ(f, pcsc_handed_layout(entry));
		return;
	}
	/* Treat a kexec like a reset: the layout must be seen again. */
	pcsc_line_recheck(&f->line, ticket);
	/* The kernel looks here for functions beside it (7.5.1.1.9). */
	pcsc_line_forget(&f->line, PCI_HEADER_TYPE & ~3, 4);
	if (f->line.map->sriov)
		forget_partition(f);
}

bool pcsc_handed_take_line(struct pcsc_function *f,
			   const struct pcsc_handover_function *entry,
			   struct pcsc_ticket *adopted)
{
	const bool vf = READ_ONCE(f->vf);
	enum pcsc_seal seal;

	/*
	 * Zero is what each of many functions read after it was created, so it
	 * is kept. Other values that only evidence speaks for have not been
	 * seen to survive a kexec. Of a line that was filled under user space
	 * no evidence is kept, which may be user space's doing.
	 */
	seal = pcsc_line_look(&f->line, entry->seal, pcsc_handover_salt(entry),
			      vf && !(entry->flags & PCSC_HANDOVER_USER_FILLED),
			      adopted);
	if (seal == PCSC_SEAL_UNSEEN)
		return false;
	if (seal == PCSC_SEAL_WHOLE)
		forget_what_stays_behind(f, entry, adopted);
	if (seal == PCSC_SEAL_WHOLE && pcsc_line_adopt(&f->line, adopted)) {
		atomic_inc(&pcsc_handed.adopted);
		return true;
	}
	atomic_inc(&pcsc_handed.refused);
	return false;
}

static bool same_identity(struct pcsc_function *f, struct pci_dev *pdev,
			  const struct pcsc_handover_function *entry,
			  const struct pcsc_layout *layout)
{
	return !(entry->flags & PCSC_HANDOVER_VF) && !pdev->is_virtfn &&
	       layout->cfg_size == pdev->cfg_size &&
	       layout->header_type == pdev->hdr_type &&
	       !pcsc_identity_read(f, pdev, layout) &&
	       !memcmp(f->id, entry->id, sizeof(f->id));
}

bool pcsc_handed_lend(struct pcsc_function *f,
		      const struct pcsc_handover_function *entry,
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
			const struct pcsc_handover_function *entry)
{
	vf->identity = pcsc_handed_identity(entry);
	vf->identity.below_hotplug = pf->identity.below_hotplug;
	vf->identity.on_root_bus = pf->identity.on_root_bus;
	WRITE_ONCE(vf->vf, true);
	/* It was created anew, but values of its line may be its last owner's doing. */
	WRITE_ONCE(vf->tainted, entry->flags & PCSC_HANDOVER_TAINTED);
	WRITE_ONCE(vf->touched, vf->tainted);
	pcsc_limit_apply(vf);
	WRITE_ONCE(vf->phase, PCSC_PHASE_ENUMERATION);
	/*
	 * Its power state is unknown, so the first write of D0 ends a bracket.
	 */
	atomic_set(&vf->open, PCSC_OPEN_PERHAPS);
	WRITE_ONCE(vf->pf, (struct pcsc_function *)pf);
}

static bool alike(const struct pcsc_function *a, const struct pcsc_function *b)
{
	return pcsc_handed_at(a->index)->layout ==
		       pcsc_handed_at(b->index)->layout &&
	       !memcmp(&a->identity, &b->identity, sizeof(a->identity));
}

struct preparation {
	struct pcsc_function *pf;
	u16 cfg_size;
	bool above_is_known;
	const struct pcsc_function *last;
	const struct pcsc_map *map; /* the last one's */
	u32 ready;
};

static void visit_prepared(struct pcsc_function *vf, void *arg)
{
	const struct pcsc_handover_function *entry = pcsc_handed_at(vf->index);
	const struct pcsc_layout *layout = pcsc_handed_layout(entry);
	struct preparation *p = arg;

	identify_vf(vf, p->pf, entry);
	if (!p->last || !alike(vf, p->last))
		p->map = layout->cfg_size == p->cfg_size ?
				 pcsc_map_of(&vf->identity, p->above_is_known,
					     layout) :
				 NULL;
	p->last = vf;
	if (pcsc_handed_lend(vf, entry, p->map))
		p->ready++;
	else
		pcsc_handed_refuse(vf);
}

void pcsc_handed_prepare_vfs(struct pcsc_function *pf, u16 cfg_size,
			     bool above_is_known)
{
	struct preparation preparation = {
		.pf = pf,
		.cfg_size = cfg_size,
		.above_is_known = above_is_known,
	};

	pcsc_handed_each_vf(pf, visit_prepared, &preparation);
	WRITE_ONCE(pf->handed_vfs, preparation.ready);
}

static bool adopt_function(struct pcsc_function *f, struct pci_dev *pdev,
			   const struct pcsc_handover_function *entry,
			   s64 writes, struct pcsc_ticket *adopted)
{
	const struct pcsc_layout *layout = pcsc_handed_layout(entry);

	if (!same_identity(f, pdev, entry, layout)) {
		pcsc_handed_refuse(f);
		return false;
	}
	pcsc_identify(f, pdev);
	if (!pcsc_handed_lend(f, entry,
			      pcsc_map_of(&f->identity,
					  pcsc_above_is_known(f, pdev),
					  layout))) {
		pcsc_handed_refuse(f);
		return false;
	}
	/* Before events reach its line, since they give up what was prepared. */
	if (f->line.map->sriov)
		pcsc_handed_prepare_vfs(f, pdev->cfg_size,
					pcsc_above_is_known(f, pdev));
	/* From its return on what happens to it is followed, see end_evaluation(). */
	if (!pcsc_line_return(&f->line) || !pcsc_writes_none(f, writes)) {
		pcsc_handed_refuse(f);
		return false;
	}
	return pcsc_handed_take_line(f, entry, adopted);
}

/* A write of another function's that is under way is over soon, so do not give up for it. */
static s64 writes_over(const struct pcsc_function *f)
{
	s64 writes = pcsc_writes_now(f);
	int i;

	for (i = 0; writes < 0 && i < 50; i++) {
		udelay(2);
		writes = pcsc_writes_now(f);
	}
	return writes;
}

bool pcsc_handed_adopt(struct pcsc_function *f, struct pci_dev *pdev)
{
	const struct pcsc_handover_function *entry = pcsc_handed_waiting(f);
	const u64 start = local_clock();
	struct pcsc_ticket adopted;
	s64 writes;

	if (!entry)
		return false;
	writes = writes_over(f);
	if (!adopt_function(f, pdev, entry, writes, &adopted)) {
		pcsc_handed_refuse_vfs(f);
		return false;
	}
	pcsc_join_begun(&(const struct pcsc_reader){ f, pdev }, writes);
	pcsc_hold_join(f);
	/*
	 * The identity has just been seen, so the function is not pending
	 * unless an event came in between.
	 */
	if (!pcsc_line_proved(&f->line, &adopted))
		pcsc_work_later();
	atomic64_add(pcsc_ns_since(start), &pcsc_handed.adopt_ns);
	return true;
}

static bool same_vfs(struct pcsc_function *pf, struct pci_bus *bus, u16 sriov,
		     const struct pcsc_handover_function *entry)
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

static void visit_returned(struct pcsc_function *vf, void *arg)
{
	struct pcsc_function *pf = arg;

	if (READ_ONCE(vf->pf) != pf)
		return;
	/* Something has happened to it, so its seal is broken. */
	if (!pcsc_line_return(&vf->line)) {
		pcsc_handed_refuse(vf);
		return;
	}
	WRITE_ONCE(pf->vf_map, READ_ONCE(vf->line.map));
	pcsc_bracket_vf_created(vf);
}

/* The VFs are back: the first access of each looks at its line's seal. */
static void return_vfs(struct pcsc_function *pf,
		       const struct pcsc_handover_function *of_pf)
{
	const u64 start = local_clock();

	pcsc_handed_each_vf(pf, visit_returned, pf);
	WRITE_ONCE(pf->vf_page_size, of_pf->vf_page_size);
	WRITE_ONCE(pf->vf_first, of_pf->vf_first);
	WRITE_ONCE(pf->vf_stride, of_pf->vf_stride);
	smp_wmb(); /* pairs with pcsc_each_vf(), as in read_vfs() */
	WRITE_ONCE(pf->vf_count, of_pf->vf_count);
	atomic64_add(pcsc_ns_since(start), &pcsc_handed.adopt_ns);
}

bool pcsc_handed_vfs(struct pcsc_function *pf, struct pci_bus *bus)
{
	const struct pcsc_handover_function *entry;
	const struct pcsc_map *map;

	if (!READ_ONCE(pf->handed_vfs))
		return false;
	entry = pcsc_handed_at(pf->index);
	/* An evaluation takes the map away before it gives the new one. */
	map = READ_ONCE(pf->line.map);
	/* VFs are not adopted under a PF that may not be served. */
	if (!map || !map->sriov ||
	    pcsc_line_bypassed(&pf->line) & PCSC_BYPASS_NOT_ITSELF ||
	    pcsc_handed_waited(LONGEST_WAIT_VFS) ||
	    !same_vfs(pf, bus, map->sriov, entry)) {
		pcsc_handed_refuse_vfs(pf);
		return false;
	}
	/* If two writes come at a time only one of them brings the VFs back. */
	if (xchg(&pf->handed_vfs, 0))
		return_vfs(pf, entry);
	return true;
}

void pcsc_handed_accessed(struct pcsc_function *f)
{
	const struct pcsc_handover_function *entry = pcsc_handed_waiting(f);
	struct pcsc_ticket unused;

	if (entry)
		pcsc_handed_take_line(f, entry, &unused);
}
