// SPDX-License-Identifier: GPL-2.0-only
/* /dev/pci_pcsc: the one channel to the helper (uapi/pcsc.h). */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "core/regs.h"
#include "pcsc.h"

static_assert(sizeof(struct pcsc_info) == 88);
static_assert(sizeof(struct pcsc_load) == 120);
static_assert(sizeof(struct pcsc_mode) == 104);
static_assert(sizeof(struct pcsc_function_state) == 72);
static_assert(sizeof(struct pcsc_state) == 24);
static_assert(sizeof(struct pcsc_flush) == 16);

/*
 * @ours of the caller's structure; what it has beyond must be zero, what it
 * lacks is taken as zero. Its size stays in the first word.
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
	const struct pcsc_pf_header *profile;
	struct pcsc_info info;
	int ret = copy_in(&info, sizeof(info), arg);

	if (ret)
		return ret;
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
	};
	profile = pcsc_policy();
	if (profile) {
		info.models = profile->nr_models;
		info.profile_crc32 = profile->crc32;
		strscpy(info.profile, profile->name, sizeof(info.profile));
	}
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
	err = pcsc_policy_load(load.fd, &load);
	ret = copy_out(arg, &load, sizeof(load));
	return err ? err : ret;
}

static int do_mode(void __user *arg)
{
	struct pcsc_mode mode;
	const char *reason = "";
	int err, ret = copy_in(&mode, sizeof(mode), arg);

	if (ret)
		return ret;
	err = pcsc_set_mode(mode.mode, &reason);
	strscpy(mode.reason, reason, sizeof(mode.reason));
	ret = copy_out(arg, &mode, sizeof(mode));
	return err ? err : ret;
}

static u32 why(const struct pcsc_function *f)
{
	u32 bits = READ_ONCE(f->line.bypass);

	if (!f->line.map || f->walk_status != PCSC_WALK_OK)
		bits |= PCSC_WHY_NO_MAP;
	if (f->line.no_evidence)
		bits |= PCSC_WHY_NO_EVIDENCE;
	return bits;
}

static void describe(const struct pcsc_function *f,
		     struct pcsc_function_state *state)
{
	const struct pcsc_map *map = f->line.map;

	*state = (struct pcsc_function_state){
		.domain = f->domain,
		.bus = f->bus,
		.devfn = f->devfn,
		.is_vf = f->vf,
		.walk_status = f->walk_status,
		.why = why(f),
		.model = map ? map->model : -1,
		.const_bytes = map ? map->nr_const : 0,
		.valid_bytes = pcsc_line_valid_bytes(&f->line),
		.hits = pcsc_hits_of(f->index),
		.hardware_reads = atomic64_read(&f->hardware_reads),
		.background_reads = atomic64_read(&f->background_reads),
		.writes = atomic64_read(&f->writes),
		.demotions = atomic64_read(&f->demotions),
		.mismatches = atomic64_read(&f->mismatches),
	};
}

static int do_state(void __user *arg)
{
	struct pcsc_function_state item;
	struct pcsc_state state;
	void __user *to;
	u32 i;
	int ret = copy_in(&state, sizeof(state), arg);

	if (ret)
		return ret;
	if (state.reserved || state.item_size < sizeof(item))
		return -EINVAL;
	to = u64_to_user_ptr(state.items);
	for (i = 0; state.items && i < pcsc_pool_used(); i++) {
		if (i == state.count)
			break;
		describe(pcsc_pool_at(i), &item);
		if (copy_to_user(to, &item, sizeof(item)))
			return -EFAULT;
		to += state.item_size;
	}
	state.count = pcsc_pool_used();
	return copy_out(arg, &state, sizeof(state));
}

static int do_flush(void __user *arg)
{
	struct pcsc_function *f;
	struct pcsc_flush flush;
	u32 i;
	int ret = copy_in(&flush, sizeof(flush), arg);

	if (ret)
		return ret;
	if (flush.all > 1 || flush.reserved)
		return -EINVAL;
	if (!flush.all) {
		f = pcsc_find(flush.domain, flush.bus, flush.devfn);
		if (!f)
			return -ENODEV;
		pcsc_line_empty(&f->line, false);
		return 0;
	}
	for (i = 0; i < pcsc_pool_used(); i++)
		pcsc_line_empty(&pcsc_pool_at(i)->line, false);
	return 0;
}

static long control(struct file *file, unsigned int cmd, unsigned long arg)
{
	static const struct {
		unsigned int cmd;
		int (*run)(void __user *arg);
	} calls[] = {
		{ PCSC_IOC_INFO, do_info },   { PCSC_IOC_LOAD, do_load },
		{ PCSC_IOC_MODE, do_mode },   { PCSC_IOC_STATE, do_state },
		{ PCSC_IOC_FLUSH, do_flush },
	};
	int i, ret = -ENOTTY;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		if (calls[i].cmd != cmd)
			continue;
		mutex_lock(&pcsc_mutex);
		ret = calls[i].run((void __user *)arg);
		mutex_unlock(&pcsc_mutex);
	}
	return ret;
}

static int open_control(struct inode *inode, struct file *file)
{
	return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.open = open_control,
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

int pcsc_control_create(void)
{
	return misc_register(&device);
}

void pcsc_control_destroy(void)
{
	misc_deregister(&device);
}
