/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a script keeps for a while: a lock, pins, references; and how it lets go. */
#include "model/ops.h"

#include <errno.h>
#include <string.h>

static enum progress hold_mmap_lock_run(struct world *world, struct ktask *task)
{
	struct hold_mmap_lock *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		LOCK(LOCK_MMAP, at->mm, at->mode);
		if (*at->name)
			SLEEP("release");
		else
			STEP("mmap_unlock");
		UNLOCK(LOCK_MMAP, at->mm);
	}
	RETURN(0);
}
const struct function hold_mmap_lock = {"hold_mmap_lock", hold_mmap_lock_run};

/* The sleeping holder of that name, or 0. */
static uint32_t holder_named(const struct world *world, const char *name)
{
	for (uint32_t at = 1; at < world->extent.tasks; at++) {
		const struct ktask *task = &world->tasks[at];
		const struct hold_mmap_lock *hold = (const void *)task->calls[0].locals;

		if (task->used && task->asleep && task->calls[0].function == &hold_mmap_lock &&
		    !strcmp(hold->name, name))
			return at;
	}
	return 0;
}

bool name_kept(const struct world *world, const char *name)
{
	for (uint32_t at = 1; at < world->extent.pins; at++) {
		if (world->pins[at].used && !strcmp(world->pins[at].name, name))
			return true;
	}
	return holder_named(world, name);
}

/* The holder has nothing else left to do: it ends here, so that its name and its place are free. */
static void end_hold(struct world *world, uint32_t at)
{
	struct ktask *holder = &world->tasks[at];

	task_unlock(world, holder, LOCK_MMAP, holder->mm);
	holder->asleep = false;
	holder->depth = 0;
	holder->done = true;
}

static enum progress call_release_run(struct world *world, struct ktask *task)
{
	struct call_release *at = task_locals(task);
	uint32_t holder;
	bool found;

	switch (task_at(task)) {
	case 0:
		STEP("release");
		holder = holder_named(world, at->name);
		found = holder;
		if (holder)
			end_hold(world, holder);
		for (uint32_t pin = 1; pin < world->extent.pins; pin++) {
			if (world->pins[pin].used && !strcmp(world->pins[pin].name, at->name)) {
				pin_put(world, pin);
				found = true;
			}
		}
		RETURN(found ? 0 : -ENOENT);
	}
	RETURN(0);
}
const struct function call_release = {"release", call_release_run};
