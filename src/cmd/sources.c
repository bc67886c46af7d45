/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The source options, which every verb takes: where the facts come from, and opening it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/lab_kernel.h"
#include "local/local.h"
#include "model/model.h"
#include "proc/proc.h"
#include "remote/remote.h"
#include "replay/replay.h"
#include "script/find.h"
#include "script/run.h"
#include "tree/tree.h"

/* That a script takes away: more than there are. */
#define MOST_RULES 64

static const struct {
	const char *option;
	size_t at;   /* of its argument in struct source_options */
	bool anyhow; /* it can do without one, and takes none that is not behind a '=' */
} known[] = {
	{"--root", offsetof(struct source_options, root)},
	{"--model", offsetof(struct source_options, model)},
	{"--via", offsetof(struct source_options, via)},
	{"--lab", offsetof(struct source_options, lab), true},
	{"--replay", offsetof(struct source_options, replay)},
};

/* Which of the options an argument is, with its argument behind '=' or NULL; -1: none. */
static int which(const char *argument, const char **value)
{
	for (size_t at = 0; at < sizeof(known) / sizeof(known[0]); at++) {
		size_t len = strlen(known[at].option);

		if (strncmp(argument, known[at].option, len) || (argument[len] && argument[len] != '='))
			continue;
		*value = argument[len] ? argument + len + 1 : NULL;
		return (int)at;
	}
	return -1;
}

/* Whether `word`, behind a --lab without a '=', belongs to it or to the verb: it would be taken for a process. */
static bool is_misplaced(const char *word)
{
	if (lab_kernel_meant(word))
		cmd_error(0, "did you mean --lab=%s? The kernel stands behind a '='", word);
	else if (!strcmp(word, "build") || !strcmp(word, "list") || !strcmp(word, "shell"))
		cmd_error(0, "did you mean 'thpscope lab %s'?", word);
	else
		return false;
	return true;
}

/* What goes with --replay: whether the argument is such, and how many it takes; 0 after a message: too few. */
static int take_beside(char **argv, struct source_options *options)
{
	if (!strcmp(argv[0], "--keep")) {
		options->keep = true;
		return 1;
	}
	if (!strncmp(argv[0], "--at=", 5)) {
		options->at = argv[0] + 5;
		return 1;
	}
	options->at = argv[1];
	return argv[1] ? 2 : cmd_error(0, "'--at' needs an argument ('thpscope --help' tells how)");
}

static bool is_beside(const char *argument)
{
	return !strcmp(argument, "--keep") || !strcmp(argument, "--at") || !strncmp(argument, "--at=", 5);
}

/* `thpscope replay FILE` has the source as its argument. */
static int check_beside(const struct source_options *options, const char *verb)
{
	if (options->replay || (!options->at && !options->keep) || (verb && !strcmp(verb, "replay")))
		return 0;
	return cmd_error(EXIT_USAGE, "%s goes with --replay FILE alone ('thpscope --help' tells how)",
			 options->at ? "--at" : "--keep");
}

int cmd_take_source(int *argc, char **argv, struct source_options *options)
{
	int from = 1, to = 1, taken = -1;

	/* What stands behind "run" is a command's. */
	for (; from < *argc && strcmp(argv[from], "--") && !(to == 2 && !strcmp(argv[1], "run")); from++) {
		const char *value = NULL;
		int option = which(argv[from], &value), taking;

		if (!strcmp(argv[from], "--read-only")) {
			options->read_only = true;
			continue;
		}
		if (is_beside(argv[from])) {
			taking = take_beside(&argv[from], options);
			if (!taking)
				return EXIT_USAGE;
			from += taking - 1;
			continue;
		}
		if (option < 0) {
			argv[to++] = argv[from];
			continue;
		}
		if (!value && known[option].anyhow) {
			if (from + 1 < *argc && is_misplaced(argv[from + 1]))
				return EXIT_USAGE;
			value = "";
		}
		if (!value && from + 1 < *argc)
			value = argv[++from];
		if (!value)
			return cmd_error(EXIT_USAGE, "'%s' needs an argument ('thpscope --help' tells how)",
					 known[option].option);
		if (!*value && !known[option].anyhow)
			return cmd_error(EXIT_USAGE, "'%s' needs an argument that is not empty",
					 known[option].option);
		if (taken >= 0)
			return cmd_error(EXIT_USAGE, "one source at a time, not %s and %s as well",
					 known[taken].option, known[option].option);
		taken = option;
		*(const char **)((char *)options + known[option].at) = value;
	}
	/* With the NULL behind the last one. */
	memmove(&argv[to], &argv[from], (size_t)(*argc - from + 1) * sizeof(*argv));
	*argc -= from - to;
	return check_beside(options, argv[1]);
}

int cmd_live_only(const struct cmd *cmd, const struct source_options *options)
{
	return options->root || options->model || options->lab || options->via || options->replay
		       ? cmd_usage(cmd, "%s works on this machine alone", cmd->name)
		       : 0;
}

static int open_kernel(const struct source_options *options, struct kernel **kernel, char *error, size_t size)
{
	return options->root ? tree_kernel_open(options->root, kernel, error, size)
			     : proc_kernel_open("/", kernel, error, size);
}

int cmd_open_kernel(const struct source_options *options, struct kernel **kernel)
{
	char error[256] = "";
	int err = open_kernel(options, kernel, error, sizeof(error));

	if (!err)
		return 0;
	return cmd_error(!options->root	   ? EXIT_IMPOSSIBLE
			 : err == -EBADMSG ? EXIT_DAMAGED
			 : err == -EACCES  ? EXIT_PERMISSION
					   : EXIT_IO,
			 "%s", error);
}

typedef int (*script_reader)(const char *what, const char *dir, struct buf *text, char *error, size_t size);

static int read_script(script_reader read, const char *name, struct script **script)
{
	struct script_error mistake;
	struct buf text = {0};
	char error[1024] = "";
	int err, code = EXIT_FINE;

	err = read(name, NULL, &text, error, sizeof(error));
	if (err)
		code = cmd_error(cmd_code(err), "%s", error);
	else if (script_parse(text.data ? text.data : "", text.len, name, script, &mistake))
		code = cmd_error(EXIT_DAMAGED, "%s:%d: %s", name, mistake.line, mistake.text);
	buf_fini(&text);
	return code;
}

int cmd_read_script(const char *name, struct script **script)
{
	return read_script(script_read, name, script);
}

int cmd_read_lesson(const char *name, struct script **script)
{
	return read_script(script_read_lesson, name, script);
}

int cmd_read_scene(const char *name, struct script **script)
{
	return read_script(script_read_scene, name, script);
}

/* What did not go as the script says: its narration is for `demo`. */
static void complain(void *data, const struct run_event *event)
{
	(void)data;
	if (event->kind == RUN_REFUSED || event->kind == RUN_FAILED)
		cmd_error(0, "%s:%d: %s: %s", event->script, event->action->line, event->action->text,
			  event->text);
}

const char *cmd_model_script(const struct source_options *options, char *generation, size_t size)
{
	const char *colon = strchr(options->model, ':');
	size_t len = colon ? (size_t)(colon - options->model) : strlen(options->model);

	snprintf(generation, size, "%.*s", (int)(len < size ? len : size - 1), options->model);
	return colon && colon[1] ? colon + 1 : strstr(generation, "-team") ? "model-team" : "model";
}

void cmd_on(const struct source_options *options, const struct source *source, char *on, size_t size)
{
	char generation[32];

	if (options->model) {
		cmd_model_script(options, generation, sizeof(generation));
		snprintf(on, size, "model:%s", generation);
	} else {
		snprintf(on, size, "%s",
			 capable(&source->caps, CAP_TEAMS) ? "lab:team"
			 : options->lab			   ? "lab"
							   : "real");
	}
}

static int run_script(struct source *source, const char *generation, const struct script *script)
{
	char on[40];
	struct run_options options = {.on = on, .tell = complain};
	struct run *run;
	char error[256] = "";
	int code, err;

	snprintf(on, sizeof(on), "model:%s", generation);
	err = run_start(source, script, &options, &run, error, sizeof(error));
	if (err)
		return cmd_error(err == -ENOTSUP ? EXIT_IMPOSSIBLE : cmd_code(err), "%s", error);
	run_all(run);
	/* The sentence has been told; what such a kernel shows is of no use. */
	code = run_result(run)->broken ? EXIT_FINDING : EXIT_FINE;
	run_free(run);
	return code;
}

int cmd_tell_broken(struct source *source)
{
	struct machine *machine = model_source_machine(source);
	struct buf text = {0};

	if (machine) {
		machine_lock(machine);
		machine_script(machine, &text);
		printf("\n# what was done, as a script for --model %s:FILE:\n", machine_generation(machine));
		machine_unlock(machine);
		fwrite(text.data, 1, text.len, stdout);
	}
	buf_fini(&text);
	return cmd_error(EXIT_FINDING, "%s", source->error);
}

/* A source over a machine, of which it takes over a hold. */
static int open_over(struct machine *machine, struct source **source, char *error, size_t size)
{
	struct source *surveys;
	int err;

	/* Another one may be on another thread, and the survey looks at it already. */
	machine_lock(machine);
	err = local_source_open(model_kernel_new(machine), NULL, &surveys, error, size);
	machine_unlock(machine);
	if (err)
		machine_free(machine);
	else
		*source = model_source_new(machine, surveys);
	return err;
}

struct machine *cmd_new_machine(const char *generation, const struct script *script,
				const char *const *without, size_t n)
{
	const char *all[MOST_RULES];
	struct model_shape shape = {.order = script_order(script), .without = all};
	struct machine *machine;
	char error[768];

	while (shape.n_without < MOST_RULES &&
	       (all[shape.n_without] = script_without(script, shape.n_without)))
		shape.n_without++;
	while (n-- && shape.n_without < MOST_RULES)
		all[shape.n_without++] = *without++;
	machine = model_machine(generation, &shape, error, sizeof(error));
	if (!machine)
		cmd_error(EXIT_USAGE, "%s", error);
	return machine;
}

int cmd_open_machine(struct machine *machine, struct source **source)
{
	char error[256] = "";

	return open_over(machine, source, error, sizeof(error)) ? cmd_error(EXIT_IO, "%s", error) : 0;
}

static int open_model(const struct source_options *options, struct source **source)
{
	char generation[32];
	const char *name = cmd_model_script(options, generation, sizeof(generation));
	const struct script *script = options->script;
	struct script *own = NULL;
	struct machine *machine;
	int code = script ? 0 : cmd_read_script(name, &own);

	if (code)
		return code;
	machine = cmd_new_machine(generation, script ? script : own, NULL, 0);
	code = machine ? cmd_open_machine(machine, source) : EXIT_USAGE;
	if (!code && own)
		code = run_script(*source, generation, own);
	if (code) {
		source_close(*source);
		*source = NULL;
	}
	script_free(own);
	return code;
}

/* Whoever types a password on the terminal takes longer than a link. */
#define PASSWORD_NS UINT64_C(120000000000)

#define EXIT_INTERRUPTED (128 + SIGINT) /* as a shell has it */

static void say_slow(void *via)
{
	cmd_error(0, "connecting: '%.60s' ...", (const char *)via);
}

/* How a command line reaches that machine: the command in quotes that a shell takes off. */
static void put_again(struct buf *out, const char *command)
{
	buf_puts(out, "thpscope --via '");
	for (; *command; command++)
		buf_printf(out, *command == '\'' ? "'\\''" : "%c", *command);
	buf_putc(out, '\'');
}

static int open_via(const struct source_options *options, struct source **source)
{
	struct remote_options remote = {.greeting_ns = isatty(STDIN_FILENO) ? PASSWORD_NS : 0,
					.slow = isatty(STDERR_FILENO) ? say_slow : NULL,
					.slow_data = (void *)options->via,
					.read_only = options->read_only};
	struct buf again = {0};
	char error[256] = "";
	struct link *link;
	int err = link_command(options->via, LINK_ASKS_USER, &link, error, sizeof(error));

	put_again(&again, options->via);
	remote.again = again.data;
	if (!err)
		err = remote_source_open(link, &remote, source, error, sizeof(error));
	buf_fini(&again);
	if (err == -EINTR) /* whoever pressed Ctrl-C need not be told */
		return EXIT_INTERRUPTED;
	return err ? cmd_error(cmd_code(err), "%s", error) : 0;
}

static int open_replay(const struct source_options *options, struct source **source, char *error, size_t size)
{
	const struct replay_options replay = {options->at, options->start, options->keep};

	return replay_source_open(options->replay, &replay, source, error, size);
}

int cmd_open_source(const struct source_options *options, struct source **source)
{
	char error[512] = "";
	struct kernel *kernel;
	int code, err;

	if (options->via)
		return open_via(options, source);
	if (options->lab)
		return lab_source_open(options, source);
	if (options->model)
		return open_model(options, source);
	if (options->replay) {
		err = open_replay(options, source, error, sizeof(error));
		return !err		? 0
		       : err == -EINVAL ? cmd_error(EXIT_USAGE, "--at: %s", error)
					: cmd_error(cmd_code(err), "%s", error);
	}
	code = cmd_open_kernel(options, &kernel);
	if (code)
		return code;
	err = local_source_open(kernel, NULL, source, error, sizeof(error));
	if (!err)
		(*source)->read_only = cmd_reads_only(options);
	return err ? cmd_error(cmd_code(err), "%s", error) : 0;
}

int cmd_open_another(const struct source_options *options, struct source *first, struct source **source,
		     char *error, size_t size)
{
	struct buf again = {0};
	struct kernel *kernel;
	struct link *link;
	int err;

	if (options->via) {
		err = link_command(options->via, LINK_ASKS_NOBODY, &link, error, size);
		put_again(&again, options->via);
		if (!err)
			*source =
				remote_source_later(link,
						    &(struct remote_options){.again = again.data,
									     .read_only = options->read_only},
						    first);
		buf_fini(&again);
		return err;
	}
	if (options->lab)
		return lab_source_another(first, source, error, size);
	if (options->replay)
		return open_replay(options, source, error, size);
	if (options->model)
		return open_over(machine_hold(model_source_machine(first)), source, error, size);
	err = open_kernel(options, &kernel, error, size);
	if (!err)
		err = local_source_open(kernel, NULL, source, error, size);
	if (!err)
		(*source)->read_only = cmd_reads_only(options);
	return err;
}
