/* SPDX-License-Identifier: GPL-2.0-or-later */
/* model: a machine, its choices, and how it goes back. */
#include "acts.h"

#include "core/buf.h"
#include "model/model.h"

static struct machine *machine;
static char error[256];

static int setup(void **state)
{
	const struct extent extent = extent_small();

	(void)state;
	machine = machine_new(rules_named("6.6"), &extent);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	machine_free(machine);
	return 0;
}

static struct script *line_of(const char *line)
{
	struct script_error mistake;
	struct script *script;

	if (script_parse_line(line, strlen(line), &script, &mistake))
		fail_msg("'%s': %s", line, mistake.text);
	return script;
}

static int at_once(const char *line)
{
	struct script *script = line_of(line);
	uint32_t task;
	int err = machine_act(machine, &script->actions[0], &task, error, sizeof(error));

	script_free(script);
	return err;
}

static int begin(const char *name, const char *line, uint32_t *task)
{
	struct script *script = line_of(line);
	int err = machine_begin(machine, name, false, &script->actions[0], task, error, sizeof(error));

	script_free(script);
	return err;
}

/* It would wait for a hold: nothing was done, and what had been gone back from is still ahead. */
static void test_undone(void **state)
{
	uint64_t behind, ahead;
	struct world *before;

	(void)state;
	assert_int_equal(at_once("map anon 16k as A hugepage"), 0);
	assert_int_equal(at_once("hold mmap_lock of main as h"), 0);
	assert_int_equal(at_once("release h"), 0);
	assert_int_equal(machine_seek(machine, -1), -1);
	behind = machine_behind(machine);
	ahead = machine_ahead(machine);
	assert_true(ahead > 0);
	before = world_clone(machine_world(machine));
	assert_int_equal(at_once("touch A"), -EBUSY);
	assert_string_equal(error, "it waits for main's mmap_lock for reading, "
				   "which 'hold mmap_lock of main as h' has");
	assert_int_equal(at_once("touch nowhere"), -ENOENT);
	assert_int_equal(machine_behind(machine), behind);
	assert_int_equal(machine_ahead(machine), ahead);
	assert_memory_equal(before->tasks, machine_world(machine)->tasks,
			    before->extent.tasks * sizeof(*before->tasks));
	assert_memory_equal(before->mms, machine_world(machine)->mms,
			    before->extent.mms * sizeof(*before->mms));
	world_free(before);
	assert_int_equal(machine_seek(machine, 100), (int64_t)ahead);
	assert_int_equal(at_once("touch A"), 0);
	assert_int_equal(machine_ahead(machine), 0);
}

/* Nobody can go on, nor be woken. */
static void test_deadlock(void **state)
{
	uint32_t task;

	(void)state;
	assert_int_equal(at_once("map anon 16k as A"), 0);
	assert_int_equal(at_once("hold mmap_lock of main as h"), 0);
	assert_int_equal(begin("a", "touch A", &task), 0);
	assert_int_equal(machine_finish(machine, task), -EBUSY);
	assert_false(machine_world(machine)->violation.found);
	assert_int_equal(at_once("release h"), 0);
	/* As if somebody had forgotten to give it back. */
	machine_world(machine)->mms[1].lock.writer = machine_world(machine)->extent.tasks - 1;
	assert_int_equal(machine_step(machine, task), -EUCLEAN);
	assert_non_null(strstr(machine_world(machine)->violation.text, "deadlock: a waits"));
	assert_int_equal(at_once("touch A"), -EUCLEAN);
	assert_non_null(strstr(error, "deadlock"));
}

/* More tasks than there are places, one after another: the script says whose step each was. */
static void test_places(void **state)
{
	struct buf text = {0};
	char name[8], line[48];
	uint32_t task;

	(void)state;
	assert_int_equal(at_once("map anon 16k as A"), 0);
	assert_int_equal(begin("stays", "touch A", &task), 0);
	for (unsigned n = 0; n < 12; n++) {
		snprintf(name, sizeof(name), "t%u", n);
		assert_int_equal(begin(name, "touch A", &task), 0);
		assert_int_equal(machine_finish(machine, task), 0);
		/* What is gone back from and done otherwise is not in it. */
		assert_int_equal(machine_seek(machine, -1), -1);
		assert_int_equal(machine_finish(machine, task), 0);
	}
	assert_int_equal(task_named(machine_world(machine), "t0"), 0);
	assert_int_not_equal(task_named(machine_world(machine), "t11"), 0);
	assert_int_not_equal(task_named(machine_world(machine), "stays"), 0);
	machine_script(machine, &text);
	for (unsigned n = 0; n < 12; n++) {
		snprintf(line, sizeof(line), "task t%u touch A\nschedule t%u*", n, n);
		assert_non_null(strstr(text.data, line));
	}
	assert_null(strstr(text.data, "stays*"));
	buf_fini(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_undone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deadlock, setup, teardown),
		cmocka_unit_test_setup_teardown(test_places, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
