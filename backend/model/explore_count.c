/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many schedules there are, and how long the longest is: by the ways between states, none of which is walked twice. */
#include "model/explore_parts.h"

#include <math.h>
#include <stdlib.h>

#include "core/mem.h"

/* The transitions from each state, one behind another: those of `at` begin at first[at]. */
struct onward {
	uint32_t *first; /* one more than there are states */
	uint32_t *to;
};

static struct onward sort(const struct states *states)
{
	struct onward onward = {mem_alloc((states->n + 2) * sizeof(uint32_t)),
				mem_alloc((states->n_transitions + 1) * sizeof(uint32_t))};
	const struct transition *end = states->transitions + states->n_transitions;

	for (const struct transition *one = states->transitions; one < end; one++)
		onward.first[one->from + 2]++;
	for (uint64_t at = 2; at < states->n + 2; at++)
		onward.first[at] += onward.first[at - 1];
	for (const struct transition *one = states->transitions; one < end; one++)
		onward.to[onward.first[one->from + 1]++] = one->to;
	return onward;
}

/* What is known of a state: the ways that lead to it, and the most steps of one. */
struct way {
	double ways;
	uint32_t most;
	uint32_t open; /* transitions that lead here and have not been counted */
};

static void pass_on(const struct way *from, struct way *to)
{
	if (from->most + 1 > to->most)
		to->most = from->most + 1;
	to->ways += from->ways;
}

static void sum_up(const struct states *states, const struct way *ways, struct explored *out)
{
	out->schedules = 0;
	for (uint64_t at = 0; at < states->n; at++) {
		if (!states->all[at].end)
			continue;
		if (ways[at].most > out->longest)
			out->longest = ways[at].most;
		out->schedules += ways[at].ways;
	}
}

/* A state of which a transition stays open lies behind a circle. */
void states_count(const struct states *states, struct explored *out)
{
	struct way *ways = mem_alloc(states->n * sizeof(*ways));
	uint32_t *ready = mem_alloc(states->n * sizeof(*ready));
	struct onward onward = sort(states);
	uint64_t n_ready = 0, done = 0;

	for (size_t at = 0; at < states->n_transitions; at++)
		ways[states->transitions[at].to].open++;
	ways[0].ways = 1;
	if (!ways[0].open)
		ready[n_ready++] = 0;
	for (; done < n_ready; done++) {
		const uint32_t from = ready[done];

		for (uint32_t at = onward.first[from]; at < onward.first[from + 1]; at++) {
			const uint32_t to = onward.to[at];

			pass_on(&ways[from], &ways[to]);
			if (!--ways[to].open)
				ready[n_ready++] = to;
		}
	}
	sum_up(states, ways, out);
	out->endless = done < states->n;
	if (out->endless) {
		out->schedules = INFINITY;
		out->longest = 0;
	}
	free(onward.first);
	free(onward.to);
	free(ready);
	free(ways);
}
