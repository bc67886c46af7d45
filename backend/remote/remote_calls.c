/* SPDX-License-Identifier: GPL-2.0-or-later */
/* source.h's calls that are no moments: each is a request and what its answer's payload adds up to. */
#include <errno.h>
#include <string.h>

#include "remote/remote_parts.h"

static int take_payload(struct remote *remote, struct remote_call *call, const char *line, size_t len,
			char *problem, size_t size)
{
	(void)remote;
	return wire_payload_take(call->payload, line, len, problem, size);
}

/* Asks; 0 and *result, whose parts are in the arena. */
static int ask(struct source *source, struct wire_request *request, struct arena *arena,
	       const struct sharers_query *query, struct wire_result *result)
{
	struct remote *remote = remote_of(source);
	struct remote_call call = {.take = take_payload, .query = query};
	char problem[WIRE_PROBLEM] = "", why[WIRE_PROBLEM + 40];
	int err = remote_greet(remote);

	memset(result, 0, sizeof(*result));
	if (err)
		return err;
	call.payload = wire_payload_begin(request->call, source->page_size, source->pmd_size, arena);
	err = remote_ask(remote, request, &call);
	if (!err && wire_payload_end(call.payload, result, problem, sizeof(problem))) {
		snprintf(why, sizeof(why), "the far end talks nonsense: %s", problem);
		link_fail(remote->link, -EBADMSG, why);
		err = remote_failed(remote);
	}
	wire_payload_fini(call.payload);
	return err;
}

/* Likewise where nothing of the result outlives the call. */
static int ask_briefly(struct source *source, struct wire_request *request, struct wire_result *result)
{
	struct arena arena = {0};
	int err = ask(source, request, &arena, NULL, result);

	arena_fini(&arena);
	return err;
}

int remote_list(struct source *source, struct arena *arena, struct listed **list, size_t *n)
{
	struct wire_request request = {.call = WIRE_LIST};
	struct wire_result result;
	int err = ask(source, &request, arena, NULL, &result);

	*list = result.list;
	*n = result.n_list;
	return err;
}

static int few_pids(struct source *source, struct wire_request *request, pid_t *pids, size_t room, size_t *n)
{
	struct arena arena = {0};
	struct wire_result result;
	int err = ask(source, request, &arena, NULL, &result);

	*n = err ? 0 : result.n_pids < room ? result.n_pids : room;
	if (*n)
		memcpy(pids, result.pids, *n * sizeof(*pids));
	arena_fini(&arena);
	return err;
}

int remote_spawn(struct source *source, pid_t *pid)
{
	struct wire_request request = {.call = WIRE_SPAWN};
	size_t n;

	return few_pids(source, &request, pid, 1, &n);
}

int remote_family(struct source *source, pid_t *pids, size_t room, size_t *n)
{
	struct wire_request request = {.call = WIRE_FAMILY};

	return few_pids(source, &request, pids, room, n);
}

int remote_act(struct source *source, const struct action *action)
{
	struct wire_request request = {.call = WIRE_ACT, .action = action->text};
	struct wire_result result;

	return ask_briefly(source, &request, &result);
}

int remote_locate(struct source *source, const struct target *target, struct place *place)
{
	struct wire_request request = {.call = WIRE_LOCATE, .target = *target};
	struct wire_result result;
	int err = ask_briefly(source, &request, &result);

	*place = result.place;
	return err;
}

int remote_value(struct source *source, pid_t pid, uint64_t addr, uint8_t *value)
{
	struct wire_request request = {.call = WIRE_VALUE, .pid = pid, .addr = addr};
	struct wire_result result;
	int err = ask_briefly(source, &request, &result);

	*value = result.value;
	return err;
}

/* Whoever agrees has to know on which machine. */
int remote_plan(struct source *source, const struct trigger *trigger, struct buf *text, bool *asks)
{
	struct wire_request request = {.call = WIRE_PLAN, .trigger = *trigger};
	struct arena arena = {0};
	struct wire_result result;
	int err = ask(source, &request, &arena, NULL, &result);

	*asks = result.asks;
	if (!err && result.plan && *result.plan)
		buf_printf(text, "On %s:\n%s", remote_of(source)->host, result.plan);
	arena_fini(&arena);
	return err;
}

static void shift(const struct remote *remote, struct event *event)
{
	if (event->mono_ns)
		event->mono_ns += (uint64_t)remote->shift_ns;
	remote_shift_wall(&event->wall_ns, event->mono_ns);
}

int remote_trigger(struct source *source, const struct trigger *trigger, const struct watch *watch,
		   struct arena *arena, struct event *event)
{
	struct wire_request request = {.call = WIRE_TRIGGER, .trigger = *trigger};
	struct wire_result result;
	int err;

	if (watch) {
		request.has_watch = true;
		request.watch = *watch;
		request.watch.options.past = NULL;
	}
	err = ask(source, &request, arena, NULL, &result);
	if (err)
		return err;
	*event = result.event;
	shift(remote_of(source), event);
	return 0;
}

/* Whoever follows a remedy has to know on which machine. */
static const char *remedy_there(const struct remote *remote, const char *remedy, struct arena *arena)
{
	const char *told = why_from_afar(remedy, remote->again, arena);

	return told != remedy || !remedy || !*remedy ? told
						     : arena_printf(arena, "on %s: %s", remote->host, remedy);
}

int remote_why(struct source *source, pid_t pid, uint64_t start_time, uint64_t addr, enum why_how how,
	       struct arena *arena, struct why *why)
{
	struct wire_request request = {
		.call = WIRE_WHY, .pid = pid, .start_time = start_time, .addr = addr, .how = how};
	struct wire_result result;
	struct why_reason *reasons;
	struct event *event;
	int err = ask(source, &request, arena, NULL, &result);
	size_t i;

	if (err)
		return err;
	*why = result.why;
	reasons = arena_copy(arena, why->reasons, why->n * sizeof(*reasons));
	for (i = 0; i < why->n; i++)
		reasons[i].remedy = remedy_there(remote_of(source), reasons[i].remedy, arena);
	why->reasons = reasons;
	if (why->event) {
		event = arena_copy(arena, why->event, sizeof(*event));
		shift(remote_of(source), event);
		why->event = event;
	}
	return 0;
}

int remote_sharers(struct source *source, const struct sharers_query *query, struct arena *arena,
		   struct sharers *sharers)
{
	struct wire_request request = {.call = WIRE_SHARERS, .sharers = *query};
	struct wire_result result;
	int err;

	request.sharers.cancel = NULL;
	request.sharers.progress = NULL;
	err = ask(source, &request, arena, query, &result);
	if (!err) {
		*sharers = result.sharers;
		sharers->source = arena_printf(arena, "%s", remote_of(source)->name);
	}
	return err;
}

int remote_heat(struct source *source, const struct heat_query *query, struct arena *arena, struct heat *heat)
{
	/* Of a search it is only known how to end it, and how far it is. */
	const struct sharers_query ends = {.cancel = query->cancel, .progress = query->progress};
	struct wire_request request = {.call = WIRE_HEAT, .heat = *query};
	struct wire_result result;
	int err;

	request.heat.cancel = NULL;
	request.heat.progress = NULL;
	err = ask(source, &request, arena, &ends, &result);
	if (!err) {
		*heat = result.heat;
		heat->source = arena_printf(arena, "%s", remote_of(source)->name);
	}
	return err;
}
