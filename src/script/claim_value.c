/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a claim compares with: numbers, sizes, shares and words. */
#include "script/claim_value.h"

#include <errno.h>
#include <string.h>

#include "core/parse.h"

/* 95, 99.5, of what stands in front of a %: as a fraction. */
static int parse_percent(struct lexer *lexer, const struct token *token, struct claim *claim)
{
	const char *end = token->text + token->len, *at;
	uint64_t digits = 0;

	claim->shares = 100;
	at = parse_u64(token->text, end, 10, &claim->share);
	/* What is no share anyhow would overflow below. */
	if (at && claim->share > 100)
		at = NULL;
	if (at && at < end && *at == '.') {
		const char *from = ++at;

		at = parse_u64(at, end, 10, &digits);
		if (at && at - from > 6)
			at = NULL;
		for (; at && from < at; from++) {
			claim->share *= 10;
			claim->shares *= 10;
		}
		claim->share += digits;
	}
	if (at != end || claim->share > claim->shares)
		return lexer_fail(lexer, token, "'%.*s%%' is no share: from 0%% to 100%%", (int)token->len,
				  token->text);
	return 0;
}

static const char *word_at(const void *data, size_t i)
{
	return field_nth_word(*(const enum field *)data, i);
}

/* Each alternative of "thp|mixed". */
static int check_value(struct lexer *lexer, const struct token *token, const struct claim_wanted *wanted,
		       const struct claim *claim)
{
	const char *at = claim->value, *bar, *one;
	uint64_t number;

	for (; at; at = bar ? bar + 1 : NULL) {
		struct token part = {.at = token->at + (size_t)(at - claim->value)};

		bar = strchr(at, '|');
		part.text = at;
		part.len = bar ? (size_t)(bar - at) : strlen(at);
		one = arena_text(lexer->arena, at, part.len);
		if (!part.len)
			return lexer_fail(lexer, &part,
					  "expected a value on either side of each '|', found '%s'",
					  claim->value);
		if (wanted->text)
			continue;
		if (wanted->words == FIELD_COUNT && !parse_size(one, &number))
			return lexer_fail(lexer, &part, "%s is a number such as 512 or 2M%s, found '%s'",
					  claim->word, wanted->share ? ", or a share as in 95%" : "", one);
		if (wanted->words != FIELD_COUNT && !field_knows(wanted->words, one))
			return lexer_unknown(lexer, &part, claim->word, word_at, &wanted->words);
	}
	return 0;
}

/* Takes the % off a value, also one behind a blank; false: there is none. */
static bool take_percent(struct lexer *lexer, struct token *value)
{
	if (value->text[value->len - 1] == '%') {
		value->len--;
		return true;
	}
	if (!lexer_is(&lexer->next, "%"))
		return false;
	lexer_take(lexer);
	return true;
}

int claim_comparison(struct lexer *lexer, const struct claim_wanted *wanted, struct claim *claim)
{
	struct token op = lexer->next, value;
	const char *wrong;
	int err;

	if (op.kind != TOKEN_OP)
		return lexer_fail(lexer, &op, "expected ==, !=, <, <=, > or >= after '%s', found %s",
				  claim->word, lexer_found(lexer));
	for (claim->compare = 0; claim->compare < COMPARE_COUNT; claim->compare++)
		if (strlen(compare_name(claim->compare)) == op.len &&
		    !memcmp(compare_name(claim->compare), op.text, op.len))
			break;
	if (claim->compare == COMPARE_COUNT)
		return lexer_fail(lexer, &op, "'%.*s' does not compare; ==, !=, <, <=, > and >= do",
				  (int)op.len, op.text);
	lexer_take(lexer);
	value = lexer->next;
	if (value.kind != TOKEN_WORD && value.kind != TOKEN_STRING)
		return lexer_fail(lexer, &value, "expected a value after '%s', found %s",
				  compare_name(claim->compare), lexer_found(lexer));
	lexer_take(lexer);
	if (!wanted->text && value.kind == TOKEN_WORD && take_percent(lexer, &value)) {
		if (!wanted->share)
			return lexer_fail(lexer, &value,
					  "%s is no part of a whole that it could be a share of",
					  claim->word);
		return parse_percent(lexer, &value, claim);
	}
	claim->value = arena_text(lexer->arena, value.text, value.len);
	if (claim->compare != COMPARE_EQ && claim->compare != COMPARE_NE) {
		if (strchr(claim->value, '|'))
			return lexer_fail(lexer, &value, "alternatives with '|' go with == and != only");
		if (wanted->words != FIELD_COUNT)
			return lexer_fail(lexer, &op, "%s has words, which compare with == and != only",
					  claim->word);
	}
	err = check_value(lexer, &value, wanted, claim);
	wrong = err || !wanted->text ? NULL : measure_figure_mistake(claim->word, claim->value);
	return wrong ? lexer_fail(lexer, &value, "%s is %s, found '%s'", claim->word, wrong, claim->value)
		     : err;
}
