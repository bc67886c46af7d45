/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers and words against the value of an expectation. */
#include <stdio.h>
#include <string.h>

#include "core/parse.h"
#include "script/measure.h"

static bool is_number(const char *value, size_t len, uint64_t number)
{
	char one[64];
	uint64_t other;

	snprintf(one, sizeof(one), "%.*s", (int)len, value);
	return parse_size(one, &other) && other == number;
}

/* Does any of the alternatives of `value` equal it, or the beginning of the word? */
static bool among(const char *word, bool begins, uint64_t number, const char *value)
{
	size_t len;

	for (;; value += len + 1) {
		len = strcspn(value, "|");
		if (word ? !strncmp(word, value, len) && (begins || !word[len])
			 : is_number(value, len, number))
			return true;
		if (!value[len])
			return false;
	}
}

bool compare_word(const char *word, enum compare compare, const char *value)
{
	return among(word, false, 0, value) == (compare == COMPARE_EQ);
}

bool compare_beginning(const char *word, enum compare compare, const char *value)
{
	return among(word, true, 0, value) == (compare == COMPARE_EQ);
}

bool compare_number(uint64_t number, enum compare compare, const char *value)
{
	uint64_t other;

	if (compare == COMPARE_EQ || compare == COMPARE_NE)
		return among(NULL, false, number, value) == (compare == COMPARE_EQ);
	if (!parse_size(value, &other))
		return false;
	switch (compare) {
	case COMPARE_LT:
		return number < other;
	case COMPARE_LE:
		return number <= other;
	case COMPARE_GT:
		return number > other;
	case COMPARE_GE:
		return number >= other;
	case COMPARE_EQ:
	case COMPARE_NE:
	case COMPARE_COUNT:
		break;
	}
	return false;
}
