/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of a moment out of a recording: where in it that is, and how one gets elsewhere. */
#ifndef CORE_TIMELINE_H
#define CORE_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The whole length in equal parts, and what is in each. */
#define TIMELINE_PARTS 256
enum timeline_mark {
	TIMELINE_CHANGED = 1,  /* a region is another */
	TIMELINE_HAPPENED = 2, /* an event */
};

struct moment;
struct timeline {
	size_t at, n;		/* of so many moments, from 0 */
	uint64_t ns, length_ns; /* since the first one; of the last one */
	uint64_t until_ns;	/* CLOCK_MONOTONIC then: later events are none of its past */
	unsigned tenths;	/* of the time that it took; 10: as fast as it was */
	uint8_t parts[TIMELINE_PARTS];
	/* The file ends early, or is damaged, behind the last of them: a sentence; else NULL. */
	const char *broken;
	/*
	 * The moment before this one, if a process is gone in this: what was seen of it last, wherever the looker comes
	 * from. It lives as long as this one.
	 */
	struct moment *before;
};

/* Whether it is another moment, and not the next one: what was seen of the one is nothing of the other. False of NULL. */
static inline bool timeline_leaps(const struct timeline *from, const struct timeline *to)
{
	return from && to && to->at != from->at && to->at != from->at + 1;
}

/* Elsewhere in time. */
enum travel {
	TRAVEL_BACK,	    /* a moment */
	TRAVEL_FORWARD,	    /* a moment */
	TRAVEL_CHANGE_BACK, /* to the one before in which something changed or happened */
	TRAVEL_CHANGE,	    /* to the next one */
	TRAVEL_START,
	TRAVEL_END,
	TRAVEL_SLOWER,
	TRAVEL_FASTER
};

#endif
