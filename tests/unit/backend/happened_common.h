/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the tests of what a moment's events tell. */
#ifndef TESTS_HAPPENED_COMMON_H
#define TESTS_HAPPENED_COMMON_H

#include "local_common.h"

#define TRIES 3000 /* naps of 1 ms, and as many samples */

static inline const struct event *event_at(const struct moment *moment, enum event_kind kind, pid_t pid,
					   uint64_t addr)
{
	size_t i;

	for (i = 0; i < moment->n_events; i++)
		if (moment->events[i].kind == kind && moment->events[i].pid == pid &&
		    (!addr || moment->events[i].addr == addr))
			return &moment->events[i];
	return NULL;
}

static inline size_t count_events(const struct moment *moment, enum event_kind kind)
{
	size_t i, n = 0;

	for (i = 0; i < moment->n_events; i++)
		n += moment->events[i].kind == kind;
	return n;
}

static inline void print_events(const struct moment *moment)
{
	size_t i;

	for (i = 0; i < moment->n_events; i++) {
		const struct event *event = &moment->events[i];

		printf("# %s pid %d by %d %s addr %llx len %llx %s: %s (%s)\n", event_name(event->kind),
		       (int)event->pid, (int)event->by_pid, event->by, (unsigned long long)event->addr,
		       (unsigned long long)event->len, event->verdict, event->why, event->how);
	}
}

#endif
