/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words against mappings and regions. */
#include "ui/map_match.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LEAST 2 /* letters of a word that stands for a state or for permissions */

static bool begins(const char *name, const char *word)
{
	size_t len = strlen(word);

	return len >= LEAST && !strncasecmp(name, word, len);
}

static void set_word(struct match_word *word, const char *text)
{
	int i;

	*word = (struct match_word){.text = text, .empty = begins("empty", text)};
	for (i = 0; i < STATE_COUNT; i++)
		word->states |= (uint32_t)begins(state_name((enum state)i), text) << i;
	for (i = 0; i < BACKING_COUNT; i++)
		word->backings |= (uint32_t)begins(backing_name((enum backing)i), text) << i;
	for (i = 0; i < MAPPING_COUNT; i++)
		word->mappings |= (uint32_t)begins(mapping_name((enum mapping)i), text) << i;
	word->swapped = word->backings >> BACKING_SWAP & 1;
}

void match_set(struct match *match, const char *text)
{
	char *rest = match->typed, *word;

	snprintf(match->typed, sizeof(match->typed), "%s", text);
	match->n = 0;
	while (match->n < MATCH_WORDS_MAX && (word = strsep(&rest, " ")))
		if (*word)
			set_word(&match->words[match->n++], word);
}

static bool holds(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (; *text; text++)
		if (!strncasecmp(text, word, len))
			return true;
	return false;
}

static bool permits(const struct vma *vma, const char *word)
{
	return strlen(word) >= LEAST && !word[strspn(word, "rwxsp-")] && strstr(vma->perms, word);
}

static bool word_vma(const struct match_word *word, const struct vma *vma)
{
	return holds(vma->name, word->text) || (vma->label && holds(vma->label, word->text)) ||
	       !strcasecmp(vma_kind_name(vma->kind), word->text) || permits(vma, word->text) ||
	       (word->empty && !vma->n_regions && !vma->pfnmap_unknown);
}

static bool word_region(const struct match_word *word, const struct region *region)
{
	return word->states >> region_state(region) & 1 || word->backings >> region->backing & 1 ||
	       word->mappings >> region->mapping & 1 || (word->swapped && region->swapped);
}

bool match_vma(const struct match *match, const struct vma *vma)
{
	unsigned i;

	for (i = 0; i < match->n; i++)
		if (!word_vma(&match->words[i], vma))
			return false;
	return match->n > 0;
}

bool match_region(const struct match *match, const struct vma *vma, const struct region *region)
{
	unsigned i;

	for (i = 0; i < match->n; i++)
		if (!word_region(&match->words[i], region) && !word_vma(&match->words[i], vma))
			return false;
	return match->n > 0;
}

static bool word_within(const struct match_word *word, const struct process *process, const struct vma *vma)
{
	uint32_t i;

	if (word_vma(word, vma))
		return true;
	if (!word->states && !word->backings && !word->mappings)
		return false;
	for (i = 0; i < vma->n_regions; i++)
		if (word_region(word, &process->regions[vma->first_region + i]))
			return true;
	return false;
}

bool match_within(const struct match *match, const struct process *process, const struct vma *vma)
{
	unsigned i;

	for (i = 0; i < match->n; i++)
		if (!word_within(&match->words[i], process, vma))
			return false;
	return match->n > 0;
}
