/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A whole moment: the system's figures, every process, and what only all processes together tell. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cow.h"
#include "core/mapcount.h"
#include "core/mem.h"
#include "core/survey_parts.h"
#include "core/system.h"

#define THP_DIR "sys/kernel/mm/transparent_hugepage/"

/* Knobs of every kernel with THP, then those that each folio size has since 6.8. */
static const char *const knobs[] = {
	"enabled",
	"defrag",
	"shmem_enabled",
	"use_zero_page",
	"hpage_pmd_size",
	"khugepaged/defrag",
	"khugepaged/max_ptes_none",
	"khugepaged/max_ptes_swap",
	"khugepaged/max_ptes_shared",
	"khugepaged/pages_to_scan",
	"khugepaged/scan_sleep_millisecs",
	"khugepaged/alloc_sleep_millisecs",
	"khugepaged/pages_collapsed",
	"khugepaged/full_scans",
};
static const char *const size_knobs[] = {"enabled", "shmem_enabled"};

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static void add_knob(struct kernel *kernel, struct moment *moment, struct figure *figures, size_t *n,
		     const char *name)
{
	struct buf text = {0};
	const char *value;
	char path[160];

	snprintf(path, sizeof(path), THP_DIR "%s", name);
	if (!kernel_text(kernel, path, &text) && text.len) {
		value = system_knob(text.data, text.len, &moment->arena);
		if (value)
			figures[(*n)++] =
				(struct figure){arena_text(&moment->arena, name, strlen(name)), value};
	}
	buf_fini(&text);
}

static void read_knobs(struct kernel *kernel, struct moment *moment)
{
	struct figure *figures = arena_alloc(
		&moment->arena, (COUNT_OF(knobs) + COUNT_OF(size_knobs) * ORDER_MAX) * sizeof(*figures));
	unsigned order;
	char name[96];
	size_t i, n = 0;

	for (i = 0; i < COUNT_OF(knobs); i++)
		add_knob(kernel, moment, figures, &n, knobs[i]);
	for (order = 1; order <= kernel->pmd_order && order < ORDER_MAX; order++) {
		for (i = 0; i < COUNT_OF(size_knobs); i++) {
			snprintf(name, sizeof(name), "hugepages-%llukB/%s",
				 (unsigned long long)(kernel->page_size << order >> 10), size_knobs[i]);
			add_knob(kernel, moment, figures, &n, name);
		}
	}
	moment->system.knobs = figures;
	moment->system.n_knobs = n;
}

void survey_system(struct kernel *kernel, struct moment *moment)
{
	struct system_figures *system = &moment->system;
	struct buf text = {0};
	const char *line;

	moment->source = kernel->ops->source;
	moment->page_size = kernel->page_size;
	moment->pmd_size = kernel->pmd_size;
	moment->caps = kernel->caps;
	system->release = "";
	system->free_pmd_blocks = UNKNOWN_COUNT;
	if (!kernel_text(kernel, "proc/sys/kernel/osrelease", &text) && text.len) {
		line = system_knob(text.data, text.len, &moment->arena);
		system->release = line ? line : "";
	}
	system->cow_rule = cow_rule(system->release);
	read_knobs(kernel, moment);
	buf_clear(&text);
	if (!kernel_text(kernel, "proc/vmstat", &text) && text.len)
		system->n_vmstat =
			system_vmstat(text.data, text.len, "thp_", &moment->arena, &system->vmstat);
	buf_clear(&text);
	if (!kernel_text(kernel, "proc/meminfo", &text) && text.len)
		system->n_meminfo = system_meminfo(text.data, text.len, &moment->arena, &system->meminfo);
	buf_fini(&text);
}

/* Everything seen of one folio in all processes of the moment. */
struct folio {
	uint64_t pfn;
	int64_t pmd_seen;
	int64_t entire;	 /* known from one of its regions, or UNKNOWN_COUNT */
	bool moved;	 /* its regions contradict one another */
	uint32_t *count; /* by subpage, 0: not seen */
	uint32_t *pte_seen;
};

struct folios {
	struct folio *items; /* ascending by pfn */
	size_t n, room;
	size_t subpages;
};

static int by_pfn(const void *left, const void *right)
{
	const struct folio *a = left, *b = right;

	return a->pfn < b->pfn ? -1 : a->pfn > b->pfn;
}

static struct folio *folio_find(const struct folios *folios, uint64_t pfn)
{
	struct folio key = {.pfn = pfn};

	return folios->n ? bsearch(&key, folios->items, folios->n, sizeof(key), by_pfn) : NULL;
}

static void collect(struct folios *folios, const struct moment *moment)
{
	const struct survey_loose *loose;
	size_t i, kept = 0;

	for (i = 0; i < moment->n_processes; i++) {
		for (loose = moment->processes[i].loose; loose; loose = loose->next) {
			mem_grow(&folios->items, &folios->room, folios->n + 1, sizeof(*folios->items));
			folios->items[folios->n++] =
				(struct folio){.pfn = moment->processes[i].regions[loose->region].pfn,
					       .entire = UNKNOWN_COUNT};
		}
	}
	if (folios->n)
		qsort(folios->items, folios->n, sizeof(*folios->items), by_pfn);
	for (i = 0; i < folios->n; i++)
		if (!kept || folios->items[kept - 1].pfn != folios->items[i].pfn)
			folios->items[kept++] = folios->items[i];
	folios->n = kept;
	for (i = 0; i < kept; i++) {
		folios->items[i].count = mem_alloc(folios->subpages * sizeof(uint32_t));
		folios->items[i].pte_seen = mem_alloc(folios->subpages * sizeof(uint32_t));
	}
}

static bool regions_alike(const struct process *one, const struct process *other)
{
	size_t i;

	if (one->n_regions != other->n_regions)
		return false;
	for (i = 0; i < one->n_regions; i++) {
		const struct region *a = &one->regions[i], *b = &other->regions[i];

		if (a->start != b->start || a->mapping != b->mapping || a->present != b->present ||
		    a->pfn != b->pfn || a->exclusive != b->exclusive)
			return false;
	}
	return true;
}

/*
 * Whether a process shares its page tables with one before it, whose mappings were counted already. Taking two for one
 * leaves bounds wider than need be, taking one for two makes them wrong: in doubt they are one.
 */
static bool counted_before(struct kernel *kernel, const struct moment *moment, size_t at)
{
	const struct process *process = &moment->processes[at];
	size_t i;
	int same;

	for (i = 0; i < at; i++) {
		if (moment->processes[i].maps_hash != process->maps_hash || !process->n_regions)
			continue;
		same = kernel_same_memory(kernel, moment->processes[i].pid, process->pid);
		if (same == -ENOTSUP)
			same = regions_alike(&moment->processes[i], process);
		if (same)
			return true;
	}
	return false;
}

/* What one process's regions say of the folios: PMD mappings, PTE mappings, counts, or E itself. */
static void gather_process(struct folios *folios, const struct process *process)
{
	const struct survey_loose *loose;
	const struct region *region;
	struct folio *folio;
	int64_t entire;
	size_t k;

	for (k = 0; k < process->n_regions; k++) {
		region = &process->regions[k];
		folio = region->pfn ? folio_find(folios, region->pfn) : NULL;
		if (!folio)
			continue;
		folio->pmd_seen += region->mapping == MAPPING_PMD;
		entire = region->mapcount.entire;
		/* Two that disagree saw different folios in the same frames, one after the other. */
		folio->moved |=
			entire != UNKNOWN_COUNT && folio->entire != UNKNOWN_COUNT && entire != folio->entire;
		if (entire != UNKNOWN_COUNT)
			folio->entire = entire;
	}
	for (loose = process->loose; loose; loose = loose->next) {
		region = &process->regions[loose->region];
		folio = folio_find(folios, region->pfn);
		for (k = 0; k < folios->subpages; k++) {
			if (!loose->count[k])
				continue;
			folio->count[k] = loose->count[k];
			folio->pte_seen[k] += region->mapping == MAPPING_PTE;
		}
	}
}

static int64_t folio_entire(const struct folio *folio, size_t subpages)
{
	struct entire_bounds bounds;
	size_t i;

	if (folio->moved)
		return UNKNOWN_COUNT;
	if (folio->entire != UNKNOWN_COUNT)
		return folio->entire;
	entire_start(&bounds, folio->pmd_seen);
	for (i = 0; i < subpages; i++)
		if (folio->count[i])
			entire_subpage(&bounds, folio->count[i], folio->pte_seen[i]);
	return entire_value(&bounds);
}

/* Writes E where this region's own mapping and counts allow it: the folio may have changed between two looks. */
static void settle(struct region *region, const struct survey_loose *loose, size_t subpages, int64_t entire)
{
	const bool pmd = region->mapping == MAPPING_PMD;
	int64_t sum = 0, n = 0;
	size_t i;

	if (entire == UNKNOWN_COUNT || region->mapcount.highest == UNKNOWN_COUNT || entire < pmd)
		return;
	for (i = 0; i < subpages; i++) {
		if (!loose->count[i])
			continue;
		if (entire > (int64_t)loose->count[i] - !pmd)
			return;
		sum += loose->count[i];
		n++;
	}
	region->mapcount.entire = entire;
	region->mapcount.total = sum - (n - 1) * entire;
}

void survey_resolve(struct kernel *kernel, struct moment *moment)
{
	struct folios folios = {.subpages = (size_t)1 << kernel->pmd_order};
	const struct survey_loose *loose;
	struct region *region;
	size_t i;

	collect(&folios, moment);
	for (i = 0; folios.n && i < moment->n_processes; i++)
		if (!counted_before(kernel, moment, i))
			gather_process(&folios, &moment->processes[i]);
	for (i = 0; folios.n && i < moment->n_processes; i++) {
		for (loose = moment->processes[i].loose; loose; loose = loose->next) {
			region = &moment->processes[i].regions[loose->region];
			settle(region, loose, folios.subpages,
			       folio_entire(folio_find(&folios, region->pfn), folios.subpages));
		}
	}
	for (i = 0; i < folios.n; i++) {
		free(folios.items[i].count);
		free(folios.items[i].pte_seen);
	}
	free(folios.items);
}

struct moment *survey_moment(struct kernel *kernel, const pid_t *pids, size_t n,
			     struct kernel_process *const *opened, const struct survey_options *options)
{
	struct moment *moment = mem_alloc(sizeof(*moment));
	size_t i;

	survey_system(kernel, moment);
	moment->from = options->from;
	moment->to = options->to;
	moment->processes = arena_alloc(&moment->arena, n * sizeof(*moment->processes));
	moment->n_processes = n;
	for (i = 0; i < n; i++)
		survey_process(kernel, opened ? opened[i] : NULL, pids[i], options, &moment->arena,
			       &moment->processes[i]);
	survey_resolve(kernel, moment);
	return moment;
}
