/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is expected or required: SUBJECT FIELD OP VALUE. */
#include "script/parser.h"

#include <errno.h>
#include <string.h>

#include "core/parse.h"
#include "script/measure.h"

static enum compare compare_named(const char *word)
{
	unsigned i;

	for (i = 0; i < COMPARE_COUNT; i++)
		if (!strcmp(compare_name((enum compare)i), word))
			break;
	return (enum compare)i;
}

/* Nothing stands before, behind or between the '|' of "a||b": what is compared with it would be so always. */
static bool has_empty(const char *value)
{
	return !*value || *value == '|' || value[strlen(value) - 1] == '|' || strstr(value, "||");
}

/* OP VALUE to the end of the line. */
static int comparison(struct parser *parser, struct action *action)
{
	const char *word = parser_peek(parser);

	action->expect.compare = word ? compare_named(word) : COMPARE_COUNT;
	if (action->expect.compare == COMPARE_COUNT)
		return parser_fail(parser, "expected ==, !=, <, <=, > or >=, found %s", parser_found(parser));
	parser->at++;
	action->expect.value = parser_peek(parser);
	if (!action->expect.value)
		return parser_fail(parser, "expected a value after '%s', found %s", word,
				   parser_found(parser));
	if (strchr(action->expect.value, '|') && action->expect.compare != COMPARE_EQ &&
	    action->expect.compare != COMPARE_NE)
		return parser_fail(parser, "alternatives with '|' go with == and != only, not with '%s'",
				   word);
	if (has_empty(action->expect.value))
		return parser_fail(parser, "expected a value on either side of each '|', found %s",
				   parser_found(parser));
	parser->at++;
	return parser_end(parser);
}

/* Those of one subject. */
static const char *field_at(const void *data, size_t i)
{
	const enum expect_subject subject = *(const enum expect_subject *)data;
	unsigned field;

	for (field = 0; field < FIELD_COUNT; field++)
		if (field_subject((enum field)field) == subject && !i--)
			return field_name((enum field)field);
	return NULL;
}

static const char *word_at(const void *data, size_t i)
{
	return field_nth_word(*(const enum field *)data, i);
}

/* Each alternative of "thp|mixed" must be a word of the field, or a number. */
static int check_value(struct parser *parser, const struct action *action, enum field field)
{
	const char *at = action->expect.value, *bar, *one;
	const enum field_kind kind = field_kind(field);
	uint64_t number;

	if (kind != FIELD_NUMBER && action->expect.compare != COMPARE_EQ &&
	    action->expect.compare != COMPARE_NE)
		return parser_fail(parser, "%s has words, which compare with == and != only, not with '%s'",
				   field_name(field), compare_name(action->expect.compare));
	for (; at; at = bar ? bar + 1 : NULL) {
		bar = strchr(at, '|');
		one = arena_text(parser->arena, at, bar ? (size_t)(bar - at) : strlen(at));
		if (kind != FIELD_NUMBER && field_nth_word(field, 0) && !field_knows(field, one))
			return parser_unknown(parser, field_name(field), one, word_at, &field);
		if (kind == FIELD_NUMBER && !parse_size(one, &number))
			return parser_fail(parser, "%s is a number, found '%.40s'", field_name(field), one);
	}
	return 0;
}

/* FIELD OP VALUE */
static int field_and_value(struct parser *parser, struct action *action, enum expect_subject subject)
{
	enum field field;
	int err;

	action->expect.subject = subject;
	action->expect.field = parser_peek(parser);
	if (!action->expect.field)
		return parser_fail(parser, "expected a field such as mapping, found %s",
				   parser_found(parser));
	field = field_named(subject, action->expect.field);
	if (field == FIELD_COUNT)
		return parser_unknown(parser, "field", action->expect.field, field_at, &subject);
	parser->at++;
	err = comparison(parser, action);
	return err ? err : check_value(parser, action, field);
}

/* The place of OP, or the number of words. */
static size_t find_op(const struct parser *parser)
{
	size_t op = parser->at;

	while (op < parser->words.n &&
	       (parser->words.word[op].string || compare_named(parser->words.word[op].text) == COMPARE_COUNT))
		op++;
	return op;
}

static bool names_field(const struct word *word, enum expect_subject subject)
{
	return !word->string && field_named(subject, word->text) < FIELD_COUNT;
}

/*
 *      violation "TEXT"            no OP
 *      FIGURE OP VALUE             one word
 *      PROCESS FIELD OP VALUE      two, the second a field of processes
 *      task NAME FIELD OP VALUE    three, the second a name: "task 4k present" is an area
 *      TARGET FIELD OP VALUE       else
 */
int parser_expectation(struct parser *parser, struct action *action)
{
	const struct word *first = &parser->words.word[parser->at];
	const size_t op = find_op(parser), before = op - parser->at;
	int err;

	if (parser->words.n == parser->at + 2 && first[1].string && parser_take(parser, "violation")) {
		action->expect.subject = SUBJECT_VIOLATION;
		return parser_string(parser, "what is wrong", &action->expect.value);
	}
	if (op == parser->words.n)
		return parser_fail(parser,
				   "expected TARGET FIELD OP VALUE, with blanks between and ==, !=, <, <=, "
				   "> or >= as OP");
	if (!before || (before == 1 && names_field(first, SUBJECT_MEMORY)))
		return parser_fail(parser, "expected TARGET FIELD before '%s'", parser->words.word[op].text);
	if (before == 1)
		return parser_requirement(parser, action);
	if (before == 2 && names_field(first + 1, SUBJECT_PROCESS)) {
		err = parser_name(parser, "a process", action->target.process);
		return err ? err : field_and_value(parser, action, SUBJECT_PROCESS);
	}
	if (before == 3 && !strchr("0123456789", first[1].text[0]) && parser_take(parser, "task")) {
		err = parser_name(parser, "a task", action->name);
		return err ? err : field_and_value(parser, action, SUBJECT_TASK);
	}
	err = parser_target(parser, op - 1, &action->target);
	return err ? err : field_and_value(parser, action, SUBJECT_MEMORY);
}

int parser_requirement(struct parser *parser, struct action *action)
{
	const char *figure = parser_peek(parser), *wrong;
	int err;

	if (!figure || compare_named(figure) != COMPARE_COUNT)
		return parser_fail(parser,
				   "expected a figure such as enabled, HugePages_Free, pmd_size or kernel, "
				   "found %s",
				   parser_found(parser));
	parser->at++;
	action->expect.subject = SUBJECT_FIGURE;
	action->expect.field = figure;
	err = comparison(parser, action);
	wrong = err ? NULL : measure_figure_mistake(figure, action->expect.value);
	return wrong ? parser_fail(parser, "%s is %s, found '%.40s'", figure, wrong, action->expect.value)
		     : err;
}
