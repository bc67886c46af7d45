/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A lesson beside the map: its stops, its keys. Golden texts as in ui_views.c. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

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
				 .note = ""};
static const struct stop answers = {
	.title = "What a fork leaves",
	.lines = lines,
	.n_lines = 4,
	.question = "What is the mapcount of each of the 512 subpages now?",
	.answer = "2: the parent maps all of it by its PMD entry, and so does the child by its own.",
	.at = 3,
	.n = 9,
	.note = ""};
static const struct stop ends = {
	.title = "What a fork leaves",
	.lines = lines + 3,
	.n_lines = 1,
	.at = 9,
	.n = 9,
	.ended = true,
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
	assert_non_null(strstr(screen.message, "end"));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_views),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_scroll),
	};

	return cmocka_run_group_tests(tests, stage_setup, NULL);
}
