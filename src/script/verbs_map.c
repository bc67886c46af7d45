/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `map`, the line with the most to say. */
#include "script/verbs.h"

#include <errno.h>
#include <string.h>

static const char *kind_at(const void *data, size_t i)
{
	(void)data;
	return i < MAP_KIND_COUNT ? map_kind_name((enum map_kind)i) : NULL;
}

static const char *option_at(const void *data, size_t i)
{
	static const char *const options[] = {"hugepage", "nohugepage", "noreserve", "of", "page", "skew"};

	(void)data;
	return i < sizeof(options) / sizeof(options[0]) ? options[i] : NULL;
}

/* of [PROCESS] AREA: two names one after another, unless the second is the next option. */
static int map_of(struct parser *parser, struct action *action)
{
	const char *next = parser->at + 1 < parser->words.n ? parser->words.word[parser->at + 1].text : NULL;
	struct target *of = &action->map.of;
	int err = 0;

	if (next && !option_at(NULL, words_index(option_at, next)))
		err = parser_name(parser, "a process", of->process);
	return err ? err : parser_name(parser, "the area whose file it maps", of->area);
}

static int map_options(struct parser *parser, struct action *action)
{
	const char *word;
	int err = 0;

	while (!err && parser->at < parser->words.n) {
		if (parser_take(parser, "hugepage")) {
			action->map.advice = ADVICE_HUGEPAGE;
		} else if (parser_take(parser, "nohugepage")) {
			action->map.advice = ADVICE_NOHUGEPAGE;
		} else if (parser_take(parser, "noreserve")) {
			action->map.noreserve = true;
		} else if (parser_take(parser, "of")) {
			err = map_of(parser, action);
		} else if (parser_take(parser, "skew")) {
			err = parser_size(parser, "how far past an aligned address to start,",
					  &action->map.skew);
		} else if (parser_take(parser, "page")) {
			if (action->map.kind != MAP_KIND_HUGETLB)
				return parser_fail(parser, "only hugetlb areas have a page size to choose");
			err = parser_size(parser, "a hugetlb page size", &action->map.page_size);
			if (!err &&
			    (!action->map.page_size || action->map.page_size & (action->map.page_size - 1)))
				return parser_fail(parser, "a hugetlb page size is a power of two");
		} else {
			word = parser_peek(parser);
			if (!word)
				return parser_end(parser);
			return parser_unknown(parser, "option of map", word, option_at, NULL);
		}
	}
	return err;
}

/* map [PROCESS] KIND SIZE as AREA [OPTION...] */
int verb_map(struct parser *parser, struct action *action)
{
	const struct word *next = &parser->words.word[parser->at + 1];
	const char *word = parser_peek(parser);
	int err;

	if (!word)
		return parser_fail(
			parser,
			"expected anon, shmem, file, private-file, hugetlb or team after map, found %s",
			parser_found(parser));
	if (words_index(kind_at, word) == MAP_KIND_COUNT && parser->at + 1 < parser->words.n &&
	    !next->string && words_index(kind_at, next->text) < MAP_KIND_COUNT) {
		err = parser_name(parser, "a process", action->target.process);
		if (err)
			return err;
		word = parser_peek(parser);
	}
	action->map.kind = (enum map_kind)words_index(kind_at, word);
	if (action->map.kind == MAP_KIND_COUNT)
		return parser_unknown(parser, "kind of memory", word, kind_at, NULL);
	parser->at++;
	err = parser_size(parser, "a size", &action->map.size);
	if (!err && !action->map.size)
		return parser_fail(parser, "an area of 0 bytes cannot be mapped");
	if (!err)
		err = parser_expect(parser, "as");
	if (!err)
		err = parser_name(parser, "the area", action->target.area);
	return err ? err : map_options(parser, action);
}
