/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A --help read back: options, what they take and are for, the words of its usage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "cmd/help.h"
#include "core/buf.h"

static const char help[] = "usage: thpscope cut [--all [N]] [-q] PID|NAME...|--all|--of DIR [OPTION...]\n"
			   "       thpscope cut thin [--to DIR] [KERNEL...]\n"
			   "                          [-- COMMAND]\n"
			   "       thpscope cut off\n"
			   "Cut - no option - something:\n"
			   "  a line, --no option\n"
			   "\n"
			   "  --all            every one\n"
			   "  --format FORMAT  json (thpscope-snapshot(5), the default), text, csv (a line,\n"
			   "                   or two, a region), or svg;\n"
			   "                   else by the name, xml say, or pdf\n"
			   "  --cow[=RULE]     by RULE, or all of them\n"
			   "  --model GEN[:SCRIPT]  a model\n"
			   "  -o FILE          write FILE\n"
			   "\n"
			   "thpscope cut-glass       not it\n"
			   "thpscope cut PID         cuts; and no more\n"
			   "thpscope all of them\n";

static void check_text(const struct help_text *text, const char *expected)
{
	if (text->len != strlen(expected) || memcmp(text->at, expected, text->len))
		fail_msg("'%.*s', expected '%s'", (int)text->len, text->at, expected);
}

static void test_options(void **state)
{
	static const struct {
		const char *name, *argument;
		bool attached;
		const char *about;
	} rows[] = {
		{"--all", "", false, "every one"},   {"--format", "FORMAT", false, "json (thp"},
		{"--cow", "RULE", true, "by RULE"},  {"--model", "GEN", false, "a model"},
		{"-o", "FILE", false, "write FILE"},
	};
	struct help_option option;
	const char *at = help;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(help_next_option(&at, &option));
		check_text(&option.name, rows[i].name);
		check_text(&option.argument, rows[i].argument);
		assert_int_equal(option.attached, rows[i].attached);
		assert_memory_equal(option.about + strspn(option.about, " ]"), rows[i].about,
				    strlen(rows[i].about));
	}
	assert_false(help_next_option(&at, &option));
	assert_true(help_find_option(help, "--cow=all", 5, &option));
	assert_false(help_find_option(help, "--cow=all", 9, &option));
	assert_false(help_find_option(help, "--no", 4, &option));
}

static void test_values(void **state)
{
	static const char *const expected[] = {"json", "text", "csv", "svg"};
	struct help_option option;
	struct help_text value;
	const char *at;
	size_t i;

	(void)state;
	assert_true(help_find_option(help, "--format", 8, &option));
	at = option.about;
	for (i = 0; i < 4; i++) {
		assert_true(help_next_value(&at, option.end, &value));
		check_text(&value, expected[i]);
	}
	assert_false(help_next_value(&at, option.end, &value));
}

static void check_usage(size_t line, const char *expected)
{
	struct help_text words[HELP_WORDS];
	struct buf said = {0};
	int i, n = help_usage(help, "cut", line, words);

	buf_puts(&said, "");
	for (i = 0; i < n; i++)
		buf_printf(&said, "%s%.*s", i ? " " : "", (int)words[i].len, words[i].at);
	assert_string_equal(said.data, expected);
	buf_fini(&said);
}

static void test_usage(void **state)
{
	struct help_text words[HELP_WORDS];

	(void)state;
	check_usage(0, "PID|NAME...");
	check_usage(1, "thin KERNEL...");
	check_usage(2, "off");
	assert_int_equal(help_usage(help, "cut", 3, words), -1);
	assert_int_equal(help_usage("none", "cut", 0, words), -1);
}

static void test_about(void **state)
{
	struct help_text about;

	(void)state;
	about = help_about(help, "cut");
	check_text(&about, "cuts; and no more");
	about = help_about(help, "all");
	check_text(&about, "of them");
	about = help_about(help, "nothing");
	check_text(&about, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_about),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
