/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Examinations over a link: each a delta to the one before where both have that, and never an old page as a new one. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/kernel.h"
#include "remote_common.h"

#define ADDR UINT64_C(0x200000)

/* A moment of one region with four pages, the first of which is at `pfn`. */
static struct moment *far_examined(uint64_t seq, uint64_t pfn)
{
	struct moment *moment = far_small(seq, 0, pfn);
	struct process *process = &moment->processes[0];
	uint32_t i;

	moment->mono_ns = 0; /* not told, so that no clock is held against another */
	moment->from = ADDR;
	moment->to = ADDR + (2 << 20);
	process->pages = arena_alloc(&moment->arena, 4 * sizeof(*process->pages));
	process->n_pages = process->regions[0].n_pages = 4;
	for (i = 0; i < 4; i++)
		process->pages[i] = (struct page){.addr = ADDR + i * 4096,
						  .pfn = pfn + i,
						  .pagemap = PM_PRESENT | (pfn + i),
						  .present = true};
	return moment;
}

static struct source *open_far(int *far)
{
	const struct remote_options options = {.silence_ns = 300 * MS};
	struct source *source;
	struct buf say = {0};
	char error[256];

	far_greets(&say);
	assert_int_equal(remote_source_open(far_said(say.data, say.len, false, far), &options, &source, error,
					    sizeof(error)),
			 0);
	buf_fini(&say);
	return source;
}

static void says(int far, struct buf *say)
{
	assert_int_equal(write(far, say->data, say->len), (ssize_t)say->len);
	buf_fini(say);
}

/* The far end answers request `id` with `now`, as a delta to `before`. */
static void answers(int far, uint64_t id, const struct moment *before, const struct moment *now)
{
	struct buf say = {0};

	far_moment(&say, id, before, now, false);
	says(far, &say);
}

static void answers_error(int far, uint64_t id)
{
	struct buf say = {0};

	wire_put_begin(&say, id);
	wire_put_answer(&say, id, -ECANCELED, "it was given up", false);
	says(far, &say);
}

/* Examines, which is to show pages from `pfn` on; the last request that was heard says `since`, or none if that is NULL. */
static void examines(struct source *source, int far, uint64_t pfn, const char *since)
{
	struct moment *moment = source_examine(source, 4242, ADDR);
	const struct process *process = &moment->processes[0];
	char heard[8192];
	const char *last, *next;
	ssize_t n;
	uint32_t i;

	if (process->outcome != OUTCOME_OK)
		fail_msg("%s", process->reason);
	assert_int_equal(process->n_pages, 4);
	assert_int_equal(process->regions[0].n_pages, 4);
	for (i = 0; i < 4; i++) {
		assert_int_equal(process->pages[i].addr, ADDR + i * 4096);
		assert_int_equal(process->pages[i].pfn, pfn + i);
	}
	moment_free(moment);
	n = recv(far, heard, sizeof(heard) - 1, MSG_DONTWAIT);
	assert_true(n > 0);
	heard[n] = '\0';
	for (last = strstr(heard, "\"examine\""); (next = strstr(last + 1, "\"examine\"")); last = next)
		;
	if (since)
		assert_non_null(strstr(last, since));
	else
		assert_null(strstr(last, "\"since\""));
}

static void fails(struct source *source, const char *lost)
{
	struct moment *moment = source_examine(source, 4242, ADDR);

	assert_int_equal(moment->processes[0].outcome, OUTCOME_FAILED);
	assert_int_equal(moment->processes[0].n_pages, 0);
	if (lost)
		assert_non_null(strstr(moment->lost, lost));
	else
		assert_null(moment->lost);
	moment_free(moment);
}

static void test_row(void **state)
{
	static const pid_t pid = 4242;
	const struct watch watch = {.pids = &pid, .n = 1};
	struct moment *a = far_examined(7, 0x100), *b = far_examined(8, 0x100), *c = far_examined(12, 0x300),
		      *sample = far_small(9, S, 0x900), *later = far_small(10, S, 0x901);
	struct source *source;
	struct moment *moment;
	int far;

	(void)state;
	source = open_far(&far);
	answers(far, 1, NULL, a);
	examines(source, far, 0x100, NULL);
	answers(far, 2, a, b);
	examines(source, far, 0x100, "\"since\":7,");
	/* Samples are a row of their own. */
	answers(far, 3, NULL, sample);
	moment_free(source_sample(source, &watch));
	answers(far, 4, b, c);
	examines(source, far, 0x300, "\"since\":8,");
	answers(far, 5, sample, later);
	moment = source_sample(source, &watch);
	assert_int_equal(moment->processes[0].regions[0].pfn, 0x901);
	assert_int_equal(moment->processes[0].n_pages, 0);
	moment_free(moment);
	/* The far end may answer with a whole one at any time. */
	answers(far, 6, NULL, a);
	examines(source, far, 0x100, "\"since\":12,");
	source_close(source);
	close(far);
	moment_free(a);
	moment_free(b);
	moment_free(c);
	moment_free(sample);
	moment_free(later);
}

/* A delta to another moment than the last, and one to nothing that was: nothing of such a far end is believed. */
static void test_mismatch(void **state)
{
	struct moment *a = far_examined(7, 0x100), *b = far_examined(8, 0x100), *c = far_examined(9, 0x100);
	struct source *source;
	int far;

	(void)state;
	source = open_far(&far);
	answers(far, 1, NULL, a);
	examines(source, far, 0x100, NULL);
	answers(far, 2, b, c);
	fails(source, "is not the moment before");
	source_close(source);
	close(far);
	source = open_far(&far);
	answers(far, 1, a, b);
	fails(source, "is not the moment before");
	source_close(source);
	close(far);
	moment_free(a);
	moment_free(b);
	moment_free(c);
}

/* After an answer that was none, or only half of one, the next is asked for whole. */
static void test_lost_answer(void **state)
{
	static const char *const half[] = {"", "{\"type\":\"snapshot\",\"schema\":\"thpscope-snapshot/"
					       "1\",\"delta\":true,\"since\":7,\"seq\":8}\n"};
	struct moment *a = far_examined(7, 0x100), *b = far_examined(9, 0x200), *c = far_examined(10, 0x200);
	struct source *source;
	struct buf say;
	size_t i;
	int far;

	(void)state;
	for (i = 0; i < 2; i++) {
		source = open_far(&far);
		answers(far, 1, NULL, a);
		examines(source, far, 0x100, NULL);
		say = (struct buf){0};
		wire_put_begin(&say, 2);
		buf_puts(&say, half[i]);
		wire_put_answer(&say, 2, -ECANCELED, "it was given up", false);
		says(far, &say);
		fails(source, NULL);
		answers(far, 3, NULL, b);
		examines(source, far, 0x200, NULL);
		answers(far, 4, b, c);
		examines(source, far, 0x200, "\"since\":9,");
		/* What was before the loss is not gone on from, whoever says so. */
		answers_error(far, 5);
		fails(source, NULL);
		answers(far, 6, c, a);
		fails(source, "is not the moment before");
		source_close(source);
		close(far);
	}
	moment_free(a);
	moment_free(b);
	moment_free(c);
}

/* Where a sample shows that the far clock was set, or stood still, what is examined is told by the same clock again. */
static void test_clock_that_jumps(void **state)
{
	static const pid_t pid = 4242;
	const struct watch watch = {.pids = &pid, .n = 1};
	struct moment *a = far_examined(7, 0x100), *b = far_examined(9, 0x100),
		      *sample = far_small(8, 3600 * S, 0x900), *moment;
	struct source *source;
	uint64_t then;
	int far;

	(void)state;
	source = open_far(&far);
	answers(far, 1, NULL, a);
	examines(source, far, 0x100, NULL);
	answers(far, 2, NULL, sample);
	moment = source_sample(source, &watch);
	then = moment->mono_ns;
	assert_in_range(now_ns() - then, 0, 20 * S);
	moment_free(moment);
	b->system.read_ns = sample->mono_ns;
	answers(far, 3, a, b);
	moment = source_examine(source, 4242, ADDR);
	assert_int_equal(moment->processes[0].n_pages, 4);
	assert_true(moment->system.read_ns == then);
	moment_free(moment);
	source_close(source);
	close(far);
	moment_free(a);
	moment_free(b);
	moment_free(sample);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_row),
		cmocka_unit_test(test_mismatch),
		cmocka_unit_test(test_lost_answer),
		cmocka_unit_test(test_clock_that_jumps),
	};

	return cmocka_run_group_tests_name("remote_examine", tests, NULL, NULL);
}
