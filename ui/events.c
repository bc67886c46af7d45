/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeping the last events, and finding one's way in them. */
#include "ui/events.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

void events_complete(struct occurrence *happened)
{
	static const enum event_kind kinds[TRIGGER_KIND_COUNT] = {
		[TRIGGER_COLLAPSE] = EVENT_COLLAPSE,
		[TRIGGER_SPLIT] = EVENT_SPLIT,
		[TRIGGER_SPLIT_FOLIO] = EVENT_SPLIT_FOLIO,
		[TRIGGER_COW] = EVENT_COW,
		[TRIGGER_FORK] = EVENT_FORK,
	};

	if (!happened->error)
		return;
	happened->event = (struct event){
		.kind = kinds[happened->trigger.kind],
		.mono_ns = happened->mono_ns,
		.wall_ns = happened->wall_ns,
		.triggered = true,
		.pid = happened->trigger.pid,
		.addr = happened->trigger.addr,
		.result = UNKNOWN_COUNT,
		.error = -happened->error,
		.by = "thpscope",
		.how = "",
		.verdict = "",
		.why = happened->reason,
	};
}

/* By which they stand in order: where an event's own time is a step of a model, which may come again, when it was over. */
static uint64_t order_of(const struct occurrence *happened)
{
	return happened->ordered && !happened->event.wall_ns ? happened->mono_ns : happened->event.mono_ns;
}

static bool passes(const struct events_state *events, const struct occurrence *happened)
{
	if (events->until_ns && happened->event.mono_ns > events->until_ns)
		return false;
	switch (events->filter) {
	case EVENTS_ALL:
		return true;
	case EVENTS_TRIGGERED:
		return happened->event.triggered;
	case EVENTS_OTHERS:
		return !happened->event.triggered;
	case EVENTS_FILTER_COUNT:
		break;
	}
	return true;
}

static bool is_loss(const struct occurrence *happened)
{
	return !happened->ordered && happened->event.kind == EVENT_LOST;
}

/* The one before `at` that passes; events->n: none does. */
static size_t before(const struct events_state *events, size_t at)
{
	while (at)
		if (passes(events, events->items[--at]))
			return at;
	return events->n;
}

/* Whether the one at `at`, which passes, is told by the one that passes behind it. */
static bool folded(const struct events_state *events, size_t at)
{
	if (!is_loss(events->items[at]))
		return false;
	for (size_t i = at + 1; i < events->n; i++)
		if (passes(events, events->items[i]))
			return is_loss(events->items[i]);
	return false;
}

/* The later of two losses tells of both. */
static void add_loss(struct event *later, const struct event *earlier)
{
	const bool known = later->result != UNKNOWN_COUNT && earlier->result != UNKNOWN_COUNT;

	later->result = known ? later->result + earlier->result : UNKNOWN_COUNT;
	later->why = "several times in a row more happened than could be read, kept or told";
}

/* Makes room for one: of losses in a row the first two become one, else the oldest goes. */
static void drop_one(struct events_state *events)
{
	struct occurrence *gone;
	size_t at = 0;
	bool two;

	while (at + 1 < events->n && !(is_loss(events->items[at]) && is_loss(events->items[at + 1])))
		at++;
	two = at + 1 < events->n;
	if (two)
		add_loss(&events->items[at + 1]->event, &events->items[at]->event);
	else
		at = 0;
	gone = events->items[at];
	memmove(events->items + at, events->items + at + 1, (--events->n - at) * sizeof(gone));
	if (events->cursor == gone)
		events->cursor = two ? events->items[at] : events_at(events, 0);
	occurrence_free(gone);
}

void events_add(struct events_state *events, struct occurrence *happened)
{
	size_t at;

	mem_grow(&events->items, &events->room, events->n + 1, sizeof(struct occurrence *));
	for (at = events->n; at && order_of(events->items[at - 1]) > order_of(happened); at--)
		events->items[at] = events->items[at - 1];
	events->items[at] = happened;
	if (++events->n > EVENTS_MAX)
		drop_one(events);
}

void events_fini(struct events_state *events)
{
	while (events->n)
		occurrence_free(events->items[--events->n]);
	free(events->items);
	memset(events, 0, sizeof(*events));
}

void events_forget(struct events_state *events)
{
	const enum events_filter filter = events->filter;

	events_fini(events);
	events->filter = filter;
}

size_t events_shown(const struct events_state *events)
{
	size_t i, n = 0;

	for (i = 0; i < events->n; i++)
		n += passes(events, events->items[i]) && !folded(events, i);
	return n;
}

const struct occurrence *events_at(const struct events_state *events, size_t n)
{
	size_t i;

	for (i = 0; i < events->n; i++)
		if (passes(events, events->items[i]) && !folded(events, i) && !n--)
			return events->items[i];
	return NULL;
}

struct event events_told(const struct events_state *events, const struct occurrence *happened)
{
	struct event told = happened->event;
	size_t at = 0;

	if (!is_loss(happened))
		return told;
	while (at < events->n && events->items[at] != happened)
		at++;
	while ((at = before(events, at)) < events->n && is_loss(events->items[at]))
		add_loss(&told, &events->items[at]->event);
	return told;
}

size_t events_cursor(const struct events_state *events)
{
	size_t i, n = 0;

	for (i = 0; i < events->n; i++) {
		if (!passes(events, events->items[i]))
			continue;
		if (events->items[i] == events->cursor)
			return n;
		n += !folded(events, i);
	}
	return n ? n - 1 : 0;
}

void events_go(struct events_state *events, size_t n)
{
	events->cursor = n + 1 < events_shown(events) ? events_at(events, n) : NULL;
}

void events_follow(struct events_state *events)
{
	events->cursor = NULL;
}

void events_stay(struct events_state *events)
{
	events->cursor = events_at(events, events_cursor(events));
}

size_t events_newer(const struct events_state *events)
{
	size_t n = events_shown(events);

	return events->cursor && n ? n - 1 - events_cursor(events) : 0;
}

void events_scroll(struct events_state *events, size_t rows)
{
	size_t n = events_shown(events), at = events_cursor(events);

	if (at < events->top)
		events->top = at;
	if (at >= events->top + rows)
		events->top = at - rows + 1;
	if (n <= rows)
		events->top = 0;
	else if (events->top > n - rows)
		events->top = n - rows;
}

void events_refilter(struct events_state *events)
{
	events->filter = (enum events_filter)((events->filter + 1) % EVENTS_FILTER_COUNT);
	events->cursor = NULL;
}
