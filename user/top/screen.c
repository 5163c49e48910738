// SPDX-License-Identifier: GPL-2.0-only
#include "screen.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "talk.h"
#include "top/ending.h"
#include "top/paint.h"
#include "top/view.h"

void draw(struct view *v)
{
	paint_begin();
	switch (v->page) {
	case PAGE_LIST:
		draw_list(v);
		break;
	case PAGE_BYTES:
		draw_bytes(v);
		break;
	case PAGE_HELP:
		draw_help(v);
		break;
	}
	curs_set(v->typing);
	paint_end();
	refresh();
}

static void begin(struct view *v)
{
	const char *no_color = getenv("NO_COLOR");

	setlocale(LC_CTYPE, "");
	v->utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	initscr();
	/* A key that begins with Esc comes at once, so that Esc alone need not wait. */
	set_escdelay(25);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, true);
	paint_start(!no_color || !*no_color);
}

/* A terminal that is gone has no keys any more, and would be asked again and again. */
static bool is_gone(void)
{
	struct pollfd in = { .fd = STDIN_FILENO };

	return poll(&in, 1, 0) > 0 &&
	       in.revents & (POLLHUP | POLLERR | POLLNVAL);
}

static int take(struct source *s, struct view *v)
{
	_cleanup_(reading_free) struct reading r;
	int err;

	source_read(s, v->page == PAGE_BYTES ? &v->of : NULL, &r);
	if (v->ask) {
		v->ask = false;
		model_take_space(v->model, &r);
		return 0;
	}
	err = model_take(v->model, &r);
	if (!err)
		view_renew(v);
	return err;
}

/* Milliseconds until @at; while nothing is to be read, as long as there is no key. */
static int wait_ms(const struct view *v, double at)
{
	const double ms = (at - source_now()) * 1000;

	if (v->paused)
		return 1000;
	return ms > 0 ? (int)ms + 1 : 0;
}

static int loop(struct source *s, struct view *v, uint32_t count)
{
	double next = source_now() + v->interval;
	int err = 0, key;

	while (!err && !v->quit && !ending()) {
		draw(v);
		timeout(wait_ms(v, next));
		key = getch();
		if (key != ERR)
			view_key(v, key);
		else if (is_gone())
			return 0;
		if (v->ask)
			take(s, v);
		if (!v->renew && (v->paused || source_now() < next))
			continue;
		v->renew = false;
		err = take(s, v);
		/* No more readings than can be shown, however long one has taken. */
		next = source_now() + v->interval;
		if (count && !--count)
			break;
	}
	return err;
}

int screen_run(struct source *s, struct model *m, struct table *t,
	       double interval, uint32_t count)
{
	_cleanup_free_ struct view *v = calloc(1, sizeof(*v));
	int err;

	if (!v)
		return pcsc_fail(-ENOMEM, "out of memory");
	v->model = m;
	v->table = t;
	v->interval = interval;
	v->dir = s->dir;
	view_renew(v);
	begin(v);
	err = loop(s, v, count);
	endwin();
	return err ? pcsc_fail(err, "out of memory") : 0;
}
