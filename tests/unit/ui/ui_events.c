/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log of events and its pane. Golden texts as in ui_views.c. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deeds.h"
#include "ui/event_text.h"
#include "stage.h"

static void open_screen(int size)
{
	stage_open("demo", &stage_sizes[size]);
	screen.interval_ns = 100000000;
	screen.share = 0.42;
	stage_take(world_demo(true));
}

static void happen(unsigned from, unsigned to)
{
	for (; from < to; from++)
		screen_take_event(&screen, deed_any(from));
	screen_draw(&screen, &cells);
}

static void assert_harmless(void)
{
	for (int i = 0; i < cells.rows * cells.cols; i++)
		assert_false(*cells.at[i].glyph && (unsigned char)*cells.at[i].glyph < 0x20);
}

static void test_views(void **state)
{
	(void)state;
	EACH_SIZE
	{
		open_screen(size);
		press("v");
		world_golden(&cells, "events-empty");
		happen(0, 9);
		assert_harmless();
		world_golden(&cells, "events-kinds");
		press("kkkkkkkk"); /* the first: with all there is to tell */
		world_golden(&cells, "events-collapse");
		press("\\");
		world_golden(&cells, "events-triggered");
		press("\\\\");
		happen(9, 700);
		world_golden(&cells, "events-full");
	}
}

/* Below the map, while that has the keys. */
static void test_strip(void **state)
{
	(void)state;
	EACH_SIZE
	{
		open_screen(size);
		happen(0, 5);
		screen.message = NULL;
		screen_draw(&screen, &cells);
		world_golden(&cells, "events-strip");
	}
}

static void add(struct events_state *events, unsigned nth)
{
	struct occurrence *happened = deed_any(nth);

	events_complete(happened);
	events_add(events, happened);
}

/* It holds so many, by time, whatever the order in which they come. */
static void test_bounded(void **state)
{
	struct events_state events = {0};
	unsigned i;

	(void)state;
	for (i = 0; i < EVENTS_MAX + 100; i++)
		add(&events, i ^ 1);
	add(&events, 0); /* older than all that are kept */
	assert_int_equal(events.n, EVENTS_MAX);
	for (i = 1; i < EVENTS_MAX; i++)
		assert_true(events.items[i]->event.mono_ns >= events.items[i - 1]->event.mono_ns);
	assert_int_equal(events.items[EVENTS_MAX - 1]->event.mono_ns,
			 (EVENTS_MAX + 100) * UINT64_C(1000000000));
	events_fini(&events);
}

/* The cursor stays on its event while others come and go; on the newest it goes along. */
static void test_cursor(void **state)
{
	const struct occurrence *on;

	(void)state;
	open_screen(1);
	happen(0, 30);
	press("v");
	assert_int_equal(events_cursor(&screen.events), 29);
	happen(30, 40);
	assert_int_equal(events_cursor(&screen.events), 39);
	press("kkk");
	on = events_at(&screen.events, events_cursor(&screen.events));
	happen(40, 100);
	assert_ptr_equal(on, events_at(&screen.events, events_cursor(&screen.events)));
	screen_command(&screen, COMMAND_END);
	assert_null(screen.events.cursor);
	screen_command(&screen, COMMAND_HOME);
	assert_int_equal(events_cursor(&screen.events), 0);
	happen(100, 100 + EVENTS_MAX); /* it is gone: on the oldest there is */
	assert_int_equal(events_cursor(&screen.events), 0);
	screen_draw(&screen, &cells);
	press("\\");
	assert_int_equal(screen.events.filter, EVENTS_TRIGGERED);
	assert_in_range(events_shown(&screen.events), 1, EVENTS_MAX - 1);
	close_screen();
}

/* Enter leads to its region, opening what folds it away; of who is not there it says so. */
static void test_enter(void **state)
{
	(void)state;
	open_screen(1);
	happen(0, 2);
	press("vk\r");
	assert_int_equal(screen.focus, VIEW_MAP);
	assert_int_equal(screen.map.addr, DEMO_HEAP + 8 * SLOT);
	assert_null(screen.message);
	press("vj\r");
	assert_int_equal(screen.focus, VIEW_EVENTS);
	assert_string_equal(screen.message, "process 77 is not on the map");
	press("\x1b");
	assert_int_equal(screen.focus, VIEW_MAP);
	close_screen();
}

/* The cursor on the first of several, and then elsewhere by a key: whether the strip tells the newest. */
static bool follows_after(const char *keys)
{
	screen.focus = VIEW_MAP;
	press("v");
	screen_command(&screen, COMMAND_HOME);
	assert_non_null(screen.events.cursor);
	press(keys);
	assert_int_not_equal(screen.focus, VIEW_EVENTS);
	return !screen.events.cursor;
}

/* Left, the log follows; not by Enter, which looks at its region, until one has triggered something there. */
static void test_left(void **state)
{
	struct mouse mouse = {.what = MOUSE_CLICK, .row = 4, .col = 10};

	(void)state;
	open_screen(2);
	happen(0, 9);
	assert_true(follows_after("v"));
	assert_true(follows_after("\t"));
	assert_true(follows_after("g\x1b"));
	assert_true(follows_after("\x1b"));
	assert_false(follows_after("\r"));
	press("v");
	assert_non_null(screen.events.cursor);
	screen_mouse(&screen, &mouse);
	assert_int_equal(screen.focus, VIEW_MAP);
	assert_null(screen.events.cursor);
	assert_false(follows_after("\r"));
	screen_take_event(&screen, deed_collapse(12));
	assert_null(screen.events.cursor);
	close_screen();
}

/* On the smallest screen too what came of it is what is seen first, and all the rest can be reached. */
static void test_details(void **state)
{
	(void)state;
	open_screen(0);
	happen(0, 9);
	press("v");
	screen_command(&screen, COMMAND_HOME);
	screen_draw(&screen, &cells);
	assert_true(shows("The kernel collapsed a region"));
	assert_false(shows("thp_collapse_alloc"));
	for (int i = 0; i < 10 && !shows("thp_collapse_alloc"); i++) {
		screen_command(&screen, COMMAND_PAGE_DOWN);
		screen_draw(&screen, &cells);
		assert_int_equal(events_cursor(&screen.events), 0);
	}
	assert_true(shows("thp_collapse_alloc"));
	world_golden(&cells, "events-read-on");
	happen(9, 12); /* what is read stays */
	screen.message = NULL;
	screen_draw(&screen, &cells);
	assert_true(shows("thp_collapse_alloc"));
	for (int i = 0; i < 10 && !events_cursor(&screen.events); i++)
		screen_command(&screen, COMMAND_PAGE_DOWN);
	assert_int_not_equal(events_cursor(&screen.events), 0); /* then it pages the list */
	assert_int_equal(screen.events.detail.top, 0);
	close_screen();
}

/* Off the newest it says how many are newer; End, the last row and leaving with Esc follow again. */
static void test_follow(void **state)
{
	(void)state;
	for (int how = 0; how < 3; how++) {
		open_screen(1);
		happen(0, 30);
		press("v");
		assert_false(shows("newer"));
		press("k");
		happen(30, 40);
		assert_true(shows("+11 newer"));
		if (how == 0)
			screen_command(&screen, COMMAND_END);
		else if (how == 1)
			press("jjjjjjjjjjj");
		else
			press("\x1b");
		happen(40, 50);
		assert_int_equal(events_cursor(&screen.events), 49);
		assert_false(shows("newer"));
		close_screen();
	}
}

/* An address is of the map: there it is asked for. */
static void test_goto(void **state)
{
	(void)state;
	open_screen(1);
	happen(0, 3);
	press("vg");
	assert_int_equal(screen.focus, VIEW_MAP);
	assert_int_equal(screen.prompt.kind, PROMPT_GOTO);
	close_screen();
}

static void test_mouse(void **state)
{
	struct mouse mouse = {MOUSE_CLICK, 0, 5};

	(void)state;
	open_screen(2);
	happen(0, 40);
	mouse.row = screen.panes[VIEW_EVENTS].row + 1;
	screen_mouse(&screen, &mouse);
	screen_draw(&screen, &cells);
	assert_int_equal(screen.focus, VIEW_EVENTS);
	assert_int_equal(events_cursor(&screen.events), 35); /* the first of five in sight */
	mouse.what = MOUSE_WHEEL_UP;
	mouse.row = screen.panes[VIEW_EVENTS].row + 1;
	screen_mouse(&screen, &mouse);
	assert_int_equal(events_cursor(&screen.events), 32);
	close_screen();
}

/* What changed flashes, also where the surveys show nothing of it; what did not, does not. */
static void test_flash(void **state)
{
	struct occurrence *same;
	struct region *after;

	(void)state;
	open_screen(1);
	same = deed_collapse(0);
	after = (struct region *)&same->event.effects[0].after;
	*after = same->event.effects[0].before;
	screen_take_event(&screen, same);
	assert_null(flashes_at(&screen.scene.shown[0].flashes, DEMO_HEAP, DEMO_HEAP + 20 * SLOT));
	screen_take_event(&screen, deed_collapse(1));
	assert_non_null(
		flashes_at(&screen.scene.shown[0].flashes, DEMO_HEAP + 8 * SLOT, DEMO_HEAP + 9 * SLOT));
	assert_null(flashes_at(&screen.scene.shown[0].flashes, DEMO_HEAP, DEMO_HEAP + 8 * SLOT));
	close_screen();
}

/* In a storm every sample loses some: in a row they are one, with their sum and the newest's time. */
static void test_losses(void **state)
{
	struct events_state *events = &screen.events;
	unsigned i;

	(void)state;
	open_screen(2);
	screen_take_event(&screen, deed_collapse(0));
	for (i = 1; i <= 2 * EVENTS_MAX; i++)
		screen_take_event(&screen, deed_lost(i, 3));
	screen.message = NULL;
	screen_draw(&screen, &cells);
	assert_int_equal(events_shown(events), 2);
	assert_true(shows("succeeded")); /* the user's own is still there */
	assert_true(shows("3000 missing: they came"));
	assert_int_equal(events_at(events, 1)->event.mono_ns, i * UINT64_C(1000000000));
	press("v");
	assert_true(shows("several times in a row"));
	press("k"); /* on the collapse */
	screen_take_event(&screen, deed_collapse(i));
	screen_take_event(&screen, deed_lost(i + 1, 5));
	press("j");
	assert_int_equal(events_cursor(events), 1);
	assert_true(shows("events 4"));
	assert_true(shows("3000 missing"));
	assert_true(shows(" 5 missing"));
	events->until_ns = 3 * UINT64_C(1000000000); /* of a recording: what is behind is not told yet */
	assert_int_equal(events_shown(events), 1);
	events->until_ns = 0;
	screen_take_event(&screen, deed_lost(i + 2, UNKNOWN_COUNT));
	screen_draw(&screen, &cells);
	assert_int_equal(events_shown(events), 4);
	assert_true(shows("some missing: they came too fast"));
	press("\\"); /* triggered alone */
	assert_int_equal(events_shown(events), 2);
	close_screen();
}

/* Of a recording the sum is that of those up to where one is. */
static void test_losses_until(void **state)
{
	struct events_state events = {.until_ns = 3 * UINT64_C(1000000000)};
	const struct occurrence *shown;

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		events_add(&events, deed_lost(i, 10));
	assert_int_equal(events_shown(&events), 1);
	shown = events_at(&events, 0);
	assert_int_equal(shown->event.mono_ns, events.until_ns);
	assert_int_equal(events_told(&events, shown).result, 30);
	events.cursor = events.items[0]; /* one that is folded into a later one */
	assert_int_equal(events_cursor(&events), 0);
	events.until_ns = 0;
	assert_int_equal(events_told(&events, events_at(&events, 0)).result, 50);
	events_fini(&events);
}

static void test_sentences(void **state)
{
	static const char *const sentences[] = {
		"collapse: succeeded, pte thp 0/1/512 → pmd thp 1/1/1; The region is "
		"mapped by one PMD entry now.",
		"cow: refused; process 77 is traced already, by process 78 (gdb)",
		"collapse of 7f5a41000000 in 4242: exceed_none_pte; More pages are missing than "
		"max_ptes_none "
		"allows.",
		"split-folio of 7f5a41000000 in 4242: Resource temporarily unavailable",
		"fork in 4242: child 4300",
		"exit in 4242: process 4242 has exited",
	};
	struct events_state events = {0};
	struct buf text = {0};
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
		add(&events, i);
		event_sentence(events.items[i], &text);
		assert_string_equal(text.data, sentences[i]);
		buf_clear(&text);
	}
	buf_fini(&text);
	events_fini(&events);
}

/* A write into a region that is as before: what happened is what happened to its page. */
static void test_second_write(void **state)
{
	struct occurrence *happened = deed_collapse(0);
	struct event_effect *own = (struct event_effect *)&happened->event.effects[0];
	struct buf text = {0};

	(void)state;
	own->after = own->before;
	happened->event.kind = EVENT_COW;
	happened->event.verdict = "";
	happened->event.result = UNKNOWN_COUNT;
	happened->event.why = "copied: 4 KiB have a new frame, 2 instead of 1";
	event_sentence(happened, &text);
	assert_string_equal(text.data, "cow: copied: 4 KiB have a new frame, 2 instead of 1");
	buf_clear(&text);
	event_outcome(happened, &text);
	assert_string_equal(text.data, happened->event.why);
	buf_fini(&text);
	occurrence_free(happened);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_details),	     cmocka_unit_test(test_follow),
		cmocka_unit_test(test_goto),	     cmocka_unit_test(test_views),
		cmocka_unit_test(test_strip),	     cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_cursor),	     cmocka_unit_test(test_enter),
		cmocka_unit_test(test_left),	     cmocka_unit_test(test_mouse),
		cmocka_unit_test(test_flash),	     cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_second_write), cmocka_unit_test(test_losses),
		cmocka_unit_test(test_losses_until),
	};

	return cmocka_run_group_tests_name("ui_events", tests, stage_setup, NULL);
}
