/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors that a child closes, by one call or, on kernels without it, one by one. */
#include "core_test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lacking.h"
#include "core/close.h"

#define FIRST 100
#define COUNT 6

/* Of those from FIRST on, a bit each that is open. */
static unsigned open_ones(void)
{
	unsigned bits = 0;
	int i;

	for (i = 0; i < COUNT; i++)
		bits |= (unsigned)(fcntl(FIRST + i, F_GETFD) >= 0) << i;
	return bits;
}

/* In the child: 0, or which step went wrong. */
static int closes(bool lacks)
{
	int i;

	if (lacks && !lacking(SYS_close_range))
		return 1;
	for (i = 0; i < COUNT; i++)
		dup2(1, FIRST + i);
	if (open_ones() != 0x3f)
		return 2;
	errno = EXDEV;
	close_between(FIRST + 1, FIRST + 2);
	if (errno != EXDEV || open_ones() != 0x39)
		return 3;
	close_between(FIRST + 4, UINT_MAX);
	if (open_ones() != 0x09)
		return 4;
	close_between(FIRST + 3, FIRST + 3);
	return open_ones() == 0x01 && fcntl(0, F_GETFD) >= 0 ? 0 : 5;
}

static void closes_in_child(bool lacks)
{
	const pid_t pid = fork();
	int status;

	if (!pid)
		_exit(closes(lacks));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_at_once(void **state)
{
	(void)state;
	closes_in_child(false);
}

static void test_one_by_one(void **state)
{
	(void)state;
	closes_in_child(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_at_once), cmocka_unit_test(test_one_by_one)};

	return cmocka_run_group_tests_name("core_close", tests, NULL, NULL);
}
