/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside src/script: the text of a claim, word by word. */
#ifndef SCRIPT_CLAIM_LEXER_H
#define SCRIPT_CLAIM_LEXER_H

#include "core/arena.h"
#include "script/claim.h"

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_STRING, /* without its quotes */
	TOKEN_OP,     /* of < > = ! */
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_COLON,
};

struct token {
	enum token_kind kind;
	const char *text;
	size_t len;
	size_t at; /* in the whole */
};

struct lexer {
	const char *text, *rest;
	struct arena *arena;
	struct claim_mistake *mistake, first;
	struct token next;
	unsigned depth;
	unsigned n_sets;   /* quantifiers and counts so far */
	unsigned n_single; /* comparisons of single regions that are behind no quantifier, so far */
	bool quantified;
	bool bad; /* what follows is no word at all; `first` says why */
	char found[64];
};

/* 0, or -EINVAL with the mistake: it is too long, or empty. */
int lexer_begin(struct lexer *lexer, const char *text, struct arena *arena, struct claim_mistake *mistake);

/* Whether it is this word, out of quotes. */
bool lexer_is(const struct token *token, const char *word);

/* Goes on to the next token. */
void lexer_take(struct lexer *lexer);

/* Writes the sentence of a mistake; always -EINVAL. */
int lexer_fail(struct lexer *lexer, const struct token *token, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* "unknown WHAT 'x'; did you mean 'y'?", or all that there are. */
int lexer_unknown(struct lexer *lexer, const struct token *token, const char *what,
		  const char *(*candidate)(const void *data, size_t i), const void *data);

/* The next token in quotes, or "the end". Valid until the next call. */
const char *lexer_found(struct lexer *lexer);

/* Whether the next is an address or a range with a ':' behind it; and taking both. */
bool lexer_at_place(const struct lexer *lexer);
int lexer_place(struct lexer *lexer, uint64_t *from, uint64_t *to);

#endif
