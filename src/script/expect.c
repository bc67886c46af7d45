/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether what a script expects is so: of its memory, and who looks at the rest. */
#include "script/expect.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "script/field.h"

/* Members of a family that are surveyed together, so that `entire` and `total` can be derived. */
#define MAX_FAMILY 128

/* A region, or the part of one slot that a VMA covers. */
struct piece {
	uint64_t start, len;
	const struct region *region; /* NULL: holds nothing */
};

struct pieces {
	struct piece *items;
	size_t n, room;
};

/* What a field is: a word, or a number unless that is UNKNOWN_COUNT. */
struct value {
	const char *word;
	int64_t number;
};

struct look {
	struct source *source;
	const struct action *action;
	enum field field;
	struct place place;
	char *found;
	size_t size;
};

static struct value value_of(enum field field, const struct region *region)
{
	static const struct region nothing = {.mapping = MAPPING_NONE,
					      .backing = BACKING_NONE,
					      .team_usage = UNKNOWN_COUNT,
					      .team_pmd_maps = UNKNOWN_COUNT};
	struct value value = {.number = UNKNOWN_COUNT};

	if (!region)
		region = &nothing;
	switch (field) {
	case FIELD_MAPPING:
		value.word = mapping_name(region->mapping);
		break;
	case FIELD_BACKING:
		value.word = backing_name(region->backing);
		break;
	case FIELD_STATE:
		value.word = state_name(region_state(region));
		break;
	case FIELD_ORDER:
		value.number = region->order_known ? region->order : UNKNOWN_COUNT;
		break;
	case FIELD_ENTIRE:
		value.number = region->mapcount.entire;
		break;
	case FIELD_TOTAL:
		value.number = region->mapcount.total;
		break;
	case FIELD_PRESENT:
		value.number = region->present;
		break;
	case FIELD_SWAPPED:
		value.number = region->swapped;
		break;
	case FIELD_GUARD:
		value.number = region->guard;
		break;
	case FIELD_ANON:
		value.number = region->anon;
		break;
	case FIELD_FILE:
		value.number = region->file;
		break;
	case FIELD_EXCLUSIVE:
		value.number = region->exclusive;
		break;
	case FIELD_MAPCOUNT:
	case FIELD_HIGHEST:
		value.number = region->mapcount.highest;
		break;
	case FIELD_USAGE:
		value.number = region->team_usage;
		break;
	case FIELD_PMD_MAPS:
		value.number = region->team_pmd_maps;
		break;
	case FIELD_PMD:
	case FIELD_PTE:
	case FIELD_VALUE:
	case FIELD_RSS:
	case FIELD_PAGE_TABLES:
	case FIELD_TASK_STATE:
	case FIELD_TASK_VERDICT:
	case FIELD_TASK_AT:
	case FIELD_COUNT:
		break;
	}
	return value;
}

/* Why a field may be unknown here: the sentence of the capability that is missing, or NULL if none is. */
static const char *missing_for(const struct source *source, enum field field)
{
	static const enum capability mapping[] = {CAP_PAGEMAP_SCAN}, memory[] = {CAP_PFN, CAP_KPAGEFLAGS},
				     counts[] = {CAP_PFN, CAP_KPAGECOUNT}, teams[] = {CAP_TEAMS};
	const struct capabilities *caps = &source->caps;
	bool of_mapping =
		field == FIELD_MAPPING || field == FIELD_STATE || field == FIELD_PMD || field == FIELD_PTE;
	bool of_memory = field == FIELD_BACKING || field == FIELD_ORDER;
	bool of_team = field == FIELD_USAGE || field == FIELD_PMD_MAPS;
	const enum capability *need = of_mapping ? mapping : of_memory ? memory : of_team ? teams : counts;
	size_t i;

	if (of_mapping && capable(caps, CAP_PAGEMAP_BIT))
		return NULL;
	for (i = 0; i < (of_mapping || of_team ? 1 : 2); i++)
		if (!capable(caps, need[i]))
			return caps->missing[need[i]] ? caps->missing[need[i]] : "this source cannot tell";
	return NULL;
}

static enum verdict unknown(const struct look *look)
{
	const char *why = missing_for(look->source, look->field);

	if (why)
		snprintf(look->found, look->size, "%s", why);
	else
		snprintf(look->found, look->size, "%s is not known", field_name(look->field));
	return why ? VERDICT_UNKNOWN : VERDICT_FAILED;
}

static enum verdict compare_value(const struct look *look, const struct value *value)
{
	const enum compare compare = look->action->expect.compare;
	const char *wanted = look->action->expect.value;

	if (value->word) {
		if (!strcmp(value->word, "unknown") && !expect_word("unknown", COMPARE_EQ, wanted))
			return unknown(look);
		return expect_word(value->word, compare, wanted) ? VERDICT_HELD : VERDICT_FAILED;
	}
	if (value->number == UNKNOWN_COUNT)
		return unknown(look);
	return expect_number((uint64_t)value->number, compare, wanted) ? VERDICT_HELD : VERDICT_FAILED;
}

/* Every region, or part of one, of the VMAs within the place. */
static void collect(const struct look *look, const struct process *process, struct pieces *pieces)
{
	const uint64_t slot = look->source->pmd_size, end = look->place.start + look->place.len;
	const struct vma *vma = process->vmas;
	uint64_t at, next;

	for (; vma < process->vmas + process->n_vmas; vma++) {
		if (vma->end <= look->place.start || vma->start >= end)
			continue;
		for (at = vma->start; at < vma->end && at < end; at = next) {
			next = (at / slot + 1) * slot;
			if (next > vma->end)
				next = vma->end;
			if (next <= look->place.start)
				continue;
			mem_grow(&pieces->items, &pieces->room, pieces->n + 1, sizeof(*pieces->items));
			pieces->items[pieces->n++] =
				(struct piece){at, next - at, process_region_at(process, at)};
		}
	}
}

/* Of a whole area only whole regions count, unless it has none. */
static void keep_whole(struct pieces *pieces, uint64_t slot)
{
	size_t i, whole = 0;

	for (i = 0; i < pieces->n; i++)
		whole += pieces->items[i].len == slot;
	if (!whole)
		return;
	for (i = 0, whole = 0; i < pieces->n; i++)
		if (pieces->items[i].len == slot)
			pieces->items[whole++] = pieces->items[i];
	pieces->n = whole;
}

static void describe(const struct look *look, const struct piece *piece, const struct value *value,
		     size_t others)
{
	const struct region *region = piece->region;
	char more[64] = "", number[24];

	if (others)
		snprintf(more, sizeof(more), "; the same goes for %zu more region%s", others,
			 others == 1 ? "" : "s");
	snprintf(number, sizeof(number), "%" PRId64, value->number);
	snprintf(look->found, look->size, "at 0x%" PRIx64 " %s is %s (%s-mapped %s, %u present)%s",
		 piece->start, field_name(look->field), value->word ? value->word : number,
		 mapping_name(region ? region->mapping : MAPPING_NONE),
		 backing_name(region ? region->backing : BACKING_NONE), region ? region->present : 0, more);
}

static enum verdict each_piece(const struct look *look, const struct pieces *pieces)
{
	enum verdict verdict = VERDICT_HELD, one;
	struct value value, first_value = {0};
	const struct piece *first = NULL;
	size_t i, failed = 0;

	for (i = 0; i < pieces->n; i++) {
		value = value_of(look->field, pieces->items[i].region);
		one = compare_value(look, &value);
		if (one == VERDICT_HELD)
			continue;
		if (one == VERDICT_UNKNOWN && verdict == VERDICT_HELD)
			verdict = VERDICT_UNKNOWN;
		if (one != VERDICT_FAILED)
			continue;
		verdict = VERDICT_FAILED;
		if (!failed++) {
			first = &pieces->items[i];
			first_value = value;
		}
	}
	if (first && (first_value.word ? strcmp(first_value.word, "unknown") != 0
				       : first_value.number != UNKNOWN_COUNT))
		describe(look, first, &first_value, failed - 1);
	return verdict;
}

/* How many regions are mapped by PMD or by ptes. */
static enum verdict count_pieces(const struct look *look, const struct pieces *pieces)
{
	enum mapping wanted = look->field == FIELD_PMD ? MAPPING_PMD : MAPPING_PTE;
	struct value value = {.number = 0};
	enum verdict verdict;
	size_t i;

	for (i = 0; i < pieces->n; i++) {
		if (!pieces->items[i].region)
			continue;
		if (pieces->items[i].region->mapping == MAPPING_UNKNOWN)
			return unknown(look);
		value.number += pieces->items[i].region->mapping == wanted;
	}
	verdict = compare_value(look, &value);
	if (verdict == VERDICT_FAILED)
		snprintf(look->found, look->size, "%s is %" PRId64 " of %zu regions", field_name(look->field),
			 value.number, pieces->n);
	return verdict;
}

static enum verdict look_at_regions(const struct look *look, const struct process *process)
{
	const struct target *target = &look->action->target;
	struct pieces pieces = {0};
	enum verdict verdict;

	collect(look, process, &pieces);
	if (!target->has_index && !target->has_offset && !target->has_len)
		keep_whole(&pieces, look->source->pmd_size);
	if (!pieces.n) {
		/* Nothing is mapped here any more: that is an empty region. */
		mem_grow(&pieces.items, &pieces.room, 1, sizeof(*pieces.items));
		pieces.items[pieces.n++] = (struct piece){look->place.start, look->place.len, NULL};
	}
	verdict = look->field == FIELD_PMD || look->field == FIELD_PTE ? count_pieces(look, &pieces)
								       : each_piece(look, &pieces);
	free(pieces.items);
	return verdict;
}

/* Adds one page to the value of a field over a range of pages. */
static void add_page(enum field field, const struct page *page, struct value *value)
{
	bool file = page->pagemap & PM_FILE;

	if (value->number == UNKNOWN_COUNT)
		return;
	if (field == FIELD_PRESENT)
		value->number += page->present;
	else if (field == FIELD_SWAPPED)
		value->number += page->swapped;
	else if (field == FIELD_GUARD)
		value->number += page->guard;
	else if (field == FIELD_ANON)
		value->number += page->present && !file;
	else if (field == FIELD_FILE)
		value->number += page->present && file;
	else if (page->present && !page->has_mapcount)
		value->number = UNKNOWN_COUNT;
	else if (field == FIELD_EXCLUSIVE)
		value->number += page->present && page->mapcount == 1;
	else if (page->present && page->mapcount > value->number)
		value->number = page->mapcount;
}

static enum verdict look_at_pages(const struct look *look)
{
	const uint64_t slot = look->source->pmd_size, end = look->place.start + look->place.len;
	struct value value = {.number = 0};
	const struct process *process;
	struct moment *moment;
	enum verdict verdict;
	uint64_t at;
	size_t i;

	for (at = look->place.start; at < end; at = (at / slot + 1) * slot) {
		moment = source_examine(look->source, look->place.pid, at);
		process = &moment->processes[0];
		for (i = 0; i < process->n_pages; i++)
			if (process->pages[i].addr + look->source->page_size > look->place.start &&
			    process->pages[i].addr < end)
				add_page(look->field, &process->pages[i], &value);
		if (process->outcome != OUTCOME_OK)
			value.number = UNKNOWN_COUNT;
		moment_free(moment);
	}
	verdict = compare_value(look, &value);
	if (verdict == VERDICT_FAILED && value.number != UNKNOWN_COUNT)
		snprintf(look->found, look->size, "of the pages from 0x%" PRIx64 " on %s is %" PRId64,
			 look->place.start, field_name(look->field), value.number);
	return verdict;
}

/* The number in each page. */
static enum verdict look_at_values(const struct look *look)
{
	const uint64_t page = look->source->page_size, end = look->place.start + look->place.len;
	struct value value;
	uint8_t byte = 0;
	uint64_t at;
	int err;

	for (at = look->place.start / page * page; at < end; at += page) {
		err = source_value(look->source, look->place.pid, at, &byte);
		if (err) {
			snprintf(look->found, look->size, "%s", look->source->error);
			return err == -ENOTSUP || err == -ENODATA ? VERDICT_UNKNOWN : VERDICT_FAILED;
		}
		value = (struct value){.number = byte};
		if (compare_value(look, &value) == VERDICT_HELD)
			continue;
		snprintf(look->found, look->size, "in the page at 0x%" PRIx64 " it is %u", at, byte);
		return VERDICT_FAILED;
	}
	return VERDICT_HELD;
}

static enum verdict look_at_process(const struct look *look)
{
	struct watch watch = {0};
	const struct process *process;
	struct moment *moment;
	enum verdict verdict;
	pid_t pids[MAX_FAMILY];
	size_t i;

	if (source_family(look->source, pids, MAX_FAMILY, &watch.n)) {
		snprintf(look->found, look->size, "%s", look->source->error);
		return VERDICT_FAILED;
	}
	watch.pids = pids;
	moment = source_sample(look->source, &watch);
	for (i = 0; i < moment->n_processes; i++)
		if (moment->processes[i].pid == look->place.pid)
			break;
	process = i < moment->n_processes ? &moment->processes[i] : NULL;
	if (process && process->outcome == OUTCOME_OK) {
		verdict = look_at_regions(look, process);
	} else {
		snprintf(look->found, look->size, "the process cannot be read: %s",
			 process && process->reason ? process->reason : "it has exited");
		verdict = VERDICT_FAILED;
	}
	moment_free(moment);
	return verdict;
}

static enum verdict expect_memory(struct source *source, const struct action *action, char *found,
				  size_t size)
{
	struct look look = {.source = source,
			    .action = action,
			    .field = field_named(SUBJECT_MEMORY, action->expect.field),
			    .found = found,
			    .size = size};
	const struct target *target = &action->target;

	if (source_locate(source, target, &look.place)) {
		snprintf(found, size, "%s", source->error);
		return VERDICT_FAILED;
	}
	if (look.field == FIELD_VALUE)
		return look_at_values(&look);
	if (field_of_pages(look.field) && (target->has_offset || target->has_len))
		return look_at_pages(&look);
	return look_at_process(&look);
}

enum verdict expect_look(struct source *source, pid_t pid, const struct action *action, char *found,
			 size_t size)
{
	if (size)
		found[0] = '\0';
	switch (action->expect.subject) {
	case SUBJECT_MEMORY:
		return expect_memory(source, action, found, size);
	case SUBJECT_PROCESS:
		return expect_process(source, action, found, size);
	case SUBJECT_TASK:
		return expect_task(source, action, found, size);
	case SUBJECT_FIGURE:
		break;
	}
	return expect_require(source, pid, action, found, size);
}
