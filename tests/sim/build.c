// SPDX-License-Identifier: GPL-2.0-only
/* From models and groups to functions with an address and bytes of their own. */
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/random.h>

#include "sim.h"

#define MULTIFUNCTION 0x80 /* in the header type */

struct builder {
	struct sim_function *ports[256]; /* by configured secondary bus */
	u8 *image;
	u64 *state;
	struct rnd_state random;
	char *error;
	unsigned int line;
};

#define wrong(b, format, ...)                                           \
	scnprintf((b)->error, SIM_ERROR, "line %u: " format, (b)->line, \
		  ##__VA_ARGS__)

static size_t state_size(const struct sim_model *model)
{
	return model->nr_states * sizeof(u64);
}

/* How many functions there will be, and the memory that they need. */
static unsigned int total(size_t *states)
{
	const struct sim_group *group;
	unsigned int nr = 0;
	size_t each;

	*states = 0;
	list_for_each_entry(group, &sim.groups, node) {
		const struct sim_model *model = group->model;
		unsigned int n = group->count * group->buses;

		each = state_size(model);
		if (model->vf_model)
			each += model->vfs * state_size(model->vf_model);
		nr += n * (1 + model->vfs);
		*states += n * each;
	}
	return nr;
}

static void schedule_late(struct builder *b, struct sim_function *fn)
{
	const struct sim_model *model = fn->model;
	const struct sim_reg *reg;
	u32 ms;

	for (reg = model->regs; reg < model->regs + model->nr_regs; reg++) {
		if (reg->kind != SIM_LATE)
			continue;
		ms = prandom_u32_state(&b->random) %
		     ((u32)reg->arg * MSEC_PER_SEC + 1);
		fn->state[reg->state] = sim_now() + (u64)ms * NSEC_PER_MSEC;
	}
}

/* The next function's bytes. */
static struct sim_function *instance(struct builder *b, struct sim_model *model)
{
	struct sim_function *fn = &sim.functions[sim.nr++];

	fn->model = model;
	fn->image = b->image;
	fn->state = b->state;
	b->image += SIM_CONFIG;
	b->state += model->nr_states;
	memcpy(fn->image, model->image, SIM_CONFIG);
	sim_fn_event(fn, SIM_COLD);
	schedule_late(b, fn);
	return fn;
}

static void add_vfs(struct builder *b, struct sim_function *pf)
{
	struct sim_function *vf;
	unsigned int i;

	for (i = 0; i < pf->model->vfs; i++) {
		vf = instance(b, pf->model->vf_model);
		vf->pf = pf;
	}
}

/* As firmware would leave them. */
static void number_port(struct builder *b, struct sim_function *fn,
			const struct sim_group *group, unsigned int n)
{
	unsigned int secondary = group->secondary + n;

	if (!group->secondary)
		return;
	if (secondary > 0xff || b->ports[secondary]) {
		wrong(b, "secondary bus %02x is there already, or too high",
		      secondary);
		return;
	}
	b->ports[secondary] = fn;
	fn->image[PCI_PRIMARY_BUS] = fn->port ? group->bus : 0;
	fn->image[PCI_SECONDARY_BUS] = secondary;
	fn->image[PCI_SUBORDINATE_BUS] =
		max_t(unsigned int, group->subordinate, secondary);
}

static void place(struct builder *b, const struct sim_group *group,
		  unsigned int bus, unsigned int devfn, unsigned int n)
{
	struct sim_function *fn, *port = bus < 256 ? b->ports[bus] : NULL;

	if (bus && !port) {
		wrong(b, "there is no port with secondary=%02x above", bus);
		return;
	}
	if (devfn > 0xff || sim.map[PCI_DEVID(bus, devfn)]) {
		wrong(b,
		      "function %u of %02x:%02x.%x is there already, or past ff",
		      n, bus, PCI_SLOT(group->devfn), PCI_FUNC(group->devfn));
		return;
	}
	fn = instance(b, group->model);
	sim.map[PCI_DEVID(bus, devfn)] = fn;
	fn->port = port;
	fn->devfn = devfn;
	fn->rrs_ms = group->rrs_ms;
	if (fn->model->type)
		number_port(b, fn, group, n);
	if (fn->model->vf_model)
		add_vfs(b, fn);
}

static void place_groups(struct builder *b)
{
	const struct sim_group *group;
	unsigned int i;

	list_for_each_entry(group, &sim.groups, node) {
		b->line = group->line;
		for (i = 0; i < group->count * group->buses && !*b->error; i++)
			place(b, group, group->bus + i / group->count,
			      group->devfn + i % group->count, i);
	}
}

/* ---- what a function says about its neighbours ------------------------------- */

static bool there(const struct sim_function *fn, unsigned int devfn)
{
	return sim.map[(fn->rid & 0xff00) | devfn];
}

static void say_multifunction(struct sim_function *fn)
{
	unsigned int i;

	for (i = 1; i < 8; i++)
		if (there(fn, fn->devfn ^ i))
			fn->image[PCI_HEADER_TYPE] |= MULTIFUNCTION;
}

static void say_next_function(struct sim_function *fn)
{
	unsigned int next;

	for (next = fn->devfn + 1; next < 256; next++)
		if (there(fn, next))
			break;
	fn->image[fn->model->ari + PCI_ARI_CAP + 1] = next < 256 ? next : 0;
}

static void say_neighbours(void)
{
	struct sim_function *fn;

	for (fn = sim.functions; fn < sim.functions + sim.nr; fn++) {
		if (fn->pf)
			continue;
		say_multifunction(fn);
		if (fn->model->ari)
			say_next_function(fn);
	}
}

static void seed(struct rnd_state *random)
{
	prandom_seed_state(random, sim_seed ?: get_random_u32());
}

static int allocate(struct builder *b)
{
	size_t states;
	unsigned int nr = total(&states);

	if (!nr) {
		strscpy(b->error, "the description has no function", SIM_ERROR);
		return -EINVAL;
	}
	if (nr > SIM_RIDS) {
		scnprintf(b->error, SIM_ERROR, "%u functions are too many", nr);
		return -EINVAL;
	}
	sim.functions = kvcalloc(nr, sizeof(*sim.functions), GFP_KERNEL);
	sim.memory = kvzalloc((size_t)nr * SIM_CONFIG + states,
			      GFP_KERNEL | __GFP_NOWARN);
	if (!sim.functions || !sim.memory) {
		strscpy(b->error, "no memory for that many functions",
			SIM_ERROR);
		return -ENOMEM;
	}
	b->image = sim.memory;
	b->state = sim.memory + (size_t)nr * SIM_CONFIG;
	return 0;
}

void sim_unbuild(void)
{
	struct sim_function *functions = sim.functions;
	void *memory = sim.memory;
	unsigned long flags;

	raw_spin_lock_irqsave(&sim_lock, flags);
	memset(sim.map, 0, SIM_RIDS * sizeof(*sim.map));
	sim.functions = NULL;
	sim.memory = NULL;
	sim.nr = 0;
	sim.unclaimed_reads = 0;
	sim.unclaimed_writes = 0;
	raw_spin_unlock_irqrestore(&sim_lock, flags);
	kvfree(functions);
	kvfree(memory);
}

/* Nobody reads before there is a host bridge, so no lock but in the control. */
int sim_build(char *error)
{
	struct builder *b = kvzalloc(sizeof(*b), GFP_KERNEL);
	int ret;

	if (!b)
		return -ENOMEM;
	b->error = error;
	seed(&b->random);
	ret = allocate(b);
	if (!ret)
		place_groups(b);
	if (!ret && !*error) {
		sim_route();
		say_neighbours();
	}
	kvfree(b);
	if (*error)
		sim_unbuild();
	return *error ? ret ?: -EINVAL : 0;
}
