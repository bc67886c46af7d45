/* SPDX-License-Identifier: GPL-2.0-or-later */
/* khugepaged: which memory may be huge, and which mms it knows. */
#include "model/ops.h"

/*
 * shmem_is_huge(). A file on huge=team is left out of all knobs: the mount option has said it (facts F). Whether a huge
 * page lies within i_size is for who has its index.
 */
static bool shmem_is_huge(const struct world *world, const struct kvma *vma, bool asked)
{
	if (world->files[vma->file].team)
		return true;
	switch (world->knobs.shmem_enabled) {
	case SHMEM_DENY:
		return false;
	case SHMEM_FORCE:
	case SHMEM_ALWAYS:
	case SHMEM_WITHIN_SIZE:
		return true;
	case SHMEM_ADVISE:
		return asked || vma->hugepage;
	case SHMEM_NEVER:
		break;
	}
	return asked;
}

bool hugepage_vma_check(const struct world *world, const struct kvma *vma, bool asked)
{
	if (vma->nohugepage || world->mms[vma->mm].thp_disabled)
		return false;
	if (vma->kind != KVMA_ANON) {
		const struct kfile *file = &world->files[vma->file];

		/* A file of a disk is huge only with CONFIG_READ_ONLY_THP_FOR_FS, which this kernel is built without. */
		return file->shmem && (file->team || world->rules.file_thp != FILE_THP_NONE) &&
		       shmem_is_huge(world, vma, asked);
	}
	switch (world->knobs.enabled) {
	case THP_ALWAYS:
		return true;
	case THP_MADVISE:
		return asked || vma->hugepage;
	case THP_NEVER:
		break;
	}
	return asked;
}

void khugepaged_enter(struct world *world, uint32_t vma)
{
	const struct kvma *entered = &world->vmas[vma];
	struct mm *mm = &world->mms[entered->mm];

	if (!mm->exiting && world->knobs.enabled != THP_NEVER && hugepage_vma_check(world, entered, false))
		mm->has_slot = true;
}
