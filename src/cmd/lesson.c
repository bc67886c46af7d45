/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope lesson: the course; a lesson as a text; a lesson run, on a screen or as a test. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/lab_kernel.h"
#include "cmd/lesson_screen.h"
#include "core/buf.h"
#include "format/text_line.h"
#include "script/find.h"
#include "script/run.h"
#include "script/script.h"

#define NAME_COLUMNS 17 /* of a list, with the blank behind a name */

static const char help[] =
	"usage: thpscope lesson [list]\n"
	"       thpscope lesson show NAME\n"
	"       thpscope lesson run NAME [--headless]\n"
	"Lessons tell how Linux maps memory in huge pages, and show it: on a model of the\n"
	"kernel, which needs no privilege, on a process of this machine (real), or in the\n"
	"lab (lab:team: --lab, the kernel with page teams). Without a word, or with\n"
	"'list', they are listed in the order in which they build on each other, with the\n"
	"sources on which each runs.\n"
	"\n"
	"'show' prints a lesson: what is told (plain), what is done (>), what is expected\n"
	"of it (=), what is asked (?). 'run' does it: on --model GEN, else on the first\n"
	"source of the lesson's 'on' line. NAME is one of the list, or a path.\n"
	"\n"
	"  --headless   run as a test: all at once, on stdout; so without a terminal\n"
	"  --help       this text\n"
	"\n"
	"Exit: 0 all was as told; 1 an expectation failed, or an action was refused;\n"
	"4 there is no such lesson; 5 it does not run on that source.\n";

static const struct action *on_line(const struct script *script)
{
	size_t i;

	for (i = 0; i < script->n; i++)
		if (script->actions[i].kind == ACTION_ON)
			return &script->actions[i];
	return NULL;
}

/* "lead text", broken where the terminal ends; what does not fit on its line stands `indent` columns in. */
static void print_wrapped(const char *lead, unsigned indent, const char *text)
{
	struct buf line = {0}, out = {0};

	buf_printf(&line, "%s%s", lead, text);
	if (line.len)
		cmd_harmless(line.data);
	line_wrap(&out, cmd_width(), indent, line.len ? line.data : "");
	fputs(out.data, stdout);
	buf_fini(&line);
	buf_fini(&out);
}

/* A name that is longer than its column has the title below it. */
static void print_row(const char *name, const struct script *script)
{
	const char *title = script_title(script);
	const bool fits = strlen(name) < NAME_COLUMNS;
	struct buf sources = {0};
	char lead[NAME_COLUMNS + 8];

	if (!fits)
		printf("%s\n", name);
	snprintf(lead, sizeof(lead), "%-*s", NAME_COLUMNS, fits ? name : "");
	print_wrapped(lead, NAME_COLUMNS, title ? title : "");
	script_add_sources(script, " ", &sources);
	snprintf(lead, sizeof(lead), "%*son ", NAME_COLUMNS + 2, "");
	print_wrapped(lead, NAME_COLUMNS + 5, sources.data);
	buf_fini(&sources);
}

/* For who reads the list: the last line is the one that is seen, so it says what to do now. */
static void how_to_run(const char *first)
{
	print_wrapped(
		"", 0,
		"'thpscope lesson run NAME' opens one, on the first of its sources: 'real' is this machine's "
		"kernel, a model is one in thpscope (model:6.18: --model 6.18). They build on each other.");
	if (first)
		printf("Begin with: thpscope lesson run %s\n", first);
}

static int list(void)
{
	struct buf course = {0};
	struct script *script;
	const char *first = NULL;
	char error[512] = "", *rest = NULL, *name;
	int err = script_read_course(NULL, &course, error, sizeof(error)), code = EXIT_FINE;

	if (err) {
		buf_fini(&course);
		return cmd_error(cmd_code(err), "%s", error);
	}
	buf_printf(&course, "\n");
	for (name = strtok_r(course.data, "\n", &rest); name && !code; name = strtok_r(NULL, "\n", &rest)) {
		if (*name == '#')
			continue;
		first = first ? first : name;
		script = NULL;
		code = cmd_read_lesson(name, &script);
		if (!code)
			print_row(name, script);
		script_free(script);
	}
	/* Whoever cuts names out of it is not to meet another line. */
	if (!code && isatty(STDOUT_FILENO))
		how_to_run(first);
	buf_fini(&course);
	return code;
}

static void show_action(const struct action *action)
{
	const enum action_kind kind = action->kind;

	if (kind == ACTION_ASK) {
		print_wrapped("  ? ", 4, action->say.text);
		print_wrapped("    ", 4, action->say.answer);
	} else if (kind == ACTION_EXPECT || kind == ACTION_REQUIRE || kind == ACTION_WAIT)
		print_wrapped("  = ", 4, action->text);
	else if (kind == ACTION_WITHOUT ||
		 (kind != ACTION_TITLE && kind != ACTION_ON && kind != ACTION_ORDER))
		print_wrapped("  > ", 4, action->text);
}

/* What is told there, and in the lines behind it, up to an empty one: one paragraph. Returns how many lines more. */
static size_t show_told(const struct script *script, size_t at)
{
	const struct action *action = &script->actions[at];
	struct buf text = {0};
	size_t n = 0;

	buf_puts(&text, action->say.text);
	while (*action->say.text && at + n + 1 < script->n && action[n + 1].kind == ACTION_SAY &&
	       *action[n + 1].say.text) {
		n++;
		buf_printf(&text, " %s", action[n].say.text);
	}
	print_wrapped("", 0, text.len ? text.data : "");
	buf_fini(&text);
	return n;
}

static int show(const struct script *script)
{
	const char *title = script_title(script);
	struct buf sources = {0};
	size_t i;

	script_add_sources(script, " ", &sources);
	print_wrapped("", 0, title ? title : script->name);
	print_wrapped("on ", 3, sources.data);
	printf("\n");
	buf_fini(&sources);
	for (i = 0; i < script->n; i++)
		if (script->actions[i].kind == ACTION_SAY)
			i += show_told(script, i);
		else
			show_action(&script->actions[i]);
	return EXIT_FINE;
}

/* `where`: what a script calls the source, or words for one that was not opened. */
static int not_here(const struct script *script, const char *where)
{
	struct buf sources = {0};

	script_add_sources(script, ", ", &sources);
	cmd_error(EXIT_IMPOSSIBLE, "lesson '%s' does not run on %s; it runs on %s", script->name,
		  strcmp(where, "real") ? where : "this kernel", sources.data);
	buf_fini(&sources);
	return EXIT_IMPOSSIBLE;
}

/*
 * Where it runs: what was given, else the first of its `on` line that is within reach; `on` is the most that a script can
 * call it. 0, or an exit code after a message.
 */
static int choose(const struct script *script, struct source_options *options, char *on, size_t size)
{
	const struct action *line = on_line(script);
	const char *first = line ? line->list.words[0] : "model";

	if (options->model && strchr(options->model, ':'))
		return cmd_usage(&cmd_lesson, "a lesson brings its own script: --model GEN");
	if (!options->model && !options->via && !options->lab && !strncmp(first, "model", 5))
		options->model = first[5] ? first + 6 : ANY_GENERATION;
	/* What a kernel without a name has is not known before it is there. */
	if (options->model)
		snprintf(on, size, "model:%s", options->model);
	else
		snprintf(on, size, "%s",
			 options->lab && !lab_kernel_may_have_teams(options->lab) ? "lab" : "lab:team");
	return 0;
}

struct telling {
	enum run_event_kind before;
	struct buf paragraph; /* so far */
};

static void end_paragraph(struct telling *telling)
{
	if (telling->paragraph.len)
		print_wrapped("", 0, telling->paragraph.data);
	buf_clear(&telling->paragraph);
}

/* What is told, or asked and answered, is a paragraph of its own, whose lines are not the script's. */
static void tell(void *data, const struct run_event *event)
{
	const enum run_event_kind kind = event->kind;
	struct telling *telling = data;
	const bool words = kind == RUN_SAID || kind == RUN_ASKED || kind == RUN_ANSWERED;

	if (kind != RUN_ANSWERED && (kind != RUN_SAID || telling->before != RUN_SAID || !*event->text))
		end_paragraph(telling);
	if ((kind == RUN_SAID && telling->before != RUN_SAID) || kind == RUN_ASKED)
		putchar('\n');
	telling->before = kind;
	if (words && *event->text)
		buf_printf(&telling->paragraph, "%s%s", telling->paragraph.len ? " " : "", event->text);
	else
		cmd_print_run(stdout, event);
}

static int run_headless(struct source *source, const struct script *script, const char *on)
{
	struct telling telling = {.before = RUN_DONE};
	struct run_options options = {.on = on, .tell = tell, .data = &telling};
	char error[256] = "";
	struct run *run;
	int err = run_start(source, script, &options, &run, error, sizeof(error)), code;

	if (err)
		return cmd_error(cmd_code(err), "%s", error);
	run_all(run);
	end_paragraph(&telling);
	buf_fini(&telling.paragraph);
	code = cmd_judge_run(source, run_result(run));
	run_free(run);
	return code;
}

static int run_on(const struct script *script, bool headless, const struct source_options *given)
{
	struct source_options options = *given;
	struct source *source = NULL;
	char on[48];
	int code = choose(script, &options, on, sizeof(on));

	options.script = script;
	/* A model's name has to be one first; but no kernel is booted for nothing. */
	if (!code && (options.model || script_runs_on(script, on)))
		code = cmd_open_source(&options, &source);
	if (code)
		return code;
	if (source)
		cmd_on(&options, source, on, sizeof(on));
	if (script_runs_on(script, on) && !headless && cmd_has_screen())
		return lesson_screen(source, script, &options);
	code = script_runs_on(script, on)
		       ? run_headless(source, script, on)
		       : not_here(script, source || options.lab || options.model ? on : "a running kernel");
	source_close(source);
	return code;
}

/* What is to be done, and to which lesson: `words` of them stand in argv. */
static int carry_out(int words, char **argv, bool headless, const struct source_options *given)
{
	const char *what = words ? argv[0] : "list";
	const bool run = !strcmp(what, "run");
	struct script *script = NULL;
	int code;

	if (headless && !run)
		return cmd_usage(&cmd_lesson, "--headless is for run");
	if (!run && (given->model || given->root || given->via || given->lab || given->replay))
		return cmd_usage(&cmd_lesson, "only 'lesson run' takes a source");
	if (!strcmp(what, "list"))
		return words > 1 ? cmd_usage(&cmd_lesson, "list takes no name") : list();
	if (!run && strcmp(what, "show"))
		return cmd_usage(&cmd_lesson, "unknown word '%s': list, show and run are known", what);
	if (run && words == 3 && !strncmp(argv[2], "model:", 6))
		return cmd_usage(&cmd_lesson, "a source is an option: --model %s", argv[2] + 6);
	if (words != 2)
		return cmd_usage(&cmd_lesson,
				 "%s takes the name of one lesson ('thpscope lesson' lists them)", what);
	if (given->root)
		return cmd_error(EXIT_IMPOSSIBLE, "a recorded tree has no specimen");
	if (given->replay)
		return cmd_error(EXIT_IMPOSSIBLE, "a recording has no specimen");
	code = cmd_read_lesson(argv[1], &script);
	if (!code)
		code = run ? run_on(script, headless, given) : show(script);
	script_free(script);
	return code;
}

static int run_lesson(int argc, char **argv, const struct source_options *given)
{
	static const struct option table[] = {
		{"headless", no_argument, NULL, 'l'}, {"help", no_argument, NULL, 'h'}, {0}};
	bool headless = false;
	int option;

	optind = 1;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", table, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return EXIT_FINE;
		}
		if (option != 'l')
			return cmd_usage(&cmd_lesson, "unknown option '%s'", argv[optind - 1]);
		headless = true;
	}
	return carry_out(argc - optind, argv + optind, headless, given);
}

const struct cmd cmd_lesson = {"lesson", help, run_lesson};
