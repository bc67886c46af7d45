/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope-agent as process 1 of the lab's guest. */
#include "init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/parts.h"

#define PORTS_LIMIT_MS 10000
#define OUT_MOST (1u << 20) /* what the host has not taken: then the command has to wait */

struct init {
	int control;
	int freed;   /* a port's number comes out of it when its agent has ended */
	int signals; /* readable when a child has ended */
	struct buf in, out;
	struct command command;
};

static void end(const char *why) __attribute__((noreturn));
static void end(const char *why)
{
	if (*why)
		fprintf(stderr, "thpscope: %s\n", why);
	sync();
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

/* For what runs in here and talks to itself. */
static void raise_loopback(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
}

static void start_ports(struct init *init)
{
	sigset_t none;
	int ends[2];
	uint32_t i;

	if (pipe2(ends, O_CLOEXEC))
		end("no pipe for the ports");
	init->freed = ends[0];
	for (i = 0; i < LAB_PORTS; i++) {
		if (fork())
			continue;
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		close(init->control);
		ports_serve(i, ends[1]);
	}
	close(ends[1]);
}

static void start(struct init *init)
{
	struct utsname name;
	sigset_t child;

	mounts_make();
	uname(&name);
	sethostname("lab", 3);
	raise_loopback();
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	signal(SIGPIPE, SIG_IGN);
	init->signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	init->control = ports_open(LAB_CONTROL, PORTS_LIMIT_MS);
	if (init->control < 0)
		end("there is no virtio port: this kernel needs VIRTIO_PCI, VIRTIO_CONSOLE and DEVTMPFS "
		    "built in");
	start_ports(init);
	ports_await(init->control);
	lab_frame_put(&init->out, LAB_READY, name.release, strlen(name.release));
}

static void reap(struct init *init)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	while (read(init->signals, &info, sizeof(info)) > 0)
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == init->command.pid) {
			command_reaped(&init->command, status);
			command_finish(&init->command, &init->out);
		}
}

static void obey(struct init *init, uint32_t type, const char *bytes, size_t size)
{
	struct lab_size window;
	char error[256];

	switch (type) {
	case LAB_RUN:
		if (command_start(&init->command, bytes, size, error, sizeof(error)))
			lab_frame_put(&init->out, LAB_FAILED, error, strlen(error));
		break;
	case LAB_INPUT:
		command_input(&init->command, bytes, size);
		break;
	case LAB_INPUT_ENDS:
		command_input_ends(&init->command);
		break;
	case LAB_SIZE:
		if (size == sizeof(window)) {
			memcpy(&window, bytes, size);
			command_size(&init->command, window);
		}
		break;
	}
}

static void listen_to_host(struct init *init)
{
	ssize_t n = read(init->control, buf_reserve(&init->in, 65536), 65536);
	size_t size, taken, done = 0;
	const char *bytes;
	uint32_t type;
	int got;

	if (n > 0)
		init->in.len += (size_t)n;
	while (init->in.len > done && (got = lab_frame_get(init->in.data + done, init->in.len - done, &type,
							   &bytes, &size, &taken))) {
		if (got < 0)
			end("the host talks nonsense");
		obey(init, type, bytes, size);
		done += taken;
	}
	memmove(init->in.data, init->in.data + done, init->in.len - done);
	init->in.len -= done;
}

static void talk(struct init *init)
{
	ssize_t n = init->out.len ? write(init->control, init->out.data, init->out.len) : 0;

	if (n <= 0)
		return;
	memmove(init->out.data, init->out.data + n, init->out.len - (size_t)n);
	init->out.len -= (size_t)n;
}

static void turn(struct init *init)
{
	const bool choked = init->command.pending.len > 65536, full = init->out.len > OUT_MOST;
	struct pollfd fds[6] = {
		{.fd = init->control,
		 .events = (short)((choked ? 0 : POLLIN) | (init->out.len ? POLLOUT : 0))},
		{.fd = init->signals, .events = POLLIN},
		{.fd = init->freed, .events = POLLIN},
	};
	uint32_t number;

	poll(fds, 3 + command_poll(&init->command, fds + 3, full), -1);
	if (fds[0].revents & POLLHUP)
		end("");
	if (fds[0].revents & POLLIN)
		listen_to_host(init);
	if ((fds[2].revents & POLLIN) && read(init->freed, &number, sizeof(number)) == sizeof(number))
		lab_frame_put(&init->out, LAB_FREE, &number, sizeof(number));
	if (!full)
		command_turn(&init->command, &init->out);
	if (fds[1].revents & POLLIN)
		reap(init);
	talk(init);
}

void init_main(void)
{
	struct init init = {.control = -1};

	command_init(&init.command);
	start(&init);
	for (;;)
		turn(&init);
}
