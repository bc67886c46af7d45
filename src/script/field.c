/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fields that an expectation may name. */
#include "script/field.h"

#include <string.h>

#include "core/region.h"
#include "core/task.h"
#include "core/verdict.h"

static const struct {
	const char *name;
	enum expect_subject subject;
	enum field_kind kind;
} fields[] = {
	[FIELD_MAPPING] = {"mapping", SUBJECT_MEMORY, FIELD_WORD},
	[FIELD_BACKING] = {"backing", SUBJECT_MEMORY, FIELD_WORD},
	[FIELD_STATE] = {"state", SUBJECT_MEMORY, FIELD_WORD},
	[FIELD_ORDER] = {"order", SUBJECT_MEMORY, FIELD_NUMBER},
	[FIELD_ENTIRE] = {"entire", SUBJECT_MEMORY, FIELD_NUMBER},
	[FIELD_TOTAL] = {"total", SUBJECT_MEMORY, FIELD_NUMBER},
	[FIELD_USAGE] = {"usage", SUBJECT_MEMORY, FIELD_NUMBER},
	[FIELD_PMD_MAPS] = {"pmd_maps", SUBJECT_MEMORY, FIELD_NUMBER},
	[FIELD_PRESENT] = {"present", SUBJECT_MEMORY, FIELD_NUMBER},
	[FIELD_SWAPPED] = {"swapped", SUBJECT_MEMORY, FIELD_NUMBER},
	[FIELD_GUARD] = {"guard", SUBJECT_MEMORY, FIELD_NUMBER},
	[FIELD_ANON] = {"anon", SUBJECT_MEMORY, FIELD_NUMBER},
	[FIELD_FILE] = {"file", SUBJECT_MEMORY, FIELD_NUMBER},
	[FIELD_EXCLUSIVE] = {"exclusive", SUBJECT_MEMORY, FIELD_NUMBER},
	[FIELD_MAPCOUNT] = {"mapcount", SUBJECT_MEMORY, FIELD_NUMBER},
	[FIELD_HIGHEST] = {"highest", SUBJECT_MEMORY, FIELD_NUMBER},
	[FIELD_PMD] = {"pmd", SUBJECT_MEMORY, FIELD_NUMBER},
	[FIELD_PTE] = {"pte", SUBJECT_MEMORY, FIELD_NUMBER},
	[FIELD_VALUE] = {"value", SUBJECT_MEMORY, FIELD_NUMBER},
	[FIELD_RSS] = {"rss", SUBJECT_PROCESS, FIELD_NUMBER},
	[FIELD_PAGE_TABLES] = {"page_tables", SUBJECT_PROCESS, FIELD_NUMBER},
	[FIELD_QUEUE] = {"queue", SUBJECT_PROCESS, FIELD_NUMBER},
	[FIELD_TASK_STATE] = {"state", SUBJECT_TASK, FIELD_WORD},
	[FIELD_TASK_VERDICT] = {"verdict", SUBJECT_TASK, FIELD_TEXT},
	[FIELD_TASK_AT] = {"at", SUBJECT_TASK, FIELD_TEXT},
};
_Static_assert(sizeof(fields) / sizeof(fields[0]) == FIELD_COUNT, "a row for each field");

const char *field_name(enum field field)
{
	return fields[field].name;
}

enum expect_subject field_subject(enum field field)
{
	return fields[field].subject;
}

enum field_kind field_kind(enum field field)
{
	return fields[field].kind;
}

enum field field_named(enum expect_subject subject, const char *name)
{
	unsigned i;

	for (i = 0; i < FIELD_COUNT; i++)
		if (fields[i].subject == subject && !strcmp(fields[i].name, name))
			break;
	return (enum field)i;
}

const char *field_nth_word(enum field field, size_t i)
{
	if (field == FIELD_MAPPING)
		return i < MAPPING_COUNT ? mapping_name((enum mapping)i) : NULL;
	if (field == FIELD_BACKING)
		return i < BACKING_COUNT ? backing_name((enum backing)i) : NULL;
	if (field == FIELD_STATE)
		return i < STATE_COUNT ? state_name((enum state)i) : NULL;
	if (field == FIELD_TASK_STATE)
		return i < TASK_STATE_COUNT ? task_state_name((enum task_state)i) : NULL;
	return field == FIELD_TASK_VERDICT ? verdict_word(i) : NULL;
}

bool field_knows(enum field field, const char *word)
{
	const char *known;
	size_t i;

	for (i = 0; (known = field_nth_word(field, i)); i++)
		if (!strcmp(known, word))
			return true;
	return false;
}

bool field_of_pages(enum field field)
{
	return field >= FIELD_PRESENT && field <= FIELD_HIGHEST;
}
