/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is claimed of a process, by 'thpscope check' and by a script's expect: an expression, and whether it holds in a moment.
 * thpscope(1), Checks, has the grammar. Pure.
 */
#ifndef SCRIPT_CLAIM_H
#define SCRIPT_CLAIM_H

#include "core/buf.h"
#include "script/measure.h"

/* More than this is no claim: bytes; all, any, count, pmd and pte of regions. */
#define CLAIM_MAX_BYTES ((size_t)4096)
#define CLAIM_MAX_SETS 64

/* Why it is none: a sentence, and where in the text it is wrong (bytes; its length for what is missing at the end). */
struct claim_mistake {
	size_t at;
	char text[512];
};

struct claim;

/* 0 and *claim in the arena, which keeps no pointer to the text; -EINVAL with *mistake filled. */
int claim_parse(const char *text, struct arena *arena, const struct claim **claim,
		struct claim_mistake *mistake);

/*
 * Whether it holds of a process of the moment that was read (OUTCOME_OK). Appends to `found` what there is, that is, the
 * figures that decided it; of VERDICT_UNKNOWN, why they are not known.
 */
enum verdict claim_judge(const struct claim *claim, const struct moment *moment,
			 const struct process *process, struct buf *found);

/*
 * The same of one field of these pieces: FIELD_PMD and FIELD_PTE count them, of the others each has to be so. What is not
 * known although nothing that it takes is missing has failed.
 */
enum verdict claim_judge_pieces(const struct capabilities *caps, const struct pieces *pieces,
				enum field field, enum compare compare, const char *wanted,
				struct buf *found);

#endif
