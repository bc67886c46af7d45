/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each type of line changes in the moment before. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "core/mem.h"
#include "format/delta_columns.h"
#include "format/delta_reader.h"
#include "format/json_lines.h"

/* What merging a value costs, in bytes that are read. */
#define VALUE_WORK 64

struct fields delta_fields(struct delta_reader *reader, const json_t *object, const char *what,
			   struct json_problem *problem)
{
	return (struct fields){
		.object = object,
		.what = what,
		.arena = &reader->reader.moment->arena,
		.problem = problem->text,
		.room = sizeof(problem->text),
	};
}

json_t *delta_merged(struct delta_reader *reader, const json_t *line, ssize_t i, bool known,
		     struct json_problem *problem)
{
	json_t *base;

	reader->worked += known ? reader->line.len : 0;
	if (known && !json_is_true(json_object_get(line, "whole")))
		base = fields_load(reader->line.data, reader->line.len, &reader->scratch, problem->text,
				   sizeof(problem->text));
	else
		base = json_object();
	if (base) {
		reader->worked += delta_merge(base, line, i) * VALUE_WORK;
		json_object_del(base, "whole");
	}
	return base;
}

/* The process that a line is of: its index; n_processes if there is none. */
static size_t process_of(struct delta_reader *reader, struct fields *fields)
{
	const struct json_reader *into = &reader->reader;
	const uint64_t pid = field_count(fields, "pid", INT32_MAX);
	size_t i;

	for (i = 0; i < into->n_processes; i++)
		if ((uint64_t)into->processes[i].pid == pid)
			break;
	return i;
}

/* That one, which has to be there, and to have an address space. */
static struct delta_edit *edit_of(struct delta_reader *reader, struct fields *fields)
{
	const struct json_reader *into = &reader->reader;
	const size_t at = process_of(reader, fields);
	size_t i;

	if (at == into->n_processes || into->processes[at].outcome != OUTCOME_OK) {
		field_fail(fields, "pid", "is no process of this moment");
		return NULL;
	}
	if (!reader->edits[at].open) {
		delta_edit_begin(&reader->edits[at], &into->processes[at]);
		for (i = 0; i < reader->edits[at].n_vmas; i++)
			delta_shift(&reader->edits[at].vmas[i].eligible_ns, -reader->shift_ns);
	}
	return &reader->edits[at];
}

/* Puts a process, of which everything is new if `anew`, in the place of another or behind all. */
static void put_process(struct delta_reader *reader, size_t at, const struct process *process, bool anew)
{
	struct json_reader *into = &reader->reader;

	if (at == into->n_processes) {
		mem_grow(&into->processes, &into->processes_room, at + 1, sizeof(*process));
		mem_grow(&reader->edits, &reader->edits_room, at + 1, sizeof(*reader->edits));
		memset(&reader->edits[at], 0, sizeof(reader->edits[at]));
		into->n_processes = reader->n_edits = at + 1;
	}
	into->processes[at] = *process;
	if (anew)
		delta_edit_clear(&reader->edits[at]);
}

static void take_process(struct delta_reader *reader, const json_t *line, struct fields *fields,
			 struct json_problem *problem)
{
	struct json_reader *into = &reader->reader;
	const size_t at = process_of(reader, fields);
	const bool known = at < into->n_processes && into->processes[at].outcome == OUTCOME_OK;
	const bool anew = !known || json_is_true(json_object_get(line, "whole"));
	struct process process = {0};
	json_t *object;

	if (fields->failed)
		return;
	buf_clear(&reader->line);
	if (known) {
		process = into->processes[at];
		json_process_line_more(&reader->line, &process);
	}
	object = delta_merged(reader, line, -1, known, problem);
	fields->failed = !object;
	fields->object = object;
	if (object)
		json_read_process_facts(fields, &process);
	json_decref(object);
	if (!fields->failed)
		put_process(reader, at, &process, anew);
}

static void take_skipped(struct delta_reader *reader, struct fields *fields)
{
	struct process process = {0};
	const size_t at = process_of(reader, fields);

	json_read_skipped_facts(fields, &process);
	if (!fields->failed)
		put_process(reader, at, &process, true);
}

/* One VMA: what it was merged with item i of the line. */
static void take_one_vma(struct delta_reader *reader, struct delta_edit *edit, const json_t *line, ssize_t i,
			 struct fields *fields, struct json_problem *problem)
{
	struct fields sub = *fields;
	struct vma vma = {0}, *known;
	const json_t *key = json_object_get(line, "start");
	uint64_t start;
	json_t *object;

	if (!json_hex(i < 0 ? key : json_array_get(key, (size_t)i), &start)) {
		field_fail(fields, "start", "is no hexadecimal number in a string");
		return;
	}
	known = delta_edit_vma(edit, start);
	buf_clear(&reader->line);
	if (known)
		json_vma_line_more(&reader->line, 0, known);
	object = delta_merged(reader, line, i, known, problem);
	sub.failed = !object;
	sub.object = object;
	if (object)
		json_read_vma_facts(&sub, &vma);
	json_decref(object);
	field_close(fields, &sub);
	if (fields->failed)
		return;
	if (known) {
		*known = vma;
	} else {
		delta_edit_add_vma(edit, &vma);
		reader->added += sizeof(vma);
	}
}

static void take_one_region(struct delta_reader *reader, struct delta_edit *edit, const json_t *line,
			    ssize_t i, struct fields *fields, struct json_problem *problem)
{
	const uint64_t size = reader->reader.moment->pmd_size;
	struct region region = {.vma = 1}, *known;
	const json_t *key = json_object_get(line, "addr");
	struct fields sub = *fields;
	uint64_t start;
	json_t *object;

	if (!json_hex(i < 0 ? key : json_array_get(key, (size_t)i), &start)) {
		field_fail(fields, "addr", "is no hexadecimal number in a string");
		return;
	}
	known = delta_edit_region(edit, start);
	buf_clear(&reader->line);
	if (known)
		json_region_line_more(&reader->line, 0, known, size);
	object = delta_merged(reader, line, i, known, problem);
	sub.failed = !object;
	sub.object = object;
	if (object) {
		json_read_region_place(&sub, size, &region);
		json_read_facts(&sub, &region);
	}
	json_decref(object);
	field_close(fields, &sub);
	if (fields->failed)
		return;
	if (known) {
		*known = region;
	} else {
		delta_edit_add_region(edit, &region);
		reader->added += sizeof(region);
	}
}

static void take_one_page(struct delta_reader *reader, struct delta_edit *edit, const json_t *line, ssize_t i,
			  struct fields *fields, struct json_problem *problem)
{
	static const struct json_cow no_verdicts;
	const json_t *key = json_object_get(line, "addr");
	struct json_page_prefix prefix;
	struct fields sub = *fields;
	struct page page = {0};
	struct delta_page *known;
	uint64_t addr;
	json_t *object;

	if (!json_hex(i < 0 ? key : json_array_get(key, (size_t)i), &addr)) {
		field_fail(fields, "addr", "is no hexadecimal number in a string");
		return;
	}
	known = delta_edit_page(edit, addr);
	buf_clear(&reader->line);
	json_page_prefix(&prefix, 0);
	if (known)
		json_page_lines(&reader->line, &prefix, &known->page, 1, &no_verdicts, NULL);
	object = delta_merged(reader, line, i, known, problem);
	sub.failed = !object;
	sub.object = object;
	if (object)
		json_read_page_facts(&sub, &page);
	json_decref(object);
	field_close(fields, &sub);
	if (fields->failed)
		return;
	if (known) {
		known->page = page;
	} else {
		delta_edit_add_page(edit, &page);
		reader->added += sizeof(*known);
	}
}

static void each_item(struct delta_reader *reader, const json_t *line, const char *key, struct fields *fields,
		      struct json_problem *problem,
		      void (*take)(struct delta_reader *reader, struct delta_edit *edit, const json_t *line,
				   ssize_t i, struct fields *fields, struct json_problem *problem))
{
	struct delta_edit *edit = edit_of(reader, fields);
	size_t i, n;

	if (!edit)
		return;
	if (!json_is_array(json_object_get(line, key))) {
		take(reader, edit, line, -1, fields, problem);
		return;
	}
	n = delta_columns(line, key);
	delta_columns_expand(fields, key, reader->reader.moment->page_size);
	for (i = 0; i < n && !fields->failed && !delta_too_much(reader, fields); i++)
		take(reader, edit, line, (ssize_t)i, fields, problem);
}

static void take_gone_one(struct delta_edit *edit, const char *of, const json_t *key, struct fields *fields)
{
	struct delta_page *page = NULL;
	struct region *region = NULL;
	struct vma *area = NULL;
	uint64_t start;

	if (!json_hex(key, &start)) {
		field_fail(fields, "addr", "is no hexadecimal number in a string");
		return;
	}
	if (!strcmp(of, "vma"))
		area = delta_edit_vma(edit, start);
	else if (!strcmp(of, "page"))
		page = delta_edit_page(edit, start);
	else
		region = delta_edit_region(edit, start);
	if (area)
		area->end = 0;
	else if (region)
		region->len = 0;
	else if (page)
		page->gone = true;
	else
		field_fail(fields, "addr", "is of nothing that there was");
}

static void take_gone_process(struct delta_reader *reader, struct fields *fields)
{
	struct json_reader *into = &reader->reader;
	const size_t at = process_of(reader, fields);
	size_t rest;

	if (fields->failed)
		return;
	if (at == into->n_processes) {
		field_fail(fields, "pid", "is no process of this moment");
		return;
	}
	delta_edit_fini(&reader->edits[at]);
	rest = into->n_processes - at - 1;
	memmove(&into->processes[at], &into->processes[at + 1], rest * sizeof(*into->processes));
	memmove(&reader->edits[at], &reader->edits[at + 1], rest * sizeof(*reader->edits));
	into->n_processes = reader->n_edits = at + rest;
}

static void take_gone(struct delta_reader *reader, const json_t *line, struct fields *fields)
{
	const char *of = field_plain(fields, "of");
	const json_t *key = json_object_get(line, "addr");
	struct delta_edit *edit;
	size_t i;

	if (of && !strcmp(of, "process")) {
		take_gone_process(reader, fields);
		return;
	}
	if (!of || (strcmp(of, "vma") && strcmp(of, "region") && strcmp(of, "page"))) {
		field_fail(fields, "of", "is neither page, region, vma nor process");
		return;
	}
	edit = edit_of(reader, fields);
	if (!edit)
		return;
	if (!json_is_array(key)) {
		take_gone_one(edit, of, key, fields);
		return;
	}
	delta_columns_expand(fields, "addr", reader->reader.moment->page_size);
	for (i = 0; i < json_array_size(key) && !fields->failed; i++)
		take_gone_one(edit, of, json_array_get(key, i), fields);
}

static void take_end(struct delta_reader *reader, struct fields *fields, struct json_problem *problem)
{
	struct json_reader *into = &reader->reader;
	const uint64_t regions = field_count(fields, "regions", UINT64_MAX);
	size_t i, k;

	for (i = 0; i < into->n_processes && !fields->failed; i++) {
		const bool open = reader->edits[i].open;

		fields->failed =
			delta_edit_end(&reader->edits[i], &into->processes[i], &into->moment->arena, problem);
		for (k = 0; open && !fields->failed && k < into->processes[i].n_vmas; k++)
			delta_shift(&into->processes[i].vmas[k].eligible_ns, reader->shift_ns);
		delta_shift(&into->processes[i].same_since_ns, reader->shift_ns);
		into->regions += into->processes[i].n_regions;
	}
	if (!fields->failed && into->regions != regions)
		field_fail(fields, "regions", "is not how many there are now: changes were missed");
	into->ended = !fields->failed;
}

int delta_take(struct delta_reader *reader, const json_t *line, struct json_problem *problem)
{
	const char *type = json_string_value(json_object_get(line, "type"));
	struct fields fields = delta_fields(reader, line, type, problem);

	if (!strcmp(type, "region"))
		each_item(reader, line, "addr", &fields, problem, take_one_region);
	else if (!strcmp(type, "page"))
		each_item(reader, line, "addr", &fields, problem, take_one_page);
	else if (!strcmp(type, "vma"))
		each_item(reader, line, "start", &fields, problem, take_one_vma);
	else if (!strcmp(type, "process"))
		take_process(reader, line, &fields, problem);
	else if (!strcmp(type, "skipped"))
		take_skipped(reader, &fields);
	else if (!strcmp(type, "gone"))
		take_gone(reader, line, &fields);
	else if (!strcmp(type, "event"))
		json_read_event(&reader->reader, &fields);
	else if (!strcmp(type, "end"))
		take_end(reader, &fields, problem);
	return fields.failed ? -EBADMSG : 0;
}
