// SPDX-License-Identifier: GPL-2.0-only
/*
 * Misbehaves in one way, once, when it is loaded, so that a kernel made to see
 * that (tools/kernel) can show that it does. fault= says how.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

static char *fault = "none";
module_param(fault, charp, 0);
MODULE_PARM_DESC(fault, "what to do wrong");

static void none(void)
{
}

static void use_after_free(void)
{
	int *p = kmalloc(64, GFP_KERNEL);

	kfree(p);
	OPTIMIZER_HIDE_VAR(p);
	READ_ONCE(*p);
}

static void out_of_bounds(void)
{
	char *p = kmalloc(64, GFP_KERNEL);
	size_t at = 64;

	OPTIMIZER_HIDE_VAR(p);
	OPTIMIZER_HIDE_VAR(at);
	WRITE_ONCE(p[at], 1);
	kfree(p);
}

static DEFINE_SPINLOCK(spin);

static void sleep_in_atomic(void)
{
	void *p;

	spin_lock(&spin);
	p = kmalloc(64, GFP_KERNEL);
	spin_unlock(&spin);
	kfree(p);
}

static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);

static void lock_inversion(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);
	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
}

/* Several, since one may be found by chance in some register. */
static void leak(void)
{
	int i;

	for (i = 0; i < 10; i++) {
		void *p = kmalloc(200, GFP_KERNEL);

		OPTIMIZER_HIDE_VAR(p);
	}
}

static int *published;

static void rcu(void)
{
	int __rcu **p = (int __rcu **)&published;

	READ_ONCE(*rcu_dereference(*p));
}

static struct {
	int in[4];
	int behind[4];
} array;

static void ubsan(void)
{
	int at = 4;

	OPTIMIZER_HIDE_VAR(at);
	WRITE_ONCE(array.behind[0], array.in[at]);
}

static void shift(void)
{
	int by = 40;

	OPTIMIZER_HIDE_VAR(by);
	WRITE_ONCE(array.behind[0], 1 << by);
}

static int raced;

static int racer(void *unused)
{
	while (!kthread_should_stop()) {
		raced++;
		cond_resched();
	}
	return 0;
}

static void unlocked(void)
{
	struct task_struct *a = kthread_run(racer, NULL, "pcsc_race_a");
	struct task_struct *b = kthread_run(racer, NULL, "pcsc_race_b");

	msleep(4000);
	if (!IS_ERR(a))
		kthread_stop(a);
	if (!IS_ERR(b))
		kthread_stop(b);
}

static const struct {
	const char *name;
	void (*plant)(void);
} faults[] = {
	{ "none", none },
	{ "use-after-free", use_after_free },
	{ "out-of-bounds", out_of_bounds },
	{ "sleep-in-atomic", sleep_in_atomic },
	{ "lock-inversion", lock_inversion },
	{ "leak", leak },
	{ "rcu", rcu },
	{ "ubsan", ubsan },
	{ "shift", shift },
	{ "data-race", unlocked },
};

static int value;

static int __init faults_init(void)
{
	size_t i;

	WRITE_ONCE(published, &value);
	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		if (strcmp(fault, faults[i].name))
			continue;
		pr_info("planting %s\n", fault);
		faults[i].plant();
		return 0;
	}
	return -EINVAL;
}
module_init(faults_init);

static void __exit faults_exit(void)
{
	pr_info("gone\n");
}
module_exit(faults_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Misbehaves when asked to, so that somebody notices");
