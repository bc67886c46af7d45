/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading requests: what a client asks for, checked before anything is done. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "format/wire_parts.h"

/* A list of counts up to max into an array of `size` bytes each; NULL where there is none. */
static void *read_list(struct fields *fields, const char *key, uint64_t max, size_t size, size_t *n)
{
	const json_t *list = json_object_get(fields->object, key);
	uint64_t number;
	char *array;
	size_t i;
	pid_t pid;

	*n = 0;
	if (!list)
		return NULL;
	if (!json_is_array(list)) {
		field_fail(fields, key, "is no list");
		return NULL;
	}
	array = arena_alloc(fields->arena, json_array_size(list) * size);
	for (i = 0; i < json_array_size(list); i++) {
		if (!json_count(json_array_get(list, i), &number) || number > max) {
			field_fail(fields, key, "holds what is no number, or a too large one");
			return NULL;
		}
		pid = (pid_t)number;
		memcpy(array + i * size, size == sizeof(pid) ? (void *)&pid : (void *)&number, size);
	}
	*n = i;
	return array;
}

/* The names of what is to be counted; a list without any means the usual ones. */
static void read_names(struct fields *fields, struct watch *watch)
{
	const json_t *list = json_object_get(fields->object, "counters");
	const size_t n = json_array_size(list);
	const char **names;
	size_t i;

	watch->count = list;
	if (list && (!json_is_array(list) || n > COUNTERS_MOST)) {
		field_fail(fields, "counters", "is no list, or too long");
		return;
	}
	names = arena_alloc(fields->arena, n * sizeof(*names));
	for (i = 0; i < n; i++) {
		names[i] = json_text(json_array_get(list, i), fields->arena);
		if (!names[i]) {
			field_fail(fields, "counters", "holds what is no name");
			return;
		}
	}
	watch->counters = names;
	watch->n_counters = n;
}

static bool read_watch(struct fields *fields, struct watch *watch)
{
	struct fields sub = field_object(fields, "watch");
	struct survey_options *options = &watch->options;
	size_t n;

	if (!sub.object)
		return false;
	sub.what = "watch";
	watch->pids = read_list(&sub, "pids", INT32_MAX, sizeof(pid_t), &watch->n);
	if (!watch->pids)
		field_fail(&sub, "pids", "is missing");
	watch->start_times = read_list(&sub, "start_times", UINT64_MAX, sizeof(uint64_t), &n);
	if (watch->start_times && n != watch->n)
		field_fail(&sub, "start_times", "is not as long as pids");
	watch->follow = field_bool_or(&sub, "follow", false);
	watch->live = field_bool_or(&sub, "live", false);
	watch->anew = field_bool_or(&sub, "anew", false);
	read_names(&sub, watch);
	options->exact = field_bool_or(&sub, "exact", false);
	options->cgroup = field_bool_or(&sub, "cgroup", false);
	options->smaps = field_bool_or(&sub, "smaps", false);
	options->pages = field_bool_or(&sub, "pages", false);
	options->from = field_hex_or(&sub, "from", 0);
	options->to = field_hex_or(&sub, "to", 0);
	if (options->from >= options->to && (options->from || options->to))
		field_fail(&sub, "to", "is not above from");
	options->smaps_of = read_list(&sub, "smaps_of", INT32_MAX, sizeof(pid_t), &options->n_smaps_of);
	field_close(fields, &sub);
	return true;
}

static const char *word_or(struct fields *fields, const char *key, const char *absent)
{
	return json_object_get(fields->object, key) ? field_plain(fields, key) : absent;
}

static void read_trigger(struct fields *fields, struct trigger *trigger)
{
	struct fields sub = field_object(fields, "trigger");
	const char *kind, *way;
	unsigned i;

	if (!sub.object) {
		field_fail(fields, "trigger", "is missing");
		return;
	}
	sub.what = "trigger";
	kind = field_plain(&sub, "kind");
	for (i = 0; i < TRIGGER_KIND_COUNT && kind && strcmp(kind, trigger_name((enum trigger_kind)i)); i++)
		;
	if (!kind || i == TRIGGER_KIND_COUNT)
		field_fail(&sub, "kind", "is no trigger");
	else
		trigger->kind = (enum trigger_kind)i;
	way = word_or(&sub, "way", "");
	for (i = 0; i < TRIGGER_WAY_COUNT && way && strcmp(way, trigger_way_name((enum trigger_way)i)); i++)
		;
	if (!way || i == TRIGGER_WAY_COUNT)
		field_fail(&sub, "way", "is no way to do it");
	else
		trigger->way = (enum trigger_way)i;
	trigger->pid = (pid_t)field_count(&sub, "pid", INT32_MAX);
	trigger->start_time = field_count_or(&sub, "start_time", UINT64_MAX, 0);
	trigger->addr = field_hex(&sub, "addr");
	trigger->len = field_count_or(&sub, "len", UINT64_MAX, 0);
	trigger->order =
		json_object_get(sub.object, "order") ? (int)field_count(&sub, "order", ORDER_MAX) : -1;
	trigger->inject = field_bool_or(&sub, "inject", false);
	trigger->daemon = field_bool_or(&sub, "daemon", false);
	trigger->begin = field_bool_or(&sub, "begin", false);
	field_close(fields, &sub);
}

static void read_name(struct fields *fields, const char *key, char name[NAME_MAX_LEN + 1])
{
	const char *text = word_or(fields, key, "");

	if (!text || strlen(text) > NAME_MAX_LEN)
		field_fail(fields, key, "is no name");
	else
		memcpy(name, text, strlen(text) + 1);
}

static void read_target(struct fields *fields, struct target *target)
{
	struct fields sub = field_object(fields, "target");

	if (!sub.object) {
		field_fail(fields, "target", "is missing");
		return;
	}
	sub.what = "target";
	read_name(&sub, "process", target->process);
	read_name(&sub, "area", target->area);
	target->has_index = json_object_get(sub.object, "index");
	target->index = field_count_or(&sub, "index", UINT64_MAX, 0);
	target->has_offset = json_object_get(sub.object, "offset");
	target->offset = field_count_or(&sub, "offset", UINT64_MAX, 0);
	target->has_len = json_object_get(sub.object, "len");
	target->len = field_count_or(&sub, "len", UINT64_MAX, 0);
	field_close(fields, &sub);
}

static void read_place(struct fields *fields, pid_t *pid, uint64_t *addr)
{
	*pid = (pid_t)field_count(fields, "pid", INT32_MAX);
	*addr = field_hex(fields, "addr");
}

static void need_watch(struct fields *fields, struct wire_request *request)
{
	request->has_watch = read_watch(fields, &request->watch);
	if (!request->has_watch)
		field_fail(fields, "watch", "is missing");
}

static void read_watch_call(struct fields *fields, struct wire_request *request)
{
	request->interval_ns = field_count(fields, "interval_ns", INT64_MAX);
	if (!request->interval_ns)
		return;
	if (request->interval_ns < WIRE_INTERVAL_MIN_NS)
		field_fail(fields, "interval_ns", "is too short");
	request->window = (unsigned)field_count(fields, "window", WIRE_WINDOW_MAX);
	if (!request->window)
		field_fail(fields, "window", "lets nothing through");
	need_watch(fields, request);
}

static void read_sharers(struct fields *fields, struct sharers_query *query)
{
	read_place(fields, &query->pid, &query->addr);
	query->start_time = field_count_or(fields, "start_time", UINT64_MAX, 0);
	query->timeout_ns = field_count_or(fields, "timeout_ns", INT64_MAX, 0);
}

static void read_heat(struct fields *fields, struct heat_query *query)
{
	const char *by = field_text_or(fields, "by", NULL);

	query->pid = (pid_t)field_count(fields, "pid", INT32_MAX);
	query->start_time = field_count_or(fields, "start_time", UINT64_MAX, 0);
	query->from = field_hex_or(fields, "from", 0);
	query->to = field_hex_or(fields, "to", 0);
	query->window_ns = field_count_or(fields, "window_ns", HEAT_WINDOW_MOST_NS, 0);
	query->by = by ? heat_by_named(by) : HEAT_BY_ANY;
	if (query->by == HEAT_BY_COUNT)
		field_fail(fields, "by", "is no way that this version knows");
	if (query->from > query->to)
		field_fail(fields, "to", "is below from");
}

static void read_since(struct fields *fields, struct wire_request *request)
{
	request->has_since = json_object_get(fields->object, "since");
	request->since = field_count_or(fields, "since", UINT64_MAX, 0);
}

static void read_arguments(struct fields *fields, struct wire_request *request)
{
	switch (request->call) {
	case WIRE_SAMPLE:
		need_watch(fields, request);
		read_since(fields, request);
		break;
	case WIRE_EXAMINE:
		read_since(fields, request);
		read_place(fields, &request->pid, &request->addr);
		break;
	case WIRE_WATCH:
		read_watch_call(fields, request);
		break;
	case WIRE_WHY:
		request->start_time = field_count_or(fields, "start_time", UINT64_MAX, 0);
		request->how = field_bool_or(fields, "ask", false)    ? WHY_ASK
			       : field_bool_or(fields, "pass", false) ? WHY_PASS
								      : WHY_LOOK;
		/* fallthrough */
	case WIRE_VALUE:
		read_place(fields, &request->pid, &request->addr);
		break;
	case WIRE_ACT:
		request->action = field_text(fields, "action");
		break;
	case WIRE_LOCATE:
		read_target(fields, &request->target);
		break;
	case WIRE_TRIGGER:
		request->has_watch = read_watch(fields, &request->watch);
		/* fallthrough */
	case WIRE_PLAN:
		read_trigger(fields, &request->trigger);
		break;
	case WIRE_SHARERS:
		read_sharers(fields, &request->sharers);
		break;
	case WIRE_HEAT:
		read_heat(fields, &request->heat);
		break;
	case WIRE_SEEN:
		request->seq = field_count(fields, "seq", UINT64_MAX);
		break;
	case WIRE_LIST:
	case WIRE_SPAWN:
	case WIRE_FAMILY:
	case WIRE_READ_ONLY:
	case WIRE_CANCEL:
	case WIRE_CALL_COUNT:
		break;
	}
}

/* Which call it is; false after a sentence. */
static bool read_call(struct fields *fields, struct wire_request *request)
{
	const char *name = field_plain(fields, "call");
	char quoted[40];
	unsigned i;

	for (i = 0; name && i < WIRE_CALL_COUNT; i++) {
		if (strcmp(name, wire_call_name((enum wire_call)i)))
			continue;
		request->call = (enum wire_call)i;
		return true;
	}
	if (name && !fields->failed) {
		wire_quote(name, strlen(name), sizeof(quoted), quoted, sizeof(quoted));
		snprintf(fields->problem, fields->room, "request: there is no call '%s'", quoted);
		fields->failed = true;
	}
	return false;
}

int wire_read_request(const char *line, size_t len, struct arena *arena, struct wire_request *request,
		      char *problem, size_t size)
{
	struct fields fields;
	json_t *object = wire_open(line, len, "request", arena, &fields, problem, size);

	memset(request, 0, sizeof(*request));
	if (!object)
		return -EBADMSG;
	request->id = field_count_or(&fields, "id", UINT64_MAX, 0);
	if (read_call(&fields, request)) {
		if (!request->id && request->call != WIRE_SEEN)
			field_fail(&fields, "id", "is missing, or 0");
		read_arguments(&fields, request);
	}
	json_decref(object);
	return fields.failed ? -EBADMSG : 0;
}
