/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The survey over chosen layouts of a made-up kernel: cost, edges of the address space, kinds of processes. */
#include "survey_bench.h"

#include "core/mem.h"

#define MB UINT64_C(0x100000)
#define SLOT (2 * MB)

static void set(char **text, const char *value)
{
	free(*text);
	*text = mem_strdup(value);
}

/* 1 TiB with two pages in it, few page tables: a handful of calls, no holes read. */
static void test_sparse(void **state)
{
	struct fake *fake = fake_new(9, 4096);
	struct fake_process *process = fake_process(fake, 100);
	struct moment *moment;

	(void)state;
	fake_vma(process, BASE, BASE + (UINT64_C(1) << 40), "");
	fake_pte(fake, process, BASE + 5 * SLOT + 0x3000, fake_folio(fake, 0, true));
	fake_pmd(fake, process, BASE + (UINT64_C(1) << 39), fake_folio(fake, 9, true));
	fake_settle(fake);
	moment = survey_of(&fake->kernel, 1, NULL);
	check_moment(moment);
	assert_int_equal(moment->processes[0].n_regions, 2);
	assert_kinds(only_region(moment, 0, BASE + 5 * SLOT + 0x1ff000), MAPPING_PTE, BACKING_SMALL);
	assert_kinds(only_region(moment, 0, BASE + (UINT64_C(1) << 39)), MAPPING_PMD, BACKING_THP);
	assert_null(process_region_at(&moment->processes[0], BASE));
	assert_int_equal(moment->processes[0].totals.regions, UINT64_C(1) << 19);
	assert_int_equal(moment->processes[0].totals.state[STATE_EMPTY], (UINT64_C(1) << 19) - 2);
	assert_true(fake->scan_calls <= 12);
	assert_true(fake->pagemap_words <= 3 * 512 + 1); /* each and its next neighbour */
	moment_free(moment);
	fake_free(fake);
}

/* A 128 TiB reservation that nobody touched. */
static void test_reservation(void **state)
{
	struct fake *fake = fake_new(9, 1024);
	struct fake_process *process = fake_process(fake, 100);
	struct moment *moment;

	(void)state;
	fake_vma(process, 0x10000, 0x7ffffffff000, "")->perms = "---p";
	fake_settle(fake);
	moment = survey_of(&fake->kernel, 1, NULL);
	check_moment(moment);
	assert_int_equal(moment->processes[0].n_regions, 0);
	assert_int_equal(moment->processes[0].totals.fragments, 2);
	assert_true(fake->scan_calls <= 2);
	assert_int_equal(fake->pagemap_calls, 0);
	moment_free(moment);
	fake_free(fake);
}

/* With many page tables no scan covers more than 1024 slots, so that none holds the lock for long. */
static void test_pieces(void **state)
{
	struct fake *fake = fake_new(9, 8192);
	struct fake_process *process = fake_process(fake, 100);
	struct moment *moment;
	unsigned i;

	(void)state;
	fake_vma(process, BASE, BASE + 5000 * SLOT, "");
	for (i = 0; i < 8; i++)
		fake_pmd(fake, process, BASE + (1000 + i) * SLOT, fake_folio(fake, 9, true));
	fake_pte(fake, process, BASE + 4999 * SLOT + SLOT - FAKE_PAGE, fake_folio(fake, 0, true));
	process->page_tables_kb = 1025 * 4;
	fake_settle(fake);
	moment = survey_of(&fake->kernel, 1, NULL);
	check_moment(moment);
	assert_int_equal(moment->processes[0].n_regions, 9);
	assert_int_equal(moment->processes[0].rss_kb, 512);
	assert_int_equal(moment->processes[0].page_tables_kb, 1025 * 4);
	assert_true(fake->longest_scan <= 1024 * SLOT);
	assert_true(fake->scan_calls <= 5000 / 1024 + 8);
	moment_free(moment);
	/* VmPTE is not to be had: the same care. */
	set(&process->status, "Name:\tfake\n");
	fake->longest_scan = 0;
	moment = survey_of(&fake->kernel, 1, NULL);
	assert_int_equal(moment->processes[0].n_regions, 9);
	assert_int_equal(moment->processes[0].rss_kb, UNKNOWN_COUNT);
	assert_int_equal(moment->processes[0].page_tables_kb, UNKNOWN_COUNT);
	assert_true(fake->longest_scan <= 1024 * SLOT);
	moment_free(moment);
	fake_free(fake);
}

/* 1000 PMD mappings: long scans tell 64 at once; one pagemap word and one flag word each. */
static void test_pmd_runs(void **state)
{
	struct fake *fake = fake_new(9, 1002 * 512);
	struct fake_process *process = fake_process(fake, 100);
	struct moment *moment;
	unsigned i;

	(void)state;
	fake_vma(process, BASE, BASE + 1000 * SLOT, "");
	for (i = 0; i < 1000; i++)
		fake_pmd(fake, process, BASE + i * SLOT, fake_folio(fake, 9, true));
	process->page_tables_kb = 2000 * 4;
	fake_settle(fake);
	moment = survey_of(&fake->kernel, 1, NULL);
	check_moment(moment);
	assert_int_equal(moment->processes[0].totals.state[STATE_PMD_MAPPED], 1000);
	assert_int_equal(moment->processes[0].kb.pmd, 1000 * 2048);
	assert_true(fake->longest_scan <= 1024 * SLOT);
	assert_true(fake->scan_calls <= 2 * (1000 / 64 + 1) + 2);
	assert_int_equal(fake->pagemap_words, 1000);
	assert_int_equal(fake->flags_words, 1000);
	assert_int_equal(fake->counts_calls, 0);
	assert_mapcount(only_region(moment, 0, BASE + 999 * SLOT), 1, 1, 1);
	moment_free(moment);
	fake_free(fake);
}

static void test_fragments(void **state)
{
	static const struct {
		uint64_t start, end;
		unsigned slots, fragments;
	} rows[] = {
		{BASE, BASE + SLOT, 1, 0},
		{BASE, BASE + 3 * SLOT, 3, 0},
		{BASE + MB, BASE + 3 * MB, 0, 2},
		{BASE + MB, BASE + SLOT, 0, 1},
		{BASE + MB, BASE + MB + 0x1000, 0, 1},
		{BASE, BASE + MB, 0, 1},
		{BASE + MB, BASE + 2 * SLOT + MB, 1, 2},
		{0x1000, SLOT, 0, 1},
		{0x7fffffe00000, 0x7ffffffff000, 0, 1},
		{0xffffffffff600000, 0xffffffffff601000, 0, 1},
	};
	struct moment *moment;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		struct fake *fake = fake_new(9, 1024);

		fake_vma(fake_process(fake, 100), rows[i].start, rows[i].end, "");
		fake_settle(fake);
		moment = survey_of(&fake->kernel, 1, NULL);
		check_moment(moment);
		assert_int_equal(moment->processes[0].totals.regions, rows[i].slots);
		assert_int_equal(moment->processes[0].totals.fragments, rows[i].fragments);
		moment_free(moment);
		fake_free(fake);
	}
}

/* What the kernel makes itself: unknown where pagemap shows nothing, and nothing is lost for it. */
static void test_special(void **state)
{
	struct fake *fake = fake_new(9, 1024);
	struct fake_process *process = fake_process(fake, 100);
	struct moment *moment;

	(void)state;
	fake_vma(process, BASE, BASE + 3 * SLOT, "/dev/dri/card0");
	fake_vma(process, BASE + 4 * SLOT, BASE + 5 * SLOT, "/dev/fb0")->flags = "rd wr pf io";
	fake_vma(process, BASE + 6 * SLOT, BASE + 7 * SLOT, "anon_inode:x")->flags = "rd wr";
	fake_vma(process, 0x7fff00000000, 0x7fff00004000, "[vvar]");
	fake_vma(process, 0x7fff00004000, 0x7fff00006000, "[vdso]");
	fake_vma(process, 0xffffffffff600000, 0xffffffffff601000, "[vsyscall]");
	fake_pte(fake, process, BASE + SLOT, fake_folio(fake, 0, false));
	fake_settle(fake);
	moment = survey_of(&fake->kernel, 1, NULL);
	check_moment(moment);
	assert_kinds(only_region(moment, 0, BASE + SLOT), MAPPING_PTE, BACKING_SMALL);
	assert_kinds(only_region(moment, 0, BASE + 4 * SLOT), MAPPING_UNKNOWN, BACKING_UNKNOWN);
	assert_kinds(only_region(moment, 0, BASE + 6 * SLOT), MAPPING_UNKNOWN, BACKING_UNKNOWN);
	assert_kinds(only_region(moment, 0, 0x7fff00000000), MAPPING_UNKNOWN, BACKING_UNKNOWN);
	assert_kinds(only_region(moment, 0, 0xffffffffff600000), MAPPING_UNKNOWN, BACKING_UNKNOWN);
	assert_null(process_region_at(&moment->processes[0], 0x7fff00004000));
	assert_true(moment->processes[0].mapping_known);
	assert_int_equal(moment->processes[0].totals.state[STATE_UNKNOWN], 2);
	moment_free(moment);
	/* smaps knows: no 'pf' flag, no doubt. */
	moment = survey_of(&fake->kernel, 1, &(struct survey_options){.smaps = true});
	assert_non_null(process_region_at(&moment->processes[0], BASE + 4 * SLOT));
	assert_null(process_region_at(&moment->processes[0], BASE + 6 * SLOT));
	moment_free(moment);
	fake_free(fake);
}

/* hugetlb that only its pages' flags or the VMA's page size give away. */
static void test_hugetlb(void **state)
{
	unsigned way;

	(void)state;
	for (way = 0; way < 4; way++) {
		struct fake *fake = fake_new(9, 4096);
		struct fake_process *process = fake_process(fake, 100);
		struct moment *moment;
		uint64_t head, i;

		fake_vma(process, BASE, BASE + 2 * SLOT, way == 3 ? "/x" : "/memfd:huge (deleted)")
			->page_size = SLOT;
		head = fake_folio(fake, 9, false);
		for (i = 0; i < 512; i++)
			fake->frames[head + i].flags =
				fake->frames[head + i].flags & ~(UINT64_C(1) << KPF_THP);
		for (i = 0; i < 512; i++)
			fake->frames[head + i].flags |= UINT64_C(1) << KPF_HUGE;
		fake_pmd(fake, process, BASE, head);
		fake_raw(fake, process, BASE + SLOT, 0, SCAN_HUGE, true);
		fake_settle(fake);
		if (way == 1) /* smaps has to tell */
			fake->no_vma_page_size = true;
		if (way == 2) /* without frames */
			fake->kernel.caps.mask &= ~(uint32_t)(1 << CAP_PFN);
		if (way == 3) { /* nothing tells but the flags */
			fake->no_vma_page_size = true;
			process->smaps_error = -EACCES;
		}
		moment = survey_of(&fake->kernel, 1, NULL);
		check_moment(moment);
		assert_kinds(only_region(moment, 0, BASE), MAPPING_PMD, BACKING_HUGETLB);
		assert_null(process_region_at(&moment->processes[0], BASE + SLOT));
		assert_int_equal(moment->processes[0].kb.hugetlb, 2048);
		assert_int_equal(moment->processes[0].kb.pmd, 0);
		if (way < 2)
			assert_mapcount(only_region(moment, 0, BASE), 1, 1, 1);
		moment_free(moment);
		fake_free(fake);
	}
}

/* A tmpfs or hugetlbfs file is known by its mount. */
static void test_mounts(void **state)
{
	struct fake_vma *vma;
	struct fake *fake = fake_new(9, 1024);
	struct fake_process *process = fake_process(fake, 100);
	struct moment *moment;

	(void)state;
	fake_vma(process, BASE, BASE + SLOT, "/tmp/a")->device = 0x21;
	vma = fake_vma(process, BASE + SLOT, BASE + 2 * SLOT, "/mnt/b");
	vma->device = 0x22;
	vma->page_size = SLOT;
	fake_vma(process, BASE + 2 * SLOT, BASE + 3 * SLOT, "/home/c")->device = 0x23;
	set(&process->mountinfo,
	    "30 1 0:33 / /tmp rw - tmpfs tmpfs rw\n31 1 0:34 / /mnt rw shared:1 - hugetlbfs x rw\n"
	    "32 1 0:35 / /home rw - ext4 /dev/x rw\n");
	fake_settle(fake);
	moment = survey_of(&fake->kernel, 1, NULL);
	assert_int_equal(moment->processes[0].vmas[0].kind, VMA_SHMEM);
	assert_int_equal(moment->processes[0].vmas[1].kind, VMA_HUGETLB);
	assert_int_equal(moment->processes[0].vmas[2].kind, VMA_FILE);
	moment_free(moment);
	fake_free(fake);
}

/* A process that is none, or not to be read, has a clear outcome. */
static void test_outcomes(void **state)
{
	static const struct {
		const char *stat, *maps;
		int error;
		enum outcome outcome;
	} rows[] = {
		{"100 (kworker/0:0) I 2 0 0 0 -1 69238880 0 0 0 0 0 0 0 0 20 0 1 0 9 0 0\n", "", 0,
		 OUTCOME_NO_MEMORY},
		{"100 (dead) Z 1 1 1 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 9 0 0\n", "", 0, OUTCOME_GONE},
		{NULL, "", 0, OUTCOME_NO_MEMORY},
		{NULL, NULL, -EACCES, OUTCOME_DENIED},
		{NULL, NULL, -EPERM, OUTCOME_DENIED},
		{NULL, NULL, -ESRCH, OUTCOME_GONE},
		{NULL, NULL, -ENOENT, OUTCOME_GONE},
		{NULL, NULL, -EIO, OUTCOME_FAILED},
		{NULL, NULL, -EBADMSG, OUTCOME_DAMAGED},
		{NULL, "7f0000000000-7f0000200000 rw-p 00000000 00:00 0 \n7f0000200000-7f00", 0,
		 OUTCOME_DAMAGED},
		{NULL, "nonsense\n", 0, OUTCOME_DAMAGED},
		{"100 (cut) S 1 1 1", NULL, 0, OUTCOME_DAMAGED},
		{"", NULL, 0, OUTCOME_DAMAGED},
	};
	struct moment *moment;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		struct fake *fake = fake_new(9, 1024);
		struct fake_process *process = fake_process(fake, 100);

		fake_vma(process, BASE, BASE + SLOT, "");
		if (rows[i].stat)
			set(&process->stat, rows[i].stat);
		if (rows[i].maps)
			set(&process->maps, rows[i].maps);
		process->maps_error = rows[i].error;
		fake_settle(fake);
		moment = survey_of(&fake->kernel, 2, NULL);
		check_moment(moment);
		assert_int_equal(moment->processes[0].outcome, rows[i].outcome);
		assert_int_equal(moment->processes[1].outcome, OUTCOME_GONE); /* there never was a 101 */
		moment_free(moment);
		fake_free(fake);
	}
}

/* maps that differ at the end: exec, mmap or exit under the survey. */
static void test_torn(void **state)
{
	static const char *const later[] = {"", "7f0000000000-7f0000400000 rw-p 00000000 00:00 0 \n",
					    ("7f0000000000-7f0000200000 rw-p 00000000 00:00 0 \n"
					     "400000-401000 r-xp 00000000 00:00 0 /bin/x\n")};
	struct moment *moment;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(later); i++) {
		struct fake *fake = fake_new(9, 1024);
		struct fake_process *process = fake_process(fake, 100);

		fake_vma(process, BASE, BASE + SLOT, "");
		set(&process->maps_later, later[i]);
		fake_settle(fake);
		moment = survey_of(&fake->kernel, 1, NULL);
		/* No maps any more: it has exited, and was not read to its end. */
		assert_int_equal(moment->processes[0].outcome, i ? OUTCOME_OK : OUTCOME_GONE);
		/* Another first mapping may be another program: it was looked at once more, and stayed so. */
		assert_int_equal(moment->processes[0].torn, i == 2);
		moment_free(moment);
		fake_free(fake);
	}
}

/* The scan said huge, and when pagemap was read it no longer was: what is there now is told. */
static void test_stale_scan(void **state)
{
	unsigned way;

	(void)state;
	for (way = 0; way < 3; way++) {
		struct fake *fake = fake_new(9, 2048);
		struct fake_process *process = fake_process(fake, 100);
		struct moment *moment;
		const struct region *region;

		fake_vma(process, BASE, BASE + SLOT, "");
		if (way == 0)
			fake_raw(fake, process, BASE, PM_SWAP | 1, SCAN_SWAPPED, false);
		else
			fake_pte(fake, process, BASE, fake_folio(fake, 0, true));
		fake_pte(fake, process, BASE + 0x5000, fake_folio(fake, 0, true));
		process->scan_stale = true;
		process->stale_at = BASE / FAKE_PAGE;
		process->stale_categories = SCAN_PRESENT | SCAN_HUGE;
		fake_settle(fake);
		if (way == 2)
			fake->kernel.caps.mask &= ~(uint32_t)(1 << CAP_KPAGECOUNT);
		moment = survey_of(&fake->kernel, 1, NULL);
		check_moment(moment);
		region = only_region(moment, 0, BASE);
		assert_kinds(region, MAPPING_PTE, way ? BACKING_SMALL : BACKING_MIXED);
		assert_int_equal(region->present, way ? 2 : 1);
		assert_int_equal(region->swapped, way ? 0 : 1);
		moment_free(moment);
		fake_free(fake);
	}
}

/* The scan saw a THP whole; it was split and lost a page in the middle before its words were read. */
static void test_stale_middle(void **state)
{
	const struct survey_options options = {.pages = true};
	struct fake *fake = fake_new(9, 2048);
	struct fake_process *process = fake_process(fake, 100);
	const uint64_t head = fake_folio(fake, 9, true);
	struct moment *moment;
	unsigned i;

	(void)state;
	fake_vma(process, BASE, BASE + SLOT, "");
	for (i = 0; i < 512; i++)
		if (i != 200)
			fake_pte(fake, process, BASE + i * FAKE_PAGE, head + i);
	process->scan_stale = true;
	process->stale_at = BASE / FAKE_PAGE;
	process->stale_categories = SCAN_PRESENT | SCAN_HUGE;
	fake_settle(fake);
	moment = survey_of(&fake->kernel, 1, &options);
	check_moment(moment);
	assert_kinds(only_region(moment, 0, BASE), MAPPING_PTE, BACKING_THP_PARTIAL);
	assert_int_equal(only_region(moment, 0, BASE)->present, 511);
	moment_free(moment);
	fake_free(fake);
}

/* Behind the zero page a page that was freed before its count was read: no page is mapped and counts 0. */
static void test_freed_behind_zero(void **state)
{
	struct fake *fake = fake_new(9, 2048);
	struct fake_process *process = fake_process(fake, 100);
	const uint64_t zero = fake_folio(fake, 0, false), page = fake_folio(fake, 0, true);
	struct moment *moment;
	unsigned i;

	(void)state;
	fake_vma(process, BASE, BASE + SLOT, "");
	fake->frames[zero].flags = UINT64_C(1) << KPF_ZERO;
	for (i = 0; i < 100; i++)
		fake_raw(fake, process, BASE + i * FAKE_PAGE, PM_PRESENT | zero, SCAN_PRESENT | SCAN_PFNZERO,
			 false);
	fake_pte(fake, process, BASE + i * FAKE_PAGE, page);
	fake_pte(fake, fake_process(fake, 101), BASE, page);
	fake_settle(fake);
	fake->frames[page].count = 0;
	moment = survey_of(&fake->kernel, 1, NULL);
	check_moment(moment);
	assert_kinds(only_region(moment, 0, BASE), MAPPING_PTE, BACKING_SMALL);
	assert_int_equal(only_region(moment, 0, BASE)->zero, 100);
	assert_int_equal(only_region(moment, 0, BASE)->mapcount.highest, UNKNOWN_COUNT);
	assert_int_equal(only_region(moment, 0, BASE)->mapcount.total, UNKNOWN_COUNT);
	moment_free(moment);
	fake_free(fake);
}

static struct kernel_entries told;

static ssize_t tell_entries(struct kernel_process *process, uint64_t addr, size_t n,
			    struct kernel_entries *out)
{
	size_t i;

	(void)process;
	(void)addr;
	for (i = 0; i < n; i++)
		out[i] = told;
	return (ssize_t)n;
}

/* The entries above a page are those of all levels that there are, wherever they end; a level that cannot be told has none. */
static void test_walk(void **state)
{
	static const struct {
		struct kernel_entries told;
		unsigned levels, n; /* that the kernel says; that are told */
	} cases[] = {
		{{{0x1067, 0, 0x3067, 0x40e7}}, 0, 3}, {{{0x1067, 0x2067, 0x3067, 0x40e7}}, 0, 4},
		{{{0x1067, 0x2067, 0, 0}}, 0, 4},      {{{0x1067, 0, 0, 0}}, 0, 0},
		{{{0x1067, 0, 0, 0}}, 4, 3},	       {{{0x1067, 0, 0, 0}}, 5, 4},
	};
	const struct survey_options options = {.walk_to = BASE};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake *fake = fake_new(9, 1024);
		struct kernel_ops ops = *fake->kernel.ops;
		const struct process *process;
		struct moment *moment;

		ops.entries = tell_entries;
		fake->kernel.ops = &ops;
		fake->kernel.caps.mask |= 1u << CAP_ENTRIES;
		fake->kernel.table_levels = cases[i].levels;
		told = cases[i].told;
		fake_vma(fake_process(fake, 100), BASE, BASE + SLOT, "");
		fake_settle(fake);
		moment = survey_of(&fake->kernel, 1, &options);
		process = &moment->processes[0];
		assert_int_equal(process->n_walk, cases[i].n);
		if (process->n_walk) {
			assert_int_equal(process->walk[0], told.word[ENTRY_PGD]);
			assert_int_equal(process->walk[1],
					 told.word[process->n_walk == 4 ? ENTRY_P4D : ENTRY_PUD]);
			assert_int_equal(process->walk[process->n_walk - 1], told.word[ENTRY_PMD]);
		}
		moment_free(moment);
		fake_free(fake);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sparse),
		cmocka_unit_test(test_reservation),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_pmd_runs),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_special),
		cmocka_unit_test(test_hugetlb),
		cmocka_unit_test(test_mounts),
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_stale_scan),
		cmocka_unit_test(test_stale_middle),
		cmocka_unit_test(test_freed_behind_zero),
		cmocka_unit_test(test_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
