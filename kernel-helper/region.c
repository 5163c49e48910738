// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory that outlives this kernel: a hole in the memory map
 * (memmap=SIZE$ADDRESS), a reservation by name (reserve_mem=), or pages that
 * kexec handover keeps (kho=on). All is checked, since a wrong address is
 * somebody else's memory.
 */
#include <linux/cc_platform.h>
#include <linux/crash_dump.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "compat.h"
#include "core/handover.h"
#include "kho.h"
#include "region.h"
#include "uapi/pcsc.h"

#define BAD_SIZE "it is too small, or larger than 1 GiB"

struct pcsc_region pcsc_region;

static const char *claim_hole(struct pcsc_region *r)
{
	const char *claim;

	if (region_intersects(r->address, r->bytes, IORESOURCE_SYSTEM_RAM,
			      IORES_DESC_NONE) != REGION_DISJOINT)
		return "that range is this kernel's own memory: memmap=SIZE$ADDRESS is missing, or has lost its $";
	if (region_intersects(r->address, r->bytes, IORESOURCE_MEM,
			      IORES_DESC_RESERVED) != REGION_INTERSECTS)
		return "that range is not Reserved in /proc/iomem: it may be a device's";
	/* The firmware may have reserved the range for itself. */
	claim = pcsc_firmware_claim(r->address, r->address + r->bytes);
	if (claim)
		return claim;
	if (!request_mem_region(r->address, r->bytes, "pci_pcsc handover"))
		return "another driver has claimed that range";
	r->kind = PCSC_REGION_MEMMAP;
	return NULL;
}

static const char *find_hole(struct pcsc_region *r, const char *where)
{
	char *end;

	r->bytes = memparse(where, &end);
	if (*end != '@')
		return "pci_pcsc.handover= wants SIZE@ADDRESS, the name in reserve_mem=, or kho:SIZE";
	r->address = memparse(end + 1, &end);
	if (*end || !r->bytes || !PAGE_ALIGNED(r->bytes | r->address) ||
	    r->address + r->bytes < r->address)
		return "pci_pcsc.handover=SIZE@ADDRESS: give multiples of 4096 for both";
	return claim_hole(r);
}

static const char *find_reservation(struct pcsc_region *r, const char *name)
{
	phys_addr_t start, size;

	if (!pcsc_reserve_mem_find(name, &start, &size))
		return "no reserve_mem= of that name was granted (it needs a 6.12 kernel or later)";
	r->address = start;
	r->bytes = size;
	r->kind = PCSC_REGION_RESERVE_MEM;
	return NULL;
}

static const char *find_kept(struct pcsc_region *r, const char *size)
{
	const char *reason;
	char *end;
	u64 bytes;

	bytes = memparse(size, &end);
	if (*end || !bytes || !PAGE_ALIGNED(bytes))
		return "pci_pcsc.handover=kho:SIZE: give a multiple of 4096";
	if (!pcsc_handover_places(bytes).capacity)
		return BAD_SIZE;
	reason = pcsc_kho_open(bytes, &r->memory, &r->bytes, &r->unusable);
	if (!reason)
		r->kind = PCSC_REGION_KHO;
	return reason;
}

static const char *find(struct pcsc_region *r, const char *where)
{
	if (!*where)
		return "pci_pcsc.handover= was not given";
	if (is_kdump_kernel())
		return "this is a crash kernel";
	if (pcsc_kexec_may_return())
		return "a kexec may return to this kernel (CONFIG_KEXEC_JUMP), whose lines would be overwritten";
	/* A reserved range is mapped unencrypted, so the guest would fault. */
	if (cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT))
		return "this guest's memory is encrypted";
	if (!strncmp(where, PCSC_KHO_PREFIX, strlen(PCSC_KHO_PREFIX)))
		return find_kept(r, where + strlen(PCSC_KHO_PREFIX));
	if (*where >= '0' && *where <= '9')
		return find_hole(r, where);
	return find_reservation(r, where);
}

static bool map(struct pcsc_region *r)
{
	if (r->kind != PCSC_REGION_KHO)
		r->memory = memremap(r->address, r->bytes, MEMREMAP_WB);
	return r->memory;
}

const char *pcsc_region_open(struct pcsc_region *r, const char *where)
{
	const char *reason = find(r, where);

	if (reason)
		return reason;
	/* What was kept has the last kernel's size, and that kernel's helper may be another. */
	if (!pcsc_handover_places(r->bytes).capacity)
		reason = BAD_SIZE;
	else if (!map(r))
		reason = "it cannot be mapped";
	if (reason)
		pcsc_region_close(r, false);
	return reason;
}

const char *pcsc_region_keep(const struct pcsc_region *r)
{
	return r->kind == PCSC_REGION_KHO ? pcsc_kho_keep(r->memory, r->bytes) :
					    NULL;
}

void pcsc_region_close(struct pcsc_region *r, bool missing)
{
	if (r->kind == PCSC_REGION_KHO)
		pcsc_kho_close(r->memory, missing);
	else if (r->memory)
		memunmap(r->memory);
	if (r->kind == PCSC_REGION_MEMMAP)
		release_mem_region(r->address, r->bytes);
	*r = (struct pcsc_region){};
}

void pcsc_handover_disarm(void)
{
	struct pcsc_handover_header *header = pcsc_region.memory;

	if (!header)
		return;
	WRITE_ONCE(header->armed, 0);
	/* Nothing else in the region may change before that is visible. */
	smp_mb();
}
