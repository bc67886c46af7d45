/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An access to memory, and what the fault that it causes leads to: anonymous memory's first pages are made here. */
#include "model/ops.h"

#include <errno.h>

/* An access that faults so often is not served by anybody. */

/* The entry itself that maps addr, a huge pmd or a pte. */
static uint64_t *leaf_entry(struct world *world, uint32_t mm, uint64_t addr)
{
	uint64_t *pmd = pmd_of(world, mm, addr);

	return pmd && entry_huge(*pmd) ? pmd : pte_of(world, mm, addr);
}

/* What the processor does without the kernel's help: the access, and the young and dirty bits. */
static bool access_allowed(struct world *world, const struct access_page *at)
{
	uint64_t *leaf = leaf_entry(world, at->mm, at->addr);
	struct kpage *page;

	if (!leaf || !entry_present(*leaf) || !(*leaf & ENTRY_USER) || (at->write && !(*leaf & ENTRY_WRITE)))
		return false;
	*leaf |= ENTRY_YOUNG | (at->write ? ENTRY_DIRTY : 0);
	page = page_at(world, entry_pfn(leaf_of(world, at->mm, at->addr)));
	if (at->write)
		page->data = at->store ? at->value : page->data + 1;
	return true;
}

/* A process that is ended has no more say. */
static enum progress access_page_run(struct world *world, struct ktask *task)
{
	struct access_page *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		for (at->tries = 0; at->tries < TRIES_MAX; at->tries++) {
			STEP("access");
			if (world->mms[at->mm].exiting)
				RETURN(-EFAULT);
			if (access_allowed(world, at))
				RETURN(0);
			LOCK(LOCK_MMAP, at->mm, LOCK_READ);
			CALL(handle_mm_fault, .mm = at->mm, .addr = at->addr, .write = at->write);
			UNLOCK(LOCK_MMAP, at->mm);
			if (task->result)
				RETURN(task->result);
		}
		world_violated(world, "%s faults at %#llx, and no fault helps", world->mms[at->mm].name,
			       (unsigned long long)at->addr);
	}
	RETURN(-EFAULT);
}
const struct function access_page = {"access", access_page_run};

static bool access_error(const struct kvma *vma, bool write)
{
	return write ? !vma->write : !vma->read;
}

/* huge_zero_page: made when it is first wanted; it stays (the kernel's shrinker is left out). 0: no memory. */
static uint32_t huge_zero_page(struct world *world)
{
	uint32_t head = world->huge_zero ? world->huge_zero : folio_alloc(world, world->extent.order);

	if (!head || world->huge_zero)
		return head;
	for (uint32_t n = 0; n < huge_nr(world); n++) {
		world->pages[head + n] =
			(struct kpage){.use = PAGE_ZERO, .order = (uint8_t)world->extent.order};
	}
	world->stat[STAT_THP_ZERO_PAGE_ALLOC]++;
	world->huge_zero = head;
	return head;
}

/* pgtable_trans_huge_deposit() and set_pmd_at(). */
static void set_huge_pmd(struct world *world, uint32_t table, uint32_t deposit, uint64_t *pmd, uint64_t entry)
{
	table_deposit(world, table, deposit);
	*pmd = entry;
	world->mms[world->tables[table].mm].nr_ptes++;
}

struct do_huge_pmd_anonymous_page {
	uint32_t mm, vma, table;
	uint64_t addr; /* of the huge page */
	bool write;
	uint32_t folio, deposit;
};

/* The first fault of a huge page of addresses. mmap_lock is held for reading; table: of level 2. */
static enum progress do_huge_pmd_anonymous_page_run(struct world *world, struct ktask *task)
{
	struct do_huge_pmd_anonymous_page *at = task_locals(task);
	const struct kvma *vma = &world->vmas[at->vma];
	uint64_t *pmd, bits;

	switch (task_at(task)) {
	case 0:
		STEP("anon_vma_prepare");
		if (!vma_anon_vma(world, at->vma))
			RETURN(-ENOMEM);
		khugepaged_enter(world, at->vma);
		if (!at->write && world->knobs.use_zero_page) {
			at->folio = huge_zero_page(world);
		} else {
			STEP("vma_alloc_folio");
			at->folio = folio_alloc(world, world->extent.order);
		}
		if (!at->folio) {
			world->stat[STAT_THP_FAULT_FALLBACK]++;
			RETURN(FAULT_FALLBACK);
		}
		at->deposit = table_new(world, at->mm, 1);
		if (!at->deposit) {
			folio_put(world, at->folio);
			RETURN(-ENOMEM);
		}
		LOCK(LOCK_PMD, at->table, LOCK_WRITE);
		pmd = pmd_of(world, at->mm, at->addr);
		if (*pmd) {
			table_free(world, at->deposit);
			folio_put(world, at->folio);
		} else if (at->folio == world->huge_zero) {
			set_huge_pmd(world, at->table, at->deposit, pmd,
				     vma_entry(vma, at->folio) | ENTRY_HUGE);
		} else {
			folio_set_anon(world, at->folio, at->vma, at->addr);
			rmap_add_pmd(world, at->folio);
			bits = ENTRY_HUGE | ENTRY_DIRTY | vma_write_bit(vma);
			set_huge_pmd(world, at->table, at->deposit, pmd, vma_entry(vma, at->folio) | bits);
			world->mms[at->mm].rss[RSS_ANON] += huge_nr(world);
			world->stat[STAT_THP_FAULT_ALLOC]++;
		}
		UNLOCK(LOCK_PMD, at->table);
	}
	RETURN(0);
}
static const struct function do_huge_pmd_anonymous_page = {"do_huge_pmd_anonymous_page",
							   do_huge_pmd_anonymous_page_run};

struct do_anonymous_page {
	uint32_t mm, vma;
	uint64_t addr;
	bool write;
	uint32_t pfn, table;
};

/* The first fault of a page. */
static enum progress do_anonymous_page_run(struct world *world, struct ktask *task)
{
	struct do_anonymous_page *at = task_locals(task);
	const struct kvma *vma = &world->vmas[at->vma];
	uint64_t *pte;

	switch (task_at(task)) {
	case 0:
		CALL(pte_alloc, .mm = at->mm, .addr = at->addr);
		if (task->result)
			RETURN(task->result);
		at->pfn = world->zero_page;
		if (at->write) {
			STEP("anon_vma_prepare");
			if (!vma_anon_vma(world, at->vma))
				RETURN(-ENOMEM);
			STEP("alloc_zeroed_user_highpage");
			at->pfn = folio_alloc(world, 0);
			if (!at->pfn)
				RETURN(-ENOMEM);
		}
		CALL(pte_offset_map_lock, .mm = at->mm, .addr = at->addr);
		at->table = (uint32_t)task->result;
		pte = at->table ? pte_of(world, at->mm, at->addr) : NULL;
		if (!pte || *pte) {
			folio_put(world, at->pfn);
		} else if (!at->write) {
			*pte = vma_entry(vma, at->pfn);
		} else {
			folio_set_anon(world, at->pfn, at->vma, at->addr);
			rmap_add_pte(world, at->pfn);
			world->mms[at->mm].rss[RSS_ANON]++;
			*pte = vma_entry(vma, at->pfn) | ENTRY_DIRTY | vma_write_bit(vma);
		}
		if (at->table)
			UNLOCK(LOCK_PTE, at->table);
	}
	RETURN(0);
}
static const struct function do_anonymous_page = {"do_anonymous_page", do_anonymous_page_run};

struct handle_pte_fault {
	uint32_t mm, vma;
	uint64_t addr;
	bool write;
	uint64_t entry;
	uint32_t table;
};

/* Nothing is mapped, or a marker of userfaultfd that the new entry has to heed. Who has nobody to ask is sent SIGBUS. */
static bool missing(const struct kvma *vma, uint64_t entry)
{
	return !entry || (entry == ENTRY_MARKER && vma->uffd_wp);
}

/*
 * mmap_lock is held for reading. The entry is looked at again under its lock: where it has changed the kernel lets the
 * access fault anew, which comes to the same as going on with what is there now.
 */
static enum progress handle_pte_fault_run(struct world *world, struct ktask *task)
{
	struct handle_pte_fault *at = task_locals(task);
	const struct kvma *vma = &world->vmas[at->vma];
	uint64_t *pte;

	switch (task_at(task)) {
	case 0:
		STEP("ptep_get_lockless");
		pte = leaf_entry(world, at->mm, at->addr);
		at->entry = pte ? *pte : 0;
		if (entry_huge(at->entry))
			RETURN(0);
		if (missing(vma, at->entry)) {
			if (vma->kind == KVMA_ANON) {
				if (vma->uffd_missing)
					RETURN(-EFAULT); /* as with UFFD_FEATURE_SIGBUS: nobody listens here */
				CALL(do_anonymous_page, .mm = at->mm, .vma = at->vma, .addr = at->addr,
				     .write = at->write);
			} else {
				CALL(do_fault, .mm = at->mm, .vma = at->vma, .addr = at->addr,
				     .write = at->write);
			}
			RETURN(task->result);
		}
		CALL(pte_offset_map_lock, .mm = at->mm, .addr = at->addr);
		at->table = (uint32_t)task->result;
		if (!at->table)
			RETURN(0);
		pte = pte_of(world, at->mm, at->addr);
		at->entry = *pte;
		if (entry_swapped(at->entry)) {
			CALL(do_swap_page, .mm = at->mm, .vma = at->vma, .table = at->table, .addr = at->addr,
			     .entry = at->entry, .write = at->write);
			RETURN(task->result);
		}
		if (at->write && entry_present(at->entry) && !(at->entry & ENTRY_WRITE)) {
			CALL(do_wp_page, .mm = at->mm, .vma = at->vma, .table = at->table, .addr = at->addr,
			     .entry = at->entry);
			RETURN(task->result);
		}
		/* A stale marker goes; else somebody else has served the fault: ptep_set_access_flags(). */
		*pte = entry_present(at->entry) ? at->entry | ENTRY_YOUNG | (at->write ? ENTRY_DIRTY : 0) : 0;
		UNLOCK(LOCK_PTE, at->table);
	}
	RETURN(0);
}
static const struct function handle_pte_fault = {"handle_pte_fault", handle_pte_fault_run};

static enum progress handle_mm_fault_run(struct world *world, struct ktask *task)
{
	struct handle_mm_fault *at = task_locals(task);
	const struct kvma *vma = &world->vmas[at->vma];
	uint64_t *pmd;

	switch (task_at(task)) {
	case 0:
		STEP("find_vma");
		at->vma = vma_at(world, at->mm, at->addr);
		if (!at->vma || access_error(&world->vmas[at->vma], at->write))
			RETURN(-EFAULT);
		STEP("pmd_none");
		at->table = pmd_table(world, at->mm, at->addr, true);
		if (!at->table)
			RETURN(-ENOMEM);
		at->entry = *pmd_of(world, at->mm, at->addr);
		if (!at->entry && vma->kind == KVMA_ANON && !vma->uffd_missing &&
		    vma_fits_huge(world, vma, at->addr) && hugepage_vma_check(world, vma, false)) {
			CALL(do_huge_pmd_anonymous_page, .mm = at->mm, .vma = at->vma, .table = at->table,
			     .addr = huge_start(world, at->addr), .write = at->write);
			if (task->result != FAULT_FALLBACK)
				RETURN(task->result);
		} else if (entry_huge(at->entry) && at->write && !(at->entry & ENTRY_WRITE)) {
			if (vma->kind == KVMA_ANON) {
				CALL(do_huge_pmd_wp_page, .mm = at->mm, .vma = at->vma, .table = at->table,
				     .addr = at->addr, .entry = at->entry);
				if (task->result != FAULT_FALLBACK)
					RETURN(task->result);
			} else {
				/* A file's is copied by the page, or mapped anew. */
				CALL(split_huge_pmd, .mm = at->mm, .addr = at->addr);
			}
		} else if (entry_huge(at->entry)) {
			LOCK(LOCK_PMD, at->table, LOCK_WRITE);
			pmd = pmd_of(world, at->mm, at->addr);
			if (entry_huge(*pmd) && (!at->write || *pmd & ENTRY_WRITE))
				*pmd |= ENTRY_YOUNG | (at->write ? ENTRY_DIRTY : 0);
			UNLOCK(LOCK_PMD, at->table);
			RETURN(0);
		}
		CALL(handle_pte_fault, .mm = at->mm, .vma = at->vma, .addr = at->addr, .write = at->write);
		RETURN(task->result);
	}
	RETURN(0);
}
const struct function handle_mm_fault = {"handle_mm_fault", handle_mm_fault_run};
