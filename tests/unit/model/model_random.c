/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random programs in every generation, one operation after another and several at once: the invariants hold. But for the
 * races that rules_bug() lists of unmodified rows, which are let pass where both sides were under way.
 */
#include "acts.h"

#include <malloc.h>
#include <stdlib.h>
#include <time.h>

#include "local/local.h"
#include "random.h"
#include "script/run.h"

static bool still_fails(void *data, const struct random_program *program)
{
	char why[256];

	return random_fails(data, program, why, sizeof(why), NULL);
}

/* Runs one; what goes wrong is cut down and shown as a script. */
static void expect_sound(const struct random_options *options, struct random_counts *counts)
{
	struct random_program program;
	struct buf script = {0};
	char why[256] = "";

	if (!random_run(options, &program, counts, why, sizeof(why))) {
		print_message("%s, order %u, seed %llu: %s\n", options->rules->name, options->extent.order,
			      (unsigned long long)options->seed, why);
		random_shrink(still_fails, (void *)(uintptr_t)options, PAGE_BYTES << options->extent.order,
			      &program);
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

	extent.frames = 10U << extent.order;
	extent.cached = 8U << extent.order;
	extent.tables = 96;
	extent.swaps = 2U << extent.order;
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

/* Runs a script on a machine of these rules as `--model` does; its last refusal. */
static void keep_refusal(void *data, const struct run_event *event)
{
	if (event->kind == RUN_REFUSED)
		snprintf(data, 512, "%s", event->text);
}

static bool replay(const struct random_options *options, const struct buf *text, char *refusal)
{
	struct machine *machine = machine_new(options->rules, &options->extent);
	struct run_options how = {.tell = keep_refusal, .data = refusal};
	struct script_error mistake;
	struct source *source, *surveys;
	struct script *script;
	char error[256] = "";
	struct run *run;
	bool broken;

	machine_world(machine)->fine = options->fine;
	if (script_parse(text->data, text->len, "random", &script, &mistake))
		fail_msg("line %d: %s\n%s", mistake.line, mistake.text, text->data);
	assert_int_equal(local_source_open(model_kernel_new(machine), NULL, &surveys, error, sizeof(error)),
			 0);
	source = model_source_new(machine, surveys);
	assert_int_equal(run_start(source, script, &how, &run, error, sizeof(error)), 0);
	run_all(run);
	broken = run_result(run)->broken;
	run_free(run);
	script_free(script);
	source_close(source);
	return broken;
}

/* Without a rule something goes wrong from some seed on; it is cut down, and its script goes wrong in the same way. */
static void expect_broken(struct random_options options, const char *rule)
{
	struct rules rules = *options.rules;
	struct random_counts counts = {0};
	struct random_program program;
	struct buf script = {0};
	char why[256] = "", refusal[512] = "";
	const uint64_t last = options.seed + 3000; /* room for when the draws change */
	size_t before;

	assert_true(rules_without(&rules, rule));
	options.rules = &rules;
	for (; random_run(&options, &program, &counts, why, sizeof(why)); options.seed++) {
		random_program_fini(&program);
		if (options.seed == last)
			fail_msg("%s without %s: nothing goes wrong", rules.name, rule);
	}
	before = program.n;
	random_shrink(still_fails, &options, PAGE_BYTES << options.extent.order, &program);
	assert_true(random_fails(&options, &program, why, sizeof(why), &script));
	if (getenv("MODEL_COUNTS"))
		print_message("%s without %s, seed %llu, %zu lines, now %zu: %s\n%s", rules.name, rule,
			      (unsigned long long)options.seed, before, program.n, why, script.data);
	assert_in_range(program.n, 1, 120);
	assert_true(replay(&options, &script, refusal));
	why[strcspn(why, "(") - 1] = '\0';
	if (!strstr(refusal, why))
		fail_msg("'%s' became '%s'", why, refusal);
	buf_fini(&script);
	random_program_fini(&program);
}

static void test_replays(void **state)
{
	struct random_options options = {
		.extent = extent_small(), .operations = 60, .concurrent = 3, .fine = true};

	(void)state;
	options.rules = rules_named("6.6");
	options.seed = 1390;
	expect_broken(options, "table-freed-after-rcu");
	options.rules = rules_named("5.4");
	options.seed = 150;
	expect_broken(options, "retract-only-tries");
}

/*
 * What is moved goes between aligned places as often as not, and whoever follows does half of what it does to one area: else
 * no huge page is moved as one, and hardly any shared one is first collapsed, then split, and then unmapped (tests/conform).
 */
static void test_draws(void **state)
{
	static const unsigned moves[ACTION_KIND_COUNT] = {[ACTION_MOVE] = 1};
	struct random_taste taste = {.weights = moves, .processes = 1, .follows = true};
	struct world *world = world_of(rules_named("6.18"), false);
	struct dice dice = {.state = 1, .last = "a"};
	unsigned aligned = 0, same = 0;

	(void)state;
	for (int name = 'a'; name <= 'h'; name++)
		assert_int_equal(actf(world, "map anon 2M as %c", name), 0);
	for (unsigned n = 0; n < 1000; n++) {
		struct action action;
		char last[sizeof(dice.last)];

		memcpy(last, dice.last, sizeof(last));
		assert_true(random_action(&dice, &taste, world, false, &action));
		aligned += !action.bytes;
		same += !strcmp(action.target.area, last);
	}
	/* By 1 of 512, and by one of eight areas, it would be some 2, and 125. */
	assert_in_range(aligned, 400, 600);
	assert_in_range(same, 500, 700);
	world_free(world);
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
		cmocka_unit_test(test_counts),	 cmocka_unit_test(test_replays),
		cmocka_unit_test(test_draws),
	};

	/* A world is made and freed for each program: it stays the process's own meanwhile. */
	mallopt(M_MMAP_THRESHOLD, 64 << 20);
	mallopt(M_TRIM_THRESHOLD, 512 << 20);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
