/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The survey of a VMA on kernels without PAGEMAP_SCAN: what a pagemap bit or smaps decide. */
#include "core/survey_parts.h"

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
	if (region.len < survey_slot_size(survey) ||
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
	bool exclusive;
	int err;

	for (*candidates = 0; from < to && left;
	     from = survey_align(from, survey_slot_size(survey)) + survey_slot_size(survey)) {
		survey_start_slot(survey, vma, from, &slot);
		err = survey_words(survey, &slot);
		if (err)
			return err;
		if (!survey_held(&slot))
			continue;
		survey_ptes(survey, &slot);
		exclusive = survey_ask_first(survey, &slot);
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
		slot.mapped_once = exclusive && slot.told == MAPPING_PMD;
		if (add)
			survey_finish_slot(survey, vma, &slot);
	}
	return 0;
}

/* Without the scan: an announced pagemap bit, else the VMA's PMD counts in smaps where they decide it. */
int survey_vma_read(struct survey *survey, struct vma *vma, uint64_t from, uint64_t to)
{
	enum mapping decided = MAPPING_UNKNOWN;
	uint64_t candidates, pmd_kb;
	int err;

	survey_read_smaps(survey);
	survey_learn_hugetlb(survey, vma);
	pmd_kb = survey_smaps_pmd_kb(vma);
	if (vma->smaps && !pmd_kb) {
		decided = MAPPING_PTE;
	} else if (vma->smaps && survey->kernel->pagemap_pmd_bit < 0) {
		/* smaps counts the whole VMA, so all of its candidates have to be looked at. */
		err = read_pass(survey, vma, vma->start, vma->end, decided, false, &candidates);
		if (err)
			return err;
		if (candidates * survey_slot_size(survey) >> 10 == pmd_kb)
			decided = MAPPING_PMD;
	}
	return read_pass(survey, vma, from, to, decided, true, &candidates);
}
