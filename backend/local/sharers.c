/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The source's search for who maps a folio, and what it measures of heat: core's, by this machine's clock. */
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "core/clock.h"
#include "core/sharers.h"
#include "local/local_parts.h"

int local_sharers(struct source *source, const struct sharers_query *query, struct arena *arena,
		  struct sharers *sharers)
{
	return sharers_search(local_of(source)->kernel, query, clock_mono_ns, arena, sharers, source->error,
			      sizeof(source->error));
}

static void nap(uint64_t ns)
{
	const struct timespec time = {(time_t)(ns / UINT64_C(1000000000)), (long)(ns % UINT64_C(1000000000))};

	nanosleep(&time, NULL);
}

/* Whether the process runs the specimen's program: whoever started it, it is there to have things done to it. */
static bool is_specimen(const struct local_source *local, pid_t pid)
{
	struct stat program, runs;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	return local->kernel->here && local->program && !stat(local->program, &program) &&
	       !stat(path, &runs) && program.st_dev == runs.st_dev && program.st_ino == runs.st_ino;
}

int local_heat(struct source *source, const struct heat_query *query, struct arena *arena, struct heat *heat)
{
	static const struct heat_clock clock = {clock_mono_ns, nap};
	struct heat_query asked = *query;

	asked.may_clear = !source->read_only && is_specimen(local_of(source), query->pid);
	return heat_measure(local_of(source)->kernel, &asked, &clock, arena, heat, source->error,
			    sizeof(source->error));
}
