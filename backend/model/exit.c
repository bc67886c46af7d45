/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a process: its memory, then its page tables, then the files that nobody else has. */
#include "model/ops.h"

#include <errno.h>
#include <string.h>

/* Tables of a subtree, from the lowest on: nothing is mapped in them any more. */
static void free_tables(struct world *world, uint32_t table)
{
	struct mm *mm = &world->mms[world->tables[table].mm];
	const unsigned level = world->tables[table].level;

	for (unsigned at = 0; level > 1 && at < huge_nr(world); at++) {
		uint64_t entry = *table_entry(world, table, at);

		if (entry_table(entry))
			free_tables(world, entry_to_table(entry));
	}
	mm->nr_ptes -= level == 1;
	table_free(world, table);
}

/* The first file that the mm's areas name; with them the last one may go that keeps it. Areas of none go at once. */
static uint32_t area_gone(struct world *world, uint32_t mm)
{
	for (uint32_t at = 1; at < world->extent.areas; at++) {
		uint32_t file = world->areas[at].file;

		if (!world->areas[at].used || world->areas[at].mm != mm)
			continue;
		memset(&world->areas[at], 0, sizeof(world->areas[at]));
		if (file)
			return file;
	}
	return 0;
}

/* mmdrop(): `exiting` stays, for who still knows it (khugepaged) and looks before it does anything. */
static void mm_gone(struct world *world, uint32_t at)
{
	struct mm *mm = &world->mms[at];

	free_tables(world, mm->pgd);
	mm->pgd = 0;
	mm->used = mm->has_slot = false;
	mm->nr_pte_mapped_thp = 0;
}

/*
 * Nobody else has the mm: no lock keeps the others out who come by rmap or by khugepaged's slot (until 5.16; seed 000:
 * they have to ask hpage_collapse_test_exit()), except that khugepaged, if it is in there, is waited for.
 */
static enum progress exit_mm_run(struct world *world, struct ktask *task)
{
	struct exit_mm *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		STEP("exit_mm");
		if (world->mms[at->mm].exiting)
			RETURN(-ESRCH);
		world->mms[at->mm].exiting = true;
		LOCK(LOCK_MM_USERS, at->mm, LOCK_WRITE);
		UNLOCK(LOCK_MM_USERS, at->mm);
		LOCK(LOCK_KHUGEPAGED, 0, LOCK_WRITE);
		world->mms[at->mm].has_slot = false;
		UNLOCK(LOCK_KHUGEPAGED, 0);
		LOCK(LOCK_MMAP, at->mm, LOCK_WRITE);
		UNLOCK(LOCK_MMAP, at->mm);
		if (world->rules.exit_locks_mmap)
			LOCK(LOCK_MMAP, at->mm, LOCK_READ);
		while ((at->vma = vma_next(world, at->mm, at->addr))) {
			const struct kvma *vma = &world->vmas[at->vma];

			at->addr = vma->end;
			CALL(zap_range, .mm = at->mm, .start = vma->start, .end = vma->end,
			     .drop_markers = true);
		}
		if (world->rules.exit_locks_mmap) {
			UNLOCK(LOCK_MMAP, at->mm);
			LOCK(LOCK_MMAP, at->mm, LOCK_WRITE);
		}
		while ((at->vma = vma_next(world, at->mm, 0)))
			CALL(unmap_region, .vma = at->vma);
		if (world->rules.exit_locks_mmap)
			UNLOCK(LOCK_MMAP, at->mm);
		STEP("mmdrop");
		mm_gone(world, at->mm);
		while ((at->file = area_gone(world, at->mm)))
			CALL(release_file, .file = at->file);
	}
	RETURN(0);
}
const struct function exit_mm = {"exit_mm", exit_mm_run};

static bool file_used(const struct world *world, uint32_t file)
{
	for (uint32_t at = 1; at < world->extent.vmas; at++) {
		const struct kvma *vma = &world->vmas[at];

		if (vma->used && vma->kind != KVMA_ANON && vma->file == file)
			return true;
	}
	for (uint32_t at = 1; at < world->extent.areas; at++) {
		if (world->areas[at].used && world->areas[at].file == file)
			return true;
	}
	return world->files[file].users;
}

static enum progress release_file_run(struct world *world, struct ktask *task)
{
	struct release_file *at = task_locals(task);
	struct kfile *file = &world->files[at->file];

	switch (task_at(task)) {
	case 0:
		if (!file->used || file_used(world, at->file))
			RETURN(0);
		file->users++;
		CALL(file_truncate, .file = at->file, .end = file->room);
		file->users--;
		/* Who took it up meanwhile releases it. */
		if (!file_used(world, at->file))
			memset(file, 0, sizeof(*file));
	}
	RETURN(0);
}
const struct function release_file = {"iput", release_file_run};
