/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sampler's user: what is asked of its thread, and what is taken from it. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/sampler_parts.h"

static bool has_some(const struct sampler *sampler)
{
	return sampler->newest || sampler->region || sampler->roster || sampler->orders.plans ||
	       sampler->orders.n_happened || sampler->orders.did;
}

void sampler_tell(struct sampler *sampler)
{
	uint64_t one = 1;

	if (has_some(sampler))
		(void)!write(sampler->fd, &one, sizeof(one));
}

void sampler_watch_free(struct watch *watch)
{
	free((void *)watch->pids);
	free((void *)watch->start_times);
	free((void *)watch->counters);
}

static void *copy_of(const void *items, size_t n, size_t size)
{
	void *copy = mem_alloc(n * size);

	if (n)
		memcpy(copy, items, n * size);
	return copy;
}

struct watch sampler_watch_copy(const struct watch *watch)
{
	struct watch copy = *watch;

	copy.pids = copy_of(watch->pids, watch->n, sizeof(*watch->pids));
	if (watch->start_times)
		copy.start_times = copy_of(watch->start_times, watch->n, sizeof(*watch->start_times));
	copy.counters = watch_counters(watch);
	copy.live = true;
	return copy;
}

int sampler_fd(const struct sampler *sampler)
{
	return sampler->fd;
}

void sampler_calm(struct sampler *sampler)
{
	uint64_t count;

	if (!has_some(sampler))
		(void)!read(sampler->fd, &count, sizeof(count));
}

static struct moment *take(struct sampler *sampler, struct moment **slot)
{
	struct moment *moment;

	pthread_mutex_lock(&sampler->lock);
	moment = *slot;
	*slot = NULL;
	sampler_calm(sampler);
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

struct roster_view *sampler_take_roster(struct sampler *sampler)
{
	struct roster_view *view;

	pthread_mutex_lock(&sampler->lock);
	view = sampler->roster;
	sampler->roster = NULL;
	sampler_calm(sampler);
	pthread_mutex_unlock(&sampler->lock);
	return view;
}

/* Called with the lock held: another watch, or the list; what the old one made is given out no more. */
static void want(struct sampler *sampler, const struct watch *watch)
{
	sampler_watch_free(&sampler->wanted);
	sampler->wanted = watch ? *watch : (struct watch){0};
	sampler->wanted_list = !watch;
	sampler->wanted_generation++;
	moment_free(sampler->newest);
	roster_view_free(sampler->roster);
	sampler->newest = NULL;
	sampler->roster = NULL;
	pthread_cond_signal(&sampler->wake);
}

void sampler_watch(struct sampler *sampler, const struct watch *watch)
{
	const struct watch copy = sampler_watch_copy(watch);

	pthread_mutex_lock(&sampler->lock);
	want(sampler, &copy);
	pthread_mutex_unlock(&sampler->lock);
}

void sampler_list(struct sampler *sampler, const pid_t *visible, size_t n)
{
	pid_t *pids = copy_of(visible, n, sizeof(*pids));

	pthread_mutex_lock(&sampler->lock);
	free(sampler->visible);
	sampler->visible = pids;
	sampler->n_visible = n;
	sampler->visible_new = true;
	if (!sampler->wanted_list)
		want(sampler, NULL);
	pthread_cond_signal(&sampler->wake);
	pthread_mutex_unlock(&sampler->lock);
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

void sampler_count(struct sampler *sampler, bool count)
{
	pthread_mutex_lock(&sampler->lock);
	sampler->count = count;
	pthread_mutex_unlock(&sampler->lock);
}

void sampler_charge(struct sampler *sampler, uint64_t cost_ns)
{
	pthread_mutex_lock(&sampler->lock);
	sampler->shown_ns += cost_ns;
	pthread_mutex_unlock(&sampler->lock);
}

void sampler_rate(struct sampler *sampler, uint64_t *interval_ns, double *share_percent)
{
	pthread_mutex_lock(&sampler->lock);
	*interval_ns = sampler->interval_ns;
	*share_percent = sampler->share;
	pthread_mutex_unlock(&sampler->lock);
}
