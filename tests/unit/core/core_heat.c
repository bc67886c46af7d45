/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which regions are used most, over a made-up kernel whose pages are used as told. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/heat.h"
#include "core/heat_parts.h"
#include "core_test.h"
#include "fake_kernel.h"

#define SLOT (UINT64_C(1) << 21)
#define BASE UINT64_C(0x7f0000000000)
#define PAGES 512
#define BIT(n) (UINT64_C(1) << (n))
#define KPF_REFERENCED 2
#define KPF_ACTIVE 6
#define KPF_IDLE 25

/* Slots of the process, in order; five of them are ranked. */
enum { ALL, HALF, NOBODY, OFF_LRU, THP_BY_PTE, HUGE, SLOTS };

static struct fake *fake;
static struct fake_process *process;
static uint64_t first[SLOTS]; /* PFN of its first page */
static struct kernel_ops ops;
static uint64_t clock_ns;
static void (*in_window)(void);
static atomic_bool cancel;
static unsigned marked;

/* As mm/page_idle.c: heads on an LRU list alone; nobody is asked twice. */
static bool takes(uint64_t pfn)
{
	return pfn < fake->n_frames && fake->frames[pfn].flags & BIT(KPF_LRU) &&
	       !(fake->frames[pfn].flags & BIT(KPF_TAIL));
}

static int idle_mark(struct kernel *kernel, uint64_t pfn, size_t n, const uint64_t *words)
{
	size_t i;

	(void)kernel;
	assert_int_equal(pfn % 64, 0);
	for (i = 0; i < n * 64; i++) {
		if (!(words[i / 64] >> i % 64 & 1))
			continue;
		marked++;
		if (takes(pfn + i))
			fake->frames[pfn + i].flags |= BIT(KPF_IDLE);
	}
	return 0;
}

static ssize_t idle(struct kernel *kernel, uint64_t pfn, size_t n, uint64_t *words)
{
	size_t i;

	(void)kernel;
	memset(words, 0, n * sizeof(*words));
	for (i = 0; i < n * 64; i++)
		if (takes(pfn + i) && fake->frames[pfn + i].flags & BIT(KPF_IDLE))
			words[i / 64] |= BIT(i % 64);
	return (ssize_t)n;
}

static int idle_error;
static size_t usual_most;

static ssize_t refused_idle(struct kernel *kernel, uint64_t pfn, size_t n, uint64_t *words)
{
	(void)kernel;
	(void)pfn;
	(void)n;
	(void)words;
	return idle_error;
}

static uint64_t now(void)
{
	return clock_ns;
}

static void nap(uint64_t ns)
{
	clock_ns += ns;
	if (in_window)
		in_window();
	in_window = NULL;
}

static void use(uint64_t pfn, unsigned n)
{
	for (; n; n--)
		fake->frames[pfn++].flags &= ~BIT(KPF_IDLE);
}

static void use_some(void)
{
	use(first[ALL], PAGES);
	use(first[HALF] + 100, PAGES / 2);
	use(first[THP_BY_PTE], 1);
}

static int setup(void **state)
{
	unsigned slot, i;

	(void)state;
	fake = fake_new(9, 8 * PAGES);
	process = fake_process(fake, 42);
	fake_vma(process, BASE, BASE + SLOTS * SLOT, "");
	for (slot = 0; slot < SLOTS; slot++) {
		first[slot] =
			slot >= THP_BY_PTE ? fake_folio(fake, 9, true) : fake_folio_after(fake, 0, 0, true);
		if (slot == HUGE)
			fake_pmd(fake, process, BASE + slot * SLOT, first[slot]);
		for (i = 0; slot != HUGE && i < PAGES; i++)
			fake_pte(fake, process, BASE + slot * SLOT + i * FAKE_PAGE,
				 slot == THP_BY_PTE || !i ? first[slot] + i : fake_folio(fake, 0, true));
	}
	for (i = 0; i < PAGES; i++)
		fake->frames[first[OFF_LRU] + i].flags &= ~BIT(KPF_LRU);
	fake_settle(fake);
	ops = *fake->kernel.ops;
	idle_error = -ENOENT;
	ops.idle_mark = idle_mark;
	ops.idle = idle;
	fake->kernel.ops = &ops;
	in_window = use_some;
	marked = 0;
	cancel = false;
	usual_most = heat_frames_most;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	heat_frames_most = usual_most;
	fake_free(fake);
	return 0;
}

static const struct heat_clock ticks = {now, nap};
static struct arena arena;
static struct heat heat;
static char error[256];

static int measure(struct heat_query query)
{
	arena_reset(&arena);
	query.pid = query.pid ? query.pid : 42;
	query.cancel = &cancel;
	return heat_measure(&fake->kernel, &query, &ticks, &arena, &heat, error, sizeof(error));
}

static void assert_region(size_t rank, unsigned slot, uint32_t used, uint32_t of, uint32_t pages)
{
	const struct heat_region *region = &heat.items[heat.ranked[rank]];

	assert_int_equal(region->start, BASE + slot * SLOT);
	assert_int_equal(region->used, used);
	assert_int_equal(region->of, of);
	assert_int_equal(region->pages, pages);
}

/* Small pages each for themselves, a folio as one, what is on no list not at all, what is huge never. */
static void test_idle(void **state)
{
	struct buf text = {0};

	(void)state;
	assert_int_equal(measure((struct heat_query){.window_ns = 50000000}), 0);
	assert_int_equal(heat.by, HEAT_IDLE);
	assert_int_equal(heat.window_ns, 50000000);
	assert_null(heat.missing);
	assert_int_equal(heat.n, 5);
	assert_int_equal(heat.known, 4);
	assert_region(0, ALL, PAGES, PAGES, PAGES);
	assert_region(1, THP_BY_PTE, 1, 1, PAGES);
	assert_region(2, HALF, PAGES / 2, PAGES, PAGES);
	assert_region(3, NOBODY, 0, PAGES, PAGES);
	assert_region(4, OFF_LRU, 0, 0, 0);
	assert_int_equal(marked, 4 * PAGES + 1);
	assert_int_equal(heat_rank_of(&heat, heat_at(&heat, BASE + HALF * SLOT)), 3);
	assert_int_equal(heat_rank_of(&heat, heat_at(&heat, BASE + OFF_LRU * SLOT)), 0);
	assert_null(heat_at(&heat, BASE + HUGE * SLOT));
	heat_say_way(&heat, &text);
	assert_string_equal(text.data, "by idle page tracking, used at least once in 0.1 s");
	buf_clear(&text);
	heat_say_used(&heat, heat_at(&heat, BASE + THP_BY_PTE * SLOT), &text);
	assert_string_equal(text.data, "1 of 1 folio (512 pages)");
	buf_clear(&text);
	heat_say_used(&heat, heat_at(&heat, BASE + OFF_LRU * SLOT), &text);
	assert_string_equal(text.data, "unknown");
	buf_fini(&text);
}

/* A range has the slots that it touches, and nothing else is marked. */
static void test_range(void **state)
{
	(void)state;
	assert_int_equal(measure((struct heat_query){.from = BASE + HALF * SLOT, .to = BASE + NOBODY * SLOT}),
			 0);
	assert_int_equal(heat.window_ns, HEAT_WINDOW_NS);
	assert_int_equal(heat.n, 1);
	assert_region(0, HALF, PAGES / 2, PAGES, PAGES);
	assert_int_equal(marked, PAGES);
	assert_int_equal(measure((struct heat_query){.from = BASE + HUGE * SLOT, .to = BASE + SLOTS * SLOT}),
			 0);
	assert_int_equal(heat.n, 0);
	assert_int_equal(heat.by, HEAT_BY_ANY);
	assert_null(heat.missing);
}

static void move_away(void)
{
	size_t i;

	use_some();
	for (i = 0; i < process->n_entries; i++)
		if (process->entries[i].vpn == BASE / FAKE_PAGE)
			process->entries[i].word += 1;
		else if (process->entries[i].vpn == BASE / FAKE_PAGE + 1)
			process->entries[i].word = 0;
	/* Isolated: still marked, and nobody looked for its accessed bits. */
	fake->frames[first[NOBODY] + 7].flags &= ~BIT(KPF_LRU);
}

/* Of another frame than was marked, and of one that was off its list just then, nothing is said. */
static void test_moved(void **state)
{
	(void)state;
	in_window = move_away;
	assert_int_equal(measure((struct heat_query){.by = HEAT_IDLE}), 0);
	assert_region(1, ALL, PAGES - 2, PAGES - 2, PAGES - 2);
	assert_region(3, NOBODY, 0, PAGES - 1, PAGES - 1);
}

static void stop(void)
{
	cancel = true;
}

static void test_ends(void **state)
{
	(void)state;
	in_window = stop;
	assert_int_equal(measure((struct heat_query){.window_ns = 1}), -ECANCELED);
	assert_non_null(strstr(error, "stopped"));
	cancel = false;
	assert_int_equal(measure((struct heat_query){.pid = 43}), -ESRCH);
	assert_int_equal(measure((struct heat_query){.start_time = 12345678}), -ESRCH);
	assert_non_null(strstr(error, "has exited"));
	assert_int_equal(measure((struct heat_query){.by = HEAT_ENTRIES}), -ENOTSUP);
	assert_non_null(strstr(error, "entries does not tell here"));
	ops.idle = refused_idle;
	assert_int_equal(measure((struct heat_query){.by = HEAT_IDLE}), -ENOTSUP);
	assert_non_null(strstr(error, "CONFIG_IDLE_PAGE_TRACKING"));
	fake->kernel.caps.mask &= ~(1u << CAP_PFN);
	fake->kernel.caps.missing[CAP_PFN] = "the house is locked";
	assert_int_equal(measure((struct heat_query){.by = HEAT_LRU}), -ENOTSUP);
	assert_non_null(strstr(error, "lru does not tell here how much memory is used: the house is locked"));
}

/* A way that is there for others says what keeps it from us, and not that the kernel was built without. */
static void test_forbidden(void **state)
{
	static const struct {
		int err;
		const char *why;
	} rows[] = {{-EACCES, "root alone"},
		    {-EROFS, "mounted read-only"},
		    {-ENOENT, "CONFIG_IDLE_PAGE_TRACKING"},
		    {-EIO, "page_idle/bitmap) cannot be read"}};
	size_t i;

	(void)state;
	ops.idle = refused_idle;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		idle_error = rows[i].err;
		assert_int_equal(measure((struct heat_query){.by = HEAT_IDLE}), -ENOTSUP);
		if (!strstr(error, rows[i].why))
			fail_msg("%d: %s", rows[i].err, error);
	}
}

/* Of more small pages than are noted one by one, some of each region are asked; a folio stays one. */
static void test_many(void **state)
{
	(void)state;
	heat_frames_most = PAGES;
	assert_int_equal(measure((struct heat_query){.by = HEAT_IDLE}), 0);
	assert_int_equal(heat.known, 4);
	assert_region(0, THP_BY_PTE, 1, 1, PAGES);
	assert_region(1, ALL, 103, 103, 103);
	assert_int_equal(heat.items[heat.ranked[2]].start, BASE + HALF * SLOT);
	assert_in_range(heat.items[heat.ranked[2]].used, 50, 52);
	assert_region(3, NOBODY, 0, 102, 102);
	assert_in_range(marked, 1, PAGES);
	/* However many there are: some of each. */
	in_window = use_some;
	heat_frames_most = 1;
	assert_int_equal(measure((struct heat_query){.by = HEAT_IDLE}), 0);
	assert_region(1, ALL, 8, 8, 8);
	assert_region(3, NOBODY, 0, 8, 8);
}

static void word_of(unsigned slot, unsigned page, uint64_t bits)
{
	size_t i;

	for (i = 0; i < process->n_entries; i++)
		if (process->entries[i].vpn == (BASE + slot * SLOT) / FAKE_PAGE + page)
			process->entries[i].word |= bits;
}

/* Nothing is shown for used or unused by what says the same of everything. */
static void test_others(void **state)
{
	unsigned slot, page;

	(void)state;
	ops.idle = refused_idle;
	assert_int_equal(measure((struct heat_query){.pid = 42}), 0);
	assert_int_equal(heat.by, HEAT_SMAPS);
	assert_non_null(strstr(heat.missing, "idle: this kernel was built without"));
	assert_non_null(strstr(heat.missing, "lru: "));
	fake->frames[first[HALF] + 3].flags |= BIT(KPF_REFERENCED);
	fake->frames[first[HALF] + 4].flags |= BIT(KPF_ACTIVE);
	assert_int_equal(measure((struct heat_query){.pid = 42}), 0);
	assert_int_equal(heat.by, HEAT_LRU);
	assert_int_equal(heat.window_ns, 0);
	assert_region(0, HALF, 2, PAGES, PAGES);
	fake_text(fake, "sys/kernel/mm/lru_gen/enabled", "0x0006\n");
	assert_int_equal(measure((struct heat_query){.by = HEAT_LRU}), 0);
	fake_text(fake, "sys/kernel/mm/lru_gen/enabled", "0x0007\n");
	assert_int_equal(measure((struct heat_query){.by = HEAT_LRU}), -ENOTSUP);
	assert_non_null(strstr(error, "multi-gen LRU (lru_gen)"));
	fake_text_error(fake, "sys/kernel/mm/lru_gen/enabled", -EIO);
	assert_int_equal(measure((struct heat_query){.by = HEAT_LRU}), -ENOTSUP);
	assert_non_null(strstr(error, "could not be read"));
	word_of(THP_BY_PTE, 9, PM_SOFT_DIRTY);
	assert_int_equal(measure((struct heat_query){.pid = 42}), 0);
	assert_int_equal(heat.by, HEAT_SOFT_DIRTY);
	assert_region(0, THP_BY_PTE, 1, PAGES, PAGES);
	for (slot = 0; slot < HUGE; slot++)
		for (page = 0; page < PAGES; page++)
			word_of(slot, page, PM_SOFT_DIRTY);
	assert_int_equal(measure((struct heat_query){.by = HEAT_SOFT_DIRTY}), -ENOTSUP);
	assert_non_null(strstr(error, "nobody has cleared"));
}

static unsigned cleared;
static int clear_error;

static int clear_refs(struct kernel_process *of)
{
	(void)of;
	cleared += !clear_error;
	return clear_error;
}

/* smaps of the one area, of which so many pages are referenced. */
static void referenced(unsigned pages)
{
	struct buf text = {0};

	buf_printf(&text, "%llx-%llx rw-p 00000000 00:00 0\nRss: %u kB\nReferenced: %u kB\n",
		   (unsigned long long)BASE, (unsigned long long)(BASE + SLOTS * SLOT), SLOTS * PAGES * 4,
		   pages * 4);
	free(process->smaps);
	process->smaps = text.data;
}

static void reference_some(void)
{
	assert_int_equal(cleared, 1);
	referenced(17);
}

/* Bits are cleared where that was asked for, or the process is there for it, and before the window alone. */
static void test_cleared(void **state)
{
	struct buf text = {0};

	(void)state;
	ops.idle = refused_idle;
	referenced(SLOTS * PAGES);
	assert_int_equal(measure((struct heat_query){.by = HEAT_CLEARED}), -ENOTSUP);
	assert_non_null(strstr(error, "not of a recorded tree or a model"));
	ops.clear_refs = clear_refs;
	cleared = 0;
	assert_int_equal(measure((struct heat_query){.pid = 42}), 0);
	assert_int_equal(heat.by, HEAT_SMAPS);
	assert_null(strstr(heat.missing, "cleared: "));
	assert_int_equal(cleared, 0);
	in_window = reference_some;
	assert_int_equal(measure((struct heat_query){.by = HEAT_CLEARED, .window_ns = 50000000}), 0);
	assert_int_equal(heat.by, HEAT_CLEARED);
	assert_int_equal(heat.window_ns, 50000000);
	assert_int_equal(cleared, 1);
	assert_int_equal(heat.known, 5);
	assert_region(0, ALL, 17, SLOTS * PAGES, SLOTS * PAGES);
	heat_say_way(&heat, &text);
	assert_string_equal(text.data,
			    "by Referenced in smaps, used at least once in 0.1 s after they were cleared");
	assert_non_null(strstr(heat_doubt(&heat), "smaps cannot tell regions apart, and here"));
	cleared = 0;
	in_window = reference_some;
	assert_int_equal(measure((struct heat_query){.may_clear = true}), 0);
	assert_int_equal(heat.by, HEAT_CLEARED);
	clear_error = -EACCES;
	assert_int_equal(measure((struct heat_query){.by = HEAT_CLEARED}), -ENOTSUP);
	assert_non_null(strstr(error, "root's to clear"));
	assert_int_equal(measure((struct heat_query){.may_clear = true}), 0);
	assert_int_equal(heat.by, HEAT_SMAPS);
	assert_non_null(strstr(heat.missing, "cleared: the referenced bits of another user's process"));
	clear_error = 0;
	in_window = stop;
	assert_int_equal(measure((struct heat_query){.by = HEAT_CLEARED}), -ECANCELED);
	buf_fini(&text);
}

/* What userfaultfd watches is known, and of the rest nothing is. */
static void test_written(void **state)
{
	size_t i;

	(void)state;
	ops.idle = refused_idle;
	for (i = 0; i < process->n_entries; i++) {
		const uint64_t page = process->entries[i].vpn - BASE / FAKE_PAGE;

		if (page / PAGES == HALF || page / PAGES == NOBODY)
			process->entries[i].categories |= SCAN_WPALLOWED;
		process->entries[i].categories &= ~SCAN_WRITTEN;
		if (page / PAGES == ALL || (page / PAGES == HALF && page % 2))
			process->entries[i].categories |= SCAN_WRITTEN;
	}
	assert_int_equal(measure((struct heat_query){.pid = 42}), 0);
	assert_int_equal(heat.by, HEAT_WRITTEN);
	assert_int_equal(heat.known, 2);
	assert_region(0, HALF, PAGES / 2, PAGES, PAGES);
	assert_region(1, NOBODY, 0, PAGES, PAGES);
	assert_region(2, ALL, 0, 0, 0);
}

/* Areas of many terabytes, of which smaps tells shares, differ as others do. */
static void test_doubt(void **state)
{
	struct heat_region items[2] = {{.used = 1u << 31, .of = 1u << 31}, {.of = 1u << 31}};
	uint32_t ranked[2] = {0, 1};
	const struct heat large = {.items = items, .ranked = ranked, .n = 2, .known = 2};

	(void)state;
	assert_null(heat_doubt(&large));
	items[1].used = items[0].used - (1u << 26);
	assert_non_null(heat_doubt(&large));
	items[1].used = items[0].used - (1u << 27);
	assert_null(heat_doubt(&large));
}

static void test_names(void **state)
{
	unsigned by;

	(void)state;
	for (by = HEAT_IDLE; by < HEAT_BY_COUNT; by++) {
		assert_int_equal(heat_by_named(heat_by_name((enum heat_by)by)), by);
		assert_true(strlen(heat_limits((enum heat_by)by)) > 20);
	}
	assert_int_equal(heat_by_named("none"), HEAT_BY_COUNT);
	assert_int_equal(heat_by_named(""), HEAT_BY_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_idle, setup, teardown),
		cmocka_unit_test_setup_teardown(test_range, setup, teardown),
		cmocka_unit_test_setup_teardown(test_moved, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forbidden, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_others, setup, teardown),
		cmocka_unit_test_setup_teardown(test_written, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cleared, setup, teardown),
		cmocka_unit_test(test_doubt),
		cmocka_unit_test(test_names),
	};
	int failed = cmocka_run_group_tests_name("core_heat", tests, NULL, NULL);

	arena_fini(&arena);
	return failed;
}
