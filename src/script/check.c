/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names over a whole script: areas and processes exist where they are used, and not twice. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "script/parser.h"

/* Children have their parent's areas, so that a short script could ask for a great many. */
#define MAX_AREAS ((size_t)16384)
#define MAX_PROCESSES ((size_t)64)

/* An area as one process has it. A process is known by the index of its name. */
struct known_area {
	const char *name;
	size_t process;
};

struct known_process {
	const char *name;
	bool exited;
};

struct names {
	struct known_process *processes;
	size_t n_processes, room_processes;
	struct known_area *areas;
	size_t n_areas, room_areas;
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

static int unknown(struct script_error *error, const char *what, const char *name, const char *where,
		   const char *closest)
{
	snprintf(error->text, sizeof(error->text), "no %s is called '%s' %s%s%s%s", what, name, where,
		 closest ? "; did you mean '" : "", closest ? closest : "", closest ? "'?" : "");
	return -EINVAL;
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
	if (names->processes[i].exited) {
		snprintf(error->text, sizeof(error->text), "'%s' has exited", name);
		return -EINVAL;
	}
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

static void add_area(struct names *names, const char *name, size_t process)
{
	mem_grow(&names->areas, &names->room_areas, names->n_areas + 1, sizeof(*names->areas));
	names->areas[names->n_areas].name = name;
	names->areas[names->n_areas++].process = process;
}

static void add_process(struct names *names, const char *name)
{
	mem_grow(&names->processes, &names->room_processes, names->n_processes + 1,
		 sizeof(*names->processes));
	names->processes[names->n_processes].name = name;
	names->processes[names->n_processes++].exited = false;
}

static int check_map(struct names *names, const struct action *action, size_t process,
		     struct script_error *error)
{
	if (find_area(names, action->target.area, process) < names->n_areas) {
		snprintf(error->text, sizeof(error->text), "an area called '%s' is there already",
			 action->target.area);
		return -EINVAL;
	}
	add_area(names, action->target.area, process);
	return 0;
}

static int check_fork(struct names *names, const struct action *action, size_t parent,
		      struct script_error *error)
{
	size_t i, n = names->n_areas;

	for (i = 0; i < names->n_processes; i++) {
		if (strcmp(names->processes[i].name, action->name))
			continue;
		snprintf(error->text, sizeof(error->text), "a process called '%s' was there already",
			 action->name);
		return -EINVAL;
	}
	for (i = 0; i < n; i++)
		if (names->areas[i].process == parent)
			add_area(names, names->areas[i].name, names->n_processes);
	add_process(names, action->name);
	return 0;
}

static int check_area(struct names *names, const struct action *action, size_t process,
		      struct script_error *error)
{
	const struct area_list list = {names, process};
	const struct target *target = &action->target;
	size_t i = find_area(names, target->area, process);

	if (i == names->n_areas)
		return unknown(error, "area", target->area, "here",
			       words_closest(target->area, area_at, &list));
	/* A part may go and the area stays, by name. */
	if (action->kind == ACTION_UNMAP && !target->has_index && !target->has_offset && !target->has_len)
		names->areas[i] = names->areas[--names->n_areas];
	return 0;
}

static int check_action(struct names *names, const struct action *action, struct script_error *error)
{
	size_t process;
	int err;

	switch (action->kind) {
	case ACTION_RELEASE:
	case ACTION_DEVICE:
	case ACTION_SET:
	case ACTION_TITLE:
	case ACTION_SAY:
	case ACTION_ASK:
	case ACTION_REQUIRE:
	case ACTION_TASK:
	case ACTION_SCHEDULE:
	case ACTION_FINISH:
	case ACTION_ON:
	case ACTION_KIND_COUNT:
		return 0;
	case ACTION_MAP:
	case ACTION_FORK:
	case ACTION_EXIT:
	case ACTION_HOLD:
	case ACTION_UNMAP:
	case ACTION_TOUCH:
	case ACTION_READ:
	case ACTION_WRITE:
	case ACTION_COLLAPSE:
	case ACTION_SPLIT:
	case ACTION_SPLIT_FOLIO:
	case ACTION_ADVISE:
	case ACTION_PROTECT:
	case ACTION_MOVE:
	case ACTION_DISCARD:
	case ACTION_PUNCH:
	case ACTION_STORE:
	case ACTION_TRUNCATE:
	case ACTION_PIN:
	case ACTION_REFERENCE:
	case ACTION_UPROBE:
	case ACTION_UFFD:
	case ACTION_UFFD_WP:
	case ACTION_UFFD_COPY:
	case ACTION_KHUGEPAGED:
	case ACTION_EXPECT:
	case ACTION_WAIT:
		break;
	}
	err = find_process(names, action->target.process, &process, error);
	if (err)
		return err;
	if (action->kind == ACTION_MAP)
		return check_map(names, action, process, error);
	if (action->kind == ACTION_FORK)
		return check_fork(names, action, process, error);
	if (action->kind == ACTION_HOLD)
		return 0;
	if (action->kind != ACTION_EXIT)
		return check_area(names, action, process, error);
	if (!process) {
		snprintf(error->text, sizeof(error->text),
			 "main ends with the script; only a child can exit");
		return -EINVAL;
	}
	names->processes[process].exited = true;
	return 0;
}

/* `on` and `require` decide whether the script runs: what comes before them would have run already. */
static int check_order(const struct action *action, bool *begun, struct script_error *error)
{
	if (action->kind == ACTION_ON && *begun) {
		snprintf(error->text, sizeof(error->text), "expected 'on' before the first action");
		return -EINVAL;
	}
	if (action->kind != ACTION_ON && action->kind != ACTION_SAY && action->kind != ACTION_REQUIRE)
		*begun = true;
	return 0;
}

int script_check(const struct script *script, struct script_error *error)
{
	struct names names = {0};
	bool begun = false;
	size_t i;
	int err = 0;

	add_process(&names, "main");
	for (i = 0; i < script->n && !err; i++) {
		error->line = script->actions[i].line;
		err = check_order(&script->actions[i], &begun, error);
		if (!err)
			err = check_action(&names, &script->actions[i], error);
		if (!err && (names.n_processes > MAX_PROCESSES || names.n_areas > MAX_AREAS)) {
			snprintf(error->text, sizeof(error->text),
				 "more than %zu processes, or %zu areas in all of them, are too many",
				 MAX_PROCESSES, MAX_AREAS);
			err = -EINVAL;
		}
	}
	free(names.processes);
	free(names.areas);
	return err;
}
