/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which frames a recording needs, and what the kernel says of them. */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tree/gather.h"
#include "tree/record.h"

#define WORDS 4096
/* No folio is larger than 1 GiB of 4 KiB pages: a walk along tails ends there, whatever the flags say. */
#define FOLIO_MOST (UINT64_C(1) << 18)

#define COMPOUND(flags) ((flags) & (UINT64_C(1) << KPF_HEAD | UINT64_C(1) << KPF_TAIL))
#define IS_HEAD(flags) ((flags) >> KPF_HEAD & 1)
#define IS_TAIL(flags) ((flags) >> KPF_TAIL & 1)

void spans_add(struct spans *spans, uint64_t pfn, uint64_t end)
{
	struct span *last = spans->n ? &spans->spans[spans->n - 1] : NULL;

	if (last && last->end == pfn) {
		last->end = end;
		return;
	}
	mem_grow(&spans->spans, &spans->room, spans->n + 1, sizeof(*spans->spans));
	spans->spans[spans->n++] = (struct span){pfn, end};
}

static int ascending(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return (x->pfn > y->pfn) - (x->pfn < y->pfn);
}

void spans_settle(struct spans *spans)
{
	size_t i, kept = 0;
	struct span *last;

	if (!spans->n)
		return;
	qsort(spans->spans, spans->n, sizeof(*spans->spans), ascending);
	for (i = 1; i < spans->n; i++) {
		last = &spans->spans[kept];
		if (spans->spans[i].pfn > last->end)
			spans->spans[++kept] = spans->spans[i];
		else if (spans->spans[i].end > last->end)
			last->end = spans->spans[i].end;
	}
	spans->n = kept + 1;
}

bool spans_hold(const struct spans *spans, uint64_t pfn)
{
	size_t low = 0, high = spans->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (spans->spans[middle].end <= pfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low < spans->n && spans->spans[low].pfn <= pfn;
}

void spans_fini(struct spans *spans)
{
	free(spans->spans);
	memset(spans, 0, sizeof(*spans));
}

static bool flags_of(struct kernel *kernel, uint64_t pfn, uint64_t *flags)
{
	return pfn <= PM_PFN_MASK && kernel_flags(kernel, pfn, 1, flags) == 1;
}

/* The frames that tell how large the folio at head is: TAIL at head + 2^(k-1) says that its order is >= k. */
static void add_probes(const struct kernel *kernel, const struct spans *mapped, uint64_t head,
		       struct spans *around)
{
	unsigned k;

	for (k = 0; k <= kernel->pmd_order; k++)
		if (!spans_hold(mapped, head + (UINT64_C(1) << k)))
			spans_add(around, head + (UINT64_C(1) << k), head + (UINT64_C(1) << k) + 1);
}

/* From a tail down to its head. */
static void add_before(struct kernel *kernel, const struct spans *mapped, uint64_t pfn, struct spans *around)
{
	uint64_t at = pfn, flags = UINT64_C(1) << KPF_TAIL;

	while (IS_TAIL(flags) && at && pfn - at < FOLIO_MOST && flags_of(kernel, at - 1, &flags) &&
	       COMPOUND(flags))
		at--;
	if (at < pfn)
		spans_add(around, at, pfn);
	if (IS_HEAD(flags))
		add_probes(kernel, mapped, at, around);
}

/* The tails from pfn on, and the one frame behind them. */
static void add_behind(struct kernel *kernel, uint64_t pfn, struct spans *around)
{
	uint64_t at = pfn, flags;

	while (at - pfn < FOLIO_MOST && flags_of(kernel, at, &flags) && IS_TAIL(flags))
		at++;
	spans_add(around, pfn, at + 1);
}

static void look_around(struct kernel *kernel, const struct spans *mapped, const struct span *span,
			uint64_t *words, struct spans *around)
{
	uint64_t pfn = span->pfn, want, last = 0;
	ssize_t got, i;

	while (pfn < span->end && !tree_record_stop) {
		want = span->end - pfn < WORDS ? span->end - pfn : WORDS;
		got = kernel_flags(kernel, pfn, (size_t)want, words);
		if (got <= 0) {
			/* Not told: a frame without a struct page, or one that a recording left out. */
			pfn++;
			last = 0;
			continue;
		}
		if (pfn == span->pfn && IS_TAIL(words[0]))
			add_before(kernel, mapped, pfn, around);
		for (i = 0; i < got; i++)
			if (IS_HEAD(words[i]))
				add_probes(kernel, mapped, pfn + (uint64_t)i, around);
		last = words[got - 1];
		pfn += (uint64_t)got;
	}
	if (COMPOUND(last))
		add_behind(kernel, span->end, around);
}

void gather_spans(struct kernel *kernel, const struct pages *pages, struct spans *mapped,
		  struct spans *around)
{
	uint64_t *words = mem_alloc(WORDS * sizeof(*words)), pfn;
	const struct page_run *run;
	size_t i;

	for (i = 0; i < pages->n_runs; i++) {
		run = &pages->runs[i];
		pfn = run->word & PM_PFN_MASK;
		if (!(run->word & PM_PRESENT) || !pfn)
			continue;
		spans_add(mapped, pfn, pfn + (run->step ? run->n : 1));
		/* One frame at many addresses (the zero page) gets a line of its own. */
		if (!run->step && run->n > 1)
			spans_add(around, pfn, pfn + 1);
	}
	spans_settle(mapped);
	for (i = 0; i < mapped->n && capable(&kernel->caps, CAP_KPAGEFLAGS); i++)
		look_around(kernel, mapped, &mapped->spans[i], words, around);
	spans_settle(around);
	free(words);
}

/* Adds words to the last run where they go on it. Heads differ from their tails; nothing else is joined. */
static void add_words(struct word_table *table, uint64_t pfn, size_t n, const uint64_t *words, bool heads)
{
	struct word_run *run = table->n ? &table->runs[table->n - 1] : NULL;
	size_t i;

	for (i = 0; i < n; i++, pfn++) {
		if (run && run->pfn + run->n == pfn) {
			if (run->n == 1 && heads && IS_HEAD(run->first) && IS_TAIL(words[i]))
				run->rest = words[i];
			if (words[i] == run->rest) {
				run->n++;
				continue;
			}
		}
		words_add(table, &(struct word_run){.pfn = pfn, .n = 1, .first = words[i], .rest = words[i]});
		run = &table->runs[table->n - 1];
	}
}

static void read_table(struct kernel *kernel, const struct spans *spans,
		       ssize_t (*read)(struct kernel *kernel, uint64_t pfn, size_t n, uint64_t *words),
		       bool heads, struct word_table *table)
{
	uint64_t *words = mem_alloc(WORDS * sizeof(*words)), pfn, want;
	ssize_t got;
	size_t i;

	for (i = 0; i < spans->n; i++) {
		for (pfn = spans->spans[i].pfn; pfn < spans->spans[i].end && !tree_record_stop;) {
			want = spans->spans[i].end - pfn;
			got = read(kernel, pfn, want < WORDS ? (size_t)want : WORDS, words);
			if (got > 0)
				add_words(table, pfn, (size_t)got, words, heads);
			pfn += got > 0 ? (uint64_t)got : 1;
		}
	}
	free(words);
}

void gather_words(struct kernel *kernel, const struct spans *spans, struct word_table *flags,
		  struct word_table *counts)
{
	if (capable(&kernel->caps, CAP_KPAGEFLAGS))
		read_table(kernel, spans, kernel_flags, true, flags);
	if (capable(&kernel->caps, CAP_KPAGECOUNT))
		read_table(kernel, spans, kernel_counts, false, counts);
}

void gather_teams(struct kernel *kernel, const struct spans *mapped, struct word_table *teams)
{
	const uint64_t pages = UINT64_C(1) << kernel->pmd_order;
	uint64_t head, next = 0;
	int64_t usage, maps;
	size_t i;

	for (i = 0; i < mapped->n && capable(&kernel->caps, CAP_TEAMS); i++) {
		head = mapped->spans[i].pfn & ~(pages - 1);
		for (head = head < next ? next : head; head < mapped->spans[i].end; head = next) {
			next = head + pages;
			if (!kernel_team(kernel, head, &usage, &maps))
				words_add(teams, &(struct word_run){.pfn = head,
								    .n = 1,
								    .first = (uint64_t)usage,
								    .rest = (uint64_t)usage});
		}
	}
}
