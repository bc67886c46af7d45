/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mremap of an area to another place (mm/mremap.c). Whole tables are moved by the pte, as every kernel does where it must. */
#include "model/ops.h"

#include <errno.h>

/* move_page_tables() of one stretch that lies in one huge page of addresses on either side. */
struct move_stretch {
	uint32_t mm;
	uint64_t from, to, len;
	uint32_t table, new_table;
};

/* What userfaultfd write-protected where the entry comes from, and what becomes of it. */
static uint64_t moved(struct world *world, uint32_t mm, uint64_t from, uint64_t entry)
{
	if (!world->rules.mremap_clears_wp || !world->vmas[vma_at(world, mm, from)].uffd_wp)
		return entry;
	return entry == ENTRY_MARKER ? 0 : entry_present(entry) ? entry & ~ENTRY_UFFD_WP : entry;
}

/* A huge entry moves as a whole, with the table that is deposited for it. */
static void move_huge_pmd(struct world *world, const struct move_stretch *at)
{
	uint64_t *pmd = pmd_of(world, at->mm, at->from);
	uint64_t *new_pmd = pmd_of(world, at->mm, at->to);

	if (at->table != at->new_table && pmd_deposits(world, entry_pfn(*pmd)))
		table_deposit(world, at->new_table, table_withdraw(world, at->table));
	*new_pmd = moved(world, at->mm, at->from, *pmd);
	*pmd = 0;
}

/*
 * Whether the entry may move as it is. x86 moves the deposited table for anonymous memory only, so that a team is split
 * first (facts F).
 */
static bool moves_huge(struct world *world, const struct move_stretch *at)
{
	const uint64_t *pmd = pmd_of(world, at->mm, at->from), *new_pmd = pmd_of(world, at->mm, at->to);

	return at->len == huge_bytes(world) && huge_start(world, at->to) == at->to && new_pmd && !*new_pmd &&
	       !world->pages[entry_pfn(*pmd)].team;
}

static void move_pte(struct world *world, uint32_t mm, uint64_t from, uint64_t to)
{
	uint64_t *pte = pte_of(world, mm, from);

	*pte_of(world, mm, to) = moved(world, mm, from, *pte);
	*pte = 0;
}

/* mmap_lock is held for writing, so that nobody brings anything into being on either side. */
static enum progress move_stretch_run(struct world *world, struct ktask *task)
{
	struct move_stretch *at = task_locals(task);
	const uint64_t *pmd;

	switch (task_at(task)) {
	case 0:
		STEP("pmd_none");
		pmd = pmd_of(world, at->mm, at->from);
		if (!pmd || !*pmd)
			RETURN(0);
		at->table = pmd_table(world, at->mm, at->from, false);
		at->new_table = pmd_table(world, at->mm, at->to, true);
		if (!at->new_table)
			RETURN(-ENOMEM);
		if (entry_huge(*pmd) && moves_huge(world, at)) {
			LOCK(LOCK_PMD, at->table, LOCK_WRITE);
			if (at->table != at->new_table)
				LOCK(LOCK_PMD, at->new_table, LOCK_WRITE);
			STEP("move_huge_pmd");
			pmd = pmd_of(world, at->mm, at->from);
			if (entry_huge(*pmd))
				move_huge_pmd(world, at);
			if (at->table != at->new_table)
				UNLOCK(LOCK_PMD, at->new_table);
			UNLOCK(LOCK_PMD, at->table);
		}
		CALL(split_huge_pmd, .mm = at->mm, .addr = at->from);
		if (!pmd_of(world, at->mm, at->from) || !*pmd_of(world, at->mm, at->from))
			RETURN(0);
		CALL(pte_alloc, .mm = at->mm, .addr = at->to);
		if (task->result)
			RETURN(task->result);
		CALL(pte_offset_map_lock, .mm = at->mm, .addr = at->from);
		at->table = (uint32_t)task->result;
		if (!at->table)
			RETURN(0);
		at->new_table = entry_to_table(*pmd_of(world, at->mm, at->to));
		if (at->table != at->new_table)
			LOCK(LOCK_PTE, at->new_table, LOCK_WRITE);
		for (; at->len; at->len -= PAGE_BYTES) {
			STEP_PTE("set_pte_at");
			move_pte(world, at->mm, at->from, at->to);
			at->from += PAGE_BYTES;
			at->to += PAGE_BYTES;
		}
		if (at->table != at->new_table)
			UNLOCK(LOCK_PTE, at->new_table);
		UNLOCK(LOCK_PTE, at->table);
	}
	RETURN(0);
}
static const struct function move_stretch = {"move_page_tables", move_stretch_run};

struct move_page_tables {
	uint32_t mm;
	uint64_t from, to, len, stretch;
};

/* The longest stretch from there on that crosses no end of a huge page on either side. */
static uint64_t stretch_len(const struct world *world, const struct move_page_tables *at)
{
	const uint64_t huge = huge_bytes(world);
	uint64_t len = huge - (at->from & (huge - 1)), other = huge - (at->to & (huge - 1));

	len = other < len ? other : len;
	return at->len < len ? at->len : len;
}

static enum progress move_page_tables_run(struct world *world, struct ktask *task)
{
	struct move_page_tables *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		for (; at->len; at->len -= at->stretch) {
			at->stretch = stretch_len(world, at);
			CALL(move_stretch, .mm = at->mm, .from = at->from, .to = at->to, .len = at->stretch);
			if (task->result)
				RETURN(task->result);
			at->from += at->stretch;
			at->to += at->stretch;
		}
	}
	RETURN(0);
}
static const struct function move_page_tables = {"move_page_tables", move_page_tables_run};

/* One VMA on its way to `to`. mmap_lock is held for writing. */
struct move_vma {
	uint32_t mm, vma;
	uint64_t to;
	uint64_t start, len;
	uint32_t new_vma, root, file;
	int32_t error;
};

/* copy_vma(): the new place is found by rmap before anything is there. Memory that was never touched has no past. */
static uint32_t copy_vma(struct world *world, const struct move_vma *at)
{
	const struct kvma *old = &world->vmas[at->vma];
	uint32_t copy = vma_new(world, at->mm, at->to, at->to + at->len);
	struct kvma *vma = &world->vmas[copy];

	if (!copy)
		return 0;
	*vma = *old;
	vma->start = at->to;
	vma->end = at->to + at->len;
	if (world->rules.mremap_drops_uffd)
		vma->uffd_wp = vma->uffd_missing = false;
	if (old->kind == KVMA_ANON && !old->anon_vma)
		vma->pgoff = at->to >> PAGE_SHIFT;
	return copy;
}

static enum progress move_vma_run(struct world *world, struct ktask *task)
{
	struct move_vma *at = task_locals(task);
	const struct kvma *vma = &world->vmas[at->vma];

	switch (task_at(task)) {
	case 0:
		at->start = vma->start;
		at->len = vma->end - vma->start;
		at->file = vma->kind == KVMA_ANON ? 0 : vma->file;
		if (at->file)
			LOCK(LOCK_I_MMAP, at->file, LOCK_WRITE);
		at->root = vma->anon_vma ? world->anon_vmas[vma->anon_vma].root : 0;
		if (at->root)
			LOCK(LOCK_ANON_VMA, at->root, LOCK_WRITE);
		STEP("copy_vma");
		at->new_vma = copy_vma(world, at);
		/* Kept until all is moved (need_rmap_locks): a walk by rmap misses no page that is on its way. */
		if (at->new_vma)
			CALL(move_page_tables, .mm = at->mm, .from = at->start, .to = at->to, .len = at->len);
		at->error = at->new_vma ? task->result : -ENOMEM;
		if (at->new_vma && at->error)
			CALL(move_page_tables, .mm = at->mm, .from = at->to, .to = at->start, .len = at->len);
		if (at->root)
			UNLOCK(LOCK_ANON_VMA, at->root);
		if (at->file)
			UNLOCK(LOCK_I_MMAP, at->file);
		if (at->new_vma)
			CALL(unmap_region, .vma = at->error ? at->new_vma : at->vma);
	}
	RETURN(at->error);
}
static const struct function move_vma = {"move_vma", move_vma_run};

/* The next VMA of the range that has not moved; 0: there is none. */
static uint32_t vma_to_move(const struct world *world, const struct call_mremap *at)
{
	const uint32_t vma = vma_next(world, at->mm, at->from);

	return vma && world->vmas[vma].start < at->end ? vma : 0;
}

/*
 * Whether it may go: alone, or since 6.17 with others, and with gaps behind the first (remap_move()). A userfaultfd, which
 * would have to be told of each, goes alone, and a disk's file, which may ask for addresses of its own.
 */
static bool may_move(const struct world *world, const struct call_mremap *at)
{
	const struct kvma *vma = &world->vmas[at->vma];

	if (vma->start == at->start && vma->end == at->end)
		return true;
	if (!world->rules.mremap_moves_many || (at->from == at->start && vma->start > at->start) ||
	    vma->uffd_wp || vma->uffd_missing)
		return false;
	return vma->kind == KVMA_ANON || world->files[vma->file].shmem;
}

/* The areas that began there have moved too. */
static void move_area(struct world *world, const struct call_mremap *at)
{
	for (uint32_t area = 1; area < world->extent.areas; area++) {
		if (world->areas[area].used && world->areas[area].mm == at->mm &&
		    world->areas[area].start == at->start)
			world->areas[area].start = at->to;
	}
}

static enum progress call_mremap_run(struct world *world, struct ktask *task)
{
	struct call_mremap *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		LOCK(LOCK_MMAP, at->mm, LOCK_WRITE);
		STEP("vma_to_resize");
		at->from = at->start;
		at->vma = vma_to_move(world, at);
		at->error = !at->vma || !may_move(world, at) ? -EFAULT : 0;
		at->to = at->error ? 0 : area_find(world, at->mm, at->end - at->start, at->by);
		if (!at->error && !at->to)
			at->error = -ENOMEM;
		if (at->error) {
			UNLOCK(LOCK_MMAP, at->mm);
			RETURN(at->error);
		}
		while (!at->error && at->vma) {
			at->from = world->vmas[at->vma].end;
			CALL(move_vma, .mm = at->mm, .vma = at->vma,
			     .to = at->to + (world->vmas[at->vma].start - at->start));
			at->error = task->result;
			at->vma = vma_to_move(world, at);
			/* Those before it have moved. */
			if (!at->error && at->vma && !may_move(world, at))
				at->error = -EFAULT;
		}
		if (!at->error)
			move_area(world, at);
		STEP("mmap_write_unlock");
		UNLOCK(LOCK_MMAP, at->mm);
	}
	RETURN(at->error);
}
const struct function call_mremap = {"mremap", call_mremap_run};
