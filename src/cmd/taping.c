/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording beside the screen. */
#include "cmd/taping.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/output.h"
#include "core/mem.h"
#include "replay/recorder.h"
#include "ui/figures.h"

/* So long leaving waits for a disk. */
#define PATIENCE_NS UINT64_C(5000000000)

static void say_cannot(struct taping *taping, int error)
{
	if (error == -EEXIST)
		snprintf(taping->said, sizeof(taping->said),
			 "%.200s is there already, and nothing is written over: take another name",
			 taping->file);
	else
		snprintf(taping->said, sizeof(taping->said), "cannot write %.200s: %s", taping->file,
			 output_why(error));
}

/* Gives up what there is, written or not. */
static void forget(struct taping *taping)
{
	recorder_free(taping->recorder);
	writer_free(taping->writer);
	free(taping->file);
	taping->recorder = NULL;
	taping->writer = NULL;
	taping->file = NULL;
	taping->made = taping->slow = false;
	taping->left_out = 0;
}

static void start(struct taping *taping, const char *file)
{
	int error;

	if (taping->writer) {
		snprintf(taping->said, sizeof(taping->said),
			 "%.200s is still being written: try again when it is on its disk", taping->file);
		return;
	}
	taping->file = mem_strdup(file);
	error = writer_start(&taping->writer, file, taping->ops);
	if (error) {
		say_cannot(taping, error);
		forget(taping);
		return;
	}
	taping->recorder = recorder_new();
	*taping->said = '\0';
}

/* No moment comes any more; what waits is still written. */
static void stop(struct taping *taping)
{
	recorder_free(taping->recorder);
	taping->recorder = NULL;
	writer_end(taping->writer);
	snprintf(taping->said, sizeof(taping->said), "bringing %.200s to its disk", taping->file);
}

static void say_size(const struct taping *taping, const struct writer_state *state, char *text, size_t size)
{
	figure_text moments, bytes, left_out;
	int len;

	if (state->frames)
		len = snprintf(text, size, "%s moment%s, %s", figure_count(moments, state->frames),
			       state->frames == 1 ? "" : "s", figure_bytes(bytes, state->bytes));
	else
		len = snprintf(text, size, "no moment");
	if (taping->left_out)
		snprintf(text + len, size - (size_t)len, " (the disk was too slow: %s left out)",
			 figure_count(left_out, taping->left_out));
}

/* What came of the file, which is over. */
static void say_end(struct taping *taping, const struct writer_state *state)
{
	char size[3 * FIGURE_MAX + 64];

	say_size(taping, state, size, sizeof(size));
	if (!state->error)
		snprintf(taping->said, sizeof(taping->said),
			 "recorded %s to %.200s: 'thpscope replay' shows it", size, taping->file);
	else if (state->stage == WRITER_WRITING)
		snprintf(taping->said, sizeof(taping->said),
			 "the recording has ended: cannot write %.200s: %s; in it: %s", taping->file,
			 strerror(-state->error), size);
	else
		say_cannot(taping, state->error);
}

const char *taping_refusal(const struct source_options *source)
{
	if (source->model)
		return "A model is not recorded: a script does its steps again at any time.";
	return source->root || source->replay ? "A recorded tree stays as it is: there is nothing to record."
					      : NULL;
}

static void tell(const struct taping *taping, struct screen *screen, bool say)
{
	if (!taping->recorder)
		screen->recording.bytes = 0;
	screen->recording.on = taping->recorder;
	if (say)
		recording_say(screen, taping->said);
}

void taping_obey(struct taping *taping, struct screen *screen)
{
	struct recording_state *asked = &screen->recording;

	if (asked->start) {
		start(taping, asked->file);
		tell(taping, screen, *taping->said);
	} else if (taping->recorder && (asked->stop || screen_lists(screen))) {
		stop(taping);
		tell(taping, screen, true);
	}
	asked->start = asked->stop = false;
}

int taping_fd(const struct taping *taping)
{
	return taping->writer ? writer_fd(taping->writer) : -1;
}

void taping_look(struct taping *taping, struct screen *screen)
{
	struct writer_state state;

	if (!taping->writer)
		return;
	writer_look(taping->writer, &state);
	screen->recording.bytes = state.bytes;
	if (state.over) {
		say_end(taping, &state);
		forget(taping);
		tell(taping, screen, true);
	} else if (!taping->made && state.stage != WRITER_MAKING) {
		taping->made = true;
		snprintf(taping->said, sizeof(taping->said), "recording to %.200s", taping->file);
		tell(taping, screen, taping->recorder);
	}
}

/* The first of several says so; the others count on while that stands there. */
static void leave_out(struct taping *taping, struct screen *screen)
{
	figure_text left_out;

	taping->left_out++;
	snprintf(taping->said, sizeof(taping->said), "the disk of %.200s is too slow: %s moment%s left out",
		 taping->file, figure_count(left_out, taping->left_out), taping->left_out == 1 ? "" : "s");
	if (!taping->slow || screen->message == screen->recording.said)
		recording_say(screen, taping->said);
	taping->slow = true;
}

void taping_take(struct taping *taping, struct screen *screen, struct moment *moment)
{
	struct sink sink;

	if (!taping->recorder || moment->lost)
		return;
	if (!writer_room(taping->writer)) {
		leave_out(taping, screen);
		return;
	}
	taping->slow = false;
	sink = writer_sink(taping->writer);
	if (recorder_write(taping->recorder, moment, &sink) == -EOVERFLOW) {
		stop(taping);
		tell(taping, screen, true);
	}
}

void taping_end(struct taping *taping)
{
	struct writer_state state;

	if (!taping->writer)
		return;
	if (taping->recorder)
		stop(taping);
	if (!writer_wait(taping->writer, PATIENCE_NS / 50)) {
		cmd_wait("bringing %s to its disk", taping->file);
		writer_wait(taping->writer, PATIENCE_NS);
		cmd_wait_over();
	}
	writer_look(taping->writer, &state);
	if (state.over)
		say_end(taping, &state);
	else
		snprintf(taping->said, sizeof(taping->said),
			 "the disk of %.200s is too slow to be waited for: %llu moments are written to it, "
			 "%llu "
			 "are not",
			 taping->file, (unsigned long long)state.frames, (unsigned long long)state.waiting);
	cmd_error(0, "%s", taping->said);
	forget(taping);
}
