/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The format file of a tracepoint: where its fields are, and the words of its status. Pure. */
#include "trace/format.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "core/parse.h"

#define TABLE "__print_symbolic("

/* Behind `word` if the text begins with it after blanks, else NULL. */
static const char *skip(const char *at, const char *end, const char *word)
{
	const size_t len = strlen(word);

	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	return (size_t)(end - at) >= len && !memcmp(at, word, len) ? at + len : NULL;
}

static const char *number_after(const char *at, const char *end, const char *word, uint64_t *value)
{
	at = at ? skip(at, end, word) : NULL;
	return at ? parse_u64(at, end, 10, value) : NULL;
}

/* Behind "word12;" */
static const char *number_in(const char *at, const char *end, const char *word, uint64_t *value)
{
	at = number_after(at, end, word, value);
	return at ? skip(at, end, ";") : NULL;
}

static bool in_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The declared name: the last word of "__data_loc char[] filename", "char comm[16]", "struct mm_struct * mm". */
static bool declared(const char *text, const char *end, char *name, size_t size)
{
	const char *from;

	if (end > text && end[-1] == ']')
		while (end > text && *--end != '[')
			;
	for (from = end; from > text && in_name(from[-1]);)
		from--;
	if (from == end || (size_t)(end - from) >= size)
		return false;
	memcpy(name, from, (size_t)(end - from));
	name[end - from] = '\0';
	return true;
}

/* "field:TYPE NAME;\toffset:8;\tsize:8;\tsigned:0;", from behind the first colon. */
static int parse_field(const char *at, const char *end, struct trace_format *format)
{
	struct trace_field field = {.offset = 0};
	const char *semicolon = memchr(at, ';', (size_t)(end - at));
	uint64_t offset, size, is_signed;

	if (!semicolon)
		return -EBADMSG;
	if (!declared(at, semicolon, field.name, sizeof(field.name)) || format->n_fields == TRACE_FIELDS_MAX)
		return 0;
	at = number_in(semicolon + 1, end, "offset:", &offset);
	at = number_in(at, end, "size:", &size);
	at = number_in(at, end, "signed:", &is_signed);
	if (!at || offset > UINT16_MAX || size > UINT16_MAX)
		return -EBADMSG;
	field.offset = (uint32_t)offset;
	field.size = (uint32_t)size;
	field.is_signed = is_signed;
	format->fields[format->n_fields++] = field;
	return 0;
}

/* One row, from its opening brace on: {5, "exceed_none_pte"}. Behind the value's text, or NULL: it is no such row. */
static const char *parse_row(const char *at, const char *end, struct trace_word *word)
{
	const char *minus, *quote;
	uint64_t value;

	at = skip(at, end, "{");
	minus = at ? skip(at, end, "-") : NULL;
	at = at ? skip(minus ? minus : at, end, "") : NULL;
	if (at && skip(at, end, "0x"))
		at = parse_u64(at + 2, end, 16, &value);
	else if (at)
		at = parse_u64(at, end, 10, &value);
	at = at ? skip(at, end, ",") : NULL;
	at = at ? skip(at, end, "\"") : NULL;
	quote = at ? memchr(at, '"', (size_t)(end - at)) : NULL;
	if (!quote || (size_t)(quote - at) >= sizeof(word->text) || value > INT64_MAX)
		return NULL;
	memset(word->text, 0, sizeof(word->text));
	memcpy(word->text, at, (size_t)(quote - at));
	word->value = minus ? -(int64_t)value : (int64_t)value;
	return quote;
}

/* The rows of the first table in a "print fmt:" line. */
static void parse_words(const char *text, const char *end, struct trace_format *format)
{
	const char *at = memmem(text, (size_t)(end - text), TABLE, strlen(TABLE)), *next;

	while (at && at < end && format->n_words < TRACE_WORDS_MAX) {
		at = memchr(at, '{', (size_t)(end - at));
		if (!at)
			return;
		next = parse_row(at, end, &format->words[format->n_words]);
		format->n_words += next != NULL;
		at = next ? next : at + 1;
	}
}

int trace_format_parse(const char *text, size_t len, struct trace_format *format)
{
	const char *at = text, *end = text + len, *rest;
	bool has_id = false;
	struct line line;
	uint64_t id;
	int err = 0;

	memset(format, 0, sizeof(*format));
	while (!err && parse_line(&at, end, &line)) {
		const char *stop = line.text + line.len;

		if (number_after(line.text, stop, "ID: ", &id) && id <= UINT32_MAX) {
			format->id = (uint32_t)id;
			has_id = true;
		} else if ((rest = skip(line.text, stop, "field:"))) {
			err = parse_field(rest, stop, format);
		} else if ((rest = skip(line.text, stop, "print fmt:")) && !format->n_words) {
			parse_words(rest, stop, format);
		}
	}
	return err ? err : has_id ? 0 : -EBADMSG;
}

const struct trace_field *trace_format_field(const struct trace_format *format, const char *name)
{
	size_t i;

	for (i = 0; i < format->n_fields; i++)
		if (!strcmp(format->fields[i].name, name))
			return &format->fields[i];
	return NULL;
}

const char *trace_format_word(const struct trace_format *format, int64_t value)
{
	size_t i;

	for (i = 0; i < format->n_words; i++)
		if (format->words[i].value == value)
			return format->words[i].text;
	return NULL;
}

bool trace_field_value(const struct trace_field *field, const void *raw, size_t size, uint64_t *value)
{
	const char *at = (const char *)raw + field->offset;
	uint8_t one;
	uint16_t two;
	uint32_t four;

	if (field->offset > size || field->size > size - field->offset)
		return false;
	switch (field->size) {
	case 1:
		memcpy(&one, at, 1);
		*value = field->is_signed ? (uint64_t)(int8_t)one : one;
		return true;
	case 2:
		memcpy(&two, at, 2);
		*value = field->is_signed ? (uint64_t)(int16_t)two : two;
		return true;
	case 4:
		memcpy(&four, at, 4);
		*value = field->is_signed ? (uint64_t)(int32_t)four : four;
		return true;
	case 8:
		memcpy(value, at, 8);
		return true;
	default:
		return false;
	}
}
