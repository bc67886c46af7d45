/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds what is known of the region under the cursor, and says why the rest is not. */
#include "ui/region_subject.h"

#include <stdlib.h>
#include <string.h>

#include "ui/region_grid.h"

#define WIDE_COLS (2 * GRID_COLS + GRID_NUMBER + 2) /* of a pane that has room for wide subpages */

/*
 * The examined region. Who else maps its folio is only told by the survey of all processes: what that could derive is
 * taken over where the counts that both saw agree.
 */
static const struct region *merge(struct subject *subject, const struct region *examined)
{
	const struct region *surveyed = subject->spot.region;

	subject->merged = *examined;
	if (surveyed && examined->mapcount.entire == UNKNOWN_COUNT && surveyed->pfn == examined->pfn &&
	    surveyed->mapcount.highest == examined->mapcount.highest)
		subject->merged.mapcount = surveyed->mapcount;
	return &subject->merged;
}

/* The process as examined, if that was this one and there. */
static const struct process *examined_process(const struct screen *screen, const struct subject *subject)
{
	const struct process *surveyed = subject->spot.shown->process, *process;

	if (!screen->examined || !screen->examined->n_processes)
		return NULL;
	process = &screen->examined->processes[0];
	if (process->pid != subject->spot.shown->pid)
		return NULL;
	/* The PID may have been another's. */
	if (surveyed && process->start_time && process->start_time != surveyed->start_time)
		return NULL;
	return process;
}

/* The cursor's subpage: within the mapping, whatever part of the slot that is. */
static uint32_t cursor_at(const struct spot *spot, uint32_t page)
{
	uint32_t first = (uint32_t)((spot->start - spot->slot) / spot->page_size);
	uint32_t last = first + (uint32_t)((spot->len - 1) / spot->page_size);

	return page < first ? first : page > last ? last : page;
}

/* Whether the examination reached this region. */
static bool covers(const struct moment *examined, const struct spot *spot)
{
	return !examined->to || (examined->from <= spot->start && spot->start < examined->to);
}

/* Whether an examination says what the survey says, as far as a region is one and the same. */
static bool agrees(const struct region *surveyed, const struct region *examined)
{
	if (!surveyed || !examined)
		return surveyed == examined;
	return surveyed->mapping == examined->mapping || surveyed->mapping == MAPPING_UNKNOWN ||
	       examined->mapping == MAPPING_UNKNOWN;
}

static void find_used(const struct screen *screen, struct subject *subject)
{
	const struct process *process = subject->process;
	const struct heat_region *region =
		process ? hot_region(screen, process->pid, process->start_time, subject->spot.start) : NULL;

	if (!region || !region->of)
		return;
	hot_say(screen, region, subject->used, sizeof(subject->used));
	hot_say_way(screen, subject->used_way, sizeof(subject->used_way));
}

bool subject_find(const struct screen *screen, struct subject *subject)
{
	const struct process *process;
	const struct region *region;
	bool newer;

	memset(subject, 0, sizeof(*subject));
	subject->step = screen->big && screen->region.cols >= WIDE_COLS ? 2 : 1;
	if (!map_spot(screen, &subject->spot) || subject->spot.line->kind != LINE_CELLS)
		return false;
	subject->moment = subject->spot.shown->home;
	subject->process = subject->spot.shown->process;
	subject->region = subject->spot.region;
	subject->subpages = (uint32_t)(subject->spot.pmd_size / subject->spot.page_size);
	subject->cow_row = screen->region.cow_row;
	subject->asked = screen->lesson.open && screen->lesson.stop.asks && subject->cow_row == COW_ROW_COUNT;
	subject->at = cursor_at(&subject->spot, screen->region.page);
	subject->queue = subject->process ? subject->process->queue : (struct queue){0};
	find_used(screen, subject);
	process = examined_process(screen, subject);
	if (!process || process->outcome != OUTCOME_OK || !covers(screen->examined, &subject->spot))
		return true;
	newer = moment_clock(screen->examined) > moment_clock(subject->moment);
	if (newer)
		subject->queue = process->queue;
	region = process_region_at(process, subject->spot.start);
	if (region && region->start != subject->spot.start)
		return true;
	/* One that is older still has the pages, unless the survey has found another region since. */
	if (!newer && !agrees(subject->region, region))
		return true;
	subject->moment = screen->examined;
	subject->entries = process->n_walk ? process->walk : NULL;
	subject->n_entries = process->n_walk;
	subject->region = region ? merge(subject, region) : NULL;
	if (region) {
		subject->pages = process->pages ? process->pages + region->first_page : NULL;
		subject->n_pages = subject->pages ? region->n_pages : 0;
		subject->read = subject->n_pages > 0;
	} else {
		subject->read = true;
	}
	return true;
}

static int compare_page(const void *key, const void *item)
{
	uint64_t addr = *(const uint64_t *)key, other = ((const struct page *)item)->addr;

	return addr < other ? -1 : addr > other;
}

uint64_t subject_addr(const struct subject *subject, uint32_t index)
{
	return subject->spot.slot + index * subject->spot.page_size;
}

const struct page *subject_page(const struct subject *subject, uint32_t index)
{
	uint64_t addr = subject_addr(subject, index);

	if (!subject->n_pages)
		return NULL;
	return bsearch(&addr, subject->pages, subject->n_pages, sizeof(struct page), compare_page);
}

bool subject_inside(const struct subject *subject, uint32_t index)
{
	uint64_t addr = subject_addr(subject, index);

	return addr >= subject->spot.start && addr - subject->spot.start < subject->spot.len;
}

bool subject_hidden(const struct subject *subject)
{
	const struct vma *vma = subject->spot.vma;

	return (vma->pfnmap_unknown || vma->start >> 63) &&
	       (!subject->region || subject->region->mapping == MAPPING_UNKNOWN);
}

const char *subject_no_pages(const struct screen *screen, const struct subject *subject)
{
	const struct process *process = examined_process(screen, subject);

	if (!subject->region || subject_hidden(subject))
		return "";
	if (subject->n_pages)
		return NULL;
	if (subject->spot.shown->outcome != OUTCOME_OK)
		return "Its subpages were not read while there was time.";
	if (process && process->outcome != OUTCOME_OK)
		return process->reason ? process->reason : "Its subpages cannot be read.";
	return "reading its subpages…";
}

/* Of a region that pagemap shows nothing of. */
static const char *remark_nothing(const struct vma *vma)
{
	if (!strcmp(vma->name, "[vsyscall]"))
		return "The old page of system calls, the same in each process. It lies in the kernel's half "
		       "of the "
		       "addresses, where pagemap does not reach: its subpages cannot be read.";
	if (vma->start >> 63)
		return "This lies in the kernel's half of the addresses, where pagemap does not reach: its "
		       "subpages "
		       "cannot be read.";
	if (vma->pfnmap_unknown && vma->kind == VMA_SPECIAL)
		return "What is mapped here cannot be told: pages that the kernel itself maps by frame "
		       "number look "
		       "like nothing.";
	if (vma->pfnmap_unknown)
		return "What is mapped here cannot be told: memory that a driver maps by frame number looks "
		       "like "
		       "nothing.";
	if (vma->kind == VMA_FILE || vma->kind == VMA_SHMEM)
		return "Nothing is mapped here, and so it cannot be seen what the file holds of it.";
	return "Nothing is mapped here: no page of this region was touched, or all were given back or "
	       "unmapped.";
}

const char *subject_remark(const struct subject *subject)
{
	const struct region *region = subject->region;

	if (!region || subject_hidden(subject))
		return remark_nothing(subject->spot.vma);
	if (!region->present && !region->swapped && !region->nonswap && region->guard)
		return "Guard markers alone (MADV_GUARD_INSTALL): no memory is behind them, and an access is "
		       "a "
		       "fault.";
	if (!region->present && region->swapped && !region->nonswap)
		return "All that was here is swapped out: no memory is behind it until it is touched.";
	if (!region->present && region->nonswap)
		return "Its pages are on the move (migrating), or lost (poisoned): no memory is behind them "
		       "just "
		       "now.";
	if (region->backing == BACKING_ZERO)
		return "The zero page, which all processes share and nobody counts: reading gives zeros, the "
		       "first "
		       "write brings memory.";
	return NULL;
}
