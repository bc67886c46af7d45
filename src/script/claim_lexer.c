/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of a claim, word by word. */
#include "script/claim_lexer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/parse.h"
#include "script/words.h"

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

int lexer_fail(struct lexer *lexer, const struct token *token, const char *format, ...)
{
	va_list args;

	lexer->mistake->at = token->at;
	va_start(args, format);
	vsnprintf(lexer->mistake->text, sizeof(lexer->mistake->text), format, args);
	va_end(args);
	return -EINVAL;
}

int lexer_unknown(struct lexer *lexer, const struct token *token, const char *what,
		  const char *(*candidate)(const void *data, size_t i), const void *data)
{
	const char *word = arena_text(lexer->arena, token->text, token->len), *closest, *one;
	struct buf all = {0};
	size_t i;

	closest = words_closest(word, candidate, data);
	for (i = 0; (one = candidate(data, i)); i++)
		buf_printf(&all, "%s%s", i ? ", " : "", one);
	if (closest)
		lexer_fail(lexer, token, "unknown %s '%.40s'; did you mean '%s'?", what, word, closest);
	else
		lexer_fail(lexer, token, "unknown %s '%.40s'; there are %s", what, word, all.data);
	buf_fini(&all);
	return -EINVAL;
}

/* What is no token: the end, with a mistake that is kept. */
static void end_badly(struct lexer *lexer, const char *why)
{
	if (!lexer->bad)
		snprintf(lexer->first.text, sizeof(lexer->first.text), "%s", why);
	if (!lexer->bad)
		lexer->first.at = lexer->next.at;
	lexer->bad = true;
	lexer->next.kind = TOKEN_END;
	lexer->next.len = 0;
	lexer->rest += strlen(lexer->rest);
}

static void take_string(struct lexer *lexer, char quote)
{
	const char *end = strchr(lexer->rest + 1, quote);

	if (!end) {
		end_badly(lexer, "this quote does not end");
		return;
	}
	lexer->next.kind = TOKEN_STRING;
	lexer->next.text++;
	lexer->next.len = (size_t)(end - lexer->next.text);
	lexer->rest = end + 1;
}

bool lexer_is(const struct token *token, const char *word)
{
	return token->kind == TOKEN_WORD && strlen(word) == token->len &&
	       !memcmp(word, token->text, token->len);
}

void lexer_take(struct lexer *lexer)
{
	static const char ops[] = "<>=!", ends[] = " \t\n():'\"<>=!";
	struct token *next = &lexer->next;
	size_t len;

	while (blank(*lexer->rest))
		lexer->rest++;
	*next = (struct token){.text = lexer->rest, .at = (size_t)(lexer->rest - lexer->text), .len = 1};
	switch (*lexer->rest) {
	case '\0':
		next->len = 0;
		return;
	case '(':
		next->kind = TOKEN_OPEN;
		break;
	case ')':
		next->kind = TOKEN_CLOSE;
		break;
	case ':':
		next->kind = TOKEN_COLON;
		break;
	case '\'':
	case '"':
		take_string(lexer, *lexer->rest);
		return;
	default:
		len = strspn(lexer->rest, ops);
		next->kind = len ? TOKEN_OP : TOKEN_WORD;
		next->len = len ? len : strcspn(lexer->rest, ends);
	}
	lexer->rest += next->len;
}

int lexer_begin(struct lexer *lexer, const char *text, struct arena *arena, struct claim_mistake *mistake)
{
	const struct token beginning = {.text = text};

	*lexer = (struct lexer){.text = text, .rest = text, .arena = arena, .mistake = mistake};
	if (strlen(text) > CLAIM_MAX_BYTES)
		return lexer_fail(lexer, &beginning, "it is longer than %zu bytes", CLAIM_MAX_BYTES);
	lexer_take(lexer);
	return 0;
}

const char *lexer_found(struct lexer *lexer)
{
	if (lexer->next.kind == TOKEN_END)
		return "the end";
	snprintf(lexer->found, sizeof(lexer->found), "'%.*s'",
		 lexer->next.len < 40 ? (int)lexer->next.len : 40, lexer->next.text);
	return lexer->found;
}

bool lexer_at_place(const struct lexer *lexer)
{
	const char *at = lexer->rest;

	while (blank(*at))
		at++;
	return lexer->next.kind == TOKEN_WORD && *at == ':';
}

static const char *address(const char *at, const char *end, uint64_t *value)
{
	if (end - at > 2 && at[0] == '0' && at[1] == 'x')
		at += 2;
	return parse_u64(at, end, 16, value);
}

int lexer_place(struct lexer *lexer, uint64_t *from, uint64_t *to)
{
	const struct token token = lexer->next;
	const char *end = token.text + token.len, *at = address(token.text, end, from);
	uint64_t len = 1;
	bool fine = at != NULL;

	if (fine && at < end && *at == '-')
		fine = address(at + 1, end, to) == end;
	else if (fine && at < end && *at == '+')
		fine = parse_size(arena_text(lexer->arena, at + 1, (size_t)(end - at - 1)), &len) &&
		       !__builtin_add_overflow(*from, len, to);
	else
		fine = fine && at == end && !__builtin_add_overflow(*from, len, to);
	if (!fine || *from >= *to)
		return lexer_fail(lexer, &token,
				  "'%.40s' is no address and no range: hexadecimal, as in 0x7f0000000000, "
				  "7f0000000000-7f0000400000 or 7f0000000000+4M",
				  arena_text(lexer->arena, token.text, token.len));
	lexer_take(lexer);
	lexer_take(lexer); /* the colon */
	return 0;
}
