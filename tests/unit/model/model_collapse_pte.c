/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backend/model/collapse_pte.c, uffd.c: why a page table is not given up; what happens where the check is missing. */
#include <errno.h>

#include "collapse.h"

/* One address, with the locks that the callers of each generation hold. */
struct drain {
	uint32_t mm;
	uint64_t addr;
};

static enum progress drain_run(struct world *world, struct ktask *task)
{
	struct drain *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		LOCK(LOCK_MMAP, at->mm, world->rules.collapse_mmap_read ? LOCK_READ : LOCK_WRITE);
		CALL(collapse_pte_mapped_thp, .mm = at->mm, .addr = at->addr);
		UNLOCK(LOCK_MMAP, at->mm);
	}
	RETURN(task->result);
}
static const struct function drain = {"drain", drain_run};

/* Main maps a huge page of a file by ptes, privately or not, all but the last one. */
static struct world *pte_world(const struct rules *rules, bool small, uint8_t kind)
{
	struct world *world = files_world(rules, small, false, 1);
	const uint32_t nr = huge_nr(world);

	world->knobs.shmem_enabled = SHMEM_ALWAYS;
	files_map(world, 1, START(world), kind, 0, nr);
	assert_int_equal(mm_new(world, "other", 0), 2);
	files_map(world, 2, START(world), KVMA_SHARED, 0, nr);
	assert_int_equal(touch(world, 2, START(world), true), 0);
	assert_true(mapped_huge(world, 2, START(world)));
	assert_int_equal(RUN(world, pte_alloc, .mm = 1, .addr = START(world)), 0);
	access_pages(world, 1, 0, 0, nr - 1, false);
	assert_true(has_table(world, 1, START(world)));
	return world;
}

static enum scan_result drained(struct world *world)
{
	return (enum scan_result)RUN(world, drain, .mm = 1, .addr = START(world));
}

/* The same without one rule: the violation that it ends in, or "". */
static const char *broken(struct world *world)
{
	struct drain locals = {.mm = 1, .addr = START(world)};
	uint32_t task = task_begin(world, "drain", 1, &drain, &locals, sizeof(locals));

	task_finish(world, task);
	task_end(world, task);
	if (!world->violation.found)
		world_check(world);
	return world->violation.text;
}

static void fine_body(const struct rules *rules, bool small)
{
	struct world *world = pte_world(rules, small, KVMA_SHARED);

	assert_int_equal(drained(world), SCAN_SUCCEED);
	assert_false(has_table(world, 1, START(world)));
	assert_int_equal(world->mms[1].nr_ptes, 0);
	assert_int_equal(world->mms[1].rss[RSS_SHMEM], 0);
	assert_int_equal(drained(world), rules->scan_tells_mapping ? SCAN_SUCCEED : SCAN_PMD_NULL);
	assert_int_equal(touch(world, 1, START(world), true), 0);
	assert_true(mapped_huge(world, 1, START(world)));
	assert_int_equal(drained(world), rules->scan_tells_mapping ? SCAN_PMD_MAPPED : SCAN_PMD_NULL);
	world_free(world);
}

static void test_fine(void **state)
{
	(void)state;
	FOR_ALL_WITH(collapse_file, fine_body);
}

/* A VMA that is too short, anonymous, gone, or armed. */
static void vma_body(const struct rules *rules, bool small)
{
	struct world *world = pte_world(rules, small, KVMA_SHARED);
	const uint32_t vma = vma_at(world, 1, START(world));

	world->vmas[vma].nohugepage = true;
	assert_int_equal(drained(world), SCAN_VMA_CHECK);
	world->vmas[vma].nohugepage = false;
	if (rules->uffd_wp) {
		world->vmas[vma].uffd_wp = true;
		assert_int_equal(drained(world), SCAN_PTE_UFFD_WP);
		world->vmas[vma].uffd_wp = false;
	}
	assert_true(vma_split(world, vma, START(world) + PAGE_BYTES));
	assert_int_equal(drained(world), SCAN_VMA_CHECK);
	assert_int_equal(RUN(world, drain, .mm = 1, .addr = HUGE_AT(world, 1)), SCAN_VMA_CHECK);
	assert_true(has_table(world, 1, START(world)));
	world_free(world);
}

static void test_vma(void **state)
{
	(void)state;
	FOR_ALL_WITH(collapse_file, vma_body);
}

/* A private page of the process between those of the file. */
static void private_body(const struct rules *rules, bool small)
{
	struct world *world = pte_world(rules, small, KVMA_PRIVATE);
	struct world *copy;

	assert_int_equal(touch(world, 1, START(world) + PAGE_BYTES, true), 0);
	copy = world_clone(world);
	assert_int_equal(drained(world), rules->collapse_locks_folio ? SCAN_FAIL : SCAN_PAGE_COMPOUND);
	assert_true(has_table(world, 1, START(world)));
	world_free(world);
	if (rules->collapse_locks_folio) {
		/* One check sees all of it. */
		copy->rules.collapse_checks_mapping = false;
		assert_string_not_equal(broken(copy), "");
	} else {
		copy->rules.collapse_checks_compound = false;
		assert_int_equal(drained(copy), SCAN_FAIL);
		copy->rules.collapse_checks_subpage = false;
		assert_string_not_equal(broken(copy), "");
	}
	world_free(copy);
}

static void test_private(void **state)
{
	(void)state;
	FOR_ALL_WITH(collapse_file, private_body);
}

/* The folio was split and its file has small pages now, which happen to lie side by side. */
static void small_body(const struct rules *rules, bool small)
{
	struct world *world = files_world(rules, small, false, 1);
	struct world *copy;

	files_map(world, 1, START(world), KVMA_SHARED, 0, huge_nr(world));
	access_pages(world, 1, 0, 0, huge_nr(world), false);
	copy = world_clone(world);
	assert_int_equal(drained(world), rules->collapse_fails_small ? SCAN_FAIL : SCAN_PAGE_COMPOUND);
	assert_true(has_table(world, 1, START(world)));
	world_free(world);
	assert_true(rules_without(&copy->rules, "collapse-checks-compound"));
	assert_string_not_equal(broken(copy), "");
	world_free(copy);
}

static void test_small(void **state)
{
	(void)state;
	FOR_ALL_WITH(collapse_file, small_body);
}

/* A breakpoint in the first page: no write fault, and no page of a huge one. */
static void uprobe_body(const struct rules *rules, bool small)
{
	struct world *world = pte_world(rules, small, KVMA_PRIVATE);
	struct world *copy;

	assert_int_equal(RUN(world, uprobe_write, .mm = 1, .addr = START(world)), 0);
	assert_int_equal(world->mms[1].rss[RSS_ANON], 1);
	assert_int_equal(content(world, 1, START(world)), content(world, 2, START(world)) + 1);
	copy = world_clone(world);
	assert_int_equal(drained(world), rules->collapse_locks_folio ? SCAN_FAIL : SCAN_PAGE_COMPOUND);
	world_free(world);
	copy->rules.collapse_checks_compound = false;
	assert_int_equal(drained(copy), SCAN_FAIL);
	copy->rules.collapse_checks_mapping = false;
	if (!rules->collapse_locks_folio) {
		/* The next page is not behind it. */
		assert_int_equal(drained(copy), SCAN_FAIL);
		copy->rules.collapse_checks_subpage = false;
	}
	assert_string_not_equal(broken(copy), "");
	world_free(copy);
}

static void test_uprobe(void **state)
{
	(void)state;
	FOR_ALL_WITH(collapse_file, uprobe_body);
}

/* A pte of another page of the same folio, as a debugger could leave it. */
static void subpage_body(const struct rules *rules, bool small)
{
	struct world *world = pte_world(rules, small, KVMA_SHARED);
	uint64_t *pte = pte_of(world, 1, START(world) + PAGE_BYTES);
	struct world *copy;

	rmap_remove_pte(world, entry_pfn(*pte));
	*pte += ENTRY_FRAME(1);
	rmap_add_pte(world, entry_pfn(*pte));
	copy = world_clone(world);
	assert_string_not_equal(broken(world), "");
	assert_non_null(strstr(world->violation.text, "where another page belongs"));
	/* The collapse has left it. */
	assert_true(has_table(world, 1, START(world)));
	world_free(world);
	/* Without the check it takes the table with the wrong page in it, and what was wrong is not to be seen any more. */
	copy->rules.collapse_checks_subpage = false;
	assert_int_equal(drained(copy), SCAN_SUCCEED);
	world_free(copy);
}

static void test_subpage(void **state)
{
	(void)state;
	FOR_ALL_WITH(collapse_file, subpage_body);
}

/* A private page that went to swap. */
static void swapped_body(const struct rules *rules, bool small)
{
	struct world *world = pte_world(rules, small, KVMA_PRIVATE);
	uint64_t *pte = pte_of(world, 1, START(world) + (huge_nr(world) - 1) * PAGE_BYTES);
	struct world *copy;

	/* A fault may have mapped all of the folio (6.18). */
	if (*pte) {
		rmap_remove_pte(world, entry_pfn(*pte));
		world->mms[1].rss[page_rss(world, entry_pfn(*pte))]--;
		folio_put(world, entry_pfn(*pte));
	}
	*pte = ENTRY_SWAP | ENTRY_SWAP_SLOT(swap_new(world, 7));
	world->mms[1].rss[RSS_SWAP]++;
	copy = world_clone(world);
	assert_int_equal(drained(world), SCAN_PTE_NON_PRESENT);
	assert_true(has_table(world, 1, START(world)));
	world_free(world);
	copy->rules.collapse_checks_present = false;
	assert_string_not_equal(broken(copy), "");
	world_free(copy);
}

static void test_swapped(void **state)
{
	(void)state;
	FOR_ALL_WITH(collapse_file, swapped_body);
}

/* The folio was split into pages that still lie side by side (facts H). */
static void split_body(const struct rules *rules, bool small)
{
	struct world *world = pte_world(rules, small, KVMA_SHARED);
	const uint32_t head = *file_page(world, 1, 0);
	struct world *copy;

	assert_int_equal(RUN(world, split_folio, .pfn = head, .order = 0), 0);
	access_pages(world, 1, 0, 0, huge_nr(world), false);
	copy = world_clone(world);
	assert_int_equal(drained(world), rules->collapse_fails_small ? SCAN_FAIL : SCAN_PAGE_COMPOUND);
	world_free(world);
	copy->rules.collapse_checks_compound = false;
	assert_string_not_equal(broken(copy), "");
	world_free(copy);
}

static void test_split(void **state)
{
	(void)state;
	FOR_ALL_WITH(collapse_file, split_body);
}

/* Nothing of the file is there any more (6.1+: it is looked for in the page cache). */
static void gone_body(const struct rules *rules, bool small)
{
	struct world *world = pte_world(rules, small, KVMA_SHARED);

	assert_int_equal(
		RUN(world, file_truncate, .file = 1, .first = 0, .end = huge_nr(world), .punch = true), 0);
	assert_int_equal(drained(world), SCAN_PAGE_NULL);
	world_free(world);
}

static void test_gone(void **state)
{
	(void)state;
	FOR_ALL_WITH(collapse_locks_folio, gone_body);
}

/* A walk from the page to all that map it, by pte and by PMD. */
static void referenced_body(const struct rules *rules, bool small)
{
	struct world *world = pte_world(rules, small, KVMA_SHARED);
	const uint32_t head = *file_page(world, 1, 0);
	uint64_t *pte = pte_of(world, 1, START(world)), *pmd = pmd_of(world, 2, START(world));
	uint32_t holder;

	world->pages[head].referenced = false;
	holder = lock_kept(world, LOCK_PAGE, head, LOCK_WRITE);
	RUN(world, folio_referenced, .pfn = head);
	assert_true(*pte & *pmd & ENTRY_YOUNG);
	lock_released(world, holder);
	RUN(world, folio_referenced, .pfn = head);
	assert_false((*pte | *pmd) & ENTRY_YOUNG);
	assert_true(world->pages[head].referenced);
	world->pages[head].referenced = false;
	RUN(world, folio_referenced, .pfn = head);
	assert_false(world->pages[head].referenced);
	world_free(world);
}

static void test_referenced(void **state)
{
	(void)state;
	FOR_ALL_WITH(collapse_file, referenced_body);
}

/* userfaultfd: markers where nothing is mapped, pages where they are missing. */
static void uffd_body(const struct rules *rules, bool small)
{
	struct world *world = files_world(rules, small, false, 1);
	const uint64_t end = HUGE_AT(world, 1);

	files_map(world, 1, START(world), KVMA_PRIVATE, 0, huge_nr(world));
	assert_int_equal(RUN(world, uffd_copy, .mm = 1, .start = START(world), .end = end), -ENOENT);
	assert_int_equal(
		RUN(world, uffd_register, .mm = 1, .start = START(world), .end = end, .missing = true),
		rules->uffd_shmem ? 0 : -EINVAL);
	if (!rules->uffd_shmem)
		goto out;
	assert_int_equal(RUN(world, uffd_copy, .mm = 1, .start = START(world),
			     .end = START(world) + PAGE_BYTES, .value = 9),
			 0);
	assert_int_equal(content(world, 1, START(world)), 9);
	assert_int_equal(world->mms[1].rss[RSS_ANON], 1);
	assert_int_equal(RUN(world, uffd_copy, .mm = 1, .start = START(world), .end = end), -EEXIST);
	assert_int_equal(RUN(world, uffd_writeprotect, .mm = 1, .start = START(world), .end = end), -ENOENT);
	assert_int_equal(RUN(world, uffd_register, .mm = 1, .start = START(world), .end = end, .wp = true),
			 rules->uffd_wp ? 0 : -EINVAL);
	if (!rules->uffd_wp)
		goto out;
	assert_int_equal(RUN(world, uffd_writeprotect, .mm = 1, .start = START(world), .end = end), 0);
	assert_true(leaf_of(world, 1, START(world)) & ENTRY_UFFD_WP);
	assert_false(leaf_of(world, 1, START(world)) & ENTRY_WRITE);
	assert_int_equal(leaf_of(world, 1, START(world) + PAGE_BYTES), ENTRY_MARKER);
	assert_int_equal(touch(world, 1, START(world), true), -EFAULT);
	/* Half of it is no longer watched. */
	assert_int_equal(
		RUN(world, uffd_register, .mm = 1, .start = START(world) + 2 * PAGE_BYTES, .end = end), 0);
	assert_int_equal(leaf_of(world, 1, START(world) + PAGE_BYTES), ENTRY_MARKER);
	assert_int_equal(leaf_of(world, 1, START(world) + 2 * PAGE_BYTES), 0);
out:
	world_free(world);
}

static void test_uffd(void **state)
{
	(void)state;
	FOR_ALL_WITH(name, uffd_body);
}

/* Pages of a shared file come into its page cache; a huge page is split before its ptes are watched. */
static void uffd_shared_body(const struct rules *rules, bool small)
{
	struct world *world = files_world(rules, small, false, 1);
	const uint64_t end = HUGE_AT(world, 1);

	files_map(world, 1, START(world), KVMA_SHARED, 0, huge_nr(world));
	assert_int_equal(
		RUN(world, uffd_register, .mm = 1, .start = START(world), .end = end, .missing = true), 0);
	assert_int_equal(RUN(world, uffd_copy, .mm = 1, .start = START(world), .end = end, .value = 5), 0);
	assert_true(*file_page(world, 1, huge_nr(world) - 1));
	assert_int_equal(RUN(world, uffd_copy, .mm = 1, .start = START(world), .end = end), -EEXIST);
	if (rules->uffd_wp) {
		assert_int_equal(RUN(world, uffd_register, .mm = 1, .start = START(world), .end = end), 0);
		assert_int_equal(RUN(world, madvise_collapse, .mm = 1, .start = START(world), .end = end), 0);
		assert_true(mapped_huge(world, 1, START(world)));
		assert_int_equal(
			RUN(world, uffd_register, .mm = 1, .start = START(world), .end = end, .wp = true), 0);
		assert_int_equal(RUN(world, uffd_writeprotect, .mm = 1, .start = START(world) + PAGE_BYTES,
				     .end = START(world) + 2 * PAGE_BYTES),
				 0);
		assert_true(has_table(world, 1, START(world)));
		assert_int_equal(touch(world, 1, START(world) + PAGE_BYTES, false), 0);
		assert_int_equal(touch(world, 1, START(world) + PAGE_BYTES, true), -EFAULT);
	}
	world_free(world);
}

static void test_uffd_shared(void **state)
{
	(void)state;
	FOR_ALL_WITH(uffd_shmem, uffd_shared_body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fine),	    cmocka_unit_test(test_vma),
		cmocka_unit_test(test_private),	    cmocka_unit_test(test_small),
		cmocka_unit_test(test_uprobe),	    cmocka_unit_test(test_subpage),
		cmocka_unit_test(test_swapped),	    cmocka_unit_test(test_split),
		cmocka_unit_test(test_gone),	    cmocka_unit_test(test_uffd),
		cmocka_unit_test(test_uffd_shared), cmocka_unit_test(test_referenced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
