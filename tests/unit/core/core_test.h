/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each test program of core begins with. */
#ifndef CORE_TEST_H
#define CORE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

/* A generator of its own, so that a test's layouts are the same everywhere (xorshift64*). */
struct dice {
	uint64_t seed;
};

static inline uint64_t dice_roll(struct dice *dice, uint64_t sides)
{
	dice->seed ^= dice->seed >> 12;
	dice->seed ^= dice->seed << 25;
	dice->seed ^= dice->seed >> 27;
	return (dice->seed * UINT64_C(0x2545f4914f6cdd1d) >> 20) % sides;
}

#endif
