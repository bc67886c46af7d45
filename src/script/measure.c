/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fields of regions and processes are in a moment, and whether that is what was said. */
#include "script/measure.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct measure measure_region(enum field field, const struct region *region)
{
	static const struct region nothing = {.mapping = MAPPING_NONE,
					      .backing = BACKING_NONE,
					      .team_usage = UNKNOWN_COUNT,
					      .team_pmd_maps = UNKNOWN_COUNT};
	struct measure measure = {.number = UNKNOWN_COUNT};

	if (!region)
		region = &nothing;
	switch (field) {
	case FIELD_MAPPING:
		measure.word = mapping_name(region->mapping);
		break;
	case FIELD_BACKING:
		measure.word = backing_name(region->backing);
		break;
	case FIELD_STATE:
		measure.word = state_name(region_state(region));
		break;
	case FIELD_ORDER:
		measure.number = region->order_known ? region->order : UNKNOWN_COUNT;
		break;
	case FIELD_ENTIRE:
		measure.number = region->mapcount.entire;
		break;
	case FIELD_TOTAL:
		measure.number = region->mapcount.total;
		break;
	case FIELD_PRESENT:
		measure.number = region->present;
		break;
	case FIELD_SWAPPED:
		measure.number = region->swapped;
		break;
	case FIELD_GUARD:
		measure.number = region->guard;
		break;
	case FIELD_ANON:
		measure.number = region->anon;
		break;
	case FIELD_FILE:
		measure.number = region->file;
		break;
	case FIELD_EXCLUSIVE:
		measure.number = region->exclusive;
		break;
	case FIELD_MAPCOUNT:
	case FIELD_HIGHEST:
		measure.number = region->mapcount.highest;
		break;
	case FIELD_USAGE:
		measure.number = region->team_usage;
		break;
	case FIELD_PMD_MAPS:
		measure.number = region->team_pmd_maps;
		break;
	case FIELD_PMD:
	case FIELD_PTE:
	case FIELD_VALUE:
	case FIELD_RSS:
	case FIELD_PAGE_TABLES:
	case FIELD_QUEUE:
	case FIELD_TASK_STATE:
	case FIELD_TASK_VERDICT:
	case FIELD_TASK_AT:
	case FIELD_COUNT:
		break;
	}
	if (region_counts_unknown(region))
		measure.number = UNKNOWN_COUNT;
	return measure;
}

struct measure measure_process(enum field field, const struct process *process)
{
	const int64_t kb = field == FIELD_RSS ? process->rss_kb : process->page_tables_kb;

	if (field == FIELD_QUEUE)
		return (struct measure){.number = process->queue.known ? process->queue.n : UNKNOWN_COUNT};
	return (struct measure){.number = kb == UNKNOWN_COUNT ? kb : kb << 10};
}

bool measure_known(const struct measure *measure)
{
	return measure->word ? strcmp(measure->word, "unknown") != 0 : measure->number != UNKNOWN_COUNT;
}

void measure_say(enum field field, const struct measure *measure, char *out, size_t size)
{
	if (measure->word)
		snprintf(out, size, "%s", measure->word);
	else if (field == FIELD_RSS || field == FIELD_PAGE_TABLES)
		snprintf(out, size, "%" PRId64 "k", measure->number >> 10);
	else
		snprintf(out, size, "%" PRId64, measure->number);
}

static const char *missing_of_process(const struct capabilities *caps, enum field field)
{
	if (field != FIELD_QUEUE)
		return "the status of the process does not tell it";
	return capable(caps, CAP_QUEUE) ? "what khugepaged queues of the process could not be read"
					: "this kernel does not show khugepaged's queue";
}

const char *measure_missing(const struct capabilities *caps, enum field field)
{
	static const enum capability mapping[] = {CAP_PAGEMAP_SCAN}, memory[] = {CAP_PFN, CAP_KPAGEFLAGS},
				     counts[] = {CAP_PFN, CAP_KPAGECOUNT}, teams[] = {CAP_TEAMS};
	bool of_mapping =
		field == FIELD_MAPPING || field == FIELD_STATE || field == FIELD_PMD || field == FIELD_PTE;
	bool of_memory = field == FIELD_BACKING || field == FIELD_ORDER;
	bool of_team = field == FIELD_USAGE || field == FIELD_PMD_MAPS;
	const enum capability *need = of_mapping ? mapping : of_memory ? memory : of_team ? teams : counts;
	size_t i;

	if (field_subject(field) == SUBJECT_PROCESS)
		return missing_of_process(caps, field);
	if (of_mapping && capable(caps, CAP_PAGEMAP_BIT))
		return NULL;
	for (i = 0; i < (of_mapping || of_team ? 1 : 2); i++)
		if (!capable(caps, need[i]) || capability_lacks(caps, need[i]))
			return caps->missing[need[i]] ? caps->missing[need[i]] : "this source cannot tell";
	return NULL;
}

enum verdict measure_compare(const struct capabilities *caps, enum field field, const struct measure *measure,
			     enum compare compare, const char *wanted)
{
	bool held;

	if (!measure_known(measure) && !(measure->word && compare_word("unknown", COMPARE_EQ, wanted)))
		return measure_missing(caps, field) ? VERDICT_UNKNOWN : VERDICT_FAILED;
	held = measure->word ? compare_word(measure->word, compare, wanted)
			     : compare_number((uint64_t)measure->number, compare, wanted);
	return held ? VERDICT_HELD : VERDICT_FAILED;
}
