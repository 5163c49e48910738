// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/dump.h"

void fuzz_broken(const char *file, int line, const char *promise,
		 const char *fmt, ...)
{
	va_list ap;

	dprintf(STDERR_FILENO, "\n%s:%d: broken: %s: ", file, line, promise);
	va_start(ap, fmt);
	vdprintf(STDERR_FILENO, fmt, ap);
	va_end(ap);
	dprintf(STDERR_FILENO, "\n");
	abort();
}

void fuzz_take(struct fuzz_input *in, void *out, size_t size)
{
	size_t there = in->size < size ? in->size : size;

	memset(out, 0, size);
	if (there)
		memcpy(out, in->data, there);
	in->data += there;
	in->size -= there;
}

u8 fuzz_u8(struct fuzz_input *in)
{
	u8 value;

	fuzz_take(in, &value, sizeof(value));
	return value;
}

u16 fuzz_u16(struct fuzz_input *in)
{
	u16 value;

	fuzz_take(in, &value, sizeof(value));
	return value;
}

u32 fuzz_u32(struct fuzz_input *in)
{
	u32 value;

	fuzz_take(in, &value, sizeof(value));
	return value;
}

void *fuzz_copy(const void *data, size_t size)
{
	void *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	return copy;
}

/* ---- what is said ---- */

static char heard[1 << 16];
static FILE *ear;

void fuzz_listen(void)
{
	if (!ear) {
		ear = fmemopen(heard, sizeof(heard), "w");
		if (!ear)
			abort();
		/* libFuzzer and sanitizers have their own way to descriptor 2. */
		stderr = ear;
	}
	rewind(ear);
}

const char *fuzz_heard(void)
{
	long end;

	fflush(ear);
	end = ftell(ear);
	heard[end < (long)sizeof(heard) ? end : (long)sizeof(heard) - 1] = '\0';
	return heard;
}

/* ---- configuration space ---- */

/* fuzz_space_take(): where a dword is, and what else is to be done. */
#define PLACE_DWORD 0x03ff
#define PLACE_LINKED 0x4000 /* the list's last capability points to it */
#define PLACE_UNREADABLE 0x8000
/* Its first byte */
#define SPACE_WHICH 0x03
#define SPACE_SMALL 0x04

void fuzz_space_init(struct fuzz_space *space, unsigned int which)
{
	static struct img made[FUZZ_SPACES];

	if (!made[0].cfg_size) {
		img_init(&made[0], 4096);
		img_nvme_vf(&made[1]);
		img_nvme_pf(&made[2]);
		img_port(&made[3]);
	}
	memset(space, 0, sizeof(*space));
	memcpy(space->bytes, made[which].bytes, sizeof(space->bytes));
	space->cfg_size = made[which].cfg_size;
}

/* The lists' last headers; where each begins if it has none. */
struct lists {
	u16 cap;
	u16 ecap;
};

#define CAPABILITIES 0x34
#define STATUS 0x06
#define HAS_CAPABILITIES 0x10

static void link_cap(struct fuzz_space *space, struct lists *lists, u16 offset)
{
	u8 *last = space->bytes;

	if (offset >= 0x100) {
		last += lists->ecap;
		last[2] = (last[2] & 0xf) | (offset & 0xf) << 4;
		last[3] = offset >> 4;
		lists->ecap = offset;
		return;
	}
	space->bytes[STATUS] |= HAS_CAPABILITIES;
	last[lists->cap] = offset;
	lists->cap = offset + 1;
}

void fuzz_space_take(struct fuzz_space *space, struct fuzz_input *in)
{
	struct lists lists = { CAPABILITIES, 0x100 };
	const u8 what = fuzz_u8(in);
	unsigned int nr = fuzz_u8(in);

	fuzz_space_init(space, what & SPACE_WHICH);
	if (what & SPACE_SMALL)
		space->cfg_size = 256;
	for (; nr && in->size; nr--) {
		const u16 place = fuzz_u16(in);
		const u16 dword = place & PLACE_DWORD;

		if (place & PLACE_LINKED)
			link_cap(space, &lists, 4 * dword);
		fuzz_take(in, &space->bytes[4 * dword], 4);
		space->unreadable[dword] = place & PLACE_UNREADABLE;
	}
}

/* fuzz_space_edit(): what is done */
#define EDIT_CUT 0x01
#define EDIT_BODY 0x02
#define EDIT_ADD_EXT 0x04
#define EDIT_ADD_NEAR 0x08
#define MOST_EDITS 8

/* The last of the conventional capabilities, or of the extended ones. */
static const struct pcsc_cap *last_of(const struct pcsc_layout *layout,
				      bool ext)
{
	const struct pcsc_cap *last = NULL;

	for (u8 i = 0; i < layout->nr_caps; i++)
		if (layout->caps[i].ext == ext)
			last = &layout->caps[i];
	return last;
}

static void add_cap(struct fuzz_space *space, const struct pcsc_layout *layout,
		    const struct pcsc_cap *near, struct fuzz_input *in)
{
	const bool ext = near->ext;
	const u8 which = fuzz_u8(in);
	const u16 id = which % (ext ? 0x38 : 0x16);
	const u32 version = which < 0xe0 ? 1 : which & 3;
	const u16 at = (near->offset + 4 + 4 * (fuzz_u8(in) % 32)) &
		       (ext ? 0xffc : 0xfc);
	const struct pcsc_cap *last = last_of(layout, ext);
	struct lists lists = { last->offset + 1, last->offset };

	if (at < (ext ? 0x104 : 0x40))
		return;
	fuzz_space_put(space, at, ext ? 4 : 2, ext ? version << 16 | id : id);
	link_cap(space, &lists, at);
}

static void edit(struct fuzz_space *space, struct fuzz_input *in)
{
	const u8 what = fuzz_u8(in), which = fuzz_u8(in);
	const struct pcsc_cap *cap;
	struct pcsc_layout layout;
	u16 at;

	if (pcsc_walk(fuzz_space_read, space, space->cfg_size, &layout) ||
	    !layout.nr_caps)
		return;
	cap = &layout.caps[which % layout.nr_caps];
	if (what & EDIT_CUT) {
		at = cap->offset + (cap->ext ? 2 : 1);
		fuzz_space_put(space, at, cap->ext ? 2 : 1, cap->ext);
		return;
	}
	if (what & EDIT_BODY) {
		at = cap->offset + (cap->ext ? 4 : 2) + fuzz_u8(in) % 16;
		if (at < space->cfg_size)
			space->bytes[at] = fuzz_u8(in);
		return;
	}
	if (!(what & EDIT_ADD_NEAR))
		cap = last_of(&layout, what & EDIT_ADD_EXT);
	if (cap)
		add_cap(space, &layout, cap, in);
}

void fuzz_space_edit(struct fuzz_space *space, struct fuzz_input *in)
{
	unsigned int nr = fuzz_u8(in) % (MOST_EDITS + 1);

	while (nr--)
		edit(space, in);
}

u32 fuzz_space_get(const struct fuzz_space *space, u16 where, u8 size)
{
	u32 value = 0;

	memcpy(&value, &space->bytes[where], size);
	return value;
}

void fuzz_space_put(struct fuzz_space *space, u16 where, u8 size, u32 value)
{
	memcpy(&space->bytes[where], &value, size);
}

int fuzz_space_read(void *ctx, u16 offset, u32 *value)
{
	struct fuzz_space *space = ctx;

	MUST(!(offset & 3) && offset < space->cfg_size, "a read of 0x%x",
	     offset);
	space->reads++;
	if (space->unreadable[offset / 4])
		return -1;
	*value = fuzz_space_get(space, offset, 4);
	return 0;
}
