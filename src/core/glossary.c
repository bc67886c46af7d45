/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding words in the glossary. */
#include "core/glossary.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define SPELLING_MAX 64

/* The nth spelling of a term, 0 its name; false: it has fewer. */
static bool spelling(const struct glossary_term *term, unsigned nth, char text[SPELLING_MAX])
{
	const char *at = nth ? term->also : term->term;
	size_t len;

	for (; nth > 1 && *at; nth--) {
		at += strcspn(at, "|");
		at += *at == '|';
	}
	len = nth ? strcspn(at, "|") : strlen(at);
	if (!len || len >= SPELLING_MAX)
		return false;
	memcpy(text, at, len);
	text[len] = '\0';
	return true;
}

const struct glossary_term *glossary_find(const char *word)
{
	char text[SPELLING_MAX];

	for (size_t at = 0; at < glossary_n; at++)
		for (unsigned nth = 0; spelling(&glossary[at], nth, text); nth++)
			if (!strcasecmp(text, word))
				return &glossary[at];
	return NULL;
}

static bool in_word(char byte)
{
	return isalnum((unsigned char)byte) || byte == '_';
}

/* Whether what stands at `at` ends a longer name of another term, which then is what is meant: "order" in "in order". */
static bool ends_longer(const struct glossary_term *term, const char *text, const char *at, size_t len)
{
	for (const struct glossary_term *other = glossary; other < glossary + glossary_n; other++) {
		const size_t more =
			strlen(other->term) - (strlen(other->term) < len ? strlen(other->term) : len);

		if (other != term && more && other->term[more - 1] == ' ' && (size_t)(at - text) >= more &&
		    !strncasecmp(at - more, other->term, more + len))
			return true;
	}
	return false;
}

bool glossary_stands(const struct glossary_term *term, const char *text)
{
	char word[SPELLING_MAX];
	const char *at;

	for (unsigned nth = 0; spelling(term, nth, word); nth++)
		for (at = text; (at = strcasestr(at, word)); at++)
			if ((at == text || !in_word(at[-1])) && !in_word(at[strlen(word)]) &&
			    !ends_longer(term, text, at, strlen(word)))
				return true;
	return false;
}

bool glossary_fits(const struct glossary_term *term, const char *letters)
{
	return strcasestr(term->term, letters) || strcasestr(term->also, letters) ||
	       strcasestr(term->text, letters) || strcasestr(term->more, letters);
}
