// SPDX-License-Identifier: GPL-2.0-only
/* Which functions there are, from a sysfs that we make up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bdf.h"
#include "inventory.h"

static char top[] = "/dev/shm/pcsc-inventory.XXXXXX";
static char devices[64]; /* of links, as /sys/bus/pci/devices is */
static struct pcsc_inventory inv;

static void put(const char *bdf, const char *name, const char *text)
{
	char path[160];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s/%s", devices, bdf, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void put_link(const char *bdf, const char *name, const char *target)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%s/%s", devices, bdf, name);
	unlink(path);
	assert_int_equal(symlink(target, path), 0);
}

/* A function below @parent, which is a bus or another function's path. */
static void add(const char *parent, const char *bdf, const char *modalias)
{
	char path[160], target[160];

	snprintf(path, sizeof(path), "%s/%s", top, parent);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%s/%s", top, parent, bdf);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(target, sizeof(target), "../%s/%s", parent, bdf);
	snprintf(path, sizeof(path), "%s/%s", devices, bdf);
	assert_int_equal(symlink(target, path), 0);
	put(bdf, "modalias", modalias);
	put(bdf, "revision", "0x02\n");
	put(bdf, "config", "0123456789");
}

#define NIC "pci:v00008086d000010D3sv00001AF4sd00001100bc02sc0Ai01\n"
#define PORT "pci:v00001B36d0000000Csv00000000sd00000000bc06sc04i00\n"

static const struct pcsc_inv_function *get(const char *bdf)
{
	size_t before = inv.nr;
	const struct pcsc_inv_function *f;
	uint8_t bus, devfn;
	uint32_t domain;

	assert_int_equal(pcsc_bdf_parse(bdf, &domain, &bus, &devfn), 0);
	f = pcsc_inv_get(&inv, domain, bus, devfn);
	assert_non_null(f);
	assert_int_equal(inv.nr, before);
	return f;
}

static void test_identity(void **state)
{
	const struct pcsc_rec_function *f;

	(void)state;
	add("pci0000:00", "0000:00:01.0", PORT);
	add("pci0000:00/0000:00:01.0", "0000:01:00.0", NIC);
	assert_int_equal(pcsc_inv_scan(&inv, devices), 0);
	assert_int_equal(inv.nr, 2);
	f = &get("0000:01:00.0")->rec;
	assert_int_equal(f->vendor, 0x8086);
	assert_int_equal(f->device, 0x10d3);
	assert_int_equal(f->subvendor, 0x1af4);
	assert_int_equal(f->subdevice, 0x1100);
	assert_int_equal(f->class_code, 0x020a01);
	assert_int_equal(f->revision, 2);
	assert_int_equal(f->header_type, 0);
	assert_int_equal(f->cfg_size, 10);
	assert_int_equal(f->flags, PCSC_REC_FN_IDS);
	f = &get("0000:00:01.0")->rec;
	assert_int_equal(f->header_type, 1);
	assert_int_equal(f->flags, PCSC_REC_FN_IDS | PCSC_REC_FN_ROOT_BUS);
}

/* A PF that can have 10 VFs, and has 3 of them, is one of 11 functions. */
static void test_vfs_count_once(void **state)
{
	char vf[] = "0000:01:00.0";

	(void)state;
	add("pci0000:00", "0000:00:01.0", NIC);
	put("0000:00:01.0", "sriov_totalvfs", "10\n");
	put("0000:00:01.0", "sriov_numvfs", "3\n");
	for (int i = 0; i < 3; i++) {
		vf[11] = '0' + i;
		add("pci0000:00", vf, NIC);
		put_link(vf, "physfn", "../0000:00:01.0");
	}
	assert_int_equal(pcsc_inv_scan(&inv, devices), 0);
	assert_int_equal(inv.expected, 11);
	assert_true(get("0000:00:01.0")->rec.flags & PCSC_REC_FN_PF);
	assert_false(get("0000:00:01.0")->rec.flags & PCSC_REC_FN_VF);
	assert_true(get("0000:01:00.2")->rec.flags & PCSC_REC_FN_VF);
	assert_false(get("0000:01:00.2")->rec.flags & PCSC_REC_FN_PF);
	/* Another look finds nobody new. */
	assert_int_equal(pcsc_inv_scan(&inv, devices), 0);
	assert_int_equal(inv.expected, 11);
}

static void test_drivers(void **state)
{
	(void)state;
	add("pci0000:00", "0000:00:01.0", NIC);
	add("pci0000:00", "0000:00:02.0", NIC);
	add("pci0000:00", "0000:00:03.0", NIC);
	put_link("0000:00:01.0", "driver", "../../../bus/pci/drivers/vfio-pci");
	put_link("0000:00:02.0", "driver", "../../../bus/pci/drivers/e1000e");
	assert_int_equal(pcsc_inv_scan(&inv, devices), 0);
	assert_string_equal(get("0000:00:01.0")->rec.driver, "vfio-pci");
	assert_true(get("0000:00:01.0")->rec.flags & PCSC_REC_FN_USER_DRIVER);
	assert_string_equal(get("0000:00:02.0")->rec.driver, "e1000e");
	assert_string_equal(get("0000:00:03.0")->rec.driver, "");

	/* What it was bound to, it was, whatever it is bound to now. */
	put_link("0000:00:01.0", "driver", "../../../bus/pci/drivers/e1000e");
	pcsc_inv_bound((void *)get("0000:00:02.0"), "igb");
	pcsc_inv_bound((void *)get("0000:00:03.0"), "pci-stub");
	assert_int_equal(pcsc_inv_scan(&inv, devices), 0);
	assert_string_equal(get("0000:00:01.0")->rec.driver, "e1000e");
	assert_true(get("0000:00:01.0")->rec.flags & PCSC_REC_FN_USER_DRIVER);
	assert_false(get("0000:00:02.0")->rec.flags & PCSC_REC_FN_USER_DRIVER);
	assert_true(get("0000:00:03.0")->rec.flags & PCSC_REC_FN_USER_DRIVER);
}

static int make_tree(void **state)
{
	(void)state;
	strcpy(strrchr(top, '.') + 1, "XXXXXX");
	if (!mkdtemp(top))
		return -1;
	snprintf(devices, sizeof(devices), "%s/devices", top);
	return mkdir(devices, 0700);
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int remove_tree(void **state)
{
	(void)state;
	pcsc_inv_free(&inv);
	return nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_tree, remove_tree)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_identity),
		TEST(test_vfs_count_once),
		TEST(test_drivers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
