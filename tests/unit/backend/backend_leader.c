/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backend/proc on a process whose main thread has exited while another lives on. */
#include "kid.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>

#include "core/system.h"

#define TRIES 5000 /* of 2 ms: a bound, not a wait */

static void pause_briefly(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

static void *stay(void *argument)
{
	for (;;)
		pause();
	return argument;
}

/* Touches the page, starts a thread that stays, says so, and leaves the main thread, when it is told to (unless go is -1). */
static void leave_main(char *page, int ready, int go)
{
	pthread_t thread;

	*page = 1;
	if (pthread_create(&thread, NULL, stay, NULL) || write(ready, "r", 1) != 1 ||
	    (go >= 0 && read(go, page, 1) != 1))
		_exit(1);
	syscall(SYS_exit, 0);
}

/* Until its leader has exited. */
static void wait_for_zombie(struct kernel_process *process)
{
	struct buf text = {0};
	struct stat_line stat;
	int i;

	for (i = 0; i < TRIES; i++) {
		buf_clear(&text);
		assert_int_equal(kernel_process_text(process, "stat", &text), 0);
		assert_int_equal(system_stat(text.data, text.len, &stat), 0);
		if (stat.state == 'Z')
			break;
		pause_briefly();
	}
	assert_true(i < TRIES);
	assert_int_equal(stat.threads, 2);
	buf_fini(&text);
}

/* The process lives on without its leader: its memory is that of its other thread. */
static void test_leader_exited(void **state)
{
	struct kernel *kernel = open_proc();
	char *page = map_aligned(kernel->page_size, kernel->page_size), byte;
	struct kernel_process *process;
	struct buf text = {0};
	int ready[2], i, status;
	uint64_t word, size;
	siginfo_t ended;
	pid_t pid;

	(void)state;
	assert_return_code(pipe(ready), errno);
	pid = fork();
	assert_return_code(pid, errno);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		leave_main(page, ready[1], -1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	process = open_pid(kernel, pid);
	wait_for_zombie(process);
	for (i = 0; i < 2; i++) {
		buf_clear(&text);
		assert_int_equal(kernel_process_text(process, "maps", &text), 0);
		assert_true(text.len > 0);
		buf_clear(&text);
		assert_int_equal(kernel_process_text(process, "smaps", &text), 0);
		assert_true(text.len > 0);
		buf_clear(&text);
		assert_int_equal(kernel_process_text(process, "status", &text), 0);
		assert_non_null(strstr(text.data, "VmPTE:"));
		assert_int_equal(kernel_pagemap(process, (uintptr_t)page, 1, &word), 1);
		assert_true(word & PM_PRESENT);
		if (!kernel_vma_page_size(process, (uintptr_t)page, &size))
			assert_int_equal(size, kernel->page_size);
	}
	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOWAIT), 0);
	/* It is there until it is waited for, but not the thread that was looked through: as of a zombie, nothing. */
	buf_clear(&text);
	assert_int_equal(kernel_process_text(process, "smaps", &text), 0);
	assert_int_equal(kernel_process_text(process, "maps", &text), 0);
	assert_int_equal(text.len, 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	/* And then it is gone. */
	assert_int_equal(kernel_process_text(process, "maps", &text), -ESRCH);
	assert_int_equal(kernel_pagemap(process, (uintptr_t)page, 1, &word), -ESRCH);
	kernel_process_close(process);
	munmap(page, kernel->page_size);
	kernel_close(kernel);
	close(ready[0]);
	close(ready[1]);
	buf_fini(&text);
}

/* It leaves behind the look at maps: what is asked then is told by who stays, and is never that there is nothing. */
static void test_leader_exits(void **state)
{
	struct kernel *kernel = open_proc();
	char *page = map_aligned(kernel->page_size, kernel->page_size), byte;
	struct scan_range range = {0};
	struct kernel_scan scan = {
		.from = (uintptr_t)page, .to = (uintptr_t)page + kernel->page_size, .out = &range, .room = 1};
	struct kernel_process *process;
	struct buf text = {0};
	int ready[2], go[2];
	uint64_t word;
	pid_t pid;

	(void)state;
	assert_return_code(pipe(ready), errno);
	assert_return_code(pipe(go), errno);
	pid = fork();
	assert_return_code(pid, errno);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		leave_main(page, ready[1], go[0]);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	process = open_pid(kernel, pid);
	assert_int_equal(kernel_process_text(process, "maps", &text), 0);
	assert_true(text.len > 0);
	assert_int_equal(write(go[1], "g", 1), 1);
	wait_for_zombie(process);
	if (capable(&kernel->caps, CAP_PAGEMAP_SCAN)) {
		assert_int_equal(kernel_scan(process, &scan), 0);
		assert_int_equal(scan.n, 1);
		assert_true(range.categories & SCAN_PRESENT);
	}
	assert_int_equal(kernel_pagemap(process, (uintptr_t)page, 1, &word), 1);
	assert_true(word & PM_PRESENT);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	kernel_process_close(process);
	munmap(page, kernel->page_size);
	kernel_close(kernel);
	close(ready[0]);
	close(ready[1]);
	close(go[0]);
	close(go[1]);
	buf_fini(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_leader_exited),
		cmocka_unit_test(test_leader_exits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
