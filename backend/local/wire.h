/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What thpscope and its specimen say to each other over a SOCK_SEQPACKET socket: one request, one reply.
 *
 *      thpscope                     main                         kid
 *         |---- SPECIMEN_FORK ------->|-------- fork() ----------->|
 *         |<--- reply + socket -------|   (closes both ends)       |  (keeps its own end)
 *         |---- SPECIMEN_HELLO ----------------------------------->|
 *         |<--- reply ----------------------------------------------|
 *
 * thpscope alone holds the far end of every member's socket, so that when thpscope goes, however it goes, every
 * member reads the end of its socket and exits. Orphans of the family fall to main, which ignores SIGCHLD, so that
 * the kernel reaps them.
 *
 * The specimen knows no names and keeps no books: a request carries addresses. Both are built from one tree;
 * SPECIMEN_MAGIC changes whenever a struct here does.
 */
#ifndef LOCAL_WIRE_H
#define LOCAL_WIRE_H

#include <stdint.h>

#define SPECIMEN_MAGIC UINT64_C(0x7468707370656304)

/* The number of the specimen's own socket, always. */
#define SPECIMEN_FD 3

#define SPECIMEN_NAME_LEN 32

enum specimen_op {
	SPECIMEN_HELLO,	 /* name: the member's; answers magic in addr, its pid, and in call what it can do */
	SPECIMEN_MAP,	 /* kind, addr or 0 for anywhere, len, align, skew, page, name; number: the PID whose
			    descriptor fd is the file, 0: a new one; answers addr and fd */
	SPECIMEN_UNMAP,	 /* addr, len; fd: its file, to be closed, or -1 */
	SPECIMEN_TOUCH,	 /* addr, len, page: stores number to a byte of each page */
	SPECIMEN_READ,	 /* loads one */
	SPECIMEN_WRITE,	 /* adds number to one */
	SPECIMEN_WALK,	 /* addr, len, page: from now on loads from random places, in between, for `to` ns */
	SPECIMEN_USE,	 /* loads one of each page now, and again and again between requests */
	SPECIMEN_REST,	 /* no more of what this range touches */
	SPECIMEN_ADVISE, /* addr, len, number: one madvise call */
	SPECIMEN_SPLIT,	 /* addr, len, align: the page-table mapping of each aligned block */
	SPECIMEN_SPLIT_FOLIO, /* addr, len, align: MADV_COLD of one page of each */
	SPECIMEN_PROTECT,     /* addr, len, number: PROT_ bits */
	SPECIMEN_MOVE,	      /* addr, len, to or 0 for anywhere, align, skew; answers addr */
	SPECIMEN_PUNCH,	      /* fd, offset, len */
	SPECIMEN_TRUNCATE,    /* fd, len */
	SPECIMEN_FORK,	      /* answers pid, and passes the child's socket */
	SPECIMEN_EXIT	      /* answers, then exits */
};

enum specimen_kind {
	SPECIMEN_ANON,
	SPECIMEN_SHMEM,
	SPECIMEN_FILE,
	SPECIMEN_PRIVATE_FILE,
	SPECIMEN_HUGETLB,
	SPECIMEN_TEAM,	 /* a file of a tmpfs mounted huge=team */
	SPECIMEN_RESERVE /* anonymous, PROT_NONE, MAP_NORESERVE */
};

struct specimen_request {
	uint32_t op, kind;
	uint64_t addr, len;
	uint64_t to, offset;
	uint64_t align, skew; /* anywhere: at a multiple of align, plus skew */
	uint64_t page;	      /* hugetlb: bytes of a page; touch, read, write: from page to page */
	int32_t number, fd;
	char name[SPECIMEN_NAME_LEN];
};

/* Bits of the answer to SPECIMEN_HELLO. */
#define SPECIMEN_HAS_COLLAPSE 1u /* this kernel has MADV_COLLAPSE (6.1+) */
#define SPECIMEN_HAS_GUARD 2u	 /* and MADV_GUARD_INSTALL (6.13+) */

struct specimen_reply {
	int32_t error; /* errno of the call that failed, or 0 */
	uint32_t call; /* enum specimen_call: which one; hello: SPECIMEN_HAS_ bits */
	uint64_t addr; /* a place; where a touch failed */
	int32_t fd, pid;
};

enum specimen_call {
	SPECIMEN_CALL_NONE,
	SPECIMEN_CALL_MMAP,
	SPECIMEN_CALL_MUNMAP,
	SPECIMEN_CALL_MREMAP,
	SPECIMEN_CALL_MPROTECT,
	SPECIMEN_CALL_MADVISE,
	SPECIMEN_CALL_MEMFD,
	SPECIMEN_CALL_OPEN,
	SPECIMEN_CALL_TEAM,
	SPECIMEN_CALL_REOPEN,
	SPECIMEN_CALL_FTRUNCATE,
	SPECIMEN_CALL_FALLOCATE,
	SPECIMEN_CALL_ACCESS, /* SIGSEGV or SIGBUS */
	SPECIMEN_CALL_FORK,
	SPECIMEN_CALL_SOCKETPAIR,
	SPECIMEN_CALL_USE, /* there is no room for more */
	SPECIMEN_CALL_COUNT
};

#endif
