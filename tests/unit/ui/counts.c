/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counters, made up. */
#include "counts.h"

static const struct counter usual[] = {
	{.name = "dTLB-load-misses", .hardware = true},
	{.name = "dTLB-store-misses", .hardware = true},
	{.name = "dtlb_load_misses.walk_pending", .hardware = true},
	{.name = "minor-faults"},
	{.name = "major-faults"},
	{.name = "\033[2J a hostile name, \xc3\xa4\xff and long"},
};

void counts_put(struct moment *moment, size_t n, uint64_t value)
{
	for (size_t i = 0; i < moment->n_processes; i++) {
		struct process *process = &moment->processes[i];
		struct counter *counters = arena_alloc(&moment->arena, sizeof(usual));

		if (process->outcome != OUTCOME_OK)
			continue;
		for (size_t k = 0; k < n && k < sizeof(usual) / sizeof(usual[0]); k++) {
			counters[k] = usual[k];
			counters[k].value = value * (k + 1) + i;
			counters[k].enabled_ns = counters[k].running_ns = value;
			process->n_counters = k + 1;
		}
		process->counters = counters;
	}
}

void counts_set(struct moment *moment, size_t counter, const struct counter *value)
{
	for (size_t i = 0; i < moment->n_processes; i++) {
		struct counter *counters = (struct counter *)moment->processes[i].counters;

		if (counter >= moment->processes[i].n_counters)
			continue;
		counters[counter].value = value->value;
		counters[counter].enabled_ns = value->enabled_ns;
		counters[counter].running_ns = value->running_ns;
		counters[counter].missing = value->missing;
	}
}
