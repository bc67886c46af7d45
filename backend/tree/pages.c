/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What pages.jsonl says, asked as a kernel is. */
#include "tree/pages.h"

#include <stdlib.h>
#include <string.h>

uint64_t pages_default_step(uint64_t word)
{
	return word & PM_PRESENT && word & PM_PFN_MASK ? 1 : 0;
}

/* The first run that ends beyond addr. */
static size_t run_after(const struct pages *pages, uint64_t addr)
{
	size_t low = 0, high = pages->n_runs, middle;
	const struct page_run *run;

	while (low < high) {
		middle = low + (high - low) / 2;
		run = &pages->runs[middle];
		if (addr >= run->addr && (addr - run->addr) / pages->page_size >= run->n)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t pages_words(const struct pages *pages, uint64_t addr, size_t n, uint64_t *words)
{
	size_t at = run_after(pages, addr), i;
	const struct page_run *run;
	uint64_t page;

	if (pages->has_end) {
		if (addr >= pages->end)
			return 0;
		if (n > (pages->end - addr) / pages->page_size)
			n = (size_t)((pages->end - addr) / pages->page_size);
	}
	if (n > (UINT64_MAX - addr) / pages->page_size + 1)
		n = (size_t)((UINT64_MAX - addr) / pages->page_size + 1);
	for (i = 0; i < n; i++, addr += pages->page_size) {
		words[i] = 0;
		run = at < pages->n_runs ? &pages->runs[at] : NULL;
		if (!run || addr < run->addr)
			continue;
		page = (addr - run->addr) / pages->page_size;
		words[i] = run->word + page * run->step;
		if (page + 1 == run->n)
			at++;
	}
	return n;
}

/* The first range that ends beyond addr. */
static size_t scan_after(const struct pages *pages, uint64_t addr)
{
	size_t low = 0, high = pages->n_scans, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (pages->scans[middle].end <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void pages_scan(const struct pages *pages, struct kernel_scan *scan)
{
	uint64_t left = scan->max_pages ? scan->max_pages : UINT64_MAX, n;
	struct scan_range range;
	size_t i;

	scan->n = 0;
	scan->next = scan->to;
	for (i = scan_after(pages, scan->from); i < pages->n_scans; i++) {
		range = pages->scans[i];
		if (range.start >= scan->to)
			break;
		if (scan->n == scan->room || !left) {
			scan->next = scan->out[scan->n - 1].end;
			break;
		}
		if (range.start < scan->from)
			range.start = scan->from;
		if (range.end > scan->to)
			range.end = scan->to;
		n = (range.end - range.start) / pages->page_size;
		if (n > left) {
			n = left;
			range.end = range.start + n * pages->page_size;
			scan->next = range.end;
		}
		left -= n;
		scan->out[scan->n++] = range;
		if (scan->next != scan->to)
			break;
	}
}

uint64_t pages_size_at(const struct pages *pages, uint64_t addr)
{
	size_t i;

	/* One for each hugetlb VMA: there are few. */
	for (i = 0; i < pages->n_sizes && pages->sizes[i].start <= addr; i++)
		if (addr < pages->sizes[i].end)
			return pages->sizes[i].size;
	return pages->page_size;
}

void pages_fini(struct pages *pages)
{
	free(pages->runs);
	free(pages->scans);
	free(pages->sizes);
	free(pages->walks);
	words_fini(&pages->flags);
	words_fini(&pages->counts);
	words_fini(&pages->teams);
	memset(pages, 0, sizeof(*pages));
}
