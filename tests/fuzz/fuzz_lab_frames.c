/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the lab's guest says: any bytes. What is taken lies inside of them, and put again is the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lab/frames.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *bytes;
	struct buf again = {0};
	size_t len, taken;
	uint32_t type;

	while (lab_frame_get(text, size, &type, &bytes, &len, &taken) == 1) {
		if (taken > size || bytes < text || len > (size_t)(text + taken - bytes))
			abort();
		buf_clear(&again);
		lab_frame_put(&again, (enum lab_frame_type)type, bytes, len);
		if (again.len != taken || memcmp(again.data, text, taken))
			abort();
		text += taken;
		size -= taken;
	}
	buf_fini(&again);
	return 0;
}
