/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VMA as cells. */
#include "format/plot.h"

bool plot_surveyed(const struct moment *moment, const struct vma *vma, uint64_t *from, uint64_t *to)
{
	const uint64_t size = moment->pmd_size;
	uint64_t low = moment->from - moment->from % size, high = moment->to - moment->to % size;

	*from = vma->start;
	*to = vma->end;
	if (!moment->from && !moment->to)
		return true;
	if (high < moment->to)
		high = high > UINT64_MAX - size ? UINT64_MAX : high + size;
	if (low > *from)
		*from = low;
	if (high < *to)
		*to = high;
	return *from < *to;
}

bool plot_condensed(const struct vma *vma)
{
	const struct kb *kb = &vma->kb;

	return !vma->slots && !kb->pmd && !kb->thp_pte && !kb->mthp && !kb->hugetlb && !kb->team_pte;
}

struct plot_walk plot_begin(const struct moment *moment, const struct process *process, const struct vma *vma,
			    uint64_t from, uint64_t to, uint64_t per)
{
	const struct region *regions = process->regions + vma->first_region;
	struct plot_walk walk = {
		.next = regions,
		.last = regions + vma->n_regions,
		.at = from,
		.end = to,
		.pmd_size = moment->pmd_size,
		.page_size = moment->page_size,
		.span = per * moment->pmd_size,
		.hole = vma->pfnmap_unknown ? SYMBOL_UNKNOWN : SYMBOL_HOLE,
	};

	while (walk.next < walk.last && walk.next->start < from)
		walk.next++;
	return walk;
}

/* The worst of the regions below `end`; moves past them. */
static void take_regions(struct plot_walk *walk, uint64_t end, struct plot_run *run)
{
	enum symbol symbol;

	run->regions = walk->next;
	for (; walk->next < walk->last && walk->next->start < end; walk->next++, run->n_regions++) {
		symbol = region_symbol(walk->next, walk->page_size);
		run->symbol = run->n_regions ? symbol_worse(run->symbol, symbol) : symbol;
	}
}

bool plot_cell(struct plot_walk *walk, struct plot_run *run)
{
	uint64_t base = walk->at - walk->at % walk->span, until, cell_end;
	bool cut;

	if (walk->at >= walk->end)
		return false;
	cell_end = walk->end - base <= walk->span ? walk->end : base + walk->span;
	cut = cell_end - walk->at != walk->span;
	*run = (struct plot_run){.symbol = walk->hole, .start = walk->at, .cells = 1};
	run->part = cut && cell_end - walk->at < walk->pmd_size;
	take_regions(walk, cell_end, run);
	if (!run->n_regions && !cut) {
		until = walk->next < walk->last ? walk->next->start : walk->end;
		run->cells = (until - walk->at) / walk->span;
		cell_end = walk->at + run->cells * walk->span;
	}
	run->end = walk->at = cell_end;
	return true;
}

bool plot_run(struct plot_walk *walk, struct plot_run *run)
{
	struct plot_walk ahead;
	struct plot_run more;

	if (!plot_cell(walk, run))
		return false;
	while (!run->part) {
		ahead = *walk;
		if (!plot_cell(&ahead, &more) || more.part || more.symbol != run->symbol)
			break;
		run->cells += more.cells;
		run->end = more.end;
		if (!run->n_regions)
			run->regions = more.regions;
		run->n_regions += more.n_regions;
		*walk = ahead;
	}
	return true;
}
