/* SPDX-License-Identifier: GPL-2.0-or-later */
/* khugepaged's queue of one address space: huge pages mapped by ptes, to which it will come back (seed 000). */
#ifndef CORE_QUEUE_H
#define CORE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A kernel that says it has more than so many places is not believed; 5.4 to 6.5 have 8 (MAX_PTE_MAPPED_THP). */
#define QUEUE_MOST 32

struct queue {
	bool known;
	unsigned
		room; /* places; 0: khugepaged has no slot for this address space, and what should be queued is dropped */
	unsigned n;
	uint64_t addrs[QUEUE_MOST]; /* in the order in which khugepaged comes back to them */
};

/*
 * Parses what the team kernel says of a process (thpscope-kernel(7)): "1 of 8" and an address a line, or nothing where
 * khugepaged has no slot. Returns 0, or -EBADMSG with *queue not known. Pure.
 */
int queue_parse(const char *text, size_t len, struct queue *queue);

/* Its place in the queue, from 1 on; 0: it is not in it. */
unsigned queue_place(const struct queue *queue, uint64_t addr);

#endif
