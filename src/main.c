/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope: finds the verb and runs it. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/complete.h"
#include "cmd/lab_kernel.h"
#include "core/mem.h"
#include "local/files.h"
#include "privilege/privilege.h"
#include "ui/term_curses.h"
#include "version.h"

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
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
			_exit(EXIT_IO);
}

static int print_version(void)
{
	printf("thpscope %s\n%s\n", THPSCOPE_VERSION, THPSCOPE_BUILT_WITH);
	return EXIT_FINE;
}

/* A finding that could not be written, now or on the way, is none that anybody saw. */
static int written(int code)
{
	const bool failed = ferror(stdout);	     /* of which the reason is not known any more */
	const int rest = fflush(stdout) ? errno : 0; /* it is of what is left, if anything is */

	if ((rest || failed) && (code == EXIT_FINE || code == EXIT_FINDING))
		code = cmd_error(EXIT_IO, "cannot write to stdout%s%s", rest ? ": " : "",
				 rest ? strerror(rest) : "");
	return code;
}

/*
 * Takes the verb out of the arguments, so that what is left is its own. A process that is called like a verb is named by
 * --name.
 */
static const struct cmd *take_verb(int *argc, char **argv)
{
	const struct cmd *cmd = *argc > 1 ? cmd_find(argv[1]) : NULL;

	if (!cmd)
		return &cmd_view;
	/* With the NULL behind the last one. */
	memmove(&argv[1], &argv[2], (size_t)(*argc - 1) * sizeof(*argv));
	--*argc;
	return cmd;
}

int main(int argc, char **argv)
{
	struct source_options source = {0};
	const struct cmd *cmd;
	int code;

	keep_standard_descriptors();
	if (privilege_is_setuid())
		return cmd_error(
			EXIT_PERMISSION,
			"this file is set-user-ID or set-group-ID, and thpscope does not run so: "
			"take the bit off (chmod ug-s), and run it as root or with file capabilities");
	mem_exhausted = out_of_memory;
	/* Jansson (2.14) aborts, or goes on with half a value, where it should give up. */
	json_set_alloc_funcs(mem_alloc, free);
	/* A closed stdout ends the program quietly, also where the parent left SIGPIPE ignored. */
	signal(SIGPIPE, SIG_DFL);
	/* Ignored, as some parents leave it, it would have our children's PIDs given to others before we look. */
	signal(SIGCHLD, SIG_DFL);
	files_raise();
	setlocale(LC_CTYPE, "");
	if (argc > 1 && !strcmp(argv[1], "--version"))
		return written(print_version());
	if (argc > 1 && !strcmp(argv[1], "--complete"))
		return privilege_keep(PRIVILEGE_LOOK) ? EXIT_PERMISSION
						      : written(complete(argc - 2, argv + 2));
	code = cmd_take_source(&argc, argv, &source);
	if (!code) {
		cmd = take_verb(&argc, argv);
		code = cmd_drop_privileges(cmd, &source);
		if (!code)
			code = cmd->run(argc, argv, &source);
	}
	lab_source_end();
	return written(code);
}
