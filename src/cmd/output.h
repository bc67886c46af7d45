/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that appears whole or not at all. */
#ifndef CMD_OUTPUT_H
#define CMD_OUTPUT_H

#include "format/sink.h"

/*
 * Where a verb writes: stdout, or a file that is written beside its place and renamed when complete. While one
 * is open, what ends the program (SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU, SIGALRM, exit()) removes the unfinished
 * file first. One at a time.
 */
struct output {
	int fd;
	char *path; /* NULL: written to directly (stdout, a device, a pipe) */
	char *part; /* the unfinished file beside it */
};

/*
 * NULL or "-" is stdout. A link is followed, also to where nothing is yet; a file that is replaced hands on its mode
 * and, as far as we may, its owner. 0, or a negative errno; then nothing is left behind.
 */
int output_open(struct output *output, const char *path);

/* A sink over the output; valid while it is open. */
struct sink output_sink(struct output *output);

/* The exit code after a message: `path` (NULL: stdout) could not be written to. */
int output_failed(const char *path, int err);

/* Why, in a few words. */
const char *output_why(int err);

/* Flushes, puts the file in its place; 0 or a negative errno, then the unfinished file is gone. */
int output_commit(struct output *output);

/* Removes the unfinished file. */
void output_abandon(struct output *output);

#endif
