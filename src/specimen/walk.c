/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A walk: loads from random places, for a time, in between what the specimen is told. */
#include "walk.h"

#include <time.h>

#include "memory.h"

#define BATCH 8192
#define LINE 64 /* bytes that a load brings in, on most machines */

static struct {
	const volatile unsigned char *start;
	uint64_t pages, page;
	uint64_t until_ns; /* CLOCK_MONOTONIC; 0: there is no walk */
	uint64_t random;
} walk;

uint64_t walk_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void walk_begin(const struct specimen_request *request)
{
	walk.start = (const volatile unsigned char *)(uintptr_t)request->addr;
	walk.page = request->page;
	walk.pages = request->len / request->page;
	walk.random = UINT64_C(0x9e3779b97f4a7c15);
	walk.until_ns = walk.pages ? walk_now() + request->to : 0;
}

void walk_end(void)
{
	walk.until_ns = 0;
}

/* Marsaglia's xorshift64: every page as likely, and no order that a prefetcher could learn. */
static void load(void)
{
	uint64_t x = walk.random;
	unsigned i;

	for (i = 0; i < BATCH; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		(void)walk.start[(x >> 20) % walk.pages * walk.page + x % (walk.page / LINE) * LINE];
	}
	walk.random = x;
}

bool walk_on(void)
{
	/* What is no longer there, or may not be read any more, ends it. */
	if (!walk.until_ns || walk_now() >= walk.until_ns || !memory_guarded(load))
		walk_end();
	return walk.until_ns;
}
