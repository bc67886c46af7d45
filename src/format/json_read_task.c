/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the tasks of a model's moment, which only a delta stream tells. */
#include <string.h>

#include "format/json_reader.h"

static enum task_state task_state_of(const char *name)
{
	unsigned i;

	for (i = 0; i < TASK_STATE_COUNT; i++)
		if (!strcmp(name, task_state_name((enum task_state)i)))
			break;
	return (enum task_state)i;
}

static void read_holds(struct fields *fields, struct task *task)
{
	const json_t *list = json_object_get(fields->object, "holds");
	const char **holds;
	size_t i;

	task->n_holds = json_array_size(list);
	task->holds = holds = arena_alloc(fields->arena, task->n_holds * sizeof(*holds));
	for (i = 0; i < task->n_holds; i++) {
		holds[i] = json_text(json_array_get(list, i), fields->arena);
		if (!holds[i])
			field_fail(fields, "holds", "has an entry that is no text");
	}
}

static void read_task(struct fields *fields, struct task *task)
{
	const char *state = field_word(fields, "state");

	task->name = field_text(fields, "name");
	task->pid = (pid_t)field_count_or(fields, "pid", INT32_MAX, 0);
	task->what = field_text(fields, "what");
	task->function = field_text(fields, "function");
	task->step = field_text(fields, "step");
	task->state = state ? task_state_of(state) : TASK_STATE_COUNT;
	if (task->state == TASK_STATE_COUNT)
		field_fail(fields, "state", "is no state of a task");
	read_holds(fields, task);
	task->waits = field_text(fields, "waits");
	task->holder = field_text(fields, "holder");
	task->error = -(int)field_count_or(fields, "errno", INT32_MAX, 0);
	task->verdict = field_text(fields, "verdict");
}

void json_read_tasks(struct fields *fields, struct moment *moment)
{
	const json_t *list = json_object_get(fields->object, "tasks");
	struct fields sub = *fields;
	struct task *tasks;
	size_t i;

	moment->ahead = field_count_or(fields, "ahead", UINT64_MAX, 0);
	moment->clock_ns = field_count_or(fields, "clock_ns", UINT64_MAX, 0);
	moment->violation = field_text_or(fields, "violation", NULL);
	if (!list)
		return;
	if (!json_is_array(list)) {
		field_fail(fields, "tasks", "is no list");
		return;
	}
	tasks = arena_alloc(fields->arena, json_array_size(list) * sizeof(*tasks));
	sub.what = "task";
	for (i = 0; i < json_array_size(list); i++) {
		sub.object = json_array_get(list, i);
		if (json_is_object(sub.object))
			read_task(&sub, &tasks[i]);
		else
			field_fail(&sub, "tasks", "holds what is no task");
	}
	field_close(fields, &sub);
	moment->tasks = tasks;
	moment->n_tasks = json_array_size(list);
}
