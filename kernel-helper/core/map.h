/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A map: what the dwords of one (model, layout) are. Shared by all functions
 * of it, read-only once made.
 *
 * A function's layout is not read ahead of time. A capability's bytes are
 * served only once this function's own capability headers, from the list's
 * start to that capability, were read from hardware and equal the map's: the
 * guards. The kernel and user space read those headers anyway. Where another
 * structure may be, more must have been seen (core/guards.h).
 */
#ifndef PCSC_CORE_MAP_H
#define PCSC_CORE_MAP_H

#include "port.h"
#include "profile.h"
#include "walk.h"

#define PCSC_DWORDS 1024

/* pcsc_map_entry.slot: an index into the line's slots, or one of these */
#define PCSC_SLOT_NONE 0xffff /* not cached */
#define PCSC_SLOT_ZERO 0xfffe /* const, and zero by evidence: no room taken */

/* So that a line stays within 1 KiB (see struct pcsc_line). */
#define PCSC_MAX_SLOTS 88

/* Guard numbers: bits of a line's "seen" mask. */
#define PCSC_GUARD_NONE 0 /* header bytes need none */
#define PCSC_GUARD_ALL \
	63 /* the whole layout: of bytes that may be in no capability */
#define PCSC_GUARD_NEVER 62 /* nothing can prove it */
#define PCSC_MAX_GUARDS 44

struct pcsc_map_entry {
	u16 slot;
	u8 mask; /* const bytes of this dword: bit n is byte n */
	u8 evidence; /* those of them that only evidence speaks for */
	u8 guard; /* what must have been seen before this dword is served */
	u8 head; /* 1 + index of its first head, 0: no guard hangs on it */
	u8 described : 4; /* bytes in a header or a capability */
	u8 opaque : 4; /* those of them with unknown meaning */
	u8 fixed : 4; /* bytes read-only by the register table */
	u8 shared : 4; /* const bytes that a VF's siblings may answer for */
};

/* How many bytes of a dword such a mask names. */
static inline unsigned int pcsc_count_bytes(u8 mask)
{
	unsigned int n = 0;

	for (; mask; mask &= mask - 1)
		n++;
	return n;
}

/* The bytes of a dword that have a bit of @bits. */
static inline u8 pcsc_bytes_with(u32 bits)
{
	u8 bytes = 0;
	unsigned int i;

	for (i = 0; i < 4; i++)
		if (bits >> (8 * i) & 0xff)
			bytes |= 1u << i;
	return bytes;
}

/* Those bytes as a mask of the dword's bits. */
static inline u32 pcsc_bits_of(u8 bytes)
{
	u32 bits = 0;
	unsigned int i;

	for (i = 0; i < 4; i++)
		if (bytes & (1u << i))
			bits |= 0xffu << (8 * i);
	return bits;
}

/* A dword that proves a piece of the layout. */
struct pcsc_map_head {
	u16 offset; /* bytes, dword-aligned */
	u16 length; /* bytes of the capability whose header it is; 0: it is none */
	u8 guard; /* the guard it satisfies */
	u8 needs; /* the guard that must be satisfied before, or NONE */
	u16 pad;
	u32 mask; /* the bits that count */
	u32 value; /* what they must be */
};

struct pcsc_map {
	u16 cfg_size; /* bytes */
	u16 nr_slots;
	u16 nr_const; /* const bytes in all */
	u16 nr_evidence; /* those of them that only evidence speaks for */
	u16 nr_dropped; /* const dwords that found no slot */
	u16 nr_shared; /* dwords with bytes that siblings may answer for */
	u8 nr_heads;
	u8 header_type;
	u8 pcie_type;
	bool is_vf;
	u8 survives; /* PCSC_SURVIVES_*, as in the model */
	/* Where registers are whose writes are followed; 0: there is none. */
	u16 pcie, pm, af, sriov, aer, dpc;
	u32 fingerprint;
	int model; /* index of the model that matched, -1: none */
	u64 all; /* every guard bit */
	struct pcsc_map_entry dword[PCSC_DWORDS];
	struct pcsc_map_head heads[PCSC_MAX_GUARDS];
	/* Of each slot, the bytes that only evidence speaks for. */
	u8 slot_evidence[PCSC_MAX_SLOTS];
};

/*
 * May evidence alone say that a function's undescribed bytes are constant? Not
 * for host bridges, ports and system peripherals: their windows, mailboxes and
 * counters look constant until they are used.
 */
bool pcsc_evidence_may_speak(const struct pcsc_layout *layout, u32 class_code,
			     bool on_root_bus);

/*
 * Evaluate @profile (checked; NULL: nothing is const) for a function. Reads
 * no hardware. 0, or -PCSC_EINVAL if the layout's status is not OK; @map caches
 * nothing then, but its register positions are right.
 */
int pcsc_map_make(struct pcsc_map *map,
		  const struct pcsc_profile_header *profile,
		  const struct pcsc_identity *identity,
		  const struct pcsc_layout *layout);

/* Make the bytes @bytes of the dword at @where not const. */
void pcsc_map_exclude(struct pcsc_map *map, u16 where, u8 bytes);

/* Make all bytes that only evidence speaks for not const. */
void pcsc_map_exclude_evidence(struct pcsc_map *map);

/* A hash of all that decides what a line under @map means; not of its model. */
u64 pcsc_map_hash(const struct pcsc_map *map);

#endif
