/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's ports: what its init says, and a link to an agent. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/clock.h"
#include "lab/parts.h"

/* For an agent whose link was just closed to end: it finishes the call that it is in. */
#define FREE_LIMIT_MS 10000
#define DIAL_LIMIT_S 2

int64_t lab_now_ms(void)
{
	return (int64_t)(clock_mono_ns() / 1000000);
}

char *lab_find_qemu(void)
{
	const char *path = getenv("PATH"), *end;
	struct buf name = {0};

	for (; path && *path; path = *end ? end + 1 : end) {
		end = path + strcspn(path, ":");
		buf_clear(&name);
		buf_printf(&name, "%.*s/qemu-system-x86_64", (int)(end - path), path);
		if (*name.data == '/' && !access(name.data, X_OK))
			return name.data;
	}
	buf_fini(&name);
	return NULL;
}

/* By way of the folder's descriptor: a socket's path may be no longer than 107 bytes. */
int lab_dial(const struct lab *lab, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct timeval most = {.tv_sec = DIAL_LIMIT_S};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	/* A QEMU that was stopped accepts nobody, and one more than its backlog would wait for ever: unix(7). */
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most));
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", lab->folder, name);
	if (!connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* Takes what is whole of the frames that came; as lab_hear. */
static int take(struct lab *lab, uint32_t *type, struct buf *text)
{
	size_t size, taken;
	const char *bytes;
	int got = lab_frame_get(lab->said.data ? lab->said.data : "", lab->said.len, type, &bytes, &size,
				&taken);

	if (got == 1 && lab->said.data) {
		buf_clear(text);
		buf_add(text, bytes, size);
		memmove(lab->said.data, lab->said.data + taken, lab->said.len - taken);
		lab->said.len -= taken;
	}
	return got < 0 ? -EIO : got;
}

int lab_hear(struct lab *lab, int timeout_ms, uint32_t *type, struct buf *text)
{
	const int64_t end = lab_now_ms() + timeout_ms;
	struct pollfd poll_for = {.fd = lab->control, .events = POLLIN};
	int got;

	while (!(got = take(lab, type, text))) {
		const int64_t left = end - lab_now_ms();
		ssize_t n;

		if (poll(&poll_for, 1, timeout_ms < 0 ? -1 : left > 0 ? (int)left : 0) <= 0) {
			if (left <= 0 && timeout_ms >= 0)
				return 0;
			continue;
		}
		n = read(lab->control, buf_reserve(&lab->said, 65536), 65536);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EIO;
		lab->said.len += (size_t)n;
	}
	return got;
}

/* The first port that is free; -1: none is yet. Hears what init says of them meanwhile. */
static int free_port(struct lab *lab, int timeout_ms)
{
	struct buf text = {0};
	uint32_t type, port;
	int at, got = 0;

	do {
		if (got == 1 && type == LAB_FREE && text.len == sizeof(port)) {
			memcpy(&port, text.data, sizeof(port));
			if (port < LAB_PORTS)
				lab->used[port] = false;
		}
		got = lab_hear(lab, 0, &type, &text);
	} while (got == 1);
	for (at = 0; at < LAB_PORTS && lab->used[at]; at++)
		;
	if (!got && at == LAB_PORTS && timeout_ms > 0)
		poll(&(struct pollfd){.fd = lab->control, .events = POLLIN}, 1, timeout_ms);
	buf_fini(&text);
	return got < 0 ? -EIO : at < LAB_PORTS ? at : -EBUSY;
}

int lab_connect(struct lab *lab, char *error, size_t size)
{
	const int64_t end = lab_now_ms() + FREE_LIMIT_MS;
	char name[16];
	int port, fd = -EIO;

	pthread_mutex_lock(&lab->lock);
	do {
		port = free_port(lab, (int)(end - lab_now_ms()));
	} while (port == -EBUSY && lab_now_ms() < end);
	if (port >= 0) {
		snprintf(name, sizeof(name), "%d", port);
		fd = lab_dial(lab, name);
		lab->used[port] = fd >= 0;
	}
	pthread_mutex_unlock(&lab->lock);
	if (port == -EBUSY)
		snprintf(error, size, "all %d links to the lab are in use", LAB_PORTS);
	else if (fd < 0)
		snprintf(error, size, "the lab's machine has ended");
	return port == -EBUSY ? -EBUSY : fd < 0 ? -EIO : fd;
}

const char *lab_release(const struct lab *lab)
{
	return lab->release;
}
