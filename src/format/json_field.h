/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fields of one line that was read, checked: the first that is wrong makes a sentence, all can be asked for first. */
#ifndef FORMAT_JSON_FIELD_H
#define FORMAT_JSON_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "core/arena.h"
#include "core/buf.h"

struct fields {
	const json_t *object;
	const char *what; /* begins the sentence: "region" */
	struct arena *arena;
	bool failed;
	char *problem; /* the sentence, if failed */
	size_t room;
};

/*
 * One line as an object, or NULL with a sentence in problem. The caller json_decrefs it. jansson's integers have
 * 63 bits: larger ones become strings of digits, which field_count takes. `scratch` is the caller's.
 */
json_t *fields_load(const char *line, size_t len, struct buf *scratch, char *problem, size_t room);

/* Makes the sentence unless there is one. */
void field_fail(struct fields *fields, const char *key, const char *why);

/* A sub-object with the same reporting; its `object` is NULL if the key is absent. */
struct fields field_object(struct fields *fields, const char *key);
/* Takes over a sub-object's failure. */
void field_close(struct fields *fields, const struct fields *sub);

/* A count; absent is a failure, or the given value. */
uint64_t field_count(struct fields *fields, const char *key, uint64_t max);
uint64_t field_count_or(struct fields *fields, const char *key, uint64_t max, uint64_t absent);
/* A count up to INT64_MAX; UNKNOWN_COUNT if absent. */
int64_t field_known(struct fields *fields, const char *key);

/* A hex string "0x1f". */
uint64_t field_hex(struct fields *fields, const char *key);
uint64_t field_hex_or(struct fields *fields, const char *key, uint64_t absent);
/* The same of any value; false if it is none. */
bool json_hex(const json_t *value, uint64_t *number);
/* A count of any value; false if it is none. */
bool json_count(const json_t *value, uint64_t *number);

/* Text with its bytes restored (format/utf8.h), in the arena. */
const char *field_text(struct fields *fields, const char *key);
const char *field_text_or(struct fields *fields, const char *key, const char *absent);
const char *json_text(const json_t *value, struct arena *arena);
/* The same of text that came from jansson, as a key. */
const char *json_restore(const char *text, struct arena *arena);

/* The string as it stands, valid as long as the object; NULL (and a failure) if absent. */
const char *field_plain(struct fields *fields, const char *key);

/* A boolean, or `absent` where there is none. */
bool field_bool_or(struct fields *fields, const char *key, bool absent);

#endif
