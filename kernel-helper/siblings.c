// SPDX-License-Identifier: GPL-2.0-only
/* What the VFs of a PF have in common. */
#include <linux/lockdep.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "find.h"
#include "hold.h"
#include "siblings.h"
#include "state.h"
#include "stats.h"

bool pcsc_siblings_may_answer = true;

/* A template that was dropped is pending until it is opened again. */
#define DROPPED PCSC_BYPASS_PENDING

/*
 * Every event that concerns the PF moves its line on, and a template is of one
 * generation of it.
 */
static bool is_alive(const struct pcsc_function *pf,
		     const struct pcsc_template *t)
{
	return pcsc_load_acquire(&pf->line.cells->state) ==
	       READ_ONCE(t->pf_state);
}

static struct pcsc_template *template_of(const struct pcsc_function *pf)
{
	return smp_load_acquire(&pf->template); /* filled in by make() */
}

struct pcsc_template *pcsc_siblings_of(const struct pcsc_function *vf)
{
	const struct pcsc_function *pf =
		READ_ONCE(vf->vf) ? READ_ONCE(vf->pf) : NULL;
	struct pcsc_template *t = pf ? template_of(pf) : NULL;

	return t && READ_ONCE(pcsc_siblings_may_answer) && is_alive(pf, t) &&
			       !pcsc_line_bypassed(&t->line) ?
		       t :
		       NULL;
}

void pcsc_siblings_drop(struct pcsc_function *pf)
{
	struct pcsc_template *t = template_of(pf);

	if (!t)
		return;
	if (!pcsc_line_bypassed(&t->line))
		pcsc_count(READ_ONCE(pf->phase), PCSC_N_DROPPED);
	pcsc_line_lose(&t->line, DROPPED);
}

/* VF Enable, NumVFs, ARI hierarchy, page size: all that makes VFs anew. */
void pcsc_siblings_written(struct pcsc_function *pf, u16 where, u8 size)
{
	const struct pcsc_map *map = READ_ONCE(pf->line.map);

	if (map && map->sriov && where < map->sriov + PCI_SRIOV_BAR &&
	    where + size > map->sriov + PCI_SRIOV_CTRL)
		pcsc_siblings_drop(pf);
}

static bool may_donate(const struct pcsc_function *vf,
		       const struct pcsc_template *t)
{
	return !READ_ONCE(vf->touched) &&
	       READ_ONCE(vf->line.map) == READ_ONCE(t->line.map);
}

static void add_donor(struct pcsc_function *vf, void *arg)
{
	struct pcsc_template *t = arg;
	int i;

	for (i = 0; i < PCSC_DONORS && may_donate(vf, t); i++)
		if (!t->donor[i]) {
			WRITE_ONCE(t->donor[i], vf);
			return;
		}
}

static struct pcsc_template *make(struct pcsc_function *pf)
{
	struct pcsc_template *t = kvzalloc(sizeof(*t), GFP_KERNEL);

	if (!t)
		return NULL;
	mutex_init(&t->learning);
	pcsc_line_init(&t->line, &t->cells);
	pcsc_line_bypass(&t->line, DROPPED, PCSC_BYPASS_GONE);
	/* Readers that find the template must find it filled in. */
	smp_store_release(&pf->template, t);
	return t;
}

void pcsc_siblings_open(struct pcsc_function *pf, const struct pcsc_map *map)
{
	struct pcsc_template *t = template_of(pf) ?: make(pf);
	struct pcsc_ticket opened;
	u32 unused;
	int i;

	lockdep_assert_held(&pcsc_mutex);
	if (!t)
		return;
	pcsc_line_bypass(&t->line, DROPPED, 0);
	for (i = 0; i < PCSC_DONORS; i++)
		WRITE_ONCE(t->donor[i], NULL);
	pcsc_line_assign(&t->line, map);
	pcsc_line_lookup(&t->line, 0, 4, &unused, &opened);
	WRITE_ONCE(t->pf_state, pcsc_load_acquire(&pf->line.cells->state));
	pcsc_each_vf(pf, add_donor, t);
	/* Once for all VFs that were created: what they have shown is of it. */
	WRITE_ONCE(pf->vfs, PCSC_VFS_UNKNOWN);
	/*
	 * A PF that is bypassed has no generation that could last, and user space
	 * that has a PF has its VFs.
	 */
	if (!pcsc_line_bypassed(&pf->line) &&
	    READ_ONCE(pf->phase) != PCSC_PHASE_USER)
		pcsc_line_proved(&t->line, &opened);
}

/*
 * Values in a donor's line are hardware's, from before user space had it: who
 * takes it away is marked before its driver begins.
 */
static bool donors_are_untouched(struct pcsc_function *const *donors)
{
	int i;

	smp_rmb(); /* the donors' values were read before */
	for (i = 0; i < PCSC_DONORS; i++)
		if (donors[i] && READ_ONCE(donors[i]->touched))
			return false;
	return true;
}

/* Four pointers that may be replaced one by one: is each VF there once? */
static bool each_once(struct pcsc_function *const *donors)
{
	int i, j;

	for (i = 0; i < PCSC_DONORS; i++)
		for (j = 0; j < i; j++)
			if (donors[i] && donors[i] == donors[j])
				return false;
	return true;
}

void pcsc_siblings_learn(struct pcsc_template *t, u16 where)
{
	const struct pcsc_line *lines[PCSC_DONORS] = {};
	struct pcsc_function *donors[PCSC_DONORS];
	struct pcsc_ticket ticket;
	u32 unused, dword;
	u8 agreed;
	int i;

	/* Ask for the ticket first: a drop from here on makes it worthless. */
	pcsc_line_lookup(&t->line, where, 4, &unused, &ticket);
	for (i = 0; i < PCSC_DONORS; i++) {
		donors[i] = READ_ONCE(t->donor[i]);
		if (donors[i] && READ_ONCE(donors[i]->touched))
			donors[i] = NULL;
		lines[i] = donors[i] ? &donors[i]->line : NULL;
	}
	if (!ticket.map || !each_once(donors))
		return;
	agreed = pcsc_template_agreed(lines, PCSC_DONORS, ticket.map, where,
				      &dword);
	if (agreed && donors_are_untouched(donors))
		pcsc_line_put(&t->line, &ticket, agreed, dword);
}

enum pcsc_shared pcsc_siblings_ask(const struct pcsc_function *vf,
				   const struct pcsc_ticket *ticket, u32 *value)
{
	struct pcsc_template *t = pcsc_siblings_of(vf);
	enum pcsc_shared answer;

	if (!t || !ticket->map || !ticket->map->dword[ticket->where / 4].shared)
		return PCSC_SHARED_NONE;
	answer = pcsc_template_answer(&t->line, &vf->line, ticket, value);
	if (answer != PCSC_SHARED_NONE)
		return answer;
	pcsc_siblings_learn(t, ticket->where & ~3);
	return pcsc_template_answer(&t->line, &vf->line, ticket, value);
}

/* The bytes of the dword that siblings answer @vf, and their values. */
static u8 known_to(const struct pcsc_function *vf, u16 where, u32 *value)
{
	struct pcsc_template *t = pcsc_siblings_of(vf);

	if (!t || READ_ONCE(t->line.map) != READ_ONCE(vf->line.map))
		return 0;
	/* If it can be learned it is, so that the write is compared with it. */
	pcsc_siblings_learn(t, where);
	return pcsc_template_knows(&t->line, where, value);
}

unsigned int pcsc_siblings_wrote(struct pcsc_function *vf, u16 where, u8 size,
				 u32 value)
{
	const struct pcsc_map *map = READ_ONCE(vf->line.map);
	const u16 dword = where & ~3;
	u8 bytes = ((1 << size) - 1) << (where & 3);
	u32 known = 0;

	if (!map || where >= map->cfg_size)
		return 0;
	/* What the line itself has, pcsc_line_write() has looked at. */
	bytes &= map->dword[where / 4].shared &
		 ~pcsc_line_has(&vf->line, dword, &known);
	if (!bytes)
		return 0;
	if (!(bytes & ~known_to(vf, dword, &known)) &&
	    !((known ^ value << (8 * (where & 3))) & pcsc_bits_of(bytes)))
		return 0;
	return pcsc_line_demote(&vf->line, where, size);
}

void pcsc_siblings_destroy(void)
{
	u32 i;

	for (i = 0; i < pcsc_pool_used(); i++) {
		kvfree(pcsc_pool_at(i)->template);
		pcsc_pool_at(i)->template = NULL;
	}
}
