/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the explorer found, for a reader, for a program, and as a script that does it again. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/trial.h"
#include "core/mem.h"
#include "format/json_put.h"

/* So many steps may be one round of what a task does again and again. */
#define ROUND_MOST 12

/* Called for each step of the schedule that breaks, before it is made. */
typedef void put_step(struct buf *out, size_t at, const struct task *task);

static void put_path(struct trial *trial, const struct explored *explored, put_step *put_one, struct buf *out)
{
	struct task task;

	trial_rewind(trial);
	for (size_t at = 0; at < explored->n_path; at++) {
		const char *name = machine_task_name(trial->machine, explored->path[at]);

		if (!source_task(trial->source, name, &task))
			put_one(out, at, &task);
		machine_step(trial->machine, explored->path[at]);
	}
}

static void put_wait(struct buf *out, const struct task *task)
{
	buf_printf(out, "waits for %s", task->waits);
	if (*task->holder)
		buf_printf(out, ", which '%s' has", task->holder);
}

/* A line a step: who, and behind a tab in which function, and what. */
static void put_text_step(struct buf *out, size_t at, const struct task *task)
{
	(void)at;
	buf_printf(out, "%s\t%-26s ", task->name, task->function);
	if (task->state == TASK_WAITING)
		put_wait(out, task);
	else
		buf_puts(out, task->step);
	buf_putc(out, '\n');
}

static bool same_line(const char *a, const char *b)
{
	const size_t len = strcspn(a, "\n");

	return len == strcspn(b, "\n") && !memcmp(a, b, len);
}

/* How often the `round` lines from the first on come again right behind themselves. */
static size_t count_rounds(const char *const *lines, size_t n, size_t round)
{
	size_t at = round;

	while (at < n && same_line(lines[at], lines[at - round]))
		at++;
	return at / round - 1;
}

/* The round from these lines on that leaves out most; its length in *round. Returns how often it comes again. */
static size_t find_round(const char *const *lines, size_t n, size_t *round)
{
	size_t most = 0, again = 0;

	for (size_t one = 1; one <= ROUND_MOST && 2 * one <= n; one++) {
		const size_t found = count_rounds(lines, n, one);

		if (found * one <= most || found * one < 3)
			continue;
		most = found * one;
		again = found;
		*round = one;
	}
	return again;
}

/* What one task does again and again is told once, and how often; a task's name only where it changes. */
static void put_lines(struct buf *out, const struct buf *all, size_t n)
{
	const char **lines = mem_alloc((n + 1) * sizeof(*lines)), *at = all->data;
	size_t round = 1, left = 0, again = 0;

	for (size_t line = 0; line < n; line++, at += strcspn(at, "\n") + 1)
		lines[line] = at;
	for (size_t line = 0; line < n; line++) {
		const size_t name = strcspn(lines[line], "\t");
		const bool same = line && !strncmp(lines[line], lines[line - 1], name + 1);

		if (!left) {
			again = find_round(&lines[line], n - line, &round);
			left = again ? round : 1;
		}
		buf_printf(out, "  %3zu  %-10.*s %.*s\n", line + 1, same ? 0 : (int)name, lines[line],
			   (int)strcspn(lines[line] + name + 1, "\n"), lines[line] + name + 1);
		if (--left || !again)
			continue;
		buf_printf(out, "       %-10s (%s, %zu times more)\n", "",
			   round > 1 ? "these steps again" : "this step again", again);
		line += round * again;
	}
	free(lines);
}

/* Where the tasks are once it is broken: who waits for what. */
static void put_others(struct trial *trial, const struct explored *explored, struct buf *out)
{
	const char *last = machine_task_name(trial->machine, explored->path[explored->n_path - 1]), *name;
	struct task task;

	for (size_t n = 0; (name = trial_task(trial, n)); n++) {
		if (!strcmp(name, last) || source_task(trial->source, name, &task) ||
		    task.state != TASK_WAITING)
			continue;
		buf_printf(out, "       %-10s ", name);
		put_wait(out, &task);
		buf_putc(out, '\n');
	}
}

/* The n-th rule that its kernel lacks, by the scene's own header or the command line; NULL behind the last one. */
static const char *without(const struct trial *trial, size_t n)
{
	size_t own = 0;

	while (script_without(trial->script, own))
		own++;
	if (n < own)
		return script_without(trial->script, n);
	return n - own < trial->n_without ? trial->without[n - own] : NULL;
}

static void put_schedules(const struct explored *explored, struct buf *out)
{
	if (explored->endless)
		buf_puts(out, "no end of them: a task may try again for ever");
	else if (isinf(explored->schedules))
		buf_puts(out, "more than 1e308");
	else if (explored->schedules < 1e6)
		buf_printf(out, "%.0f", explored->schedules);
	else
		buf_printf(out, "%.2g", explored->schedules);
}

/* What was looked at. */
static void put_extent(const struct trial *trial, const struct explored *explored, struct buf *out)
{
	buf_printf(out, "  states      %" PRIu64 "\n", explored->states);
	if (explored->walks) {
		buf_printf(out, "  schedules   %" PRIu64 ", by chance; the longest of %" PRIu64 " steps\n",
			   explored->walks, explored->depth);
	} else if (explored->all) {
		buf_puts(out, "  schedules   ");
		put_schedules(explored, out);
		if (!explored->endless)
			buf_printf(out, ", of %" PRIu64 " to %" PRIu64 " steps", explored->shortest,
				   explored->longest);
		buf_putc(out, '\n');
	}
	if (!explored->walks)
		buf_printf(out, "  ends        %" PRIu64 " different\n", explored->ends);
	buf_printf(out, "  time        %.2f s\n", trial->seconds);
}

static void put_violation(struct trial *trial, const struct explored *explored, struct buf *out)
{
	struct buf lines = {0};

	put_path(trial, explored, put_text_step, &lines);
	buf_printf(out, "%s schedule %s, %zu steps:\n\n", explored->walks ? "A" : "The shortest",
		   machine_world(trial->machine)->violation.found
			   ? "that breaks an invariant"
			   : "behind which an expectation of the scene fails",
		   explored->n_path);
	put_lines(out, &lines, explored->n_path);
	put_others(trial, explored, out);
	buf_printf(out, "\n%s\n", explored->violation.text);
	buf_fini(&lines);
}

void trial_report(struct trial *trial, const struct explored *explored, struct buf *out)
{
	const char *title = script_title(trial->script);

	buf_printf(out, "%s, model:%s", title ? title : trial->script->name, trial->generation);
	for (size_t at = 0; without(trial, at); at++)
		buf_printf(out, "%s%s", at ? ", " : " without ", without(trial, at));
	buf_printf(out, "\nhuge pages of %u pages\n", 1u << script_order(trial->script));
	put_extent(trial, explored, out);
	if (explored->violation.found)
		put_violation(trial, explored, out);
	else if (explored->all)
		buf_puts(out, "Every invariant holds in every schedule.\n");
	else if (explored->walks)
		buf_puts(out, "Every invariant held in these schedules.\n");
	else
		buf_printf(out,
			   "Every invariant holds in all that %" PRIu64 " steps lead to; that is not all.\n",
			   explored->depth);
}

static void put_json_step(struct buf *out, size_t at, const struct task *task)
{
	buf_puts(out, at ? ",{\"task\":" : "{\"task\":");
	json_quote(out, task->name);
	json_key_string(out, "function", task->function);
	json_key_string(out, "step", task->step);
	if (task->state == TASK_WAITING)
		json_key_string(out, "waits", task->waits);
	buf_putc(out, '}');
}

static void put_json_violation(struct trial *trial, const struct explored *explored, struct buf *out)
{
	json_key(out, "violation");
	buf_puts(out, "{\"text\":");
	json_quote(out, explored->violation.text);
	json_key(out, "schedule");
	buf_putc(out, '[');
	put_path(trial, explored, put_json_step, out);
	buf_puts(out, "]}");
}

void trial_report_json(struct trial *trial, const struct explored *explored, struct buf *out)
{
	buf_puts(out, "{\"scene\":");
	json_quote(out, trial->script->name);
	json_key_string(out, "generation", trial->generation);
	json_key_dec(out, "order", script_order(trial->script));
	json_key(out, "without");
	buf_putc(out, '[');
	for (size_t at = 0; without(trial, at); at++) {
		buf_puts(out, at ? "," : "");
		json_quote(out, without(trial, at));
	}
	buf_putc(out, ']');
	json_key_dec(out, "states", explored->states);
	json_key_dec(out, "transitions", explored->transitions);
	json_key_dec(out, "ends", explored->ends);
	json_key_dec(out, "depth", explored->depth);
	if (explored->walks)
		json_key_dec(out, "walks", explored->walks);
	json_key(out, "all");
	buf_puts(out, explored->all ? "true" : "false");
	if (explored->all && !explored->endless) {
		json_key(out, "schedules");
		if (isinf(explored->schedules))
			buf_puts(out, "null");
		else
			buf_printf(out, "%.17g", explored->schedules);
		json_key_dec(out, "shortest", explored->shortest);
		json_key_dec(out, "longest", explored->longest);
	}
	json_key(out, "seconds");
	buf_printf(out, "%.3f", trial->seconds);
	if (explored->violation.found)
		put_json_violation(trial, explored, out);
	buf_puts(out, "}\n");
}

/* In a string of a script. */
static void put_quoted(struct buf *out, const char *text)
{
	buf_putc(out, '"');
	for (; *text; text++)
		buf_printf(out, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
	buf_putc(out, '"');
}

/* A file's name may have bytes that no script may have, a line's end among them: what is no plain ASCII goes. */
static void put_name(struct buf *out, const char *name)
{
	for (; *name; name++)
		buf_putc(out, *name < ' ' || *name > '~' || *name == '"' || *name == '\\' ? '?' : *name);
}

/*
 * What came of it is expected, once all steps were made: of an end that is not as it has to be, by the script's own
 * expectations.
 */
static void put_outcome(const struct trial *trial, const struct explored *explored, struct buf *out)
{
	if (machine_world(trial->machine)->violation.found) {
		buf_puts(out, "expect violation ");
		put_quoted(out, explored->violation.text);
		buf_putc(out, '\n');
		return;
	}
	for (size_t at = trial->rest; at < trial->script->n; at++)
		buf_printf(out, "%s\n", trial->script->actions[at].text);
}

/* The steps that one task makes one behind another: told, and scheduled. *at: their first one, then the next task's. */
static void put_run(struct trial *trial, const struct explored *explored, size_t *at, struct buf *out)
{
	const uint32_t one = explored->path[*at];
	const char *name = machine_task_name(trial->machine, one);
	const size_t first = *at;
	struct buf last = {0};
	struct task task = {.state = TASK_READY};

	for (; *at < explored->n_path && explored->path[*at] == one; ++*at) {
		if (source_task(trial->source, name, &task) || task.state == TASK_WAITING)
			continue;
		last.len = 0;
		buf_printf(&last, "%zu step%s, the last one %s%s%s", *at - first + 1, *at > first ? "s" : "",
			   task.function, *task.function ? ": " : "", task.step);
		machine_step(trial->machine, one);
	}
	buf_printf(out, "say \"%s", name);
	if (last.len)
		buf_printf(out, ": %s", last.data);
	if (task.state == TASK_WAITING) {
		buf_puts(out, last.len ? "; then it " : " ");
		put_wait(out, &task);
		/* Whoever tries to go on finds the deadlock. */
		machine_step(trial->machine, one);
	}
	buf_printf(out, ".\"\nschedule %s*%zu\n", name, *at - first);
	buf_fini(&last);
}

void trial_script(struct trial *trial, const struct explored *explored, struct buf *out)
{
	const char *title = script_title(trial->script);
	size_t at = 0;

	buf_printf(out, "# Found by: thpscope model explore --model %s", trial->generation);
	for (size_t n = 0; n < trial->n_without; n++)
		buf_printf(out, " --without %s", trial->without[n]);
	buf_putc(out, ' ');
	put_name(out, trial->script->name);
	buf_puts(out, "\ntitle ");
	if (title) {
		put_quoted(out, title);
	} else {
		buf_putc(out, '"');
		put_name(out, trial->script->name);
		buf_putc(out, '"');
	}
	buf_putc(out, '\n');
	trial_rewind(trial);
	machine_script(trial->machine, out);
	buf_printf(out, "say \"The tasks have begun, and made no step. %zu steps lie ahead.\"\n",
		   explored->n_path);
	while (at < explored->n_path)
		put_run(trial, explored, &at, out);
	put_outcome(trial, explored, out);
}
