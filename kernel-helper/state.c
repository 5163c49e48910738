// SPDX-License-Identifier: GPL-2.0-only
/* What is in force, and the locks under which it changes. */
#include <linux/capability.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/pci.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "state.h"

DEFINE_MUTEX(pcsc_mutex);
DECLARE_RWSEM(pcsc_alive);
u32 pcsc_mode = PCSC_MODE_OFF;
atomic_t pcsc_stops __read_mostly = ATOMIC_INIT(0);
bool pcsc_restricted;
bool pcsc_fills_allowed;
bool pcsc_is_loaded;
bool pcsc_is_starting;
bool pcsc_asleep;
bool pcsc_no_evidence;
struct pcsc_profile_header *pcsc_profile;

/*
 * Users without rights ask for it, and one of them that waits for pcsc_mutex, or has it,
 * and gets no processor keeps all others from it.
 */
static DEFINE_RAW_SPINLOCK(told_lock);
static struct pcsc_profile_told told;

void pcsc_lock_all(void)
{
	pci_lock_rescan_remove();
	mutex_lock(&pcsc_mutex);
}

void pcsc_unlock_all(void)
{
	mutex_unlock(&pcsc_mutex);
	pci_unlock_rescan_remove();
}

void pcsc_profile_set(struct pcsc_profile_header *profile)
{
	lockdep_assert_held(&pcsc_mutex);
	raw_spin_lock(&told_lock);
	pcsc_profile = profile;
	told = (struct pcsc_profile_told){ .crc32 = pcsc_profile_crc() };
	if (profile)
		memcpy(told.name, profile->name, sizeof(told.name));
	raw_spin_unlock(&told_lock);
}

bool pcsc_profile_tell(struct pcsc_profile_told *to)
{
	bool is_there;

	raw_spin_lock(&told_lock);
	is_there = pcsc_profile;
	*to = told;
	raw_spin_unlock(&told_lock);
	return is_there;
}

int pcsc_may_set(void)
{
	/* If the helper is built in, the kernel sets them before there are tasks. */
	return system_state == SYSTEM_BOOTING || capable(CAP_SYS_ADMIN) ?
		       0 :
		       -EPERM;
}

static int choose(const char *text, const struct kernel_param *param)
{
	struct pcsc_choice *choice = param->arg;
	int chosen =
		pcsc_may_set() ?:
			__sysfs_match_string(choice->words, SIZE_MAX, text);

	if (chosen < 0)
		return chosen;
	WRITE_ONCE(choice->chosen, chosen);
	return 0;
}

static int show_chosen(char *buffer, const struct kernel_param *param)
{
	const struct pcsc_choice *choice = param->arg;

	return sysfs_emit(buffer, "%s\n",
			  choice->words[READ_ONCE(choice->chosen)]);
}

const struct kernel_param_ops pcsc_choice_ops = {
	.set = choose,
	.get = show_chosen,
};
