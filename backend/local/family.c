/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The specimen's family: its birth, its talk and its end. */
#include "local/family.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "local/files.h"

/* Below where mmap begins on x86-64 (1 TiB of randomness below the stack), so that lessons show the same addresses. */
#define FIRST_AREA UINT64_C(0x7e0000000000)
#define GRACE_MS 2000

struct member *family_member(struct family *family, const char *name, int *err, char *error, size_t size)
{
	size_t i;

	if (!*name)
		name = "main";
	for (i = 0; i < family->n; i++)
		if (!strcmp(family->members[i].name, name))
			break;
	if (i < family->n && family->members[i].socket >= 0)
		return &family->members[i];
	*err = i < family->n ? -ESRCH : -ENOENT;
	snprintf(error, size,
		 i < family->n ? "the specimen's process '%s' has exited"
			       : "no process of the specimen is called '%s'",
		 name);
	return NULL;
}

size_t member_area(const struct member *member, const char *name)
{
	size_t i;

	for (i = 0; i < member->n_areas; i++)
		if (!strcmp(member->areas[i].name, name))
			break;
	return i;
}

static struct member *add_member(struct family *family, const char *name, pid_t pid, int socket)
{
	struct member *member;

	mem_grow(&family->members, &family->room, family->n + 1, sizeof(*family->members));
	member = &family->members[family->n++];
	memset(member, 0, sizeof(*member));
	snprintf(member->name, sizeof(member->name), "%s", name);
	member->pid = pid;
	member->socket = socket;
	member->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	return member;
}

static int received_fd(struct msghdr *message)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	int fd = -1;

	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

int member_call(struct member *member, const struct specimen_request *request, struct specimen_reply *reply,
		int *passed)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec vec = {.iov_base = reply, .iov_len = sizeof(*reply)};
	struct msghdr message = {.msg_iov = &vec,
				 .msg_iovlen = 1,
				 .msg_control = control.bytes,
				 .msg_controllen = sizeof(control.bytes)};
	ssize_t n;
	int fd;

	do {
		n = send(member->socket, request, sizeof(*request), MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n == (ssize_t)sizeof(*request)) {
		do {
			n = recvmsg(member->socket, &message, MSG_CMSG_CLOEXEC);
		} while (n < 0 && errno == EINTR);
	} else {
		n = -1;
	}
	if (n != (ssize_t)sizeof(*reply)) {
		close(member->socket);
		member->socket = -1;
		return -EIO;
	}
	fd = received_fd(&message);
	if (passed)
		*passed = fd;
	else if (fd >= 0)
		close(fd);
	return 0;
}

static int hello(struct family *family, struct member *member, char *error, size_t size)
{
	struct specimen_request request = {.op = SPECIMEN_HELLO};
	struct specimen_reply reply;

	snprintf(request.name, sizeof(request.name),
		 strcmp(member->name, "main") ? "specimen:%s" : "specimen", member->name);
	if (member_call(member, &request, &reply, NULL)) {
		snprintf(error, size, "the specimen exited as soon as it was started");
		return -EIO;
	}
	if (reply.addr != SPECIMEN_MAGIC) {
		snprintf(error, size, "thpscope-specimen is of another version; install thpscope whole");
		return -EPROTO;
	}
	family->abilities = reply.call;
	return 0;
}

/* /dev/null for 0 to 2, or a reader of our output would wait for the specimen too; and the socket. */
static int start(const char *program, int socket, pid_t *pid)
{
	char *const argv[] = {(char *)(uintptr_t) "thpscope-specimen", NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t signals;
	int err;

	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_adddup2(&actions, 0, 1);
	posix_spawn_file_actions_adddup2(&actions, 0, 2);
	posix_spawn_file_actions_adddup2(&actions, socket, SPECIMEN_FD);
	sigemptyset(&signals);
	posix_spawnattr_setsigmask(&attr, &signals);
	sigfillset(&signals);
	posix_spawnattr_setsigdefault(&attr, &signals);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	err = posix_spawn(pid, program, &actions, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	if (!err)
		files_restore(*pid);
	return -err;
}

/* A socket pair whose numbers the spawn's dup2 calls cannot run over. */
static int far_pair(int pair[2])
{
	int raw[2], i, err = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, raw))
		return -errno;
	for (i = 0; i < 2; i++) {
		pair[i] = fcntl(raw[i], F_DUPFD_CLOEXEC, SPECIMEN_FD + 1);
		if (pair[i] < 0)
			err = -errno;
		close(raw[i]);
	}
	for (i = 0; i < 2 && err; i++)
		if (pair[i] >= 0)
			close(pair[i]);
	return err;
}

int family_spawn(const char *program, uint64_t page_size, uint64_t pmd_size, struct family **out, pid_t *pid,
		 char *error, size_t size)
{
	struct family *family;
	int pair[2] = {-1, -1}, err = far_pair(pair);

	*out = NULL;
	if (!err) {
		err = start(program, pair[1], pid);
		close(pair[1]);
		if (err)
			close(pair[0]);
	}
	if (err) {
		snprintf(error, size, "the specimen %s cannot be started: %s", program, strerror(-err));
		return err;
	}
	family = mem_alloc(sizeof(*family));
	family->page_size = page_size;
	family->pmd_size = pmd_size;
	family->next = (FIRST_AREA + pmd_size - 1) / pmd_size * pmd_size;
	err = hello(family, add_member(family, "main", *pid, pair[0]), error, size);
	if (err)
		family_free(family);
	else
		*out = family;
	return err;
}

static void copy_areas(struct member *to, const struct member *from)
{
	mem_grow(&to->areas, &to->room_areas, from->n_areas, sizeof(*to->areas));
	if (from->n_areas)
		memcpy(to->areas, from->areas, from->n_areas * sizeof(*to->areas));
	to->n_areas = from->n_areas;
}

int family_fork(struct family *family, struct member *parent, const char *name, char *error, size_t size)
{
	struct specimen_request request = {.op = SPECIMEN_FORK};
	const size_t index = (size_t)(parent - family->members);
	struct action action = {.kind = ACTION_FORK, .text = "fork"};
	struct specimen_reply reply;
	struct member *child;
	size_t i;
	int fd;

	for (i = 0; i < family->n; i++) {
		if (strcmp(family->members[i].name, name))
			continue;
		snprintf(error, size, "a process of the specimen was called '%s' already", name);
		return -EEXIST;
	}
	if (member_call(parent, &request, &reply, &fd)) {
		snprintf(error, size, "the specimen's process '%s' has died", parent->name);
		return -EIO;
	}
	if (reply.error) {
		family_explain(family, &action, &reply, error, size);
		return -reply.error;
	}
	/* Its socket came with the reply, and the kernel found no number for it: closed at both ends, the child exits. */
	if (fd < 0) {
		snprintf(error, size, "the forked process cannot be talked to, and exits: %s",
			 strerror(EMFILE));
		return -EMFILE;
	}
	child = add_member(family, name, reply.pid, fd);
	copy_areas(child, &family->members[index]);
	return hello(family, child, error, size);
}

/* Whether its PID was given back, which is a moment after its pidfd says that it has exited. */
static bool member_released(const struct member *member)
{
	/* The pidfd, for by now the PID may be somebody else's. */
	if (member->pidfd >= 0)
		return syscall(SYS_pidfd_send_signal, member->pidfd, 0, NULL, 0) < 0;
	return kill(member->pid, 0) < 0;
}

/* Waits until a member is gone from /proc: its own parent reaps it (main: we do). False: it took too long. */
static bool member_gone(const struct member *member, bool ours)
{
	const struct timespec nap = {.tv_nsec = 1000000};
	int ms;

	for (ms = 0; ms < GRACE_MS; ms++) {
		if (ours ? waitpid(member->pid, NULL, WNOHANG) != 0 : member_released(member))
			return true;
		nanosleep(&nap, NULL);
	}
	return false;
}

int family_exit(struct member *member, char *error, size_t size)
{
	struct specimen_request request = {.op = SPECIMEN_EXIT};
	struct specimen_reply reply;

	if (member_call(member, &request, &reply, NULL)) {
		snprintf(error, size, "the specimen's process '%s' has died", member->name);
		return -EIO;
	}
	close(member->socket);
	member->socket = -1;
	if (!member_gone(member, false)) {
		snprintf(error, size, "the specimen's process '%s' does not exit", member->name);
		return -ETIMEDOUT;
	}
	return 0;
}

/* Only through its pidfd: by now the PID of a child may be somebody else's. */
static void kill_member(const struct member *member)
{
	if (member->pidfd >= 0)
		syscall(SYS_pidfd_send_signal, member->pidfd, SIGKILL, NULL, 0);
}

static void end_member(struct member *member, bool ours)
{
	struct pollfd poll_fd = {.fd = member->pidfd, .events = POLLIN};

	if (member->socket >= 0)
		close(member->socket);
	/* A pidfd becomes readable when its process has exited. */
	if (member->pidfd >= 0 && poll(&poll_fd, 1, GRACE_MS) != 1)
		kill_member(member);
	if (ours && !member_gone(member, true)) {
		kill(member->pid, SIGKILL); /* our own child, not yet reaped: the PID is still its own */
		waitpid(member->pid, NULL, 0);
	} else if (!ours && member->pidfd >= 0) {
		member_gone(member, false);
	}
	if (member->pidfd >= 0)
		close(member->pidfd);
	free(member->areas);
}

void family_free(struct family *family)
{
	size_t i;

	if (!family)
		return;
	/* Main last: it is who reaps the others. */
	for (i = family->n; i-- > 0;)
		end_member(&family->members[i], !i);
	free(family->members);
	free(family);
}

/* Whether its end of the socket is still open: it may have been killed since we last spoke. */
static bool member_alive(const struct member *member)
{
	struct pollfd poll_fd = {.fd = member->socket, .events = POLLRDHUP};

	return member->socket >= 0 && !poll(&poll_fd, 1, 0);
}

size_t family_pids(const struct family *family, pid_t *pids, size_t room)
{
	size_t i, n = 0;

	for (i = 0; i < family->n && n < room; i++)
		if (member_alive(&family->members[i]))
			pids[n++] = family->members[i].pid;
	return n;
}
