/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sampler from within: what its thread has for itself, and what is behind the lock. */
#ifndef CORE_SAMPLER_PARTS_H
#define CORE_SAMPLER_PARTS_H

#include <pthread.h>

#include "core/census.h"
#include "core/sampler.h"

#define NS_PER_S UINT64_C(1000000000)

/* What was ordered, and what is there to be taken; behind the lock. */
struct sampler_orders {
	struct plans *wanted; /* to be made; NULL: none */
	struct plans *plans;  /* made */
	struct trigger trigger;
	bool triggering;    /* trigger is to be carried out, or is being so */
	sampler_deed *deed; /* to be done, or being so; NULL: none */
	void *deed_data;
	bool did; /* one was done, and nobody asked yet */
	struct occurrence **happened;
	size_t n_happened, room_happened;
	bool lost; /* there were more */
};

struct sampler {
	struct source *source; /* the thread's */
	struct watch watch;
	bool listing;	     /* the list of all processes, and not watch */
	unsigned generation; /* of watch and listing */
	struct census census;
	uint64_t list_due, survey_due, view_due;
	bool view_owed;			/* something of the roster is newer than what was shown */
	uint64_t list_began, list_cost; /* of the last step for the list */
	uint64_t examine_due;		/* the next look at a region that was looked at already */
	struct sampler_options options;
	pthread_t thread;
	int fd;

	pthread_mutex_t lock; /* everything below */
	pthread_cond_t wake;
	bool stop, paused, count;
	pid_t region_pid;
	uint64_t region_addr;
	bool region_new; /* not examined yet */
	pid_t *smaps;	 /* processes whose smaps the next moment shall read */
	size_t n_smaps, smaps_room;
	struct moment *newest, *region;
	struct roster_view *roster;
	struct watch wanted;
	bool wanted_list;
	unsigned wanted_generation; /* another one than the thread has: it is to change over */
	pid_t *visible;
	size_t n_visible;
	bool visible_new;
	uint64_t shown_ns; /* what its taker spent on moments, not charged yet */
	uint64_t interval_ns;
	double share;
	struct sampler_orders orders;
};

/* Called with the lock held: says that there is something to take, if there is; whether what the thread makes is wanted still. */
void sampler_tell(struct sampler *sampler);
void sampler_calm(struct sampler *sampler); /* after something was taken */
bool sampler_current(const struct sampler *sampler);

/* A copy with PIDs of its own, for live samples; frees one, or nothing but zeros. */
struct watch sampler_watch_copy(const struct watch *watch);
void sampler_watch_free(struct watch *watch);

/* The thread's: puts a moment into its slot in place of one that nobody took; frees it if it is not wanted. */
void sampler_publish(struct sampler *sampler, struct moment **slot, struct moment *moment);

/* sampler_list.c, the thread's: one step for the list, and when the next one is due. */
void sampler_list_tick(struct sampler *sampler);
uint64_t sampler_list_next(const struct sampler *sampler);

/*
 * sampler_orders.c, the thread's: plans and carries out what was ordered, and says whether anything was carried out;
 * keeps the events of a moment for whoever takes them, whether or not the moment is taken.
 */
bool sampler_obey(struct sampler *sampler);
void sampler_note_events(struct sampler *sampler, const struct moment *moment);
void sampler_orders_fini(struct sampler_orders *orders);

#endif
