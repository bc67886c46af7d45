/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a claim: what can be compared of a process, of VMAs and of regions. */
#include <string.h>

#include "script/claim_parts.h"

/* Fields of regions: those of expect, and what the snapshot format calls them. */
static const struct {
	const char *word;
	enum field field;
} region_aliases[] = {
	{"mapcount.entire", FIELD_ENTIRE}, {"mapcount.highest", FIELD_HIGHEST},
	{"mapcount.total", FIELD_TOTAL},   {"team.usage", FIELD_USAGE},
	{"team.pmd_maps", FIELD_PMD_MAPS},
};

enum field claim_region_field(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(region_aliases) / sizeof(region_aliases[0]); i++)
		if (!strcmp(region_aliases[i].word, word))
			return region_aliases[i].field;
	return field_named(SUBJECT_MEMORY, word);
}

static const char *subject_word(enum expect_subject subject, size_t *i)
{
	unsigned field;

	for (field = 0; field < FIELD_COUNT; field++)
		if (field_subject((enum field)field) == subject && field != FIELD_VALUE && !(*i)--)
			return field_name((enum field)field);
	return NULL;
}

const char *claim_region_word(const void *data, size_t i)
{
	const char *word = subject_word(SUBJECT_MEMORY, &i);

	(void)data;
	if (word)
		return word;
	return i < sizeof(region_aliases) / sizeof(region_aliases[0]) ? region_aliases[i].word : NULL;
}

const char *const claim_totals_words[CLAIM_N_TOTALS] = {
	[STATE_UNKNOWN] = "totals.unknown",
	[STATE_EMPTY] = "totals.empty",
	[STATE_PTE_MAPPED] = "totals.pte_mapped",
	[STATE_PMD_MAPPED] = "totals.pmd_mapped",
	[STATE_TEAM] = "totals.team",
	[STATE_HUGETLB] = "totals.hugetlb",
	[STATE_COUNT] = "totals.regions",
	[STATE_COUNT + 1] = "totals.fragments",
};

const char *claim_memory_word(const void *data, size_t i)
{
	const struct claim_memory *memory;
	size_t n;

	(void)data;
	for (n = 0; (memory = claim_memory((unsigned)n)); n++)
		if (n == i)
			return memory->word;
	return NULL;
}

const char *claim_process_word(const void *data, size_t i)
{
	size_t n;

	for (n = 0; claim_memory_word(data, n); n++)
		;
	if (i < n)
		return claim_memory_word(data, i);
	i -= n;
	if (i < CLAIM_N_TOTALS)
		return claim_totals_words[i];
	i -= CLAIM_N_TOTALS;
	return subject_word(SUBJECT_PROCESS, &i);
}
