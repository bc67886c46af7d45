/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A steady beat, until a signal or the reader ends it. */
#include "cmd/every.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

#include "core/clock.h"

#define NS_PER_S UINT64_C(1000000000)

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP};
#define N_SIGNALS (sizeof(ending_signals) / sizeof(ending_signals[0]))

static struct sigaction before[N_SIGNALS], before_limit;
static volatile sig_atomic_t ended_by;
static struct source *read_from; /* changes only while the signals are not ours */

static void on_signal(int number)
{
	const int err = errno;

	ended_by = number;
	source_interrupt(read_from);
	errno = err;
}

static uint64_t later(uint64_t time, uint64_t by)
{
	uint64_t sum;

	return __builtin_add_overflow(time, by, &sum) ? UINT64_MAX : sum;
}

void every_begin(struct every *every, uint64_t interval_ns, uint64_t for_ns, struct source *source)
{
	/* A second one ends the program, where a reader that takes nothing keeps us in a write. */
	const struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	size_t i;

	ended_by = 0;
	read_from = source;
	for (i = 0; i < N_SIGNALS; i++) {
		sigaction(ending_signals[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN)
			sigaction(ending_signals[i], &action, NULL);
	}
	sigaction(SIGXFSZ, &ignore, &before_limit);
	every->interval_ns = interval_ns;
	every->next_ns = clock_mono_ns();
	every->end_ns = for_ns ? later(every->next_ns, for_ns) : UINT64_MAX;
}

/* Sleeps until then; signals are let in only there, so that none slips by between the look at it and the sleep. */
static void sleep_until(uint64_t then, int fd)
{
	/* Nothing is asked of it: what comes is that nobody reads any more. */
	struct pollfd reader = {.fd = fd};
	struct timespec left;
	sigset_t ours, mask;
	uint64_t now;
	size_t i;

	sigemptyset(&ours);
	for (i = 0; i < N_SIGNALS; i++)
		sigaddset(&ours, ending_signals[i]);
	sigprocmask(SIG_BLOCK, &ours, &mask);
	while (!ended_by && (now = clock_mono_ns()) < then && !reader.revents) {
		left.tv_sec = (time_t)((then - now) / NS_PER_S);
		left.tv_nsec = (long)((then - now) % NS_PER_S);
		(void)ppoll(&reader, 1, &left, &mask);
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
	if (reader.revents)
		raise(SIGPIPE);
}

bool every_wait(struct every *every, int fd)
{
	const uint64_t now = clock_mono_ns();
	const uint64_t late = now > every->next_ns ? (now - every->next_ns) / every->interval_ns : 0;

	every->next_ns = later(every->next_ns + late * every->interval_ns, every->interval_ns);
	if (every->next_ns > every->end_ns)
		return false;
	sleep_until(every->next_ns, fd);
	return !ended_by;
}

int every_signal(void)
{
	return ended_by;
}

void every_end(void)
{
	size_t i;

	for (i = 0; i < N_SIGNALS; i++)
		sigaction(ending_signals[i], &before[i], NULL);
	sigaction(SIGXFSZ, &before_limit, NULL);
}
