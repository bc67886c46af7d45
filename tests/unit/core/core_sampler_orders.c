/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sampler's orders: plans, triggers and events, over a source that answers as it is told. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "core/sampler.h"

#define MS UINT64_C(1000000)
#define PATIENCE_MS 10000
#define NEVER (UINT64_C(1000000) * MS)

struct fake {
	struct source source;
	atomic_uint samples, triggers, anew;
	atomic_uint events; /* that each sample tells */
	atomic_bool blocked, in_trigger;
	atomic_int error;
	size_t n_watched;
};

static struct fake fake;

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 * MS + (uint64_t)time.tv_nsec;
}

static struct moment *fake_sample(struct source *source, const struct watch *watch)
{
	struct moment *moment = mem_alloc(sizeof(*moment));
	const size_t n = fake.events;
	struct event *events = arena_alloc(&moment->arena, n * sizeof(*events));
	size_t i;

	(void)source;
	moment->seq = ++fake.samples;
	moment->mono_ns = now();
	fake.anew += watch->anew;
	for (i = 0; i < n; i++)
		events[i] = (struct event){.kind = EVENT_MAPPING,
					   .mono_ns = moment->mono_ns,
					   .pid = (pid_t)moment->seq,
					   .by = arena_printf(&moment->arena, "by %u", (unsigned)moment->seq),
					   .how = "",
					   .verdict = "",
					   .why = "",
					   .result = UNKNOWN_COUNT};
	moment->events = events;
	moment->n_events = n;
	return moment;
}

static int fake_plan(struct source *source, const struct trigger *trigger, struct buf *text, bool *asks)
{
	if (trigger->pid == 1) {
		snprintf(source->error, sizeof(source->error), "not this one");
		return -EPERM;
	}
	buf_printf(text, "it would %s", trigger_name(trigger->kind));
	*asks = trigger->pid == 12;
	return 0;
}

static int fake_trigger(struct source *source, const struct trigger *trigger, const struct watch *watch,
			struct arena *arena, struct event *event)
{
	fake.in_trigger = true;
	while (fake.blocked)
		;
	fake.triggers++;
	fake.n_watched = watch->n;
	fake.in_trigger = false;
	if (fake.error) {
		snprintf(source->error, sizeof(source->error), "refused for a reason");
		return fake.error;
	}
	*event = (struct event){.kind = EVENT_COLLAPSE,
				.triggered = true,
				.mono_ns = now(),
				.pid = trigger->pid,
				.by = "",
				.how = "",
				.why = "",
				.verdict = arena_text(arena, "succeeded", 9)};
	return 0;
}

static void fake_close(struct source *source)
{
	(void)source;
}

static const struct source_ops fake_ops = {.name = "fake",
					   .close = fake_close,
					   .sample = fake_sample,
					   .plan = fake_plan,
					   .trigger = fake_trigger};

static struct sampler *start(uint64_t interval_ns)
{
	const pid_t pids[] = {11, 12};
	const struct watch watch = {.pids = pids, .n = 2};
	struct sampler *sampler;

	fake = (struct fake){.source.ops = &fake_ops};
	assert_int_equal(
		sampler_start(&sampler, &fake.source, &watch, &(struct sampler_options){interval_ns, 100}),
		0);
	return sampler;
}

#define wait_until(condition)                                                                                \
	do {                                                                                                 \
		uint64_t end = now() + PATIENCE_MS * MS;                                                     \
		while (!(condition))                                                                         \
			assert_true(now() < end);                                                            \
	} while (0)

static struct moment *take(struct sampler *sampler)
{
	struct moment *moment = NULL;

	wait_until((moment = sampler_take(sampler)) != NULL);
	return moment;
}

static struct occurrence *take_event(struct sampler *sampler)
{
	struct occurrence *happened = NULL;

	wait_until((happened = sampler_take_event(sampler)) != NULL);
	return happened;
}

/* Plans come with what each says; those that nobody took are dropped for the next. */
static void test_plan(void **state)
{
	struct sampler *sampler = start(NEVER);
	const struct trigger triggers[] = {
		{.kind = TRIGGER_COLLAPSE, .pid = 11}, {.pid = 1}, {.kind = TRIGGER_COW, .pid = 12}};
	struct plans *plans = NULL;
	struct pollfd polled = {sampler_fd(sampler), POLLIN, 0};

	(void)state;
	moment_free(take(sampler));
	assert_null(sampler_take_plans(sampler));
	sampler_plan(sampler, triggers, 1);
	sampler_plan(sampler, triggers, 3);
	assert_int_equal(poll(&polled, 1, PATIENCE_MS), 1);
	do {
		plans_free(plans);
		wait_until((plans = sampler_take_plans(sampler)) != NULL);
	} while (plans->n != 3);
	assert_string_equal(plans->items[0].text, "it would collapse");
	assert_false(plans->items[0].asks);
	assert_int_equal(plans->items[1].error, -EPERM);
	assert_string_equal(plans->items[1].reason, "not this one");
	assert_true(plans->items[2].asks);
	assert_int_equal(plans->items[2].trigger.kind, TRIGGER_COW);
	plans_free(plans);
	assert_int_equal(poll(&polled, 1, 0), 0);
	assert_int_equal(fake.triggers, 0); /* a plan changes nothing */
	sampler_plan(sampler, triggers, 2); /* frees what nobody takes */
	sampler_stop(sampler);
}

/* Also while paused: the event, then a moment that carries nothing over, at once. */
static void test_trigger(void **state)
{
	struct sampler *sampler = start(NEVER);
	const struct trigger trigger = {.kind = TRIGGER_COLLAPSE, .pid = 11};
	struct occurrence *happened;
	struct moment *moment;
	uint64_t over;

	(void)state;
	moment_free(take(sampler));
	assert_int_equal(fake.anew, 0);
	sampler_pause(sampler, true);
	assert_true(sampler_trigger(sampler, &trigger));
	happened = take_event(sampler);
	assert_true(happened->ordered);
	assert_int_equal(happened->error, 0);
	assert_int_equal(happened->trigger.pid, 11);
	assert_string_equal(happened->event.verdict, "succeeded");
	over = happened->mono_ns;
	occurrence_free(happened);
	moment = take(sampler);
	assert_in_range(moment->mono_ns, over, over + 5000 * MS);
	moment_free(moment);
	assert_int_equal(fake.samples, 2);
	assert_int_equal(fake.anew, 1);
	assert_int_equal(fake.n_watched, 2);
	fake.error = -EBUSY;
	assert_true(sampler_trigger(sampler, &trigger));
	happened = take_event(sampler);
	assert_int_equal(happened->error, -EBUSY);
	assert_string_equal(happened->reason, "refused for a reason");
	occurrence_free(happened);
	sampler_stop(sampler);
}

/* One at a time; who asks never waits. */
static void test_busy(void **state)
{
	struct sampler *sampler = start(NEVER);
	const struct trigger trigger = {.kind = TRIGGER_SPLIT, .pid = 11};
	uint64_t began;

	(void)state;
	moment_free(take(sampler));
	fake.blocked = true;
	assert_true(sampler_trigger(sampler, &trigger));
	wait_until(fake.in_trigger);
	began = now();
	assert_false(sampler_trigger(sampler, &trigger));
	sampler_plan(sampler, &trigger, 1);
	assert_null(sampler_take_plans(sampler));
	assert_null(sampler_take_event(sampler));
	assert_true(fake.in_trigger); /* the whole time */
	assert_in_range(now() - began, 0, 5000 * MS);
	fake.blocked = false;
	occurrence_free(take_event(sampler));
	assert_true(sampler_trigger(sampler, &trigger));
	sampler_stop(sampler); /* with it under way */
}

/* What moments tell is kept, also of those that nobody takes, in order and on its own. */
static void test_moments_events(void **state)
{
	struct sampler *sampler = start(1 * MS);
	struct occurrence *happened;
	unsigned i;

	(void)state;
	fake.events = 2;
	wait_until(fake.samples >= 10);
	sampler_pause(sampler, true);
	for (i = 0; i < 8; i++) {
		char by[16];

		happened = take_event(sampler);
		assert_false(happened->ordered);
		snprintf(by, sizeof(by), "by %d", (int)happened->event.pid);
		assert_string_equal(happened->event.by, by);
		occurrence_free(happened);
	}
	sampler_stop(sampler);
}

/* Nobody takes them: memory is bounded, and the loss is told. */
static void test_lost(void **state)
{
	struct sampler *sampler = start(1 * MS);
	struct occurrence *happened;
	unsigned enough;

	(void)state;
	fake.events = 300;
	wait_until(fake.samples >= 6);
	/* Else more may be lost between the two that are taken. */
	fake.events = 0;
	enough = fake.samples + 2;
	wait_until(fake.samples >= enough);
	happened = take_event(sampler);
	assert_int_equal(happened->event.kind, EVENT_LOST);
	occurrence_free(happened);
	happened = take_event(sampler);
	assert_int_equal(happened->event.kind, EVENT_MAPPING);
	occurrence_free(happened);
	sampler_stop(sampler);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan), cmocka_unit_test(test_trigger),
		cmocka_unit_test(test_busy), cmocka_unit_test(test_moments_events),
		cmocka_unit_test(test_lost),
	};

	return cmocka_run_group_tests_name("core_sampler_orders", tests, NULL, NULL);
}
