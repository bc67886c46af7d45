/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a specimen does to its own memory. */
#include "memory.h"
#include "team.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Younger than some C libraries (include/uapi/asm-generic/mman-common.h, include/uapi/linux/prctl.h). */
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#define ADVISE_GUARD_INSTALL 102
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MAP_HUGE_SHIFT
#define MAP_HUGE_SHIFT 26
#endif
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

#define BUSY_TRIES 100
#define BUSY_MS 5

static sigjmp_buf escape;
static volatile sig_atomic_t guarded;

static void on_fault(int signal)
{
	if (!guarded)
		_exit(128 + signal);
	siglongjmp(escape, 1);
}

void memory_init(void)
{
	struct sigaction action = {.sa_handler = on_fault};

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

uint32_t memory_abilities(void)
{
	void *nowhere = NULL;
	uint32_t has = 0;

	/* With a length of 0 the kernel only checks whether it knows the advice (mm/madvise.c). */
	if (!madvise(nowhere, 0, MADV_COLLAPSE))
		has |= SPECIMEN_HAS_COLLAPSE;
	if (!madvise(nowhere, 0, ADVISE_GUARD_INSTALL))
		has |= SPECIMEN_HAS_GUARD;
	return has;
}

void memory_failed(struct specimen_reply *reply, enum specimen_call call)
{
	reply->error = errno;
	reply->call = call;
}

static void *reserve_at(void *addr, size_t len, int flags)
{
	return mmap(addr, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);
}

/*
 * Takes len bytes of address space where it is wanted, else at any multiple of align plus skew, with room left
 * free on both sides, so that no VMA merges with a neighbour. MAP_FAILED with errno set.
 */
static char *reserve(uint64_t wanted, uint64_t len, uint64_t align, uint64_t skew)
{
	char *at, *start;

	if (wanted) {
		at = reserve_at((void *)(uintptr_t)wanted, len, MAP_FIXED_NOREPLACE);
		if (at == (char *)(uintptr_t)wanted)
			return at;
		/* Before 4.17 the flag was not known, and the address only a hint. */
		if (at != MAP_FAILED)
			munmap(at, len);
	}
	if (len > UINT64_MAX - 4 * align) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	at = reserve_at(NULL, len + 4 * align, 0);
	if (at == MAP_FAILED)
		return at;
	start = (char *)(((uintptr_t)at + 2 * align - 1) / align * align + skew);
	munmap(at, len + 4 * align);
	return reserve_at(start, len, MAP_FIXED_NOREPLACE);
}

/* A file that has no name any more, in the first of n directories where that can be. -1 with errno set. */
static int open_in(const char *const *dirs, size_t n_dirs, const char *name)
{
	char path[512];
	size_t i, n;
	int fd = -1;

	errno = ENOENT;
	for (i = 0; i < n_dirs && fd < 0; i++) {
		n = dirs[i] ? strlen(dirs[i]) : 0;
		if (!n || n + strlen(name) + 24 > sizeof(path))
			continue;
		memcpy(path, dirs[i], n);
		strcpy(path + n, "/thpscope-");
		strcat(path, name);
		strcat(path, "-XXXXXX");
		fd = mkostemp(path, O_CLOEXEC);
		if (fd >= 0)
			unlink(path);
	}
	return fd;
}

/* A real file. */
static int open_file(const char *name)
{
	const char *dirs[] = {getenv("TMPDIR"), "/var/tmp", "/tmp"};

	return open_in(dirs, sizeof(dirs) / sizeof(dirs[0]), name);
}

/* One that page teams make up. */
static int open_team(const char *name)
{
	char dir[256];
	const char *const dirs[] = {dir};

	return team_dir(dir, sizeof(dir)) ? -1 : open_in(dirs, 1, name);
}

/* The file that a member of the family has open, as a descriptor of our own. -1 with errno set. */
static int open_of(int pid, int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
	return open(path, O_RDWR | O_CLOEXEC);
}

/* The file behind an area: new and of its length, or another's; -1 for none. False: failed, and the reply says why. */
static bool make_file(const struct specimen_request *request, struct specimen_reply *reply, int *fd)
{
	*fd = -1;
	if (request->number) {
		*fd = open_of(request->number, request->fd);
		if (*fd < 0)
			memory_failed(reply, SPECIMEN_CALL_REOPEN);
		return *fd >= 0;
	}
	if (request->kind == SPECIMEN_SHMEM) {
		*fd = (int)syscall(SYS_memfd_create, request->name, 1u /* MFD_CLOEXEC */);
		if (*fd < 0)
			memory_failed(reply, SPECIMEN_CALL_MEMFD);
	} else if (request->kind == SPECIMEN_FILE || request->kind == SPECIMEN_PRIVATE_FILE) {
		*fd = open_file(request->name);
		if (*fd < 0)
			memory_failed(reply, SPECIMEN_CALL_OPEN);
	} else if (request->kind == SPECIMEN_TEAM) {
		*fd = open_team(request->name);
		if (*fd < 0)
			memory_failed(reply, SPECIMEN_CALL_TEAM);
	} else {
		return true;
	}
	if (*fd < 0)
		return false;
	if (!ftruncate(*fd, (off_t)request->len))
		return true;
	memory_failed(reply, SPECIMEN_CALL_FTRUNCATE);
	close(*fd);
	return false;
}

static int map_flags(const struct specimen_request *request)
{
	bool shared = request->kind == SPECIMEN_SHMEM || request->kind == SPECIMEN_FILE ||
		      request->kind == SPECIMEN_TEAM;
	int flags = MAP_FIXED | (shared ? MAP_SHARED : MAP_PRIVATE);

	if (request->kind == SPECIMEN_ANON || request->kind == SPECIMEN_RESERVE)
		flags |= MAP_ANONYMOUS;
	if (request->kind == SPECIMEN_RESERVE)
		flags |= MAP_NORESERVE;
	if (request->kind == SPECIMEN_HUGETLB)
		flags |= MAP_ANONYMOUS | MAP_HUGETLB | __builtin_ctzll(request->page) << MAP_HUGE_SHIFT;
	return flags;
}

void memory_map(const struct specimen_request *request, struct specimen_reply *reply)
{
	int prot = request->kind == SPECIMEN_RESERVE ? PROT_NONE : PROT_READ | PROT_WRITE;
	char *at;
	int fd;

	if (!make_file(request, reply, &fd))
		return;
	at = reserve(request->addr, request->len, request->align, request->skew);
	if (at == MAP_FAILED) {
		memory_failed(reply, SPECIMEN_CALL_MMAP);
	} else if (mmap(at, request->len, prot, map_flags(request), fd, 0) == MAP_FAILED) {
		memory_failed(reply, SPECIMEN_CALL_MMAP);
		munmap(at, request->len);
	}
	if (reply->error) {
		if (fd >= 0)
			close(fd);
		return;
	}
	/* [anon:A] in maps where the kernel has CONFIG_ANON_VMA_NAME; where not, nothing is lost. */
	if (request->kind == SPECIMEN_ANON || request->kind == SPECIMEN_RESERVE)
		prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, at, request->len, request->name);
	reply->addr = (uintptr_t)at;
	reply->fd = fd;
}

void memory_move(const struct specimen_request *request, struct specimen_reply *reply)
{
	char *to = reserve(request->to, request->len, request->align, request->skew);
	void *from = (void *)(uintptr_t)request->addr;

	if (to == MAP_FAILED) {
		memory_failed(reply, SPECIMEN_CALL_MMAP);
		return;
	}
	/* Where nothing is on the way (6.17 moves what has gaps) nothing is to be left of what kept the place. */
	munmap(to, request->len);
	if (mremap(from, request->len, request->len, MREMAP_MAYMOVE | MREMAP_FIXED, to) == MAP_FAILED) {
		memory_failed(reply, SPECIMEN_CALL_MREMAP);
		return;
	}
	reply->addr = (uintptr_t)to;
}

void memory_access(const struct specimen_request *request, struct specimen_reply *reply)
{
	/* volatile: also the position must survive the jump */
	volatile unsigned char *volatile at = (unsigned char *)(uintptr_t)request->addr;
	uintptr_t end = (uintptr_t)(request->addr + request->len);

	if (sigsetjmp(escape, 1)) {
		guarded = 0;
		reply->error = EFAULT;
		reply->call = SPECIMEN_CALL_ACCESS;
		reply->addr = (uintptr_t)at;
		return;
	}
	guarded = 1;
	for (; (uintptr_t)at < end; at += request->page) {
		if (request->op == SPECIMEN_TOUCH)
			*at = (unsigned char)request->number;
		else if (request->op == SPECIMEN_READ)
			(void)*at;
		else
			/*
			 * One instruction that reads and writes faults as a write, and maps no zero page; also where 0 is
			 * added.
			 */
			__atomic_fetch_add(at, (unsigned char)request->number, __ATOMIC_RELAXED);
	}
	guarded = 0;
}

bool memory_guarded(void (*access)(void))
{
	if (sigsetjmp(escape, 1)) {
		guarded = 0;
		return false;
	}
	guarded = 1;
	access();
	guarded = 0;
	return true;
}

void memory_advise(const struct specimen_request *request, struct specimen_reply *reply)
{
	const struct timespec nap = {.tv_nsec = BUSY_MS * 1000000L};
	int tries = 0;

	/* MADV_COLLAPSE's "try again": a page is being migrated, or waits on another CPU for the LRU. */
	while (madvise((void *)(uintptr_t)request->addr, request->len, request->number)) {
		if (errno != EAGAIN || ++tries == BUSY_TRIES) {
			memory_failed(reply, SPECIMEN_CALL_MADVISE);
			return;
		}
		nanosleep(&nap, NULL);
	}
}

/*
 * Loads a byte of each page that the page cache holds already: maps it, and brings none into being. What is not mapped,
 * protected, or beyond the file's end is passed over.
 */
static void refault(char *from, size_t len, size_t page)
{
	struct specimen_request request = {.op = SPECIMEN_READ, .len = page, .page = page};
	struct specimen_reply ignored;
	unsigned char resident;
	size_t done;

	for (done = 0; done < len; done += page) {
		request.addr = (uintptr_t)from + done;
		if (!mincore(from + done, page, &resident) && resident & 1)
			memory_access(&request, &ignored);
	}
}

/*
 * A VMA that is split inside a huge page's mapping loses that mapping, whatever sets the two apart.
 * MADV_DONTDUMP is nothing that a script can set, so that MADV_DODUMP always merges the halves again.
 * Anonymous memory is then mapped by ptes. The kernel just unmaps a file's huge page; to see it by ptes, one
 * page is faulted in while the VMA is too short for a huge page, which makes a page table that then stays.
 */
void memory_split(const struct specimen_request *request, struct specimen_reply *reply)
{
	uint64_t at = request->addr, end = request->addr + request->len, next;
	size_t page = request->page;
	char *first;

	for (; at < end && !reply->error; at = next) {
		next = (at / request->align + 1) * request->align;
		if (next > end)
			next = end;
		first = (char *)(uintptr_t)at;
		if (madvise(first, page, MADV_DONTDUMP)) {
			memory_failed(reply, SPECIMEN_CALL_MADVISE);
			return;
		}
		if (request->kind != SPECIMEN_ANON)
			refault(first, page, page);
		if (madvise(first, page, MADV_DODUMP))
			memory_failed(reply, SPECIMEN_CALL_MADVISE);
		if (request->kind != SPECIMEN_ANON && !reply->error)
			refault(first, (size_t)(next - at), page);
	}
}

void memory_split_folio(const struct specimen_request *request, struct specimen_reply *reply)
{
	uint64_t at = request->addr, end = request->addr + request->len;

	for (; at < end; at = (at / request->align + 1) * request->align) {
		if (madvise((void *)(uintptr_t)at, request->page, MADV_COLD)) {
			memory_failed(reply, SPECIMEN_CALL_MADVISE);
			return;
		}
	}
}
