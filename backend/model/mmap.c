/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Areas of memory come and go: mmap, munmap, and what both need of VMAs (mm/mmap.c, mm/vma.c). */
#include "model/ops.h"
#include "model/vma_change.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A VMA that is mapped there, or in the huge page before or behind it: the first one, or 0. */
static uint32_t in_the_way(const struct world *world, uint32_t mm, uint64_t start, uint64_t len)
{
	const uint64_t huge = huge_bytes(world);
	uint32_t vma = vma_next(world, mm, start - huge);

	return vma && world->vmas[vma].start < huge_start(world, start + len + huge - 1) + huge ? vma : 0;
}

uint64_t area_find(struct world *world, uint32_t mm, uint64_t len, uint64_t skew)
{
	const uint64_t huge = huge_bytes(world), limit = address_limit(world);
	uint64_t start = huge_start(world, world->mms[mm].next + huge - 1) + skew;
	uint32_t vma;

	if (!len || len > limit)
		return 0;
	/* Addresses are given out upwards; where they end, the lowest gap will do. */
	if (start > limit - len || in_the_way(world, mm, start, len)) {
		for (start = huge + skew; start <= limit - len;
		     start = huge_start(world, world->vmas[vma].end + huge - 1) + huge + skew) {
			vma = in_the_way(world, mm, start, len);
			if (!vma)
				return start;
		}
		return 0;
	}
	world->mms[mm].next = huge_start(world, start + len + huge - 1) + huge;
	return start;
}

uint32_t area_new(struct world *world, uint32_t mm, const char *name)
{
	for (uint32_t at = 1; at < world->extent.areas; at++) {
		struct area *area = &world->areas[at];

		if (area->used)
			continue;
		*area = (struct area){.used = true, .mm = mm};
		snprintf(area->name, sizeof(area->name), "%s", name);
		return at;
	}
	return 0;
}

uint32_t area_named(const struct world *world, uint32_t mm, const char *name)
{
	for (uint32_t at = 1; at < world->extent.areas; at++) {
		if (world->areas[at].used && world->areas[at].mm == mm &&
		    !strcmp(world->areas[at].name, name))
			return at;
	}
	return 0;
}

/* The file that a new area shows: the one that was asked for, or a new one; 0 with *error. */
static uint32_t area_file(struct world *world, const struct call_mmap *call, int32_t *error)
{
	uint32_t file = call->file;

	*error = 0;
	if (call->kind == MAP_KIND_ANON || file)
		return file;
	file = file_new(world, call->name, call->len >> PAGE_SHIFT);
	if (!file) {
		*error = -ENOMEM;
		return 0;
	}
	world->files[file].shmem = call->kind == MAP_KIND_SHMEM || call->kind == MAP_KIND_TEAM;
	world->files[file].team = call->kind == MAP_KIND_TEAM;
	return file;
}

/* The VMA and the area, in one go: nobody else can see the one without the other. */
static int32_t area_map(struct world *world, struct call_mmap *call)
{
	uint64_t start = area_find(world, call->mm, call->len, call->skew);
	uint32_t area = start ? area_new(world, call->mm, call->name) : 0;
	struct kvma *vma;
	int32_t error;

	call->vma = area ? vma_new(world, call->mm, start, start + call->len) : 0;
	if (!call->vma) {
		if (area)
			world->areas[area].used = false;
		return -ENOMEM;
	}
	vma = &world->vmas[call->vma];
	call->file = area_file(world, call, &error);
	if (error) {
		world->areas[area].used = false;
		vma_free(world, call->vma);
		return error;
	}
	if (call->kind != MAP_KIND_ANON) {
		vma->kind = call->kind == MAP_KIND_PRIVATE_FILE ? KVMA_PRIVATE : KVMA_SHARED;
		vma->file = call->file;
		vma->pgoff = 0;
	}
	vma->read = vma->write = !call->noreserve;
	snprintf(vma->name, sizeof(vma->name), "%s", call->name);
	world->areas[area].kind = call->kind;
	world->areas[area].file = call->file;
	world->areas[area].start = start;
	world->areas[area].len = call->len;
	khugepaged_enter(world, call->vma);
	return 0;
}

static enum progress call_mmap_run(struct world *world, struct ktask *task)
{
	struct call_mmap *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		LOCK(LOCK_MMAP, at->mm, LOCK_WRITE);
		STEP("mmap_region");
		at->error = area_map(world, at);
		UNLOCK(LOCK_MMAP, at->mm);
		if (at->open) {
			world->files[at->open].users--;
			CALL(release_file, .file = at->open);
		}
		if (at->error || at->advice == ADVICE_NONE)
			RETURN(at->error);
		CALL(call_madvise, .mm = at->mm, .start = world->vmas[at->vma].start,
		     .end = world->vmas[at->vma].end, .advice = at->advice);
	}
	return task_return(task, task->result);
}
const struct function call_mmap = {"mmap", call_mmap_run};

/*
 * The table of pmds around addr, where no VMA is in all that it translates but the one that starts at `start`, which goes
 * (free_pmd_range()). Those above it stay until the end of the mm.
 */
static void free_pmds(struct world *world, uint32_t mm, uint64_t addr, uint64_t start, uint64_t end)
{
	const uint64_t span = huge_bytes(world) << world->extent.order, first = addr & ~(span - 1);
	uint32_t other = vma_next(world, mm, first);

	if (other && world->vmas[other].start == start)
		other = vma_next(world, mm, end);
	if (!other || world->vmas[other].start >= first + span)
		pmd_table_free(world, mm, addr);
}

/* Tables of ptes of a VMA that is gone from everywhere else, where no other one needs them (free_pgtables()). */
static void free_tables(struct world *world, uint32_t mm, uint64_t start, uint64_t end)
{
	const uint64_t huge = huge_bytes(world);

	for (uint64_t slot = huge_start(world, start); slot < end; slot += huge) {
		uint64_t *pmd = pmd_of(world, mm, slot);
		uint32_t other = vma_next(world, mm, slot);

		/* The VMA itself is still there, as the one that starts at `start`. */
		if (other && world->vmas[other].start == start)
			other = vma_next(world, mm, end);
		if (!pmd || !entry_table(*pmd) || (other && world->vmas[other].start < slot + huge))
			continue;
		table_free(world, entry_to_table(*pmd));
		*pmd = 0;
		world->mms[mm].nr_ptes--;
	}
	for (uint64_t addr = start; addr < end; addr = (addr | ((huge << world->extent.order) - 1)) + 1)
		free_pmds(world, mm, addr, start, end);
}

static enum progress unmap_region_run(struct world *world, struct ktask *task)
{
	struct unmap_region *at = task_locals(task);
	struct kvma *vma = &world->vmas[at->vma];

	switch (task_at(task)) {
	case 0:
		at->mm = vma->mm;
		CALL(zap_range, .mm = at->mm, .start = vma->start, .end = vma->end, .drop_markers = true);
		if (vma->kind != KVMA_ANON) {
			at->file = vma->file;
			LOCK(LOCK_I_MMAP, at->file, LOCK_WRITE);
		}
		if (vma->anon_vma) {
			at->root = world->anon_vmas[vma->anon_vma].root;
			LOCK(LOCK_ANON_VMA, at->root, LOCK_WRITE);
		}
		/* From here on no walk by rmap finds it, and no other one can be under way: nobody needs its tables. */
		STEP("free_pgtables");
		free_tables(world, at->mm, vma->start, vma->end);
		vma_free(world, at->vma);
		if (at->file)
			UNLOCK(LOCK_I_MMAP, at->file);
		if (at->root)
			UNLOCK(LOCK_ANON_VMA, at->root);
	}
	RETURN(0);
}
const struct function unmap_region = {"unmap_region", unmap_region_run};

static enum progress call_munmap_run(struct world *world, struct ktask *task)
{
	struct call_munmap *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		if ((at->start | at->end) & (PAGE_BYTES - 1) || at->start >= at->end)
			RETURN(-EINVAL);
		LOCK(LOCK_MMAP, at->mm, LOCK_WRITE);
		CALL(split_vma, .mm = at->mm, .addr = at->start);
		if (!task->result)
			CALL(split_vma, .mm = at->mm, .addr = at->end);
		if (task->result) {
			UNLOCK(LOCK_MMAP, at->mm);
			RETURN(-ENOMEM);
		}
		for (;;) {
			at->vma = vma_next(world, at->mm, at->start);
			if (!at->vma || world->vmas[at->vma].start >= at->end)
				break;
			CALL(unmap_region, .vma = at->vma);
		}
		STEP("mmap_write_unlock");
		UNLOCK(LOCK_MMAP, at->mm);
	}
	RETURN(0);
}
const struct function call_munmap = {"munmap", call_munmap_run};
