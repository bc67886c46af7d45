/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backend/model/check.c, check_locks.c, task.c: what is broken by hand is told. */
#include <string.h>

#include "files.h"

/* A small world whose first process maps a huge page of a file, or a team, by PMD; and one private page. */
static struct world *check_world(const char *generation, bool team)
{
	struct world *world = files_world(rules_named(generation), true, team, 1);
	uint32_t vma;

	world->knobs.shmem_enabled = SHMEM_ALWAYS;
	files_map(world, 1, START(world), KVMA_SHARED, 0, huge_nr(world));
	assert_int_equal(RUN(world, access_page, .mm = 1, .addr = START(world), .write = true), 0);
	assert_true(entry_huge(*pmd_of(world, 1, START(world))));
	vma = vma_new(world, 1, START(world) + 2 * huge_bytes(world), START(world) + 3 * huge_bytes(world));
	assert_true(vma);
	assert_int_equal(RUN(world, access_page, .mm = 1, .addr = world->vmas[vma].start, .write = true), 0);
	return world;
}

/* It is told, and by which words. */
static void told(struct world *world, const char *words)
{
	assert_false(world_check(world));
	if (!strstr(world->violation.text, words))
		fail_msg("%s", world->violation.text);
	world_free(world);
}

/* A task has begun, and made no step: what is told then holds in the middle too. */
static struct world *busy(struct world *world)
{
	assert_true(BEGIN(world, "busy", zap_range, .mm = 1, .start = START(world),
			  .end = START(world) + PAGE_BYTES));
	return world;
}

static uint32_t huge_frame(struct world *world)
{
	return entry_pfn(*pmd_of(world, 1, START(world)));
}

static uint64_t small_addr(struct world *world)
{
	return START(world) + 2 * huge_bytes(world);
}

static void test_huge(void **state)
{
	static const char *const generations[] = {"4.6-team", "6.1-team", "5.4", "6.18"};

	(void)state;
	for (size_t at = 0; at < 4; at++) {
		struct world *world = busy(check_world(generations[at], at < 2));

		world->pages[huge_frame(world) + 2] = (struct kpage){.use = PAGE_FREE};
		told(world, "which is free");
		world = busy(check_world(generations[at], at < 2));
		world->pages[huge_frame(world) + 2].use = PAGE_SMALL;
		world->pages[huge_frame(world) + 2].team = false;
		told(world, "no page of that huge page");
		world = busy(check_world(generations[at], at < 2));
		world->vmas[1].pgoff = 1;
		told(world, "where another page belongs");
	}
}

static void test_rmap(void **state)
{
	struct world *world = check_world("6.18", false);
	uint32_t pfn = entry_pfn(leaf_of(world, 1, small_addr(world)));

	(void)state;
	assert_true(world_check(world));
	world->anon_vmas[2] = (struct anon_vma){.used = true, .root = 2};
	world->pages[pfn].mapping = 2;
	told(busy(world), "no walk from its anon_vma finds it");
	world = check_world("6.18", false);
	world->pages[pfn].index++;
	told(busy(world), "where another page belongs");
}

static void test_tables(void **state)
{
	struct world *world = check_world("4.6-team", true);
	uint32_t pmds = pmd_table(world, 1, START(world), false);
	uint32_t ptes = entry_to_table(*pmd_of(world, 1, small_addr(world)));

	(void)state;
	table_withdraw(world, pmds);
	told(world, "has 0 page tables deposited for 1 huge entries");
	world = check_world("4.6-team", true);
	table_deposit(world, pmds, ptes);
	told(world, "deposited, and in use");
	world = check_world("4.6-team", true);
	world->tables[world->tables[pmds].deposit].next = world->tables[pmds].deposit;
	told(world, "is deposited, and in another place too");
	world = check_world("4.6-team", true);
	world->tables[ptes].mm = 2;
	told(world, "another process's");
}

static void test_locks(void **state)
{
	struct world *world = check_world("6.18", false);

	(void)state;
	world->pages[huge_frame(world)].lock.writer = 3;
	told(world, "page 0x4's lock");
	world = check_world("6.18", false);
	world->mms[1].lock.readers = 1 << 2;
	told(world, "main's mmap_lock");
	world = check_world("6.18", false);
	world->files[1].i_mmap.writer = 1;
	told(world, "i_mmap");
	world = check_world("6.18", false);
	world->tables[2].lock.writer = 1;
	told(world, "lock");
}

/* Takes the lock of a page that is in no list, and forgets it. */
static enum progress forget_run(struct world *world, struct ktask *task)
{
	switch (task_at(task)) {
	case 0:
		STEP("trylock_page");
		task_trylock_page(world, task, huge_frame(world));
	}
	RETURN(0);
}
static const struct function forget = {"forget", forget_run};

static void test_forgotten(void **state)
{
	struct world *world = check_world("6.18", false);
	uint32_t task = task_begin(world, "forget", 1, &forget, NULL, 0);

	(void)state;
	task_finish(world, task);
	assert_non_null(strstr(world->violation.text, "ended and still holds page 0x4's lock"));
	world_free(world);
}

/* A table that was freed is the last to be used again. */
static void test_round(void **state)
{
	struct world *world = check_world("6.18", false);
	uint32_t table = table_new(world, 1, 1), others = 0;

	(void)state;
	table_free(world, table);
	for (uint32_t at = 1; at < world->extent.tables; at++)
		others += at != table && world->tables[at].use == TABLE_FREE;
	for (; others; others--)
		assert_int_not_equal(table_new(world, 1, 1), table);
	assert_int_equal(table_new(world, 1, 1), table);
	assert_int_equal(table_new(world, 1, 1), 0);
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_huge),  cmocka_unit_test(test_rmap),	cmocka_unit_test(test_tables),
		cmocka_unit_test(test_locks), cmocka_unit_test(test_forgotten), cmocka_unit_test(test_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
