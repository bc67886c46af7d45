/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mapped by PMD, by ptes, by both; by fork; and back by MADV_COLLAPSE. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "teams.h"

static void maps_by_pmd(unsigned seconds)
{
	const long long huge = figure("/proc/meminfo", "ShmemHugePages");
	const long long mapped = figure("/proc/meminfo", "ShmemPmdMapped");
	const int fd = team_file(2 * TEAM);
	char *at = team_map(fd, 2 * TEAM);
	uint64_t maps[PAGES], counts[PAGES], flags[PAGES], pfn;
	size_t i;

	(void)seconds;
	CHECK(!present(at));
	at[5 * PAGE] = 1;
	pfn = pfn_of(at);
	CHECK(by_pmd(at) && by_pmd(at + TEAM - PAGE) && !present(at + TEAM));
	EQUAL(pfn % PAGES, 0);
	EQUAL(word_usage(pfn), 513);
	EQUAL(word_usage(pfn + 1), 0);
	CHECK(words_read("/proc/self/pagemap", (uintptr_t)at / PAGE, maps, PAGES));
	CHECK(words_read("/proc/kpagecount", pfn, counts, PAGES));
	CHECK(words_read("/proc/kpageflags", pfn, flags, PAGES));
	for (i = 0; i < PAGES; i++) {
		EQUAL(counts[i], 1);
		EQUAL(flags[i] >> 28 & 7, 3); /* a team, mapped by PMD, not by both */
		EQUAL(flags[i] & (1 << 5 | 1 << 15 | 1 << 16 | UINT64_C(1) << 41), 0);
		CHECK(maps[i] >> 56 & 1);
	}
	CHECK(team_zero(at, 5 * PAGE) && team_zero(at + 6 * PAGE, TEAM - 6 * PAGE));
	team_fill(at, 2 * TEAM, 1);
	CHECK(by_pmd(at + TEAM) && team_filled(at, 2 * TEAM, 1));
	EQUAL(figure("/proc/meminfo", "ShmemHugePages") - huge, 4096);
	EQUAL(figure("/proc/meminfo", "ShmemPmdMapped") - mapped, 4096);
	EQUAL(smaps_kb(at, 2 * TEAM, "ShmemPmdMapped"), 4096);
	EQUAL(smaps_kb(at, 2 * TEAM, "Rss"), 4096);
	EQUAL(smaps_kb(at, 2 * TEAM, "Pss"), 4096);
	munmap(at, 2 * TEAM);
	EQUAL(word_usage(pfn), 512);
	EQUAL(word_count(pfn), 0);
	CHECK(has_flag(pfn, 28) && !has_flag(pfn, 29));
	EQUAL(figure("/proc/meminfo", "ShmemPmdMapped") - mapped, 0);
	at = team_map(fd, 2 * TEAM);
	CHECK(team_filled(at, 2 * TEAM, 1) && by_pmd(at));
	close(fd);
	munmap(at, 2 * TEAM);
	EQUAL(figure("/proc/meminfo", "ShmemHugePages") - huge, 0);
	EQUAL(word_usage(pfn), 0);
}

static void both_at_once(unsigned seconds)
{
	const int fd = team_file(TEAM);
	char *at = team_map(fd, TEAM);
	/* The file's start at an address that is no multiple of 2 MiB: by ptes. */
	char *small = team_mmap(fd, TEAM, PROT_READ | PROT_WRITE, MAP_SHARED, 0, 3 * PAGE);
	uint64_t pfn;

	(void)seconds;
	team_fill(at, TEAM, 2);
	pfn = pfn_of(at);
	touch(small + 7 * PAGE);
	CHECK(by_pmd(at) && !by_pmd(small + 7 * PAGE) && present(small + 7 * PAGE));
	EQUAL(pfn_of(small + 7 * PAGE), pfn + 7);
	EQUAL(word_count(pfn + 7), 2);
	EQUAL(word_usage(pfn), 513);
	CHECK(has_flag(pfn + 7, 30) && has_flag(pfn + 7, 29));
	CHECK(team_filled(small, TEAM, 2));
	EQUAL(smaps_kb(small, TEAM, "ShmemPmdMapped"), 0);
	EQUAL(smaps_kb(small, TEAM, "Rss"), 2048);
	EQUAL(smaps_kb(at, TEAM, "Pss"), 1024);
	munmap(at, TEAM);
	EQUAL(word_usage(pfn), 512);
	EQUAL(word_count(pfn + 7), 1);
	CHECK(!has_flag(pfn + 7, 30));
	at = team_map(fd, TEAM);
	touch(at);
	CHECK(by_pmd(at) && team_filled(at, TEAM, 2));
}

static int child_maps(void *data)
{
	char *at = data;

	if (present(at))
		return 1;
	if (!team_filled(at, TEAM, 3))
		return 2;
	if (!by_pmd(at) || usage_at(at) != 514 || word_count(pfn_of(at) + 9) != 2)
		return 3;
	at[PAGE] = 77;
	return 0;
}

static void fork_leaves_it_to_the_fault(unsigned seconds)
{
	const int fd = team_file(TEAM);
	char *at = team_map(fd, TEAM);

	(void)seconds;
	team_fill(at, TEAM, 3);
	EQUAL(in_child(child_maps, at), 0);
	EQUAL(at[PAGE], 77);
	EQUAL(usage_at(at), 513);
	EQUAL(word_count(pfn_of(at) + 9), 1);
	CHECK(by_pmd(at));
}

static int child_exits(void *data)
{
	char *at = data;

	at[0] = 1;
	mprotect(at + PAGE, PAGE, PROT_READ);
	return by_pmd(at);
}

static void exit_gives_all_back(unsigned seconds)
{
	const int fd = team_file(TEAM);
	char *at = team_map(fd, TEAM);
	int i;

	(void)seconds;
	at[0] = 1;
	for (i = 0; i < 8; i++)
		EQUAL(in_child(child_exits, at), 0);
	EQUAL(usage_at(at), 513);
	EQUAL(word_count(pfn_of(at)), 1);
	CHECK(by_pmd(at));
}

static void not_by_pmd(unsigned seconds)
{
	const int fd = team_file(2 * TEAM);
	char *at;

	(void)seconds;
	/* The area ends before the extent does; starts after; advised against; private and written. */
	at = team_mmap(fd, TEAM - PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, 0, 0);
	at[0] = 1;
	CHECK(present(at) && !by_pmd(at) && has_flag(pfn_of(at), 28));
	munmap(at, TEAM - PAGE);
	at = team_mmap(fd, TEAM, PROT_READ | PROT_WRITE, MAP_SHARED, PAGE, PAGE);
	at[0] = 1;
	CHECK(present(at) && !by_pmd(at));
	munmap(at, TEAM);
	at = team_map(fd, 2 * TEAM);
	EQUAL(madvise(at, 2 * TEAM, MADV_NOHUGEPAGE), 0);
	at[0] = at[TEAM] = 1;
	CHECK(!by_pmd(at) && has_flag(pfn_of(at), 28));
	CHECK(!by_pmd(at + TEAM) && !has_flag(pfn_of(at + TEAM), 28));
	munmap(at, 2 * TEAM);
	at = team_mmap(fd, TEAM, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0, 0);
	at[0] = 2;
	CHECK(!by_pmd(at) && !has_flag(pfn_of(at), 28));
}

static void split(char *at, int fd)
{
	(void)fd;
	mprotect(at, PAGE, PROT_READ);
	mprotect(at, PAGE, PROT_READ | PROT_WRITE);
}

static void collapse_of_ptes(unsigned seconds)
{
	const int fd = team_file(2 * TEAM);
	char *at = team_map(fd, 2 * TEAM);
	uint64_t pfn;

	(void)seconds;
	team_fill(at, 2 * TEAM, 4);
	pfn = pfn_of(at);
	split(at, fd);
	CHECK(!by_pmd(at) && present(at + 9 * PAGE));
	EQUAL(madvise(at, 2 * TEAM, MADV_COLLAPSE), 0);
	CHECK(by_pmd(at) && by_pmd(at + TEAM));
	EQUAL(pfn_of(at), pfn);
	EQUAL(word_usage(pfn), 513);
	EQUAL(word_count(pfn + 3), 1);
	/* with some of the ptes gone */
	split(at, fd);
	madvise(at + 4 * PAGE, 20 * PAGE, MADV_DONTNEED);
	EQUAL(word_count(pfn + 5), 0);
	EQUAL(smaps_kb(at, TEAM, "Rss"), 4096 - 80);
	EQUAL(madvise(at, TEAM, MADV_COLLAPSE), 0);
	CHECK(by_pmd(at));
	EQUAL(word_count(pfn + 5), 1);
	EQUAL(smaps_kb(at, TEAM, "Rss"), 4096);
	/* of nothing */
	madvise(at, TEAM, MADV_DONTNEED);
	CHECK(!present(at));
	EQUAL(madvise(at, TEAM, MADV_COLLAPSE), 0);
	CHECK(by_pmd(at) && team_filled(at, 2 * TEAM, 4));
	touch(at);
	CHECK(by_pmd(at));
	/* and split again, for the table below was used before */
	split(at, fd);
	CHECK(!by_pmd(at) && team_filled(at, 2 * TEAM, 4));
}

static void collapse_refused(unsigned seconds)
{
	const int fd = team_file(2 * TEAM);
	char *at = team_map(fd, 2 * TEAM), *own;

	(void)seconds;
	team_fill(at, 2 * TEAM, 5);
	/* a private copy among the ptes */
	own = team_mmap(fd, TEAM, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0, 0);
	own[5 * PAGE] = 9;
	CHECK(own[6 * PAGE] == at[6 * PAGE]);
	EQUAL(madvise(own, TEAM, MADV_COLLAPSE), -1);
	EQUAL(errno, EINVAL);
	CHECK(own[5 * PAGE] == 9 && !by_pmd(own));
	/* mlocked */
	split(at, fd);
	EQUAL(mlock(at, TEAM), 0);
	EQUAL(madvise(at, TEAM, MADV_COLLAPSE), -1);
	EQUAL(munlock(at, TEAM), 0);
	EQUAL(madvise(at, TEAM, MADV_COLLAPSE), 0);
	/* no team any more */
	EQUAL(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, TEAM, PAGE), 0);
	EQUAL(madvise(at + TEAM, TEAM, MADV_COLLAPSE), -1);
	EQUAL(errno, EINVAL);
	CHECK(by_pmd(at) && team_filled(at, TEAM, 5) && team_zero(at + TEAM, PAGE));
	/* a hole */
	EQUAL(ftruncate(fd, 0), 0);
	EQUAL(ftruncate(fd, 2 * TEAM), 0);
	EQUAL(madvise(at, TEAM, MADV_COLLAPSE), -1);
	EQUAL(errno, EINVAL);
	CHECK(!present(at));
}

const struct team_test mapping_tests[] = {
	{"a fault maps a team by PMD, and all is counted", maps_by_pmd},
	{"by PMD and by ptes at the same time", both_at_once},
	{"fork leaves the team to the child's fault", fork_leaves_it_to_the_fault},
	{"exit gives back what was mapped", exit_gives_all_back},
	{"what is not mapped by PMD", not_by_pmd},
	{"MADV_COLLAPSE of ptes, of some, and of nothing", collapse_of_ptes},
	{"MADV_COLLAPSE refused", collapse_refused},
	{NULL},
};
