/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Births, programs and ends of watched processes are told by the next live sample, once. */
#include "happened_common.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../skip.h"
#include "local/local_parts.h"
#include "local/owners.h"

#define COLLAPSE 25 /* MADV_COLLAPSE */

static struct source *source;
static pid_t specimen;

static int setup(void **state)
{
	(void)state;
	source = open_source();
	assert_int_equal(source_spawn(source, &specimen), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	source_close(source);
	return 0;
}

static struct moment *sample(void)
{
	const struct watch watch = {.pids = &specimen, .n = 1, .follow = true, .live = true};

	return source_sample(source, &watch);
}

static void test_life(void **state)
{
	const struct event *event;
	struct moment *moment;
	pid_t kid = 0;

	(void)state;
	do_act(source, "map anon 4M as A");
	moment_free(sample());
	if (!happened_trace(local_of(source)->happened))
		SKIP("perf_events", "forks are not heard without perf events");
	do_act(source, "fork as kid");
	moment = sample();
	print_events(moment);
	event = event_at(moment, EVENT_FORK, specimen, 0);
	assert_non_null(event);
	kid = event->child;
	assert_true(kid > 0);
	assert_true(event->mono_ns > 0 && event->wall_ns > 0);
	assert_int_equal(event->len, 0);
	moment_free(moment);
	do_act(source, "exit kid");
	moment = sample();
	print_events(moment);
	assert_non_null(event_at(moment, EVENT_EXIT, kid, 0));
	assert_int_equal(count_events(moment, EVENT_EXIT), 1);
	moment_free(moment);
	moment = sample();
	assert_int_equal(count_events(moment, EVENT_EXIT), 0);
	moment_free(moment);
}

/* An exec is told, and what is mapped otherwise after it is no news of its own. */
static void test_exec(void **state)
{
	const struct event *event;
	struct moment *moment = NULL;
	struct watch watch = {.n = 1, .live = true};
	int ends[2], i;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		char byte;

		signal(SIGPIPE, SIG_DFL);
		if (read(ends[0], &byte, 1) == 1)
			execlp("sleep", "sleep", "60", (char *)NULL);
		_exit(1);
	}
	watch.pids = &pid;
	moment_free(source_sample(source, &watch));
	assert_int_equal(write(ends[1], "x", 1), 1);
	if (!happened_trace(local_of(source)->happened)) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		SKIP("perf_events", "execs are not heard without perf events");
	}
	for (i = 0, event = NULL; i < TRIES && !event; i++) {
		moment_free(moment);
		nap();
		moment = source_sample(source, &watch);
		print_events(moment);
		assert_int_equal(count_events(moment, EVENT_MAPPING), 0);
		event = event_at(moment, EVENT_EXEC, pid, 0);
	}
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_non_null(event);
	assert_string_equal(event->by, "sleep");
	moment_free(moment);
	moment = source_sample(source, &watch);
	assert_non_null(event_at(moment, EVENT_EXIT, pid, 0));
	moment_free(moment);
	close(ends[0]);
	close(ends[1]);
}

/* What the other thread works on, and hears and says by. */
struct other {
	char *memory;
	size_t len;
	bool unasked; /* it would be huge without that */
	int hears, says;
};

/* Outlives the main thread; collapses the memory at the first byte, at the second one ends, the last of all. */
static void *outlive(void *argument)
{
	const struct other *other = argument;
	char byte;

	if (read(other->hears, &byte, 1) == 1) {
		if (other->unasked)
			madvise(other->memory, other->len, MADV_HUGEPAGE);
		byte = madvise(other->memory, other->len, COLLAPSE) ? 'n' : 'y';
		if (write(other->says, &byte, 1) != 1 || read(other->hears, &byte, 1) != 1)
			_exit(1);
	}
	syscall(SYS_exit, 0);
	return NULL;
}

/* One thread of a process makes small memory, says where, and leaves the rest to the other. */
static void leave_to_other(struct other *other)
{
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Advised only where it must be, lest khugepaged is the first to collapse it. */
	if (other->unasked)
		madvise(other->memory, other->len, MADV_NOHUGEPAGE);
	memset(other->memory, 1, other->len);
	if (pthread_create(&thread, NULL, outlive, other) || write(other->says, "r", 1) != 1)
		_exit(1);
	syscall(SYS_exit, 0);
}

/* A slot, untouched. */
static char *slot_memory(size_t pmd)
{
	char *memory = mmap(NULL, 2 * pmd, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(memory != MAP_FAILED);
	return memory + (pmd - (uintptr_t)memory % pmd) % pmd;
}

/* Makes a child for each byte, says so, and ends behind the last byte; or makes one at the first, and that does all this. */
static void beget(int hears, int says, bool by_child)
{
	pid_t pid;
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (read(hears, &byte, 1) != 1)
		_exit(1);
	pid = by_child ? fork() : 0;
	if (pid) {
		waitpid(pid, NULL, 0);
		_exit(0);
	}
	do {
		pid = fork();
		if (!pid)
			_exit(0);
		if (waitpid(pid, NULL, 0) != pid || write(says, &byte, 1) != 1)
			_exit(1);
	} while (read(hears, &byte, 1) == 1);
	_exit(0);
}

static void make_one(const int *to, const int *from)
{
	char byte = 'c';

	assert_int_equal(write(to[1], &byte, 1), 1);
	assert_int_equal(read(from[0], &byte, 1), 1);
}

/* Whose ancestor is not watched any more is nobody's business: neither what it did before that, nor after. */
static void test_left(void **state)
{
	struct watch watch = {.n = 1, .live = true}, other = {.pids = &specimen, .n = 1, .live = true};
	struct moment *moment;
	int to[2], from[2], i;
	pid_t pid;

	(void)state;
	assert_return_code(pipe2(to, O_CLOEXEC) | pipe2(from, O_CLOEXEC), errno);
	pid = fork();
	if (!pid) {
		close(to[1]);
		beget(to[0], from[1], true);
	}
	watch.pids = &pid;
	moment_free(source_sample(source, &watch));
	make_one(to, from);
	moment = source_sample(source, &watch);
	print_events(moment);
	if (happened_trace(local_of(source)->happened)) {
		assert_int_equal(count_events(moment, EVENT_FORK), 2); /* the child, and its own */
		assert_int_equal(count_events(moment, EVENT_EXIT), 1);
	}
	moment_free(moment);
	for (i = 0; i < 3; i++) {
		make_one(to, from);
		moment = source_sample(source, &other);
		print_events(moment);
		assert_int_equal(count_events(moment, EVENT_FORK) + count_events(moment, EVENT_EXIT), 0);
		moment_free(moment);
	}
	close(to[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(to[0]);
	close(from[0]);
	close(from[1]);
	if (!happened_trace(local_of(source)->happened))
		SKIP("perf_events", "forks are not heard without perf events");
}

/* A split of what is split asks the kernel for nothing: what the process did by itself before that is told all the same. */
static void test_split_already(void **state)
{
	struct trigger trigger = {.kind = TRIGGER_SPLIT, .inject = true, .order = -1};
	struct watch watch = {.pids = &trigger.pid, .n = 1, .live = true};
	char *memory = slot_memory(source->pmd_size);
	struct arena arena = {0};
	struct moment *moment;
	struct event event;
	int to[2], from[2];

	(void)state;
	madvise(memory, source->pmd_size, MADV_NOHUGEPAGE);
	memset(memory, 1, source->pmd_size);
	assert_return_code(pipe2(to, O_CLOEXEC) | pipe2(from, O_CLOEXEC), errno);
	trigger.pid = fork();
	if (!trigger.pid) {
		close(to[1]);
		beget(to[0], from[1], false);
	}
	trigger.addr = (uintptr_t)memory;
	moment_free(source_sample(source, &watch));
	make_one(to, from);
	assert_int_equal(source_trigger(source, &trigger, &watch, &arena, &event), 0);
	printf("# %s\n", event.why);
	assert_string_equal(event.how, "");
	moment = source_sample(source, &watch);
	print_events(moment);
	if (happened_trace(local_of(source)->happened))
		assert_non_null(event_at(moment, EVENT_FORK, trigger.pid, 0));
	moment_free(moment);
	arena_fini(&arena);
	close(to[1]);
	assert_int_equal(waitpid(trigger.pid, NULL, 0), trigger.pid);
	close(to[0]);
	close(from[0]);
	close(from[1]);
	if (!happened_trace(local_of(source)->happened))
		SKIP("perf_events", "forks are not heard without perf events");
}

/* (Above PID_MAX_LIMIT of include/linux/threads.h: nobody's.) */
#define NOBODY ((pid_t)1 << 23)

static bool hears_fork(struct owners *owners, pid_t by, pid_t child, pid_t root)
{
	const struct trace_record record = {.kind = TRACE_FORK, .by = by, .child = child};
	pid_t whose;
	const bool heard = owners_concern(owners, &record, 1, 0, &whose);

	assert_int_equal(whose, heard ? root : 0);
	return heard;
}

static void watches(struct owners *owners, struct process *processes, size_t n)
{
	const struct moment moment = {.processes = processes, .n_processes = n};

	owners_update(owners, &moment);
}

/* Who is kin, as the watch changes and numbers are used again. */
static void test_kin(void **state)
{
	struct process one = {.pid = NOBODY + 1}, other = {.pid = NOBODY + 2};
	struct process both[] = {one, {.pid = NOBODY + 3}}, child = both[1];
	struct owners owners = {0};
	pid_t pid;

	(void)state;
	watches(&owners, &one, 1);
	assert_true(hears_fork(&owners, one.pid, child.pid, one.pid));
	assert_true(hears_fork(&owners, child.pid, NOBODY + 4, one.pid));
	/* Followed, and gone again: its children are of the family still. */
	watches(&owners, both, 2);
	assert_true(hears_fork(&owners, child.pid, NOBODY + 5, one.pid));
	watches(&owners, &one, 1);
	assert_true(hears_fork(&owners, NOBODY + 5, NOBODY + 6, one.pid));
	/* A stranger's child has the number now. */
	assert_false(hears_fork(&owners, NOBODY + 7, NOBODY + 6, 0));
	assert_false(hears_fork(&owners, NOBODY + 6, NOBODY + 8, 0));
	/* However many there were. */
	for (pid = NOBODY + 10; pid < NOBODY + 5000; pid++)
		assert_true(hears_fork(&owners, one.pid, pid, one.pid));
	watches(&owners, &other, 1);
	assert_false(hears_fork(&owners, NOBODY + 10, NOBODY + 9, 0));
	assert_true(hears_fork(&owners, other.pid, NOBODY + 8, other.pid));
	assert_true(hears_fork(&owners, NOBODY + 8, NOBODY + 9, other.pid));
	/* One who was followed is watched for its own sake. */
	watches(&owners, both, 2);
	watches(&owners, &child, 1);
	assert_true(hears_fork(&owners, child.pid, NOBODY + 4, child.pid));
	owners_fini(&owners);
}

static void allow_files(rlim_t n)
{
	struct rlimit limit;

	assert_return_code(getrlimit(RLIMIT_NOFILE, &limit), errno);
	limit.rlim_cur = n;
	assert_return_code(setrlimit(RLIMIT_NOFILE, &limit), errno);
}

/* Nothing could be opened when listening was to begin: that is said of the moments, and is tried again. */
static void test_no_files(void **state)
{
	struct happened *happened = local_of(source)->happened;
	struct moment *moment;
	struct rlimit before;
	int i;

	(void)state;
	if (!capable(&source->caps, CAP_TRACEPOINTS))
		SKIP("tracepoints", "%s", source->caps.missing[CAP_TRACEPOINTS]);
	assert_return_code(getrlimit(RLIMIT_NOFILE, &before), errno);
	allow_files(1);
	assert_null(happened_trace(happened));
	allow_files(before.rlim_cur);
	assert_non_null(strstr(happened_unheard(happened), "too few files"));
	moment = sample();
	if (happened_unheard(happened)) {
		assert_false(capable(&moment->caps, CAP_TRACEPOINTS));
		assert_non_null(strstr(moment->caps.missing[CAP_TRACEPOINTS], "too few files"));
	}
	moment_free(moment);
	for (i = 0; i < TRIES && !happened_trace(happened); i++)
		nap();
	assert_null(happened_unheard(happened));
	moment = sample();
	assert_true(capable(&moment->caps, CAP_TRACEPOINTS));
	moment_free(moment);
}

static bool is_zombie(pid_t pid)
{
	char path[32], text[256] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (file && !fgets(text, sizeof(text), file))
		*text = '\0';
	if (file)
		fclose(file);
	return strstr(text, ") Z ");
}

/* The main thread is gone; what another does to the memory is the process's, and its end is the process's end. */
static void test_leader(void **state)
{
	const struct event *event = NULL;
	struct moment *moment = NULL;
	struct watch watch = {.n = 1, .live = true};
	struct other other = {.len = source->pmd_size, .unasked = always()};
	int to[2], from[2], i;
	size_t exits = 0;
	char answer = 'n';
	pid_t pid;

	(void)state;
	if (!happened_trace(local_of(source)->happened) || !capable(&source->caps, CAP_TRACEPOINTS))
		SKIP("tracepoints", "%s", source->caps.missing[CAP_TRACEPOINTS]);
	other.memory = slot_memory(other.len);
	assert_return_code(pipe2(to, O_CLOEXEC) | pipe2(from, O_CLOEXEC), errno);
	other.hears = to[0];
	other.says = from[1];
	pid = fork();
	if (!pid)
		leave_to_other(&other);
	close(from[1]);
	watch.pids = &pid;
	assert_int_equal(read(from[0], &answer, 1), 1);
	moment_free(source_sample(source, &watch));
	for (i = 0; i < TRIES && !is_zombie(pid); i++)
		nap();
	assert_true(i < TRIES);
	assert_int_equal(write(to[1], "c", 1), 1);
	assert_int_equal(read(from[0], &answer, 1), 1);
	for (i = 0; answer == 'y' && i < TRIES && !event; i++) {
		moment_free(moment);
		moment = source_sample(source, &watch);
		print_events(moment);
		exits += count_events(moment, EVENT_EXIT);
		event = event_at(moment, EVENT_COLLAPSE, pid, (uintptr_t)other.memory);
	}
	if (answer == 'y') {
		assert_int_equal(exits, 0);
		assert_non_null(event);
		assert_string_equal(event->verdict, "succeeded");
		assert_int_equal(event->by_pid, pid);
		if (capable(&source->caps, CAP_PAGEMAP_SCAN)) {
			assert_int_equal(event->n_effects, 1);
			assert_int_equal(event->effects[0].after.mapping, MAPPING_PMD);
		}
	}
	moment_free(moment);
	assert_int_equal(write(to[1], "e", 1), 1);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	for (i = 0; i < 3; i++) {
		moment = source_sample(source, &watch);
		print_events(moment);
		exits += count_events(moment, EVENT_EXIT);
		moment_free(moment);
	}
	assert_int_equal(exits, 1);
	close(to[0]);
	close(to[1]);
	close(from[0]);
	if (answer != 'y')
		SKIP("thp", "no huge page was to be had");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_life, setup, teardown),
		cmocka_unit_test_setup_teardown(test_exec, setup, teardown),
		cmocka_unit_test(test_kin),
		cmocka_unit_test_setup_teardown(test_split_already, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_files, setup, teardown),
		cmocka_unit_test_setup_teardown(test_left, setup, teardown),
		cmocka_unit_test_setup_teardown(test_leader, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
