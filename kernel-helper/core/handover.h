/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one kernel leaves for the next, in one region of memory: a header, the
 * restrictions, the layouts, an index of the functions, and their lines' cells.
 * No pointers.
 *
 *	struct pcsc_handover_header		at 0
 *	struct pcsc_handover_restrictions	what must not be served
 *	struct pcsc_layout[]		layouts: maps are made again from them
 *	struct pcsc_handover_function[]	index: by place in the pool
 *	struct pcsc_cells[]		lines, by the same number
 *
 * The header, the restrictions, and layouts with index have a sum each, so that
 * restrictions are kept where lines cannot be. Nothing is trusted before its
 * check, and no line before its seal was checked.
 */
#ifndef PCSC_CORE_HANDOVER_H
#define PCSC_CORE_HANDOVER_H

#include "line.h"
#include "port.h"
#include "walk.h"

#define PCSC_HANDOVER_MAGIC 0x646e614863736350ull /* "PcscHand" little-endian */
#define PCSC_HANDOVER_VERSION 6
#define PCSC_HANDOVER_ARMED 0x64656d72u
#define PCSC_HANDOVER_UNSEALED \
	0x79737562u /* left, but nothing could be sealed */
#define PCSC_HANDOVER_MAX_LAYOUTS 128

/* Domains from here on are numbered by software, in the order of probing. */
#define PCSC_HANDOVER_SOFTWARE_DOMAINS 0x10000

/*
 * A line that is bypassed for one of these is not handed over: it may not be its
 * function's any more, or is inside a bracket, whose end the next kernel would not see.
 * The next kernel takes all functions to D0, which may reset one that is no VF, so such
 * a one is not handed over while it sleeps.
 */
static inline u32 pcsc_handover_hinders(bool is_vf)
{
	return PCSC_BYPASS_NOT_ITSELF | PCSC_BYPASS_RESET | PCSC_BYPASS_ABOVE |
	       (is_vf ? 0 : PCSC_BYPASS_POWER);
}

struct pcsc_handover_header {
	u64 magic;
	u32 version;
	u32 armed; /* PCSC_HANDOVER_ARMED: written last, cleared first */
	u64 sum; /* of the header from here on, the other sums in it */
	u64 size; /* bytes of the region */
	u64 left; /* time stamp counter when the kernel was left */
	u64 sealed_at; /* seconds since 1970 */
	u64 boot_id[2]; /* random, one for each load of the helper */
	u32 layout_size; /* sizeof, each */
	u32 function_size;
	u32 cells_size;
	u32 nr_layouts;
	u32 nr_functions;
	u32 table_hash; /* of the register table, the floor in it */
	u32 profile_crc32;
	u32 walk_version; /* PCSC_WALK_VERSION that made the layouts */
	char release[64]; /* of the kernel, NUL-terminated printable ASCII */
	char helper[16]; /* its version, the same */
	u64 restrictions_sum;
	u64 lines_sum; /* of layouts and index */
	u32 restrictions_size; /* sizeof */
	u32 reserved;
};

#define PCSC_HANDOVER_RESTRICTIONS 1024 /* entries of each kind */

/* Bytes with a mismatch, so they are served for no function of the model. */
struct pcsc_handover_mismatch {
	u16 vendor;
	u16 device;
	u16 where;
	u8 size; /* 1, 2, 4 */
	u8 is_vf;
};

/* A function with a mismatch: quarantined as long as that model is at its address. */
struct pcsc_handover_quarantined {
	u32 domain;
	u8 bus;
	u8 devfn;
	u16 vendor;
	u16 device;
	u16 reserved[3];
};

/* pcsc_handover_limit.scope: as in the ABI */
#define PCSC_HANDOVER_OF_MODEL 1
#define PCSC_HANDOVER_OF_FUNCTION 2
/* pcsc_handover_limit.mode: those below it, which are off and shadow */
#define PCSC_HANDOVER_UNLIMITED 2

/* The mode of a model or function; fields that the scope does not use are 0. */
struct pcsc_handover_limit {
	u32 domain;
	u8 bus;
	u8 devfn;
	u8 scope;
	u8 mode;
	u16 vendor;
	u16 device;
	u32 reserved;
};

/*
 * What the next kernel must not serve, though it has not found that out itself.
 * Mismatches and quarantine belong to a profile, limits to the host.
 */
struct pcsc_handover_restrictions {
	u32 profile_crc32;
	u32 incomplete; /* 1: there were more, or some were lost before */
	u32 nr_mismatches;
	u32 nr_quarantined;
	u32 nr_limits;
	u32 reserved;
	struct pcsc_handover_mismatch mismatches[PCSC_HANDOVER_RESTRICTIONS];
	struct pcsc_handover_quarantined
		quarantined[PCSC_HANDOVER_RESTRICTIONS];
	struct pcsc_handover_limit limits[PCSC_HANDOVER_RESTRICTIONS];
};

/* pcsc_handover_function.flags */
#define PCSC_HANDOVER_HAS_LINE (1u << 0) /* has a line that may be adopted */
#define PCSC_HANDOVER_VF (1u << 1)
#define PCSC_HANDOVER_USER_FILLED \
	(1u << 2) /* evidence filled under user space */
/* Its place, which the kernel's devices tell once there are any. */
#define PCSC_HANDOVER_BELOW_HOTPLUG (1u << 3)
#define PCSC_HANDOVER_ON_ROOT_BUS (1u << 4)
#define PCSC_HANDOVER_ARI (1u << 5)
/*
 * What its siblings could be asked for was filled after user space had it, so it is no
 * example for them.
 */
#define PCSC_HANDOVER_TAINTED (1u << 6)
#define PCSC_HANDOVER_FLAGS 0x7fu

/* What tells whether a function is still the same; six reads at most. */
enum pcsc_handover_identity {
	PCSC_ID_IDS, /* 0x00 */
	PCSC_ID_CLASS, /* 0x08: revision, class */
	PCSC_ID_SUBSYSTEM, /* 0x2c; of a bridge 0x18: its buses */
	PCSC_ID_CAPABILITIES, /* 0x34 */
	PCSC_ID_SERIAL, /* the serial number's two dwords, or 0 */
	PCSC_ID_SERIAL_HIGH,
	PCSC_ID_DWORDS,
};

#define PCSC_HANDOVER_MAX_BRIDGES 255 /* each has a bus of its own */

struct pcsc_handover_function {
	u32 domain;
	u8 bus;
	u8 devfn;
	u16 flags; /* PCSC_HANDOVER_* */
	u32 layout; /* index */
	u32 pf; /* index of a VF's PF */
	/* a PF's VFs: routing ID of the first, step, number */
	u16 vf_first;
	u16 vf_stride;
	u16 vf_count;
	u16 bridges; /* above what is no VF */
	u32 id[PCSC_ID_DWORDS]; /* of what is no VF */
	/* a VF's identity, to match models by */
	u16 vendor;
	u16 device;
	u16 subvendor;
	u16 subdevice;
	u32 class_revision;
	u32 vf_page_size; /* a PF's System Page Size */
	u64 map_hash; /* pcsc_map_hash() of the map its line is under */
	u64 seal; /* pcsc_line_seal() with pcsc_handover_salt() */
};

/* Where things are in a region of @size bytes; capacity 0: it is too small. */
struct pcsc_handover_places {
	u64 restrictions;
	u64 layouts;
	u64 index;
	u64 cells;
	u32 capacity; /* functions */
};

struct pcsc_handover_places pcsc_handover_places(u64 size);

/* How many bytes a region needs for so many functions. */
u64 pcsc_handover_size(u32 functions);

/* Fill in the sums of what is written behind @header, and of the header. */
void pcsc_handover_sum(struct pcsc_handover_header *header);

/*
 * Check what was handed over: @header and all that follows it, in a private copy of
 * the region up to the index's last entry; the region has @size bytes. The header is
 * checked first; the restrictions and what the lines need are then checked
 * independently. NULL, or why that part is not to be used (static).
 */
const char *
pcsc_handover_check_header(const struct pcsc_handover_header *header);
const char *
pcsc_handover_check_restrictions(const struct pcsc_handover_header *header);
const char *pcsc_handover_check_lines(const struct pcsc_handover_header *header,
				      u64 size);

/*
 * Can a line be handed over that has this layout? Those of functions that could not be
 * walked are in the region as well, since layouts are named by their numbers.
 */
bool pcsc_handover_takes(const struct pcsc_layout *layout);

/* What a function's seal covers besides its line. */
u64 pcsc_handover_salt(const struct pcsc_handover_function *entry);

/* In a region, or a copy of its beginning. */
static inline struct pcsc_handover_restrictions *
pcsc_handover_restrictions(void *region, u64 size)
{
	return (void *)((u8 *)region + pcsc_handover_places(size).restrictions);
}

static inline struct pcsc_layout *pcsc_handover_layouts(void *region, u64 size)
{
	return (void *)((u8 *)region + pcsc_handover_places(size).layouts);
}

static inline struct pcsc_handover_function *pcsc_handover_index(void *region,
								 u64 size)
{
	return (void *)((u8 *)region + pcsc_handover_places(size).index);
}

static inline struct pcsc_cells *pcsc_handover_cells(void *region, u64 size)
{
	return (void *)((u8 *)region + pcsc_handover_places(size).cells);
}

#endif
