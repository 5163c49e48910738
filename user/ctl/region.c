// SPDX-License-Identifier: GPL-2.0-only
#include "region.h"

#include <inttypes.h>
#include <stdio.h>

#define MIN_BYTES (2 * MiB)

uint64_t region_round(uint64_t bytes)
{
	bytes = (bytes + MiB - 1) & ~(MiB - 1);
	return bytes < MIN_BYTES ? MIN_BYTES : bytes;
}

const char *region_size(char text[REGION_SIZE], uint64_t size)
{
	if (size % MiB == 0)
		snprintf(text, REGION_SIZE, "%" PRIu64 "M", size / MiB);
	else if (size % KiB == 0)
		snprintf(text, REGION_SIZE, "%" PRIu64 "K", size / KiB);
	else
		snprintf(text, REGION_SIZE, "%" PRIu64, size);
	return text;
}

const char *region_args(char text[REGION_ARGS], const struct region *region)
{
	char size[REGION_SIZE];

	region_size(size, region->size);
	if (region->kind == PCSC_REGION_RESERVE_MEM)
		snprintf(text, REGION_ARGS,
			 "reserve_mem=%s:%" PRIu64 "M:%s pci_pcsc.handover=%s",
			 size, REGION_ALIGN / MiB, region->name, region->name);
	else if (region->kind == PCSC_REGION_KHO)
		snprintf(text, REGION_ARGS, "kho=on pci_pcsc.handover=%s%s",
			 PCSC_KHO_PREFIX, size);
	else
		snprintf(text, REGION_ARGS,
			 "memmap=%s$0x%" PRIx64
			 " pci_pcsc.handover=%s@0x%" PRIx64,
			 size, region->address, size, region->address);
	return text;
}
