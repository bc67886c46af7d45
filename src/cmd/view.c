/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope [PID|NAME...]: the list of processes, or the live map of some; without a terminal text. */
#include <getopt.h>
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/counters.h"
#include "cmd/watch.h"

static const char help[] =
	"usage: thpscope [OPTION...] [PID|NAME...]\n"
	"Show the map of these processes, live; without any, the list of all, in which\n"
	"Enter opens a map. Without a terminal, print one text snapshot, or a table.\n"
	"\n"
	"  --name NAME  a process by its comm, also if that looks like a PID or a verb\n"
	"  --counter NAME,...  count these events of the processes, as perf and libpfm4\n"
	"               call them; default is the usual ones\n"
	"  --follow     their children too\n"
	"  --root DIR   read a recorded tree (thpscope-record-tree), not this machine\n"
	"  --lab[=KERNEL]  look into a Linux kernel in QEMU (thpscope lab); the demo runs\n"
	"               there if nothing else is named\n"
	"  --model GEN[:SCRIPT]  a model machine of a generation, as SCRIPT leaves it\n"
	"  --replay FILE  a recording (thpscope record), or snapshots in a file\n"
	"  --at TIME    there: +12.5 and +2m from its beginning, 14:30:05, or\n"
	"               2026-11-21T14:30:05Z; else at its end\n"
	"  --keep       of a damaged recording what comes before the damage\n"
	"  --via COMMAND  the machine where COMMAND starts a thpscope-agent, as in\n"
	"               --via 'ssh HOST ./thpscope-agent'; every verb takes a source\n"
	"               but run, lab, model, replay, glossary, lesson list and show\n"
	"  --read-only  with every verb: look, and be unable to change any process\n"
	"  --help       this text\n"
	"\n"
	"thpscope demo            start a specimen process and watch it\n"
	"thpscope lab             Linux kernels in QEMU, to build, to look into, to use\n"
	"thpscope lesson          lessons on huge pages, to read, to see and to run\n"
	"thpscope matrix SCRIPT   where kernels differ, after each line of a script\n"
	"thpscope model           every schedule of a scene, and what breaks\n"
	"thpscope record          write what happens to processes, to look at it later\n"
	"thpscope replay FILE     look at it\n"
	"thpscope run -- COMMAND  start COMMAND and watch it\n"
	"thpscope snapshot        write the facts as JSON or text, once\n"
	"thpscope sharers         who else maps the folio behind an address, and how\n"
	"thpscope collapse        have a region of a process mapped huge\n"
	"thpscope split           have its mapping, or its huge page, split\n"
	"thpscope cow             have a page of it copied, or reused, by a write\n"
	"thpscope why PID ADDR    why this memory is not huge, and what would make it so\n"
	"thpscope check PID EXPR  whether memory is mapped as claimed, for tests and CI\n"
	"thpscope diff OLD NEW    what changed between snapshots, or since one\n"
	"thpscope glossary        what the words on the screen mean\n"
	"thpscope --version       print the version\n"
	"'thpscope VERB --help' tells more of each; so does thpscope(1).\n";

static int parse_arguments(int argc, char **argv, struct targets *targets, struct counters *counters,
			   bool *follow, const struct source_options *source, bool *done)
{
	enum { NAME = 256, COUNTER, FOLLOW };
	static const struct option table[] = {
		{"name", required_argument, NULL, NAME},
		{"counter", required_argument, NULL, COUNTER},
		{"follow", no_argument, NULL, FOLLOW},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	const char *first = argc > 1 && *argv[1] != '-' ? argv[1] : NULL;
	const char *verb = first ? cmd_closest_verb(first) : NULL;
	int option, code = 0;

	targets->no_verb = first;
	optind = 1;
	opterr = 0;
	while (!code && (option = getopt_long(argc, argv, ":h", table, NULL)) != -1) {
		switch (option) {
		case NAME:
			targets_add_name(targets, optarg);
			break;
		case COUNTER:
			code = counters_add(counters, &cmd_view, optarg, source);
			break;
		case FOLLOW:
			*follow = true;
			break;
		default:
			/* A mistaken verb has options of its own. */
			if (verb && option != 'h')
				return cmd_usage(&cmd_view,
						 option == ':' ? "'%s' needs an argument; and '%s' is no "
								 "verb: did you mean 'thpscope %s'?"
							       : "unknown option '%s'; and '%s' is no verb: "
								 "did you mean 'thpscope %s'?",
						 cmd_option_named(option, argv), first, verb);
			return cmd_option_else(&cmd_view, option, argv, done);
		}
	}
	for (; !code && optind < argc; optind++)
		if (!targets_add(targets, argv[optind]))
			code = cmd_usage(&cmd_view, "'%s' is no PID", argv[optind]);
	/* (A recording and the demo of a machine of the lab are shown with all that is in them.) */
	if (!code && *follow && !targets->n_pids && !targets->n_names && !source->replay && !source->lab)
		code = cmd_usage(&cmd_view, "whose children? --follow goes with processes");
	return code ? code : counters_check(counters, &cmd_view, source);
}

int cmd_view_source(struct source *source, const struct watch *watch, const struct watch_options *options)
{
	struct moment *moment;
	bool any = false;
	int code = 0, one;
	size_t i;

	if (cmd_has_screen())
		return watch_run(source, watch, options);
	moment = source_sample(source, watch);
	for (i = 0; i < moment->n_processes; i++) {
		one = cmd_outcome(&moment->processes[i]);
		any |= !one;
		if (!code)
			code = one;
	}
	if (any) {
		cmd_say_missing(moment);
		one = cmd_print_text(moment);
		if (one)
			code = one;
	}
	moment_free(moment);
	source_close(source);
	return code;
}

/* PIDs that do not exist at all end before there is a screen; a thread exists, though no list has it. */
static int find_any(struct source *source, const struct watch *watch)
{
	struct listed *list = NULL;
	struct arena arena = {0};
	struct moment *moment;
	size_t i, k, n = 0;
	bool any = false;
	int code = 0;

	if (source_list(source, &arena, &list, &n))
		n = 0;
	for (i = 0; i < n && !any; i++)
		for (k = 0; k < watch->n; k++)
			any |= list[i].pid == watch->pids[k];
	arena_fini(&arena);
	if (any)
		return 0;
	moment = source_sample(source, watch);
	code = cmd_lost(moment);
	for (i = 0; i < moment->n_processes; i++)
		any |= moment->processes[i].outcome != OUTCOME_GONE;
	for (i = 0; i < moment->n_processes && !any && !code; i++)
		code = cmd_outcome(&moment->processes[i]);
	moment_free(moment);
	return code;
}

/* A recording: all that was recorded, from its beginning; without a screen as it was at the end. */
static int replay(struct targets *targets, bool follow, const struct source_options *options)
{
	struct source_options from = *options;
	struct watch_options screen = {.title = "replay", .share_percent = 100};
	struct watch watch = {0};
	struct source *source;
	int code;

	from.start = cmd_has_screen();
	from.keep |= from.start;
	code = cmd_open_source(&from, &source);
	if (code)
		return code;
	watch.follow = follow || (!targets->n_pids && !targets->n_names);
	code = targets_resolve(targets, source);
	if (code) {
		source_close(source);
		return code;
	}
	watch.pids = targets->pids;
	watch.n = targets->n_pids;
	screen.source = from;
	return cmd_view_source(source, &watch, &screen);
}

/* The map of those that were named, or the list of all. */
static int show(struct targets *targets, const struct counters *counters, bool follow,
		const struct source_options *options)
{
	const struct watch_options screen = {.source = *options, .counting = counters};
	struct watch watch = {.follow = follow};
	struct source *source;
	int code = cmd_open_source(options, &source);

	if (code)
		return code;
	code = targets_resolve(targets, source);
	if (!code && !targets->n_pids)
		return cmd_list_source(source, &screen);
	watch.pids = targets->pids;
	watch.n = targets->n_pids;
	if (!code && cmd_has_screen())
		code = find_any(source, &watch);
	if (!code)
		return cmd_view_source(source, &watch, &screen);
	source_close(source);
	return code;
}

static int run(int argc, char **argv, const struct source_options *options)
{
	struct targets targets = {0};
	struct counters counters = {0};
	bool done = false, follow = false;
	int code = parse_arguments(argc, argv, &targets, &counters, &follow, options, &done);

	/* In a machine where nothing else runs there is the demo to see. */
	if (!code && !done && options->lab && !targets.n_pids && !targets.n_names)
		code = cmd_run_demo(options, &counters);
	else if (!code && !done && options->replay)
		code = replay(&targets, follow, options);
	else if (!code && !done)
		code = show(&targets, &counters, follow, options);
	targets_fini(&targets);
	counters_fini(&counters);
	return code;
}

const struct cmd cmd_view = {"", help, run};
