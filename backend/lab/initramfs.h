/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's first file system: an archive that the kernel unpacks into memory. */
#ifndef LAB_INITRAMFS_H
#define LAB_INITRAMFS_H

#include "core/buf.h"

/*
 * Appends the archive: `agent` as /init, `specimen` beside it (NULL: none), the folders that are mounted on, and
 * /dev/console. 0, or a negative errno with *failed the path that could not be read.
 */
int initramfs_write(struct buf *out, const char *agent, const char *specimen, const char **failed);

#endif
