/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The line that is typed on the bottom line, and the question in the middle. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <locale.h>
#include <string.h>

#include "ui/keymap.h"
#include "ui/screen.h"
#include "ui/theme.h"
#include "world.h"

#define CONTROL(letter) ((letter)&0x1f)

static struct prompt prompt;
static struct cells cells;
static struct buf text;

static int setup(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	prompt = (struct prompt){0};
	cells = (struct cells){0};
	cells_resize(&cells, 12, 40);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	cells_fini(&cells);
	buf_fini(&text);
	return 0;
}

static void type(const char *keys)
{
	for (; *keys; keys++)
		assert_int_equal(prompt_key(&prompt, (unsigned char)*keys), PROMPT_TYPING);
}

static void test_typing(void **state)
{
	(void)state;
	prompt_open(&prompt, PROMPT_SEARCH, "");
	type("abd");
	prompt_key(&prompt, PRESS_LEFT);
	type("c");
	assert_string_equal(prompt.text, "abcd");
	prompt_key(&prompt, PRESS_HOME);
	type("x");
	prompt_key(&prompt, PRESS_DELETE);
	assert_string_equal(prompt.text, "xbcd");
	prompt_key(&prompt, PRESS_END);
	prompt_key(&prompt, PRESS_BACKSPACE);
	assert_string_equal(prompt.text, "xbc");
	assert_int_equal(prompt_key(&prompt, PRESS_ENTER), PROMPT_DONE);
	assert_int_equal(prompt.kind, PROMPT_NONE);
	assert_string_equal(prompt.text, "xbc");
}

/* A character is one, however many bytes it takes. */
static void test_characters(void **state)
{
	(void)state;
	prompt_open(&prompt, PROMPT_FILTER, "aé");
	prompt_key(&prompt, 0x1d11e);
	assert_string_equal(prompt.text, "aé𝄞");
	prompt_key(&prompt, PRESS_LEFT);
	prompt_key(&prompt, PRESS_LEFT);
	prompt_key(&prompt, PRESS_DELETE);
	assert_string_equal(prompt.text, "a𝄞");
	prompt_key(&prompt, PRESS_RIGHT);
	prompt_key(&prompt, PRESS_RIGHT); /* at the end already */
	prompt_key(&prompt, PRESS_BACKSPACE);
	assert_string_equal(prompt.text, "a");
	prompt_key(&prompt, PRESS_OTHER);
	prompt_key(&prompt, PRESS_UP);
	prompt_key(&prompt, 0xd800);
	assert_string_equal(prompt.text, "a");
}

static void test_editing(void **state)
{
	(void)state;
	prompt_open(&prompt, PROMPT_GOTO, "one two  three");
	prompt_key(&prompt, CONTROL('W'));
	assert_string_equal(prompt.text, "one two  ");
	prompt_key(&prompt, CONTROL('W'));
	assert_string_equal(prompt.text, "one ");
	prompt_key(&prompt, CONTROL('A'));
	prompt_key(&prompt, CONTROL('F'));
	prompt_key(&prompt, CONTROL('K'));
	assert_string_equal(prompt.text, "o");
	prompt_key(&prompt, CONTROL('U'));
	assert_string_equal(prompt.text, "");
	assert_int_equal(prompt_key(&prompt, CONTROL('U')), PROMPT_TYPING);
	assert_int_equal(prompt_key(&prompt, PRESS_BACKSPACE), PROMPT_LEFT);
}

static void test_leaving(void **state)
{
	static const uint32_t keys[] = {PRESS_ESCAPE, CONTROL('C'), CONTROL('G')};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		prompt_open(&prompt, PROMPT_SEARCH, "kept");
		assert_int_equal(prompt_key(&prompt, keys[i]), PROMPT_LEFT);
		assert_int_equal(prompt.kind, PROMPT_NONE);
		assert_string_equal(prompt.text, "kept");
	}
}

/* It takes what it has room for, and cuts no character. */
static void test_full(void **state)
{
	char much[2 * PROMPT_BYTES];
	int i;

	(void)state;
	for (i = 0; i < PROMPT_BYTES; i++)
		memcpy(much + 2 * i, "é", 2);
	much[sizeof(much) - 1] = '\0';
	prompt_open(&prompt, PROMPT_SEARCH, much);
	assert_int_equal(strlen(prompt.text), PROMPT_BYTES - 2);
	prompt_key(&prompt, 0xe9);
	assert_int_equal(strlen(prompt.text), PROMPT_BYTES - 2);
	prompt_key(&prompt, 'x');
	assert_int_equal(strlen(prompt.text), PROMPT_BYTES - 1);
	prompt_key(&prompt, 'x');
	assert_int_equal(strlen(prompt.text), PROMPT_BYTES - 1);
}

static const char *dump(void)
{
	buf_clear(&text);
	cells_dump(&cells, &text);
	return text.data;
}

static void test_prompt_draw(void **state)
{
	struct pane line = pane_whole(&cells);

	(void)state;
	line = pane_part(&line, 11, 0, 1, 40);
	prompt_open(&prompt, PROMPT_SEARCH, "heap");
	prompt_draw(&prompt, &line);
	assert_non_null(strstr(dump(), " search: heap      Enter ok  Esc cancel\n"));
	assert_int_equal(cells.cursor_row, 11);
	assert_int_equal(cells.cursor_col, 13);
	/* Too long: what is before the cursor is seen. */
	prompt_open(&prompt, PROMPT_SEARCH, "0123456789012345678901234567890123456789end");
	prompt_draw(&prompt, &line);
	assert_non_null(strstr(dump(), "…"));
	assert_non_null(strstr(dump(), "end"));
	assert_null(strstr(dump(), "Enter"));
	assert_in_range(cells.cursor_col, 0, 39);
}

/* The question over the views, as large and as small as it gets. */
static void test_dialog_draw(void **state)
{
	struct pane whole = pane_whole(&cells);
	struct dialog dialog;

	(void)state;
	dialog_open(&dialog, DIALOG_LEAVE, "sleep (PID 77) is still running. Leave, and end it?", "End it");
	pane_fill(&whole, 5, 0, 40, STYLE_TEXT, "x");
	dialog_draw(&dialog, &whole);
	assert_string_equal(dump(), "\n"
				    "\n"
				    " ┌────────────────────────────────────┐\n"
				    " │                                    │\n"
				    " │  sleep (PID 77) is still running.  │\n"
				    "x│  Leave, and end it?                │x\n"
				    " │                                    │\n"
				    " │        [ No ]   [ End it ]         │\n"
				    " └────────────────────────────────────┘\n"
				    "\n"
				    "\n"
				    "\n");
	assert_true(cells_at(&cells, 7, 10)->mark & MARK_CURSOR);
	assert_false(cells_at(&cells, 7, 20)->mark & MARK_CURSOR);
	cells.ascii = true;
	dialog_draw(&dialog, &whole);
	assert_non_null(strstr(dump(), "+------"));
	/* A question that is too long for the window still has its answers. */
	memset(dialog.question, 'q', sizeof(dialog.question) - 1);
	dialog_draw(&dialog, &whole);
	assert_non_null(strstr(dump(), "[ No ]   [ End it ]"));
}

static enum dialog_end answer(const uint32_t *keys)
{
	enum dialog_end end = DIALOG_OPEN;
	struct dialog dialog;

	dialog_open(&dialog, DIALOG_LEAVE, "?", "Yes");
	for (; *keys && end == DIALOG_OPEN; keys++)
		end = dialog_key(&dialog, *keys);
	assert_int_equal(dialog.kind, end == DIALOG_OPEN ? DIALOG_LEAVE : DIALOG_NONE);
	return end;
}

static void test_dialog_keys(void **state)
{
	static const struct {
		uint32_t keys[4];
		enum dialog_end end;
	} table[] = {
		{{PRESS_ENTER}, DIALOG_NO},
		{{PRESS_TAB, PRESS_ENTER}, DIALOG_YES},
		{{PRESS_TAB, PRESS_BACK_TAB, PRESS_ENTER}, DIALOG_NO},
		{{PRESS_RIGHT, PRESS_ENTER}, DIALOG_YES},
		{{PRESS_RIGHT, PRESS_LEFT, PRESS_ENTER}, DIALOG_NO},
		{{'y'}, DIALOG_YES},
		{{'n'}, DIALOG_NO},
		{{'q'}, DIALOG_NO},
		{{PRESS_ESCAPE}, DIALOG_NO},
		{{CONTROL('C')}, DIALOG_NO},
		{{'x', PRESS_OTHER, KEYS_PASTED | 'y'}, DIALOG_OPEN},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_int_equal(answer(table[i].keys), table[i].end);
}

static void test_dialog_mouse(void **state)
{
	struct pane whole = pane_whole(&cells);
	struct mouse mouse = {MOUSE_CLICK, 0, 0};
	struct dialog dialog;

	(void)state;
	dialog_open(&dialog, DIALOG_LEAVE, "?", "Yes");
	assert_int_equal(dialog_mouse(&dialog, &mouse), DIALOG_OPEN); /* not drawn yet */
	dialog_draw(&dialog, &whole);
	assert_int_equal(dialog_mouse(&dialog, &mouse), DIALOG_OPEN);
	mouse = (struct mouse){MOUSE_WHEEL_UP, dialog.answers[1].row, dialog.answers[1].col};
	assert_int_equal(dialog_mouse(&dialog, &mouse), DIALOG_OPEN);
	mouse.what = MOUSE_CLICK;
	assert_int_equal(dialog_mouse(&dialog, &mouse), DIALOG_YES);
	dialog_open(&dialog, DIALOG_LEAVE, "?", "Yes");
	dialog_draw(&dialog, &whole);
	mouse.col = dialog.answers[0].col + dialog.answers[0].cols - 1;
	assert_int_equal(dialog_mouse(&dialog, &mouse), DIALOG_NO);
}

/* On the screen it has all keys; the agreement is told; a window too small for it withdraws it. */
static void test_dialog_screen(void **state)
{
	struct screen screen;

	(void)state;
	screen_init(&screen);
	screen_take(&screen, world_demo(true));
	screen_draw(&screen, &cells);
	dialog_open(&screen.dialog, DIALOG_LEAVE, "Really?", "Yes");
	screen_draw(&screen, &cells);
	assert_non_null(strstr(dump(), "Really?"));
	assert_non_null(strstr(dump(), "y yes  n Esc no"));
	assert_null(strstr(dump(), "quit"));
	screen_key(&screen, '?');
	assert_false(screen.help);
	screen_key(&screen, KEYS_PASTED | 'y');
	assert_int_equal(screen.agreed, DIALOG_NONE);
	screen_key(&screen, 'n');
	assert_int_equal(screen.agreed, DIALOG_NONE);
	dialog_open(&screen.dialog, DIALOG_LEAVE, "Really?", "Yes");
	cells_resize(&cells, 5, 20);
	screen_draw(&screen, &cells);
	screen_key(&screen, 'y');
	assert_int_equal(screen.agreed, DIALOG_NONE);
	cells_resize(&cells, 12, 40);
	dialog_open(&screen.dialog, DIALOG_LEAVE, "Really?", "Yes");
	screen_draw(&screen, &cells);
	screen_key(&screen, 'y');
	assert_int_equal(screen.agreed, DIALOG_LEAVE);
	screen_fini(&screen);
}

/* The bottom line's key of a command (of a pair the last), as a place to click on. */
static struct mouse hint_of(const struct screen *of, enum command command, enum mouse_what what)
{
	unsigned i;

	for (i = 0; i < of->n_hints && of->hints[i].keys->command != command; i++)
		;
	assert_true(i < of->n_hints);
	return (struct mouse){what, of->hints[i].row, of->hints[i].col + of->hints[i].key_cols - 1};
}

/* Of two quick clicks on one key both count; not on one that came to stand there by the first. */
static void test_quick_clicks(void **state)
{
	struct screen screen;
	struct mouse mouse;

	(void)state;
	cells_resize(&cells, 36, 250);
	screen_init(&screen);
	screen_take(&screen, world_demo(true));
	screen_draw(&screen, &cells);
	mouse = hint_of(&screen, COMMAND_ZOOM_IN, MOUSE_CLICK);
	screen_mouse(&screen, &mouse);
	mouse.what = MOUSE_DOUBLE;
	screen_mouse(&screen, &mouse);
	assert_int_equal(screen.map.zoom, 2);
	screen_draw(&screen, &cells);
	mouse = hint_of(&screen, COMMAND_HELP, MOUSE_CLICK);
	screen_mouse(&screen, &mouse);
	assert_true(screen.help);
	screen_draw(&screen, &cells);
	mouse = hint_of(&screen, COMMAND_CLOSE, MOUSE_DOUBLE);
	screen_mouse(&screen, &mouse);
	assert_true(screen.help);
	screen_fini(&screen);
}

/* Pasted text is no key; a click on a key of the bottom line is. */
static void test_screen_input(void **state)
{
	struct mouse mouse = {MOUSE_CLICK, 11, 0};
	struct screen screen;
	unsigned i;

	(void)state;
	screen_init(&screen);
	screen_take(&screen, world_demo(true));
	keymap_bind(&screen.keymap, 'z', COMMAND_CLOSE);
	screen_draw(&screen, &cells);
	assert_non_null(strstr(dump(), "z quit"));
	screen_key(&screen, KEYS_PASTED | '?');
	assert_false(screen.help);
	assert_non_null(screen.message);
	screen_draw(&screen, &cells);
	for (i = 0; i < screen.n_hints && screen.hints[i].keys->command != COMMAND_HELP; i++)
		;
	assert_true(i < screen.n_hints);
	mouse.col = screen.hints[i].col + 2; /* on the word */
	screen_mouse(&screen, &mouse);
	assert_true(screen.help);
	screen_draw(&screen, &cells);
	assert_non_null(strstr(dump(), "close"));
	screen_fini(&screen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_typing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_characters, setup, teardown),
		cmocka_unit_test_setup_teardown(test_editing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_leaving, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_prompt_draw, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dialog_draw, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dialog_keys, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dialog_mouse, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dialog_screen, setup, teardown),
		cmocka_unit_test_setup_teardown(test_screen_input, setup, teardown),
		cmocka_unit_test_setup_teardown(test_quick_clicks, setup, teardown),
	};

	return cmocka_run_group_tests_name("ui_prompt", tests, NULL, NULL);
}
