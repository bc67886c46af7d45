/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope replay FILE: a recording on the screen; the same as thpscope --replay FILE. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"

static const char help[] = "usage: thpscope replay FILE [PID|NAME...] [OPTION...]\n"
			   "Show what 'thpscope record' wrote, or snapshots in a file, as it was seen: of\n"
			   "all processes that were recorded, or of these. Without a terminal, print one\n"
			   "text snapshot. snapshot, check and diff take --replay FILE.\n"
			   "\n"
			   "  --at TIME    begin there: +12.5 and +2m from its beginning, 14:30:05, or\n"
			   "               2026-11-21T14:30:05Z; else at its beginning on a screen, and at\n"
			   "               its end without\n"
			   "  --keep       of a file that is cut off or damaged show what comes before that\n"
			   "  --follow     the children of these, too\n"
			   "  --name NAME  a process by its comm, also if that looks like a PID or a verb\n"
			   "  --help       this text\n"
			   "\n"
			   "p or Space stop and go on, , and . go back and on by a moment, < and > to where\n"
			   "something changed, { and } play slower and faster, ^ and $ go to both ends.\n";

static int run(int argc, char **argv, const struct source_options *options)
{
	struct source_options from = *options;

	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(help, stdout);
		return 0;
	}
	if (options->root || options->model || options->via || options->lab || options->replay)
		return cmd_usage(&cmd_replay, "a recording is the source: give no other one");
	if (argc < 2 || !*argv[1] || (argv[1][0] == '-' && argv[1][1]))
		return cmd_usage(&cmd_replay, "which recording? The name of its file comes first");
	from.replay = argv[1];
	return cmd_view.run(argc - 1, argv + 1, &from);
}

const struct cmd cmd_replay = {"replay", help, run};
