/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of the map that are words: headings, folds, and how the map is shown. */
#ifndef UI_MAP_TEXT_H
#define UI_MAP_TEXT_H

#include "ui/screen.h"

#define MAP_INDENT 1 /* columns from the pane's left edge, as the header has it */

/* Any line but LINE_BLANK and LINE_CELLS, on a row of the pane. */
void map_text_line(const struct screen *screen, const struct pane *pane, int row,
		   const struct map_line *line);

/* The headings of a process and of a mapping by themselves. */
void map_text_process(const struct pane *pane, int row, const struct shown *shown);
void map_text_vma(const struct screen *screen, const struct pane *pane, int row, const struct shown *shown,
		  const struct vma *vma);

/* Over a cell's shape, if anything in [start, end) changed: the sign for a while, then its own shape, marked. */
void map_text_flash(const struct screen *screen, const struct pane *pane, int row, int col,
		    const struct shown *shown, uint64_t start, uint64_t end);

/* What a cell stands for and which filter is in force, on row 0 (if map_info_rows says so). */
void map_text_info(const struct screen *screen, const struct pane *pane);

/* The column of the shape on a line of rows alike. */
int map_text_shape(const struct screen *screen);

#endif
