/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the helper says of functions at one moment, as pcsc-monitor's reader sends it
 * to the daemon, and as a file of --state has it: the head, then the devices, the
 * functions, the events and the spaces, without a gap. It is never kept: writer and
 * reader are of one build.
 */
#ifndef PCSC_SAMPLE_H
#define PCSC_SAMPLE_H

#include <stddef.h>
#include <sys/types.h>

#include "uapi/pcsc.h"

#define SAMPLE_MAGIC 0x31736370 /* "pcs1" */
#define SAMPLE_FUNCTIONS 65536 /* more than these are left out */
#define SAMPLE_DEVICES 4096 /* kinds of devices */
#define SAMPLE_EVENTS 256 /* as many as the helper keeps */

struct sample_head {
	__u32 magic;
	__s32 err; /* negative: why there is nothing; 0: there is */
	__u32 nr_devices, nr_functions, nr_events;
	__u32 has_functions; /* they were asked for */
	__u32 nr_spaces, reserved;
	__u64 now_ns; /* of the clock that the events' time_ns is of */
	struct pcsc_info info;
	struct pcsc_handover handover;
};

/* What lspci calls it, with the vendor in front. */
struct sample_device {
	__u16 vendor, device;
	__u16 name_at; /* where the name without the vendor begins */
	char name[122];
};

/* The configuration space of one function; no values. */
#define SAMPLE_SPACES 8 /* at a time */
#define SAMPLE_CAPS 64

struct sample_address {
	__u32 domain;
	__u8 bus, devfn;
	__u16 reserved;
};

struct sample_space {
	struct sample_address of;
	__s32 err; /* negative: why nothing follows */
	__u32 reserved;
	struct pcsc_bytes bytes; /* without its pointers */
	struct pcsc_capability caps[SAMPLE_CAPS];
	__u8 byte[4096]; /* PCSC_BYTE_* */
};

#define SAMPLE_NO_PF (-1)

struct sample_function {
	struct pcsc_function_state state;
	__s32 pf; /* of a VF: bus << 8 | devfn, in its domain; or SAMPLE_NO_PF */
	__u16 device; /* among the devices */
	char driver[26]; /* "": none */
};

_Static_assert(sizeof(struct sample_device) == 128, "without a hole");
_Static_assert(sizeof(struct sample_function) == 112, "without a hole");
_Static_assert(sizeof(struct sample_space) % 8 == 0, "without a hole");

/* How long a sample is that begins so; 0: it is none. */
static inline size_t sample_size(const struct sample_head *h)
{
	if (h->magic != SAMPLE_MAGIC || h->nr_devices > SAMPLE_DEVICES ||
	    h->nr_functions > SAMPLE_FUNCTIONS ||
	    h->nr_events > SAMPLE_EVENTS || h->nr_spaces > SAMPLE_SPACES)
		return 0;
	return sizeof(*h) + h->nr_devices * sizeof(struct sample_device) +
	       h->nr_functions * sizeof(struct sample_function) +
	       h->nr_events * sizeof(struct pcsc_event) +
	       h->nr_spaces * sizeof(struct sample_space);
}

/* What the reader is asked for: always events. */
struct sample_ask {
	__u32 functions; /* 1: they, too */
	__u32 nr_spaces; /* and these */
	struct sample_address spaces[SAMPLE_SPACES];
};

struct identities;

/*
 * Ask the device for functions, the helper and the live update: into @head, the devices
 * and the functions into @ids. 0 or a negative errno, silently.
 */
int sample_functions(int fd, struct sample_head *head, struct identities *ids);

/* Ask it what is known of one function's bytes; s->err says how that went. */
void sample_space(int fd, const struct sample_address *of,
		  struct sample_space *s);

/* All of a file of --state; *@sample is the caller's to free. Its size, or a negative errno. */
ssize_t sample_read(const char *path, struct sample_head **sample);

#endif
