/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of scripts, parsed, and mistakes with their sentences. */
#ifndef SCRIPT_COMMON_H
#define SCRIPT_COMMON_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "script/script.h"

/* Names that later lines use. */
#define BEFORE "map anon 4M as A\nfork as kid\n"

struct mistake {
	const char *text; /* behind BEFORE, so it is on line 3 unless it holds newlines */
	int line;
	const char *says; /* a part of the sentence */
};

static inline struct script *parse(const char *text)
{
	struct script_error error;
	struct script *script = NULL;

	if (script_parse(text, strlen(text), "test", &script, &error))
		fail_msg("%s: line %d: %s", text, error.line, error.text);
	return script;
}

/* The last action of BEFORE and `line`. */
static inline const struct action *last(struct script **script, const char *line)
{
	char text[512];

	snprintf(text, sizeof(text), BEFORE "%s\n", line);
	*script = parse(text);
	assert_int_equal((*script)->n, 3);
	assert_int_equal((*script)->actions[2].line, 3);
	return &(*script)->actions[2];
}

static inline void check_mistake(const char *text, int line, const char *says)
{
	struct script *script = (struct script *)1;
	struct script_error error;

	assert_int_equal(script_parse(text, strlen(text), "test", &script, &error), -EINVAL);
	assert_null(script);
	if (error.line != line || !strstr(error.text, says))
		fail_msg("'%s': line %d: %s\nexpected: line %d: %s", text, error.line, error.text, line,
			 says);
	assert_null(strchr(error.text, '\n'));
}

static inline void check_mistakes(const struct mistake *mistakes, size_t n)
{
	char text[512];
	size_t i;

	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), BEFORE "%s\n", mistakes[i].text);
		check_mistake(text, mistakes[i].line, mistakes[i].says);
	}
}

#endif
