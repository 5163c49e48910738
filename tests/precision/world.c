// SPDX-License-Identifier: GPL-2.0-only
#include "world.h"

#include "tests/sim/sim.h"

struct sim sim;
raw_spinlock_t sim_lock;
struct mutex sim_mutex;
unsigned int sim_domain;
unsigned int sim_seed;

static u64 now_ns = NSEC_PER_SEC;

u64 ktime_get_mono_fast_ns(void)
{
	return now_ns;
}

uint64_t world_ns(void)
{
	return now_ns;
}

void world_pass_ns(uint64_t ns)
{
	now_ns += ns;
}

/* ---- functions: those that are there, VFs that nobody enabled are not ------- */

static struct sim_function **functions;
static unsigned int nr;

static struct sim_function *function(unsigned int fn)
{
	return functions[fn];
}

static void enable_vfs(struct sim_function *pf)
{
	const unsigned int sriov = pf->model->sriov;

	/* Of those that have one VF it stays off: that is another behaviour. */
	if (!sriov || pf->model->vfs == 1)
		return;
	sim_fn_write(pf, sriov + PCI_SRIOV_NUM_VF, 2, pf->model->vfs);
	sim_fn_write(pf, sriov + PCI_SRIOV_CTRL, 2, PCI_SRIOV_CTRL_VFE);
}

/* By address, as recordings have them. */
static void list_functions(void)
{
	nr = 0;
	for (unsigned int rid = 0; rid < SIM_RIDS; rid++)
		if (sim.map[rid])
			functions[nr++] = sim.map[rid];
}

bool world_build(const char *text, uint32_t seed, char error[160])
{
	INIT_LIST_HEAD(&sim.models);
	INIT_LIST_HEAD(&sim.groups);
	sim.map = calloc(SIM_RIDS, sizeof(struct sim_function *));
	functions = calloc(SIM_RIDS, sizeof(*functions));
	sim_seed = seed | 1;
	sim_speed_set(1);
	strscpy(error, sim.map && functions ? "" : "no memory", SIM_ERROR);
	if (*error || sim_parse(text, error) || sim_build(error))
		return false;
	for (unsigned int i = 0; i < sim.nr; i++)
		enable_vfs(&sim.functions[i]);
	sim_route();
	list_functions();
	return true;
}

void world_end(void)
{
	sim_unbuild();
	sim_forget();
	free(sim.map);
	free(functions);
	sim.map = NULL;
	functions = NULL;
}

unsigned int world_count(void)
{
	return nr;
}

/* The kernel knows a VF by what its PF says. */
static void identify(const struct sim_function *f, struct world_function *out)
{
	const u8 *image = f->image;

	if (f->pf) {
		const u8 *pf = f->pf->image;

		out->vendor = sim_load(pf, PCI_VENDOR_ID, 2);
		out->device =
			sim_load(pf, f->pf->model->sriov + PCI_SRIOV_VF_DID, 2);
	} else {
		out->vendor = sim_load(image, PCI_VENDOR_ID, 2);
		out->device = sim_load(image, PCI_DEVICE_ID, 2);
	}
	out->class_code = sim_load(image, PCI_CLASS_PROG, 3);
	out->revision = image[PCI_REVISION_ID];
	if (f->model->type)
		return;
	out->subvendor = sim_load(image, PCI_SUBSYSTEM_VENDOR_ID, 2);
	out->subdevice = sim_load(image, PCI_SUBSYSTEM_ID, 2);
}

struct world_function world_function(unsigned int fn)
{
	const struct sim_function *f = function(fn);
	struct world_function out = {
		.model = f->model->name,
		.bus = f->rid >> 8,
		.devfn = f->rid,
		.size = f->model->size,
		.header_type = f->model->type,
		.is_vf = f->pf,
		.is_pf = f->model->sriov,
		.on_root_bus = !f->pf && !f->port,
	};

	identify(f, &out);
	return out;
}

/* ---- what happens ------------------------------------------------------------ */

static u32 all_ones(unsigned int size)
{
	return size == 4 ? ~0u : (1u << 8 * size) - 1;
}

static bool answers(const struct sim_function *f)
{
	return sim_reachable(f) && sim_ns() >= f->rrs_until;
}

uint32_t world_read(unsigned int fn, unsigned int where, unsigned int size)
{
	struct sim_function *f = function(fn);

	return answers(f) ? sim_fn_read(f, where, size) : all_ones(size);
}

void world_write(unsigned int fn, unsigned int where, unsigned int size,
		 uint32_t value)
{
	if (answers(function(fn)))
		sim_fn_write(function(fn), where, size, value);
}

void world_event(unsigned int fn, enum world_event event)
{
	static const enum sim_event events[WORLD_EVENTS] = {
		[WORLD_FLR] = SIM_FLR,	   [WORLD_PM] = SIM_PM,
		[WORLD_BUS] = SIM_BUS,	   [WORLD_COLD] = SIM_COLD,
		[WORLD_FIRMWARE] = SIM_FW,
	};

	sim_fn_event(function(fn), events[event]);
}

void world_sleep(unsigned int fn, bool asleep)
{
	struct sim_function *f = function(fn);

	if (!asleep && f->away & SIM_D3COLD)
		sim_fn_event(f, SIM_COLD);
	f->away = asleep ? SIM_D3COLD : 0;
}

void world_set(unsigned int fn, unsigned int where, unsigned int size,
	       uint64_t value)
{
	for (unsigned int i = 0; i < size; i++)
		function(fn)->image[where + i] = value >> 8 * i;
}

/* ---- what is, without an access ---------------------------------------------- */

const uint8_t *world_bytes(unsigned int fn)
{
	if (!answers(function(fn)))
		return NULL;
	sim_fn_refresh(function(fn));
	return function(fn)->image;
}

bool world_is_writable(unsigned int fn, unsigned int dword)
{
	const struct sim_model *model = function(fn)->model;

	for (unsigned int i = 0; i < 4; i++)
		if (model->writable[dword + i] || model->clearable[dword + i])
			return true;
	return false;
}

bool world_is_control(unsigned int fn, unsigned int dword)
{
	const struct sim_model *model = function(fn)->model;

	for (unsigned int i = 0; i < 4; i++) {
		const struct sim_reg *reg = sim_owner(model, dword + i);

		if (reg && reg->kind >= SIM_DESCRIBED)
			return true;
	}
	return false;
}
