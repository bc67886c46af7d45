/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole files into a buffer, named from a directory's descriptor. */
#ifndef PROC_FILE_H
#define PROC_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "core/buf.h"

#define FILE_MOST ((size_t)1 << 30)

/*
 * Appends all of dirfd/path to out. Reads until the end, whatever the size says (that of a /proc file is 0).
 * Returns 0 or a negative errno, -EPERM as -EACCES, -EFBIG beyond FILE_MOST; after an error out is as it was.
 */
int file_read_at(int dirfd, const char *path, struct buf *out);
/* The same of a file that is open and stays so, -EFBIG beyond `most` bytes. */
int file_read(int fd, size_t most, struct buf *out);

/* Appends the numbers that name entries of the directory dirfd/path, ascending; as kernel_ops.pids. */
int file_numbers_at(int dirfd, const char *path, pid_t **numbers, size_t *n);
/* The same of a directory that is open; closes it. */
int file_numbers(int fd, pid_t **numbers, size_t *n);

#endif
