// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "talk.h"
#include "uapi/pcsc.h"
#include "view.h"

#define SIM "/sys/kernel/debug/pcsc_sim/"
#define DEVICES "/sys/bus/pci/devices/"
#define DOMAIN 0x10000
#define PREFIX "10000:"

struct view_function view_function[VIEW_FUNCTIONS];
unsigned int view_functions;

static int control = -1, driver = -1, truth = -1, helper = -1;

static int trouble(const char *what)
{
	return pcsc_fail(-1, "%s: %s", what, strerror(errno));
}

/* ---- which functions there are ------------------------------------------------ */

static struct view_function *by_rid(unsigned int rid)
{
	struct view_function *f;

	for (f = view_function; f < view_end(); f++)
		if (f->rid == rid)
			return f;
	return NULL;
}

static int rid_of(const char *address)
{
	unsigned int bus, device, function;

	if (sscanf(address, "%x:%x.%x", &bus, &device, &function) != 3)
		return -1;
	return bus << 8 | device << 3 | function;
}

struct view_function *view_find(const char *address)
{
	struct view_function *f = by_rid(rid_of(address));

	if (!f)
		pcsc_error("the simulator has no function %s", address);
	return f;
}

/* The function that a path of sysfs ends in; NULL: none of ours. */
static struct view_function *at_end_of(const char *path)
{
	const char *name = strrchr(path, '/');

	if (!name || strncmp(name + 1, PREFIX, strlen(PREFIX)))
		return NULL;
	return by_rid(rid_of(name + 1 + strlen(PREFIX)));
}

static void find_above(struct view_function *f)
{
	char path[64], real[PATH_MAX];

	snprintf(path, sizeof(path), DEVICES PREFIX "%s/physfn", f->address);
	if (realpath(path, real))
		f->pf = at_end_of(real);
	if (f->pf)
		f->pf->vfs++;
	snprintf(path, sizeof(path), DEVICES PREFIX "%s", f->address);
	if (!realpath(path, real))
		return;
	*strrchr(real, '/') = '\0';
	f->above = at_end_of(real);
	if (f->above)
		f->above->port = true;
}

static int find_all(void)
{
	_cleanup_fclose_ FILE *file = fopen(SIM "functions", "re");
	struct view_function *f;
	char line[128];

	if (!file)
		return trouble(SIM "functions");
	while (fgets(line, sizeof(line), file)) {
		if (view_functions == VIEW_FUNCTIONS)
			return pcsc_fail(-1, "there are too many functions");
		f = &view_function[view_functions];
		*f = (struct view_function){ .config = -1 };
		if (sscanf(line, PREFIX "%15s", f->address) != 1)
			continue;
		f->rid = rid_of(f->address);
		view_functions++;
	}
	for (f = view_function; f < view_end(); f++)
		find_above(f);
	return view_functions ? 0 : pcsc_fail(-1, "there are no functions");
}

bool view_hangs_on(const struct view_function *f,
		   const struct view_function *on)
{
	const struct view_function *port;

	if (f->pf == on)
		return true;
	for (port = f->above; port; port = port->above)
		if (port == on)
			return true;
	return false;
}

/* ---- accesses ------------------------------------------------------------------- */

static off_t ecam(const struct view_function *f, uint16_t where)
{
	return (off_t)f->rid * VIEW_CONFIG + where;
}

void view_reopen(struct view_function *f)
{
	if (f->config >= 0)
		close(f->config);
	f->config = -1;
}

static int config_of(struct view_function *f)
{
	char path[64];

	if (f->config < 0) {
		snprintf(path, sizeof(path), DEVICES PREFIX "%s/config",
			 f->address);
		f->config = open(path, O_RDWR | O_CLOEXEC);
	}
	return f->config;
}

bool view_get(struct view_function *f, enum view_reader reader, uint16_t where,
	      uint8_t size, uint32_t *value)
{
	*value = 0;
	if (reader == VIEW_DRIVER)
		return pread(driver, value, size, ecam(f, where)) == size;
	return pread(config_of(f), value, size, where) == size;
}

int view_put(struct view_function *f, uint16_t where, uint8_t size,
	     uint32_t value)
{
	if (pwrite(config_of(f), &value, size, where) == size)
		return 0;
	return trouble(f->address);
}

int view_tell(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text))
		return 0;
	return trouble(path);
}

int view_tell_of(const struct view_function *f, const char *file,
		 const char *text)
{
	char path[96];

	snprintf(path, sizeof(path), DEVICES PREFIX "%s/%s", f->address, file);
	return view_tell(path, text);
}

int view_command(const char *command)
{
	if (write(control, command, strlen(command)) ==
	    (ssize_t)strlen(command))
		return 0;
	return trouble(command);
}

int view_command_of(const struct view_function *f, const char *command)
{
	char text[96];

	snprintf(text, sizeof(text), "%s %s", f->address, command);
	return view_command(text);
}

int view_truth(const struct view_function *f, uint8_t *bytes)
{
	if (pread(truth, bytes, VIEW_CONFIG, ecam(f, 0)) == VIEW_CONFIG)
		return 0;
	return trouble(SIM "truth");
}

int view_enable_vfs(struct view_function *pf)
{
	return view_put(pf, VIEW_SRIOV + PCI_SRIOV_NUM_VF, 2, pf->vfs) ||
	       view_put(pf, VIEW_SRIOV + PCI_SRIOV_CTRL, 2,
			PCI_SRIOV_CTRL_VFE | PCI_SRIOV_CTRL_MSE);
}

static uint32_t buses_in(const uint8_t *bytes)
{
	return view_value(bytes, PCI_PRIMARY_BUS, 4) & 0x00ffffff;
}

static int note_buses(void)
{
	uint8_t bytes[VIEW_CONFIG];
	struct view_function *f;

	for (f = view_function; f < view_end(); f++) {
		if (view_truth(f, bytes))
			return -1;
		f->buses = buses_in(bytes);
	}
	return 0;
}

/* Ports come before what is below them, PFs before their VFs. */
int view_restore(void)
{
	uint8_t bytes[VIEW_CONFIG];
	struct view_function *f;

	for (f = view_function; f < view_end(); f++) {
		if (view_truth(f, bytes))
			return -1;
		if (f->port && buses_in(bytes) != f->buses &&
		    view_put(f, PCI_PRIMARY_BUS, 4, f->buses))
			return -1;
		if (f->vfs &&
		    !(bytes[VIEW_SRIOV + PCI_SRIOV_CTRL] &
		      PCI_SRIOV_CTRL_VFE) &&
		    view_enable_vfs(f))
			return -1;
	}
	return 0;
}

uint32_t view_value(const uint8_t *bytes, uint16_t where, uint8_t size)
{
	uint32_t value = 0;

	memcpy(&value, bytes + where, size);
	return value;
}

unsigned long view_reached(const struct view_function *f)
{
	_cleanup_fclose_ FILE *file = fopen(SIM "functions", "re");
	unsigned long reads;
	char address[20], line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, PREFIX "%15s %*s %*s %lu", address, &reads) ==
			    2 &&
		    !strcmp(address, f->address))
			return reads;
	return 0;
}

/* ---- the helper ------------------------------------------------------------------- */

int view_mode(uint32_t mode)
{
	struct pcsc_mode request = { .size = sizeof(request), .mode = mode };

	return ioctl(helper, PCSC_IOC_MODE, &request) ? trouble("mode") : 0;
}

int view_flush(const struct view_function *f)
{
	struct pcsc_flush flush = { .size = sizeof(flush), .all = !f };

	if (f) {
		flush.domain = DOMAIN;
		flush.bus = f->rid >> 8;
		flush.devfn = f->rid & 0xff;
	}
	return ioctl(helper, PCSC_IOC_FLUSH, &flush) ? trouble("flush") : 0;
}

#define STATES 4096

int view_state(void)
{
	static struct pcsc_function_state states[STATES];
	struct pcsc_state request = {
		.size = sizeof(request),
		.count = STATES,
		.item_size = sizeof(states[0]),
		.items = (uintptr_t)states,
	};
	struct view_function *f;
	unsigned int i;

	if (ioctl(helper, PCSC_IOC_STATE, &request))
		return trouble("state");
	for (f = view_function; f < view_end(); f++) {
		f->held = 0;
		f->why = PCSC_WHY_NO_MAP;
	}
	for (i = 0; i < request.count && i < STATES; i++) {
		f = states[i].domain != DOMAIN ?
			    NULL :
			    by_rid(states[i].bus << 8 | states[i].devfn);
		if (!f)
			continue;
		f->held = states[i].valid_bytes;
		f->why = states[i].why;
	}
	return 0;
}

/* ---- what can be held --------------------------------------------------------------- */

static int find_flips(struct view_function *f, bool *flips)
{
	uint8_t before[VIEW_CONFIG], after[VIEW_CONFIG];
	unsigned int at;

	if (view_truth(f, before) || view_command_of(f, "flip") ||
	    view_truth(f, after) || view_command_of(f, "flip"))
		return -1;
	for (at = 0; at < VIEW_CONFIG; at++)
		flips[at] = before[at] != after[at];
	return 0;
}

/* Everything was read before. A byte is not held if a read of it reaches the simulator. */
static int find_held(struct view_function *f, bool *held)
{
	_cleanup_fclose_ FILE *log = NULL;
	char address[20], direction, line[128];
	unsigned int where;
	uint32_t value;

	memset(held, true, VIEW_CONFIG);
	if (view_command("log clear") || view_command("log on"))
		return -1;
	for (where = 0; where < VIEW_CONFIG; where++)
		if (!view_get(f, VIEW_DRIVER, where, 1, &value))
			return trouble(f->address);
	if (view_command("log off"))
		return -1;
	log = fopen(SIM "log", "re");
	while (log && fgets(line, sizeof(line), log))
		if (sscanf(line, "%*s %*s " PREFIX "%15s %c %x", address,
			   &direction, &where) == 3 &&
		    !strcmp(address, f->address) && where < VIEW_CONFIG)
			held[where] = false;
	return log ? 0 : trouble(SIM "log");
}

static bool all_of(const bool *bytes, unsigned int where, unsigned int size)
{
	unsigned int i;

	for (i = 0; i < size; i++)
		if (!bytes[where + i])
			return false;
	return true;
}

static bool any_of(const bool *bytes, unsigned int where, unsigned int size)
{
	unsigned int i;

	for (i = 0; i < size; i++)
		if (bytes[where + i])
			return true;
	return false;
}

/* The bits of a read that are in bytes which are held */
static uint32_t held_bits(const bool *held, unsigned int where,
			  unsigned int size)
{
	uint32_t bits = 0;
	unsigned int i;

	for (i = 0; i < size; i++)
		if (held[where + i])
			bits |= 0xffu << 8 * i;
	return bits;
}

static void add_read(struct view_function *f, unsigned int where,
		     unsigned int size, const bool *held, const bool *flips)
{
	f->reads[f->nr_reads++] = (struct view_read){
		.where = where,
		.size = size,
		.held = all_of(held, where, size),
		.held_bits = held_bits(held, where, size),
		.flips = all_of(flips, where, size),
	};
}

/* Dwords as they are filled, then every narrower access that is answered from memory. */
static void note_dword(struct view_function *f, unsigned int dword,
		       const bool *held, const bool *flips)
{
	unsigned int i;
	bool both = false;

	add_read(f, dword, 4, held, flips);
	for (i = 0; i < 4; i += 2)
		if (all_of(held, dword + i, 2))
			add_read(f, dword + i, 2, held, flips);
	for (i = 0; i < 4; i++) {
		both |= held[dword + i] && flips[dword + i];
		if (held[dword + i])
			add_read(f, dword + i, 1, held, flips);
	}
	f->registers += both;
}

/* IDs, Command and Status are also read by themselves: they tell presence. */
static int learn(struct view_function *f)
{
	bool held[VIEW_CONFIG], flips[VIEW_CONFIG];
	unsigned int dword;

	if (find_held(f, held) || find_flips(f, flips))
		return -1;
	free(f->reads);
	f->reads = calloc(2 * VIEW_CONFIG, sizeof(f->reads[0]));
	if (!f->reads)
		return trouble("reads");
	f->nr_reads = 0;
	f->registers = 0;
	for (dword = 0; dword < VIEW_CONFIG; dword += 4)
		if (dword < 8 || any_of(held, dword, 4))
			note_dword(f, dword, held, flips);
	for (dword = 0; dword < 8; dword += 2)
		add_read(f, dword, 2, held, flips);
	f->full = f->held;
	return 0;
}

static void read_all(struct view_function *f)
{
	unsigned int where;
	uint32_t value;

	for (where = 0; where < VIEW_CONFIG; where += 4)
		view_get(f, VIEW_DRIVER, where, 4, &value);
}

/* In seconds. Longer than any reset, and longer than the helper looks for a device. */
#define PATIENCE 15

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

void view_nap(unsigned int ms)
{
	const struct timespec time = { .tv_sec = ms / 1000,
				       .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

/* Nothing is bypassed, and all that can be held is. */
static int warm_unlearned(void)
{
	const time_t until = now() + PATIENCE;
	struct view_function *f;
	uint32_t why;

	for (why = 1; why && now() < until; view_nap(10)) {
		why = 0;
		for (f = view_function; f < view_end(); f++)
			read_all(f);
		if (view_state())
			return -1;
		for (f = view_function; f < view_end(); f++)
			why |= f->why;
	}
	for (f = view_function; f < view_end(); f++)
		read_all(f);
	return why ? pcsc_fail(-1, "not all is served: 0x%x", why) :
		     view_state();
}

int view_learn(void)
{
	struct view_function *f;

	if (warm_unlearned())
		return -1;
	for (f = view_function; f < view_end(); f++)
		if (learn(f))
			return -1;
	return 0;
}

static bool is_warm(const struct view_function *f)
{
	return !f->why && f->held == f->full;
}

/* What was held of @f when it was learned, and is not now. */
static void tell_cold(struct view_function *f)
{
	bool held[VIEW_CONFIG];
	const struct view_read *r;

	if (find_held(f, held))
		return;
	for (r = f->reads; r < f->reads + f->nr_reads; r++)
		if (r->held && !all_of(held, r->where, r->size))
			printf("cold: %s @0x%03x width %u\n", f->address,
			       r->where, r->size);
}

int view_warm(void)
{
	const time_t until = now() + PATIENCE;
	struct view_function *f, *cold;

	do {
		if (view_state())
			return -1;
		cold = NULL;
		for (f = view_function; f < view_end(); f++) {
			if (is_warm(f))
				continue;
			cold = f;
			/* The headers prove what is behind them. */
			read_all(f);
		}
		if (!cold)
			return 0;
		view_nap(10);
	} while (now() < until);
	pcsc_warn("%s holds %u bytes, not %u as before; why is 0x%x",
		  cold->address, cold->held, cold->full, cold->why);
	tell_cold(cold);
	return -1;
}

int view_prove(void)
{
	const time_t until = now() + PATIENCE;
	struct view_function *f;
	bool all;
	uint32_t value;

	do {
		all = true;
		for (f = view_function; f < view_end(); f++) {
			view_get(f, VIEW_DRIVER, PCI_VENDOR_ID, 4, &value);
			view_get(f, VIEW_DRIVER, PCI_COMMAND, 2, &value);
		}
		if (view_state())
			return -1;
		for (f = view_function; f < view_end(); f++)
			all &= !f->why || f->why & PCSC_WHY_MOVED;
		if (all)
			return 0;
		view_nap(10);
	} while (now() < until);
	return 0; /* what is not served is always read from hardware */
}

/* ---- from beginning to end ------------------------------------------------------ */

int view_open(void)
{
	control = open(SIM "control", O_WRONLY | O_CLOEXEC);
	driver = open(SIM "driver", O_RDWR | O_CLOEXEC);
	truth = open(SIM "truth", O_RDONLY | O_CLOEXEC);
	if (control < 0 || driver < 0 || truth < 0)
		return trouble(SIM);
	helper = open(PCSC_DEVICE, O_RDWR | O_CLOEXEC);
	if (helper < 0)
		return trouble(PCSC_DEVICE);
	return find_all() || note_buses() ? -1 : 0;
}

void view_close(void)
{
	struct view_function *f;

	for (f = view_function; f < view_end(); f++) {
		view_reopen(f);
		free(f->reads);
	}
	close(control);
	close(driver);
	close(truth);
	close(helper);
}
