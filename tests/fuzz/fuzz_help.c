/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a --help that is read back: every piece lies in the text, and reading ends. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/help.h"
#include "core/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *text, *end;

static void inside(const struct help_text *piece)
{
	if (piece->len && (piece->at < text || piece->at > end || piece->len > (size_t)(end - piece->at)))
		abort();
}

static void check_option(const struct help_option *option)
{
	struct help_option again;
	struct help_text value;
	const char *at = option->about;

	inside(&option->name);
	inside(&option->argument);
	if (option->about < text || option->end > end)
		abort();
	while (help_next_value(&at, option->end, &value)) {
		inside(&value);
		if (at < text || at > end)
			abort();
	}
	if (!help_find_option(text, option->name.at, option->name.len, &again))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = mem_alloc(size + 1);
	struct help_text words[HELP_WORDS], about;
	struct help_option option;
	const char *at = copy, *before;
	size_t i;
	int n;

	memcpy(copy, data, size);
	copy[size] = '\0';
	text = copy;
	end = copy + strlen(copy);
	for (before = at; help_next_option(&at, &option); before = at) {
		if (at <= before || at > end)
			abort();
		check_option(&option);
	}
	for (i = 0; i < 4; i++)
		for (n = help_usage(copy, "lab build", i, words); n > 0; n--)
			inside(&words[n - 1]);
	about = help_about(copy, "lab");
	inside(&about);
	free(copy);
	return 0;
}
