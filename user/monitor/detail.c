// SPDX-License-Identifier: GPL-2.0-only
#include "monitor/detail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include "bdf.h"
#include "cleanup.h"
#include "monitor/clock.h"
#include "monitor/key.h"
#include "monitor/reader.h"
#include "monitor/said.h"
#include "monitor/space.h"
#include "talk.h"

#define LOOKED_MS 5000 /* so long after a question somebody still looks */
#define SLOW_MS 5000
#define FAST_MS 500

struct detail {
	int reader, timer, epoll;
	bool asked; /* and not answered yet */
	uint64_t looked_ms; /* 0: nobody has looked yet */
	unsigned int every_ms;
	char *in; /* a sample of which not all has come yet */
	size_t got, room;
	struct said said;
	struct spaces spaces;
	struct key key;
};

static void ask(struct detail *d)
{
	const uint64_t now = now_ms();
	const bool all = now - d->looked_ms < LOOKED_MS || !d->said.text;
	struct sample_ask what = { .functions = all };

	if (d->asked || d->reader < 0)
		return;
	spaces_ask(&d->spaces, &what, now - LOOKED_MS);
	d->asked = write(d->reader, &what, sizeof(what)) == sizeof(what);
}

static void set_timer(struct detail *d, unsigned int ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000L };
	const struct itimerspec every = { t, t };

	if (ms == d->every_ms)
		return;
	d->every_ms = ms;
	timerfd_settime(d->timer, 0, &every, NULL);
}

bool detail_opens(struct detail *d, bool trusted, const char *authorization)
{
	if (!d || !(trusted || key_opens(&d->key, authorization)))
		return false;
	if (now_ms() - d->looked_ms >= LOOKED_MS)
		d->said.since_ms = now_ms();
	d->looked_ms = now_ms();
	if (d->every_ms != FAST_MS)
		ask(d);
	set_timer(d, FAST_MS);
	return true;
}

static void tick(struct detail *d)
{
	uint64_t ticks;

	if (read(d->timer, &ticks, sizeof(ticks)) != sizeof(ticks))
		return;
	if (now_ms() - d->looked_ms >= LOOKED_MS)
		set_timer(d, SLOW_MS);
	ask(d);
}

/* How many bytes the sample has, as far as can be said; 0: this is none. */
static size_t wanted(const struct detail *d)
{
	if (d->got < sizeof(struct sample_head))
		return sizeof(struct sample_head);
	return sample_size((const void *)d->in);
}

static bool make_room(struct detail *d, size_t size)
{
	char *in;

	if (size <= d->room)
		return true;
	in = realloc(d->in, size);
	if (!in)
		return false;
	d->in = in;
	d->room = size;
	return true;
}

/* It has ended, or says what nobody understands: its last words hold no longer. */
static void give_up(struct detail *d)
{
	pcsc_warn(
		"the process that reads functions' state has ended: restart pcsc-monitor to see them again");
	d->said.err = -EPIPE;
	pcsc_closep(&d->reader);
	d->reader = -1;
}

static void finish(struct detail *d)
{
	const struct sample_head *h = (const void *)d->in;

	if (h->err)
		spaces_forget(&d->spaces);
	else
		spaces_take(&d->spaces, said_spaces(h), h->nr_spaces, now_ms());
	said_take(&d->said, TAKE_PTR(d->in));
	d->got = d->room = 0;
	d->asked = false;
}

static void hear(struct detail *d)
{
	ssize_t n;

	while (d->reader >= 0) {
		const size_t size = wanted(d);

		if (!size || !make_room(d, size)) {
			give_up(d);
			return;
		}
		if (d->got == size) {
			finish(d);
			continue;
		}
		n = read(d->reader, d->in + d->got, size - d->got);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0)
			give_up(d);
		else
			d->got += n;
	}
}

void detail_run(struct detail *d)
{
	tick(d);
	hear(d);
}

int detail_fd(const struct detail *d)
{
	return d ? d->epoll : -1;
}

static int wait_for(struct detail *d, int fd)
{
	struct epoll_event e = { .events = EPOLLIN };

	return epoll_ctl(d->epoll, EPOLL_CTL_ADD, fd, &e);
}

int detail_start(struct detail **out, const char *file)
{
	struct detail *d = calloc(1, sizeof(*d));

	if (!d)
		return pcsc_fail(-ENOMEM, "out of memory");
	*out = d;
	d->timer = d->epoll = -1;
	d->reader = reader_start(file);
	if (d->reader < 0)
		return d->reader;
	d->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	d->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (d->timer < 0 || d->epoll < 0 || wait_for(d, d->timer) ||
	    wait_for(d, d->reader))
		return pcsc_fail(-errno, "cannot wait: %s", strerror(errno));
	set_timer(d, SLOW_MS);
	ask(d);
	return 0;
}

int detail_lock(struct detail *d, const char *path)
{
	int err = key_make(&d->key);

	if (!err)
		err = key_write(&d->key, path);
	if (err)
		d->key.text[0] = '\0';
	return err;
}

const char *detail_key(const struct detail *d)
{
	return d->key.text;
}

void detail_stop(struct detail *d)
{
	if (!d)
		return;
	pcsc_closep(&d->epoll);
	pcsc_closep(&d->timer);
	pcsc_closep(&d->reader);
	said_free(&d->said);
	free(d->in);
	free(d);
}

void detail_functions(FILE *out, struct detail *d, const struct question *q)
{
	(void)q;
	said_functions(out, &d->said);
}

void detail_events(FILE *out, struct detail *d, const struct question *q)
{
	said_events(out, &d->said, q->after);
}

void detail_handover(FILE *out, struct detail *d, const struct question *q)
{
	(void)q;
	said_handover(out, &d->said);
}

void detail_function(FILE *out, struct detail *d, const struct question *q)
{
	struct pcsc_jsonw w = { .file = out, .compact = true };
	struct sample_address of = { 0 };
	unsigned int slot;

	if (!said_begin(&w, &d->said)) {
		pcsc_jsonw_end(&w);
		return;
	}
	if (!q->address ||
	    pcsc_bdf_parse(q->address, &of.domain, &of.bus, &of.devfn)) {
		pcsc_jsonw_bool(&w, "known", false);
		pcsc_jsonw_string(
			&w, "reason",
			"ask with ?address= of a function, as 0000:01:00.0");
	} else {
		slot = spaces_look(&d->spaces, &of, now_ms(),
				   now_ms() - LOOKED_MS);
		space_json(&d->spaces, slot, &w, now_ms());
		ask(d);
	}
	pcsc_jsonw_end(&w);
}
