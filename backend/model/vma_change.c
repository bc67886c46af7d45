/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VMAs are split, changed and merged again (mm/mmap.c until 6.11, then mm/vma.c). */
#include "model/vma_change.h"

#include <errno.h>

/* An address inside a huge page that is wholly the VMA's: only such a one can be mapped by PMD. */
static bool cuts_huge(const struct world *world, const struct kvma *vma, uint64_t addr)
{
	const uint64_t start = huge_start(world, addr);

	return start != addr && start >= vma->start && start + huge_bytes(world) <= vma->end;
}

/* The locks are taken before the pmd is split, so that no walk by rmap sees a VMA with a huge pmd across its end. */
static enum progress split_vma_run(struct world *world, struct ktask *task)
{
	struct split_vma *at = task_locals(task);
	const struct kvma *vma = &world->vmas[at->vma];

	switch (task_at(task)) {
	case 0:
		at->vma = vma_at(world, at->mm, at->addr);
		vma = &world->vmas[at->vma];
		if (!at->vma || vma->start == at->addr)
			RETURN(0);
		if (vma->kind != KVMA_ANON) {
			at->file = vma->file;
			LOCK(LOCK_I_MMAP, at->file, LOCK_WRITE);
		}
		if (vma->anon_vma) {
			at->root = world->anon_vmas[vma->anon_vma].root;
			LOCK(LOCK_ANON_VMA, at->root, LOCK_WRITE);
		}
		if (cuts_huge(world, vma, at->addr))
			CALL(split_huge_pmd, .mm = at->mm, .addr = at->addr);
		STEP("__split_vma");
		task->result = vma_split(world, at->vma, at->addr) ? 0 : -ENOMEM;
		if (at->root)
			UNLOCK(LOCK_ANON_VMA, at->root);
		if (at->file)
			UNLOCK(LOCK_I_MMAP, at->file);
	}
	return task_return(task, task->result);
}
const struct function split_vma = {"__split_vma", split_vma_run};

bool vma_has(const struct kvma *vma, enum vma_field field, unsigned value)
{
	switch (field) {
	case VMA_THP_ADVICE:
		return value == ADVICE_HUGEPAGE ? vma->hugepage : vma->nohugepage;
	case VMA_READING:
		return vma->reading == value;
	case VMA_DONTDUMP:
		return vma->dontdump == value;
	case VMA_PROTECTION:
		return vma->read == (value != PROTECTION_NONE) && vma->write == (value == PROTECTION_RW);
	case VMA_UFFD:
		return vma->uffd_wp == (value == UFFD_WP) && vma->uffd_missing == (value == UFFD_MISSING);
	}
	return true;
}

static void vma_become(struct world *world, uint32_t at, enum vma_field field, unsigned value)
{
	struct kvma *vma = &world->vmas[at];

	switch (field) {
	case VMA_THP_ADVICE:
		vma->hugepage = value == ADVICE_HUGEPAGE;
		vma->nohugepage = value == ADVICE_NOHUGEPAGE;
		break;
	case VMA_READING:
		vma->reading = (uint8_t)value;
		break;
	case VMA_DONTDUMP:
		vma->dontdump = value;
		break;
	case VMA_PROTECTION:
		vma->read = value != PROTECTION_NONE;
		vma->write = value == PROTECTION_RW;
		break;
	case VMA_UFFD:
		vma->uffd_wp = value == UFFD_WP;
		vma->uffd_missing = value == UFFD_MISSING;
		break;
	}
}

/* The anon_vma of the VMA there or of a neighbour: VMAs that merge have one in common, or one of them has none. */
static uint32_t anon_root(const struct world *world, uint32_t mm, uint64_t start, uint64_t end)
{
	for (uint64_t addr = start - 1; addr <= end;) {
		uint32_t vma = vma_next(world, mm, addr);

		if (!vma || world->vmas[vma].start > end)
			break;
		if (world->vmas[vma].anon_vma)
			return world->anon_vmas[world->vmas[vma].anon_vma].root;
		addr = world->vmas[vma].end;
	}
	return 0;
}

/* One VMA that differs is cut out at both ends, changed, and merged with neighbours that are now like it. */
static enum progress change_vmas_run(struct world *world, struct ktask *task)
{
	struct change_vmas *at = task_locals(task);
	const struct kvma *vma = &world->vmas[at->vma];

	switch (task_at(task)) {
	case 0:
		for (at->addr = at->start; at->addr < at->end;) {
			at->vma = vma_next(world, at->mm, at->addr);
			vma = &world->vmas[at->vma];
			if (!at->vma || vma->start > at->addr)
				at->error = -ENOMEM;
			if (!at->vma || vma->start >= at->end)
				break;
			if (vma->start > at->addr)
				at->addr = vma->start;
			/* Of the VMA as it is, whatever part of it is advised (mm/madvise.c, 6.1: hugepage_madvise()). */
			if (at->field == VMA_THP_ADVICE && at->value == ADVICE_HUGEPAGE)
				khugepaged_enter_advised(world, at->vma);
			if (vma_has(vma, at->field, at->value)) {
				at->addr = vma->end;
				continue;
			}
			CALL(split_vma, .mm = at->mm, .addr = at->addr);
			if (!task->result)
				CALL(split_vma, .mm = at->mm, .addr = at->end);
			if (task->result)
				RETURN(task->result);
			at->vma = vma_at(world, at->mm, at->addr);
			vma = &world->vmas[at->vma];
			at->addr = vma->end;
			at->file = vma->kind == KVMA_ANON ? 0 : vma->file;
			if (at->file)
				LOCK(LOCK_I_MMAP, at->file, LOCK_WRITE);
			at->root = anon_root(world, at->mm, vma->start, vma->end);
			if (at->root)
				LOCK(LOCK_ANON_VMA, at->root, LOCK_WRITE);
			STEP("vma_merge");
			vma_become(world, at->vma, at->field, at->value);
			vma_merge(world, at->mm);
			if (at->root)
				UNLOCK(LOCK_ANON_VMA, at->root);
			if (at->file)
				UNLOCK(LOCK_I_MMAP, at->file);
		}
	}
	RETURN(at->error);
}
const struct function change_vmas = {"vma_modify", change_vmas_run};
