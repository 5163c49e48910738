/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one kernel has left for the next, for tests: a region with a PF and its VFs, whose
 * lines were filled and sealed.
 */
#ifndef PCSC_TESTS_LEFT_H
#define PCSC_TESTS_LEFT_H

#include "core/handover.h"

#define LEFT_FUNCTIONS 12
#define LEFT_REGION (1u << 20)
#define LEFT_SPEC 0x08 /* const by the table */
#define LEFT_MIXED 0x44 /* by evidence only, and not zero */
#define LEFT_RAW 0x80 /* zero by evidence */
#define LEFT_RAW_LOW 0x4c
#define LEFT_RAW_HIGH 0xffc

struct left {
	struct pcsc_map map;
	struct pcsc_line lines[LEFT_FUNCTIONS];
	u8 *region;
	u8 *copy;
};

struct pcsc_handover_header *left_header(struct left *f);
struct pcsc_handover_function *left_entry(struct left *f, int i);
struct pcsc_handover_restrictions *left_restrictions(struct left *f);
struct pcsc_cells *left_cells(struct left *f, int i);
enum pcsc_answer left_ask(struct pcsc_line *line, u16 where, u32 *value);
void left_seal(struct left *f);
/* What the next kernel may use of the lines. */
const char *left_check(struct left *f);
int left_setup(void **state);
int left_teardown(void **state);
enum pcsc_seal left_look(struct left *f, int i, bool zeroes,
			 struct pcsc_ticket *ticket);
/* The next kernel: all it has is the region. */
void left_hand(struct left *f, int i);
bool left_adopt(struct left *f, int i, bool zeroes);
void left_prove(struct pcsc_line *line);

#endif
