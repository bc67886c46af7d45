/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plans and events on their own. */
#include "core/order.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

struct plans *plans_new(const struct trigger *triggers, size_t n)
{
	struct plans *plans = mem_alloc(sizeof(*plans) + n * sizeof(plans->items[0]));
	size_t i;

	plans->n = n;
	for (i = 0; i < n; i++) {
		plans->items[i].trigger = triggers[i];
		plans->items[i].text = mem_strdup("");
	}
	return plans;
}

void plans_free(struct plans *plans)
{
	size_t i;

	for (i = 0; plans && i < plans->n; i++)
		free(plans->items[i].text);
	free(plans);
}

static const char *text_of(struct arena *arena, const char *text)
{
	return text ? arena_text(arena, text, strlen(text)) : "";
}

struct occurrence *occurrence_new(void)
{
	return mem_alloc(sizeof(struct occurrence));
}

struct occurrence *occurrence_copy(const struct event *event)
{
	struct occurrence *happened = occurrence_new();
	struct arena *arena = &happened->arena;
	struct event_delta *deltas;
	size_t i;

	happened->event = *event;
	happened->mono_ns = event->mono_ns;
	happened->wall_ns = event->wall_ns;
	happened->event.by = text_of(arena, event->by);
	happened->event.how = text_of(arena, event->how);
	happened->event.verdict = text_of(arena, event->verdict);
	happened->event.why = text_of(arena, event->why);
	deltas = arena_alloc(arena, event->n_deltas * sizeof(*deltas));
	for (i = 0; i < event->n_deltas; i++)
		deltas[i] = (struct event_delta){text_of(arena, event->deltas[i].name), event->deltas[i].by};
	happened->event.deltas = deltas;
	if (event->n_effects)
		happened->event.effects =
			arena_copy(arena, event->effects, event->n_effects * sizeof(*event->effects));
	return happened;
}

void occurrence_free(struct occurrence *happened)
{
	if (!happened)
		return;
	arena_fini(&happened->arena);
	free(happened);
}
