/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as the name of an event that is counted: refused with a sentence of one line, or an event. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "count/count.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *name = mem_alloc(size + 1), error[300] = "";
	struct count_event event = {0}, again = {0};

	memcpy(name, data, size);
	name[size] = '\0';
	if (count_name(name, &event, error, sizeof(error))) {
		if (!error[0])
			abort();
	} else if (count_name(name, &again, error, sizeof(error)) || again.type != event.type ||
		   again.config != event.config) {
		abort();
	}
	free(name);
	return 0;
}
