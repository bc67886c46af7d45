/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A lesson beside the map: its stops, its keys. Golden texts as in ui_views.c. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "deeds.h"
#include "stage.h"

static const char *const lines[] = {
	"Two processes share a huge page after fork: both map it by one PMD entry,",
	"and neither may write to it.",
	"",
	"Look at the map: the region stays pmd-mapped in both.",
};

static const struct stop says = {
	.title = "What a fork leaves", .lines = lines, .n_lines = 4, .at = 1, .n = 9, .note = ""};
static const struct stop asks = {.title = "What a fork leaves",
				 .lines = lines,
				 .n_lines = 4,
				 .question = "What is the mapcount of each of the 512 subpages now?",
				 .at = 2,
				 .n = 9,
				 .back = true,
				 .note = ""};
static const struct stop answers = {
	.title = "What a fork leaves",
	.lines = lines,
	.n_lines = 4,
	.question = "What is the mapcount of each of the 512 subpages now?",
	.answer = "2: the parent maps all of it by its PMD entry, and so does the child by its own.",
	.at = 3,
	.n = 9,
	.back = true,
	.note = ""};
static const struct stop ends = {
	.title = "What a fork leaves",
	.lines = lines + 3,
	.n_lines = 1,
	.at = 9,
	.n = 9,
	.back = true,
	.ended = true,
	.next = "two-splits",
	.note = "line 12, expect heap mapcount == 2: at 0x7e0000000000 mapcount is 1"};

static void open_screen(int size)
{
	stage_open("lesson", &stage_sizes[size]);
	screen_take_lesson(&screen, &says);
	stage_take(world_demo(true));
}

static void tell(const struct stop *stop)
{
	screen_take_lesson(&screen, stop);
	screen_draw(&screen, &cells);
}

static void test_views(void **state)
{
	(void)state;
	EACH_SIZE
	{
		open_screen(size);
		world_golden(&cells, "lesson-says");
		press(" ");
		world_golden(&cells, "lesson-under-way");
		tell(&asks);
		world_golden(&cells, "lesson-asks");
		tell(&answers);
		world_golden(&cells, "lesson-answers");
		press("\t");
		world_golden(&cells, "lesson-map");
		tell(&ends);
		world_golden(&cells, "lesson-ends");
	}
}

/* Enter where it has the keys, Space wherever; one thing at a time. */
static void test_keys(void **state)
{
	(void)state;
	open_screen(1);
	assert_int_equal(screen.focus, VIEW_LESSON);
	press("\r");
	assert_true(screen.lesson.go_on);
	screen.lesson.go_on = false;
	press("\r ,");
	assert_false(screen.lesson.go_on || screen.lesson.back);
	tell(&asks);
	press(",");
	assert_true(screen.lesson.back && !screen.lesson.go_on);
	screen.lesson.back = false;
	tell(&says);
	press("\t\r"); /* on the map it opens the region */
	assert_false(screen.lesson.go_on);
	assert_int_equal(screen.focus, VIEW_REGION);
	press(" ");
	assert_true(screen.lesson.go_on);
	screen.lesson.go_on = false;
	tell(&ends);
	press(" ");
	assert_false(screen.lesson.go_on);
	/* Its pane says what comes next; a message of more than the bottom line would lie over that. */
	assert_true(shows("Next: two-splits"));
	assert_string_equal(screen.message, "This lesson is over.");
	close_screen();
}

/* The key that goes back is offered where it does, and by one name; elsewhere it says whose it is. */
static void test_back(void **state)
{
	struct stop stop = ends;

	(void)state;
	open_screen(1);
	tell(&stop);
	assert_true(shows("this pane ',' goes to"));
	assert_true(shows(", stop before"));
	press("\t");
	assert_false(shows(", stop before"));
	press(",");
	assert_false(screen.lesson.back);
	assert_true(shows("that key works in the lesson's pane"));
	screen.message = NULL;
	stop.back = false; /* a real kernel, behind what was done */
	screen.focus = VIEW_LESSON;
	tell(&stop);
	assert_true(shows("This lesson is over."));
	assert_false(shows("stop before"));
	press("\t,");
	assert_true(shows("a kernel that cannot go back"));
	close_screen();
}

/* At 40x12 what does not fit is scrolled to. */
static void test_scroll(void **state)
{
	struct buf text = {0};

	(void)state;
	open_screen(0);
	tell(&answers);
	for (int i = 0; i < 20; i++)
		press("j");
	cells_dump(&cells, &text);
	assert_non_null(strstr(text.data, "goes on."));
	assert_non_null(strstr(text.data, "3 of 9"));
	buf_fini(&text);
	close_screen();
}

static const struct stage_size all_sizes[] = {{40, 12}, {80, 24}, {120, 36}, {250, 80}};

/* Titles that differ in their last word alone are told apart, at every size but the smallest. */
static void test_title(void **state)
{
	struct stop stop = says;

	(void)state;
	stop.title = "A page table is taken away: 5.4";
	for (size_t size = 1; size < 4; close_screen(), size++) {
		stage_open("lesson", &all_sizes[size]);
		screen_take_lesson(&screen, &stop);
		stage_take(world_demo(true));
		assert_true(shows("taken away: 5.4"));
		assert_true(shows(all_sizes[size].cols == 120 ? " 1/9 " : "stop 1 of 9"));
	}
}

/* A family of which the child's region is split or not yet. */
static struct moment *family(bool split)
{
	struct world world;
	struct region *region;

	world_start(&world, true);
	for (int at = 0; at < 2; at++) {
		world_process(&world, 1000 + at, at ? "specimen:kid" : "specimen");
		world_vma(&world, UINT64_C(0x7e0000000000), 2 * SLOT, "rw-p", VMA_ANON, "[anon:heap]");
		for (uint64_t nth = 0; nth < 2; nth++) {
			region = world_region(&world, nth, MAPPING_PMD, BACKING_THP);
			region->pfn = 0x1000 + nth * 512;
			region->exclusive = 0;
		}
	}
	region->thp = region->pfn;
	if (split) {
		region->mapping = MAPPING_PTE;
		region->backing = BACKING_MIXED;
		region->pfn = 0;
		region->exclusive = 1;
	}
	return world_moment(&world);
}

static const struct action wrote = {
	.kind = ACTION_WRITE, .text = "write kid heap[1]+64k", .target = {.process = "kid", .area = "heap"}};
static const struct action *const did[] = {&wrote};
static const struct target about = {.area = "heap", .has_index = true, .index = 1};

/* What was done and what came of it stands there, and the map's cursor goes to it, once. */
static void test_caption(void **state)
{
	struct stop stop = says;

	(void)state;
	stop.title = "A title that is much longer than any pane of a lesson could ever be, as some are";
	stop.at = 2;
	stop.did = did;
	stop.n_did = 1;
	for (size_t size = 0; size < 4; close_screen(), size++) {
		stage_open("lesson", &all_sizes[size]);
		screen_take_lesson(&screen, &says);
		stage_take(family(false));
		press(" ");
		tell(&stop);
		stage_take(family(true));
		world_golden(&cells, "lesson-caption");
		assert_string_equal(
			screen.captions.text.data,
			"kid wrote: its PMD was split, one page was copied, 511 are still shared.");
		assert_int_equal(screen.map.pid, 1001);
		assert_int_equal(screen.map.addr, UINT64_C(0x7e0000000000) + SLOT);
		press("z");
		world_golden(&cells, "lesson-caption-big");
		screen_command(&screen, COMMAND_PANE);
		screen_command(&screen, COMMAND_UP);
		screen_command(&screen, COMMAND_LEFT);
		stage_take(family(true));
		assert_int_not_equal(screen.map.addr, UINT64_C(0x7e0000000000) + SLOT);
		press(" ");
		tell(&says); /* back, or on to where nothing was done: what was told is of before */
		assert_int_equal(screen.captions.text.len, 0);
	}
}

/* Whoever goes on before anything was looked at is told what came of it, too. */
static void test_caption_early(void **state)
{
	struct stop stop = says;

	(void)state;
	stop.at = 2;
	stop.did = did;
	stop.n_did = 1;
	stage_open("lesson", &all_sizes[2]);
	screen_take_lesson(&screen, &says);
	screen_draw(&screen, &cells);
	press(" ");
	while (!screen.lesson.go_on)
		press(" ");
	stage_take(family(false)); /* the caller waits for it */
	screen.lesson.go_on = false;
	tell(&stop);
	stage_take(family(true));
	assert_true(shows("outcome: kid wrote: its PMD was split,"));
	close_screen();
}

/* Where nothing changed the cursor goes to what the script expects something of. */
static void test_about(void **state)
{
	struct stop stop = asks;

	(void)state;
	stop.about = &about;
	stage_open("lesson", &all_sizes[1]);
	screen_take_lesson(&screen, &says);
	stage_take(family(true));
	press(" ");
	tell(&stop);
	stage_take(family(true));
	assert_int_equal(screen.captions.text.len, 0);
	assert_int_equal(screen.map.pid, 1000);
	assert_int_equal(screen.map.addr, UINT64_C(0x7e0000000000) + SLOT);
	close_screen();
}

/* A stop that comes while one types waits for the end of that: no letter becomes a key. */
static void test_typing(void **state)
{
	(void)state;
	open_screen(0);
	press(" \t/s");
	assert_int_equal(screen.focus, VIEW_MAP);
	assert_int_equal(screen.prompt.kind, PROMPT_SEARCH);
	tell(&asks);
	press("C");
	assert_int_equal(screen.prompt.kind, PROMPT_SEARCH);
	assert_string_equal(screen.prompt.text, "sC");
	assert_false(screen.act.plan);
	press("\r");
	assert_int_equal(screen.focus, VIEW_LESSON);
	assert_true(shows("stop 2 of 9"));
	press("\t/s");
	assert_int_equal(screen.focus, VIEW_MAP); /* it has called once */
	close_screen();
}

/* q closes its view, which comes back where it was; then the program. Paused is said. */
static void test_close(void **state)
{
	(void)state;
	for (size_t size = 0; size < 4; close_screen(), size++) {
		stage_open("lesson", &all_sizes[size]);
		screen_take_lesson(&screen, &asks);
		stage_take(world_demo(true));
		assert_true(shows("stop 2 of 9"));
		press("p");
		assert_true(shows("map stands still") || all_sizes[size].rows == 12);
		press("pq");
		assert_false(screen.close);
		assert_false(shows("stop 2 of 9"));
		assert_int_equal(screen.focus, VIEW_MAP);
		world_golden(&cells, "lesson-closed");
		press(" ");
		assert_false(screen.lesson.go_on);
		assert_true(shows("stop 2 of 9"));
		press("\x1b"); /* to the map, and the lesson stays */
		assert_int_equal(screen.focus, VIEW_MAP);
		press("q");
		assert_true(screen.close);
	}
}

static struct moment *small_world(void)
{
	struct world world;

	world_start(&world, true);
	world_process(&world, DEMO_PID, "main");
	world_vma(&world, DEMO_HEAP, 4 * SLOT, "rw-p", VMA_ANON, "[anon:A]");
	world_regions(&world, 0, 4, MAPPING_PMD, BACKING_THP);
	return world_moment(&world);
}

/* A long lesson above the map takes what that does not need, big cells and the caption below them counted. */
static void test_leaves_the_map(void **state)
{
	static const char *const many[] = {"One.",  "", "Two.", "", "Three.", "", "Four.", "",
					   "Five.", "", "Six.", "", "Seven.", "", "Eight."};
	static const struct stop is_long = {
		.title = "Long", .lines = many, .n_lines = 15, .at = 1, .n = 9, .note = ""};

	(void)state;
	for (int big = 0; big < 2; big++) {
		stage_open("lesson", &all_sizes[1]);
		screen.big = big;
		screen_take_lesson(&screen, &is_long);
		stage_take(small_world());
		screen_take_event(&screen, deed_collapse(0));
		screen.message = NULL;
		screen_draw(&screen, &cells);
		assert_true(screen.panes[VIEW_LESSON].rows > (24 - 3) / 2);
		assert_true(screen.map.layout.n <= (size_t)screen.map.room);
		assert_true(big == shows("The kernel collapsed a region"));
		close_screen();
	}
}

/* Wherever one is beside it, the bottom line says first which key goes on, at any size. */
static void test_goes_on(void **state)
{
	static const enum view_id views[] = {VIEW_MAP, VIEW_REGION, VIEW_COUNTERS};

	(void)state;
	for (size_t size = 0; size < 4; close_screen(), size++) {
		stage_open("lesson", &all_sizes[size]);
		screen_take_lesson(&screen, &says);
		stage_take(world_demo(true));
		for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
			screen.focus = views[i];
			tell(&says);
			assert_true(shows(" Space go on  "));
			tell(&asks);
			assert_true(shows(" Space go on  "));
			assert_true(!screen.panes[VIEW_LESSON].rows || shows("Space goes on to the"));
			tell(&ends);
			if (screen.panes[VIEW_LESSON].rows) {
				assert_true(shows("This lesson is over."));
				assert_true(shows("Next: two-splits"));
			}
			assert_false(shows(" go on "));
		}
		press("?");
		assert_false(shows(" Space go on  "));
		press("?");
		lesson_hide(&screen);
		press("j");
		assert_true(shows(" Space lesson  "));
	}
}

/* Wherever the key was pressed that goes on: the next stop's text is seen. */
static void test_step_is_seen(void **state)
{
	static const enum view_id views[] = {VIEW_MAP, VIEW_REGION, VIEW_COUNTERS, VIEW_EVENTS, VIEW_LESSON};

	(void)state;
	for (size_t size = 0; size < 4; close_screen(), size++) {
		stage_open("lesson", &all_sizes[size]);
		stage_take(world_demo(true));
		for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
			tell(&says);
			screen.focus = views[i];
			screen_draw(&screen, &cells);
			screen.lesson.under_way = screen.lesson.go_on = false;
			press(" ");
			while (!screen.lesson.go_on) /* the rest of the text first */
				press(" ");
			tell(&asks);
			assert_true(shows("What is the mapcount"));
			/* A region that was looked at stays, where there is room for both. */
			if (views[i] == VIEW_REGION && size)
				assert_int_equal(screen.focus, VIEW_REGION);
		}
	}
}

/* A text that is longer than its pane has a sign, and the key that goes on leads through all of it before it goes on. */
static void test_reads_on(void **state)
{
	char words[40][16], lines_of[40][64];
	const char *text[40];
	struct stop stop = says;
	bool seen[40];

	(void)state;
	for (int i = 0; i < 40; i++) {
		snprintf(words[i], sizeof(words[i]), "word%02d", i % 100);
		snprintf(lines_of[i], sizeof(lines_of[i]), "word%02d is one of many that are told.", i % 100);
		text[i] = lines_of[i];
	}
	stop.lines = text;
	stop.n_lines = 40;
	for (size_t size = 0; size < 4; close_screen(), size++) {
		stage_open("lesson", &all_sizes[size]);
		screen_take_lesson(&screen, &stop);
		stage_take(world_demo(true));
		memset(seen, 0, sizeof(seen));
		for (int keys = 0; !screen.lesson.go_on; keys++) {
			bool all = true;

			assert_true(keys < 20);
			for (int i = 0; i < 40; i++)
				all &= seen[i] |= shows(words[i]);
			assert_int_equal(!shows("… Space goes on with the text."), all);
			assert_true(shows(" Space go on  "));
			press(" ");
			assert_true(!screen.lesson.go_on || all);
		}
	}
}

/* At 40x12 an answer that is longer than the pane is read from its beginning. */
static void test_long(void **state)
{
	struct stop stop = answers;

	(void)state;
	stop.answer = "First of all: a long text is told. It goes on and on, for it has much to say of huge "
		      "pages, of their mapcounts, of their page tables, of who maps them, of who does not, "
		      "of locks and of what is not a lock, of what was and of what will be, of the beginning "
		      "and then, at last, of the end of it all, which is not seen at first, but scrolled to.";
	open_screen(0);
	tell(&stop);
	assert_true(shows("First of all"));
	assert_false(shows("scrolled to."));
	screen_command(&screen, COMMAND_END);
	screen_draw(&screen, &cells);
	assert_true(shows("goes on."));
	close_screen();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_views),	     cmocka_unit_test(test_keys),
		cmocka_unit_test(test_goes_on),	     cmocka_unit_test(test_leaves_the_map),
		cmocka_unit_test(test_scroll),	     cmocka_unit_test(test_caption),
		cmocka_unit_test(test_about),	     cmocka_unit_test(test_caption_early),
		cmocka_unit_test(test_step_is_seen), cmocka_unit_test(test_reads_on),
		cmocka_unit_test(test_back),	     cmocka_unit_test(test_title),
		cmocka_unit_test(test_close),	     cmocka_unit_test(test_typing),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, stage_setup, NULL);
}
