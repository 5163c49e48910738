// SPDX-License-Identifier: GPL-2.0-only
/*
 * feed FILE FUNCTIONS: a host of so many functions, as a sample for pcsc-monitor
 * --state. Each line on standard input is something that happens there; FILE is
 * written anew, and a line of JSON on standard output has what is true then. The same
 * lines always make the same host.
 *
 *   step [N]          so many seconds of reads
 *   quarantine BDF    a mismatch, whose values are 0xdeadbeef and 0xfeedface
 *   release BDF       out of quarantine
 *   disable BDF       its mode is off
 *   mode N            the host's is PCSC_MODE_N, and so is that of all functions but those
 *   demote BDF        a byte of it is written
 *   reset BDF         a reset begins and does not end
 *   events N          so many events at once
 *   live HANDED ADOPTED REFUSED   a live update was
 *   space BDF         its configuration space is told, too
 *   forget BDF        the helper does not have it any more, says its space
 *   reload            the helper's events begin at 0 again
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "bdf.h"
#include "feed_space.h"
#include "sample.h"
#include "save.h"
#include "talk.h"

#define SECOND UINT64_C(1000000000)

enum { BRIDGE, PORT, NVME, NIC, NIC_VF, FABRIC, FABRIC_VF, CRYPTO, CRYPTO_VF };

static const struct sample_device devices[] = {
	[BRIDGE] = { 0x8086, 0x09a2, 18,
		     "Intel Corporation Ice Lake Memory Map/VT-d" },
	[PORT] = { 0x8086, 0x347a, 18,
		   "Intel Corporation Ice Lake PCI Express Root Port A0" },
	[NVME] = { 0x144d, 0xa80a, 27,
		   "Samsung Electronics Co Ltd NVMe SSD Controller PM9A1/PM9A3/980PRO" },
	[NIC] = { 0x8086, 0x1592, 18,
		  "Intel Corporation Ethernet Controller E810-C for QSFP" },
	[NIC_VF] = { 0x8086, 0x1889, 18,
		     "Intel Corporation Ethernet Adaptive Virtual Function" },
	[FABRIC] = { 0x15b3, 0x101d, 22,
		     "Mellanox Technologies MT2892 Family [ConnectX-6 Dx]" },
	[FABRIC_VF] = { 0x15b3, 0x101e, 22,
			"Mellanox Technologies ConnectX Family mlx5Gen Virtual Function" },
	[CRYPTO] = { 0x8086, 0x4940, 18, "Intel Corporation 4xxx Series QAT" },
	[CRYPTO_VF] = { 0x8086, 0x4941, 18,
			"Intel Corporation 4xxx Series QAT Virtual Function" },
};

static const struct card {
	uint8_t pf, vf;
	unsigned int vfs;
	const char *driver;
} cards[] = {
	{ NIC, NIC_VF, 64, "ice" },
	{ FABRIC, FABRIC_VF, 126, "mlx5_core" },
	{ CRYPTO, CRYPTO_VF, 16, "4xxx" },
};

static struct {
	struct sample_head head;
	struct sample_function functions[SAMPLE_FUNCTIONS];
	struct pcsc_event events[SAMPLE_EVENTS];
	struct sample_space spaces[SAMPLE_SPACES];
	uint64_t next; /* event */
	unsigned int seed;
} host = { .seed = 1 };

static unsigned int random_below(unsigned int most)
{
	host.seed = host.seed * 1103515245 + 12345;
	return (host.seed >> 8) % most;
}

static struct sample_function *add(unsigned int bus, unsigned int devfn,
				   unsigned int device, const char *driver)
{
	struct sample_function *f = host.functions + host.head.nr_functions++;

	f->state.domain = bus >> 8;
	f->state.bus = bus;
	f->state.devfn = devfn;
	f->state.mode = PCSC_MODE_ON;
	f->state.model = device > NVME ? (int)device - NIC : -1;
	f->state.const_bytes = device > NVME ? 2900 + 13 * device : 0;
	f->state.why = device > NVME ? 0 : PCSC_WHY_NO_MAP;
	f->pf = SAMPLE_NO_PF;
	f->device = device;
	snprintf(f->driver, sizeof(f->driver), "%s", driver);
	return f;
}

/* Half of the VFs belong to guests, a quarter to the host, the rest to nobody. */
static void add_card(const struct card *card, unsigned int bus,
		     unsigned int most)
{
	static const char *const drivers[] = { "vfio-pci", "vfio-pci", "",
					       "iavf" };
	struct sample_function *f;

	add(bus, 0, card->pf, card->driver);
	for (unsigned int i = 0; i < card->vfs && host.head.nr_functions < most;
	     i++) {
		f = add(bus, 8 + i, card->vf, drivers[i % 4]);
		f->state.is_vf = 1;
		f->pf = (bus & 0xff) << 8;
	}
}

static void make_host(unsigned int most)
{
	static const unsigned int plain[] = { BRIDGE, PORT, PORT, NVME };
	unsigned int bus = 0x16;

	for (unsigned int i = 0; i < 24 && host.head.nr_functions < most; i++)
		add(0, i << 3, plain[i % 4], i % 4 == 3 ? "nvme" : "");
	for (unsigned int i = 0; host.head.nr_functions < most; i++, bus += 3)
		add_card(&cards[i % ARRAY_SIZE(cards)], bus, most);
	host.head.info = (struct pcsc_info){
		.size = sizeof(host.head.info),
		.abi = PCSC_ABI,
		.mode = PCSC_MODE_ON,
		.models = 6,
		.functions = host.head.nr_functions,
		.profile = "fleet",
		.version = PCSC_VERSION,
		.profile_crc32 = 0x5b1c09e4,
	};
	host.head.handover = (struct pcsc_handover){
		.size = sizeof(host.head.handover),
		.state = PCSC_HANDOVER_LIVE,
		.region = PCSC_REGION_MEMMAP,
		.bytes = 12 << 20,
		.capacity = 4096,
		.wanted = host.head.nr_functions * 5 / 4,
	};
}

static void happen(struct pcsc_event e)
{
	e.size = sizeof(e);
	e.seq = host.next++;
	e.time_ns = host.head.now_ns;
	if (host.head.nr_events == SAMPLE_EVENTS)
		memmove(host.events, host.events + 1,
			--host.head.nr_events * sizeof(e));
	host.events[host.head.nr_events++] = e;
}

/* A function that is in use is read in bursts, and the rest hardly. */
static void step(void)
{
	host.head.now_ns += SECOND;
	for (__u32 i = 0; i < host.head.nr_functions; i++) {
		struct pcsc_function_state *s = &host.functions[i].state;
		const bool used = host.functions[i].driver[0];

		if (random_below(used ? 8 : 200))
			continue;
		s->hardware_reads += 1 + random_below(6 + i % 7);
		s->writes += random_below(3);
		if (s->why)
			continue;
		s->hits += 40 + random_below(60);
		if (s->valid_bytes < s->const_bytes)
			s->valid_bytes +=
				(s->const_bytes - s->valid_bytes + 1) / 2;
	}
}

static struct sample_function *find(const char *bdf)
{
	char is[PCSC_BDF_SIZE];

	for (__u32 i = 0; i < host.head.nr_functions; i++) {
		const struct pcsc_function_state *s = &host.functions[i].state;

		if (!strcmp(bdf,
			    pcsc_bdf_format(is, s->domain, s->bus, s->devfn)))
			return &host.functions[i];
	}
	pcsc_error("'%s' is not a function of this host", bdf);
	exit(PCSC_EXIT_USAGE);
}

static struct pcsc_event event_of(__u32 kind, const struct sample_function *f)
{
	return (struct pcsc_event){ .kind = kind,
				    .domain = f->state.domain,
				    .bus = f->state.bus,
				    .devfn = f->state.devfn,
				    .where = 0x10c,
				    .width = 4 };
}

static void quarantine(struct sample_function *f)
{
	struct pcsc_event e = event_of(PCSC_EVENT_MISMATCH, f);

	f->state.why |= PCSC_WHY_QUARANTINE;
	f->state.mismatches++;
	host.head.info.quarantined++;
	e.cached = 0xdeadbeef;
	e.found = 0xfeedface;
	happen(e);
}

static void demote(struct sample_function *f)
{
	struct pcsc_event e = event_of(PCSC_EVENT_DEMOTED, f);

	f->state.demotions += 4;
	e.detail = 4;
	e.cause = PCSC_CAUSE_WRITE;
	happen(e);
}

static void storm(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		happen((struct pcsc_event){ .kind = PCSC_EVENT_PROFILE,
					    .detail = i });
}

static void after_update(const char *numbers)
{
	struct pcsc_handover *h = &host.head.handover;

	sscanf(numbers, "%u %u %u", &h->handed, &h->adopted, &h->refused);
	h->gap_ms = 1840;
}

static void space_of(const struct sample_function *f, int err)
{
	const struct sample_address of = { .domain = f->state.domain,
					   .bus = f->state.bus,
					   .devfn = f->state.devfn };
	__u32 i = 0;

	while (i < host.head.nr_spaces &&
	       memcmp(&host.spaces[i].of, &of, sizeof(of)))
		i++;
	if (i == host.head.nr_spaces)
		host.head.nr_spaces++;
	feed_space(&host.spaces[i], &of);
	host.spaces[i].err = err;
}

static void reload(void)
{
	host.next = 0;
	host.head.nr_events = 0;
	host.head.now_ns += SECOND;
	happen((struct pcsc_event){ .kind = PCSC_EVENT_MODE, .detail = 2 });
}

static void set_mode(__u32 mode)
{
	host.head.info.mode = mode;
	for (__u32 i = 0; i < host.head.nr_functions; i++)
		if (host.functions[i].state.mode != PCSC_MODE_OFF)
			host.functions[i].state.mode = mode;
}

static void obey(char *line)
{
	const char *what = strtok(line, " \n"), *of = strtok(NULL, "\n");
	unsigned int n = of ? atoi(of) : 1;

	if (!what)
		return;
	if (!strcmp(what, "step"))
		while (n--)
			step();
	else if (!strcmp(what, "quarantine"))
		quarantine(find(of));
	else if (!strcmp(what, "release"))
		find(of)->state.why &= ~PCSC_WHY_QUARANTINE;
	else if (!strcmp(what, "disable"))
		find(of)->state.mode = PCSC_MODE_OFF,
		find(of)->state.why |= PCSC_WHY_DISABLED;
	else if (!strcmp(what, "mode"))
		set_mode(n);
	else if (!strcmp(what, "demote"))
		demote(find(of));
	else if (!strcmp(what, "reset"))
		find(of)->state.why |= PCSC_WHY_RESET;
	else if (!strcmp(what, "events"))
		storm(n);
	else if (!strcmp(what, "live"))
		after_update(of);
	else if (!strcmp(what, "space"))
		space_of(find(of), 0);
	else if (!strcmp(what, "forget"))
		space_of(find(of), -ENODEV);
	else if (!strcmp(what, "reload"))
		reload();
}

static int write_sample(const char *path)
{
	const struct iovec parts[] = {
		{ &host.head, sizeof(host.head) },
		{ (void *)(uintptr_t)devices, sizeof(devices) },
		{ host.functions,
		  host.head.nr_functions * sizeof(*host.functions) },
		{ host.events, host.head.nr_events * sizeof(*host.events) },
		{ host.spaces, host.head.nr_spaces * sizeof(*host.spaces) },
	};

	return pcsc_save(path, parts, ARRAY_SIZE(parts), PCSC_SAVE_SHARED);
}

static void say_truth(void)
{
	uint64_t hits = 0, hardware = 0;

	for (__u32 i = 0; i < host.head.nr_functions; i++) {
		hits += host.functions[i].state.hits;
		hardware += host.functions[i].state.hardware_reads;
	}
	printf("{\"functions\":%u,\"hits\":%llu,\"hardware\":%llu,\"events\":%llu}\n",
	       host.head.nr_functions, (unsigned long long)hits,
	       (unsigned long long)hardware, (unsigned long long)host.next);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	char line[256];
	int most = argc == 3 ? atoi(argv[2]) : 0;

	pcsc_program = "feed";
	if (most < 1 || most > SAMPLE_FUNCTIONS)
		return pcsc_fail(PCSC_EXIT_USAGE, "usage: feed FILE FUNCTIONS");
	host.head.magic = SAMPLE_MAGIC;
	host.head.has_functions = 1;
	host.head.nr_devices = ARRAY_SIZE(devices);
	host.head.now_ns = 1000 * SECOND;
	make_host(most);
	happen((struct pcsc_event){ .kind = PCSC_EVENT_PROFILE,
				    .detail = 0x5b1c09e4 });
	happen((struct pcsc_event){ .kind = PCSC_EVENT_MODE, .detail = 2 });
	do {
		if (write_sample(argv[1]))
			return PCSC_EXIT_TROUBLE;
		say_truth();
	} while (fgets(line, sizeof(line), stdin) && (obey(line), true));
	return 0;
}
