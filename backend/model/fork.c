/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fork: an mm becomes two (kernel/fork.c: dup_mmap()). What is in the tables is copied by fork_copy.c. */
#include "model/ops.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The child's own anon_vma, which descends from the VMA's: what it will write is found from there alone. 0: none is left. */
static uint32_t anon_vma_fork(struct world *world, uint32_t parent)
{
	for (uint32_t at = 1; at < world->extent.anon_vmas; at++) {
		if (world->anon_vmas[at].used)
			continue;
		world->anon_vmas[at] = (struct anon_vma){
			.used = true, .parent = parent, .root = world->anon_vmas[parent].root};
		return at;
	}
	return 0;
}

/* vm_area_dup(): it is in the rmap trees at once. userfaultfd does not follow (no UFFD_FEATURE_EVENT_FORK). 0: no room. */
static uint32_t vma_dup(struct world *world, uint32_t from, uint32_t child)
{
	const struct kvma *vma = &world->vmas[from];
	uint32_t copy = vma_new(world, child, vma->start, vma->end);

	if (!copy)
		return 0;
	world->vmas[copy] = *vma;
	world->vmas[copy].mm = child;
	world->vmas[copy].uffd_wp = world->vmas[copy].uffd_missing = false;
	world->vmas[copy].anon_vma = 0;
	if (!vma->anon_vma || vma->wipeonfork)
		return copy;
	world->vmas[copy].anon_vma = anon_vma_fork(world, vma->anon_vma);
	if (world->vmas[copy].anon_vma)
		return copy;
	vma_free(world, copy);
	return 0;
}

/* The names of memory that the child has too. False: no room. */
static bool areas_dup(struct world *world, uint32_t mm, uint32_t child)
{
	for (uint32_t at = 1; at < world->extent.areas; at++) {
		const struct area *area = &world->areas[at];
		uint32_t vma, copy;

		if (!area->used || area->mm != mm)
			continue;
		vma = vma_next(world, child, area->start);
		if (!vma || world->vmas[vma].start >= area->start + area->len)
			continue;
		copy = area_new(world, child, area->name);
		if (!copy)
			return false;
		world->areas[copy] = *area;
		world->areas[copy].mm = child;
	}
	return true;
}

struct dup_mmap {
	uint32_t mm, child;
	uint32_t vma, copy, file, root;
	uint64_t addr;
};

/*
 * mmap_lock of both is held for writing. Only what a fault would not bring back is copied: what has no anon_vma (shared
 * memory, private files never written to) is left to the child's faults.
 */
static enum progress dup_mmap_run(struct world *world, struct ktask *task)
{
	struct dup_mmap *at = task_locals(task);
	const struct kvma *vma;

	switch (task_at(task)) {
	case 0:
		while ((at->vma = vma_next(world, at->mm, at->addr))) {
			vma = &world->vmas[at->vma];
			at->addr = vma->end;
			if (vma->dontfork)
				continue;
			at->file = vma->kind == KVMA_ANON ? 0 : vma->file;
			at->root = vma->anon_vma ? world->anon_vmas[vma->anon_vma].root : 0;
			if (at->file)
				LOCK(LOCK_I_MMAP, at->file, LOCK_WRITE);
			if (at->root)
				LOCK(LOCK_ANON_VMA, at->root, LOCK_WRITE);
			STEP("vm_area_dup");
			at->copy = vma_dup(world, at->vma, at->child);
			if (at->root)
				UNLOCK(LOCK_ANON_VMA, at->root);
			if (at->file)
				UNLOCK(LOCK_I_MMAP, at->file);
			if (!at->copy)
				RETURN(-ENOMEM);
			if (!world->vmas[at->copy].anon_vma)
				continue;
			CALL(copy_page_range, .vma = at->vma, .copy = at->copy);
			if (task->result)
				RETURN(task->result);
		}
		if (!areas_dup(world, at->mm, at->child))
			RETURN(-ENOMEM);
	}
	RETURN(0);
}
static const struct function dup_mmap = {"dup_mmap", dup_mmap_run};

/* What a child has of its parent beside memory; khugepaged_fork(). */
static void mm_inherit(struct world *world, uint32_t child, uint32_t parent)
{
	const struct mm *from = &world->mms[parent];
	struct mm *mm = &world->mms[child];

	mm->has_slot = from->has_slot;
	mm->thp_disabled = from->thp_disabled;
	mm->next = from->next;
}

static enum progress dup_mm_run(struct world *world, struct ktask *task)
{
	struct dup_mm *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		STEP("mm_alloc");
		at->child = mm_new(world, at->name, at->mm);
		if (!at->child)
			RETURN(-EAGAIN);
		/* It is known by its name at once: whoever comes waits until it is there. */
		TRYLOCK(LOCK_MMAP, at->child, LOCK_WRITE);
		world->mms[at->child].maker = (uint32_t)(task - world->tasks);
		LOCK(LOCK_MMAP, at->mm, LOCK_WRITE);
		task->result = -ESRCH;
		if (!world->mms[at->mm].exiting) {
			mm_inherit(world, at->child, at->mm);
			CALL(dup_mmap, .mm = at->mm, .child = at->child);
		}
		at->error = task->result;
		UNLOCK(LOCK_MMAP, at->mm);
		UNLOCK(LOCK_MMAP, at->child);
		if (at->error)
			CALL(exit_mm, .mm = at->child);
		world->mms[at->child].maker = 0;
		RETURN(at->error ? at->error : (int32_t)at->child);
	}
	RETURN(0);
}
const struct function dup_mm = {"dup_mm", dup_mm_run};
