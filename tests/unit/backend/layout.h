/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process with every kind of anonymous memory and a twin that shares it: what the recorder is tried on. */
#ifndef TESTS_LAYOUT_H
#define TESTS_LAYOUT_H

#include "kid.h"

#include <sys/syscall.h>

/* PMD-mapped, pte-mapped, partial and unaligned THPs, small pages with holes, zero pages, shmem, a reservation. */
static inline void lay_out(size_t huge)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *thp = map_aligned(6 * huge, huge), *sparse = map_aligned(huge, huge),
	     *zero = map_aligned(huge, huge);
	char *large = map_aligned((size_t)1 << 40, huge), *shared, *moved;
	volatile char sum = 0;
	size_t i;
	int fd;

	madvise(thp, 6 * huge, MADV_HUGEPAGE);
	memset(thp, 1, 5 * huge);
	madvise(thp + huge, page, MADV_RANDOM); /* pte-mapped, whole */
	madvise(thp + huge, page, MADV_NORMAL);
	munmap(thp + 2 * huge + 16 * page, huge / 2); /* partial */
	munmap(thp + 4 * huge, 8 * page);	      /* partial, without its head */
	munmap(thp + 5 * huge - 8 * page, 8 * page);  /* nor its last tails */
	moved = map_aligned(2 * huge, huge) + page;
	(void)!mremap(thp + 3 * huge, huge, huge, MREMAP_MAYMOVE | MREMAP_FIXED, moved); /* unaligned */
	madvise(sparse, huge, MADV_NOHUGEPAGE);
	for (i = 0; i < huge; i += 3 * page)
		sparse[i] = 1;
	madvise(zero, huge, MADV_NOHUGEPAGE);
	for (i = 0; i < huge; i += page)
		sum += zero[i];
	madvise(large, (size_t)1 << 40, MADV_NOHUGEPAGE);
	large[(size_t)5 << 30] = 1;
	large[((size_t)1 << 40) - 1] = 1;
	fd = memfd_create("record", 0);
	if (fd < 0 || ftruncate(fd, (off_t)(2 * huge)))
		_exit(1);
	shared = mmap(NULL, 2 * huge, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED)
		_exit(1);
	memset(shared, 1, huge);
	(void)sum;
}

/*
 * This program as `backend_record lay-out HUGE`: lays out, forks a twin that shares it all, tells its PID on stdout and
 * waits on stdin. It is a program of its own so that no anonymous page is shared with the test, which would change mapcounts
 * by writing to its memory. Both wait in system calls that they made before, and so write to no further page.
 */
static inline int lay_out_main(size_t huge)
{
	int ready[2];
	pid_t twin;
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	lay_out(huge);
	if (pipe(ready))
		return 1;
	syscall(SYS_read, -1, &byte, 0);
	twin = fork();
	if (!twin) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		syscall(SYS_write, ready[1], "r", 1);
		syscall(SYS_read, 0, &byte, 1);
		_exit(0);
	}
	syscall(SYS_read, ready[0], &byte, 1);
	syscall(SYS_write, 1, &twin, sizeof(twin));
	syscall(SYS_read, 0, &byte, 1);
	return 0;
}

static inline struct kid start_layout(uint64_t huge, pid_t *twin)
{
	int told[2], go[2];
	struct kid kid;
	char size[32];

	snprintf(size, sizeof(size), "%llu", (unsigned long long)huge);
	assert_return_code(pipe(told), errno);
	assert_return_code(pipe(go), errno);
	kid.pid = fork();
	assert_return_code(kid.pid, errno);
	if (!kid.pid) {
		dup2(go[0], 0);
		dup2(told[1], 1);
		close(go[1]);
		execl("/proc/self/exe", "backend_record", "lay-out", size, (char *)NULL);
		_exit(1);
	}
	close(told[1]);
	close(go[0]);
	kid.go = go[1];
	assert_int_equal(read(told[0], twin, sizeof(*twin)), sizeof(*twin));
	close(told[0]);
	return kid;
}

#endif
