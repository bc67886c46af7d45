/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A script, line by line. */
#include "script/script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/parse.h"
#include "script/parser.h"

/* Parses one line into *action; *any says whether there was one. */
static int parse_one(struct arena *arena, const char *line, size_t len, struct action *action, bool *any,
		     struct script_error *error)
{
	struct parser parser = {.arena = arena, .error = error};
	int err = words_cut(line, len, arena, &parser.words, error);

	*any = !err && parser.words.n;
	if (!*any)
		return err;
	err = parser_action(&parser, action);
	return err ? err : parser_end(&parser);
}

static int parse_lines(struct script *script, const char *text, size_t len, struct script_error *error)
{
	const char *at = text, *end = text + len;
	struct action *actions = NULL;
	size_t room = 0;
	struct line line;
	bool any;
	int err = 0;

	while (!err && parse_line(&at, end, &line)) {
		error->line++;
		mem_grow(&actions, &room, script->n + 1, sizeof(*actions));
		memset(&actions[script->n], 0, sizeof(*actions));
		err = parse_one(&script->arena, line.text, line.len, &actions[script->n], &any, error);
		if (!err && any)
			script->n++;
	}
	script->actions = arena_copy(&script->arena, actions, script->n * sizeof(*actions));
	free(actions);
	return err;
}

static int parse(const char *text, size_t len, const char *name, bool whole, struct script **out,
		 struct script_error *error)
{
	struct script *script;
	int err;

	*out = NULL;
	error->line = 0;
	error->text[0] = '\0';
	if (len > SCRIPT_MAX_BYTES) {
		error->line = 1;
		snprintf(error->text, sizeof(error->text), "a script has at most %zu bytes, this one has %zu",
			 SCRIPT_MAX_BYTES, len);
		return -EINVAL;
	}
	script = mem_alloc(sizeof(*script));
	script->name = arena_text(&script->arena, name, strlen(name));
	err = parse_lines(script, text, len, error);
	if (!err && whole)
		err = script_check(script, error);
	if (err)
		script_free(script);
	else
		*out = script;
	return err;
}

int script_parse(const char *text, size_t len, const char *name, struct script **script,
		 struct script_error *error)
{
	return parse(text, len, name, true, script, error);
}

int script_parse_line(const char *text, size_t len, struct script **script, struct script_error *error)
{
	if (memchr(text, '\n', len)) {
		error->line = 1;
		snprintf(error->text, sizeof(error->text), "expected one line, found several");
		*script = NULL;
		return -EINVAL;
	}
	return parse(text, len, "line", false, script, error);
}

void script_free(struct script *script)
{
	if (!script)
		return;
	arena_fini(&script->arena);
	free(script);
}

const char *script_title(const struct script *script)
{
	size_t i;

	for (i = 0; i < script->n; i++)
		if (script->actions[i].kind == ACTION_TITLE)
			return script->actions[i].say.text;
	return NULL;
}

/* "model" is every generation; the lab's kernels are running ones, and of the lab whichever they are. */
static bool means(const char *word, const char *source)
{
	const bool lab = !strncmp(source, "lab", 3);

	return !strcmp(word, source) || (lab && (!strcmp(word, "lab") || !strcmp(word, "real"))) ||
	       (!strcmp(word, "model") && !strncmp(source, "model:", 6));
}

bool script_runs_on(const struct script *script, const char *source)
{
	bool said = false;
	size_t i, j;

	for (i = 0; i < script->n; i++) {
		if (script->actions[i].kind != ACTION_ON)
			continue;
		said = true;
		for (j = 0; j < script->actions[i].list.n; j++)
			if (means(script->actions[i].list.words[j], source))
				return true;
	}
	return !said;
}

void script_add_sources(const struct script *script, const char *between, struct buf *out)
{
	bool said = false;
	size_t i, j;

	for (i = 0; i < script->n; i++)
		for (j = 0; script->actions[i].kind == ACTION_ON && j < script->actions[i].list.n; j++) {
			buf_printf(out, "%s%s", said ? between : "", script->actions[i].list.words[j]);
			said = true;
		}
	if (!said)
		buf_puts(out, "all");
}

unsigned script_order(const struct script *script)
{
	size_t i;

	for (i = 0; i < script->n; i++)
		if (script->actions[i].kind == ACTION_ORDER)
			return script->actions[i].order;
	return 0;
}

const char *script_without(const struct script *script, size_t n)
{
	const struct action *action;
	size_t i;

	for (i = 0; i < script->n; i++) {
		action = &script->actions[i];
		if (action->kind != ACTION_WITHOUT)
			continue;
		if (n < action->list.n)
			return action->list.words[n];
		n -= action->list.n;
	}
	return NULL;
}
