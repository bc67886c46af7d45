/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a program of ours may do: less than whoever started it, as soon as it knows what it is to do, and for good.
 *
 *     privilege_is_setuid()      first of all: then it ends
 *     privilege_keep()           once its verb is known, before it reads anything of another process
 *     privilege_read_only()      likewise, where it is only to look
 *
 * All of it before there are threads: capabilities are a thread's own.
 */
#ifndef PRIVILEGE_PRIVILEGE_H
#define PRIVILEGE_PRIVILEGE_H

#include <stdbool.h>
#include <stddef.h>

/* What for, a set. */
enum privilege {
	PRIVILEGE_LOOK = 1,  /* into any process and at page frames; hear tracepoints, count events */
	PRIVILEGE_ACT = 2,   /* collapse, split and write in any process: goes with LOOK */
	PRIVILEGE_FILES = 4, /* root alone: write files wherever root may */
	/*
	 * Start programs that are the user's own: what these would have without us they get. The set that bounds them stays, and
	 * of root's permitted set what an exec gives anyway.
	 */
	PRIVILEGE_START = 8,
};

/* Whether this was started with another user's or group's identity than its caller's (set-user-ID, set-group-ID). */
bool privilege_is_setuid(void);

/*
 * Drops all capabilities that `what` does not need: of the permitted and the effective set, of the inheritable, the ambient
 * and the bounding set too unless programs are started. What is not there is not added. Again, with less, once these are started.
 * 0 or a negative errno: nothing may go on.
 */
int privilege_keep(unsigned what);

/*
 * From now on this process, and what it will start, can change no other process's memory: no privileges by exec, no
 * capability that only triggers need, and system calls that change another process, or open for writing what is there
 * already, fail with EPERM. (The ways round that are left: THREATS.md, What is not kept off.) New files can be made. Nothing
 * takes it back. All threads, but that others than this one keep their capabilities. 0; or a negative errno with a sentence:
 * it is not so.
 */
int privilege_read_only(char *error, size_t size);

/* Whether it is so. */
bool privilege_is_read_only(void);

#endif
