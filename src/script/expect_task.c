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
	struct moment *moment;
	struct place place;
	int64_t kb;

	if (source_locate(source, &action->target, &place)) {
		snprintf(found, size, "%s", source->error);
		return VERDICT_FAILED;
	}
	moment = source_sample(source, &(struct watch){.pids = &place.pid, .n = 1});
	kb = field == FIELD_RSS ? moment->processes[0].rss_kb : moment->processes[0].page_tables_kb;
	moment_free(moment);
	if (kb == UNKNOWN_COUNT) {
		snprintf(found, size, "the status of the process does not tell it");
		return VERDICT_UNKNOWN;
	}
	if (expect_number((uint64_t)kb << 10, action->expect.compare, action->expect.value))
		return VERDICT_HELD;
	snprintf(found, size, "%s is %" PRId64 "k", field_name(field), kb);
	return VERDICT_FAILED;
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
	if (field == FIELD_TASK_AT ? expect_beginning(word, compare, wanted)
				   : expect_word(word, compare, wanted))
		return VERDICT_HELD;
	if (*word)
		snprintf(found, size, "%s is %s", field_name(field), word);
	else
		snprintf(found, size, "%s is nothing: the task %s", field_name(field),
			 task.state == TASK_DONE ? "has ended" : "has not ended");
	return VERDICT_FAILED;
}
