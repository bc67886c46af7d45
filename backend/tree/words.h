/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One word per page frame, in runs: a table of kpageflags or of kpagecount that knows only some frames. */
#ifndef TREE_WORDS_H
#define TREE_WORDS_H

#include <stddef.h>
#include <stdint.h>

/* Frames pfn .. pfn + n - 1: the first one's word, and that of all others (a folio's head and its tails). */
struct word_run {
	uint64_t pfn, n;
	uint64_t first, rest;
	uint32_t line; /* of the file that said so, for messages; 0: none */
};

/* Zero-initialise. Ascending without overlap once settled. */
struct word_table {
	struct word_run *runs;
	size_t n, room;
};

/* Adds a run anywhere; words_settle comes before the next look-up. */
void words_add(struct word_table *table, const struct word_run *run);

/* Adds all runs of another table. */
void words_add_all(struct word_table *table, const struct word_table *other);

/*
 * Sorts, and folds runs that say the same of the same frames. -EBADMSG if two runs disagree: *bad is then the frame,
 * and the table is of no more use but words_fini.
 */
int words_settle(struct word_table *table, uint64_t *bad);

/* The run that holds pfn, or NULL. Of a settled table; O(log n). */
const struct word_run *words_find(const struct word_table *table, uint64_t pfn);

/* The word of a frame within the run. */
static inline uint64_t words_of(const struct word_run *run, uint64_t pfn)
{
	return pfn == run->pfn ? run->first : run->rest;
}

/* Fills words for frames from pfn on, until n or the first frame that is not known. Returns how many. */
size_t words_get(const struct word_table *table, uint64_t pfn, size_t n, uint64_t *words);

/* Frees what it holds, and zeroes it. */
void words_fini(struct word_table *table);

#endif
