/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * collapse_pte_mapped_thp(): the huge page is there and mapped by ptes; its page table goes (seeds 000, 001).
 *
 *	5.4	mmap_lock write (the caller's) > pte lock: check all, drop the mapcounts | references, RSS | pmd lock: the pmd
 *	6.1	the same inside page lock > i_mmap write; the pmd inside the anon_vma's lock
 *	6.6	mmap_lock read (the caller's) > page lock > pte lock: check all | [pmd lock >] pte lock: check, clear, drop |
 *		references, RSS | pmd lock > pte lock: the pmd; the table is freed after RCU
 */
#include "model/collapse.h"

/* result: enum scan_result. */
struct set_aside_ptes {
	uint32_t mm, vma, folio;
	uint64_t addr;
	uint32_t table, ptes, n, count;
	enum scan_result verdict;
	bool pmd_locked;
};

/*
 * What the n-th pte says: SCAN_SUCCEED for the page that has to be there, SCAN_NOTHING for none, else why not to go on.
 * Without the rule that looks for them, entries that are not present are taken for empty ones.
 */
static enum scan_result pte_verdict(const struct world *world, struct set_aside_ptes *at, uint64_t entry)
{
	const struct rules *rules = &world->rules;
	const uint32_t pfn = entry_pfn(entry), file = world->vmas[at->vma].file;
	const struct kpage *page;
	bool foreign;

	if (!entry)
		return SCAN_NOTHING;
	if (!entry_present(entry))
		return rules->collapse_checks_present ? SCAN_PTE_NON_PRESENT : SCAN_NOTHING;
	page = &world->pages[pfn];
	foreign = page->anon || page->mapping != file;
	if (rules->collapse_locks_folio) {
		if (pfn == at->folio + at->n)
			return SCAN_SUCCEED;
		if (foreign ? rules->collapse_checks_mapping : rules->collapse_checks_subpage)
			return SCAN_FAIL;
		return SCAN_SUCCEED;
	}
	/* 5.4 learns from the first pte which folio it is. */
	if (rules->collapse_checks_compound && page->use != PAGE_HEAD && page->use != PAGE_TAIL)
		return SCAN_PAGE_COMPOUND;
	if (!at->folio) {
		at->folio = folio_head(world, pfn);
		if (foreign && rules->collapse_checks_mapping)
			return SCAN_FAIL;
	}
	if (pfn != at->folio + at->n && rules->collapse_checks_subpage)
		return SCAN_FAIL;
	return SCAN_SUCCEED;
}

static uint64_t *nth_pte(struct world *world, const struct set_aside_ptes *at)
{
	return table_entry(world, at->ptes, at->n);
}

/* The references and the RSS of those that were dropped. */
static void drop_count(struct world *world, const struct set_aside_ptes *at)
{
	if (!at->count)
		return;
	world->mms[at->mm].rss[page_rss(world, at->folio)] -= at->count;
	folio_ref_add(world, at->folio, -(int32_t)at->count);
}

/* The table is out of the pmd; it may still hold ptes, which nobody counts any more. */
static void clear_pmd(struct world *world, const struct set_aside_ptes *at)
{
	*table_entry(world, at->table, table_index(world, at->addr, 2)) = 0;
}

static void find_tables(struct world *world, struct set_aside_ptes *at)
{
	at->table = pmd_table(world, at->mm, at->addr, false);
	at->ptes = entry_to_table(*pmd_of(world, at->mm, at->addr));
}

/* mmap_lock is held for writing. */
static enum progress drop_under_write_run(struct world *world, struct ktask *task)
{
	struct set_aside_ptes *at = task_locals(task);
	const struct kvma *vma = &world->vmas[at->vma];

	switch (task_at(task)) {
	case 0:
		find_tables(world, at);
		if (world->rules.collapse_locks_rmap)
			LOCK(LOCK_I_MMAP, vma->file, LOCK_WRITE);
		LOCK(LOCK_PTE, at->ptes, LOCK_WRITE);
		for (at->n = 0; at->n < huge_nr(world); at->n++) {
			STEP_PTE("pte_present");
			at->verdict = pte_verdict(world, at, *nth_pte(world, at));
			if (at->verdict != SCAN_SUCCEED && at->verdict != SCAN_NOTHING)
				goto abort;
		}
		for (at->n = 0; at->n < huge_nr(world); at->n++) {
			STEP_PTE("page_remove_rmap");
			if (!entry_present(*nth_pte(world, at)))
				continue;
			rmap_remove_pte(world, entry_pfn(*nth_pte(world, at)));
			at->count++;
		}
		UNLOCK(LOCK_PTE, at->ptes);
		STEP("page_ref_sub");
		drop_count(world, at);
		if (world->rules.collapse_locks_rmap && vma->anon_vma)
			LOCK(LOCK_ANON_VMA, world->anon_vmas[vma->anon_vma].root, LOCK_WRITE);
		LOCK(LOCK_PMD, at->table, LOCK_WRITE);
		clear_pmd(world, at);
		UNLOCK(LOCK_PMD, at->table);
		STEP("pte_free");
		world->mms[at->mm].nr_ptes--;
		table_free(world, at->ptes);
		if (world->rules.collapse_locks_rmap && vma->anon_vma)
			UNLOCK(LOCK_ANON_VMA, world->anon_vmas[vma->anon_vma].root);
		if (world->rules.collapse_locks_rmap)
			UNLOCK(LOCK_I_MMAP, vma->file);
		RETURN(SCAN_SUCCEED);
	abort:
		UNLOCK(LOCK_PTE, at->ptes);
		if (world->rules.collapse_locks_rmap)
			UNLOCK(LOCK_I_MMAP, vma->file);
	}
	RETURN((int32_t)at->verdict);
}
static const struct function drop_under_write = {"collapse_pte_mapped_thp", drop_under_write_run};

/*
 * A userfaultfd may put pages into a private mapping without a look at the page cache, whose lock keeps all others away:
 * there the pmd lock is taken first, and the pte lock is kept until the table is out of the pmd.
 */
static bool uffd_private(const struct kvma *vma)
{
	return (vma->uffd_wp || vma->uffd_missing) && vma->kind != KVMA_SHARED;
}

/* The second look, and the drop, under the pte lock; at->verdict: SCAN_SUCCEED, or why it was left in the middle. */
static enum progress clear_ptes_run(struct world *world, struct ktask *task)
{
	struct set_aside_ptes *at = task_locals(task);
	uint64_t *pte;

	switch (task_at(task)) {
	case 0:
		for (at->n = 0; at->n < huge_nr(world); at->n++) {
			STEP_PTE("ptep_clear");
			pte = nth_pte(world, at);
			at->verdict = pte_verdict(world, at, *pte);
			if (at->verdict == SCAN_NOTHING)
				continue;
			if (at->verdict != SCAN_SUCCEED)
				break;
			rmap_remove_pte(world, entry_pfn(*pte));
			*pte = 0;
			at->count++;
		}
		drop_count(world, at);
		if (at->n == huge_nr(world))
			RETURN(SCAN_SUCCEED);
	}
	RETURN((int32_t)at->verdict);
}
static const struct function clear_ptes = {"collapse_pte_mapped_thp", clear_ptes_run};

/*
 * Since MADV_DONTNEED frees page tables, mmap_lock for reading and the page lock do not keep this one where it is: RCU keeps
 * it from being freed, and whoever takes its lock again looks whether the pmd still has it (mm/khugepaged.c: pmd_same()).
 */
static bool table_gone(struct world *world, const struct set_aside_ptes *at)
{
	return world->rules.dontneed_frees_table && *pmd_of(world, at->mm, at->addr) != entry_to(at->ptes);
}

/* mmap_lock is held for reading, and the page lock of the folio. */
static enum progress drop_under_read_run(struct world *world, struct ktask *task)
{
	struct set_aside_ptes *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		CALL(pte_offset_map_lock, .mm = at->mm, .addr = at->addr);
		if (!task->result)
			RETURN(SCAN_FAIL);
		find_tables(world, at);
		for (at->n = 0; at->n < huge_nr(world); at->n++) {
			STEP_PTE("pte_present");
			at->verdict = pte_verdict(world, at, *nth_pte(world, at));
			if (at->verdict != SCAN_SUCCEED && at->verdict != SCAN_NOTHING) {
				UNLOCK(LOCK_PTE, at->ptes);
				RETURN((int32_t)at->verdict);
			}
		}
		task_rcu_lock(task);
		UNLOCK(LOCK_PTE, at->ptes);
		at->pmd_locked = uffd_private(&world->vmas[at->vma]);
		if (at->pmd_locked)
			LOCK(LOCK_PMD, at->table, LOCK_WRITE);
		LOCK(LOCK_PTE, at->ptes, LOCK_WRITE);
		at->verdict = SCAN_FAIL;
		if (table_gone(world, at))
			goto unlock;
		CALL_AS(clear_ptes, set_aside_ptes, .mm = at->mm, .vma = at->vma, .folio = at->folio,
			.ptes = at->ptes);
		at->verdict = (enum scan_result)task->result;
		if (at->verdict != SCAN_SUCCEED)
			goto unlock;
		if (!at->pmd_locked) {
			UNLOCK(LOCK_PTE, at->ptes);
			LOCK(LOCK_PMD, at->table, LOCK_WRITE);
			at->pmd_locked = true;
			LOCK(LOCK_PTE, at->ptes, LOCK_WRITE);
			at->verdict = SCAN_FAIL;
			if (table_gone(world, at))
				goto unlock;
		}
		STEP("pmdp_collapse_flush");
		clear_pmd(world, at);
		table_must_be_empty(world, at->ptes, at->addr);
		at->verdict = SCAN_SUCCEED;
	unlock:
		UNLOCK(LOCK_PTE, at->ptes);
		if (at->pmd_locked)
			UNLOCK(LOCK_PMD, at->table);
		task_rcu_unlock(world, task);
		if (at->verdict != SCAN_SUCCEED)
			RETURN((int32_t)at->verdict);
		STEP("pte_free_defer");
		world->mms[at->mm].nr_ptes--;
		if (world->rules.table_freed_after_rcu)
			table_free_deferred(world, at->ptes);
		else
			table_free(world, at->ptes);
	}
	RETURN(SCAN_SUCCEED);
}
static const struct function drop_under_read = {"collapse_pte_mapped_thp", drop_under_read_run};

static enum progress set_huge_pmd_run(struct world *world, struct ktask *task)
{
	struct set_huge_pmd *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		CALL(do_set_pmd, .vma = at->vma, .addr = at->addr, .pfn = at->folio);
		if (task->result)
			RETURN(SCAN_FAIL);
		folio_get(world, at->folio);
	}
	RETURN(SCAN_SUCCEED);
}
const struct function set_huge_pmd = {"set_huge_pmd", set_huge_pmd_run};

/* The checks before any lock: why not, or SCAN_SUCCEED with at->vma set. */
static enum scan_result collapse_pte_fits(struct world *world, struct collapse_pte_mapped_thp *at)
{
	const struct kvma *vma;

	at->vma = vma_at(world, at->mm, at->addr);
	vma = &world->vmas[at->vma];
	if (!at->vma || vma->kind == KVMA_ANON || !vma_fits_huge(world, vma, at->addr))
		return SCAN_VMA_CHECK;
	if (find_pmd_or_thp_or_none(world, at->mm, at->addr) == SCAN_PMD_MAPPED)
		return SCAN_PMD_MAPPED;
	/* The folio is huge already, whatever the knobs say to new ones. */
	if (!hugepage_vma_check(world, vma, true))
		return SCAN_VMA_CHECK;
	/* Markers may be in the table. */
	return vma->uffd_wp ? SCAN_PTE_UFFD_WP : SCAN_SUCCEED;
}

/* The page cache's page at addr, or 0. */
static uint32_t cached_at(struct world *world, const struct collapse_pte_mapped_thp *at)
{
	const struct kvma *vma = &world->vmas[at->vma];
	const uint32_t *cached = file_page(world, vma->file, vma_index(vma, at->addr));

	return cached && *cached ? folio_head(world, *cached) : 0;
}

/* filemap_lock_folio(): the folio at addr, locked and with a reference. result: the folio, or 0. */
static enum progress filemap_lock_folio_run(struct world *world, struct ktask *task)
{
	struct collapse_pte_mapped_thp *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		for (;;) {
			STEP("filemap_get_folio");
			at->folio = cached_at(world, at);
			if (!at->folio)
				RETURN(0);
			folio_get(world, at->folio);
			if (world->rules.collapse_locks_page)
				LOCK(LOCK_PAGE, at->folio, LOCK_WRITE);
			if (cached_at(world, at) == at->folio)
				RETURN((int32_t)at->folio);
			if (world->rules.collapse_locks_page)
				UNLOCK(LOCK_PAGE, at->folio);
			folio_put(world, at->folio);
		}
	}
	RETURN(0);
}
static const struct function filemap_lock_folio = {"filemap_lock_folio", filemap_lock_folio_run};

/* Not even the table of pmds is there: set_huge_pmd() makes one. */
static bool makes_pmd_table(struct world *world, const struct collapse_pte_mapped_thp *at)
{
	return at->verdict == SCAN_PMD_NULL && world->rules.collapse_makes_pmd_table && at->install_pmd &&
	       pmd_table(world, at->mm, at->addr, true);
}

static enum progress collapse_pte_mapped_thp_run(struct world *world, struct ktask *task)
{
	struct collapse_pte_mapped_thp *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		STEP("vma_lookup");
		at->verdict = collapse_pte_fits(world, at);
		if (at->verdict != SCAN_SUCCEED)
			RETURN((int32_t)at->verdict);
		if (world->rules.collapse_locks_folio) {
			CALL_AS(filemap_lock_folio, collapse_pte_mapped_thp, .mm = at->mm, .addr = at->addr,
				.vma = at->vma);
			at->folio = (uint32_t)task->result;
			if (!at->folio)
				RETURN(SCAN_PAGE_NULL);
			at->verdict = world->rules.collapse_fails_small &&
						      page_at(world, at->folio)->use == PAGE_SMALL
					      ? SCAN_FAIL
					      : SCAN_PAGE_COMPOUND;
			if (world->rules.collapse_checks_compound && !page_huge(world, at->folio))
				goto drop_folio;
		}
		at->verdict = find_pmd_or_thp_or_none(world, at->mm, at->addr);
		if (at->verdict == SCAN_SUCCEED) {
			if (world->rules.collapse_mmap_read)
				CALL_AS(drop_under_read, set_aside_ptes, .mm = at->mm, .vma = at->vma,
					.folio = at->folio, .addr = at->addr);
			else
				CALL_AS(drop_under_write, set_aside_ptes, .mm = at->mm, .vma = at->vma,
					.folio = at->folio, .addr = at->addr);
			at->verdict = (enum scan_result)task->result;
		} else if (at->verdict == SCAN_PMD_NONE || makes_pmd_table(world, at)) {
			at->verdict = SCAN_SUCCEED;
		}
		if (at->verdict == SCAN_SUCCEED && at->install_pmd) {
			CALL(set_huge_pmd, .vma = at->vma, .folio = at->folio, .addr = at->addr);
			at->verdict = (enum scan_result)task->result;
		}
	drop_folio:
		if (at->folio) {
			if (world->rules.collapse_locks_page)
				UNLOCK(LOCK_PAGE, at->folio);
			folio_put(world, at->folio);
		}
	}
	RETURN((int32_t)at->verdict);
}
const struct function collapse_pte_mapped_thp = {"collapse_pte_mapped_thp", collapse_pte_mapped_thp_run};
