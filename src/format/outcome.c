/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a skipped line's "outcome". */
#include "format/outcome.h"

#include <string.h>

static const char *const words[] = {"ok", "gone", "reused", "denied", "no-memory", "damaged", "failed"};

_Static_assert(sizeof(words) / sizeof(words[0]) == OUTCOME_COUNT, "a word for each outcome");

const char *outcome_name(enum outcome outcome)
{
	return words[outcome];
}

enum outcome outcome_named(const char *name)
{
	unsigned i;

	for (i = 0; i < OUTCOME_COUNT; i++)
		if (!strcmp(words[i], name))
			break;
	return (enum outcome)i;
}
