/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The running kernel's side (conform.h). Nothing of the model here: its names are also those of system calls' headers. */
#ifndef CONFORM_LIVE_H
#define CONFORM_LIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/kernel.h"
#include "core/source.h"

/* What a side holds of a process's mmap lock, by name: a child that sleeps in the handle for it. */
struct live_hold {
	char name[NAME_MAX_LEN + 1];
	pid_t pid;
};

#define LIVE_HOLDS 8

struct live {
	struct source *source;
	struct kernel *kernel; /* to read by; the source has one of its own */
	struct live_hold holds[LIVE_HOLDS];
	char error[256];
};

/*
 * Sets the kernel up and keeps it so until live_restore: once in a run, by root. 0, or a negative errno and a sentence.
 * khugepaged: it will be told to look around. If it will not, several runs may be at a time, on a CPU each,
 * where somebody has set the knobs before and sets them back (tests/live/test_conform): each puts back what it found.
 */
int live_prepare(bool khugepaged, char *error, size_t size);
void live_restore(void);

/* Whether a read fault may map the pages of a file around it (under lockdown that cannot be told to the kernel). */
bool live_maps_around(void);

/* A specimen, at specimen_program. 0, or a negative errno and a sentence in live->error. live_close ends what it began. */
int live_open(struct live *live, const char *specimen_program);
void live_close(struct live *live);

/* As source_act, and `set`, `khugepaged` (which looks at every process) and `hold ... as` besides; the reason in live->error. */
int live_act(struct live *live, const struct action *action);

#endif
