/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The script language: every action, and every mistake with its line and sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script_common.h"

static void test_map(void **state)
{
	static const char *const words[] = {"anon", "shmem", "file", "private-file", "hugetlb", "team"};
	const struct action *action;
	struct script *script;
	char line[128];
	unsigned kind;

	(void)state;
	for (kind = 0; kind < MAP_KIND_COUNT; kind++) {
		snprintf(line, sizeof(line), "map %s 0x200000 as B", words[kind]);
		action = last(&script, line);
		assert_int_equal(action->kind, ACTION_MAP);
		assert_int_equal(action->map.kind, kind);
		assert_int_equal(action->map.size, 2 << 20);
		assert_string_equal(action->target.area, "B");
		assert_string_equal(action->target.process, "");
		assert_string_equal(action->text, line);
		script_free(script);
	}
	action = last(&script, "map kid anon 1G as b-2_x hugepage skew 4k noreserve");
	assert_string_equal(action->target.process, "kid");
	assert_string_equal(action->target.area, "b-2_x");
	assert_int_equal(action->map.advice, ADVICE_HUGEPAGE);
	assert_int_equal(action->map.skew, 4096);
	assert_true(action->map.noreserve);
	script_free(script);
	action = last(&script, "map hugetlb 2G as H page 1G");
	assert_int_equal(action->map.page_size, 1 << 30);
	assert_int_equal(action->map.advice, ADVICE_NONE);
	script_free(script);
}

static void test_targets(void **state)
{
	const struct action *action;
	struct script *script;

	(void)state;
	action = last(&script, "touch A");
	assert_false(action->target.has_index || action->target.has_offset || action->target.has_len);
	script_free(script);
	action = last(&script, "write kid A[1]+64k 8k");
	assert_int_equal(action->kind, ACTION_WRITE);
	assert_string_equal(action->target.process, "kid");
	assert_true(action->target.has_index && action->target.has_offset && action->target.has_len);
	assert_int_equal(action->target.index, 1);
	assert_int_equal(action->target.offset, 65536);
	assert_int_equal(action->target.len, 8192);
	script_free(script);
	action = last(&script, "read A+0");
	assert_true(action->target.has_offset && !action->target.has_index && !action->target.has_len);
	script_free(script);
	action = last(&script, "discard A 1M");
	assert_true(action->target.has_len && !action->target.has_offset);
	script_free(script);
}

static void test_plain_actions(void **state)
{
	static const struct {
		const char *line;
		enum action_kind kind;
	} lines[] = {
		{"unmap A", ACTION_UNMAP},
		{"touch A", ACTION_TOUCH},
		{"read A", ACTION_READ},
		{"write A", ACTION_WRITE},
		{"walk A+4k 8M 10s", ACTION_WALK},
		{"collapse A", ACTION_COLLAPSE},
		{"split A", ACTION_SPLIT},
		{"discard A", ACTION_DISCARD},
		{"split-folio A", ACTION_SPLIT_FOLIO},
		{"punch A", ACTION_PUNCH},
		{"exit kid", ACTION_EXIT},
		{"use A", ACTION_USE},
		{"rest A+0 1M", ACTION_REST},
	};
	struct script *script;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(last(&script, lines[i].line)->kind, lines[i].kind);
		script_free(script);
	}
}

static void test_actions_with_words(void **state)
{
	const struct action *action;
	struct script *script;
	char line[64];
	unsigned i;

	(void)state;
	for (i = ADVICE_NONE + 1; i < ADVICE_COUNT; i++) {
		snprintf(line, sizeof(line), "advise kid A[0] 4k %s", advice_name((enum advice)i));
		action = last(&script, line);
		assert_int_equal(action->kind, ACTION_ADVISE);
		assert_int_equal(action->advice, i);
		assert_int_equal(action->target.len, 4096);
		script_free(script);
	}
	for (i = 0; i < PROTECTION_COUNT; i++) {
		snprintf(line, sizeof(line), "protect A %s", protection_name((enum protection)i));
		assert_int_equal(last(&script, line)->protection, i);
		script_free(script);
	}
	action = last(&script, "move kid A by 64k");
	assert_int_equal(action->kind, ACTION_MOVE);
	assert_int_equal(action->bytes, 65536);
	assert_string_equal(action->target.process, "kid");
	script_free(script);
	action = last(&script, "fork kid as grandkid");
	assert_string_equal(action->target.process, "kid");
	assert_string_equal(action->name, "grandkid");
	script_free(script);
	action = last(&script, "fork as b");
	assert_string_equal(action->target.process, "");
	script_free(script);
	action = last(&script, "hold mmap_lock of kid 50ms");
	assert_int_equal(action->kind, ACTION_HOLD);
	assert_int_equal(action->hold.ns, 50000000);
	script_free(script);
}

static void test_told(void **state)
{
	const struct action *action;
	struct script *script;

	(void)state;
	action = last(&script, "say \"a # \\\"b\\\"\\n\\\\c \u00fc\" # not this");
	assert_string_equal(action->say.text, "a # \"b\"\n\\c \u00fc");
	assert_string_equal(action->text, "say \"a # \\\"b\\\"\\n\\\\c \u00fc\"");
	assert_null(action->say.answer);
	script_free(script);
	action = last(&script, "\task \"why?\" answer \"so\"\r");
	assert_string_equal(action->say.text, "why?");
	assert_string_equal(action->say.answer, "so");
	script_free(script);
}

static void test_expectations(void **state)
{
	static const char *const ops[] = {"==", "!=", "<", "<=", ">", ">="};
	const struct action *action;
	struct script *script;
	char line[64];
	unsigned i;

	(void)state;
	action = last(&script, "expect A mapping == pmd|none");
	assert_int_equal(action->kind, ACTION_EXPECT);
	assert_string_equal(action->expect.field, "mapping");
	assert_string_equal(action->expect.value, "pmd|none");
	script_free(script);
	for (i = 0; i < COMPARE_COUNT; i++) {
		snprintf(line, sizeof(line), "expect kid A[0]+4k 8k mapcount %s 2", ops[i]);
		action = last(&script, line);
		assert_int_equal(action->expect.compare, i);
		assert_string_equal(action->target.process, "kid");
		assert_int_equal(action->target.len, 8192);
		script_free(script);
	}
	action = last(&script, "wait 2s for A pmd >= 1");
	assert_int_equal(action->kind, ACTION_WAIT);
	assert_int_equal(action->expect.ns, 2000000000);
	script_free(script);
	action = last(&script, "require hugepages-64kB/enabled == always|madvise");
	assert_int_equal(action->kind, ACTION_REQUIRE);
	assert_string_equal(action->expect.field, "hugepages-64kB/enabled");
	script_free(script);
}

static void test_on(void **state)
{
	struct script *script = parse("on real\non model:4.6-team\nsay \"x\"");

	(void)state;
	assert_true(script_runs_on(script, "real"));
	assert_true(script_runs_on(script, "model:4.6-team"));
	assert_false(script_runs_on(script, "model:6.6"));
	assert_true(script_runs_on(script, "lab"));
	assert_true(script_runs_on(script, "lab:team"));
	script_free(script);
	script = parse("on model lab\n");
	assert_true(script_runs_on(script, "model:6.6"));
	assert_true(script_runs_on(script, "lab"));
	assert_true(script_runs_on(script, "lab:team"));
	assert_false(script_runs_on(script, "real"));
	script_free(script);
	script = parse("on lab:team\n");
	assert_true(script_runs_on(script, "lab:team"));
	assert_false(script_runs_on(script, "lab"));
	assert_false(script_runs_on(script, "real"));
	assert_false(script_runs_on(script, "model:6.1-team"));
	script_free(script);
	script = parse("\n# nothing\n  \n");
	assert_int_equal(script->n, 0);
	assert_true(script_runs_on(script, "real"));
	script_free(script);
}

/* A name that went may come again, and an area is each process's own. */
static void test_names_in_order(void **state)
{
	(void)state;
	script_free(parse("map anon 2M as A\nunmap A\nmap anon 2M as A\ntouch main A"));
	script_free(parse("map anon 4M as A\nunmap A 2M\ntouch A"));
	script_free(parse("map anon 2M as A\nfork as kid\nunmap A\ntouch kid A\nmap kid anon 2M as B\n"));
	script_free(parse("fork as as\nfork as as as2\nexit as\n"));
}

static const struct mistake mistakes[] = {
	{"mapp anon 4M as B", 3, "unknown action 'mapp'; did you mean 'map'?"},
	{"xyzzyxyzzy", 3, "unknown action 'xyzzyxyzzy'; there are map, unmap,"},
	{"\"map\"", 3, "expected an action such as map or say, found the string \"map\""},
	{"map", 3,
	 "expected anon, shmem, file, private-file, hugetlb or team after map, found the end of the line"},
	{"map anno 4M as B", 3, "unknown kind of memory 'anno'; did you mean 'anon'?"},
	{"map anon as B", 3, "expected a size such as 4M or 64k, found 'as'"},
	{"map anon 0 as B", 3, "0 bytes"},
	{"map anon 99999999999T as B", 3, "expected a size"},
	{"map anon 4M B", 3, "expected 'as', found 'B'"},
	{"map anon 4M as", 3, "expected the name of the area"},
	{"map anon 4M as 4M", 3, "expected the name of the area"},
	{"map anon 4M as B[0]", 3, "expected the name of the area"},
	{"map anon 4M as abcdefghijklmnopqrstuvwxyzabcdefg", 3, "longer than 31"},
	{"map anon 4M as A", 3, "an area called 'A' is there already"},
	{"map anon 4M as B hugpage", 3, "unknown option of map 'hugpage'; did you mean 'hugepage'?"},
	{"map anon 4M as B skew", 3, "found the end of the line"},
	{"map anon 4M as B page 2M", 3, "only hugetlb areas have a page size"},
	{"map hugetlb 4M as B page 3M", 3, "power of two"},
	{"map anon 4M as B \"x\"", 3, "expected the end of the line, found the string"},
	{"map kidd anon 4M as B", 3, "no process is called 'kidd' yet; did you mean 'kid'?"},
	{"touch", 3, "expected an area such as A, A[0] or A+64k, found the end of the line"},
	{"touch \"A\"", 3, "expected an area"},
	{"touch 4k", 3, "expected an area such as A, A[0] or A+64k, found '4k'"},
	{"touch Ab", 3, "no area is called 'Ab' here; did you mean 'A'?"},
	{"touch A[", 3, "expected a region's number, as in A[0], found 'A['"},
	{"touch A[x]", 3, "expected a region's number"},
	{"touch A[99999999999999999999]", 3, "expected a region's number"},
	{"touch A+", 3, "expected an offset in bytes, as in A+64k"},
	{"touch A+4q", 3, "expected an offset in bytes"},
	{"touch A[0]x", 3, "expected an area"},
	{"touch A 4q", 3, "expected a length such as 4M or 64k, found '4q'"},
	{"touch A 0", 3, "a length of 0 bytes"},
	{"touch A 4k 4k", 3, "expected no more of the target, found '4k'"},
	{"touch kit A", 3, "no process is called 'kit' yet; did you mean 'kid'?"},
	{"touch kid B", 3, "no area is called 'B' here"},
	{"advise A", 3, "expected TARGET and then advice, found"},
	{"advise A hugpage", 3, "unknown advice 'hugpage'; did you mean 'hugepage'?"},
	{"protect A x", 3, "unknown protection 'x'; there are none, r, rw"},
	{"protect rw", 3, "expected TARGET and then protection"},
	{"move A", 3, "expected 'by', found the end of the line"},
	{"move A[0] by 4k", 3, "only a whole area can be moved"},
	{"move A by far", 3, "expected a number of bytes"},
	{"fork", 3, "expected 'as', found the end of the line"},
	{"fork kid", 3, "expected 'as'"},
	{"fork as", 3, "expected the name of the child"},
	{"fork as kid", 3, "a process called 'kid' was there already"},
	{"fork as main", 3, "a process called 'main' was there already"},
	{"exit", 3, "expected the name of a process"},
	{"exit main", 3, "only a child can exit"},
	{"exit kid\ntouch kid A", 4, "'kid' has exited"},
	{"unmap A\ntouch A", 4, "no area is called 'A' here"},
	{"hold lock of kid 5ms", 3, "expected 'mmap_lock', found 'lock'"},
	{"hold mmap_lock kid 5ms", 3, "expected 'of'"},
	{"hold mmap_lock of kid 5", 3, "expected a time such as 50ms or 2s, found '5'"},
	{"say hello", 3, "expected a text in double quotes, found 'hello'"},
	{"say \"x\" \"y\"", 3, "expected the end of the line"},
	{"say \"x", 3, "expected a closing \""},
	{"say \"x\\", 3, "expected a closing \""},
	{"say \"\\t\"", 3, "\\ is followed by"},
	{"say \"x\"y", 3, "expected a blank after the closing \""},
	{"say x\"y\"", 3, "expected a blank before the opening \""},
	{"say \"\033[2J\"", 3, "byte 0x1b at column 6 is a control character or no UTF-8"},
	{"say \"\xff\"", 3, "byte 0xff"},
	{"say \"\xc2\x9b\"", 3, "byte 0xc2"},
	{"say \"\xed\xa0\x80\"", 3, "byte 0xed"},
	{"say \"\xe2\x82\"", 3, "byte 0xe2"},
	{"ask \"x\"", 3, "expected 'answer', found the end of the line"},
	{"ask \"x\" answer", 3, "expected the answer in double quotes"},
	{"touch \"a\\nb\"", 3, "found the string \"a b\""},
	{"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\u00fc", 3, "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.'"},
	{"ask x", 3, "expected a question in double quotes"},
	{"expect A mapping=pmd", 3, "with blanks between"},
	{"expect == 2", 3, "expected TARGET FIELD before '=='"},
	{"expect A == 2", 3, "expected a field of the area 'A', such as mapping"},
	{"expect mapping == pmd", 3, "expected TARGET FIELD before '=='"},
	{"expect A maping == pmd", 3, "unknown field 'maping'; did you mean 'mapping'?"},
	{"expect A mapping == pmdd", 3, "unknown mapping 'pmdd'; did you mean 'pmd'?"},
	{"expect A mapping == pmd|x9x9x9", 3, "unknown mapping 'x9x9x9'; there are"},
	{"expect A mapping < pmd", 3, "compare with == and != only, not with '<'"},
	{"expect A present == all", 3, "present is a number, found 'all'"},
	{"expect A present < 1|2", 3, "alternatives with '|' go with == and != only"},
	{"expect A mapping == pmd|", 3, "expected a value on either side of each '|', found 'pmd|'"},
	{"expect A present == 1||2", 3, "expected a value on either side of each '|'"},
	{"require enabled == |always", 3, "expected a value on either side of each '|'"},
	{"require kernel == 4.4|", 3, "expected a value on either side of each '|'"},
	{"require kernel == six", 3, "kernel is a release such as 6.9, found 'six'"},
	{"expect kernel != 6.9|v6.10", 3, "kernel is a release such as 6.9"},
	{"expect pmd_size != huge", 3, "pmd_size is a size such as 2M, found 'huge'"},
	{"expect kernel != |", 3, "expected a value on either side of each '|'"},
	{"expect A present ==", 3, "expected a value after '=='"},
	{"expect A present == 1 2", 3, "expected the end of the line, found '2'"},
	{"expect A \"present\" == 1", 3, "expected a field such as mapping"},
	{"expect kid A 4k 4k present == 1", 3, "expected no more of the target"},
	{"expect B present == 1", 3, "no area is called 'B'"},
	{"wait for A pmd == 1", 3, "expected a time such as 50ms or 2s, found 'for'"},
	{"wait 1s A pmd == 1", 3, "expected 'for', found 'A'"},
	{"require", 3, "expected a figure"},
	{"require enabld == 2", 3, "unknown figure of the machine 'enabld'; did you mean 'enabled'?"},
	{"require == 2", 3, "expected a figure"},
	{"require enabled madvise", 3, "expected ==, !=, <, <=, > or >=, found 'madvise'"},
	{"require enabled ==", 3, "expected a value"},
	{"schedule", 3, "expected the names of tasks, found the end of the line"},
	{"schedule a \"b\"", 3, "expected the end of the line, found the string"},
	{"on real", 3, "expected 'on' before the first action"},
};

static void test_mistakes(void **state)
{
	(void)state;
	check_mistakes(mistakes, sizeof(mistakes) / sizeof(mistakes[0]));
	check_mistake("on", 1, "expected sources such as real");
	check_mistake("on reel", 1, "unknown source 'reel'; did you mean 'real'?");
	check_mistake("on model:", 1, "unknown source 'model:'; did you mean 'model'?");
}

static void test_limits(void **state)
{
	char *text = malloc(SCRIPT_MAX_BYTES + 1);
	struct script_error error;
	struct script *script;

	(void)state;
	memset(text, ' ', SCRIPT_MAX_BYTES + 1);
	assert_int_equal(script_parse(text, SCRIPT_MAX_BYTES + 1, "x", &script, &error), -EINVAL);
	assert_non_null(strstr(error.text, "at most"));
	assert_int_equal(script_parse(text, SCRIPT_MAX_LINE + 1, "x", &script, &error), -EINVAL);
	assert_non_null(strstr(error.text, "longer than 4096 bytes"));
	assert_int_equal(script_parse(text, SCRIPT_MAX_LINE, "x", &script, &error), 0);
	script_free(script);
	strcpy(text, "schedule");
	while (strlen(text) < 150)
		strcat(text, " x");
	assert_int_equal(script_parse(text, strlen(text), "x", &script, &error), -EINVAL);
	assert_non_null(strstr(error.text, "more than 64 words"));
	free(text);
}

/* Forks that double the areas each time end in a sentence, not in all of the memory. */
static void test_family_bomb(void **state)
{
	struct script_error error;
	struct script *script;
	char text[8192] = "", line[64];
	int i;

	(void)state;
	for (i = 0; i < 70; i++) {
		snprintf(line, sizeof(line), "fork as k%d\n", i);
		strcat(text, line);
	}
	assert_int_equal(script_parse(text, strlen(text), "x", &script, &error), -EINVAL);
	assert_non_null(strstr(error.text, "are too many"));
	assert_int_equal(error.line, 64);
}

static void test_line(void **state)
{
	struct script_error error;
	struct script *script;

	(void)state;
	assert_int_equal(script_parse_line("touch B", 7, &script, &error), 0);
	assert_int_equal(script->n, 1);
	script_free(script);
	assert_int_equal(script_parse_line("# x", 3, &script, &error), 0);
	assert_int_equal(script->n, 0);
	script_free(script);
	assert_int_equal(script_parse_line("touch B\nread B", 14, &script, &error), -EINVAL);
	assert_string_equal(error.text, "expected one line, found several");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_plain_actions),
		cmocka_unit_test(test_actions_with_words),
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_expectations),
		cmocka_unit_test(test_on),
		cmocka_unit_test(test_names_in_order),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_family_bomb),
		cmocka_unit_test(test_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
