/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Triggers on a foreign process: what they would do, and doing it. */
#include "target/target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/mem.h"
#include "target/parts.h"

#define NAME_BYTES 256 /* of a file's name, in a dialog */

static bool stops(const struct trigger *trigger)
{
	return trigger->kind == TRIGGER_COW || trigger->kind == TRIGGER_SPLIT;
}

/* What the guardian is told. */
static int make_order(struct aim *aim, struct order *order)
{
	*order = (struct order){.pid = aim->trigger->pid,
				.task = aim->task,
				.pidfd = aim->pidfd,
				.call = aim_way(aim->trigger) != TRIGGER_WAY_WRITE,
				.page = aim->kernel->page_size,
				.kind = aim->trigger->kind};
	return aim_piece(aim, &order->piece);
}

static void explain_call(struct target_report *report, enum trigger_kind kind)
{
	const char *why = "";

	if (report->error == ENOMEM && kind == TRIGGER_SPLIT)
		why = "the process has as many mappings as it may (vm.max_map_count), or memory has run out";
	else if (report->error == EFAULT || report->error == ENOMEM)
		why = "that page cannot be had: the memory cgroup is at its limit, or the file ends before "
		      "it";
	else if (report->error == EINVAL && kind == TRIGGER_COW)
		why = "this memory is a device's, or this kernel has no MADV_POPULATE_WRITE (Linux 5.14)";
	else if (report->error == EINVAL)
		why = "the kernel does not take this advice for this memory";
	else if (report->error == EPERM)
		why = "the process is sealed against it, or may not be written to";
	if (!*report->reason)
		snprintf(report->reason, sizeof(report->reason), "%s", why);
}

static int run_guardian(struct aim *aim, struct target_report *report)
{
	struct order order;
	int err = make_order(aim, &order);

	if (!err)
		err = guardian_run(aim, &order, report);
	if (!err && report->error)
		explain_call(report, order.kind);
	return err;
}

int target_trigger(struct kernel *kernel, const struct trigger *trigger, struct target_report *report,
		   char *error, size_t size)
{
	struct aim aim = {.kernel = kernel, .trigger = trigger, .error = error, .size = size};
	int err;

	*report = (struct target_report){0};
	err = aim_take(&aim);
	if (!err)
		err = stops(trigger) ? run_guardian(&aim, report) : advise_piece(&aim, report);
	aim_fini(&aim);
	if (err)
		*report = (struct target_report){0};
	return err;
}

/* Threads and processes that would be stopped, of how many processes here. */
static size_t count_sharers(struct aim *aim, uint64_t *threads, size_t *processes)
{
	struct kernel_process *process;
	struct buf text = {0};
	pid_t *pids = NULL;
	size_t n = 0, i;

	*threads = aim->threads;
	*processes = 1;
	if (kernel_pids(aim->kernel, &pids, &n))
		n = 0;
	for (i = 0; i < n; i++) {
		if (pids[i] == aim->trigger->pid ||
		    kernel_same_memory(aim->kernel, aim->task, pids[i]) != 1 ||
		    kernel_process_open(aim->kernel, pids[i], &process))
			continue;
		buf_clear(&text);
		if (!kernel_process_text(process, "status", &text) && text.data) {
			*threads += raw_field(text.data, "Threads:");
			++*processes;
		}
		kernel_process_close(process);
	}
	buf_fini(&text);
	free(pids);
	return n;
}

/*
 * How long they are stopped, ms, rounded up. Measured on Linux 6.18, a busy machine of two CPUs: 1 ms, and 30 us a
 * thread, 3 us a process of the system to compare with, 200 us the region split.
 */
static uint64_t stop_ms(uint64_t threads, size_t all)
{
	return 1 + (threads * 30 + all * 3 + 200 + 999) / 1000;
}

static const char *piece_name(const struct aim *aim)
{
	return aim->trigger->kind == TRIGGER_COW ? "page" : "region";
}

static void plan_stop(struct aim *aim, const struct extent *extent, bool call, struct buf *text)
{
	uint64_t threads;
	size_t processes, all = count_sharers(aim, &threads, &processes);

	buf_printf(text, "Stopped meanwhile: %llu thread%s of %zu process%s, for about %llu ms",
		   (unsigned long long)threads, threads == 1 ? "" : "s", processes,
		   processes == 1 ? "" : "es", (unsigned long long)stop_ms(threads, all));
	if (extent->n > 1)
		buf_printf(text, ", up to %llu times: once for each %s", (unsigned long long)extent->n,
			   piece_name(aim));
	buf_puts(text, ".\n");
	buf_puts(text, "After 250 ms it gives up and lets all go, and tries twice more at most.\n"
		       "It ends by itself if thpscope is killed.\n");
	if (call)
		buf_puts(text,
			 "A call that waits for longer keeps its own thread alone; the others go on.\n");
	buf_puts(text,
		 "A wait that the kernel does not begin again (epoll_wait) ends with EINTR, as after ^Z.\n");
	if (!call)
		buf_puts(text,
			 "Risk: what I/O or a device writes to that very byte at that moment is lost.\n");
	else
		buf_puts(
			text,
			"Risk: if the guardian, the process that does this, is killed itself within the call "
			"(some tens of microseconds), a thread goes on at a wrong place, which crashes the "
			"process.\n");
}

/* A file's name, as a command, is another's to choose: it adds no line to a dialog, and crowds none out of it. */
static void put_name(struct buf *text, const char *name)
{
	const size_t len = strlen(name);

	if (len > NAME_BYTES) {
		buf_puts(text, "...");
		for (name += len - NAME_BYTES; (*name & 0xc0) == 0x80; name++)
			; /* behind the rest of a character of UTF-8 */
	}
	for (; *name; name++)
		buf_putc(text, (unsigned char)*name < ' ' || *name == 0x7f ? '?' : *name);
}

static void plan_whom(const struct aim *aim, const struct extent *extent, struct buf *text)
{
	const struct vma *vma = extent->vma;

	buf_printf(text, "%s: 0x%llx-0x%llx (", trigger_name(aim->trigger->kind),
		   (unsigned long long)extent->start, (unsigned long long)extent->end);
	/* What holds nothing is passed over. */
	if (extent->n == 1)
		buf_printf(text, "one %s", piece_name(aim));
	else
		buf_printf(text, "up to %llu %ss, one after the other", (unsigned long long)extent->n,
			   piece_name(aim));
	buf_printf(text, ")\nof process %d (", (int)aim->trigger->pid);
	put_name(text, aim->comm);
	buf_printf(text, ")\nin 0x%llx-0x%llx %s ", (unsigned long long)vma->start,
		   (unsigned long long)vma->end, vma->perms);
	put_name(text, *vma->name ? vma->name : "anonymous memory");
	if (extent->vmas > 1)
		buf_printf(text, ", and %zu more mapping%s", extent->vmas - 1, extent->vmas == 2 ? "" : "s");
	buf_putc(text, '\n');
}

static int plan_stopping(struct aim *aim, struct buf *text)
{
	const bool call = aim_way(aim->trigger) != TRIGGER_WAY_WRITE;
	struct extent extent;
	int err = aim_extent(aim, &extent);

	if (err)
		return err;
	plan_whom(aim, &extent, text);
	buf_puts(text, "All that share its memory are stopped, and ");
	if (!call)
		buf_printf(text, "the first byte of %s page is read and written back (process_vm_writev).\n",
			   extent.n > 1 ? "each" : "the");
	else if (aim->trigger->kind == TRIGGER_COW)
		buf_printf(text,
			   "one thread is made to call madvise(MADV_POPULATE_WRITE) on %s page, which "
			   "changes no byte.\n",
			   extent.n > 1 ? "each" : "the");
	else
		buf_puts(text, "one thread is made to call madvise on one page of each region: other advice, "
			       "then what was advised before.\n");
	plan_stop(aim, &extent, call, text);
	return 0;
}

static int plan_advising(struct aim *aim, struct buf *text)
{
	char reason[256] = "";
	struct extent extent;
	const char *missing;
	int err = aim_extent(aim, &extent);

	if (err)
		return err;
	plan_whom(aim, &extent, text);
	if (aim->trigger->kind == TRIGGER_COLLAPSE) {
		buf_puts(text,
			 "From outside, by process_madvise(MADV_COLLAPSE), one region a call; nobody is "
			 "stopped.\nWhoever touches the memory while the kernel copies it waits.\n");
		return advise_allowed(aim, RAW_MADV_COLLAPSE);
	}
	if (advise_way(aim, reason, sizeof(reason)) == TRIGGER_WAY_DEBUGFS) {
		missing = target_no_debugfs();
		if (missing)
			return aim_refuse(aim, -ENOTSUP, "%s", missing);
		buf_puts(text, "From outside, by debugfs split_huge_pages; nobody is stopped.\nEvery process "
			       "that maps "
			       "these folios has them split.\n");
		return advise_order(aim);
	}
	buf_puts(text,
		 "From outside, by process_madvise(MADV_COLD) of one page a region; nobody is stopped.\nA "
		 "folio "
		 "that another process maps too stays whole; of shared memory the mapping is dropped until "
		 "it is touched again.\nThe page is the first to be reclaimed if memory runs short.\n");
	return advise_cold(aim, reason);
}

int target_plan(struct kernel *kernel, const struct trigger *trigger, struct buf *text, char *error,
		size_t size)
{
	struct aim aim = {.kernel = kernel, .trigger = trigger, .error = error, .size = size};
	int err = aim_take(&aim);

	if (!err)
		err = stops(trigger) ? plan_stopping(&aim, text) : plan_advising(&aim, text);
	aim_fini(&aim);
	return err;
}
