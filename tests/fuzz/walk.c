// SPDX-License-Identifier: GPL-2.0-only
/*
 * The input is what a function answers. The walk of its lists ends, within its bound,
 * reads nothing outside, and finds what can be handed to the next kernel.
 */
#include <stdlib.h>
#include <string.h>

#include "core/handover.h"
#include "core/regs.h"
#include "fuzz.h"

/*
 * The header's three; each capability's header, and one dword behind that of some;
 * the entries of enhanced allocation.
 */
#define MOST_READS (3 + 2 * PCSC_MAX_CAPS + 1 + 63)

/* What is found can be handed over: the next kernel takes the function that has it. */
static void hand_over(const struct pcsc_layout *layout)
{
	static struct pcsc_handover_header *header;
	const u64 size = pcsc_handover_size(1);
	const char *reason;

	if (!header)
		header = calloc(1, size);
	if (!header)
		abort();
	header->size = size;
	header->layout_size = sizeof(struct pcsc_layout);
	header->function_size = sizeof(struct pcsc_handover_function);
	header->cells_size = sizeof(struct pcsc_cells);
	header->nr_layouts = 1;
	header->nr_functions = 1;
	pcsc_handover_index(header, size)->flags = PCSC_HANDOVER_HAS_LINE;
	header->table_hash = pcsc_regs_hash();
	header->walk_version = PCSC_WALK_VERSION;
	*pcsc_handover_layouts(header, size) = *layout;
	pcsc_handover_sum(header);
	reason = pcsc_handover_check_lines(header, size);
	MUST(!reason == (layout->status == PCSC_WALK_OK), "%s: %s",
	     pcsc_walk_names[layout->status], reason ? reason : "is taken");
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_input in = { data, size };
	static struct fuzz_space space;
	struct pcsc_layout layout, again;

	fuzz_space_take(&space, &in);
	memset(&layout, 0x55, sizeof(layout));
	memset(&again, 0xaa, sizeof(again));
	pcsc_walk(fuzz_space_read, &space, space.cfg_size, &layout);
	MUST(space.reads <= MOST_READS, "%u reads", space.reads);
	fuzz_check_layout(&layout);
	pcsc_walk(fuzz_space_read, &space, space.cfg_size, &again);
	MUST(!memcmp(&layout, &again, sizeof(layout)), "walks differ");
	hand_over(&layout);
	return 0;
}
