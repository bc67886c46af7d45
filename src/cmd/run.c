/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope run -- COMMAND: start a command and watch it and its children. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/counters.h"
#include "cmd/watch.h"
#include "count/count.h"
#include "format/sink.h"
#include "local/files.h"
#include "privilege/privilege.h"
#include "ui/dialog.h"

static const char help[] = "usage: thpscope run [OPTION...] -- COMMAND [ARGUMENT...]\n"
			   "Start COMMAND and show the map of it and its children, live. What it prints is\n"
			   "kept and printed when the screen is left; leaving ends COMMAND (SIGTERM, after\n"
			   "2 s SIGKILL); q asks first if it still runs. Without a terminal COMMAND runs\n"
			   "to its end, or until a signal ends thpscope and so COMMAND; its last map before\n"
			   "that is printed as text. How COMMAND ended is said on standard error; its\n"
			   "status is not thpscope's.\n"
			   "\n"
			   "  --counter NAME,...  count these events of it and its children, from its\n"
			   "               start on, as perf and libpfm4 call them; default is the\n"
			   "               usual ones\n"
			   "  --follow     watch its children, too: as it does anyway\n"
			   "  --read-only  nothing that is done here can change its memory\n"
			   "  --help       this text\n";

#define SAMPLE_MS 100
#define STEP_MS 10
#define GRACE_MS 2000
#define NAME_BYTES 61 /* of the command's name, in a question */

struct child {
	const char *name;
	pid_t pid;
	bool ended;
	int status;
	int output;	/* what it prints, where it must not reach the screen; or -1 */
	int go, report; /* our ends of its pipe and its socket until it is the command: it waits for a byte; why it could not become it */
};

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP};
#define N_SIGNALS (sizeof(ending_signals) / sizeof(ending_signals[0]))

static struct sigaction before[N_SIGNALS];
static volatile sig_atomic_t ended_by; /* the signal that asked us to end; 0: none */

static void on_signal(int number)
{
	ended_by = number;
}

/* From before the command's start on, so that it is never left behind. Ignored ones (nohup) stay ignored. */
static void catch_signals(void)
{
	/* Without SA_RESTART: the waiting ends at once. */
	const struct sigaction action = {.sa_handler = on_signal};
	size_t i;

	for (i = 0; i < N_SIGNALS; i++) {
		sigaction(ending_signals[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN)
			sigaction(ending_signals[i], &action, NULL);
	}
}

static void release_signals(void)
{
	size_t i;

	for (i = 0; i < N_SIGNALS; i++)
		sigaction(ending_signals[i], &before[i], NULL);
}

/* An unnamed file for the command's output. */
static int open_unnamed(void)
{
	const char *dir = getenv("TMPDIR");
	int fd = open(dir && *dir ? dir : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd >= 0 ? fd : memfd_create("thpscope-run", MFD_CLOEXEC);
}

/* In the child: never returns. */
static void give_up(int report, int err)
{
	(void)!write(report, &err, sizeof(err));
	_exit(127);
}

/* In the child: never returns. */
static void become(char **command, int output, int go, int report, const sigset_t *mask)
{
	ssize_t got;
	char byte;
	int null;

	/* Until its events are counted; whoever would say so may have ended. */
	do {
		got = read(go, &byte, 1);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		give_up(report, errno);
	if (got != 1)
		_exit(127);

	/* Those sent since the fork were held back for this. */
	release_signals();
	sigprocmask(SIG_SETMASK, mask, NULL);
	if (output >= 0) {
		/* The screen's keys are not the command's. */
		null = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (null < 0)
			give_up(report, errno);
		dup2(null, STDIN_FILENO);
		dup2(output, STDOUT_FILENO);
		dup2(output, STDERR_FILENO);
		/* A process group of its own: Ctrl-C on the screen is the screen's. */
		setpgid(0, 0);
	}
	files_restore(0);
	execvp(command[0], command);
	give_up(report, errno);
}

/* The child, which waits for `let_go`: 0, or the errno with which there could be none. */
static int start(struct child *child, char **command)
{
	int report[2], go[2], err;
	sigset_t all, mask;

	if (pipe2(report, O_CLOEXEC))
		return -errno;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, go)) {
		err = errno;
		close(report[0]);
		close(report[1]);
		return -err;
	}
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &mask);
	child->pid = fork();
	err = errno;
	if (!child->pid) {
		close(go[1]);
		become(command, child->output, go[0], report[1], &mask);
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
	close(report[1]);
	close(go[0]);
	child->report = report[0];
	child->go = go[1];
	if (child->pid > 0)
		return 0;
	close(child->report);
	close(child->go);
	return -err;
}

/* The child becomes the command: 0, or the errno with which it could not. */
static int let_go(struct child *child)
{
	int err, unsent;
	ssize_t n;

	/* Somebody may have killed it while it waited (EPIPE): that is no reason for SIGPIPE here. */
	do {
		n = send(child->go, "", 1, MSG_NOSIGNAL);
		unsent = n < 0 && errno != EPIPE ? errno : 0;
	} while (unsent == EINTR);
	close(child->go);
	/* The pipe closes at exec; until then the map would be thpscope's own. */
	do {
		n = read(child->report, &err, sizeof(err));
	} while (n < 0 && errno == EINTR);
	/* What was never told to go on was never started, and has ended without it. */
	if (n != sizeof(err))
		err = n < 0 ? errno : unsent;
	/* It may have been, and have started others. */
	if (n < 0 && child->output >= 0)
		kill(-child->pid, SIGKILL);
	if (n < 0)
		kill(child->pid, SIGKILL);
	if (err) {
		while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
			;
		child->ended = true;
	}
	close(child->report);
	return -err;
}

/* The child that waits for it ends, having done nothing. */
static void call_off(struct child *child)
{
	close(child->go);
	close(child->report);
	while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
		;
	child->pid = 0;
}

static bool has_ended(struct child *child)
{
	if (!child->ended && waitpid(child->pid, &child->status, WNOHANG) == child->pid)
		child->ended = true;
	return child->ended;
}

/* Waits for the command's end, at most so long. */
static void wait_end(struct child *child, int ms)
{
	const struct timespec step = {0, STEP_MS * 1000000L};

	for (; ms > 0 && !has_ended(child); ms -= STEP_MS)
		nanosleep(&step, NULL);
}

/* Until the next sample; less if the command ends or a signal tells us to. */
static void wait_sample(struct child *child)
{
	int ms;

	for (ms = 0; ms < SAMPLE_MS && !ended_by && !has_ended(child); ms += STEP_MS)
		wait_end(child, STEP_MS);
}

static void end(struct child *child)
{
	/* Beside a screen what it has started is of its process group, too. */
	const pid_t whom = child->output >= 0 ? -child->pid : child->pid;

	if (has_ended(child))
		return;
	kill(whom, SIGTERM);
	kill(whom, SIGCONT); /* one that is stopped has to be told, too */
	wait_end(child, GRACE_MS);
	if (has_ended(child))
		return;
	kill(whom, SIGKILL);
	while (waitpid(child->pid, &child->status, 0) < 0 && errno == EINTR)
		;
	child->ended = true;
}

static void print_output(const struct child *child)
{
	int out = STDOUT_FILENO;
	char piece[65536];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(child->output, piece, sizeof(piece), at)) > 0) {
		if (sink_fd(&out, piece, (size_t)n))
			return;
		at += n;
	}
}

/* What was counted of the command to its very end stands in its last map, which is older. */
static struct moment *count_to_the_end(struct source *source, const struct watch *watch, struct moment *last)
{
	struct moment *over = source_sample(source, watch);
	const struct process *process = over->processes;

	if (over->n_processes && process->n_counters && process->pid == last->processes[0].pid) {
		last->processes[0].counters = process->counters;
		last->processes[0].n_counters = process->n_counters;
	}
	return over;
}

/* Samples until the command has ended (a signal to us ends it) and prints the last moment in which it had memory. */
static int watch_headless(struct child *child, struct source *source, const struct counters *counters,
			  const struct watch *watch)
{
	struct moment *last = NULL, *over = NULL, *moment;
	int code = EXIT_FINE;

	for (;;) {
		moment = source_sample(source, watch);
		if (moment->n_processes && moment->processes[0].outcome == OUTCOME_OK) {
			moment_free(last);
			last = moment;
		} else {
			moment_free(moment);
		}
		if (ended_by)
			end(child);
		if (has_ended(child))
			break;
		wait_sample(child);
	}
	if (last && watch->count)
		over = count_to_the_end(source, watch, last);
	if (last) {
		cmd_say_missing(last);
		counters_say_missing(counters, last, watch->n);
		code = cmd_print_text(last);
	} else {
		code = cmd_error(EXIT_NOTHING, "the command ended before it could be looked at");
	}
	moment_free(last);
	moment_free(over);
	return code;
}

/* Whether to leave while the command runs, which ends it. */
static bool ask_leave(void *data, char *question, size_t size)
{
	struct child *child = data;
	char name[NAME_BYTES];

	if (has_ended(child))
		return false;
	snprintf(question, size,
		 "%s (PID %d) is still running. Leave, and end it? It gets SIGTERM, with what it has "
		 "started, "
		 "and SIGKILL if it is there %d s later.",
		 dialog_name(child->name, name, sizeof(name)), (int)child->pid, GRACE_MS / 1000);
	return true;
}

static int show(struct child *child, struct source *source, const struct counters *counters,
		const struct watch *watch, const struct source_options *options)
{
	sigset_t ending, mask;
	size_t i;
	int code;

	/* One that comes before the screen is there is for the screen, which alone looks then. */
	sigemptyset(&ending);
	for (i = 0; i < N_SIGNALS; i++)
		sigaddset(&ending, ending_signals[i]);
	sigprocmask(SIG_BLOCK, &ending, &mask);
	if (child->output >= 0 && !ended_by) {
		code = watch_run(source, watch,
				 &(struct watch_options){.title = "run",
							 .source = *options,
							 .counting = counters,
							 .ask_leave = ask_leave,
							 .ask_data = child,
							 .leave_yes = "End it and leave"});
		sigprocmask(SIG_SETMASK, &mask, NULL);
		return code;
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
	code = watch_headless(child, source, counters, watch);
	source_close(source);
	return code;
}

/* The child waits meanwhile: nothing that it will start can be missed, or make the counting begin again. */
static void begin_counting(struct source *source, const struct watch *watch)
{
	const struct timespec nap = {0, COUNT_SETTLED_MS * 1000000L};

	moment_free(source_sample(source, watch));
	nanosleep(&nap, NULL);
	moment_free(source_sample(source, watch));
}

static int cannot_start(char **command, int err)
{
	return cmd_error(cmd_code(err), "cannot start '%s': %s", command[0], strerror(-err));
}

/* The command is there, and is as free as it would be without us; we are no longer. 0, or an exit code after a message. */
static int bind_ourselves(bool read_only)
{
	char error[256];

	if (privilege_keep(cmd_needs_to_watch()))
		return cmd_error(EXIT_PERMISSION, "cannot drop privileges, and does nothing with them");
	return read_only && privilege_read_only(error, sizeof(error))
		       ? cmd_error(EXIT_IMPOSSIBLE, "%s", error)
		       : 0;
}

/* Watches the command, behind a moment that begins the counting. */
static int watch_child(struct child *child, const struct counters *counters, bool read_only, char **command)
{
	struct watch watch = {.pids = &child->pid, .n = 1, .follow = true};
	const struct source_options options = {.read_only = read_only};
	struct source *source;
	int code, err = start(child, command);

	if (err)
		return cannot_start(command, err);
	code = bind_ourselves(read_only);
	if (!code)
		code = cmd_open_source(&options, &source);
	if (code) {
		call_off(child);
		return code;
	}
	counters_watch(counters, &watch);
	if (watch.count)
		begin_counting(source, &watch);
	err = let_go(child);
	if (!err)
		return show(child, source, counters, &watch, &options);
	source_close(source);
	child->pid = 0;
	return cannot_start(command, err);
}

/* How the command ended, where that is news; its status is not ours. */
static void say_status(const char *name, int status)
{
	if (WIFSIGNALED(status))
		cmd_error(0, "%s ended by signal %d (%s)", name, WTERMSIG(status),
			  strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status))
		cmd_error(0, "%s ended with status %d", name, WEXITSTATUS(status));
}

/* Where the command begins in the arguments; or an exit code in *code, after a message, or *done. */
static int parse_arguments(int argc, char **argv, struct counters *counters, bool *read_only, int *code,
			   bool *done)
{
	enum { COUNTER = 256, READ_ONLY, FOLLOW };
	static const struct option table[] = {{"counter", required_argument, NULL, COUNTER},
					      {"read-only", no_argument, NULL, READ_ONLY},
					      {"follow", no_argument, NULL, FOLLOW},
					      {"help", no_argument, NULL, 'h'},
					      {0}};
	int option;

	optind = 1;
	opterr = 0;
	/* Up to the command, whose options are its own. */
	while (!*code && !*done && (option = getopt_long(argc, argv, "+:h", table, NULL)) != -1) {
		if (option == COUNTER)
			*code = counters_add(counters, &cmd_run, optarg, &(struct source_options){0});
		else if (option == READ_ONLY)
			*read_only = true;
		else if (option == FOLLOW)
			continue; /* so it does */
		else if (option == '?')
			*code = cmd_usage(&cmd_run,
					  "unknown option '%s' (options of the command go behind --)",
					  argv[optind - 1]);
		else
			*code = cmd_option_else(&cmd_run, option, argv, done);
	}
	if (!*code && !*done && optind >= argc)
		*code = cmd_usage(&cmd_run, "which command?");
	return optind;
}

static int run_command(const struct counters *counters, bool read_only, char **command)
{
	struct child child = {.name = command[0], .output = -1};
	int code;

	if (cmd_has_screen()) {
		child.output = open_unnamed();
		if (child.output < 0)
			return cmd_error(EXIT_IO, "cannot keep the command's output: %s", strerror(errno));
	}
	catch_signals();
	code = watch_child(&child, counters, read_only, command);
	if (child.pid > 0)
		end(&child);
	if (child.output >= 0)
		print_output(&child);
	if (child.pid > 0)
		say_status(child.name, child.status);
	release_signals();
	return ended_by ? 128 + ended_by : code;
}

static int run(int argc, char **argv, const struct source_options *options)
{
	struct counters counters = {0};
	bool done = false, read_only = options->read_only;
	int code, at;

	if (options->via)
		return cmd_usage(&cmd_run,
				 "run works on this machine alone; start the command at the far end, "
				 "and watch it by its PID");
	if (options->lab)
		return cmd_usage(
			&cmd_run,
			"run works on this machine alone; in the lab: thpscope lab shell%s%s -- thpscope "
			"run -- COMMAND",
			*options->lab ? " " : "", options->lab);
	code = cmd_live_only(&cmd_run, options);
	if (code)
		return code;
	at = parse_arguments(argc, argv, &counters, &read_only, &code, &done);
	if (!code && !done)
		code = run_command(&counters, read_only, argv + at);
	counters_fini(&counters);
	return code;
}

const struct cmd cmd_run = {"run", help, run};
