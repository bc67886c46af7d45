/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory areas of a process with what its smaps says of each. */
#include "local/areas.h"

#include <stdlib.h>

#include "core/mem.h"

struct areas *areas_read(struct kernel_process *process)
{
	struct areas *areas = mem_alloc(sizeof(*areas));
	struct buf maps = {0}, smaps = {0};
	size_t line;

	areas->pid = process->pid;
	areas->start_time = process->start_time;
	if (!kernel_process_text(process, "maps", &maps) && maps.data &&
	    !vma_parse_maps(maps.data, maps.len, &areas->arena, &areas->vmas, &areas->n, &line) &&
	    (kernel_process_text(process, "smaps", &smaps) || !smaps.data ||
	     vma_parse_smaps(smaps.data, smaps.len, &areas->arena, areas->vmas, areas->n, &line)))
		areas->n = 0;
	buf_fini(&maps);
	buf_fini(&smaps);
	return areas;
}

static void release(void *areas)
{
	areas_give_back(areas);
}

void areas_keep(struct areas *areas, struct arena *arena)
{
	atomic_fetch_add(&areas->holders, 1);
	arena_defer(arena, release, areas);
}

void areas_give_back(struct areas *areas)
{
	if (!areas || atomic_fetch_sub(&areas->holders, 1))
		return;
	arena_fini(&areas->arena);
	free(areas);
}
