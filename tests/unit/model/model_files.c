/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backend/model/shmem.c: files, their page cache, and faults on them. */
#include <errno.h>
#include <string.h>

#include "files.h"

static void shared_body(const struct rules *rules, bool small)
{
	struct world *world = files_world(rules, small, false, 2);
	uint32_t vma = files_map(world, 1, START(world), KVMA_SHARED, 0, huge_nr(world) * 2);
	uint32_t pfn;

	assert_int_equal(files_fault(world, vma, 1, false), 0);
	pfn = entry_pfn(entry_at(world, vma, 1));
	assert_int_equal(*file_page(world, 1, 1), pfn);
	assert_int_equal(page_at(world, pfn)->count, 2);
	/* Nobody has to be told of the first write to shared memory; to a file of a disk, yes. */
	assert_true(entry_at(world, vma, 1) & ENTRY_WRITE);
	assert_false(entry_at(world, vma, 1) & ENTRY_DIRTY);
	world->files[1].shmem = false;
	world->mms[1].rss[RSS_FILE] = 1;
	world->mms[1].rss[RSS_SHMEM] = 0;
	assert_int_equal(files_fault(world, vma, 2, false), 0);
	assert_false(entry_at(world, vma, 2) & ENTRY_WRITE);
	assert_int_equal(files_fault(world, vma, 3, true), 0);
	assert_true(entry_at(world, vma, 3) & ENTRY_WRITE);
	assert_int_equal(world->mms[1].rss[RSS_FILE], 3);
	world_free(world);
}

static void test_shared(void **state)
{
	(void)state;
	files_each(shared_body);
}

static void private_body(const struct rules *rules, bool small)
{
	struct world *world = files_world(rules, small, false, 1);
	uint32_t vma = files_map(world, 1, START(world), KVMA_PRIVATE, 0, huge_nr(world));
	uint32_t pfn;

	assert_int_equal(files_fault(world, vma, 0, false), 0);
	assert_false(entry_at(world, vma, 0) & ENTRY_WRITE);
	page_at(world, *file_page(world, 1, 0))->data = 7;
	assert_int_equal(files_fault(world, vma, 1, true), 0);
	pfn = entry_pfn(entry_at(world, vma, 1));
	assert_true(page_at(world, pfn)->anon);
	assert_true(entry_at(world, vma, 1) & ENTRY_WRITE);
	assert_int_equal(page_at(world, *file_page(world, 1, 1))->count, 1);
	assert_int_equal(world->mms[1].rss[RSS_ANON], 1);
	assert_int_equal(world->mms[1].rss[RSS_SHMEM], 1);
	world_free(world);
}

static void test_private(void **state)
{
	(void)state;
	files_each(private_body);
}

static void test_behind_end(void **state)
{
	struct world *world = files_world(rules_named("5.4"), true, false, 2);
	uint32_t vma = files_map(world, 1, START(world), KVMA_SHARED, 0, huge_nr(world) * 2);

	(void)state;
	world->files[1].size = 5;
	assert_int_equal(files_fault(world, vma, 4, true), 0);
	assert_int_equal(files_fault(world, vma, 5, true), -EFAULT);
	world->vmas[vma].kind = KVMA_PRIVATE;
	assert_int_equal(files_fault(world, vma, 6, true), -EFAULT);
	world_free(world);
}

/* By the knob, where the generation has huge folios in the page cache. */
static void huge_body(const struct rules *rules, bool small)
{
	struct world *world = files_world(rules, small, false, 2);
	const uint32_t nr = huge_nr(world);
	uint32_t vma = files_map(world, 1, START(world), KVMA_SHARED, 0, nr * 2);
	uint32_t private, pfn;
	const bool has = rules->file_thp != FILE_THP_NONE;

	world->knobs.shmem_enabled = SHMEM_ALWAYS;
	assert_int_equal(files_fault(world, vma, 2, true), 0);
	assert_int_equal(entry_huge(*pmd_of(world, 1, START(world))), has);
	assert_int_equal(world->stat[STAT_SHMEM_HUGEPAGES], has);
	assert_int_equal(world->stat[STAT_SHMEM_PMDMAPPED], has);
	assert_int_equal(world->stat[STAT_THP_FILE_MAPPED], has);
	assert_int_equal(world->mms[1].rss[RSS_SHMEM], has ? nr : 1);
	/* A private copy of one of its pages, and another one by a pte behind that. */
	private = files_map(world, 1, START(world) + nr * 4 * PAGE_BYTES, KVMA_PRIVATE, 0, nr);
	page_at(world, *file_page(world, 1, 2))->data = 9;
	assert_int_equal(files_fault(world, private, 2, true), 0);
	pfn = entry_pfn(entry_at(world, private, 2));
	assert_true(page_at(world, pfn)->anon);
	assert_int_equal(page_at(world, pfn)->data, 9);
	assert_int_equal(files_fault(world, private, 1, false), 0);
	assert_int_equal(entry_pfn(entry_at(world, private, 1)), *file_page(world, 1, 1));
	world_free(world);
}

static void test_huge(void **state)
{
	(void)state;
	files_each(huge_body);
}

static bool faults_huge(struct world *world, uint32_t vma, unsigned huge)
{
	const uint64_t page = huge * huge_nr(world);

	assert_int_equal(files_fault(world, vma, page, true), 0);
	return entry_huge(*pmd_of(world, 1, world->vmas[vma].start + page * PAGE_BYTES));
}

static void test_knobs(void **state)
{
	static const struct {
		enum shmem_mode mode;
		bool advised, huge, tail; /* tail: the huge page that the end of the file is in */
	} rows[] = {
		{SHMEM_NEVER, true, false, false},     {SHMEM_ADVISE, false, false, false},
		{SHMEM_ADVISE, true, true, true},      {SHMEM_WITHIN_SIZE, false, true, false},
		{SHMEM_WITHIN_SIZE, true, true, true}, {SHMEM_ALWAYS, false, true, true},
		{SHMEM_DENY, true, false, false},      {SHMEM_FORCE, false, true, true},
	};

	(void)state;
	for (size_t at = 0; at < sizeof(rows) / sizeof(rows[0]); at++) {
		struct world *world = files_world(rules_named("6.6"), true, false, 2);
		uint32_t vma = files_map(world, 1, START(world), KVMA_SHARED, 0, huge_nr(world) * 2);

		world->knobs.shmem_enabled = rows[at].mode;
		world->vmas[vma].hugepage = rows[at].advised;
		world->files[1].size = huge_nr(world) + 1;
		assert_int_equal(faults_huge(world, vma, 0), rows[at].huge);
		assert_int_equal(faults_huge(world, vma, 1), rows[at].tail);
		world_free(world);
	}
}

/* A page of it is there: no huge folio is made. One there is mapped by PMD only where it fits, and as the VMA says. */
static void test_huge_not(void **state)
{
	struct world *world = files_world(rules_named("6.18"), true, false, 2);
	const uint32_t nr = huge_nr(world);
	uint32_t vma = files_map(world, 1, START(world), KVMA_SHARED, 0, nr * 2);
	uint32_t skewed;

	(void)state;
	assert_int_equal(files_fault(world, vma, 1, true), 0);
	world->knobs.shmem_enabled = SHMEM_ALWAYS;
	assert_int_equal(files_fault(world, vma, 2, true), 0);
	assert_int_equal(world->stat[STAT_SHMEM_HUGEPAGES], 0);
	assert_true(faults_huge(world, vma, 1));
	skewed = files_map(world, 1, START(world) + (nr * 4 + 1) * PAGE_BYTES, KVMA_SHARED, 0, nr * 2);
	assert_int_equal(files_fault(world, skewed, nr, true), 0);
	assert_false(entry_huge(*pmd_of(world, 1, world->vmas[skewed].start + nr * PAGE_BYTES)));
	assert_int_equal(world->stat[STAT_THP_FILE_MAPPED], 1);
	world_free(world);
}

static void obeys_body(const char *generation, bool huge)
{
	struct world *world = files_world(rules_named(generation), true, false, 1);
	const uint32_t nr = huge_nr(world);
	uint32_t vma = files_map(world, 1, START(world), KVMA_SHARED, 0, nr);
	uint32_t other = files_map(world, 1, START(world) * 2, KVMA_SHARED, 0, nr);

	world->knobs.shmem_enabled = SHMEM_ALWAYS;
	world->vmas[other].nohugepage = true;
	assert_true(faults_huge(world, vma, 0));
	assert_int_equal(faults_huge(world, other, 0), huge);
	world_free(world);
}

static void test_huge_obeys(void **state)
{
	(void)state;
	obeys_body("6.6", true);
	obeys_body("6.18", false);
}

/* A marker of userfaultfd is heeded by the entry that takes its place. */
static void test_marker(void **state)
{
	struct world *world = files_world(rules_named("6.6"), true, false, 1);
	uint32_t vma = files_map(world, 1, START(world), KVMA_SHARED, 0, huge_nr(world));

	(void)state;
	assert_int_equal(files_fault(world, vma, 1, true), 0);
	*pte_of(world, 1, START(world)) = ENTRY_MARKER;
	assert_int_equal(files_fault(world, vma, 0, false), 0);
	assert_true(*pte_of(world, 1, START(world)) & ENTRY_UFFD_WP);
	assert_false(*pte_of(world, 1, START(world)) & ENTRY_WRITE);
	world_free(world);
}

/* A userfaultfd waits for what is not in the page cache; what is there is mapped as ever. */
static void test_missing(void **state)
{
	struct world *world = files_world(rules_named("6.6"), true, false, 1);
	uint32_t vma = files_map(world, 1, START(world), KVMA_SHARED, 0, huge_nr(world)), task;

	(void)state;
	assert_int_equal(files_fault(world, vma, 1, true), 0);
	RUN(world, zap_range, .mm = 1, .start = START(world), .end = START(world) + huge_bytes(world));
	world->vmas[vma].uffd_missing = true;
	task = BEGIN(world, "there", access_page, .mm = 1, .addr = START(world) + PAGE_BYTES);
	files_finish(world, task);
	assert_int_equal(world->tasks[task].result, 0);
	assert_int_equal(RUN(world, access_page, .mm = 1, .addr = START(world)), -EFAULT);
	world_free(world);
}

static void test_no_memory(void **state)
{
	struct world *world = files_world(rules_named("6.6"), true, false, 1);
	uint32_t vma = files_map(world, 1, START(world), KVMA_PRIVATE, 0, huge_nr(world));

	(void)state;
	for (uint32_t pfn = 0; pfn < world->extent.frames; pfn++)
		page_at(world, pfn)->use = PAGE_ZERO;
	assert_int_equal(files_fault(world, vma, 0, false), -ENOMEM);
	/* One frame is enough for the copy, and not for the page. */
	memset(page_at(world, world->extent.frames - 1), 0, sizeof(struct kpage));
	assert_int_equal(files_fault(world, vma, 0, true), -ENOMEM);
	assert_int_equal(page_at(world, world->extent.frames - 1)->use, PAGE_FREE);
	world_free(world);
}

/* Two faults for one page: who comes second finds what the first has made, or goes on with what it has made itself. */
static void test_two_faults(void **state)
{
	static const struct {
		const char *function, *step;
		enum shmem_mode mode;
	} stops[] = {
		{"__do_fault", "alloc_pages", SHMEM_NEVER},
		{"__do_fault", "alloc_pages", SHMEM_ALWAYS},
		{"__do_fault", "add_to_page_cache", SHMEM_NEVER},
		{"__do_fault", "add_to_page_cache", SHMEM_ALWAYS},
		{"do_fault", "set_pte_at", SHMEM_NEVER},
		{"do_set_pmd", "pmd_lock", SHMEM_ALWAYS},
		{"do_set_pmd", "set_pmd_at", SHMEM_ALWAYS},
		{"do_fault", "unlock_page", SHMEM_NEVER},
	};

	(void)state;
	for (size_t at = 0; at < sizeof(stops) / sizeof(stops[0]); at++) {
		struct world *world = files_world(rules_named("6.6"), true, false, 1);
		uint32_t vma = files_map(world, 1, START(world), KVMA_SHARED, 0, huge_nr(world));
		uint32_t one, two;

		world->knobs.shmem_enabled = stops[at].mode;
		pmd_table(world, 1, START(world), true);
		one = BEGIN(world, "one", do_fault, .mm = 1, .vma = vma, .addr = START(world), .write = true);
		two = BEGIN(world, "two", do_fault, .mm = 1, .vma = vma, .addr = START(world), .write = true);
		files_until(world, one, stops[at].function, stops[at].step);
		files_finish(world, two);
		files_finish(world, one);
		assert_true(world->tasks[one].done && world->tasks[two].done);
		files_sound(world);
		assert_true(entry_present(leaf_of(world, 1, START(world))));
		world_free(world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shared),	   cmocka_unit_test(test_private),
		cmocka_unit_test(test_behind_end), cmocka_unit_test(test_huge),
		cmocka_unit_test(test_knobs),	   cmocka_unit_test(test_huge_not),
		cmocka_unit_test(test_huge_obeys), cmocka_unit_test(test_marker),
		cmocka_unit_test(test_missing),	   cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_two_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
