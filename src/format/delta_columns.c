/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Columns of values in a line, and merging (RFC 7396). */
#include "format/delta_columns.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Deeper than a line of ours goes. */
#define DEPTH_MAX 8

size_t delta_columns(const json_t *line, const char *key)
{
	const json_t *values = json_object_get(line, key);

	return json_is_array(values) ? json_array_size(values) : 1;
}

/* Every number behind a hexadecimal one says how far it is from that. */
static void expand_column(struct fields *fields, const char *key, json_t *column, uint64_t unit)
{
	uint64_t number = 0;
	json_t *value;
	char text[24];
	bool hex = false;
	size_t i;

	json_array_foreach(column, i, value)
	{
		if (json_is_integer(value) && hex) {
			number += (uint64_t)json_integer_value(value) * unit;
			snprintf(text, sizeof(text), "0x%" PRIx64, number);
			json_array_set_new(column, i, json_string(text));
		} else if (json_is_array(value)) {
			field_fail(fields, key, "has a column of columns");
			return;
		} else {
			hex = json_hex(value, &number);
		}
	}
}

static void expand(struct fields *fields, json_t *object, const char *first, uint64_t unit, size_t n,
		   unsigned depth)
{
	const char *key;
	json_t *value;

	if (depth > DEPTH_MAX) {
		field_fail(fields, first, "has columns too deep within");
		return;
	}
	json_object_foreach(object, key, value)
	{
		if (json_is_object(value))
			expand(fields, value, first, unit, n, depth + 1);
		else if (json_is_array(value) && json_array_size(value) != n)
			field_fail(fields, key, "is not as long a column as the first");
		else if (json_is_array(value))
			expand_column(fields, key, value, !depth && !strcmp(key, first) ? unit : 1);
	}
}

void delta_columns_expand(struct fields *fields, const char *key, uint64_t unit)
{
	expand(fields, (json_t *)(uintptr_t)fields->object, key, unit, delta_columns(fields->object, key), 0);
}

static size_t merge(json_t *into, const json_t *from, ssize_t i, unsigned depth)
{
	size_t n = json_object_size(from);
	json_t *value, *within;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)from, key, value)
	{
		if (i >= 0 && json_is_array(value))
			value = json_array_get(value, (size_t)i);
		if (json_is_null(value)) {
			json_object_del(into, key);
			continue;
		}
		if (!json_is_object(value) || depth >= DEPTH_MAX) {
			json_object_set(into, key, value);
			continue;
		}
		within = json_object_get(into, key);
		if (!json_is_object(within)) {
			within = json_object();
			json_object_set_new(into, key, within);
		}
		n += merge(within, value, i, depth + 1);
	}
	return n;
}

size_t delta_merge(json_t *into, const json_t *line, ssize_t i)
{
	return merge(into, line, i, 0);
}
