/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Actions of a script that are more than one call (act.h). */
#include "model/act.h"
#include "model/vma_change.h"

#include <errno.h>
#include <string.h>

static enum progress act_access_run(struct world *world, struct ktask *task)
{
	struct act_access *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		/* The first of them is a byte where the target begins; all others begin a page. */
		for (at->addr = at->start; at->addr < at->end;
		     at->addr = (at->addr & ~(PAGE_BYTES - 1)) + PAGE_BYTES) {
			CALL(access_page, .mm = at->mm, .addr = at->addr, .write = at->write,
			     .store = at->store, .value = at->value);
			if (task->result)
				RETURN(task->result);
		}
	}
	RETURN(0);
}
const struct function act_access = {"access", act_access_run};

/* Whether an area, which has it open, or a VMA shows the file. */
static bool file_used(const struct world *world, uint32_t file)
{
	for (uint32_t at = 1; at < world->extent.areas; at++) {
		if (world->areas[at].used && world->areas[at].file == file)
			return true;
	}
	for (uint32_t at = 1; at < world->extent.vmas; at++) {
		if (world->vmas[at].used && world->vmas[at].kind != KVMA_ANON && world->vmas[at].file == file)
			return true;
	}
	return false;
}

static enum progress act_evict_run(struct world *world, struct ktask *task)
{
	struct act_evict *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		if (!at->file || file_used(world, at->file))
			RETURN(0);
		CALL(file_truncate, .file = at->file, .first = 0, .end = world->files[at->file].room);
		memset(&world->files[at->file], 0, sizeof(world->files[at->file]));
	}
	RETURN(0);
}
const struct function act_evict = {"evict_inode", act_evict_run};

static enum progress act_unmap_run(struct world *world, struct ktask *task)
{
	struct act_unmap *at = task_locals(task);
	uint32_t file;

	switch (task_at(task)) {
	case 0:
		CALL(call_munmap, .mm = at->mm, .start = at->start, .end = at->end);
		if (task->result || !at->area)
			RETURN(task->result);
		file = world->areas[at->area].file;
		memset(&world->areas[at->area], 0, sizeof(world->areas[at->area]));
		CALL(act_evict, .file = file);
	}
	RETURN(0);
}
const struct function act_unmap = {"munmap", act_unmap_run};

static void copy_areas(struct world *world, uint32_t from, uint32_t to)
{
	for (uint32_t at = 1; at < world->extent.areas; at++) {
		uint32_t copy;

		if (!world->areas[at].used || world->areas[at].mm != from)
			continue;
		copy = area_new(world, to, world->areas[at].name);
		if (!copy)
			return;
		world->areas[copy] = world->areas[at];
		world->areas[copy].mm = to;
	}
}

static enum progress act_fork_run(struct world *world, struct ktask *task)
{
	struct act_fork *at = task_locals(task);
	struct dup_mm dup = {.mm = at->mm};

	/* CALL has no way to hand over an array. */
	switch (task_at(task)) {
	case 0:
		memcpy(dup.name, at->name, sizeof(dup.name));
		task_call(world, task, 1, &dup_mm, &dup, sizeof(dup));
		return PROGRESS_CALL;
	case 1:
		if (task->result < 0)
			RETURN(task->result);
		copy_areas(world, at->mm, (uint32_t)task->result);
	}
	RETURN(0);
}
const struct function act_fork = {"fork", act_fork_run};

static enum progress act_exit_run(struct world *world, struct ktask *task)
{
	struct act_exit *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		CALL(exit_mm, .mm = at->mm);
		for (at->area = 1; at->area < world->extent.areas; at->area++) {
			if (!world->areas[at->area].used || world->areas[at->area].mm != at->mm)
				continue;
			at->file = world->areas[at->area].file;
			memset(&world->areas[at->area], 0, sizeof(world->areas[at->area]));
			CALL(act_evict, .file = at->file);
		}
	}
	RETURN(0);
}
const struct function act_exit = {"exit", act_exit_run};

static enum progress act_truncate_run(struct world *world, struct ktask *task)
{
	struct act_truncate *at = task_locals(task);
	struct kfile *file = &world->files[at->file];

	switch (task_at(task)) {
	case 0:
		if (at->pages > file->room)
			RETURN(-EFBIG);
		if (at->pages >= file->size) {
			STEP("i_size_write");
			file->size = at->pages;
			RETURN(0);
		}
		CALL(file_truncate, .file = at->file, .first = at->pages, .end = file->size);
		RETURN(task->result);
	}
	RETURN(0);
}
const struct function act_truncate = {"ftruncate", act_truncate_run};

static enum progress act_uprobe_run(struct world *world, struct ktask *task)
{
	struct act_uprobe *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		for (at->addr = at->start; at->addr < at->end; at->addr += PAGE_BYTES) {
			CALL(uprobe_write, .mm = at->mm, .addr = at->addr);
			if (task->result)
				RETURN(task->result);
		}
	}
	RETURN(0);
}
const struct function act_uprobe = {"uprobe", act_uprobe_run};

static enum progress act_set_run(struct world *world, struct ktask *task)
{
	struct act_set *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		STEP("store");
		world->knobs = at->knobs;
	}
	RETURN(0);
}
const struct function act_set = {"sysfs_kf_write", act_set_run};
