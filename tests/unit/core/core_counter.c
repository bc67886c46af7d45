/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What two readings of a counter tell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/counter.h"

static void test_between(void **state)
{
	const struct counter then = {.value = 10, .enabled_ns = 100, .running_ns = 100};
	struct counter now = {.value = 25, .enabled_ns = 300, .running_ns = 300};
	uint64_t counted = 0;
	bool estimate = true;

	(void)state;
	assert_int_equal(counter_between(&then, &now, &counted, &estimate), COUNTER_TOLD);
	assert_int_equal(counted, 15);
	assert_false(estimate);
	now.running_ns = 200;
	assert_int_equal(counter_between(&then, &now, &counted, &estimate), COUNTER_TOLD);
	assert_true(estimate);
	/* Idle, it counted nothing, and that is known. */
	assert_int_equal(counter_between(&then, &then, &counted, &estimate), COUNTER_TOLD);
	assert_int_equal(counted, 0);
	assert_false(estimate);
}

static void test_nothing_is_told(void **state)
{
	const struct counter then = {.value = 10, .enabled_ns = 100, .running_ns = 100};
	struct counter now = {.value = 10, .enabled_ns = 300, .running_ns = 100};
	uint64_t counted = 7;
	bool estimate = false;

	(void)state;
	/* It was to count and had no turn: that is not 0. */
	assert_int_equal(counter_between(&then, &now, &counted, &estimate), COUNTER_LATER);
	now.running_ns = 99;
	assert_int_equal(counter_between(&then, &now, &counted, &estimate), COUNTER_RESET);
	now = (struct counter){.value = 9, .enabled_ns = 300, .running_ns = 300};
	assert_int_equal(counter_between(&then, &now, &counted, &estimate), COUNTER_RESET);
	now = (struct counter){.missing = "it ended"};
	assert_int_equal(counter_between(&then, &now, &counted, &estimate), COUNTER_RESET);
	assert_int_equal(counter_between(&now, &then, &counted, &estimate), COUNTER_RESET);
	assert_int_equal(counted, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_between),
		cmocka_unit_test(test_nothing_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
