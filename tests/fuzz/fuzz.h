/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the fuzz targets share. A target is a file with one LLVMFuzzerTestOneInput():
 * it gives its input to code of the tree and stops at a promise that is broken.
 */
#ifndef PCSC_FUZZ_H
#define PCSC_FUZZ_H

#include <stddef.h>

#include "core/map.h"
#include "core/walk.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

/* A promise: if it does not hold, say so and abort. */
#define MUST(holds, ...)                                                      \
	do {                                                                  \
		if (!(holds))                                                 \
			fuzz_broken(__FILE__, __LINE__, #holds, __VA_ARGS__); \
	} while (0)

void fuzz_broken(const char *file, int line, const char *promise,
		 const char *fmt, ...)
	__attribute__((noreturn, format(printf, 4, 5)));

/* An input that is taken from its front; zeroes follow it. */
struct fuzz_input {
	const u8 *data;
	size_t size;
};

void fuzz_take(struct fuzz_input *in, void *out, size_t size);
u8 fuzz_u8(struct fuzz_input *in);
u16 fuzz_u16(struct fuzz_input *in);
u32 fuzz_u32(struct fuzz_input *in);

/* A copy that is exactly as long, so that a sanitizer sees what reads past it. */
void *fuzz_copy(const void *data, size_t size);

/* Messages of the tools are kept instead of printed from the first call on. */
void fuzz_listen(void);
/* What was said since; the next fuzz_listen() forgets it. */
const char *fuzz_heard(void);

/* Configuration space of a function, and which of its dwords cannot be read. */
struct fuzz_space {
	u8 bytes[4096];
	bool unreadable[PCSC_DWORDS];
	u16 cfg_size;
	unsigned int reads;
};

/*
 * One of a few functions, and dwords of it replaced: a number that says which
 * function, and how many dwords follow, each its place and its value. A dword may be
 * linked into the list of capabilities.
 */
void fuzz_space_take(struct fuzz_space *space, struct fuzz_input *in);

/*
 * Its lists changed: structures added, in what others may take too, links cut, and what
 * is behind headers. Each takes a few bytes, so that chance comes to what is near.
 */
void fuzz_space_edit(struct fuzz_space *space, struct fuzz_input *in);

/* One of these functions as it is: an endpoint with nothing, a VF, its PF, a port. */
#define FUZZ_SPACES 4
void fuzz_space_init(struct fuzz_space *space, unsigned int which);

u32 fuzz_space_get(const struct fuzz_space *space, u16 where, u8 size);
void fuzz_space_put(struct fuzz_space *space, u16 where, u8 size, u32 value);

/* pcsc_read_fn: @ctx is the space. A read that is astray breaks a promise. */
int fuzz_space_read(void *ctx, u16 offset, u32 *value);

/* What core/walk.h promises of a layout. */
void fuzz_check_layout(const struct pcsc_layout *layout);

/* What core/map.h promises, floor and addresses above all. */
void fuzz_check_map(const struct pcsc_map *map,
		    const struct pcsc_identity *identity,
		    const struct pcsc_layout *layout);

/*
 * What is in no head of a map says nothing of the layout: a function that has @space's
 * heads, and something else everywhere else, has the same.
 */
void fuzz_check_sibling(const struct pcsc_map *map,
			const struct pcsc_layout *layout,
			const struct fuzz_space *space);

#endif
