/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernels of 'thpscope matrix': which are meant, and having each run the script. */
#ifndef CMD_MATRIX_H
#define CMD_MATRIX_H

#include "cmd/cmd.h"
#include "core/matrix.h"

/* One that is to be a column. */
struct matrix_kernel {
	const char *name; /* "5.4", "real", "lab:6.12", "via" */
	/* One of these, or none for the running kernel. */
	const char *model; /* a generation */
	const char *lab;   /* a kernel of the lab, or the path of a bzImage */
	const char *via;   /* a command */
	bool asked;	   /* somebody named it: if it cannot be had, that is an error */
};

struct matrix_kernels {
	const struct script *script;
	bool read_only; /* no specimen on this machine, nor where --via leads */
	struct matrix_kernel list[MATRIX_COLUMNS_MOST];
	size_t n;
	struct matrix *matrix; /* which is told what is left out */
};

/*
 * Adds all that there is and that the script runs on: the generations of the model, the running kernel, the lab's kernels that
 * are built. What it does not run on is left out.
 */
void matrix_add_all(struct matrix_kernels *kernels);

/*
 * Adds what a word means: a kernel, "model:", "lab:" and its name, or one of these alone for all of them. 0; or an exit code
 * after a message: there is none, it may be one of two, it is not built, or the script does not run there.
 */
int matrix_add_named(struct matrix_kernels *kernels, const char *word);

/* Adds what --lab or --via names. Likewise. */
int matrix_add_source(struct matrix_kernels *kernels, const struct source_options *options);

/*
 * Has them run the script one after another, and adds their columns to the matrix. 0; or an exit code after a message: one that
 * somebody named cannot be had.
 */
int matrix_take(struct matrix_kernels *kernels);

#endif
