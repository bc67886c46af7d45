/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Symbols by shape and style, names by their end. */
#include "ui/marks.h"

#include <string.h>

#include "core/buf.h"
#include "ui/theme.h"

int shape_put_letter(const struct pane *pane, int row, int col, enum symbol symbol)
{
	const char letter[2] = {symbol_table[symbol].ascii, '\0'};

	return pane_put(pane, row, col, (uint8_t)(STYLE_SYMBOL + symbol), letter);
}

int shape_put(const struct pane *pane, int row, int col, enum symbol symbol)
{
	if (pane->cells->ascii)
		return shape_put_letter(pane, row, col, symbol);
	return pane_put(pane, row, col, (uint8_t)(STYLE_SYMBOL + symbol), symbol_table[symbol].glyph);
}

/* Whether its shape fills half of a cell or more. */
static bool is_dense(enum symbol symbol)
{
	return symbol == SYMBOL_PMD_THP || symbol == SYMBOL_PMD_UNKNOWN || symbol == SYMBOL_PTE_THP ||
	       symbol == SYMBOL_PTE_PARTIAL || symbol == SYMBOL_MTHP || symbol == SYMBOL_MIXED;
}

void shape_put_under(const struct pane *pane, int row, int col, enum symbol symbol)
{
	if (row < 0 || row >= pane->rows || col < 0 || col >= pane->cols ||
	    cells_at(pane->cells, pane->row + row, pane->col + col)->style != STYLE_SYMBOL + symbol)
		return;
	if (pane->cells->plain || is_dense(symbol))
		shape_put_letter(pane, row, col, symbol);
}

int vma_name_put(const struct pane *pane, int row, int col, int width, const struct vma *vma)
{
	static const char deleted[] = " (deleted)";
	int suffix = vma->deleted ? (int)strlen(deleted) : 0;
	struct buf name = {0};

	if (!*vma->name)
		return pane_put_head(pane, row, col, width, STYLE_DIM, vma_kind_name(vma->kind));
	buf_add(&name, vma->name, strlen(vma->name) - (size_t)suffix);
	if (text_width(pane->cells, name.data) + suffix > width && suffix * 2 > width)
		suffix = 0;
	col = pane_put_tail(pane, row, col, width - suffix, STYLE_TEXT, name.data);
	if (suffix)
		col = pane_put_head(pane, row, col, suffix, STYLE_DIM, deleted);
	buf_fini(&name);
	return col;
}
