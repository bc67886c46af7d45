/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Live samples of a specimen on this kernel: each says what a complete one says, whatever happens between them. */
#include "local_common.h"

#include "../skip.h"

#define SLOTS 8

static struct source *source;
static pid_t specimen;

static int setup(void **state)
{
	(void)state;
	source = open_source();
	assert_int_equal(source_spawn(source, &specimen), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	source_close(source);
	return 0;
}

static struct moment *sample(bool live, const pid_t *smaps_of)
{
	const struct watch watch = {.pids = &specimen,
				    .n = 1,
				    .follow = true,
				    .live = live,
				    .options = {.smaps_of = smaps_of, .n_smaps_of = smaps_of != NULL}};

	return source_sample(source, &watch);
}

static const struct process *process_of(const struct moment *moment, pid_t pid)
{
	size_t i;

	for (i = 0; i < moment->n_processes; i++)
		if (moment->processes[i].pid == pid)
			return &moment->processes[i];
	fail_msg("no process %d", (int)pid);
	return NULL;
}

/* Compares an area in both; returns how many of its regions were carried over. */
static size_t compare_area(const struct moment *live, const struct moment *complete,
			   const struct place *place)
{
	const struct process *one = process_of(live, place->pid), *other = process_of(complete, place->pid);
	uint64_t addr;
	size_t carried = 0;

	for (addr = place->start; addr < place->start + place->len; addr += live->pmd_size) {
		const struct region *a = process_region_at(one, addr), *b = process_region_at(other, addr);

		assert_int_equal(a == NULL, b == NULL);
		if (!a)
			continue;
		assert_false(process_carried(other, b));
		assert_string_equal(mapping_name(a->mapping), mapping_name(b->mapping));
		assert_string_equal(backing_name(a->backing), backing_name(b->backing));
		assert_int_equal(a->present, b->present);
		carried += process_carried(one, a);
		if (process_carried(one, a))
			continue;
		assert_int_equal(a->pfn, b->pfn);
		assert_int_equal(a->exclusive, b->exclusive);
		assert_memory_equal(&a->mapcount, &b->mapcount, sizeof(a->mapcount));
	}
	return carried;
}

/* The next live sample beside a complete one. */
static size_t check(const char *process)
{
	const struct place place = place_of(source, process, "A");
	struct moment *live = sample(true, NULL), *complete = sample(false, NULL);
	size_t carried = compare_area(live, complete, &place);

	moment_free(live);
	moment_free(complete);
	return carried;
}

/* That soon enough one carries so many over; on a machine that is busy with others the turn of many comes between two. */
static void assert_carries(size_t n)
{
	unsigned tries;

	for (tries = 0; tries < 50; tries++)
		if (check("main") >= n)
			return;
	fail_msg("none of 50 samples carried %zu regions over", n);
}

/* A, of huge pages as far as this kernel has any. (Not advised: khugepaged would undo splits between two samples.) */
static void make_area(void)
{
	const struct region *region;
	struct moment *moment;
	bool scan, pmd;

	do_act(source, "map anon 16M as A");
	do_act(source, "touch A");
	if (act(source, "collapse A"))
		printf("# collapse: %s\n", source->error);
	moment = sample(false, NULL);
	region = process_region_at(process_of(moment, specimen), place_of(source, "main", "A").start);
	scan = capable(&moment->caps, CAP_PAGEMAP_SCAN);
	pmd = region && region->mapping == MAPPING_PMD;
	moment_free(moment);
	if (!scan)
		SKIP("pagemap_scan", "a live sample carries nothing over without it");
	if (!pmd)
		SKIP("thp", "no huge page was to be had");
}

/*
 * Each line changes something; the very next live sample has it, and of the others carries most over. (A[2] alone is advised,
 * while it is empty: it comes back huge.)
 */
static void test_changes(void **state)
{
	static const char *const lines[] = {"split A[1]",	    "collapse A[1]",	   "discard A[2]",
					    "advise A[2] hugepage", "touch A[2]",	   "write A[3]",
					    "split-folio A[4]",	    "discard A[5]+64k 4k", "protect A[6] r",
					    "protect A[6] rw",	    "unmap A[7]"};
	size_t i;

	(void)state;
	make_area();
	check("main");
	assert_carries(SLOTS - 2);
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		do_act(source, lines[i]);
		check("main");
		assert_carries(1);
	}
}

/* A fork, and copy-on-write behind it: what two map is never carried over. */
static void test_fork(void **state)
{
	const struct process *parent;
	struct place place;
	struct moment *moment;

	(void)state;
	make_area();
	check("main");
	place = place_of(source, "main", "A");
	do_act(source, "fork as kid");
	assert_int_equal(check("main"), 0);
	assert_int_equal(check("kid"), 0);
	moment = sample(true, NULL);
	parent = process_of(moment, specimen);
	if (capable(&moment->caps, CAP_KPAGECOUNT) && capable(&moment->caps, CAP_PFN))
		assert_int_equal(process_region_at(parent, place.start)->mapcount.entire, 2);
	moment_free(moment);
	do_act(source, "write kid A[1]+4k");
	check("main");
	check("kid");
	do_act(source, "write kid A[2]");
	do_act(source, "collapse kid A[1]");
	check("main");
	check("kid");
	do_act(source, "exit kid");
	check("main");
}

/* A moved area is read where it is now. */
static void test_move(void **state)
{
	(void)state;
	make_area();
	check("main");
	do_act(source, "move A by 0");
	assert_int_equal(check("main"), 0);
	assert_carries(SLOTS - 2);
}

static const struct vma *vma_of_area(const struct moment *moment)
{
	const struct place place = place_of(source, "main", "A");
	const struct vma *vma = process_vma_at(process_of(moment, specimen), place.start);

	assert_non_null(vma);
	return vma;
}

/* What smaps says of huge pages: of the specimen by itself, handed on with its time, dropped with its VMA. */
static void test_eligible(void **state)
{
	struct moment *first, *next, *asked;

	(void)state;
	do_act(source, "map anon 16M as A hugepage");
	first = sample(true, NULL);
	assert_int_equal(vma_of_area(first)->eligible_ns, first->mono_ns);
	assert_int_equal(vma_of_area(first)->advice, VMA_ADVICE_HUGEPAGE);
	assert_int_not_equal(vma_of_area(first)->eligible, -1);
	next = sample(true, NULL);
	assert_int_equal(vma_of_area(next)->eligible_ns, first->mono_ns);
	assert_int_equal(vma_of_area(next)->eligible, vma_of_area(first)->eligible);
	assert_int_equal(vma_of_area(next)->advice, VMA_ADVICE_HUGEPAGE);
	assert_null(vma_of_area(next)->smaps);
	moment_free(first);
	do_act(source, "advise A nohugepage");
	asked = sample(true, &specimen);
	assert_int_equal(vma_of_area(asked)->eligible_ns, asked->mono_ns);
	assert_int_equal(vma_of_area(asked)->eligible, 0);
	assert_int_equal(vma_of_area(asked)->advice, VMA_ADVICE_NOHUGEPAGE);
	moment_free(asked);
	moment_free(next);
	do_act(source, "protect A[1] r");
	next = sample(true, NULL);
	assert_int_equal(vma_of_area(next)->eligible, -1);
	assert_int_equal(vma_of_area(next)->eligible_ns, 0);
	moment_free(next);
	/* What was not asked is not known, nor handed on by a sample that is none of the live ones. */
	do_act(source, "map anon 4M as B");
	next = sample(false, NULL);
	assert_int_equal(vma_of_area(next)->eligible, -1);
	moment_free(next);
}

/* A moment outlives the source's own hold on it, and the other way round. */
static void test_held(void **state)
{
	struct moment *first, *next;

	(void)state;
	do_act(source, "map anon 16M as A");
	first = sample(true, NULL);
	moment_free(first);
	next = sample(true, NULL);
	moment_free(sample(true, NULL));
	moment_free(sample(true, NULL));
	assert_int_equal(process_of(next, specimen)->outcome, OUTCOME_OK);
	assert_true(next->system.read_ns && next->system.read_ns <= next->mono_ns);
	moment_free(next);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_changes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fork, setup, teardown),
		cmocka_unit_test_setup_teardown(test_move, setup, teardown),
		cmocka_unit_test_setup_teardown(test_eligible, setup, teardown),
		cmocka_unit_test_setup_teardown(test_held, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
