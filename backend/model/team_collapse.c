/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A team that is mapped by ptes gets its PMD back: MADV_COLLAPSE in our 6.1 (facts F: without it nothing ever does, for a fault
 * maps by PMD only where no page table is). No page moves: what goes is a page table that holds this team and nothing else.
 */
#include "model/collapse.h"

/* Whether the table maps this team and nothing else; holes are fine. */
static bool ptes_of_team(struct world *world, const struct collapse_team *at)
{
	for (uint32_t n = 0; n < huge_nr(world); n++) {
		const uint64_t entry = *table_entry(world, at->ptes, n);

		if (entry && (!entry_present(entry) || entry_pfn(entry) != at->head + n))
			return false;
	}
	return true;
}

/* One pte less; its page is not freed, for it is in the page cache and locked. */
static void drop_pte(struct world *world, const struct collapse_team *at, uint64_t *pte)
{
	if (!*pte)
		return;
	page_at(world, entry_pfn(*pte))->dirty |= !!(*pte & ENTRY_DIRTY);
	rmap_remove_pte(world, entry_pfn(*pte));
	world->mms[at->mm].rss[RSS_SHMEM]--;
	folio_put(world, entry_pfn(*pte));
	*pte = 0;
}

/* mmap_lock is held for writing, and the page locks; i_mmap and the anon_vma's lock keep rmap walks away meanwhile. */
static enum progress retract_team_table_run(struct world *world, struct ktask *task)
{
	struct collapse_team *at = task_locals(task);
	const struct kvma *vma = &world->vmas[at->vma];

	switch (task_at(task)) {
	case 0:
		at->table = pmd_table(world, at->mm, at->addr, false);
		at->ptes = entry_to_table(*pmd_of(world, at->mm, at->addr));
		LOCK(LOCK_I_MMAP, vma->file, LOCK_WRITE);
		if (vma->anon_vma)
			LOCK(LOCK_ANON_VMA, world->anon_vmas[vma->anon_vma].root, LOCK_WRITE);
		LOCK(LOCK_PTE, at->ptes, LOCK_WRITE);
		at->verdict = ptes_of_team(world, at) ? SCAN_SUCCEED : SCAN_FAIL;
		for (at->n = 0; at->verdict == SCAN_SUCCEED && at->n < huge_nr(world); at->n++) {
			STEP_PTE("ptep_clear");
			drop_pte(world, at, table_entry(world, at->ptes, at->n));
		}
		UNLOCK(LOCK_PTE, at->ptes);
		if (at->verdict == SCAN_SUCCEED) {
			LOCK(LOCK_PMD, at->table, LOCK_WRITE);
			*pmd_of(world, at->mm, at->addr) = 0;
			UNLOCK(LOCK_PMD, at->table);
			STEP("pte_free");
			world->mms[at->mm].nr_ptes--;
			table_free(world, at->ptes);
		}
		if (vma->anon_vma)
			UNLOCK(LOCK_ANON_VMA, world->anon_vmas[vma->anon_vma].root);
		UNLOCK(LOCK_I_MMAP, vma->file);
	}
	RETURN((int32_t)at->verdict);
}
static const struct function retract_team_table = {"collapse_team", retract_team_table_run};

/* The checks before any lock (collapse_pte_mapped_thp()): why not, or SCAN_SUCCEED with at->vma set. */
static enum scan_result collapse_team_fits(struct world *world, struct collapse_team *at)
{
	const enum scan_result pmd = find_pmd_or_thp_or_none(world, at->mm, at->addr);
	const struct kvma *vma;

	at->vma = vma_at(world, at->mm, at->addr);
	vma = &world->vmas[at->vma];
	if (pmd == SCAN_PMD_MAPPED)
		return pmd;
	if (!at->vma || vma->kind == KVMA_ANON || !vma_fits_huge(world, vma, at->addr) ||
	    !hugepage_vma_check(world, vma, true))
		return SCAN_VMA_CHECK;
	if (vma->uffd_wp)
		return SCAN_PTE_UFFD_WP;
	if (pmd != SCAN_SUCCEED && pmd != SCAN_PMD_NONE)
		return pmd;
	return vma->uffd_missing ? SCAN_FAIL : SCAN_SUCCEED;
}

static enum progress collapse_team_run(struct world *world, struct ktask *task)
{
	struct collapse_team *at = task_locals(task);
	const struct kvma *vma = &world->vmas[at->vma];

	switch (task_at(task)) {
	case 0:
		STEP("vma_lookup");
		at->verdict = collapse_team_fits(world, at);
		vma = &world->vmas[at->vma];
		if (at->verdict != SCAN_SUCCEED)
			RETURN((int32_t)at->verdict);
		at->index = vma_index(vma, at->addr);
		at->head = team_find(world, vma->file, at->index);
		if (!at->head)
			RETURN(SCAN_FAIL);
		folio_get(world, at->head);
		STEP("trylock_page");
		at->verdict = SCAN_FAIL;
		if (!team_trylock(world, task, at->head))
			goto out;
		if (!team_is(world, at->head, vma->file, at->index)) {
			team_unlock(world, task, at->head);
			goto out;
		}
		at->verdict = SCAN_SUCCEED;
		if (*pmd_of(world, at->mm, at->addr)) {
			CALL_AS(retract_team_table, collapse_team, .mm = at->mm, .addr = at->addr,
				.vma = at->vma, .head = at->head);
			at->verdict = (enum scan_result)task->result;
		}
		if (at->verdict != SCAN_SUCCEED) {
			team_unlock(world, task, at->head);
			goto out;
		}
		team_ref_add(world, at->head, 1);
		CALL(map_team_by_pmd, .mm = at->mm, .vma = at->vma, .head = at->head, .addr = at->addr);
		if (task->result)
			at->verdict = SCAN_FAIL;
	out:
		folio_put(world, at->head);
	}
	RETURN((int32_t)at->verdict);
}
const struct function collapse_team = {"collapse_team", collapse_team_run};
