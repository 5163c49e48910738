// SPDX-License-Identifier: GPL-2.0-only
/* The best possible cache: one access after the other, resets, kexec and all. */
#include <string.h>

#include "ideal.h"

#define EXP 0x10
#define SRIOV 0x10

static struct function *get(struct trace *t, size_t i)
{
	return t->functions[i];
}

/* ---- brackets -------------------------------------------------------------- */

/* @pf's VFs answer nothing until seen again; gone, if VF Enable was cleared. */
static void reset_vfs(struct trace *t, int pf, bool gone)
{
	size_t i;

	for (i = 0; i < t->nr_functions; i++) {
		if (get(t, i)->pf != pf)
			continue;
		get(t, i)->pending = true;
		if (gone)
			memset(get(t, i)->valid, 0, CONFIG_SIZE);
	}
}

static void reset_function(struct trace *t, int i, bool vfs_gone)
{
	get(t, i)->pending = true;
	reset_vfs(t, i, vfs_gone);
}

static void reset_below(struct trace *t, const struct function *port)
{
	unsigned int first = port->value[0x19], last = port->value[0x1a];
	size_t i;

	for (i = 0; first && i < t->nr_functions; i++)
		if (get(t, i)->rid >> 8 >= first && get(t, i)->rid >> 8 <= last)
			reset_function(t, i, true);
}

/* ---- handover -------------------------------------------------------------- */

/* The next kernel clears VF Enable, whatever the trace shows of that. */
void hand_over(struct trace *t)
{
	struct function *f;
	size_t i;

	for (i = 0; i < t->nr_functions; i++) {
		f = get(t, i);
		f->pending = true;
		f->handed_vfs = f->num_vfs;
		if (!f->vf)
			continue;
		memcpy(f->handed, f->valid, CONFIG_SIZE);
		memset(f->valid, 0, CONFIG_SIZE);
	}
}

/* @pf's VFs are back: they have theirs again, once, if they are as many. */
static void restore_vfs(struct trace *t, int pf)
{
	bool same = get(t, pf)->handed_vfs == get(t, pf)->num_vfs;
	size_t i, at;

	for (i = 0; same && i < t->nr_functions; i++) {
		if (get(t, i)->pf != pf)
			continue;
		get(t, i)->pending = true;
		for (at = 0; at < CONFIG_SIZE; at++)
			get(t, i)->valid[at] |= get(t, i)->handed[at];
	}
	get(t, pf)->handed_vfs = 0;
}

/* ---- writes ---------------------------------------------------------------- */

static void see_sriov_write(struct trace *t, int i, unsigned int offset,
			    uint8_t byte)
{
	struct function *f = get(t, i);

	if (offset == 8 && byte & 1) /* VF Enable */
		restore_vfs(t, i);
	else if (offset == 8)
		reset_vfs(t, i, true);
	else if (offset == 0x10) /* NumVFs: a small value has no second byte */
		f->num_vfs = byte;
	else if (offset == 0x11)
		f->num_vfs |= byte << 8;
}

/* Does a write of @byte to this register begin a reset, and of what? */
static void see_write(struct trace *t, int i, struct place at, uint8_t byte)
{
	struct function *f = get(t, i);
	unsigned int reg = at.space << 16 | at.id << 8 | at.offset;

	switch (reg) {
	case CAP << 16 | EXP << 8 | 9: /* DevCtl: FLR; a bridge: other things */
		if (byte & 0x80 && (f->value[0xe] & 0x7f) != 1)
			reset_function(t, i, true);
		break;
	case CAP << 16 | 0x13 << 8 | 4: /* AF: FLR */
		if (byte & 1)
			reset_function(t, i, true);
		break;
	case CAP << 16 | 0x01 << 8 | 4: /* PMCSR: D3hot */
		if ((byte & 3) == 3)
			reset_function(t, i, false);
		break;
	case CAP << 16 | EXP << 8 | 0x10: /* LnkCtl: link disable */
		if (byte & 0x10)
			reset_below(t, f);
		break;
	case CAP << 16 | EXP << 8 | 0x19: /* SltCtl: power off */
		if (byte & 4)
			reset_below(t, f);
		break;
	case HEADER1 << 16 | 0x3e: /* bridge control: secondary bus reset */
		if (byte & 0x40)
			reset_below(t, f);
		break;
	default:
		if (at.space == ECAP && at.id == SRIOV)
			see_sriov_write(t, i, at.offset, byte);
	}
}

/* The first write to a byte nobody described ends belief in all such bytes. */
static void undescribed_write(struct trace *t, const struct function *f)
{
	size_t i;

	for (i = 0; i < t->nr_functions; i++)
		if (get(t, i) == f ||
		    (!(f->rid & 7) && get(t, i)->rid >> 3 == f->rid >> 3))
			get(t, i)->undescribed_written = true;
}

static void replay_write(struct trace *t, const struct event *e)
{
	struct function *f = get(t, e->function);
	unsigned int i, at;

	for (i = 0; i < e->need; i++) {
		at = e->offset + i;
		f->value[at] = e->value >> 8 * i;
		if (f->place[at].space == UNDESCRIBED)
			undescribed_write(t, f);
		see_write(t, e->function, f->place[at], e->value >> 8 * i);
	}
}

/* ---- reads ----------------------------------------------------------------- */

/*
 * IDs; of a VF, whose IDs are all-ones, a register that cannot be: Command and
 * Status, header type, capability pointer. A VF is not there without its PF.
 */
static bool proves_identity(struct trace *t, const struct function *f,
			    const struct event *e)
{
	if (all_ones(e))
		return false;
	if (!f->vf)
		return e->offset < 2 && (e->value & 0xffff) != 0xffff &&
		       (e->value & 0xffff) != 1;
	if (f->pf >= 0 && get(t, f->pf)->pending)
		return false;
	return (e->offset >= 4 && e->offset < 8) || e->offset == 0xe ||
	       e->offset == 0x34;
}

static enum why forbidden(const struct function *f, const struct event *e)
{
	unsigned int i, at;

	for (i = 0; i < e->need; i++) {
		at = e->offset + i;
		if (f->why[at] != KEPT)
			return f->why[at];
		if (f->undescribed_written && f->place[at].space == UNDESCRIBED)
			return WRITTEN;
	}
	return KEPT;
}

static enum why look_up(struct function *f, const struct event *e)
{
	unsigned int i;
	bool hit = true;

	for (i = 0; i < e->need; i++)
		hit = hit && f->valid[e->offset + i];
	if (hit)
		return KEPT;
	for (i = 0; i < e->most; i++)
		f->valid[e->offset + i] = true;
	return COLD;
}

static enum why replay_read(struct trace *t, const struct event *e)
{
	struct function *f = get(t, e->function);
	bool pending = f->pending;
	enum why why;
	unsigned int i;

	if (pending && proves_identity(t, f, e))
		f->pending = false;
	for (i = 0; i < e->need && !all_ones(e); i++)
		f->value[e->offset + i] = e->value >> 8 * i;
	why = forbidden(f, e);
	if (why != KEPT)
		return why;
	if (pending)
		return BRACKET;
	if (all_ones(e) && !(f->vf && e->offset < 4))
		return ALL_ONES;
	return look_up(f, e);
}

enum why replay(struct trace *t, const struct event *e)
{
	if (!e->write)
		return replay_read(t, e);
	replay_write(t, e);
	return KEPT;
}

enum why foresee(struct trace *t, const struct event *e)
{
	struct function *f = get(t, e->function);
	enum why why = KEPT;
	unsigned int i, at;
	uint8_t byte;

	for (i = 0; i < e->need && !e->write; i++) {
		at = e->offset + i;
		byte = e->value >> 8 * i;
		if (!f->valid[at])
			why = COLD;
		else if (f->value[at] != byte)
			why = CHANGED;
		f->valid[at] = true;
		f->value[at] = byte;
	}
	return why;
}
