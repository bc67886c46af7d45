/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blocks for cells. */
#include "ui/map_big.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/marks.h"
#include "ui/theme.h"

#define LARGE_COLS 6 /* a column of them, and of the large ones a row, is between two */
#define LARGE_ROWS 3
#define SMALL_COLS 4
#define SMALL_ROWS 2
#define FILLED_ROWS 2

void map_big_build(struct screen *screen, const struct map_look *look, int rows)
{
	struct map_look big = *look;

	big.cell_cols = LARGE_COLS;
	big.cell_rows = LARGE_ROWS;
	map_layout_build(&screen->map.layout, &screen->scene, &big);
	if (screen->map.layout.n <= (size_t)(rows > 0 ? rows : 0))
		return;
	big.cell_cols = SMALL_COLS;
	big.cell_rows = SMALL_ROWS;
	map_layout_build(&screen->map.layout, &screen->scene, &big);
}

int map_big_col(const struct map_layout *layout, unsigned cell)
{
	return map_layout_margin(layout) + (int)(cell * layout->cell_cols);
}

int map_big_cols(const struct map_layout *layout)
{
	return layout->cell_cols > 1 ? (int)layout->cell_cols - 1 : 1;
}

int map_big_rows(const struct map_layout *layout)
{
	return layout->cell_rows > 1 ? FILLED_ROWS : 1;
}

unsigned map_big_cell(const struct map_layout *layout, int col)
{
	col -= map_layout_margin(layout);
	return col > 0 ? (unsigned)col / layout->cell_cols : 0;
}

void map_big_put(const struct pane *pane, int row, int col, const struct map_layout *layout,
		 enum symbol symbol, const struct region *region)
{
	const int cols = map_big_cols(layout), rows = map_big_rows(layout);
	char text[24] = {symbol_table[symbol].ascii, '\0'};
	int width;

	for (int down = 0; down < rows; down++)
		for (int right = 0; right < cols; right++)
			shape_put(pane, row + down, col + right, symbol);
	if (rows == 1 || symbol == SYMBOL_HOLE)
		return;
	if (region && region->present && region->mapcount.highest != UNKNOWN_COUNT)
		snprintf(text, sizeof(text), "%" PRId64, region->mapcount.highest);
	width = (int)strlen(text);
	if (width > SMALL_COLS - 1) {
		strcpy(text, "1k+");
		width = SMALL_COLS - 1;
	}
	if (cols > SMALL_COLS) /* a frame of blanks, that a digit is not lost among shapes */
		pane_fill(pane, row, col + 1, cols - 2, STYLE_STRONG, " ");
	pane_put(pane, row, col + (cols - width) / 2, STYLE_STRONG, text);
}
