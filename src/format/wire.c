/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The protocol's frame: hellos, and the lines around a payload. */
#include "format/wire.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "format/json_lines.h"
#include "format/json_put.h"
#include "format/json_reader.h"
#include "format/wire_parts.h"

/* Linux has 133 of them. */
#define ERRNO_MOST 255

#define QUOTED 60

static const char *const calls[] = {
	"list",	   "sample", "examine", "spawn", "act",	      "locate", "value", "family", "plan",
	"trigger", "why",    "sharers", "heat",	 "read-only", "watch",	"seen",	 "cancel",
};
_Static_assert(sizeof(calls) / sizeof(calls[0]) == WIRE_CALL_COUNT, "a name for each call");

const char *wire_call_name(enum wire_call call)
{
	return calls[call];
}

/* Of an errno (positive); "EIO" where it has none. */
static const char *errno_name(int error)
{
	const char *name = strerrorname_np(error);

	return name && error ? name : "EIO";
}

int wire_errno_named(const char *name)
{
	const char *known;
	int error;

	for (error = 1; error <= ERRNO_MOST; error++) {
		known = strerrorname_np(error);
		if (known && !strcmp(known, name))
			return error;
	}
	return EIO;
}

void wire_quote(const char *line, size_t len, size_t most, char *out, size_t size)
{
	size_t i, n = len < most ? len : most;

	if (n > size - 1)
		n = size - 1;
	for (i = 0; i < n; i++)
		out[i] = line[i] >= ' ' && line[i] <= '~' ? line[i] : '?';
	out[n] = '\0';
}

void wire_key_bool(struct buf *out, const char *key, bool value)
{
	json_key(out, key);
	buf_puts(out, value ? "true" : "false");
}

void wire_key_pid(struct buf *out, const char *key, pid_t pid)
{
	json_key_dec(out, key, (uint64_t)pid);
}

pid_t wire_pid(struct fields *fields, const char *key)
{
	return (pid_t)field_count_or(fields, key, INT32_MAX, 0);
}

json_t *wire_open(const char *line, size_t len, const char *what, struct arena *arena, struct fields *fields,
		  char *problem, size_t size)
{
	struct buf scratch = {0};
	json_t *object = NULL;

	if (len >= WIRE_LINE_MAX)
		snprintf(problem, size, "the line is longer than %zu bytes", WIRE_LINE_MAX);
	else
		object = fields_load(line, len, &scratch, problem, size);
	buf_fini(&scratch);
	*fields = (struct fields){
		.object = object, .what = what, .arena = arena, .problem = problem, .room = size};
	return object;
}

static void put_hello(struct buf *out)
{
	buf_puts(out,
		 "{\"type\":\"hello\",\"schema\":\"" WIRE_SCHEMA "\",\"version\":\"" THPSCOPE_VERSION "\"");
}

void wire_put_hello_client(struct buf *out)
{
	put_hello(out);
	buf_puts(out, "}\n");
}

void wire_put_hello_agent(struct buf *out, const struct wire_hello *hello)
{
	put_hello(out);
	json_key_string(out, "release", hello->release);
	json_key_string(out, "host", hello->host);
	json_key_dec(out, "page_size", hello->page_size);
	json_key_dec(out, "pmd_size", hello->pmd_size);
	json_key_dec(out, "mono_ns", hello->mono_ns);
	json_caps(out, &hello->caps);
	buf_puts(out, "}\n");
}

static void read_agent(struct fields *fields, struct wire_hello *hello)
{
	hello->release = field_text(fields, "release");
	hello->host = field_text(fields, "host");
	json_read_sizes(fields, &hello->page_size, &hello->pmd_size);
	hello->mono_ns = field_count(fields, "mono_ns", UINT64_MAX);
	json_read_caps(fields, &hello->caps);
}

static int strange(const char *line, size_t len, bool agent, char *problem, size_t size)
{
	char quoted[QUOTED + 1];

	wire_quote(line, len, QUOTED, quoted, sizeof(quoted));
	snprintf(problem, size, "the far end is no %s: it says '%s%s'", agent ? "thpscope-agent" : "thpscope",
		 quoted, len > QUOTED ? "..." : "");
	return -EBADMSG;
}

static int read_schema(struct fields *fields, const char *line, size_t len, bool agent,
		       struct wire_hello *hello)
{
	const char *type = json_string_value(json_object_get(fields->object, "type"));
	const char *schema = json_string_value(json_object_get(fields->object, "schema"));
	const char *version = json_string_value(json_object_get(fields->object, "version"));
	char theirs[2][QUOTED + 1];

	if (!type || strcmp(type, "hello") || !schema || !version)
		return strange(line, len, agent, fields->problem, fields->room);
	if (!strcmp(schema, WIRE_SCHEMA)) {
		hello->version = field_text(fields, "version");
		return 0;
	}
	wire_quote(version, strlen(version), 20, theirs[0], sizeof(theirs[0]));
	wire_quote(schema, strlen(schema), 40, theirs[1], sizeof(theirs[1]));
	snprintf(fields->problem, fields->room,
		 "the far end is version %s and speaks %s, this one is version %s and speaks %s: install the "
		 "same version at both ends",
		 theirs[0], theirs[1], THPSCOPE_VERSION, WIRE_SCHEMA);
	return -EPROTONOSUPPORT;
}

int wire_read_hello(const char *line, size_t len, bool agent, struct arena *arena, struct wire_hello *hello,
		    char *problem, size_t size)
{
	struct fields fields;
	json_t *object = wire_open(line, len, "hello", arena, &fields, problem, size);
	int err;

	memset(hello, 0, sizeof(*hello));
	if (!object)
		return strange(line, len, agent, problem, size);
	err = read_schema(&fields, line, len, agent, hello);
	if (!err && agent)
		read_agent(&fields, hello);
	if (!err && fields.failed)
		err = -EBADMSG;
	json_decref(object);
	return err;
}

void wire_put_begin(struct buf *out, uint64_t id)
{
	buf_puts(out, "{\"type\":\"begin\"");
	json_key_dec(out, "id", id);
	buf_puts(out, "}\n");
}

void wire_put_answer(struct buf *out, uint64_t id, int error, const char *reason, bool more)
{
	buf_puts(out, "{\"type\":\"answer\"");
	json_key_dec(out, "id", id);
	if (error) {
		json_key_string(out, "errno", errno_name(-error));
		json_key_string(out, "reason", reason);
	} else {
		buf_puts(out, ",\"result\":0");
	}
	if (more)
		wire_key_bool(out, "more", true);
	buf_puts(out, "}\n");
}

void wire_put_alive(struct buf *out, unsigned progress)
{
	buf_puts(out, "{\"type\":\"alive\"");
	if (progress)
		buf_printf(out, ",\"progress\":%u", progress);
	buf_puts(out, "}\n");
}

/* How lines of an agent begin, so that a payload need not be parsed twice. */
static const char begins[] = "{\"type\":\"";

/* Lines that are no payload. */
static const char *const frames[] = {
	[WIRE_BEGIN] = "begin", [WIRE_ANSWER] = "answer", [WIRE_ALIVE] = "alive", [WIRE_BYE] = "bye"};

static bool has_type(const char *line, size_t len)
{
	return len >= strlen(begins) && !memcmp(line, begins, strlen(begins));
}

static enum wire_kind kind_of(const char *line, size_t len)
{
	const char *type = line + strlen(begins);
	size_t i, n;

	for (i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		n = frames[i] ? strlen(frames[i]) : 0;
		if (n && len > strlen(begins) + n && !memcmp(type, frames[i], n) && type[n] == '"')
			return (enum wire_kind)i;
	}
	return WIRE_PAYLOAD;
}

static void read_frame(struct fields *fields, struct wire_line *is)
{
	const char *name;

	is->id = field_count(fields, "id", UINT64_MAX);
	if (is->kind == WIRE_BEGIN)
		return;
	is->more = field_bool_or(fields, "more", false);
	is->reason = field_text_or(fields, "reason", "");
	if (json_object_get(fields->object, "errno")) {
		name = field_plain(fields, "errno");
		is->error = name ? -wire_errno_named(name) : 0;
	} else {
		field_count(fields, "result", 0);
	}
}

int wire_read_line(const char *line, size_t len, struct arena *arena, struct wire_line *is, char *problem,
		   size_t size)
{
	char quoted[QUOTED + 1];
	struct fields fields;
	json_t *object;

	*is = (struct wire_line){.kind = WIRE_PAYLOAD, .reason = ""};
	if (!has_type(line, len)) {
		wire_quote(line, len, QUOTED, quoted, sizeof(quoted));
		snprintf(problem, size, "no line of " WIRE_SCHEMA ": '%s%s'", quoted,
			 len > QUOTED ? "..." : "");
		return -EBADMSG;
	}
	is->kind = kind_of(line, len);
	if (is->kind == WIRE_PAYLOAD)
		return 0;
	object = wire_open(line, len, frames[is->kind], arena, &fields, problem, size);
	if (!object)
		return -EBADMSG;
	if (is->kind == WIRE_BYE)
		is->reason = field_text_or(&fields, "reason", "");
	else if (is->kind == WIRE_ALIVE)
		is->progress = (unsigned)field_count_or(&fields, "progress", 1000, 0);
	else
		read_frame(&fields, is);
	json_decref(object);
	return fields.failed ? -EBADMSG : 0;
}
