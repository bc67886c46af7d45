/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model: a write fault on a page that is mapped read-only, by every row of facts B, every kind of mapping, at every point
 * of a family's life, with and without somebody outside who refers to the page.
 */
#include "worlds.h"

enum mapped { BY_PMD, BY_PTES, LAST_PTE, SMALL, MAPPINGS };
enum stage { BEFORE_FORK, AFTER_FORK, AFTER_EXIT, AFTER_CHILD_WRITE, STAGES };
enum reference { NOTHING, PLAIN, PIN, REFERENCES };

static const char *const mapped_names[] = {"by PMD", "by ptes", "the last page of a folio",
					   "a page of its own"};
static const char *const stage_names[] = {"before fork", "after fork", "after the child's exit",
					  "after the child's write"};
static const char *const reference_names[] = {"no reference", "a plain reference", "a pin"};

/*
 * What the parent's write does in rows 4.5.0, 4.5.5, 5.8, 5.9, 5.18, 5.19, 6.10, 6.15: R reuse, H a huge page is copied,
 * s the mapping is split and a page copied, p a page is copied.
 */
static const char
	*const wanted[MAPPINGS][STAGES][REFERENCES] =
		{
			[BY_PMD] =
				{
					[BEFORE_FORK] = {"RRRRRRRR", "HRRRsRRR", "HRRRsRRR"},
					[AFTER_FORK] = {"HHssssss", "HHssssss", "HHssRRRR"},
					[AFTER_EXIT] = {"RRRRRRRR", "HRRRssss", "HRRRRRRR"},
					[AFTER_CHILD_WRITE] = {"RRssssss", "HRssssss", "HRssRRRR"},
				},
			[BY_PTES] =
				{
					[BEFORE_FORK] = {"pRRppRRR", "pRRppRRR", "pRRppRRR"},
					[AFTER_FORK] = {"pppppppp", "pppppppp", "ppppRRRR"},
					[AFTER_EXIT] = {"pRRppppR", "pRRppppp", "pRRpRRRR"},
					[AFTER_CHILD_WRITE] = {"pppppppp", "pppppppp", "ppppRRRR"},
				},
			[LAST_PTE] =
				{
					[BEFORE_FORK] = {"pRRRRRRR", "pRRppRRR", "pRRppRRR"},
					[AFTER_FORK] = {"pppppppp", "pppppppp", "ppppRRRR"},
					[AFTER_EXIT] = {"pRRRRRpp", "pRRppppp", "pRRpRRRR"},
					[AFTER_CHILD_WRITE] = {"pRRRRRpp", "pRRppppp", "pRRpRRRR"},
				},
			[SMALL] =
				{
					[BEFORE_FORK] = {"RRRRRRRR", "RRRppRRR", "RRRppRRR"},
					[AFTER_FORK] = {"pppppppp", "pppppppp", "ppppRRRR"},
					[AFTER_EXIT] = {"RRRRRRRR", "RRRppppp", "RRRpRRRR"},
					[AFTER_CHILD_WRITE] = {"RRRRRRRR", "RRRppppp", "RRRpRRRR"},
				},
};

/* A generation that has the row, or is next to it. */
static struct rules rules_of_row(enum cow_row row)
{
	static const char *const base[COW_ROW_COUNT] = {
		[COW_4_5_0] = "4.5.0",	 [COW_4_5_5] = "4.5.5", [COW_5_8] = "5.4",  [COW_5_9] = "5.4",
		[COW_5_18] = "6.1-team", [COW_5_19] = "6.6",	[COW_6_10] = "6.6", [COW_6_15] = "6.18",
	};
	struct rules rules = *rules_named(base[row]);

	rules.cow = row;
	rules.anon_exclusive = row >= COW_5_19;
	return rules;
}

/* mprotect to read-only and back leaves the entry read-only until 5.19 (facts H): no fork is needed for a write fault. */
static void protect_and_back(struct world *world, uint64_t addr)
{
	const uint64_t start = huge_start(world, addr), end = start + huge_bytes(world);

	for (int back = 0; back < 2; back++)
		assert_int_equal(RUN(world, MAIN, call_mprotect, .mm = MAIN, .start = start, .end = end,
				     .protection = back ? PROTECTION_RW : PROTECTION_R),
				 0);
}

/* Later kernels give the bit back at once to what is exclusive: it is taken, so that the fault is asked all the same. */
static void write_protect(struct world *world, uint64_t addr)
{
	uint64_t *entry =
		mapped_huge(world, MAIN, addr) ? pmd_of(world, MAIN, addr) : pte_of(world, MAIN, addr);

	protect_and_back(world, addr);
	assert_true(!(*entry & ENTRY_WRITE) || world->rules.anon_exclusive);
	*entry &= ~ENTRY_WRITE;
}

/* Page 1 of AT(world, 0) as the case wants it, with 40 in it; returns the child, or 0. */
static uint32_t stage(struct world *world, enum mapped mapped, enum stage at, enum reference reference)
{
	const uint64_t addr = AT(world, 0) + PAGE_BYTES;
	uint32_t child = 0;

	map_anon(world, MAIN, 0, huge_bytes(world), mapped != SMALL);
	for (uint32_t n = 0; n < 3; n++)
		assert_int_equal(touch(world, MAIN, AT(world, 0) + n * PAGE_BYTES, true), 0);
	assert_int_equal(store(world, MAIN, addr, 40), 0);
	if (mapped == BY_PTES)
		RUN(world, MAIN, split_huge_pmd, .mm = MAIN, .addr = addr);
	if (mapped == LAST_PTE) {
		RUN(world, MAIN, zap_range, .mm = MAIN, .start = addr - PAGE_BYTES, .end = addr);
		RUN(world, MAIN, zap_range, .mm = MAIN, .start = addr + PAGE_BYTES,
		    .end = AT(world, 0) + huge_bytes(world));
	}
	if (reference != NOTHING)
		assert_int_equal(RUN(world, MAIN, call_pin, .mm = MAIN, .start = addr,
				     .end = addr + PAGE_BYTES, .pin = reference == PIN, .name = "device"),
				 0);
	if (at == BEFORE_FORK) {
		write_protect(world, addr);
		return 0;
	}
	child = (uint32_t)RUN(world, MAIN, dup_mm, .mm = MAIN, .name = "kid");
	assert_int_equal(child, 2);
	assert_int_equal(load(world, child, addr), 40);
	if (at == AFTER_CHILD_WRITE)
		assert_int_equal(store(world, child, addr, 50), 0);
	if (at != AFTER_EXIT)
		return child;
	assert_int_equal(RUN(world, child, exit_mm, .mm = child), 0);
	return 0;
}

static char outcome(struct world *world, uint64_t addr)
{
	const uint32_t before = pfn_at(world, MAIN, addr);
	const bool huge = mapped_huge(world, MAIN, addr);

	assert_int_equal(store(world, MAIN, addr, 60), 0);
	if (pfn_at(world, MAIN, addr) == before)
		return mapped_huge(world, MAIN, addr) == huge ? 'R' : '?';
	if (mapped_huge(world, MAIN, addr))
		return huge ? 'H' : '?';
	return huge ? 's' : 'p';
}

static void judge(enum cow_row row, bool small, enum mapped mapped, enum stage at, enum reference reference)
{
	const struct rules rules = rules_of_row(row);
	struct world *world = world_of(&rules, small);
	const uint64_t addr = AT(world, 0) + PAGE_BYTES;
	const char want = wanted[mapped][at][reference][row];
	uint32_t child, pinned;
	char got;

	child = stage(world, mapped, at, reference);
	pinned = world->pins[1].pfn;
	got = outcome(world, addr);
	if (got != want)
		fail_msg("row %s, order %u, %s, %s, %s: %c, and should be %c", cow_row_name(row),
			 world->extent.order, mapped_names[mapped], stage_names[at],
			 reference_names[reference], got, want);
	/* Whatever was copied: it is the writer's own now, and everybody reads what is his. */
	assert_int_equal(
		page_at(world, pfn_at(world, MAIN, addr) - mapped_huge(world, MAIN, addr))->exclusive,
		rules.anon_exclusive);
	assert_int_equal(load(world, MAIN, addr), 60);
	assert_int_not_equal(load(world, MAIN, addr + PAGE_BYTES), 60);
	if (child)
		assert_int_equal(load(world, child, addr), at == AFTER_CHILD_WRITE ? 50 : 40);
	/* What the device writes is seen only by who kept the page. */
	if (reference == PIN) {
		assert_int_equal(RUN(world, 0, device_write, .name = "device", .value = 70), 0);
		assert_int_equal(page_at(world, pinned)->data, 70);
		assert_int_equal(load(world, MAIN, addr), want == 'R' ? 70 : 60);
	}
	assert_sound(world);
	world_free(world);
}

static void test_table(void **state)
{
	(void)state;
	for (unsigned row = 0; row < COW_ROW_COUNT; row++) {
		for (unsigned k = 0; k < 2 * MAPPINGS * STAGES * REFERENCES; k++)
			judge(row, k % 2 == 0, k / 2 % MAPPINGS, k / 2 / MAPPINGS % STAGES,
			      k / 2 / MAPPINGS / STAGES);
	}
}

/*
 * Seed 003: memory is registered with a device. mprotect to read-only and back leaves a read-only entry, and a write
 * faults, without any fork. 4.5.0 sees the device's reference and copies: the device goes on writing to the old page, and
 * the process reads what was there before.
 */
static void rdma(struct world *world)
{
	const uint64_t addr = AT(world, 0), answer = addr + PAGE_BYTES;
	const bool copied = world->rules.cow == COW_4_5_0;

	map_anon(world, MAIN, 0, huge_bytes(world), true);
	assert_int_equal(RUN(world, MAIN, call_pin, .mm = MAIN, .start = addr,
			     .end = addr + huge_bytes(world), .pin = true, .name = "rdma"),
			 0);
	assert_true(mapped_huge(world, MAIN, addr));
	protect_and_back(world, addr);
	assert_int_equal(store(world, MAIN, addr, 1),
			 0); /* the request; the answer comes into the next page */
	assert_int_equal(RUN(world, 0, device_write, .name = "rdma", .value = 99), 0);
	assert_int_equal(load(world, MAIN, answer), copied ? 0 : 99);
	assert_true(mapped_huge(world, MAIN, addr));
}

static void test_rdma(void **state)
{
	(void)state;
	worlds_each(rdma);
}

/* No huge page for the copy: until 5.7 it is copied in small ones; and if those lack too, split, and one is copied. */
static void no_huge_page(struct world *world)
{
	const uint32_t nr = huge_nr(world), blocks = frames_free_huge(world);
	const bool small = world->rules.cow <= COW_4_5_5;
	const uint64_t addr = AT(world, 0);
	uint32_t child;

	for (int little = 0; little < 2; little++) {
		struct world *other = world_clone(world);
		uint64_t lone;

		map_anon(other, MAIN, 0, (blocks - 2) * huge_bytes(other), true);
		map_anon(other, MAIN, blocks, huge_bytes(other), false);
		map_anon(other, MAIN, blocks + 2, huge_bytes(other), false);
		for (uint32_t k = 0; k < blocks - 2; k++)
			assert_int_equal(touch(other, MAIN, AT(other, k), true), 0);
		/* Two blocks are left: both are broken, and have nr free pages together, or two. */
		for (uint32_t n = 0; n < 2 * nr - 2; n++)
			assert_int_equal(touch(other, MAIN,
					       AT(other, blocks + n / nr * 2) + n % nr * PAGE_BYTES, true),
					 0);
		for (uint32_t n = nr / 2; !little && n < nr; n++) {
			lone = AT(other, blocks) + n * PAGE_BYTES;
			RUN(other, MAIN, zap_range, .mm = MAIN, .start = lone, .end = lone + PAGE_BYTES);
		}
		assert_int_equal(frames_free_huge(other), 0);
		child = (uint32_t)RUN(other, MAIN, dup_mm, .mm = MAIN, .name = "kid");
		assert_int_equal(child, 2);
		assert_int_equal(store(other, child, addr + PAGE_BYTES, 9), 0);
		assert_false(mapped_huge(other, child, addr));
		assert_true(mapped_huge(other, MAIN, addr));
		assert_int_equal(load(other, child, addr), 1);
		assert_int_equal(load(other, MAIN, addr + PAGE_BYTES), 0);
		assert_int_equal(pfn_at(other, child, addr) != pfn_at(other, MAIN, addr), small && !little);
		assert_int_equal(other->stat[STAT_THP_SPLIT_PMD], small && !little ? 0 : 1);
		world_free(other);
	}
}

static void test_no_huge_page(void **state)
{
	size_t n;
	const struct rules *rules = rules_all(&n);

	(void)state;
	for (size_t at = 0; at < n; at++) {
		struct world *world = world_of(&rules[at], true);

		no_huge_page(world);
		world_free(world);
	}
}

/* Without the rule, the parent's half of the page is not found by rmap any more. */
static void moves_too_early(struct world *world, uint32_t child, uint64_t addr)
{
	struct world *without = world_clone(world);
	uint32_t task;

	assert_true(rules_without(&without->rules, "reuse-moves-anon-vma-at-total-1"));
	task = BEGIN(without, "write", child, access_page, .mm = child, .addr = addr, .write = true);
	task_finish(without, task);
	assert_false(world_check(without));
	assert_non_null(strstr(without->violation.text, "no walk from its anon_vma finds it"));
	world_free(without);
}

/*
 * Each process is left with a part of a huge page: nobody shares a page (page_trans_huge_mapcount is 1), and the writer
 * reuses its own, but the folio is still found by both (total_mapcount is more): its anon_vma stays the parent's.
 */
static void anon_vma_moves(struct world *world)
{
	const uint64_t addr = AT(world, 0), half = addr + huge_bytes(world) / 2;
	const uint32_t vma = map_anon(world, MAIN, 0, huge_bytes(world), true);
	uint32_t child, pfn, old;

	if (world->rules.cow != COW_4_5_5)
		return;
	assert_int_equal(touch(world, MAIN, addr, true), 0);
	child = (uint32_t)RUN(world, MAIN, dup_mm, .mm = MAIN, .name = "kid");
	assert_int_equal(child, 2);
	RUN(world, MAIN, zap_range, .mm = MAIN, .start = half, .end = addr + huge_bytes(world));
	RUN(world, child, zap_range, .mm = child, .start = addr, .end = half);
	pfn = pfn_at(world, child, half);
	old = page_at(world, pfn)->mapping;
	assert_int_equal(old, world->vmas[vma].anon_vma);
	moves_too_early(world, child, half);
	assert_int_equal(touch(world, child, half, true), 0);
	assert_int_equal(pfn_at(world, child, half), pfn);
	assert_int_equal(page_at(world, pfn)->mapping, old);
	/* Only when a single mapping is left of all of it, it moves. */
	RUN(world, MAIN, zap_range, .mm = MAIN, .start = addr, .end = half);
	for (uint64_t page = half + PAGE_BYTES; page < addr + huge_bytes(world); page += PAGE_BYTES)
		RUN(world, child, zap_range, .mm = child, .start = page, .end = page + PAGE_BYTES);
	*pte_of(world, child, half) &= ~ENTRY_WRITE;
	assert_int_equal(touch(world, child, half, true), 0);
	assert_int_equal(pfn_at(world, child, half), pfn);
	assert_int_equal(page_at(world, pfn)->mapping, world->vmas[vma_at(world, child, half)].anon_vma);
	assert_int_not_equal(page_at(world, pfn)->mapping, old);
}

static void test_anon_vma_moves(void **state)
{
	(void)state;
	worlds_each(anon_vma_moves);
}

/* Somebody has the page lock: until 5.8 the fault waits, later it copies without it; a huge one waits since 4.14. */
static void page_lock(struct world *world)
{
	for (int huge = 0; huge < 2; huge++) {
		struct world *other = world_clone(world);
		const uint64_t addr = AT(other, 0);
		const bool waits = huge ? other->rules.wp_huge_locks_page : other->rules.cow <= COW_5_8;
		uint32_t task, child, pfn;

		map_anon(other, MAIN, 0, huge_bytes(other), huge);
		assert_int_equal(touch(other, MAIN, addr, true), 0);
		child = (uint32_t)RUN(other, MAIN, dup_mm, .mm = MAIN, .name = "kid");
		assert_int_equal(RUN(other, child, exit_mm, .mm = child), 0);
		pfn = pfn_at(other, MAIN, addr);
		other->pages[pfn].lock.writer = other->extent.tasks - 1;
		/* Who has the lock has a reference, too. */
		other->pages[pfn].count++;
		other->pins[1] = (struct pin){.used = true, .pfn = pfn, .pages = 1};
		task = BEGIN(other, "writer", MAIN, access_page, .mm = MAIN, .addr = addr, .write = true);
		while (task_step(other, task) == PROGRESS_STEP)
			;
		assert_int_equal(other->tasks[task].done, !waits);
		assert_int_equal(other->tasks[task].wants.kind, waits ? LOCK_PAGE : LOCK_NONE);
		/* Meanwhile the mapping goes: what was waited for has changed. */
		if (waits)
			RUN(other, MAIN, zap_range, .mm = MAIN, .start = addr,
			    .end = addr + huge_bytes(other));
		other->pages[pfn].lock.writer = 0;
		pin_put(other, 1);
		assert_int_equal(finish(other, task), 0);
		assert_sound(other);
		assert_int_equal(load(other, MAIN, addr), waits ? 1 : 2);
		world_free(other);
	}
}

static void test_page_lock(void **state)
{
	(void)state;
	worlds_each(page_lock);
}

/* The same without a reference of who has it: the lock alone makes the later rows copy. */
static void page_lock_tried(struct world *world)
{
	const uint64_t addr = AT(world, 0);
	uint32_t task, child, pfn;

	if (world->rules.cow <= COW_5_8)
		return;
	map_anon(world, MAIN, 0, huge_bytes(world), false);
	assert_int_equal(store(world, MAIN, addr, 5), 0);
	child = (uint32_t)RUN(world, MAIN, dup_mm, .mm = MAIN, .name = "kid");
	assert_int_equal(RUN(world, child, exit_mm, .mm = child), 0);
	pfn = pfn_at(world, MAIN, addr);
	world->pages[pfn].lock.writer = world->extent.tasks - 1;
	task = BEGIN(world, "writer", MAIN, access_page, .mm = MAIN, .addr = addr, .write = true);
	step_until(world, task, "copy_user_highpage");
	world->pages[pfn].lock.writer = 0;
	assert_int_equal(finish(world, task), 0);
	assert_int_not_equal(pfn_at(world, MAIN, addr), pfn);
	assert_int_equal(load(world, MAIN, addr), 6);
	assert_sound(world);
}

static void test_page_lock_tried(void **state)
{
	(void)state;
	worlds_each(page_lock_tried);
}

/* A private mapping of a file, and a shared one that was read-only. */
static void files(struct world *world)
{
	const uint64_t addr = AT(world, 0), shared = AT(world, 2);
	const uint32_t file = file_new(world, "file", huge_nr(world));
	uint32_t *cached = file_page(world, file, 0);

	map_file(world, MAIN, 0, huge_bytes(world), KVMA_PRIVATE, file);
	map_file(world, MAIN, 2, huge_bytes(world), KVMA_SHARED, file);
	assert_int_equal(load(world, MAIN, addr), load(world, MAIN, shared));
	assert_int_equal(store(world, MAIN, shared, 3), 0);
	assert_int_equal(load(world, MAIN, addr), 3);
	assert_int_equal(store(world, MAIN, addr, 4), 0);
	assert_int_equal(load(world, MAIN, shared), 3);
	assert_int_equal(pfn_at(world, MAIN, shared), *cached);
	assert_int_equal(world->mms[MAIN].rss[RSS_FILE], 1);
	assert_int_equal(world->mms[MAIN].rss[RSS_ANON], 1);
	*pte_of(world, MAIN, shared) &= ~ENTRY_WRITE;
	assert_int_equal(store(world, MAIN, shared, 5), 0);
	assert_int_equal(pfn_at(world, MAIN, shared), *cached);
	assert_true(page_at(world, *cached)->dirty);
}

static void test_files(void **state)
{
	(void)state;
	worlds_each(files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),	     cmocka_unit_test(test_rdma),
		cmocka_unit_test(test_no_huge_page), cmocka_unit_test(test_anon_vma_moves),
		cmocka_unit_test(test_page_lock),    cmocka_unit_test(test_page_lock_tried),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
