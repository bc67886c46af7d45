/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A set of counted processes from within: set.c says who is in it, descent.c whose events one has inherited, open.c opens and
 * reads one. */
#ifndef COUNT_SET_H
#define COUNT_SET_H

#include "count/parts.h"

/* An event of one thread, with those that inherited it. */
struct slot {
	int fd; /* -1: not open */
	struct count_reading newest;
};

/* One event of a process. */
struct tally {
	uint64_t value;		   /* the most that it has come to */
	struct count_reading past; /* what rounds that are over came to */
	const char *missing;	   /* in the process's texts; NULL: counted */
};

struct counted {
	pid_t pid;
	uint64_t start_time;
	pid_t host; /* whose events it has inherited, or may have; 0: it has its own, or none */
	bool wanted, open;
	bool tried;   /* so that what failed is not tried with every sample */
	bool settled; /* no thread can turn up any more that has inherited nothing */
	unsigned rounds;
	uint64_t sample;      /* in which its events were opened */
	uint64_t since, done; /* ticks before the list of its threads, and behind the last open */
	pid_t *tids;	      /* ascending */
	size_t n_tids;
	struct slot *slots; /* n_tids of the first event, of the second ... */
	struct tally *tallies;
	struct arena texts;
};

struct named {
	char *name; /* as it is shown */
	struct count_event event;
	char *wrong; /* it is no name: the sentence; or NULL */
};

struct count_set {
	const struct count_ops *ops;
	void *context;
	char **asked; /* the names of the last begin */
	size_t n_asked;
	bool began;
	struct named *events;
	size_t n;
	struct counted *items;
	size_t n_items, room;
	uint64_t sample;
	size_t n_open; /* descriptors */
};

/* Who is counted by that number, or NULL. */
struct counted *counted_find(struct count_set *set, pid_t pid);

enum descent { DESCENT_STRANGER, DESCENT_CHILD, DESCENT_ORPHAN };

/*
 * Whether a process that is not open was started by one whose events were open by then, or by whom that one started: *host,
 * and *began when the first of them did. DESCENT_ORPHAN: it cannot be told whether by *host.
 */
enum descent counted_descent(struct count_set *set, pid_t pid, struct counted **host, uint64_t *began);

/* Opens the events of a process on all of its threads, in rounds; what fails is in its tallies. */
void counted_open(struct count_set *set, struct counted *counted);

/* Keeps what was counted and closes all. */
void counted_close(struct count_set *set, struct counted *counted);

/* Looks for threads that turned up since, until none can have been missed; true: a new round was needed. */
bool counted_settle(struct count_set *set, struct counted *counted);

/* Reads all of a process's descriptors. */
void counted_read(struct count_set *set, struct counted *counted);

#endif
