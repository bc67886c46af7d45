/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a capital to a trigger: what is asked first, what is never done unasked, what is said. */
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

static void open_screen(int size)
{
	stage_open("demo", &stage_sizes[size]);
	stage_take(world_demo(true));
}

static bool bar_shows(const char *text)
{
	char line[1024];
	size_t n = 0;

	for (int col = 0; col < cells.cols; col++)
		n += (size_t)snprintf(line + n, sizeof(line) - n, "%s",
				      cells.at[(cells.rows - 1) * cells.cols + col].glyph);
	return strstr(line, text);
}

/* What the loop does with what is asked of it. */
static void answer_plans(bool asks)
{
	assert_true(screen.act.plan);
	screen.act.plan = false;
	screen_take_plans(&screen, deed_plans(screen.act.triggers, screen.act.n, asks));
	screen_draw(&screen, &cells);
}

static const struct trigger *triggered(void)
{
	if (!screen.act.go)
		return NULL;
	screen.act.go = false;
	return &screen.act.chosen;
}

static void test_specimen(void **state)
{
	const struct trigger *trigger;

	(void)state;
	open_screen(1);
	screen.map.addr = DEMO_HEAP + 8 * SLOT;
	screen_draw(&screen, &cells);
	press("C");
	assert_int_equal(screen.act.n, 1);
	assert_null(triggered());
	answer_plans(false);
	trigger = triggered();
	assert_non_null(trigger);
	assert_int_equal(trigger->kind, TRIGGER_COLLAPSE);
	assert_int_equal(trigger->pid, DEMO_PID);
	assert_int_equal(trigger->addr, DEMO_HEAP + 8 * SLOT);
	assert_false(trigger->inject);
	world_golden(&cells, "act-running");
	press("C"); /* one at a time */
	assert_false(screen.act.plan);
	assert_true(bar_shows("one thing at a time: collapse of 7f5a41000000 in 4242…"));
	screen_take_event(&screen, deed_collapse(0));
	screen_draw(&screen, &cells);
	assert_int_equal(screen.act.stage, ACT_IDLE);
	world_golden(&cells, "act-done");
	press("j");
	assert_null(screen.message);
	press("F");
	answer_plans(false);
	assert_int_equal(triggered()->kind, TRIGGER_FORK);
	close_screen();
}

/* Somebody else's process: nothing without a yes, and no is the default. */
static void test_asks(void **state)
{
	static const char *const noes[] = {"\r", "n", "q", "\x1b", "\t\t\r", "x\r"};
	size_t i;

	(void)state;
	open_screen(1);
	for (i = 0; i < sizeof(noes) / sizeof(noes[0]); i++) {
		press("C");
		answer_plans(true);
		assert_int_equal(screen.dialog.kind, DIALOG_ACT);
		press(noes[i]);
		assert_int_equal(screen.dialog.kind, DIALOG_NONE);
		assert_int_equal(screen.act.stage, ACT_IDLE);
		assert_null(triggered());
	}
	press("C");
	answer_plans(true);
	screen_key(&screen, KEYS_PASTED | 'y');
	assert_null(triggered());
	press("\t\r");
	assert_non_null(triggered());
	assert_int_equal(screen.agreed, DIALOG_NONE); /* that is the caller's own */
	close_screen();
}

/* Why another one has to wait is told of what is under way just then, not of what was when it was asked for. */
static void test_one_at_a_time(void **state)
{
	(void)state;
	open_screen(1);
	screen.map.addr = DEMO_HEAP + 8 * SLOT;
	screen_draw(&screen, &cells);
	press("C");
	press("C");
	assert_true(bar_shows("one thing at a time: looking what collapse would do…"));
	answer_plans(false);
	assert_non_null(triggered());
	assert_true(bar_shows("one thing at a time: collapse of 7f5a41000000 in 4242…"));
	press("j");
	assert_true(bar_shows(" collapse of 7f5a41000000 in process 4242 is under way…"));
	press("S");
	assert_true(bar_shows("one thing at a time: collapse of 7f5a41000000 in 4242…"));
	screen_take_event(&screen, deed_collapse(0));
	screen_draw(&screen, &cells);
	assert_false(bar_shows("one thing at a time"));
	press("j");
	assert_false(bar_shows("one thing at a time"));
	press("C");
	assert_true(screen.act.plan);
	assert_false(bar_shows("one thing at a time"));
	close_screen();
}

/* A question that would open under fingers that are typing does not open. */
static void test_disturbed(void **state)
{
	(void)state;
	open_screen(1);
	press("Cl");
	answer_plans(true);
	assert_int_equal(screen.dialog.kind, DIALOG_NONE);
	assert_non_null(screen.message);
	press("y\r");
	assert_null(triggered());
	screen.inquiry.open = INQUIRY_NONE;
	press("Sl");
	answer_plans(false);
	assert_false(screen.act.menu.open);
	press("Cl"); /* what asks nobody is done all the same */
	answer_plans(false);
	assert_non_null(triggered());
	close_screen();
}

/* Plans that come under the question whether to leave: it goes first, and the next trigger is taken as ever. */
static void test_two_questions(void **state)
{
	(void)state;
	open_screen(1);
	press("C");
	dialog_open(&screen.dialog, DIALOG_LEAVE, "Leave?", "Leave");
	answer_plans(true);
	assert_int_equal(screen.dialog.kind, DIALOG_LEAVE);
	press("n");
	assert_int_equal(screen.dialog.kind, DIALOG_NONE);
	press("C");
	assert_true(screen.act.plan);
	answer_plans(true);
	assert_int_equal(screen.dialog.kind, DIALOG_ACT);
	close_screen();
}

/* A window that is too small for what is asked withdraws it. */
static void test_withdrawn(void **state)
{
	(void)state;
	open_screen(1);
	press("C");
	answer_plans(true);
	cells.rows = 5;
	screen_draw(&screen, &cells);
	cells.rows = 24;
	press("y");
	assert_null(triggered());
	screen.inquiry.open = INQUIRY_NONE;
	press("S");
	answer_plans(false);
	cells.cols = 20;
	screen_draw(&screen, &cells);
	cells.cols = 80;
	press("\r");
	assert_null(triggered());
	assert_int_equal(screen.act.stage, ACT_IDLE);
	close_screen();
}

static void test_menu(void **state)
{
	const struct trigger *trigger;

	(void)state;
	open_screen(1);
	press("S");
	assert_int_equal(screen.act.n, 6);
	answer_plans(false);
	assert_true(screen.act.menu.open);
	press("jj\r"); /* debugfs: not possible */
	assert_true(screen.act.menu.open);
	assert_null(triggered());
	assert_non_null(strstr(screen.message, "not possible: debugfs cannot be written to"));
	world_golden(&cells, "act-menu-refused");
	press("j");
	assert_null(screen.message);
	press("\r");
	trigger = triggered();
	assert_non_null(trigger);
	assert_int_equal(trigger->kind, TRIGGER_SPLIT_FOLIO);
	assert_int_equal(trigger->way, TRIGGER_WAY_ADVICE);
	assert_int_equal(trigger->order, -1);
	screen_take_event(&screen, deed_collapse(0));
	press("S");
	answer_plans(true); /* of a foreign one: a question comes behind the menu */
	press("\r");
	assert_int_equal(screen.dialog.kind, DIALOG_ACT);
	press("\x1b");
	assert_null(triggered());
	press("S");
	answer_plans(false);
	press("q");
	assert_int_equal(screen.act.stage, ACT_IDLE);
	assert_false(screen.close);
	close_screen();
}

/* Where a process has to be made to do it itself, the way is offered so. */
static void test_inject(void **state)
{
	struct plans *plans;
	size_t i;

	(void)state;
	open_screen(1);
	press("S");
	plans = deed_plans(screen.act.triggers, screen.act.n, true);
	for (i = 0; i < plans->n; i++)
		if (plans->items[i].trigger.kind == TRIGGER_SPLIT && !plans->items[i].trigger.inject) {
			plans->items[i].error = -ENOTSUP;
			strcpy(plans->items[i].reason, "only the process itself can do that");
		}
	screen.act.plan = false;
	screen_take_plans(&screen, plans);
	screen_draw(&screen, &cells);
	assert_string_equal(screen.act.menu.items[0].label, "mapping, by advice, injected");
	assert_true(screen.act.menu.items[0].possible);
	assert_false(screen.act.menu.items[1].possible);
	/* What makes the process call comes last; what a specimen alone can do is not named. */
	for (i = 0; i < screen.act.menu.n; i++) {
		assert_null(strstr(screen.act.menu.items[i].label, "mprotect"));
		assert_null(strstr(screen.act.menu.items[i].label, "hole"));
	}
	assert_int_not_equal(screen.act.menu.at, 0);
	assert_true(screen.act.menu.items[screen.act.menu.at].possible);
	screen.act.menu.at = 0;
	press("\ry");
	assert_true(triggered()->inject);
	close_screen();
}

/* The lines of a plan, which a dialog has one below the other, are sentences in a menu's note. */
static void test_note(void **state)
{
	struct menu menu;

	(void)state;
	menu_clear(&menu, "x");
	menu_add(&menu, "a",
		 "split: 0x1-0x2 (1 region)\nof process 7 (x)\nin 0x0-0x9 rw-p memory\nAll are "
		 "stopped.\nRisk: none\n",
		 true);
	assert_string_equal(menu.items[0].note,
			    "split: 0x1-0x2 (1 region) of process 7 (x) in 0x0-0x9 rw-p memory. "
			    "All are stopped. Risk: none");
}

/* x asks of the subpage under the region's cursor, too, and says how many more folios are behind the region. */
static void test_sharers_of_page(void **state)
{
	(void)state;
	open_screen(1);
	screen.map.addr = DEMO_HEAP + 8 * SLOT;
	screen.region.page = 70;
	screen_draw(&screen, &cells);
	press("x");
	assert_int_equal(screen.inquiry.asked.addr, DEMO_HEAP + 8 * SLOT);
	press("q\rx");
	assert_int_equal(screen.inquiry.asked.addr, DEMO_HEAP + 8 * SLOT + 70 * PAGE);
	close_screen();
}

/* W means the subpage that is seen under a cursor. */
static void test_subpage(void **state)
{
	(void)state;
	open_screen(1);
	screen.map.addr = DEMO_HEAP + 8 * SLOT;
	screen.region.page = 70;
	screen_draw(&screen, &cells);
	press("W");
	assert_int_equal(screen.act.triggers[0].addr, DEMO_HEAP + 8 * SLOT);
	answer_plans(false);
	press("q\rW");
	assert_int_equal(screen.focus, VIEW_REGION);
	assert_int_equal(screen.act.triggers[0].kind, TRIGGER_COW);
	assert_int_equal(screen.act.triggers[0].addr, DEMO_HEAP + 8 * SLOT + 70 * PAGE);
	answer_plans(false);
	press("q");
	press("C"); /* the region, also there */
	assert_int_equal(screen.act.triggers[0].addr, DEMO_HEAP + 8 * SLOT);
	close_screen();
}

static void test_nowhere(void **state)
{
	(void)state;
	open_screen(1);
	screen.map.addr = 0x600000000000; /* a fold */
	screen_draw(&screen, &cells);
	press("C");
	assert_false(screen.act.plan);
	assert_non_null(screen.message);
	press("F");
	assert_true(screen.act.plan); /* a process will do */
	close_screen();
}

/* While paused the moment that shows the deed is taken, and only that. */
static void test_paused(void **state)
{
	struct moment *moment = world_demo(true);
	struct occurrence *happened = deed_collapse(4);

	(void)state;
	open_screen(1);
	moment->mono_ns = happened->mono_ns + 1;
	assert_false(screen_shows_deed(&screen, moment));
	screen_take_event(&screen, happened);
	assert_true(screen_shows_deed(&screen, moment));
	screen_take(&screen, moment);
	assert_false(screen_shows_deed(&screen, moment));
	close_screen();
}

static void test_views(void **state)
{
	(void)state;
	EACH_SIZE
	{
		open_screen(size);
		press("S");
		world_golden(&cells, "act-planning");
		answer_plans(true);
		world_golden(&cells, "act-menu-split");
		press("jj");
		world_golden(&cells, "act-menu-impossible");
		press("j\r");
		world_golden(&cells, "act-dialog");
		press("\x1bW");
		answer_plans(false);
		world_golden(&cells, "act-menu-write");
		press("\x1b");
		press("C");
		screen.act.plan = false;
		for (struct plans *plans = deed_plans(screen.act.triggers, 1, true); plans; plans = NULL) {
			plans->items[0].error = -EPERM;
			strcpy(plans->items[0].reason, "process 4242 belongs to somebody else: \x1b[31m\xff");
			screen_take_plans(&screen, plans);
		}
		screen_draw(&screen, &cells);
		world_golden(&cells, "act-refused");
	}
}

/* Whether a text is on the bottom line. */
/* A note is shown whole where there is room; what is cut has a mark. */
static void test_long_note(void **state)
{
	char text[MENU_NOTE + 100];

	(void)state;
	open_screen(1);
	menu_clear(&screen.act.menu, "title");
	memset(text, 'w', sizeof(text));
	for (size_t i = 7; i < sizeof(text); i += 8)
		text[i] = ' ';
	text[sizeof(text) - 1] = '\0';
	menu_add(&screen.act.menu, "too long", text, true);
	assert_string_equal(screen.act.menu.items[0].note + MENU_NOTE - sizeof("…"), "…");
	strcpy(text + 600, " the end.");
	menu_add(&screen.act.menu, "fits", text, true);
	menu_open(&screen.act.menu);
	screen.act.menu.at = 1;
	screen_draw(&screen, &cells);
	world_golden(&cells, "menu-long");
	close_screen();
}

/* What loses data is chosen by going to it, also where it is all that is possible. */
static void test_lossy_way(void **state)
{
	struct plans *plans;
	size_t i;

	(void)state;
	open_screen(1);
	press("S");
	screen.act.plan = false;
	plans = deed_plans(screen.act.triggers, screen.act.n, false);
	for (i = 0; i < plans->n; i++)
		plans->items[i].error = plans->items[i].trigger.way == TRIGGER_WAY_PUNCH ? 0 : -EINVAL;
	screen_take_plans(&screen, plans);
	assert_int_equal(screen.act.stage, ACT_CHOOSING);
	press("\r");
	assert_false(screen.act.go);
	screen_key(&screen, PRESS_END); /* the hole */
	press("\r");
	assert_true(screen.act.go);
	assert_int_equal(screen.act.chosen.way, TRIGGER_WAY_PUNCH);
	close_screen();
}

/* Nobody agrees to what he could not read: yes scrolls on first. */
static void test_long_question(void **state)
{
	char text[DIALOG_BYTES];

	(void)state;
	open_screen(0);
	memset(text, 'w', sizeof(text));
	for (size_t i = 7; i < sizeof(text); i += 8)
		text[i] = ' ';
	text[900] = '\0';
	dialog_open(&screen.dialog, DIALOG_LEAVE, text, "Yes");
	screen_draw(&screen, &cells);
	world_golden(&cells, "dialog-long");
	assert_true(bar_shows("↓ read on, then y"));
	press("y");
	assert_int_equal(screen.agreed, DIALOG_NONE);
	assert_true(screen.dialog.top > 0);
	for (int i = 0; i < 10 && bar_shows("read on"); i++)
		press("y");
	assert_int_equal(screen.agreed, DIALOG_NONE);
	assert_true(bar_shows("y yes"));
	press("y");
	assert_int_equal(screen.agreed, DIALOG_LEAVE);
	close_screen();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_at_a_time),
		cmocka_unit_test(test_specimen),
		cmocka_unit_test(test_asks),
		cmocka_unit_test(test_disturbed),
		cmocka_unit_test(test_two_questions),
		cmocka_unit_test(test_withdrawn),
		cmocka_unit_test(test_menu),
		cmocka_unit_test(test_lossy_way),
		cmocka_unit_test(test_long_note),
		cmocka_unit_test(test_inject),
		cmocka_unit_test(test_subpage),
		cmocka_unit_test(test_note),
		cmocka_unit_test(test_sharers_of_page),
		cmocka_unit_test(test_nowhere),
		cmocka_unit_test(test_paused),
		cmocka_unit_test(test_views),
		cmocka_unit_test(test_long_question),
	};

	return cmocka_run_group_tests_name("ui_act", tests, stage_setup, NULL);
}
