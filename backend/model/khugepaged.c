/* SPDX-License-Identifier: GPL-2.0-or-later */
/* khugepaged: which memory may be huge, and which mms it knows. */
#include "model/collapse.h"

#include <errno.h>

/*
 * shmem_is_huge(). A file on huge=team is left out of all knobs: the mount option has said it (facts F). Whether a huge
 * page lies within i_size is for who has its index.
 */
static bool shmem_is_huge(const struct world *world, const struct kvma *vma, bool asked)
{
	if (world->files[vma->file].team)
		return true;
	switch (world->knobs.shmem_enabled) {
	case SHMEM_DENY:
		return false;
	case SHMEM_FORCE:
	case SHMEM_ALWAYS:
	case SHMEM_WITHIN_SIZE:
		return true;
	case SHMEM_ADVISE:
		return asked || vma->hugepage;
	case SHMEM_NEVER:
		break;
	}
	return asked;
}

bool hugepage_vma_check(const struct world *world, const struct kvma *vma, bool asked)
{
	if (vma->nohugepage || world->mms[vma->mm].thp_disabled)
		return false;
	if (vma->kind != KVMA_ANON) {
		const struct kfile *file = &world->files[vma->file];

		/* A file of a disk is huge only with CONFIG_READ_ONLY_THP_FOR_FS, which this kernel is built without. */
		return file->shmem && (file->team || world->rules.file_thp != FILE_THP_NONE) &&
		       shmem_is_huge(world, vma, asked);
	}
	switch (world->knobs.enabled) {
	case THP_ALWAYS:
		return true;
	case THP_MADVISE:
		return asked || vma->hugepage;
	case THP_NEVER:
		break;
	}
	return asked;
}

/* What khugepaged itself may look at. Teams it leaves alone. */
static bool khugepaged_vma_check(const struct world *world, const struct kvma *vma)
{
	if (vma->kind != KVMA_ANON && world->files[vma->file].team)
		return false;
	if (vma->kind != KVMA_ANON && world->rules.collapse_file_wants_advice && !vma->hugepage &&
	    world->knobs.enabled != THP_ALWAYS)
		return false;
	return hugepage_vma_check(world, vma, false);
}

/* Its last whole huge page has to fit (mm/khugepaged.c, 6.1); anonymous memory has an anon_vma from its first fault on. */
static void enter(struct world *world, const struct kvma *vma)
{
	struct mm *mm = &world->mms[vma->mm];

	if (mm->exiting || world->knobs.enabled == THP_NEVER || (vma->kind == KVMA_ANON && !vma->anon_vma))
		return;
	if (vma->end >= huge_bytes(world) && vma_fits_huge(world, vma, vma->end - huge_bytes(world)) &&
	    khugepaged_vma_check(world, vma))
		mm->has_slot = true;
}

void khugepaged_enter(struct world *world, uint32_t vma)
{
	enter(world, &world->vmas[vma]);
}

void khugepaged_enter_advised(struct world *world, uint32_t vma)
{
	struct kvma advised = world->vmas[vma];

	advised.nohugepage = false;
	advised.hugepage |= advised.kind == KVMA_ANON || !world->rules.slot_by_old_advice;
	enter(world, &advised);
}

/* The words of the tracepoints' format files, which core/verdict.h explains. */
const char *scan_result_word(enum scan_result result)
{
	static const char *const words[SCAN_RESULT_COUNT] = {
		[SCAN_NOTHING] = "",
		[SCAN_FAIL] = "failed",
		[SCAN_SUCCEED] = "succeeded",
		[SCAN_PMD_NULL] = "pmd_null",
		[SCAN_PMD_NONE] = "pmd_none",
		[SCAN_PMD_MAPPED] = "page_pmd_mapped",
		[SCAN_EXCEED_NONE_PTE] = "exceed_none_pte",
		[SCAN_EXCEED_SWAP_PTE] = "exceed_swap_pte",
		[SCAN_EXCEED_SHARED_PTE] = "exceed_shared_pte",
		[SCAN_PTE_NON_PRESENT] = "pte_non_present",
		[SCAN_PTE_UFFD_WP] = "pte_uffd_wp",
		[SCAN_PTE_MAPPED_HUGEPAGE] = "pte_mapped_hugepage",
		[SCAN_PAGE_RO] = "no_writable_page",
		[SCAN_LACK_REFERENCED_PAGE] = "lack_referenced_page",
		[SCAN_PAGE_NULL] = "page_null",
		[SCAN_PAGE_COUNT] = "not_suitable_page_count",
		[SCAN_PAGE_LRU] = "page_not_in_lru",
		[SCAN_DEL_PAGE_LRU] = "could_not_delete_page_from_lru",
		[SCAN_PAGE_LOCK] = "page_locked",
		[SCAN_PAGE_ANON] = "page_not_anon",
		[SCAN_PAGE_COMPOUND] = "page_compound",
		[SCAN_ANY_PROCESS] = "no_process_for_page",
		[SCAN_VMA_NULL] = "vma_null",
		[SCAN_VMA_CHECK] = "vma_check_failed",
		[SCAN_ADDRESS_RANGE] = "not_suitable_address_range",
		[SCAN_ALLOC_HUGE_PAGE_FAIL] = "alloc_huge_page_failed",
		[SCAN_TRUNCATED] = "truncated",
		[SCAN_PAGE_FILLED] = "page_filled",
	};

	return words[result];
}

static enum progress khugepaged_add_pte_mapped_thp_run(struct world *world, struct ktask *task)
{
	struct khugepaged_add_pte_mapped_thp *at = task_locals(task);
	struct mm *mm = &world->mms[at->mm];
	bool room;

	switch (task_at(task)) {
	case 0:
		LOCK(LOCK_KHUGEPAGED, 0, LOCK_WRITE);
		room = mm->has_slot && mm->nr_pte_mapped_thp < world->rules.pte_mapped_thp;
		if (room)
			mm->pte_mapped_thp[mm->nr_pte_mapped_thp++] = at->addr;
		UNLOCK(LOCK_KHUGEPAGED, 0);
		RETURN(room);
	}
	RETURN(0);
}
const struct function khugepaged_add_pte_mapped_thp = {"khugepaged_add_pte_mapped_thp",
						       khugepaged_add_pte_mapped_thp_run};

static enum progress khugepaged_collapse_pte_mapped_thps_run(struct world *world, struct ktask *task)
{
	struct khugepaged_collapse_pte_mapped_thps *at = task_locals(task);
	const enum lock_mode mode = world->rules.collapse_locks_mmap_write ? LOCK_WRITE : LOCK_READ;
	struct mm *mm = &world->mms[at->mm];

	switch (task_at(task)) {
	case 0:
		if (!mm->nr_pte_mapped_thp)
			RETURN(0);
		STEP("mmap_write_trylock");
		if (!TRYLOCK(LOCK_MMAP, at->mm, mode))
			RETURN(-EBUSY);
		if (!world->rules.collapse_checks_exit || !khugepaged_test_exit(world, at->mm)) {
			/* Its length is asked each time: others may add to it. */
			for (at->n = 0; at->n < mm->nr_pte_mapped_thp; at->n++)
				CALL(collapse_pte_mapped_thp, .mm = at->mm,
				     .addr = mm->pte_mapped_thp[at->n]);
		}
		mm->nr_pte_mapped_thp = 0;
		UNLOCK(LOCK_MMAP, at->mm);
	}
	RETURN(0);
}
const struct function khugepaged_collapse_pte_mapped_thps = {"khugepaged_collapse_pte_mapped_thps",
							     khugepaged_collapse_pte_mapped_thps_run};

/* The next huge range from *addr on that khugepaged may look at, in *addr; its VMA; 0: there is none. */
static uint32_t next_range(const struct world *world, uint32_t mm, uint64_t *addr)
{
	const uint64_t huge = huge_bytes(world);
	uint32_t vma;

	while ((vma = vma_next(world, mm, *addr))) {
		const struct kvma *found = &world->vmas[vma];
		uint64_t start = found->start > *addr ? found->start : *addr;

		*addr = (start + huge - 1) & ~(huge - 1);
		if ((found->kind == KVMA_ANON || world->rules.collapse_file) && *addr + huge <= found->end &&
		    vma_fits_huge(world, found, *addr) && khugepaged_vma_check(world, found))
			return vma;
		*addr = found->end;
	}
	return 0;
}

/* One huge range; mmap_lock is held for reading, and may be given back. result: enum scan_result. */
struct khugepaged_scan_range {
	uint32_t mm, vma;
	uint64_t addr;
};

static enum progress khugepaged_scan_range_run(struct world *world, struct ktask *task)
{
	struct khugepaged_scan_range *at = task_locals(task);
	const struct kvma *vma = &world->vmas[at->vma];

	switch (task_at(task)) {
	case 0:
		if (vma->kind == KVMA_ANON) {
			CALL(hpage_collapse_scan_pmd, .mm = at->mm, .addr = at->addr, .khugepaged = true);
			RETURN(task->result);
		}
		UNLOCK(LOCK_MMAP, at->mm);
		CALL(hpage_collapse_scan_file, .mm = at->mm, .file = vma->file, .addr = at->addr,
		     .index = vma_index(vma, at->addr), .khugepaged = true);
		if (task->result != SCAN_PTE_MAPPED_HUGEPAGE)
			RETURN(task->result);
		if (world->rules.collapse_mmap_read) {
			LOCK(LOCK_MMAP, at->mm, LOCK_READ);
			if (khugepaged_test_exit(world, at->mm))
				RETURN(SCAN_ANY_PROCESS);
			CALL(collapse_pte_mapped_thp, .mm = at->mm, .addr = at->addr);
			UNLOCK(LOCK_MMAP, at->mm);
			if (task->result == SCAN_PMD_MAPPED)
				RETURN(SCAN_SUCCEED);
			RETURN(task->result);
		}
		STEP("find_pmd_or_thp_or_none");
		if (find_pmd_or_thp_or_none(world, at->mm, at->addr) != SCAN_SUCCEED)
			RETURN((int32_t)find_pmd_or_thp_or_none(world, at->mm, at->addr));
		CALL(khugepaged_add_pte_mapped_thp, .mm = at->mm, .addr = at->addr);
		RETURN(task->result ? SCAN_SUCCEED : SCAN_PTE_MAPPED_HUGEPAGE);
	}
	RETURN(SCAN_FAIL);
}
static const struct function khugepaged_scan_range = {"khugepaged_scan_mm_slot", khugepaged_scan_range_run};

/* The mm has been looked at from end to end, or is exiting: on to the next slot, or the scan is full. */
static void khugepaged_next_slot(struct world *world, uint32_t mm)
{
	uint32_t next = mm + 1;

	if (khugepaged_test_exit(world, mm))
		world->mms[mm].has_slot = false;
	world->mms[mm].scan = 0;
	while (next < world->extent.mms && !world->mms[next].has_slot)
		next++;
	if (next == world->extent.mms) {
		world->stat[STAT_FULL_SCANS]++;
		for (next = 1; next < mm && !world->mms[next].has_slot;)
			next++;
	}
	world->khugepaged_mm = next;
}

/*
 * khugepaged leaves a slot whenever it gave mmap_lock back and comes again, after its sleep, to where it was: here that
 * is one visit, which ends with the mm, or where mmap_lock is not to be had: then it begins at the mm's start next time.
 */
static enum progress khugepaged_scan_mm_slot_run(struct world *world, struct ktask *task)
{
	struct khugepaged_scan_mm_slot *at = task_locals(task);
	struct mm *mm = &world->mms[at->mm];

	switch (task_at(task)) {
	case 0:
		STEP("khugepaged_scan_mm_slot");
		if (!mm->has_slot)
			RETURN(0);
		mm->grabbed++;
		for (;;) {
			CALL(khugepaged_collapse_pte_mapped_thps, .mm = at->mm);
			STEP("mmap_read_trylock");
			if (!TRYLOCK(LOCK_MMAP, at->mm, LOCK_READ))
				goto next_slot;
			while (task_holds(task, LOCK_MMAP, at->mm)) {
				at->vma = khugepaged_test_exit(world, at->mm)
						  ? 0
						  : next_range(world, at->mm, &mm->scan);
				if (!at->vma)
					goto done;
				CALL(khugepaged_scan_range, .mm = at->mm, .vma = at->vma, .addr = mm->scan);
				task->verdict = (enum scan_result)task->result;
				if (task->verdict == SCAN_SUCCEED)
					world->stat[STAT_PAGES_COLLAPSED]++;
				mm->scan += huge_bytes(world);
			}
		}
	done:
		UNLOCK(LOCK_MMAP, at->mm);
	next_slot:
		LOCK(LOCK_KHUGEPAGED, 0, LOCK_WRITE);
		khugepaged_next_slot(world, at->mm);
		mm->grabbed--;
		UNLOCK(LOCK_KHUGEPAGED, 0);
	}
	RETURN(0);
}
const struct function khugepaged_scan_mm_slot = {"khugepaged_scan_mm_slot", khugepaged_scan_mm_slot_run};
