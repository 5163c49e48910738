/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recording: what pcsc-trace saw on one host.
 *
 * A file is one struct pcsc_rec_header and then its tables, in the order in which
 * the header counts them, without gaps, in the byte order of the host that wrote
 * it. crc32 (zlib's) covers everything behind the header and the header itself
 * with crc32 taken as 0. Functions are sorted by (domain, bus, devfn), registers
 * by (function, offset, width, family), histograms by (function, width,
 * operation), callers by (name, attribute), uses by (register, caller), processes
 * by (ID, first access), capabilities by (function, offset), visits by (process,
 * function), waits by their beginnings, symbols by name, paths by (caller, offset,
 * width, family, operation), slow accesses from the slowest on, events by their
 * beginnings, marks by their times: the same accesses make the same bytes, times and
 * process IDs apart.
 *
 * Older versions are read as well. Version 4 has no events and knows of no boot;
 * version 3 has no attributes of callers, and no table from visits on; version 2 tells
 * no reads from writes in the latency of a register, and knows neither callers nor
 * capabilities; version 1 has one slot for each octave in its histograms besides.
 */
#ifndef PCSC_RECORDING_H
#define PCSC_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pcsc_slots.h"

#define PCSC_REC_MAGIC "PCSCREC"
#define PCSC_REC_VERSION 5

/* pcsc_rec_header.flags */
#define PCSC_REC_INCOMPLETE (1u << 0) /* accesses were lost: see losses */
#define PCSC_REC_SERVED (1u << 1) /* the helper's mode was on: no evidence */
#define PCSC_REC_UNFINISHED (1u << 2) /* the recorder did not get to its end */
#define PCSC_REC_PARTIAL \
	(1u << 3) /* of its registers not all is there: no evidence */
#define PCSC_REC_ACCESSES_ONLY \
	(1u << 4) /* resets, waits and attributes were not seen */
#define PCSC_REC_EVENTS \
	(1u << 5) /* each access has a row in events, or is lost */

/* The entry point that made an access. */
enum pcsc_rec_family {
	PCSC_REC_BUS, /* pci_bus_{read,write}_config_*: the kernel itself */
	PCSC_REC_USER, /* pci_user_{read,write}_config_*: sysfs, procfs, VFIO */
	PCSC_REC_FAMILIES,
};

/* How a function was reset while it was watched. */
enum pcsc_rec_reset {
	PCSC_REC_RESET_FLR, /* pcie_flr(), pci_af_flr() */
	PCSC_REC_RESET_PM, /* D3hot and back: pci_pm_reset(), pci_power_up() */
	PCSC_REC_RESET_BUS, /* pci_bridge_secondary_bus_reset() above it */
	PCSC_REC_RESETS,
};

struct pcsc_rec_losses {
	uint64_t map_full; /* accesses that found no room in a table */
	uint64_t inflight; /* accesses whose start or end was not seen */
	uint64_t recursion; /* program runs the kernel skipped */
	uint64_t own; /* the recorder's own accesses: left out by intent */
};

/* All that is missing, except what is left out by intent. */
static inline uint64_t pcsc_rec_missed(const struct pcsc_rec_losses *l)
{
	return l->map_full + l->inflight + l->recursion;
}

struct pcsc_rec_header {
	char magic[8]; /* PCSC_REC_MAGIC and a NUL */
	uint32_t version; /* PCSC_REC_VERSION; the file's, where it was read */
	uint32_t crc32;
	uint64_t file_size; /* bytes, header included */
	uint64_t started_ns; /* CLOCK_REALTIME */
	uint64_t duration_ns;
	uint32_t flags; /* PCSC_REC_* */
	uint32_t nr_functions;
	uint32_t nr_registers;
	uint32_t nr_hists;
	struct pcsc_rec_losses losses;
	char release[64]; /* uname -r */
	char host[64];
	uint32_t nr_callers; /* from here on: version 3 */
	uint32_t nr_uses;
	uint32_t nr_processes;
	uint32_t nr_caps;
	uint64_t processes_left_out; /* accesses by processes without a row */
	uint32_t nr_visits; /* from here on: version 4 */
	uint32_t nr_waits;
	uint32_t nr_stacks;
	uint32_t nr_symbols;
	uint32_t nr_paths;
	uint32_t nr_slow;
	uint64_t waits_left_out; /* waits without a row */
	uint64_t visits_left_out; /* accesses and waits without a visit's row */
	uint32_t nr_events; /* from here on: version 5 */
	uint32_t nr_marks;
	uint64_t events_lost; /* accesses that are counted and have no event */
	char only[96]; /* what was recorded, as options say it; empty: all */
	uint64_t boot_ns; /* of a boot, since the kernel's start; 0: of none */
	uint64_t initramfs_ns; /* that it took there; 0: unknown */
};

/* pcsc_rec_function.flags */
#define PCSC_REC_FN_IDS (1u << 0) /* the identity below is known */
#define PCSC_REC_FN_VF (1u << 1)
#define PCSC_REC_FN_PF (1u << 2) /* has an SR-IOV capability with VFs */
#define PCSC_REC_FN_ROOT_BUS (1u << 3) /* sits on a root bus */
#define PCSC_REC_FN_USER_DRIVER \
	(1u << 4) /* was bound to vfio-pci or the like */

struct pcsc_rec_function {
	uint32_t domain;
	uint8_t bus;
	uint8_t devfn;
	uint16_t flags; /* PCSC_REC_FN_* */
	uint16_t vendor; /* a VF's: its PF's */
	uint16_t device; /* a VF's: what the PF's SR-IOV capability says */
	uint16_t subvendor;
	uint16_t subdevice;
	uint32_t class_code; /* 24 bits: base, sub, programming interface */
	uint8_t revision;
	uint8_t header_type; /* without the multi-function bit; 2: CardBus */
	uint16_t
		cfg_size; /* bytes, at most 4096 (quirks make odd ones); 0 unknown */
	uint32_t resets[PCSC_REC_RESETS];
	char driver[32]; /* at the end of the recording; empty: none */
};

#define PCSC_REC_WRITTEN 4

struct pcsc_rec_register {
	uint32_t function; /* index into the functions */
	uint16_t offset; /* bytes from the start of configuration space */
	uint8_t width; /* 1, 2 or 4 bytes */
	uint8_t family; /* enum pcsc_rec_family */
	uint64_t reads; /* that succeeded */
	uint64_t writes;
	uint64_t errors; /* accesses that returned an error */
	uint64_t all_ones; /* reads that returned all-ones */
	uint64_t changes; /* reads that differ from the read before */
	uint64_t
		silent_changes; /* the same, with no write to the dword between */
	uint32_t first; /* first and last value read, all-ones left out */
	uint32_t last;
	uint32_t survived[PCSC_REC_RESETS]; /* equal before and after a reset */
	uint32_t nr_written; /* distinct values; PCSC_REC_WRITTEN + 1: more */
	uint64_t latency_sum_ns; /* reads and writes */
	uint64_t latency_max_ns;
	uint64_t write_sum_ns; /* the writes' part; from here on: version 3 */
	uint64_t write_max_ns;
	uint64_t read_max_ns;
	uint32_t written[PCSC_REC_WRITTEN]; /* the first of those values */
};

#define PCSC_REC_SLOTS PCSC_SLOTS

struct pcsc_rec_hist {
	uint32_t function;
	uint8_t width;
	uint8_t is_write;
	uint16_t pad;
	uint64_t count;
	uint64_t sum_ns;
	uint64_t max_ns;
	uint32_t slots[PCSC_REC_SLOTS]; /* by pcsc_slot_of() */
};

/* A caller of accesses: a command's name, or words in parentheses. */
struct pcsc_rec_caller {
	char name[16];
	/* Of sysfs, that it read or wrote; empty: none. From here on: version 4. */
	char attribute[24];
};

/* A caller's part of a register's accesses. The rows of a register add up to its counts. */
struct pcsc_rec_use {
	uint32_t reg; /* index into the registers */
	uint32_t caller; /* index into the callers */
	uint64_t reads;
	uint64_t writes;
	uint64_t errors;
	uint64_t read_ns; /* of those that failed, too */
	uint64_t write_ns;
};

#define PCSC_REC_ANCESTORS 4

struct pcsc_rec_process {
	uint32_t pid; /* of the process, not of a thread */
	uint32_t caller; /* what it was called last */
	uint64_t first_ns; /* from the start of the recording */
	uint64_t last_ns;
	uint64_t reads;
	uint64_t writes;
	uint64_t errors;
	uint64_t read_ns;
	uint64_t write_ns;
	/* Parent first; those behind the last have ID 0. */
	uint32_t ancestors[PCSC_REC_ANCESTORS];
	char names[PCSC_REC_ANCESTORS][16];
};

/* A capability that the kernel knew of, read or not. */
struct pcsc_rec_cap {
	uint32_t function; /* index into the functions */
	uint16_t id; /* an extended one's if it is not in the first 256 bytes */
	uint16_t offset;
};

/* No row of another table. */
#define PCSC_REC_NONE UINT32_MAX

/* What a process did to one function, from its first access or wait to its last. */
struct pcsc_rec_visit {
	uint32_t process; /* index into the processes */
	uint32_t function;
	uint64_t first_ns; /* from the start of the recording */
	uint64_t last_ns;
	uint64_t pause_ns; /* where nothing was done for a second; 0: nowhere */
	uint64_t pause_access_ns; /* in accesses before it */
	uint64_t reads;
	uint64_t writes;
	uint64_t errors;
	uint64_t read_ns;
	uint64_t write_ns;
};

/* What a process waited for besides accesses. */
enum pcsc_rec_wait_kind {
	PCSC_REC_WAIT_RESUME, /* for a sleeping function to wake */
	PCSC_REC_WAIT_FLR, /* and so on, as enum pcsc_rec_reset */
	PCSC_REC_WAIT_PM,
	PCSC_REC_WAIT_BUS, /* the function is the bridge */
	PCSC_REC_WAIT_LOCK, /* for a mutex, before it touched the function */
	PCSC_REC_WAIT_BLOCKED, /* in an access, since a reset had the function */
	PCSC_REC_WAITS,
};

struct pcsc_rec_wait {
	uint64_t begin_ns; /* from the start of the recording */
	uint64_t ns;
	uint64_t access_ns; /* of that, in accesses that the thread made */
	uint32_t process; /* or PCSC_REC_NONE */
	uint32_t caller;
	uint32_t function;
	uint32_t stack; /* or PCSC_REC_NONE */
	uint8_t kind; /* enum pcsc_rec_wait_kind */
	uint8_t from; /* the power state it wakes from: 0 D0, 3 D3hot, 4 D3cold */
	uint8_t nested; /* its time is also that of another wait, or an access */
	uint8_t pad[5];
};

#define PCSC_REC_FRAMES 16

/* The innermost function first; PCSC_REC_NONE behind the last. */
struct pcsc_rec_stack {
	uint32_t symbols[PCSC_REC_FRAMES];
};

/* A function of the kernel, and its module in brackets: "vfio_df_open [vfio]". */
struct pcsc_rec_symbol {
	char name[64];
};

/* By which way through the kernel a caller got to a register, the first time. */
struct pcsc_rec_path {
	uint32_t caller;
	uint32_t stack;
	uint16_t offset;
	uint8_t width;
	uint8_t family;
	uint8_t is_write;
	uint8_t pad[3];
};

#define PCSC_REC_MOST_SLOW 64

/* One of the accesses that took longest. */
struct pcsc_rec_slow {
	uint64_t end_ns; /* from the start of the recording */
	uint64_t ns;
	uint32_t process; /* or PCSC_REC_NONE */
	uint32_t caller;
	uint32_t function;
	uint32_t stack; /* or PCSC_REC_NONE */
	uint16_t offset;
	uint8_t width;
	uint8_t family;
	uint8_t is_write;
	uint8_t pad[3];
};

/* pcsc_rec_event.caller */
#define PCSC_REC_EVENT_FAILED (1u << 15)
#define PCSC_REC_EVENT_CALLER 0x7fffu

/* pcsc_rec_event.where */
#define PCSC_REC_EVENT_OFFSET 0x0fffu
#define PCSC_REC_EVENT_WIDTH \
	12 /* the bit at which the width's logarithm begins */
#define PCSC_REC_EVENT_USER (1u << 14) /* PCSC_REC_USER */
#define PCSC_REC_EVENT_WRITE (1u << 15)

/* One access: at most 24 bytes, since there are many. */
struct pcsc_rec_event {
	uint64_t begin_ns; /* from the start of the recording */
	uint32_t ns; /* UINT32_MAX: that or more */
	uint32_t function;
	uint32_t value; /* read or written */
	uint16_t caller; /* index, and whether it failed */
	uint16_t where;
};

/* A moment that somebody gave a name, with which a phase begins. */
struct pcsc_rec_mark {
	uint64_t ns; /* from the start of the recording */
	char name[56];
};

static inline uint8_t pcsc_rec_event_width(const struct pcsc_rec_event *e)
{
	return 1 << (e->where >> PCSC_REC_EVENT_WIDTH & 3);
}

struct pcsc_rec {
	struct pcsc_rec_header header;
	struct pcsc_rec_function *functions;
	struct pcsc_rec_register *registers;
	struct pcsc_rec_hist *hists;
	struct pcsc_rec_caller *callers;
	struct pcsc_rec_use *uses;
	struct pcsc_rec_process *processes;
	struct pcsc_rec_cap *caps;
	struct pcsc_rec_visit *visits;
	struct pcsc_rec_wait *waits;
	struct pcsc_rec_stack *stacks;
	struct pcsc_rec_symbol *symbols;
	struct pcsc_rec_path *paths;
	struct pcsc_rec_slow *slow;
	struct pcsc_rec_event *events;
	struct pcsc_rec_mark *marks;
	struct pcsc_rec_file *file; /* pcsc_rec_open(): where the rest is */
};

/*
 * Write @rec to @path, as pcsc_save() does, for its owner alone. "-" is standard
 * output, and standard input where a recording is read. Fills in the header's
 * magic, version, sizes and checksum. 0, or a negative errno after a sentence.
 */
int pcsc_rec_save(struct pcsc_rec *rec, const char *path);

/*
 * Read and check @path. 0, or a negative errno after a sentence that names
 * what is wrong and where; @out is untouched then. Free with pcsc_rec_free().
 */
int pcsc_rec_load(const char *path, struct pcsc_rec **out);

/*
 * The same, but only header and functions are in memory then, however large the file is.
 * All the rest was checked as well. pcsc_rec_registers() reads of it what is wanted.
 */
int pcsc_rec_open(const char *path, struct pcsc_rec **out);

/* Registers of one function. Zeroed at first; pcsc_rec_rows_free() at last. */
struct pcsc_rec_rows {
	const struct pcsc_rec_register *row;
	uint32_t nr;
	/* What they are of, and room that is used again. */
	const struct pcsc_rec *of;
	uint32_t function;
	struct pcsc_rec_register *own;
	size_t room;
	void *stored;
};

/*
 * The registers of @function of @rec, into @rows, until it is used for others; of a recording
 * that was loaded or made in memory, too. 0, -ENOMEM, or another negative errno after a
 * sentence: the file may have been changed since it was checked.
 */
int pcsc_rec_registers(struct pcsc_rec *rec, uint32_t function,
		       struct pcsc_rec_rows *rows);
void pcsc_rec_rows_free(struct pcsc_rec_rows *rows);

void pcsc_rec_free(struct pcsc_rec *rec);

/* The order of callers, as strcmp(). */
int pcsc_rec_compare_callers(const struct pcsc_rec_caller *a,
			     const struct pcsc_rec_caller *b);

#endif
