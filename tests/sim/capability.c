// SPDX-License-Identifier: GPL-2.0-only
/* The statements that describe capabilities. */
#include "parse.h"

/* PMCSR and Device Status have bits of several sorts. */
static void add_clearable(struct sim_model *model, unsigned int where, u8 bits)
{
	model->clearable[where] |= bits;
	model->writable[where] &= ~bits;
}

/* Where a statement's capability is; 0 if it is nowhere. */
static unsigned int offset(struct parser *p, unsigned int min, unsigned int max,
			   unsigned int len)
{
	unsigned int where =
		sim_number(p, "the offset", sim_word(p, 1, "the offset"), 16,
			   SIM_WHERE_MAX);

	max = min_t(unsigned int, max, p->model->size);
	if (where < min || where % 4 || where + len > max)
		sim_wrong(p, "%s: %03x is not between %03x and %03x, by 4",
			  p->word[0], where, min, max - len);
	return *p->error ? 0 : where;
}

/* Beside its header, where a capability says how long it is, or of which form. */
static const struct {
	bool ext;
	u16 id;
	u8 where;
	u8 len;
} forms[] = {
	{ false, PCI_CAP_ID_VNDR, 2, 1 },
	{ false, PCI_CAP_ID_EXP, PCI_EXP_FLAGS, 1 },
	{ false, PCI_CAP_ID_AF, PCI_AF_LENGTH, 1 },
	{ false, PCI_CAP_ID_EA, PCI_EA_NUM_ENT, 1 },
	{ true, PCI_EXT_CAP_ID_VNDR, PCI_VNDR_HEADER + 2, 2 },
	{ true, PCI_EXT_CAP_ID_DVSEC, PCI_DVSEC_HEADER1 + 2, 2 },
	{ true, PCI_EXT_CAP_ID_SRIOV, PCI_SRIOV_INITIAL_VF, 2 },
	{ true, PCI_EXT_CAP_ID_SRIOV, PCI_SRIOV_VF_OFFSET, 4 },
};

static void say_structure(struct sim_model *model, unsigned int where, bool ext,
			  u16 id)
{
	unsigned int i;

	sim_put_structure(model, where, ext ? 4 : 2);
	for (i = 0; i < ARRAY_SIZE(forms); i++)
		if (forms[i].ext == ext && forms[i].id == id)
			sim_put_structure(model, where + forms[i].where,
					  forms[i].len);
}

/* Linked to the one before, unless that said next= itself. */
static void link_cap(struct parser *p, unsigned int where, u8 id)
{
	struct sim_model *model = p->model;
	const char *next = sim_key(p, "next");

	sim_put_const(model, where, 2, id);
	say_structure(model, where, false, id);
	if (model->last_cap)
		model->image[model->last_cap] = where;
	if (!(model->image[PCI_STATUS] & PCI_STATUS_CAP_LIST)) {
		model->image[PCI_STATUS] |= PCI_STATUS_CAP_LIST;
		model->image[PCI_CAPABILITY_LIST] = where;
	}
	model->last_cap = next ? 0 : where + PCI_CAP_LIST_NEXT;
	if (next)
		sim_put(model, where + PCI_CAP_LIST_NEXT, 1,
			sim_number(p, "next", next, 16, 0xff));
}

static void link_ecap(struct parser *p, unsigned int where, u16 id, u8 version)
{
	struct sim_model *model = p->model;
	const char *next = sim_key(p, "next");
	u64 to = next ? sim_number(p, "next", next, 16, 0xfff) : 0;
	u16 last = model->last_ecap;

	sim_put_const(model, where, 4, id | version << 16 | to << 20);
	say_structure(model, where, true, id);
	if (last)
		sim_put(model, last, 4,
			(sim_load(model->image, last, 4) & 0x000fffff) |
				where << 20);
	model->last_ecap = next ? 0 : where;
}

void sim_parse_cap(struct parser *p)
{
	unsigned int len = sim_dec(p, "len", 2, 192);
	unsigned int where = offset(p, 0x40, 0x100, len);
	u8 id = sim_hex(p, "id", 0, 0xff);

	if (where) {
		sim_put_const(p->model, where, len, 0);
		link_cap(p, where, id);
	}
}

void sim_parse_ecap(struct parser *p)
{
	unsigned int len = sim_dec(p, "len", 4, SIM_CONFIG);
	unsigned int where = offset(p, 0x100, SIM_CONFIG, len);
	u16 id = sim_hex(p, "id", 0, 0xffff);
	u8 version = sim_dec(p, "ver", 1, 15);

	if (where) {
		sim_put_const(p->model, where, len, 0);
		link_ecap(p, where, id, version);
	}
}

void sim_parse_pm(struct parser *p)
{
	unsigned int where = offset(p, 0x40, 0x100, PCI_PM_SIZEOF);
	u16 nsr = sim_flag(p, "no-soft-reset") ? PCI_PM_CTRL_NO_SOFT_RESET : 0;

	if (!where)
		return;
	p->model->pm = where;
	link_cap(p, where, PCI_CAP_ID_PM);
	sim_put_const(p->model, where + PCI_PM_PMC, 2, 3);
	sim_described(p, SIM_PMCSR, where + PCI_PM_CTRL, 2, nsr,
		      PCI_PM_CTRL_STATE_MASK | PCI_PM_CTRL_PME_ENABLE);
	add_clearable(p->model, where + PCI_PM_CTRL + 1,
		      PCI_PM_CTRL_PME_STATUS >> 8);
	sim_put_const(p->model, where + PCI_PM_PPB_EXTENSIONS, 2, 0);
}

void sim_parse_af(struct parser *p)
{
	unsigned int where = offset(p, 0x40, 0x100, 6);

	if (!where)
		return;
	link_cap(p, where, PCI_CAP_ID_AF);
	sim_put_const(p->model, where + PCI_AF_LENGTH, 1, 6);
	sim_put_const(p->model, where + PCI_AF_CAP, 1,
		      PCI_AF_CAP_TP | PCI_AF_CAP_FLR);
	sim_described(p, SIM_AFCTL, where + PCI_AF_CTRL, 1, 0, 0);
	sim_put_const(p->model, where + PCI_AF_STATUS, 1, 0);
}

static const struct {
	const char *name;
	u8 type;
} port_types[] = {
	{ "endpoint", PCI_EXP_TYPE_ENDPOINT },
	{ "root", PCI_EXP_TYPE_ROOT_PORT },
	{ "upstream", PCI_EXP_TYPE_UPSTREAM },
	{ "downstream", PCI_EXP_TYPE_DOWNSTREAM },
	{ "to-pci", PCI_EXP_TYPE_PCI_BRIDGE },
	{ "integrated", PCI_EXP_TYPE_RC_END },
};

static u8 port_type(struct parser *p)
{
	const char *name = sim_key(p, "port") ?: "endpoint";
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(port_types); i++)
		if (!strcmp(port_types[i].name, name))
			return port_types[i].type;
	sim_wrong(p, "port: there is no '%s'", name);
	return 0;
}

static void pcie_device(struct parser *p, unsigned int where, u8 type, bool ari)
{
	u32 flr = sim_flag(p, "flr") ? PCI_EXP_DEVCAP_FLR : 0;

	sim_put_const(p->model, where + PCI_EXP_FLAGS, 2, 2 | type << 4);
	sim_put_const(p->model, where + PCI_EXP_DEVCAP, 4,
		      PCI_EXP_DEVCAP_RBER | flr);
	sim_described(p, flr ? SIM_DEVCTL : SIM_RW, where + PCI_EXP_DEVCTL, 2,
		      0x2810, 0x7fff);
	sim_described(p, SIM_RW1C, where + PCI_EXP_DEVSTA, 2, 0, 0x000f);
	sim_put_const(p->model, where + PCI_EXP_DEVCAP2, 4,
		      ari ? PCI_EXP_DEVCAP2_ARI : 0);
	sim_described(p, SIM_RW, where + PCI_EXP_DEVCTL2, 2, 0,
		      ari ? PCI_EXP_DEVCTL2_ARI | 0x1f : 0x1f);
}

static void pcie_link(struct parser *p, unsigned int where, bool port)
{
	u32 speed = sim_dec(p, "speed", 1, 6),
	    width = sim_dec(p, "width", 1, 32);
	u32 link = speed | width << 4;

	sim_put_const(p->model, where + PCI_EXP_LNKCAP, 4,
		      link | (port ? PCI_EXP_LNKCAP_DLLLARC : 0));
	sim_described(p, port ? SIM_LNKCTL : SIM_RW, where + PCI_EXP_LNKCTL, 2,
		      0, port ? 0x00db : 0x00cb);
	sim_described(p, SIM_LNKSTA, where + PCI_EXP_LNKSTA, 2, link, 0);
	sim_put_const(p->model, where + PCI_EXP_LNKCAP2, 4, (2 << speed) - 2);
	sim_described(p, SIM_RW, where + PCI_EXP_LNKCTL2, 2, speed, 0x000f);
}

static void pcie_root(struct parser *p, unsigned int where)
{
	sim_described(p, SIM_RW, where + PCI_EXP_RTCTL, 2, 0, 0x001f);
	sim_put_const(p->model, where + PCI_EXP_RTCAP, 2, 1);
}

void sim_parse_pcie(struct parser *p)
{
	unsigned int where = offset(p, 0x40, 0x100, 0x3c);
	u8 type = port_type(p);
	bool ari = sim_flag(p, "ari");

	if (!where)
		return;
	p->model->pcie = where;
	sim_put_const(p->model, where, 0x3c, 0);
	link_cap(p, where, PCI_CAP_ID_EXP);
	pcie_device(p, where, type, ari);
	if (type != PCI_EXP_TYPE_RC_END)
		pcie_link(p, where,
			  type == PCI_EXP_TYPE_ROOT_PORT ||
				  type == PCI_EXP_TYPE_DOWNSTREAM);
	if (type == PCI_EXP_TYPE_ROOT_PORT)
		pcie_root(p, where);
}

void sim_parse_ari(struct parser *p)
{
	unsigned int where = offset(p, 0x100, SIM_CONFIG, 8);

	if (!where)
		return;
	p->model->ari = where;
	sim_put_const(p->model, where, 8, 0);
	link_ecap(p, where, PCI_EXT_CAP_ID_ARI, 1);
}

static void sriov_registers(struct parser *p, unsigned int where)
{
	struct sim_model *model = p->model;
	u16 device = sim_hex(p, "device",
			     sim_load(model->image, PCI_DEVICE_ID, 2), 0xffff);

	sim_put_const(model, where, PCI_EXT_CAP_SRIOV_SIZEOF, 0);
	link_ecap(p, where, PCI_EXT_CAP_ID_SRIOV, 1);
	sim_described(p, SIM_SRIOV_CONTROL, where + PCI_SRIOV_CTRL, 2, 0,
		      0x001f);
	sim_put_const(model, where + PCI_SRIOV_INITIAL_VF, 2, model->vfs);
	sim_put_const(model, where + PCI_SRIOV_TOTAL_VF, 2, model->vfs);
	sim_described(p, SIM_NUM_VFS, where + PCI_SRIOV_NUM_VF, 2, 0, 0xffff);
	sim_put_const(model, where + PCI_SRIOV_VF_OFFSET, 2, model->vf_offset);
	sim_put_const(model, where + PCI_SRIOV_VF_STRIDE, 2, model->vf_stride);
	sim_put_const(model, where + PCI_SRIOV_VF_DID, 2, device);
	sim_put_const(model, where + PCI_SRIOV_SUP_PGSIZE, 4, 0x553);
	sim_described(p, SIM_RW, where + PCI_SRIOV_SYS_PGSIZE, 4, 1, 0x553);
}

void sim_parse_sriov(struct parser *p)
{
	unsigned int where =
		offset(p, 0x100, SIM_CONFIG, PCI_EXT_CAP_SRIOV_SIZEOF);
	const char *name = sim_key(p, "model");
	struct sim_model *vf = name ? sim_model_named(name) : NULL;

	if (!vf || !vf->vf)
		sim_wrong(p, "model: there is no VF's model '%s' yet",
			  name ?: "");
	p->model->vf_model = vf;
	p->model->sriov = where;
	p->model->vfs = sim_dec(p, "vfs", 1, 4096);
	p->model->vf_offset = sim_dec(p, "offset", 1, 0xffff);
	p->model->vf_stride = sim_dec(p, "stride", 1, 0xffff);
	if (where && !*p->error)
		sriov_registers(p, where);
}
