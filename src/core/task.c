/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who waits for whom. */
#include "core/task.h"

#include <string.h>

/* Whom a task waits for; n: for nobody. */
static size_t awaited(const struct task *tasks, size_t n, size_t at)
{
	size_t other = 0;

	if (tasks[at].state != TASK_WAITING || !*tasks[at].holder)
		return n;
	while (other < n && strcmp(tasks[other].name, tasks[at].holder) != 0)
		other++;
	return other;
}

size_t task_ring(const struct task *tasks, size_t n, size_t *ring)
{
	for (size_t first = 0; first < n; first++) {
		size_t len = 0, at = first;

		while (at < n && len < n) {
			ring[len++] = at;
			at = awaited(tasks, n, at);
			if (at == first)
				return len;
		}
	}
	return 0;
}
