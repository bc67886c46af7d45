/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What counts as a change. */
#include "replay/change.h"

#include <string.h>

#include "core/parse.h"
#include "format/delta.h"

/* Inside of a string a quote has a backslash before it, and none of these is found there. */
static const struct {
	const char *type, *key;
} telling[] = {
	{"region", "\"mapping\":"},
	{"region", "\"backing\":"},
	{"region", "\"present\":"},
	{"region", "\"swapped\":"},
	{"region", "\"entire\":"},
	{"region", "\"whole\":"},
	{"vma", "\"perms\":"},
	{"vma", "\"end\":"},
	{"gone", ""},
	{"skipped", ""},
};

bool change_in(const char *type, const char *line, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(telling) / sizeof(telling[0]); i++)
		if (!strcmp(type, telling[i].type) &&
		    memmem(line, len, telling[i].key, strlen(telling[i].key)))
			return true;
	return false;
}

const char *change_type(const char *line, size_t len, char type[CHANGE_TYPE])
{
	static const char head[] = "{\"type\":\"";
	const size_t skip = sizeof(head) - 1;
	const char *end = NULL;

	*type = '\0';
	if (len > skip && !memcmp(line, head, skip))
		end = memchr(line + skip, '"', len - skip);
	if (end && (size_t)(end - line) - skip < CHANGE_TYPE) {
		len = (size_t)(end - line) - skip;
		memcpy(type, line + skip, len);
		type[len] = '\0';
	}
	return type;
}

bool change_between(const struct moment *before, const struct moment *now)
{
	struct buf text = {0};
	const struct sink sink = {sink_buf, &text};
	char type[CHANGE_TYPE];
	const char *at, *end;
	struct line line;
	bool changed = false;

	delta_write(before, now, &sink);
	at = text.data;
	end = at + text.len;
	while (!changed && parse_line(&at, end, &line))
		changed = change_in(change_type(line.text, line.len, type), line.text, line.len);
	buf_fini(&text);
	return changed;
}
