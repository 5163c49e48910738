// SPDX-License-Identifier: GPL-2.0-only
/* Commands: what happens to functions that nothing on the bus tells. */
#include <linux/slab.h>
#include <linux/string.h>

#include "sim.h"

struct order {
	char *verb;
	char *args[3];
	unsigned int nr;
	char *error;
};

static __printf(2, 3) int refuse(struct order *o, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vscnprintf(o->error, SIM_ERROR, format, args);
	va_end(args);
	return -EINVAL;
}

/* ---- of the whole ----------------------------------------------------------- */

static int do_check(struct order *o)
{
	int ret;

	if (sim_bus_present())
		return refuse(o,
			      "check: the functions are there; remove first");
	sim_unbuild(); /* they point to models */
	ret = sim_parse(sim_text ?: "", o->error);
	return ret ?: sim_build(o->error);
}

static int do_attach(struct order *o)
{
	if (sim_attach())
		return 0;
	return refuse(
		o,
		"the real buses' operations cannot be shared here: load with share_ops=0");
}

static int do_add(struct order *o)
{
	struct pci_ops *ops;
	int ret;

	if (sim_bus_present())
		return refuse(o, "add: the functions are there already");
	ret = do_check(o);
	if (ret)
		return ret;
	ops = sim_attach();
	if (!ops)
		return do_attach(o);
	ret = sim_bus_add(ops);
	if (ret == -EEXIST)
		refuse(o, "add: there is a PCI domain %04x already",
		       sim_domain);
	else if (ret)
		refuse(o, "add: the host bridge failed with error %d", ret);
	return ret;
}

static int do_remove(struct order *o)
{
	if (!sim_bus_remove() && !sim_attached())
		return refuse(o, "remove: nothing was added");
	if (!sim_detach())
		return 0;
	refuse(o,
	       "remove: the functions are gone, but somebody stacked on our operations: unload that, then remove again");
	return -EBUSY;
}

static int do_log(struct order *o)
{
	const char *how = o->nr ? o->args[0] : "";
	unsigned long flags;
	int ret = 0;

	raw_spin_lock_irqsave(&sim_lock, flags);
	if (!strcmp(how, "on"))
		sim_log_on = true;
	else if (!strcmp(how, "off"))
		sim_log_on = false;
	else if (!strcmp(how, "clear"))
		sim_log_clear();
	else
		ret = -EINVAL;
	raw_spin_unlock_irqrestore(&sim_lock, flags);
	return ret ? refuse(o, "log: on, off or clear, not '%s'", how) : 0;
}

static int do_speed(struct order *o)
{
	unsigned long flags;
	u32 speed;

	if (!o->nr || kstrtou32(o->args[0], 10, &speed) || speed > 100000)
		return refuse(o, "speed: a number up to 100000");
	raw_spin_lock_irqsave(&sim_lock, flags);
	sim_speed_set(speed);
	raw_spin_unlock_irqrestore(&sim_lock, flags);
	return 0;
}

static int do_pass(struct order *o)
{
	unsigned long flags;
	u32 ms;

	if (!o->nr || kstrtou32(o->args[0], 10, &ms))
		return refuse(o, "pass: a number of milliseconds");
	raw_spin_lock_irqsave(&sim_lock, flags);
	sim_time_pass(ms);
	raw_spin_unlock_irqrestore(&sim_lock, flags);
	return 0;
}

static const struct {
	const char *verb;
	int (*act)(struct order *o);
	unsigned int args;
} global_verbs[] = {
	{ "check", do_check },	{ "attach", do_attach },
	{ "add", do_add },	{ "remove", do_remove },
	{ "log", do_log, 1 },	{ "speed", do_speed, 1 },
	{ "pass", do_pass, 1 },
};

/* ---- of functions, sim_lock held -------------------------------------------- */

typedef void (*sim_verb)(struct sim_function *fn, const u64 *n);

static struct sim_function *port_of(struct sim_function *fn)
{
	return fn->model->type ? fn : fn->pf ? fn->pf->port : fn->port;
}

static void do_vanish(struct sim_function *fn, const u64 *n)
{
	fn->away |= SIM_REMOVED;
}

static void do_reappear(struct sim_function *fn, const u64 *n)
{
	fn->away &= ~SIM_REMOVED;
	sim_fn_event(fn, SIM_COLD);
}

static void do_d3cold(struct sim_function *fn, const u64 *n)
{
	fn->away |= SIM_D3COLD;
}

static void do_d0(struct sim_function *fn, const u64 *n)
{
	if (!(fn->away & SIM_D3COLD))
		return;
	fn->away &= ~SIM_D3COLD;
	sim_fn_event(fn, SIM_COLD);
}

static void do_link_down(struct sim_function *fn, const u64 *n)
{
	struct sim_function *port = port_of(fn);

	if (port)
		port->away |= SIM_LINK_DOWN;
}

static void do_link_up(struct sim_function *fn, const u64 *n)
{
	struct sim_function *port = port_of(fn);

	if (!port || !(port->away & SIM_LINK_DOWN))
		return;
	port->away &= ~SIM_LINK_DOWN;
	sim_below_event(port, SIM_BUS);
}

static void do_fw(struct sim_function *fn, const u64 *n)
{
	sim_fn_event(fn, SIM_FW);
}

static void do_flr(struct sim_function *fn, const u64 *n)
{
	sim_fn_event(fn, SIM_FLR);
}

static void do_rrs(struct sim_function *fn, const u64 *n)
{
	fn->rrs_ms = n[0];
	if (!n[0])
		fn->rrs_until = 0;
}

/* VFs that are yet to come cannot be told themselves. */
static void do_delay(struct sim_function *fn, const u64 *n)
{
	struct sim_function *vf;

	fn->delay_ns = n[0];
	for (vf = fn + 1; vf <= fn + fn->model->vfs; vf++)
		if (!vf->enabled)
			vf->delay_ns = n[0];
}

static void do_hold_writes(struct sim_function *fn, const u64 *n)
{
	WRITE_ONCE(fn->hold_ms, n[0]);
}

static void do_slow_write(struct sim_function *fn, const u64 *n)
{
	WRITE_ONCE(fn->slow_ms, n[0]);
	fn->slow_next = n[0];
}

static void do_set(struct sim_function *fn, const u64 *n)
{
	unsigned int i;

	for (i = 0; i < n[1] && n[0] + i < fn->model->size; i++)
		fn->image[n[0] + i] = n[2] >> (8 * i);
	if (fn->model->type)
		sim.reroute = true;
}

static void do_flip(struct sim_function *fn, const u64 *n)
{
	sim_fn_flip(fn);
}

static void do_flip_next(struct sim_function *fn, const u64 *n)
{
	fn->flips = true;
}

/* All stamps, and changes that wait for their moment: now. */
static void do_stamp(struct sim_function *fn, const u64 *n)
{
	const struct sim_model *model = fn->model;
	const struct sim_reg *reg;

	for (reg = model->regs; reg < model->regs + model->nr_regs; reg++)
		if (reg->kind == SIM_STAMP)
			sim_reg_store(
				fn, reg,
				sim_load(fn->image, reg->where, reg->len) + 1);
}

static void do_late(struct sim_function *fn, const u64 *n)
{
	const struct sim_model *model = fn->model;
	const struct sim_reg *reg;

	for (reg = model->regs; reg < model->regs + model->nr_regs; reg++)
		if (reg->kind == SIM_LATE && fn->state[reg->state])
			fn->state[reg->state] = sim_now();
}

static const struct verb {
	const char *name;
	sim_verb act;
	unsigned int args;
	u64 max[3];
	int base[3];
} verbs[] = {
	{ "remove-silently", do_vanish },
	{ "reappear", do_reappear },
	{ "d3cold", do_d3cold },
	{ "d0", do_d0 },
	{ "link-down", do_link_down },
	{ "link-up", do_link_up },
	{ "fw-activate", do_fw },
	{ "flr-internal", do_flr },
	{ "rrs", do_rrs, 1, { 60000 }, { 10 } },
	{ "delay", do_delay, 1, { 1000000000 }, { 10 } },
	{ "hold-writes", do_hold_writes, 1, { 60000 }, { 10 } },
	{ "slow-write", do_slow_write, 1, { 60000 }, { 10 } },
	{ "set", do_set, 3, { SIM_CONFIG - 1, 8, U64_MAX }, { 16, 10, 16 } },
	{ "stamp", do_stamp },
	{ "late", do_late },
	{ "flip", do_flip },
	{ "flip-next", do_flip_next },
};

static const struct verb *verb_named(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

static int numbers(struct order *o, const struct verb *verb, u64 *n)
{
	unsigned int i;

	if (o->nr != verb->args)
		return refuse(o, "%s wants %u arguments", verb->name,
			      verb->args);
	for (i = 0; i < verb->args; i++)
		if (kstrtou64(o->args[i], verb->base[i], &n[i]) ||
		    n[i] > verb->max[i])
			return refuse(o,
				      "%s: '%s' is no %s number, or too large",
				      verb->name, o->args[i],
				      verb->base[i] == 16 ? "hexadecimal" :
							    "decimal");
	return 0;
}

/* ---- which functions -------------------------------------------------------- */

/* BUS:DEVICE.FUNCTION, with our domain before it or not. */
static int routing_id(const char *text)
{
	unsigned int domain, bus, device, function;
	char rest;

	if (sscanf(text, "%x:%x:%x.%x%c", &domain, &bus, &device, &function,
		   &rest) != 4) {
		domain = sim_domain;
		if (sscanf(text, "%x:%x.%x%c", &bus, &device, &function,
			   &rest) != 3)
			return -EINVAL;
	}
	if (domain != sim_domain || bus > 0xff || device > 0x1f || function > 7)
		return -EINVAL;
	return PCI_DEVID(bus, PCI_DEVFN(device, function));
}

static bool is_meant(const struct sim_function *fn, const char *who, int rid)
{
	if (fn->pf && !fn->enabled)
		return false;
	if (rid >= 0)
		return sim.map[rid] == fn;
	if (!strncmp(who, "model=", 6))
		return !strcmp(fn->model->name, who + 6);
	return !strcmp(who, "all");
}

static unsigned int act(sim_verb verb, const char *who, const u64 *n)
{
	int rid = routing_id(who);
	struct sim_function *fn;
	unsigned int done = 0;
	unsigned long flags;

	raw_spin_lock_irqsave(&sim_lock, flags);
	for (fn = sim.functions; fn < sim.functions + sim.nr; fn++)
		if (is_meant(fn, who, rid)) {
			verb(fn, n);
			done++;
		}
	if (sim.reroute)
		sim_route();
	raw_spin_unlock_irqrestore(&sim_lock, flags);
	return done;
}

static int of_functions(struct order *o, const char *who)
{
	const struct verb *verb = verb_named(o->verb);
	u64 n[3] = {};
	int ret;

	if (!verb)
		return refuse(o, "there is no command '%s'", o->verb);
	ret = numbers(o, verb, n);
	if (ret)
		return ret;
	if (!act(verb->act, who, n))
		return refuse(o, "there is no function '%s'", who);
	return 0;
}

static char *next_word(char **line)
{
	char *word;

	do
		word = strsep(line, " \t\r");
	while (word && !*word);
	return word;
}

/* false: there are more than anything wants. */
static bool take_args(struct order *o, char **line)
{
	char *word;

	for (o->nr = 0; (word = next_word(line)); o->nr++) {
		if (o->nr == ARRAY_SIZE(o->args))
			return false;
		o->args[o->nr] = word;
	}
	return true;
}

int sim_control(char *line, char *error)
{
	struct order o = { .error = error };
	char *first = next_word(&line);
	unsigned int i;

	if (!first || *first == '#')
		return 0;
	for (i = 0; i < ARRAY_SIZE(global_verbs); i++) {
		if (strcmp(global_verbs[i].verb, first))
			continue;
		if (!take_args(&o, &line) || o.nr != global_verbs[i].args)
			return refuse(&o, "%s wants %u arguments", first,
				      global_verbs[i].args);
		return global_verbs[i].act(&o);
	}
	o.verb = next_word(&line);
	if (!o.verb)
		return refuse(&o, "there is no command '%s', or one is missing",
			      first);
	if (!take_args(&o, &line))
		return refuse(&o, "%s has too many arguments", o.verb);
	return of_functions(&o, first);
}
