/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 10,000 keys, clicks, turns of the wheel, pastes and sizes in any order on the screen by itself, of moments as they come
 * from a live machine, a model and a recording, with answers that come when they like: under the sanitizers it is enough
 * that it lives through them; what holds of every screen is checked too. The seed is printed; MONKEY_SEED=N repeats a run.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ui/theme.h"
#include "deeds.h"
#include "stage.h"

#define EVENTS 10000
#define TASKS_MAX 12
#define MOMENTS 40 /* of the recording */

enum kind { KIND_LIVE, KIND_MODEL, KIND_RECORDING, KIND_COUNT };
static const char *const kind_names[KIND_COUNT] = {"live", "model", "recording"};

static uint64_t random_state;

/* xorshift64*, so that a seed is the same run everywhere. */
static uint32_t draw(uint32_t below)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (uint32_t)((random_state * UINT64_C(2685821657736338717)) >> 32) % below;
}

/* Some process with some mappings, which change from one moment to the next. */
static void add_process(struct world *world, pid_t pid)
{
	const enum mapping mappings[] = {MAPPING_PTE, MAPPING_PMD, MAPPING_PMD, MAPPING_UNKNOWN};
	const enum backing backings[] = {BACKING_SMALL, BACKING_THP,  BACKING_THP_PARTIAL, BACKING_MTHP,
					 BACKING_TEAM,	BACKING_SWAP, BACKING_MIXED,	   BACKING_UNKNOWN};
	uint64_t at = UINT64_C(0x7f0000000000), slots, slot;
	uint32_t i, n = draw(40);

	if (!draw(12)) {
		world_fail(world, pid, "", (enum outcome)(1 + draw(OUTCOME_COUNT - 1)), "for a reason");
		return;
	}
	world_process(world, pid, draw(3) ? "monkey" : "\x1b[31m\xf0\x9f\x90\x92 evil");
	for (i = 0; i < n; i++) {
		slots = draw(8) ? 1 + draw(20) : 1 + draw(200);
		world_vma(world, at + draw(3) * PAGE, draw(5) ? slots * SLOT : (1 + draw(100)) * PAGE,
			  draw(2) ? "rw-p" : "r--s", draw(2) ? VMA_ANON : VMA_FILE,
			  draw(2) ? "" : "/a/file with \xff a name");
		for (slot = 0; slot < world->vma->slots && world->process->n_regions < 3000; slot++)
			if (draw(4))
				world_region(world, slot, mappings[draw(4)], backings[draw(8)]);
		at = world->vma->end + PAGE + (draw(3) ? 0 : (uint64_t)draw(1000) * SLOT);
		at = (at + PAGE - 1) & ~(PAGE - 1);
	}
}

static const struct task *some_tasks(struct moment *moment, size_t *n)
{
	struct task *tasks = arena_alloc(&moment->arena, TASKS_MAX * sizeof(*tasks));
	size_t i;

	*n = draw(TASKS_MAX);
	memset(tasks, 0, TASKS_MAX * sizeof(*tasks));
	for (i = 0; i < *n; i++) {
		char name[16];

		snprintf(name, sizeof(name), "task%u", draw(20));
		tasks[i].name = arena_text(&moment->arena, name, strlen(name));
		tasks[i].state = (enum task_state)draw(TASK_STATE_COUNT);
		tasks[i].what = tasks[i].step = "does something";
		tasks[i].function = tasks[i].waits = tasks[i].holder = tasks[i].verdict = "";
	}
	return tasks;
}

static struct moment *some_moment(enum kind kind, uint64_t number)
{
	struct timeline *time;
	struct world world;
	uint32_t i, n = 1 + draw(4);

	world_start(&world, draw(2));
	for (i = 0; i < n; i++)
		add_process(&world, (pid_t)(100 + i));
	world.moment->seq = number;
	world.moment->mono_ns = world.moment->clock_ns = number * 100000000;
	world.moment->wall_ns = (int64_t)(number * 100000000);
	if (kind == KIND_MODEL) {
		world.moment->caps.mask |= 1u << CAP_TASKS;
		world.moment->mono_ns = draw(100);
		world.moment->ahead = draw(3);
		world.moment->tasks = some_tasks(world.moment, &world.moment->n_tasks);
	} else if (kind == KIND_RECORDING) {
		time = arena_alloc(&world.moment->arena, sizeof(*time));
		*time = (struct timeline){.n = MOMENTS,
					  .at = draw(MOMENTS),
					  .length_ns = MOMENTS * UINT64_C(100000000),
					  .tenths = 1 + draw(50),
					  .broken = draw(5) ? NULL : "it is cut off"};
		time->ns = time->at * UINT64_C(100000000);
		world.moment->timeline = time;
	}
	return world_moment(&world);
}

/* No wide character is cut in two, and the terminal's cursor is on the screen. */
static void check_grid(void)
{
	int row, col;

	assert_in_range(cells.cursor_row + 1, 0, cells.rows);
	assert_in_range(cells.cursor_col + 1, 0, cells.cols);
	for (row = 0; row < cells.rows; row++)
		for (col = 0; col < cells.cols; col++) {
			const struct cell *cell = cells_at(&cells, row, col);

			assert_true(cell->style < STYLE_COUNT);
			assert_false((unsigned char)*cell->glyph > 0 && (unsigned char)*cell->glyph < ' ');
			if (!*cell->glyph)
				assert_true(col > 0 && *cells_at(&cells, row, col - 1)->glyph);
		}
}

static void some_key(void)
{
	static const uint32_t others[] = {PRESS_TAB,  PRESS_ENTER, PRESS_ENTER, PRESS_ESCAPE, PRESS_BACKSPACE,
					  0x0c,	      0x15,	   0x17,	0xe9,	      0x6f22,
					  PRESS_OTHER};
	uint32_t key = draw(3)	 ? 0x20 + draw(0x5f)
		       : draw(2) ? PRESS_UP + draw(PRESS_BACK_TAB - PRESS_UP + 1)
				 : others[draw(sizeof(others) / sizeof(others[0]))];

	screen_key(&screen, draw(50) ? key : key | KEYS_PASTED);
}

static void some_mouse(void)
{
	const struct mouse mouse = {.what = (enum mouse_what)draw(MOUSE_WHEEL_DOWN + 1),
				    .row = (int)draw(81),
				    .col = (int)draw(251)};

	screen_mouse(&screen, &mouse);
}

/* What is asked of the caller is done, or left, as it comes. */
static void obey(void)
{
	uint64_t addr;
	pid_t pid;

	screen_wants(&screen, &pid, &addr);
	if (pid && !draw(3))
		screen_take_region(&screen, world_examined(draw(2), addr));
	if (screen.act.plan && draw(2)) {
		screen.act.plan = false;
		screen_take_plans(&screen, deed_plans(screen.act.triggers, screen.act.n, draw(2)));
	}
	if (screen.act.go && draw(2)) {
		screen.act.go = false;
		screen_take_event(&screen, deed_collapse(draw(100)));
	}
	if (!draw(20))
		screen_take_event(&screen, deed_any(draw(100)));
	if (screen.inquiry.ask && draw(2)) {
		screen.inquiry.ask = false;
		screen_take_answer(&screen, screen.inquiry.asked.kind == INQUIRY_WHY
						    ? deed_why(&screen.inquiry.asked, draw(8))
						    : deed_sharers(&screen.inquiry.asked, draw(30), draw(2)));
	}
	if (screen.tasks.n_deeds && draw(2)) {
		const struct deed done = screen.tasks.deeds[0];

		screen_take_deed(&screen, &done);
	}
	if (screen.recording.start || screen.recording.stop)
		screen.recording.on = screen.recording.start;
	if (screen.choose)
		screen.choose = screen.choose_too = false;
	screen.recording.start = screen.recording.stop = screen.looks.change = false;
	screen.close = screen.quit = screen.suspend = screen.redraw = screen.inquiry.cancel = false;
	screen.agreed = DIALOG_NONE;
	screen.ask_eligible = 0;
}

static void run(enum kind kind)
{
	uint64_t number = 1;
	uint32_t i;

	screen_init(&screen);
	cells = (struct cells){.rows = 36, .cols = 120};
	for (i = 0; i < EVENTS; i++) {
		switch (draw(20)) {
		case 0:
			cells.rows = 1 + (int)draw(80);
			cells.cols = 1 + (int)draw(250);
			cells.ascii = !draw(4);
			cells.plain = !draw(3);
			break;
		case 1:
			screen_take(&screen, some_moment(kind, number++));
			break;
		case 2:
		case 3:
			some_mouse();
			break;
		default:
			some_key();
		}
		obey();
		if (!draw(3)) {
			screen_draw(&screen, &cells);
			check_grid();
		}
	}
	close_screen();
}

static void test_monkey(void **state)
{
	const char *wish = getenv("MONKEY_SEED");
	uint64_t seed = wish ? strtoull(wish, NULL, 10) : (uint64_t)time(NULL);
	int kind;

	(void)state;
	printf("# MONKEY_SEED=%llu\n", (unsigned long long)seed);
	fflush(stdout);
	for (kind = 0; kind < KIND_COUNT; kind++) {
		random_state = (seed + (uint64_t)kind) * UINT64_C(0x9e3779b97f4a7c15) | 1;
		printf("# %s\n", kind_names[kind]);
		fflush(stdout);
		run((enum kind)kind);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_monkey)};

	return cmocka_run_group_tests_name("ui_monkey", tests, stage_setup, NULL);
}
