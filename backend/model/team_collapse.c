/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A team that is mapped by ptes gets its PMD back: MADV_COLLAPSE in our 6.1 (facts F: without it nothing ever does, for a fault
 * maps by PMD only where no page table is). No page moves: what goes is a page table that holds this team and nothing else.
 */
#include "model/ops.h"

/* The n-th pte: SCAN_SUCCEED for the page that has to be there, SCAN_NOTHING for none, else why the table has to stay. */
static enum scan_result pte_verdict(const struct collapse_team *at, uint64_t entry)
{
	if (!entry)
		return SCAN_NOTHING;
	if (!entry_present(entry))
		return SCAN_PTE_NON_PRESENT;
	return entry_pfn(entry) == at->head + at->n ? SCAN_SUCCEED : SCAN_FAIL;
}

/* The first of its ptes that is in the way, or SCAN_SUCCEED. */
static enum scan_result table_verdict(struct world *world, struct collapse_team *at)
{
	for (at->n = 0; at->n < huge_nr(world); at->n++) {
		enum scan_result verdict = pte_verdict(at, *table_entry(world, at->ptes, at->n));

		if (verdict != SCAN_SUCCEED && verdict != SCAN_NOTHING)
			return verdict;
	}
	return SCAN_SUCCEED;
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
		at->verdict = table_verdict(world, at);
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

static enum progress collapse_team_run(struct world *world, struct ktask *task)
{
	struct collapse_team *at = task_locals(task);
	const struct kvma *vma = &world->vmas[at->vma];
	const uint64_t *pmd;

	switch (task_at(task)) {
	case 0:
		STEP("vma_lookup");
		at->vma = vma_at(world, at->mm, at->addr);
		vma = &world->vmas[at->vma];
		if (!at->vma || vma->kind == KVMA_ANON || !vma_fits_huge(world, vma, at->addr))
			RETURN(SCAN_VMA_CHECK);
		at->index = vma_index(vma, at->addr);
		at->head = team_find(world, vma->file, at->index);
		if (!at->head)
			RETURN(SCAN_PAGE_NULL);
		folio_get(world, at->head);
		at->verdict = SCAN_PAGE_NULL;
		for (at->n = 0; at->n < huge_nr(world); at->n++) {
			STEP_PTE("shmem_add_to_page_cache");
			if (!team_populate(world, vma->file, at->index, at->head, at->n))
				goto out;
		}
		STEP("trylock_page");
		at->verdict = SCAN_PAGE_LOCK;
		if (!team_trylock(world, task, at->head))
			goto out;
		pmd = pmd_of(world, at->mm, at->addr);
		if (!team_is(world, at->head, vma->file, at->index))
			at->verdict = SCAN_TRUNCATED;
		else if (pmd && entry_huge(*pmd))
			at->verdict = SCAN_PMD_MAPPED;
		else
			at->verdict = SCAN_SUCCEED;
		if (at->verdict == SCAN_SUCCEED && pmd && *pmd) {
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
