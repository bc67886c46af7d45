/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many descriptors this program may have, and what it gives to the programs that it starts. */
#include "local/files.h"

#include <sys/resource.h>

#define MAX_HANDLES 256 /* watched processes; the others are opened by each survey anew */
#define PER_HANDLE 4	/* its directory, a thread's, pagemap and maps (backend/proc) */
#define OURS 32		/* the kernel's, the screen's, the specimen's sockets, what is read just now */

static struct rlimit before;

void files_raise(void)
{
	struct rlimit raised;

	if (getrlimit(RLIMIT_NOFILE, &before))
		return;
	raised = before;
	raised.rlim_cur = raised.rlim_max;
	setrlimit(RLIMIT_NOFILE, &raised);
}

void files_restore(pid_t pid)
{
	if (before.rlim_max)
		prlimit(pid, RLIMIT_NOFILE, &before, NULL);
}

size_t files_handles(void)
{
	struct rlimit now;

	if (getrlimit(RLIMIT_NOFILE, &now) || now.rlim_cur < OURS)
		return 0;
	if (now.rlim_cur > OURS + PER_HANDLE * MAX_HANDLES)
		return MAX_HANDLES;
	return (now.rlim_cur - OURS) / PER_HANDLE;
}
