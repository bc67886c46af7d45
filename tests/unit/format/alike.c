/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two moments, compared field by field. */
#include "alike.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *at; /* what is being compared */

#define SAME(a, b, field)                                                                                    \
	do {                                                                                                 \
		if ((a)->field != (b)->field)                                                                \
			fail_msg("%s: " #field ": %#lx, %#lx", at, (unsigned long)(a)->field,                \
				 (unsigned long)(b)->field);                                                 \
	} while (0)
#define SAME_TEXT(a, b, field) same_text((a)->field, (b)->field, #field)

static void same_text(const char *one, const char *other, const char *field)
{
	if (strcmp(one ? one : "", other ? other : ""))
		fail_msg("%s: %s: '%s', '%s'", at, field, one, other);
}

static void same_region(const struct region *a, const struct region *b)
{
	bool some = false;
	unsigned i;

	SAME(a, b, start);
	SAME(a, b, len);
	SAME(a, b, pfn);
	SAME(a, b, thp);
	SAME(a, b, mapping);
	SAME(a, b, backing);
	SAME(a, b, how);
	SAME(a, b, order);
	SAME(a, b, order_known);
	SAME(a, b, present);
	SAME(a, b, swapped);
	SAME(a, b, guard);
	SAME(a, b, nonswap);
	SAME(a, b, zero);
	SAME(a, b, anon);
	SAME(a, b, file);
	/* Of memory that nothing is known of no count is. */
	if (a->mapping != MAPPING_UNKNOWN || a->present || a->swapped || a->guard || a->nonswap)
		SAME(a, b, exclusive);
	SAME(a, b, anon_exclusive);
	SAME(a, b, uffd_wp);
	SAME(a, b, mapcount.entire);
	SAME(a, b, mapcount.highest);
	SAME(a, b, mapcount.total);
	SAME(a, b, team_usage);
	SAME(a, b, team_pmd_maps);
	/* Where none is given a reader takes what follows from the order that all have, if they do. */
	for (i = 0; i <= ORDER_MAX && a->orders_known; i++)
		some |= a->orders[i] != 0;
	for (i = 0; i <= ORDER_MAX && some; i++)
		SAME(a, b, orders[i]);
	if (some)
		SAME(a, b, orders_known);
}

static void same_regions(const struct process *a, const struct process *b)
{
	const struct region *one, *other;
	size_t i;

	SAME(a, b, n_regions);
	for (i = 0; i < a->n_regions; i++) {
		one = &a->regions[i];
		other = &b->regions[i];
		same_region(one, other);
		SAME(one, other, vma);
		SAME(one, other, n_pages);
		if (one->n_pages)
			SAME(one, other, first_page);
	}
	SAME(a, b, n_pages);
	for (i = 0; i < a->n_pages; i++) {
		SAME(&a->pages[i], &b->pages[i], addr);
		SAME(&a->pages[i], &b->pages[i], pagemap);
		SAME(&a->pages[i], &b->pages[i], pfn);
		SAME(&a->pages[i], &b->pages[i], has_flags);
		SAME(&a->pages[i], &b->pages[i], flags);
		SAME(&a->pages[i], &b->pages[i], has_mapcount);
		SAME(&a->pages[i], &b->pages[i], mapcount);
		SAME(&a->pages[i], &b->pages[i], has_entry);
		SAME(&a->pages[i], &b->pages[i], entry);
		SAME(&a->pages[i], &b->pages[i], present);
		SAME(&a->pages[i], &b->pages[i], swapped);
		SAME(&a->pages[i], &b->pages[i], guard);
	}
}

static void same_kb(const struct kb *a, const struct kb *b)
{
	SAME(a, b, present);
	SAME(a, b, pmd);
	SAME(a, b, thp_pte);
	SAME(a, b, mthp);
	SAME(a, b, small);
	SAME(a, b, hugetlb);
	SAME(a, b, team_pte);
	SAME(a, b, unknown);
	SAME(a, b, zero);
	SAME(a, b, swap);
}

static void same_smaps(const struct smaps *a, const struct smaps *b)
{
	size_t i;

	assert_int_equal(!a, !b);
	if (!a)
		return;
	SAME(a, b, thp_eligible);
	SAME(a, b, n_fields);
	SAME(a, b, n_flags);
	for (i = 0; i < a->n_fields; i++) {
		SAME_TEXT(a, b, fields[i].name);
		SAME(a, b, fields[i].kb);
	}
	for (i = 0; i < a->n_flags; i++)
		SAME_TEXT(a, b, flags[i]);
}

static void same_vma(const struct vma *a, const struct vma *b)
{
	SAME(a, b, start);
	SAME(a, b, end);
	SAME(a, b, offset);
	SAME(a, b, inode);
	SAME(a, b, dev_major);
	SAME(a, b, dev_minor);
	SAME_TEXT(a, b, perms);
	SAME(a, b, kind);
	SAME_TEXT(a, b, name);
	SAME(a, b, deleted);
	SAME_TEXT(a, b, label);
	assert_int_equal(!a->label, !b->label);
	SAME(a, b, huge_page_size);
	same_smaps(a->smaps, b->smaps);
	SAME(a, b, eligible);
	SAME(a, b, advice);
	SAME(a, b, eligible_ns);
	SAME(a, b, pfnmap_unknown);
	same_kb(&a->kb, &b->kb);
	SAME(a, b, n_regions);
	if (a->n_regions)
		SAME(a, b, first_region);
	SAME(a, b, slots);
	SAME(a, b, fragments);
}

static void same_process(const struct process *a, const struct process *b)
{
	size_t i;

	SAME(a, b, pid);
	SAME_TEXT(a, b, comm);
	SAME_TEXT(a, b, cgroup);
	SAME(a, b, start_time);
	SAME(a, b, outcome);
	SAME_TEXT(a, b, reason);
	if (a->outcome != OUTCOME_OK)
		return;
	SAME(a, b, torn);
	SAME(a, b, mapping_known);
	SAME(a, b, totals.regions);
	SAME(a, b, totals.fragments);
	for (i = 0; i < STATE_COUNT; i++)
		SAME(a, b, totals.state[i]);
	same_kb(&a->kb, &b->kb);
	SAME(a, b, page_tables_kb);
	SAME(a, b, rss_kb);
	SAME(a, b, carried_ns);
	SAME(a, b, same_since_ns);
	SAME(a, b, queue.known);
	SAME(a, b, queue.room);
	SAME(a, b, queue.n);
	for (i = 0; i < a->queue.n; i++)
		SAME(a, b, queue.addrs[i]);
	SAME(a, b, n_counters);
	for (i = 0; i < a->n_counters; i++) {
		SAME_TEXT(&a->counters[i], &b->counters[i], name);
		SAME_TEXT(&a->counters[i], &b->counters[i], missing);
		SAME(&a->counters[i], &b->counters[i], hardware);
		SAME(&a->counters[i], &b->counters[i], value);
		SAME(&a->counters[i], &b->counters[i], enabled_ns);
		SAME(&a->counters[i], &b->counters[i], running_ns);
	}
	SAME(a, b, n_walk);
	for (i = 0; i < a->n_walk; i++)
		SAME(a, b, walk[i]);
	SAME(a, b, n_vmas);
	for (i = 0; i < a->n_vmas; i++)
		same_vma(&a->vmas[i], &b->vmas[i]);
	same_regions(a, b);
}

static void same_figures(const struct figure *a, size_t n, const struct figure *b, size_t m)
{
	size_t i;

	/* Each name stands once; in which order, bytes tell that are compared too. */
	assert_int_equal(n, m);
	for (i = 0; i < n; i++)
		same_text(a[i].value, figure_value(b, m, a[i].name), a[i].name);
}

static void same_event(const struct event *a, const struct event *b)
{
	size_t i;

	SAME(a, b, kind);
	SAME(a, b, mono_ns);
	SAME(a, b, wall_ns);
	SAME(a, b, triggered);
	SAME(a, b, pid);
	SAME(a, b, len);
	if (a->len)
		SAME(a, b, addr);
	SAME(a, b, child);
	SAME(a, b, by_pid);
	SAME_TEXT(a, b, by);
	SAME_TEXT(a, b, how);
	SAME(a, b, result);
	SAME(a, b, error);
	SAME_TEXT(a, b, verdict);
	SAME_TEXT(a, b, why);
	SAME(a, b, n_deltas);
	for (i = 0; i < a->n_deltas; i++) {
		SAME_TEXT(a, b, deltas[i].name);
		SAME(a, b, deltas[i].by);
	}
	SAME(a, b, n_effects);
	for (i = 0; i < a->n_effects; i++) {
		SAME(a, b, effects[i].pid);
		SAME(a, b, effects[i].addr);
		SAME(a, b, effects[i].had);
		SAME(a, b, effects[i].has);
		if (a->effects[i].had)
			SAME(a, b, effects[i].before.mapping);
		if (a->effects[i].has)
			SAME(a, b, effects[i].after.present);
	}
}

static void same_tasks(const struct moment *a, const struct moment *b)
{
	const struct task *one, *other;
	size_t i, k;

	SAME(a, b, n_tasks);
	for (i = 0; i < a->n_tasks; i++) {
		one = &a->tasks[i];
		other = &b->tasks[i];
		SAME_TEXT(one, other, name);
		SAME(one, other, pid);
		SAME_TEXT(one, other, what);
		SAME_TEXT(one, other, function);
		SAME_TEXT(one, other, step);
		SAME(one, other, state);
		SAME(one, other, n_holds);
		for (k = 0; k < one->n_holds; k++)
			SAME_TEXT(one, other, holds[k]);
		SAME_TEXT(one, other, waits);
		SAME_TEXT(one, other, holder);
		SAME(one, other, error);
		SAME_TEXT(one, other, verdict);
	}
	SAME(a, b, ahead);
	SAME_TEXT(a, b, violation);
	SAME(a, b, clock_ns);
}

void assert_alike(const struct moment *a, const struct moment *b, const char *what)
{
	const struct system_figures *x = &a->system, *y = &b->system;
	size_t i;

	at = what;
	SAME_TEXT(a, b, source);
	SAME(a, b, seq);
	SAME(a, b, mono_ns);
	SAME(a, b, wall_ns);
	SAME(a, b, cost_ns);
	SAME(a, b, page_size);
	SAME(a, b, pmd_size);
	SAME(a, b, from);
	SAME(a, b, to);
	SAME(a, b, caps.mask);
	for (i = 0; i < CAP_COUNT; i++)
		if (!capable(&a->caps, (enum capability)i))
			SAME_TEXT(a, b, caps.missing[i]);
	SAME_TEXT(x, y, release);
	SAME_TEXT(x, y, cow_rule);
	SAME(x, y, kpf.team);
	SAME(x, y, kpf.team_pmd);
	SAME(x, y, kpf.double_map);
	SAME(x, y, read_ns);
	SAME(x, y, free_pmd_blocks);
	same_figures(x->knobs, x->n_knobs, y->knobs, y->n_knobs);
	same_figures(x->vmstat, x->n_vmstat, y->vmstat, y->n_vmstat);
	same_figures(x->meminfo, x->n_meminfo, y->meminfo, y->n_meminfo);
	SAME(a, b, n_processes);
	for (i = 0; i < a->n_processes; i++)
		same_process(&a->processes[i], &b->processes[i]);
	SAME(a, b, n_events);
	for (i = 0; i < a->n_events; i++)
		same_event(&a->events[i], &b->events[i]);
	same_tasks(a, b);
}
