/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A column of a matrix: what a script comes to on one source. */
#include "script/collect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "script/collect_area.h"
#include "script/run.h"

#define FAMILY_MOST 128

/* Names of processes or areas, as the script brings them up, each once. */
struct names {
	const char **list;
	size_t n, room;
};

/* A process whose mmap lock is held: by name until that is released, or for a time. */
struct held {
	const char *process, *name;
	uint64_t until_ns; /* CLOCK_MONOTONIC; without a name */
};

struct collection {
	struct source *source;
	const struct script *script;
	struct arena *arena;
	struct matrix_column *column;
	struct run *run;
	struct matrix_step *steps;
	const struct matrix_state *last; /* as it was looked at before */
	struct names processes, areas;
	struct held *held;
	size_t n_held, held_room;
	bool acted; /* something was done */
};

static void add_name(struct names *names, const char *name)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		if (!strcmp(names->list[i], name))
			return;
	mem_grow(&names->list, &names->room, names->n + 1, sizeof(*names->list));
	names->list[names->n++] = name;
}

static void note_hold(struct collection *collection, const struct action *action)
{
	const char *process = *action->target.process ? action->target.process : "main";

	/* A model is looked at from outside of it. */
	if (capable(&collection->source->caps, CAP_TASKS))
		return;
	mem_grow(&collection->held, &collection->held_room, collection->n_held + 1,
		 sizeof(*collection->held));
	collection->held[collection->n_held++] =
		(struct held){process, action->name, *action->name ? 0 : clock_mono_ns() + action->hold.ns};
}

static void note_release(struct collection *collection, const char *name)
{
	size_t i;

	for (i = 0; i < collection->n_held; i++)
		if (!strcmp(collection->held[i].name, name))
			collection->held[i--] = collection->held[--collection->n_held];
}

static bool is_held(const struct collection *collection, const char *process)
{
	size_t i;

	for (i = 0; i < collection->n_held; i++)
		if (!strcmp(collection->held[i].process, process) &&
		    (*collection->held[i].name || clock_mono_ns() < collection->held[i].until_ns))
			return true;
	return false;
}

/* What it brings up is looked for from now on, whether it succeeded or not. */
static void note_names(struct collection *collection, const struct action *action)
{
	if (action->kind == ACTION_TASK)
		action = action->inner;
	if (action->kind == ACTION_FORK)
		add_name(&collection->processes, action->name);
	else if (action->kind == ACTION_MAP)
		add_name(&collection->areas, action->target.area);
}

/* Whether it may have changed what is mapped, by itself or by the time that it took. */
static bool may_change(enum action_kind kind)
{
	return action_has_task(kind) || kind == ACTION_TASK || kind == ACTION_SCHEDULE ||
	       kind == ACTION_FINISH || kind == ACTION_WAIT;
}

static const struct process *process_of(const struct moment *moment, pid_t pid)
{
	size_t i;

	for (i = 0; i < moment->n_processes && moment->processes[i].pid != pid; i++)
		;
	return i < moment->n_processes ? &moment->processes[i] : NULL;
}

/* As it was after the action before: most areas stay as they are, and need to be kept once. */
static const struct matrix_area *area_before(const struct collection *collection, const char *process,
					     const char *name)
{
	const struct matrix_state *state = collection->last;
	size_t i;

	for (i = 0; state && i < state->n; i++)
		if (state->areas[i].process == process && state->areas[i].area == name)
			return &state->areas[i];
	return NULL;
}

/* Nobody could look at an area: why, unless something else is not known already. */
static void note_unseen(struct collection *collection, const char *process, const struct process *survey)
{
	const char *why = is_held(collection, process)
				  ? "its mmap lock was held, and a look would have waited"
			  : !survey	   ? "it was not found, or there are too many processes"
			  : survey->reason ? survey->reason
					   : "its address space changed while it was read";

	if (!collection->column->missing)
		collection->column->missing =
			arena_printf(collection->arena, "'%s' was not looked at: %s", process, why);
}

/* An area of a process, if it is there; of one that was not looked at, or could not be read, that it is. */
static bool find_area(struct collection *collection, const struct moment *moment, const char *process,
		      const char *name, struct matrix_area *area)
{
	struct target target = {.len = 0};
	const struct process *survey;
	struct place place;
	int err;

	snprintf(target.process, sizeof(target.process), "%s", process);
	snprintf(target.area, sizeof(target.area), "%s", name);
	err = source_locate(collection->source, &target, &place);
	if (err == -ENOENT || err == -ESRCH)
		return false;
	*area = (struct matrix_area){.process = process, .area = name};
	survey = err ? NULL : process_of(moment, place.pid);
	/* Parts of a torn one may not fit together. */
	if (survey && survey->outcome == OUTCOME_OK && !survey->torn)
		collect_area(survey, &place, collection->source->pmd_size,
			     area_before(collection, process, name), collection->arena, area);
	else
		note_unseen(collection, process, survey);
	return true;
}

static const struct matrix_state *all_areas(struct collection *collection, const struct moment *moment)
{
	const struct names *processes = &collection->processes, *areas = &collection->areas;
	struct matrix_state *state = arena_alloc(collection->arena, sizeof(*state));
	struct matrix_area *found = arena_alloc(collection->arena, processes->n * areas->n * sizeof(*found));
	size_t i, k;

	state->areas = found;
	for (i = 0; i < processes->n; i++)
		for (k = 0; k < areas->n; k++)
			state->n += find_area(collection, moment, processes->list[i], areas->list[k],
					      &found[state->n]);
	return state;
}

/* Those of the family that can be looked at at once. */
static size_t find_family(struct collection *collection, pid_t *pids)
{
	struct target target = {.len = 0};
	struct place place;
	size_t i, n = 0;

	for (i = 0; i < collection->processes.n && n < FAMILY_MOST; i++) {
		snprintf(target.process, sizeof(target.process), "%s", collection->processes.list[i]);
		if (!is_held(collection, target.process) &&
		    !source_locate(collection->source, &target, &place))
			pids[n++] = place.pid;
	}
	return n;
}

static const char *keep(struct collection *collection, const char *text)
{
	return arena_text(collection->arena, text, strlen(text));
}

/* Why this source does not know all, if it says so: what is most telling first. */
static void note_missing(struct collection *collection, const struct moment *moment)
{
	static const enum capability order[] = {CAP_PFN, CAP_KPAGEFLAGS, CAP_KPAGECOUNT};
	struct matrix_column *column = collection->column;
	size_t i;

	for (i = 0; i < sizeof(order) / sizeof(order[0]) && !column->missing; i++)
		if (capability_lacks(&moment->caps, order[i]))
			column->missing = keep(collection, moment->caps.missing[order[i]]);
	for (i = 0; i < moment->n_processes && !column->missing; i++)
		if (moment->processes[i].outcome == OUTCOME_OK && !moment->processes[i].mapping_known &&
		    moment->caps.missing[CAP_PAGEMAP_SCAN])
			column->missing = keep(collection, moment->caps.missing[CAP_PAGEMAP_SCAN]);
}

/* The column goes no further than this action: what is wrong in a few words, and `why` in a sentence. */
static void end(struct collection *collection, const struct action *action, enum matrix_result result,
		const char *what, const char *why)
{
	struct matrix_step *step = &collection->steps[action - collection->script->actions];

	step->result = result;
	step->text = keep(collection, why);
	step->state = NULL;
	collection->column->ended_at = (size_t)(action - collection->script->actions);
	/* Nor has what follows to be refused, or waited for, line by line. */
	run_from(collection->run, collection->script->n);
	collection->column->ended =
		arena_printf(collection->arena, "line %d, %s: %s", action->line, action->text, what);
}

static void look(struct collection *collection, const struct action *action)
{
	pid_t pids[FAMILY_MOST];
	const struct watch watch = {.pids = pids, .n = find_family(collection, pids)};
	struct moment *moment = source_sample(collection->source, &watch);

	if (moment->lost) {
		end(collection, action, MATRIX_LOST, "it was lost", moment->lost);
	} else {
		collection->last = all_areas(collection, moment);
		collection->steps[action - collection->script->actions].state = collection->last;
		note_missing(collection, moment);
	}
	moment_free(moment);
}

/* What a step of the runner comes to in the column; that the script asks or tells something is nothing. */
static bool judge(struct collection *collection, const struct run_event *event, struct matrix_step *step)
{
	struct matrix_column *column = collection->column;

	switch (event->kind) {
	case RUN_DONE:
	case RUN_HELD:
		step->result = MATRIX_DONE;
		return true;
	case RUN_REFUSED:
		if (event->error == -EUCLEAN) {
			end(collection, event->action, MATRIX_BROKE, "an invariant broke", event->text);
			return false;
		}
		step->result = MATRIX_REFUSED;
		step->error = -event->error;
		if (event->error == -ENOTSUP && !column->model && !column->unable)
			column->unable = arena_printf(collection->arena, "line %d, %s: %s",
						      event->action->line, event->action->text, event->text);
		step->text = keep(collection, event->text);
		return true;
	case RUN_FAILED:
		step->result = MATRIX_FAILED;
		step->text = keep(collection, event->text);
		return true;
	case RUN_UNKNOWN:
		return true;
	case RUN_SKIPPED:
		end(collection, event->action, MATRIX_NOT_KNOWN, event->text, event->text);
		return false;
	case RUN_SAID:
	case RUN_ASKED:
	case RUN_ANSWERED:
		break;
	}
	return false;
}

static void told(void *data, const struct run_event *event)
{
	struct collection *collection = data;
	const struct action *action = event->action;
	struct matrix_step *step = &collection->steps[action - collection->script->actions];

	collection->acted |= action_has_task(action->kind) || action->kind == ACTION_TASK;
	if (!judge(collection, event, step))
		return;
	if (action->kind == ACTION_HOLD && step->result == MATRIX_DONE)
		note_hold(collection, action);
	else if (action->kind == ACTION_RELEASE && step->result == MATRIX_DONE)
		note_release(collection, action->name);
	note_names(collection, action);
	if (may_change(action->kind))
		look(collection, action);
}

/* Steps that only say something leave all as it was. */
static void fill_states(const struct collection *collection)
{
	const struct matrix_state *state = NULL;
	size_t i;

	for (i = 0; i < collection->script->n; i++) {
		const enum action_kind kind = collection->script->actions[i].kind;

		if (may_change(kind) || collection->steps[i].result == MATRIX_LOST)
			state = collection->steps[i].state;
		collection->steps[i].state = state;
	}
}

/* What THP is told to do there, and its release. */
static void read_system(struct collection *collection, pid_t pid)
{
	struct moment *moment = source_sample(collection->source, &(struct watch){.pids = &pid, .n = 1});
	const struct system_figures *system = &moment->system;
	struct matrix_column *column = collection->column;
	struct figure *knobs = arena_alloc(collection->arena, system->n_knobs * sizeof(*knobs));
	size_t i;

	for (i = 0; i < system->n_knobs; i++)
		knobs[i] = (struct figure){keep(collection, system->knobs[i].name),
					   keep(collection, system->knobs[i].value)};
	column->knobs = knobs;
	column->n_knobs = system->n_knobs;
	column->release = keep(collection, system->release);
	moment_free(moment);
}

int collect(struct source *source, const struct script *script, const char *on, struct arena *arena,
	    struct matrix_column *column, char *error, size_t size)
{
	struct collection collection = {.source = source, .script = script, .arena = arena, .column = column};
	const struct run_options options = {.on = on, .tell = told, .data = &collection};
	int err = run_start(source, script, &options, &collection.run, error, size);

	if (err)
		return err;
	collection.steps = arena_alloc(arena, script->n * sizeof(*collection.steps));
	column->steps = collection.steps;
	add_name(&collection.processes, "main");
	read_system(&collection, run_main(collection.run));
	run_all(collection.run);
	run_free(collection.run);
	fill_states(&collection);
	if (column->ended && !collection.acted) {
		snprintf(error, size, "%s", column->ended);
		err = -ENOTSUP;
	}
	free(collection.processes.list);
	free(collection.areas.list);
	free(collection.held);
	return err;
}
