/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom a trigger is for, and whether it can be done to him at all. */
#include "target/parts.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int aim_refuse(struct aim *aim, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(aim->error, aim->size, format, args);
	va_end(args);
	return err;
}

enum trigger_way aim_way(const struct trigger *trigger)
{
	if (trigger->way != TRIGGER_WAY_USUAL)
		return trigger->way;
	if (trigger->kind == TRIGGER_SPLIT)
		return TRIGGER_WAY_ADVICE;
	if (trigger->kind == TRIGGER_COW)
		return trigger->inject ? TRIGGER_WAY_POPULATE : TRIGGER_WAY_WRITE;
	return TRIGGER_WAY_USUAL;
}

/* What is possible on a foreign process at all (design 6). */
static int check_way(struct aim *aim)
{
	const struct trigger *trigger = aim->trigger;
	const enum trigger_way way = aim_way(trigger);
	bool known = false;

	if (!aim->kernel->here)
		return aim_refuse(aim, -ENOTSUP, "only processes of the running kernel can be changed");
	switch (trigger->kind) {
	case TRIGGER_COLLAPSE:
		known = way == TRIGGER_WAY_USUAL;
		break;
	case TRIGGER_SPLIT:
		known = way == TRIGGER_WAY_ADVICE;
		break;
	case TRIGGER_SPLIT_FOLIO:
		known = way == TRIGGER_WAY_USUAL || way == TRIGGER_WAY_DEBUGFS || way == TRIGGER_WAY_ADVICE;
		break;
	case TRIGGER_COW:
		known = way == TRIGGER_WAY_WRITE || way == TRIGGER_WAY_POPULATE;
		break;
	case TRIGGER_FORK:
	case TRIGGER_KIND_COUNT:
		return aim_refuse(aim, -ENOTSUP, "only the specimen can be told to fork (thpscope demo)");
	}
	if (!known)
		return aim_refuse(aim, -ENOTSUP,
				  "'%s' by way of %s is for the specimen alone (thpscope demo)",
				  trigger_name(trigger->kind), trigger_way_name(way));
	if (trigger->inject || (trigger->kind != TRIGGER_SPLIT && way != TRIGGER_WAY_POPULATE))
		return 0;
	return aim_refuse(aim, -ENOTSUP,
			  "only process %d itself can do that to its memory; --inject has it make the call",
			  (int)trigger->pid);
}

/* The first thread that is no zombie: of an open list of them. 0: there is none; or -errno, where that cannot be told. */
static pid_t find_live(struct raw_dir *dir, int proc, pid_t pid)
{
	char text[1024];
	uint64_t flags;
	pid_t tid;
	int err = 0;

	while ((tid = raw_next(dir))) {
		char state;

		errno = 0;
		if (!raw_read(proc, pid, tid, "stat", text, sizeof(text)) && errno && errno != ENOENT &&
		    errno != ESRCH)
			err = -errno;
		state = raw_stat(text, &flags);
		if (state && state != 'Z' && state != 'X')
			return tid;
	}
	return err ? err : dir->failed ? -errno : 0;
}

/* A thread that still runs, where the leader is a zombie. 0: none does; or -errno, where that cannot be told. */
static pid_t live_thread(pid_t pid)
{
	struct raw_dir dir;
	pid_t found;
	int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (proc < 0)
		return -errno;
	if (raw_open(&dir, proc, pid)) {
		found = find_live(&dir, proc, pid);
		raw_close(&dir);
	} else {
		found = -errno;
	}
	close(proc);
	return found;
}

static int explain_pidfd(struct aim *aim, int error)
{
	const int pid = (int)aim->trigger->pid;

	if (error == ENOSYS)
		return aim_refuse(aim, -ENOTSUP,
				  "this kernel has no pidfd (Linux 5.3), so process %d cannot be told "
				  "from a later one of the same number",
				  pid);
	if (error == EINVAL || error == ENOENT)
		return aim_refuse(aim, -ESRCH, "%d is a thread; name its process", pid);
	return aim_refuse(aim, error == ESRCH ? -ESRCH : -error, "process %d: %s", pid, strerror(error));
}

static int identify(struct aim *aim)
{
	const struct trigger *trigger = aim->trigger;
	const pid_t pid = trigger->pid;
	int err;

	aim->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (aim->pidfd < 0)
		return explain_pidfd(aim, errno);
	err = kernel_process_open(aim->kernel, pid, &aim->process);
	if (err)
		return aim_refuse(aim, err == -ENOENT ? -ESRCH : err, "process %d: %s", (int)pid,
				  strerror(err == -ENOENT ? ESRCH : -err));
	/* Both are of one process if the one that the pidfd names is still there. */
	if (syscall(SYS_pidfd_send_signal, aim->pidfd, 0, NULL, 0) && errno == ESRCH)
		return aim_refuse(aim, -ESRCH, "process %d has ended", (int)pid);
	if (trigger->start_time && trigger->start_time != aim->process->start_time)
		return aim_refuse(aim, -ESRCH, "process %d has ended, and another one has its number now",
				  (int)pid);
	aim->task = live_thread(pid);
	if (aim->task < 0)
		return aim_refuse(aim, aim->task == -ENOENT ? -ESRCH : aim->task,
				  "whether process %d still runs cannot be told: %s", (int)pid,
				  strerror(-aim->task));
	if (!aim->task)
		return aim_refuse(aim, -ESRCH, "process %d has ended and is a zombie", (int)pid);
	return 0;
}

/* What status says: who it is, and what is in the way. */
static int read_status(struct aim *aim)
{
	struct buf text = {0};
	uint64_t tracer = 0;
	const char *name;
	int err = kernel_process_text(aim->process, "status", &text);

	/* Empty: the thread that was looked through has no memory any more. */
	if (err || !text.data) {
		buf_fini(&text);
		return aim_refuse(aim, err ? err : -ESRCH, "process %d: its status cannot be read: %s",
				  (int)aim->trigger->pid, strerror(err ? -err : ESRCH));
	}
	name = strncmp(text.data, "Name:\t", 6) ? "" : text.data + 6;
	snprintf(aim->comm, sizeof(aim->comm), "%.*s", (int)strcspn(name, "\n"), name);
	aim->threads = raw_field(text.data, "Threads:");
	tracer = raw_field(text.data, "TracerPid:");
	buf_fini(&text);
	if (tracer && (aim->trigger->kind == TRIGGER_COW || aim->trigger->kind == TRIGGER_SPLIT))
		return aim_refuse(aim, -EBUSY,
				  "process %d is traced by process %d, and a process has one tracer at a "
				  "time; end that first",
				  (int)aim->trigger->pid, (int)tracer);
	return 0;
}

static int read_maps(struct aim *aim)
{
	const bool flags = aim->trigger->kind == TRIGGER_SPLIT;
	const uint64_t addr = aim->trigger->addr;
	const int pid = (int)aim->trigger->pid;
	struct buf text = {0};
	struct vma *vmas = NULL;
	size_t line, i;
	int err = kernel_process_text(aim->process, "maps", &text);

	if (!err)
		err = vma_parse_maps(text.data ? text.data : "", text.len, &aim->arena, &vmas, &aim->n_vmas,
				     &line);
	buf_clear(&text);
	/* The advice of each VMA, to be given back. It is read once more than needed in the time of a stop. */
	if (!err && flags)
		err = kernel_process_text(aim->process, "smaps", &text);
	if (!err && flags)
		err = vma_parse_smaps(text.data ? text.data : "", text.len, &aim->arena, vmas, aim->n_vmas,
				      &line);
	buf_fini(&text);
	if (err)
		return aim_refuse(aim, err == -EACCES ? -EPERM : err,
				  "the memory of process %d cannot be read: %s", pid, strerror(-err));
	aim->vmas = vmas;
	for (i = 0; i < aim->n_vmas && vmas[i].end <= addr; i++)
		;
	if (i == aim->n_vmas || vmas[i].start > addr)
		return aim_refuse(aim, -EFAULT, "process %d has nothing mapped at 0x%llx", pid,
				  (unsigned long long)addr);
	aim->vma = &vmas[i];
	return 0;
}

/* 32-bit programs: the ELF class of what it runs. */
static bool is_32bit(pid_t pid)
{
	unsigned char head[EI_CLASS + 1] = {0};
	char path[64];
	ssize_t got = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		got = read(fd, head, sizeof(head));
		close(fd);
	}
	return got == sizeof(head) && !memcmp(head, ELFMAG, SELFMAG) && head[EI_CLASS] == ELFCLASS32;
}

static int check_cow(struct aim *aim)
{
	const struct vma *vma = aim->vma;
	const int pid = (int)aim->trigger->pid;

	if (vma->perms[3] != 'p')
		return aim_refuse(aim, -EINVAL,
				  "this mapping of process %d is shared (%s): a write there copies "
				  "nothing, and one of ours could undo one of another process's",
				  pid, vma->perms);
	if (vma->perms[1] != 'w')
		return aim_refuse(aim, -EINVAL,
				  "process %d may not write to this mapping (%s), so neither do we", pid,
				  vma->perms);
	if (is_32bit(aim->trigger->pid))
		return aim_refuse(aim, -ENOTSUP,
				  "process %d runs a 32-bit program, which is not stopped or written to",
				  pid);
	return 0;
}

static int check_split(struct aim *aim)
{
#ifndef __x86_64__
	return aim_refuse(aim, -ENOTSUP, "--inject is made for x86-64 alone, this is another machine");
#else
	if (is_32bit(aim->trigger->pid))
		return aim_refuse(aim, -ENOTSUP,
				  "process %d runs a 32-bit program, in which no call can be made",
				  (int)aim->trigger->pid);
	return 0;
#endif
}

int aim_take(struct aim *aim)
{
	int err;

	aim->pidfd = -1;
	err = check_way(aim);
	err = err ? err : identify(aim);
	err = err ? err : read_status(aim);
	err = err ? err : read_maps(aim);
	if (!err && aim->trigger->kind == TRIGGER_COW)
		err = check_cow(aim);
	if (!err && (aim->trigger->kind == TRIGGER_SPLIT || aim_way(aim->trigger) == TRIGGER_WAY_POPULATE))
		err = check_split(aim);
	return err;
}

void aim_fini(struct aim *aim)
{
	if (aim->pidfd >= 0)
		close(aim->pidfd);
	kernel_process_close(aim->process);
	arena_fini(&aim->arena);
}

/* What madvise said of the order of reads: VmFlags rr and sr (fs/proc/task_mmu.c, show_smap_vma_flags). */
static int own_advice(const struct vma *vma)
{
	if (vma->smaps && smaps_has_flag(vma->smaps, "rr"))
		return MADV_RANDOM;
	if (vma->smaps && smaps_has_flag(vma->smaps, "sr"))
		return MADV_SEQUENTIAL;
	return MADV_NORMAL;
}

static bool is_hugetlb(const struct aim *aim, const struct vma *vma)
{
	uint64_t size = aim->kernel->page_size;

	if (vma->kind == VMA_HUGETLB || (vma->smaps && smaps_has_flag(vma->smaps, "ht")))
		return true;
	return !kernel_vma_page_size(aim->process, vma->start, &size) && size > aim->kernel->page_size;
}

/*
 * Whether parts of a VMA that differed in their advice alone and do no longer become one again: not where its driver
 * wants to hear of the end of each (mm/vma.c: vm_ops->close), as System V shared memory does, nor of a device's.
 */
static bool joins_again(const struct vma *vma)
{
	static const char *const special[] = {"io", "pf", "mm", "de"};
	size_t i;

	for (i = 0; vma->smaps && i < sizeof(special) / sizeof(*special); i++)
		if (smaps_has_flag(vma->smaps, special[i]))
			return false;
	return strncmp(vma->name, "/SYSV", 5) != 0;
}

/* What a mapping may not be. */
static int check_vma(struct aim *aim, const struct vma *vma)
{
	const enum trigger_kind kind = aim->trigger->kind;

	if ((kind == TRIGGER_SPLIT || kind == TRIGGER_SPLIT_FOLIO) && is_hugetlb(aim, vma))
		return aim_refuse(aim, -EINVAL, "hugetlb pages cannot be split");
	if (kind == TRIGGER_SPLIT && !joins_again(vma))
		return aim_refuse(aim, -EINVAL,
				  "the kernel would not join this mapping of process %d again (System "
				  "V shared memory, or a device's), so it is not cut",
				  (int)aim->trigger->pid);
	return 0;
}

/* Less than a slot is never mapped by one entry. */
static int refuse_small(struct aim *aim)
{
	return aim_refuse(aim, -EINVAL,
			  "less than %llu KiB is mapped here, which is never one huge page: there is "
			  "nothing to split",
			  (unsigned long long)(aim->kernel->pmd_size >> 10));
}

/* Where the trigger's range ends, in whole units. A range that was not given is the unit of addr. */
static int range_end(struct aim *aim, uint64_t unit, uint64_t *end)
{
	const uint64_t addr = aim->trigger->addr, len = aim->trigger->len ? aim->trigger->len : 1;

	*end = (addr + len - 1) / unit * unit + unit;
	if (addr + len < addr || *end < unit)
		return aim_refuse(aim, -EFAULT, "0x%llx + %llu is past the end of all addresses",
				  (unsigned long long)addr, (unsigned long long)len);
	return 0;
}

int aim_piece(struct aim *aim, struct piece *piece)
{
	const enum trigger_kind kind = aim->trigger->kind;
	const uint64_t unit = kind == TRIGGER_COW ? aim->kernel->page_size : aim->kernel->pmd_size;
	const uint64_t start = aim->trigger->addr / unit * unit, end = start + unit;
	const struct vma *vma = aim->vma;
	int err = check_vma(aim, vma);

	*piece = (struct piece){.start = vma->start > start ? vma->start : start,
				.end = vma->end < end ? vma->end : end,
				.vma = vma,
				.advice = own_advice(vma)};
	if (!err && kind == TRIGGER_SPLIT && piece->end - piece->start < unit)
		err = refuse_small(aim);
	return err;
}

int aim_extent(struct aim *aim, struct extent *extent)
{
	const enum trigger_kind kind = aim->trigger->kind;
	const uint64_t unit = kind == TRIGGER_COW ? aim->kernel->page_size : aim->kernel->pmd_size;
	const uint64_t addr = aim->trigger->addr, len = aim->trigger->len;
	uint64_t start, end, last;
	int err = range_end(aim, unit, &last);
	size_t i;

	*extent = (struct extent){0};
	for (i = 0; i < aim->n_vmas && !err; i++) {
		const struct vma *vma = &aim->vmas[i];

		if (len ? vma->end <= addr || vma->start >= addr + len : vma != aim->vma)
			continue;
		err = check_vma(aim, vma);
		start = vma->start > addr / unit * unit ? vma->start : addr / unit * unit;
		end = vma->end < last ? vma->end : last;
		if (kind == TRIGGER_SPLIT) {
			start = (start + unit - 1) / unit * unit;
			end = end / unit * unit;
		}
		if (start >= end)
			continue;
		extent->start = extent->n ? extent->start : start;
		extent->vma = extent->n ? extent->vma : vma;
		extent->end = end;
		extent->n += (end - 1) / unit - start / unit + 1;
		extent->vmas++;
	}
	if (!err && !extent->n)
		err = refuse_small(aim);
	return err;
}
