/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as maps: refused with a line, or VMAs that ascend, do not overlap and can be found again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/moment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct vma *vmas, size_t n)
{
	struct process process = {.vmas = (struct vma *)vmas, .n_vmas = n};
	size_t i;

	for (i = 0; i < n; i++) {
		if (vmas[i].start >= vmas[i].end || (i && vmas[i].start < vmas[i - 1].end))
			abort();
		if (strlen(vmas[i].perms) > 4 || !vmas[i].name || vmas[i].kind >= VMA_KIND_COUNT)
			abort();
		if (process_vma_at(&process, vmas[i].start) != &vmas[i] ||
		    process_vma_at(&process, vmas[i].end - 1) != &vmas[i])
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	size_t n = 0, line = 0;
	struct vma *vmas;

	if (!vma_parse_maps((const char *)data, size, &arena, &vmas, &n, &line))
		check(vmas, n);
	else if (!line)
		abort();
	arena_fini(&arena);
	return 0;
}
