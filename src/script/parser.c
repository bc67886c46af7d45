/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of the grammar that lines share: names, sizes, targets, comparisons. */
#include "script/parser.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "core/parse.h"

/* One line and whole characters: what is quoted may hold new lines, and was cut at a byte. */
static void tidy(char *text)
{
	size_t need, have;

	for (; *text; text += have) {
		unsigned char c = (unsigned char)*text;

		need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
		for (have = 1; have < need && (text[have] & 0xc0) == 0x80; have++)
			;
		if (have < need)
			memset(text, '.', have);
		if (c == '\n')
			*text = ' ';
	}
}

int parser_fail(struct parser *parser, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(parser->error->text, sizeof(parser->error->text), format, args);
	va_end(args);
	tidy(parser->error->text);
	return -EINVAL;
}

const char *parser_peek(const struct parser *parser)
{
	const struct word *word = &parser->words.word[parser->at];

	return parser->at < parser->words.n && !word->string ? word->text : NULL;
}

const char *parser_found(const struct parser *parser)
{
	const struct word *word = &parser->words.word[parser->at];

	if (parser->at >= parser->words.n)
		return "the end of the line";
	return arena_printf(parser->arena, word->string ? "the string \"%.40s\"" : "'%.40s'", word->text);
}

bool parser_take(struct parser *parser, const char *word)
{
	const char *next = parser_peek(parser);

	if (!next || strcmp(next, word))
		return false;
	parser->at++;
	return true;
}

int parser_expect(struct parser *parser, const char *word)
{
	if (parser_take(parser, word))
		return 0;
	return parser_fail(parser, "expected '%s', found %s", word, parser_found(parser));
}

int parser_end(struct parser *parser)
{
	if (parser->at == parser->words.n)
		return 0;
	return parser_fail(parser, "expected the end of the line, found %s", parser_found(parser));
}

int parser_unknown(struct parser *parser, const char *what, const char *word,
		   const char *(*candidate)(const void *data, size_t i), const void *data)
{
	const char *closest = words_closest(word, candidate, data), *text;
	struct buf list = {0};
	size_t i;

	if (closest)
		return parser_fail(parser, "unknown %s '%.40s'; did you mean '%s'?", what, word, closest);
	for (i = 0; (text = candidate(data, i)); i++)
		if (*text)
			buf_printf(&list, "%s%s", list.len ? ", " : "", text);
	parser_fail(parser, "unknown %s '%.40s'; there %s %s", what, word, list.len ? "are" : "is",
		    list.len ? list.data : "none");
	buf_fini(&list);
	return -EINVAL;
}

static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* How many bytes from text on are a name. */
static size_t name_len(const char *text)
{
	size_t n = 0;

	if (!letter(text[0]))
		return 0;
	while (letter(text[n]) || (text[n] >= '0' && text[n] <= '9') || text[n] == '_' || text[n] == '-')
		n++;
	return n;
}

static int copy_name(struct parser *parser, const char *what, const char *text, size_t len,
		     char name[NAME_MAX_LEN + 1])
{
	if (len > NAME_MAX_LEN)
		return parser_fail(parser, "the name of %s is longer than %d letters", what, NAME_MAX_LEN);
	memset(name, 0, NAME_MAX_LEN + 1);
	memcpy(name, text, len);
	return 0;
}

int parser_name_in(struct parser *parser, const char *what, const char *text, size_t len,
		   char name[NAME_MAX_LEN + 1])
{
	if (!len || name_len(text) != len)
		return parser_fail(
			parser,
			"expected the name of %s (a letter, then letters, digits, '_' or '-'), found %s",
			what, parser_found(parser));
	return copy_name(parser, what, text, len, name);
}

int parser_name(struct parser *parser, const char *what, char name[NAME_MAX_LEN + 1])
{
	const char *word = parser_peek(parser);
	int err = parser_name_in(parser, what, word ? word : "", word ? strlen(word) : 0, name);

	if (!err)
		parser->at++;
	return err;
}

int parser_size(struct parser *parser, const char *what, uint64_t *bytes)
{
	const char *word = parser_peek(parser);

	if (!word || !parse_size(word, bytes))
		return parser_fail(parser, "expected %s such as 4M or 64k, found %s", what,
				   parser_found(parser));
	parser->at++;
	return 0;
}

int parser_time(struct parser *parser, uint64_t *ns)
{
	const char *word = parser_peek(parser);

	if (!word || !parse_time(word, ns))
		return parser_fail(parser, "expected a time such as 50ms or 2s, found %s",
				   parser_found(parser));
	parser->at++;
	return 0;
}

int parser_string(struct parser *parser, const char *what, const char **text)
{
	const struct word *word = &parser->words.word[parser->at];

	if (parser->at >= parser->words.n || !word->string)
		return parser_fail(parser, "expected %s in double quotes, found %s", what,
				   parser_found(parser));
	*text = word->text;
	parser->at++;
	return 0;
}

int parser_byte(struct parser *parser, uint8_t *value)
{
	const char *word = parser_peek(parser);
	uint64_t number;

	if (!word || !parse_number(word, &number) || number > UINT8_MAX)
		return parser_fail(parser, "expected a number from 0 to 255, found %s", parser_found(parser));
	*value = (uint8_t)number;
	parser->at++;
	return 0;
}

int parser_list(struct parser *parser, struct action *action)
{
	const char **words = arena_alloc(parser->arena, SCRIPT_MAX_WORDS * sizeof(*words));

	while ((words[action->list.n] = parser_peek(parser))) {
		action->list.n++;
		parser->at++;
	}
	action->list.words = words;
	return parser_end(parser);
}

size_t parser_find(const struct parser *parser, const char *word)
{
	size_t i;

	for (i = parser->at + 1; i < parser->words.n; i++)
		if (!parser->words.word[i].string && !strcmp(parser->words.word[i].text, word))
			return i;
	return parser->words.n;
}

/* AREA, AREA[INDEX], AREA+OFFSET, AREA[INDEX]+OFFSET: one word. */
static int area(struct parser *parser, struct target *target)
{
	const char *word = parser_peek(parser), *at, *end;
	size_t n = word ? name_len(word) : 0;
	int err;

	if (!n)
		return parser_fail(parser, "expected an area such as A, A[0] or A+64k, found %s",
				   parser_found(parser));
	err = copy_name(parser, "an area", word, n, target->area);
	if (err)
		return err;
	at = word + n;
	end = at + strlen(at);
	if (*at == '[') {
		at = parse_u64(at + 1, end, 10, &target->index);
		if (!at || *at != ']')
			return parser_fail(parser, "expected a region's number, as in %s[0], found '%.40s'",
					   target->area, word);
		target->has_index = true;
		at++;
	}
	if (*at == '+') {
		if (!parse_size(at + 1, &target->offset))
			return parser_fail(parser, "expected an offset in bytes, as in %s+64k, found '%.40s'",
					   target->area, word);
		target->has_offset = true;
		at = end;
	}
	if (*at)
		return parser_fail(parser, "expected an area such as A, A[0] or A+64k, found '%.40s'", word);
	parser->at++;
	return 0;
}

int parser_target(struct parser *parser, size_t end, struct target *target)
{
	const struct word *next = &parser->words.word[parser->at + 1];
	const char *word = parser_peek(parser);
	int err;

	/* Two names one after another: the first is a process. A length begins with a digit. */
	if (word && parser->at + 1 < end && !next->string && letter(next->text[0])) {
		err = parser_name(parser, "a process", target->process);
		if (err)
			return err;
	}
	if (parser->at >= end)
		return parser_fail(parser, "expected an area such as A, A[0] or A+64k, found %s",
				   parser_found(parser));
	err = area(parser, target);
	if (err || parser->at >= end)
		return err;
	err = parser_size(parser, "a length", &target->len);
	if (err)
		return err;
	target->has_len = true;
	if (!target->len)
		return parser_fail(parser, "a length of 0 bytes names nothing");
	if (parser->at < end)
		return parser_fail(parser, "expected no more of the target, found %s", parser_found(parser));
	return 0;
}
