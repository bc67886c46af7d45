/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line cut into words and strings, and the nearest known word to a mistaken one. */
#ifndef SCRIPT_WORDS_H
#define SCRIPT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "script/script.h"

struct word {
	const char *text; /* in the arena; escapes of a string are undone */
	bool string;	  /* it was in double quotes */
	size_t from;	  /* where it begins in the line's text */
};

/* One line: its words, and its text without comment and outer blanks. */
struct words {
	struct word word[SCRIPT_MAX_WORDS + 2]; /* two more: looking ahead stays inside */
	size_t n;
	const char *text;
};

/*
 * Cuts a line (no newline in it). 0, or -EINVAL with a sentence in error->text: control characters, text that is
 * no UTF-8, a string that does not end, an unknown escape, too long.
 */
int words_cut(const char *line, size_t len, struct arena *arena, struct words *words,
	      struct script_error *error);

/* The index of a word among candidate(NULL, i), which gives NULL at the end, or how many there are. */
size_t words_index(const char *(*candidate)(const void *data, size_t i), const char *word);

/* Looks through candidates(data, i), which gives NULL at the end, for the nearest to `word`; NULL if all are far. */
const char *words_closest(const char *word, const char *(*candidate)(const void *data, size_t i),
			  const void *data);

#endif
