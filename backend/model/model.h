/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model kernel as the rest of thpscope sees it: a machine of some generation, in this process, that answers through
 * kernel.h in raw words and is told what to do through source.h.
 *
 * A machine remembers every choice that was made (which action began as which task, whose step came next) and what the
 * world was like before: time goes back, and what happened can be written down as a script that does it again.
 * Nothing here needs a privilege, or looks at the machine that it runs on.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include <stddef.h>

#include "core/kernel.h"
#include "core/source.h"

struct machine;
struct rules;
struct world;
struct extent;

/*
 * A machine with one process, "main", that has done nothing yet. Never NULL. machine_hold makes one more holder, on any
 * thread; machine_free by the last one frees it; NULL is fine.
 */
struct machine *machine_new(const struct rules *rules, const struct extent *extent);
struct machine *machine_hold(struct machine *machine);
void machine_free(struct machine *machine);

/* Two threads that share a machine make every call, and read its world, between these; they nest. */
void machine_lock(struct machine *machine);
void machine_unlock(struct machine *machine);

/* Its world as it is now. The machine's; changes with every call below. */
struct world *machine_world(struct machine *machine);

/*
 * Begins an action (copied) as a task called `name` that has made no step; with `alone` it is one that nobody schedules:
 * it has no name in scripts, runs by machine_finish and is forgotten when it is done. 0 and *task (NULL is fine), or
 * as action_begin (ops.h); -EEXIST: there is a task of that name.
 */
int machine_begin(struct machine *machine, const char *name, bool alone, const struct action *action,
		  uint32_t *task, char *error, size_t size);

/*
 * One step of a task. 0; -EBUSY: it waits; -EALREADY: it is done; -EUCLEAN: the step broke an invariant, or it waits and
 * nobody can go on, nor be woken.
 */
int machine_step(struct machine *machine, uint32_t task);

/*
 * An action from its beginning to its end, or until it sleeps, as a task that nobody schedules. 0 and *task, whose result
 * the world has until the next call; or as machine_begin; -EBUSY: it would have to wait for what an unfinished task has:
 * nothing was done, and what lay ahead still does; -EUCLEAN: a step of it broke an invariant. With a sentence each.
 */
int machine_act(struct machine *machine, const struct action *action, uint32_t *task, char *error,
		size_t size);

/* Steps to its end, or until it sleeps. 0; -EBUSY: it waits for a lock that another unfinished task has; -EUCLEAN. */
int machine_finish(struct machine *machine, uint32_t task);

/*
 * Goes back (negative) or, where it had gone back, forward again, by so many steps, a task's beginning being one too.
 * Returns how far it went: less where there is no more. A new step or beginning forgets what lay ahead.
 */
int64_t machine_seek(struct machine *machine, int64_t by);

/* How many choices lie behind: what machine_seek counts. */
int64_t machine_at(const struct machine *machine);

/* Steps that lie behind and ahead. */
uint64_t machine_behind(const struct machine *machine);
uint64_t machine_ahead(const struct machine *machine);

/* The name of a task of it. The machine's. */
const char *machine_task_name(const struct machine *machine, uint32_t task);

/* Its generation's name, "5.4". */
const char *machine_generation(struct machine *machine);

/*
 * Appends all that was done so far as a script (thpscope-script(7)): what `--model GEN:FILE` does again, step by step.
 */
void machine_script(const struct machine *machine, struct buf *text);

/* A kernel over the machine, which stays the caller's and must outlive it. Never fails. */
struct kernel *model_kernel_new(struct machine *machine);

/* What of a machine its generation leaves open. All zeros: as that kernel was. */
struct model_shape {
	unsigned order; /* of its huge pages, from 2 to 9, and below 9 each pte is a step of its own; 0: 9 */
	const char *const *without; /* rules that its kernel lacks (rules_without()) */
	size_t n_without;
};

/*
 * A machine of the generation ("5.4") for scripts and screens. NULL and a sentence that lists what there is, for a generation
 * that is none, or a rule that it does not have.
 */
struct machine *model_machine(const char *generation, const struct model_shape *shape, char *error,
			      size_t size);

/*
 * A source over a machine: what it is told becomes tasks; what it shows is surveyed by `surveys`, a source over a
 * model_kernel_new of the same machine. Takes over both, the machine with one hold. Several sources may share a machine, each
 * on a thread of its own: what the one does the others see. Never fails.
 */
struct source *model_source_new(struct machine *machine, struct source *surveys);

/* The machine of such a source; NULL for another. */
struct machine *model_source_machine(struct source *source);

#endif
