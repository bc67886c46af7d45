/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Claims: what holds of a small process, what is said of it, and where a mistake is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "claim_world.h"
#include "script/claim.h"
#include "script/measure.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static struct claim_world world;

static int setup(void **state)
{
	(void)state;
	claim_world_make(&world);
	return 0;
}

static enum verdict judge(const char *text, struct buf *found)
{
	struct claim_mistake mistake;
	const struct claim *claim;
	struct arena arena = {0};
	enum verdict verdict;

	if (claim_parse(text, &arena, &claim, &mistake))
		fail_msg("%s: at %zu: %s", text, mistake.at, mistake.text);
	verdict = claim_judge(claim, &world.moment, &world.process, found);
	arena_fini(&arena);
	return verdict;
}

struct row {
	const char *text;
	enum verdict verdict;
	const char *found; /* all of it */
};

static void check_rows(const struct row *rows, size_t n)
{
	struct buf found = {0};
	size_t i;

	for (i = 0; i < n; i++) {
		buf_clear(&found);
		if (judge(rows[i].text, &found) != rows[i].verdict || strcmp(found.data, rows[i].found))
			fail_msg("%s: verdict %d expected, found '%s'", rows[i].text, (int)rows[i].verdict,
				 found.data);
	}
	buf_fini(&found);
}

static void test_sums(void **state)
{
	static const struct row rows[] = {
		{"pmd >= 4M", VERDICT_HELD, "pmd is 4M of 5536k"},
		{"pmd > 4M", VERDICT_FAILED, "pmd is 4M of 5536k"},
		{"pmd>=73.98%", VERDICT_HELD, "pmd is 73.98% (4M of 5536k)"},
		{"pmd >= 74 %", VERDICT_FAILED, "pmd is 73.98% (4M of 5536k)"},
		{"swap == 8k", VERDICT_HELD, "swap is 8k"},
		{"hugetlb == 0", VERDICT_HELD, "hugetlb is 0 of 5536k"},
		{"rss < 6M", VERDICT_HELD, "rss is 5536k"},
		{"page_tables < 6M", VERDICT_UNKNOWN, "the status of the process does not tell it"},
		{"totals.pmd_mapped == 2", VERDICT_HELD, "totals.pmd_mapped is 2 of 6 regions"},
		{"totals.pte_mapped <= 50%", VERDICT_HELD, "totals.pte_mapped is 50.00% (3 of 6 regions)"},
		{"totals.fragments == 1|3", VERDICT_HELD, "totals.fragments is 1 of 6 regions"},
		{"vma '[heap]' pmd >= 83%", VERDICT_HELD, "pmd is 83.66% (2M of 2448k)"},
		{"vma heap pmd >= 84%", VERDICT_FAILED, "pmd is 83.66% (2M of 2448k)"},
		{"vma \"libc.so.6\" small == 16k", VERDICT_HELD, "small is 16k of 16k"},
		{"vma 'nope' pmd >= 0", VERDICT_FAILED, "no VMA is called 'nope'"},
		{"vma stack pmd >= 0", VERDICT_FAILED, "there is no VMA of the kind stack"},
		{"machine enabled == always|madvise", VERDICT_HELD, "enabled is madvise here"},
		{"machine kernel >= 6.9", VERDICT_HELD, "kernel is 6.18.44 here"},
		{"machine kernel == 6.18", VERDICT_HELD, "kernel is 6.18.44 here"},
		{"machine kernel <= 6.18", VERDICT_HELD, "kernel is 6.18.44 here"},
		{"machine kernel > 6.18", VERDICT_FAILED, "kernel is 6.18.44 here"},
		{"machine kernel == 6.1", VERDICT_FAILED, "kernel is 6.18.44 here"},
		{"machine kernel == 6.1|6.18.44", VERDICT_HELD, "kernel is 6.18.44 here"},
		{"machine kernel != 6.1|6.18", VERDICT_FAILED, "kernel is 6.18.44 here"},
		{"machine AnonHugePages == 4M", VERDICT_HELD, "AnonHugePages is 4096k here"},
		{"machine AnonHugePages == 4096|1", VERDICT_HELD, "AnonHugePages is 4096k here"},
		{"machine AnonHugePages < 2M", VERDICT_FAILED, "AnonHugePages is 4096k here"},
		{"machine HugePages_Free != three", VERDICT_FAILED,
		 "HugePages_Free is 3 here, a number, which compares with no 'three'"},
		{"machine AnonHugePages != 4M|all", VERDICT_FAILED,
		 "AnonHugePages is 4096k here, a number, which compares with no '4M|all'"},
		{"machine HugePages_Free == 3", VERDICT_HELD, "HugePages_Free is 3 here"},
		{"machine pmd_size == 2M", VERDICT_HELD, "pmd_size is 2097152 here"},
		{"machine thp_x == 2", VERDICT_UNKNOWN, "there is no thp_x here"},
		{"machine thp_spilt_pmd == 2", VERDICT_UNKNOWN,
		 "there is no thp_spilt_pmd here; there is 'thp_split_pmd'"},
		{"machine hugepages-64kB/enabled == never", VERDICT_UNKNOWN,
		 "there is no hugepages-64kB/enabled here"},
		{"not machine thp_x == 2", VERDICT_UNKNOWN, "there is no thp_x here"},
	};

	(void)state;
	check_rows(rows, COUNT_OF(rows));
}

static void test_regions(void **state)
{
	static const struct row rows[] = {
		{"0x7f0000000000: mapping == pmd and mapcount.highest == 1", VERDICT_HELD,
		 "at 0x7f0000000000 mapping is pmd; mapcount.highest is 1 (pmd-mapped thp, 512 present)"},
		{"7f0000200fff: backing == thp|mixed", VERDICT_FAILED,
		 "at 0x7f0000200000 backing is thp-partial (pte-mapped thp-partial, 256 present)"},
		{"7f0000400000: mapping == none", VERDICT_HELD,
		 "at 0x7f0000400000 mapping is none (none-mapped none, 0 present)"},
		{"7e0000000000: mapping == pmd", VERDICT_FAILED,
		 "at 0x7e0000000000 mapping is none (nothing is mapped there)"},
		{"7f0000000000-7f0000800000: mapping != pmd", VERDICT_FAILED,
		 "at 0x7f0000000000 mapping is pmd (pmd-mapped thp, 512 present)"},
		{"7f0000000000+8M: pmd == 1 and pte == 50%", VERDICT_HELD,
		 "pmd is 1 of 4 regions; pte is 50.00% (2 of 4 regions)"},
		{"7f0000000000+8M: any swapped == 2 and any order > 3", VERDICT_FAILED,
		 "it is none of 4 regions"},
		{"7f0000000000+8M: present >= 0 and (any swapped == 2 or pmd == 9) and all present < 513",
		 VERDICT_HELD, "it is 4 of 4 regions"},
		{"7f0000000000+8M: all (any swapped == 2)", VERDICT_HELD, "it is 4 of 4 regions"},
		{"7f0000000000+4M: any mapping == pmd or highest == 7", VERDICT_HELD, "it is 2 of 2 regions"},
		{"7f0000000000+8M: any swapped == 2", VERDICT_HELD, "it is 1 of 4 regions"},
		{"7f0000000000+8M: count (mapping == pte) > 2", VERDICT_FAILED, "it is 2 of 4 regions"},
		{"7f0000000000+8M: present > 0", VERDICT_FAILED,
		 "at 0x7f0000400000 present is 0 (none-mapped none, 0 present); the same goes for 1 more "
		 "region"},
		{"all mapping != none", VERDICT_FAILED,
		 "at 0x7f0000400000 mapping is none (none-mapped none, 0 present)"},
		{"any backing == mthp", VERDICT_FAILED, "it is none of 6 regions"},
		{"count (mapping == pmd) >= 33.3%", VERDICT_HELD, "it is 33.33% (2 of 6 regions)"},
		{"vma '[heap]': all entire >= 0 and small < 1M", VERDICT_HELD,
		 "it is 2 of 2 regions; small is 400k of 2448k"},
		{"vma file all backing == small", VERDICT_HELD,
		 "at 0x7f7fff000000 backing is small (pte-mapped small, 4 present)"},
		{"vma '[heap]' all mapping == pmd", VERDICT_FAILED,
		 "at 0x555555800000 mapping is pte (pte-mapped small, 100 present)"},
	};

	(void)state;
	check_rows(rows, COUNT_OF(rows));
}

/* A VMA that takes all there is: what holds nothing is not gone through slot by slot. */
static void test_wide(void **state)
{
	static const struct row rows[] = {
		{"count (mapping == pmd) >= 3", VERDICT_FAILED, "it is 2 of 8796048282962 regions"},
		{"count (mapping == none) == 8796048282957", VERDICT_HELD,
		 "it is 8796048282957 of 8796048282962 regions"},
		{"any mapping == pmd", VERDICT_HELD, "it is 2 of 8796048282962 regions"},
		{"all mapping == pmd|pte", VERDICT_FAILED,
		 "at 0x555555e00000 mapping is none (none-mapped none, 0 present); the same goes for "
		 "8796048282956 "
		 "more regions"},
		{"555555e00000-fffffffffffff000: pmd == 1", VERDICT_HELD,
		 "pmd is 1 of 8796048282961 regions"},
		{"7f0000000000+8M: count (mapping == none) == 1", VERDICT_HELD, "it is 1 of 4 regions"},
		{"7f0000600000+7M: count (mapping == none) == 3", VERDICT_HELD, "it is 3 of 4 regions"},
		{"7effffe00001-7f0000000001: count (mapping == none) == 1", VERDICT_HELD,
		 "it is 1 of 2 regions"},
	};

	(void)state;
	world.vmas[1].start = HEAP + 8 * MIB;
	world.vmas[1].end = UINT64_C(0xfffffffffffff000);
	world.process.n_vmas = 2;
	world.process.n_regions = 5;
	check_rows(rows, COUNT_OF(rows));
}

/* Runs of pieces are the same ones as one by one, from anywhere to anywhere. */
static void test_runs(void **state)
{
	struct pieces ones = {.process = &world.process, .slot = 2 * MIB}, runs;
	struct piece one, run;
	uint64_t from, to, i;

	(void)state;
	world.vmas[1].start = ANON - 9 * MIB;
	world.vmas[1].end = ANON + 15 * MIB;
	for (from = ANON - 12 * MIB; from < ANON + 18 * MIB; from += MIB / 2) {
		for (to = from + 4096; to < ANON + 18 * MIB; to += 127 * 4096) {
			ones.from = from;
			ones.to = to;
			ones.whole = (to - from) / 4096 & 2;
			ones.place = (to - from) / 4096 & 4;
			pieces_rewind(&ones);
			runs = ones;
			runs.runs = true;
			while (pieces_next(&runs, &run)) {
				for (i = 0; i < run.n; i++) {
					assert_true(pieces_next(&ones, &one));
					assert_int_equal(one.start, run.start + i * run.len);
					assert_int_equal(one.len, run.len);
					assert_ptr_equal(one.region, run.region);
				}
			}
			assert_false(pieces_next(&ones, &one));
		}
	}
}

static void test_logic(void **state)
{
	static const struct row rows[] = {
		{"not pmd == 0", VERDICT_HELD, "pmd is 4M of 5536k"},
		{"pmd == 0 or small == 416k and swap == 8k", VERDICT_HELD,
		 "small is 416k of 5536k; swap is 8k"},
		{"(pmd == 0 or small == 416k) and swap == 0", VERDICT_FAILED, "swap is 8k"},
		{"pmd == 0 or pmd == 1", VERDICT_FAILED, "pmd is 4M of 5536k"},
		{"not (not (pmd > 0))", VERDICT_HELD, "pmd is 4M of 5536k"},
		{"pmd > 0 and rss > 0 and swap > 0", VERDICT_HELD,
		 "pmd is 4M of 5536k; rss is 5536k; swap is 8k"},
		/* What is not known decides nothing, unless the rest does. */
		{"page_tables > 0 and pmd == 0", VERDICT_FAILED, "pmd is 4M of 5536k"},
		{"page_tables > 0 or pmd > 0", VERDICT_HELD, "pmd is 4M of 5536k"},
		{"page_tables > 0 and pmd > 0", VERDICT_UNKNOWN,
		 "the status of the process does not tell it"},
		{"not page_tables > 0", VERDICT_UNKNOWN, "the status of the process does not tell it"},
	};

	(void)state;
	check_rows(rows, COUNT_OF(rows));
}

/* Without PFNs the kind of what ptes map is not known; without the scan, neither is which do. */
static void test_bounds(void **state)
{
	static const struct row no_pfn[] = {
		{"pmd == 4M", VERDICT_HELD, "pmd is 4M of 5536k"},
		{"small <= 2M", VERDICT_HELD, "small is 0 to 1440k of 5536k: root gives it"},
		{"small > 2M", VERDICT_FAILED, "small is 0 to 1440k of 5536k: root gives it"},
		{"small < 10%", VERDICT_UNKNOWN, "small is 0.00% (0 to 1440k of 5536k): root gives it"},
		{"small == 416k", VERDICT_UNKNOWN, "small is 0 to 1440k of 5536k: root gives it"},
		{"small != 416k", VERDICT_UNKNOWN, "small is 0 to 1440k of 5536k: root gives it"},
		{"small == 3M", VERDICT_FAILED, "small is 0 to 1440k of 5536k: root gives it"},
		{"small != 3M", VERDICT_HELD, "small is 0 to 1440k of 5536k: root gives it"},
		{"7f0000200000: backing == small", VERDICT_UNKNOWN, "root gives it"},
		{"7f0000200000: backing == unknown", VERDICT_HELD,
		 "at 0x7f0000200000 backing is unknown (pte-mapped unknown, 256 present)"},
		{"count (backing == small) == 1", VERDICT_UNKNOWN,
		 "it is 0 to 1 of 6 regions; root gives it"},
		{"any backing == small", VERDICT_UNKNOWN, "root gives it"},
	};
	static const struct row no_scan[] = {
		{"pmd >= 2M", VERDICT_HELD, "pmd is 2M to 4M of 5536k: Linux 6.7 gives it"},
		{"pmd >= 3M", VERDICT_UNKNOWN, "pmd is 2M to 4M of 5536k: Linux 6.7 gives it"},
		{"totals.pmd_mapped >= 2", VERDICT_UNKNOWN,
		 "totals.pmd_mapped is 1 to 2 of 6 regions: Linux 6.7 gives it"},
		{"7f0000000000+8M: pmd >= 1", VERDICT_UNKNOWN,
		 "pmd is 0 to 1 of 4 regions: Linux 6.7 gives it"},
	};

	(void)state;
	world.moment.caps.mask &= ~(1u << CAP_PFN);
	world.moment.caps.missing[CAP_PFN] = "root gives it";
	world.regions[3].backing = BACKING_UNKNOWN;
	world.vmas[0].kb.small = world.vmas[1].kb.thp_pte = world.vmas[2].kb.small = 0;
	world.vmas[0].kb.unknown = 400;
	world.vmas[1].kb.unknown = 1024;
	world.vmas[2].kb.unknown = 16;
	world.regions[1].backing = BACKING_MTHP;
	check_rows(no_pfn, COUNT_OF(no_pfn));

	world.moment.caps.mask &= ~(1u << CAP_PAGEMAP_SCAN | 1u << CAP_PAGEMAP_BIT);
	world.moment.caps.missing[CAP_PAGEMAP_SCAN] = "Linux 6.7 gives it";
	world.regions[2].mapping = MAPPING_UNKNOWN;
	world.vmas[1].kb.pmd = 0;
	world.vmas[1].kb.unknown += 2048;
	world.process.totals.state[STATE_PMD_MAPPED] = 1;
	world.process.totals.state[STATE_UNKNOWN] = 1;
	check_rows(no_scan, COUNT_OF(no_scan));
}

/* Of what is not known although nothing is missing for it, the opposite does not hold either. */
static void test_not_known(void **state)
{
	static const struct row rows[] = {
		{"7f0000200000: entire == 0", VERDICT_UNKNOWN, "entire is not known"},
		{"not (7f0000200000: entire == 0)", VERDICT_UNKNOWN, "entire is not known"},
		{"7f0000200000: not backing == thp", VERDICT_UNKNOWN, "backing is not known"},
		{"not all backing != mthp", VERDICT_UNKNOWN, "backing is not known"},
		{"not (vma anon small > 1k)", VERDICT_UNKNOWN, "small is 0 to 4k of 3M"},
		{"7f0000200000: backing == unknown", VERDICT_HELD,
		 "at 0x7f0000200000 backing is unknown (pte-mapped unknown, 256 present)"},
		{"7f0000200000: backing != unknown", VERDICT_FAILED,
		 "at 0x7f0000200000 backing is not known (pte-mapped unknown, 256 present)"},
		/* Of several kinds of memory there is no one order, and no team of what is none. */
		{"555555800000: not order == 9", VERDICT_HELD,
		 "at 0x555555800000 order is not known (pte-mapped small, 100 present)"},
		{"555555800000: not usage == 9", VERDICT_HELD,
		 "at 0x555555800000 usage is not known (pte-mapped small, 100 present)"},
		/* What may be PFNMAP looks empty. */
		{"7f7fff000000: present == 0", VERDICT_UNKNOWN, "present is not known"},
	};
	struct region *libc = &world.regions[5];

	(void)state;
	world.regions[3].mapcount.entire = UNKNOWN_COUNT;
	world.regions[3].backing = BACKING_UNKNOWN;
	world.vmas[1].kb.unknown = 4;
	libc->mapping = MAPPING_UNKNOWN;
	libc->present = 0;
	check_rows(rows, COUNT_OF(rows));
}

static void test_mistakes(void **state)
{
	static const struct {
		const char *text;
		size_t at;
		const char *says;
	} rows[] = {
		{"", 0, "expected what is to be so"},
		{"pdm >= 95%", 0, "did you mean 'pmd'"},
		{"pmd >= ", 7, "expected a value after '>=', found the end"},
		{"pmd", 3, "expected ==, !=, <, <=, > or >= after 'pmd', found the end"},
		{"pmd = 3", 4, "'=' does not compare"},
		{"pmd <> 3", 4, "'<>' does not compare"},
		{"pmd >= 95x", 7, "pmd is a number such as 512 or 2M, or a share as in 95%, found '95x'"},
		{"pmd >= 101%", 7, "'101%' is no share"},
		{"pmd >= 100.1%", 7, "is no share"},
		{"pmd >= 1844674407370955162.0%", 7, "is no share"},
		{"pmd >= 1.1234567%", 7, "is no share"},
		{"pmd >= -1%", 7, "is no share"},
		{"swap >= 3%", 8, "swap is no part of a whole"},
		{"pmd > 99999999999999999999", 6, "pmd is a number"},
		{"pmd > 1|2", 6, "alternatives"},
		{"mapping == pmd", 0, "mapping is of a region"},
		{"all mapping == pmdd", 15, "unknown mapping 'pmdd'; did you mean 'pmd'?"},
		{"all mapping == pte|pmdd", 19, "unknown mapping 'pmdd'"},
		{"all mapping > pmd", 12, "mapping has words"},
		{"all mapping == pte|", 19, "expected a value on either side of each '|', found 'pte|'"},
		{"machine kernel == 5.5|", 22, "expected a value on either side of each '|'"},
		{"machine kernel != six", 18, "kernel is a release such as 6.9, found 'six'"},
		{"machine page_size != 4k|small", 21, "page_size is a size such as 2M"},
		{"machine enabled == \"\"", 19, "expected a value on either side of each '|'"},
		{"all pmd > 0", 4, "pmd counts regions; one of them is 'mapping == pmd'"},
		{"count (present > 0 and pte == 1) > 3", 23, "pte counts regions"},
		{"all value == 3", 4, "value is what a script wrote"},
		{"7f00:", 5, "expected what is to be so of '7f00'"},
		{"7f00-7000: mapping == pmd", 0, "is no address and no range"},
		{"7f00+: mapping == pmd", 0, "is no address and no range"},
		{"heap: pmd > 3", 0, "'heap' is no address and no range"},
		{"fffffffffffff000+1M: mapping == pmd", 0, "is no address and no range"},
		{"10000000000000000: mapping == pmd", 0, "is no address and no range"},
		{"7f00: rss > 3", 6, "unknown field of a region 'rss'"},
		{"(pmd > 3", 8, "expected ')', found the end"},
		{"pmd > 3)", 7, "expected 'and', 'or' or the end, found ')'"},
		{"pmd > 3 und pmd < 3", 8, "found 'und'"},
		{"vma '[heap pmd > 3", 4, "this quote does not end"},
		{"pmd > 3 and '", 12, "this quote does not end"},
		{"vma heep pmd > 3", 4, "'heep' is no kind of VMA"},
		{"vma heap rss > 3", 9, "rss is of the whole process"},
		{"vma heap totals.team > 3", 9, "unknown figure of a VMA"},
		{"count mapping == pmd", 6, "expected '(' behind count"},
		{"machine", 7, "expected a figure of the machine"},
		{"machine enabld == madvise", 8,
		 "unknown figure of the machine 'enabld'; did you mean 'enabled'?"},
		{"machine khugepaged/max_pte_none == 5", 8, "did you mean 'khugepaged/max_ptes_none'?"},
		{"machine hugepages-64kB/enable == never", 8, "unknown figure of the machine"},
	};
	struct claim_mistake mistake;
	const struct claim *claim;
	struct arena arena = {0};
	char deep[512] = "", many[1024];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		assert_int_equal(claim_parse(rows[i].text, &arena, &claim, &mistake), -EINVAL);
		assert_null(claim);
		if (mistake.at != rows[i].at || !strstr(mistake.text, rows[i].says))
			fail_msg("'%s': at %zu: %s", rows[i].text, mistake.at, mistake.text);
	}
	memcpy(many, "0:", 2);
	for (i = 0; i <= CLAIM_MAX_SETS; i++)
		memcpy(many + 2 + i * 9, "pmd>1 or ", 9);
	memcpy(many + 2 + i * 9, "pmd>1", 6);
	assert_int_equal(claim_parse(many, &arena, &claim, &mistake), -EINVAL);
	assert_non_null(strstr(mistake.text, "more than 64"));
	for (i = 0; i < 40; i++)
		strcat(deep, i % 2 ? "(" : "not ");
	assert_int_equal(claim_parse(deep, &arena, &claim, &mistake), -EINVAL);
	assert_non_null(strstr(mistake.text, "within one another"));
	arena_fini(&arena);
}

static void test_too_long(void **state)
{
	static char text[CLAIM_MAX_BYTES + 2];
	struct claim_mistake mistake;
	const struct claim *claim;
	struct arena arena = {0};

	(void)state;
	memset(text, ' ', CLAIM_MAX_BYTES + 1);
	memcpy(text, "pmd > 1", 7);
	assert_int_equal(claim_parse(text, &arena, &claim, &mistake), -EINVAL);
	text[CLAIM_MAX_BYTES] = '\0';
	assert_int_equal(claim_parse(text, &arena, &claim, &mistake), 0);
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_sums, setup),
		cmocka_unit_test_setup(test_regions, setup),
		cmocka_unit_test_setup(test_wide, setup),
		cmocka_unit_test_setup(test_runs, setup),
		cmocka_unit_test_setup(test_logic, setup),
		cmocka_unit_test_setup(test_bounds, setup),
		cmocka_unit_test_setup(test_not_known, setup),
		cmocka_unit_test_setup(test_mistakes, setup),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
