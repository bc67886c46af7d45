/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random programs on a machine: made from a seed, run with the invariants after each operation, and cut down to what
 * still goes wrong.
 */
#ifndef TEST_MODEL_RANDOM_H
#define TEST_MODEL_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/model.h"
#include "model/rules.h"
#include "model/world.h"

/* A line of a program: an action begins as task `task` (and runs to its end if it is alone), or a task makes a step. */
struct random_line {
	struct action action;
	char text[128];
	bool is_action;
	unsigned task; /* its name is "t" and this number */
};

struct random_program {
	struct random_line *lines;
	size_t n, room;
};

struct random_options {
	const struct rules *rules;
	struct extent extent;
	uint64_t seed;
	size_t operations;   /* actions that are begun */
	unsigned concurrent; /* at most so many unfinished tasks; 1: each runs to its end at once */
};

/*
 * Makes a program and runs it as it is made. True if all invariants held; else what was made so far is in *program and
 * why (size bytes) says what broke. *done: actions that were begun and not refused. random_program_fini frees.
 */
bool random_run(const struct random_options *options, struct random_program *program, size_t *done, char *why,
		size_t size);

/* Runs a program again. True if it goes wrong; with `script`, what `--model GEN:FILE` replays is appended to it. */
bool random_fails(const struct random_options *options, const struct random_program *program, char *why,
		  size_t size, struct buf *script);

/* Leaves out lines as long as it still goes wrong. */
void random_shrink(const struct random_options *options, struct random_program *program);

void random_program_fini(struct random_program *program);

#endif
