/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backend/proc on processes that fork, exec, exit, and whose PID another one gets. */
#include "kid.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>

#include "core/system.h"

#define TRIES 5000 /* of 2 ms: a bound, not a wait */

static void pause_briefly(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

static void wait_for_comm(struct kernel_process *process, const char *comm)
{
	struct buf text = {0};
	int i;

	for (i = 0; i < TRIES; i++) {
		buf_clear(&text);
		assert_int_equal(kernel_process_text(process, "comm", &text), 0);
		if (!strncmp(text.data, comm, strlen(comm)))
			break;
		pause_briefly();
	}
	assert_true(i < TRIES);
	buf_fini(&text);
}

/* The first mapped page of its maps, once the program that it became has begun to run. */
static uint64_t wait_for_first_page(struct kernel_process *process)
{
	struct buf maps = {0};
	uint64_t first = 0, word = 0;
	int i;

	for (i = 0; i < TRIES; i++) {
		buf_clear(&maps);
		assert_int_equal(kernel_process_text(process, "maps", &maps), 0);
		first = strtoull(maps.data, NULL, 16);
		assert_int_equal(kernel_pagemap(process, first, 1, &word), 1);
		if (word & PM_PRESENT)
			break;
		pause_briefly();
	}
	assert_true(i < TRIES);
	buf_fini(&maps);
	return first;
}

static void test_fork_shares(void **state)
{
	struct kernel *kernel = open_proc();
	char *page = map_aligned(kernel->page_size, kernel->page_size);
	struct kernel_process *mine, *kids;
	uint64_t own, other, count;
	struct kid kid;

	(void)state;
	*page = 1;
	kid = kid_start(NULL, NULL);
	mine = open_pid(kernel, getpid());
	kids = open_pid(kernel, kid.pid);
	assert_int_equal(kernel_pagemap(mine, (uintptr_t)page, 1, &own), 1);
	assert_int_equal(kernel_pagemap(kids, (uintptr_t)page, 1, &other), 1);
	assert_int_equal(own & PM_PFN_MASK, other & PM_PFN_MASK);
	assert_false(own & PM_MMAP_EXCLUSIVE);
	if (capable(&kernel->caps, CAP_PFN) && capable(&kernel->caps, CAP_KPAGECOUNT)) {
		assert_int_equal(kernel_counts(kernel, own & PM_PFN_MASK, 1, &count), 1);
		assert_int_equal(count, 2);
	}
	kid_end(&kid);
	kernel_process_close(mine);
	kernel_process_close(kids);
	munmap(page, kernel->page_size);
	kernel_close(kernel);
}

/* Becomes /bin/cat, which waits for its stdin: our `go`. */
static void become_cat(int stdin_fd)
{
	dup2(stdin_fd, 0);
	execl("/bin/cat", "cat", (char *)NULL);
	_exit(1);
}

static void test_exec(void **state)
{
	struct kernel *kernel = open_proc();
	struct kernel_process *process;
	char *page = map_aligned(kernel->page_size, kernel->page_size);
	int start[2], hold[2], status;
	uint64_t word, size, first;
	pid_t pid;
	char byte;

	(void)state;
	*page = 1;
	assert_return_code(pipe(start), errno);
	assert_return_code(pipe(hold), errno);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(hold[1]);
		if (read(start[0], &byte, 1) == 1)
			become_cat(hold[0]);
		_exit(1);
	}
	process = open_pid(kernel, pid);
	assert_int_equal(kernel_pagemap(process, (uintptr_t)page, 1, &word), 1);
	assert_true(word & PM_PRESENT);
	kernel_vma_page_size(process, (uintptr_t)page, &size);
	assert_int_equal(write(start[1], "s", 1), 1);
	wait_for_comm(process, "cat");
	/* The pagemap that is open belongs to an address space that is no more. */
	assert_int_equal(kernel_pagemap(process, (uintptr_t)page, 1, &word), 1);
	assert_false(word & PM_PRESENT);
	first = wait_for_first_page(process);
	if (kernel_vma_page_size(process, first, &size) != -ENOTSUP)
		assert_int_equal(size, kernel->page_size);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	kernel_process_close(process);
	munmap(page, kernel->page_size);
	kernel_close(kernel);
	close(start[0]);
	close(start[1]);
	close(hold[0]);
	close(hold[1]);
}

struct sharer {
	int start, hold;
};

static int share_then_exec(void *argument)
{
	const struct sharer *sharer = argument;
	char byte;

	/* No prctl or libc beyond system calls: the memory is the parent's. */
	if (read(sharer->start, &byte, 1) == 1)
		become_cat(sharer->hold);
	_exit(1);
}

/* A child that shares our memory, as after vfork, until it execs: the open pagemap goes on to show ours. */
static void test_exec_after_sharing(void **state)
{
	const size_t stack_size = 256 << 10;
	struct kernel *kernel = open_proc();
	struct kernel_process *process;
	char *page = map_aligned(kernel->page_size, kernel->page_size);
	char *stack = map_aligned(stack_size, kernel->page_size);
	int start[2], hold[2], status;
	struct buf maps = {0};
	struct sharer sharer;
	uint64_t word;
	pid_t pid;

	(void)state;
	*page = 1;
	assert_return_code(pipe2(start, O_CLOEXEC), errno);
	/* cat must not hold the end that it waits for: it ends when this test does, however that is. */
	assert_return_code(pipe2(hold, O_CLOEXEC), errno);
	sharer = (struct sharer){start[0], hold[0]};
	pid = clone(share_then_exec, stack + stack_size, CLONE_VM | SIGCHLD, &sharer);
	assert_return_code(pid, errno);
	process = open_pid(kernel, pid);
	assert_int_equal(kernel_pagemap(process, (uintptr_t)page, 1, &word), 1);
	assert_true(word & PM_PRESENT);
	assert_int_equal(write(start[1], "s", 1), 1);
	wait_for_comm(process, "cat");
	assert_int_equal(kernel_process_text(process, "maps", &maps), 0);
	assert_int_equal(kernel_pagemap(process, (uintptr_t)page, 1, &word), 1);
	assert_false(word & PM_PRESENT);
	wait_for_first_page(process);
	buf_fini(&maps);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	kernel_process_close(process);
	munmap(page, kernel->page_size);
	munmap(stack, stack_size);
	kernel_close(kernel);
	close(start[0]);
	close(start[1]);
	close(hold[0]);
	close(hold[1]);
}

/* One that has no address space: nothing is mapped, and that is no error. */
static void assert_bare(struct kernel_process *process)
{
	struct scan_range range;
	struct kernel_scan scan = {.from = 0, .to = UINT64_C(1) << 30, .out = &range, .room = 1};
	struct buf text = {0};
	uint64_t word;

	assert_int_equal(kernel_process_text(process, "maps", &text), 0);
	assert_int_equal(text.len, 0);
	assert_int_equal(kernel_pagemap(process, 0x10000, 1, &word), 0);
	if (capable(&process->kernel->caps, CAP_PAGEMAP_SCAN)) {
		assert_int_equal(kernel_scan(process, &scan), 0);
		assert_int_equal(scan.n, 0);
		assert_int_equal(scan.next, scan.to);
	}
	assert_int_equal(kernel_process_text(process, "stat", &text), 0);
	assert_true(text.len > 0);
	buf_fini(&text);
}

static void assert_gone(struct kernel_process *process)
{
	struct scan_range range;
	struct kernel_scan scan = {.from = 0, .to = UINT64_C(1) << 30, .out = &range, .room = 1};
	struct buf text = {0};
	uint64_t word;

	assert_int_equal(kernel_pagemap(process, 0x10000, 1, &word), -ESRCH);
	if (capable(&process->kernel->caps, CAP_PAGEMAP_SCAN))
		assert_int_equal(kernel_scan(process, &scan), -ESRCH);
	assert_int_equal(kernel_process_text(process, "maps", &text), -ESRCH);
	assert_int_equal(kernel_process_text(process, "stat", &text), -ESRCH);
	assert_int_equal(kernel_vma_page_size(process, 0x10000, &word), -ESRCH);
	assert_int_equal(text.len, 0);
	buf_fini(&text);
}

static void test_exit(void **state)
{
	struct kernel *kernel = open_proc();
	struct kid kid = kid_start(NULL, NULL);
	struct kernel_process *process = open_pid(kernel, kid.pid), *unread = open_pid(kernel, kid.pid),
			      *again;
	siginfo_t info;
	uint64_t word;

	(void)state;
	assert_int_equal(kernel_pagemap(process, 0x10000, 1, &word), 1);
	kernel_vma_page_size(process, 0x10000, &word);
	kill(kid.pid, SIGKILL);
	assert_return_code(waitid(P_PID, (id_t)kid.pid, &info, WEXITED | WNOWAIT), errno);
	assert_bare(process); /* a zombie */
	assert_bare(unread);
	kid_end(&kid);
	assert_gone(process);
	assert_gone(unread);
	assert_int_equal(kernel_process_open(kernel, kid.pid, &again), -ENOENT);
	assert_int_equal(kernel_process_open(kernel, 0, &again), -ENOENT);
	assert_int_equal(kernel_process_open(kernel, -1, &again), -ENOENT);
	kernel_process_close(process);
	kernel_process_close(unread);
	kernel_close(kernel);
}

/* A new child with a PID that was another's: struct clone_args of linux/sched.h, of which set_tid is needed. */
static pid_t fork_as(pid_t pid)
{
	struct {
		uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid,
			set_tid_size;
	} args = {.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&pid, .set_tid_size = 1};

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

/* A process that is gone, as `old`, and its PID's new owner; negative: the errno of the last try. */
static pid_t succeed(struct kernel *kernel, struct kernel_process **old)
{
	struct kid kid;
	uint64_t word;
	int tries;
	pid_t pid;

	for (tries = 0; tries < 20; tries++) {
		kid = kid_start(NULL, NULL);
		*old = open_pid(kernel, kid.pid);
		assert_int_equal(kernel_pagemap(*old, 0x10000, 1, &word), 1);
		kid_end(&kid);
		pid = fork_as(kid.pid);
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
		if (pid > 0) {
			assert_int_equal(pid, kid.pid);
			return pid;
		}
		kernel_process_close(*old);
		if (errno != EEXIST) /* somebody else was given it: once more */
			break;
	}
	return -errno;
}

static void test_reused_pid(void **state)
{
	struct kernel *kernel = open_proc();
	struct kernel_process *old, *new;
	pid_t pid = succeed(kernel, &old);
	uint64_t word;
	int status;

	(void)state;
	if (pid < 0)
		SKIP("choose_pid", "clone3: %s", strerror(-pid));
	assert_gone(old);
	new = open_pid(kernel, pid);
	assert_int_equal(kernel_pagemap(new, 0x10000, 1, &word), 1);
	assert_true(new->start_time >= old->start_time);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	kernel_process_close(old);
	kernel_process_close(new);
	kernel_close(kernel);
}

static void test_kernel_thread(void **state)
{
	struct kernel *kernel = open_proc();
	struct kernel_process *process;
	struct buf text = {0};
	struct stat_line stat;
	int err = kernel_process_open(kernel, 2, &process);

	(void)state;
	if (err)
		SKIP("kernel_threads", "there is no PID 2");
	assert_int_equal(kernel_process_text(process, "stat", &text), 0);
	assert_int_equal(system_stat(text.data, text.len, &stat), 0);
	buf_fini(&text);
	if (!(stat.flags & 0x00200000))
		SKIP("kernel_threads", "PID 2 is an ordinary process");
	assert_bare(process);
	kernel_process_close(process);
	kernel_close(kernel);
}

static void rename_self(void *argument)
{
	(void)argument;
	prctl(PR_SET_NAME, "a) R 1\n) S");
}

static void test_start_time(void **state)
{
	struct kernel *kernel = open_proc();
	struct kid kid = kid_start(rename_self, NULL);
	struct kernel_process *mine = open_pid(kernel, getpid()), *kids = open_pid(kernel, kid.pid);

	(void)state;
	assert_true(mine->start_time > 0);
	assert_true(kids->start_time >= mine->start_time);
	assert_true(kids->start_time < mine->start_time + 600 * (uint64_t)sysconf(_SC_CLK_TCK));
	assert_int_equal(kids->pid, kid.pid);
	kid_end(&kid);
	kernel_process_close(mine);
	kernel_process_close(kids);
	kernel_close(kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fork_shares),	   cmocka_unit_test(test_exec),
		cmocka_unit_test(test_exec_after_sharing), cmocka_unit_test(test_exit),
		cmocka_unit_test(test_reused_pid),	   cmocka_unit_test(test_kernel_thread),
		cmocka_unit_test(test_start_time),
	};

	return cmocka_run_group_tests_name("backend_process", tests, NULL, NULL);
}
