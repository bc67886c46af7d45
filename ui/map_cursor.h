/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moving the map's cursor. Works on a laid-out map only (view_map's fit). */
#ifndef UI_MAP_CURSOR_H
#define UI_MAP_CURSOR_H

#include "ui/screen.h"

/* Puts a cursor that is nowhere on the first region; leaves it nowhere if there is nothing at all. */
void map_cursor_start(struct screen *screen);

/* Moves it by a command from COMMAND_UP to COMMAND_NEXT. */
void map_cursor_move(struct screen *screen, enum command command);

/* The cell of its row that the cursor is on; 0 on a line that has no cells. The line must exist. */
unsigned map_cursor_cell(const struct screen *screen);

#endif
