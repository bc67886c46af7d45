/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope why: why a region is not huge, and what would make it so. */
#include <getopt.h>
#include <langinfo.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "core/aftermath.h"
#include "format/why.h"

static const char help[] =
	"usage: thpscope why PID|NAME ADDR [OPTION...]\n"
	"Say why the region of an address (hexadecimal) is not huge, and what would make\n"
	"it so: reasons, most decisive first, each with the fact that it rests on.\n"
	"Reads smaps, which walks every page table of the target.\n"
	"\n"
	"  --ask            try to collapse it, and quote what the kernel answers. This\n"
	"                   changes how the memory is mapped, not what is in it\n"
	"  --format FORMAT  text (the default) or json (thpscope-snapshot(5))\n"
	"  --name NAME      a process by its comm, even one like a PID\n"
	"  --root DIR       read a recorded tree (thpscope-record-tree), not this machine\n"
	"  --model GEN      a model machine, of the kernel generation GEN\n"
	"  --help           this text\n"
	"\n"
	"Exit status: 0 it is huge, or became so by --ask; 1 it is not; 2 usage; 3\n"
	"permission; 4 no such process, or nothing is mapped there; 5 not possible here.\n";

struct question {
	struct targets targets;
	uint64_t addr;
	bool has_addr, ask, json, named;
};

/* PID|NAME ADDR, or ADDR alone behind --name. */
static int parse_words(int argc, char **argv, struct question *question)
{
	const char *rest;
	int at = optind;

	if (!question->named && at < argc && !targets_add(&question->targets, argv[at++]))
		return cmd_usage(&cmd_why, "'%s' is no PID", argv[at - 1]);
	if (!question->targets.n_pids && !question->targets.n_names)
		return cmd_usage(&cmd_why, "which process? A PID or a name, and an address");
	if (at == argc)
		return cmd_usage(&cmd_why, "which address? 'thpscope snapshot PID' lists the regions");
	rest = cmd_parse_addr(argv[at], &question->addr);
	if (!rest || *rest)
		return cmd_usage(&cmd_why, "'%s' is no address: hexadecimal, as in 0x7f0000000000", argv[at]);
	if (at + 1 < argc)
		return cmd_usage(&cmd_why, "'%s' is one argument too many", argv[at + 1]);
	return 0;
}

static int parse_arguments(int argc, char **argv, struct question *question, bool *done)
{
	enum { ASK = 256, FORMAT, NAME };
	static const struct option options[] = {
		{"ask", no_argument, NULL, ASK},
		{"format", required_argument, NULL, FORMAT},
		{"name", required_argument, NULL, NAME},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option, code = 0;

	optind = 1;
	opterr = 0;
	while (!code && (option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		switch (option) {
		case ASK:
			question->ask = true;
			break;
		case FORMAT:
			code = cmd_parse_format(&cmd_why, optarg, &question->json);
			break;
		case NAME:
			if (question->named)
				code = cmd_usage(&cmd_why, "one process at a time");
			targets_add_name(&question->targets, optarg);
			question->named = true;
			break;
		default:
			return cmd_option_else(&cmd_why, option, argv, done);
		}
	}
	return code ? code : parse_words(argc, argv, question);
}

static int answer(const struct question *question, const struct why *why)
{
	struct text_options options = {.width = cmd_width(),
				       .ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0};
	struct buf out = {0};

	if (question->json)
		json_why(&out, why);
	else
		text_why(&out, why, &options);
	fwrite(out.data, 1, out.len, stdout);
	buf_fini(&out);
	return why->huge || (why->asked && aftermath_done(why->event)) ? EXIT_FINE : EXIT_FINDING;
}

static int ask(const struct question *question, struct source *source, pid_t pid)
{
	struct arena arena = {0};
	struct why why;
	int err =
		source_why(source, pid, 0, question->addr, question->ask ? WHY_ASK : WHY_LOOK, &arena, &why);
	int code = err ? cmd_error(cmd_code(err), "%s", source->error) : answer(question, &why);

	arena_fini(&arena);
	return code;
}

static int run(int argc, char **argv, const struct source_options *options)
{
	struct question question = {0};
	struct source *source = NULL;
	bool done = false;
	pid_t pid;
	int code = parse_arguments(argc, argv, &question, &done);

	if (!code && !done) {
		code = cmd_open_source(options, &source);
		if (!code)
			code = targets_one(&question.targets, &cmd_why, source, &pid);
		if (!code)
			code = ask(&question, source, pid);
		source_close(source);
	}
	targets_fini(&question.targets);
	return code;
}

const struct cmd cmd_why = {"why", help, run};
