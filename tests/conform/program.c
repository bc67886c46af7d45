/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs: drawn, run again, read and written (conform.h). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"
#include "script/script.h"

/* Draws as often as it takes; fewer are left out where a world has no room for anything. */
#define DRAWS 1000

static void open_pair(struct conform_run *run, struct pair *pair)
{
	if (!pair_open(pair, run))
		return;
	fprintf(stderr, "conform: %s\n", pair->why);
	live_restore();
	exit(2);
}

static void count(struct conform_run *run, const struct pair *pair, const struct random_program *program)
{
	run->programs++;
	run->refused += pair->refused;
	run->operations += program->n;
	run->pages = look_pages();
	run->queued = look_queued();
}

/* A line of a script; khugepaged's that follow each other are one here. */
static bool read_line(struct conform_run *run, const char *text, struct random_program *program)
{
	struct random_line line = {.is_action = true, .alone = true};
	struct script_error mistake;
	struct script *script;

	if (script_parse_line(text, strlen(text), &script, &mistake)) {
		snprintf(run->why, sizeof(run->why), "%s: %s", text, mistake.text);
		return false;
	}
	if (script->n && action_has_task(script->actions[0].kind)) {
		line.action = script->actions[0];
		random_text(&line.action, line.text, sizeof(line.text));
		if (line.action.kind != ACTION_KHUGEPAGED || !program->n ||
		    program->lines[program->n - 1].action.kind != ACTION_KHUGEPAGED)
			random_program_add(program, &line);
	}
	/* A knob's words are the script's, which stays as long as this program runs. */
	if (!program->n || program->lines[program->n - 1].action.kind != ACTION_SET)
		script_free(script);
	return true;
}

/* The lines that all programs of the profile begin with, carried out. */
static enum accord begin(struct conform_run *run, struct pair *pair, struct random_program *program)
{
	enum accord accord = ACCORD_AGREE;

	for (const char *const *text = run->profile->prelude; text && *text && accord == ACCORD_AGREE;
	     text++) {
		if (!read_line(run, *text, program)) {
			fprintf(stderr, "conform: %s\n", run->why);
			live_restore();
			exit(2);
		}
		accord = pair_act(pair, &program->lines[program->n - 1]);
	}
	return accord;
}

bool conform_draw(struct conform_run *run, uint64_t seed, size_t operations, struct random_program *program)
{
	struct dice dice = {.state = seed};
	struct random_line line;
	enum accord accord;
	struct pair pair;
	size_t common;

	*program = (struct random_program){0};
	open_pair(run, &pair);
	accord = begin(run, &pair, program);
	common = program->n;
	for (unsigned draws = 0; accord != ACCORD_DIFFER && program->n < common + operations && draws < DRAWS;
	     draws++) {
		memset(&line, 0, sizeof(line));
		line.is_action = line.alone = true;
		if (!random_action(&dice, run->profile->taste, pair.world, false, &line.action))
			continue;
		random_text(&line.action, line.text, sizeof(line.text));
		accord = pair_act(&pair, &line);
		if (accord != ACCORD_NONE)
			random_program_add(program, &line);
	}
	snprintf(run->why, sizeof(run->why), "%s", pair.why);
	pair_close(&pair);
	count(run, &pair, program);
	return accord != ACCORD_DIFFER;
}

bool conform_fails(void *data, const struct random_program *program)
{
	struct conform_run *run = data;
	enum accord accord = ACCORD_AGREE;
	struct pair pair;

	open_pair(run, &pair);
	for (size_t at = 0; accord != ACCORD_DIFFER && at < program->n; at++)
		accord = pair_act(&pair, &program->lines[at]);
	if (accord == ACCORD_DIFFER)
		snprintf(run->why, sizeof(run->why), "%s", pair.why);
	pair_close(&pair);
	return accord == ACCORD_DIFFER;
}

bool conform_fails_twice(void *data, const struct random_program *program)
{
	bool fails = true;

	for (unsigned n = 0; fails && n < 2; n++)
		fails = conform_fails(data, program);
	return fails;
}

bool conform_read(struct conform_run *run, const char *path, struct random_program *program)
{
	FILE *file = fopen(path, "re");
	char text[512];
	bool good = true;

	*program = (struct random_program){0};
	if (!file) {
		snprintf(run->why, sizeof(run->why), "%s: %s", path, strerror(errno));
		return false;
	}
	while (good && fgets(text, sizeof(text), file)) {
		text[strcspn(text, "\n")] = '\0';
		good = read_line(run, text, program);
	}
	fclose(file);
	return good;
}

void conform_print(const struct conform_run *run, const struct random_program *program, uint64_t seed)
{
	printf("# # %s, seed %llu: %s\n", run->profile->name, (unsigned long long)seed, run->why);
	for (size_t at = 0; at < program->n; at++) {
		const char *text = program->lines[at].text;

		/* khugepaged's are several. */
		for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
			printf("# %.*s\n", (int)strcspn(text, "\n"), text);
	}
	fflush(stdout);
}
