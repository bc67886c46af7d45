/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages leave a file: truncation and hole-punching (mm/truncate.c, shmem_undo_range()). Of the kernel's two passes over the
 * pages the second is here, which waits for page locks; the first only tries.
 */
#include "model/ops.h"

/* The next page of the range that is in the page cache; false: no more. */
static bool find_page(struct world *world, struct file_truncate *at)
{
	for (; at->index < at->end; at->index++) {
		at->pfn = *file_page(world, at->file, at->index);
		if (at->pfn)
			return true;
	}
	return false;
}

/* The head of the team that the page belongs to, if it has one that is not taken apart already; 0. */
static uint32_t team_of(struct world *world, const struct file_truncate *at)
{
	const uint32_t head = team_head(world, at->pfn);
	const uint64_t first = at->index & ~(uint64_t)(huge_nr(world) - 1);

	return page_at(world, at->pfn)->team && team_is(world, head, at->file, first) ? head : 0;
}

/* A folio of which only a part goes. */
static bool crosses_edge(const struct world *world, const struct file_truncate *at)
{
	const uint64_t index = world->pages[at->head].index;

	return index < at->first || index + folio_nr(world, at->head) > at->end;
}

/* That part can only be emptied: the folio stays whole. */
static void zero_part(struct world *world, struct file_truncate *at)
{
	const uint64_t from = page_at(world, at->head)->index;
	const uint64_t end = from + folio_nr(world, at->head);

	for (; at->index < end && at->index < at->end; at->index++)
		page_at(world, at->head + (uint32_t)(at->index - from))->data = 0;
}

static bool folio_mapped(const struct world *world, uint32_t head)
{
	for (uint32_t n = 0; n < folio_nr(world, head); n++) {
		if (world->pages[head + n].mapcount)
			return true;
	}
	return world->pages[head].entire;
}

/* delete_from_page_cache(): the page lock is held, which is what faults go by. */
static void cache_delete(struct world *world, const struct file_truncate *at)
{
	const uint32_t nr = folio_nr(world, at->head);
	const uint64_t index = page_at(world, at->head)->index;

	if (folio_mapped(world, at->head))
		world_violated(world, "frame %#x leaves the page cache while it is mapped", at->head);
	if (page_huge(world, at->head) && world->files[at->file].shmem)
		world->stat[STAT_SHMEM_HUGEPAGES]--;
	for (uint32_t n = 0; n < nr; n++) {
		struct kpage *page = page_at(world, at->head + n);

		*file_page(world, at->file, index + n) = 0;
		page->team = page->dirty = false;
		page->mapping = 0;
		page->index = 0;
	}
	folio_ref_add(world, at->head, -(int32_t)nr);
}

/*
 * The first unmapping is quick and leaves nothing to do for most pages. What a fault maps again before the page lock is had
 * is unmapped under it. A hole leaves private copies alone, a truncation does not.
 */
static enum progress file_truncate_run(struct world *world, struct ktask *task)
{
	struct file_truncate *at = task_locals(task);
	struct kfile *file = &world->files[at->file];

	switch (task_at(task)) {
	case 0:
		if (!at->punch) {
			STEP("i_size_write");
			if (at->first < file->size)
				file->size = at->first;
		}
		if (!at->punch || at->end > file->room)
			at->end = file->room;
		if (at->first >= at->end)
			RETURN(0);
		CALL(unmap_mapping_range, .file = at->file, .first = at->first, .last = at->end - 1,
		     .even_cows = !at->punch);
		for (at->index = at->first;;) {
			STEP("find_lock_entries");
			if (!find_page(world, at))
				break;
			at->head = team_of(world, at);
			at->team = at->head;
			if (!at->team)
				at->head = folio_head(world, at->pfn);
			folio_get(world, at->head);
			LOCK(LOCK_PAGE, at->head, LOCK_WRITE);
			if (at->team) {
				if (team_of(world, at))
					CALL(disband_team, .head = at->head);
			} else if (*file_page(world, at->file, at->index) != at->pfn) {
				;
			} else if (crosses_edge(world, at)) {
				if (world->rules.truncate_splits) {
					CALL(split_locked, .head = at->head,
					     .order = world->rules.split_mixed
							      ? page_at(world, at->head)->order - 1u
							      : 0);
				}
				if (!world->rules.truncate_splits || task->result)
					zero_part(world, at);
			} else {
				at->last = page_at(world, at->head)->index + folio_nr(world, at->head) - 1;
				if (folio_mapped(world, at->head)) {
					CALL(unmap_mapping_range, .file = at->file,
					     .first = page_at(world, at->head)->index, .last = at->last,
					     .drop_markers = true);
				}
				STEP("delete_from_page_cache");
				cache_delete(world, at);
				at->index = at->last + 1;
			}
			UNLOCK(LOCK_PAGE, at->head);
			folio_put(world, at->head);
		}
		if (!at->punch) {
			CALL(unmap_mapping_range, .file = at->file, .first = at->first, .last = at->end - 1,
			     .even_cows = true);
		}
	}
	RETURN(0);
}
const struct function file_truncate = {"shmem_undo_range", file_truncate_run};
