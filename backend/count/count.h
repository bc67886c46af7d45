/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counting events of processes with perf_event_open(2): of the PMU, by libpfm4's names where the program has that library,
 * and of the kernel, by the names that perf(1) made usual.
 *
 * Whom an event counts. An event is opened on every thread that a process has, and is inherited by what those threads
 * clone from then on: threads and child processes, and theirs. So each is counted once, in the figures of the process whose
 * event it inherited:
 *
 *     list of threads    open on each              list again
 *     -----+----------------+--+--+---------------------+------> time
 *          A, B             A  B  |                     A, B, C
 *                                 C is cloned by B: inherits B's event, and is never opened itself
 *
 * Whoever is in the list was there before any of these events was, and has inherited none of them: opening it counts
 * nothing twice. Whoever is not in it is never opened in this round. A thread that turns up behind the list may have been
 * cloned by one that had its event already (it is counted) or not yet (it is not), and nothing tells which: so as long as
 * one turns up that may have been cloned before the last event was open, all events of the process are closed, what they
 * counted is kept, and a new round begins with a new list; at most COUNT_ROUNDS of them. clone(2) hands events down
 * before the thread shows up in /proc; its start time is taken in between, so a thread is held to be one of after the last
 * open if it started COUNT_MARGIN ticks later than that. What is left of the race is a thread whose clone takes longer
 * than that margin, or one beside the last round of a process that starts threads all the time: it is not counted.
 * Between two rounds nothing is counted for as long as opening takes.
 *
 * A process that began behind the events of another one of the set is counted in that one's figures if its parents lead
 * there. If they do not, one of them may have ended, and whoever takes in the orphans of that line be its parent now: init,
 * or a subreaper above the counted one. Where that may be, it is not counted by itself: so none is counted twice. (But for an
 * orphan whom the init of another PID namespace took in, into which its line came by setns(2): that init is above nobody whom
 * we know, and whoever it starts itself looks the same.)
 *
 * All calls of one set from one thread.
 */
#ifndef COUNT_COUNT_H
#define COUNT_COUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/arena.h"
#include "core/counter.h"

#define COUNT_DEFAULT "default" /* as a name: all of the defaults, in its place */
#define COUNT_ROUNDS 8
#define COUNT_MARGIN 2 /* clock ticks */
/* So long behind the first sample, at 100 ticks a second, one more rules out a new round: for whoever can make a process wait. */
#define COUNT_SETTLED_MS 50

/* What perf_event_open is to count: the fields of its attribute that tell. */
struct count_event {
	uint32_t type;
	uint64_t config, config1, config2;
	bool exclude_user, exclude_kernel, exclude_hv;
	bool modes; /* the name says whether user space, the kernel or both is meant */
	bool hardware;
};

/* What an event's descriptor says when it is read. */
struct count_reading {
	uint64_t value, enabled_ns, running_ns;
};

/*
 * The kernel, as this part needs it. Each call returns 0 (open: a descriptor) or a negative errno. `context` is the first
 * argument of all.
 */
struct count_ops {
	int (*open)(void *context, const struct count_event *event,
		    pid_t tid); /* inherited; tid 0: oneself */
	int (*read)(void *context, int fd, struct count_reading *reading);
	void (*close)(void *context, int fd);
	/* The threads of a process; *tids is the caller's to free. -ESRCH: there is no such process any more. */
	int (*threads)(void *context, pid_t pid, pid_t **tids, size_t *n);
	/* When a thread began and who its process's parent is; ticks after boot, as in /proc/PID/stat. */
	int (*began)(void *context, pid_t pid, pid_t tid, uint64_t *ticks, pid_t *parent);
	uint64_t (*now)(void *context); /* ticks after boot, rounded down as the kernel rounds */
	int (*paranoid)(void *context); /* perf_event_paranoid; INT_MIN: there is no such file */
	size_t (*room)(void *context);	/* how many descriptors may be open for this */
};

extern const struct count_ops count_kernel; /* this machine's; its context is NULL */

/* Why events of the PMU cannot be counted here, one sentence, static; NULL: they can. Opens no event: to tell is cheap. */
const char *count_missing(const struct count_ops *ops, void *context);

/*
 * What a name means. 0; or -EINVAL with a sentence in `error` that says what of it is wrong, and what is there or
 * nearest. Needs neither a PMU nor permission; what this machine cannot count shows when it is opened. Any thread.
 */
int count_name(const char *name, struct count_event *event, char *error, size_t size);

/*
 * The names that are counted where none is given: with `pmu`, dTLB misses of loads and of stores and the cycles of page
 * walks, or what comes nearest, of the PMU that libpfm4 finds, else the kernel's generic ones; then the software page faults.
 * Returns how many, at most COUNTERS_MOST. The texts are static.
 */
size_t count_defaults(bool pmu, const char **names);

/* The library that this program was built with to name events: "libpfm4", or NULL. Static. */
const char *count_library(void);

struct count_set;

/* A set that counts nothing yet. ops NULL: count_kernel. The caller frees it. */
struct count_set *count_set_new(const struct count_ops *ops, void *context);
void count_set_free(struct count_set *set); /* closes all; NULL is fine */

/*
 * A sample begins, which counts these names (n 0: the defaults; COUNT_DEFAULT too), which are copied, each once. If they
 * are not those of the sample before, all counting begins anew. A name that is none is told in each process's counter; and
 * in that of the last one that they come to more than COUNTERS_MOST.
 */
void count_set_begin(struct count_set *set, const char *const *names, size_t n);

/* Whether that process is in the set, by the last sample. */
bool count_set_has(struct count_set *set, pid_t pid, uint64_t start_time);

/*
 * The counters of a process, into the arena, in the order of the names; opens it if it was not. Of a process that the events
 * of another one of the set count already, each is missing, and says whose. start_time: its identity, never 0.
 */
size_t count_set_process(struct count_set *set, pid_t pid, uint64_t start_time, struct arena *arena,
			 const struct counter **counters);

/* The sample ends: whoever was not asked for in it is closed. */
void count_set_end(struct count_set *set);

/* How many descriptors the set has open. */
size_t count_set_open(const struct count_set *set);

#endif
