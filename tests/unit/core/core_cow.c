/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core/cow: each row of facts B's table, from both sides of its edge. */
#include "core_test.h"

#include "core/cow.h"

static void test_rules(void **state)
{
	static const struct {
		const char *release, *rule;
	} rows[] = {
		{"4.5.0", "4.5.0"},
		{"4.5", "4.5.0"},
		{"4.5.4", "4.5.0"},
		{"4.5.5", "4.5.5"},
		{"4.5.7-200.fc23.x86_64", "4.5.5"},
		{"4.6", "4.5.5"},
		{"4.6.0-rc2", "4.5.5"},
		{"4.19.300", "4.5.5"},
		{"5.0", "4.5.5"},
		{"5.7.19", "4.5.5"},
		{"5.8", "5.8"},
		{"5.8.18", "5.8"},
		{"5.9", "5.9"},
		{"5.15.0-91-generic", "5.9"},
		{"5.17", "5.9"},
		{"5.18.0", "5.18"},
		{"5.19", "5.19"},
		{"6.0", "5.19"},
		{"6.1.0-13-amd64", "5.19"},
		{"6.9", "5.19"},
		{"6.10", "6.10"},
		{"6.14", "6.10"},
		{"6.15", "6.15"},
		{"6.18.44-foo", "6.15"},
		{"7.0", "6.15"},
		{"10.2", "6.15"},
		{"4.4.302", ""},
		{"3.10.0-1160.el7.x86_64", ""},
		{"2.6.32", ""},
		{"", ""},
		{"6", ""},
		{"6.", ""},
		{".5", ""},
		{"junk", ""},
		{"v6.1", ""},
		{"-6.1", ""},
		{"99999999999999999999.1", ""},
		{"6.99999999999999999999", ""},
		{"4.5.99999999999999999999", "4.5.0"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++)
		assert_string_equal(cow_rule(rows[i].release), rows[i].rule);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rules)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
