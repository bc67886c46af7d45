/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fields that an expectation may name. */
#ifndef SCRIPT_FIELD_H
#define SCRIPT_FIELD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/action.h"

enum field {
	/* words, of each region */
	FIELD_MAPPING,
	FIELD_BACKING,
	FIELD_STATE,
	/* numbers, of each region */
	FIELD_ORDER,
	FIELD_ENTIRE,
	FIELD_TOTAL,
	FIELD_USAGE,
	FIELD_PMD_MAPS,
	/* numbers, of each region; with an offset in the target: of those pages */
	FIELD_PRESENT,
	FIELD_SWAPPED,
	FIELD_GUARD,
	FIELD_ANON,
	FIELD_FILE,
	FIELD_EXCLUSIVE,
	FIELD_MAPCOUNT,
	FIELD_HIGHEST,
	/* numbers: how many regions of the target are mapped so */
	FIELD_PMD,
	FIELD_PTE,
	/* a number, of each page of the target */
	FIELD_VALUE,
	/* of a process, in bytes */
	FIELD_RSS,
	FIELD_PAGE_TABLES,
	/* how many addresses wait for khugepaged */
	FIELD_QUEUE,
	/* of a task */
	FIELD_TASK_STATE,
	FIELD_TASK_VERDICT,
	FIELD_TASK_AT,
	FIELD_COUNT
};

enum field_kind {
	FIELD_WORD,   /* of a list */
	FIELD_NUMBER, /* or a size */
	FIELD_TEXT    /* a word of the kernel's: of a list too, or any */
};

const char *field_name(enum field field);
enum expect_subject field_subject(enum field field);
enum field_kind field_kind(enum field field);
enum field field_named(enum expect_subject subject, const char *name); /* FIELD_COUNT: no such field */

/* The words of a FIELD_WORD, and of a FIELD_TEXT that has a list: whether it has this one; NULL behind the last. */
bool field_knows(enum field field, const char *word);
const char *field_nth_word(enum field field, size_t i);

/* A field that speaks of the pages of a target with an offset, not of its region. */
bool field_of_pages(enum field field);

#endif
