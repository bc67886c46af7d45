/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope lab: real kernels in QEMU, to build, to look into, and to run commands in. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/lab_kernel.h"
#include "core/parse.h"

static const char help[] =
	"usage: thpscope lab build [--source TARBALL] [KERNEL...]\n"
	"       thpscope lab run [--memory MIB] [--cpus N] [KERNEL]\n"
	"       thpscope lab shell [--share DIR] [--memory MIB] [--cpus N] [KERNEL]\n"
	"                          [-- COMMAND [ARG...]]\n"
	"       thpscope lab list\n"
	"Real Linux kernels in QEMU, where nothing that is tried does any harm. KERNEL is\n"
	"one that 'list' lists, or the path of a bzImage (with a '/'); without one 'team'\n"
	"is meant: Linux 6.1 with page teams. Root is not needed.\n"
	"\n"
	"'build' builds kernels from Debian's source packages; some minutes each. 'run'\n"
	"boots one and opens the map of processes that have laid their memory out in all\n"
	"ways there are, page teams first where the kernel has them; so does\n"
	"'thpscope --lab[=KERNEL]'. 'shell' opens a shell as root in the guest, or runs\n"
	"COMMAND there: it sees the files of this machine, and what it writes is kept in\n"
	"memory and lost at its end. Its exit status is that of COMMAND.\n"
	"\n"
	"Each machine is a fresh one, in which nothing runs but its init. So --lab is for\n"
	"'demo SCRIPT', 'lesson run NAME', 'matrix SCRIPT', 'snapshot --all', and no\n"
	"verb. To look at a program of one's own, take thpscope into the machine:\n"
	"  thpscope lab shell KERNEL -- build/release/thpscope run -- ./my-program\n"
	"\n"
	"  --source TARBALL  of the kernel's source, where apt has none\n"
	"  --share DIR       what is written to this folder stays\n"
	"  --memory MIB      of the guest, 2048 by default, 128 at least\n"
	"  --cpus N          of the guest, 2 by default\n"
	"  --help            this text\n";

/* With less the kernels of the list do not come up, or have no room for a huge page. */
#define LEAST_MIB 128

struct wanted {
	struct lab_options guest;
	const char *source;
	char *share;
};

static int need(const char *name, const char *text, unsigned least, unsigned most, unsigned *value)
{
	uint64_t number;

	if (!parse_number(text, &number) || number < least || number > most)
		return cmd_usage(&cmd_lab, "%s takes a number from %u to %u, not '%s'", name, least, most,
				 text);
	*value = (unsigned)number;
	return 0;
}

static int need_folder(const char *path, struct wanted *wanted)
{
	struct stat status;

	free(wanted->share);
	wanted->share = realpath(path, NULL);
	if (!wanted->share || stat(wanted->share, &status))
		return cmd_error(EXIT_NOTHING, "cannot share %s: %s", path, strerror(errno));
	if (!S_ISDIR(status.st_mode))
		return cmd_error(EXIT_USAGE, "cannot share %s: it is no folder", path);
	wanted->guest.share = wanted->share;
	return 0;
}

static double seconds_of(const char *folder)
{
	struct buf path = {0};
	double seconds = 0;
	FILE *file;

	buf_printf(&path, "%s/seconds", folder);
	file = fopen(path.data, "re");
	if (!file || fscanf(file, "%lf", &seconds) != 1)
		seconds = 0;
	if (file)
		fclose(file);
	buf_fini(&path);
	return seconds;
}

static void release_of(const char *folder, char *release, size_t size)
{
	struct buf path = {0};
	FILE *file;

	buf_printf(&path, "%s/version", folder);
	file = fopen(path.data, "re");
	if (!file || !fgets(release, (int)size, file))
		snprintf(release, size, "?");
	release[strcspn(release, "\n")] = '\0';
	if (file)
		fclose(file);
	buf_fini(&path);
}

static int build_one(const char *name, const char *source)
{
	struct buf folder = {0};
	char release[65];
	int code = lab_kernel_known(name);

	if (!code)
		code = lab_kernel_build(name, source, &folder);

	if (!code) {
		release_of(folder.data, release, sizeof(release));
		printf("%s: Linux %s, built in %.0f s: %s/bzImage\n", name, release, seconds_of(folder.data),
		       folder.data);
		fflush(stdout);
	}
	buf_fini(&folder);
	return code;
}

static int build(int n, char **names, const struct wanted *wanted)
{
	int code = 0, i;

	if (wanted->source && n > 1)
		return cmd_usage(&cmd_lab, "--source is the source of one kernel");
	if (!n)
		return build_one(LAB_KERNEL_USUAL, wanted->source);
	for (i = 0; i < n && !code; i++)
		code = build_one(names[i], wanted->source);
	return code;
}

static void print_row(const char *name, const char *folder)
{
	char release[65];
	struct buf path = {0};
	struct stat status;

	if (!*folder) {
		printf("%-10s not built\n", name);
		return;
	}
	release_of(folder, release, sizeof(release));
	buf_printf(&path, "%s/bzImage", folder);
	printf("%-10s %-14s %6.1f MB %5.1f min  %s\n", name, release,
	       stat(path.data, &status) ? 0 : (double)status.st_size / 1e6, seconds_of(folder) / 60,
	       path.data);
	buf_fini(&path);
}

static int list(void)
{
	struct lab_kernels all;
	struct buf folder = {0};
	int code = lab_kernels_find(&all);
	size_t i;

	if (!code)
		printf("%-10s %-14s %9s %8s  %s\n", "KERNEL", "RELEASE", "SIZE", "BUILT IN", "PATH");
	for (i = 0; i < all.n && !code; i++) {
		code = lab_kernel_where(all.names[i], &folder);
		if (!code)
			print_row(all.names[i], folder.data);
	}
	buf_fini(&folder);
	return code;
}

/* Builds what a name means if it is not built, after saying so: that takes minutes. */
static int ensure(const char *kernel)
{
	struct buf folder = {0};
	int code = strchr(kernel, '/') ? 0 : lab_kernel_known(kernel);

	if (!code && !strchr(kernel, '/'))
		code = lab_kernel_where(kernel, &folder);
	if (!code && !strchr(kernel, '/') && !folder.len) {
		cmd_error(0, "Linux %s is not built yet; building it takes some minutes", kernel);
		code = lab_kernel_build(kernel, NULL, &folder);
	}
	buf_fini(&folder);
	return code;
}

static int run_map(const char *kernel, const struct wanted *wanted)
{
	const struct source_options options = {
		.lab = kernel, .lab_memory_mb = wanted->guest.memory_mb, .lab_cpus = wanted->guest.cpus};
	char name[] = "demo";

	return cmd_demo.run(1, (char *[]){name, NULL}, &options);
}

/* A shell's start-up files take long where QEMU emulates: who waits is told for what. */
static void say_up(const struct lab *lab, char *const *command)
{
	const char *shell = getenv("SHELL");

	if (command || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return;
	fprintf(stderr,
		"Linux %s is up; starting %s, which reads your start-up files ('-- bash --norc' does not)\n",
		lab_release(lab), shell && *shell ? shell : "/bin/sh");
}

static int run_shell(const char *kernel, char *const *command, const struct wanted *wanted)
{
	struct lab_options options = wanted->guest;
	char error[512] = "";
	struct lab *lab;
	int code, status;

	options.files = true;
	code = lab_kernel_boot(kernel, &options, &lab);
	if (code)
		return code;
	say_up(lab, command);
	status = lab_run(lab, command, error, sizeof(error));
	lab_free(lab);
	return status < 0 ? cmd_error(EXIT_IO, "%s", error) : status;
}

static int carry_out(const char *what, int n, char **words, char *const *command, const struct wanted *wanted)
{
	const char *kernel = n ? words[0] : LAB_KERNEL_USUAL;
	const bool shell = !strcmp(what, "shell");
	int code;

	if (!shell && command)
		return cmd_usage(&cmd_lab, "only shell takes a command");
	if (!shell && wanted->share)
		return cmd_usage(&cmd_lab, "only shell takes --share");
	if (strcmp(what, "build") && wanted->source)
		return cmd_usage(&cmd_lab, "only build takes --source");
	if (!strcmp(what, "build"))
		return build(n, words, wanted);
	if (!strcmp(what, "list"))
		return n ? cmd_usage(&cmd_lab, "list takes no name") : list();
	if (!shell && strcmp(what, "run"))
		return cmd_usage(&cmd_lab, "unknown word '%s': build, run, shell and list are known", what);
	if (n > 1)
		return cmd_usage(&cmd_lab, "one kernel at a time%s%s",
				 shell ? "; a command stands behind --, as in: lab shell KERNEL -- " : "",
				 shell ? words[1] : "");
	code = ensure(kernel);
	if (code)
		return code;
	return shell ? run_shell(kernel, command, wanted) : run_map(kernel, wanted);
}

static int take_option(int option, char **argv, struct wanted *wanted)
{
	switch (option) {
	case 's':
		wanted->source = optarg;
		return 0;
	case 'd':
		return need_folder(optarg, wanted);
	case 'm':
		return need("--memory", optarg, LEAST_MIB, 1u << 20, &wanted->guest.memory_mb);
	case 'c':
		return need("--cpus", optarg, 1, 255, &wanted->guest.cpus);
	case ':':
		return cmd_usage(&cmd_lab, "'%s' needs an argument", argv[optind - 1]);
	}
	return cmd_usage(&cmd_lab, "unknown option '%s'", argv[optind - 1]);
}

static int run_lab(int argc, char **argv, const struct source_options *given)
{
	static const struct option table[] = {
		{"source", required_argument, NULL, 's'}, {"share", required_argument, NULL, 'd'},
		{"memory", required_argument, NULL, 'm'}, {"cpus", required_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},	  {0}};
	struct wanted wanted = {.source = NULL};
	int option, code = cmd_live_only(&cmd_lab, given), end;
	char **command = NULL;

	/* What stands behind "--" is a command's. */
	for (end = 1; end < argc && strcmp(argv[end], "--"); end++)
		;
	if (end + 1 < argc)
		command = argv + end + 1;
	optind = 1;
	opterr = 0;
	while (!code && (option = getopt_long(end, argv, ":", table, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			free(wanted.share);
			return EXIT_FINE;
		}
		code = take_option(option, argv, &wanted);
	}
	if (!code && optind == end)
		code = cmd_usage(&cmd_lab, "what is to be done: build, run, shell or list?");
	if (!code)
		code = carry_out(argv[optind], end - optind - 1, argv + optind + 1, command, &wanted);
	free(wanted.share);
	return code;
}

const struct cmd cmd_lab = {"lab", help, run_lab};
