/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A trigger on a process of the model: an action, with what it changed in all that is watched. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/aftermath.h"
#include "core/mem.h"
#include "core/verdict.h"
#include "model/ops.h"
#include "model/source.h"

static int fail(struct source *source, int err, const char *text)
{
	snprintf(source->error, sizeof(source->error), "%s", text);
	return err;
}

/* An address of an area as a script says it: by its slot, where the area has all of that; else by its offset. */
static void aim(const struct world *world, const struct area *area, const struct trigger *trigger,
		struct target *target)
{
	const bool page = trigger->kind == TRIGGER_COW;
	const uint64_t unit = page ? PAGE_BYTES : huge_bytes(world), slot = huge_start(world, trigger->addr);
	uint64_t start = trigger->addr & ~(unit - 1), end = start + unit;

	if (slot >= area->start && slot + huge_bytes(world) <= area->start + area->len) {
		target->has_index = true;
		target->index =
			(slot - huge_start(world, area->start + huge_bytes(world) - 1)) / huge_bytes(world);
		target->has_offset = page;
		target->offset = start - slot;
		return;
	}
	start = start < area->start ? area->start : start;
	end = end > area->start + area->len ? area->start + area->len : end;
	target->has_offset = target->has_len = true;
	target->offset = start - area->start;
	target->len = end - start;
}

/* The area of an address, as a target of that region (of a write: that page). */
static int target_of(const struct world *world, uint32_t mm, const struct trigger *trigger,
		     struct target *target)
{
	for (uint32_t at = 1; at < world->extent.areas; at++) {
		const struct area *area = &world->areas[at];

		if (!area->used || area->mm != mm || trigger->addr < area->start ||
		    trigger->addr >= area->start + area->len)
			continue;
		snprintf(target->area, sizeof(target->area), "%s", area->name);
		aim(world, area, trigger, target);
		return 0;
	}
	return -EFAULT;
}

/* The line that says it, as a script would. */
static void describe(struct action *action, char *line, size_t size)
{
	const struct target *target = &action->target;
	struct buf text = {0};

	buf_printf(&text, "%s %s", action_name(action->kind), target->process);
	if (action->kind == ACTION_FORK)
		buf_printf(&text, " as %s", action->name);
	else if (*target->area)
		buf_printf(&text, " %s", target->area);
	if (target->has_index)
		buf_printf(&text, "[%" PRIu64 "]", target->index);
	if (target->has_offset)
		buf_printf(&text, "+%" PRIu64, target->offset);
	if (target->has_len)
		buf_printf(&text, " %" PRIu64, target->len);
	snprintf(line, size, "%s", text.data);
	buf_fini(&text);
	action->text = line;
}

static int action_of(struct model_source *model, const struct trigger *trigger, struct action *action,
		     char *line, size_t size)
{
	static const enum action_kind kinds[TRIGGER_KIND_COUNT] = {
		[TRIGGER_COLLAPSE] = ACTION_COLLAPSE,
		[TRIGGER_SPLIT] = ACTION_SPLIT,
		[TRIGGER_SPLIT_FOLIO] = ACTION_SPLIT_FOLIO,
		[TRIGGER_COW] = ACTION_WRITE,
		[TRIGGER_FORK] = ACTION_FORK,
	};
	const struct world *world = machine_world(model->machine);
	uint32_t mm = mm_of_pid(world, trigger->pid);

	*action = (struct action){.kind = kinds[trigger->kind]};
	if (!mm)
		return fail(&model->source, -ESRCH, "there is no such process in the model");
	snprintf(action->target.process, sizeof(action->target.process), "%s", world->mms[mm].name);
	if (trigger->kind == TRIGGER_COLLAPSE && trigger->daemon && !world->rules.madv_collapse)
		action->kind = ACTION_KHUGEPAGED;
	if (trigger->kind == TRIGGER_FORK)
		snprintf(action->name, sizeof(action->name), "kid%u", world->next_pid);
	else if (action->kind != ACTION_KHUGEPAGED && target_of(world, mm, trigger, &action->target))
		return fail(&model->source, -EFAULT, "nothing is mapped there");
	describe(action, line, size);
	return 0;
}

/* The way that it is done by: madvise; a write is a write. */
static enum trigger_way usual(const struct trigger *trigger)
{
	if (trigger->kind == TRIGGER_SPLIT_FOLIO)
		return TRIGGER_WAY_DEBUGFS; /* of folios that are shared, too */
	return trigger->kind == TRIGGER_COW ? TRIGGER_WAY_WRITE : TRIGGER_WAY_ADVICE;
}

static bool regions_differ(const struct region *one, const struct region *other)
{
	return !one != !other ||
	       (one &&
		(one->mapping != other->mapping || one->backing != other->backing ||
		 one->present != other->present || one->swapped != other->swapped || one->pfn != other->pfn ||
		 one->exclusive != other->exclusive || one->mapcount.highest != other->mapcount.highest ||
		 one->mapcount.total != other->mapcount.total || one->team_usage != other->team_usage));
}

static void add_effect(struct arena *arena, struct event *event, pid_t pid, const struct region *before,
		       const struct region *after, uint64_t addr)
{
	struct event_effect *effects = arena_alloc(arena, (event->n_effects + 1) * sizeof(*effects));

	if (event->n_effects)
		memcpy(effects, event->effects, event->n_effects * sizeof(*effects));
	effects[event->n_effects++] = (struct event_effect){.pid = pid,
							    .addr = addr,
							    .had = before,
							    .has = after,
							    .before = before ? *before : (struct region){0},
							    .after = after ? *after : (struct region){0}};
	event->effects = effects;
}

static const struct process *find_process(const struct moment *moment, pid_t pid)
{
	for (size_t at = 0; at < moment->n_processes; at++) {
		if (moment->processes[at].pid == pid && moment->processes[at].outcome == OUTCOME_OK)
			return &moment->processes[at];
	}
	return NULL;
}

/* Nothing else happens in the model meanwhile: whatever differs is its doing. The region that was meant comes first. */
static void add_effects(struct arena *arena, struct event *event, const struct trigger *trigger,
			const struct moment *before, const struct moment *after)
{
	const struct process *was = find_process(before, trigger->pid),
			     *is = find_process(after, trigger->pid);
	const struct region *own = was ? process_region_at(was, trigger->addr) : NULL;
	const struct region *now = is ? process_region_at(is, trigger->addr) : NULL;

	if (own || now)
		add_effect(arena, event, trigger->pid, own, now, own ? own->start : now->start);
	for (size_t at = 0; at < after->n_processes; at++) {
		const struct process *process = &after->processes[at];

		was = find_process(before, process->pid);
		for (size_t k = 0; k < process->n_regions; k++) {
			const struct region *region = &process->regions[k];

			own = was ? process_region_at(was, region->start) : NULL;
			if (region != now && regions_differ(own, region))
				add_effect(arena, event, process->pid, own, region, region->start);
		}
	}
}

static void add_deltas(struct arena *arena, struct event *event, const struct moment *before,
		       const struct moment *after)
{
	const size_t n = after->system.n_vmstat;
	struct event_delta *deltas = arena_alloc(arena, n * sizeof(*deltas));

	for (size_t at = 0; at < n; at++) {
		const struct figure *figure = &after->system.vmstat[at];
		const char *was = figure_value(before->system.vmstat, before->system.n_vmstat, figure->name);
		int64_t by = was ? strtoll(figure->value, NULL, 10) - strtoll(was, NULL, 10) : 0;

		if (by)
			deltas[event->n_deltas++] = (struct event_delta){
				arena_text(arena, figure->name, strlen(figure->name)), by};
	}
	event->deltas = deltas;
}

/* Both moments together are what it came to. */
static void judge(struct arena *arena, struct event *event, const struct trigger *trigger,
		  uint64_t entry_before, uint64_t entry_after)
{
	const struct event_effect *own = event->n_effects ? event->effects : NULL;
	const struct aftermath aftermath = {
		.kind = trigger->kind,
		.way = usual(trigger),
		.error = event->error,
		.said = *event->verdict ? verdict_text(event->verdict) : "",
		.judged = *event->verdict,
		.before = own && own->had ? &own->before : NULL,
		.after = own && own->has ? &own->after : NULL,
		.page_size = PAGE_BYTES,
		.frame_before = entry_present(entry_before) ? entry_pfn(entry_before) : 0,
		.frame_after = entry_present(entry_after) ? entry_pfn(entry_after) : 0,
		.present_before = entry_present(entry_before),
		.present_after = entry_present(entry_after),
		.entry_before = entry_swapped(entry_before),
		.child = event->child,
	};
	const char *text = aftermath_text(&aftermath, arena);

	event->why = arena_text(arena, text, strlen(text));
}

static void begin(const struct model_source *model, struct event *event, const struct trigger *trigger,
		  const struct action *action, struct arena *arena)
{
	static const enum event_kind kinds[TRIGGER_KIND_COUNT] = {
		[TRIGGER_COLLAPSE] = EVENT_COLLAPSE,
		[TRIGGER_SPLIT] = EVENT_SPLIT,
		[TRIGGER_SPLIT_FOLIO] = EVENT_SPLIT_FOLIO,
		[TRIGGER_COW] = EVENT_COW,
		[TRIGGER_FORK] = EVENT_FORK,
	};

	*event = (struct event){
		.kind = kinds[trigger->kind],
		.triggered = true,
		.pid = trigger->pid,
		.addr = trigger->kind == TRIGGER_FORK ? 0 : trigger->addr,
		.len = trigger->kind == TRIGGER_FORK  ? 0
		       : action->target.has_len	      ? action->target.len
		       : trigger->kind == TRIGGER_COW ? PAGE_BYTES
						      : model->source.pmd_size,
		.by_pid = trigger->pid,
		.by = action->kind == ACTION_KHUGEPAGED
			      ? "khugepaged"
			      : arena_text(arena, action->target.process, strlen(action->target.process)),
		.how = arena_text(arena, action->text, strlen(action->text)),
		.result = UNKNOWN_COUNT,
		.verdict = "",
		.why = "",
	};
}

/* A name that no task has: "collapse1". */
static void name_task(const struct world *world, enum action_kind kind, char *name, size_t size)
{
	unsigned nth = 0;

	do
		snprintf(name, size, "%s%u", action_name(kind), ++nth);
	while (task_named(world, name));
}

/* By hand: it begins, and what comes of it is up to whoever has it make its steps. */
static int begin_task(struct model_source *model, const struct trigger *trigger, const struct action *action,
		      struct arena *arena, struct event *event)
{
	char name[NAME_MAX_LEN + 1], text[96];
	int err;

	name_task(machine_world(model->machine), action->kind, name, sizeof(name));
	err = machine_begin(model->machine, name, false, action, NULL, model->source.error,
			    sizeof(model->source.error));
	if (err)
		return err;
	begin(model, event, trigger, action, arena);
	event->mono_ns = machine_behind(model->machine);
	snprintf(text, sizeof(text), "it has begun as the task %s, which has made no step yet", name);
	event->why = arena_text(arena, text, strlen(text));
	return 0;
}

/* Whoever is watched, and first of all the process that it is for. */
static struct moment *look(struct source *source, const struct trigger *trigger, const struct watch *watch)
{
	const size_t others = watch ? watch->n : 0;
	pid_t *pids = mem_alloc((others + 1) * sizeof(*pids));
	struct moment *moment;
	size_t n = 0;

	pids[n++] = trigger->pid;
	for (size_t at = 0; at < others; at++) {
		if (watch->pids[at] != trigger->pid)
			pids[n++] = watch->pids[at];
	}
	moment = source_sample(source,
			       &(struct watch){.pids = pids, .n = n, .follow = watch && watch->follow});
	free(pids);
	return moment;
}

/* What the world was like before it was told to act. */
struct past {
	struct moment *moment;
	uint64_t entry; /* that maps the address */
};

static void conclude(struct model_source *model, const struct trigger *trigger, const struct action *action,
		     uint32_t task, const struct past *past, const struct moment *after, struct arena *arena,
		     struct event *event)
{
	const struct world *world = machine_world(model->machine);

	begin(model, event, trigger, action, arena);
	event->mono_ns = machine_behind(model->machine);
	event->verdict = scan_result_word(world->tasks[task].verdict);
	event->error = world->tasks[task].result < 0 ? -world->tasks[task].result : 0;
	if (trigger->kind == TRIGGER_FORK && !event->error)
		event->child = world->mms[mm_named(world, action->name)].pid;
	if (trigger->addr)
		add_effects(arena, event, trigger, past->moment, after);
	add_deltas(arena, event, past->moment, after);
	judge(arena, event, trigger, past->entry,
	      leaf_of((struct world *)world, mm_of_pid(world, trigger->pid), trigger->addr));
}

/* To its end. Where it cannot get there, for a task that stands still, nothing of it stays. */
static int run_task(struct model_source *model, const struct trigger *trigger, const struct watch *watch,
		    const struct action *action, struct arena *arena, struct event *event)
{
	struct machine *machine = model->machine;
	struct world *world = machine_world(machine);
	struct past past = {look(&model->source, trigger, watch),
			    leaf_of(world, mm_of_pid(world, trigger->pid), trigger->addr)};
	struct moment *after;
	uint32_t task;
	int err = machine_act(machine, action, &task, model->source.error, sizeof(model->source.error));

	if (!err) {
		after = look(&model->source, trigger, watch);
		conclude(model, trigger, action, task, &past, after, arena, event);
		moment_free(after);
	}
	moment_free(past.moment);
	return err;
}

int model_trigger(struct source *source, const struct trigger *trigger, const struct watch *watch,
		  struct arena *arena, struct event *event)
{
	LOCKED(source);
	struct model_source *model = model_of(source);
	struct action action;
	char line[160];
	int err = action_of(model, trigger, &action, line, sizeof(line));

	if (err)
		return err;
	return trigger->begin ? begin_task(model, trigger, &action, arena, event)
			      : run_task(model, trigger, watch, &action, arena, event);
}

int model_plan(struct source *source, const struct trigger *trigger, struct buf *text, bool *asks)
{
	LOCKED(source);
	struct action action;
	char line[160];
	int err = action_of(model_of(source), trigger, &action, line, sizeof(line));

	*asks = false;
	if (!err &&
	    (trigger->inject || (trigger->way != TRIGGER_WAY_USUAL && trigger->way != usual(trigger))))
		err = fail(source, -ENOTSUP, "the model has one way to do it, and this is another");
	if (!err)
		buf_printf(text, "In the model: %s\n", action.text);
	return err;
}
