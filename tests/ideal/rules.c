// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which bytes nobody may keep, whatever the trace shows. One row per header or
 * capability: its length, and the parts of it that are excluded. Written from
 * the specification and docs/hazards.md, not from the helper's table: two opinions.
 */
#include <string.h>

#include "ideal.h"

#define F(at, n)             \
	{                    \
		at, n, FLOOR \
	}
#define S(at, n)                \
	{                       \
		at, n, SOFTWARE \
	}
#define P(at, n)             \
	{                    \
		at, n, PROBE \
	}
#define B(at, n)            \
	{                   \
		at, n, BODY \
	}
#define REST 0xfff

static const struct layout {
	uint8_t space;
	uint16_t id;
	uint16_t length; /* REST: its own length field says, see length_of() */
	struct {
		uint16_t at, length;
		uint8_t why;
	} not [10];
} layouts[] = {
	/* IDs, Command and Status, revision and class, cache line, timer, BIST */
	{ HEADER,
	  0,
	  0x40,
	  { P(0, 4), F(4, 4), P(8, 4), S(0xc, 2), F(0xf, 1), S(0x3c, 1) } },
	/* BARs, subsystem, ROM */
	{ HEADER0, 0, 0x40, { S(0x10, 24), P(0x2c, 4), S(0x30, 4) } },
	/* BARs, bus numbers, windows, secondary status, ROM, bridge control */
	{ HEADER1,
	  0,
	  0x40,
	  { S(0x10, 8), F(0x18, 4), S(0x1c, 2), F(0x1e, 2), S(0x20, 20),
	    S(0x38, 4), F(0x3e, 2) } },
	{ CAP, 0x01, 8, { F(4, 4) } }, /* PM: PMCSR, data */
	{ CAP, 0x03, 8, { F(2, 6) } }, /* VPD */
	{ CAP, 0x04, 4, { S(3, 1) } }, /* slot number: chassis */
	{ CAP, 0x05, REST, { F(2, 2), S(4, 8), F(0xc, 12) } }, /* MSI */
	{ CAP, 0x07, 8, { F(2, 6) } }, /* PCI-X */
	{ CAP, 0x09, REST, { B(3, REST) } }, /* vendor-specific */
	{ CAP, 0x0a, 4, { { 0 } } }, /* debug port */
	{ CAP, 0x0d, 8, { { 0 } } }, /* bridge subsystem */
	/*
	 * PCI Express: slot power limits in DevCap and SltCap, DevCtl and DevSta, exit
	 * latencies in LnkCap, then every control and status.
	 */
	{ CAP,
	  0x10,
	  REST,
	  { F(6, 2), F(8, 4), F(0xd, 2), F(0x10, 7), F(0x18, 4), F(0x1c, 2),
	    F(0x20, 4), F(0x28, 4), F(0x30, 4), F(0x38, 4) } },
	{ CAP, 0x11, 12, { F(2, 2) } }, /* MSI-X: control, with the VF's size */
	{ CAP, 0x12, 8, { { 0 } } }, /* SATA */
	{ CAP, 0x13, 6, { F(4, 2) } }, /* AF */
	{ ECAP, 0x01, 0x60, { F(4, REST) } }, /* AER */
	{ ECAP, 0x02, 0x1c, { F(0xc, 4), F(0x14, 8) } }, /* VC */
	{ ECAP, 0x03, 12, { P(4, 8) } }, /* serial number */
	{ ECAP, 0x04, 16, { F(4, 8) } }, /* power budgeting */
	{ ECAP, 0x09, 0x1c, { F(0xc, 4), F(0x14, 8) } }, /* VC, MFVC there */
	{ ECAP, 0x0b, REST, { B(8, REST) } }, /* VSEC */
	{ ECAP, 0x0d, 8, { F(6, 2) } }, /* ACS */
	{ ECAP, 0x0e, 8, { F(6, 2) } }, /* ARI */
	{ ECAP, 0x0f, 8, { F(6, 2) } }, /* ATS */
	/* SR-IOV: control, status, InitialVFs, NumVFs..stride, page size, BARs */
	{ ECAP,
	  0x10,
	  0x40,
	  { F(8, 4), F(0xc, 2), F(0x10, 2), F(0x14, 4), S(0x20, 28) } },
	{ ECAP, 0x13, 16, { F(4, 4), S(0xc, 4) } }, /* PRI */
	{ ECAP, 0x15, 0x34, { S(8, REST) } }, /* resizable BARs */
	{ ECAP, 0x17, 12, { F(8, 4) } }, /* TPH */
	{ ECAP, 0x18, 8, { S(4, 4) } }, /* LTR */
	{ ECAP, 0x19, 0x2c, { F(4, REST) } }, /* lane equalisation */
	{ ECAP, 0x1b, 8, { F(6, 2) } }, /* PASID */
	{ ECAP, 0x1d, 0x30, { F(6, REST) } }, /* DPC */
	{ ECAP, 0x1e, 20, { F(8, REST) } }, /* L1 substates */
	{ ECAP, 0x1f, 12, { F(8, 4) } }, /* PTM */
	{ ECAP, 0x23, REST, { B(10, REST) } }, /* DVSEC */
	{ ECAP, 0x25, 12, { F(4, REST) } }, /* data link feature */
	{ ECAP, 0x26, 0x28, { F(4, REST) } }, /* 16 GT/s */
	{ ECAP, 0x27, 0x44, { F(4, REST) } }, /* margining */
	{ ECAP, 0x2a, 0x24, { F(4, REST) } }, /* 32 GT/s */
	{ ECAP, 0x2e, 0x18, { B(8, REST) } }, /* DOE */
	{ ECAP, 0x30, REST, { F(4, REST) } }, /* IDE */
};

static unsigned int word(const struct function *f, unsigned int at)
{
	return at + 1 < CONFIG_SIZE ? f->value[at] | f->value[at + 1] << 8 : 0;
}

static unsigned int length_of(const struct function *f, const struct layout *l,
			      unsigned int at)
{
	unsigned int control = word(f, at + 2);

	if (l->length != REST)
		return l->length;
	if (l->space == ECAP && (l->id == 0x0b || l->id == 0x23))
		return word(f, at + 6) >> 4;
	if (l->id == 0x05)
		return 10 + (control & 0x80 ? 4 : 0) +
		       (control & 0x100 ? 10 : 0);
	if (l->id == 0x10)
		return (control & 15) > 1 ? 0x3c : 0x24;
	return l->id == 0x09 ? control & 0xff : CONFIG_SIZE;
}

/* The registers of a VF that software cannot set, or that no probe reads. */
static bool free_in_vf(const struct function *f, const struct layout *l,
		       uint8_t why)
{
	return f->vf && (why == PROBE || (why == SOFTWARE && l->space < CAP));
}

static void exclude(struct function *f, const struct layout *l, unsigned int at,
		    unsigned int end)
{
	unsigned int i, b, last;

	for (i = 0; i < 10 && l->not [i].length; i++) {
		if (free_in_vf(f, l, l->not [i].why))
			continue;
		last = at + l->not [i].at + l->not [i].length;
		for (b = at + l->not [i].at; b < last && b < end; b++)
			f->why[b] = l->not [i].why;
	}
}

/* One header or capability at @at; the next one begins at or after @limit. */
static void describe(struct function *f, uint8_t space, uint16_t id,
		     unsigned int at, unsigned int limit)
{
	const struct layout *l = layouts;
	const struct layout *stop = l + sizeof(layouts) / sizeof(*l);
	unsigned int i, end;

	while (l < stop && (l->space != space || l->id != id))
		l++;
	end = at + (l < stop ? length_of(f, l, at) : 4);
	end = end < limit ? end : limit;
	for (i = at; i < end; i++)
		f->place[i] = (struct place){ space, id, i - at };
	if (l < stop)
		exclude(f, l, at, end);
}

/* Where the next capability after @at begins: what is before it is this one's. */
static unsigned int limit_of(const uint16_t *starts, unsigned int nr,
			     unsigned int at, unsigned int limit)
{
	while (nr--)
		if (starts[nr] > at && starts[nr] < limit)
			limit = starts[nr];
	return limit;
}

static void walk(struct function *f, bool extended)
{
	unsigned int at = extended ? 0x100 : f->value[0x34] & ~3u;
	unsigned int end = extended ? CONFIG_SIZE : 0x100;
	unsigned int first = extended ? 0x100 : 0x40;
	unsigned int max = extended ? 480 : 48;
	uint16_t starts[480];
	unsigned int i, n = 0;

	while (at >= first && at < end && n < max && f->seen[at]) {
		if (extended && !word(f, at))
			break;
		starts[n++] = at;
		at = extended ? (word(f, at + 2) >> 4) & ~3u :
				f->value[at + 1] & ~3u;
	}
	for (i = 0; i < n; i++)
		describe(f, extended ? ECAP : CAP,
			 extended ? word(f, starts[i]) : f->value[starts[i]],
			 starts[i], limit_of(starts, n, starts[i], end));
}

/* No belief in undescribed bytes of host bridges, ports, root-bus functions. */
static void undescribed(struct function *f)
{
	bool chipset = f->rid < 256 || (f->value[0xe] & 0x7f) == 1;
	unsigned int i;

	for (i = 0; i < CONFIG_SIZE; i++)
		if (chipset && f->place[i].space == UNDESCRIBED)
			f->why[i] = CHIPSET;
}

/* A PF's SR-IOV capability tells the VFs' addresses. */
static void mark_vfs(struct trace *t, int pf)
{
	const struct function *f = t->functions[pf];
	unsigned int at = 0x100, steps = 0, i;
	int vf;

	while (at >= 0x100 && word(f, at) != 0x10 && steps++ < 480)
		at = (word(f, at + 2) >> 4) & ~3u;
	if (at < 0x100 || word(f, at) != 0x10 || !word(f, at + 0x14))
		return;
	for (i = 0; i < word(f, at + 0xe); i++) {
		vf = function_at(t, f->rid + word(f, at + 0x14) +
					    i * word(f, at + 0x16));
		if (vf < 0 || vf == pf)
			continue;
		t->functions[vf]->vf = true;
		t->functions[vf]->pf = pf;
	}
}

static void apply_one(struct function *f)
{
	unsigned int i;

	for (i = 0; i < CONFIG_SIZE; i++)
		f->place[i] = (struct place){ UNDESCRIBED, 0, i };
	describe(f, HEADER, 0, 0, 0x40);
	describe(f, (f->value[0xe] & 0x7f) == 1 ? HEADER1 : HEADER0, 0, 0,
		 0x40);
	walk(f, false);
	walk(f, true);
	undescribed(f);
}

void rules_apply(struct trace *t)
{
	struct function *f;
	size_t i;

	for (i = 0; i < t->nr_functions; i++)
		mark_vfs(t, i);
	for (i = 0; i < t->nr_functions; i++) {
		f = t->functions[i];
		f->vf |= f->blank_ids && !f->other_ids;
		apply_one(f);
	}
}
