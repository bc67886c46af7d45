/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Address spaces, VMAs, files and what belongs to them. */
#include "model/ops.h"

#include <stdio.h>
#include <string.h>

uint32_t mm_new(struct world *world, const char *name, uint32_t parent)
{
	for (uint32_t at = 1; at < world->extent.mms; at++) {
		struct mm *mm = &world->mms[at];

		/* Somebody may still wait for the lock of one that is gone, or khugepaged be in it. */
		if (mm->used || mm->grabbed || mm->lock.writer || mm->lock.readers)
			continue;
		*mm = (struct mm){.used = true};
		mm->pgd = table_new(world, at, TABLE_LEVELS);
		if (!mm->pgd) {
			mm->used = false;
			return 0;
		}
		mm->pid = (pid_t)world->next_pid++;
		mm->parent = parent ? world->mms[parent].pid : 1;
		/* Where Linux on x86-64 maps; a small world has a few huge pages of addresses in all. */
		mm->next = world->extent.order == 9 ? UINT64_C(0x7e0000000000) : huge_bytes(world);
		snprintf(mm->name, sizeof(mm->name), "%s", name);
		return at;
	}
	return 0;
}

uint32_t mm_named(const struct world *world, const char *name)
{
	for (uint32_t at = 1; at < world->extent.mms; at++) {
		if (world->mms[at].used && !strcmp(world->mms[at].name, name))
			return at;
	}
	return 0;
}

uint32_t mm_of_pid(const struct world *world, pid_t pid)
{
	for (uint32_t at = 1; at < world->extent.mms; at++) {
		if (world->mms[at].used && world->mms[at].pid == pid)
			return at;
	}
	return 0;
}

uint32_t vma_new(struct world *world, uint32_t mm, uint64_t start, uint64_t end)
{
	for (uint32_t at = 1; at < world->extent.vmas; at++) {
		if (world->vmas[at].used)
			continue;
		world->vmas[at] = (struct kvma){.used = true,
						.mm = mm,
						.start = start,
						.end = end,
						.pgoff = start >> PAGE_SHIFT,
						.read = true,
						.write = true};
		return at;
	}
	return 0;
}

uint32_t vma_next(const struct world *world, uint32_t mm, uint64_t addr)
{
	uint32_t found = 0;

	for (uint32_t at = 1; at < world->extent.vmas; at++) {
		const struct kvma *vma = &world->vmas[at];

		if (vma->used && vma->mm == mm && vma->end > addr &&
		    (!found || vma->start < world->vmas[found].start))
			found = at;
	}
	return found;
}

uint32_t vma_at(const struct world *world, uint32_t mm, uint64_t addr)
{
	uint32_t found = vma_next(world, mm, addr);

	return found && world->vmas[found].start <= addr ? found : 0;
}

uint32_t vma_split(struct world *world, uint32_t vma, uint64_t addr)
{
	uint32_t upper = vma_new(world, world->vmas[vma].mm, addr, world->vmas[vma].end);

	if (!upper)
		return 0;
	world->vmas[upper] = world->vmas[vma];
	world->vmas[upper].pgoff = vma_index(&world->vmas[vma], addr);
	world->vmas[upper].start = addr;
	world->vmas[vma].end = addr;
	return upper;
}

/* Whether a VMA has it, or another one descends from it. */
static bool anon_vma_used(const struct world *world, uint32_t anon_vma)
{
	for (uint32_t at = 1; at < world->extent.vmas; at++) {
		if (world->vmas[at].used && world->vmas[at].anon_vma == anon_vma)
			return true;
	}
	for (uint32_t at = 1; at < world->extent.anon_vmas; at++) {
		if (world->anon_vmas[at].used && world->anon_vmas[at].parent == anon_vma)
			return true;
	}
	return false;
}

void vma_free(struct world *world, uint32_t vma)
{
	uint32_t anon_vma = world->vmas[vma].anon_vma;

	memset(&world->vmas[vma], 0, sizeof(world->vmas[vma]));
	/* With the last of its descendants a parent goes that no VMA has any more. */
	while (anon_vma && !anon_vma_used(world, anon_vma)) {
		uint32_t parent = world->anon_vmas[anon_vma].parent;

		memset(&world->anon_vmas[anon_vma], 0, sizeof(world->anon_vmas[anon_vma]));
		anon_vma = parent;
	}
}

/*
 * Whether two VMAs may have one anon_vma. One that has none may take that of the other, but for one that came by fork
 * (mm/vma.c, is_mergeable_anon_vma(): the chain of the one that has it is to be singular).
 */
static bool anon_vmas_merge(const struct world *world, uint32_t one, uint32_t other)
{
	if (one && other)
		return one == other;
	return !world->anon_vmas[one | other].parent;
}

/* Whether `upper` begins where `lower` ends, in memory and in what is behind it, and nothing else differs. */
static bool vmas_merge(const struct world *world, const struct kvma *lower, const struct kvma *upper)
{
	struct kvma joined = *upper;

	joined.start = lower->start;
	joined.end = lower->end;
	joined.pgoff = lower->pgoff;
	joined.anon_vma = lower->anon_vma;
	return lower->end == upper->start && vma_index(lower, lower->end) == upper->pgoff &&
	       anon_vmas_merge(world, lower->anon_vma, upper->anon_vma) &&
	       !memcmp(&joined, lower, sizeof(joined));
}

bool vma_would_merge(const struct world *world, uint32_t vma, const struct kvma *like)
{
	const uint32_t lower = vma_at(world, like->mm, world->vmas[vma].start - 1);
	const uint32_t upper = vma_at(world, like->mm, world->vmas[vma].end);

	return (lower && vmas_merge(world, &world->vmas[lower], like)) ||
	       (upper && vmas_merge(world, like, &world->vmas[upper]));
}

void vma_merge(struct world *world, uint32_t mm)
{
	uint32_t lower = vma_next(world, mm, 0);

	while (lower) {
		uint32_t upper = vma_next(world, mm, world->vmas[lower].end);

		if (!upper)
			return;
		if (!vmas_merge(world, &world->vmas[lower], &world->vmas[upper])) {
			lower = upper;
			continue;
		}
		world->vmas[lower].end = world->vmas[upper].end;
		if (!world->vmas[lower].anon_vma)
			world->vmas[lower].anon_vma = world->vmas[upper].anon_vma;
		memset(&world->vmas[upper], 0, sizeof(world->vmas[upper]));
		khugepaged_enter(world, lower);
	}
}

bool vma_fits_huge(const struct world *world, const struct kvma *vma, uint64_t addr)
{
	const uint64_t start = huge_start(world, addr);

	if (vma->kind != KVMA_ANON && ((vma->start >> PAGE_SHIFT) - vma->pgoff) & (huge_nr(world) - 1))
		return false;
	return start >= vma->start && start + huge_bytes(world) <= vma->end;
}

/*
 * Whether two neighbours may have one anon_vma: they would merge, but for their protection (anon_vma_compatible()). An
 * anon_vma that came by fork is left alone (mm/mmap.c: reusable_anon_vma()).
 */
static bool anon_vma_compatible(const struct world *world, const struct kvma *lower, const struct kvma *upper,
				uint32_t anon_vma)
{
	struct kvma like = *upper;

	like.start = lower->start;
	like.end = lower->end;
	like.pgoff = lower->pgoff;
	like.anon_vma = lower->anon_vma;
	like.read = lower->read;
	like.write = lower->write;
	memcpy(like.name, lower->name, sizeof(like.name));
	return anon_vma && !world->anon_vmas[anon_vma].parent && lower->end == upper->start &&
	       vma_index(lower, lower->end) == upper->pgoff && !memcmp(&like, lower, sizeof(like));
}

/* The anon_vma of the next or of the previous VMA, if it will do: so the two can still merge. 0. */
static uint32_t find_mergeable_anon_vma(const struct world *world, uint32_t vma)
{
	const struct kvma *own = &world->vmas[vma];
	const struct kvma *next = &world->vmas[vma_at(world, own->mm, own->end)];
	const struct kvma *previous = &world->vmas[vma_at(world, own->mm, own->start - 1)];

	if (anon_vma_compatible(world, own, next, next->anon_vma))
		return next->anon_vma;
	return anon_vma_compatible(world, previous, own, previous->anon_vma) ? previous->anon_vma : 0;
}

uint32_t vma_anon_vma(struct world *world, uint32_t vma)
{
	if (!world->vmas[vma].anon_vma)
		world->vmas[vma].anon_vma = find_mergeable_anon_vma(world, vma);
	if (world->vmas[vma].anon_vma)
		return world->vmas[vma].anon_vma;
	for (uint32_t at = 1; at < world->extent.anon_vmas; at++) {
		if (world->anon_vmas[at].used)
			continue;
		world->anon_vmas[at] = (struct anon_vma){.used = true, .root = at};
		world->vmas[vma].anon_vma = at;
		return at;
	}
	return 0;
}

bool anon_vma_descends(const struct world *world, uint32_t young, uint32_t old)
{
	while (young && young != old)
		young = world->anon_vmas[young].parent;
	return young;
}

/* A file that has one of these entries of the page cache, or 0. */
static uint32_t cached_by(const struct world *world, uint32_t from, uint32_t room)
{
	for (uint32_t at = 1; at < world->extent.files; at++) {
		const struct kfile *file = &world->files[at];

		if (file->used && file->cache < from + room && from < file->cache + file->room)
			return at;
	}
	return 0;
}

uint32_t file_room(const struct world *world, uint64_t pages)
{
	const uint64_t room = (pages + huge_nr(world) - 1) / huge_nr(world) * huge_nr(world);
	uint32_t from = 1, other;

	while (room < world->extent.cached && from + room <= world->extent.cached) {
		other = cached_by(world, from, (uint32_t)room);
		if (!other)
			return from;
		from = world->files[other].cache + world->files[other].room;
	}
	return 0;
}

uint32_t file_new(struct world *world, const char *name, uint64_t pages)
{
	const uint32_t nr = huge_nr(world), from = file_room(world, pages);
	const uint32_t room = (uint32_t)((pages + nr - 1) / nr * nr);

	if (!from)
		return 0;
	for (uint32_t at = 1; at < world->extent.files; at++) {
		struct kfile *file = &world->files[at];

		if (file->used)
			continue;
		*file = (struct kfile){.used = true, .cache = from, .room = room, .size = pages};
		memset(&world->cached[from], 0, room * sizeof(world->cached[0]));
		snprintf(file->name, sizeof(file->name), "%s", name);
		return at;
	}
	return 0;
}

uint32_t *file_page(struct world *world, uint32_t file, uint64_t index)
{
	return index < world->files[file].room ? &world->cached[world->files[file].cache + index] : NULL;
}

uint32_t swap_new(struct world *world, uint32_t data)
{
	for (uint32_t at = 1; at < world->extent.swaps; at++) {
		if (world->swaps[at].users)
			continue;
		world->swaps[at] = (struct swap){.users = 1, .data = data};
		return at;
	}
	return 0;
}

void swap_put(struct world *world, uint32_t slot)
{
	struct swap *swap = &world->swaps[slot];

	if (!swap->users) {
		world_violated(world, "swap slot %u has fewer users than were dropped", slot);
		return;
	}
	swap->users--;
	/* free_swap_and_cache(): a page that is only there to be swapped in once more is of no use to anybody. */
	if (swap->users == 1 && swap->cached && world->pages[swap->cached].count == 1 &&
	    !world->pages[swap->cached].lock.writer)
		swap_cache_delete(world, swap->cached);
}

void swap_cache_add(struct world *world, uint32_t pfn, uint32_t slot)
{
	world->swaps[slot].users++;
	world->swaps[slot].cached = pfn;
	world->pages[pfn].swap = slot;
	folio_get(world, pfn);
}

void swap_cache_delete(struct world *world, uint32_t pfn)
{
	const uint32_t slot = world->pages[pfn].swap;

	world->swaps[slot].cached = 0;
	world->pages[pfn].swap = 0;
	swap_put(world, slot);
	folio_put(world, pfn);
}

bool swap_free_cached(struct world *world, uint32_t head)
{
	struct kpage *page = page_at(world, head);

	if (!page->swap || world->swaps[page->swap].users > 1)
		return false;
	page->dirty = true;
	swap_cache_delete(world, head);
	return true;
}
