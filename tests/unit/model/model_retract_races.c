/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * backend/model/retract.c and its neighbours under all interleavings: what each rule is for shows without it (facts H).
 */
#include "collapse.h"
#include "explore.h"

/* What collapse_file() does last: the folio is locked, the page tables go. */
struct retract {
	uint32_t folio;
};

static enum progress retract_run(struct world *world, struct ktask *task)
{
	struct retract *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		LOCK(LOCK_PAGE, at->folio, LOCK_WRITE);
		CALL(retract_page_tables, .file = 1, .folio = at->folio, .khugepaged = true);
		UNLOCK(LOCK_PAGE, at->folio);
	}
	RETURN(0);
}
static const struct function retract = {"collapse_file", retract_run};

/* Registers for write-protection, and protects. */
struct arm {
	uint32_t mm;
};

static enum progress arm_run(struct world *world, struct ktask *task)
{
	struct arm *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		CALL(uffd_register, .mm = at->mm, .start = START(world), .end = HUGE_AT(world, 1),
		     .wp = true);
		CALL(uffd_writeprotect, .mm = at->mm, .start = START(world),
		     .end = START(world) + PAGE_BYTES);
	}
	RETURN(0);
}
static const struct function arm = {"userfaultfd", arm_run};

/* A huge page of a file, which main maps at nothing yet, though it has the page table. */
static struct world *table_world(const struct rules *rules, uint8_t kind)
{
	struct world *world = files_world(rules, true, false, 1);

	files_map(world, 1, START(world), kind, 0, huge_nr(world));
	world->knobs.shmem_enabled = SHMEM_ALWAYS;
	world->mms[1].has_slot = true;
	assert_int_equal(RUN(world, pte_alloc, .mm = 1, .addr = START(world)), 0);
	assert_int_equal(touch(world, 1, START(world), false), 0);
	RUN(world, zap_range, .mm = 1, .start = START(world), .end = HUGE_AT(world, 1));
	assert_true(has_table(world, 1, START(world)));
	return world;
}

/* The folio is new: nobody but the collapse has had its lock. */
static struct world *retract_begins(struct world *world)
{
	const uint32_t folio = *file_page(world, 1, 0);
	struct retract locals = {.folio = folio};
	/* khugepaged's: it uses no mm. */
	const uint32_t task = task_begin(world, "retract", 0, &retract, &locals, sizeof(locals));

	while (!task_holds(&world->tasks[task], LOCK_PAGE, folio))
		assert_int_equal(task_step(world, task), PROGRESS_STEP);
	return world;
}

static struct world *empty_table_world(const struct rules *rules, uint8_t kind)
{
	return retract_begins(table_world(rules, kind));
}

/* No schedule breaks anything. The world is freed. */
static void holds(struct world *world)
{
	struct explored explored = explore(world);

	if (explored.violation.found)
		fail_msg("%s: %s (%s, %s)", world->rules.name, explored.violation.text,
			 explored.violation.task, explored.violation.where);
	assert_true(explored.ends);
	world_free(world);
}

/* Some schedule does. */
static void breaks(struct world *world)
{
	struct explored explored = explore(world);

	assert_true(explored.violation.found);
	world_free(world);
}

static struct world *without(struct world *world, const char *rule)
{
	assert_true(rules_without(&world->rules, rule));
	return world;
}

/* A page that userfaultfd puts into a private mapping, which the page lock does not keep out. */
static struct world *copy_world(const struct rules *rules)
{
	struct world *world = empty_table_world(rules, KVMA_PRIVATE);

	world->vmas[vma_at(world, 1, START(world))].uffd_missing = true;
	BEGIN(world, "copy", uffd_copy, .mm = 1, .start = START(world), .end = START(world) + PAGE_BYTES);
	return world;
}

static void test_anon_vma(void **state)
{
	(void)state;
	/* 5.4 does not look again; that a fault cannot come between is true, and userfaultfd was forgotten. */
	breaks(copy_world(rules_named("5.4")));
	holds(copy_world(rules_named("6.1-team")));
	holds(copy_world(rules_named("6.6")));
	holds(copy_world(rules_named("6.18")));
	breaks(without(copy_world(rules_named("6.1-team")), "retract-rechecks-anon-vma"));
	breaks(without(copy_world(rules_named("6.6")), "retract-rechecks-anon-vma"));
}

static void test_pte_lock(void **state)
{
	(void)state;
	breaks(without(copy_world(rules_named("6.6")), "retract-takes-pte-lock"));
}

static struct world *arm_world(const struct rules *rules)
{
	struct world *world = empty_table_world(rules, KVMA_SHARED);

	BEGIN(world, "arm", arm, .mm = 1);
	return world;
}

static void test_uffd_wp(void **state)
{
	(void)state;
	holds(arm_world(rules_named("6.1-team")));
	holds(arm_world(rules_named("6.6")));
	breaks(without(arm_world(rules_named("6.1-team")), "retract-rechecks-uffd-wp"));
	breaks(without(arm_world(rules_named("6.6")), "retract-rechecks-uffd-wp"));
	/* The first look only spares the locks. */
	holds(without(arm_world(rules_named("6.6")), "retract-checks-uffd-wp"));
}

/* A written private mapping: its table is not empty, and nobody has to race. */
static void test_anon_vma_at_all(void **state)
{
	struct world *world = table_world(rules_named("5.4"), KVMA_PRIVATE);
	struct world *copy;

	(void)state;
	assert_int_equal(touch(world, 1, START(world) + PAGE_BYTES, true), 0);
	retract_begins(world);
	copy = world_clone(world);
	holds(world);
	breaks(without(copy, "retract-checks-anon-vma"));
	/* Later kernels look a second time. */
	for (size_t at = 0; at < 3; at++) {
		static const char *const later[] = {"6.1-team", "6.6", "6.18"};

		world = table_world(rules_named(later[at]), KVMA_PRIVATE);
		assert_int_equal(touch(world, 1, START(world) + PAGE_BYTES, true), 0);
		holds(without(retract_begins(world), "retract-checks-anon-vma"));
	}
}

/* Somebody looks into the table, with nothing but mmap_lock for reading, or a fault does. */
static struct world *walker_world(const struct rules *rules, bool fault)
{
	struct world *world = empty_table_world(rules, KVMA_SHARED);

	if (fault)
		BEGIN(world, "touch", access_page, .mm = 1, .addr = START(world), .write = true);
	else
		BEGIN(world, "walk", walk_page_range, .mm = 1, .start = START(world),
		      .end = HUGE_AT(world, 1));
	return world;
}

static void test_rcu(void **state)
{
	(void)state;
	holds(walker_world(rules_named("5.4"), false));
	holds(walker_world(rules_named("6.6"), false));
	breaks(without(walker_world(rules_named("6.6"), false), "table-freed-after-rcu"));
}

/* A fault waits for the page lock and keeps mmap_lock. */
static void test_trylock(void **state)
{
	(void)state;
	holds(walker_world(rules_named("5.4"), true));
	holds(walker_world(rules_named("6.1-team"), true));
	holds(walker_world(rules_named("6.6"), true));
	breaks(without(walker_world(rules_named("5.4"), true), "retract-only-tries"));
	breaks(without(walker_world(rules_named("6.1-team"), true), "retract-only-tries"));
}

/* khugepaged uses no mm: it comes while one is ending. */
static void drain_begins(struct world *world)
{
	struct khugepaged_collapse_pte_mapped_thps locals = {.mm = 1};

	task_begin(world, "khugepaged", 0, &khugepaged_collapse_pte_mapped_thps, &locals, sizeof(locals));
}

/* A huge page of main is mapped by a pte, and queued; nothing is under way. */
static struct world *queued_world(const struct rules *rules)
{
	struct world *world = table_world(rules, KVMA_SHARED);

	assert_int_equal(touch(world, 1, START(world), false), 0);
	RUN(world, khugepaged_add_pte_mapped_thp, .mm = 1, .addr = START(world));
	assert_int_equal(world->mms[1].nr_pte_mapped_thp, 1);
	drain_begins(world);
	return world;
}

/* A queued huge page of a process that ends. */
static struct world *exit_world(const struct rules *rules)
{
	struct world *world = queued_world(rules);

	BEGIN(world, "exit", exit_mm, .mm = 1);
	return world;
}

static void test_exit(void **state)
{
	(void)state;
	holds(exit_world(rules_named("5.4")));
	holds(exit_world(rules_named("6.1-team")));
	breaks(without(exit_world(rules_named("5.4")), "collapse-checks-exit"));
	/* From 5.17 on exit_mmap() has mmap_lock, which is tried first. */
	holds(without(exit_world(rules_named("6.1-team")), "collapse-checks-exit"));
}

/* The page table goes while its process ends. */
static struct world *retract_exit_world(const struct rules *rules)
{
	struct world *world = empty_table_world(rules, KVMA_SHARED);

	BEGIN(world, "exit", exit_mm, .mm = 1);
	return world;
}

static void test_retract_exit(void **state)
{
	(void)state;
	/* 5.4.0 does not look (mended in 5.9): the page table goes while the exit reads it. */
	breaks(retract_exit_world(rules_named("5.4")));
	holds(retract_exit_world(rules_named("6.1-team")));
	holds(retract_exit_world(rules_named("6.6")));
	holds(retract_exit_world(rules_named("6.18")));
}

/* A hole is punched while the table of ptes goes: until 6.1 nothing kept the one from the other. */
static struct world *punch_world(const struct rules *rules)
{
	struct world *world = queued_world(rules);

	BEGIN(world, "punch", unmap_mapping_range, .file = 1, .first = 0, .last = huge_nr(world) - 1);
	return world;
}

static void test_punch(void **state)
{
	struct world *world = punch_world(rules_named("6.1-team"));

	(void)state;
	breaks(punch_world(rules_named("5.4")));
	holds(world_clone(world));
	breaks(without(world, "collapse-locks-rmap"));
}

/* A walk by rmap, which reads the pmd before it has a lock. */
static struct world *referenced_world(const struct rules *rules)
{
	struct world *world = queued_world(rules);

	BEGIN(world, "kswapd", folio_referenced, .pfn = *file_page(world, 1, 0));
	return world;
}

static void test_referenced(void **state)
{
	(void)state;
	breaks(referenced_world(rules_named("5.4")));
	holds(referenced_world(rules_named("6.1-team")));
}

/*
 * MADV_COLLAPSE of a huge page that ptes map, and MADV_DONTNEED of all of it, which in 6.18 frees the table too. With a
 * userfaultfd for a private mapping the pmd lock is taken first.
 */
static struct world *discard_world(const struct rules *rules, uint8_t kind, bool armed)
{
	struct world *world = table_world(rules, kind);

	access_pages(world, 1, 0, 0, huge_nr(world), false);
	assert_true(has_table(world, 1, START(world)));
	world->vmas[vma_at(world, 1, START(world))].uffd_missing = armed;
	BEGIN(world, "collapse", madvise_collapse, .mm = 1, .start = START(world), .end = HUGE_AT(world, 1));
	BEGIN(world, "discard", madvise_dontneed, .mm = 1, .start = START(world), .end = HUGE_AT(world, 1));
	return world;
}

static void discard_body(const struct rules *rules, bool small)
{
	if (!small)
		return;
	holds(discard_world(rules, KVMA_SHARED, false));
	holds(discard_world(rules, KVMA_PRIVATE, false));
	holds(discard_world(rules, KVMA_PRIVATE, true));
}

static void test_discard(void **state)
{
	(void)state;
	FOR_ALL_WITH(madv_collapse, discard_body);
}

/* MADV_COLLAPSE of two processes at once, with a third that writes: each generation that has it. */
static void both_body(const struct rules *rules, bool small)
{
	struct world *world;

	if (!small)
		return;
	world = files_world(rules, true, false, 1);
	assert_int_equal(mm_new(world, "other", 0), 2);
	for (uint32_t mm = 1; mm <= 2; mm++) {
		files_map(world, mm, START(world), KVMA_SHARED, 0, huge_nr(world));
		assert_int_equal(touch(world, mm, START(world), true), 0);
	}
	BEGIN(world, "collapse", madvise_collapse, .mm = 1, .start = START(world), .end = HUGE_AT(world, 1));
	BEGIN(world, "touch", access_page, .mm = 2, .addr = START(world) + PAGE_BYTES, .write = true);
	holds(world_clone(world));
	task_end(world, 2);
	BEGIN(world, "collapse2", madvise_collapse, .mm = 2, .start = START(world), .end = HUGE_AT(world, 1));
	holds(world);
}

static void test_both(void **state)
{
	(void)state;
	FOR_ALL_WITH(madv_collapse, both_body);
}

/* Anonymous memory of two that share it after fork: one is collapsed, the other is written to. */
static void anon_body(const struct rules *rules, bool small)
{
	struct world *world;

	if (!small)
		return;
	world = anon_world(rules, true, 1);
	touch_pages(world, 1, 0, 0, huge_nr(world));
	RUN(world, dup_mm, .mm = 1, .name = "kid");
	assert_int_equal(touch(world, 1, START(world), true), 0);
	BEGIN(world, "collapse", scan_anon, .mm = 1, .addr = START(world));
	BEGIN(world, "kid", access_page, .mm = 2, .addr = START(world) + PAGE_BYTES, .write = true);
	BEGIN(world, "main", access_page, .mm = 1, .addr = START(world) + PAGE_BYTES, .write = true);
	holds(world);
}

static void test_anon(void **state)
{
	(void)state;
	FOR_ALL_WITH(name, anon_body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_anon_vma),     cmocka_unit_test(test_pte_lock),
		cmocka_unit_test(test_uffd_wp),	     cmocka_unit_test(test_anon_vma_at_all),
		cmocka_unit_test(test_rcu),	     cmocka_unit_test(test_trylock),
		cmocka_unit_test(test_exit),	     cmocka_unit_test(test_punch),
		cmocka_unit_test(test_retract_exit), cmocka_unit_test(test_referenced),
		cmocka_unit_test(test_both),	     cmocka_unit_test(test_anon),
		cmocka_unit_test(test_discard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
