/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may be over soon is tried again, and nothing else is; of a range a page that is not to be had ends nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>

#include "cmd/act.h"

static const int *answers;
static int asked;

static int fake_trigger(struct source *source, const struct trigger *trigger, const struct watch *watch,
			struct arena *arena, struct event *event)
{
	(void)trigger;
	(void)watch;
	(void)arena;
	(void)event;
	snprintf(source->error, sizeof(source->error), "refused");
	return answers[asked++];
}

static const struct source_ops ops = {.trigger = fake_trigger};

static int act_with(const int *list)
{
	struct source source = {.ops = &ops, .page_size = 4096, .pmd_size = 2 << 20};
	const struct process process = {.pid = 1};
	struct act act = {.source = &source, .trigger = {.kind = TRIGGER_COW, .pid = 1, .addr = 4096}};
	int code;

	answers = list;
	asked = 0;
	code = act_carry_out(&act, &process);
	arena_fini(&act.arena);
	arena_fini(&act.event_arena);
	return code;
}

static void test_soon(void **state)
{
	(void)state;
	assert_int_equal(act_with((const int[]){-EAGAIN, -EAGAIN, -EPERM}), EXIT_PERMISSION);
	assert_int_equal(asked, 3);
	assert_int_equal(act_with((const int[]){-EAGAIN, -EAGAIN, -EAGAIN, 0}), EXIT_IMPOSSIBLE);
	assert_int_equal(asked, 3);
}

static void test_not_soon(void **state)
{
	(void)state;
	assert_int_equal(act_with((const int[]){-EBUSY, 0}), EXIT_IMPOSSIBLE);
	assert_int_equal(asked, 1);
	assert_int_equal(act_with((const int[]){-ESRCH, 0}), EXIT_NOTHING);
	assert_int_equal(asked, 1);
}

/* Of a range one page is not to be had: it is said, and the others are tried. */
static void test_range(void **state)
{
	struct region region = {.start = 4096, .len = 3 * 4096};
	const struct process process = {.pid = 1, .regions = &region, .n_regions = 1};
	struct source source = {.ops = &ops, .page_size = 4096, .pmd_size = 2 << 20};
	struct act act = {.source = &source,
			  .trigger = {.kind = TRIGGER_COW, .pid = 1, .addr = 4096, .len = 3 * 4096}};

	(void)state;
	answers = (const int[]){-ENXIO, -ENXIO, -EPERM};
	asked = 0;
	assert_int_equal(act_carry_out(&act, &process), EXIT_PERMISSION);
	assert_int_equal(asked, 3);
	assert_true(act.refused);
	arena_fini(&act.arena);
	arena_fini(&act.event_arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_soon), cmocka_unit_test(test_not_soon),
					   cmocka_unit_test(test_range)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
