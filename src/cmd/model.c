/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope model: what the model kernel's generations may be without, scenes, and every schedule of one. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/output.h"
#include "cmd/trial.h"
#include "core/mem.h"
#include "core/parse.h"
#include "model/rules.h"
#include "script/find.h"

static const char help[] =
	"usage: thpscope model [list]\n"
	"       thpscope model rules\n"
	"       thpscope model explore SCENE [--without RULE]... [-o FILE]\n"
	"The model kernel, looked at as a whole. A scene is a script with tasks that are\n"
	"under way at the same time, on huge pages of a few pages; 'list' names those\n"
	"there are, and SCENE is one of them, a path, or - for standard input. 'explore'\n"
	"makes their steps in every order, recounts everything after each, and says\n"
	"whether all invariants hold in all of them; else it prints the shortest schedule\n"
	"that breaks one. What the script has behind its 'finish' is carried out at every\n"
	"end. 'rules' lists the checks and orders that a generation may be without.\n"
	"\n"
	"  --without RULE     the kernel lacks this check\n"
	"  --model GEN        the generation; else the first of the scene's 'on' line\n"
	"  -o FILE            write the schedule that breaks as a script, which\n"
	"                     'thpscope lesson run FILE' steps forth and back\n"
	"  --format FORMAT    text or json; json says the same as one object\n"
	"  --states N         give up after so many different states (2000000)\n"
	"  --seed N           instead of all, schedules by chance: N, N + 1 and so on;\n"
	"                     the number that it ends with goes on from there\n"
	"  --walks N          so many of them (10000)\n"
	"  --help             this text\n"
	"\n"
	"Exit: 0 every invariant holds; 1 one breaks; 4 there is no such scene; 5 there\n"
	"are more states than were to be looked at, or it does not run on that model.\n";

enum { MOST_WITHOUT = 16, MOST_STATES = 50000000, DEFAULT_WALKS = 10000 };

struct wish {
	const char *without[MOST_WITHOUT];
	size_t n_without;
	const char *output; /* NULL: nowhere */
	bool json;
	bool seeded, walks_given;
	uint64_t seed, walks, states;
	const char *generation; /* NULL: the scene's */
};

enum { WITHOUT = 256, FORMAT, STATES, SEED, WALKS };

static int number(const char *option, const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
	if (parse_number(text, value) && *value >= least && *value <= most)
		return 0;
	return cmd_usage(&cmd_model, "%s: '%s' is no number from %" PRIu64 " to %" PRIu64, option, text,
			 least, most);
}

static int take(int option, char **argv, struct wish *wish, bool *done)
{
	switch (option) {
	case WITHOUT:
		if (wish->n_without == MOST_WITHOUT)
			return cmd_usage(&cmd_model, "at most %d rules at a time", MOST_WITHOUT);
		wish->without[wish->n_without++] = optarg;
		return 0;
	case 'o':
		wish->output = optarg;
		return 0;
	case FORMAT:
		return cmd_parse_format(&cmd_model, optarg, &wish->json);
	case STATES:
		return number("--states", optarg, 1, MOST_STATES, &wish->states);
	case SEED:
		wish->seeded = true;
		return number("--seed", optarg, 0, UINT64_MAX, &wish->seed);
	case WALKS:
		wish->walks_given = true;
		return number("--walks", optarg, 1, UINT64_MAX, &wish->walks);
	}
	return cmd_option_else(&cmd_model, option, argv, done);
}

static int list(void)
{
	struct buf names = {0}, sources = {0};
	struct script *script;
	char *rest = NULL, *name;
	int code = EXIT_FINE;

	script_scene_names(NULL, &names);
	buf_puts(&names, "");
	for (name = strtok_r(names.data, "\n", &rest); name && !code; name = strtok_r(NULL, "\n", &rest)) {
		script = NULL;
		code = cmd_read_scene(name, &script);
		if (code)
			break;
		sources.len = 0;
		script_add_sources(script, " ", &sources);
		printf("%-20s %s\n%-20s   on %s\n", name, script_title(script) ? script_title(script) : "",
		       "", sources.data);
		script_free(script);
	}
	buf_fini(&sources);
	buf_fini(&names);
	return code;
}

/* "    needed   5.4 6.1-team": those of the generations that have it so; nothing where there is none. */
static void put_rows(size_t at, const char *generation, enum rule_need which, const char *word,
		     struct buf *out)
{
	size_t n;
	const struct rules *all = rules_all(&n);
	const size_t before = out->len;
	enum rule_need need;

	for (const struct rules *row = all; row < all + n; row++) {
		rules_rule(at, row, &need);
		if (need != which || (generation && strcmp(row->name, generation)))
			continue;
		if (out->len == before)
			buf_printf(out, "    %-8s", word);
		buf_printf(out, " %s", row->name);
	}
	if (out->len > before)
		buf_putc(out, '\n');
}

static int rules(const char *generation)
{
	struct buf rows = {0};
	enum rule_need need;
	const char *name;
	size_t n;

	if (generation && !rules_named(generation))
		return cmd_error(EXIT_USAGE, "no generation '%s'", generation);
	puts("needed: some schedule of a scene breaks without it, which the lesson without-RULE\n"
	     "tells; covered: another check, or a second look, says the same (checks-covered).\n");
	for (size_t at = 0; (name = rules_rule(at, rules_all(&n), &need)); at++) {
		buf_clear(&rows);
		put_rows(at, generation, RULE_NEEDED, "needed", &rows);
		put_rows(at, generation, RULE_COVERED, "covered", &rows);
		if (rows.len)
			printf("%s\n%s", name, rows.data);
	}
	buf_fini(&rows);
	return EXIT_FINE;
}

static int write_script(struct trial *trial, const struct explored *explored, const char *path)
{
	struct buf text = {0};
	struct output output;
	struct sink sink;
	int err = output_open(&output, path);

	if (!err) {
		trial_script(trial, explored, &text);
		sink = output_sink(&output);
		err = sink.write(sink.ctx, text.data, text.len);
		if (err)
			output_abandon(&output);
		else
			err = output_commit(&output);
	}
	buf_fini(&text);
	return err ? cmd_error(EXIT_IO, "cannot write %s: %s", path, strerror(-err)) : 0;
}

/* What is said beside the report: where it can be seen, or how it goes on. */
static void hint(const struct wish *wish, const struct explored *explored)
{
	if (explored->violation.found && wish->output)
		cmd_error(0, "'thpscope lesson run %s' steps through it", wish->output);
	else if (explored->violation.found)
		cmd_error(0, "-o FILE writes this schedule as a script to step through");
	else if (explored->all && wish->n_without)
		cmd_error(0, "in this scene nothing depends on that");
	else if (explored->all)
		cmd_error(0, "--without RULE leaves a check out ('thpscope model rules' lists them)");
	if (explored->violation.found)
		return;
	if (wish->seeded)
		cmd_error(0, "--seed %" PRIu64 " goes on from here", wish->seed + explored->walks);
	else if (!explored->all)
		cmd_error(0, "not all was looked at: %s, --seed N looks at schedules by chance",
			  explored->full ? "the memory for it is used up" : "--states takes more");
}

static int judge(const struct wish *wish, const struct explored *explored)
{
	if (explored->violation.found)
		return EXIT_FINDING;
	return explored->all || wish->seeded ? EXIT_FINE : EXIT_IMPOSSIBLE;
}

static int explore(const char *name, const struct wish *wish)
{
	struct explored explored;
	struct buf report = {0};
	struct trial trial;
	int code = trial_open(&trial, name, wish->generation, wish->without, wish->n_without);

	if (!code) {
		trial_explore(&trial, wish->seeded ? &wish->seed : NULL, wish->walks, wish->states,
			      &explored);
		if (wish->json)
			trial_report_json(&trial, &explored, &report);
		else
			trial_report(&trial, &explored, &report);
		fwrite(report.data, 1, report.len, stdout);
		if (fflush(stdout))
			code = cmd_error(EXIT_IO, "cannot write to stdout: %s", strerror(errno));
		if (explored.violation.found && wish->output && !code)
			code = write_script(&trial, &explored, wish->output);
		if (!wish->json && !code)
			hint(wish, &explored);
		code = code ? code : judge(wish, &explored);
		explored_fini(&explored);
	}
	buf_fini(&report);
	trial_fini(&trial);
	return code;
}

/* The words that are no options: n of them. */
static int carry_out(int n, char **words, const struct wish *wish, bool options)
{
	const char *what = n ? words[0] : "list";

	if (!strcmp(what, "explore"))
		return n == 2 ? explore(words[1], wish)
			      : cmd_usage(&cmd_model,
					  "explore takes one scene ('thpscope model' lists them)");
	if (strcmp(what, "list") && strcmp(what, "rules"))
		return cmd_usage(&cmd_model, "unknown word '%s': list, rules and explore are known", what);
	if (n > 1 || options || (wish->generation && !strcmp(what, "list")))
		return cmd_usage(&cmd_model, "%s takes nothing else%s", what,
				 strcmp(what, "rules") ? "" : " but --model GEN");
	return strcmp(what, "rules") ? list() : rules(wish->generation);
}

static int check_sources(const struct source_options *given, struct wish *wish)
{
	if (given->root || given->lab || given->via || given->replay)
		return cmd_usage(&cmd_model, "it is of models alone: --model GEN");
	if (given->model && strchr(given->model, ':'))
		return cmd_usage(&cmd_model, "a scene is a script of its own: --model GEN");
	wish->generation = given->model;
	return 0;
}

static int run(int argc, char **argv, const struct source_options *given)
{
	static const struct option table[] = {{"without", required_argument, NULL, WITHOUT},
					      {"format", required_argument, NULL, FORMAT},
					      {"states", required_argument, NULL, STATES},
					      {"seed", required_argument, NULL, SEED},
					      {"walks", required_argument, NULL, WALKS},
					      {"help", no_argument, NULL, 'h'},
					      {0}};
	struct wish wish = {.walks = DEFAULT_WALKS};
	bool done = false, options = false;
	int option, code = check_sources(given, &wish);

	optind = 1;
	opterr = 0;
	while (!code && !done && (option = getopt_long(argc, argv, ":o:h", table, NULL)) != -1) {
		options = true;
		code = take(option, argv, &wish, &done);
	}
	if (code || done)
		return code;
	if (wish.walks_given && !wish.seeded)
		return cmd_usage(&cmd_model, "--walks goes with --seed");
	return carry_out(argc - optind, argv + optind, &wish, options);
}

const struct cmd cmd_model = {"model", help, run};
