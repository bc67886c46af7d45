/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What builds the lab's kernels, and says where they are: data/kernel/build, a program of its own. */
#ifndef CMD_LAB_BUILDER_H
#define CMD_LAB_BUILDER_H

#include <stddef.h>

#include "core/buf.h"

/*
 * Runs it to its end, and tells of its steps with the kernel `name` on stderr: its exit code, its last words on stderr
 * (one line, of size bytes at most), and the folder that it named, or "". When the thread that called this ends,
 * however that comes, it is ended by SIGTERM, and ends what it has started.
 */
int lab_builder_run(char **argv, const char *name, struct buf *folder, char *words, size_t size);

#endif
