/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of processes before it is drawn: which, in what order, which are tagged. Pure. */
#ifndef UI_PROCESSES_H
#define UI_PROCESSES_H

#include "core/roster.h"
#include "ui/prompt.h"

/* In the order on the screen. */
enum processes_column {
	COLUMN_PID,
	COLUMN_USER,
	COLUMN_RSS,
	COLUMN_HUGE, /* the next four together */
	COLUMN_ANON,
	COLUMN_SHMEM,
	COLUMN_FILE,
	COLUMN_HUGETLB,
	COLUMN_PTE_THP, /* THPs mapped by ptes, whole or in part: not huge */
	COLUMN_SHARE,	/* by PMD, of what is present */
	COLUMN_COVERAGE,
	COLUMN_COMMAND,
	COLUMN_COUNT
};

/* A process, whoever has its PID later. */
struct who {
	pid_t pid; /* 0: nobody */
	uint64_t start_time;
};

struct processes_state {
	struct roster_view *roster; /* NULL before the first list */
	bool lost;		    /* there will be no newer one: the link is lost */
	uint32_t *order;	    /* of the roster's rows those that are shown */
	size_t n, room;
	size_t n_threads; /* kernel threads, shown or not */
	enum processes_column sort;
	bool reversed; /* the other way round than the column's natural one */
	bool threads;  /* kernel threads too */
	char filter[PROMPT_BYTES], search[PROMPT_BYTES];
	char filter_before[PROMPT_BYTES], search_before[PROMPT_BYTES]; /* while it is typed */
	struct who cursor;	  /* nobody: on the first row, whoever that is */
	struct who cursor_before; /* while a search is typed */
	struct who *tags;
	size_t n_tags, room_tags;
	size_t line, top; /* the cursor's row and the first on the screen */
	int rows, cols;	  /* of the pane, when last laid out */
};

/* Takes over a roster (NULL is fine) and puts all in order; the tags of who has gone go. */
void processes_take(struct processes_state *state, struct roster_view *roster);
void processes_fini(struct processes_state *state);

/* Puts the rows in order anew, after filter, sort or threads have changed; the cursor stays on its process. */
void processes_order(struct processes_state *state);

/* The n-th row shown. */
const struct roster_row *processes_row(const struct processes_state *state, size_t n);

/* Moves the cursor to a row, which it then stays with; row 0 by `first`: to whoever is the first. */
void processes_go(struct processes_state *state, size_t line);
void processes_go_first(struct processes_state *state);
void processes_go_to(struct processes_state *state, struct who who);

/* Whether a row is tagged; tags it, or takes the tag away. */
bool processes_tagged(const struct processes_state *state, const struct roster_row *row);
void processes_tag(struct processes_state *state, const struct roster_row *row);

/* Whether a row has the text in its command, user or PID, whatever the case (of ASCII). "" matches all. */
bool processes_match(const struct roster_row *row, const char *text);

/* The command line as shown; of who has none its name in brackets. In the caller's buffer if need be. */
const char *processes_command(const struct roster_row *row, char *text, size_t size);
/* From the program's name on, without the folder that it is in. */
const char *processes_program(const char *command);
/* The user's name, or number. */
const char *processes_user(const struct roster_row *row, char *text, size_t size);

#endif
