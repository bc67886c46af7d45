/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sampler's third trade: what is to be done with the source that it owns, and the events that this and the moments tell. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/sampler_parts.h"

#define HAPPENED_MAX 1024 /* that wait to be taken */

/* Called with the lock held. Nobody takes them: the oldest are lost, and the next one taken says so. */
static void queue(struct sampler_orders *orders, struct occurrence *happened)
{
	if (orders->n_happened == HAPPENED_MAX) {
		occurrence_free(orders->happened[0]);
		memmove(orders->happened, orders->happened + 1,
			--orders->n_happened * sizeof(struct occurrence *));
		orders->lost = true;
	}
	mem_grow(&orders->happened, &orders->room_happened, orders->n_happened + 1,
		 sizeof(struct occurrence *));
	orders->happened[orders->n_happened++] = happened;
}

void sampler_note_events(struct sampler *sampler, const struct moment *moment)
{
	struct occurrence *happened;
	size_t i;

	for (i = 0; i < moment->n_events; i++) {
		happened = occurrence_copy(&moment->events[i]);
		pthread_mutex_lock(&sampler->lock);
		queue(&sampler->orders, happened);
		pthread_mutex_unlock(&sampler->lock);
	}
}

static void plan(struct sampler *sampler, struct planned *planned)
{
	struct buf text = {0};

	planned->error = source_plan(sampler->source, &planned->trigger, &text, &planned->asks);
	if (planned->error) {
		snprintf(planned->reason, sizeof(planned->reason), "%s", sampler->source->error);
	} else if (text.len) {
		free(planned->text);
		planned->text = mem_strdup(text.data);
	}
	buf_fini(&text);
}

static void trigger(struct sampler *sampler, const struct trigger *trigger)
{
	struct occurrence *happened = occurrence_new();

	happened->ordered = true;
	happened->trigger = *trigger;
	happened->error =
		source_trigger(sampler->source, trigger, &sampler->watch, &happened->arena, &happened->event);
	if (happened->error)
		snprintf(happened->reason, sizeof(happened->reason), "%s", sampler->source->error);
	happened->mono_ns = clock_mono_ns();
	happened->wall_ns = (int64_t)clock_ns(CLOCK_REALTIME);
	pthread_mutex_lock(&sampler->lock);
	sampler->orders.triggering = false;
	queue(&sampler->orders, happened);
	sampler_tell(sampler);
	pthread_mutex_unlock(&sampler->lock);
}

static void do_deed(struct sampler *sampler, sampler_deed *deed)
{
	struct sampler_orders *orders = &sampler->orders;

	deed(sampler->source, orders->deed_data);
	pthread_mutex_lock(&sampler->lock);
	orders->deed = NULL;
	orders->did = true;
	sampler_tell(sampler);
	pthread_mutex_unlock(&sampler->lock);
}

bool sampler_obey(struct sampler *sampler)
{
	struct sampler_orders *orders = &sampler->orders;
	sampler_deed *deed;
	struct plans *plans, *old;
	struct trigger ordered;
	bool acts;
	size_t i;

	pthread_mutex_lock(&sampler->lock);
	plans = orders->wanted;
	orders->wanted = NULL;
	acts = orders->triggering;
	deed = orders->deed;
	ordered = orders->trigger;
	pthread_mutex_unlock(&sampler->lock);
	for (i = 0; plans && i < plans->n; i++)
		plan(sampler, &plans->items[i]);
	if (plans) {
		pthread_mutex_lock(&sampler->lock);
		old = orders->plans;
		orders->plans = plans;
		sampler_tell(sampler);
		pthread_mutex_unlock(&sampler->lock);
		plans_free(old);
	}
	if (acts)
		trigger(sampler, &ordered);
	if (deed)
		do_deed(sampler, deed);
	return acts || deed;
}

void sampler_orders_fini(struct sampler_orders *orders)
{
	while (orders->n_happened)
		occurrence_free(orders->happened[--orders->n_happened]);
	free(orders->happened);
	plans_free(orders->wanted);
	plans_free(orders->plans);
}

void sampler_plan(struct sampler *sampler, const struct trigger *triggers, size_t n)
{
	struct plans *wanted = plans_new(triggers, n), *old, *made;

	pthread_mutex_lock(&sampler->lock);
	old = sampler->orders.wanted;
	made = sampler->orders.plans;
	sampler->orders.wanted = wanted;
	sampler->orders.plans = NULL;
	pthread_cond_signal(&sampler->wake);
	pthread_mutex_unlock(&sampler->lock);
	plans_free(old);
	plans_free(made);
}

bool sampler_trigger(struct sampler *sampler, const struct trigger *trigger)
{
	bool free_for_it;

	pthread_mutex_lock(&sampler->lock);
	free_for_it = !sampler->orders.triggering;
	if (free_for_it) {
		sampler->orders.trigger = *trigger;
		sampler->orders.triggering = true;
		pthread_cond_signal(&sampler->wake);
	}
	pthread_mutex_unlock(&sampler->lock);
	return free_for_it;
}

bool sampler_do(struct sampler *sampler, sampler_deed *deed, void *data)
{
	bool free_for_it;

	pthread_mutex_lock(&sampler->lock);
	free_for_it = !sampler->orders.deed && !sampler->orders.did;
	if (free_for_it) {
		sampler->orders.deed = deed;
		sampler->orders.deed_data = data;
		pthread_cond_signal(&sampler->wake);
	}
	pthread_mutex_unlock(&sampler->lock);
	return free_for_it;
}

bool sampler_did(struct sampler *sampler)
{
	bool did;

	pthread_mutex_lock(&sampler->lock);
	did = sampler->orders.did;
	sampler->orders.did = false;
	sampler_calm(sampler);
	pthread_mutex_unlock(&sampler->lock);
	return did;
}

struct plans *sampler_take_plans(struct sampler *sampler)
{
	struct plans *plans;

	pthread_mutex_lock(&sampler->lock);
	plans = sampler->orders.plans;
	sampler->orders.plans = NULL;
	sampler_calm(sampler);
	pthread_mutex_unlock(&sampler->lock);
	return plans;
}

static struct occurrence *lost(const struct sampler_orders *orders)
{
	struct event event = {.kind = EVENT_LOST,
			      .mono_ns = orders->happened[0]->event.mono_ns,
			      .wall_ns = orders->happened[0]->event.wall_ns,
			      .result = UNKNOWN_COUNT,
			      .why = "more happened than could be kept until it was shown"};

	return occurrence_copy(&event);
}

struct occurrence *sampler_take_event(struct sampler *sampler)
{
	struct sampler_orders *orders = &sampler->orders;
	struct occurrence *happened = NULL;

	pthread_mutex_lock(&sampler->lock);
	if (orders->lost) {
		happened = lost(orders);
		orders->lost = false;
	} else if (orders->n_happened) {
		happened = orders->happened[0];
		memmove(orders->happened, orders->happened + 1,
			--orders->n_happened * sizeof(struct occurrence *));
	}
	sampler_calm(sampler);
	pthread_mutex_unlock(&sampler->lock);
	return happened;
}
