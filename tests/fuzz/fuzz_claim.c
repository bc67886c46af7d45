/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as an expression of 'thpscope check': refused at one of its characters, or held against a small process. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/script/claim_world.h"
#include "core/mem.h"
#include "script/claim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(const struct claim *claim)
{
	struct claim_world world;
	struct buf found = {0};
	uint32_t caps = (1u << CAP_COUNT) - 1;

	claim_world_make(&world);
	for (; caps; caps &= ~(1u << CAP_PAGEMAP_SCAN | 1u << CAP_PFN | 1u << CAP_PAGEMAP_BIT)) {
		world.moment.caps.mask = caps;
		buf_clear(&found);
		if (claim_judge(claim, &world.moment, &world.process, &found) > VERDICT_UNKNOWN || !found.len)
			abort();
		if (!(caps & 1u << CAP_PFN))
			break;
		world.regions[1].backing = BACKING_UNKNOWN;
		world.regions[2].mapping = MAPPING_UNKNOWN;
	}
	buf_fini(&found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_alloc(size + 1);
	struct claim_mistake mistake = {0};
	const struct claim *claim;
	struct arena arena = {0};
	int err;

	memcpy(text, data, size);
	err = claim_parse(text, &arena, &claim, &mistake);
	if (err ? claim || !mistake.text[0] || mistake.at > strlen(text) : !claim)
		abort();
	if (!err)
		judge(claim);
	arena_fini(&arena);
	free(text);
	return 0;
}
