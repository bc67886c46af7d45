/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carrying requests out: source.h's calls, by name. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent_parts.h"
#include "format/delta.h"
#include "privilege/privilege.h"
#include "script/script.h"

/* More members than this a family has not. */
#define FAMILY_MOST 65536

/* An answer without a payload. */
static void answer_empty(struct agent *agent, uint64_t id, int error, const char *reason)
{
	struct buf *lines = &agent->lines;

	buf_clear(lines);
	wire_put_begin(lines, id);
	wire_put_answer(lines, id, error, reason, false);
	outbox_write(&agent->outbox, lines->data, lines->len);
}

/*
 * Begin, the lines of `now`, which takes the place of *last, and answer. `before`, if not NULL, is what it is a delta to; else
 * it is one to nothing if `first`, or whole.
 */
static void send_moment(struct agent *agent, uint64_t id, const struct moment *before, struct moment *now,
			struct moment **last, bool first, bool more)
{
	const struct sink sink = {outbox_sink, &agent->outbox};
	struct buf *lines = &agent->lines;

	buf_clear(lines);
	wire_put_begin(lines, id);
	if (outbox_write(&agent->outbox, lines->data, lines->len) ||
	    (first && !before ? delta_write_first(now, &sink) : delta_write(before, now, &sink))) {
		moment_free(now);
		return;
	}
	buf_clear(lines);
	wire_put_answer(lines, id, 0, "", more);
	outbox_write(&agent->outbox, lines->data, lines->len);
	moment_free(*last);
	*last = now;
}

void agent_send_moment(struct agent *agent, uint64_t id, const struct moment *before, struct moment *moment,
		       bool more)
{
	send_moment(agent, id, before, moment, &agent->sent, more, more);
	agent->sent_to = 0;
}

static void call_sample(struct agent *agent, const struct wire_request *request)
{
	const bool has = request->has_since && agent->sent && agent->sent->seq == request->since;
	const uint64_t sent_to = agent->sent_to;

	agent_send_moment(agent, request->id, has ? agent->sent : NULL,
			  source_sample(agent->source, &request->watch), false);
	agent->sent_to = sent_to; /* what is pushed next may be a delta to it */
}

/* Whether both are of one process, not only of one PID, and of one region. */
static bool same_region(const struct moment *one, const struct moment *other)
{
	return one->n_processes == 1 && other->n_processes == 1 &&
	       one->processes[0].pid == other->processes[0].pid &&
	       one->processes[0].start_time == other->processes[0].start_time && one->from == other->from &&
	       one->to == other->to;
}

/* In a row of their own: between them and samples there are no deltas. */
static void call_examine(struct agent *agent, const struct wire_request *request)
{
	struct moment *now = source_examine(agent->source, request->pid, request->addr);
	const struct moment *before = agent->examined;

	if (!before || !request->has_since || before->seq != request->since || !same_region(before, now))
		before = NULL;
	send_moment(agent, request->id, before, now, &agent->examined, request->has_since, false);
}

static int call_list(struct source *source, struct arena *arena, struct buf *out)
{
	struct listed *list;
	size_t i, n = 0;
	int err = source_list(source, arena, &list, &n);

	for (i = 0; !err && i < n; i++)
		wire_put_listed(out, &list[i]);
	return err;
}

static int call_spawn(struct source *source, struct buf *out)
{
	pid_t pid;
	int err = source_spawn(source, &pid);

	if (!err)
		wire_put_pid(out, pid);
	return err;
}

/* A line of a script, as far as it is a source's to carry out. */
static int call_act(struct source *source, const char *text)
{
	struct script_error mistake;
	struct script *script;
	int err = script_parse_line(text, strlen(text), &script, &mistake);

	if (err) {
		snprintf(source->error, sizeof(source->error), "%s", mistake.text);
		return err;
	}
	if (script->n && action_has_task(script->actions[0].kind)) {
		err = source_act(source, &script->actions[0]);
	} else {
		snprintf(source->error, sizeof(source->error), "that is nothing for a source to carry out");
		err = -EINVAL;
	}
	script_free(script);
	return err;
}

static int call_locate(struct source *source, const struct target *target, struct buf *out)
{
	struct place place = {0};
	int err = source_locate(source, target, &place);

	if (!err)
		wire_put_place(out, &place);
	return err;
}

static int call_value(struct source *source, const struct wire_request *request, struct buf *out)
{
	uint8_t value;
	int err = source_value(source, request->pid, request->addr, &value);

	if (!err)
		wire_put_value(out, value);
	return err;
}

static int call_family(struct source *source, struct arena *arena, struct buf *out)
{
	pid_t *pids = arena_alloc(arena, FAMILY_MOST * sizeof(*pids));
	size_t i, n = 0;
	int err = source_family(source, pids, FAMILY_MOST, &n);

	for (i = 0; !err && i < n; i++)
		wire_put_pid(out, pids[i]);
	return err;
}

static int call_plan(struct source *source, const struct trigger *trigger, struct buf *out)
{
	struct buf text = {0};
	bool asks = true;
	int err = source_plan(source, trigger, &text, &asks);

	if (!err)
		wire_put_plan(out, text.data ? text.data : "", asks);
	buf_fini(&text);
	return err;
}

static int call_trigger(struct source *source, const struct wire_request *request, struct arena *arena,
			struct buf *out)
{
	struct event event;
	int err = source_trigger(source, &request->trigger, request->has_watch ? &request->watch : NULL,
				 arena, &event);

	if (!err)
		wire_put_event(out, &event, source->pmd_size);
	return err;
}

static int call_why(struct source *source, const struct wire_request *request, struct arena *arena,
		    struct buf *out)
{
	struct why why;
	int err = source_why(source, request->pid, request->start_time, request->addr, request->how, arena,
			     &why);

	if (!err)
		wire_put_why(out, &why, source->pmd_size);
	return err;
}

static int call_sharers(struct agent *agent, const struct wire_request *request, struct arena *arena,
			struct buf *out)
{
	struct sharers_query query = request->sharers;
	struct sharers sharers;
	int err;

	query.cancel = &agent->inbox.cancel;
	query.progress = &agent->inbox.progress;
	err = source_sharers(agent->source, &query, arena, &sharers);
	if (!err)
		wire_put_sharers(out, &sharers);
	return err;
}

static int call_heat(struct agent *agent, const struct wire_request *request, struct arena *arena,
		     struct buf *out)
{
	struct heat_query query = request->heat;
	struct heat heat;
	int err;

	query.cancel = &agent->inbox.cancel;
	query.progress = &agent->inbox.progress;
	err = source_heat(agent->source, &query, arena, &heat);
	if (!err)
		wire_put_heat(out, &heat);
	return err;
}

/* What the kernel then refuses is refused with a sentence first. */
static int call_read_only(struct source *source)
{
	int err = privilege_read_only(source->error, sizeof(source->error));

	source->read_only |= !err;
	return err;
}

/* Those whose payload is a few lines, into `out`. */
static int carry_out(struct agent *agent, const struct wire_request *request, struct arena *arena,
		     struct buf *out)
{
	struct source *source = agent->source;

	switch (request->call) {
	case WIRE_LIST:
		return call_list(source, arena, out);
	case WIRE_SPAWN:
		return call_spawn(source, out);
	case WIRE_ACT:
		return call_act(source, request->action);
	case WIRE_LOCATE:
		return call_locate(source, &request->target, out);
	case WIRE_VALUE:
		return call_value(source, request, out);
	case WIRE_FAMILY:
		return call_family(source, arena, out);
	case WIRE_PLAN:
		return call_plan(source, &request->trigger, out);
	case WIRE_TRIGGER:
		return call_trigger(source, request, arena, out);
	case WIRE_WHY:
		return call_why(source, request, arena, out);
	case WIRE_SHARERS:
		return call_sharers(agent, request, arena, out);
	case WIRE_HEAT:
		return call_heat(agent, request, arena, out);
	case WIRE_READ_ONLY:
		return call_read_only(source);
	case WIRE_WATCH:
		push_begin(agent, request);
		return 0;
	case WIRE_SAMPLE:
	case WIRE_EXAMINE:
	case WIRE_SEEN:
	case WIRE_CANCEL:
	case WIRE_CALL_COUNT:
		break;
	}
	return -ENOTSUP;
}

/* No line may be longer than the protocol has it. */
static bool fits(const struct buf *lines)
{
	const char *at = lines->data, *end = at + lines->len, *newline;

	for (; at < end; at = newline + 1) {
		newline = memchr(at, '\n', (size_t)(end - at));
		if (!newline || (size_t)(newline + 1 - at) > WIRE_LINE_MAX)
			return false;
	}
	return true;
}

static void call_small(struct agent *agent, struct inbox_item *item)
{
	struct source *source = agent->source;
	const uint64_t id = item->request.id;
	struct buf *lines = &agent->lines;
	size_t from;
	int err;

	buf_clear(lines);
	wire_put_begin(lines, id);
	from = lines->len;
	source->error[0] = '\0';
	err = carry_out(agent, &item->request, &item->arena, lines);
	if (!err && !fits(lines)) {
		err = -EMSGSIZE;
		snprintf(source->error, sizeof(source->error),
			 "it was done, but what came of it is too long for a line");
	}
	if (err)
		lines->len = from;
	wire_put_answer(lines, id, err, source->error[0] ? source->error : strerror(-err), false);
	outbox_write(&agent->outbox, lines->data, lines->len);
}

void agent_call(struct agent *agent, struct inbox_item *item)
{
	const struct wire_request *request = &item->request;

	if (item->error)
		answer_empty(agent, request->id, item->error, item->problem);
	else if (item->cancelled)
		answer_empty(agent, request->id, -ECANCELED, "it was given up before it began");
	else if (request->call == WIRE_SAMPLE)
		call_sample(agent, request);
	else if (request->call == WIRE_EXAMINE)
		call_examine(agent, request);
	else if (request->call == WIRE_WATCH && request->interval_ns)
		push_begin(agent, request); /* its answers are its moments */
	else
		call_small(agent, item);
	/* What is pushed next is to show what was done, and at once. */
	if (request->call == WIRE_TRIGGER || request->call == WIRE_ACT)
		push_anew(agent);
}
