/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals that come before the pipe is there are in it, if whoever makes it has held them back until then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>

#include "ui/signals.h"

static void nothing(void)
{
}

static void lost(int number)
{
	(void)number;
}

static bool is_blocked(int number)
{
	sigset_t now;

	sigprocmask(SIG_BLOCK, NULL, &now);
	return sigismember(&now, number);
}

static void test_early(void **state)
{
	const struct sigaction action = {.sa_handler = lost};
	struct sigaction now;
	sigset_t set;

	(void)state;
	sigaction(SIGTERM, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGTERM);
	assert_int_equal(signals_start(nothing), 0);
	assert_true(signals_ending());
	assert_int_equal(signals_next(), SIGTERM);
	assert_int_equal(signals_next(), 0);
	assert_false(is_blocked(SIGTERM));
	signals_stop();
	/* As it was. */
	assert_true(is_blocked(SIGTERM));
	assert_false(is_blocked(SIGINT));
	sigaction(SIGTERM, NULL, &now);
	assert_ptr_equal(now.sa_handler, lost);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_early)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
