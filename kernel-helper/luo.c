// SPDX-License-Identifier: GPL-2.0-only
/*
 * A session of the live update orchestrator may hold the helper's node. Then the lines are
 * sealed before anything else of the kexec begins, and if they cannot be, the kexec does
 * not take place. Without a session a kexec hands them over all the same.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/fs.h>

#include "compat.h"
#include "control.h"
#include "handed.h"
#include "handover.h"
#include "luo.h"

#if PCSC_HAS_LUO

#define COMPATIBLE "pci_pcsc-v1"

static bool can_preserve(struct liveupdate_file_handler *handler,
			 struct file *file)
{
	return pcsc_control_is(file);
}

static int preserve(struct liveupdate_file_op_args *args)
{
	args->serialized_data = pcsc_handover_id();
	return pcsc_handover_hold();
}

static void unpreserve(struct liveupdate_file_op_args *args)
{
	pcsc_handover_let_go();
}

static int freeze(struct liveupdate_file_op_args *args)
{
	return pcsc_handover_freeze();
}

static void unfreeze(struct liveupdate_file_op_args *args)
{
	pcsc_handover_unfreeze();
}

/*
 * The lines were taken when this kernel began: here it is asked whether they are those.
 * What luo_retrieve_file() was told once it tells for good, so no lock is waited for.
 */
static int retrieve(struct liveupdate_file_op_args *args)
{
	const char *reason = pcsc_handed_is_from(args->serialized_data);

	if (reason) {
		pr_warn("live update: its file is not retrieved: %s\n", reason);
		return -ENODATA;
	}
	args->file = pcsc_control_file();
	return PTR_ERR_OR_ZERO(args->file);
}

/* What was adopted has proved itself, whether or not somebody asks for it. */
static void finish(struct liveupdate_file_op_args *args)
{
	if (args->retrieve_status <= 0)
		pr_info("live update: the session ended without its file: lines that were adopted stay in use\n");
}

static const struct liveupdate_file_ops file_ops = {
	.can_preserve = can_preserve,
	.preserve = preserve,
	.unpreserve = unpreserve,
	.freeze = freeze,
	.unfreeze = unfreeze,
	.retrieve = retrieve,
	.finish = finish,
	.owner = THIS_MODULE,
};

static struct liveupdate_file_handler handler = {
	.ops = &file_ops,
	.compatible = COMPATIBLE,
};

void pcsc_luo_register(void)
{
	const int ret = liveupdate_register_file_handler(&handler);

	if (ret && ret != -EOPNOTSUPP)
		pr_warn("live update: no session can hold the lines: error %d\n",
			ret);
}

#else

void pcsc_luo_register(void)
{
}

#endif
