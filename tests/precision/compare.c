// SPDX-License-Identifier: GPL-2.0-only
#include "compare.h"

#include "array.h"
#include "core/regs.h"
#include "truth.h"

#define ENOUGH_FUNCTIONS 16

const char *const verdict_words[VERDICTS] = {
	[RIGHT] = "right",
	[WRONG] = "changed while they were recorded",
	[WRONG_OVER_RESET] = "an FLR changes them",
	[WRONG_REGISTER] =
		"hardware changes them later, though the table has them",
	[WRONG_SIBLING] = "other VFs have other values",
	[AGAINST_RULES] = "constant, but the design does not allow to say so",
	[LATE] = "change only after the recording",
	[SHOWN] = "change only after the recording, with what the kernel sees",
	[MISSED] = "missed",
	[SELDOM_READ] = "read too seldom, or not at all",
	[IN_LISTS] = "in functions whose lists cannot be followed",
	[OF_VENDOR] = "in a vendor's body",
	[BY_TABLE] = "of registers that the table does not call constant",
	[IN_CONFLICT] = "of a register that contradicts the table",
	[MUTE] = "of functions for which evidence may not speak",
	[BESIDE_WRITTEN] = "of models with a write to undescribed bytes",
	[OVER_NO_RESET] = "never compared over a reset",
	[ASLEEP] = "read as all-ones",
	[BESIDE_CHANGE] = "read together with a byte that changed",
	[RIGHTLY_SILENT] = "not constant, and not said to be",
};

/* ---- what the design forbids, from docs/pcsc-profile.md ---------------------------- */

/* The bytes that were read together with this one. */
static void neighbours(const struct fact *fact, unsigned int at,
		       unsigned int *from, unsigned int *end)
{
	const unsigned int width = fact->seen & SEEN_BY_DWORDS ? 4 :
				   fact->seen & SEEN_BY_WORDS  ? 2 :
								 1;

	*from = at & ~(width - 1);
	*end = *from + width;
}

static bool beside_change(const struct group *group, unsigned int at)
{
	unsigned int from, end;

	neighbours(&group->facts[at], at, &from, &end);
	for (; from < end; from++)
		if (group->facts[from].seen & SEEN_CHANGED)
			return true;
	return false;
}

static bool may_speak(const struct group *group)
{
	const u8 base = group->id.class_code >> 16;

	return !group->id.on_root_bus && !group->layout.header_type &&
	       base != 0x06 && base != 0x08 && group->layout.pcie_type <= 1;
}

static bool undescribed_was_written(const struct group *group)
{
	for (unsigned int i = 0; i < group->layout.cfg_size; i++)
		if (group->facts[i].seen & SEEN_WRITTEN &&
		    pcsc_layout_undescribed(&group->layout, i))
			return true;
	return false;
}

static enum verdict of_undescribed(const struct group *group, unsigned int at)
{
	const struct fact *fact = &group->facts[at];

	if (!may_speak(group))
		return MUTE;
	if (undescribed_was_written(group))
		return BESIDE_WRITTEN;
	if (fact->seen & SEEN_ONES)
		return ASLEEP;
	if (!(fact->seen & SEEN_SURVIVING))
		return OVER_NO_RESET;
	return beside_change(group, at) ? BESIDE_CHANGE : MISSED;
}

/* A change or a write of one byte of a register speaks against all of it. */
static bool in_conflict(const struct group *group, const struct pcsc_reg *reg,
			const struct pcsc_cap *cap)
{
	const unsigned int from = reg->offset + (cap ? cap->offset : 0);
	const bool restored = group->id.is_vf && reg->flags & PCSC_VF_CONST;
	const uint8_t against = SEEN_CHANGED | (restored ? 0 : SEEN_WRITTEN);

	for (unsigned int i = from; i < from + reg->length; i++)
		if (i < group->layout.cfg_size &&
		    group->facts[i].seen & against)
			return true;
	return false;
}

static enum verdict of_described(const struct group *group, unsigned int at)
{
	const struct pcsc_cap *cap;
	const struct pcsc_reg *reg = pcsc_layout_reg(&group->layout, at, &cap);

	if (!reg || reg->flags & PCSC_OPAQUE)
		return OF_VENDOR;
	if (!pcsc_reg_is_const(reg, group->id.is_vf))
		return BY_TABLE;
	return in_conflict(group, reg, cap) ? IN_CONFLICT : MISSED;
}

/* ---- verdicts -------------------------------------------------------------------- */

static enum verdict silent(const struct group *group, unsigned int at)
{
	if (group->facts[at].enough < ENOUGH_FUNCTIONS)
		return SELDOM_READ;
	if (group->layout.status != PCSC_WALK_OK)
		return IN_LISTS;
	return pcsc_layout_undescribed(&group->layout, at) ?
		       of_undescribed(group, at) :
		       of_described(group, at);
}

static enum verdict said(const struct group *group, unsigned int at)
{
	const struct fact *fact = &group->facts[at];

	if (fact->in_time)
		return WRONG;
	if (fact->common & BY_EVENT(WORLD_FLR))
		return WRONG_OVER_RESET;
	if (!(fact->causes & (BY_TIME | BY_READ | BY_OTHER_WRITE)))
		return SHOWN;
	return pcsc_layout_undescribed(&group->layout, at) ? LATE :
							     WRONG_REGISTER;
}

/* Another firmware is another device. */
static bool is_constant(const struct fact *fact)
{
	return !(fact->causes & ~BY_EVENT(WORLD_FIRMWARE));
}

/* By the design's word, which may be right for once without it. */
static enum verdict allowed(const struct group *group, unsigned int at)
{
	const enum verdict without = silent(group, at);

	if (without == MISSED)
		return RIGHT;
	/* The table's word needs one read. */
	return without == SELDOM_READ &&
			       !pcsc_layout_undescribed(&group->layout, at) ?
		       RIGHT :
		       AGAINST_RULES;
}

static enum verdict judge(const struct group *group, unsigned int at,
			  const struct says *says)
{
	const struct fact *fact = &group->facts[at];

	if (says->shared[at] && fact->differs)
		return WRONG_SIBLING;
	if (says->constant[at])
		return is_constant(fact) ? allowed(group, at) : said(group, at);
	return is_constant(fact) ? silent(group, at) : RIGHTLY_SILENT;
}

/* ---- names ----------------------------------------------------------------------- */

static const char *const cause_words[] = {
	"time",
	"being read",
	"a write",
	"a write elsewhere",
	"a write to undescribed bytes",
	"FLR",
	"D3hot",
	"a reset above",
	"firmware",
	"loss of power",
};

static void print_causes(unsigned int causes, FILE *out)
{
	const char *between = " by ";

	for (unsigned int i = 0; i < ARRAY_SIZE(cause_words); i++) {
		if (!(causes >> i & 1))
			continue;
		fprintf(out, "%s%s", between, cause_words[i]);
		between = ", ";
	}
}

static void print_run(const struct group *group, enum verdict verdict,
		      unsigned int from, unsigned int end, FILE *out)
{
	fprintf(out, "# %s: '%s' %03x", verdict_words[verdict], group->model,
		from);
	if (end - from > 1)
		fprintf(out, "-%03x", end - 1);
	fprintf(out, ", %u functions", group->functions);
	print_causes(group->facts[from].causes, out);
	fputc('\n', out);
}

static bool has_a_name(enum verdict verdict)
{
	return verdict > RIGHT && verdict <= MISSED;
}

void compare_group(const struct group *group, const struct says *says,
		   struct sums *sums, FILE *names)
{
	unsigned int from = 0;

	for (unsigned int at = 0; at < group->layout.cfg_size; at++) {
		const enum verdict v = judge(group, at, says);
		const bool last = at + 1 == group->layout.cfg_size;

		sums->bytes[v] += group->functions;
		if (says->shared[at])
			sums->shared += group->functions;
		if (!last && judge(group, at + 1, says) == v &&
		    group->facts[at + 1].causes == group->facts[at].causes)
			continue;
		if (names && has_a_name(v))
			print_run(group, v, from, at + 1, names);
		from = at + 1;
	}
}
