/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as smaps: every field and flag that it says is readable, whatever VMAs there are. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/vma.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Two of the VMAs that the corpus speaks of. */
static const char maps[] =
	"1000-2000 rw-p 00000000 00:00 0 \n7f0000000000-7f0000400000 rw-p 00000000 00:00 0 \n";

static void check(const struct smaps *smaps)
{
	size_t i;

	for (i = 0; smaps && i < smaps->n_fields; i++)
		smaps_kb(smaps, smaps->fields[i].name, 0);
	for (i = 0; smaps && i < smaps->n_flags; i++)
		if (!smaps_has_flag(smaps, smaps->flags[i]))
			abort();
	if (smaps && (smaps->thp_eligible < -1 || smaps->thp_eligible > 1))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	size_t n, line = 0, i;
	struct vma *vmas;

	if (vma_parse_maps(maps, sizeof(maps) - 1, &arena, &vmas, &n, &line))
		abort();
	vma_parse_smaps((const char *)data, size, &arena, vmas, n, &line);
	if (!line)
		abort();
	for (i = 0; i < n; i++)
		check(vmas[i].smaps);
	arena_fini(&arena);
	return 0;
}
