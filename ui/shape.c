/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Symbols by shape and style. */
#include "ui/shape.h"

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
