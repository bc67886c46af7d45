/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals as bytes in a pipe, for a loop that polls; and a last act before those that kill. */
#ifndef UI_SIGNALS_H
#define UI_SIGNALS_H

#include <stdbool.h>

/*
 * Takes SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT and SIGWINCH into the pipe, and calls `last_act` (async-signal-safe)
 * before SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT and SIGSYS do what they did before. Those of the pipe that the
 * caller has blocked, so that none is lost in between, are not from then on, until signals_stop. One user at a time.
 * Negative errno if there is no pipe.
 */
int signals_start(void (*last_act)(void));
void signals_stop(void);

/* Readable when signals_next has something. -1 when not started. */
int signals_fd(void);

/* The next signal in the order of arrival, 0 if there is none. */
int signals_next(void);

/* Whether one that is to end the program (SIGINT, SIGTERM, SIGHUP) has come, also if it is still in the pipe. */
bool signals_ending(void);

/* Stops this process as Ctrl-Z does, and returns when it goes on. */
void signals_stop_process(void);

#endif
