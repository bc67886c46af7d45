/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who there is: of this machine through a library of procps, of any kernel by its text files. */
#ifndef LOCAL_LIST_H
#define LOCAL_LIST_H

#include "core/kernel.h"
#include "core/source.h"

/*
 * All processes of a kernel, ascending by PID, into the arena, from stat, status and cmdline; what of those is not
 * there is not known. `names`: users have this machine's names. 0 or a negative errno.
 */
int list_kernel(struct kernel *kernel, bool names, struct arena *arena, struct listed **list, size_t *n);

/*
 * The same of the machine that this program runs on, through libproc2 or libprocps, whichever it was built with
 * (CMakeLists.txt chooses list_proc2.c, list_procps.c or list_none.c, which a static program has). A lister is one thread's. NULL: built without
 * one, or it is not installed, or cannot do it: list_kernel can. Closing NULL is fine.
 */
struct lister;
struct lister *lister_open(void);
void lister_close(struct lister *lister);
/* kernel: for what the library does not tell as the kernel has it, names of unprintable characters. */
int lister_list(struct lister *lister, struct kernel *kernel, struct arena *arena, struct listed **list,
		size_t *n);

/* The name of a user of this machine; "" where there is none. The arena's. */
const char *lister_user(uid_t uid, struct arena *arena);

/* For the implementations. Of a command line no more than this is kept. */
#define LIST_COMMAND_MAX 4096

/* The comm of a process by its stat; NULL if it has gone. */
const char *list_exact_comm(struct kernel *kernel, pid_t pid, struct arena *arena);

/* A process's arguments, ended by a NULL, as one text; "" for none, and for the "-" that procps has for none. */
const char *list_join(char *const *arguments, struct arena *arena);

/* Whether who runs this may look into a process of that user (UNKNOWN_COUNT: rather not). */
bool list_own(int64_t uid);

/* qsort: by PID. */
int list_by_pid(const void *left, const void *right);

#endif
