/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bounded reading of numbers and lines out of text that need not end in a NUL. */
#ifndef CORE_PARSE_H
#define CORE_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Digits of base 10 or 16 (no sign, no 0x) from text on, at most to end. Returns what follows them, or NULL
 * for no digit or a number over 64 bits (then *value is untouched).
 */
const char *parse_u64(const char *text, const char *end, unsigned base, uint64_t *value);

/* A whole NUL-terminated text: decimal, or hexadecimal with 0x. False for anything else. */
bool parse_number(const char *text, uint64_t *value);

/* "4M", "2MiB", "64k", "0x1000", "1G": bytes; a suffix is a power of 1024. False for anything else. */
bool parse_size(const char *text, uint64_t *bytes);

/* "50ms", "2s", "5m", "1h", "100us", "5ns": nanoseconds; a unit is required. False for anything else. */
bool parse_time(const char *text, uint64_t *ns);

/* One line without its newline. */
struct line {
	const char *text;
	size_t len;
	bool whole; /* it had a newline */
};

/* Takes the next line from *at; false at the end. */
bool parse_line(const char **at, const char *end, struct line *line);

#endif
