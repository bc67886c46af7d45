/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * userfaultfd (mm/userfaultfd.c): it changes page tables under mmap_lock for reading alone, without a fault and without the
 * page lock of what the file has there; and a uprobe's breakpoint, which replaces a page without a write fault.
 */
#include "model/vma_change.h"

#include <errno.h>

/* vma_can_userfault(): a file of a disk never, teams not either (their PMDs are mapped past it, facts F). */
static bool can_userfault(const struct world *world, const struct kvma *vma, bool wp)
{
	const struct kfile *file = &world->files[vma->file];

	if (wp && !world->rules.uffd_wp)
		return false;
	return vma->kind == KVMA_ANON || (world->rules.uffd_shmem && file->shmem && !file->team);
}

/* The whole range is mapped, and fit for it: 0, -ENOMEM, -EINVAL. */
static int32_t range_can_userfault(const struct world *world, const struct uffd_register *at)
{
	uint64_t addr = at->start;

	while (addr < at->end) {
		uint32_t vma = vma_at(world, at->mm, addr);

		if (!vma)
			return -ENOMEM;
		if (!can_userfault(world, &world->vmas[vma], at->wp))
			return -EINVAL;
		addr = world->vmas[vma].end;
	}
	return 0;
}

/* What is write-protected no longer is, when nobody listens any more. */
static void forget_wp(struct world *world, const struct kvma *vma)
{
	for (uint64_t addr = vma->start; addr < vma->end; addr += PAGE_BYTES) {
		uint64_t *pmd = pmd_of(world, vma->mm, addr);
		uint64_t *pte = pte_of(world, vma->mm, addr);

		/* Where no table is, nothing is for a whole huge page. */
		if (!pmd || !*pmd)
			addr = huge_start(world, addr) + huge_bytes(world) - PAGE_BYTES;
		else if (entry_huge(*pmd))
			*pmd &= ~ENTRY_UFFD_WP;
		if (pte && *pte == ENTRY_MARKER)
			*pte = 0;
		else if (pte && entry_present(*pte))
			*pte &= ~ENTRY_UFFD_WP;
	}
}

/* What the VMA is told of from now on; with neighbours that are told the same it becomes one. */
static bool register_merges(const struct world *world, const struct uffd_register *at)
{
	struct kvma like = world->vmas[at->vma];

	like.uffd_wp = at->wp;
	like.uffd_missing = at->missing;
	return vma_would_merge(world, at->vma, &like);
}

/* To set the flags of a VMA that stays as it is, nobody who comes by rmap has to be kept out. */
static enum progress uffd_register_run(struct world *world, struct ktask *task)
{
	struct uffd_register *at = task_locals(task);
	struct kvma *vma;

	switch (task_at(task)) {
	case 0:
		LOCK(LOCK_MMAP, at->mm, LOCK_WRITE);
		at->error = range_can_userfault(world, at);
		if (at->error)
			goto out;
		CALL(split_vma, .mm = at->mm, .addr = at->start);
		if (!task->result)
			CALL(split_vma, .mm = at->mm, .addr = at->end);
		at->error = task->result;
		if (at->error)
			goto out;
		for (at->addr = at->start; at->addr < at->end; at->addr = vma->end) {
			STEP_PTE("vm_flags_set");
			at->vma = vma_at(world, at->mm, at->addr);
			vma = &world->vmas[at->vma];
			if (vma->uffd_wp && !at->wp)
				forget_wp(world, vma);
			if (register_merges(world, at)) {
				CALL(change_vmas, .mm = at->mm, .start = at->addr,
				     .end = world->vmas[at->vma].end, .field = VMA_UFFD,
				     .value = at->wp	    ? UFFD_WP
					      : at->missing ? UFFD_MISSING
							    : UFFD_OFF);
			} else {
				vma->uffd_wp = at->wp;
				vma->uffd_missing = at->missing;
			}
			vma = &world->vmas[vma_at(world, at->mm, at->addr)];
		}
	out:
		UNLOCK(LOCK_MMAP, at->mm);
	}
	RETURN(at->error);
}
const struct function uffd_register = {"userfaultfd_register", uffd_register_run};

uint64_t uffd_wp_kept(const struct world *world, uint32_t mm, uint64_t addr, uint64_t entry)
{
	const struct kvma *vma;

	if (entry != ENTRY_MARKER && !(entry_present(entry) && entry & ENTRY_UFFD_WP))
		return 0;
	vma = &world->vmas[vma_at(world, mm, addr)];
	return vma->uffd_wp && vma->kind != KVMA_ANON ? ENTRY_MARKER : 0;
}

/* One entry is write-protected; where nothing is mapped of a file, a marker says so to the fault that comes. */
static void protect_entry(uint64_t *entry, bool anon, bool off)
{
	if (off && (entry_present(*entry) || *entry == ENTRY_MARKER))
		*entry &= ~(ENTRY_UFFD_WP | ENTRY_MARKER);
	else if (off)
		return;
	else if (entry_present(*entry))
		*entry = (*entry & ~ENTRY_WRITE) | ENTRY_UFFD_WP;
	else if (!*entry && !anon)
		*entry = ENTRY_MARKER;
}

/* One huge range, or the part of it that is asked for; mmap_lock is held for reading. result: 0, -ENOMEM. */
struct change_pmd_range {
	uint32_t mm;
	uint64_t addr, end;
	bool anon, off;
	uint32_t table;
};

static enum progress change_pmd_range_run(struct world *world, struct ktask *task)
{
	struct change_pmd_range *at = task_locals(task);
	uint64_t *pmd;

	switch (task_at(task)) {
	case 0:
		pmd = pmd_of(world, at->mm, at->addr);
		if (pmd && entry_huge(*pmd) && at->anon && at->end - at->addr == huge_bytes(world)) {
			at->table = pmd_table(world, at->mm, at->addr, false);
			LOCK(LOCK_PMD, at->table, LOCK_WRITE);
			pmd = pmd_of(world, at->mm, at->addr);
			if (entry_huge(*pmd)) {
				protect_entry(pmd, true, at->off);
				UNLOCK(LOCK_PMD, at->table);
				RETURN(0);
			}
			UNLOCK(LOCK_PMD, at->table);
		}
		CALL(split_huge_pmd, .mm = at->mm, .addr = huge_start(world, at->addr));
		if (!at->anon && !at->off) {
			CALL(pte_alloc, .mm = at->mm, .addr = at->addr);
			if (task->result)
				RETURN(task->result);
		}
		CALL(pte_offset_map_lock, .mm = at->mm, .addr = at->addr);
		at->table = (uint32_t)task->result;
		if (!at->table)
			RETURN(0);
		for (; at->addr < at->end; at->addr += PAGE_BYTES) {
			STEP_PTE("pte_mkuffd_wp");
			protect_entry(table_entry(world, at->table, table_index(world, at->addr, 1)),
				      at->anon, at->off);
		}
		UNLOCK(LOCK_PTE, at->table);
	}
	RETURN(0);
}
static const struct function change_pmd_range = {"change_pmd_range", change_pmd_range_run};

/* Whether a range is mapped, and registered for write-protection: 0, or -ENOENT. */
static int32_t range_armed(const struct world *world, uint32_t mm, uint64_t start, uint64_t end)
{
	while (start < end) {
		uint32_t vma = vma_at(world, mm, start);

		if (!vma || !world->vmas[vma].uffd_wp)
			return -ENOENT;
		start = world->vmas[vma].end;
	}
	return 0;
}

static enum progress uffd_writeprotect_run(struct world *world, struct ktask *task)
{
	struct uffd_writeprotect *at = task_locals(task);
	uint64_t end;

	switch (task_at(task)) {
	case 0:
		LOCK(LOCK_MMAP, at->mm, LOCK_READ);
		at->error = range_armed(world, at->mm, at->start, at->end);
		for (at->addr = at->start; !at->error && at->addr < at->end; at->addr = at->next) {
			at->vma = vma_at(world, at->mm, at->addr);
			end = huge_start(world, at->addr) + huge_bytes(world);
			if (end > world->vmas[at->vma].end)
				end = world->vmas[at->vma].end;
			at->next = end < at->end ? end : at->end;
			CALL(change_pmd_range, .mm = at->mm, .addr = at->addr, .end = at->next,
			     .anon = world->vmas[at->vma].kind == KVMA_ANON, .off = at->off);
			at->error = task->result;
		}
		UNLOCK(LOCK_MMAP, at->mm);
	}
	RETURN(at->error);
}
const struct function uffd_writeprotect = {"mwriteprotect_range", uffd_writeprotect_run};

/* The page is one of the file too, unless the mapping is private: 0, or why it cannot be. */
static int32_t copy_to_cache(struct world *world, const struct uffd_copy *at)
{
	const struct kvma *vma = &world->vmas[at->vma];
	const uint64_t index = vma_index(vma, at->addr);

	if (index >= world->files[vma->file].size)
		return -EFAULT;
	if (*file_page(world, vma->file, index))
		return -EEXIST;
	cache_add(world, vma->file, index, at->pfn);
	page_at(world, at->pfn)->lru = true;
	folio_get(world, at->pfn);
	return 0;
}

/* mfill_atomic_install_pte(), the pte lock held: 0, or why not. Also privately nothing is put behind the file's end. */
static int32_t install_pte(struct world *world, const struct uffd_copy *at)
{
	const struct kvma *vma = &world->vmas[at->vma];
	uint64_t *pte = table_entry(world, at->table, table_index(world, at->addr, 1));

	if (vma->kind != KVMA_ANON && vma_index(vma, at->addr) >= world->files[vma->file].size)
		return -EFAULT;
	if (*pte && *pte != ENTRY_MARKER)
		return -EEXIST;
	if (vma->kind != KVMA_SHARED)
		folio_set_anon(world, at->pfn, at->vma, at->addr);
	rmap_add_pte(world, at->pfn);
	world->mms[at->mm].rss[page_rss(world, at->pfn)]++;
	*pte = vma_entry(vma, at->pfn) | ENTRY_DIRTY | vma_write_bit(vma);
	return 0;
}

/* One page; mmap_lock is held for reading. result: 0 or a negative errno. */
static enum progress uffd_copy_page_run(struct world *world, struct ktask *task)
{
	struct uffd_copy *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		at->shared = world->vmas[at->vma].kind == KVMA_SHARED;
		if (!at->shared) {
			STEP("anon_vma_prepare");
			if (!vma_anon_vma(world, at->vma))
				RETURN(-ENOMEM);
		}
		CALL(pte_alloc, .mm = at->mm, .addr = at->addr);
		if (task->result)
			RETURN(task->result);
		STEP("copy_from_user");
		at->pfn = folio_alloc(world, 0);
		if (!at->pfn)
			RETURN(-ENOMEM);
		page_at(world, at->pfn)->data = at->value;
		if (at->shared) {
			STEP("shmem_add_to_page_cache");
			TRYLOCK(LOCK_PAGE, at->pfn, LOCK_WRITE);
			at->error = copy_to_cache(world, at);
		}
		if (!at->error) {
			CALL(pte_offset_map_lock, .mm = at->mm, .addr = at->addr);
			at->table = (uint32_t)task->result;
			at->error = at->table ? 0 : -EEXIST;
		}
		if (at->table) {
			STEP("set_pte_at");
			at->error = install_pte(world, at);
			UNLOCK(LOCK_PTE, at->table);
			if (at->error && at->shared) {
				*file_page(world, world->vmas[at->vma].file,
					   vma_index(&world->vmas[at->vma], at->addr)) = 0;
				folio_put(world, at->pfn);
			}
		}
		if (at->shared)
			UNLOCK(LOCK_PAGE, at->pfn);
		if (at->error)
			folio_put(world, at->pfn);
	}
	RETURN(at->error);
}
static const struct function uffd_copy_page = {"mfill_atomic_pte_copy", uffd_copy_page_run};

static enum progress uffd_copy_run(struct world *world, struct ktask *task)
{
	struct uffd_copy *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		LOCK(LOCK_MMAP, at->mm, LOCK_READ);
		for (at->addr = at->start; !at->error && at->addr < at->end; at->addr += PAGE_BYTES) {
			at->vma = vma_at(world, at->mm, at->addr);
			at->error = -ENOENT;
			if (!at->vma || !(world->vmas[at->vma].uffd_missing || world->vmas[at->vma].uffd_wp))
				break;
			CALL_AS(uffd_copy_page, uffd_copy, .mm = at->mm, .vma = at->vma, .addr = at->addr,
				.value = at->value);
			at->error = task->result;
		}
		UNLOCK(LOCK_MMAP, at->mm);
	}
	RETURN(at->error);
}
const struct function uffd_copy = {"mfill_atomic_copy", uffd_copy_run};

/* __replace_page(): the breakpoint's copy takes the place of the file's page, under its lock and the pte lock. */
static void replace_page(struct world *world, const struct uprobe_write *at, uint64_t *pte)
{
	const struct kvma *vma = &world->vmas[at->vma];

	world->mms[at->mm].rss[page_rss(world, at->pfn)]--;
	world->mms[at->mm].rss[RSS_ANON]++;
	folio_set_anon(world, at->copy, at->vma, at->addr);
	rmap_add_pte(world, at->copy);
	*pte = vma_entry(vma, at->copy);
	rmap_remove_pte(world, at->pfn);
	folio_put(world, at->pfn);
}

/* The page is mapped by a pte, read-only or not: get_user_pages() with FOLL_SPLIT_PMD. result: 0, 1: again, or an errno. */
static enum progress uprobe_replace_run(struct world *world, struct ktask *task)
{
	struct uprobe_write *at = task_locals(task);
	uint64_t *pte;

	switch (task_at(task)) {
	case 0:
		CALL(split_huge_pmd, .mm = at->mm, .addr = huge_start(world, at->addr));
		pte = pte_of(world, at->mm, at->addr);
		if (!pte || !entry_present(*pte)) {
			/* With a table there, a file's huge page is not mapped by PMD once more (FOLL_SPLIT_PMD). */
			CALL(pte_alloc, .mm = at->mm, .addr = at->addr);
			if (task->result)
				RETURN(task->result);
			CALL(handle_mm_fault, .mm = at->mm, .addr = at->addr);
			RETURN(task->result ? task->result : 1);
		}
		at->pfn = entry_pfn(*pte);
		at->head = folio_head(world, at->pfn);
		folio_get(world, at->pfn);
		at->copy = folio_alloc(world, 0);
		if (!at->copy || !vma_anon_vma(world, at->vma)) {
			folio_put(world, at->pfn);
			if (at->copy)
				folio_put(world, at->copy);
			RETURN(-ENOMEM);
		}
		page_at(world, at->copy)->data = page_at(world, at->pfn)->data + 1;
		LOCK(LOCK_PAGE, at->head, LOCK_WRITE);
		CALL(pte_offset_map_lock, .mm = at->mm, .addr = at->addr);
		at->table = (uint32_t)task->result;
		if (at->table) {
			STEP("set_pte_at_notify");
			pte = table_entry(world, at->table, table_index(world, at->addr, 1));
			at->replaced = entry_present(*pte) && entry_pfn(*pte) == at->pfn;
			if (at->replaced)
				replace_page(world, at, pte);
			UNLOCK(LOCK_PTE, at->table);
		}
		UNLOCK(LOCK_PAGE, at->head);
		folio_put(world, at->pfn);
		if (!at->replaced)
			folio_put(world, at->copy);
	}
	RETURN(!at->replaced);
}
static const struct function uprobe_replace = {"__replace_page", uprobe_replace_run};

static enum progress uprobe_write_run(struct world *world, struct ktask *task)
{
	struct uprobe_write *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		LOCK(LOCK_MMAP, at->mm, LOCK_WRITE);
		do {
			at->vma = vma_at(world, at->mm, at->addr);
			if (!at->vma || world->vmas[at->vma].kind != KVMA_PRIVATE) {
				UNLOCK(LOCK_MMAP, at->mm);
				RETURN(-EINVAL);
			}
			CALL_AS(uprobe_replace, uprobe_write, .mm = at->mm, .vma = at->vma, .addr = at->addr);
		} while (task->result == 1);
		UNLOCK(LOCK_MMAP, at->mm);
	}
	RETURN(task->result);
}
const struct function uprobe_write = {"uprobe_write_opcode", uprobe_write_run};
