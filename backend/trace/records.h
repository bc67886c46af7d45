/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of a perf ring buffer become ours. Pure. */
#ifndef TRACE_RECORDS_H
#define TRACE_RECORDS_H

#include "trace/format.h"
#include "trace/trace.h"

/* A tracepoint that this kernel has. */
struct trace_point {
	enum trace_kind kind;
	struct trace_format format;
};

/* Their names below events/, and which of their fields say what; "" if none does. */
struct trace_layout {
	enum trace_kind kind;
	const char *name;
	const char *pfn, *addr, *status;
};
#define TRACE_POINTS 4
extern const struct trace_layout trace_layouts[TRACE_POINTS];

/* Whether a format has the fields that its layout names, so that its samples can be read. */
bool trace_point_usable(const struct trace_point *point);

/* What every event of ours is opened with: it decides how its samples, and the ends of all other records, look. */
#define TRACE_SAMPLE_TYPE (PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_RAW)

/*
 * The records in bytes[0..len), as the ring buffer has them, one behind another. Appends those that matter to
 * records[0..room) and returns how many; *used: up to where they were understood, whole records all. It ends before len
 * where a record makes no sense or is cut; or where there is no more room.
 */
size_t trace_parse(const uint8_t *bytes, size_t len, const struct trace_point *points, size_t n_points,
		   struct trace_record *records, size_t room, size_t *used);

/* The mm in a sample of mmap_lock_start_locking; 0: the record is none. */
uint64_t trace_parse_mm(const uint8_t *bytes, size_t len, const struct trace_format *format);

#endif
