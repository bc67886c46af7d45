/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is used most and is not huge: what was measured last, kept for the region's pane too. Pure. */
#ifndef UI_VIEW_HOT_H
#define UI_VIEW_HOT_H

#include "core/job.h"
#include "ui/scroll.h"

/* Zero-initialised nothing was measured. */
struct hot_state {
	struct answer *answer; /* with its heat and no error; NULL: none */
	uint64_t taken_ns;     /* the clock of the newest moment when it came */
	/* what is listed: ranks of those that are not huge, as the newest moment has them; and how many are */
	uint32_t *rows;
	size_t n_rows, n_huge;
	uint64_t huge_start;		/* of one of those */
	uint64_t sifted_seq, sifted_ns; /* the moment that this is of */
	size_t at;			/* the row under the cursor */
	struct scroll scroll;
};

struct screen;

/* Measures the process under the map's cursor, in the ranking's pane; or says why it cannot. */
void hot_open(struct screen *screen);

/* Asks whether to clear the referenced bits of the ranking's process; and clears them and measures, agreed. */
void hot_ask_clear(struct screen *screen);
void hot_clear(struct screen *screen);

/* Takes over an answer without an error. hot_fini frees what is held, and forgets it. */
void hot_take(struct screen *screen, struct answer *answer);
void hot_fini(struct hot_state *state);

/* To the region under the ranking's cursor, on the map. False: there is none. */
bool hot_go(struct screen *screen);

/* What was measured of a slot of this process, or NULL; "no. 3 of 40: 12 of 512"; "idle, 1.0 s, 5 s ago". */
const struct heat_region *hot_region(const struct screen *screen, pid_t pid, uint64_t start_time,
				     uint64_t start);
void hot_say(const struct screen *screen, const struct heat_region *region, char *text, size_t size);
void hot_say_way(const struct screen *screen, char *text, size_t size);

#endif
