/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tasks of a source, step by step. */
#include "core/deed.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"

/* More steps than any operation of a model takes: what goes on beyond them goes on for ever. */
#define STEPS_MOST 1000000

const char *scheduler_name(enum scheduler scheduler)
{
	static const char *const names[] = {"in order", "by hand", "by seed"};

	_Static_assert(sizeof(names) / sizeof(names[0]) == SCHEDULER_COUNT, "a name for each");
	return names[scheduler];
}

/* splitmix64 (Steele, Lea, Flood 2014) of both. */
size_t scheduler_pick(uint64_t seed, uint64_t step, size_t n)
{
	uint64_t mixed = (seed << 32 ^ step) + UINT64_C(0x9e3779b97f4a7c15);

	mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
	return (size_t)((mixed ^ mixed >> 31) % n);
}

static int __attribute__((format(printf, 3, 4))) say(struct deed *deed, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(deed->said, sizeof(deed->said), format, args);
	va_end(args);
	deed->error = error;
	return error;
}

/* The tasks as they are now: a moment of nobody. */
static struct moment *look(struct source *source)
{
	return source_sample(source, &(struct watch){0});
}

static const struct task *first(const struct moment *moment, enum task_state state)
{
	for (size_t at = 0; at < moment->n_tasks; at++)
		if (moment->tasks[at].state == state)
			return &moment->tasks[at];
	return NULL;
}

static const struct task *named(const struct moment *moment, const char *name)
{
	for (size_t at = 0; at < moment->n_tasks; at++)
		if (!strcmp(moment->tasks[at].name, name))
			return &moment->tasks[at];
	return NULL;
}

/* The one that the seed takes of those that can make a step. */
static const struct task *drawn(const struct moment *moment, uint64_t seed)
{
	size_t ready = 0, at, nth;

	for (at = 0; at < moment->n_tasks; at++)
		ready += moment->tasks[at].state == TASK_READY;
	if (!ready)
		return NULL;
	nth = scheduler_pick(seed, moment->mono_ns, ready);
	for (at = 0; moment->tasks[at].state != TASK_READY || nth--; at++)
		;
	return &moment->tasks[at];
}

/* Whose step is meant; NULL: nobody's is left. One that waits is meant only if no other can go on. */
static const struct task *meant(const struct deed *deed, const struct moment *moment)
{
	const struct task *chosen = deed->scheduler == SCHEDULER_SEED && deed->kind != DEED_RUN
					    ? drawn(moment, deed->seed)
					    : named(moment, deed->task);

	if (!chosen || chosen->state == TASK_DONE)
		chosen = first(moment, TASK_READY);
	return chosen ? chosen : first(moment, TASK_WAITING);
}

static void seek(struct source *source, struct deed *deed, int64_t by)
{
	if (source_seek(source, by))
		say(deed, 0, "one step %s", by < 0 ? "back" : "forward again");
	else
		say(deed, -ENOENT, "%s",
		    by < 0 ? "nothing lies behind: this is the beginning"
			   : "nothing was taken back that could come again");
}

/* Where a task is now that it has advanced. */
static void tell(struct source *source, struct deed *deed, const char *name, const char *did)
{
	struct task task;

	if (source_task(source, name, &task))
		say(deed, 0, "%s: %s", name, *did ? did : "done");
	else if (task.state == TASK_DONE)
		say(deed, 0, "%s%s%s; it has ended: %s%s%s%s", name, *did ? ": " : "", did,
		    task.error ? strerror(-task.error) : "it returns 0", *task.verdict ? " (" : "",
		    task.verdict, *task.verdict ? ")" : "");
	else if (task.state == TASK_WAITING)
		say(deed, 0, "%s%s%s; it waits for %s%s%s", name, *did ? ": " : "", did, task.waits,
		    *task.holder ? ", held by " : "", task.holder);
	else
		say(deed, 0, "%s%s%s; next: %s", name, *did ? ": " : "", did, task.step);
}

static void advance(struct source *source, struct deed *deed, const struct moment *moment, enum advance how)
{
	const struct task *task = meant(deed, moment);

	if (!task && how == ADVANCE_STEPS && moment->ahead) {
		seek(source, deed, 1);
		return;
	}
	if (!task) {
		say(deed, -ENOENT, "no task is under way: begin one");
		return;
	}
	snprintf(deed->task, sizeof(deed->task), "%s", task->name);
	if (source_advance(source, task->name, how, 1, NULL))
		say(deed, -EBUSY, "%s: %s", task->name, source->error);
	else
		tell(source, deed, task->name, how == ADVANCE_STEPS ? task->step : "");
}

/* All as far as they get, by the seed one step at a time, else one task after the other, round after round. */
static void run_all(struct source *source, struct deed *deed, struct moment *moment)
{
	const struct task *task;
	unsigned steps = 0;
	int err = 0;

	if (!meant(deed, moment)) {
		say(deed, -ENOENT, "no task is under way: begin one");
		moment_free(moment);
		return;
	}
	while (!err && steps++ < STEPS_MOST) {
		task = deed->scheduler == SCHEDULER_SEED ? drawn(moment, deed->seed)
							 : first(moment, TASK_READY);
		if (!task)
			break;
		err = source_advance(source, task->name,
				     deed->scheduler == SCHEDULER_SEED ? ADVANCE_STEPS : ADVANCE_FREELY, 1,
				     NULL);
		if (err)
			say(deed, err, "%s: %s", task->name, source->error);
		moment_free(moment);
		moment = look(source);
	}
	task = first(moment, TASK_WAITING);
	if (!err && task)
		say(deed, -EDEADLK, "%s waits for %s%s%s, and nobody else can go on", task->name, task->waits,
		    *task->holder ? ", held by " : "", task->holder);
	else if (!err)
		say(deed, 0, "all tasks have ended");
	moment_free(moment);
}

static void travel(struct source *source, struct deed *deed)
{
	static const char *const nowhere[] = {
		[TRAVEL_BACK] = "this is the first moment of the recording",
		[TRAVEL_FORWARD] = "this is the last moment of the recording",
		[TRAVEL_CHANGE_BACK] = "nothing changes before this moment",
		[TRAVEL_CHANGE] = "nothing changes behind this moment",
		[TRAVEL_START] = "this is the first moment of the recording",
		[TRAVEL_END] = "this is the last moment of the recording",
		[TRAVEL_SLOWER] = "slower it does not play",
		[TRAVEL_FASTER] = "faster it does not play",
	};

	if (source_travel(source, deed->travel))
		say(deed, 0, "%s", "");
	else
		say(deed, -ENOENT, "%s", nowhere[deed->travel]);
}

void deed_do(struct source *source, void *data)
{
	struct deed *deed = data;
	struct moment *moment;

	switch (deed->kind) {
	case DEED_STEP:
	case DEED_RUN:
		moment = look(source);
		advance(source, deed, moment, deed->kind == DEED_STEP ? ADVANCE_STEPS : ADVANCE_FREELY);
		moment_free(moment);
		break;
	case DEED_RUN_ALL:
		run_all(source, deed, look(source));
		break;
	case DEED_BACK:
		seek(source, deed, -1);
		break;
	case DEED_FORWARD:
		seek(source, deed, 1);
		break;
	case DEED_TRAVEL:
		travel(source, deed);
		break;
	}
	deed->over_ns = clock_mono_ns();
}
