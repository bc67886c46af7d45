/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fields that an expectation may name. */
#ifndef SCRIPT_FIELD_H
#define SCRIPT_FIELD_H

#include <stdbool.h>
#include <stddef.h>

enum field {
	/* words, of each region */
	FIELD_MAPPING,
	FIELD_BACKING,
	FIELD_STATE,
	/* numbers, of each region */
	FIELD_ORDER,
	FIELD_ENTIRE,
	FIELD_TOTAL,
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
	FIELD_COUNT
};

const char *field_name(enum field field);
enum field field_named(const char *name); /* FIELD_COUNT: no such field */

/* A field that has words; whether `word` is one of them (not a number, not unknown to the vocabulary). */
bool field_has_words(enum field field);
bool field_knows(enum field field, const char *word);
const char *field_word(enum field field, size_t i); /* NULL behind the last */

/* A field that speaks of the pages of a target with an offset, not of its region. */
bool field_of_pages(enum field field);

#endif
