/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stopping everybody who shares an address space, and letting go. System calls and pure functions alone. */
#include "core/clock.h"
#include "target/parts.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * Flags of a task (include/linux/sched.h) that tell the kernel's workers from threads of the program: io_uring's, 5.12+;
 * those of vhost too, 6.4+.
 */
#define PF_IO_WORKER 0x10u
#define PF_USER_WORKER 0x4000u

#define EVENT_OF(status) ((status) >> 8)

bool stop_trouble(struct stop *stop, enum trouble what, pid_t who)
{
	stop->answer->trouble = (int32_t)what;
	stop->answer->who = who;
	return false;
}

/* One more thread; the list grows as the kernel maps it, since the guardian may not call malloc. */
static struct thread *add_thread(struct stop *stop, pid_t pid, pid_t tid)
{
	struct thread *thread;

	if (stop->n == stop->room) {
		size_t room = stop->room ? stop->room * 2 : 512;
		void *grown = stop->room ? mremap(stop->threads, stop->room * sizeof(*stop->threads),
						  room * sizeof(*stop->threads), MREMAP_MAYMOVE)
					 : mmap(NULL, room * sizeof(*stop->threads), PROT_READ | PROT_WRITE,
						MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (grown == MAP_FAILED)
			return NULL;
		stop->threads = grown;
		stop->room = room;
	}
	thread = &stop->threads[stop->n++];
	*thread = (struct thread){.tid = tid, .pid = pid, .state = THREAD_SEIZED};
	return thread;
}

static bool knows(const struct stop *stop, pid_t tid)
{
	size_t i;

	for (i = 0; i < stop->n && stop->threads[i].tid != tid; i++)
		;
	return i < stop->n;
}

/* Why a thread could not be seized. True: because it is as good as gone. */
static bool explain_seize(struct stop *stop, pid_t pid, pid_t tid, int error)
{
	char text[4096];
	uint64_t flags;
	char state;
	pid_t tracer;

	raw_read(stop->proc, pid, tid, "stat", text, sizeof(text));
	state = raw_stat(text, &flags);
	/* A leader that exited before its threads stays, as a zombie that nobody can trace. */
	if (error == ESRCH || state == 'Z' || state == 'X' || (!state && !raw_exists(tid)))
		return true;
	raw_read(stop->proc, pid, tid, "status", text, sizeof(text));
	tracer = (pid_t)raw_field(text, "TracerPid:");
	if (tracer && tracer != getpid())
		return stop_trouble(stop, TROUBLE_TRACED, tracer);
	return stop_trouble(stop, TROUBLE_PERMISSION, pid);
}

static bool seize(struct stop *stop, pid_t pid, pid_t tid)
{
	char text[1024];
	struct thread *thread;
	uint64_t flags;

	raw_read(stop->proc, pid, tid, "stat", text, sizeof(text));
	if (!raw_stat(text, &flags))
		return !raw_exists(tid) || stop_trouble(stop, TROUBLE_UNSAFE, tid);
	/* Stopped, a worker's call would end early, and that the program would see. */
	if (flags & (PF_IO_WORKER | PF_USER_WORKER))
		return stop_trouble(stop, TROUBLE_WORKER, pid);
	thread = add_thread(stop, pid, tid);
	if (!thread)
		return stop_trouble(stop, TROUBLE_CROWD, pid);
	if (ptrace(PTRACE_SEIZE, tid, 0, PTRACE_O_TRACESYSGOOD) || ptrace(PTRACE_INTERRUPT, tid, 0, 0)) {
		thread->state = THREAD_GONE;
		return explain_seize(stop, pid, tid, errno);
	}
	return true;
}

/* Seizes the threads of a process that are new. *more: there were some. */
static bool seize_process(struct stop *stop, pid_t pid, bool *more)
{
	struct raw_dir dir;
	bool fine = true;
	pid_t tid;

	if (!raw_open(&dir, stop->proc, pid))
		return !dir.failed || stop_trouble(stop, TROUBLE_UNSAFE, pid); /* else it has ended */
	while (fine && (tid = raw_next(&dir))) {
		if (clock_mono_ns() > stop->deadline) {
			fine = stop_trouble(stop, TROUBLE_CROWD, stop->order->pid);
			break;
		}
		if (knows(stop, tid))
			continue;
		*more = true;
		fine = seize(stop, pid, tid);
	}
	raw_close(&dir);
	return fine && (!dir.failed || stop_trouble(stop, TROUBLE_UNSAFE, pid));
}

/* Whether a process shares the target's memory; through another thread where its leader has exited. */
static int shares(const struct stop *stop, pid_t pid)
{
	int same = raw_same_memory(stop->proc, stop->sees, pid);
	struct raw_dir dir;
	pid_t tid;

	/* A leader that has memory has not exited: one call, where its list of threads would be three. */
	if (same || (stop->nobody && syscall(SYS_kcmp, stop->nobody, pid, KCMP_VM, 0, 0) > 0))
		return same;
	if (!raw_open(&dir, stop->proc, pid))
		return dir.failed ? -1 : 0;
	while (!same && (tid = raw_next(&dir)))
		if (tid != pid) {
			same = raw_same_memory(stop->proc, stop->sees, tid);
			break;
		}
	raw_close(&dir);
	return !same && dir.failed ? -1 : same;
}

pid_t stop_nobody(void)
{
	/* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork): fork would copy our page table; it ends at once */
	const pid_t pid = vfork();
	siginfo_t info;

	if (!pid)
		_exit(0);
	if (pid < 0 || waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT))
		return 0;
	return pid;
}

/*
 * One pass over all processes. Who is known is stopped and starts nobody; /proc lists the rest by ascending number, and
 * a child has a higher one than its parent: who shares the memory unknown to us is come by, or if it ends before that
 * its child is. Unless numbers began anew meanwhile, as that of a child of our own shows: then once more.
 */
static bool seize_sharers(struct stop *stop, bool *more)
{
	struct raw_dir dir;
	bool fine = true;
	pid_t pid;

	if (!raw_open(&dir, stop->proc, 0))
		return stop_trouble(stop, TROUBLE_PERMISSION, stop->order->pid);
	while (fine && (pid = raw_next(&dir))) {
		int same = pid == stop->order->pid ? 0 : shares(stop, pid);

		/* One pass over a machine with tens of thousands of processes can take as long by itself. */
		if (clock_mono_ns() > stop->deadline)
			fine = stop_trouble(stop, TROUBLE_CROWD, stop->order->pid);
		else if (same < 0)
			fine = stop_trouble(stop, TROUBLE_SHARER, pid);
		else if (same)
			fine = seize_process(stop, pid, more);
	}
	raw_close(&dir);
	if (fine && dir.failed)
		fine = stop_trouble(stop, TROUBLE_UNSAFE, stop->order->pid);
	pid = stop_nobody();
	if (pid)
		waitpid(pid, NULL, 0);
	if (pid < stop->newest)
		*more = true;
	stop->newest = pid;
	return fine;
}

bool stop_look(const struct stop *stop, const struct thread *thread, int *status)
{
	char text[4096], state;
	uint64_t flags;
	siginfo_t info = {.si_pid = 0};

	*status = -1;
	/*
	 * An error: another thread has called exec, or this one has ended. It is ours no longer; unless /proc says that it is,
	 * and nothing is known yet.
	 */
	if (waitid(P_PID, (id_t)thread->tid, &info, WSTOPPED | WEXITED | WNOWAIT | WNOHANG | __WALL)) {
		raw_read(stop->proc, thread->pid, thread->tid, "status", text, sizeof(text));
		return raw_field(text, "TracerPid:") != (uint64_t)getpid();
	}
	if (info.si_pid) {
		if (info.si_code == CLD_TRAPPED || info.si_code == CLD_STOPPED)
			*status = info.si_status;
		return true;
	}
	/* Of a leader's end wait() says nothing as long as other threads are there, if only as zombies. */
	raw_read(stop->proc, thread->pid, thread->tid, "stat", text, sizeof(text));
	state = raw_stat(text, &flags);
	return state == 'Z' || state == 'X' || (!state && !raw_exists(thread->tid));
}

void stop_pause(int ms)
{
	const struct timespec pause = {.tv_nsec = ms * 1000000L};
	sigset_t child;

	/* Blocked, so that one that came before is not missed. */
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigtimedwait(&child, NULL, &pause);
}

/*
 * Whether a thread that does not stop waits for its vfork child (kernel/fork.c, wait_for_vfork_done: not for anything
 * but SIGKILL). It is as good as stopped: it writes nothing there, the child holds it and is stopped itself.
 */
static bool waits_for_child(const struct stop *stop, const struct thread *thread)
{
	char text[1024];
	uint64_t flags, number = UINT64_MAX, first = 0;
	char *end;

	raw_read(stop->proc, thread->pid, thread->tid, "stat", text, sizeof(text));
	if (raw_stat(text, &flags) != 'D')
		return false;
	/* "NUMBER ARG0 ..." of the call that it sleeps in; "running" otherwise */
	raw_read(stop->proc, thread->pid, thread->tid, "syscall", text, sizeof(text));
	end = strchr(text, ' ');
	if (!end || *text < '0' || *text > '9')
		return false;
	for (number = 0, end = text; *end >= '0' && *end <= '9'; end++)
		number = number * 10 + (uint64_t)(*end - '0');
	for (end += strlen(" 0x"); *end && *end != ' '; end++)
		first = first * 16 + (uint64_t)(*end <= '9' ? *end - '0' : *end - 'a' + 10);
#ifdef SYS_vfork
	if (number == SYS_vfork)
		return true;
#endif
	if (number == SYS_clone)
		return first & CLONE_VFORK;
	/* struct clone_args begins with the flags */
	return number == SYS_clone3 && !raw_memory(stop->proc, thread->tid, first, &first, sizeof(first)) &&
	       (first & CLONE_VFORK);
}

/* Looks at a thread once. */
static void look(struct stop *stop, struct thread *thread)
{
	int status;

	if (!stop_look(stop, thread, &status)) {
		if (waits_for_child(stop, thread))
			thread->state = THREAD_HELD;
		return;
	}
	if (status < 0)
		thread->state = THREAD_GONE;
	else if (EVENT_OF(status) == PTRACE_EVENT_STOP)
		thread->state = THREAD_STOPPED;
	else /* about to get a signal from before the INTERRUPT: it gets it, and stops after */
		ptrace(PTRACE_CONT, thread->tid, 0, status);
}

/* Why a thread did not stop: one that sleeps, else it was given no time to run. */
static bool explain_running(struct stop *stop)
{
	pid_t awake = 0;
	char text[1024];
	uint64_t flags;
	size_t i;

	for (i = 0; i < stop->n; i++) {
		const struct thread *thread = &stop->threads[i];

		if (thread->state != THREAD_SEIZED)
			continue;
		raw_read(stop->proc, thread->pid, thread->tid, "stat", text, sizeof(text));
		if (raw_stat(text, &flags) == 'D')
			return stop_trouble(stop, TROUBLE_ASLEEP, thread->tid);
		awake = thread->tid;
	}
	return stop_trouble(stop, TROUBLE_FROZEN, awake);
}

/* Waits until no thread runs any more. */
static bool settle(struct stop *stop)
{
	for (;;) {
		/* From before the looks: who did not run itself meanwhile knows nothing of others. */
		const bool late = clock_mono_ns() > stop->deadline;
		bool running = false;
		size_t i;

		for (i = 0; i < stop->n; i++) {
			if (stop->threads[i].state == THREAD_SEIZED)
				look(stop, &stop->threads[i]);
			running |= stop->threads[i].state == THREAD_SEIZED;
		}
		if (!running)
			return true;
		if (late)
			return explain_running(stop);
		stop_pause(1);
	}
}

/* Lets go of those who share the memory no longer: a child that called exec just before it stopped. */
static bool drop_strangers(struct stop *stop)
{
	size_t i;
	int same;

	for (i = 0; i < stop->n; i++) {
		struct thread *thread = &stop->threads[i];

		if (thread->state != THREAD_STOPPED || thread->pid == stop->order->pid)
			continue;
		same = raw_same_memory(stop->proc, stop->sees, thread->tid);
		if (same < 0)
			return stop_trouble(stop, TROUBLE_SHARER, thread->pid);
		if (same)
			continue;
		ptrace(PTRACE_DETACH, thread->tid, 0, 0);
		thread->state = THREAD_GONE;
	}
	return true;
}

/* A thread of the target by which its memory is reached. */
static bool find_eyes(struct stop *stop)
{
	size_t i;

	stop->sees = 0;
	for (i = 0; i < stop->n; i++)
		if (stop->threads[i].pid == stop->order->pid && stop->threads[i].state != THREAD_GONE &&
		    (!stop->sees || stop->threads[i].state == THREAD_STOPPED))
			stop->sees = stop->threads[i].tid;
	return stop->sees || stop_trouble(stop, TROUBLE_GONE, stop->order->pid);
}

bool stop_all(struct stop *stop)
{
	bool more = true;

	stop->deadline = clock_mono_ns() + STOP_NS;
	stop->sees = stop->order->task;
	stop->newest = stop->nobody;
	/* Whoever is stopped starts no thread: a pass that finds nobody new has found all. */
	while (more) {
		while (more) {
			more = false;
			if (!seize_process(stop, stop->order->pid, &more) || !settle(stop))
				return false;
		}
		if (!find_eyes(stop) || !seize_sharers(stop, &more) || !settle(stop))
			return false;
		if (more && clock_mono_ns() > stop->deadline)
			return stop_trouble(stop, TROUBLE_CROWD, stop->order->pid);
	}
	if (!drop_strangers(stop))
		return false;
	/* The PIDs were this process's all the time if it is still there: until then they are nobody else's. */
	if (syscall(SYS_pidfd_send_signal, stop->order->pidfd, 0, NULL, 0))
		return stop_trouble(stop, TROUBLE_GONE, stop->order->pid);
	return find_eyes(stop);
}

/* Lets go of one that is in a stop by now: with the signal that it was about to get. */
static void release(const struct stop *stop, struct thread *thread)
{
	int status, tries;

	if (!stop_look(stop, thread, &status))
		return;
	/* Of what is still refused then the end of the guardian lets go. */
	for (tries = 0; status >= 0 && tries < 10; tries++)
		if (!ptrace(PTRACE_DETACH, thread->tid, 0,
			    EVENT_OF(status) || status == (SIGTRAP | 0x80) ? 0 : status))
			break;
	thread->state = THREAD_GONE;
}

void stop_release(struct stop *stop, const struct thread *keep)
{
	size_t i;

	for (i = 0; i < stop->n; i++)
		if (stop->threads[i].state != THREAD_GONE && &stop->threads[i] != keep)
			release(stop, &stop->threads[i]);
}
