/* SPDX-License-Identifier: GPL-2.0-or-later */
/* survey_moment: what several processes together tell of a folio; and what goes wrong while they are looked at. */
#include "survey_bench.h"

#include "fault/fault.h"

#define SLOT (UINT64_C(1) << 21)

/* So many frames lie between the zero page and the folio: what takes one for the other's leaves all that is its own. */
#define FAR (1 << 18)

/* How one process maps the folio. */
enum how_mapped { NOT, BY_PMD, BY_PTE, ALL_BUT_FIRST, HALF, ZERO_FIRST };

static bool but_first(enum how_mapped how)
{
	return how == ALL_BUT_FIRST || how == ZERO_FIRST;
}

static struct fake *family(const enum how_mapped *how, size_t n, bool anon)
{
	struct fake *fake = fake_new(9, 2 * FAR + 4096);
	const uint64_t below = fake_folio(fake, 0, false), head = fake_folio_after(fake, FAR, 9, anon);
	const uint64_t zero = n > 2 ? fake_folio_after(fake, FAR, 0, false) : below;
	struct fake_process *process;
	uint64_t i;
	size_t k;

	fake->frames[zero].flags = UINT64_C(1) << KPF_ZERO;
	for (k = 0; k < n; k++) {
		process = fake_process(fake, (pid_t)(100 + k));
		fake_vma(process, BASE, BASE + SLOT, "");
		if (how[k] == BY_PMD)
			fake_pmd(fake, process, BASE, head);
		for (i = but_first(how[k]); how[k] > BY_PMD && i < (how[k] == HALF ? 256 : 512); i++)
			fake_pte(fake, process, BASE + i * FAKE_PAGE, head + i);
		if (how[k] == ALL_BUT_FIRST)
			fake_pte(fake, process, BASE, fake_folio(fake, 0, true));
		if (how[k] == ZERO_FIRST)
			fake_raw(fake, process, BASE, PM_PRESENT | zero, SCAN_PRESENT | SCAN_PFNZERO, false);
	}
	fake_settle(fake);
	return fake;
}

/* Two PIDs of one address space (a thread, vfork) are one mapper: what they share is not counted twice. */
static void test_one_memory(void **state)
{
	struct fake *fake = family((enum how_mapped[]){BY_PTE, BY_PTE, BY_PMD}, 3, true);
	struct moment *moment;
	size_t k;

	(void)state;
	moment = survey_of(&fake->kernel, 2, NULL);
	assert_mapcount(only_region(moment, 0, BASE), -1, 3, -1);
	moment_free(moment);
	fake_free(fake);
	/* The second PID's mappings are the first's: the kernel counts them once. */
	fake = family((enum how_mapped[]){BY_PTE, BY_PMD}, 2, true);
	fake->one_memory = true;
	moment = survey_of(&fake->kernel, 2, NULL);
	for (k = 0; k < 2; k++)
		assert_mapcount(only_region(moment, k, BASE), -1, 2, -1);
	moment_free(moment);
	fake_free(fake);
}

static void test_family(void **state)
{
	static const struct {
		enum how_mapped how[3];
		size_t processes, watched;
		struct mapcount want[3];
	} rows[] = {
		/* The parent by PMD, the child by PTE. */
		{{BY_PMD, BY_PTE}, 2, 2, {{1, 2, 513}, {1, 2, 513}}},
		{{BY_PMD, BY_PTE}, 2, 1, {{-1, 2, -1}}},
		{{BY_PTE, BY_PMD}, 2, 1, {{-1, 2, -1}}},
		{{BY_PMD, BY_PMD}, 2, 2, {{2, 2, 2}, {2, 2, 2}}},
		{{BY_PMD, BY_PMD}, 2, 1, {{-1, 2, -1}}},
		{{BY_PMD, BY_PMD, BY_PMD}, 3, 3, {{3, 3, 3}, {3, 3, 3}, {3, 3, 3}}},
		{{BY_PMD, BY_PMD, BY_PMD}, 3, 2, {{-1, 3, -1}, {-1, 3, -1}}},
		{{BY_PMD, BY_PMD, BY_PTE}, 3, 3, {{2, 3, 514}, {2, 3, 514}, {2, 3, 514}}},
		{{BY_PTE, BY_PTE}, 2, 2, {{0, 2, 1024}, {0, 2, 1024}}},
		/* After fork and a write in the child: page 0 is the parent's alone, which says it all. */
		{{BY_PMD, ALL_BUT_FIRST}, 2, 1, {{1, 2, 1 + 511}}},
		{{BY_PMD, ALL_BUT_FIRST}, 2, 2, {{1, 2, 1 + 511}, {-1, 2, -1}}},
		/* The child's half alone cannot tell; the parent's other half can. */
		{{BY_PMD, HALF}, 2, 2, {{1, 2, 1 + 256}, {1, 2, 1 + 256}}},
		{{HALF, BY_PMD}, 2, 1, {{-1, 2, -1}}},
		/* The zero page, whose frame is below the folio's, then above, counts nothing. */
		{{BY_PMD, ZERO_FIRST}, 2, 2, {{1, 2, 1 + 511}, {1, 2, 1 + 511}}},
		{{BY_PMD, BY_PMD, ZERO_FIRST}, 3, 3, {{2, 3, 2 + 511}, {2, 3, 2 + 511}, {2, 3, 2 + 511}}},
		{{BY_PMD, NOT}, 2, 2, {{1, 1, 1}}},
		{{BY_PTE, NOT}, 2, 2, {{0, 1, 512}}},
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < 2 * COUNT_OF(rows); i++) {
		struct fake *fake = family(rows[i / 2].how, rows[i / 2].processes, i % 2);
		struct moment *moment = survey_of(&fake->kernel, rows[i / 2].watched, NULL);

		check_moment(moment);
		for (k = 0; k < rows[i / 2].watched; k++) {
			const struct mapcount *want = &rows[i / 2].want[k];

			if (rows[i / 2].how[k] != NOT)
				assert_mapcount(only_region(moment, k, BASE), want->entire, want->highest,
						want->total);
		}
		moment_free(moment);
		fake_free(fake);
	}
}

/* Where counts are averages, two processes can tell no more than one. */
static void test_averaged(void **state)
{
	struct fake *fake = fake_new(9, 4096);
	struct fake_process *one = fake_process(fake, 100), *other = fake_process(fake, 101);
	uint64_t head = fake_folio(fake, 9, false);
	struct moment *moment;

	(void)state;
	/* One page more by PTE: the average stays 1. */
	fake_vma(one, BASE, BASE + SLOT, "");
	fake_vma(other, BASE, BASE + SLOT, "");
	fake_pmd(fake, one, BASE, head);
	fake_pte(fake, other, BASE, head);
	fake->averaged = true;
	fake_settle(fake);
	assert_int_equal(fake->frames[head].count, 1);
	moment = survey_of(&fake->kernel, 2, NULL);
	assert_mapcount(only_region(moment, 0, BASE), -1, -1, -1);
	assert_int_equal(only_region(moment, 0, BASE)->exclusive, UNKNOWN_COUNT);
	moment_free(moment);
	fake_free(fake);
}

/* Nor do they where nobody may see a frame: that one process maps the folio is not that it does so once. */
static void test_averaged_unprivileged(void **state)
{
	struct fake *fake = fake_new(9, 4096);
	struct fake_process *process = fake_process(fake, 100);
	uint64_t head = fake_folio(fake, 4, false), i;
	struct moment *moment;

	(void)state;
	fake->averaged = true;
	fake->kernel.caps.mask &=
		~(UINT32_C(1) << CAP_PFN | UINT32_C(1) << CAP_KPAGEFLAGS | UINT32_C(1) << CAP_KPAGECOUNT);
	fake_vma(process, BASE, BASE + SLOT, "/memfd:twice");
	for (i = 0; i < 32; i++)
		fake_raw(fake, process, BASE + i * FAKE_PAGE,
			 PM_PRESENT | PM_FILE | PM_MMAP_EXCLUSIVE | (head + i % 16), SCAN_PRESENT | SCAN_FILE,
			 false);
	fake_settle(fake);
	moment = survey_of(&fake->kernel, 1, NULL);
	assert_mapcount(only_region(moment, 0, BASE), -1, -1, -1);
	assert_int_equal(only_region(moment, 0, BASE)->exclusive, UNKNOWN_COUNT);
	moment_free(moment);
	/* Where each page is counted, it is. */
	fake->averaged = false;
	moment = survey_of(&fake->kernel, 1, NULL);
	assert_mapcount(only_region(moment, 0, BASE), 0, 1, 32);
	moment_free(moment);
	fake_free(fake);
}

/* A huge page of eight keeps the many rounds short. */
#define SMALL_SLOT (UINT64_C(8) * FAKE_PAGE)

static struct fake *busy_world(void)
{
	struct fake *fake = fake_new(3, 256);
	uint64_t head = fake_folio(fake, 3, true), i;
	struct fake_process *process;
	size_t k;

	for (k = 0; k < 3; k++) {
		process = fake_process(fake, (pid_t)(100 + k));
		fake_vma(process, BASE, BASE + 6 * SMALL_SLOT, "");
		fake_vma(process, BASE + 6 * SMALL_SLOT, BASE + 8 * SMALL_SLOT, "/memfd:x");
		fake_pmd(fake, process, BASE, head);
		for (i = 0; i < 8; i++)
			fake_pte(fake, process, BASE + SMALL_SLOT + i * FAKE_PAGE, head + i);
		for (i = 0; i < 4; i++)
			fake_pte(fake, process, BASE + 4 * SMALL_SLOT + i * 2 * FAKE_PAGE,
				 fake_folio(fake, 0, true));
		fake_pmd(fake, process, BASE + 6 * SMALL_SLOT, fake_folio(fake, 3, false));
	}
	fake_settle(fake);
	return fake;
}

/* A number that is told is the true one; `unknown` stands for none. */
static void assert_told(int64_t told, int64_t truth, int64_t unknown)
{
	if (told != unknown)
		assert_int_equal(told, truth);
}

/* Of what is known of a region all is true. A torn process's may be of another time. */
static void assert_region_true(const struct region *told, const struct region *truth)
{
	unsigned order;

	assert_int_equal(told->len, truth->len);
	assert_told(told->mapping, truth->mapping, MAPPING_UNKNOWN);
	assert_told(told->backing, truth->backing, BACKING_UNKNOWN);
	assert_told((int64_t)told->pfn, (int64_t)truth->pfn, 0);
	assert_told((int64_t)told->thp, (int64_t)truth->thp, 0);
	assert_told(told->mapcount.entire, truth->mapcount.entire, UNKNOWN_COUNT);
	assert_told(told->mapcount.highest, truth->mapcount.highest, UNKNOWN_COUNT);
	assert_told(told->mapcount.total, truth->mapcount.total, UNKNOWN_COUNT);
	assert_told(told->exclusive, truth->exclusive, UNKNOWN_COUNT);
	assert_int_equal(told->present, truth->present);
	assert_int_equal(told->swapped, truth->swapped);
	if (told->order_known && truth->order_known)
		assert_int_equal(told->order, truth->order);
	for (order = 0; order <= ORDER_MAX; order++)
		assert_true(told->orders[order] <= truth->orders[order]);
}

static void assert_true_moment(const struct moment *told, const struct moment *truth)
{
	size_t i, k;

	assert_int_equal(told->n_processes, truth->n_processes);
	for (i = 0; i < truth->n_processes; i++) {
		const struct process *one = &told->processes[i], *other = &truth->processes[i];

		if (one->outcome != OUTCOME_OK || one->torn)
			continue;
		assert_int_equal(one->n_regions, other->n_regions);
		for (k = 0; k < one->n_regions; k++) {
			assert_int_equal(one->regions[k].start, other->regions[k].start);
			assert_region_true(&one->regions[k], &other->regions[k]);
		}
		for (k = 0; k < one->n_pages; k++)
			if (one->pages[k].has_flags)
				assert_int_equal(one->pages[k].flags, other->pages[k].flags);
	}
}

/* Each call fails in turn, once or for good, with each errno: an outcome for each process, and sums that hold. */
static void fail_each(bool scan, unsigned times, enum fault_kind kind, size_t keep)
{
	static const int errors[] = {-ESRCH, -EIO, -EACCES, -EBADMSG, -ENODATA, -EAGAIN, -EINTR, -ENOMEM};
	static const struct survey_options options[] = {{0}, {.exact = true, .pages = true, .smaps = true}};
	struct fault_plan plan = {.op = FAULT_ANY, .nth = 1, .times = times, .kind = kind, .keep = keep};
	struct moment *moment, *truth[2];
	unsigned calls = 1, faults = 0;
	struct fake *whole;
	size_t way;

	for (way = 0; way < 2; way++) {
		whole = busy_world();
		if (!scan)
			whole->kernel.caps.mask &= ~(uint32_t)(1 << CAP_PAGEMAP_SCAN);
		truth[way] = survey_of(&whole->kernel, 3, &options[way]);
		fake_free(whole);
	}
	for (way = 0; way < COUNT_OF(errors) * 2; way++) {
		plan.err = errors[way / 2];
		for (plan.nth = 1; plan.nth <= calls; plan.nth += way ? 3 : 1) {
			struct fake *fake = busy_world();
			struct kernel *kernel;

			if (!scan)
				fake->kernel.caps.mask &= ~(uint32_t)(1 << CAP_PAGEMAP_SCAN);
			kernel = fault_kernel_wrap(&fake->kernel, &plan);
			moment = survey_of(kernel, 3, &options[way % 2]);
			check_moment(moment);
			/* Whoever is told that pagemap or maps end early can but believe it. */
			if (kind == FAULT_FAIL)
				assert_true_moment(moment, truth[way % 2]);
			calls = fault_calls(kernel);
			faults += calls >= plan.nth;
			moment_free(moment);
			kernel_close(kernel);
		}
	}
	print_message("# %u faults injected\n", faults);
	moment_free(truth[0]);
	moment_free(truth[1]);
}

static void test_faults(void **state)
{
	(void)state;
	fail_each(true, 1, FAULT_FAIL, 0);
	fail_each(true, 0, FAULT_FAIL, 0);
}

static void test_faults_old(void **state)
{
	(void)state;
	fail_each(false, 1, FAULT_FAIL, 0);
	fail_each(false, 0, FAULT_FAIL, 0);
}

static void test_cuts(void **state)
{
	(void)state;
	fail_each(true, 1, FAULT_CUT, 0);
	fail_each(true, 0, FAULT_CUT, 1);
	fail_each(false, 0, FAULT_CUT, 100);
	fail_each(false, 1, FAULT_CUT, 3);
}

/* Which failure of which call becomes which outcome. */
static void test_fault_outcomes(void **state)
{
	static const struct {
		enum fault_op op;
		const char *file;
		int err;
		enum outcome outcome;
		bool scan;
	} rows[] = {
		{FAULT_PROCESS_OPEN, NULL, -ENOENT, OUTCOME_GONE, true},
		{FAULT_PROCESS_OPEN, NULL, -EACCES, OUTCOME_DENIED, true},
		{FAULT_PROCESS_TEXT, "maps", -ESRCH, OUTCOME_GONE, true},
		{FAULT_PROCESS_TEXT, "status", -ESRCH, OUTCOME_OK, true},
		{FAULT_PROCESS_TEXT, "mountinfo", -EACCES, OUTCOME_OK, true},
		{FAULT_SCAN, NULL, -ESRCH, OUTCOME_GONE, true},
		{FAULT_SCAN, NULL, -EBADMSG, OUTCOME_DAMAGED, true},
		{FAULT_SCAN, NULL, -EIO, OUTCOME_FAILED, true},
		{FAULT_PAGEMAP, NULL, -EIO, OUTCOME_FAILED, true},
		{FAULT_PAGEMAP, NULL, -EACCES, OUTCOME_DENIED, true},
		{FAULT_PAGEMAP, NULL, -EBADMSG, OUTCOME_DAMAGED, true},
		{FAULT_PAGEMAP, NULL, -EBADMSG, OUTCOME_DAMAGED, false},
		{FAULT_PAGEMAP, NULL, -EIO, OUTCOME_FAILED, false},
		{FAULT_PAGEMAP, NULL, -ESRCH, OUTCOME_GONE, false},
		{FAULT_FLAGS, NULL, -EIO, OUTCOME_OK, true},
		{FAULT_COUNTS, NULL, -ENODATA, OUTCOME_OK, true},
		{FAULT_COUNTS, NULL, -EIO, OUTCOME_OK, false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		struct fault_plan plan = {
			.op = rows[i].op, .file = rows[i].file, .nth = 1, .err = rows[i].err};
		struct fake *fake = busy_world();
		struct kernel *kernel;
		struct moment *moment;

		if (!rows[i].scan)
			fake->kernel.caps.mask &= ~(uint32_t)(1 << CAP_PAGEMAP_SCAN);
		kernel = fault_kernel_wrap(&fake->kernel, &plan);
		moment = survey_of(kernel, 1, NULL);
		check_moment(moment);
		assert_int_equal(moment->processes[0].outcome, rows[i].outcome);
		if (rows[i].op == FAULT_FLAGS)
			assert_kinds(only_region(moment, 0, BASE), MAPPING_PMD, BACKING_UNKNOWN);
		if (rows[i].op == FAULT_COUNTS && rows[i].scan)
			assert_mapcount(only_region(moment, 0, BASE), -1, -1, -1);
		moment_free(moment);
		kernel_close(kernel);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_memory), cmocka_unit_test(test_family),
		cmocka_unit_test(test_averaged),   cmocka_unit_test(test_averaged_unprivileged),
		cmocka_unit_test(test_faults),	   cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_faults_old), cmocka_unit_test(test_fault_outcomes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
