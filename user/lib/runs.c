// SPDX-License-Identifier: GPL-2.0-only
#include "runs.h"

const char *const pcsc_run_words[PCSC_RUN_STATES] = {
	[PCSC_RUN_MEMORY] = "memory",
	[PCSC_RUN_MEMORY_EVIDENCE] = "memory-evidence",
	[PCSC_RUN_UNREAD] = "unread",
	[PCSC_RUN_UNREAD_EVIDENCE] = "unread-evidence",
	[PCSC_RUN_DEMOTED] = "demoted",
	[PCSC_RUN_CONFIG] = "config",
	[PCSC_RUN_VOLATILE] = "volatile",
	[PCSC_RUN_VENDOR] = "vendor",
	[PCSC_RUN_UNDESCRIBED] = "undescribed",
};

/* The layout as far as the helper tells it. */
void pcsc_runs_begin(struct pcsc_runs *runs, const struct sample_space *s)
{
	struct pcsc_layout *layout = &runs->layout;

	runs->space = s;
	runs->next = 0;
	*layout = (struct pcsc_layout){
		.cfg_size = s->bytes.count < sizeof(s->byte) ? s->bytes.count :
							       sizeof(s->byte),
		.header_type = s->bytes.header_type,
		.pcie_type = PCSC_NO_PCIE,
	};
	for (__u32 i = 0; i < s->bytes.nr_caps && i < SAMPLE_CAPS &&
			  layout->nr_caps < PCSC_MAX_CAPS;
	     i++)
		layout->caps[layout->nr_caps++] = (struct pcsc_cap){
			.id = s->caps[i].id,
			.offset = s->caps[i].offset,
			.length = s->caps[i].length,
			.ext = s->caps[i].extended,
		};
}

static struct pcsc_run byte_at(const struct pcsc_runs *runs, u16 where)
{
	struct pcsc_run run = { .where = where,
				.length = 1,
				.known = runs->space->byte[where] };

	run.reg = pcsc_layout_reg(&runs->layout, where, &run.cap);
	/* The helper knows better than its layout does what it took to be opaque. */
	if (run.known & PCSC_BYTE_OPAQUE || !(run.known & PCSC_BYTE_DESCRIBED))
		run.reg = NULL;
	return run;
}

static bool goes_on(const struct pcsc_run *run, const struct pcsc_run *byte)
{
	return run->reg == byte->reg && run->cap == byte->cap &&
	       run->known == byte->known;
}

bool pcsc_runs_next(struct pcsc_runs *runs, struct pcsc_run *run)
{
	struct pcsc_run byte;

	if (runs->next >= runs->layout.cfg_size)
		return false;
	*run = byte_at(runs, runs->next++);
	for (; runs->next < runs->layout.cfg_size; runs->next++) {
		byte = byte_at(runs, runs->next);
		if (!goes_on(run, &byte))
			break;
		run->length++;
	}
	return true;
}

const char *pcsc_run_name(const struct pcsc_run *run)
{
	if (run->reg)
		return run->reg->name;
	return run->known & PCSC_BYTE_DESCRIBED ? "body" : "undescribed";
}

enum pcsc_run_state pcsc_run_state(const struct pcsc_run *run)
{
	const bool evidence = run->known & PCSC_BYTE_EVIDENCE;

	if (run->known & PCSC_BYTE_DEMOTED)
		return PCSC_RUN_DEMOTED;
	if (run->known & PCSC_BYTE_CONST && run->known & PCSC_BYTE_CACHED)
		return evidence ? PCSC_RUN_MEMORY_EVIDENCE : PCSC_RUN_MEMORY;
	if (run->known & PCSC_BYTE_CONST)
		return evidence ? PCSC_RUN_UNREAD_EVIDENCE : PCSC_RUN_UNREAD;
	if (run->known & PCSC_BYTE_OPAQUE)
		return PCSC_RUN_VENDOR;
	if (!run->reg)
		return PCSC_RUN_UNDESCRIBED;
	return run->reg->klass == PCSC_CONFIG ? PCSC_RUN_CONFIG :
						PCSC_RUN_VOLATILE;
}
