/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope-agent: thpscope's far end, which reads this machine's kernel and is spoken to over stdin and stdout. */
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "core/mem.h"
#include "init/init.h"
#include "local/files.h"
#include "privilege/privilege.h"
#ifdef AGENT_IS_SPECIMEN
#include "specimen/specimen.h"
#endif

static const char usage[] =
	"usage: thpscope-agent [--read-only]\n"
	"The far end of thpscope --via 'COMMAND': COMMAND starts it on another machine, as in\n"
	"thpscope --via 'ssh HOST thpscope-agent'. It reads that machine's kernel, with the rights\n"
	"of whoever it runs as, and speaks over its stdin and stdout; thpscope-agent(1) says what.\n"
	"It needs no other file: copy it to where it is to run.\n"
	"\n"
	"  --read-only  look, and be unable to change any process, whoever asks\n"
	"  --help       this text\n"
	"  --version    the version\n";

static int fail(int code, const char *text)
{
	fprintf(stderr, "thpscope-agent: %s\n", text);
	return code;
}

static int print(const char *text)
{
	if (fputs(text, stdout) == EOF || fflush(stdout))
		return fail(AGENT_IO, "cannot write to stdout");
	return AGENT_FINE;
}

/* The specimen ends with its socket, a guardian finishes by itself. */
static void out_of_memory(void)
{
	static const char text[] = "thpscope-agent: out of memory\n";

	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(AGENT_IO);
}

static void stop(int number)
{
	(void)number;
	agent_stop();
}

static void take_signals(void)
{
	struct sigaction action = {.sa_handler = stop};

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

int main(int argc, char **argv)
{
	char error[256];

	if (privilege_is_setuid())
		return fail(AGENT_PERMISSION,
			    "this file is set-user-ID or set-group-ID, and does not run so: take the "
			    "bit off (chmod ug-s)");
#ifdef AGENT_IS_SPECIMEN
	if (argc && !strcmp(argv[0], "thpscope-specimen"))
		return specimen_main();
#endif
	mem_exhausted = out_of_memory;
	/* Jansson (2.14) aborts, or goes on with half a value, where it should give up. */
	json_set_alloc_funcs(mem_alloc, free);
	/* As the kernel calls the first program of its initramfs; in a container we may be process 1 too. */
	if (getpid() == 1 && argc && !strcmp(argv[0], "/init"))
		init_main();
	if (argc > 1 && !strcmp(argv[1], "--help"))
		return print(usage);
	if (argc > 1 && !strcmp(argv[1], "--version"))
		return print("thpscope-agent " THPSCOPE_VERSION "\n");
	if (argc > 2 || (argc > 1 && strcmp(argv[1], "--read-only")))
		return fail(AGENT_USAGE, "it takes no arguments but --read-only, --help and --version");
	if (isatty(STDIN_FILENO) || isatty(STDOUT_FILENO))
		return fail(AGENT_USAGE, "this is called by thpscope, as in thpscope --via 'ssh HOST "
					 "thpscope-agent', and speaks no human language");
	files_raise();
	if (privilege_keep(PRIVILEGE_LOOK | PRIVILEGE_ACT | PRIVILEGE_START))
		return fail(AGENT_PERMISSION, "cannot drop privileges, and does nothing with them");
	if (argc > 1 && privilege_read_only(error, sizeof(error)))
		return fail(AGENT_IMPOSSIBLE, error);
	take_signals();
	return agent_serve(STDIN_FILENO, STDOUT_FILENO, argc > 1);
}
