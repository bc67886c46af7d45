/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command in the guest that sees the host's files, and what goes in and out of it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/parts.h"
#include "init/request.h"

#define CHUNK 65536
#define LAST_ROUNDS 32

void command_init(struct command *command)
{
	*command = (struct command){.terminal = -1, .input = -1, .output = -1, .errors = -1};
}

/* In the child, whose stdin, stdout and stderr are right by now. Does not return. */
static void become(const struct request *request, const char *root)
{
	static char *no_words[2];
	char **words = request->words;
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	environ = request->environment;
	if (chroot(root) || (chdir(request->folder) && chdir("/"))) {
		dprintf(STDERR_FILENO, "thpscope: the guest cannot enter the host's files: %s\n",
			strerror(errno));
		_exit(126);
	}
	setenv("PWD", request->folder, 1);
	if (!*words) {
		words = no_words;
		words[0] = getenv("SHELL");
		if (!words[0] || access(words[0], X_OK))
			words[0] = (char *)"/bin/sh";
	}
	execvp(words[0], words);
	dprintf(STDERR_FILENO, "thpscope: %s: %s\n", words[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static struct winsize winsize(struct lab_size size)
{
	return (struct winsize){.ws_row = size.rows, .ws_col = size.columns};
}

static void own(int fd)
{
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, O_NONBLOCK);
}

static int start_on_terminal(struct command *command, const struct request *request, const char *root)
{
	struct winsize size = winsize(request->head.size);

	command->pid = forkpty(&command->terminal, NULL, NULL, &size);
	if (command->pid < 0)
		return -errno;
	if (!command->pid)
		become(request, root);
	own(command->terminal);
	return 0;
}

static int start_on_pipes(struct command *command, const struct request *request, const char *root)
{
	int in[2], out[2], errors[2];

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(errors, O_CLOEXEC))
		return -errno;
	command->pid = fork();
	if (command->pid < 0)
		return -errno;
	if (!command->pid) {
		setsid();
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		dup2(errors[1], STDERR_FILENO);
		become(request, root);
	}
	close(in[0]);
	close(out[1]);
	close(errors[1]);
	command->input = in[1];
	command->output = out[0];
	command->errors = errors[0];
	own(in[1]);
	own(out[0]);
	own(errors[0]);
	return 0;
}

int command_start(struct command *command, const char *text, size_t size, char *error, size_t error_size)
{
	struct request request = {.folder = NULL};
	const char *root = NULL;
	int err = 0;

	if (command->pid || command->ended)
		snprintf(error, error_size, "one command at a time");
	else if (!request_parse(text, size, &request))
		snprintf(error, error_size, "the guest does not understand what to run");
	else
		root = mounts_host(request.share, error, error_size);
	if (root) {
		err = request.head.terminal ? start_on_terminal(command, &request, root)
					    : start_on_pipes(command, &request, root);
		if (err)
			snprintf(error, error_size, "the guest cannot start the command: %s", strerror(-err));
	}
	request_fini(&request);
	return root && !err ? 0 : -1;
}

void command_input(struct command *command, const char *bytes, size_t size)
{
	if (command->terminal >= 0 || command->input >= 0)
		buf_add(&command->pending, bytes, size);
}

void command_input_ends(struct command *command)
{
	command->input_ends = true;
}

void command_size(const struct command *command, struct lab_size size)
{
	const struct winsize now = winsize(size);

	if (command->terminal >= 0)
		ioctl(command->terminal, TIOCSWINSZ, &now);
}

void command_reaped(struct command *command, int status)
{
	command->ended = true;
	command->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	command->pid = 0;
}

size_t command_poll(const struct command *command, struct pollfd *fds, bool full)
{
	const short out = full ? 0 : POLLIN, in = command->pending.len ? POLLOUT : 0;
	size_t n = 0;

	if (command->terminal >= 0 && (out | in))
		fds[n++] = (struct pollfd){.fd = command->terminal, .events = (short)(out | in)};
	if (command->input >= 0 && in)
		fds[n++] = (struct pollfd){.fd = command->input, .events = in};
	if (command->output >= 0 && out)
		fds[n++] = (struct pollfd){.fd = command->output, .events = out};
	if (command->errors >= 0 && out)
		fds[n++] = (struct pollfd){.fd = command->errors, .events = out};
	return n;
}

static void drop(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* False: nothing is there now. A terminal that nobody has open any more says EIO. */
static bool take(int *fd, enum lab_frame_type type, struct buf *out)
{
	char bytes[CHUNK];
	ssize_t n = *fd < 0 ? 0 : read(*fd, bytes, sizeof(bytes));

	if (n > 0)
		lab_frame_put(out, type, bytes, (size_t)n);
	else if (*fd >= 0 && (n == 0 || (errno != EAGAIN && errno != EINTR)))
		drop(fd);
	return n > 0;
}

static void give(struct command *command)
{
	int *fd = command->terminal >= 0 ? &command->terminal : &command->input;
	ssize_t n = 0;

	if (*fd >= 0 && command->pending.len)
		n = write(*fd, command->pending.data, command->pending.len);
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		n = (ssize_t)command->pending.len; /* nobody reads it */
		if (command->terminal < 0)
			drop(&command->input);
	}
	if (n > 0) {
		memmove(command->pending.data, command->pending.data + n, command->pending.len - (size_t)n);
		command->pending.len -= (size_t)n;
	}
	if (command->input_ends && !command->pending.len)
		drop(&command->input);
}

void command_turn(struct command *command, struct buf *out)
{
	give(command);
	take(&command->terminal, LAB_OUTPUT, out);
	take(&command->output, LAB_OUTPUT, out);
	take(&command->errors, LAB_ERRORS, out);
}

void command_finish(struct command *command, struct buf *out)
{
	const uint32_t status = (uint32_t)command->status;
	bool more = true;
	int round;

	/* What it has left running may go on to write: pipes hold less than these rounds carry. */
	for (round = 0; more && round < LAST_ROUNDS; round++) {
		more = take(&command->terminal, LAB_OUTPUT, out);
		more |= take(&command->output, LAB_OUTPUT, out);
		more |= take(&command->errors, LAB_ERRORS, out);
	}
	lab_frame_put(out, LAB_ENDED, &status, sizeof(status));
}
