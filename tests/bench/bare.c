/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The necessary system calls and nothing else: bare pagemap|scan PID START END prints how many seconds they
 * took. "scan" is PAGEMAP_SCAN over the range; "pagemap" reads the pagemap words of the pages that the scan
 * found present, in pieces of 1 MiB, the scan itself not counted.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* include/uapi/linux/fs.h, Linux 6.7 */
struct scan_arg {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
struct range {
	uint64_t start, end, categories;
};
#define SCAN _IOWR('f', 16, struct scan_arg)
#define PRESENT 8
#define HUGE 0x40
#define ROOM (1 << 20)
#define WORDS (1 << 17)

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static size_t scan(int fd, uint64_t start, uint64_t end, struct range *ranges)
{
	size_t n = 0;
	int got;

	while (start < end && n < ROOM) {
		struct scan_arg arg = {.size = sizeof(arg),
				       .start = start,
				       .end = end,
				       .vec = (uintptr_t)(ranges + n),
				       .vec_len = ROOM - n,
				       .category_mask = PRESENT,
				       .return_mask = PRESENT | HUGE};

		got = ioctl(fd, SCAN, &arg);
		if (got < 0) {
			perror("bare: PAGEMAP_SCAN");
			exit(1);
		}
		n += (size_t)got;
		start = arg.walk_end;
		if (got && ranges[n - 1].end > start)
			start = ranges[n - 1].end;
	}
	return n;
}

static void read_words(int fd, uint64_t page, const struct range *range, uint64_t *words)
{
	uint64_t at, n;

	for (at = range->start; at < range->end; at += n * page) {
		n = (range->end - at) / page;
		if (n > WORDS)
			n = WORDS;
		if (pread(fd, words, n * 8, (off_t)(at / page * 8)) != (ssize_t)(n * 8)) {
			perror("bare: pagemap");
			exit(1);
		}
	}
}

int main(int argc, char **argv)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	static struct range ranges[ROOM];
	static uint64_t words[WORDS];
	char path[64];
	double start;
	size_t i, n;
	int fd;

	if (argc != 5) {
		fprintf(stderr, "usage: bare pagemap|scan PID START END\n");
		return 2;
	}
	snprintf(path, sizeof(path), "/proc/%s/pagemap", argv[2]);
	fd = open(path, O_RDONLY);
	if (fd < 0) {
		perror(path);
		return 1;
	}
	memset(words, 0, sizeof(words));
	start = now();
	n = scan(fd, strtoull(argv[3], NULL, 0), strtoull(argv[4], NULL, 0), ranges);
	if (!strcmp(argv[1], "pagemap")) {
		start = now();
		for (i = 0; i < n; i++)
			read_words(fd, page, &ranges[i], words);
	}
	printf("%.9f\n", now() - start);
	return 0;
}
