/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A scene: made ready, explored, and played again. */
#include "cmd/trial.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"

/* Nothing is said of how far it is before this. */
#define TELL_AFTER_NS UINT64_C(1000000000)

static void note(void *data, const struct run_event *event)
{
	struct trial *trial = data;

	if (event->kind == RUN_FAILED || event->kind == RUN_REFUSED)
		snprintf(trial->found, sizeof(trial->found), "%s: %s", event->action->text, event->text);
}

/* The first model of its `on` line; NULL: it has none there. */
static const char *first_generation(const struct script *script)
{
	for (size_t at = 0; at < script->n; at++) {
		const struct action *action = &script->actions[at];

		for (size_t k = 0; action->kind == ACTION_ON && k < action->list.n; k++)
			if (!strncmp(action->list.words[k], "model", 5))
				return action->list.words[k][5] ? action->list.words[k] + 6 : ANY_GENERATION;
	}
	return NULL;
}

/* `finish`, of all tasks and in no order. */
static bool finishes(const struct action *action)
{
	return action->kind == ACTION_FINISH && !action->list.n && !action->list.seeded;
}

const char *trial_task(const struct trial *trial, size_t n)
{
	for (size_t at = 0; at < trial->rest && at < trial->script->n; at++)
		if (trial->script->actions[at].kind == ACTION_TASK && !n--)
			return trial->script->actions[at].name;
	return NULL;
}

static bool has_tasks(struct trial *trial)
{
	const char *name;
	struct task task;

	for (size_t n = 0; (name = trial_task(trial, n)); n++)
		if (!source_task(trial->source, name, &task) && task.state != TASK_DONE)
			return true;
	return false;
}

static int set_up(struct trial *trial)
{
	const struct script *script = trial->script;

	while (run_at(trial->run) < script->n && !finishes(&script->actions[run_at(trial->run)]))
		run_step(trial->run);
	if (!run_passed(run_result(trial->run)))
		return cmd_error(EXIT_FINDING, "%s: before its tasks begin: %s", script->name, trial->found);
	if (machine_world(trial->machine)->violation.found)
		return cmd_error(EXIT_FINDING, "%s: before its tasks begin: %s", script->name,
				 machine_world(trial->machine)->violation.text);
	trial->rest = run_at(trial->run) + 1;
	trial->begun = machine_at(trial->machine);
	if (!has_tasks(trial))
		return cmd_error(EXIT_USAGE, "%s is no scene: it begins no task ('task NAME ACTION')",
				 script->name);
	return 0;
}

/* In a model nothing moves while a script waits: the end of all time has come at its first look. */
static uint64_t end_of_time(void)
{
	return UINT64_MAX;
}

static int start(struct trial *trial)
{
	struct run_options options = {.tell = note, .data = trial, .now = end_of_time};
	char on[40], error[256];
	int err;

	snprintf(on, sizeof(on), "model:%s", trial->generation);
	options.on = on;
	err = run_start(trial->source, trial->script, &options, &trial->run, error, sizeof(error));
	if (err)
		return cmd_error(err == -ENOTSUP ? EXIT_IMPOSSIBLE : cmd_code(err), "%s", error);
	return set_up(trial);
}

int trial_open(struct trial *trial, const char *name, const char *generation, const char *const *without,
	       size_t n_without)
{
	int code;

	*trial = (struct trial){.without = without, .n_without = n_without};
	code = cmd_read_scene(name, &trial->script);
	if (code)
		return code;
	if (!script_order(trial->script) || script_order(trial->script) == 9)
		return cmd_error(EXIT_USAGE,
				 "%s is no scene: with 512 pages in a huge one there are too many schedules; "
				 "'order 2' makes it 4",
				 trial->script->name);
	trial->generation = generation ? generation : first_generation(trial->script);
	trial->machine = cmd_new_machine(trial->generation, trial->script, without, n_without);
	if (!trial->machine)
		return EXIT_USAGE;
	code = cmd_open_machine(machine_hold(trial->machine), &trial->source);
	return code ? code : start(trial);
}

void trial_fini(struct trial *trial)
{
	run_free(trial->run);
	source_close(trial->source);
	machine_free(trial->machine);
	script_free(trial->script);
}

void trial_rewind(struct trial *trial)
{
	machine_seek(trial->machine, trial->begun - machine_at(trial->machine));
}

/* True: all is as the script expects it. */
static bool carry_out_rest(struct trial *trial)
{
	*trial->found = '\0';
	run_from(trial->run, trial->rest);
	run_all(trial->run);
	return run_passed(run_result(trial->run));
}

static bool ends(void *data, const uint32_t *path, size_t n, struct violation *violation)
{
	struct trial *trial = data;
	bool well;

	trial_rewind(trial);
	for (size_t at = 0; at < n; at++)
		machine_step(trial->machine, path[at]);
	well = carry_out_rest(trial);
	if (!well)
		snprintf(violation->text, sizeof(violation->text), "%s", trial->found);
	return well;
}

static bool tell(void *data, const struct explored *so_far)
{
	const struct trial *trial = data;

	if (clock_mono_ns() - trial->began_ns < TELL_AFTER_NS)
		return true;
	if (so_far->walks)
		cmd_wait("%" PRIu64 " schedules, %" PRIu64 " states", so_far->walks, so_far->states);
	else
		cmd_wait("%" PRIu64 " states, all that %" PRIu64 " steps lead to", so_far->states,
			 so_far->depth);
	return true;
}

void trial_explore(struct trial *trial, const uint64_t *seed, uint64_t walks, uint64_t states,
		   struct explored *explored)
{
	const struct explore_options options = {.states = states,
						.tell = tell,
						.ends = trial->rest < trial->script->n ? ends : NULL,
						.data = trial};
	struct world *root = world_clone(machine_world(trial->machine));

	trial->began_ns = clock_mono_ns();
	if (seed)
		explore_walks(root, *seed, walks, &options, explored);
	else
		explore_all(root, &options, explored);
	trial->seconds = (double)(clock_mono_ns() - trial->began_ns) / 1e9;
	cmd_wait_over();
	world_free(root);
}
