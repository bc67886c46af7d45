/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sampler's thread: it alone calls the source; all that it shares is behind one lock, held for moments. */
#include "core/sampler.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"

#define NS_PER_S UINT64_C(1000000000)

struct sampler {
	struct source *source; /* the thread's */
	struct watch watch;
	struct sampler_options options;
	pthread_t thread;
	int fd;

	pthread_mutex_t lock; /* everything below */
	pthread_cond_t wake;
	bool stop, paused;
	pid_t region_pid;
	uint64_t region_addr;
	bool region_new; /* not examined yet */
	pid_t *smaps;	 /* processes whose smaps the next moment shall read */
	size_t n_smaps, smaps_room;
	struct moment *newest, *region;
	uint64_t interval_ns;
	double share;
};

static uint64_t now_ns(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

/* Puts a moment into its slot in place of one that nobody took. */
static void publish(struct sampler *sampler, struct moment **slot, struct moment *moment)
{
	struct moment *old;

	pthread_mutex_lock(&sampler->lock);
	old = *slot;
	*slot = moment;
	pthread_mutex_unlock(&sampler->lock);
	moment_free(old);
}

/* Says that there is something: once for the moment and the region of a tick, which are drawn together. */
static void tell(struct sampler *sampler)
{
	uint64_t one = 1;

	pthread_mutex_lock(&sampler->lock);
	if (sampler->newest || sampler->region)
		(void)!write(sampler->fd, &one, sizeof(one));
	pthread_mutex_unlock(&sampler->lock);
}

/* Examines the region asked for, if any; a request that changed meanwhile makes its own answer. */
static void examine(struct sampler *sampler)
{
	struct moment *moment;
	uint64_t addr;
	pid_t pid;
	bool stale;

	pthread_mutex_lock(&sampler->lock);
	pid = sampler->region_pid;
	addr = sampler->region_addr;
	sampler->region_new = false;
	pthread_mutex_unlock(&sampler->lock);
	if (!pid)
		return;
	moment = source_examine(sampler->source, pid, addr);
	pthread_mutex_lock(&sampler->lock);
	stale = sampler->region_new;
	pthread_mutex_unlock(&sampler->lock);
	if (stale)
		moment_free(moment);
	else
		publish(sampler, &sampler->region, moment);
}

/*
 * The interval after a tick that cost so much thread time: each tick pays for itself by the wait behind it, so that
 * the share is kept over any stretch of time, and one that is dear for once delays no more than the next. What is
 * shown is smoothed, to be readable.
 */
static uint64_t stretch(struct sampler *sampler, uint64_t cost)
{
	uint64_t interval = cost * 100 / sampler->options.share_percent;
	double share;

	if (interval < sampler->options.interval_ns)
		interval = sampler->options.interval_ns;
	share = (double)cost * 100 / (double)interval;
	pthread_mutex_lock(&sampler->lock);
	sampler->share += sampler->interval_ns ? (share - sampler->share) / 8 : share;
	sampler->interval_ns = interval;
	pthread_mutex_unlock(&sampler->lock);
	return interval;
}

/* Waits for the next tick or an order; true if it is time for a moment. Called and left with the lock held. */
static bool wait_tick(struct sampler *sampler, uint64_t next)
{
	struct timespec until = {(time_t)(next / NS_PER_S), (long)(next % NS_PER_S)};

	while (!sampler->stop && !sampler->region_new) {
		if (sampler->paused)
			pthread_cond_wait(&sampler->wake, &sampler->lock);
		else if (pthread_cond_timedwait(&sampler->wake, &sampler->lock, &until) == ETIMEDOUT)
			break;
	}
	return !sampler->stop && !sampler->paused && now_ns(CLOCK_MONOTONIC) >= next;
}

/* A moment, with smaps of whom it was asked for since the last one. */
static void sample(struct sampler *sampler)
{
	struct watch watch = sampler->watch;
	pid_t *smaps;

	pthread_mutex_lock(&sampler->lock);
	watch.options.smaps_of = smaps = sampler->smaps;
	watch.options.n_smaps_of = sampler->n_smaps;
	sampler->smaps = NULL;
	sampler->n_smaps = sampler->smaps_room = 0;
	pthread_mutex_unlock(&sampler->lock);
	publish(sampler, &sampler->newest, source_sample(sampler->source, &watch));
	free(smaps);
}

/* An examination that was asked for between two ticks is charged to the second, unless sampling rests. */
static void *sampler_main(void *argument)
{
	struct sampler *sampler = argument;
	uint64_t next = now_ns(CLOCK_MONOTONIC), charged = now_ns(CLOCK_THREAD_CPUTIME_ID), spent;
	bool tick, paused, stop;

	for (;;) {
		pthread_mutex_lock(&sampler->lock);
		tick = wait_tick(sampler, next);
		paused = sampler->paused;
		stop = sampler->stop;
		pthread_mutex_unlock(&sampler->lock);
		if (stop)
			return NULL;
		if (tick) {
			next = now_ns(CLOCK_MONOTONIC);
			sample(sampler);
		}
		examine(sampler);
		tell(sampler);
		spent = now_ns(CLOCK_THREAD_CPUTIME_ID);
		if (tick)
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
	free((void *)sampler->watch.pids);
	free(sampler->smaps);
	free(sampler);
}

int sampler_start(struct sampler **result, struct source *source, const struct watch *watch,
		  const struct sampler_options *options)
{
	struct sampler *sampler = mem_alloc(sizeof(*sampler));
	pid_t *pids = mem_alloc(watch->n * sizeof(*pids));
	sigset_t all, old;
	int error;

	if (watch->n)
		memcpy(pids, watch->pids, watch->n * sizeof(*pids));
	sampler->source = source;
	sampler->watch = *watch;
	sampler->watch.pids = pids;
	sampler->watch.live = true;
	sampler->options = *options;
	if (!sampler->options.share_percent)
		sampler->options.share_percent = 5;
	prepare(sampler);
	sampler->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (sampler->fd < 0) {
		error = errno;
	} else {
		/* Signals are for the thread that has the terminal. */
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &old);
		error = pthread_create(&sampler->thread, NULL, sampler_main, sampler);
		pthread_sigmask(SIG_SETMASK, &old, NULL);
	}
	if (error) {
		discard(sampler);
		return -error;
	}
	*result = sampler;
	return 0;
}

int sampler_fd(const struct sampler *sampler)
{
	return sampler->fd;
}

static struct moment *take(struct sampler *sampler, struct moment **slot)
{
	struct moment *moment;
	uint64_t count;

	pthread_mutex_lock(&sampler->lock);
	moment = *slot;
	*slot = NULL;
	if (!sampler->newest && !sampler->region)
		(void)!read(sampler->fd, &count, sizeof(count));
	pthread_mutex_unlock(&sampler->lock);
	return moment;
}

struct moment *sampler_take(struct sampler *sampler)
{
	return take(sampler, &sampler->newest);
}

struct moment *sampler_take_region(struct sampler *sampler)
{
	return take(sampler, &sampler->region);
}

void sampler_watch_region(struct sampler *sampler, pid_t pid, uint64_t addr)
{
	struct moment *old = NULL;

	pthread_mutex_lock(&sampler->lock);
	if (pid != sampler->region_pid || addr != sampler->region_addr) {
		sampler->region_pid = pid;
		sampler->region_addr = addr;
		sampler->region_new = true;
		old = sampler->region; /* of another region: not wanted any more */
		sampler->region = NULL;
		pthread_cond_signal(&sampler->wake);
	}
	pthread_mutex_unlock(&sampler->lock);
	moment_free(old);
}

void sampler_ask_smaps(struct sampler *sampler, pid_t pid)
{
	size_t i;

	pthread_mutex_lock(&sampler->lock);
	for (i = 0; i < sampler->n_smaps && sampler->smaps[i] != pid; i++)
		;
	if (i == sampler->n_smaps) {
		mem_grow(&sampler->smaps, &sampler->smaps_room, i + 1, sizeof(*sampler->smaps));
		sampler->smaps[sampler->n_smaps++] = pid;
	}
	pthread_mutex_unlock(&sampler->lock);
}

void sampler_pause(struct sampler *sampler, bool paused)
{
	pthread_mutex_lock(&sampler->lock);
	sampler->paused = paused;
	pthread_cond_signal(&sampler->wake);
	pthread_mutex_unlock(&sampler->lock);
}

void sampler_rate(struct sampler *sampler, uint64_t *interval_ns, double *share_percent)
{
	pthread_mutex_lock(&sampler->lock);
	*interval_ns = sampler->interval_ns;
	*share_percent = sampler->share;
	pthread_mutex_unlock(&sampler->lock);
}

void sampler_stop(struct sampler *sampler)
{
	if (!sampler)
		return;
	pthread_mutex_lock(&sampler->lock);
	sampler->stop = true;
	pthread_cond_signal(&sampler->wake);
	pthread_mutex_unlock(&sampler->lock);
	pthread_join(sampler->thread, NULL);
	discard(sampler);
}
