/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bench's target: layout NAME BYTES maps one anonymous VMA, fills it as NAME says, prints "PID START END"
 * and waits. On each line from stdin it prints the longest of its own mmap+munmap calls since the last line,
 * in ns: what a survey of it costs it. It ends with stdin.
 *
 *     pmd         all PMD-mapped
 *     half        half PMD-mapped, half PTE-mapped whole THPs
 *     holes       PTE-mapped THPs with one page missing in each
 *     contiguous  4 KiB pages, touched in order: PFNs mostly in a row
 *     random      4 KiB pages, touched in a scattered order
 *     one         one page touched in the middle, everything else empty
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

static size_t page, pmd;

static void die(const char *what)
{
	fprintf(stderr, "layout: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void advise(char *at, size_t size, int advice)
{
	if (madvise(at, size, advice))
		die("madvise");
}

static char *map(size_t size)
{
	uintptr_t start = (uintptr_t)mmap(NULL, size + pmd, PROT_NONE,
					  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	char *at = (char *)((start + pmd - 1) / pmd * pmd);

	if (munmap((void *)start, size + pmd) ||
	    mmap(at, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
		 -1, 0) == MAP_FAILED)
		die("mmap");
	return at;
}

static void touch_all(char *at, size_t size)
{
	size_t i;

	for (i = 0; i < size; i += page)
		at[i] = 1;
}

/* Each page once, in the order of a stride that shares no factor with the number of pages. */
static void touch_scattered(char *at, size_t size)
{
	size_t n = size / page, i, next = 0;

	for (i = 0; i < n; i++) {
		next = (next + 0x9e3779b1 % n + !(0x9e3779b1 % n % 2)) % n;
		at[next * page] = 1;
	}
}

static void fill_huge(char *at, size_t size)
{
	size_t i;

	advise(at, size, MADV_HUGEPAGE);
	touch_all(at, size);
	for (i = 0; i < size; i += pmd)
		(void)madvise(at + i, pmd, MADV_COLLAPSE);
}

static void split_mappings(char *at, size_t size)
{
	size_t i;

	for (i = 0; i < size; i += pmd) {
		advise(at + i, page, MADV_RANDOM);
		advise(at + i, page, MADV_NORMAL);
	}
}

static int fill(const char *name, char *at, size_t size)
{
	size_t i;

	if (!strcmp(name, "pmd")) {
		fill_huge(at, size);
	} else if (!strcmp(name, "half")) {
		fill_huge(at, size);
		split_mappings(at, size / 2);
	} else if (!strcmp(name, "holes")) {
		fill_huge(at, size);
		split_mappings(at, size);
		for (i = 0; i < size; i += pmd)
			advise(at + i + pmd / 2, page, MADV_DONTNEED);
	} else if (!strcmp(name, "contiguous")) {
		advise(at, size, MADV_NOHUGEPAGE);
		touch_all(at, size);
	} else if (!strcmp(name, "random")) {
		advise(at, size, MADV_NOHUGEPAGE);
		touch_scattered(at, size);
	} else if (!strcmp(name, "one")) {
		advise(at, size, MADV_NOHUGEPAGE);
		at[size / 2] = 1;
	} else {
		return -1;
	}
	return 0;
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/*
 * Maps and unmaps until stdin ends; each line asks for the longest pair since the last. With real-time priority
 * where that is allowed, so that what is measured is the lock and not the wait for a CPU; a nap between the pairs
 * leaves the CPU to others.
 */
static void live(void)
{
	const struct sched_param priority = {.sched_priority = 1};
	struct pollfd in = {.fd = 0, .events = POLLIN};
	const struct timespec nap = {.tv_nsec = 20000};
	uint64_t longest = 0, start, took;
	char line[16];
	void *at;

	(void)sched_setscheduler(0, SCHED_FIFO, &priority);
	for (;;) {
		start = now();
		at = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		munmap(at, page);
		took = now() - start;
		if (took > longest)
			longest = took;
		if (poll(&in, 1, 0) <= 0) {
			nanosleep(&nap, NULL);
			continue;
		}
		if (read(0, line, sizeof(line)) <= 0)
			return;
		printf("%llu\n", (unsigned long long)longest);
		fflush(stdout);
		longest = 0;
	}
}

int main(int argc, char **argv)
{
	size_t size = argc > 2 ? strtoull(argv[2], NULL, 0) : 0;
	bool lively = argc > 3;
	char *at;

	page = (size_t)sysconf(_SC_PAGESIZE);
	pmd = page * page / 8;
	if (!size) {
		fprintf(stderr, "usage: layout NAME BYTES [lively]\n");
		return 2;
	}
	at = map(size);
	if (fill(argv[1], at, size)) {
		fprintf(stderr, "layout: no layout %s\n", argv[1]);
		return 2;
	}
	printf("%d 0x%llx 0x%llx\n", getpid(), (unsigned long long)(uintptr_t)at,
	       (unsigned long long)(uintptr_t)(at + size));
	fflush(stdout);
	if (lively)
		live();
	else
		while (read(0, (char[16]){0}, 16) > 0)
			;
	return 0;
}
