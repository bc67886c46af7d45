/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running what builds the lab's kernels, and hearing what it says. */
#include "cmd/lab_builder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/cmd.h"

#define LINE_ROOM 8192

static void tell_pipe(int fd, const char *text)
{
	/* Who cannot even be told gets the exit code. */
	if (write(fd, text, strlen(text)) < 0)
		_exit(EXIT_IO);
}

/*
 * In the child, where other threads may have been at the fork: nothing but system calls. Bash sets no trap for a signal that it
 * finds ignored.
 */
static void become_builder(char **argv, int out, int errors, pid_t parent)
{
	const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t term;
	int error;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	signal(SIGTERM, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &term, NULL);
	if (!prctl(PR_SET_PDEATHSIG, SIGTERM) && null >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
	    dup2(out, STDOUT_FILENO) >= 0 && dup2(errors, STDERR_FILENO) >= 0) {
		errno = ESRCH; /* where the parent has ended already */
		if (getppid() == parent)
			execv(argv[0], argv);
	}
	error = errno;
	tell_pipe(errors, "what builds the lab's kernels cannot be started: ");
	tell_pipe(errors, strerrordesc_np(error));
	_exit(EXIT_IO);
}

/* Starts the builder; what it says on stdout can be read from *out, stderr from *errors. */
static pid_t start_builder(char **argv, int *out, int *errors)
{
	const pid_t self = getpid();
	int said[2], wrong[2];
	pid_t pid;

	if (pipe2(said, O_CLOEXEC))
		return -1;
	if (pipe2(wrong, O_CLOEXEC)) {
		close(said[0]);
		close(said[1]);
		return -1;
	}
	pid = fork();
	if (!pid)
		become_builder(argv, said[1], wrong[1], self);
	close(said[1]);
	close(wrong[1]);
	*out = said[0];
	*errors = wrong[0];
	return pid;
}

/* Tells of a step on stderr: on a terminal in one line, which the next one replaces. */
static void tell_step(const char *name, const char *text)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[KLinux %s: %s", name, text);
	else
		fprintf(stderr, "Linux %s: %s\n", name, text);
	fflush(stderr);
}

/* Its lines: "step N/M TEXT" and "done FOLDER"; of --where the folder alone. */
static void listen(FILE *out, const char *name, struct buf *folder)
{
	char line[LINE_ROOM];
	bool told = false;

	while (fgets(line, sizeof(line), out)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "step ", 5)) {
			tell_step(name, line + 5);
			told = true;
		} else {
			buf_clear(folder);
			buf_puts(folder, strncmp(line, "done ", 5) ? line : line + 5);
		}
	}
	if (told && isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

/* Its last words, without its name; one line. */
static void last_words(FILE *errors, char *line, size_t size)
{
	char next[1024];

	*line = '\0';
	while (fgets(next, sizeof(next), errors)) {
		next[strcspn(next, "\n")] = '\0';
		snprintf(line, size, "%s", strncmp(next, "build: ", 7) ? next : next + 7);
	}
}

/* What it says on both of its ends, until it ends. 0, or a negative errno: it was not heard. */
static int hear(int out, int errors, const char *name, struct buf *folder, char *words, size_t size)
{
	FILE *said = fdopen(out, "re"), *wrong = fdopen(errors, "re");
	int err = said && wrong ? 0 : -errno;

	if (!err) {
		listen(said, name, folder);
		last_words(wrong, words, size);
		if (ferror(said) || ferror(wrong))
			err = -EIO;
	}
	if (said)
		fclose(said);
	else
		close(out);
	if (wrong)
		fclose(wrong);
	else
		close(errors);
	return err;
}

int lab_builder_run(char **argv, const char *name, struct buf *folder, char *words, size_t size)
{
	int out, errors, status, err;
	pid_t pid = start_builder(argv, &out, &errors);

	*words = '\0';
	buf_clear(folder);
	buf_puts(folder, "");
	if (pid < 0) {
		snprintf(words, size, "cannot start %s: %s", argv[0], strerror(errno));
		return EXIT_IO;
	}
	err = hear(out, errors, name, folder, words, size);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno == EINTR)
			continue;
		err = -errno;
		break;
	}
	if (err) {
		snprintf(words, size, "cannot hear %s: %s", argv[0], strerror(-err));
		return EXIT_IO;
	}
	if (!*words && (!WIFEXITED(status) || WEXITSTATUS(status)))
		snprintf(words, size, "%s was ended, and did not say why", argv[0]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
