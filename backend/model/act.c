/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Actions of a script that are more than one call (act.h). */
#include "model/act.h"

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

static enum progress act_unmap_run(struct world *world, struct ktask *task)
{
	struct act_unmap *at = task_locals(task);
	uint32_t area, file;

	switch (task_at(task)) {
	case 0:
		CALL(call_munmap, .mm = at->mm, .start = at->start, .end = at->end);
		area = task->result ? 0 : area_named(world, at->mm, at->area);
		if (!area || world->areas[area].start != at->start ||
		    world->areas[area].len != at->end - at->start)
			RETURN(task->result);
		file = world->areas[area].file;
		memset(&world->areas[area], 0, sizeof(world->areas[area]));
		if (file)
			CALL(release_file, .file = file);
	}
	RETURN(0);
}
const struct function act_unmap = {"munmap", act_unmap_run};

static enum progress act_truncate_run(struct world *world, struct ktask *task)
{
	struct act_truncate *at = task_locals(task);
	struct kfile *file = &world->files[at->file];

	switch (task_at(task)) {
	case 0:
		STEP("vfs_truncate");
		if (!at->punch && at->first > file->room) {
			at->error = -EFBIG;
		} else if (!at->punch && at->first >= file->size) {
			file->size = at->first;
		} else if (at->first < file->room) {
			CALL(file_truncate, .file = at->file, .first = at->first,
			     .end = at->punch && at->end < file->room ? at->end : file->room,
			     .punch = at->punch);
			at->error = task->result;
		}
		file->users--;
		CALL(release_file, .file = at->file);
	}
	RETURN(at->error);
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
