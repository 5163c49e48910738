// SPDX-License-Identifier: GPL-2.0-only
/*
 * Comparing the cache with hardware: one in so many hits is asked of hardware
 * as well. After a mismatch its bytes are no longer served for any function of that
 * model, and its function is quarantined.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/lockdep.h>
#include <linux/moduleparam.h>
#include <linux/string.h>

#include "events.h"
#include "find.h"
#include "siblings.h"
#include "state.h"
#include "stats.h"
#include "verify.h"
#include "work.h"

u32 pcsc_verify_below = U32_MAX / 1024;

static unsigned int verify = 1024;

static int set_verify(const char *text, const struct kernel_param *param)
{
	int ret = pcsc_may_set() ?: param_set_uint(text, param);

	if (!ret)
		WRITE_ONCE(pcsc_verify_below, verify ? U32_MAX / verify : 0);
	return ret;
}

static const struct kernel_param_ops verify_ops = {
	.set = set_verify,
	.get = param_get_uint,
};

module_param_cb(verify, &verify_ops, &verify, 0644);
MODULE_PARM_DESC(
	verify,
	"One in so many hits is compared with hardware (default 1024; 0: none)");

/* ---- mismatches, from where they are found to where there is time ---- */

static const char *const reactions[] = { "quarantine", "off", NULL };
static struct pcsc_choice on_mismatch = { .words = reactions };
module_param_cb(on_mismatch, &pcsc_choice_ops, &on_mismatch, 0644);
MODULE_PARM_DESC(
	on_mismatch,
	"After a mismatch: quarantine (default) stops serving the function, and these bytes of its model; off stops serving everything at once, and sets the mode to off");

static bool stopped;

static void stop_serving(void)
{
	if (!READ_ONCE(on_mismatch.chosen))
		return;
	WRITE_ONCE(stopped, true);
	/* pass_on() kicks the work, which then takes the mode off. */
	if (atomic_inc_return(&pcsc_stops) == 1)
		pcsc_event(PCSC_EVENT_STOPPED, 0);
}

bool pcsc_verify_stopped(void)
{
	lockdep_assert_held(&pcsc_mutex);
	return xchg(&stopped, false);
}

#define REPORTS 64
#define REPORT_THERE BIT_ULL(63)

static u64 reports[REPORTS];
static atomic_t not_passed_on = ATOMIC_INIT(0);

static void pass_on(const struct pcsc_function *f, u16 where, u8 size)
{
	const u64 report =
		REPORT_THERE | (u64)f->index << 24 | where << 8 | size;
	int i;

	for (i = 0; i < REPORTS; i++)
		if (!cmpxchg(&reports[i], 0, report))
			break;
	if (i == REPORTS)
		atomic_inc(&not_passed_on);
	/* Once it can be collected: pcsc_leave() clears this and then collects. */
	WRITE_ONCE(pcsc_restricted, true);
	pcsc_work_now();
}

static void say(const struct pcsc_function *f, u32 kind, u16 where, u8 size,
		u32 cached, u32 found)
{
	const struct pcsc_event event = {
		.kind = kind,
		.domain = f->domain,
		.bus = f->bus,
		.devfn = f->devfn,
		.where = where,
		.width = size,
		.cached = cached,
		.found = found,
	};

	pcsc_event_post(&event);
}

/* The VFs of its PF are not all alike, or this one no longer is. */
static void drop_template(struct pcsc_function *f)
{
	struct pcsc_function *pf = READ_ONCE(f->vf) ? READ_ONCE(f->pf) : NULL;

	if (pf)
		pcsc_siblings_drop(pf);
}

static void mismatch(struct pcsc_function *f)
{
	stop_serving();
	atomic64_inc(&f->mismatches);
	pcsc_count(READ_ONCE(f->phase), PCSC_N_MISMATCH);
}

void pcsc_mismatch_found(struct pcsc_function *f, u16 where, u8 size,
			 u32 cached, u32 found)
{
	drop_template(f);
	pcsc_line_bypass(&f->line, PCSC_BYPASS_QUARANTINE, 0);
	mismatch(f);
	say(f, PCSC_EVENT_MISMATCH, where, size, cached, found);
	pass_on(f, where, size);
}

void pcsc_mismatch_of_siblings(struct pcsc_function *f, u16 where, u8 size,
			       u32 cached, u32 found, bool users)
{
	drop_template(f);
	if (!users)
		mismatch(f);
	say(f, PCSC_EVENT_ODD_VF, where, size, cached, found);
	/* The work then takes the mode off, if on_mismatch=off. */
	pcsc_work_now();
}

/* ---- bytes that are not served for any function of a model ---- */

/* In the form of the handover; kept until another profile is loaded. */
static struct pcsc_handover_mismatch mismatches[PCSC_HANDOVER_RESTRICTIONS];
static u32 nr_mismatches;
static struct pcsc_handover_quarantined quarantined[PCSC_HANDOVER_RESTRICTIONS];
static u32 nr_quarantined;
#define OF_SEVERAL 0 /* so none of these profiles ends them */
static u32 profile_crc; /* of the profile that they were found under */
static bool set_aside;

static bool concerns(const struct pcsc_handover_mismatch *mismatch,
		     const struct pcsc_identity *identity)
{
	return mismatch->vendor == identity->vendor &&
	       mismatch->device == identity->device &&
	       mismatch->is_vf == identity->is_vf;
}

static u8 bytes_of(const struct pcsc_handover_mismatch *mismatch)
{
	return ((1 << mismatch->size) - 1) << (mismatch->where & 3);
}

static void demote_model(const struct pcsc_handover_mismatch *mismatch)
{
	struct pcsc_function *f;
	u32 i, bytes;

	for (i = 0; i < pcsc_pool_used(); i++) {
		f = pcsc_pool_at(i);
		if (!concerns(mismatch, &f->identity))
			continue;
		bytes = pcsc_line_demote(&f->line, mismatch->where,
					 mismatch->size);
		atomic64_add(bytes, &f->demotions);
		pcsc_count_n(READ_ONCE(f->phase), PCSC_N_DEMOTED, bytes);
	}
}

static bool is_remembered(const struct pcsc_function *f, u16 where, u8 size)
{
	u32 i;

	for (i = 0; i < nr_mismatches; i++)
		if (concerns(&mismatches[i], &f->identity) &&
		    mismatches[i].where == where && mismatches[i].size == size)
			return true;
	return false;
}

static void remember(const struct pcsc_function *f, u16 where, u8 size)
{
	struct pcsc_handover_mismatch *mismatch = &mismatches[nr_mismatches];

	if (is_remembered(f, where, size))
		return;
	if (nr_mismatches == PCSC_HANDOVER_RESTRICTIONS) {
		atomic_inc(&not_passed_on);
		return;
	}
	*mismatch = (struct pcsc_handover_mismatch){
		.vendor = f->identity.vendor,
		.device = f->identity.device,
		.is_vf = f->vf,
		.where = where,
		.size = size,
	};
	nr_mismatches++;
	demote_model(mismatch);
	pr_warn_ratelimited(
		"%04x:%02x:%02x.%u: the cache had another value than hardware at 0x%03x (%u bytes): the function is quarantined, and these bytes are not served for any %04x:%04x any more\n",
		f->domain, f->bus, PCI_SLOT(f->devfn), PCI_FUNC(f->devfn),
		where, size, mismatch->vendor, mismatch->device);
}

static struct pcsc_handover_quarantined *find_quarantined(u32 domain, u8 bus,
							  u8 devfn)
{
	u32 i;

	for (i = 0; i < nr_quarantined; i++)
		if (quarantined[i].domain == domain &&
		    quarantined[i].bus == bus && quarantined[i].devfn == devfn)
			return &quarantined[i];
	return NULL;
}

static void quarantine(struct pcsc_function *f)
{
	struct pcsc_handover_quarantined *entry =
		find_quarantined(f->domain, f->bus, f->devfn);

	if (!entry && nr_quarantined == PCSC_HANDOVER_RESTRICTIONS) {
		atomic_inc(&not_passed_on);
		return;
	}
	if (!entry)
		entry = &quarantined[nr_quarantined++];
	*entry = (struct pcsc_handover_quarantined){
		.domain = f->domain,
		.bus = f->bus,
		.devfn = f->devfn,
		.vendor = f->identity.vendor,
		.device = f->identity.device,
	};
	/* An evaluation may have cleared the bit before this entry existed. */
	pcsc_line_bypass(&f->line, PCSC_BYPASS_QUARANTINE, 0);
}

/* Those of the last kernel may be of another profile than those that come now. */
static void note_profile(void)
{
	if (!nr_mismatches && !nr_quarantined)
		profile_crc = pcsc_profile_crc();
	else if (profile_crc != pcsc_profile_crc())
		profile_crc = OF_SEVERAL;
}

void pcsc_mismatches_collect(void)
{
	struct pcsc_function *f;
	u64 report;
	int i;

	for (i = 0; i < REPORTS; i++) {
		report = xchg(&reports[i], 0);
		if (!report || (u32)(report >> 24) >= pcsc_pool_used())
			continue;
		f = pcsc_pool_at(report >> 24);
		note_profile();
		quarantine(f);
		remember(f, report >> 8, report);
	}
}

u32 pcsc_quarantine_of(const struct pcsc_function *f)
{
	const struct pcsc_handover_quarantined *entry =
		find_quarantined(f->domain, f->bus, f->devfn);

	return !set_aside && entry && entry->vendor == f->identity.vendor &&
			       entry->device == f->identity.device ?
		       PCSC_BYPASS_QUARANTINE :
		       0;
}

bool pcsc_quarantine_end(u32 domain, u8 bus, u8 devfn)
{
	struct pcsc_handover_quarantined *entry;

	lockdep_assert_held(&pcsc_mutex);
	/* Collect first: a pending report would bring the quarantine back. */
	pcsc_mismatches_collect();
	entry = find_quarantined(domain, bus, devfn);
	if (entry)
		*entry = quarantined[--nr_quarantined];
	return entry;
}

void pcsc_mismatches_set_aside(bool aside)
{
	set_aside = aside;
}

bool pcsc_mismatches_concern(const struct pcsc_identity *identity)
{
	u32 i;

	for (i = 0; i < nr_mismatches; i++)
		if (concerns(&mismatches[i], identity))
			return true;
	return false;
}

void pcsc_mismatches_exclude(struct pcsc_map *map,
			     const struct pcsc_identity *identity)
{
	u32 i;

	for (i = 0; !set_aside && i < nr_mismatches; i++)
		if (concerns(&mismatches[i], identity))
			pcsc_map_exclude(map, mismatches[i].where,
					 bytes_of(&mismatches[i]));
}

static void mark(const struct pcsc_handover_mismatch *mismatch, u8 *known,
		 u32 count)
{
	u32 where;

	for (where = mismatch->where;
	     where < mismatch->where + mismatch->size && where < count;
	     where++) {
		known[where] &= ~(PCSC_KNOWN_EVIDENCE | PCSC_KNOWN_CACHED);
		known[where] |= PCSC_KNOWN_DEMOTED;
	}
}

void pcsc_mismatches_mark(u8 *known, u32 count,
			  const struct pcsc_identity *identity)
{
	u32 i;

	for (i = 0; !set_aside && i < nr_mismatches; i++)
		if (concerns(&mismatches[i], identity))
			mark(&mismatches[i], known, count);
}

bool pcsc_mismatches_are_of(u32 crc)
{
	return profile_crc == crc || profile_crc == OF_SEVERAL;
}

void pcsc_mismatches_forget(u32 crc)
{
	nr_mismatches = 0;
	nr_quarantined = 0;
	profile_crc = crc;
}

void pcsc_mismatches_hand(struct pcsc_handover_restrictions *to)
{
	to->profile_crc32 = profile_crc;
	to->nr_mismatches = nr_mismatches;
	to->nr_quarantined = nr_quarantined;
	memcpy(to->mismatches, mismatches, sizeof(mismatches));
	memcpy(to->quarantined, quarantined, sizeof(quarantined));
}

void pcsc_mismatches_take(const struct pcsc_handover_restrictions *from)
{
	profile_crc = from->profile_crc32;
	nr_mismatches = from->nr_mismatches;
	nr_quarantined = from->nr_quarantined;
	memcpy(mismatches, from->mismatches, sizeof(mismatches));
	memcpy(quarantined, from->quarantined, sizeof(quarantined));
}

u32 pcsc_mismatches(void)
{
	return nr_mismatches;
}

u32 pcsc_quarantined(void)
{
	return nr_quarantined;
}

u32 pcsc_mismatches_lost(void)
{
	return atomic_read(&not_passed_on);
}
