/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A link: a pair of byte streams to a far end that speaks in lines. It never waits for ever: not for a line, not to be
 * read, not for the far end to go away.
 *
 * One thread owns a link; link_interrupt alone may come from another one while it is open. The first failure stays: every
 * later call ends with it and its sentence.
 */
#ifndef REMOTE_LINK_H
#define REMOTE_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct link;

#define LINK_NS_PER_S UINT64_C(1000000000)

/* How long whoever waits for the far end takes its silence for thought. */
#define LINK_SILENCE_NS UINT64_C(10000000000)

/* Who may be asked for a password by the command. */
enum link_asks {
	LINK_ASKS_USER,	  /* it has the terminal, in the foreground, until link_greeted or link_close */
	LINK_ASKS_NOBODY, /* it has no terminal: a screen is drawn on that */
};

/*
 * Starts `sh -c COMMAND` in a process group of its own; its standard input and output are the link, what it writes to
 * standard error is kept for the sentence of its end. It cannot fail for what the command does, which link_line tells.
 * 0 and *link; or a negative errno with a sentence in error: no pipe or process is to be had.
 */
int link_command(const char *command, enum link_asks asks, struct link **link, char *error, size_t size);

/*
 * Takes over a connected stream socket, or any descriptor for both ways. Never NULL; one that has failed where no
 * descriptor is left for link_interrupt. `name` of the far end is copied.
 */
struct link *link_socket(int fd, const char *name);

/* The far end is who it should be: the terminal is ours again. Nothing where it is already. */
void link_greeted(struct link *link);

/*
 * Writes all of it. What arrives meanwhile is kept for link_line. 0, also where the far end has closed and nobody will
 * read it: link_line tells, behind what it said last. Or as link_line where the far end does not take it within
 * LINK_SILENCE_NS.
 */
int link_send(struct link *link, const char *bytes, size_t n);

/* From now on somebody waits for the far end: its silence before is none. link_send says so too. */
void link_wait(struct link *link);

/*
 * The next whole line, without its newline, of at most WIRE_LINE_MAX bytes with it; valid until the next call. 0, or
 *   -EAGAIN     none came within wait_ns (0: none is here; UINT64_MAX: this cannot be)
 *   -ECANCELED  link_interrupt
 *   -ETIMEDOUT  nothing came for silence_ns, or one line took very long
 *   -EIO        the far end has ended, or reading failed
 *   -EINTR      it was ended by Ctrl-C while it had the terminal
 *   -EBADMSG    the line is too long
 * with a sentence in link_error for all but the first.
 */
int link_line(struct link *link, uint64_t silence_ns, uint64_t wait_ns, const char **line, size_t *len);

/* Notes a failure that whoever reads the lines found: `error` from now on. Returns it. */
int link_fail(struct link *link, int error, const char *why);

/* The sentence of the failure, printable; "" while there is none. */
const char *link_error(const struct link *link);

/*
 * Any thread, or a handler of signals (it may change errno): every call under way, and every later one, ends with
 * -ECANCELED. Does not wait.
 */
void link_interrupt(struct link *link);

/*
 * Closes what the far end reads, and gives a far end that is well a few seconds to go, one that failed none; then ends
 * the process group that link_command started, also what is left of it where the command itself has ended. The caller
 * waits half a second at most: the rest is done by a process that was started with it, and that does so too where we end
 * without this, however. NULL is fine.
 */
void link_close(struct link *link);

#endif
