/* SPDX-License-Identifier: GPL-2.0-or-later */
/* madvise(MADV_COLLAPSE): what khugepaged does, at once, whatever its knobs say; and what errno a verdict becomes. */
#include "model/collapse.h"

#include <errno.h>

/* Facts C: "trying again may help" is EAGAIN. */
static int32_t madvise_collapse_errno(const struct world *world, enum scan_result verdict)
{
	if (verdict == SCAN_ALLOC_HUGE_PAGE_FAIL)
		return -ENOMEM;
	if (verdict == SCAN_EXCEED_NONE_PTE && world->rules.collapse_rechecks_holes)
		return -EBUSY;
	if (verdict == SCAN_PAGE_COUNT || verdict == SCAN_PAGE_LOCK || verdict == SCAN_PAGE_LRU ||
	    verdict == SCAN_DEL_PAGE_LRU || verdict == SCAN_PAGE_FILLED)
		return -EAGAIN;
	return -EINVAL;
}

/* Whether the next huge page is tried after this verdict: what is wrong with one page says nothing of the next. */
static bool goes_on(enum scan_result verdict)
{
	return verdict == SCAN_PMD_NULL || verdict == SCAN_PTE_NON_PRESENT || verdict == SCAN_PTE_UFFD_WP ||
	       verdict == SCAN_PAGE_RO || verdict == SCAN_LACK_REFERENCED_PAGE || verdict == SCAN_PAGE_NULL ||
	       verdict == SCAN_PAGE_COUNT || verdict == SCAN_PAGE_LOCK || verdict == SCAN_PAGE_COMPOUND ||
	       verdict == SCAN_PAGE_LRU || verdict == SCAN_DEL_PAGE_LRU;
}

/* One huge page; mmap_lock is held for reading, and may be given back. result: enum scan_result. */
struct madvise_collapse_one {
	uint32_t mm, vma;
	uint64_t addr;
	enum scan_result verdict;
	bool team; /* the file is one of teams: looked up before mmap_lock is given back */
};

static enum progress madvise_collapse_one_run(struct world *world, struct ktask *task)
{
	struct madvise_collapse_one *at = task_locals(task);
	const struct kvma *vma = &world->vmas[at->vma];
	const enum lock_mode mode = world->rules.collapse_locks_mmap_write ? LOCK_WRITE : LOCK_READ;

	switch (task_at(task)) {
	case 0:
		if (vma->kind == KVMA_ANON) {
			CALL(hpage_collapse_scan_pmd, .mm = at->mm, .addr = at->addr);
		} else {
			at->team = world->files[vma->file].team;
			UNLOCK(LOCK_MMAP, at->mm);
			CALL(hpage_collapse_scan_file, .mm = at->mm, .file = vma->file, .addr = at->addr,
			     .index = vma_index(vma, at->addr));
		}
		at->verdict = (enum scan_result)task->result;
		if (at->verdict == SCAN_PTE_MAPPED_HUGEPAGE) {
			LOCK(LOCK_MMAP, at->mm, mode);
			if (at->team)
				CALL(collapse_team, .mm = at->mm, .addr = at->addr);
			else
				CALL(collapse_pte_mapped_thp, .mm = at->mm, .addr = at->addr,
				     .install_pmd = world->rules.install_pmd);
			at->verdict = (enum scan_result)task->result;
			UNLOCK(LOCK_MMAP, at->mm);
		}
	}
	RETURN((int32_t)at->verdict);
}
static const struct function madvise_collapse_one = {"madvise_collapse", madvise_collapse_one_run};

/* Whether a huge page fits into the VMA at all, and may be there; anonymous memory has an anon_vma from its first fault on. */
static bool may_hold_huge(const struct world *world, const struct kvma *vma)
{
	const uint64_t last = huge_start(world, vma->end);

	return (vma->kind != KVMA_ANON || vma->anon_vma) && last >= huge_bytes(world) &&
	       vma_fits_huge(world, vma, last - huge_bytes(world)) && hugepage_vma_check(world, vma, true);
}

/* The whole huge pages of one VMA in a range; mmap_lock is held for reading, and is held at the end. */
struct madvise_collapse_vma {
	uint32_t mm, vma;
	uint64_t addr, end;
	enum scan_result last, good;
};

static enum progress madvise_collapse_vma_run(struct world *world, struct ktask *task)
{
	struct madvise_collapse_vma *at = task_locals(task);
	enum scan_result verdict;

	switch (task_at(task)) {
	case 0:
		/* A range inside one huge page is an error, one that is empty is none. */
		if (!may_hold_huge(world, &world->vmas[at->vma]) || at->addr > at->end) {
			task->verdict = SCAN_VMA_CHECK;
			RETURN(-EINVAL);
		}
		at->good = SCAN_SUCCEED;
		for (; at->addr < at->end; at->addr += huge_bytes(world)) {
			if (!task_holds(task, LOCK_MMAP, at->mm)) {
				LOCK(LOCK_MMAP, at->mm, LOCK_READ);
				verdict = hugepage_vma_revalidate(world, at->mm, at->addr, false, false,
								  &at->vma);
				if (verdict != SCAN_SUCCEED) {
					at->last = verdict;
					break;
				}
			}
			CALL(madvise_collapse_one, .mm = at->mm, .vma = at->vma, .addr = at->addr);
			verdict = (enum scan_result)task->result;
			if (verdict == SCAN_SUCCEED || verdict == SCAN_PMD_MAPPED) {
				at->good = verdict;
				continue;
			}
			at->last = verdict;
			if (!goes_on(verdict))
				break;
		}
		if (!task_holds(task, LOCK_MMAP, at->mm))
			LOCK(LOCK_MMAP, at->mm, LOCK_READ);
		/* That it was mapped by PMD already is a verdict of its own, and no error (facts C). */
		task->verdict = at->last == SCAN_NOTHING ? at->good : at->last;
	}
	RETURN(at->last == SCAN_NOTHING ? 0 : madvise_collapse_errno(world, at->last));
}
static const struct function madvise_collapse_vma = {"madvise_collapse", madvise_collapse_vma_run};

static enum progress madvise_collapse_run(struct world *world, struct ktask *task)
{
	struct madvise_collapse *at = task_locals(task);
	const uint64_t huge = huge_bytes(world);

	switch (task_at(task)) {
	case 0:
		if (!world->rules.madv_collapse)
			RETURN(-EINVAL);
		LOCK(LOCK_MMAP, at->mm, LOCK_READ);
		for (at->addr = at->start; at->addr < at->end;) {
			const struct kvma *vma;
			uint64_t from, to;

			at->vma = vma_next(world, at->mm, at->addr);
			vma = &world->vmas[at->vma];
			if (!at->vma || vma->start > at->addr)
				at->error = -ENOMEM;
			if (!at->vma || vma->start >= at->end)
				break;
			from = vma->start > at->addr ? vma->start : at->addr;
			to = vma->end < at->end ? vma->end : at->end;
			at->addr = to;
			CALL(madvise_collapse_vma, .mm = at->mm, .vma = at->vma,
			     .addr = (from + huge - 1) & ~(huge - 1), .end = to & ~(huge - 1));
			if (task->result) {
				at->error = task->result;
				break;
			}
		}
		UNLOCK(LOCK_MMAP, at->mm);
	}
	RETURN(at->error);
}
const struct function madvise_collapse = {"madvise_collapse", madvise_collapse_run};
