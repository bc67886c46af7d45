/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of a script, done in a world. */
#ifndef TEST_MODEL_ACTS_H
#define TEST_MODEL_ACTS_H

#include <errno.h>

#include "script/script.h"
#include "worlds.h"

/* The task that a line begins, or a negative errno. */
static inline int begin_line(struct world *world, const char *name, const char *line)
{
	struct script_error mistake;
	struct script *script;
	char error[256] = "";
	uint32_t task = 0;
	int err;

	if (script_parse_line(line, strlen(line), &script, &mistake))
		fail_msg("'%s': %s", line, mistake.text);
	err = action_begin(world, name, &script->actions[0], &task, error, sizeof(error));
	script_free(script);
	if (err)
		assert_string_not_equal(error, "");
	return err ? err : (int)task;
}

/* A line, done to its end, with the invariants after it: what it returned. A task that sleeps is left asleep. */
static inline int act(struct world *world, const char *line)
{
	int task = begin_line(world, line, line), result;

	if (task < 0)
		return task;
	task_finish(world, (uint32_t)task);
	if (!world_check(world))
		fail_msg("%s, order %u, '%s': %s (%s)", world->rules.name, world->extent.order, line,
			 world->violation.text, world->violation.where);
	if (world->tasks[task].asleep)
		return 0;
	result = world->tasks[task].result;
	task_end(world, (uint32_t)task);
	return result;
}

/* The same, with numbers in it. */
static inline int actf(struct world *world, const char *format, ...)
{
	char line[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	return act(world, line);
}

/* Where an area begins. */
static inline uint64_t area_at(struct world *world, const char *process, const char *name)
{
	uint32_t mm = mm_named(world, process), area = area_named(world, mm, name);

	assert_true(mm && area);
	return world->areas[area].start;
}

#define HUGE(world) ((unsigned long long)huge_bytes(world))
#define PAGES(n) ((unsigned long long)(n)*PAGE_BYTES)

#endif
