/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is ordered of whoever owns a source, and what came of it: plans of triggers, and events that outlive moments. */
#ifndef CORE_ORDER_H
#define CORE_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/event.h"
#include "core/trigger.h"

#define ORDER_REASON 256

/* What a trigger would do (source.h, plan). */
struct planned {
	struct trigger trigger;
	int error;		   /* 0, or the negative errno with which it would be refused */
	char reason[ORDER_REASON]; /* and why, in a sentence */
	bool asks;		   /* somebody has to agree */
	char *text;		   /* what it would do, to whom; never NULL */
};

/* Of several triggers, in the order in which they were asked for; plans_free frees. */
struct plans {
	size_t n;
	struct planned items[];
};

/* An event with all that it points to; occurrence_free frees. */
struct occurrence {
	struct arena arena;
	bool ordered;		/* it is what came of a trigger that was ordered; else a moment told it */
	struct trigger trigger; /* then: which */
	int error; /* then: nothing was done (-EIO: it is not known what), `event` is empty; a negative errno ... */
	char reason[ORDER_REASON]; /* ... and why, in a sentence */
	uint64_t mono_ns;	   /* CLOCK_MONOTONIC: then when it was over, else the event's own */
	int64_t wall_ns;	   /* likewise, by CLOCK_REALTIME; 0: not known */
	struct event event;
};

/* Plans of n triggers, empty. Never NULL. */
struct plans *plans_new(const struct trigger *triggers, size_t n);

/* Frees them; NULL is fine. */
void plans_free(struct plans *plans);

/* A copy of an event that needs nothing of its moment. Never NULL. */
struct occurrence *occurrence_copy(const struct event *event);

/* Likewise, of an event all of whose parts are in happened->arena or static already. */
struct occurrence *occurrence_new(void);

/* Frees it; NULL is fine. */
void occurrence_free(struct occurrence *happened);

#endif
