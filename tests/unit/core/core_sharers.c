/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The search for sharers, over a made-up kernel whose truth is known. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/sharers.h"
#include "core_test.h"
#include "fake_kernel.h"
#include "fault/fault.h"

#define SLOT (UINT64_C(1) << 21)
#define BASE UINT64_C(0x7f0000000000)
#define FAR UINT64_C(0x7f8000000000)

/* A clock that goes on by a millisecond whenever it is looked at, and may do something then. */
static uint64_t ticks;
static uint64_t act_at;
static void (*act)(void);

static uint64_t now(void)
{
	ticks++;
	if (act && ticks == act_at)
		act();
	return ticks * 1000000;
}

struct result {
	struct arena arena;
	struct sharers sharers;
	char error[256];
};

static int look(struct fake *fake, struct sharers_query query, struct result *result)
{
	memset(result, 0, sizeof(*result));
	return sharers_search(&fake->kernel, &query, now, &result->arena, &result->sharers, result->error,
			      sizeof(result->error));
}

static void find(struct fake *fake, pid_t pid, uint64_t addr, struct result *result)
{
	const struct sharers_query query = {.pid = pid, .addr = addr, .timeout_ns = UINT64_MAX};

	ticks = 0;
	act = NULL;
	assert_int_equal(look(fake, query, result), 0);
	assert_string_equal(result->error, "");
}

static void assert_sharer(const struct result *result, size_t i, pid_t pid, uint64_t addr, const char *how,
			  uint32_t first, uint32_t subpages)
{
	const struct sharer *sharer = &result->sharers.items[i];

	assert_true(i < result->sharers.n);
	assert_int_equal(sharer->pid, pid);
	assert_int_equal(sharer->addr, addr);
	assert_string_equal(sharer_how(sharer), how);
	assert_int_equal(sharer->first, first);
	assert_int_equal(sharer->subpages, subpages);
}

static void assert_all_found(const struct result *result, int64_t found)
{
	assert_true(result->sharers.complete);
	assert_null(result->sharers.partial);
	assert_null(result->sharers.changed);
	assert_int_equal(result->sharers.found, found);
	assert_int_equal(result->sharers.counted, found);
	assert_int_equal(result->sharers.missing, 0);
	assert_int_equal(result->sharers.surplus, 0);
}

static void assert_mapcount(const struct result *result, int64_t entire, int64_t highest, int64_t total)
{
	assert_int_equal(result->sharers.mapcount.entire, entire);
	assert_int_equal(result->sharers.mapcount.highest, highest);
	assert_int_equal(result->sharers.mapcount.total, total);
}

/* A process with one anonymous slot at BASE and one far away, and its place in the family. */
static struct fake_process *member(struct fake *fake, pid_t pid, pid_t parent, pid_t session)
{
	struct fake_process *process = fake_process(fake, pid);
	struct buf stat = {0};

	fake_vma(process, BASE, BASE + SLOT, "");
	fake_vma(process, FAR, FAR + 2 * SLOT, "");
	buf_printf(&stat, "%d (fake) S %d 1 %d 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 7 0 0\n", (int)pid,
		   (int)parent, (int)session);
	process->stat = stat.data;
	return process;
}

static void map_ptes(struct fake *fake, struct fake_process *process, uint64_t addr, uint64_t pfn, uint64_t n)
{
	uint64_t i;

	for (i = 0; i < n; i++)
		fake_pte(fake, process, addr + i * FAKE_PAGE, pfn + i);
}

static void done(struct fake *fake, struct result *result)
{
	arena_fini(&result->arena);
	fake_free(fake);
}

/* By PMD, by ptes, in part, elsewhere and twice: nearest kin first, and it adds up. */
static void test_family(void **state)
{
	struct fake *fake = fake_new(9, 8192);
	uint64_t head = fake_folio(fake, 9, true);
	struct fake_process *twice;
	struct result result;

	(void)state;
	fake_pmd(fake, member(fake, 100, 90, 90), BASE, head);
	fake_pmd(fake, member(fake, 50, 1, 50), BASE, head);	   /* nobody's kin */
	fake_pmd(fake, member(fake, 90, 1, 90), BASE, head);	   /* the parent */
	map_ptes(fake, member(fake, 95, 90, 90), BASE, head, 512); /* a sibling */
	map_ptes(fake, member(fake, 200, 100, 90), BASE + 100 * FAKE_PAGE, head + 100, 412); /* a child */
	twice = member(fake, 300, 200, 90);
	map_ptes(fake, twice, FAR + FAKE_PAGE, head, 256);
	map_ptes(fake, twice, FAR + SLOT, head + 256, 3);
	member(fake, 60, 1, 60);
	fake_settle(fake);
	find(fake, 100, BASE + 5 * FAKE_PAGE + 7, &result);
	assert_int_equal(result.sharers.pfn, head);
	assert_int_equal(result.sharers.order, 9);
	assert_true(result.sharers.anon);
	assert_int_equal(result.sharers.n, 7);
	assert_sharer(&result, 0, 100, BASE, "pmd", 0, 512);
	assert_sharer(&result, 1, 90, BASE, "pmd", 0, 512);
	assert_sharer(&result, 2, 200, BASE + 100 * FAKE_PAGE, "pte", 100, 412);
	assert_sharer(&result, 3, 300, FAR + FAKE_PAGE, "pte, not aligned", 0, 256);
	assert_sharer(&result, 4, 300, FAR + SLOT, "pte, not aligned", 256, 3);
	assert_sharer(&result, 5, 95, BASE, "pte", 0, 512);
	assert_sharer(&result, 6, 50, BASE, "pmd", 0, 512);
	assert_all_found(&result, 3 * 512 + 512 + 412 + 259);
	assert_mapcount(&result, 3, 6, 3 + 512 + 412 + 259);
	done(fake, &result);
}

/* Whoever is not needed for the sum is not looked into. */
static void test_enough(void **state)
{
	struct fake *fake = fake_new(9, 8192);
	uint64_t head = fake_folio(fake, 9, true);
	struct result result;
	pid_t pid;

	(void)state;
	fake_pmd(fake, member(fake, 100, 90, 90), BASE, head);
	fake_pmd(fake, member(fake, 101, 100, 90), BASE, head);
	for (pid = 1000; pid < 1100; pid++)
		map_ptes(fake, member(fake, pid, 1, pid), FAR, fake_folio(fake, 0, true), 1);
	fake_settle(fake);
	find(fake, 101, BASE, &result);
	assert_all_found(&result, 1024);
	assert_int_equal(result.sharers.processes, 102);
	assert_int_equal(result.sharers.looked, 2);
	assert_int_equal(fake->pagemap_calls,
			 6); /* the asker's page twice; each of the two, and each again */
	done(fake, &result);
}

/* One page; and a folio between a page and a PMD, at addresses that fit its size and at others. */
static void test_sizes(void **state)
{
	struct fake *fake = fake_new(9, 8192);
	uint64_t page = fake_folio(fake, 0, true), head = fake_folio(fake, 4, true);
	struct fake_process *one = member(fake, 100, 90, 90), *other = member(fake, 101, 100, 90);
	struct result result;

	(void)state;
	map_ptes(fake, one, BASE, page, 1);
	map_ptes(fake, other, FAR + 9 * FAKE_PAGE, page, 1);
	map_ptes(fake, one, BASE + 16 * FAKE_PAGE, head, 16);
	map_ptes(fake, other, BASE + 16 * FAKE_PAGE, head, 3);
	map_ptes(fake, other, BASE + 20 * FAKE_PAGE, head + 4, 1);
	map_ptes(fake, other, FAR + FAKE_PAGE, head + 8, 8);
	fake_settle(fake);
	find(fake, 100, BASE, &result);
	assert_int_equal(result.sharers.order, 0);
	assert_sharer(&result, 0, 100, BASE, "pte", 0, 1);
	assert_sharer(&result, 1, 101, FAR + 9 * FAKE_PAGE, "pte", 0, 1);
	assert_all_found(&result, 2);
	assert_mapcount(&result, 0, 2, 2);
	arena_fini(&result.arena);
	/* Asked through a page in the middle. */
	find(fake, 101, BASE + 20 * FAKE_PAGE, &result);
	assert_int_equal(result.sharers.order, 4);
	assert_int_equal(result.sharers.n, 3);
	assert_sharer(&result, 0, 101, BASE + 16 * FAKE_PAGE, "pte", 0, 4);
	assert_sharer(&result, 1, 101, FAR + FAKE_PAGE, "pte, not aligned", 8, 8);
	assert_sharer(&result, 2, 100, BASE + 16 * FAKE_PAGE, "pte", 0, 16);
	assert_all_found(&result, 28);
	assert_mapcount(&result, 0, 2, 28);
	done(fake, &result);
}

/* Two PIDs of one address space: both are told, and counted once. */
static void test_one_memory(void **state)
{
	struct fake *fake = fake_new(9, 8192);
	uint64_t head = fake_folio(fake, 9, true);
	struct result result;

	(void)state;
	fake_pmd(fake, member(fake, 100, 90, 90), BASE, head);
	fake_pmd(fake, member(fake, 101, 100, 90), BASE, head);
	fake->frames[head].pmds--; /* the kernel's count */
	fake->one_memory = true;
	fake_settle(fake);
	find(fake, 100, BASE, &result);
	assert_int_equal(result.sharers.n, 2);
	assert_int_equal(result.sharers.items[0].same_as, 0);
	assert_sharer(&result, 1, 101, BASE, "pmd", 0, 512);
	assert_int_equal(result.sharers.items[1].same_as, 100);
	assert_all_found(&result, 512);
	done(fake, &result);
}

/* maps of a process with one mapping of a file. */
static struct fake_process *mapper(struct fake *fake, pid_t pid, uint64_t start, uint64_t len,
				   uint64_t offset, unsigned inode)
{
	struct fake_process *process = fake_process(fake, pid);
	struct buf maps = {0};

	buf_printf(&maps, "%llx-%llx r--s %08llx 08:01 %u     /some/file\n", (unsigned long long)start,
		   (unsigned long long)(start + len), (unsigned long long)offset, inode);
	process->maps = maps.data;
	return process;
}

/* By object, at addresses that follow from the offsets; and by another inode of the same file. */
static void test_file(void **state)
{
	struct fake *fake = fake_new(9, 8192);
	uint64_t head = fake_folio(fake, 9, false);
	struct result result;

	(void)state;
	/* The folio is the file's second 2 MiB. */
	fake_pmd(fake, mapper(fake, 100, BASE, 2 * SLOT, 0, 77), BASE + SLOT, head);
	fake_pmd(fake, mapper(fake, 101, FAR, SLOT, SLOT, 77), FAR, head);
	map_ptes(fake, mapper(fake, 102, FAR, SLOT, SLOT + 8 * FAKE_PAGE, 77), FAR, head + 8, 504);
	map_ptes(fake, mapper(fake, 103, FAR, 8 * SLOT, FAKE_PAGE, 78), FAR + SLOT - FAKE_PAGE, head, 512);
	mapper(fake, 104, FAR, SLOT, 8 * SLOT, 77);
	mapper(fake, 105, FAR, SLOT, SLOT, 77);
	fake_settle(fake);
	find(fake, 101, FAR + 3 * FAKE_PAGE, &result);
	assert_false(result.sharers.anon);
	assert_int_equal(result.sharers.n, 4);
	assert_sharer(&result, 0, 101, FAR, "pmd", 0, 512);
	assert_sharer(&result, 1, 100, BASE + SLOT, "pmd", 0, 512);
	assert_sharer(&result, 2, 102, FAR, "pte, not aligned", 8, 504);
	assert_sharer(&result, 3, 103, FAR + SLOT - FAKE_PAGE, "pte, not aligned", 0, 512);
	assert_all_found(&result, 3 * 512 + 504);
	assert_mapcount(&result, 2, 4, 2 + 504 + 512);
	assert_true(fake->pagemap_words < 10 * 512 + 8);
	done(fake, &result);
}

/* Two by PMD, of which one may not be looked into. */
static struct fake *two(struct fake_process **other)
{
	struct fake *fake = fake_new(9, 8192);
	uint64_t head = fake_folio(fake, 9, true);

	fake_pmd(fake, member(fake, 100, 90, 90), BASE, head);
	*other = member(fake, 101, 100, 90);
	fake_pmd(fake, *other, FAR, head);
	fake_settle(fake);
	return fake;
}

static void test_denied(void **state)
{
	struct fake_process *other;
	struct fake *fake = two(&other);
	struct buf text = {0};
	struct result result;

	(void)state;
	other->maps_error = -EACCES;
	find(fake, 100, BASE, &result);
	assert_int_equal(result.sharers.n, 1);
	assert_int_equal(result.sharers.denied, 1);
	assert_false(result.sharers.complete);
	assert_int_equal(result.sharers.counted, 1024);
	assert_int_equal(result.sharers.missing, 512);
	assert_int_equal(result.sharers.missing_most, 1);
	assert_mapcount(&result, -1, 2, -1);
	sharers_say_sum(&result.sharers, &text);
	assert_string_equal(text.data, "Found in 1 process at 1 address: 512 subpages mapped, "
				       "512 by each PMD.\n"
				       "The mapcounts count 1024: 512 missing, up to 1 on a subpage.\n"
				       "1 process may not be looked into.\n");
	buf_fini(&text);
	done(fake, &result);
}

/* Which subpages, also where there is a hole among them. */
static void test_subpages(void **state)
{
	const struct sharers sharers = {.order = 9};
	static const struct {
		struct sharer sharer;
		const char *text;
	} rows[] = {
		{{.first = 0, .last = 511, .subpages = 512}, "512"},
		{{.first = 1, .last = 511, .subpages = 511}, "511 from 1 on"},
		{{.first = 1, .last = 511, .subpages = 510}, "510 of 1 to 511"},
		{{.first = 5, .last = 5, .subpages = 1}, "1 (no. 5)"},
	};
	struct buf text = {0};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&text);
		sharer_subpages(&sharers, &rows[i].sharer, &text);
		assert_string_equal(text.data, rows[i].text);
	}
	buf_fini(&text);
}

/* Without PAGEMAP_SCAN what a PMD could map is unknown; what it cannot map is not. Averages say nothing of missing. */
static void test_less_known(void **state)
{
	struct fake *fake = fake_new(9, 8192);
	uint64_t head = fake_folio(fake, 9, true);
	struct result result;

	(void)state;
	fake_pmd(fake, member(fake, 100, 90, 90), BASE, head);
	map_ptes(fake, member(fake, 101, 100, 90), FAR, head, 511);
	fake_settle(fake);
	fake->kernel.caps.mask &= ~(1u << CAP_PAGEMAP_SCAN);
	find(fake, 100, BASE, &result);
	assert_sharer(&result, 0, 100, BASE, "unknown", 0, 512);
	assert_sharer(&result, 1, 101, FAR, "pte", 0, 511);
	assert_all_found(&result, 1023);
	arena_fini(&result.arena);
	fake->averaged = true;
	find(fake, 100, BASE, &result);
	assert_int_equal(result.sharers.n, 2);
	assert_true(result.sharers.complete);
	assert_int_equal(result.sharers.counted, UNKNOWN_COUNT);
	assert_int_equal(result.sharers.missing, UNKNOWN_COUNT);
	assert_mapcount(&result, -1, -1, -1);
	done(fake, &result);
}

static void test_timeout(void **state)
{
	atomic_bool cancel = true;
	atomic_uint progress = 0;
	struct fake_process *other;
	struct fake *fake = two(&other);
	struct sharers_query query = {.pid = 100, .addr = BASE, .timeout_ns = 4000000, .progress = &progress};
	struct result result;

	(void)state;
	ticks = 0;
	act = NULL;
	assert_int_equal(look(fake, query, &result), 0);
	assert_string_equal(result.sharers.partial, "0.004 s were over");
	assert_false(result.sharers.complete);
	assert_int_equal(result.sharers.n, 1);
	assert_int_equal(result.sharers.missing, 512);
	assert_int_equal(atomic_load(&progress), 1000);
	arena_fini(&result.arena);
	query.timeout_ns = 0;
	query.cancel = &cancel;
	assert_int_equal(look(fake, query, &result), 0);
	assert_string_equal(result.sharers.partial, "it was cancelled");
	/* Who was named maps it for certain. */
	assert_int_equal(result.sharers.n, 1);
	assert_int_equal(result.sharers.items[0].pid, 100);
	arena_fini(&result.arena);
	query.timeout_ns = 1;
	query.cancel = NULL;
	assert_int_equal(look(fake, query, &result), 0);
	assert_int_equal(result.sharers.n, 1);
	assert_int_equal(result.sharers.items[0].subpages, 512);
	done(fake, &result);
}

static struct fake *world;
static struct fake_process *target;

/* A process is born that maps the folio, and the counts say so. */
static void bear(void)
{
	fake_pmd(world, member(world, 102, 100, 90), BASE, 512);
	fake_settle(world);
}

/* The asker's page is given to another folio. */
static void replace(void)
{
	size_t i;

	for (i = 0; i < target->n_entries; i++)
		target->entries[i].word += 512;
}

static void leave(void)
{
	target->n_entries = 0;
}

static void test_moving(void **state)
{
	const struct sharers_query query = {.pid = 100, .addr = BASE, .timeout_ns = UINT64_MAX / 2};
	struct result result;
	uint64_t all;

	(void)state;
	world = two(&target);
	find(world, 100, BASE, &result);
	all = ticks;
	done(world, &result);
	for (act_at = 1; act_at <= all; act_at++) {
		world = two(&target);
		act = bear;
		ticks = 0;
		assert_int_equal(look(world, query, &result), 0);
		/* Born in time it is found; born when all was found and counted, it is not counted either. */
		assert_all_found(&result, result.sharers.n == 3 ? 1536 : 1024);
		done(world, &result);
	}
	for (act_at = 1; act_at <= all; act_at++) {
		world = two(&target);
		act = leave;
		ticks = 0;
		assert_int_equal(look(world, query, &result), 0);
		/* (The made-up kernel counts on.) */
		assert_int_equal(result.sharers.found + result.sharers.missing, 1024);
		done(world, &result);
	}
	/* (The last look at the clock is when all is done.) */
	for (act_at = 1; act_at < all; act_at++) {
		world = two(&target);
		target = world->processes;
		assert_int_equal(fake_folio(world, 9, true), 1024);
		act = replace;
		ticks = 0;
		assert_int_equal(look(world, query, &result), 0);
		assert_null(result.sharers.changed);
		assert_int_equal(result.sharers.pfn, 1024);
		done(world, &result);
	}
}

static void refused(struct fake *fake, pid_t pid, uint64_t addr, int want, const char *says)
{
	const struct sharers_query query = {.pid = pid, .addr = addr};
	struct result result;

	ticks = 0;
	act = NULL;
	assert_int_equal(look(fake, query, &result), want);
	if (!strstr(result.error, says))
		fail_msg("'%s' does not say '%s'", result.error, says);
	arena_fini(&result.arena);
}

static void test_refusals(void **state)
{
	struct fake *fake = fake_new(9, 8192);
	struct fake_process *process = member(fake, 100, 90, 90);
	struct sharers_query query = {.pid = 100, .addr = BASE, .start_time = 8};
	uint64_t zero = fake_folio(fake, 9, false), hugetlb = fake_folio(fake, 9, false),
		 driver = fake_compound(fake, 4), i;
	struct result result;

	(void)state;
	fake_vma(process, FAR + 2 * SLOT, FAR + 3 * SLOT, "/memfd:data (deleted)");
	fake_huge_zero(fake, process, FAR, zero);
	fake_pte(fake, process, BASE, driver);
	fake_pte(fake, process, BASE + FAKE_PAGE, hugetlb);
	for (i = 0; i < 512; i++)
		fake->frames[hugetlb + i].flags |= UINT64_C(1) << KPF_HUGE;
	fake_raw(fake, process, BASE + 2 * FAKE_PAGE, PM_SWAP | 3 | 99 << 5, SCAN_SWAPPED, false);
	fake_raw(fake, process, BASE + 3 * FAKE_PAGE, PM_SWAP | PM_GUARD_REGION, SCAN_SWAPPED, false);
	fake_raw(fake, process, BASE + 4 * FAKE_PAGE, PM_SWAP | 30 | 99 << 5, SCAN_SWAPPED, false);
	fake_settle(fake);
	refused(fake, 99, BASE, -ESRCH, "no process 99");
	refused(fake, 100, BASE - FAKE_PAGE, -EFAULT, "nothing is mapped at 0x7efffffff000");
	refused(fake, 100, FAR, -ENOTSUP, "zero page");
	refused(fake, 100, BASE, -ENOTSUP, "driver");
	refused(fake, 100, BASE + FAKE_PAGE, -ENOTSUP, "hugetlb");
	refused(fake, 100, BASE + 2 * FAKE_PAGE, -EFAULT, "swapped out");
	refused(fake, 100, BASE + 3 * FAKE_PAGE, -EFAULT, "guard");
	refused(fake, 100, BASE + 4 * FAKE_PAGE, -EFAULT, "on the move");
	refused(fake, 100, BASE + 5 * FAKE_PAGE, -EFAULT, "never touched");
	refused(fake, 100, FAR + 2 * SLOT, -EFAULT, "cannot be seen what the file holds");
	assert_int_equal(look(fake, query, &result), -ESRCH);
	arena_fini(&result.arena);
	process->maps_error = -EACCES;
	refused(fake, 100, BASE, -EACCES, "it belongs to another user");
	fake->kernel.traces_all = true; /* whose it is does not matter then */
	refused(fake, 100, BASE, -EACCES, "process 100: a security module");
	fake->kernel.caps.mask &= ~(1u << CAP_PFN);
	fake->kernel.caps.missing[CAP_PFN] = "only root may";
	refused(fake, 100, BASE, -EACCES, "only root may");
	fake_free(fake);
}

/* Sparse or dense, no scan covers more than its share, and what lies behind many ranges is found. */
static void test_slices(void **state)
{
	struct fake *fake = fake_new(9, 32768);
	uint64_t page = fake_folio(fake, 0, true), i;
	struct fake_process *one = member(fake, 100, 90, 90), *large = member(fake, 101, 100, 90);
	struct result result;

	(void)state;
	fake_vma(large, FAR + 4 * SLOT, FAR + (UINT64_C(4) << 30), "");
	map_ptes(fake, one, BASE, page, 1);
	for (i = 0; i < 5000; i++)
		fake_pte(fake, large, FAR + 4 * SLOT + 3 * i * FAKE_PAGE, fake_folio(fake, 0, true));
	map_ptes(fake, large, FAR + (UINT64_C(4) << 30) - FAKE_PAGE, page, 1);
	fake_settle(fake);
	find(fake, 100, BASE, &result);
	assert_sharer(&result, 1, 101, FAR + (UINT64_C(4) << 30) - FAKE_PAGE, "pte", 0, 1);
	assert_all_found(&result, 2);
	assert_true(fake->longest_scan <= UINT64_C(512) << 20);
	done(fake, &result);
}

/* Stretches of one folio, dealt out over processes and places; what they are is remembered. */
#define PROCESSES 4
#define PLACES 6

struct dealt {
	uint32_t first, n;
	uint64_t base;
};

/* Two folios share a slot where `skew` lets them; every place has room for one folio of 512 pages at any skew. */
static void deal(struct fake *fake, struct dice *dice, uint64_t head, uint32_t pages,
		 struct dealt dealt[PROCESSES][PLACES])
{
	struct fake_process *process;
	struct dealt *one;
	uint64_t place;
	int who, k;

	for (who = 0; who < PROCESSES; who++) {
		process = fake_process(fake, 100 + who);
		fake_vma(process, BASE, BASE + 2 * PLACES * SLOT, "");
		for (k = 0; k < PLACES; k++) {
			one = &dealt[who][k];
			place = BASE + 2 * (uint64_t)k * SLOT;
			one->base = place + (dice_roll(dice, 2) ? dice_roll(dice, 512) * FAKE_PAGE : 0);
			one->first = (uint32_t)dice_roll(dice, pages);
			one->n = (uint32_t)dice_roll(dice, pages - one->first) + 1;
			if (dice_roll(dice, 3) && (who || k))
				one->n = 0;
			else if (dice_roll(dice, 2) && one->base == place && pages == 512)
				*one = (struct dealt){0, 512, place};
			if (one->n == 512 && one->base == place && dice_roll(dice, 2))
				fake_pmd(fake, process, place, head);
			else if (one->n)
				map_ptes(fake, process, one->base + one->first * FAKE_PAGE, head + one->first,
					 one->n);
			if (dice_roll(dice, 2)) /* something else */
				fake_pte(fake, process, place + 2 * SLOT - FAKE_PAGE,
					 fake_folio(fake, 0, true));
		}
	}
	fake_settle(fake);
}

static void test_random(void **state)
{
	static const unsigned orders[] = {0, 2, 4, 9};
	struct dealt dealt[PROCESSES][PLACES];
	struct dice dice = {.seed = 4242};
	struct result result;
	unsigned round, order;
	size_t i, want;
	int who, k;

	(void)state;
	for (round = 0; round < 400; round++) {
		struct fake *fake = fake_new(9, 8192);
		int64_t sum = 0;

		order = orders[round % COUNT_OF(orders)];
		deal(fake, &dice, fake_folio(fake, order, true), 1u << order, dealt);
		if (round % 3 == 0)
			fake->kernel.caps.mask &= ~(1u << CAP_PAGEMAP_SCAN);
		find(fake, 100, dealt[0][0].base + dealt[0][0].first * FAKE_PAGE, &result);
		for (who = 0, i = 0, want = 0; who < PROCESSES; who++) {
			for (k = 0; k < PLACES; k++) {
				const struct dealt *one = &dealt[who][k];

				want += one->n != 0;
				sum += one->n;
			}
		}
		assert_all_found(&result, sum);
		assert_int_equal(result.sharers.n, want);
		/* All are of one rank but the asker: in the order in which they were dealt. */
		for (who = 0; who < PROCESSES; who++) {
			for (k = 0; k < PLACES; k++) {
				const struct dealt *one = &dealt[who][k];

				if (!one->n)
					continue;
				assert_sharer(&result, i, 100 + who, one->base + one->first * FAKE_PAGE,
					      sharer_how(&result.sharers.items[i]), one->first, one->n);
				i++;
			}
		}
		done(fake, &result);
	}
}

/* Whatever call fails, once or from then on, or tells less: an error with a sentence, or a sum that is right. */
static void fail_each(unsigned times, enum fault_kind kind, int err)
{
	const struct sharers_query query = {.pid = 100, .addr = BASE, .timeout_ns = UINT64_MAX};
	struct fault_plan plan = {.nth = UINT_MAX, .times = times, .kind = kind, .err = err};
	/* Maps that are cut between two lines cannot be told from fewer. */
	const bool hidden = err == -ESRCH || err == -ENOENT || kind == FAULT_CUT;
	struct fake_process *other = NULL;
	struct result result;
	struct kernel *kernel;
	unsigned calls = 0;

	act = NULL;
	/* The first time nothing fails, which tells how many calls there are. */
	for (plan.nth = UINT_MAX; plan.nth == UINT_MAX || plan.nth <= calls + 1;
	     plan.nth = plan.nth == UINT_MAX ? 1 : plan.nth + 1) {
		memset(&result, 0, sizeof(result));
		kernel = fault_kernel_wrap(&two(&other)->kernel, &plan);
		if (sharers_search(kernel, &query, now, &result.arena, &result.sharers, result.error,
				   sizeof(result.error))) {
			assert_string_not_equal(result.error, "");
		} else if (result.sharers.counted != UNKNOWN_COUNT) {
			assert_int_equal(result.sharers.found + result.sharers.missing,
					 result.sharers.counted + result.sharers.surplus);
			/* All are there: only who is said to be gone is done with. */
			assert_true(!result.sharers.complete || !result.sharers.missing ||
				    (hidden && result.sharers.looked == result.sharers.processes));
		}
		arena_fini(&result.arena);
		if (plan.nth == UINT_MAX)
			calls = fault_calls(kernel);
		kernel_close(kernel);
	}
	assert_true(calls > 20);
}

static void test_faults(void **state)
{
	static const int errors[] = {-ESRCH, -ENOENT, -EACCES, -EIO};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(errors); i++) {
		fail_each(1, FAULT_FAIL, errors[i]);
		fail_each(0, FAULT_FAIL, errors[i]);
	}
	fail_each(1, FAULT_CUT, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_family),	 cmocka_unit_test(test_enough),
		cmocka_unit_test(test_sizes),	 cmocka_unit_test(test_one_memory),
		cmocka_unit_test(test_file),	 cmocka_unit_test(test_denied),
		cmocka_unit_test(test_subpages), cmocka_unit_test(test_less_known),
		cmocka_unit_test(test_timeout),	 cmocka_unit_test(test_moving),
		cmocka_unit_test(test_refusals), cmocka_unit_test(test_slices),
		cmocka_unit_test(test_random),	 cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
