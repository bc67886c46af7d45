/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel says of pages, in words and in figures. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "teams.h"

static uint64_t word(int fd, uint64_t number)
{
	uint64_t value = 0;

	if (pread(fd, &value, sizeof(value), (off_t)(number * sizeof(value))) != sizeof(value))
		value = 0;
	return value;
}

/* Of the process that asks: a child has another. */
uint64_t word_pagemap(const void *at)
{
	static int fd = -1;
	static pid_t owner;

	if (owner != getpid()) {
		if (fd >= 0)
			close(fd);
		fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
		owner = getpid();
	}
	return word(fd, (uintptr_t)at / PAGE);
}

uint64_t word_flags(uint64_t pfn)
{
	static int fd = -1;

	return word(fd = fd < 0 ? open("/proc/kpageflags", O_RDONLY | O_CLOEXEC) : fd, pfn);
}

uint64_t word_count(uint64_t pfn)
{
	static int fd = -1;

	return word(fd = fd < 0 ? open("/proc/kpagecount", O_RDONLY | O_CLOEXEC) : fd, pfn);
}

uint64_t word_usage(uint64_t pfn)
{
	static int fd = -1;

	return word(fd = fd < 0 ? open("/proc/kpageteam", O_RDONLY | O_CLOEXEC) : fd, pfn);
}

void touch(char *at)
{
	volatile char *byte = at;

	/* cppcheck-suppress selfAssignment ; a write that changes nothing */
	*byte = *byte;
}

bool words_read(const char *file, uint64_t first, uint64_t *words, size_t n)
{
	const int fd = open(file, O_RDONLY | O_CLOEXEC);
	const ssize_t got = pread(fd, words, n * sizeof(*words), (off_t)(first * sizeof(*words)));

	close(fd);
	return got == (ssize_t)(n * sizeof(*words));
}

bool present(const void *at)
{
	return word_pagemap(at) >> 63;
}

uint64_t pfn_of(const void *at)
{
	const uint64_t entry = word_pagemap(at);

	return entry >> 63 ? entry & ((UINT64_C(1) << 55) - 1) : 0;
}

bool by_pmd(const void *at)
{
	return word_pagemap(at) >> 60 & 1;
}

bool has_flag(uint64_t pfn, unsigned bit)
{
	return word_flags(pfn) >> bit & 1;
}

uint64_t usage_at(const void *at)
{
	return word_usage(pfn_of(at) & ~(PAGES - 1));
}

long long figure(const char *file, const char *name)
{
	char line[256];
	long long value = -1;
	FILE *in = fopen(file, "re");

	while (in && value < 0 && fgets(line, sizeof(line), in))
		if (!strncmp(line, name, strlen(name)) && strchr(" :", line[strlen(name)]))
			value = atoll(line + strlen(name) + 1);
	if (in)
		fclose(in);
	return value;
}

long long smaps_kb(const void *at, size_t size, const char *name)
{
	const unsigned long from = (unsigned long)at, to = from + size;
	unsigned long start, end;
	char line[512];
	long long sum = 0;
	bool inside = false;
	FILE *in = fopen("/proc/self/smaps", "re");

	while (in && fgets(line, sizeof(line), in)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			inside = start < to && end > from;
		else if (inside && !strncmp(line, name, strlen(name)) && line[strlen(name)] == ':')
			sum += atoll(line + strlen(name) + 1);
	}
	if (in)
		fclose(in);
	return sum;
}

bool team_tell(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC | O_APPEND);
	const bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return done;
}
