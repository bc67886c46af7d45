/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --counter: which events of processes are counted. */
#include "cmd/counters.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "count/count.h"

/* How many events the names come to at most, the usual ones one by one. */
static size_t n_events(const struct counters *counters)
{
	const char *usual[COUNTERS_MOST];
	size_t i, n = 0;

	for (i = 0; i < counters->n; i++)
		n += strcmp(counters->names[i], COUNT_DEFAULT) ? 1 : count_defaults(true, usual);
	return n;
}

int counters_add(struct counters *counters, const struct cmd *cmd, const char *argument,
		 const struct source_options *source)
{
	struct count_event event;
	char error[600], *name, *rest;

	if (counters->n_texts == COUNTERS_MOST)
		return cmd_usage(cmd, "--counter: %d events at a time are the most", COUNTERS_MOST);
	rest = counters->texts[counters->n_texts++] = mem_strdup(argument);
	while ((name = strsep(&rest, ","))) {
		if (counters->n == COUNTERS_MOST)
			return cmd_usage(cmd, "--counter: %d events at a time are the most", COUNTERS_MOST);
		if (!*name)
			return cmd_usage(cmd, "--counter '%s': a name is empty", argument);
		if (strcmp(name, COUNT_DEFAULT) && !source->via && !source->lab &&
		    count_name(name, &event, error, sizeof(error)))
			return cmd_usage(cmd, "--counter: %s", error);
		counters->names[counters->n++] = name;
		if (n_events(counters) > COUNTERS_MOST)
			return cmd_usage(cmd, "--counter: %d events at a time are the most", COUNTERS_MOST);
	}
	return 0;
}

int counters_check(const struct counters *counters, const struct cmd *cmd,
		   const struct source_options *source)
{
	if (!counters->n)
		return 0;
	if (source->root)
		return cmd_usage(cmd, "--counter counts what happens; in a recorded tree nothing does");
	if (source->model)
		return cmd_usage(cmd, "--counter counts events of a processor; a model has none");
	if (source->replay)
		return cmd_usage(cmd, "--counter counts what happens; a recording shows what it has");
	return 0;
}

void counters_watch(const struct counters *counters, struct watch *watch)
{
	if (!counters->n)
		return;
	watch->count = true;
	watch->counters = counters->names;
	watch->n_counters = counters->n;
}

void counters_say_missing(const struct counters *counters, const struct moment *moment, size_t n)
{
	const struct process *process;
	bool usual = false;
	size_t i, k;

	/* What is usual has no event of the PMU where there is none. */
	for (i = 0; i < counters->n; i++)
		usual |= !strcmp(counters->names[i], COUNT_DEFAULT);
	if (usual && capability_lacks(&moment->caps, CAP_COUNTERS)) {
		cmd_error(0, "events of the PMU are not counted: %s", moment->caps.missing[CAP_COUNTERS]);
		return;
	}
	for (i = 0; i < moment->n_processes && i < n; i++) {
		process = &moment->processes[i];
		for (k = 0; k < process->n_counters; k++) {
			if (!process->counters[k].missing)
				continue;
			cmd_error(0, "%s of process %d is not counted: %s", process->counters[k].name,
				  (int)process->pid, process->counters[k].missing);
			return;
		}
	}
}

void counters_fini(struct counters *counters)
{
	while (counters->n_texts)
		free(counters->texts[--counters->n_texts]);
}
