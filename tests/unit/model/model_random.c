/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random programs in every generation, one operation after another and several at once: the invariants hold. But for the
 * races that rules_bug() lists of unmodified 4.6-team and 5.4, which are let pass where both sides were under way.
 */
#include "worlds.h"

#include <stdlib.h>
#include <time.h>

#include "random.h"

/* Runs one; what goes wrong is cut down and shown as a script. */
static void expect_sound(const struct random_options *options, struct random_counts *counts)
{
	struct random_program program;
	struct buf script = {0};
	char why[256] = "";

	if (!random_run(options, &program, counts, why, sizeof(why))) {
		print_message("%s, order %u, seed %llu: %s\n", options->rules->name, options->extent.order,
			      (unsigned long long)options->seed, why);
		random_shrink(options, &program);
		random_fails(options, &program, why, sizeof(why), &script);
		print_message("cut down: %s\n%s", why, script.data);
		buf_fini(&script);
		random_program_fini(&program);
		fail();
	}
	random_program_fini(&program);
}

static unsigned long long variable(const char *name, unsigned long long otherwise)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 0) : otherwise;
}

/* What a generation's mechanisms count as they work: each of them did. */
static void expect_moved(const struct rules *rules, const struct random_counts *counts)
{
	static const enum stat always[] = {STAT_THP_FAULT_ALLOC,     STAT_THP_COLLAPSE_ALLOC,
					   STAT_THP_SPLIT_PMD,	     STAT_THP_SPLIT_PAGE,
					   STAT_THP_ZERO_PAGE_ALLOC, STAT_PAGES_COLLAPSED};

	for (size_t at = 0; at < sizeof(always) / sizeof(always[0]); at++) {
		if (!counts->stat[always[at]])
			fail_msg("%s: counter %u never moved", rules->name, always[at]);
	}
	if (rules->file_thp != FILE_THP_NONE &&
	    (!counts->stat[STAT_THP_FILE_ALLOC] || !counts->stat[STAT_THP_FILE_MAPPED]))
		fail_msg("%s: no file had huge pages", rules->name);
}

/* A program that is all refusals proves nothing. */
static void expect_done(const struct rules *rules, const struct random_counts *counts)
{
	for (unsigned kind = 0; action_has_task((enum action_kind)kind); kind++) {
		if (getenv("MODEL_COUNTS"))
			print_message("%s %s: %zu\n", rules->name, action_name((enum action_kind)kind),
				      counts->did[kind]);
		if (random_has(rules, (enum action_kind)kind) && !counts->did[kind])
			fail_msg("%s: '%s' was never carried out", rules->name,
				 action_name((enum action_kind)kind));
	}
	expect_moved(rules, counts);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* What all programs of a generation came to. */
static struct random_counts totals[16];

/* So many operations, spread over all generations; MODEL_SEED and MODEL_OPERATIONS change which and how many. */
static void try_all(struct random_options options, size_t operations)
{
	const struct random_options given = options;
	const double from = seconds();
	size_t n, begun = 0;
	const struct rules *rules = rules_all(&n);

	operations = variable("MODEL_OPERATIONS", operations);
	for (size_t at = 0; at < n; at++) {
		const size_t before = totals[at].begun;

		options.rules = &rules[at];
		options.seed = variable("MODEL_SEED", 1);
		for (; totals[at].begun - before < operations / n; options.seed++)
			expect_sound(&options, &totals[at]);
		begun += totals[at].begun - before;
	}
	print_message("order %u, %u at a time: %zu operations, %.0f a second\n", given.extent.order,
		      given.concurrent, begun, (double)begun / (seconds() - from));
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
	try_all((struct random_options){.extent = extent_tight(), .operations = 200, .concurrent = 1}, 14000);
}

static void test_alone_small(void **state)
{
	(void)state;
	try_all((struct random_options){.extent = extent_small(), .operations = 100, .concurrent = 1}, 35000);
}

static void test_together(void **state)
{
	(void)state;
	try_all((struct random_options){.extent = extent_tight(), .operations = 100, .concurrent = 3}, 4200);
}

static void test_together_small(void **state)
{
	(void)state;
	try_all(
		(struct random_options){
			.extent = extent_small(), .operations = 60, .concurrent = 3, .fine = true},
		35000);
}

/* Behind all of them. */
static void test_counts(void **state)
{
	size_t n;
	const struct rules *rules = rules_all(&n);

	(void)state;
	for (size_t at = 0; at < n; at++) {
		expect_done(&rules[at], &totals[at]);
		if (totals[at].known)
			print_message("%s: %zu programs broke by a known bug\n", rules[at].name,
				      totals[at].known);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alone),	 cmocka_unit_test(test_alone_small),
		cmocka_unit_test(test_together), cmocka_unit_test(test_together_small),
		cmocka_unit_test(test_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
