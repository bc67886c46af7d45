/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole files into a buffer, named from a directory's descriptor. */
#ifndef PROC_FILE_H
#define PROC_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "core/buf.h"

/*
 * Appends all of dirfd/path to out. Reads until the end, whatever the size says (that of a /proc file is 0).
 * Returns 0 or a negative errno, -EPERM as -EACCES, -EFBIG beyond 1 GiB; after an error out is as it was.
 */
int file_read_at(int dirfd, const char *path, struct buf *out);

/* Appends the numbers that name entries of the directory dirfd/path, ascending; as kernel_ops.pids. */
int file_numbers_at(int dirfd, const char *path, pid_t **numbers, size_t *n);

#endif
