/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pushed watch: the newest that arrived, no event lost, acknowledged as read, ended and begun anew. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "remote_common.h"

static const pid_t pid = 4242;
static const struct watch live = {.pids = &pid, .n = 1, .live = true, .interval_ns = 100 * MS};

static struct source *open_far(const struct buf *say, int *far)
{
	const struct remote_options options = {.silence_ns = 300 * MS};
	struct source *source;
	char error[256];

	assert_int_equal(remote_source_open(far_said(say->data, say->len, false, far), &options, &source,
					    error, sizeof(error)),
			 0);
	return source;
}

/* The far end closes; what was said to it goes to `heard`. */
static void close_far(struct source *source, int far, struct buf *heard)
{
	shutdown(far, SHUT_WR);
	source_close(source);
	far_heard(far, heard);
	close(far);
}

static void says(int far, struct buf *say)
{
	assert_int_equal(write(far, say->data, say->len), (ssize_t)say->len);
	buf_clear(say);
}

static struct event happened(enum event_kind kind)
{
	return (struct event){.kind = kind,
			      .pid = 4242,
			      .addr = 0x200000,
			      .len = 2 << 20,
			      .by = "khugepaged",
			      .how = "",
			      .result = UNKNOWN_COUNT,
			      .verdict = "",
			      .why = ""};
}

static uint64_t pfn_of(const struct moment *moment)
{
	assert_int_equal(moment->processes[0].outcome, OUTCOME_OK);
	return moment->processes[0].regions[0].pfn;
}

static void test_newest_with_all_events(void **state)
{
	const struct event first = happened(EVENT_COLLAPSE), second = happened(EVENT_SPLIT);
	struct moment *a = far_small(1, S, 0x100), *b = far_small(2, 2 * S, 0x200),
		      *c = far_small(3, 3 * S, 0x300);
	struct buf say = {0}, heard = {0};
	struct source *source;
	struct moment *moment;
	int far;

	(void)state;
	a->events = &first;
	b->events = &second;
	a->n_events = b->n_events = 1;
	far_greets(&say);
	far_moment(&say, 1, NULL, a, true);
	far_moment(&say, 1, a, b, true);
	far_moment(&say, 1, b, c, true);
	source = open_far(&say, &far);
	buf_clear(&say);
	moment = source_sample(source, &live);
	assert_int_equal(moment->seq, 3);
	assert_int_equal(pfn_of(moment), 0x300);
	assert_int_equal(moment->n_events, 2);
	assert_int_equal(moment->events[0].kind, EVENT_COLLAPSE);
	assert_string_equal(moment->events[0].by, "khugepaged");
	assert_int_equal(moment->events[1].kind, EVENT_SPLIT);
	moment_free(moment);
	/* The next one comes without being asked for; the events are not told again. */
	far_moment(&say, 1, c, b, true);
	says(far, &say);
	moment = source_sample(source, &live);
	assert_int_equal(pfn_of(moment), 0x200);
	assert_int_equal(moment->n_events, 1);
	close_far(source, far, &heard);
	assert_int_equal(pfn_of(moment), 0x200); /* it is the caller's */
	moment_free(moment);
	assert_non_null(strstr(heard.data, "\"watch\""));
	assert_null(strstr(strstr(heard.data, "\"watch\"") + 8, "\"call\":\"watch\"")); /* asked once */
	assert_non_null(strstr(heard.data, "{\"call\":\"seen\",\"seq\":1}\n{\"call\":\"seen\",\"seq\":2}\n"
					   "{\"call\":\"seen\",\"seq\":3}\n"));
	moment_free(a);
	moment_free(b);
	moment_free(c);
	buf_fini(&say);
	buf_fini(&heard);
}

/* Events of moments that nobody takes do not grow without bound, and that some are lost is said. */
static void test_events_bounded(void **state)
{
	struct moment *moment = far_small(1, S, 0x100), *taken;
	struct event events[100];
	struct buf say = {0}, heard = {0};
	struct source *source;
	size_t i;
	int far;

	(void)state;
	for (i = 0; i < 100; i++)
		events[i] = happened(EVENT_MAPPING);
	moment->events = events;
	moment->n_events = 100;
	far_greets(&say);
	for (i = 0; i < 20; i++, moment->seq++)
		far_moment(&say, 1, NULL, moment, true);
	source = open_far(&say, &far);
	taken = source_sample(source, &live);
	assert_int_equal(taken->n_events, 1 + 1024 + 100);
	assert_int_equal(taken->events[0].kind, EVENT_LOST);
	assert_int_equal(taken->events[1].kind, EVENT_MAPPING);
	moment_free(taken);
	close_far(source, far, &heard);
	moment_free(moment);
	buf_fini(&say);
	buf_fini(&heard);
}

/* A far end that tells of few events at great length keeps no more memory busy than one of many short ones. */
static void test_events_bounded_in_bytes(void **state)
{
	struct event events[10];
	struct moment *moment = far_small(1, S, 0x100), *taken;
	struct buf say = {0}, heard = {0}, why = {0};
	struct source *source;
	size_t i;
	int far;

	(void)state;
	memset(buf_reserve(&why, 50001), 'w', 50000);
	why.data[50000] = '\0';
	for (i = 0; i < 10; i++) {
		events[i] = happened(EVENT_MAPPING);
		events[i].why = why.data;
	}
	moment->events = events;
	moment->n_events = 10;
	far_greets(&say);
	for (i = 0; i < 12; i++, moment->seq++)
		far_moment(&say, 1, NULL, moment, true);
	source = open_far(&say, &far);
	taken = source_sample(source, &live);
	assert_in_range(taken->n_events, 1 + 80 + 10, 1 + 84 + 10);
	assert_int_equal(taken->events[0].kind, EVENT_LOST);
	moment_free(taken);
	close_far(source, far, &heard);
	moment_free(moment);
	buf_fini(&say);
	buf_fini(&heard);
	buf_fini(&why);
}

/* What was pushed before a moment that was asked for is older than that, and not shown behind it; its events are. */
static void test_not_back(void **state)
{
	const struct event event = happened(EVENT_COLLAPSE);
	struct moment *a = far_small(1, S, 0x100), *b = far_small(2, 2 * S, 0x200),
		      *c = far_small(3, 3 * S, 0x300), *d = far_small(4, 4 * S, 0x400);
	struct watch asked = live;
	struct buf say = {0}, heard = {0};
	struct source *source;
	struct moment *moment;
	int far;

	(void)state;
	asked.options.smaps_of = &pid;
	asked.options.n_smaps_of = 1;
	far_greets(&say);
	far_moment(&say, 1, NULL, a, true);
	source = open_far(&say, &far);
	buf_clear(&say);
	moment_free(source_sample(source, &live));
	b->events = &event;
	b->n_events = 1;
	far_moment(&say, 1, a, b, true);
	far_moment(&say, 2, b, c, false);
	says(far, &say);
	moment = source_sample(source, &asked);
	assert_int_equal(pfn_of(moment), 0x300);
	moment_free(moment);
	far_moment(&say, 1, c, d, true);
	says(far, &say);
	moment = source_sample(source, &live);
	assert_int_equal(pfn_of(moment), 0x400);
	assert_int_equal(moment->n_events, 1);
	assert_int_equal(moment->events[0].kind, EVENT_COLLAPSE);
	moment_free(moment);
	/* Were b still there, it would be what is new. */
	far_moment(&say, 1, d, b, true);
	far_moment(&say, 3, b, c, false);
	says(far, &say);
	moment_free(source_sample(source, &asked));
	moment = source_sample(source, &live);
	assert_non_null(moment->lost);
	moment_free(moment);
	close_far(source, far, &heard);
	moment_free(a);
	moment_free(b);
	moment_free(c);
	moment_free(d);
	buf_fini(&say);
	buf_fini(&heard);
}

/* After a pause those that lay there are passed over; the next is of now, also if the far clock stood still meanwhile. */
static void test_far_clock_behind(void **state)
{
	struct moment *a = far_small(1, 0, 0x100);
	struct buf say = {0}, heard = {0};
	struct source *source;
	struct moment *moment;
	unsigned i;
	int far;

	(void)state;
	far_greets(&say);
	far_moment(&say, 1, NULL, a, true);
	source = open_far(&say, &far);
	buf_clear(&say);
	moment_free(source_sample(source, &live));
	/* 4 intervals and a second, beyond which nobody looked. */
	nanosleep(&(struct timespec){.tv_sec = 1, .tv_nsec = 600000000}, NULL);
	for (i = 0; i < 5; i++) {
		a->seq++;
		far_moment(&say, 1, NULL, a, true);
	}
	says(far, &say);
	moment = source_sample(source, &live);
	assert_null(moment->lost);
	assert_int_equal(moment->seq, 6);
	moment_free(moment);
	close_far(source, far, &heard);
	moment_free(a);
	buf_fini(&say);
	buf_fini(&heard);
}

/* After something was done, what was pushed before that is not what shows it. */
static void test_anew(void **state)
{
	struct moment *a = far_small(1, S, 0x100), *b = far_small(2, 2 * S, 0x200);
	struct watch watch = live;
	struct buf say = {0}, heard = {0};
	struct source *source;
	struct moment *moment;
	uint8_t value;
	int far;

	(void)state;
	far_greets(&say);
	far_moment(&say, 1, NULL, a, true);
	source = open_far(&say, &far);
	buf_clear(&say);
	moment_free(source_sample(source, &live));
	a->seq = 2;
	b->seq = 3;
	far_moment(&say, 1, NULL, a, true); /* on its way when it was asked */
	wire_put_begin(&say, 2);
	wire_put_value(&say, 7);
	wire_put_answer(&say, 2, 0, "", false);
	far_moment(&say, 1, a, b, true);
	says(far, &say);
	assert_int_equal(source_value(source, 4242, 0x200000, &value), 0);
	watch.anew = true;
	moment = source_sample(source, &watch);
	assert_int_equal(pfn_of(moment), 0x200);
	moment_free(moment);
	close_far(source, far, &heard);
	moment_free(a);
	moment_free(b);
	buf_fini(&say);
	buf_fini(&heard);
}

/* A moment was made between its being asked for and its arrival, whatever the far clock says; so was what is behind it. */
static void test_clock_that_jumps(void **state)
{
	static const int64_t jumps[] = {3600, 3600, -4,
					-4}; /* seconds that the far clock has gone from the greeting */
	const struct event event = happened(EVENT_COLLAPSE);
	const struct watch asked = {.pids = &pid, .n = 1};
	struct buf say = {0}, heard = {0};
	struct moment *moment, *a;
	struct source *source;
	struct timespec wall;
	uint64_t before;
	size_t i;
	int far;

	(void)state;
	far_greets(&say);
	source = open_far(&say, &far);
	buf_clear(&say);
	for (i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
		struct event then = event;

		a = far_small(i + 1, (uint64_t)(jumps[i] * (int64_t)S), 0x100 + i);
		then.mono_ns = a->mono_ns - S / 1000;
		a->wall_ns = 1; /* by the far end's clock */
		a->events = &then;
		a->n_events = 1;
		before = now_ns();
		far_moment(&say, i + 1, NULL, a, false);
		says(far, &say);
		moment = source_sample(source, &asked);
		assert_in_range(moment->mono_ns, before, now_ns());
		assert_int_equal(moment->mono_ns - moment->events[0].mono_ns, S / 1000);
		clock_gettime(CLOCK_REALTIME, &wall);
		assert_in_range((int64_t)wall.tv_sec * (int64_t)S + wall.tv_nsec - moment->wall_ns, 0,
				20 * S);
		moment_free(moment);
		moment_free(a);
	}
	close_far(source, far, &heard);
	buf_fini(&say);
	buf_fini(&heard);
}

/* Another watch: the one before is ended first, and what still came of it is no moment of the new one. */
static void test_another_watch(void **state)
{
	static const pid_t other = 77;
	const struct event event = happened(EVENT_COLLAPSE);
	struct moment *a = far_small(1, S, 0x100), *b = far_small(2, 2 * S, 0x200);
	const struct watch second = {.pids = &other, .n = 1, .live = true, .interval_ns = 100 * MS};
	struct buf say = {0}, heard = {0};
	struct source *source;
	struct moment *moment;
	int far;

	(void)state;
	far_greets(&say);
	far_moment(&say, 1, NULL, a, true);
	source = open_far(&say, &far);
	buf_clear(&say);
	moment_free(source_sample(source, &live));
	a->seq = 2;
	a->events = &event;
	a->n_events = 1;
	far_moment(&say, 1, NULL, a, true);
	wire_put_begin(&say, 2);
	wire_put_answer(&say, 2, 0, "", false);
	b->processes[0].pid = other;
	far_moment(&say, 3, NULL, b, true);
	says(far, &say);
	moment = source_sample(source, &second);
	assert_int_equal(moment->processes[0].pid, other);
	assert_int_equal(moment->n_events, 1); /* which the agent tells once */
	moment_free(moment);
	close_far(source, far, &heard);
	assert_non_null(strstr(heard.data, "\"interval_ns\":0"));
	moment_free(a);
	moment_free(b);
	buf_fini(&say);
	buf_fini(&heard);
}

/* Whoever was in the last moment is in one that fails: those that were followed would seem to have exited. */
static void test_lost(void **state)
{
	struct moment *a = far_small(1, S, 0x100);
	struct process two[2];
	struct buf say = {0}, heard = {0};
	struct source *source;
	struct moment *moment;
	int far;

	(void)state;
	two[0] = two[1] = a->processes[0];
	two[1].pid = 4243;
	a->processes = two;
	a->n_processes = 2;
	far_greets(&say);
	far_moment(&say, 1, NULL, a, true);
	source = open_far(&say, &far);
	moment_free(source_sample(source, &live));
	moment = source_sample(source, &live);
	assert_int_equal(moment->n_processes, 2);
	assert_int_equal(moment->processes[1].pid, 4243);
	assert_int_equal(moment->processes[1].outcome, OUTCOME_FAILED);
	assert_string_equal(moment->lost,
			    "the far end ('test') has said nothing for 0.3 s: it is taken for dead");
	moment_free(moment);
	close_far(source, far, &heard);
	moment_free(a);
	buf_fini(&say);
	buf_fini(&heard);
}

/* What is unsound is not shown: nothing of this far end is believed any more. */
static void test_unsound(void **state)
{
	struct moment *a = far_small(1, S, 0x100);
	struct region out = a->processes[0].regions[0];
	struct buf say = {0}, heard = {0};
	struct source *source;
	struct moment *moment;
	int far;

	(void)state;
	out.start = 0x40000000; /* in no VMA */
	a->processes[0].regions = &out;
	far_greets(&say);
	far_moment(&say, 1, NULL, a, true);
	source = open_far(&say, &far);
	moment = source_sample(source, &live);
	assert_int_equal(moment->processes[0].outcome, OUTCOME_FAILED);
	assert_non_null(strstr(moment->lost, "the far end talks nonsense: "));
	moment_free(moment);
	close_far(source, far, &heard);
	moment_free(a);
	buf_fini(&say);
	buf_fini(&heard);
}

/* The agent gives the watch up: that is what the sample says, and the next one watches again. */
static void test_ended_by_agent(void **state)
{
	struct moment *a = far_small(1, S, 0x100);
	struct buf say = {0}, heard = {0};
	struct source *source;
	struct moment *moment;
	int far;

	(void)state;
	far_greets(&say);
	wire_put_begin(&say, 1);
	wire_put_answer(&say, 1, -ENOTSUP, "it does not watch", false);
	source = open_far(&say, &far);
	buf_clear(&say);
	moment = source_sample(source, &live);
	assert_string_equal(moment->processes[0].reason, "it does not watch");
	assert_null(moment->lost);
	moment_free(moment);
	far_moment(&say, 2, NULL, a, true);
	says(far, &say);
	moment = source_sample(source, &live);
	assert_int_equal(pfn_of(moment), 0x100);
	moment_free(moment);
	close_far(source, far, &heard);
	moment_free(a);
	buf_fini(&say);
	buf_fini(&heard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_newest_with_all_events),
		cmocka_unit_test(test_events_bounded),
		cmocka_unit_test(test_events_bounded_in_bytes),
		cmocka_unit_test(test_not_back),
		cmocka_unit_test(test_far_clock_behind),
		cmocka_unit_test(test_anew),
		cmocka_unit_test(test_clock_that_jumps),
		cmocka_unit_test(test_another_watch),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_unsound),
		cmocka_unit_test(test_ended_by_agent),
	};

	return cmocka_run_group_tests_name("remote_live", tests, NULL, NULL);
}
