/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tasks of a model did between two moments. */
#include <errno.h>
#include <string.h>

#include "core/caption_parts.h"
#include "core/verdict.h"

static const struct task *find(const struct moment *moment, const char *name)
{
	for (size_t at = 0; at < moment->n_tasks; at++)
		if (!strcmp(moment->tasks[at].name, name))
			return &moment->tasks[at];
	return NULL;
}

static bool holds(const struct task *task, const char *lock)
{
	for (size_t at = 0; at < task->n_holds; at++)
		if (!strcmp(task->holds[at], lock))
			return true;
	return false;
}

/* What `one` holds and `other` does not, behind a verb: whether there is any. */
static bool put_locks(const struct task *one, const struct task *other, const char *verb, struct buf *text)
{
	bool any = false;

	for (size_t at = 0; at < one->n_holds; at++) {
		if (other && holds(other, one->holds[at]))
			continue;
		buf_printf(text, "%s%s", any ? ", " : verb, one->holds[at]);
		any = true;
	}
	return any;
}

static void put_end(const struct task *task, struct buf *text)
{
	const char *said = verdict_text(task->verdict);

	if (!task->error && (!*task->verdict || !strcmp(task->verdict, "succeeded")))
		buf_puts(text, " is done");
	else if (task->error)
		buf_printf(text, " ended with %s", strerrorname_np(-task->error));
	else
		buf_printf(text, " ended with %s", task->verdict);
	if (*said && strcmp(task->verdict, "succeeded") != 0)
		buf_printf(text, ": %s", said);
}

static bool moved(const struct task *before, const struct task *after)
{
	if (!before || before->state != after->state || strcmp(before->step, after->step) != 0 ||
	    strcmp(before->waits, after->waits) != 0 || before->n_holds != after->n_holds)
		return true;
	for (size_t at = 0; at < after->n_holds; at++)
		if (!holds(before, after->holds[at]))
			return true;
	return false;
}

static void put_task(const struct task *before, const struct task *after, struct buf *text)
{
	bool said;

	buf_printf(text, "%s%s", text->len ? " " : "", after->name);
	if (after->state == TASK_DONE) {
		put_end(after, text);
		buf_putc(text, '.');
		return;
	}
	said = put_locks(after, before, " has taken ", text);
	if (before && put_locks(before, after, said ? ", given up " : " has given up ", text))
		said = true;
	if (after->state == TASK_WAITING) {
		buf_printf(text, "%s waits for %s", said ? ", and" : "", after->waits);
		if (*after->holder)
			buf_printf(text, ", which %s has", after->holder);
	} else if (!said) {
		buf_printf(text, " %s %s", before ? "comes to" : "begins with", after->step);
	}
	buf_putc(text, '.');
}

void caption_tasks(const struct moment *before, const struct moment *after, struct buf *text)
{
	for (size_t at = 0; at < after->n_tasks; at++) {
		const struct task *task = &after->tasks[at], *old = find(before, task->name);

		if (moved(old, task))
			put_task(old, task, text);
	}
}
