// SPDX-License-Identifier: GPL-2.0-only
/* What is said of a function: its state, and its bytes. */
#include <linux/build_bug.h>
#include <linux/jiffies.h>

#include "core/guards.h"
#include "describe.h"
#include "find.h"
#include "verify.h"

#define SAME_BIT(name) static_assert(PCSC_WHY_##name == PCSC_BYPASS_##name)
SAME_BIT(PENDING);
SAME_BIT(RESET);
SAME_BIT(POWER);
SAME_BIT(ABOVE);
SAME_BIT(LAYOUT);
SAME_BIT(MOVED);
SAME_BIT(QUARANTINE);
SAME_BIT(GONE);
SAME_BIT(EVALUATING);
SAME_BIT(HANDED);
SAME_BIT(SUSPEND);
SAME_BIT(DISABLED);
SAME_BIT(ABSENT);
SAME_BIT(ADOPTING);

/* Why a function's reads go to hardware, as PCSC_WHY_*. */
static u32 why(const struct pcsc_function *f)
{
	u32 bits = pcsc_line_bypassed(&f->line);

	if (!READ_ONCE(f->line.map) || f->walk_status != PCSC_WALK_OK)
		bits |= PCSC_WHY_NO_MAP;
	if (READ_ONCE(f->line.cells->no_evidence))
		bits |= PCSC_WHY_NO_EVIDENCE;
	return bits;
}

void pcsc_describe(const struct pcsc_function *f,
		   struct pcsc_function_state *state)
{
	const struct pcsc_map *map = READ_ONCE(f->line.map);

	*state = (struct pcsc_function_state){
		.domain = f->domain,
		.bus = f->bus,
		.devfn = f->devfn,
		.is_vf = f->vf,
		.walk_status = f->walk_status,
		.why = why(f),
		.model = map ? map->model : -1,
		.const_bytes = map ? map->nr_const : 0,
		.valid_bytes = pcsc_line_valid_bytes(&f->line),
		.hits = atomic64_read(&f->hits),
		.hardware_reads = atomic64_read(&f->hardware_reads),
		.background_reads = atomic64_read(&f->background_reads),
		.writes = atomic64_read(&f->writes),
		.demotions = atomic64_read(&f->demotions),
		.mismatches = atomic64_read(&f->mismatches),
		.mode = f->mode,
		.evidence = READ_ONCE(f->line.cells->no_evidence),
	};
}

#define SAME_BYTE(name) static_assert(PCSC_BYTE_##name == PCSC_KNOWN_##name)
SAME_BYTE(CONST);
SAME_BYTE(EVIDENCE);
SAME_BYTE(CACHED);
SAME_BYTE(DEMOTED);
SAME_BYTE(SHARED);
SAME_BYTE(DESCRIBED);
SAME_BYTE(OPAQUE);
SAME_BYTE(UNPROVED);

#define SAME_DROP(name) \
	static_assert(PCSC_EVIDENCE_##name == PCSC_DROPPED_##name)
SAME_DROP(RESET);
SAME_DROP(READ);
SAME_DROP(WRITTEN);

static u32 know_caps(const struct pcsc_map *map, struct pcsc_capability *caps)
{
	struct pcsc_cap cap;
	u32 i, nr = 0;

	for (i = 0; i < map->nr_heads; i++)
		if (pcsc_head_cap(&map->heads[i], &cap))
			caps[nr++] = (struct pcsc_capability){
				.id = cap.id,
				.offset = cap.offset,
				.length = cap.length,
				.extended = cap.ext,
			};
	return nr;
}

static u32 seconds_since(u32 then)
{
	return (u64)(u32)(pcsc_now() - then) * PCSC_NOW_JIFFIES / HZ;
}

int pcsc_describe_bytes(struct pcsc_bytes *bytes, struct pcsc_known *known)
{
	const struct pcsc_function *f =
		pcsc_find(bytes->domain, bytes->bus, bytes->devfn);
	const struct pcsc_map *map;
	u32 emptied, verified, i;

	if (!f)
		return -ENODEV;
	map = f->line.map;
	/* They are read before the clock, since nothing is in the future. */
	emptied = READ_ONCE(f->line.emptied);
	verified = READ_ONCE(f->verified);
	bytes->count = map ? map->cfg_size : 0;
	bytes->emptied_s = seconds_since(emptied);
	bytes->verified_s = verified ? seconds_since(verified) : PCSC_NEVER;
	bytes->nr_caps = map ? know_caps(map, known->caps) : 0;
	bytes->header_type = map ? map->header_type : 0;
	for (i = 0; i < bytes->count; i++)
		known->bytes[i] = pcsc_line_known(&f->line, i);
	pcsc_mismatches_mark(known->bytes, bytes->count, &f->identity);
	return 0;
}
