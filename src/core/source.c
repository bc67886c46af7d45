/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The upper seam's calls: optional ones answer -ENOTSUP where a source has none. */
#include "core/source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"

void source_close(struct source *source)
{
	if (source)
		source->ops->close(source);
}

int source_list(struct source *source, struct arena *arena, struct listed **list, size_t *n)
{
	return source->ops->list(source, arena, list, n);
}

struct moment *source_sample(struct source *source, const struct watch *watch)
{
	return source->ops->sample(source, watch);
}

struct moment *source_examine(struct source *source, pid_t pid, uint64_t addr)
{
	return source->ops->examine(source, pid, addr);
}

static int only_looks(struct source *source, const char *what)
{
	snprintf(source->error, sizeof(source->error), "read-only: %s, and that was ruled out", what);
	return -EPERM;
}

static int no_specimen(struct source *source)
{
	const char *why = source->caps.missing[CAP_SPECIMEN];

	snprintf(source->error, sizeof(source->error), "%s", why ? why : "this source has no specimen");
	return -ENOTSUP;
}

int source_spawn(struct source *source, pid_t *pid)
{
	if (source->read_only)
		return only_looks(source, "a specimen is started to have its memory changed");
	return source->ops->spawn ? source->ops->spawn(source, pid) : no_specimen(source);
}

int source_act(struct source *source, const struct action *action)
{
	if (source->read_only)
		return only_looks(source, "this would change a specimen's memory");
	return source->ops->act ? source->ops->act(source, action) : no_specimen(source);
}

int source_locate(struct source *source, const struct target *target, struct place *place)
{
	return source->ops->locate ? source->ops->locate(source, target, place) : no_specimen(source);
}

int source_value(struct source *source, pid_t pid, uint64_t addr, uint8_t *value)
{
	return source->ops->value ? source->ops->value(source, pid, addr, value) : no_specimen(source);
}

int64_t source_seek(struct source *source, int64_t by)
{
	return source->ops->seek ? source->ops->seek(source, by) : 0;
}

bool source_travel(struct source *source, enum travel how)
{
	return source->ops->travel && source->ops->travel(source, how);
}

int source_family(struct source *source, pid_t *pids, size_t room, size_t *n)
{
	return source->ops->family ? source->ops->family(source, pids, room, n) : no_specimen(source);
}

static int no_tasks(struct source *source)
{
	snprintf(source->error, sizeof(source->error),
		 "only a model's tasks can be told when to run; see --model");
	return -ENOTSUP;
}

int source_begin(struct source *source, const char *name, const struct action *action)
{
	return source->ops->begin ? source->ops->begin(source, name, action) : no_tasks(source);
}

int source_advance(struct source *source, const char *name, enum advance how, uint64_t count,
		   const char *step)
{
	return source->ops->advance ? source->ops->advance(source, name, how, count, step) : no_tasks(source);
}

int source_task(struct source *source, const char *name, struct task *task)
{
	return source->ops->task ? source->ops->task(source, name, task) : no_tasks(source);
}

static int no_call(struct source *source, const char *what)
{
	snprintf(source->error, sizeof(source->error), "%s works on a running kernel, not on %s", what,
		 source->ops->travel ? "a recording" : "this source");
	return -ENOTSUP;
}

int source_plan(struct source *source, const struct trigger *trigger, struct buf *text, bool *asks)
{
	if (source->read_only)
		return only_looks(source, "this would change a process's memory");
	return source->ops->plan ? source->ops->plan(source, trigger, text, asks)
				 : no_call(source, "a trigger");
}

int source_trigger(struct source *source, const struct trigger *trigger, const struct watch *watch,
		   struct arena *arena, struct event *event)
{
	if (source->read_only)
		return only_looks(source, "this would change a process's memory");
	return source->ops->trigger ? source->ops->trigger(source, trigger, watch, arena, event)
				    : no_call(source, "a trigger");
}

int source_why(struct source *source, pid_t pid, uint64_t start_time, uint64_t addr, enum why_how how,
	       struct arena *arena, struct why *why)
{
	if (source->read_only && how == WHY_ASK)
		return only_looks(source, "to ask the kernel is to have it collapse");
	return source->ops->why ? source->ops->why(source, pid, start_time, addr, how, arena, why)
				: no_call(source, "to say why");
}

int source_sharers(struct source *source, const struct sharers_query *query, struct arena *arena,
		   struct sharers *sharers)
{
	return source->ops->sharers ? source->ops->sharers(source, query, arena, sharers)
				    : no_call(source, "the search for sharers");
}

int source_heat(struct source *source, const struct heat_query *query, struct arena *arena, struct heat *heat)
{
	if (source->read_only && query->by == HEAT_CLEARED)
		return only_looks(source,
				  "to clear a process's referenced bits changes what reclaim knows of it");
	return source->ops->heat ? source->ops->heat(source, query, arena, heat)
				 : no_call(source, "to measure what is used");
}

void source_interrupt(struct source *source)
{
	if (source->ops->interrupt)
		source->ops->interrupt(source);
}

const char *const *watch_counters(const struct watch *watch)
{
	size_t i, size = watch->n_counters * sizeof(*watch->counters);
	const char **names;
	char *text;

	if (!watch->n_counters)
		return NULL;
	for (i = 0; i < watch->n_counters; i++)
		size += strlen(watch->counters[i]) + 1;
	names = mem_alloc(size);
	text = (char *)(names + watch->n_counters);
	for (i = 0; i < watch->n_counters; i++) {
		names[i] = text;
		text = stpcpy(text, watch->counters[i]) + 1;
	}
	return names;
}

bool watch_same_counters(const struct watch *one, const struct watch *other)
{
	size_t i;

	if (one->count != other->count || one->n_counters != other->n_counters)
		return false;
	for (i = 0; i < one->n_counters && !strcmp(one->counters[i], other->counters[i]); i++)
		;
	return i == one->n_counters;
}
