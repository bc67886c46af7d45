/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The survey of a VMA where PAGEMAP_SCAN tells which slots are mapped huge. */
#include <errno.h>

#include "core/survey_parts.h"

/*
 * Slots that one scan may cover from a huge one on: it ends at the first that is not huge, and 50 ns a huge entry keep
 * the lock under 0.1 ms.
 */
#define SCAN_SLOTS 1024
/*
 * A scan for the next page that holds anything walks empty tables only, at 1.2 us each (measured on 6.18): with so many
 * tables at most, it may cover any range; with more, so many slots at once.
 */
#define FEW_TABLES 1024
#define SEEK_SLOTS 1024

/*
 * The next address from `from` on at which a page holds anything, or `to`. A scan walks every page table in
 * its range under the target's mmap lock, so with many tables it is cut into pieces.
 */
static int seek(struct survey *survey, uint64_t from, uint64_t to, uint64_t *found)
{
	uint64_t piece =
		survey->page_tables <= FEW_TABLES ? UINT64_MAX : SEEK_SLOTS * survey_slot_size(survey);
	struct scan_range range = {0};
	struct kernel_scan scan = {
		.from = from, .out = &range, .room = 1, .max_pages = 1, .dispensable = SCAN_FILE};
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
				   .max_pages = 1,
				   .dispensable = SCAN_FILE};
	int err = kernel_scan(survey->process, &scan);

	if (err)
		return err;
	if (!scan.n && scan.next <= addr)
		return -EIO;
	if (!scan.n) {
		*range = (struct scan_range){addr, addr, 0};
		return 0;
	}
	if (!(range->categories & SCAN_HUGE))
		return 0;
	/* Huge: one longer scan tells it for all neighbours alike; it ends at the first that differs. */
	scan.to = to - addr > SCAN_SLOTS * survey_slot_size(survey)
			  ? addr + SCAN_SLOTS * survey_slot_size(survey)
			  : to;
	scan.max_pages = 0;
	err = kernel_scan(survey->process, &scan);
	if (err)
		return err;
	if (!scan.n && scan.next <= addr)
		return -EIO;
	if (!scan.n || range->start != addr)
		*range = (struct scan_range){addr, addr, 0};
	return 0;
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
	slot->how = survey->kernel->model ? HOW_MODEL : HOW_PAGEMAP_SCAN;
	slot->has_categories = true;
	if (!(told && range->categories & SCAN_HUGE)) {
		if (!(range->categories & SCAN_HUGE) && range->end == slot->start && !vma->huge_page_size) {
			err = survey_words(survey, slot);
			if (err)
				return err;
			*words = true;
		}
		if (*words && !survey_could_be_leaf(survey, slot)) {
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

	survey_start_slot(survey, vma, start, &slot);
	err = scan_slot(survey, vma, &slot, to, range, &words);
	if (err)
		return err;
	if (slot.categories & SCAN_HUGE && !vma->huge_page_size && survey_maybe_hugetlb(survey, vma)) {
		survey_learn_hugetlb(survey, vma);
		slot.hugetlb_size = vma->huge_page_size;
	}
	huge = slot.categories & SCAN_HUGE &&
	       (!slot.hugetlb_size || slot.hugetlb_size >= survey_slot_size(survey));
	if (huge) {
		err = survey_huge(survey, vma, &slot);
		if (err == SLOT_MOVED) {
			/* It went between the two looks. */
			slot.categories = 0;
			huge = words = false;
		} else if (err) {
			return err;
		}
	}
	if (!huge && !words) {
		err = survey_words(survey, &slot);
		if (err)
			return err;
	}
	if (!huge && survey_carry_ptes(survey, vma, &slot)) {
		*empty = false;
		return 0;
	}
	if (!huge)
		survey_ptes(survey, &slot);
	*empty = !slot.categories && !survey_held(&slot);
	if (!*empty)
		survey_finish_slot(survey, vma, &slot);
	return 0;
}

/* Carries over what is mapped as before, which one scan tells of many slots; *carried says how many. */
static int carry(struct survey *survey, struct vma *vma, uint64_t from, uint64_t to, struct scan_range *range,
		 size_t *carried)
{
	int err;

	*carried = 0;
	if (!survey_could_carry(survey, from))
		return 0;
	if (from < range->start || from >= range->end) {
		err = scan_first(survey, from, to, range);
		if (err)
			return err;
	}
	*carried = survey_carry(survey, vma, from, range);
	return 0;
}

static int survey_vma_scanned(struct survey *survey, struct vma *vma, uint64_t from, uint64_t to)
{
	struct scan_range range = {0};
	bool empty = true;
	uint64_t found;
	size_t carried;
	int err;

	while (from < to) {
		if (empty) {
			err = seek(survey, from, to, &found);
			if (err)
				return err;
			if (found >= to)
				break;
			from = survey_align(found, survey_slot_size(survey));
			if (from < vma->start)
				from = vma->start;
		}
		err = carry(survey, vma, from, to, &range, &carried);
		if (err)
			return err;
		if (carried) {
			empty = false;
			from += carried * survey_slot_size(survey);
			continue;
		}
		err = survey_slot_scanned(survey, vma, from, to, &range, &empty);
		if (err)
			return err;
		from = survey_align(from, survey_slot_size(survey)) + survey_slot_size(survey);
	}
	return 0;
}

/* Slots of a VMA that may be PFNMAP and showed nothing: their mapping is not known. */
static void add_unknown(struct survey *survey, struct vma *vma, uint64_t from, uint64_t to)
{
	struct slot slot;

	for (; from < to; from = survey_align(from, survey_slot_size(survey)) + survey_slot_size(survey)) {
		survey_start_slot(survey, vma, from, &slot);
		survey_finish_slot(survey, vma, &slot);
		if (from > UINT64_MAX - survey_slot_size(survey))
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
		if (from < survey_align(options->from, survey_slot_size(survey)))
			from = survey_align(options->from, survey_slot_size(survey));
		if (options->to < to &&
		    survey_align(options->to - 1, survey_slot_size(survey)) + survey_slot_size(survey) < to)
			to = survey_align(options->to - 1, survey_slot_size(survey)) +
			     survey_slot_size(survey);
	}
	if (from >= to)
		return 0;
	survey_count_slots(survey, vma, from, to);
	if (vma->kind == VMA_HUGETLB)
		survey_learn_hugetlb(survey, vma);
	if (vma->start >> 63)
		; /* [vsyscall]: in the kernel's half, where pagemap does not reach */
	else if (capable(&survey->kernel->caps, CAP_PAGEMAP_SCAN))
		err = survey_vma_scanned(survey, vma, from, to);
	else
		err = survey_vma_read(survey, vma, from, to);
	if (!err && vma->pfnmap_unknown && survey->n_regions == vma->first_region)
		add_unknown(survey, vma, from, to);
	vma->n_regions = (uint32_t)survey->n_regions - vma->first_region;
	survey_add_up(survey, vma);
	return err;
}
