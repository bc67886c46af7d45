/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An event in plain words. */
#include "core/caption.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "core/aftermath.h"
#include "core/caption_parts.h"
#include "core/verdict.h"

#define OTHERS_MOST 2 /* processes beside the event's own that are told of by name */

const char *caption_name(const char *comm)
{
	static const char specimen[] = "specimen";
	const size_t len = sizeof(specimen) - 1;

	if (strncmp(comm, specimen, len) != 0)
		return NULL;
	if (!comm[len])
		return "main";
	return comm[len] == ':' && comm[len + 1] ? comm + len + 1 : NULL;
}

void caption_put_who(const struct caption_cast *cast, pid_t pid, struct buf *text)
{
	for (size_t at = 0; at < cast->n; at++) {
		if (cast->who[at].pid == pid) {
			buf_puts(text, cast->who[at].name);
			return;
		}
	}
	buf_printf(text, "process %d", (int)pid);
}

static void put_owner(const struct caption_cast *cast, const struct event *event, struct buf *text)
{
	size_t n = 0;

	for (size_t at = 0; at < event->n_effects; at++)
		n += event->effects[at].pid == event->pid;
	if (n > 1)
		buf_printf(text, "%zu regions", n);
	else
		buf_puts(text, "a region");
	if (!event->pid)
		return;
	buf_puts(text, " of ");
	caption_put_who(cast, event->pid, text);
}

/* What it means in the kernel's words, or by the call's errno; "" where nothing was said. */
static const char *reason(const struct occurrence *happened)
{
	const struct event *event = &happened->event;
	const char *said = verdict_text(event->verdict);

	if (happened->error && *happened->reason)
		return happened->reason;
	if (*said && strcmp(event->verdict, "succeeded") != 0)
		return said;
	return event->error ? strerror(event->error) : "";
}

static void finish(struct buf *text)
{
	if (text->len && text->data[text->len - 1] != '.')
		buf_putc(text, '.');
}

/* ": clause." behind what the caller wrote; without a clause what whoever acted found out, or the reason. */
static void put_clause(const struct occurrence *happened, enum caption_cause cause, struct buf *text)
{
	const struct event *event = &happened->event;
	const size_t from = text->len;

	buf_puts(text, ": ");
	if (event->n_effects)
		caption_region(event->effects, cause, text);
	if (text->len == from + 2 && *event->why)
		buf_puts(text, event->why);
	if (text->len == from + 2)
		buf_puts(text, reason(happened));
	if (text->len == from + 2) {
		text->len = from;
		text->data[from] = '\0';
	}
	finish(text);
}

static void put_other(const struct caption_cast *cast, const struct event_effect *effect, struct buf *text)
{
	const enum mapping was = effect->had ? effect->before.mapping : MAPPING_NONE;
	const enum mapping is = effect->has ? effect->after.mapping : MAPPING_NONE;
	const size_t from = text->len;

	buf_puts(text, " ");
	if (was == is && (is == MAPPING_PMD || is == MAPPING_PTE)) {
		caption_put_who(cast, effect->pid, text);
		buf_printf(text, " still maps that memory by %s.", is == MAPPING_PMD ? "PMD" : "ptes");
		return;
	}
	buf_puts(text, "In a region of ");
	caption_put_who(cast, effect->pid, text);
	buf_puts(text, ", ");
	if (was != is)
		caption_region(effect, CAUSE_UNKNOWN, text);
	if (text->data[text->len - 1] != ' ') {
		buf_putc(text, '.');
		return;
	}
	text->len = from;
	text->data[from] = '\0';
}

static void put_others(const struct caption_cast *cast, const struct event *event, struct buf *text)
{
	size_t told = 0, more = 0;

	for (size_t at = 1; at < event->n_effects; at++) {
		if (event->effects[at].pid == event->pid)
			continue;
		if (told++ < OTHERS_MOST)
			put_other(cast, &event->effects[at], text);
		else
			more++;
	}
	if (more)
		buf_printf(text, " %zu more process%s that memory, too.", more,
			   more == 1 ? " maps" : "es map");
}

/* Whether it was refused: nothing was done, or the kernel said so and its facts do not say otherwise. */
static bool refused(const struct occurrence *happened)
{
	const struct event *event = &happened->event;

	if (happened->error || event->error)
		return true;
	return *event->verdict && strcmp(event->verdict, "succeeded") != 0 && !aftermath_done(event);
}

/* "The kernel did not collapse a region of main: its pages were not used lately." */
static void put_refused(const struct caption_cast *cast, const struct occurrence *happened, const char *verb,
			struct buf *text)
{
	const struct event *event = &happened->event;
	const char *why = reason(happened);

	if (happened->error == -EIO) {
		buf_printf(text, "The attempt to %s ", verb);
		put_owner(cast, event, text);
		buf_puts(text, " was broken off; what was done is not known.");
		return;
	}
	if (!event->triggered && *event->by)
		buf_printf(text, "%s did not %s ", event->by, verb);
	else
		buf_printf(text, "The kernel did not %s ", verb);
	put_owner(cast, event, text);
	if (*why)
		buf_printf(text, ": %s", why);
	else if (*event->why)
		buf_printf(text, ": %s", event->why);
	finish(text);
}

static void put_collapse(const struct caption_cast *cast, const struct occurrence *happened, struct buf *text)
{
	const struct event *event = &happened->event;
	const struct event_effect *effect = event->effects;

	if (event->n_effects && effect->had && effect->has && effect->before.mapping == MAPPING_PMD &&
	    effect->after.mapping == MAPPING_PMD) {
		buf_puts(text, "Nothing changed: ");
		put_owner(cast, event, text);
		buf_puts(text, " was mapped by PMD already.");
		return;
	}
	if (*event->by && (!event->triggered || !strcmp(event->by, "khugepaged"))) {
		buf_printf(text, "%s collapsed ", event->by);
		put_owner(cast, event, text);
	} else {
		buf_puts(text, "The kernel collapsed ");
		put_owner(cast, event, text);
	}
	put_clause(happened, CAUSE_COLLAPSE, text);
}

/* Of a region whose state is what it was the facts are told, not what was asked for. */
static bool stayed(const struct event *event, enum mapping mapping)
{
	return event->n_effects && event->effects->has && event->effects->after.mapping == mapping;
}

static void put_split(const struct caption_cast *cast, const struct occurrence *happened, struct buf *text)
{
	const struct event *event = &happened->event;

	if (event->kind == EVENT_SPLIT && stayed(event, MAPPING_PMD)) {
		buf_puts(text, "The mapping of ");
		put_owner(cast, event, text);
		buf_puts(text, " was not split");
		if (*event->why)
			buf_printf(text, ": %s", event->why);
		finish(text);
		return;
	}
	buf_puts(text, event->kind == EVENT_SPLIT ? "The mapping of " : "The memory of ");
	put_owner(cast, event, text);
	put_clause(happened, event->kind == EVENT_SPLIT ? CAUSE_SPLIT : CAUSE_SPLIT_FOLIO, text);
}

static void put_fork(const struct caption_cast *cast, const struct event *event, struct buf *text)
{
	if (event->pid)
		caption_put_who(cast, event->pid, text);
	else
		buf_puts(text, "A process");
	buf_puts(text, " forked");
	if (event->child) {
		buf_puts(text, ": ");
		caption_put_who(cast, event->child, text);
		buf_puts(text, " is its child");
	}
	buf_puts(text, ". Private memory that both map is copied when one of them writes to it.");
}

static void put_mapping(const struct caption_cast *cast, const struct occurrence *happened, struct buf *text)
{
	if (*happened->event.why) {
		buf_puts(text, happened->event.why);
		finish(text);
		return;
	}
	buf_puts(text, "Nobody said who did it, in ");
	put_owner(cast, &happened->event, text);
	put_clause(happened, CAUSE_UNKNOWN, text);
}

static void put_by_kind(const struct caption_cast *cast, const struct occurrence *happened, struct buf *text)
{
	const struct event *event = &happened->event;

	switch (event->kind) {
	case EVENT_COLLAPSE:
		put_collapse(cast, happened, text);
		break;
	case EVENT_SPLIT:
	case EVENT_SPLIT_FOLIO:
		put_split(cast, happened, text);
		break;
	case EVENT_COW:
		caption_put_who(cast, event->pid, text);
		buf_puts(text, " wrote");
		put_clause(happened, CAUSE_WRITE, text);
		break;
	case EVENT_FORK:
		put_fork(cast, event, text);
		break;
	case EVENT_EXEC:
		caption_put_who(cast, event->pid, text);
		buf_puts(text, " became another program (exec): its memory is a new one.");
		break;
	case EVENT_EXIT:
		caption_put_who(cast, event->pid, text);
		buf_puts(text, " ended: it maps nothing any more.");
		break;
	case EVENT_MAPPING:
		put_mapping(cast, happened, text);
		break;
	case EVENT_LOST:
		buf_puts(text, "Things happened too fast to be told: some events are missing here.");
		break;
	case EVENT_KIND_COUNT:
		break;
	}
}

void caption_event(const struct caption_cast *cast, const struct occurrence *happened, struct buf *text)
{
	static const char *const verbs[EVENT_KIND_COUNT] = {
		[EVENT_COLLAPSE] = "collapse",
		[EVENT_SPLIT] = "split the mapping of",
		[EVENT_SPLIT_FOLIO] = "split the memory of",
		[EVENT_COW] = "write to",
		[EVENT_FORK] = "fork for",
	};
	const struct event *event = &happened->event;

	if (verbs[event->kind] && refused(happened)) {
		put_refused(cast, happened, verbs[event->kind], text);
		return;
	}
	/* Begun as a task of a model that has made no step. */
	if (happened->ordered && happened->trigger.begin && *event->why) {
		buf_printf(text, "%s: %s.", event->how, event->why);
		return;
	}
	put_by_kind(cast, happened, text);
	put_others(cast, event, text);
}
