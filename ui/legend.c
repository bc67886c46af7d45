/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which shapes are on the map is seen from the grid itself: nothing else knows what was scrolled out or zoomed. */
#include "ui/legend.h"

#include <stdio.h>

#include "ui/coverage.h"
#include "ui/marks.h"
#include "ui/theme.h"

/* Shorter than the help has them, for where those do not all fit on the line. */
static const char *const words[SYMBOL_COUNT] = {
	[SYMBOL_HOLE] = "nothing",
	[SYMBOL_PMD_THP] = "pmd-mapped THP",
	[SYMBOL_PTE_THP] = "pte-mapped THP",
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

static void find_symbols(const struct pane *map, bool seen[SYMBOL_COUNT])
{
	unsigned symbol;
	int row, col;

	for (row = 0; row < map->rows; row++) {
		for (col = 0; col < map->cols; col++) {
			symbol = (unsigned)cells_at(map->cells, map->row + row, map->col + col)->style -
				 STYLE_SYMBOL;
			if (symbol < SYMBOL_COUNT)
				seen[symbol] = true;
		}
	}
}

static const char *word_of(bool bars, bool brief, enum symbol symbol)
{
	if (bars && symbol == SYMBOL_PTE_THP)
		return brief ? COVERAGE_PTE_THP_BRIEF : COVERAGE_PTE_THP;
	return brief ? words[symbol] : symbol_table[symbol].label;
}

/* Puts those that fit before `end`, in the order of the help, a hole last: it says least. Whether all did. */
static bool put_all(const struct pane *line, int end, bool bars, bool brief, const bool seen[SYMBOL_COUNT])
{
	bool all = true;
	int col = 1;
	unsigned i;

	for (i = 1; i <= SYMBOL_COUNT; i++) {
		const enum symbol symbol = (enum symbol)(i % SYMBOL_COUNT);
		const char *word = word_of(bars, brief, symbol);

		if (!seen[symbol])
			continue;
		if (col + 2 + text_width(line->cells, word) > end) {
			all = false;
			continue;
		}
		shape_put(line, 0, col, symbol);
		col = pane_put(line, 0, col + 2, STYLE_DIM, word) + 2;
	}
	return all;
}

void legend_draw(const struct pane *map, const struct pane *line, bool bars, const char *help)
{
	bool seen[SYMBOL_COUNT] = {0};
	char more[64] = "";
	int end;

	find_symbols(map, seen);
	if (*help)
		snprintf(more, sizeof(more), "%.40s: all shapes", help);
	end = line->cols - 1 - text_width(line->cells, more);
	if (!put_all(line, end - 2, bars, false, seen)) {
		pane_fill(line, 0, 0, end, STYLE_TEXT, " ");
		put_all(line, end - 2, bars, true, seen);
	}
	pane_put(line, 0, end, STYLE_DIM, more);
}
