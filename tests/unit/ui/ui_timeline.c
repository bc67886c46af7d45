/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording on the screen: its line of time, its keys, and what is shown of a process that is gone. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "deeds.h"
#include "stage.h"

/* Moment `at` of 6001, a tenth of a second apart. */
static struct moment *recorded(size_t at)
{
	struct moment *moment = world_demo(true);
	struct timeline *line = arena_alloc(&moment->arena, sizeof(*line));

	*line = (struct timeline){.at = at,
				  .n = 6001,
				  .ns = at * UINT64_C(100000000),
				  .length_ns = UINT64_C(600000000000),
				  .until_ns = at * UINT64_C(100000000) + 1,
				  .tenths = 10};
	line->parts[3] = line->parts[100] = line->parts[101] = TIMELINE_CHANGED;
	line->parts[140] = line->parts[255] = TIMELINE_CHANGED | TIMELINE_HAPPENED;
	moment->source = "replay:live";
	moment->mono_ns = line->ns + 1;
	moment->wall_ns = INT64_C(1795224000000000000) + (int64_t)line->ns;
	moment->timeline = line;
	return moment;
}

static void test_views(void **state)
{
	struct moment *moment;

	(void)state;
	EACH_SIZE
	{
		stage_open("replay", &stage_sizes[size]);
		stage_take(recorded(0));
		world_golden(&cells, "timeline-start");
		moment = recorded(1525);
		((struct timeline *)moment->timeline)->tenths = 5;
		stage_take(moment);
		world_golden(&cells, "timeline-plays");
		press(" ");
		world_golden(&cells, "timeline-stops");
		moment = recorded(6000);
		((struct timeline *)moment->timeline)->broken =
			"night.thp is cut off in moment 6002, behind byte 123456 and line 18003";
		stage_take(moment);
		world_golden(&cells, "timeline-ends");
	}
}

/* The deed that is asked for first; it is done. */
static enum travel take(const char *said)
{
	struct deed deed = screen.tasks.deeds[0];

	assert_int_not_equal(screen.tasks.n_deeds, 0);
	assert_int_equal(deed.kind, DEED_TRAVEL);
	snprintf(deed.said, sizeof(deed.said), "%s", said);
	screen_take_deed(&screen, &deed);
	screen_draw(&screen, &cells);
	return deed.travel;
}

static void test_keys(void **state)
{
	static const struct {
		const char *key;
		enum travel travel;
		bool stops;
	} keys[] = {
		{",", TRAVEL_BACK, true},    {".", TRAVEL_FORWARD, true}, {"<", TRAVEL_CHANGE_BACK, true},
		{">", TRAVEL_CHANGE, true},  {"^", TRAVEL_START, false},  {"$", TRAVEL_END, false},
		{"{", TRAVEL_SLOWER, false}, {"}", TRAVEL_FASTER, false},
	};

	(void)state;
	stage_open("replay", &stage_sizes[1]);
	stage_take(recorded(0));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		screen.paused = false;
		press(keys[i].key);
		assert_int_equal(take(""), keys[i].travel);
		assert_int_equal(screen.paused, keys[i].stops);
		assert_null(screen.message);
	}
	press(">");
	take("nothing changes behind this moment");
	assert_true(shows("nothing changes behind this moment"));
	/* What comes while it stands still is what a key led to. */
	assert_true(screen.paused);
	{
		struct moment *moment = recorded(7);

		assert_true(screen_shows_deed(&screen, moment));
		moment_free(moment);
	}
	press(" ");
	assert_false(screen.paused);
	assert_false(shows("This is the end"));
	stage_take(recorded(6000));
	press("p");
	press("p");
	assert_false(screen.paused);
	assert_true(shows("This is the end of the recording"));
	close_screen();
}

/* Nothing is asked of the kernel, or done to what was. */
static void test_no_acts(void **state)
{
	static const char *const keys[] = {"C", "S", "W", "F", "y", "Y", "x", "e", "R", "a", "o"};

	(void)state;
	stage_open("replay", &stage_sizes[1]);
	stage_take(recorded(0));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		press(keys[i]);
		assert_int_equal(screen.tasks.n_deeds, 0);
		assert_false(screen.act.plan || screen.act.menu.open || screen.inquiry.open ||
			     screen.ask_eligible);
		if (!shows("This is a recording"))
			fail_msg("%s does not say that this is a recording", keys[i]);
	}
	close_screen();
	/* And without a recording the keys say what they are for. */
	stage_open("demo", &stage_sizes[1]);
	stage_take(world_demo(true));
	press("<");
	assert_int_equal(screen.tasks.n_deeds, 0);
	assert_true(shows("thpscope replay FILE"));
	close_screen();
}

/* Without its process: it has exited, or is not born yet. */
static struct moment *gone(size_t at, struct moment *before)
{
	struct moment *moment = recorded(at);

	moment->processes[0].outcome = OUTCOME_GONE;
	moment->processes[0].reason = "it has exited";
	moment->processes[0].n_vmas = moment->processes[0].n_regions = 0;
	((struct timeline *)moment->timeline)->before = before;
	if (before)
		arena_defer(&moment->arena, (void (*)(void *))moment_free, before);
	return moment;
}

static void test_gone(void **state)
{
	(void)state;
	stage_open("replay", &stage_sizes[1]);
	/* Seen from one moment to the next it stays, as it was last. */
	stage_take(recorded(10));
	stage_take(gone(11, NULL));
	assert_non_null(screen.scene.shown[0].process);
	assert_true(shows("has exited"));
	/* From elsewhere what was seen of it is not what was there last. */
	stage_take(recorded(10));
	stage_take(gone(500, NULL));
	assert_null(screen.scene.shown[0].process);
	/* What was there last comes along. */
	stage_take(recorded(10));
	stage_take(gone(500, recorded(499)));
	assert_non_null(screen.scene.shown[0].process);
	assert_int_equal(screen.scene.shown[0].home->timeline->at, 499);
	/* And back before its end it lives. */
	stage_take(recorded(10));
	assert_int_equal(screen.scene.shown[0].outcome, OUTCOME_OK);
	close_screen();
}

/* What just happened is told as long as one goes on from there, and not where one is elsewhere. */
static void test_caption(void **state)
{
	(void)state;
	stage_open("replay", &stage_sizes[1]);
	screen.big = true;
	stage_take(recorded(10));
	screen_take_event(&screen, deed_collapse(0));
	stage_take(recorded(11));
	assert_true(shows("The kernel collapsed a region"));
	stage_take(recorded(500));
	assert_false(shows("The kernel collapsed a region"));
	close_screen();
}

/* The examination of a region of its process, with the pages. */
static struct moment *examined(size_t at)
{
	struct moment *moment = world_examined(true, DEMO_HEAP), *home = recorded(at);

	moment->timeline = arena_copy(&moment->arena, home->timeline, sizeof(*home->timeline));
	moment->mono_ns = home->mono_ns;
	moment_free(home);
	return moment;
}

/* The pages of another time are not shown beside what is shown now. */
static void test_examined(void **state)
{
	(void)state;
	stage_open("replay", &stage_sizes[2]);
	stage_take(recorded(100));
	press("\r");
	screen_take_region(&screen, examined(100));
	assert_non_null(screen.examined);
	/* The next moment comes before its examination, as of a live one. */
	stage_take(recorded(101));
	assert_non_null(screen.examined);
	/* After a leap nothing is left of it, and what was on its way comes too late. */
	stage_take(recorded(50));
	assert_null(screen.examined);
	screen_take_region(&screen, examined(101));
	assert_null(screen.examined);
	screen_take_region(&screen, examined(50));
	assert_non_null(screen.examined);
	stage_take(gone(5000, recorded(4999)));
	assert_null(screen.examined);
	close_screen();
}

/* Of what happened only what is past where one is, however one got there; in the order in which it did. */
static void test_events(void **state)
{
	static const size_t at[] = {40, 10, 25}; /* as they are told after jumps */
	struct occurrence *happened;

	(void)state;
	stage_open("replay", &stage_sizes[1]);
	stage_take(recorded(0));
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		happened = deed_collapse(0);
		happened->event.mono_ns = at[i] * UINT64_C(100000000) + 1;
		screen_take_event(&screen, happened);
	}
	assert_int_equal(events_shown(&screen.events), 0);
	stage_take(recorded(25));
	assert_int_equal(events_shown(&screen.events), 2);
	assert_int_equal(events_at(&screen.events, 1)->event.mono_ns, UINT64_C(2500000001));
	stage_take(recorded(6000));
	assert_int_equal(events_shown(&screen.events), 3);
	/* The cursor may be on one that is not yet, then. */
	events_go(&screen.events, 1);
	stage_take(recorded(10));
	assert_int_equal(events_shown(&screen.events), 1);
	assert_int_equal(events_cursor(&screen.events), 0);
	stage_take(recorded(9));
	assert_int_equal(events_shown(&screen.events), 0);
	assert_int_equal(events_cursor(&screen.events), 0);
	close_screen();
}

/* The same without marks on the line of time. */
static struct moment *unmarked(size_t at)
{
	struct moment *moment = recorded(at);

	memset(((struct timeline *)moment->timeline)->parts, 0, TIMELINE_PARTS);
	return moment;
}

/* The same with all that is huge split. */
static struct moment *split(size_t at)
{
	struct moment *moment = unmarked(at);

	for (size_t i = 0; i < moment->processes[0].n_regions; i++)
		if (moment->processes[0].regions[i].mapping == MAPPING_PMD)
			moment->processes[0].regions[i].mapping = MAPPING_PTE;
	return moment;
}

/* Where time stands still cells show what they are: stopped, and at the end. */
static void test_still(void **state)
{
	(void)state;
	stage_open("replay", &stage_sizes[2]);
	stage_take(unmarked(10));
	assert_false(shows("◆"));
	stage_take(split(11));
	assert_true(shows("◆"));
	screen.paused = true;
	screen_draw(&screen, &cells);
	assert_false(shows("◆"));
	screen.paused = false;
	stage_take(unmarked(5998));
	stage_take(split(5999));
	assert_true(shows("◆"));
	stage_take(unmarked(6000));
	assert_false(shows("◆"));
	close_screen();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_caption), cmocka_unit_test(test_views), cmocka_unit_test(test_keys),
		cmocka_unit_test(test_no_acts), cmocka_unit_test(test_gone),  cmocka_unit_test(test_examined),
		cmocka_unit_test(test_events),	cmocka_unit_test(test_still),
	};

	return cmocka_run_group_tests(tests, stage_setup, NULL);
}
