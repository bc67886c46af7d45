/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The screen from within: what its files share. */
#ifndef UI_SCREEN_PARTS_H
#define UI_SCREEN_PARTS_H

#include "ui/screen.h"

/* All views, by their id. */
extern const struct view *const screen_views[VIEW_COUNT];

/* The view that has the keys; whether one covers those that stand side by side. */
enum view_id screen_front(const struct screen *screen);
bool screen_covered(const struct screen *screen);

/* The pane behind (or before) the one that has the keys. */
enum view_id screen_next_pane(const struct screen *screen, bool down);

#endif
