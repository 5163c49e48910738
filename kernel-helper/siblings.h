/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VFs of one PF are alike, so a VF's miss may be answered by what its siblings
 * have in common: a template, which lives as long as the PF's VFs and no event
 * that concerns the PF. Any context, unless it says otherwise.
 */
#ifndef PCSC_SIBLINGS_H
#define PCSC_SIBLINGS_H

#include <linux/mutex.h>
#include <linux/types.h>

#include "core/template.h"
#include "object.h"

/* One more than must agree, so that one of them may be of no use. */
#define PCSC_DONORS (PCSC_TEMPLATE_VFS + 1)

struct pcsc_template {
	struct pcsc_line line;
	struct pcsc_cells cells;
	u64 pf_state; /* the PF's when it was opened: any event ends it */
	/* VFs that it learns from, as long as user space has not had them */
	struct pcsc_function *donor[PCSC_DONORS];
	struct mutex learning; /* one task reads the donors */
	u32 learned; /* the generation in which all of them were read */
};

/*
 * Begin a template for the VFs that @pf has just created, which are under @map.
 * Under pcsc_mutex; may sleep.
 */
void pcsc_siblings_open(struct pcsc_function *pf, const struct pcsc_map *map);

/* @pf's VFs are not those that its template is of, or not alike. */
void pcsc_siblings_drop(struct pcsc_function *pf);

/* A write to @pf: is it one on which its VFs depend? Then the same. */
void pcsc_siblings_written(struct pcsc_function *pf, u16 where, u8 size);

/* Cleared by populate=bind and populate=off. */
extern bool pcsc_siblings_may_answer;

/* The template of @vf's PF, if there is one and it answers; or NULL. */
struct pcsc_template *pcsc_siblings_of(const struct pcsc_function *vf);

/*
 * @vf's read that @ticket was given for has missed. What its siblings say,
 * which sets *value unless it is PCSC_SHARED_NONE.
 */
enum pcsc_shared pcsc_siblings_ask(const struct pcsc_function *vf,
				   const struct pcsc_ticket *ticket,
				   u32 *value);

/*
 * A write to @vf, of bytes that siblings may answer for and that it does not
 * have itself. Unless that is what they would answer, the bytes are demoted:
 * returns how many.
 */
unsigned int pcsc_siblings_wrote(struct pcsc_function *vf, u16 where, u8 size,
				 u32 value);

/* Let @t learn the dword at @where, if its donors agree about it. */
void pcsc_siblings_learn(struct pcsc_template *t, u16 where);

void pcsc_siblings_destroy(void); /* all of them, when no CPU can be in one */

#endif
