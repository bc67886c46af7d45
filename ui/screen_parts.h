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

/* What is said of a lost link where something is asked of it; whether a command of a view would ask. */
#define SCREEN_LOST "The link is lost: quit and start again."
bool screen_asks_far(const struct view *view, enum command command);

/* What is said of a recording where something is done to it, or asked of the kernel. */
#define SCREEN_RECORDED "This is a recording: it can be looked at, and no more."

/* The pane behind (or before) the one that has the keys. */
enum view_id screen_next_pane(const struct screen *screen, bool down);

#endif
