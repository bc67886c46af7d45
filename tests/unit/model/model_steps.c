/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The model's source for a screen: triggers that run or begin, steps, and time that goes back. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/deed.h"
#include "opened.h"
#include "script/run.h"

static struct source *source;
static struct script *script;
static struct arena arena;
static struct event event;
static struct deed deed;

static void run(const char *text)
{
	struct script_error mistake;
	struct run *running;
	char error[256];

	if (script_parse(text, strlen(text), "test", &script, &mistake))
		fail_msg("%d: %s", mistake.line, mistake.text);
	assert_int_equal(run_start(source, script, &(struct run_options){0}, &running, error, sizeof(error)),
			 0);
	run_all(running);
	assert_true(run_passed(run_result(running)));
	run_free(running);
	script_free(script);
}

/* A huge page whose mapping was split: collapse has something to do. */
static int setup(void **state)
{
	(void)state;
	source = opened("6.18");
	run("map anon 4M as heap hugepage\ntouch heap\nsplit heap[0]\n");
	deed = (struct deed){0};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	source_close(source);
	arena_fini(&arena);
	arena = (struct arena){0};
	return 0;
}

static struct moment *look(void)
{
	struct place place;

	assert_int_equal(source_locate(source, &(struct target){.area = "heap"}, &place), 0);
	return source_sample(source, &(struct watch){.pids = &place.pid, .n = 1});
}

static uint64_t behind(void)
{
	struct moment *moment = look();
	const uint64_t steps = moment->mono_ns;

	moment_free(moment);
	return steps;
}

static uint64_t ahead(void)
{
	struct moment *moment = look();
	const uint64_t steps = moment->ahead;

	moment_free(moment);
	return steps;
}

static enum mapping mapping(void)
{
	struct moment *moment = look();
	const enum mapping is = moment->processes[0].regions[0].mapping;

	moment_free(moment);
	return is;
}

static int trigger(enum trigger_kind kind, bool begin)
{
	struct trigger trigger = {.kind = kind, .daemon = true, .begin = begin};
	struct place place;

	assert_int_equal(source_locate(source, &(struct target){.area = "heap"}, &place), 0);
	trigger.pid = place.pid;
	trigger.addr = place.start;
	return source_trigger(source, &trigger, NULL, &arena, &event);
}

static int act(enum deed_kind kind, const char *task)
{
	deed.kind = kind;
	snprintf(deed.task, sizeof(deed.task), "%s", task);
	deed_do(source, &deed);
	return deed.error;
}

static size_t count_tasks(void)
{
	struct moment *moment = look();
	const size_t n = moment->n_tasks;

	moment_free(moment);
	return n;
}

static void test_at_once(void **state)
{
	const uint64_t before = behind();

	(void)state;
	assert_int_equal(trigger(TRIGGER_COLLAPSE, false), 0);
	assert_string_equal(event.verdict, "succeeded");
	assert_string_equal(event.how, "collapse main heap[0]");
	assert_int_equal(mapping(), MAPPING_PMD);
	assert_int_equal(count_tasks(), 0);
	assert_true(behind() > before);
	assert_int_equal(event.mono_ns, behind());
}

/* By hand nothing moves but by steps, and each of them can be taken back. */
static void test_by_hand(void **state)
{
	const uint64_t before = behind();
	uint64_t steps = 0;
	struct task task;

	(void)state;
	assert_int_equal(trigger(TRIGGER_COLLAPSE, true), 0);
	assert_non_null(strstr(event.why, "collapse1"));
	assert_int_equal(behind(), before);
	assert_int_equal(source_task(source, "collapse1", &task), 0);
	assert_int_equal(task.state, TASK_READY);
	assert_string_equal(task.what, "collapse main heap[0]");
	do {
		assert_int_equal(act(DEED_STEP, "collapse1"), 0);
		assert_int_equal(behind(), before + ++steps);
		assert_int_equal(source_task(source, "collapse1", &task), 0);
	} while (task.state != TASK_DONE);
	assert_non_null(strstr(deed.said, "succeeded"));
	assert_int_equal(mapping(), MAPPING_PMD);
	while (steps) {
		assert_int_equal(act(DEED_BACK, ""), 0);
		assert_int_equal(behind(), before + --steps);
	}
	assert_int_equal(mapping(), MAPPING_PTE);
	assert_int_equal(count_tasks(), 1); /* it has begun */
	assert_int_equal(act(DEED_BACK, ""), 0);
	assert_int_equal(count_tasks(), 0);
	assert_int_equal(behind(), before);
	/* Nothing is under way: time goes forward again, by the beginning and by steps; nothing is lost by that. */
	steps = ahead();
	assert_int_equal(act(DEED_STEP, ""), 0);
	assert_int_equal(count_tasks(), 1);
	assert_int_equal(act(DEED_STEP, ""), 0);
	assert_int_equal(ahead(), steps - 1);
	assert_int_equal(act(DEED_FORWARD, ""), 0);
	assert_int_equal(ahead(), steps - 2);
	/* Another choice forgets what lay ahead. */
	assert_int_equal(trigger(TRIGGER_FORK, true), 0);
	assert_int_equal(ahead(), 0);
	assert_int_equal(act(DEED_FORWARD, ""), -ENOENT);
}

/* What cannot get to its end, for somebody stands still with a lock, leaves nothing behind. */
static void test_busy(void **state)
{
	uint64_t before;

	(void)state;
	run("hold mmap_lock of main as lock\n");
	before = behind();
	assert_int_equal(trigger(TRIGGER_COLLAPSE, false), -EBUSY);
	assert_int_equal(behind(), before);
	assert_int_equal(mapping(), MAPPING_PTE);
	/* By hand it begins, and waits. */
	assert_int_equal(trigger(TRIGGER_COLLAPSE, true), 0);
	assert_int_equal(act(DEED_RUN, "collapse1"), 0);
	assert_non_null(strstr(deed.said, "it waits for"));
	assert_int_equal(act(DEED_STEP, "collapse1"), -EBUSY);
	assert_int_equal(act(DEED_RUN_ALL, ""), -EDEADLK);
}

static void test_all(void **state)
{
	(void)state;
	assert_int_equal(act(DEED_RUN_ALL, ""), -ENOENT);
	assert_int_equal(act(DEED_STEP, "nobody"), -ENOENT);
	for (unsigned seed = 0; seed < 20; seed++) {
		const uint64_t before = behind();

		deed.scheduler = seed ? SCHEDULER_SEED : SCHEDULER_HAND;
		deed.seed = seed;
		assert_int_equal(trigger(TRIGGER_COLLAPSE, true), 0);
		assert_int_equal(trigger(TRIGGER_COW, true), 0);
		assert_int_equal(trigger(TRIGGER_SPLIT, true), 0);
		assert_int_equal(act(DEED_RUN_ALL, ""), 0);
		assert_string_equal(deed.said, "all tasks have ended");
		source_seek(source, -(int64_t)(behind() - before) - 3);
		assert_int_equal(behind(), before);
		assert_int_equal(count_tasks(), 0);
	}
}

/* More tasks than there is room for: those that ended first are forgotten, and the newest stands last. */
static void test_many(void **state)
{
	struct moment *moment;

	(void)state;
	for (unsigned at = 0; at < 60; at++) {
		assert_int_equal(trigger(TRIGGER_COW, true), 0);
		moment = look();
		assert_non_null(strstr(event.why, moment->tasks[moment->n_tasks - 1].name));
		assert_true(moment->n_tasks == at + 1 || moment->n_tasks > 12);
		moment_free(moment);
		if (at > 3)
			assert_int_equal(act(DEED_RUN_ALL, ""), 0);
	}
	/* While none has ended there is an end to it, and nothing is forgotten. */
	while (!trigger(TRIGGER_COW, true))
		;
	assert_non_null(strstr(source->error, "as many tasks"));
	assert_int_equal(act(DEED_RUN_ALL, ""), 0);
}

/* A seed takes each of those that there are, sooner or later, and the same one at the same step. */
static void test_pick(void **state)
{
	unsigned taken[3] = {0};

	(void)state;
	for (uint64_t step = 0; step < 300; step++) {
		const size_t at = scheduler_pick(7, step, 3);

		assert_int_equal(at, scheduler_pick(7, step, 3));
		taken[at]++;
	}
	for (unsigned at = 0; at < 3; at++)
		assert_in_range(taken[at], 70, 130);
}

/* Before MADV_COLLAPSE the daemon passes by; every other way than the model's own is refused before it is tried. */
static void test_plan(void **state)
{
	struct trigger split = {.kind = TRIGGER_SPLIT, .way = TRIGGER_WAY_PROTECT};
	struct buf text = {0};
	bool asks;

	(void)state;
	source_close(source);
	source = opened("5.4");
	run("map anon 2M as heap hugepage\ntouch heap\n");
	assert_int_equal(trigger(TRIGGER_COLLAPSE, false), 0);
	assert_string_equal(event.how, "khugepaged main");
	assert_string_equal(event.by, "khugepaged");
	source_family(source, &split.pid, 1, &(size_t){0});
	split.addr = event.addr;
	assert_int_equal(source_plan(source, &split, &text, &asks), -ENOTSUP);
	split.way = TRIGGER_WAY_ADVICE;
	assert_int_equal(source_plan(source, &split, &text, &asks), 0);
	assert_false(asks);
	assert_string_equal(text.data, "In the model: split main heap[0]\n");
	buf_fini(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_by_hand, setup, teardown),
		cmocka_unit_test_setup_teardown(test_busy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_plan, setup, teardown),
		cmocka_unit_test(test_pick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
