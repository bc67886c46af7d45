/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times of day in a recording, in zones and over a night. */
#include "replay_common.h"
#include "replay/when.h"

#include <time.h>

#define MINUTE (60 * SECOND)
#define BEGUN (INT64_C(1795224000) * (int64_t)SECOND) /* 2026-11-21T01:20:00Z */

/* By minutes after the first. */
static struct tape *recorded(struct made *made, const uint64_t *minutes, size_t n)
{
	struct moment **moments = make_moments(n, 1);
	size_t i;

	for (i = 0; i < n; i++) {
		moments[i]->mono_ns = SECOND + minutes[i] * MINUTE;
		moments[i]->wall_ns = BEGUN + (int64_t)(minutes[i] * MINUTE);
	}
	record_all(made, moments, n, NULL);
	free_moments(moments, n);
	return opened(made);
}

static void in_zone(const char *zone)
{
	assert_int_equal(setenv("TZ", zone, 1), 0);
	tzset();
}

static void assert_found(const struct tape *tape, const char *zone, const char *text, size_t wanted)
{
	char error[512] = "";
	size_t at = SIZE_MAX;
	int err;

	in_zone(zone);
	err = when_find(tape, text, &at, error, sizeof(error));
	if (err || at != wanted)
		fail_msg("%s in %s: %d, moment %zu and not %zu; %s", text, zone, err, at, wanted, error);
}

/* The day that a time of day is of is that of its own zone. */
static void zones(void **state)
{
	static const uint64_t minutes[] = {0, 10, 20, 24 * 60 - 10, 24 * 60};
	struct made made = {0};
	struct tape *tape = recorded(&made, minutes, 5);

	(void)state;
	assert_found(tape, "UTC0", "01:30Z", 1);
	assert_found(tape, "AHEAD-23", "01:30Z", 1);
	assert_found(tape, "AHEAD-23", "01:10Z", 3);
	assert_found(tape, "BEHIND2", "01:30Z", 1);
	assert_found(tape, "BEHIND2", "01:10Z", 3);
	assert_found(tape, "BEHIND2", "23:30", 1);
	assert_found(tape, "BEHIND2", "23:10", 3);
	assert_found(tape, "AHEAD-23", "2026-11-21T01:30Z", 1);
	assert_found(tape, "AHEAD-23", "2026-11-22 00:30", 1);
	in_zone("UTC0");
	tape_close(tape);
	end_file(&made);
}

/* What the recording is said to begin at can be typed, as can its end; a fraction that is before it is. */
static void whole_seconds(void **state)
{
	struct moment **moments = make_moments(3, 1);
	struct made made = {0};
	struct tape *tape;
	char error[512] = "";
	size_t at, i;

	(void)state;
	for (i = 0; i < 3; i++) {
		moments[i]->mono_ns = SECOND + i * SECOND / 2;
		moments[i]->wall_ns = BEGUN + (int64_t)((i + 1) * SECOND / 2 - SECOND / 10);
	}
	record_all(&made, moments, 3, NULL);
	free_moments(moments, 3);
	tape = opened(&made);
	assert_found(tape, "UTC0", "01:20:00", 0);
	assert_found(tape, "UTC0", "01:20", 0);
	assert_found(tape, "UTC0", "2026-11-21T01:20:00Z", 0);
	assert_found(tape, "UTC0", "01:20:00.9", 1);
	assert_found(tape, "UTC0", "01:20:01", 1);
	assert_int_equal(when_find(tape, "2026-11-21T01:20:00.3Z", &at, error, sizeof(error)), -ENOENT);
	assert_int_equal(when_find(tape, "2026-11-21T01:19:59Z", &at, error, sizeof(error)), -ENOENT);
	tape_close(tape);
	end_file(&made);
}

/* 22 November begins an hour sooner where summer time begins on the 21st. */
static void clock_set(void **state)
{
	static const uint64_t minutes[] = {0, 23 * 60 - 10, 24 * 60 - 10};
	struct made made = {0};
	struct tape *tape = recorded(&made, minutes, 3);

	(void)state;
	assert_found(tape, "WINTER0", "01:10", 2);
	assert_found(tape, "WINTER0SUMMER-1,J325/12,J360", "01:10", 1);
	in_zone("UTC0");
	tape_close(tape);
	end_file(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zones),
		cmocka_unit_test(clock_set),
		cmocka_unit_test(whole_seconds),
	};

	return cmocka_run_group_tests_name("replay_times", tests, NULL, NULL);
}
