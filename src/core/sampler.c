/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sampler's thread: it alone calls the source. What it shares is behind one lock, held for moments. */
#include "core/sampler.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/sampler_parts.h"
#include "core/thread.h"

/* Times what the last one took, from its beginning on. */
#define EXAMINE_REST 5

bool sampler_current(const struct sampler *sampler)
{
	return sampler->generation == sampler->wanted_generation;
}

void sampler_publish(struct sampler *sampler, struct moment **slot, struct moment *moment)
{
	struct moment *old = moment;

	pthread_mutex_lock(&sampler->lock);
	if (sampler_current(sampler)) {
		old = *slot;
		*slot = moment;
	}
	pthread_mutex_unlock(&sampler->lock);
	moment_free(old);
}

/* Once for all of a tick, which is drawn together. */
static void tell(struct sampler *sampler)
{
	pthread_mutex_lock(&sampler->lock);
	sampler_tell(sampler);
	pthread_mutex_unlock(&sampler->lock);
}

/*
 * Examines the region asked for, if any; a request that changed meanwhile makes its own answer. One that took long, over
 * a slow link, leaves most of the time to the moments, unless it is `due`: just asked for, or to show what was done.
 */
static void examine(struct sampler *sampler, bool due)
{
	const uint64_t began = clock_mono_ns();
	struct moment *moment;
	uint64_t addr;
	pid_t pid;
	bool stale;

	pthread_mutex_lock(&sampler->lock);
	pid = sampler->region_pid;
	addr = sampler->region_addr;
	due |= sampler->region_new;
	sampler->region_new = false;
	pthread_mutex_unlock(&sampler->lock);
	if (!pid || (!due && began < sampler->examine_due))
		return;
	moment = source_examine(sampler->source, pid, addr);
	sampler->examine_due = began + EXAMINE_REST * (clock_mono_ns() - began);
	pthread_mutex_lock(&sampler->lock);
	stale = sampler->region_new;
	pthread_mutex_unlock(&sampler->lock);
	if (stale)
		moment_free(moment);
	else
		sampler_publish(sampler, &sampler->region, moment);
}

/*
 * The interval after a tick that cost so much thread time, and the showing of the one before: each tick pays for itself by the wait behind it, so that
 * the share is kept over any stretch of time, and one that is dear for once delays no more than the next. What is
 * shown is smoothed, to be readable.
 */
static uint64_t stretch(struct sampler *sampler, uint64_t cost)
{
	uint64_t interval;
	double share;

	pthread_mutex_lock(&sampler->lock);
	cost += sampler->shown_ns;
	sampler->shown_ns = 0;
	interval = cost * 100 / sampler->options.share_percent;
	if (interval < sampler->options.interval_ns)
		interval = sampler->options.interval_ns;
	share = (double)cost * 100 / (double)interval;
	sampler->share += sampler->interval_ns ? (share - sampler->share) / 8 : share;
	sampler->interval_ns = interval;
	pthread_mutex_unlock(&sampler->lock);
	return interval;
}

/*
 * Waits for the next tick or an order; true if it is time for one. Called and left with the lock held.
 */
static bool wait_tick(struct sampler *sampler, uint64_t next)
{
	struct timespec until = {(time_t)(next / NS_PER_S), (long)(next % NS_PER_S)};

	while (!sampler->stop && !sampler->region_new && !sampler->visible_new && sampler_current(sampler) &&
	       !sampler->orders.wanted && !sampler->orders.triggering && !sampler->orders.deed) {
		if (sampler->paused)
			pthread_cond_wait(&sampler->wake, &sampler->lock);
		else if (pthread_cond_timedwait(&sampler->wake, &sampler->lock, &until) == ETIMEDOUT)
			break;
	}
	return !sampler->stop && !sampler->paused && clock_mono_ns() >= next;
}

/* Makes what was asked for the thread's own. Called with the lock held; returns whether it is time for a tick. */
static bool change_over(struct sampler *sampler, bool tick, uint64_t *next)
{
	if (sampler->visible_new) {
		roster_visible(&sampler->census.roster, sampler->visible, sampler->n_visible);
		sampler->visible_new = false;
		if (sampler->listing)
			*next = sampler_list_next(sampler);
		tick = !sampler->paused && clock_mono_ns() >= *next;
	}
	if (sampler_current(sampler))
		return tick;
	sampler_watch_free(&sampler->watch);
	sampler->watch = sampler->wanted;
	sampler->wanted = (struct watch){0};
	sampler->listing = sampler->wanted_list;
	sampler->generation = sampler->wanted_generation;
	sampler->list_due = sampler->list_began = 0;
	*next = 0;
	return !sampler->paused;
}

/* A moment, with smaps of whom it was asked for since the last one; `anew`: something was done to them. */
static void sample(struct sampler *sampler, bool anew)
{
	struct watch watch = sampler->watch;
	struct moment *moment;
	pid_t *smaps;

	pthread_mutex_lock(&sampler->lock);
	watch.options.smaps_of = smaps = sampler->smaps;
	watch.options.n_smaps_of = sampler->n_smaps;
	sampler->smaps = NULL;
	sampler->n_smaps = sampler->smaps_room = 0;
	watch.count = sampler->count;
	watch.interval_ns = sampler->interval_ns ? sampler->interval_ns : sampler->options.interval_ns;
	pthread_mutex_unlock(&sampler->lock);
	watch.anew = anew;
	moment = source_sample(sampler->source, &watch);
	sampler_note_events(sampler, moment);
	sampler_publish(sampler, &sampler->newest, moment);
	free(smaps);
}

/* What was ordered, and whether it makes a sample due. Acting is the user's doing: it is not charged. */
static bool obey(struct sampler *sampler, uint64_t *charged)
{
	const uint64_t began = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	const bool acted = sampler_obey(sampler);

	*charged += clock_ns(CLOCK_THREAD_CPUTIME_ID) - began;
	return acted && !sampler->listing;
}

/* An examination that was asked for between two ticks is charged to the second, unless sampling rests. */
static void *sampler_main(void *argument)
{
	struct sampler *sampler = argument;
	uint64_t next = clock_mono_ns(), charged = clock_ns(CLOCK_THREAD_CPUTIME_ID), spent;
	bool tick, paused, stop, acted;

	for (;;) {
		pthread_mutex_lock(&sampler->lock);
		tick = wait_tick(sampler, next);
		tick = change_over(sampler, tick, &next);
		paused = sampler->paused;
		stop = sampler->stop;
		pthread_mutex_unlock(&sampler->lock);
		if (stop)
			return NULL;
		acted = obey(sampler, &charged);
		tick |= acted;
		if (tick && sampler->listing) {
			sampler_list_tick(sampler);
			next = sampler_list_next(sampler);
		} else if (tick) {
			next = clock_mono_ns();
			sample(sampler, acted);
		}
		examine(sampler, acted);
		tell(sampler);
		spent = clock_ns(CLOCK_THREAD_CPUTIME_ID);
		if (tick && !sampler->listing)
			next += stretch(sampler, spent - charged);
		if (tick || paused)
			charged = spent;
	}
}

static void prepare(struct sampler *sampler)
{
	pthread_condattr_t attributes;

	pthread_mutex_init(&sampler->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&sampler->wake, &attributes);
	pthread_condattr_destroy(&attributes);
}

static void discard(struct sampler *sampler)
{
	if (sampler->fd >= 0)
		close(sampler->fd);
	pthread_cond_destroy(&sampler->wake);
	pthread_mutex_destroy(&sampler->lock);
	source_close(sampler->source);
	moment_free(sampler->newest);
	moment_free(sampler->region);
	roster_view_free(sampler->roster);
	sampler_orders_fini(&sampler->orders);
	census_fini(&sampler->census);
	sampler_watch_free(&sampler->watch);
	sampler_watch_free(&sampler->wanted);
	free(sampler->visible);
	free(sampler->smaps);
	free(sampler);
}

int sampler_start(struct sampler **result, struct source *source, const struct watch *watch,
		  const struct sampler_options *options)
{
	struct sampler *sampler = mem_alloc(sizeof(*sampler));
	int err;

	sampler->source = source;
	sampler->listing = sampler->wanted_list = !watch;
	if (watch)
		sampler->watch = sampler_watch_copy(watch);
	sampler->count = watch && watch->count;
	sampler->options = *options;
	if (!sampler->options.share_percent)
		sampler->options.share_percent = 5;
	prepare(sampler);
	sampler->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = sampler->fd < 0 ? -errno : thread_start(&sampler->thread, sampler_main, sampler);
	if (err) {
		discard(sampler);
		return err;
	}
	*result = sampler;
	return 0;
}

void sampler_stop(struct sampler *sampler)
{
	if (!sampler)
		return;
	pthread_mutex_lock(&sampler->lock);
	sampler->stop = true;
	pthread_cond_signal(&sampler->wake);
	pthread_mutex_unlock(&sampler->lock);
	source_interrupt(sampler->source);
	pthread_join(sampler->thread, NULL);
	discard(sampler);
}
