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

/* A line of a program: an action begins as task `task` (alone: and runs to its end), or a task makes a step. */
struct random_line {
	struct action action;
	char text[128];
	bool is_action, alone;
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
	bool fine; /* each pte is a step, and after each step the invariants of the middle are looked at */
};

/* What programs came to, added up. */
struct random_counts {
	size_t begun;		       /* actions */
	size_t did[ACTION_KIND_COUNT]; /* those that ended well */
	size_t stat[STAT_COUNT];       /* what they moved the kernel's counters by */
	size_t known; /* programs that met a bug of their kernel (rules_bug()), and broke an invariant then or later */
};

/*
 * Makes a program and runs it as it is made, and its tasks to their ends. True if all invariants held; else what was made so
 * far is in *program and why (size bytes) says what broke. random_program_fini frees. What breaks after both functions of a
 * bug that the kernel is known for were under way at a time is not held against the model: it is counted, and true.
 */
bool random_run(const struct random_options *options, struct random_program *program,
		struct random_counts *counts, char *why, size_t size);

/* Runs a program again. True if it goes wrong; with `script`, what `--model GEN:FILE` replays is appended to it. */
bool random_fails(const struct random_options *options, const struct random_program *program, char *why,
		  size_t size, struct buf *script);

/* random_shrink.c: what is left of a program. */

/* Whether it still goes wrong. */
typedef bool random_fails_fn(void *data, const struct random_program *program);

/* Leaves out lines, and makes those that are left smaller, as long as it still goes wrong. huge: bytes of a huge page. */
void random_shrink(random_fails_fn *fails, void *data, uint64_t huge, struct random_program *program);

void random_program_add(struct random_program *program, const struct random_line *line);
void random_program_fini(struct random_program *program);

/* random_draw.c: what a program does next. */

struct dice {
	uint64_t state;
	unsigned next;		     /* of numbers for names */
	char last[NAME_MAX_LEN + 1]; /* the area that the action before was done to */
};

/* What programs do: how often each action, and with what. */
struct random_taste {
	const unsigned *weights; /* by enum action_kind, ACTION_KIND_COUNT of them; 0: never */
	const enum map_kind *kinds;
	const enum advice *advices;
	const char *const (*settings)[2]; /* of `set` */
	size_t n_kinds, n_advices, n_settings;
	unsigned processes; /* at most so many */
	bool no_disk;	    /* private mappings are of files that are there, and those are none of a disk */
	bool follows; /* half of the actions are done to an area of the same name as the one before, in any process */
	bool holds_by_name; /* a hold of a lock is for reading, until it is released; else for a time, or either */
	uint64_t most_bytes; /* no new memory where all areas together have so much; 0: no limit */
};

/* All that a model can do. */
extern const struct random_taste random_everything;

/* One of n. */
unsigned dice_roll(struct dice *dice, unsigned n);

/*
 * An action that makes sense in this world, most often; `together`: other tasks may be unfinished. False: what was drawn makes
 * none, draw again.
 */
bool random_action(struct dice *dice, const struct random_taste *taste, const struct world *world,
		   bool together, struct action *action);

/* The end of a hold that a task sleeps in. False: nobody does. */
bool random_release(struct dice *dice, const struct world *world, struct action *action);

/* The line that says it in a script. */
void random_text(const struct action *action, char *text, size_t size);

/* Whether a generation can carry out such actions at all. */
bool random_has(const struct rules *rules, enum action_kind kind);

#endif
