// SPDX-License-Identifier: GPL-2.0-only
#include "events.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bdf.h"
#include "event.h"
#include "jsonw.h"
#include "talk.h"

#define AT_A_TIME 64

static void print_text(const struct pcsc_event *e)
{
	char bdf[PCSC_BDF_SIZE];

	printf("%" PRIu64 ".%06" PRIu64 " ", (uint64_t)e->time_ns / 1000000000,
	       (uint64_t)e->time_ns / 1000 % 1000000);
	if (pcsc_event_has_function(e))
		printf("%s ",
		       pcsc_bdf_format(bdf, e->domain, e->bus, e->devfn));
	pcsc_event_print(stdout, e, PCSC_EVENT_WITH_VALUES);
	putchar('\n');
}

static void print_json(const struct pcsc_event *e)
{
	struct pcsc_jsonw w = { .file = stdout };
	char bdf[PCSC_BDF_SIZE];

	pcsc_jsonw_object(&w, NULL);
	pcsc_jsonw_uint(&w, "seq", e->seq);
	pcsc_jsonw_uint(&w, "time_ns", e->time_ns);
	pcsc_jsonw_string(&w, "event", pcsc_event_name(e));
	if (pcsc_event_has_function(e))
		pcsc_jsonw_string(
			&w, "address",
			pcsc_bdf_format(bdf, e->domain, e->bus, e->devfn));
	if (pcsc_event_has_bytes(e)) {
		pcsc_jsonw_uint(&w, "offset", e->where);
		pcsc_jsonw_uint(&w, "width", e->width);
	}
	if (pcsc_event_has_values(e)) {
		pcsc_jsonw_uint(&w, "cached", e->cached);
		pcsc_jsonw_uint(&w, "found", e->found);
	} else {
		pcsc_jsonw_uint(&w, "detail", e->detail);
	}
	if (pcsc_event_cause(e))
		pcsc_jsonw_string(&w, "cause", pcsc_event_cause(e));
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
