/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The roster: merging lists, taking surveys, choosing who is next. */
#include "core/roster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

#define SECOND UINT64_C(1000000000)

/* How long what was seen is good for: on the screen, elsewhere, and of who cannot be looked into. */
#define VISIBLE_NS SECOND
#define REST_NS (8 * SECOND)
#define CANNOT_NS (30 * SECOND)
/* Turns fall on multiples of this, so that there are few of them, with several processes each. */
#define BEAT_NS (SECOND / 2)

/* Surveys of so much memory at a time keep within some tens of ms, small pages too. */
#define BATCH_KB (INT64_C(256) << 10)

static bool same(const struct listed *a, const struct listed *b)
{
	return a->pid == b->pid && a->start_time == b->start_time;
}

static int compare_pids(const void *left, const void *right)
{
	const pid_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

static bool is_visible(const struct roster *roster, pid_t pid)
{
	return roster->n_visible &&
	       bsearch(&pid, roster->visible, roster->n_visible, sizeof(pid), compare_pids);
}

static void keep_texts(struct listed *listed, struct arena *arena)
{
	listed->comm = arena_text(arena, listed->comm, strlen(listed->comm));
	listed->command = arena_text(arena, listed->command, strlen(listed->command));
	listed->user = arena_text(arena, listed->user, strlen(listed->user));
}

void roster_list(struct roster *roster, const struct listed *list, size_t n)
{
	struct roster_row *rows = NULL, *row;
	size_t room = 0, old = 0, i;

	mem_grow(&rows, &room, n + 1, sizeof(*rows));
	arena_reset(&roster->texts);
	for (i = 0; i < n; i++) {
		row = &rows[i];
		while (old < roster->n && roster->rows[old].is.pid < list[i].pid)
			old++;
		if (old < roster->n && same(&roster->rows[old].is, &list[i]))
			*row = roster->rows[old];
		else
			*row = (struct roster_row){.outcome = OUTCOME_COUNT};
		row->is = list[i];
		row->visible = is_visible(roster, list[i].pid);
		keep_texts(&row->is, &roster->texts);
	}
	free(roster->rows);
	roster->rows = rows;
	roster->n = n;
	roster->room = room;
}

void roster_visible(struct roster *roster, const pid_t *pids, size_t n)
{
	size_t i;

	free(roster->visible);
	roster->visible = mem_alloc(n * sizeof(*pids));
	roster->n_visible = n;
	if (n) {
		memcpy(roster->visible, pids, n * sizeof(*pids));
		qsort(roster->visible, n, sizeof(*pids), compare_pids);
	}
	for (i = 0; i < roster->n; i++)
		roster->rows[i].visible = is_visible(roster, roster->rows[i].is.pid);
}

/* When its turn is; the lowest numbers are those that were never looked at. */
static uint64_t turn(const struct roster_row *row)
{
	uint64_t good_for = row->visible ? VISIBLE_NS : REST_NS;

	if (row->is.kernel_thread)
		return UINT64_MAX;
	switch (row->outcome) {
	case OUTCOME_OK:
		break;
	case OUTCOME_GONE:
	case OUTCOME_REUSED:
		return UINT64_MAX;
	case OUTCOME_DENIED:
	case OUTCOME_NO_MEMORY:
	case OUTCOME_DAMAGED:
	case OUTCOME_FAILED:
		good_for = CANNOT_NS;
		break;
	case OUTCOME_COUNT:
		return row->visible ? 0 : row->is.own ? 1 : 2;
	}
	return (row->looked_ns + good_for + BEAT_NS - 1) / BEAT_NS * BEAT_NS;
}

uint64_t roster_due(const struct roster *roster)
{
	uint64_t due = UINT64_MAX, at;
	size_t i;

	for (i = 0; i < roster->n; i++) {
		at = turn(&roster->rows[i]);
		if (at < due)
			due = at;
	}
	return due > 2 ? due : 0;
}

static bool before(const struct roster_row *a, const struct roster_row *b)
{
	const uint64_t one = turn(a), other = turn(b);

	return one != other ? one < other : a->is.rss_kb > b->is.rss_kb;
}

size_t roster_next(const struct roster *roster, uint64_t now_ns, pid_t *pids, size_t room)
{
	const struct roster_row **best = mem_alloc((room + 1) * sizeof(*best));
	int64_t kb = 0;
	size_t i, at, n = 0, taken;

	for (i = 0; i < roster->n; i++) {
		if (turn(&roster->rows[i]) > now_ns)
			continue;
		for (at = n; at && before(&roster->rows[i], best[at - 1]); at--)
			best[at] = best[at - 1];
		best[at] = &roster->rows[i];
		n += n < room;
	}
	for (taken = 0; taken < n; taken++) {
		kb += best[taken]->is.rss_kb > 0 ? best[taken]->is.rss_kb : 0;
		if (taken && kb > BATCH_KB)
			break;
		pids[taken] = best[taken]->is.pid;
	}
	free(best);
	return taken;
}

/* What is mapped by PMD, by kind. A private mapping of a file or of shmem has anonymous pages too. */
static void add_huge(struct huge_kb *huge, const struct process *process, uint64_t page_kb)
{
	const struct region *region;
	const struct vma *vma;
	uint64_t *kind;
	size_t i;

	for (i = 0; i < process->n_regions; i++) {
		region = &process->regions[i];
		vma = &process->vmas[region->vma];
		if (region->mapping != MAPPING_PMD || region->backing == BACKING_HUGETLB)
			continue;
		kind = &huge->anon;
		if (vma->perms[3] == 's' || region->file)
			kind = vma->kind == VMA_SHMEM ? &huge->shmem : &huge->file;
		*kind += (region->present - region->zero) * page_kb;
	}
}

static struct roster_row *find(struct roster *roster, pid_t pid)
{
	size_t low = 0, high = roster->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (roster->rows[middle].is.pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < roster->n && roster->rows[low].is.pid == pid ? &roster->rows[low] : NULL;
}

void roster_surveyed(struct roster *roster, const struct moment *moment, uint64_t now_ns)
{
	const struct process *process;
	struct roster_row *row;
	size_t i;

	for (i = 0; i < moment->n_processes; i++) {
		process = &moment->processes[i];
		row = find(roster, process->pid);
		if (!row)
			continue;
		row->looked_ns = now_ns;
		row->outcome = process->outcome;
		if (process->start_time && process->start_time != row->is.start_time)
			row->outcome = OUTCOME_REUSED;
		snprintf(row->reason, sizeof(row->reason), "%s", process->reason ? process->reason : "");
		if (row->outcome != OUTCOME_OK)
			continue;
		row->known = true;
		row->mapping_known = process->mapping_known;
		row->kb = process->kb;
		row->huge = (struct huge_kb){0};
		add_huge(&row->huge, process, moment->page_size >> 10);
	}
}

void roster_fini(struct roster *roster)
{
	arena_fini(&roster->texts);
	free(roster->rows);
	free(roster->visible);
	memset(roster, 0, sizeof(*roster));
}

struct roster_view *roster_view(const struct roster *roster, uint64_t now_ns)
{
	struct roster_view *view = mem_alloc(sizeof(*view));
	struct roster_row *rows;
	size_t i;

	rows = arena_copy(&view->arena, roster->rows, roster->n * sizeof(*rows));
	for (i = 0; i < roster->n; i++)
		keep_texts(&rows[i].is, &view->arena);
	view->rows = rows;
	view->n = roster->n;
	view->mono_ns = now_ns;
	return view;
}

void roster_view_free(struct roster_view *view)
{
	if (view)
		arena_fini(&view->arena);
	free(view);
}
