/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of columns, taken apart again, and merged into what there was. */
#ifndef FORMAT_DELTA_COLUMNS_H
#define FORMAT_DELTA_COLUMNS_H

#include "format/json_field.h"

/* How many items a line is of: the values of `key`, if those are an array; else 1. */
size_t delta_columns(const json_t *line, const char *key);

/*
 * Writes differences in columns of hexadecimal numbers out as such numbers; those of `key` are in units of `unit`. Fails
 * the fields if a column is not as long as that of `key`, or its first value is no value of its own. For lines of columns.
 */
void delta_columns_expand(struct fields *fields, const char *key, uint64_t unit);

/* Merges item i (of columns; -1: the line as it is) into `into`: null takes away, objects are merged within. Returns how
 * many values it looked at. */
size_t delta_merge(json_t *into, const json_t *line, ssize_t i);

#endif
