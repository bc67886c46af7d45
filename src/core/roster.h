/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The roster: all processes there are, with what the last survey of each said, and whose turn it is to be surveyed.
 * Pure: lists, moments and times go in.
 */
#ifndef CORE_ROSTER_H
#define CORE_ROSTER_H

#include "core/source.h"

/* kB mapped by PMD, by the kind of memory; hugetlb is kb.hugetlb. The three are kb.pmd together. */
struct huge_kb {
	uint64_t anon, shmem, file;
};

#define ROSTER_REASON 192

/* One process. What the survey said is of looked_ns, not of now. */
struct roster_row {
	struct listed is;	    /* its texts live in the roster, or in the view */
	enum outcome outcome;	    /* of the newest survey; OUTCOME_COUNT: there was none yet */
	char reason[ROSTER_REASON]; /* why it could not be read, one sentence; "" where outcome says it all */
	uint64_t looked_ns;	    /* CLOCK_MONOTONIC of that; 0: none yet */
	bool known;		    /* what follows is: the last survey that read it */
	bool mapping_known;	    /* no: huge and kb.pmd may be too small */
	struct kb kb;
	struct huge_kb huge;
	bool visible;
};

/* Zero-initialise; roster_fini frees. */
struct roster {
	struct arena texts; /* of the rows; made anew by every list */
	struct roster_row *rows;
	size_t n, room; /* ascending by PID */
	pid_t *visible; /* ascending */
	size_t n_visible;
};

/* The processes that there are now, ascending by PID; surveys of those that stayed stay. Copies the texts. */
void roster_list(struct roster *roster, const struct listed *list, size_t n);

/* Which are on the screen: they come first. The PIDs are copied. */
void roster_visible(struct roster *roster, const pid_t *pids, size_t n);

/*
 * Who is to be surveyed now, at most `room`, so few that a survey of all does not take long: those not looked at yet
 * (visible, own, others; the largest first), then those whose last survey is longest due. Returns how many.
 * Kernel threads and who has exited never are.
 */
size_t roster_next(const struct roster *roster, uint64_t now_ns, pid_t *pids, size_t room);

/* When somebody is to be surveyed next: 0 for at once, UINT64_MAX for nobody. */
uint64_t roster_due(const struct roster *roster);

/* Takes what a moment says of its processes. One that is another by now, under an old PID, counts as exited. */
void roster_surveyed(struct roster *roster, const struct moment *moment, uint64_t now_ns);

void roster_fini(struct roster *roster);

/* The roster at one time, immutable, in an arena of its own; roster_view_free frees all of it (NULL is fine). */
struct roster_view {
	struct arena arena;
	const struct roster_row *rows; /* ascending by PID */
	size_t n;
	uint64_t mono_ns;
	int error; /* of the last list, negative errno: the rows are of the one before */
};
struct roster_view *roster_view(const struct roster *roster, uint64_t now_ns);
void roster_view_free(struct roster_view *view);

/* kB mapped by huge entries of any kind. */
static inline uint64_t roster_huge_kb(const struct roster_row *row)
{
	return row->kb.pmd + row->kb.hugetlb;
}

#endif
