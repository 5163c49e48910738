// SPDX-License-Identifier: GPL-2.0-only
#include "lookup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/caps.h"
#include "core/regs.h"
#include "place.h"
#include "talk.h"

static bool any(const bool wanted[LOOKUP_BYTES])
{
	return memchr(wanted, true, LOOKUP_BYTES * sizeof(bool));
}

static void want(bool wanted[LOOKUP_BYTES], const struct pcsc_layout *layout,
		 unsigned int from, unsigned int length)
{
	for (; length-- && from < layout->cfg_size; from++)
		wanted[from] = true;
}

/*
 * Is @name what the table calls the register? "LnkCap" is all that is called
 * "LnkCap: ...". With @start, what goes on in any way.
 */
static bool is_called(const struct pcsc_reg *reg, const char *name, bool start)
{
	const size_t n = strlen(name);

	return !strncasecmp(reg->name, name, n) &&
	       (start || !reg->name[n] || reg->name[n] == ':');
}

static void want_named(const char *name, bool start,
		       const struct pcsc_layout *layout,
		       bool wanted[LOOKUP_BYTES])
{
	const struct pcsc_cap *cap;
	const struct pcsc_reg *reg;

	for (unsigned int i = 0; i < layout->cfg_size; i++) {
		reg = pcsc_layout_reg(layout, i, &cap);
		if (reg && is_called(reg, name, start))
			wanted[i] = true;
	}
}

/* ".b", ".w", ".l", or nothing; 0: something else. */
static unsigned int width_of(const char *text, unsigned int none)
{
	static const char letters[] = "bw l";
	const char *at;

	if (!*text)
		return none;
	at = text[0] == '.' && text[1] && !text[2] ? strchr(letters, text[1]) :
						     NULL;
	return at && *at != ' ' ? at - letters + 1 : 0;
}

/* "0x10.w", "10.w": hexadecimal, as setpci reads it. */
static bool offset_of(const char *text, unsigned long *offset,
		      unsigned int *width, unsigned int none)
{
	char *end;

	*offset = strtoul(text, &end, 16);
	*width = width_of(end, none);
	return end != text && *width && *offset < LOOKUP_BYTES;
}

/* "CAP_EXP", "ECAP_AER+0x10.l": in each capability that is called so. */
static void want_in_cap(const char *text, const struct pcsc_layout *layout,
			bool wanted[LOOKUP_BYTES])
{
	const size_t n = strcspn(text, "+");
	unsigned long offset = 0;
	unsigned int width = 0;

	if (text[n] && !offset_of(text + n + 1, &offset, &width, 1))
		return;
	for (unsigned int i = 0; i < layout->nr_caps; i++) {
		const struct pcsc_cap *cap = &layout->caps[i];
		const char *name = pcsc_cap_name(cap->ext, cap->id);

		if (name && strlen(name) == n && !strncasecmp(name, text, n))
			want(wanted, layout, cap->offset + offset,
			     width ?: cap->length);
	}
}

/* An offset without a width: the register around it, or the dword. */
static void want_around(unsigned long offset, const struct pcsc_layout *layout,
			bool wanted[LOOKUP_BYTES])
{
	const struct pcsc_cap *cap;
	const struct pcsc_reg *reg = pcsc_layout_reg(layout, offset, &cap);
	unsigned int from = offset & ~3ul;

	if (reg)
		want(wanted, layout, reg->offset + (cap ? cap->offset : 0),
		     reg->length);
	for (unsigned int i = from; !reg && i < from + 4; i++)
		if (pcsc_layout_reg(layout, i, &cap) == NULL)
			want(wanted, layout, i, 1);
}

int lookup_register(const char *text, const struct pcsc_layout *layout,
		    bool wanted[LOOKUP_BYTES])
{
	unsigned long offset;
	unsigned int width;

	memset(wanted, 0, LOOKUP_BYTES * sizeof(bool));
	if (!*text)
		return pcsc_fail(
			-EINVAL,
			"an empty text is no register: leave it out to list all of them");
	want_named(text, false, layout, wanted);
	if (!any(wanted))
		want_in_cap(text, layout, wanted);
	if (!any(wanted) && offset_of(text, &offset, &width, LOOKUP_BYTES)) {
		if (width == LOOKUP_BYTES)
			want_around(offset, layout, wanted);
		else
			want(wanted, layout, offset, width);
	}
	if (!any(wanted))
		want_named(text, true, layout, wanted);
	if (any(wanted))
		return 0;
	return pcsc_fail(
		-EINVAL,
		"'%s' is not a register that this function has: give a name (LnkCap), a capability with an offset (CAP_EXP+0xc.l), or an offset (34.b); without one, all are listed",
		place_printable(text));
}
