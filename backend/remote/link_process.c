/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command at the end of a link: started in a group of its own, asked about its end, ended, reaped. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "remote/link_parts.h"

#define GRACE_NS (3 * LINK_NS_PER_S)   /* for a far end that is well to close its source */
#define CLOSE_NS (LINK_NS_PER_S / 2)   /* so long whoever closes waits for that; the rest goes on behind it */
#define TERM_NS LINK_NS_PER_S	       /* from SIGTERM to SIGKILL */
#define FAILED_NS (LINK_NS_PER_S / 10) /* so long whoever closes waits for that, of one that failed */
#define KILL_NS (2 * LINK_NS_PER_S)
#define END_NS (LINK_NS_PER_S / 2) /* from its last word to its end, for its status */
#define STEP_NS UINT64_C(5000000)

/* The terminal, if whoever started us has us in its foreground; -1. */
static int foreground(void)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (fd >= 0 && tcgetpgrp(fd) != getpgrp()) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Who is not in the foreground itself is stopped for this unless it holds the signal back. */
static void put_forward(int terminal, pid_t group)
{
	sigset_t set, before;

	sigemptyset(&set);
	sigaddset(&set, SIGTTOU);
	pthread_sigmask(SIG_BLOCK, &set, &before);
	tcsetpgrp(terminal, group);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void link_greeted(struct link *link)
{
	link->greeted = true;
	if (link->terminal < 0)
		return;
	/* Unless a shell has taken it meanwhile, which put both into the background. */
	if (tcgetpgrp(link->terminal) == link->pid)
		put_forward(link->terminal, getpgrp());
	close(link->terminal);
	link->terminal = -1;
}

void link_job(struct link *link)
{
	int status;

	if (link->terminal < 0 || link->reaped || waitpid(link->pid, &status, WNOHANG | WUNTRACED) <= 0)
		return;
	if (!WIFSTOPPED(status)) {
		link->status = status;
		link->reaped = true;
		return;
	}
	if (tcgetpgrp(link->terminal) == link->pid)
		put_forward(link->terminal, getpgrp());
	kill(0, SIGTSTP);
	/* On we go, in the foreground or not. */
	if (tcgetpgrp(link->terminal) == getpgrp())
		put_forward(link->terminal, link->pid);
	kill(-link->pid, SIGCONT);
	link_wait(link);
}

/* In the child: never returns. */
static void become(const char *command, enum link_asks asks, int terminal, const int fds[3])
{
	struct sigaction usual = {.sa_handler = SIG_DFL};
	sigset_t none;
	int i;

	if (asks == LINK_ASKS_NOBODY)
		setsid();
	else
		setpgid(0, 0);
	if (terminal >= 0)
		put_forward(terminal, getpgrp());
	for (i = 0; i < 3; i++)
		dup2(fds[i], i);
	sigemptyset(&usual.sa_mask);
	sigaction(SIGPIPE, &usual, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

/* Ends of three pipes: the far end's and ours. */
static int make_pipes(int theirs[3], int ours[3])
{
	int pair[2], i;

	for (i = 0; i < 3; i++)
		theirs[i] = ours[i] = -1;
	for (i = 0; i < 3; i++) {
		if (pipe2(pair, O_CLOEXEC))
			return -errno;
		theirs[i] = pair[i ? 1 : 0];
		ours[i] = pair[i ? 0 : 1];
		fcntl(ours[i], F_SETFL, O_NONBLOCK);
	}
	return 0;
}

static void close_all(const int fds[3])
{
	int i;

	for (i = 0; i < 3; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

int link_command(const char *command, enum link_asks asks, struct link **result, char *error, size_t size)
{
	int theirs[3], ours[3], err = make_pipes(theirs, ours), terminal = -1;
	struct link *link;
	pid_t pid = -1;

	if (!err) {
		terminal = asks == LINK_ASKS_USER ? foreground() : -1;
		pid = fork();
		err = pid < 0 ? -errno : 0;
	}
	if (!pid)
		become(command, asks, terminal, theirs);
	close_all(theirs);
	if (err) {
		close_all(ours);
		if (terminal >= 0)
			close(terminal);
		snprintf(error, size, "cannot start '%.150s': %s", command, strerror(-err));
		return err;
	}
	if (asks == LINK_ASKS_USER)
		setpgid(pid, pid); /* whoever is first, so that the group is there from now on */
	link = link_socket(ours[0], command);
	link->in = ours[1];
	link->err = ours[2];
	link->pid = pid;
	link->terminal = terminal;
	*result = link;
	return 0;
}

bool link_reap(struct link *link, uint64_t wait_ns)
{
	const uint64_t until = link_now() + wait_ns;
	const struct timespec step = {.tv_nsec = STEP_NS};
	pid_t got;

	while (link->pid && !link->reaped) {
		got = waitpid(link->pid, &link->status, WNOHANG);
		link->reaped = got == link->pid || (got < 0 && errno != EINTR);
		if (link->reaped || link_now() >= until)
			break;
		nanosleep(&step, NULL);
	}
	return !link->pid || link->reaped;
}

bool link_given_up(const struct link *link)
{
	if (link->terminal < 0 || !link->pid || !link->reaped)
		return false;
	return WIFSIGNALED(link->status) ? WTERMSIG(link->status) == SIGINT
					 : WEXITSTATUS(link->status) == 128 + SIGINT;
}

/* The last line of what it wrote to standard error. */
static const char *last_said(struct link *link)
{
	size_t n = link->n_said, i;
	char *at;

	for (i = 0; i < n; i++)
		if (!link->said[i])
			link->said[i] = '\n';
	while (n && strchr("\r\n\t ", link->said[n - 1]))
		n--;
	link->said[n < LINK_SAID_MAX ? n : LINK_SAID_MAX - 1] = '\0';
	at = strrchr(link->said, '\n');
	return at ? at + 1 : link->said;
}

void link_say_end(struct link *link, char *why, size_t size)
{
	const char *when = link->greeted ? "" : " before it greeted", *said;
	char how[64] = "closed the link";

	if (link->pid && link_reap(link, END_NS)) {
		if (WIFSIGNALED(link->status))
			snprintf(how, sizeof(how), "was ended by signal %d", WTERMSIG(link->status));
		else
			snprintf(how, sizeof(how), "ended with status %d", WEXITSTATUS(link->status));
	}
	link_listen(link);
	said = last_said(link);
	snprintf(why, size, "the far end ('%.60s') %s%s%s%.110s", link->name, how, when, *said ? ": " : "",
		 said);
}

/* Until the far end closes, at most so long: what it still says is dropped, so that it is not stuck in saying it. */
static void see_off(struct link *link, uint64_t wait_ns)
{
	const uint64_t until = link_now() + wait_ns;
	struct pollfd polled = {link->in, POLLIN, 0};
	char dropped[4096];
	ssize_t got = 1;
	uint64_t now;

	while (got && (now = link_now()) < until) {
		link_listen(link);
		if (poll(&polled, 1, (int)((until - now) / 1000000) + 1) <= 0)
			continue;
		got = read(link->in, dropped, sizeof(dropped));
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			break;
	}
	now = link_now();
	if (now < until)
		link_reap(link, until - now);
}

/* In a process of its own, which has nothing but the command's pidfd and what that says: never returns. */
static void mind(int pidfd, int in, pid_t group, uint64_t grace_ns)
{
	const uint64_t until = link_now() + grace_ns;
	struct pollfd polled[] = {{0, POLLIN, 0}, {1, POLLIN, 0}};
	char dropped[4096];
	uint64_t now;

	dup2(pidfd, 0);
	dup2(in, 1);
	syscall(SYS_close_range, 2U, ~0U, 0U);
	while ((now = link_now()) < until) {
		poll(polled, 2, (int)((until - now) / 1000000) + 1);
		if (polled[0].revents)
			_exit(0);
		if (polled[1].revents && read(1, dropped, sizeof(dropped)) == 0)
			polled[1].fd = -1;
	}
	kill(-group, SIGTERM);
	kill(-group, SIGCONT); /* one that is stopped has to be told, too */
	if (poll(polled, 1, (int)(TERM_NS / 1000000)) == 0)
		kill(-group, SIGKILL);
	_exit(0);
}

/* Leaves the rest to a process that nobody waits for. False: there is none to be had. */
static bool leave_behind(struct link *link, uint64_t grace_ns)
{
	const int pidfd = (int)syscall(SYS_pidfd_open, link->pid, 0U);
	pid_t pid = pidfd < 0 ? -1 : fork();

	if (!pid) {
		setsid();
		pid = fork();
		if (!pid)
			mind(pidfd, link->in, link->pid, grace_ns);
		_exit(pid < 0);
	}
	if (pidfd >= 0)
		close(pidfd);
	if (pid > 0) {
		int status = -1;

		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		return !status;
	}
	return false;
}

void link_end_process(struct link *link)
{
	const bool well = !link->error || link->error == -ECANCELED;
	const uint64_t wait_ns = well ? CLOSE_NS : FAILED_NS;

	if (link->out == link->in)
		shutdown(link->out, SHUT_WR);
	else
		close(link->out);
	if (link->out != link->in)
		link->out = -1;
	if (well)
		see_off(link, wait_ns);
	else if (!link_reap(link, 0))
		kill(-link->pid, SIGTERM);
	if (!link_reap(link, well ? 0 : wait_ns) && !leave_behind(link, well ? GRACE_NS - CLOSE_NS : 0)) {
		kill(-link->pid, SIGKILL);
		link_reap(link, KILL_NS); /* what cannot be ended yet, in a dead NFS, is not waited for */
	}
	link_greeted(link);
}
