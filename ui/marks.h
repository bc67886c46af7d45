/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What several views draw alike: a map's symbol in a cell, a VMA's name. */
#ifndef UI_MARKS_H
#define UI_MARKS_H

#include "core/symbol.h"
#include "core/vma.h"
#include "ui/cells.h"

/* Puts a symbol's glyph, or its letter where there is only ASCII, in its style; returns the column behind it. */
int shape_put(const struct pane *pane, int row, int col, enum symbol symbol);

/* The letter, whatever the locale. */
int shape_put_letter(const struct pane *pane, int row, int col, enum symbol symbol);

/*
 * What stands under a cursor, over the symbol that is there already: its letter, where the cursor's ground would not be
 * seen. That is below shapes that fill half a cell or more; and below all where there are few colours or none, since a
 * shade in reverse is another shade. What is not that symbol, as the sign of a flash, stays.
 */
void shape_put_under(const struct pane *pane, int row, int col, enum symbol symbol);

/*
 * A VMA's name in at most `width` columns: the end of a path, which tells most; of memory without a name its kind.
 * " (deleted)" follows where there is room for both. Returns the column behind it.
 */
int vma_name_put(const struct pane *pane, int row, int col, int width, const struct vma *vma);

#endif
