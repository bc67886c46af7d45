/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope sharers: who else maps a folio, and how. */
#include <errno.h>
#include <getopt.h>
#include <langinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "core/parse.h"
#include "format/sharers.h"

static const char help[] =
	"usage: thpscope sharers PID|NAME ADDR [OPTION...]\n"
	"Find every process and address that maps the folio behind an address (in\n"
	"hexadecimal), and how: by PMD or by pte, aligned or not, and how many of its\n"
	"subpages.\n"
	"\n"
	"  --timeout T      end after that time, 500ms or 10s, with what was found until\n"
	"                   then; 2s without this option. Ctrl-C does the same\n"
	"  --name NAME      the process by its comm, even one like a PID\n"
	"  --format FORMAT  text (the default) or json (thpscope-snapshot(5))\n"
	"  --root DIR       read a recorded tree (thpscope-record-tree), not this machine\n"
	"  --model GEN      a model machine, of the kernel generation GEN\n"
	"  --help           this text\n"
	"\n"
	"Exit status: 0 searched, even if in part; 2 usage; 3 permission; 4 no such\n"
	"process, or nothing is mapped there; 5 not possible here; 130 ended by Ctrl-C.\n";

/* On a terminal, progress is told from then on, and so often. */
#define PROGRESS_AFTER_NS 1000000000
#define PROGRESS_EVERY_NS 200000000

#define EXIT_SIGNAL 128 /* and the signal's number, as a shell has it */

struct arguments {
	struct targets targets;
	struct sharers_query query;
	bool has_addr, json;
};

static atomic_bool cancelled;
static atomic_uint progress;

static int parse_addr(const char *text, struct arguments *arguments)
{
	const char *rest = cmd_parse_addr(text, &arguments->query.addr);

	if (!rest || *rest)
		return cmd_usage(&cmd_sharers, "'%s' is no hexadecimal address", text);
	arguments->has_addr = true;
	return 0;
}

static int parse_timeout(const char *text, struct arguments *arguments)
{
	if (!parse_time(text, &arguments->query.timeout_ns) || !arguments->query.timeout_ns)
		return cmd_usage(&cmd_sharers, "'%s' is no time: 500ms and 10s are", text);
	return 0;
}

/* What stands without an option: the process, unless --name said it, and the address. */
static int parse_rest(int argc, char **argv, struct arguments *arguments)
{
	int code = 0;

	if (!arguments->targets.n_names && optind < argc && !targets_add(&arguments->targets, argv[optind++]))
		code = cmd_usage(&cmd_sharers, "'%s' is no PID", argv[optind - 1]);
	if (!code && optind < argc)
		code = parse_addr(argv[optind++], arguments);
	if (!code && optind < argc)
		code = cmd_usage(&cmd_sharers, "'%s' is one too many: a process and an address",
				 argv[optind]);
	if (!code && !arguments->targets.n_pids && !arguments->targets.n_names)
		code = cmd_usage(&cmd_sharers, "which process? A PID, or a name");
	if (!code && !arguments->has_addr)
		code = cmd_usage(&cmd_sharers, "which address? /proc/PID/maps has what is mapped");
	return code;
}

static int parse_arguments(int argc, char **argv, struct arguments *arguments, bool *done)
{
	enum { NAME = 256, FORMAT, TIMEOUT };
	static const struct option options[] = {
		{"name", required_argument, NULL, NAME},
		{"format", required_argument, NULL, FORMAT},
		{"timeout", required_argument, NULL, TIMEOUT},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option, code = 0;

	optind = 1;
	opterr = 0;
	while (!code && (option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		switch (option) {
		case NAME:
			targets_add_name(&arguments->targets, optarg);
			break;
		case FORMAT:
			code = cmd_parse_format(&cmd_sharers, optarg, &arguments->json);
			break;
		case TIMEOUT:
			code = parse_timeout(optarg, arguments);
			break;
		default:
			return cmd_option_else(&cmd_sharers, option, argv, done);
		}
	}
	return code ? code : parse_rest(argc, argv, arguments);
}

static void on_interrupt(int number)
{
	(void)number;
	atomic_store_explicit(&cancelled, true, memory_order_relaxed);
}

/* The first Ctrl-C ends the search, the second one the program. */
static void catch_interrupt(void)
{
	struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND | SA_RESTART};

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
}

/* The line on the terminal that tells how far the search is. */
struct teller {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool started, over;
};

static void add_ns(struct timespec *time, long ns)
{
	time->tv_sec += (time->tv_nsec + ns) / 1000000000;
	time->tv_nsec = (time->tv_nsec + ns) % 1000000000;
}

static void *tell(void *ctx)
{
	struct teller *teller = ctx;
	struct timespec next;
	bool told = false;

	clock_gettime(CLOCK_MONOTONIC, &next);
	add_ns(&next, PROGRESS_AFTER_NS);
	pthread_mutex_lock(&teller->lock);
	while (!teller->over) {
		if (pthread_cond_timedwait(&teller->changed, &teller->lock, &next) != ETIMEDOUT)
			continue;
		fprintf(stderr, "\rLooking for sharers: %u %%; Ctrl-C prints what was found. ",
			atomic_load_explicit(&progress, memory_order_relaxed) / 10);
		told = true;
		add_ns(&next, PROGRESS_EVERY_NS);
	}
	pthread_mutex_unlock(&teller->lock);
	if (told)
		fprintf(stderr, "\r%*s\r", 60, "");
	return NULL;
}

static void teller_start(struct teller *teller)
{
	pthread_condattr_t attributes;
	sigset_t interrupt, before;

	memset(teller, 0, sizeof(*teller));
	if (!isatty(STDERR_FILENO))
		return;
	pthread_mutex_init(&teller->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&teller->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	/* The searching thread gets the signal. */
	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGINT);
	pthread_sigmask(SIG_BLOCK, &interrupt, &before);
	teller->started = !pthread_create(&teller->thread, NULL, tell, teller);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void teller_end(struct teller *teller)
{
	if (!teller->started)
		return;
	pthread_mutex_lock(&teller->lock);
	teller->over = true;
	pthread_cond_signal(&teller->changed);
	pthread_mutex_unlock(&teller->lock);
	pthread_join(teller->thread, NULL);
	pthread_cond_destroy(&teller->changed);
	pthread_mutex_destroy(&teller->lock);
}

static int print(const struct sharers *sharers, bool json)
{
	const struct text_options options = {.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0};
	int fd = STDOUT_FILENO, err;
	struct sink sink = {sink_fd, &fd};

	err = json ? json_write_sharers(sharers, &sink) : text_write_sharers(sharers, &options, &sink);
	return err ? cmd_error(EXIT_IO, "cannot write to stdout: %s", strerror(-err)) : EXIT_FINE;
}

/* Partial knowledge is said once, where the output alone does not say it to a person. */
static void say_partial(const struct sharers *sharers)
{
	if (sharers->changed)
		cmd_error(0, "%s: what is printed is out of date", sharers->changed);
	if (sharers->partial)
		cmd_error(0, "%s: what is printed is a part%s", sharers->partial,
			  atomic_load(&cancelled) ? "" : ", and --timeout gives more time");
	else if (sharers->missing > 0 && sharers->denied)
		cmd_error(0,
			  "%u process%s may not be looked into: protected, or of other users, which root "
			  "(CAP_SYS_PTRACE) may look into",
			  sharers->denied, sharers->denied == 1 ? "" : "es");
}

static int search(struct arguments *arguments, struct source *source)
{
	struct arena arena = {0};
	struct sharers sharers;
	struct teller teller;
	int code, err;

	code = targets_one(&arguments->targets, &cmd_sharers, source, &arguments->query.pid);
	if (code)
		return code;
	arguments->query.cancel = &cancelled;
	arguments->query.progress = &progress;
	catch_interrupt();
	teller_start(&teller);
	err = source_sharers(source, &arguments->query, &arena, &sharers);
	teller_end(&teller);
	if (err) {
		code = cmd_error(cmd_code(err), "%s", source->error);
	} else {
		code = print(&sharers, arguments->json);
		say_partial(&sharers);
	}
	if (!code && atomic_load(&cancelled))
		code = EXIT_SIGNAL + SIGINT;
	arena_fini(&arena);
	return code;
}

static int run(int argc, char **argv, const struct source_options *options)
{
	struct arguments arguments = {0};
	struct source *source = NULL;
	bool done = false;
	int code = parse_arguments(argc, argv, &arguments, &done);

	if (!code && !done)
		code = cmd_open_source(options, &source);
	if (!code && !done)
		code = search(&arguments, source);
	source_close(source);
	targets_fini(&arguments.targets);
	return code;
}

const struct cmd cmd_sharers = {"sharers", help, run};
