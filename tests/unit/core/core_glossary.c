/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The glossary: every word that the screen is sure to show is in it, and every lesson that it names exists. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/event.h"
#include "core/glossary.h"
#include "core/symbol.h"

static void has(const char *word)
{
	if (!glossary_find(word))
		fail_msg("the glossary does not have '%s'", word);
}

static void test_words(void **state)
{
	int at;

	(void)state;
	for (at = 0; at < MAPPING_COUNT; at++)
		if (at != MAPPING_NONE)
			has(mapping_name((enum mapping)at));
	for (at = 0; at < BACKING_COUNT; at++)
		has(backing_name((enum backing)at));
	for (at = 0; at < STATE_COUNT; at++)
		has(state_name((enum state)at));
	for (at = 0; at < EVENT_KIND_COUNT; at++)
		has(event_name((enum event_kind)at));
	for (at = 0; at < SYMBOL_COUNT; at++)
		has(symbol_table[at].label);
	assert_null(glossary_find("no such word"));
	assert_null(glossary_find(""));
	assert_ptr_equal(glossary_find("ptes"), glossary_find("pte"));
	assert_string_equal(glossary_find("MADV_COLLAPSE")->term, "collapse");
}

static void test_entries(void **state)
{
	char path[512];

	(void)state;
	for (size_t at = 0; at < glossary_n; at++) {
		const struct glossary_term *term = &glossary[at];

		assert_true(*term->term && *term->text);
		assert_true(term->text[strlen(term->text) - 1] == '.');
		/* No name twice, and none another's spelling. */
		if (glossary_find(term->term) != term)
			fail_msg("'%s' is '%s'", term->term, glossary_find(term->term)->term);
		snprintf(path, sizeof(path), "%s/data/scripts/lessons/%s.thp", SOURCE_ROOT, term->lesson);
		if (*term->lesson && access(path, R_OK) != 0)
			fail_msg("'%s' names the lesson %s, which is not there", term->term, term->lesson);
	}
}

/* As whole words, by any spelling, whatever the case; and letters anywhere. */
static void test_find(void **state)
{
	const struct glossary_term *pte = glossary_find("PTE");

	(void)state;
	assert_true(glossary_stands(pte, "mapped by ptes, 512"));
	assert_true(glossary_stands(pte, "PTE"));
	assert_false(glossary_stands(pte, "max_ptes_none is 511, adopted"));
	assert_true(glossary_stands(glossary_find("team"), "a page team"));
	assert_false(glossary_stands(glossary_find("none"), "nonesuch"));
	assert_false(glossary_stands(glossary_find("order"), "in order, step 5"));
	assert_true(glossary_stands(glossary_find("in order"), "in order, step 5"));
	assert_true(glossary_stands(glossary_find("order"), "in order, backing thp, order 9"));
	assert_true(glossary_fits(pte, "LOWEST"));
	assert_true(glossary_fits(pte, ""));
	assert_false(glossary_fits(pte, "zebra"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
