/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which caption (core/caption.h) stands on the screen: that of the last event, or of what a model or a lesson did last. */
#ifndef UI_CAPTIONS_H
#define UI_CAPTIONS_H

#include "core/caption.h"
#include "ui/cells.h"

/* Zero-initialise; captions_fini frees. */
struct captions_state {
	struct buf text; /* empty: nothing happened yet */
	bool by_hand;	 /* of a lesson: what a deed of the reader did, not the script */
	bool told;	 /* by an event: the next moment of a model shows the same */
	/* Of a lesson that went on: */
	struct moment *before; /* what was there then; NULL: nothing is awaited */
	bool pointed;	       /* the cursor was put on what changed */
};

struct screen;

void captions_fini(struct captions_state *captions);

/* Something happened. */
void captions_event(struct screen *screen, const struct occurrence *happened);

/* A moment was taken, and this was the newest one before; NULL: it is the first. */
void captions_moment(struct screen *screen, const struct moment *before);

/* The lesson is about to go on from what is on the screen; it stands at its next stop; it went back. */
void captions_lesson_goes(struct screen *screen);
void captions_lesson_stands(struct screen *screen, bool back);

/* The reader had a model's time go on or back. */
void captions_deed(struct screen *screen);

/* Appends the caption of an event, with the names of the processes that are shown. */
void captions_say(const struct screen *screen, const struct occurrence *happened, struct buf *text);

/* Rows that it takes at a width, at most `most`, 0 without one; draws it into all rows of a pane, so that it is seen from afar. */
int captions_rows(const struct screen *screen, const struct cells *cells, int cols, int most);
void captions_draw(const struct screen *screen, const struct pane *pane);

#endif
