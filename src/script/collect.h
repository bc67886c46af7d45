/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A column of a matrix (core/matrix.h): a script is run on a source, and after each action that may have changed
 * something the whole family is looked at.
 */
#ifndef SCRIPT_COLLECT_H
#define SCRIPT_COLLECT_H

#include "core/matrix.h"
#include "core/source.h"

/*
 * Runs the script to its end, from the thread that owns the source, which has done nothing before, and fills the column but
 * for its name and image; its parts are in the arena. `on` as in run_options. 0; or a negative errno with one sentence in
 * error, and the column is none: as run_start, and -ENOTSUP where the script requires something before it does anything that
 * is not so here.
 *
 * A process whose mmap lock the script holds on a running kernel is not looked at meanwhile, for that would wait until it is
 * given up.
 */
int collect(struct source *source, const struct script *script, const char *on, struct arena *arena,
	    struct matrix_column *column, char *error, size_t size);

#endif
