/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Long questions: asked, followed, cancelled, dropped, and what goes wrong. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/job.h"

#define PATIENCE_S 10

static struct source source;
static atomic_uint opened, closed;
static atomic_int open_error;
static atomic_bool endless, interrupted;
static atomic_uint told_start;

static int fake_why(struct source *s, pid_t pid, uint64_t start_time, uint64_t addr, enum why_how how,
		    struct arena *arena, struct why *why)
{
	assert_int_equal(start_time, told_start);
	if (pid == 1) {
		snprintf(s->error, sizeof(s->error), "nothing is mapped there");
		return -EFAULT;
	}
	if (pid == 2) {
		endless = true; /* it has begun */
		while (!interrupted)
			;
		return -ECANCELED;
	}
	*why = (struct why){.asked = how == WHY_ASK, .verdict = arena_printf(arena, "at %d", (int)addr)};
	return 0;
}

static int fake_sharers(struct source *s, const struct sharers_query *query, struct arena *arena,
			struct sharers *sharers)
{
	(void)s;
	(void)arena;
	*query->progress = 420;
	while (endless && !*query->cancel)
		;
	*sharers = (struct sharers){.pfn = query->addr, .complete = !*query->cancel};
	return 0;
}

static void fake_close(struct source *s)
{
	(void)s;
	closed++;
}

static void fake_interrupt(struct source *s)
{
	(void)s;
	interrupted = true;
}

static const struct source_ops ops = {.name = "fake",
				      .close = fake_close,
				      .why = fake_why,
				      .sharers = fake_sharers,
				      .interrupt = fake_interrupt};

static int open_fake(void *data, struct source **out, char *error, size_t size)
{
	assert_ptr_equal(data, &opened);
	if (open_error) {
		snprintf(error, size, "no /proc");
		return open_error;
	}
	opened++;
	source.ops = &ops;
	*out = &source;
	return 0;
}

static struct job *fresh(void)
{
	opened = closed = 0;
	open_error = 0;
	endless = interrupted = false;
	return job_new(open_fake, &opened);
}

#define wait_until(condition)                                                                                \
	do {                                                                                                 \
		time_t end = time(NULL) + PATIENCE_S;                                                        \
		while (!(condition))                                                                         \
			assert_true(time(NULL) <= end);                                                      \
	} while (0)

static struct answer *take(struct job *job)
{
	struct answer *answer = NULL;
	struct pollfd polled = {job_fd(job), POLLIN, 0};

	assert_int_equal(poll(&polled, 1, PATIENCE_S * 1000), 1);
	wait_until((answer = job_take(job)) != NULL);
	assert_int_equal(poll(&polled, 1, 0), 0);
	return answer;
}

static void test_why(void **state)
{
	struct job *job = fresh();
	struct answer *answer;
	unsigned progress;

	(void)state;
	assert_false(job_busy(job, &progress));
	assert_null(job_take(job));
	told_start = 77; /* whom it asks about is told on */
	assert_int_equal(job_ask(job, &(struct inquiry){INQUIRY_WHY, 5, 77, .addr = 7, .ask = true}), 0);
	answer = take(job);
	told_start = 0;
	assert_int_equal(answer->error, 0);
	assert_int_equal(answer->inquiry.pid, 5);
	assert_true(answer->why.asked);
	assert_string_equal(answer->why.verdict, "at 7");
	answer_free(answer);
	assert_int_equal(job_ask(job, &(struct inquiry){INQUIRY_WHY, 1}), 0);
	answer = take(job);
	assert_int_equal(answer->error, -EFAULT);
	assert_string_equal(answer->reason, "nothing is mapped there");
	answer_free(answer);
	wait_until(!job_busy(job, &progress));
	open_error = -EACCES;
	assert_int_equal(job_ask(job, &(struct inquiry){INQUIRY_WHY, 5}), 0);
	answer = take(job);
	assert_int_equal(answer->error, -EACCES);
	assert_string_equal(answer->reason, "no /proc");
	answer_free(answer);
	job_free(job);
	assert_int_equal(opened, 2);
	assert_int_equal(closed, 2); /* each its own */
}

/* What was found is the answer of one that was cancelled. */
static void test_cancel(void **state)
{
	struct job *job = fresh();
	struct answer *answer;
	unsigned progress = 0;

	(void)state;
	endless = true;
	assert_int_equal(job_ask(job, &(struct inquiry){INQUIRY_SHARERS, 5, .addr = 7}), 0);
	wait_until(job_busy(job, &progress) && progress == 420);
	assert_null(job_take(job));
	job_cancel(job);
	answer = take(job);
	assert_int_equal(answer->sharers.pfn, 7);
	assert_false(answer->sharers.complete);
	answer_free(answer);
	wait_until(!job_busy(job, &progress));
	job_free(job);
}

/* A new question ends the old one, whose answer nobody gets. */
static void test_newest(void **state)
{
	struct job *job = fresh();
	struct answer *answer;
	unsigned progress = 0;

	(void)state;
	endless = true;
	assert_int_equal(job_ask(job, &(struct inquiry){INQUIRY_SHARERS, 5, .addr = 7}), 0);
	wait_until(job_busy(job, &progress) && progress == 420);
	assert_int_equal(job_ask(job, &(struct inquiry){INQUIRY_WHY, 6, .addr = 8}), 0);
	answer = take(job);
	assert_int_equal(answer->inquiry.kind, INQUIRY_WHY);
	answer_free(answer);
	assert_null(job_take(job));
	assert_int_equal(job_ask(job, &(struct inquiry){INQUIRY_SHARERS, 5, .addr = 7}), 0);
	job_free(job); /* with it under way */
	assert_int_equal(opened, closed);
	job_free(NULL);
	answer_free(NULL);
}

/* Whoever leaves does not wait for a far end that does not answer. */
static void test_free_interrupts(void **state)
{
	struct job *job = fresh();

	(void)state;
	assert_int_equal(job_ask(job, &(struct inquiry){INQUIRY_WHY, 2}), 0);
	wait_until(endless);
	job_free(job); /* returns at all */
	assert_true(interrupted);
	assert_int_equal(opened, 1);
	assert_int_equal(closed, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_why),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_newest),
		cmocka_unit_test(test_free_interrupts),
	};

	return cmocka_run_group_tests_name("core_job", tests, NULL, NULL);
}
