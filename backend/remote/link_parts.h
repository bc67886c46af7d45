/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A link from within: its descriptors, and the process at its end. */
#ifndef REMOTE_LINK_PARTS_H
#define REMOTE_LINK_PARTS_H

#include <stdatomic.h>
#include <sys/types.h>

#include "core/buf.h"
#include "remote/link.h"

#define LINK_SAID_MAX 1024

struct link {
	int in, out; /* the same one of a socket */
	int err;     /* the command's standard error; -1: none any more */
	int wake;    /* an eventfd, readable once it was interrupted */
	atomic_bool interrupted;
	pid_t pid;   /* of the command, and of its process group; 0: there is none */
	int minder;  /* a socket to who ends that group (link_process.c); with pid */
	bool over;   /* it has ended, and is reaped with the link: pid stays its own */
	bool killed; /* by a signal, and `status` is its number */
	int status;
	bool greeted;		  /* the far end is who it should be */
	int terminal;		  /* that the command has in the foreground; -1: none */
	char *name;		  /* the command, or what the socket is called */
	struct buf buf;		  /* what came */
	size_t at;		  /* from here on not given out */
	size_t scanned;		  /* up to here without a newline */
	bool ended;		  /* no more will come */
	char said[LINK_SAID_MAX]; /* the end of what came from standard error */
	size_t n_said;
	int error;
	char why[256];
	uint64_t heard_ns, waiting_ns; /* CLOCK_MONOTONIC: a byte came last; somebody waits since */
	uint64_t line_ns;	       /* the line under way began */
};

/* Takes what came from standard error; without waiting. */
void link_listen(struct link *link);

/* link_process.c: whether the process has ended, and notes how; waits for that at most so long. */
bool link_over(struct link *link, uint64_t wait_ns);

/*
 * While the command has the terminal: Ctrl-Z stops it alone, and whoever started us waits for us. So we stop as well, and go
 * on together.
 */
void link_job(struct link *link);

/* Whether it ended by Ctrl-C while it had the terminal. */
bool link_given_up(const struct link *link);

/* What is said of a far end that is there no more. */
void link_say_end(struct link *link, char *why, size_t size);

/* Has what was started end, and reaped: now, or when another link comes or goes. */
void link_end_process(struct link *link);

#endif
