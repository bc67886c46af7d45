/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One word per page frame, in runs. */
#include "tree/words.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

void words_add(struct word_table *table, const struct word_run *run)
{
	mem_grow(&table->runs, &table->room, table->n + 1, sizeof(*run));
	table->runs[table->n++] = *run;
}

void words_add_all(struct word_table *table, const struct word_table *other)
{
	if (!other->n)
		return;
	mem_grow(&table->runs, &table->room, table->n + other->n, sizeof(*other->runs));
	memcpy(table->runs + table->n, other->runs, other->n * sizeof(*other->runs));
	table->n += other->n;
}

static int ascending(const void *a, const void *b)
{
	const struct word_run *x = a, *y = b;

	if (x->pfn != y->pfn)
		return x->pfn < y->pfn ? -1 : 1;
	return (x->line > y->line) - (x->line < y->line);
}

/*
 * Whether `run`, which begins within `last`, agrees with it; else *bad is a frame where it does not. Past their first
 * frames both are constant, so two places decide.
 */
static bool agree(const struct word_run *last, const struct word_run *run, uint64_t *bad)
{
	const uint64_t last_end = last->pfn + last->n, second = run->pfn + 1;

	*bad = run->pfn;
	if (words_of(last, run->pfn) != run->first)
		return false;
	*bad = second;
	return run->n < 2 || second >= last_end || words_of(last, second) == run->rest;
}

int words_settle(struct word_table *table, uint64_t *bad)
{
	struct word_run *last = NULL, run;
	size_t i, kept = 0;
	uint64_t end;

	if (table->n)
		qsort(table->runs, table->n, sizeof(*table->runs), ascending);
	for (i = 0; i < table->n; i++) {
		run = table->runs[i];
		end = last ? last->pfn + last->n : 0;
		if (run.pfn < end) {
			if (!agree(last, &run, bad))
				return -EBADMSG;
			if (run.pfn + run.n <= end)
				continue;
			run.n -= end - run.pfn;
			run.pfn = end;
			run.first = run.rest;
		}
		last = &table->runs[kept++];
		*last = run;
	}
	table->n = kept;
	return 0;
}

const struct word_run *words_find(const struct word_table *table, uint64_t pfn)
{
	size_t low = 0, high = table->n, middle;
	const struct word_run *run;

	while (low < high) {
		middle = low + (high - low) / 2;
		run = &table->runs[middle];
		if (pfn < run->pfn)
			high = middle;
		else if (pfn - run->pfn < run->n)
			return run;
		else
			low = middle + 1;
	}
	return NULL;
}

size_t words_get(const struct word_table *table, uint64_t pfn, size_t n, uint64_t *words)
{
	const struct word_run *run = words_find(table, pfn);
	size_t i;

	for (i = 0; i < n && run; i++, pfn++) {
		if (pfn - run->pfn == run->n && (++run == &table->runs[table->n] || run->pfn != pfn))
			break;
		words[i] = words_of(run, pfn);
	}
	return i;
}

void words_fini(struct word_table *table)
{
	free(table->runs);
	memset(table, 0, sizeof(*table));
}
