/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The source over a model machine: what it shows another source surveys, like any kernel's memory; what it is told becomes
 * tasks of the machine.
 */
#include "model/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "model/act.h"
#include "model/ops.h"
#include "model/words.h"

static int fail(struct source *source, int err, const char *text)
{
	snprintf(source->error, sizeof(source->error), "%s", text);
	return err;
}

/* The other source's answer, with its sentence. */
static int pass_on(struct model_source *model, int err)
{
	return err ? fail(&model->source, err, model->surveys->error) : 0;
}

static void model_close(struct source *source)
{
	struct model_source *model = model_of(source);

	source_close(model->surveys);
	machine_free(model->machine);
	arena_fini(&model->texts);
	free(model);
}

static int model_list(struct source *source, struct arena *arena, struct listed **list, size_t *n)
{
	LOCKED(source);
	struct model_source *model = model_of(source);

	return pass_on(model, source_list(model->surveys, arena, list, n));
}

/* Of the tasks that somebody may look at the one that began next behind `born`; 0. */
static uint32_t next_task(const struct world *world, uint64_t born)
{
	uint32_t next = 0;

	for (uint32_t at = 1; at < world->extent.tasks; at++) {
		const struct ktask *task = &world->tasks[at];

		/* One that nobody schedules is seen where time was taken back into the middle of it. */
		if (task->used && !(task->alone && task->done) && task->born > born &&
		    (!next || task->born < world->tasks[next].born))
			next = at;
	}
	return next;
}

/* What a moment of a model says of its time: steps, and no clock; and what its script calls memory. */
static void complete(struct model_source *model, struct moment *moment)
{
	const struct world *world = machine_world(model->machine);
	struct task *tasks = arena_alloc(&moment->arena, world->extent.tasks * sizeof(*tasks));
	char violation[256];
	uint32_t task = 0;

	moment->caps = model->source.caps;
	moment->clock_ns = moment->mono_ns;
	moment->mono_ns = machine_behind(model->machine);
	moment->ahead = machine_ahead(model->machine);
	moment->wall_ns = 0;
	moment->tasks = tasks;
	while ((task = next_task(world, task ? world->tasks[task].born : 0)))
		model_task_view(world, task, &moment->arena, &tasks[moment->n_tasks++]);
	if (model_violation(world, violation, sizeof(violation)))
		moment->violation = arena_text(&moment->arena, violation, strlen(violation));
	model_label(world, moment);
}

static struct moment *model_sample(struct source *source, const struct watch *watch)
{
	LOCKED(source);
	struct model_source *model = model_of(source);
	struct watch plain = *watch;
	struct moment *moment;

	/* All of it is read: it costs little, and what is seen is what is there after this very step. */
	plain.live = false;
	moment = source_sample(model->surveys, &plain);
	complete(model, moment);
	return moment;
}

static struct moment *model_examine(struct source *source, pid_t pid, uint64_t addr)
{
	LOCKED(source);
	struct model_source *model = model_of(source);
	struct moment *moment = source_examine(model->surveys, pid, addr);

	complete(model, moment);
	return moment;
}

static int model_spawn(struct source *source, pid_t *pid)
{
	LOCKED(source);
	struct model_source *model = model_of(source);

	*pid = machine_world(model->machine)->mms[mm_named(machine_world(model->machine), "main")].pid;
	return 0;
}

/* The errno of a call as a sentence, in the kernel's words. */
static int refused(struct source *source, const struct action *action, const struct ktask *task)
{
	const char *verdict = scan_result_word(task->verdict);

	snprintf(source->error, sizeof(source->error), "%s: %s%s%s%s", action_name(action->kind),
		 strerror(-task->result), *verdict ? " (" : "", verdict, *verdict ? ")" : "");
	return task->result;
}

static int model_act(struct source *source, const struct action *action)
{
	LOCKED(source);
	struct model_source *model = model_of(source);
	uint32_t task;
	int err = machine_act(model->machine, action, &task, source->error, sizeof(source->error));

	if (err)
		return err;
	if (machine_world(model->machine)->tasks[task].result < 0)
		return refused(source, action, &machine_world(model->machine)->tasks[task]);
	return 0;
}

static int model_locate(struct source *source, const struct target *target, struct place *place)
{
	LOCKED(source);
	struct model_source *model = model_of(source);
	const struct world *world = machine_world(model->machine);
	uint32_t mm;
	int err;

	*place = (struct place){0};
	if (*target->area)
		err = action_place(world, target, &mm, &place->start, &place->len, source->error,
				   sizeof(source->error));
	else
		err = action_process(world, target->process, &mm, source->error, sizeof(source->error));
	if (!err)
		place->pid = world->mms[mm].pid;
	return err;
}

static int model_value(struct source *source, pid_t pid, uint64_t addr, uint8_t *value)
{
	LOCKED(source);
	struct world *world = machine_world(model_of(source)->machine);
	uint32_t mm = mm_of_pid(world, pid), vma = mm ? vma_at(world, mm, addr) : 0;
	uint64_t entry = mm ? leaf_of(world, mm, addr) : 0, index;
	const struct kfile *file;
	const uint32_t *cached;

	if (!vma)
		return fail(source, -EFAULT, "nothing is mapped there");
	*value = 0;
	if (entry_present(entry)) {
		*value = (uint8_t)world->pages[entry_pfn(entry)].data;
	} else if (entry_swapped(entry)) {
		*value = (uint8_t)world->swaps[entry_pfn(entry)].data;
	} else if (world->vmas[vma].kind != KVMA_ANON) {
		file = &world->files[world->vmas[vma].file];
		index = vma_index(&world->vmas[vma], addr);
		if (index >= file->size)
			return fail(source, -EFAULT, "the file ends before it");
		cached = file_page(world, world->vmas[vma].file, index);
		*value = *cached ? (uint8_t)world->pages[*cached].data : 0;
	}
	return 0;
}

static int model_begin(struct source *source, const char *name, const struct action *action)
{
	LOCKED(source);
	return machine_begin(model_of(source)->machine, name, false, action, NULL, source->error,
			     sizeof(source->error));
}

static int find_task(struct source *source, const char *name, uint32_t *task)
{
	*task = task_named(machine_world(model_of(source)->machine), name);
	if (*task)
		return 0;
	snprintf(source->error, sizeof(source->error), "there is no task '%s'", name);
	return -ENOENT;
}

/* Whether a task stands where ADVANCE_BEFORE wants it. */
static bool stands_before(const struct world *world, const struct ktask *task, const char *step)
{
	const struct call *call = task->depth ? &task->calls[task->depth - 1] : NULL;

	return call && call->step && !strncmp(words_of(&world->rules, call->step), step, strlen(step));
}

static int model_advance(struct source *source, const char *name, enum advance how, uint64_t count,
			 const char *step)
{
	LOCKED(source);
	struct model_source *model = model_of(source);
	const struct ktask *standing;
	uint64_t made = 0;
	uint32_t task;
	int err = find_task(source, name, &task);

	if (err)
		return err;
	standing = &machine_world(model->machine)->tasks[task];
	while (!err) {
		if (how == ADVANCE_STEPS
			    ? made == count
			    : how == ADVANCE_BEFORE &&
				      stands_before(machine_world(model->machine), standing, step))
			return 0;
		err = machine_step(model->machine, task);
		made++;
	}
	if (how == ADVANCE_FREELY && (err == -EBUSY || err == -EALREADY))
		return 0;
	return model_step_error(model, task, err);
}

static int model_task(struct source *source, const char *name, struct task *task)
{
	LOCKED(source);
	struct model_source *model = model_of(source);
	uint32_t at;
	int err = find_task(source, name, &at);

	if (err)
		return err;
	arena_fini(&model->texts);
	model_task_view(machine_world(model->machine), at, &model->texts, task);
	return 0;
}

static int model_family(struct source *source, pid_t *pids, size_t room, size_t *n)
{
	LOCKED(source);
	const struct world *world = machine_world(model_of(source)->machine);

	*n = 0;
	for (uint32_t mm = 1; mm < world->extent.mms && *n < room; mm++) {
		if (world->mms[mm].used)
			pids[(*n)++] = world->mms[mm].pid;
	}
	return 0;
}

static int64_t model_seek(struct source *source, int64_t by)
{
	LOCKED(source);
	return machine_seek(model_of(source)->machine, by);
}

static int model_why(struct source *source, pid_t pid, uint64_t start_time, uint64_t addr, enum why_how how,
		     struct arena *arena, struct why *why)
{
	LOCKED(source);
	struct model_source *model = model_of(source);

	int err = pass_on(model, source_why(model->surveys, pid, start_time, addr, WHY_LOOK, arena, why));

	if (!err && how == WHY_ASK && !why->huge)
		why->not_asked =
			"a question may not change the model; 'thpscope collapse', or C on the screen, does";
	return err;
}

static int model_sharers(struct source *source, const struct sharers_query *query, struct arena *arena,
			 struct sharers *sharers)
{
	LOCKED(source);
	struct model_source *model = model_of(source);

	return pass_on(model, source_sharers(model->surveys, query, arena, sharers));
}

static int model_heat(struct source *source, const struct heat_query *query, struct arena *arena,
		      struct heat *heat)
{
	LOCKED(source);
	struct model_source *model = model_of(source);

	return pass_on(model, source_heat(model->surveys, query, arena, heat));
}

static const struct source_ops ops = {
	.name = "model",
	.close = model_close,
	.list = model_list,
	.sample = model_sample,
	.examine = model_examine,
	.spawn = model_spawn,
	.act = model_act,
	.locate = model_locate,
	.value = model_value,
	.begin = model_begin,
	.advance = model_advance,
	.task = model_task,
	.family = model_family,
	.seek = model_seek,
	.plan = model_plan,
	.trigger = model_trigger,
	.why = model_why,
	.sharers = model_sharers,
	.heat = model_heat,
};

/* The generation of that name; else a sentence that lists them. */
static const struct rules *find_rules(const char *generation, char *error, size_t size)
{
	const struct rules *found = rules_named(generation), *all;
	size_t n, len;

	if (found)
		return found;
	all = rules_all(&n);
	snprintf(error, size, "no generation '%s'; there are", generation);
	for (size_t at = 0; at < n; at++) {
		len = strlen(error);
		snprintf(error + len, size - len, "%s %s", at ? "," : "", all[at].name);
	}
	return NULL;
}

/* "NAME, NAME": the rules that a kernel has and may be without. */
static void list_rules(const struct rules *rules, char *text, size_t size)
{
	enum rule_need need;
	const char *name;

	*text = '\0';
	for (size_t at = 0; (name = rules_rule(at, rules, &need)); at++) {
		const size_t len = strlen(text);

		if (need != RULE_ABSENT)
			snprintf(text + len, size - len, "%s%s", len ? ", " : "", name);
	}
}

/* 4-page worlds are extent_small()'s; what lies between the two is as many huge pages as that has. */
static struct extent extent_of_order(unsigned order)
{
	struct extent extent = order == 9 ? extent_usual() : extent_small();

	extent.frames = extent.frames >> extent.order << order;
	extent.cached = extent.cached >> extent.order << order;
	extent.order = order;
	extent.fine = order < 9;
	return extent;
}

/* The sentence for a rule that is not to be had: who has it, or what there is. */
static void no_rule(const struct rules *rules, const char *rule, char *error, size_t size)
{
	char names[768] = "";
	size_t n, len;
	const struct rules *all = rules_all(&n);

	for (size_t at = 0; at < n; at++) {
		struct rules row = all[at];

		len = strlen(names);
		if (rules_without(&row, rule))
			snprintf(names + len, sizeof(names) - len, "%s%s", len ? ", " : "", row.name);
	}
	if (*names) {
		snprintf(error, size, "%s has no rule '%.40s'; it is one of %s", rules->name, rule, names);
		return;
	}
	list_rules(rules, names, sizeof(names));
	snprintf(error, size, "there is no rule '%.40s'; %s has %s", rule, rules->name,
		 *names ? names : "none");
}

struct machine *model_machine(const char *generation, const struct model_shape *shape, char *error,
			      size_t size)
{
	const struct extent extent = extent_of_order(shape->order ? shape->order : 9);
	const struct rules *found = find_rules(generation, error, size);
	struct rules rules;

	if (!found)
		return NULL;
	rules = *found;
	for (size_t at = 0; at < shape->n_without; at++) {
		if (rules_without(&rules, shape->without[at]))
			continue;
		no_rule(found, shape->without[at], error, size);
		return NULL;
	}
	return machine_new(&rules, &extent);
}

struct source *model_source_new(struct machine *machine, struct source *surveys)
{
	struct model_source *model = mem_alloc(sizeof(*model));

	model->machine = machine;
	model->surveys = surveys;
	model->source.ops = &ops;
	model->source.caps = surveys->caps;
	model->source.caps.mask |= UINT32_C(1) << CAP_SPECIMEN;
	model->source.caps.missing[CAP_SPECIMEN] = NULL;
	model->source.caps.mask |= UINT32_C(1) << CAP_TASKS;
	model->source.page_size = surveys->page_size;
	model->source.pmd_size = surveys->pmd_size;
	return &model->source;
}

struct machine *model_source_machine(struct source *source)
{
	return source->ops == &ops ? model_of(source)->machine : NULL;
}
