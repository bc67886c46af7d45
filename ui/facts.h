/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of facts, "label  value  note", that gives way: what matters least is left out where there is little room. */
#ifndef UI_FACTS_H
#define UI_FACTS_H

#include "core/vma.h"
#include "ui/cells.h"

#define FACTS_MAX 32
#define FACTS_LABEL_COLS 10
#define FACTS_EXTRA 20 /* from this rank on: explanations, which only have what room is left */

struct fact {
	unsigned rank; /* 0: always; the higher, the sooner it is left out */
	int rows;
	uint8_t style;
	bool sentence;	   /* from the left edge, over several rows; without a label */
	const char *label; /* static */
	char text[256];
	char note[64];	       /* behind the text, dim, if all of it fits */
	const struct vma *vma; /* its permissions and name instead of a text */
};

/* Zero-initialise, with the pane that they are for. */
struct facts {
	const struct pane *pane;
	struct fact list[FACTS_MAX];
	unsigned n;
};

/* Adds a fact of one row and returns it, for more to be said of it. "unknown" gets a style of its own. */
struct fact *facts_add(struct facts *facts, unsigned rank, const char *label, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Adds a sentence. */
void facts_say(struct facts *facts, unsigned rank, uint8_t style, const char *text);

/* Rows that all below this rank would take. */
int facts_rows(const struct facts *facts, unsigned rank);

/* Draws from `row` on what fits into so many rows; returns how many it took. */
int facts_draw(struct facts *facts, int row, int rows);

#endif
