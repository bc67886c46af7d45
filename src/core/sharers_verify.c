/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether what was found still holds, and by which entries it is mapped. */
#include <errno.h>
#include <string.h>

#include "core/sharers_parts.h"

/* What was found late is looked at again even if the time is over, but not for longer than this. */
#define GRACE_NS UINT64_C(300000000)

static uint32_t bits_set(const struct search *search, const struct stretch *stretch)
{
	uint32_t n = 0, i;

	for (i = 0; i < (search->pages + 63) / 64; i++)
		n += (uint32_t)__builtin_popcountll(stretch->bits[i]);
	return n;
}

/* What maps the page at addr: a PMD or a pte; unknown where nothing tells. */
static enum mapping mapping_at(struct search *search, uint64_t addr, uint64_t word)
{
	const struct kernel *kernel = search->kernel;
	struct scan_range range = {0};
	struct kernel_scan scan = {.from = addr,
				   .to = addr + kernel->page_size,
				   .out = &range,
				   .room = 1,
				   .max_pages = 1,
				   .dispensable = SCAN_FILE};

	if (capable(&kernel->caps, CAP_PAGEMAP_SCAN)) {
		if (kernel_scan(search->process, &scan) || !scan.n)
			return MAPPING_UNKNOWN;
		return range.categories & SCAN_HUGE ? MAPPING_PMD : MAPPING_PTE;
	}
	if (kernel->pagemap_pmd_bit >= 0)
		return word >> kernel->pagemap_pmd_bit & 1 ? MAPPING_PMD : MAPPING_PTE;
	return MAPPING_UNKNOWN;
}

/* Whether a PMD could map it at all: whole and aligned. */
static bool could_be_pmd(const struct search *search, const struct stretch *stretch)
{
	return search->order >= search->kernel->pmd_order &&
	       !(stretch->base & (search->kernel->pmd_size - 1)) &&
	       bits_set(search, stretch) == search->pages;
}

/* Reads a stretch's words again; its bits are then of now. 0, or why some could not be read. */
static int read_again(struct search *search, struct stretch *stretch)
{
	const uint64_t page_size = search->kernel->page_size;
	uint64_t from, to, i = 0, k, n, first = 0;
	ssize_t got = 0;

	sharers_span(search, stretch->base, &from, &to);
	for (; from < to; from += (uint64_t)got * page_size) {
		n = (to - from) / page_size < SHARERS_WORDS ? (to - from) / page_size : SHARERS_WORDS;
		got = kernel_pagemap(search->process, from, n, search->words);
		if (got <= 0)
			break;
		for (k = 0; k < (uint64_t)got; k++) {
			i = (from - stretch->base) / page_size + k;
			if (!(search->words[k] & PM_PRESENT) ||
			    (search->words[k] & PM_PFN_MASK) != search->head + i)
				continue;
			stretch->bits[i / 64] |= UINT64_C(1) << i % 64;
			first = first ? first : search->words[k];
		}
	}
	if (could_be_pmd(search, stretch))
		stretch->mapping = mapping_at(search, stretch->base, first);
	return got < 0 ? (int)got : 0;
}

static void add_up(struct search *search, const struct stretch *stretch)
{
	uint32_t i;

	for (i = 0; i < search->pages; i++) {
		if (!(stretch->bits[i / 64] >> i % 64 & 1))
			continue;
		search->found[i]++;
		search->pte_found[i] += stretch->mapping == MAPPING_PTE;
	}
}

static void let_go(struct search *search)
{
	kernel_process_close(search->process);
	search->process = NULL;
}

/* Takes hold of a stretch's process: 0, or why it cannot be looked into; -ESRCH: it is gone. */
static int take_hold(struct search *search, size_t who)
{
	int err;

	if (search->process && search->who == who)
		return 0;
	let_go(search);
	search->who = who;
	err = kernel_process_open(search->kernel, search->kin[who].pid, &search->process);
	if (err)
		search->process = NULL;
	if (err || search->process->start_time == search->kin[who].start_time)
		return err;
	let_go(search);
	return -ESRCH;
}

static void verify(struct search *search, struct stretch *stretch)
{
	int err = take_hold(search, stretch->who);

	memset(stretch->bits, 0, (search->pages + 63) / 64 * sizeof(*stretch->bits));
	stretch->mapping = MAPPING_PTE; /* no PMD of what is gone is counted */
	if (!err)
		err = read_again(search, stretch);
	if (err)
		sharers_looked(&search->kin[stretch->who], err);
}

void sharers_verify(struct search *search)
{
	struct stretch *stretch;
	bool late = false;
	size_t i;

	memset(search->found, 0, search->pages * sizeof(*search->found));
	memset(search->pte_found, 0, search->pages * sizeof(*search->pte_found));
	search->process = NULL;
	for (i = 0; i < search->n_stretches; i++) {
		stretch = &search->stretches[i];
		late = late || search->now() >= search->deadline + GRACE_NS;
		if (!late)
			verify(search, stretch);
		add_up(search, stretch);
	}
	let_go(search);
	sharers_read_counts(search);
}
