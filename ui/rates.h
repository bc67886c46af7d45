/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was counted of each process, over time: rates per second in columns of equal length, and the share of its memory
 * that was mapped by PMD in the same columns. Pure: time comes from the moments.
 *
 * A rate comes of two readings of a counter, one moment after the other, and is shared out over the columns between them.
 * Where there are no two such readings a column stays empty: that is not 0 but not known.
 */
#ifndef UI_RATES_H
#define UI_RATES_H

#include "core/moment.h"
#include "core/order.h"
#include "ui/scroll.h"

#define RATES_COLUMNS 256 /* the newest ones are kept */

/* A column's length at first. Where moments are further apart it is doubled until they are not, and stays so. */
#define RATES_COLUMN_NS UINT64_C(1000000000)

/* So many columns at most lie between two readings that are still one stretch; a longer one tells nothing of any of them. */
#define RATES_SPREAD 4

/* What of a column is known. */
struct counter_column {
	uint64_t
		at; /* its number, from 1; 0: none. Another one than is looked for: nothing of that is known */
	uint64_t counted, covered_ns;
	bool estimate; /* some of it was scaled */
};

struct counter_history {
	char *name;
	bool based; /* there was a reading before: */
	uint64_t last_ns;
	struct counter last; /* its texts are nobody's */
	struct counter_column columns[RATES_COLUMNS];
};

struct coverage_column {
	uint64_t at; /* as above */
	uint64_t pmd_kb, present_kb;
};

struct counted {
	pid_t pid;
	uint64_t start_time;
	bool here;			   /* the newest moment could read it */
	uint64_t column;		   /* the newest column in which it could */
	struct counter_history **counters; /* in the order in which they came */
	size_t n, room;
	struct coverage_column coverage[RATES_COLUMNS];
};

/* Zero-initialise; rates_fini frees. */
struct rates_state {
	struct counted *processes;
	size_t n, room;
	bool begun;
	uint64_t now_ns;    /* of the newest moment (moment_clock) */
	uint64_t column_ns; /* so long is a column; 0 before the first moment */
	unsigned slow;	    /* so many moments in a row were further apart than that */
	bool wanted; /* their pane is shown where there is room, even if nothing says yet that anything is counted */
	bool on_request;      /* it is shown only while it has the keys, unless it is wanted */
	struct scroll scroll; /* of the pane */
};

/*
 * Takes readings and coverage out of a moment, which it does not keep. Of a clock that goes back (a recording) all from
 * then on is forgotten. A process that another moment's PID belongs to now begins anew.
 */
void rates_take(struct rates_state *state, const struct moment *moment);

/* What comes next does not follow what was: a pause, a leap in a recording. */
void rates_break(struct rates_state *state);

/* Forgets all that was counted: others are looked at. */
void rates_forget(struct rates_state *state);

void rates_fini(struct rates_state *state);

/* What is known of a process, or NULL; whether anything was ever counted of any. */
const struct counted *rates_of(const struct rates_state *state, pid_t pid);
bool rates_any(const struct rates_state *state);

/* Columns are numbered; those below this one are complete. */
uint64_t rates_end(const struct rates_state *state);

/* The mean rate of a column in thousandths of an event per second. False: not known. */
bool rates_get(const struct counter_history *history, uint64_t number, uint64_t *milli, bool *estimate);

/* What the last moment in a column found mapped by PMD, and present, in kB. False: not known. */
bool rates_coverage(const struct counted *counted, uint64_t number, uint64_t *pmd_kb, uint64_t *present_kb);

/* What an event did to this process's memory: 'C' collapsed, 'S' split, 'W' written (COW), 'F' forked, 'M' mapped otherwise; 0: nothing of these. */
char rates_mark(const struct occurrence *happened, pid_t pid);

#endif
