/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events out of records and changes, and into a moment. */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/verdict.h"
#include "local/happened_parts.h"

#define KHUGEPAGED "khugepaged"

/* One try of a collapse, or a look: of the records about it the first that has a verdict of its own. */
struct attempt {
	struct trace_record record; /* the try's where there was one, with the look's pfn */
	pid_t pid;
	struct heard *first, *last; /* what it is made of */
	bool tried;
	bool done; /* an event tells it, or the next moment will */
};

struct event *happened_event(struct happened_events *to, enum event_kind kind, uint64_t mono_ns, pid_t pid)
{
	const struct moment *moment = to->moment;
	struct event *event;

	mem_grow(&to->events, &to->room, to->n + 1, sizeof(*to->events));
	event = &to->events[to->n++];
	*event = (struct event){
		.kind = kind,
		.mono_ns = mono_ns,
		.wall_ns = moment->wall_ns ? moment->wall_ns - (int64_t)(moment->mono_ns - mono_ns) : 0,
		.pid = pid,
		.by = "",
		.how = "",
		.result = UNKNOWN_COUNT,
		.verdict = "",
		.why = "",
	};
	return event;
}

static struct event_effect effect_of(const struct change *change)
{
	return (struct event_effect){.pid = change->pid,
				     .addr = change->before.start,
				     .had = true,
				     .has = change->has,
				     .before = change->before,
				     .after = change->after};
}

static bool is_look(enum trace_kind kind)
{
	return kind == TRACE_SCAN_PMD || kind == TRACE_SCAN_FILE;
}

static bool is_try(enum trace_kind kind)
{
	return kind == TRACE_COLLAPSE || kind == TRACE_COLLAPSE_FILE;
}

/*
 * The record of a try comes right before that of the look that led to it, from the same thread (hpage_collapse_scan_pmd,
 * mm/khugepaged.c: collapse_huge_page() says its verdict, then the look its own, which in 5.4 is "succeeded" whatever came
 * of the try): so the try's is the verdict.
 */
static size_t pair_up(struct heard *heard, size_t n, struct attempt *attempts)
{
	size_t i, k, found = 0;

	for (i = 0; i < n; i++) {
		const struct trace_record *record = heard[i].record;
		bool joined = false;

		if (!is_look(record->kind) && !is_try(record->kind))
			continue;
		for (k = found; is_look(record->kind) && k-- > 0 && !joined;) {
			struct trace_record *before = &attempts[k].record;

			if (before->by_tid != record->by_tid)
				continue;
			if (!is_try(before->kind) || before->mm != record->mm)
				break;
			before->pfn = before->kind == TRACE_COLLAPSE ? record->pfn : before->pfn;
			before->kind = record->kind; /* that is all of it */
			attempts[k].last = &heard[i];
			joined = true;
		}
		if (!joined)
			attempts[found++] = (struct attempt){.record = *record,
							     .pid = heard[i].pid,
							     .first = &heard[i],
							     .last = &heard[i],
							     .tried = is_try(record->kind)};
	}
	return found;
}

static bool is_success(const struct attempt *attempt)
{
	return !strcmp(attempt->record.status, "succeeded");
}

/* Looks at what is huge already, or empty: there was nothing to do, and nothing to say. */
static bool is_idle(const struct attempt *attempt)
{
	static const char *const words[] = {"page_pmd_mapped", "pmd_null", "pmd_none"};
	size_t i;

	for (i = 0; !attempt->tried && i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(attempt->record.status, words[i]))
			return true;
	return false;
}

bool happened_became_huge(const struct change *change)
{
	const struct region *before = &change->before, *after = &change->after;

	return change->has && ((after->mapping == MAPPING_PMD && before->mapping != MAPPING_PMD) ||
			       (after->backing == BACKING_THP && before->backing != BACKING_THP));
}

/* Whether a collapse can have made this change. */
static bool collapsed(const struct change *change, pid_t pid)
{
	return change->pid == pid && !change->explained && happened_became_huge(change);
}

/*
 * A success that the moment does not show, because it came during the survey, or shows only in part: the next one will.
 * (What changed, and was not told by the kernel yet, waits for it likewise: happened.c.)
 */
static bool put_off(const struct happened_events *to, struct attempt *attempt, struct change *change)
{
	if (!is_success(attempt) || attempt->record.mono_ns < to->last->mono_ns)
		return false;
	if (change && change->after.mapping == MAPPING_PMD)
		return false;
	if (change) /* seen in the middle of it: the folio was there, and when asked before, the PMD was not */
		change->explained = true;
	attempt->first->keep = attempt->last->keep = true;
	attempt->done = true;
	return true;
}

/* The region of the last moment that a pfn lies in, by its one folio; NULL: not known. */
static const struct region *region_of(const struct moment *last, const struct attempt *attempt)
{
	const struct trace_record *record = &attempt->record;
	const struct process *process = NULL;
	size_t i;

	for (i = 0; i < last->n_processes; i++)
		if (last->processes[i].pid == attempt->pid)
			process = &last->processes[i];
	if (!process)
		return NULL;
	if (record->addr)
		return process_region_at(process, record->addr);
	for (i = 0; record->pfn != TRACE_NO_PFN && i < process->n_regions; i++) {
		const struct region *region = &process->regions[i];

		if (region->pfn && region->order_known && record->pfn >= region->pfn &&
		    record->pfn - region->pfn < UINT64_C(1) << region->order)
			return region;
	}
	return NULL;
}

static struct event *tell(struct happened_events *to, struct attempt *attempt)
{
	const struct trace_record *record = &attempt->record;
	struct event *event = happened_event(to, EVENT_COLLAPSE, record->mono_ns, attempt->pid);
	struct arena *arena = &to->moment->arena;

	attempt->done = true;
	event->by_pid = record->by > 0 ? record->by : 0;
	event->by = arena_text(arena, record->by_comm, strlen(record->by_comm));
	/* It is not asked, and takes no calls. */
	if (strcmp(record->by_comm, KHUGEPAGED) && record->by > 0)
		event->how = record->by == attempt->pid ? "madvise(MADV_COLLAPSE)"
							: "process_madvise(MADV_COLLAPSE)";
	event->verdict = arena_text(arena, record->status, strlen(record->status));
	event->why = *event->how ? verdict_requested(event->verdict) : verdict_text(event->verdict);
	return event;
}

static void place(struct happened_events *to, struct event *event, struct change *change)
{
	struct event_effect *effect = arena_alloc(&to->moment->arena, sizeof(*effect));

	*effect = effect_of(change);
	change->explained = true;
	event->addr = change->before.start;
	event->len = change->has ? change->after.len : change->before.len;
	event->effects = effect;
	event->n_effects = 1;
	event->deltas = to->deltas;
	event->n_deltas = to->n_deltas;
}

static struct change *change_at(struct change *changes, size_t n, pid_t pid, uint64_t addr)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (changes[i].before.start == addr && collapsed(&changes[i], pid))
			return &changes[i];
	return NULL;
}

/* What says itself where it was: by its address, by a folio that was there before. */
static void tell_placed(struct happened_events *to, struct attempt *attempts, size_t n,
			struct change *changes, size_t n_changes)
{
	const struct region *region;
	struct change *change;
	struct event *event;
	uint64_t addr;
	size_t i;

	for (i = 0; i < n; i++) {
		if (is_idle(&attempts[i]))
			continue;
		region = region_of(to->last, &attempts[i]);
		addr = region ? region->start : attempts[i].record.addr;
		change = is_success(&attempts[i]) ? change_at(changes, n_changes, attempts[i].pid, addr)
						  : NULL;
		if (!addr || put_off(to, &attempts[i], change))
			continue;
		event = tell(to, &attempts[i]);
		event->addr = addr;
		event->len = region ? region->len : to->moment->pmd_size;
		if (change)
			place(to, event, change);
	}
}

/*
 * Successes without an address of one process: if all were one caller's, and there are no more regions that became huge
 * than successes, each of those regions was one of them, and in their order, since both khugepaged and MADV_COLLAPSE go
 * upwards.
 */
static void tell_paired(struct happened_events *to, struct attempt *attempts, size_t n, pid_t pid,
			struct change *changes, size_t n_changes)
{
	size_t i, k = 0, successes = 0, huge = 0;
	pid_t by = 0;
	bool one = true;

	for (i = 0; i < n; i++) {
		if (attempts[i].done || attempts[i].pid != pid || !is_success(&attempts[i]))
			continue;
		one = one && (!successes || attempts[i].record.by == by);
		by = attempts[i].record.by;
		successes++;
	}
	for (i = 0; i < n_changes; i++)
		huge += collapsed(&changes[i], pid);
	if (!one || huge > successes)
		return;
	for (i = 0; i < n && huge; i++) {
		if (attempts[i].done || attempts[i].pid != pid || !is_success(&attempts[i]))
			continue;
		while (!collapsed(&changes[k], pid))
			k++;
		if (!put_off(to, &attempts[i], &changes[k]))
			place(to, tell(to, &attempts[i]), &changes[k]);
		k++;
		huge--;
	}
}

/* Looks that came to nothing, at places that are not known: one event for all that say the same. */
static void tell_looks(struct happened_events *to, struct attempt *attempts, size_t n, size_t at)
{
	const struct attempt first = attempts[at];
	struct event *event = tell(to, &attempts[at]);
	size_t i, alike = 1;

	for (i = at + 1; i < n; i++) {
		if (attempts[i].done || attempts[i].tried || attempts[i].pid != first.pid ||
		    attempts[i].record.by != first.record.by ||
		    strcmp(attempts[i].record.status, first.record.status))
			continue;
		attempts[i].done = true;
		alike++;
	}
	if (alike > 1)
		event->why = arena_printf(&to->moment->arena, "%s%sin %zu regions", event->why,
					  *event->why ? ", " : "", alike);
}

void happened_collapses(struct happened_events *to, struct heard *heard, size_t n, struct change *changes,
			size_t n_changes)
{
	struct attempt *attempts = mem_alloc(n * sizeof(*attempts));
	size_t i;

	n = pair_up(heard, n, attempts);
	tell_placed(to, attempts, n, changes, n_changes);
	for (i = 0; i < n; i++)
		if (!attempts[i].done && is_success(&attempts[i]))
			tell_paired(to, attempts, n, attempts[i].pid, changes, n_changes);
	for (i = 0; i < n; i++) {
		if (attempts[i].done || is_idle(&attempts[i]) || put_off(to, &attempts[i], NULL))
			continue;
		if (attempts[i].tried || is_success(&attempts[i]))
			tell(to, &attempts[i]);
		else
			tell_looks(to, attempts, n, i);
	}
	free(attempts);
}

/* Side by side, and alike. */
static bool goes_on(const struct change *one, const struct change *next)
{
	return one->process == next->process && !next->explained && one->has == next->has &&
	       one->before.start + one->before.len == next->before.start &&
	       one->before.mapping == next->before.mapping && one->before.backing == next->before.backing &&
	       (!one->has ||
		(one->after.mapping == next->after.mapping && one->after.backing == next->after.backing));
}

void happened_mappings(struct happened_events *to, const struct change *changes, size_t n)
{
	struct arena *arena = &to->moment->arena;
	struct event_effect *effects;
	struct event *event;
	size_t i, k, run;

	for (i = 0; i < n; i += run) {
		run = 1;
		if (changes[i].explained)
			continue;
		while (i + run < n && goes_on(&changes[i + run - 1], &changes[i + run]))
			run++;
		event = happened_event(to, EVENT_MAPPING, to->moment->mono_ns, changes[i].pid);
		event->addr = changes[i].before.start;
		event->len =
			changes[i + run - 1].before.start + changes[i + run - 1].before.len - event->addr;
		event->why = happened_change_text(&changes[i], run, arena);
		event->n_effects = run < HAPPENED_EFFECTS ? run : HAPPENED_EFFECTS;
		effects = arena_alloc(arena, event->n_effects * sizeof(*effects));
		for (k = 0; k < event->n_effects; k++)
			effects[k] = effect_of(&changes[i + k]);
		event->effects = effects;
		event->deltas = to->deltas;
		event->n_deltas = to->n_deltas;
	}
}

static int by_time(const void *one, const void *other)
{
	const struct event *a = one, *b = other;

	if (a->mono_ns != b->mono_ns)
		return a->mono_ns < b->mono_ns ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return a->addr < b->addr ? -1 : a->addr > b->addr;
}

void happened_deliver(struct happened_events *to)
{
	struct moment *moment = to->moment;
	struct event *lost;

	if (to->n)
		qsort(to->events, to->n, sizeof(*to->events), by_time);
	if (to->n > HAPPENED_MAX) {
		to->lost += to->n - (HAPPENED_MAX - 1);
		to->n = HAPPENED_MAX - 1;
	}
	if (to->lost) {
		lost = happened_event(to, EVENT_LOST, moment->mono_ns, 0);
		lost->result = (int64_t)to->lost;
		lost->why = arena_printf(&moment->arena,
					 "%llu more happened than could be read or are told at a time",
					 (unsigned long long)to->lost);
	}
	moment->events = arena_copy(&moment->arena, to->events, to->n * sizeof(*to->events));
	moment->n_events = to->n;
	free(to->events);
	memset(to, 0, sizeof(*to));
}
