/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The source over a recording: where it stands, how it plays, whom it shows, and each event once. */
#include "replay_common.h"
#include "replay/replay.h"

#include <time.h>
#include <zstd.h>

enum { N = 100 };
#define EACH (SECOND / 100)

static struct made made;
static struct moment *moments[N];

/* A second; in every tenth moment a region changes, and there is an event in moment 25 and in 55. */
static int make(void **state)
{
	static const struct event event = {.kind = EVENT_FORK, .pid = 4242, .result = UNKNOWN_COUNT};
	size_t i;

	(void)state;
	for (i = 0; i < N; i++) {
		moments[i] = i ? later(moments[i - 1]) : large(8);
		moments[i]->mono_ns = SECOND + i * EACH;
		moments[i]->wall_ns = INT64_C(1795224000) * (int64_t)SECOND + (int64_t)(i * EACH);
		if (i && i % 10 == 0)
			make_small(&moments[i]->processes[0].regions[i / 10 % 8], (uint32_t)i);
		if (i % 30 == 25) {
			moments[i]->events = arena_copy(&moments[i]->arena, &event, sizeof(event));
			moments[i]->n_events = 1;
		}
	}
	record_all(&made, moments, N, NULL);
	return 0;
}

static int unmake(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N; i++)
		moment_free(moments[i]);
	end_file(&made);
	return 0;
}

static struct source *opened_at(const char *at, bool start)
{
	const struct replay_options options = {.at = at, .start = start};
	struct source *source;
	char error[512] = "";

	if (replay_source_open(made.path, &options, &source, error, sizeof(error)))
		fail_msg("%s", error);
	return source;
}

static pid_t pid_of(void)
{
	return moments[0]->processes[0].pid;
}

/* Where a sample of a screen is, whose interval is so long; its events are added to *events. */
static size_t seen(struct source *source, uint64_t interval_ns, bool anew, size_t *events)
{
	const struct watch watch = {.follow = true, .live = true, .interval_ns = interval_ns, .anew = anew};
	struct moment *moment = source_sample(source, &watch);
	const size_t at = moment->timeline->at;

	assert_null(moment->lost);
	assert_int_equal(moment->mono_ns, SECOND + at * EACH);
	if (events)
		*events += moment->n_events;
	moment_free(moment);
	return at;
}

static void stands(void **state)
{
	static const struct {
		const char *at;
		size_t moment;
	} cases[] = {
		{"+0", 0},
		{"+0.5", 50},
		{"+500ms", 50},
		{"+0.509999999", 50},
		{"+0.99s", 99},
		{"2026-11-21T01:20:00Z", 0},
		{"2026-11-21T01:20:00.255Z", 25},
		{"2026-11-21 01:20:00.99", 99},
		{"01:20:00.5", 50},
		{NULL, 99},
	};
	struct source *source;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		source = opened_at(cases[i].at, false);
		if (seen(source, 0, false, NULL) != cases[i].moment)
			fail_msg("%s is not moment %zu", cases[i].at, cases[i].moment);
		/* Without an interval no time passes. */
		assert_int_equal(seen(source, 0, false, NULL), cases[i].moment);
		source_close(source);
	}
	source = opened_at(NULL, true);
	assert_int_equal(seen(source, 0, false, NULL), 0);
	source_close(source);
}

static void refuses(void **state)
{
	static const struct {
		const char *at;
		int err;
	} cases[] = {
		{"+1", -ENOENT},
		{"+x", -EINVAL},
		{"", -EINVAL},
		{"noon", -EINVAL},
		{"25:00", -EINVAL},
		{"2026-11-21", -EINVAL},
		{"2026-11-21T01:19:59Z", -ENOENT},
		{"2026-11-21T01:20:01Z", -ENOENT},
		{"01:19", -ENOENT},
		{"+18446744073709551616", -EINVAL},
		{"01:20:00.5x", -EINVAL},
		{"01:20:99", -EINVAL},
	};
	struct source *source;
	char error[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct replay_options options = {.at = cases[i].at};
		const int err = replay_source_open(made.path, &options, &source, error, sizeof(error));

		if (err != cases[i].err || !strstr(error, cases[i].at))
			fail_msg("'%s': %d, %s", cases[i].at, err, err ? error : "");
	}
}

static void travels(void **state)
{
	struct source *source = opened_at("+0.5", false);

	(void)state;
	assert_true(source_travel(source, TRAVEL_FORWARD));
	assert_int_equal(seen(source, EACH, true, NULL), 51);
	assert_true(source_travel(source, TRAVEL_BACK) && source_travel(source, TRAVEL_BACK));
	assert_int_equal(seen(source, EACH, true, NULL), 49);
	assert_true(source_travel(source, TRAVEL_CHANGE));
	assert_int_equal(seen(source, EACH, true, NULL), 50);
	assert_true(source_travel(source, TRAVEL_CHANGE));
	assert_int_equal(seen(source, EACH, true, NULL), 55); /* an event */
	assert_true(source_travel(source, TRAVEL_CHANGE_BACK) && source_travel(source, TRAVEL_CHANGE_BACK));
	assert_int_equal(seen(source, EACH, true, NULL), 40);
	assert_true(source_travel(source, TRAVEL_START));
	assert_false(source_travel(source, TRAVEL_BACK));
	assert_false(source_travel(source, TRAVEL_CHANGE_BACK));
	assert_int_equal(seen(source, EACH, true, NULL), 0);
	assert_true(source_travel(source, TRAVEL_END));
	assert_false(source_travel(source, TRAVEL_FORWARD));
	assert_false(source_travel(source, TRAVEL_CHANGE));
	assert_int_equal(seen(source, EACH, true, NULL), N - 1);
	assert_int_equal(source_seek(source, -10), -10);
	assert_int_equal(source_seek(source, 1000), 10);
	assert_int_equal(source_seek(source, INT64_MIN), -(N - 1));
	source_close(source);
}

/* All of it, as fast as it goes: every event is told, and once, also where time goes back. */
static void plays(void **state)
{
	const struct timespec nap = {.tv_nsec = 3000000};
	struct source *source = opened_at(NULL, true);
	size_t at = 0, before, events = 0, i;

	(void)state;
	for (i = 0; i < 3; i++)
		assert_true(source_travel(source, TRAVEL_FASTER));
	for (i = 0; i < 2000 && at < N - 1; i++) {
		before = at;
		at = seen(source, SECOND, false, &events);
		assert_true(at >= before);
		nanosleep(&nap, NULL);
	}
	assert_int_equal(at, N - 1);
	assert_int_equal(events, 3); /* 25, 55 and 85 */
	source_travel(source, TRAVEL_START);
	for (i = 0, at = 0; i < 2000 && at < N - 1; i++) {
		at = seen(source, SECOND, i == 0, &events);
		nanosleep(&nap, NULL);
	}
	assert_int_equal(events, 3);
	source_close(source);
}

/* A step over several events tells them all, and goes on from where it led, not from the last of them. */
static void steps_over_events(void **state)
{
	const struct timespec nap = {.tv_nsec = 10000000};
	struct source *source = opened_at("+0.2", false);
	size_t at, events = 0;

	(void)state;
	while (source_travel(source, TRAVEL_FASTER))
		;
	seen(source, SECOND, false, &events);
	nanosleep(&nap, NULL); /* a hundred times of which is all there is, and more */
	assert_int_equal(seen(source, SECOND, false, &events), N - 1);
	assert_int_equal(events, 3);
	assert_int_equal(seen(source, SECOND, false, NULL), N - 1);
	/* Nor does what is listed or shown in between come from elsewhere. */
	at = seen(source, SECOND, true, NULL);
	assert_int_equal(at, N - 1);
	source_close(source);
}

/* Wherever one jumps, what happened before is told there, and once. */
static void jumps_over_events(void **state)
{
	struct source *source = opened_at("+0.5", false);
	size_t events = 0;

	(void)state;
	assert_int_equal(seen(source, EACH, true, &events), 50);
	assert_int_equal(events, 1); /* 25 */
	source_travel(source, TRAVEL_END);
	seen(source, EACH, true, &events);
	assert_int_equal(events, 3); /* 55 and 85 */
	source_travel(source, TRAVEL_START);
	seen(source, EACH, true, &events);
	source_seek(source, 55);
	assert_int_equal(seen(source, EACH, true, &events), 55);
	assert_int_equal(events, 3);
	source_close(source);
}

/* A file that is cut off while it is looked at, in one frame as others compress: it ends, and is lost then. */
static void cut_meanwhile(void **state)
{
	const struct watch watch = {.follow = true, .live = true, .interval_ns = 1, .anew = true};
	const struct replay_options options = {.start = true};
	struct made made_here = {0};
	struct buf text = {0}, one;
	struct source *source;
	struct moment *moment;
	char error[512], *packed;
	size_t i, len;

	(void)state;
	for (i = 0; i < N; i++) {
		one = sample_json(moments[i]);
		buf_add(&text, one.data, one.len);
		buf_fini(&one);
	}
	packed = malloc(ZSTD_compressBound(text.len));
	len = ZSTD_compress(packed, ZSTD_compressBound(text.len), text.data, text.len, 3);
	make_file(&made_here);
	fill_file(&made_here, packed, len);
	assert_int_equal(replay_source_open(made_here.path, &options, &source, error, sizeof(error)), 0);
	assert_int_equal(ftruncate(made_here.fd, 10), 0);
	source_travel(source, TRAVEL_END);
	for (i = 0; i < 3; i++) {
		moment = source_sample(source, &watch);
		if (moment->lost)
			assert_non_null(strstr(moment->lost, "changed"));
		else
			assert_non_null(moment->timeline->broken);
		moment_free(moment);
		source_travel(source, TRAVEL_BACK);
		source_travel(source, TRAVEL_END);
		source_seek(source, -1);
	}
	source_close(source);
	free(packed);
	buf_fini(&text);
	end_file(&made_here);
}

/* What was spent paused is not gone on by: no more than two intervals at a time. */
static void pauses(void **state)
{
	const struct timespec nap = {.tv_nsec = 200000000};
	struct source *source = opened_at(NULL, true);

	(void)state;
	seen(source, EACH, false, NULL);
	nanosleep(&nap, NULL);
	assert_in_range(seen(source, EACH, false, NULL), 1, 2);
	/* Nor while it is looked at anew. */
	nanosleep(&nap, NULL);
	assert_in_range(seen(source, EACH, true, NULL), 1, 2);
	source_close(source);
}

static void speeds(void **state)
{
	struct source *source = opened_at(NULL, true);
	unsigned n;

	(void)state;
	for (n = 0; source_travel(source, TRAVEL_SLOWER); n++)
		;
	assert_int_equal(n, 3);
	for (n = 0; source_travel(source, TRAVEL_FASTER); n++)
		;
	assert_int_equal(n, 9);
	source_close(source);
}

static void chooses(void **state)
{
	const pid_t pids[] = {999999, pid_of()};
	const uint64_t other[] = {0, 77};
	struct source *source = opened_at("+0.5", false);
	struct moment *moment = source_sample(source, &(struct watch){.pids = pids, .n = 2});
	struct listed *list;
	struct arena arena = {0};
	size_t n;

	(void)state;
	assert_int_equal(moment->n_processes, 2);
	assert_int_equal(moment->processes[0].outcome, OUTCOME_GONE);
	assert_non_null(moment->processes[0].reason);
	assert_int_equal(moment->processes[1].outcome, OUTCOME_OK);
	assert_int_equal(moment->processes[1].n_regions, 8);
	assert_false(capable(&moment->caps, CAP_SPECIMEN));
	assert_non_null(moment->caps.missing[CAP_SPECIMEN]);
	assert_string_equal(moment->source, "replay:live");
	moment_free(moment);
	moment = source_sample(source, &(struct watch){.pids = pids, .start_times = other, .n = 2});
	assert_int_equal(moment->processes[1].outcome, OUTCOME_REUSED);
	assert_int_equal(moment->processes[1].n_regions, 0);
	/* It outlives the source. */
	assert_int_equal(source_list(source, &arena, &list, &n), 0);
	assert_true(n >= 1 && list[0].pid == pid_of());
	arena_fini(&arena);
	source_close(source);
	assert_int_equal(moment->timeline->n, N);
	moment_free(moment);
}

static void examines(void **state)
{
	struct source *source = opened_at("+0.5", false);
	const uint64_t addr = moments[0]->processes[0].regions[0].start;
	struct moment *moment = source_examine(source, pid_of(), addr);
	struct arena arena = {0};
	struct trigger trigger = {0};
	struct event event;
	struct buf text = {0};
	struct why why;
	bool asks;

	(void)state;
	/* It has no pages: that is said, and not that there are none. */
	assert_int_equal(moment->processes[0].outcome, OUTCOME_FAILED);
	assert_non_null(strstr(moment->processes[0].reason, "--pages"));
	moment_free(moment);
	assert_int_equal(source_plan(source, &trigger, &text, &asks), -ENOTSUP);
	assert_non_null(strstr(source->error, "recording"));
	assert_int_equal(source_trigger(source, &trigger, NULL, &arena, &event), -ENOTSUP);
	assert_int_equal(source_why(source, pid_of(), 0, addr, false, &arena, &why), -ENOTSUP);
	assert_non_null(strstr(source->error, "recording"));
	source_close(source);
}

/* What is compressed and sound may make no sense: that is an error, or the end of what is kept. */
static void senseless(void **state)
{
	static const char bad[] = "{\"type\":\"snapshot\",\"schema\":\"thpscope-snapshot/1\",\"time\":"
				  "\"2026-11-21T01:20:09Z\",\"mono_ns\":9000000000}\n{\"type\":\"end\"}\n";
	struct replay_options options = {0};
	struct source *source;
	struct moment *moment;
	struct made worse = {0};
	struct buf text = sample_json(moments[0]);
	char packed[1 << 16], error[512];
	size_t len, last;

	(void)state;
	buf_puts(&text, bad);
	len = ZSTD_compress(packed, sizeof(packed), text.data, text.len, 3);
	make_file(&worse);
	fill_file(&worse, packed, len);
	assert_int_equal(replay_source_open(worse.path, &options, &source, error, sizeof(error)), -EBADMSG);
	assert_non_null(strstr(error, "in moment 2"));
	options.keep = true;
	for (last = 0; last < 2; last++) {
		options.start = !last;
		assert_int_equal(replay_source_open(worse.path, &options, &source, error, sizeof(error)), 0);
		if (!last)
			source_travel(source, TRAVEL_END);
		moment = source_sample(source,
				       &(struct watch){.follow = true, .live = true, .interval_ns = 1});
		assert_null(moment->lost);
		assert_int_equal(moment->timeline->at, 0);
		assert_int_equal(moment->timeline->n, 1);
		assert_non_null(moment->timeline->broken);
		moment_free(moment);
		source_close(source);
	}
	buf_fini(&text);
	end_file(&worse);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stands),
		cmocka_unit_test(refuses),
		cmocka_unit_test(travels),
		cmocka_unit_test(plays),
		cmocka_unit_test(pauses),
		cmocka_unit_test(speeds),
		cmocka_unit_test(chooses),
		cmocka_unit_test(examines),
		cmocka_unit_test(senseless),
		cmocka_unit_test(steps_over_events),
		cmocka_unit_test(jumps_over_events),
		cmocka_unit_test(cut_meanwhile),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, make, unmake);
}
