/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Notices around the map: what they are about stays in sight. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "deeds.h"
#include "stage.h"

#define FIRST UINT64_C(0x7e0000000000)
#define STRIDE (32 * SLOT)
#define N_VMAS 16

static bool is_shown(const char *words)
{
	struct buf text = {0};
	bool found;

	cells_dump(&cells, &text);
	found = strstr(text.data, words);
	if (!found)
		print_error("no \"%s\" on:\n%s", words, text.data);
	buf_fini(&text);
	return found;
}

/* More mappings than a screen has rows, each a heading and a row of cells. */
static struct moment *many(void)
{
	struct world world;
	int i;

	world_start(&world, true);
	world_process(&world, DEMO_PID, "many");
	for (i = 0; i < N_VMAS; i++) {
		world_vma(&world, FIRST + (uint64_t)i * STRIDE, (2 + (uint64_t)i) * SLOT,
			  i % 2 ? "rw-p" : "rwxp", VMA_ANON, "");
		world_region(&world, 1, MAPPING_PTE, BACKING_SMALL);
	}
	return world_moment(&world);
}

static void lose(void)
{
	struct moment *lost = mem_alloc(sizeof(*lost));

	memset(lost, 0, sizeof(*lost));
	lost->lost =
		"the far end said nothing for 30 seconds, though it was asked to say whether it is there: "
		"the machine may have been switched off, or the network between us and it is down";
	stage_take(lost);
}

static void refuse(void)
{
	struct occurrence *happened = deed_any(1);

	strcpy(happened->reason,
	       "the kernel refused: huge pages were forbidden for this memory area (VmFlags nh: "
	       "madvise(MADV_NOHUGEPAGE)); it gave no verdict, so it refused before it looked at any page");
	screen_take_event(&screen, happened);
	screen_draw(&screen, &cells);
}

/* Both lines of the mapping that the cursor is on, of which the second one has the cursor. */
static void check_seen(int mapping)
{
	const uint64_t start = FIRST + (uint64_t)mapping * STRIDE;
	char words[64];

	assert_int_equal(screen.map.addr / STRIDE, start / STRIDE);
	snprintf(words, sizeof(words), " %" PRIx64 " ", start);
	assert_true(is_shown(words)); /* label of the row */
	snprintf(words, sizeof(words), cells.cols < 72 ? "\n %" PRIx64 " rw" : "\n %" PRIx64 "-", start);
	assert_true(is_shown(words));
}

static void test_in_sight(void **state)
{
	(void)state;
	for (int lost = 0; lost < 2; lost++)
		EACH_SIZE
		{
			stage_open("demo", &stage_sizes[size]);
			stage_take(many());
			for (int i = 0; i < N_VMAS; i++) {
				check_seen(i);
				refuse();
				assert_true(is_shown("it gave no"));
				check_seen(i);
				if (lost)
					lose();
				check_seen(i);
				press("j");
			}
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_sight),
	};

	return cmocka_run_group_tests_name("ui_notice", tests, stage_setup, NULL);
}
