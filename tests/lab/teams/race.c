/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything at once on one file. Each page belongs to one writer, who writes ever greater numbers into it, with the
 * page's own number. So whoever looks at a page finds 0 (it was cut off, or punched) or a word of this page; and its
 * writer never finds an older word than the last one: that would be a page that is mapped and no longer the file's.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "teams.h"

#define EXTENTS 4
#define SIZE (EXTENTS * TEAM)
#define ALL (EXTENTS * PAGES)

static int file;
static char *shared;
static volatile bool over;
static unsigned long wrong, rounds[16];
static __thread sigjmp_buf beyond;
static __thread bool armed;
static __thread unsigned seed;

static unsigned any(unsigned below)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % below;
}

static void on_bus(int number)
{
	if (!armed)
		_exit(128 + number);
	siglongjmp(beyond, 1);
}

static void complain(const char *who, size_t page, uint64_t found, uint64_t wanted)
{
	if (__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED) < 5)
		printf("# %s: page %zu holds %#lx, last was %#lx\n", who, page, (unsigned long)found,
		       (unsigned long)wanted);
}

/* Both ends of a page are words of its own, or nothing. */
static void look(const char *at, size_t page, const char *who)
{
	size_t place;

	for (place = 0; place < PAGE; place += PAGE - 8) {
		const uint64_t found = *(const volatile uint64_t *)(at + page * PAGE + place);

		if (found && (found >> 32) != page + 1)
			complain(who, page, found, page + 1);
	}
}

/* Writes its own pages: those of this parity. */
static void *writer(void *data)
{
	const unsigned me = (unsigned)(uintptr_t)data;
	uint64_t *last = calloc(ALL, sizeof(*last)), serial = 1;

	seed = me + 100;
	while (!over) {
		const size_t page = any(ALL / 2) * 2 + me;
		volatile uint64_t *at = (volatile uint64_t *)(shared + page * PAGE);
		const uint64_t next = (page + 1) << 32 | serial++;

		armed = true;
		if (!sigsetjmp(beyond, 1)) {
			const uint64_t found = at[0];

			if (found && found != last[page])
				complain("writer", page, found, last[page]);
			last[page] = next;
			at[0] = next;
			at[PAGE / 8 - 1] = next;
			look(shared, any(ALL), "reader");
		}
		armed = false;
		rounds[me]++;
	}
	free(last);
	return NULL;
}

static void *truncater(void *data)
{
	seed = 7;
	while (!over) {
		const int kind = (int)any(6);

		if (kind == 0) {
			ftruncate(file, (off_t)any(SIZE));
			ftruncate(file, SIZE);
		} else if (kind <= 3) {
			/* Only where nothing is left a team is born again. */
			fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				  (off_t)(any(EXTENTS) * TEAM), TEAM);
		} else {
			fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)(any(ALL) * PAGE),
				  (off_t)((any(40) + 1) * PAGE));
		}
		rounds[2]++;
		usleep(2000);
	}
	return data;
}

/* What changes how it is mapped, and not what it holds. */
static void *remapper(void *data)
{
	char *spare = team_mmap(-1, TEAM, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, 0, 0);

	seed = 8;
	while (!over) {
		char *extent = shared + any(EXTENTS) * TEAM, *page = extent + any(PAGES) * PAGE;

		switch (any(7)) {
		case 0:
			mprotect(page, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
			mprotect(extent, TEAM, PROT_READ | PROT_WRITE);
			break;
		case 1:
			madvise(extent, TEAM, MADV_DONTNEED);
			break;
		case 2:
			madvise(page, PAGE, MADV_DONTNEED);
			break;
		case 3:
		case 4:
			madvise(extent, TEAM, MADV_COLLAPSE);
			break;
		case 5:
			mlock(page, PAGE);
			munlock(page, PAGE);
			break;
		case 6: {
			/* a second mapping that is moved about */
			char *second =
				team_mmap(file, TEAM, PROT_READ, MAP_SHARED, (off_t)(any(EXTENTS) * TEAM), 0);

			armed = true;
			if (!sigsetjmp(beyond, 1))
				(void)*(volatile char *)second;
			armed = false;
			if (mremap(second, TEAM, TEAM, MREMAP_MAYMOVE | MREMAP_FIXED, spare) == spare)
				munmap(spare, TEAM);
			break;
		}
		}
		rounds[3]++;
	}
	return data;
}

static void child(unsigned number)
{
	const size_t start = any(EXTENTS) * PAGES;
	char *own;
	unsigned i;

	seed = number;
	armed = true;
	if (!sigsetjmp(beyond, 1))
		for (i = 0; i < 40; i++)
			look(shared, start + any(PAGES), "child");
	own = team_mmap(file, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0, 0);
	if (!sigsetjmp(beyond, 1)) {
		for (i = 0; i < 40; i++)
			look(own, start + any(PAGES), "private");
		own[start * PAGE + any(PAGES) * PAGE + 8] = 1;
		for (i = 0; i < 40; i++)
			look(own, start + any(PAGES), "copy");
	}
	_exit(wrong != 0);
}

static void *forker(void *data)
{
	int status;
	pid_t pid;

	seed = 9;
	while (!over) {
		const unsigned number = any(1000000);

		pid = fork();
		if (!pid)
			child(number);
		if (pid > 0 && waitpid(pid, &status, 0) == pid && status)
			__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
		rounds[4]++;
	}
	return data;
}

/* By the file's own calls, and pinned: what is read is of this page. */
static void *reader(void *data)
{
	const int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC),
		  null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	uint64_t *got;
	int ends[2];

	seed = 10;
	if (pipe(ends))
		return data;
	got = malloc(PAGE);
	while (!over) {
		const size_t page = any(ALL);
		struct iovec part = {shared + page * PAGE, PAGE};

		if (pread(file, got, PAGE, (off_t)(page * PAGE)) == (ssize_t)PAGE && got[0] &&
		    got[0] >> 32 != page + 1)
			complain("read", page, got[0], page + 1);
		if (pread(mem, got, PAGE, (off_t)(uintptr_t)part.iov_base) == (ssize_t)PAGE && got[0] &&
		    got[0] >> 32 != page + 1)
			complain("mem", page, got[0], page + 1);
		if (vmsplice(ends[1], &part, 1, 0) == (ssize_t)PAGE) {
			if (any(2))
				splice(ends[0], NULL, null, NULL, PAGE, 0);
			else if (read(ends[0], got, PAGE) == (ssize_t)PAGE && got[0] &&
				 got[0] >> 32 != page + 1)
				complain("pipe", page, got[0], page + 1);
		}
		rounds[5]++;
	}
	close(mem);
	close(null);
	close(ends[0]);
	close(ends[1]);
	free(got);
	return data;
}

/* By what the kernel tells of page tables and teams, while they come and go: never half of one. */
static void *looker(void *data)
{
	static uint64_t entries[PAGES * 5], usage[PAGES];
	const int table = open("/proc/self/page_table", O_RDONLY | O_CLOEXEC),
		  teams = open("/proc/kpageteam", O_RDONLY | O_CLOEXEC);
	const uint64_t frames = (uint64_t)figure("/proc/meminfo", "MemTotal") / 4;
	size_t i;

	seed = 11;
	while (!over) {
		/* also beside the file, where mappings are made and taken away */
		const uintptr_t at = (uintptr_t)shared - 8 * TEAM + any(16) * TEAM;

		if (pread(table, entries, sizeof(entries), (off_t)(at / PAGE * 40)) != sizeof(entries))
			complain("page_table", any(ALL), 0, sizeof(entries));
		for (i = 0; i < PAGES; i++)
			if (entries[i * 5 + 3] & 0x80 && entries[i * 5 + 4])
				complain("entries", i, entries[i * 5 + 4], 0);
		if (pread(teams, usage, sizeof(usage), (off_t)(any((unsigned)frames) * 8ul)) < 0)
			complain("kpageteam", 0, 0, 0);
		for (i = 0; i < PAGES; i++)
			if (usage[i] && (usage[i] < PAGES || usage[i] > PAGES + 100))
				complain("usage", i, usage[i], PAGES);
		rounds[6]++;
	}
	close(table);
	close(teams);
	return data;
}

#define TASKS 7

static void race(unsigned seconds)
{
	static void *(*const tasks[TASKS])(void *) = {writer, writer, truncater, remapper,
						      forker, reader, looker};
	pthread_t threads[TASKS];
	struct timespec end, now;
	long long fallbacks, teams = 0;
	size_t i;

	file = team_file(SIZE);
	shared = team_map(file, SIZE);
	signal(SIGBUS, on_bus);
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	for (i = 0; i < TASKS; i++)
		pthread_create(&threads[i], NULL, tasks[i], (void *)(uintptr_t)i);
	do {
		usleep(100000);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec && !wrong);
	over = true;
	for (i = 0; i < TASKS; i++)
		pthread_join(threads[i], NULL);
	printf("# %lu + %lu writes, %lu cuts, %lu remaps, %lu forks, %lu reads, %lu looks, %lld teams made, "
	       "%lld not for want of a block, %lld PMDs, %lld splits\n",
	       rounds[0], rounds[1], rounds[2], rounds[3], rounds[4], rounds[5], rounds[6],
	       figure("/proc/vmstat", "thp_file_alloc"), figure("/proc/vmstat", "thp_file_fallback"),
	       figure("/proc/vmstat", "thp_file_mapped"), figure("/proc/vmstat", "thp_split_pmd"));
	EQUAL(wrong, 0);
	for (i = 0; i < TASKS; i++)
		CHECK(rounds[i] > 0);
	/* All is quiet: it is the file that all see. */
	CHECK(!ftruncate(file, 0) && !ftruncate(file, SIZE));
	fallbacks = figure("/proc/vmstat", "thp_file_fallback");
	team_fill(shared, SIZE, 41);
	for (i = 0; i < EXTENTS; i++)
		CHECK(pread(file, shared, 0, 0) == 0 && team_filled(shared, SIZE, 41));
	munmap(shared, SIZE);
	shared = team_map(file, SIZE);
	CHECK(team_filled(shared, SIZE, 41));
	for (i = 0; i < EXTENTS; i++)
		teams += usage_at(shared + i * TEAM) == 513;
	/* An hour leaves no free block for some: then small pages have to do. */
	CHECK(teams + figure("/proc/vmstat", "thp_file_fallback") - fallbacks >= EXTENTS);
}

const struct team_test race_tests[] = {
	{"fault, truncate, punch, mprotect, collapse, fork and pins race", race},
	{NULL},
};
