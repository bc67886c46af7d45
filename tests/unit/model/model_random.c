/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random programs in every generation, one operation after another and several at once: the invariants hold. */
#include "worlds.h"

#include <stdlib.h>

#include "random.h"

/* Runs one; what goes wrong is cut down and shown as a script. */
static size_t expect_sound(const struct random_options *options)
{
	struct random_program program;
	struct buf script = {0};
	char why[256] = "";
	size_t done;

	if (!random_run(options, &program, &done, why, sizeof(why))) {
		random_shrink(options, &program);
		random_fails(options, &program, why, sizeof(why), &script);
		print_message("%s, order %u, seed %llu: %s\n%s", options->rules->name, options->extent.order,
			      (unsigned long long)options->seed, why, script.data);
		buf_fini(&script);
		random_program_fini(&program);
		fail();
	}
	random_program_fini(&program);
	return done;
}

/* So many operations, spread over all generations; MODEL_SEED and MODEL_OPERATIONS change which and how many. */
static void try_all(struct random_options options, size_t operations)
{
	const char *seed = getenv("MODEL_SEED"), *many = getenv("MODEL_OPERATIONS");
	size_t n, done = 0;
	const struct rules *rules = rules_all(&n);

	operations = many ? strtoull(many, NULL, 0) : operations;
	for (size_t at = 0; at < n; at++) {
		options.rules = &rules[at];
		for (options.seed = seed ? strtoull(seed, NULL, 0) : 1; done < operations * (at + 1) / n;
		     options.seed++)
			done += expect_sound(&options);
	}
}

/* A world of eight huge pages: little enough that allocations fail now and then. */
static struct extent extent_tight(void)
{
	struct extent extent = extent_usual();

	extent.frames = 10 << extent.order;
	extent.cached = 8 << extent.order;
	extent.tables = 96;
	extent.swaps = 2 << extent.order;
	return extent;
}

static void test_alone(void **state)
{
	(void)state;
	try_all((struct random_options){.extent = extent_tight(), .operations = 200, .concurrent = 1}, 10000);
}

static void test_alone_small(void **state)
{
	(void)state;
	try_all((struct random_options){.extent = extent_small(), .operations = 100, .concurrent = 1}, 20000);
}

static void test_together(void **state)
{
	(void)state;
	try_all((struct random_options){.extent = extent_small(), .operations = 60, .concurrent = 3}, 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_alone_small),
		cmocka_unit_test(test_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
