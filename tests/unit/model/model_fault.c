/* SPDX-License-Identifier: GPL-2.0-or-later */
/* model: first faults of anonymous memory, alone and against each other. */
#include "worlds.h"

#include <errno.h>

static uint64_t free_frames(const struct world *world)
{
	uint64_t n = 0;

	for (uint32_t pfn = 0; pfn < world->extent.frames; pfn++)
		n += world->pages[pfn].use == PAGE_FREE;
	return n;
}

static void huge_first(struct world *world)
{
	const uint64_t addr = AT(world, 0) + PAGE_BYTES;
	uint64_t bits = ENTRY_PRESENT | ENTRY_WRITE | ENTRY_USER | ENTRY_YOUNG | ENTRY_DIRTY | ENTRY_HUGE;

	map_anon(world, MAIN, 0, huge_bytes(world), true);
	assert_int_equal(store(world, MAIN, addr, 7), 0);
	assert_int_equal(*pmd_of(world, MAIN, addr) & 0xfff, bits);
	assert_int_equal(load(world, MAIN, addr), 7);
	assert_int_equal(load(world, MAIN, addr + PAGE_BYTES), 0);
	assert_int_equal(world->mms[MAIN].rss[RSS_ANON], huge_nr(world));
	assert_int_equal(world->mms[MAIN].nr_ptes, 1);
	assert_int_equal(world->stat[STAT_THP_FAULT_ALLOC], 1);
	assert_int_equal(touch(world, MAIN, addr, true), 0);
	assert_int_equal(load(world, MAIN, addr), 8);
}

static void small_first(struct world *world)
{
	const uint64_t addr = AT(world, 0) + PAGE_BYTES;

	map_anon(world, MAIN, 0, huge_bytes(world), false);
	map_anon(world, MAIN, 3, huge_bytes(world) - PAGE_BYTES, true);
	assert_int_equal(touch(world, MAIN, addr, true), 0);
	assert_int_equal(touch(world, MAIN, AT(world, 3), true), 0);
	assert_false(mapped_huge(world, MAIN, addr));
	assert_false(mapped_huge(world, MAIN, AT(world, 3)));
	assert_int_equal(world->mms[MAIN].rss[RSS_ANON], 2);
	assert_int_equal(world->mms[MAIN].nr_ptes, 2);
	assert_int_equal(leaf_of(world, MAIN, addr + PAGE_BYTES), 0);
	/* By knob alone. */
	world->knobs.enabled = THP_ALWAYS;
	map_anon(world, MAIN, 5, huge_bytes(world), false);
	world->vmas[map_anon(world, MAIN, 7, huge_bytes(world), false)].nohugepage = true;
	assert_int_equal(touch(world, MAIN, AT(world, 5), true), 0);
	assert_int_equal(touch(world, MAIN, AT(world, 7), true), 0);
	assert_true(mapped_huge(world, MAIN, AT(world, 5)));
	assert_false(mapped_huge(world, MAIN, AT(world, 7)));
}

/* A read maps a zero page; what a write then brings is a matter of the generation (judge_zero() of core/cow). */
static void zero_first(struct world *world)
{
	const bool huge = world->rules.cow <= COW_4_5_5 || world->rules.cow == COW_6_15;

	map_anon(world, MAIN, 0, huge_bytes(world), true);
	map_anon(world, MAIN, 2, huge_bytes(world), false);
	assert_int_equal(load(world, MAIN, AT(world, 0)), 0);
	assert_int_equal(load(world, MAIN, AT(world, 2)), 0);
	assert_int_equal(pfn_at(world, MAIN, AT(world, 0) + PAGE_BYTES), world->huge_zero + 1);
	assert_int_equal(pfn_at(world, MAIN, AT(world, 2)), world->zero_page);
	assert_int_equal(world->mms[MAIN].rss[RSS_ANON], 0);
	assert_int_equal(store(world, MAIN, AT(world, 0), 5), 0);
	assert_int_equal(store(world, MAIN, AT(world, 2), 6), 0);
	assert_int_equal(mapped_huge(world, MAIN, AT(world, 0)), huge);
	assert_int_equal(world->mms[MAIN].rss[RSS_ANON], (huge ? huge_nr(world) : 1) + 1);
	assert_int_equal(page_at(world, world->huge_zero)->data, 0);
	assert_int_equal(page_at(world, world->zero_page)->data, 0);
	assert_int_equal(load(world, MAIN, AT(world, 0) + PAGE_BYTES), 0);
	/* Without the huge zero page a read brings a page of its own. */
	world->knobs.use_zero_page = false;
	map_anon(world, MAIN, 4, huge_bytes(world), true);
	assert_int_equal(load(world, MAIN, AT(world, 4)), 0);
	assert_int_equal(page_at(world, pfn_at(world, MAIN, AT(world, 4)))->use, PAGE_HEAD);
}

static void no_memory(struct world *world)
{
	const uint32_t blocks = frames_free_huge(world);
	const uint64_t addr = AT(world, blocks + 1);

	/* One page of the last block makes it no huge page. */
	map_anon(world, MAIN, 0, (blocks - 1) * huge_bytes(world), true);
	map_anon(world, MAIN, blocks + 1, 2 * huge_bytes(world), true);
	world->vmas[map_anon(world, MAIN, blocks + 4, PAGE_BYTES, true)].nohugepage = true;
	for (uint32_t k = 0; k < blocks - 1; k++)
		assert_int_equal(touch(world, MAIN, AT(world, k), true), 0);
	assert_int_equal(touch(world, MAIN, AT(world, blocks + 4), true), 0);
	for (uint32_t n = 0; n < huge_nr(world) - 1; n++)
		assert_int_equal(touch(world, MAIN, addr + n * PAGE_BYTES, true), 0);
	assert_false(mapped_huge(world, MAIN, addr));
	assert_int_equal(world->stat[STAT_THP_FAULT_FALLBACK], 1);
	assert_int_equal(free_frames(world), 0);
	assert_int_equal(touch(world, MAIN, addr + huge_bytes(world), true), -ENOMEM);
	assert_sound(world);
}

static void refused(struct world *world)
{
	uint32_t vma = map_anon(world, MAIN, 0, huge_bytes(world), true);

	assert_int_equal(touch(world, MAIN, AT(world, 1), false), -EFAULT);
	world->vmas[vma].write = false;
	assert_int_equal(touch(world, MAIN, AT(world, 0), true), -EFAULT);
	world->vmas[vma].read = false;
	assert_int_equal(touch(world, MAIN, AT(world, 0), false), -EFAULT);
	assert_int_equal(leaf_of(world, MAIN, AT(world, 0)), 0);
	world->vmas[vma].read = world->vmas[vma].write = world->vmas[vma].uffd_missing = true;
	assert_int_equal(touch(world, MAIN, AT(world, 0), true), -EFAULT);
	world->vmas[vma].uffd_missing = false;
	world->mms[MAIN].exiting = true;
	assert_int_equal(touch(world, MAIN, AT(world, 0), true), -EFAULT);
}

/* Two have allocated a huge page each before either maps it: one of them is given back. */
static void huge_race(struct world *world)
{
	const uint64_t addr = AT(world, 0);
	uint32_t one, two;
	uint64_t before;

	map_anon(world, MAIN, 0, huge_bytes(world), true);
	one = BEGIN(world, "one", MAIN, access_page, .mm = MAIN, .addr = addr, .write = true);
	two = BEGIN(world, "two", MAIN, access_page, .mm = MAIN, .addr = addr + PAGE_BYTES, .write = true);
	before = free_frames(world);
	step_until(world, one, "pmd_lock");
	step_until(world, two, "pmd_lock");
	assert_int_equal(free_frames(world), before - 2 * huge_nr(world));
	finish(world, two);
	finish(world, one);
	assert_int_equal(free_frames(world), before - huge_nr(world));
	assert_int_equal(load(world, MAIN, addr), 1);
	assert_int_equal(load(world, MAIN, addr + PAGE_BYTES), 1);
	assert_sound(world);
}

/* The same with a table, and then with a page in it. */
static void small_race(struct world *world)
{
	static const char *const steps[] = {"pmd_lock", "pte_lock"};
	const uint64_t addr = AT(world, 0);

	map_anon(world, MAIN, 0, huge_bytes(world), false);
	for (int k = 0; k < 2; k++) {
		struct world *other = world_clone(world);
		const uint64_t before = free_frames(other);
		uint32_t one, two;

		one = BEGIN(other, "one", MAIN, access_page, .mm = MAIN, .addr = addr, .write = true);
		two = BEGIN(other, "two", MAIN, access_page, .mm = MAIN, .addr = addr, .write = true);
		step_until(other, one, steps[k]);
		step_until(other, two, steps[k]);
		finish(other, two);
		finish(other, one);
		assert_int_equal(free_frames(other), before - 1);
		assert_int_equal(other->mms[MAIN].nr_ptes, 1);
		assert_int_equal(load(other, MAIN, addr), 2);
		assert_sound(other);
		world_free(other);
	}
}

/*
 * Somebody stands before the lock in a table while it is taken away (seed 001): freed after RCU it is still there to be
 * looked at, and the pmd says that it is the wrong one; freed at once, that is a violation.
 */
static void table_goes(struct world *world)
{
	for (int deferred = 0; deferred < 2; deferred++) {
		struct world *other = world_clone(world);
		uint32_t table, task;
		uint64_t *pmd;

		map_anon(other, MAIN, 0, huge_bytes(other), false);
		assert_int_equal(touch(other, MAIN, AT(other, 0), false), 0);
		pmd = pmd_of(other, MAIN, AT(other, 0));
		table = entry_to_table(*pmd);
		task = BEGIN(other, "walker", MAIN, pte_offset_map_lock, .mm = MAIN, .addr = AT(other, 0));
		step_until(other, task, "pte_lock");
		*pmd = 0;
		other->mms[MAIN].nr_ptes--;
		(deferred ? table_free_deferred : table_free)(other, table);
		assert_int_equal(other->tables[table].use, deferred ? TABLE_DEFERRED : TABLE_FREE);
		task_finish(other, task);
		assert_int_equal(other->violation.found, !deferred);
		if (deferred) {
			assert_int_equal(finish(other, task), 0);
			assert_int_equal(other->tables[table].use, TABLE_FREE);
			assert_sound(other);
		}
		world_free(other);
	}
}

/* Readers and writers of two huge pages and some small ones, in many orders. */
static void random_faults(struct world *world)
{
	const uint32_t nr = huge_nr(world);

	if (world->extent.order > 2)
		return;
	for (uint32_t seed = 0; seed < 300; seed++) {
		struct world *other = world_clone(world);

		other->knobs.use_zero_page = seed % 3;
		map_anon(other, MAIN, 0, 2 * huge_bytes(other), true);
		map_anon(other, MAIN, 3, huge_bytes(other), false);
		for (uint32_t k = 0; k < 5; k++) {
			uint32_t page = seed * 7 + k * (1 + seed % 5);

			BEGIN(other, "task", MAIN, access_page, .mm = MAIN,
			      .addr = AT(other, k == 4 ? 3 : 0) + page % (k == 4 ? nr : 2 * nr) * PAGE_BYTES,
			      .write = (seed >> k) % 2);
		}
		run_randomly(other, seed);
		world_free(other);
	}
}

static void test_huge_first(void **state)
{
	(void)state;
	worlds_each(huge_first);
}

static void test_small_first(void **state)
{
	(void)state;
	worlds_each(small_first);
}

static void test_zero_first(void **state)
{
	(void)state;
	worlds_each(zero_first);
}

static void test_no_memory(void **state)
{
	size_t n;
	const struct rules *rules = rules_all(&n);

	(void)state;
	for (size_t at = 0; at < n; at++) {
		struct world *world = world_of(&rules[at], true);

		no_memory(world);
		world_free(world);
	}
}

static void test_refused(void **state)
{
	(void)state;
	worlds_each(refused);
}

static void test_huge_race(void **state)
{
	(void)state;
	worlds_each(huge_race);
}

static void test_small_race(void **state)
{
	(void)state;
	worlds_each(small_race);
}

static void test_table_goes(void **state)
{
	(void)state;
	worlds_each(table_goes);
}

static void test_random_faults(void **state)
{
	(void)state;
	worlds_each(random_faults);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_huge_first),    cmocka_unit_test(test_small_first),
		cmocka_unit_test(test_zero_first),    cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_refused),	      cmocka_unit_test(test_huge_race),
		cmocka_unit_test(test_small_race),    cmocka_unit_test(test_table_goes),
		cmocka_unit_test(test_random_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
