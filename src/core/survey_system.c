/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system's figures of a moment. */
#include <stdio.h>
#include <string.h>

#include "core/cow.h"
#include "core/survey.h"
#include "core/system.h"

#define THP_DIR "sys/kernel/mm/transparent_hugepage/"

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
		&moment->arena, (SYSTEM_N_KNOBS + SYSTEM_N_SIZE_KNOBS * ORDER_MAX) * sizeof(*figures));
	unsigned order;
	char name[96];
	size_t i, n = 0;

	for (i = 0; i < SYSTEM_N_KNOBS; i++)
		add_knob(kernel, moment, figures, &n, system_knobs[i]);
	for (order = 1; order <= kernel->pmd_order && order < ORDER_MAX; order++) {
		for (i = 0; i < SYSTEM_N_SIZE_KNOBS; i++) {
			snprintf(name, sizeof(name), "hugepages-%llukB/%s",
				 (unsigned long long)(kernel->page_size << order >> 10),
				 system_size_knobs[i]);
			add_knob(kernel, moment, figures, &n, name);
		}
	}
	moment->system.knobs = figures;
	moment->system.n_knobs = n;
}

static const struct figure *copy_figures(struct arena *arena, const struct figure *figures, size_t n)
{
	struct figure *copy = arena_alloc(arena, n * sizeof(*copy));
	size_t i;

	for (i = 0; i < n; i++) {
		copy[i].name = arena_text(arena, figures[i].name, strlen(figures[i].name));
		copy[i].value = arena_text(arena, figures[i].value, strlen(figures[i].value));
	}
	return copy;
}

/* Sixty files, half a millisecond: the last answers, while they are young. */
static void copy_figures_of(const struct system_figures *from, struct moment *moment)
{
	struct system_figures *system = &moment->system;

	*system = *from;
	system->release = arena_text(&moment->arena, from->release, strlen(from->release));
	system->knobs = copy_figures(&moment->arena, from->knobs, from->n_knobs);
	system->meminfo = copy_figures(&moment->arena, from->meminfo, from->n_meminfo);
	system->vmstat = copy_figures(&moment->arena, from->vmstat, from->n_vmstat);
}

static void read_figures(struct kernel *kernel, struct moment *moment)
{
	struct system_figures *system = &moment->system;
	struct buf text = {0};
	const char *line;

	system->release = "";
	system->free_pmd_blocks = UNKNOWN_COUNT;
	if (!kernel_text(kernel, "proc/sys/kernel/osrelease", &text) && text.len) {
		line = system_knob(text.data, text.len, &moment->arena);
		system->release = line ? line : "";
	}
	system->cow_rule = kernel->cow_rule ? kernel->cow_rule : cow_rule(system->release);
	read_knobs(kernel, moment);
	buf_clear(&text);
	if (!kernel_text(kernel, "proc/vmstat", &text) && text.len)
		system->n_vmstat =
			system_vmstat(text.data, text.len, SYSTEM_VMSTAT, &moment->arena, &system->vmstat);
	buf_clear(&text);
	if (!kernel_text(kernel, "proc/meminfo", &text) && text.len)
		system->n_meminfo = system_meminfo(text.data, text.len, &moment->arena, &system->meminfo);
	buf_clear(&text);
	if (!kernel_text(kernel, "proc/buddyinfo", &text) && text.len)
		system->free_pmd_blocks = system_free_blocks(text.data, text.len, kernel->pmd_order);
	buf_fini(&text);
}

void survey_system(struct kernel *kernel, struct moment *moment, const struct survey_past *past)
{
	moment->source = kernel->ops->source;
	moment->page_size = kernel->page_size;
	moment->pmd_size = kernel->pmd_size;
	moment->caps = kernel->caps;
	if (past && past->now_ns - past->moment->system.read_ns < SURVEY_SYSTEM_NS) {
		copy_figures_of(&past->moment->system, moment);
	} else {
		read_figures(kernel, moment);
		moment->system.read_ns = past ? past->now_ns : 0;
	}
	moment->system.kpf = kernel->kpf;
}
