/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's first file system: an archive that the kernel unpacks into memory. */
#ifndef LAB_INITRAMFS_H
#define LAB_INITRAMFS_H

#include "core/buf.h"

/*
 * Appends the archive: `agent` as /init, the folders that are mounted on, and /dev/console. 0, or a negative errno:
 * -ENOEXEC: that is no program that runs without libraries.
 */
int initramfs_write(struct buf *out, const char *agent);

#endif
