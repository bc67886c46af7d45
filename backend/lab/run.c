/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command in the guest with our stdin, stdout and stderr. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "core/mem.h"
#include "lab/parts.h"

#define CHUNK 32768

struct session {
	struct lab *lab;
	bool terminal;
	struct termios before; /* of the terminal */
	int signals;
	int out, errors; /* where the command's stdout and stderr go */
	sigset_t mask_before;
	bool input_ended;
	struct buf to_guest; /* frames that it has not taken */
	int status;	     /* once `over` */
	bool over;
	char *error;
	size_t size;
};

static struct lab_size terminal_size(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		return (struct lab_size){24, 80};
	return (struct lab_size){size.ws_row, size.ws_col};
}

static void put_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text) + 1);
}

static void ask(struct session *session, const char *share, char *const *command)
{
	char *folder = getcwd(NULL, 0);
	struct lab_run head = {.terminal = session->terminal, .size = terminal_size()};
	struct buf request = {0};
	char **at;

	for (at = (char **)command; at && *at; at++)
		head.n_words++;
	for (at = environ; at && *at; at++)
		head.n_environment++;
	buf_add(&request, &head, sizeof(head));
	put_text(&request, folder ? folder : "/");
	put_text(&request, share ? share : "");
	for (at = (char **)command; at && *at; at++)
		put_text(&request, *at);
	for (at = environ; at && *at; at++)
		put_text(&request, *at);
	lab_frame_put(&session->to_guest, LAB_RUN, request.data, request.len);
	buf_fini(&request);
	free(folder);
}

/*
 * A terminal that says that it takes some blocks for the rest (n_tty_write), so it is opened anew: O_NONBLOCK on ours would
 * be seen by all who share it.
 */
static int open_anew(int fd)
{
	char path[32];
	int own;

	if (!isatty(fd))
		return fd;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return own < 0 ? fd : own;
}

static void begin(struct session *session)
{
	static const int watched[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH};
	struct termios raw;
	sigset_t mask;
	size_t i;

	sigemptyset(&mask);
	for (i = 0; i < sizeof(watched) / sizeof(watched[0]); i++)
		sigaddset(&mask, watched[i]);
	sigprocmask(SIG_BLOCK, &mask, &session->mask_before);
	session->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	session->out = open_anew(STDOUT_FILENO);
	session->errors = open_anew(STDERR_FILENO);
	session->terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && isatty(STDERR_FILENO) &&
			    !tcgetattr(STDIN_FILENO, &session->before);
	if (!session->terminal)
		return;
	raw = session->before;
	cfmakeraw(&raw);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

static void end(struct session *session)
{
	if (session->terminal)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &session->before);
	close(session->signals);
	if (session->out != STDOUT_FILENO)
		close(session->out);
	if (session->errors != STDERR_FILENO)
		close(session->errors);
	sigprocmask(SIG_SETMASK, &session->mask_before, NULL);
	buf_fini(&session->to_guest);
}

static void take_signal(struct session *session)
{
	struct signalfd_siginfo info;
	struct lab_size size;

	while (read(session->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGWINCH) {
			session->over = true;
			session->status = 128 + (int)info.ssi_signo;
		} else if (session->terminal) {
			size = terminal_size();
			lab_frame_put(&session->to_guest, LAB_SIZE, &size, sizeof(size));
		}
	}
}

/* Whoever reads it may take nothing for ever: signals are taken meanwhile, and no more is written than there is room for. */
static void write_all(struct session *session, int fd, const struct buf *text)
{
	struct pollfd fds[] = {{fd, POLLOUT, 0}, {session->signals, POLLIN, 0}};
	size_t done = 0, left;
	ssize_t n;

	while (done < text->len && !session->over) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents)
			take_signal(session);
		if (!fds[0].revents || session->over)
			continue;
		left = text->len - done;
		n = write(fd, text->data + done, left < PIPE_BUF ? left : PIPE_BUF);
		if (n < 0 && errno != EINTR && errno != EAGAIN) {
			session->over = true;
			session->status = -errno;
			snprintf(session->error, session->size, "cannot write what the command says: %s",
				 strerror(errno));
		}
		done += n > 0 ? (size_t)n : 0;
	}
}

static void hear(struct session *session)
{
	struct buf text = {0};
	uint32_t type, status;
	int got;

	while (!session->over && (got = lab_hear(session->lab, 0, &type, &text))) {
		if (got < 0) {
			session->over = true;
			session->status = -EIO;
			snprintf(session->error, session->size, "the lab's machine has ended");
		} else if (type == LAB_OUTPUT || type == LAB_ERRORS) {
			write_all(session, type == LAB_OUTPUT ? session->out : session->errors, &text);
		} else if (type == LAB_ENDED && text.len == sizeof(status)) {
			memcpy(&status, text.data, sizeof(status));
			session->status = (int)status;
			session->over = true;
		} else if (type == LAB_FAILED) {
			session->status = -EIO;
			session->over = true;
			snprintf(session->error, session->size, "%.*s", (int)text.len,
				 text.data ? text.data : "");
		}
	}
	buf_fini(&text);
}

static void read_input(struct session *session)
{
	char bytes[CHUNK];
	ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));

	if (n > 0) {
		lab_frame_put(&session->to_guest, LAB_INPUT, bytes, (size_t)n);
	} else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
		session->input_ended = true;
		lab_frame_put(&session->to_guest, LAB_INPUT_ENDS, NULL, 0);
	}
}

static void give(struct session *session)
{
	struct buf *frames = &session->to_guest;
	ssize_t n = frames->len ? send(session->lab->control, frames->data, frames->len,
				       MSG_DONTWAIT | MSG_NOSIGNAL)
				: 0;

	if (n <= 0)
		return; /* that it has gone shows when we hear it */
	memmove(frames->data, frames->data + n, frames->len - (size_t)n);
	frames->len -= (size_t)n;
}

static void turn(struct session *session)
{
	/* No more is read than the guest takes. */
	const bool wanted = !session->input_ended && !session->to_guest.len;
	struct pollfd fds[] = {
		{.fd = session->lab->control,
		 .events = (short)(POLLIN | (session->to_guest.len ? POLLOUT : 0))},
		{.fd = session->signals, .events = POLLIN},
		{.fd = wanted ? STDIN_FILENO : -1, .events = POLLIN},
	};

	if (poll(fds, 3, -1) < 0)
		return;
	if (fds[1].revents)
		take_signal(session);
	if (fds[2].revents)
		read_input(session);
	give(session);
	if (fds[0].revents & (POLLIN | POLLHUP | POLLERR))
		hear(session);
}

int lab_run(struct lab *lab, char *const *command, char *error, size_t size)
{
	struct session session = {.lab = lab, .error = error, .size = size};

	begin(&session);
	ask(&session, lab->share, command);
	/* Init said something already, perhaps, of which nothing is left to poll for. */
	hear(&session);
	while (!session.over)
		turn(&session);
	end(&session);
	return session.status;
}
