// SPDX-License-Identifier: GPL-2.0-only
/* /sys/bus/pci/pcsc: totals for everybody, the switch for root. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/capability.h>
#include <linux/device/bus.h>
#include <linux/kobject.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "pcsc.h"

static const char *const mode_names[] = {
	[PCSC_MODE_OFF] = "off",
	[PCSC_MODE_SHADOW] = "shadow",
	[PCSC_MODE_ON] = "on",
};

static struct kobject *directory;

static ssize_t stats_show(struct kobject *kobj, struct kobj_attribute *attr,
			  char *buf)
{
	return pcsc_stats_print(buf);
}

static ssize_t enabled_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(pcsc_mode) != PCSC_MODE_OFF);
}

static ssize_t mode_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%s\n", mode_names[READ_ONCE(pcsc_mode)]);
}

static ssize_t set_mode(u32 mode, size_t count)
{
	const char *reason = "";
	int ret;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	ret = pcsc_mode_command(mode, &reason);
	if (ret)
		pr_warn_ratelimited("mode is %s: %s\n",
				    mode_names[READ_ONCE(pcsc_mode)], reason);
	return ret ? ret : count;
}

static ssize_t mode_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t count)
{
	int mode = sysfs_match_string(mode_names, buf);

	return mode < 0 ? mode : set_mode(mode, count);
}

static ssize_t enabled_store(struct kobject *kobj, struct kobj_attribute *attr,
			     const char *buf, size_t count)
{
	bool on;
	int ret = kstrtobool(buf, &on);

	if (ret)
		return ret;
	return set_mode(on ? PCSC_MODE_ON : PCSC_MODE_OFF, count);
}

static ssize_t profile_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	const struct pcsc_pf_header *profile;
	ssize_t n = 0;

	mutex_lock(&pcsc_mutex);
	profile = pcsc_policy();
	if (profile)
		n = sysfs_emit(buf, "%s %08x\n", profile->name, profile->crc32);
	mutex_unlock(&pcsc_mutex);
	return n;
}

static struct kobj_attribute stats_attr = __ATTR_RO(stats);
static struct kobj_attribute enabled_attr = __ATTR_RW(enabled);
static struct kobj_attribute mode_attr = __ATTR_RW(mode);
static struct kobj_attribute profile_attr = __ATTR_RO(profile);

static struct attribute *attributes[] = {
	&stats_attr.attr,
	&enabled_attr.attr,
	&mode_attr.attr,
	&profile_attr.attr,
	NULL,
};

static const struct attribute_group group = { .attrs = attributes };

void pcsc_sysfs_destroy(void)
{
	kobject_del(directory);
	kobject_put(directory);
}

/* Two caches of one thing would each believe to see every write. */
static bool kernel_has_its_own(const struct kset *bus)
{
	struct kernfs_node *node = kernfs_find_and_get(bus->kobj.sd, "pcsc");

	kernfs_put(node);
	return node;
}

int pcsc_sysfs_create(void)
{
	struct kset *bus = bus_get_kset(&pci_bus_type);
	int ret;

	if (!bus)
		return -ENODEV;
	if (kernel_has_its_own(bus)) {
		pr_err("/sys/bus/pci/pcsc is there already: this kernel has a cache of its own, use that\n");
		return -EEXIST;
	}
	directory = kobject_create_and_add("pcsc", &bus->kobj);
	if (!directory)
		return -ENOMEM;
	ret = sysfs_create_group(directory, &group);
	if (ret)
		pcsc_sysfs_destroy();
	return ret;
}
