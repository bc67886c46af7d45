/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every action of a specimen on this kernel, judged by maps, smaps, mem and vmstat alone. */
#include "local_common.h"

#include <fcntl.h>
#include <unistd.h>

/* One VMA's block of smaps. */
struct block {
	uint64_t start, end;
	char perms[8], name[128], flags[256];
	uint64_t rss, anon_huge, shmem_pmd; /* kB */
};

/* The block that holds addr; false if nothing is mapped there. */
static bool smaps_at(pid_t pid, uint64_t addr, struct block *block)
{
	char path[64], line[512];
	bool in = false, found = false;
	uint64_t start, end;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps", (int)pid);
	file = fopen(path, "re");
	assert_non_null(file);
	memset(block, 0, sizeof(*block));
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2) {
			in = addr >= start && addr < end;
			found |= in;
			if (in) {
				block->start = start;
				block->end = end;
				sscanf(line, "%*s %7s %*s %*s %*s %127[^\n]", block->perms, block->name);
			}
		} else if (in) {
			sscanf(line, "Rss: %lu", &block->rss);
			sscanf(line, "AnonHugePages: %lu", &block->anon_huge);
			sscanf(line, "ShmemPmdMapped: %lu", &block->shmem_pmd);
			sscanf(line, "VmFlags: %255[^\n]", block->flags);
		}
	}
	fclose(file);
	return found;
}

/* The VMA of an area. */
static struct block area(struct source *source, const char *process, const char *name)
{
	const struct place place = place_of(source, process, name);
	struct block block;

	assert_true(smaps_at(place.pid, place.start, &block));
	return block;
}

static int byte_at(const struct place *place, uint64_t offset)
{
	unsigned char byte;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)place->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, (off_t)(place->start + offset)), 1);
	close(fd);
	return byte;
}

static int setup(void **state)
{
	struct source *source = open_source();
	pid_t pid;

	if (source_spawn(source, &pid))
		fail_msg("%s", source->error);
	*state = source;
	return 0;
}

static int teardown(void **state)
{
	source_close(*state);
	return 0;
}

static size_t count_vmas(pid_t pid)
{
	char path[64], line[512];
	size_t n = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		n++;
	fclose(file);
	return n;
}

static void test_map_kinds(void **state)
{
	struct source *source = *state;
	struct block block;
	size_t before;
	pid_t pid;
	size_t n;

	assert_int_equal(source_family(source, &pid, 1, &n), 0);
	before = count_vmas(pid);
	assert_in_range(before, 3, 12);
	do_act(source, "map anon 4M as A");
	do_act(source, "map shmem 4M as S");
	do_act(source, "map file 4M as F");
	do_act(source, "map private-file 4M as P");
	assert_int_equal(count_vmas(pid), before + 4);
	block = area(source, "", "A");
	assert_int_equal(block.start, 0x7e0000000000);
	assert_int_equal(block.end - block.start, 4 << 20);
	assert_string_equal(block.perms, "rw-p");
	block = area(source, "", "S");
	assert_int_equal(block.start, 0x7e0000600000);
	assert_string_equal(block.perms, "rw-s");
	assert_string_equal(block.name, "/memfd:S (deleted)");
	block = area(source, "", "F");
	assert_string_equal(block.perms, "rw-s");
	assert_non_null(strstr(block.name, "/thpscope-F-"));
	assert_non_null(strstr(block.name, " (deleted)"));
	block = area(source, "", "P");
	assert_string_equal(block.perms, "rw-p");
	assert_non_null(strstr(block.name, "/thpscope-P-"));
	refused(source, "map anon 4M as A", -EEXIST, "there already");
	refused(source, "map anon 5000 as B", -EINVAL, "multiple of the page size, 4096 bytes");
	refused(source, "map anon 4M as B skew 2M", -EINVAL, "less than a region");
	refused(source, "map shmem 4M as B noreserve", -EINVAL, "only anonymous");
	refused(source, "map anon 1000T as B", -ENOMEM, "mmap:");
	refused(source, "map kid anon 4M as B", -ENOENT, "no process of the specimen is called 'kid'");
}

static void test_map_options(void **state)
{
	struct source *source = *state;
	struct block block;

	do_act(source, "map anon 4M as A skew 64k hugepage");
	block = area(source, "", "A");
	assert_int_equal(block.start % (2 << 20), 64 << 10);
	assert_non_null(strstr(block.flags, " hg"));
	do_act(source, "map anon 4M as N nohugepage");
	block = area(source, "", "N");
	assert_non_null(strstr(block.flags, " nh"));
	do_act(source, "map anon 16T as R noreserve");
	block = area(source, "", "R");
	assert_string_equal(block.perms, "---p");
	assert_int_equal(block.end - block.start, UINT64_C(16) << 40);
}

/* Clock ticks of CPU time in user space. */
static unsigned long user_ticks(pid_t pid)
{
	unsigned long ticks = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu", &ticks),
			 1);
	fclose(file);
	return ticks;
}

/* Whether it keeps a CPU busy: within 10 s, a tenth of a second more. */
static bool walks(pid_t pid)
{
	const unsigned long before = user_ticks(pid);
	const uint64_t end = now_ms() + 10000;

	while (user_ticks(pid) < before + 10) {
		if (now_ms() >= end)
			return false;
		nap();
	}
	return true;
}

/* Whether it comes to rest: within 10 s there is a fifth of a second in which it keeps no CPU busy. */
static bool rests(pid_t pid)
{
	const uint64_t end = now_ms() + 10000;
	unsigned long ticks = user_ticks(pid), now;
	uint64_t since = now_ms();

	while (now_ms() < since + 200) {
		nap();
		now = user_ticks(pid);
		if (now == ticks)
			continue;
		if (now_ms() >= end)
			return false;
		ticks = now;
		since = now_ms();
	}
	return true;
}

static void test_walk(void **state)
{
	struct source *source = *state;
	struct place place;

	do_act(source, "map anon 4M as A nohugepage");
	place = place_of(source, "", "A");
	/* Where nothing was written zero pages come: of 1024, nearly all. */
	do_act(source, "walk A 60m");
	assert_true(walks(place.pid));
	/* Meanwhile it does what it is told; a child walks no walk of its parent's. */
	do_act(source, "touch A+1M 8k");
	assert_int_equal(byte_at(&place, 1 << 20), 1);
	do_act(source, "fork as kid");
	do_act(source, "touch kid A+2M 4k");
	place = place_of(source, "kid", "A");
	assert_true(user_ticks(place.pid) < 10);
	/* What it walks through may be taken from under it. */
	do_act(source, "unmap A");
	do_act(source, "map anon 2M as B nohugepage");
	place = place_of(source, "", "B");
	do_act(source, "walk B 60m");
	assert_true(walks(place.pid));
	/* And it ends by itself. */
	do_act(source, "walk B 100ms");
	assert_true(rests(place.pid));
	do_act(source, "touch B");
	refused(source, "walk B+1 4k 1s", -EINVAL, "multiples of the page size");
}

/* There is room for 64 ranges: what is used already takes no more of it. */
static void test_use(void **state)
{
	struct source *source = *state;
	char text[32];
	unsigned i;

	do_act(source, "map anon 4M as A nohugepage");
	do_act(source, "touch A");
	for (i = 0; i < 100; i++)
		do_act(source, "use A+1M 64k");
	for (i = 0; i < 63; i++) {
		snprintf(text, sizeof(text), "use A+%uk 4k", 8 * i);
		do_act(source, text);
	}
	refused(source, "use A+3M 4k", -ENOSPC, "use: No space left on device");
	do_act(source, "use A+16k 4k");
	/* What is within another is part of it, before and behind. */
	do_act(source, "use A+0 1M");
	do_act(source, "use A+16k 4k");
	for (i = 0; i < 62; i++) {
		snprintf(text, sizeof(text), "use A+%uk 4k", 2048 + 8 * i);
		do_act(source, text);
	}
	refused(source, "use A+3M 4k", -ENOSPC, "use: No space left on device");
	do_act(source, "rest A");
	do_act(source, "use A+3M 4k");
	do_act(source, "rest A");
}

static void test_access(void **state)
{
	struct source *source = *state;
	struct place place;

	do_act(source, "map anon 4M as A nohugepage");
	place = place_of(source, "", "A");
	do_act(source, "touch A+1M 8k");
	assert_int_equal(area(source, "", "A").rss, 8);
	assert_int_equal(byte_at(&place, 1 << 20), 1);
	do_act(source, "write A+1M");
	assert_int_equal(byte_at(&place, 1 << 20), 2);
	assert_int_equal(byte_at(&place, (1 << 20) + 4096), 1);
	do_act(source, "touch A");
	assert_int_equal(area(source, "", "A").rss, 4096);
	do_act(source, "map file 4M as F");
	do_act(source, "read F");
	assert_int_equal(area(source, "", "F").rss, 4096);
	refused(source, "touch B", -ENOENT, "'main' has no area called 'B'");
	refused(source, "touch A[2]", -ERANGE, "A has 2 whole regions of 2048 kB, numbered from 0");
	refused(source, "touch A+4M", -ERANGE, "A ends");
	refused(source, "touch A[1] 4M", -ERANGE, "A ends 2048 kB from there on");
	do_act(source, "protect A[1]+4k 4k none");
	refused(source, "touch A", -EFAULT, "the page at 0x7e0000201000 cannot be accessed");
	refused(source, "read A[1]+4k", -EFAULT, "cannot be accessed");
	do_act(source, "read A[0]");
}

static void test_collapse_and_split(void **state)
{
	struct source *source = *state;
	struct block before, after;

	do_act(source, "map anon 4M as A nohugepage");
	do_act(source, "touch A");
	refused(source, "collapse A", -EINVAL, "'why' tells the reasons");
	do_act(source, "map anon 4M as B");
	do_act(source, "touch B");
	do_act(source, "collapse B");
	before = area(source, "", "B");
	assert_int_equal(before.anon_huge, 4096);
	do_act(source, "split B[1]+64k");
	assert_int_equal(area(source, "", "B").anon_huge, 2048);
	do_act(source, "split B");
	after = area(source, "", "B");
	assert_int_equal(after.anon_huge, 0);
	assert_int_equal(after.rss, 4096);
	assert_int_equal(after.start, before.start);
	assert_int_equal(after.end, before.end);
	assert_string_equal(after.flags, before.flags);
	do_act(source, "collapse B[0]");
	assert_int_equal(area(source, "", "B").anon_huge, 2048);
}

static void test_split_shmem(void **state)
{
	struct source *source = *state;
	struct block block;

	do_act(source, "map shmem 4M as S");
	do_act(source, "touch S");
	do_act(source, "collapse S");
	assert_int_equal(area(source, "", "S").shmem_pmd, 4096);
	do_act(source, "split S[0]");
	block = area(source, "", "S");
	assert_int_equal(block.shmem_pmd, 2048);
	assert_int_equal(block.rss, 4096);
	assert_int_equal(block.end - block.start, 4 << 20);
	/* What holds nothing is not brought into being by a split. */
	do_act(source, "map shmem 4M as T");
	do_act(source, "split T");
	assert_int_equal(area(source, "", "T").rss, 0);
}

static void test_split_folio(void **state)
{
	struct source *source = *state;
	uint64_t before;

	do_act(source, "map anon 4M as A");
	do_act(source, "touch A");
	do_act(source, "collapse A");
	before = vmstat("thp_split_page");
	do_act(source, "split-folio A");
	assert_true(vmstat("thp_split_page") >= before + 2);
	assert_int_equal(area(source, "", "A").anon_huge, 0);
	assert_int_equal(area(source, "", "A").rss, 4096);
}

static void test_advise_and_protect(void **state)
{
	struct source *source = *state;
	struct block block;

	do_act(source, "map anon 4M as A");
	do_act(source, "advise A sequential");
	assert_non_null(strstr(area(source, "", "A").flags, " sr"));
	do_act(source, "advise A[1] random");
	block = area(source, "", "A");
	assert_int_equal(block.end - block.start, 2 << 20);
	do_act(source, "advise A normal");
	do_act(source, "advise A+0 8k populate-write");
	block = area(source, "", "A");
	assert_int_equal(block.end - block.start, 4 << 20);
	assert_true(block.rss >= 8);
	do_act(source, "protect A r");
	assert_string_equal(area(source, "", "A").perms, "r--p");
	do_act(source, "protect A rw");
	assert_string_equal(area(source, "", "A").perms, "rw-p");
	refused(source, "advise A+100 cold", -EINVAL, "multiples of the page size");
}

static void test_move(void **state)
{
	struct source *source = *state;
	struct place from, to;
	struct block block;

	do_act(source, "map anon 4M as A");
	do_act(source, "touch A");
	do_act(source, "collapse A");
	from = place_of(source, "", "A");
	do_act(source, "move A by 0");
	to = place_of(source, "", "A");
	assert_int_not_equal(to.start, from.start);
	assert_int_equal(to.start % (2 << 20), 0);
	assert_false(smaps_at(from.pid, from.start, &block));
	assert_int_equal(area(source, "", "A").anon_huge, 4096);
	do_act(source, "move A by 64k");
	to = place_of(source, "", "A");
	assert_int_equal(to.start % (2 << 20), 64 << 10);
	assert_int_equal(area(source, "", "A").anon_huge, 0);
	assert_int_equal(area(source, "", "A").rss, 4096);
	refused(source, "move A by 100", -EINVAL, "whole pages");
	refused(source, "move A by 2M", -EINVAL, "less than a region");
}

static void test_giving_back(void **state)
{
	struct source *source = *state;
	struct place place;
	struct block block;

	do_act(source, "map anon 4M as A nohugepage");
	do_act(source, "touch A");
	do_act(source, "discard A[0]");
	assert_int_equal(area(source, "", "A").rss, 2048);
	refused(source, "punch A", -EINVAL, "no file behind this memory");
	do_act(source, "unmap A[1]");
	place = place_of(source, "", "A");
	assert_int_equal(area(source, "", "A").end, place.start + (2 << 20));
	do_act(source, "map shmem 4M as S");
	do_act(source, "touch S");
	do_act(source, "punch S[1]+4k 4k");
	place = place_of(source, "", "S");
	assert_int_equal(area(source, "", "S").rss, 4092);
	assert_int_equal(byte_at(&place, (2 << 20) + 4096), 0);
	assert_int_equal(byte_at(&place, (2 << 20) + 8192), 1);
	do_act(source, "unmap S");
	assert_false(smaps_at(place.pid, place.start, &block));
	refused(source, "touch S", -ENOENT, "no area called 'S'");
	do_act(source, "map shmem 2M as S");
}

static void test_guard(void **state)
{
	struct source *source = *state;
	int err;

	do_act(source, "map anon 4M as A nohugepage");
	do_act(source, "touch A");
	err = act(source, "advise A[0] 64k guard-install");
	if (err) { /* before Linux 6.13 */
		assert_non_null(strstr(source->error, "no guard regions"));
		return;
	}
	refused(source, "read A[0]+4k", -EFAULT, "cannot be accessed");
	assert_int_equal(area(source, "", "A").rss, 4096 - 64);
	do_act(source, "advise A[0] 64k guard-remove");
	do_act(source, "read A[0]+4k");
}

static void test_hugetlb_without_pages(void **state)
{
	struct source *source = *state;

	refused(source, "map hugetlb 512G as H page 2M", -ENOMEM, "not enough free hugetlb pages");
	refused(source, "map hugetlb 3M as H page 2M", -EINVAL, "multiple of the page size, 2097152 bytes");
}

/* One file: mapped shared, privately, by a child that was there before, and again by one that got it by fork. */
static void test_same_file(void **state)
{
	static const char *const kinds[] = {"shmem", "file"};
	struct source *source = *state;
	struct place one, other;
	char line[64];
	size_t i;

	do_act(source, "fork as kid");
	for (i = 0; i < 2; i++) {
		snprintf(line, sizeof(line), "map %s 4M as A", kinds[i]);
		do_act(source, line);
		do_act(source, "map private-file 2M as P of A");
		snprintf(line, sizeof(line), "map kid %s 4M as A of main A", kinds[i]);
		do_act(source, line);
		snprintf(line, sizeof(line), "map %s 4M as C of kid A skew 64k", kinds[i]);
		do_act(source, line);
		assert_string_equal(area(source, "", "P").perms, "rw-p");
		assert_string_equal(area(source, "", "P").name, area(source, "kid", "A").name);
		do_act(source, "store A+64k 7");
		other = place_of(source, "kid", "A");
		assert_int_equal(byte_at(&other, 64 << 10), 7);
		other = place_of(source, "", "P");
		assert_int_equal(byte_at(&other, 64 << 10), 7);
		do_act(source, "store P+64k 8");
		one = place_of(source, "", "C");
		assert_int_equal(one.start % (2 << 20), 64 << 10);
		assert_int_equal(byte_at(&one, 64 << 10), 7);
		assert_int_equal(byte_at(&other, 64 << 10), 8);
		/* Each has a descriptor of its own: the file outlives its first area. */
		do_act(source, "unmap A");
		do_act(source, "punch kid A+64k 4k");
		assert_int_equal(byte_at(&one, 64 << 10), 0);
		do_act(source, "unmap P");
		do_act(source, "unmap C");
		do_act(source, "unmap kid A");
	}
}

static void test_no_same_file(void **state)
{
	struct source *source = *state;

	do_act(source, "map anon 2M as A");
	do_act(source, "map shmem 2M as S");
	do_act(source, "map private-file 2M as P of S");
	do_act(source, "map shmem 2M as T of P");
	refused(source, "map shmem 2M as B of A", -EINVAL,
		"'A' is anon, which cannot be mapped again as shmem");
	refused(source, "map file 2M as B of P", -EINVAL,
		"'P' is shmem, which cannot be mapped again as file");
	refused(source, "map shmem 2M as B of X", -ENOENT, "'main' has no area called 'X'");
	refused(source, "map shmem 2M as B of kid S", -ENOENT, "no process of the specimen is called 'kid'");
	refused(source, "map team 2M as B", -ENOTSUP, "that has page teams");
}

static void test_truncate(void **state)
{
	struct source *source = *state;

	do_act(source, "map shmem 4M as A nohugepage");
	do_act(source, "touch A");
	do_act(source, "truncate A to 1M");
	assert_int_equal(area(source, "", "A").rss, 1024);
	refused(source, "read A+1M", -EFAULT, "beyond what there is");
	do_act(source, "truncate A to 4M");
	do_act(source, "read A+1M");
	do_act(source, "map anon 2M as B");
	refused(source, "truncate B to 1M", -EINVAL, "no file behind this memory to truncate");
}

/* What a page holds is read without a change of what is mapped. */
static void test_value(void **state)
{
	struct source *source = *state;
	struct place place;
	uint8_t value = 99;

	do_act(source, "map anon 4M as A nohugepage");
	do_act(source, "store A[1] 64k 200");
	do_act(source, "write A[1]+4k");
	place = place_of(source, "", "A");
	assert_int_equal(source_value(source, place.pid, place.start + (2 << 20), &value), 0);
	assert_int_equal(value, 200);
	assert_int_equal(source_value(source, place.pid, place.start + (2 << 20) + 4100, &value), 0);
	assert_int_equal(value, 201);
	assert_int_equal(source_value(source, place.pid, place.start, &value), 0);
	assert_int_equal(value, 0);
	assert_int_equal(area(source, "", "A").rss, 64);
	refused(source, "store A+100 1", -EINVAL, "multiples of the page size");
	do_act(source, "map shmem 2M as S");
	place = place_of(source, "", "S");
	assert_int_equal(source_value(source, place.pid, place.start, &value), -ENODATA);
	assert_non_null(strstr(source->error, "a load would change that"));
	assert_int_equal(area(source, "", "S").rss, 0);
	assert_int_equal(source_value(source, place.pid, 4096, &value), -EFAULT);
	assert_int_equal(source_value(source, getpid(), place.start, &value), -EFAULT);
}

#define PM_FRAME ((1ull << 55) - 1)

static uint64_t pagemap_word(const struct place *place)
{
	char path[64];
	uint64_t word;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)place->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &word, sizeof(word), (off_t)(place->start / 4096 * sizeof(word))),
			 sizeof(word));
	close(fd);
	return word;
}

/* Nor does it make a page that a fork shares the reader's own, as a pin would. */
static void test_value_shared(void **state)
{
	struct source *source = *state;
	struct place place, kids;
	uint64_t word;
	uint8_t value;

	do_act(source, "map anon 4M as A nohugepage");
	do_act(source, "touch A");
	do_act(source, "fork as kid");
	place = place_of(source, "", "A");
	kids = place_of(source, "kid", "A");
	word = pagemap_word(&place);
	assert_false(word & 1ull << 56);
	assert_true(word & 1ull << 63);
	assert_int_equal(source_value(source, place.pid, place.start, &value), 0);
	assert_int_equal(source_value(source, kids.pid, kids.start, &value), 0);
	assert_int_equal(value, 1);
	/* (The frame itself may be another's at any time: the kernel moves what it likes.) */
	assert_int_equal(pagemap_word(&place) & ~PM_FRAME, word & ~PM_FRAME);
	assert_int_equal(pagemap_word(&kids) & ~PM_FRAME, word & ~PM_FRAME);
}

/* What only a model does is refused by name, and changes nothing. */
static void test_of_the_model(void **state)
{
	static const char *const lines[] = {"hold mmap_lock of main as h",
					    "pin A as p",
					    "reference A as r",
					    "release p",
					    "device p writes 1",
					    "uprobe A",
					    "uffd A wp",
					    "uffd-wp A",
					    "uffd-copy A",
					    "khugepaged main",
					    "set enabled never"};
	struct source *source = *state;
	size_t i;

	do_act(source, "map anon 2M as A");
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		refused(source, lines[i], -ENOTSUP, i ? "see --model" : "no handle to hold");
	assert_int_equal(source_begin(source, "t", NULL), -ENOTSUP);
	assert_non_null(strstr(source->error, "see --model"));
}

static void test_not_here(void **state)
{
	struct source *source = *state;

	do_act(source, "fork as kid");
	refused(source, "hold mmap_lock of kid 50ms", -ENOTSUP, "no handle to hold");
	refused(source, "say \"x\"", -ENOTSUP, "a specimen cannot do that");
	refused(source, "exit main", -EINVAL, "only a child can exit");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_map_kinds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_map_options, setup, teardown),
		cmocka_unit_test_setup_teardown(test_walk, setup, teardown),
		cmocka_unit_test_setup_teardown(test_use, setup, teardown),
		cmocka_unit_test_setup_teardown(test_access, setup, teardown),
		cmocka_unit_test_setup_teardown(test_collapse_and_split, setup, teardown),
		cmocka_unit_test_setup_teardown(test_split_shmem, setup, teardown),
		cmocka_unit_test_setup_teardown(test_split_folio, setup, teardown),
		cmocka_unit_test_setup_teardown(test_advise_and_protect, setup, teardown),
		cmocka_unit_test_setup_teardown(test_move, setup, teardown),
		cmocka_unit_test_setup_teardown(test_giving_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_guard, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hugetlb_without_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_same_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_same_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_truncate, setup, teardown),
		cmocka_unit_test_setup_teardown(test_value, setup, teardown),
		cmocka_unit_test_setup_teardown(test_value_shared, setup, teardown),
		cmocka_unit_test_setup_teardown(test_of_the_model, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_here, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
