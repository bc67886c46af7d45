/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A mapping by PMD becomes one by ptes; the folio stays whole (mm/huge_memory.c: __split_huge_pmd()). */
#include "model/ops.h"

/* What each of the ptes has of the huge entry. */
#define KEPT (ENTRY_PRESENT | ENTRY_WRITE | ENTRY_USER | ENTRY_YOUNG | ENTRY_DIRTY | ENTRY_UFFD_WP)

/*
 * Anonymous memory: the deposited table is filled and takes the place of the huge entry. The kernel invalidates the entry
 * first and needs the pmd lock for all of it, so that nobody sees anything in between.
 */
static void split_anon(struct world *world, uint32_t table, uint64_t *pmd)
{
	const uint64_t kept = *pmd & KEPT;
	const uint32_t pfn = entry_pfn(*pmd);
	const bool zero = world->pages[pfn].use == PAGE_ZERO, exclusive = world->pages[pfn].exclusive;
	const uint32_t ptes = table_withdraw(world, table);

	if (!ptes) {
		world_violated(world, "a huge pmd of %s has no page table deposited",
			       world->mms[world->tables[table].mm].name);
		return;
	}
	for (uint32_t n = 0; n < huge_nr(world); n++) {
		*table_entry(world, ptes, n) = ENTRY_FRAME(zero ? world->zero_page : pfn + n) | kept;
		/* The head's mark was for all; each page has its own from here on. */
		if (!zero && exclusive)
			world->pages[pfn + n].exclusive = true;
		if (kept & ENTRY_DIRTY)
			world->pages[pfn + n].dirty |= !zero;
	}
	if (!zero)
		rmap_split_pmd(world, pfn);
	*pmd = entry_to(ptes);
}

/* A file's folio needs no table to be found again: its pages come back with the next faults. */
static void zap_file(struct world *world, uint32_t mm, uint64_t *pmd)
{
	const uint32_t pfn = entry_pfn(*pmd);

	if (*pmd & ENTRY_DIRTY)
		world->pages[pfn].dirty = true;
	if (*pmd & ENTRY_YOUNG)
		world->pages[pfn].referenced = true;
	*pmd = 0;
	world->mms[mm].rss[page_rss(world, pfn)] -= huge_nr(world);
	rmap_remove_pmd(world, pfn);
	folio_put(world, pfn);
}

/* Whether the pmd of addr maps a team: those have a function of their own, with its own lock. */
static bool maps_team(struct world *world, uint32_t mm, uint64_t addr)
{
	const uint64_t *pmd = pmd_of(world, mm, addr);

	return pmd && entry_huge(*pmd) && world->pages[entry_pfn(*pmd)].team;
}

static enum progress split_huge_pmd_run(struct world *world, struct ktask *task)
{
	struct split_huge_pmd *at = task_locals(task);
	uint64_t *pmd;

	switch (task_at(task)) {
	case 0:
		at->addr = huge_start(world, at->addr);
		at->table = pmd_table(world, at->mm, at->addr, false);
		if (!at->table)
			RETURN(0);
		STEP("pmd_trans_huge");
		at->team = maps_team(world, at->mm, at->addr);
		if (!at->team) {
			LOCK(LOCK_PMD, at->table, LOCK_WRITE);
			pmd = pmd_of(world, at->mm, at->addr);
			/* Mapped since the look: the kernel asks the VMA, which does not change. */
			at->team = maps_team(world, at->mm, at->addr);
			if (at->team || !entry_huge(*pmd))
				UNLOCK(LOCK_PMD, at->table);
			if (!at->team && !entry_huge(*pmd))
				RETURN(0);
		}
		if (at->team) {
			/* 6.1 counts it before it looks at what is mapped; seed 002 left before it came there. */
			world->stat[STAT_THP_SPLIT_PMD] += world->rules.teams == TEAM_ALL;
			CALL(remap_team_by_ptes, .mm = at->mm, .addr = at->addr);
			RETURN(task->result);
		}
		STEP("pmdp_invalidate");
		pmd = pmd_of(world, at->mm, at->addr);
		world->stat[STAT_THP_SPLIT_PMD]++;
		if (pmd_deposits(world, entry_pfn(*pmd)))
			split_anon(world, at->table, pmd);
		else
			zap_file(world, at->mm, pmd);
		UNLOCK(LOCK_PMD, at->table);
	}
	RETURN(0);
}
const struct function split_huge_pmd = {"__split_huge_pmd", split_huge_pmd_run};
