/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope diff: what differs between two snapshots, a live process being one perhaps. */
#include <errno.h>
#include <getopt.h>
#include <langinfo.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "core/parse.h"
#include "format/delta.h"
#include "format/diff.h"
#include "replay/tape.h"

static const char help[] = "usage: thpscope diff OLD NEW [OPTION...]\n"
			   "Tell what differs: processes, mappings and regions that were gained, lost or\n"
			   "changed. OLD and NEW are each a recording, a file with snapshots, '-' for such\n"
			   "on standard input (a recording not by a pipe), or the PID or name of a process\n"
			   "as it is now (a file that is called 123 is ./123). Of several snapshots OLD is\n"
			   "the first one, NEW the last.\n"
			   "\n"
			   "  --format FORMAT  text (the default) or json (thpscope-snapshot(5))\n"
			   "  --exact          of a PID, read every page's flags and count (slow)\n"
			   "  --root DIR       a PID is one of a recorded tree (thpscope-record-tree)\n"
			   "  --model GEN      or of a model machine, of the kernel generation GEN\n"
			   "  --replay FILE    or of a recording, as it ended, or --at TIME\n"
			   "  --help           this text\n"
			   "\n"
			   "Exit status: 0 nothing differs; 1 something does; 2 usage; 3 permission; 4 no\n"
			   "such process or name; 5 not possible here; 6 a file is damaged, or is none of\n"
			   "ours; 7 a file is missing or cannot be read.\n";

/* One of the two. */
struct side {
	const char *name;
	pid_t pid; /* 0: a file */
	char label[32];
	struct moment *moment;
};

struct request {
	struct side sides[2]; /* OLD, NEW */
	struct survey_options survey;
	bool json;
};

static bool is_number(const char *text)
{
	return *text && !text[strspn(text, "0123456789")];
}

static void set_pid(struct side *side, pid_t pid)
{
	side->pid = pid;
	snprintf(side->label, sizeof(side->label), "process %d", (int)pid);
	side->name = side->label;
}

static int parse_side(const char *text, struct side *side)
{
	uint64_t pid;

	side->name = text;
	if (!*text)
		return cmd_usage(&cmd_diff, "a file needs a name");
	if (!is_number(text))
		return 0;
	if (!parse_number(text, &pid) || !pid || pid > INT32_MAX)
		return cmd_usage(&cmd_diff, "'%s' is no PID; a file of that name is ./%s", text, text);
	set_pid(side, (pid_t)pid);
	return 0;
}

static int parse_words(int argc, char **argv, struct request *request)
{
	int code;

	if (argc - optind < 2)
		return cmd_usage(&cmd_diff, "%s: two files, or a file and a PID",
				 optind < argc ? "compared with what?" : "what is to be compared?");
	if (argc - optind > 2)
		return cmd_usage(&cmd_diff, "'%s' is one argument too many", argv[optind + 2]);
	code = parse_side(argv[optind], &request->sides[0]);
	if (!code)
		code = parse_side(argv[optind + 1], &request->sides[1]);
	if (!code && !strcmp(argv[optind], "-") && !strcmp(argv[optind + 1], "-"))
		code = cmd_usage(&cmd_diff, "standard input is one of the two at most");
	return code;
}

static int parse_arguments(int argc, char **argv, struct request *request, bool *done)
{
	enum { FORMAT = 256, EXACT };
	static const struct option options[] = {
		{"format", required_argument, NULL, FORMAT},
		{"exact", no_argument, NULL, EXACT},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option, code = 0;

	optind = 1;
	opterr = 0;
	while (!code && (option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		switch (option) {
		case FORMAT:
			code = cmd_parse_format(&cmd_diff, optarg, &request->json);
			break;
		case EXACT:
			request->survey.exact = true;
			break;
		default:
			return cmd_option_else(&cmd_diff, option, argv, done);
		}
	}
	return code ? code : parse_words(argc, argv, request);
}

/* No line of a snapshot is longer. */
#define LINE_MAX_LEN ((size_t)16 << 20)
#define READ_AT_ONCE ((size_t)64 << 10)

/* Snapshots read one after another: the first of them, or the last so far. */
struct reading {
	const char *name;
	bool first; /* that one is enough */
	struct delta_reader *reader;
	struct moment *moment;
	size_t lines;
	bool within; /* a snapshot has begun and not ended */
};

static int damaged(const struct reading *reading, size_t line, const char *what)
{
	return cmd_error(EXIT_DAMAGED, "%s:%zu: %s", reading->name, line, what);
}

/* Whole lines; *rest is what is left behind the last newline. */
static int take_lines(struct reading *reading, const char *text, size_t len, size_t *rest)
{
	const char *at = text, *end = text + len;
	struct json_problem problem;
	struct moment *next;
	struct line line;
	int got;

	*rest = 0;
	while (!(reading->first && reading->moment) && parse_line(&at, end, &line)) {
		if (!line.whole) {
			*rest = line.len;
			return 0;
		}
		reading->lines++;
		got = delta_read_line(reading->reader, line.text, line.len, &next, &problem);
		if (got < 0)
			return damaged(reading, reading->lines, problem.text);
		reading->within = !got;
		if (!got)
			continue;
		moment_free(reading->moment);
		reading->moment = next;
	}
	return 0;
}

static int take_file(struct reading *reading, FILE *file, struct buf *text)
{
	size_t rest = 0, got;
	int code;

	do {
		if (rest > LINE_MAX_LEN)
			return damaged(reading, reading->lines + 1, "the line is too long for a snapshot");
		got = fread(buf_reserve(text, READ_AT_ONCE), 1, READ_AT_ONCE, file);
		if (!got && ferror(file))
			return cmd_error(EXIT_IO, "cannot read %s: %s", reading->name, strerror(errno));
		text->len += got;
		if (!reading->lines && bytes_packed(text->data, text->len))
			return cmd_error(
				cmd_code(-ESPIPE),
				"%s is a recording, and no file that can be gone back in: write what "
				"comes there to a file first",
				reading->name);
		code = take_lines(reading, text->data, text->len, &rest);
		if (code || (reading->first && reading->moment))
			return code;
		memmove(text->data, text->data + text->len - rest, rest);
		text->len = rest;
	} while (got);
	if (rest)
		return damaged(reading, reading->lines + 1, "the line is not whole: the file was cut off");
	if (!reading->lines)
		return damaged(reading, 1, "the file is empty");
	return reading->within ? damaged(reading, reading->lines, "no end line follows: the file was cut off")
			       : 0;
}

static int read_stream(FILE *file, struct side *side, bool first)
{
	struct reading reading = {.name = side->name, .first = first, .reader = delta_reader_open(0)};
	struct buf text = {0};
	int code = take_file(&reading, file, &text);

	buf_fini(&text);
	delta_reader_close(reading.reader);
	side->moment = reading.moment;
	return code;
}

static bool is_recording(FILE *file)
{
	char begin[4];
	const ssize_t got = pread(fileno(file), begin, sizeof(begin), 0); /* a pipe cannot */

	return got > 0 && bytes_packed(begin, (size_t)got);
}

static int read_recording(struct side *side, bool first)
{
	struct tape *tape;
	char error[512];
	int err = tape_open(strcmp(side->name, "-") ? side->name : "/dev/stdin", &tape, error, sizeof(error));

	if (err)
		return cmd_error(cmd_code(err), "%s", error);
	if (!first && tape_broken(tape)) {
		snprintf(error, sizeof(error), "%s", tape_broken(tape));
		err = -EBADMSG;
	} else {
		err = tape_read(tape, first ? 0 : tape_count(tape) - 1, &side->moment, error, sizeof(error));
	}
	tape_close(tape);
	return err ? cmd_error(cmd_code(err), "%s", error) : 0;
}

static int read_file(struct side *side, bool first)
{
	FILE *file = strcmp(side->name, "-") ? fopen(side->name, "re") : stdin;
	int code;

	if (!file && errno == ENOENT)
		return cmd_error(EXIT_IO, "there is no file %s; OLD and NEW are files, PIDs or names",
				 side->name);
	if (!file)
		return cmd_error(cmd_code(-errno), "cannot read %s: %s", side->name, strerror(errno));
	code = is_recording(file) ? read_recording(side, first) : read_stream(file, side, first);
	if (file != stdin)
		fclose(file);
	return code;
}

/* Of the part of the address space that the other one tells. */
static int sample(struct side *side, const struct request *request, struct source *source)
{
	const struct watch watch = {.pids = &side->pid, .n = 1, .options = request->survey};
	int code;

	side->moment = source_sample(source, &watch);
	code = cmd_lost(side->moment);
	return code ? code : cmd_outcome(&side->moment->processes[0]);
}

/* What is no file may be the name of a process; what has a slash is none. */
static int find_process(struct side *side, const struct source_options *options, struct source **source)
{
	struct targets targets = {0};
	struct buf said = {0};
	pid_t pid;
	int code = 0;

	if (side->pid || !strcmp(side->name, "-") || strchr(side->name, '/') || !access(side->name, F_OK) ||
	    errno != ENOENT)
		return 0;
	if (!*source)
		code = cmd_open_source(options, source);
	if (code)
		return code;
	targets_add_name(&targets, side->name);
	cmd_keep_errors(&said);
	code = targets_one(&targets, &cmd_diff, *source, &pid);
	cmd_keep_errors(NULL);
	if (!code)
		set_pid(side, pid);
	else if (code == EXIT_NOTHING)
		cmd_error(code, "no file and no process is called '%s'; OLD and NEW are files, PIDs or names",
			  side->name);
	else
		cmd_error(code, "%s", said.data);
	buf_fini(&said);
	targets_fini(&targets);
	return code;
}

static int take(struct request *request, const struct source_options *options)
{
	struct source *source = NULL;
	struct side *side;
	int code = 0, i;

	for (i = 0; i < 2 && !code; i++)
		code = find_process(&request->sides[i], options, &source);
	for (i = 0; i < 2 && !code; i++) {
		side = &request->sides[i];
		if (side->pid)
			continue;
		code = read_file(side, i == 0);
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): it does not see that cmd_error() returns no 0 */
		if (!code && side->moment->to) {
			request->survey.from = side->moment->from;
			request->survey.to = side->moment->to;
		}
	}
	for (i = 0; i < 2 && !code; i++) {
		side = &request->sides[i];
		if (!side->pid)
			continue;
		if (!source)
			code = cmd_open_source(options, &source);
		if (!code)
			code = sample(side, request, source);
	}
	source_close(source);
	return code;
}

static int compare(const struct request *request)
{
	const struct side *old = &request->sides[0], *new = &request->sides[1];
	const struct diff_names names = {old->name, new->name};
	const struct text_options options = {.width = cmd_width(),
					     .ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0};
	int fd = STDOUT_FILENO, err, code;
	const struct sink sink = {sink_fd, &fd};
	struct diff *diff;

	if (old->moment->from != new->moment->from || old->moment->to != new->moment->to)
		return cmd_usage(&cmd_diff, "%s and %s tell different ranges of addresses (--range)",
				 old->name, new->name);
	diff = diff_make(old->moment, old->pid, new->moment, new->pid);
	err = request->json ? diff_write_json(diff, &names, &sink)
			    : diff_write_text(diff, &names, &options, &sink);
	code = diff_any(diff) ? EXIT_FINDING : EXIT_FINE;
	if (code == EXIT_FINE && !diff->of_processes[DIFF_SAME] &&
	    (old->moment->n_processes || new->moment->n_processes))
		code = cmd_error(EXIT_IMPOSSIBLE, "no process of %s and %s could be read on both sides",
				 old->name, new->name);
	if (err)
		code = cmd_error(EXIT_IO, "cannot write to stdout: %s", strerror(-err));
	diff_free(diff);
	return code;
}

static int run(int argc, char **argv, const struct source_options *options)
{
	struct request request = {.sides = {{.name = ""}, {.name = ""}}};
	bool done = false;
	int code = parse_arguments(argc, argv, &request, &done);

	if (!code && !done)
		code = take(&request, options);
	if (!code && !done)
		code = compare(&request);
	moment_free(request.sides[0].moment);
	moment_free(request.sides[1].moment);
	return code;
}

const struct cmd cmd_diff = {"diff", help, run};
