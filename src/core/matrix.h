/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One script on several kernels: what each of them answered after each action, and where they differ. Pure.
 *
 * A column is a kernel. It has a step for each action of the script: what became of the action, and the state that the
 * family's areas were in afterwards, region by region. Regions are matched by process, area and index, so that neither
 * PIDs nor addresses nor the size of a huge page matter:
 *
 *	collapse A          5.4                 6.6
 *	  result            refused (EINVAL)    done
 *	  A[0]              pte small           pmd thp
 *
 * What is not known of one kernel differs from nothing.
 *
 * Order of calls: matrix_new, columns added with all that belongs to them in matrix->arena, matrix_compare once, then the
 * lines are read (format/matrix.h writes them); matrix_free. One thread at a time.
 */
#ifndef CORE_MATRIX_H
#define CORE_MATRIX_H

#include "core/action.h"
#include "core/buf.h"
#include "core/moment.h"

/* As many as a group has bits for. */
#define MATRIX_COLUMNS_MOST 64

/* What became of an action. */
enum matrix_result {
	MATRIX_NOT_KNOWN, /* the column ended before it, or this source cannot tell whether what is expected is so */
	MATRIX_DONE,	/* carried out; of an expectation: it held */
	MATRIX_REFUSED, /* with `error` */
	MATRIX_FAILED,	/* an expectation: `text` is what there is */
	MATRIX_BROKE,	/* a step broke an invariant of a model: `text` is the sentence */
	MATRIX_LOST,	/* the kernel, or the way to it, went away: `text` says how */
};

/* The numbers of a region. */
enum matrix_number {
	MATRIX_PRESENT,
	MATRIX_SWAPPED,
	MATRIX_HIGHEST, /* the highest mapcount that any subpage has: what scripts call mapcount */
	MATRIX_ENTIRE,
	MATRIX_TOTAL,
	MATRIX_USAGE, /* of a page team */
	MATRIX_NUMBERS
};

/* Whether there is a region at all. */
enum matrix_there {
	MATRIX_UNSEEN, /* nobody looked */
	MATRIX_ABSENT, /* no such process or area, or it is shorter */
	MATRIX_THERE
};

/* How one region was found: all that its VMAs hold, if it has several. */
struct matrix_answer {
	enum matrix_there there;
	/*
	 * 1 << enum mapping, 1 << enum backing; several where the VMAs of one region differ, but NONE alone. With UNKNOWN among them:
	 * not known.
	 */
	uint16_t mappings, backings;
	int64_t numbers[MATRIX_NUMBERS]; /* UNKNOWN_COUNT: not known */
};

/* Equal regions, one beside the other; `at` counts as scripts do: the area's whole regions from 0, what is in front is -1. */
struct matrix_run {
	int64_t at;
	uint64_t n;
	struct matrix_answer answer;
};

/* An area of a process. */
struct matrix_area {
	const char *process, *area;
	int64_t whole; /* how many whole regions it has; what lies behind them is region number `whole` */
	const struct matrix_run *runs; /* ascending, without gaps; none: nobody could look */
	size_t n;
};

/* All areas of the family; of those that are not here there is nothing. */
struct matrix_state {
	const struct matrix_area *areas;
	size_t n;
};

/* One action on one kernel. */
struct matrix_step {
	enum matrix_result result;
	int error; /* an errno */
	const char *text;
	const struct matrix_state *state; /* after it; NULL: nobody looked */
};

/* One kernel. */
struct matrix_column {
	const char *name;	    /* "5.4", "real", "lab:6.12" */
	const char *release;	    /* what it says it is */
	bool model;		    /* whose name is its release */
	const char *image;	    /* the file that was booted, where somebody named one; else NULL */
	const struct figure *knobs; /* of THP, when the script began */
	size_t n_knobs;
	const struct matrix_step *steps; /* one for each action of the script; never NULL */
	/* The first action that, though it is a running kernel, the source cannot have it do, and why; NULL: it could all. */
	const char *unable;
	const char *ended; /* why it went no further than the action `ended_at`; NULL: it went to the end */
	size_t ended_at;
	const char
		*missing; /* why some of it is not known: a sentence; NULL: all is, or nobody can say why */
};

/* One that was to be a column and is none. */
struct matrix_missing {
	const char *name;
	const char *reason; /* a sentence, without an end */
};

/* Columns that answered the same. */
struct matrix_group {
	uint64_t columns;		    /* 1 << column */
	const struct matrix_step *step;	    /* of a result: that of the first column */
	const struct matrix_answer *answer; /* of a row */
};

/* A run of regions that differ in the same way. */
struct matrix_row {
	const char *process, *area;
	int64_t at, whole; /* as in struct matrix_run and struct matrix_area */
	uint64_t n;
	bool alike; /* they differed before this line, and do so no more: one group */
	unsigned
		changed; /* 1 << enum matrix_number: of these alone something changed at this line; 0: of the words too */
	struct matrix_group *groups;
	size_t n_groups;
};

/* What is to be told of one action: what did not differ in just this way before. */
struct matrix_line {
	const struct action *action;
	bool differs;		      /* something differs that did not, or otherwise */
	struct matrix_group *results; /* none: what became of it differs nowhere */
	size_t n_results;
	struct matrix_row *rows;
	size_t n_rows;
};

struct matrix {
	struct arena arena;
	const struct script *script;
	struct matrix_column columns[MATRIX_COLUMNS_MOST];
	size_t n;
	struct matrix_missing *missing;
	size_t n_missing, missing_room;
	/* by matrix_compare: */
	struct matrix_line *lines;	     /* one for each action of the script */
	size_t n_differ;		     /* lines that differ */
	uint64_t alike[MATRIX_COLUMNS_MOST]; /* groups of columns that nowhere differ from each other */
	size_t n_alike;
	uint64_t
		undecided; /* columns of which too little is known: they fit to several groups, and are in none */
};

/* Without columns; the script has to outlive it. Never NULL. */
struct matrix *matrix_new(const struct script *script);

/* Frees it with its arena; NULL is fine. */
void matrix_free(struct matrix *matrix);

/* Appends a column, whose parts are in the matrix's arena or outlive it. False: there are too many. */
bool matrix_add(struct matrix *matrix, const struct matrix_column *column);

/* Notes that one is missing, once; both texts are copied. */
void matrix_leave_out(struct matrix *matrix, const char *name, const char *reason);

/*
 * Appends the names of all that are missing for the same reason as the i-th, "5.4, real". False, and nothing, if one in front
 * of it is: then they have been named.
 */
bool matrix_put_missing(const struct matrix *matrix, size_t i, struct buf *names);

/* Whether two answers contradict each other. */
bool matrix_differ(const struct matrix_answer *one, const struct matrix_answer *other);

/* Whether two answers are the same, what is not known included. */
bool matrix_same(const struct matrix_answer *one, const struct matrix_answer *other);

/* Whether something of it that could be known is not. */
bool matrix_partly_known(const struct matrix_answer *answer);

/* Compares all columns, line by line. Once, when they are complete. */
void matrix_compare(struct matrix *matrix);

/* The knob of a column, or NULL: it has none of that name, or nobody knows. */
const char *matrix_knob(const struct matrix_column *column, const char *name);

/* "present", "mapcount": as scripts call it. */
const char *matrix_number_name(enum matrix_number number);

/* "done", "refused", "not-known". */
const char *matrix_result_name(enum matrix_result result);

/*
 * Appends the words of a set of mappings or backings as a script has alternatives: "pte", "pte|pmd"; "unknown" where one of
 * them is that.
 */
void matrix_put_mappings(struct buf *out, uint16_t mappings);
void matrix_put_backings(struct buf *out, uint16_t backings);

#endif
