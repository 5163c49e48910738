// SPDX-License-Identifier: GPL-2.0-only
/* A PF's VFs: finding them, giving them lines and maps. Under pcsc_mutex. */
#include <linux/lockdep.h>
#include <linux/pci.h>

#include "evaluate.h"
#include "find.h"
#include "follow.h"
#include "handed.h"
#include "limit.h"
#include "populate.h"
#include "siblings.h"
#include "state.h"
#include "verify.h"
#include "vfs.h"
#include "writing.h"

static int read_vfs(struct pcsc_function *pf, struct pci_dev *pdev)
{
	const struct pcsc_map *map = pf->line.map;
	u32 numbers, routing, page_size;
	u16 rid = PCI_DEVID(pf->bus, pf->devfn);

	if (!map || !map->sriov ||
	    pcsc_background_read(pf, pdev, map->sriov + PCI_SRIOV_NUM_VF, 4,
				 &numbers, PCSC_N_IDENTITY) ||
	    pcsc_background_read(pf, pdev, map->sriov + PCI_SRIOV_VF_OFFSET, 4,
				 &routing, PCSC_N_IDENTITY) ||
	    pcsc_background_read(pf, pdev, map->sriov + PCI_SRIOV_SYS_PGSIZE, 4,
				 &page_size, PCSC_N_IDENTITY) ||
	    PCI_POSSIBLE_ERROR(numbers) || PCI_POSSIBLE_ERROR(routing))
		return -ENODEV;
	/* A reset of the PF meanwhile must find its VFs. */
	if (pf->vf_page_size == page_size &&
	    pf->vf_first == (u16)(rid + routing) &&
	    pf->vf_stride == routing >> 16 && pf->vf_count == (u16)numbers)
		return 0;
	WRITE_ONCE(pf->vf_page_size, page_size);
	WRITE_ONCE(pf->vf_count, 0);
	WRITE_ONCE(pf->vf_first, rid + (routing & 0xffff));
	WRITE_ONCE(pf->vf_stride, routing >> 16);
	smp_wmb(); /* pairs with pcsc_each_vf(), which reads the count first */
	WRITE_ONCE(pf->vf_count, numbers & 0xffff);
	return 0;
}

/*
 * The line of @pf's VF at @rid. NULL: @rid is another function's, or
 * impossible.
 */
static struct pcsc_function *claim_vf(struct pcsc_function *pf,
				      struct pci_dev *pdev, unsigned int rid)
{
	struct pcsc_function *f;

	if (rid >> 8 > pdev->bus->busn_res.end || rid > 0xffff ||
	    rid <= PCI_DEVID(pf->bus, pf->devfn))
		return NULL;
	f = pcsc_claim(pf->domain, rid >> 8, rid & 0xff);
	if (!f || (f->pf != pf && f->line.map &&
		   !(pcsc_line_bypassed(&f->line) & PCSC_BYPASS_GONE)))
		return NULL;
	WRITE_ONCE(f->pf, pf);
	WRITE_ONCE(f->vf, true);
	if (READ_ONCE(f->phase) == PCSC_PHASE_UNKNOWN)
		WRITE_ONCE(f->phase, PCSC_PHASE_ENUMERATION);
	return f;
}

/*
 * A VF that was not walked borrows the map of one that was: its guards keep it
 * from being served beyond what its own headers have shown.
 */
static void lend_map(struct pcsc_function *pf, const struct pcsc_function *vf,
		     struct pcsc_function *f)
{
	const struct pcsc_map *map = READ_ONCE(pf->vf_map);
	s64 writes;

	if (!f || f == vf ||
	    (f->line.map == map &&
	     !(pcsc_line_bypassed(&f->line) & PCSC_BYPASS_GONE)))
		return;
	writes = pcsc_writes_now(f);
	pcsc_handed_refuse(f);
	f->identity = vf->identity;
	pcsc_limit_apply(f);
	WRITE_ONCE(f->walk_status, PCSC_WALK_OK);
	/*
	 * Its power state is unknown, so the first write of D0 ends a bracket.
	 */
	atomic_set(&f->open, PCSC_OPEN_PERHAPS);
	if (READ_ONCE(pf->vfs) != PCSC_VFS_CREATED)
		WRITE_ONCE(f->touched, true);
	pcsc_line_assign(&f->line, map);
	pcsc_line_bypass(&f->line,
			 PCSC_BYPASS_EVALUATING | PCSC_BYPASS_PENDING |
				 pcsc_quarantine_of(f),
			 PCSC_BYPASS_GONE | PCSC_BYPASS_LAYOUT |
				 PCSC_BYPASS_MOVED | PCSC_BYPASS_QUARANTINE |
				 PCSC_BYPASS_POWER);
	/* As in end_evaluation(): what was written before was not followed. */
	if (pcsc_writes_none(f, writes))
		pcsc_line_bypass(&f->line, 0, PCSC_BYPASS_EVALUATING);
	else
		pcsc_follow_again(f);
}

/*
 * Claim lines for all VFs that @pf could enable, where it would put them as it
 * is set now, so that their accesses are counted from the first one on.
 */
void pcsc_claim_vfs(struct pcsc_function *pf, struct pci_dev *pdev)
{
	unsigned int total = pci_sriov_get_totalvfs(pdev);
	unsigned int rid;

	lockdep_assert_held(&pcsc_mutex);
	if (!total || read_vfs(pf, pdev) || !pf->vf_stride)
		return;
	for (rid = pf->vf_first; total--; rid += pf->vf_stride)
		if (!claim_vf(pf, pdev, rid))
			return;
}

/*
 * @vf is the first of @pf's VFs that is seen: walk it, and lend its map to all
 * that were enabled with it.
 */
void pcsc_evaluate_vfs(struct pcsc_function *pf, struct pci_dev *vf)
{
	struct pci_dev *pdev = pci_physfn(vf);
	struct pcsc_function *f;
	unsigned int i, rid;

	lockdep_assert_held(&pcsc_mutex);
	/* Find out which VFs the PF's resets concern before serving any. */
	if (read_vfs(pf, pdev))
		return;
	f = claim_vf(pf, pdev, PCI_DEVID(vf->bus->number, vf->devfn));
	if (!f)
		return;
	pcsc_handed_refuse(f);
	if (READ_ONCE(pf->vfs) != PCSC_VFS_CREATED)
		WRITE_ONCE(f->touched, true);
	pcsc_evaluate(f, vf);
	if (f->walk_status != PCSC_WALK_OK)
		return;
	WRITE_ONCE(pf->vf_map, f->line.map);
	for (i = 0, rid = pf->vf_first; i < pf->vf_count; i++) {
		lend_map(pf, f, claim_vf(pf, pdev, rid));
		rid += pf->vf_stride;
	}
	if (f->line.map->nr_shared && pcsc_populate_learns())
		pcsc_siblings_open(pf, f->line.map);
}
