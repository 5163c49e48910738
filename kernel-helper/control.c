// SPDX-License-Identifier: GPL-2.0-only
/* /dev/pci_pcsc: the one channel to the helper (uapi/pcsc.h). */
#include <linux/anon_inodes.h>
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "bracket.h"
#include "control.h"
#include "core/regs.h"
#include "describe.h"
#include "evaluate.h"
#include "events.h"
#include "find.h"
#include "handed.h"
#include "handover.h"
#include "hits.h"
#include "hooks.h"
#include "limit.h"
#include "mode.h"
#include "ops.h"
#include "profile.h"
#include "region.h"
#include "siblings.h"
#include "state.h"
#include "stats.h"
#include "verify.h"
#include "work.h"

/*
 * Copy @ours bytes of the caller's structure. Bytes that it has beyond these
 * must be zero, bytes that it lacks are taken as zero. The caller's size stays
 * in the first word.
 */
static int copy_in(void *to, size_t ours, const void __user *from)
{
	u32 size;
	int ret;

	if (get_user(size, (const u32 __user *)from))
		return -EFAULT;
	if (size < sizeof(u32) || size > PAGE_SIZE)
		return -EINVAL;
	ret = copy_struct_from_user(to, ours, from, size);
	*(u32 *)to = size;
	return ret;
}

static int copy_out(void __user *to, void *from, size_t ours)
{
	size_t size = min_t(size_t, *(u32 *)from, ours);

	*(u32 *)from = size;
	return copy_to_user(to, from, size) ? -EFAULT : 0;
}

static int do_info(void __user *arg)
{
	const struct pcsc_profile_header *profile;
	struct pcsc_info info;
	int ret = copy_in(&info, sizeof(info), arg);

	if (ret)
		return ret;
	mutex_lock(&pcsc_mutex);
	info = (struct pcsc_info){
		.size = info.size,
		.abi = PCSC_ABI,
		.mode = pcsc_mode,
		.functions = pcsc_pool_used(),
		.maps = pcsc_maps_count(),
		.table_hash = pcsc_regs_hash(),
		.foreign_ops = pcsc_ops_foreign(),
		.locked_off = pcsc_locked_off(),
		.version = PCSC_VERSION,
		.hooks_missing = pcsc_hooks_missing(),
		.mismatched = pcsc_mismatches(),
		.limits = pcsc_limits(),
		.quarantined = pcsc_quarantined(),
		.no_room = pcsc_pool_no_room(),
		.hooks_off = pcsc_hooks_off(),
	};
	strscpy(info.lost, pcsc_handed.lost ?: "", sizeof(info.lost));
	profile = pcsc_profile;
	if (profile) {
		info.models = profile->nr_models;
		info.profile_crc32 = profile->crc32;
		strscpy(info.profile, profile->name, sizeof(info.profile));
	}
	mutex_unlock(&pcsc_mutex);
	return copy_out(arg, &info, sizeof(info));
}

static int do_load(void __user *arg)
{
	struct pcsc_load load;
	int err, ret = copy_in(&load, sizeof(load), arg);

	if (ret)
		return ret;
	if (load.reserved)
		return -EINVAL;
	load.reason[0] = '\0';
	err = pcsc_profile_load(load.fd, &load);
	ret = copy_out(arg, &load, sizeof(load));
	return err ? err : ret;
}

/* Fields that the scope has no use for must be 0. */
static bool scope_is_sound(const struct pcsc_mode *mode)
{
	const bool model = mode->vendor || mode->device;
	const bool function = mode->domain || mode->bus || mode->devfn;

	if (mode->mode > PCSC_MODE_ON || mode->reserved)
		return false;
	switch (mode->scope) {
	case PCSC_SCOPE_HOST:
		return !model && !function;
	case PCSC_SCOPE_MODEL:
		return !function;
	case PCSC_SCOPE_FUNCTION:
		return !model;
	default:
		return false;
	}
}

static int limit_command(const struct pcsc_mode *mode, const char **reason)
{
	int ret = mutex_lock_killable(&pcsc_mutex);

	if (ret)
		return ret;
	ret = pcsc_limit_set(mode, reason);
	mutex_unlock(&pcsc_mutex);
	return ret;
}

static int do_mode(void __user *arg)
{
	struct pcsc_mode mode;
	const char *reason = "";
	int err, ret = copy_in(&mode, sizeof(mode), arg);

	if (ret)
		return ret;
	if (!scope_is_sound(&mode))
		return -EINVAL;
	if (mode.scope == PCSC_SCOPE_HOST)
		err = pcsc_mode_command(mode.mode, &reason);
	else
		err = limit_command(&mode, &reason);
	strscpy(mode.reason, reason, sizeof(mode.reason));
	ret = copy_out(arg, &mode, sizeof(mode));
	return err ? err : ret;
}

/* False if there is no such function, or no longer. */
static bool describe_at(u32 index, struct pcsc_function_state *item, u32 *count)
{
	bool there;

	mutex_lock(&pcsc_mutex);
	*count = pcsc_pool_used();
	there = index < *count;
	if (there)
		pcsc_describe(pcsc_pool_at(index), item);
	mutex_unlock(&pcsc_mutex);
	return there;
}

/* The size that the structure had in its first version. */
#define SMALLEST_ITEM offsetof(struct pcsc_function_state, mode)

static int do_state(void __user *arg)
{
	struct pcsc_function_state item;
	struct pcsc_state state;
	void __user *to;
	u32 i, count;
	int ret = copy_in(&state, sizeof(state), arg);

	if (ret)
		return ret;
	if (state.reserved || state.item_size < SMALLEST_ITEM)
		return -EINVAL;
	to = u64_to_user_ptr(state.items);
	mutex_lock(&pcsc_mutex);
	pcsc_hits_collect();
	mutex_unlock(&pcsc_mutex);
	for (i = 0; describe_at(i, &item, &count); i++) {
		if (!state.items || i == state.count)
			break;
		if (copy_to_user(to, &item,
				 min_t(size_t, state.item_size, sizeof(item))))
			return -EFAULT;
		to += state.item_size;
	}
	state.count = count;
	return copy_out(arg, &state, sizeof(state));
}

/* As many as there are and the caller has room for; 0, or -EFAULT. */
static int give(u64 to, const void *from, u32 nr, u32 room, size_t size)
{
	return copy_to_user(u64_to_user_ptr(to), from, size * min(nr, room)) ?
		       -EFAULT :
		       0;
}

static int do_bytes(void __user *arg)
{
	struct pcsc_bytes bytes, asked;
	struct pcsc_known *known;
	int ret = copy_in(&bytes, sizeof(bytes), arg);

	if (ret)
		return ret;
	if (bytes.reserved || memchr_inv(bytes.reserved2, 0, 3))
		return -EINVAL;
	known = kmalloc(sizeof(*known), GFP_KERNEL);
	if (!known)
		return -ENOMEM;
	asked = bytes;
	mutex_lock(&pcsc_mutex);
	ret = pcsc_describe_bytes(&bytes, known);
	mutex_unlock(&pcsc_mutex);
	if (!ret)
		ret = give(bytes.items, known->bytes, bytes.count, asked.count,
			   1);
	if (!ret)
		ret = give(bytes.caps, known->caps, bytes.nr_caps,
			   asked.nr_caps, sizeof(known->caps[0]));
	kfree(known);
	return ret ? ret : copy_out(arg, &bytes, sizeof(bytes));
}

static int flush(const struct pcsc_flush *what)
{
	struct pcsc_function *f;
	bool ended;
	u32 i;

	if (!what->all) {
		ended = pcsc_quarantine_end(what->domain, what->bus,
					    what->devfn);
		f = pcsc_find(what->domain, what->bus, what->devfn);
		if (!f)
			return ended ? 0 : -ENODEV;
		/* What is below it and its VFs may change with its firmware. */
		pcsc_bracket_opaque_write(f);
		if (f->vf && f->pf)
			pcsc_siblings_drop(f->pf);
		/* The operator has looked at it, and wants it served again. */
		pcsc_line_bypass(&f->line, 0, PCSC_BYPASS_QUARANTINE);
		pcsc_work_later();
		pcsc_event_of(PCSC_EVENT_FLUSHED, f, 0);
		return 0;
	}
	pcsc_event(PCSC_EVENT_FLUSHED, 1);
	for (i = 0; i < pcsc_pool_used(); i++)
		pcsc_line_empty(&pcsc_pool_at(i)->line, false);
	return 0;
}

static int do_flush(void __user *arg)
{
	struct pcsc_flush what;
	int ret = copy_in(&what, sizeof(what), arg);

	if (ret)
		return ret;
	if (what.all > 1 || what.reserved)
		return -EINVAL;
	mutex_lock(&pcsc_mutex);
	ret = flush(&what);
	mutex_unlock(&pcsc_mutex);
	return ret;
}

static void forget(void)
{
	const struct pcsc_flush all = { .all = 1 };
	u32 i;

	pcsc_handover_disarm();
	/* The operator who asks for this has seen the notice. */
	pcsc_handed.lost = NULL;
	if (pcsc_mode == PCSC_MODE_OFF) {
		pcsc_handed_drop("it was forgotten, as asked");
		return;
	}
	for (i = 0; i < pcsc_pool_used(); i++) {
		WRITE_ONCE(pcsc_pool_at(i)->handed_vfs, 0);
		pcsc_handed_refuse(pcsc_pool_at(i));
	}
	flush(&all);
}

static int do_handover(void __user *arg)
{
	struct pcsc_handover handover;
	int ret = copy_in(&handover, sizeof(handover), arg);

	if (ret)
		return ret;
	if (handover.command > PCSC_HANDOVER_FORGET)
		return -EINVAL;
	mutex_lock(&pcsc_mutex);
	if (handover.command == PCSC_HANDOVER_FORGET)
		forget();
	pcsc_handover_status(&handover);
	mutex_unlock(&pcsc_mutex);
	return copy_out(arg, &handover, sizeof(handover));
}

static long control(struct file *file, unsigned int cmd, unsigned long arg)
{
	static const struct {
		unsigned int cmd;
		int (*run)(void __user *arg);
	} calls[] = {
		{ PCSC_IOC_INFO, do_info },
		{ PCSC_IOC_LOAD, do_load },
		{ PCSC_IOC_MODE, do_mode },
		{ PCSC_IOC_STATE, do_state },
		{ PCSC_IOC_FLUSH, do_flush },
		{ PCSC_IOC_HANDOVER, do_handover },
		{ PCSC_IOC_BYTES, do_bytes },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		/* Do not compare the size, which grows with the structures. */
		if (_IOC_TYPE(calls[i].cmd) == _IOC_TYPE(cmd) &&
		    _IOC_NR(calls[i].cmd) == _IOC_NR(cmd))
			return calls[i].run((void __user *)arg);
	return -ENOTTY;
}

static int open_control(struct inode *inode, struct file *file)
{
	return capable(CAP_SYS_ADMIN) ? pcsc_events_open(file) : -EPERM;
}

static int release_control(struct inode *inode, struct file *file)
{
	pcsc_events_close(file);
	return 0;
}

static ssize_t read_control(struct file *file, char __user *to, size_t size,
			    loff_t *unused)
{
	return pcsc_events_read(file, to, size);
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.open = open_control,
	.release = release_control,
	.read = read_control,
	.poll = pcsc_events_poll,
	.unlocked_ioctl = control,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "pci_pcsc",
	.fops = &operations,
	.mode = 0600,
};

bool pcsc_control_is(const struct file *file)
{
	return file->f_op == &operations;
}

struct file *pcsc_control_file(void)
{
	struct file *file =
		anon_inode_getfile("[pci_pcsc]", &operations, NULL, O_RDWR);
	int ret;

	if (IS_ERR(file))
		return file;
	ret = open_control(NULL, file);
	if (!ret)
		return file;
	fput(file);
	return ERR_PTR(ret);
}

struct device *pcsc_control_device(void)
{
	return device.this_device;
}

int pcsc_control_create(void)
{
	return misc_register(&device);
}

void pcsc_control_destroy(void)
{
	misc_deregister(&device);
}
