/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lab's kernels: which there are, where they are built, and booting one. */
#ifndef CMD_LAB_KERNEL_H
#define CMD_LAB_KERNEL_H

#include "core/buf.h"
#include "lab/lab.h"

#define LAB_KERNELS_MOST 16

/* The kernels that can be built, by name: team, the newest stock one, and so on; NAME-debug, for tests of NAME, last. */
struct lab_kernels {
	char names[LAB_KERNELS_MOST][32];
	size_t n;
};

/* 0, or an exit code after a message: what builds them is not here. */
int lab_kernels_find(struct lab_kernels *kernels);

/* Where a kernel of such a name was built, or "" in *folder: it was not. 0, or an exit code after a message. */
int lab_kernel_where(const char *name, struct buf *folder);

/* Builds one, from `tarball` if that is not NULL; tells of it on stderr. 0 and *folder, or an exit code after a message. */
int lab_kernel_build(const char *name, const char *tarball, struct buf *folder);

/* What --lab without a kernel is, and what 'lab build' without one builds. */
#define LAB_KERNEL_USUAL "team"

/* Whether a kernel that --lab may name has page teams, as far as its name tells: an image of somebody's own may. */
bool lab_kernel_may_have_teams(const char *kernel);

/* Whether only tests of the kernel have a use for a kernel of such a name. */
bool lab_kernel_for_tests(const char *name);

/* 0 where a kernel of that name can be built; else an exit code after a message, which names those that can. */
int lab_kernel_known(const char *name);

/* Whether a word that is no argument of --lab was meant to be: such a name, or the path of a bzImage. */
bool lab_kernel_meant(const char *word);

/*
 * The bzImage that KERNEL means: a name of lab_kernels_find, or a path (with a '/' in it). 0, or an exit code after a
 * message: it is not built, or there is none of the name.
 */
int lab_kernel_image(const char *kernel, struct buf *image);

/*
 * Boots it; `options` has what is wanted besides the kernel and the programs. Says on stderr that it does, if that is a
 * terminal. 0, or an exit code after a message.
 */
int lab_kernel_boot(const char *kernel, const struct lab_options *options, struct lab **lab);

/* --lab: boots, and opens a source over an agent in it. 0, or an exit code after a message. Again only after lab_source_end. */
struct source_options;
struct source;
int lab_source_open(const struct source_options *options, struct source **source);

/* Another agent of the same guest, quietly, on any thread: as cmd_open_another. */
int lab_source_another(const struct source *first, struct source **source, char *error, size_t size);

/* Ends the guest, if there is one; no source over it is open any more. */
void lab_source_end(void);

#endif
