/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two moments compared: which processes belong together, and what the machine says. */
#include "core/diff.h"

#include <stdlib.h>
#include <string.h>

#include "core/diff_parts.h"
#include "core/mem.h"

static const char *const field_names[DIFF_FIELD_COUNT] = {
	[DIFF_MAPPING] = "mapping", [DIFF_BACKING] = "backing",	    [DIFF_LEN] = "len",
	[DIFF_PRESENT] = "present", [DIFF_SWAPPED] = "swapped",	    [DIFF_GUARD] = "guard",
	[DIFF_ZERO] = "zero",	    [DIFF_ANON] = "anon",	    [DIFF_FILE] = "file",
	[DIFF_ORDER] = "order",	    [DIFF_EXCLUSIVE] = "exclusive", [DIFF_ENTIRE] = "entire",
	[DIFF_TOTAL] = "total",	    [DIFF_HIGHEST] = "highest",	    [DIFF_USAGE] = "usage",
	[DIFF_PFN] = "pfn",	    [DIFF_PMD_MAPS] = "pmd_maps",   [DIFF_RANGE] = "range",
	[DIFF_PERMS] = "perms",	    [DIFF_ADVICE] = "advice",	    [DIFF_KB] = "kb",
};

const char *diff_field_name(enum diff_field field)
{
	return field_names[field];
}

/* One side's processes, while they are matched. */
struct side {
	const struct process **list;
	bool *taken;
	size_t n;
};

/* Ascending by name, then by PID. */
static int by_comm(const void *a, const void *b)
{
	const struct process *one = *(const struct process *const *)a;
	const struct process *two = *(const struct process *const *)b;
	int order = strcmp(one->comm, two->comm);

	return order ? order : (one->pid > two->pid) - (one->pid < two->pid);
}

static int by_pid(const void *a, const void *b)
{
	const struct process *one = *(const struct process *const *)a;
	const struct process *two = *(const struct process *const *)b;

	return (one->pid > two->pid) - (one->pid < two->pid);
}

static void side_begin(struct diff *diff, struct side *side, const struct moment *moment, pid_t pid)
{
	size_t i;

	side->list = arena_alloc(&diff->arena, (moment->n_processes + 1) * sizeof(*side->list));
	side->taken = arena_alloc(&diff->arena, moment->n_processes + 1);
	side->n = 0;
	for (i = 0; i < moment->n_processes; i++) {
		const struct process *process = &moment->processes[i];

		if ((!pid || process->pid == pid) && process->outcome != OUTCOME_GONE &&
		    process->outcome != OUTCOME_REUSED)
			side->list[side->n++] = process;
	}
	qsort(side->list, side->n, sizeof(*side->list), by_pid);
}

/* Those that were not taken move to the front. */
static void side_keep_rest(struct side *side)
{
	size_t i, n = 0;

	for (i = 0; i < side->n; i++)
		if (!side->taken[i])
			side->list[n++] = side->list[i];
	side->n = n;
	memset(side->taken, 0, n);
}

static bool is_closed(const struct process *process)
{
	return process && process->outcome != OUTCOME_OK;
}

static void add(struct diff *diff, const struct process *before, const struct process *after)
{
	struct diff_process *process = &diff->processes[diff->n_processes];

	/* Such as kernel threads: there is nothing to say of them. */
	if ((!before || is_closed(before)) && (!after || is_closed(after)))
		return;
	diff->n_processes++;
	process->before = before;
	process->after = after;
	process->same = before && after && before->pid == after->pid && before->start_time &&
			before->start_time == after->start_time;
}

/* A process that could not be read may have no start time. */
static bool same_process(const struct process *a, const struct process *b)
{
	const bool read = a->outcome == OUTCOME_OK && b->outcome == OUTCOME_OK;

	return a->start_time == b->start_time || (!read && (!a->start_time || !b->start_time));
}

static void match_same(struct diff *diff, struct side *before, struct side *after)
{
	size_t i = 0, k = 0;

	while (i < before->n && k < after->n) {
		const int order = by_pid(&before->list[i], &after->list[k]);

		if (!order && same_process(before->list[i], after->list[k])) {
			add(diff, before->list[i], after->list[k]);
			before->taken[i] = after->taken[k] = true;
		}
		i += order <= 0;
		k += order >= 0;
	}
	side_keep_rest(before);
	side_keep_rest(after);
}

/* How many from `at` on have its name. */
static size_t namesakes(const struct side *side, size_t at)
{
	size_t n = 1;

	while (at + n < side->n && !strcmp(side->list[at]->comm, side->list[at + n]->comm))
		n++;
	return n;
}

static void match_named(struct diff *diff, struct side *before, struct side *after)
{
	size_t i = 0, k = 0;

	qsort(before->list, before->n, sizeof(*before->list), by_comm);
	qsort(after->list, after->n, sizeof(*after->list), by_comm);
	while (i < before->n && k < after->n) {
		const int order = strcmp(before->list[i]->comm, after->list[k]->comm);
		const size_t n = namesakes(before, i), m = namesakes(after, k);

		if (!order && n == 1 && m == 1) {
			add(diff, before->list[i], after->list[k]);
			before->taken[i] = after->taken[k] = true;
		}
		i += order <= 0 ? n : 0;
		k += order >= 0 ? m : 0;
	}
	side_keep_rest(before);
	side_keep_rest(after);
}

static pid_t pid_of(const struct diff_process *process)
{
	return process->after ? process->after->pid : process->before->pid;
}

/* Ascending by PID; who had it before comes first. */
static int by_place_in_list(const void *a, const void *b)
{
	const struct diff_process *one = a, *two = b;

	if (pid_of(one) != pid_of(two))
		return pid_of(one) < pid_of(two) ? -1 : 1;
	return (one->after != NULL) - (two->after != NULL);
}

static void match(struct diff *diff, const struct moment *before, pid_t before_pid,
		  const struct moment *after, pid_t after_pid)
{
	struct side old, new;
	size_t i;

	side_begin(diff, &old, before, before_pid);
	side_begin(diff, &new, after, after_pid);
	diff->processes = arena_alloc(&diff->arena, (old.n + new.n + 1) * sizeof(*diff->processes));
	if (old.n == 1 && new.n == 1) {
		add(diff, old.list[0], new.list[0]);
		return;
	}
	match_same(diff, &old, &new);
	match_named(diff, &old, &new);
	/* Of a moment with one process that was chosen, the others on the other side are nobody's counterparts. */
	for (i = 0; i < old.n && !after_pid; i++)
		add(diff, old.list[i], NULL);
	for (i = 0; i < new.n && !before_pid; i++)
		add(diff, NULL, new.list[i]);
	if (after_pid && !diff->n_processes && new.n)
		add(diff, NULL, new.list[0]);
	if (before_pid && !diff->n_processes && old.n)
		add(diff, old.list[0], NULL);
}

static int by_vma(const void *a, const void *b)
{
	const struct diff_region *one = a, *two = b;
	const uint64_t x = (one->after ? one->after : one->before)->start;
	const uint64_t y = (two->after ? two->after : two->before)->start;

	if (one->vma != two->vma)
		return one->vma < two->vma ? -1 : 1;
	return (x > y) - (x < y);
}

/* Where a VMA is, or was. */
static uint64_t place(const struct diff_vma *vma)
{
	return vma->after ? vma->after->start : vma->before->start;
}

static int by_place(const void *a, const void *b)
{
	const uint64_t x = place(*(const struct diff_vma *const *)a),
		       y = place(*(const struct diff_vma *const *)b);

	return (x > y) - (x < y);
}

/* Those that differ, in the order of their addresses, each with its regions. */
static void keep(struct diff *diff, struct differ *differ, struct diff_process *process)
{
	const struct diff_vma **order = mem_alloc((differ->n_vmas + 1) * sizeof(*order));
	size_t *renumbered = mem_alloc((differ->n_vmas + 1) * sizeof(*renumbered));
	size_t i, n = 0, at = 0;

	for (i = 0; i < differ->n_vmas; i++)
		if (differ->vmas[i].what != DIFF_SAME)
			order[n++] = &differ->vmas[i];
	qsort(order, n, sizeof(*order), by_place);
	process->vmas = arena_alloc(&diff->arena, (n + 1) * sizeof(*process->vmas));
	for (i = 0; i < n; i++) {
		renumbered[order[i] - differ->vmas] = i;
		process->vmas[i] = *order[i];
		diff->of_vmas[order[i]->what]++;
	}
	process->n_vmas = n;
	for (i = 0; i < differ->n_regions; i++)
		differ->regions[i].vma = renumbered[differ->regions[i].vma];
	process->n_regions = differ->n_regions;
	process->regions =
		arena_copy(&diff->arena, differ->regions, differ->n_regions * sizeof(*differ->regions));
	qsort(process->regions, process->n_regions, sizeof(*process->regions), by_vma);
	for (i = 0; i < n; i++) {
		process->vmas[i].first_region = at;
		for (; at < process->n_regions && process->regions[at].vma == i; at++)
			diff->of_regions[process->regions[at].what]++;
		process->vmas[i].n_regions = at - process->vmas[i].first_region;
	}
	free(order);
	free(renumbered);
}

static void compare(struct diff *diff, struct diff_process *process)
{
	static const struct process none;
	struct differ differ = {.before = process->before ? process->before : &none,
				.after = process->after ? process->after : &none,
				.same = process->same};

	if (is_closed(process->before) || is_closed(process->after)) {
		process->reason =
			is_closed(process->after) ? process->after->reason : process->before->reason;
		return;
	}
	if (diff->before->pmd_size == diff->after->pmd_size)
		differ.pmd_size = diff->after->pmd_size;
	diff_pair_vmas(&differ);
	diff_compare_vmas(&differ);
	keep(diff, &differ, process);
	process->unknown = differ.unknown;
	diff->unknown += differ.unknown;
	process->what = !process->before  ? DIFF_GAINED
			: !process->after ? DIFF_LOST
			: process->n_vmas ? DIFF_CHANGED
					  : DIFF_SAME;
	diff->of_processes[process->what]++;
	free(differ.vmas);
	free(differ.into);
	free(differ.regions);
}

/* What counts up by itself is no setting. */
static bool is_progress(const char *name)
{
	return !strcmp(name, "khugepaged/pages_collapsed") || !strcmp(name, "khugepaged/full_scans");
}

static void compare_machine(struct diff *diff)
{
	const struct system_figures *before = &diff->before->system, *after = &diff->after->system;
	const char *value;
	size_t i;

	diff->figures = arena_alloc(&diff->arena, (after->n_knobs + 1) * sizeof(*diff->figures));
	if (before->release && after->release && *before->release && *after->release &&
	    strcmp(before->release, after->release))
		diff->figures[diff->n_figures++] =
			(struct diff_figure){"kernel", before->release, after->release};
	for (i = 0; i < after->n_knobs; i++) {
		value = figure_value(before->knobs, before->n_knobs, after->knobs[i].name);
		if (!value || is_progress(after->knobs[i].name) || !strcmp(value, after->knobs[i].value))
			continue;
		diff->figures[diff->n_figures++] =
			(struct diff_figure){after->knobs[i].name, value, after->knobs[i].value};
	}
}

struct diff *diff_make(const struct moment *before, pid_t before_pid, const struct moment *after,
		       pid_t after_pid)
{
	struct diff *diff = mem_alloc(sizeof(*diff));
	size_t i;

	diff->before = before;
	diff->after = after;
	compare_machine(diff);
	match(diff, before, before_pid, after, after_pid);
	qsort(diff->processes, diff->n_processes, sizeof(*diff->processes), by_place_in_list);
	for (i = 0; i < diff->n_processes; i++)
		compare(diff, &diff->processes[i]);
	return diff;
}

void diff_free(struct diff *diff)
{
	if (!diff)
		return;
	arena_fini(&diff->arena);
	free(diff);
}

bool diff_any(const struct diff *diff)
{
	const uint64_t *n = diff->of_processes;

	return diff->n_figures || n[DIFF_GAINED] || n[DIFF_LOST] || n[DIFF_CHANGED];
}
