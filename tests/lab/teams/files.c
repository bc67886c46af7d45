/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Teams in files: born by write(2) as by faults, truncated, punched, and small pages where there can be none. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "teams.h"

static void born_in_write(unsigned seconds)
{
	const long long made = figure("/proc/vmstat", "thp_file_alloc");
	const int fd = team_file(0), copy = team_file(0);
	char *data = mmap(NULL, 3 * TEAM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *at;
	size_t done;
	off_t from = 0;

	(void)seconds;
	team_fill(data, 3 * TEAM, 11);
	for (done = 0; done < 2 * TEAM + 5000; done += 5000)
		EQUAL(pwrite(fd, data + done, 5000, (off_t)done), 5000);
	EQUAL(figure("/proc/vmstat", "thp_file_alloc") - made, 2 + (done > 2 * TEAM));
	at = team_map(fd, 2 * TEAM);
	CHECK(!memcmp(at, data, 2 * TEAM) && by_pmd(at) && by_pmd(at + TEAM));
	EQUAL(sendfile(copy, fd, &from, 2 * TEAM), 2 * TEAM);
	munmap(at, 2 * TEAM);
	at = team_map(copy, 2 * TEAM);
	CHECK(!memcmp(at, data, 2 * TEAM) && by_pmd(at));
	memset(data, 0, 2 * TEAM);
	EQUAL(pread(fd, data, 2 * TEAM, 0), 2 * TEAM);
	CHECK(!memcmp(at, data, 2 * TEAM));
}

static sigjmp_buf back;

static void jump(int number)
{
	siglongjmp(back, number);
}

/* The signal that reading a byte gives, or 0. */
static int read_gives(const volatile char *at)
{
	int number = sigsetjmp(back, 1);

	if (!number)
		(void)*at;
	return number;
}

static void truncated(unsigned seconds)
{
	const int fd = team_file(2 * TEAM);
	char *at = team_map(fd, 2 * TEAM), *other = team_map(fd, 2 * TEAM);
	const size_t keep = 100 * PAGE + 10;
	uint64_t pfn;
	size_t i;

	(void)seconds;
	signal(SIGBUS, jump);
	team_fill(at, 2 * TEAM, 12);
	CHECK(team_filled(other, 2 * TEAM, 12));
	pfn = pfn_of(at);
	EQUAL(word_usage(pfn), 514);
	EQUAL(ftruncate(fd, (off_t)keep), 0);
	EQUAL(word_usage(pfn), 0);
	for (i = 0; i <= 100; i++) {
		EQUAL(pfn_of(at + i * PAGE), pfn + i);
		EQUAL(word_count(pfn + i), 2);
		CHECK(!has_flag(pfn + i, 28));
	}
	CHECK(!present(at + 101 * PAGE) && !present(other + 101 * PAGE) && !present(at + TEAM));
	CHECK(team_filled(at, 100 * PAGE, 12));
	EQUAL(read_gives(at + 101 * PAGE), SIGBUS);
	EQUAL(read_gives(at + TEAM), SIGBUS);
	EQUAL(ftruncate(fd, 2 * TEAM), 0);
	CHECK(team_zero(at + 101 * PAGE, TEAM - 101 * PAGE));
	for (i = 10; i < PAGE; i++)
		EQUAL(at[100 * PAGE + i], 0);
	CHECK(team_filled(other, 100 * PAGE, 12) && !by_pmd(at));
	/* the second extent was cut off whole, and may be a team again */
	at[TEAM] = 1;
	CHECK(has_flag(pfn_of(at + TEAM), 28));
	EQUAL(ftruncate(fd, 0), 0);
	EQUAL(read_gives(at), SIGBUS);
	EQUAL(ftruncate(fd, TEAM), 0);
	CHECK(team_zero(at, TEAM));
}

static void punched(unsigned seconds)
{
	const int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, fd = team_file(3 * TEAM);
	char *at = team_map(fd, 3 * TEAM);
	struct stat status;
	uint64_t pfn;

	(void)seconds;
	team_fill(at, 3 * TEAM, 13);
	pfn = pfn_of(at);
	EQUAL(fallocate(fd, mode, 7 * PAGE, PAGE), 0);
	CHECK(!has_flag(pfn, 28) && !has_flag(pfn + 511, 28));
	CHECK(team_filled(at, 7 * PAGE, 13) && team_zero(at + 7 * PAGE, PAGE));
	EQUAL(pfn_of(at + 8 * PAGE), pfn + 8);
	/* within a page; over the middle, from the first to the third */
	EQUAL(fallocate(fd, mode, TEAM - PAGE + 8, 100), 0);
	EQUAL(at[TEAM - PAGE + 8], 0);
	EQUAL(fallocate(fd, mode, TEAM - 2 * PAGE, TEAM + 4 * PAGE), 0);
	CHECK(team_zero(at + TEAM - 2 * PAGE, TEAM + 4 * PAGE));
	CHECK(team_filled(at, 7 * PAGE, 13) && !team_zero(at + 2 * TEAM + 2 * PAGE, PAGE));
	EQUAL(madvise(at + 2 * TEAM, PAGE * 9, MADV_REMOVE), 0);
	CHECK(team_zero(at + 2 * TEAM, 9 * PAGE) && !team_zero(at + 2 * TEAM + 9 * PAGE, PAGE));
	/* all of it */
	EQUAL(fallocate(fd, mode, 0, 3 * TEAM), 0);
	EQUAL(fstat(fd, &status), 0);
	EQUAL(status.st_blocks, 0);
	munmap(at, 3 * TEAM);
	at = team_map(fd, 3 * TEAM);
	at[TEAM] = 1;
	CHECK(by_pmd(at + TEAM) && team_zero(at, TEAM));
	EQUAL(fstat(fd, &status), 0);
	EQUAL(status.st_blocks, 2 * TEAM / 512);
}

/* A private copy survives what happens to the file's page, unless that is truncated. */
static void private_copy_and_hole(unsigned seconds)
{
	const int fd = team_file(TEAM);
	char *at = team_map(fd, TEAM), *own;

	(void)seconds;
	team_fill(at, TEAM, 14);
	own = team_mmap(fd, TEAM, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0, 0);
	own[4 * PAGE] = 55;
	CHECK(team_filled(own + 5 * PAGE, 0, 0) && own[5 * PAGE] == at[5 * PAGE]);
	EQUAL(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4 * PAGE, 2 * PAGE), 0);
	EQUAL(own[4 * PAGE], 55);
	EQUAL(own[5 * PAGE], 0);
	CHECK(team_zero(at + 4 * PAGE, 2 * PAGE) && team_filled(at, 4 * PAGE, 14));
}

static void small_where_no_room(unsigned seconds)
{
	const int fd =
		(mkdir(MOUNT "/small", 0700), mount("small", MOUNT "/small", "tmpfs", 0, "huge=team,size=3m"),
		 open(MOUNT "/small/file", O_CREAT | O_RDWR | O_CLOEXEC, 0600));
	char *at;

	(void)seconds;
	CHECK(fd >= 0 && !ftruncate(fd, 2 * TEAM));
	at = team_map(fd, 2 * TEAM);
	team_fill(at, TEAM + 10 * PAGE, 15);
	CHECK(by_pmd(at) && !by_pmd(at + TEAM) && !has_flag(pfn_of(at + TEAM), 28));
	CHECK(team_filled(at, TEAM + 10 * PAGE, 15));
	munmap(at, 2 * TEAM);
	close(fd);
	unlink(MOUNT "/small/file");
	EQUAL(mount("small", MOUNT "/small", "tmpfs", MS_REMOUNT, "huge=never"), -1);
	EQUAL(mount("small", MOUNT "/small", "tmpfs", MS_REMOUNT, "size=4m"), 0);
	EQUAL(umount(MOUNT "/small"), 0);
	rmdir(MOUNT "/small");
}

static int in_cgroup(void *data)
{
	const int fd = team_file(64 * TEAM);
	char *at = team_map(fd, 64 * TEAM), path[64];
	size_t i, small = 0;
	int procs = open("/tmp/teams.cgroup/teams/cgroup.procs", O_WRONLY | O_CLOEXEC);

	(void)data;
	snprintf(path, sizeof(path), "%d", (int)getpid());
	if (procs < 0 || write(procs, path, strlen(path)) < 0)
		return 9;
	for (i = 0; i < 40; i++) {
		at[i * TEAM] = (char)(i + 1);
		small += !has_flag(pfn_of(at + i * TEAM), 28);
	}
	for (i = 0; i < 40; i++)
		if (at[i * TEAM] != (char)(i + 1) || !team_zero(at + i * TEAM + PAGE, PAGE))
			return 8;
	return small ? 0 : 7;
}

/* A cgroup without room for teams, and no swap: small pages, and nothing else happens. */
static void cgroup_limit(unsigned seconds)
{
	int fd, status;

	(void)seconds;
	mkdir("/tmp/teams.cgroup", 0700);
	CHECK(!mount("none", "/tmp/teams.cgroup", "cgroup2", 0, NULL));
	fd = open("/tmp/teams.cgroup/cgroup.subtree_control", O_WRONLY | O_CLOEXEC);
	CHECK(fd >= 0 && write(fd, "+memory", 7) == 7);
	close(fd);
	mkdir("/tmp/teams.cgroup/teams", 0700);
	fd = open("/tmp/teams.cgroup/teams/memory.max", O_WRONLY | O_CLOEXEC);
	CHECK(fd >= 0 && write(fd, "50M", 3) == 3);
	close(fd);
	status = in_child(in_cgroup, NULL);
	for (fd = 0; fd < 50 && rmdir("/tmp/teams.cgroup/teams"); fd++)
		usleep(100000);
	umount("/tmp/teams.cgroup");
	EQUAL(status, 0);
}

/* Asks for so many pages of hugetlb, which takes free blocks of 2 MiB; how many there are then. */
static long long hugetlb(long long pages)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", pages);
	team_tell("/proc/sys/vm/nr_hugepages", text);
	return figure("/proc/meminfo", "HugePages_Total");
}

/* How many blocks of 2 MiB are free: the last two figures of each zone are those of 2 and of 4 MiB. */
static long long free_blocks(void)
{
	long long sum = 0, figures[11];
	char line[512];
	int i, n, at;
	FILE *in = fopen("/proc/buddyinfo", "re");

	while (in && fgets(line, sizeof(line), in)) {
		at = 0;
		sscanf(line, "Node %*d, zone %*s%n", &at);
		for (i = 0; at && i < 11; i++, at += n)
			if (sscanf(line + at, "%lld%n", &figures[i], &n) != 1)
				break;
		sum += at && i == 11 ? figures[9] + 2 * figures[10] : 0;
	}
	if (in)
		fclose(in);
	return sum;
}

/*
 * hugetlb has the free blocks, and what else is free are single pages between others that cannot be moved. A block that
 * somebody gives back meanwhile becomes a team, too: extents are filled until there was none for some.
 */
static void no_free_block(unsigned seconds)
{
	const size_t extents = 64, some = 6, size = 32 * TEAM, spare = 8;
	char *holes =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	const int fd = team_file(extents * TEAM);
	const long long fell = figure("/proc/vmstat", "thp_file_fallback");
	char *at = team_map(fd, extents * TEAM);
	size_t i, n, small = 0;
	long long held;

	(void)seconds;
	CHECK(holes != MAP_FAILED && team_tell("/proc/sys/vm/compact_unevictable_allowed", "0"));
	madvise(holes, size, MADV_NOHUGEPAGE);
	held = hugetlb(free_blocks() - (long long)(size / TEAM + spare));
	CHECK(held > 0);
	memset(holes, 1, size);
	EQUAL(mlock(holes, size), 0);
	for (i = 0; i < size; i += 2 * PAGE)
		madvise(holes + i, PAGE, MADV_DONTNEED_LOCKED);
	hugetlb(held + free_blocks());
	for (n = 0; n < extents && small < some; n++) {
		team_fill(at + n * TEAM, TEAM, n);
		small += !has_flag(pfn_of(at + n * TEAM), 28);
	}
	hugetlb(0);
	for (i = 0; i < n; i++)
		CHECK(team_filled(at + i * TEAM, TEAM, i));
	printf("# %zu of %zu extents are teams, for %lld there was no block\n", n - small, n,
	       figure("/proc/vmstat", "thp_file_fallback") - fell);
	EQUAL(small, some);
	CHECK(figure("/proc/vmstat", "thp_file_fallback") - fell >= (long long)some);
	for (i = PAGE; i < size; i += 2 * PAGE)
		CHECK(holes[i] == 1);
}

/* What ages, drops, reclaims or moves pages leaves teams as they are. */
static void left_alone(unsigned seconds)
{
	static const char *const knobs[] = {"/proc/sys/vm/drop_caches", "/proc/sys/vm/compact_memory"};
	const int fd = team_file(2 * TEAM);
	char *at = team_map(fd, 2 * TEAM);
	uint64_t pfn;
	void *page = at + 9 * PAGE;
	int knob, node = 0, status = -1;
	size_t i;

	(void)seconds;
	team_fill(at, TEAM, 17);
	touch(at + TEAM);
	pfn = pfn_of(at);
	for (i = 0; i < sizeof(knobs) / sizeof(*knobs); i++) {
		knob = open(knobs[i], O_WRONLY | O_CLOEXEC);
		CHECK(write(knob, "3", 1) == 1 || write(knob, "1", 1) == 1);
		close(knob);
	}
	EQUAL(madvise(at, TEAM, MADV_COLD), 0);
	EQUAL(madvise(at, TEAM, MADV_PAGEOUT), 0);
	EQUAL(madvise(at + PAGE, PAGE, MADV_PAGEOUT), 0);
	EQUAL(posix_fadvise(fd, 0, 2 * TEAM, POSIX_FADV_DONTNEED), 0);
	EQUAL(syscall(SYS_move_pages, 0, 1, &page, &node, &status, 1 << 1), 0);
	CHECK(by_pmd(at) && by_pmd(at + TEAM) && team_filled(at, TEAM, 17));
	EQUAL(pfn_of(at), pfn);
	EQUAL(word_usage(pfn), 513);
	/* by ptes they are found by others' ways */
	mprotect(at, PAGE, PROT_READ);
	EQUAL(madvise(at, TEAM, MADV_COLD), 0);
	EQUAL(madvise(at, TEAM, MADV_PAGEOUT), 0);
	EQUAL(syscall(SYS_move_pages, 0, 1, &page, &node, &status, 1 << 1), 0);
	CHECK(team_filled(at, TEAM, 17));
	EQUAL(pfn_of(at + PAGE), pfn + 1);
	EQUAL(word_usage(pfn), 512);
	/* once disbanded they are pages like others */
	EQUAL(ftruncate(fd, 100 * PAGE), 0);
	EQUAL(madvise(at, 100 * PAGE, MADV_COLD), 0);
	EQUAL(madvise(at, 100 * PAGE, MADV_PAGEOUT), 0);
	CHECK(team_filled(at, 100 * PAGE, 17) && !has_flag(pfn_of(at + PAGE), 28));
}

static void seals(unsigned seconds)
{
	const int fd = team_file(TEAM), memory = memfd_create("teams", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	char *at;

	(void)seconds;
	EQUAL(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), -1);
	EQUAL(errno, EPERM);
	CHECK(!ftruncate(memory, TEAM));
	at = team_map(memory, TEAM);
	at[0] = 1;
	CHECK(!has_flag(pfn_of(at), 28));
	EQUAL(fcntl(memory, F_ADD_SEALS, F_SEAL_WRITE), -1);
	munmap(at, TEAM);
	EQUAL(fcntl(memory, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK), 0);
	EQUAL(ftruncate(memory, 0), -1);
}

static void allocated(unsigned seconds)
{
	const int fd = team_file(0);
	char *at;

	(void)seconds;
	EQUAL(fallocate(fd, 0, 0, TEAM), 0);
	at = team_map(fd, TEAM);
	CHECK(team_zero(at, TEAM) && !by_pmd(at) && !has_flag(pfn_of(at), 28));
	/* More than the mount holds: all of what it had taken is given back. */
	EQUAL(fallocate(fd, 0, 0, 1l << 31), -1);
	EQUAL(errno, ENOSPC);
	team_fill(at, TEAM, 16);
	CHECK(team_filled(at, TEAM, 16));
}

const struct team_test file_tests[] = {
	{"write(2) and sendfile make teams", born_in_write},
	{"truncated under two mappings", truncated},
	{"holes are punched", punched},
	{"a private copy and a hole in the file", private_copy_and_hole},
	{"small pages where the mount has no room", small_where_no_room},
	{"small pages where the cgroup has no room", cgroup_limit},
	{"no free block of 2 MiB", no_free_block},
	{"what ages, drops or moves pages leaves teams alone", left_alone},
	{"seals: none on a team file, all on memfds", seals},
	{"fallocate makes small pages", allocated},
	{NULL},
};
