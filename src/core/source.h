/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The upper seam: moments. Everything that shows, writes or checks something reads a source.
 *
 * Implementations: backend/local (surveys over any kernel.h, with a specimen on a real one), backend/model (a kernel in
 * this process, in steps), backend/replay (a recording), backend/remote (a far agent).
 *
 * Order of calls: a constructor (local_source_open ...) gives a source or fails with a sentence; then any of the
 * calls, from one thread, the source's owner; close last. A long job opens a second source.
 * Errors: negative errno as in kernel.h. Where a call can fail for a reason that a user should read, the
 * reason is in source->error (one sentence, valid until the next call).
 */
#ifndef CORE_SOURCE_H
#define CORE_SOURCE_H

#include "core/action.h"
#include "core/buf.h"
#include "core/heat.h"
#include "core/moment.h"
#include "core/sharers.h"
#include "core/survey.h"
#include "core/trigger.h"
#include "core/why.h"

struct source;

/* Whom to watch, and in what detail. */
struct watch {
	const pid_t *pids;
	/*
	 * When each began, as their start_time says: if another process has the PID by now, that one is OUTCOME_REUSED
	 * from the first sample on. 0, or NULL for all: whoever has it at the first sample.
	 */
	const uint64_t *start_times;
	size_t n;
	bool follow;		       /* children too, from the next sample after their birth on */
	struct survey_options options; /* options.past is the source's own affair */
	/*
	 * One of many samples a second, for a screen: what lies behind a region that is mapped as before may be carried
	 * over from the last live sample, for less than SURVEY_CARRIED_NS, and is marked (survey_past in
	 * core/survey.h says what and when); vma.eligible likewise, with its time. Else everything in the moment is
	 * read for it.
	 */
	bool live;
	bool anew; /* all the same carry nothing over in this one: something was done to what is watched */
	/* With live: how soon after this one the next will be wanted, a hint for who makes them far away. 0: not known. */
	uint64_t interval_ns;
	/*
	 * Count events of the processes (process.counters), from the first sample that asks for it until one does not: those of
	 * these names, in libpfm4's syntax; none named: what this PMU's usual ones are for TLB misses, and page faults.
	 */
	bool count;
	const char *const *counters;
	size_t n_counters; /* at most COUNTERS_MOST */
};

/* The names of a watch's counters, copied into one piece of memory for free(); NULL where there are none. */
const char *const *watch_counters(const struct watch *watch);

/* Whether two watches count the same. */
bool watch_same_counters(const struct watch *one, const struct watch *other);

/* One process of a list. Texts are as the kernel has them: they may hold anything. */
struct listed {
	pid_t pid, parent;
	uint64_t start_time; /* clock ticks after boot */
	const char *comm;
	const char *command; /* its arguments with blanks between them; "" where it has none */
	const char *user;    /* the name of uid; "" where it has none, or on another machine */
	int64_t uid;	     /* effective; UNKNOWN_COUNT */
	int64_t rss_kb;	     /* VmRSS, which leaves hugetlb out; UNKNOWN_COUNT */
	bool kernel_thread;
	bool own; /* whoever asks may look into it, as far as users matter */
};

/* Where a name of the running script is: for the screen and for expectations. */
struct place {
	pid_t pid;
	uint64_t start, len; /* bytes */
};

struct source_ops {
	const char *name; /* "local" */

	/* Frees the source, ends and reaps its specimen. Mandatory. */
	void (*close)(struct source *source);

	/*
	 * All processes there are, ascending by PID, into the caller's arena; those that go away meanwhile are
	 * left out. Mandatory.
	 */
	int (*list)(struct source *source, struct arena *arena, struct listed **list, size_t *n);

	/*
	 * A new moment of the watched processes, never NULL: a process that cannot be read is in it with its
	 * outcome. The caller owns it (moment_free). A PID stays the process that it was at its first sample:
	 * one that was reused since is OUTCOME_REUSED. Mandatory.
	 */
	struct moment *(*sample)(struct source *source, const struct watch *watch);

	/*
	 * One region in full: a moment with the one process, the VMA and the region of addr, and its pages. A
	 * process that cannot be read, or an addr where nothing is mapped, is told by outcome and by
	 * process_region_at. The caller owns it. Mandatory.
	 */
	struct moment *(*examine)(struct source *source, pid_t pid, uint64_t addr);

	/*
	 * Starts a specimen that does nothing yet; *pid is its first member, called "main". One per source; it
	 * dies with the source. Optional (CAP_SPECIMEN).
	 */
	int (*spawn)(struct source *source, pid_t *pid);

	/*
	 * Carries out one action for which action_has_task() on the specimen and returns when it is done. 0,
	 * or the errno of what the kernel refused (negative), with source->error saying it. -ENOTSUP: not
	 * possible on this source. The model: it runs as a task to its end before any other takes a step; -EBUSY:
	 * it cannot, for a task that stands still has a lock that it needs, and nothing was done; -EUCLEAN: as
	 * advance. What hold, pin and
	 * reference take is the source's, under the action's name, until release (-ENOENT: there is none). Optional
	 * (CAP_SPECIMEN).
	 */
	int (*act)(struct source *source, const struct action *action);

	/*
	 * Resolves a target of the script to a place; -ENOENT for a name that is not there. Of a target without an area
	 * only the PID is told, and start and len are 0. With spawn.
	 */
	int (*locate)(struct source *source, const struct target *target, struct place *place);

	/*
	 * The first byte of the page that holds addr, where store, touch and write of whole pages leave their number, as a
	 * load by this process would find it; 0 in a page that was never written. Changes nothing. -EFAULT: nothing is
	 * mapped there; -ENODATA: only a load could tell, which would change what is mapped. Optional; goes with spawn.
	 */
	int (*value)(struct source *source, pid_t pid, uint64_t addr, uint8_t *value);

	/*
	 * Tasks (core/task.h): what an action does, in steps, which others' steps can come between. The model's; all
	 * three or none. Each answers with 0, or a negative errno with the reason in source->error; -ENOENT for a task
	 * that is not there.
	 *
	 * begin: a task that has taken no step, of an action for which action_has_task(); copied as far as needed.
	 * -EEXIST: there was a task of that name. -ENOENT: what it names is not there. A task stays, for its outcome,
	 * when it has ended, until its place is needed (the oldest goes first), or the source ends.
	 *
	 * advance: runs one task, and no other, as far as a word of `schedule` says (enum advance; count and step go with
	 * it). What becomes of the action itself is the task's own affair and no error here. ADVANCE_FREELY succeeds
	 * wherever it gets to. Else -EBUSY: it has to wait before it gets there, and waits; -EALREADY: it ended before it
	 * got there, or had; -EUCLEAN: a step broke an invariant, which the reason names with the step.
	 *
	 * task: where it stands. The texts are the source's and valid until the next call.
	 */
	int (*begin)(struct source *source, const char *name, const struct action *action);
	int (*advance)(struct source *source, const char *name, enum advance how, uint64_t count,
		       const char *step);
	int (*task)(struct source *source, const char *name, struct task *task);

	/*
	 * Goes `by` steps back (negative) or forward in what the source has been through, a task's beginning being one too;
	 * returns how far it went: less where there is no more. What a moment says next is of then. The model, and
	 * recordings; optional.
	 */
	int64_t (*seek)(struct source *source, int64_t by);

	/*
	 * Elsewhere in a recording: what a moment says next is of then. False: there is nothing that way. Optional.
	 */
	bool (*travel)(struct source *source, enum travel how);

	/* The specimen's family, "main" first: the PIDs of those alive. Goes with spawn. */
	int (*family)(struct source *source, pid_t *pids, size_t room, size_t *n);

	/*
	 * What a trigger would do, to whom, and what risk remains: appends plain text, a few lines, for a dialog that
	 * asks before. *asks: the process is not the specimen's, so somebody has to agree. 0; or a negative errno with
	 * the reason in source->error: it would be refused. Changes nothing. Goes with trigger.
	 */
	int (*plan)(struct source *source, const struct trigger *trigger, struct buf *text, bool *asks);

	/*
	 * The whole transaction (design 2): facts before, the trigger, what the kernel said, facts after; it all is one
	 * event with its effects on this process and on all of `watch` (NULL: nobody else) that map the folio. 0 and
	 * *event in the caller's arena if the kernel was asked, whatever it answered: event->error has that. Else a
	 * negative errno with the reason in source->error, and nothing was changed: -ESRCH no such process, or
	 * another one has its PID, -EFAULT nothing is mapped there, -ENXIO a page of it cannot be had, -EPERM, -ENOTSUP not possible here, -EBUSY refused
	 * for what the process is in the middle of, -EAGAIN for what may be over soon, -EMFILE for want of descriptors. -EIO alone: what was changed is
	 * not known. Optional.
	 */
	int (*trigger)(struct source *source, const struct trigger *trigger, const struct watch *watch,
		       struct arena *arena, struct event *event);

	/*
	 * Why the region of addr is not huge. start_time: of the process that is meant, 0: whichever has the PID, else -ESRCH
	 * if another one has it. 0 or a negative errno with the reason in source->error. Optional.
	 */
	int (*why)(struct source *source, pid_t pid, uint64_t start_time, uint64_t addr, enum why_how how,
		   struct arena *arena, struct why *why);

	/* Who maps the folio of addr. 0, or a negative errno with the reason in source->error. Optional. */
	int (*sharers)(struct source *source, const struct sharers_query *query, struct arena *arena,
		       struct sharers *sharers);

	/*
	 * Which regions that are not huge are used most (core/heat.h): takes the window. 0, or a negative errno with the reason in
	 * source->error; -ENODATA: a recording, and it was not recorded. Optional.
	 */
	int (*heat)(struct source *source, const struct heat_query *query, struct arena *arena,
		    struct heat *heat);

	/*
	 * Any thread, or a handler of signals, while the source is open: a call that waits for somebody else (a far agent)
	 * returns soon with -ECANCELED, a moment with OUTCOME_FAILED, and so does every later one. Does not wait.
	 * Optional: a source that waits for nobody has none.
	 */
	void (*interrupt)(struct source *source);
};

struct source {
	const struct source_ops *ops;
	struct capabilities caps;
	uint64_t page_size, pmd_size;
	bool read_only; /* set by who opened it: what changes a process is refused with -EPERM */
	char error[256];
};

void source_close(struct source *source); /* NULL is fine */
int source_list(struct source *source, struct arena *arena, struct listed **list, size_t *n);
struct moment *source_sample(struct source *source, const struct watch *watch);
struct moment *source_examine(struct source *source, pid_t pid, uint64_t addr);
int source_spawn(struct source *source, pid_t *pid);
int source_act(struct source *source, const struct action *action);
int source_locate(struct source *source, const struct target *target, struct place *place);
int source_family(struct source *source, pid_t *pids, size_t room, size_t *n);

/* -ENOTSUP, with a sentence, where the source has no such call. */
int source_value(struct source *source, pid_t pid, uint64_t addr, uint8_t *value);
int source_begin(struct source *source, const char *name, const struct action *action);
int source_advance(struct source *source, const char *name, enum advance how, uint64_t count,
		   const char *step);
int source_task(struct source *source, const char *name, struct task *task);
int64_t source_seek(struct source *source, int64_t by);	    /* 0 where it cannot */
bool source_travel(struct source *source, enum travel how); /* false where it cannot */
int source_plan(struct source *source, const struct trigger *trigger, struct buf *text, bool *asks);
int source_trigger(struct source *source, const struct trigger *trigger, const struct watch *watch,
		   struct arena *arena, struct event *event);
int source_why(struct source *source, pid_t pid, uint64_t start_time, uint64_t addr, enum why_how how,
	       struct arena *arena, struct why *why);
int source_sharers(struct source *source, const struct sharers_query *query, struct arena *arena,
		   struct sharers *sharers);
int source_heat(struct source *source, const struct heat_query *query, struct arena *arena,
		struct heat *heat);
void source_interrupt(struct source *source); /* nothing where a source waits for nobody */

#endif
