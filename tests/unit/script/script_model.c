/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The script language: what a model is told, and every mistake with its line and sentence. */
#include "script_common.h"

static void test_map_of(void **state)
{
	struct script *script = parse("map shmem 4M as A\nfork as kid\n"
				      "map kid private-file 4M as B of A hugepage\n"
				      "map shmem 2M as skew of kid A skew 4k\n"
				      "map shmem 2M as C of skew skew 8k\n"
				      "map private-file 2M as D of main C\n"
				      "map shmem 2M as E of D\n");
	const struct action *action = script->actions;

	(void)state;
	assert_string_equal(action[0].map.of.area, "");
	assert_int_equal(action[2].map.kind, MAP_KIND_PRIVATE_FILE);
	assert_string_equal(action[2].target.process, "kid");
	assert_string_equal(action[2].map.of.area, "A");
	assert_string_equal(action[2].map.of.process, "");
	assert_int_equal(action[2].map.advice, ADVICE_HUGEPAGE);
	assert_string_equal(action[3].map.of.process, "kid");
	assert_string_equal(action[3].map.of.area, "A");
	assert_int_equal(action[3].map.skew, 4096);
	assert_string_equal(action[4].map.of.area, "skew");
	assert_int_equal(action[4].map.skew, 8192);
	assert_string_equal(action[5].map.of.process, "main");
	script_free(script);
}

static void test_memory(void **state)
{
	const struct action *action;
	struct script *script;
	unsigned i;
	char line[64];

	(void)state;
	action = last(&script, "store kid A[1]+64k 8k 0xff");
	assert_int_equal(action->kind, ACTION_STORE);
	assert_int_equal(action->value, 255);
	assert_int_equal(action->target.len, 8192);
	assert_string_equal(action->target.process, "kid");
	script_free(script);
	action = last(&script, "store A 0");
	assert_false(action->target.has_len);
	script_free(script);
	action = last(&script, "truncate kid A to 1M");
	assert_int_equal(action->kind, ACTION_TRUNCATE);
	assert_int_equal(action->bytes, 1 << 20);
	script_free(script);
	assert_int_equal(last(&script, "uprobe kid A+64k")->kind, ACTION_UPROBE);
	script_free(script);
	assert_int_equal(last(&script, "uffd-copy A+64k")->kind, ACTION_UFFD_COPY);
	script_free(script);
	for (i = 0; i < UFFD_MODE_COUNT; i++) {
		snprintf(line, sizeof(line), "uffd kid A[0] 4k %s", uffd_mode_name((enum uffd_mode)i));
		action = last(&script, line);
		assert_int_equal(action->uffd, i);
		assert_int_equal(action->target.len, 4096);
		script_free(script);
	}
}

static void test_uffd_wp(void **state)
{
	static const struct {
		const char *line, *process;
		enum uffd_mode mode;
	} rows[] = {{"uffd-wp A", "", UFFD_WP},
		    {"uffd-wp A on", "", UFFD_WP},
		    {"uffd-wp A off", "", UFFD_OFF},
		    {"uffd-wp kid A", "kid", UFFD_WP},
		    {"uffd-wp kid A 4k off", "kid", UFFD_OFF}};
	const struct action *action;
	struct script *script;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		action = last(&script, rows[i].line);
		assert_int_equal(action->kind, ACTION_UFFD_WP);
		assert_int_equal(action->uffd, rows[i].mode);
		assert_string_equal(action->target.process, rows[i].process);
		script_free(script);
	}
	script_free(parse("map anon 2M as off\nuffd-wp off\nuffd-wp off off\n"));
}

static void test_held(void **state)
{
	struct script *script = parse(BEFORE "hold mmap_lock of kid for read as h\n"
					     "hold mmap_lock of kid as w\n"
					     "hold mmap_lock of main for write 5ms\n"
					     "pin kid A[0]+4k 8k as p\n"
					     "reference A as r\n"
					     "device p writes 7\n"
					     "release p\nrelease r\nrelease h\n"
					     "khugepaged kid\n"
					     "set khugepaged/max_ptes_none 0\n");
	const struct action *action = script->actions + 2;

	(void)state;
	assert_int_equal(action[0].hold.mode, HOLD_READ);
	assert_string_equal(action[0].name, "h");
	assert_int_equal(action[1].hold.mode, HOLD_WRITE);
	assert_string_equal(action[1].name, "w");
	assert_string_equal(action[2].name, "");
	assert_int_equal(action[2].hold.ns, 5000000);
	assert_int_equal(action[3].kind, ACTION_PIN);
	assert_string_equal(action[3].name, "p");
	assert_int_equal(action[3].target.len, 8192);
	assert_int_equal(action[4].kind, ACTION_REFERENCE);
	assert_string_equal(action[5].name, "p");
	assert_int_equal(action[5].value, 7);
	assert_int_equal(action[6].kind, ACTION_RELEASE);
	assert_int_equal(action[9].kind, ACTION_KHUGEPAGED);
	assert_string_equal(action[9].target.process, "kid");
	assert_string_equal(action[10].set.knob, "khugepaged/max_ptes_none");
	assert_string_equal(action[10].set.value, "0");
	script_free(script);
}

static void test_tasks(void **state)
{
	struct script *script = parse(BEFORE "task c  collapse kid A[1]  # not this\n"
					     "task d-2 pin A as p\n"
					     "schedule c c*3 d-2* c@mmap_lock(kid)\n"
					     "release p\n"
					     "finish\nfinish d-2 c\n");
	const struct action *action = script->actions + 2;
	const struct schedule_word *word;

	(void)state;
	assert_int_equal(action[0].kind, ACTION_TASK);
	assert_string_equal(action[0].name, "c");
	assert_string_equal(action[0].text, "task c  collapse kid A[1]");
	assert_int_equal(action[0].inner->kind, ACTION_COLLAPSE);
	assert_string_equal(action[0].inner->text, "collapse kid A[1]");
	assert_int_equal(action[0].inner->line, 3);
	assert_int_equal(action[0].inner->target.index, 1);
	assert_string_equal(action[1].inner->name, "p");
	assert_int_equal(action[2].schedule.n, 4);
	word = action[2].schedule.words;
	assert_string_equal(word[0].name, "c");
	assert_int_equal(word[0].how, ADVANCE_STEPS);
	assert_int_equal(word[0].count, 1);
	assert_int_equal(word[1].how, ADVANCE_STEPS);
	assert_int_equal(word[1].count, 3);
	assert_string_equal(word[2].name, "d-2");
	assert_int_equal(word[2].how, ADVANCE_FREELY);
	assert_int_equal(word[3].how, ADVANCE_BEFORE);
	assert_string_equal(word[3].step, "mmap_lock(kid)");
	assert_int_equal(action[4].list.n, 0);
	assert_int_equal(action[5].list.n, 2);
	assert_string_equal(action[5].list.words[1], "c");
	script_free(script);
}

/* What a task does it does some time: what it maps may be named, what it ends too. */
static void test_names_of_tasks(void **state)
{
	struct script *script;

	(void)state;
	script_free(parse(BEFORE "task t map anon 2M as B\ntouch B\ntask u unmap A\ntouch A"));
	script_free(parse(BEFORE "task t exit kid\nkhugepaged kid\ntouch kid A"));
	script_free(parse(BEFORE "task t fork as kid2\nfinish t\ntouch kid2 A"));
	script = parse(BEFORE "task seed touch A\nfinish seed\nfinish seed 0x10\nfinish seed seed 3");
	assert_int_equal(script->actions[3].list.n, 1);
	assert_false(script->actions[3].list.seeded);
	assert_int_equal(script->actions[4].list.n, 0);
	assert_true(script->actions[4].list.seeded);
	assert_int_equal(script->actions[4].list.seed, 16);
	assert_int_equal(script->actions[5].list.n, 1);
	assert_int_equal(script->actions[5].list.seed, 3);
	script_free(script);
	script_free(parse(BEFORE "pin A as p\ntask t release p\nrelease p"));
	script_free(parse(BEFORE "hold mmap_lock of kid as h\nschedule h\nexpect task h state == waiting"));
}

static void test_title(void **state)
{
	struct script *script = parse("# x\ntitle \"Who copies?\"\non real\nsay \"x\"\n");

	(void)state;
	assert_string_equal(script_title(script), "Who copies?");
	script_free(script);
	script = parse("say \"x\"\n");
	assert_null(script_title(script));
	script_free(script);
}

static void check_subject(const char *before, const char *line, enum expect_subject subject,
			  const char *field, const char *value)
{
	char text[256];
	struct script *script;
	const struct action *action;

	snprintf(text, sizeof(text), BEFORE "%s%s", before, line);
	script = parse(text);
	action = &script->actions[script->n - 1];
	assert_int_equal(action->expect.subject, subject);
	assert_string_equal(action->expect.field, field);
	assert_string_equal(action->expect.value, value);
	script_free(script);
}

static void test_subjects(void **state)
{
	static const char task[] = "task t touch A\n";

	(void)state;
	check_subject("", "expect A usage == 513", SUBJECT_MEMORY, "usage", "513");
	check_subject("", "expect kid A[1] pmd_maps >= 1", SUBJECT_MEMORY, "pmd_maps", "1");
	check_subject("", "expect kid A+4k value == 7|8", SUBJECT_MEMORY, "value", "7|8");
	check_subject("", "expect kid rss <= 4M", SUBJECT_PROCESS, "rss", "4M");
	check_subject("", "wait 5s for main page_tables == 8k", SUBJECT_PROCESS, "page_tables", "8k");
	check_subject("", "expect ShmemPmdMapped == 2048", SUBJECT_FIGURE, "ShmemPmdMapped", "2048");
	check_subject("", "wait 5s for thp_split_pmd > 0", SUBJECT_FIGURE, "thp_split_pmd", "0");
	check_subject(task, "expect task t state == ready|done", SUBJECT_TASK, "state", "ready|done");
	check_subject(task, "expect task t verdict == page_locked", SUBJECT_TASK, "verdict", "page_locked");
	check_subject(task, "expect task t at != i_mmap", SUBJECT_TASK, "at", "i_mmap");
	/* An area may be called so. */
	check_subject("map anon 2M as task\n", "expect task state == empty", SUBJECT_MEMORY, "state",
		      "empty");
	check_subject("map anon 2M as task\n", "expect task 4k present == 0", SUBJECT_MEMORY, "present", "0");
}

static const struct mistake mistakes[] = {
	{"map shmem 2M as B of", 3, "expected the name of the area whose file it maps"},
	{"map shmem 2M as B of A", 3, "'A' is anon, which cannot be mapped again as shmem"},
	{"map shmem 2M as B\nmap file 2M as C of B", 4, "'B' is shmem, which cannot be mapped again as file"},
	{"map shmem 2M as B of Ab", 3, "no area is called 'Ab' here; did you mean 'A'?"},
	{"map shmem 2M as B of kit A", 3, "no process is called 'kit' yet; did you mean 'kid'?"},
	{"store A", 3, "expected TARGET and then a number from 0 to 255, found the end"},
	{"store A 256", 3, "expected a number from 0 to 255, found '256'"},
	{"store A x", 3, "expected a number from 0 to 255, found 'x'"},
	{"store A 4k 4k", 3, "expected a number from 0 to 255, found '4k'"},
	{"truncate A", 3, "expected 'to', found the end of the line"},
	{"truncate A+4k to 4k", 3, "by the name of a whole area"},
	{"uffd A wpp", 3, "unknown mode of userfaultfd 'wpp'; did you mean 'wp'?"},
	{"uffd-wp", 3, "expected an area"},
	{"uffd-wp A of", 3, "no process is called 'A' yet"},
	{"hold mmap_lock of kid for", 3, "expected read or write, found the end of the line"},
	{"hold mmap_lock of kid for ever as h", 3, "expected read or write, found 'ever'"},
	{"hold mmap_lock of kid as", 3, "expected the name of what release will be told"},
	{"hold mmap_lock of kid as h\nhold mmap_lock of main as h", 4,
	 "something called 'h' was there already"},
	{"pin A", 3, "expected 'as', found the end of the line"},
	{"pin B as p", 3, "no area is called 'B' here"},
	{"pin A as p\ntask p touch A", 4, "something called 'p' was there already"},
	{"release", 3, "expected the name of a pin, a reference or a hold"},
	{"release p", 3, "no pin, reference or hold is called 'p' yet"},
	{"pin A as pin1\nrelease pin2", 4, "did you mean 'pin1'?"},
	{"pin A as p\nrelease p\nrelease p", 5, "'p' has been released"},
	{"pin A as p\nrelease p\ndevice p writes 1", 5, "'p' has been released"},
	{"reference A as r\ndevice r writes 1", 4, "'r' is no pin"},
	{"pin A as p\ndevice p write 1", 4, "expected 'writes', found 'write'"},
	{"pin A as p\ndevice p writes 256", 4, "expected a number from 0 to 255"},
	{"task t touch A\nrelease t", 4, "'t' is a task, which ends by itself"},
	{"khugepaged", 3, "expected the name of a process"},
	{"set", 3, "expected a knob such as enabled"},
	{"set enabled", 3, "expected a value for enabled, found the end of the line"},
	{"set enabled always never", 3, "expected the end of the line, found 'never'"},
	{"task", 3, "expected the name of a task"},
	{"task t", 3, "expected an action such as map or say, found the end of the line"},
	{"task t tuch A", 3, "unknown action 'tuch'; did you mean 'touch'?"},
	{"task t say hello", 3, "'say' is nothing that a kernel does, and so no task"},
	{"task t task u touch A", 3, "'task' is nothing that a kernel does"},
	{"task t touch A 4k 4k", 3, "expected no more of the target"},
	{"task t touch B", 3, "no area is called 'B' here"},
	{"task t exit main", 3, "only a child can exit"},
	{"schedule", 3, "expected the names of tasks, found the end of the line"},
	{"schedule t", 3, "no task is called 't' yet"},
	{"task t touch A\nschedule \"t\"", 4, "expected the end of the line, found the string"},
	{"task t touch A\nschedule t*0", 4, "expected a task as in a, a*3 (steps)"},
	{"task t touch A\nschedule t*x", 4, "found 't*x'"},
	{"task t touch A\nschedule t@", 4, "found 't@'"},
	{"task t touch A\nschedule *", 4, "expected the name of a task"},
	{"task t touch A\nschedule t+", 4, "expected the name of a task"},
	{"pin A as p\nschedule p", 4, "'p' is no task"},
	{"task tt touch A\nfinish tu", 4, "no task is called 'tu' yet; did you mean 'tt'?"},
	{"finish \"t\"", 3, "expected the end of the line, found the string"},
	{"finish seed x", 3, "expected a number, from which the order is drawn, found 'x'"},
	{"task tt touch A\nfinish tt seed x", 4,
	 "expected a number, from which the order is drawn, found 'x'"},
	{"title \"x\"", 3, "expected 'title' before the first action"},
	{"title x", 3, "expected a text in double quotes"},
	{"expect kid rss == all", 3, "rss is a number, found 'all'"},
	{"expect kit rss == 1", 3, "no process is called 'kit' yet; did you mean 'kid'?"},
	{"expect A rss == 1", 3, "no process is called 'A' yet"},
	{"expect A usage == none", 3, "usage is a number"},
	{"expect task t state == done", 3, "no task is called 't' yet"},
	{"task t touch A\nexpect task t state == don", 4, "unknown state 'don'; did you mean 'done'?"},
	{"task t touch A\nexpect task t mapping == pmd", 4,
	 "unknown field 'mapping'; there are state, verdict, at"},
	{"task t touch A\nexpect task t at < x", 4, "compare with == and != only"},
	{"task t touch A\nexpect task t verdict != succeded", 4,
	 "unknown verdict 'succeded'; did you mean 'succeeded'?"},
	{"task t touch A\nexpect task t verdict == failed|page", 4, "unknown verdict 'page'"},
	{"task t touch A\nexpect task t at == zzz|", 4, "expected a value on either side of each '|'"},
	{"task t touch A\nexpect task t verdict == failed|", 4,
	 "expected a value on either side of each '|'"},
	{"expect \"enabled\" == always", 3, "expected a figure"},
};

static void test_mistakes(void **state)
{
	(void)state;
	check_mistakes(mistakes, sizeof(mistakes) / sizeof(mistakes[0]));
	check_mistake("title \"x\"\ntitle \"y\"\n", 2, "a script has one title");
	check_mistake("order 2\n", 1, "'order' is for models: expected an 'on' line before it");
	check_mistake("on real model\nwithout x\n", 2, "'without' is for models");
	check_mistake("on model:5.4\norder 1\n", 2,
		      "expected the order of a huge page, from 2 to 9, found '1'");
	check_mistake("on model:5.4\norder 10\n", 2, "from 2 to 9, found '10'");
	check_mistake("on model:5.4\norder\n", 2, "from 2 to 9, found the end of the line");
	check_mistake("on model:5.4\norder 2\norder 2\n", 3, "a script has one order");
	check_mistake("on model:5.4\nwithout\n", 2, "expected rules that the kernel lacks");
	check_mistake("on model:5.4\nmap anon 2M as A\norder 2\n", 3,
		      "expected 'order' before the first action");
	check_mistake("expect violation x\n", 1, "expected TARGET FIELD OP VALUE");
	check_mistake("wait 1s for violation \"x\"\n", 1, "there is nothing to wait for");
}

/* What shapes a model's kernel. */
static void test_shape(void **state)
{
	static const char text[] =
		"on model:5.4 model\nrequire pmd_size == 16k\norder 2\nwithout a b\nwithout c\n"
		"map anon 16k as A\ntouch A\nexpect violation \"was \\\"x\\\"\"\n";
	struct script_error error;
	struct script *script;

	(void)state;
	assert_int_equal(script_parse(text, sizeof(text) - 1, "x", &script, &error), 0);
	assert_int_equal(script_order(script), 2);
	assert_string_equal(script_without(script, 0), "a");
	assert_string_equal(script_without(script, 1), "b");
	assert_string_equal(script_without(script, 2), "c");
	assert_null(script_without(script, 3));
	assert_int_equal(script->actions[script->n - 1].expect.subject, SUBJECT_VIOLATION);
	assert_string_equal(script->actions[script->n - 1].expect.value, "was \"x\"");
	script_free(script);
	assert_int_equal(script_parse("", 0, "x", &script, &error), 0);
	assert_int_equal(script_order(script), 0);
	assert_null(script_without(script, 0));
	script_free(script);
}

/* Every action's word alone is a mistake with a sentence, or an action without arguments. */
static void test_every_word(void **state)
{
	struct script_error error;
	struct script *script;
	const char *word;
	unsigned i;

	(void)state;
	for (i = 0; i < ACTION_KIND_COUNT; i++) {
		word = action_name((enum action_kind)i);
		if (i == ACTION_FINISH) {
			assert_int_equal(script_parse_line(word, strlen(word), &script, &error), 0);
			assert_int_equal(script->actions[0].kind, i);
			script_free(script);
			continue;
		}
		assert_int_equal(script_parse_line(word, strlen(word), &script, &error), -EINVAL);
		assert_true(error.text[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map_of),	   cmocka_unit_test(test_memory),
		cmocka_unit_test(test_uffd_wp),	   cmocka_unit_test(test_held),
		cmocka_unit_test(test_tasks),	   cmocka_unit_test(test_names_of_tasks),
		cmocka_unit_test(test_title),	   cmocka_unit_test(test_subjects),
		cmocka_unit_test(test_mistakes),   cmocka_unit_test(test_shape),
		cmocka_unit_test(test_every_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
