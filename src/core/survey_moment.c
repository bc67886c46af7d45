/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A whole moment: the system's figures, every process, and what only all processes together tell. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/mapcount.h"
#include "core/mem.h"
#include "core/survey_parts.h"

/* Everything seen of one folio in all processes of the moment. */
struct folio {
	uint64_t pfn;
	int64_t pmd_seen;
	int64_t entire;	 /* known from one of its regions, or UNKNOWN_COUNT */
	int64_t low;	 /* of the counts of subpages that a region does not map; INT64_MAX */
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
					       .entire = UNKNOWN_COUNT,
					       .low = INT64_MAX};
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
		/* What was carried over is no evidence: its folio may be elsewhere by now. */
		folio = region->pfn && !process_carried(process, region) ? folio_find(folios, region->pfn)
									 : NULL;
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
		if (loose->rest.low < folio->low)
			folio->low = loose->rest.low;
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
	entire_subpage(&bounds, folio->low, 0);
	for (i = 0; i < subpages; i++)
		if (folio->count[i])
			entire_subpage(&bounds, folio->count[i], folio->pte_seen[i]);
	return entire_value(&bounds);
}

/* Writes E where this region's own mapping and counts allow it: the folio may have changed between two looks. */
static void settle(struct region *region, const struct survey_loose *loose, size_t subpages, int64_t entire)
{
	const bool pmd = region->mapping == MAPPING_PMD;
	int64_t sum = loose->rest.sum, n = loose->rest.n;
	size_t i;

	if (entire == UNKNOWN_COUNT || region->mapcount.highest == UNKNOWN_COUNT || entire < pmd ||
	    entire > loose->rest.low)
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
	region->mapcount.total = loose->rest.known ? sum - (n - 1) * entire : UNKNOWN_COUNT;
}

/*
 * After all processes of a moment are surveyed: derives `entire` and `total` of PTE-mapped regions whose
 * folio is mapped elsewhere, from the bounds of facts B (what was seen of the folio in all processes).
 */
static void resolve(struct kernel *kernel, struct moment *moment)
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

/* Reads those processes whole that carry over what this moment shows to be out of date. */
static void read_contradicted(struct kernel *kernel, struct moment *moment,
			      struct kernel_process *const *opened, const struct survey_options *options)
{
	bool *wrong = survey_contradicted(moment);
	struct survey_options whole = *options;
	size_t i;

	whole.past = NULL;
	for (i = 0; i < moment->n_processes; i++)
		if (wrong[i])
			survey_process(kernel, opened ? opened[i] : NULL, moment->processes[i].pid, &whole,
				       &moment->arena, &moment->processes[i]);
	free(wrong);
}

struct moment *survey_moment(struct kernel *kernel, const pid_t *pids, size_t n,
			     struct kernel_process *const *opened, const struct survey_options *options)
{
	struct moment *moment = mem_alloc(sizeof(*moment));
	size_t i;

	survey_system(kernel, moment, options->past);
	moment->from = options->from;
	moment->to = options->to;
	moment->processes = arena_alloc(&moment->arena, n * sizeof(*moment->processes));
	moment->n_processes = n;
	for (i = 0; i < n; i++)
		survey_process(kernel, opened ? opened[i] : NULL, pids[i], options, &moment->arena,
			       &moment->processes[i]);
	if (options->past)
		read_contradicted(kernel, moment, opened, options);
	resolve(kernel, moment);
	return moment;
}
