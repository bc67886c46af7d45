/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The self-pipe, and the handler of last resort. */
#include "ui/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))
#define STACK_BYTES 65536 /* for a handler that runs because the stack is used up */

static const int polled[] = {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH};
static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT, SIGSYS};

static int ends[2] = {-1, -1};
static struct sigaction before_polled[COUNT_OF(polled)], before_fatal[COUNT_OF(fatal)];
static void (*act)(void);
static volatile sig_atomic_t ending;
static sigset_t blocked_before;
static stack_t stack, stack_before;

static void on_polled(int number)
{
	int error = errno;
	unsigned char byte = (unsigned char)number;

	if (number == SIGINT || number == SIGTERM || number == SIGHUP)
		ending = 1;
	(void)!write(ends[1], &byte, 1); /* full: the loop has enough to do */
	errno = error;
}

/* Gives the signal back to whom it was before, and sends it again: it comes when this handler returns. */
static void on_fatal(int number)
{
	size_t i;

	act();
	for (i = 0; i < COUNT_OF(fatal); i++)
		if (fatal[i] == number)
			sigaction(number, &before_fatal[i], NULL);
	raise(number);
}

static void take(const int *numbers, size_t n, void (*handler)(int), int flags, struct sigaction *before)
{
	struct sigaction action;
	size_t i;

	memset(&action, 0, sizeof(action));
	action.sa_handler = handler;
	action.sa_flags = flags;
	sigemptyset(&action.sa_mask);
	for (i = 0; i < n; i++)
		sigaction(numbers[i], &action, &before[i]);
}

static void unblock_polled(void)
{
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < COUNT_OF(polled); i++)
		sigaddset(&set, polled[i]);
	sigprocmask(SIG_UNBLOCK, &set, &blocked_before);
}

int signals_start(void (*last_act)(void))
{
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	act = last_act;
	ending = 0;
	stack.ss_sp = mem_alloc(STACK_BYTES);
	stack.ss_size = STACK_BYTES;
	stack.ss_flags = 0;
	sigaltstack(&stack, &stack_before);
	take(polled, COUNT_OF(polled), on_polled, SA_RESTART, before_polled);
	take(fatal, COUNT_OF(fatal), on_fatal, SA_ONSTACK, before_fatal);
	unblock_polled();
	return 0;
}

void signals_stop(void)
{
	size_t i;

	if (ends[0] < 0)
		return;
	sigprocmask(SIG_SETMASK, &blocked_before, NULL);
	for (i = 0; i < COUNT_OF(polled); i++)
		sigaction(polled[i], &before_polled[i], NULL);
	for (i = 0; i < COUNT_OF(fatal); i++)
		sigaction(fatal[i], &before_fatal[i], NULL);
	sigaltstack(&stack_before, NULL);
	free(stack.ss_sp);
	close(ends[0]);
	close(ends[1]);
	ends[0] = ends[1] = -1;
}

int signals_fd(void)
{
	return ends[0];
}

int signals_next(void)
{
	unsigned char number;

	return read(ends[0], &number, 1) == 1 ? number : 0;
}

bool signals_ending(void)
{
	return ending;
}

void signals_stop_process(void)
{
	struct sigaction action, handler;

	memset(&action, 0, sizeof(action));
	action.sa_handler = SIG_DFL;
	sigemptyset(&action.sa_mask);
	sigaction(SIGTSTP, &action, &handler);
	raise(SIGTSTP);
	sigaction(SIGTSTP, &handler, NULL);
}
