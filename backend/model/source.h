/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside backend/model: the source over a machine. */
#ifndef MODEL_SOURCE_H
#define MODEL_SOURCE_H

#include "model/model.h"

struct model_source {
	struct source source;
	struct source *surveys; /* over the machine's kernel */
	struct machine *machine;
	struct arena texts; /* of the last `task` */
};

static inline struct model_source *model_of(struct source *source)
{
	return (struct model_source *)source;
}

/* The machine is this call's until it returns: a second source may be on another thread. */
static inline struct machine *model_lock(struct source *source)
{
	machine_lock(model_of(source)->machine);
	return model_of(source)->machine;
}

static inline void model_unlock(struct machine **machine)
{
	machine_unlock(*machine);
}
#define LOCKED(source)                                                                                       \
	__attribute__((cleanup(model_unlock), unused)) struct machine *locked = model_lock(source)

/* trigger.c: as source.h's plan and trigger. */
int model_plan(struct source *source, const struct trigger *trigger, struct buf *text, bool *asks);
int model_trigger(struct source *source, const struct trigger *trigger, const struct watch *watch,
		  struct arena *arena, struct event *event);

/* tasks.c: a task for those who look on; its texts in the arena. */
void model_task_view(const struct world *world, uint32_t task, struct arena *arena, struct task *out);

/* Gives mappings the names that the script has for them, where those of the kernel do not tell. */
void model_label(const struct world *world, struct moment *moment);

/* What broke an invariant, if anything did: which step of which task, in a sentence. */
bool model_violation(const struct world *world, char *text, size_t size);

/* What a step that failed comes to: -EBUSY, -EUCLEAN and the like, as a sentence. -EUCLEAN needs no task (0). */
void model_step_sentence(const struct world *world, uint32_t task, int err, char *error, size_t size);

/* The same in source->error. Returns err. */
int model_step_error(struct model_source *model, uint32_t task, int err);

#endif
