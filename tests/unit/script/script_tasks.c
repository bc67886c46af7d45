/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runner with a source that has tasks: how they are begun, scheduled and finished, and what is expected of them. */
#include <stdlib.h>

#include "script_common.h"

#include "core/buf.h"
#include "core/mem.h"
#include "script/run.h"

/* A made-up task takes two steps; before the second, one waits for another to end. */
struct fake_task {
	char name[NAME_MAX_LEN + 1];
	unsigned steps;
	enum action_kind kind;
};

static struct fake_task tasks[8];
static size_t n_tasks;
static const char *waits_for[8]; /* by the order of beginning; NULL: for nobody */
static int64_t rss_kb;
static uint8_t bytes[4];
static int value_error;
static struct source source;
static struct buf told, asked;

static int fake_spawn(struct source *self, pid_t *pid)
{
	(void)self;
	*pid = 42;
	return 0;
}

static int fake_act(struct source *self, const struct action *action)
{
	(void)self;
	(void)action;
	return 0;
}

static struct fake_task *find(const char *name)
{
	size_t i;

	for (i = 0; i < n_tasks; i++)
		if (!strcmp(tasks[i].name, name))
			return &tasks[i];
	return NULL;
}

static bool waits(const struct fake_task *task)
{
	const char *other = waits_for[task - tasks];
	const struct fake_task *found = other ? find(other) : NULL;

	return task->steps == 1 && other && (!found || found->steps < 2);
}

static int fake_begin(struct source *self, const char *name, const struct action *action)
{
	if (!strcmp(name, "bad")) {
		snprintf(self->error, sizeof(self->error), "there is no such thing");
		return -ENOENT;
	}
	tasks[n_tasks] = (struct fake_task){.kind = action->kind};
	snprintf(tasks[n_tasks++].name, sizeof(tasks[0].name), "%s", name);
	return 0;
}

static int fake_advance(struct source *self, const char *name, enum advance how, uint64_t count,
			const char *step)
{
	struct fake_task *task = find(name);

	assert_non_null(task);
	buf_printf(&asked, "%s:%d:%d:%s ", name, how, (int)count, step ? step : "");
	if (how == ADVANCE_BEFORE) {
		snprintf(self->error, sizeof(self->error), "it ended before it got there");
		return -EALREADY;
	}
	for (; (how == ADVANCE_FREELY || count--) && task->steps < 2 && !waits(task); task->steps++)
		;
	return 0;
}

static int fake_task(struct source *self, const char *name, struct task *out)
{
	struct fake_task *task = find(name);

	if (!task) {
		snprintf(self->error, sizeof(self->error), "no task is called '%s'", name);
		return -ENOENT;
	}
	*out = (struct task){.name = task->name,
			     .step = task->steps == 2 ? "" : "pmd_lock(kid)",
			     .state = task->steps == 2 ? TASK_DONE
				      : waits(task)    ? TASK_WAITING
						       : TASK_READY,
			     .waits = waits(task) ? "mmap_lock(kid)" : "",
			     .holder = waits(task) ? waits_for[task - tasks] : "",
			     .verdict = task->steps == 2 ? "page_locked" : ""};
	return 0;
}

static int fake_locate(struct source *self, const struct target *target, struct place *place)
{
	(void)self;
	*place = (struct place){.pid = 42};
	if (*target->area) {
		place->start = 0x200000 + target->offset;
		place->len = target->has_offset ? 4096 : 4 * 4096;
	}
	return 0;
}

static int fake_value(struct source *self, pid_t pid, uint64_t addr, uint8_t *value)
{
	assert_int_equal(pid, 42);
	assert_true(addr >= 0x200000 && addr < 0x200000 + sizeof(bytes) * 4096 && !(addr % 4096));
	*value = bytes[(addr - 0x200000) / 4096];
	snprintf(self->error, sizeof(self->error), "a load would change that");
	return value_error;
}

static struct moment *fake_sample(struct source *self, const struct watch *watch)
{
	static const struct figure meminfo[] = {{"ShmemPmdMapped", "2048"}};
	struct moment *moment = mem_alloc(sizeof(*moment));

	(void)self;
	assert_int_equal(watch->n, 1);
	assert_int_equal(watch->pids[0], 42);
	moment->system.meminfo = meminfo;
	moment->system.n_meminfo = 1;
	moment->processes = arena_alloc(&moment->arena, sizeof(*moment->processes));
	moment->n_processes = 1;
	moment->processes[0].rss_kb = rss_kb;
	moment->processes[0].page_tables_kb = 8;
	return moment;
}

static void tell(void *data, const struct run_event *event)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	(void)data;
	run_print(file, event);
	fclose(file);
	buf_add(&told, text, size);
	free(text);
}

static int setup(void **state)
{
	static const struct source_ops ops = {.name = "fake",
					      .sample = fake_sample,
					      .spawn = fake_spawn,
					      .act = fake_act,
					      .locate = fake_locate,
					      .value = fake_value,
					      .begin = fake_begin,
					      .advance = fake_advance,
					      .task = fake_task};

	(void)state;
	memset(&source, 0, sizeof(source));
	source.ops = &ops;
	source.page_size = 4096;
	source.pmd_size = 2 << 20;
	n_tasks = 0;
	memset(waits_for, 0, sizeof(waits_for));
	rss_kb = 4096;
	value_error = 0;
	memset(bytes, 0, sizeof(bytes));
	buf_clear(&told);
	buf_clear(&asked);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buf_fini(&told);
	buf_fini(&asked);
	return 0;
}

static struct run_result run(const char *lines)
{
	const struct run_options options = {.tell = tell};
	struct run_result result;
	struct script *script;
	struct run *run;
	char text[1024], error[256];

	n_tasks = 0;
	buf_clear(&told);
	buf_clear(&asked);
	snprintf(text, sizeof(text), BEFORE "%s\n", lines);
	script = parse(text);
	assert_int_equal(run_start(&source, script, &options, &run, error, sizeof(error)), 0);
	run_all(run);
	result = *run_result(run);
	run_free(run);
	script_free(script);
	return result;
}

static void holds(const char *lines)
{
	struct run_result result = run(lines);

	if (result.held != 1 || result.failed || result.unknown || result.refused)
		fail_msg("%s", told.data);
}

static void fails(const char *lines, const char *says)
{
	struct run_result result = run(lines);

	if (result.failed != 1 || result.held || result.unknown || !strstr(told.data, says))
		fail_msg("%s\nexpected: %s", told.data, says);
}

static void unknown(const char *lines, const char *says)
{
	struct run_result result = run(lines);

	if (result.unknown != 1 || !strstr(told.data, says))
		fail_msg("%s\nexpected: %s", told.data, says);
}

static void refuses(const char *lines, const char *says)
{
	struct run_result result = run(lines);

	if (result.refused != 1 || !strstr(told.data, says))
		fail_msg("%s\nexpected: %s", told.data, says);
	assert_false(run_passed(&result));
}

static void test_begin(void **state)
{
	struct run_result result = run("task t collapse A");

	(void)state;
	assert_int_equal(result.done, 3);
	assert_int_equal(n_tasks, 1);
	assert_int_equal(tasks[0].kind, ACTION_COLLAPSE);
	assert_int_equal(tasks[0].steps, 0);
	refuses("task bad touch A", "task bad touch A: refused: there is no such thing");
}

static void test_schedule(void **state)
{
	struct run_result result = run("task a touch A\ntask b read A\nschedule a b*2 a*");

	(void)state;
	assert_int_equal(result.done, 5);
	assert_string_equal(asked.data, "a:0:1: b:0:2: a:1:1: ");
	/* The rest of the line is not done. */
	refuses("task a touch A\nschedule a a@i_mmap a", "it ended before it got there");
	assert_string_equal(asked.data, "a:0:1: a:2:1:i_mmap ");
}

static void test_finish(void **state)
{
	(void)state;
	run("task a touch A\ntask b touch A\ntask bad touch A\nfinish b\nfinish a b");
	assert_string_equal(asked.data, "b:1:0: a:1:0: ");
	/* a waits for b, so that another round is needed; what the script begins later is not there yet. */
	waits_for[0] = "b";
	run("task a touch A\ntask b touch A\nfinish\ntask c touch A");
	assert_string_equal(asked.data, "a:1:0: b:1:0: a:1:0: ");
	assert_int_equal(find("a")->steps, 2);
	assert_int_equal(find("c")->steps, 0);
	/* In a circle nobody goes on. */
	waits_for[1] = "a";
	refuses("task a touch A\ntask b touch A\nfinish",
		"'a' waits for mmap_lock(kid), which 'b' has, and nobody who could give it goes on");
	/* b could, but is not told to. */
	waits_for[1] = NULL;
	refuses("task a touch A\ntask b touch A\nfinish a", "'a' waits for mmap_lock(kid), which 'b' has");
	run("finish");
	assert_true(strstr(told.data, "  > finish\n") != NULL);
}

/* Step by step, in an order that the number alone decides. */
static void test_finish_by_seed(void **state)
{
	char first[256] = "";
	unsigned seed, orders = 0;

	(void)state;
	for (seed = 0; seed < 8; seed++) {
		run("task a touch A\ntask b touch A\nfinish a seed 7");
		assert_string_equal(asked.data, "a:0:1: a:0:1: ");
		run(seed % 2 ? "task a touch A\ntask b touch A\nfinish seed 1"
			     : "task a touch A\ntask b touch A\nfinish a b seed 1");
		assert_int_equal(find("a")->steps + find("b")->steps, 4);
		assert_true(!*first || !strcmp(first, asked.data));
		snprintf(first, sizeof(first), "%s", asked.data);
	}
	for (seed = 0; seed < 16; seed++) {
		char script[80];

		snprintf(script, sizeof(script), "task a touch A\ntask b touch A\nfinish seed %u", seed);
		run(script);
		orders += strcmp(first, asked.data) != 0;
	}
	assert_in_range(orders, 4, 15);
	waits_for[0] = "b";
	waits_for[1] = "a";
	refuses("task a touch A\ntask b touch A\nfinish seed 2", "and nobody who could give it goes on");
}

/* A task that never began, for its line was refused, is none that all are. */
static void test_finish_without(void **state)
{
	(void)state;
	run("task bad touch A\ntask a touch A\nfinish");
	assert_int_equal(find("a")->steps, 2);
	run("task bad touch A\ntask a touch A\nfinish a bad");
	assert_non_null(strstr(told.data, "finish a bad: refused: no task is called 'bad'"));
}

static void test_expectations(void **state)
{
	(void)state;
	holds("task a touch A\nexpect task a state == ready");
	holds("task a touch A\nexpect task a at == pmd_lock");
	holds("task a touch A\nexpect task a at == mmap|pmd_lock(kid)");
	holds("task a touch A\nexpect task a at != pmd_lock(main)");
	holds("task a touch A\nfinish\nexpect task a state == done|waiting");
	holds("task a touch A\nfinish\nexpect task a verdict == page_locked");
	fails("task a touch A\nexpect task a at == i_mmap", "at is pmd_lock(kid)");
	fails("task a touch A\nexpect task a verdict == page_locked",
	      "verdict is nothing: the task has not ended");
	fails("task a touch A\nfinish\nexpect task a verdict == page_null", "verdict is page_locked");
	fails("task a touch A\nfinish\nexpect task a at == pmd_lock", "at is nothing: the task has ended");
	waits_for[0] = "b";
	holds("task a touch A\nschedule a*\nexpect task a state == waiting");
	refuses("task bad touch A\nexpect task bad state == ready", "no task is called 'bad'");
}

static void test_processes(void **state)
{
	struct run_result result;

	(void)state;
	holds("expect kid rss == 4M");
	holds("expect main page_tables == 8k");
	fails("expect kid rss < 1M", "rss is 4096k");
	holds("expect ShmemPmdMapped == 2048");
	fails("expect ShmemPmdMaped == 2048", "there is no ShmemPmdMaped here");
	rss_kb = UNKNOWN_COUNT;
	result = run("expect kid rss == 4M");
	assert_int_equal(result.unknown, 1);
	unknown("expect kid queue == 0", "this kernel does not show khugepaged's queue");
	source.caps.mask |= UINT32_C(1) << CAP_QUEUE;
	unknown("expect kid queue == 0", "could not be read");
}

static void test_values(void **state)
{
	struct run_result result;

	(void)state;
	holds("expect A value == 0");
	bytes[2] = 7;
	holds("expect A+8k value == 7");
	holds("expect A+4k value < 1");
	fails("expect A value == 0", "in the page at 0x202000 it is 7");
	value_error = -ENODATA;
	result = run("expect A value == 0");
	assert_int_equal(result.unknown, 1);
	assert_non_null(strstr(told.data, "cannot tell: a load would change that"));
	value_error = -EFAULT;
	fails("expect A value == 0", "a load would change that");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_begin, setup, teardown),
		cmocka_unit_test_setup_teardown(test_schedule, setup, teardown),
		cmocka_unit_test_setup_teardown(test_finish, setup, teardown),
		cmocka_unit_test_setup_teardown(test_finish_by_seed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_finish_without, setup, teardown),
		cmocka_unit_test_setup_teardown(test_expectations, setup, teardown),
		cmocka_unit_test_setup_teardown(test_processes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_values, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
