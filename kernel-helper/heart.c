// SPDX-License-Identifier: GPL-2.0-only
/* A probe on a function of our own, which tells whether probes are met. */
#include <linux/compiler.h>

#include "heart.h"

static u32 beats;

/*
 * Probed just as the hooked functions are: at its entry, by ftrace if they are.
 */
static noinline void pcsc_hooks_beat(void)
{
	barrier();
}

static int on_beat(struct kprobe *probe, struct pt_regs *regs)
{
	WRITE_ONCE(beats, beats + 1);
	return 0;
}

static struct kprobe heart;
static bool placed;

int pcsc_heart_place(void)
{
	int ret;

	heart = (struct kprobe){
		.addr = (kprobe_opcode_t *)pcsc_hooks_beat,
		.pre_handler = on_beat,
	};
	ret = register_kprobe(&heart);
	placed = !ret;
	return ret;
}

bool pcsc_heart_beats(void)
{
	const u32 before = READ_ONCE(beats);

	pcsc_hooks_beat();
	return READ_ONCE(beats) != before;
}

struct kprobe *pcsc_heart_take(void)
{
	if (!placed)
		return NULL;
	placed = false;
	return &heart;
}
