/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A map's symbol in a cell. */
#ifndef UI_SHAPE_H
#define UI_SHAPE_H

#include "core/symbol.h"
#include "ui/cells.h"

/* Puts a symbol's glyph, or its letter where there is only ASCII, in its style; returns the column behind it. */
int shape_put(const struct pane *pane, int row, int col, enum symbol symbol);

/* The letter, whatever the locale: how the cursor shows a cell. */
int shape_put_letter(const struct pane *pane, int row, int col, enum symbol symbol);

#endif
