// SPDX-License-Identifier: GPL-2.0-only
/* What a recording says of its functions, as maps and lines. */
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "core/caps.h"
#include "identity.h"
#include "paper_function.h"

/* Registers of the SR-IOV capability (9.3.3). */
#define SRIOV_NUM_VFS 0x10
#define SRIOV_OFFSET 0x14
#define SRIOV_STRIDE 0x16

static u16 word_of(const struct pcsc_values *v, u16 at)
{
	return v->value[at] | v->value[at + 1] << 8;
}

u32 paper_dword(const struct pcsc_values *v, u16 at)
{
	return word_of(v, at) | (u32)word_of(v, at + 2) << 16;
}

bool paper_is_known(const struct pcsc_values *v, u16 at, unsigned int size)
{
	while (size--)
		if (!(v->flags[at + size] & PCSC_VALUES_KNOWN))
			return false;
	return true;
}

/* Equal maps are one, as in the helper, so that siblings are under the same. */
static const struct pcsc_map *share_map(struct paper *paper,
					const struct pcsc_map *map)
{
	struct pcsc_map **slot;

	for (size_t i = 0; i < paper->nr_maps; i++)
		if (!memcmp(paper->maps[i], map, sizeof(*map)))
			return paper->maps[i];
	slot = reallocarray(paper->maps, paper->nr_maps + 1, sizeof(*slot));
	if (!slot)
		return NULL;
	paper->maps = slot;
	slot[paper->nr_maps] = malloc(sizeof(*map));
	if (!slot[paper->nr_maps])
		return NULL;
	memcpy(slot[paper->nr_maps], map, sizeof(*map));
	return slot[paper->nr_maps++];
}

static void know_sriov(struct paper_function *f, const struct pcsc_values *v)
{
	const u16 at = f->map->sriov;

	if (!at)
		return;
	f->vf_first = word_of(v, at + SRIOV_OFFSET);
	f->vf_stride = word_of(v, at + SRIOV_STRIDE);
}

static void know_buses(struct paper_function *f, const struct pcsc_values *v)
{
	if (f->map->header_type != 1)
		return;
	f->secondary = v->value[0x19];
	f->subordinate = v->value[0x1a];
}

/* Map and line of a function; without a map if its lists were not read whole. */
static int set_up(struct paper *paper, struct paper_function *f,
		  struct pcsc_values *v, const void *profile)
{
	const struct pcsc_identity identity = identity_of(f->rec);
	_cleanup_free_ struct pcsc_map *map = malloc(sizeof(*map));
	struct pcsc_layout layout;

	if (!map)
		return -1;
	pcsc_line_init(&f->line, &f->cells);
	pcsc_line_init(&f->template, &f->template_cells); /* gone */
	f->taught = true;
	pcsc_values_walk(v, f->rec->cfg_size ?: PCSC_CFG_SIZE_EXT, &layout);
	if (!(f->rec->flags & PCSC_REC_FN_IDS) ||
	    pcsc_map_make(map, profile, &identity, &layout))
		return 0;
	f->map = share_map(paper, map);
	if (!f->map)
		return -1;
	f->ids = paper_dword(v, 0);
	know_sriov(f, v);
	know_buses(f, v);
	if (identity.is_vf) {
		f->values = malloc(sizeof(*f->values));
		if (!f->values)
			return -1;
		*f->values = *v;
	}
	return 0;
}

struct paper_function *paper_find(struct paper *paper, u32 domain,
				  unsigned int rid)
{
	u32 low = 0, high = paper->rec->header.nr_functions;

	while (low < high) {
		const u32 middle = low + (high - low) / 2;
		const struct pcsc_rec_function *f = paper->fn[middle].rec;

		if (f->domain == domain && paper_rid(f) == rid)
			return &paper->fn[middle];
		if (f->domain < domain ||
		    (f->domain == domain && paper_rid(f) < rid))
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* The VFs of a PF are those at its offsets that sysfs called VFs. */
static void adopt_vfs(struct paper *paper, struct paper_function *pf)
{
	const u32 index = pf - paper->fn;
	unsigned int rid = paper_rid(pf->rec) + pf->vf_first;
	struct paper_function *vf;

	for (pf->vf_count = 0; pf->vf_first && rid < 0x10000;
	     rid += pf->vf_stride ?: 1) {
		vf = paper_find(paper, pf->rec->domain, rid);
		if (!vf || !(vf->rec->flags & PCSC_REC_FN_VF) || vf->pf != NONE)
			break;
		vf->pf = index;
		pf->vf_count++;
	}
}

/* ---- all functions ---- */

/* Functions that are there at the start have been walked, so their layout is proved. */
static void begin(struct paper_function *f)
{
	struct pcsc_ticket ticket;
	u32 unused;

	if (!f->map)
		return;
	pcsc_line_bypass(&f->line, 0, PCSC_BYPASS_GONE);
	pcsc_line_assign(&f->line, f->map);
	pcsc_line_lookup(&f->line, 0, 4, &unused, &ticket);
	if (!(f->rec->flags & PCSC_REC_FN_VF))
		pcsc_line_trust_layout(&f->line, &ticket);
}

/* Registers are sorted by function. */
static int set_up_all(struct paper *paper, const void *profile)
{
	const struct pcsc_rec *rec = paper->rec;
	_cleanup_free_ struct pcsc_values *v = malloc(sizeof(*v));
	u32 reg = 0;

	for (u32 i = 0; v && i < rec->header.nr_functions; i++) {
		struct paper_function *f = &paper->fn[i];

		memset(v, 0, sizeof(*v));
		f->rec = &rec->functions[i];
		f->pf = NONE;
		for (; reg < rec->header.nr_registers &&
		       rec->registers[reg].function == i;
		     reg++)
			pcsc_values_add(v, &rec->registers[reg]);
		if (set_up(paper, f, v, profile))
			return -1;
		begin(f);
	}
	for (u32 i = 0; v && i < rec->header.nr_functions; i++)
		adopt_vfs(paper, &paper->fn[i]);
	return v ? 0 : -1;
}

struct paper *paper_new(const struct pcsc_rec *rec, const void *profile)
{
	struct paper *paper = calloc(1, sizeof(*paper));

	if (!paper)
		return NULL;
	paper->rec = rec;
	paper->fn = aligned_alloc(PCSC_CACHE_LINE, (rec->header.nr_functions +
						    1) * sizeof(*paper->fn));
	if (paper->fn)
		memset(paper->fn, 0,
		       (rec->header.nr_functions + 1) * sizeof(*paper->fn));
	if (paper->fn && !set_up_all(paper, profile))
		return paper;
	paper_free(paper);
	return NULL;
}

void paper_free(struct paper *paper)
{
	if (!paper)
		return;
	for (u32 i = 0; paper->fn && i < paper->rec->header.nr_functions; i++)
		free(paper->fn[i].values);
	for (size_t i = 0; i < paper->nr_maps; i++)
		free(paper->maps[i]);
	free(paper->maps);
	free(paper->fn);
	free(paper);
}
