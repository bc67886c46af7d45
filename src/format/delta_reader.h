/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A delta stream half read. */
#ifndef FORMAT_DELTA_READER_H
#define FORMAT_DELTA_READER_H

#include "format/delta.h"
#include "format/delta_edit.h"
#include "format/json_reader.h"

struct delta_reader {
	struct moment *last; /* held; its clocks are shifted */
	int64_t shift_ns;
	struct json_reader reader; /* of the moment being read; its moment is NULL between two */
	bool delta;
	struct delta_edit *edits; /* one for each of reader.processes, of a delta */
	size_t n_edits, edits_room;
	struct buf scratch, line;
	size_t lines;
	size_t most, worked_most; /* bytes of a moment: DELTA_MOMENT_MAX; of what one line is merged with */
	size_t added,
		worked; /* bytes that a delta's lines added beside the arena; that this line was merged with */
};

/* Whether what was read of this moment, or done for this line, is too much: then it fails. */
bool delta_too_much(const struct delta_reader *reader, struct fields *fields);

/* Sets a clock that is set by so much. */
void delta_shift(uint64_t *ns, int64_t by);

/* Where a line's values come from, and where its problem goes. */
struct fields delta_fields(struct delta_reader *reader, const json_t *object, const char *what,
			   struct json_problem *problem);

/*
 * What a line says: reader->line, which says it of the same thing before, with item i of it merged in (delta_merge). Not
 * `known`, or if the line is "whole": the line alone. NULL with *problem filled. The caller json_decrefs it.
 */
json_t *delta_merged(struct delta_reader *reader, const json_t *line, ssize_t i, bool known,
		     struct json_problem *problem);

/* Any line behind the snapshot line of a delta. 0 or -EBADMSG. */
int delta_take(struct delta_reader *reader, const json_t *line, struct json_problem *problem);

#endif
