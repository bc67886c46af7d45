/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Closing what whoever was forked has of others. */
#include "core/close.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOST 65536 /* that are tried one by one: where the limit is a billion, that would take minutes */

/* Before Linux 5.9 there is no close_range, and a filter of a container's may not know it. */
static void one_by_one(unsigned first, unsigned last)
{
	struct rlimit limit = {.rlim_cur = MOST};
	unsigned fd;

	getrlimit(RLIMIT_NOFILE, &limit);
	for (fd = first; fd <= last && fd < limit.rlim_cur && fd < MOST; fd++)
		close((int)fd);
}

void close_between(unsigned first, unsigned last)
{
	const int before = errno;

	if (syscall(SYS_close_range, first, last, 0))
		one_by_one(first, last);
	errno = before;
}
