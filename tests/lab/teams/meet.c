/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who else comes upon teams: others who make one, userfaultfd, KSM, swap, memory pressure, who looks and who splits. */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "teams.h"

#define EXTENTS 24
#define DEBUG_SPLIT "/sys/kernel/debug/split_huge_pages"

struct maker {
	int fd;
	unsigned cpu;
	char *at;
	unsigned *turn; /* counts both up to each extent, so that they come to it together */
};

static void *make(void *data)
{
	const struct maker *maker = data;
	cpu_set_t cpus;
	unsigned i;

	CPU_ZERO(&cpus);
	CPU_SET(maker->cpu, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	for (i = 0; i < EXTENTS; i++) {
		__atomic_fetch_add(maker->turn, 1, __ATOMIC_SEQ_CST);
		while (__atomic_load_n(maker->turn, __ATOMIC_SEQ_CST) < 2 * (i + 1))
			sched_yield();
		/* The second one, by turns, with write(2). */
		if (maker->cpu && i % 2)
			pwrite(maker->fd, "written", 8, (off_t)(i * TEAM + 300 * PAGE));
		else
			touch(maker->at + i * TEAM + (maker->cpu ? 400 : 7) * PAGE);
	}
	return NULL;
}

/* Two come to each hole at once: one team, none of small pages. */
static void born_once(unsigned seconds)
{
	const int fd = team_file(EXTENTS * TEAM);
	const long long made = figure("/proc/vmstat", "thp_file_alloc");
	unsigned turn = 0, i;
	struct maker makers[2] = {{fd, 0, team_map(fd, EXTENTS * TEAM), &turn},
				  {fd, 1, team_map(fd, EXTENTS * TEAM), &turn}};
	struct stat status;
	pthread_t other;

	(void)seconds;
	CHECK(!pthread_create(&other, NULL, make, &makers[1]));
	make(&makers[0]);
	pthread_join(other, NULL);
	for (i = 0; i < EXTENTS; i++)
		CHECK(has_flag(pfn_of(makers[0].at + i * TEAM + 7 * PAGE), 28));
	EQUAL(figure("/proc/vmstat", "thp_file_alloc") - made, EXTENTS);
	EQUAL(fstat(fd, &status), 0);
	EQUAL(status.st_blocks, EXTENTS * TEAM / 512);
	for (i = 1; i < EXTENTS; i += 2)
		CHECK(!memcmp(makers[0].at + i * TEAM + 300 * PAGE, "written", 8));
}

static sigjmp_buf back;

static void jump(int number)
{
	siglongjmp(back, number);
}

/* The signal that writing a byte gives, or 0. */
static int write_gives(volatile char *at, char byte)
{
	int number = sigsetjmp(back, 1);

	if (!number)
		*at = byte;
	return number;
}

/* A userfaultfd that answers with SIGBUS, for a range. */
static int watch(char *at, size_t size, uint64_t mode)
{
	struct uffdio_api api = {.api = UFFD_API,
				 .features = UFFD_FEATURE_SIGBUS | UFFD_FEATURE_MINOR_SHMEM |
					     UFFD_FEATURE_WP_HUGETLBFS_SHMEM};
	struct uffdio_register range = {.range = {(uintptr_t)at, size}, .mode = mode};
	const int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	return fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range) ? -1 : fd;
}

static void userfault_protects(unsigned seconds)
{
	const int fd = team_file(TEAM);
	char *at = team_map(fd, TEAM);
	struct uffdio_writeprotect protect = {.range = {(uintptr_t)at + 9 * PAGE, 2 * PAGE},
					      .mode = UFFDIO_WRITEPROTECT_MODE_WP};
	uint64_t pfn;
	int watcher;

	(void)seconds;
	signal(SIGBUS, jump);
	team_fill(at, TEAM, 51);
	pfn = pfn_of(at);
	watcher = watch(at, TEAM, UFFDIO_REGISTER_MODE_WP);
	CHECK(watcher >= 0);
	EQUAL(ioctl(watcher, UFFDIO_WRITEPROTECT, &protect), 0);
	CHECK(!by_pmd(at) && team_filled(at, TEAM, 51));
	EQUAL(word_usage(pfn), 512);
	EQUAL(write_gives(at + 10 * PAGE, 1), SIGBUS);
	EQUAL(write_gives(at + 11 * PAGE, at[11 * PAGE]), 0);
	/* what is protected stays so, even where nothing is mapped, and no huge entry takes its place */
	EQUAL(madvise(at, TEAM, MADV_DONTNEED), 0);
	EQUAL(madvise(at, TEAM, MADV_COLLAPSE), -1);
	EQUAL(write_gives(at + 10 * PAGE, 1), SIGBUS);
	EQUAL(write_gives(at + 12 * PAGE, at[12 * PAGE]), 0);
	CHECK(!by_pmd(at + 12 * PAGE));
	EQUAL(pfn_of(at + 12 * PAGE), pfn + 12);
	protect.mode = 0;
	EQUAL(ioctl(watcher, UFFDIO_WRITEPROTECT, &protect), 0);
	EQUAL(write_gives(at + 10 * PAGE, at[10 * PAGE]), 0);
	close(watcher);
	CHECK(team_filled(at, TEAM, 51));
	EQUAL(madvise(at, TEAM, MADV_COLLAPSE), 0);
	CHECK(by_pmd(at) && team_filled(at, TEAM, 51));
	EQUAL(word_usage(pfn), 513);
}

static void userfault_fills(unsigned seconds)
{
	const int fd = team_file(2 * TEAM);
	char *at = team_map(fd, 2 * TEAM),
	     *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_continue go = {.range = {(uintptr_t)at + 5 * PAGE, 3 * PAGE}};
	struct uffdio_copy copy = {
		.dst = (uintptr_t)at + TEAM + 5 * PAGE, .src = (uintptr_t)page, .len = PAGE};
	uint64_t pfn;
	int watcher;

	(void)seconds;
	signal(SIGBUS, jump);
	team_fill(at, TEAM, 52);
	memset(page, 'u', PAGE);
	pfn = pfn_of(at);
	/* A part of the team is unmapped; then its pages are let in again one by one. */
	watcher = watch(at, TEAM, UFFDIO_REGISTER_MODE_MINOR);
	CHECK(watcher >= 0 && by_pmd(at));
	EQUAL(madvise(at, TEAM, MADV_DONTNEED), 0);
	EQUAL(write_gives(at + 5 * PAGE, 1), SIGBUS);
	EQUAL(ioctl(watcher, UFFDIO_CONTINUE, &go), 0);
	EQUAL(pfn_of(at + 7 * PAGE), pfn + 7);
	CHECK(!by_pmd(at + 7 * PAGE) && !present(at + 8 * PAGE));
	close(watcher);
	CHECK(team_filled(at, TEAM, 52));
	/* A hole that somebody else fills gets small pages. */
	watcher = watch(at + TEAM, TEAM, UFFDIO_REGISTER_MODE_MISSING);
	CHECK(watcher >= 0);
	EQUAL(write_gives(at + TEAM, 1), SIGBUS);
	EQUAL(ioctl(watcher, UFFDIO_COPY, &copy), 0);
	CHECK(!memcmp(at + TEAM + 5 * PAGE, page, PAGE) && !has_flag(pfn_of(at + TEAM + 5 * PAGE), 28));
	EQUAL(ioctl(watcher, UFFDIO_COPY, &copy), -1);
	EQUAL(write_gives(at + TEAM + 6 * PAGE, 1), SIGBUS);
	close(watcher);
	EQUAL(write_gives(at + TEAM + 6 * PAGE, 1), 0);
	CHECK(!has_flag(pfn_of(at + TEAM + 6 * PAGE), 28));
}

/* KSM takes anonymous copies alone, from between pages of a team. */
static void merged(unsigned seconds)
{
	const int fd = team_file(TEAM);
	char *at = team_map(fd, TEAM), *own = team_mmap(fd, TEAM, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0, 0);
	size_t i;

	(void)seconds;
	team_fill(at, TEAM, 53);
	CHECK(team_filled(own, TEAM, 53) && by_pmd(own));
	EQUAL(madvise(own, TEAM, MADV_MERGEABLE), 0);
	for (i = 0; i < 40; i++)
		memset(own + 2 * i * PAGE, 'k', PAGE);
	CHECK(team_tell("/sys/kernel/mm/ksm/pages_to_scan", "10000"));
	CHECK(team_tell("/sys/kernel/mm/ksm/run", "1"));
	for (i = 0; i < 200 && !has_flag(pfn_of(own), 21); i++)
		team_sleep(100);
	CHECK(team_tell("/sys/kernel/mm/ksm/run", "2"));
	CHECK(i < 200 && team_filled(at, TEAM, 53));
	for (i = 0; i < 40; i++)
		CHECK(own[2 * i * PAGE] == 'k' && pfn_of(own + (2 * i + 1) * PAGE) == pfn_of(at) + 2 * i + 1);
	CHECK(team_tell("/sys/kernel/mm/ksm/run", "0") && by_pmd(at));
}

/* Looking at a team, marking it as seen and asking for it by other names changes nothing. */
static void looked_at(unsigned seconds)
{
	static const char *const looks[] = {"smaps", "smaps_rollup", "numa_maps", "pagemap", "maps"};
	const int fd = team_file(TEAM);
	char *at = team_map(fd, TEAM), path[64], text[8192];
	unsigned char seen[PAGES];
	int look;
	size_t i;

	(void)seconds;
	team_fill(at, TEAM, 54);
	for (i = 0; i < sizeof(looks) / sizeof(*looks); i++) {
		snprintf(path, sizeof(path), "/proc/self/%s", looks[i]);
		look = open(path, O_RDONLY | O_CLOEXEC);
		CHECK(look >= 0 && read(look, text, sizeof(text)) > 0);
		close(look);
	}
	EQUAL(mincore(at, TEAM, seen), 0);
	for (i = 0; i < PAGES; i++)
		CHECK(seen[i] & 1);
	EQUAL(smaps_kb(at, TEAM, "Referenced"), 2048);
	CHECK(team_tell("/proc/self/clear_refs", "1"));
	EQUAL(smaps_kb(at, TEAM, "Referenced"), 0);
	touch(at + 5 * PAGE);
	EQUAL(smaps_kb(at, TEAM, "Referenced"), 2048);
	team_tell("/proc/self/clear_refs", "4");
	EQUAL(madvise(at, TEAM, MADV_FREE), -1);
	EQUAL(errno, EINVAL);
	EQUAL(madvise(at, TEAM, MADV_WILLNEED), 0);
	EQUAL(madvise(at, TEAM, MADV_POPULATE_READ), 0);
	EQUAL(madvise(at, TEAM, MADV_POPULATE_WRITE), 0);
	CHECK(by_pmd(at) && team_filled(at, TEAM, 54));
	EQUAL(usage_at(at), 513);
	EQUAL(madvise(at, TEAM, MADV_DONTNEED), 0);
	EQUAL(madvise(at, TEAM, MADV_POPULATE_WRITE), 0);
	CHECK(by_pmd(at) && team_filled(at, TEAM, 54));
}

/* The frame of a huge page whose flags are read again and again, until it is 0. */
static uint64_t watched = 1;

static void *read_flags(void *data)
{
	uint64_t words[PAGES], pfn;
	const int fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);

	while ((pfn = __atomic_load_n(&watched, __ATOMIC_RELAXED)))
		pread(fd, words, sizeof(words), (off_t)(pfn * 8));
	close(fd);
	return data;
}

/* A transparent huge page is split while its flags are read; a team is not split so at all. */
static void split_by_debugfs(unsigned seconds)
{
	const int fd = team_file(TEAM);
	char *at = team_map(fd, TEAM), text[128];
	char *huge = team_mmap(-1, TEAM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, 0, 0);
	pthread_t reader;
	unsigned i, split = 0;
	bool was;

	(void)seconds;
	if (access(DEBUG_SPLIT, F_OK))
		CHECK(!mount("none", "/sys/kernel/debug", "debugfs", 0, NULL));
	team_fill(at, TEAM, 55);
	snprintf(text, sizeof(text), "%d,%p,%p", (int)getpid(), (void *)at, (void *)(at + TEAM));
	CHECK(team_tell(DEBUG_SPLIT, text));
	snprintf(text, sizeof(text), "/proc/%d/fd/%d,0x0,0x200", (int)getpid(), fd);
	CHECK(team_tell(DEBUG_SPLIT, text) && team_tell(DEBUG_SPLIT, "1"));
	CHECK(by_pmd(at) && team_filled(at, TEAM, 55) && has_flag(pfn_of(at), 28));
	snprintf(text, sizeof(text), "%d,%p,%p", (int)getpid(), (void *)huge, (void *)(huge + PAGE));
	CHECK(!pthread_create(&reader, NULL, read_flags, NULL));
	for (i = 0; i < 60; i++) {
		/* Mapped anew, for where a page table has been no huge page is made. */
		mmap(huge, TEAM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		madvise(huge, TEAM, MADV_HUGEPAGE);
		huge[0] = 1;
		__atomic_store_n(&watched, pfn_of(huge), __ATOMIC_RELAXED);
		was = has_flag(pfn_of(huge), 22);
		team_tell(DEBUG_SPLIT, text);
		split += was && !has_flag(pfn_of(huge), 22);
	}
	__atomic_store_n(&watched, 0, __ATOMIC_RELAXED);
	pthread_join(reader, NULL);
	printf("# %u of %u were split\n", split, i);
	CHECK(split > 30);
}

#define GROUPS "/tmp/teams.pressure"

/* Of a mapping of one extent of a file: how many of its pages are in memory. */
static size_t in_memory(char *at)
{
	unsigned char seen[PAGES] = {0};
	size_t i, sum = 0;

	if (mincore(at, TEAM, seen))
		return 0;
	for (i = 0; i < PAGES; i++)
		sum += seen[i] & 1;
	return sum;
}

/* In a cgroup that is asked to give back all it has: a team that was, and one that is. */
static int pressed(void *data)
{
	const bool swap = data;
	const int fd = team_file(2 * TEAM);
	char *at = team_map(fd, 2 * TEAM), text[32];
	size_t stayed, i;

	snprintf(text, sizeof(text), "%d", (int)getpid());
	if (!team_tell(GROUPS "/teams/cgroup.procs", text))
		return 1;
	team_fill(at + PAGE, TEAM - PAGE, 56);
	team_fill(at + TEAM, TEAM, 57);
	if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE))
		return 2;
	/* A page is given a second chance. */
	for (i = 0; i < 5 && in_memory(at) > 300; i++)
		if (!team_tell(GROUPS "/teams/memory.reclaim", "3M") && !swap)
			break;
	stayed = in_memory(at);
	printf("# %s swap %zu of 511 small pages stayed\n", swap ? "with" : "without", stayed);
	if (swap ? stayed > 300 : stayed != 511)
		return 3;
	if (!by_pmd(at + TEAM) || usage_at(at + TEAM) != 513 || !team_filled(at + TEAM, TEAM, 57))
		return 4;
	if (!team_zero(at, PAGE) || !team_filled(at + PAGE, TEAM - PAGE, 56))
		return 5;
	fflush(stdout);
	return 0;
}

static void pressure(unsigned seconds)
{
	char number[16] = "", path[32] = "/dev/zram", size[64], make_swap[64];
	const int add = open("/sys/class/zram-control/hot_add", O_RDONLY | O_CLOEXEC);
	int without, with, i;

	(void)seconds;
	mkdir(GROUPS, 0700);
	CHECK(!mount("none", GROUPS, "cgroup2", 0, NULL));
	CHECK(team_tell(GROUPS "/cgroup.subtree_control", "+memory") && !mkdir(GROUPS "/teams", 0700));
	without = in_child(pressed, NULL);
	CHECK(add >= 0 && read(add, number, sizeof(number) - 1) > 0);
	number[strcspn(number, "\n")] = '\0';
	strcat(path, number);
	snprintf(size, sizeof(size), "/sys/block/zram%s/disksize", number);
	snprintf(make_swap, sizeof(make_swap), "mkswap -q %s >/dev/null", path);
	CHECK(team_tell(size, "32M") && !system(make_swap));
	EQUAL(swapon(path, 0), 0);
	with = in_child(pressed, path);
	EQUAL(swapoff(path), 0);
	CHECK(team_tell("/sys/class/zram-control/hot_remove", number));
	for (i = 0; i < 50 && rmdir(GROUPS "/teams"); i++)
		team_sleep(100);
	umount(GROUPS);
	EQUAL(without, 0);
	EQUAL(with, 0);
}

const struct team_test meet_tests[] = {
	{"two who fill a hole at once make one team", born_once},
	{"userfaultfd protects pages of a team", userfault_protects},
	{"userfaultfd lets in pages of a team, and fills holes", userfault_fills},
	{"KSM takes private copies alone", merged},
	{"what looks at a team changes nothing", looked_at},
	{"split_huge_pages: THPs while their flags are read, no teams", split_by_debugfs},
	{"memory pressure takes small pages to swap, and no teams", pressure},
	{NULL},
};
