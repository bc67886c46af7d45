/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of the list of processes: headings, rows, the total. */
#ifndef UI_PROCESSES_DRAW_H
#define UI_PROCESSES_DRAW_H

#include "ui/cells.h"
#include "ui/processes.h"

/* Where the columns are at the state's width; those that do not fit are 0 wide. */
struct processes_columns {
	int at[COLUMN_COUNT], width[COLUMN_COUNT];
};
void processes_columns(const struct processes_state *state, struct processes_columns *columns);

/* The column whose heading is there; COLUMN_COUNT: none. */
enum processes_column processes_column_at(const struct processes_state *state, int col);

/* On the first line of a pane; of the n-th row shown; of all that are, with the key that tells why some are denied. */
void processes_draw_heads(const struct processes_state *state, const struct pane *pane);
void processes_draw_row(const struct processes_state *state, const struct pane *line, size_t n);
void processes_draw_total(const struct processes_state *state, const struct pane *line, const char *why);

#endif
