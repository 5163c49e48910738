// SPDX-License-Identifier: GPL-2.0-only
#include "array.h"
#include "top/paint.h"
#include "top/view.h"

static const char *const help[] = {
	"pcsc-top: what the kernel helper answers from memory, function by function",
	"",
	"up, down, j, k     choose a function; Home: the first line again, whatever it is",
	"Enter              its registers; there m shows a map of its bytes; q, Esc: back",
	"/                  show only functions with that text: address, device, driver,",
	"                   state; Enter keeps it, Esc shows all again",
	"< >                sort by the column to the left or right; r reverses",
	"R H P W S          sort by reads, hits, hit rate (%), hardware reads, time saved",
	"T A C D N          sort by state, address, cached bytes, driver, device's name",
	"t                  counts of the last interval, or of all since the mode was off",
	"p, Space           stop and go on; read at once",
	"q, Ctrl-C          end",
	"",
	"avoided            hits: reads that no device had to answer; in shadow, reads",
	"                   that memory could have answered",
	"HW                 reads that hardware answered",
	"SAVED              an estimate: hits, by what a hit takes less than hardware",
	"CACHED             bytes in memory, of those that may be",
	"OWN                reads that the helper made for itself",
	"",
	"Any key goes back.",
};

void draw_help(struct view *v)
{
	(void)v;
	for (size_t i = 0; i < ARRAY_SIZE(help); i++)
		paint_line(i, help[i], i ? A_NORMAL : A_BOLD);
}
