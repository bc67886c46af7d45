/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the region pane says in words. */
#ifndef UI_REGION_TEXT_H
#define UI_REGION_TEXT_H

#include "ui/region_subject.h"

/*
 * The facts of one region from row 0 on, in at most `rows` (what matters least is left out; 2 or 3 rows are written
 * tightly). What is not known is called so, with the sentence that says why. Returns how many rows it took.
 */
int region_text_draw(const struct pane *pane, const struct subject *subject, int rows);

/* The same for a line of the map that is not one region. */
void region_text_other(const struct pane *pane, const struct spot *spot);

#endif
