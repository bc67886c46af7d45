/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tasks for those who look on: where each stands, what it holds and waits for. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/ops.h"
#include "model/source.h"
#include "model/words.h"

static const char *keep(struct arena *arena, const char *text)
{
	return arena_text(arena, text, strlen(text));
}

static const char *lock_text(const struct world *world, struct lock_id id, struct arena *arena)
{
	char text[96];

	lock_describe(world, id, text, sizeof(text));
	return keep(arena, text);
}

/* Whether who keeps a task from its lock only waits for it, too. */
static bool queued(const struct world *world, uint32_t at, uint32_t ahead)
{
	const struct lock_id wants = world->tasks[at].wants, others = world->tasks[ahead].wants;

	return wants.kind != LOCK_MM_USERS && others.kind == wants.kind && others.object == wants.object;
}

/* For what a task waits: a lock, or its turn behind one who waits for that. */
static const char *wait_text(const struct world *world, uint32_t at, struct arena *arena)
{
	const struct lock_id wants = world->tasks[at].wants;
	const uint32_t ahead = lock_holder(world, at);
	const char *lock = lock_text(world, wants, arena);

	if (!ahead || !queued(world, at, ahead))
		return lock;
	return arena_printf(arena, "its turn at %s, behind %s, who waits to write", lock,
			    world->tasks[ahead].name);
}

void model_task_view(const struct world *world, uint32_t at, struct arena *arena, struct task *out)
{
	const struct ktask *task = &world->tasks[at];
	const struct call *call = task->depth ? &task->calls[task->depth - 1] : NULL;
	const uint32_t holder = lock_holder(world, at);
	const char **holds = arena_alloc(arena, (task->n_held + 1) * sizeof(*holds));

	for (unsigned k = 0; k < task->n_held; k++)
		holds[k] = lock_text(world, task->held[k], arena);
	*out = (struct task){
		.name = keep(arena, task->name),
		.pid = task->mm ? world->mms[task->mm].pid : 0,
		.what = keep(arena, task->what),
		.function = call && call->step ? words_of(&world->rules, call->function->name) : "",
		.step = call && call->step ? words_of(&world->rules, call->step)
			: call		   ? words_of(&world->rules, call->function->name)
					   : "",
		.state = task->done		    ? TASK_DONE
			 : task_runnable(world, at) ? TASK_READY
						    : TASK_WAITING,
		.holds = holds,
		.n_holds = task->n_held,
		.waits = "",
		.holder = holder && !queued(world, at, holder) ? keep(arena, world->tasks[holder].name) : "",
		.error = task->done && task->result < 0 ? task->result : 0,
		.verdict = task->done ? scan_result_word(task->verdict) : "",
	};
	if (task->asleep)
		out->waits = "the script to let go";
	else if (out->state == TASK_WAITING)
		out->waits = wait_text(world, at, arena);
}

bool model_violation(const struct world *world, char *text, size_t size)
{
	const struct violation *violation = &world->violation;

	/* A deadlock is no task's step. */
	if (violation->found && !*violation->task)
		snprintf(text, size, "%s", violation->text);
	else if (violation->found)
		snprintf(text, size, "step %llu broke an invariant (%s%s%s): %s",
			 (unsigned long long)violation->step, violation->task, *violation->where ? ", " : "",
			 violation->where, violation->text);
	return violation->found;
}

/* Who has it, as a reader knows him: a task by its name, what ran at once by what it was told. */
static const char *holder_of(const struct world *world, uint32_t at)
{
	const struct ktask *holder = &world->tasks[lock_holder(world, at)];

	return holder->alone ? holder->what : holder->name;
}

/* -EBUSY. */
static void waits_sentence(const struct world *world, uint32_t at, char *error, size_t size)
{
	const struct lock_id wants = world->tasks[at].wants;
	char lock[96];

	if (world->tasks[at].asleep) {
		snprintf(error, size, "it waits to be released");
		return;
	}
	lock_describe(world, wants, lock, sizeof(lock));
	if (wants.kind == LOCK_MM_USERS)
		snprintf(error, size, "it waits for %s, and '%s' is one", lock, holder_of(world, at));
	else
		snprintf(error, size, "it waits for %s, which '%s' has", lock, holder_of(world, at));
}

void model_step_sentence(const struct world *world, uint32_t at, int err, char *error, size_t size)
{
	if (err == -EBUSY)
		waits_sentence(world, at, error, size);
	else if (err == -EUCLEAN)
		model_violation(world, error, size);
	else if (err == -EALREADY)
		snprintf(error, size, "the task '%s' has ended", world->tasks[at].name);
}

int model_step_error(struct model_source *model, uint32_t at, int err)
{
	if (err)
		model_step_sentence(machine_world(model->machine), at, err, model->source.error,
				    sizeof(model->source.error));
	return err;
}
