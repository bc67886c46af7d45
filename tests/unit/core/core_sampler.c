/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sampler over a source that counts, burns and blocks on command. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/sampler.h"

#define MS UINT64_C(1000000)
#define PATIENCE_MS 10000

struct fake {
	struct source source;
	atomic_uint samples, examines, closed;
	atomic_ullong addr;    /* last examined */
	atomic_ullong burn_ns; /* thread time that a sample costs */
	atomic_bool blocked;   /* a sample does not return while this is set */
	atomic_bool in_sample;
	atomic_bool interrupted;   /* from then on nothing blocks */
	atomic_ullong interval_ns; /* as the last sample was told */
	atomic_bool counts;	   /* the last sample was to count events */
	atomic_bool signals_open;  /* some signal was not blocked in the thread */
	pid_t first_pid;
	size_t n_pids;
};

static struct fake fake;

static uint64_t now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (uint64_t)time.tv_sec * 1000 * MS + (uint64_t)time.tv_nsec;
}

static struct moment *numbered(uint64_t seq)
{
	struct moment *moment = mem_alloc(sizeof(*moment));

	moment->seq = seq;
	return moment;
}

static struct moment *fake_sample(struct source *source, const struct watch *watch)
{
	uint64_t until = now(CLOCK_THREAD_CPUTIME_ID) + fake.burn_ns;
	sigset_t set;

	(void)source;
	pthread_sigmask(SIG_SETMASK, NULL, &set);
	if (!sigismember(&set, SIGINT) || !sigismember(&set, SIGCHLD))
		fake.signals_open = true;
	fake.first_pid = watch->pids[0];
	fake.n_pids = watch->n;
	fake.interval_ns = watch->interval_ns;
	fake.counts = watch->count;
	fake.in_sample = true;
	while (now(CLOCK_THREAD_CPUTIME_ID) < until || (fake.blocked && !fake.interrupted))
		;
	fake.in_sample = false;
	return numbered(++fake.samples);
}

static struct moment *fake_examine(struct source *source, pid_t pid, uint64_t addr)
{
	(void)source;
	(void)pid;
	fake.addr = addr;
	fake.examines++;
	return numbered(addr);
}

static void fake_close(struct source *source)
{
	(void)source;
	fake.closed++;
}

static void fake_interrupt(struct source *source)
{
	(void)source;
	fake.interrupted = true;
}

static const struct source_ops fake_ops = {.name = "fake",
					   .close = fake_close,
					   .sample = fake_sample,
					   .examine = fake_examine,
					   .interrupt = fake_interrupt};

static struct sampler *start(uint64_t interval_ns, unsigned share)
{
	pid_t pids[] = {11, 12};
	struct watch watch = {.pids = pids, .n = 2};
	struct sampler_options options = {interval_ns, share};
	struct sampler *sampler;

	fake = (struct fake){.source.ops = &fake_ops};
	assert_int_equal(sampler_start(&sampler, &fake.source, &watch, &options), 0);
	pids[0] = 99; /* it has its own copy */
	return sampler;
}

static bool readable(struct sampler *sampler, int timeout_ms)
{
	struct pollfd polled = {sampler_fd(sampler), POLLIN, 0};

	return poll(&polled, 1, timeout_ms) == 1;
}

#define wait_until(condition)                                                                                \
	do {                                                                                                 \
		uint64_t end = now(CLOCK_MONOTONIC) + PATIENCE_MS * MS;                                      \
		while (!(condition))                                                                         \
			assert_true(now(CLOCK_MONOTONIC) < end);                                             \
	} while (0)

static struct moment *take(struct sampler *sampler)
{
	struct moment *moment = NULL;

	wait_until((moment = sampler_take(sampler)) != NULL);
	return moment;
}

static void test_first_and_newest(void **state)
{
	struct sampler *sampler = start(1 * MS, 100);
	struct moment *moment;

	(void)state;
	assert_true(readable(sampler, PATIENCE_MS));
	wait_until(fake.samples >= 5); /* nobody takes them */
	sampler_pause(sampler, true);
	wait_until(!fake.in_sample);
	moment = take(sampler);
	assert_in_range(moment->seq, 4, UINT32_MAX); /* the newest: the older ones are gone */
	moment_free(moment);
	assert_int_equal(fake.first_pid, 11);
	assert_int_equal(fake.n_pids, 2);
	assert_false(fake.signals_open);
	sampler_stop(sampler);
	assert_int_equal(fake.closed, 1);
}

static void test_fd_follows(void **state)
{
	struct sampler *sampler = start(1000 * 1000 * MS, 100);

	(void)state;
	moment_free(take(sampler));
	assert_false(readable(sampler, 0));
	assert_null(sampler_take(sampler));
	assert_null(sampler_take_region(sampler));
	sampler_watch_region(sampler, 5, 0x200000); /* at once, though the next tick is far */
	assert_true(readable(sampler, PATIENCE_MS));
	assert_null(sampler_take(sampler)); /* of the other kind: there still is something */
	assert_true(readable(sampler, 0));
	moment_free(sampler_take_region(sampler));
	assert_false(readable(sampler, 0));
	assert_int_equal(fake.samples, 1);
	sampler_stop(sampler);
}

static void test_region(void **state)
{
	struct sampler *sampler = start(2 * MS, 100);
	struct moment *moment = NULL;

	(void)state;
	sampler_watch_region(sampler, 5, 0x200000);
	wait_until(fake.examines >= 3); /* with every moment */
	sampler_watch_region(sampler, 5, 0x400000);
	wait_until((moment = sampler_take_region(sampler)) != NULL);
	assert_int_equal(moment->seq, 0x400000); /* never the one asked for before */
	moment_free(moment);
	sampler_watch_region(sampler, 0, 0);
	wait_until(!fake.in_sample && fake.samples >= 10);
	moment_free(sampler_take_region(sampler));
	sampler_stop(sampler);
}

static void test_no_region_after_none(void **state)
{
	struct sampler *sampler = start(1 * MS, 100);
	unsigned examines, samples;

	(void)state;
	sampler_watch_region(sampler, 5, 0x200000);
	wait_until(fake.examines >= 1);
	sampler_watch_region(sampler, 0, 0);
	samples = fake.samples;
	wait_until(fake.samples >= samples + 2); /* whatever was under way is over */
	examines = fake.examines;
	samples = fake.samples;
	wait_until(fake.samples >= samples + 3);
	assert_int_equal(fake.examines, examines);
	sampler_stop(sampler);
}

static void test_pause(void **state)
{
	struct sampler *sampler = start(1 * MS, 100);
	unsigned samples;

	(void)state;
	wait_until(fake.samples >= 2);
	sampler_pause(sampler, true);
	sampler_watch_region(sampler, 5, 0x200000); /* answered behind the last sample */
	wait_until(fake.examines >= 1);
	samples = fake.samples;
	sampler_watch_region(sampler, 5, 0x400000);
	wait_until(fake.addr == 0x400000);
	assert_int_equal(fake.samples, samples);
	sampler_pause(sampler, false);
	wait_until(fake.samples > samples);
	sampler_stop(sampler);
}

/*
 * A sample that costs 4 ms at 5 % of a core: 80 ms from one to the next; and what showing each one costs on top of
 * that.
 */
static void stretch(uint64_t shown_ns)
{
	struct sampler *sampler = start(1 * MS, 5);
	uint64_t interval = 0, began, ended;
	double share = 0;
	const uint64_t least = 80 * MS + shown_ns * 20;
	unsigned i;

	moment_free(take(sampler));
	fake.burn_ns = 4 * MS;
	sampler_charge(sampler, shown_ns);
	moment_free(take(sampler)); /* may have begun before */
	sampler_charge(sampler, shown_ns);
	moment_free(take(sampler));
	began = now(CLOCK_MONOTONIC);
	for (i = 0; i < 3; i++) {
		sampler_charge(sampler, shown_ns);
		moment_free(take(sampler));
	}
	ended = now(CLOCK_MONOTONIC);
	assert_in_range(ended - began, 2 * least, UINT64_MAX);
	sampler_rate(sampler, &interval, &share);
	assert_in_range(interval, 80 * MS,
			UINT64_MAX); /* what is charged now may count for this tick or the next */
	assert_true(share > 0 && share < 5.5);
	sampler_stop(sampler);
}

static void test_stretch(void **state)
{
	(void)state;
	stretch(0);
	stretch(6 * MS);
}

/* Neither taking nor asking waits for a survey that takes long. */
static void test_never_waits(void **state)
{
	struct sampler *sampler = start(1 * MS, 100);
	uint64_t began, interval;
	double share;
	unsigned i;

	(void)state;
	moment_free(take(sampler));
	fake.blocked = true;
	wait_until(fake.in_sample);
	began = now(CLOCK_MONOTONIC);
	for (i = 0; i < 100; i++) {
		moment_free(sampler_take(sampler));
		moment_free(sampler_take_region(sampler));
		sampler_watch_region(sampler, 5, i * 0x200000);
		sampler_pause(sampler, i % 2);
		sampler_rate(sampler, &interval, &share);
	}
	assert_true(fake.in_sample); /* the whole time */
	assert_in_range(now(CLOCK_MONOTONIC) - began, 0, 5000 * MS);
	fake.blocked = false;
	sampler_stop(sampler);
	sampler_stop(NULL);
}

/* A far end that does not answer keeps nobody from leaving. */
static void test_stop_interrupts(void **state)
{
	struct sampler *sampler = start(1 * MS, 100);

	(void)state;
	moment_free(take(sampler));
	fake.blocked = true;
	wait_until(fake.in_sample);
	sampler_stop(sampler); /* returns at all */
	assert_true(fake.interrupted);
	assert_int_equal(fake.closed, 1);
}

/* How soon the next one will be wanted: as wished for, and as stretched. */
static void test_tells_interval(void **state)
{
	struct sampler *sampler = start(3 * MS, 5);

	(void)state;
	moment_free(take(sampler));
	assert_int_equal(fake.interval_ns, 3 * MS);
	fake.burn_ns = 4 * MS;
	wait_until(fake.interval_ns >= 80 * MS);
	sampler_stop(sampler);
}

/* Counting is wished for and given up by who shows it, and goes on with another watch. */
static void test_count(void **state)
{
	struct sampler *sampler = start(1 * MS, 100);
	const pid_t pid = 13;

	(void)state;
	wait_until(fake.samples >= 2);
	assert_false(fake.counts);
	sampler_count(sampler, true);
	wait_until(fake.counts);
	sampler_watch(sampler, &(struct watch){.pids = &pid, .n = 1});
	wait_until(fake.first_pid == pid);
	assert_true(fake.counts);
	sampler_count(sampler, false);
	wait_until(!fake.counts);
	sampler_stop(sampler);

	/* From the first sample on, where its watch says so. */
	fake = (struct fake){.source.ops = &fake_ops};
	assert_int_equal(
		sampler_start(&sampler, &fake.source, &(struct watch){.pids = &pid, .n = 1, .count = true},
			      &(struct sampler_options){.interval_ns = 1 * MS, .share_percent = 100}),
		0);
	wait_until(fake.samples >= 1);
	assert_true(fake.counts);
	sampler_stop(sampler);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_and_newest),
		cmocka_unit_test(test_fd_follows),
		cmocka_unit_test(test_region),
		cmocka_unit_test(test_no_region_after_none),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_stretch),
		cmocka_unit_test(test_never_waits),
		cmocka_unit_test(test_stop_interrupts),
		cmocka_unit_test(test_tells_interval),
		cmocka_unit_test(test_count),
	};

	return cmocka_run_group_tests_name("core_sampler", tests, NULL, NULL);
}
