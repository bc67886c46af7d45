/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The survey of this very kernel: a forked child maps memory in known ways, and each VMA's kB are compared with its
 * smaps, each region with what was done to it.
 */
#include "core_test.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/survey.h"
#include "proc/proc.h"

static struct kernel *kernel;

/* A process of our own: it does what it is told, says so, and waits to be ended. */
struct kid {
	pid_t pid;
	int go[2], told[2];
	char *at; /* one slot, aligned, in a VMA of its own */
};

static char *slot_of_our_own(void)
{
	size_t size = kernel->pmd_size;
	char *whole = mmap(NULL, 3 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
	     *at;

	assert_ptr_not_equal(whole, MAP_FAILED);
	at = whole + (size - (uintptr_t)whole % size) % size;
	assert_ptr_equal(
		mmap(at, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), at);
	return at;
}

static void kid_start(struct kid *kid, void (*act)(char *at), char *at)
{
	char byte = 0;

	kid->at = at;
	assert_int_equal(pipe(kid->go), 0);
	assert_int_equal(pipe(kid->told), 0);
	kid->pid = fork();
	assert_true(kid->pid >= 0);
	if (!kid->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(kid->go[1]);
		close(kid->told[0]);
		act(at);
		if (write(kid->told[1], "y", 1) == 1)
			while (read(kid->go[0], &byte, 1) < 0 && errno == EINTR)
				;
		_exit(0);
	}
	close(kid->go[0]);
	close(kid->told[1]);
	assert_int_equal(read(kid->told[0], &byte, 1), 1);
}

static void kid_end(struct kid *kid)
{
	close(kid->go[1]);
	close(kid->told[0]);
	assert_int_equal(waitpid(kid->pid, NULL, 0), kid->pid);
}

static void touch_huge(char *at)
{
	madvise(at, kernel->pmd_size, MADV_HUGEPAGE);
	memset(at, 1, kernel->pmd_size);
	/* Against khugepaged, who would undo what is done to it next. */
	madvise(at, kernel->pmd_size, MADV_NOHUGEPAGE);
}

static void touch_small(char *at)
{
	madvise(at, kernel->pmd_size, MADV_NOHUGEPAGE);
	memset(at, 1, kernel->pmd_size / 2);
}

static void split_mapping(char *at)
{
	touch_huge(at);
	madvise(at + 5 * kernel->page_size, kernel->page_size, MADV_RANDOM);
	madvise(at + 5 * kernel->page_size, kernel->page_size, MADV_NORMAL);
}

static void cut_a_hole(char *at)
{
	touch_huge(at);
	madvise(at + 8 * kernel->page_size, 4 * kernel->page_size, MADV_DONTNEED);
}

/* Read and never written: the zero page, which smaps does not count. */
static void read_small(char *at)
{
	size_t i;

	madvise(at, kernel->pmd_size, MADV_NOHUGEPAGE);
	for (i = 0; i < kernel->pmd_size; i += kernel->page_size)
		(void)*(volatile char *)(at + i);
}

static void read_and_write(char *at)
{
	read_small(at);
	memset(at, 1, 3 * kernel->page_size);
}

static void write_one(char *at)
{
	at[kernel->page_size] = 2;
}

static void nothing(char *at)
{
	(void)at;
}

static const struct vma *vma_of(const struct process *process, const char *at)
{
	const struct vma *vma = process_vma_at(process, (uintptr_t)at);

	assert_int_equal(process->outcome, OUTCOME_OK);
	assert_non_null(vma);
	return vma;
}

/* What the survey counts in the VMA is what smaps counts. */
static void assert_like_smaps(const struct vma *vma)
{
	assert_non_null(vma->smaps);
	assert_int_equal(vma->kb.present, smaps_kb(vma->smaps, "Rss", 1));
	assert_int_equal(vma->kb.swap, smaps_kb(vma->smaps, "Swap", 1));
	assert_int_equal(vma->kb.pmd, smaps_kb(vma->smaps, "AnonHugePages", 1) +
					      smaps_kb(vma->smaps, "ShmemPmdMapped", 1) +
					      smaps_kb(vma->smaps, "FilePmdMapped", 1));
}

static struct moment *look(const pid_t *pids, size_t n)
{
	return survey_moment(kernel, pids, n, NULL, &(struct survey_options){.smaps = true});
}

static bool knows_all(void)
{
	return capable(&kernel->caps, CAP_PAGEMAP_SCAN) && capable(&kernel->caps, CAP_PFN) &&
	       capable(&kernel->caps, CAP_KPAGEFLAGS) && capable(&kernel->caps, CAP_KPAGECOUNT);
}

static void test_one(void **state)
{
	static const struct {
		void (*act)(char *at);
		enum mapping mapping;
		enum backing backing;
		struct mapcount counts;
	} rows[] = {
		{touch_huge, MAPPING_PMD, BACKING_THP, {1, 1, 1}},
		{split_mapping, MAPPING_PTE, BACKING_THP, {0, 1, 512}},
		{cut_a_hole, MAPPING_PTE, BACKING_THP_PARTIAL, {0, 1, 508}},
		{touch_small, MAPPING_PTE, BACKING_SMALL, {0, 1, 256}},
		{read_small, MAPPING_PTE, BACKING_ZERO, {UNKNOWN_COUNT, UNKNOWN_COUNT, UNKNOWN_COUNT}},
		{read_and_write, MAPPING_PTE, BACKING_SMALL, {0, 1, 3}},
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		char *at = slot_of_our_own();
		const struct region *region;
		struct moment *moment;
		struct kid kid;

		kid_start(&kid, rows[i].act, at);
		moment = look(&kid.pid, 1);
		assert_like_smaps(vma_of(&moment->processes[0], at));
		region = process_region_at(&moment->processes[0], (uintptr_t)at);
		assert_non_null(region);
		assert_string_equal(mapping_name(region->mapping), mapping_name(rows[i].mapping));
		if (knows_all() && kernel->pmd_order == 9) {
			assert_string_equal(backing_name(region->backing), backing_name(rows[i].backing));
			assert_memory_equal(&region->mapcount, &rows[i].counts, sizeof(region->mapcount));
		}
		moment_free(moment);
		kid_end(&kid);
		munmap(at, kernel->pmd_size);
	}
}

/* A parent (this process) and its child share a THP; the child writes to one page of it. */
static void test_family(void **state)
{
	const struct region *ours, *theirs;
	char *at = slot_of_our_own();
	struct moment *moment;
	pid_t pids[2] = {getpid()};
	struct kid kid;

	(void)state;
	touch_huge(at);
	kid_start(&kid, nothing, at);
	pids[1] = kid.pid;
	moment = look(pids, 2);
	ours = process_region_at(&moment->processes[0], (uintptr_t)at);
	theirs = process_region_at(&moment->processes[1], (uintptr_t)at);
	assert_non_null(ours);
	assert_non_null(theirs);
	assert_like_smaps(vma_of(&moment->processes[0], at));
	assert_like_smaps(vma_of(&moment->processes[1], at));
	assert_int_equal(ours->mapping, MAPPING_PMD);
	assert_int_equal(theirs->mapping, MAPPING_PMD);
	if (knows_all()) {
		assert_int_equal(ours->pfn, theirs->pfn);
		assert_int_equal(ours->mapcount.entire, 2);
		assert_int_equal(ours->mapcount.total, 2);
	}
	moment_free(moment);
	kid_end(&kid);

	kid_start(&kid, write_one, at);
	pids[1] = kid.pid;
	moment = look(pids, 2);
	ours = process_region_at(&moment->processes[0], (uintptr_t)at);
	theirs = process_region_at(&moment->processes[1], (uintptr_t)at);
	assert_non_null(ours);
	assert_non_null(theirs);
	assert_like_smaps(vma_of(&moment->processes[1], at));
	assert_int_equal(ours->mapping, MAPPING_PMD);
	assert_int_equal(theirs->mapping, MAPPING_PTE);
	if (knows_all() && kernel->pmd_order == 9) {
		assert_int_equal(ours->mapcount.entire, 1);
		assert_int_equal(ours->mapcount.total, 512);
		assert_int_equal(ours->exclusive, 1);
		assert_int_equal(theirs->backing, BACKING_MIXED);
		assert_int_equal(theirs->orders[0], 1);
	}
	moment_free(moment);
	kid_end(&kid);
	munmap(at, kernel->pmd_size);
}

/* Default and exact agree on all of this process, as it is. */
static void test_exact(void **state)
{
	static const struct survey_options exact = {.exact = true}, plain;
	struct moment *one, *other;
	char *at = slot_of_our_own();
	pid_t pid;
	size_t i;
	struct kid kid;

	(void)state;
	kid_start(&kid, cut_a_hole, at);
	pid = kid.pid;
	one = survey_moment(kernel, &pid, 1, NULL, &plain);
	other = survey_moment(kernel, &pid, 1, NULL, &exact);
	assert_int_equal(one->processes[0].n_regions, other->processes[0].n_regions);
	for (i = 0; i < one->processes[0].n_regions; i++) {
		assert_int_equal(one->processes[0].regions[i].mapping,
				 other->processes[0].regions[i].mapping);
		assert_int_equal(one->processes[0].regions[i].backing,
				 other->processes[0].regions[i].backing);
		assert_int_equal(one->processes[0].regions[i].present,
				 other->processes[0].regions[i].present);
	}
	moment_free(one);
	moment_free(other);
	kid_end(&kid);
	munmap(at, kernel->pmd_size);
}

static int set_up(void **state)
{
	char error[256];

	(void)state;
	return proc_kernel_open("/", &kernel, error, sizeof(error));
}

static int tear_down(void **state)
{
	(void)state;
	kernel_close(kernel);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_family),
		cmocka_unit_test(test_exact),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
