/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bars out of block characters, or of what ASCII has for them. */
#include "ui/sparkline.h"

#include "ui/theme.h"

#define DIGITS 9

static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const heaps[] = {"_", "-", "=", "#"}; /* of a bar of several rows, in ASCII */

#define COUNT_OF(table) (int)(sizeof(table) / sizeof((table)[0]))

/* Rounded up: the least there is has its step. */
static int level(uint64_t value, uint64_t highest, int levels)
{
	const double share = (double)value / (double)highest * levels;
	const int whole = (int)share;

	return whole >= levels ? levels : share > whole || !whole ? whole + 1 : whole;
}

static void put_bar(const struct pane *pane, int row, int col, int rows, uint8_t style, uint64_t value,
		    uint64_t highest)
{
	const bool ascii = pane->cells->ascii;
	const char *const *steps = ascii ? heaps : blocks;
	const int n = ascii ? COUNT_OF(heaps) : COUNT_OF(blocks);
	const int full = level(value, highest, rows * n);
	int at, left;

	for (at = 0; at < rows; at++) {
		left = full - at * n;
		if (left > 0)
			pane_put(pane, row + rows - 1 - at, col, style, steps[left < n ? left - 1 : n - 1]);
	}
}

void sparkline_draw(const struct pane *pane, int row, int col, int rows, uint8_t style,
		    const struct spark *sparks, int n, uint64_t highest)
{
	int i;

	for (i = 0; i < n; i++) {
		if (!sparks[i].known)
			continue;
		if (!sparks[i].value || !highest)
			pane_put(pane, row + rows - 1, col + i, STYLE_DIM, "·");
		else if (rows == 1 && pane->cells->ascii)
			pane_printf(pane, row, col + i, style, "%d", level(sparks[i].value, highest, DIGITS));
		else
			put_bar(pane, row, col + i, rows, style, sparks[i].value, highest);
	}
}
