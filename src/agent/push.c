/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moments that the agent makes by itself, as fast as it was asked to and no faster than the client takes them. */
#include <string.h>

#include "agent_parts.h"
#include "core/clock.h"

void push_end(struct agent *agent)
{
	arena_fini(&agent->pushing.arena);
	memset(&agent->pushing, 0, sizeof(agent->pushing));
}

/* The request's lists end with the request. */
static struct watch copy(const struct watch *watch, struct arena *arena)
{
	struct watch made = *watch;

	made.pids = arena_copy(arena, watch->pids, watch->n * sizeof(*watch->pids));
	if (watch->start_times)
		made.start_times =
			arena_copy(arena, watch->start_times, watch->n * sizeof(*watch->start_times));
	made.counters = arena_take(arena, (void *)watch_counters(watch));
	made.options.smaps_of = arena_copy(arena, watch->options.smaps_of,
					   watch->options.n_smaps_of * sizeof(*watch->options.smaps_of));
	return made;
}

void push_begin(struct agent *agent, const struct wire_request *request)
{
	struct pushing *pushing = &agent->pushing;

	push_end(agent);
	if (!request->interval_ns)
		return;
	pushing->watch = copy(&request->watch, &pushing->arena);
	pushing->id = request->id;
	pushing->interval_ns = request->interval_ns;
	pushing->window = request->window;
	pushing->next_ns = clock_mono_ns();
}

/* Forgets what the client says to have. */
static void forget_seen(struct agent *agent)
{
	struct pushing *pushing = &agent->pushing;
	unsigned i, left = 0;
	uint64_t seen;

	if (!inbox_seen(&agent->inbox, &seen))
		return;
	for (i = 0; i < pushing->n_unseen; i++)
		if (pushing->unseen[i] > seen)
			pushing->unseen[left++] = pushing->unseen[i];
	pushing->n_unseen = left;
}

void push_anew(struct agent *agent)
{
	agent->pushing.watch.anew = true;
	agent->pushing.next_ns = clock_mono_ns();
}

uint64_t push_due(struct agent *agent)
{
	const struct pushing *pushing = &agent->pushing;

	forget_seen(agent);
	return pushing->id && pushing->n_unseen < pushing->window ? pushing->next_ns : 0;
}

void push_if_due(struct agent *agent)
{
	struct pushing *pushing = &agent->pushing;
	const uint64_t due = push_due(agent), now = clock_mono_ns();
	const struct moment *before;
	struct moment *moment;

	if (!due || due > now)
		return;
	/* One that came late is not made up for. */
	pushing->next_ns = (due + pushing->interval_ns > now ? due : now) + pushing->interval_ns;
	moment = source_sample(agent->source, &pushing->watch);
	pushing->watch.anew = false;
	pushing->unseen[pushing->n_unseen++] = moment->seq;
	before = agent->sent_to == pushing->id ? agent->sent : NULL;
	agent_send_moment(agent, pushing->id, before, moment, true);
	agent->sent_to = pushing->id;
}
