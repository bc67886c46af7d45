/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of a PMU's own events in a program without libpfm4: none. */
#include <errno.h>

#include "count/parts.h"

int pmu_name(const char *name, struct count_event *event, char *error, size_t size)
{
	(void)event;
	pmu_without(name, "is not in this program", error, size);
	return -EINVAL;
}

size_t pmu_defaults(const char **names, size_t room)
{
	(void)names, (void)room;
	return 0;
}

const char *pmu_library(void)
{
	return NULL;
}
