/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a process that only looks can still do, and what fails, each in a child of its own. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "privilege/privilege.h"

static char byte = 'a';
static char there[] = "/tmp/privilege-XXXXXX";
static int shared; /* memory of System V's */

/* Each returns what its call did: 0 or more, or -1 with errno. `other` is a process that sleeps. */
static long write_other(pid_t other)
{
	struct iovec iov = {&byte, 1};

	return process_vm_writev(other, &iov, 1, &iov, 1, 0);
}

static long read_other(pid_t other)
{
	char into;
	struct iovec local = {&into, 1}, remote = {&byte, 1};

	return process_vm_readv(other, &local, 1, &remote, 1, 0);
}

static long trace_other(pid_t other)
{
	return ptrace(PTRACE_SEIZE, other, 0, 0);
}

static long advise(pid_t other)
{
	struct iovec iov = {(void *)((uintptr_t)&byte & ~UINT64_C(4095)), 4096};
	int pidfd = (int)syscall(SYS_pidfd_open, other, 0);

	return syscall(440, pidfd, &iov, 1, 20 /* MADV_COLD */, 0);
}

/* Of nobody: whoever has not CAP_SYS_NICE is refused anyhow, but not before this is found out. */
static long advise_nobody(pid_t other)
{
	struct iovec iov = {&byte, 1};

	(void)other;
	return syscall(440, -1, &iov, 1, 20, 0);
}

static long open_as(pid_t other, int flags)
{
	char of[64];

	snprintf(of, sizeof(of), "/proc/%d/mem", (int)other);
	return open(of, flags);
}

static long memory_rdwr(pid_t other)
{
	return open_as(other, O_RDWR);
}

static long memory_append(pid_t other)
{
	return open_as(other, O_WRONLY | O_CREAT | O_APPEND);
}

static long memory_truncate(pid_t other)
{
	return open_as(other, O_RDONLY | O_TRUNC);
}

static long memory_old_open(pid_t other)
{
	char of[64];

	snprintf(of, sizeof(of), "/proc/%d/mem", (int)other);
#ifdef SYS_open
	return syscall(SYS_open, of, O_RDWR);
#else
	return open(of, O_RDWR);
#endif
}

static long memory_read(pid_t other)
{
	return open_as(other, O_RDONLY);
}

static long memory_openat2(pid_t other)
{
	uint64_t how[3] = {O_RDWR, 0, 0};
	char of[64];

	snprintf(of, sizeof(of), "/proc/%d/mem", (int)other);
	return syscall(437, AT_FDCWD, of, how, sizeof(how));
}

static long ring(pid_t other)
{
	uint64_t parameters[15] = {0};

	(void)other;
	return syscall(425, 1, parameters);
}

static long steal(pid_t other)
{
	return syscall(438, syscall(SYS_pidfd_open, other, 0), 0, 0);
}

/* The kernel opens what its events are about, for reading and writing if it was asked to. */
static long watch_files(pid_t other)
{
	(void)other;
	return syscall(SYS_fanotify_init, 0, O_RDWR);
}

/* System V's shared memory has no file that could be refused: whoever attaches it writes what others have attached. */
static long attach_shared(pid_t other)
{
	(void)other;
	return (long)shmat(shared, NULL, 0);
}

/* What mount(2) does of old: another page size for a tmpfs that is mounted (its huge=). */
static long pick_mount(pid_t other)
{
	(void)other;
	return syscall(433, AT_FDCWD, "/", 0);
}

static long move_mount_nobody(pid_t other)
{
	(void)other;
	return syscall(429, -1, "nothing", -1, "nothing", 0);
}

static long file_there(pid_t other)
{
	(void)other;
	return open(there, O_WRONLY);
}

static long file_truncate(pid_t other)
{
	(void)other;
	return truncate(there, 0);
}

static long file_new(pid_t other)
{
	char new[sizeof(there) + 8];

	(void)other;
	snprintf(new, sizeof(new), "%s-new", there);
	unlink(new);
	return open(new, O_WRONLY | O_CREAT | O_EXCL, 0600) < 0 ? -1 : unlink(new);
}

static long file_unnamed(pid_t other)
{
	(void)other;
	return open("/tmp", O_TMPFILE | O_RDWR, 0600);
}

#ifdef __x86_64__
/* The same machine's other two ways to call the kernel. */
static long by_x32(pid_t other)
{
	return syscall(0x40000000 + SYS_getppid) == -1 ? -1 : other;
}

static long by_x32_of_old(pid_t other)
{
	(void)other;
	return syscall(540 /* process_vm_writev */, -1, NULL, 0, NULL, 0, 0);
}

static long by_i386(pid_t other)
{
	int result;

	(void)other;
	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(20 /* getpid */)
			 : "memory", "r8", "r9", "r10", "r11");
	errno = result < 0 ? -result : 0;
	return result < 0 ? -1 : result;
}
#endif

/* The errno with which it fails, 0: it does not. After privilege_read_only if `only`. */
static int fails(long (*call)(pid_t), bool only)
{
	pid_t other = fork(), pid;
	int status;

	if (!other)
		for (;;)
			pause();
	pid = fork();
	if (!pid) {
		char error[256];

		if (only && privilege_read_only(error, sizeof(error)))
			_exit(255);
		_exit(call(other) < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	assert_true(WIFEXITED(status));
	assert_int_not_equal(WEXITSTATUS(status), 255);
	return WEXITSTATUS(status);
}

static void refuses_what_changes_others(void **state)
{
	static const struct {
		const char *name;
		long (*call)(pid_t);
	} calls[] = {
		{"process_vm_writev", write_other},
		{"process_vm_readv", read_other},
		{"ptrace", trace_other},
		{"process_madvise", advise},
		{"process_madvise of nobody", advise_nobody},
		{"open of mem", memory_rdwr},
		{"open of mem to append", memory_append},
		{"open of mem to truncate", memory_truncate},
		{"open(2) of mem", memory_old_open},
		{"openat2", memory_openat2},
		{"io_uring_setup", ring},
		{"pidfd_getfd", steal},
		{"shmat", attach_shared},
		{"fanotify_init", watch_files},
		{"fspick", pick_mount},
		{"move_mount", move_mount_nobody},
		{"open of a file that is there", file_there},
		{"truncate", file_truncate},
#ifdef __x86_64__
		{"x32", by_x32},
		{"x32 before 5.4", by_x32_of_old},
		{"i386", by_i386},
#endif
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		print_message("# %s: without %d, read-only %d\n", calls[i].name, fails(calls[i].call, false),
			      fails(calls[i].call, true));
		assert_int_equal(fails(calls[i].call, true), EPERM);
	}
	/* That it is the filter that refuses: without it they do what they say. */
	assert_int_equal(fails(write_other, false), 0);
	assert_int_equal(fails(read_other, false), 0);
	assert_int_equal(fails(trace_other, false), 0);
	assert_int_equal(fails(advise_nobody, false), EBADF);
	assert_int_equal(fails(memory_rdwr, false), 0);
	assert_int_equal(fails(memory_append, false), 0);
	assert_int_equal(fails(file_there, false), 0);
	assert_int_equal(fails(file_truncate, false), 0);
	assert_int_equal(fails(attach_shared, false), 0);
	if (!geteuid()) {
		assert_int_equal(fails(watch_files, false), 0);
		assert_int_equal(fails(pick_mount, false), 0);
		assert_int_equal(fails(move_mount_nobody, false), EBADF);
	}
}

static void leaves_looking_and_new_files(void **state)
{
	(void)state;
	assert_int_equal(fails(memory_read, true), 0);
	assert_int_equal(fails(file_new, true), 0);
	assert_int_equal(fails(file_unnamed, true), 0);
}

/* What is started has the filter too, and nothing gains by exec. */
static long by_exec(pid_t other)
{
	char command[128];

	snprintf(command, sizeof(command), "exec 2>&-; : >>/proc/%d/mem", (int)other);
	errno = EPERM;
	return system(command) ? -1 : 0;
}

static void holds_for_what_is_started(void **state)
{
	(void)state;
	assert_int_equal(fails(by_exec, true), EPERM);
	assert_int_equal(fails(by_exec, false), 0);
}

static pthread_barrier_t barrier;

static void *sleeper(void *result)
{
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	*(int *)result = open("/proc/self/mem", O_RDWR) < 0 ? errno : 0;
	return NULL;
}

static long other_thread(pid_t other)
{
	pthread_t thread;
	char error[256];
	int found = 0;

	(void)other;
	pthread_barrier_init(&barrier, NULL, 2);
	pthread_create(&thread, NULL, sleeper, &found);
	pthread_barrier_wait(&barrier);
	if (privilege_read_only(error, sizeof(error)))
		return 0;
	pthread_barrier_wait(&barrier);
	pthread_join(thread, NULL);
	errno = found;
	return found ? -1 : 0;
}

static void holds_for_threads_that_were_there(void **state)
{
	(void)state;
	assert_int_equal(fails(other_thread, false), EPERM);
}

static long none_to_gain(pid_t other)
{
	(void)other;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : -1;
}

static void gains_nothing_by_exec(void **state)
{
	(void)state;
	assert_int_equal(fails(none_to_gain, true), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_changes_others),
		cmocka_unit_test(leaves_looking_and_new_files),
		cmocka_unit_test(holds_for_what_is_started),
		cmocka_unit_test(holds_for_threads_that_were_there),
		cmocka_unit_test(gains_nothing_by_exec),
	};
	int failed;

	close(mkstemp(there));
	shared = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	failed = cmocka_run_group_tests_name("privilege_read_only", tests, NULL, NULL);
	unlink(there);
	shmctl(shared, IPC_RMID, NULL);
	return failed;
}
