/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A template: a line that belongs to no function. It holds what several VFs of
 * one PF were seen to have in common, and misses of their siblings are answered
 * through it. Nothing is copied from it into a VF's own line, so it is dropped
 * by moving its generation on.
 */
#ifndef PCSC_CORE_TEMPLATE_H
#define PCSC_CORE_TEMPLATE_H

#include "line.h"

/* So many VFs must have been read, and have the same value. */
#define PCSC_TEMPLATE_VFS 3

enum pcsc_shared {
	PCSC_SHARED_NONE, /* the template does not know */
	PCSC_SHARED_UNCHECKED, /* it does; compare it with hardware first */
	PCSC_SHARED_HIT,
};

/*
 * What @template says to the read of @line that @ticket was given for, which
 * must have missed. *value is set unless it says NONE. Bytes of the same read
 * that the line itself has are taken from there. A VF's first answer in each
 * capability, and in each 256 bytes that nobody describes, is UNCHECKED until
 * pcsc_template_checked().
 */
enum pcsc_shared pcsc_template_answer(const struct pcsc_line *template,
				      const struct pcsc_line *line,
				      const struct pcsc_ticket *ticket,
				      u32 *value);

/* Hardware gave the answer that the template would have given to @ticket. */
void pcsc_template_checked(struct pcsc_line *line,
			   const struct pcsc_ticket *ticket);

/*
 * The bytes of the dword at @where in which at least PCSC_TEMPLATE_VFS of the
 * @nr @lines (NULL: none) agree and none differs, and their values in *dword.
 * All that counts is under @map.
 */
u8 pcsc_template_agreed(const struct pcsc_line *const *lines, unsigned int nr,
			const struct pcsc_map *map, u16 where, u32 *dword);

/*
 * Which bytes of the dword at @where a line has, and their values: the first asks
 * a template, and is told nothing by one that was dropped; the second asks a
 * function's own line, whether it is bypassed or not.
 */
u8 pcsc_template_knows(const struct pcsc_line *template, u16 where, u32 *dword);
u8 pcsc_line_has(const struct pcsc_line *line, u16 where, u32 *dword);

#endif
