// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "prototypes.h"

#ifdef MODULE

/* Read as a file: not all kernels export a function that returns the BTF. */
#define BTF_FILE "/sys/kernel/btf/vmlinux"

/* This is ten times what a distribution's kernel has. */
#define MAX_BTF (64 << 20)

/* Read the whole of @file into @to, which has room for @size bytes. */
static int read_whole(struct file *file, u8 *to, loff_t size)
{
	loff_t at = 0;
	ssize_t n;

	while (at < size) {
		n = kernel_read(file, to + at, size - at, &at);
		if (n <= 0)
			return n ? n : -EIO;
	}
	return 0;
}

/*
 * Do not use kernel_read_file(): what that reads is code or policy, so a
 * security module may want a rule for it (IPE's warns of a kind that it does
 * not know).
 */
static ssize_t read_btf(void **to)
{
	struct file *file = filp_open(BTF_FILE, O_RDONLY, 0);
	loff_t size;
	int ret;

	if (IS_ERR(file))
		return PTR_ERR(file);
	size = i_size_read(file_inode(file));
	ret = -EFBIG;
	if (size <= 0 || size > MAX_BTF)
		goto close;
	ret = -ENOMEM;
	*to = vmalloc(size);
	if (!*to)
		goto close;
	ret = read_whole(file, *to, size);
	if (ret)
		vfree(*to);
close:
	filp_close(file, NULL);
	return ret ? ret : size;
}

static ssize_t find_btf(struct pcsc_prototypes *p, const void **data)
{
	const ssize_t size = read_btf(&p->file);

	*data = p->file;
	return size;
}

#else

/* Files come later, but what the file shows is in the kernel's image. */
static ssize_t find_btf(struct pcsc_prototypes *p, const void **data)
{
#ifdef CONFIG_DEBUG_INFO_BTF
	*data = __start_BTF;
	return __stop_BTF - __start_BTF;
#else
	return -ENOENT;
#endif
}

#endif

int pcsc_prototypes_open(struct pcsc_prototypes *prototypes)
{
	struct pcsc_prototypes p = {};
	const void *data;
	ssize_t size;
	int ret;

	size = find_btf(&p, &data);
	if (size < 0)
		return size;
	ret = -EINVAL;
	if (!pcsc_btf_open(&p.btf, data, size))
		goto free;
	ret = -ENOMEM;
	p.index = kvmalloc_array(p.btf.nr_types + 1, sizeof(*p.index),
				 GFP_KERNEL);
	if (!p.index)
		goto free;
	pcsc_btf_index(&p.btf, p.index);
	*prototypes = p;
	return 0;

free:
	vfree(p.file);
	return ret;
}

void pcsc_prototypes_close(struct pcsc_prototypes *prototypes)
{
	kvfree(prototypes->index);
	vfree(prototypes->file);
}

void pcsc_prototypes_find(const struct pcsc_prototypes *prototypes,
			  const char *function, char to[PCSC_PROTOTYPE_SIZE])
{
	if (!pcsc_btf_prototype(&prototypes->btf, function, to,
				PCSC_PROTOTYPE_SIZE))
		strscpy(to, "unknown", PCSC_PROTOTYPE_SIZE);
}
