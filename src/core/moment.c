/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking things up in a moment. */
#include "core/moment.h"

#include <stdlib.h>
#include <string.h>

const char *figure_value(const struct figure *figures, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(figures[i].name, name))
			return figures[i].value;
	return NULL;
}

void moment_free(struct moment *moment)
{
	if (!moment || atomic_fetch_sub(&moment->holders, 1))
		return;
	arena_fini(&moment->arena);
	free(moment);
}

struct moment *moment_hold(struct moment *moment)
{
	atomic_fetch_add(&moment->holders, 1);
	return moment;
}

const struct vma *process_vma_at(const struct process *process, uint64_t addr)
{
	size_t low = 0, high = process->n_vmas, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (process->vmas[middle].end <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == process->n_vmas || process->vmas[low].start > addr)
		return NULL;
	return &process->vmas[low];
}

const struct region *process_region_at(const struct process *process, uint64_t addr)
{
	const struct vma *vma = process_vma_at(process, addr);
	const struct region *region;
	size_t low, high, middle;

	if (!vma)
		return NULL;
	low = vma->first_region;
	high = low + vma->n_regions;
	while (low < high) {
		middle = low + (high - low) / 2;
		if (process->regions[middle].start + process->regions[middle].len <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == (size_t)vma->first_region + vma->n_regions)
		return NULL;
	region = &process->regions[low];
	return region->start <= addr ? region : NULL;
}

enum state region_state(const struct region *region)
{
	if (region->backing == BACKING_TEAM)
		return STATE_TEAM;
	if (region->backing == BACKING_HUGETLB)
		return STATE_HUGETLB;
	switch (region->mapping) {
	case MAPPING_NONE:
		return STATE_EMPTY;
	case MAPPING_PTE:
		return STATE_PTE_MAPPED;
	case MAPPING_PMD:
		return STATE_PMD_MAPPED;
	case MAPPING_PUD:
		return STATE_HUGETLB;
	case MAPPING_UNKNOWN:
	case MAPPING_COUNT:
		break;
	}
	return STATE_UNKNOWN;
}
