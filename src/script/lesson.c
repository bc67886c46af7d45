/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A lesson goes from stop to stop. */
#include "script/lesson.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/mem.h"

enum part_kind { PART_SAYS, PART_ASKS, PART_ANSWERS };

/* Of the script: the first action of a stop, and the one behind its last. */
struct part {
	enum part_kind kind;
	size_t from, to;
};

struct lesson {
	struct run *run;
	const struct script *script;
	const char **lines;	   /* of all `say`s, in their order */
	const struct action **did; /* what acts on memory, in its order */
	size_t *n_did;		   /* how many of those stand before an action */
	struct part *parts;
	size_t n, room;
	size_t at; /* parts that were come to */
	bool ended;
	bool waits; /* on the way to the next stop */
	char note[768];
	char next[128]; /* lesson of the course; "" */
};

bool lesson_asks(const struct script *script)
{
	for (size_t at = 0; at < script->n; at++)
		if (script->actions[at].kind == ACTION_ASK)
			return true;
	return false;
}

static void add(struct lesson *lesson, enum part_kind kind, size_t from, size_t to)
{
	mem_grow(&lesson->parts, &lesson->room, lesson->n + 1, sizeof(*lesson->parts));
	lesson->parts[lesson->n++] = (struct part){kind, from, to};
}

/* Where it stops. `lines` has a place for each action, so that a block of narration is a part of it. */
static void find_parts(struct lesson *lesson)
{
	const struct script *script = lesson->script;
	size_t at = 0, from;

	lesson->lines = mem_alloc((script->n + 1) * sizeof(*lesson->lines));
	while (at < script->n) {
		from = at++;
		if (script->actions[from].kind == ACTION_ASK) {
			add(lesson, PART_ASKS, from, from);
			add(lesson, PART_ANSWERS, from, at);
		} else if (script->actions[from].kind == ACTION_SAY) {
			while (at < script->n && script->actions[at].kind == ACTION_SAY)
				at++;
			add(lesson, PART_SAYS, from, at);
			for (size_t line = from; line < at; line++)
				lesson->lines[line] = script->actions[line].say.text;
		}
	}
}

/* What did not go as the script says; the first of it since the last stop. */
static void note(void *data, const struct run_event *event)
{
	struct lesson *lesson = data;

	if (*lesson->note || !*event->text)
		return;
	switch (event->kind) {
	case RUN_SAID:
	case RUN_ASKED:
	case RUN_ANSWERED:
	case RUN_DONE:
	case RUN_HELD:
		break;
	case RUN_REFUSED:
	case RUN_FAILED:
	case RUN_UNKNOWN:
	case RUN_SKIPPED:
		snprintf(lesson->note, sizeof(lesson->note), "line %d, %s: %s", event->action->line,
			 event->action->text, event->text);
		break;
	}
}

/* Whether it is to be told that this was carried out. */
static bool acts(const struct action *action)
{
	return action_has_task(action->kind) || action->kind == ACTION_TASK ||
	       action->kind == ACTION_SCHEDULE || action->kind == ACTION_FINISH;
}

static void find_acts(struct lesson *lesson)
{
	const struct script *script = lesson->script;
	size_t n = 0;

	lesson->did = mem_alloc((script->n + 1) * sizeof(*lesson->did));
	lesson->n_did = mem_alloc((script->n + 1) * sizeof(*lesson->n_did));
	for (size_t at = 0; at < script->n; at++) {
		lesson->n_did[at] = n;
		if (acts(&script->actions[at]))
			lesson->did[n++] = &script->actions[at];
	}
	lesson->n_did[script->n] = n;
}

int lesson_start(struct source *source, const struct script *script, const char *on, struct lesson **out,
		 char *error, size_t size)
{
	struct lesson *lesson = mem_alloc(sizeof(*lesson));
	const struct run_options options = {.on = on, .tell = note, .data = lesson};
	int err = run_start(source, script, &options, &lesson->run, error, size);

	*out = NULL;
	if (err) {
		free(lesson);
		return err;
	}
	lesson->script = script;
	find_parts(lesson);
	find_acts(lesson);
	*out = lesson;
	return 0;
}

/* Carries out what stands before an action; false: it has to wait in between. */
static bool run_to(struct lesson *lesson, size_t action)
{
	while (run_at(lesson->run) < action) {
		if (run_step(lesson->run) == RUN_WAITS)
			return false;
	}
	return true;
}

/* Up to which action all is done at the nth stop, from 1: what follows it belongs to it. */
static size_t end_of(const struct lesson *lesson, size_t nth)
{
	return nth < lesson->n ? lesson->parts[nth].from : lesson->script->n;
}

enum lesson_progress lesson_go_on(struct lesson *lesson, bool touched)
{
	const size_t to = lesson->at < lesson->n ? lesson->at + 1 : lesson->n;

	if (lesson->ended)
		return LESSON_STANDS;
	if (touched)
		run_back(lesson->run, run_at(lesson->run));
	if (!lesson->waits)
		lesson->note[0] = '\0';
	lesson->waits = !run_to(lesson, end_of(lesson, to));
	if (lesson->waits)
		return LESSON_WAITS;
	lesson->at = to;
	lesson->ended = to == lesson->n || run_result(lesson->run)->skipped;
	return LESSON_STANDS;
}

int lesson_back(struct lesson *lesson)
{
	int err;

	if (lesson->at < 2) {
		snprintf(lesson->note, sizeof(lesson->note), "this is the first stop");
		return -ENOENT;
	}
	err = run_back(lesson->run, end_of(lesson, lesson->at - 1));
	if (err) {
		snprintf(lesson->note, sizeof(lesson->note),
			 "a real kernel cannot go back: what it has done is done");
		return err;
	}
	lesson->note[0] = '\0';
	lesson->ended = false;
	lesson->at--;
	return 0;
}

void lesson_set_next(struct lesson *lesson, const char *name)
{
	snprintf(lesson->next, sizeof(lesson->next), "%s", name);
}

/* What was done on the way to where it stands, and of what something is expected there. */
static void tell_done(const struct lesson *lesson, struct stop *stop)
{
	const size_t from = lesson->at > 1 ? end_of(lesson, lesson->at - 1) : 0,
		     to = end_of(lesson, lesson->at);
	const struct action *action;

	stop->did = lesson->did + lesson->n_did[from];
	stop->n_did = lesson->n_did[to] - lesson->n_did[from];
	if (stop->n_did && action_has_task(stop->did[stop->n_did - 1]->kind) &&
	    *stop->did[stop->n_did - 1]->target.area)
		stop->about = &stop->did[stop->n_did - 1]->target;
	for (action = lesson->script->actions + from; action < lesson->script->actions + to; action++)
		if (action->kind == ACTION_EXPECT && action->expect.subject == SUBJECT_MEMORY) {
			stop->about = &action->target;
			return;
		}
}

void lesson_where(const struct lesson *lesson, struct stop *stop)
{
	const struct part *part = lesson->at ? &lesson->parts[lesson->at - 1] : NULL;
	const struct part *says = part;
	const char *title = script_title(lesson->script);

	*stop = (struct stop){.title = title ? title : lesson->script->name,
			      .at = lesson->at,
			      .n = lesson->n,
			      .back = lesson->at > 1 &&
				      run_goes_back(lesson->run, end_of(lesson, lesson->at - 1)),
			      .ended = lesson->ended,
			      .next = *lesson->next ? lesson->next : NULL,
			      .note = lesson->note};
	if (!part)
		return;
	stop->asks = part->kind == PART_ASKS || (lesson->at < lesson->n && part[1].kind == PART_ASKS);
	tell_done(lesson, stop);
	if (part->kind != PART_SAYS) {
		stop->question = lesson->script->actions[part->from].say.text;
		if (part->kind == PART_ANSWERS)
			stop->answer = lesson->script->actions[part->from].say.answer;
		/* What was said right before belongs to the question. */
		while (says > lesson->parts && says->kind != PART_SAYS && says->from == part->from)
			says--;
		if (says->kind != PART_SAYS || says->to != part->from)
			return;
	}
	stop->lines = lesson->lines + says->from;
	stop->n_lines = says->to - says->from;
}

const struct run_result *lesson_result(const struct lesson *lesson)
{
	return run_result(lesson->run);
}

void lesson_free(struct lesson *lesson)
{
	if (!lesson)
		return;
	run_free(lesson->run);
	free(lesson->lines);
	free(lesson->did);
	free(lesson->n_did);
	free(lesson->parts);
	free(lesson);
}
