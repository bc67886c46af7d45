/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope record: one moment after another into a file, to be replayed. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/output.h"
#include "cmd/cmd.h"
#include "cmd/counters.h"
#include "cmd/every.h"
#include "cmd/snapshot.h"
#include "cmd/stream.h"
#include "core/parse.h"
#include "replay/recorder.h"
#include "replay/tape.h"

#define USUAL_NS UINT64_C(100000000)
#define EXIT_SIGNAL 128 /* and the signal's number, as a shell has it */

static const char help[] =
	"usage: thpscope record PID|NAME... -o FILE [OPTION...]\n"
	"Record what is seen of processes, ten times a second, until Ctrl-C or their end.\n"
	"'thpscope replay FILE' shows it. A FILE that is there already is gone on with.\n"
	"\n"
	"  -o FILE      the file; - is stdout\n"
	"  --every T    so often (100ms, 2s, 5m; at least 10ms)\n"
	"  --for T      for so long\n"
	"  --follow     their children too\n"
	"  --pages      each page too: PFN, flags, mapcount (much more to read and write)\n"
	"  --exact      read every page's flags and count each time, infer none (slow)\n"
	"  --counter NAME,...  count these events of them, as perf and libpfm4 call them;\n"
	"               default is the usual ones\n"
	"  --name NAME  a process by its comm, even one like a PID or a verb\n"
	"  --via COMMAND, --lab[=KERNEL]  processes of that machine\n"
	"  --help       this text\n";

struct record {
	struct targets targets;
	struct counters counters;
	struct survey_options survey;
	const char *file;
	uint64_t every_ns, for_ns;
	bool follow;
	struct stream stream;
	struct recorder *recorder;
};

static int parse_duration(const char *option, const char *text, uint64_t *ns)
{
	if (!parse_time(text, ns))
		return cmd_usage(&cmd_record, "%s: '%s' is no time: 100ms, 2s, 5m and 1h are", option, text);
	if (*ns < SNAPSHOT_EVERY_LEAST_NS)
		return cmd_usage(&cmd_record, "%s: '%s' is too short: 10ms is the least", option, text);
	return 0;
}

static int check_arguments(const struct record *record, const struct source_options *source)
{
	if (!record->targets.n_pids && !record->targets.n_names)
		return cmd_usage(&cmd_record, "which process? A PID or a name");
	if (!record->file || !*record->file)
		return cmd_usage(&cmd_record, "into which file? -o FILE");
	if (source->root || source->model || source->replay)
		return cmd_usage(&cmd_record, "what is recorded has to go on: a recorded tree, a model and a "
					      "recording stay as they are");
	if (!strcmp(record->file, "-") && isatty(STDOUT_FILENO))
		return cmd_usage(&cmd_record, "a recording is nothing for a terminal: -o FILE");
	return 0;
}

static int parse_arguments(int argc, char **argv, struct record *record, const struct source_options *source,
			   bool *done)
{
	enum { NAME = 256, COUNTER, EVERY, FOR, FOLLOW, PAGES, EXACT };
	static const struct option options[] = {
		{"name", required_argument, NULL, NAME},   {"counter", required_argument, NULL, COUNTER},
		{"every", required_argument, NULL, EVERY}, {"for", required_argument, NULL, FOR},
		{"follow", no_argument, NULL, FOLLOW},	   {"pages", no_argument, NULL, PAGES},
		{"exact", no_argument, NULL, EXACT},	   {"output", required_argument, NULL, 'o'},
		{"help", no_argument, NULL, 'h'},	   {0},
	};
	int option, code = 0;

	optind = 1;
	opterr = 0;
	while (!code && (option = getopt_long(argc, argv, ":ho:", options, NULL)) != -1) {
		switch (option) {
		case NAME:
			targets_add_name(&record->targets, optarg);
			break;
		case COUNTER:
			code = counters_add(&record->counters, &cmd_record, optarg, source);
			break;
		case EVERY:
			code = parse_duration("--every", optarg, &record->every_ns);
			break;
		case FOR:
			code = parse_duration("--for", optarg, &record->for_ns);
			break;
		case FOLLOW:
			record->follow = true;
			break;
		case PAGES:
			record->survey.pages = true;
			break;
		case EXACT:
			record->survey.exact = true;
			break;
		case 'o':
			record->file = optarg;
			break;
		default:
			return cmd_option_else(&cmd_record, option, argv, done);
		}
	}
	for (; !code && optind < argc; optind++)
		if (!targets_add(&record->targets, argv[optind]))
			code = cmd_usage(&cmd_record, "'%s' is no PID", argv[optind]);
	return code;
}

static int cannot_write(const struct record *record, int err)
{
	return output_failed(record->file, err);
}

/* What is of an earlier time than the moment before it, by every clock, nobody would read (after a boot without the time). */
static int check_clocks(const struct record *record, struct tape *tape, size_t n, const struct moment *next)
{
	struct moment *last;
	char error[512];
	int code = 0;

	if (tape_read(tape, n - 1, &last, error, sizeof(error)))
		return cmd_error(EXIT_DAMAGED, "%s: nothing is recorded behind that", error);
	if (next->mono_ns < last->mono_ns && next->wall_ns < last->wall_ns)
		code = cmd_error(EXIT_IO,
				 "%s ends at a later time than the clocks say now: take another file",
				 record->file);
	moment_free(last);
	return code;
}

/*
 * A recording that is there already is gone on with behind its last whole moment: what was half written when its writer
 * was killed goes. Nothing is written behind what is not ours, or is damaged.
 */
static int find_end(const struct record *record, const struct moment *next, off_t size)
{
	struct tape *tape;
	char error[512] = "";
	uint64_t whole;
	size_t n;
	int code, err = tape_open(record->file, &tape, error, sizeof(error));

	if (err)
		return cmd_error(cmd_code(err), "%s: nothing is recorded behind that", error);
	if (!tape_whole(tape, &whole, &n))
		code = check_clocks(record, tape, n, next);
	else if (tape_broken(tape))
		code = cmd_error(EXIT_DAMAGED, "%s: nothing is recorded behind that", tape_broken(tape));
	else
		code = cmd_error(EXIT_DAMAGED,
				 "%s is plain text, or compressed by others: nothing is "
				 "recorded behind that",
				 record->file);
	tape_close(tape);
	if (code)
		return code;
	recorder_go_on(record->recorder, n);
	cmd_error(0, "%s is there already: it is gone on with, behind the %zu moment%s in it", record->file,
		  n, n == 1 ? "" : "s");
	if (whole == (uint64_t)size)
		return 0;
	cmd_error(0, "%s ended within a moment: its last %llu bytes are cut off", record->file,
		  (unsigned long long)((uint64_t)size - whole));
	return ftruncate(record->stream.fd, (off_t)whole) ? cannot_write(record, -errno) : 0;
}

/* Whoever else writes to it would have its moments between ours. */
static int begin(struct record *record, const struct moment *next)
{
	int err = stream_open(&record->stream, record->file), code;
	struct stat st;

	if (err)
		return cannot_write(record, err);
	if (!record->stream.file)
		return 0;
	if (flock(record->stream.fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
		return cmd_error(EXIT_IO,
				 "%s is locked by another program: another thpscope that records to it?",
				 record->file);
	if (fstat(record->stream.fd, &st))
		return cannot_write(record, -errno);
	code = st.st_size ? find_end(record, next, st.st_size) : 0;
	stream_whole(&record->stream);
	return code;
}

static int write_one(struct record *record, struct moment *moment)
{
	const struct sink sink = stream_sink(&record->stream);
	const int err = recorder_write(record->recorder, moment, &sink);

	if (!err) {
		stream_whole(&record->stream);
		return 0;
	}
	stream_cut(&record->stream);
	if (err == -EOVERFLOW)
		return cmd_error(EXIT_IO,
				 "%s has %zu moments, as many as are read of a recording: take another file",
				 record->file, TAPE_MOMENTS_MAX);
	return cannot_write(record, err);
}

static bool is_over(const struct process *process)
{
	return process->outcome == OUTCOME_GONE || process->outcome == OUTCOME_REUSED;
}

/* Whether anybody is left; what is to be said of the first moment: an exit code. */
static bool any_left(const struct moment *moment)
{
	size_t i;

	for (i = 0; i < moment->n_processes; i++)
		if (!is_over(&moment->processes[i]))
			return true;
	return false;
}

static int judge(const struct record *record, const struct moment *moment, bool *any)
{
	int code = cmd_lost(moment), one;
	size_t i;

	*any = false;
	for (i = 0; i < moment->n_processes && !moment->lost; i++) {
		one = cmd_outcome(&moment->processes[i]);
		code = code ? code : one;
		*any |= !one;
	}
	if (*any)
		cmd_say_missing(moment);
	if (*any)
		counters_say_missing(&record->counters, moment, record->targets.n_pids);
	return code;
}

static int go_on(struct record *record, struct source *source, const struct watch *watch, struct every *every)
{
	struct moment *moment;
	bool on = true;
	int code = 0;

	while (on && every_wait(every, record->stream.fd)) {
		moment = source_sample(source, watch);
		if (moment->lost) /* also where a signal ended the wait for it */
			code = every_signal() ? 0 : cmd_lost(moment);
		else
			code = write_one(record, moment);
		on = !code && !moment->lost && any_left(moment);
		moment_free(moment);
	}
	return code;
}

static int take(struct record *record, struct source *source)
{
	struct watch watch = {.pids = record->targets.pids,
			      .n = record->targets.n_pids,
			      .follow = record->follow,
			      .options = record->survey,
			      .live = true,
			      .interval_ns = record->every_ns};
	struct moment *moment;
	struct every every;
	int code, err = 0, one = 0;
	bool any;

	counters_watch(&record->counters, &watch);
	every_begin(&every, record->every_ns, record->for_ns, source);
	moment = source_sample(source, &watch);
	code = judge(record, moment, &any);
	if (any)
		one = begin(record, moment);
	if (any && !one && isatty(STDERR_FILENO))
		cmd_error(0, "recording %zu %s to %s; Ctrl-C ends it", moment->n_processes,
			  moment->n_processes == 1 ? "process" : "processes", record->file);
	if (any && !one) {
		one = write_one(record, moment);
		if (!one)
			one = go_on(record, source, &watch, &every);
	}
	moment_free(moment);
	if (record->stream.fd >= 0)
		err = stream_close(&record->stream);
	if (!one && err)
		one = cannot_write(record, err);
	every_end();
	if (one)
		return one;
	return every_signal() ? EXIT_SIGNAL + every_signal() : code;
}

static int run(int argc, char **argv, const struct source_options *options)
{
	struct record record = {.every_ns = USUAL_NS, .stream.fd = -1};
	struct source *source = NULL;
	bool done = false;
	int code = parse_arguments(argc, argv, &record, options, &done);

	if (!code && !done)
		code = check_arguments(&record, options);
	if (!code && !done)
		code = cmd_open_source(options, &source);
	if (!code && !done)
		code = targets_resolve(&record.targets, source);
	if (!code && !done) {
		record.recorder = recorder_new();
		code = take(&record, source);
	}
	recorder_free(record.recorder); /* before the source, whose texts its moment points to */
	source_close(source);
	targets_fini(&record.targets);
	counters_fini(&record.counters);
	return code;
}

const struct cmd cmd_record = {"record", help, run};
