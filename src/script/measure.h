/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fields of regions, processes and the machine are in a moment, and how they compare. Pure. */
#ifndef SCRIPT_MEASURE_H
#define SCRIPT_MEASURE_H

#include "core/moment.h"
#include "script/field.h"

enum verdict {
	VERDICT_HELD,
	VERDICT_FAILED,
	VERDICT_UNKNOWN, /* this source cannot tell, and says why */
};

/* What a field is: a word, or a number unless that is UNKNOWN_COUNT. */
struct measure {
	const char *word;
	int64_t number;
};

/* Of one region; NULL: nothing is there. Fields that are not of single regions are unknown numbers. */
struct measure measure_region(enum field field, const struct region *region);

/* Of a process: bytes where it is memory, or a count. */
struct measure measure_process(enum field field, const struct process *process);

/* Whether it is known: "unknown" and UNKNOWN_COUNT are not. */
bool measure_known(const struct measure *measure);

/* Appends it, as an expectation would have it: "pte", "512", of FIELD_RSS and FIELD_PAGE_TABLES "96k". */
void measure_say(enum field field, const struct measure *measure, char *out, size_t size);

/*
 * Why a field may be unknown: the sentence of the capability that is missing (of a process's field, always one), or NULL if
 * none is.
 */
const char *measure_missing(const struct capabilities *caps, enum field field);

/*
 * Compares with a value that may have alternatives. What is not known although nothing that it takes is missing has
 * failed; "unknown" itself may be asked for.
 */
enum verdict measure_compare(const struct capabilities *caps, enum field field, const struct measure *measure,
			     enum compare compare, const char *wanted);

/*
 * A figure of the machine: page_size, pmd_size, kernel, a THP knob, a line of meminfo, a counter of vmstat. Unless it held,
 * `found` says what is here. VERDICT_UNKNOWN: there is none of that name.
 */
enum verdict measure_figure(const struct moment *moment, const char *name, enum compare compare,
			    const char *wanted, char *found, size_t size);

/*
 * What a figure is that cannot be the value, nor an alternative of it, wherever it is looked at ("a release such as 6.9"), or NULL.
 * Of most figures only the machine knows whether they are numbers, which then compare with nothing else.
 */
const char *measure_figure_mistake(const char *name, const char *wanted);

/* Compares numbers or words with a value that may have alternatives. False: value is no number. */
bool compare_number(uint64_t number, enum compare compare, const char *value);
bool compare_word(const char *word, enum compare compare, const char *value);

/* As compare_word, but a word that only begins with the value is it. */
bool compare_beginning(const char *word, enum compare compare, const char *value);

/* A region, or the part of one slot that a VMA covers. */
struct piece {
	uint64_t start, len;
	const struct region *region; /* NULL: holds nothing */
	uint64_t n;		     /* so many, one behind the other, are alike: 1 unless pieces.runs */
};

/*
 * The pieces of a process's VMAs one after another, those that hold nothing too. Every one that touches from..to, of the
 * VMAs that takes() takes (NULL: all of them).
 */
struct pieces {
	const struct process *process;
	uint64_t from, to, slot;
	bool (*takes)(const void *data, const struct vma *vma);
	const void *data;
	bool whole; /* fragments are left out */
	bool place; /* where no VMA is, from..to is one piece, which holds nothing */
	bool runs;  /* slots in a row that hold nothing come as the first of them, as a VMA may have 2^43 */
	/* where it is: zero at the beginning */
	size_t vma, region;
	uint64_t at;
	bool any;
};
bool pieces_next(struct pieces *pieces, struct piece *piece);

/* From the first one again. */
void pieces_rewind(struct pieces *pieces);

/* Of more than one only whole regions count, unless there are none: sets `whole`, at the beginning. */
void pieces_keep_whole(struct pieces *pieces);

#endif
