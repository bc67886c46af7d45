/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A random program that goes wrong becomes a short one that does (random.h). */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "model/ops.h"
#include "random.h"

/* A program being cut down, and room for what is tried instead. */
struct cut {
	random_fails_fn *fails;
	void *data;
	uint64_t huge;
	struct random_program *program, other;
};

void random_program_add(struct random_program *program, const struct random_line *line)
{
	mem_grow(&program->lines, &program->room, program->n + 1, sizeof(*program->lines));
	program->lines[program->n++] = *line;
}

/* Takes the other program over if it fails too. */
static bool take_over(struct cut *cut)
{
	if (!cut->fails(cut->data, &cut->other))
		return false;
	memcpy(cut->program->lines, cut->other.lines, cut->other.n * sizeof(*cut->other.lines));
	cut->program->n = cut->other.n;
	return true;
}

/* As many lines as can go, in ever smaller pieces. */
static void leave_out(struct cut *cut)
{
	const struct random_program *program = cut->program;
	struct random_program *other = &cut->other;

	for (size_t chunk = program->n / 2; chunk; chunk /= 2) {
		for (size_t from = 0; from < program->n;) {
			size_t to = from + chunk < program->n ? from + chunk : program->n;

			memcpy(other->lines, program->lines, from * sizeof(*other->lines));
			memcpy(other->lines + from, program->lines + to,
			       (program->n - to) * sizeof(*other->lines));
			other->n = program->n - (to - from);
			if (!take_over(cut))
				from = to;
		}
	}
}

/* A task that nobody else has to step in on is a line of its own. */
static bool make_alone(struct random_program *program, size_t at)
{
	const unsigned task = program->lines[at].task;
	size_t kept = 0;

	if (program->lines[at].alone)
		return false;
	program->lines[at].alone = true;
	for (size_t k = 0; k < program->n; k++) {
		if (program->lines[k].is_action || program->lines[k].task != task)
			program->lines[kept++] = program->lines[k];
	}
	program->n = kept;
	return true;
}

/* The `way`-th thing that could be less about an action; false: it cannot. */
static bool make_less(const struct cut *cut, struct random_program *program, size_t at, unsigned way)
{
	struct action *action = &program->lines[at].action;
	const struct action was = *action;

	if (way == 0 && action->kind == ACTION_MAP)
		action->map.advice = ADVICE_NONE;
	else if (way == 1 && action->kind == ACTION_MAP)
		action->map.size = cut->huge;
	else if (way == 2 && action->kind == ACTION_MAP)
		action->map.skew = 0;
	else if (way == 3 && action->kind == ACTION_MAP)
		action->map.of = (struct target){0};
	else if (way == 4 && action->target.has_len)
		action->target.has_offset = action->target.has_len = false;
	else if (way == 5 && action->target.has_len)
		action->target.len = PAGE_BYTES;
	else if (way == 6)
		return make_alone(program, at);
	random_text(action, program->lines[at].text, sizeof(program->lines[at].text));
	return memcmp(&was, action, sizeof(was)) != 0;
}

static void lessen(struct cut *cut)
{
	const struct random_program *program = cut->program;
	struct random_program *other = &cut->other;

	for (unsigned way = 0; way <= 6; way++) {
		for (size_t at = 0; at < program->n; at++) {
			if (!program->lines[at].is_action)
				continue;
			memcpy(other->lines, program->lines, program->n * sizeof(*other->lines));
			other->n = program->n;
			if (make_less(cut, other, at, way))
				take_over(cut);
		}
	}
}

void random_shrink(random_fails_fn *fails, void *data, uint64_t huge, struct random_program *program)
{
	struct cut cut = {.fails = fails, .data = data, .huge = huge, .program = program};
	size_t before;

	cut.other.lines = mem_alloc(program->n * sizeof(*cut.other.lines));
	do {
		before = program->n;
		leave_out(&cut);
		lessen(&cut);
	} while (program->n < before);
	free(cut.other.lines);
}

void random_program_fini(struct random_program *program)
{
	free(program->lines);
	*program = (struct random_program){0};
}
