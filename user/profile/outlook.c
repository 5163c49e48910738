// SPDX-License-Identifier: GPL-2.0-only
#include "outlook.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "bdf.h"
#include "cleanup.h"
#include "core/handover.h"
#include "helper.h"
#include "identities.h"
#include "talk.h"
#include "words.h"

/* What of may_hand() in the helper's leave.c is no bypass. */
static bool has_no_line(const struct pcsc_function_state *f)
{
	return f->why & PCSC_WHY_NO_MAP || f->walk_status != PCSC_WALK_OK ||
	       f->domain >= PCSC_HANDOVER_SOFTWARE_DOMAINS;
}

/* NULL: its line would be handed over, if its PF's is. */
static const char *why_cold(const struct pcsc_function_state *f)
{
	const __u32 why = f->why & pcsc_handover_hinders(f->is_vf);

	if (!why)
		return has_no_line(f) ? "no-map" : NULL;
	for (int i = 0; i < PCSC_WHYS; i++)
		if (pcsc_whys[i].bit & why)
			return pcsc_whys[i].name;
	return "unknown";
}

static const char *why_cold_with_pf(const struct sample_function *all, int nr,
				    int i)
{
	const struct sample_function *f = &all[i];
	const char *why = why_cold(&f->state);

	for (int n = 0; !why && f->state.is_vf && n < nr; n++)
		if (all[n].state.domain == f->state.domain &&
		    (all[n].state.bus << 8 | all[n].state.devfn) == f->pf &&
		    why_cold(&all[n].state))
			why = "its PF is cold";
	return why;
}

static void identities_free(struct identities *ids)
{
	free(ids->functions);
	free(ids->devices);
	pcsc_names_closep(&ids->names);
}

static int find_cold(int fd, struct outlook *o)
{
	_cleanup_free_ struct pcsc_function_state *items = NULL;
	_cleanup_(identities_free) struct identities ids = { 0 };
	const int nr = helper_state(fd, &items);

	if (nr < 0)
		return nr;
	o->functions = nr;
	o->cold = calloc(nr + 1, sizeof(*o->cold));
	if (!o->cold || identities_take(&ids, items, nr, 0))
		return pcsc_fail(-ENOMEM, "out of memory");
	for (int i = 0; i < nr; i++) {
		const char *why = why_cold_with_pf(ids.functions, nr, i);

		if (!why)
			continue;
		o->cold[o->nr_cold++] = (struct outlook_cold){
			.domain = items[i].domain,
			.bus = items[i].bus,
			.devfn = items[i].devfn,
			.why = why,
		};
	}
	return 0;
}

static enum outlook_verdict verdict_of(const struct pcsc_handover *h)
{
	if (h->state != PCSC_HANDOVER_LIVE)
		return OUTLOOK_REFUSED;
	return h->capacity < h->wanted ? OUTLOOK_PARTLY : OUTLOOK_TAKEN;
}

int outlook_look(struct outlook *o)
{
	_cleanup_close_ int fd = -1;
	int err;

	*o = (struct outlook){ .verdict = OUTLOOK_UNASKED };
	if (access(PCSC_DEVICE, R_OK | W_OK))
		return 0;
	fd = helper_open();
	if (fd < 0)
		return fd;
	err = helper_handover(fd, PCSC_HANDOVER_STATUS, &o->handover) ?:
		      find_cold(fd, o);
	o->verdict = verdict_of(&o->handover);
	return err;
}

void outlook_free(struct outlook *o)
{
	free(o->cold);
}
