/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Columns of a matrix, collected: on the model, and on a made-up source that goes away or must not be looked at. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../model/opened.h"
#include "core/mem.h"
#include "script/collect.h"
#include "script/collect_area.h"
#include "script/script.h"

#define SLOT UINT64_C(0x200000)
#define BASE UINT64_C(0x7e0000000000)

static struct script *script;
static struct arena arena;
static struct matrix_column column;
static char error[512];

static int collect_on(struct source *source, const char *on, const char *text)
{
	struct script_error mistake;

	if (script_parse(text, strlen(text), "test", &script, &mistake))
		fail_msg("%d: %s", mistake.line, mistake.text);
	column = (struct matrix_column){.name = "here"};
	return collect(source, script, on, &arena, &column, error, sizeof(error));
}

static void over(struct source *source)
{
	source_close(source);
	script_free(script);
	arena_fini(&arena);
}

/* The run of an area that holds a region, after the action with that number. */
static const struct matrix_run *run_at(size_t step, const char *process, const char *area, int64_t at)
{
	const struct matrix_state *state = column.steps[step].state;
	size_t i, k;

	for (i = 0; state && i < state->n; i++)
		for (k = 0; k < state->areas[i].n; k++) {
			const struct matrix_run *run = &state->areas[i].runs[k];

			if (!strcmp(state->areas[i].process, process) &&
			    !strcmp(state->areas[i].area, area) && at >= run->at &&
			    at < run->at + (int64_t)run->n)
				return run;
		}
	return NULL;
}

static void test_model(void **state)
{
	struct source *source = opened("6.18");
	const struct matrix_run *run;

	(void)state;
	assert_int_equal(collect_on(source, "model:6.18",
				    "on model\n"		  /* 0 */
				    "map anon 8M as A hugepage\n" /* 1 */
				    "touch A[0] 4M\n"		  /* 2 */
				    "say \"hm\"\n"		  /* 3 */
				    "expect A pmd == 2\n"	  /* 4 */
				    "expect A pmd == 4\n"	  /* 5 */
				    "fork as kid\n"		  /* 6 */
				    "pin kid A[3] as nic\n"	  /* 7 */
				    "advise A[3] mergeable\n"	  /* 8 */
				    "exit kid\n"		  /* 9 */
				    "unmap A\n"			  /* 10 */
				    ),
			 0);
	assert_string_equal(column.release, "6.18.0");
	assert_string_equal(matrix_knob(&column, "enabled"), "madvise");
	assert_null(column.ended);
	assert_null(column.missing);
	/* Empty regions are one run, as touched ones are. */
	run = run_at(1, "main", "A", 0);
	assert_true(run->at == 0 && run->n == 4 && run->answer.mappings == 1 << MAPPING_NONE);
	run = run_at(2, "main", "A", 1);
	assert_true(run->at == 0 && run->n == 2 && run->answer.mappings == 1 << MAPPING_PMD &&
		    run->answer.backings == 1 << BACKING_THP && run->answer.numbers[MATRIX_PRESENT] == 512 &&
		    run->answer.numbers[MATRIX_HIGHEST] == 1);
	run = run_at(2, "main", "A", 3);
	assert_true(run->at == 2 && run->n == 2 && run->answer.mappings == 1 << MAPPING_NONE);
	/* What only tells something leaves the state as it is. */
	assert_ptr_equal(column.steps[3].state, column.steps[2].state);
	assert_int_equal(column.steps[4].result, MATRIX_DONE);
	assert_int_equal(column.steps[5].result, MATRIX_FAILED);
	assert_non_null(strstr(column.steps[5].text, "2"));
	assert_null(run_at(5, "kid", "A", 0));
	run = run_at(6, "kid", "A", 0);
	assert_true(run->n == 2 && run->answer.numbers[MATRIX_HIGHEST] == 2 &&
		    run->answer.numbers[MATRIX_ENTIRE] == 2);
	assert_int_equal(run_at(6, "main", "A", 0)->answer.numbers[MATRIX_HIGHEST], 2);
	assert_int_equal(column.steps[8].result, MATRIX_REFUSED);
	assert_int_equal(column.steps[8].error, ENOTSUP);
	assert_null(run_at(9, "kid", "A", 0));
	assert_non_null(run_at(9, "main", "A", 0));
	assert_null(run_at(10, "main", "A", 0));
	over(source);
}

static void test_not_here(void **state)
{
	struct source *source = opened("5.4");

	(void)state;
	assert_int_equal(collect_on(source, "model:5.4", "on model:6.6\nmap anon 2M as A\n"), -ENOTSUP);
	assert_non_null(strstr(error, "model:6.6"));
	over(source);
	source = opened("5.4");
	assert_int_equal(collect_on(source, "model:5.4", "require kernel >= 6.6\nmap anon 2M as A\n"),
			 -ENOTSUP);
	assert_non_null(strstr(error, "line 1"));
	assert_non_null(strstr(error, "5.4.0"));
	over(source);
	/* Behind an action it is the end of the column. */
	source = opened("5.4");
	assert_int_equal(
		collect_on(source, "model:5.4", "map anon 2M as A\nrequire kernel >= 6.6\ntouch A\n"), 0);
	assert_non_null(strstr(column.ended, "line 2"));
	assert_int_equal(column.steps[0].result, MATRIX_DONE);
	assert_non_null(column.steps[0].state);
	assert_int_equal(column.steps[2].result, MATRIX_NOT_KNOWN);
	assert_null(column.steps[2].state);
	over(source);
}

/* Regions of which several VMAs, or none, have a part, and what is no whole one. */
static void test_area(void **state)
{
	struct region regions[] = {
		{.start = BASE + SLOT / 2,
		 .len = SLOT / 2,
		 .mapping = MAPPING_PTE,
		 .backing = BACKING_SMALL,
		 .present = 3,
		 .mapcount = {0, 1, 3}},
		{.start = BASE + SLOT,
		 .len = 4096,
		 .vma = 1,
		 .mapping = MAPPING_PTE,
		 .backing = BACKING_SMALL,
		 .present = 1,
		 .mapcount = {0, 2, 2}},
	};
	struct vma vmas[] = {
		{.start = BASE + SLOT / 2, .end = BASE + SLOT, .n_regions = 1},
		{.start = BASE + SLOT, .end = BASE + SLOT + 4096, .first_region = 1, .n_regions = 1},
		{.start = BASE + SLOT + 4096, .end = BASE + 2 * SLOT + 4096, .first_region = 2},
	};
	const struct process process = {.vmas = vmas, .n_vmas = 3, .regions = regions, .n_regions = 2};
	struct place place = {.start = BASE + SLOT / 2, .len = 3 * SLOT};
	struct matrix_area area = {.n = 0}, before;

	(void)state;
	collect_area(&process, &place, SLOT, NULL, &arena, &area);
	assert_int_equal(area.whole, 2);
	assert_int_equal(area.n, 3);
	assert_true(area.runs[0].at == -1 && area.runs[0].n == 1);
	assert_int_equal(area.runs[0].answer.numbers[MATRIX_TOTAL], 3);
	/* Two VMAs: 1 page, and nothing, which would be the same if they were one. */
	assert_true(area.runs[1].at == 0 && area.runs[1].n == 1);
	assert_int_equal(area.runs[1].answer.mappings, 1 << MAPPING_PTE);
	assert_int_equal(area.runs[1].answer.backings, 1 << BACKING_SMALL);
	assert_int_equal(area.runs[1].answer.numbers[MATRIX_PRESENT], 1);
	assert_int_equal(area.runs[1].answer.numbers[MATRIX_HIGHEST], 2);
	assert_int_equal(area.runs[1].answer.numbers[MATRIX_TOTAL], UNKNOWN_COUNT);
	/* Region 1 holds nothing where a VMA begins, and nobody has what is behind it: region 2, the tail. */
	assert_true(area.runs[2].at == 1 && area.runs[2].n == 2);
	assert_int_equal(area.runs[2].answer.mappings, 1 << MAPPING_NONE);
	/* The same again needs no room of its own. */
	before = area;
	collect_area(&process, &place, SLOT, &before, &arena, &area);
	assert_ptr_equal(area.runs, before.runs);
	regions[0].present = 4;
	collect_area(&process, &place, SLOT, &before, &arena, &area);
	assert_ptr_not_equal(area.runs, before.runs);
	assert_int_equal(area.runs[0].answer.numbers[MATRIX_PRESENT], 4);
	arena_fini(&arena);
}

/* A source that was made up: one area of one region, which nobody may look at while it is held, and which goes away. */
static struct fake {
	struct source source;
	unsigned looks, lost_after; /* 0: never */
	unsigned acts;
	bool torn;
} fake;

static void fake_close(struct source *source)
{
	(void)source;
}

static int fake_spawn(struct source *source, pid_t *pid)
{
	(void)source;
	*pid = 42;
	return 0;
}

static int fake_act(struct source *source, const struct action *action)
{
	(void)source;
	(void)action;
	fake.acts++;
	return 0;
}

static int fake_locate(struct source *source, const struct target *target, struct place *place)
{
	(void)source;
	*place = (struct place){42, *target->area ? BASE : 0, *target->area ? SLOT : 0};
	return 0;
}

static struct moment *fake_sample(struct source *source, const struct watch *watch)
{
	struct moment *moment = mem_alloc(sizeof(*moment));
	struct process *process = arena_alloc(&moment->arena, sizeof(*process));
	struct vma *vma = arena_alloc(&moment->arena, sizeof(*vma));

	moment->caps = source->caps;
	moment->system.release = "9.9";
	fake.looks++;
	if (fake.lost_after && fake.looks > fake.lost_after)
		moment->lost = "the guest has ended";
	*vma = (struct vma){.start = BASE, .end = BASE + SLOT};
	*process = (struct process){
		.pid = 42, .vmas = vma, .n_vmas = 1, .mapping_known = true, .torn = fake.torn};
	moment->processes = process;
	moment->n_processes = watch->n;
	return moment;
}

static struct source *faked(unsigned lost_after)
{
	static const struct source_ops ops = {.close = fake_close,
					      .spawn = fake_spawn,
					      .act = fake_act,
					      .locate = fake_locate,
					      .sample = fake_sample};

	fake = (struct fake){.source = {.ops = &ops, .page_size = 4096, .pmd_size = SLOT},
			     .lost_after = lost_after};
	fake.source.caps.missing[CAP_PFN] = "frames are not shown";
	return &fake.source;
}

static void test_lost(void **state)
{
	(void)state;
	/* One look before the first action, one after each. */
	assert_int_equal(collect_on(faked(2), "lab", "map anon 2M as A\ntouch A\nread A\n"), 0);
	assert_int_equal(column.steps[0].result, MATRIX_DONE);
	assert_non_null(run_at(0, "main", "A", 0));
	assert_int_equal(column.steps[1].result, MATRIX_LOST);
	assert_null(column.steps[1].state);
	assert_string_equal(column.steps[1].text, "the guest has ended");
	assert_string_equal(column.ended, "line 2, touch A: it was lost");
	assert_int_equal(column.steps[2].result, MATRIX_NOT_KNOWN);
	/* Nothing more is asked of what is lost. */
	assert_int_equal(fake.looks, 3);
	assert_int_equal(fake.acts, 2);
	assert_int_equal(column.ended_at, 1);
	assert_string_equal(column.missing, "frames are not shown");
	over(&fake.source);
}

static void test_held(void **state)
{
	(void)state;
	assert_int_equal(collect_on(faked(0), "lab:team",
				    "map anon 2M as A\n"
				    "hold mmap_lock of main as busy\n"
				    "touch A\n"
				    "release busy\n"
				    "hold mmap_lock of main 1000s\n"),
			 0);
	assert_non_null(run_at(0, "main", "A", 0));
	/* It is there, and nobody looked. */
	assert_int_equal(column.steps[1].state->n, 1);
	assert_int_equal(column.steps[1].state->areas[0].n, 0);
	assert_null(run_at(2, "main", "A", 0));
	assert_non_null(run_at(3, "main", "A", 0));
	assert_null(run_at(4, "main", "A", 0));
	/* Why is said, unless the source knows less anyway. */
	assert_string_equal(column.missing, "frames are not shown");
	over(&fake.source);
	faked(0)->caps.missing[CAP_PFN] = NULL;
	assert_int_equal(collect_on(&fake.source, "lab", "map anon 2M as A\nhold mmap_lock of main 1000s\n"),
			 0);
	assert_non_null(strstr(column.missing, "'main' was not looked at: its mmap lock was held"));
	over(&fake.source);
}

/* What was read while it changed is not told. */
static void test_torn(void **state)
{
	(void)state;
	faked(0)->caps.missing[CAP_PFN] = NULL;
	fake.torn = true;
	assert_int_equal(collect_on(&fake.source, "lab", "map anon 2M as A\n"), 0);
	assert_int_equal(column.steps[0].state->n, 1);
	assert_int_equal(column.steps[0].state->areas[0].n, 0);
	assert_non_null(strstr(column.missing, "changed while it was read"));
	over(&fake.source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model), cmocka_unit_test(test_not_here), cmocka_unit_test(test_area),
		cmocka_unit_test(test_lost),  cmocka_unit_test(test_held),     cmocka_unit_test(test_torn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
