/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The panes of reasons, of sharers and of what is used most: what they ask, show and open. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "core/mem.h"
#include "deeds.h"
#include "stage.h"

static void open_screen(int size)
{
	stage_open(NULL, &stage_sizes[size]);
	stage_take(world_demo(true));
	screen.map.addr = DEMO_HEAP + 8 * SLOT;
	screen_draw(&screen, &cells);
}

static const struct inquiry *asked(void)
{
	assert_true(screen.inquiry.ask);
	screen.inquiry.ask = false;
	return &screen.inquiry.asked;
}

static void answer(struct answer *answer)
{
	screen_take_answer(&screen, answer);
	screen_draw(&screen, &cells);
}

static struct answer *failed(const struct inquiry *inquiry)
{
	struct answer *made = mem_alloc(sizeof(*made));

	made->inquiry = *inquiry;
	made->error = -EPERM;
	strcpy(made->reason, "process 4242 belongs to somebody else: run thpscope with sudo");
	return made;
}

static void test_why_views(void **state)
{
	(void)state;
	EACH_SIZE
	{
		open_screen(size);
		press("y");
		world_golden(&cells, "why-running");
		answer(deed_why(asked(), 3));
		world_golden(&cells, "why");
		assert_false(world_shows(&cells, "More than one reason is"));
		press("y");
		answer(deed_why(asked(), 40)); /* of which every fourth is decisive */
		assert_true(world_shows(&cells, "More than one reason is"));
		screen_command(&screen, COMMAND_END);
		screen_draw(&screen, &cells);
		world_golden(&cells, "why-long-end");
		press("y");
		answer(failed(asked()));
		world_golden(&cells, "why-failed");
	}
}

static void test_why(void **state)
{
	const struct inquiry *inquiry;

	(void)state;
	open_screen(1);
	press("y");
	inquiry = asked();
	assert_int_equal(inquiry->kind, INQUIRY_WHY);
	assert_int_equal(inquiry->pid, DEMO_PID);
	assert_int_equal(inquiry->addr, DEMO_HEAP + 8 * SLOT);
	assert_false(inquiry->ask);
	assert_true(screen_waits(&screen));
	answer(deed_why(inquiry, 3));
	assert_false(screen_waits(&screen));
	press("\x1b");
	assert_int_equal(screen.inquiry.open, INQUIRY_NONE);
	assert_false(screen.close);
	/* An answer about another region than the one just asked about is not shown. */
	press("yq");
	press("]y");
	answer(deed_why(&(struct inquiry){INQUIRY_WHY, DEMO_PID, .addr = 5}, 1));
	assert_null(screen.inquiry.answer);
	close_screen();
}

/* The kernel is asked after a plan, and of a foreign process after a yes. */
static void test_ask(void **state)
{
	struct answer *done;

	(void)state;
	open_screen(1);
	press("yY");
	asked();
	assert_true(screen.act.plan);
	screen.act.plan = false;
	screen_take_plans(&screen, deed_plans(screen.act.triggers, screen.act.n, true));
	screen_draw(&screen, &cells);
	assert_int_equal(screen.dialog.kind, DIALOG_ACT);
	press("n");
	assert_false(screen.inquiry.ask);
	press("Y");
	screen.act.plan = false;
	screen_take_plans(&screen, deed_plans(screen.act.triggers, screen.act.n, true));
	press("y");
	assert_false(screen.act.go);
	assert_true(asked()->ask);
	answer(deed_why(&screen.inquiry.asked, 2));
	world_golden(&cells, "why-asked");
	assert_true(shows("why not huge: "));
	/* It was done: what stood in the way did so before. */
	press("Y");
	screen.act.plan = false;
	screen_take_plans(&screen, deed_plans(screen.act.triggers, screen.act.n, true));
	press("y");
	done = deed_why(asked(), 2);
	done->why.error = 0;
	done->why.verdict = "succeeded";
	done->why.event = NULL;
	answer(done);
	assert_true(shows("huge now: ") && shows("Why it was not huge before:"));
	assert_false(shows("try to collapse"));
	world_golden(&cells, "why-done");
	close_screen();
}

/* The moment in which all that the process had has gone, and something else is there. */
static struct moment *elsewhere(void)
{
	struct world world;

	world_start(&world, true);
	world_process(&world, DEMO_PID, "demo");
	world_vma(&world, DEMO_HEAP + (1024 << 20), 8 * SLOT, "rw-p", VMA_ANON, "");
	world_regions(&world, 0, 8, MAPPING_PTE, BACKING_SMALL);
	return world_moment(&world);
}

/* Keys of a pane are for the region in its title, wherever the map's cursor went. */
static void test_asked_stays(void **state)
{
	struct world world;

	(void)state;
	open_screen(1);
	press("y");
	answer(deed_why(asked(), 2));
	stage_take(elsewhere());
	press("Y");
	assert_true(screen.act.plan);
	assert_int_equal(screen.act.triggers[0].pid, DEMO_PID);
	assert_int_equal(screen.act.triggers[0].addr, DEMO_HEAP + 8 * SLOT);
	screen.act.stage = ACT_IDLE;
	press("y");
	assert_int_equal(asked()->addr, DEMO_HEAP + 8 * SLOT);
	press("x");
	assert_int_equal(asked()->kind, INQUIRY_SHARERS);
	assert_int_equal(screen.inquiry.asked.addr, DEMO_HEAP + 8 * SLOT);
	screen.inquiry.asked.addr += 3 * PAGE;
	stage_take(world_demo(true));
	press("x"); /* of the page */
	assert_int_equal(asked()->addr, DEMO_HEAP + 8 * SLOT + 3 * PAGE);
	assert_int_equal(screen.inquiry.asked.kind, INQUIRY_SHARERS);
	press("y"); /* of the region */
	assert_int_equal(asked()->addr, DEMO_HEAP + 8 * SLOT);
	assert_int_equal(screen.inquiry.asked.kind, INQUIRY_WHY);
	world_start(&world, true);
	world_fail(&world, DEMO_PID, "demo", OUTCOME_GONE, "process 4242 is gone");
	stage_take(world_moment(&world));
	press("Y");
	assert_string_equal(screen.message, "process 4242 is not there any more, or cannot be read");
	press("x");
	assert_string_equal(screen.message, "process 4242 cannot be asked any more");
	assert_int_equal(screen.inquiry.asked.kind, INQUIRY_WHY);
	close_screen();
}

static void test_sharers_views(void **state)
{
	(void)state;
	EACH_SIZE
	{
		open_screen(size);
		press("x");
		screen_progress(&screen, true, 420);
		screen_draw(&screen, &cells);
		world_golden(&cells, "sharers-running");
		answer(deed_sharers(asked(), 3, true));
		world_golden(&cells, "sharers-partial");
		press("x");
		answer(deed_sharers(asked(), 80, false));
		world_golden(&cells, "sharers");
		screen_command(&screen, COMMAND_END);
		screen_draw(&screen, &cells);
		world_golden(&cells, "sharers-end");
		press("x");
		answer(deed_sharers(asked(), 0, false));
		world_golden(&cells, "sharers-none");
		press("x");
		answer(failed(asked()));
		world_golden(&cells, "sharers-failed");
		for (int i = 0; i < cells.rows * cells.cols; i++)
			assert_false(*cells.at[i].glyph && (unsigned char)*cells.at[i].glyph < 0x20);
	}
}

/* Esc stops the search, whose partial answer is shown; the second closes. */
static void test_stop(void **state)
{
	(void)state;
	open_screen(1);
	press("x");
	asked();
	press("\x1b");
	assert_true(screen.inquiry.cancel);
	assert_int_equal(screen.inquiry.open, INQUIRY_SHARERS);
	answer(deed_sharers(&screen.inquiry.asked, 2, true));
	assert_non_null(screen.inquiry.answer);
	press("\x1b");
	assert_int_equal(screen.inquiry.open, INQUIRY_NONE);
	/* Stopped before anybody was at it. */
	press("x");
	asked();
	press("\x1b");
	screen_progress(&screen, false, 0);
	assert_false(screen_waits(&screen));
	screen_draw(&screen, &cells);
	close_screen();
}

/* Enter opens the map there, beside what is watched; of who is on it already it goes there. */
static void test_join(void **state)
{
	(void)state;
	open_screen(1);
	press("x");
	answer(deed_sharers(asked(), 3, false));
	press("\r");
	assert_int_equal(screen.inquiry.open, INQUIRY_NONE);
	assert_false(screen.choose);
	assert_int_equal(screen.map.addr, DEMO_HEAP);
	press("x");
	answer(deed_sharers(asked(), 3, false));
	press("j\r");
	assert_true(screen.choose);
	assert_true(screen.choose_too);
	assert_int_equal(screen.n_chosen, 2);
	assert_int_equal(screen.chosen[0].pid, DEMO_PID);
	assert_int_equal(screen.chosen[1].pid, 4249);
	assert_int_equal(screen.chosen[1].start_time, 1);
	assert_int_equal(screen.map.pid, 4249);
	assert_int_equal(screen.map.addr, DEMO_HEAP + SLOT);
	close_screen();
}

static void test_hot_views(void **state)
{
	(void)state;
	EACH_SIZE
	{
		open_screen(size);
		press("b");
		screen_progress(&screen, true, 420);
		screen_draw(&screen, &cells);
		world_golden(&cells, "hot-running");
		answer(deed_hot(asked(), 7, HEAT_IDLE));
		world_golden(&cells, "hot");
		press("b");
		answer(deed_hot(asked(), 80, HEAT_LRU));
		screen_command(&screen, COMMAND_END);
		screen_draw(&screen, &cells);
		world_golden(&cells, "hot-end");
		press("b");
		answer(deed_hot(asked(), 7, HEAT_SMAPS));
		world_golden(&cells, "hot-flat");
		press("b");
		answer(deed_hot(asked(), 3, HEAT_BY_ANY));
		world_golden(&cells, "hot-unknown");
		press("b");
		answer(deed_hot(asked(), 0, HEAT_IDLE));
		world_golden(&cells, "hot-none");
		press("b");
		answer(failed(asked()));
		world_golden(&cells, "hot-failed");
	}
}

/* A number that does not fit is not another number: of a large area the share is told in percent. */
static void test_hot_large(void **state)
{
	struct answer *found;
	struct heat_region *items;

	(void)state;
	EACH_SIZE
	{
		open_screen(size);
		press("b");
		found = deed_hot(asked(), 4, HEAT_SMAPS);
		items = (struct heat_region *)found->heat.items;
		items[0].used = items[0].of = 1536;
		items[1].used = 12345;
		items[2].used = 123456789;
		items[1].of = items[2].of = UINT32_MAX;
		answer(found);
		assert_true(shows("1536/1536"));
		assert_true(shows("<1%"));
		assert_true(shows(" 2%"));
		assert_false(shows("123456"));
	}
}

/* Enter is to the region, which says how much it was used. */
static void test_hot(void **state)
{
	(void)state;
	open_screen(2);
	press("b");
	assert_int_equal(screen.inquiry.asked.kind, INQUIRY_HOT);
	assert_int_equal(screen.inquiry.asked.timeout_ns, HEAT_WINDOW_NS);
	answer(deed_hot(asked(), 7, HEAT_IDLE));
	press("j\r");
	assert_int_equal(screen.inquiry.open, INQUIRY_NONE);
	assert_int_equal(screen.focus, VIEW_MAP);
	assert_int_equal(screen.map.addr, DEMO_HEAP + 9 * SLOT);
	screen.map.addr = DEMO_HEAP + 8 * SLOT;
	screen_draw(&screen, &cells);
	assert_true(shows("no. 1 of 6: 512 of 512"));
	press("b");
	assert_true(screen.inquiry.busy);
	assert_false(shows("512 of 512"));
	answer(deed_hot(asked(), 7, HEAT_SMAPS));
	press("\r");
	assert_true(shows("VMA 2048/2048")); /* whole */
	close_screen();
}

/* What was asked of a region of the ranking leads back to it, also asked anew, or stopped; what was asked of the map does not. */
static void test_hot_why(void **state)
{
	(void)state;
	open_screen(2);
	press("b");
	answer(deed_hot(asked(), 7, HEAT_IDLE));
	press("jy");
	assert_int_equal(asked()->addr, DEMO_HEAP + 9 * SLOT);
	answer(deed_why(&screen.inquiry.asked, 2));
	press("y");
	answer(deed_why(asked(), 2));
	press("\x1b");
	assert_true(shows("used most, not huge: 4242"));
	assert_false(shows("measuring"));
	assert_int_equal(screen.hot.at, 1);
	press("y\x1b"); /* stopped */
	assert_true(screen.inquiry.cancel);
	assert_false(screen_waits(&screen));
	assert_int_equal(screen.inquiry.open, INQUIRY_HOT);
	press("j\x1b");
	assert_int_equal(screen.inquiry.open, INQUIRY_NONE);
	press("y\x1b");
	assert_int_equal(screen.inquiry.open, INQUIRY_NONE);
	close_screen();
}

/* The moment in which a slot of the demo is huge. */
static struct moment *with_huge(uint64_t slot)
{
	struct moment *moment = world_demo(true);
	struct region *region =
		(struct region *)process_region_at(&moment->processes[0], DEMO_HEAP + slot * SLOT);

	region->mapping = MAPPING_PMD;
	moment->seq = slot;
	return moment;
}

/* C as far as its question. */
static void ask_collapse(uint64_t slot)
{
	press("C");
	assert_true(screen.act.plan);
	screen.act.plan = false;
	assert_int_equal(screen.act.triggers[0].pid, DEMO_PID);
	assert_int_equal(screen.act.triggers[0].addr, DEMO_HEAP + slot * SLOT);
	screen_take_plans(&screen, deed_plans(screen.act.triggers, screen.act.n, true));
	assert_int_equal(screen.dialog.kind, DIALOG_ACT);
}

/* C collapses what is under the ranking's cursor, which stays, whatever is answered; what is huge leaves the list. */
static void test_hot_collapse(void **state)
{
	(void)state;
	EACH_SIZE
	{
		open_screen(size);
		screen.big = true;
		press("b");
		answer(deed_hot(asked(), 7, HEAT_LRU));
		press("j");
		ask_collapse(9);
		press("n");
		assert_int_equal(screen.inquiry.open, INQUIRY_HOT);
		assert_int_equal(screen.hot.at, 1);
		assert_false(screen.act.go);
		ask_collapse(9);
		press("y");
		assert_true(screen.act.go);
		screen.act.go = false;
		screen_take_event(&screen, deed_collapse(0));
		screen_draw(&screen, &cells);
		assert_non_null(screen.message);
		stage_take(with_huge(9));
		assert_int_equal(screen.inquiry.open, INQUIRY_HOT);
		assert_true(shows("7f5a41200000 is huge now"));
		world_golden(&cells, "hot-collapsed");
		assert_int_equal(screen.hot.at, 1);
		assert_int_equal(screen.hot.rows[1], 2);
		stage_take(with_huge(
			8)); /* 9 is split again, and back at its place; the cursor stays on its region */
		assert_int_equal(screen.hot.n_rows, 6);
		assert_int_equal(screen.hot.rows[screen.hot.at], 2);
		assert_int_equal(screen.hot.at, 1);
	}
}

/* Why there is no better way has one row, and the rest of it a page. */
static void test_hot_missing(void **state)
{
	struct answer *found;

	(void)state;
	EACH_SIZE
	{
		open_screen(size);
		press("b");
		found = deed_hot(asked(), 7, HEAT_SMAPS);
		found->heat.missing =
			"idle: nobody may mark pages idle here, and so on, for more columns than any "
			"of these windows has, and it has a good many of them. entries: raw "
			"page-table entries are not shown, and what is not shown cannot be seen. written: "
			"the last of the reasons, which "
			"nobody is to miss.";
		answer(found);
		assert_true(shows("Not told: idle:") && shows("  m: all"));
		assert_false(shows("nobody is to miss"));
		press("m");
		assert_true(shows("Which regions are used most"));
		world_golden(&cells, "hot-missing");
		press("m");
		assert_true(shows("Not told: idle:"));
	}
}

/* Esc stops the measuring, after which there is an error to read and nothing to rank; the next one closes. */
static void test_hot_stop(void **state)
{
	(void)state;
	open_screen(1);
	press("b");
	asked();
	press("\x1b");
	assert_true(screen.inquiry.cancel);
	assert_int_equal(screen.inquiry.open, INQUIRY_HOT);
	answer(failed(&screen.inquiry.asked));
	press("jC");
	assert_false(screen.act.plan);
	press("\x1b");
	assert_int_equal(screen.inquiry.open, INQUIRY_NONE);
	close_screen();
}

/* B says what is cleared, of whom and what that costs; No clears nothing, yes measures so. */
static void test_hot_clear(void **state)
{
	(void)state;
	EACH_SIZE
	{
		open_screen(size);
		press("b");
		assert_false(screen.inquiry.asked.ask);
		answer(deed_hot(asked(), 7, HEAT_SMAPS));
		assert_true(shows("B clears the bits, measures 1 s"));
		press("B");
		assert_int_equal(screen.dialog.kind, DIALOG_CLEAR);
		screen_draw(&screen, &cells);
		world_golden(&cells, "hot-clear");
		press("n");
		assert_false(screen.inquiry.busy);
		assert_true(shows("2048/2048"));
		press("B");
		while (screen.dialog.kind !=
		       DIALOG_NONE) { /* where it is longer than the screen, y reads on first */
			screen_draw(&screen, &cells);
			press("y");
		}
		assert_int_equal(asked()->kind, INQUIRY_HOT);
		assert_true(screen.inquiry.asked.ask);
		assert_int_equal(screen.inquiry.asked.pid, DEMO_PID);
		answer(deed_hot(&screen.inquiry.asked, 6, HEAT_CLEARED));
		assert_true(shows("256/2048"));
		assert_false(shows("B clears the bits"));
		world_golden(&cells, "hot-cleared");
		press("b"); /* again is as it was: the ranking does not give way to one that says less */
		assert_int_equal(screen.dialog.kind, DIALOG_CLEAR);
		press("n");
		assert_true(shows("256/2048"));
		close_screen();
	}
}

/* A process's name is its own to choose: it adds no line to the question. */
static void test_hot_clear_name(void **state)
{
	struct inquiry inquiry;

	(void)state;
	open_screen(1);
	press("b");
	inquiry = *asked();
	strcpy(screen.inquiry.comm, "a)?\nNo change.\x1b\x7f");
	answer(deed_hot(&inquiry, 7, HEAT_SMAPS));
	press("B");
	assert_non_null(strstr(screen.dialog.question, "of process 4242 (a)?"
						       "?No change.?"
						       "?)?\n1 is written to")); /* no trigraphs */
	close_screen();
}

/* What cannot be known has what a ranking can tell, too: once it was measured here, and by which way before all. */
static void test_hot_ground(void **state)
{
	(void)state;
	open_screen(4);
	press("m");
	assert_true(shows("Not measured yet: on a map b does it"));
	press("mb");
	answer(deed_hot(asked(), 7, HEAT_LRU));
	press("\x1bm");
	assert_true(shows("Told by REFERENCED and ACTIVE of the LRU lists."));
	assert_true(shows("CONFIG_IDLE_PAGE_TRACKING"));
	assert_false(shows("Not measured yet"));
	close_screen();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_why_views),
		cmocka_unit_test(test_why),
		cmocka_unit_test(test_ask),
		cmocka_unit_test(test_asked_stays),
		cmocka_unit_test(test_sharers_views),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_hot_views),
		cmocka_unit_test(test_hot),
		cmocka_unit_test(test_hot_why),
		cmocka_unit_test(test_hot_stop),
		cmocka_unit_test(test_hot_large),
		cmocka_unit_test(test_hot_collapse),
		cmocka_unit_test(test_hot_missing),
		cmocka_unit_test(test_hot_ground),
		cmocka_unit_test(test_hot_clear),
		cmocka_unit_test(test_hot_clear_name),
	};

	return cmocka_run_group_tests_name("ui_inquiry", tests, stage_setup, NULL);
}
