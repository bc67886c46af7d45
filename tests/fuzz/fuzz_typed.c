/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as keys of a prompt, and what that makes as a search, a filter and a name of a key or command. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/script/claim_world.h"
#include "ui/key_name.h"
#include "ui/keymap.h"
#include "ui/map_match.h"
#include "ui/processes.h"
#include "ui/prompt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* What fits a VMA or a region of it fits within it; nothing fits no words. */
static void look_for(const char *text)
{
	const struct roster_row row = {
		.is = {.pid = 42, .comm = "claimed", .command = "/usr/bin/claimed", .user = ""}};
	struct claim_world world;
	const struct vma *vma;
	struct match match;
	size_t i;

	claim_world_make(&world);
	match_set(&match, text);
	must(match.n <= MATCH_WORDS_MAX);
	for (i = 0; i < world.process.n_regions; i++) {
		vma = &world.vmas[world.regions[i].vma];
		must(match.n || !match_within(&match, &world.process, vma));
		if (match_vma(&match, vma))
			must(match_within(&match, &world.process, vma));
	}
	processes_match(&row, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct prompt prompt = {0};
	key_text name;
	uint32_t key;
	size_t i;

	must(command_find((const char *)data, size) <= COMMAND_COUNT);
	key = key_find((const char *)data, size);
	must(strlen(key_name(key, name)) < sizeof(name));
	prompt_open(&prompt, PROMPT_SEARCH, "");
	for (i = 0; i < size && prompt.kind != PROMPT_NONE; i++) {
		/* Letters as they are; above them characters of two and more bytes, and keys that move. */
		key = data[i] < 0xa0   ? data[i]
		      : data[i] < 0xd0 ? 0x4e00u + data[i] * 977u % 0x8000u
				       : PRESS_UP + (data[i] - 0xd0u) % (PRESS_OTHER - PRESS_UP);
		prompt_key(&prompt, key);
		must(prompt.cursor <= strlen(prompt.text) && strlen(prompt.text) < PROMPT_BYTES);
		must((prompt.text[prompt.cursor] & 0xc0) != 0x80);
	}
	look_for(prompt.text);
	return 0;
}
