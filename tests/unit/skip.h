/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Skipping a cmocka test so that tests/run knows for want of what. */
#ifndef TESTS_SKIP_H
#define TESTS_SKIP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

/*
 * Ends the test: SKIP("mthp", "%s cannot be written", path). The capability is one of tests/lib/capability.py, the
 * reason a format; cmocka's TAP has no room for either, so tests/run takes them from the comment before the result.
 */
#define SKIP(capability, ...)                                                                                \
	do {                                                                                                 \
		printf("# %s: ", capability);                                                                \
		printf(__VA_ARGS__);                                                                         \
		printf("\n");                                                                                \
		skip();                                                                                      \
	} while (0)

#endif
