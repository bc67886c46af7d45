/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the parser of tree.json; what it reads is written and read again the same. */
#include <stdlib.h>
#include <string.h>

#include "tree/about.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct about about, again;
	char error[256] = "";
	struct buf text = {0};

	if (about_parse((const char *)data, size, &about, error, sizeof(error))) {
		if (!error[0])
			abort();
		return 0;
	}
	about_write(&about, &text);
	if (about_parse(text.data, text.len, &again, error, sizeof(error)) ||
	    again.page_size != about.page_size || again.pmd_size != about.pmd_size ||
	    again.vma_page_size != about.vma_page_size || again.capabilities != about.capabilities ||
	    again.wall_ns != about.wall_ns)
		abort();
	buf_fini(&text);
	return 0;
}
