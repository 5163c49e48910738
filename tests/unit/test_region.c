// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/handover.h"
#include "ctl/check.h"
#include "ctl/cmdline.h"
#include "ctl/hole.h"
#include "ctl/iomem.h"
#include "ctl/region.h"

/* QEMU, 1 GiB */
static const char qemu[] = "00000000-00000fff : Reserved\n"
			   "00001000-0009fbff : System RAM\n"
			   "0009fc00-0009ffff : Reserved\n"
			   "000a0000-000bffff : PCI Bus 0000:00\n"
			   "000f0000-000fffff : Reserved\n"
			   "  000f0000-000fffff : System ROM\n"
			   "00100000-3ffdbfff : System RAM\n"
			   "  01000000-01ffffff : Kernel code\n"
			   "  02000000-028e3fff : Kernel rodata\n"
			   "  02a00000-02dbf4bf : Kernel data\n"
			   "  0321b000-035fffff : Kernel bss\n"
			   "3ffdc000-3fffffff : Reserved\n"
			   "40000000-afffffff : PCI Bus 0000:00\n"
			   "b0000000-bfffffff : PCI MMCONFIG 0000 [bus 00-ff]\n"
			   "  b0000000-bfffffff : Reserved\n"
			   "    b0000000-bfffffff : pnp 00:00\n"
			   "feffc000-feffffff : Reserved\n";

/* The same, started with memmap=4M$0x28000000, the helper loaded */
static const char qemu_hole[] = "00001000-0009fbff : System RAM\n"
				"00100000-27ffffff : System RAM\n"
				"  01000000-01ffffff : Kernel code\n"
				"28000000-283fffff : Reserved\n"
				"  28000000-283fffff : pci_pcsc handover\n"
				"28400000-3ffdbfff : System RAM\n"
				"3ffdc000-3fffffff : Reserved\n";

/* A server with 256 GiB: KASLR put the kernel high, kdump is set up */
static const char server[] = "00001000-0009ffff : System RAM\n"
			     "00100000-6a70efff : System RAM\n"
			     "  4d000000-5cffffff : Crash kernel\n"
			     "6a70f000-6c70efff : Reserved\n"
			     "6c70f000-6cafffff : ACPI Tables\n"
			     "6cb00000-6f7fefff : ACPI Non-volatile Storage\n"
			     "6f7ff000-6f7fffff : System RAM\n"
			     "70000000-8fffffff : Reserved\n"
			     "  80000000-8fffffff : PCI MMCONFIG 0000\n"
			     "100000000-407fffffff : System RAM\n"
			     "  1c3f400000-1c405fffff : Kernel code\n"
			     "  1c40600000-1c4113ffff : Kernel rodata\n"
			     "  1c41200000-1c4171ffff : Kernel data\n"
			     "  1c41d06000-1c425fffff : Kernel bss\n"
			     "  407a000000-407effffff : Crash kernel\n"
			     "4080000000-40ffffffff : Persistent Memory\n"
			     "  4080000000-40ffffffff : System RAM (kmem)\n";

static const char not_root[] = "00000000-00000000 : Reserved\n"
			       "00000000-00000000 : System RAM\n"
			       "  00000000-00000000 : Kernel code\n";

static int parse(const char *text, struct iomem *map)
{
	char copy[4096];
	FILE *file;
	int err;

	assert_true(strlen(text) < sizeof(copy));
	strcpy(copy, text);
	file = fmemopen(copy, strlen(text), "r");
	assert_non_null(file);
	err = iomem_parse(file, map);
	fclose(file);
	return err;
}

static void ranges_are_read(void **state)
{
	struct iomem map;

	(void)state;
	assert_int_equal(parse(qemu, &map), 0);
	assert_int_equal(map.count, 17);
	assert_int_equal(map.ranges[6].start, 0x100000);
	assert_int_equal(map.ranges[6].end, 0x3ffdbfff);
	assert_int_equal(map.ranges[6].kind, IOMEM_RAM);
	assert_int_equal(map.ranges[6].depth, 0);
	assert_int_equal(map.ranges[7].depth, 1);
	assert_int_equal(map.ranges[7].kind, IOMEM_OTHER);
	assert_int_equal(map.ranges[14].kind, IOMEM_RESERVED);
	assert_int_equal(map.ranges[15].depth, 2);
	iomem_free(&map);
}

static void zeros_are_for_root_to_see(void **state)
{
	struct iomem map;

	(void)state;
	assert_int_equal(parse(not_root, &map), -EPERM);
	assert_int_equal(map.count, 0);
	assert_int_equal(parse("what\nis this\n", &map), -EPERM);
}

static uint64_t hole_in(const char *text, uint64_t size)
{
	uint64_t address = 0, again = 0;
	struct iomem map;

	assert_int_equal(parse(text, &map), 0);
	if (!hole_choose(&map, size, &address)) {
		assert_int_equal(hole_choose(&map, size, &again), 0);
		assert_int_equal(address, again);
	}
	iomem_free(&map);
	return address;
}

static void the_hole_is_in_the_middle(void **state)
{
	(void)state;
	assert_int_equal(hole_in(qemu, 4 * MiB), 0x28000000);
	assert_int_equal(hole_in(qemu, 256 * MiB), 0x20000000);
	/* [256 MiB, the crash kernel) is the largest below 4 GiB. */
	assert_int_equal(hole_in(server, 4 * MiB), 0x30000000);
}

static void the_hole_keeps_off_what_is_there(void **state)
{
	(void)state;
	/* 16 MiB between two others: no multiple of 64 MiB in them */
	assert_int_equal(hole_in("10000000-13ffffff : System RAM\n"
				 "  10000000-117fffff : Kernel code\n"
				 "  12800000-13ffffff : Crash kernel\n",
				 4 * MiB),
			 0x11e00000);
	/* A range within a range within RAM moves nothing. */
	assert_int_equal(hole_in("10000000-1fffffff : System RAM\n"
				 "  10000000-17ffffff : Reserved\n"
				 "    10000000-10ffffff : inner\n"
				 "  1c000000-1fffffff : Crash kernel\n",
				 4 * MiB),
			 0x18000000);
	assert_int_equal(hole_in("10000000-103fffff : System RAM\n"
				 "  10000000-10000fff : Kernel bss\n",
				 4 * MiB),
			 0);
}

static void low_memory_comes_last(void **state)
{
	static const char high[] = "00100000-0fffffff : System RAM\n"
				   "100000000-17fffffff : System RAM\n";

	(void)state;
	assert_int_equal(hole_in(high, 4 * MiB), 0x140000000);
	assert_int_equal(hole_in("00100000-0fffffff : System RAM\n", 4 * MiB),
			 0x8600000);
	assert_int_equal(hole_in("00100000-00ffffff : System RAM\n", 4 * MiB),
			 0);
	/* 4 GiB is not straddled. */
	assert_int_equal(
		hole_in("f8000000-107ffffff : System RAM\n", 256 * MiB),
		0xf8000000);
}

static void a_region_has_room(void **state)
{
	(void)state;
	assert_int_equal(region_round(pcsc_handover_size(0)), 2 * MiB);
	assert_int_equal(region_round(pcsc_handover_size(1500)), 2 * MiB);
	assert_int_equal(region_round(pcsc_handover_size(3000)), 4 * MiB);
	assert_int_equal(region_round(3 * MiB + 1), 4 * MiB);
	for (u32 n = 0; n < 100000; n += 97)
		assert_true(pcsc_handover_places(
				    region_round(pcsc_handover_size(n)))
				    .capacity >= n);
}

static void arguments_are_written(void **state)
{
	struct region r = { PCSC_REGION_MEMMAP, 0x28000000, 4 * MiB, "" };
	char text[REGION_ARGS];

	(void)state;
	assert_string_equal(
		region_args(text, &r),
		"memmap=4M$0x28000000 pci_pcsc.handover=4M@0x28000000");
	r = (struct region){ PCSC_REGION_RESERVE_MEM, 0, 4 * MiB, "pcsc" };
	assert_string_equal(region_args(text, &r),
			    "reserve_mem=4M:64M:pcsc pci_pcsc.handover=pcsc");
}

/* ---- command lines ---- */

static struct check_findings check(const char *cmdline, const char *iomem,
				   const char *release, bool booted)
{
	struct check_host host = { .release = release, .booted = booted };
	struct check_findings findings;
	struct region region;
	struct iomem map;

	if (iomem) {
		assert_int_equal(parse(iomem, &map), 0);
		host.iomem = &map;
	}
	assert_int_equal(check_cmdline(cmdline, &host, &region, &findings), 0);
	if (iomem)
		iomem_free(&map);
	return findings;
}

static void say(const struct check_findings *f)
{
	for (unsigned int i = 0; i < f->count; i++)
		print_message("# %s\n", f->list[i].text);
}

static void is_good(const char *cmdline, const char *iomem, bool booted)
{
	const struct check_findings f =
		check(cmdline, iomem, "6.12.95", booted);

	say(&f);
	assert_int_equal(f.count, 0);
}

/* Refused for @what and nothing else, in a whole sentence. */
static void is_refused(const char *cmdline, enum finding what)
{
	const struct check_findings f = check(cmdline, qemu, "6.12.95", false);

	if (f.count != 1 || f.list[0].what != what)
		say(&f);
	assert_int_equal(f.count, 1);
	assert_int_equal(f.refusals, 1);
	assert_int_equal(f.list[0].what, what);
	assert_true(f.list[0].refused);
	assert_true(strlen(f.list[0].text) < sizeof(f.list[0].text) - 1);
}

static void is_warned_of(const char *cmdline, enum finding what)
{
	const struct check_findings f = check(cmdline, qemu, "6.12.95", false);

	assert_int_equal(f.refusals, 0);
	assert_int_equal(f.count, 1);
	assert_int_equal(f.list[0].what, what);
}

#define GOOD "memmap=4M$0x28000000 pci_pcsc.handover=4M@0x28000000"
#define HANDOVER " pci_pcsc.handover=4M@0x28000000"

static void good_ones_pass(void **state)
{
	(void)state;
	is_good(GOOD, NULL, false);
	is_good(GOOD, qemu, false);
	is_good(GOOD, qemu_hole, false);
	is_good("quiet root=/dev/vda1 " GOOD " panic=1\n", qemu_hole, true);
	/* The kernel's own freedoms */
	is_good("memmap=4096K$0x28000000" HANDOVER, qemu, false);
	is_good("memmap=0x400000$671088640" HANDOVER, qemu, false);
	is_good("\"memmap=4M$0x28000000\"" HANDOVER, qemu, false);
	is_good("memmap=\"4M$0x28000000\" pci-pcsc.handover=4M@640M", qemu,
		false);
	is_good("memmap=1M$0x20000000,4M$0x28000000" HANDOVER, qemu, false);
	is_good("pci_pcsc.handover=pcsc " GOOD, qemu, false);
	is_good("memmap=exactmap memmap=1G@0 " GOOD, NULL, false);
	/* Somebody else's pmem */
	is_good("memmap=64M!0x30000000 " GOOD, qemu, false);
	is_good("reserve_mem=4M:64M:pcsc pci_pcsc.handover=pcsc", qemu, false);
	is_good("reserve_mem=4M:64M:pcsc pci_pcsc.handover=pcsc", NULL, true);
	is_good("reserve_mem=20M:4K:trace reserve_mem=4M:64M:pcsc "
		"pci_pcsc.handover=pcsc",
		qemu, true);
}

static void kept_pages(void **state)
{
	(void)state;
	is_good("kho=on pci_pcsc.handover=kho:4M", qemu, false);
	is_good("kho=1 pci_pcsc.handover=kho:1G", NULL, true);
	is_warned_of("pci_pcsc.handover=kho:4M", FOUND_NO_KHO);
	is_warned_of("kho=on kho=off pci_pcsc.handover=kho:4M", FOUND_NO_KHO);
	is_refused("kho=on pci_pcsc.handover=kho:", FOUND_BAD_HANDOVER);
	is_refused("kho=on pci_pcsc.handover=kho:4097", FOUND_BAD_HANDOVER);
	is_refused("kho=on pci_pcsc.handover=kho:2G", FOUND_BAD_HANDOVER);
	is_refused("kho=on pci_pcsc.handover=kho:4M@0x28000000",
		   FOUND_BAD_HANDOVER);
}

static void an_eaten_dollar_is_refused(void **state)
{
	(void)state;
	is_refused("memmap=4M" HANDOVER, FOUND_EATEN);
	is_refused("memmap=4M0x28000000" HANDOVER, FOUND_EATEN);
	is_refused("memmap=4Mx28000000" HANDOVER, FOUND_EATEN);
	is_refused("memmap=4M-bashx28000000" HANDOVER, FOUND_EATEN);
	is_refused("memmap=4M " GOOD, FOUND_EATEN);
	is_refused("memmap=1M$0x20000000,4M" HANDOVER, FOUND_EATEN);
	is_refused("memmap=4M$" HANDOVER, FOUND_NO_ADDRESS);
	is_refused("memmap=4M$x28000000" HANDOVER, FOUND_NO_ADDRESS);
	is_refused("memmap=4M\\$0x28000000" HANDOVER, FOUND_BACKSLASH);
	is_refused("memmap=4M\\\\\\$0x28000000" HANDOVER, FOUND_BACKSLASH);
}

static void other_forms_are_refused(void **state)
{
	(void)state;
	is_refused("memmap=4M%0x28000000-1+2" HANDOVER, FOUND_PERCENT);
	is_refused("memmap=4M%0x28000000-1+2 " GOOD, FOUND_PERCENT);
	is_refused("memmap=4M!0x28000000" HANDOVER, FOUND_PMEM);
	is_refused("memmap=4M!0x28200000 " GOOD, FOUND_PMEM);
	is_refused("memmap=4M!0x20000000" HANDOVER, FOUND_PMEM);
	is_refused("memmap=4M@0x28000000" HANDOVER, FOUND_NO_HOLE);
	is_refused(GOOD " memmap=1G#0", FOUND_NO_HOLE);
	is_refused("memmap=4M#0x28000000" HANDOVER, FOUND_NO_HOLE);
}

static void two_that_differ_are_refused(void **state)
{
	(void)state;
	is_refused("memmap=2M$0x28000000" HANDOVER, FOUND_MISMATCH);
	is_refused("memmap=4M$0x28200000" HANDOVER, FOUND_MISMATCH);
	is_refused("memmap=8M$0x28000000" HANDOVER, FOUND_MISMATCH);
	is_refused("reserve_mem=4M:64M:pcsc pci_pcsc.handover=pcs",
		   FOUND_MISMATCH);
	/* The last one counts. */
	is_refused(GOOD " pci_pcsc.handover=2M@0x28000000", FOUND_MISMATCH);
}

static void a_missing_half_is_refused(void **state)
{
	(void)state;
	is_refused("quiet", FOUND_NO_HANDOVER);
	is_refused("memmap=4M$0x28000000", FOUND_NO_HANDOVER);
	is_refused("reserve_mem=4M:64M:pcsc", FOUND_NO_HANDOVER);
	is_refused("memmap=4M$0x28000000 pci_pcsc.handover=",
		   FOUND_NO_HANDOVER);
	is_refused("quiet -- " GOOD, FOUND_NO_HANDOVER);
	is_refused("quiet" HANDOVER, FOUND_NO_REGION);
	is_refused("xmemmap=4M$0x28000000" HANDOVER, FOUND_NO_REGION);
	is_refused("memmap=$0x28000000" HANDOVER, FOUND_NO_REGION);
	is_refused("pci_pcsc.handover=pcsc", FOUND_NO_REGION);
	is_refused("reserve_mem=4M:pcsc pci_pcsc.handover=pcsc",
		   FOUND_NO_REGION);
}

static void what_names_nothing_is_refused(void **state)
{
	(void)state;
	is_refused("memmap=4M$0x28000000 pci_pcsc.handover=4M",
		   FOUND_BAD_HANDOVER);
	is_refused("memmap=4M$0x28000000 pci_pcsc.handover=4M$0x28000000",
		   FOUND_BAD_HANDOVER);
	is_refused("pci_pcsc.handover=4M@", FOUND_BAD_HANDOVER);
	is_refused("pci_pcsc.handover=2G@0x28000000", FOUND_BAD_HANDOVER);
	is_refused("pci_pcsc.handover=4M@0x28000010", FOUND_BAD_HANDOVER);
	is_refused("pci_pcsc.handover=4M@0xfffffffffffff000",
		   FOUND_BAD_HANDOVER);
	is_refused("pci_pcsc.handover=a_name_too_long_for_it",
		   FOUND_BAD_HANDOVER);
}

static void what_is_not_ram_is_refused(void **state)
{
	(void)state;
	/* a device's, past the end, astride */
	is_refused("memmap=4M$0xb0000000 pci_pcsc.handover=4M@0xb0000000",
		   FOUND_NOT_RAM);
	is_refused("memmap=4M$0x100000000 pci_pcsc.handover=4M@0x100000000",
		   FOUND_NOT_RAM);
	is_refused("memmap=4M$0x3fe00000 pci_pcsc.handover=4M@0x3fe00000",
		   FOUND_NOT_RAM);
}

static void one_refusal(const char *cmdline, const char *iomem,
			const char *release, enum finding what)
{
	const struct check_findings f = check(cmdline, iomem, release, true);

	if (f.count != 1 || f.list[0].what != what)
		say(&f);
	assert_int_equal(f.refusals, 1);
	assert_int_equal(f.list[0].what, what);
}

static void a_boot_without_its_hole_is_refused(void **state)
{
	static const char half[] = "00100000-281fffff : System RAM\n"
				   "28200000-283fffff : Reserved\n"
				   "28400000-3ffdbfff : System RAM\n";
	static const char claimed[] = "28000000-283fffff : ACPI Tables\n";
	static const char reservation[] =
		"reserve_mem=4M:64M:pcsc pci_pcsc.handover=pcsc";

	(void)state;
	one_refusal(GOOD, qemu, "6.12.95", FOUND_NOT_RESERVED);
	one_refusal(GOOD, half, "6.12.95", FOUND_NOT_RESERVED);
	one_refusal(GOOD, claimed, "6.12.95", FOUND_NOT_RESERVED);
	one_refusal(reservation, qemu, "6.1.0-42-amd64", FOUND_OLD_KERNEL);
	one_refusal(reservation, qemu, "5.15.0", FOUND_OLD_KERNEL);
	is_good(reservation, qemu, true);
}

static void oddities_are_warned_of(void **state)
{
	struct check_findings f;

	(void)state;
	is_warned_of(GOOD " memmap=1M$0x10000000 memmap=1M$0x11000000 "
			  "memmap=1M$0x12000000 memmap=1M$0x13000000",
		     FOUND_MANY);
	is_warned_of("memmap=1M$0x10000000,1M$0x11000000,1M$0x12000000,"
		     "1M$0x13000000 " GOOD,
		     FOUND_MANY);
	is_warned_of("reserve_mem=4M:4K:pcsc pci_pcsc.handover=pcsc",
		     FOUND_UNALIGNED);
	/* The next kernel may be a newer one. */
	f = check("reserve_mem=4M:64M:pcsc pci_pcsc.handover=pcsc", NULL,
		  "6.1.0-42-amd64", false);
	assert_int_equal(f.count, 1);
	assert_int_equal(f.refusals, 0);
	assert_int_equal(f.list[0].what, FOUND_OLD_KERNEL);
	is_good(GOOD " memmap=1M$0x10000000 memmap=1M$0x11000000 "
		     "memmap=1M$0x12000000 memmap=1G@0x40000000",
		NULL, false);
}

static void the_last_hole_is_told_to_come_first(void **state)
{
	const struct check_findings f =
		check("memmap=1M$0x10000000 memmap=1M$0x11000000 "
		      "memmap=1M$0x12000000 memmap=1M$0x13000000 " GOOD,
		      NULL, "6.12.95", false);

	(void)state;
	assert_int_equal(f.count, 1);
	assert_non_null(
		strstr(f.list[0].text, "put first memmap=4M$0x28000000"));
}

static void a_handover_is_noticed(void **state)
{
	(void)state;
	assert_true(cmdline_has_handover("quiet " GOOD "\n"));
	assert_true(cmdline_has_handover("pci_pcsc.handover=nonsense"));
	assert_false(cmdline_has_handover("quiet memmap=4M$0x28000000"));
	assert_false(cmdline_has_handover("pci_pcsc.handover="));
	assert_false(cmdline_has_handover("x.pci_pcsc.handover=pcsc"));
	assert_false(cmdline_has_handover("-- pci_pcsc.handover=pcsc"));
	assert_false(cmdline_has_handover(""));
}

/* No end of findings, of memmaps, of anything, may do harm. */
static void masses_are_borne(void **state)
{
	static char cmdline[16384];
	struct check_findings f;

	(void)state;
	while (strlen(cmdline) < sizeof(cmdline) - 32)
		strcat(cmdline, "memmap=4M reserve_mem=1M:1M:a ");
	f = check(cmdline, qemu, "6.12.95", false);
	assert_int_equal(f.count, CHECK_FINDINGS);
	assert_true(f.refusals >= 256);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_are_read),
		cmocka_unit_test(zeros_are_for_root_to_see),
		cmocka_unit_test(the_hole_is_in_the_middle),
		cmocka_unit_test(the_hole_keeps_off_what_is_there),
		cmocka_unit_test(low_memory_comes_last),
		cmocka_unit_test(a_region_has_room),
		cmocka_unit_test(arguments_are_written),
		cmocka_unit_test(good_ones_pass),
		cmocka_unit_test(kept_pages),
		cmocka_unit_test(an_eaten_dollar_is_refused),
		cmocka_unit_test(other_forms_are_refused),
		cmocka_unit_test(two_that_differ_are_refused),
		cmocka_unit_test(a_missing_half_is_refused),
		cmocka_unit_test(what_names_nothing_is_refused),
		cmocka_unit_test(what_is_not_ram_is_refused),
		cmocka_unit_test(a_boot_without_its_hole_is_refused),
		cmocka_unit_test(oddities_are_warned_of),
		cmocka_unit_test(the_last_hole_is_told_to_come_first),
		cmocka_unit_test(a_handover_is_noticed),
		cmocka_unit_test(masses_are_borne),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
