/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fields of one line that was read, checked. */
#include "format/json_field.h"

#include <stdio.h>
#include <string.h>

#include "core/parse.h"
#include "core/region.h"
#include "format/utf8.h"

/* 2^63 has this many digits; a shorter number fits jansson's. */
#define LARGE_DIGITS 19

/* Copies a string with its quotes; returns what follows. */
static const char *copy_string(const char *at, const char *end, struct buf *out)
{
	const char *from = at++;

	while (at < end && *at != '"')
		at += *at == '\\' && at + 1 < end ? 2 : 1;
	if (at < end)
		at++;
	buf_add(out, from, (size_t)(at - from));
	return at;
}

/* Copies a number, in quotes if it is an integer that may be too large for jansson. */
static const char *copy_number(const char *at, const char *end, struct buf *out)
{
	const char *from = at;
	bool digits = true;

	for (; at < end && *at && strchr("0123456789+-.eE", *at); at++)
		digits &= *at >= '0' && *at <= '9';
	digits &= at - from >= LARGE_DIGITS;
	if (digits)
		buf_putc(out, '"');
	buf_add(out, from, (size_t)(at - from));
	if (digits)
		buf_putc(out, '"');
	return at;
}

/* The line with large integers as strings. */
static void quote_large(const char *line, size_t len, struct buf *out)
{
	const char *at = line, *end = line + len, *from;

	buf_clear(out);
	while (at < end) {
		if (*at == '"') {
			at = copy_string(at, end, out);
		} else if (*at == '-' || (*at >= '0' && *at <= '9')) {
			at = copy_number(at, end, out);
		} else {
			for (from = at++; at < end && *at != '"' && *at != '-' && (*at < '0' || *at > '9');
			     at++)
				;
			buf_add(out, from, (size_t)(at - from));
		}
	}
}

/* The parser's message quotes the line, which may hold anything. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

json_t *fields_load(const char *line, size_t len, struct buf *scratch, char *problem, size_t room)
{
	json_error_t error;
	json_t *object;

	quote_large(line, len, scratch);
	object = json_loadb(scratch->data ? scratch->data : "", scratch->len, 0, &error);
	if (!object) {
		snprintf(problem, room, "not JSON: %s", error.text);
		make_printable(problem);
		return NULL;
	}
	return object;
}

void field_fail(struct fields *fields, const char *key, const char *why)
{
	if (fields->failed)
		return;
	fields->failed = true;
	snprintf(fields->problem, fields->room, "%s: \"%s\" %s", fields->what, key, why);
}

static const json_t *get(struct fields *fields, const char *key)
{
	return fields->object ? json_object_get(fields->object, key) : NULL;
}

static const json_t *need(struct fields *fields, const char *key)
{
	const json_t *value = get(fields, key);

	if (!value)
		field_fail(fields, key, "is missing");
	return value;
}

struct fields field_object(struct fields *fields, const char *key)
{
	struct fields sub = *fields;

	sub.object = get(fields, key);
	if (sub.object && !json_is_object(sub.object)) {
		field_fail(fields, key, "is no object");
		sub.object = NULL;
	}
	sub.failed = fields->failed;
	return sub;
}

void field_close(struct fields *fields, const struct fields *sub)
{
	fields->failed |= sub->failed;
}

bool json_count(const json_t *value, uint64_t *number)
{
	const char *text = json_string_value(value);

	if (text)
		return json_string_length(value) >= LARGE_DIGITS &&
		       parse_u64(text, text + strlen(text), 10, number) == text + strlen(text);
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return false;
	*number = (uint64_t)json_integer_value(value);
	return true;
}

static uint64_t count(struct fields *fields, const char *key, const json_t *value, uint64_t max)
{
	uint64_t number = 0;

	if (!value)
		return 0;
	if (!json_count(value, &number))
		field_fail(fields, key, "is no count");
	else if (number > max)
		field_fail(fields, key, "is too large");
	else
		return number;
	return 0;
}

uint64_t field_count(struct fields *fields, const char *key, uint64_t max)
{
	return count(fields, key, need(fields, key), max);
}

uint64_t field_count_or(struct fields *fields, const char *key, uint64_t max, uint64_t absent)
{
	const json_t *value = get(fields, key);

	return value ? count(fields, key, value, max) : absent;
}

int64_t field_known(struct fields *fields, const char *key)
{
	const json_t *value = get(fields, key);

	return value ? (int64_t)count(fields, key, value, INT64_MAX) : UNKNOWN_COUNT;
}

bool json_hex(const json_t *value, uint64_t *number)
{
	const char *text = json_string_value(value), *end;

	if (!text || text[0] != '0' || text[1] != 'x')
		return false;
	end = text + strlen(text);
	return parse_u64(text + 2, end, 16, number) == end;
}

static uint64_t hex(struct fields *fields, const char *key, const json_t *value)
{
	uint64_t number = 0;

	if (value && !json_hex(value, &number))
		field_fail(fields, key, "is no hexadecimal number in a string");
	return number;
}

uint64_t field_hex(struct fields *fields, const char *key)
{
	return hex(fields, key, need(fields, key));
}

uint64_t field_hex_or(struct fields *fields, const char *key, uint64_t absent)
{
	const json_t *value = get(fields, key);

	return value ? hex(fields, key, value) : absent;
}

const char *json_restore(const char *at, struct arena *arena)
{
	const char *end = at + strlen(at);
	char *text, *to;
	uint32_t code;
	size_t len;

	text = to = arena_alloc(arena, (size_t)(end - at) + 1);
	while (at < end) {
		len = utf8_decode(at, end, &code);
		if (utf8_is_byte(code))
			*to++ = (char)(code - UTF8_BYTE_BASE);
		else
			to = (char *)memcpy(to, at, len) + len;
		at += len;
	}
	return text;
}

const char *json_text(const json_t *value, struct arena *arena)
{
	const char *text = json_string_value(value);

	return text ? json_restore(text, arena) : NULL;
}

static const char *text_of(struct fields *fields, const char *key, const json_t *value)
{
	const char *text = value ? json_text(value, fields->arena) : "";

	if (text)
		return text;
	field_fail(fields, key, "is no string");
	return "";
}

const char *field_text(struct fields *fields, const char *key)
{
	return text_of(fields, key, need(fields, key));
}

const char *field_text_or(struct fields *fields, const char *key, const char *absent)
{
	const json_t *value = get(fields, key);

	return value ? text_of(fields, key, value) : absent;
}

const char *field_plain(struct fields *fields, const char *key)
{
	const json_t *value = need(fields, key);

	if (value && !json_is_string(value))
		field_fail(fields, key, "is no string");
	return value ? json_string_value(value) : NULL;
}

bool field_bool_or(struct fields *fields, const char *key, bool absent)
{
	const json_t *value = get(fields, key);

	if (value && !json_is_boolean(value))
		field_fail(fields, key, "is neither true nor false");
	return value ? json_is_true(value) : absent;
}
