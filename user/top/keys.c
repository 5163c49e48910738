// SPDX-License-Identifier: GPL-2.0-only
/* What keys do. */
#include <curses.h>
#include <string.h>

#include "top/view.h"

#define ESC 27
#define CTRL(c) ((c)&0x1f)

static void choose(struct view *v, uint32_t line)
{
	const uint32_t nr = v->table->nr;

	v->bar = !nr ? 0 : line < nr ? line : nr - 1;
	if (nr)
		v->chosen = row_address(table_row(v->table, v->model, v->bar));
}

void view_renew(struct view *v)
{
	uint32_t line = 0;

	/* Without memory there are no lines this time. */
	table_make(v->table, v->model);
	if (v->moved)
		line = table_find(v->table, v->model, v->chosen);
	/* It is not shown any more: the bar stays where it was. */
	if (line == v->table->nr)
		line = v->bar;
	choose(v, line);
}

static void sort_by(struct view *v, enum column c)
{
	struct order *o = &v->table->order;

	if (column_of(c, false) != column_of(c, true))
		o->all = c == column_of(c, true);
	o->by = column_of(c, false);
	o->reverse = false;
	view_renew(v);
}

static void sort_beside(struct view *v, int step)
{
	const struct order *o = &v->table->order;
	const enum column by = column_of(o->by, o->all);
	int at = 0;

	for (unsigned int i = 0; i < v->layout.nr; i++)
		if (v->layout.of[i].column == by)
			at = i;
	at += step;
	if (at >= 0 && at < (int)v->layout.nr)
		sort_by(v, v->layout.of[at].column);
}

static void sort_by_key(struct view *v, int key)
{
	const enum column c = column_by_key(key);

	if (c != COLUMNS)
		sort_by(v, column_of(c, v->table->order.all));
}

/* ---- the list ---- */

static void move_bar(struct view *v, int64_t by)
{
	const int64_t line = (int64_t)v->bar + by;

	v->moved = true;
	choose(v, line < 0 ? 0 : line);
}

static void open_function(struct view *v)
{
	if (!v->table->nr)
		return;
	v->of = row_place(table_row(v->table, v->model, v->bar));
	v->moved = true;
	v->model->has_space = false;
	v->line = 0;
	v->page = PAGE_BYTES;
	v->ask = true;
}

static void show_all(struct view *v)
{
	v->table->filter.text[0] = '\0';
	view_renew(v);
}

static bool key_moves(struct view *v, int key)
{
	const int page = v->room > 1 ? v->room - 1 : 1;

	switch (key) {
	case KEY_UP:
	case 'k':
		move_bar(v, -1);
		return true;
	case KEY_DOWN:
	case 'j':
		move_bar(v, 1);
		return true;
	case KEY_PPAGE:
	case CTRL('b'):
		move_bar(v, -page);
		return true;
	case KEY_NPAGE:
	case CTRL('f'):
		move_bar(v, page);
		return true;
	case KEY_END:
	case 'G':
		move_bar(v, v->table->nr);
		return true;
	case KEY_HOME:
	case 'g':
		v->moved = false;
		v->first = 0;
		choose(v, 0);
		return true;
	}
	return false;
}

static void key_list(struct view *v, int key)
{
	if (key_moves(v, key))
		return;
	switch (key) {
	case 'q':
		v->quit = true;
		break;
	case '\n':
	case '\r':
	case KEY_ENTER:
		open_function(v);
		break;
	case '/':
		v->typing = true;
		memcpy(v->before, v->table->filter.text, sizeof(v->before));
		break;
	case ESC:
		show_all(v);
		break;
	case '<':
	case ',':
		sort_beside(v, -1);
		break;
	case '>':
	case '.':
		sort_beside(v, 1);
		break;
	case 'r':
		v->table->order.reverse ^= true;
		view_renew(v);
		break;
	case 't':
		v->table->order.all ^= true;
		view_renew(v);
		break;
	default:
		sort_by_key(v, key);
	}
}

static void key_typing(struct view *v, int key)
{
	char *text = v->table->filter.text;
	const size_t n = strlen(text);

	switch (key) {
	case '\n':
	case '\r':
	case KEY_ENTER:
		v->typing = false;
		return;
	case ESC:
		v->typing = false;
		memcpy(text, v->before, sizeof(v->before));
		break;
	case KEY_BACKSPACE:
	case 0x7f:
	case '\b':
		text[n ? n - 1 : 0] = '\0';
		break;
	case CTRL('u'):
		text[0] = '\0';
		break;
	default:
		if (key < ' ' || key > 0xff || n + 1 == TEXT_SIZE)
			return;
		text[n] = key;
		text[n + 1] = '\0';
	}
	view_renew(v);
}

/* ---- one function ---- */

static void scroll_by(struct view *v, int64_t by)
{
	const int64_t most = (int64_t)v->lines - v->page_lines;
	int64_t line = (int64_t)v->line + by;

	line = line > most ? most : line;
	v->line = line > 0 ? line : 0;
}

static void key_bytes(struct view *v, int key)
{
	switch (key) {
	case 'q':
	case ESC:
	case KEY_LEFT:
	case KEY_BACKSPACE:
		v->page = PAGE_LIST;
		break;
	case 'm':
	case '\t':
		v->map ^= true;
		v->line = 0;
		break;
	case KEY_UP:
	case 'k':
		scroll_by(v, -1);
		break;
	case KEY_DOWN:
	case 'j':
		scroll_by(v, 1);
		break;
	case KEY_PPAGE:
	case CTRL('b'):
		scroll_by(v, -(int64_t)v->page_lines);
		break;
	case KEY_NPAGE:
	case CTRL('f'):
		scroll_by(v, v->page_lines);
		break;
	case KEY_HOME:
	case 'g':
		v->line = 0;
		break;
	case KEY_END:
	case 'G':
		scroll_by(v, v->lines);
		break;
	}
}

/* Keys of every page. */
static bool key_anywhere(struct view *v, int key)
{
	switch (key) {
	case '?':
	case 'h':
	case KEY_F(1):
		v->back = v->page;
		v->page = PAGE_HELP;
		return true;
	case 'p':
		v->paused ^= true;
		v->renew = !v->paused;
		return true;
	case ' ':
		v->renew = true;
		return true;
	case CTRL('l'):
		clearok(stdscr, true);
		return true;
	}
	return false;
}

void view_key(struct view *v, int key)
{
	if (key == KEY_RESIZE)
		return;
	if (v->typing)
		key_typing(v, key);
	else if (v->page == PAGE_HELP)
		v->page = v->back;
	else if (key_anywhere(v, key))
		return;
	else if (v->page == PAGE_BYTES)
		key_bytes(v, key);
	else
		key_list(v, key);
}
