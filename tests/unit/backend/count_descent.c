/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose events a process has inherited: children, orphans, and who only looks like one. */
#include "count_common.h"

static void test_another_process(void **state)
{
	struct fake_thread *main_thread = clone_of(NULL, 10, 10);

	(void)state;
	SAMPLE(one_name, main_thread);
	read_as(0, 50, 100, 100);
	/* It ends; its last figures stay. */
	main_thread->gone = true;
	SAMPLE(one_name, main_thread);
	assert_int_equal(counters->value, 50);
	/* Another one has its number now, and nothing of it. */
	fake.now = 5000;
	main_thread = clone_of(NULL, 10, 10);
	SAMPLE(one_name, main_thread);
	assert_int_equal(counters->value, 0);
	assert_int_equal(times(main_thread), 1);
	/* Who is meant has gone, and somebody else has the number: he is not counted in its name. */
	fake.now = 6000;
	fake.threads[1].start = 9999;
	count_set_begin(set, one_name, 1);
	count_set_process(set, 10, 4444, &arena, &counters);
	count_set_end(set);
	assert_non_null(counters->missing);
	assert_int_equal(times(&fake.threads[1]), 0);
}

/* A child that may or may not have inherited: its parent gets a new round, and both are counted once. */
static void test_child_beside_the_open(void **state)
{
	struct fake_thread *parent = clone_of(NULL, 10, 10), *child;

	(void)state;
	SAMPLE(one_name, parent);
	fake.now += 1;
	child = clone_of(parent, 20, 20);
	assert_int_equal(times(child), 1);
	SAMPLE(one_name, parent, child);
	assert_null(counters->missing);
	assert_int_equal(times(child), 1);
	assert_int_equal(times(parent), 1);
}

/* A grandchild, whose parent may or may not have inherited, and stands between. */
static void test_grandchild_of_such(void **state)
{
	struct fake_thread *parent = clone_of(NULL, 10, 10), *child, *grandchild, *last;

	(void)state;
	SAMPLE(one_name, parent);
	fake.now += 1;
	child = clone_of(parent, 20, 20);
	memset(child->counted, 0, sizeof(child->counted));
	fake.now += 100;
	grandchild = clone_of(child, 30, 30);
	SAMPLE(one_name, parent, grandchild);
	assert_null(counters->missing);
	assert_int_equal(times(grandchild), 1);
	fake.now += 100;
	last = clone_of(grandchild, 40, 40);
	SAMPLE(one_name, parent, grandchild, last);
	assert_non_null(strstr(counters->missing, "figures of process 30"));
	assert_int_equal(times(last), 1);
}

static void test_orphan(void **state)
{
	struct fake_thread *parent = clone_of(NULL, 10, 10), *child, *stranger;

	(void)state;
	fake.now = 500;
	stranger = clone_of(NULL, 5, 5);
	fake.now = 1000;
	SAMPLE(one_name, parent);
	fake.now = 2000;
	child = clone_of(parent, 20, 20);
	child->parent = 1;
	SAMPLE(one_name, parent, child);
	assert_non_null(strstr(counters->missing, "twice"));
	assert_int_equal(times(child), 1);
	/* Who is older than all counting has inherited nothing, nor have his children. */
	SAMPLE(one_name, parent, stranger);
	assert_null(counters->missing);
	assert_int_equal(times(stranger), 1);
	SAMPLE(one_name, parent);
	fake.now = 3000;
	child = clone_of(stranger, 21, 21);
	SAMPLE(one_name, parent, child);
	assert_null(counters->missing);
	assert_int_equal(times(child), 1);
}

/* A subreaper is as good an adopter as init, and nothing tells who is one: whoever is above the counted process may be. */
static void test_orphan_of_subreaper(void **state)
{
	struct fake_thread *reaper, *between, *beside, *parent, *child, *other;

	(void)state;
	fake.now = 500;
	reaper = clone_of(NULL, 5, 5);
	between = clone_of(reaper, 6, 6);
	beside = clone_of(reaper, 7, 7);
	parent = clone_of(between, 10, 10);
	fake.now = 1000;
	SAMPLE(one_name, parent);
	fake.now = 2000;
	child = clone_of(parent, 20, 20);
	child->parent = 5;
	SAMPLE(one_name, parent, child);
	assert_non_null(strstr(counters->missing, "process 10 was counted"));
	assert_int_equal(times(child), 1);
	/* Below an orphan, too. */
	other = clone_of(child, 21, 21);
	SAMPLE(one_name, parent, other);
	assert_non_null(strstr(counters->missing, "twice"));
	assert_int_equal(times(other), 1);
	/* Who is beside the line takes in nobody of it. */
	other = clone_of(beside, 22, 22);
	SAMPLE(one_name, parent, other);
	assert_null(counters->missing);
	assert_int_equal(times(other), 1);
	/* Whose parent ends while it is asked for could be anybody's. */
	other = clone_of(parent, 23, 23);
	other->parent = 99;
	SAMPLE(one_name, parent, other);
	assert_non_null(strstr(counters->missing, "twice"));
	assert_int_equal(times(other), 1);
	/* Above whom one was that has ended is not known. */
	parent->gone = true;
	other = clone_of(beside, 24, 24);
	SAMPLE(one_name, parent, other);
	assert_non_null(strstr(counters->missing, "twice"));
}

/* Whose events an orphan may have inherited ends, or is opened anew: then it has none of them, and is counted itself. */
static void test_orphan_of_ended(void **state)
{
	struct fake_thread *parent = clone_of(NULL, 10, 10), *other, *child;

	(void)state;
	other = clone_of(NULL, 11, 11);
	SAMPLE(one_name, parent, other);
	fake.now = 2000;
	child = clone_of(parent, 20, 20);
	child->parent = 1;
	SAMPLE(one_name, parent, other, child);
	assert_non_null(strstr(counters->missing, "process 10 was counted"));
	/* There is another one whose it may be. */
	parent->gone = true;
	SAMPLE(one_name, other, child);
	SAMPLE(one_name, other, child);
	assert_non_null(strstr(counters->missing, "process 11 was counted"));
	assert_int_equal(times(child), 0);
	other->gone = true;
	SAMPLE(one_name, child);
	SAMPLE(one_name, child);
	assert_null(counters->missing);
	assert_int_equal(times(child), 1);
}

static void test_orphan_of_opened_anew(void **state)
{
	struct fake_thread *parent = clone_of(NULL, 10, 10), *child, *late;

	(void)state;
	SAMPLE(one_name, parent);
	fake.now = 2000;
	child = clone_of(parent, 20, 20);
	child->parent = 1;
	SAMPLE(one_name, parent, child);
	assert_non_null(strstr(counters->missing, "process 10 was counted"));
	/* A child from beside the open has its parent opened anew. */
	fake.now = 1001;
	late = clone_of(parent, 30, 30);
	fake.now = 3000;
	SAMPLE(one_name, parent, late, child);
	assert_null(counters->missing);
	assert_int_equal(times(child), 1);
	assert_int_equal(times(late), 1);
}

/* A counted process has ended, and another one has its number now: whose children inherit nothing. */
static void test_parent_of_reused_number(void **state)
{
	struct fake_thread *parent = clone_of(NULL, 10, 10), *stranger, *child;

	(void)state;
	fake.now = 500;
	stranger = clone_of(NULL, 5, 5);
	fake.now = 1000;
	SAMPLE(one_name, parent);
	fake.now = 2000;
	fake.threads[0].gone = true;
	clone_of(stranger, 10, 10);
	child = clone_of(&fake.threads[2], 20, 20);
	SAMPLE(one_name, parent, child);
	assert_null(strstr(counters->missing, "it inherited"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_another_process, setup, teardown),
		cmocka_unit_test_setup_teardown(test_child_beside_the_open, setup, teardown),
		cmocka_unit_test_setup_teardown(test_grandchild_of_such, setup, teardown),
		cmocka_unit_test_setup_teardown(test_orphan, setup, teardown),
		cmocka_unit_test_setup_teardown(test_orphan_of_subreaper, setup, teardown),
		cmocka_unit_test_setup_teardown(test_orphan_of_ended, setup, teardown),
		cmocka_unit_test_setup_teardown(test_orphan_of_opened_anew, setup, teardown),
		cmocka_unit_test_setup_teardown(test_parent_of_reused_number, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
