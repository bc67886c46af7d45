/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line of a script, verb by verb; and a script, line by line. */
#include "script/script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/parse.h"
#include "script/parser.h"

static const char *kind_at(const void *data, size_t i)
{
	(void)data;
	return i < MAP_KIND_COUNT ? map_kind_name((enum map_kind)i) : NULL;
}

static const char *advice_at(const void *data, size_t i)
{
	(void)data;
	return i < ADVICE_COUNT ? advice_name((enum advice)i) : NULL;
}

static const char *protection_at(const void *data, size_t i)
{
	(void)data;
	return i < PROTECTION_COUNT ? protection_name((enum protection)i) : NULL;
}

static const char *action_at(const void *data, size_t i)
{
	(void)data;
	return i < ACTION_KIND_COUNT ? action_name((enum action_kind)i) : NULL;
}

static const char *option_at(const void *data, size_t i)
{
	static const char *const options[] = {"hugepage", "nohugepage", "noreserve", "page", "skew"};

	(void)data;
	return i < sizeof(options) / sizeof(options[0]) ? options[i] : NULL;
}

/* The index of a word in a list, or how many there are. */
static size_t find(const char *(*candidate)(const void *data, size_t i), const char *word)
{
	const char *text;
	size_t i;

	for (i = 0; (text = candidate(NULL, i)); i++)
		if (*text && !strcmp(text, word))
			break;
	return i;
}

static int map_options(struct parser *parser, struct action *action)
{
	const char *word;
	int err = 0;

	while (!err && parser->at < parser->words.n) {
		if (parser_take(parser, "hugepage")) {
			action->map.advice = ADVICE_HUGEPAGE;
		} else if (parser_take(parser, "nohugepage")) {
			action->map.advice = ADVICE_NOHUGEPAGE;
		} else if (parser_take(parser, "noreserve")) {
			action->map.noreserve = true;
		} else if (parser_take(parser, "skew")) {
			err = parser_size(parser, "how far past an aligned address to start,",
					  &action->map.skew);
		} else if (parser_take(parser, "page")) {
			if (action->map.kind != MAP_KIND_HUGETLB)
				return parser_fail(parser, "only hugetlb areas have a page size to choose");
			err = parser_size(parser, "a hugetlb page size", &action->map.page_size);
			if (!err &&
			    (!action->map.page_size || action->map.page_size & (action->map.page_size - 1)))
				return parser_fail(parser, "a hugetlb page size is a power of two");
		} else {
			word = parser_peek(parser);
			if (!word)
				return parser_end(parser);
			return parser_unknown(parser, "option of map", word, option_at, NULL);
		}
	}
	return err;
}

/* map [PROCESS] KIND SIZE as AREA [OPTION...] */
static int parse_map(struct parser *parser, struct action *action)
{
	const struct word *next = &parser->words.word[parser->at + 1];
	const char *word = parser_peek(parser);
	int err;

	if (!word)
		return parser_fail(parser,
				   "expected anon, shmem, file, private-file or hugetlb after map, found %s",
				   parser_found(parser));
	if (find(kind_at, word) == MAP_KIND_COUNT && parser->at + 1 < parser->words.n && !next->string &&
	    find(kind_at, next->text) < MAP_KIND_COUNT) {
		err = parser_name(parser, "a process", action->target.process);
		if (err)
			return err;
		word = parser_peek(parser);
	}
	action->map.kind = (enum map_kind)find(kind_at, word);
	if (action->map.kind == MAP_KIND_COUNT)
		return parser_unknown(parser, "kind of memory", word, kind_at, NULL);
	parser->at++;
	err = parser_size(parser, "a size", &action->map.size);
	if (!err && !action->map.size)
		return parser_fail(parser, "an area of 0 bytes cannot be mapped");
	if (!err)
		err = parser_expect(parser, "as");
	if (!err)
		err = parser_name(parser, "the area", action->target.area);
	return err ? err : map_options(parser, action);
}

/* VERB TARGET WORD: the last word is one of a list. */
static int parse_target_word(struct parser *parser, struct action *action, const char *what,
			     const char *(*candidate)(const void *data, size_t i), size_t *index)
{
	const struct word *last = &parser->words.word[parser->words.n - 1];
	int err;

	if (parser->words.n < parser->at + 2 || last->string) {
		parser->at = parser->words.n;
		return parser_fail(parser, "expected TARGET and then %s, found %s", what,
				   parser_found(parser));
	}
	*index = find(candidate, last->text);
	if (!candidate(NULL, *index))
		return parser_unknown(parser, what, last->text, candidate, NULL);
	err = parser_target(parser, parser->words.n - 1, &action->target);
	if (!err)
		parser->at = parser->words.n;
	return err;
}

static int parse_advise(struct parser *parser, struct action *action)
{
	size_t index = 0;
	int err = parse_target_word(parser, action, "advice", advice_at, &index);

	action->advice = (enum advice)index;
	return err;
}

static int parse_protect(struct parser *parser, struct action *action)
{
	size_t index = 0;
	int err = parse_target_word(parser, action, "protection", protection_at, &index);

	action->protection = (enum protection)index;
	return err;
}

/* move [PROCESS] AREA by BYTES */
static int parse_move(struct parser *parser, struct action *action)
{
	size_t by = parser->at;
	int err;

	while (by < parser->words.n &&
	       (parser->words.word[by].string || strcmp(parser->words.word[by].text, "by")))
		by++;
	err = parser_target(parser, by, &action->target);
	if (err)
		return err;
	if (action->target.has_index || action->target.has_offset || action->target.has_len)
		return parser_fail(parser, "only a whole area can be moved");
	err = parser_expect(parser, "by");
	return err ? err : parser_size(parser, "a number of bytes", &action->bytes);
}

/* fork [PROCESS] as NAME */
static int parse_fork(struct parser *parser, struct action *action)
{
	const struct word *next = &parser->words.word[parser->at + 1];
	const char *word = parser_peek(parser);
	int err = 0;

	/* "fork as kid", but in "fork as as kid" the first word is a process. */
	if (word && (strcmp(word, "as") ||
		     (parser->at + 3 <= parser->words.n && !next->string && !strcmp(next->text, "as"))))
		err = parser_name(parser, "a process", action->target.process);
	if (!err)
		err = parser_expect(parser, "as");
	return err ? err : parser_name(parser, "the child", action->name);
}

/* hold mmap_lock of PROCESS TIME */
static int parse_hold(struct parser *parser, struct action *action)
{
	int err = parser_expect(parser, "mmap_lock");

	if (!err)
		err = parser_expect(parser, "of");
	if (!err)
		err = parser_name(parser, "a process", action->target.process);
	return err ? err : parser_time(parser, &action->hold.ns);
}

/* ask "QUESTION" answer "ANSWER" */
static int parse_ask(struct parser *parser, struct action *action)
{
	int err = parser_string(parser, "a question", &action->say.text);

	if (!err)
		err = parser_expect(parser, "answer");
	return err ? err : parser_string(parser, "the answer", &action->say.answer);
}

/* wait TIME for TARGET FIELD OP VALUE */
static int parse_wait(struct parser *parser, struct action *action)
{
	int err = parser_time(parser, &action->expect.ns);

	if (!err)
		err = parser_expect(parser, "for");
	return err ? err : parser_expectation(parser, action);
}

static int parse_list(struct parser *parser, struct action *action, const char *what)
{
	const char **words = arena_alloc(parser->arena, SCRIPT_MAX_WORDS * sizeof(*words));
	const char *word;

	if (parser->at == parser->words.n)
		return parser_fail(parser, "expected %s, found the end of the line", what);
	while ((word = parser_peek(parser))) {
		words[action->list.n++] = word;
		parser->at++;
	}
	action->list.words = words;
	return parser_end(parser);
}

static const char *source_at(const void *data, size_t i)
{
	static const char *const sources[] = {"real", "lab", "model"};

	(void)data;
	return i < sizeof(sources) / sizeof(sources[0]) ? sources[i] : NULL;
}

/* on SOURCE...: real, lab, model, model:GENERATION */
static int parse_on(struct parser *parser, struct action *action)
{
	const char *word;
	size_t i;
	int err = parse_list(parser, action, "sources such as real, lab or model:6.18");

	for (i = 0; !err && i < action->list.n; i++) {
		word = action->list.words[i];
		if (source_at(NULL, find(source_at, word)))
			continue;
		if (!strncmp(word, "model:", 6) && word[6])
			continue;
		err = parser_unknown(parser, "source", word, source_at, NULL);
	}
	return err;
}

static int parse_arguments(struct parser *parser, struct action *action)
{
	switch (action->kind) {
	case ACTION_MAP:
		return parse_map(parser, action);
	case ACTION_UNMAP:
	case ACTION_TOUCH:
	case ACTION_READ:
	case ACTION_WRITE:
	case ACTION_COLLAPSE:
	case ACTION_SPLIT:
	case ACTION_SPLIT_FOLIO:
	case ACTION_DISCARD:
	case ACTION_PUNCH:
		return parser_target(parser, parser->words.n, &action->target);
	case ACTION_ADVISE:
		return parse_advise(parser, action);
	case ACTION_PROTECT:
		return parse_protect(parser, action);
	case ACTION_MOVE:
		return parse_move(parser, action);
	case ACTION_FORK:
		return parse_fork(parser, action);
	case ACTION_EXIT:
		return parser_name(parser, "a process", action->target.process);
	case ACTION_HOLD:
		return parse_hold(parser, action);
	case ACTION_SAY:
		return parser_string(parser, "a text", &action->say.text);
	case ACTION_ASK:
		return parse_ask(parser, action);
	case ACTION_EXPECT:
		return parser_expectation(parser, action);
	case ACTION_REQUIRE:
		return parser_requirement(parser, action);
	case ACTION_WAIT:
		return parse_wait(parser, action);
	case ACTION_SCHEDULE:
	case ACTION_STORE:
	case ACTION_TRUNCATE:
	case ACTION_PIN:
	case ACTION_REFERENCE:
	case ACTION_RELEASE:
	case ACTION_DEVICE:
	case ACTION_UPROBE:
	case ACTION_UFFD:
	case ACTION_UFFD_WP:
	case ACTION_UFFD_COPY:
	case ACTION_KHUGEPAGED:
	case ACTION_SET:
	case ACTION_TITLE:
	case ACTION_TASK:
	case ACTION_FINISH:
		return parser_fail(parser, "this action has a name and no grammar yet");
	case ACTION_ON:
		return parse_on(parser, action);
	case ACTION_KIND_COUNT:
		break;
	}
	return -EINVAL;
}

/* Parses one line into *action; *any says whether there was one. */
static int parse_one(struct arena *arena, const char *line, size_t len, struct action *action, bool *any,
		     struct script_error *error)
{
	struct parser parser = {.arena = arena, .error = error};
	const char *verb;
	int err;

	*any = false;
	err = words_cut(line, len, arena, &parser.words, error);
	if (err || !parser.words.n)
		return err;
	*any = true;
	verb = parser_peek(&parser);
	if (!verb)
		return parser_fail(&parser, "expected an action such as map or say, found %s",
				   parser_found(&parser));
	action->kind = (enum action_kind)find(action_at, verb);
	if (action->kind == ACTION_KIND_COUNT)
		return parser_unknown(&parser, "action", verb, action_at, NULL);
	parser.at++;
	action->text = parser.words.text;
	err = parse_arguments(&parser, action);
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
		actions[script->n].line = error->line;
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

bool script_runs_on(const struct script *script, const char *source)
{
	bool said = false;
	const char *word;
	size_t i, j;

	for (i = 0; i < script->n; i++) {
		if (script->actions[i].kind != ACTION_ON)
			continue;
		said = true;
		for (j = 0; j < script->actions[i].list.n; j++) {
			word = script->actions[i].list.words[j];
			if (!strcmp(word, source) ||
			    (!strcmp(word, "model") && !strncmp(source, "model:", 6)))
				return true;
		}
	}
	return !said;
}
