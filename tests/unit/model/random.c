/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random programs on a machine (random.h). */
#include "random.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/ops.h"

/* A program under way: where it runs, and what it draws from. */
struct draft {
	const struct random_options *options;
	struct random_counts *counts; /* or NULL */
	struct machine *machine;
	struct world *world;
	struct dice dice;
	enum action_kind kinds[32]; /* by task: what it does, and its number */
	unsigned numbers[32];
	bool known;  /* a known bug of this kernel may have struck */
	bool waited; /* an action that nobody schedules could not be ended */
};

/* A task is done: it counts if it did what it was to do, and its place is free. */
static void settle(struct draft *draft, uint32_t task)
{
	const struct ktask *done = &draft->world->tasks[task];

	if (draft->counts && done->result >= 0)
		draft->counts->did[draft->kinds[task]]++;
	task_end(draft->world, task);
}

/* The unfinished tasks that are in a function of that name: their bits. */
static uint32_t tasks_in(const struct world *world, const char *function)
{
	uint32_t found = 0;

	for (uint32_t at = 1; at < world->extent.tasks; at++) {
		const struct ktask *task = &world->tasks[at];

		for (unsigned n = 0; task->used && !task->done && n < task->depth; n++)
			found |= (uint32_t)!strcmp(task->calls[n].function->name, function) << at;
	}
	return found;
}

/* Whether two tasks are in the two functions of a bug at the same time. */
static bool bug_met(const struct world *world)
{
	const struct rules_bug *bug;

	for (size_t n = 0; (bug = rules_bug(&world->rules, n)); n++) {
		const uint32_t one = tasks_in(world, bug->one), other = tasks_in(world, bug->other);

		/* Of one task alone none: a zap calls the remap itself. */
		if (one && other && ((one | other) & ((one | other) - 1)))
			return true;
	}
	return false;
}

static int step(struct draft *draft, unsigned number)
{
	uint32_t task = 1;
	int err;

	while (task < draft->world->extent.tasks &&
	       (draft->numbers[task] != number || !draft->world->tasks[task].used))
		task++;
	if (task == draft->world->extent.tasks)
		return -ENOENT;
	draft->known = draft->known || bug_met(draft->world);
	err = machine_step(draft->machine, task);
	if (err)
		return err;
	if (draft->world->tasks[task].done)
		settle(draft, task);
	else if (draft->options->fine)
		world_check(draft->world);
	return draft->world->violation.found ? -EUCLEAN : 0;
}

/* Carries out one line. 0, -EUCLEAN, or another errno: it was refused, or waits. */
static int carry_out(struct draft *draft, struct random_line *line)
{
	char name[16], error[256];
	uint32_t task;
	int err;

	if (!line->is_action)
		return step(draft, line->task);
	line->action.text = line->text;
	snprintf(name, sizeof(name), "t%u", line->task);
	err = machine_begin(draft->machine, name, line->alone, &line->action, &task, error, sizeof(error));
	if (err)
		return err;
	draft->kinds[task] = line->action.kind;
	draft->numbers[task] = line->task;
	if (!line->alone)
		return 0;
	err = machine_finish(draft->machine, task);
	draft->waited |= err == -EBUSY;
	if (!err)
		settle(draft, task);
	return err;
}

/* A task that can make a step; 0. `unfinished` counts those that are under way. */
static uint32_t pick_task(struct draft *draft, unsigned *unfinished)
{
	uint32_t picked = 0;
	unsigned seen = 0;

	*unfinished = 0;
	for (uint32_t at = 1; at < draft->world->extent.tasks; at++) {
		if (!draft->world->tasks[at].used || draft->world->tasks[at].done)
			continue;
		++*unfinished;
		if (task_runnable(draft->world, at) && !dice_roll(&draft->dice, ++seen))
			picked = at;
	}
	return picked;
}

/* Draws the next line: a step of a task, or a new one where there is room (`more`). 0; 1: all is done; -EDEADLK. */
static int make_line(struct draft *draft, bool more, struct random_line *line)
{
	const unsigned most = draft->options->concurrent;
	unsigned unfinished;
	uint32_t task = pick_task(draft, &unfinished);
	bool made = false;

	memset(line, 0, sizeof(*line));
	if (!more && !unfinished)
		return 1;
	if (task && (!more || unfinished >= most || dice_roll(&draft->dice, 6))) {
		line->task = draft->numbers[task];
		return 0;
	}
	line->is_action = true;
	line->alone = most == 1;
	line->task = draft->dice.next++;
	/* Who sleeps in a hold is let go when nobody else can go on. */
	if (!task && (!more || unfinished >= most))
		made = random_release(&draft->dice, draft->world, &line->action);
	else
		while (!made)
			made = random_action(&draft->dice, &random_everything, draft->world, most > 1,
					     &line->action);
	random_text(&line->action, line->text, sizeof(line->text));
	return made ? 0 : -EDEADLK;
}

static void begin(struct draft *draft, const struct random_options *options)
{
	*draft = (struct draft){.options = options,
				.machine = machine_new(options->rules, &options->extent),
				.dice.state = options->seed};
	draft->world = machine_world(draft->machine);
	draft->world->fine = options->fine;
}

static bool sound(struct draft *draft, char *why, size_t size)
{
	const struct violation *violation = &draft->world->violation;

	if (!violation->found)
		return true;
	snprintf(why, size, "%s (%s, %s)", violation->text, violation->task, violation->where);
	return false;
}

bool random_run(const struct random_options *options, struct random_program *program,
		struct random_counts *counts, char *why, size_t size)
{
	struct random_line line;
	struct draft draft;
	size_t begun = 0;
	int err, made;
	bool held;

	begin(&draft, options);
	draft.counts = counts;
	*program = (struct random_program){0};
	while (!draft.world->violation.found) {
		made = make_line(&draft, begun < options->operations, &line);
		if (made < 0)
			world_violated(draft.world, "deadlock");
		if (made)
			break;
		begun += line.is_action;
		err = carry_out(&draft, &line);
		if (err && err != -EUCLEAN && err != -EBUSY)
			continue;
		counts->begun += line.is_action;
		random_program_add(program, &line);
	}
	for (unsigned at = 0; at < STAT_COUNT; at++)
		counts->stat[at] += draft.world->stat[at];
	held = sound(&draft, why, size);
	counts->known += !held && draft.known;
	machine_free(draft.machine);
	return held || draft.known;
}

bool random_fails(const struct random_options *options, const struct random_program *program, char *why,
		  size_t size, struct buf *script)
{
	struct draft draft;
	bool failed;

	begin(&draft, options);
	for (size_t at = 0; at < program->n && !draft.world->violation.found; at++)
		carry_out(&draft, &program->lines[at]);
	if (!draft.world->violation.found && tasks_deadlocked(draft.world))
		world_violated(draft.world, "deadlock");
	failed = !sound(&draft, why, size) && !draft.waited && !draft.known;
	if (script)
		machine_script(draft.machine, script);
	/* Who waits in a deadlock has made no step: the script has to try it. */
	if (script && !strncmp(draft.world->violation.text, "deadlock", 8))
		buf_puts(script, "finish\n");
	machine_free(draft.machine);
	return failed;
}
