/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading one process for pages of the folio, in slices. */
#include <errno.h>

#include "core/mem.h"
#include "core/sharers_parts.h"

/*
 * What one PAGEMAP_SCAN may do under the target's mmap lock. An empty page table costs it 1.2 us, a page about 8 ns
 * to 18 ns (measured on 6.18): 0.3 ms for so many slots without a page, and as long for so many pages.
 */
#define SCAN_SLOTS 256
#define SCAN_PAGES 16384

bool sharers_stop(struct search *search)
{
	const struct sharers_query *query = search->query;
	const double seconds = (double)(search->deadline - search->started) / 1e9;

	/* The process that was named maps it for certain: it is looked into however short the time is. */
	if (search->stopped || search->named)
		return search->stopped;
	if (query->cancel && atomic_load_explicit(query->cancel, memory_order_relaxed))
		search->stopped = "it was cancelled";
	else if (search->now() >= search->deadline)
		search->stopped =
			arena_printf(search->arena, "%.*f s were over", seconds < 0.1 ? 3 : 1, seconds);
	return search->stopped;
}

bool sharers_enough(struct search *search)
{
	return !search->left || search->kin[search->who].alias || sharers_stop(search);
}

void sharers_span(const struct search *search, uint64_t base, uint64_t *from, uint64_t *to)
{
	const uint64_t size = search->pages * search->kernel->page_size;

	/* A folio whose first subpages would lie below address 0: only the others can be mapped there. */
	*from = base + size < base ? 0 : base;
	*to = base + size;
}

/*
 * Whether the process under way has the address space of another that maps the folio at the same place: one that
 * CLONE_VM or vfork made. The kernel counts the mappings of that space once.
 */
static bool find_alias(struct search *search, uint64_t base)
{
	const pid_t pid = search->kin[search->who].pid;
	const struct stretch *stretch;
	size_t i;

	for (i = 0; i < search->n_stretches; i++) {
		stretch = &search->stretches[i];
		if (stretch->base != base || stretch->who == search->who)
			continue;
		if (kernel_same_memory(search->kernel, pid, search->kin[stretch->who].pid) != 1)
			continue;
		search->kin[search->who].alias = stretch->who + 1;
		return true;
	}
	return false;
}

static struct stretch *find_stretch(struct search *search, uint64_t base)
{
	const struct kin *kin = &search->kin[search->who];
	size_t i;

	for (i = kin->first; i < kin->first + kin->n; i++)
		if (search->stretches[i].base == base)
			return &search->stretches[i];
	/*
	 * Addresses are read in ascending order, so that what belongs together comes together; where it does not
	 * (pages exchanged by mremap) there are two stretches of one base, which is as true.
	 */
	for (i = search->n_stretches; i > search->first && i + 64 > search->n_stretches; i--)
		if (search->stretches[i - 1].base == base)
			return &search->stretches[i - 1];
	return NULL;
}

static void add_bit(struct search *search, struct stretch *stretch, uint64_t i)
{
	if (stretch->bits[i / 64] >> i % 64 & 1)
		return;
	stretch->bits[i / 64] |= UINT64_C(1) << i % 64;
	if (search->counts_known && search->found[i] < search->count[i])
		search->left--;
	search->found[i]++;
}

/* n pages at addr, of which the first is frame pfn, and which all are the folio's. */
static void take(struct search *search, uint64_t addr, uint64_t pfn, uint64_t n)
{
	const uint64_t sub = pfn - search->head, base = addr - sub * search->kernel->page_size;
	struct kin *kin = &search->kin[search->who];
	struct stretch *stretch;
	uint64_t i;

	if (kin->alias)
		return;
	stretch = find_stretch(search, base);
	if (!stretch) {
		if (!kin->n && search->n_stretches == search->first && find_alias(search, base))
			return;
		mem_grow(&search->stretches, &search->stretches_room, search->n_stretches + 1,
			 sizeof(*stretch));
		stretch = &search->stretches[search->n_stretches++];
		*stretch = (struct stretch){.who = search->who,
					    .base = base,
					    .mapping = sharers_small(search) ? MAPPING_PTE : MAPPING_UNKNOWN};
		stretch->bits =
			arena_alloc(search->arena, ((search->pages + 63) / 64) * sizeof(*stretch->bits));
	}
	for (i = 0; i < n; i++)
		add_bit(search, stretch, sub + i);
}

static bool is_ours(const struct search *search, uint64_t word)
{
	return word & PM_PRESENT && (word & PM_PFN_MASK) - search->head < search->pages;
}

static void take_words(struct search *search, uint64_t addr, size_t n)
{
	const uint64_t *words = search->words;
	size_t i, run;

	for (i = 0; i < n; i += run) {
		run = 1;
		if (!is_ours(search, words[i]))
			continue;
		while (i + run < n && is_ours(search, words[i + run]) &&
		       (words[i + run] & PM_PFN_MASK) == (words[i] & PM_PFN_MASK) + run)
			run++;
		take(search, addr + i * search->kernel->page_size, words[i] & PM_PFN_MASK, run);
	}
}

int sharers_read(struct search *search, uint64_t from, uint64_t to)
{
	const uint64_t page_size = search->kernel->page_size;
	ssize_t got;
	size_t n;

	while (from < to && !sharers_enough(search)) {
		n = (to - from) / page_size < SHARERS_WORDS ? (to - from) / page_size : SHARERS_WORDS;
		got = kernel_pagemap(search->process, from, n, search->words);
		if (got <= 0)
			return (int)got;
		take_words(search, from, (size_t)got);
		from += (uint64_t)got * page_size;
	}
	return 0;
}

/* Huge entries: one word each, the last one, from which the kernel does not walk on far (core/survey_slot.c). */
static int read_huge(struct search *search, uint64_t from, uint64_t to)
{
	const uint64_t size = search->kernel->pmd_size, page_size = search->kernel->page_size;
	const uint64_t pages = size / page_size;
	uint64_t word, first;
	ssize_t got;

	/* No huge entry maps a folio that is smaller. */
	if (search->order < search->kernel->pmd_order)
		return 0;
	for (from &= ~(size - 1); from < to && !sharers_enough(search); from += size) {
		got = kernel_pagemap(search->process, from + size - page_size, 1, &word);
		if (got < 0)
			return (int)got;
		first = (word & PM_PFN_MASK) - (pages - 1);
		if (got && is_ours(search, word) && first >= search->head && !(first & (pages - 1)))
			take(search, from, first, pages);
	}
	return 0;
}

/* What the scan told: pages by ptes are gathered to whole slots, which are read together where they are neighbours. */
static int read_ranges(struct search *search, size_t n, uint64_t low, uint64_t high)
{
	const uint64_t size = search->kernel->pmd_size;
	uint64_t from = 0, to = 0, start, end;
	int err = 0;
	size_t i;

	for (i = 0; i < n && !err && !sharers_enough(search); i++) {
		const struct scan_range *range = &search->ranges[i];

		if (!(range->categories & SCAN_PRESENT))
			continue;
		if (range->categories & SCAN_HUGE) {
			err = read_huge(search, range->start, range->end);
			continue;
		}
		start = range->start & ~(size - 1);
		end = (range->end + size - 1) & ~(size - 1);
		start = start < low ? low : start;
		end = end > high || end < start ? high : end;
		if (start <= to && to) {
			to = end > to ? end : to;
			continue;
		}
		err = sharers_read(search, from, to);
		from = start;
		to = end;
	}
	return err ? err : sharers_read(search, from, to);
}

int sharers_scan(struct search *search, uint64_t from, uint64_t to)
{
	const uint64_t low = from;
	struct kernel_scan scan;
	int err = 0;

	if (!capable(&search->kernel->caps, CAP_PAGEMAP_SCAN))
		return sharers_read(search, from, to);
	while (from < to && !err && !sharers_enough(search)) {
		scan = (struct kernel_scan){
			.from = from,
			.to = to - from > SCAN_SLOTS * search->kernel->pmd_size
				      ? from + SCAN_SLOTS * search->kernel->pmd_size
				      : to,
			.out = search->ranges,
			.room = sizeof(search->ranges) / sizeof(search->ranges[0]),
			.dispensable = SCAN_FILE,
			.max_pages = SCAN_PAGES,
		};
		err = kernel_scan(search->process, &scan);
		if (err || scan.next <= from)
			return err ? err : -EIO;
		err = read_ranges(search, scan.n, low, to);
		from = scan.next;
	}
	return err;
}
