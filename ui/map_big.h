/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cells for the back row: blocks of columns and rows, each with its highest mapcount inside, or its letter.
 *
 *	 7e0000000000 █ 1 █ ▞ 2 ▞
 *	              █████ ▞▞▞▞▞
 */
#ifndef UI_MAP_BIG_H
#define UI_MAP_BIG_H

#include "ui/screen.h"

/* Lays the map out in the larger of two sizes of cells if all of it fits into so many rows so, else in the smaller. */
void map_big_build(struct screen *screen, const struct map_look *look, int rows);

/* Where a cell of a row begins, and how many columns and rows of it are filled; 1 and 1 where cells are not big. */
int map_big_col(const struct map_layout *layout, unsigned cell);
int map_big_cols(const struct map_layout *layout);
int map_big_rows(const struct map_layout *layout);

/* The cell of a column of the pane, where the cells are. */
unsigned map_big_cell(const struct map_layout *layout, int col);

/* Draws one: its symbol, and inside what is known of the region that it shows; NULL: it holds nothing, or stands for several. */
void map_big_put(const struct pane *pane, int row, int col, const struct map_layout *layout,
		 enum symbol symbol, const struct region *region);

#endif
