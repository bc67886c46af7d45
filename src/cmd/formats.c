/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The formats of snapshots. */
#include "cmd/formats.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	const char *endings[3];
	bool replaces, details;
} formats[] = {
	[SNAPSHOT_JSON] = {"json", {".json", ".jsonl"}, false, true},
	[SNAPSHOT_TEXT] = {"text", {".txt"}, false, true},
	[SNAPSHOT_CSV] = {"csv", {".csv"}, false, false},
	[SNAPSHOT_SVG] = {"svg", {".svg"}, true, false},
	[SNAPSHOT_HTML] = {"html", {".html", ".htm"}, true, false},
	[SNAPSHOT_METRICS] = {"openmetrics", {".prom"}, true, false},
};
_Static_assert(sizeof(formats) / sizeof(formats[0]) == SNAPSHOT_FORMATS, "a row for each format");

enum snapshot_format snapshot_format_named(const char *name)
{
	unsigned format = 0;

	while (format < SNAPSHOT_FORMATS && strcmp(formats[format].name, name))
		format++;
	return (enum snapshot_format)format;
}

enum snapshot_format snapshot_format_of(const char *file, bool *known)
{
	const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
	const char *ending = strrchr(name, '.');
	unsigned format, i;

	*known = true;
	for (format = 0; ending && format < SNAPSHOT_FORMATS; format++)
		for (i = 0; formats[format].endings[i]; i++)
			if (!strcasecmp(ending, formats[format].endings[i]))
				return (enum snapshot_format)format;
	/* A hidden file, and one with a date or a version, has none. */
	*known = !ending || ending == name || !isalpha((unsigned char)ending[1]);
	return SNAPSHOT_JSON;
}

const char *snapshot_format_name(enum snapshot_format format)
{
	return formats[format].name;
}

void snapshot_list_formats(struct buf *out)
{
	unsigned format;

	for (format = 0; format < SNAPSHOT_FORMATS; format++)
		buf_printf(out, "%s%s",
			   !format			    ? ""
			   : format + 1 == SNAPSHOT_FORMATS ? " and "
							    : ", ",
			   formats[format].name);
}

bool snapshot_replaces(enum snapshot_format format)
{
	return formats[format].replaces;
}

bool snapshot_has_details(enum snapshot_format format)
{
	return formats[format].details;
}
