/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether what a script expects is so: of its memory, and who looks at the rest. */
#include "script/expect.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "script/claim.h"

/* Members of a family that are surveyed together, so that `entire` and `total` can be derived. */
#define MAX_FAMILY 128

struct look {
	struct source *source;
	const struct action *action;
	enum field field;
	struct place place;
	char *found;
	size_t size;
};

static enum verdict compare_value(const struct look *look, const struct measure *value)
{
	const struct capabilities *caps = &look->source->caps;
	const char *why = measure_missing(caps, look->field);

	if (!measure_known(value))
		snprintf(look->found, look->size, why ? "%s" : "%s is not known",
			 why ? why : field_name(look->field));
	return measure_compare(caps, look->field, value, look->action->expect.compare,
			       look->action->expect.value);
}

static enum verdict look_at_regions(const struct look *look, const struct process *process)
{
	const struct target *target = &look->action->target;
	/* Where nothing is mapped any more: that is an empty region. */
	struct pieces pieces = {.process = process,
				.from = look->place.start,
				.to = look->place.start + look->place.len,
				.slot = look->source->pmd_size,
				.place = true};
	struct buf found = {0};
	enum verdict verdict;

	if (!target->has_index && !target->has_offset && !target->has_len)
		pieces_keep_whole(&pieces);
	verdict = claim_judge_pieces(&look->source->caps, &pieces, look->field, look->action->expect.compare,
				     look->action->expect.value, &found);
	snprintf(look->found, look->size, "%s", found.data ? found.data : "");
	buf_fini(&found);
	return verdict;
}

/* Adds one page to the value of a field over a range of pages. */
static void add_page(enum field field, const struct page *page, struct measure *value)
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
	struct measure value = {.number = 0};
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
	struct measure value;
	uint8_t byte = 0;
	uint64_t at;
	int err;

	for (at = look->place.start / page * page; at < end; at += page) {
		err = source_value(look->source, look->place.pid, at, &byte);
		if (err) {
			snprintf(look->found, look->size, "%s", look->source->error);
			return err == -ENOTSUP || err == -ENODATA ? VERDICT_UNKNOWN : VERDICT_FAILED;
		}
		value = (struct measure){.number = byte};
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

enum verdict expect_require(struct source *source, pid_t pid, const struct action *action, char *found,
			    size_t size)
{
	const struct watch watch = {.pids = &pid, .n = 1};
	struct moment *moment = source_sample(source, &watch);
	enum verdict verdict = measure_figure(moment, action->expect.field, action->expect.compare,
					      action->expect.value, found, size);

	moment_free(moment);
	/* A kernel without it is none that the script can run on. */
	return verdict == VERDICT_UNKNOWN ? VERDICT_FAILED : verdict;
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
	case SUBJECT_VIOLATION: /* only who carried the action out was told */
		return VERDICT_UNKNOWN;
	case SUBJECT_FIGURE:
		break;
	}
	return expect_require(source, pid, action, found, size);
}
