/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes and cgroups by size, and all that are too many in one sum. */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "format/metrics_parts.h"

static void add(uint64_t *sum, uint64_t more)
{
	if (__builtin_add_overflow(*sum, more, sum))
		*sum = UINT64_MAX;
}

static void add_kb(struct kb *sum, const struct kb *more)
{
	add(&sum->present, more->present);
	add(&sum->pmd, more->pmd);
	add(&sum->thp_pte, more->thp_pte);
	add(&sum->mthp, more->mthp);
	add(&sum->small, more->small);
	add(&sum->hugetlb, more->hugetlb);
	add(&sum->team_pte, more->team_pte);
	add(&sum->unknown, more->unknown);
	add(&sum->zero, more->zero);
	add(&sum->swap, more->swap);
}

static void add_item(struct metrics_item *sum, const struct metrics_item *more)
{
	int state;

	add(&sum->processes, more->processes);
	add_kb(&sum->kb, &more->kb);
	add(&sum->totals.regions, more->totals.regions);
	add(&sum->totals.fragments, more->totals.fragments);
	for (state = 0; state < STATE_COUNT; state++)
		add(&sum->totals.state[state], more->totals.state[state]);
	sum->mapping_known &= more->mapping_known;
	if (sum->page_tables_kb < 0 || more->page_tables_kb < 0 ||
	    __builtin_add_overflow(sum->page_tables_kb, more->page_tables_kb, &sum->page_tables_kb))
		sum->page_tables_kb = UNKNOWN_COUNT;
}

static struct metrics_item item_of(const struct process *process)
{
	return (struct metrics_item){
		.process = process,
		.cgroup = process->cgroup,
		.processes = 1,
		.kb = process->kb,
		.totals = process->totals,
		.mapping_known = process->mapping_known,
		.page_tables_kb = process->page_tables_kb,
	};
}

static int by_cgroup(const void *left, const void *right)
{
	const struct metrics_item *a = left, *b = right;

	return strcmp(a->cgroup, b->cgroup);
}

static int by_size(const void *left, const void *right)
{
	const struct metrics_item *a = left, *b = right;

	if (a->kb.present != b->kb.present)
		return a->kb.present > b->kb.present ? -1 : 1;
	if (a->process && a->process->pid != b->process->pid)
		return a->process->pid < b->process->pid ? -1 : 1;
	return a->process ? 0 : strcmp(a->cgroup, b->cgroup);
}

/* Keeps the `top` largest and sums up the rest behind them. */
static void keep_top(struct metrics_items *items, size_t top)
{
	struct metrics_item others = {.mapping_known = true};
	size_t i;

	if (items->n)
		qsort(items->items, items->n, sizeof(*items->items), by_size);
	items->shown = items->n < top ? items->n : top;
	items->others = items->n - items->shown;
	for (i = items->shown; i < items->n; i++)
		add_item(&others, &items->items[i]);
	if (items->others) {
		items->items[items->shown] = others;
		items->n = items->shown + 1;
	}
}

struct metrics_items metrics_processes(const struct moment *moment, size_t top)
{
	struct metrics_items items = {.items = mem_alloc(moment->n_processes * sizeof(*items.items))};
	size_t i;

	for (i = 0; i < moment->n_processes; i++)
		if (moment->processes[i].outcome == OUTCOME_OK)
			items.items[items.n++] = item_of(&moment->processes[i]);
	keep_top(&items, top);
	return items;
}

struct metrics_items metrics_cgroups(const struct moment *moment, size_t top)
{
	struct metrics_items items = {.items = mem_alloc(moment->n_processes * sizeof(*items.items))};
	size_t i, kept = 0;

	for (i = 0; i < moment->n_processes; i++)
		if (moment->processes[i].outcome == OUTCOME_OK && moment->processes[i].cgroup)
			items.items[items.n++] = item_of(&moment->processes[i]);
	if (items.n)
		qsort(items.items, items.n, sizeof(*items.items), by_cgroup);
	for (i = 0; i < items.n; i++) {
		items.items[i].process = NULL;
		if (kept && !strcmp(items.items[kept - 1].cgroup, items.items[i].cgroup))
			add_item(&items.items[kept - 1], &items.items[i]);
		else
			items.items[kept++] = items.items[i];
	}
	items.n = kept;
	keep_top(&items, top);
	return items;
}
