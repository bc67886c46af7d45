/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's interface for who looks on: thpscope-kernel(7). */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "teams.h"

#define KHUGEPAGED "/sys/kernel/mm/transparent_hugepage/khugepaged"
#define LEVELS 5
#define ASLEEP 5 /* readings */
#define ENTRY_PFN 0x000ffffffffff000ul
#define ENTRY_HUGE 0x80ul

static bool announced(const char *name, const char *wanted)
{
	char path[128], line[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/sys/kernel/mm/pageteam/%s", name);
	file = fopen(path, "re");
	if (!file || !fgets(line, sizeof(line), file))
		line[0] = '\0';
	if (file)
		fclose(file);
	line[strcspn(line, "\n")] = '\0';
	return !strcmp(line, wanted);
}

static void announcement(unsigned seconds)
{
	(void)seconds;
	CHECK(announced("abi", "1"));
	CHECK(announced("kpageflags_team_bit", "28"));
	CHECK(announced("kpageflags_team_pmd_bit", "29"));
	CHECK(announced("kpageflags_doublemap_bit", "30"));
	CHECK(announced("pagemap_pmd_bit", "60"));
	CHECK(announced("team_usage", "kpageteam"));
	CHECK(announced("page_table", "PID/page_table"));
	CHECK(announced("pte_mapped_thp", "PID/pte_mapped_thp"));
	CHECK(announced("hold_mmap_lock", "PID/hold_mmap_lock"));
}

static bool entries(const void *at, uint64_t *record)
{
	const int fd = open("/proc/self/page_table", O_RDONLY | O_CLOEXEC);
	const bool got =
		pread(fd, record, LEVELS * 8, (off_t)((uintptr_t)at / PAGE * LEVELS * 8)) == LEVELS * 8;

	close(fd);
	return got;
}

static void page_table(unsigned seconds)
{
	const int fd = team_file(TEAM), table = open("/proc/self/page_table", O_RDONLY | O_CLOEXEC);
	char *at = team_map(fd, TEAM);
	uint64_t record[LEVELS], many[LEVELS * 1500];
	off_t place = (off_t)((uintptr_t)at / PAGE * LEVELS * 8);

	(void)seconds;
	at[0] = 1;
	CHECK(entries(at + 5 * PAGE, record));
	CHECK(record[0] & 1 && record[2] & 1 && record[3] & ENTRY_HUGE && !record[4]);
	EQUAL((record[3] & ENTRY_PFN) / PAGE, pfn_of(at));
	mprotect(at + PAGE, PAGE, PROT_READ);
	CHECK(entries(at + 5 * PAGE, record));
	CHECK(record[3] & 1 && !(record[3] & ENTRY_HUGE) && record[4] & 1);
	EQUAL((record[4] & ENTRY_PFN) / PAGE, pfn_of(at + 5 * PAGE));
	CHECK(record[4] & 2);
	CHECK(entries(at + PAGE, record) && !(record[4] & 2));
	/* in one read over holes; unaligned; at the end */
	EQUAL(pread(table, many, sizeof(many), place - 700 * LEVELS * 8), sizeof(many));
	EQUAL((many[LEVELS * 705 + 4] & ENTRY_PFN) / PAGE, pfn_of(at + 5 * PAGE));
	EQUAL(pread(table, many, sizeof(many), place + 8), -1);
	EQUAL(pread(table, many, 41, place), -1);
	/* above what five levels reach */
	EQUAL(pread(table, many, 40, (off_t)(UINT64_C(1) << 56) / (off_t)PAGE * 40), 0);
	CHECK(entries((char *)(uintptr_t)PAGE, record) && !record[3] && !record[4]);
	munmap(at, TEAM);
	CHECK(entries(at, record) && !record[4]);
}

static int as_nobody(void *data)
{
	uint64_t record[LEVELS];
	char *at = data;
	int fd;

	touch(at);
	if (setgid(65534) || setuid(65534))
		return 1;
	if (open("/proc/1/page_table", O_RDONLY | O_CLOEXEC) >= 0 ||
	    open("/proc/kpageteam", O_RDONLY | O_CLOEXEC) >= 0 ||
	    open("/proc/1/hold_mmap_lock", O_WRONLY | O_CLOEXEC) >= 0 ||
	    open("/proc/1/pte_mapped_thp", O_RDONLY | O_CLOEXEC) >= 0)
		return 2;
	/* It was another's before: its own files are closed to it. */
	if (open("/proc/self/page_table", O_RDONLY | O_CLOEXEC) >= 0)
		return 3;
	prctl(PR_SET_DUMPABLE, 1);
	if (!present(at) || !entries(at, record) || !(record[3] & ENTRY_HUGE) || record[3] & ENTRY_PFN ||
	    record[0] & ENTRY_PFN)
		return 4;
	fd = open("/proc/self/pte_mapped_thp", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, record, sizeof(record)) < 0)
		return 5;
	fd = open("/proc/self/hold_mmap_lock", O_WRONLY | O_CLOEXEC);
	return fd < 0 || write(fd, "read 1", 6) != -1 || errno != EPERM ? 6 : 0;
}

/* What a file tells is what who opened it may know, whoever reads or writes it then. */
static int as_opener(void *data)
{
	const off_t place = (off_t)((uintptr_t)data / PAGE * LEVELS * 8);
	const int powerful = open("/proc/self/page_table", O_RDONLY | O_CLOEXEC);
	uint64_t record[LEVELS];
	int powerless, hold;

	touch(data);
	if (seteuid(65534) || prctl(PR_SET_DUMPABLE, 1))
		return 1;
	powerless = open("/proc/self/page_table", O_RDONLY | O_CLOEXEC);
	hold = open("/proc/self/hold_mmap_lock", O_WRONLY | O_CLOEXEC);
	if (pread(powerful, record, sizeof(record), place) != sizeof(record) || !(record[3] & ENTRY_PFN))
		return 2;
	if (seteuid(0))
		return 3;
	if (pread(powerless, record, sizeof(record), place) != sizeof(record) || !record[3] ||
	    record[3] & ENTRY_PFN)
		return 4;
	return hold < 0 || write(hold, "read 1", 6) != -1 || errno != EPERM ? 5 : 0;
}

static void without_privilege(unsigned seconds)
{
	char *at = team_map(team_file(TEAM), TEAM);

	(void)seconds;
	at[0] = 1;
	EQUAL(in_child(as_nobody, at), 0);
	EQUAL(in_child(as_opener, at), 0);
}

/* Another process, which does what it is told and says when it was done. */
struct other {
	pid_t pid;
	int orders, answers, hold;
	char *at;
};

static void obey(const struct other *other)
{
	void *mapped = NULL;
	double when;
	char order;

	while (read(other->orders, &order, 1) == 1) {
		if (order == 'm')
			mapped = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		else if (order == 'u')
			munmap(mapped, PAGE);
		else
			touch(other->at);
		when = team_now();
		if (write(other->answers, &when, sizeof(when)) != sizeof(when))
			break;
	}
	_exit(0);
}

static bool other_start(struct other *other)
{
	int orders[2], answers[2];
	char path[64];

	*other = (struct other){.at = team_map(team_file(TEAM), TEAM)};
	if (pipe(orders) || pipe(answers))
		return false;
	fflush(stdout);
	other->pid = fork();
	if (!other->pid) {
		close(orders[1]);
		other->orders = orders[0];
		other->answers = answers[1];
		obey(other);
	}
	close(orders[0]);
	other->orders = orders[1];
	other->answers = answers[0];
	snprintf(path, sizeof(path), "/proc/%d/hold_mmap_lock", (int)other->pid);
	other->hold = open(path, O_WRONLY | O_CLOEXEC);
	return other->pid > 0 && other->hold >= 0;
}

static bool order(const struct other *other, char what)
{
	return write(other->orders, &what, 1) == 1;
}

static double done(const struct other *other)
{
	double when = 0;

	return read(other->answers, &when, sizeof(when)) == sizeof(when) ? when : 0;
}

/*
 * In a process of its own, once it sleeps with the lock: its PID, or -1. It may sleep on the way there too, but not for as
 * many readings in a row, a millisecond apart.
 */
static pid_t hold(const struct other *other, const char *how)
{
	char path[64], text[256] = "", *state;
	int tries, asleep = 0, fd;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(write(other->hold, how, strlen(how)) != (ssize_t)strlen(how));
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	for (tries = 0; tries < 2000; tries++) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		text[read(fd, text, sizeof(text) - 1) > 0 ? sizeof(text) - 1 : 0] = '\0';
		close(fd);
		state = strrchr(text, ')');
		asleep = state && state[2] == 'D' ? asleep + 1 : 0;
		if (asleep == ASLEEP)
			return pid;
		team_sleep(1);
	}
	return -1;
}

/* Held to write, nothing goes on in that address space; held to read, a fault does, a mapping does not. */
static void held_lock(unsigned seconds)
{
	struct other other;
	double start, fault;
	int status;
	pid_t pid;

	(void)seconds;
	CHECK(other_start(&other));
	start = team_now();
	pid = hold(&other, "write 2000");
	CHECK(pid > 0 && team_now() - start < 2 && order(&other, 'm'));
	CHECK(done(&other) - start >= 2);
	CHECK(waitpid(pid, &status, 0) == pid && !status);
	start = team_now();
	pid = hold(&other, "read 2000\n");
	CHECK(pid > 0 && order(&other, 'f'));
	fault = done(&other);
	CHECK(fault - start < 2 && order(&other, 'u'));
	CHECK(done(&other) - start >= 2);
	CHECK(waitpid(pid, &status, 0) == pid && !status);
	/* Killed, it gives the lock back. */
	start = team_now();
	pid = hold(&other, "write 10000");
	CHECK(pid > 0 && order(&other, 'm') && !kill(pid, SIGKILL));
	fault = done(&other) - start;
	CHECK(fault > 0 && fault < 8 && waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
	/* of itself */
	CHECK(team_tell("/proc/self/hold_mmap_lock", "write 10"));
	EQUAL(kill(other.pid, SIGKILL), 0);
	EQUAL(waitpid(other.pid, NULL, 0), other.pid);
	EQUAL(write(other.hold, "read 1", 6), -1);
	EQUAL(errno, ESRCH);
}

static void hold_refused(unsigned seconds)
{
	static const char *const wrong[] = {"read 20000",
					    "hold 20",
					    "read",
					    "read -1",
					    "read 4294967297",
					    "read 1 and more",
					    "write 1x",
					    "",
					    "write 00000000000000000001"};
	const int fd = open("/proc/self/hold_mmap_lock", O_WRONLY | O_CLOEXEC);
	size_t i;

	(void)seconds;
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		EQUAL(write(fd, wrong[i], strlen(wrong[i])), -1);
		EQUAL(errno, EINVAL);
	}
	EQUAL(write(fd, "read 0", 6), 6);
}

/* Whoever was collapsed elsewhere is queued here: two mappings of a memfd, one of them by MADV_COLLAPSE. */
static void queue(unsigned seconds)
{
	const int fd = memfd_create("queue", MFD_CLOEXEC),
		  sleep_ms = open(KHUGEPAGED "/scan_sleep_millisecs", O_WRONLY | O_CLOEXEC);
	char *at, *advised, line[64] = "";
	unsigned long queued = 0;
	FILE *file;
	pid_t pid;

	(void)seconds;
	CHECK(!ftruncate(fd, TEAM));
	/* What is queued stays so: this khugepaged is nobody else's. */
	CHECK(write(sleep_ms, "4294967295", 10) == 10);
	file = fopen("/proc/self/pte_mapped_thp", "re");
	CHECK(file && !fgets(line, sizeof(line), file)); /* no slot: nothing was advised here */
	fclose(file);
	at = team_map(fd, TEAM);
	team_fill(at, TEAM, 31);
	/* There is a slot once a huge page was asked for, and got. */
	advised = team_mmap(-1, TEAM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, 0, 0);
	CHECK(!madvise(advised, TEAM, MADV_HUGEPAGE));
	touch(advised);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		volatile char *there = at;

		(void)there[0];
		_exit(madvise(at, TEAM, MADV_COLLAPSE) != 0);
	}
	waitpid(pid, NULL, 0);
	file = fopen("/proc/self/pte_mapped_thp", "re");
	CHECK(file && fgets(line, sizeof(line), file));
	CHECK(!strcmp(line, "1 of 8\n"));
	CHECK(fscanf(file, "%lx", &queued) == 1 && queued == (unsigned long)at);
	CHECK(team_filled(at, TEAM, 31));
}

const struct team_test tell_tests[] = {
	{"what is announced", announcement},
	{"the entries of all levels", page_table},
	{"nothing without privilege", without_privilege},
	{"a lock is held for a while", held_lock},
	{"what is no order to hold one", hold_refused},
	{"khugepaged's queue", queue},
	{NULL},
};
