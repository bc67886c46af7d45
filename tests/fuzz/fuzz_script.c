/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a script: parsed, or refused with a line number and a sentence. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "script/script.h"
#include "script/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first line by itself, cut and parsed. */
static void one_line(const char *line, size_t len)
{
	struct script_error error = {0};
	struct arena arena = {0};
	struct words words;
	struct script *script;

	if (!words_cut(line, len, &arena, &words, &error) && words.n > SCRIPT_MAX_WORDS)
		abort();
	arena_fini(&arena);
	if (!script_parse_line(line, len, &script, &error) && script->n > 1)
		abort();
	script_free(script);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct action *action;
	struct script_error error;
	struct script *script;
	size_t i;
	int err;

	for (i = 0; i < size && data[i] != '\n'; i++)
		;
	one_line((const char *)data, i);
	err = script_parse((const char *)data, size, "fuzz", &script, &error);
	if (err ? script || error.line < 1 || !error.text[0] || strchr(error.text, '\n') : !script)
		abort();
	if (err)
		return 0;
	for (i = 0; i < script->n; i++) {
		action = &script->actions[i];
		if (action->kind == ACTION_TASK && action->inner->line != action->line)
			abort();
		if (action->kind == ACTION_TASK)
			action = action->inner;
		if (action->line < 1 || !action->text[0])
			abort();
	}
	script_free(script);
	return 0;
}
