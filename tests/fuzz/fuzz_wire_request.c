/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a request: refused with a sentence, or written again so that it reads the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "format/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_again(const struct wire_request *request, struct buf *out)
{
	/* Keys may be shorter than what is written for them; none of a fuzzer's lines comes near the limit. */
	if (wire_put_request(out, request))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct buf first = {0}, second = {0};
	struct wire_request request;
	char problem[WIRE_PROBLEM] = "";

	if (size > WIRE_LINE_MAX / 8)
		return 0;
	if (wire_read_request((const char *)data, size, &arena, &request, problem, sizeof(problem))) {
		if (!problem[0])
			abort();
	} else {
		write_again(&request, &first);
		if (wire_read_request(first.data, first.len - 1, &arena, &request, problem, sizeof(problem)))
			abort();
		write_again(&request, &second);
		if (first.len != second.len || memcmp(first.data, second.data, first.len))
			abort();
	}
	buf_fini(&first);
	buf_fini(&second);
	arena_fini(&arena);
	return 0;
}
