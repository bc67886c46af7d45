/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which events two moments and the records between them make: on moments and records made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "local/happened_parts.h"

#define PID 77
#define SLOT (UINT64_C(2) << 20)
#define BASE (UINT64_C(0x7f0000000000))
#define SLOTS 400
#define THEN_NS 1000
#define NOW_NS 2000
#define MM UINT64_C(0xffff888000001000)

/* A moment of one process with one VMA, whose slots are regions. */
struct made {
	struct moment moment;
	struct process process;
	struct vma vma;
	struct region regions[SLOTS];
};

static struct made then, now;
static struct change *changes;
static size_t n_changes;
static struct happened_events to;

static void make(struct made *made, uint64_t mono_ns)
{
	size_t i;

	memset(made, 0, sizeof(*made));
	made->moment = (struct moment){
		.mono_ns = mono_ns, .pmd_size = SLOT, .processes = &made->process, .n_processes = 1};
	made->vma = (struct vma){.start = BASE, .end = BASE + SLOTS * SLOT};
	made->process = (struct process){.pid = PID,
					 .start_time = 5,
					 .vmas = &made->vma,
					 .n_vmas = 1,
					 .regions = made->regions,
					 .n_regions = SLOTS};
	for (i = 0; i < SLOTS; i++)
		made->regions[i] = (struct region){.start = BASE + i * SLOT,
						   .len = SLOT,
						   .mapping = MAPPING_PMD,
						   .backing = BACKING_THP,
						   .how = HOW_PAGEMAP_SCAN,
						   .pfn = 0x1000 + 512 * i,
						   .order = 9,
						   .order_known = true};
}

static int setup(void **state)
{
	(void)state;
	make(&then, THEN_NS);
	make(&now, NOW_NS);
	to = (struct happened_events){.moment = &now.moment, .last = &then.moment};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(changes);
	changes = NULL;
	arena_fini(&now.moment.arena);
	return 0;
}

static void become(struct made *made, size_t slot, enum mapping mapping, enum backing backing)
{
	made->regions[slot].mapping = mapping;
	made->regions[slot].backing = backing;
	made->regions[slot].pfn = backing == BACKING_THP ? made->regions[slot].pfn : 0;
}

static void compare_told(const struct told *told, size_t n)
{
	free(changes);
	n_changes = happened_compare(&then.moment, &now.moment, told, n, &changes);
}

/* What comes of the records, too, with all of it. */
static void judge(struct trace_record *records, size_t n)
{
	struct heard heard[16];
	size_t i;

	for (i = 0; i < n; i++)
		heard[i] = (struct heard){&records[i], PID, false};
	compare_told(NULL, 0);
	happened_collapses(&to, heard, n, changes, n_changes);
	happened_mappings(&to, changes, n_changes);
	happened_deliver(&to);
}

static struct trace_record record(enum trace_kind kind, const char *status, uint64_t ns)
{
	struct trace_record made = {
		.kind = kind, .mono_ns = ns, .by = 9, .by_tid = 9, .mm = MM, .pfn = TRACE_NO_PFN};

	snprintf(made.by_comm, sizeof(made.by_comm), "khugepaged");
	snprintf(made.status, sizeof(made.status), "%s", status);
	return made;
}

static const struct event *only(void)
{
	assert_int_equal(now.moment.n_events, 1);
	return &now.moment.events[0];
}

static void test_nothing(void **state)
{
	(void)state;
	judge(NULL, 0);
	assert_int_equal(now.moment.n_events, 0);
	/* What is not known is no difference, nor is what small memory becomes. */
	teardown(NULL);
	setup(NULL);
	become(&now, 1, MAPPING_UNKNOWN, BACKING_UNKNOWN);
	become(&then, 2, MAPPING_PTE, BACKING_SMALL);
	become(&now, 2, MAPPING_PTE, BACKING_MTHP);
	judge(NULL, 0);
	assert_int_equal(now.moment.n_events, 0);
}

/* Another process, another program, an unchanged one: nothing can be compared. */
static void test_not_the_same(void **state)
{
	(void)state;
	become(&now, 3, MAPPING_PTE, BACKING_THP);
	now.process.start_time = 6;
	compare_told(NULL, 0);
	assert_int_equal(n_changes, 0);
	now.process.start_time = 5;
	now.vma.inode = 1;
	compare_told(NULL, 0);
	assert_int_equal(n_changes, 0);
	now.vma.inode = 0;
	now.process.same_since_ns = THEN_NS;
	compare_told(NULL, 0);
	assert_int_equal(n_changes, 0);
	now.process.same_since_ns = 0;
	compare_told(NULL, 0);
	assert_int_equal(n_changes, 1);
}

/* A PMD mapping that is gone is worth telling, small memory that is gone is not. */
static void test_vanished(void **state)
{
	(void)state;
	become(&then, SLOTS - 1, MAPPING_PTE, BACKING_THP);
	now.process.n_regions = SLOTS - 2;
	judge(NULL, 0);
	assert_int_equal(only()->addr, BASE + (SLOTS - 2) * SLOT);
	assert_false(only()->effects[0].has);
	assert_non_null(strstr(only()->why, "pmd -> none: its mapping is gone"));
}

/* What a trigger told is not told again, unless it is otherwise by now. */
static void test_told(void **state)
{
	struct told_region region = {.pid = PID,
				     .addr = BASE + 3 * SLOT,
				     .len = SLOT,
				     .seen = true,
				     .has = true,
				     .mapping = MAPPING_PTE,
				     .backing = BACKING_THP};
	const struct told told = {.regions = &region, .n = 1};

	(void)state;
	become(&now, 3, MAPPING_PTE, BACKING_THP);
	compare_told(&told, 1);
	assert_int_equal(n_changes, 0);
	become(&now, 3, MAPPING_PTE, BACKING_SMALL);
	compare_told(&told, 1);
	assert_int_equal(n_changes, 1);
	region.seen = false; /* how it was left is not known */
	compare_told(&told, 1);
	assert_int_equal(n_changes, 0);
	region.pid++;
	compare_told(&told, 1);
	assert_int_equal(n_changes, 1);
}

/* Partly unmapped, then split where it is; or with other frames behind it. */
static void test_split(void **state)
{
	(void)state;
	become(&then, 0, MAPPING_PTE, BACKING_THP_PARTIAL);
	become(&now, 0, MAPPING_PTE, BACKING_SMALL);
	then.regions[0].words = now.regions[0].words = 99;
	become(&then, 2, MAPPING_PTE, BACKING_THP_PARTIAL);
	become(&now, 2, MAPPING_PTE, BACKING_SMALL);
	now.regions[2].words = 98;
	become(&then, 4, MAPPING_PTE, BACKING_THP);
	become(&now, 4, MAPPING_PTE, BACKING_SMALL);
	now.regions[4].how = HOW_SMAPS; /* its words were not read */
	judge(NULL, 0);
	assert_int_equal(now.moment.n_events, 3);
	assert_non_null(
		strstr(now.moment.events[0].why, "split, and its pages stay in their frames, as memory"));
	assert_non_null(strstr(now.moment.events[1].why, "thp-partial -> small: other memory is behind it"));
	assert_non_null(strstr(now.moment.events[2].why, "split, or replaced"));
	assert_int_equal(now.moment.events[0].kind, EVENT_MAPPING);
	assert_false(now.moment.events[0].triggered);
}

/* Side by side and alike they are one event, whose effects are bounded and whose length is not. */
static void test_run(void **state)
{
	size_t i;

	(void)state;
	for (i = 10; i < 50; i++)
		become(&now, i, MAPPING_PTE, BACKING_THP);
	judge(NULL, 0);
	assert_int_equal(only()->addr, BASE + 10 * SLOT);
	assert_int_equal(only()->len, 40 * SLOT);
	assert_int_equal(only()->n_effects, HAPPENED_EFFECTS);
	assert_non_null(strstr(only()->why, "in 40 regions"));
}

/* More events than a moment has room for: the first of them, and how many there were beside. */
static void test_cap(void **state)
{
	const struct event *last = NULL;
	size_t i, told = 0;

	(void)state;
	for (i = 0; i < HAPPENED_MAX + 1; i++)
		happened_event(&to, EVENT_FORK, THEN_NS + HAPPENED_MAX - i, PID);
	happened_deliver(&to);
	assert_int_equal(now.moment.n_events, HAPPENED_MAX);
	for (i = 0; i < now.moment.n_events; i++) {
		const struct event *event = &now.moment.events[i];

		told += event->kind == EVENT_FORK;
		assert_true(!last || last->mono_ns <= event->mono_ns);
		last = event;
	}
	assert_int_equal(told, HAPPENED_MAX - 1);
	last = &now.moment.events[HAPPENED_MAX - 1];
	assert_int_equal(last->kind, EVENT_LOST);
	assert_int_equal(last->result, 2);
	assert_int_equal(now.moment.events[0].mono_ns, THEN_NS);
	/* As many as there is room for are all told; what the kernel lost is told beside. */
	to.moment = &now.moment;
	for (i = 0; i < HAPPENED_MAX; i++)
		happened_event(&to, EVENT_FORK, THEN_NS, PID);
	happened_deliver(&to);
	assert_int_equal(now.moment.n_events, HAPPENED_MAX);
	assert_int_equal(now.moment.events[HAPPENED_MAX - 1].kind, EVENT_FORK);
	to.moment = &now.moment;
	to.lost = 5;
	happened_deliver(&to);
	assert_int_equal(only()->kind, EVENT_LOST);
	assert_int_equal(only()->result, 5);
}

/* The try's verdict, and not the look's behind it; the region that became huge is its effect, and no event of its own. */
static void test_collapse(void **state)
{
	struct trace_record records[] = {record(TRACE_COLLAPSE, "succeeded", 1500),
					 record(TRACE_SCAN_PMD, "failed", 1501)};

	(void)state;
	become(&then, 7, MAPPING_PTE, BACKING_SMALL);
	judge(records, 2);
	assert_int_equal(only()->kind, EVENT_COLLAPSE);
	assert_string_equal(only()->verdict, "succeeded");
	assert_string_equal(only()->by, "khugepaged");
	assert_string_equal(only()->how, "");
	assert_int_equal(only()->addr, BASE + 7 * SLOT);
	assert_int_equal(only()->n_effects, 1);
}

/* Fewer successes than regions that became huge: which is whose is not known. */
static void test_unclear(void **state)
{
	struct trace_record tried = record(TRACE_COLLAPSE, "succeeded", 900);

	(void)state;
	become(&then, 7, MAPPING_PTE, BACKING_SMALL);
	become(&then, 9, MAPPING_PTE, BACKING_SMALL);
	judge(&tried, 1);
	assert_int_equal(now.moment.n_events, 3);
	assert_int_equal(now.moment.events[0].kind, EVENT_COLLAPSE);
	assert_int_equal(now.moment.events[0].len, 0);
	assert_int_equal(now.moment.events[1].kind, EVENT_MAPPING);
}

/* A success that came while the moment was made is left to the next one, which shows it. */
static void test_put_off(void **state)
{
	struct trace_record tried = record(TRACE_COLLAPSE, "succeeded", 1900);
	struct heard heard = {&tried, PID, false};

	(void)state;
	compare_told(NULL, 0);
	happened_collapses(&to, &heard, 1, changes, n_changes);
	assert_true(heard.keep);
	happened_deliver(&to);
	assert_int_equal(now.moment.n_events, 0);
}

/* Looks that came to nothing are one event for each verdict; at what is huge or empty there was nothing to do. */
static void test_looks(void **state)
{
	struct trace_record records[] = {record(TRACE_SCAN_PMD, "exceed_none_pte", 1500),
					 record(TRACE_SCAN_PMD, "exceed_none_pte", 1501),
					 record(TRACE_SCAN_PMD, "page_pmd_mapped", 1502),
					 record(TRACE_SCAN_PMD, "pmd_none", 1503),
					 record(TRACE_SCAN_PMD, "page_locked", 1504)};

	(void)state;
	records[4].pfn = 0x1000 + 512 * 5 + 3; /* of a folio that was there: that says where */
	judge(records, 5);
	assert_int_equal(now.moment.n_events, 2);
	assert_non_null(strstr(now.moment.events[0].why, "in 2 regions"));
	assert_int_equal(now.moment.events[0].len, 0);
	assert_int_equal(now.moment.events[1].addr, BASE + 5 * SLOT);
	assert_string_equal(now.moment.events[1].verdict, "page_locked");
}

#define A_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		A_TEST(test_nothing), A_TEST(test_not_the_same), A_TEST(test_vanished), A_TEST(test_told),
		A_TEST(test_split),   A_TEST(test_run),		 A_TEST(test_cap),	A_TEST(test_collapse),
		A_TEST(test_unclear), A_TEST(test_put_off),	 A_TEST(test_looks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
