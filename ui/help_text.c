/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the help tells besides keys. */
#include "ui/help_text.h"

#include "ui/theme.h"

const struct help_word help_mouse[] = {
	{"click", "the cursor goes there, and the keys are that pane's"},
	{"double click", "opens what is there, as Enter does; on the list that process, whatever is tagged"},
	{"wheel", "scrolls what is below the pointer"},
	{"on a heading", "of the list: sort by it; again: the other way round"},
	{"on a key", "of the bottom line: as if it were pressed"},
	{"beside the map", "on another process, or on all in small: the cursor goes to that place"},
	{"with Shift", "the terminal selects text, as ever"},
	{NULL, NULL},
};

const struct help_sign help_signs[] = {
	{"1", STYLE_PAGE_ONCE, "mapped once (0: a page that is not counted, as the zero page)"},
	{"2", STYLE_PAGE_TWICE, "mapped twice"},
	{"3", STYLE_PAGE_FEW, "3 to 9 times"},
	{"+", STYLE_PAGE_MANY, "10 times and more"},
	{"?", STYLE_PAGE_UNKNOWN, "present, mapcount not known"},
	{"·", STYLE_PAGE_NONE, "nothing mapped"},
	{"s", STYLE_PAGE_ABSENT, "swapped out"},
	{"g", STYLE_PAGE_ABSENT, "guard marker"},
	{"m", STYLE_PAGE_ABSENT, "migrating, or another marker"},
	{" ", STYLE_PAGE_NONE, "(blank) outside of the mapping: the region is a fragment"},
	{NULL, 0, NULL},
};

const struct help_sign help_marks[] = {
	{"◆", STYLE_WARN, "in place of a cell: it changed a moment ago"},
	{"#", STYLE_TEXT, "a letter among cells: the cell under the cursor, in its ASCII form"},
	{"(", STYLE_DIM, "before or behind a row: the mapping begins or ends inside of a region"},
	{"▸", STYLE_DIM, "a line that stands for several; Enter opens it"},
	{NULL, 0, NULL},
};
