/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that stops others, so that nothing that happens to thpscope leaves them stopped.
 *
 * A fork, not a program of its own: it knows no path, cannot be missing or of another version, and reads nothing from a
 * disk while others wait. The price is that a fork of a program with threads may only make system calls: the list of
 * threads is mapped, /proc is read by raw.c, and sentences are made by the parent.
 *
 *      thpscope                      guardian                        target
 *      aim_take: PID, VMA
 *      fork ------------------------> setsid, all signals blocked
 *      reads the pipe                 reads the byte once: nobody waits for a page that is far away
 *        <------- TROUBLE_BEGUN ----- SEIZE, INTERRUPT, until a pass finds nobody new -> stops
 *                                     is it still the process, and the VMA?
 *                                     writes the byte, or has it call madvise
 *                                     DETACH -------------------------------------------> goes on
 *        <------- the answer -------- exits
 *      waitpid
 */
#include "target/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/close.h"

/* Of the guardian with itself: to read the byte, and again for the rest. */
#define PATIENCE_NS UINT64_C(2000000000)
#define BEGIN_S 6 /* longer than that, for what a signal does not end */

/* Numbers that the guardian gives to what it keeps open. */
enum { KEEP_NULL_0, KEEP_NULL_1, KEEP_NULL_2, KEEP_PIPE, KEEP_PIDFD, KEEP_PROC, KEEP_COUNT };

bool guardian_timer(uint64_t ns)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
	const struct itimerspec at = {.it_value = {.tv_sec = (time_t)(ns / UINT64_C(1000000000)),
						   .tv_nsec = (long)(ns % UINT64_C(1000000000))}};
	static bool made;
	static int id;

	/* The raw calls: the C library's may allocate. */
	if (!made)
		made = !syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id);
	return made && !syscall(SYS_timer_settime, id, 0, &at, NULL);
}

/* Whether there is still somebody who hears it. */
static bool say(int pipe, const struct answer *answer)
{
	ssize_t written;

	do
		written = write(pipe, answer, sizeof(*answer));
	while (written < 0 && errno == EINTR);
	return written == sizeof(*answer);
}

bool guardian_say(const struct answer *answer)
{
	return say(KEEP_PIPE, answer);
}

/* It has not got what it needs, and says why. */
static void give_up(const struct order *order, int pipe) __attribute__((noreturn));
static void give_up(const struct order *order, int pipe)
{
	/* F_DUPFD has a word of its own for a number that is past the limit. */
	const struct answer answer = {
		.trouble = TROUBLE_UNFIT, .who = order->pid, .error = errno == EINVAL ? EMFILE : errno};

	say(pipe, &answer);
	_exit(1);
}

/* Closes all but what it needs: a socket or a terminal of thpscope's would outlive it here. */
static void keep(const struct order *order, int pipe)
{
	const int null = open("/dev/null", O_RDWR);
	const int proc = null < 0 ? -1 : open("/proc", O_RDONLY | O_DIRECTORY);
	const int from[KEEP_COUNT] = {null, null, null, pipe, order->pidfd, proc};
	int high[KEEP_COUNT], i;

	if (proc < 0)
		give_up(order, pipe);
	/* First out of each other's way. */
	for (i = 0; i < KEEP_COUNT; i++) {
		high[i] = fcntl(from[i], F_DUPFD, 2 * KEEP_COUNT);
		if (high[i] < 0)
			give_up(order, pipe);
	}
	for (i = 0; i < KEEP_COUNT; i++)
		if (dup2(high[i], i) < 0)
			give_up(order, high[KEEP_PIPE]);
	close_between(KEEP_COUNT, UINT_MAX);
}

static bool is_away(const struct order *order, pid_t tid)
{
	return !(raw_pagemap(KEEP_PROC, order->pid, tid, order->piece.start / order->page) &
		 (PM_PRESENT | PM_SWAP));
}

/*
 * Reads the byte of a cow, and so brings in what is away: 0 or an errno. What is away by process_vm_readv: it waits for a
 * userfaultfd, and for a slow file system without the target's mmap lock and so that it can be killed, as /proc/TID/mem does
 * not (mm/gup.c, FOLL_UNLOCKABLE). It copies nothing there, for what comes so is nobody else's. What may be written to only it
 * does not read; and of no file there is nobody to wait for.
 */
static int bring_in(const struct order *order)
{
	const struct piece *piece = &order->piece;
	char byte;
	const struct iovec local = {&byte, 1}, remote = {(void *)(uintptr_t)piece->start, 1};

	if (!is_away(order, order->task) || (piece->vma->perms[0] != 'r' && !piece->vma->inode))
		return raw_memory(KEEP_PROC, order->task, piece->start, &byte, 1);
	return process_vm_readv(order->task, &local, 1, &remote, 1, 0) == 1 ? 0 : errno;
}

/* The byte at addr, which is there or swapped out, is read, and written back. 0 or an errno. */
static int write_byte(pid_t tid, uint64_t addr)
{
	char byte;
	const struct iovec local = {&byte, 1}, remote = {(void *)(uintptr_t)addr, 1};
	const int error = raw_memory(KEEP_PROC, tid, addr, &byte, 1);

	if (error)
		return error;
	/* Without FOLL_FORCE: a page that may not be written is not (mm/process_vm_access.c). */
	return process_vm_writev(tid, &local, 1, &remote, 1, 0) == 1 ? 0 : errno;
}

/* While all are stopped nobody changes it any more. */
bool guardian_same_place(const struct stop *stop, const struct piece *piece)
{
	const struct vma *vma = piece->vma;
	struct raw_vma now;

	/* It may have grown or shrunk at its ends; what is behind it has to be the same. */
	return raw_maps_find(stop->proc, stop->order->pid, stop->sees, piece->start, false, &now) &&
	       now.end >= piece->end && !memcmp(now.perms, vma->perms, 4) && now.inode == vma->inode &&
	       now.dev_major == vma->dev_major && now.dev_minor == vma->dev_minor &&
	       (!now.inode || now.offset - now.start == vma->offset - vma->start);
}

/*
 * Whether the write to the page of a cow would be answered without waiting for anybody. Whoever answers faults of
 * userfaultfd is as a rule a thread of the very process that is stopped, and a call that waits for it ends by SIGKILL
 * alone: all would wait for each other for ever.
 */
static bool answered(struct stop *stop)
{
	const struct order *order = stop->order;
	const uint64_t word =
		raw_pagemap(stop->proc, order->pid, stop->sees, order->piece.start / order->page);

	if (word & PM_UFFD_WP)
		return stop_trouble(stop, TROUBLE_USERFAULT, order->pid);
	/* It is away, or never came: whether the fault would be answered is not known. */
	if (!(word & (PM_PRESENT | PM_SWAP)))
		return stop_trouble(stop, stop->unread ? TROUBLE_ABSENT : TROUBLE_MOVED, order->pid);
	return true;
}

static void act(struct stop *stop)
{
	const struct order *order = stop->order;
	struct answer *answer = stop->answer;

	if (!guardian_same_place(stop, &order->piece)) {
		stop_trouble(stop, TROUBLE_MOVED, order->pid);
		return;
	}
	if (order->kind == TRIGGER_COW && !answered(stop))
		return;
	if (order->call) {
		call_all(stop);
		return;
	}
	answer->error = write_byte(stop->sees, order->piece.start);
	answer->result = answer->error ? 0 : 1;
	if (answer->error == ESRCH)
		stop_trouble(stop, TROUBLE_GONE, order->pid);
}

static void guard(struct order *order, int pipe) __attribute__((noreturn));
static void guard(struct order *order, int pipe)
{
	struct answer answer = {.trouble = TROUBLE_BEGUN};
	struct stop stop = {.order = order, .proc = KEEP_PROC, .answer = &answer};

	keep(order, pipe);
	order->pidfd = KEEP_PIDFD;
	setsid();
	/* Whoever else waits for memory from afar (userfaultfd, FUSE) is not stopped meanwhile, and not for ever. */
	guardian_timer(PATIENCE_NS);
	if (order->kind == TRIGGER_COW)
		stop.unread = bring_in(order);
	/* What nobody waits for any more is not to begin: it ran late, or who asked has ended. */
	if (clock_mono_ns() - order->ordered_ns > 2 * PATIENCE_NS || !guardian_say(&answer))
		_exit(0);
	guardian_timer(PATIENCE_NS);
	stop.nobody = stop_nobody();
	answer.trouble = TROUBLE_NONE;
	if (stop_all(&stop))
		act(&stop);
	stop_release(&stop, NULL);
	guardian_say(&answer);
	if (stop.nobody)
		waitpid(stop.nobody, NULL, 0);
	_exit(0);
}

/* The errno and the sentence of each trouble; "%d" is answer.who, "%s" behind it what answer.error means. */
static const struct {
	int error;
	const char *text;
} troubles[TROUBLE_COUNT] = {
	[TROUBLE_NONE] = {0, ""},
	[TROUBLE_BEGUN] = {0, ""},
	[TROUBLE_LATE] = {0, ""},
	[TROUBLE_GONE] = {-ESRCH, "process %d ended while it was being stopped"},
	[TROUBLE_MOVED] = {-EFAULT,
			   "process %d has unmapped or remapped this memory a moment ago; look again"},
	[TROUBLE_TRACED] = {-EBUSY,
			    "traced by process %d, and a process has one tracer at a time; end that first"},
	[TROUBLE_PERMISSION] = {-EPERM, "process %d may not be traced from here; that needs the same user or "
					"CAP_SYS_PTRACE, and no security module against it"},
	[TROUBLE_ASLEEP] = {-EBUSY,
			    "thread %d is in an uninterruptible sleep and did not stop within 250 ms; "
			    "all were let go, try again"},
	[TROUBLE_WORKER] =
		{-EBUSY,
		 "process %d has kernel workers (io_uring, vhost), which write to its memory and cannot "
		 "be stopped without failing a call"},
	[TROUBLE_SHARER] =
		{-EPERM, "process %d may share this address space, and then would not be stopped. Only kcmp "
			 "can tell, of a kernel with CONFIG_KCMP and for who may trace it, as root may"},
	[TROUBLE_CROWD] = {-EAGAIN,
			   "process %d did not stop as a whole within 250 ms: it starts threads "
			   "faster than that, or the machine is busy or has too many processes to look "
			   "through; all were let go, try again"},
	[TROUBLE_BITS] = {-ENOTSUP, "thread %d runs 32-bit code, in which no call can be made"},
	[TROUBLE_DISPATCH] = {-ENOTSUP,
			      "thread %d has its system calls dispatched to itself (syscall user dispatch), "
			      "and would get ours"},
	[TROUBLE_DISPATCH_UNKNOWN] = {-ENOTSUP,
				      "this kernel cannot say whether thread %d dispatches its system calls "
				      "to itself; Linux 6.4 and later can"},
	[TROUBLE_RSEQ] = {-EAGAIN, "thread %d is inside an rseq critical section; it was let go, try again"},
	[TROUBLE_RSEQ_UNKNOWN] = {-ENOTSUP,
				  "this kernel cannot say whether thread %d is inside an rseq critical "
				  "section; Linux 5.13 and later can"},
	[TROUBLE_SECCOMP] = {-EPERM,
			     "thread %d is under seccomp, which cannot be suspended here (CAP_SYS_ADMIN, and "
			     "no seccomp for thpscope itself)"},
	[TROUBLE_NO_CALL] = {-ENOTSUP,
			     "process %d has no vdso with a system call instruction to borrow, or this is "
			     "not x86-64"},
	[TROUBLE_USERFAULT] = {-EBUSY,
			       "this page is write-protected by userfaultfd, and who answers for it may be a "
			       "thread of process %d, which would be stopped"},
	[TROUBLE_ABSENT] =
		{-ENXIO, "process %d has nothing in this page that could be read (the file ends before it, "
			 "the memory cgroup is at its limit, it may be written to only, or it was unmapped "
			 "meanwhile)"},
	[TROUBLE_UNSAFE] = {-EAGAIN,
			    "what has to be known or done before %d may be touched could not be (a look at "
			    "/proc, a timer); nothing was changed, try again"},
	[TROUBLE_FROZEN] = {-EAGAIN, "thread %d did not run in time: its cgroup is frozen, or the machine is "
				     "busy; all were let go, try again"},
	[TROUBLE_ASTRAY] = {-EIO,
			    "the kernel would not give thread %d its registers and its blocked signals back "
			    "after the call: it may go on at a wrong place, which crashes the process"},
	[TROUBLE_UNHEARD] =
		{-EIO, "the kernel refused on the way to make thread %d call madvise, or to tell what "
		       "came of it: the thread is as it was, and whether the call was made is not known"},
	[TROUBLE_UNFIT] =
		{-EMFILE, "the process that was to stop %d has not got what it needs (/dev/null, /proc, some "
			  "descriptors): %s; nobody was stopped"},
};

/* Reads one answer. 0; -EIO: the pipe ended; -ETIMEDOUT. */
static int hear(int pipe, struct answer *answer, int seconds)
{
	struct pollfd poll_on = {.fd = pipe, .events = POLLIN};
	ssize_t got;
	int ready;

	do
		ready = poll(&poll_on, 1, seconds * 1000);
	while (ready < 0 && errno == EINTR);
	if (!ready)
		return -ETIMEDOUT;
	do
		got = read(pipe, answer, sizeof(*answer));
	while (got < 0 && errno == EINTR);
	return got == sizeof(*answer) ? 0 : -EIO;
}

/* Its wait status; -1: somebody else has reaped it. */
static int reap(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, __WALL) < 0 && errno == EINTR)
		;
	return status;
}

static void *reap_later(void *pid)
{
	reap((pid_t)(intptr_t)pid);
	return NULL;
}

/* One that is not waited for any more is reaped when it ends, by a thread that does nothing else. */
static void leave(pid_t pid)
{
	pthread_attr_t attr;
	sigset_t all, old;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_create(&thread, &attr, reap_later, (void *)(intptr_t)pid);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
}

/* What was heard of a guardian. */
struct heard {
	int begun;	      /* of BEGUN, or of what is in its way: 0 or as hear() */
	int err;	      /* of the last answer */
	uint64_t from_ns;     /* CLOCK_MONOTONIC, when it was not there yet */
	bool own_end;	      /* it was ended by its timer */
	pid_t late;	      /* the thread of which it said that its call waits; 0: none */
	struct answer answer; /* the last */
};

static int explain_silence(struct aim *aim, const struct heard *heard)
{
	const int pid = (int)aim->trigger->pid;

	/* Of a split nothing is read before. */
	if (heard->begun == -EIO && heard->own_end && aim->trigger->kind == TRIGGER_COW)
		return aim_refuse(aim, -EBUSY,
				  "the memory at 0x%llx could not be read for 2 s (userfaultfd, a network "
				  "or FUSE file system?); nobody was stopped",
				  (unsigned long long)aim->trigger->addr);
	if (heard->begun == -EIO)
		return aim_refuse(aim, -EAGAIN,
				  "the process that was to stop %d ended before it began%s; nobody was "
				  "stopped, try again",
				  pid, heard->own_end ? ", after 2 s: the machine is busy" : "");
	if (heard->begun == -ETIMEDOUT)
		return aim_refuse(
			aim, -EBUSY,
			"the process that was to stop %d did not begin for %d s%s; nobody was stopped", pid,
			BEGIN_S,
			aim->trigger->kind == TRIGGER_COW
				? ": the page is read first, and its file system does not answer, or the "
				  "machine is busy"
				: ": the machine is busy");
	if (heard->err == -ETIMEDOUT && heard->late)
		return aim_refuse(aim, -EIO,
				  "the call made in thread %d of process %d waits in the kernel; all other "
				  "threads go on, and this one will when the call ends: the guardian waits "
				  "for that, do not kill it",
				  (int)heard->late, pid);
	if (heard->err == -ETIMEDOUT)
		return aim_refuse(aim, -EIO,
				  "the process that stops %d has not finished for 30 s; it goes on by "
				  "itself, and what it does is not known",
				  pid);
	return aim_refuse(aim, -EIO,
			  "the process that stopped %d was killed; all were let go, but what it had done is "
			  "not known",
			  pid);
}

static const char *how_of(const struct order *order, const struct answer *answer)
{
	if (!order->call)
		return "process_vm_writev";
	if (order->kind == TRIGGER_COW)
		return "ptrace: madvise(MADV_POPULATE_WRITE)";
	return answer->other == MADV_NORMAL ? "ptrace: madvise(MADV_NORMAL)" : "ptrace: madvise(MADV_RANDOM)";
}

static int conclude(struct aim *aim, const struct order *order, const struct heard *heard,
		    struct target_report *report)
{
	const struct answer *answer = &heard->answer;

	if (heard->begun || heard->err)
		return explain_silence(aim, heard);
	if (answer->trouble != TROUBLE_NONE)
		return aim_refuse(aim, troubles[answer->trouble].error, troubles[answer->trouble].text,
				  answer->who, strerror(answer->error));
	report->how = how_of(order, answer);
	report->result = answer->result;
	report->error = answer->error;
	if (answer->undone == EEXIST)
		snprintf(report->reason, sizeof(report->reason),
			 "split, but the kernel does not join the mapping again: it stays cut there");
	else if (answer->undone)
		snprintf(report->reason, sizeof(report->reason),
			 "split, but one page may keep the other advice: giving it back failed: %s",
			 strerror(answer->undone));
	else if (heard->late)
		snprintf(report->reason, sizeof(report->reason),
			 "the call had to wait, and after 250 ms all threads but %d went on",
			 (int)heard->late);
	return 0;
}

/* Hears it out, and reaps it. */
static void attend(pid_t pid, int pipe, struct heard *heard)
{
	struct answer *answer = &heard->answer;
	int status;

	heard->begun = heard->err = hear(pipe, answer, BEGIN_S);
	/* It waits where its timer does not end it, or has not run at all: it is not to begin any more. */
	if (heard->begun == -ETIMEDOUT) {
		kill(pid, SIGKILL);
		heard->begun = heard->err = hear(pipe, answer, 0);
	}
	if (!heard->err && answer->trouble == TROUBLE_BEGUN)
		heard->err = hear(pipe, answer, 30);
	if (!heard->err && answer->trouble == TROUBLE_LATE) {
		heard->late = answer->who;
		heard->err = hear(pipe, answer, 5);
	}
	if (heard->err == -ETIMEDOUT) {
		leave(pid);
		return;
	}
	status = reap(pid);
	heard->own_end = (status < 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)) &&
			 clock_mono_ns() - heard->from_ns >= PATIENCE_NS;
}

int guardian_run(struct aim *aim, struct order *order, struct target_report *report)
{
	struct heard heard = {.from_ns = clock_mono_ns()};
	int ends[2], err = 0;
	sigset_t all, old;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return aim_refuse(aim, -errno, "no pipe could be made: %s", strerror(errno));
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	order->ordered_ns = heard.from_ns;
	pid = fork();
	if (!pid)
		guard(order, ends[1]);
	err = -errno;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return aim_refuse(aim, err, "no process could be started to stop %d with: %s",
				  (int)order->pid, strerror(-err));
	}
	attend(pid, ends[0], &heard);
	close(ends[0]);
	return conclude(aim, order, &heard, report);
}
