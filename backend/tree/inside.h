/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of a recorded tree, and of nothing else: what somebody gave us leads to no other file of ours. */
#ifndef TREE_INSIDE_H
#define TREE_INSIDE_H

#include <stddef.h>
#include <sys/types.h>

#include "core/buf.h"

/* Why a call gave -EBADMSG, to stand behind the path. */
#define INSIDE_BAD "a link, a device or the like, or below one; a recorded tree has files and folders alone"

/*
 * `path` is below root, by folders and no "..". 0, or a negative errno, -EPERM as -EACCES; -EBADMSG: it, or what it
 * goes through, is a symbolic link, or no folder or regular file; then nothing of it was opened.
 */

/* Appends the whole file; -EFBIG, by its size and before anything is read, if it has more than such a file has. */
int inside_read(int root, const char *path, struct buf *out);

/* Appends the numbers that name entries of the folder, ascending; as kernel_ops.pids. */
int inside_numbers(int root, const char *path, pid_t **numbers, size_t *n);

/* Whether the folder is there: 0. */
int inside_folder(int root, const char *path);

#endif
