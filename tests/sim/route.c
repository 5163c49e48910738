// SPDX-License-Identifier: GPL-2.0-only
/* Which function an address leads to, and whether an access gets there. */
#include "sim.h"

static bool port_forwards(const struct sim_function *port)
{
	const struct sim_model *model = port->model;
	const u8 *image = port->image;

	if (port->away & SIM_LINK_DOWN)
		return false;
	if (image[PCI_BRIDGE_CONTROL] & PCI_BRIDGE_CTL_BUS_RESET)
		return false;
	if (model->pcie &&
	    (image[model->pcie + PCI_EXP_LNKCTL] & PCI_EXP_LNKCTL_LD))
		return false;
	return !model->pm ||
	       !(image[model->pm + PCI_PM_CTRL] & PCI_PM_CTRL_STATE_MASK);
}

bool sim_reachable(const struct sim_function *fn)
{
	const struct sim_function *port;

	if (fn->away & (SIM_REMOVED | SIM_D3COLD))
		return false;
	if (fn->pf)
		return sim_reachable(fn->pf);
	for (port = fn->port; port; port = port->port)
		if ((port->away & (SIM_REMOVED | SIM_D3COLD)) ||
		    !port_forwards(port))
			return false;
	return true;
}

static void route_vf(struct sim_function *vf)
{
	const struct sim_function *pf = vf->pf, *port = pf->port;
	const struct sim_model *model = pf->model;
	unsigned int rid =
		pf->rid + model->vf_offset + (vf - pf - 1) * model->vf_stride;

	vf->routed = vf->enabled && pf->routed && rid < SIM_RIDS &&
		     (!port || rid >> 8 <= port->image[PCI_SUBORDINATE_BUS]);
	vf->rid = rid;
}

static void route_function(struct sim_function *fn)
{
	const struct sim_function *port = fn->port;
	u8 bus = port ? port->image[PCI_SECONDARY_BUS] : 0;

	fn->routed = !port || (port->routed && bus);
	fn->rid = PCI_DEVID(bus, fn->devfn);
}

/* Ports come before what is below, PFs before their VFs. */
void sim_route(void)
{
	struct sim_function *fn;

	sim.reroute = false;
	memset(sim.map, 0, SIM_RIDS * sizeof(*sim.map));
	for (fn = sim.functions; fn < sim.functions + sim.nr; fn++) {
		if (fn->pf)
			route_vf(fn);
		else
			route_function(fn);
		if (fn->routed && !sim.map[fn->rid])
			sim.map[fn->rid] = fn;
	}
}

/* The next function after fn (NULL: the first) that is below a port. */
struct sim_function *sim_below(struct sim_function *above,
			       struct sim_function *fn)
{
	const struct sim_function *port;

	for (fn = fn ? fn + 1 : sim.functions; fn < sim.functions + sim.nr;
	     fn++)
		for (port = fn->pf ? NULL : fn->port; port; port = port->port)
			if (port == above)
				return fn;
	return NULL;
}
