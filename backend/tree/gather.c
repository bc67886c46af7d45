/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pages of one process, in runs. */
#include "tree/gather.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/vma.h"
#include "tree/record.h"

#define WORDS 4096		       /* a pagemap read */
#define SCAN_RANGES 512		       /* the kernel's own buffer has as many */
#define SCAN_PAGES UINT64_C(16384)     /* of small pages about 0.15 ms of mmap lock (facts D) */
#define SCAN_SLICE (UINT64_C(1) << 30) /* of empty page tables likewise */
#define READ_WHOLE (UINT64_C(64) << 20)

struct gatherer {
	struct kernel_process *process;
	struct pages *pages;
	bool scans; /* the kernel has PAGEMAP_SCAN */
	bool sizes_told;
	uint64_t words[WORDS];
	struct scan_range ranges[SCAN_RANGES];
};

/* Whether `word` goes on a run, whose step is still open if it has one page. */
static bool continues(struct page_run *run, uint64_t word)
{
	static const uint64_t steps[] = {1, 0, 32};
	size_t i;

	if (run->n > 1)
		return word == run->word + run->n * run->step;
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (word != run->word + steps[i])
			continue;
		/* A step moves through frames or swap slots: bits beyond the field stay. */
		if (steps[i] == 1 && !pages_default_step(run->word))
			return false;
		if (steps[i] == 32 && !(run->word & PM_SWAP))
			return false;
		if ((word ^ run->word) & ~PM_PFN_MASK)
			return false;
		run->step = steps[i];
		return true;
	}
	return false;
}

static void add_words(struct gatherer *gatherer, uint64_t addr, uint64_t n, const uint64_t *words)
{
	struct pages *pages = gatherer->pages;
	struct page_run *run = pages->n_runs ? &pages->runs[pages->n_runs - 1] : NULL;
	uint64_t i;

	for (i = 0; i < n; i++, addr += pages->page_size) {
		if (!words[i])
			continue;
		if (run && run->addr + run->n * pages->page_size == addr && continues(run, words[i])) {
			run->n++;
			continue;
		}
		mem_grow(&pages->runs, &pages->room_runs, pages->n_runs + 1, sizeof(*run));
		run = &pages->runs[pages->n_runs++];
		*run = (struct page_run){.addr = addr, .n = 1, .word = words[i]};
		run->step = pages_default_step(run->word);
	}
}

/* n pages that are all alike: a hole's words. */
static void add_hole(struct gatherer *gatherer, uint64_t start, uint64_t end, uint64_t word)
{
	struct pages *pages = gatherer->pages;
	struct page_run run = {.addr = start, .n = (end - start) / pages->page_size, .word = word};

	if (!word || start >= end)
		return;
	mem_grow(&pages->runs, &pages->room_runs, pages->n_runs + 1, sizeof(run));
	pages->runs[pages->n_runs++] = run;
}

/* All pagemap words from start to end; 1: the address space ends before. */
static int read_words(struct gatherer *gatherer, uint64_t start, uint64_t end)
{
	struct pages *pages = gatherer->pages;
	uint64_t want;
	ssize_t got;

	while (start < end) {
		if (tree_record_stop)
			return -EINTR;
		want = (end - start) / pages->page_size;
		if (want > WORDS)
			want = WORDS;
		got = kernel_pagemap(gatherer->process, start, (size_t)want, gatherer->words);
		if (got < 0)
			return (int)got;
		add_words(gatherer, start, (uint64_t)got, gatherer->words);
		start += (uint64_t)got * pages->page_size;
		if ((uint64_t)got == want)
			continue;
		if (!pages->has_end || start < pages->end)
			pages->end = start;
		pages->has_end = true;
		return 1;
	}
	return 0;
}

static void add_scan(struct pages *pages, const struct scan_range *range)
{
	struct scan_range *last = pages->n_scans ? &pages->scans[pages->n_scans - 1] : NULL;

	if (last && last->end == range->start && last->categories == range->categories) {
		last->end = range->end;
		return;
	}
	mem_grow(&pages->scans, &pages->room_scans, pages->n_scans + 1, sizeof(*range));
	pages->scans[pages->n_scans++] = *range;
}

/* Scans from start to end, in pieces. */
static int scan_all(struct gatherer *gatherer, uint64_t start, uint64_t end)
{
	struct kernel_scan scan;
	size_t i;
	int err;

	while (start < end) {
		if (tree_record_stop)
			return -EINTR;
		scan = (struct kernel_scan){.from = start,
					    .to = end - start > SCAN_SLICE ? start + SCAN_SLICE : end,
					    .out = gatherer->ranges,
					    .room = SCAN_RANGES,
					    .max_pages = SCAN_PAGES};
		err = kernel_scan(gatherer->process, &scan);
		if (err)
			return err;
		for (i = 0; i < scan.n; i++)
			add_scan(gatherer->pages, &scan.out[i]);
		start = scan.next;
	}
	return 0;
}

/* A large VMA: reads words where the scan found something; first_scan is the VMA's first range. */
static int read_scanned(struct gatherer *gatherer, const struct vma *vma, size_t first_scan)
{
	const struct pages *pages = gatherer->pages;
	uint64_t at = vma->start, hole = 0, start, end;
	size_t i = first_scan;
	bool hole_known = false;
	int err;

	/* Ranges of this VMA may begin in the one before, with which they were joined. */
	for (; at < vma->end; i++) {
		start = i < pages->n_scans ? pages->scans[i].start : vma->end;
		end = i < pages->n_scans ? pages->scans[i].end : vma->end;
		start = start < at ? at : start;
		if (start > at && !hole_known) {
			if (kernel_pagemap(gatherer->process, at, 1, gatherer->words) == 1)
				hole = gatherer->words[0] & PM_SOFT_DIRTY;
			hole_known = true;
		}
		add_hole(gatherer, at, start, hole);
		err = read_words(gatherer, start, end);
		if (err)
			return err;
		at = end;
	}
	return 0;
}

static int gather_vma(struct gatherer *gatherer, const struct vma *vma)
{
	struct pages *pages = gatherer->pages;
	size_t first = pages->n_scans ? pages->n_scans - 1 : 0;
	struct size_run run = {.start = vma->start, .end = vma->end};
	int err = 0;

	if (gatherer->scans)
		err = scan_all(gatherer, vma->start, vma->end);
	if (err)
		return err;
	if (first < pages->n_scans && pages->scans[first].end <= vma->start)
		first++;
	err = gatherer->scans && vma->end - vma->start > READ_WHOLE
		      ? read_scanned(gatherer, vma, first)
		      : read_words(gatherer, vma->start, vma->end);
	if (err < 0)
		return err;
	err = kernel_vma_page_size(gatherer->process, vma->start, &run.size);
	if (!err && run.size != pages->page_size) {
		mem_grow(&pages->sizes, &pages->room_sizes, pages->n_sizes + 1, sizeof(run));
		pages->sizes[pages->n_sizes++] = run;
	}
	if (!err)
		gatherer->sizes_told = true;
	/* -ENOENT: a VMA outside the address space ([vsyscall]), or one that has just gone, which maps will tell. */
	return err == -ENOTSUP || err == -ENOENT ? 0 : err;
}

/* The range of an address space without VMAs: whether pagemap has any words. */
static int gather_none(struct gatherer *gatherer)
{
	int err = read_words(gatherer, 0, gatherer->pages->page_size);

	return err < 0 ? err : 0;
}

int gather_pages(struct kernel_process *process, struct pages *pages, struct buf *maps, bool *sizes_told)
{
	struct gatherer *gatherer = mem_alloc(sizeof(*gatherer));
	struct arena arena = {0};
	struct buf after = {0};
	struct vma *vmas = NULL;
	size_t n = 0, i, line;
	int err;

	gatherer->process = process;
	gatherer->pages = pages;
	gatherer->scans = capable(&process->kernel->caps, CAP_PAGEMAP_SCAN);
	pages->page_size = process->kernel->page_size;
	err = kernel_process_text(process, "maps", maps);
	if (!err)
		err = vma_parse_maps(maps->data, maps->len, &arena, &vmas, &n, &line);
	for (i = 0; !err && i < n; i++)
		err = gather_vma(gatherer, &vmas[i]);
	if (!err && !n)
		err = gather_none(gatherer);
	if (!err)
		err = kernel_process_text(process, "maps", &after);
	if (!err && (after.len != maps->len || (after.len && memcmp(after.data, maps->data, after.len))))
		err = -EAGAIN;
	*sizes_told |= gatherer->sizes_told;
	buf_fini(&after);
	arena_fini(&arena);
	free(gatherer);
	return err;
}
