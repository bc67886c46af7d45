/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * retract_page_tables(): a folio has just been collapsed in the page cache, its lock is held, nobody maps it yet; the
 * empty page tables in front of it go, so that the next fault maps it by PMD (seeds 000, 001, 004).
 *
 *	5.4, 6.1	i_mmap write > mmap_lock write, by trylock > pmd lock		the table is freed at once
 *	6.6		i_mmap read > pmd lock > pte lock				it is freed after RCU
 */
#include "model/collapse.h"

/* The table of one VMA, in either way. result: enum scan_result. */
struct retract_vma {
	uint32_t vma, folio;
	uint64_t index;
	uint32_t target_mm;
	uint64_t target_addr;
	bool khugepaged, target, skipped;
	uint32_t mm, table, ptes;
	uint64_t addr;
};

/* The VMA, which i_mmap keeps where it is. */
static const struct kvma *vma_found(struct world *world, uint32_t vma)
{
	if (!world->vmas[vma].used)
		world_violated(world, "a VMA was looked at after it was freed");
	return &world->vmas[vma];
}

/* Where the folio would be, if a PMD could map it there. */
static bool retract_fits(struct world *world, struct retract_vma *at)
{
	const struct kvma *vma = vma_found(world, at->vma);

	at->mm = vma->mm;
	at->addr = vma_address(vma, at->index);
	at->target = at->mm == at->target_mm && at->addr == at->target_addr;
	return at->addr == huge_start(world, at->addr) && vma->end >= at->addr + huge_bytes(world);
}

void table_must_be_empty(struct world *world, uint32_t table, uint64_t addr)
{
	const bool wp = world->vmas[vma_at(world, world->tables[table].mm, addr)].uffd_wp;

	for (unsigned n = 0; n < huge_nr(world); n++) {
		const uint64_t entry = *table_entry(world, table, n);

		if (entry && (wp || entry != ENTRY_MARKER)) {
			world_violated(world, "%s loses what entry %u of a page table held: the table goes",
				       world->mms[world->tables[table].mm].name, n);
			return;
		}
	}
}

/* pmdp_collapse_flush(): the table is out of sight of whoever looks from now on. Its number. */
static uint32_t pmdp_collapse_flush(struct world *world, uint32_t table, uint64_t addr)
{
	uint64_t *pmd = table_entry(world, table, table_index(world, addr, 2));
	uint32_t ptes = entry_to_table(*pmd);

	*pmd = 0;
	table_must_be_empty(world, ptes, addr);
	return ptes;
}

/* mmap_lock and i_mmap are held for writing; unlocks_mmap: mmap_lock is given back before the table is freed. */
struct collapse_and_free_pmd {
	uint32_t mm;
	uint64_t addr;
	bool unlocks_mmap;
	uint32_t table, ptes;
};

static enum progress collapse_and_free_pmd_run(struct world *world, struct ktask *task)
{
	struct collapse_and_free_pmd *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		at->table = pmd_table(world, at->mm, at->addr, false);
		LOCK(LOCK_PMD, at->table, LOCK_WRITE);
		at->ptes = pmdp_collapse_flush(world, at->table, at->addr);
		UNLOCK(LOCK_PMD, at->table);
		if (at->unlocks_mmap)
			UNLOCK(LOCK_MMAP, at->mm);
		STEP("pte_free");
		world->mms[at->mm].nr_ptes--;
		table_free(world, at->ptes);
	}
	RETURN(0);
}
static const struct function collapse_and_free_pmd = {"collapse_and_free_pmd", collapse_and_free_pmd_run};

/* Why this VMA must be left alone after all, now that its mmap_lock is held for writing. */
static enum scan_result retract_recheck(struct world *world, const struct retract_vma *at)
{
	const struct kvma *vma = vma_found(world, at->vma);

	if (world->rules.retract_rechecks_anon_vma && vma->anon_vma)
		return SCAN_PAGE_ANON;
	if (world->rules.retract_checks_exit && khugepaged_test_exit(world, at->mm))
		return SCAN_ANY_PROCESS;
	if (world->rules.retract_rechecks_uffd_wp && vma->uffd_wp)
		return SCAN_PTE_UFFD_WP;
	return SCAN_SUCCEED;
}

/*
 * The page lock is held, and a fault takes it inside mmap_lock: to wait for mmap_lock here could be to wait for ever, so
 * it is only tried (seed 004). What was not to be had is noted for khugepaged, but for the one that the caller sees to.
 */
static enum progress retract_trylock_run(struct world *world, struct ktask *task)
{
	struct retract_vma *at = task_locals(task);
	const enum lock_mode mode = world->rules.retract_locks_mmap_write ? LOCK_WRITE : LOCK_READ;
	enum scan_result verdict;

	switch (task_at(task)) {
	case 0:
		/* Whether this is the target is not known yet, so it will be told SCAN_FAIL. */
		STEP("vma->anon_vma");
		if (world->rules.retract_checks_anon_vma && vma_found(world, at->vma)->anon_vma)
			RETURN(SCAN_FAIL);
		if (!retract_fits(world, at))
			RETURN(SCAN_FAIL);
		STEP("find_pmd_or_thp_or_none");
		verdict = find_pmd_or_thp_or_none(world, at->mm, at->addr);
		if (verdict != SCAN_SUCCEED)
			RETURN((int32_t)verdict);
		if (!at->khugepaged && !at->target)
			goto later;
		if (world->rules.retract_only_tries) {
			STEP("mmap_write_trylock");
			if (!TRYLOCK(LOCK_MMAP, at->mm, mode))
				goto later;
		} else {
			LOCK(LOCK_MMAP, at->mm, mode);
		}
		task->result = (int32_t)retract_recheck(world, at);
		if (task->result == SCAN_SUCCEED) {
			CALL(collapse_and_free_pmd, .mm = at->mm, .addr = at->addr,
			     .unlocks_mmap = !world->rules.retract_frees_locked);
			task->result = SCAN_SUCCEED;
			if (at->target && !at->khugepaged)
				CALL(set_huge_pmd, .vma = at->vma, .folio = at->folio, .addr = at->addr);
		}
		if (task_holds(task, LOCK_MMAP, at->mm))
			UNLOCK(LOCK_MMAP, at->mm);
		RETURN(task->result);
	later:
		if (!at->target)
			CALL(khugepaged_add_pte_mapped_thp, .mm = at->mm, .addr = at->addr);
	}
	RETURN(SCAN_PTE_MAPPED_HUGEPAGE);
}
static const struct function retract_trylock = {"retract_page_tables", retract_trylock_run};

/* What a userfaultfd may have put into the table since the first look: it needs neither the page lock nor a fault. */
static bool retract_skips(struct world *world, const struct retract_vma *at)
{
	const struct kvma *vma = vma_found(world, at->vma);

	return (world->rules.retract_rechecks_anon_vma && vma->anon_vma) ||
	       (world->rules.retract_rechecks_uffd_wp && vma->uffd_wp);
}

/*
 * Without mmap_lock (seed 001). That the pmd still has its table under the pmd lock is what 6.14 and later check; before,
 * an mremap that moves the table away meanwhile made trouble, which is left out here.
 */
static enum progress retract_ptlock_run(struct world *world, struct ktask *task)
{
	struct retract_vma *at = task_locals(task);
	const struct rules *rules = &world->rules;
	const uint64_t *pmd;

	switch (task_at(task)) {
	case 0:
		STEP("vma->anon_vma");
		if (rules->retract_checks_anon_vma && vma_found(world, at->vma)->anon_vma)
			RETURN(SCAN_PAGE_ANON);
		if (!retract_fits(world, at))
			RETURN(SCAN_VMA_CHECK);
		STEP("find_pmd_or_thp_or_none");
		if (find_pmd_or_thp_or_none(world, at->mm, at->addr) != SCAN_SUCCEED)
			RETURN(SCAN_PMD_NULL);
		if (rules->retract_checks_exit && khugepaged_test_exit(world, at->mm))
			RETURN(SCAN_ANY_PROCESS);
		STEP("userfaultfd_wp");
		if (rules->retract_checks_uffd_wp && vma_found(world, at->vma)->uffd_wp)
			RETURN(SCAN_PTE_UFFD_WP);
		at->table = pmd_table(world, at->mm, at->addr, false);
		if (rules->retract_takes_pmd_lock)
			LOCK(LOCK_PMD, at->table, LOCK_WRITE);
		pmd = pmd_of(world, at->mm, at->addr);
		at->ptes = entry_table(*pmd) ? entry_to_table(*pmd) : 0;
		if (at->ptes && rules->retract_takes_pte_lock)
			LOCK(LOCK_PTE, at->ptes, LOCK_WRITE);
		at->skipped = !at->ptes || retract_skips(world, at);
		if (!at->skipped) {
			STEP("pmdp_collapse_flush");
			pmdp_collapse_flush(world, at->table, at->addr);
		}
		if (at->ptes && rules->retract_takes_pte_lock)
			UNLOCK(LOCK_PTE, at->ptes);
		if (rules->retract_takes_pmd_lock)
			UNLOCK(LOCK_PMD, at->table);
		if (at->skipped)
			RETURN(SCAN_PAGE_ANON);
		STEP("pte_free_defer");
		world->mms[at->mm].nr_ptes--;
		table_must_be_empty(world, at->ptes, at->addr);
		if (rules->table_freed_after_rcu)
			table_free_deferred(world, at->ptes);
		else
			table_free(world, at->ptes);
	}
	RETURN(SCAN_SUCCEED);
}
static const struct function retract_ptlock = {"retract_page_tables", retract_ptlock_run};

/* result: of the target (6.1); SCAN_FAIL: it was not met. */
static enum progress retract_page_tables_run(struct world *world, struct ktask *task)
{
	struct retract_page_tables *at = task_locals(task);
	const bool reads = world->rules.retract == RETRACT_PTLOCK;

	switch (task_at(task)) {
	case 0:
		at->verdict = SCAN_FAIL;
		if (world->rules.retract_locks_i_mmap)
			LOCK(LOCK_I_MMAP, at->file, reads ? LOCK_READ : LOCK_WRITE);
		at->vma = rmap_next_file(world, at->file, at->index, 0);
		while (at->vma) {
			if (reads)
				CALL_AS(retract_ptlock, retract_vma, .vma = at->vma, .folio = at->folio,
					.index = at->index);
			else
				CALL_AS(retract_trylock, retract_vma, .vma = at->vma, .folio = at->folio,
					.index = at->index, .target_mm = at->target_mm,
					.target_addr = at->target_addr, .khugepaged = at->khugepaged);
			if (vma_found(world, at->vma)->mm == at->target_mm &&
			    vma_address(&world->vmas[at->vma], at->index) == at->target_addr)
				at->verdict = (enum scan_result)task->result;
			at->vma = rmap_next_file(world, at->file, at->index, at->vma);
		}
		if (world->rules.retract_locks_i_mmap)
			UNLOCK(LOCK_I_MMAP, at->file);
	}
	RETURN((int32_t)at->verdict);
}
const struct function retract_page_tables = {"retract_page_tables", retract_page_tables_run};
