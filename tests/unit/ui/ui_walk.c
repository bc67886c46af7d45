/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The walk: which bits of an address are which index, and what is said of each entry. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/region_walk.h"
#include "world.h"

#define KIB UINT64_C(1024)

/* Checks names and indices, "PGD 254 PUD 361", and the offset. */
static void assert_walk(const struct walk *walk, const char *want, uint64_t offset)
{
	char text[128] = "";
	unsigned i;

	for (i = 0; i < walk->n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s %u", i ? " " : "",
			 walk_level_name(walk->steps[i].level), walk->steps[i].index);
	assert_string_equal(text, want);
	assert_int_equal(walk->offset, offset);
}

static void test_split(void **state)
{
	struct walk walk;

	(void)state;
	walk_split(&walk, 0x7f5a41044123, 4 * KIB, 2 * MIB, false, 0);
	assert_walk(&walk, "PGD 254 PUD 361 PMD 8 PTE 68", 0x123);
	walk_split(&walk, 0, 4 * KIB, 2 * MIB, false, 0);
	assert_walk(&walk, "PGD 0 PUD 0 PMD 0 PTE 0", 0);
	walk_split(&walk, 0xffffffffff600000, 4 * KIB, 2 * MIB, false, 0);
	assert_walk(&walk, "PGD 511 PUD 511 PMD 507 PTE 0", 0);
	/* With five levels the upper bits are an index of their own; also of a low address, which has 0 there. */
	walk_split(&walk, 0xf123456789abcd, 4 * KIB, 2 * MIB, true, 0);
	assert_walk(&walk, "PGD 241 P4D 70 PUD 277 PMD 316 PTE 154", 0xbcd);
	walk_split(&walk, 0x7f5a41044123, 4 * KIB, 2 * MIB, true, 0);
	assert_walk(&walk, "PGD 0 P4D 254 PUD 361 PMD 8 PTE 68", 0x123);
	/* arm64 with larger pages; Documentation/arch/arm64/memory.rst has their levels. */
	walk_split(&walk, 0xaaaabbbbc123, 16 * KIB, 32 * MIB, false, 0);
	assert_walk(&walk, "PGD 1 PUD 682 PMD 1373 PTE 1775", 0x123);
	walk_split(&walk, 0xaaaabbbbc123, 64 * KIB, 512 * MIB, false, 0);
	assert_walk(&walk, "PGD 42 PMD 5461 PTE 7099", 0xc123);
}

/* A PTE table that is no page: powerpc's 64 KiB pages, s390's 1 MiB segments. What is above is not known. */
static void test_split_other(void **state)
{
	struct walk walk;

	(void)state;
	walk_split(&walk, 0x7f5a41234567, 64 * KIB, 2 * MIB, false, 0);
	assert_int_equal(walk.n, 2);
	assert_int_equal(walk.steps[0].level, WALK_PMD);
	assert_int_equal(walk.steps[0].bits, 0);
	assert_int_equal(walk.steps[1].bits, 5);
	assert_int_equal(walk.steps[1].index, 0x41234567 >> 16 & 31);
	assert_int_equal(walk.offset, 0x4567);
	walk_split(&walk, 0x3ff41234567, 4 * KIB, MIB, false, 0);
	assert_int_equal(walk.steps[1].index, 0x34);
	/* A model's, with four entries in each: told by the levels that are shown. */
	walk_split(&walk, 0x7b123, 4 * KIB, 16 * KIB, false, 3);
	assert_walk(&walk, "PGD 1 PUD 3 PMD 2 PTE 3", 0x123);
}

/* The indices and the offset together are the address again. */
static void test_split_whole(void **state)
{
	static const struct {
		uint64_t page, pmd;
	} sizes[] = {{4 * KIB, 2 * MIB}, {16 * KIB, 32 * MIB}, {64 * KIB, 512 * MIB}};
	unsigned seed = 7, i, j, deep;
	uint64_t addr, sum;
	struct walk walk;

	(void)state;
	for (i = 0; i < 3000; i++) {
		deep = i / 3 % 2;
		addr = (uint64_t)rand_r(&seed) << 26 ^ (uint64_t)rand_r(&seed);
		addr &= (UINT64_C(1) << (deep && i % 3 == 0 ? 57 : 48)) - 1;
		walk_split(&walk, addr, sizes[i % 3].page, sizes[i % 3].pmd, deep, 0);
		for (sum = walk.offset, j = 0; j < walk.n; j++)
			sum += (uint64_t)walk.steps[j].index << walk.steps[j].shift;
		assert_int_equal(sum, addr);
	}
}

static void test_deep(void **state)
{
	struct world world;

	(void)state;
	world_start(&world, true);
	world_process(&world, 1, "deep");
	assert_false(walk_deep(world.process));
	world_vma(&world, 0x7f0000000000, SLOT, "rw-p", VMA_ANON, "");
	assert_false(walk_deep(world.process));
	world_vma(&world, 0xffffffffff600000, PAGE, "--xp", VMA_SPECIAL, "[vsyscall]");
	assert_false(walk_deep(world.process));
	world.process->vmas[0].end = UINT64_C(1) << 48; /* arm64's stack ends there */
	assert_false(walk_deep(world.process));
	world.process->vmas[0].end += PAGE;
	assert_true(walk_deep(world.process));
	moment_free(world_moment(&world));
}

/* One process: a region at 0x7f5a40000000, its neighbour empty, another one 3 GiB above. */
static struct world judged;
static struct region *first;

static int setup_judged(void **state)
{
	(void)state;
	world_start(&judged, true);
	world_process(&judged, 1, "judged");
	world_vma(&judged, DEMO_HEAP, 8 * SLOT, "rw-p", VMA_ANON, "");
	first = world_region(&judged, 0, MAPPING_PTE, BACKING_SMALL);
	world_vma(&judged, DEMO_HEAP + 3072 * MIB, SLOT, "rw-p", VMA_ANON, "");
	world_region(&judged, 0, MAPPING_PMD, BACKING_THP);
	return 0;
}

static int teardown_judged(void **state)
{
	(void)state;
	moment_free(world_moment(&judged));
	return 0;
}

static void judge(struct walk *walk, uint64_t addr, struct walk_facts facts)
{
	facts.process = judged.process;
	walk_split(walk, addr, PAGE, SLOT, false, 0);
	walk_judge(walk, addr, &facts);
}

static void assert_step(const struct walk *walk, unsigned i, enum walk_entry entry, enum walk_sure sure)
{
	assert_in_range(i, 0, walk->n - 1);
	assert_int_equal(walk->steps[i].entry, entry);
	assert_int_equal(walk->steps[i].sure, sure);
}

static void test_pte(void **state)
{
	struct page page = {.addr = DEMO_HEAP + 5 * PAGE, .present = true};
	struct walk walk;

	(void)state;
	judge(&walk, page.addr + 7, (struct walk_facts){.region = first, .page = &page, .read = true});
	assert_int_equal(walk.n, 4);
	assert_step(&walk, 0, WALK_TABLE, WALK_INFERRED);
	assert_step(&walk, 1, WALK_TABLE, WALK_INFERRED);
	assert_step(&walk, 2, WALK_TABLE, WALK_INFERRED);
	assert_step(&walk, 3, WALK_PAGE, WALK_SEEN);
	assert_int_equal(walk.offset, 7);
	page.present = false;
	judge(&walk, page.addr, (struct walk_facts){.region = first, .page = &page, .read = true});
	assert_step(&walk, 3, WALK_OTHER, WALK_SEEN);
	page.swapped = true;
	judge(&walk, page.addr, (struct walk_facts){.region = first, .page = &page, .read = true});
	assert_step(&walk, 3, WALK_SWAP, WALK_SEEN);
	page.guard = true;
	judge(&walk, page.addr, (struct walk_facts){.region = first, .page = &page, .read = true});
	assert_step(&walk, 3, WALK_GUARD, WALK_SEEN);
	judge(&walk, page.addr, (struct walk_facts){.region = first, .read = true});
	assert_step(&walk, 3, WALK_EMPTY, WALK_SEEN);
	judge(&walk, page.addr, (struct walk_facts){.region = first});
	assert_step(&walk, 3, WALK_UNKNOWN, WALK_NOT_KNOWN);
	page.has_entry = true;
	page.entry = 0x8000000123456867;
	judge(&walk, page.addr, (struct walk_facts){.region = first, .page = &page, .read = true});
	assert_int_equal(walk.steps[3].raw, page.entry);
	assert_int_equal(walk.steps[2].raw, 0);
}

static void test_leaf(void **state)
{
	struct walk walk;

	(void)state;
	first->mapping = MAPPING_PMD;
	judge(&walk, DEMO_HEAP + 0x3456, (struct walk_facts){.region = first});
	assert_int_equal(walk.n, 3);
	assert_step(&walk, 2, WALK_LEAF, WALK_SEEN);
	assert_int_equal(walk.offset, 0x3456);
	assert_int_equal(walk.offset_bits, 21);
	first->how = HOW_SMAPS;
	judge(&walk, DEMO_HEAP, (struct walk_facts){.region = first});
	assert_step(&walk, 2, WALK_LEAF, WALK_INFERRED);
	first->present = 0;
	judge(&walk, DEMO_HEAP, (struct walk_facts){.region = first});
	assert_step(&walk, 2, WALK_ABSENT, WALK_INFERRED);
	first->mapping = MAPPING_PUD;
	first->how = HOW_PAGEMAP_SCAN;
	first->present = 512;
	judge(&walk, DEMO_HEAP + 3 * MIB, (struct walk_facts){.region = first});
	assert_int_equal(walk.n, 2);
	assert_step(&walk, 1, WALK_LEAF, WALK_SEEN);
	assert_int_equal(walk.offset, 3 * MIB);
}

/* Raw entries: PROT_NONE, and a huge page being split, are huge leaves; what is on the move is not. */
static void test_raw(void **state)
{
	static const struct {
		uint64_t pmd;
		enum walk_entry entry;
	} cases[] = {{0x80000000022000e7, WALK_LEAF},
		     {0x800ffffffddff1a0, WALK_LEAF},
		     {0x800ffffffddff0e6, WALK_LEAF},
		     {0xf7ffffffffbfc002, WALK_ABSENT},
		     {0, WALK_EMPTY}};
	uint64_t entries[] = {0x1067, 0x2067, 0};
	struct walk walk;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		entries[2] = cases[i].pmd;
		judge(&walk, DEMO_HEAP,
		      (struct walk_facts){.region = first, .entries = entries, .n_entries = 3});
		assert_int_equal(walk.n, 3);
		assert_step(&walk, 1, WALK_TABLE, WALK_SEEN);
		assert_step(&walk, 2, cases[i].entry, WALK_SEEN);
		assert_int_equal(walk.steps[2].raw, cases[i].pmd);
	}
}

/* Where nothing is mapped, an empty entry and an empty table look the same; a table is inferred from neighbours. */
static void test_nothing(void **state)
{
	struct walk walk;

	(void)state;
	judge(&walk, DEMO_HEAP + SLOT, (struct walk_facts){.read = true});
	assert_int_equal(walk.n, 3);
	assert_step(&walk, 0, WALK_TABLE, WALK_INFERRED);
	assert_step(&walk, 1, WALK_TABLE, WALK_INFERRED);
	assert_step(&walk, 2, WALK_BARE, WALK_NOT_KNOWN);
	judge(&walk, DEMO_HEAP + 1024 * MIB, (struct walk_facts){0}); /* another GiB */
	assert_step(&walk, 0, WALK_TABLE, WALK_INFERRED);
	assert_step(&walk, 1, WALK_BARE, WALK_NOT_KNOWN);
	judge(&walk, DEMO_HEAP + 3072 * MIB + 7 * SLOT,
	      (struct walk_facts){0}); /* that of the second region */
	assert_step(&walk, 1, WALK_TABLE, WALK_INFERRED);
	judge(&walk, 0x1000, (struct walk_facts){0});
	assert_step(&walk, 0, WALK_BARE, WALK_NOT_KNOWN);
	judge(&walk, 0x1000, (struct walk_facts){.hidden = true});
	assert_int_equal(walk.n, 3);
	assert_step(&walk, 0, WALK_UNKNOWN, WALK_NOT_KNOWN);
	assert_step(&walk, 2, WALK_UNKNOWN, WALK_NOT_KNOWN);
}

/* Without a source for the mapping nothing is said of the PMD, and a region like that proves no table. */
static void test_unknown(void **state)
{
	struct walk walk;

	(void)state;
	first->mapping = MAPPING_UNKNOWN;
	judge(&walk, DEMO_HEAP, (struct walk_facts){.region = first});
	assert_int_equal(walk.n, 3);
	assert_step(&walk, 0, WALK_TABLE, WALK_INFERRED); /* for the second region */
	assert_step(&walk, 1, WALK_UNKNOWN, WALK_NOT_KNOWN);
	assert_step(&walk, 2, WALK_UNKNOWN, WALK_NOT_KNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_split_other),
		cmocka_unit_test(test_split_whole),
		cmocka_unit_test(test_deep),
		cmocka_unit_test_setup_teardown(test_pte, setup_judged, teardown_judged),
		cmocka_unit_test_setup_teardown(test_leaf, setup_judged, teardown_judged),
		cmocka_unit_test_setup_teardown(test_raw, setup_judged, teardown_judged),
		cmocka_unit_test_setup_teardown(test_nothing, setup_judged, teardown_judged),
		cmocka_unit_test_setup_teardown(test_unknown, setup_judged, teardown_judged),
	};

	return cmocka_run_group_tests_name("ui_walk", tests, NULL, NULL);
}
