/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside src/script: what a claim is held against, and the two who do it. */
#ifndef SCRIPT_CLAIM_SCENE_H
#define SCRIPT_CLAIM_SCENE_H

#include "script/claim_parts.h"

/* What was said of all regions of a place, while they are gone through one by one. */
struct memo {
	uint64_t known; /* bits */
	enum verdict verdicts[CLAIM_MAX_SETS];
};

struct scene {
	const struct moment *moment; /* NULL: the claim asks for nothing of the machine */
	const struct capabilities *caps;
	const struct process *process;
	const struct claim *vmas;  /* whose memory is summed up; NULL: the whole process */
	struct pieces pieces;	   /* whose regions are meant */
	const struct piece *piece; /* the one that is looked at; NULL: none yet */
	struct memo *memo;
	uint64_t page_size;
};

/* A number between two bounds, and what it is a part of. */
struct amount {
	uint64_t low, high, whole;
	const char *why; /* of bounds that differ: why it is not known; NULL if nothing is missing for it */
};

/* Narrows to the VMAs, or the place, of a claim. */
struct scene scene_of(const struct scene *scene, const struct claim *claim);

/* How many VMAs are meant. */
size_t scene_vmas(const struct scene *scene);

/* What a comparison of amounts is about. */
struct amount claim_amount(const struct claim *claim, const struct scene *scene);

/* Of how many pieces the claim behind CLAIM_COUNT, CLAIM_ALL or CLAIM_ANY is true: the whole is how many there are. */
struct amount claim_count(const struct claim *claim, const struct scene *scene);

enum verdict claim_verdict(const struct claim *claim, const struct scene *scene);

/* Appends what there is. */
void claim_say(const struct claim *claim, const struct scene *scene, struct buf *out);

#endif
