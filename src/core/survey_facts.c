/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the survey reads besides pagemap and scan: counts, flags of a first page, smaps. */
#include <errno.h>
#include <string.h>

#include "core/survey_parts.h"

/* Up to this size, 1 ms of empty pagemap, a VMA is read to its end without asking smaps what it holds. */
#define READ_WHOLE (UINT64_C(256) << 20)

void survey_read_smaps(struct survey *survey)
{
	struct buf text = {0};
	size_t line;

	if (survey->smaps_read)
		return;
	survey->smaps_read = true;
	if (!kernel_process_text(survey->process, "smaps", &text))
		survey->smaps_error = vma_parse_smaps(text.data, text.len, survey->arena, survey->out->vmas,
						      survey->out->n_vmas, &line);
	buf_fini(&text);
}

uint64_t survey_smaps_pmd_kb(const struct vma *vma)
{
	return smaps_kb(vma->smaps, "AnonHugePages", 0) + smaps_kb(vma->smaps, "ShmemPmdMapped", 0) +
	       smaps_kb(vma->smaps, "FilePmdMapped", 0);
}

uint64_t survey_expected_pages(struct survey *survey, const struct vma *vma)
{
	uint64_t kb;

	if (!vma->smaps || survey->options->exact || vma->end - vma->start <= READ_WHOLE)
		return UINT64_MAX;
	kb = smaps_kb(vma->smaps, "Rss", 0) + smaps_kb(vma->smaps, "Swap", 0) +
	     smaps_kb(vma->smaps, "Shared_Hugetlb", 0) + smaps_kb(vma->smaps, "Private_Hugetlb", 0);
	return (kb << 10) / survey->kernel->page_size;
}

bool survey_maybe_hugetlb(const struct survey *survey, const struct vma *vma)
{
	if (vma->kind == VMA_HUGETLB)
		return true;
	/* With flags, KPF_HUGE tells. */
	if (capable(&survey->kernel->caps, CAP_KPAGEFLAGS) && capable(&survey->kernel->caps, CAP_PFN))
		return false;
	return vma->kind == VMA_FILE || vma->kind == VMA_SHMEM;
}

uint32_t survey_held(const struct slot *slot)
{
	uint32_t held = 0;
	size_t i;

	for (i = 0; i < slot->n_runs; i++)
		if (slot->runs[i].word & (PM_PRESENT | PM_SWAP))
			held += slot->runs[i].n;
	return held;
}

/* Whether a frame is a zero page, by its flags; the last one seen is remembered. */
static bool is_zero_page(struct survey *survey, uint64_t pfn)
{
	uint64_t flags;

	if (pfn != survey->zero_pfn && kernel_flags(survey->kernel, pfn, 1, &flags) == 1 &&
	    flags >> KPF_ZERO & 1)
		survey->zero_pfn = pfn;
	return pfn == survey->zero_pfn;
}

/*
 * Whether smaps counts a run of present pages in Rss: it leaves out the zero pages, small and huge, and ptes without a
 * normal page (smaps_pte_entry, fs/proc/task_mmu.c). All pages of a run are alike in this. False where it cannot be
 * told.
 */
static bool in_rss(struct survey *survey, const struct slot *slot, const struct run *run)
{
	uint64_t flags, pfn = run->word & PM_PFN_MASK;

	/* Zero pages are not mapped exclusively. */
	if (run->word & PM_MMAP_EXCLUSIVE)
		return true;
	if (slot->huge_zero || !slot->pfns || !pfn || pfn == survey->zero_pfn)
		return false;
	if (kernel_flags(survey->kernel, pfn, 1, &flags) != 1)
		return false;
	if (flags >> KPF_ZERO & 1)
		survey->zero_pfn = pfn;
	return !(flags >> KPF_ZERO & 1) && (run->word & PM_FILE || flags >> KPF_ANON & 1);
}

/* Likewise in Swap: markers are no swap. */
static bool in_swap(const struct slot *slot, const struct run *run)
{
	return run->word & PM_SWAP && slot->swap_types && PM_SWAP_TYPE(run->word) < FIRST_NONSWAP_TYPE;
}

uint32_t survey_counted(struct survey *survey, const struct slot *slot)
{
	uint32_t counted = 0;
	size_t i;

	for (i = 0; i < slot->n_runs; i++) {
		const struct run *run = &slot->runs[i];

		if (run_present(run) ? in_rss(survey, slot, run) : in_swap(slot, run))
			counted += run->n;
	}
	return counted;
}

bool survey_ask_first(struct survey *survey, struct slot *slot)
{
	const uint64_t exclusive = UINT64_C(1) << KPF_ANON | UINT64_C(1) << KPF_ANON_EXCLUSIVE;
	uint64_t flags, pfn = survey->pagemap[0] & PM_PFN_MASK;

	if (!(survey->pagemap[0] & PM_PRESENT) || !slot->pfns || !pfn)
		return false;
	if (kernel_flags(survey->kernel, pfn, 1, &flags) != 1)
		return false;
	slot->huge_zero = flags >> KPF_ZERO & 1 && flags >> KPF_THP & 1;
	return (flags & exclusive) == exclusive;
}

void survey_find_zero(struct survey *survey, struct slot *slot)
{
	struct kernel_scan scan = {.from = slot->start, .to = slot->start + slot->len, .room = 1};
	struct scan_range range;
	bool maybe = false;
	size_t i;

	for (i = 0; i < slot->n_runs; i++)
		maybe |= (slot->runs[i].word & (PM_PRESENT | PM_FILE | PM_MMAP_EXCLUSIVE)) == PM_PRESENT;
	if (!maybe || !capable(&survey->kernel->caps, CAP_PAGEMAP_SCAN))
		return;
	memset(survey->order, ORDER_UNKNOWN, slot->len / slot->page_size);
	slot->order = survey->order;
	for (scan.out = &range; scan.from < scan.to; scan.from = scan.next) {
		if (kernel_scan(survey->process, &scan) || scan.next <= scan.from)
			return;
		if (scan.n && range.categories & SCAN_PFNZERO && !(range.categories & SCAN_HUGE))
			memset(survey->order + (range.start - slot->start) / slot->page_size, ORDER_ZERO,
			       (range.end - range.start) / slot->page_size);
	}
}

/* One run of consecutive frames. */
static int read_run(struct survey *survey, uint64_t pfn, size_t n, uint64_t *count)
{
	ssize_t got;

	while (n) {
		got = kernel_counts(survey->kernel, pfn, n, count);
		if (got <= 0)
			return got ? (int)got : -ENODATA;
		pfn += (uint64_t)got;
		n -= (size_t)got;
		count += got;
	}
	return 0;
}

/* Whether a page of the slot is, or may be, part of a larger folio. */
static bool any_large(const struct slot *slot)
{
	uint32_t at;
	size_t i;

	for (i = 0; i < slot->n_runs; i++)
		for (at = slot->runs[i].first;
		     run_present(&slot->runs[i]) && at < slot->runs[i].first + slot->runs[i].n; at++)
			if (!slot->order || slot->order[at])
				return true;
	return false;
}

void survey_ask_averaged(struct survey *survey, struct slot *slot)
{
	/* The count of a page that is its own folio is always its own. */
	if (any_large(slot))
		slot->averaged = kernel_averaged(survey->kernel);
}

/* Tells the zero page from the small pages among which folio_orders counts it. */
static void find_zero_pages(struct survey *survey, const struct run *run)
{
	uint32_t at;

	for (at = run->first; at < run->first + run->n; at++)
		if (!survey->count[at] && !survey->order[at] &&
		    is_zero_page(survey, run_word(run, at - run->first) & PM_PFN_MASK))
			survey->order[at] = ORDER_ZERO;
}

static bool stale(const struct survey *survey, const struct slot *slot, const struct run *run)
{
	uint32_t at;

	if (!run_present(run) || !(run->word & PM_PFN_MASK))
		return false;
	for (at = run->first; at < run->first + run->n; at++)
		if (!survey->count[at] && slot->order && slot->order[at] <= ORDER_MAX)
			return true;
	return false;
}

void survey_read_counts(struct survey *survey, struct slot *slot, bool skip_exclusive, size_t n)
{
	size_t i;
	int err = 0;

	if (!capable(&survey->kernel->caps, CAP_KPAGECOUNT) || !slot->pfns)
		return;
	for (i = 0; i < n; i++)
		survey->count[i] = 1;
	for (i = 0; i < slot->n_runs && !err; i++) {
		const struct run *run = &slot->runs[i];

		if (!run_present(run) || !(run->word & PM_PFN_MASK))
			continue;
		if (skip_exclusive && run->word & PM_MMAP_EXCLUSIVE)
			continue;
		if ((run->word & PM_PFN_MASK) == survey->zero_pfn)
			memset(survey->count + run->first, 0, run->n * sizeof(*survey->count));
		else
			err = read_run(survey, run->word & PM_PFN_MASK, run->n, survey->count + run->first);
		if (!err && slot->order == survey->order && !(run->word & PM_FILE))
			find_zero_pages(survey, run);
	}
	/* Any other page that is present has a mapping: a count of 0 is of a frame that was freed meanwhile. */
	for (i = 0; i < slot->n_runs && !err; i++)
		err = stale(survey, slot, &slot->runs[i]) ? -EAGAIN : 0;
	slot->counts_known = !err;
}
