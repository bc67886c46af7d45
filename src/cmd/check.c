/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope check: whether what is claimed of a process holds; for CI and tests. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

#include "cmd/cmd.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/parse.h"
#include "format/text_line.h"
#include "format/utf8.h"
#include "script/claim.h"

static const char help[] =
	"usage: thpscope check PID|NAME EXPR... [OPTION...]\n"
	"Check what is claimed of a process, and print a line for each claim: 'ok',\n"
	"'FAILED' or 'unknown', the claim, and what there is.\n"
	"\n"
	"  'pmd >= 95%'              so much of its present memory is mapped by PMD\n"
	"  'thp_pte == 0 and rss < 2G'\n"
	"  \"vma '[heap]' pmd >= 90%\"   the same of VMAs by name; by kind: vma heap\n"
	"  '7f0000000000: mapping == pmd and mapcount.highest == 1'   of a region\n"
	"  '7f0000000000+64M: any backing == thp-partial'   of those of a range\n"
	"  'count (state == pmd-mapped) >= 3'   of all regions; also 'all' and 'any'\n"
	"  'machine enabled == madvise|always'   of THP's knobs and other figures\n"
	"\n"
	"with and, or, not and parentheses. thpscope(1), Checks, has all the words.\n"
	"\n"
	"  --wait T         if it is not all so, look again and again, for so long (10s)\n"
	"  --tap            print the Test Anything Protocol\n"
	"  --exact          read every page's flags and count, infer none (slow)\n"
	"  --name NAME      a process by its comm, even one like a PID\n"
	"  --root DIR       read a recorded tree (thpscope-record-tree), not this machine\n"
	"  --model GEN      a model machine, of the kernel generation GEN\n"
	"  --replay FILE    a recording, as it ended, or --at TIME\n"
	"  --help           this text\n"
	"\n"
	"Exit status: 0 all is so; 1 something is not; 2 usage, and what is no\n"
	"expression; 3 permission; 4 no such process, or it has ended; 5 it cannot be\n"
	"known here.\n";

/* As often as a map on the screen is renewed, and for no more of a core: twenty times what a look costs lies between two. */
#define INTERVAL_NS UINT64_C(100000000)
#define COST_TIMES 20

#define EXIT_SIGNAL 128 /* and the signal's number, as a shell has it */

struct one {
	const char *text;
	const struct claim *claim;
	enum verdict verdict;
	struct buf found;
};

struct check {
	struct targets targets;
	struct arena arena;
	struct one *claims;
	size_t n, room;
	bool named, tap;
	uint64_t wait_ns;
	struct survey_options survey;
};

/* Characters of a long expression that are shown in front of the mistake, and behind it. */
#define AROUND 50

/* Appends a character as it may be shown, and returns its columns: what would disturb the terminal takes one all the same. */
static int show_char(struct buf *out, const char *at, size_t len, uint32_t code)
{
	const int columns = len && line_shows(code) ? wcwidth((wchar_t)code) : -1;

	if (columns < 0) {
		buf_putc(out, '?');
		return 1;
	}
	buf_add(out, at, len);
	return columns;
}

/* The expression, and a caret below the character where it is wrong. */
static void point_at(const char *text, size_t mistake)
{
	const char *end = text + strlen(text), *at, *next;
	struct buf shown = {0};
	size_t n = 0, before = 0, len;
	int columns, caret = 0;
	uint32_t code;

	for (at = text; at < end && at < text + mistake; at += len ? len : 1, before++)
		len = utf8_decode(at, end, &code);
	for (at = text; at < end && n < before + AROUND; at = next, n++) {
		len = utf8_decode(at, end, &code);
		next = at + (len ? len : 1);
		if (n + AROUND < before)
			continue;
		columns = show_char(&shown, at, len, code);
		caret += n < before ? columns : 0;
	}
	fprintf(stderr, "  %s\n  %*s^\n", shown.data ? shown.data : "", caret, "");
	buf_fini(&shown);
}

static int add_claim(struct check *check, const char *text)
{
	struct claim_mistake mistake;
	struct one one = {.text = text};
	int code;

	if (claim_parse(text, &check->arena, &one.claim, &mistake)) {
		code = cmd_error(EXIT_USAGE, "%s", mistake.text);
		point_at(text, mistake.at);
		return code;
	}
	mem_grow(&check->claims, &check->room, check->n + 1, sizeof(*check->claims));
	check->claims[check->n++] = one;
	return 0;
}

/* PID|NAME EXPR..., or EXPR... alone behind --name. */
static int parse_words(int argc, char **argv, struct check *check)
{
	int code = 0;

	if (!check->named && optind < argc && !targets_add(&check->targets, argv[optind++]))
		return cmd_usage(&cmd_check, "'%s' is no PID", argv[optind - 1]);
	if (!check->targets.n_pids && !check->targets.n_names)
		return cmd_usage(&cmd_check, "which process? A PID or a name, and what is to be so");
	if (optind == argc)
		return cmd_usage(&cmd_check, "what is to be so? An expression, as in 'pmd >= 95%%'");
	for (; !code && optind < argc; optind++)
		code = add_claim(check, argv[optind]);
	return code;
}

static int parse_arguments(int argc, char **argv, const struct source_options *source, struct check *check,
			   bool *done)
{
	enum { NAME = 256, WAIT, TAP, EXACT };
	static const struct option options[] = {
		{"name", required_argument, NULL, NAME}, {"wait", required_argument, NULL, WAIT},
		{"tap", no_argument, NULL, TAP},	 {"exact", no_argument, NULL, EXACT},
		{"help", no_argument, NULL, 'h'},	 {0},
	};
	int option, code = 0;

	optind = 1;
	opterr = 0;
	while (!code && (option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		switch (option) {
		case NAME:
			if (check->named)
				code = cmd_usage(&cmd_check, "one process at a time");
			targets_add_name(&check->targets, optarg);
			check->named = true;
			break;
		case WAIT:
			if (!parse_time(optarg, &check->wait_ns))
				code = cmd_usage(&cmd_check,
						 "--wait: '%s' is no time: 100ms, 2s, 5m and 1h are", optarg);
			else if (source->root || source->model || source->replay)
				code = cmd_usage(&cmd_check, "--wait is of what goes on: a recorded tree, a "
							     "model and a recording stay as they are");
			break;
		case TAP:
			check->tap = true;
			break;
		case EXACT:
			check->survey.exact = true;
			break;
		default:
			return cmd_option_else(&cmd_check, option, argv, done);
		}
	}
	return code ? code : parse_words(argc, argv, check);
}

/* One line, whatever bytes there are in it; a '#' would end what TAP takes for a description. */
static void put_line(struct buf *out, const char *text, bool tap)
{
	struct buf safe = {0};
	const char *at;

	line_safe(&safe, text, false);
	for (at = safe.data ? safe.data : ""; *at; at++) {
		if (tap && *at == '#')
			buf_putc(out, '\\');
		buf_putc(out, *at);
	}
	buf_fini(&safe);
}

static void print(const struct check *check)
{
	static const char *const words[] = {
		[VERDICT_HELD] = "ok", [VERDICT_FAILED] = "FAILED", [VERDICT_UNKNOWN] = "unknown"};
	struct buf out = {0};
	size_t i;

	if (check->tap)
		buf_printf(&out, "1..%zu\n", check->n);
	for (i = 0; i < check->n; i++) {
		const struct one *one = &check->claims[i];
		const char *found = one->found.data ? one->found.data : "";

		if (check->tap)
			buf_printf(&out, "%s %zu - ", one->verdict == VERDICT_FAILED ? "not ok" : "ok",
				   i + 1);
		else
			buf_printf(&out, "%s: ", words[one->verdict]);
		put_line(&out, one->text, check->tap);
		if (check->tap)
			buf_puts(&out, one->verdict == VERDICT_UNKNOWN ? " # SKIP " : "\n# ");
		else
			buf_puts(&out, ": ");
		put_line(&out, found, false);
		buf_putc(&out, '\n');
	}
	fwrite(out.data, 1, out.len, stdout);
	buf_fini(&out);
}

/* All of them, of one moment; the exit code. */
static int judge(struct check *check, const struct moment *moment)
{
	int code = EXIT_FINE;
	size_t i;

	for (i = 0; i < check->n; i++) {
		struct one *one = &check->claims[i];

		buf_clear(&one->found);
		one->verdict = claim_judge(one->claim, moment, &moment->processes[0], &one->found);
		if (one->verdict == VERDICT_FAILED)
			code = EXIT_FINDING;
		else if (one->verdict == VERDICT_UNKNOWN && !code)
			code = EXIT_IMPOSSIBLE;
	}
	return code;
}

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

/* Ctrl-C ends the wait, with what was seen last; a second one the program. */
static void watch_interrupt(void)
{
	const struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
	struct sigaction before;

	if (!sigaction(SIGINT, NULL, &before) && before.sa_handler != SIG_IGN)
		sigaction(SIGINT, &action, NULL);
}

static void sleep_until(uint64_t ns)
{
	const struct timespec time = {.tv_sec = (time_t)(ns / 1000000000),
				      .tv_nsec = (long)(ns % 1000000000)};

	while (!interrupted && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL))
		;
}

/* Looks until all is so, the time is over, or Ctrl-C; the last look is at its end. */
static int look(struct check *check, struct source *source, pid_t pid)
{
	const struct watch watch = {.pids = &pid, .n = 1, .options = check->survey};
	const uint64_t begin = clock_mono_ns(),
		       end = begin + check->wait_ns < begin ? UINT64_MAX : begin + check->wait_ns;
	struct moment *moment;
	bool over = false;
	uint64_t from, next;
	int code;

	if (check->wait_ns)
		watch_interrupt();
	for (;;) {
		from = clock_mono_ns();
		over = from >= end;
		moment = source_sample(source, &watch);
		code = cmd_lost(moment);
		if (!code)
			code = cmd_outcome(&moment->processes[0]);
		if (code) {
			moment_free(moment);
			return code;
		}
		code = judge(check, moment);
		if (!code || over || !check->wait_ns) {
			moment_free(moment);
			print(check);
			return code;
		}
		moment_free(moment);
		next = from + INTERVAL_NS;
		if (next < from + (clock_mono_ns() - from) * COST_TIMES)
			next = from + (clock_mono_ns() - from) * COST_TIMES;
		sleep_until(next < end ? next : end);
		if (interrupted) {
			print(check);
			return EXIT_SIGNAL + SIGINT;
		}
	}
}

static int run(int argc, char **argv, const struct source_options *options)
{
	struct check check = {0};
	struct source *source = NULL;
	bool done = false;
	pid_t pid;
	int code = parse_arguments(argc, argv, options, &check, &done);
	size_t i;

	if (!code && !done) {
		code = cmd_open_source(options, &source);
		if (!code)
			code = targets_one(&check.targets, &cmd_check, source, &pid);
		if (!code)
			code = look(&check, source, pid);
		source_close(source);
	}
	for (i = 0; i < check.n; i++)
		buf_fini(&check.claims[i].found);
	free(check.claims);
	arena_fini(&check.arena);
	targets_fini(&check.targets);
	return code;
}

const struct cmd cmd_check = {"check", help, run};
