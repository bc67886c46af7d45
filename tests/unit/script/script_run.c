/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runner and its judgement, on a made-up source with two slots of one area. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/kernel.h"
#include "core/mem.h"
#include "script/run.h"

#define SLOT UINT64_C(0x200000)
#define BASE UINT64_C(0x7e0000000000)

/* What the made-up source shows and does next. */
static struct region shown[2];
static size_t n_shown;
static struct page page;
static int refuse_with;
static unsigned looks, turns_after; /* after that many looks region 0 is PMD-mapped */
static uint64_t clock_ns;
static struct source source;
static struct buf told;

static int fake_spawn(struct source *self, pid_t *pid)
{
	(void)self;
	*pid = 42;
	return 0;
}

static int fake_act(struct source *self, const struct action *action)
{
	(void)action;
	snprintf(self->error, sizeof(self->error), "the kernel said no");
	return refuse_with;
}

static int fake_locate(struct source *self, const struct target *target, struct place *place)
{
	if (!strcmp(target->area, "gone")) {
		snprintf(self->error, sizeof(self->error), "it is gone");
		return -ENOENT;
	}
	place->pid = 42;
	place->start = BASE + (target->has_index ? target->index * SLOT : 0) + target->offset;
	place->len = target->has_offset ? 4096 : target->has_index ? SLOT : 2 * SLOT;
	return 0;
}

static int fake_family(struct source *self, pid_t *pids, size_t room, size_t *n)
{
	(void)self;
	assert_true(room >= 1);
	pids[0] = 42;
	*n = 1;
	return 0;
}

static struct moment *make_moment(void)
{
	static const struct figure knobs[] = {{"enabled", "madvise"}, {"khugepaged/max_ptes_none", "511"}};
	static const struct figure meminfo[] = {{"HugePages_Free", "3"}};
	struct moment *moment = mem_alloc(sizeof(*moment));
	struct process *process = arena_alloc(&moment->arena, sizeof(*process));

	moment->page_size = 4096;
	moment->pmd_size = SLOT;
	moment->system.release = "6.9.3-x";
	moment->system.knobs = knobs;
	moment->system.n_knobs = 2;
	moment->system.meminfo = meminfo;
	moment->system.n_meminfo = 1;
	moment->processes = process;
	moment->n_processes = 1;
	process->pid = 42;
	process->vmas = arena_alloc(&moment->arena, sizeof(*process->vmas));
	process->n_vmas = 1;
	process->vmas[0] = (struct vma){
		.start = BASE, .end = BASE + 2 * SLOT, .name = "", .n_regions = (uint32_t)n_shown};
	process->regions = arena_copy(&moment->arena, shown, sizeof(shown));
	process->n_regions = n_shown;
	process->pages = arena_copy(&moment->arena, &page, sizeof(page));
	process->n_pages = 1;
	return moment;
}

static struct moment *fake_sample(struct source *self, const struct watch *watch)
{
	(void)self;
	assert_int_equal(watch->n, 1);
	if (turns_after && ++looks > turns_after)
		shown[0].mapping = MAPPING_PMD;
	return make_moment();
}

static struct moment *fake_examine(struct source *self, pid_t pid, uint64_t addr)
{
	(void)self;
	(void)addr;
	assert_int_equal(pid, 42);
	return make_moment();
}

static uint64_t fake_now(void)
{
	return clock_ns += 10000000;
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
					      .examine = fake_examine,
					      .spawn = fake_spawn,
					      .act = fake_act,
					      .locate = fake_locate,
					      .family = fake_family};
	const struct region region = {.start = BASE,
				      .len = SLOT,
				      .mapping = MAPPING_PTE,
				      .backing = BACKING_SMALL,
				      .present = 10,
				      .order_known = true,
				      .mapcount = {.entire = 0, .highest = 2, .total = 11}};

	(void)state;
	memset(&source, 0, sizeof(source));
	source.ops = &ops;
	source.page_size = 4096;
	source.pmd_size = SLOT;
	source.caps.mask = UINT32_MAX;
	shown[0] = region;
	shown[1] = region;
	shown[1].start += SLOT;
	shown[1].present = 20;
	n_shown = 2;
	page = (struct page){.addr = BASE + 4096,
			     .pagemap = PM_PRESENT | PM_FILE,
			     .present = true,
			     .has_mapcount = true,
			     .mapcount = 7};
	refuse_with = 0;
	looks = turns_after = 0;
	buf_clear(&told);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buf_fini(&told);
	return 0;
}

/* Runs "map anon 4M as A" and these lines. */
static struct run_result run(const char *lines)
{
	const struct run_options options = {.on = "real", .tell = tell, .now = fake_now};
	struct script_error mistake;
	struct run_result result;
	struct script *script;
	struct run *run;
	char text[1024], error[256];

	buf_clear(&told);
	snprintf(text, sizeof(text), "map anon 4M as A\n%s\n", lines);
	if (script_parse(text, strlen(text), "test", &script, &mistake))
		fail_msg("%s", mistake.text);
	assert_int_equal(run_start(&source, script, &options, &run, error, sizeof(error)), 0);
	assert_int_equal(run_main(run), 42);
	run_all(run);
	result = *run_result(run);
	run_free(run);
	script_free(script);
	return result;
}

static void holds(const char *line)
{
	struct run_result result = run(line);

	if (result.held != 1 || result.failed || result.unknown)
		fail_msg("%s", told.data);
}

static void fails(const char *line, const char *says)
{
	struct run_result result = run(line);

	if (result.failed != 1 || result.held || result.unknown || !strstr(told.data, says))
		fail_msg("%s\nexpected: %s", told.data, says);
	assert_false(run_passed(&result));
}

static void test_expectations(void **state)
{
	(void)state;
	holds("expect A mapping == pte");
	holds("expect A mapping == pmd|pte");
	holds("expect A mapping != pmd|none");
	holds("expect A backing == small");
	holds("expect A state == pte-mapped");
	holds("expect A[1] present == 20");
	holds("expect A present >= 10");
	holds("expect A present < 21");
	holds("expect A mapcount == 2");
	holds("expect A highest != 1|3");
	holds("expect A total == 11");
	holds("expect A entire == 0");
	holds("expect A order == 0");
	holds("expect A pte == 2");
	holds("expect A pmd == 0");
	holds("expect A swapped <= 0");
	holds("expect A guard == 0");
	holds("expect A anon == 0");
	holds("expect A exclusive == 0");
	fails("expect A mapping == pmd", "test:2: expect A mapping == pmd: FAILED: at 0x7e0000000000 mapping "
					 "is pte (pte-mapped small, 10 "
					 "present); the same goes for 1 more region");
	fails("expect A present == 10", "at 0x7e0000200000 present is 20");
	fails("expect A present > 10", "at 0x7e0000000000 present is 10");
	fails("expect A pte == 1", "pte is 2 of 2 regions");
}

static void test_empty_regions(void **state)
{
	(void)state;
	n_shown = 0;
	holds("expect A mapping == none");
	holds("expect A[1] state == empty");
	holds("expect A backing == none");
	holds("expect A present == 0");
	holds("expect A mapcount == 0");
	fails("expect A order == 9", "order is not known");
}

static void test_pages(void **state)
{
	(void)state;
	holds("expect A+4k mapcount == 7");
	holds("expect A+4k present == 1");
	holds("expect A+4k file == 1");
	holds("expect A+4k exclusive == 0");
	holds("expect A+0 mapcount == 0");
	holds("expect A+8k present == 0");
	holds("expect A+4k mapping == pte");
	fails("expect A+4k mapcount == 2", "of the pages from 0x7e0000001000 on mapcount is 7");
	page.has_mapcount = false;
	fails("expect A+4k mapcount == 7", "mapcount is not known");
}

/* What is not known is no failure only where something is missing to know it. */
static void test_unknown(void **state)
{
	struct run_result result;

	(void)state;
	shown[0].backing = BACKING_UNKNOWN;
	shown[1].mapcount.entire = UNKNOWN_COUNT;
	fails("expect A backing == small", "backing is not known");
	fails("expect A entire == 0", "entire is not known");
	holds("expect A[0] backing == unknown");
	source.caps.mask &= ~(1u << CAP_KPAGEFLAGS | 1u << CAP_KPAGECOUNT);
	source.caps.missing[CAP_KPAGEFLAGS] = "root gives it";
	result = run("expect A backing == small\nexpect A entire == 0\n");
	assert_int_equal(result.unknown, 2);
	assert_true(run_passed(&result));
	assert_non_null(strstr(told.data, "  ? expect A backing == small: cannot tell: root gives it\n"));
	/* One region that is known to differ is enough to fail. */
	shown[1].backing = BACKING_THP;
	fails("expect A backing == small", "at 0x7e0000200000 backing is thp");
}

static void test_wait(void **state)
{
	(void)state;
	turns_after = 3;
	holds("wait 1s for A[0] mapping == pmd");
	assert_int_equal(looks, 4);
	fails("wait 100ms for A[1] mapping == pmd", "mapping is pte");
	assert_in_range(looks, 10, 20);
}

static void test_require(void **state)
{
	static const char *const met[] = {
		"enabled == madvise",  "enabled == always|madvise",
		"HugePages_Free >= 2", "pmd_size == 2M",
		"page_size == 4k",     "kernel >= 6.9",
		"kernel < 6.18",       "kernel == 6.9",
		"kernel <= 6.9",       "kernel >= 6.9.3",
		"kernel > 6.8",	       "kernel != 6.18",
		"enabled != always",   "khugepaged/max_ptes_none == 511",
	};
	static const char *const unmet[] = {
		"enabled == always", "HugePages_Free > 3", "kernel >= 6.10",
		"thp_nothing == 0",  "enabled > 1",	   "kernel > 6.9",
		"kernel < 6.9",	     "kernel <= 6.8",	   "kernel > 6.9.3",
	};
	struct run_result result;
	char line[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(met) / sizeof(met[0]); i++) {
		snprintf(line, sizeof(line), "require %s", met[i]);
		holds(line);
	}
	for (i = 0; i < sizeof(unmet) / sizeof(unmet[0]); i++) {
		snprintf(line, sizeof(line), "require %s\nexpect A mapping == pmd", unmet[i]);
		result = run(line);
		assert_true(result.skipped);
		assert_true(run_passed(&result));
		assert_int_equal(result.held + result.failed, 0);
		assert_non_null(strstr(told.data, "skipped: "));
	}
}

static void test_refused(void **state)
{
	struct run_result result;

	(void)state;
	refuse_with = -EINVAL;
	result = run("expect A mapping == pte");
	assert_int_equal(result.refused, 1);
	assert_int_equal(result.held, 1);
	assert_false(run_passed(&result));
	assert_non_null(strstr(told.data, "test:1: map anon 4M as A: refused: the kernel said no"));
	refuse_with = 0;
	result = run("task a touch A\nschedule a\nfinish");
	assert_int_equal(result.refused, 3);
	assert_non_null(strstr(told.data, "only a model's tasks can be told when to run"));
}

static void test_narration(void **state)
{
	struct run_result result;

	(void)state;
	result = run("say \"hello\"\nask \"why?\" answer \"so\"\nexpect A mapping == pte");
	assert_int_equal(result.done, 1);
	assert_string_equal(told.data, "  > map anon 4M as A\nhello\nwhy? so\n  = expect A mapping == pte\n");
}

static void test_on(void **state)
{
	const struct run_options options = {.on = "real"};
	struct script_error mistake;
	struct script *script;
	char error[256];
	struct run *run;

	(void)state;
	assert_int_equal(script_parse("on lab model:5.4", 16, "test", &script, &mistake), 0);
	assert_int_equal(run_start(&source, script, &options, &run, error, sizeof(error)), -ENOTSUP);
	assert_null(run);
	assert_string_equal(error, "'test' does not run on real; it runs on lab, model:5.4");
	script_free(script);
}

static void test_steps(void **state)
{
	static const char text[] = "say \"a\"\nmap anon 4M as A\nwait 1s for A[0] mapping == pmd\n";
	const struct run_options options = {.now = fake_now};
	struct script_error mistake;
	struct script *script;
	char error[256];
	struct run *run;

	(void)state;
	turns_after = 1;
	assert_int_equal(script_parse(text, strlen(text), "test", &script, &mistake), 0);
	assert_int_equal(run_start(&source, script, &options, &run, error, sizeof(error)), 0);
	assert_int_equal(run_step(run), RUN_GOES_ON);
	assert_int_equal(run_result(run)->done, 0);
	assert_int_equal(run_step(run), RUN_GOES_ON);
	assert_int_equal(run_result(run)->done, 1);
	assert_int_equal(run_step(run), RUN_WAITS);
	assert_int_equal(run_step(run), RUN_ENDED);
	assert_int_equal(run_result(run)->held, 1);
	assert_int_equal(run_step(run), RUN_ENDED);
	run_free(run);
	script_free(script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_expectations, setup, teardown),
		cmocka_unit_test_setup_teardown(test_empty_regions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unknown, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wait, setup, teardown),
		cmocka_unit_test_setup_teardown(test_require, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_narration, setup, teardown),
		cmocka_unit_test_setup_teardown(test_on, setup, teardown),
		cmocka_unit_test_setup_teardown(test_steps, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
