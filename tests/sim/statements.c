// SPDX-License-Identifier: GPL-2.0-only
/* What the statements of a description mean: docs/sim.md has the grammar. */
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "parse.h"

#define TEN_MINUTES 600

struct sim_model *sim_model_named(const char *name)
{
	struct sim_model *model;

	list_for_each_entry(model, &sim.models, node)
		if (!strcmp(model->name, name))
			return model;
	return NULL;
}

/* ---- bytes and registers ---------------------------------------------------- */

void sim_put(struct sim_model *model, unsigned int where, unsigned int len,
	     u64 value)
{
	unsigned int i;

	for (i = 0; i < len; i++)
		model->image[where + i] = i < 8 ? value >> (8 * i) : 0;
}

/* What the registers there were is over: these bytes are constant. */
void sim_put_const(struct sim_model *model, unsigned int where,
		   unsigned int len, u64 value)
{
	sim_put(model, where, len, value);
	memset(model->owner + where, 0, len);
	memset(model->writable + where, 0, len);
	memset(model->clearable + where, 0, len);
}

/* By these bytes software finds out what there is, and where. */
void sim_put_structure(struct sim_model *model, unsigned int where,
		       unsigned int len)
{
	memset(model->structure + where, true, len);
}

static u8 byte_of(u64 value, unsigned int i)
{
	return i < 8 ? value >> (8 * i) : value >> 56;
}

static void set_masks(struct sim_model *model, const struct sim_reg *reg)
{
	bool w1c = reg->kind == SIM_RW1C;
	unsigned int i;

	if (reg->kind == SIM_LINKED)
		return;
	for (i = 0; i < reg->len; i++) {
		u8 bits = byte_of(reg->mask, i);

		model->clearable[reg->where + i] = w1c ? bits : 0;
		model->writable[reg->where + i] = w1c ? 0 : bits;
	}
}

static struct sim_reg *add_reg(struct parser *p, const struct sim_reg *new,
			       u32 states)
{
	struct sim_model *model = p->model;
	struct sim_reg *reg;

	if (new->where + new->len > model->size) {
		sim_wrong(p, "%03x and %u bytes from there are outside",
			  new->where, new->len);
		return NULL;
	}
	if (model->nr_regs == SIM_REGS || model->nr_states + states > 0x8000) {
		sim_wrong(p, "the model has too many registers");
		return NULL;
	}
	reg = &model->regs[model->nr_regs++];
	*reg = *new;
	reg->state = model->nr_states;
	model->nr_states += states;
	sim_put_const(model, reg->where, reg->len, reg->value);
	memset(model->owner + reg->where, model->nr_regs, reg->len);
	set_masks(model, reg);
	return reg;
}

/* A register of the specification. */
void sim_described(struct parser *p, enum sim_kind kind, unsigned int where,
		   unsigned int len, u64 value, u64 mask)
{
	struct sim_reg reg = {
		.kind = kind,
		.where = where,
		.len = len,
		.value = value,
		.mask = mask,
	};

	add_reg(p, &reg, kind == SIM_RW1C);
}

/* ---- model ------------------------------------------------------------------ */

static void header_type0(struct parser *p)
{
	sim_described(p, SIM_RW, PCI_COMMAND, 2, 0, 0x0547);
	sim_described(p, SIM_RW1C, PCI_STATUS, 2, 0, 0xf900);
	sim_described(p, SIM_RW, PCI_CACHE_LINE_SIZE, 1, 0, 0xff);
	sim_described(p, SIM_RW, PCI_INTERRUPT_LINE, 1, 0, 0xff);
}

/* No windows: their bases are above their limits. */
static void header_type1(struct parser *p)
{
	header_type0(p);
	sim_described(p, SIM_BUSES, PCI_PRIMARY_BUS, 4, 0, 0x00ffffff);
	sim_described(p, SIM_RW, PCI_IO_BASE, 2, 0x00f0, 0xf0f0);
	sim_described(p, SIM_RW1C, PCI_SEC_STATUS, 2, 0, 0xf900);
	sim_described(p, SIM_RW, PCI_MEMORY_BASE, 4, 0x0000fff0, 0xfff0fff0);
	sim_described(p, SIM_RW, PCI_PREF_MEMORY_BASE, 4, 0x0000fff0,
		      0xfff0fff0);
	sim_described(p, SIM_BRIDGE_CONTROL, PCI_BRIDGE_CONTROL, 2, 0, 0x004f);
}

/* A VF's BARs are nobody's: they read as 0. */
static void header_structure(struct sim_model *model)
{
	const bool bridge = model->type;

	sim_put_structure(model, PCI_VENDOR_ID, 4);
	sim_put_structure(model, PCI_BIST, 1);
	sim_put_structure(model, PCI_CAPABILITY_LIST, 1);
	sim_put_structure(model, PCI_CFG_SPACE_SIZE, 4);
	if (model->vf)
		return;
	sim_put_structure(model, PCI_BASE_ADDRESS_0, bridge ? 8 : 24);
	sim_put_structure(model, bridge ? PCI_ROM_ADDRESS1 : PCI_ROM_ADDRESS,
			  4);
}

static void ids(struct parser *p)
{
	struct sim_model *model = p->model;
	u64 none = model->vf ? 0xffff : 0x1234;
	u8 *image = model->image;

	if (!p->model->nr_regs) { /* not like another one */
		sim_put(model, PCI_VENDOR_ID, 2, none);
		sim_put(model, PCI_DEVICE_ID, 2, model->vf ? 0xffff : 1);
		sim_put(model, PCI_CLASS_REVISION, 4,
			model->type ? 0x06040000 : 0xff000000);
	}
	sim_put(model, PCI_VENDOR_ID, 2,
		sim_hex(p, "vendor", sim_load(image, PCI_VENDOR_ID, 2),
			0xffff));
	sim_put(model, PCI_DEVICE_ID, 2,
		sim_hex(p, "device", sim_load(image, PCI_DEVICE_ID, 2),
			0xffff));
	sim_put(model, PCI_CLASS_PROG, 3,
		sim_hex(p, "class", sim_load(image, PCI_CLASS_PROG, 3),
			0xffffff));
	sim_put(model, PCI_REVISION_ID, 1,
		sim_hex(p, "revision", image[PCI_REVISION_ID], 0xff));
	if (model->type)
		return;
	sim_put(model, PCI_SUBSYSTEM_VENDOR_ID, 2,
		sim_hex(p, "subvendor",
			sim_load(image, PCI_SUBSYSTEM_VENDOR_ID, 2), 0xffff));
	sim_put(model, PCI_SUBSYSTEM_ID, 2,
		sim_hex(p, "subdevice", sim_load(image, PCI_SUBSYSTEM_ID, 2),
			0xffff));
}

static bool be_like(struct parser *p, struct sim_model *model)
{
	const char *name = sim_key(p, "like");
	const struct sim_model *other = name ? sim_model_named(name) : NULL;

	if (!name)
		return false;
	if (!other) {
		sim_wrong(p, "like: there is no model '%s' yet", name);
		return false;
	}
	*model = *other;
	return true;
}

static void begin_model(struct parser *p, struct sim_model *model)
{
	bool like = be_like(p, model);

	p->model = model;
	if (!like) {
		model->vf = sim_flag(p, "vf");
		model->type = sim_dec(p, "type", 0, 1);
		model->size = sim_dec(p, "size", SIM_CONFIG, SIM_CONFIG);
		if (model->size != 256 && model->size != SIM_CONFIG)
			sim_wrong(p, "size is 256 or 4096");
	}
	ids(p);
	header_structure(model);
	sim_put(model, PCI_HEADER_TYPE, 1, model->type);
	if (!like && !*p->error) {
		if (model->type)
			header_type1(p);
		else
			header_type0(p);
	}
}

static void parse_model(struct parser *p)
{
	const char *name = sim_word(p, 1, "the name");
	struct sim_model *model;

	if (sim_model_named(name))
		sim_wrong(p, "there is a model '%s' already", name);
	if (strlen(name) >= SIM_NAME)
		sim_wrong(p, "the name is longer than %d", SIM_NAME - 1);
	if (*p->error)
		return;
	model = kvzalloc(sizeof(*model), GFP_KERNEL);
	if (!model) {
		sim_wrong(p, "no memory");
		return;
	}
	begin_model(p, model);
	strscpy(model->name, name, SIM_NAME);
	list_add_tail(&model->node, &sim.models);
}

/* ---- reg -------------------------------------------------------------------- */

/* An argument of a kind, with its default. */
struct argument {
	const char *name;
	int base;
	u64 unless, max;
};

static const struct kind {
	enum sim_kind kind;
	u16 len; /* the one length, or 0 */
	u8 states;
	bool writable; /* the mask is all ones by default */
	struct argument arg, arg2;
} kinds[] = {
	{ .kind = SIM_CONST },
	{ .kind = SIM_RW, .writable = true },
	{ .kind = SIM_RW1C,
	  .states = 1,
	  .writable = true,
	  .arg = { "every", 10, 0, U32_MAX } },
	{ .kind = SIM_COUNTER,
	  .states = 1,
	  .arg = { "rate", 10, 1000, 1000000000 } },
	{ .kind = SIM_LATE,
	  .states = 1,
	  .arg = { "within", 10, TEN_MINUTES, 86400 },
	  .arg2 = { "to", 16, U64_MAX, U64_MAX } },
	{ .kind = SIM_READCLEAR,
	  .states = 1,
	  .arg = { "every", 10, 0, U32_MAX } },
	{ .kind = SIM_READSTEP, .arg = { "step", 10, 1, U32_MAX } },
	{ .kind = SIM_MAILBOX,
	  .len = 8,
	  .states = 1,
	  .writable = true,
	  .arg = { "busy", 10, 10, 60000 },
	  .arg2 = { "key", 16, U32_MAX, U32_MAX } },
	{ .kind = SIM_WINDOW,
	  .len = 8,
	  .writable = true,
	  .arg = { "entries", 10, 16, 1024 } },
	{ .kind = SIM_LINKED,
	  .writable = true,
	  .arg = { "from", 16, 0, SIM_WHERE_MAX },
	  .arg2 = { "xor", 16, 0, U64_MAX } },
	{ .kind = SIM_STAMP },
};

static const struct kind *kind_named(struct parser *p, const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(sim_kind_names[kinds[i].kind], name))
			return &kinds[i];
	sim_wrong(p, "there is no kind of register '%s'", name);
	return NULL;
}

static u64 argument(struct parser *p, const struct argument *a)
{
	const char *text = a->name ? sim_key(p, a->name) : NULL;

	return text ? sim_number(p, a->name, text, a->base, a->max) : a->unless;
}

/* fw=2 sets, fw=+1 adds. */
static void changes(struct parser *p, struct sim_reg *reg)
{
	const char *text;
	int event;

	for (event = 0; event < SIM_EVENTS; event++) {
		text = sim_key(p, sim_event_names[event]);
		if (!text)
			continue;
		reg->on[event].how = *text == '+' ? SIM_ADD : SIM_SET;
		reg->on[event].value =
			sim_number(p, sim_event_names[event],
				   text + (*text == '+'), 16, U64_MAX);
	}
}

static void check_reg(struct parser *p, const struct kind *kind,
		      const struct sim_reg *reg)
{
	bool any = kind->kind == SIM_CONST || kind->kind == SIM_RW;

	if (kind->len && reg->len != kind->len)
		sim_wrong(p, "a %s has %u bytes", sim_kind_names[kind->kind],
			  kind->len);
	else if (!any && reg->len > 8)
		sim_wrong(p, "only const and rw have more than 8 bytes");
	else if (kind->kind == SIM_LINKED &&
		 reg->arg + reg->len > p->model->size)
		sim_wrong(p, "from: %03llx and %u bytes from there are outside",
			  reg->arg, reg->len);
}

static void parse_reg(struct parser *p)
{
	struct sim_reg reg = {
		.where = sim_number(p, "the offset",
				    sim_word(p, 1, "the offset"), 16,
				    SIM_WHERE_MAX),
		.len = sim_number(p, "the length", sim_word(p, 2, "the length"),
				  10, SIM_CONFIG),
	};
	const struct kind *kind = kind_named(p, sim_word(p, 3, "the kind"));

	if (!kind)
		return;
	if (!reg.len)
		sim_wrong(p, "the length is 0");
	reg.kind = kind->kind;
	reg.sticky = sim_flag(p, "sticky");
	reg.value = sim_hex(p, "value", 0, U64_MAX);
	reg.mask = kind->writable ? sim_hex(p, "mask", U64_MAX, U64_MAX) : 0;
	reg.arg = argument(p, &kind->arg);
	reg.arg2 = argument(p, &kind->arg2);
	if (kind->kind == SIM_LATE && reg.arg2 == U64_MAX)
		reg.arg2 = reg.value + 1;
	changes(p, &reg);
	check_reg(p, kind, &reg);
	if (!*p->error)
		add_reg(p, &reg,
			kind->kind == SIM_WINDOW ? reg.arg : kind->states);
}

static void parse_bytes(struct parser *p)
{
	unsigned int where =
		sim_number(p, "the offset", sim_word(p, 1, "the offset"), 16,
			   SIM_WHERE_MAX);
	unsigned int i;

	sim_word(p, 2, "a byte");
	for (i = 2; i < p->nr && !*p->error; i++, where++) {
		u8 byte = sim_number(p, "a byte", sim_word(p, i, "a byte"), 16,
				     0xff);

		if (where >= p->model->size)
			sim_wrong(p, "%03x is outside", where);
		else
			sim_put_const(p->model, where, 1, byte);
	}
}

/* ---- bar ---------------------------------------------------------------------- */

/* size= of a BAR: 4k, 16M, 1G. */
static u64 bar_size(struct parser *p)
{
	const char *text = sim_key(p, "size") ?: "";
	char *end;
	u64 size = memparse(text, &end);

	if (*end || !is_power_of_2(size) || size < 16)
		sim_wrong(p, "size: '%s' is no power of two from 16 on", text);
	return size;
}

static void parse_bar(struct parser *p)
{
	u64 n = sim_number(p, "the number", sim_word(p, 1, "the number"), 10,
			   p->model->type ? 1 : 5);
	u64 size = bar_size(p), flags = 0;
	bool wide = sim_flag(p, "64");
	unsigned int len = wide ? 8 : 4;

	if (sim_flag(p, "io"))
		flags |= PCI_BASE_ADDRESS_SPACE_IO;
	if (sim_flag(p, "prefetch"))
		flags |= PCI_BASE_ADDRESS_MEM_PREFETCH;
	if (wide)
		flags |= PCI_BASE_ADDRESS_MEM_TYPE_64;
	if (!wide && size > SZ_2G)
		sim_wrong(p, "a 32-bit BAR is not that large");
	if (wide && n == (p->model->type ? 1 : 5))
		sim_wrong(p, "the last BAR cannot have 64 bits");
	if (!*p->error)
		sim_described(p, SIM_RW, PCI_BASE_ADDRESS_0 + 4 * n, len, flags,
			      ~(size - 1));
}

/* ---- function --------------------------------------------------------------- */

static void address(struct parser *p, struct sim_group *group)
{
	const char *text = sim_word(p, 1, "the address");
	unsigned int bus, device, function;
	char rest;

	if (sscanf(text, "%x:%x.%x%c", &bus, &device, &function, &rest) != 3 ||
	    bus > 0xff || device > 0x1f || function > 7)
		sim_wrong(p, "'%s' is no BUS:DEVICE.FUNCTION", text);
	else
		group->devfn = PCI_DEVFN(device, function);
	group->bus = bus;
}

static void secondary(struct parser *p, struct sim_group *group)
{
	bool port = group->model && group->model->type;

	if (!port)
		return;
	group->secondary = sim_hex(p, "secondary", 0, 0xff);
	group->subordinate = sim_hex(p, "subordinate", group->secondary, 0xff);
	if (group->subordinate < group->secondary)
		sim_wrong(p, "subordinate is less than secondary");
}

static void group_words(struct parser *p, struct sim_group *group)
{
	const char *name = sim_key(p, "model") ?: "";

	address(p, group);
	group->line = p->line;
	group->model = sim_model_named(name);
	if (!group->model)
		sim_wrong(p, "model: there is no '%s' yet", name);
	else if (group->model->vf)
		sim_wrong(p, "'%s' is a VF's model: it comes with its PF",
			  name);
	group->count = sim_dec(p, "count", 1, 256);
	group->buses = sim_dec(p, "buses", 1, 256);
	group->rrs_ms = sim_dec(p, "rrs", 0, 60000);
	secondary(p, group);
}

static void parse_function(struct parser *p)
{
	struct sim_group *group = kzalloc(sizeof(*group), GFP_KERNEL);

	if (!group) {
		sim_wrong(p, "no memory");
		return;
	}
	group_words(p, group);
	list_add_tail(&group->node, &sim.groups);
	p->model = NULL;
}

const struct statement sim_statements[] = { { "model", false, parse_model },
					    { "reg", true, parse_reg },
					    { "bytes", true, parse_bytes },
					    { "cap", true, sim_parse_cap },
					    { "ecap", true, sim_parse_ecap },
					    { "pcie", true, sim_parse_pcie },
					    { "pm", true, sim_parse_pm },
					    { "af", true, sim_parse_af },
					    { "ari", true, sim_parse_ari },
					    { "sriov", true, sim_parse_sriov },
					    { "bar", true, parse_bar },
					    { "function", false,
					      parse_function },
					    {} };
