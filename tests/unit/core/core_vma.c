/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core/vma: maps and smaps, as kernels write them and as they should never be. */
#include "core_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/mem.h"
#include "core/vma.h"

/* Parses an exact copy, so that a sanitizer sees a read past the end. */
static int maps(struct arena *arena, const char *text, size_t len, struct vma **vmas, size_t *n, size_t *line)
{
	char *copy = mem_alloc(len);
	int err;

	memcpy(copy, text, len);
	err = vma_parse_maps(copy, len, arena, vmas, n, line);
	free(copy);
	return err;
}

static int smaps(struct arena *arena, const char *text, size_t len, struct vma *vmas, size_t n, size_t *line)
{
	char *copy = mem_alloc(len);
	int err;

	memcpy(copy, text, len);
	err = vma_parse_smaps(copy, len, arena, vmas, n, line);
	free(copy);
	return err;
}

static void test_names(void **state)
{
	static const struct {
		const char *shown, *name;
		enum vma_kind kind;
		bool deleted;
	} rows[] = {
		{"", "", VMA_ANON, false},
		{"[heap]", "[heap]", VMA_HEAP, false},
		{"[stack]", "[stack]", VMA_STACK, false},
		{"[stack:123]", "[stack:123]", VMA_STACK, false},
		{"[vdso]", "[vdso]", VMA_SPECIAL, false},
		{"[vvar_vclock]", "[vvar_vclock]", VMA_SPECIAL, false},
		{"[uprobes]", "[uprobes]", VMA_SPECIAL, false},
		{"[anon:my heap]", "[anon:my heap]", VMA_ANON, false},
		{"[anon_shmem:x]", "[anon_shmem:x]", VMA_SHMEM, false},
		{"/memfd:x (deleted)", "/memfd:x (deleted)", VMA_SHMEM, true},
		{"/dev/zero (deleted)", "/dev/zero (deleted)", VMA_SHMEM, true},
		{"/dev/zero", "/dev/zero", VMA_ANON, false},
		{"/SYSV00000000 (deleted)", "/SYSV00000000 (deleted)", VMA_SHMEM, true},
		{"/dev/shm/a", "/dev/shm/a", VMA_SHMEM, false},
		{"/anon_hugepage (deleted)", "/anon_hugepage (deleted)", VMA_HUGETLB, true},
		{"/dev/hugepages/x", "/dev/hugepages/x", VMA_HUGETLB, false},
		{"/dev/nvidia0", "/dev/nvidia0", VMA_DEVICE, false},
		{"anon_inode:[perf_event]", "anon_inode:[perf_event]", VMA_DEVICE, false},
		{"/usr/lib/a b c.so", "/usr/lib/a b c.so", VMA_FILE, false},
		{"/tmp/two\\012lines", "/tmp/two\nlines", VMA_FILE, false},
		{"/tmp/\\012\\012", "/tmp/\n\n", VMA_FILE, false},
		{"/tmp/back\\slash\\01", "/tmp/back\\slash\\01", VMA_FILE, false},
		{"/tmp/end\\012", "/tmp/end\n", VMA_FILE, false},
		{" (deleted)", "(deleted)", VMA_DEVICE, false},
		{"/tmp/x (deleted) ", "/tmp/x (deleted) ", VMA_FILE, false},
	};
	struct arena arena = {0};
	char text[256];
	struct vma *vmas;
	size_t i, n, line;
	int len;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		len = snprintf(text, sizeof(text), "7f00-8000 rw-p 00002000 fd:01 1234567 %s%s\n",
			       rows[i].shown[0] ? "                 " : "", rows[i].shown);
		assert_int_equal(maps(&arena, text, (size_t)len, &vmas, &n, &line), 0);
		assert_int_equal(n, 1);
		assert_string_equal(vmas->name, rows[i].name);
		assert_int_equal(vmas->kind, rows[i].kind);
		assert_int_equal(vmas->deleted, rows[i].deleted);
		assert_true(vmas->start == 0x7f00 && vmas->end == 0x8000 && vmas->offset == 0x2000);
		assert_true(vmas->dev_major == 0xfd && vmas->dev_minor == 1 && vmas->inode == 1234567);
		assert_string_equal(vmas->perms, "rw-p");
	}
	arena_fini(&arena);
}

static void test_edges(void **state)
{
	static const char top[] = "0-1 ---p 00000000 00:00 0 \n"
				  "ffffffffff600000-ffffffffffffffff --xp 00000000 00:00 0 [vsyscall]\n";
	struct arena arena = {0};
	struct vma *vmas;
	size_t n, line;

	(void)state;
	assert_int_equal(maps(&arena, "", 0, &vmas, &n, &line), 0);
	assert_int_equal(n, 0);
	assert_int_equal(maps(&arena, top, sizeof(top) - 1, &vmas, &n, &line), 0);
	assert_int_equal(n, 2);
	assert_true(vmas[1].end == UINT64_MAX);
	assert_string_equal(vmas[1].name, "[vsyscall]");
	arena_fini(&arena);
}

static void test_bad_maps(void **state)
{
	static const struct {
		const char *text;
		size_t line;
	} rows[] = {
		{"\n", 1},
		{"7f00\n", 1},
		{"7f00-8000 rw-p 00000000 00:00 0", 1}, /* no newline: cut */
		{"1-2 rw-p 0 0:0 0 \n7f00-8000 rw-p 00000000 00:00 0", 2},
		{"8000-7f00 rw-p 00000000 00:00 0 \n", 1},
		{"7f00-7f00 rw-p 00000000 00:00 0 \n", 1},
		{"7f00-8000 rwp 00000000 00:00 0 \n", 1},
		{"7f00-8000 rw-p 00000000 00:00 x\n", 1},
		{"7f00-8000 rw-p 00000000 0000 0 \n", 1},
		{"7f00-8000 rw-p  00:00 0 \n", 1},
		{"10000000000000000-10000000000001000 rw-p 0 0:0 0 \n", 1}, /* 2^64 */
		{"7f00-10000000000000000 rw-p 0 0:0 0 \n", 1},
		{"1-4 rw-p 0 0:0 0 \n2-4 rw-p 0 0:0 0 \n", 2}, /* nothing new */
		{"1-4 rw-p 0 0:0 0 \n2-3 rw-p 0 0:0 0 \n", 2}, /* within */
		{"3-4 rw-p 0 0:0 0 \n1-2 rw-p 0 0:0 0 \n", 2}, /* not ascending */
		{"-8000 rw-p 00000000 00:00 0 \n", 1},
	};
	struct arena arena = {0};
	struct vma *vmas;
	size_t i, n, line;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		assert_int_equal(maps(&arena, rows[i].text, strlen(rows[i].text), &vmas, &n, &line),
				 -EBADMSG);
		assert_int_equal(line, rows[i].line);
	}
	arena_fini(&arena);
}

/* What two reads of a page of maps tell when VMAs are merged or moved between them: the later line holds. */
static void test_merged_meanwhile(void **state)
{
	static const struct {
		const char *text;
		struct {
			uint64_t start, end;
		} want[2];
	} rows[] = {
		{"1-2 rw-p 0 0:0 0 \n2-3 r--p 0 0:0 0 \n2-5 r--p 0 0:0 0 \n", {{1, 2}, {2, 5}}},
		{"1-2 rw-p 0 0:0 0 \n2-3 r--p 0 0:0 0 \n1-5 rw-p 0 0:0 0 \n7-8 rw-p 0 0:0 0 \n",
		 {{1, 5}, {7, 8}}},
		{"1-4 rw-p 0 0:0 0 \n3-5 r--p 0 0:0 0 \n", {{1, 3}, {3, 5}}},
		{"1-2 rw-p 0 0:0 0 \n4-6 rw-p 0 0:0 0 \n3-7 r--p 0 0:0 0 \n", {{1, 2}, {3, 7}}},
	};
	struct arena arena = {0};
	struct vma *vmas;
	size_t i, j, n, line;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		assert_int_equal(maps(&arena, rows[i].text, strlen(rows[i].text), &vmas, &n, &line), 0);
		assert_int_equal(n, 2);
		for (j = 0; j < n; j++) {
			assert_int_equal(vmas[j].start, rows[i].want[j].start);
			assert_int_equal(vmas[j].end, rows[i].want[j].end);
		}
		assert_string_equal(vmas[1].perms, i == 1 ? "rw-p" : "r--p");
	}
	arena_fini(&arena);
}

/* A line of a megabyte is a name of a megabyte; a NUL ends no line. */
static void test_long_lines(void **state)
{
	const size_t size = 1 << 20;
	struct arena arena = {0};
	char *text = mem_alloc(size);
	struct vma *vmas;
	size_t n, line;

	(void)state;
	memset(text, 'a', size);
	memcpy(text, "7f00-8000 rw-p 0 0:0 0 /", 24);
	text[size - 1] = '\n';
	assert_int_equal(vma_parse_maps(text, size, &arena, &vmas, &n, &line), 0);
	assert_int_equal(strlen(vmas->name), size - 24);
	memset(text, '0', size - 1);
	assert_int_equal(vma_parse_maps(text, size, &arena, &vmas, &n, &line), -EBADMSG);
	memset(text, '\n', size);
	assert_int_equal(vma_parse_maps(text, size, &arena, &vmas, &n, &line), -EBADMSG);
	memset(text, 0, size);
	assert_int_equal(vma_parse_maps(text, size, &arena, &vmas, &n, &line), -EBADMSG);
	free(text);
	arena_fini(&arena);
}

#define TWO_VMAS "1000-2000 rw-p 00000000 00:00 0 \n2000-4000 r--p 00000000 00:00 0    /x y\n"
#define BLOCK_1                                                                                              \
	"1000-2000 rw-p 00000000 00:00 0 \nSize:      4 kB\nRss:   4 kB\nTHPeligible:    1\nProtectionKey: " \
	" 0\n"                                                                                               \
	"VmFlags: rd wr mr mw me ac hg \n"
#define BLOCK_2 "2000-4000 r--p 00000000 00:00 0    /x y\nRss:   8 kB\nAnonHugePages:  2048 kB\nVmFlags: rd\n"
#define OLD_1 "1000-2000 rw-p 00000000 00:00 0 \nRss:   4 kB\n"
#define OLD_2 "2000-4000 r--p 00000000 00:00 0    /x y\nRss:   8 kB\n"

static struct vma *two(struct arena *arena)
{
	struct vma *vmas;
	size_t n, line;

	assert_int_equal(maps(arena, TWO_VMAS, sizeof(TWO_VMAS) - 1, &vmas, &n, &line), 0);
	assert_int_equal(n, 2);
	return vmas;
}

static void test_smaps(void **state)
{
	static const char text[] = BLOCK_1 BLOCK_2;
	struct arena arena = {0};
	struct vma *vmas = two(&arena);
	size_t line;

	(void)state;
	assert_int_equal(smaps(&arena, text, sizeof(text) - 1, vmas, 2, &line), 0);
	assert_int_equal(smaps_kb(vmas[0].smaps, "Rss", 99), 4);
	assert_int_equal(smaps_kb(vmas[0].smaps, "AnonHugePages", 99), 99);
	assert_int_equal(smaps_kb(vmas[0].smaps, "ProtectionKey", 99), 99);
	assert_int_equal(vmas[0].smaps->n_fields, 2);
	assert_int_equal(vmas[0].smaps->thp_eligible, 1);
	assert_int_equal(vmas[0].smaps->n_flags, 7);
	assert_true(smaps_has_flag(vmas[0].smaps, "hg"));
	assert_false(smaps_has_flag(vmas[0].smaps, "nh"));
	assert_false(smaps_has_flag(vmas[0].smaps, "h"));
	assert_int_equal(smaps_kb(vmas[1].smaps, "AnonHugePages", 99), 2048);
	assert_int_equal(vmas[1].smaps->thp_eligible, -1);
	assert_int_equal(vmas[1].smaps->n_flags, 1);
	assert_int_equal(smaps_kb(NULL, "Rss", 7), 7);
	assert_false(smaps_has_flag(NULL, "hg"));
	arena_fini(&arena);
}

/* Before 3.8 there were no VmFlags: then nothing tells a file cut between two lines. */
static void test_old_smaps(void **state)
{
	static const char text[] = OLD_1 OLD_2;
	struct arena arena = {0};
	struct vma *vmas = two(&arena);
	size_t line;

	(void)state;
	assert_int_equal(smaps(&arena, text, sizeof(text) - 1, vmas, 2, &line), 0);
	assert_int_equal(smaps_kb(vmas[1].smaps, "Rss", 0), 8);
	assert_int_equal(vmas[1].smaps->n_flags, 0);
	assert_int_equal(smaps(&arena, "", 0, vmas, 2, &line), 0);
	arena_fini(&arena);
}

/* Cut anywhere: damaged, unless it is cut just behind a whole block. */
static void test_cut_smaps(void **state)
{
	static const char text[] = BLOCK_1 BLOCK_2;
	struct arena arena = {0};
	size_t cut, line;
	int err;

	(void)state;
	for (cut = 0; cut < sizeof(text) - 1; cut++) {
		struct vma *vmas = two(&arena);

		err = smaps(&arena, text, cut, vmas, 2, &line);
		if (cut > sizeof(BLOCK_1) - 1 || (cut && text[cut - 1] != '\n'))
			assert_int_equal(err, -EBADMSG);
		assert_null(vmas[1].smaps);
		if (cut > sizeof(BLOCK_1) - 1 + 40)
			assert_non_null(vmas[0].smaps);
	}
	arena_fini(&arena);
}

/* The address space changed between the two reads: what has no partner is passed over. */
static void test_moved_smaps(void **state)
{
	static const char text[] = "1000-3000 rw-p 00000000 00:00 0 \nRss: 12 kB\nVmFlags: rd\n"
				   "1800-1900 rw-p 00000000 00:00 0 \nRss: 13 kB\nVmFlags: rd\n" BLOCK_2
				   "9000-a000 rw-p 00000000 00:00 0 \nRss: 14 kB\nVmFlags: rd\n";
	struct arena arena = {0};
	struct vma *vmas = two(&arena);
	size_t line;

	(void)state;
	assert_int_equal(smaps(&arena, text, sizeof(text) - 1, vmas, 2, &line), 0);
	assert_null(vmas[0].smaps);
	assert_int_equal(smaps_kb(vmas[1].smaps, "Rss", 0), 8);
	arena_fini(&arena);
}

static void test_bad_smaps(void **state)
{
	static const char *const rows[] = {
		"Rss: 4 kB\n",					/* no block yet */
		"1000-2000 rw-p 00000000 00:00 0 \nnonsense\n", /* no colon */
		"1000-2000 rw-p 00000000 00:00 0 \n: 4 kB\n",
		"1000-2000 rw-p\n",
		"1000-2000 rw-p 00000000 00:00 0 \n\n",
	};
	static const char many[] = "A: 1 kB\n";
	struct arena arena = {0};
	struct vma *vmas = two(&arena);
	struct buf text = {0};
	size_t i, line;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++)
		assert_int_equal(smaps(&arena, rows[i], strlen(rows[i]), vmas, 2, &line), -EBADMSG);
	/* More fields and flags than any kernel has: bounded. */
	buf_puts(&text, "1000-2000 rw-p 00000000 00:00 0 \n");
	for (i = 0; i < 1000; i++)
		buf_add(&text, many, sizeof(many) - 1);
	buf_puts(&text, "B: 99999999999999999999 kB\nC:\nD: 5\nVmFlags:");
	for (i = 0; i < 1000; i++)
		buf_puts(&text, " hg");
	buf_putc(&text, '\n');
	assert_int_equal(smaps(&arena, text.data, text.len, vmas, 2, &line), 0);
	assert_int_equal(smaps_kb(vmas[0].smaps, "A", 0), 1);
	assert_true(vmas[0].smaps->n_fields <= 64 && vmas[0].smaps->n_flags <= 64);
	buf_fini(&text);
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),	    cmocka_unit_test(test_edges),
		cmocka_unit_test(test_bad_maps),    cmocka_unit_test(test_merged_meanwhile),
		cmocka_unit_test(test_long_lines),  cmocka_unit_test(test_smaps),
		cmocka_unit_test(test_old_smaps),   cmocka_unit_test(test_cut_smaps),
		cmocka_unit_test(test_moved_smaps), cmocka_unit_test(test_bad_smaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
