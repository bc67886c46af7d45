/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What makes ptes of a team's huge entry: after each the same pages are mapped, with the same contents. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "teams.h"

/* A team that is mapped by PMD and filled. */
static char *mapped(int fd)
{
	char *at = team_map(fd, TEAM);

	team_fill(at, TEAM, 7);
	return at;
}

/* Splits by `cause` and checks that pages [from, to) are still the team's, by ptes, and mapped once. */
static void split_by(void (*cause)(char *at), size_t from, size_t to)
{
	const int fd = team_file(TEAM);
	char *at = mapped(fd), *whole = team_mmap(fd, TEAM, PROT_READ, MAP_SHARED, 0, PAGE);
	const uint64_t pfn = pfn_of(at);
	const long long split = figure("/proc/vmstat", "thp_split_pmd");
	uint64_t maps[PAGES], counts[PAGES], flags[PAGES];
	size_t i;

	CHECK(by_pmd(at));
	cause(at);
	EQUAL(figure("/proc/vmstat", "thp_split_pmd") - split, 1);
	CHECK(words_read("/proc/self/pagemap", (uintptr_t)at / PAGE, maps, PAGES));
	CHECK(words_read("/proc/kpagecount", pfn, counts, PAGES));
	CHECK(words_read("/proc/kpageflags", pfn, flags, PAGES));
	for (i = from; i < to; i++) {
		EQUAL(maps[i] >> 60 & 9, 8); /* present, not by PMD */
		EQUAL(maps[i] & ((UINT64_C(1) << 55) - 1), pfn + i);
		EQUAL(counts[i], 1);
		EQUAL(flags[i] >> 28 & 3, 1); /* of a team, not mapped by PMD */
	}
	EQUAL(word_usage(pfn), 512);
	EQUAL(smaps_kb(at + from * PAGE, (to - from) * PAGE, "Rss"), (to - from) * 4);
	CHECK(team_filled(whole, TEAM, 7));
}

static void cut_head(char *at)
{
	munmap(at, 3 * PAGE);
}

static void cut_tail(char *at)
{
	munmap(at + 500 * PAGE, 12 * PAGE);
}

static void drop_some(char *at)
{
	madvise(at, 16 * PAGE, MADV_DONTNEED);
}

static void protect_one(char *at)
{
	mprotect(at + 40 * PAGE, PAGE, PROT_READ);
}

static void advise_one(char *at)
{
	madvise(at + 40 * PAGE, PAGE, MADV_RANDOM);
}

static void by_munmap(unsigned seconds)
{
	(void)seconds;
	split_by(cut_head, 3, 512);
	split_by(cut_tail, 0, 500);
}

static void by_dontneed(unsigned seconds)
{
	(void)seconds;
	split_by(drop_some, 16, 512);
}

static void by_mprotect(unsigned seconds)
{
	(void)seconds;
	split_by(protect_one, 0, 512);
}

static void by_madvise(unsigned seconds)
{
	(void)seconds;
	split_by(advise_one, 0, 512);
}

static void by_mremap(unsigned seconds)
{
	const int fd = team_file(TEAM);
	char *at = mapped(fd), *to = team_map(fd, TEAM), *moved;
	const uint64_t pfn = pfn_of(at);
	size_t i;

	(void)seconds;
	/* whole, to a place as aligned as the old one; then a part of it */
	moved = mremap(at, TEAM, TEAM, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	CHECK(moved == to && present(moved) && !by_pmd(moved));
	EQUAL(word_usage(pfn), 512);
	for (i = 0; i < PAGES; i++) {
		EQUAL(pfn_of(moved + i * PAGE), pfn + i);
		EQUAL(word_count(pfn + i), 1);
	}
	CHECK(team_filled(moved, TEAM, 7));
	EQUAL(madvise(moved, TEAM, MADV_COLLAPSE), 0);
	CHECK(by_pmd(moved));
	to = team_mmap(-1, TEAM, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, 0, 0);
	CHECK(mremap(moved + 8 * PAGE, 8 * PAGE, 8 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
	EQUAL(pfn_of(to + PAGE), pfn + 9);
	EQUAL(word_usage(pfn), 512);
	EQUAL(word_count(pfn + 9), 1);
	EQUAL(pfn_of(moved), pfn);
}

static void by_mlock(unsigned seconds)
{
	const int fd = team_file(2 * TEAM);
	char *at = team_map(fd, 2 * TEAM), *locked;
	const uint64_t pfn = (at[0] = 1, pfn_of(at));
	long long before = figure("/proc/meminfo", "Mlocked");
	size_t i;

	(void)seconds;
	CHECK(by_pmd(at));
	EQUAL(mlock(at, TEAM), 0);
	CHECK(!by_pmd(at));
	EQUAL(smaps_kb(at, TEAM, "Locked"), 2048);
	for (i = 0; i < PAGES; i++)
		EQUAL(word_count(pfn + i), 1);
	EQUAL(munlock(at, TEAM), 0);
	/* an empty page table stays, and a fault fills it */
	EQUAL(madvise(at, TEAM, MADV_DONTNEED), 0);
	at[0] = 2;
	CHECK(!by_pmd(at));
	/* a fault into what is mlocked already */
	locked = team_mmap(fd, TEAM, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_LOCKED, TEAM, 0);
	CHECK(present(locked) && !by_pmd(locked) && has_flag(pfn_of(locked), 28));
	/* truncated while mlocked */
	EQUAL(ftruncate(fd, PAGE), 0);
	munmap(locked, TEAM);
	EQUAL(at[0], 2);
	for (i = 0; i < 50 && figure("/proc/meminfo", "Mlocked") != before; i++)
		usleep(100000);
	EQUAL(figure("/proc/meminfo", "Mlocked"), before);
}

static void whole_mprotect_keeps_it(unsigned seconds)
{
	const int fd = team_file(TEAM);
	char *at = mapped(fd);

	(void)seconds;
	EQUAL(mprotect(at, TEAM, PROT_READ), 0);
	CHECK(by_pmd(at) && team_filled(at, TEAM, 7));
	EQUAL(mprotect(at, TEAM, PROT_NONE), 0);
	EQUAL(mprotect(at, TEAM, PROT_READ | PROT_WRITE), 0);
	touch(at);
	CHECK(by_pmd(at) && team_filled(at, TEAM, 7));
}

static void private_write(unsigned seconds)
{
	const int fd = team_file(TEAM);
	char *at = mapped(fd);
	char *own = team_mmap(fd, TEAM, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0, 0);
	const uint64_t pfn = pfn_of(at);

	(void)seconds;
	CHECK(team_filled(own, TEAM, 7) && by_pmd(own));
	EQUAL(word_usage(pfn), 514);
	own[33 * PAGE] = 1;
	CHECK(!by_pmd(own) && by_pmd(at));
	EQUAL(word_usage(pfn), 513);
	CHECK(pfn_of(own + 33 * PAGE) != pfn + 33 && has_flag(pfn_of(own + 33 * PAGE), 12));
	EQUAL(word_count(pfn + 33), 1);
	EQUAL(word_count(pfn + 34), 2);
	EQUAL(pfn_of(own + 34 * PAGE), pfn + 34);
	CHECK(team_filled(at, TEAM, 7) && team_filled(own, 33 * PAGE, 7));
	/* and by force, through /proc/PID/mem, where it may only be read */
	own = team_mmap(fd, TEAM, PROT_READ, MAP_PRIVATE, 0, 0);
	CHECK(team_filled(own, TEAM, 7) && by_pmd(own));
	{
		const int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

		EQUAL(pwrite(mem, "forced", 6, (off_t)(uintptr_t)(own + 50 * PAGE)), 6);
		close(mem);
	}
	CHECK(!by_pmd(own) && !memcmp(own + 50 * PAGE, "forced", 6) && team_filled(at, TEAM, 7));
	EQUAL(word_usage(pfn), 513);
}

/* A probe on code that stands in a team: the page gets a copy of its own, with the breakpoint. */
static void by_uprobe(unsigned seconds)
{
	static const char code[] = "\x55\x48\x89\xe5\xb8\x2a\0\0\0\x5d\xc3"; /* push, mov, 42, pop, ret */
	const int fd = open(MOUNT "/code", O_CREAT | O_RDWR | O_CLOEXEC, 0700);
	char *at, *run;

	(void)seconds;
	CHECK(fd >= 0 && !ftruncate(fd, TEAM));
	at = team_map(fd, TEAM);
	memcpy(at + 3 * PAGE, code, sizeof(code));
	run = team_mmap(fd, TEAM, PROT_READ | PROT_EXEC, MAP_PRIVATE, 0, 0);
	EQUAL(((int (*)(void))(uintptr_t)(run + 3 * PAGE))(), 42);
	CHECK(by_pmd(run));
	CHECK(team_tell("/sys/kernel/tracing/uprobe_events", "p:teams/probe " MOUNT "/code:0x3000\n"));
	CHECK(team_tell("/sys/kernel/tracing/events/teams/probe/enable", "1"));
	CHECK(!by_pmd(run) && by_pmd(at));
	EQUAL(((int (*)(void))(uintptr_t)(run + 3 * PAGE))(), 42);
	EQUAL(usage_at(at), 513);
	CHECK(!memcmp(at + 3 * PAGE, code, sizeof(code)));
	CHECK(team_tell("/sys/kernel/tracing/events/teams/probe/enable", "0"));
	CHECK(team_tell("/sys/kernel/tracing/uprobe_events", "-:teams/probe\n"));
	EQUAL(((int (*)(void))(uintptr_t)(run + 3 * PAGE))(), 42);
	unlink(MOUNT "/code");
	close(fd);
}

const struct team_test split_tests[] = {
	{"ptes by munmap of a part", by_munmap},
	{"ptes by MADV_DONTNEED of a part", by_dontneed},
	{"ptes by mprotect of a page", by_mprotect},
	{"ptes by an area that is split", by_madvise},
	{"ptes by mremap", by_mremap},
	{"ptes by mlock", by_mlock},
	{"mprotect of the whole keeps the PMD", whole_mprotect_keeps_it},
	{"a write to a private mapping copies one page", private_write},
	{"ptes by a uprobe", by_uprobe},
	{NULL},
};
