/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that appears whole or not at all. */
#include "cmd/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "core/mem.h"
#include "privilege/privilege.h"

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU, SIGALRM};
#define MOST_LINKS 40 /* as the kernel's own (MAXSYMLINKS) */
#define N_SIGNALS (sizeof(ending_signals) / sizeof(ending_signals[0]))

static struct sigaction before[N_SIGNALS], before_limit;
static char *volatile unfinished; /* for what may end the program meanwhile */

static void remove_unfinished(int signal_number)
{
	if (unfinished)
		unlink(unfinished);
	/* SA_RESETHAND has put the default back. */
	raise(signal_number);
}

/* Out of memory ends in exit(). */
static void remove_at_exit(void)
{
	if (unfinished)
		unlink(unfinished);
}

static void watch_signals(char *part)
{
	static bool registered;
	struct sigaction action = {.sa_handler = remove_unfinished, .sa_flags = (int)SA_RESETHAND};
	size_t i;

	if (!registered)
		registered = !atexit(remove_at_exit);
	unfinished = part;
	/* A file beyond the limit is an error of write (EFBIG). */
	sigaction(SIGXFSZ, &(struct sigaction){.sa_handler = SIG_IGN}, &before_limit);
	for (i = 0; i < N_SIGNALS; i++) {
		sigaction(ending_signals[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN)
			sigaction(ending_signals[i], &action, NULL);
	}
}

static void unwatch_signals(void)
{
	size_t i;

	for (i = 0; i < N_SIGNALS; i++)
		sigaction(ending_signals[i], &before[i], NULL);
	sigaction(SIGXFSZ, &before_limit, NULL);
	unfinished = NULL;
}

/* Where a link that leads to nothing leads to: the file is made there, and the link stays one. */
static int follow_link(const char *link, char **out)
{
	char target[PATH_MAX], *at = mem_strdup(link), *next, *slash;
	size_t size, folder;
	struct stat st;
	ssize_t n;
	int left;

	for (left = MOST_LINKS; left && !lstat(at, &st) && S_ISLNK(st.st_mode); left--) {
		n = readlink(at, target, sizeof(target) - 1);
		if (n < 0)
			break;
		target[n] = '\0';
		slash = strrchr(at, '/');
		folder = slash && *target != '/' ? (size_t)(slash + 1 - at) : 0;
		size = folder + (size_t)n + 1;
		next = mem_alloc(size);
		snprintf(next, size, "%.*s%s", (int)folder, at, target);
		free(at);
		at = next;
	}
	*out = at;
	return left ? 0 : -ELOOP;
}

/*
 * The unfinished file: in the same folder, so that rename works; with the mode that the finished one has, and the owner
 * of the one that it replaces (NULL: none), where we may give it away.
 */
static int open_part(struct output *output, mode_t mode, const struct stat *old)
{
	size_t size = strlen(output->path) + 16;
	sigset_t all, before_all;
	int err;

	output->part = mem_alloc(size);
	snprintf(output->part, size, "%s.part-XXXXXX", output->path);
	/* No signal between the file's birth and the handler that would remove it. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before_all);
	output->fd = mkostemp(output->part, O_CLOEXEC);
	err = output->fd < 0 ? -errno : 0;
	if (!err)
		watch_signals(output->part);
	sigprocmask(SIG_SETMASK, &before_all, NULL);
	if (err) {
		free(output->part);
		output->part = NULL;
		return err;
	}
	if (old)
		(void)!fchown(output->fd, old->st_uid, old->st_gid);
	return fchmod(output->fd, mode) ? -errno : 0;
}

int output_open(struct output *output, const char *path)
{
	mode_t mask = umask(0);
	struct stat st;
	bool exists;
	char *real;
	int err = 0;

	umask(mask);
	*output = (struct output){.fd = STDOUT_FILENO};
	if (!path || !strcmp(path, "-"))
		return 0;
	exists = !stat(path, &st);
	/* Also a link of somebody else's in /tmp, which the kernel does not let us follow. */
	if (!exists && errno != ENOENT)
		return -errno;
	if (exists) {
		if (S_ISDIR(st.st_mode))
			return -EISDIR;
		if (!S_ISREG(st.st_mode)) {
			output->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
			return output->fd < 0 ? -errno : 0;
		}
		mask = (mode_t)~st.st_mode & 0777;
		/* Through a link, so that the link stays one. */
		real = realpath(path, NULL);
		if (!real)
			return -errno;
		output->path = real;
	} else {
		err = follow_link(path, &output->path);
	}
	if (!err)
		err = open_part(output, 0666 & ~mask, exists ? &st : NULL);
	if (err)
		output_abandon(output);
	return err;
}

const char *output_why(int err)
{
	if (err == -EPERM && privilege_is_read_only())
		return "read-only: a file that is new can be written, and nothing else";
	return strerror(-err);
}

int output_failed(const char *path, int err)
{
	return cmd_error(err == -EACCES || err == -EPERM ? EXIT_PERMISSION : EXIT_IO, "cannot write %s: %s",
			 path ? path : "stdout", output_why(err));
}

struct sink output_sink(struct output *output)
{
	return (struct sink){sink_fd, &output->fd};
}

static void forget(struct output *output)
{
	if (output->part)
		unwatch_signals();
	if (output->fd > STDERR_FILENO)
		close(output->fd);
	free(output->path);
	free(output->part);
	*output = (struct output){.fd = -1};
}

int output_commit(struct output *output)
{
	int err = 0;

	if (output->part) {
		/* Close first: some file systems report a full disk only there. */
		if (fsync(output->fd) && errno != EINVAL && errno != EROFS)
			err = -errno;
		if (close(output->fd) && !err)
			err = -errno;
		output->fd = -1;
		if (!err && rename(output->part, output->path))
			err = -errno;
		if (err)
			unlink(output->part);
	}
	forget(output);
	return err;
}

void output_abandon(struct output *output)
{
	if (output->part)
		unlink(output->part);
	forget(output);
}
