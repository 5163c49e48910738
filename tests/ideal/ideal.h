/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef IDEAL_H
#define IDEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_SIZE 4096

/* Why a byte is not kept, or a read is not a hit. */
enum why {
	KEPT, /* a byte that may be kept; a read that hits */
	FLOOR, /* status, control, power, isolation: never */
	SOFTWARE, /* the specification lets software set it: not const */
	PROBE, /* read to learn whether a device is there */
	BODY, /* vendor-specific, VSEC, DVSEC, DOE */
	CHIPSET, /* undescribed byte of a port or a bus-0 function */
	WRITTEN, /* somewhere in the trace, or an undescribed byte was before */
	CHANGED, /* has two values in the trace */
	COLD, /* first read of the byte */
	BRACKET, /* reset, and identity not seen since */
	ALL_ONES, /* absent, unpowered: nothing to keep */
	WHYS,
};
extern const char *const why_names[WHYS];

enum space { HEADER, HEADER0, HEADER1, CAP, ECAP, UNDESCRIBED };

/* The register a byte belongs to: what it is relative to, and how far. */
struct place {
	uint8_t space;
	uint16_t id;
	uint16_t offset;
};

struct function {
	char model[24]; /* QEMU's name for it */
	uint16_t rid; /* bus << 8 | devfn */
	bool vf;
	bool blank_ids; /* IDs were read as all-ones... */
	bool other_ids; /* ...or as something else */
	int pf; /* of a VF: the index of its PF, or -1 */
	uint8_t value[CONFIG_SIZE]; /* last seen, by reads and writes */
	bool seen[CONFIG_SIZE];
	uint8_t why[CONFIG_SIZE];
	struct place place[CONFIG_SIZE];
	/* replay only */
	bool valid[CONFIG_SIZE];
	bool pending;
	bool undescribed_written;
	uint16_t num_vfs; /* last written */
	/* ...after a handover: of a PF, the number of VFs that can come back */
	uint16_t handed_vfs;
	bool handed[CONFIG_SIZE]; /* of a VF: what was valid */
};

struct event {
	uint32_t line;
	uint32_t function;
	uint32_t value;
	uint16_t offset;
	uint8_t need; /* bytes that the access surely had */
	uint8_t most; /* bytes that it can have had */
	bool write;
};

struct trace {
	struct function **functions;
	size_t nr_functions;
	struct event *events;
	size_t nr_events;
};

/* trace.c */
int trace_read(struct trace *t, const char *path);
void trace_free(struct trace *t);
int function_at(const struct trace *t, unsigned int rid);
bool all_ones(const struct event *e);

/* rules.c: after trace_read(), decide about every byte of every function */
void rules_apply(struct trace *t);

/* replay.c: what becomes of this access, the next in order */
enum why replay(struct trace *t, const struct event *e);

/* replay.c: KEPT if it is a read whose answer was read before and has not changed */
enum why foresee(struct trace *t, const struct event *e);

/* replay.c: a kexec, here and now, hands over what was kept */
void hand_over(struct trace *t);

#endif
