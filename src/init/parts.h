/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of init share. */
#ifndef INIT_PARTS_H
#define INIT_PARTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/buf.h"
#include "lab/frames.h"

/* Mounts what the kernel has: proc, sysfs, tmpfs, debugfs ...; a file system that this kernel lacks is left out. */
void mounts_make(void);

/*
 * Mounts the host's root with memory laid over it, and `share` (a path, "": none) as itself. The folder that it is; NULL,
 * with a sentence.
 */
const char *mounts_host(const char *share, char *error, size_t size);

/* Opens the port of a name (behind the prefix) for reading and writing, non-blocking; waits until it is there. -1: it is not within so long. */
int ports_open(const char *name, int timeout_ms);

/* Waits until somebody has connected to the port. */
void ports_await(int port);

/* In a process of its own, for ever: an agent for everyone who connects to the port; says its number to `freed` each time that it is free again. */
void ports_serve(uint32_t number, int freed) __attribute__((noreturn));

/* The command that runs, with its terminal or pipes; -1: it has none, or not any more. */
struct command {
	pid_t pid;  /* 0: none was started, or it has ended */
	int status; /* of one that has */
	bool ended;
	int terminal; /* the master's end: input and output */
	int input, output, errors;
	bool input_ends;    /* behind what is pending nothing comes */
	struct buf pending; /* input that it has not taken */
};

/* To none. */
void command_init(struct command *command);

/* Starts what a LAB_RUN says. 0, or -1 with a sentence. */
int command_start(struct command *command, const char *text, size_t size, char *error, size_t error_size);

/* The frames of the host that are for it. */
void command_input(struct command *command, const char *bytes, size_t size);
void command_input_ends(struct command *command);
void command_size(const struct command *command, struct lab_size size);

/* Its end, as waitpid told. */
void command_reaped(struct command *command, int status);

/*
 * For one turn of a loop around poll: adds what it waits for, no more output with `full`; the number added (at most 3).
 * Then takes and gives what can be: what it said becomes frames in `out`.
 */
struct pollfd;
size_t command_poll(const struct command *command, struct pollfd *fds, bool full);
void command_turn(struct command *command, struct buf *out);

/* All that is left of its output, without waiting, and how it ended. */
void command_finish(struct command *command, struct buf *out);

#endif
