/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions on paper, for the two files that make and use them. */
#ifndef PCSC_PROFILE_PAPER_FUNCTION_H
#define PCSC_PROFILE_PAPER_FUNCTION_H

#include "core/template.h"
#include "paper.h"
#include "values.h"

#define NONE PCSC_REC_NONE

struct paper_function {
	const struct pcsc_rec_function *rec;
	struct pcsc_line line;
	struct pcsc_cells cells;
	const struct pcsc_map *map; /* NULL: nothing of it can be cached */
	struct pcsc_values
		*values; /* a VF's, until its siblings have learned */
	u32 ids; /* dword 0 */
	u32 pf; /* a VF's; or NONE */
	u16 vf_first, vf_stride, vf_count; /* a PF's */
	u8 secondary, subordinate; /* a bridge's */
	u8 open; /* PCSC_OPEN_* */
	bool user_filled;
	bool handed; /* its line is the last kernel's, and it is not there yet */
	struct pcsc_line template; /* a PF's */
	struct pcsc_cells template_cells;
	u32 donors[PCSC_TEMPLATE_VFS]; /* a PF's: VFs that teach the others */
	bool vfs_enabled; /* a PF's */
	bool taught; /* user space has had a VF: they teach no more */
	u64 quiet_until;
};

struct paper {
	const struct pcsc_rec *rec;
	struct paper_function *fn;
	struct pcsc_map **maps;
	size_t nr_maps;
	u64 own_reads;
	u64 now;
};

static inline unsigned int paper_rid(const struct pcsc_rec_function *f)
{
	return f->bus << 8 | f->devfn;
}

/* The function at this address, or NULL. */
struct paper_function *paper_find(struct paper *paper, u32 domain,
				  unsigned int rid);

/* The four bytes that were last read at @at; are @size bytes known at all? */
u32 paper_dword(const struct pcsc_values *v, u16 at);
bool paper_is_known(const struct pcsc_values *v, u16 at, unsigned int size);

#endif
