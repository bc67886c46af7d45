/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fields that an expectation may name. */
#include "script/field.h"

#include <string.h>

#include "core/region.h"

static const char *const names[] = {
	"mapping", "backing", "state", "order",	    "entire",	"total",   "present", "swapped",
	"guard",   "anon",    "file",  "exclusive", "mapcount", "highest", "pmd",     "pte",
};

_Static_assert(sizeof(names) / sizeof(names[0]) == FIELD_COUNT, "a name for each field");

const char *field_name(enum field field)
{
	return names[field];
}

enum field field_named(const char *name)
{
	unsigned i;

	for (i = 0; i < FIELD_COUNT; i++)
		if (!strcmp(names[i], name))
			break;
	return (enum field)i;
}

bool field_has_words(enum field field)
{
	return field <= FIELD_STATE;
}

const char *field_word(enum field field, size_t i)
{
	if (field == FIELD_MAPPING)
		return i < MAPPING_COUNT ? mapping_name((enum mapping)i) : NULL;
	if (field == FIELD_BACKING)
		return i < BACKING_COUNT ? backing_name((enum backing)i) : NULL;
	return i < STATE_COUNT ? state_name((enum state)i) : NULL;
}

bool field_knows(enum field field, const char *word)
{
	const char *known;
	size_t i;

	for (i = 0; (known = field_word(field, i)); i++)
		if (!strcmp(known, word))
			return true;
	return false;
}

bool field_of_pages(enum field field)
{
	return field >= FIELD_PRESENT && field <= FIELD_HIGHEST;
}
