/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading what is used most. */
#include <string.h>

#include "core/mem.h"
#include "format/json_reader.h"

static enum heat_by read_by(struct fields *fields)
{
	const char *name = field_plain(fields, "by");
	enum heat_by by =
		!name || !strcmp(name, heat_by_name(HEAT_BY_ANY)) ? HEAT_BY_ANY : heat_by_named(name);

	if (by != HEAT_BY_COUNT)
		return by;
	field_fail(fields, "by", "is no way that this version knows");
	return HEAT_BY_ANY;
}

static void read_way(struct fields *fields, struct heat *heat)
{
	heat->by = read_by(fields);
	heat->window_ns = field_count_or(fields, "window_ns", INT64_MAX, 0);
	heat->took_ns = field_count_or(fields, "took_ns", UINT64_MAX, 0);
	heat->missing = field_text_or(fields, "missing", NULL);
}

static void read_counts(struct fields *fields, struct heat_region *region)
{
	region->of = (uint32_t)field_count(fields, "of", UINT32_MAX);
	region->used = (uint32_t)field_count(fields, "used", region->of);
	region->pages = (uint32_t)field_count_or(fields, "pages", UINT32_MAX, region->of);
	if (region->pages < region->of)
		field_fail(fields, "pages", "is less than what is told of them");
}

void json_read_heat(struct fields *fields, struct heat *heat)
{
	*heat = (struct heat){.source = field_text(fields, "source")};
	json_read_sizes(fields, &heat->page_size, &heat->pmd_size);
	heat->pid = (pid_t)field_count(fields, "pid", INT32_MAX);
	heat->start_time = field_count(fields, "start_time", UINT64_MAX);
	read_way(fields, heat);
}

void json_read_hot(struct fields *fields, const struct heat *heat, struct heat_region *region)
{
	const char *mapping = field_plain(fields, "mapping"), *backing = field_plain(fields, "backing");

	*region = (struct heat_region){.start = field_hex(fields, "addr"),
				       .present = (uint32_t)field_count(fields, "present", UINT32_MAX)};
	region->mapping = mapping ? mapping_named(mapping) : MAPPING_COUNT;
	region->backing = backing ? backing_named(backing) : BACKING_COUNT;
	if (region->mapping != MAPPING_PTE)
		field_fail(fields, "mapping", "is not that of a region that is not huge");
	if (region->backing == BACKING_COUNT)
		field_fail(fields, "backing", "is no backing that this version knows");
	if (region->start % heat->pmd_size || (heat->n && region->start <= heat->items[heat->n - 1].start))
		field_fail(fields, "addr", "is no slot, or not above the one before");
	read_counts(fields, region);
}

void json_read_process_heat(struct json_reader *reader, struct fields *fields)
{
	struct fields sub = field_object(fields, "heat");

	reader->has_heat = sub.object;
	reader->heat = (struct heat){.n = 0};
	if (sub.object)
		read_way(&sub, &reader->heat);
	field_close(fields, &sub);
}

void json_read_region_heat(struct json_reader *reader, struct fields *fields, const struct region *region)
{
	struct fields sub = field_object(fields, "heat");
	struct heat_region item = {.start = region->start,
				   .present = region->present,
				   .mapping = region->mapping,
				   .backing = region->backing};

	if (sub.object) {
		read_counts(&sub, &item);
		if (!reader->has_heat || read_by(&sub) != reader->heat.by)
			field_fail(&sub, "by", "is not the way of the process line before");
	}
	field_close(fields, &sub);
	if (!reader->has_heat || fields->failed ||
	    (!item.of && (region->mapping != MAPPING_PTE || region->len != reader->moment->pmd_size ||
			  region->backing == BACKING_HUGETLB)))
		return;
	mem_grow(&reader->hot, &reader->hot_room, reader->heat.n + 1, sizeof(item));
	reader->hot[reader->heat.n++] = item;
}

const struct heat *json_reader_heat(struct json_reader *reader, const struct process *process)
{
	struct arena *arena = &reader->moment->arena;
	struct heat *heat;

	if (!reader->has_heat)
		return NULL;
	heat = arena_copy(arena, &reader->heat, sizeof(*heat));
	heat->source = reader->moment->source;
	heat->pid = process->pid;
	heat->start_time = process->start_time;
	heat->page_size = reader->moment->page_size;
	heat->pmd_size = reader->moment->pmd_size;
	heat->items = arena_copy(arena, reader->hot, heat->n * sizeof(*heat->items));
	heat_rank(heat, arena);
	reader->has_heat = false;
	return heat;
}
