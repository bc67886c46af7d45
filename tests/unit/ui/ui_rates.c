/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From readings of counters to rates in columns: exact where two readings follow each other, and nothing where not. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "core/mem.h"
#include "deeds.h"
#include "ui/rates.h"
#include "ui/figures.h"

#define MS UINT64_C(1000000)
#define S (1000 * MS)
#define HOUR (3600 * S)	 /* a clock does not begin at 0 */
#define FIRST (HOUR / S) /* its column */

static struct rates_state state;

static int teardown(void **data)
{
	(void)data;
	rates_fini(&state);
	return 0;
}

/* A process at a time, read so: of "misses" and "faults". */
struct reading {
	pid_t pid;
	uint64_t start_time;
	struct counter counters[2];
	size_t n;
	uint64_t pmd_kb, present_kb;
	bool mapping_unknown;
	enum outcome outcome;
};

static struct moment *moment_of(uint64_t ns, const struct reading *readings, size_t n)
{
	struct moment *moment = mem_alloc(sizeof(*moment));

	moment->mono_ns = ns;
	moment->n_processes = n;
	moment->processes = arena_alloc(&moment->arena, (n + 1) * sizeof(struct process));
	for (size_t i = 0; i < n; i++) {
		struct process *process = &moment->processes[i];
		struct counter *counters = arena_alloc(&moment->arena, sizeof(readings[i].counters));

		memcpy(counters, readings[i].counters, sizeof(readings[i].counters));
		process->pid = readings[i].pid;
		process->start_time = readings[i].start_time;
		process->outcome = readings[i].outcome;
		process->comm = "it";
		process->mapping_known = !readings[i].mapping_unknown;
		process->kb.pmd = readings[i].pmd_kb;
		process->kb.present = readings[i].present_kb;
		process->counters = counters;
		process->n_counters = readings[i].n;
	}
	return moment;
}

static void take(uint64_t ns, const struct reading *readings, size_t n)
{
	struct moment *moment = moment_of(ns, readings, n);

	rates_take(&state, moment);
	moment_free(moment);
}

/* One process, one counter of this value, counting all the time. */
static void read_at(uint64_t ns, uint64_t value)
{
	take(ns,
	     &(struct reading){
		     .pid = 7, .start_time = 1, .counters = {{.name = "misses", .value = value}}, .n = 1},
	     1);
}

static void read_scaled(uint64_t ns, uint64_t value, uint64_t enabled, uint64_t running)
{
	take(ns,
	     &(struct reading){.pid = 7,
			       .start_time = 1,
			       .counters = {{.name = "misses",
					     .hardware = true,
					     .value = value,
					     .enabled_ns = enabled,
					     .running_ns = running}},
			       .n = 1},
	     1);
}

#define NOTHING (UINT64_MAX - 1)
/* Thousandths a second of the nth column, or NOTHING. */
static uint64_t rate_of(pid_t pid, size_t counter, uint64_t nth, bool *estimate)
{
	const struct counted *counted = rates_of(&state, pid);
	uint64_t milli;

	if (!counted || counter >= counted->n ||
	    !rates_get(counted->counters[counter], nth, &milli, estimate))
		return NOTHING;
	return milli;
}

static uint64_t rate(uint64_t nth)
{
	bool estimate = false;
	const uint64_t milli = rate_of(7, 0, nth, &estimate);

	assert_false(estimate);
	return milli;
}

/* A tenth of a second apart, 5 events each; the columns are the clock's seconds. */
static void test_steady(void **data)
{
	uint64_t i;

	(void)data;
	for (i = 0; i <= 34; i++)
		read_at(HOUR + i * 100 * MS, 1000 + 5 * i);
	assert_int_equal(rates_end(&state), FIRST + 3);
	assert_int_equal(rate(FIRST - 1), NOTHING);
	assert_int_equal(rate(FIRST), 50000);
	assert_int_equal(rate(FIRST + 1), 50000);
	assert_int_equal(rate(FIRST + 2), 50000);
	assert_true(rates_any(&state));
	assert_null(rates_of(&state, 8));
}

/* What falls between two columns is shared out by time, and none of it is lost or comes twice. */
static void test_unequal(void **data)
{
	static const uint64_t at[] = {0, 130, 290, 900, 1330, 1331, 2870, 4100, 5999, 6000};
	const uint64_t n = sizeof(at) / sizeof(at[0]);
	uint64_t i, value = 17, sum = 0;
	const struct counter_history *history;

	(void)data;
	for (i = 0; i < n; i++) {
		read_at(HOUR + at[i] * MS, value);
		value += 1001;
	}
	history = rates_of(&state, 7)->counters[0];
	for (i = 0; i < 6; i++) {
		assert_int_equal(history->columns[(FIRST + i) % RATES_COLUMNS].covered_ns, S);
		sum += history->columns[(FIRST + i) % RATES_COLUMNS].counted;
	}
	assert_int_equal(sum, 1001 * (n - 1));
	/* 1001 in each of three, and of the fourth the part of its 430 ms that lies in the first second */
	assert_int_equal(rate(FIRST), (3003 + 1001 * 100 / 430) * 1000);
}

/* Huge values, over a nanosecond and at the end of what 64 bits hold. */
static void test_extremes(void **data)
{
	uint64_t i;

	(void)data;
	read_at(HOUR, 0);
	read_at(HOUR + S, UINT64_MAX);
	assert_int_equal(rate(FIRST), UINT64_MAX); /* thousandths of it have no room */
	read_at(HOUR + S + 1, UINT64_MAX);
	assert_int_equal(rate(FIRST + 1), 0);
	rates_fini(&state);
	read_at(0, 3);
	read_at(1, 4);
	assert_int_equal(rate(0), 1000 * S);
	/* More columns than are kept: the oldest are gone, the newest are right. */
	for (i = 0; i <= RATES_COLUMNS + 3; i++)
		read_at(HOUR + i * S, i * i);
	assert_int_equal(rate(FIRST), NOTHING);
	assert_int_equal(rate(FIRST + RATES_COLUMNS + 2), (2 * (RATES_COLUMNS + 2) + 1) * 1000);
}

/* A counter that went down was begun anew: what was counted up to there since the reading before, nobody knows. */
static void test_down(void **data)
{
	(void)data;
	read_at(HOUR, 100);
	read_at(HOUR + S, 200);
	read_at(HOUR + 2 * S, 50);
	read_at(HOUR + 3 * S, 80);
	assert_int_equal(rate(FIRST), 100000);
	assert_int_equal(rate(FIRST + 1), NOTHING);
	assert_int_equal(rate(FIRST + 2), 30000);
	/* So was one whose times went down, although it has counted more by now. */
	rates_fini(&state);
	read_scaled(HOUR, 100, 1000, 1000);
	read_scaled(HOUR + S, 200, 900, 900);
	read_scaled(HOUR + 2 * S, 300, 850, 910); /* either of them */
	read_scaled(HOUR + 3 * S, 400, 950, 800);
	assert_int_equal(rate(FIRST), NOTHING);
	assert_int_equal(rate(FIRST + 1), NOTHING);
	assert_int_equal(rate(FIRST + 2), NOTHING);
}

/* A pause, or a leap: the next reading follows nothing. */
static void test_break(void **data)
{
	(void)data;
	read_at(HOUR, 100);
	read_at(HOUR + S, 200);
	rates_break(&state);
	read_at(HOUR + 2 * S, 1000);
	read_at(HOUR + 3 * S, 1010);
	assert_int_equal(rate(FIRST), 100000);
	assert_int_equal(rate(FIRST + 1), NOTHING);
	assert_int_equal(rate(FIRST + 2), 10000);
}

/* A moment that nobody took is no gap: the next reading has what it would have had. */
static void test_skipped(void **data)
{
	(void)data;
	read_at(HOUR, 100);
	read_at(HOUR + 100 * MS, 110);
	read_at(HOUR + 300 * MS, 130); /* that of 200 ms is missing */
	read_at(HOUR + 1 * S, 200);
	assert_int_equal(rate(FIRST), 100000);
}

/* Nobody read it for long (the program was stopped): when in that time it was counted is not known. */
static void test_long(void **data)
{
	uint64_t i;

	(void)data;
	read_at(HOUR, 100);
	read_at(HOUR + S, 200);
	read_at(HOUR + 6 * S, 700);
	read_at(HOUR + 7 * S, 710);
	assert_int_equal(rate(FIRST), 100000);
	for (i = 1; i < 6; i++)
		assert_int_equal(rate(FIRST + i), NOTHING);
	assert_int_equal(rate(FIRST + 6), 10000);
	assert_int_equal(state.column_ns, S); /* once is no reason for longer columns */
}

/* Moments that are always further apart than a column: it becomes longer, and what there was is of the longer ones. */
static void test_slow(void **data)
{
	uint64_t i;

	(void)data;
	for (i = 0; i <= 10; i++)
		read_at(HOUR + i * S, 100 * i);
	assert_int_equal(state.column_ns, S);
	for (i = 1; i <= 4; i++)
		read_at(HOUR + 10 * S + i * 3 * S, 1000 + 60 * i);
	assert_int_equal(state.column_ns, 4 * S);
	assert_int_equal(HOUR % (4 * S), 0);
	assert_int_equal(rate(FIRST / 4), 100000);
	assert_int_equal(rate(FIRST / 4 + 1), 100000);
	/* two of its seconds at 100, two at 20 */
	assert_int_equal(rate(FIRST / 4 + 2), 60000);
	assert_int_equal(rate(FIRST / 4 + 3), 20000);
	assert_int_equal(rate(FIRST / 4 + 4), 20000);
	/* A second apart again: they stay as they are. */
	for (i = 1; i <= 8; i++)
		read_at(HOUR + 22 * S + i * S, 1240 + i);
	assert_int_equal(state.column_ns, 4 * S);
}

/* The list of processes, whose moments are of none and two seconds apart, says nothing of a map's pace. */
static void test_list(void **data)
{
	(void)data;
	state.wanted = true;
	for (uint64_t i = 0; i < 10; i++)
		take(HOUR + 2 * i * S, NULL, 0);
	assert_int_equal(state.column_ns, S);
	read_at(HOUR + 20 * S, 1);
	assert_true(rates_any(&state));
	rates_forget(&state);
	assert_false(rates_any(&state));
	assert_int_equal(rates_end(&state), 0);
	assert_true(state.wanted);
}

/* A process came, went, came back; another one has its PID. */
static void test_processes(void **data)
{
	const struct reading one = {
		7,     1,	  {{.name = "misses", .value = 10}, {.name = "faults", .value = 5}}, 2, 0, 0,
		false, OUTCOME_OK};
	struct reading two[2] = {one, one};
	bool estimate = false;

	(void)data;
	two[1].pid = 8;
	take(HOUR, two, 1);
	take(HOUR + S, two, 2);
	two[0].counters[1].value = 6;
	two[1].counters[0].value = 40;
	take(HOUR + 2 * S, two, 2);
	assert_int_equal(rate_of(7, 0, FIRST + 1, &estimate), 0);
	assert_int_equal(rate_of(7, 1, FIRST + 1, &estimate), 1000);
	assert_int_equal(rate_of(8, 0, FIRST, &estimate), NOTHING);
	assert_int_equal(rate_of(8, 0, FIRST + 1, &estimate), 30000);
	/* It goes, by not being there or by what is said of it, and is there again. */
	take(HOUR + 3 * S, two, 1);
	two[0].outcome = OUTCOME_FAILED;
	take(HOUR + 4 * S, two, 2);
	two[0].outcome = OUTCOME_OK;
	two[1].counters[0].value = 50;
	take(HOUR + 5 * S, two, 2);
	assert_int_equal(rate_of(7, 0, FIRST + 2, &estimate), 0);
	for (uint64_t i = 3; i < 5; i++)
		assert_int_equal(rate_of(7, 0, FIRST + i, &estimate), NOTHING);
	assert_int_equal(rate_of(8, 0, FIRST + 2, &estimate), NOTHING);
	assert_int_equal(rate_of(8, 0, FIRST + 3, &estimate), NOTHING);
	assert_int_equal(rate_of(8, 0, FIRST + 4, &estimate), 10000);
	/* Another process: nothing of the old one is its own. */
	two[1].start_time = 99;
	two[1].counters[0].value = 60;
	take(HOUR + 6 * S, two, 2);
	for (uint64_t i = 0; i < 6; i++)
		assert_int_equal(rate_of(8, 0, FIRST + i, &estimate), NOTHING);
	/* Who is long gone is forgotten. */
	for (uint64_t i = 7; i < 7 + RATES_COLUMNS + 2; i++)
		take(HOUR + i * S, two, 1);
	assert_non_null(rates_of(&state, 7));
	assert_null(rates_of(&state, 8));
}

/* Not counted for a while (nobody looked), or not any more, or not this one. */
static void test_not_counted(void **data)
{
	struct reading reading = {
		7,     1,	  {{.name = "misses", .value = 10}, {.name = "faults", .value = 5}}, 2, 0, 0,
		false, OUTCOME_OK};
	bool estimate = false;

	(void)data;
	take(HOUR, &reading, 1);
	take(HOUR + S, &reading, 1);
	reading.n = 0;
	take(HOUR + 2 * S, &reading, 1);
	reading.n = 2;
	reading.counters[0].value = 1000;
	reading.counters[1].missing = "it may not be counted";
	reading.counters[1].value = 0;
	take(HOUR + 3 * S, &reading, 1);
	reading.counters[0].value = 1001;
	take(HOUR + 4 * S, &reading, 1);
	assert_int_equal(rate_of(7, 0, FIRST, &estimate), 0);
	assert_int_equal(rate_of(7, 0, FIRST + 1, &estimate), NOTHING);
	assert_int_equal(rate_of(7, 0, FIRST + 2, &estimate), NOTHING);
	assert_int_equal(rate_of(7, 0, FIRST + 3, &estimate), 1000);
	assert_int_equal(rate_of(7, 1, FIRST, &estimate), 0);
	for (uint64_t i = 1; i < 4; i++)
		assert_int_equal(rate_of(7, 1, FIRST + i, &estimate), NOTHING);
}

/* A recording is gone back in: what is behind is to come, and is not counted twice when it comes. */
static void test_back(void **data)
{
	uint64_t i;

	(void)data;
	for (i = 0; i <= 50; i++)
		read_at(HOUR + i * 100 * MS, 10 * i);
	assert_int_equal(rate(FIRST + 4), 100000);
	rates_break(&state);
	read_at(HOUR + 25 * 100 * MS, 250);
	assert_int_equal(rates_end(&state), FIRST + 2);
	assert_int_equal(rate(FIRST + 1), 100000);
	for (i = 2; i < 6; i++)
		assert_int_equal(rate(FIRST + i), NOTHING);
	read_at(HOUR + 25 * 100 * MS, 250); /* the same one once more */
	for (i = 26; i <= 40; i++)
		read_at(HOUR + i * 100 * MS, 10 * i);
	assert_int_equal(rate(FIRST + 3), 100000);
	assert_int_equal(rate(FIRST + 2), 100000);
	assert_int_equal(rates_of(&state, 7)->counters[0]->columns[(FIRST + 2) % RATES_COLUMNS].covered_ns,
			 S / 2);
	/* And leapt forward in: nothing is known of what lies between. */
	rates_break(&state);
	read_at(HOUR + 60 * 100 * MS, 600);
	read_at(HOUR + 70 * 100 * MS, 700);
	assert_int_equal(rate(FIRST + 4), NOTHING);
	assert_int_equal(rate(FIRST + 5), NOTHING);
	assert_int_equal(rate(FIRST + 6), 100000);
}

/* A link that is lost, or the same moment again, says nothing new. */
static void test_lost(void **data)
{
	struct moment *moment = moment_of(HOUR + 2 * S, NULL, 0);

	(void)data;
	read_at(HOUR, 1);
	read_at(HOUR + S, 2);
	moment->lost = "gone";
	rates_take(&state, moment);
	moment_free(moment);
	assert_int_equal(rates_end(&state), FIRST + 1);
	read_at(HOUR + 2 * S, 3);
	assert_int_equal(rate(FIRST + 1), 1000);
}

/* An estimate is one for as long as the counter had to share, and no longer, although its sum stays one. */
static void test_scaled(void **data)
{
	bool estimate = false;

	(void)data;
	read_scaled(HOUR, 0, 0, 0);
	read_scaled(HOUR + 2 * S, 2000, 2 * S, S);
	read_scaled(HOUR + 3 * S, 3200, 3 * S, 1250 * MS);
	assert_int_equal(rate_of(7, 0, FIRST, &estimate), 1000000);
	assert_true(estimate);
	assert_int_equal(rate_of(7, 0, FIRST + 2, &estimate), 1200000);
	assert_true(estimate);
	read_scaled(HOUR + 4 * S, 3900, 4 * S, 2250 * MS);
	assert_int_equal(rate_of(7, 0, FIRST + 3, &estimate), 700000);
	assert_false(estimate);
}

/* No turn at all: that is not 0. The next reading tells of both; a process that slept counted nothing. */
static void test_no_turn(void **data)
{
	bool estimate = false;

	(void)data;
	read_scaled(HOUR, 0, 0, 0);
	read_scaled(HOUR + S, 0, S, 0);
	assert_int_equal(rate_of(7, 0, FIRST, &estimate), NOTHING);
	read_scaled(HOUR + 2 * S, 400, 2 * S, S);
	assert_int_equal(rate_of(7, 0, FIRST, &estimate), 200000);
	assert_int_equal(rate_of(7, 0, FIRST + 1, &estimate), 200000);
	assert_true(estimate);
	read_scaled(HOUR + 3 * S, 400, 2 * S, S);
	assert_int_equal(rate_of(7, 0, FIRST + 2, &estimate), 0);
	assert_false(estimate);
	/* Without one for longer than a stretch may be nothing is known of all that time, nor of the part before the next. */
	for (uint64_t i = 4; i <= 10; i++)
		read_scaled(HOUR + i * S, 400, (i - 1) * S, S);
	read_scaled(HOUR + 11 * S, 1400, 10 * S, 2 * S);
	for (uint64_t i = 3; i < 11; i++)
		assert_int_equal(rate_of(7, 0, FIRST + i, &estimate), NOTHING);
	read_scaled(HOUR + 12 * S, 1405, 11 * S, 3 * S);
	assert_int_equal(rate_of(7, 0, FIRST + 11, &estimate), 5000);
}

/* Of each column what its last moment found; a column between two moments in a row is as the first found it. */
static void test_coverage(void **data)
{
	struct reading reading = {.pid = 7, .start_time = 1, .pmd_kb = 512, .present_kb = 1024};
	uint64_t pmd = 0, present = 0;
	const struct counted *counted;

	(void)data;
	take(HOUR, &reading, 1);
	reading.pmd_kb = 1024;
	take(HOUR + 900 * MS, &reading, 1);
	reading.pmd_kb = 0;
	take(HOUR + 2100 * MS, &reading, 1);
	reading.mapping_unknown = true;
	take(HOUR + 3 * S, &reading, 1);
	reading.mapping_unknown = false;
	take(HOUR + 4 * S, &reading, 1);
	rates_break(&state);
	take(HOUR + 6 * S, &reading, 1);
	reading.present_kb = 0;
	take(HOUR + 7 * S, &reading, 1);
	counted = rates_of(&state, 7);
	assert_int_equal(counted->n, 0);
	assert_false(rates_any(&state));
	assert_true(rates_coverage(counted, FIRST, &pmd, &present));
	assert_int_equal(pmd, 1024);
	assert_int_equal(present, 1024);
	assert_true(rates_coverage(counted, FIRST + 1, &pmd, &present));
	assert_int_equal(pmd, 1024);
	assert_true(rates_coverage(counted, FIRST + 2, &pmd, &present));
	assert_int_equal(pmd, 0);
	assert_false(rates_coverage(counted, FIRST + 3, &pmd, &present)); /* not known */
	assert_true(rates_coverage(counted, FIRST + 4, &pmd, &present));
	assert_false(rates_coverage(counted, FIRST + 5, &pmd, &present)); /* nobody looked */
	assert_true(rates_coverage(counted, FIRST + 6, &pmd, &present));
	assert_false(rates_coverage(counted, FIRST + 7, &pmd, &present)); /* nothing is there: no share */
}

/* Longer columns have what was there at their end; going back takes coverage back too. */
static void test_coverage_slow(void **data)
{
	struct reading reading = {.pid = 7, .start_time = 1, .pmd_kb = 1, .present_kb = 1024};
	uint64_t pmd = 0, present = 0, i;

	(void)data;
	for (i = 0; i <= 8; i++) {
		reading.pmd_kb = i;
		take(HOUR + i * S, &reading, 1);
	}
	take(HOUR + 10 * S, &reading, 1);
	take(HOUR + 12 * S, &reading, 1);
	assert_int_equal(state.column_ns, 2 * S);
	for (i = 0; i < 4; i++) {
		assert_true(rates_coverage(rates_of(&state, 7), FIRST / 2 + i, &pmd, &present));
		assert_int_equal(pmd, 2 * i + 1);
	}
	rates_break(&state);
	take(HOUR + 4 * S, &reading, 1);
	assert_true(rates_coverage(rates_of(&state, 7), FIRST / 2 + 1, &pmd, &present));
	assert_false(rates_coverage(rates_of(&state, 7), FIRST / 2 + 3, &pmd, &present));
}

static char mark_of(struct event event, pid_t pid)
{
	struct occurrence happened = {.event = event};

	happened.event.verdict = event.verdict ? event.verdict : "";
	return rates_mark(&happened, pid);
}

/* Only what changed something is marked, and of whom. */
static void test_marks(void **data)
{
	const struct event_effect changed[] = {
		{8, 0, true, true, {.mapping = MAPPING_PTE}, {.mapping = MAPPING_PMD}},
		{9, 0, true, true, {.mapping = MAPPING_PTE}, {.mapping = MAPPING_PTE}}};
	struct occurrence *collapse = deed_collapse(0),
			  refused = {.error = -1, .event = {.kind = EVENT_SPLIT, .pid = 7, .verdict = ""}};

	(void)data;
	assert_int_equal(rates_mark(collapse, 4242), 'C');
	assert_int_equal(rates_mark(collapse, 1), 0);
	occurrence_free(collapse);
	assert_int_equal(rates_mark(&refused, 7), 0);
	assert_int_equal(mark_of((struct event){.kind = EVENT_COLLAPSE, .pid = 7}, 7), 'C');
	assert_int_equal(
		mark_of((struct event){.kind = EVENT_COLLAPSE, .pid = 7, .verdict = "exceed_none_pte"}, 7),
		0);
	assert_int_equal(mark_of((struct event){.kind = EVENT_COLLAPSE, .pid = 7, .error = 11}, 7), 0);
	assert_int_equal(mark_of((struct event){.kind = EVENT_SPLIT, .pid = 7}, 7), 'S');
	assert_int_equal(mark_of((struct event){.kind = EVENT_SPLIT_FOLIO, .pid = 7}, 8), 0);
	assert_int_equal(mark_of((struct event){.kind = EVENT_SPLIT_FOLIO,
						.pid = 8,
						.effects = changed,
						.n_effects = 2},
				 8),
			 'S');
	assert_int_equal(mark_of((struct event){.kind = EVENT_SPLIT_FOLIO,
						.pid = 9,
						.effects = changed,
						.n_effects = 2},
				 8),
			 'S');
	assert_int_equal(
		mark_of((struct event){.kind = EVENT_SPLIT, .pid = 9, .effects = changed, .n_effects = 2}, 9),
		0);
	assert_int_equal(
		mark_of((struct event){.kind = EVENT_COW, .pid = 9, .effects = changed, .n_effects = 2}, 9),
		'W');
	assert_int_equal(mark_of((struct event){.kind = EVENT_FORK, .pid = 7}, 7), 'F');
	assert_int_equal(
		mark_of((struct event){.kind = EVENT_MAPPING, .pid = 8, .effects = changed, .n_effects = 2},
			8),
		'M');
	assert_int_equal(mark_of((struct event){.kind = EVENT_EXIT, .pid = 7}, 7), 0);
}

static void test_figures(void **data)
{
	static const struct {
		uint64_t milli;
		const char *text;
	} rates[] = {{0, "0"},
		     {1, "<0.1"},
		     {99, "<0.1"},
		     {100, "0.1"},
		     {1000, "1"},
		     {9999, "9.9"},
		     {10000, "10"},
		     {999999, "999"},
		     {1000000, "1.0k"},
		     {9999999, "9.9k"},
		     {10000000, "10k"},
		     {999999999, "999k"},
		     {1234567890, "1.2M"},
		     {UINT64_C(34567890123), "34M"},
		     {UINT64_MAX, "18P"}};
	figure_text text;

	(void)data;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		assert_string_equal(figure_rate(text, rates[i].milli), rates[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_steady, teardown),
		cmocka_unit_test_teardown(test_unequal, teardown),
		cmocka_unit_test_teardown(test_extremes, teardown),
		cmocka_unit_test_teardown(test_down, teardown),
		cmocka_unit_test_teardown(test_break, teardown),
		cmocka_unit_test_teardown(test_skipped, teardown),
		cmocka_unit_test_teardown(test_long, teardown),
		cmocka_unit_test_teardown(test_slow, teardown),
		cmocka_unit_test_teardown(test_list, teardown),
		cmocka_unit_test_teardown(test_processes, teardown),
		cmocka_unit_test_teardown(test_not_counted, teardown),
		cmocka_unit_test_teardown(test_back, teardown),
		cmocka_unit_test_teardown(test_lost, teardown),
		cmocka_unit_test_teardown(test_scaled, teardown),
		cmocka_unit_test_teardown(test_no_turn, teardown),
		cmocka_unit_test_teardown(test_coverage, teardown),
		cmocka_unit_test_teardown(test_coverage_slow, teardown),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_figures),
	};

	return cmocka_run_group_tests_name("ui_rates", tests, NULL, NULL);
}
