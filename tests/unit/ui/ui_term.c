/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The terminal on a pseudo-terminal: what it reads and shows, and that it is given back whatever ends the program. The
 * parent plays the terminal (TERM=xterm), the child is the program.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "ui/keymap.h"
#include "ui/term_curses.h"

#define PATIENCE_MS 10000
#define ENTER "\x1b[?1049h" /* xterm's smcup, rmcup and cursor */
#define LEAVE "\x1b[?1049l"
#define SHOW_CURSOR "\x1b[?25h"
#define MOUSE_ON "\x1b[?1000h\x1b[?1006h"
#define MOUSE_OFF "\x1b[?1006l\x1b[?1000l"
#define PASTE_OFF "\x1b[?2004l"

struct pty {
	int fd, slave; /* the slave stays open, so that its modes can be read afterwards */
	pid_t pid;
	struct termios before;
	struct buf out;
};

static void *crash(void *unused)
{
	raise(SIGSEGV);
	return unused;
}

/* In another thread than the one that has the terminal. */
static void crash_elsewhere(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, crash, NULL);
	pthread_join(thread, NULL);
}

/* The program: draws one line, then does as the first key that it is sent says. */
static void program(void)
{
	struct cells cells = {0};
	struct terminal *term;
	struct pane pane;
	struct pollfd polled[2];
	char why[256], text[64];
	const struct term_options options = {.mouse = true};
	uint32_t key = PRESS_NONE;
	int number = 0;

	setlocale(LC_CTYPE, "C.UTF-8");
	if (term_open(&term, &options, why, sizeof(why)))
		_exit(99);
	polled[0] = (struct pollfd){term_key_fd(term), POLLIN, 0};
	polled[1] = (struct pollfd){term_signal_fd(term), POLLIN, 0};
	for (;;) {
		term_size(term, &cells.rows, &cells.cols);
		cells_resize(&cells, cells.rows, cells.cols);
		pane = pane_whole(&cells);
		snprintf(text, sizeof(text), "<%dx%d key %x signal %d mouse %d,%d>", cells.cols, cells.rows,
			 key, number, term_mouse(term)->row, term_mouse(term)->col);
		pane_put(&pane, 0, 0, STYLE_STRONG, text);
		term_redraw(term); /* all of it, so that the other side can look for words */
		term_draw(term, &cells);
		poll(polled, 2, term_wait(term));
		while ((number = term_signal(term)) == SIGCONT)
			term_resume(term);
		key = term_key(term);
		if (number == SIGTERM || key == 'q')
			break;
		if (key == 'a')
			abort();
		if (key == 's')
			raise(SIGSEGV);
		if (key == 'x')
			exit(7);
		if (key == 't')
			raise(SIGTSTP);
		if (key == 'o')
			crash_elsewhere();
		if (key == 'z' || number == SIGTSTP)
			term_suspend(term);
	}
	term_close(term);
	cells_fini(&cells);
	_exit(number == SIGTERM ? 143 : 0);
}

/* Neither cmocka's nor a sanitizer's handlers: the signal itself is to end the program. */
static void plain_signals(void)
{
	static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS};
	size_t i;

	for (i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		signal(fatal[i], SIG_DFL);
}

/*
 * A shell, for what is stopped: runs the program as its foreground job, lets it go on whenever it stops, and ends as it
 * does. 98: it stopped without giving the terminal back.
 */
static void shell(const struct termios *before)
{
	struct termios now;
	int status;
	pid_t pid;

	signal(SIGTTOU, SIG_IGN);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setpgid(0, 0);
		tcsetpgrp(0, getpid());
		signal(SIGTTOU, SIG_DFL);
		program();
	}
	while (waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status)) {
		if (tcgetattr(0, &now) || now.c_lflag != before->c_lflag)
			_exit(98);
		kill(pid, SIGCONT);
	}
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 97);
}

static void start(struct pty *pty, bool by_shell)
{
	struct winsize size = {.ws_row = 24, .ws_col = 80};

	*pty = (struct pty){0};
	assert_int_equal(openpty(&pty->fd, &pty->slave, NULL, NULL, &size), 0);
	assert_int_equal(tcgetattr(pty->slave, &pty->before), 0);
	pty->pid = fork();
	assert_true(pty->pid >= 0);
	if (pty->pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	plain_signals();
	close(pty->fd);
	setsid();
	ioctl(pty->slave, TIOCSCTTY, 0);
	dup2(pty->slave, 0);
	dup2(pty->slave, 1);
	setenv("TERM", "xterm", 1);
	unsetenv("LINES");
	unsetenv("COLUMNS");
	if (by_shell)
		shell(&pty->before);
	program();
}

/* Reads until `text` has come; what is behind it is for the next call. */
static void expect(struct pty *pty, const char *text)
{
	struct pollfd polled = {pty->fd, POLLIN, 0};
	char *found;
	ssize_t got;

	buf_reserve(&pty->out, 1);
	while (!(found = memmem(pty->out.data, pty->out.len, text, strlen(text)))) {
		if (poll(&polled, 1, PATIENCE_MS) != 1)
			fail_msg("never came: '%s'", text);
		got = read(pty->fd, buf_reserve(&pty->out, 4096), 4096);
		if (got <= 0)
			fail_msg("the terminal ended before '%s'", text);
		pty->out.len += (size_t)got;
	}
	found += strlen(text);
	pty->out.len -= (size_t)(found - pty->out.data);
	memmove(pty->out.data, found, pty->out.len);
}

static void send_keys(struct pty *pty, const char *keys)
{
	assert_int_equal(write(pty->fd, keys, strlen(keys)), strlen(keys));
}

/* It ended in this way, and the terminal is as it was. */
static void finish(struct pty *pty, int status)
{
	struct termios now;
	int got;

	expect(pty, MOUSE_OFF);
	expect(pty, PASTE_OFF);
	expect(pty, SHOW_CURSOR);
	expect(pty, LEAVE);
	assert_int_equal(waitpid(pty->pid, &got, 0), pty->pid);
	assert_int_equal(got & ~0x80, status); /* but for the core dumped */
	assert_int_equal(tcgetattr(pty->slave, &now), 0);
	assert_int_equal(now.c_lflag, pty->before.c_lflag);
	assert_int_equal(now.c_iflag, pty->before.c_iflag);
	assert_int_equal(now.c_oflag, pty->before.c_oflag);
	close(pty->fd);
	close(pty->slave);
	buf_fini(&pty->out);
}

static void test_keys(void **state)
{
	static const struct {
		const char *bytes, *shown;
	} keys[] = {
		{"j", "key 6a "},
		{"\x1bOA", "key 110000 "},
		{"\x1b[6~", "key 110005 "},
		{"\r", "key d "},
		{"\t", "key 9 "},
		{"\x03", "key 3 "},
		{"\x1bOP", "key 110008 "},
		{"\x0c", "key c "},
		{"\xc3\xa9", "key e9 "},
		{"\x1b[24~", "key 110013 "},
		{"\x1b", "key 1b "},
		{"\x1b[<0;4;2M", "mouse 1,3"},
		{"\x1b[38;5;7q", "key 11001a "}, /* not known: no letter of it acts */
	};
	struct pty pty;
	size_t i;

	(void)state;
	start(&pty, false);
	expect(&pty, "signal 0 ");
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		send_keys(&pty, keys[i].bytes);
		expect(&pty, keys[i].shown);
	}
	send_keys(&pty, "q");
	finish(&pty, 0);
}

static void test_resize(void **state)
{
	struct winsize size = {.ws_row = 12, .ws_col = 40};
	struct pty pty;

	(void)state;
	start(&pty, false);
	expect(&pty, "<80x24");
	assert_int_equal(ioctl(pty.fd, TIOCSWINSZ, &size), 0);
	expect(&pty, "40x12");
	size = (struct winsize){.ws_row = 1, .ws_col = 1};
	assert_int_equal(ioctl(pty.fd, TIOCSWINSZ, &size), 0);
	expect(&pty, "<");
	send_keys(&pty, "q");
	finish(&pty, 0);
}

static void end_by(const char *key, int signal_number, int status)
{
	struct pty pty;

	start(&pty, false);
	expect(&pty, "signal 0 ");
	if (key)
		send_keys(&pty, key);
	else
		kill(pty.pid, signal_number);
	finish(&pty, status);
}

static void test_ends(void **state)
{
	(void)state;
	end_by("q", 0, 0);
	end_by("x", 0, 7 << 8); /* exit() from anywhere */
	end_by("a", 0, SIGABRT);
	end_by("s", 0, SIGSEGV);
	end_by("o", 0, SIGSEGV);
	end_by(NULL, SIGBUS, SIGBUS);
	end_by(NULL, SIGQUIT, SIGQUIT);
	end_by(NULL, SIGTERM, 143 << 8);
}

static void suspend_and_go_on(struct pty *pty, const char *key)
{
	send_keys(pty, key);
	expect(pty, MOUSE_OFF);
	expect(pty, LEAVE);
	expect(pty, ENTER);
	expect(pty, MOUSE_ON);
	expect(pty, "<80x24");
}

static void test_suspend(void **state)
{
	struct pty pty;

	(void)state;
	start(&pty, true);
	expect(&pty, "signal 0 ");
	suspend_and_go_on(&pty, "z");
	suspend_and_go_on(&pty, "t");
	send_keys(&pty, "q");
	finish(&pty, 0);
}

static void refused(const char *type, int expected)
{
	const struct term_options options = {0};
	struct terminal *term;
	char why[256] = "";
	pid_t pid = fork();
	int status, null;

	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		plain_signals();
		struct winsize size = {.ws_row = 24, .ws_col = 80};
		int master, slave;

		null = open("/dev/null", O_RDWR);
		openpty(&master, &slave, NULL, NULL, &size);
		dup2(type ? slave : null, 1);
		dup2(slave, 0);
		if (type)
			setenv("TERM", type, 1);
		_exit(term_open(&term, &options, why, sizeof(why)) == expected && *why ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_refused(void **state)
{
	(void)state;
	refused("dumb", -ENOTSUP);
	refused("no-such-terminal", -ENOTSUP);
	refused("", -ENOTSUP);
	refused(NULL, -ENOTTY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),	cmocka_unit_test(test_resize),	cmocka_unit_test(test_ends),
		cmocka_unit_test(test_suspend), cmocka_unit_test(test_refused),
	};

	alarm(120); /* waitpid() knows no bound */
	return cmocka_run_group_tests_name("ui_term", tests, NULL, NULL);
}
