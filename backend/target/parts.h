/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of backend/target share. */
#ifndef TARGET_PARTS_H
#define TARGET_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/arena.h"
#include "core/vma.h"
#include "target/target.h"

/* Whom and what a trigger is for: found right before it acts. */
struct aim {
	struct kernel *kernel;
	const struct trigger *trigger;
	struct kernel_process *process;
	int pidfd;	  /* of the process */
	pid_t task;	  /* a thread that is alive */
	uint64_t threads; /* of the process */
	char comm[64];
	struct arena arena;
	const struct vma *vmas;
	size_t n_vmas;
	const struct vma *vma; /* of trigger->addr */
	char *error;
	size_t size;
};

/* A region, as far as it lies in one VMA; for a cow a page. */
struct piece {
	uint64_t start, end;
	const struct vma *vma;
	int advice; /* the VMA's own a moment ago, as MADV_; for a split only */
};

/* Which way it is, USUAL resolved as far as it can be without trying. */
enum trigger_way aim_way(const struct trigger *trigger);

/*
 * Identifies the process, finds its VMAs and refuses what can be refused before anything is touched. 0, or a negative
 * errno with a sentence in aim->error. aim_fini in either case; kernel, trigger, error and size are the caller's.
 */
int aim_take(struct aim *aim);
void aim_fini(struct aim *aim);

/*
 * What a trigger acts on: that of trigger->addr, whatever trigger->len is. -EINVAL where it is hugetlb, which has no folio to
 * split, or where there is nothing to split or to be joined again.
 */
int aim_piece(struct aim *aim, struct piece *piece);

/* How much of what is mapped the trigger's range comes to, for who is asked: each piece of it is stopped for by itself. */
struct extent {
	uint64_t start, end;   /* of the first piece, and of the last */
	uint64_t n;	       /* regions, of a cow pages; what holds nothing is among them */
	const struct vma *vma; /* of the first piece */
	size_t vmas;
};

/* Refuses as aim_piece does. */
int aim_extent(struct aim *aim, struct extent *extent);

/* Formats aim->error, and returns `err`. */
int aim_refuse(struct aim *aim, int err, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* -EPERM or -ENOTSUP, with a sentence, where process_madvise would not take this advice for this process. */
int advise_allowed(struct aim *aim, int advice);

/* collapse and split-folio: what this process does itself. As target_trigger. */
int advise_piece(struct aim *aim, struct target_report *report);

/* Refuses what debugfs of this kernel cannot do: an order, before Linux 6.9. */
int advise_order(struct aim *aim);

/* Refuses what MADV_COLD cannot do; reason: why it is not debugfs. */
int advise_cold(struct aim *aim, const char *reason);

/* Which way a folio would be split here, with the reason where it is not debugfs. */
enum trigger_way advise_way(const struct aim *aim, char *reason, size_t size);

/* What the guardian is told. Everything in it is the parent's memory as it was at the fork. */
struct order {
	pid_t pid, task;
	int pidfd;
	bool call;     /* --inject: the target makes the calls; else the piece's first byte is written back */
	uint64_t page; /* bytes of one */
	enum trigger_kind kind;
	struct piece piece;  /* its VMA as it has to be still */
	uint64_t ordered_ns; /* CLOCK_MONOTONIC */
};

/* Why the guardian gave up; guardian.c has a sentence for each. */
enum trouble {
	TROUBLE_NONE,
	TROUBLE_BEGUN, /* no trouble: it is about to stop threads */
	TROUBLE_LATE, /* none yet: the call waits, and all but the thread that makes it go on; an answer follows */
	TROUBLE_GONE,
	TROUBLE_MOVED,
	TROUBLE_TRACED,
	TROUBLE_PERMISSION,
	TROUBLE_ASLEEP,
	TROUBLE_WORKER,
	TROUBLE_SHARER,
	TROUBLE_CROWD,
	TROUBLE_BITS,
	TROUBLE_DISPATCH,
	TROUBLE_DISPATCH_UNKNOWN,
	TROUBLE_RSEQ,
	TROUBLE_RSEQ_UNKNOWN,
	TROUBLE_SECCOMP,
	TROUBLE_NO_CALL, /* no syscall instruction found */
	TROUBLE_USERFAULT,
	TROUBLE_ABSENT,
	TROUBLE_UNSAFE, /* what has to be before a call failed */
	TROUBLE_FROZEN,
	TROUBLE_ASTRAY, /* the call was made, and its thread is not as it was: what came of it is not known */
	TROUBLE_UNHEARD, /* its thread is as it was; what came of the call is not known */
	TROUBLE_UNFIT,	 /* the guardian's own: it stops nobody */
	TROUBLE_COUNT
};

/* What the guardian says, in one write of less than PIPE_BUF: up to three times, the last is what came of it. */
struct answer {
	int32_t trouble; /* enum trouble; nothing was changed, but by ASTRAY */
	int32_t who;	 /* the PID or TID that it is about */
	int32_t error;	 /* errno of the call, where there was no trouble; or of what made it UNFIT */
	int32_t undone; /* errno of the madvise that should have made a VMA whole again; EEXIST: none, it stays cut */
	int32_t other; /* the advice by which it was cut */
	int64_t result;
};

/*
 * Forks the guardian, waits for what it says, and reaps it; one that is silent for too long is reaped when it ends. As
 * target_trigger.
 */
int guardian_run(struct aim *aim, struct order *order, struct target_report *report);

/*
 * From here on: the guardian's own. It is a fork of a program with many threads, so it calls nothing but system calls
 * and pure functions: no malloc, no stdio.
 */
enum thread_state {
	THREAD_SEIZED,	/* will stop before it runs another instruction of its own */
	THREAD_STOPPED, /* in a ptrace stop */
	THREAD_HELD, /* waits in the kernel for its vfork child, which is stopped; its own stop is pending */
	THREAD_GONE
};
struct thread {
	pid_t tid, pid;
	enum thread_state state;
};
struct stop {
	const struct order *order;
	int proc; /* /proc */
	struct thread *threads;
	size_t n, room;
	uint64_t deadline; /* CLOCK_MONOTONIC ns: until then all are stopped, or let go */
	pid_t sees;	   /* a thread by which the memory is reached */
	pid_t nobody;	   /* a process without memory, a zombie; 0: none */
	pid_t newest;	   /* the number that a process was given last, as far as is known */
	int unread; /* the errno with which the byte of a cow could not be read before anybody was stopped */
	struct answer *answer;
};

#define STOP_NS                                                                                              \
	UINT64_C(250000000) /* how long anybody is kept waiting: by the stopping, and by a call again */

/* A process of our own that has ended and is to be waited for, so that its number is nobody else's. 0: none could be made. */
pid_t stop_nobody(void);

/*
 * Stops everybody who shares the memory. False: answer->trouble says why not. stop_release lets go in either case, all
 * but `keep` where that is not NULL. Who is not in a stop yet is let go by the end of the guardian, or by the next call:
 * a guardian that goes on calls it again and again.
 */
bool stop_all(struct stop *stop);
void stop_release(struct stop *stop, const struct thread *keep);

/*
 * The next thing that happens to a tracee, without taking it from the kernel (WNOWAIT: a signal that it is about to get
 * still reaches it if the guardian dies now). False: nothing yet; stop_pause waits for something to happen, `ms` at most.
 * *status: as si_status, -1 when it has ended.
 */
bool stop_look(const struct stop *stop, const struct thread *thread, int *status);
void stop_pause(int ms);

/* Fills in stop->answer; false, to be returned. */
bool stop_trouble(struct stop *stop, enum trouble what, pid_t who);

/* Has a stopped thread of the target make the order's calls. False: answer->trouble says why not. */
bool call_all(struct stop *stop);

/* Whether what is mapped at a piece is still what it was. */
bool guardian_same_place(const struct stop *stop, const struct piece *piece);

/* Writes an answer to who waits for it. False: nobody does any more. */
bool guardian_say(const struct answer *answer);

/* Arms the timer that kills the guardian, or with 0 ns disarms it: a dead tracer lets all go (ptrace(2)). False: it could not. */
bool guardian_timer(uint64_t ns);

/* One line of maps. */
struct raw_vma {
	uint64_t start, end, offset, dev_major, dev_minor, inode;
	char perms[5];
	bool vdso;
};

/* Reads one line of a maps file, without its newline. False: it is none. Pure; bounded by len. */
bool raw_maps_line(const char *text, size_t len, struct raw_vma *vma);

/* The VMA of addr (or, with vdso, that one) of a thread. False: none, or the thread is gone. */
bool raw_maps_find(int proc, pid_t pid, pid_t tid, uint64_t addr, bool vdso, struct raw_vma *vma);

/* Reads up to room bytes of /proc/<path of two numbers and a name>; how many, 0 for none. NUL-terminated. */
size_t raw_read(int proc, pid_t pid, pid_t tid, const char *name, char *text, size_t room);

/* The pagemap word of the page with this index (address / page size), 0 where it cannot be read. */
uint64_t raw_pagemap(int proc, pid_t pid, pid_t tid, uint64_t index);

/*
 * Reads the memory of a thread's process. 0 or an errno: EFAULT where nothing can be read, ESRCH. By /proc/TID/mem, for
 * process_vm_readv changes what it reads: since Linux 5.19 its pin gives a page that is not anon-exclusive a copy of its own,
 * and splits the huge mapping around it (mm/gup.c, gup_must_unshare).
 */
int raw_memory(int proc, pid_t tid, uint64_t addr, void *to, size_t size);

/* The number behind "Name:" in a status file, 0 without. */
uint64_t raw_field(const char *text, const char *name);

/*
 * That of the status of a thread, however long its line of groups is, which stands before most others (65536 of them are 700
 * kB). False: there is none, or it cannot be read.
 */
bool raw_status(int proc, pid_t pid, pid_t tid, const char *name, uint64_t *value);

/* State letter and flags (PF_) of a stat file; '\0' if it is none. The file's NUL-terminated text. */
char raw_stat(const char *text, uint64_t *flags);

/* The numbers that name entries of a directory, one by one: raw_next gives 0 at the end. */
struct raw_dir {
	int fd;
	bool failed; /* some of what is there was not told */
	size_t at, len;
	char room[4096] __attribute__((aligned(8)));
};
/* Whether there is a task of that number, be it a zombie. */
bool raw_exists(pid_t tid);

bool raw_open(struct raw_dir *dir, int proc, pid_t pid); /* /proc with 0, else /proc/PID/task */
pid_t raw_next(struct raw_dir *dir);
void raw_close(struct raw_dir *dir);

/* Whether two tasks share one address space: 1, 0, or -1 where that cannot be told. */
int raw_same_memory(int proc, pid_t one, pid_t other);

/* Numbers that are younger than some C libraries (include/uapi/linux/ptrace.h, .../asm-generic/mman-common.h). */
#define RAW_MADV_COLD 20
#define RAW_MADV_POPULATE_WRITE 23
#define RAW_MADV_COLLAPSE 25

#endif
