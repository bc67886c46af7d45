/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names over a whole script: areas, processes, tasks and what is held exist where they are used, and not twice. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/system.h"
#include "script/parser.h"

/* Children have their parent's areas, so that a short script could ask for a great many. */
#define MAX_AREAS ((size_t)16384)
#define MAX_PROCESSES ((size_t)64)
#define MAX_HANDLES ((size_t)4096)

/* An area as one process has it. A process is known by the index of its name. */
struct known_area {
	const char *name;
	size_t process;
	enum map_kind file; /* as what the file behind it was first mapped */
};

struct known_process {
	const char *name;
	bool exited;
};

/* A task, or what hold, pin or reference took: `release` and `schedule` know them by name. */
struct known_handle {
	const char *name;
	enum action_kind by;
	bool released;
};

struct names {
	struct known_process *processes;
	size_t n_processes, room_processes;
	struct known_area *areas;
	size_t n_areas, room_areas;
	struct known_handle *handles;
	size_t n_handles, room_handles;
};

/* For words_closest: the areas of one process, those in use only. */
struct area_list {
	const struct names *names;
	size_t process;
};

static const char *area_at(const void *data, size_t i)
{
	const struct area_list *list = data;
	size_t at;

	for (at = 0; at < list->names->n_areas; at++)
		if (list->names->areas[at].process == list->process && !i--)
			return list->names->areas[at].name;
	return NULL;
}

static const char *process_at(const void *data, size_t i)
{
	const struct names *names = data;

	return i < names->n_processes ? names->processes[i].name : NULL;
}

static const char *handle_at(const void *data, size_t i)
{
	const struct names *names = data;

	return i < names->n_handles ? names->handles[i].name : NULL;
}

static int __attribute__((format(printf, 2, 3))) mistake(struct script_error *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return -EINVAL;
}

static int unknown(struct script_error *error, const char *what, const char *name, const char *where,
		   const char *closest)
{
	return mistake(error, "no %s is called '%s' %s%s%s%s", what, name, where,
		       closest ? "; did you mean '" : "", closest ? closest : "", closest ? "'?" : "");
}

static int find_process(const struct names *names, const char *name, size_t *index,
			struct script_error *error)
{
	size_t i;

	if (!*name)
		name = "main";
	for (i = 0; i < names->n_processes; i++)
		if (!strcmp(names->processes[i].name, name))
			break;
	if (i == names->n_processes)
		return unknown(error, "process", name, "yet", words_closest(name, process_at, names));
	if (names->processes[i].exited)
		return mistake(error, "'%s' has exited", name);
	*index = i;
	return 0;
}

static size_t find_area(const struct names *names, const char *name, size_t process)
{
	size_t i;

	for (i = 0; i < names->n_areas; i++)
		if (names->areas[i].process == process && !strcmp(names->areas[i].name, name))
			break;
	return i;
}

static void add_area(struct names *names, const char *name, size_t process, enum map_kind file)
{
	mem_grow(&names->areas, &names->room_areas, names->n_areas + 1, sizeof(*names->areas));
	names->areas[names->n_areas++] = (struct known_area){name, process, file};
}

static void add_process(struct names *names, const char *name)
{
	mem_grow(&names->processes, &names->room_processes, names->n_processes + 1,
		 sizeof(*names->processes));
	names->processes[names->n_processes].name = name;
	names->processes[names->n_processes++].exited = false;
}

/* Finds the area of a target; its process too. */
static int find_target(const struct names *names, const struct target *target, size_t *index,
		       struct script_error *error)
{
	struct area_list list = {.names = names};
	int err = find_process(names, target->process, &list.process, error);

	if (err)
		return err;
	*index = find_area(names, target->area, list.process);
	if (*index < names->n_areas)
		return 0;
	return unknown(error, "area", target->area, "here", words_closest(target->area, area_at, &list));
}

static int check_map(struct names *names, const struct action *action, size_t process,
		     struct script_error *error)
{
	const struct target *of = &action->map.of;
	enum map_kind file = action->map.kind;
	size_t index;
	int err;

	if (find_area(names, action->target.area, process) < names->n_areas)
		return mistake(error, "an area called '%s' is there already", action->target.area);
	if (*of->area) {
		err = find_target(names, of, &index, error);
		if (err)
			return err;
		file = names->areas[index].file;
		if (!map_kind_fits(action->map.kind, file))
			return mistake(error, "'%s' is %s, which cannot be mapped again as %s", of->area,
				       map_kind_name(file), map_kind_name(action->map.kind));
	}
	add_area(names, action->target.area, process, file);
	return 0;
}

static int check_fork(struct names *names, const struct action *action, size_t parent,
		      struct script_error *error)
{
	size_t i, n = names->n_areas;

	for (i = 0; i < names->n_processes; i++)
		if (!strcmp(names->processes[i].name, action->name))
			return mistake(error, "a process called '%s' was there already", action->name);
	for (i = 0; i < n; i++)
		if (names->areas[i].process == parent)
			add_area(names, names->areas[i].name, names->n_processes, names->areas[i].file);
	add_process(names, action->name);
	return 0;
}

static int check_area(struct names *names, const struct action *action, bool at_once,
		      struct script_error *error)
{
	const struct target *target = &action->target;
	size_t i;
	int err = find_target(names, target, &i, error);

	/* A part may go and the area stays, by name. */
	if (!err && action->kind == ACTION_UNMAP && at_once && !target->has_index && !target->has_offset &&
	    !target->has_len)
		names->areas[i] = names->areas[--names->n_areas];
	return err;
}

static int check_exit(struct names *names, size_t process, bool at_once, struct script_error *error)
{
	if (!process)
		return mistake(error, "%s ends with the script; only a child can exit", "main");
	names->processes[process].exited = at_once;
	return 0;
}

static int add_handle(struct names *names, const struct action *action, struct script_error *error)
{
	size_t i;

	for (i = 0; i < names->n_handles; i++)
		if (!strcmp(names->handles[i].name, action->name))
			return mistake(error, "something called '%s' was there already", action->name);
	mem_grow(&names->handles, &names->room_handles, names->n_handles + 1, sizeof(*names->handles));
	names->handles[names->n_handles++] = (struct known_handle){action->name, action->kind, false};
	return 0;
}

/* NULL, and why in error: there is none. */
static struct known_handle *find_handle(struct names *names, const char *name, const char *what,
					struct script_error *error)
{
	size_t i;

	for (i = 0; i < names->n_handles; i++)
		if (!strcmp(names->handles[i].name, name))
			return &names->handles[i];
	unknown(error, what, name, "yet", words_closest(name, handle_at, names));
	return NULL;
}

static int check_release(struct names *names, const struct action *action, bool at_once,
			 struct script_error *error)
{
	const bool device = action->kind == ACTION_DEVICE;
	struct known_handle *handle =
		find_handle(names, action->name, device ? "pin" : "pin, reference or hold", error);

	if (!handle)
		return -EINVAL;
	if (handle->by == ACTION_TASK)
		return mistake(error, "'%s' is a task, which ends by itself", action->name);
	if (device && handle->by != ACTION_PIN)
		return mistake(error, "'%s' is no pin: a device writes through pins only", action->name);
	if (handle->released)
		return mistake(error, "'%s' has been released", action->name);
	handle->released = !device && at_once;
	return 0;
}

/* A hold that has not been released is one too: it may wait for its lock. */
static int check_task_name(struct names *names, const char *name, struct script_error *error)
{
	const struct known_handle *handle = find_handle(names, name, "task", error);

	if (!handle)
		return -EINVAL;
	if (handle->by != ACTION_TASK && handle->by != ACTION_HOLD)
		return mistake(error, "'%s' is no task", name);
	return 0;
}

static int check_tasks(struct names *names, const struct action *action, struct script_error *error)
{
	size_t i;
	int err = 0;

	if (action->kind == ACTION_SCHEDULE)
		for (i = 0; i < action->schedule.n && !err; i++)
			err = check_task_name(names, action->schedule.words[i].name, error);
	else
		for (i = 0; i < action->list.n && !err; i++)
			err = check_task_name(names, action->list.words[i], error);
	return err;
}

static int check_figure(const char *name, struct script_error *error)
{
	const char *closest;

	if (system_may_have(name))
		return 0;
	closest = words_closest(name, system_figure_name, NULL);
	return mistake(error, "unknown figure of the machine '%.40s'%s%s%s", name,
		       closest ? "; did you mean '" : ", as kernel, pmd_size or enabled are",
		       closest ? closest : "", closest ? "'?" : "");
}

static int check_expect(struct names *names, const struct action *action, struct script_error *error)
{
	size_t index;

	switch (action->expect.subject) {
	case SUBJECT_MEMORY:
		return find_target(names, &action->target, &index, error);
	case SUBJECT_PROCESS:
		return find_process(names, action->target.process, &index, error);
	case SUBJECT_TASK:
		return check_task_name(names, action->name, error);
	case SUBJECT_VIOLATION:
		return 0;
	case SUBJECT_FIGURE:
		break;
	}
	for (index = 0; index < names->n_areas; index++)
		if (!strcmp(names->areas[index].name, action->expect.field))
			return mistake(error, "expected a field of the area '%s', such as mapping",
				       action->expect.field);
	return check_figure(action->expect.field, error);
}

/* at_once: not by a task, which does it some time, or never. */
static int check_action(struct names *names, const struct action *action, bool at_once,
			struct script_error *error)
{
	size_t process = 0;
	int err = 0;

	switch (action->kind) {
	case ACTION_MAP:
	case ACTION_FORK:
	case ACTION_EXIT:
	case ACTION_HOLD:
	case ACTION_KHUGEPAGED:
		err = find_process(names, action->target.process, &process, error);
		if (!err && action->kind == ACTION_MAP)
			return check_map(names, action, process, error);
		if (!err && action->kind == ACTION_FORK)
			return check_fork(names, action, process, error);
		if (!err && action->kind == ACTION_EXIT)
			return check_exit(names, process, at_once, error);
		return err || action->kind != ACTION_HOLD || !*action->name
			       ? err
			       : add_handle(names, action, error);
	case ACTION_PIN:
	case ACTION_REFERENCE:
		err = check_area(names, action, at_once, error);
		return err ? err : add_handle(names, action, error);
	case ACTION_RELEASE:
	case ACTION_DEVICE:
		return check_release(names, action, at_once, error);
	case ACTION_TASK:
		err = check_action(names, action->inner, false, error);
		return err ? err : add_handle(names, action, error);
	case ACTION_SCHEDULE:
	case ACTION_FINISH:
		return check_tasks(names, action, error);
	case ACTION_EXPECT:
	case ACTION_WAIT:
		return check_expect(names, action, error);
	case ACTION_UNMAP:
	case ACTION_TOUCH:
	case ACTION_READ:
	case ACTION_WRITE:
	case ACTION_STORE:
	case ACTION_WALK:
	case ACTION_USE:
	case ACTION_REST:
	case ACTION_COLLAPSE:
	case ACTION_SPLIT:
	case ACTION_SPLIT_FOLIO:
	case ACTION_ADVISE:
	case ACTION_PROTECT:
	case ACTION_MOVE:
	case ACTION_DISCARD:
	case ACTION_PUNCH:
	case ACTION_TRUNCATE:
	case ACTION_UPROBE:
	case ACTION_UFFD:
	case ACTION_UFFD_WP:
	case ACTION_UFFD_COPY:
		return check_area(names, action, at_once, error);
	case ACTION_REQUIRE:
		return check_figure(action->expect.field, error);
	case ACTION_SET:
	case ACTION_TITLE:
	case ACTION_SAY:
	case ACTION_ASK:
	case ACTION_ON:
	case ACTION_ORDER:
	case ACTION_WITHOUT:
	case ACTION_KIND_COUNT:
		break;
	}
	return err;
}

/* What has been seen of a script's head. */
struct head {
	bool begun, titled, sized;
	bool models; /* an `on` line, of models alone */
};

static bool names_models(const struct action *on)
{
	size_t i = 0;

	while (i < on->list.n && !strncmp(on->list.words[i], "model", 5))
		i++;
	return i == on->list.n;
}

/* What comes first: it decides whether the script runs, and on what, and what comes before would have run. */
static int check_order(const struct action *action, struct head *head, struct script_error *error)
{
	const enum action_kind kind = action->kind;
	const bool kernel = kind == ACTION_ORDER || kind == ACTION_WITHOUT;

	if (head->begun && (kind == ACTION_ON || kind == ACTION_TITLE || kernel))
		return mistake(error, "expected '%s' before the first action", action_name(kind));
	if (kernel && !head->models)
		return mistake(
			error,
			"'%s' is for models: expected an 'on' line before it that names no other source",
			action_name(kind));
	if ((head->titled && kind == ACTION_TITLE) || (head->sized && kind == ACTION_ORDER))
		return mistake(error, "a script has one %s", action_name(kind));
	head->titled |= kind == ACTION_TITLE;
	head->sized |= kind == ACTION_ORDER;
	if (kind == ACTION_ON)
		head->models = names_models(action);
	else if (kind != ACTION_TITLE && kind != ACTION_SAY && kind != ACTION_REQUIRE && !kernel)
		head->begun = true;
	return 0;
}

static int check_limits(const struct names *names, struct script_error *error)
{
	if (names->n_processes > MAX_PROCESSES || names->n_areas > MAX_AREAS)
		return mistake(error, "more than %zu processes, or %zu areas in all of them, are too many",
			       MAX_PROCESSES, MAX_AREAS);
	if (names->n_handles > MAX_HANDLES)
		return mistake(error, "more than %zu tasks, pins, references and holds are too many",
			       MAX_HANDLES);
	return 0;
}

int script_check(const struct script *script, struct script_error *error)
{
	struct head head = {0};
	struct names names = {0};
	size_t i;
	int err = 0;

	add_process(&names, "main");
	for (i = 0; i < script->n && !err; i++) {
		error->line = script->actions[i].line;
		err = check_order(&script->actions[i], &head, error);
		if (!err)
			err = check_action(&names, &script->actions[i], true, error);
		if (!err)
			err = check_limits(&names, error);
	}
	free(names.processes);
	free(names.areas);
	free(names.handles);
	return err;
}
