/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mappings and folios are split on request, region by region (act.h). */
#include "model/act.h"
#include "model/vma_change.h"

/* The page cache has the page of addr: a load maps it, and brings none into being (mincore()). */
static bool resident(struct world *world, uint32_t mm, uint64_t addr)
{
	const uint32_t at = vma_at(world, mm, addr);
	const struct kvma *vma = &world->vmas[at];
	const uint32_t *cached;

	if (!at || vma->kind == KVMA_ANON || !vma->read)
		return false;
	cached = file_page(world, vma->file, vma_index(vma, addr));
	return cached && *cached && vma_index(vma, addr) < world->files[vma->file].size;
}

/*
 * A VMA that is cut inside a huge page loses its mapping by PMD. A file's is then just gone: to have it by ptes, one page
 * is loaded while the VMA is too short for a huge one, which makes a table that stays when the parts merge again.
 */
static enum progress act_split_run(struct world *world, struct ktask *task)
{
	struct act_split *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		for (at->addr = at->start; at->addr < at->end; at->addr = at->next) {
			at->next = huge_start(world, at->addr) + huge_bytes(world);
			if (at->next > at->end)
				at->next = at->end;
			LOCK(LOCK_MMAP, at->mm, LOCK_WRITE);
			CALL(change_vmas, .mm = at->mm, .start = at->addr, .end = at->addr + PAGE_BYTES,
			     .field = VMA_DONTDUMP, .value = 1);
			UNLOCK(LOCK_MMAP, at->mm);
			if (task->result)
				RETURN(task->result);
			if (at->file && resident(world, at->mm, at->addr))
				CALL(access_page, .mm = at->mm, .addr = at->addr);
			LOCK(LOCK_MMAP, at->mm, LOCK_WRITE);
			CALL(change_vmas, .mm = at->mm, .start = at->addr, .end = at->addr + PAGE_BYTES,
			     .field = VMA_DONTDUMP, .value = 0);
			UNLOCK(LOCK_MMAP, at->mm);
			if (task->result)
				RETURN(task->result);
			for (at->page = at->addr; at->file && at->page < at->next; at->page += PAGE_BYTES) {
				if (resident(world, at->mm, at->page))
					CALL(access_page, .mm = at->mm, .addr = at->page);
			}
		}
	}
	RETURN(0);
}
const struct function act_split = {"split", act_split_run};

/* The next address in the range that maps a page of a folio of several; false: there is none. */
static bool find_folio(struct world *world, struct act_split_folio *at, uint32_t *pfn)
{
	for (; at->addr < at->end; at->addr += PAGE_BYTES) {
		uint64_t entry = leaf_of(world, at->mm, at->addr);

		*pfn = entry_pfn(entry);
		if (entry_present(entry) && world->pages[*pfn].use != PAGE_ZERO &&
		    (world->pages[*pfn].use == PAGE_TAIL || world->pages[*pfn].use == PAGE_HEAD))
			return true;
	}
	return false;
}

static enum progress act_split_folio_run(struct world *world, struct ktask *task)
{
	struct act_split_folio *at = task_locals(task);
	uint32_t pfn;

	switch (task_at(task)) {
	case 0:
		at->addr = at->start;
		for (;;) {
			LOCK(LOCK_MMAP, at->mm, LOCK_READ);
			if (!find_folio(world, at, &pfn)) {
				UNLOCK(LOCK_MMAP, at->mm);
				RETURN(at->error);
			}
			CALL(split_folio, .pfn = pfn);
			UNLOCK(LOCK_MMAP, at->mm);
			/* What cannot be split is left behind, and its error is told; the others are split all the same. */
			if (!task->result)
				continue;
			if (!at->error)
				at->error = task->result;
			at->addr = huge_start(world, at->addr) + huge_bytes(world);
		}
	}
	RETURN(0);
}
const struct function act_split_folio = {"split_huge_pages_pid", act_split_folio_run};
