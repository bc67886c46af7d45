/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions that take a while, and the panes that show their answers: why a region is not huge, who shares a folio, what is used most. Pure. */
#ifndef UI_INQUIRY_H
#define UI_INQUIRY_H

#include "core/job.h"
#include "ui/keymap.h"
#include "ui/scroll.h"

#define SHARERS_NS UINT64_C(2000000000) /* that the search may take */

/* Zero-initialised nothing was asked. */
struct inquiry_state {
	enum inquiry_kind open; /* whose pane covers the views; INQUIRY_NONE: none */
	bool of_hot;		/* it was opened from the ranking, which comes back behind it */
	struct inquiry asked;
	char comm[64];	 /* of asked.pid */
	unsigned others; /* sharers: so many folios more are behind the region, at least */
	bool busy, stopped;
	unsigned progress;     /* thousandths */
	struct answer *answer; /* to `asked`; NULL: none yet, or it was stopped before there was any */
	struct scroll scroll;
	size_t at; /* the sharer under the cursor */
	/* what is asked of the caller, who clears it */
	bool ask;    /* `asked` */
	bool cancel; /* what is under way */
};

struct screen;

/*
 * Opens a pane for the region under the map's cursor, or from such a pane for the region that it is about, and asks
 * anew; or says why it cannot.
 */
void inquiry_open(struct screen *screen, enum inquiry_kind kind);

/* Begins to act on the region that the open pane is about, or says why not. */
void inquiry_act(struct screen *screen, enum command command);

/* Asks, and opens its pane. */
void inquiry_ask(struct screen *screen, const struct inquiry *inquiry);

/* Esc: stops what is under way, else closes the pane. q (`closes`) does both. */
void inquiry_back(struct screen *screen, bool closes);

/* The first line of a pane: whose region, and whether the question is under way. Returns the row behind. */
int inquiry_title(const struct inquiry_state *state, const struct pane *pane, int row, const char *what);

/* Whether the answer on why a region is not huge is that it is huge: there is nothing to ask the kernel then. */
bool inquiry_huge(const struct inquiry_state *state);

/* Whether the answer is that the kernel was asked, and made it huge: the reasons are of before. */
bool inquiry_done(const struct inquiry_state *state);

/* Frees what it holds. */
void inquiry_fini(struct inquiry_state *state);

#endif
