/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope-agent: one client, one source; the protocol is thpscope-agent(1)'s. */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include <stdbool.h>

/* Exit codes, as those of thpscope(1). */
enum agent_exit {
	AGENT_FINE = 0,
	AGENT_USAGE = 2,
	AGENT_PERMISSION = 3,
	AGENT_IMPOSSIBLE = 5, /* this kernel cannot be read, or the client is of another version */
	AGENT_DAMAGED = 6,    /* what came is no thpscope's */
	AGENT_IO = 7,
};

/*
 * Serves one client until it goes: its requests are read from `in`, answers written to `out`, which may be the same. Both
 * stay open; `out` does not block while this runs. Returns an enum agent_exit, after one line on stderr if it
 * is not AGENT_FINE. SIGPIPE is to be ignored. One at a time in a process. read_only: privilege_read_only was called.
 */
int agent_serve(int in, int out, bool read_only);

/* Ends agent_serve soon, and every later one, as if the client had gone. From a signal's handler, or any thread. */
void agent_stop(void);

#endif
