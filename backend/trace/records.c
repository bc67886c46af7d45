/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of a perf ring buffer become ours. Pure. */
#include "trace/records.h"

#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>

/* include/trace/events/huge_memory.h of 5.4, 6.1, 6.12 and 6.18. */
const struct trace_layout trace_layouts[TRACE_POINTS] = {
	{TRACE_SCAN_PMD, "huge_memory/mm_khugepaged_scan_pmd", "pfn", "", "status"},
	{TRACE_COLLAPSE, "huge_memory/mm_collapse_huge_page", "", "", "status"},
	{TRACE_SCAN_FILE, "huge_memory/mm_khugepaged_scan_file", "pfn", "", "result"},
	{TRACE_COLLAPSE_FILE, "huge_memory/mm_khugepaged_collapse_file", "hpfn", "addr", "result"},
};

/* How records look with TRACE_SAMPLE_TYPE and sample_id_all (perf_event.h, enum perf_event_type). */
struct sample_id {
	uint32_t pid, tid;
	uint64_t time;
};
struct sample {
	struct sample_id id;
	uint32_t raw_size; /* the raw data comes behind */
};
struct task {
	uint32_t pid, ppid, tid, ptid;
	uint64_t time;
};
struct comm {
	uint32_t pid, tid;
	char name[16]; /* or less, in steps of 8 bytes; closed by a NUL */
};
struct lost {
	uint64_t id, lost;
};

static const struct trace_layout *layout_of(enum trace_kind kind)
{
	size_t i;

	for (i = 0; i < TRACE_POINTS; i++)
		if (trace_layouts[i].kind == kind)
			return &trace_layouts[i];
	return NULL;
}

bool trace_point_usable(const struct trace_point *point)
{
	const struct trace_layout *layout = layout_of(point->kind);

	return layout && trace_format_field(&point->format, "common_type") &&
	       trace_format_field(&point->format, "mm") && trace_format_field(&point->format, layout->status);
}

static bool value_of(const struct trace_format *format, const char *name, const uint8_t *raw, size_t size,
		     uint64_t *value)
{
	const struct trace_field *field = trace_format_field(format, name);

	return field && trace_field_value(field, raw, size, value);
}

static bool parse_point(const struct trace_point *point, const uint8_t *raw, size_t size,
			struct trace_record *record)
{
	const struct trace_layout *layout = layout_of(point->kind);
	const char *word;
	uint64_t type, status;

	if (!value_of(&point->format, "common_type", raw, size, &type) || type != point->format.id ||
	    !value_of(&point->format, "mm", raw, size, &record->mm) ||
	    !value_of(&point->format, layout->status, raw, size, &status))
		return false;
	record->kind = point->kind;
	record->pfn = TRACE_NO_PFN;
	value_of(&point->format, layout->pfn, raw, size, &record->pfn);
	value_of(&point->format, layout->addr, raw, size, &record->addr);
	word = trace_format_word(&point->format, (int64_t)status);
	if (word)
		snprintf(record->status, sizeof(record->status), "%s", word);
	else
		snprintf(record->status, sizeof(record->status), "%lld", (long long)(int64_t)status);
	return true;
}

/* The raw data of a sample, and who caused it; NULL: it is cut. */
static const uint8_t *raw_of(const uint8_t *body, size_t size, struct trace_record *record, size_t *raw_size)
{
	struct sample sample;
	const size_t head = offsetof(struct sample, raw_size) + sizeof(sample.raw_size);

	if (size < head)
		return NULL;
	memcpy(&sample, body, head);
	if (sample.raw_size > size - head)
		return NULL;
	record->by = (pid_t)sample.id.pid;
	record->by_tid = (pid_t)sample.id.tid;
	record->mono_ns = sample.id.time;
	*raw_size = sample.raw_size;
	return body + head;
}

static bool parse_sample(const uint8_t *body, size_t size, const struct trace_point *points, size_t n,
			 struct trace_record *record)
{
	size_t i, raw_size;
	const uint8_t *raw = raw_of(body, size, record, &raw_size);

	for (i = 0; raw && i < n; i++)
		if (parse_point(&points[i], raw, raw_size, record))
			return true;
	return false;
}

/* Births are of processes, not of threads: those have the PID of whoever made them, and another TID than PID. */
static bool parse_task(uint32_t type, const uint8_t *body, size_t size, struct trace_record *record)
{
	struct task task;

	if (size < sizeof(task))
		return false;
	memcpy(&task, body, sizeof(task));
	if (task.pid != task.tid && type == PERF_RECORD_FORK)
		return false;
	record->mono_ns = task.time;
	record->pfn = TRACE_NO_PFN;
	if (type == PERF_RECORD_EXIT) {
		record->kind = TRACE_EXIT;
		record->by = (pid_t)task.pid;
		record->by_tid = (pid_t)task.tid;
	} else {
		record->kind = TRACE_FORK;
		record->by = (pid_t)task.ppid;
		record->by_tid = (pid_t)task.ptid;
		record->child = (pid_t)task.pid;
	}
	return true;
}

static bool parse_time(const uint8_t *body, size_t size, struct trace_record *record)
{
	struct sample_id id;

	if (size < sizeof(id))
		return false;
	memcpy(&id, body + size - sizeof(id), sizeof(id));
	record->mono_ns = id.time;
	record->pfn = TRACE_NO_PFN;
	return true;
}

static bool parse_comm(const uint8_t *body, size_t size, struct trace_record *record)
{
	const size_t head = offsetof(struct comm, name);
	struct comm comm;
	size_t n;

	if (size < head + sizeof(struct sample_id) || !parse_time(body, size, record))
		return false;
	memcpy(&comm, body, head);
	n = size - head - sizeof(struct sample_id);
	if (n >= sizeof(record->by_comm))
		n = sizeof(record->by_comm) - 1;
	memcpy(record->by_comm, body + head, n);
	record->kind = TRACE_EXEC;
	record->by = (pid_t)comm.pid;
	record->by_tid = (pid_t)comm.tid;
	return true;
}

static bool parse_lost(const uint8_t *body, size_t size, struct trace_record *record)
{
	struct lost lost;

	if (size < sizeof(lost) || !parse_time(body, size, record))
		return false;
	memcpy(&lost, body, sizeof(lost));
	record->kind = TRACE_LOST;
	record->lost = lost.lost;
	return true;
}

static bool parse_one(const struct perf_event_header *header, const uint8_t *body, size_t size,
		      const struct trace_point *points, size_t n, struct trace_record *record)
{
	memset(record, 0, sizeof(*record));
	switch (header->type) {
	case PERF_RECORD_SAMPLE:
		return parse_sample(body, size, points, n, record);
	case PERF_RECORD_FORK:
	case PERF_RECORD_EXIT:
		return parse_task(header->type, body, size, record);
	case PERF_RECORD_COMM:
		return header->misc & PERF_RECORD_MISC_COMM_EXEC && parse_comm(body, size, record);
	case PERF_RECORD_LOST:
		return parse_lost(body, size, record);
	default:
		return false;
	}
}

/* The record at `at`, whole; false: it is cut, or is none. */
static bool frame(const uint8_t *bytes, size_t len, size_t at, struct perf_event_header *header)
{
	if (len - at < sizeof(*header))
		return false;
	memcpy(header, bytes + at, sizeof(*header));
	return header->size >= sizeof(*header) && header->size <= len - at;
}

size_t trace_parse(const uint8_t *bytes, size_t len, const struct trace_point *points, size_t n_points,
		   struct trace_record *records, size_t room, size_t *used)
{
	struct perf_event_header header;
	size_t n = 0, at = 0;

	while (n < room && at < len && frame(bytes, len, at, &header)) {
		n += parse_one(&header, bytes + at + sizeof(header), header.size - sizeof(header), points,
			       n_points, &records[n]);
		at += header.size;
	}
	*used = at;
	return n;
}

uint64_t trace_parse_mm(const uint8_t *bytes, size_t len, const struct trace_format *format)
{
	struct perf_event_header header;
	struct trace_record record;
	const uint8_t *raw;
	size_t size, at;
	uint64_t mm;

	for (at = 0; at < len && frame(bytes, len, at, &header); at += header.size) {
		if (header.type != PERF_RECORD_SAMPLE)
			continue;
		raw = raw_of(bytes + at + sizeof(header), header.size - sizeof(header), &record, &size);
		if (raw && value_of(format, "mm", raw, size, &mm))
			return mm;
	}
	return 0;
}
