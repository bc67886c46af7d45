/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside the protocol's reader and writer: what its files share. */
#ifndef FORMAT_WIRE_PARTS_H
#define FORMAT_WIRE_PARTS_H

#include "format/json_field.h"
#include "format/wire.h"

/* Append ,"key": and a value. */
void wire_key_bool(struct buf *out, const char *key, bool value);
void wire_key_pid(struct buf *out, const char *key, pid_t pid);

/* The errno (positive) of a name; EIO where there is none. */
int wire_errno_named(const char *name);

/* Up to `most` bytes of a line, printable, into `out` of `size`. */
void wire_quote(const char *line, size_t len, size_t most, char *out, size_t size);

/* A line as an object, to be json_decref'ed, with its fields; NULL with a sentence in problem. */
json_t *wire_open(const char *line, size_t len, const char *what, struct arena *arena, struct fields *fields,
		  char *problem, size_t size);

/* A PID; 0 where it is absent. */
pid_t wire_pid(struct fields *fields, const char *key);

#endif
