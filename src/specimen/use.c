/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that the specimen uses again and again while nobody asks it for anything. */
#include <errno.h>

#include "memory.h"

#define RANGES 64

static struct specimen_request ranges[RANGES];
static unsigned n_ranges;

void memory_use(const struct specimen_request *request, struct specimen_reply *reply)
{
	struct specimen_request load = *request;

	load.op = SPECIMEN_READ;
	memory_access(&load, reply);
	if (reply->error)
		return;
	if (n_ranges == RANGES) {
		errno = ENOSPC;
		memory_failed(reply, SPECIMEN_CALL_USE);
		return;
	}
	ranges[n_ranges++] = load;
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

	for (i = 0; i < n_ranges; i++) {
		reply = (struct specimen_reply){.fd = -1};
		memory_access(&ranges[i], &reply);
		if (!reply.error)
			ranges[kept++] = ranges[i];
	}
	n_ranges = kept;
}
