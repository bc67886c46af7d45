/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys, their names, what they do, and the file that changes it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "ui/act.h"
#include "ui/key_name.h"
#include "ui/settings.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static struct keymap keymap;
static struct settings settings;
static struct buf said;

static int setup(void **state)
{
	(void)state;
	keymap_init(&keymap);
	settings_init(&settings);
	buf_clear(&said);
	buf_puts(&said, "");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buf_fini(&said);
	return 0;
}

static void test_usual(void **state)
{
	unsigned i;
	uint32_t key;

	(void)state;
	assert_int_equal(keymap_command(&keymap, 'q'), COMMAND_CLOSE);
	assert_int_equal(keymap_command(&keymap, PRESS_ENTER), COMMAND_ENTER);
	assert_int_equal(keymap_command(&keymap, 3), COMMAND_QUIT);
	assert_int_equal(keymap_command(&keymap, 26), COMMAND_SUSPEND);
	assert_int_equal(keymap_command(&keymap, 12), COMMAND_REDRAW);
	assert_int_equal(keymap_command(&keymap, PRESS_F1), COMMAND_HELP);
	assert_int_equal(keymap_command(&keymap, '?'), COMMAND_HELP);
	assert_int_equal(keymap_command(&keymap, PRESS_OTHER), COMMAND_NONE);
	assert_int_equal(keymap_command(&keymap, KEYS_PASTED | 'q'), COMMAND_NONE);
	for (key = 'A'; key <= 'Z'; key++) /* capitals act; N goes with n, R runs tasks, B clears bits */
		assert_true(!keymap_command(&keymap, key) || key == 'N' || key == 'R' || key == 'B' ||
			    act_command_is(keymap_command(&keymap, key)));
	for (key = 'a'; key <= 'z'; key++) /* and nothing else does */
		assert_false(act_command_is(keymap_command(&keymap, key)));
	for (i = 0; i < keymap_n_rows; i++)
		assert_true(*keymap_rows[i].brief && *keymap_rows[i].text);
}

/* Each command can be named, has a key, and a row of the help tells of it. */
static void test_complete(void **state)
{
	int command, i, n;
	unsigned row;

	(void)state;
	for (command = COMMAND_NONE; command < COMMAND_COUNT; command++) {
		assert_non_null(command_names[command]);
		assert_int_equal(command_find(command_names[command], strlen(command_names[command])),
				 command);
		if (command == COMMAND_NONE)
			continue;
		for (i = 0, n = 0; i < (int)keymap.n; i++)
			n += keymap.bindings[i].command == (enum command)command;
		if (!n)
			fail_msg("%s has no key", command_names[command]);
		for (row = 0, n = 0; row < keymap_n_rows; row++) {
			n += keymap_rows[row].command == (enum command)command;
			for (i = 0; i < ROW_COMMANDS; i++)
				n += keymap_rows[row].keys[i] == (enum command)command;
		}
		if (!n)
			fail_msg("no row of the help shows %s", command_names[command]);
	}
	assert_int_equal(command_find("quit", 4), COMMAND_COUNT);
	assert_int_equal(command_find("", 0), COMMAND_COUNT);
	assert_int_equal(command_find("sor", 3), COMMAND_COUNT);
}

/* The manual lists the commands with their usual keys. */
static void test_manual(void **state)
{
	static char page[65536];
	FILE *file = fopen(SOURCE_ROOT "/man/thpscope-config.5", "r");
	char item[64];
	int command;

	(void)state;
	assert_non_null(file);
	page[fread(page, 1, sizeof(page) - 1, file)] = '\0';
	fclose(file);
	for (command = COMMAND_NONE; command < COMMAND_COUNT; command++) {
		snprintf(item, sizeof(item), "\n.It Cm %s\n", command_names[command]);
		if (!strstr(page, item))
			fail_msg("thpscope-config(5) does not list %s", command_names[command]);
	}
}

static void test_names(void **state)
{
	static const struct {
		const char *name;
		uint32_t key;
	} table[] = {
		{"q", 'q'},
		{"Q", 'Q'},
		{"#", '#'},
		{"é", 0xe9},
		{"Ctrl-L", 12},
		{"ctrl-l", 12},
		{"Space", ' '},
		{"up", PRESS_UP},
		{"PGDN", PRESS_PAGE_DOWN},
		{"F12", PRESS_F12},
		{"Esc", PRESS_ESCAPE},
		{"Ctrl-I", PRESS_TAB},
		{"𝄞", 0x1d11e},
		{"-", '-'},
		{"Shift-Tab", PRESS_BACK_TAB},
	};
	static const char *const wrong[] = {"",	     " ",    "qq",   "F13",  "Ctrl-", "Ctrl-1",
					    "Alt-x", "\x1b", "\x7f", "\xff", "\xc3",  "\xed\xa0\x80"};
	key_text text;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(table); i++)
		assert_int_equal(key_find(table[i].name, strlen(table[i].name)), table[i].key);
	for (i = 0; i < COUNT_OF(wrong); i++)
		assert_int_equal(key_find(wrong[i], strlen(wrong[i])), PRESS_NONE);
	assert_string_equal(key_name('q', text), "q");
	assert_string_equal(key_name(0xe9, text), "é");
	assert_string_equal(key_name(0x20ac, text), "€");
	assert_string_equal(key_name(0x1d11e, text), "𝄞");
	assert_string_equal(key_name(12, text), "Ctrl-L");
	assert_string_equal(key_name(PRESS_UP, text), "↑");
	assert_string_equal(key_name(PRESS_F5, text), "F5");
	assert_string_equal(key_name(PRESS_OTHER, text), "");
}

static const struct keymap_row *row_of(enum command command)
{
	unsigned i;

	for (i = 0; i < keymap_n_rows; i++)
		if (keymap_rows[i].command == command)
			return &keymap_rows[i];
	fail_msg("no row");
	return NULL;
}

static const char *keys(enum command command, bool all)
{
	static keymap_text text;

	return keymap_keys(&keymap, row_of(command), all, text);
}

static void test_bind(void **state)
{
	keymap_text text;
	uint32_t key;

	(void)state;
	assert_string_equal(keys(COMMAND_UP, false), "↑↓←→");
	assert_string_equal(keys(COMMAND_UP, true), "↑↓←→ k j h l");
	assert_string_equal(keys(COMMAND_NEXT, false), "[ ]");
	assert_string_equal(keys(COMMAND_ZOOM_IN, true), "+ - =");
	assert_string_equal(keys(COMMAND_HELP, true), "? F1");
	/* Letters in a row would read as a word. */
	assert_string_equal(keymap_keys(&keymap, &keymap_row_act, false, text), "C S W F");
	assert_true(keymap_bind(&keymap, PRESS_F5, COMMAND_REDRAW));
	assert_string_equal(keys(COMMAND_REDRAW, false), "F5");
	assert_string_equal(keys(COMMAND_REDRAW, true), "F5 Ctrl-L");
	assert_true(keymap_bind(&keymap, 'w', COMMAND_UP));
	assert_string_equal(keys(COMMAND_UP, false), "w ↓ ← →");
	/* Taken from what it did. */
	assert_true(keymap_bind(&keymap, '?', COMMAND_SEARCH));
	assert_string_equal(keys(COMMAND_HELP, false), "F1");
	assert_true(keymap_bind(&keymap, PRESS_F1, COMMAND_NONE));
	assert_string_equal(keys(COMMAND_HELP, false), "");
	assert_int_equal(keymap_command(&keymap, PRESS_F1), COMMAND_NONE);
	/* Nothing makes leaving impossible. */
	assert_false(keymap_bind(&keymap, 3, COMMAND_NONE));
	assert_false(keymap_bind(&keymap, 3, COMMAND_UP));
	assert_int_equal(keymap_command(&keymap, 3), COMMAND_QUIT);
	assert_false(keymap_bind(&keymap, PRESS_HANGUP, COMMAND_UP));
	assert_false(keymap_bind(&keymap, PRESS_NONE, COMMAND_UP));
	for (key = 0x3b1; keymap_bind(&keymap, key, COMMAND_PAUSE); key++)
		assert_in_range(key, 0x3b1, 0x3b1 + KEYMAP_MAX);
	assert_int_equal(keymap.n, KEYMAP_MAX);
	assert_int_equal(keymap_command(&keymap, 3), COMMAND_QUIT);
	assert_true(strlen(keys(COMMAND_PAUSE, true)) < KEYMAP_TEXT);
}

static void test_key_at(void **state)
{
	const struct keymap_row *row = row_of(COMMAND_NEXT);

	(void)state;
	assert_int_equal(keymap_key_at(&keymap, row, 0), COMMAND_PREVIOUS); /* "[ ]" */
	assert_int_equal(keymap_key_at(&keymap, row, 2), COMMAND_NEXT);
	row = row_of(COMMAND_UP);
	assert_int_equal(keymap_key_at(&keymap, row, 0), COMMAND_UP);
	assert_int_equal(keymap_key_at(&keymap, row, 1), COMMAND_DOWN);
	assert_int_equal(keymap_key_at(&keymap, row, 3), COMMAND_RIGHT);
	row = row_of(COMMAND_PAGE_UP); /* "PgUp PgDn" */
	assert_int_equal(keymap_key_at(&keymap, row, 3), COMMAND_PAGE_UP);
	assert_int_equal(keymap_key_at(&keymap, row, 8), COMMAND_PAGE_DOWN);
	assert_int_equal(keymap_key_at(&keymap, row, 99), COMMAND_PAGE_UP);
}

static void complain(void *data, unsigned line, const char *what)
{
	buf_printf(data, "%u: %s\n", line, what);
}

static void parse(const char *text)
{
	settings_parse(text, strlen(text), &settings, complain, &said);
}

static void test_settings(void **state)
{
	(void)state;
	assert_int_equal(settings.interval_ns, 100000000);
	assert_true(settings.flash && settings.mouse && settings.counting && !settings.big);
	parse("# thpscope\n"
	      "\n"
	      "  theme\tlight  \r\n"
	      "flash off\n"
	      "mouse off\n"
	      "counting off\n"
	      "big on\n"
	      "rate 2.5\n"
	      "share 12\n"
	      "key F5 redraw\n"
	      "key # search\n"
	      "key q none\n"
	      "  # not a setting\n"
	      "key Space pause");
	assert_string_equal(said.data, "");
	assert_int_equal(settings.theme.name, THEME_DEFAULT);
	assert_int_equal(settings.theme.ground, GROUND_LIGHT);
	assert_false(settings.flash || settings.mouse || settings.counting || !settings.big);
	assert_int_equal(settings.interval_ns, 400000000);
	assert_int_equal(settings.share_percent, 12);
	assert_int_equal(keymap_command(&settings.keymap, PRESS_F5), COMMAND_REDRAW);
	assert_int_equal(keymap_command(&settings.keymap, '#'), COMMAND_SEARCH);
	assert_int_equal(keymap_command(&settings.keymap, 'q'), COMMAND_NONE);
	assert_int_equal(keymap_command(&settings.keymap, ' '), COMMAND_PAUSE);
}

/* Each says its line and what is wrong, and changes nothing; the others count. */
static void test_mistakes(void **state)
{
	struct settings before = settings;

	(void)state;
	parse("colour dark\n"
	      "theme blue\n"
	      "theme\n"
	      "flash maybe\n"
	      "rate 0\n"
	      "rate 1e9\n"
	      "rate .5\n"
	      "rate 5.\n"
	      "rate 1.2.3\n"
	      "rate -1\n"
	      "share 101\n"
	      "share 2.5\n"
	      "share 5%\n"
	      "key F99 redraw\n"
	      "key x explode\n"
	      "key x\n"
	      "key x y z w v\n"
	      "key Ctrl-C none\n"
	      "Theme dark\n"
	      "counter\n"
	      "counter cycles,faults\n");
	assert_string_equal(
		said.data,
		"1: no setting 'colour'; there are theme, ground, flash, mouse, minimap, big, read-only, "
		"rate, share, counter, counting and key\n"
		"2: no theme 'blue'; there are default, high-contrast, colour-blind, mono and ascii\n"
		"3: wrong number of words behind 'theme'; it takes one\n"
		"4: neither on nor off: 'maybe'; say which\n"
		"5: no rate: '0'; it is 0.1 to 60 moments a second\n"
		"6: no rate: '1e9'; it is 0.1 to 60 moments a second\n"
		"7: no rate: '.5'; it is 0.1 to 60 moments a second\n"
		"8: no rate: '5.'; it is 0.1 to 60 moments a second\n"
		"9: no rate: '1.2.3'; it is 0.1 to 60 moments a second\n"
		"10: no rate: '-1'; it is 0.1 to 60 moments a second\n"
		"11: no share: '101'; it is 1 to 100 percent of a core\n"
		"12: no share: '2.5'; it is 1 to 100 percent of a core\n"
		"13: no share: '5%'; it is 1 to 100 percent of a core\n"
		"14: no key 'F99'; it is a character, Ctrl-L, F5, Up, Space or the like\n"
		"15: no command 'explode'; thpscope-config(5) lists them\n"
		"16: wrong number of words behind 'key'; it takes a key and a command\n"
		"17: wrong number of words behind 'key'; it takes a key and a command\n"
		"18: cannot be bound: 'Ctrl-C'; it always leaves\n"
		"19: no setting 'Theme'; there are theme, ground, flash, mouse, minimap, big, read-only, "
		"rate, share, counter, counting and key\n"
		"20: wrong number of words behind 'counter'; it takes one\n"
		"21: no name of an event: 'cycles,faults'; a line has one, without commas\n");
	assert_memory_equal(&settings, &before, sizeof(settings));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_usual, setup, teardown),
		cmocka_unit_test_setup_teardown(test_complete, setup, teardown),
		cmocka_unit_test_setup_teardown(test_manual, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bind, setup, teardown),
		cmocka_unit_test_setup_teardown(test_key_at, setup, teardown),
		cmocka_unit_test_setup_teardown(test_settings, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mistakes, setup, teardown),
	};

	return cmocka_run_group_tests_name("ui_keymap", tests, NULL, NULL);
}
