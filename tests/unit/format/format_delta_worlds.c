/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moments as sources make them, through the delta stream: recorded machines, and every generation of the model. */
#include "delta_common.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "local/local.h"
#include "model/model.h"
#include "model/rules.h"
#include "script/run.h"
#include "tree/tree.h"

/* Sends a moment of the source behind the one before; frees that. */
static struct moment *sample(struct delta_reader *reader, struct source *source, const struct watch *watch,
			     struct moment *before, const char *what)
{
	struct moment *now = source_sample(source, watch);

	moment_free(sent(reader, before, now, what));
	moment_free(before);
	return now;
}

/* Everybody in a recorded tree: with smaps, with pages, and as a screen asks. */
static struct moment *each_way(struct delta_reader *reader, const char *dir, struct moment *before)
{
	pid_t pids[64];
	struct watch watch = {.pids = pids};
	struct arena arena = {0};
	struct listed *list;
	struct kernel *kernel = NULL;
	struct source *source = NULL;
	char error[256] = "";

	if (tree_kernel_open(dir, &kernel, error, sizeof(error)) ||
	    local_source_open(kernel, NULL, &source, error, sizeof(error)))
		fail_msg("%s: %s", dir, error);
	assert_int_equal(source_list(source, &arena, &list, &watch.n), 0);
	assert_in_range(watch.n, 1, 64);
	for (size_t i = 0; i < watch.n; i++)
		pids[i] = list[i].pid;
	before = sample(reader, source, &watch, before, dir);
	before = sample(reader, source, &watch, before, dir);
	watch.options.smaps = true;
	before = sample(reader, source, &watch, before, dir);
	watch.options.smaps = false;
	watch.live = true;
	before = sample(reader, source, &watch, before, dir);
	before = sample(reader, source, &watch, before, dir);
	watch.n--;
	before = sample(reader, source, &watch, before, dir);
	watch.live = false;
	watch.options.pages = true;
	before = sample(reader, source, &watch, before, dir);
	source_close(source);
	arena_fini(&arena);
	return before;
}

static void recorded(void **state)
{
	static const char folder[] = FIXTURES "/6.18";
	struct delta_reader *reader = delta_reader_open(0);
	struct moment *before = NULL;
	struct dirent *entry;
	DIR *dir = opendir(folder);
	char path[512];
	size_t n = 0;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		before = each_way(reader, path, before);
		n++;
	}
	assert_true(n > 10);
	closedir(dir);
	moment_free(before);
	delta_reader_close(reader);
}

static struct script *read_script(const char *name)
{
	struct script_error mistake;
	struct script *script = NULL;
	struct buf text = {0};
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), SOURCE_ROOT "/data/scripts/%s", name);
	file = fopen(path, "r");
	assert_non_null(file);
	text.len = fread(buf_reserve(&text, 1 << 16), 1, 1 << 16, file);
	fclose(file);
	assert_int_equal(script_parse(text.data, text.len, name, &script, &mistake), 0);
	buf_fini(&text);
	return script;
}

/* The first page of each VMA, looked at closely: a stream of its own. */
static void examine(struct source *source, const struct moment *moment)
{
	struct delta_reader *reader = delta_reader_open(0);
	struct moment *before = NULL, *now;
	size_t i, k;

	for (i = 0; i < moment->n_processes; i++)
		for (k = 0; k < moment->processes[i].n_vmas; k++) {
			now = source_examine(source, moment->processes[i].pid,
					     moment->processes[i].vmas[k].start);
			moment_free(sent(reader, before, now, "examined"));
			moment_free(before);
			before = now;
		}
	moment_free(before);
	delta_reader_close(reader);
}

/* A script on one generation, a moment behind every action. Returns how many moments had tasks. */
static size_t follow(const char *generation, const char *name)
{
	struct delta_reader *reader = delta_reader_open(0);
	struct script *script = read_script(name);
	char error[256] = "", on[64];
	struct machine *machine = model_machine(generation, &(struct model_shape){0}, error, sizeof(error));
	struct source *surveys = NULL, *source;
	struct run_options options = {.on = on};
	pid_t pids[16];
	struct watch watch = {.pids = pids, .live = true};
	struct moment *before = NULL;
	struct run *run = NULL;
	size_t tasks = 0;

	assert_non_null(machine);
	assert_int_equal(local_source_open(model_kernel_new(machine), NULL, &surveys, error, sizeof(error)),
			 0);
	source = model_source_new(machine, surveys);
	snprintf(on, sizeof(on), "model:%s", generation);
	if (!run_start(source, script, &options, &run, error, sizeof(error)))
		do {
			assert_int_equal(source_family(source, pids, 16, &watch.n), 0);
			watch.live = run_at(run) % 3;
			before = sample(reader, source, &watch, before, name);
			tasks += before->n_tasks > 0;
		} while (run_step(run) != RUN_ENDED);
	if (before)
		examine(source, before);
	moment_free(before);
	run_free(run);
	source_close(source);
	script_free(script);
	delta_reader_close(reader);
	return tasks;
}

static void modelled(void **state)
{
	static const char *const scripts[] = {"model.thp",	     "model-team.thp",
					      "fork-cow.thp",	     "lessons/team-races.thp",
					      "lessons/trylock.thp", "lessons/rechecks.thp"};
	const struct rules *rules;
	size_t n, i, k, tasks = 0;

	(void)state;
	rules = rules_all(&n);
	for (i = 0; i < n; i++)
		for (k = 0; k < sizeof(scripts) / sizeof(scripts[0]); k++)
			tasks += follow(rules[i].name, scripts[k]);
	assert_true(tasks > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorded),
		cmocka_unit_test(modelled),
	};

	return cmocka_run_group_tests_name("format_delta_worlds", tests, NULL, NULL);
}
