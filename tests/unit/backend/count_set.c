/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which threads are counted by which events, and what they come to. */
#include "count_common.h"

static void test_each_thread_once(void **state)
{
	struct fake_thread *main_thread, *second, *later, *child;

	(void)state;
	fake.now = 900;
	main_thread = clone_of(NULL, 10, 10);
	second = clone_of(main_thread, 10, 11);
	fake.now = 1000;
	assert_int_equal(SAMPLE(two_names, main_thread), 2);
	assert_int_equal(count_set_open(set), 4);
	assert_int_equal(times(main_thread), 2);
	assert_int_equal(times(second), 2);
	fake.now = 1100;
	later = clone_of(second, 10, 12);
	child = clone_of(later, 20, 20);
	SAMPLE(two_names, main_thread);
	assert_int_equal(times(later), 2);
	assert_int_equal(times(child), 2);
	/* A followed child is in its parent's figures, and says so. */
	SAMPLE(two_names, main_thread, child);
	assert_int_equal(times(child), 2);
	assert_non_null(strstr(counters[0].missing, "figures of process 10"));
	assert_int_equal(counters[0].value, 0);
	/* When its parent is watched no more, it has its own. */
	SAMPLE(two_names, child);
	SAMPLE(two_names, child);
	assert_null(counters[0].missing);
	assert_int_equal(times(child), 2);
	assert_int_equal(times(main_thread), 0);
}

static struct fake_thread *racer;

/* Between the list of threads and the opening of the second one, that one clones. */
static void clone_at_second_open(unsigned nth)
{
	if (nth == 2)
		racer = clone_of(&fake.threads[1], 10, 12);
}

/* And here the first one, whose event is open by then: its clone has inherited it. */
static void clone_inheriting(unsigned nth)
{
	if (nth == 2)
		racer = clone_of(&fake.threads[0], 10, 12);
}

static void test_born_between(void **state)
{
	struct fake_thread *main_thread;

	(void)state;
	main_thread = clone_of(NULL, 10, 10);
	clone_of(main_thread, 10, 11);
	fake.before_open = clone_at_second_open;
	SAMPLE(one_name, main_thread);
	assert_int_equal(times(racer), 1);
	assert_int_equal(times(main_thread), 1);
}

static void test_born_inheriting(void **state)
{
	struct fake_thread *main_thread;

	(void)state;
	main_thread = clone_of(NULL, 10, 10);
	clone_of(main_thread, 10, 11);
	fake.before_open = clone_inheriting;
	SAMPLE(one_name, main_thread);
	assert_int_equal(times(racer), 1);
}

/* Cloned before the first open, in /proc only behind the second list: the next sample finds it. */
static void test_born_in_flight(void **state)
{
	struct fake_thread *main_thread;

	(void)state;
	main_thread = clone_of(NULL, 10, 10);
	racer = clone_of(main_thread, 10, 11);
	racer->hidden = true;
	SAMPLE(one_name, main_thread);
	assert_int_equal(times(racer), 0);
	racer->hidden = false;
	racer->start = fake.now;
	fake.now += COUNT_MARGIN + 1;
	SAMPLE(one_name, main_thread);
	assert_int_equal(times(racer), 1);
	assert_int_equal(times(main_thread), 1);
	/* What was counted in the round before stays. */
	fake.now += 100;
	racer = clone_of(racer, 10, 12);
	SAMPLE(one_name, main_thread);
	assert_int_equal(times(racer), 1);
}

/* A thread ends behind the list, and somebody else's gets its number. */
static void reuse_at_second_open(unsigned nth)
{
	if (nth != 2)
		return;
	fake.threads[1].gone = true;
	racer = clone_of(NULL, 50, 11);
}

static void test_reused_thread(void **state)
{
	struct fake_thread *main_thread = clone_of(NULL, 10, 10);

	(void)state;
	clone_of(main_thread, 10, 11);
	fake.before_open = reuse_at_second_open;
	SAMPLE(one_name, main_thread);
	assert_int_equal(times(main_thread), 1);
	assert_int_equal(times(racer), 0);
}

static void clone_always(unsigned nth)
{
	clone_of(&fake.threads[0], 10, (pid_t)(100 + nth));
}

/* Who never stops starting threads is counted all the same, nobody twice. */
static void test_rounds_end(void **state)
{
	struct fake_thread *main_thread;
	size_t i;

	(void)state;
	main_thread = clone_of(NULL, 10, 10);
	fake.at_threads = clone_always;
	SAMPLE(one_name, main_thread);
	SAMPLE(one_name, main_thread);
	assert_int_equal(times(main_thread), 1);
	for (i = 0; i < fake.n_threads; i++)
		assert_true(times(&fake.threads[i]) <= 1);
	fake.at_threads = NULL;
}

static void test_sums_and_scales(void **state)
{
	struct fake_thread *main_thread;

	(void)state;
	main_thread = clone_of(NULL, 10, 10);
	clone_of(main_thread, 10, 11);
	SAMPLE(hardware_name, main_thread);
	read_as(0, 100, 1000, 1000);
	read_as(1, 7, 500, 500);
	SAMPLE(hardware_name, main_thread);
	assert_int_equal(counters->value, 107);
	assert_int_equal(counters->enabled_ns, 1500);
	assert_int_equal(counters->running_ns, 1500);
	assert_false(counter_scaled(counters));
	/* Not all of the time: what came then stands for all of it. */
	read_as(0, 110, 1500, 1100);
	SAMPLE(hardware_name, main_thread);
	assert_int_equal(counters->value, 7 + 110 * 1500 / 1100);
	assert_true(counter_scaled(counters));
	/* The estimate falls; the figure waits until it is back. */
	read_as(0, 111, 1510, 1200);
	SAMPLE(hardware_name, main_thread);
	assert_int_equal(counters->value, 157);
	assert_int_equal(counters->running_ns, 1700);
	read_as(0, 300, 2000, 1500);
	SAMPLE(hardware_name, main_thread);
	assert_int_equal(counters->value, 407);
	/* Of more than 64 bits on the way. */
	read_as(1, UINT64_C(1) << 40, UINT64_C(1) << 42, UINT64_C(1) << 41);
	SAMPLE(hardware_name, main_thread);
	assert_int_equal(counters->value, 400 + (UINT64_C(1) << 41));
}

/* The kernel's own counts are never estimates, whatever the times that come with them. */
static void test_software_is_not_scaled(void **state)
{
	struct fake_thread *main_thread = clone_of(NULL, 10, 10);

	(void)state;
	SAMPLE(one_name, main_thread);
	read_as(0, 100, 1000, 500);
	SAMPLE(one_name, main_thread);
	assert_int_equal(counters->value, 100);
}

static void test_no_turn_is_not_zero(void **state)
{
	struct fake_thread *main_thread = clone_of(NULL, 10, 10);

	(void)state;
	SAMPLE(two_names, main_thread);
	read_as(0, 0, 1000, 0);
	read_as(1, 5, 1000, 1000);
	SAMPLE(two_names, main_thread);
	assert_non_null(strstr(counters[0].missing, "no counter free"));
	assert_null(counters[1].missing);
	assert_int_equal(counters[1].value, 5);
	read_as(0, 9, 2000, 1000);
	SAMPLE(two_names, main_thread);
	assert_null(counters[0].missing);
	assert_int_equal(counters[0].value, 18);
}

static void test_rounds_keep_what_was_counted(void **state)
{
	struct fake_thread *main_thread = clone_of(NULL, 10, 10);

	(void)state;
	racer = clone_of(main_thread, 10, 11);
	racer->hidden = true;
	SAMPLE(one_name, main_thread);
	read_as(0, 50, 100, 100);
	racer->hidden = false;
	SAMPLE(one_name, main_thread);
	assert_int_equal(counters->value, 50);
	assert_int_equal(counters->enabled_ns, 100);
	read_as(1, 3, 10, 10);
	read_as(2, 4, 10, 10);
	SAMPLE(one_name, main_thread);
	assert_int_equal(counters->value, 57);
	assert_int_equal(counters->running_ns, 120);
}

static void test_errors(void **state)
{
	static const struct {
		int error, paranoid;
		const char *sentence;
	} table[] = {
		{-EACCES, 2, "somebody else's process"},
		{-EACCES, 3, "perf_event_paranoid is 3"},
		{-EPERM, 4, "CAP_PERFMON"},
		{-EMFILE, 1, "ulimit -n"},
		{-ENFILE, 1, "descriptor"},
		{-ENOSPC, 1, "no counter left"},
		{-ENOENT, 1, "do not count this event"},
		{-EINVAL, 1, "do not count this event"},
		{-EBUSY, 1, "somebody else has the PMU"},
		{-ENOMEM, 1, "out of memory"},
		{-ENOSYS, 1, "CONFIG_PERF_EVENTS"},
		{-EIO, 1, "perf_event_open: "},
	};
	struct fake_thread *main_thread = clone_of(NULL, 10, 10);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		fake.fail = table[i].error;
		fake.paranoid = table[i].paranoid;
		SAMPLE(one_name, main_thread);
		assert_non_null(counters->missing);
		if (!strstr(counters->missing, table[i].sentence))
			fail_msg("%d: '%s'", table[i].error, counters->missing);
		assert_int_equal(count_set_open(set), 0);
		/* Nobody is asked for: the next one begins anew. */
		count_set_begin(set, one_name, 1);
		count_set_end(set);
	}
}

/* What one of two threads counted is lost: what is left is not shown as the sum, and neither is what was known before. */
static void test_unreadable(void **state)
{
	struct fake_thread *main_thread = clone_of(NULL, 10, 10);

	(void)state;
	clone_of(NULL, 10, 11);
	SAMPLE(two_names, main_thread);
	assert_int_equal(count_set_open(set), 4);
	fake.fds[0].reading = fake.fds[1].reading = (struct count_reading){500, 9, 9};
	SAMPLE(two_names, main_thread);
	assert_int_equal(counters[0].value, 1000);
	fake.unreadable = 1;
	fake.read_error = -EIO;
	SAMPLE(two_names, main_thread);
	assert_non_null(counters[0].missing);
	assert_non_null(strstr(counters[0].missing, strerror(EIO)));
	assert_int_equal(counters[0].value, 0);
	assert_null(counters[1].missing);
	assert_int_equal(count_set_open(set), 2);
	/* It cannot be made good again. */
	fake.read_error = 0;
	SAMPLE(two_names, main_thread);
	assert_non_null(counters[0].missing);
	assert_null(counters[1].missing);
}

/* More than there may be at a time, as a far end has more of the usual ones than we: it is not left out in silence. */
static void test_too_many(void **state)
{
	const char *names[COUNTERS_MOST];
	char texts[COUNTERS_MOST][8];
	struct fake_thread *main_thread = clone_of(NULL, 10, 10);
	size_t i;

	(void)state;
	for (i = 0; i < COUNTERS_MOST; i++) {
		snprintf(texts[i], sizeof(texts[i]), "r%zx", i + 1);
		names[i] = texts[i];
	}
	SAMPLE(names, main_thread);
	assert_null(counters[COUNTERS_MOST - 1].missing);
	names[0] = COUNT_DEFAULT;
	assert_int_equal(SAMPLE(names, main_thread), COUNTERS_MOST);
	assert_null(counters[COUNTERS_MOST - 2].missing);
	assert_non_null(counters[COUNTERS_MOST - 1].missing);
	assert_non_null(strstr(counters[COUNTERS_MOST - 1].missing, "32 events at a time are the most"));
}

/* Whether there is a PMU is asked at each start, also of who counts nothing: no event is opened for it. */
static void test_a_pmu_is_found_without_an_event(void **state)
{
	(void)state;
	assert_null(count_missing(&ops, NULL));
	fake.no_pmu = true;
	assert_non_null(strstr(count_missing(&ops, NULL), "no PMU"));
	assert_int_equal(fake.tried + fake.opens, 0);
}

static void test_no_pmu(void **state)
{
	struct fake_thread *main_thread = clone_of(NULL, 10, 10);

	(void)state;
	fake.no_pmu = true;
	assert_non_null(count_missing(&ops, NULL));
	SAMPLE(two_names, main_thread);
	assert_non_null(strstr(counters[0].missing, "no PMU"));
	assert_true(counters[0].hardware);
	assert_null(counters[1].missing);
	/* Nobody named any: then none of a PMU is tried. */
	assert_int_equal(sample(NULL, 0, (const struct fake_thread *const[]){main_thread}, 1), 3);
	assert_string_equal(counters[0].name, "page-faults");
	fake.no_pmu = false;
	assert_null(count_missing(&ops, NULL));
}

static void test_user_space_alone(void **state)
{
	static const char *const names[] = {"page-faults", "minor-faults:k", "major-faults:u"};
	struct fake_thread *main_thread = clone_of(NULL, 10, 10);

	(void)state;
	fake.no_kernel = true;
	fake.paranoid = 2;
	SAMPLE(names, main_thread);
	assert_string_equal(counters[0].name, "page-faults:u");
	assert_null(counters[0].missing);
	assert_true(fake.fds[0].event.exclude_kernel);
	assert_string_equal(counters[1].name, "minor-faults:k");
	assert_non_null(strstr(counters[1].missing, "modifier u"));
	assert_string_equal(counters[2].name, "major-faults:u");
	assert_null(counters[2].missing);
}

/* Where descriptors run out some threads would be shown as all: then none is counted, and the next process is. */
static void test_room(void **state)
{
	struct fake_thread *many, *few;
	pid_t tid;

	(void)state;
	many = clone_of(NULL, 10, 10);
	for (tid = 11; tid < 20; tid++)
		clone_of(many, 10, tid);
	few = clone_of(NULL, 30, 30);
	fake.room = 5;
	SAMPLE(one_name, few, many);
	assert_non_null(strstr(counters->missing, "ulimit -n"));
	assert_int_equal(count_set_open(set), 1);
	SAMPLE(one_name, many, few);
	assert_null(counters->missing);
}

/* Who is on its way out is counted on if it was counted: so the set has to know it, and nobody of its number. */
static void test_known(void **state)
{
	struct fake_thread *main_thread = clone_of(NULL, 10, 10);

	(void)state;
	assert_false(count_set_has(set, 10, main_thread->start));
	SAMPLE(one_name, main_thread);
	assert_true(count_set_has(set, 10, main_thread->start));
	assert_false(count_set_has(set, 10, main_thread->start + 1));
	assert_false(count_set_has(set, 11, main_thread->start));
	count_set_begin(set, one_name, 1);
	assert_true(count_set_has(set, 10, main_thread->start));
	count_set_end(set);
	assert_false(count_set_has(set, 10, main_thread->start));
}

static void test_names_change(void **state)
{
	static const char *const wrong[] = {"page-fault", "page-faults"};
	struct fake_thread *main_thread = clone_of(NULL, 10, 10);

	(void)state;
	SAMPLE(one_name, main_thread);
	read_as(0, 50, 100, 100);
	SAMPLE(wrong, main_thread);
	assert_string_equal(counters[0].name, "page-fault");
	assert_non_null(strstr(counters[0].missing, "nearest"));
	assert_int_equal(counters[1].value, 0);
	assert_int_equal(count_set_open(set), 1);
	count_set_begin(set, wrong, 2);
	count_set_end(set);
	assert_int_equal(count_set_open(set), 0);
}

/* Who reads finds a counter by its name: two of one name would be one series, or be taken for one another. */
static void test_named_twice(void **state)
{
	static const char *const twice[] = {"page-faults", "cycles", "page-faults", "page-faults:u"};
	struct fake_thread *main_thread = clone_of(NULL, 10, 10);

	(void)state;
	assert_int_equal(SAMPLE(twice, main_thread), 3);
	assert_string_equal(counters[2].name, "page-faults:u");
	assert_int_equal(count_set_open(set), 3);
	/* Where only user space may be counted the last is the first. */
	teardown(NULL);
	setup(NULL);
	fake.no_kernel = true;
	main_thread = clone_of(NULL, 10, 10);
	assert_int_equal(SAMPLE(twice, main_thread), 2);
	assert_string_equal(counters[0].name, "page-faults:u");
	assert_string_equal(counters[1].name, "cycles:u");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_each_thread_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_born_between, setup, teardown),
		cmocka_unit_test_setup_teardown(test_born_inheriting, setup, teardown),
		cmocka_unit_test_setup_teardown(test_born_in_flight, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reused_thread, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rounds_end, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sums_and_scales, setup, teardown),
		cmocka_unit_test_setup_teardown(test_software_is_not_scaled, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_turn_is_not_zero, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rounds_keep_what_was_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_errors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unreadable, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_pmu, setup, teardown),
		cmocka_unit_test_setup_teardown(test_user_space_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_room, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_pmu_is_found_without_an_event, setup, teardown),
		cmocka_unit_test_setup_teardown(test_known, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names_change, setup, teardown),
		cmocka_unit_test_setup_teardown(test_named_twice, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
