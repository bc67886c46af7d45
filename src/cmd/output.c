/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that appears whole or not at all. */
#include "cmd/output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP};
#define N_SIGNALS (sizeof(ending_signals) / sizeof(ending_signals[0]))

static struct sigaction before[N_SIGNALS];
static char *volatile unfinished; /* for the handler alone */

static void remove_unfinished(int signal_number)
{
	if (unfinished)
		unlink(unfinished);
	/* SA_RESETHAND has put the default back. */
	raise(signal_number);
}

static void watch_signals(char *part)
{
	struct sigaction action = {.sa_handler = remove_unfinished, .sa_flags = SA_RESETHAND};
	size_t i;

	unfinished = part;
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
	unfinished = NULL;
}

/* The unfinished file: in the same folder, so that rename works; with the mode that the finished one has. */
static int open_part(struct output *output, mode_t mode)
{
	size_t size = strlen(output->path) + 16;

	output->part = mem_alloc(size);
	snprintf(output->part, size, "%s.part-XXXXXX", output->path);
	output->fd = mkostemp(output->part, O_CLOEXEC);
	if (output->fd < 0)
		return -errno;
	watch_signals(output->part);
	return fchmod(output->fd, mode) ? -errno : 0;
}

int output_open(struct output *output, const char *path)
{
	mode_t mask = umask(0);
	struct stat st;
	char *real;
	int err;

	umask(mask);
	*output = (struct output){.fd = STDOUT_FILENO};
	if (!path || !strcmp(path, "-"))
		return 0;
	if (!stat(path, &st)) {
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
		output->path = mem_strdup(path);
	}
	err = open_part(output, 0666 & ~mask);
	if (err)
		output_abandon(output);
	return err;
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
