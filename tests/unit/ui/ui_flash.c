/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What counts as a change, how long it flashes, and what words match. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "ui/flash.h"
#include "ui/map_match.h"
#include "world.h"

#define SECOND UINT64_C(1000000000)
#define A UINT64_C(0x7f0000000000)

/* A process of some regions, for the tests to change. */
static struct moment *process(unsigned n)
{
	struct world world;

	world_start(&world, true);
	world_process(&world, 1, "one");
	world_vma(&world, A, 16 * SLOT, "rw-p", VMA_ANON, "name");
	world_regions(&world, 0, n, MAPPING_PTE, BACKING_SMALL);
	return world_moment(&world);
}

static struct flashes flashes;

static size_t compare(struct moment *old, struct moment *now, uint64_t ns)
{
	flashes_update(&flashes, old ? old->processes : NULL, now ? now->processes : NULL, ns);
	return flashes.n;
}

static void test_changes(void **state)
{
	struct moment *a = process(4), *b = process(4);
	struct region *region = &b->processes->regions[2];

	(void)state;
	assert_int_equal(compare(NULL, a, 0), 0); /* the first look is no change */
	assert_int_equal(compare(a, b, 0), 0);
	region->present--; /* not one of the three */
	assert_int_equal(compare(a, b, 0), 0);
	region->mapping = MAPPING_UNKNOWN; /* nothing is known to have changed */
	region->backing = BACKING_UNKNOWN;
	region->mapcount.highest = UNKNOWN_COUNT;
	assert_int_equal(compare(a, b, 0), 0);
	region->mapping = MAPPING_PMD;
	assert_int_equal(compare(a, b, 0), 1);
	assert_int_equal(flashes.items[0].start, A + 2 * SLOT);
	flashes_fini(&flashes);
	region->mapping = MAPPING_PTE;
	region->backing = BACKING_MTHP;
	assert_int_equal(compare(a, b, 0), 1);
	flashes_fini(&flashes);
	region->backing = BACKING_SMALL;
	region->mapcount.highest = 7;
	assert_int_equal(compare(a, b, 0), 1);
	flashes_fini(&flashes);
	b->processes->start_time = 1; /* another process */
	assert_int_equal(compare(a, b, 0), 0);
	moment_free(a);
	moment_free(b);
}

static void test_come_and_go(void **state)
{
	struct moment *a = process(2), *b = process(5);

	(void)state;
	assert_int_equal(compare(a, b, 0), 3);
	assert_null(flashes_at(&flashes, A, A + 2 * SLOT));
	assert_int_equal(flashes_at(&flashes, A, A + 16 * SLOT)->start, A + 2 * SLOT);
	assert_int_equal(flashes_at(&flashes, A + 4 * SLOT, 0)->start, A + 4 * SLOT);
	assert_null(flashes_at(&flashes, A + 5 * SLOT, 0));
	assert_int_equal(compare(b, a, SECOND / 10), 3);
	assert_int_equal(flashes.items[1].since_ns, 0); /* went on changing */
	assert_int_equal(flashes.items[1].last_ns, SECOND / 10);
	assert_int_equal(compare(a, a, SECOND), 3);
	assert_int_equal(compare(a, a, SECOND + SECOND / 10), 0);
	moment_free(a);
	moment_free(b);
	flashes_fini(&flashes);
}

/* What changes all the time shows its shape in between. */
static void test_signs(void **state)
{
	struct moment *a = process(4), *b = process(3);
	unsigned i, signs = 0;

	(void)state;
	for (i = 0; i < 100; i++) {
		assert_int_equal(compare(i % 2 ? a : b, i % 2 ? b : a, i * SECOND / 10), 1);
		signs += flash_signs(&flashes.items[0], i * SECOND / 10);
	}
	assert_int_equal(signs, 50);
	moment_free(a);
	moment_free(b);
	flashes_fini(&flashes);
}

static void test_match(void **state)
{
	struct moment *moment = process(2);
	struct process *p = moment->processes;
	static const struct {
		const char *text;
		bool vma, region;
	} cases[] = {
		{"", false, false},	     {"   ", false, false},	  {"name", true, true},
		{"AM", true, true},	     {"anon", true, true},	  {"ano", false, false},
		{"rw", true, true},	     {"rw-p", true, true},	  {"w", false, false},
		{"r-x", false, false},	     {"pte-mapped", false, true}, {"pt", false, true},
		{"p", false, false},	     {"small", false, true},	  {"pmd", false, false},
		{"name small", false, true}, {"name pmd", false, false},  {"rw name anon", true, true},
		{"swap", false, false},	     {"empty", false, false},	  {"thp", false, false},
	};
	struct match match;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		match_set(&match, cases[i].text);
		if (match_vma(&match, p->vmas) != cases[i].vma ||
		    match_region(&match, p->vmas, p->regions) != cases[i].region ||
		    match_within(&match, p, p->vmas) != cases[i].region)
			fail_msg("\"%s\"", cases[i].text);
	}
	match_set(&match, "swap");
	p->regions[1].swapped = 1;
	assert_false(match_region(&match, p->vmas, &p->regions[0]));
	assert_true(match_region(&match, p->vmas, &p->regions[1]));
	match_set(&match, "empty");
	p->vmas->n_regions = 0;
	assert_true(match_vma(&match, p->vmas));
	match_set(&match, "a b c d e f g h i j");
	assert_int_equal(match.n, MATCH_WORDS_MAX);
	moment_free(moment);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_come_and_go),
		cmocka_unit_test(test_signs),
		cmocka_unit_test(test_match),
	};

	return cmocka_run_group_tests_name("ui_flash", tests, NULL, NULL);
}
