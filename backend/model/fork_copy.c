/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * copy_page_range(): parent and child share anonymous pages, which neither may write to from then on. Both tables are
 * locked, the child's first.
 */
#include "model/ops.h"

#include <errno.h>

/*
 * A device may write to it: then the child gets a copy, now, while the parent keeps it for itself (page_needs_cow_for_dma()).
 * One that is shared already has lost that.
 */
static bool copied_at_fork(const struct world *world, uint32_t pfn)
{
	return world->rules.fork_copies_pinned && world->pages[folio_head(world, pfn)].pins &&
	       (!world->rules.anon_exclusive || world->pages[pfn].exclusive);
}

struct copy_huge_pmd {
	uint32_t vma, copy;
	uint64_t addr; /* of the huge page */
	uint32_t table, child_table, deposit;
	bool split;
};

/* Both pmd locks are held; nothing can stand in the way any more. */
static void share_huge(struct world *world, const struct copy_huge_pmd *at, uint64_t *from, uint64_t *to)
{
	struct mm *child = &world->mms[world->vmas[at->copy].mm];
	const uint32_t head = entry_pfn(*from);
	struct kpage *page = page_at(world, head);

	if (page->team) {
		folio_get(world, head);
		rmap_add_pmd(world, head);
		team_rmap_add(world, head);
	} else if (page->use != PAGE_ZERO) {
		folio_get(world, head);
		rmap_add_pmd(world, head);
		page->exclusive = false;
		*from &= ~ENTRY_WRITE;
	}
	if (page->use != PAGE_ZERO)
		child->rss[page_rss(world, head)] += huge_nr(world);
	table_deposit(world, at->child_table, at->deposit);
	child->nr_ptes++;
	*to = *from & ~(ENTRY_YOUNG | ENTRY_UFFD_WP);
}

/* Whether the pmd is one that copy_huge_pmd() leaves to the child's faults: of a file. */
static bool left_to_faults(const struct world *world, uint64_t pmd)
{
	const struct kpage *page = &world->pages[entry_pfn(pmd)];

	return page->use != PAGE_ZERO && !page->anon && !(page->team && world->rules.fork_copies_team);
}

/* Result 0: done, 1: there are ptes to be copied. */
static enum progress copy_huge_pmd_run(struct world *world, struct ktask *task)
{
	struct copy_huge_pmd *at = task_locals(task);
	const uint32_t mm = world->vmas[at->vma].mm, child = world->vmas[at->copy].mm;
	uint64_t *pmd;

	switch (task_at(task)) {
	case 0:
		at->table = pmd_table(world, mm, at->addr, false);
		at->child_table = pmd_table(world, child, at->addr, true);
		at->deposit = at->child_table ? table_new(world, child, 1) : 0;
		if (!at->deposit)
			RETURN(-ENOMEM);
		LOCK(LOCK_PMD, at->child_table, LOCK_WRITE);
		LOCK(LOCK_PMD, at->table, LOCK_WRITE);
		pmd = pmd_of(world, mm, at->addr);
		if (!entry_huge(*pmd) || left_to_faults(world, *pmd)) {
			task->result = entry_table(*pmd);
			table_free(world, at->deposit);
		} else if (copied_at_fork(world, entry_pfn(*pmd))) {
			at->split = true;
			table_free(world, at->deposit);
		} else {
			task->result = 0;
			share_huge(world, at, pmd, pmd_of(world, child, at->addr));
		}
		UNLOCK(LOCK_PMD, at->table);
		UNLOCK(LOCK_PMD, at->child_table);
		if (!at->split)
			RETURN(task->result);
		CALL(split_huge_pmd, .mm = mm, .addr = at->addr);
		RETURN(1);
	}
	RETURN(0);
}
static const struct function copy_huge_pmd = {"copy_huge_pmd", copy_huge_pmd_run};

struct copy_pte_range {
	uint32_t vma, copy;
	uint64_t start, end;
	uint64_t addr;
	uint32_t table, child_table;
	int32_t error;
};

/*
 * copy_present_page(). The kernel gives the locks back to allocate; nobody can tell, for all of this mm's writers are
 * locked out by mmap_lock.
 */
static int32_t copy_page(struct world *world, const struct copy_pte_range *at, uint32_t pfn, uint64_t *to)
{
	const struct kvma *copy = &world->vmas[at->copy];
	uint32_t own = folio_alloc(world, 0);

	if (!own)
		return -ENOMEM;
	page_at(world, own)->data = page_at(world, pfn)->data;
	folio_set_anon(world, own, at->copy, at->addr);
	rmap_add_pte(world, own);
	world->mms[copy->mm].rss[RSS_ANON]++;
	*to = vma_entry(copy, own) | ENTRY_DIRTY | vma_write_bit(copy);
	return 0;
}

/* copy_present_pte(). */
static int32_t copy_present(struct world *world, const struct copy_pte_range *at, uint64_t *from,
			    uint64_t *to)
{
	const struct kvma *copy = &world->vmas[at->copy];
	const uint32_t pfn = entry_pfn(*from);
	struct kpage *page = page_at(world, pfn);

	if (page->anon && copied_at_fork(world, pfn))
		return copy_page(world, at, pfn, to);
	if (page->use != PAGE_ZERO) {
		folio_get(world, pfn);
		rmap_add_pte(world, pfn);
		page->exclusive = false;
		world->mms[copy->mm].rss[page_rss(world, pfn)]++;
	}
	if (copy->kind != KVMA_SHARED)
		*from &= ~ENTRY_WRITE;
	*to = *from & ~(ENTRY_YOUNG | ENTRY_UFFD_WP);
	return 0;
}

/* Markers of userfaultfd do not follow, as it does not. */
static int32_t copy_pte(struct world *world, const struct copy_pte_range *at)
{
	uint64_t *from = table_entry(world, at->table, table_index(world, at->addr, 1));
	uint64_t *to = table_entry(world, at->child_table, table_index(world, at->addr, 1));

	if (entry_present(*from))
		return copy_present(world, at, from, to);
	if (entry_swapped(*from)) {
		world->swaps[entry_pfn(*from)].users++;
		world->mms[world->vmas[at->copy].mm].rss[RSS_SWAP]++;
		*to = *from & ~ENTRY_UFFD_WP;
	}
	return 0;
}

static enum progress copy_pte_range_run(struct world *world, struct ktask *task)
{
	struct copy_pte_range *at = task_locals(task);
	const uint32_t mm = world->vmas[at->vma].mm, child = world->vmas[at->copy].mm;

	switch (task_at(task)) {
	case 0:
		CALL(pte_alloc, .mm = child, .addr = at->start);
		if (task->result)
			RETURN(task->result);
		CALL(pte_offset_map_lock, .mm = child, .addr = at->start);
		at->child_table = (uint32_t)task->result;
		if (!at->child_table)
			RETURN(0);
		CALL(pte_offset_map_lock, .mm = mm, .addr = at->start);
		at->table = (uint32_t)task->result;
		for (at->addr = at->start; at->table && at->addr < at->end && !at->error;
		     at->addr += PAGE_BYTES) {
			if (!*table_entry(world, at->table, table_index(world, at->addr, 1)))
				continue;
			STEP_PTE("copy_present_pte");
			at->error = copy_pte(world, at);
		}
		if (at->table)
			UNLOCK(LOCK_PTE, at->table);
		UNLOCK(LOCK_PTE, at->child_table);
	}
	RETURN(at->error);
}
static const struct function copy_pte_range = {"copy_pte_range", copy_pte_range_run};

static enum progress copy_page_range_run(struct world *world, struct ktask *task)
{
	struct copy_page_range *at = task_locals(task);
	const struct kvma *vma = &world->vmas[at->vma];
	const uint64_t *pmd;

	switch (task_at(task)) {
	case 0:
		for (at->addr = vma->start; at->addr < vma->end; at->addr = at->next) {
			at->next = huge_start(world, at->addr) + huge_bytes(world);
			if (at->next > vma->end)
				at->next = vma->end;
			pmd = pmd_of(world, vma->mm, at->addr);
			if (!pmd || !*pmd)
				continue;
			if (entry_huge(*pmd)) {
				CALL(copy_huge_pmd, .vma = at->vma, .copy = at->copy, .addr = at->addr);
				if (task->result < 0)
					RETURN(task->result);
				if (!task->result)
					continue;
			}
			CALL(copy_pte_range, .vma = at->vma, .copy = at->copy, .start = at->addr,
			     .end = at->next);
			if (task->result)
				RETURN(task->result);
		}
	}
	RETURN(0);
}
const struct function copy_page_range = {"copy_page_range", copy_page_range_run};
