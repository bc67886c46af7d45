/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moments that follow on one another by chance. */
#include "mutate.h"

#include <string.h>

static uint64_t draw(uint64_t *seed, uint64_t n)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed % n;
}

static void clear_facts(struct region *region)
{
	*region = (struct region){
		.start = region->start,
		.len = region->len,
		.vma = region->vma,
		.exclusive = UNKNOWN_COUNT,
		.mapcount = {UNKNOWN_COUNT, UNKNOWN_COUNT, UNKNOWN_COUNT},
		.team_usage = UNKNOWN_COUNT,
		.team_pmd_maps = UNKNOWN_COUNT,
	};
}

/* Everything that lines can say, true or not. */
static void change_region(struct region *region, uint64_t *seed)
{
	static const uint64_t counts[] = {0, 1, 7, 511, 512, UINT32_MAX};

	switch (draw(seed, 8)) {
	case 0:
		region->present = (uint32_t)counts[draw(seed, 6)];
		region->anon = 1;
		break;
	case 1:
		region->mapping = (enum mapping)(1 + draw(seed, MAPPING_COUNT - 1));
		break;
	case 2:
		region->pfn = draw(seed, 4) ? draw(seed, UINT64_C(1) << 50) : 0;
		region->thp = draw(seed, 2) ? region->pfn : draw(seed, 1000);
		break;
	case 3:
		region->mapcount.entire = (int64_t)draw(seed, 4) - 1;
		region->mapcount.total = draw(seed, 2) ? INT64_MAX : UNKNOWN_COUNT;
		break;
	case 4:
		region->backing = (enum backing)draw(seed, BACKING_COUNT);
		region->anon_exclusive = draw(seed, 2);
		region->uffd_wp = draw(seed, 2);
		break;
	case 5:
		memset(region->orders, 0, sizeof(region->orders));
		region->orders_known = true;
		region->orders[draw(seed, ORDER_MAX + 1)] = 3;
		region->orders[draw(seed, ORDER_MAX + 1)] = UINT16_MAX;
		break;
	case 6:
		region->team_usage = (int64_t)draw(seed, 600) - 1;
		region->exclusive = region->present ? (int64_t)draw(seed, 600) - 1 : region->exclusive;
		region->swapped = (uint32_t)draw(seed, 3);
		break;
	default:
		clear_facts(region);
		region->mapping = MAPPING_PMD;
		region->backing = BACKING_THP;
		region->how = HOW_PAGEMAP_SCAN;
		region->present = region->anon = 512;
		region->order_known = region->orders_known = true;
		region->order = 9;
		region->orders[9] = 512;
		region->pfn = region->thp = draw(seed, 1 << 20) << 9;
	}
}

/* What a reader would make of what no line says. */
static void settle(struct region *region)
{
	const bool nothing = !region->present && !region->swapped && !region->guard && !region->nonswap;

	if (region->mapping == MAPPING_UNKNOWN && nothing) {
		region->exclusive = UNKNOWN_COUNT;
		region->anon = region->file = region->zero = 0;
	}
	if (region->mapping == MAPPING_NONE && region->backing == BACKING_NONE && nothing)
		region->swapped = 1;
}

static uint64_t slot_after(const struct moment *moment, uint64_t start)
{
	return (start / moment->pmd_size + 1) * moment->pmd_size;
}

/* Pages are only ever at the first places of a region. */
#define PAGES 12

static void change_page(struct page *page, uint64_t *seed)
{
	switch (draw(seed, 6)) {
	case 0:
		page->pagemap = draw(seed, 2) ? UINT64_MAX : draw(seed, 1000);
		page->present = page->pagemap >> 63;
		break;
	case 1:
		page->pfn = draw(seed, 2) ? draw(seed, UINT64_C(1) << 55) : 0;
		break;
	case 2:
		page->has_flags = draw(seed, 4);
		page->flags = page->has_flags ? draw(seed, UINT64_MAX) : 0;
		break;
	case 3:
		page->has_mapcount = draw(seed, 4);
		page->mapcount = page->has_mapcount ? (uint32_t)draw(seed, 3) : 0;
		break;
	case 4:
		page->has_entry = draw(seed, 4);
		page->entry = page->has_entry ? draw(seed, UINT64_MAX) : 0;
		break;
	default:
		page->swapped = draw(seed, 2);
		page->guard = draw(seed, 2);
	}
}

static const struct page *page_at(const struct process *process, uint64_t addr)
{
	size_t i;

	for (i = 0; i < process->n_pages; i++)
		if (process->pages[i].addr == addr)
			return &process->pages[i];
	return NULL;
}

/* Pages of one region from the earlier list: some change, go or come. */
static void mutate_pages(const struct moment *moment, const struct process *old, struct process *process,
			 struct region *region, uint64_t *seed, uint64_t odds)
{
	const struct page *was;
	struct page *page;
	uint64_t at;
	size_t i;

	region->first_page = (uint32_t)process->n_pages;
	region->n_pages = 0;
	for (i = 0; i < PAGES && i * moment->page_size < region->len; i++) {
		at = region->start + i * moment->page_size;
		was = page_at(old, at);
		if (!draw(seed, was ? odds * 4 : odds * 16 + 16) == !!was)
			continue;
		page = &process->pages[process->n_pages++];
		*page = was ? *was : (struct page){.addr = at};
		if (!was || !draw(seed, odds))
			change_page(page, seed);
		region->n_pages++;
	}
}

/* Regions of one VMA from the earlier list: some change, go or come. */
static void mutate_regions(struct moment *moment, const struct process *old, const struct vma *was,
			   struct process *process, struct vma *vma, uint64_t *seed, uint64_t odds)
{
	struct region *region;
	uint64_t at = vma->start, next;
	size_t r = 0;

	vma->first_region = (uint32_t)process->n_regions;
	vma->n_regions = 0;
	while (at < vma->end && vma->n_regions < 64) {
		next = slot_after(moment, at);
		if (next > vma->end || next < at)
			next = vma->end;
		for (; was && r < was->n_regions && old->regions[was->first_region + r].start < at; r++)
			;
		region = &process->regions[process->n_regions];
		memset(region, 0, sizeof(*region));
		if (was && r < was->n_regions && old->regions[was->first_region + r].start == at) {
			*region = old->regions[was->first_region + r];
			if (!draw(seed, odds * 4))
				goto gone;
		} else if (draw(seed, odds * 2)) {
			goto gone;
		} else {
			region->start = at;
			clear_facts(region);
			change_region(region, seed);
		}
		region->len = next - at;
		region->vma = (uint32_t)(vma - process->vmas);
		if (!draw(seed, odds))
			change_region(region, seed);
		settle(region);
		mutate_pages(moment, old, process, region, seed, odds);
		process->n_regions++;
		vma->n_regions++;
	gone:
		at = next;
	}
}

static void mutate_vma(struct vma *vma, uint64_t *seed)
{
	static const char *const names[] = {"", "/x", "[heap]", "0x1f", "\xff\"\\\n"};

	switch (draw(seed, 6)) {
	case 0:
		vma->name = names[draw(seed, 5)];
		break;
	case 1:
		vma->label = draw(seed, 2) ? names[draw(seed, 5)] : NULL;
		break;
	case 2:
		vma->eligible = (int)draw(seed, 3) - 1;
		vma->advice = (enum vma_advice)draw(seed, 4);
		vma->eligible_ns = draw(seed, 2) ? draw(seed, UINT64_MAX) : 0;
		break;
	case 3:
		vma->smaps = NULL;
		break;
	case 4:
		vma->inode = draw(seed, 2) ? UINT64_MAX : 0;
		vma->pfnmap_unknown = draw(seed, 2);
		break;
	default:
		vma->kb.present = draw(seed, UINT64_MAX);
	}
}

static void mutate_memory(struct moment *moment, struct process *process, uint64_t *seed, uint64_t odds)
{
	const struct process old = *process;
	const uint64_t size = moment->page_size;
	struct vma *vma;
	uint64_t reached = 0;
	size_t i;

	process->vmas = arena_alloc(&moment->arena, (old.n_vmas + 1) * 2 * sizeof(*vma));
	process->regions = arena_alloc(&moment->arena, (old.n_vmas + 1) * 2 * 64 * sizeof(struct region));
	process->pages = arena_alloc(&moment->arena, (old.n_vmas + 1) * 2 * 64 * PAGES * sizeof(struct page));
	process->n_vmas = process->n_regions = process->n_pages = 0;
	for (i = 0; i < old.n_vmas; i++) {
		if (!draw(seed, odds * 4) && old.vmas[i].start > reached + 4 * size) {
			vma = &process->vmas[process->n_vmas++];
			*vma = old.vmas[i];
			vma->end = vma->start - size;
			vma->start = vma->end - (1 + draw(seed, 2)) * size;
			mutate_regions(moment, &old, NULL, process, vma, seed, odds);
		}
		if (!draw(seed, odds * 4))
			continue;
		vma = &process->vmas[process->n_vmas++];
		*vma = old.vmas[i];
		if (!draw(seed, odds) && vma->end - vma->start > 2 * size)
			vma->end -= size;
		if (!draw(seed, odds))
			mutate_vma(vma, seed);
		mutate_regions(moment, &old, &old.vmas[i], process, vma, seed, odds);
		reached = vma->end;
	}
}

/* Counting goes on, begins with other events, fails, or ends. */
static void mutate_counters(struct moment *moment, struct process *process, uint64_t *seed)
{
	const size_t n = draw(seed, 4) ? process->n_counters : draw(seed, 4);
	struct counter *counters = arena_alloc(&moment->arena, n * sizeof(*counters));
	size_t i;

	for (i = 0; i < n; i++) {
		if (i < process->n_counters && draw(seed, 8))
			counters[i] = process->counters[i];
		else
			counters[i] = (struct counter){.name = draw(seed, 2) ? "page-faults" : "an \"event\"",
						       .hardware = draw(seed, 2)};
		counters[i].missing = draw(seed, 8) ? NULL : "it is not counted";
		counters[i].value = counters[i].missing ? 0 : counters[i].value + draw(seed, 1000);
		counters[i].enabled_ns = counters[i].missing ? 0 : draw(seed, UINT64_MAX);
		counters[i].running_ns = counters[i].missing ? 0 : draw(seed, counters[i].enabled_ns + 1);
	}
	process->counters = counters;
	process->n_counters = n;
}

static void mutate_process(struct moment *moment, struct process *process, uint64_t *seed, uint64_t odds)
{
	if (process->outcome != OUTCOME_OK)
		return;
	if (!draw(seed, 2))
		mutate_memory(moment, process, seed, odds);
	if (!draw(seed, 2))
		process->rss_kb = (int64_t)draw(seed, 1000) - 1;
	if (!draw(seed, odds))
		process->same_since_ns = draw(seed, 3) ? moment->mono_ns : 0;
	if (!draw(seed, odds))
		process->n_walk = (unsigned)draw(seed, 5);
	if (process->n_walk < 3) /* of all levels, or none */
		process->n_walk = 0;
	if (!draw(seed, odds)) {
		process->queue.known = draw(seed, 4);
		process->queue.room = process->queue.known && draw(seed, 4) ? 8 : 0;
		process->queue.n = (unsigned)draw(seed, process->queue.room + 1);
		process->queue.addrs[0] = moment->pmd_size * draw(seed, 100);
	}
	if (!draw(seed, 2))
		mutate_counters(moment, process, seed);
	if (!draw(seed, odds * 4))
		process->start_time++;
	if (!draw(seed, odds * 4))
		process->comm = draw(seed, 2) ? "another" : "";
	if (!draw(seed, odds * 4))
		process->cgroup = draw(seed, 2) ? "/another.slice" : NULL;
}

static void end_process(struct process *process, uint64_t *seed)
{
	*process = (struct process){
		.pid = process->pid,
		.comm = "was",
		.start_time = process->start_time,
		.outcome = (enum outcome)(1 + draw(seed, OUTCOME_COUNT - 1)),
		.reason = "it is no more",
		.mapping_known = true,
		.page_tables_kb = UNKNOWN_COUNT,
		.rss_kb = UNKNOWN_COUNT,
	};
}

static void mutate_processes(struct moment *moment, uint64_t *seed, uint64_t odds)
{
	struct process *list = arena_alloc(&moment->arena, (moment->n_processes + 2) * sizeof(*list));
	pid_t most = 0;
	size_t i, n = 0;

	for (i = 0; i < moment->n_processes; i++) {
		if (moment->processes[i].pid > most)
			most = moment->processes[i].pid;
		if (!draw(seed, odds * 4))
			continue;
		list[n] = moment->processes[i];
		mutate_process(moment, &list[n], seed, odds);
		if (!draw(seed, odds * 8))
			end_process(&list[n], seed);
		n++;
	}
	if (n && !draw(seed, odds) && most < 1 << 30) {
		list[n] = list[draw(seed, n)];
		list[n++].pid = most + 1;
	}
	if (n > 1 && !draw(seed, odds * 4)) {
		list[n] = list[0];
		list[0] = list[n - 1];
		list[n - 1] = list[n];
	}
	moment->processes = list;
	moment->n_processes = n;
}

static void mutate_figures(struct moment *moment, const struct figure **figures, size_t *n, uint64_t *seed)
{
	static const char *const values[] = {"0", "18446744073709551615", "007", "always", ""};
	struct figure *list = arena_alloc(&moment->arena, (*n + 1) * sizeof(*list)), first;
	size_t i;

	for (i = 0; i < *n; i++) {
		list[i] = (*figures)[i];
		if (!draw(seed, 8))
			list[i].value = values[draw(seed, 5)];
	}
	if (*n > 1 && !draw(seed, 8))
		--*n;
	if (*n > 1 && !draw(seed, 8) && !strchr(list[0].name, '/') && !strchr(list[*n - 1].name, '/')) {
		first = list[0];
		list[0] = list[*n - 1];
		list[*n - 1] = first;
	}
	*figures = list;
}

void mutate(struct moment *moment, uint64_t *seed)
{
	const uint64_t odds = UINT64_C(1) << draw(seed, 6);

	moment->seq++;
	moment->mono_ns += draw(seed, 1000000000);
	moment->wall_ns = draw(seed, 8) ? moment->wall_ns + 1 : 0;
	moment->cost_ns = draw(seed, 1000);
	moment->n_events = draw(seed, 2) ? moment->n_events : 0;
	moment->system.free_pmd_blocks = (int64_t)draw(seed, 3) - 1;
	if (!draw(seed, 2))
		mutate_figures(moment, &moment->system.vmstat, &moment->system.n_vmstat, seed);
	if (!draw(seed, 8))
		mutate_figures(moment, &moment->system.meminfo, &moment->system.n_meminfo, seed);
	mutate_processes(moment, seed, odds);
}
