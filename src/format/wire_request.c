/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing requests. */
#include <errno.h>
#include <string.h>

#include "format/json_put.h"
#include "format/wire_parts.h"

static void key_true(struct buf *out, const char *key, bool value)
{
	if (value)
		wire_key_bool(out, key, true);
}

static void put_pids(struct buf *out, const pid_t *pids, size_t n)
{
	size_t i;

	buf_putc(out, '[');
	for (i = 0; i < n; i++) {
		if (i)
			buf_putc(out, ',');
		buf_dec(out, (uint64_t)pids[i]);
	}
	buf_putc(out, ']');
}

static void put_names(struct buf *out, const struct watch *watch)
{
	size_t i;

	json_key(out, "counters");
	buf_putc(out, '[');
	for (i = 0; i < watch->n_counters; i++) {
		buf_puts(out, i ? "," : "");
		json_quote(out, watch->counters[i]);
	}
	buf_putc(out, ']');
}

static void put_watch(struct buf *out, const struct watch *watch)
{
	const struct survey_options *options = &watch->options;
	size_t i;

	buf_puts(out, "{\"pids\":");
	put_pids(out, watch->pids, watch->n);
	for (i = 0; watch->start_times && i < watch->n; i++) {
		buf_puts(out, i ? "," : ",\"start_times\":[");
		buf_dec(out, watch->start_times[i]);
	}
	if (watch->start_times && watch->n)
		buf_putc(out, ']');
	key_true(out, "follow", watch->follow);
	key_true(out, "live", watch->live);
	key_true(out, "anew", watch->anew);
	if (watch->count)
		put_names(out, watch);
	key_true(out, "exact", options->exact);
	key_true(out, "cgroup", options->cgroup);
	key_true(out, "smaps", options->smaps);
	key_true(out, "pages", options->pages);
	if (options->from || options->to) {
		json_key_hex(out, "from", options->from);
		json_key_hex(out, "to", options->to);
	}
	if (options->n_smaps_of) {
		json_key(out, "smaps_of");
		put_pids(out, options->smaps_of, options->n_smaps_of);
	}
	buf_putc(out, '}');
}

static void put_trigger(struct buf *out, const struct trigger *trigger)
{
	buf_puts(out, "{\"kind\":");
	json_quote(out, trigger_name(trigger->kind));
	if (trigger->way != TRIGGER_WAY_USUAL)
		json_key_string(out, "way", trigger_way_name(trigger->way));
	wire_key_pid(out, "pid", trigger->pid);
	json_key_dec(out, "start_time", trigger->start_time);
	json_key_hex(out, "addr", trigger->addr);
	json_key_dec(out, "len", trigger->len);
	if (trigger->order >= 0)
		json_key_dec(out, "order", (uint64_t)trigger->order);
	key_true(out, "inject", trigger->inject);
	key_true(out, "daemon", trigger->daemon);
	key_true(out, "begin", trigger->begin);
	buf_putc(out, '}');
}

static void put_target(struct buf *out, const struct target *target)
{
	buf_puts(out, "{\"process\":");
	json_quote(out, target->process);
	json_key_string(out, "area", target->area);
	if (target->has_index)
		json_key_dec(out, "index", target->index);
	if (target->has_offset)
		json_key_dec(out, "offset", target->offset);
	if (target->has_len)
		json_key_dec(out, "len", target->len);
	buf_putc(out, '}');
}

static void put_sharers(struct buf *out, const struct sharers_query *query)
{
	wire_key_pid(out, "pid", query->pid);
	json_key_dec(out, "start_time", query->start_time);
	json_key_hex(out, "addr", query->addr);
	json_key_dec(out, "timeout_ns", query->timeout_ns);
}

static void put_heat(struct buf *out, const struct heat_query *query)
{
	wire_key_pid(out, "pid", query->pid);
	json_key_dec(out, "start_time", query->start_time);
	if (query->from || query->to) {
		json_key_hex(out, "from", query->from);
		json_key_hex(out, "to", query->to);
	}
	if (query->by != HEAT_BY_ANY)
		json_key_string(out, "by", heat_by_name(query->by));
	json_key_dec(out, "window_ns", query->window_ns);
}

static void key_watch(struct buf *out, const struct wire_request *request)
{
	if (!request->has_watch)
		return;
	json_key(out, "watch");
	put_watch(out, &request->watch);
}

static void key_since(struct buf *out, const struct wire_request *request)
{
	if (request->has_since)
		json_key_dec(out, "since", request->since);
}

static void put_place(struct buf *out, const struct wire_request *request)
{
	wire_key_pid(out, "pid", request->pid);
	json_key_hex(out, "addr", request->addr);
}

static void put_arguments(struct buf *out, const struct wire_request *request)
{
	switch (request->call) {
	case WIRE_SAMPLE:
		key_watch(out, request);
		key_since(out, request);
		break;
	case WIRE_WATCH:
		key_watch(out, request);
		json_key_dec(out, "interval_ns", request->interval_ns);
		json_key_dec(out, "window", request->window);
		break;
	case WIRE_EXAMINE:
		key_since(out, request);
		put_place(out, request);
		break;
	case WIRE_WHY:
		json_key_dec(out, "start_time", request->start_time);
		wire_key_bool(out, "ask", request->how == WHY_ASK);
		wire_key_bool(out, "pass", request->how == WHY_PASS);
		/* fallthrough */
	case WIRE_VALUE:
		put_place(out, request);
		break;
	case WIRE_ACT:
		json_key_string(out, "action", request->action);
		break;
	case WIRE_LOCATE:
		json_key(out, "target");
		put_target(out, &request->target);
		break;
	case WIRE_TRIGGER:
		key_watch(out, request);
		/* fallthrough */
	case WIRE_PLAN:
		json_key(out, "trigger");
		put_trigger(out, &request->trigger);
		break;
	case WIRE_SHARERS:
		put_sharers(out, &request->sharers);
		break;
	case WIRE_HEAT:
		put_heat(out, &request->heat);
		break;
	case WIRE_SEEN:
		json_key_dec(out, "seq", request->seq);
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

int wire_put_request(struct buf *out, const struct wire_request *request)
{
	const size_t from = out->len;

	buf_puts(out, "{\"call\":");
	json_quote(out, wire_call_name(request->call));
	if (request->call != WIRE_SEEN)
		json_key_dec(out, "id", request->id);
	put_arguments(out, request);
	buf_puts(out, "}\n");
	if (out->len - from <= WIRE_LINE_MAX)
		return 0;
	out->len = from;
	out->data[from] = '\0';
	return -EMSGSIZE;
}
