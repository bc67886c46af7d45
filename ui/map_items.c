/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filter, small mappings and runs of equal ones. */
#include "ui/map_items.h"

#include <string.h>

#include "core/mem.h"

#define RUN_FROM 6 /* repetitions */
#define RUN_PERIOD_MAX                                                                                       \
	4 /* VMAs that repeat together: a stack and its guard page, and what else a thread maps */

void map_layout_open(struct map_layout *layout, enum line_kind kind, pid_t pid, uint64_t addr)
{
	mem_grow(&layout->opened, &layout->room_opened, layout->n_opened + 1, sizeof(*layout->opened));
	layout->opened[layout->n_opened++] = (struct map_mark){kind, pid, addr};
}

static bool is_in(const struct map_mark *mark, enum line_kind kind, pid_t pid, uint64_t start, uint64_t end)
{
	return mark->kind == kind && mark->pid == pid && mark->addr >= start && mark->addr <= end - 1;
}

void map_layout_close(struct map_layout *layout, enum line_kind kind, pid_t pid, uint64_t start, uint64_t end)
{
	size_t i, n;

	for (i = n = 0; i < layout->n_opened; i++)
		if (!is_in(&layout->opened[i], kind, pid, start, end))
			layout->opened[n++] = layout->opened[i];
	layout->n_opened = n;
}

bool map_opened(const struct map_layout *layout, enum line_kind kind, pid_t pid, uint64_t start, uint64_t end)
{
	size_t i;

	for (i = 0; i < layout->n_opened; i++)
		if (is_in(&layout->opened[i], kind, pid, start, end))
			return true;
	return false;
}

/* The listed VMAs of the process at hand. */
struct list {
	struct map_layout *layout;
	const struct shown *shown;
	const struct map_look *look;
	uint32_t end; /* in layout->listed */
};

static const struct vma *vma_at(const struct list *list, uint32_t at)
{
	return &list->shown->process->vmas[list->layout->listed[at]];
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool same_class(const struct vma *a, const struct vma *b)
{
	return a->kind == b->kind && !strcmp(a->perms, b->perms) && !strcmp(a->name, b->name) &&
	       same_text(a->label, b->label);
}

/* Doublings: what is less than twice as long may be of the same size. */
static int size_class(uint64_t bytes)
{
	return 63 - __builtin_clzll(bytes | 1);
}

/* Whether the `period` VMAs at a are like those at b: one by one, and of about the same size together. */
static bool same_unit(const struct list *list, uint32_t a, uint32_t b, uint32_t period)
{
	uint64_t len_a = 0, len_b = 0;
	uint32_t i;

	for (i = 0; i < period; i++) {
		const struct vma *one = vma_at(list, a + i), *other = vma_at(list, b + i);

		if (!same_class(one, other))
			return false;
		len_a += one->end - one->start;
		len_b += other->end - other->start;
	}
	return size_class(len_a) == size_class(len_b);
}

static bool has_slots(const struct list *list, uint32_t at, uint32_t n)
{
	for (; n; n--, at++)
		if (vma_at(list, at)->slots)
			return true;
	return false;
}

/* How many VMAs from `at` on are one run; 0: none begins here. */
static uint32_t run_length(const struct list *list, uint32_t at)
{
	uint32_t period, n;

	for (period = 1; period <= RUN_PERIOD_MAX && at + period <= list->end; period++) {
		if (!has_slots(list, at,
			       period)) /* first, or thousands of small ones are compared from each on */
			continue;
		for (n = period; at + n + period <= list->end && same_unit(list, at, at + n, period);
		     n += period)
			;
		if (n >= RUN_FROM * period)
			return n;
	}
	return 0;
}

static void add(const struct list *list, enum line_kind kind, bool open, uint32_t at, uint32_t n)
{
	struct map_layout *layout = list->layout;

	mem_grow(&layout->items, &layout->room_items, layout->n_items + 1, sizeof(*layout->items));
	layout->items[layout->n_items++] = (struct map_item){kind, open, at, n};
}

static bool opened(const struct list *list, enum line_kind kind, uint32_t at, uint32_t n)
{
	return map_opened(list->layout, kind, list->shown->pid, vma_at(list, at)->start,
			  vma_at(list, at + n - 1)->end);
}

/* VMAs one by one, but the small ones together, where none is looked for. */
static void add_each(const struct list *list, uint32_t at, uint32_t end)
{
	uint32_t n;
	bool open;

	while (at < end) {
		for (n = 0; !list->look->filter && at + n < end && !vma_at(list, at + n)->slots; n++)
			;
		open = !n || opened(list, LINE_SMALL, at, n);
		if (n)
			add(list, LINE_SMALL, open, at, n);
		for (n = n ? n : 1; n; n--, at++)
			if (open)
				add(list, LINE_VMA, true, at, 1);
	}
}

static void add_run(const struct list *list, uint32_t at, uint32_t n)
{
	bool open = opened(list, LINE_RUN, at, n);

	add(list, LINE_RUN, open, at, n);
	if (open)
		add_each(list, at, at + n);
}

void map_items_add(struct map_layout *layout, const struct shown *shown, const struct map_look *look)
{
	const struct process *process = shown->process;
	struct list list = {layout, shown, look, 0};
	uint32_t at = (uint32_t)layout->n_listed, from, n, i;

	mem_grow(&layout->listed, &layout->room_listed, layout->n_listed + process->n_vmas, sizeof(uint32_t));
	for (i = 0; i < process->n_vmas; i++)
		if (!look->filter || match_within(look->filter, process, &process->vmas[i]))
			layout->listed[layout->n_listed++] = i;
	layout->n_vmas += process->n_vmas;
	list.end = (uint32_t)layout->n_listed;
	for (from = at; at < list.end;) {
		n = run_length(&list, at);
		if (!n) {
			at++;
			continue;
		}
		add_each(&list, from, at);
		add_run(&list, at, n);
		from = at += n;
	}
	add_each(&list, from, at);
}
