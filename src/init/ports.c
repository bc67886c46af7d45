/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ports to the host, and an agent at each. How they behave: Linux 6.12, drivers/char/virtio_console.c. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/parts.h"

#define PORTS "/sys/class/virtio-ports"
#define ROOM 65536

/* Whether the port at this folder has the name. */
static bool is_called(const char *folder, const char *name)
{
	char path[512], line[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), PORTS "/%s/name", folder);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file))
		*line = '\0';
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	return !strncmp(line, LAB_PORT_PREFIX, strlen(LAB_PORT_PREFIX)) &&
	       !strcmp(line + strlen(LAB_PORT_PREFIX), name);
}

static int open_named(const char *name)
{
	DIR *dir = opendir(PORTS);
	struct dirent *entry;
	char path[512];
	int port = -1;

	while (dir && port < 0 && (entry = readdir(dir))) {
		if (*entry->d_name == '.' || !is_called(entry->d_name, name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		port = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	}
	if (dir)
		closedir(dir);
	return port;
}

int ports_open(const char *name, int timeout_ms)
{
	int port;

	/* They appear one by one when the kernel has found the device. */
	while ((port = open_named(name)) < 0 && timeout_ms > 0) {
		poll(NULL, 0, 2);
		timeout_ms -= 2;
	}
	return port;
}

static bool has_host(int port)
{
	struct pollfd state = {.fd = port};

	return poll(&state, 1, 0) >= 0 && !(state.revents & POLLHUP);
}

/* poll() would return at once as long as nobody is there; an edge comes when somebody is. */
void ports_await(int port)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET};
	int wait = epoll_create1(EPOLL_CLOEXEC);

	epoll_ctl(wait, EPOLL_CTL_ADD, port, &event);
	while (!has_host(port))
		epoll_wait(wait, &event, 1, -1);
	close(wait);
}

/* An agent, whose other end *agent is. */
static pid_t start_agent(int *agent)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -1;
	pid = fork();
	if (!pid) {
		dup2(ends[1], STDIN_FILENO);
		dup2(ends[1], STDOUT_FILENO);
		signal(SIGPIPE, SIG_DFL);
		execl("/init", "thpscope-agent", (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	*agent = ends[0];
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	return pid;
}

/* Bytes on their way from one end to the other. */
struct way {
	int from, to;
	size_t begin, end;
	char last; /* byte that arrived */
	char bytes[ROOM];
};

/* False: an end is gone. */
static bool carry(struct way *way)
{
	ssize_t n;

	if (way->begin == way->end) {
		n = read(way->from, way->bytes, ROOM);
		if (n <= 0)
			return n < 0 && (errno == EAGAIN || errno == EINTR);
		way->begin = 0;
		way->end = (size_t)n;
	}
	n = write(way->to, way->bytes + way->begin, way->end - way->begin);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	way->begin += (size_t)n;
	if (n)
		way->last = way->bytes[way->begin - 1];
	return true;
}

static bool empty(const struct way *way)
{
	return way->begin == way->end;
}

/*
 * QEMU keeps the host's end of a port open whatever we do with ours, so that the agent has gone has to be said. A line that
 * it began is ended first.
 */
static void farewell(int port, const struct way *out, int status)
{
	struct pollfd state = {.fd = port, .events = POLLOUT};
	char text[128];
	ssize_t n = 0;
	size_t len, done = 0;

	len = (size_t)snprintf(
		text, sizeof(text),
		"%s{\"type\":\"bye\",\"reason\":\"the agent in the guest has ended: %s %d\"}\n",
		out->last == '\n' || !out->last ? "" : "\n", WIFSIGNALED(status) ? "signal" : "status",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	while (done < len && has_host(port) && poll(&state, 1, -1) > 0) {
		n = write(port, text + done, len - done);
		done += n > 0 ? (size_t)n : 0;
	}
}

/* Until the host or the agent has gone. What the agent said. */
static const struct way *relay(int port, int agent)
{
	static struct way in, out;
	struct pollfd fds[2] = {{.fd = port}, {.fd = agent}};

	in = (struct way){.from = port, .to = agent};
	out = (struct way){.from = agent, .to = port};
	do {
		fds[0].events = (short)((empty(&in) ? POLLIN : 0) | (empty(&out) ? 0 : POLLOUT));
		fds[1].events = (short)((empty(&out) ? POLLIN : 0) | (empty(&in) ? 0 : POLLOUT));
		poll(fds, 2, -1);
		if (fds[0].revents & POLLHUP)
			break;
		/* What it does not take any more is lost; what it said before it went is not. */
		if (!carry(&in))
			in.begin = in.end = 0;
	} while (carry(&out));
	return &out;
}

/* What was meant for an agent that has gone is of no use to the next one. */
static void discard(int port)
{
	struct pollfd state = {.fd = port, .events = POLLIN};
	char bytes[4096];

	while (has_host(port))
		if (poll(&state, 1, -1) > 0 && read(port, bytes, sizeof(bytes)) < 0 && errno != EAGAIN)
			break;
	while (read(port, bytes, sizeof(bytes)) > 0)
		;
}

void ports_serve(uint32_t number, int freed)
{
	const struct way *said;
	int port, agent = -1, status;
	char name[16];
	pid_t pid;

	signal(SIGPIPE, SIG_IGN);
	snprintf(name, sizeof(name), "%u", number);
	port = ports_open(name, 60000);
	while (port >= 0) {
		ports_await(port);
		pid = start_agent(&agent);
		if (pid > 0) {
			said = relay(port, agent);
			close(agent);
			waitpid(pid, &status, 0);
			farewell(port, said, status);
		}
		discard(port);
		if (write(freed, &number, sizeof(number)) < 0)
			break;
	}
	_exit(1);
}
