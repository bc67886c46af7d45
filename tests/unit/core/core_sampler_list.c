/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sampler's list, over a source of many processes that counts who asks; and from list to map and back. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "core/mem.h"
#include "core/sampler.h"

#define MS UINT64_C(1000000)
#define PATIENCE_MS 10000
#define PROCESSES 100

struct fake {
	struct source source;
	atomic_uint lists, surveys, figures; /* figures: moments of nobody */
	atomic_uint surveyed[PROCESSES + 1];
	atomic_int watched;	/* the first PID of a sample of one or two */
	atomic_ullong burn_ns;	/* thread time that a survey of one process costs */
	atomic_int first_batch; /* the first PID of the first survey */
	atomic_bool blocked, fails;
	atomic_bool held;	 /* who surveys somebody waits, and pays nothing for it */
	atomic_size_t in_sample; /* one more than are sampled; 0: there is no sample under way */
};

static struct fake fake;

static uint64_t now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (uint64_t)time.tv_sec * 1000 * MS + (uint64_t)time.tv_nsec;
}

static int fake_list(struct source *source, struct arena *arena, struct listed **list, size_t *n)
{
	pid_t pid;

	(void)source;
	fake.lists++;
	if (fake.fails)
		return -5;
	*list = arena_alloc(arena, PROCESSES * sizeof(**list));
	for (pid = 1; pid <= PROCESSES; pid++)
		(*list)[pid - 1] = (struct listed){
			.pid = pid, .start_time = 7, .comm = "c", .command = "", .user = "", .own = true};
	*n = PROCESSES;
	return 0;
}

static struct moment *fake_sample(struct source *source, const struct watch *watch)
{
	uint64_t until = now(CLOCK_THREAD_CPUTIME_ID) + fake.burn_ns * watch->n;
	struct moment *moment = mem_alloc(sizeof(*moment));
	size_t i;

	(void)source;
	fake.in_sample = watch->n + 1;
	while (watch->n && fake.held)
		nanosleep(&(struct timespec){0, MS}, NULL);
	while (now(CLOCK_THREAD_CPUTIME_ID) < until || fake.blocked)
		;
	moment->page_size = 4096;
	moment->n_processes = watch->n;
	moment->processes = arena_alloc(&moment->arena, watch->n * sizeof(struct process));
	for (i = 0; i < watch->n; i++) {
		moment->processes[i] = (struct process){
			.pid = watch->pids[i], .start_time = 7, .mapping_known = true, .kb = {.pmd = 2048}};
		if (watch->pids[i] <= PROCESSES)
			fake.surveyed[watch->pids[i]]++;
	}
	if (!watch->n) {
		fake.figures++;
	} else if (watch->pids[0] > PROCESSES) {
		fake.watched = watch->pids[0];
	} else {
		if (!fake.first_batch)
			fake.first_batch = watch->pids[0];
		fake.surveys++;
	}
	fake.in_sample = 0;
	return moment;
}

static struct moment *fake_examine(struct source *source, pid_t pid, uint64_t addr)
{
	(void)source;
	(void)pid;
	(void)addr;
	return mem_alloc(sizeof(struct moment));
}

static void fake_close(struct source *source)
{
	(void)source;
}

static const struct source_ops fake_ops = {.name = "fake",
					   .close = fake_close,
					   .list = fake_list,
					   .sample = fake_sample,
					   .examine = fake_examine};

/* With surveys that cost so much of a thread's time, and that are held from the first on if so wished. */
static struct sampler *start(unsigned share, uint64_t burn_ns, bool held)
{
	struct sampler_options options = {1 * MS, share};
	struct sampler *sampler;

	fake = (struct fake){.source.ops = &fake_ops, .burn_ns = burn_ns, .held = held};
	assert_int_equal(sampler_start(&sampler, &fake.source, NULL, &options), 0);
	return sampler;
}

#define wait_until(condition)                                                                                \
	do {                                                                                                 \
		uint64_t end = now(CLOCK_MONOTONIC) + PATIENCE_MS * MS;                                      \
		while (!(condition))                                                                         \
			assert_true(now(CLOCK_MONOTONIC) < end);                                             \
	} while (0)

static struct roster_view *take(struct sampler *sampler)
{
	struct roster_view *roster = NULL;

	wait_until((roster = sampler_take_roster(sampler)) != NULL);
	return roster;
}

static size_t known(struct sampler *sampler)
{
	struct roster_view *roster = take(sampler);
	size_t n = 0, i;

	for (i = 0; i < roster->n; i++)
		n += roster->rows[i].known;
	roster_view_free(roster);
	return n;
}

/* The first roster comes before anything is surveyed; soon all are known. Returns the seconds that it took. */
static double fill(struct sampler *sampler)
{
	const uint64_t began = now(CLOCK_MONOTONIC);
	struct roster_view *roster = take(sampler);
	struct moment *moment = NULL;

	assert_int_equal(roster->n, PROCESSES);
	assert_int_equal(roster->error, 0);
	roster_view_free(roster);
	wait_until((moment = sampler_take(sampler)) != NULL);
	assert_int_equal(moment->n_processes, 0); /* for the system's figures */
	moment_free(moment);
	while (known(sampler) < PROCESSES)
		;
	return (double)(now(CLOCK_MONOTONIC) - began) / 1e9;
}

/* Nobody is looked at twice till all are known; where others have the processors for so long, it is tried again. */
static void test_fills(void **state)
{
	struct sampler *sampler = start(100, 0, false);
	unsigned attempts;
	pid_t pid;

	(void)state;
	/* At 2 s the list is made anew. */
	for (attempts = 1; fill(sampler) > 1.5; attempts++) {
		assert_true(attempts < 20);
		sampler_stop(sampler);
		sampler = start(100, 0, false);
	}
	for (pid = 1; pid <= PROCESSES; pid++)
		assert_int_equal(fake.surveyed[pid], 1);
	assert_int_equal(fake.lists, 1);
	sampler_stop(sampler);
}

/* What is on the screen is looked at more often than the rest. */
static void test_visible(void **state)
{
	const pid_t visible[] = {80, 90};
	struct sampler *sampler = start(100, 0, false);

	(void)state;
	sampler_list(sampler, visible, 2);
	wait_until(fake.surveyed[80] >= 3 && fake.surveyed[90] >= 3);
	assert_in_range(fake.surveyed[50], 1, 2);
	sampler_stop(sampler);
}

/* From the list to a map, where the list rests, and back to a list that remembers. */
static void test_there_and_back(void **state)
{
	pid_t pids[] = {1001, 1002}, visible = 3;
	struct watch watch = {.pids = pids, .n = 2};
	struct sampler *sampler = start(100, 0, false);
	struct roster_view *roster;
	struct moment *moment = NULL;
	unsigned lists;

	(void)state;
	while (known(sampler) < PROCESSES)
		;
	sampler_watch(sampler, &watch);
	pids[0] = 5; /* it has its own copy */
	wait_until((moment = sampler_take(sampler)) != NULL);
	assert_int_equal(moment->n_processes, 2); /* never one that the list has left */
	assert_int_equal(moment->processes[0].pid, 1001);
	moment_free(moment);
	lists = fake.lists;
	wait_until((moment = sampler_take(sampler)) != NULL);
	moment_free(moment);
	assert_null(sampler_take_roster(sampler));
	assert_int_equal(fake.lists, lists);
	sampler_list(sampler, &visible, 1);
	roster = take(sampler);
	assert_int_equal(fake.lists, lists + 1); /* a new list at once */
	assert_true(roster->rows[50].known);
	roster_view_free(roster);
	wait_until((moment = sampler_take(sampler)) != NULL);
	assert_int_equal(moment->n_processes, 0);
	moment_free(moment);
	sampler_stop(sampler);
}

/* Changing over and back while the thread is busy asks for nothing but the last, and never waits. */
static void test_hurry(void **state)
{
	pid_t pid = 1001, visible = 3;
	struct watch watch = {.pids = &pid, .n = 1};
	struct sampler *sampler = start(100, 0, false);
	struct moment *moment = NULL;

	(void)state;
	fake.blocked = true;
	wait_until(fake.in_sample);
	for (; pid < 1050; pid++) {
		sampler_watch(sampler, &watch);
		sampler_list(sampler, &visible, 1);
		sampler_watch(sampler, &watch);
	}
	assert_true(fake.in_sample);
	fake.blocked = false;
	wait_until((moment = sampler_take(sampler)) != NULL);
	assert_int_equal(moment->n_processes, 1);
	assert_int_equal(moment->processes[0].pid, 1049);
	moment_free(moment);
	sampler_stop(sampler);
}

/* Paused, the list rests after the batch under way; going on it goes on. */
static void test_pause(void **state)
{
	struct sampler *sampler = start(100, MS, true); /* 32 ms a batch, and as long again to the next */
	const pid_t visible = 3;

	(void)state;
	roster_view_free(take(sampler));
	wait_until(fake.in_sample > 1);
	sampler_pause(sampler, true);
	fake.held = false;
	wait_until(fake.surveys == 1 && !fake.in_sample);
	sampler_list(sampler, &visible, 1);
	nanosleep(&(struct timespec){0, 200 * (long)MS}, NULL);
	assert_int_equal(fake.surveys, 1);
	sampler_pause(sampler, false);
	wait_until(fake.surveys > 1);
	sampler_stop(sampler);
}

/* 100 surveys of 1 ms each at 5 % of a core take two seconds and more. */
static void test_share(void **state)
{
	uint64_t began = now(CLOCK_MONOTONIC), interval;
	struct sampler *sampler = start(5, MS, false);
	double share;

	(void)state;
	while (known(sampler) < PROCESSES)
		;
	/* The wait is behind each batch of 32: three of them lie between. */
	assert_in_range(now(CLOCK_MONOTONIC) - began, 3 * 32 * 20 * MS, UINT64_MAX);
	sampler_rate(sampler, &interval, &share);
	assert_int_equal(interval, 2000 * MS);
	assert_true(share <= 5.5);
	sampler_stop(sampler);
}

static void test_error(void **state)
{
	struct sampler *sampler = start(100, 0, false);
	const pid_t visible = 3;
	pid_t pid = 1001;
	struct watch watch = {.pids = &pid, .n = 1};
	struct roster_view *roster = take(sampler);

	(void)state;
	roster_view_free(roster);
	fake.fails = true;
	sampler_watch(sampler, &watch);
	wait_until(fake.watched);
	sampler_list(sampler, &visible, 1);
	roster = take(sampler);
	assert_int_equal(roster->error, -5);
	assert_int_equal(roster->n, PROCESSES); /* those of the list before */
	roster_view_free(roster);
	sampler_stop(sampler);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fills),	       cmocka_unit_test(test_visible),
		cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_hurry),
		cmocka_unit_test(test_pause),	       cmocka_unit_test(test_share),
		cmocka_unit_test(test_error),
	};

	return cmocka_run_group_tests_name("core_sampler_list", tests, NULL, NULL);
}
