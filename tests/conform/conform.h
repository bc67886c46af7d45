/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Model against machine: random programs are carried out by the model and by specimens of the running kernel, and after each
 * operation both are read through the same seam (core/kernel.h) and held against each other, page by page.
 *
 * The kernel's own freedom is taken from it before (live_prepare): khugepaged sleeps until it is told to look, a fault maps
 * one page and not those around it, and all processes run on one CPU, whose caches of pages the kernel drains by itself.
 */
#ifndef CONFORM_H
#define CONFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/kernel.h"
#include "core/source.h"
#include "model/model.h"
#include "model/ops.h"
#include "live.h"
#include "random.h"

/* What a run is about: which programs, of which generation of the model. */
struct conform_profile {
	const char *name; /* "team" */
	const char *generation;
	const struct random_taste *taste;
	/* Where the running kernel is younger: takes over of its rules what the run is not about. May be NULL. */
	void (*adapt)(struct rules *rules);
	const char *const *prelude; /* lines that each program begins with, NULL behind the last; or NULL */
	bool queues;		    /* something has to get into khugepaged's queue, or nothing was tried */
};

/* The one of that name, or NULL. */
const struct conform_profile *profile_named(const char *name);

/* ---- pair.c: both sides */

struct pair {
	struct machine *machine;
	struct world *world; /* its */
	struct source *model;
	struct kernel *kernel; /* over the machine */
	struct live live;
	char why[768]; /* what they differ in */
};

/* 0, or a negative errno with a sentence in pair->why. */
int pair_open(struct pair *pair, const struct conform_profile *profile, const char *specimen_program);
void pair_close(struct pair *pair);

/* What came of an operation. */
enum accord {
	ACCORD_AGREE,
	ACCORD_NONE, /* the model cannot do it now, as somebody stands in its way: neither did it */
	ACCORD_DIFFER,
};

/* Carries a line out on both sides, and looks. A khugepaged line gets the text that says whom it visited. */
enum accord pair_act(struct pair *pair, struct random_line *line);

/* ---- look.c */

/* Whether both sides look alike now; else pair->why says where they do not. */
bool look_alike(struct pair *pair);

/* ---- program.c */

struct conform_run {
	const struct conform_profile *profile;
	const char *specimen_program;
	size_t programs, operations;
	size_t pages, queued; /* as of look_pages, look_queued */
	char why[1024];
};

/* Since the program began: pages that look_alike has compared, and addresses that it found in khugepaged's queues. */
size_t look_pages(void);
size_t look_queued(void);

/*
 * Draws a program of so many operations from a seed and carries it out. True if both agreed all along, and *program is what was
 * drawn (random_program_fini frees); else run->why says what they differ in.
 */
bool conform_draw(struct conform_run *run, uint64_t seed, size_t operations, struct random_program *program);

/* Carries out a program again; a random_fails_fn. `data`: the run. */
bool conform_fails(void *data, const struct random_program *program);

/* Reads a script, of actions alone. False: a sentence in run->why. */
bool conform_read(struct conform_run *run, const char *path, struct random_program *program);

/* Writes it as one. */
void conform_print(const struct conform_run *run, const struct random_program *program, uint64_t seed);

#endif
