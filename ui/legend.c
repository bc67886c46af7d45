/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which shapes are on the map is seen from the grid itself: nothing else knows what was scrolled out or zoomed. */
#include "ui/legend.h"

#include "ui/coverage.h"
#include "ui/marks.h"
#include "ui/theme.h"

static void find_symbols(const struct pane *map, bool seen[SYMBOL_COUNT])
{
	int row, col;

	for (row = 0; row < map->rows; row++) {
		for (col = 0; col < map->cols; col++) {
			uint8_t style = cells_at(map->cells, map->row + row, map->col + col)->style;

			if (style >= STYLE_SYMBOL && style < STYLE_SYMBOL + SYMBOL_COUNT)
				seen[style - STYLE_SYMBOL] = true;
			else if (style == STYLE_TROUGH)
				seen[SYMBOL_SMALL] = true;
		}
	}
}

/* What is there comes first, in the order of the help; a hole says least. */
void legend_draw(const struct pane *map, const struct pane *line, bool bars)
{
	static const char more[] = "? all";
	int col = 1, end = line->cols - (int)sizeof(more), width;
	bool seen[SYMBOL_COUNT] = {0};
	unsigned i;

	find_symbols(map, seen);
	for (i = 1; i <= SYMBOL_COUNT; i++) {
		const enum symbol symbol = (enum symbol)(i % SYMBOL_COUNT);
		const char *label = bars ? coverage_label(symbol) : symbol_table[symbol].label;

		width = 2 + text_width(line->cells, label);
		if (!seen[symbol] || col + width > end)
			continue;
		if (bars)
			coverage_put(line, 0, col, symbol);
		else
			shape_put(line, 0, col, symbol);
		col = pane_put(line, 0, col + 2, STYLE_DIM, label) + 2;
	}
	if (col > 1)
		pane_put(line, 0, end, STYLE_DIM, more);
}
