/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a team is mapped and unmapped by PMD, and how its mapping becomes one of ptes (seed 002): the trio, in the order of
 * locks, checks and counts that the patch has. Flushes and mmu notifiers are left out: nobody here has a TLB.
 */
#include "model/ops.h"

#include <errno.h>

/* No mapping takes the references, and the team is unlocked. */
static void give_back(struct world *world, struct ktask *task, uint32_t head)
{
	team_unlock(world, task, head);
	team_ref_add(world, head, -1);
}

/* Two may fault at a time: who comes second finds the pmd in use, before the page table is allocated, or behind it. */
static enum progress map_team_by_pmd_run(struct world *world, struct ktask *task)
{
	struct map_team_by_pmd *at = task_locals(task);
	const struct kvma *vma = &world->vmas[at->vma];

	switch (task_at(task)) {
	case 0:
		STEP("pmd_none");
		at->table = pmd_table(world, at->mm, at->addr, true);
		if (at->table && world->rules.team_map_checks_none && *pmd_of(world, at->mm, at->addr)) {
			give_back(world, task, at->head);
			RETURN(0);
		}
		STEP("pte_alloc_one");
		at->deposit = at->table ? table_new(world, at->mm, 1) : 0;
		if (!at->deposit) {
			give_back(world, task, at->head);
			RETURN(-ENOMEM);
		}
		LOCK(LOCK_PMD, at->table, LOCK_WRITE);
		if (world->rules.team_map_rechecks_none && *pmd_of(world, at->mm, at->addr)) {
			UNLOCK(LOCK_PMD, at->table);
			STEP("pte_free");
			table_free(world, at->deposit);
			give_back(world, task, at->head);
			RETURN(0);
		}
		STEP("set_pmd_at");
		table_deposit(world, at->table, at->deposit);
		*pmd_of(world, at->mm, at->addr) =
			file_entry(world, vma, at->head, false) | ENTRY_HUGE | ENTRY_DIRTY;
		STEP("page_add_file_rmap");
		rmap_add_pmd(world, at->head);
		team_rmap_add(world, at->head);
		world->mms[at->mm].nr_ptes++;
		UNLOCK(LOCK_PMD, at->table);
		STEP("unlock_page");
		team_unlock(world, task, at->head);
		STEP("add_mm_counter");
		world->mms[at->mm].rss[RSS_SHMEM] += huge_nr(world);
	}
	RETURN(0);
}
const struct function map_team_by_pmd = {"map_team_by_pmd", map_team_by_pmd_run};

/* The counts of a PMD map go; the pmd lock is held. Returns the page table that was deposited for it. */
static uint32_t count_unmapped(struct world *world, uint32_t mm, uint32_t table, uint32_t head)
{
	const uint32_t deposit = table_withdraw(world, table);

	team_rmap_remove(world, head);
	rmap_remove_pmd(world, head);
	world->mms[mm].nr_ptes--;
	if (!deposit)
		world_violated(world, "a team's pmd of %s has no page table deposited", world->mms[mm].name);
	return deposit;
}

/* The head is locked, and was seen to be mapped here: a zap or a remap may have been faster. */
static enum progress unmap_team_by_pmd_run(struct world *world, struct ktask *task)
{
	struct unmap_team_by_pmd *at = task_locals(task);
	uint64_t *pmd;

	switch (task_at(task)) {
	case 0:
		at->table = pmd_table(world, at->mm, at->addr, false);
		if (!at->table)
			RETURN(0);
		LOCK(LOCK_PMD, at->table, LOCK_WRITE);
		pmd = pmd_of(world, at->mm, at->addr);
		if (world->rules.team_unmap_rechecks && (!entry_huge(*pmd) || entry_pfn(*pmd) != at->head)) {
			UNLOCK(LOCK_PMD, at->table);
			RETURN(0);
		}
		STEP("pmdp_huge_clear_flush");
		*pmd_of(world, at->mm, at->addr) = 0;
		STEP("page_remove_team_rmap");
		at->deposit = count_unmapped(world, at->mm, at->table, at->head);
		UNLOCK(LOCK_PMD, at->table);
		STEP("pte_free");
		if (at->deposit)
			table_free(world, at->deposit);
		world->mms[at->mm].rss[RSS_SHMEM] -= huge_nr(world);
		STEP("put_page");
		team_ref_add(world, at->head, -1);
	}
	RETURN(0);
}
const struct function unmap_team_by_pmd = {"unmap_team_by_pmd", unmap_team_by_pmd_run};

/*
 * Page n of the team by a pte. Where a PMD map counts on the head alone, the head keeps what the PMD had and the others get
 * a count and a reference; where it counts on all, each keeps its own.
 */
static void remap_page(struct world *world, const struct remap_team_by_ptes *at, uint32_t n)
{
	const uint64_t bits = at->entry & (ENTRY_PRESENT | ENTRY_WRITE | ENTRY_USER | ENTRY_YOUNG);

	*table_entry(world, at->deposit, n) = bits | ENTRY_DIRTY | ENTRY_FRAME(at->head + n);
	if (n && world->rules.teams == TEAM_HEAD) {
		rmap_add_pte(world, at->head + n);
		folio_get(world, at->head + n);
	}
}

/*
 * disband_team() goes by team_usage and looks at no pmd lock: were the team's rmap to go down before all ptes are there, it
 * could take the team apart, and its pages be freed, while they are being mapped.
 */
static enum progress remap_team_by_ptes_run(struct world *world, struct ktask *task)
{
	struct remap_team_by_ptes *at = task_locals(task);
	uint64_t *pmd;

	switch (task_at(task)) {
	case 0:
		at->addr = huge_start(world, at->addr);
		at->table = pmd_table(world, at->mm, at->addr, false);
		if (!at->table)
			RETURN(0);
		LOCK(LOCK_PMD, at->table, LOCK_WRITE);
		if (!entry_huge(*pmd_of(world, at->mm, at->addr))) {
			UNLOCK(LOCK_PMD, at->table);
			RETURN(0);
		}
		STEP(world->rules.team_pmd_never_none ? "pmdp_invalidate" : "pmdp_huge_clear_flush");
		pmd = pmd_of(world, at->mm, at->addr);
		at->entry = *pmd;
		at->head = entry_pfn(at->entry);
		/* (An invalid one is huge for whoever looks at it without the lock, as here.) */
		if (!world->rules.team_pmd_never_none)
			*pmd = 0;
		at->deposit = table_withdraw(world, at->table);
		TRYLOCK(LOCK_PTE, at->deposit, LOCK_WRITE);
		if (!world->rules.team_rmap_last) {
			/* Where unmap_team_by_pmd() has it. */
			STEP("page_remove_team_rmap");
			team_rmap_remove(world, at->head);
		}
		if (!world->rules.team_pmd_never_none) {
			STEP("pmd_populate");
			*pmd_of(world, at->mm, at->addr) = entry_to(at->deposit);
		}
		STEP("set_pte_at");
		for (at->at = 0; at->at < huge_nr(world); at->at++) {
			if (at->at)
				STEP_PTE("set_pte_at");
			remap_page(world, at, at->at);
		}
		if (world->rules.team_pmd_never_none) {
			STEP("pmd_populate");
			*pmd_of(world, at->mm, at->addr) = entry_to(at->deposit);
		}
		if (world->rules.team_rmap_last) {
			STEP("page_remove_team_rmap");
			team_rmap_remove(world, at->head);
		}
		UNLOCK(LOCK_PTE, at->deposit);
		UNLOCK(LOCK_PMD, at->table);
	}
	RETURN(0);
}
const struct function remap_team_by_ptes = {"remap_team_by_ptes", remap_team_by_ptes_run};

/* page_check_address_transhuge(): whether this team is mapped by PMD at addr; the pmd lock is held. */
static bool maps_team(struct world *world, const struct disband_team *at, uint32_t mm)
{
	const uint64_t *pmd = pmd_of(world, mm, at->addr);

	return entry_huge(*pmd) && entry_pfn(*pmd) == at->head;
}

/* The next VMA that may map the team by PMD, and the table of its pmd; false: no more. */
static bool next_mapper(struct world *world, struct disband_team *at)
{
	const struct kpage *head = page_at(world, at->head);

	do {
		at->vma = rmap_next_file(world, head->mapping, head->index, at->vma);
		if (!at->vma)
			return false;
		at->addr = vma_address(&world->vmas[at->vma], head->index);
		at->table = pmd_table(world, world->vmas[at->vma].mm, at->addr, false);
	} while (!at->table);
	return true;
}

/* Page n is no more of a team; a hole is freed. */
static void disband_page(struct world *world, uint32_t pfn)
{
	struct kpage *page = page_at(world, pfn);
	const bool hole = page->hole;

	/* Truncated meanwhile, and perhaps somebody else's by now. */
	if (!page->team && !hole)
		return;
	page->team = false;
	page->hole = false;
	page->lru = !hole;
	if (!hole)
		return;
	page->mapping = 0;
	page->index = 0;
	world->stat[STAT_SHMEM_FREEHOLES]--;
	folio_put(world, pfn);
}

static enum progress disband_team_run(struct world *world, struct ktask *task)
{
	struct disband_team *at = task_locals(task);
	struct kpage *head = page_at(world, at->head);

	switch (task_at(task)) {
	case 0:
		for (;;) {
			STEP("team_pmd_mapped");
			if (!team_pmd_mapped(world, at->head))
				break;
			LOCK(LOCK_I_MMAP, head->mapping, LOCK_READ);
			for (at->vma = 0; next_mapper(world, at);) {
				/* Also where the pmd is empty: what a remap has under way ends when the lock is had. */
				LOCK(LOCK_PMD, at->table, LOCK_WRITE);
				at->found = maps_team(world, at, world->vmas[at->vma].mm);
				UNLOCK(LOCK_PMD, at->table);
				if (at->found && world->rules.disband_remaps) {
					CALL(remap_team_by_ptes, .mm = world->vmas[at->vma].mm,
					     .addr = at->addr);
				} else if (at->found) {
					CALL(unmap_team_by_pmd, .mm = world->vmas[at->vma].mm, .vma = at->vma,
					     .head = at->head, .addr = at->addr);
				}
			}
			UNLOCK(LOCK_I_MMAP, head->mapping);
		}
		STEP("ClearPageTeam");
		if (head->team_usage == huge_nr(world))
			world->stat[STAT_SHMEM_HUGEPAGES]--;
		head->team_usage = 0;
		disband_page(world, at->head);
		STEP("shmem_disband_hugetails");
		for (at->at = 1; at->at < huge_nr(world); at->at++) {
			if (at->at > 1)
				STEP_PTE("ClearPageTeam");
			disband_page(world, at->head + at->at);
		}
	}
	RETURN(0);
}
const struct function disband_team = {"shmem_disband_hugeteam", disband_team_run};
