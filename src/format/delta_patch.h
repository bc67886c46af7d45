/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is different between two lines, as a line: the keys that changed with their values, null for those that are no
 * more (as in RFC 7396, JSON Merge Patch), and several such lines with the same keys as one, whose values are columns.
 */
#ifndef FORMAT_DELTA_PATCH_H
#define FORMAT_DELTA_PATCH_H

#include <stdbool.h>

#include "format/sink.h"

/*
 * A line with places for values: {"type":"region","pid":42,"addr":@,"mapcount":{"total":@}} Zero-initialise;
 * delta_patch_fini frees.
 */
struct delta_patch {
	struct buf form;   /* @ is a byte that is in no line */
	struct buf values; /* as they stand in the line, each with a NUL behind it */
	size_t n_values;
	bool several;	 /* a value is an array itself: it cannot be one of a column */
	bool misordered; /* keys of an object within would not stand in their order */
};
void delta_patch_fini(struct delta_patch *patch);

/* Begins with what identifies the line, without its closing brace; then the value of the key that ends it, if any. */
void delta_patch_start(struct delta_patch *patch, const char *head);
void delta_patch_value(struct delta_patch *patch, const char *value, size_t len);

/*
 * Adds what makes `now` of `before`, which are lines of a json_ writer. Of the outermost keys "type", "pid", "schema" and
 * `key` are left out; the order of the others does not matter to a reader. Returns whether there is anything.
 */
bool delta_patch_diff(struct delta_patch *patch, const char *before, const char *now, const char *key);

/* The line as it is. */
void delta_patch_put(const struct delta_patch *patch, struct buf *out);

#define DELTA_GROUPS 24

struct delta_column {
	struct buf values;
	size_t first; /* bytes of the first value */
	bool same;    /* all are as the first */
	bool hex;     /* the last one is the number `last` in hexadecimal */
	uint64_t last;
};

struct delta_group {
	struct buf form;
	struct delta_column *columns;
	size_t n_columns, columns_room;
	size_t n, bytes;
};

/* Lines on their way to `out`, put together where they have one form. Zero-initialise, set both. */
struct delta_groups {
	struct out *out;
	uint64_t page_size; /* the unit of differences in the first column */
	struct delta_group items[DELTA_GROUPS];
	size_t n;
};
void delta_groups_add(struct delta_groups *groups, const struct delta_patch *patch);
/* Writes all that there is. */
void delta_groups_flush(struct delta_groups *groups);
void delta_groups_fini(struct delta_groups *groups);

#endif
