/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recording: what pcsc-trace saw on one host.
 *
 * A file is one struct pcsc_rec_header and then its three tables, functions,
 * registers and histograms, in this order, without gaps, in the byte order of
 * the host that wrote it. crc32 (zlib's) covers everything behind the header
 * and the header itself with crc32 taken as 0. Functions are sorted by
 * (domain, bus, devfn), registers by (function, offset, width, family),
 * histograms by (function, width, operation): the same accesses make the same
 * bytes, times apart.
 *
 * Version 2 has smaller slots in its histograms; version 1, with one for each
 * octave, is read as well.
 */
#ifndef PCSC_RECORDING_H
#define PCSC_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pcsc_slots.h"

#define PCSC_REC_MAGIC "PCSCREC"
#define PCSC_REC_VERSION 2

/* pcsc_rec_header.flags */
#define PCSC_REC_INCOMPLETE (1u << 0) /* accesses were lost: see losses */
#define PCSC_REC_SERVED (1u << 1) /* the helper's mode was on: no evidence */

/* The entry point that made an access. */
enum pcsc_rec_family {
	PCSC_REC_BUS, /* pci_bus_{read,write}_config_*: the kernel itself */
	PCSC_REC_USER, /* pci_user_{read,write}_config_*: sysfs, procfs, VFIO */
	PCSC_REC_FAMILIES,
};

/* How a function was reset while it was watched. */
enum pcsc_rec_reset {
	PCSC_REC_RESET_FLR, /* pcie_flr(), pci_af_flr() */
	PCSC_REC_RESET_PM, /* pci_pm_reset(): D3hot and back */
	PCSC_REC_RESET_BUS, /* pci_bridge_secondary_bus_reset() above it */
	PCSC_REC_RESETS,
};

struct pcsc_rec_losses {
	uint64_t map_full; /* accesses that found no room in a table */
	uint64_t inflight; /* accesses whose start or end was not seen */
	uint64_t recursion; /* program runs the kernel skipped */
	uint64_t own; /* the recorder's own accesses: left out by intent */
};

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
	uint32_t pad;
	uint64_t latency_sum_ns; /* reads and writes */
	uint64_t latency_max_ns;
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

struct pcsc_rec {
	struct pcsc_rec_header header;
	struct pcsc_rec_function *functions;
	struct pcsc_rec_register *registers;
	struct pcsc_rec_hist *hists;
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

void pcsc_rec_free(struct pcsc_rec *rec);

#endif
