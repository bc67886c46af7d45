/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command at the end of a link: started in a group of its own, minded, asked about its end, reaped. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/close.h"
#include "core/mem.h"
#include "remote/link_parts.h"

#define GRACE_NS (3 * LINK_NS_PER_S)   /* for a far end that is well to close its source */
#define CLOSE_NS (LINK_NS_PER_S / 2)   /* so long whoever closes waits for that; the rest goes on behind it */
#define TERM_NS LINK_NS_PER_S	       /* from SIGTERM to SIGKILL */
#define FAILED_NS (LINK_NS_PER_S / 10) /* so long whoever closes waits for that, of one that failed */
#define END_NS (LINK_NS_PER_S / 2)     /* from its last word to its end, for its status */
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
	siginfo_t stopped = {0};

	if (link->terminal < 0 || link_over(link, 0) ||
	    waitid(P_PID, (id_t)link->pid, &stopped, WSTOPPED | WNOHANG) || !stopped.si_pid)
		return;
	if (tcgetpgrp(link->terminal) == link->pid)
		put_forward(link->terminal, getpgrp());
	kill(0, SIGTSTP);
	/* On we go, in the foreground or not. */
	if (tcgetpgrp(link->terminal) == getpgrp())
		put_forward(link->terminal, link->pid);
	kill(-link->pid, SIGCONT);
	link_wait(link);
}

/* In the child: never returns. The minder hears of it from itself, before there is a command, as we may be killed meanwhile. */
static void become(const char *command, enum link_asks asks, int terminal, const int fds[3], int minder)
{
	struct sigaction usual = {.sa_handler = SIG_DFL};
	const pid_t self = getpid();
	sigset_t none;
	int i;

	if (asks == LINK_ASKS_NOBODY)
		setsid();
	else
		setpgid(0, 0);
	if (send(minder, &self, sizeof(self), MSG_NOSIGNAL) != sizeof(self))
		_exit(1);
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

/* Ends a process group, and with force what did not go for a word. */
static void end_group(pid_t group)
{
	const struct timespec step = {.tv_nsec = STEP_NS};
	const uint64_t until = clock_mono_ns() + TERM_NS;

	kill(-group, SIGTERM);
	kill(-group, SIGCONT); /* one that is stopped has to be told, too */
	while (!kill(-group, 0) && clock_mono_ns() < until)
		nanosleep(&step, NULL);
	kill(-group, SIGKILL);
}

/*
 * The minder: a process that outlives us, however we end, and has nothing but its end of a socket and what the command
 * says. The command tells it its PID, and we when the link is closed how long it may still take, in either order; or nothing,
 * where we are no more. Then it ends the group. A number that was the group's is nobody else's so soon: they are given
 * out in a circle (kernel/pid.c). Never returns.
 */
static void mind(int told, int in)
{
	struct pollfd polled[] = {{-1, POLLIN, 0}, {1, POLLIN, 0}};
	uint64_t grace_ns = GRACE_NS, word, until, now;
	char dropped[4096];
	bool ends = false;
	pid_t group = 0;
	sigset_t all;
	ssize_t n;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL); /* whoever ends all that is called thpscope does not mean it */
	dup2(told, 0);
	dup2(in, 1);
	close_between(2, UINT_MAX);
	while (!group || !ends) {
		n = recv(0, &word, sizeof(word), 0);
		if (n == sizeof(group)) {
			memcpy(&group, &word, sizeof(group));
			polled[0].fd = (int)syscall(SYS_pidfd_open, group, 0U);
		} else if (n == sizeof(grace_ns)) {
			grace_ns = word;
			ends = true;
		} else {
			break; /* it sees that we are no more, and may be well */
		}
	}
	if (!group)
		_exit(0);
	until = clock_mono_ns() + grace_ns;
	while (!polled[0].revents && (now = clock_mono_ns()) < until) {
		poll(polled, 2, (int)((until - now) / 1000000) + 1);
		if (polled[1].revents && read(1, dropped, sizeof(dropped)) == 0)
			polled[1].fd = -1;
	}
	end_group(group);
	_exit(0);
}

/* Starts one, of which nobody has to take note when it ends. Our end of its socket, or a negative errno. */
static int start_minder(int in)
{
	int pair[2], status = -1;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	pid = fork();
	if (!pid) {
		setsid();
		pid = fork();
		if (!pid)
			mind(pair[1], in);
		_exit(pid < 0);
	}
	close(pair[1]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!status)
		return pair[0];
	close(pair[0]);
	return -EAGAIN;
}

/* Reaps all that has ended of what did not in time, and of one more (0: of none). */
static void reap(pid_t pid)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static pid_t *left;
	static size_t n, room;
	size_t i = 0;

	pthread_mutex_lock(&lock);
	if (pid) {
		mem_grow(&left, &room, n + 1, sizeof(*left));
		left[n++] = pid;
	}
	while (i < n)
		if (waitpid(left[i], NULL, WNOHANG))
			left[i] = left[--n];
		else
			i++;
	pthread_mutex_unlock(&lock);
}

int link_command(const char *command, enum link_asks asks, struct link **result, char *error, size_t size)
{
	int theirs[3], ours[3], err = make_pipes(theirs, ours), terminal = -1, minder = -1;
	struct link *link;
	pid_t pid = -1;

	reap(0);
	if (!err) {
		minder = start_minder(ours[1]);
		err = minder < 0 ? minder : 0;
	}
	if (!err) {
		terminal = asks == LINK_ASKS_USER ? foreground() : -1;
		pid = fork();
		err = pid < 0 ? -errno : 0;
	}
	if (!pid)
		become(command, asks, terminal, theirs, minder);
	close_all(theirs);
	if (err) {
		close_all(ours);
		if (terminal >= 0)
			close(terminal);
		if (minder >= 0)
			close(minder);
		snprintf(error, size, "cannot start '%.150s': %s", command, strerror(-err));
		return err;
	}
	if (asks == LINK_ASKS_USER)
		setpgid(pid, pid); /* whoever is first, so that the group is there from now on */
	link = link_socket(ours[0], command);
	link->in = ours[1];
	link->err = ours[2];
	link->pid = pid;
	link->minder = minder;
	link->terminal = terminal;
	*result = link;
	return 0;
}

bool link_over(struct link *link, uint64_t wait_ns)
{
	const uint64_t until = clock_mono_ns() + wait_ns;
	const struct timespec step = {.tv_nsec = STEP_NS};
	siginfo_t info = {0};

	while (link->pid && !link->over) {
		if (!waitid(P_PID, (id_t)link->pid, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid) {
			link->over = true;
			link->killed = info.si_code != CLD_EXITED;
			link->status = info.si_status;
		}
		if (link->over || clock_mono_ns() >= until)
			break;
		nanosleep(&step, NULL);
	}
	return !link->pid || link->over;
}

bool link_given_up(const struct link *link)
{
	if (link->terminal < 0 || !link->pid || !link->over)
		return false;
	return link->status == (link->killed ? SIGINT : 128 + SIGINT);
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
	bool absent = false;

	if (link->pid && link_over(link, END_NS)) {
		snprintf(how, sizeof(how), "%s %d",
			 link->killed ? "was ended by signal" : "ended with status", link->status);
		/* What shells say by it: the program is not there, or not to be run. */
		absent = !link->greeted && !link->killed && (link->status == 126 || link->status == 127);
	}
	link_listen(link);
	said = last_said(link);
	snprintf(why, size, "the far end ('%.60s') %s%s%s%.110s%s", link->name, how, when, *said ? ": " : "",
		 said, absent ? "; copy thpscope-agent there, and name it by its path" : "");
}

/* Until the far end closes, at most so long: what it still says is dropped, so that it is not stuck in saying it. */
static void see_off(struct link *link, uint64_t wait_ns)
{
	const uint64_t until = clock_mono_ns() + wait_ns;
	struct pollfd polled = {link->in, POLLIN, 0};
	char dropped[4096];
	ssize_t got = 1;
	uint64_t now;

	while (got && (now = clock_mono_ns()) < until) {
		link_listen(link);
		if (poll(&polled, 1, (int)((until - now) / 1000000) + 1) <= 0)
			continue;
		got = read(link->in, dropped, sizeof(dropped));
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			break;
	}
	now = clock_mono_ns();
	if (now < until)
		link_over(link, until - now);
}

void link_end_process(struct link *link)
{
	const bool well = !link->error || link->error == -ECANCELED;
	const uint64_t grace_ns = well ? GRACE_NS - CLOSE_NS : 0;

	if (link->out == link->in)
		shutdown(link->out, SHUT_WR);
	else
		close(link->out);
	if (link->out != link->in)
		link->out = -1;
	if (well)
		see_off(link, CLOSE_NS);
	if (!link->pid)
		return;
	send(link->minder, &grace_ns, sizeof(grace_ns), MSG_NOSIGNAL);
	close(link->minder);
	if (!well)
		link_over(link, FAILED_NS);
	link_greeted(link);
	reap(link->pid); /* only now: until here the number was its own, and its group's */
}
