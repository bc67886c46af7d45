/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as khugepaged's queue. */
#include <stdint.h>
#include <stdlib.h>

#include "core/queue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct queue queue;

	if (queue_parse((const char *)data, size, &queue)
		    ? queue.known || queue.n
		    : !queue.known || queue.n > queue.room || queue.room > QUEUE_MOST)
		abort();
	return 0;
}
