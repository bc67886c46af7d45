/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The glossary over what it explains: its order, its search, its keys. Golden texts as in ui_views.c. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "stage.h"

static const struct stage_size sizes[] = {{40, 12}, {80, 24}, {120, 36}, {250, 80}};

static void test_views(void **state)
{
	(void)state;
	for (size_t size = 0; size < 4; close_screen(), size++) {
		stage_open("demo", &sizes[size]);
		stage_take(world_demo(true));
		press("w");
		world_golden(&cells, "glossary");
		press("jjj\r");
		world_golden(&cells, "glossary-term");
		press("/deadl");
		world_golden(&cells, "glossary-search");
		press("\r\r");
		world_golden(&cells, "glossary-found");
	}
}

/* What stands on the screen comes first, and the others behind it. */
static void test_order(void **state)
{
	const struct glossary_term *term;
	bool others = false;
	size_t n;

	(void)state;
	stage_open("demo", &sizes[1]);
	stage_take(world_demo(true));
	assert_true(shows("mTHP"));
	assert_false(shows("anon_vma"));
	press("w");
	for (n = 0; (term = glossary_at(&screen, n)); n++) {
		const bool here = screen.glossary.here[term - glossary];

		assert_false(others && here);
		others |= !here;
		assert_false(here && !strcmp(term->term, "anon_vma"));
		assert_false(!here && !strcmp(term->term, "mTHP"));
	}
	assert_int_equal(n, glossary_n);
	close_screen();
}

/* A click chooses the word that it is on, and the second one opens it. */
static void test_mouse(void **state)
{
	struct mouse mouse = {.what = MOUSE_CLICK};
	const struct glossary_term *term;

	(void)state;
	stage_open("demo", &sizes[1]);
	stage_take(world_demo(true));
	press("wjjj");
	term = glossary_at(&screen, 3);
	mouse.row = cells.cursor_row;
	press("kkk");
	assert_int_equal(screen.glossary.scroll.top, 0);
	mouse.col = 30;
	screen_mouse(&screen, &mouse);
	assert_int_equal(screen.glossary.cursor, 3);
	mouse.what = MOUSE_DOUBLE;
	screen_mouse(&screen, &mouse);
	screen_draw(&screen, &cells);
	assert_true(screen.glossary.detail && shows(term->term));
	close_screen();
}

static void test_keys(void **state)
{
	(void)state;
	stage_open("demo", &sizes[0]);
	stage_take(world_demo(true));
	press("w");
	assert_true(screen.glossary.open);
	for (size_t at = 0; at + 1 < glossary_n; at++)
		press("j");
	assert_ptr_equal(glossary_at(&screen, screen.glossary.cursor + 1), NULL);
	assert_true(shows(glossary_at(&screen, screen.glossary.cursor)->term));
	screen_command(&screen, COMMAND_HOME);
	assert_int_equal(screen.glossary.cursor, 0);
	press("/zebra\r");
	assert_true(shows("No word fits."));
	press("\r"); /* of nothing there is no more */
	press("\x1b\x1b");
	assert_true(screen.glossary.open);
	press("\x1b");
	assert_false(screen.glossary.open);
	press("?w");
	assert_true(screen.glossary.open && !screen.help);
	press("w");
	assert_false(screen.glossary.open || screen.help);
	press("w?w"); /* from the help over it back to it */
	assert_true(screen.glossary.open && !screen.help);
	press("w");
	assert_false(screen.glossary.open || screen.help);
	press("wq");
	assert_false(screen.glossary.open || screen.close);
	close_screen();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_views),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_mouse),
	};

	return cmocka_run_group_tests(tests, stage_setup, NULL);
}
