/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any lines as what an agent says: the first byte tells the call, what follows is a hello, a frame and a payload. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/parse.h"
#include "format/sharers.h"
#include "format/why.h"
#include "format/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_say(int err, const char *problem)
{
	if (err && !problem[0])
		abort();
	for (; *problem; problem++)
		if (*problem < ' ' || *problem > '~')
			abort();
}

static void read_frame(const struct line *line, struct arena *arena)
{
	char problem[WIRE_PROBLEM] = "";
	struct wire_hello hello;
	struct wire_line is;
	int err;

	err = wire_read_hello(line->text, line->len, true, arena, &hello, problem, sizeof(problem));
	must_say(err, problem);
	problem[0] = '\0';
	err = wire_read_line(line->text, line->len, arena, &is, problem, sizeof(problem));
	must_say(err, problem);
}

/* What was read can be shown. */
static void use(enum wire_call call, const struct wire_result *result, uint64_t pmd_size)
{
	static const struct text_options options = {.width = 60};
	struct buf out = {0};
	const struct sink sink = {sink_buf, &out};
	size_t i;

	for (i = 0; i < result->n_list; i++)
		wire_put_listed(&out, &result->list[i]);
	for (i = 0; i < result->n_pids; i++)
		wire_put_pid(&out, result->pids[i]);
	if (call == WIRE_TRIGGER)
		wire_put_event(&out, &result->event, pmd_size);
	if (call == WIRE_WHY) {
		wire_put_why(&out, &result->why, pmd_size);
		text_why(&out, &result->why, &options);
	}
	if (call == WIRE_SHARERS) {
		wire_put_sharers(&out, &result->sharers);
		text_write_sharers(&result->sharers, &options, &sink);
	}
	if (out.data && memchr(out.data, '\033', out.len))
		abort();
	buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint64_t pmd_size = 2 << 20;
	const char *at = (const char *)data + 1, *end = at + size - 1;
	struct arena arena = {0};
	struct wire_payload *payload;
	struct wire_result result;
	char problem[WIRE_PROBLEM];
	enum wire_call call;
	struct line line;
	int err = 0;

	if (!size)
		return 0;
	call = (enum wire_call)(*data % WIRE_CALL_COUNT);
	payload = wire_payload_begin(call, 4096, pmd_size, &arena);
	while (!err && parse_line(&at, end, &line)) {
		read_frame(&line, &arena);
		problem[0] = '\0';
		err = wire_payload_take(payload, line.text, line.len, problem, sizeof(problem));
		must_say(err, problem);
	}
	if (!err && !wire_payload_end(payload, &result, problem, sizeof(problem)))
		use(call, &result, pmd_size);
	wire_payload_fini(payload);
	arena_fini(&arena);
	return 0;
}
