/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thpscope-snapshot/1 back into a moment. What json_write wrote comes back the same: writing the moment again
 * gives the same bytes. Fields and types of line that this version does not know are passed over.
 */
#ifndef FORMAT_JSON_READ_H
#define FORMAT_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "core/moment.h"

/* Why a snapshot was refused. */
struct json_problem {
	size_t line;	/* from 1 */
	char text[256]; /* a sentence without its line number: "region: \"present\" is missing"; printable */
};

/*
 * Reads one whole snapshot. Returns 0 and a moment that the caller owns (moment_free), or -EBADMSG with *problem filled:
 * it is damaged, cut off (no end line, a last line without its newline, a wrong count), or of a schema that is not ours.
 * Then *moment is NULL; with `keep` it holds all that came before the problem, if that was at least the snapshot
 * line. Categories are taken as written, never judged anew. Pure, and bounded by its input. Any thread.
 */
int json_read(const char *bytes, size_t n, bool keep, struct moment **moment, struct json_problem *problem);

#endif
