/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A snapshot half read, and what each type of line adds to it. */
#ifndef FORMAT_JSON_READER_H
#define FORMAT_JSON_READER_H

#include "core/heat.h"
#include "core/moment.h"
#include "core/sharers.h"
#include "core/why.h"
#include "format/json_field.h"
#include "format/json_read.h"

/* Grown while reading; a finished process's parts move into the arena. */
struct json_reader {
	struct moment *moment;
	bool begun, ended; /* the snapshot line, the end line was read */
	uint64_t regions;  /* region lines read */
	struct process *processes;
	size_t n_processes, processes_room;
	bool in_process; /* the last process may get more VMAs */
	struct vma *vmas;
	size_t n_vmas, vmas_room;
	struct region *list;
	size_t n_list, list_room;
	struct page *pages;
	size_t n_pages, pages_room;
	struct event *events;
	size_t n_events, events_room;
	bool has_heat; /* of the last process: its heat, without its parts, of which `hot` has heat.n */
	struct heat heat;
	struct heat_region *hot;
	size_t hot_room;
};

/*
 * One object of a line, of any type, and of a type that is not known: 0, or -EBADMSG with a sentence in *problem (its
 * line is the caller's).
 */
int json_reader_take(struct json_reader *reader, const json_t *object, struct json_problem *problem);

/* All that was read moves into reader->moment; the rest of the reader is freed. */
void json_reader_finish(struct json_reader *reader);

/* One line each. They check that the line belongs where it is; what is wrong goes to `fields`. */
void json_read_snapshot(struct json_reader *reader, struct fields *fields);
void json_read_process(struct json_reader *reader, struct fields *fields);
void json_read_skipped(struct json_reader *reader, struct fields *fields);
void json_read_vma(struct json_reader *reader, struct fields *fields);
void json_read_region(struct json_reader *reader, struct fields *fields);
void json_read_page(struct json_reader *reader, struct fields *fields);
void json_read_event(struct json_reader *reader, struct fields *fields);
void json_read_end(struct json_reader *reader, struct fields *fields);

/* Of the snapshot line, and of an agent's hello: what it can tell, and sizes that go together. */
void json_read_caps(struct fields *fields, struct capabilities *caps);
void json_read_sizes(struct fields *fields, uint64_t *page_size, uint64_t *pmd_size);

/*
 * The line of json_why, without the VMA, region and event that it is about; the lines of json_write_sharers, one
 * each, of which the first comes first.
 */
void json_read_why(struct fields *fields, struct why *why);
void json_read_sharers(struct fields *fields, struct sharers *sharers);
void json_read_sharer(struct fields *fields, const struct sharers *sharers, struct sharer *sharer);

/* The lines of json_write_heat; the items of `heat` are those of the lines before. */
void json_read_heat(struct fields *fields, struct heat *heat);
void json_read_hot(struct fields *fields, const struct heat *heat, struct heat_region *region);

/* "heat" of a process line and of a region line, if they have it; and what they add up to, in the moment's arena; or NULL. */
void json_read_process_heat(struct json_reader *reader, struct fields *fields);
void json_read_region_heat(struct json_reader *reader, struct fields *fields, const struct region *region);
const struct heat *json_reader_heat(struct json_reader *reader, const struct process *process);

/* What an object says of it: of a process, of a VMA without regard to others, of a region beside its place. */
void json_read_process_facts(struct fields *fields, struct process *process);
void json_read_skipped_facts(struct fields *fields, struct process *process);
void json_read_vma_facts(struct fields *fields, struct vma *vma);
void json_read_facts(struct fields *fields, struct region *region);

/* What an object says of a page: all but whether its place fits. */
void json_read_page_facts(struct fields *fields, struct page *page);

/* The place of a region: "addr" and "len", in one slot. */
void json_read_region_place(struct fields *fields, uint64_t pmd_size, struct region *region);

/* The tasks of a snapshot line. */
void json_read_tasks(struct fields *fields, struct moment *moment);

/* "2026-11-21T01:37:00.123Z", with up to nine digits behind the point. False for anything else. */
bool json_wall(const char *text, int64_t *wall_ns);

/* The process being read is complete. */
void json_reader_close_process(struct json_reader *reader);

#endif
