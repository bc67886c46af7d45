/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A directory that appears whole or not at all. */
#ifndef TREE_OUTPUT_H
#define TREE_OUTPUT_H

#include "core/kernel.h"

struct output;

/*
 * Begins a directory beside `dir`. Returns 0 and *output, which tree_output_commit or tree_output_abandon frees; or a negative
 * errno and one sentence: -EEXIST if `dir` is there and is not an empty directory.
 */
int tree_output_begin(const char *dir, struct output **output, char *error, size_t size);

/* Writes one file, and the directories on its way. The first failure is kept for tree_output_commit. */
void tree_output_put(struct output *output, const struct buf *text, const char *path, ...)
	__attribute__((format(printf, 3, 4)));

/* Copies what a tree holds of the system's text files (core/system.h and core/folio.h read them) from the kernel. */
void tree_output_system(struct output *output, struct kernel *kernel);

/* Gives the directory its name. After a failure, with one sentence, nothing is left of it. */
int tree_output_commit(struct output *output, char *error, size_t size);

/* Removes what was written. */
void tree_output_abandon(struct output *output);

#endif
