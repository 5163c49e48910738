// SPDX-License-Identifier: GPL-2.0-only
/* The helper's own reads. Process context; pcsc_mutex or pcsc_alive held. */
#include <linux/moduleparam.h>
#include <linux/pm_runtime.h>
#include <linux/sched.h>

#include "compat.h"
#include "bracket.h"
#include "fill.h"
#include "find.h"
#include "identity.h"
#include "ops.h"
#include "populate.h"
#include "siblings.h"
#include "state.h"
#include "stats.h"

enum { TEMPLATE, BIND, OFF };

static const char *const moments[] = { "template", "bind", "off", NULL };
static struct pcsc_choice populate = { .words = moments };

bool pcsc_populate_learns(void)
{
	return READ_ONCE(populate.chosen) == TEMPLATE;
}

static int set_populate(const char *text, const struct kernel_param *param)
{
	int ret = pcsc_choice_ops.set(text, param);

	if (!ret)
		WRITE_ONCE(pcsc_siblings_may_answer, pcsc_populate_learns());
	return ret;
}

static int get_populate(char *buffer, const struct kernel_param *param)
{
	return pcsc_choice_ops.get(buffer, param);
}

static const struct kernel_param_ops populate_ops = {
	.set = set_populate,
	.get = get_populate,
};

module_param_cb(populate, &populate_ops, &populate, 0644);
MODULE_PARM_DESC(
	populate,
	"What is read in advance when a user-space driver takes a function: template (default), what it does not have in common with its siblings; bind, all of it; off, nothing");

/* A first read that takes longer was interrupted, or a device was waking up. */
#define LONGEST_FIRST_NS (10 * NSEC_PER_MSEC)

static void time_hardware(u64 ns)
{
	const u64 mean = READ_ONCE(pcsc_times.hardware_ns);

	if (!mean && ns > LONGEST_FIRST_NS)
		return;
	/* So one read that was held up for a second does not make all the others slow. */
	if (mean)
		ns = min(ns, 16 * mean);
	/*
	 * This is a running mean over the last few dozen reads, so an update
	 * that is lost to another CPU does not matter.
	 */
	WRITE_ONCE(pcsc_times.hardware_ns, mean ? (mean * 31 + ns) / 32 : ns);
}

/*
 * Must the kernel's access lock be left to others? A reset for user space only
 * tries to take it, on the function and on the bridge above
 * (pci_dev_trylock()): if we held it VFIO could open nothing, or would leave
 * the last tenant's state in the device. There it is enough that the lock is
 * free when we begin, since state is saved before a reset, which takes longer
 * than a read.
 */
static bool lock_is_others(const struct pcsc_function *f,
			   const struct pci_dev *pdev)
{
	return pdev->hdr_type == PCI_HEADER_TYPE_BRIDGE ||
	       READ_ONCE(f->phase) == PCSC_PHASE_USER;
}

/* False while the kernel keeps others out of the function, so do not read. */
static bool access_begin(struct pci_dev *pdev, bool lock)
{
	if (lock)
		return pci_cfg_access_trylock(pdev);
	/*
	 * Others set this bit under pci_lock; without it we see a moment ago,
	 * which is good enough.
	 */
	return !data_race((bool)pdev->block_cfg_access);
}

int pcsc_background_read(struct pcsc_function *f, struct pci_dev *pdev,
			 u16 where, u8 size, u32 *value,
			 enum pcsc_counter cause)
{
	const bool lock = !lock_is_others(f, pdev);
	int active, ret;
	u64 start;

	/* Switching off waits for these reads, so for one at most. */
	if (pcsc_is_stopped())
		return -ECANCELED;
	/* Never wake a device to read it. -EINVAL: no runtime PM. */
	active = pcsc_pm_get_if_active(&pdev->dev);
	if (!active || (active < 0 && pdev->current_state != PCI_D0))
		return -EAGAIN;
	if (!access_begin(pdev, lock)) {
		if (active > 0)
			pm_runtime_put(&pdev->dev);
		return -EAGAIN;
	}
	start = local_clock();
	ret = pcsc_ops_read(pdev->bus, pdev->devfn, where, size, value);
	time_hardware(pcsc_ns_since(start));
	if (lock)
		pci_cfg_access_unlock(pdev);
	if (active > 0)
		pm_runtime_put(&pdev->dev);
	atomic64_inc(&f->background_reads);
	pcsc_count(READ_ONCE(f->phase), cause);
	if (ret != PCIBIOS_SUCCESSFUL)
		return -EIO;
	pcsc_look_for_absence(f, where, size, *value);
	return 0;
}

static int read_on_bus(const struct pcsc_reader *reader, u16 where, u8 size,
		       u32 *value)
{
	struct pcsc_function *f = reader->function;
	const int ret =
		pcsc_ops_read(reader->bus, f->devfn, where, size, value);

	atomic64_inc(&f->background_reads);
	pcsc_count(READ_ONCE(f->phase), PCSC_N_IDENTITY);
	return ret == PCIBIOS_SUCCESSFUL ? 0 : -EIO;
}

int pcsc_reader_read(const struct pcsc_reader *reader, u16 where, u8 size,
		     u32 *value)
{
	if (!reader->pdev)
		return read_on_bus(reader, where, size, value);
	return pcsc_background_read(reader->function, reader->pdev, where, size,
				    value, PCSC_N_IDENTITY);
}

/*
 * The size of the next run of const bytes that one aligned access can read; 0:
 * none is left.
 */
static u8 next_piece(u8 mask, u8 *at)
{
	for (; *at < 4; (*at)++) {
		if (!(mask >> *at & 1))
			continue;
		if (*at == 0 && mask == 0xf)
			return 4;
		if (!(*at & 1) && (mask >> *at & 3) == 3)
			return 2;
		return 1;
	}
	return 0;
}

/* False if hardware did not answer. */
static bool populate_dword(struct pcsc_function *f, struct pci_dev *pdev,
			   u16 where, u8 mask)
{
	struct pcsc_ticket ticket;
	enum pcsc_answer answer;
	u32 value;
	u8 at = 0;
	u8 size;

	for (; (size = next_piece(mask, &at)); at += size) {
		answer = pcsc_line_lookup(&f->line, where + at, size, &value,
					  &ticket);
		if (answer != PCSC_MISS)
			continue;
		if (pcsc_background_read(f, pdev, where + at, size, &value,
					 PCSC_N_POPULATE))
			return false;
		pcsc_fill(f, &ticket, value);
	}
	return true;
}

u32 pcsc_check_dword(struct pcsc_function *f, struct pci_dev *pdev, u16 where)
{
	const u8 mask = f->line.map->dword[where / 4].mask;
	struct pcsc_ticket ticket;
	u32 cached, value, reads = 0;
	u8 at = 0;
	u8 size;

	for (; (size = next_piece(mask, &at)); at += size) {
		if (pcsc_line_lookup(&f->line, where + at, size, &cached,
				     &ticket) != PCSC_HIT)
			continue;
		reads++;
		if (!pcsc_background_read(f, pdev, where + at, size, &value,
					  PCSC_N_SCRUB))
			pcsc_compare(f, &ticket, where + at, size, cached,
				     value);
	}
	return reads;
}

void pcsc_read_identity(struct pcsc_function *f, struct pci_dev *pdev)
{
	const u16 where = f->vf ? PCI_COMMAND : PCI_VENDOR_ID;
	struct pcsc_ticket ticket;
	u32 value;

	/* So soon after a reset it may not be read, nor is it believed. */
	if (pcsc_bracket_reasons(f) != PCSC_BYPASS_PENDING ||
	    time_before(jiffies, READ_ONCE(f->quiet_until)))
		return;
	pcsc_line_lookup(&f->line, where, 4, &value, &ticket);
	if (!pcsc_background_read(f, pdev, where, 4, &value, PCSC_N_IDENTITY))
		pcsc_identity_seen(f, &ticket, where, 4, value);
}

/* Read what @head proves, though it may be nothing that is kept. */
static void prove(struct pcsc_function *f, struct pci_dev *pdev,
		  const struct pcsc_map_head *head)
{
	struct pcsc_ticket ticket;
	u16 where = head->offset;
	u32 value;
	u8 at = 0;
	u8 size;

	size = next_piece(pcsc_bytes_with(head->mask), &at);
	where += at;
	pcsc_line_lookup(&f->line, where, size, &value, &ticket);
	if (!ticket.map || pcsc_line_proves(&f->line, &ticket, head->guard))
		return;
	/* It may be kept without its proof, if a sweep has lost that. */
	pcsc_line_forget(&f->line, head->offset, 4);
	if (!pcsc_background_read(f, pdev, where, size, &value,
				  PCSC_N_POPULATE))
		pcsc_fill(f, &ticket, value);
}

/*
 * Read in list order: a header counts only after the one before it. @alone:
 * without what shares a dword with it.
 */
static void populate_heads(struct pcsc_function *f, struct pci_dev *pdev,
			   const struct pcsc_map *map, bool alone)
{
	const struct pcsc_map_head *head;
	u8 mask;

	pcsc_read_identity(f, pdev);
	for (head = map->heads; head < map->heads + map->nr_heads; head++) {
		mask = map->dword[head->offset / 4].mask;
		if (alone)
			mask &= pcsc_bytes_with(head->mask);
		populate_dword(f, pdev, head->offset, mask);
		prove(f, pdev, head);
	}
}

/* Read what @donor may have in common with its siblings. */
static bool read_donor(struct pcsc_function *donor, const struct pcsc_map *map)
{
	struct pci_dev *pdev;
	u16 where;
	bool ok = true;

	if (!donor || READ_ONCE(donor->touched) || donor->line.map != map)
		return false;
	pdev = pcsc_device_get(donor);
	if (!pdev)
		return false;
	populate_heads(donor, pdev, map, false);
	for (where = 0; where < map->cfg_size && ok; where += 4) {
		ok = populate_dword(donor, pdev, where,
				    map->dword[where / 4].shared) &&
		     !pcsc_line_bypassed(&donor->line);
		cond_resched();
	}
	pci_dev_put(pdev);
	return ok;
}

/*
 * Read as many VFs as must agree, of which no driver of user space has had one,
 * and let the template learn from them. Once for each template.
 */
static void learn(struct pcsc_template *t, const struct pcsc_map *map)
{
	const u32 generation =
		pcsc_load(&t->cells.state) >> PCSC_STATE_GEN_SHIFT;
	int i, done = 0;
	u16 where;

	mutex_lock(&t->learning);
	if (t->learned == generation)
		goto out;
	for (i = 0; i < PCSC_DONORS && done < PCSC_TEMPLATE_VFS; i++)
		done += read_donor(READ_ONCE(t->donor[i]), map);
	if (done < PCSC_TEMPLATE_VFS)
		goto out;
	for (where = 0; where < map->cfg_size; where += 4)
		if (map->dword[where / 4].shared)
			pcsc_siblings_learn(t, where);
	t->learned = generation;
out:
	mutex_unlock(&t->learning);
}

/*
 * What is left to read of a dword. If siblings answer for the rest, only what
 * evidence alone speaks for: filled later, it might be user space's doing.
 */
static u8 wanted(const struct pcsc_template *t, const struct pcsc_map *map,
		 u16 where)
{
	const struct pcsc_map_entry *entry = &map->dword[where / 4];
	u32 unused;
	u8 known;

	if (!t)
		return entry->mask;
	known = entry->shared & pcsc_template_knows(&t->line, where, &unused);
	return entry->evidence & ~known ? entry->mask : 0;
}

void pcsc_populate(struct pcsc_function *f, struct pci_dev *pdev)
{
	const struct pcsc_map *map = READ_ONCE(f->line.map);
	struct pcsc_template *t;
	u16 where;

	if (READ_ONCE(populate.chosen) == OFF || !map || !map->nr_const)
		return;
	t = pcsc_populate_learns() ? pcsc_siblings_of(f) : NULL;
	if (t && t->line.map == map)
		learn(t, map);
	else
		t = NULL;
	populate_heads(f, pdev, map, t);
	for (where = 0; where < map->cfg_size && !pcsc_line_bypassed(&f->line);
	     where += 4) {
		populate_dword(f, pdev, where, wanted(t, map, where));
		cond_resched();
	}
}
