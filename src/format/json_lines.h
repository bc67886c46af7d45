/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of a snapshot, one function a type; each appends one line with its newline. */
#ifndef FORMAT_JSON_LINES_H
#define FORMAT_JSON_LINES_H

#include "core/buf.h"
#include "core/cow.h"
#include "core/moment.h"
#include "format/sink.h"

/* Each appends one line with its newline. */
void json_snapshot_line(struct buf *out, const struct moment *moment);
void json_process_line(struct buf *out, const struct process *process);
void json_skipped_line(struct buf *out, const struct process *process);
void json_vma_line(struct buf *out, pid_t pid, const struct vma *vma);
/* `more`, made by json_cow_region and json_heat_region, stands at its end; "" for none. */
void json_region_line(struct buf *out, pid_t pid, const struct region *region, uint64_t pmd_size,
		      const char *more);
void json_event_line(struct buf *out, const struct event *event, uint64_t pmd_size);

/* Appends ,"capabilities":[...],"missing":{...}. */
void json_caps(struct buf *out, const struct capabilities *caps);

/*
 * The same with what only a delta stream says (format/delta.h) at the end. Keys that a snapshot has come first, and as there.
 */
void json_snapshot_line_more(struct buf *out, const struct moment *moment);
void json_process_line_counted(struct buf *out,
			       const struct process *process); /* figures of counters apart */
void json_process_line_more(struct buf *out, const struct process *process);
void json_vma_line_more(struct buf *out, pid_t pid, const struct vma *vma);
void json_region_line_more(struct buf *out, pid_t pid, const struct region *region, uint64_t pmd_size);

/* A whole moment of these lines. As json_write. */
int json_write_more(const struct moment *moment, const struct sink *sink);

/* The lines of all events of a moment, and the end line. */
void json_event_lines(struct out *out, const struct moment *moment);
void json_end_line(struct out *out, uint64_t regions);

/* Whether a region holds nothing: then it has no line. */
bool json_holds_nothing(const struct region *region);

/* What region.thp is if no line says otherwise. */
uint64_t json_usual_thp(const struct region *region);

/* The fields of a region line without type and pid, as an object. */
void json_region_object(struct buf *out, const struct region *region, uint64_t pmd_size);

/* Pages of one process: the part of the line up to the address is made once. */
struct json_page_prefix {
	char text[64];
	size_t len;
};
void json_page_prefix(struct json_page_prefix *prefix, pid_t pid);
/* What verdicts are made of; n 0: none are written. */
struct json_cow {
	struct cow_rules rules[COW_ROW_COUNT];
	unsigned n;
};
/* Appends ,"anon_exclusive":true,"cow":[...] of a region. */
void json_cow_region(struct buf *out, const struct json_cow *cow, const struct cow_place *place);
/* At most JSON_COW_PAGE_ROOM bytes, ,"cow":[...] of a page; returns the end. */
#define JSON_COW_PAGE_ROOM 128
char *json_cow_page(char *at, const struct json_cow *cow, const struct cow_place *place, uint64_t addr);

/* The lines of n pages; verdicts need the region that they are of. */
void json_page_lines(struct buf *out, const struct json_page_prefix *prefix, const struct page *pages,
		     size_t n, const struct json_cow *cow, const struct cow_place *place);

#endif
