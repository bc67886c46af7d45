/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The counters' pane: what stands there, where, by which keys, and when something is counted. Golden texts as in ui_views.c. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "counts.h"
#include "deeds.h"
#include "stage.h"
#include "ui/sparkline.h"
#include "ui/theme.h"

#define MANY_SIZES 6
static const struct stage_size sizes[MANY_SIZES] = {{40, 12},  {80, 24},  {120, 36},
						    {200, 50}, {250, 80}, {100, 30}};
#define EACH_PANE for (int size = 0; size < MANY_SIZES; close_screen(), size++)

static const char no_pmu[] = "this machine shows no PMU (a virtual one without it): software events alone; "
			     "'perf list' tells what there is";

/* The sum of what was counted after so many seconds: busy, until a collapse in second 30 takes most of it away. */
static uint64_t counted_by(uint64_t second)
{
	uint64_t sum = 0, i;

	for (i = 0; i < second; i++)
		sum += i < 30 ? 900000 + i * 7919 % 300000 : 40000 + i * 7919 % 30000;
	return sum;
}

/* The demo at a second, half of its heap small up to the collapse; a later one in another process. */
static struct moment *at_second(uint64_t second, size_t n, bool two)
{
	struct moment *moment = world_demo(true);

	moment->mono_ns = (100 + second) * COUNTS_S;
	if (second < 30)
		moment->processes[0].kb.pmd /= 3;
	if (!two)
		moment->n_processes = 1;
	moment->caps.mask |= UINT32_C(1) << CAP_COUNTERS;
	counts_put(moment, n, counted_by(second));
	return moment;
}

static struct occurrence *event_at(uint64_t second, enum event_kind kind)
{
	struct event event = {.kind = kind,
			      .mono_ns = (100 + second) * COUNTS_S + COUNTS_S / 2,
			      .pid = DEMO_PID,
			      .result = UNKNOWN_COUNT,
			      .by = "",
			      .how = "",
			      .verdict = "",
			      .why = ""};

	return occurrence_copy(&event);
}

/* Up to this second, with what happened on the way. */
static void play(uint64_t from, uint64_t to, size_t n)
{
	for (; from <= to; from++)
		screen_take(&screen, at_second(from, n, false));
	screen_draw(&screen, &cells);
}

static void open_at(int size, size_t n)
{
	stage_open(NULL, &sizes[size]);
	screen_take_event(&screen, event_at(29, EVENT_COLLAPSE));
	screen_take_event(&screen, event_at(12, EVENT_FORK));
	screen_take_event(&screen, event_at(12, EVENT_COW));
	screen_take_event(&screen, event_at(40, EVENT_SPLIT));
	play(0, 45, n);
}

/* By itself where there is room; with the keys; and all of it again when it comes back. */
static void test_views(void **state)
{
	(void)state;
	EACH_PANE
	{
		open_at(size, 5);
		world_golden(&cells, "counters-beside");
		press("u");
		world_golden(&cells, "counters");
		press("u");
		assert_int_equal(screen.focus, VIEW_MAP);
	}
}

static void test_estimates(void **state)
{
	(void)state;
	EACH_PANE
	{
		stage_open(NULL, &sizes[size]);
		for (uint64_t second = 0; second <= 20; second++) {
			struct moment *moment = at_second(second, 4, false);
			const uint64_t ns = second * COUNTS_S;

			counts_set(moment, 0,
				   &(struct counter){.value = second * 1200,
						     .enabled_ns = ns,
						     .running_ns = ns * 2 / 3});
			counts_set(moment, 1,
				   &(struct counter){
					   .value = second * 90, .enabled_ns = ns, .running_ns = ns / 2});
			counts_set(moment, 2, &(struct counter){.enabled_ns = ns});
			screen_take(&screen, moment);
		}
		screen_draw(&screen, &cells);
		press("u");
		world_golden(&cells, "counters-estimates");
	}
}

/* No PMU: software events, and why in a sentence, once. */
static void test_no_pmu(void **state)
{
	(void)state;
	EACH_PANE
	{
		stage_open(NULL, &sizes[size]);
		for (uint64_t second = 0; second <= 20; second++) {
			struct moment *moment = at_second(second, 5, false);

			moment->caps.mask &= ~(UINT32_C(1) << CAP_COUNTERS);
			moment->caps.missing[CAP_COUNTERS] = no_pmu;
			for (size_t i = 0; i < 2; i++)
				counts_set(moment, i, &(struct counter){.missing = "there is no PMU"});
			counts_set(moment, 2,
				   &(struct counter){.missing = "of this process it may not be counted: run "
								"thpscope with sudo"});
			screen_take(&screen, moment);
		}
		screen_draw(&screen, &cells);
		press("u");
		world_golden(&cells, "counters-no-pmu");
	}
}

static void test_several(void **state)
{
	(void)state;
	EACH_PANE
	{
		stage_open(NULL, &sizes[size]);
		for (uint64_t second = 0; second <= 20; second++) {
			struct moment *moment = at_second(second, 4, true);
			struct process *other = &moment->processes[moment->n_processes++];

			*other = moment->processes[0];
			other->pid = 4300;
			other->comm = "\033[2Jkid";
			screen_take(&screen, moment);
		}
		screen_draw(&screen, &cells);
		press("u");
		assert_true(shows("4242 (1 of 2)"));
		screen.map.pid = 4300;
		screen_draw(&screen, &cells);
		world_golden(&cells, "counters-several");
	}
}

static void test_gone(void **state)
{
	(void)state;
	EACH_PANE
	{
		struct world world;

		open_at(size, 3);
		world_start(&world, true);
		world_fail(&world, DEMO_PID, "", OUTCOME_GONE, "process 4242 has exited");
		world.moment->mono_ns = 150 * COUNTS_S;
		world.moment->caps.mask |= UINT32_C(1) << CAP_COUNTERS;
		screen_take(&screen, world_moment(&world));
		press("u");
		world_golden(&cells, "counters-gone");
	}
}

static void test_plain(void **state)
{
	(void)state;
	EACH_PANE
	{
		stage_open(NULL, &sizes[size]);
		cells.ascii = cells.plain = true;
		screen_take_event(&screen, event_at(29, EVENT_COLLAPSE));
		play(0, 45, 6);
		press("u");
		world_golden(&cells, "counters-ascii");
		for (int at = 0; at < cells.rows * cells.cols; at++)
			assert_in_range(cells.at[at].glyph[0], ' ', '~');
	}
}

/* Before there is anything: while it begins, while paused, in a recording without. */
static void test_none(void **state)
{
	struct moment *moment;

	(void)state;
	stage_open(NULL, &sizes[1]);
	press("u");
	world_golden(&cells, "counters-no-moment");
	stage_take(at_second(0, 0, false));
	assert_true(shows("Counting begins."));
	press("p");
	assert_true(shows("Nothing is counted while paused."));
	close_screen();
	stage_open(NULL, &sizes[1]);
	moment = at_second(0, 0, false);
	moment->timeline = arena_alloc(&moment->arena, sizeof(struct timeline));
	((struct timeline *)moment->timeline)->n = 9;
	moment->caps.missing[CAP_COUNTERS] = no_pmu;
	stage_take(moment);
	press("u");
	assert_true(shows("Nothing was counted in this recording up to here."));
	assert_false(shows("counted all the same"));
	assert_false(screen.count);
	close_screen();
}

/* Nothing is counted that nobody sees; nor is the pane shown where nothing can be counted. */
static void test_counts_while_shown(void **state)
{
	(void)state;
	stage_open(NULL, &sizes[1]);
	stage_take(at_second(0, 0, false));
	assert_false(screen.count); /* low: not by itself */
	press("u");
	assert_true(screen.count);
	press("?");
	assert_false(screen.count);
	press("?m");
	assert_false(screen.count);
	press("m");
	assert_true(screen.count);
	cells.rows = 11;
	press("k");
	assert_false(screen.count);
	close_screen();

	stage_open(NULL, &sizes[2]);
	assert_false(screen.count);
	screen.counters.wanted = true; /* by name: from the beginning of what is watched on */
	screen_draw(&screen, &cells);
	assert_true(screen.count);
	stage_take(world_demo(true));
	assert_true(screen.count);
	close_screen();

	stage_open(NULL, &sizes[2]);
	stage_take(world_demo(true));
	assert_false(screen.count); /* nothing says that anything can be counted */
	screen.counters.wanted = true;
	screen_draw(&screen, &cells);
	assert_true(screen.count); /* but it was asked for */
	screen.counters.wanted = false;
	stage_take(at_second(1, 0, false));
	assert_true(screen.count);
	screen.counters.on_request = true; /* as configured */
	screen_draw(&screen, &cells);
	assert_false(screen.count);
	press("u");
	assert_true(screen.count);
	press("u");
	assert_false(screen.count);
	screen.counters.on_request = false;
	press("v"); /* the events have the keys, and it stays */
	assert_true(screen.count);
	press("vz");
	screen_open_list(&screen);
	screen_draw(&screen, &cells);
	assert_false(screen.count);
	close_screen();
}

/* History is kept while the pane is hidden and nothing is counted: a gap, not a line, is where that was. */
static void test_hidden(void **state)
{
	(void)state;
	stage_open(NULL, &sizes[1]);
	play(0, 10, 4);
	press("u");
	assert_true(shows("·") || shows("▁"));
	press("u");
	play(11, 14, 0);
	for (uint64_t second = 15; second <= 20; second++) {
		struct moment *moment = at_second(second, 4, false);

		for (size_t i = 0; i < 4; i++) /* begun anew */
			counts_set(moment, i,
				   &(struct counter){.value = counted_by(second) * 2 - counted_by(14)});
		screen_take(&screen, moment);
	}
	press("u");
	world_golden(&cells, "counters-hidden");
	close_screen();
}

/* Tab, Esc and q; the mouse; the keys that act are for the map's cursor. */
static void test_keys(void **state)
{
	struct mouse mouse = {.what = MOUSE_CLICK};

	(void)state;
	stage_open(NULL, &sizes[2]);
	stage_take(at_second(0, 4, false));
	screen_command(&screen, COMMAND_PANE);
	assert_int_equal(screen.focus, VIEW_REGION);
	screen_command(&screen, COMMAND_PANE);
	assert_int_equal(screen.focus, VIEW_COUNTERS);
	screen_command(&screen, COMMAND_PANE);
	assert_int_equal(screen.focus, VIEW_EVENTS);
	screen_command(&screen, COMMAND_PANE_BACK);
	assert_int_equal(screen.focus, VIEW_COUNTERS);
	screen_command(&screen, COMMAND_BACK);
	assert_int_equal(screen.focus, VIEW_MAP);
	screen_draw(&screen, &cells);
	mouse.row = screen.panes[VIEW_COUNTERS].row + 1;
	screen_mouse(&screen, &mouse);
	assert_int_equal(screen.focus, VIEW_COUNTERS);
	press("q");
	assert_int_equal(screen.focus, VIEW_MAP);
	assert_false(screen.close);
	press("uC");
	assert_true(screen.act.plan);
	assert_int_equal(screen.act.triggers[0].addr, DEMO_HEAP);
	close_screen();

	stage_open(NULL, &sizes[0]);
	play(0, 3, 6);
	press("u");
	assert_true(shows("at 7f5a40000000"));
	press("]");
	assert_true(shows("at 7f5a41000000"));
	screen_command(&screen, COMMAND_END);
	screen_draw(&screen, &cells);
	assert_int_equal(screen.counters.scroll.top,
			 screen.counters.scroll.lines - screen.counters.scroll.rows);
	screen_command(&screen, COMMAND_ENTER);
	assert_int_equal(screen.focus, VIEW_MAP);
	close_screen();

	stage_open(NULL, &sizes[1]);
	screen_open_list(&screen);
	press("u");
	assert_true(screen_lists(&screen));
	assert_true(shows("That is for a map"));
	close_screen();
}

/* A pause makes a gap: what was counted meanwhile is not spread over it. */
static void test_pause(void **state)
{
	uint64_t rate;
	bool estimate;

	(void)state;
	stage_open(NULL, &sizes[1]);
	play(0, 5, 2);
	press("pp");
	play(8, 12, 2);
	press("u");
	world_golden(&cells, "counters-paused");
	close_screen();

	/* What shows a deed is taken while paused, and two such moments are no more than that. */
	stage_open(NULL, &sizes[1]);
	play(0, 5, 2);
	press("p");
	play(6, 7, 2);
	press("p");
	play(8, 12, 2);
	for (uint64_t second = 0; second < 12; second++) {
		const bool known = rates_get(rates_of(&screen.counters, DEMO_PID)->counters[0], 100 + second,
					     &rate, &estimate);

		assert_int_equal(known, second < 5 || second >= 8);
	}
	close_screen();
}

/* A moment of a recording in which was counted, `at` seconds from its beginning. */
static struct moment *recorded(size_t at)
{
	struct moment *moment = at_second(at, 3, false);
	struct timeline *line = arena_alloc(&moment->arena, sizeof(*line));

	*line = (struct timeline){.at = at,
				  .n = 61,
				  .ns = at * COUNTS_S,
				  .length_ns = 60 * COUNTS_S,
				  .until_ns = moment->mono_ns,
				  .tenths = 10};
	moment->source = "replay:live";
	moment->timeline = line;
	return moment;
}

/* Played, gone back in, leapt forward in: what was recorded is there, once, and nothing of what is yet to come. */
static void test_replay(void **state)
{
	uint64_t rate = 0, number = 100;
	bool estimate;
	size_t at;

	(void)state;
	stage_open("replay", &sizes[2]);
	screen_take_event(&screen, event_at(29, EVENT_COLLAPSE));
	for (at = 0; at <= 45; at++)
		stage_take(recorded(at));
	assert_false(screen.count);
	assert_true(screen.panes[VIEW_COUNTERS].rows); /* it says what is in it */
	world_golden(&cells, "counters-replay");
	press("p");
	stage_take(recorded(20));
	world_golden(&cells, "counters-replay-back");
	for (at = 21; at <= 25; at++)
		stage_take(recorded(at));
	stage_take(recorded(40));
	stage_take(recorded(41));
	world_golden(&cells, "counters-replay-leapt");
	stage_take(recorded(43)); /* a short leap is one too */
	stage_take(recorded(44));
	for (; number < 144; number++) {
		const bool known = rates_get(rates_of(&screen.counters, DEMO_PID)->counters[0], number, &rate,
					     &estimate);

		at = (size_t)number - 100;
		assert_int_equal(known, at < 25 || at == 40 || at == 43);
		if (known)
			assert_int_equal(rate, (counted_by(at + 1) - counted_by(at)) * 1000);
	}
	close_screen();
}

/* With nothing happening nothing changes on the screen: ten moments a second for half a minute write no cell of the pane. */
static void test_quiet(void **state)
{
	struct cells before = {.rows = 36, .cols = 120};
	unsigned changed = 0;

	(void)state;
	stage_open(NULL, &sizes[2]);
	for (unsigned i = 0; i < 300; i++) {
		struct moment *moment = at_second(50, 4, false);
		int row = 0, col = 0;

		moment->mono_ns = 100 * COUNTS_S + i * COUNTS_S / 10;
		cells_resize(&before, 36, 120);
		memcpy(before.at, cells.at, 36 * 120 * sizeof(*before.at));
		stage_take(moment);
		for (; i > 0 && cells_next_change(&before, &cells, &row, &col); col++)
			changed++;
	}
	/* Each second one dot more in each of four rows, one bar of coverage, and the first figures. */
	assert_in_range(changed, 30, 30 * 5 + 60);
	cells_fini(&before);
	close_screen();
}

static const char *bar(uint64_t value, int rows, int row)
{
	const struct pane pane = pane_whole(&cells);
	const struct spark spark = {true, value};

	cells_resize(&cells, cells.rows, cells.cols);
	sparkline_draw(&pane, 0, 0, rows, STYLE_TEXT, &spark, 1, 16);
	return cells_at(&cells, row, 0)->glyph;
}

static void test_sparkline(void **state)
{
	const struct spark unknown = {0};
	struct pane pane;

	(void)state;
	stage_open(NULL, &sizes[1]);
	assert_string_equal(bar(0, 1, 0), "·");
	assert_string_equal(bar(1, 1, 0), "▁");
	assert_string_equal(bar(2, 1, 0), "▁");
	assert_string_equal(bar(3, 1, 0), "▂");
	assert_string_equal(bar(16, 1, 0), "█");
	assert_string_equal(bar(8, 2, 1), "█");
	assert_string_equal(bar(8, 2, 0), " ");
	assert_string_equal(bar(9, 2, 0), "▁");
	assert_string_equal(bar(0, 2, 1), "·");
	cells.ascii = true;
	assert_string_equal(bar(0, 1, 0), ".");
	assert_string_equal(bar(1, 1, 0), "1");
	assert_string_equal(bar(16, 1, 0), "9");
	assert_string_equal(bar(16, 2, 0), "#");
	assert_string_equal(bar(1, 2, 1), "_");
	pane = pane_whole(&cells);
	cells_resize(&cells, cells.rows, cells.cols);
	sparkline_draw(&pane, 0, 0, 1, STYLE_TEXT, &unknown, 1, 16);
	assert_string_equal(cells_at(&cells, 0, 0)->glyph, " ");
	close_screen();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_views),  cmocka_unit_test(test_estimates),
		cmocka_unit_test(test_no_pmu), cmocka_unit_test(test_several),
		cmocka_unit_test(test_gone),   cmocka_unit_test(test_plain),
		cmocka_unit_test(test_none),   cmocka_unit_test(test_counts_while_shown),
		cmocka_unit_test(test_hidden), cmocka_unit_test(test_keys),
		cmocka_unit_test(test_pause),  cmocka_unit_test(test_quiet),
		cmocka_unit_test(test_replay), cmocka_unit_test(test_sparkline),
	};

	return cmocka_run_group_tests_name("ui_view_counters", tests, stage_setup, NULL);
}
