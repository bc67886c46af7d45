/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The glossary on the screen: the words that stood on it come first. Pure. */
#ifndef UI_GLOSSARY_H
#define UI_GLOSSARY_H

#include "core/glossary.h"
#include "ui/cells.h"
#include "ui/prompt.h"
#include "ui/scroll.h"

#define GLOSSARY_MAX 160

/* Zero-initialised it is closed. */
struct glossary_state {
	bool open;
	bool fresh;			/* opened, and what stood on the screen was not looked through yet */
	bool detail;			/* all of the cursor's term, instead of the list */
	bool here[GLOSSARY_MAX];	/* by its place in the table: it stood on the screen */
	char filter_text[PROMPT_BYTES]; /* only terms that this fits; "": all */
	size_t cursor;			/* in the list, of those that are shown */
	struct scroll scroll;
	int line, line_end; /* rows of the cursor's entry, when last laid out */
};

struct screen;

/* Opens it, or closes it. */
void glossary_toggle(struct screen *screen);

/* Esc and q: from a term to the list, from what was searched to all, and away. */
void glossary_back(struct screen *screen);

/* Notes which terms stand on a grid, which shows the screen without the glossary. */
void glossary_look(struct screen *screen, const struct cells *cells);

/* The list: the nth term that is shown, those that stood on the screen first; NULL: there are not so many. */
const struct glossary_term *glossary_at(const struct screen *screen, size_t nth);

#endif
