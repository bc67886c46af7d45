/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How fast the guest's time stamp counter runs under emulation, where it is ours. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "lab/parts.h"

#define MEASURED_NS 20000000
#define TRIES 16

#ifdef __x86_64__
static bool is_steady(void)
{
	char line[8192];
	FILE *file = fopen("/proc/cpuinfo", "re");
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = strstr(line, " constant_tsc") && strstr(line, " nonstop_tsc");
	if (file)
		fclose(file);
	return found;
}

/* The counter and the clock at one and the same time: as near as the quickest of some tries. */
static void read_both(uint64_t *ticks, uint64_t *ns)
{
	uint64_t before, after, at, least = UINT64_MAX;
	int i;

	for (i = 0; i < TRIES; i++) {
		before = __builtin_ia32_rdtsc();
		at = clock_mono_ns();
		after = __builtin_ia32_rdtsc();
		if (after - before >= least)
			continue;
		least = after - before;
		*ticks = before + least / 2;
		*ns = at;
	}
}

unsigned lab_tsc_khz(void)
{
	uint64_t ticks[2] = {0}, ns[2] = {0};

	if (!is_steady())
		return 0;
	read_both(&ticks[0], &ns[0]);
	nanosleep(&(struct timespec){.tv_nsec = MEASURED_NS}, NULL);
	read_both(&ticks[1], &ns[1]);
	return (unsigned)((double)(ticks[1] - ticks[0]) * 1e6 / (double)(ns[1] - ns[0]) + 0.5);
}
#else
unsigned lab_tsc_khz(void)
{
	return 0;
}
#endif
