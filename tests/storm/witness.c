// SPDX-License-Identifier: GPL-2.0-only
/*
 * witness: what the kernel answers is what hardware answers.
 *
 * Reads configuration space through sysfs, and before and after it the same
 * place through the memory that ECAM is, of which no code of the kernel knows.
 * If hardware said the same twice and the kernel something else, it is asked
 * again: a reset in between may show for a moment, a value kept by mistake
 * stays. All-ones from the kernel mean that nobody answered, and are no value;
 * what aer_inject shows instead of hardware is counted by itself.
 * Wants the kernel argument iomem=relaxed. Segment 0 only.
 */
#include <argp.h>
#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cleanup.h"
#include "talk.h"

#define DEVICES "/sys/bus/pci/devices"
#define MCFG "/sys/firmware/acpi/tables/MCFG"
#define THREADS 8
#define READS_A_VISIT 256
#define TRIES 4 /* differing that often in a row is no reset in between */
#define SHOWN 20

struct ecam {
	const volatile uint8_t *base;
	unsigned int first, last; /* bus numbers */
};

struct thread {
	pthread_t id;
	unsigned int processor;
	unsigned int random;
};

static struct {
	struct ecam ecam;
	unsigned long wanted;
	unsigned int threads;
	unsigned int seed;
	const char *until; /* there is a file of this name, too */
	unsigned int width; /* of every read, in bytes; 0: any */
	atomic_ulong reads; /* that hardware was asked about before and after */
	atomic_ulong moved; /* hardware's own two answers differed */
	atomic_ulong silent; /* all-ones */
	atomic_ulong forged;
	atomic_ulong violations;
} test = { .wanted = 100000, .threads = 2, .seed = 1 };

/* One function as it is there at the moment. */
struct visited {
	char address[16];
	int config;
	const volatile uint32_t *hardware;
};

/* ---- hardware -------------------------------------------------------------------- */

/* PCI Firmware Specification 4.1.2: allocations of 16 bytes follow 44 of header. */
struct mcfg {
	uint8_t header[44];
	uint64_t base;
	uint16_t segment;
	uint8_t first, last;
	uint32_t reserved;
} __attribute__((packed));

static int ecam_open(struct ecam *ecam)
{
	_cleanup_close_ int table = open(MCFG, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int memory = open("/dev/mem", O_RDONLY | O_CLOEXEC);
	struct mcfg mcfg;
	void *at;

	if (table < 0 || read(table, &mcfg, sizeof(mcfg)) != sizeof(mcfg) ||
	    mcfg.segment)
		return pcsc_fail(-ENODEV, MCFG ": no segment 0");
	if (memory < 0)
		return pcsc_fail(-errno, "/dev/mem: %s", strerror(errno));
	at = mmap(NULL, (size_t)(mcfg.last - mcfg.first + 1) << 20, PROT_READ,
		  MAP_SHARED, memory, (off_t)le64toh(mcfg.base));
	if (at == MAP_FAILED)
		return pcsc_fail(-errno,
				 "/dev/mem: %s: boot with iomem=relaxed",
				 strerror(errno));
	*ecam = (struct ecam){ at, mcfg.first, mcfg.last };
	return 0;
}

static const volatile uint32_t *ecam_at(const char *address)
{
	unsigned int bus, device, function;

	if (sscanf(address, "0000:%x:%x.%x", &bus, &device, &function) != 3 ||
	    bus < test.ecam.first || bus > test.ecam.last)
		return NULL;
	return (const volatile void *)(test.ecam.base +
				       ((bus - test.ecam.first) << 20 |
					device << 15 | function << 12));
}

/* ---- one read ---------------------------------------------------------------------- */

enum verdict { SAME, MOVED, SILENT, FORGED, DIFFERS, NOT_THERE };

/* aer_inject makes the kernel see errors in AER that hardware has not. */
static bool forger_at_work(unsigned int offset)
{
	return offset >= 0x100 && !access("/sys/module/aer_inject", F_OK);
}

/* As an access of that width there has it: little-endian, shifted down. */
static uint32_t ask_hardware(const struct visited *f, unsigned int offset,
			     unsigned int size)
{
	const uint32_t dword = f->hardware[offset / 4];

	return dword >> (8 * (offset & 3)) & ~0u >> (32 - 8 * size);
}

static enum verdict compare(const struct visited *f, unsigned int offset,
			    unsigned int size, uint32_t *kernel,
			    uint32_t *hardware)
{
	uint32_t after;

	*kernel = 0;
	*hardware = ask_hardware(f, offset, size);
	if (pread(f->config, kernel, size, offset) != size)
		return NOT_THERE;
	after = ask_hardware(f, offset, size);
	if (*kernel == *hardware || *kernel == after)
		return SAME;
	if (*hardware != after)
		return MOVED;
	if (*kernel == ~0u >> (32 - 8 * size))
		return SILENT;
	return forger_at_work(offset) ? FORGED : DIFFERS;
}

static void witness(const struct visited *f, unsigned int offset,
		    unsigned int size)
{
	enum verdict verdict = DIFFERS;
	uint32_t kernel, hardware;
	unsigned int i;

	for (i = 0; i < TRIES && verdict == DIFFERS; i++)
		verdict = compare(f, offset, size, &kernel, &hardware);
	if (verdict == NOT_THERE)
		return;
	atomic_fetch_add(&test.reads, 1);
	if (verdict == MOVED)
		atomic_fetch_add(&test.moved, 1);
	if (verdict == SILENT)
		atomic_fetch_add(&test.silent, 1);
	if (verdict == FORGED)
		atomic_fetch_add(&test.forged, 1);
	if (verdict == DIFFERS && atomic_fetch_add(&test.violations, 1) < SHOWN)
		pcsc_error(
			"%s 0x%03x, %u bytes: the kernel says %x, hardware %x",
			f->address, offset, size, kernel, hardware);
}

/* ---- threads --------------------------------------------------------------------------- */

static bool over(void)
{
	return atomic_load(&test.reads) >= test.wanted &&
	       (!test.until || !access(test.until, F_OK));
}

/* Mostly where something is: the header, what follows it, the extended space. */
static unsigned int pick_offset(struct thread *t, unsigned int size)
{
	static const unsigned int ends[] = { 0x40, 0x40, 0x100, 0x300, 0x1000 };
	const unsigned int end = ends[rand_r(&t->random) % 5];

	return rand_r(&t->random) % end & ~(size - 1);
}

static void visit(struct thread *t, const char *address)
{
	char path[300];
	struct visited f = { .hardware = ecam_at(address) };
	_cleanup_close_ int config = -1;
	unsigned int i, size;

	snprintf(path, sizeof(path), DEVICES "/%s/config", address);
	config = open(path, O_RDONLY | O_CLOEXEC);
	/* It may be gone already: that is what this is about. */
	if (config < 0 || !f.hardware)
		return;
	f.config = config;
	snprintf(f.address, sizeof(f.address), "%.15s", address);
	for (i = 0; i < READS_A_VISIT && !over(); i++) {
		size = test.width ? test.width : 1u << rand_r(&t->random) % 3;
		witness(&f, pick_offset(t, size), size);
	}
}

static void pin(const struct thread *t)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(t->processor, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void *reader(void *arg)
{
	struct thread *t = arg;
	struct dirent *entry;
	DIR *dir;

	pin(t);
	while (!over()) {
		dir = opendir(DEVICES);
		if (!dir)
			return NULL;
		while ((entry = readdir(dir)))
			if (entry->d_name[0] != '.' && rand_r(&t->random) % 2)
				visit(t, entry->d_name);
		closedir(dir);
	}
	return NULL;
}

static void run(void)
{
	const unsigned int processors = sysconf(_SC_NPROCESSORS_ONLN);
	struct thread threads[THREADS];
	unsigned int i;

	for (i = 0; i < test.threads; i++) {
		threads[i] = (struct thread){ .processor = i % processors,
					      .random = test.seed + i };
		pthread_create(&threads[i].id, NULL, reader, &threads[i]);
	}
	for (i = 0; i < test.threads; i++)
		pthread_join(threads[i].id, NULL);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'n':
		test.wanted = strtoul(arg, NULL, 0);
		return 0;
	case 't':
		test.threads = strtoul(arg, NULL, 0);
		if (!test.threads || test.threads > THREADS)
			argp_error(state, "-t wants 1 to %d", THREADS);
		return 0;
	case 'u':
		test.until = arg;
		return 0;
	case 'w':
		test.width = strtoul(arg, NULL, 0);
		if (test.width != 1 && test.width != 2 && test.width != 4)
			argp_error(state, "-w wants 1, 2 or 4");
		return 0;
	case 'S':
		test.seed = strtoul(arg, NULL, 0);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ NULL, 'n', "READS", 0, "at least so many reads (100000)", 0 },
		{ NULL, 'u', "FILE", 0, "and until FILE is there", 0 },
		{ NULL, 't', "N", 0, "threads (2), one to a processor", 0 },
		{ NULL, 'w', "BYTES", 0, "that wide and no other", 0 },
		{ NULL, 'S', "SEED", 0, "of what is read (1)", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		options, parse,
		NULL,	 "What the kernel answers is what hardware answers.",
		NULL,	 NULL,
		NULL
	};
	int err;

	pcsc_program = "witness";
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	err = ecam_open(&test.ecam);
	if (err)
		return pcsc_exit_of(err);
	run();
	printf("reads %lu\nmoved %lu\nsilent %lu\nforged %lu\nviolations %lu\n",
	       test.reads, test.moved, test.silent, test.forged,
	       test.violations);
	return test.violations ? PCSC_EXIT_DIFFERS : PCSC_EXIT_OK;
}
