/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a write to the subpage under the cursor would do: whose reuses it, whose copies it, under which rule. */
#ifndef UI_REGION_COW_H
#define UI_REGION_COW_H

#include "ui/region_subject.h"

/* Rows that it can take at most without the sentence. */
#define REGION_COW_ROWS 3

/*
 * Draws from `row` of the pane on, in at most `rows`: the process's own verdict with the rule, then other watched
 * processes that have the page. Returns how many rows it took; 0 where nothing is to be said.
 */
int region_cow_draw(const struct subject *subject, const struct pane *pane, int row, int rows);

/* The sentence for the process's own verdict; NULL: there is none. */
const char *region_cow_why(const struct subject *subject);

/* The verdict of a region whose subpages are not shown, on one line of at most `cols`; "" where there is none. */
void region_cow_line(const struct subject *subject, int cols, char *text, size_t size);

/* The rule after this one: the running kernel's (COW_ROW_COUNT), then all others, and around. */
enum cow_row region_cow_next(const struct subject *subject);

#endif
