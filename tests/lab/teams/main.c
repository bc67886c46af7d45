/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of the team kernel, run as root in the lab: test_teams says how. Speaks TAP. After each test the kernel's log
 * has to be clean, and what it counts of shared memory as before.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "teams.h"

static bool failed;
static int log_fd;

void teams_failed(const char *file, int line, const char *what, long long is, long long wanted)
{
	const char *name = strrchr(file, '/');

	failed = true;
	printf("# %s:%d: %s", name ? name + 1 : file, line, what);
	if (is != wanted)
		printf(": %lld (%#llx), not %lld", is, is, wanted);
	printf("\n");
}

bool teams_have_failed(void)
{
	return failed;
}

int team_file(size_t size)
{
	const int fd = open(MOUNT, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, (off_t)size)) {
		printf("Bail out! no file on " MOUNT ": %s\n", strerror(errno));
		exit(1);
	}
	return fd;
}

void *team_mmap(int fd, size_t size, int prot, int flags, off_t at, size_t off)
{
	const size_t room = size + off + 2 * TEAM;
	char *hole = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), *to;

	to = (char *)(((uintptr_t)hole + TEAM - 1) & ~(TEAM - 1)) + off;
	to = mmap(to, size, prot, flags | MAP_FIXED, fd, at);
	/* Only now: another thread may map what is free. */
	munmap(hole, (size_t)(to - hole));
	munmap(to + size, (size_t)(hole + room - to) - size);
	return to;
}

char *team_map(int fd, size_t size)
{
	return team_mmap(fd, size, PROT_READ | PROT_WRITE, MAP_SHARED, 0, 0);
}

static uint64_t mixed(uint64_t seed, uint64_t place)
{
	return (seed + place) * UINT64_C(0x9e3779b97f4a7c15) | 1;
}

void team_fill(char *at, size_t size, uint64_t seed)
{
	uint64_t *words = (uint64_t *)at;
	size_t i;

	for (i = 0; i < size / 8; i++)
		words[i] = mixed(seed, i);
}

bool team_filled(const char *at, size_t size, uint64_t seed)
{
	const uint64_t *words = (const uint64_t *)at;
	size_t i;

	for (i = 0; i < size / 8; i++)
		if (words[i] != mixed(seed, i))
			return false;
	return true;
}

bool team_zero(const char *at, size_t size)
{
	const uint64_t *words = (const uint64_t *)at;
	size_t i;

	for (i = 0; i < size / 8; i++)
		if (words[i])
			return false;
	return true;
}

int in_child(int (*task)(void *data), void *data)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(task(data));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Whether the kernel has said something since that a kernel in order does not say; tells it. */
static bool log_dirty(void)
{
	static const char *const alarming[] = {"BUG",
					       "WARNING",
					       "cut here",
					       "Bad page",
					       "INFO:",
					       "KASAN",
					       "Oops",
					       "general protection",
					       "RIP:",
					       "stall",
					       "page_table_check",
					       "bad pmd",
					       "Bad rss-counter",
					       "blocked for more than",
					       "nr_ptes",
					       "non-zero"};
	char text[8192];
	bool dirty = false;
	ssize_t n;
	size_t i;

	while ((n = read(log_fd, text, sizeof(text) - 1)) > 0 || (n < 0 && errno == EPIPE)) {
		text[n > 0 ? n : 0] = '\0';
		for (i = 0; i < sizeof(alarming) / sizeof(*alarming) && !dirty; i++)
			dirty = strstr(text, alarming[i]);
		if (dirty)
			printf("# dmesg: %.*s\n", (int)strcspn(text, "\n"), text);
	}
	return dirty;
}

/* Pages that a processor keeps for later, of those that were mlocked too, and what it has counted for itself. */
static void settle(void)
{
	void *page = &log_fd;
	int node = 0, status;

	syscall(SYS_move_pages, 0, 1ul, &page, &node, &status, 1 << 1);
	team_tell("/proc/sys/vm/stat_refresh", "1");
}

void team_sleep(unsigned ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000l}, NULL);
}

double team_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

enum { COUNTED = 4 };
static const char *const counted[COUNTED] = {"Shmem", "ShmemHugePages", "ShmemPmdMapped", "Mlocked"};

/* What is counted of shared memory. */
static void counts(long long *now)
{
	size_t i;

	settle();
	for (i = 0; i < COUNTED; i++)
		now[i] = figure("/proc/meminfo", counted[i]);
}

/* As before, after a while: what is freed is on its way for a moment. */
static bool counts_back(const long long *before)
{
	long long now[COUNTED];
	size_t i;
	int tries;

	for (tries = 0; tries < 50; tries++) {
		counts(now);
		if (!memcmp(now, before, sizeof(now)))
			return true;
		team_sleep(100);
	}
	for (i = 0; i < COUNTED; i++)
		if (now[i] != before[i])
			printf("# %s: %lld kB, and %lld before the test\n", counted[i], now[i], before[i]);
	return false;
}

static bool run_one(const struct team_test *test, unsigned number, unsigned seconds)
{
	const double start = team_now();
	long long before[COUNTED];
	int status;
	pid_t pid;

	counts(before);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		test->run(seconds);
		fflush(stdout);
		_exit(failed);
	}
	if (waitpid(pid, &status, 0) != pid || status) {
		printf("# status %#x\n", (unsigned)status);
		failed = true;
	}
	if (log_dirty() || !counts_back(before))
		failed = true;
	printf("%sok %u - %s\n# %.1f s\n", failed ? "not " : "", number, test->name, team_now() - start);
	fflush(stdout);
	status = failed;
	failed = false;
	return !status;
}

/* After a complaint at boot lockdep is off: nothing would be proved. */
static bool tainted(void)
{
	char text[8] = "";
	const int fd = open("/proc/sys/kernel/tainted", O_RDONLY | O_CLOEXEC);
	const bool clean = fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 && !strcmp(text, "0\n");

	close(fd);
	return !clean;
}

/* lab_teams [SECONDS [NAME]]: SECONDS for the long ones, NAME a part of the names of those to run. */
int main(int argc, char **argv)
{
	static const struct team_test *const tables[] = {mapping_tests, split_tests, file_tests, tell_tests,
							 meet_tests,	pin_tests,   race_tests};
	const unsigned seconds = argc > 1 ? (unsigned)atoi(argv[1]) : 60;
	const struct team_test *test;
	unsigned n = 0, passed = 0;
	size_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	mkdir(MOUNT, 0700);
	log_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (log_fd < 0 || lseek(log_fd, 0, SEEK_END) < 0 ||
	    mount("teams", MOUNT, "tmpfs", 0, "huge=team,size=1g")) {
		printf("Bail out! no kernel log, or no huge=team: %s\n", strerror(errno));
		return 1;
	}
	for (i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		for (test = tables[i]; test->name; test++)
			if (argc < 3 || strstr(test->name, argv[2]))
				passed += run_one(test, ++n, seconds);
	if (!n)
		printf("not ok %u - a test has such a name: %s\n", ++n, argc > 2 ? argv[2] : "");
	if (tainted())
		printf("not ok %u - the kernel is not tainted\n", ++n);
	printf("1..%u\n", n);
	umount2(MOUNT, MNT_DETACH);
	return passed != n;
}
