/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Triggers on a process that is not the specimen: found for certain, stopped, written to or made to call, let go.
 *
 *      trigger                way                 who acts, and how
 *      collapse               usual               this process: process_madvise(MADV_COLLAPSE)
 *      split                  advice (--inject)   the target: madvise(MADV_RANDOM) of one page, then what was advised
 *      split-folio            debugfs             this process: split_huge_pages
 *                             advice              this process: process_madvise(MADV_COLD) of one page
 *                             usual               debugfs if it can be written to, else advice
 *      cow                    write, usual        the guardian: the byte that is there, read and written back
 *                             populate (--inject) the target: madvise(MADV_POPULATE_WRITE) of one page
 *
 * TRIGGER_WAY_USUAL of a cow is populate with --inject, of a split it is advice. Other ways, and fork, belong to the
 * specimen alone: -ENOTSUP.
 *
 * What stops threads is done by the guardian, a process forked for one trigger that finishes and ends by itself,
 * whatever becomes of thpscope. It stops every thread of every process that shares the address space (ptrace SEIZE and
 * INTERRUPT, never SIGSTOP) for a millisecond, and 3 ms more for each thousand processes of the system, which it has to
 * compare with; and gives up, letting all go, where that takes longer than 250 ms. If it is killed the kernel lets all
 * go, as they were. Two limits: killed between setting a thread's registers for a call (--inject) and restoring them,
 * some tens of microseconds, it leaves that thread astray; so it does where the kernel will not take them back (a
 * filter of ptrace), which is told.
 *
 * A call (--inject) may have to wait in the kernel: for the memory map's lock, for a page that was taken away in those
 * microseconds and is brought by userfaultfd or FUSE, perhaps by a thread that is stopped here. After 250 ms it is
 * interrupted, where it can be, and all threads but its own go on; the guardian stays until the call ends, however long
 * that is, and then gives the thread its registers. Until then the limit above holds. A thread that would have to bring
 * that page itself waits for itself, as it would had it touched the page; only SIGKILL ends that.
 *
 * Only for kernel->here. The calls block: a collapse for as long as the kernel copies, the rest for milliseconds. Any
 * thread, one call at a time per kernel. Signals of the caller are blocked while it forks, no handler runs in the guardian,
 * and its end sends SIGCHLD; it is reaped before the call returns, or if it is not waited for any more (-EIO below) by a
 * thread of this library's when it ends.
 */
#ifndef TARGET_TARGET_H
#define TARGET_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/kernel.h"
#include "core/trigger.h"

/* What the kernel was asked, and what it answered. */
struct target_report {
	/*
	 * What was called, a string for ever: "process_madvise(MADV_COLLAPSE)", "process_madvise(MADV_COLD)",
	 * "debugfs split_huge_pages", "process_vm_writev", "ptrace: madvise(MADV_RANDOM)",
	 * "ptrace: madvise(MADV_POPULATE_WRITE)".
	 */
	const char *how;
	int64_t result; /* bytes that the call says it worked on; UNKNOWN_COUNT: debugfs says none */
	int error;	/* errno of the call, positive; 0: it did not fail */
	char reason
		[256]; /* one sentence: what the errno means here, or how the way was chosen; "" if nothing is to say */
};

/*
 * Appends what target_trigger would do as lines of plain text for a dialog: to whom (PID, command, VMA), by which
 * call, how many threads would be stopped, for how long about and how often, and the risk that remains. Of a range it is
 * told what all of it comes to at most, if each region or page is triggered by itself. Changes nothing. Text from
 * the process (its command, a file's name) is in it without control characters, and cut where it is long.
 *
 * 0; or a negative errno with one sentence in `error` (size bytes): target_trigger would refuse this piece, or another of the range. The text may then hold
 * a part. What shows only in a stopped thread (an rseq critical section, an uninterruptible sleep) it cannot foresee.
 */
int target_plan(struct kernel *kernel, const struct trigger *trigger, struct buf *text, char *error,
		size_t size);

/* Whether process_madvise may be called on this process by this user: of a collapse. Changes nothing. */
bool target_may_collapse(pid_t pid);

/* Why debugfs split_huge_pages cannot be written to, in a sentence for ever; NULL: it can. Changes nothing. */
const char *target_no_debugfs(void);

/*
 * Does it. 0: the kernel was asked, and *report has what it answered, which may be an error. A negative errno with one
 * sentence in `error`: refused, nothing was changed, *report is zeroed:
 *
 *   -ESRCH    no such process, or another one has its PID (trigger->start_time), or it ended meanwhile
 *   -EFAULT   nothing is mapped at the address, or no longer what was there a moment ago
 *   -ENXIO    a cow of a page that is not there and could not be brought: the file ends before it, the memory cgroup is
 *             at its limit, it may be written to only, or it was unmapped meanwhile
 *   -EPERM    not permitted, here or by this kernel (CAP_SYS_NICE, CAP_SYS_PTRACE, Yama, lockdown)
 *   -EBUSY    what the process is in the middle of: traced by another, asleep uninterruptibly, with I/O workers of the
 *             kernel's, which cannot be stopped; a cow of a page that userfaultfd write-protects, or that nobody brought
 *             for 2 s
 *   -EAGAIN   what may be over soon: in an rseq critical section, not stopped within 250 ms though not asleep (a busy
 *             machine, threads without end, a cgroup frozen by cgroup v2), a look at /proc that failed, no process to be
 *             had, the guardian ended before it began
 *   -EMFILE   too few descriptors, here or in the guardian, or no /dev/null there
 *   -EINVAL   not of this memory: a cow of a shared or read-only mapping, a split of hugetlb, of less than a slot, of
 *             what would stay cut (System V shared memory, a device's)
 *   -ENOTSUP  not possible here, or without --inject
 *   -EIO      the guardian died before it could say what it did, or a call still waits after 5 s, or it is silent for
 *             30 s and goes on by itself, or the kernel would not give a thread back what a call needed: what was
 *             changed is not known, and `error` says which
 *
 * It is one call, on the region or page of trigger->addr alone, as far as that is in one mapping, whatever trigger->len is:
 * whoever wants more calls again. So a tracepoint's event is of that region (facts C).
 */
int target_trigger(struct kernel *kernel, const struct trigger *trigger, struct target_report *report,
		   char *error, size_t size);

#endif
