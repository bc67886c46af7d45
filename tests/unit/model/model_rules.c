/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backend/model/rules.c: which rules can be taken away, and which bugs are known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/rules.h"

static enum rule_need need_of(const char *row, const char *name)
{
	enum rule_need need;
	const char *found;

	for (size_t at = 0; (found = rules_rule(at, rules_named(row), &need)); at++) {
		if (!strcmp(found, name))
			return need;
	}
	fail_msg("no rule %s", name);
	return RULE_ABSENT;
}

/* Each rule is needed in some row, but for those that only spare work; taken away it is absent. */
static void test_rules(void **state)
{
	enum rule_need need;
	const char *name;
	size_t n;
	const struct rules *rows = rules_all(&n);

	(void)state;
	for (size_t at = 0; (name = rules_rule(at, rows, &need)); at++) {
		unsigned has = 0;

		for (size_t row = 0; row < n; row++) {
			struct rules rules = rows[row];

			rules_rule(at, &rules, &need);
			has += need != RULE_ABSENT;
			assert_int_equal(rules_without(&rules, name), need != RULE_ABSENT);
			rules_rule(at, &rules, &need);
			assert_int_equal(need, RULE_ABSENT);
			assert_false(rules_without(&rules, name));
		}
		assert_true(has);
	}
	assert_int_equal(need_of("5.4", "retract-checks-anon-vma"), RULE_NEEDED);
	assert_int_equal(need_of("6.1-team", "retract-checks-anon-vma"), RULE_COVERED);
	assert_int_equal(need_of("5.4", "collapse-checks-exit"), RULE_NEEDED);
	assert_int_equal(need_of("6.6", "collapse-checks-exit"), RULE_ABSENT);
	assert_int_equal(need_of("4.6-team", "team-map-rechecks-none"), RULE_NEEDED);
	assert_int_equal(need_of("6.1-team", "team-map-rechecks-none"), RULE_COVERED);
	assert_int_equal(need_of("5.4", "reuse-moves-anon-vma-at-total-1"), RULE_NEEDED);
	assert_int_equal(need_of("6.1-team", "retract-locks-i-mmap"), RULE_NEEDED);
	assert_int_equal(need_of("6.6", "collapse-locks-mmap-write"), RULE_ABSENT);
	assert_int_equal(need_of("5.4", "collapse-locks-page"), RULE_ABSENT);
	assert_int_equal(need_of("5.4", "retract-checks-exit"), RULE_ABSENT);
	assert_int_equal(need_of("6.6", "retract-checks-exit"), RULE_COVERED);
	assert_int_equal(need_of("6.18", "retract-takes-pmd-lock"), RULE_COVERED);
}

/* It is a row of another table, not a bool: what is left judges as the kernel before it did, and has nothing more to lose. */
static void test_mapcount(void **state)
{
	static const char *const rows[] = {"4.5.5", "4.6-team", "5.4"};

	(void)state;
	for (size_t at = 0; at < sizeof(rows) / sizeof(rows[0]); at++) {
		struct rules rules = *rules_named(rows[at]), before = rules;

		assert_int_equal(need_of(rows[at], "page-trans-huge-mapcount"), RULE_NEEDED);
		assert_true(rules_without(&rules, "page-trans-huge-mapcount"));
		assert_int_equal(rules.cow, COW_4_5_0);
		before.cow = COW_4_5_0;
		assert_memory_equal(&rules, &before, sizeof(rules));
		assert_false(rules_without(&rules, "page-trans-huge-mapcount"));
	}
	assert_int_equal(need_of("4.5.0", "page-trans-huge-mapcount"), RULE_ABSENT);
	assert_int_equal(need_of("6.6", "page-trans-huge-mapcount"), RULE_ABSENT);
}

static void test_bugs(void **state)
{
	size_t n, all = 0;
	const struct rules *rows = rules_all(&n);

	(void)state;
	for (size_t row = 0; row < n; row++) {
		const struct rules_bug *bug;

		for (size_t at = 0; (bug = rules_bug(&rows[row], at)); at++, all++)
			assert_string_equal(bug->row, rows[row].name);
	}
	assert_int_equal(all, 6);
	assert_non_null(rules_bug(rules_named("5.4"), 4));
	assert_null(rules_bug(rules_named("5.4"), 5));
	assert_null(rules_bug(rules_named("6.18"), 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_mapcount),
		cmocka_unit_test(test_bugs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
