/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shapes that the map shows just now, and their words, on one line. */
#ifndef UI_LEGEND_H
#define UI_LEGEND_H

#include "ui/cells.h"

/*
 * On the first row of `line`, of the cells that were drawn in `map`, in the order of the help, in its words or, where
 * those do not fit, in shorter ones. With `bars` they are those of the list's bars. `help`: the key that shows all, ""
 * if none.
 */
void legend_draw(const struct pane *map, const struct pane *line, bool bars, const char *help);

#endif
