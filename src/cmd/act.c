/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope collapse|split|cow: make it happen to a region, and tell what happened. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/act.h"
#include "core/mem.h"
#include "core/parse.h"
#include "format/text_line.h"

#define COMMON                                                                                               \
	"  --yes            do not ask, though thpscope did not start the process\n"                         \
	"  --format FORMAT  text (the default) or json (thpscope-snapshot(5))\n"                             \
	"  --name NAME      the process by its comm, even one like a PID or a verb\n"                        \
	"  --help           this text\n"                                                                     \
	"\n"                                                                                                 \
	"ADDR is hexadecimal. LEN is decimal with k, M or G behind it, or hexadecimal\n"                     \
	"with 0x in front; each region or page of it costs some ms.\n"                                       \
	"\n"                                                                                                 \
	"Exit status: 0 it is so now; 1 it is not: the kernel refused or did nothing, or\n"                  \
	"you said no; 2 usage, or no --yes without a terminal; 3 permission; 4 no such\n"                    \
	"process, or nothing is mapped there; 5 not possible here.\n"

static const char collapse_help[] =
	"usage: thpscope collapse PID|NAME ADDR[+LEN]|--hottest N [OPTION...]\n"
	"Ask the kernel to map the region of ADDR, or all that ADDR+LEN touches, by PMD:\n"
	"process_madvise(MADV_COLLAPSE), one region a call. Tell what was there before\n"
	"and after, and the kernel's own verdict.\n"
	"\n"
	"  --hottest N      not at an address: measure what is used, and collapse the N\n"
	"                   regions used most that are not huge and that nothing known\n"
	"                   rules out; tell what was counted before and after\n"
	"  --for TIME       with it: measure for so long each time (1s)\n"
	"  --by WAY         with it: by idle, entries, written, soft-dirty, cleared,\n"
	"                   lru or smaps\n"
	"                   (thpscope(1)), not the best that tells something\n" COMMON;

static const char split_help[] =
	"usage: thpscope split PID|NAME ADDR[+LEN] [OPTION...]\n"
	"Split the PMD mapping of the region of ADDR, or of all that ADDR+LEN touches; or\n"
	"the folio. Tell what was there before and after.\n"
	"\n"
	"  --folio[=ORDER]  split the folio, and with it every mapping of it: into pages,\n"
	"                   or folios of ORDER by debugfs (Linux 6.9)\n"
	"  --inject         let the process make the call itself, through ptrace; a\n"
	"                   mapping is not split otherwise\n" COMMON;

static const char cow_help[] =
	"usage: thpscope cow PID|NAME ADDR[+LEN] [OPTION...]\n"
	"Write to the page of ADDR, or to all that ADDR+LEN touches, without changing a\n"
	"byte, so that the kernel copies it or lets it be reused. The process is stopped\n"
	"meanwhile. Tell what was there before and after.\n"
	"\n"
	"  --inject         MADV_POPULATE_WRITE by the process itself, through ptrace\n" COMMON;

#define PLAN_COLUMNS 80

/* "7f0012345000+2M". */
static bool parse_place(const char *text, struct trigger *trigger)
{
	const char *at = cmd_parse_addr(text, &trigger->addr);

	if (!at || (*at && *at != '+'))
		return false;
	if (!*at)
		return true;
	return parse_size(at + 1, &trigger->len) && trigger->len &&
	       trigger->len <= UINT64_MAX - trigger->addr;
}

static int take_positional(struct act *act, int argc, char **argv)
{
	const int wanted = !act->targets.n_names + !act->hottest;

	if (act->hottest && argc - optind != wanted)
		return cmd_usage(act->cmd, argc - optind < wanted
						   ? "which process? A PID, or a name"
						   : "--hottest finds the regions of one process: no address "
						     "goes with it");
	if (argc - optind != wanted)
		return cmd_usage(act->cmd, argc - optind < wanted ? "which process, and which address?"
								  : "one process and one range at a time");
	if (!act->targets.n_names && !targets_add(&act->targets, argv[optind++]))
		return cmd_usage(act->cmd, "'%s' is no PID", argv[optind - 1]);
	if (!act->hottest && !parse_place(argv[optind], &act->trigger))
		return cmd_usage(act->cmd,
				 "'%s' is no place: a hexadecimal address, and how much from there on, as in "
				 "7f0000000000+2M",
				 argv[optind]);
	return 0;
}

static int take_folio(struct act *act, const char *order)
{
	uint64_t value = 0;

	act->trigger.kind = TRIGGER_SPLIT_FOLIO;
	if (order && (!parse_number(order, &value) || value > ORDER_MAX))
		return cmd_usage(act->cmd, "'%s' is no order of a folio", order);
	act->trigger.order = order ? (int)value : -1;
	return 0;
}

static int parse_hottest(struct act *act, const char *text)
{
	uint64_t value;

	if (!parse_number(text, &value) || !value || value > HOTTEST_MOST)
		return cmd_usage(act->cmd, "--hottest: '%s' is no number from 1 to %d", text, HOTTEST_MOST);
	act->hottest = (size_t)value;
	return 0;
}

static int parse_arguments(struct act *act, int argc, char **argv, bool *done)
{
	enum { FOLIO = 256, INJECT, YES, FORMAT, NAME, HOTTEST, FOR, BY };
#define COMMON_OPTIONS                                                                                       \
	{"yes", no_argument, NULL, YES}, {"format", required_argument, NULL, FORMAT},                        \
		{"name", required_argument, NULL, NAME}, {"help", no_argument, NULL, 'h'},                   \
	{                                                                                                    \
		0                                                                                            \
	}
	static const struct option of_split[] = {{"folio", optional_argument, NULL, FOLIO},
						 {"inject", no_argument, NULL, INJECT},
						 COMMON_OPTIONS};
	static const struct option of_collapse[] = {{"hottest", required_argument, NULL, HOTTEST},
						    {"for", required_argument, NULL, FOR},
						    {"by", required_argument, NULL, BY},
						    COMMON_OPTIONS};
	/* Of a cow all of a split's but the first. */
	const struct option *options =
		act->cmd == &cmd_collapse ? of_collapse : of_split + (act->cmd == &cmd_cow);
	int option, code = 0;

	optind = 1;
	opterr = 0;
	while (!code && (option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		switch (option) {
		case FOLIO:
			code = take_folio(act, optarg);
			break;
		case INJECT:
			act->trigger.inject = true;
			break;
		case HOTTEST:
			code = parse_hottest(act, optarg);
			break;
		case FOR:
			code = cmd_parse_window(act->cmd, "--for", optarg, &act->heat.window_ns);
			break;
		case BY:
			code = cmd_parse_heat_by(act->cmd, optarg, &act->heat.by);
			break;
		case YES:
			act->yes = true;
			break;
		case FORMAT:
			code = cmd_parse_format(act->cmd, optarg, &act->json);
			break;
		case NAME:
			targets_add_name(&act->targets, optarg);
			break;
		default:
			return cmd_option_else(act->cmd, option, argv, done);
		}
	}
	if (!code && !act->hottest && (act->heat.window_ns || act->heat.by != HEAT_BY_ANY))
		code = cmd_usage(act->cmd, "--for and --by go with --hottest");
	return code ? code : take_positional(act, argc, argv);
}

/* The plan's lines, harmless: a command's name may hold anything. */
static void print_plan(const char *text)
{
	struct buf safe = {0}, out = {0};
	const char *at = text, *end = text + strlen(text);
	struct line line;
	char *copy;

	while (parse_line(&at, end, &line)) {
		copy = mem_alloc(line.len + 1);
		memcpy(copy, line.text, line.len);
		buf_clear(&safe);
		line_safe(&safe, copy, false);
		line_wrap(&out, PLAN_COLUMNS, 2, safe.data ? safe.data : "");
		free(copy);
	}
	fputs(out.data ? out.data : "", stderr);
	buf_fini(&safe);
	buf_fini(&out);
}

static bool agreed(void)
{
	char answer[16] = "";

	fputs("Do it? [y/N] ", stderr);
	fflush(stderr);
	return fgets(answer, sizeof(answer), stdin) && (*answer == 'y' || *answer == 'Y');
}

int act_ask(struct act *act, const char *first)
{
	struct buf plan = {0};
	bool asks;
	int code = 0, err = source_plan(act->source, &act->trigger, &plan, &asks);

	if (err) {
		code = cmd_error(act_code(err), "%s", act->source->error);
	} else if (asks && !act->yes) {
		if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
			code = cmd_usage(act->cmd,
					 "process %d was not started by thpscope: --yes agrees, or an answer "
					 "on a terminal",
					 (int)act->trigger.pid);
		} else {
			fputs(first, stderr);
			print_plan(plan.data ? plan.data : "");
			if (!agreed())
				code = cmd_error(EXIT_FINDING, "nothing was done");
		}
	}
	buf_fini(&plan);
	return code;
}

/* Into folios as large as the huge page nothing is split. */
static int check_order(const struct act *act)
{
	const uint64_t page = act->source->page_size, pmd = act->source->pmd_size;
	int most = 0;

	while (page << (most + 1) < pmd)
		most++;
	if (act->trigger.order <= most)
		return 0;
	return cmd_usage(act->cmd, "'--folio=%d': a folio is split into orders 0 to %d here",
			 act->trigger.order, most);
}

static int act_on_all(struct act *act)
{
	const pid_t pid = act->trigger.pid;
	const struct watch watch = {
		.pids = &pid,
		.n = 1,
		.options = {.from = act->trigger.addr,
			    .to = act->trigger.addr + (act->trigger.len ? act->trigger.len : 1)}};
	struct moment *moment = source_sample(act->source, &watch);
	const struct process *process = &moment->processes[0];
	int code = cmd_outcome(process);

	act->trigger.start_time = process->start_time;
	if (!code)
		code = check_order(act);
	if (!code)
		code = act_ask(act, "");
	if (!code)
		code = act_carry_out(act, process);
	moment_free(moment);
	return code;
}

static int run(const struct cmd *cmd, enum trigger_kind kind, int argc, char **argv,
	       const struct source_options *source)
{
	struct act act = {.cmd = cmd, .trigger = {.kind = kind, .order = -1}};
	bool done = false;
	int code = parse_arguments(&act, argc, argv, &done), one;

	if (!code && !done && cmd_reads_only(source))
		code = cmd_error(EXIT_PERMISSION,
				 "read-only: %s would change a process's memory, and that was ruled out",
				 cmd->name);
	if (!code && !done)
		code = cmd_open_source(source, &act.source);
	if (!code && !done)
		code = targets_one(&act.targets, cmd, act.source, &act.trigger.pid);
	if (!code && !done) {
		act.told = source_sample(act.source, &(struct watch){0});
		code = act.hottest ? act_hottest(&act) : act_on_all(&act);
		one = act.json && act.n && code != EXIT_IO ? act_end_json() : EXIT_FINE;
		if (!code)
			code = one ? one : act.refused ? EXIT_FINDING : EXIT_FINE;
		moment_free(act.told);
	}
	arena_fini(&act.arena);
	arena_fini(&act.event_arena);
	source_close(act.source);
	targets_fini(&act.targets);
	return code;
}

static int run_collapse(int argc, char **argv, const struct source_options *source)
{
	return run(&cmd_collapse, TRIGGER_COLLAPSE, argc, argv, source);
}

static int run_split(int argc, char **argv, const struct source_options *source)
{
	return run(&cmd_split, TRIGGER_SPLIT, argc, argv, source);
}

static int run_cow(int argc, char **argv, const struct source_options *source)
{
	return run(&cmd_cow, TRIGGER_COW, argc, argv, source);
}

const struct cmd cmd_collapse = {"collapse", collapse_help, run_collapse};
const struct cmd cmd_split = {"split", split_help, run_split};
const struct cmd cmd_cow = {"cow", cow_help, run_cow};
