// SPDX-License-Identifier: GPL-2.0-only
/* What resets, and whatever else happens to a function, do to its registers. */
#include <linux/time64.h>

#include "sim.h"

const char *const sim_event_names[SIM_EVENTS] = {
	[SIM_FLR] = "flr", [SIM_PM] = "pm",	[SIM_BUS] = "bus",
	[SIM_FW] = "fw",   [SIM_COLD] = "cold",
};

static void restore_bytes(struct sim_function *fn, const struct sim_reg *reg)
{
	unsigned int at;

	for (at = reg->where; at < reg->where + reg->len; at++)
		if (sim_owner(fn->model, at) == reg)
			fn->image[at] = fn->model->image[at];
}

static void reset_state(struct sim_function *fn, const struct sim_reg *reg)
{
	u64 *state = &fn->state[reg->state];
	u64 i;

	switch (reg->kind) {
	case SIM_COUNTER:
		*state = sim_now();
		break;
	case SIM_RW1C:
	case SIM_READCLEAR:
	case SIM_MAILBOX:
		*state = 0;
		break;
	case SIM_WINDOW:
		for (i = 0; i < reg->arg; i++)
			state[i] = (u32)(reg->value + i);
		break;
	}
}

/* These say themselves when they change. */
static bool resets(const struct sim_reg *reg, enum sim_event event)
{
	switch (reg->kind) {
	case SIM_CONST:
	case SIM_LATE:
	case SIM_LINKED:
	case SIM_STAMP:
		return false;
	default:
		return event == SIM_COLD || (event != SIM_FW && !reg->sticky);
	}
}

static void change(struct sim_function *fn, const struct sim_reg *reg,
		   const struct sim_change *change)
{
	u64 now = sim_load(fn->image, reg->where, reg->len);

	if (change->how == SIM_SET)
		sim_reg_store(fn, reg, change->value);
	else if (change->how == SIM_ADD)
		sim_reg_store(fn, reg, now + change->value);
}

void sim_reg_reset(struct sim_function *fn, const struct sim_reg *reg,
		   enum sim_event event)
{
	if (resets(reg, event)) {
		restore_bytes(fn, reg);
		reset_state(fn, reg);
	}
	change(fn, reg, &reg->on[event]);
	if (reg->kind == SIM_BUSES)
		sim.reroute = true;
	else if (reg->kind == SIM_SRIOV_CONTROL)
		sim_vfs_update(fn);
}

/* What flip changes of a byte: constant, and not how the function is built. */
static u8 flipped_bits(const struct sim_model *model, unsigned int at)
{
	const struct sim_reg *reg = sim_owner(model, at);

	if ((reg && reg->kind != SIM_CONST) || model->structure[at])
		return 0;
	if (at == PCI_HEADER_TYPE)
		return 0x80;
	/* Neither this value nor the one before is all-ones. */
	return model->image[at] == 0xea ? 0x14 : 0x15;
}

void sim_fn_flip(struct sim_function *fn)
{
	unsigned int at;

	for (at = 0; at < fn->model->size; at++)
		fn->image[at] ^= flipped_bits(fn->model, at);
}

void sim_fn_event(struct sim_function *fn, enum sim_event event)
{
	u32 i;

	for (i = 0; i < fn->model->nr_regs; i++)
		sim_reg_reset(fn, &fn->model->regs[i], event);
	if (fn->flips)
		sim_fn_flip(fn);
	fn->flips = false;
	if (fn->rrs_ms && event != SIM_PM && event != SIM_FW)
		fn->rrs_until = sim_ns() + (u64)fn->rrs_ms * NSEC_PER_MSEC;
}

/* VFs go with their PF. */
void sim_below_event(struct sim_function *port, enum sim_event event)
{
	struct sim_function *fn = NULL;

	while ((fn = sim_below(port, fn)))
		sim_fn_event(fn, event);
}

void sim_vfs_update(struct sim_function *pf)
{
	const u8 *sriov = pf->image + pf->model->sriov;
	struct sim_function *vf;
	bool enable;
	u16 nr = 0;

	if (sriov[PCI_SRIOV_CTRL] & PCI_SRIOV_CTRL_VFE)
		nr = sim_load(sriov, PCI_SRIOV_NUM_VF, 2);
	for (vf = pf + 1; vf <= pf + pf->model->vfs; vf++) {
		enable = vf - pf <= nr;
		if (enable && !vf->enabled)
			sim_fn_event(vf, SIM_COLD);
		vf->enabled = enable;
	}
	sim.reroute = true;
}
