/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The simulator's functions (tests/sim) in this process, without a bus. Time
 * passes when it is told to.
 */
#ifndef PCSC_PRECISION_WORLD_H
#define PCSC_PRECISION_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#define WORLD_BYTES 4096

/* What can happen to a function, beside accesses. */
enum world_event {
	WORLD_FLR,
	WORLD_PM,
	WORLD_BUS,
	WORLD_FIRMWARE,
	WORLD_COLD,
	WORLD_EVENTS,
};

struct world_function {
	const char *model;
	uint8_t bus, devfn;
	uint16_t vendor, device; /* a VF's: as its PF says */
	uint16_t subvendor, subdevice;
	uint32_t class_code;
	uint16_t size;
	uint8_t revision;
	uint8_t header_type;
	bool is_vf, is_pf, on_root_bus;
};

/* The functions of a description, VFs enabled. False: @error says why. */
bool world_build(const char *text, uint32_t seed, char error[160]);
void world_end(void);

unsigned int world_count(void);
struct world_function world_function(unsigned int fn);

uint64_t world_ns(void);
void world_pass_ns(uint64_t ns);

uint32_t world_read(unsigned int fn, unsigned int where, unsigned int size);
void world_write(unsigned int fn, unsigned int where, unsigned int size,
		 uint32_t value);
void world_event(unsigned int fn, enum world_event event);
/* Without power nothing answers; with it again it was reset. */
void world_sleep(unsigned int fn, bool asleep);
/* Bytes get a value of their own, whatever they are. */
void world_set(unsigned int fn, unsigned int where, unsigned int size,
	       uint64_t value);

/* Its bytes as they are now, without an access; NULL: it does not answer. */
const uint8_t *world_bytes(unsigned int fn);
/* May a write to this dword change anything at all? */
bool world_is_writable(unsigned int fn, unsigned int dword);
/* Is a write to this dword one of the events above, or about the way to others? */
bool world_is_control(unsigned int fn, unsigned int dword);

#endif
