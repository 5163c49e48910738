/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the helper says of functions at one moment, as the reader sends it to the
 * daemon, and as a file of --state has it: the head, then the devices, the
 * functions and the events, without a gap. It is never kept: writer and reader are
 * of one build.
 */
#ifndef PCSC_MONITOR_SAMPLE_H
#define PCSC_MONITOR_SAMPLE_H

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

#define SAMPLE_NO_PF (-1)

struct sample_function {
	struct pcsc_function_state state;
	__s32 pf; /* of a VF: bus << 8 | devfn, in its domain; or SAMPLE_NO_PF */
	__u16 device; /* among the devices */
	char driver[26]; /* "": none */
};

_Static_assert(sizeof(struct sample_device) == 128, "without a hole");
_Static_assert(sizeof(struct sample_function) == 112, "without a hole");

/* What the reader is asked for, in one byte. */
#define SAMPLE_ASK_EVENTS 'e'
#define SAMPLE_ASK_ALL 'a'

#endif
