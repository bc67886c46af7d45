/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Model against machine: random programs are carried out by the model and by specimens of the running kernel, and after each
 * operation both are read through the same seam (core/kernel.h) and held against each other, page by page.
 *
 * The kernel's own freedom is taken from it before (live_prepare): khugepaged sleeps until it is told to look, a fault maps
 * one page and not those around it (where that cannot be said, files are read only in stretches of which the same comes
 * either way), and all processes run on one CPU, whose caches of pages the kernel drains by itself. What is left, a reference
 * that somebody else holds for a moment, does not come again: only what differs a second time is a mismatch.
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

/* A kernel as the model has it. */
struct conform_kernel {
	unsigned major, minor; /* it and younger ones, up to the next */
	const char *generation;
	/* What it does otherwise than that row, or what of it the run is not about. May be NULL. */
	void (*adapt)(struct rules *rules);
};

/* What a run is about: which programs, of which generation of the model. */
struct conform_profile {
	const char *name;	      /* "team" */
	struct conform_kernel kernel; /* without a generation: by the running kernel's release */
	const struct random_taste *taste;
	const char *const *prelude; /* lines that each program begins with, NULL behind the last; or NULL */
	bool khugepaged;	    /* programs have it look around */
	bool huge;		    /* it is about huge pages of all kinds: each has to come up */
	bool queues;		    /* something has to get into khugepaged's queue, or nothing was tried */
};

/* The one of that name, or NULL. */
const struct conform_profile *profile_named(const char *name);

/* What is run, and what came of it. */
struct conform_run {
	const struct conform_profile *profile;
	const struct conform_kernel *kernel;
	const char *wrong; /* a rule that the model has otherwise than it should; NULL: none */
	const char *specimen_program;
	size_t programs, operations, refused; /* refused: by both, of the operations */
	size_t once;			      /* programs that differed, and not again */
	size_t pages, queued;		      /* as of look_pages, look_queued */
	char why[1024];
};

/* ---- kernels.c */

/* The generation that is like a release ("6.18.44-foo"); NULL: none is. */
const struct conform_kernel *conform_kernel_of(const char *release);

/* Turns a rule into what it is not: what a run has to find. False: none of that name. */
bool conform_wrong(struct rules *rules, const char *name);

/* ---- pair.c: both sides */

struct pair {
	struct machine *machine;
	struct world *world; /* its */
	struct source *model;
	struct kernel *kernel; /* over the machine */
	struct live live;
	size_t refused; /* operations that neither could carry out, for the same reason */
	char why[768];	/* what they differ in */
};

/* 0, or a negative errno with a sentence in pair->why. */
int pair_open(struct pair *pair, const struct conform_run *run);
void pair_close(struct pair *pair);

/* What came of an operation. */
enum accord {
	ACCORD_AGREE,
	ACCORD_NONE, /* neither did it: somebody stands in the model's way, or what the kernel did would tell nothing */
	ACCORD_DIFFER,
};

/* Carries a line out on both sides, and looks. A khugepaged line gets the text that says whom it visited. */
enum accord pair_act(struct pair *pair, struct random_line *line);

/* ---- glance.c: what one side shows */

#define PART 512 /* pages looked at together: at most a huge page, aligned */

struct glance {
	uint64_t words[PART], counts[PART], flags[PART];
	struct kernel_entries entries[PART]; /* of GLANCE_ENTRIES */
	bool huge[PART];		     /* mapped by PMD; of GLANCE_SCAN */
};

/* By what a kernel shows how pages are mapped. */
enum glance_way { GLANCE_ENTRIES, GLANCE_SCAN, GLANCE_SMAPS /* only how much is by PMD: before 6.7 */ };

enum glance_way glance_way(const struct kernel *kernel);

/* Reads n pages of one huge page from addr on. False: the kernel did not tell. */
bool glance_at(struct kernel *kernel, struct kernel_process *process, uint64_t addr, size_t n,
	       enum glance_way way, struct glance *glance);

/* How much of the VMAs that begin in a range is mapped by PMD, as smaps says. */
bool glance_huge_kb(struct kernel_process *process, uint64_t start, uint64_t len, uint64_t *kb);

/* ---- look.c */

/* Whether both sides look alike now; else pair->why says where they do not. */
bool look_alike(struct pair *pair);

/* ---- past.c */

/* A new program begins. */
void past_forget(void);

/*
 * Whether a page of the model's area of that index and these names is on both sides the one that was there at the look before,
 * or on both another one. What is there now (frames; 0: nothing) is kept for the next look.
 */
bool past_same(uint32_t area, const char *process, const char *name, uint64_t page, uint64_t mine,
	       uint64_t its);

/* ---- tally.c */

/* Of huge pages, by whose memory it is, how it is mapped, and whether more than once. */
#define TALLY_KINDS 8
extern const char *const tally_kinds[TALLY_KINDS];

/* A page that is there, and that both sides have alike. */
void tally_page(const struct glance *glance, enum glance_way way, size_t at);

/* How many there were since the program began. */
size_t tally_of(size_t kind);

/* Whether the kernel shows which pages are mapped by PMD: else (GLANCE_SMAPS) all were taken for mapped by ptes. */
bool tally_known(void);

/* ---- program.c */

/* Since the program began: pages that look_alike has compared, and addresses that it found in khugepaged's queues. */
size_t look_pages(void);
size_t look_queued(void);

/*
 * Draws a program of so many operations from a seed and carries it out. True if both agreed all along, and *program is what was
 * drawn (random_program_fini frees); else run->why says what they differ in.
 */
bool conform_draw(struct conform_run *run, uint64_t seed, size_t operations, struct random_program *program);

/*
 * Carries out a program again; a random_fails_fn. `data`: the run. The second one does it twice, so that what comes only once
 * is not taken for a shorter way to it.
 */
bool conform_fails(void *data, const struct random_program *program);
bool conform_fails_twice(void *data, const struct random_program *program);

/* Reads a script, of actions alone. False: a sentence in run->why. */
bool conform_read(struct conform_run *run, const char *path, struct random_program *program);

/* Writes it as one. */
void conform_print(const struct conform_run *run, const struct random_program *program, uint64_t seed);

#endif
