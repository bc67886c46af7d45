/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One pass over a process: its VMAs, and every slot's raw words put before classify(). */
#include "core/survey.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/folio.h"
#include "core/mem.h"
#include "core/parse.h"
#include "core/survey_parts.h"
#include "core/system.h"

/* Slots that one scan may cover where page tables are full: 16 us a slot of ptes keeps the lock under 1 ms. */
#define SCAN_SLOTS 64
/*
 * A scan for the next page that holds anything walks empty tables only, at 1.2 us each (measured on 6.18): with so many
 * tables at most, it may cover any range; with more, so many slots at once.
 */
#define FEW_TABLES 1024
#define SEEK_SLOTS 1024

static uint64_t slot_size(const struct survey *survey)
{
	return survey->kernel->pmd_size;
}

static uint64_t align_down(uint64_t addr, uint64_t size)
{
	return addr & ~(size - 1);
}

static bool can(const struct survey *survey, enum capability capability)
{
	return capable(&survey->kernel->caps, capability);
}

/*
 * The next address from `from` on at which a page holds anything, or `to`. A scan walks every page table in
 * its range under the target's mmap lock, so with many tables it is cut into pieces.
 */
static int seek(struct survey *survey, uint64_t from, uint64_t to, uint64_t *found)
{
	uint64_t piece = survey->page_tables <= FEW_TABLES ? UINT64_MAX : SEEK_SLOTS * slot_size(survey);
	struct scan_range range;
	struct kernel_scan scan = {.from = from, .out = &range, .room = 1, .max_pages = 1};
	int err;

	while (scan.from < to) {
		scan.to = to - scan.from > piece ? scan.from + piece : to;
		err = kernel_scan(survey->process, &scan);
		if (err)
			return err;
		if (scan.n) {
			*found = range.start;
			return 0;
		}
		if (scan.next <= scan.from)
			return -EIO;
		scan.from = scan.next;
	}
	*found = to;
	return 0;
}

/* Categories of the first page at addr, and how far pages answer alike; none: 0. */
static int scan_first(struct survey *survey, uint64_t addr, uint64_t to, struct scan_range *range)
{
	struct kernel_scan scan = {.from = addr,
				   .to = addr + survey->kernel->page_size,
				   .out = range,
				   .room = 1,
				   .max_pages = 1};
	int err = kernel_scan(survey->process, &scan);

	if (err)
		return err;
	if (!scan.n) {
		*range = (struct scan_range){addr, addr, 0};
		return 0;
	}
	if (!(range->categories & SCAN_HUGE))
		return 0;
	/* Huge: one longer scan tells it for all neighbours alike; it ends at the first that differs. */
	scan.to = to - addr > SCAN_SLOTS * slot_size(survey) ? addr + SCAN_SLOTS * slot_size(survey) : to;
	scan.max_pages = 0;
	err = kernel_scan(survey->process, &scan);
	if (err)
		return err;
	if (!scan.n || range->start != addr)
		*range = (struct scan_range){addr, addr, 0};
	return 0;
}

/* hugetlb is told by kind, by flags, or by asking for the page size of a VMA that shows huge pages. */
static void learn_hugetlb(struct survey *survey, struct vma *vma)
{
	uint64_t size;

	if (vma->huge_page_size || survey->asked_vma == vma)
		return;
	survey->asked_vma = vma;
	if (kernel_vma_page_size(survey->process, vma->start, &size)) {
		if (vma->kind != VMA_HUGETLB && (vma->kind != VMA_FILE && vma->kind != VMA_SHMEM))
			return;
		survey_read_smaps(survey);
		size = smaps_kb(vma->smaps, "KernelPageSize", 0) << 10;
	}
	if (size > survey->kernel->page_size) {
		vma->kind = VMA_HUGETLB;
		vma->huge_page_size = size;
	} else if (size) {
		/* A name like a hugetlb file's, and nothing more. */
		vma->kind = vma->kind == VMA_HUGETLB ? VMA_SHMEM : vma->kind;
	} else if (vma->kind == VMA_HUGETLB) {
		vma->huge_page_size = survey->kernel->pmd_size;
	}
}

/*
 * Whether a huge entry could map the slot whose words were read: it maps consecutive frames from an aligned one
 * on (without frame numbers: pages without a hole), or is on the move and shows as swap.
 */
static bool could_be_leaf(const struct survey *survey, const struct slot *slot)
{
	const size_t n = slot->len / survey->kernel->page_size;
	uint64_t first = survey->pagemap[0], last = survey->pagemap[n - 1];

	if (slot->len < slot_size(survey) || !(first & (PM_PRESENT | PM_SWAP)))
		return false;
	if (!(first & PM_PRESENT) || !slot->pfns)
		return true;
	return !((first & PM_PFN_MASK) & (n - 1)) && last & PM_PRESENT &&
	       (last & PM_PFN_MASK) == (first & PM_PFN_MASK) + n - 1;
}

/*
 * A PMD- or PUD-mapped slot: one pagemap word, the head's flags, and counts unless it is AnonExclusive. -EAGAIN: it
 * is not that any more.
 */
static int survey_huge(struct survey *survey, struct vma *vma, struct slot *slot)
{
	const struct kernel *kernel = survey->kernel;
	size_t n = slot->len / kernel->page_size;
	uint64_t pfn, flags = 0;
	bool exclusive, hugetlb;
	uint8_t order;
	ssize_t got;

	got = kernel_pagemap(survey->process, slot->start, survey->options->pages ? n : 1, survey->pagemap);
	if (got < 0)
		return (int)got;
	survey->pagemap[0] = got ? survey->pagemap[0] : 0;
	survey->runs[0] = (struct run){0, (uint32_t)n, survey->pagemap[0]};
	slot->n_runs = 1;
	/* Page records show the words as they are: bit 56 may differ from page to page (6.7 to 6.14). */
	if ((size_t)got == n)
		slot->n_runs = slot_runs(survey->pagemap, n, survey->runs);
	pfn = survey->pagemap[0] & PM_PFN_MASK;
	if (!(survey->pagemap[0] & PM_PRESENT) && slot->categories & SCAN_PRESENT)
		return -EAGAIN;
	/* All words were read, and are no longer those of one huge entry. */
	if ((size_t)got == n && !could_be_leaf(survey, slot))
		return -EAGAIN;
	if (!(survey->pagemap[0] & PM_PRESENT) || !slot->pfns || !pfn)
		return 0;
	if (slot->categories & SCAN_PFNZERO)
		return 0;
	if (kernel_flags(survey->kernel, pfn, 1, &flags) == 1) {
		/* It may have taken a THP's place since the scan. */
		slot->huge_zero = flags >> KPF_ZERO & 1;
		if (slot->huge_zero)
			return 0;
		hugetlb = flags >> KPF_HUGE & 1;
		if (!(flags >> KPF_HEAD & 1) && !(flags >> KPF_TAIL & 1) && kernel->kpf_team_bit < 0)
			return -EAGAIN;
		if (hugetlb)
			learn_hugetlb(survey, vma);
		slot->hugetlb_size = vma->huge_page_size;
		order = kernel->kpf_team_bit >= 0 && flags >> kernel->kpf_team_bit & 1 ? ORDER_TEAM
			: slot->hugetlb_size || hugetlb				       ? ORDER_HUGETLB
							: (uint8_t)kernel->pmd_order;
		memset(survey->order, order, n);
		slot->order = survey->order;
	}
	exclusive = flags >> KPF_ANON & 1 && flags >> KPF_ANON_EXCLUSIVE & 1 && !slot->hugetlb_size;
	slot->mapped_once = exclusive;
	if (exclusive && !survey->options->exact && !survey->options->pages)
		return 0;
	survey_ask_averaged(survey, slot);
	survey_read_counts(survey, slot, false, n);
	return 0;
}

/*
 * Whether bit 56 may be the head's for all pages: where nothing says that the slot is not PMD-mapped, if one
 * folio could be behind all of it.
 */
static bool doubt_exclusive(const struct survey *survey, const struct slot *slot)
{
	uint8_t order = slot->order ? slot->order[0] : ORDER_UNKNOWN;

	return !slot->has_categories && slot->len == slot_size(survey) && run_present(&slot->runs[0]) &&
	       order >= survey->kernel->pmd_order;
}

/* A slot's words, cut into runs. */
static int read_words(struct survey *survey, struct slot *slot)
{
	const size_t n = slot->len / survey->kernel->page_size;
	ssize_t got = kernel_pagemap(survey->process, slot->start, n, survey->pagemap);

	if (got < 0)
		return (int)got;
	memset(survey->pagemap + got, 0, (n - (size_t)got) * sizeof(*survey->pagemap));
	slot->n_runs = slot_runs(survey->pagemap, n, survey->runs);
	return 0;
}

/* A slot mapped by ptes, its words read: the orders of its folios, and counts where bit 56 is not on every page. */
static void survey_ptes(struct survey *survey, struct slot *slot)
{
	const size_t n = slot->len / survey->kernel->page_size;
	bool want_all = survey->options->exact || survey->options->pages, shared = false, file = false;
	struct folio_query query = {.kernel = survey->kernel,
				    .anon = survey->anon_orders,
				    .file = survey->file_orders,
				    .exact = survey->options->exact};
	size_t i;

	if (!slot->pfns) {
		survey_find_zero(survey, slot);
		return;
	}
	if (can(survey, CAP_KPAGEFLAGS) && !slot->hugetlb_size) {
		folio_orders(&query, survey->runs, slot->n_runs, slot->start / survey->kernel->page_size,
			     survey->order, survey->options->pages ? survey->flags : NULL);
		slot->order = survey->order;
	}
	want_all |= doubt_exclusive(survey, slot);
	for (i = 0; i < slot->n_runs; i++) {
		shared |= (survey->runs[i].word & (PM_PRESENT | PM_MMAP_EXCLUSIVE)) == PM_PRESENT;
		file |= (survey->runs[i].word & (PM_PRESENT | PM_FILE)) == (PM_PRESENT | PM_FILE);
	}
	/* Bit 56 on every page of anonymous memory leaves no question, averages or not. */
	if (shared || file || want_all)
		survey_ask_averaged(survey, slot);
	if (shared || want_all)
		survey_read_counts(survey, slot, !want_all, n);
}

static void start_slot(struct survey *survey, const struct vma *vma, uint64_t start, struct slot *slot)
{
	uint64_t end = align_down(start, slot_size(survey)) + slot_size(survey);

	memset(slot, 0, sizeof(*slot));
	slot->start = start;
	slot->len = (end > vma->end || end < start ? vma->end : end) - start;
	slot->page_size = survey->kernel->page_size;
	slot->pmd_order = survey->kernel->pmd_order;
	slot->hugetlb_size = vma->huge_page_size;
	slot->special_unknown = vma->pfnmap_unknown;
	slot->pfns = can(survey, CAP_PFN);
	slot->swap_types = slot->pfns && survey->swap_devices <= FIRST_NONSWAP_TYPE;
	slot->no_swap = !survey->swap_devices;
	slot->runs = survey->runs;
	slot->count = survey->count;
}

static void finish_slot(struct survey *survey, struct vma *vma, struct slot *slot)
{
	struct region region;

	classify(slot, &region);
	if (region.mapping == MAPPING_NONE)
		return;
	survey_add_region(survey, vma, slot, &region);
}

/*
 * The scan's answer for a slot, from *range where an earlier call told it. Behind a slot that is mapped by ptes the
 * words come first, since most of them leave no question to the scan.
 */
static int scan_slot(struct survey *survey, const struct vma *vma, struct slot *slot, uint64_t to,
		     struct scan_range *range, bool *words)
{
	bool told = slot->start >= range->start && slot->start + slot->len <= range->end;
	uint64_t first;
	int err;

	*words = false;
	slot->how = HOW_PAGEMAP_SCAN;
	slot->has_categories = true;
	if (!(told && range->categories & SCAN_HUGE)) {
		if (!(range->categories & SCAN_HUGE) && range->end == slot->start && !vma->huge_page_size) {
			err = read_words(survey, slot);
			if (err)
				return err;
			*words = true;
		}
		if (*words && !could_be_leaf(survey, slot)) {
			*range = (struct scan_range){slot->start, slot->start + slot->len, 0};
		} else {
			err = scan_first(survey, slot->start, to, range);
			if (err)
				return err;
			/* Words like a huge entry's that the scan denies are a split THP's, or were read too early. */
			*words = *words && kernel_pagemap(survey->process, slot->start, 1, &first) == 1 &&
				 first == survey->pagemap[0];
		}
	}
	slot->categories = range->categories;
	/* Where the next slot begins: the mark of one that is mapped by ptes. */
	if (!(range->categories & SCAN_HUGE))
		range->end = slot->start + slot->len;
	return 0;
}

/* One slot where PAGEMAP_SCAN tells the mapping. `range` is kept between calls. */
static int survey_slot_scanned(struct survey *survey, struct vma *vma, uint64_t start, uint64_t to,
			       struct scan_range *range, bool *empty)
{
	bool words, huge;
	struct slot slot;
	int err;

	start_slot(survey, vma, start, &slot);
	err = scan_slot(survey, vma, &slot, to, range, &words);
	if (err)
		return err;
	if (slot.categories & SCAN_HUGE && !vma->huge_page_size && survey_maybe_hugetlb(survey, vma)) {
		learn_hugetlb(survey, vma);
		slot.hugetlb_size = vma->huge_page_size;
	}
	huge = slot.categories & SCAN_HUGE && (!slot.hugetlb_size || slot.hugetlb_size >= slot_size(survey));
	if (huge) {
		err = survey_huge(survey, vma, &slot);
		if (err == -EAGAIN) {
			/* It went between the two looks. */
			slot.categories = 0;
			huge = words = false;
		} else if (err) {
			return err;
		}
	}
	if (!huge && !words) {
		err = read_words(survey, &slot);
		if (err)
			return err;
	}
	if (!huge)
		survey_ptes(survey, &slot);
	*empty = !slot.categories && !survey_held(&slot);
	if (!*empty)
		finish_slot(survey, vma, &slot);
	return 0;
}

static int survey_vma_scanned(struct survey *survey, struct vma *vma, uint64_t from, uint64_t to)
{
	struct scan_range range = {0};
	bool empty = true;
	uint64_t found;
	int err;

	while (from < to) {
		if (empty) {
			err = seek(survey, from, to, &found);
			if (err)
				return err;
			if (found >= to)
				break;
			from = align_down(found, slot_size(survey));
			if (from < vma->start)
				from = vma->start;
		}
		err = survey_slot_scanned(survey, vma, from, to, &range, &empty);
		if (err)
			return err;
		from = align_down(from, slot_size(survey)) + slot_size(survey);
	}
	return 0;
}

/*
 * Without the scan: whether a slot could be PMD-mapped at all, told by what is behind it. The huge zero page is
 * only ever mapped by PMD, and smaps does not count it.
 */
static enum mapping could_be_pmd(const struct survey *survey, const struct slot *slot)
{
	struct region region;

	if (slot->huge_zero)
		return MAPPING_PMD;
	classify(slot, &region);
	if (region.len < slot_size(survey) ||
	    (uint64_t)region.present * survey->kernel->page_size < region.len)
		return MAPPING_PTE;
	return region.backing == BACKING_THP || region.backing == BACKING_UNKNOWN ? MAPPING_UNKNOWN
										  : MAPPING_PTE;
}

/*
 * Whether a full slot could be the huge zero page, which smaps does not count: without frame numbers all its words are
 * alike, it is not mapped exclusively, and pagemap calls it a file's (facts D). Shared memory never has it.
 */
static bool maybe_zero(const struct slot *slot, const struct vma *vma)
{
	return slot->n_runs == 1 && vma->kind != VMA_SHMEM &&
	       (slot->runs[0].word & (PM_FILE | PM_MMAP_EXCLUSIVE | PM_PFN_MASK)) == PM_FILE;
}

/*
 * Reads a VMA's slots through pagemap. Slots that could be PMD-mapped are `decided`; *candidates counts them.
 * With `add` the regions are kept. Reading ends once everything that smaps counts was found.
 */
static int read_pass(struct survey *survey, struct vma *vma, uint64_t from, uint64_t to, enum mapping decided,
		     bool add, uint64_t *candidates)
{
	const int bit = survey->kernel->pagemap_pmd_bit;
	uint64_t left = survey_expected_pages(survey, vma);
	struct slot slot;
	uint32_t counted;
	int err;

	for (*candidates = 0; from < to && left;
	     from = align_down(from, slot_size(survey)) + slot_size(survey)) {
		start_slot(survey, vma, from, &slot);
		err = read_words(survey, &slot);
		if (err)
			return err;
		if (!survey_held(&slot))
			continue;
		survey_ptes(survey, &slot);
		survey_huge_zero(survey, &slot);
		if (left != UINT64_MAX) {
			counted = survey_counted(survey, &slot);
			left = left > counted ? left - counted : 0;
		}
		slot.how = bit >= 0 ? HOW_PAGEMAP_BIT : vma->smaps ? HOW_SMAPS : HOW_UNKNOWN;
		if (bit >= 0) {
			slot.told = survey->pagemap[0] >> bit & 1 ? MAPPING_PMD : MAPPING_PTE;
		} else {
			slot.told = could_be_pmd(survey, &slot);
			*candidates += slot.told == MAPPING_UNKNOWN;
			if (slot.told == MAPPING_UNKNOWN &&
			    !(decided == MAPPING_PTE && maybe_zero(&slot, vma)))
				slot.told = decided;
			if (slot.told == MAPPING_UNKNOWN)
				slot.how = HOW_UNKNOWN;
		}
		if (add)
			finish_slot(survey, vma, &slot);
	}
	return 0;
}

/* Without the scan: an announced pagemap bit, else the VMA's PMD counts in smaps where they decide it. */
static int survey_vma_read(struct survey *survey, struct vma *vma, uint64_t from, uint64_t to)
{
	enum mapping decided = MAPPING_UNKNOWN;
	uint64_t candidates, pmd_kb;
	int err;

	survey_read_smaps(survey);
	learn_hugetlb(survey, vma);
	pmd_kb = survey_smaps_pmd_kb(vma);
	if (vma->smaps && !pmd_kb) {
		decided = MAPPING_PTE;
	} else if (vma->smaps && survey->kernel->pagemap_pmd_bit < 0) {
		/* smaps counts the whole VMA, so all of its candidates have to be looked at. */
		err = read_pass(survey, vma, vma->start, vma->end, decided, false, &candidates);
		if (err)
			return err;
		if (candidates * slot_size(survey) >> 10 == pmd_kb)
			decided = MAPPING_PMD;
	}
	return read_pass(survey, vma, from, to, decided, true, &candidates);
}

/* Slots of a VMA that may be PFNMAP and showed nothing: their mapping is not known. */
static void add_unknown(struct survey *survey, struct vma *vma, uint64_t from, uint64_t to)
{
	struct slot slot;

	for (; from < to; from = align_down(from, slot_size(survey)) + slot_size(survey)) {
		start_slot(survey, vma, from, &slot);
		finish_slot(survey, vma, &slot);
		if (from > UINT64_MAX - slot_size(survey))
			break;
	}
}

int survey_vma(struct survey *survey, struct vma *vma)
{
	const struct survey_options *options = survey->options;
	uint64_t from = vma->start, to = vma->end;
	int err = 0;

	vma->first_region = (uint32_t)survey->n_regions;
	if (options->to) {
		if (from < align_down(options->from, slot_size(survey)))
			from = align_down(options->from, slot_size(survey));
		if (options->to < to &&
		    align_down(options->to - 1, slot_size(survey)) + slot_size(survey) < to)
			to = align_down(options->to - 1, slot_size(survey)) + slot_size(survey);
	}
	if (from >= to)
		return 0;
	survey_count_slots(survey, vma, from, to);
	if (vma->kind == VMA_HUGETLB)
		learn_hugetlb(survey, vma);
	if (vma->start >> 63)
		; /* [vsyscall]: in the kernel's half, where pagemap does not reach */
	else if (can(survey, CAP_PAGEMAP_SCAN))
		err = survey_vma_scanned(survey, vma, from, to);
	else
		err = survey_vma_read(survey, vma, from, to);
	if (!err && vma->pfnmap_unknown && survey->n_regions == vma->first_region)
		add_unknown(survey, vma, from, to);
	vma->n_regions = (uint32_t)survey->n_regions - vma->first_region;
	survey_add_up(survey, vma);
	return err;
}
