/* SPDX-License-Identifier: GPL-2.0-or-later */
/* madvise: what changes VMAs, and what walks their pages (mm/madvise.c). */
#include "model/madvise.h"
#include "model/vma_change.h"

#include <errno.h>

/* Whether every address of the range is in a VMA; the rest of the range is done all the same. */
static bool has_gap(const struct world *world, uint32_t mm, uint64_t start, uint64_t end)
{
	for (uint64_t addr = start; addr < end;) {
		uint32_t vma = vma_at(world, mm, addr);

		if (!vma)
			return true;
		addr = world->vmas[vma].end;
	}
	return false;
}

static enum progress madvise_dontneed_run(struct world *world, struct ktask *task)
{
	struct madvise_dontneed *at = task_locals(task);
	bool gap;

	switch (task_at(task)) {
	case 0:
		LOCK(LOCK_MMAP, at->mm, LOCK_READ);
		CALL(zap_range, .mm = at->mm, .start = at->start, .end = at->end,
		     .reclaim_pt = world->rules.dontneed_frees_table);
		gap = has_gap(world, at->mm, at->start, at->end);
		UNLOCK(LOCK_MMAP, at->mm);
		RETURN(gap ? -ENOMEM : 0);
	}
	RETURN(0);
}
const struct function madvise_dontneed = {"madvise_dontneed", madvise_dontneed_run};

struct madvise_populate {
	uint32_t mm;
	uint64_t start, end;
	bool write, gap;
};

/* Whether the VMA at a page allows such accesses; 0, else what the caller is told. */
static int populate_allowed(const struct world *world, const struct madvise_populate *at)
{
	const uint32_t vma = vma_at(world, at->mm, at->start);

	if (!vma)
		return -ENOMEM;
	return (at->write ? world->vmas[vma].write : world->vmas[vma].read) ? 0 : -EINVAL;
}

/* Pages are faulted in, and no byte changes. A VMA that forbids it is the caller's mistake; behind a file's end is a fault. */
static enum progress madvise_populate_run(struct world *world, struct ktask *task)
{
	struct madvise_populate *at = task_locals(task);
	int err;

	switch (task_at(task)) {
	case 0:
		for (; at->start < at->end; at->start += PAGE_BYTES) {
			LOCK(LOCK_MMAP, at->mm, LOCK_READ);
			CALL(faultin_page, .mm = at->mm, .addr = at->start, .write = at->write);
			err = populate_allowed(world, at);
			UNLOCK(LOCK_MMAP, at->mm);
			at->gap |= err == -ENOMEM;
			if (err == -ENOMEM && world->rules.populate_passes_gaps)
				continue;
			if (task->result)
				RETURN(task->result == -EFAULT && err ? err : task->result);
		}
	}
	RETURN(at->gap ? -ENOMEM : 0);
}
static const struct function madvise_populate = {"madvise_populate", madvise_populate_run};

/* Which way a call goes. */
enum way { WAY_NONE, WAY_ABSENT, WAY_THP, WAY_READING, WAY_NOTHING, WAY_PAGES, WAY_POPULATE };

static enum way way_of(const struct world *world, enum advice advice)
{
	switch (advice) {
	case ADVICE_HUGEPAGE:
	case ADVICE_NOHUGEPAGE:
		return WAY_THP;
	case ADVICE_NORMAL:
	case ADVICE_RANDOM:
	case ADVICE_SEQUENTIAL:
		return WAY_READING;
	case ADVICE_WILLNEED: /* reads ahead from swap and disk, which take no time here */
		return WAY_NOTHING;
	case ADVICE_COLD:
	case ADVICE_PAGEOUT:
		return world->rules.madv_cold ? WAY_PAGES : WAY_ABSENT;
	case ADVICE_FREE:
		return WAY_PAGES;
	case ADVICE_POPULATE_READ:
	case ADVICE_POPULATE_WRITE:
		return world->rules.madv_populate ? WAY_POPULATE : WAY_ABSENT;
	case ADVICE_GUARD_INSTALL:
	case ADVICE_GUARD_REMOVE:
	case ADVICE_MERGEABLE:
	case ADVICE_UNMERGEABLE:
	case ADVICE_DONTFORK:
	case ADVICE_DOFORK:
	case ADVICE_WIPEONFORK:
	case ADVICE_KEEPONFORK:
		return WAY_ABSENT;
	case ADVICE_NONE:
	case ADVICE_COUNT:
		break;
	}
	return WAY_NONE;
}

/* MADV_FREE is for anonymous memory alone. */
static bool all_anon(const struct world *world, const struct call_madvise *at)
{
	for (uint32_t vma = 1; vma < world->extent.vmas; vma++) {
		const struct kvma *found = &world->vmas[vma];

		if (found->used && found->mm == at->mm && found->start < at->end && found->end > at->start &&
		    found->kind != KVMA_ANON)
			return false;
	}
	return true;
}

static enum progress call_madvise_run(struct world *world, struct ktask *task)
{
	struct call_madvise *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		at->way = way_of(world, at->advice);
		if ((at->start | at->end) & (PAGE_BYTES - 1) || at->start > at->end || at->way == WAY_ABSENT)
			RETURN(-EINVAL);
		if (at->way == WAY_THP || at->way == WAY_READING) {
			LOCK(LOCK_MMAP, at->mm, LOCK_WRITE);
			CALL(change_vmas, .mm = at->mm, .start = at->start, .end = at->end,
			     .field = at->way == WAY_THP ? VMA_THP_ADVICE : VMA_READING,
			     .value = at->advice == ADVICE_NORMAL ? ADVICE_NONE : at->advice);
			STEP("mmap_write_unlock");
			at->error = task->result;
			UNLOCK(LOCK_MMAP, at->mm);
		} else if (at->way == WAY_POPULATE) {
			CALL(madvise_populate, .mm = at->mm, .start = at->start, .end = at->end,
			     .write = at->advice == ADVICE_POPULATE_WRITE);
			at->error = task->result;
		} else if (at->way == WAY_PAGES) {
			LOCK(LOCK_MMAP, at->mm, LOCK_READ);
			at->error = at->advice == ADVICE_FREE && !all_anon(world, at) ? -EINVAL : 0;
			if (!at->error)
				CALL(madvise_pages, .mm = at->mm, .start = at->start, .end = at->end,
				     .advice = at->advice);
			if (!at->error && has_gap(world, at->mm, at->start, at->end))
				at->error = -ENOMEM;
			UNLOCK(LOCK_MMAP, at->mm);
		}
	}
	RETURN(at->error);
}
const struct function call_madvise = {"madvise", call_madvise_run};
