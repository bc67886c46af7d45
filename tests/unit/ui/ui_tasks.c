/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A model's tasks: their pane, their keys, and time. Golden texts as in ui_views.c. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "deeds.h"
#include "stage.h"

static const char *const held[] = {"kid's mmap_lock for reading", "kid's pmd lock of table 3"};

static const struct task collapse = {
	.name = "fold",
	.pid = 1001,
	.what = "collapse kid heap[0]",
	.function = "collapse_huge_page",
	.step = "down_write(mmap_sem)",
	.state = TASK_WAITING,
	.waits = "kid's mmap_lock for writing",
	.holder = "look",
	.verdict = "",
};
static const struct task look = {
	.name = "look",
	.pid = 1001,
	.what = "read kid heap[0]",
	.function = "do_huge_pmd_anonymous_page",
	.step = "pmd_none",
	.state = TASK_READY,
	.holds = held,
	.n_holds = 2,
	.waits = "",
	.holder = "",
	.verdict = "",
};
static const struct task begun = {
	.name = "write1",
	.what = "write main heap[0]+4096",
	.function = "",
	.step = "handle_mm_fault",
	.state = TASK_READY,
	.waits = "",
	.holder = "",
	.verdict = "",
};
static const struct task ended = {
	.name = "khugepaged-before",
	.what = "khugepaged kid",
	.function = "",
	.step = "",
	.state = TASK_DONE,
	.waits = "",
	.holder = "",
	.error = -EAGAIN,
	.verdict = "page_locked",
};

static struct moment *model(uint64_t step, uint64_t ahead, size_t n)
{
	static const struct task *const all[] = {&ended, &collapse, &look, &begun};
	struct moment *moment = world_demo(true);
	struct task *tasks = arena_alloc(&moment->arena, 32 * sizeof(*tasks));

	moment->source = "model:5.4";
	moment->caps.mask |= UINT32_C(1) << CAP_TASKS;
	moment->mono_ns = step;
	moment->ahead = ahead;
	moment->clock_ns = step * 1000000000;
	for (size_t at = 0; at < n; at++) {
		char *name = arena_alloc(&moment->arena, NAME_MAX_LEN + 1);

		tasks[at] = *all[at % 4];
		if (at < 4)
			snprintf(name, NAME_MAX_LEN + 1, "%s", tasks[at].name);
		else
			snprintf(name, NAME_MAX_LEN + 1, "%.20s%u", tasks[at].name, (unsigned)at / 4 % 10);
		tasks[at].name = name;
	}
	moment->tasks = tasks;
	moment->n_tasks = n;
	return moment;
}

static void open_screen(int size)
{
	stage_open("demo", &stage_sizes[size]);
	stage_take(model(512, 0, 0));
}

static void test_views(void **state)
{
	(void)state;
	EACH_SIZE
	{
		open_screen(size);
		world_golden(&cells, "tasks-none");
		stage_take(model(530, 12, 4));
		world_golden(&cells, "tasks-beside");
		press("a");
		world_golden(&cells, "tasks-begun");
		press("k");
		world_golden(&cells, "tasks-holds");
		press("k");
		world_golden(&cells, "tasks-waits");
		press("k");
		world_golden(&cells, "tasks-ended");
		stage_take(model(1234567, 0, 16));
		press("jjjjjjjj");
		world_golden(&cells, "tasks-many");
	}
}

/* A circle: each waits for what the other holds. */
static struct moment *deadlock(void)
{
	static const char *const page[] = {"page 0x8's lock", "S's i_mmap for writing"};
	static const char *const mmap[] = {"kid's mmap_lock for reading"};
	struct moment *moment = model(530, 0, 4);
	struct task *tasks = (struct task *)moment->tasks;

	tasks[1].holds = page;
	tasks[1].n_holds = 2;
	tasks[2].state = TASK_WAITING;
	tasks[2].holds = mmap;
	tasks[2].n_holds = 1;
	tasks[2].waits = page[0];
	tasks[2].holder = "fold";
	return moment;
}

static void test_deadlock(void **state)
{
	static const struct stage_size sizes[] = {{40, 12}, {80, 24}, {120, 36}, {250, 80}};

	(void)state;
	for (size_t size = 0; size < 4; close_screen(), size++) {
		stage_open("demo", &sizes[size]);
		stage_take(deadlock());
		press("a");
		world_golden(&cells, "tasks-deadlock");
		assert_true(shows("deadlock: fold"));
		press("az");
		world_golden(&cells, "tasks-deadlock-big");
		cells.ascii = cells.plain = true;
		press("a");
		world_golden(&cells, "tasks-deadlock-ascii");
		assert_true(size < 1 || shows("waits -> [page 0x8's lock] -> fold"));
	}
}

static unsigned times(const char *word)
{
	struct buf text = {0};
	unsigned n = 0;

	cells_dump(&cells, &text);
	for (const char *at = text.data; (at = strstr(at, word)); at++)
		n++;
	buf_fini(&text);
	return n;
}

/* It is seen when it closes: beside a lesson too, without a key. What the list tells of a task is not told again below. */
static void test_deadlock_seen(void **state)
{
	static const char *const many[] = {"One.",  "", "Two.",	 "", "Three.", "",
					   "Four.", "", "Five.", "", "Six."};
	static const struct stop stop = {
		.title = "Long", .lines = many, .n_lines = 11, .at = 1, .n = 9, .note = ""};
	static const struct stage_size sizes[] = {{80, 24}, {100, 30}, {120, 36}};

	(void)state;
	for (size_t size = 0; size < 3; close_screen(), size++) {
		stage_open("lesson", &sizes[size]);
		screen_take_lesson(&screen, &stop);
		stage_take(deadlock());
		assert_true(shows("deadlock: fold"));
		assert_true(shows("fold  ") && shows("look  "));
		assert_false(times("holds [") && times("holds  "));
		press("a");
		assert_true(shows("deadlock: fold"));
		assert_false(times("holds [") && times("holds  "));
		assert_true(times("holds [") || times("holds  "));
	}
}

/* A click in either row of a task is on it. */
static void test_click(void **state)
{
	struct mouse click = {.what = MOUSE_CLICK, .col = 5};

	(void)state;
	open_screen(3);
	stage_take(model(530, 0, 4));
	for (int row = 1; row <= 8; row++) {
		click.row = screen.panes[VIEW_TASKS].row + row;
		screen_mouse(&screen, &click);
		screen_draw(&screen, &cells);
		assert_int_equal(tasks_chosen(&screen), (row - 1) / 2);
	}
	close_screen();
}

/* What each step did is told, until time goes back over it. */
static void test_caption(void **state)
{
	(void)state;
	open_screen(2);
	press("z");
	stage_take(model(530, 0, 2));
	stage_take(model(531, 0, 3));
	assert_true(shows("look has taken kid's mmap_lock for reading, kid's pmd lock of table 3."));
	stage_take(model(531, 0, 3));
	assert_true(shows("look has taken kid's mmap_lock for reading")); /* nothing happened since */
	stage_take(model(530, 1, 2));
	assert_false(shows("look has taken"));
	close_screen();
}

static void test_violation(void **state)
{
	struct moment *moment;

	(void)state;
	EACH_OF(4)
	{
		open_screen(size);
		moment = model(530, 0, 4);
		moment->violation =
			"step 529 broke an invariant (fold, collapse_huge_page: pmdp_collapse_flush): "
			"page table 7 was freed while look walks it";
		stage_take(moment);
		world_golden(&cells, "tasks-violation");
	}
}

/* The deed that is asked for first; it is done. */
static struct deed take(void)
{
	struct deed deed = screen.tasks.deeds[0];

	assert_int_not_equal(screen.tasks.n_deeds, 0);
	snprintf(deed.said, sizeof(deed.said), "done so");
	screen_take_deed(&screen, &deed);
	screen_draw(&screen, &cells);
	return deed;
}

static void test_keys(void **state)
{
	(void)state;
	open_screen(1);
	stage_take(model(530, 12, 4));
	assert_string_equal(screen.tasks.chosen, "write1"); /* the newest */
	press(".");
	assert_int_equal(screen.tasks.deeds[0].kind, DEED_STEP);
	assert_string_equal(screen.tasks.deeds[0].task, "write1");
	assert_int_equal(screen.tasks.deeds[0].scheduler, SCHEDULER_ORDER);
	take();
	assert_string_equal(screen.message, "done so");
	/* Keys that come while one is done are done one after the other. */
	press(",>R");
	assert_int_equal(screen.tasks.n_deeds, 3);
	assert_int_equal(take().kind, DEED_BACK);
	assert_int_equal(take().kind, DEED_FORWARD);
	assert_int_equal(take().kind, DEED_RUN_ALL);
	press("ak\r");
	assert_int_equal(screen.tasks.deeds[0].kind, DEED_RUN);
	assert_string_equal(take().task, "look");
	press("oo.");
	assert_int_equal(screen.tasks.deeds[0].scheduler, SCHEDULER_SEED);
	assert_int_equal(screen.tasks.deeds[0].seed, 1);
	take();
	press("ooo.");
	assert_int_equal(take().seed, 2);
	press("a");
	assert_int_equal(screen.focus, VIEW_MAP);
	/* More than can wait are lost, and none is done twice. */
	for (int i = 0; i < 2 * DEEDS_MAX; i++)
		press(".");
	assert_int_equal(screen.tasks.n_deeds, DEEDS_MAX);
	close_screen();
}

/* In order a trigger runs; else it begins, and what has begun is chosen when the moment has it. */
static void test_trigger(void **state)
{
	struct occurrence *happened;

	(void)state;
	open_screen(1);
	press("g7f5a40000000\rC");
	assert_true(screen.act.plan);
	assert_false(screen.act.triggers[0].begin);
	press("\x1b");
	close_screen();
	open_screen(1);
	stage_take(model(530, 0, 3));
	assert_string_equal(screen.tasks.chosen, "look");
	press("og7f5a40000000\rC");
	assert_true(screen.act.triggers[0].begin);
	screen_take_plans(&screen, deed_plans(screen.act.triggers, screen.act.n, false));
	assert_true(screen.act.go);
	happened = deed_collapse(0);
	happened->ordered = true;
	happened->trigger = screen.act.chosen;
	screen_take_event(&screen, happened);
	stage_take(model(530, 0, 4));
	assert_string_equal(screen.tasks.chosen, "write1");
	close_screen();
}

/* No event tells what a model does by itself, and its pane says so. */
static void test_no_events(void **state)
{
	(void)state;
	open_screen(1);
	stage_take(model(530, 0, 4));
	press("v");
	assert_true(shows("a model tells no events"));
	assert_false(shows("nothing happened yet"));
	close_screen();
}

/* Where the chosen task takes no step, and another can, it is said which, and how time goes forward. */
static void test_stuck(void **state)
{
	struct deed deed = {.kind = DEED_STEP, .task = "fold", .error = -EBUSY, .said = "fold: it waits"};

	(void)state;
	open_screen(1);
	stage_take(model(530, 0, 4));
	screen_take_deed(&screen, &deed);
	assert_string_equal(screen.message,
			    "fold: it waits; look can take a step: choose it in the pane of tasks");
	stage_take(model(529, 1, 4));
	screen_take_deed(&screen, &deed);
	assert_non_null(strstr(screen.message, "pane of tasks, or '>' goes forward again"));
	stage_take(model(530, 0, 2)); /* nobody can */
	screen_take_deed(&screen, &deed);
	assert_string_equal(screen.message, "fold: it waits");
	close_screen();
}

/* What a reader does by hand in a lesson is no outcome of its stop, and what is taken back is none at all. */
static void test_by_hand(void **state)
{
	static const struct action begun_it = {.kind = ACTION_SCHEDULE, .text = "step fold"};
	static const struct action *const did[] = {&begun_it};
	struct stop stop = {.title = "T", .at = 1, .n = 3, .note = ""};
	struct deed deed = {.kind = DEED_BACK};

	(void)state;
	open_screen(2);
	screen_take_lesson(&screen, &stop);
	stage_take(model(530, 0, 1));
	press(" ");
	stop.at = 2;
	stop.did = did;
	stop.n_did = 1;
	screen.lesson.go_on = false;
	screen_take_lesson(&screen, &stop);
	stage_take(model(531, 0, 2));
	assert_true(shows("outcome: "));
	screen_take_deed(&screen, &deed);
	stage_take(model(530, 1, 1));
	assert_false(shows("outcome: "));
	deed.kind = DEED_FORWARD;
	screen_take_deed(&screen, &deed);
	stage_take(model(531, 0, 2));
	assert_false(shows("outcome: "));
	assert_true(shows("by hand: "));
	close_screen();
}

/* Only panes that are open have a turn. */
static void test_panes(void **state)
{
	(void)state;
	for (int size = 1; size < 3; close_screen(), size++) {
		open_screen(size);
		stage_take(model(530, 0, 4));
		for (int at = 0; at < 6; at++) {
			press("\t");
			assert_int_not_equal(screen.focus, VIEW_EVENTS);
		}
		press("v");
		assert_int_equal(screen.focus, VIEW_EVENTS);
	}
}

/* Of a machine's own kernel nothing of all this is there. */
static void test_elsewhere(void **state)
{
	(void)state;
	open_screen(1);
	close_screen();
	stage_open("demo", &stage_sizes[1]);
	stage_take(world_demo(true));
	press(".");
	assert_int_equal(screen.tasks.n_deeds, 0);
	assert_non_null(strstr(screen.message, "--model"));
	press("a");
	assert_int_equal(screen.focus, VIEW_MAP);
	press("\t\t");
	assert_int_equal(screen.focus, VIEW_MAP);
	close_screen();
}

/* What flashes and what is shown while paused goes by the clock, whatever the steps say. */
static void test_clock(void **state)
{
	struct moment *before, *after;
	struct deed deed;

	(void)state;
	open_screen(1);
	before = model(530, 0, 4);
	before->clock_ns = 5000000000;
	stage_take(before);
	press("p,");
	deed = screen.tasks.deeds[0];
	deed.over_ns = 6000000000;
	deed.said[0] = '\0';
	screen_take_deed(&screen, &deed);
	after = model(529, 1, 4); /* an earlier step, seen later */
	after->clock_ns = 5900000000;
	assert_false(screen_shows_deed(&screen, after));
	after->clock_ns = 6100000000;
	assert_true(screen_shows_deed(&screen, after));
	((struct region *)process_region_at(&after->processes[0], DEMO_HEAP))->mapping = MAPPING_PTE;
	stage_take(after);
	assert_int_equal(screen.scene.shown[0].flashes.n, 1);
	after = model(528, 2, 4);
	after->clock_ns = 7000000000;
	((struct region *)process_region_at(&after->processes[0], DEMO_HEAP))->mapping = MAPPING_PTE;
	stage_take(after);
	assert_int_equal(screen.scene.shown[0].flashes.n, 1);
	after = model(529, 1, 4);
	after->clock_ns = 7200000000;
	((struct region *)process_region_at(&after->processes[0], DEMO_HEAP))->mapping = MAPPING_PTE;
	stage_take(after);
	assert_int_equal(screen.scene.shown[0].flashes.n, 0); /* a second is over */
	close_screen();
}

/* A child of later is not there before its birth, and a process without memory shows none of later. */
static void test_back(void **state)
{
	struct moment *moment;
	struct process *processes;

	(void)state;
	open_screen(1);
	moment = model(600, 0, 0);
	processes = arena_alloc(&moment->arena, 2 * sizeof(*processes));
	processes[0] = processes[1] = moment->processes[0];
	processes[1].pid++;
	moment->processes = processes;
	moment->n_processes = 2;
	stage_take(moment);
	assert_int_equal(screen.scene.n, 2);
	stage_take(model(601, 0, 0));
	assert_int_equal(screen.scene.n, 2); /* it has exited, and was seen */
	assert_true(shown_exited(&screen.scene.shown[1]));
	moment = model(300, 301, 0);
	moment->processes[0].outcome = OUTCOME_NO_MEMORY;
	moment->processes[0].reason = "it maps nothing";
	stage_take(moment);
	assert_int_equal(screen.scene.n, 1);
	assert_null(screen.scene.shown[0].process);
	close_screen();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_views),	  cmocka_unit_test(test_violation),
		cmocka_unit_test(test_deadlock),  cmocka_unit_test(test_deadlock_seen),
		cmocka_unit_test(test_caption),	  cmocka_unit_test(test_click),
		cmocka_unit_test(test_keys),	  cmocka_unit_test(test_trigger),
		cmocka_unit_test(test_elsewhere), cmocka_unit_test(test_clock),
		cmocka_unit_test(test_back),	  cmocka_unit_test(test_no_events),
		cmocka_unit_test(test_stuck),	  cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_panes),
	};

	return cmocka_run_group_tests(tests, stage_setup, NULL);
}
