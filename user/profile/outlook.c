// SPDX-License-Identifier: GPL-2.0-only
#include "outlook.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cleanup.h"
#include "helper.h"
#include "talk.h"
#include "words.h"

/* As may_hand() of the helper's handover.c has it. */
#define COLD                                                      \
	(PCSC_WHY_PENDING | PCSC_WHY_RESET | PCSC_WHY_ABOVE |     \
	 PCSC_WHY_LAYOUT | PCSC_WHY_MOVED | PCSC_WHY_QUARANTINE | \
	 PCSC_WHY_GONE | PCSC_WHY_EVALUATING | PCSC_WHY_ABSENT |  \
	 PCSC_WHY_NO_MAP)

static __u32 cold_bits(const struct pcsc_function_state *f)
{
	/* The next kernel wakes all functions, which may reset one that is no VF. */
	return f->why & (f->is_vf ? COLD : COLD | PCSC_WHY_POWER);
}

static const char *word_of(__u32 why)
{
	for (int i = 0; i < PCSC_WHYS; i++)
		if (pcsc_whys[i].bit & why)
			return pcsc_whys[i].name;
	return "unknown";
}

static int find_cold(int fd, struct outlook *o)
{
	_cleanup_free_ struct pcsc_function_state *items = NULL;
	const int nr = helper_state(fd, &items);

	if (nr < 0)
		return nr;
	o->functions = nr;
	o->cold = calloc(nr + 1, sizeof(*o->cold));
	if (!o->cold)
		return pcsc_fail(-ENOMEM, "out of memory");
	for (int i = 0; i < nr; i++) {
		const __u32 why = cold_bits(&items[i]);

		if (!why)
			continue;
		o->cold[o->nr_cold++] = (struct outlook_cold){
			.domain = items[i].domain,
			.bus = items[i].bus,
			.devfn = items[i].devfn,
			.why = word_of(why),
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
