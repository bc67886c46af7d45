/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The watch whose moments are pushed: begun, taken in order, acknowledged, given out one at a time, ended. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "remote/remote_parts.h"

/* So many samples in a row at less than half, or more than twice, the interval begin the watch anew. */
#define OFF_MOST 50

/* What it takes in memory, which is not what a far end has to be believed to be moderate in. */
static size_t bytes_of(const struct event *event)
{
	size_t i, n = sizeof(struct occurrence) + strlen(event->by) + strlen(event->how) +
		      strlen(event->verdict) + strlen(event->why) +
		      event->n_effects * sizeof(*event->effects);

	for (i = 0; i < event->n_deltas; i++)
		n += sizeof(*event->deltas) + strlen(event->deltas[i].name);
	return n;
}

static void lose_oldest(struct remote_happened *happened)
{
	happened->bytes -= bytes_of(&happened->events[0]->event);
	occurrence_free(happened->events[0]);
	memmove(happened->events, happened->events + 1, --happened->n * sizeof(*happened->events));
	happened->lost = true;
}

static void keep_events(struct remote_happened *happened, const struct moment *moment)
{
	size_t i;

	for (i = 0; i < moment->n_events; i++) {
		happened->bytes += bytes_of(&moment->events[i]);
		while (happened->n == REMOTE_EVENTS_MAX ||
		       (happened->n && happened->bytes > REMOTE_EVENTS_BYTES))
			lose_oldest(happened);
		mem_grow(&happened->events, &happened->room, happened->n + 1, sizeof(*happened->events));
		happened->events[happened->n++] = occurrence_copy(&moment->events[i]);
	}
}

static void release_event(void *happened)
{
	occurrence_free(happened);
}

/* Puts before a moment's events what happened in those that were passed over. It is nobody else's to read yet. */
static void give_events(struct remote *remote, struct moment *moment)
{
	struct remote_happened *happened = &remote->happened;
	const size_t n = happened->n + happened->lost;
	struct event *events;
	size_t i;

	if (!n)
		return;
	events = arena_alloc(&moment->arena, (n + moment->n_events) * sizeof(*events));
	if (happened->lost)
		events[0] = (struct event){.kind = EVENT_LOST,
					   .mono_ns = happened->events[0]->event.mono_ns,
					   .wall_ns = happened->events[0]->event.wall_ns,
					   .by = "",
					   .how = "",
					   .result = UNKNOWN_COUNT,
					   .verdict = "",
					   .why = "more happened than could be kept until it was shown"};
	for (i = 0; i < happened->n; i++) {
		events[happened->lost + i] = happened->events[i]->event;
		arena_defer(&moment->arena, release_event, happened->events[i]);
	}
	if (moment->n_events)
		memcpy(events + n, moment->events, moment->n_events * sizeof(*events));
	moment->events = events;
	moment->n_events += n;
	happened->n = happened->bytes = 0;
	happened->lost = false;
}

void remote_forget_events(struct remote *remote)
{
	struct remote_happened *happened = &remote->happened;

	while (happened->n)
		occurrence_free(happened->events[--happened->n]);
	free(happened->events);
}

void remote_live_pass(struct remote *remote)
{
	struct remote_live *live = &remote->live;

	if (live->newest)
		keep_events(&remote->happened, live->newest);
	moment_free(live->newest);
	live->newest = NULL;
}

static void live_take(struct remote *remote, struct moment *moment)
{
	struct remote_live *live = &remote->live;

	remote_live_pass(remote);
	live->n_taken++;
	moment->source = arena_printf(&moment->arena, "%s", remote->name);
	live->newest = moment;
	live->stale = false;
	live->seen = moment->seq;
	live->unseen = true;
}

int remote_live_line(struct remote *remote, const char *line, size_t len, char *problem, size_t size)
{
	const struct remote_live *live = &remote->live;
	struct moment *moment = NULL;
	/* The agent made it when all but the window were seen that came before. */
	const uint64_t since =
		live->n_taken < REMOTE_WINDOW ? live->begun_ns : live->seen_ns[live->n_taken % REMOTE_WINDOW];
	int got = remote_moment_line(remote, line, len, since, &moment, problem, size);

	if (got == 1)
		live_take(remote, moment);
	return got < 0 ? got : 0;
}

int remote_live_end(struct remote *remote, const struct wire_line *answer)
{
	struct remote_live *live = &remote->live;
	struct wire_request request = {.call = WIRE_SEEN, .seq = live->seen};

	if (!answer->more || answer->error) {
		live->id = 0;
		live->error = answer->error ? answer->error : -EIO;
		snprintf(live->reason, sizeof(live->reason), "%s",
			 answer->reason && *answer->reason ? answer->reason
							   : "the far end watches no longer");
		return 0;
	}
	if (!live->unseen)
		return 0;
	live->unseen = false;
	live->seen_ns[(live->n_taken - 1) % REMOTE_WINDOW] = clock_mono_ns();
	return remote_send(remote, &request);
}

void remote_live_stop(struct remote *remote, bool tell)
{
	struct wire_request request = {.call = WIRE_WATCH};
	struct remote_live *live = &remote->live;
	struct remote_call call = {0};

	if (tell && live->id)
		remote_ask(remote, &request, &call);
	remote_live_pass(remote);
	free((void *)live->watch.pids);
	free((void *)live->watch.start_times);
	free((void *)live->watch.counters);
	memset(live, 0, sizeof(*live));
}

static void *copy_of(const void *items, size_t n, size_t size)
{
	void *copy = mem_alloc(n * size);

	if (n)
		memcpy(copy, items, n * size);
	return copy;
}

static int begin(struct remote *remote, const struct watch *watch)
{
	struct wire_request request = {.call = WIRE_WATCH, .has_watch = true, .watch = *watch};
	struct remote_live *live = &remote->live;
	int err;

	request.watch.anew = false;
	request.watch.options.past = NULL;
	request.window = REMOTE_WINDOW;
	request.interval_ns =
		watch->interval_ns > WIRE_INTERVAL_MIN_NS ? watch->interval_ns : WIRE_INTERVAL_MIN_NS;
	live->begun_ns = clock_mono_ns();
	err = remote_send(remote, &request);
	if (err)
		return err;
	live->id = request.id;
	live->interval_ns = request.interval_ns;
	live->begun = true;
	live->watch = request.watch;
	live->watch.pids = copy_of(watch->pids, watch->n, sizeof(*watch->pids));
	live->watch.counters = watch_counters(watch);
	if (watch->start_times)
		live->watch.start_times = copy_of(watch->start_times, watch->n, sizeof(*watch->start_times));
	live->sampled_ns = clock_mono_ns();
	return 0;
}

static bool same_ids(const void *a, const void *b, size_t n, size_t size)
{
	return !a == !b && (!a || !n || !memcmp(a, b, n * size));
}

/* Whether the watch that goes on is that one; also told from how soon each is wanted, which moves with the cost. */
static bool goes_on(struct remote_live *live, const struct watch *watch)
{
	const struct watch *now = &live->watch;
	const uint64_t wanted = watch->interval_ns;

	if (now->n != watch->n || now->follow != watch->follow ||
	    now->options.exact != watch->options.exact || now->options.smaps != watch->options.smaps ||
	    now->options.pages != watch->options.pages || now->options.from != watch->options.from ||
	    now->options.to != watch->options.to || !watch_same_counters(now, watch) ||
	    !same_ids(now->pids, watch->pids, watch->n, sizeof(*watch->pids)) ||
	    !same_ids(now->start_times, watch->start_times, watch->n, sizeof(*watch->start_times)))
		return false;
	live->off = wanted > 2 * live->interval_ns || wanted < live->interval_ns / 2 ? live->off + 1 : 0;
	return live->off < OFF_MOST;
}

/*
 * What arrived while nobody looked (paused) is of then: a moment is wanted that was made since. The agent made no more
 * than its window while none were seen, so that the one behind those is of now, whatever its clock says: that may have
 * stood still (a virtual machine's), or go slower than ours.
 */
static bool is_late(const struct remote_live *live, uint64_t since, uint64_t had)
{
	return live->newest->mono_ns < since && live->n_taken <= had + REMOTE_WINDOW;
}

static int wait_newest(struct remote *remote, const struct watch *watch)
{
	struct remote_live *live = &remote->live;
	const uint64_t now = clock_mono_ns(), rest = REMOTE_WINDOW * live->interval_ns + LINK_NS_PER_S;
	const uint64_t since = now - live->sampled_ns > rest ? now - live->interval_ns : 0;
	const uint64_t had = live->n_taken;
	int err = 0;

	link_wait(remote->link);
	/* One that talks without end is not listened to without end. */
	while (!err && clock_mono_ns() - now < LINK_SILENCE_NS)
		err = remote_step(remote, 0);
	for (;;) {
		/* What came before the end is told before that. */
		if (live->newest && !(watch->anew && live->stale) && !is_late(live, since, had))
			return 0;
		if (err && err != -EAGAIN)
			return err;
		if (live->error) {
			snprintf(remote->source.error, sizeof(remote->source.error), "%s", live->reason);
			return live->error;
		}
		err = remote_step(remote, UINT64_MAX);
	}
}

struct moment *remote_live_next(struct remote *remote, const struct watch *watch, int *error)
{
	struct remote_live *live = &remote->live;
	struct moment *moment;

	if (live->begun && (live->error || !goes_on(live, watch)))
		remote_live_stop(remote, true);
	*error = live->begun ? 0 : begin(remote, watch);
	if (!*error)
		*error = wait_newest(remote, watch);
	if (*error)
		return NULL;
	moment = live->newest;
	live->newest = NULL;
	live->sampled_ns = clock_mono_ns();
	give_events(remote, moment);
	return moment;
}
