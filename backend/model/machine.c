/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine and its time: the choices that were made, and marks from which they can be made again. */
#include "model/model.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "model/ops.h"
#include "model/source.h"

/*
 * A copy of the world every so many choices that copying stays cheap beside them: one for each 256 bytes of it. Older ones
 * thin out, so that there are never more than MARKS.
 */
#define MARK_EVERY_MIN 64
#define MARK_BYTES 256
#define MARKS 16

/* An action that begins. */
struct beginning {
	struct action action; /* with texts of its own */
	bool alone;
	char name[NAME_MAX_LEN + 1];
};

/* One choice: an action begins, or a task makes its next step. There are many. */
struct choice {
	struct beginning *begins; /* owned; NULL: a step */
	uint32_t task;
	uint32_t begun; /* which choice began the task */
};

/* Behind the last one that counts, `world` is memory for the next. */
struct mark {
	size_t at; /* choices that lie before it */
	struct world *world;
};

struct machine {
	pthread_mutex_t mutex;
	atomic_uint holders; /* beside the first */
	struct world *world;
	struct choice *choices;
	size_t at, n, room; /* those made; those known */
	uint32_t *begun;    /* of each task: which choice began the one that has this place */
	struct mark marks[MARKS];
	size_t n_marks;
	struct world
		*before; /* machine_act: what it goes back to; memory for the next one. NULL: never needed */
};

/* Needs nothing of its action's script. */
static struct beginning *beginning_new(const char *name, bool alone, const struct action *action)
{
	struct beginning *begins = mem_alloc(sizeof(*begins));

	begins->alone = alone;
	snprintf(begins->name, sizeof(begins->name), "%s", name);
	begins->action = *action;
	begins->action.text = mem_strdup(action->text ? action->text : "");
	if (action->kind == ACTION_SET) {
		begins->action.set.knob = mem_strdup(action->set.knob);
		begins->action.set.value = mem_strdup(action->set.value);
	}
	return begins;
}

static void beginning_free(struct beginning *begins)
{
	if (!begins)
		return;
	if (begins->action.kind == ACTION_SET) {
		free((char *)begins->action.set.knob);
		free((char *)begins->action.set.value);
	}
	free((char *)begins->action.text);
	free(begins);
}

struct machine *machine_new(const struct rules *rules, const struct extent *extent)
{
	struct machine *machine = mem_alloc(sizeof(*machine));
	pthread_mutexattr_t recursive;

	pthread_mutexattr_init(&recursive);
	pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&machine->mutex, &recursive);
	pthread_mutexattr_destroy(&recursive);
	machine->world = world_new(rules, extent);
	machine->begun = mem_alloc(extent->tasks * sizeof(*machine->begun));
	mm_new(machine->world, "main", 0);
	machine->marks[machine->n_marks++] = (struct mark){.world = world_clone(machine->world)};
	return machine;
}

static void forget_ahead(struct machine *machine)
{
	if (machine->n == machine->at)
		return;
	while (machine->n > machine->at)
		beginning_free(machine->choices[--machine->n].begins);
	while (machine->marks[machine->n_marks - 1].at > machine->at)
		machine->n_marks--;
	for (size_t at = 0; at < machine->n; at++)
		machine->begun[machine->choices[at].task] = machine->choices[at].begun;
}

void machine_free(struct machine *machine)
{
	if (!machine || atomic_fetch_sub(&machine->holders, 1))
		return;
	machine->at = 0;
	forget_ahead(machine);
	for (size_t at = 0; at < MARKS; at++)
		world_free(machine->marks[at].world);
	world_free(machine->before);
	world_free(machine->world);
	free(machine->choices);
	free(machine->begun);
	pthread_mutex_destroy(&machine->mutex);
	free(machine);
}

struct machine *machine_hold(struct machine *machine)
{
	atomic_fetch_add(&machine->holders, 1);
	return machine;
}

void machine_lock(struct machine *machine)
{
	pthread_mutex_lock(&machine->mutex);
}

void machine_unlock(struct machine *machine)
{
	pthread_mutex_unlock(&machine->mutex);
}

struct world *machine_world(struct machine *machine)
{
	return machine->world;
}

/* Every second mark goes, but for the first: what is long ago takes longer to go back to. */
static void thin_out(struct machine *machine)
{
	size_t kept = 1;

	for (size_t at = 2; at < machine->n_marks; at += 2) {
		struct mark mark = machine->marks[at];

		machine->marks[at] = machine->marks[kept];
		machine->marks[kept++] = mark;
	}
	machine->n_marks = kept;
}

static void mark(struct machine *machine)
{
	const size_t every = machine->world->bytes / MARK_BYTES;
	struct mark *mark;

	if (machine->at - machine->marks[machine->n_marks - 1].at <
	    (every > MARK_EVERY_MIN ? every : MARK_EVERY_MIN))
		return;
	if (machine->n_marks == MARKS)
		thin_out(machine);
	mark = &machine->marks[machine->n_marks++];
	mark->at = machine->at;
	if (mark->world)
		world_copy(mark->world, machine->world);
	else
		mark->world = world_clone(machine->world);
}

/* A choice that has just been made for the first time: what lay ahead is not what comes now. */
static void add(struct machine *machine, struct choice choice)
{
	forget_ahead(machine);
	mem_grow(&machine->choices, &machine->room, machine->n + 1, sizeof(*machine->choices));
	if (choice.begins)
		machine->begun[choice.task] = (uint32_t)machine->n;
	choice.begun = machine->begun[choice.task];
	machine->choices[machine->n++] = choice;
	machine->at = machine->n;
}

/* The same, with the world as it is right behind it. */
static void note(struct machine *machine, struct choice choice)
{
	add(machine, choice);
	mark(machine);
}

/* *made: a step was, which may have broken an invariant. A deadlock is found by whom it keeps waiting. */
static int step(struct world *world, uint32_t task, bool *made)
{
	*made = false;
	if (world->violation.found)
		return -EUCLEAN;
	if (world->tasks[task].done)
		return -EALREADY;
	switch (task_step(world, task)) {
	case PROGRESS_WAITS:
		if (!(tasks_deadlocked(world) >> task & 1))
			return -EBUSY;
		world_violated(world, "deadlock: %s waits, and no task can go on", world->tasks[task].name);
		return -EUCLEAN;
	case PROGRESS_DONE:
		if (!world->violation.found)
			world_check(world);
		break;
	case PROGRESS_STEP:
		/* Cheap in a small world: what breaks is found where it does, as the explorer finds it. */
		if (world->fine && !world->violation.found)
			world_check(world);
		break;
	case PROGRESS_CALL:
	case PROGRESS_RETURN:
		break;
	}
	*made = true;
	return world->violation.found ? -EUCLEAN : 0;
}

/* What a task has that the kernel does not know of. */
static void settle(struct world *world, uint32_t task, bool alone, const struct action *action)
{
	struct ktask *begun = &world->tasks[task];

	begun->alone = alone;
	snprintf(begun->what, sizeof(begun->what), "%s", action->text ? action->text : "");
}

int machine_begin(struct machine *machine, const char *name, bool alone, const struct action *action,
		  uint32_t *task, char *error, size_t size)
{
	uint32_t begun = 0;
	int err;

	if (!alone && task_named(machine->world, name)) {
		snprintf(error, size, "there is a task '%s' already", name);
		return -EEXIST;
	}
	err = action_begin(machine->world, name, action, &begun, error, size);
	if (err)
		return err;
	settle(machine->world, begun, alone, action);
	note(machine, (struct choice){.begins = beginning_new(name, alone, action), .task = begun});
	if (task)
		*task = begun;
	return 0;
}

static void again(struct machine *machine);

int machine_step(struct machine *machine, uint32_t task)
{
	const struct choice *next = machine->at < machine->n ? &machine->choices[machine->at] : NULL;
	bool made;
	int err;

	if (next && !next->begins && next->task == task) { /* the same choice: what follows it stays */
		again(machine);
		return machine->world->violation.found ? -EUCLEAN : 0;
	}
	err = step(machine->world, task, &made);
	if (made)
		note(machine, (struct choice){.task = task});
	return err;
}

int machine_finish(struct machine *machine, uint32_t task)
{
	int err = 0;

	while (!err)
		err = machine_step(machine, task);
	return err == -EALREADY || machine->world->tasks[task].asleep ? 0 : err;
}

/* As it is now, for the case that what begins cannot end. */
static void remember(struct machine *machine)
{
	if (machine->before)
		world_copy(machine->before, machine->world);
	else
		machine->before = world_clone(machine->world);
}

int machine_act(struct machine *machine, const struct action *action, uint32_t *task, char *error,
		size_t size)
{
	/* What is held waits to be let go by the name that the script gave it. */
	const char *name =
		action->kind == ACTION_HOLD && *action->name ? action->name : action_name(action->kind);
	bool made = false, asleep;
	size_t steps = 0;
	int err;

	*task = 0;
	if (machine->world->violation.found) {
		model_step_sentence(machine->world, 0, -EUCLEAN, error, size);
		return -EUCLEAN;
	}
	remember(machine);
	err = action_begin(machine->world, name, action, task, error, size);
	if (err)
		return err;
	settle(machine->world, *task, true, action);
	do {
		err = step(machine->world, *task, &made);
		steps += made;
	} while (!err);
	asleep = machine->world->tasks[*task].asleep;
	err = err == -EALREADY || asleep ? 0 : err;
	if (err)
		model_step_sentence(machine->world, *task, err, error, size);
	if (err == -EBUSY) {
		world_copy(machine->world, machine->before);
		return err;
	}
	add(machine, (struct choice){.begins = beginning_new(name, true, action), .task = *task});
	while (steps--)
		add(machine, (struct choice){.task = *task});
	mark(machine);
	return err;
}

/* Makes a known choice again. */
static void again(struct machine *machine)
{
	const struct choice *choice = &machine->choices[machine->at++];
	const struct beginning *begins = choice->begins;
	char unused[8];
	uint32_t task;
	bool made;

	if (begins) {
		action_begin(machine->world, begins->name, &begins->action, &task, unused, sizeof(unused));
		settle(machine->world, task, begins->alone, &begins->action);
	} else {
		step(machine->world, choice->task, &made);
	}
}

/* To the state behind the first `at` choices. */
static void go_to(struct machine *machine, size_t at)
{
	size_t from = machine->n_marks - 1;

	if (at < machine->at) {
		while (machine->marks[from].at > at)
			from--;
		world_copy(machine->world, machine->marks[from].world);
		machine->at = machine->marks[from].at;
	}
	while (machine->at < at)
		again(machine);
}

int64_t machine_seek(struct machine *machine, int64_t by)
{
	const int64_t behind = (int64_t)machine->at, ahead = (int64_t)(machine->n - machine->at);

	by = by < -behind ? -behind : by > ahead ? ahead : by;
	go_to(machine, machine->at + (size_t)by);
	return by;
}

int64_t machine_at(const struct machine *machine)
{
	return (int64_t)machine->at;
}

static uint64_t count_steps(const struct machine *machine, size_t from, size_t to)
{
	uint64_t steps = 0;

	for (size_t at = from; at < to; at++)
		steps += !machine->choices[at].begins;
	return steps;
}

uint64_t machine_behind(const struct machine *machine)
{
	return count_steps(machine, 0, machine->at);
}

uint64_t machine_ahead(const struct machine *machine)
{
	return count_steps(machine, machine->at, machine->n);
}

/* Whose step a choice is. */
static const struct beginning *begun_by(const struct machine *machine, size_t at)
{
	return machine->choices[machine->choices[at].begun].begins;
}

const char *machine_task_name(const struct machine *machine, uint32_t task)
{
	return machine->world->tasks[task].name;
}

const char *machine_generation(struct machine *machine)
{
	return machine->world->rules.name;
}

/* What sets it apart from the generation as it was. */
static void put_shape(const struct world *world, struct buf *text)
{
	const struct rules *rules = rules_named(world->rules.name);
	enum rule_need need, now;
	const char *name;

	if (world->extent.order != extent_usual().order)
		buf_printf(text, "order %u\n", world->extent.order);
	for (size_t at = 0; (name = rules_rule(at, rules, &need)); at++) {
		rules_rule(at, &world->rules, &now);
		if (need != now)
			buf_printf(text, "without %s\n", name);
	}
}

void machine_script(const struct machine *machine, struct buf *text)
{
	const struct beginning *last = NULL;
	unsigned times = 0, words = 0;

	buf_printf(text, "on model:%s\n", machine->world->rules.name);
	put_shape(machine->world, text);
	for (size_t at = 0; at <= machine->at; at++) {
		const struct beginning *begins = at < machine->at ? machine->choices[at].begins : NULL;
		const struct beginning *owner = at < machine->at && !begins ? begun_by(machine, at) : NULL;

		if (owner && owner->alone)
			continue;
		if (last && owner == last) {
			times++;
			continue;
		}
		if (last) {
			/* A line holds so many words (script.h). */
			buf_puts(text, words++ ? " " : "schedule ");
			buf_puts(text, last->name);
			if (times > 1)
				buf_printf(text, "*%u", times);
		}
		if (words && (!owner || words == 32)) {
			buf_putc(text, '\n');
			words = 0;
		}
		last = owner;
		times = 1;
		if (begins && begins->alone)
			buf_printf(text, "%s\n", begins->action.text);
		else if (begins)
			buf_printf(text, "task %s %s\n", begins->name, begins->action.text);
	}
}
