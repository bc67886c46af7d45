/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The examples of thpscope-script(7) are scripts, and it names every action, field and word there is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "script/field.h"
#include "script/find.h"
#include "script/script.h"

static struct buf page;

static int setup(void **state)
{
	char error[256];

	(void)state;
	return script_read(SOURCE_ROOT "/man/thpscope-script.7", NULL, &page, error, sizeof(error));
}

static int teardown(void **state)
{
	(void)state;
	buf_fini(&page);
	return 0;
}

static void check_example(const char *from, const char *to)
{
	struct script_error mistake;
	struct script *script;
	struct buf text = {0};

	for (; from < to; from++) {
		buf_putc(&text, *from);
		if (from[0] == '\\' && from[1] == 'e')
			from++;
	}
	if (script_parse(text.data, text.len, "example", &script, &mistake))
		fail_msg("%s\nline %d: %s", text.data, mistake.line, mistake.text);
	script_free(script);
	buf_fini(&text);
}

static void test_examples(void **state)
{
	const char *at = page.data, *end;
	size_t n = 0;

	(void)state;
	while ((at = strstr(at, ".Bd -literal -offset indent\n"))) {
		at = strchr(at, '\n') + 1;
		end = strstr(at, ".Ed\n");
		assert_non_null(end);
		check_example(at, end);
		n++;
	}
	assert_true(n >= 5);
}

/* As a macro's argument: ".Ic touch", ", read", ".It Cm pmd". */
static void named(const char *word)
{
	static const char *const before[] = {" Cm ", ".Cm ", " Ic ", ".Ic ", " , ", " | "};
	static const char after[] = " \n";
	char text[64];
	size_t i, k;

	for (i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		for (k = 0; k < 2; k++) {
			snprintf(text, sizeof(text), "%s%s%c", before[i], word, after[k]);
			if (strstr(page.data, text))
				return;
		}
	}
	fail_msg("thpscope-script(7) does not name '%s'", word);
}

static void test_words(void **state)
{
	const char *word;
	unsigned i, k;

	(void)state;
	for (i = 0; i < ACTION_KIND_COUNT; i++)
		named(action_name((enum action_kind)i));
	for (i = 0; i < MAP_KIND_COUNT; i++)
		named(map_kind_name((enum map_kind)i));
	for (i = ADVICE_NONE + 1; i < ADVICE_COUNT; i++)
		named(advice_name((enum advice)i));
	for (i = 0; i < PROTECTION_COUNT; i++)
		named(protection_name((enum protection)i));
	for (i = 0; i < COMPARE_COUNT; i++)
		named(compare_name((enum compare)i));
	for (i = 0; i < FIELD_COUNT; i++)
		named(field_name((enum field)i));
	for (i = 0; i < UFFD_MODE_COUNT; i++)
		named(uffd_mode_name((enum uffd_mode)i));
	for (i = 0; i < HOLD_MODE_COUNT; i++)
		named(hold_mode_name((enum hold_mode)i));
	for (i = 0; i < FIELD_COUNT; i++)
		for (k = 0;
		     field_kind((enum field)i) == FIELD_WORD && (word = field_nth_word((enum field)i, k));
		     k++)
			named(word);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
