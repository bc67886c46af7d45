/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes to and from a far end: lines out of them, deadlines, and the first failure kept. */
#include "remote/link.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/mem.h"
#include "format/wire.h"
#include "remote/link_parts.h"

#define READ_AT_ONCE ((size_t)64 << 10)

/* What is kept of a far end that talks and does not listen, while something is written to it. */
#define KEPT_MAX ((size_t)16 << 20)

/* A line that takes longer is none, however slow the link. */
#define LINE_NS (60 * LINK_NS_PER_S)

/* How often a command that has the terminal is looked at: whether it was stopped. */
#define JOB_NS (LINK_NS_PER_S / 10)

#define WAKES 100 /* tries to wake a thread up */

static int cannot(struct link *link, const char *what, int err)
{
	char why[256];

	snprintf(why, sizeof(why), "cannot %s the far end ('%.100s'): %s", what, link->name, strerror(-err));
	return link_fail(link, err, why);
}

struct link *link_socket(int fd, const char *name)
{
	struct link *link = mem_alloc(sizeof(*link));

	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	link->in = link->out = fd;
	link->err = link->terminal = -1;
	link->name = mem_strdup(name);
	link_wait(link);
	link->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (link->wake < 0)
		cannot(link, "wait for", -errno); /* whoever waited could not be interrupted */
	return link;
}

void link_wait(struct link *link)
{
	link->waiting_ns = clock_mono_ns();
}

const char *link_error(const struct link *link)
{
	return link->why;
}

int link_fail(struct link *link, int error, const char *why)
{
	char *at;

	if (link->error)
		return link->error;
	link->error = error;
	snprintf(link->why, sizeof(link->why), "%s", why);
	for (at = link->why; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
	return error;
}

void link_interrupt(struct link *link)
{
	const uint64_t one = 1;

	int tries = 0;

	link->interrupted = true;
	/* Without it the thread would be waited for, for ever. */
	while (write(link->wake, &one, sizeof(one)) < 0 && errno != EAGAIN && tries++ < WAKES)
		;
}

void link_listen(struct link *link)
{
	char piece[LINK_SAID_MAX];
	size_t over, n;
	ssize_t got = -1;

	while (link->err >= 0 && (got = read(link->err, piece, sizeof(piece))) > 0) {
		n = (size_t)got;
		over = link->n_said + n > LINK_SAID_MAX ? link->n_said + n - LINK_SAID_MAX : 0;
		memmove(link->said, link->said + over, link->n_said - over);
		memcpy(link->said + link->n_said - over, piece, n);
		link->n_said += n - over;
	}
	if (link->err >= 0 && (!got || (errno != EAGAIN && errno != EINTR))) {
		close(link->err);
		link->err = -1;
	}
}

/* What came into the buffer, whose given out part is dropped first. */
static void take(struct link *link)
{
	struct buf *buf = &link->buf;
	ssize_t got;

	if (link->at) {
		memmove(buf->data, buf->data + link->at, buf->len - link->at);
		buf->len -= link->at;
		link->scanned -= link->at;
		link->at = 0;
	}
	got = read(link->in, buf_reserve(buf, READ_AT_ONCE), READ_AT_ONCE);
	if (got > 0) {
		link->heard_ns = clock_mono_ns();
		if (!buf->len)
			link->line_ns = link->heard_ns;
		buf->len += (size_t)got;
	} else if (!got || (errno != EAGAIN && errno != EINTR)) {
		link->ended = true;
	}
}

/* Waits until something comes, can be written (`writes`), or is to be given up; at most until then. */
static int wait_until(struct link *link, bool writes, uint64_t until)
{
	const uint64_t now = clock_mono_ns(), most_ns = link->terminal < 0 ? UINT64_MAX : JOB_NS;
	const uint64_t left = until <= now ? 0 : until - now < most_ns ? until - now : most_ns;
	const struct timespec most = {(time_t)(left / LINK_NS_PER_S), (long)(left % LINK_NS_PER_S)};
	const bool reads = !link->ended && (!writes || link->buf.len - link->at < KEPT_MAX);
	struct pollfd polled[] = {
		{link->wake, POLLIN, 0},
		{reads ? link->in : -1, POLLIN, 0},
		{link->err, POLLIN, 0},
		{writes ? link->out : -1, POLLOUT, 0},
	};

	if (ppoll(polled, sizeof(polled) / sizeof(polled[0]), &most, NULL) < 0)
		return errno == EINTR ? 0 : link_fail(link, -errno, strerror(errno));
	if (link->interrupted)
		return link_fail(link, -ECANCELED, "given up");
	if (polled[2].revents)
		link_listen(link);
	if (polled[1].revents)
		take(link);
	return 0;
}

static int ended(struct link *link)
{
	char why[sizeof(link->why)];

	if (!link->error) {
		link_say_end(link, why, sizeof(why));
		link_fail(link, link_given_up(link) ? -EINTR : -EIO, why);
	}
	return link->error;
}

/* When a far end that goes on as it does is taken for dead, and for what. */
struct deadline {
	uint64_t at, after;
	const char *what;
};

static int dead(struct link *link, const struct deadline *deadline)
{
	char why[256];

	snprintf(why, sizeof(why), "the far end ('%.100s') %s for %.1f s: it is taken for dead", link->name,
		 deadline->what, (double)deadline->after / 1e9);
	return link_fail(link, -ETIMEDOUT, why);
}

/* write without the signal that a closed pipe brings, wherever the caller leaves that. */
static ssize_t write_quietly(int fd, const char *bytes, size_t n)
{
	const struct timespec none = {0};
	sigset_t set, before, pending;
	ssize_t wrote;
	int err;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &set, &before);
	sigpending(&pending);
	wrote = write(fd, bytes, n);
	err = errno;
	if (wrote < 0 && err == EPIPE && !sigismember(&pending, SIGPIPE))
		while (sigtimedwait(&set, NULL, &none) < 0 && errno == EINTR)
			;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = err;
	return wrote;
}

int link_send(struct link *link, const char *bytes, size_t n)
{
	struct deadline deadline = {clock_mono_ns() + LINK_SILENCE_NS, LINK_SILENCE_NS, "has read nothing"};
	ssize_t wrote;
	int err;

	link_wait(link);
	while (n) {
		if (link->interrupted)
			link_fail(link, -ECANCELED, "given up");
		if (link->error)
			return link->error;
		wrote = write_quietly(link->out, bytes, n);
		if (wrote > 0) {
			bytes += wrote;
			n -= (size_t)wrote;
			deadline.at = clock_mono_ns() + LINK_SILENCE_NS;
			continue;
		}
		/* Why it listens no more is said by what came last from it, and by its end: link_line finds both. */
		if (wrote < 0 && errno == EPIPE)
			return 0;
		if (wrote < 0 && errno != EAGAIN && errno != EINTR)
			/* No end need follow: nobody would answer what was not heard. */
			return cannot(link, "write to", -errno);
		if (clock_mono_ns() >= deadline.at)
			return dead(link, &deadline);
		err = wait_until(link, true, deadline.at);
		if (err)
			return err;
	}
	return 0;
}

/* The whole line at link->at, if there is one. */
static bool cut_line(struct link *link, const char **line, size_t *len)
{
	const char *from, *end;

	if (link->scanned < link->at)
		link->scanned = link->at;
	/* (Also where there is no memory yet.) */
	if (link->scanned >= link->buf.len)
		return false;
	from = link->buf.data + link->at;
	end = memchr(link->buf.data + link->scanned, '\n', link->buf.len - link->scanned);
	link->scanned = end ? (size_t)(end + 1 - link->buf.data) : link->buf.len;
	if (!end)
		return false;
	*line = from;
	*len = (size_t)(end - from);
	link->at = link->scanned;
	link->line_ns = link->heard_ns;
	return true;
}

static int too_long(struct link *link)
{
	char why[256];

	snprintf(why, sizeof(why), "the far end ('%.100s') sends a line longer than %zu bytes: nonsense",
		 link->name, WIRE_LINE_MAX);
	return link_fail(link, -EBADMSG, why);
}

static struct deadline listening(const struct link *link, uint64_t silence_ns)
{
	const uint64_t waiting = link->waiting_ns;
	const uint64_t heard = link->heard_ns > waiting ? link->heard_ns : waiting;
	const uint64_t began = link->line_ns > waiting ? link->line_ns : waiting;

	if (link->buf.len > link->at && began + LINE_NS < heard + silence_ns)
		return (struct deadline){began + LINE_NS, LINE_NS, "has not ended a line"};
	return (struct deadline){heard + silence_ns, silence_ns,
				 link->greeted ? "has said nothing" : "has not greeted"};
}

int link_line(struct link *link, uint64_t silence_ns, uint64_t wait_ns, const char **line, size_t *len)
{
	const uint64_t began = clock_mono_ns();
	const uint64_t wake = wait_ns > UINT64_MAX - began ? UINT64_MAX : began + wait_ns;
	struct deadline deadline;
	bool looked = false;

	for (;; looked = true) {
		link_job(link);
		if (link->interrupted)
			link_fail(link, -ECANCELED, "given up");
		if (link->error)
			return link->error;
		if (cut_line(link, line, len))
			return *len < WIRE_LINE_MAX ? 0 : too_long(link);
		if (link->buf.len - link->at >= WIRE_LINE_MAX)
			return too_long(link);
		if (link->ended)
			return ended(link);
		deadline = listening(link, silence_ns);
		if (looked && clock_mono_ns() >= deadline.at)
			return dead(link, &deadline);
		if (looked && clock_mono_ns() >= wake)
			return -EAGAIN;
		if (wait_until(link, false, deadline.at < wake ? deadline.at : wake))
			return link->error;
	}
}

void link_close(struct link *link)
{
	if (!link)
		return;
	link_end_process(link);
	if (link->in >= 0)
		close(link->in);
	if (link->out >= 0 && link->out != link->in)
		close(link->out);
	if (link->err >= 0)
		close(link->err);
	if (link->wake >= 0)
		close(link->wake);
	buf_fini(&link->buf);
	free(link->name);
	free(link);
}
