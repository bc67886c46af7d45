/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the runner has a source's tasks advance. */
#include "script/tasks.h"

#include <errno.h>
#include <stdio.h>

#include "script/script.h"

int tasks_schedule(struct source *source, const struct action *action)
{
	const struct schedule_word *word = action->schedule.words;
	int err = 0;

	for (; word < action->schedule.words + action->schedule.n && !err; word++)
		err = source_advance(source, word->name, word->how, word->count, word->step);
	return err;
}

/* The names of a `finish`, or those begun before it, one after another; NULL at the end. */
static const char *next_name(const struct script *script, size_t finish, size_t *at)
{
	const struct action *action = &script->actions[finish];

	if (action->list.n)
		return *at < action->list.n ? action->list.words[(*at)++] : NULL;
	while (*at < finish) {
		action = &script->actions[(*at)++];
		if (action->kind == ACTION_TASK)
			return action->name;
	}
	return NULL;
}

/* Where it stands. One that nobody named may never have begun: its line was refused. */
static int find(struct source *source, const struct script *script, size_t finish, const char *name,
		struct task *task)
{
	int err = source_task(source, name, task);

	if (err != -ENOENT || script->actions[finish].list.n)
		return err;
	*task = (struct task){.name = name,
			      .what = "",
			      .function = "",
			      .step = "",
			      .state = TASK_DONE,
			      .waits = "",
			      .holder = "",
			      .verdict = ""};
	return 0;
}

static int stuck(struct source *source, const struct task *task)
{
	char text[sizeof(source->error)];

	snprintf(text, sizeof(text), "'%s' waits for %s%s%s%s, and nobody who could give it goes on",
		 task->name, task->waits, *task->holder ? ", which '" : "", task->holder,
		 *task->holder ? "' has" : "");
	snprintf(source->error, sizeof(source->error), "%s", text);
	return -EDEADLK;
}

/* Each once. *moved: one took a step; *waiting: one is left. */
static int round_of(struct source *source, const struct script *script, size_t finish, bool *moved,
		    bool *waiting)
{
	struct task task;
	const char *name;
	size_t at = 0;
	int err = 0;

	*moved = *waiting = false;
	while (!err && (name = next_name(script, finish, &at))) {
		err = find(source, script, finish, name, &task);
		if (err || task.state == TASK_DONE)
			continue;
		*waiting = true;
		if (task.state == TASK_WAITING)
			continue;
		*moved = true;
		err = source_advance(source, name, ADVANCE_FREELY, 0, NULL);
	}
	return err;
}

/* The next number of a sequence that is the same on every machine: a step of a linear congruential generator. */
static uint32_t draw(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33);
}

/* One step of one that can take it; by the order of their names, the drawn one. As round_of. */
static int step_of(struct source *source, const struct script *script, size_t finish, uint64_t *state,
		   bool *moved, bool *waiting)
{
	const char *ready[SCRIPT_MAX_WORDS];
	struct task task;
	const char *name;
	size_t at = 0, n = 0;
	int err = 0;

	*moved = *waiting = false;
	while (!err && n < SCRIPT_MAX_WORDS && (name = next_name(script, finish, &at))) {
		err = find(source, script, finish, name, &task);
		if (err || task.state == TASK_DONE)
			continue;
		*waiting = true;
		if (task.state == TASK_READY)
			ready[n++] = name;
	}
	if (err || !n)
		return err;
	*moved = true;
	return source_advance(source, ready[draw(state) % n], ADVANCE_STEPS, 1, NULL);
}

int tasks_finish(struct source *source, const struct script *script, size_t at)
{
	const struct action *action = &script->actions[at];
	uint64_t state = action->list.seed;
	bool moved, waiting;
	struct task task;
	const char *name;
	size_t next = 0;
	int err;

	do
		err = action->list.seeded ? step_of(source, script, at, &state, &moved, &waiting)
					  : round_of(source, script, at, &moved, &waiting);
	while (!err && moved);
	if (err || !waiting)
		return err;
	while ((name = next_name(script, at, &next))) {
		err = find(source, script, at, name, &task);
		if (err)
			return err;
		if (task.state != TASK_WAITING)
			continue;
		/* Where nobody at all can go on, the source calls it a broken invariant. */
		err = source_advance(source, name, ADVANCE_STEPS, 1, NULL);
		if (err != -EUCLEAN)
			err = find(source, script, at, name, &task);
		return err ? err : stuck(source, &task);
	}
	return 0;
}
