/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The coverage bar: how a process's present memory is mapped and backed, as cells of the map's own shapes. */
#ifndef UI_COVERAGE_H
#define UI_COVERAGE_H

#include "core/roster.h"
#include "core/symbol.h"
#include "ui/cells.h"

/*
 * In `width` columns: huge pages first, then what falls short of them, then small pages. What is there at all has a
 * cell, as long as there are cells enough, and no kind has all of them but one that is alone. A process of which
 * nothing is known gets a word: that it is not known yet, or why it cannot be. One that is older than the caller
 * holds for news is dim.
 */
void coverage_draw(const struct pane *pane, int row, int col, int width, const struct roster_row *process,
		   bool old);

/* Whether that is a bar, not a word. */
bool coverage_is_bar(const struct roster_row *process);

/* Whole THPs mapped by ptes and parts of them are one kind in a bar. */
#define COVERAGE_PTE_THP "pte-mapped THP, whole or in part"
#define COVERAGE_PTE_THP_BRIEF "pte-mapped THP or part"

/* Why nothing is known of a process, in a word: "denied", "not yet"; NULL if something is. */
const char *coverage_word(const struct roster_row *process);

#endif
