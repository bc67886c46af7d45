/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bounded reading of numbers and lines. */
#include "core/parse.h"

#include <string.h>

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

const char *parse_u64(const char *text, const char *end, unsigned base, uint64_t *value)
{
	const char *at = text;
	uint64_t sum = 0;
	unsigned digit;

	while (at < end && (digit = (unsigned)digit_of(*at)) < base) {
		if (__builtin_mul_overflow(sum, (uint64_t)base, &sum) ||
		    __builtin_add_overflow(sum, digit, &sum))
			return NULL;
		at++;
	}
	if (at == text)
		return NULL;
	*value = sum;
	return at;
}

/* As parse_u64, and 0x makes it hexadecimal. */
static const char *prefixed(const char *text, const char *end, uint64_t *value)
{
	if (end - text > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		return parse_u64(text + 2, end, 16, value);
	return parse_u64(text, end, 10, value);
}

bool parse_number(const char *text, uint64_t *value)
{
	const char *end = text + strlen(text);
	uint64_t number;

	if (prefixed(text, end, &number) != end)
		return false;
	*value = number;
	return true;
}

struct unit {
	const char *name;
	uint64_t factor;
};

static bool with_unit(const char *text, const struct unit *units, size_t n, uint64_t *value)
{
	const char *rest;
	uint64_t number;
	size_t i;

	rest = prefixed(text, text + strlen(text), &number);
	if (!rest)
		return false;
	for (i = 0; i < n; i++)
		if (!strcmp(rest, units[i].name))
			return !__builtin_mul_overflow(number, units[i].factor, value);
	return false;
}

bool parse_size(const char *text, uint64_t *bytes)
{
	static const struct unit units[] = {
		{"", 1},
		{"k", UINT64_C(1) << 10},
		{"K", UINT64_C(1) << 10},
		{"KiB", UINT64_C(1) << 10},
		{"M", UINT64_C(1) << 20},
		{"MiB", UINT64_C(1) << 20},
		{"G", UINT64_C(1) << 30},
		{"GiB", UINT64_C(1) << 30},
		{"T", UINT64_C(1) << 40},
		{"TiB", UINT64_C(1) << 40},
	};

	return with_unit(text, units, sizeof(units) / sizeof(units[0]), bytes);
}

bool parse_time(const char *text, uint64_t *ns)
{
	static const struct unit units[] = {
		{"ns", 1},
		{"us", 1000},
		{"ms", 1000000},
		{"s", 1000000000},
		{"m", UINT64_C(60000000000)},
		{"h", UINT64_C(3600000000000)},
	};

	return with_unit(text, units, sizeof(units) / sizeof(units[0]), ns);
}

bool parse_line(const char **at, const char *end, struct line *line)
{
	const char *newline;

	if (*at >= end)
		return false;
	newline = memchr(*at, '\n', (size_t)(end - *at));
	line->text = *at;
	line->whole = newline != NULL;
	line->len = (size_t)((newline ? newline : end) - *at);
	*at = newline ? newline + 1 : end;
	return true;
}
