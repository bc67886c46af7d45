/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a script calls memory, for a moment: the kernel's names do not tell a second mapping of one file from the first. */
#include <string.h>

#include "model/ops.h"
#include "model/source.h"

/* Whether the kernel's name ends with the script's: "[anon:S]", "/memfd:S (deleted)", "/huge/S". */
static bool tells(const char *name, const char *area)
{
	const size_t len = strlen(area);
	const char *at;

	for (at = strstr(name, area); at; at = strstr(at + 1, area))
		if (at > name && strchr(":/", at[-1]) && strchr("] ", at[len]))
			return true;
	return false;
}

static void label(const struct area *area, struct process *process, struct arena *arena)
{
	for (size_t i = 0; i < process->n_vmas; i++) {
		struct vma *vma = &process->vmas[i];

		if (vma->start < area->start + area->len && vma->end > area->start &&
		    !tells(vma->name, area->name))
			vma->label = arena_text(arena, area->name, strlen(area->name));
	}
}

void model_label(const struct world *world, struct moment *moment)
{
	for (size_t i = 0; i < moment->n_processes; i++)
		for (uint32_t at = 1; at < world->extent.areas; at++)
			if (world->areas[at].used &&
			    world->areas[at].mm == mm_of_pid(world, moment->processes[i].pid))
				label(&world->areas[at], &moment->processes[i], &moment->arena);
}
