// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes what the helper has left for the next kernel, after everybody has seen it for
 * the last time: when all devices have been shut down and all is sealed, in
 * machine_shutdown(), by which kernel_kexec() leaves. It finds the region wherever it is,
 * pages of kexec handover among them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>
#include <linux/module.h>

/* PCSC_HANDOVER_MAGIC of core/handover.h: nothing else is ever changed. */
#define MAGIC 0x646e614863736350ull

static unsigned long pointer;
module_param(pointer, ulong, 0);
MODULE_PARM_DESC(pointer,
		 "where the pointer to the region is, by /proc/kallsyms");

static unsigned long at, bytes;
module_param(at, ulong, 0);
MODULE_PARM_DESC(at, "the part that is changed: its offset");
module_param(bytes, ulong, 0);
MODULE_PARM_DESC(bytes, "its size");

static unsigned int bits = 1, seed;
module_param(bits, uint, 0);
MODULE_PARM_DESC(bits, "how many bits are changed");
module_param(seed, uint, 0);
MODULE_PARM_DESC(seed, "which ones");

static u64 state;

static u32 below(u32 n)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)(state >> 33) % n;
}

static u8 *region(void)
{
	u64 *there = READ_ONCE(*(u64 **)pointer);

	return there && *there == MAGIC ? (u8 *)there : NULL;
}

static int corrupt(struct kprobe *probe, struct pt_regs *regs)
{
	u8 *there = region();
	unsigned int i;

	if (!there)
		return 0;
	for (i = 0; i < bits; i++)
		there[at + below(bytes)] ^= 1 << below(8);
	pr_info("%u bits changed\n", bits);
	return 0;
}

static struct kprobe leaving = {
	.symbol_name = "machine_shutdown",
	.pre_handler = corrupt,
};

static int __init corrupt_init(void)
{
	if (!pointer || !bytes)
		return -EINVAL;
	state = seed;
	return register_kprobe(&leaving);
}

static void __exit corrupt_exit(void)
{
	unregister_kprobe(&leaving);
}

module_init(corrupt_init);
module_exit(corrupt_exit);
MODULE_DESCRIPTION("Changes what the helper has left for the next kernel");
MODULE_LICENSE("GPL");
