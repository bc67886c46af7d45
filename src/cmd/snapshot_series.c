/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope snapshot --every: one snapshot after another, with what happened in between. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cmd/every.h"
#include "cmd/snapshot.h"
#include "cmd/stream.h"

#define EXIT_SIGNAL 128 /* and the signal's number, as a shell has it */

struct series {
	const struct snapshot *snapshot;
	struct stream stream;
	bool begun; /* a snapshot is written */
};

static int cannot_write(const struct series *series, int err)
{
	const char *file = series->snapshot->file;

	return cmd_error(err == -EACCES ? EXIT_PERMISSION : EXIT_IO, "cannot write %s: %s",
			 file ? file : "stdout", strerror(-err));
}

/* People see where the next one begins by an empty line; on stdout it is as wide as the terminal. */
static int write_text(struct series *series, const struct moment *moment)
{
	const struct snapshot *snapshot = series->snapshot;
	const struct sink sink = stream_sink(&series->stream);
	int err = series->begun ? sink.write(sink.ctx, "\n", 1) : 0;

	if (!err && !snapshot->file)
		return cmd_print_text_cow(moment, &snapshot->cow);
	if (!err)
		err = snapshot_format(snapshot, moment, &sink);
	return err ? cannot_write(series, err) : 0;
}

static int write_one(struct series *series, const struct moment *moment)
{
	const struct sink sink = stream_sink(&series->stream);
	int err, code = 0;

	if (series->snapshot->json) {
		err = snapshot_format(series->snapshot, moment, &sink);
		code = err ? cannot_write(series, err) : 0;
	} else {
		code = write_text(series, moment);
	}
	if (code)
		stream_cut(&series->stream);
	else
		stream_whole(&series->stream);
	series->begun = true;
	return code;
}

/* Whether each of them has exited: nothing more can come of them. */
static bool all_gone(const struct moment *moment)
{
	size_t i;

	for (i = 0; i < moment->n_processes; i++)
		if (moment->processes[i].outcome != OUTCOME_GONE &&
		    moment->processes[i].outcome != OUTCOME_REUSED)
			return false;
	return true;
}

static void say_missing(const struct moment *moment)
{
	cmd_say_missing(moment);
	if (capability_lacks(&moment->caps, CAP_TRACEPOINTS))
		cmd_error(0, "of what happens is told only what two snapshots show: %s",
			  moment->caps.missing[CAP_TRACEPOINTS]);
}

/* The first one decides whether there is anything to write, and whether others are to follow: *on. */
static int first(struct series *series, const struct moment *moment, bool *on)
{
	int code = snapshot_judge(series->snapshot, moment, on), err;

	if (!*on)
		return code;
	say_missing(moment);
	*on = false;
	err = stream_open(&series->stream, series->snapshot->file);
	if (err)
		return err == -EINTR && every_signal() ? 0 : cannot_write(series, err);
	err = write_one(series, moment);
	*on = !err && !all_gone(moment);
	return err ? err : code;
}

/* The next moment; NULL where a signal ended the wait for it. */
static struct moment *take(struct source *source, const struct watch *watch)
{
	struct moment *moment = source_sample(source, watch);

	if (!every_signal() || !moment->lost)
		return moment;
	moment_free(moment);
	return NULL;
}

int snapshot_series(const struct snapshot *snapshot, struct source *source, const struct watch *watch)
{
	struct series series = {.snapshot = snapshot, .stream.fd = -1};
	/* Live for the events, and read anew each time: what a snapshot says is of its own time. */
	struct watch live = *watch;
	struct moment *moment;
	struct every every;
	int code = 0, err = 0, unwritten = 0, lost = 0;
	bool on = false;

	live.live = live.anew = true;
	every_begin(&every, snapshot->every_ns, snapshot->for_ns, source);
	moment = take(source, &live);
	if (moment)
		code = first(&series, moment, &on);
	moment_free(moment);
	while (on && every_wait(&every, series.stream.fd) && (moment = take(source, &live))) {
		lost = cmd_lost(moment);
		unwritten = lost ? 0 : write_one(&series, moment);
		on = !lost && !unwritten && !all_gone(moment);
		moment_free(moment);
	}
	if (series.stream.fd >= 0)
		err = stream_close(&series.stream);
	every_end();
	if (unwritten)
		return unwritten;
	if (err)
		return cannot_write(&series, err);
	if (lost)
		return lost;
	return every_signal() ? EXIT_SIGNAL + every_signal() : code;
}
