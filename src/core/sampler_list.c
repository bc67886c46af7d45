/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sampler's other trade: the list of all processes, surveyed in turn within the share. */
#include "core/clock.h"
#include "core/sampler_parts.h"

#define LIST_NS (2 * NS_PER_S)
#define VIEW_REST 100 /* times what a view costs */

/* Showing the roster of very many costs whoever shows it more than its copy costs here: so that it comes not too often. */
static void publish_roster(struct sampler *sampler)
{
	const uint64_t charged = clock_ns(CLOCK_THREAD_CPUTIME_ID), now = clock_mono_ns();
	struct roster_view *view = census_view(&sampler->census, now), *old = view;

	pthread_mutex_lock(&sampler->lock);
	if (sampler_current(sampler)) {
		old = sampler->roster;
		sampler->roster = view;
		sampler_tell(sampler);
	}
	pthread_mutex_unlock(&sampler->lock);
	roster_view_free(old);
	sampler->view_owed = false;
	sampler->view_due = now + VIEW_REST * (clock_ns(CLOCK_THREAD_CPUTIME_ID) - charged);
}

uint64_t sampler_list_next(const struct sampler *sampler)
{
	const uint64_t due = roster_due(&sampler->census.roster);
	uint64_t next = due > sampler->survey_due ? due : sampler->survey_due;

	if (sampler->view_owed && sampler->view_due < next)
		next = sampler->view_due;
	return next < sampler->list_due ? next : sampler->list_due;
}

/* The rate that is shown for a list: how often it is made, and what all of it costs, smoothed. */
static void list_rate(struct sampler *sampler, uint64_t interval, uint64_t began, uint64_t cost)
{
	const uint64_t since = began - sampler->list_began;

	pthread_mutex_lock(&sampler->lock);
	if (interval)
		sampler->interval_ns = interval;
	if (sampler->list_began && since)
		sampler->share += ((double)sampler->list_cost * 100 / (double)since - sampler->share) / 8;
	pthread_mutex_unlock(&sampler->lock);
	sampler->list_began = began;
	sampler->list_cost = cost;
}

/*
 * Lists if that is due, and surveys some. What either cost is paid for by the wait before the next survey; a fifth of
 * the share is left for whoever draws what is found.
 */
void sampler_list_tick(struct sampler *sampler)
{
	const uint64_t began = clock_mono_ns(), charged = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	const uint64_t per_cost = 125 / sampler->options.share_percent + 1;
	const struct watch nobody = {0};
	const bool surveys = began >= sampler->survey_due, lists = began >= sampler->list_due;
	uint64_t cost, interval = 0;

	if (lists) {
		census_list(&sampler->census, sampler->source);
		publish_roster(sampler);
		sampler_publish(sampler, &sampler->newest, source_sample(sampler->source, &nobody));
		cost = clock_ns(CLOCK_THREAD_CPUTIME_ID) - charged;
		interval = 2 * cost * per_cost > LIST_NS ? 2 * cost * per_cost : LIST_NS;
		sampler->list_due = began + interval;
	}
	if (surveys)
		sampler->view_owed |= census_survey(&sampler->census, sampler->source, clock_mono_ns());
	if (sampler->view_owed && began >= sampler->view_due)
		publish_roster(sampler);
	cost = clock_ns(CLOCK_THREAD_CPUTIME_ID) - charged;
	if (sampler->survey_due < began)
		sampler->survey_due = began;
	sampler->survey_due += cost * per_cost > sampler->options.interval_ns ? cost * per_cost
									      : sampler->options.interval_ns;
	if (surveys || lists)
		list_rate(sampler, interval, began, cost);
	else /* a view that was owed belongs to the step before */
		sampler->list_cost += cost;
}
