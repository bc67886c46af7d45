/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether what a script expects of a process or a task is so. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "script/expect.h"
#include "script/field.h"

enum verdict expect_process(struct source *source, const struct action *action, char *found, size_t size)
{
	const enum field field = field_named(SUBJECT_PROCESS, action->expect.field);
	struct measure value;
	struct moment *moment;
	struct place place;
	char text[24];

	if (source_locate(source, &action->target, &place)) {
		snprintf(found, size, "%s", source->error);
		return VERDICT_FAILED;
	}
	moment = source_sample(source, &(struct watch){.pids = &place.pid, .n = 1});
	value = measure_process(field, &moment->processes[0]);
	moment_free(moment);
	measure_say(field, &value, text, sizeof(text));
	if (measure_known(&value))
		snprintf(found, size, "%s is %s", field_name(field), text);
	else
		snprintf(found, size, "%s", measure_missing(&source->caps, field));
	return measure_compare(&source->caps, field, &value, action->expect.compare, action->expect.value);
}

enum verdict expect_task(struct source *source, const struct action *action, char *found, size_t size)
{
	const enum field field = field_named(SUBJECT_TASK, action->expect.field);
	const enum compare compare = action->expect.compare;
	const char *wanted = action->expect.value, *word;
	struct task task;
	int err = source_task(source, action->name, &task);

	if (err) {
		snprintf(found, size, "%s", source->error);
		return err == -ENOTSUP ? VERDICT_UNKNOWN : VERDICT_FAILED;
	}
	word = field == FIELD_TASK_STATE     ? task_state_name(task.state)
	       : field == FIELD_TASK_VERDICT ? task.verdict
					     : task.step;
	/* A step's name goes on with what it is done to. */
	if (field == FIELD_TASK_AT ? compare_beginning(word, compare, wanted)
				   : compare_word(word, compare, wanted))
		return VERDICT_HELD;
	if (*word)
		snprintf(found, size, "%s is %s", field_name(field), word);
	else
		snprintf(found, size, "%s is nothing: the task %s", field_name(field),
			 task.state == TASK_DONE ? "has ended" : "has not ended");
	return VERDICT_FAILED;
}
