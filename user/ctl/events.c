// SPDX-License-Identifier: GPL-2.0-only
#include "events.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "array.h"
#include "bdf.h"
#include "helper.h"
#include "jsonw.h"
#include "talk.h"

#define AT_A_TIME 64

static const struct {
	const char *name;
	bool of_function;
	bool of_bytes;
} kinds[] = {
	[PCSC_EVENT_MODE] = { "mode", false, false },
	[PCSC_EVENT_PROFILE] = { "profile", false, false },
	[PCSC_EVENT_MISMATCH] = { "mismatch", true, true },
	[PCSC_EVENT_DEMOTED] = { "demoted", true, true },
	[PCSC_EVENT_LEFT_OPEN] = { "left-open", true, false },
	[PCSC_EVENT_HOOKS_MISSING] = { "hooks-missing", false, false },
	[PCSC_EVENT_FOREIGN_OPS] = { "foreign-ops", false, false },
	[PCSC_EVENT_FLUSHED] = { "flushed", true, false },
	[PCSC_EVENT_NO_ROOM] = { "no-room", false, false },
	[PCSC_EVENT_STOPPED] = { "stopped", false, false },
	[PCSC_EVENT_HOOKS_OFF] = { "hooks-off", false, false },
	[PCSC_EVENT_ODD_VF] = { "odd-vf", true, true },
};

/* By PCSC_CAUSE_*; an older helper says 0, which has no name. */
static const char *const causes[] = {
	[PCSC_CAUSE_WRITE] = "write",
	[PCSC_CAUSE_SLOT_WRITE] = "slot-write",
	[PCSC_CAUSE_READ] = "read",
};

static const char *cause_of(const struct pcsc_event *e)
{
	return e->cause < ARRAY_SIZE(causes) ? causes[e->cause] : NULL;
}

static __u32 known(const struct pcsc_event *e)
{
	return e->kind < ARRAY_SIZE(kinds) && kinds[e->kind].name ? e->kind : 0;
}

static bool of_function(const struct pcsc_event *e)
{
	if (e->kind == PCSC_EVENT_FLUSHED)
		return !e->detail;
	return kinds[known(e)].of_function;
}

/* "0x03c", or "0x03c to 0x03d" */
static void print_bytes(const struct pcsc_event *e)
{
	printf("0x%03x", e->where);
	if (e->width > 1)
		printf(" to 0x%03x", e->where + e->width - 1);
}

static void print_demoted(const struct pcsc_event *e)
{
	const char *bytes = e->detail == 1 ? "byte" : "bytes";

	if (cause_of(e))
		print_bytes(e);
	switch (e->cause) {
	case PCSC_CAUSE_WRITE:
		printf(" written: ");
		break;
	case PCSC_CAUSE_SLOT_WRITE:
		printf(" of function 0 of this slot written: ");
		break;
	case PCSC_CAUSE_READ:
		printf(" read, and hardware answered another value than is cached: ");
		break;
	}
	printf("%u %s called const may have changed: not served any more",
	       e->detail, bytes);
}

static bool has_bytes(const struct pcsc_event *e)
{
	return kinds[known(e)].of_bytes &&
	       (e->kind != PCSC_EVENT_DEMOTED || cause_of(e));
}

static void print_detail(const struct pcsc_event *e)
{
	switch (e->kind) {
	case PCSC_EVENT_MODE:
		printf("the mode is %s", e->detail <= PCSC_MODE_ON ?
						 helper_modes[e->detail] :
						 "unknown");
		break;
	case PCSC_EVENT_PROFILE:
		printf("a profile was loaded, checksum %08x", e->detail);
		break;
	case PCSC_EVENT_MISMATCH:
		printf("0x%03x: %0*x in memory, %0*x in hardware: quarantined",
		       e->where, (int)e->width * 2, e->cached,
		       (int)e->width * 2, e->found);
		break;
	case PCSC_EVENT_ODD_VF:
		printf("0x%03x: %0*x in its siblings, %0*x in hardware: none of the PF's VFs is answered by its siblings any more",
		       e->where, (int)e->width * 2, e->cached,
		       (int)e->width * 2, e->found);
		break;
	case PCSC_EVENT_DEMOTED:
		print_demoted(e);
		break;
	case PCSC_EVENT_LEFT_OPEN:
		printf("a reset began more than 120 s ago and has not ended: the function is not served until it ends");
		break;
	case PCSC_EVENT_HOOKS_MISSING:
		printf("%u %s could not be placed: evidence is not served",
		       e->detail, pcsc_noun(e->detail, "hook", "hooks"));
		break;
	case PCSC_EVENT_FOREIGN_OPS:
		printf("%u %s operations that are left alone", e->detail,
		       pcsc_noun(e->detail, "bus has", "buses have"));
		break;
	case PCSC_EVENT_NO_ROOM:
		printf("there is no room for %u %s: not served", e->detail,
		       pcsc_noun(e->detail, "function", "functions"));
		break;
	case PCSC_EVENT_STOPPED:
		printf("a mismatch, and on_mismatch=off: nothing is served, and the mode goes off");
		break;
	case PCSC_EVENT_HOOKS_OFF:
		printf("the kernel's probes are %s: evidence is not served",
		       e->detail ? "switched off" : "on again");
		break;
	case PCSC_EVENT_FLUSHED:
		printf(e->detail ? "everything was forgotten, as asked" :
				   "it was forgotten, as asked");
		break;
	default:
		printf("kind %u, detail %u: this program is too old", e->kind,
		       e->detail);
	}
}

static void print_text(const struct pcsc_event *e)
{
	char bdf[PCSC_BDF_SIZE];

	printf("%" PRIu64 ".%06" PRIu64 " ", (uint64_t)e->time_ns / 1000000000,
	       (uint64_t)e->time_ns / 1000 % 1000000);
	if (of_function(e))
		printf("%s ",
		       pcsc_bdf_format(bdf, e->domain, e->bus, e->devfn));
	print_detail(e);
	putchar('\n');
}

static void print_json(const struct pcsc_event *e)
{
	struct pcsc_jsonw w = { .file = stdout };
	char bdf[PCSC_BDF_SIZE];

	pcsc_jsonw_object(&w, NULL);
	pcsc_jsonw_uint(&w, "seq", e->seq);
	pcsc_jsonw_uint(&w, "time_ns", e->time_ns);
	pcsc_jsonw_string(&w, "event",
			  known(e) ? kinds[e->kind].name : "unknown");
	if (of_function(e))
		pcsc_jsonw_string(
			&w, "address",
			pcsc_bdf_format(bdf, e->domain, e->bus, e->devfn));
	if (has_bytes(e)) {
		pcsc_jsonw_uint(&w, "offset", e->where);
		pcsc_jsonw_uint(&w, "width", e->width);
	}
	if (e->kind == PCSC_EVENT_MISMATCH || e->kind == PCSC_EVENT_ODD_VF) {
		pcsc_jsonw_uint(&w, "cached", e->cached);
		pcsc_jsonw_uint(&w, "found", e->found);
	} else {
		pcsc_jsonw_uint(&w, "detail", e->detail);
	}
	if (e->kind == PCSC_EVENT_DEMOTED && cause_of(e))
		pcsc_jsonw_string(&w, "cause", cause_of(e));
	pcsc_jsonw_end(&w);
}

static int print_events(const struct pcsc_event *e, size_t count, bool json,
			__u64 *next)
{
	for (; count--; e++) {
		/* A gap before the first event is not a loss of ours. */
		if (*next && e->seq > *next)
			pcsc_warn("%llu %s lost", e->seq - *next,
				  pcsc_noun(e->seq - *next, "event was",
					    "events were"));
		*next = e->seq + 1;
		if (json)
			print_json(e);
		else
			print_text(e);
	}
	return pcsc_flush_stdout();
}

int events_print(int fd, bool follow, bool json)
{
	struct pcsc_event events[AT_A_TIME];
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	__u64 next = 0;
	ssize_t n;
	int err;

	if (fcntl(fd, F_SETFL, O_NONBLOCK))
		return pcsc_fail(-errno, "%s: %s", PCSC_DEVICE,
				 strerror(errno));
	for (;;) {
		n = read(fd, events, sizeof(events));
		if (n > 0) {
			err = print_events(events, n / sizeof(*events), json,
					   &next);
			if (err)
				return err;
			continue;
		}
		if (n < 0 && errno != EAGAIN)
			return pcsc_fail(-errno, "%s: %s", PCSC_DEVICE,
					 strerror(errno));
		if (!follow)
			return 0;
		poll(&wait, 1, -1);
	}
}
