/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls made in a stopped thread of the target. System calls and pure functions alone. */
#include "core/clock.h"
#include "target/parts.h"

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <unistd.h>

#ifndef __x86_64__
/*
 * Elsewhere a call is not made: on arm64, say, a tracer cannot see the first argument of an interrupted call, nor have
 * nanosleep() go on with the rest of its time (arch/arm64/kernel/signal.c, do_signal).
 */
bool call_all(struct stop *stop)
{
	return stop_trouble(stop, TROUBLE_NO_CALL, stop->order->pid);
}
#else

/* include/uapi/linux/ptrace.h, younger than some C libraries. */
#define RAW_GET_RSEQ_CONFIGURATION 0x420f	    /* 5.13 */
#define RAW_GET_SYSCALL_USER_DISPATCH_CONFIG 0x4211 /* 6.4 */
#define RAW_O_SUSPEND_SECCOMP (1 << 21)
#define RAW_PR_SET_SYSCALL_USER_DISPATCH 59

/* The code segment of 64-bit programs (arch/x86/include/asm/segment.h, __USER_CS). */
#define CODE_64 0x33

struct raw_rseq_configuration {
	uint64_t pointer;
	uint32_t size, signature, flags, pad;
};
struct raw_dispatch_config {
	uint64_t mode, selector, offset, len;
};
/* include/uapi/linux/rseq.h */
struct raw_rseq_cs {
	uint32_t version, flags;
	uint64_t start_ip, post_commit_offset, abort_ip;
};
#define RSEQ_CS_AT 8 /* of struct rseq */

#define TRIES 1000 /* a millisecond apart */

struct caller {
	struct stop *stop;
	const struct thread *thread;
	pid_t tid;	      /* of it */
	uint64_t instruction; /* the address of `syscall` */
	struct user_regs_struct saved;
	uint64_t mask;	   /* its blocked signals */
	uint64_t patience; /* CLOCK_MONOTONIC ns: until then the others wait for this call */
	bool late;	   /* they do no longer */
	bool back;	   /* this call puts something back: it is waited for whatever happens */
	bool gone;
	bool ours;    /* its registers were set for a call */
	bool refused; /* the kernel would not do something, and the thread has not ended */
};

/*
 * A request without which the thread would not be as it was: once more until it is granted, or the thread has ended. A
 * kernel grants it at once to who stopped the thread; somebody's filter of calls might not.
 */
static bool insist(struct caller *caller, enum __ptrace_request request, uintptr_t addr, void *data)
{
	int tries, status;

	for (tries = 0; tries < TRIES && !caller->gone; tries++) {
		if (!ptrace(request, caller->tid, addr, data))
			return true;
		caller->gone = stop_look(caller->stop, caller->thread, &status) && status < 0;
		stop_pause(1);
	}
	caller->refused |= !caller->gone;
	return false;
}

static bool get_registers(struct caller *caller, struct user_regs_struct *regs)
{
	struct iovec iov = {regs, sizeof(*regs)};

	/* A 32-bit task gives 68 bytes. */
	return insist(caller, PTRACE_GETREGSET, NT_PRSTATUS, &iov) && iov.iov_len == sizeof(*regs);
}

static bool set_registers(struct caller *caller, const struct user_regs_struct *regs)
{
	struct iovec iov = {(void *)regs, sizeof(*regs)};

	return insist(caller, PTRACE_SETREGSET, NT_PRSTATUS, &iov);
}

/* A selector byte could turn our call into a SIGSYS (Documentation/admin-guide/syscall-user-dispatch.rst). */
static bool check_dispatch(struct caller *caller)
{
	struct raw_dispatch_config config = {0};

	if (!ptrace(RAW_GET_SYSCALL_USER_DISPATCH_CONFIG, caller->tid, sizeof(config), &config))
		return !config.mode || stop_trouble(caller->stop, TROUBLE_DISPATCH, caller->tid);
	/* 5.11 to 6.3 have it and cannot be asked. */
	if (syscall(SYS_prctl, RAW_PR_SET_SYSCALL_USER_DISPATCH, 0, 0, 0, 0))
		return true;
	return stop_trouble(caller->stop, TROUBLE_DISPATCH_UNKNOWN, caller->tid);
}

/* The kernel forgets a critical section when it sees a thread outside of it, as it would during our call. */
static bool check_rseq(struct caller *caller)
{
	const int proc = caller->stop->proc;
	struct raw_rseq_configuration config = {0};
	struct raw_rseq_cs section;
	uint64_t pointer;

	if (ptrace(RAW_GET_RSEQ_CONFIGURATION, caller->tid, sizeof(config), &config) < 0) {
		if (syscall(SYS_rseq, NULL, 0, 0, 0) && errno == ENOSYS)
			return true;
		return stop_trouble(caller->stop, TROUBLE_RSEQ_UNKNOWN, caller->tid);
	}
	if (!config.pointer)
		return true;
	if (raw_memory(proc, caller->tid, config.pointer + RSEQ_CS_AT, &pointer, sizeof(pointer)))
		return stop_trouble(caller->stop, TROUBLE_RSEQ, caller->tid);
	if (!pointer)
		return true;
	if (raw_memory(proc, caller->tid, pointer, &section, sizeof(section)) ||
	    caller->saved.rip - section.start_ip < section.post_commit_offset)
		return stop_trouble(caller->stop, TROUBLE_RSEQ, caller->tid);
	return true;
}

/*
 * A filter may answer our call with the target's death. One that is suspended does not, be it there already or given to all
 * threads while the others go on (SECCOMP_FILTER_FLAG_TSYNC); where it cannot be, only what is seen to be under none is made
 * to call.
 */
static bool check_seccomp(struct caller *caller)
{
	const struct stop *stop = caller->stop;
	uint64_t mode;

	if (!ptrace(PTRACE_SETOPTIONS, caller->tid, 0, PTRACE_O_TRACESYSGOOD | RAW_O_SUSPEND_SECCOMP))
		return true;
	if (raw_status(stop->proc, stop->order->pid, caller->tid, "Seccomp:", &mode))
		return !mode || stop_trouble(caller->stop, TROUBLE_SECCOMP, caller->tid);
	/* A kernel without seccomp has no such line, and nobody under any. */
	return (prctl(PR_GET_SECCOMP) < 0 && errno == EINVAL) ||
	       stop_trouble(caller->stop, TROUBLE_UNSAFE, caller->tid);
}

/* The vdso has one for clocks that need the kernel; into nothing of the target's is code written. */
static bool find_instruction(struct caller *caller)
{
	static const unsigned char wanted[] = {0x0f, 0x05};
	static unsigned char code[65536];
	struct stop *stop = caller->stop;
	const unsigned char *at;
	struct raw_vma vdso;
	size_t len;

	if (!raw_maps_find(stop->proc, stop->order->pid, stop->sees, 0, true, &vdso))
		return stop_trouble(stop, TROUBLE_NO_CALL, stop->order->pid);
	len = vdso.end - vdso.start < sizeof(code) ? vdso.end - vdso.start : sizeof(code);
	if (raw_memory(stop->proc, caller->tid, vdso.start, code, len))
		return stop_trouble(stop, TROUBLE_NO_CALL, stop->order->pid);
	at = memmem(code, len, wanted, sizeof(wanted));
	if (!at)
		return stop_trouble(stop, TROUBLE_NO_CALL, stop->order->pid);
	caller->instruction = vdso.start + (uint64_t)(at - code);
	return true;
}

/* Whether a call can be made by this thread; fills in what is needed to undo it. */
static bool check_caller(struct caller *caller)
{
	if (!get_registers(caller, &caller->saved) || caller->saved.cs != CODE_64)
		return stop_trouble(caller->stop, TROUBLE_BITS, caller->tid);
	return check_dispatch(caller) && check_rseq(caller) && check_seccomp(caller) &&
	       find_instruction(caller) &&
	       !ptrace(PTRACE_GETSIGMASK, caller->tid, sizeof(caller->mask), &caller->mask);
}

static bool caller_fits(struct caller *caller)
{
	int status;

	if (check_caller(caller))
		return true;
	/* A thread that was killed meanwhile answers nothing, which is no answer. */
	if (!stop_look(caller->stop, caller->thread, &status) || status >> 8 != PTRACE_EVENT_STOP)
		stop_trouble(caller->stop, TROUBLE_GONE, caller->stop->order->pid);
	return false;
}

/*
 * The last resort where a call does not come back: what it waits for may be a thread that is stopped here (one that
 * serves userfaultfd, or FUSE), so all others go on. Of the one thread nothing can be undone in the midst of its call:
 * to the program it is slow in whatever it was doing, until the call ends and it has its registers again. A wait that a
 * signal ends, ends now: INTERRUPT is none that the program would see.
 */
static void be_late(struct caller *caller)
{
	struct answer late = {.trouble = TROUBLE_LATE, .who = caller->tid};

	if (!caller->late) {
		caller->late = true;
		ptrace(PTRACE_INTERRUPT, caller->tid, 0, 0);
		guardian_say(&late);
	}
	stop_release(caller->stop, caller->thread);
}

/* Waits for the next thing that happens to the thread. */
static int wait_for(struct caller *caller)
{
	int status;

	for (;;) {
		/* From before the look: who did not run itself meanwhile knows nothing of others. */
		const bool late = caller->late || clock_mono_ns() > caller->patience;

		if (stop_look(caller->stop, caller->thread, &status))
			return status;
		if (late)
			be_late(caller);
		stop_pause(caller->late ? 20 : 1);
	}
}

/*
 * Lets the thread run to its next system call stop, or with PTRACE_CONT to that which PTRACE_INTERRUPT asked for. False:
 * it has ended; or was late and not in a call, and is stopped again with nothing done: its cgroup is frozen.
 */
static bool run_on(struct caller *caller, enum __ptrace_request how, bool begun)
{
	int status = 0;

	for (;;) {
		/* All signals are blocked: only SIGSTOP can come, and takes its course without touching registers. */
		if (!insist(caller, how, 0, (void *)(intptr_t)(status >> 8 ? 0 : status)))
			return false;
		status = wait_for(caller);
		if (status < 0) {
			caller->gone = true;
			return false;
		}
		if (how == PTRACE_SYSCALL ? status == (SIGTRAP | 0x80) : status >> 8 == PTRACE_EVENT_STOP)
			return true;
		if (caller->late && !begun && !caller->back && status >> 8 == PTRACE_EVENT_STOP)
			return false;
		if (status == (SIGTRAP | 0x80))
			status = 0;
	}
}

#define NOT_CALLED 1 /* as the answer of a call */

/* One madvise call. Its answer: 0 or an errno, negative; or NOT_CALLED. */
static long advise(struct caller *caller, uint64_t addr, uint64_t len, int advice)
{
	struct user_regs_struct regs = caller->saved;

	regs.rip = caller->instruction;
	regs.rax = SYS_madvise;
	regs.rdi = addr;
	regs.rsi = len;
	regs.rdx = (unsigned long)advice;
	/* In no system call: whatever rax looks like, the kernel has none to begin again with our registers. */
	regs.orig_rax = (unsigned long)-1;
	regs.eflags &=
		~0x100ul; /* TF: of who steps through itself, the call would trap while signals are blocked */
	if (!set_registers(caller, &regs))
		return -ESRCH;
	caller->ours = true;
	caller->patience = clock_mono_ns() + STOP_NS;
	if (!run_on(caller, PTRACE_SYSCALL, false))
		return caller->gone ? -ESRCH : NOT_CALLED;
	if (!run_on(caller, PTRACE_SYSCALL, true) || !get_registers(caller, &regs))
		return -ESRCH;
	return (long)regs.rax;
}

/*
 * Registers and mask as they were. Where a system call had been interrupted, rax holds -ERESTART... and orig_rax its
 * number: the kernel sets it up again on the way out of the stop that INTERRUPT asks for, as it would have done. False:
 * something of it was refused, and the thread goes on as it is.
 */
static bool restore(struct caller *caller)
{
	bool same;

	if (caller->gone)
		return true;
	same = !caller->ours || set_registers(caller, &caller->saved);
	same &= insist(caller, PTRACE_SETSIGMASK, sizeof(caller->mask), &caller->mask);
	caller->patience = clock_mono_ns() + STOP_NS;
	return insist(caller, PTRACE_INTERRUPT, 0, NULL) && run_on(caller, PTRACE_CONT, true) && same;
}

/* Whether the page of a piece and the next are of one VMA: then they were advised the same. */
static bool whole(const struct caller *caller, const struct piece *piece)
{
	const struct stop *stop = caller->stop;
	struct raw_vma vma;

	return raw_maps_find(stop->proc, stop->order->pid, caller->tid, piece->start, false, &vma) &&
	       vma.end > piece->start + stop->order->page;
}

/*
 * Gives the page that was cut off its advice back. That it is the right one is seen by its VMA being whole again: what
 * was read before the stop may have changed since. ENOMEM is the one answer that could leave it undone, no memory for
 * the merge; an odd number of tries ends with the likeliest.
 */
static void give_back(struct caller *caller, const struct piece *piece, int other)
{
	const uint64_t page = caller->stop->order->page;
	const int rest = other == MADV_RANDOM ? MADV_NORMAL : MADV_RANDOM;
	const int likely = piece->advice == other ? rest : piece->advice;
	const int unlikely = likely == MADV_SEQUENTIAL ? rest : MADV_SEQUENTIAL;
	/* What has to be there still is what was cut off; the VMA ends behind it. */
	const struct piece cut = {.start = piece->start, .end = piece->start + page, .vma = piece->vma};
	long err = 0;
	int tries;

	caller->back = true;
	for (tries = 0; tries < 11; tries++) {
		/* The others go on, and may have put something else there. */
		if (caller->late && !guardian_same_place(caller->stop, &cut))
			break;
		err = advise(caller, piece->start, page, tries % 2 ? unlikely : likely);
		if (caller->gone || (!err && whole(caller, piece)))
			break;
	}
	caller->back = false;
	if (tries == 11)
		caller->stop->answer->undone = err < 0 ? (int32_t)-err : EEXIST;
}

/*
 * Splits one mapping: one page is advised otherwise, so that the VMA is cut there, and then as before. Where that cuts
 * nothing it is advised so already, and nothing was changed: then the other.
 */
static long split(struct caller *caller, const struct piece *piece)
{
	const uint64_t page = caller->stop->order->page;
	int other = piece->advice == MADV_RANDOM ? MADV_NORMAL : MADV_RANDOM, tries;

	for (tries = 0; tries < 2; tries++) {
		long err = advise(caller, piece->start, page, other);

		/* A call whose answer did not come may have been made all the same. */
		if (!caller->gone && err != NOT_CALLED && !whole(caller, piece)) {
			caller->stop->answer->other = other;
			give_back(caller, piece, other);
			return err;
		}
		if (err)
			return err;
		other = other == MADV_RANDOM ? MADV_NORMAL : MADV_RANDOM;
	}
	return -EINVAL;
}

static void make_calls(struct caller *caller)
{
	const struct order *order = caller->stop->order;
	struct answer *answer = caller->stop->answer;
	const long err = order->kind == TRIGGER_COW
				 ? advise(caller, order->piece.start, order->page, RAW_MADV_POPULATE_WRITE)
				 : split(caller, &order->piece);

	answer->result = err ? 0 : (int64_t)order->page;
	if (err == NOT_CALLED)
		stop_trouble(caller->stop, TROUBLE_FROZEN, caller->tid);
	else
		answer->error = (int32_t)-err;
}

bool call_all(struct stop *stop)
{
	struct caller caller;
	bool same;
	size_t i;

	/* Any thread of the target will do. */
	for (i = 0; i < stop->n; i++) {
		caller = (struct caller){
			.stop = stop, .thread = &stop->threads[i], .tid = stop->threads[i].tid};
		if (stop->threads[i].state == THREAD_STOPPED && stop->threads[i].pid == stop->order->pid &&
		    caller_fits(&caller))
			break;
	}
	if (i == stop->n && stop->answer->trouble != TROUBLE_NONE)
		return false; /* what the last one said */
	if (i == stop->n)
		return stop_trouble(stop, TROUBLE_ASLEEP, stop->order->pid);
	stop->answer->trouble = TROUBLE_NONE;
	/* From here to the end of restore() the guardian may not die. */
	if (!guardian_timer(0) ||
	    ptrace(PTRACE_SETSIGMASK, caller.tid, sizeof(uint64_t), &(uint64_t){UINT64_MAX}))
		return stop_trouble(stop, TROUBLE_UNSAFE, caller.tid);
	make_calls(&caller);
	same = restore(&caller);
	if (caller.gone)
		return stop_trouble(stop, TROUBLE_GONE, stop->order->pid);
	if (!same)
		return stop_trouble(stop, TROUBLE_ASTRAY, caller.tid);
	if (caller.refused)
		return stop_trouble(stop, caller.ours ? TROUBLE_UNHEARD : TROUBLE_UNSAFE, caller.tid);
	return stop->answer->trouble == TROUBLE_NONE;
}
#endif
