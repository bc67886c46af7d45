/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal, through ncursesw. */
#include "ui/term_curses.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "core/clock.h"
#include "core/mem.h"
#include "ui/input.h"
#include "ui/keymap.h"
#include "ui/signals.h"

#define OWN_MAX 32

/*
 * What curses does not know of: pasted text comes between brackets, clicks and the wheel come as SGR 1006 reports.
 * A terminal that does not know a mode lets it be.
 */
#define PASTE_ON "\x1b[?2004h"
#define PASTE_OFF "\x1b[?2004l"
#define MOUSE_ON "\x1b[?1000h\x1b[?1006h"
#define MOUSE_OFF "\x1b[?1006l\x1b[?1000l"

struct terminal {
	SCREEN *screen;
	FILE *file; /* /dev/tty, or NULL: standard input */
	int key_fd;
	struct theme theme;
	struct cells shown;
	struct input input;
	struct input_own own[OWN_MAX];
	struct mouse mouse;
	bool brackets, takes_mouse;
	bool gone;  /* the terminal hung up */
	bool given; /* back, for good */
};

struct bytes {
	char at[512];
	size_t n;
};

/* What a signal handler sends to give the terminal back; prepared, since nothing may be computed then. */
static struct {
	volatile sig_atomic_t armed;
	struct bytes bytes;
	int fd;
	struct termios modes;
	bool has_modes;
} rescue;

static struct bytes retake; /* what takes it anew, whatever somebody else did to it meanwhile */

static void put_bytes(const struct bytes *bytes)
{
	(void)!write(STDOUT_FILENO, bytes->at, bytes->n);
}

static void send(bool whether, const char *text)
{
	if (whether)
		(void)!write(STDOUT_FILENO, text, strlen(text));
}

void term_restore(void)
{
	if (!rescue.armed)
		return;
	rescue.armed = 0;
	put_bytes(&rescue.bytes);
	if (rescue.has_modes)
		tcsetattr(rescue.fd, TCSANOW, &rescue.modes);
}

static struct bytes *collected; /* tputs knows no context */

static int collect(int byte)
{
	if (collected->n < sizeof(collected->at))
		collected->at[collected->n++] = (char)byte;
	return byte;
}

static const char *capability_text(const char *name)
{
	const char *text = tigetstr(name);

	return text && text != (char *)-1 ? text : NULL;
}

static void add_text(struct bytes *bytes, const char *text)
{
	collected = bytes;
	while (*text)
		collect(*text++);
}

static void add_capabilities(struct bytes *bytes, const char *const *names)
{
	const char *text;

	collected = bytes;
	for (; *names; names++) {
		text = capability_text(*names);
		if (text)
			tputs(text, 1, collect);
	}
}

/* Colours off, keypad off, cursor on, back to the normal screen; and the way there. */
static void prepare_rescue(const struct terminal *term)
{
	static const char *const back[] = {"sgr0", "op", "rmkx", "cnorm", "rmcup", NULL};
	static const char *const there[] = {"smcup", "smkx", "sgr0", "civis", NULL};

	rescue.bytes.n = retake.n = 0;
	add_capabilities(&retake, there);
	if (term->takes_mouse) {
		add_text(&rescue.bytes, MOUSE_OFF);
		add_text(&retake, MOUSE_ON);
	}
	if (term->brackets) {
		add_text(&rescue.bytes, PASTE_OFF);
		add_text(&retake, PASTE_ON);
	}
	add_capabilities(&rescue.bytes, back);
	rescue.armed = 1;
}

/* Whether it is of those that take xterm's private modes: they have one for the alternate screen, or a mouse. */
static void learn_modes(struct terminal *term, bool mouse)
{
	const char *screen = capability_text("smcup");

	term->takes_mouse = mouse && capability_text("kmous");
	term->brackets = capability_text("kmous") || (screen && strstr(screen, "\x1b[?"));
}

/* The keys of this terminal that may not be as everywhere. */
static void learn_keys(struct terminal *term)
{
	static const struct {
		const char *name;
		uint32_t key;
	} table[] = {
		{"kcuu1", PRESS_UP},	 {"kcud1", PRESS_DOWN},	  {"kcub1", PRESS_LEFT},
		{"kcuf1", PRESS_RIGHT},	 {"kpp", PRESS_PAGE_UP},  {"knp", PRESS_PAGE_DOWN},
		{"khome", PRESS_HOME},	 {"kend", PRESS_END},	  {"kent", PRESS_ENTER},
		{"kdch1", PRESS_DELETE}, {"kich1", PRESS_INSERT}, {"kcbt", PRESS_BACK_TAB},
		{"kf1", PRESS_F1},	 {"kf2", PRESS_F2},	  {"kf3", PRESS_F3},
		{"kf4", PRESS_F4},	 {"kf5", PRESS_F5},	  {"kf6", PRESS_F6},
		{"kf7", PRESS_F7},	 {"kf8", PRESS_F8},	  {"kf9", PRESS_F9},
		{"kf10", PRESS_F10},	 {"kf11", PRESS_F11},	  {"kf12", PRESS_F12},
	};
	const char *text;
	size_t i;

	term->input.own = term->own;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		text = capability_text(table[i].name);
		if (!text || *text != '\x1b' || !text[1] || strlen(text) >= sizeof(term->own[0].bytes))
			continue;
		strcpy(term->own[term->input.n_own].bytes, text);
		term->own[term->input.n_own++].key = table[i].key;
	}
}

/* What is not drawn is of the theme's ground, too: where it brings one, the whole screen is painted. */
static void paint_ground(const struct terminal *term)
{
	int pair = theme_brings_ground(&term->theme) ? STYLE_TEXT + 1 : 0;
	cchar_t blank;

	setcchar(&blank, L" ", A_NORMAL, 0, &pair);
	bkgrndset(&blank);
}

/* The theme's colours as the pairs that styles are drawn in. */
static void choose_theme(struct terminal *term, const struct theme_wish *wish)
{
	const struct theme_facts facts = {
		.colours = has_colors() ? tigetnum("colors") : 0,
		.direct = tigetflag("RGB") > 0,
		.term = getenv("TERM"),
		.codeset = nl_langinfo(CODESET),
		.no_color = getenv("NO_COLOR"),
		.colorfgbg = getenv("COLORFGBG"),
		.wish = *wish,
	};
	struct look look;
	int style;

	term->theme = theme_choose(&facts);
	if (!term->theme.depth)
		return;
	for (style = 0; style < STYLE_COUNT && term->theme.colours; style++) {
		look = theme_look(&term->theme, (enum style)style);
		init_extended_pair(style + 1, look.fg, look.bg);
	}
	paint_ground(term);
}

static void start_colours(struct terminal *term, const struct theme_wish *wish)
{
	const char *no_color = getenv("NO_COLOR");

	/* Once started, curses colours also what has no colour: white on black. */
	if (has_colors() && !(no_color && *no_color)) {
		start_color();
		use_default_colors();
	}
	choose_theme(term, wish);
}

void term_set_theme(struct terminal *term, const struct theme_wish *wish)
{
	choose_theme(term, wish);
	erase();
	term_redraw(term);
}

/* False: its modes cannot be set, and keys would not come one by one. */
static bool take_modes(const struct terminal *term)
{
	/* Control keys come as keys: a child that shares the terminal is not ours to interrupt. */
	if (raw() == ERR || noecho() == ERR)
		return false;
	nonl();
	curs_set(0);
	keypad(stdscr, TRUE); /* read here, but switched by curses */
	typeahead(-1);
	send(term->takes_mouse, MOUSE_ON);
	send(term->brackets, PASTE_ON);
	return true;
}

static int refuse(char *why, size_t size, int error, const char *sentence)
{
	snprintf(why, size, "%s", sentence);
	return error;
}

static int open_input(struct terminal *term, char *why, size_t size)
{
	int fd;

	term->key_fd = STDIN_FILENO;
	if (isatty(STDIN_FILENO))
		return 0;
	fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
	term->file = fd < 0 ? NULL : fdopen(fd, "r+");
	if (!term->file)
		return refuse(why, size, -ENOTTY, "there is no terminal to read keys from");
	term->key_fd = fd;
	return 0;
}

static int open_screen(struct terminal *term, char *why, size_t size)
{
	const char *type = getenv("TERM"), *move;

	if (!isatty(STDOUT_FILENO))
		return refuse(why, size, -ENOTTY, "standard output is no terminal");
	if (open_input(term, why, size))
		return -ENOTTY;
	rescue.fd = term->key_fd;
	rescue.has_modes = !tcgetattr(term->key_fd, &rescue.modes);
	if (type && *type)
		term->screen = newterm(type, stdout, term->file ? term->file : stdin);
	move = term->screen ? tigetstr("cup") : NULL;
	if (move && move != (char *)-1)
		return 0;
	snprintf(why, size,
		 "this terminal (TERM=%.32s) cannot show a full screen; set TERM to what it is, or use "
		 "'thpscope "
		 "snapshot'",
		 type ? type : "");
	return -ENOTSUP;
}

int term_open(struct terminal **result, const struct term_options *options, char *why, size_t size)
{
	static bool registered; /* for whoever calls exit() while the terminal is taken */
	struct terminal *term = mem_alloc(sizeof(*term));
	int error;

	error = signals_start(term_restore); /* before curses, which leaves alone what is taken */
	if (error) {
		snprintf(why, size, "cannot make a pipe: %s", strerror(-error));
		free(term);
		return error;
	}
	error = open_screen(term, why, size);
	if (error) {
		term_close(term);
		return error;
	}
	learn_modes(term, options->mouse);
	learn_keys(term);
	prepare_rescue(term);
	if (!registered)
		registered = !atexit(term_restore);
	start_colours(term, &options->theme);
	if (!take_modes(term)) {
		term_close(term);
		return refuse(why, size, -EIO, "the terminal's modes cannot be set");
	}
	*result = term;
	return 0;
}

/* Back, as it was; curses is left in its place to take it again. */
static void give(struct terminal *term)
{
	send(term->takes_mouse, MOUSE_OFF);
	send(term->brackets, PASTE_OFF);
	endwin();
	rescue.armed = 0;
}

void term_close(struct terminal *term)
{
	if (!term)
		return;
	if (term->screen) {
		if (!term->given)
			give(term);
		delscreen(term->screen);
	}
	rescue.armed = 0;
	if (term->file)
		fclose(term->file);
	signals_stop();
	cells_fini(&term->shown);
	free(term);
}

int term_key_fd(const struct terminal *term)
{
	return term->key_fd;
}

int term_signal_fd(const struct terminal *term)
{
	(void)term;
	return signals_fd();
}

static int64_t now_ms(void)
{
	return (int64_t)(clock_mono_ns() / 1000000);
}

/* Takes what there is to read. */
static void read_keys(struct terminal *term)
{
	struct pollfd polled = {term->key_fd, POLLIN, 0};
	size_t room = INPUT_BYTES - term->input.n;
	char bytes[INPUT_BYTES];
	ssize_t got;

	if (!room || poll(&polled, 1, 0) <= 0)
		return;
	got = read(term->key_fd, bytes, room);
	if (got > 0)
		input_feed(&term->input, bytes, (size_t)got, now_ms());
	else if (!got || errno == EIO) /* the other side of the terminal is closed */
		term->gone = true;
}

uint32_t term_key(struct terminal *term)
{
	uint32_t key;

	if (term->given)
		return PRESS_NONE;
	/* As if no time had passed: whether an Esc is one is seen by what has come behind it while we drew. */
	key = input_key(&term->input, term->input.first_ms, &term->mouse);
	if (key != PRESS_NONE)
		return key;
	read_keys(term);
	key = input_key(&term->input, now_ms(), &term->mouse);
	return key == PRESS_NONE && term->gone ? PRESS_HANGUP : key;
}

int term_wait(const struct terminal *term)
{
	return input_wait(&term->input, now_ms());
}

const struct mouse *term_mouse(const struct terminal *term)
{
	return &term->mouse;
}

int term_signal(struct terminal *term)
{
	int number = signals_next();
	struct winsize size;

	(void)term;
	if (number == SIGWINCH && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
	return number;
}

void term_size(const struct terminal *term, int *rows, int *cols)
{
	(void)term;
	getmaxyx(stdscr, *rows, *cols);
}

const struct theme *term_theme(const struct terminal *term)
{
	return &term->theme;
}

static void draw_cell(const struct terminal *term, int row, int col, const struct cell *cell)
{
	const uint8_t cursors = MARK_CURSOR | MARK_QUIET_CURSOR;
	enum style style = cell->mark & MARK_DIM && !(cell->mark & cursors)
				   ? STYLE_DIM
				   : theme_marked((enum style)cell->style, cell->mark);
	struct look look;
	attr_t attributes;
	wchar_t wide[sizeof(cell->glyph)];
	cchar_t complex;
	int pair;

	if (!cell->glyph[0]) /* came with the left half */
		return;
	/* With few colours there may be fewer pairs, and none that say more than the cursor's. */
	if (term->theme.colours < COLOURS_MANY && style >= STYLE_CURSOR_SYMBOL)
		style = style >= STYLE_QUIET_SYMBOL ? STYLE_QUIET_CURSOR : STYLE_CURSOR;
	look = theme_look(&term->theme, style);
	attributes = look.bold ? A_BOLD : A_NORMAL;
	if (look.reverse)
		attributes |= A_REVERSE;
	if (cell->mark & (MARK_QUIET_CURSOR | MARK_FLASH))
		attributes |= A_UNDERLINE | A_BOLD;
	if (mbstowcs(wide, cell->glyph, sizeof(wide) / sizeof(wide[0])) == (size_t)-1)
		wcscpy(wide, L"?");
	pair = term->theme.colours ? (int)style + 1 : 0;
	setcchar(&complex, wide, attributes, 0, &pair);
	mvadd_wch(row, col, &complex);
}

void term_draw(struct terminal *term, const struct cells *cells)
{
	int row = 0, col = 0;

	if (term->given)
		return;
	if (term->shown.rows != cells->rows || term->shown.cols != cells->cols) {
		cells_resize(&term->shown, cells->rows, cells->cols);
		erase();
	}
	for (; cells_next_change(&term->shown, cells, &row, &col); col++) {
		*cells_at(&term->shown, row, col) = *cells_at(cells, row, col);
		draw_cell(term, row, col, cells_at(cells, row, col));
	}
	if (cells->cursor_row >= 0)
		move(cells->cursor_row, cells->cursor_col);
	refresh();
}

void term_redraw(struct terminal *term)
{
	reset_prog_mode();
	put_bytes(&retake);
	term->shown.rows = -1; /* whatever it had */
	clearok(curscr, TRUE);
}

/* Somebody else has the terminal: whoever changes its modes then is stopped. */
static bool in_background(const struct terminal *term)
{
	pid_t front = tcgetpgrp(term->key_fd);

	return front > 0 && front != getpgrp();
}

/* Stays stopped until it is in the foreground, or to end. */
static void stay_away(struct terminal *term)
{
	const struct timespec nap = {0, 50 * 1000000L};

	while (in_background(term) && !signals_ending()) {
		signals_stop_process();
		nanosleep(&nap, NULL); /* where nobody can go on with it, it cannot be stopped either */
	}
	if (signals_ending()) {
		term->given = true;
		return;
	}
	rescue.armed = 1;
	refresh(); /* takes the terminal again, if curses gave it back */
	term_redraw(term);
}

void term_suspend(struct terminal *term)
{
	give(term);
	signals_stop_process();
	stay_away(term);
}

void term_resume(struct terminal *term)
{
	if (in_background(term)) { /* and its modes are somebody else's by now */
		rescue.armed = 0;
		put_bytes(&rescue.bytes);
	}
	stay_away(term);
}
