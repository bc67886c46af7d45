/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope snapshot: the facts of processes, once or again and again: what is asked for. */
#include "cmd/snapshot.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cmd/every.h"
#include "cmd/progress.h"
#include "core/parse.h"

#define EXIT_SIGNAL 128 /* and the signal's number, as a shell has it */

static const char help[] =
	"usage: thpscope snapshot PID|NAME...|--all|--cgroup DIR [OPTION...]\n"
	"Write what is known of processes: once, or with --every again and again, each\n"
	"with what happened since the one before.\n"
	"\n"
	"  --all            every process; those that cannot be read are in it as skipped\n"
	"  --cgroup DIR     every process of a cgroup, and of those below it\n"
	"  --name NAME      a process by its comm, even one like a PID or a verb\n"
	"  --format FORMAT  json (thpscope-snapshot(5), the default), text, csv (a line a\n"
	"                   region), svg, html (the map, with details) or openmetrics;\n"
	"                   else by the ending of -o: .json .jsonl .txt .csv .svg .html\n"
	"                   .prom\n"
	"  --top N          openmetrics: so many processes and cgroups one by one (50),\n"
	"                   the others as a sum\n"
	"  --pages          a line per page too: PFN, flags, mapcount\n"
	"  --smaps          smaps' fields and VmFlags per VMA (walks every page table of\n"
	"                   the target)\n"
	"  --exact          read every page's flags and count, infer none (slow)\n"
	"  --cow[=RULE]     what a write to each region would do, by the kernel's own\n"
	"                   copy-on-write rule, by RULE (6.15, 4.5.0 ...), or by all\n"
	"  --counter NAME,...  count these events of the processes, as perf and libpfm4\n"
	"                   call them (default is the usual ones): with --every from\n"
	"                   the first snapshot on, else for as long as --for says\n"
	"  --hot[=TIME]     which regions that are not huge are used most, measured for\n"
	"                   that long (1s), if by a way that has a window\n"
	"  --by WAY         with --hot: by idle, entries, written, soft-dirty, cleared,\n"
	"                   lru or smaps (thpscope(1)), not the best that tells any\n"
	"  --range A-B      only the regions from address A to B (hexadecimal), or A+LEN\n"
	"  --every T        one snapshot after another, so far apart (100ms, 2s, 5m; at\n"
	"                   least 10ms), until Ctrl-C, --for, or the last process's end\n"
	"  --for T          with --every or --counter: for so long\n"
	"  -o FILE          write FILE; it appears whole or not at all. With --every each\n"
	"                   is appended to it; svg, html and openmetrics take its place\n"
	"  --root DIR       read a recorded tree (thpscope-record-tree), not this machine\n"
	"  --model GEN      a model machine, of the kernel generation GEN\n"
	"  --help           this text\n";

/* "A-B", hexadecimal with or without 0x, as maps writes it. */
static bool parse_range(const char *text, struct survey_options *options)
{
	const char *at = cmd_parse_addr(text, &options->from);
	uint64_t length;

	if (at && *at == '+')
		return parse_size(at + 1, &length) && length &&
		       !__builtin_add_overflow(options->from, length, &options->to);
	if (!at || *at++ != '-')
		return false;
	at = cmd_parse_addr(at, &options->to);
	return at && !*at && options->from < options->to;
}

/* "all", or the name of a rule; NULL is that of the kernel. */
static int parse_cow(const char *text, struct cow_ask *ask)
{
	enum cow_row row = text ? cow_row_named(text) : COW_ROW_COUNT;
	struct buf known = {0};
	int code, i;

	*ask = (struct cow_ask){.rows = {row}, .n = 1};
	if (!text || row != COW_ROW_COUNT)
		return 0;
	if (!strcmp(text, "all")) {
		for (ask->n = 0; ask->n < COW_ROW_COUNT; ask->n++)
			ask->rows[ask->n] = (enum cow_row)ask->n;
		return 0;
	}
	for (i = 0; i < COW_ROW_COUNT; i++)
		buf_printf(&known, " %s", cow_row_name((enum cow_row)i));
	code = cmd_usage(&cmd_snapshot, "'%s' is no rule of copy-on-write: all, or one of%s", text,
			 known.data);
	buf_fini(&known);
	return code;
}

static int parse_duration(const char *option, const char *text, uint64_t least_ns, uint64_t *ns)
{
	if (!parse_time(text, ns))
		return cmd_usage(&cmd_snapshot, "%s: '%s' is no time: 100ms, 2s, 5m and 1h are", option,
				 text);
	if (*ns < least_ns)
		return cmd_usage(&cmd_snapshot, "%s: '%s' is too short: 10ms is the least", option, text);
	return 0;
}

/* What the format has no place for. */
static int check_format(const struct snapshot *snapshot)
{
	const char *name = snapshot_format_name(snapshot->format);
	const char *option = snapshot->survey.pages   ? "--pages"
			     : snapshot->survey.smaps ? "--smaps"
			     : snapshot->hot	      ? "--hot"
			     : snapshot->cow.n	      ? "--cow"
						      : NULL;

	if (option && !snapshot_has_details(snapshot->format))
		return cmd_usage(&cmd_snapshot, "%s goes with json and text: %s has no place for it", option,
				 name);
	if (snapshot->top && snapshot->format != SNAPSHOT_METRICS)
		return cmd_usage(&cmd_snapshot, "--top goes with openmetrics alone");
	if (snapshot->counters.n && !option && !snapshot_has_details(snapshot->format) &&
	    snapshot->format != SNAPSHOT_METRICS)
		return cmd_usage(&cmd_snapshot,
				 "--counter goes with json, text and openmetrics: %s has no place for it",
				 name);
	if (snapshot->survey.to && snapshot->format == SNAPSHOT_METRICS)
		return cmd_usage(
			&cmd_snapshot,
			"--range does not go with openmetrics, whose figures are of whole processes");
	if (snapshot->every_ns && snapshot_replaces(snapshot->format) &&
	    (!snapshot->file || !strcmp(snapshot->file, "-")))
		return cmd_usage(&cmd_snapshot,
				 "--every with %s needs -o FILE: each takes the place of the one before",
				 name);
	return 0;
}

/* What does not go together, or is missing. */
static int check_arguments(const struct snapshot *snapshot)
{
	const struct source_options *source = &snapshot->source;
	const bool some = snapshot->targets.n_pids || snapshot->targets.n_names;

	if (!snapshot_many(snapshot) && !some)
		return cmd_usage(&cmd_snapshot, "which process? A PID, a name, --all or --cgroup");
	if (some + snapshot->all + (snapshot->cgroup != NULL) > 1)
		return cmd_usage(&cmd_snapshot, "--all, --cgroup and single processes exclude one another");
	if (snapshot->hot && (snapshot_many(snapshot) || snapshot->every_ns))
		return cmd_usage(&cmd_snapshot, "--hot is of processes that are named, and once: each is "
						"measured for its own time");
	if (snapshot->heat.by != HEAT_BY_ANY && !snapshot->hot)
		return cmd_usage(&cmd_snapshot, "--by goes with --hot alone");
	if (snapshot->cgroup && (source->model || source->via || source->lab || source->replay))
		return cmd_usage(&cmd_snapshot, "--cgroup is of this machine and of recorded trees");
	if (snapshot->for_ns && !snapshot->every_ns && !snapshot->counters.n)
		return cmd_usage(&cmd_snapshot, "--for goes with --every or --counter");
	if (snapshot->counters.n && !source->root && !source->model && !source->replay &&
	    !snapshot->every_ns && !snapshot->for_ns)
		return cmd_usage(&cmd_snapshot,
				 "--counter counts for a while: --every T, or --for T and then one "
				 "snapshot");
	if (snapshot->every_ns && (source->root || source->model || source->replay))
		return cmd_usage(&cmd_snapshot, "--every is of what goes on: a recorded tree, a model and a "
						"recording stay as they are");
	if (snapshot->survey.to && source->replay)
		return cmd_usage(&cmd_snapshot, "--range is for reading; of a recording all is shown");
	return check_format(snapshot);
}

static int parse_format(struct snapshot *snapshot, const char *name)
{
	struct buf known = {0};
	int code = 0;

	snapshot->format = snapshot_format_named(name);
	if (snapshot->format == SNAPSHOT_FORMATS) {
		snapshot_list_formats(&known);
		code = cmd_usage(&cmd_snapshot, "unknown format '%s': %s are known", name, known.data);
		buf_fini(&known);
	}
	return code;
}

static int parse_top(struct snapshot *snapshot, const char *text)
{
	uint64_t value;

	if (!parse_number(text, &value) || !value || value > 100000)
		return cmd_usage(&cmd_snapshot, "--top: '%s' is no number from 1 to 100000", text);
	snapshot->top = (size_t)value;
	return 0;
}

static int parse_arguments(int argc, char **argv, struct snapshot *snapshot, bool *done)
{
	enum {
		COUNTER = 255,
		ALL,
		CGROUP,
		NAME,
		FORMAT,
		TOP,
		PAGES,
		SMAPS,
		EXACT,
		COW,
		RANGE,
		EVERY,
		FOR,
		HOT,
		BY
	};
	static const struct option options[] = {
		{"all", no_argument, NULL, ALL},
		{"cgroup", required_argument, NULL, CGROUP},
		{"name", required_argument, NULL, NAME},
		{"format", required_argument, NULL, FORMAT},
		{"top", required_argument, NULL, TOP},
		{"pages", no_argument, NULL, PAGES},
		{"smaps", no_argument, NULL, SMAPS},
		{"exact", no_argument, NULL, EXACT},
		{"counter", required_argument, NULL, COUNTER},
		{"cow", optional_argument, NULL, COW},
		{"hot", optional_argument, NULL, HOT},
		{"by", required_argument, NULL, BY},
		{"range", required_argument, NULL, RANGE},
		{"every", required_argument, NULL, EVERY},
		{"for", required_argument, NULL, FOR},
		{"output", required_argument, NULL, 'o'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	bool format_given = false, known;
	int option, code = 0;

	optind = 1;
	opterr = 0;
	while (!code && (option = getopt_long(argc, argv, ":ho:", options, NULL)) != -1) {
		switch (option) {
		case ALL:
			snapshot->all = true;
			break;
		case CGROUP:
			snapshot->cgroup = optarg;
			if (!optarg || !*optarg)
				code = cmd_usage(&cmd_snapshot, "--cgroup needs a folder; / is of them all");
			break;
		case NAME:
			targets_add_name(&snapshot->targets, optarg);
			break;
		case FORMAT:
			format_given = true;
			code = parse_format(snapshot, optarg);
			break;
		case TOP:
			code = parse_top(snapshot, optarg);
			break;
		case PAGES:
			snapshot->survey.pages = true;
			break;
		case SMAPS:
			snapshot->survey.smaps = true;
			break;
		case EXACT:
			snapshot->survey.exact = true;
			break;
		case COUNTER:
			code = counters_add(&snapshot->counters, &cmd_snapshot, optarg, &snapshot->source);
			break;
		case COW:
			code = parse_cow(optarg, &snapshot->cow);
			break;
		case HOT:
			snapshot->hot = true;
			if (optarg)
				code = cmd_parse_window(&cmd_snapshot, "--hot", optarg,
							&snapshot->heat.window_ns);
			break;
		case BY:
			code = cmd_parse_heat_by(&cmd_snapshot, optarg, &snapshot->heat.by);
			break;
		case RANGE:
			if (!parse_range(optarg, &snapshot->survey))
				code = cmd_usage(
					&cmd_snapshot,
					"'%s' is no range: two hexadecimal addresses, the lower first, as in "
					"7f0000000000-7f0000200000, or one and how much, as in "
					"7f0000000000+2M",
					optarg);
			break;
		case EVERY:
			code = parse_duration("--every", optarg, SNAPSHOT_EVERY_LEAST_NS,
					      &snapshot->every_ns);
			break;
		case FOR:
			code = parse_duration("--for", optarg, SNAPSHOT_EVERY_LEAST_NS, &snapshot->for_ns);
			break;
		case 'o':
			snapshot->file = optarg;
			if (!optarg || !*optarg)
				code = cmd_usage(&cmd_snapshot, "-o needs the name of a file");
			break;
		default:
			return cmd_option_else(&cmd_snapshot, option, argv, done);
		}
	}
	for (; !code && optind < argc; optind++)
		if (!targets_add(&snapshot->targets, argv[optind]))
			code = cmd_usage(&cmd_snapshot, "'%s' is no PID", argv[optind]);
	if (!code && !format_given && snapshot->file) {
		snapshot->format = snapshot_format_of(snapshot->file, &known);
		if (!known)
			cmd_error(0, "%s: no format has this ending, so that it is json; --format chooses",
				  snapshot->file);
	}
	snapshot->survey.cgroup = snapshot->cgroup || snapshot->format == SNAPSHOT_METRICS;
	if (!code)
		code = counters_check(&snapshot->counters, &cmd_snapshot, &snapshot->source);
	return code ? code : check_arguments(snapshot);
}

/* With --all a process may be denied or gone; that one failed has a reason on our side, or in what was recorded. */
static void say_failed(const struct moment *moment)
{
	const struct process *first = NULL;
	size_t i, n = 0;

	for (i = 0; i < moment->n_processes; i++) {
		if (moment->processes[i].outcome != OUTCOME_FAILED &&
		    moment->processes[i].outcome != OUTCOME_DAMAGED)
			continue;
		if (!n++)
			first = &moment->processes[i];
	}
	if (first)
		cmd_error(0, "%zu process%s could not be read: of the first, %d, %s", n, n == 1 ? "" : "es",
			  (int)first->pid, first->reason);
}

int snapshot_judge(const struct snapshot *snapshot, const struct moment *moment, bool *any)
{
	bool mapped = false;
	int code = EXIT_FINE, one;
	size_t i;

	*any = false;
	if (moment->lost)
		return cmd_lost(moment);
	*any = snapshot_many(snapshot);
	for (i = 0; i < moment->n_processes; i++) {
		one = snapshot_many(snapshot) ? EXIT_FINE : cmd_outcome(&moment->processes[i]);
		if (!code)
			code = one;
		*any |= moment->processes[i].outcome == OUTCOME_OK;
		mapped |= moment->processes[i].n_vmas > 0;
	}
	if (snapshot_many(snapshot))
		say_failed(moment);
	if (!code && snapshot->survey.to && !mapped) {
		*any = false;
		code = cmd_error(EXIT_NOTHING,
				 "nothing is mapped from 0x%llx to 0x%llx: /proc/PID/maps has the ranges",
				 (unsigned long long)snapshot->survey.from,
				 (unsigned long long)snapshot->survey.to);
	}
	return code;
}

/* Counting begins with a moment that nobody sees, and goes on for so long; false: a signal ended it, whose code is *code. */
static bool count_before(const struct snapshot *snapshot, struct source *source, const struct watch *watch,
			 int *code)
{
	struct every every;

	if (!watch->count)
		return true;
	every_begin(&every, snapshot->for_ns, 0, source);
	moment_free(source_sample(source, watch));
	every_wait(&every, -1);
	every_end();
	*code = every_signal() ? EXIT_SIGNAL + every_signal() : 0;
	return !*code;
}

/* Each process for itself, beside the moment, in whose arena it is kept. A code of before is kept. */
static int measure_heat(const struct snapshot *snapshot, struct source *source, struct moment *moment,
			int code)
{
	struct heat_query query = snapshot->heat;
	struct heat *heat;
	size_t i;
	int one;

	query.from = snapshot->survey.from;
	query.to = snapshot->survey.to;
	for (i = 0; i < moment->n_processes; i++) {
		if (moment->processes[i].outcome != OUTCOME_OK)
			continue;
		query.pid = moment->processes[i].pid;
		query.start_time = moment->processes[i].start_time;
		heat = arena_alloc(&moment->arena, sizeof(*heat));
		one = cmd_measure_heat(source, &query, &moment->arena, heat);
		if (!one)
			moment->processes[i].heat = heat;
		else if (!code)
			code = one;
	}
	return code;
}

static int take_once(const struct snapshot *snapshot, struct source *source, struct watch *watch)
{
	struct progress progress;
	struct moment *moment;
	int code, written;
	bool any;

	if (!count_before(snapshot, source, watch, &code))
		return code;
	progress_begin(&progress, watch->n);
	watch->options.progress = &progress.survey;
	moment = source_sample(source, watch);
	watch->options.progress = NULL;
	progress_end(&progress);
	code = snapshot_judge(snapshot, moment, &any);
	if (any && snapshot->hot)
		code = measure_heat(snapshot, source, moment, code);
	if (any) {
		cmd_say_missing(moment);
		if (watch->count)
			counters_say_missing(&snapshot->counters, moment, moment->n_processes);
		written = snapshot_write(snapshot, moment);
		if (written)
			code = written;
	}
	moment_free(moment);
	return code;
}

static int take(struct snapshot *snapshot, struct source *source)
{
	struct watch watch = {.options = snapshot->survey};
	int code = snapshot_who(snapshot, source, &watch);

	if (code)
		return code;
	counters_watch(&snapshot->counters, &watch);
	return snapshot->every_ns ? snapshot_series(snapshot, source, &watch)
				  : take_once(snapshot, source, &watch);
}

static int run(int argc, char **argv, const struct source_options *options)
{
	struct snapshot snapshot = {.source = *options};
	struct source *source = NULL;
	bool done = false;
	int code = parse_arguments(argc, argv, &snapshot, &done);

	if (!code && !done)
		code = cmd_open_source(options, &source);
	if (!code && !done)
		code = take(&snapshot, source);
	source_close(source);
	snapshot_who_fini(&snapshot);
	counters_fini(&snapshot.counters);
	return code;
}

const struct cmd cmd_snapshot = {"snapshot", help, run};
