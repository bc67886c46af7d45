/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of the team kernel have in common: files with teams, what the kernel says of a page, and checks. */
#ifndef TEAMS_H
#define TEAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PAGE 4096ul
#define TEAM (2ul << 20)
#define PAGES 512ul

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* Linux 6.1, include/uapi/asm-generic/mman-common.h */
#endif

#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24 /* Linux 5.18, the same */
#endif

/* A failed check ends the test: what was checked, where, and both values where there are two. */
#define CHECK(condition)                                                                                     \
	do {                                                                                                 \
		if (!(condition)) {                                                                          \
			teams_failed(__FILE__, __LINE__, #condition, 0, 0);                                  \
			return;                                                                              \
		}                                                                                            \
	} while (0)
#define EQUAL(is, wanted)                                                                                    \
	do {                                                                                                 \
		const long long teams_is = (long long)(is), teams_wanted = (long long)(wanted);              \
		if (teams_is != teams_wanted) {                                                              \
			teams_failed(__FILE__, __LINE__, #is " == " #wanted, teams_is, teams_wanted);        \
			return;                                                                              \
		}                                                                                            \
	} while (0)

void teams_failed(const char *file, int line, const char *what, long long is, long long wanted);
bool teams_have_failed(void);

/* One test; the tables stand at the end of each file of tests. `seconds` is what the caller gives the long ones. */
struct team_test {
	const char *name;
	void (*run)(unsigned seconds);
};
extern const struct team_test mapping_tests[], split_tests[], file_tests[], pin_tests[], race_tests[],
	tell_tests[], meet_tests[];

/* Where the mount is. */
#define MOUNT "/tmp/teams.mount"

/* A file of this size on the mount, without a name. Exits where there is none to be had. */
int team_file(size_t size);
/* A shared mapping of it, readable and writable, at an address aligned to 2 MiB. */
char *team_map(int fd, size_t size);
/* As mmap, with the address aligned to 2 MiB and then moved by `off`. */
void *team_mmap(int fd, size_t size, int prot, int flags, off_t at, size_t off);
/* Fills a range with words that tell their own place, and whether they are there. */
void team_fill(char *at, size_t size, uint64_t seed);
bool team_filled(const char *at, size_t size, uint64_t seed);
bool team_zero(const char *at, size_t size);

/* Writes a byte that is there already. */
void touch(char *at);
/* What pagemap says of an address of ours; what the kernel says of a frame; 0 where there is none. */
uint64_t word_pagemap(const void *at);
uint64_t word_flags(uint64_t pfn);
uint64_t word_count(uint64_t pfn);
uint64_t word_usage(uint64_t pfn);
/* Many words at once: false if there are fewer. */
bool words_read(const char *file, uint64_t first, uint64_t *words, size_t n);
uint64_t pfn_of(const void *at);
bool by_pmd(const void *at);
bool present(const void *at);
bool has_flag(uint64_t pfn, unsigned bit);
/* team_usage of the team that is mapped at this address, 0: none. */
uint64_t usage_at(const void *at);

/* A line of a /proc file that starts so, as a number: kB of meminfo, of vmstat what it counts. -1: no such line. */
long long figure(const char *file, const char *name);
/* A kB line of smaps, summed over the areas that overlap. */
long long smaps_kb(const void *at, size_t size, const char *name);

/* Writes to a file of the kernel's, all in one go. */
bool team_tell(const char *path, const char *text);
/* Sleeps for as many milliseconds. */
void team_sleep(unsigned ms);
/* Seconds of a clock that all processes share. */
double team_now(void);

/* Runs `task` in a child; its exit status, or 128 + signal. */
int in_child(int (*task)(void *data), void *data);

#endif
