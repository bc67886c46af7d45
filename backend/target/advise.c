/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be done to another process's memory from outside, with nobody stopped. */
#include "target/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/kernel.h"
#include "core/system.h"

static const char split_file[] = "/sys/kernel/debug/split_huge_pages";

/* Bytes that the kernel says it advised, or a negative errno. */
static int64_t process_advise(const struct aim *aim, uint64_t addr, uint64_t len, int advice)
{
	const struct iovec iov = {(void *)(uintptr_t)addr, len};
	long done;

	done = syscall(SYS_process_madvise, aim->pidfd, &iov, 1, advice, 0);
	return done < 0 ? -errno : done;
}

/* madvise_collapse_errno (mm/khugepaged.c; facts C), and process_madvise's own (mm/madvise.c). */
static const char *explain(int error, bool collapse)
{
	switch (error) {
	case EPERM:
	case EACCES:
		return "process_madvise needs CAP_SYS_NICE and the right to trace the process (the same "
		       "user, or "
		       "CAP_SYS_PTRACE; root in its user namespace)";
	case ENOSYS:
		return "this kernel has no process_madvise, Linux 5.10 and later have";
	case ESRCH:
		return "the process ended meanwhile";
	case ENOMEM:
		return collapse ? "no free huge page, or part of the range is not mapped any more"
				: "part of the range is not mapped any more";
	case EBUSY:
		return "the memory cgroup is at its limit, or pages are missing";
	case EAGAIN:
		return "pages were busy, pinned or locked: try again";
	default:
		break;
	}
	if (error == EINVAL && collapse)
		return "the kernel finds this memory not fit for a huge page; 'why' tells the reasons";
	if (error == EINVAL)
		return "this memory is locked, hugetlb or a device's, which MADV_COLD refuses";
	return "";
}

int advise_allowed(struct aim *aim, int advice)
{
	/* process_madvise takes no pidfd of another thread (kernel/pid.c, pidfd_get_task: PIDTYPE_TGID). */
	if (aim->task != aim->trigger->pid)
		return aim_refuse(aim, -ENOTSUP,
				  "the first thread of process %d has exited, and process_madvise "
				  "reaches memory through that alone",
				  (int)aim->trigger->pid);
	/* An empty vector: the kernel looks at the rights first, and then has nothing to do. */
	if (!syscall(SYS_process_madvise, aim->pidfd, NULL, 0, advice, 0) ||
	    (errno != EPERM && errno != EACCES && errno != ENOSYS))
		return 0;
	return aim_refuse(aim, errno == ENOSYS ? -ENOTSUP : -EPERM, "process %d: %s", (int)aim->trigger->pid,
			  explain(errno, false));
}

bool target_may_collapse(pid_t pid)
{
	const int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	bool may = false;

	if (pidfd < 0)
		return false;
	may = !syscall(SYS_process_madvise, pidfd, NULL, 0, RAW_MADV_COLLAPSE, 0) ||
	      (errno != EPERM && errno != EACCES && errno != ENOSYS);
	close(pidfd);
	return may;
}

/* Bytes, or a negative errno. */
static void note(struct target_report *report, int64_t done, bool collapse)
{
	report->result = done < 0 ? 0 : done;
	report->error = done < 0 ? (int)-done : 0;
	if (report->error)
		snprintf(report->reason, sizeof(report->reason), "%s", explain(report->error, collapse));
}

static void collapse(struct aim *aim, const struct piece *piece, struct target_report *report)
{
	report->how = "process_madvise(MADV_COLLAPSE)";
	note(report, process_advise(aim, piece->start, piece->end - piece->start, RAW_MADV_COLLAPSE), true);
}

/* The first page of a piece that has memory behind it: the kernel passes over the others. */
static uint64_t present_page(struct aim *aim, const struct piece *piece)
{
	const uint64_t page = aim->kernel->page_size;
	uint64_t words[64], at;
	ssize_t got, i;

	for (at = piece->start; at < piece->end; at += (uint64_t)got * page) {
		size_t want = (piece->end - at) / page < 64 ? (piece->end - at) / page : 64;

		got = kernel_pagemap(aim->process, at, want, words);
		if (got <= 0)
			break;
		for (i = 0; i < got; i++)
			if (words[i] & PM_PRESENT)
				return at + (uint64_t)i * page;
	}
	return piece->start;
}

static void cold(struct aim *aim, const struct piece *piece, struct target_report *report)
{
	report->how = "process_madvise(MADV_COLD)";
	note(report, process_advise(aim, present_page(aim, piece), aim->kernel->page_size, RAW_MADV_COLD),
	     false);
}

static const char *explain_debugfs(int error)
{
	switch (error) {
	case EPERM:
		return "debugfs cannot be written to: this kernel is locked down (integrity)";
	case EACCES:
		return "debugfs can be written to by root alone";
	case ENOENT:
		return "debugfs is not mounted on /sys/kernel/debug, or this kernel has no split_huge_pages "
		       "there";
	default:
		return "debugfs cannot be written to";
	}
}

const char *target_no_debugfs(void)
{
	int fd = open(split_file, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return explain_debugfs(errno);
	close(fd);
	return NULL;
}

enum trigger_way advise_way(const struct aim *aim, char *reason, size_t size)
{
	const char *missing;

	*reason = '\0';
	if (aim_way(aim->trigger) != TRIGGER_WAY_USUAL)
		return aim->trigger->way;
	missing = target_no_debugfs();
	if (!missing)
		return TRIGGER_WAY_DEBUGFS;
	snprintf(reason, size, "%s; MADV_COLD of one page splits what no other process maps", missing);
	return TRIGGER_WAY_ADVICE;
}

static bool has_ended(const struct aim *aim)
{
	return syscall(SYS_pidfd_send_signal, aim->pidfd, 0, NULL, 0) && errno == ESRCH;
}

/* A kernel before 6.9 passes over an order behind the extent, and splits into single pages. */
int advise_order(struct aim *aim)
{
	struct buf text = {0};
	char release[64] = "";
	uint64_t running;

	if (aim->trigger->order <= 0)
		return 0;
	if (!kernel_text(aim->kernel, "proc/sys/kernel/osrelease", &text) && text.len &&
	    text.len < sizeof(release))
		memcpy(release, text.data, text.len);
	buf_fini(&text);
	running = system_release(release);
	if (!running || running >= SYSTEM_RELEASE(6, 9))
		return 0;
	return aim_refuse(
		aim, -ENOTSUP,
		"this kernel splits into single pages only, not into order %d; Linux 6.9 and later can",
		aim->trigger->order);
}

/* mm/huge_memory.c, split_huge_pages_write: a PID, an extent, from 6.9 on the order of what is to come of it. */
static int split_by_debugfs(struct aim *aim, const struct piece *piece, struct target_report *report)
{
	const int order = aim->trigger->order;
	int err = advise_order(aim), fd, len;
	char line[96];
	bool gone;

	if (err)
		return err;
	fd = open(split_file, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return aim_refuse(aim, errno == EACCES || errno == EPERM ? -EPERM : -ENOTSUP, "%s",
				  explain_debugfs(errno));
	report->how = "debugfs split_huge_pages";
	/* It answers how many bytes it read of the line, not of what it split. */
	report->result = UNKNOWN_COUNT;
	len = snprintf(line, sizeof(line), "%d,0x%llx,0x%llx", (int)aim->trigger->pid,
		       (unsigned long long)piece->start, (unsigned long long)piece->end);
	if (order > 0)
		len += snprintf(line + len, sizeof(line) - (size_t)len, ",%d", order);
	/* It knows processes by number: one that is there before and after had it meanwhile. */
	gone = has_ended(aim);
	if (!gone && write(fd, line, (size_t)len) < 0)
		report->error = errno;
	gone = gone || has_ended(aim);
	close(fd);
	if (gone) {
		report->error = ESRCH;
		snprintf(report->reason, sizeof(report->reason), "%s", explain(ESRCH, false));
	} else if (report->error)
		snprintf(report->reason, sizeof(report->reason), "split_huge_pages did not take the line%s",
			 order > 0 ? ", perhaps since it knows no orders (Linux 6.9)" : "");
	return 0;
}

int advise_cold(struct aim *aim, const char *reason)
{
	if (aim->trigger->order > 0)
		return aim_refuse(aim, -ENOTSUP,
				  "MADV_COLD splits into single pages only, not into order %d; debugfs "
				  "can, but %s",
				  aim->trigger->order, *reason ? reason : "another way was asked for");
	return advise_allowed(aim, RAW_MADV_COLD);
}

int advise_piece(struct aim *aim, struct target_report *report)
{
	char reason[sizeof(report->reason)];
	struct piece piece;
	int err = aim_piece(aim, &piece);

	if (err)
		return err;
	if (aim->trigger->kind == TRIGGER_COLLAPSE) {
		err = advise_allowed(aim, RAW_MADV_COLLAPSE);
		if (!err)
			collapse(aim, &piece, report);
		return err;
	}
	if (advise_way(aim, reason, sizeof(reason)) == TRIGGER_WAY_DEBUGFS)
		return split_by_debugfs(aim, &piece, report);
	err = advise_cold(aim, reason);
	if (err)
		return err;
	cold(aim, &piece, report);
	if (!*report->reason)
		snprintf(report->reason, sizeof(report->reason), "%s", reason);
	return 0;
}
