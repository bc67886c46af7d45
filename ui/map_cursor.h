/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moving the map's cursor. Works on a laid-out map only (view_map's fit). */
#ifndef UI_MAP_CURSOR_H
#define UI_MAP_CURSOR_H

#include "ui/screen.h"

/* Puts a cursor that is nowhere on the first region; leaves it nowhere if there is nothing at all. */
void map_cursor_start(struct screen *screen);

/* Moves it by a command from COMMAND_UP to COMMAND_END. */
void map_cursor_move(struct screen *screen, enum command command);

/* Puts it on a cell of a line (the last one if it has not so many), and remembers the column. */
void map_cursor_stand(struct screen *screen, size_t line, unsigned cell);

/* Puts it on an address, of which the layout knows; what folds it away stays as it is. */
void map_cursor_put(struct screen *screen, pid_t pid, uint64_t addr);

/* The cell of its row that the cursor is on; 0 on a line that has no cells. The line must exist. */
unsigned map_cursor_cell(const struct screen *screen);

/* The addresses of that cell, or of its line if that has none (end 0: 2^64). */
void map_cursor_extent(const struct screen *screen, uint64_t *start, uint64_t *end);

/* Lines from the cursor's in a direction to the next on which it may stand; layout.n if there is none. */
size_t map_cursor_next_stop(const struct map_layout *layout, size_t line, bool down);

#endif
