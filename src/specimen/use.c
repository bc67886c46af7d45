/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that the specimen uses again and again while nobody asks it for anything. */
#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory.h"

#define RANGES 64

/*
 * Accessed bits are set when an entry comes into a TLB, and whoever clears them does not flush it (ptep_clear_young_notify,
 * mm/page_idle.c). A process that does nothing but use these pages keeps their entries there for ever, and seems not to use
 * them; one with more to do does not. So that the specimen is like that one, its TLB is flushed each time: by having the
 * accessed bits of more pages cleared at once than x86-64 flushes one by one (tlb_single_page_flush_ceiling, 33). MADV_COLD
 * does that without a page fault; kernels before 5.4 are given the pages back, and each is a fault at the next time.
 */
#define FLUSHED_PAGES 64
static char *flushed;

static struct specimen_request ranges[RANGES];
static unsigned n_ranges;

static bool holds(const struct specimen_request *outer, const struct specimen_request *inner)
{
	return inner->addr >= outer->addr && inner->addr + inner->len <= outer->addr + outer->len &&
	       inner->page == outer->page;
}

/* Whether it is used already, with others; ranges that are within it are its own now. */
static bool known(const struct specimen_request *load)
{
	unsigned i, kept = 0;

	for (i = 0; i < n_ranges; i++)
		if (holds(&ranges[i], load))
			return true;
	for (i = 0; i < n_ranges; i++)
		if (!holds(load, &ranges[i]))
			ranges[kept++] = ranges[i];
	n_ranges = kept;
	return false;
}

void memory_use(const struct specimen_request *request, struct specimen_reply *reply)
{
	struct specimen_request load = *request;

	load.op = SPECIMEN_READ;
	memory_access(&load, reply);
	if (reply->error || known(&load))
		return;
	if (n_ranges == RANGES) {
		errno = ENOSPC;
		memory_failed(reply, SPECIMEN_CALL_USE);
		return;
	}
	ranges[n_ranges++] = load;
	if (flushed)
		return;
	flushed = mmap(NULL, FLUSHED_PAGES * (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (flushed == MAP_FAILED)
		flushed = NULL;
}

static void flush(void)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t i;

	for (i = 0; flushed && i < FLUSHED_PAGES; i++)
		flushed[i * page] = 1;
	if (flushed && madvise(flushed, FLUSHED_PAGES * page, MADV_COLD))
		madvise(flushed, FLUSHED_PAGES * page, MADV_DONTNEED);
}

void memory_rest(const struct specimen_request *request)
{
	unsigned i, kept = 0;

	for (i = 0; i < n_ranges; i++)
		if (ranges[i].addr >= request->addr + request->len ||
		    request->addr >= ranges[i].addr + ranges[i].len)
			ranges[kept++] = ranges[i];
	n_ranges = kept;
}

void memory_rest_all(void)
{
	n_ranges = 0;
}

bool memory_in_use(void)
{
	return n_ranges;
}

void memory_use_again(void)
{
	struct specimen_reply reply;
	unsigned i, kept = 0;

	flush();
	for (i = 0; i < n_ranges; i++) {
		reply = (struct specimen_reply){.fd = -1};
		memory_access(&ranges[i], &reply);
		if (!reply.error)
			ranges[kept++] = ranges[i];
	}
	n_ranges = kept;
}
