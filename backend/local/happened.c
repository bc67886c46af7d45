/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened to the watched processes: listening, and what a moment is told. */
#include "local/happened.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "local/happened_parts.h"
#include "local/owners.h"
#include "local/vmstat.h"

/* What is kept for the next moment: more than khugepaged or a fork bomb is worth reading. */
#define KEPT_MAX 8192

/* Between tries to open a trace: longer each time. */
#define FIRST_WAIT_NS UINT64_C(1000000000)
#define LAST_WAIT_NS (60 * FIRST_WAIT_NS)

/* A record, and whose family's it is (owners_concern). */
struct kept {
	struct trace_record record;
	pid_t root;
};

struct happened {
	struct kernel *kernel;
	struct trace *trace;
	uint64_t try_ns;   /* trace is not to be opened before; UINT64_MAX: ever */
	uint64_t wait_ns;  /* after the last try that failed */
	char unheard[256]; /* as trace_open said */
	struct owners owners;
	struct kept *kept; /* ascending by time */
	size_t n_kept, room_kept;
	uint64_t lost;
	struct change *late; /* left to the next moment */
	size_t n_late;
	struct told *told;
	size_t n_told, room_told;
	struct arena base_arena; /* vmstat as it was read for the last events */
	const struct figure *base;
	size_t n_base;
	uint64_t base_ns;
};

struct happened *happened_new(struct kernel *kernel)
{
	struct happened *happened = mem_alloc(sizeof(*happened));

	happened->kernel = kernel;
	return happened;
}

static void forget_told(struct happened *happened)
{
	size_t i;

	for (i = 0; i < happened->n_told; i++)
		free(happened->told[i].regions);
	happened->n_told = 0;
}

void happened_free(struct happened *happened)
{
	if (!happened)
		return;
	trace_close(happened->trace);
	forget_told(happened);
	free(happened->told);
	owners_fini(&happened->owners);
	free(happened->kept);
	free(happened->late);
	arena_fini(&happened->base_arena);
	free(happened);
}

/* What it failed for may pass, as a lack of descriptors does; but a try may cost what trace_close does. */
static void wait_to_try(struct happened *happened, int err)
{
	const bool passes = err != -EACCES && err != -ENOTSUP;

	happened->wait_ns = happened->wait_ns ? 2 * happened->wait_ns : FIRST_WAIT_NS;
	if (happened->wait_ns > LAST_WAIT_NS)
		happened->wait_ns = LAST_WAIT_NS;
	happened->try_ns = passes ? clock_mono_ns() + happened->wait_ns : UINT64_MAX;
}

struct trace *happened_trace(struct happened *happened)
{
	int err;

	if (happened->trace || !happened->kernel->here || clock_mono_ns() < happened->try_ns)
		return happened->trace;
	err = trace_open(&happened->trace, happened->unheard, sizeof(happened->unheard));
	if (err) {
		happened->trace = NULL;
		wait_to_try(happened, err);
	}
	return happened->trace;
}

const char *happened_unheard(const struct happened *happened)
{
	return *happened->unheard ? happened->unheard : NULL;
}

size_t happened_listen(struct happened *happened, const struct trace_record **records)
{
	struct trace *trace = happened_trace(happened);
	size_t i, n = trace ? trace_read(trace, records) : 0;
	pid_t root;

	for (i = 0; i < n; i++) {
		const struct trace_record *record = &(*records)[i];

		if (record->kind == TRACE_LOST)
			happened->lost += record->lost;
		if (!owners_concern(&happened->owners, *records, n, i, &root))
			continue;
		if (happened->n_kept == KEPT_MAX) {
			happened->lost++;
			continue;
		}
		mem_grow(&happened->kept, &happened->room_kept, happened->n_kept + 1,
			 sizeof(*happened->kept));
		happened->kept[happened->n_kept++] = (struct kept){*record, root};
	}
	return n;
}

void happened_told(struct happened *happened, const struct event *event, pid_t caller, uint64_t from_ns,
		   uint64_t to_ns)
{
	struct told *told;
	size_t i;

	if (!happened->owners.n) /* of nobody was there a live moment: the first one compares with none */
		return;
	mem_grow(&happened->told, &happened->room_told, happened->n_told + 1, sizeof(*happened->told));
	told = &happened->told[happened->n_told++];
	*told = (struct told){.caller = caller, .from_ns = from_ns, .to_ns = to_ns};
	told->regions = mem_alloc((event->n_effects + 1) * sizeof(*told->regions));
	for (i = 0; i < event->n_effects; i++) {
		const struct event_effect *effect = &event->effects[i];
		const struct region *region = effect->has ? &effect->after : &effect->before;

		told->regions[told->n++] = (struct told_region){.pid = effect->pid,
								.addr = effect->addr,
								.len = region->len,
								.seen = true,
								.has = effect->has,
								.mapping = region->mapping,
								.backing = region->backing};
	}
	if (!event->n_effects && event->len)
		told->regions[told->n++] =
			(struct told_region){.pid = event->pid, .addr = event->addr, .len = event->len};
}

static bool was_told(const struct happened *happened, const struct trace_record *record)
{
	size_t i;

	for (i = 0; i < happened->n_told; i++)
		if (record->by == happened->told[i].caller && record->mono_ns >= happened->told[i].from_ns &&
		    record->mono_ns <= happened->told[i].to_ns)
			return true;
	return false;
}

static const char *comm_of(const struct moment *moment, pid_t pid)
{
	size_t i;

	for (i = 0; i < moment->n_processes; i++)
		if (moment->processes[i].pid == pid && moment->processes[i].comm)
			return moment->processes[i].comm;
	return "";
}

static void tell_life(struct happened *happened, struct happened_events *to,
		      const struct trace_record *record)
{
	static const enum event_kind kinds[TRACE_KIND_COUNT] = {
		[TRACE_FORK] = EVENT_FORK, [TRACE_EXEC] = EVENT_EXEC, [TRACE_EXIT] = EVENT_EXIT};
	struct event *event = happened_event(to, kinds[record->kind], record->mono_ns, record->by);
	struct owner *owner = owners_find(&happened->owners, record->by);
	const char *comm = comm_of(to->last, record->by);

	event->child = record->child;
	event->by_pid = record->by;
	event->by = record->kind == TRACE_EXEC ? record->by_comm : comm;
	event->by = arena_text(&to->moment->arena, event->by, strlen(event->by));
	if (record->kind == TRACE_EXEC)
		event->why = "it runs another program, in a new address space";
	if (owner && record->kind == TRACE_EXEC) {
		owner->replaced = true;
		owner->learnt = false;
		owner->mm = 0;
	}
	if (owner && record->kind == TRACE_EXIT)
		owner->mm = 0; /* the kernel gives its place to the next mm */
}

/* Where nothing is heard, or not all: who is gone since the last moment. */
static void tell_gone(struct happened *happened, struct happened_events *to)
{
	const struct moment *last = to->last;
	struct owner *owner;
	struct event *event;
	size_t i, k;

	for (i = 0; i < to->moment->n_processes; i++) {
		const struct process *process = &to->moment->processes[i];

		if (process->outcome != OUTCOME_GONE && process->outcome != OUTCOME_REUSED)
			continue;
		owner = owners_find(&happened->owners, process->pid);
		for (k = 0; k < last->n_processes; k++)
			if (last->processes[k].pid == process->pid &&
			    last->processes[k].outcome == OUTCOME_OK)
				break;
		if (k == last->n_processes || !owner || owner->exited)
			continue;
		owner->exited = true;
		event = happened_event(to, EVENT_EXIT, to->moment->mono_ns, process->pid);
		event->by_pid = process->pid;
		event->by = comm_of(last, process->pid);
		event->by = arena_text(&to->moment->arena, event->by, strlen(event->by));
	}
}

/* vmstat's thp_* now, against the younger of what was read for the last events and for the last moment. */
static void read_deltas(struct happened *happened, struct happened_events *to)
{
	const struct system_figures *then = &to->last->system;
	const bool own = happened->base_ns && happened->base_ns >= then->read_ns;
	struct arena arena = {0};
	const struct figure *now;
	const size_t n = vmstat_read(happened->kernel, &arena, &now);

	to->n_deltas =
		vmstat_deltas(own ? happened->base : then->vmstat, own ? happened->n_base : then->n_vmstat,
			      now, n, &to->moment->arena, &to->deltas);
	arena_fini(&happened->base_arena);
	happened->base_arena = arena;
	happened->base = n ? now : NULL;
	happened->n_base = n;
	happened->base_ns = n ? to->moment->mono_ns : 0;
}

/* Heard while it, or who it descends from, was watched: is that so still? */
static bool is_watched(struct happened *happened, const struct kept *kept)
{
	return owners_find(&happened->owners, kept->root) || owners_find(&happened->owners, kept->record.by);
}

/* What was heard since the last moment, and is not told yet: lives become events, the rest is for the judge. */
static size_t sort_out(struct happened *happened, struct happened_events *to, struct heard *heard)
{
	size_t i, n = 0;

	for (i = 0; i < happened->n_kept; i++) {
		const struct trace_record *record = &happened->kept[i].record;
		pid_t pid;

		if (was_told(happened, record))
			continue;
		if (record->kind == TRACE_FORK || record->kind == TRACE_EXEC || record->kind == TRACE_EXIT) {
			if (is_watched(happened, &happened->kept[i]))
				tell_life(happened, to, record);
			continue;
		}
		pid = owners_whose(&happened->owners, record);
		if (pid)
			heard[n++] = (struct heard){record, pid, false};
	}
	return n;
}

static const struct process *find(const struct moment *moment, const struct owner *owner)
{
	size_t i;

	for (i = 0; owner && i < moment->n_processes; i++)
		if (moment->processes[i].pid == owner->pid && moment->processes[i].outcome == OUTCOME_OK)
			return &moment->processes[i];
	return NULL;
}

/* What was left to this moment, then what it shows; of an address space that is new nothing can be compared. */
static size_t changes_of(struct happened *happened, struct happened_events *to, struct change **changes)
{
	struct change *found, *all;
	const struct owner *owner;
	size_t i, kept = 0,
		  n = happened_compare(to->last, to->moment, happened->told, happened->n_told, &found);

	all = mem_alloc((happened->n_late + n) * sizeof(*all));
	for (i = 0; i < happened->n_late + n; i++) {
		const bool late = i < happened->n_late;

		all[kept] = late ? happened->late[i] : found[i - happened->n_late];
		owner = owners_find(&happened->owners, all[kept].pid);
		all[kept].process = find(to->moment, owner);
		all[kept].late = late;
		kept += all[kept].process && !owner->replaced;
	}
	free(found);
	free(happened->late);
	happened->late = NULL;
	happened->n_late = 0;
	*changes = all;
	return kept;
}

/*
 * What a collapse may have done, and no record tells: the tracepoint comes a little after the deed, so that the record may
 * be in the next reading. Once.
 */
static void wait_for_record(struct happened *happened, struct change *changes, size_t n)
{
	size_t i;

	if (!happened->trace || !trace_hears(happened->trace, TRACE_COLLAPSE))
		return;
	happened->late = mem_alloc(n * sizeof(*changes));
	for (i = 0; i < n; i++) {
		if (changes[i].explained || changes[i].late || !happened_became_huge(&changes[i]))
			continue;
		changes[i].explained = true;
		happened->late[happened->n_late] = changes[i];
		happened->late[happened->n_late].explained = false;
		happened->late[happened->n_late++].process = NULL;
	}
}

static void keep(struct happened *happened, const struct heard *heard, size_t n)
{
	size_t i, kept = 0;

	/* (Records lie in the array that is filled, ascending: nothing is overwritten before it is read.) */
	for (i = 0; i < n; i++)
		if (heard[i].keep)
			happened->kept[kept++] = (struct kept){*heard[i].record, 0};
	happened->n_kept = kept;
}

void happened_fill(struct happened *happened, const struct moment *last, struct moment *moment)
{
	struct happened_events to = {.moment = moment, .last = last};
	const struct trace_record *records;
	struct change *changes = NULL;
	struct heard *heard;
	size_t n_changes = 0, n = 0;

	happened_listen(happened, &records);
	if (happened->lost)
		owners_doubt(&happened->owners);
	heard = mem_alloc(happened->n_kept * sizeof(*heard));
	owners_update(&happened->owners, moment);
	if (last) {
		n = sort_out(happened, &to, heard);
		tell_gone(happened, &to);
		n_changes = changes_of(happened, &to, &changes);
		if (n_changes)
			read_deltas(happened, &to);
		happened_collapses(&to, heard, n, changes, n_changes);
		wait_for_record(happened, changes, n_changes);
		happened_mappings(&to, changes, n_changes);
		to.lost = happened->lost;
		happened_deliver(&to);
	}
	keep(happened, heard, n);
	happened->lost = 0;
	forget_told(happened);
	free(changes);
	free(heard);
}
