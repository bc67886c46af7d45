/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which shapes are on the map is seen from the grid itself: nothing else knows what was scrolled out or zoomed. */
#include "ui/legend.h"

#include <stdio.h>

#include "ui/coverage.h"
#include "ui/marks.h"
#include "ui/theme.h"

/* Shorter than the help has them, so that most fit on one line. */
static const char *const words[SYMBOL_COUNT] = {
	[SYMBOL_HOLE] = "nothing",
	[SYMBOL_PMD_THP] = "pmd THP",
	[SYMBOL_PTE_THP] = "pte THP",
	[SYMBOL_PTE_PARTIAL] = "partial",
	[SYMBOL_MTHP] = "mTHP",
	[SYMBOL_SMALL] = "small",
	[SYMBOL_SPARSE] = "sparse",
	[SYMBOL_MIXED] = "mixture",
	[SYMBOL_PMD_TEAM] = "pmd team",
	[SYMBOL_PTE_TEAM] = "pte team",
	[SYMBOL_HUGETLB] = "hugetlb",
	[SYMBOL_ZERO] = "zero page",
	[SYMBOL_SWAP] = "swapped",
	[SYMBOL_PMD_UNKNOWN] = "pmd unknown",
	[SYMBOL_PTE_UNKNOWN] = "pte unknown",
	[SYMBOL_UNKNOWN] = "not known",
};

/* Returns the symbol under the cursor, SYMBOL_COUNT if there is none. */
static unsigned find_symbols(const struct pane *map, bool seen[SYMBOL_COUNT])
{
	unsigned here = SYMBOL_COUNT, symbol;
	const struct cell *cell;
	int row, col;

	for (row = 0; row < map->rows; row++) {
		for (col = 0; col < map->cols; col++) {
			cell = cells_at(map->cells, map->row + row, map->col + col);
			symbol = (unsigned)cell->style - STYLE_SYMBOL;
			if (cell->style == STYLE_TROUGH)
				seen[SYMBOL_SMALL] = true;
			if (cell->style < STYLE_SYMBOL || symbol >= SYMBOL_COUNT)
				continue;
			seen[symbol] = true;
			if (here == SYMBOL_COUNT && cell->mark & (MARK_CURSOR | MARK_QUIET_CURSOR))
				here = symbol;
		}
	}
	return here;
}

/* One symbol, if it fits before `end`; returns the column for the next. */
static int put(const struct pane *line, int col, int end, bool bars, enum symbol symbol)
{
	const char *word = bars ? coverage_label(symbol) : words[symbol];

	if (col + 2 + text_width(line->cells, word) > end)
		return col;
	(bars ? coverage_put : shape_put)(line, 0, col, symbol);
	return pane_put(line, 0, col + 2, STYLE_DIM, word) + 2;
}

/* What is under the map's cursor comes first, then what is there in the order of the help; a hole says least. */
void legend_draw(const struct pane *map, const struct pane *line, bool bars, const char *help)
{
	bool seen[SYMBOL_COUNT] = {0};
	unsigned here = find_symbols(map, seen), i;
	char more[64] = "";
	int col = 1, end;

	if (*help)
		snprintf(more, sizeof(more), "%.40s: all shapes", help);
	end = line->cols - 1 - text_width(line->cells, more);
	if (bars) /* the list's cursor is on a row */
		here = SYMBOL_COUNT;
	if (here < SYMBOL_COUNT)
		col = put(line, col, end - 1, bars, (enum symbol)here);
	for (i = 1; i <= SYMBOL_COUNT; i++)
		if (seen[i % SYMBOL_COUNT] && i % SYMBOL_COUNT != here)
			col = put(line, col, end - 1, bars, (enum symbol)(i % SYMBOL_COUNT));
	if (col > 1)
		pane_put(line, 0, end, STYLE_DIM, more);
}
