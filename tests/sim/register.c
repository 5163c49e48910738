// SPDX-License-Identifier: GPL-2.0-only
/* What a read returns and what a write does, register by register. */
#include <linux/math64.h>
#include <linux/ktime.h>

#include "sim.h"

#define MAILBOX_BUSY BIT(31)

const char *const sim_kind_names[SIM_KINDS] = {
	[SIM_CONST] = "const",
	[SIM_RW] = "rw",
	[SIM_RW1C] = "rw1c",
	[SIM_COUNTER] = "counter",
	[SIM_LATE] = "late",
	[SIM_READCLEAR] = "readclear",
	[SIM_READSTEP] = "readstep",
	[SIM_MAILBOX] = "mailbox",
	[SIM_WINDOW] = "window",
	[SIM_LINKED] = "linked",
	[SIM_STAMP] = "stamp",
	[SIM_PMCSR] = "pmcsr",
	[SIM_DEVCTL] = "devctl",
	[SIM_LNKCTL] = "lnkctl",
	[SIM_LNKSTA] = "lnksta",
	[SIM_AFCTL] = "afctl",
	[SIM_BUSES] = "buses",
	[SIM_BRIDGE_CONTROL] = "bridge-control",
	[SIM_SRIOV_CONTROL] = "sriov-control",
	[SIM_NUM_VFS] = "num-vfs",
};

/* ---- time ------------------------------------------------------------------- */

/* What counter, late, mailbox and every= live by: real time, faster, or only when told. */
static struct {
	u64 real, simulated;
	u32 speed;
} clock = { .simulated = NSEC_PER_SEC }; /* a moment is never 0 */

u64 sim_ns(void)
{
	return ktime_get_mono_fast_ns();
}

u64 sim_now(void)
{
	return clock.simulated + (sim_ns() - clock.real) * clock.speed;
}

void sim_speed_set(u32 speed)
{
	u64 now = sim_now();

	clock.real = sim_ns();
	clock.simulated = now;
	clock.speed = speed;
}

void sim_time_pass(u32 ms)
{
	clock.simulated += (u64)ms * NSEC_PER_MSEC;
}

u32 sim_speed(void)
{
	return clock.speed;
}

/* ---- bytes ------------------------------------------------------------------ */

u64 sim_load(const u8 *image, unsigned int where, unsigned int len)
{
	unsigned int i;
	u64 value = 0;

	for (i = 0; i < min(len, 8U); i++)
		value |= (u64)image[where + i] << (8 * i);
	return value;
}

static u64 load(const struct sim_function *fn, const struct sim_reg *reg)
{
	return sim_load(fn->image, reg->where, reg->len);
}

static void store(struct sim_function *fn, unsigned int where, unsigned int len,
		  u64 value)
{
	unsigned int i;

	for (i = 0; i < len; i++)
		fn->image[where + i] = value >> (8 * i);
}

/* A later statement may have taken some of the bytes. */
void sim_reg_store(struct sim_function *fn, const struct sim_reg *reg,
		   u64 value)
{
	unsigned int i;

	for (i = 0; i < min_t(u16, reg->len, 8); i++)
		if (sim_owner(fn->model, reg->where + i) == reg)
			fn->image[reg->where + i] = value >> (8 * i);
}

const struct sim_reg *sim_owner(const struct sim_model *model,
				unsigned int where)
{
	return model->owner[where] ? &model->regs[model->owner[where] - 1] :
				     NULL;
}

/* The next register that has bytes in a range; 0 begins. */
static const struct sim_reg *next_owner(const struct sim_function *fn,
					unsigned int *where, unsigned int end,
					const struct sim_reg *last)
{
	const struct sim_reg *reg;

	for (; *where < end; ++*where) {
		reg = sim_owner(fn->model, *where);
		if (reg && reg != last)
			return reg;
	}
	return NULL;
}

/* ---- registers that change by themselves ------------------------------------ */

static void refresh_counter(struct sim_function *fn, const struct sim_reg *reg)
{
	u64 ns = sim_now() - fn->state[reg->state];

	sim_reg_store(fn, reg,
		      reg->value +
			      mul_u64_u64_div_u64(ns, reg->arg, NSEC_PER_SEC));
}

static void refresh_late(struct sim_function *fn, const struct sim_reg *reg)
{
	u64 *at = &fn->state[reg->state];

	if (!*at || sim_now() < *at)
		return;
	*at = 0;
	sim_reg_store(fn, reg, reg->arg2);
}

/* Bits that hardware sets again some time after they were cleared. */
static void refresh_again(struct sim_function *fn, const struct sim_reg *reg)
{
	u64 *cleared = &fn->state[reg->state];

	if (!*cleared || !reg->arg ||
	    sim_now() < *cleared + reg->arg * NSEC_PER_MSEC)
		return;
	*cleared = 0;
	sim_reg_store(fn, reg, load(fn, reg) | reg->value);
}

static void refresh_mailbox(struct sim_function *fn, const struct sim_reg *reg)
{
	u64 *busy = &fn->state[reg->state];
	u32 command;

	if (!*busy || sim_now() < *busy)
		return;
	*busy = 0;
	command = load(fn, reg) & ~MAILBOX_BUSY;
	sim_reg_store(fn, reg, command | (u64)(command ^ (u32)reg->arg2) << 32);
}

static void refresh_window(struct sim_function *fn, const struct sim_reg *reg)
{
	u32 index = load(fn, reg);
	u32 entry = index < reg->arg ? fn->state[reg->state + index] : ~0U;

	sim_reg_store(fn, reg, index | (u64)entry << 32);
}

static void refresh(struct sim_function *fn, const struct sim_reg *reg);

static void refresh_linked(struct sim_function *fn, const struct sim_reg *reg)
{
	const struct sim_reg *source = sim_owner(fn->model, reg->arg);
	u64 value;

	if (source && source->kind != SIM_LINKED)
		refresh(fn, source);
	value = sim_load(fn->image, reg->arg, reg->len) ^ reg->arg2;
	sim_reg_store(fn, reg, (reg->value & ~reg->mask) | (value & reg->mask));
}

static bool link_is_up(const struct sim_function *fn)
{
	u16 lnkctl = sim_load(fn->image, fn->model->pcie + PCI_EXP_LNKCTL, 2);

	return !(fn->away & SIM_LINK_DOWN) && !(lnkctl & PCI_EXP_LNKCTL_LD) &&
	       !(fn->image[PCI_BRIDGE_CONTROL] & PCI_BRIDGE_CTL_BUS_RESET);
}

static void refresh_lnksta(struct sim_function *fn, const struct sim_reg *reg)
{
	if (fn->model->type == PCI_HEADER_TYPE_BRIDGE)
		sim_reg_store(
			fn, reg,
			link_is_up(fn) ? reg->value | PCI_EXP_LNKSTA_DLLLA : 0);
}

static void (*const refreshes[SIM_KINDS])(struct sim_function *fn,
					  const struct sim_reg *reg) = {
	[SIM_RW1C] = refresh_again,	 [SIM_COUNTER] = refresh_counter,
	[SIM_LATE] = refresh_late,	 [SIM_READCLEAR] = refresh_again,
	[SIM_MAILBOX] = refresh_mailbox, [SIM_WINDOW] = refresh_window,
	[SIM_LINKED] = refresh_linked,	 [SIM_LNKSTA] = refresh_lnksta,
};

static void refresh(struct sim_function *fn, const struct sim_reg *reg)
{
	if (refreshes[reg->kind])
		refreshes[reg->kind](fn, reg);
}

/* ---- reading ---------------------------------------------------------------- */

static void read_effect(struct sim_function *fn, const struct sim_reg *reg)
{
	switch (reg->kind) {
	case SIM_READCLEAR:
		if (load(fn, reg))
			fn->state[reg->state] = sim_now();
		sim_reg_store(fn, reg, 0);
		break;
	case SIM_READSTEP:
		sim_reg_store(fn, reg, load(fn, reg) + reg->arg);
		break;
	}
}

static void refresh_range(struct sim_function *fn, unsigned int where,
			  unsigned int size)
{
	const struct sim_reg *reg = NULL;
	unsigned int end = where + size;

	while ((reg = next_owner(fn, &where, end, reg)))
		refresh(fn, reg);
}

u32 sim_fn_read(struct sim_function *fn, unsigned int where, unsigned int size)
{
	const struct sim_reg *reg = NULL;
	unsigned int end = where + size;
	u32 value;

	if (end > fn->model->size)
		return ~0;
	refresh_range(fn, where, size);
	value = sim_load(fn->image, where, size);
	while ((reg = next_owner(fn, &where, end, reg)))
		read_effect(fn, reg);
	return value;
}

/* All that changes by itself is as it is now. */
void sim_fn_refresh(struct sim_function *fn)
{
	const struct sim_model *model = fn->model;
	u32 i;

	for (i = 0; i < model->nr_regs; i++)
		refresh(fn, &model->regs[i]);
}

void sim_fn_snapshot(struct sim_function *fn, u8 *buffer)
{
	unsigned int size = fn->model->size;

	memset(buffer, 0xff, SIM_CONFIG);
	if (!sim_reachable(fn))
		return;
	if (sim_ns() < fn->rrs_until) {
		buffer[PCI_VENDOR_ID] = 0x01;
		buffer[PCI_VENDOR_ID + 1] = 0x00;
		return;
	}
	sim_fn_refresh(fn);
	memcpy(buffer, fn->image, size);
}

/* ---- writing ---------------------------------------------------------------- */

/* A write as one register sees it, moved to where that begins. */
struct written {
	u64 old;
	u64 value; /* as written */
	u64 touched; /* which bits */
};

static bool wrote_bits(const struct written *w, u64 bits)
{
	return w->value & w->touched & bits;
}

static void write_pmcsr(struct sim_function *fn, const struct sim_reg *reg,
			const struct written *w)
{
	u16 now = load(fn, reg);

	if ((w->old & PCI_PM_CTRL_STATE_MASK) == (__force u16)PCI_D3hot &&
	    !(now & PCI_PM_CTRL_STATE_MASK) &&
	    !(now & PCI_PM_CTRL_NO_SOFT_RESET))
		sim_fn_event(fn, SIM_PM);
}

static void write_devctl(struct sim_function *fn, const struct sim_reg *reg,
			 const struct written *w)
{
	if (wrote_bits(w, PCI_EXP_DEVCTL_BCR_FLR))
		sim_fn_event(fn, SIM_FLR);
}

static void write_afctl(struct sim_function *fn, const struct sim_reg *reg,
			const struct written *w)
{
	if (wrote_bits(w, PCI_AF_CTRL_FLR))
		sim_fn_event(fn, SIM_FLR);
}

/* The reset below a port is over. */
static void write_lnkctl(struct sim_function *fn, const struct sim_reg *reg,
			 const struct written *w)
{
	if ((w->old & PCI_EXP_LNKCTL_LD) &&
	    !(load(fn, reg) & PCI_EXP_LNKCTL_LD))
		sim_below_event(fn, SIM_BUS);
}

static void write_bridge_control(struct sim_function *fn,
				 const struct sim_reg *reg,
				 const struct written *w)
{
	if ((w->old & PCI_BRIDGE_CTL_BUS_RESET) &&
	    !(load(fn, reg) & PCI_BRIDGE_CTL_BUS_RESET))
		sim_below_event(fn, SIM_BUS);
}

static void write_buses(struct sim_function *fn, const struct sim_reg *reg,
			const struct written *w)
{
	sim.reroute = true;
}

static void write_sriov(struct sim_function *fn, const struct sim_reg *reg,
			const struct written *w)
{
	sim_vfs_update(fn);
}

static void write_num_vfs(struct sim_function *fn, const struct sim_reg *reg,
			  const struct written *w)
{
	if (fn->image[fn->model->sriov + PCI_SRIOV_CTRL] & PCI_SRIOV_CTRL_VFE)
		sim_reg_store(fn, reg, w->old);
}

static void write_again(struct sim_function *fn, const struct sim_reg *reg,
			const struct written *w)
{
	if (w->old & ~load(fn, reg))
		fn->state[reg->state] = sim_now();
}

static void write_mailbox(struct sim_function *fn, const struct sim_reg *reg,
			  const struct written *w)
{
	if (!(w->touched & U32_MAX))
		return;
	sim_reg_store(fn, reg, load(fn, reg) | MAILBOX_BUSY);
	fn->state[reg->state] = sim_now() + reg->arg * NSEC_PER_MSEC;
}

static void write_window(struct sim_function *fn, const struct sim_reg *reg,
			 const struct written *w)
{
	u64 now = load(fn, reg);
	u32 index = now;

	if ((w->touched >> 32) && index < reg->arg)
		fn->state[reg->state + index] = now >> 32;
}

static void write_stamp(struct sim_function *fn, const struct sim_reg *reg,
			const struct written *w)
{
	sim_reg_store(fn, reg, w->old + 1);
}

static void (*const writes[SIM_KINDS])(struct sim_function *fn,
				       const struct sim_reg *reg,
				       const struct written *w) = {
	[SIM_RW1C] = write_again,
	[SIM_MAILBOX] = write_mailbox,
	[SIM_WINDOW] = write_window,
	[SIM_STAMP] = write_stamp,
	[SIM_PMCSR] = write_pmcsr,
	[SIM_DEVCTL] = write_devctl,
	[SIM_LNKCTL] = write_lnkctl,
	[SIM_AFCTL] = write_afctl,
	[SIM_BUSES] = write_buses,
	[SIM_BRIDGE_CONTROL] = write_bridge_control,
	[SIM_SRIOV_CONTROL] = write_sriov,
	[SIM_NUM_VFS] = write_num_vfs,
};

static u64 mask_of(unsigned int size)
{
	return size >= 8 ? U64_MAX : (1ULL << (8 * size)) - 1;
}

static struct written as_seen(const struct sim_function *fn,
			      const struct sim_reg *reg, unsigned int where,
			      unsigned int size, u32 value)
{
	int shift = 8 * ((int)where - (int)reg->where);
	u64 touched = mask_of(size), moved = value;

	if (shift >= 64) /* in a long one, whose writes have no effects */
		return (struct written){ .old = load(fn, reg) };
	touched = shift < 0 ? touched >> -shift : touched << shift;
	moved = shift < 0 ? moved >> -shift : moved << shift;
	return (struct written){
		.old = load(fn, reg),
		.value = moved,
		.touched = touched & mask_of(reg->len),
	};
}

static void write_bytes(struct sim_function *fn, unsigned int where,
			unsigned int size, u32 value)
{
	const struct sim_model *model = fn->model;
	unsigned int i, at;
	u8 byte, now;

	for (i = 0; i < size; i++) {
		at = where + i;
		byte = value >> (8 * i);
		now = (fn->image[at] & ~model->writable[at]) |
		      (byte & model->writable[at]);
		store(fn, at, 1, now & ~(byte & model->clearable[at]));
	}
}

/* At most four registers share a write: each sees it as it was before. */
void sim_fn_write(struct sim_function *fn, unsigned int where,
		  unsigned int size, u32 value)
{
	const struct sim_reg *regs[4], *reg = NULL;
	unsigned int end = where + size, at = where;
	struct written seen[4];
	int nr = 0, i;

	if (end > fn->model->size)
		return;
	refresh_range(fn, where, size);
	while ((reg = next_owner(fn, &at, end, reg))) {
		regs[nr] = reg;
		seen[nr++] = as_seen(fn, reg, where, size, value);
	}
	write_bytes(fn, where, size, value);
	for (i = 0; i < nr; i++)
		if (writes[regs[i]->kind])
			writes[regs[i]->kind](fn, regs[i], &seen[i]);
}
