/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tasks: operations of the model kernel that advance step by step.
 *
 * A kernel function is a C function that is left and entered again between its steps, as a switch over where it stands;
 * what it has to remember meanwhile is in its locals, a struct of its own in the task. Between two STEPs everything is
 * one indivisible action.
 *
 *	struct frob { uint64_t addr; uint32_t table; };		at most LOCALS_MAX bytes
 *
 *	static enum progress frob_run(struct world *world, struct ktask *task)
 *	{
 *		struct frob *at = task_locals(task);
 *
 *		switch (task_at(task)) {
 *		case 0:
 *			STEP("pmd_none");
 *			if (pmd_none...)
 *				RETURN(0);
 *			LOCK(LOCK_PMD, at->table, LOCK_WRITE);
 *			...
 *			UNLOCK(LOCK_PMD, at->table);
 *			CALL(frob_other, .addr = at->addr);
 *			if (task->result) ...
 *		}
 *		RETURN(0);
 *	}
 *	const struct function frob = {"frob", frob_run};
 *
 * Locks are fair, as the kernel's are: a task that stands at the LOCK of a writer, while others read, keeps new readers out.
 *
 * C locals do not survive a STEP, LOCK or CALL; two of them never stand in one line. `world` and `task` must have those
 * names. Code before the first STEP belongs to the caller's step.
 */
#ifndef MODEL_TASK_H
#define MODEL_TASK_H

#include "model/world.h"

#define LOCALS_MAX 160
#define CALLS_MAX 12
#define HELD_MAX 24

enum progress {
	PROGRESS_STEP,	 /* one step was made, and another one follows */
	PROGRESS_WAITS,	 /* none was: a lock is not to be had */
	PROGRESS_CALL,	 /* inside task.c */
	PROGRESS_RETURN, /* inside task.c */
	PROGRESS_DONE,
};

struct function {
	const char *name; /* the kernel's */
	enum progress (*run)(struct world *world, struct ktask *task);
};

struct call {
	const struct function *function;
	const char *step; /* the one that comes next, in the kernel's words; static. NULL: not begun */
	int line;
	_Alignas(8) unsigned char locals[LOCALS_MAX];
};

/* scan_result: the words of the tracepoints' format files are in khugepaged.c. */
enum scan_result {
	SCAN_NOTHING, /* no verdict */
	SCAN_FAIL,
	SCAN_SUCCEED,
	SCAN_PMD_NULL,
	SCAN_PMD_NONE,
	SCAN_PMD_MAPPED,
	SCAN_EXCEED_NONE_PTE,
	SCAN_EXCEED_SWAP_PTE,
	SCAN_EXCEED_SHARED_PTE,
	SCAN_PTE_NON_PRESENT,
	SCAN_PTE_UFFD_WP,
	SCAN_PTE_MAPPED_HUGEPAGE,
	SCAN_PAGE_RO,
	SCAN_LACK_REFERENCED_PAGE,
	SCAN_PAGE_NULL,
	SCAN_PAGE_COUNT,
	SCAN_PAGE_LRU,
	SCAN_DEL_PAGE_LRU,
	SCAN_PAGE_LOCK,
	SCAN_PAGE_ANON,
	SCAN_PAGE_COMPOUND,
	SCAN_ANY_PROCESS,
	SCAN_VMA_NULL,
	SCAN_VMA_CHECK,
	SCAN_ADDRESS_RANGE,
	SCAN_ALLOC_HUGE_PAGE_FAIL,
	SCAN_TRUNCATED,
	SCAN_PAGE_FILLED,
	SCAN_RESULT_COUNT
};

struct ktask {
	bool used, done;
	bool asleep; /* waits for no lock, but for another task that wakes it (call_release); in the middle of nothing */
	bool alone; /* nobody schedules it: it ran at once, and its place is free when it is done */
	char name[NAME_MAX_LEN + 1];
	char what[96]; /* the action, for those who look on */
	uint32_t mm;   /* on whose behalf */
	unsigned depth;
	struct call calls[CALLS_MAX];
	struct lock_id wants; /* the next step takes it; kind LOCK_NONE: none */
	struct lock_id held[HELD_MAX];
	unsigned n_held;
	unsigned rcu;	/* depth of RCU read sections */
	int32_t result; /* of the function that returned last; of a task that is done: 0 or a negative errno */
	enum scan_result verdict;
	uint64_t steps;
	uint64_t born; /* by this they stand in order */
};

/*
 * Begins a function as a task that has made no step. `locals` of `size` bytes are copied. Where there is no other room it
 * takes the place of the one that is done the longest; 0: none is.
 */
uint32_t task_begin(struct world *world, const char *name, uint32_t mm, const struct function *function,
		    const void *locals, size_t size);

/* One step. PROGRESS_STEP, _WAITS or _DONE. Violations are in world->violation; a task that holds locks at its end is one. */
enum progress task_step(struct world *world, uint32_t task);

/*
 * To its end, other unfinished tasks stepping in only while it waits. False: nobody can go on, which is a deadlock and a
 * violation, unless a task sleeps that may be woken.
 */
bool task_finish(struct world *world, uint32_t task);

/* Whether its next step can be made now. */
bool task_runnable(const struct world *world, uint32_t task);

/* Where no task can run: those that never will, even if all that sleep were woken (bits); 0: there is none. */
uint32_t tasks_deadlocked(const struct world *world);

uint32_t task_named(const struct world *world, const char *name); /* 0 */

/* Forgets one that is done. */
void task_end(struct world *world, uint32_t task);

/* "main's mmap_lock for reading", "main's pmd lock of table 3": into text, size bytes. */
void lock_describe(const struct world *world, struct lock_id id, char *text, size_t size);

/* Whether `task` would get that lock now: nobody has it, or is before it in the queue. */
bool lock_free(const struct world *world, uint32_t task, struct lock_id id);

/* Who keeps `task` from the lock that it wants: the first such task, or 0. */
uint32_t lock_holder(const struct world *world, uint32_t task);

/* Whether it would get that lock, were it not for these tasks (bits). */
bool lock_free_but_for(const struct world *world, uint32_t task, uint32_t others);

/* check_locks.c, for world_check(): no task is under way, so every lock is free, or its owner sleeps with it. */
void locks_check(struct world *world);

/* What the macros below are made of. */
void task_stand(struct world *world, struct ktask *task, int line, const char *step);
void task_stand_lock(struct world *world, struct ktask *task, int line, enum lock_kind kind, uint32_t object,
		     enum lock_mode mode);
bool task_trylock(struct world *world, struct ktask *task, enum lock_kind kind, uint32_t object,
		  enum lock_mode mode);
void task_unlock(struct world *world, struct ktask *task, enum lock_kind kind, uint32_t object);
bool task_holds(const struct ktask *task, enum lock_kind kind, uint32_t object);
void task_call(struct world *world, struct ktask *task, int line, const struct function *function,
	       const void *locals, size_t size);
enum progress task_return(struct ktask *task, int32_t result);
/*
 * The page lock of one of many that a task has at a time (a list of isolated pages): not in `held`, the page alone says
 * whose it is. pfn: a folio's head.
 */
bool task_trylock_page(struct world *world, struct ktask *task, uint32_t pfn);
void task_unlock_page(struct world *world, struct ktask *task, uint32_t pfn);
bool task_holds_page(const struct world *world, const struct ktask *task, uint32_t pfn);

/* In an RCU read section, or with a spinlock held. */
bool task_in_rcu(const struct ktask *task);
void task_rcu_lock(struct ktask *task);
void task_rcu_unlock(struct world *world, struct ktask *task);

static inline uint32_t task_index(const struct world *world, const struct ktask *task)
{
	return (uint32_t)(task - world->tasks);
}

static inline int task_at(const struct ktask *task)
{
	return task->calls[task->depth - 1].line;
}

static inline void *task_locals(struct ktask *task)
{
	return task->calls[task->depth - 1].locals;
}

/* Ends the step before, and begins the one called `name`. */
#define STEP(name)                                                                                           \
	do {                                                                                                 \
		task_stand(world, task, __LINE__, name);                                                     \
		return PROGRESS_STEP;                                                                        \
	case __LINE__:;                                                                                      \
	} while (0)

/* The same in a loop over ptes: a step of its own only in a world that is `fine`. */
#define STEP_PTE(name)                                                                                       \
	do {                                                                                                 \
		if (world->fine) {                                                                           \
			task_stand(world, task, __LINE__, name);                                             \
			return PROGRESS_STEP;                                                                \
		}                                                                                            \
		__attribute__((fallthrough));                                                                \
	case __LINE__:;                                                                                      \
	} while (0)

/* A step that takes a lock, and waits for it. */
#define LOCK(kind, object, mode)                                                                             \
	do {                                                                                                 \
		task_stand_lock(world, task, __LINE__, kind, object, mode);                                  \
		return PROGRESS_STEP;                                                                        \
	case __LINE__:                                                                                       \
		if (!task_trylock(world, task, kind, object, mode))                                          \
			return PROGRESS_WAITS;                                                               \
	} while (0)

/* Ends the step before, and stands until another task has set `asleep` to false. */
#define SLEEP(name)                                                                                          \
	do {                                                                                                 \
		task_stand(world, task, __LINE__, name);                                                     \
		task->asleep = true;                                                                         \
		return PROGRESS_STEP;                                                                        \
	case __LINE__:;                                                                                      \
	} while (0)

/* Inside a step: true if it was to be had. */
#define TRYLOCK(kind, object, mode) task_trylock(world, task, kind, object, mode)
#define UNLOCK(kind, object) task_unlock(world, task, kind, object)

/* Of a function's locals, which must fit. */
#define LOCALS_SIZE(type)                                                                                    \
	(sizeof(struct type) + 0 * sizeof(struct {                                                           \
				       _Static_assert(sizeof(struct type) <= LOCALS_MAX, "the locals fit");  \
				       char unused;                                                          \
			       }))

/*
 * What lies between the members of locals is no state of the world, but a copy of them takes it along, and the explorer
 * would take two states for different by it. A compiler that cannot clear it costs some states more.
 */
#if defined(__has_builtin)
#if __has_builtin(__builtin_clear_padding)
#define CLEAR_PADDING(locals) __builtin_clear_padding(locals)
#endif
#endif
#ifndef CLEAR_PADDING
#define CLEAR_PADDING(locals) ((void)(locals))
#endif

/* Goes on in another function, whose locals struct has its name; task->result is what it returned. */
#define CALL(callee, ...) CALL_AS(callee, callee, __VA_ARGS__)

/* The same where several functions share a locals struct. */
#define CALL_AS(callee, type, ...)                                                                           \
	do {                                                                                                 \
		{                                                                                            \
			struct type locals_ = {__VA_ARGS__};                                                 \
                                                                                                             \
			CLEAR_PADDING(&locals_);                                                             \
			task_call(world, task, __LINE__, &callee, &locals_, LOCALS_SIZE(type));              \
			return PROGRESS_CALL;                                                                \
		}                                                                                            \
	case __LINE__:;                                                                                      \
	} while (0)

#define RETURN(value) return task_return(task, value)

#endif
