/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A library that is wanted late: it is there, or it is not, or it is another. */
#include "core_test.h"

#include <string.h>

#include "core/library.h"

#define CALLS(call) call(strlen) call(strspn)

static struct {
	CALLS(LIBRARY_POINTER)
} lib;
static const struct library_function functions[] = {CALLS(LIBRARY_FUNCTION)};

static void test_there(void **state)
{
	(void)state;
	assert_true(library_load("libc.so.6", functions, 2));
	assert_int_equal(lib.strlen("four"), 4);
	assert_int_equal(lib.strspn("aab", "a"), 2);
}

static void test_not_there(void **state)
{
	void *pointer = NULL;
	const struct library_function other = {"no_libc_has_this", &pointer};

	(void)state;
	assert_false(library_load("libno-such-library.so.1", functions, 2));
	assert_false(library_load("libc.so.6", &other, 1));
	assert_null(pointer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_there), cmocka_unit_test(test_not_there)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
