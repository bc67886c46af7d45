/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line cut into words and strings, and the nearest known word to a mistaken one. */
#include "script/words.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Words longer than this are compared by their beginning only. */
#define CLOSEST_MAX 32

static int fail(struct script_error *error, const char *text)
{
	snprintf(error->text, sizeof(error->text), "%s", text);
	return -EINVAL;
}

/*
 * The length of the UTF-8 character at text, or 0 for bytes that are none. Control characters, the C1 ones too,
 * count as none: narration goes to terminals as it is. A tab is fine.
 */
static size_t character(const unsigned char *text, size_t len)
{
	uint32_t value;
	size_t size, i;

	if (text[0] < 0x80)
		return text[0] == '\t' || (text[0] >= 0x20 && text[0] != 0x7f);
	if (text[0] >= 0xc2 && text[0] < 0xe0)
		size = 2;
	else if (text[0] >= 0xe0 && text[0] < 0xf0)
		size = 3;
	else if (text[0] >= 0xf0 && text[0] < 0xf5)
		size = 4;
	else
		return 0;
	if (size > len)
		return 0;
	value = text[0] & (0xffu >> (size + 1));
	for (i = 1; i < size; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (text[i] & 0x3f);
	}
	if (value < 0xa0 || (size == 3 && value < 0x800) || (size == 4 && value < 0x10000))
		return 0;
	return value > 0x10ffff || (value >= 0xd800 && value < 0xe000) ? 0 : size;
}

static int check_characters(const char *line, size_t len, struct script_error *error)
{
	size_t i, size;

	for (i = 0; i < len; i += size) {
		size = character((const unsigned char *)line + i, len - i);
		if (!size) {
			snprintf(error->text, sizeof(error->text),
				 "byte 0x%02x at column %zu is a control character or no UTF-8",
				 (unsigned char)line[i], i + 1);
			return -EINVAL;
		}
	}
	return 0;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

/* From behind the opening quote on; *at ends up behind the closing one. */
static int cut_string(const char **at, const char *end, char *out, struct script_error *error)
{
	const char *from = *at;

	while (from < end && *from != '"') {
		if (*from != '\\') {
			*out++ = *from++;
			continue;
		}
		if (++from == end)
			break;
		if (*from != '"' && *from != '\\' && *from != 'n')
			return fail(error, "in a string, \\ is followed by \", \\ or n");
		*out++ = *from == 'n' ? '\n' : *from;
		from++;
	}
	if (from == end)
		return fail(error, "expected a closing \" at the end of the string");
	*out = '\0';
	*at = from + 1;
	if (*at < end && !blank(**at) && **at != '#')
		return fail(error, "expected a blank after the closing \"");
	return 0;
}

static int cut_word(const char **at, const char *end, struct arena *arena, struct word *word,
		    struct script_error *error)
{
	const char *from = *at;
	char *text;

	if (*from == '"') {
		word->string = true;
		*at = from + 1;
		text = arena_alloc(arena, (size_t)(end - from) + 1);
		word->text = text;
		return cut_string(at, end, text, error);
	}
	while (*at < end && !blank(**at) && **at != '#' && **at != '"')
		(*at)++;
	if (*at < end && **at == '"')
		return fail(error, "expected a blank before the opening \"");
	word->string = false;
	word->text = arena_text(arena, from, (size_t)(*at - from));
	return 0;
}

int words_cut(const char *line, size_t len, struct arena *arena, struct words *words,
	      struct script_error *error)
{
	const char *at = line, *end = line + len, *last = line;
	int err;

	words->n = 0;
	words->text = "";
	if (len && end[-1] == '\r')
		end--;
	if (len > SCRIPT_MAX_LINE)
		return fail(error, "the line is longer than 4096 bytes");
	err = check_characters(line, (size_t)(end - line), error);
	if (err)
		return err;
	while (at < end && blank(*at))
		at++;
	line = at;
	while (at < end && *at != '#') {
		if (words->n == SCRIPT_MAX_WORDS)
			return fail(error, "the line has more than 64 words");
		words->word[words->n].from = (size_t)(at - line);
		err = cut_word(&at, end, arena, &words->word[words->n], error);
		if (err)
			return err;
		words->n++;
		last = at;
		while (at < end && blank(*at))
			at++;
	}
	if (words->n)
		words->text = arena_text(arena, line, (size_t)(last - line));
	return 0;
}

size_t words_index(const char *(*candidate)(const void *data, size_t i), const char *word)
{
	const char *text;
	size_t i;

	for (i = 0; (text = candidate(NULL, i)); i++)
		if (*text && !strcmp(text, word))
			break;
	return i;
}

/* Edits from a to b: a letter put in, left out, changed, or two neighbours swapped. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[3][CLOSEST_MAX + 1];
	size_t na = strnlen(a, CLOSEST_MAX), nb = strnlen(b, CLOSEST_MAX), i, j;
	unsigned best;

	for (j = 0; j <= nb; j++)
		row[0][j] = (unsigned)j;
	for (i = 1; i <= na; i++) {
		unsigned *now = row[i % 3], *before = row[(i + 2) % 3], *twice = row[(i + 1) % 3];

		now[0] = (unsigned)i;
		for (j = 1; j <= nb; j++) {
			best = before[j - 1] + (a[i - 1] != b[j - 1]);
			if (before[j] + 1 < best)
				best = before[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    twice[j - 2] + 1 < best)
				best = twice[j - 2] + 1;
			now[j] = best;
		}
	}
	return row[na % 3][nb];
}

const char *words_closest(const char *word, const char *(*candidate)(const void *data, size_t i),
			  const void *data)
{
	const char *closest = NULL, *text;
	unsigned least = (unsigned)strnlen(word, CLOSEST_MAX) / 2 + 1, d;
	size_t i;

	if (least > 4)
		least = 4;
	for (i = 0; (text = candidate(data, i)); i++) {
		d = distance(word, text);
		if (d < least) {
			least = d;
			closest = text;
		}
	}
	return closest;
}
