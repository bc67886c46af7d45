/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call that does not come back: what it waits for is stopped for its sake, or its cgroup is frozen. The other threads
 * go on, and the one that makes the call has its registers again when it ends.
 */
#include "target_common.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

/* What the process that serves its own memory is told, besides `told`. */
struct service {
	int file; /* one page, mapped privately */
	struct told *told;
	int uffd;
	_Atomic int withhold; /* answer no write */
	_Atomic int again;    /* make the page as it was in the beginning */
	_Atomic uint64_t served;
};

static uint64_t page_bytes(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Brings the page whenever somebody waits for it. */
static void *serve(void *argument)
{
	struct service *service = argument;
	struct uffdio_range range = {service->told->memory, page_bytes()};
	struct uffd_msg msg;

	while (read(service->uffd, &msg, sizeof(msg)) == sizeof(msg)) {
		while (service->withhold && (msg.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WRITE))
			service->told->progress[1]++;
		if (pwrite(service->file, "x", 1, 0) != 1 || ioctl(service->uffd, UFFDIO_WAKE, &range))
			_exit(2);
		service->served++;
	}
	_exit(3);
}

static void be_server(struct told *told, void *argument)
{
	struct service *service = argument;
	char *page = mmap(NULL, page_bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE, service->file, 0);
	struct uffdio_register range = {.range = {(uintptr_t)page, page_bytes()},
					.mode = UFFDIO_REGISTER_MODE_MISSING};
	struct uffdio_api api = {.api = UFFD_API};
	pthread_t thread;

	told->memory = (uintptr_t)page;
	service->told = told;
	service->uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	if (service->uffd < 0 || ioctl(service->uffd, UFFDIO_API, &api) ||
	    ioctl(service->uffd, UFFDIO_REGISTER, &range))
		told->bad = 77;
	else if (pthread_create(&thread, NULL, serve, service))
		_exit(1);
	told->ready = 1;
	for (;;) {
		told->progress[0]++;
		if (service->again) {
			madvise(page, page_bytes(), MADV_DONTNEED);
			service->again = 0;
		}
	}
}

/*
 * From outside the page is taken out of the file again a while after somebody got it: in one of some tries between the
 * guardian's last look and its call. (Taken all the time it is mostly away at that look already, the more so the slower the
 * machine.)
 */
static pid_t start_taking(const struct service *service)
{
	const pid_t parent = getpid(), pid = fork();
	unsigned round;

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (round = 1; getppid() == parent; round = round * 1103515245u + 12345u) {
		const struct timespec wait = {.tv_nsec = (long)(round >> 16) % 1000 * 1500};
		const uint64_t served = service->served;

		if (fallocate(service->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			      (off_t)page_bytes()))
			_exit(1);
		while (service->served == served && getppid() == parent)
			sched_yield();
		nanosleep(&wait, NULL);
	}
	_exit(0);
}

/* Triggers until a call had to wait. */
static struct pulled pull_late(const struct child *child, struct service *service)
{
	struct pulled pulled;
	int tries;

	for (tries = 0; tries < 5000; tries++) {
		service->again = 1;
		UNTIL(!service->again);
		pulled = pull((struct trigger){
			.kind = TRIGGER_COW, .pid = child->pid, .addr = child->told->memory, .inject = true});
		/* It is away at the guardian's last look, as a rule. */
		if (pulled.err != -EFAULT && (pulled.err || *pulled.report.reason))
			return pulled;
		assert_true(pulled.err || !pulled.report.error);
	}
	fail_msg("no call in %d had to wait", tries);
	return pulled;
}

/* No child but this. */
static bool alone(pid_t but)
{
	char path[64], line[256];
	int fd;
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)getpid(), (int)getpid());
	fd = open(path, O_RDONLY);
	len = read(fd, line, sizeof(line) - 1);
	close(fd);
	line[len > 0 ? len : 0] = '\0';
	return atoi(line) == but && !strchr(strchr(line, ' ') + 1, ' ');
}

static void assert_goes_on(const struct child *child)
{
	const uint64_t before = child->told->progress[0];

	UNTIL(child->told->progress[0] > before);
	assert_free(child->pid);
}

static void test_served_by_itself(void **state)
{
	struct service *service =
		mmap(NULL, sizeof(*service), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct child child;
	struct pulled pulled;
	uint64_t before;
	pid_t taker;
	int status;

	(void)state;
	service->file = memfd_create("served", MFD_CLOEXEC);
	assert_int_equal(ftruncate(service->file, (off_t)page_bytes()), 0);
	child = start_ready(be_server, service);
	if (child.told->bad) {
		end_child(&child);
		SKIP("userfaultfd", "no userfaultfd for this user");
	}
	taker = start_taking(service);

	/* Who serves the page runs again after a moment, and the call comes to its end. */
	pulled = pull_late(&child, service);
	assert_done(&pulled);
	assert_int_equal(pulled.report.result, page_bytes());
	assert_non_null(strstr(pulled.report.reason, "had to wait"));
	assert_goes_on(&child);

	/* It is not served for longer than anybody looks on: all but the one thread go on, and at last that too. */
	service->withhold = 1;
	pulled = pull_late(&child, service);
	assert_int_equal(pulled.err, -EIO);
	assert_non_null(strstr(pulled.error, "waits in the kernel"));
	before = child.told->progress[1];
	UNTIL(child.told->progress[1] > before);
	assert_string_not_equal(status_field(child.pid, "TracerPid"), "0");
	kill(taker, SIGKILL);
	assert_int_equal(waitpid(taker, &status, 0), taker);
	before = child.told->progress[0];
	service->withhold = 0;
	UNTIL(child.told->progress[0] > before);
	UNTIL(alone(child.pid));
	assert_goes_on(&child);
	end_child(&child);
	close(service->file);
	munmap(service, sizeof(*service));
}

/* Where cgroup2 is mounted; "" if it is not. */
static const char *cgroup2(void)
{
	static char at[256];
	char line[1024], type[64];
	FILE *file = fopen("/proc/mounts", "r");
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = sscanf(line, "%*s %255s %63s", at, type) == 2 && !strcmp(type, "cgroup2");
	if (file)
		fclose(file);
	return found ? at : "";
}

static bool put(const char *group, const char *name, const char *text)
{
	char path[512];
	bool fine;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", group, name);
	fd = open(path, O_WRONLY);
	fine = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return fine;
}

/* Whatever becomes of the test: nobody stays frozen. */
static char group[300];

static int thaw(void **state)
{
	(void)state;
	if (*group && !access(group, F_OK)) {
		put(group, "cgroup.kill", "1");
		put(group, "cgroup.freeze", "0");
		UNTIL(!rmdir(group));
	}
	return 0;
}

static bool is_frozen(void)
{
	char path[512], text[256] = "";
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.events", group);
	fd = open(path, O_RDONLY);
	if (read(fd, text, sizeof(text) - 1) < 0)
		*text = '\0';
	close(fd);
	return strstr(text, "frozen 1");
}

/* A thread of a frozen cgroup is stopped like any other, and makes no call: nothing is left of it. */
static void test_frozen(void **state)
{
	struct child child = start_ready(be_worker, NULL);
	struct trigger trigger = {.kind = TRIGGER_COW, .pid = child.pid, .addr = child.told->memory};
	char pid[16];
	struct pulled pulled;
	uint64_t progress;
	int kind;

	(void)state;
	snprintf(group, sizeof(group), "%s/thpscope-test-%d", cgroup2(), (int)getpid());
	snprintf(pid, sizeof(pid), "%d", (int)child.pid);
	if (!*cgroup2() || mkdir(group, 0755)) {
		end_child(&child);
		*group = '\0';
		SKIP("freezer", "no cgroup can be made under '%s'", cgroup2());
	}
	assert_true(put(group, "cgroup.procs", pid));
	assert_true(put(group, "cgroup.freeze", "1"));
	UNTIL(is_frozen());
	progress = child.told->progress[0];
	for (kind = 0; kind < 2; kind++) {
		trigger.kind = kind ? TRIGGER_SPLIT : TRIGGER_COW;
		trigger.inject = true;
		assert_refused(trigger, -EAGAIN, "frozen");
	}
	trigger = (struct trigger){.kind = TRIGGER_COW, .pid = child.pid, .addr = child.told->memory};
	pulled = pull(trigger);
	assert_done(&pulled);
	assert_int_equal(child.told->progress[0], progress);
	assert_string_equal(status_field(child.pid, "TracerPid"), "0");
	assert_true(put(group, "cgroup.freeze", "0"));
	assert_works(&child);
	end_worker(&child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef __x86_64__
		cmocka_unit_test(test_served_by_itself),
		cmocka_unit_test_teardown(test_frozen, thaw),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
