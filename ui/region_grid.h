/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The subpages of a region as a grid, each with its mapcount. */
#ifndef UI_REGION_GRID_H
#define UI_REGION_GRID_H

#include "ui/region_subject.h"

#define GRID_COLS 32
#define GRID_ROWS 16
#define GRID_NUMBER 5 /* columns of the number of each row's first subpage, on its right */

/* Subpages in a row: a power of two, at most so many columns. */
uint32_t grid_cols(const struct subject *subject, int cols);

/* As many rows as the pane has, the cursor's among them; returns how many. */
int grid_draw(const struct subject *subject, const struct pane *pane, bool focused);

/* The first subpage that grid_draw shows in a pane of this size. */
uint32_t grid_first(const struct subject *subject, int rows, int cols);

#endif
