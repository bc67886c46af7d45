/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One action, verb by verb. */
#include "script/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/parse.h"

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

static const char *uffd_mode_at(const void *data, size_t i)
{
	(void)data;
	return i < UFFD_MODE_COUNT ? uffd_mode_name((enum uffd_mode)i) : NULL;
}

static const char *action_at(const void *data, size_t i)
{
	(void)data;
	return i < ACTION_KIND_COUNT ? action_name((enum action_kind)i) : NULL;
}

static int verb_target(struct parser *parser, struct action *action)
{
	return parser_target(parser, parser->words.n, &action->target);
}

static int verb_process(struct parser *parser, struct action *action)
{
	return parser_name(parser, "a process", action->target.process);
}

/* VERB TARGET WORD: the last word is one of a list. */
static int target_and_word(struct parser *parser, struct action *action, const char *what,
			   const char *(*candidate)(const void *data, size_t i), size_t *index)
{
	const struct word *last = &parser->words.word[parser->words.n - 1];
	int err;

	if (parser->words.n < parser->at + 2 || last->string) {
		parser->at = parser->words.n;
		return parser_fail(parser, "expected TARGET and then %s, found %s", what,
				   parser_found(parser));
	}
	*index = words_index(candidate, last->text);
	if (!candidate(NULL, *index))
		return parser_unknown(parser, what, last->text, candidate, NULL);
	err = parser_target(parser, parser->words.n - 1, &action->target);
	if (!err)
		parser->at = parser->words.n;
	return err;
}

static int verb_advise(struct parser *parser, struct action *action)
{
	size_t index = 0;
	int err = target_and_word(parser, action, "advice", advice_at, &index);

	action->advice = (enum advice)index;
	return err;
}

static int verb_protect(struct parser *parser, struct action *action)
{
	size_t index = 0;
	int err = target_and_word(parser, action, "protection", protection_at, &index);

	action->protection = (enum protection)index;
	return err;
}

static int verb_uffd(struct parser *parser, struct action *action)
{
	size_t index = 0;
	int err = target_and_word(parser, action, "mode of userfaultfd", uffd_mode_at, &index);

	action->uffd = (enum uffd_mode)index;
	return err;
}

/* uffd-wp TARGET [on|off] */
static int verb_uffd_wp(struct parser *parser, struct action *action)
{
	const struct word *last = &parser->words.word[parser->words.n - 1];
	const bool off = !last->string && !strcmp(last->text, "off");
	const bool said = off || (!last->string && !strcmp(last->text, "on"));
	const size_t end = parser->words.n - (said && parser->words.n > parser->at + 1);
	int err = parser_target(parser, end, &action->target);

	action->uffd = off && end < parser->words.n ? UFFD_OFF : UFFD_WP;
	if (!err)
		parser->at = parser->words.n;
	return err;
}

/* store TARGET VALUE */
static int verb_store(struct parser *parser, struct action *action)
{
	int err;

	if (parser->words.n < parser->at + 2) {
		parser->at = parser->words.n;
		return parser_fail(parser, "expected TARGET and then a number from 0 to 255, found %s",
				   parser_found(parser));
	}
	err = parser_target(parser, parser->words.n - 1, &action->target);
	return err ? err : parser_byte(parser, &action->value);
}

/* walk TARGET TIME */
static int verb_walk(struct parser *parser, struct action *action)
{
	int err;

	if (parser->words.n < parser->at + 2) {
		parser->at = parser->words.n;
		return parser_fail(parser, "expected TARGET and then a time such as 10s, found %s",
				   parser_found(parser));
	}
	err = parser_target(parser, parser->words.n - 1, &action->target);
	return err ? err : parser_time(parser, &action->ns);
}

/* VERB [PROCESS] AREA WORD BYTES */
static int whole_area(struct parser *parser, struct action *action, const char *word, const char *mistake)
{
	int err = parser_target(parser, parser_find(parser, word), &action->target);

	if (err)
		return err;
	if (action->target.has_index || action->target.has_offset || action->target.has_len)
		return parser_fail(parser, "%s", mistake);
	err = parser_expect(parser, word);
	return err ? err : parser_size(parser, "a number of bytes", &action->bytes);
}

static int verb_move(struct parser *parser, struct action *action)
{
	return whole_area(parser, action, "by", "only a whole area can be moved");
}

static int verb_truncate(struct parser *parser, struct action *action)
{
	return whole_area(parser, action, "to", "a file is truncated by the name of a whole area");
}

/* fork [PROCESS] as NAME */
static int verb_fork(struct parser *parser, struct action *action)
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

/* title and say */
static int verb_say(struct parser *parser, struct action *action)
{
	return parser_string(parser, "a text", &action->say.text);
}

/* ask "QUESTION" answer "ANSWER" */
static int verb_ask(struct parser *parser, struct action *action)
{
	int err = parser_string(parser, "a question", &action->say.text);

	if (!err)
		err = parser_expect(parser, "answer");
	return err ? err : parser_string(parser, "the answer", &action->say.answer);
}

/* wait TIME for EXPECTATION */
static int verb_wait(struct parser *parser, struct action *action)
{
	int err = parser_time(parser, &action->expect.ns);

	if (!err)
		err = parser_expect(parser, "for");
	if (!err)
		err = parser_expectation(parser, action);
	if (!err && action->expect.subject == SUBJECT_VIOLATION)
		return parser_fail(parser,
				   "what broke stays broken: 'expect' it, there is nothing to wait for");
	return err;
}

static const char *source_at(const void *data, size_t i)
{
	static const char *const sources[] = {"real", "lab", "lab:team", "model"};

	(void)data;
	return i < sizeof(sources) / sizeof(sources[0]) ? sources[i] : NULL;
}

/* on SOURCE...: real, lab, lab:team, model, model:GENERATION */
static int verb_on(struct parser *parser, struct action *action)
{
	const char *word;
	size_t i;
	int err = parser_list(parser, action);

	if (!err && !action->list.n)
		return parser_fail(
			parser,
			"expected sources such as real, lab:team or model:6.18, found the end of the line");
	for (i = 0; !err && i < action->list.n; i++) {
		word = action->list.words[i];
		if (source_at(NULL, words_index(source_at, word)))
			continue;
		if (!strncmp(word, "model:", 6) && word[6])
			continue;
		err = parser_unknown(parser, "source", word, source_at, NULL);
	}
	return err;
}

static verb_grammar *const grammars[] = {
	[ACTION_MAP] = verb_map,
	[ACTION_UNMAP] = verb_target,
	[ACTION_TOUCH] = verb_target,
	[ACTION_READ] = verb_target,
	[ACTION_WRITE] = verb_target,
	[ACTION_STORE] = verb_store,
	[ACTION_WALK] = verb_walk,
	[ACTION_USE] = verb_target,
	[ACTION_REST] = verb_target,
	[ACTION_COLLAPSE] = verb_target,
	[ACTION_SPLIT] = verb_target,
	[ACTION_SPLIT_FOLIO] = verb_target,
	[ACTION_ADVISE] = verb_advise,
	[ACTION_PROTECT] = verb_protect,
	[ACTION_MOVE] = verb_move,
	[ACTION_DISCARD] = verb_target,
	[ACTION_PUNCH] = verb_target,
	[ACTION_TRUNCATE] = verb_truncate,
	[ACTION_FORK] = verb_fork,
	[ACTION_EXIT] = verb_process,
	[ACTION_HOLD] = verb_hold,
	[ACTION_PIN] = verb_take,
	[ACTION_REFERENCE] = verb_take,
	[ACTION_RELEASE] = verb_release,
	[ACTION_DEVICE] = verb_device,
	[ACTION_UPROBE] = verb_target,
	[ACTION_UFFD] = verb_uffd,
	[ACTION_UFFD_WP] = verb_uffd_wp,
	[ACTION_UFFD_COPY] = verb_target,
	[ACTION_KHUGEPAGED] = verb_process,
	[ACTION_SET] = verb_set,
	[ACTION_TITLE] = verb_say,
	[ACTION_SAY] = verb_say,
	[ACTION_ASK] = verb_ask,
	[ACTION_EXPECT] = parser_expectation,
	[ACTION_REQUIRE] = parser_requirement,
	[ACTION_WAIT] = verb_wait,
	[ACTION_TASK] = verb_task,
	[ACTION_SCHEDULE] = verb_schedule,
	[ACTION_FINISH] = verb_finish,
	[ACTION_ON] = verb_on,
	[ACTION_ORDER] = verb_order,
	[ACTION_WITHOUT] = verb_without,
};
_Static_assert(sizeof(grammars) / sizeof(grammars[0]) == ACTION_KIND_COUNT, "a grammar for each action");

int parser_action(struct parser *parser, struct action *action)
{
	const char *verb = parser_peek(parser);

	if (!verb)
		return parser_fail(parser, "expected an action such as map or say, found %s",
				   parser_found(parser));
	action->kind = (enum action_kind)words_index(action_at, verb);
	if (action->kind == ACTION_KIND_COUNT)
		return parser_unknown(parser, "action", verb, action_at, NULL);
	if (parser->task && !action_has_task(action->kind))
		return parser_fail(parser, "'%s' is nothing that a kernel does, and so no task", verb);
	action->line = parser->error->line;
	action->text = parser->words.text + parser->words.word[parser->at].from;
	parser->at++;
	return grammars[action->kind](parser, action);
}
