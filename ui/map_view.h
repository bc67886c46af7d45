/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the map's view share: laying it out anew, folding, the cursor's place, messages. */
#ifndef UI_MAP_VIEW_H
#define UI_MAP_VIEW_H

#include "ui/screen.h"

/* Lays the map out if anything changed since, and scrolls to the cursor, which stays on its address. */
void map_fit(struct screen *screen);

/* Sees that the cursor is in what is shown. */
void map_scroll(struct map_state *map);

/* Whether lines above the first row say how the map is shown (zoomed, filtered): how many. */
int map_info_rows(const struct map_state *map);

/* Whether the last row of its pane is empty. */
bool map_leaves_row(const struct map_state *map);

/* Opens or closes what the cursor's line stands for (map_line_folds). */
void map_toggle(struct screen *screen);

/* Puts the cursor on an address and opens what folds it away. */
void map_show(struct screen *screen, pid_t pid, uint64_t addr);

/* Shows only what this text matches; "" shows all. */
void map_filter(struct screen *screen, const char *text);

/* Says so when smaps has answered what was asked for. Takes a scene that is not laid out yet. */
void map_answered(struct screen *screen);

/* A message on the bottom line until the next key. */
void map_say(struct screen *screen, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
