/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is denied to who triggers, for want of descriptors say, is told as that, and of the target nothing is guessed. */
#include "target_common.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>

#define DESCRIPTORS 40 /* more than a trigger needs, the guardian's numbers included */

static void be_idle(struct told *told, void *argument)
{
	(void)argument;
	told->memory = (uint64_t)(uintptr_t)make_memory();
	memset((void *)(uintptr_t)told->memory, 1, REGION);
	told->ready = 1;
	for (;;)
		pause();
}

static struct trigger cow_of(const struct child *child, bool inject)
{
	return (struct trigger){.kind = TRIGGER_COW,
				.pid = child->pid,
				.addr = child->told->memory,
				.inject = inject,
				.order = -1};
}

/* As pull(), with so many descriptors more than there are. */
static struct pulled pull_with(struct trigger trigger, rlim_t more)
{
	struct kernel *kernel = open_kernel();
	const int next = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	struct rlimit before, few;
	struct pulled pulled;

	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){.rlim_cur = (rlim_t)next + more, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	pulled = pull_on(kernel, trigger);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	kernel_close(kernel);
	return pulled;
}

/* Whichever is the first that there is none for: it is done, or that is the reason. */
static void few_descriptors(struct trigger trigger)
{
	int done = 0;
	rlim_t more;

	for (more = 0; more < DESCRIPTORS; more++) {
		const struct pulled pulled = pull_with(trigger, more);

		if (!pulled.err)
			done++;
		else if (pulled.err != -EMFILE || strstr(pulled.error, "zombie"))
			fail_msg("with %d descriptors: %d %s", (int)more, pulled.err, pulled.error);
	}
	assert_true(done > 0 && done < DESCRIPTORS);
}

static const struct kernel_ops *usual_ops;

static int text_of_6_8(struct kernel *kernel, const char *path, struct buf *out)
{
	if (strcmp(path, "proc/sys/kernel/osrelease"))
		return usual_ops->text(kernel, path, out);
	buf_puts(out, "6.8.12\n");
	return 0;
}

/* Before 6.9 debugfs would pass over an order and split into single pages: then nothing is written to it. */
static void test_older_debugfs(void **state)
{
	struct child child = start_ready(be_idle, NULL);
	struct trigger trigger = cow_of(&child, false);
	struct kernel *kernel = open_kernel();
	struct kernel_ops ops = *kernel->ops;
	struct target_report report;
	char error[256] = "";

	(void)state;
	usual_ops = kernel->ops;
	ops.text = text_of_6_8;
	kernel->ops = &ops;
	trigger.kind = TRIGGER_SPLIT_FOLIO;
	trigger.way = TRIGGER_WAY_DEBUGFS;
	trigger.order = 4;
	assert_int_equal(target_trigger(kernel, &trigger, &report, error, sizeof(error)), -ENOTSUP);
	assert_non_null(strstr(error, "not into order 4; Linux 6.9"));
	kernel->ops = usual_ops;
	kernel_close(kernel);
	end_child(&child);
}

static void test_descriptors(void **state)
{
	struct child child = start_ready(be_idle, NULL);
	struct trigger trigger = cow_of(&child, false);

	(void)state;
	few_descriptors(trigger);
#ifdef __x86_64__
	trigger = cow_of(&child, true);
	trigger.kind = TRIGGER_SPLIT;
	few_descriptors(trigger);
#endif
	assert_free(child.pid);
	end_child(&child);
}

/* A page behind the end of its file. */
static void be_cut(struct told *told, void *argument)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	const int fd = (int)syscall(SYS_memfd_create, "thpscope-cut", 0);
	char *memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

	(void)argument;
	if (ftruncate(fd, (off_t)page) || memory == MAP_FAILED)
		_exit(1);
	told->memory = (uintptr_t)memory + page;
	told->ready = 1;
	for (;;)
		pause();
}

static void test_cut(void **state)
{
	struct child child = start_ready(be_cut, NULL);

	(void)state;
	assert_refused(cow_of(&child, false), -ENXIO, "the file ends before it");
	assert_refused(cow_of(&child, true), -ENXIO, "the file ends before it");
	assert_free(child.pid);
	end_child(&child);
}

/* The page itself is one that nobody brings: nobody is stopped for it, and it ends. */
static void be_far(struct told *told, void *argument)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	char *far = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_register range = {.range = {(uintptr_t)far, page},
					.mode = UFFDIO_REGISTER_MODE_MISSING};
	struct uffdio_api api = {.api = UFFD_API};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	(void)argument;
	told->memory = (uintptr_t)far;
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range))
		told->bad = 77;
	told->ready = 1;
	for (;;)
		pause();
}

static void test_far(void **state)
{
	struct child child = start_ready(be_far, NULL);

	(void)state;
	if (child.told->bad) {
		end_child(&child);
		SKIP("userfaultfd", "no userfaultfd for this user");
	}
	assert_refused(cow_of(&child, false), -EBUSY, "could not be read for 2 s");
	assert_refused(cow_of(&child, true), -EBUSY, "could not be read for 2 s");
	assert_free(child.pid);
	end_child(&child);
}

/* The first child of this process that is not `but`; 0: none. */
static pid_t other_child(pid_t but)
{
	char path[64];
	int child = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)getpid(), (int)getpid());
	file = fopen(path, "r");
	while (file && fscanf(file, "%d", &child) == 1 && child == but)
		child = 0;
	if (file)
		fclose(file);
	return child == but ? 0 : child;
}

static void *kill_guardian(void *argument)
{
	const struct child *child = argument;
	pid_t guardian = 0;

	while (!(guardian = other_child(child->pid)))
		pause_briefly();
	kill(guardian, SIGKILL);
	return NULL;
}

/* Killed by another while it waits for the page, it says nothing of the page. */
static void test_killed_before(void **state)
{
	struct child child = start_ready(be_far, NULL);
	pthread_t killer;

	(void)state;
	if (child.told->bad) {
		end_child(&child);
		SKIP("userfaultfd", "no userfaultfd for this user");
	}
	assert_int_equal(pthread_create(&killer, NULL, kill_guardian, &child), 0);
	assert_refused(cow_of(&child, false), -EAGAIN, "ended before it began; nobody was stopped");
	assert_int_equal(pthread_join(killer, NULL), 0);
	assert_free(child.pid);
	end_child(&child);
}

#ifdef __x86_64__

/* What the guardian's ptrace is denied, from the nth request of it on, as it would be by a filter of calls. */
static struct {
	int request, from;
	bool blind; /* and from then on it can open nothing */
} denied;

/* The linker gives it all calls of ptrace (--wrap), and the C library's another name. */
long __real_ptrace(enum __ptrace_request request, ...);
long __wrap_ptrace(enum __ptrace_request request, ...);
long __wrap_ptrace(enum __ptrace_request request, ...)
{
	static int seen;
	va_list args;
	pid_t pid;
	void *addr, *data;

	va_start(args, request);
	pid = va_arg(args, pid_t);
	addr = va_arg(args, void *);
	data = va_arg(args, void *);
	va_end(args);
	if ((int)request != denied.request || ++seen < denied.from)
		return __real_ptrace(request, pid, addr, data);
	if (denied.blind)
		setrlimit(RLIMIT_NOFILE, &(struct rlimit){0});
	errno = EPERM;
	return -1;
}

/* One that is led astray dies of it, and is no second run of the tests (cmocka goes on after a SIGSEGV). */
static void be_led(struct told *told, void *argument)
{
	signal(SIGSEGV, SIG_DFL);
	signal(SIGILL, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
	be_idle(told, argument);
}

/* What cannot be put back is told, as what cannot be known before it is begun. */
static void deny(int request, int from, bool blind, int err, const char *word)
{
	struct child child = start_ready(be_led, NULL);

	denied.request = request;
	denied.from = from;
	denied.blind = blind;
	assert_refused(cow_of(&child, true), err, word);
	denied.request = 0;
	if (err != -EIO)
		assert_free(child.pid);
	end_child(&child);
}

static void test_not_put_back(void **state)
{
	(void)state;
	deny(PTRACE_SETREGSET, 2, false, -EIO, "give thread");
	deny(PTRACE_SETSIGMASK, 2, false, -EIO, "give thread");
	deny(PTRACE_SETSIGMASK, 1, false, -EAGAIN, "nothing was changed");
	deny(PTRACE_SETREGSET, 1, false, -EAGAIN, "nothing was changed");
	deny(PTRACE_SYSCALL, 1, false, -EIO, "whether the call was made is not known");
	deny(PTRACE_SYSCALL, 2, false, -EIO, "whether the call was made is not known");
	deny(PTRACE_GETREGSET, 2, false, -EIO, "whether the call was made is not known");
}

/* Whether it is under seccomp cannot be read, and may not be suspended. */
static void test_blind(void **state)
{
	(void)state;
	deny(PTRACE_SETOPTIONS, 1, true, -EAGAIN, "nothing was changed");
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_descriptors),   cmocka_unit_test(test_cut),
		cmocka_unit_test(test_far),	      cmocka_unit_test(test_killed_before),
		cmocka_unit_test(test_older_debugfs),
#ifdef __x86_64__
		cmocka_unit_test(test_not_put_back),  cmocka_unit_test(test_blind),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
