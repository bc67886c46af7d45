/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording beside the screen. */
#include "cmd/taping.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/output.h"
#include "core/mem.h"
#include "replay/recorder.h"
#include "ui/figures.h"

static void say_cannot(struct taping *taping, const char *file, int error)
{
	if (error == -EEXIST)
		snprintf(taping->said, sizeof(taping->said),
			 "%s is there already, and nothing is written over: take another name", file);
	else
		snprintf(taping->said, sizeof(taping->said), "cannot write %s: %s", file, output_why(error));
}

static void start(struct taping *taping, const char *file)
{
	int fd;

	sigaction(SIGXFSZ, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
	fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOCTTY, 0666);
	if (fd < 0) {
		say_cannot(taping, file, -errno);
		return;
	}
	taping->stream = (struct stream){.fd = fd, .file = true};
	taping->recorder = recorder_new();
	taping->file = mem_strdup(file);
	taping->moments = 0;
	snprintf(taping->said, sizeof(taping->said), "recording to %s", file);
}

/* 0 or what closing failed with. */
static int end(struct taping *taping)
{
	const int error = stream_close(&taping->stream);

	recorder_free(taping->recorder);
	taping->recorder = NULL;
	free(taping->file);
	taping->file = NULL;
	return error;
}

static uint64_t whole(const struct taping *taping)
{
	return taping->recorder && taping->stream.whole > 0 ? (uint64_t)taping->stream.whole : 0;
}

static void say_size(const struct taping *taping, char *text, size_t size)
{
	figure_text moments, bytes;

	if (!taping->moments) {
		snprintf(text, size, "no moment");
		return;
	}
	snprintf(text, size, "%s moment%s, %s", figure_count(moments, taping->moments),
		 taping->moments == 1 ? "" : "s", figure_bytes(bytes, whole(taping)));
}

/* Whether it could; else the recording is over. */
static bool write_one(struct taping *taping, struct moment *moment)
{
	const struct sink sink = stream_sink(&taping->stream);
	const int error = recorder_write(taping->recorder, moment, &sink);
	char size[2 * FIGURE_MAX + 16];

	if (!error) {
		stream_whole(&taping->stream);
		taping->moments++;
		return true;
	}
	stream_cut(&taping->stream);
	say_size(taping, size, sizeof(size));
	snprintf(taping->said, sizeof(taping->said),
		 "the recording has ended: cannot write %.200s: %s; in it: %s", taping->file,
		 strerror(-error), size);
	end(taping);
	return false;
}

static void stop(struct taping *taping)
{
	char size[2 * FIGURE_MAX + 16], file[256];
	int error;

	say_size(taping, size, sizeof(size));
	snprintf(file, sizeof(file), "%s", taping->file);
	error = end(taping);
	if (error)
		say_cannot(taping, file, error);
	else
		snprintf(taping->said, sizeof(taping->said), "recorded %s to %s: 'thpscope replay' shows it",
			 size, file);
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
	screen->recording.on = taping->recorder;
	screen->recording.bytes = whole(taping);
	if (say)
		recording_say(screen, taping->said);
}

void taping_obey(struct taping *taping, struct screen *screen)
{
	struct recording_state *asked = &screen->recording;

	if (asked->start) {
		start(taping, asked->file);
		tell(taping, screen, true);
	} else if (taping->recorder && (asked->stop || screen_lists(screen))) {
		stop(taping);
		tell(taping, screen, true);
	}
	asked->start = asked->stop = false;
}

void taping_take(struct taping *taping, struct screen *screen, struct moment *moment)
{
	if (taping->recorder && !moment->lost)
		tell(taping, screen, !write_one(taping, moment));
}

void taping_end(struct taping *taping)
{
	if (!taping->recorder)
		return;
	stop(taping);
	cmd_error(0, "%s", taping->said);
}
