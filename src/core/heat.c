/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Measuring heat: which regions are asked about, by which way, and which is the hottest. */
#include "core/heat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/heat_parts.h"
#include "core/mem.h"
#include "core/survey.h"

static int (*const ways[HEAT_BY_COUNT])(struct heating *heating, const char **why) = {
	[HEAT_IDLE] = heat_by_idle,	  [HEAT_ENTRIES] = heat_by_entries,
	[HEAT_WRITTEN] = heat_by_written, [HEAT_SOFT_DIRTY] = heat_by_soft_dirty,
	[HEAT_CLEARED] = heat_by_cleared, [HEAT_LRU] = heat_by_lru,
	[HEAT_SMAPS] = heat_by_smaps,
};

int heat_go_on(struct heating *heating, unsigned from, unsigned to, uint64_t done, uint64_t all)
{
	const struct heat_query *query = heating->query;

	if (query->progress && all)
		atomic_store_explicit(query->progress, from + (unsigned)((to - from) * done / all),
				      memory_order_relaxed);
	if (!query->cancel || !atomic_load_explicit(query->cancel, memory_order_relaxed))
		return 0;
	snprintf(heating->error, heating->size, "stopped before it was known how much memory is used");
	return -ECANCELED;
}

/* The PMD could map it and does not; what is not known to be mapped by ptes is not said to be. */
static bool not_huge(const struct heating *heating, const struct region *region)
{
	return region->len == heating->kernel->pmd_size && region->mapping == MAPPING_PTE &&
	       region->backing != BACKING_HUGETLB;
}

static void take_regions(struct heating *heating, struct arena *arena)
{
	const struct process *process = heating->process;
	struct heat *heat = heating->heat;
	const struct region *region;
	size_t i;

	for (i = 0; i < process->n_regions; i++)
		heat->n += not_huge(heating, &process->regions[i]);
	heat->items = arena_alloc(arena, heat->n * sizeof(*heat->items));
	heat->n = 0;
	for (i = 0; i < process->n_regions; i++) {
		region = &process->regions[i];
		if (not_huge(heating, region))
			heat->items[heat->n++] = (struct heat_region){.start = region->start,
								      .present = region->present,
								      .mapping = region->mapping,
								      .backing = region->backing};
	}
}

static void forget_answers(struct heat *heat)
{
	size_t i;

	for (i = 0; i < heat->n; i++)
		heat->items[i].used = heat->items[i].of = heat->items[i].pages = 0;
	heat->window_ns = 0;
}

/* The first way that tells something; what the others lack. */
static int try_ways(struct heating *heating, struct arena *arena)
{
	struct buf missing = {0};
	const char *why;
	enum heat_by by;
	int err = -ENODATA;

	for (by = HEAT_IDLE; by < HEAT_BY_COUNT && err == -ENODATA; by++) {
		if (by == HEAT_CLEARED && !heating->query->may_clear)
			continue;
		why = "";
		err = ways[by](heating, &why);
		if (!err)
			heating->heat->by = by;
		if (err != -ENODATA)
			continue;
		forget_answers(heating->heat);
		buf_printf(&missing, "%s%s: %s.", missing.len ? " " : "", heat_by_name(by), why);
	}
	if (missing.len)
		heating->heat->missing = arena_text(arena, missing.data, missing.len);
	buf_fini(&missing);
	return err == -ENODATA ? 0 : err;
}

static int by_one_way(struct heating *heating)
{
	const enum heat_by by = heating->query->by;
	const char *why = "";
	int err = ways[by](heating, &why);

	if (!err)
		heating->heat->by = by;
	if (err != -ENODATA)
		return err;
	snprintf(heating->error, heating->size, "%s does not tell here how much memory is used: %s",
		 heat_by_name(by), why);
	return -ENOTSUP;
}

static int survey(struct heating *heating, struct arena *arena)
{
	const struct heat_query *query = heating->query;
	const struct survey_options options = {
		.from = query->from, .to = query->to, .smaps = query->by == HEAT_SMAPS};
	struct process *process = arena_alloc(arena, sizeof(*process));
	int err = survey_process(heating->kernel, heating->opened, query->pid, &options, arena, process);

	heating->process = process;
	if (err)
		snprintf(heating->error, heating->size, "process %d: %s", (int)query->pid, process->reason);
	return err;
}

static int measure(struct heating *heating, struct arena *arena)
{
	struct heat *heat = heating->heat;
	int err = survey(heating, arena);

	if (err)
		return err;
	heat->pid = heating->opened->pid;
	heat->start_time = heating->opened->start_time;
	take_regions(heating, arena);
	heating->words = arena_alloc(arena, heating->pages * sizeof(*heating->words));
	heating->entries = arena_alloc(arena, heating->pages * sizeof(*heating->entries));
	if (heat->n) /* else nobody need be asked, nor wait */
		err = heating->query->by == HEAT_BY_ANY ? try_ways(heating, arena) : by_one_way(heating);
	free(heating->frames);
	if (!err)
		heat_rank(heat, arena);
	return err;
}

int heat_measure(struct kernel *kernel, const struct heat_query *query, const struct heat_clock *clock,
		 struct arena *arena, struct heat *heat, char *error, size_t size)
{
	const uint64_t began = clock->now();
	struct heating heating = {.kernel = kernel,
				  .query = query,
				  .clock = clock,
				  .heat = heat,
				  .pages = kernel->pmd_size / kernel->page_size,
				  .error = error,
				  .size = size};
	int err = kernel_process_open(kernel, query->pid, &heating.opened);

	*heat = (struct heat){.source = arena_printf(arena, "%s", kernel->ops->source),
			      .page_size = kernel->page_size,
			      .pmd_size = kernel->pmd_size};
	error[0] = '\0';
	if (!err && query->start_time && heating.opened->start_time != query->start_time)
		err = -ESRCH;
	if (err == -ENOENT || err == -ESRCH) {
		snprintf(error, size, "process %d has exited", (int)query->pid);
		err = -ESRCH;
	} else if (!err) {
		err = measure(&heating, arena);
	}
	kernel_process_close(heating.opened);
	if (err && !error[0])
		snprintf(error, size, "how much process %d uses its memory could not be read: %s",
			 (int)query->pid, strerror(-err));
	heat->took_ns = clock->now() - began;
	return err;
}

/* Hotter first: by share, without rounding, then by pages. */
static int by_heat(const void *one, const void *other, void *data)
{
	const struct heat *heat = data;
	const uint32_t at = *(const uint32_t *)one, beside = *(const uint32_t *)other;
	const struct heat_region *a = &heat->items[at], *b = &heat->items[beside];
	const uint64_t left = (uint64_t)a->used * b->of, right = (uint64_t)b->used * a->of;

	if (!a->of != !b->of)
		return a->of ? -1 : 1;
	if (left != right)
		return left > right ? -1 : 1;
	if (a->of && a->used && a->pages != b->pages)
		return a->pages > b->pages ? -1 : 1;
	return at < beside ? -1 : at > beside;
}

void heat_rank(struct heat *heat, struct arena *arena)
{
	size_t i;

	heat->ranked = arena_alloc(arena, heat->n * sizeof(*heat->ranked));
	heat->known = 0;
	for (i = 0; i < heat->n; i++) {
		heat->ranked[i] = (uint32_t)i;
		heat->known += heat->items[i].of > 0;
	}
	qsort_r(heat->ranked, heat->n, sizeof(*heat->ranked), by_heat, heat);
}

const struct heat_region *heat_at(const struct heat *heat, uint64_t start)
{
	size_t low = 0, high = heat->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (heat->items[middle].start < start)
			low = middle + 1;
		else
			high = middle;
	}
	return low < heat->n && heat->items[low].start == start ? &heat->items[low] : NULL;
}

size_t heat_rank_of(const struct heat *heat, const struct heat_region *region)
{
	size_t i;

	for (i = 0; i < heat->known; i++)
		if (&heat->items[heat->ranked[i]] == region)
			return i + 1;
	return 0;
}
