/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal, through ncursesw. */
#include "ui/term_curses.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "core/mem.h"
#include "ui/keymap.h"
#include "ui/signals.h"

#define ESCAPE_MS 25

struct terminal {
	SCREEN *screen;
	FILE *input;  /* /dev/tty, or NULL: standard input */
	WINDOW *keys; /* a pad, which reading a key does not refresh */
	int key_fd;
	struct theme theme;
	struct cells shown;
	bool gone; /* the terminal hung up */
};

/* What a signal handler sends to give the terminal back; prepared, since nothing may be computed then. */
static struct {
	volatile sig_atomic_t armed;
	char bytes[256];
	size_t n;
	int fd;
	struct termios modes;
	bool has_modes;
} rescue;

void term_restore(void)
{
	if (!rescue.armed)
		return;
	rescue.armed = 0;
	(void)!write(STDOUT_FILENO, rescue.bytes, rescue.n);
	if (rescue.has_modes)
		tcsetattr(rescue.fd, TCSANOW, &rescue.modes);
}

static int collect(int byte)
{
	if (rescue.n < sizeof(rescue.bytes))
		rescue.bytes[rescue.n++] = (char)byte;
	return byte;
}

/* Colours off, keypad off, cursor on, back to the normal screen. */
static void prepare_rescue(void)
{
	static const char *const names[] = {"sgr0", "op", "rmkx", "cnorm", "rmcup"};
	const char *text;
	size_t i;

	rescue.n = 0;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		text = tigetstr(names[i]);
		if (text && text != (char *)-1)
			tputs(text, 1, collect);
	}
	rescue.armed = 1;
}

static void start_colours(struct terminal *term)
{
	struct look look;
	int style;

	term->theme =
		theme_choose(has_colors() ? tigetnum("colors") : 0, nl_langinfo(CODESET), getenv("NO_COLOR"));
	if (!term->theme.colours)
		return;
	/* Once started, curses colours also what has no colour: white on black. */
	start_color();
	use_default_colors();
	for (style = 0; style < STYLE_COUNT; style++) {
		look = theme_look(&term->theme, (enum style)style);
		init_pair((short)(style + 1), (short)look.fg, (short)look.bg);
	}
}

static void take_modes(struct terminal *term)
{
	raw(); /* control keys come as keys: a child that shares the terminal is not ours to interrupt */
	noecho();
	nonl();
	curs_set(0);
	keypad(term->keys, TRUE);
	nodelay(term->keys, TRUE);
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
	term->input = fd < 0 ? NULL : fdopen(fd, "r+");
	if (!term->input)
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
		term->screen = newterm(type, stdout, term->input ? term->input : stdin);
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

int term_open(struct terminal **result, char *why, size_t size)
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
	set_escdelay(ESCAPE_MS);
	error = open_screen(term, why, size);
	if (error) {
		term_close(term);
		return error;
	}
	prepare_rescue();
	if (!registered)
		registered = !atexit(term_restore);
	term->keys = newpad(1, 1);
	start_colours(term);
	take_modes(term);
	*result = term;
	return 0;
}

void term_close(struct terminal *term)
{
	if (!term)
		return;
	if (term->screen) {
		if (term->keys)
			delwin(term->keys);
		endwin();
		delscreen(term->screen);
	}
	rescue.armed = 0;
	if (term->input)
		fclose(term->input);
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

static uint32_t special(wint_t code)
{
	static const struct {
		wint_t code;
		uint32_t key;
	} table[] = {
		{KEY_UP, PRESS_UP},	  {KEY_DOWN, PRESS_DOWN},     {KEY_LEFT, PRESS_LEFT},
		{KEY_RIGHT, PRESS_RIGHT}, {KEY_PPAGE, PRESS_PAGE_UP}, {KEY_NPAGE, PRESS_PAGE_DOWN},
		{KEY_HOME, PRESS_HOME},	  {KEY_END, PRESS_END},	      {KEY_ENTER, PRESS_ENTER},
		{KEY_F(1), PRESS_F1},
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].code == code)
			return table[i].key;
	return PRESS_OTHER;
}

uint32_t term_key(struct terminal *term)
{
	wint_t code;
	int got;

	if (term->gone)
		return PRESS_HANGUP;
	errno = 0;
	got = wget_wch(term->keys, &code);
	if (got == KEY_CODE_YES)
		return special(code);
	if (got == OK)
		return code ? (uint32_t)code : PRESS_OTHER;
	if (errno == EIO) /* the other side of the terminal is closed */
		term->gone = true;
	return term->gone ? PRESS_HANGUP : PRESS_NONE;
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
	uint8_t style = cell->mark & MARK_CURSOR	 ? STYLE_CURSOR
			: cell->mark & MARK_QUIET_CURSOR ? STYLE_QUIET_CURSOR
							 : cell->style;
	struct look look = theme_look(&term->theme, (enum style)style);
	attr_t attributes = look.bold ? A_BOLD : A_NORMAL;
	wchar_t wide[sizeof(cell->glyph)];
	cchar_t complex;

	if (!cell->glyph[0]) /* came with the left half */
		return;
	if (look.reverse)
		attributes |= A_REVERSE;
	if (cell->mark & (MARK_QUIET_CURSOR | MARK_FLASH))
		attributes |= A_UNDERLINE | A_BOLD;
	if (mbstowcs(wide, cell->glyph, sizeof(wide) / sizeof(wide[0])) == (size_t)-1)
		wcscpy(wide, L"?");
	setcchar(&complex, wide, attributes, term->theme.colours ? (short)(style + 1) : 0, NULL);
	mvadd_wch(row, col, &complex);
}

void term_draw(struct terminal *term, const struct cells *cells)
{
	int row = 0, col = 0;

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
	curs_set(0);
	term->shown.rows = -1; /* whatever it had */
	clearok(curscr, TRUE);
}

void term_suspend(struct terminal *term)
{
	endwin();
	rescue.armed = 0;
	signals_stop_process();
	rescue.armed = 1;
	refresh(); /* takes the terminal again */
	term_redraw(term);
}
