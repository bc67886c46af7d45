/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel.h of a recorded tree: what a kernel said of some processes, kept in a directory (tree/record.h makes
 * one).
 *
 *   DIR/tree.json       {"format":"thpscope-tree/1","version":"0.1.0","time":"2026-01-31T12:00:00.000000000Z",
 *                        "page_size":4096,"pmd_size":2097152,"vma_page_size":true,
 *                        "capabilities":["pagemap_scan","pfn","kpageflags","kpagecount","smaps"]}
 *   DIR/proc/...        vmstat meminfo swaps buddyinfo version sys/kernel/osrelease
 *   DIR/sys/kernel/mm/transparent_hugepage/...  (and pageteam/, where the kernel has it)
 *   DIR/proc/PID/       maps smaps stat status mountinfo comm, as the kernel wrote them; pages.jsonl
 *
 * pages.jsonl is described in tree/pages.h. A capability that tree.json does not list is missing, with a sentence;
 * "time" may be left out. It is folders and regular files: a symbolic link in it, or anything else, is damage
 * (tree/inside.h).
 */
#ifndef TREE_TREE_H
#define TREE_TREE_H

#include <stddef.h>

#include "core/kernel.h"

/*
 * Opens the tree at `dir`. Returns 0 and *out, which kernel_close frees; or a negative errno and one sentence in
 * `error` (size bytes): -EBADMSG for a tree.json that is none, else as the file system said.
 *
 * pages.jsonl of a process is read at its first pagemap or scan, which gives -EBADMSG, and the line in kernel->error,
 * if it is damaged, or says of a frame something else than another process's did. What is read is kept until
 * the kernel is closed. flags and counts know the frames of the processes read so far: a frame that they do not
 * mention is -ENODATA if it is the first asked for, else the answer ends before it. A text file that is
 * not there is -ENOENT, one of a process -ENODATA.
 */
int tree_kernel_open(const char *dir, struct kernel **out, char *error, size_t size);

#endif
