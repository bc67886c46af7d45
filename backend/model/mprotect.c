/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mprotect: VMAs first, then their entries (mm/mprotect.c, mm/huge_memory.c: change_huge_pmd()). */
#include "model/ops.h"
#include "model/vma_change.h"

#include <errno.h>

/*
 * Whether an entry may be written to at once. Private memory had to fault in all kernels before 6.0, even if the page is
 * its own: that is how seed 003's write fault comes about without a fork. Shared memory needs no fault, but where a file
 * system wants to hear of the first write.
 */
static bool change_writable(const struct world *world, const struct kvma *vma, uint64_t entry)
{
	const struct kpage *page = &world->pages[entry_pfn(entry)];

	if (!vma->write || (vma->uffd_wp && entry & ENTRY_UFFD_WP) || page->use == PAGE_ZERO)
		return false;
	if (vma->kind == KVMA_SHARED)
		return world->files[vma->file].shmem || entry & ENTRY_DIRTY;
	return (entry_huge(entry) ? world->rules.protect_restores_pmd : world->rules.protect_restores_pte) &&
	       page->anon && page->exclusive;
}

/* pte_modify(). */
static uint64_t changed(const struct world *world, const struct kvma *vma, uint64_t entry)
{
	if (!entry_present(entry))
		return entry;
	entry &= ~ENTRY_USER;
	entry |= vma_entry(vma, 0) & ENTRY_USER;
	if (!vma->write)
		return entry & ~ENTRY_WRITE;
	return change_writable(world, vma, entry) ? entry | ENTRY_WRITE : entry;
}

struct change_pmd_range {
	uint32_t mm;
	uint64_t addr, end; /* within one huge page of addresses, and one VMA */
	uint32_t vma, table;
};

/* Where a table is, its ptes; a huge page as a whole, or, where only a part of it changes, by ptes. */
static enum progress change_pmd_range_run(struct world *world, struct ktask *task)
{
	struct change_pmd_range *at = task_locals(task);
	const struct kvma *vma = &world->vmas[at->vma];
	const bool whole = at->end - at->addr == huge_bytes(world);
	uint64_t *entry;

	switch (task_at(task)) {
	case 0:
		STEP("pmd_none");
		entry = pmd_of(world, at->mm, at->addr);
		if (!entry || !*entry)
			RETURN(0);
		if (entry_huge(*entry) && !whole) {
			CALL(split_huge_pmd, .mm = at->mm, .addr = at->addr);
		} else if (entry_huge(*entry)) {
			at->table = pmd_table(world, at->mm, at->addr, false);
			LOCK(LOCK_PMD, at->table, LOCK_WRITE);
			entry = pmd_of(world, at->mm, at->addr);
			if (entry_huge(*entry))
				*entry = changed(world, vma, *entry);
			UNLOCK(LOCK_PMD, at->table);
			entry = pmd_of(world, at->mm, at->addr);
			if (!*entry || entry_huge(*entry))
				RETURN(0);
		}
		CALL(pte_offset_map_lock, .mm = at->mm, .addr = at->addr);
		at->table = (uint32_t)task->result;
		if (!at->table)
			RETURN(0);
		for (; at->addr < at->end; at->addr += PAGE_BYTES) {
			STEP_PTE("ptep_modify_prot_commit");
			entry = pte_of(world, at->mm, at->addr);
			*entry = changed(world, vma, *entry);
		}
		UNLOCK(LOCK_PTE, at->table);
	}
	RETURN(0);
}
static const struct function change_pmd_range = {"change_pmd_range", change_pmd_range_run};

/* The end of what can be changed at once: of the VMA, of the huge page of addresses, of the range. */
static uint64_t next_end(const struct world *world, const struct call_mprotect *at)
{
	uint64_t next = huge_start(world, at->addr) + huge_bytes(world);

	if (next > at->end)
		next = at->end;
	return next > world->vmas[at->vma].end ? world->vmas[at->vma].end : next;
}

/* Entries are changed only where the VMA has changed. The sweep ends at the first gap. */
static enum progress call_mprotect_run(struct world *world, struct ktask *task)
{
	struct call_mprotect *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		if ((at->start | at->end) & (PAGE_BYTES - 1) || at->start >= at->end)
			RETURN(-EINVAL);
		LOCK(LOCK_MMAP, at->mm, LOCK_WRITE);
		at->addr = at->start;
		while (at->addr < at->end && !at->error) {
			at->vma = vma_at(world, at->mm, at->addr);
			if (!at->vma) {
				at->error = -ENOMEM;
				break;
			}
			if (vma_has(&world->vmas[at->vma], VMA_PROTECTION, at->protection)) {
				at->addr = world->vmas[at->vma].end;
				continue;
			}
			at->stop = world->vmas[at->vma].end < at->end ? world->vmas[at->vma].end : at->end;
			CALL(change_vmas, .mm = at->mm, .start = at->addr, .end = at->stop,
			     .field = VMA_PROTECTION, .value = at->protection);
			at->error = task->result;
			while (at->addr < at->stop && !at->error) {
				at->vma = vma_at(world, at->mm, at->addr);
				at->next = next_end(world, at);
				at->next = at->next > at->stop ? at->stop : at->next;
				CALL(change_pmd_range, .mm = at->mm, .addr = at->addr, .end = at->next,
				     .vma = at->vma);
				at->addr = at->next;
			}
		}
		STEP("mmap_write_unlock");
		UNLOCK(LOCK_MMAP, at->mm);
	}
	RETURN(at->error);
}
const struct function call_mprotect = {"mprotect", call_mprotect_run};
