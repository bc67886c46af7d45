/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lessons: where they stop, and back. On the model, where time goes back, and on a source where it does not. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../model/opened.h"
#include "script/lesson.h"

static const char text[] = "title \"A title\"\n"
			   "say \"first\"\n"
			   "say \"\"\n"
			   "say \"second\"\n"
			   "map anon 2M as heap hugepage\n"
			   "touch heap\n"
			   "ask \"alone?\" answer \"yes\"\n"
			   "fork as kid\n"
			   "say \"before it\"\n"
			   "ask \"together?\" answer \"no\"\n"
			   "task t collapse heap\n"
			   "schedule t\n"
			   "say \"last\"\n"
			   "expect heap mapping == pmd\n"
			   "finish\n";

static struct source *source;
static struct script *script;
static struct lesson *lesson;
static struct stop stop;

static void parse(const char *what)
{
	struct script_error error;

	script_free(script);
	if (script_parse(what, strlen(what), "test", &script, &error))
		fail_msg("%d: %s", error.line, error.text);
}

static void start(const char *what)
{
	char error[256];

	parse(what);
	source = opened("6.18");
	assert_int_equal(lesson_start(source, script, "model:6.18", &lesson, error, sizeof(error)), 0);
	lesson_where(lesson, &stop);
	assert_int_equal(stop.at, 0);
}

/* What was carried out on the way to where it stands, and of what something is expected there. */
static void did(size_t n, const char *first, const char *area)
{
	lesson_where(lesson, &stop);
	assert_int_equal(stop.n_did, n);
	assert_true(!n || !strcmp(stop.did[0]->text, first));
	assert_string_equal(stop.about ? stop.about->area : "", area);
}

static void end(void)
{
	lesson_free(lesson);
	source_close(source);
	script_free(script);
	script = NULL;
}

static void go_on(size_t at)
{
	assert_int_equal(lesson_go_on(lesson, false), LESSON_STANDS);
	lesson_where(lesson, &stop);
	assert_int_equal(stop.at, at);
}

static void back(size_t at)
{
	assert_int_equal(lesson_back(lesson), 0);
	lesson_where(lesson, &stop);
	assert_int_equal(stop.at, at);
}

static bool has(const char *process, const char *area)
{
	struct target target = {0};
	struct place place;

	snprintf(target.process, sizeof(target.process), "%s", process);
	snprintf(target.area, sizeof(target.area), "%s", area);
	return !source_locate(source, &target, &place);
}

/* Steps that lie behind, as a moment tells. */
static uint64_t behind(void)
{
	struct moment *moment = source_sample(source, &(struct watch){0});
	const uint64_t steps = moment->mono_ns;

	moment_free(moment);
	return steps;
}

static void test_stops(void **state)
{
	(void)state;
	start(text);
	assert_true(lesson_asks(script));
	assert_string_equal(stop.title, "A title");
	assert_int_equal(stop.n, 7);
	go_on(1);
	assert_int_equal(stop.n_lines, 3);
	assert_string_equal(stop.lines[0], "first");
	assert_string_equal(stop.lines[2], "second");
	assert_null(stop.question);
	assert_true(has("main", "heap")); /* what is told is seen */
	did(2, "map anon 2M as heap hugepage", "heap");
	assert_true(stop.asks); /* the next one */
	go_on(2);
	assert_true(stop.asks);
	assert_string_equal(stop.question, "alone?");
	assert_null(stop.answer);
	assert_int_equal(stop.n_lines, 0); /* what was said belongs to what was done since */
	did(0, "", "");
	assert_false(has("kid", "heap")); /* nor is the answer seen before it is given */
	go_on(3);
	assert_false(stop.asks);
	assert_string_equal(stop.answer, "yes");
	assert_true(has("kid", "heap"));
	did(1, "fork as kid", "");
	go_on(4);
	did(0, "", "");
	assert_string_equal(stop.lines[0], "before it");
	go_on(5);
	assert_string_equal(stop.lines[0], "before it"); /* right before the question */
	assert_string_equal(stop.question, "together?");
	go_on(6);
	did(2, "task t collapse heap", "");
	assert_string_equal(stop.lines[0], "before it");
	assert_string_equal(stop.answer, "no");
	assert_false(stop.ended);
	go_on(7);
	did(1, "finish", "heap");
	assert_string_equal(stop.lines[0], "last");
	assert_true(stop.ended);
	assert_string_equal(stop.note, "");
	go_on(7);
	assert_true(run_passed(lesson_result(lesson)));
	assert_int_equal(lesson_result(lesson)->held, 1);
	end();
}

static void test_back(void **state)
{
	uint64_t steps[8];
	struct task task;

	(void)state;
	start(text);
	for (size_t at = 1; at <= 7; at++) {
		go_on(at);
		steps[at] = behind();
	}
	for (size_t at = 6; at; at--) {
		assert_true(stop.back);
		back(at);
		assert_false(stop.ended);
		assert_int_equal(behind(), steps[at]);
		assert_int_equal(has("kid", "heap"), at >= 3);
	}
	assert_int_equal(lesson_back(lesson), -ENOENT);
	/* And forward again, also where a task had begun: it does so again. */
	for (size_t at = 2; at <= 7; at++) {
		go_on(at);
		assert_int_equal(behind(), steps[at]);
		assert_string_equal(stop.note, "");
	}
	assert_int_equal(source_task(source, "t", &task), 0);
	assert_int_equal(task.state, TASK_DONE);
	back(6);
	assert_int_equal(source_task(source, "t", &task), 0);
	assert_int_equal(task.state, TASK_READY);
	end();
}

/* What a reader did is taken back before it goes on. */
static void test_touched(void **state)
{
	struct script *line;
	struct script_error error;

	(void)state;
	start(text);
	for (size_t at = 1; at <= 3; at++)
		go_on(at);
	assert_int_equal(script_parse_line("unmap heap", 10, &line, &error), 0);
	assert_int_equal(source_act(source, &line->actions[0]), 0);
	script_free(line);
	assert_false(has("main", "heap"));
	assert_int_equal(lesson_go_on(lesson, true), LESSON_STANDS);
	assert_true(has("main", "heap") && has("kid", "heap"));
	lesson_where(lesson, &stop);
	assert_string_equal(stop.note, "");
	end();
}

static void test_notes(void **state)
{
	(void)state;
	start("say \"a\"\nmap anon 2M as heap nohugepage\ntouch heap\nexpect heap mapping == pmd\n"
	      "collapse heap\nsay \"b\"\nsay \"c\"\nexpect heap present == 3\n");
	assert_false(lesson_asks(script));
	go_on(1);
	assert_int_equal(strncmp(stop.note, "line 4, expect heap mapping == pmd: ", 36), 0); /* the first */
	go_on(2);
	assert_int_equal(strncmp(stop.note, "line 8, ", 8), 0);
	assert_true(stop.ended);
	assert_int_equal(lesson_result(lesson)->failed, 2);
	assert_int_equal(lesson_result(lesson)->refused, 1);
	back(1);
	assert_string_equal(stop.note, "");
	end();
}

/* A real kernel does not go back, but what was only read can be read again. */
static void test_no_way_back(void **state)
{
	(void)state;
	start("say \"a\"\nask \"b\" answer \"c\"\nsay \"d\"\nmap anon 2M as heap\n");
	source->caps.mask &= ~(UINT32_C(1) << CAP_TASKS);
	for (size_t at = 1; at <= 3; at++)
		go_on(at);
	assert_true(stop.back);
	back(2);
	back(1);
	assert_false(stop.back); /* it is the first */
	for (size_t at = 2; at <= 4; at++)
		go_on(at);
	assert_false(stop.back);
	assert_int_equal(lesson_back(lesson), -ENOTSUP);
	lesson_where(lesson, &stop);
	assert_int_equal(stop.at, 4);
	assert_non_null(strstr(stop.note, "cannot go back"));
	assert_true(has("main", "heap"));
	end();
}

/* Nothing to read, and what does not run here. */
static void test_edges(void **state)
{
	char error[256];

	(void)state;
	start("map anon 2M as heap\n");
	assert_int_equal(stop.n, 0);
	go_on(0);
	assert_true(stop.ended && has("main", "heap"));
	assert_int_equal(lesson_back(lesson), -ENOENT);
	end();
	parse("on model:4.5.0\nsay \"a\"\n");
	source = opened("6.18");
	assert_int_equal(lesson_start(source, script, "model:6.18", &lesson, error, sizeof(error)), -ENOTSUP);
	assert_null(lesson);
	end();
}

/* What broke in an action that is made again on the way back is expected there again. */
static void test_violation(void **state)
{
	const char *lacks = "reuse-moves-anon-vma-at-total-1";
	char error[256];

	(void)state;
	parse("map anon 16k as A hugepage\ntouch A\nfork as kid\ndiscard A+8k 8k\ndiscard kid A+0 8k\n"
	      "say \"one\"\nwrite kid A+8k\nsay \"two\"\nexpect violation \"no walk\"\nsay \"three\"\n");
	source = opened_as("4.5.5", &(struct model_shape){.order = 2, .without = &lacks, .n_without = 1});
	assert_int_equal(lesson_start(source, script, "model:4.5.5", &lesson, error, sizeof(error)), 0);
	go_on(1);
	go_on(2);
	go_on(3);
	back(2);
	back(1);
	go_on(2);
	assert_string_equal(stop.note, "");
	/* Somebody touched the model: it is made again up to here. */
	assert_int_equal(lesson_back(lesson), 0);
	assert_int_equal(lesson_go_on(lesson, true), LESSON_STANDS);
	lesson_where(lesson, &stop);
	assert_string_equal(stop.note, "");
	go_on(3);
	assert_int_equal(lesson_result(lesson)->held, 3);
	assert_int_equal(lesson_result(lesson)->failed, 0);
	assert_int_equal(lesson_result(lesson)->refused, 0);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stops),	  cmocka_unit_test(test_back),
		cmocka_unit_test(test_touched),	  cmocka_unit_test(test_notes),
		cmocka_unit_test(test_edges),	  cmocka_unit_test(test_no_way_back),
		cmocka_unit_test(test_violation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
