/* SPDX-License-Identifier: GPL-2.0-or-later */
/* References to pages of a team by other ways than page tables: what is read and written through them is right. */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "teams.h"

/* A block device of 64 MiB that takes O_DIRECT: zram. Made once. */
static int disk(void)
{
	static bool made;

	if (!made) {
		team_tell("/sys/block/zram0/reset", "1");
		made = team_tell("/sys/block/zram0/disksize", "64M");
	}
	return open("/dev/zram0", O_RDWR | O_DIRECT | O_CLOEXEC);
}

static void direct_io(unsigned seconds)
{
	const int fd = team_file(4 * TEAM), device = disk();
	char *at = team_map(fd, 4 * TEAM);
	const uint64_t pfn = (team_fill(at, 2 * TEAM, 21), pfn_of(at));
	size_t i;

	(void)seconds;
	CHECK(device >= 0);
	/* whole teams, and parts that begin and end in the middle of one */
	EQUAL(pwrite(device, at, 2 * TEAM, 0), 2 * TEAM);
	EQUAL(pread(device, at + 2 * TEAM, 2 * TEAM, 0), 2 * TEAM);
	CHECK(team_filled(at + 2 * TEAM, 2 * TEAM, 21) && by_pmd(at) && by_pmd(at + 2 * TEAM));
	EQUAL(pwrite(device, at + 100 * PAGE, TEAM, 16 << 20), TEAM);
	EQUAL(pread(device, at + 2 * TEAM + 37 * PAGE, TEAM, 16 << 20), TEAM);
	CHECK(!memcmp(at + 100 * PAGE, at + 2 * TEAM + 37 * PAGE, TEAM));
	CHECK(team_filled(at, 2 * TEAM, 21) && team_filled(at + 2 * TEAM, 37 * PAGE, 21));
	for (i = 0; i < PAGES; i++)
		EQUAL(word_count(pfn + i), 1);
	close(device);
}

struct ring {
	int fd;
	unsigned *sq_tail, *sq_mask, *sq_array, *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

static bool ring_open(struct ring *ring)
{
	struct io_uring_params params = {0};
	char *sq, *cq;

	ring->fd = (int)syscall(SYS_io_uring_setup, 8, &params);
	if (ring->fd < 0)
		return false;
	sq = mmap(NULL, params.sq_off.array + params.sq_entries * 4, PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_POPULATE, ring->fd, IORING_OFF_SQ_RING);
	cq = mmap(NULL, params.cq_off.cqes + params.cq_entries * sizeof(*ring->cqes), PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_POPULATE, ring->fd, IORING_OFF_CQ_RING);
	ring->sqes = mmap(NULL, params.sq_entries * sizeof(*ring->sqes), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_POPULATE, ring->fd, IORING_OFF_SQES);
	ring->sq_tail = (unsigned *)(sq + params.sq_off.tail);
	ring->sq_mask = (unsigned *)(sq + params.sq_off.ring_mask);
	ring->sq_array = (unsigned *)(sq + params.sq_off.array);
	ring->cq_head = (unsigned *)(cq + params.cq_off.head);
	ring->cq_tail = (unsigned *)(cq + params.cq_off.tail);
	ring->cq_mask = (unsigned *)(cq + params.cq_off.ring_mask);
	ring->cqes = (struct io_uring_cqe *)(cq + params.cq_off.cqes);
	return sq != MAP_FAILED && cq != MAP_FAILED && (void *)ring->sqes != MAP_FAILED;
}

/* One operation on the registered buffer, awaited; its result. */
static int ring_do(struct ring *ring, int opcode, int fd, char *at, size_t n, off_t off)
{
	const unsigned tail = *ring->sq_tail, slot = tail & *ring->sq_mask;
	unsigned head = *ring->cq_head;
	int result;

	ring->sqes[slot] = (struct io_uring_sqe){.opcode = (uint8_t)opcode,
						 .fd = fd,
						 .addr = (uintptr_t)at,
						 .len = (unsigned)n,
						 .off = (uint64_t)off,
						 .buf_index = 0};
	ring->sq_array[slot] = slot;
	__atomic_store_n(ring->sq_tail, tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -errno;
	while (__atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE) == head)
		;
	result = ring->cqes[head & *ring->cq_mask].res;
	__atomic_store_n(ring->cq_head, head + 1, __ATOMIC_RELEASE);
	return result;
}

/* Pages of teams are pinned: I/O goes to them whatever becomes of their mapping, and to nobody else's. */
static void fixed_buffers(unsigned seconds)
{
	const int fd = team_file(2 * TEAM), other = team_file(TEAM);
	char *at = team_map(fd, 2 * TEAM), *to, *again;
	struct iovec buffer = {at, 2 * TEAM};
	struct ring ring;
	uint64_t pfn;

	(void)seconds;
	team_fill(at, 2 * TEAM, 22);
	pfn = pfn_of(at);
	CHECK(ring_open(&ring));
	EQUAL(syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS, &buffer, 1), 0);
	CHECK(by_pmd(at));
	EQUAL(ring_do(&ring, IORING_OP_WRITE_FIXED, other, at + 9 * PAGE, TEAM - 9 * PAGE, 0),
	      TEAM - 9 * PAGE);
	to = team_map(other, TEAM);
	CHECK(!memcmp(to, at + 9 * PAGE, TEAM - 9 * PAGE) && by_pmd(to));
	/* by ptes, and unmapped in part */
	mprotect(at, PAGE, PROT_READ);
	madvise(at + 3 * PAGE, 3 * PAGE, MADV_DONTNEED);
	EQUAL(pwrite(other, "read into a pin", 15, 0), 15);
	EQUAL(ring_do(&ring, IORING_OP_READ_FIXED, other, at + 4 * PAGE, 15, 0), 15);
	CHECK(!memcmp(at + 4 * PAGE, "read into a pin", 15));
	EQUAL(pfn_of(at + 4 * PAGE), pfn + 4);
	/* the page leaves the file, the pin stays */
	EQUAL(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4 * PAGE, PAGE), 0);
	CHECK(team_zero(at + 4 * PAGE, PAGE) && pfn_of(at + 4 * PAGE) != pfn + 4);
	EQUAL(ring_do(&ring, IORING_OP_READ_FIXED, other, at + 4 * PAGE, 4, 0), 4);
	CHECK(team_zero(at + 4 * PAGE, PAGE));
	EQUAL(ftruncate(fd, 0), 0);
	again = team_map(team_file(4 * TEAM), 4 * TEAM);
	memset(again, 0, 4 * TEAM);
	EQUAL(ring_do(&ring, IORING_OP_READ_FIXED, other, at, TEAM, 0), TEAM);
	CHECK(team_zero(again, 4 * TEAM));
	close(ring.fd);
}

static void spliced(unsigned seconds)
{
	const int fd = team_file(TEAM);
	char *at = team_map(fd, TEAM), *got = malloc(32 * PAGE);
	struct iovec part = {at + 200 * PAGE, 32 * PAGE};
	int ends[2];
	size_t done = 0;

	(void)seconds;
	team_fill(at, TEAM, 23);
	CHECK(!pipe(ends) && fcntl(ends[1], F_SETPIPE_SZ, 64 * PAGE) > 0);
	EQUAL(vmsplice(ends[1], &part, 1, 0), 32 * PAGE);
	/* It sees what is written later, and outlives mapping and file. */
	at[200 * PAGE] = 'x';
	EQUAL(ftruncate(fd, 0), 0);
	munmap(at, TEAM);
	while (done < 32 * PAGE) {
		const ssize_t n = read(ends[0], got + done, 32 * PAGE - done);

		CHECK(n > 0);
		done += (size_t)n;
	}
	CHECK(got[0] == 'x');
	at = team_map(fd, TEAM);
	EQUAL(ftruncate(fd, TEAM), 0);
	team_fill(at, TEAM, 23);
	CHECK(!memcmp(got + 1, at + 200 * PAGE + 1, 32 * PAGE - 1));
	free(got);
}

/* A file's pages on their way through a pipe are those of the team; moved on, not stolen. */
static void spliced_from_file(unsigned seconds)
{
	const int fd = team_file(TEAM), copy = team_file(0);
	char *at = team_map(fd, TEAM), *to;
	off_t from = 0;
	int ends[2];

	(void)seconds;
	team_fill(at, TEAM, 24);
	CHECK(!pipe(ends));
	while (from < (off_t)TEAM) {
		const ssize_t n = splice(fd, &from, ends[1], NULL, 16 * PAGE, SPLICE_F_MOVE);

		CHECK(n > 0);
		EQUAL(splice(ends[0], NULL, copy, NULL, (size_t)n, SPLICE_F_MOVE), n);
	}
	to = team_map(copy, TEAM);
	CHECK(team_filled(to, TEAM, 24) && by_pmd(to) && by_pmd(at) && team_filled(at, TEAM, 24));
	EQUAL(usage_at(at), 513);
}

static int sleeper(void *data)
{
	const int *ends = data;
	char byte;

	return read(ends[0], &byte, 1) != 1;
}

static void by_others(unsigned seconds)
{
	const int fd = team_file(TEAM);
	char *at = team_map(fd, TEAM), path[64], word[16] = "";
	struct iovec here = {word, 8}, there = {at + 77 * PAGE + 4092, 8};
	int ends[2], mem;
	pid_t pid;

	(void)seconds;
	team_fill(at, TEAM, 25);
	CHECK(!pipe(ends));
	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(sleeper(ends));
	/* The child has nothing mapped there yet: what reads it faults for it. */
	EQUAL(process_vm_readv(pid, &here, 1, &there, 1, 0), 8);
	CHECK(!memcmp(word, at + 77 * PAGE + 4092, 8));
	EQUAL(usage_at(at), 514);
	memcpy(word, "8 bytes.", 8);
	EQUAL(process_vm_writev(pid, &here, 1, &there, 1, 0), 8);
	CHECK(!memcmp(at + 77 * PAGE + 4092, "8 bytes.", 8));
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	mem = open(path, O_RDWR | O_CLOEXEC);
	EQUAL(pwrite(mem, "by mem", 6, (off_t)(uintptr_t)(at + 5 * PAGE)), 6);
	CHECK(!memcmp(at + 5 * PAGE, "by mem", 6));
	close(mem);
	CHECK(!ptrace(PTRACE_SEIZE, pid, NULL, NULL) && !ptrace(PTRACE_INTERRUPT, pid, NULL, NULL));
	waitpid(pid, NULL, 0);
	CHECK(!ptrace(PTRACE_POKEDATA, pid, at + 6 * PAGE, (void *)0x1234567890l));
	EQUAL(ptrace(PTRACE_PEEKDATA, pid, at + 6 * PAGE, NULL), 0x1234567890l);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	CHECK(*(long *)(at + 6 * PAGE) == 0x1234567890l && by_pmd(at));
	CHECK(write(ends[1], "x", 1) == 1 && waitpid(pid, NULL, 0) == pid);
	EQUAL(usage_at(at), 513);
	/* A futex is known by its page. */
	EQUAL(syscall(SYS_futex, at + 5 * PAGE, FUTEX_WAKE, 1, NULL, NULL, 0), 0);
}

const struct team_test pin_tests[] = {
	{"O_DIRECT", direct_io},
	{"io_uring's fixed buffers", fixed_buffers},
	{"vmsplice", spliced},
	{"splice from file to file", spliced_from_file},
	{"process_vm_readv, /proc/PID/mem, ptrace, futex", by_others},
	{NULL},
};
