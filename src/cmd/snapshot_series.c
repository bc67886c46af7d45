/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope snapshot --every: one snapshot after another, with what happened in between. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/output.h"
#include "cmd/every.h"
#include "cmd/progress.h"
#include "cmd/snapshot.h"
#include "cmd/stream.h"

#define EXIT_SIGNAL 128 /* and the signal's number, as a shell has it */

struct series {
	struct snapshot *snapshot;
	struct stream stream;
	bool begun; /* a snapshot is written */
};

static int cannot_write(const struct series *series, int err)
{
	return output_failed(series->snapshot->file, err);
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
		err = snapshot_format(snapshot, moment, !series->begun, &sink);
	return err ? cannot_write(series, err) : 0;
}

/* In the place of the one before; a signal that comes meanwhile is taken note of behind it. */
static int replace(const struct snapshot *snapshot, const struct moment *moment)
{
	sigset_t all, before;
	int code;

	sigemptyset(&all);
	sigaddset(&all, SIGINT);
	sigaddset(&all, SIGTERM);
	sigaddset(&all, SIGHUP);
	sigprocmask(SIG_BLOCK, &all, &before);
	code = snapshot_write(snapshot, moment);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return code;
}

static int write_one(struct series *series, const struct moment *moment)
{
	const struct sink sink = stream_sink(&series->stream);
	/* Names of columns are not needed twice, also behind what was in the file. */
	const bool first = !series->begun && !(series->stream.file && series->stream.whole > 0);
	int err, code = 0;

	if (snapshot_replaces(series->snapshot->format))
		return replace(series->snapshot, moment);
	if (series->snapshot->format == SNAPSHOT_TEXT) {
		code = write_text(series, moment);
	} else {
		err = snapshot_format(series->snapshot, moment, first, &sink);
		code = err ? cannot_write(series, err) : 0;
	}
	if (code)
		stream_cut(&series->stream);
	else
		stream_whole(&series->stream);
	series->begun = true;
	return code;
}

/* Whether each of them has exited: nothing more can come of them, unless others are to come. */
static bool is_over(const struct series *series, const struct moment *moment)
{
	size_t i;

	if (snapshot_many(series->snapshot))
		return false;
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

/* Nothing is written behind half a snapshot. (Half a line of text nobody but people reads.) */
static int mend_stream(struct series *series)
{
	const struct snapshot *snapshot = series->snapshot;
	const bool csv = snapshot->format == SNAPSHOT_CSV;
	off_t cut;
	int err;

	if (snapshot->format == SNAPSHOT_TEXT)
		return 0;
	err = stream_mend(&series->stream, snapshot->file, csv, &cut);
	if (err == -EBUSY)
		return cmd_error(EXIT_IO,
				 "%s is locked by another program: another thpscope that writes to it?",
				 snapshot->file);
	if (err == -EBADMSG)
		return cmd_error(EXIT_DAMAGED, "%s does not end with %s: nothing is written behind that",
				 snapshot->file, csv ? "a line" : "a snapshot");
	if (err)
		return cmd_error(cmd_code(err), "cannot go on with %s: %s", snapshot->file, strerror(-err));
	if (cut)
		cmd_error(0, "%s ended within a %s: its last %llu bytes are cut off", snapshot->file,
			  csv ? "line" : "snapshot", (unsigned long long)cut);
	return 0;
}

/* 0, or an exit code after a message. */
static int open_stream(struct series *series)
{
	const struct snapshot *snapshot = series->snapshot;
	struct stat st;
	int err;

	if (snapshot_replaces(snapshot->format)) {
		if (!stat(snapshot->file, &st) && !S_ISREG(st.st_mode))
			return cmd_error(EXIT_IO, "%s is no file, whose place each snapshot could take",
					 snapshot->file);
		return 0;
	}
	err = stream_open(&series->stream, snapshot->file);
	if (err == -EINTR && every_signal())
		return EXIT_SIGNAL + every_signal();
	return err ? cannot_write(series, err) : mend_stream(series);
}

/* The first one decides whether there is anything to write, and whether others are to follow: *on. */
static int first(struct series *series, const struct moment *moment, bool *on)
{
	int code = snapshot_judge(series->snapshot, moment, on), err;

	if (!*on)
		return code;
	say_missing(moment);
	if (series->snapshot->counters.n)
		counters_say_missing(&series->snapshot->counters, moment, moment->n_processes);
	*on = false;
	err = open_stream(series);
	if (err)
		return err;
	err = write_one(series, moment);
	*on = !err && !is_over(series, moment);
	return err ? err : code;
}

/* The next moment; NULL where a signal ended the wait for it. */
static struct moment *take(struct source *source, struct watch *watch)
{
	struct progress progress;
	struct moment *moment;

	progress_begin(&progress, watch->n);
	watch->options.progress = &progress.survey;
	moment = source_sample(source, watch);
	watch->options.progress = NULL;
	progress_end(&progress);
	if (!every_signal() || !moment->lost)
		return moment;
	moment_free(moment);
	return NULL;
}

/* One more; *on: others are to follow. An exit code: it could not be had, or not be written. */
static int next(struct series *series, struct source *source, struct watch *watch, bool *on)
{
	int code = snapshot_who(series->snapshot, source, watch);
	struct moment *moment;

	*on = false;
	if (code)
		return every_signal() ? 0 : code;
	moment = take(source, watch);
	if (!moment)
		return 0;
	code = cmd_lost(moment);
	if (!code)
		code = write_one(series, moment);
	*on = !code && !is_over(series, moment);
	moment_free(moment);
	return code;
}

int snapshot_series(struct snapshot *snapshot, struct source *source, const struct watch *watch)
{
	struct series series = {.snapshot = snapshot, .stream.fd = -1};
	/* Live for the events, and read anew each time: what a snapshot says is of its own time. */
	struct watch live = *watch;
	struct moment *moment;
	struct every every;
	int code = 0, err = 0, failed = 0;
	bool on = false;

	live.live = live.anew = true;
	every_begin(&every, snapshot->every_ns, snapshot->for_ns, source);
	moment = take(source, &live);
	if (moment)
		code = first(&series, moment, &on);
	moment_free(moment);
	while (on && every_wait(&every, series.stream.fd))
		failed = next(&series, source, &live, &on);
	if (series.stream.fd >= 0)
		err = stream_close(&series.stream);
	every_end();
	if (failed)
		return failed;
	if (err)
		return cannot_write(&series, err);
	return every_signal() ? EXIT_SIGNAL + every_signal() : code;
}
