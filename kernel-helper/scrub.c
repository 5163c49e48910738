// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is cached is compared with hardware in the background, round and round, at
 * a bounded rate, to find mismatches in registers that are seldom hit.
 */
#include <linux/jiffies.h>
#include <linux/moduleparam.h>
#include <linux/workqueue.h>

#include "find.h"
#include "populate.h"
#include "scrub.h"
#include "state.h"

#define ROUNDS_PER_SECOND 4
#define MAX_RATE 1000
#define MOST_VISITS 4096U /* functions a round: most of them have no device */

static unsigned int scrub;

static void run(struct work_struct *unused);
static DECLARE_DELAYED_WORK(work, run);

/* Where the last round ended. */
static u32 at_function;
static u16 at_offset;

/* So soon after a reset a function need not answer (PCIe 6.6.1). */
static bool may_be_read(const struct pcsc_function *f)
{
	return f->mode != PCSC_MODE_OFF && f->line.map &&
	       f->line.map->nr_const && !pcsc_line_bypassed(&f->line) &&
	       time_after(jiffies, READ_ONCE(f->quiet_until) + HZ);
}

/* Make up to @budget reads. Returns how many were made. */
static u32 scrub_function(struct pcsc_function *f, u32 budget)
{
	u32 done = 0;

	if (!f->pdev || !may_be_read(f))
		goto next;
	while (done < budget && at_offset < f->line.map->cfg_size) {
		done += pcsc_check_dword(f, f->pdev, at_offset);
		at_offset += 4;
	}
	if (at_offset < f->line.map->cfg_size)
		return done;
next:
	at_function++;
	at_offset = 0;
	return done;
}

static void run(struct work_struct *unused)
{
	u32 budget = DIV_ROUND_UP(READ_ONCE(scrub), ROUNDS_PER_SECOND);
	u32 functions, visited = 0;

	/*
	 * The mutex's holder may be waiting for this work to end
	 * (pcsc_scrub_stop()), so do not wait for the mutex.
	 */
	if (!mutex_trylock(&pcsc_mutex)) {
		schedule_delayed_work(&work, 1);
		return;
	}
	functions = pcsc_pool_used();
	while (budget && visited++ < min(functions, MOST_VISITS)) {
		if (at_function >= functions)
			at_function = 0;
		budget -= min(budget, scrub_function(pcsc_pool_at(at_function),
						     budget));
	}
	if (functions && READ_ONCE(scrub))
		schedule_delayed_work(&work, HZ / ROUNDS_PER_SECOND);
	mutex_unlock(&pcsc_mutex);
}

static int set_scrub(const char *text, const struct kernel_param *param)
{
	int ret = pcsc_may_set() ?:
			  param_set_uint_minmax(text, param, 0, MAX_RATE);

	if (!ret && READ_ONCE(pcsc_mode) != PCSC_MODE_OFF)
		pcsc_scrub_start();
	return ret;
}

static const struct kernel_param_ops scrub_ops = {
	.set = set_scrub,
	.get = param_get_uint,
};

module_param_cb(scrub, &scrub_ops, &scrub, 0644);
MODULE_PARM_DESC(
	scrub,
	"So many reads a second compare what is cached with hardware (default 0: none; at most 1000)");

void pcsc_scrub_start(void)
{
	if (READ_ONCE(scrub))
		schedule_delayed_work(&work, HZ / ROUNDS_PER_SECOND);
}

void pcsc_scrub_stop(void)
{
	cancel_delayed_work_sync(&work);
}
