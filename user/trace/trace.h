/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of pcsc-trace. */
#ifndef PCSC_TRACE_H
#define PCSC_TRACE_H

#include <pci/pci.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "events.h"
#include "inventory.h"
#include "latency.h"
#include "recording.h"
#include "served.h"
#include "wanted.h"

struct pcsc_trace; /* the BPF skeleton */

/* ---- attach.c ---- */

struct pcsc_tracer {
	struct pcsc_trace *skel;
	const struct pcsc_wanted_options *wanted;
	struct pcsc_events events;
	struct bpf_link **links;
	size_t nr_links;
	bool kprobes; /* watch the accessors, not fentry */
	unsigned int
		nr_watched; /* of the programs that are told of functions */
	uint64_t next_look; /* for functions, CLOCK_MONOTONIC */
	uint64_t missed; /* program runs skipped before counting began */
	uint64_t started_ns; /* CLOCK_MONOTONIC */
	uint64_t stopped_ns;
};

#define PCSC_BTF_FILE "/sys/kernel/btf/vmlinux"

/* What the host must have and we must be. 0, -EOPNOTSUPP, -EPERM; said. */
int pcsc_tracer_check(void);
bool pcsc_tracer_may(void);

/* For how many entries there is room if nobody says how many, of so many functions. */
uint32_t pcsc_tracer_room(uint64_t functions);

/*
 * Load and attach, for what is @wanted, which must live as long, with room for
 * @max_registers (0: as many as it takes).
 */
int pcsc_tracer_open(struct pcsc_tracer *t, struct pcsc_inventory *inv,
		     const struct pcsc_wanted_options *wanted,
		     uint32_t max_registers);
/* Once a second: functions that come, if no program of ours is told of them. */
void pcsc_tracer_look_around(struct pcsc_tracer *t, struct pcsc_inventory *inv,
			     uint64_t now_ns);
void pcsc_tracer_start(struct pcsc_tracer *t);
/* Stop counting, and see the accesses under way end. */
void pcsc_tracer_stop(struct pcsc_tracer *t);
uint64_t pcsc_tracer_missed(const struct pcsc_tracer *t);

/* What was not counted, and what was counted and is not among the events. */
struct pcsc_trace_losses {
	struct pcsc_rec_losses rec;
	uint64_t events;
};

struct pcsc_trace_losses pcsc_tracer_losses(const struct pcsc_tracer *t);
/* A warning that @of is incomplete, with the figures, of which one is not 0. */
void pcsc_say_losses(const char *of, const struct pcsc_rec_losses *l);
void pcsc_tracer_close(struct pcsc_tracer *t);

uint64_t pcsc_now_ns(clockid_t clock);

/* ---- collect.c ---- */

/*
 * What a stopped tracer holds, as a recording; functions that it saw are added
 * to @inv. 0 or a negative errno, said. Free with pcsc_rec_free().
 */
int pcsc_collect(const struct pcsc_tracer *t, struct pcsc_inventory *inv,
		 struct pcsc_rec **out);

/* ---- record.c ---- */

struct pcsc_record_options {
	const char *path;
	double seconds; /* 0: until a signal, or the command's end */
	double flush_seconds; /* between two copies of what there is */
	uint32_t max_registers; /* 0: by the number of functions */
	uint32_t
		max_events; /* accesses one by one, if those are wanted; 0: as usual */
	struct pcsc_wanted_options wanted;
	char **command; /* NULL: none */
	bool self_stats; /* say at the end what recording cost */
	bool boot; /* in the background, and beyond the initramfs */
	char *title; /* argv[0] */
};

/* An exit status: an enum pcsc_exit, or the command's own. */
int pcsc_record(const struct pcsc_record_options *options);

/* ---- summary.c ---- */

/*
 * Of registers of which no access failed. What failed took time as well, which a
 * recording does not keep apart, so means are of these.
 */
struct pcsc_clean {
	uint64_t reads;
	uint64_t writes;
	uint64_t read_ns;
	uint64_t write_ns;
};

struct pcsc_tally {
	uint64_t reads;
	uint64_t writes;
	uint64_t errors;
	uint64_t all_ones;
	uint64_t changes;
	uint64_t silent_changes;
	uint64_t repeats; /* reads that returned what the read before did */
	uint64_t latency_sum_ns; /* of reads and writes */
	uint64_t latency_max_ns;
	uint64_t write_sum_ns; /* of latency_sum_ns */
	uint64_t write_max_ns;
	uint64_t read_max_ns;
	struct pcsc_clean clean;
	uint32_t registers;
};

/* A recording as a filter sees it. */
struct pcsc_summary {
	const struct pcsc_rec *rec;
	bool *chosen; /* by function */
	struct pcsc_tally *functions; /* by function */
	struct pcsc_tally all;
	struct pcsc_tally family[PCSC_REC_FAMILIES];
	/* [log2 of the width][is a write], over the chosen functions */
	struct pcsc_latencies hists[3][2];
	uint32_t nr_functions; /* chosen */
	uint32_t nr_vfs;
};

int pcsc_summarize(const struct pcsc_rec *rec, const struct pci_filter *filter,
		   struct pcsc_summary *s);
void pcsc_summary_free(struct pcsc_summary *s);

/* Processes are not counted by function: of some of the functions they say nothing. */
static inline bool pcsc_shows_processes(const struct pcsc_summary *s)
{
	return s->rec->header.nr_processes &&
	       s->nr_functions == s->rec->header.nr_functions;
}

uint64_t pcsc_tally_accesses(const struct pcsc_tally *t);
/* Registers are in the order of functions, and of a function's offsets. */
uint32_t pcsc_first_register(const struct pcsc_rec *rec, uint32_t function);
uint64_t pcsc_register_repeats(const struct pcsc_rec_register *r);
/* How the path of an access is called: enum pcsc_rec_family. */
extern const char *const pcsc_family_names[PCSC_REC_FAMILIES];

#define PCSC_OCTAVES PCSC_SLOTS_END_OCTAVE

/* A histogram's slots by octaves: n has 2^n <= ns < 2^(n+1), the first ones 0. */
void pcsc_fold_octaves(const struct pcsc_latencies *l,
		       uint64_t octaves[PCSC_OCTAVES]);

#endif
