/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines that a model is told: what is held and pinned, and tasks with their schedule. */
#include "script/verbs.h"

#include <errno.h>
#include <string.h>

#include "core/parse.h"

/* Of x86-64's huge pages, and of the smallest that have a head, a tail and more. */
#define ORDER_LEAST 2u
#define ORDER_MOST 9u

static const char *hold_mode_at(const void *data, size_t i)
{
	(void)data;
	return i < HOLD_MODE_COUNT ? hold_mode_name((enum hold_mode)i) : NULL;
}

/* hold mmap_lock of PROCESS [for read|write] TIME | as NAME */
int verb_hold(struct parser *parser, struct action *action)
{
	const char *mode;
	int err = parser_expect(parser, "mmap_lock");

	if (!err)
		err = parser_expect(parser, "of");
	if (!err)
		err = parser_name(parser, "a process", action->target.process);
	if (!err && parser_take(parser, "for")) {
		mode = parser_peek(parser);
		action->hold.mode = mode ? (enum hold_mode)words_index(hold_mode_at, mode) : HOLD_MODE_COUNT;
		if (action->hold.mode == HOLD_MODE_COUNT)
			return parser_fail(parser, "expected read or write, found %s", parser_found(parser));
		parser->at++;
	}
	if (!err && parser_take(parser, "as"))
		return parser_name(parser, "what release will be told", action->name);
	return err ? err : parser_time(parser, &action->hold.ns);
}

/* pin, reference TARGET as NAME */
int verb_take(struct parser *parser, struct action *action)
{
	int err = parser_target(parser, parser_find(parser, "as"), &action->target);

	if (!err)
		err = parser_expect(parser, "as");
	return err ? err : parser_name(parser, "what release will be told", action->name);
}

/* release NAME */
int verb_release(struct parser *parser, struct action *action)
{
	return parser_name(parser, "a pin, a reference or a hold", action->name);
}

/* device NAME writes VALUE */
int verb_device(struct parser *parser, struct action *action)
{
	int err = parser_name(parser, "a pin", action->name);

	if (!err)
		err = parser_expect(parser, "writes");
	return err ? err : parser_byte(parser, &action->value);
}

/* set KNOB VALUE */
int verb_set(struct parser *parser, struct action *action)
{
	action->set.knob = parser_peek(parser);
	if (!action->set.knob)
		return parser_fail(parser,
				   "expected a knob such as enabled or khugepaged/max_ptes_none, found %s",
				   parser_found(parser));
	parser->at++;
	action->set.value = parser_peek(parser);
	if (!action->set.value)
		return parser_fail(parser, "expected a value for %s, found %s", action->set.knob,
				   parser_found(parser));
	parser->at++;
	return 0;
}

/* order N */
int verb_order(struct parser *parser, struct action *action)
{
	const char *word = parser_peek(parser);
	uint64_t order;

	if (!word || !parse_number(word, &order) || order < ORDER_LEAST || order > ORDER_MOST)
		return parser_fail(parser, "expected the order of a huge page, from %u to %u, found %s",
				   ORDER_LEAST, ORDER_MOST, parser_found(parser));
	action->order = (unsigned)order;
	parser->at++;
	return 0;
}

/* without RULE... */
int verb_without(struct parser *parser, struct action *action)
{
	int err = parser_list(parser, action);

	return err || action->list.n
		       ? err
		       : parser_fail(parser,
				     "expected rules that the kernel lacks, found the end of the line");
}

/* task NAME ACTION... */
int verb_task(struct parser *parser, struct action *action)
{
	struct action *inner = arena_alloc(parser->arena, sizeof(*inner));
	int err = parser_name(parser, "a task", action->name);

	action->inner = inner;
	parser->task = true;
	return err ? err : parser_action(parser, inner);
}

/* NAME, NAME*COUNT, NAME*, NAME@STEP */
static int schedule_word(struct parser *parser, struct schedule_word *out)
{
	const char *word = parser_peek(parser), *mark = word + strcspn(word, "*@");
	bool fine = true;
	int err = parser_name_in(parser, "a task", word, (size_t)(mark - word), out->name);

	if (err)
		return err;
	out->how = ADVANCE_STEPS;
	out->count = 1;
	if (*mark == '@') {
		out->how = ADVANCE_BEFORE;
		out->step = mark + 1;
		fine = *out->step;
	} else if (mark[0] && !mark[1]) {
		out->how = ADVANCE_FREELY;
	} else if (*mark) {
		fine = parse_number(mark + 1, &out->count) && out->count;
	}
	if (!fine)
		return parser_fail(
			parser,
			"expected a task as in a, a*3 (steps), a* (until it ends or waits) or a@lock "
			"(before that step), found '%.40s'",
			word);
	parser->at++;
	return 0;
}

int verb_schedule(struct parser *parser, struct action *action)
{
	struct schedule_word *words = arena_alloc(parser->arena, SCRIPT_MAX_WORDS * sizeof(*words));
	int err;

	if (parser->at == parser->words.n)
		return parser_fail(parser, "expected the names of tasks, found the end of the line");
	action->schedule.words = words;
	while (parser_peek(parser)) {
		err = schedule_word(parser, &words[action->schedule.n]);
		if (err)
			return err;
		action->schedule.n++;
	}
	return 0;
}

/* finish [NAME...] [seed N] */
int verb_finish(struct parser *parser, struct action *action)
{
	const struct word *words = parser->words.word;
	size_t n = parser->words.n;
	const size_t at = n < 2 ? n : n - 2;
	int err;

	/* A task may be called seed: as the last word it is one. */
	if (at < parser->at || at == n || words[at].string || strcmp(words[at].text, "seed"))
		return parser_list(parser, action);
	if (words[n - 1].string || !parse_number(words[n - 1].text, &action->list.seed)) {
		parser->at = n - 1;
		return parser_fail(parser, "expected a number, from which the order is drawn, found %s",
				   parser_found(parser));
	}
	action->list.seeded = true;
	parser->words.n = at;
	err = parser_list(parser, action);
	parser->words.n = n;
	parser->at = n;
	return err;
}
