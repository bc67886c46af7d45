/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes to the client. */
#include "core/clock.h"
#include "outbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

int outbox_open(struct outbox *outbox, int fd)
{
	*outbox = (struct outbox){.fd = fd, .lock = PTHREAD_MUTEX_INITIALIZER};
	outbox->flags = fcntl(fd, F_GETFL);
	outbox->give_up = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (outbox->give_up < 0 || outbox->flags < 0 || fcntl(fd, F_SETFL, outbox->flags | O_NONBLOCK))
		return -errno;
	outbox->wrote_ns = clock_mono_ns();
	return 0;
}

void outbox_close(struct outbox *outbox)
{
	fcntl(outbox->fd, F_SETFL, outbox->flags);
	close(outbox->give_up);
	buf_fini(&outbox->rest);
}

void outbox_give_up(struct outbox *outbox)
{
	const uint64_t one = 1;

	(void)!write(outbox->give_up, &one, sizeof(one));
}

/* Waits until the client takes something; -EPIPE: it will not. */
static int wait_for(struct outbox *outbox)
{
	struct pollfd fds[] = {{outbox->fd, POLLOUT, 0}, {outbox->give_up, POLLIN, 0}};

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			return -errno;
	/* Of a virtio port that nobody has open, POLLHUP is all there is. */
	return fds[1].revents || !(fds[0].revents & POLLOUT) ? -EPIPE : 0;
}

/* Writes as much as goes; `wait`: all of it. Returns what is left. */
static size_t push(struct outbox *outbox, const char *bytes, size_t n, bool wait)
{
	ssize_t done;

	while (n && !outbox->error) {
		done = write(outbox->fd, bytes, n);
		if (done > 0) {
			outbox->wrote_ns = clock_mono_ns();
			bytes += done;
			n -= (size_t)done;
		} else if (done < 0 && errno == EAGAIN) {
			if (!wait)
				break;
			outbox->error = wait_for(outbox);
		} else if (done < 0 && errno != EINTR) {
			outbox->error = -errno;
		}
	}
	return n;
}

static void push_rest(struct outbox *outbox, bool wait)
{
	size_t left = push(outbox, outbox->rest.data, outbox->rest.len, wait);

	if (left)
		memmove(outbox->rest.data, outbox->rest.data + outbox->rest.len - left, left);
	outbox->rest.len = left;
}

int outbox_write(struct outbox *outbox, const char *lines, size_t n)
{
	int err;

	pthread_mutex_lock(&outbox->lock);
	push_rest(outbox, true);
	push(outbox, lines, n, true);
	err = outbox->error;
	pthread_mutex_unlock(&outbox->lock);
	return err;
}

int outbox_sink(void *ctx, const char *bytes, size_t n)
{
	return outbox_write(ctx, bytes, n);
}

void outbox_try(struct outbox *outbox, const char *line, size_t n)
{
	size_t left;

	if (pthread_mutex_trylock(&outbox->lock))
		return;
	push_rest(outbox, false);
	if (!outbox->rest.len) {
		left = push(outbox, line, n, false);
		if (left < n)
			buf_add(&outbox->rest, line + n - left, left);
	}
	pthread_mutex_unlock(&outbox->lock);
}
