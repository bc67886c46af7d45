/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words for events. */
#include "ui/event_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ui/figures.h"

void event_time(const struct event *event, char text[EVENT_TIME_COLS + 1])
{
	time_t seconds = (time_t)(event->wall_ns / 1000000000);
	struct tm tm;

	if (!event->wall_ns || !localtime_r(&seconds, &tm) ||
	    strftime(text, EVENT_TIME_COLS + 1, "%H:%M:%S", &tm) != EVENT_TIME_COLS)
		snprintf(text, EVENT_TIME_COLS + 1, "?");
}

static void add_region(const struct region *region, struct buf *text)
{
	const struct mapcount *count = &region->mapcount;
	figure_text a, b, c;

	buf_puts(text, mapping_name(region->mapping));
	/* What is not known is left out: it is so of every event then, and the header says why. */
	if (region->backing != BACKING_UNKNOWN)
		buf_printf(text, " %s", backing_name(region->backing));
	if (count->entire != UNKNOWN_COUNT || count->highest != UNKNOWN_COUNT ||
	    count->total != UNKNOWN_COUNT)
		buf_printf(text, " %s/%s/%s",
			   count->entire == UNKNOWN_COUNT ? "?" : figure_known(a, count->entire),
			   count->highest == UNKNOWN_COUNT ? "?" : figure_known(b, count->highest),
			   count->total == UNKNOWN_COUNT ? "?" : figure_known(c, count->total));
}

void event_change(const struct event_effect *effect, struct buf *text)
{
	if (effect->had)
		add_region(&effect->before, text);
	else
		buf_puts(text, "nothing");
	buf_puts(text, " → ");
	if (effect->has)
		add_region(&effect->after, text);
	else
		buf_puts(text, "nothing");
}

bool event_changed(const struct event_effect *effect)
{
	const struct region *a = &effect->before, *b = &effect->after;

	if (effect->had != effect->has)
		return true;
	return effect->had &&
	       (a->mapping != b->mapping || a->backing != b->backing || a->pfn != b->pfn ||
		a->mapcount.entire != b->mapcount.entire || a->mapcount.highest != b->mapcount.highest ||
		a->mapcount.total != b->mapcount.total);
}

/* The first effect in two words; nothing if it says no more than that all is as it was. */
static void add_brief(const struct event *event, struct buf *text)
{
	const struct event_effect *effect = event->effects;
	const char *before, *after;

	if (!event->n_effects || !event_changed(effect))
		return;
	before = effect->had ? mapping_name(effect->before.mapping) : "nothing";
	after = effect->has ? mapping_name(effect->after.mapping) : "nothing";
	if (!strcmp(before, after) && effect->had && effect->before.backing != effect->after.backing) {
		before = backing_name(effect->before.backing);
		after = backing_name(effect->after.backing);
	}
	if (text->len)
		buf_puts(text, "  ");
	if (strcmp(before, after))
		buf_printf(text, "%s → %s", before, after);
	else
		event_change(effect, text);
}

/* The kernel's word; or what the call returned; or what kind of thing it was. */
static void add_word(const struct occurrence *happened, struct buf *text)
{
	const struct event *event = &happened->event;
	figure_text bytes;

	if (happened->error)
		buf_puts(text, happened->error == -EIO ? "broken off" : "refused");
	else if (*event->verdict)
		buf_puts(text, event->verdict);
	else if (event->error)
		buf_puts(text, strerror(event->error));
	else if (event->kind == EVENT_LOST && event->result != UNKNOWN_COUNT)
		buf_printf(text, "%" PRId64 " missing: they came too fast", event->result);
	else if (event->child)
		buf_printf(text, "child %d", (int)event->child);
	else if (event->kind == EVENT_LOST)
		buf_puts(text, "some missing: they came too fast");
	else if (event->result != UNKNOWN_COUNT && event->result > 0)
		buf_puts(text, figure_bytes(bytes, (uint64_t)event->result));
}

void event_outcome(const struct occurrence *happened, struct buf *text)
{
	const struct event *event = &happened->event;

	add_word(happened, text);
	add_brief(event, text);
	/* What a write did is in its page, of which event->why tells. */
	if (!text->len && event->n_effects && !event_changed(event->effects))
		buf_puts(text, event->kind == EVENT_COW && *event->why ? event->why : "all is as it was");
	if (!text->len) /* no word of the kernel's, and nothing seen of it: what was done */
		buf_puts(text, event->how);
	if (!text->len || (happened->error && *event->why)) {
		if (text->len)
			buf_puts(text, ": ");
		buf_puts(text, event->why);
	}
	if (!event->triggered && *event->by && event->kind != EVENT_EXIT)
		buf_printf(text, "%sby %s", text->len ? "  " : "", event->by);
}

/* "split-folio of 7f5a40000000 in 4242". */
static void add_what(const struct event *event, struct buf *text)
{
	buf_puts(text, event_name(event->kind));
	if (event->len || event->addr)
		buf_printf(text, " of %" PRIx64, event->addr);
	if (event->pid)
		buf_printf(text, " in %d", (int)event->pid);
}

void event_sentence(const struct occurrence *happened, struct buf *text)
{
	const struct event *event = &happened->event;
	size_t len;

	if (happened->ordered) /* whoever ordered it knows where */
		buf_puts(text, event_name(event->kind));
	else
		add_what(event, text);
	buf_puts(text, ": ");
	len = text->len;
	add_word(happened, text);
	if (event->n_effects && event_changed(event->effects)) {
		buf_puts(text, text->len > len ? ", " : "");
		event_change(event->effects, text);
	} else if (event->n_effects && !happened->error && event->kind != EVENT_COW && !*event->why) {
		buf_puts(text, text->len > len ? ", " : "");
		buf_puts(text, "all is as it was");
	}
	if (*event->why)
		buf_printf(text, "%s%s", text->len > len ? "; " : "", event->why);
	else if (text->len == len)
		buf_puts(text, "done");
}

void event_deed(const struct occurrence *happened, const char *comm, struct buf *text)
{
	const struct event *event = &happened->event;
	figure_text bytes;

	buf_puts(text, event_name(event->kind));
	if (event->len)
		buf_printf(text, " of %s", figure_bytes(bytes, event->len));
	if (event->len || event->addr)
		buf_printf(text, " at %" PRIx64, event->addr);
	if (event->pid)
		buf_printf(text, " in %d%s%s", (int)event->pid, *comm ? " " : "", comm);
	if (event->child)
		buf_printf(text, ", child %d", (int)event->child);
	/* (Of an end it is whoever ended: also one that was killed.) */
	if (event->kind != EVENT_EXIT && (*event->by || event->by_pid)) {
		buf_printf(text, ", by %s", *event->by ? event->by : "");
		if (event->by_pid)
			buf_printf(text, "%s%d", *event->by ? " " : "", (int)event->by_pid);
	}
	if (event->triggered)
		buf_puts(text, ", triggered");
	if (*event->how)
		buf_printf(text, ": %s", event->how);
}

void event_meaning(const struct occurrence *happened, struct buf *text)
{
	const struct event *event = &happened->event;
	figure_text bytes;

	if (happened->error)
		buf_puts(text, happened->error == -EIO ? "broken off, what was done is not known"
						       : "refused, nothing was done");
	else if (event->error)
		buf_printf(text, "errno %d, %s", event->error, strerror(event->error));
	else if (event->result != UNKNOWN_COUNT && event->kind != EVENT_LOST)
		buf_printf(text, "returned %s",
			   event->result > 0 ? figure_bytes(bytes, (uint64_t)event->result) : "0");
	if (*event->verdict)
		buf_printf(text, "%sthe kernel says: %s", text->len ? "; " : "", event->verdict);
	if (*event->why)
		buf_printf(text, "%s%s", text->len ? ". " : "", event->why);
}

void event_counters(const struct event *event, struct buf *text)
{
	size_t i;

	for (i = 0; i < event->n_deltas; i++)
		buf_printf(text, "%s%s %+" PRId64, i ? ", " : "", event->deltas[i].name, event->deltas[i].by);
}
