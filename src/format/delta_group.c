/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines with the same keys as one line of columns. */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/parse.h"
#include "format/delta_patch.h"
#include "format/json_put.h"

/* A line is passed on when it has so many bytes: far below what a reader of the agent's takes. */
#define LINE_FULL ((size_t)128 << 10)

/* Differences stay below what a reader may take for something else than a small number. */
#define FARTHEST (UINT64_C(1) << 52)

/* The number that a value is in the only way to write it in hexadecimal. */
static bool is_hex(const char *value, size_t len, uint64_t *number)
{
	char again[PUT_HEX_ROOM];

	if (len < 5 || memcmp(value, "\"0x", 3) ||
	    parse_u64(value + 3, value + len, 16, number) != value + len - 1)
		return false;
	return (size_t)(put_hex(again, *number) - again) == len && !memcmp(again, value, len);
}

/* A number in a column of hexadecimal ones as its difference to the one before, in units; false if that would not do. */
static bool put_difference(struct delta_column *column, uint64_t number, uint64_t unit)
{
	const bool down = number < column->last;
	const uint64_t by = down ? column->last - number : number - column->last;

	if (by % unit || by >= FARTHEST)
		return false;
	if (down)
		buf_putc(&column->values, '-');
	buf_dec(&column->values, by / unit);
	return true;
}

static void column_add(struct delta_column *column, const char *value, bool first, uint64_t unit)
{
	const size_t len = strlen(value);
	uint64_t number = 0;
	bool hex = is_hex(value, len, &number);

	if (first) {
		column->first = len;
		column->same = true;
	} else {
		/* As long as all are the same, the last is as it stands at the front. */
		column->same &= len == column->first && !memcmp(value, column->values.data, len);
		buf_putc(&column->values, ',');
	}
	if (first || !hex || !column->hex || !put_difference(column, number, unit))
		buf_add(&column->values, value, len);
	column->hex = hex;
	column->last = number;
}

static void column_put(const struct delta_column *column, size_t n, struct buf *out)
{
	if (n == 1 || column->same) {
		buf_add(out, column->values.data, column->first);
		return;
	}
	buf_putc(out, '[');
	buf_add(out, column->values.data, column->values.len);
	buf_putc(out, ']');
}

static void group_put(struct delta_group *group, struct out *out)
{
	const struct delta_column *column = group->columns;
	const char *at = group->form.data;
	size_t len, i;

	if (!group->n)
		return;
	for (; *at; at += len) {
		len = strcspn(at, "\1");
		buf_add(&out->buf, at, len);
		if (!at[len])
			continue;
		column_put(column++, group->n, &out->buf);
		len++;
	}
	buf_puts(&out->buf, "}\n");
	out_line(out);
	for (i = 0; i < group->n_columns; i++)
		buf_clear(&group->columns[i].values);
	group->n = group->bytes = 0;
}

static struct delta_group *group_of(struct delta_groups *groups, const struct delta_patch *patch)
{
	struct delta_group *group;
	size_t i;

	for (group = groups->items; group < groups->items + groups->n; group++)
		if (group->form.len == patch->form.len &&
		    !memcmp(group->form.data, patch->form.data, patch->form.len))
			return group;
	if (groups->n == DELTA_GROUPS)
		delta_groups_flush(groups);
	group = &groups->items[groups->n++];
	buf_clear(&group->form);
	buf_add(&group->form, patch->form.data, patch->form.len);
	if (patch->n_values > group->columns_room) {
		i = group->columns_room;
		mem_grow(&group->columns, &group->columns_room, patch->n_values, sizeof(*group->columns));
		memset(group->columns + i, 0, (group->columns_room - i) * sizeof(*group->columns));
	}
	group->n_columns = patch->n_values;
	return group;
}

void delta_groups_add(struct delta_groups *groups, const struct delta_patch *patch)
{
	const char *value = patch->values.data;
	struct delta_group *group;
	size_t i;

	if (groups->out->error)
		return;
	if (patch->several) {
		delta_patch_put(patch, &groups->out->buf);
		out_line(groups->out);
		return;
	}
	group = group_of(groups, patch);
	for (i = 0; i < group->n_columns; i++) {
		column_add(&group->columns[i], value, !group->n, i ? 1 : groups->page_size);
		value += strlen(value) + 1;
	}
	group->n++;
	group->bytes += patch->values.len;
	if (group->bytes >= LINE_FULL)
		group_put(group, groups->out);
}

void delta_groups_flush(struct delta_groups *groups)
{
	size_t i;

	for (i = 0; i < groups->n; i++)
		group_put(&groups->items[i], groups->out);
	groups->n = 0;
}

void delta_groups_fini(struct delta_groups *groups)
{
	size_t i, k;

	for (i = 0; i < DELTA_GROUPS; i++) {
		for (k = 0; k < groups->items[i].columns_room; k++)
			buf_fini(&groups->items[i].columns[k].values);
		free(groups->items[i].columns);
		buf_fini(&groups->items[i].form);
	}
}
