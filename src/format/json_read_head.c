/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the snapshot line. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "format/json.h"
#include "format/json_reader.h"

/* Far above what a kernel has. */
#define FIGURES_MAX 4096
#define FIGURES_DEPTH 8

static bool digits(const char **at, unsigned n, int *value)
{
	*value = 0;
	for (; n; n--, (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		*value = *value * 10 + (**at - '0');
	}
	return true;
}

static bool literal(const char **at, char c)
{
	return *(*at)++ == c;
}

bool json_wall(const char *at, int64_t *wall_ns)
{
	struct tm tm = {0};
	int64_t ns = 0, unit = 1000000000;

	if (!digits(&at, 4, &tm.tm_year) || !literal(&at, '-') || !digits(&at, 2, &tm.tm_mon) ||
	    !literal(&at, '-') || !digits(&at, 2, &tm.tm_mday) || !literal(&at, 'T') ||
	    !digits(&at, 2, &tm.tm_hour) || !literal(&at, ':') || !digits(&at, 2, &tm.tm_min) ||
	    !literal(&at, ':') || !digits(&at, 2, &tm.tm_sec))
		return false;
	if (*at == '.')
		for (at++; *at >= '0' && *at <= '9' && unit > 1; at++)
			ns += (*at - '0') * (unit /= 10);
	if (strcmp(at, "Z") || tm.tm_year < 1678 || tm.tm_year > 2261 || tm.tm_mon < 1 || tm.tm_mon > 12 ||
	    tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	*wall_ns = (int64_t)timegm(&tm) * 1000000000 + ns;
	return true;
}

struct figure_list {
	struct arena *arena;
	struct figure *items;
	size_t n, room;
	bool too_many;
};

/* Objects within objects become names with '/'; what no writer makes, as a key with '/', is passed over. */
static void flatten(struct figure_list *list, const json_t *object, const char *path, unsigned depth)
{
	struct figure *figure;
	const json_t *value;
	const char *key, *name, *text;
	void *at;

	for (at = json_object_iter((json_t *)object); at; at = json_object_iter_next((json_t *)object, at)) {
		key = json_object_iter_key(at);
		value = json_object_iter_value(at);
		if (!*key || strchr(key, '/'))
			continue;
		key = json_restore(key, list->arena);
		name = path ? arena_printf(list->arena, "%s/%s", path, key) : key;
		if (json_is_object(value) && depth < FIGURES_DEPTH)
			flatten(list, value, name, depth + 1);
		text = json_is_integer(value)
			       ? arena_printf(list->arena, "%lld", (long long)json_integer_value(value))
			       : json_text(value, list->arena);
		list->too_many |= list->n >= FIGURES_MAX;
		if (!text || list->too_many)
			continue;
		mem_grow(&list->items, &list->room, list->n + 1, sizeof(*list->items));
		figure = &list->items[list->n++];
		figure->name = name;
		figure->value = text;
	}
}

static const struct figure *read_figures(struct fields *fields, const char *key, size_t *n)
{
	struct figure_list list = {.arena = fields->arena};
	struct fields sub = field_object(fields, key);
	const struct figure *figures;

	if (sub.object)
		flatten(&list, sub.object, NULL, 0);
	if (list.too_many)
		field_fail(fields, key, "has too many entries");
	figures = arena_copy(fields->arena, list.items, list.n * sizeof(*list.items));
	free(list.items);
	*n = list.n;
	return figures;
}

void json_read_caps(struct fields *fields, struct capabilities *caps)
{
	const json_t *names = json_object_get(fields->object, "capabilities");
	struct fields missing = field_object(fields, "missing");
	const char *name, *word;
	size_t i;
	unsigned cap;

	if (!json_is_array(names))
		field_fail(fields, "capabilities", "is missing, or no array");
	for (cap = 0; cap < CAP_COUNT; cap++) {
		name = capability_name((enum capability)cap);
		for (i = 0; i < json_array_size(names); i++) {
			word = json_string_value(json_array_get(names, i));
			if (word && !strcmp(word, name))
				caps->mask |= 1u << cap;
		}
		caps->missing[cap] = field_text_or(&missing, name, NULL);
	}
	field_close(fields, &missing);
}

static void read_range(struct fields *fields, struct moment *moment)
{
	const json_t *range = json_object_get(fields->object, "range");

	if (range && (json_array_size(range) != 2 || !json_hex(json_array_get(range, 0), &moment->from) ||
		      !json_hex(json_array_get(range, 1), &moment->to) || moment->from >= moment->to))
		field_fail(fields, "range", "is not two addresses, the lower first");
}

static uint64_t read_bit(struct fields *fields, const char *key)
{
	const uint64_t bit = field_count_or(fields, key, 63, 64);

	return bit < 64 ? UINT64_C(1) << bit : 0;
}

static void read_kernel(struct fields *fields, struct system_figures *system)
{
	struct fields kernel = field_object(fields, "kernel"),
		      bits = field_object(&kernel, "kpageflags_bits");

	system->release = field_text_or(&kernel, "release", "");
	system->cow_rule = field_text_or(&kernel, "cow_rule", "");
	system->kpf = (struct kpf_bits){.team = read_bit(&bits, "TEAM"),
					.team_pmd = read_bit(&bits, "TEAM_PMD"),
					.double_map = read_bit(&bits, "DOUBLEMAP")};
	field_close(&kernel, &bits);
	field_close(fields, &kernel);
}

void json_read_sizes(struct fields *fields, uint64_t *page_size, uint64_t *pmd_size)
{
	*pmd_size = field_count(fields, "pmd_size", UINT64_C(1) << 62);
	*page_size = field_count(fields, "page_size", UINT64_C(1) << 62);
	if (!*page_size || *page_size & (*page_size - 1))
		field_fail(fields, "page_size", "is no power of two");
	else if (*pmd_size & (*pmd_size - 1) || *pmd_size < *page_size ||
		 *pmd_size / *page_size > UINT64_C(1) << ORDER_MAX)
		field_fail(fields, "pmd_size", "does not go with page_size");
}

void json_read_snapshot(struct json_reader *reader, struct fields *fields)
{
	struct moment *moment = reader->moment;
	struct system_figures *system = &moment->system;
	const char *schema = field_plain(fields, "schema"), *time;

	if (schema && strcmp(schema, JSON_SCHEMA))
		field_fail(fields, "schema",
			   "is not thpscope-snapshot/1: another version of thpscope reads it");
	if (json_object_get(fields->object, "delta"))
		field_fail(fields, "delta", "says that this is only what changed since another moment");
	moment->source = field_text(fields, "source");
	moment->seq = field_count(fields, "seq", UINT64_MAX);
	moment->mono_ns = field_count(fields, "mono_ns", UINT64_MAX);
	time = field_text_or(fields, "time", NULL);
	if (time && !json_wall(time, &moment->wall_ns))
		field_fail(fields, "time", "is no time in UTC");
	json_read_sizes(fields, &moment->page_size, &moment->pmd_size);
	read_range(fields, moment);
	read_kernel(fields, system);
	json_read_caps(fields, &moment->caps);
	system->free_pmd_blocks = field_known(fields, "free_pmd_blocks");
	system->read_ns = field_count_or(fields, "read_ns", UINT64_MAX, 0);
	moment->cost_ns = field_count_or(fields, "cost_ns", UINT64_MAX, 0);
	json_read_tasks(fields, moment);
	system->knobs = read_figures(fields, "thp", &system->n_knobs);
	system->vmstat = read_figures(fields, "vmstat", &system->n_vmstat);
	system->meminfo = read_figures(fields, "meminfo", &system->n_meminfo);
	reader->begun = !fields->failed;
}
