/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a ring buffer: what is read of it is whole, and ends within it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "trace/records.h"

#define ROOM 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct trace_point points[] = {
		{.kind = TRACE_COLLAPSE_FILE,
		 .format = {.id = 7,
			    .fields = {{"common_type", 0, 2, false},
				       {"mm", 8, 8, false},
				       {"hpfn", 16, 8, false},
				       {"addr", 24, 8, false},
				       {"result", 32, 4, true}},
			    .n_fields = 5,
			    .words = {{1, "succeeded"}},
			    .n_words = 1}},
	};
	struct trace_record records[ROOM];
	size_t i, n, used;

	n = trace_parse(data, size, points, 1, records, ROOM, &used);
	if (n > ROOM || used > size)
		abort();
	for (i = 0; i < n; i++)
		if (records[i].kind >= TRACE_KIND_COUNT ||
		    !memchr(records[i].by_comm, 0, sizeof(records[i].by_comm)) ||
		    !memchr(records[i].status, 0, sizeof(records[i].status)))
			abort();
	trace_parse_mm(data, size, &points[0].format);
	return 0;
}
