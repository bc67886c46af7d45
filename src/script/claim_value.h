/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside src/script: the right half of a comparison. */
#ifndef SCRIPT_CLAIM_VALUE_H
#define SCRIPT_CLAIM_VALUE_H

#include "script/claim_lexer.h"
#include "script/claim_parts.h"

/* Which shares make sense, and what a value has to be. */
struct claim_wanted {
	enum field words; /* FIELD_COUNT: numbers */
	bool share;	  /* a share of the whole may be asked for */
	bool text;	  /* of the machine: numbers or any words */
};

/* OP VALUE, or OP NN%, into the claim, whose word is set. 0, or -EINVAL with the mistake. */
int claim_comparison(struct lexer *lexer, const struct claim_wanted *wanted, struct claim *claim);

#endif
