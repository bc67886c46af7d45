/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captions: each kind of event, several processes, what is not known; two moments; tasks. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/caption.h"

#define SLOT UINT64_C(0x200000)
#define ADDR UINT64_C(0x7e0000000000)

static const struct caption_who who[] = {{1000, "main"}, {1001, "kid"}};
static const struct caption_cast cast = {who, 2};
static const struct caption_cast nobody = {NULL, 0};

/* A region of 512 pages of anonymous memory; counts as given, -1 not known. */
static struct region region(enum mapping mapping, enum backing backing, uint64_t pfn, int64_t exclusive)
{
	struct region made = {.start = ADDR,
			      .len = SLOT,
			      .pfn = pfn,
			      .mapping = mapping,
			      .backing = backing,
			      .present = 512,
			      .anon = 512,
			      .exclusive = exclusive,
			      .mapcount = {UNKNOWN_COUNT, UNKNOWN_COUNT, UNKNOWN_COUNT},
			      .team_usage = UNKNOWN_COUNT,
			      .team_pmd_maps = UNKNOWN_COUNT};

	if (backing == BACKING_THP) {
		made.thp = pfn;
		made.order = 9;
		made.order_known = made.orders_known = true;
		made.orders[9] = 512;
	}
	return made;
}

static struct event_effect effect(pid_t pid, struct region before, struct region after)
{
	return (struct event_effect){
		.pid = pid, .addr = ADDR, .had = true, .has = true, .before = before, .after = after};
}

/* One huge page of which `small` pages were copied. */
static struct region broken(uint16_t small)
{
	struct region made = region(MAPPING_PTE, BACKING_MIXED, 0, small);

	made.thp = 0x1000;
	made.orders_known = true;
	made.orders[9] = (uint16_t)(512 - small);
	made.orders[0] = small;
	return made;
}

static struct occurrence event(enum event_kind kind, pid_t pid)
{
	return (struct occurrence){.event = {.kind = kind,
					     .pid = pid,
					     .addr = ADDR,
					     .len = SLOT,
					     .by = "",
					     .how = "",
					     .result = UNKNOWN_COUNT,
					     .verdict = "",
					     .why = ""}};
}

static void with(struct occurrence *happened, const struct event_effect *effects, size_t n)
{
	happened->event.effects = effects;
	happened->event.n_effects = n;
}

static void says_of(const struct caption_cast *of, const struct occurrence *happened, const char *text)
{
	struct buf said = {0};

	caption_event(of, happened, &said);
	assert_string_equal(said.data, text);
	buf_fini(&said);
}

static void says(const struct occurrence *happened, const char *text)
{
	says_of(&cast, happened, text);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(caption_name("specimen"), "main");
	assert_string_equal(caption_name("specimen:kid"), "kid");
	assert_null(caption_name("specimens"));
	assert_null(caption_name("specimen:"));
	assert_null(caption_name("bash"));
}

static void test_cow(void **state)
{
	const struct region huge = region(MAPPING_PMD, BACKING_THP, 0x1000, 0);
	struct event_effect effects[] = {effect(1001, huge, broken(1)), effect(1000, huge, huge)};
	struct occurrence happened = event(EVENT_COW, 1001);

	(void)state;
	with(&happened, effects, 2);
	says(&happened, "kid wrote: its PMD was split, one page was copied, 511 are still shared. main still "
			"maps that memory by PMD.");
	says_of(&nobody, &happened,
		"process 1001 wrote: its PMD was split, one page was copied, 511 are still shared. process "
		"1000 still maps that memory by PMD.");
	/* Where frames are not shown: no number of pages. */
	effects[0].before.pfn = effects[0].before.thp = effects[0].after.thp = 0;
	effects[0].before.exclusive = effects[0].after.exclusive = UNKNOWN_COUNT;
	with(&happened, effects, 1);
	says(&happened, "kid wrote: its PMD was split.");
	/* As before 5.8: all of it. */
	effects[0] = effect(1001, huge, region(MAPPING_PMD, BACKING_THP, 0x2000, 512));
	says(&happened, "kid wrote: the whole huge page was copied, all 512 pages of it.");
	/* Reuse, and why. */
	effects[0] = effect(1001, huge, huge);
	effects[0].before.mapcount.highest = 1;
	says(&happened, "kid wrote: written in place, nothing was copied: nobody else maps it.");
	effects[0].before.mapcount.highest = 2;
	says(&happened, "kid wrote: written in place, nothing was copied.");
	/* Small pages; the last one that was shared. */
	effects[0] = effect(1001, region(MAPPING_PTE, BACKING_SMALL, 0, 509),
			    region(MAPPING_PTE, BACKING_SMALL, 0, 511));
	says(&happened, "kid wrote: 2 pages were copied, 1 is still shared.");
	effects[0].after.exclusive = 512;
	says(&happened, "kid wrote: 3 pages were copied, none is shared any more.");
	/* A private mapping of a file: who shares its pages is not what the count of exclusive ones says. */
	effects[0] = effect(1001, region(MAPPING_PMD, BACKING_TEAM, 0x1000, 0),
			    region(MAPPING_PTE, BACKING_MIXED, 0, 255));
	effects[0].before.file = 512;
	effects[0].before.anon = 0;
	effects[0].after.file = 511;
	effects[0].after.anon = 1;
	says(&happened, "kid wrote: its PMD was split, one page was copied.");
	effects[0] = effect(1001, region(MAPPING_PTE, BACKING_SMALL, 0, 509),
			    region(MAPPING_PTE, BACKING_SMALL, 0, 512));
	/* Nothing is seen of it: what whoever wrote found out. */
	effects[0].after.exclusive = effects[0].before.exclusive = UNKNOWN_COUNT;
	happened.event.why = "the page stayed where it was";
	says(&happened, "kid wrote: the page stayed where it was.");
}

static void test_collapse(void **state)
{
	struct event_effect effects[4] = {effect(1000, region(MAPPING_PTE, BACKING_SMALL, 0, 512),
						 region(MAPPING_PMD, BACKING_THP, 0x1000, 512))};
	struct occurrence happened = event(EVENT_COLLAPSE, 1000);

	(void)state;
	with(&happened, effects, 1);
	happened.event.by = "khugepaged";
	happened.event.verdict = "succeeded";
	says(&happened, "khugepaged collapsed a region of main: 512 pages were copied into a huge page, "
			"which one PMD entry maps.");
	happened.event.triggered = true;
	happened.event.by = "thpscope";
	says(&happened, "The kernel collapsed a region of main: 512 pages were copied into a huge page, "
			"which one PMD entry maps.");
	effects[0].before = region(MAPPING_PTE, BACKING_THP, 0x1000, 512);
	says(&happened, "The kernel collapsed a region of main: the huge page was there already; the ptes "
			"gave way to one PMD entry, nothing was copied.");
	effects[0].before.pfn = 0x3000; /* of anonymous memory the kernel takes a new one all the same */
	says(&happened,
	     "The kernel collapsed a region of main: 512 pages were copied from one huge page into "
	     "another, which one PMD entry maps.");
	effects[0].before = region(MAPPING_PTE, BACKING_TEAM, 0x1000, 512);
	effects[0].after = region(MAPPING_PMD, BACKING_TEAM, 0x1000, 512);
	says(&happened,
	     "The kernel collapsed a region of main: the ptes gave way to one PMD entry, and no page moved.");
	/* What memory it was is not known: nothing is said of copies. */
	effects[0].before.backing = effects[0].after.backing = BACKING_UNKNOWN;
	says(&happened, "The kernel collapsed a region of main: the mapping is one PMD entry now.");
	effects[0].before.mapping = MAPPING_PMD;
	says(&happened, "Nothing changed: a region of main was mapped by PMD already.");
	/* Nothing at all is known of what came of it. */
	with(&happened, NULL, 0);
	happened.event.pid = 0;
	says(&happened, "The kernel collapsed a region.");
	/* Others have lost their page tables; more than two are counted. */
	happened.event.pid = 1000;
	effects[0] = effect(1000, region(MAPPING_PTE, BACKING_SMALL, 0, 512),
			    region(MAPPING_PMD, BACKING_THP, 0x1000, 512));
	effects[1] = effect(1001, region(MAPPING_PTE, BACKING_SMALL, 0, 512),
			    region(MAPPING_NONE, BACKING_NONE, 0, 0));
	effects[1].before.file = 512;
	effects[2] = effects[3] = effects[1];
	effects[2].pid = 1002;
	effects[2].has = false;
	with(&happened, effects, 4);
	says(&happened, "The kernel collapsed a region of main: 512 pages were copied into a huge page, "
			"which one PMD entry maps. In a region of kid, nothing is mapped any more; the next "
			"access maps the file again. In a region of process 1002, nothing is mapped any "
			"more; the next access maps the file again. 1 more process maps that memory, too.");
}

static void test_refused(void **state)
{
	struct event_effect effects[] = {effect(1000, region(MAPPING_PTE, BACKING_SMALL, 0, 512),
						region(MAPPING_PTE, BACKING_SMALL, 0, 512))};
	struct occurrence happened = event(EVENT_COLLAPSE, 1000);

	(void)state;
	with(&happened, effects, 1);
	happened.event.by = "khugepaged";
	happened.event.verdict = "lack_referenced_page";
	says(&happened, "khugepaged did not collapse a region of main: its pages were not used lately.");
	happened.event.triggered = true;
	happened.event.verdict = "";
	happened.event.error = EAGAIN;
	says(&happened, "The kernel did not collapse a region of main: Resource temporarily unavailable.");
	happened.error = -EPERM;
	snprintf(happened.reason, sizeof(happened.reason), "it belongs to somebody else");
	says(&happened, "The kernel did not collapse a region of main: it belongs to somebody else.");
	happened.error = -EIO;
	says(&happened,
	     "The attempt to collapse a region of main was broken off; what was done is not known.");
	happened = event(EVENT_FORK, 1000);
	happened.event.error = ENOMEM;
	says(&happened, "The kernel did not fork for a region of main: Cannot allocate memory.");
}

static void test_split(void **state)
{
	struct event_effect effects[] = {effect(1000, region(MAPPING_PMD, BACKING_THP, 0x1000, 512),
						region(MAPPING_PTE, BACKING_THP, 0x1000, 512))};
	struct occurrence happened = event(EVENT_SPLIT, 1000);

	(void)state;
	with(&happened, effects, 1);
	says(&happened, "The mapping of a region of main: the PMD was split into 512 ptes, which map the "
			"same huge page: nothing was copied.");
	effects[0].after.present = 256;
	says(&happened, "The mapping of a region of main: the PMD was split into 256 ptes, which map the "
			"same huge page: nothing was copied, 256 pages less are mapped.");
	effects[0].after = region(MAPPING_PTE, BACKING_SMALL, 0, 512);
	says(&happened, "The mapping of a region of main: the PMD was split into 512 ptes, and the huge page "
			"into small pages.");
	effects[0].after = region(MAPPING_PTE, BACKING_THP, 0x1000, 512);
	effects[0].after.pfn = effects[0].after.thp = 0;
	says(&happened, "The mapping of a region of main: the PMD was split into 512 ptes.");
	effects[0].after = effects[0].before;
	happened.event.why = "the call did nothing";
	says(&happened, "The mapping of a region of main was not split: the call did nothing.");
	happened.event.kind = EVENT_SPLIT_FOLIO;
	effects[0].after = region(MAPPING_PTE, BACKING_SMALL, 0, 512);
	says(&happened, "The memory of a region of main: the huge page was "
			"split into small pages; each is memory of its own now.");
}

static void test_lives(void **state)
{
	struct event_effect effects[2] = {effect(1001, region(MAPPING_PMD, BACKING_THP, 0x1000, 512),
						 region(MAPPING_PTE, BACKING_THP, 0x1000, 512))};
	struct occurrence happened = event(EVENT_FORK, 1000);

	(void)state;
	happened.event.child = 1001;
	says(&happened, "main forked: kid is its child. Private memory that both map is copied when one of "
			"them writes to it.");
	happened = event(EVENT_EXEC, 1001);
	says(&happened, "kid became another program (exec): its memory is a new one.");
	happened = event(EVENT_EXIT, 1001);
	says(&happened, "kid ended: it maps nothing any more.");
	happened = event(EVENT_LOST, 0);
	says(&happened, "Things happened too fast to be told: some events are missing here.");
	happened = event(EVENT_MAPPING, 1001);
	with(&happened, effects, 1);
	says(&happened, "Nobody said who did it, in a region of kid: the PMD was split into 512 ptes, which "
			"map the same huge page: nothing was copied.");
}

/* Of several regions of the one process. */
static void test_several(void **state)
{
	struct event_effect effects[2] = {effect(1001, region(MAPPING_PTE, BACKING_THP_PARTIAL, 0, 256),
						 region(MAPPING_PTE, BACKING_SMALL, 0, 256))};
	struct occurrence happened = event(EVENT_MAPPING, 1001);

	(void)state;
	effects[1] = effects[0];
	with(&happened, effects, 2);
	says(&happened, "Nobody said who did it, in 2 regions of kid: the memory was part of a huge page and "
			"is small pages now.");
	happened.event.why = "thp-partial -> small in 2 regions: memory pressure";
	says(&happened, "thp-partial -> small in 2 regions: memory pressure.");
}

/* Two processes with a region each. */
static void world(struct moment *moment, struct process processes[2], struct region *main, struct region *kid)
{
	memset(moment, 0, sizeof(*moment));
	memset(processes, 0, 2 * sizeof(*processes));
	processes[0] = (struct process){.pid = 1000, .regions = main, .n_regions = 1};
	processes[1] = (struct process){.pid = 1001, .regions = kid, .n_regions = 1};
	moment->processes = processes;
	moment->n_processes = 2;
	moment->page_size = 4096;
	moment->pmd_size = SLOT;
}

static void changes(const struct moment *before, const struct moment *after, const struct action *did,
		    const char *text)
{
	struct buf said = {0};

	caption_change(&cast, before, after, did ? &did : NULL, did != NULL, &said);
	assert_string_equal(said.data ? said.data : "", text);
	buf_fini(&said);
}

static void test_change(void **state)
{
	const struct action write = {.kind = ACTION_WRITE, .target = {.process = "kid"}};
	struct region huge = region(MAPPING_PMD, BACKING_THP, 0x1000, 0), split = broken(1);
	struct region parent = huge, one = region(MAPPING_PMD, BACKING_THP, 0x1000, 512);
	struct process then[2], now[2];
	struct moment before, after;
	uint64_t addr;
	pid_t pid;

	(void)state;
	world(&before, then, &huge, &huge);
	world(&after, now, &huge, &huge);
	changes(&before, &after, &write, "kid wrote; how its regions are mapped did not change.");
	assert_false(caption_place(&cast, &before, &after, &write, &pid, &addr));
	now[0].regions = &parent;
	now[1].regions = &split;
	changes(&before, &after, &write,
		"kid wrote: its PMD was split, one page was copied, 511 are still shared.");
	changes(&before, &after, NULL,
		"In a region of kid, the PMD was split into 512 ptes, one page is another one now.");
	assert_true(caption_place(&cast, &before, &after, &write, &pid, &addr));
	assert_int_equal(pid, 1001);
	assert_int_equal(addr, ADDR);
	now[0].regions[0].mapcount = (struct mapcount){1, 2, 512};
	changes(&before, &after, &write,
		"kid wrote: its PMD was split, one page was copied, 511 are still shared. In a region of "
		"main, the mapping is still by PMD.");
	/* Another region of the writer's own, of which no more than its counts changed, was not written. */
	now[1].regions = &parent;
	parent.exclusive = 1;
	changes(&before, &after, &write,
		"kid wrote: the mapping is still by PMD. In a region of main, the mapping is still by PMD.");
	parent.exclusive = 0;
	now[1].regions = &split;
	/* A fork and an end; the parent's counts. */
	one.mapcount = (struct mapcount){1, 1, 1};
	huge.mapcount = (struct mapcount){2, 2, 2};
	then[0].regions = &one;
	now[0].regions = now[1].regions = &huge;
	before.n_processes = 1;
	changes(&before, &after, NULL,
		"In a region of main, the mapcount went from 1 to 2. kid is new: in whole regions it maps "
		"512 pages, all of them shared, 1 region by PMD.");
	changes(&after, &before, NULL,
		"kid ended: it maps nothing any more. In a region of main, the mapcount went from 2 to 1.");
	/* Another process with the number of one that has ended. */
	before.n_processes = 2;
	then[0].regions = &huge;
	then[1].start_time = 1;
	now[1].start_time = 2;
	changes(&before, &after, NULL,
		"kid ended: it maps nothing any more. kid is new: in whole regions it maps 512 pages, all of "
		"them shared, 1 region by PMD.");
	then[0].regions = &one;
	now[1].outcome = OUTCOME_DENIED;
	changes(&before, &after, NULL, "In a region of main, the mapcount went from 1 to 2.");
}

/* Where ptes went the map is the same with and without an empty table. */
static void test_tables(void **state)
{
	struct region ptes = region(MAPPING_PTE, BACKING_SMALL, 0, 512),
		      none = region(MAPPING_NONE, BACKING_NONE, 0, 0);
	struct process then[2], now[2];
	struct moment before, after;

	(void)state;
	world(&before, then, &ptes, &ptes);
	world(&after, now, &none, &none);
	then[0].page_tables_kb = then[1].page_tables_kb = now[1].page_tables_kb = 4;
	changes(&before, &after, NULL,
		"In a region of main, nothing is mapped any more; no page table is left (VmPTE 0). In a "
		"region of kid, nothing is mapped any more; page tables take as much as before (VmPTE 4 "
		"KiB).");
	now[0].page_tables_kb = UNKNOWN_COUNT;
	then[1].page_tables_kb = 12;
	changes(&before, &after, NULL,
		"In a region of main, nothing is mapped any more. In a region of kid, nothing is mapped any "
		"more; page tables take 4 KiB, and took 12 (VmPTE).");
}

/* What fragments do is not told; regions alike are counted; what is too much is counted. */
static void test_many(void **state)
{
	const struct action write = {.kind = ACTION_WRITE, .target = {.process = "main"}};
	struct region then_regions[6], now_regions[6];
	struct process then[2], now[2];
	struct moment before, after;

	(void)state;
	world(&before, then, then_regions, NULL);
	world(&after, now, now_regions, NULL);
	before.n_processes = after.n_processes = 1;
	then[0].n_regions = now[0].n_regions = 6;
	for (size_t at = 0; at < 6; at++) {
		then_regions[at] = region(MAPPING_PMD, BACKING_THP, 0x1000, 512);
		now_regions[at] = region(MAPPING_PTE, BACKING_THP, 0x1000, 512);
		then_regions[at].start = now_regions[at].start = ADDR + at * SLOT;
	}
	now_regions[3] = region(MAPPING_NONE, BACKING_NONE, 0, 0);
	now_regions[4] = region(MAPPING_PMD, BACKING_THP, 0x2000, 512);
	now_regions[5].len = then_regions[5].len = 4096;
	now_regions[3].start = then_regions[3].start;
	now_regions[4].start = then_regions[4].start;
	changes(&before, &after, NULL,
		"In 3 regions of main, the PMD was split into 512 ptes, which map the same huge page: "
		"nothing was copied; in another one, the PMD entry is gone, and nothing is mapped any more; "
		"1 more region changed.");
	/* Of a model fragments are told of, too; elsewhere nothing is said of them, and never that nothing changed. */
	then[0].regions = &then_regions[5];
	now[0].regions = &now_regions[5];
	then[0].n_regions = now[0].n_regions = 1;
	changes(&before, &after, &write, "");
	after.caps.mask = UINT32_C(1) << CAP_TASKS;
	then_regions[5] = now_regions[5];
	now_regions[5].present = 20;
	then_regions[5].present = 1;
	changes(&before, &after, NULL, "In a region of main, 19 pages more are mapped.");
}

static struct task task(const char *name, const char *step)
{
	return (struct task){.name = name,
			     .what = "",
			     .function = "",
			     .step = step,
			     .waits = "",
			     .holder = "",
			     .verdict = ""};
}

static void test_tasks(void **state)
{
	static const char *const lock[] = {"kid's mmap_lock for writing"}, *const page[] = {
										   "page 0x8's lock"};
	struct task then[2] = {task("fold", "mmap_write_lock"), task("look", "pmd_none")};
	struct task now[2];
	struct moment before = {.tasks = then, .n_tasks = 2}, after = {.tasks = now, .n_tasks = 2};

	(void)state;
	memcpy(now, then, sizeof(now));
	changes(&before, &after, NULL, "");
	now[0].holds = lock;
	now[0].n_holds = 1;
	now[0].step = "pmdp_collapse_flush";
	changes(&before, &after, NULL, "fold has taken kid's mmap_lock for writing.");
	now[1].state = TASK_WAITING;
	now[1].waits = lock[0];
	now[1].holder = "fold";
	changes(&before, &after, NULL,
		"fold has taken kid's mmap_lock for writing. look waits for kid's mmap_lock for writing, "
		"which fold has.");
	then[1].holds = page;
	then[1].n_holds = 1;
	then[0] = now[0];
	now[0] = task("fold", "");
	now[0].state = TASK_DONE;
	now[0].error = -EAGAIN;
	now[0].verdict = "page_locked";
	now[1] = task("look", "pte_none");
	changes(&before, &after, NULL,
		"fold ended with EAGAIN: a page was locked: it may work later. look has given up page 0x8's "
		"lock.");
	before.n_tasks = 1;
	then[0] = now[0];
	changes(&before, &after, NULL, "look begins with pte_none.");
}

static void test_ring(void **state)
{
	struct task tasks[4] = {task("a", ""), task("b", ""), task("c", ""), task("d", "")};
	size_t ring[4];

	(void)state;
	assert_int_equal(task_ring(tasks, 0, ring), 0);
	assert_int_equal(task_ring(tasks, 4, ring), 0);
	for (size_t at = 0; at < 4; at++)
		tasks[at].state = TASK_WAITING;
	tasks[0].holder = "b"; /* outside of the circle, and waits for one in it */
	tasks[1].holder = "d";
	tasks[2].holder = "nobody here";
	tasks[3].holder = "b";
	assert_int_equal(task_ring(tasks, 4, ring), 2);
	assert_int_equal(ring[0], 1);
	assert_int_equal(ring[1], 3);
	tasks[3].state = TASK_READY; /* it can go on, and what it waited for is of the past */
	assert_int_equal(task_ring(tasks, 4, ring), 0);
	tasks[2].holder = "c";
	assert_int_equal(task_ring(tasks, 4, ring), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),	 cmocka_unit_test(test_cow),
		cmocka_unit_test(test_collapse), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_split),	 cmocka_unit_test(test_lives),
		cmocka_unit_test(test_several),	 cmocka_unit_test(test_change),
		cmocka_unit_test(test_tables),	 cmocka_unit_test(test_many),
		cmocka_unit_test(test_tasks),	 cmocka_unit_test(test_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
