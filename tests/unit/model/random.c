/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random programs on a machine (random.h). */
#include "random.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "model/ops.h"

/* A program under way: where it runs, and what it draws from. */
struct draft {
	const struct random_options *options;
	struct machine *machine;
	struct world *world;
	uint64_t seed;
	unsigned next; /* numbers for names */
};

/* splitmix64, by Sebastiano Vigna, in the public domain: a good number for each state. */
static uint64_t draw(struct draft *draft)
{
	uint64_t z = draft->seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static unsigned pick(struct draft *draft, unsigned n)
{
	return (unsigned)(draw(draft) % n);
}

/* Weights: what happens often in programs, and what is rare. */
static const struct {
	enum action_kind kind;
	unsigned weight;
} weights[] = {
	{ACTION_MAP, 8},	 {ACTION_UNMAP, 4},	 {ACTION_TOUCH, 10},	{ACTION_READ, 8},
	{ACTION_WRITE, 10},	 {ACTION_STORE, 2},	 {ACTION_COLLAPSE, 8},	{ACTION_SPLIT, 4},
	{ACTION_SPLIT_FOLIO, 3}, {ACTION_ADVISE, 8},	 {ACTION_PROTECT, 4},	{ACTION_MOVE, 2},
	{ACTION_DISCARD, 5},	 {ACTION_PUNCH, 3},	 {ACTION_TRUNCATE, 2},	{ACTION_FORK, 4},
	{ACTION_EXIT, 3},	 {ACTION_PIN, 2},	 {ACTION_REFERENCE, 2}, {ACTION_RELEASE, 3},
	{ACTION_DEVICE, 1},	 {ACTION_UPROBE, 1},	 {ACTION_UFFD, 1},	{ACTION_UFFD_WP, 1},
	{ACTION_UFFD_COPY, 1},	 {ACTION_KHUGEPAGED, 6}, {ACTION_SET, 1},
};

static enum action_kind pick_kind(struct draft *draft)
{
	unsigned sum = 0, at;

	for (size_t k = 0; k < sizeof(weights) / sizeof(weights[0]); k++)
		sum += weights[k].weight;
	at = pick(draft, sum);
	for (size_t k = 0;; k++) {
		if (at < weights[k].weight)
			return weights[k].kind;
		at -= weights[k].weight;
	}
}

/* Any of those in use, by reservoir; 0: none is. */
#define PICK_USED(draft, array, most)                                                                        \
	({                                                                                                   \
		uint32_t picked = 0;                                                                         \
		unsigned seen = 0;                                                                           \
		for (uint32_t at_ = 1; at_ < (most); at_++) {                                                \
			if ((array)[at_].used && !pick(draft, ++seen))                                       \
				picked = at_;                                                                \
		}                                                                                            \
		picked;                                                                                      \
	})

static void pick_process(struct draft *draft, struct target *target)
{
	uint32_t mm = PICK_USED(draft, draft->world->mms, draft->world->extent.mms);

	snprintf(target->process, sizeof(target->process), "%s", draft->world->mms[mm].name);
}

/* An area, all of it, one of its huge pages, or some pages of one. False: there is none. */
static bool pick_target(struct draft *draft, struct target *target)
{
	struct world *world = draft->world;
	const uint64_t huge = huge_bytes(world);
	uint32_t area = PICK_USED(draft, world->areas, world->extent.areas);
	uint64_t pages;

	if (!area)
		return false;
	snprintf(target->process, sizeof(target->process), "%s", world->mms[world->areas[area].mm].name);
	snprintf(target->area, sizeof(target->area), "%s", world->areas[area].name);
	if (world->areas[area].len < huge || !pick(draft, 3))
		return true;
	target->has_offset = target->has_len = true;
	target->offset = pick(draft, (unsigned)(world->areas[area].len / huge)) * huge;
	target->len = huge;
	if (pick(draft, 2))
		return true;
	pages = huge / PAGE_BYTES;
	target->offset += pick(draft, (unsigned)pages) * PAGE_BYTES;
	target->len = PAGE_BYTES * (1 + pick(draft, 2) * pick(draft, 4));
	if (target->offset + target->len > world->areas[area].len)
		target->len = world->areas[area].len - target->offset;
	return target->len > 0;
}

static void describe_target(const struct target *target, char *text, size_t size)
{
	if (target->has_offset)
		snprintf(text, size, "%s %s+%llu %llu", target->process, target->area,
			 (unsigned long long)target->offset, (unsigned long long)target->len);
	else
		snprintf(text, size, "%s %s", target->process, target->area);
}

static void make_map(struct draft *draft, struct action *action, char *text, size_t size)
{
	static const enum map_kind kinds[] = {MAP_KIND_ANON, MAP_KIND_ANON,	    MAP_KIND_SHMEM,
					      MAP_KIND_FILE, MAP_KIND_PRIVATE_FILE, MAP_KIND_TEAM};
	const uint64_t huge = huge_bytes(draft->world);
	char of[96] = "";

	pick_process(draft, &action->target);
	snprintf(action->target.area, sizeof(action->target.area), "a%u", draft->next++);
	action->map.kind = kinds[pick(draft, sizeof(kinds) / sizeof(kinds[0]))];
	action->map.size = huge * (1 + pick(draft, 2)) - (pick(draft, 4) ? 0 : PAGE_BYTES);
	action->map.advice = pick(draft, 3) ? ADVICE_HUGEPAGE : ADVICE_NONE;
	if (action->map.kind != MAP_KIND_ANON && pick(draft, 2) && pick_target(draft, &action->map.of)) {
		action->map.of.has_offset = action->map.of.has_len = false;
		snprintf(of, sizeof(of), " of %s %s", action->map.of.process, action->map.of.area);
	}
	snprintf(text, size, "map %s %s %llu as %s%s%s%s", action->target.process,
		 map_kind_name(action->map.kind), (unsigned long long)action->map.size, action->target.area,
		 of, action->map.advice ? " " : "", advice_name(action->map.advice));
}

static void make_set(struct draft *draft, struct action *action, char *text, size_t size)
{
	static const char *const settings[][2] = {
		{"enabled", "always"},
		{"enabled", "madvise"},
		{"shmem_enabled", "always"},
		{"shmem_enabled", "advise"},
		{"shmem_enabled", "never"},
		{"khugepaged/max_ptes_none", "0"},
		{"khugepaged/max_ptes_none", "511"},
	};
	unsigned at = pick(draft, sizeof(settings) / sizeof(settings[0]));

	action->set.knob = settings[at][0];
	action->set.value = settings[at][1];
	snprintf(text, size, "set %s %s", action->set.knob, action->set.value);
}

/* What follows the target. */
static void make_rest(struct draft *draft, struct action *action, const char *target, char *text, size_t size)
{
	static const enum advice advices[] = {
		ADVICE_NORMAL,	ADVICE_RANDOM,	      ADVICE_HUGEPAGE,	     ADVICE_NOHUGEPAGE, ADVICE_COLD,
		ADVICE_PAGEOUT, ADVICE_POPULATE_READ, ADVICE_POPULATE_WRITE, ADVICE_PAGEOUT,
	};
	char rest[64] = "";

	switch ((int)action->kind) { /* a few of many */
	case ACTION_STORE:
		action->value = (uint8_t)draw(draft);
		snprintf(rest, sizeof(rest), " %u", action->value);
		break;
	case ACTION_ADVISE:
		action->advice = advices[pick(draft, sizeof(advices) / sizeof(advices[0]))];
		snprintf(rest, sizeof(rest), " %s", advice_name(action->advice));
		break;
	case ACTION_PROTECT:
		action->protection = pick(draft, 3) ? PROTECTION_RW : PROTECTION_R;
		snprintf(rest, sizeof(rest), " %s", protection_name(action->protection));
		break;
	case ACTION_UFFD:
		action->uffd = (enum uffd_mode)pick(draft, UFFD_MODE_COUNT);
		snprintf(rest, sizeof(rest), " %s", uffd_mode_name(action->uffd));
		break;
	case ACTION_UFFD_WP:
		action->uffd = pick(draft, 2) ? UFFD_WP : UFFD_OFF;
		snprintf(rest, sizeof(rest), " %s", pick(draft, 2) ? "on" : "off");
		snprintf(rest, sizeof(rest), " %s", action->uffd == UFFD_WP ? "on" : "off");
		break;
	case ACTION_MOVE:
	case ACTION_TRUNCATE:
		action->bytes = PAGE_BYTES * pick(draft, huge_nr(draft->world));
		snprintf(rest, sizeof(rest), " %s %llu", action->kind == ACTION_MOVE ? "by" : "to",
			 (unsigned long long)action->bytes);
		break;
	case ACTION_PIN:
	case ACTION_REFERENCE:
		snprintf(action->name, sizeof(action->name), "p%u", draft->next++);
		snprintf(rest, sizeof(rest), " as %s", action->name);
		break;
	default:
		break;
	}
	snprintf(text, size, "%s %s%s", action_name(action->kind), target, rest);
}

/* Draws the next action. False: what was drawn makes no sense now. */
static bool make_action(struct draft *draft, struct action *action, char *text, size_t size)
{
	struct world *world = draft->world;
	char target[96] = "";
	uint32_t pin;

	*action = (struct action){.kind = pick_kind(draft)};
	switch ((int)action->kind) { /* a few of many */
	case ACTION_MAP:
		make_map(draft, action, text, size);
		return true;
	case ACTION_SET:
		make_set(draft, action, text, size);
		return true;
	case ACTION_FORK:
		pick_process(draft, &action->target);
		snprintf(action->name, sizeof(action->name), "k%u", draft->next++);
		snprintf(text, size, "fork %s as %s", action->target.process, action->name);
		return true;
	case ACTION_EXIT:
	case ACTION_KHUGEPAGED:
		pick_process(draft, &action->target);
		snprintf(text, size, "%s %s", action_name(action->kind), action->target.process);
		return true;
	case ACTION_RELEASE:
	case ACTION_DEVICE:
		pin = PICK_USED(draft, world->pins, world->extent.pins);
		snprintf(action->name, sizeof(action->name), "%s", world->pins[pin].name);
		action->value = (uint8_t)draw(draft);
		snprintf(text, size, action->kind == ACTION_RELEASE ? "release %s" : "device %s writes %u",
			 action->name, action->value);
		return pin;
	default:
		if (!pick_target(draft, &action->target))
			return false;
		if (action->kind == ACTION_MOVE || action->kind == ACTION_TRUNCATE)
			action->target.has_offset = action->target.has_len = false;
		describe_target(&action->target, target, sizeof(target));
		make_rest(draft, action, target, text, size);
		return true;
	}
}

static void add_line(struct random_program *program, const struct random_line *line)
{
	mem_grow(&program->lines, &program->room, program->n + 1, sizeof(*program->lines));
	program->lines[program->n++] = *line;
}

static uint32_t task_of(struct draft *draft, unsigned number)
{
	char name[16];

	snprintf(name, sizeof(name), "t%u", number);
	return task_named(draft->world, name);
}

/* Carries out one line. 0, -EUCLEAN, or another errno: it was refused, or waits. */
static int carry_out(struct draft *draft, struct random_line *line)
{
	char name[16], error[256];
	uint32_t task;
	int err;

	if (!line->is_action) {
		task = task_of(draft, line->task);
		err = task ? machine_step(draft->machine, task) : -ENOENT;
		if (!err && draft->world->tasks[task].done)
			task_end(draft->world, task);
		if (!err && draft->options->extent.order == 2)
			world_check(draft->world);
		return draft->world->violation.found ? -EUCLEAN : err;
	}
	line->action.text = line->text;
	snprintf(name, sizeof(name), "t%u", line->task);
	err = machine_begin(draft->machine, name, draft->options->concurrent == 1, &line->action, &task,
			    error, sizeof(error));
	if (!err && draft->options->concurrent == 1)
		err = machine_finish(draft->machine, task);
	return err;
}

/* A task that can make a step; 0. `unfinished` counts those that are under way. */
static uint32_t pick_task(struct draft *draft, unsigned *unfinished)
{
	uint32_t picked = 0;
	unsigned seen = 0;

	*unfinished = 0;
	for (uint32_t at = 1; at < draft->world->extent.tasks; at++) {
		if (!draft->world->tasks[at].used || draft->world->tasks[at].done)
			continue;
		++*unfinished;
		if (task_runnable(draft->world, at) && !pick(draft, ++seen))
			picked = at;
	}
	return picked;
}

/* Draws the next line: a step of a task, or a new one where there is room. False: nobody can go on. */
static bool make_line(struct draft *draft, struct random_line *line)
{
	unsigned unfinished;
	uint32_t task = pick_task(draft, &unfinished);

	memset(line, 0, sizeof(*line));
	if (task && (unfinished >= draft->options->concurrent || pick(draft, 6))) {
		line->task = (unsigned)strtoul(draft->world->tasks[task].name + 1, NULL, 10);
		return true;
	}
	if (unfinished >= draft->options->concurrent)
		return false;
	line->is_action = true;
	line->task = draft->next++;
	while (!make_action(draft, &line->action, line->text, sizeof(line->text)))
		;
	return true;
}

static void begin(struct draft *draft, const struct random_options *options)
{
	*draft = (struct draft){.options = options,
				.machine = machine_new(options->rules, &options->extent),
				.seed = options->seed};
	draft->world = machine_world(draft->machine);
	draft->world->fine = options->concurrent > 1;
}

static bool sound(struct draft *draft, char *why, size_t size)
{
	const struct violation *violation = &draft->world->violation;

	if (!violation->found)
		return true;
	snprintf(why, size, "%s (%s, %s)", violation->text, violation->task, violation->where);
	return false;
}

bool random_run(const struct random_options *options, struct random_program *program, size_t *done, char *why,
		size_t size)
{
	struct random_line line;
	struct draft draft;
	size_t begun = 0;
	bool held;
	int err;

	begin(&draft, options);
	*program = (struct random_program){0};
	for (*done = 0; begun < options->operations && !draft.world->violation.found;) {
		if (!make_line(&draft, &line)) {
			world_violated(draft.world, "deadlock");
			break;
		}
		begun += line.is_action;
		err = carry_out(&draft, &line);
		if (err && err != -EUCLEAN && err != -EBUSY)
			continue;
		*done += line.is_action;
		add_line(program, &line);
	}
	held = sound(&draft, why, size);
	machine_free(draft.machine);
	return held;
}

bool random_fails(const struct random_options *options, const struct random_program *program, char *why,
		  size_t size, struct buf *script)
{
	struct draft draft;
	bool failed;

	begin(&draft, options);
	for (size_t at = 0; at < program->n && !draft.world->violation.found; at++)
		carry_out(&draft, &program->lines[at]);
	if (tasks_deadlocked(draft.world))
		world_violated(draft.world, "deadlock");
	failed = !sound(&draft, why, size);
	if (script)
		machine_script(draft.machine, script);
	machine_free(draft.machine);
	return failed;
}

void random_shrink(const struct random_options *options, struct random_program *program)
{
	struct random_program shorter = {.lines = mem_alloc(program->n * sizeof(*shorter.lines))};
	char why[256];

	for (size_t chunk = program->n / 2; chunk; chunk = chunk > 1 ? chunk / 2 : 0) {
		for (size_t from = 0; from < program->n;) {
			size_t to = from + chunk < program->n ? from + chunk : program->n;

			memcpy(shorter.lines, program->lines, from * sizeof(*shorter.lines));
			memcpy(shorter.lines + from, program->lines + to,
			       (program->n - to) * sizeof(*shorter.lines));
			shorter.n = program->n - (to - from);
			if (random_fails(options, &shorter, why, sizeof(why), NULL)) {
				memcpy(program->lines, shorter.lines, shorter.n * sizeof(*shorter.lines));
				program->n = shorter.n;
			} else {
				from = to;
			}
		}
	}
	free(shorter.lines);
}

void random_program_fini(struct random_program *program)
{
	free(program->lines);
	*program = (struct random_program){0};
}
