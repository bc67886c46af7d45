/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The terminal: shows grids of cells and reads keys. The only part that knows curses.
 *
 * While it is open, signals arrive as text on a descriptor (term_signal_fd), so that a loop that polls never
 * misses one. Whatever ends the program - a signal, abort(), a wild pointer - the terminal is given back first.
 * One terminal at a time; all calls but term_restore from the thread that opened it.
 */
#ifndef UI_TERM_CURSES_H
#define UI_TERM_CURSES_H

#include <stddef.h>
#include <stdint.h>

#include "ui/cells.h"
#include "ui/mouse.h"
#include "ui/theme.h"

struct terminal;

/* What the user wishes. */
struct term_options {
	struct theme_wish theme;
	bool mouse; /* take the mouse, where the terminal has one; it selects text with Shift held down then */
};

/*
 * Takes the terminal of standard output; keys come from standard input, or from /dev/tty if that is no terminal.
 * setlocale(LC_CTYPE, "") has to come before. -ENOTTY: no terminal; -ENOTSUP: one that cannot do it (TERM=dumb, or
 * a TERM that nobody knows); -EIO: its modes cannot be set. Then `why` says so in a sentence.
 */
int term_open(struct terminal **term, const struct term_options *options, char *why, size_t size);

/* Gives the terminal and the signals back as they were. NULL is fine. */
void term_close(struct terminal *term);

/* Readable when there is a key; when there is a signal. Owned by the terminal. */
int term_key_fd(const struct terminal *term);
int term_signal_fd(const struct terminal *term);

/* The next key (keymap.h), PRESS_NONE if there is none yet. Does not wait. */
uint32_t term_key(struct terminal *term);

/* In how many ms term_key may have a key though nothing more comes (an escape that begins nothing); -1: never. */
int term_wait(const struct terminal *term);

/* What the mouse did, after term_key gave PRESS_MOUSE. */
const struct mouse *term_mouse(const struct terminal *term);

/*
 * The next signal, or 0: SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH. After SIGWINCH term_size is new;
 * the caller answers SIGTSTP with term_suspend and SIGCONT with term_resume.
 */
int term_signal(struct terminal *term);

/* The size in cells, and the theme in force (the terminal's own). */
void term_size(const struct terminal *term, int *rows, int *cols);
const struct theme *term_theme(const struct terminal *term);

/* Another theme, by what the terminal can; the next term_draw sends everything. */
void term_set_theme(struct terminal *term, const struct theme_wish *wish);

/* Shows a grid of the terminal's size; only what changed since the last one is sent. */
void term_draw(struct terminal *term, const struct cells *cells);

/* Takes the terminal anew; the next term_draw sends everything. */
void term_redraw(struct terminal *term);

/*
 * Gives the terminal back, stops this process (not its children), and takes the terminal when it goes on in the
 * foreground. If it is told to end instead, the terminal stays given back, and nothing is drawn any more.
 */
void term_suspend(struct terminal *term);

/* After a stop that nobody asked for (kill -STOP): takes the terminal anew, or waits as term_suspend does. */
void term_resume(struct terminal *term);

/*
 * Gives the terminal back at once, from any thread or signal handler, whatever state the program is in. Does
 * nothing if no terminal is open. The program has to end after it.
 */
void term_restore(void);

#endif
