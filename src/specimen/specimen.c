/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The specimen: an obliging process that does to its memory what it is told over a socket. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "memory.h"
#include "specimen.h"
#include "walk.h"

/* A hundred times a second. */
#define USE_NS UINT64_C(10000000)

/* Answers, with a descriptor to pass or -1. False: nobody is there. */
static bool answer(const struct specimen_reply *reply, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct iovec vec = {.iov_base = (void *)(uintptr_t)reply, .iov_len = sizeof(*reply)};
	struct msghdr message = {.msg_iov = &vec, .msg_iovlen = 1};
	struct cmsghdr *header;
	ssize_t n;

	if (fd >= 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &fd, sizeof(int));
	}
	do {
		n = sendmsg(SPECIMEN_FD, &message, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(*reply);
}

static void hello(const struct specimen_request *request, struct specimen_reply *reply)
{
	/* The kernel cuts it to 15 letters. */
	prctl(PR_SET_NAME, request->name);
	reply->addr = SPECIMEN_MAGIC;
	reply->pid = getpid();
	reply->call = memory_abilities();
}

/*
 * The child comes back from here as the parent does, but with a socket of its own and nothing to answer; the
 * parent passes the other end of that socket on, and keeps neither.
 */
static bool split_in_two(struct specimen_reply *reply)
{
	bool alive;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
		memory_failed(reply, SPECIMEN_CALL_SOCKETPAIR);
		return answer(reply, -1);
	}
	reply->pid = fork();
	if (!reply->pid) {
		close(pair[0]);
		/* Also closes the parent's socket, whose number it takes. */
		if (dup3(pair[1], SPECIMEN_FD, O_CLOEXEC) < 0)
			_exit(1);
		close(pair[1]);
		walk_end();
		memory_rest_all();
		return true;
	}
	if (reply->pid < 0)
		memory_failed(reply, SPECIMEN_CALL_FORK);
	alive = answer(reply, reply->pid < 0 ? -1 : pair[0]);
	close(pair[0]);
	close(pair[1]);
	return alive;
}

/* Carries out one request and answers. False: it is time to go. */
static bool oblige(const struct specimen_request *request)
{
	void *addr = (void *)(uintptr_t)request->addr;
	struct specimen_reply reply = {.fd = -1};

	switch ((enum specimen_op)request->op) {
	case SPECIMEN_HELLO:
		hello(request, &reply);
		break;
	case SPECIMEN_MAP:
		memory_map(request, &reply);
		break;
	case SPECIMEN_UNMAP:
		memory_rest(request);
		if (munmap(addr, request->len))
			memory_failed(&reply, SPECIMEN_CALL_MUNMAP);
		else if (request->fd >= 0)
			close(request->fd);
		break;
	case SPECIMEN_TOUCH:
	case SPECIMEN_READ:
	case SPECIMEN_WRITE:
		memory_access(request, &reply);
		break;
	case SPECIMEN_WALK:
		walk_begin(request);
		break;
	case SPECIMEN_USE:
		memory_use(request, &reply);
		break;
	case SPECIMEN_REST:
		memory_rest(request);
		break;
	case SPECIMEN_ADVISE:
		memory_advise(request, &reply);
		break;
	case SPECIMEN_SPLIT:
		memory_split(request, &reply);
		break;
	case SPECIMEN_SPLIT_FOLIO:
		memory_split_folio(request, &reply);
		break;
	case SPECIMEN_PROTECT:
		if (mprotect(addr, request->len, request->number))
			memory_failed(&reply, SPECIMEN_CALL_MPROTECT);
		break;
	case SPECIMEN_MOVE:
		memory_move(request, &reply);
		break;
	case SPECIMEN_PUNCH:
		if (fallocate(request->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)request->offset,
			      (off_t)request->len))
			memory_failed(&reply, SPECIMEN_CALL_FALLOCATE);
		break;
	case SPECIMEN_TRUNCATE:
		if (ftruncate(request->fd, (off_t)request->len))
			memory_failed(&reply, SPECIMEN_CALL_FTRUNCATE);
		break;
	case SPECIMEN_FORK:
		return split_in_two(&reply);
	case SPECIMEN_EXIT:
		answer(&reply, -1);
		return false;
	}
	return answer(&reply, -1);
}

/* Walks, and uses what is to be used, until somebody asks for something. */
static void pass_the_time(void)
{
	struct pollfd asked = {.fd = SPECIMEN_FD, .events = POLLIN};
	uint64_t due = walk_now() + USE_NS;
	bool walks;

	while ((walks = walk_on()) || memory_in_use()) {
		if (poll(&asked, 1, walks ? 0 : (int)(USE_NS / 1000000)))
			return;
		if (walk_now() < due || !memory_in_use())
			continue;
		memory_use_again();
		due = walk_now() + USE_NS;
	}
}

/*
 * It opens what it is told to open, by whoever holds the other end of a socket, and anybody may start it with one. So it has
 * no more than its caller: neither of a set-user-ID file, nor the capabilities of thpscope-agent's. False: it has.
 */
static bool is_callers(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

	if (getuid() != geteuid() || getgid() != getegid())
		return false;
	return !getuid() || !syscall(SYS_capset, &header, none);
}

int specimen_main(void)
{
	static const char usage[] = "thpscope-specimen: started by thpscope, and of no use by itself\n";
	static const char refusal[] = "thpscope-specimen: it does not run as set-user-ID, set-group-ID, or "
				      "with capabilities\n";
	struct specimen_request request;
	ssize_t n;

	if (!is_callers()) {
		(void)!write(2, refusal, sizeof(refusal) - 1);
		return 3;
	}
	if (recv(SPECIMEN_FD, &request, sizeof(request), MSG_PEEK | MSG_DONTWAIT) < 0 && errno != EAGAIN &&
	    errno != EWOULDBLOCK) {
		(void)!write(2, usage, sizeof(usage) - 1);
		return 2;
	}
	/* What thpscope's own caller left open is not ours to hold (close_range is 5.9+; then all stays). */
	syscall(SYS_close_range, SPECIMEN_FD + 1, ~0u, 0u);
	fcntl(SPECIMEN_FD, F_SETFD, FD_CLOEXEC);
	signal(SIGCHLD, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	memory_init();
	do {
		pass_the_time();
		n = recv(SPECIMEN_FD, &request, sizeof(request), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n != (ssize_t)sizeof(request))
			break;
		request.name[SPECIMEN_NAME_LEN - 1] = '\0';
	} while (n < 0 || oblige(&request));
	return 0;
}
