/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page teams (seed 002, facts A and F): how one comes to be, is found, referred to and locked.
 *
 * A team is a huge page that was split from the start: pages of their own, side by side. The head knows about all:
 *
 *	head              tail      tail      tail
 *	PG_team           PG_team   -         PG_team     instantiated ones have it, the head always
 *	mapping, index    m, i      -         m, i        the same
 *	team_usage 3      in the    a hole:   in the      pages instantiated, and PMD maps on top
 *	                  cache     no file   cache
 */
#include "model/ops.h"

#include <errno.h>

void team_new(struct world *world, uint32_t head, uint32_t file, uint64_t first)
{
	struct kpage *page = page_at(world, head);

	for (uint32_t n = 0; n < huge_nr(world); n++)
		page_at(world, head + n)->hole = true;
	page->team = true;
	page->mapping = file;
	page->index = first;
	world->stat[STAT_SHMEM_FREEHOLES] += huge_nr(world);
}

void team_instantiate(struct world *world, uint32_t pfn)
{
	const uint32_t head = team_head(world, pfn);
	struct kpage *page = page_at(world, pfn), *first = page_at(world, head);

	page->hole = false;
	page->team = true;
	cache_add(world, first->mapping, first->index + (pfn - head), pfn);
	world->stat[STAT_SHMEM_FREEHOLES]--;
	if (++first->team_usage == huge_nr(world))
		world->stat[STAT_SHMEM_HUGEPAGES]++;
}

bool team_is(const struct world *world, uint32_t head, uint32_t file, uint64_t first)
{
	const struct kpage *page = &world->pages[head];

	return page->team && page->mapping == file && page->index == first;
}

uint32_t team_find(struct world *world, uint32_t file, uint64_t index)
{
	const uint32_t nr = huge_nr(world);
	const uint64_t first = index & ~(uint64_t)(nr - 1);

	/* Every team has a page in the cache; the kernel finds the head by a tag that it has there. */
	for (uint32_t n = 0; n < nr; n++) {
		const uint32_t pfn = *file_page(world, file, first + n);

		if (pfn && page_at(world, pfn)->team && team_is(world, team_head(world, pfn), file, first))
			return team_head(world, pfn);
	}
	return 0;
}

uint32_t team_hole(struct world *world, uint32_t file, uint64_t index)
{
	const uint32_t head = team_find(world, file, index);
	const uint32_t pfn = head + (uint32_t)(index & (huge_nr(world) - 1));

	return head && page_at(world, pfn)->hole ? pfn : 0;
}

static bool counts_all(const struct world *world)
{
	return world->rules.teams == TEAM_ALL;
}

void team_ref_add(struct world *world, uint32_t head, int32_t by)
{
	const uint32_t nr = counts_all(world) ? huge_nr(world) : 1;

	for (uint32_t n = 0; n < nr; n++)
		folio_ref_add(world, head + n, by);
}

bool team_trylock(struct world *world, struct ktask *task, uint32_t head)
{
	const uint32_t nr = counts_all(world) ? huge_nr(world) : 1;

	for (uint32_t n = 0; n < nr; n++) {
		if (n ? task_trylock_page(world, task, head + n) : TRYLOCK(LOCK_PAGE, head, LOCK_WRITE))
			continue;
		while (n-- > 1)
			task_unlock_page(world, task, head + n);
		if (task_holds(task, LOCK_PAGE, head))
			UNLOCK(LOCK_PAGE, head);
		return false;
	}
	return true;
}

void team_unlock(struct world *world, struct ktask *task, uint32_t head)
{
	const uint32_t nr = counts_all(world) ? huge_nr(world) : 1;

	for (uint32_t n = nr; n-- > 1;)
		task_unlock_page(world, task, head + n);
	UNLOCK(LOCK_PAGE, head);
}

/* Whether a fault here may map the team by PMD, before anybody is asked. */
static bool may_map_team(struct world *world, const struct team_fault *at)
{
	const struct kvma *vma = &world->vmas[at->vma];

	/* 4.6 has no word for it but the mount option; our 6.1 heeds what is said of the VMA. */
	return vma_fits_huge(world, vma, at->addr) && !*pmd_of(world, vma->mm, at->addr) &&
	       (!counts_all(world) || hugepage_vma_check(world, vma, false));
}

bool team_populate(struct world *world, uint32_t file, uint64_t first, uint32_t head, uint32_t n)
{
	if (!team_is(world, head, file, first))
		return false;
	if (page_at(world, head + n)->hole)
		team_instantiate(world, head + n);
	return true;
}

/* Its first page in the file. */
static uint64_t team_first(const struct world *world, const struct team_fault *at)
{
	const uint64_t mask = huge_nr(world) - 1;

	return vma_index(&world->vmas[at->vma], at->addr) & ~mask;
}

/*
 * 6.1-team comes here from vm_ops->huge_fault before the small fault, but looks for the same page first. It may not wait
 * for the locks of all pages, since others take them in another order.
 */
static enum progress team_fault_run(struct world *world, struct ktask *task)
{
	struct team_fault *at = task_locals(task);
	const uint32_t file = world->vmas[at->vma].file;

	switch (task_at(task)) {
	case 0:
		STEP("pmd_none");
		at->head = team_head(world, at->pfn);
		if (!may_map_team(world, at) || !page_at(world, at->pfn)->team ||
		    !team_is(world, at->head, file, team_first(world, at)))
			RETURN(TEAM_FAULT_SMALL);
		/* Here, for the lock of one page does not keep the head from leaving the file. */
		folio_get(world, at->head);
		STEP("shmem_populate_hugeteam");
		UNLOCK(LOCK_PAGE, at->pfn);
		for (at->at = 0; at->at < huge_nr(world); at->at++) {
			STEP_PTE("shmem_add_to_page_cache");
			if (!team_populate(world, file, team_first(world, at), at->head, at->at))
				goto small;
		}
		if (counts_all(world)) {
			STEP("trylock_page");
			if (!team_trylock(world, task, at->head))
				goto small;
		} else {
			LOCK(LOCK_PAGE, at->head, LOCK_WRITE);
		}
		if (world->rules.team_fault_rechecks &&
		    !team_is(world, at->head, file, team_first(world, at))) {
			team_unlock(world, task, at->head);
			goto small;
		}
		team_ref_add(world, at->head, 1);
		folio_put(world, at->head);
		folio_put(world, at->pfn);
		CALL(map_team_by_pmd, .mm = world->vmas[at->vma].mm, .vma = at->vma, .addr = at->addr,
		     .head = at->head);
		RETURN(task->result);
	small:
		folio_put(world, at->head);
		LOCK(LOCK_PAGE, at->pfn, LOCK_WRITE);
		if (*file_page(world, file, vma_index(&world->vmas[at->vma], at->addr)) == at->pfn)
			RETURN(TEAM_FAULT_SMALL);
		UNLOCK(LOCK_PAGE, at->pfn);
		folio_put(world, at->pfn);
	}
	RETURN(0);
}
const struct function team_fault = {"shmem_fault", team_fault_run};
