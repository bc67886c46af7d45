/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The formats of snapshots: their names, the endings of their files, and what can be asked of each. */
#ifndef CMD_FORMATS_H
#define CMD_FORMATS_H

#include <stdbool.h>

#include "core/buf.h"

enum snapshot_format {
	SNAPSHOT_JSON,
	SNAPSHOT_TEXT,
	SNAPSHOT_CSV,
	SNAPSHOT_SVG,
	SNAPSHOT_HTML,
	SNAPSHOT_METRICS,
	SNAPSHOT_FORMATS
};

/* SNAPSHOT_FORMATS: no format has that name. */
enum snapshot_format snapshot_format_named(const char *name);

/* By how the name of a file ends; SNAPSHOT_JSON where no ending is known: *known is false if it has one of letters. */
enum snapshot_format snapshot_format_of(const char *file, bool *known);

/* As --format takes it. */
const char *snapshot_format_name(enum snapshot_format format);

/* "json, text ...", as a sentence has them. */
void snapshot_list_formats(struct buf *out);

/* A snapshot is a document of its own: the next one takes its place and does not go behind it. */
bool snapshot_replaces(enum snapshot_format format);

/* Whether it has lines for what --pages, --smaps and --cow ask for. */
bool snapshot_has_details(enum snapshot_format format);

#endif
