/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope-record-tree: records running processes into a tree that thpscope --root reads. */
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/parse.h"
#include "privilege/privilege.h"
#include "proc/proc.h"
#include "tree/record.h"

/* Exit codes, as those of thpscope(1). */
enum {
	EXIT_REFUSED = 1,
	EXIT_USAGE = 2,
	EXIT_PERMISSION = 3,
	EXIT_NO_PROCESS = 4,
	EXIT_DAMAGED = 6,
	EXIT_IO = 7,
	EXIT_INTERRUPTED = 130,
};

static const char usage[] = "usage: thpscope-record-tree PID... DIR\n"
			    "Records how the memory of running processes is mapped into the new directory\n"
			    "DIR, for thpscope --root DIR.\n"
			    "\n"
			    "DIR holds each process's maps, smaps, stat, status, mountinfo and comm, its\n"
			    "pagemap words, what PAGEMAP_SCAN says, the flags and mapcounts of its page\n"
			    "frames, its page-table entries where the kernel shows them, and the\n"
			    "system's THP settings and counters. It holds no contents of memory, but\n"
			    "names of files and mounts: look before you pass it on. Only its owner can\n"
			    "read it. Stop a busy process first (kill -STOP PID). As root it records\n"
			    "most; without, what the kernel shows to you.\n"
			    "\n"
			    "  --help     this text\n"
			    "  --version  the version\n";

static int fail(int code, const char *text)
{
	fprintf(stderr, "thpscope-record-tree: %s\n", text);
	return code;
}

static void out_of_memory(void)
{
	static const char text[] = "thpscope-record-tree: out of memory\n";

	tree_record_give_up();
	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(EXIT_IO);
}

static void stop(int number)
{
	(void)number;
	tree_record_stop = 1;
}

static int exit_code(int err)
{
	switch (err) {
	case -EAGAIN:
		return EXIT_REFUSED;
	case -EEXIST:
		return EXIT_USAGE;
	case -EACCES:
		return EXIT_PERMISSION;
	case -ESRCH:
		return EXIT_NO_PROCESS;
	case -EBADMSG:
		return EXIT_DAMAGED;
	case -EINTR:
		return tree_record_stop ? EXIT_INTERRUPTED : EXIT_IO;
	default:
		return EXIT_IO;
	}
}

static int record(const pid_t *pids, size_t n, const char *dir)
{
	struct sigaction action = {.sa_handler = stop};
	struct kernel *kernel;
	char error[512];
	int err;

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	err = proc_kernel_open("/", &kernel, error, sizeof(error));
	if (err)
		return fail(exit_code(err), error);
	err = tree_record(kernel, pids, n, dir, error, sizeof(error));
	kernel_close(kernel);
	return err ? fail(exit_code(err), error) : 0;
}

/* A text for stdout; a closed or full one is an error like any other. */
static int print(const char *text)
{
	if (fputs(text, stdout) == EOF || fflush(stdout))
		return fail(EXIT_IO, "cannot write to stdout");
	return 0;
}

int main(int argc, char **argv)
{
	char text[128];
	uint64_t pid;
	pid_t *pids;
	int i, code;

	if (privilege_is_setuid())
		return fail(EXIT_PERMISSION,
			    "this file is set-user-ID or set-group-ID, and does not run so: take the "
			    "bit off (chmod ug-s)");
	mem_exhausted = out_of_memory;
	/* Jansson (2.14) aborts, or goes on with half a value, where it should give up. */
	json_set_alloc_funcs(mem_alloc, free);
	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help"))
			return print(usage);
		if (!strcmp(argv[i], "--version"))
			return print("thpscope-record-tree " THPSCOPE_VERSION "\n");
	}
	if (argc < 3)
		return fail(EXIT_USAGE, "a PID and a directory are needed: thpscope-record-tree PID... DIR");
	pids = mem_alloc((size_t)argc * sizeof(*pids));
	for (i = 1; i < argc - 1; i++) {
		if (!parse_number(argv[i], &pid) || !pid || pid > INT32_MAX) {
			snprintf(text, sizeof(text),
				 "%.64s is no PID: PIDs are numbers from 1 on, DIR comes last", argv[i]);
			free(pids);
			return fail(EXIT_USAGE, text);
		}
		pids[i - 1] = (pid_t)pid;
	}
	code = privilege_keep(PRIVILEGE_LOOK | PRIVILEGE_FILES)
		       ? fail(EXIT_PERMISSION, "cannot drop privileges, and does nothing with them")
		       : 0;
	if (!code)
		code = record(pids, (size_t)(argc - 2), argv[argc - 1]);
	free(pids);
	return code;
}
