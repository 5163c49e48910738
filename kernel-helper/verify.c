// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether the cache told the truth. One in so many hits is asked of hardware
 * as well; a lie takes its bytes from every function of that model, and its
 * function out of service.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/list.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>

#include "pcsc.h"

u32 pcsc_verify_below = U32_MAX / 1024;

static unsigned int verify = 1024;

static int set_verify(const char *text, const struct kernel_param *param)
{
	int ret = param_set_uint(text, param);

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

/* ---- lies, from where they are found to where there is time ---- */

#define LIES 64
#define LIE_THERE BIT_ULL(63)

static u64 lies[LIES];
static atomic_t lies_lost = ATOMIC_INIT(0);

static void post_lie(const struct pcsc_function *f, u16 where, u8 size)
{
	const u64 lie = LIE_THERE | (u64)f->index << 24 | where << 8 | size;
	int i;

	for (i = 0; i < LIES; i++)
		if (!cmpxchg(&lies[i], 0, lie))
			break;
	if (i == LIES)
		atomic_inc(&lies_lost);
	pcsc_work_now();
}

void pcsc_lied(struct pcsc_function *f, u16 where, u8 size, u32 held, u32 found)
{
	const struct pcsc_event event = {
		.kind = PCSC_EVENT_MISMATCH,
		.domain = f->domain,
		.bus = f->bus,
		.devfn = f->devfn,
		.where = where,
		.width = size,
		.held = held,
		.found = found,
	};

	pcsc_line_bypass(&f->line, PCSC_BYPASS_QUARANTINE, 0);
	atomic64_inc(&f->mismatches);
	pcsc_count(READ_ONCE(f->phase), PCSC_N_MISMATCH);
	pcsc_event_post(&event);
	post_lie(f, where, size);
}

/* ---- what no function of a model is believed any more ---- */

struct suspect {
	struct list_head list;
	u16 vendor;
	u16 device;
	bool is_vf;
	u16 where;
	u8 size;
};

static LIST_HEAD(suspects);
static u32 nr_suspects;
static bool set_aside;

#define MAX_SUSPECTS 1024

static bool concerns(const struct suspect *suspect,
		     const struct pcsc_identity *identity)
{
	return suspect->vendor == identity->vendor &&
	       suspect->device == identity->device &&
	       suspect->is_vf == identity->is_vf;
}

static u8 bytes_of(const struct suspect *suspect)
{
	return ((1 << suspect->size) - 1) << (suspect->where & 3);
}

static void demote_model(const struct suspect *suspect)
{
	struct pcsc_function *f;
	u32 i, bytes;

	for (i = 0; i < pcsc_pool_used(); i++) {
		f = pcsc_pool_at(i);
		if (!concerns(suspect, &f->identity))
			continue;
		bytes = pcsc_line_demote(&f->line, suspect->where,
					 suspect->size);
		atomic64_add(bytes, &f->demotions);
		pcsc_count_n(READ_ONCE(f->phase), PCSC_N_DEMOTED, bytes);
	}
}

static bool suspected(const struct pcsc_function *f, u16 where, u8 size)
{
	const struct suspect *suspect;

	list_for_each_entry(suspect, &suspects, list)
		if (concerns(suspect, &f->identity) &&
		    suspect->where == where && suspect->size == size)
			return true;
	return false;
}

static void suspect_model(const struct pcsc_function *f, u16 where, u8 size)
{
	struct suspect *suspect = NULL;

	if (suspected(f, where, size))
		return;
	if (nr_suspects < MAX_SUSPECTS)
		suspect = kmalloc(sizeof(*suspect), GFP_KERNEL);
	if (!suspect) {
		atomic_inc(&lies_lost);
		return;
	}
	*suspect = (struct suspect){
		.vendor = f->identity.vendor,
		.device = f->identity.device,
		.is_vf = f->vf,
		.where = where,
		.size = size,
	};
	list_add_tail(&suspect->list, &suspects);
	nr_suspects++;
	demote_model(suspect);
	pr_warn_ratelimited(
		"%04x:%02x:%02x.%u lied at 0x%03x (%u bytes): quarantined; these bytes of %04x:%04x are not served any more\n",
		f->domain, f->bus, PCI_SLOT(f->devfn), PCI_FUNC(f->devfn),
		where, size, suspect->vendor, suspect->device);
}

void pcsc_suspects_collect(void)
{
	u64 lie;
	int i;

	for (i = 0; i < LIES; i++) {
		lie = xchg(&lies[i], 0);
		if (lie && (u32)(lie >> 24) < pcsc_pool_used())
			suspect_model(pcsc_pool_at(lie >> 24), lie >> 8, lie);
	}
}

void pcsc_suspects_set_aside(bool aside)
{
	set_aside = aside;
}

void pcsc_suspects_exclude(struct pcsc_map *map,
			   const struct pcsc_identity *identity)
{
	const struct suspect *suspect;

	if (set_aside)
		return;
	list_for_each_entry(suspect, &suspects, list)
		if (concerns(suspect, identity))
			pcsc_map_exclude(map, suspect->where,
					 bytes_of(suspect));
}

void pcsc_suspects_forget(void)
{
	struct suspect *suspect, *next;

	list_for_each_entry_safe(suspect, next, &suspects, list)
		kfree(suspect);
	INIT_LIST_HEAD(&suspects);
	nr_suspects = 0;
}

u32 pcsc_suspects(void)
{
	return nr_suspects;
}

u32 pcsc_lies_lost(void)
{
	return atomic_read(&lies_lost);
}
