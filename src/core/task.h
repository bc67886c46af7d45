/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A task of the model kernel: an operation that advances in steps, where it stands, what it holds and waits for. */
#ifndef CORE_TASK_H
#define CORE_TASK_H

#include <stddef.h>
#include <sys/types.h>

enum task_state {
	TASK_READY, /* its next step can be taken */
	TASK_WAITING, /* not before a lock is given up, or a reference is, or a userfaultfd's handler has answered */
	TASK_DONE,
	TASK_STATE_COUNT
};

/* Texts are never NULL. They live in the moment's arena, or as source.h's task says. */
struct task {
	const char *name; /* as the script calls it */
	pid_t pid;	  /* whose mm it works for; khugepaged: whose it scans; 0: nobody's */
	const char *what; /* the action's text: "collapse A[0]" */
	const char *
		function; /* the innermost kernel function it is in: "retract_page_tables"; "" before and after */
	const char *step; /* the next one, in the kernel's words: "mmap_write_trylock(kid)"; "" when done */
	enum task_state state;
	const char *const *holds; /* locks, in the order of their taking: "kid's mmap_lock for reading" */
	size_t n_holds;
	const char *waits;  /* TASK_WAITING: for which lock, or what else; "" */
	const char *holder; /* TASK_WAITING: which task has it; "" where none does */
	int error;	    /* TASK_DONE: what the system call returned, 0 or a negative errno */
	const char *
		verdict; /* TASK_DONE: the kernel's word for the result, as in core/verdict.h; "" where it has none */
};

/*
 * A circle of tasks that wait for each other, so that none of them can ever go on: their places, each waiting for the next and
 * the last for the first, in `ring`, which has room for n. How many; 0: there is none.
 */
size_t task_ring(const struct task *tasks, size_t n, size_t *ring);

/* "ready", "waiting", "done". */
const char *task_state_name(enum task_state state);

#endif
