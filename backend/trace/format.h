/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The format file of a tracepoint: where its fields are, and the words of its status. Pure. */
#ifndef TRACE_FORMAT_H
#define TRACE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_FIELDS_MAX 24
#define TRACE_WORDS_MAX 96

struct trace_field {
	char name[24];
	uint32_t offset, size; /* bytes, in the raw data of a sample */
	bool is_signed;
};

/* A row of a __print_symbolic table. */
struct trace_word {
	int64_t value;
	char text[40];
};

struct trace_format {
	uint32_t id; /* as in common_type, and perf_event_attr.config */
	struct trace_field fields[TRACE_FIELDS_MAX];
	size_t n_fields;
	struct trace_word words[TRACE_WORDS_MAX];
	size_t n_words;
};

/*
 * Parses events/GROUP/NAME/format of tracefs (kernel/trace/trace_events.c, f_show). Names that are longer than there is
 * room for, and more fields or words than that, are left out: no kernel has such. A row of the table that has no
 * number (an enum that the kernel did not resolve) is left out too. -EBADMSG if there is no ID, or a field is none.
 * Pure; bounded by len.
 */
int trace_format_parse(const char *text, size_t len, struct trace_format *format);

/* The field of that name, or NULL. */
const struct trace_field *trace_format_field(const struct trace_format *format, const char *name);

/* The word for a value, or NULL. */
const char *trace_format_word(const struct trace_format *format, int64_t value);

/* The number in a field of a sample's raw data: false if the data ends before it, or it has no such size. */
bool trace_field_value(const struct trace_field *field, const void *raw, size_t size, uint64_t *value);

#endif
