/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as what the guardian reads of /proc: a line of maps, a stat file, a status file. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "target/parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct raw_vma vma;
	uint64_t flags;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (raw_maps_line((const char *)data, size, &vma) && strlen(vma.perms) > 4)
		abort();
	raw_stat(text, &flags);
	raw_field(text, "TracerPid:");
	free(text);
	return 0;
}
