/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A matrix of kernels as JSON: one object. */
#include <string.h>

#include "format/json_put.h"
#include "format/matrix.h"

struct json_matrix {
	struct out out;
	const struct matrix *matrix;
};

/* ["A","B"] */
static void put_list(struct json_matrix *json, uint64_t columns)
{
	struct buf *out = &json->out.buf;
	const char *between = "";
	size_t i;

	buf_putc(out, '[');
	for (i = 0; i < json->matrix->n; i++) {
		if (!(columns >> i & 1))
			continue;
		buf_puts(out, between);
		json_quote(out, json->matrix->columns[i].name);
		between = ",";
	}
	buf_putc(out, ']');
}

static void put_names(struct json_matrix *json, uint64_t columns)
{
	json_key(&json->out.buf, "kernels");
	put_list(json, columns);
}

static void put_answer(struct json_matrix *json, const struct matrix_group *group)
{
	const struct matrix_answer *answer = group->answer;
	struct buf *out = &json->out.buf;
	int i;

	buf_printf(out, "{\"there\":%s",
		   answer->there == MATRIX_THERE    ? "true"
		   : answer->there == MATRIX_ABSENT ? "false"
						    : "null");
	put_names(json, group->columns);
	if (answer->there == MATRIX_THERE) {
		json_key(out, "mapping");
		buf_putc(out, '"');
		matrix_put_mappings(out, answer->mappings);
		buf_puts(out, "\",\"backing\":\"");
		matrix_put_backings(out, answer->backings);
		buf_putc(out, '"');
		for (i = 0; i < MATRIX_NUMBERS; i++)
			if (answer->numbers[i] != UNKNOWN_COUNT)
				json_key_dec(out, matrix_number_name((enum matrix_number)i),
					     (uint64_t)answer->numbers[i]);
	}
	buf_putc(out, '}');
}

static void put_row(struct json_matrix *json, const struct matrix_row *row)
{
	struct buf *out = &json->out.buf;
	size_t i;

	buf_puts(out, "{\"process\":");
	json_quote(out, row->process);
	json_key_string(out, "area", row->area);
	if (row->at >= 0 && row->at < row->whole) {
		json_key_dec(out, "index", (uint64_t)row->at);
		json_key_dec(out, "regions", row->n);
	} else {
		json_key_string(out, "part", row->at < 0 ? "head" : "tail");
	}
	buf_printf(out, ",\"alike\":%s", row->alike ? "true" : "false");
	json_key(out, "answers");
	for (i = 0; i < row->n_groups; i++) {
		buf_putc(out, i ? ',' : '[');
		put_answer(json, &row->groups[i]);
	}
	buf_puts(out, "]}");
}

static void put_result(struct json_matrix *json, const struct matrix_group *group)
{
	const struct matrix_step *step = group->step;
	struct buf *out = &json->out.buf;
	const char *name;

	buf_printf(out, "{\"result\":\"%s\"", matrix_result_name(step->result));
	put_names(json, group->columns);
	if (step->result == MATRIX_REFUSED) {
		name = strerrorname_np(step->error);
		json_key_dec(out, "errno", (uint64_t)step->error);
		if (name)
			json_key_string(out, "error", name);
	}
	if (step->text)
		json_key_string(out, "text", step->text);
	buf_putc(out, '}');
}

static void put_line(struct json_matrix *json, const struct matrix_line *line)
{
	struct buf *out = &json->out.buf;
	size_t i;

	buf_printf(out, "{\"line\":%d", line->action->line);
	json_key_string(out, "text", line->action->text);
	buf_printf(out, ",\"differs\":%s", line->differs ? "true" : "false");
	for (i = 0; i < line->n_results; i++) {
		buf_puts(out, i ? "," : ",\"results\":[");
		put_result(json, &line->results[i]);
	}
	buf_puts(out, i ? "]" : "");
	for (i = 0; i < line->n_rows; i++) {
		buf_puts(out, i ? "," : ",\"places\":[");
		put_row(json, &line->rows[i]);
	}
	buf_puts(out, i ? "]}" : "}");
	out_line(&json->out);
}

static void put_column(struct json_matrix *json, const struct matrix_column *column)
{
	struct buf *out = &json->out.buf;
	size_t i;

	buf_puts(out, "{\"name\":");
	json_quote(out, column->name);
	json_key_string(out, "release", column->release);
	if (column->image)
		json_key_string(out, "image", column->image);
	if (column->ended)
		json_key_string(out, "ended", column->ended);
	if (column->unable)
		json_key_string(out, "unable", column->unable);
	if (column->missing)
		json_key_string(out, "missing", column->missing);
	json_key(out, "thp");
	for (i = 0; i < column->n_knobs; i++) {
		buf_putc(out, i ? ',' : '{');
		json_quote(out, column->knobs[i].name);
		buf_putc(out, ':');
		json_quote(out, column->knobs[i].value);
	}
	buf_puts(out, i ? "}}" : "{}}");
}

static void put_missing(struct json_matrix *json)
{
	const struct matrix *matrix = json->matrix;
	struct buf *out = &json->out.buf;
	size_t i;

	json_key(out, "left_out");
	buf_putc(out, '[');
	for (i = 0; i < matrix->n_missing; i++) {
		buf_puts(out, i ? ",{\"name\":" : "{\"name\":");
		json_quote(out, matrix->missing[i].name);
		json_key_string(out, "reason", matrix->missing[i].reason);
		buf_putc(out, '}');
	}
	buf_putc(out, ']');
}

int matrix_write_json(const struct matrix *matrix, const struct sink *sink)
{
	struct json_matrix json = {.out.sink = sink, .matrix = matrix};
	struct buf *out = &json.out.buf;
	size_t i;

	buf_puts(out, "{\"type\":\"matrix\"");
	json_key_string(out, "schema", MATRIX_SCHEMA);
	json_key_string(out, "version", THPSCOPE_VERSION);
	json_key_string(out, "script", matrix->script->name);
	json_key(out, "kernels");
	for (i = 0; i < matrix->n; i++) {
		buf_putc(out, i ? ',' : '[');
		put_column(&json, &matrix->columns[i]);
	}
	buf_puts(out, i ? "]" : "[]");
	put_missing(&json);
	json_key(out, "lines");
	for (i = 0; i < matrix->script->n; i++) {
		buf_putc(out, i ? ',' : '[');
		put_line(&json, &matrix->lines[i]);
	}
	buf_puts(out, i ? "]" : "[]");
	json_key_dec(out, "differ", matrix->n_differ);
	json_key(out, "alike");
	for (i = 0; i < matrix->n_alike; i++) {
		buf_putc(out, i ? ',' : '[');
		put_list(&json, matrix->alike[i]);
	}
	buf_puts(out, i ? "]" : "[]");
	json_key(out, "undecided");
	put_list(&json, matrix->undecided);
	buf_puts(out, "}\n");
	return out_end(&json.out);
}
