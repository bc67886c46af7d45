/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope: finds the verb and runs it. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "core/mem.h"
#include "local/files.h"
#include "ui/term_curses.h"
#include "version.h"

static const struct cmd *const verbs[] = {&cmd_collapse, &cmd_cow,	&cmd_demo,  &cmd_run,
					  &cmd_sharers,	 &cmd_snapshot, &cmd_split, &cmd_why};

static void out_of_memory(void)
{
	static const char text[] = "thpscope: out of memory; look at a part of the process with --range\n";

	term_restore(); /* else this would be written on a screen that goes away */
	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	exit(EXIT_IO);
}

/* A closed standard descriptor would be given to the first file opened, and then be written to. */
static void keep_standard_descriptors(void)
{
	int fd;

	for (fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
			_exit(EXIT_IO);
}

static int print_version(void)
{
	printf("thpscope %s\n%s\n", THPSCOPE_VERSION, THPSCOPE_BUILT_WITH);
	return EXIT_FINE;
}

static const struct cmd *find_verb(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(verbs[i]->name, name))
			return verbs[i];
	return NULL;
}

/*
 * Takes the verb out of the arguments, so that what is left is its own. It is the first argument, or the first
 * behind a source option (thpscope --root DIR snapshot PID). A process that is called like a verb is named by --name.
 */
static const struct cmd *take_verb(int *argc, char **argv)
{
	const struct cmd *cmd;
	int at = 1;

	if (*argc > 3 && !strcmp(argv[1], "--root"))
		at = 3;
	else if (*argc > 2 && !strncmp(argv[1], "--root=", 7))
		at = 2;
	cmd = at < *argc ? find_verb(argv[at]) : NULL;

	if (!cmd)
		return &cmd_view;
	/* With the NULL behind the last one. */
	memmove(&argv[at], &argv[at + 1], (size_t)(*argc - at) * sizeof(*argv));
	--*argc;
	return cmd;
}

int main(int argc, char **argv)
{
	const struct cmd *cmd;
	int code;

	keep_standard_descriptors();
	mem_exhausted = out_of_memory;
	/* A closed stdout ends the program quietly, also where the parent left SIGPIPE ignored. */
	signal(SIGPIPE, SIG_DFL);
	files_raise();
	setlocale(LC_CTYPE, "");
	if (argc > 1 && !strcmp(argv[1], "--version"))
		return print_version();
	cmd = take_verb(&argc, argv);
	code = cmd->run(argc, argv);
	/* A finding that could not be written is none that anybody saw. */
	if (fflush(stdout) && (code == EXIT_FINE || code == EXIT_FINDING))
		code = cmd_error(EXIT_IO, "cannot write to stdout: %s", strerror(errno));
	return code;
}
