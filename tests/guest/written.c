// SPDX-License-Identifier: GPL-2.0-only
/*
 * written FUNCTION...: every byte of a function's configuration space is written with
 * ones and with zeros, alone and as part of its dword. A byte that the loaded profile,
 * made of the register table alone, calls constant must hold what it held.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bdf.h"
#include "cleanup.h"
#include "helper.h"
#include "talk.h"

#define MOST 4096
#define COMMAND 4

struct function {
	const char *name;
	int config;
	uint32_t size;
	uint8_t constant[MOST]; /* by the table */
	uint8_t before[MOST];
	bool changed[MOST]; /* said already */
	uint32_t nr_constant, nr_written;
};

static int get(const struct function *f, uint32_t at, uint8_t dword[4])
{
	return pread(f->config, dword, 4, at) == 4 ?
		       0 :
		       pcsc_fail(-EIO, "%s: 0x%x cannot be read", f->name, at);
}

static void put(struct function *f, uint32_t at, const void *bytes, size_t size)
{
	/* A register may refuse; what the table says of it has to hold either way. */
	if (pwrite(f->config, bytes, size, at) == (ssize_t)size)
		f->nr_written++;
}

/* What the helper knows of the bytes now, into @items; how many there are, or -errno. */
static int ask_helper(const struct function *f, uint8_t items[MOST])
{
	struct pcsc_bytes bytes = { .size = sizeof(bytes) };
	_cleanup_close_ int fd = helper_open();
	int err;

	if (fd < 0)
		return fd;
	if (pcsc_bdf_parse(f->name, &bytes.domain, &bytes.bus, &bytes.devfn))
		return pcsc_fail(-EINVAL, "'%s' is no function", f->name);
	err = helper_bytes(fd, &bytes, items, MOST);
	if (err)
		return pcsc_fail(err, "%s: the helper does not have it",
				 f->name);
	return bytes.count;
}

static int learn_constants(struct function *f)
{
	const int size = ask_helper(f, f->constant);

	if (size < 0)
		return size;
	f->size = size;
	for (uint32_t at = 0; at < f->size; at++) {
		f->constant[at] &= PCSC_BYTE_CONST;
		f->nr_constant += !!f->constant[at];
	}
	return 0;
}

static void print_changed(const struct function *f)
{
	printf("%s constant %u written %u changed", f->name, f->nr_constant,
	       f->nr_written);
	for (uint32_t at = 0; at < f->size; at++)
		if (f->changed[at])
			printf(" 0x%03x", at);
	putchar('\n');
	fflush(stdout);
}

static bool has_constant(const struct function *f, uint32_t at)
{
	return f->constant[at] || f->constant[at + 1] || f->constant[at + 2] ||
	       f->constant[at + 3];
}

/* What has changed since nothing was written; @did says after what. */
static int look(struct function *f, const char *did, uint32_t where)
{
	uint8_t now[4];

	for (uint32_t at = 0; at < f->size; at += 4) {
		if (!has_constant(f, at))
			continue;
		if (get(f, at, now))
			return -EIO;
		for (uint32_t n = at; n < at + 4; n++) {
			if (!f->constant[n] || f->changed[n] ||
			    now[n - at] == f->before[n])
				continue;
			f->changed[n] = true;
			printf("# %s: 0x%03x is constant by the table, and %02x became %02x after %s to 0x%03x\n",
			       f->name, n, f->before[n], now[n - at], did,
			       where);
		}
	}
	return 0;
}

static int write_dword(struct function *f, uint32_t at, uint8_t with)
{
	const uint8_t dword[4] = { with, with, with, with };
	const char *did = with ? "ones" : "zeros";
	int err;

	for (uint32_t n = at; n < at + 4; n++)
		put(f, n, &with, 1);
	err = look(f, did, at);
	put(f, at, dword, 4);
	return err ?: look(f, did, at);
}

/* Nothing decodes and nobody is a master while addresses and enables are written. */
static void be_still(struct function *f)
{
	const uint8_t none[2] = {};

	put(f, COMMAND, none, sizeof(none));
}

static bool is_there(const struct function *f)
{
	for (uint32_t at = 0; at < f->size; at++)
		if (f->constant[at] && f->before[at] != 0xff)
			return true;
	return false;
}

static int write_all(struct function *f)
{
	for (uint32_t at = 0; at < f->size; at += 4)
		if (get(f, at, &f->before[at]))
			return -EIO;
	if (!is_there(f))
		return pcsc_fail(-ENODEV, "%s: it does not answer", f->name);
	for (uint32_t at = 0; at < f->size; at += 4) {
		if (write_dword(f, at, 0xff) || write_dword(f, at, 0))
			return -EIO;
		put(f, at, &f->before[at], 4);
		be_still(f);
	}
	return look(f, "restoring all", 0);
}

static int check(const char *name)
{
	struct function f = { .name = name, .config = -1 };
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config", name);
	f.config = open(path, O_RDWR | O_CLOEXEC);
	if (f.config < 0)
		return pcsc_fail(-errno, "%s: %s", path, strerror(errno));
	err = learn_constants(&f);
	if (!err) {
		be_still(&f);
		err = write_all(&f);
	}
	close(f.config);
	if (!err)
		print_changed(&f);
	return err;
}

int main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++)
		failed |= !!check(argv[i]);
	return failed;
}
