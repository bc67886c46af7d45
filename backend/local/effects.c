/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The regions that a trigger concerns, before and after it. */
#include "local/effects.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"

/* The frames that a region maps, ascending. */
struct frames {
	uint64_t *items;
	size_t n;
};

/* Where somebody may map the same memory. */
struct lead {
	pid_t pid;
	uint64_t addr;
};

struct leads {
	struct lead *items;
	size_t n, room;
};

static void add_lead(struct leads *leads, pid_t pid, uint64_t addr)
{
	size_t i;

	for (i = 0; i < leads->n; i++)
		if (leads->items[i].pid == pid && leads->items[i].addr == addr)
			return;
	mem_grow(&leads->items, &leads->room, leads->n + 1, sizeof(*leads->items));
	leads->items[leads->n++] = (struct lead){pid, addr};
}

/*
 * The slot of addr in these processes, read whole. In one moment, for what each maps of a folio bounds how often it is
 * mapped as a whole (facts B).
 */
static struct moment *look(struct local_source *local, const pid_t *pids, size_t n, uint64_t addr)
{
	const struct survey_past past = {local->recent.moment, clock_mono_ns()};
	/* (Of a range nothing but the system's settings is carried over.) */
	struct survey_options options = {.pages = true, .past = past.moment ? &past : NULL};
	struct kernel_process **opened = mem_alloc(n * sizeof(*opened));
	const struct watched *item;
	struct moment *moment;
	size_t i;

	for (i = 0; i < n; i++) {
		item = watch_list_find(&local->watched, pids[i]);
		opened[i] = item ? item->process : NULL;
	}
	options.from = addr / local->kernel->pmd_size * local->kernel->pmd_size;
	options.to = options.from + local->kernel->pmd_size;
	moment = survey_moment(local->kernel, pids, n, opened, &options);
	free(opened);
	return moment;
}

/* Whether a page holds memory of its own: the zero page is nobody's. */
static bool has_frame(const struct page *page)
{
	return page->present && page->pfn && !(page->has_flags && page->flags >> KPF_ZERO & 1);
}

static int by_value(const void *one, const void *other)
{
	const uint64_t *a = one, *b = other;

	return *a < *b ? -1 : *a > *b;
}

static struct frames frames_of(const struct process *process, const struct region *region)
{
	const struct page *pages = process->pages + region->first_page;
	struct frames frames = {mem_alloc(region->n_pages * sizeof(*frames.items)), 0};
	size_t i;

	for (i = 0; i < region->n_pages; i++)
		if (has_frame(&pages[i]))
			frames.items[frames.n++] = pages[i].pfn;
	qsort(frames.items, frames.n, sizeof(*frames.items), by_value);
	return frames;
}

static bool maps_any(const struct process *process, const struct region *region, const struct frames *frames)
{
	const struct page *pages = process->pages + region->first_page;
	size_t i;

	for (i = 0; i < region->n_pages; i++)
		if (has_frame(&pages[i]) &&
		    bsearch(&pages[i].pfn, frames->items, frames->n, sizeof(*frames->items), by_value))
			return true;
	return false;
}

/* Notes a region of this moment, which may be NULL; it stands by itself from then on. */
static bool note(const struct region *region, struct region *into)
{
	if (!region || region->mapping == MAPPING_NONE)
		return false;
	*into = *region;
	into->vma = into->first_page = into->n_pages = 0;
	return true;
}

static struct page_facts note_page(const struct process *process, const struct region *region, uint64_t addr,
				   uint64_t page_size)
{
	struct page_facts facts = {.present = false};
	size_t i;

	for (i = 0; region && i < region->n_pages; i++) {
		const struct page *page = &process->pages[region->first_page + i];

		if (page->addr != addr / page_size * page_size)
			continue;
		facts.present = page->present;
		facts.entry = page->swapped;
		facts.frame = page->pfn;
		/* (Of a PMD it may be the head's.) */
		facts.alone = region->mapping == MAPPING_PTE && page->pagemap & PM_MMAP_EXCLUSIVE;
		facts.shared = page->present && region->mapping == MAPPING_PTE && !facts.alone;
	}
	return facts;
}

static struct event_effect *add_item(struct effects *effects, pid_t pid, uint64_t addr)
{
	struct event_effect *item;

	mem_grow(&effects->items, &effects->room, effects->n + 1, sizeof(*effects->items));
	item = &effects->items[effects->n++];
	*item = (struct event_effect){.pid = pid, .addr = addr};
	return item;
}

static void add_pid(pid_t *pids, size_t *n, pid_t pid)
{
	size_t i;

	for (i = 0; i < *n; i++)
		if (pids[i] == pid)
			return;
	pids[(*n)++] = pid;
}

/* The triggered process, then who else is watched: children too, if they are followed, and a specimen's family. */
static pid_t *concerned(struct local_source *local, pid_t pid, const struct watch *watch, size_t *n)
{
	const size_t n_watch = watch ? watch->n : 0, n_family = watch && local->family ? local->family->n : 0;
	pid_t *pids = mem_alloc((1 + n_watch + local->watched.n + n_family) * sizeof(*pids));
	pid_t *family = mem_alloc(n_family * sizeof(*family));
	size_t i, alive = n_family ? family_pids(local->family, family, n_family) : 0;

	*n = 0;
	add_pid(pids, n, pid);
	for (i = 0; i < n_watch; i++)
		add_pid(pids, n, watch->pids[i]);
	for (i = 0; watch && watch->follow && i < local->watched.n; i++)
		add_pid(pids, n, local->watched.items[i].pid);
	for (i = 0; i < alive; i++)
		add_pid(pids, n, family[i]);
	free(family);
	return pids;
}

/* Whether addr is in the slot of the triggered region, where all are looked at together. */
static bool same_slot(const struct effects *effects, uint64_t addr)
{
	const uint64_t slot = effects->local->kernel->pmd_size;

	return addr / slot == effects->addr / slot;
}

/* Regions elsewhere that hold this huge page, by what the last sample saw, or else by a survey of all. */
static void find_elsewhere(struct local_source *local, const pid_t *pids, size_t n, uint64_t pfn,
			   struct leads *leads)
{
	const struct survey_options all = {0};
	const struct moment *moment = local->recent.moment;
	struct moment *mine = NULL;
	const struct process *process;
	size_t i, k;

	if (!moment)
		moment = mine = survey_moment(local->kernel, pids, n, NULL, &all);
	for (i = 0; i < moment->n_processes; i++) {
		process = &moment->processes[i];
		for (k = 0; k < process->n_regions; k++)
			if (process->regions[k].pfn == pfn)
				add_lead(leads, process->pid, process->regions[k].start);
	}
	moment_free(mine);
}

/* Takes a process along if it maps any of the memory there; where frames are not shown, if it maps anything. */
static void take_along(struct effects *effects, const struct process *process, uint64_t addr,
		       const struct frames *frames)
{
	const struct region *region = process_region_at(process, addr);
	struct event_effect *item;

	if (process->outcome != OUTCOME_OK || !region)
		return;
	if (capable(&effects->local->source.caps, CAP_PFN) ? !maps_any(process, region, frames)
							   : !region->present)
		return;
	item = add_item(effects, process->pid, region->start);
	item->had = note(region, &item->before);
}

/* Those elsewhere in their address spaces, by the huge page that this region holds. */
static void find_sharers(struct effects *effects, const pid_t *pids, size_t n, const struct frames *frames)
{
	const struct event_effect own = effects->items[0];
	struct leads leads = {0};
	struct moment *moment;
	size_t i;

	if (own.had && own.before.pfn)
		find_elsewhere(effects->local, pids, n, own.before.pfn, &leads);
	for (i = 0; i < leads.n; i++) {
		if (same_slot(effects, leads.items[i].addr))
			continue;
		moment = look(effects->local, &leads.items[i].pid, 1, leads.items[i].addr);
		take_along(effects, &moment->processes[0], leads.items[i].addr, frames);
		moment_free(moment);
	}
	free(leads.items);
}

static int denied(const struct process *process, char *error, size_t size)
{
	snprintf(error, size, "process %d: %s", (int)process->pid, process->reason);
	switch (process->outcome) {
	case OUTCOME_DENIED:
		return -EACCES;
	case OUTCOME_DAMAGED:
		return -EBADMSG;
	case OUTCOME_FAILED:
		return -EIO;
	case OUTCOME_OK:
	case OUTCOME_GONE:
	case OUTCOME_REUSED:
	case OUTCOME_NO_MEMORY:
	case OUTCOME_COUNT:
		break;
	}
	return -ESRCH;
}

/* The triggered region itself, and its page. */
static void note_own(struct effects *effects, const struct process *process, const struct vma *vma,
		     struct arena *arena)
{
	const struct kernel *kernel = effects->local->kernel;
	const struct region *region = process_region_at(process, effects->addr);
	const uint64_t slot = effects->addr / kernel->pmd_size * kernel->pmd_size;
	struct event_effect *own = add_item(effects, process->pid, slot > vma->start ? slot : vma->start);

	effects->vma = *vma;
	effects->vma.name = arena_text(arena, vma->name, strlen(vma->name));
	own->had = note(region, &own->before);
	effects->page_before = note_page(process, region, effects->addr, kernel->page_size);
}

static void note_all(struct effects *effects, const struct moment *moment, const pid_t *pids, size_t n)
{
	const struct process *process = &moment->processes[0];
	const struct region *region = process_region_at(process, effects->addr);
	struct frames frames;
	size_t i;

	if (!region)
		return;
	frames = frames_of(process, region);
	for (i = 1; i < moment->n_processes; i++)
		take_along(effects, &moment->processes[i], effects->addr, &frames);
	if (n > 1)
		find_sharers(effects, pids, n, &frames);
	free(frames.items);
}

int effects_before(struct effects *effects, struct local_source *local, pid_t pid, uint64_t addr,
		   const struct watch *watch, struct arena *arena, char *error, size_t size)
{
	size_t n;
	pid_t *pids = concerned(local, pid, watch, &n);
	struct moment *moment = look(local, pids, n, addr);
	const struct process *process = &moment->processes[0];
	const struct vma *vma = process_vma_at(process, addr);
	int err = 0;

	*effects = (struct effects){.local = local, .addr = addr};
	if (process->outcome != OUTCOME_OK) {
		err = denied(process, error, size);
	} else if (!vma) {
		snprintf(error, size, "nothing is mapped at 0x%llx in process %d", (unsigned long long)addr,
			 (int)pid);
		err = -EFAULT;
	} else {
		note_own(effects, process, vma, arena);
		note_all(effects, moment, pids, n);
	}
	moment_free(moment);
	free(pids);
	return err;
}

void effects_add_child(struct effects *effects, pid_t child)
{
	add_item(effects, child, effects->items[0].addr);
}

/* Whether anything about a region that a person is shown is different. */
static bool changed(const struct event_effect *item)
{
	const struct region *a = &item->before, *b = &item->after;

	if (item->had != item->has)
		return true;
	return item->had &&
	       (a->mapping != b->mapping || a->backing != b->backing || a->present != b->present ||
		a->swapped != b->swapped || a->exclusive != b->exclusive);
}

static void note_after(struct effects *effects, struct event_effect *item, const struct process *process)
{
	const struct region unknown = {.start = item->addr,
				       .len = item->had ? item->before.len : effects->local->kernel->pmd_size,
				       .mapping = MAPPING_UNKNOWN,
				       .backing = BACKING_UNKNOWN,
				       .exclusive = UNKNOWN_COUNT,
				       .mapcount = {UNKNOWN_COUNT, UNKNOWN_COUNT, UNKNOWN_COUNT},
				       .team_usage = UNKNOWN_COUNT,
				       .team_pmd_maps = UNKNOWN_COUNT};
	/* Of who has ended since, too, nobody saw what became of it. */
	const struct region *region =
		process->outcome == OUTCOME_OK ? process_region_at(process, item->addr) : &unknown;

	item->has = note(region, &item->after);
	if (item == effects->items)
		effects->page_after = note_page(process, process_region_at(process, effects->addr),
						effects->addr, effects->local->kernel->page_size);
}

void effects_after(struct effects *effects)
{
	const bool shown = capable(&effects->local->source.caps, CAP_PFN);
	pid_t *pids = mem_alloc(effects->n * sizeof(*pids));
	struct event_effect *item;
	size_t i, together = 0, seen = 0, kept = 0;
	struct moment *moment, *apart;

	for (i = 0; i < effects->n; i++)
		if (same_slot(effects, effects->items[i].addr))
			pids[together++] = effects->items[i].pid;
	moment = look(effects->local, pids, together, effects->addr);
	for (i = 0; i < effects->n; i++) {
		item = &effects->items[i];
		if (same_slot(effects, item->addr)) {
			note_after(effects, item, &moment->processes[seen++]);
			continue;
		}
		apart = look(effects->local, &item->pid, 1, item->addr);
		note_after(effects, item, &apart->processes[0]);
		moment_free(apart);
	}
	moment_free(moment);
	free(pids);
	for (i = 0; i < effects->n; i++)
		if (!i || shown || changed(&effects->items[i]))
			effects->items[kept++] = effects->items[i];
	effects->n = kept;
}

void effects_fini(struct effects *effects)
{
	free(effects->items);
}
