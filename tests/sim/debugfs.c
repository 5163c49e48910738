// SPDX-License-Identifier: GPL-2.0-only
/* /sys/kernel/debug/pcsc_sim: the description, commands, the log, the truth. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "sim.h"

#define TEXT_MAX SZ_1M
#define COMMAND_MAX SZ_64K
#define LOG_CHUNK SZ_64K

char *sim_text; /* the description, under sim_mutex */
static size_t text_len;
static char last_error[SIM_ERROR];
static struct dentry *directory;

/* ---- config ----------------------------------------------------------------- */

static void forget_text(void)
{
	kvfree(sim_text);
	sim_text = NULL;
	text_len = 0;
}

static int config_open(struct inode *inode, struct file *file)
{
	if (file->f_flags & O_TRUNC) {
		mutex_lock(&sim_mutex);
		forget_text();
		mutex_unlock(&sim_mutex);
	}
	return nonseekable_open(inode, file);
}

/* One write more at the end of the text. */
static int append(const char __user *buffer, size_t count)
{
	char *text;

	if (count > TEXT_MAX - text_len)
		return -EFBIG;
	text = kvmalloc(text_len + count + 1, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	if (copy_from_user(text + text_len, buffer, count)) {
		kvfree(text);
		return -EFAULT;
	}
	if (sim_text)
		memcpy(text, sim_text, text_len);
	text[text_len + count] = '\0';
	kvfree(sim_text);
	sim_text = text;
	text_len += count;
	return 0;
}

static ssize_t config_write(struct file *file, const char __user *buffer,
			    size_t count, loff_t *pos)
{
	int ret;

	mutex_lock(&sim_mutex);
	ret = append(buffer, count);
	mutex_unlock(&sim_mutex);
	return ret ?: count;
}

static ssize_t config_read(struct file *file, char __user *buffer, size_t count,
			   loff_t *pos)
{
	ssize_t ret;

	mutex_lock(&sim_mutex);
	ret = simple_read_from_buffer(buffer, count, pos, sim_text, text_len);
	mutex_unlock(&sim_mutex);
	return ret;
}

static const struct file_operations config_fops = {
	.owner = THIS_MODULE,
	.open = config_open,
	.read = config_read,
	.write = config_write,
};

/* ---- control and error ------------------------------------------------------ */

static int commands(char *text)
{
	char *line;
	int ret = 0;

	mutex_lock(&sim_mutex);
	last_error[0] = '\0';
	while (!ret && (line = strsep(&text, "\n")))
		ret = sim_control(line, last_error);
	if (ret)
		pr_err("%s\n", last_error);
	mutex_unlock(&sim_mutex);
	return ret;
}

static ssize_t control_write(struct file *file, const char __user *buffer,
			     size_t count, loff_t *pos)
{
	char *text;
	int ret;

	if (count > COMMAND_MAX)
		return -EFBIG;
	text = memdup_user_nul(buffer, count);
	if (IS_ERR(text))
		return PTR_ERR(text);
	ret = commands(text);
	kfree(text);
	return ret ?: count;
}

static const struct file_operations control_fops = {
	.owner = THIS_MODULE,
	.open = nonseekable_open,
	.write = control_write,
};

static int error_show(struct seq_file *file, void *unused)
{
	mutex_lock(&sim_mutex);
	if (last_error[0])
		seq_printf(file, "%s\n", last_error);
	mutex_unlock(&sim_mutex);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(error);

/* ---- log -------------------------------------------------------------------- */

static ssize_t log_read(struct file *file, char __user *buffer, size_t count,
			loff_t *pos)
{
	size_t size = min_t(size_t, count, LOG_CHUNK);
	char *text = kvmalloc(size, GFP_KERNEL);
	ssize_t len;

	if (!text)
		return -ENOMEM;
	len = sim_log_text(text, size);
	if (copy_to_user(buffer, text, len))
		len = -EFAULT;
	kvfree(text);
	return len;
}

static const struct file_operations log_fops = {
	.owner = THIS_MODULE,
	.open = nonseekable_open,
	.read = log_read,
};

/* ---- truth: an ECAM that reads without being read ---------------------------- */

static void truth_of(unsigned int rid, u8 *buffer)
{
	struct sim_function *fn;
	unsigned long flags;

	raw_spin_lock_irqsave(&sim_lock, flags);
	fn = sim.map[rid];
	if (fn)
		sim_fn_snapshot(fn, buffer);
	else
		memset(buffer, 0xff, SIM_CONFIG);
	raw_spin_unlock_irqrestore(&sim_lock, flags);
}

/* One function at a time. */
static ssize_t truth_read(struct file *file, char __user *buffer, size_t count,
			  loff_t *pos)
{
	size_t within = *pos % SIM_CONFIG;
	size_t len = min_t(size_t, count, SIM_CONFIG - within);
	u64 rid = *pos / SIM_CONFIG;
	u8 *bytes;

	if (rid >= SIM_RIDS)
		return 0;
	bytes = kmalloc(SIM_CONFIG, GFP_KERNEL);
	if (!bytes)
		return -ENOMEM;
	truth_of(rid, bytes);
	if (copy_to_user(buffer, bytes + within, len))
		len = -EFAULT;
	else
		*pos += len;
	kfree(bytes);
	return len;
}

static const struct file_operations truth_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = truth_read,
	.llseek = default_llseek,
};

/* ---- driver: an ECAM that is accessed as a driver accesses its function ------- */

/* By the kernel's accessors: what goes through sysfs or /proc shares a lock. */
static int driver_get(struct pci_dev *pdev, int where, size_t size, u32 *value)
{
	u16 word = 0;
	u8 byte = 0;
	int ret;

	if (size == 4)
		return pci_read_config_dword(pdev, where, value);
	if (size == 2) {
		ret = pci_read_config_word(pdev, where, &word);
		*value = word;
	} else {
		ret = pci_read_config_byte(pdev, where, &byte);
		*value = byte;
	}
	return ret;
}

static int driver_put(struct pci_dev *pdev, int where, size_t size, u32 value)
{
	if (size == 4)
		return pci_write_config_dword(pdev, where, value);
	if (size == 2)
		return pci_write_config_word(pdev, where, value);
	return pci_write_config_byte(pdev, where, value);
}

static bool driver_may(size_t size, loff_t pos)
{
	return (size == 1 || size == 2 || size == 4) && !(pos & (size - 1)) &&
	       pos < (loff_t)SIM_RIDS * SIM_CONFIG;
}

static struct pci_dev *device_at(loff_t pos)
{
	u32 rid = pos / SIM_CONFIG;

	return pci_get_domain_bus_and_slot(sim_domain, rid >> 8, rid & 0xff);
}

static ssize_t driver_read(struct file *file, char __user *buffer, size_t count,
			   loff_t *pos)
{
	struct pci_dev *pdev;
	u32 value = 0;
	int ret;

	if (!driver_may(count, *pos))
		return -EINVAL;
	pdev = device_at(*pos);
	if (!pdev)
		return -ENODEV;
	ret = driver_get(pdev, *pos % SIM_CONFIG, count, &value);
	pci_dev_put(pdev);
	if (ret)
		return pcibios_err_to_errno(ret);
	return copy_to_user(buffer, &value, count) ? -EFAULT : count;
}

static ssize_t driver_write(struct file *file, const char __user *buffer,
			    size_t count, loff_t *pos)
{
	struct pci_dev *pdev;
	u32 value = 0;
	int ret;

	if (!driver_may(count, *pos))
		return -EINVAL;
	if (copy_from_user(&value, buffer, count))
		return -EFAULT;
	pdev = device_at(*pos);
	if (!pdev)
		return -ENODEV;
	ret = driver_put(pdev, *pos % SIM_CONFIG, count, value);
	pci_dev_put(pdev);
	return ret ? pcibios_err_to_errno(ret) : count;
}

static const struct file_operations driver_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = driver_read,
	.write = driver_write,
	.llseek = default_llseek,
};

/* ---- tables ----------------------------------------------------------------- */

static int stats_show(struct seq_file *file, void *unused)
{
	u64 reads = 0, writes = 0;
	unsigned long flags;
	unsigned int i;

	mutex_lock(&sim_mutex);
	raw_spin_lock_irqsave(&sim_lock, flags);
	for (i = 0; i < sim.nr; i++) {
		reads += sim.functions[i].reads;
		writes += sim.functions[i].writes;
	}
	seq_printf(file, "domain %04x\npresent %d\nattached %d\nfunctions %u\n",
		   sim_domain, sim_bus_present(), sim_attached(), sim.nr);
	seq_printf(file, "reads %llu\nwrites %llu\n", reads, writes);
	seq_printf(file, "unclaimed_reads %llu\nunclaimed_writes %llu\n",
		   sim.unclaimed_reads, sim.unclaimed_writes);
	sim_log_stats(file);
	raw_spin_unlock_irqrestore(&sim_lock, flags);
	seq_printf(file, "speed %u\n", sim_speed());
	mutex_unlock(&sim_mutex);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

static const char *condition(const struct sim_function *fn)
{
	if (!fn->routed)
		return "unrouted";
	if (fn->away & SIM_REMOVED)
		return "removed";
	if (fn->away & SIM_D3COLD)
		return "d3cold";
	if (!sim_reachable(fn))
		return "unreachable";
	return sim_ns() < fn->rrs_until ? "rrs" : "present";
}

static int functions_show(struct seq_file *file, void *unused)
{
	const struct sim_function *fn;
	unsigned int i;

	mutex_lock(&sim_mutex);
	for (i = 0; i < sim.nr; i++) {
		fn = &sim.functions[i];
		if (fn->pf && !fn->enabled)
			continue;
		seq_printf(file, "%04x:%02x:%02x.%x %s %s %llu %llu\n",
			   sim_domain, fn->rid >> 8, PCI_SLOT(fn->rid),
			   PCI_FUNC(fn->rid), fn->model->name, condition(fn),
			   READ_ONCE(fn->reads), READ_ONCE(fn->writes));
	}
	mutex_unlock(&sim_mutex);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(functions);

static void show_run(struct seq_file *file, const struct sim_model *model,
		     unsigned int from, unsigned int to)
{
	const struct sim_reg *reg = sim_owner(model, from);
	int event;

	seq_printf(file, "  %03x %u %s", from, to - from,
		   sim_kind_names[reg ? reg->kind : SIM_CONST]);
	for (event = 0; reg && event < SIM_EVENTS; event++)
		if (reg->on[event].how != SIM_KEEP)
			seq_printf(file, " %s", sim_event_names[event]);
	if (reg && reg->sticky)
		seq_puts(file, " sticky");
	seq_putc(file, '\n');
}

static int models_show(struct seq_file *file, void *unused)
{
	const struct sim_model *model;
	unsigned int at, from;

	mutex_lock(&sim_mutex);
	list_for_each_entry(model, &sim.models, node) {
		seq_printf(file, "model %s\n", model->name);
		for (from = 0, at = 1; at <= model->size; at++) {
			if (at < model->size &&
			    model->owner[at] == model->owner[from])
				continue;
			show_run(file, model, from, at);
			from = at;
		}
	}
	mutex_unlock(&sim_mutex);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(models);

static const struct {
	const char *name;
	umode_t mode;
	const struct file_operations *fops;
	loff_t size;
} files[] = {
	{ "config", 0600, &config_fops },
	{ "control", 0200, &control_fops },
	{ "error", 0400, &error_fops },
	{ "log", 0400, &log_fops },
	{ "stats", 0400, &stats_fops },
	{ "functions", 0400, &functions_fops },
	{ "models", 0400, &models_fops },
	{ "truth", 0400, &truth_fops, (loff_t)SIM_RIDS *SIM_CONFIG },
	{ "driver", 0600, &driver_fops, (loff_t)SIM_RIDS *SIM_CONFIG },
};

int sim_debugfs_init(void)
{
	unsigned int i;

	directory = debugfs_create_dir(KBUILD_MODNAME, NULL);
	if (IS_ERR(directory))
		return PTR_ERR(directory);
	for (i = 0; i < ARRAY_SIZE(files); i++)
		debugfs_create_file_size(files[i].name, files[i].mode,
					 directory, NULL, files[i].fops,
					 files[i].size);
	return 0;
}

void sim_debugfs_exit(void)
{
	debugfs_remove_recursive(directory);
}
