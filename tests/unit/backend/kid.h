/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Child processes for tests: one lays something out, says so, and waits to be told to go. */
#ifndef TESTS_KID_H
#define TESTS_KID_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../skip.h"
#include "core/kernel.h"
#include "proc/proc.h"

struct kid {
	pid_t pid;
	int go; /* closed by the test: go on */
};

/* Forks; the child calls body(argument), says it is ready, and waits to be told to go, or for the test's end. */
static inline struct kid kid_start(void (*body)(void *argument), void *argument)
{
	int ready[2], go[2];
	struct kid kid;
	char byte;

	assert_return_code(pipe(ready), errno);
	assert_return_code(pipe(go), errno);
	kid.pid = fork();
	assert_return_code(kid.pid, errno);
	if (!kid.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ready[0]);
		close(go[1]);
		if (body)
			body(argument);
		if (write(ready[1], "r", 1) != 1)
			_exit(1);
		(void)!read(go[0], &byte, 1);
		_exit(0);
	}
	close(ready[1]);
	close(go[0]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	kid.go = go[1];
	return kid;
}

/* Ends it and waits until it is gone for good. */
static inline void kid_end(struct kid *kid)
{
	int status;

	kill(kid->pid, SIGKILL);
	assert_int_equal(waitpid(kid->pid, &status, 0), kid->pid);
	close(kid->go);
}

static inline struct kernel *open_proc(void)
{
	struct kernel *kernel = NULL;
	char error[256] = "";

	if (proc_kernel_open("/", &kernel, error, sizeof(error)))
		fail_msg("%s", error);
	return kernel;
}

static inline struct kernel_process *open_pid(struct kernel *kernel, pid_t pid)
{
	struct kernel_process *process = NULL;

	assert_int_equal(kernel_process_open(kernel, pid, &process), 0);
	return process;
}

/* Anonymous memory of `size` bytes, aligned to `align`, a power of two; nothing of it touched. */
static inline char *map_aligned(size_t size, size_t align)
{
	char *all = mmap(NULL, size + align, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	char *start;

	if (all == MAP_FAILED)
		abort();
	start = (char *)(((uintptr_t)all + align - 1) & ~(uintptr_t)(align - 1));
	munmap(all, (size_t)(start - all));
	munmap(start + size, (size_t)(all + align - start));
	return start;
}

#endif
