/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Holds a process's mmap lock by the team kernel's handle: a write to it that takes as long as the lock is held. */
#include "local/hold.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/close.h"
#include "core/mem.h"
#include "core/system.h"

#define MOST_MS 10000	 /* that the handle takes */
#define PATIENCE_MS 2000 /* until it has the lock or waits for it */
#define LOOK_US 500

struct hold {
	pid_t pid; /* of the child that writes, and can be killed while it does; 0: it has been reaped */
	int fd;
	char name[32]; /* "": it ends by itself */
	char text[24]; /* "write 50" */
};

/* What ends us ends the child too, and at once: a handler of ours would have it go on, as would a thread's mask. */
static void mortal(void)
{
	static const int ends[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
	sigset_t none;
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		signal(ends[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The child: what it calls is safe after fork, whatever other threads there were. Ends with 0 or an errno. */
static void hold_on(const struct hold *hold, pid_t parent)
{
	const size_t len = strlen(hold->text);
	ssize_t n;

	mortal();
	/* Nobody who waits for the end of a link or a terminal of ours is to wait for this. */
	dup2(hold->fd, STDIN_FILENO);
	close_between(STDERR_FILENO + 1, UINT_MAX);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	do
		n = write(STDIN_FILENO, hold->text, len);
	while (n >= 0 && *hold->name && getppid() == parent);
	_exit(n < 0 ? errno : 0);
}

/* 1: it goes on; else 0 or the negative errno that it ended with. */
static int result(struct hold *hold)
{
	int status;

	if (!hold->pid || waitpid(hold->pid, &status, WNOHANG) != hold->pid)
		return hold->pid ? 1 : 0;
	hold->pid = 0;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

/* Whether it sleeps in the kernel, as it does alone where it has the lock or waits for it ('D'). */
static bool asleep(struct kernel *kernel, pid_t pid)
{
	struct stat_line stat;
	struct buf text = {0};
	char path[64];
	bool sleeps;

	snprintf(path, sizeof(path), "proc/%d/stat", (int)pid);
	sleeps = !kernel_text(kernel, path, &text) && !system_stat(text.data, text.len, &stat) &&
		 stat.state == 'D';
	buf_fini(&text);
	return sleeps;
}

/* Until it has the lock or waits for it. >= 0: it has, or had; -ETIMEDOUT: it was not seen to; or what it ended with. */
static int await(struct hold *hold, struct kernel *kernel)
{
	const uint64_t until = clock_mono_ns() + PATIENCE_MS * UINT64_C(1000000);
	int err;

	while ((err = result(hold)) > 0 && !asleep(kernel, hold->pid)) {
		if (clock_mono_ns() >= until)
			return -ETIMEDOUT;
		usleep(LOOK_US);
	}
	return err;
}

static int refuse(char *error, size_t size, int err, const char *text)
{
	snprintf(error, size, "%s", text);
	return err;
}

/* The handle, or a negative errno. */
static int open_handle(struct kernel *kernel, const struct action *action, pid_t pid, char *error,
		       size_t size)
{
	char name[32], path[64];
	int fd;

	if (!kernel->here || !kernel_teams_file(kernel, "hold_mmap_lock", name, sizeof(name)))
		return refuse(error, size, -ENOTSUP,
			      "this kernel has no handle to hold a process's mmap lock with");
	if (!*action->name && (action->hold.ns < 1000000 || action->hold.ns > MOST_MS * UINT64_C(1000000)))
		return refuse(error, size, -EINVAL, "the lock can be held for 1 ms to 10 s");
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	fd = errno == ENOENT ? -ESRCH : errno == EPERM ? -EACCES : -errno;
	snprintf(error, size, "the mmap lock of process %d cannot be held: %s", (int)pid, strerror(-fd));
	return fd;
}

int hold_begin(struct hold **hold, struct kernel *kernel, const struct action *action, pid_t pid, char *error,
	       size_t size)
{
	const uint64_t ms = *action->name ? MOST_MS : action->hold.ns / 1000000;
	const pid_t parent = getpid();
	sigset_t all, old;
	struct hold *new;
	int fd, err;

	if (*hold && *(*hold)->name) {
		snprintf(error, size, "one lock can be held at a time: release %s first", (*hold)->name);
		return -EBUSY;
	}
	fd = open_handle(kernel, action, pid, error, size);
	if (fd < 0)
		return fd;
	hold_end(*hold);
	new = *hold = mem_alloc(sizeof(*new));
	new->fd = fd;
	snprintf(new->name, sizeof(new->name), "%s", action->name);
	snprintf(new->text, sizeof(new->text), "%s %llu", hold_mode_name(action->hold.mode),
		 (unsigned long long)ms);
	/* A signal to all of us that comes before the child is mortal waits for that. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	new->pid = fork();
	if (!new->pid)
		hold_on(new, parent);
	err = -errno;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (new->pid < 0) {
		close(fd);
		free(new);
		*hold = NULL;
		return refuse(error, size, err, "there is no process left to hold the lock with");
	}
	err = await(new, kernel);
	if (err >= 0)
		return 0;
	if (new->pid)
		kill(new->pid, SIGKILL);
	new->name[0] = '\0';
	if (err == -ETIMEDOUT)
		return refuse(error, size, err,
			      "who was to hold the lock neither had it nor waited for it within 2 s");
	snprintf(error, size, "the mmap lock of process %d cannot be held: %s", (int)pid, strerror(-err));
	return err == -EPERM ? -EACCES : err;
}

int hold_release(struct hold **hold, const char *name, char *error, size_t size)
{
	if (!*hold || strcmp((*hold)->name, name))
		return refuse(error, size, -ENOTSUP,
			      "no lock is held here under that name; pins and references are the model's; "
			      "see --model");
	hold_end(*hold);
	*hold = NULL;
	return 0;
}

void hold_end(struct hold *hold)
{
	if (!hold)
		return;
	if (hold->pid && *hold->name)
		kill(hold->pid, SIGKILL);
	while (hold->pid && waitpid(hold->pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(hold->fd);
	free(hold);
}
