// SPDX-License-Identifier: GPL-2.0-only
/* Apart, since term.h makes macros of common words. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "top/terminal.h"

#include <curses.h>
#include <term.h>

const char *terminal_unfit(void)
{
	const char *term = getenv("TERM");
	int err;

	if (!isatty(STDIN_FILENO))
		return "standard input is not a terminal";
	if (!isatty(STDOUT_FILENO))
		return "standard output is not a terminal";
	if (!term || !*term || !strcmp(term, "dumb"))
		return "the terminal cannot move its cursor (TERM)";
	if (setupterm(NULL, STDOUT_FILENO, &err))
		return "nothing is known of a terminal of this name (TERM)";
	return cursor_address ? NULL : "the terminal cannot move its cursor";
}
