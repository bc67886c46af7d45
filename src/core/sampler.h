/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sampler: a thread that owns a source and makes moments, so that the screen never waits for /proc. */
#ifndef CORE_SAMPLER_H
#define CORE_SAMPLER_H

#include "core/order.h"
#include "core/roster.h"
#include "core/source.h"

struct sampler;

struct sampler_options {
	uint64_t interval_ns;	/* wished for; stretched while sampling costs more than share_percent */
	unsigned share_percent; /* of one core, at most; 5 by default */
};

/*
 * Starts the thread, which takes over `source` (closed by sampler_stop; by this call if it fails) and copies
 * `watch` and its pids; NULL: it makes the list of all processes, as after sampler_list. Its samples of a watch are
 * live ones (struct watch). The first is made at once.
 * The thread has all signals blocked but those of its own faults (SIGSEGV, SIGABRT and the like): what a source forks
 * has to unblock them. 0 and *sampler, or the negative errno of a thread or descriptor that is not to be had.
 */
int sampler_start(struct sampler **sampler, struct source *source, const struct watch *watch,
		  const struct sampler_options *options);

/*
 * From now on makes moments of this watch, which is copied with its pids, the first one at once. Moments of the watch
 * before and rosters are not given out any more. Does not wait.
 */
void sampler_watch(struct sampler *sampler, const struct watch *watch);

/*
 * From now on lists all processes, at once and then every two seconds, and surveys them in turn, first those that are
 * on the screen: what it makes are rosters, and with each list a moment of no processes, for the system's figures.
 * The roster lives as long as the sampler: what was known before another watch still is. Both together keep within
 * the share, the lists within half of it, also where one survey costs as much as many seconds of the share. The PIDs
 * are copied; call it again when others are on the screen. Does not wait.
 */
void sampler_list(struct sampler *sampler, const pid_t *visible, size_t n);

/* Readable (an eventfd, for poll) when there is something new to take. Owned by the sampler. */
int sampler_fd(const struct sampler *sampler);

/*
 * The newest moment, or NULL if there is none newer than the last one taken. The caller owns it. Any one
 * thread; never waits for a survey. sampler_take_region likewise, for sampler_watch_region.
 */
struct moment *sampler_take(struct sampler *sampler);
struct moment *sampler_take_region(struct sampler *sampler);

/* The newest roster, likewise; roster_view_free. */
struct roster_view *sampler_take_roster(struct sampler *sampler);

/*
 * From now on examine this region with every moment (and once at once); pid 0: none. Where that takes long (a slow link),
 * with fewer of them: at most a fifth of the time goes into it. Does not wait.
 */
void sampler_watch_region(struct sampler *sampler, pid_t pid, uint64_t addr);

/*
 * The next moment reads smaps of this process once (which holds its mmap lock for as long as it has page tables),
 * so that its VMAs tell eligible and advice; later moments carry that on for VMAs that stay the same. Does not wait.
 */
void sampler_ask_smaps(struct sampler *sampler, pid_t pid);

/*
 * Asks what these triggers would do (source_plan of each), which are copied; a plan that was asked for before and not
 * taken yet is dropped. Does not wait: sampler_take_plans gives the answer, or NULL while there is none; the caller
 * owns it. What went wrong is in it, as a sentence.
 */
void sampler_plan(struct sampler *sampler, const struct trigger *triggers, size_t n);
struct plans *sampler_take_plans(struct sampler *sampler);

/*
 * Carries a trigger out (source_trigger), as soon as the sample under way is made, also while paused; a new moment is made
 * right behind it. Does not wait: what came of it is one of the events to take, ordered and with a sentence if nothing
 * was done. False: one is being carried out, and this one was not taken on.
 */
bool sampler_trigger(struct sampler *sampler, const struct trigger *trigger);

/*
 * Has something done with the source, on its thread: a step of a script, of a model's task, of time. As soon as the sample
 * under way is made, also while paused; a new moment is made right behind it. `data` is the deed's alone until
 * sampler_did says, once for each, that it is done. False: another one is not done yet, or nobody asked whether it is.
 */
typedef void sampler_deed(struct source *source, void *data);
bool sampler_do(struct sampler *sampler, sampler_deed *deed, void *data);
bool sampler_did(struct sampler *sampler);

/*
 * The next event: what came of a trigger, and all that the moments told, in their order, also those of moments that
 * nobody took. NULL: there is none. The caller owns it. Whoever does not take them loses the oldest, and is told so by an
 * EVENT_LOST.
 */
struct occurrence *sampler_take_event(struct sampler *sampler);

/*
 * Whether the samples to come count events (struct watch, count), whichever watch they are of; at first as that of
 * sampler_start says. Does not wait.
 */
void sampler_count(struct sampler *sampler, bool count);

/* Stops and restarts sampling. A region that is newly asked for is examined all the same. Does not wait. */
void sampler_pause(struct sampler *sampler, bool paused);

/*
 * What showing the last moment cost its taker, in CPU time: it counts with what making the next one costs, so that the
 * share holds for both. Any thread; does not wait.
 */
void sampler_charge(struct sampler *sampler, uint64_t cost_ns);

/* The interval in force, of a list that from one to the next (0 before the first moment) and the share of a core that sampling costs (0..100). */
void sampler_rate(struct sampler *sampler, uint64_t *interval_ns, double *share_percent);

/* Interrupts the source's call under way, ends the thread, closes the source, frees all. NULL is fine. */
void sampler_stop(struct sampler *sampler);

#endif
