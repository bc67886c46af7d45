/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The region view in every state that a region can be in, the header and the texts that cover the views, against golden
 * texts (ui_views.c tells of them); and that nothing is ever drawn outside of its pane.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/screen.h"
#include "ui/theme.h"
#include "world.h"

static const struct {
	int cols, rows;
	bool ascii;
} sizes[] = {{40, 12, false}, {80, 24, false},	{200, 60, false},
	     {80, 25, true},  {120, 36, false}, {250, 80, false}};
#define EACH_SIZE for (size_t size = 0; size < 6; close_screen(), size++)

#define AT UINT64_C(0x7f5a40000000)

static struct screen screen;
static struct cells cells;

static int setup(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	return 0;
}

static void open_screen(size_t size)
{
	screen_init(&screen);
	screen.interval_ns = 100000000;
	screen.share = 0.42;
	cells = (struct cells){
		.rows = sizes[size].rows, .cols = sizes[size].cols, .ascii = sizes[size].ascii};
	screen_draw(&screen, &cells);
}

static void close_screen(void)
{
	screen_fini(&screen);
	cells_fini(&cells);
}

static void command(enum command what)
{
	screen_command(&screen, what);
	screen_draw(&screen, &cells);
}

/* How the pages of a special region look. */
enum pages_are { LOOK_NONE, LOOK_PLAIN, LOOK_GUARD, LOOK_SWAP, LOOK_MOVING, LOOK_UNCOUNTED, LOOK_QUEUED };

struct special {
	const char *name;
	struct vma vma; /* start, end, perms, kind, name, pfnmap_unknown */
	enum mapping mapping;
	enum backing backing; /* BACKING_COUNT: no region */
	enum pages_are look;
};

#define ANON(bytes)                                                                                          \
	{                                                                                                    \
		.start = AT, .end = AT + (bytes), .perms = "rw-p", .name = ""                                \
	}
#define FILED(what)                                                                                          \
	{                                                                                                    \
		.start = AT, .end = AT + SLOT, .perms = "rw-s", .kind = (what), .name = "/dev/shm/a file"    \
	}

static const struct special specials[] = {
	{"vsyscall",
	 {.start = 0xffffffffff600000,
	  .end = 0xffffffffff601000,
	  .perms = "--xp",
	  .kind = VMA_SPECIAL,
	  .name = "[vsyscall]",
	  .pfnmap_unknown = true},
	 MAPPING_UNKNOWN,
	 BACKING_UNKNOWN,
	 LOOK_NONE},
	{"kernel-half",
	 {.start = 0xffff800000000000, .end = 0xffff800000200000, .perms = "r--p", .name = ""},
	 MAPPING_UNKNOWN,
	 BACKING_COUNT,
	 LOOK_NONE},
	{"vvar",
	 {.start = AT,
	  .end = AT + 4 * PAGE,
	  .perms = "r--p",
	  .kind = VMA_SPECIAL,
	  .name = "[vvar]",
	  .pfnmap_unknown = true},
	 MAPPING_UNKNOWN,
	 BACKING_UNKNOWN,
	 LOOK_NONE},
	{"driver",
	 {.start = AT,
	  .end = AT + SLOT,
	  .perms = "rw-s",
	  .kind = VMA_DEVICE,
	  .name = "/dev/dri/card0",
	  .pfnmap_unknown = true},
	 MAPPING_UNKNOWN,
	 BACKING_UNKNOWN,
	 LOOK_NONE},
	{"hole", ANON(SLOT), MAPPING_NONE, BACKING_COUNT, LOOK_NONE},
	{"guard", ANON(SLOT), MAPPING_PTE, BACKING_NONE, LOOK_GUARD},
	{"swap", ANON(SLOT), MAPPING_PTE, BACKING_SWAP, LOOK_SWAP},
	{"moving", ANON(SLOT), MAPPING_PMD, BACKING_NONE, LOOK_MOVING},
	{"zero", ANON(SLOT), MAPPING_PMD, BACKING_ZERO, LOOK_UNCOUNTED},
	{"thp", ANON(SLOT), MAPPING_PMD, BACKING_THP, LOOK_PLAIN},
	{"small", ANON(SLOT), MAPPING_PTE, BACKING_SMALL, LOOK_PLAIN},
	{"fragment", ANON(80 * PAGE), MAPPING_PTE, BACKING_MTHP, LOOK_PLAIN},
	{"shmem-pmd", FILED(VMA_SHMEM), MAPPING_PMD, BACKING_THP, LOOK_PLAIN},
	{"shmem-pte", FILED(VMA_SHMEM), MAPPING_PTE, BACKING_THP, LOOK_PLAIN},
	{"hugetlb", FILED(VMA_HUGETLB), MAPPING_PMD, BACKING_HUGETLB, LOOK_PLAIN},
	{"hugetlb-1g", FILED(VMA_HUGETLB), MAPPING_PUD, BACKING_HUGETLB, LOOK_PLAIN},
	{"team", FILED(VMA_SHMEM), MAPPING_PMD, BACKING_TEAM, LOOK_PLAIN},
	{"team-pte", FILED(VMA_SHMEM), MAPPING_PTE, BACKING_TEAM, LOOK_PLAIN},
	{"queued", FILED(VMA_SHMEM), MAPPING_PTE, BACKING_THP, LOOK_QUEUED},
	{"mapping-unknown", ANON(SLOT), MAPPING_UNKNOWN, BACKING_SMALL, LOOK_PLAIN},
};
#define N_SPECIALS (sizeof(specials) / sizeof(specials[0]))

static void fill_page(struct page *page, uint32_t nth, const struct region *region, enum pages_are look)
{
	page->addr = region->start + nth * PAGE;
	page->guard = look == LOOK_GUARD;
	page->swapped = look == LOOK_SWAP;
	page->present = look == LOOK_PLAIN || look == LOOK_UNCOUNTED || look == LOOK_QUEUED;
	if (!page->present)
		return;
	page->pfn = 0x11ce00 + nth;
	page->has_flags = page->has_mapcount = true;
	page->flags = look == LOOK_UNCOUNTED ? UINT64_C(1) << 24 : 0x868;
	page->mapcount = look == LOOK_UNCOUNTED ? 0 : 1 + nth % 3;
}

/* What a kernel with page teams shows besides: the team's count, the entries on the way, what khugepaged has to do. */
static void fill_told(struct world *world, const struct special *special, struct region *region)
{
	static const uint64_t entries[] = {UINT64_C(0x1f4067), UINT64_C(0x1f5067), UINT64_C(0x1f6067)};
	const bool pmd = special->mapping == MAPPING_PMD;
	struct process *process = world->process;
	uint32_t i;

	process->queue = (struct queue){.known = true, .room = 8, .n = special->look == LOOK_QUEUED ? 2 : 0};
	process->queue.addrs[0] = AT + 8 * SLOT;
	process->queue.addrs[1] = AT;
	if (special->backing != BACKING_TEAM)
		return;
	world->moment->system.kpf =
		(struct kpf_bits){UINT64_C(1) << 28, UINT64_C(1) << 29, UINT64_C(1) << 30};
	region->team_pmd_maps = 1;
	region->team_usage = 513;
	memcpy(process->walk, entries, sizeof(entries));
	process->n_walk = 3;
	process->walk[2] = pmd ? UINT64_C(0x800000011ce008e7) : entries[2];
	for (i = 0; i < region->n_pages; i++) {
		process->pages[i].flags |= pmd ? UINT64_C(3) << 28 : UINT64_C(7) << 28;
		process->pages[i].has_entry = true;
		process->pages[i].entry =
			pmd ? process->walk[2] : UINT64_C(0x8000000000000867) | process->pages[i].pfn << 12;
	}
}

static void fill_region(struct world *world, const struct special *special)
{
	struct region *region = world_region(world, 0, special->mapping, special->backing);
	uint32_t pages = (uint32_t)(region->len / PAGE), i;
	struct process *process = world->process;

	region->guard = special->look == LOOK_GUARD ? pages : 0;
	region->nonswap = special->look == LOOK_MOVING ? pages : 0;
	if (special->look != LOOK_PLAIN && special->look != LOOK_UNCOUNTED && special->look != LOOK_QUEUED)
		region->present = region->anon = 0;
	if (special->look == LOOK_NONE)
		return;
	if (special->vma.perms[3] == 's' || special->backing == BACKING_ZERO) {
		region->file = special->vma.perms[3] == 's' ? region->present : 0;
		region->anon = 0;
	}
	process->pages = arena_alloc(&world->moment->arena, pages * sizeof(struct page));
	for (i = 0; i < pages; i++)
		fill_page(&process->pages[i], i, region, special->look);
	process->n_pages = region->n_pages = pages;
	if (special->backing == BACKING_TEAM || special->look == LOOK_QUEUED)
		fill_told(world, special, region);
}

static struct moment *moment_of(const struct special *special)
{
	const struct vma *vma = &special->vma;
	struct world world;

	world_start(&world, true);
	world_process(&world, DEMO_PID, "special");
	world_vma(&world, vma->start, vma->end - vma->start, vma->perms, vma->kind, vma->name)
		->pfnmap_unknown = vma->pfnmap_unknown;
	if (special->backing != BACKING_COUNT)
		fill_region(&world, special);
	if (special->mapping == MAPPING_UNKNOWN && special->look == LOOK_PLAIN) {
		world.moment->caps.mask &= ~(1u << CAP_PAGEMAP_SCAN);
		world.moment->caps.missing[CAP_PAGEMAP_SCAN] =
			"this kernel has no PAGEMAP_SCAN; Linux 6.7 has it";
	}
	return world_moment(&world);
}

/* Opens the only region there is. Small mappings have to be unfolded first. */
static void look_into(const struct special *special)
{
	struct spot spot;

	screen_take(&screen, moment_of(special));
	screen_draw(&screen, &cells);
	assert_true(map_spot(&screen, &spot));
	if (spot.line->kind == LINE_SMALL) {
		command(COMMAND_ENTER);
		command(COMMAND_DOWN);
	}
	command(COMMAND_ENTER);
	screen_take_region(&screen, moment_of(special));
	command(COMMAND_RIGHT);
	command(COMMAND_RIGHT);
	assert_int_equal(screen.focus, VIEW_REGION);
}

static void test_specials(void **state)
{
	char name[64];
	size_t i;

	(void)state;
	for (i = 0; i < N_SPECIALS; i++) {
		EACH_SIZE
		{
			open_screen(size);
			look_into(&specials[i]);
			snprintf(name, sizeof(name), "special-%s", specials[i].name);
			world_golden(&cells, name);
		}
	}
}

/* It says for ever that it reads only where it does. */
static void test_never_reading(void **state)
{
	struct buf text = {0};
	size_t i;

	(void)state;
	for (i = 0; i < N_SPECIALS; i++) {
		EACH_SIZE
		{
			open_screen(size);
			look_into(&specials[i]);
			buf_clear(&text);
			cells_dump(&cells, &text);
			assert_null(strstr(text.data, "reading its"));
		}
	}
	buf_fini(&text);
}

/* A region that was given back since the map's survey is nothing, not what it was. */
static void test_given_back(void **state)
{
	static const struct special hole = {"", ANON(SLOT), MAPPING_NONE, BACKING_COUNT, LOOK_NONE};
	struct moment *later = moment_of(&hole);
	struct buf text = {0};

	(void)state;
	open_screen(1);
	look_into(&specials[9]);
	later->mono_ns = 1;
	screen_take_region(&screen, later);
	screen_draw(&screen, &cells);
	cells_dump(&cells, &text);
	assert_non_null(strstr(text.data, "Nothing is mapped here"));
	buf_fini(&text);
	close_screen();
}

/* Of memory of a file what is not mapped may be in the page cache: never that it was not touched. */
static void test_unmapped_file(void **state)
{
	static const struct special hole = {"", FILED(VMA_SHMEM), MAPPING_NONE, BACKING_COUNT, LOOK_NONE};

	(void)state;
	open_screen(2);
	look_into(&hole);
	screen_draw(&screen, &cells);
	assert_true(world_shows(&cells, "cannot be seen what"));
	assert_false(world_shows(&cells, "touched"));
	close_screen();
}

static const struct special *special_named(const char *name)
{
	size_t i;

	for (i = 0; strcmp(specials[i].name, name) != 0; i++)
		assert_true(i + 1 < N_SPECIALS);
	return &specials[i];
}

/* An examination with raw entries, of which the last leads nowhere. */
static struct moment *moment_with_walk(const struct special *special)
{
	static const uint64_t entries[] = {UINT64_C(0x1f4067), UINT64_C(0x1f5067), 0};
	struct moment *moment = moment_of(special);

	memcpy(moment->processes[0].walk, entries, sizeof(entries));
	moment->processes[0].n_walk = 3;
	return moment;
}

/* What was examined before the survey found another region is not shown, nor are the entries; if it is the same they are. */
static void test_older_examination(void **state)
{
	static const struct special hole = {"", ANON(SLOT), MAPPING_NONE, BACKING_COUNT, LOOK_NONE};
	const struct special *huge = special_named("thp"), *small = special_named("small");
	const struct {
		const struct special *examined, *surveyed;
		const char *there;
		bool words;
	} cases[] = {{&hole, huge, "pmd, by", false},
		     {small, huge, "pmd, by", false},
		     {huge, &hole, "Nothing is mapped here", false},
		     {huge, huge, "pmd, by", true},
		     {&hole, &hole, "Nothing is mapped here", true}};
	struct moment *later;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		later = moment_of(cases[i].surveyed);
		later->mono_ns = 1;
		open_screen(2);
		look_into(huge);
		screen_take_region(&screen, moment_with_walk(cases[i].examined));
		screen_take(&screen, later);
		screen_draw(&screen, &cells);
		assert_true(world_shows(&cells, cases[i].there));
		assert_int_equal(world_shows(&cells, "0x1f4067"), cases[i].words);
		close_screen();
	}
}

/* A flag that a use need not clear is not told as if it said that there was none. */
static void test_idle(void **state)
{
	struct moment *moment = moment_of(special_named("team"));
	struct process *process = &moment->processes[0];
	size_t i;

	(void)state;
	for (i = 0; i < process->n_pages; i++)
		process->pages[i].flags |= UINT64_C(1) << 25;
	open_screen(3);
	look_into(special_named("team"));
	screen_draw(&screen, &cells);
	assert_false(world_shows(&cells, "IDLE"));
	screen_take_region(&screen, moment);
	screen_draw(&screen, &cells);
	assert_true(world_shows(&cells, "IDLE (may be stale)"));
	close_screen();
}

/* Without the right to see frames they are 0 in the words: it is said. */
static void test_frame_hidden(void **state)
{
	const uint64_t frame = UINT64_C(0x000ffffffffff000);
	struct moment *moment = moment_of(special_named("team"));
	struct process *process = &moment->processes[0];
	size_t i;

	(void)state;
	for (i = 0; i < process->n_walk; i++)
		process->walk[i] &= ~frame;
	for (i = 0; i < process->n_pages; i++)
		process->pages[i].entry &= ~frame;
	moment->caps.mask &= ~(1u << CAP_PFN);
	open_screen(2);
	look_into(special_named("team"));
	screen_draw(&screen, &cells);
	assert_false(world_shows(&cells, "hidden)"));
	screen_take_region(&screen, moment);
	screen_draw(&screen, &cells);
	assert_true(world_shows(&cells, "0x80000000000008e7 (frame"));
	assert_true(world_shows(&cells, "hidden)"));
	close_screen();
}

/* What was examined before the map's last survey, and is not looked at any more, is not what was seen last. */
static void test_old_examination(void **state)
{
	static const struct special huge = {"", ANON(SLOT), MAPPING_PMD, BACKING_THP, LOOK_NONE};
	struct moment *later = moment_of(&huge);
	struct buf text = {0};
	struct world world;

	(void)state;
	open_screen(1);
	look_into(&specials[9]);
	command(COMMAND_BACK);
	later->mono_ns = 1;
	screen_take(&screen, later);
	world_start(&world, true);
	world_fail(&world, later->processes[0].pid, "", OUTCOME_GONE, "it has exited");
	screen_take(&screen, world_moment(&world));
	screen_draw(&screen, &cells);
	command(COMMAND_ENTER);
	cells_dump(&cells, &text);
	assert_non_null(strstr(text.data, "seen last"));
	assert_non_null(strstr(text.data, "pmd, by"));
	buf_fini(&text);
	close_screen();
}

/* A click on a subpage is the cursor there; beside the words and below them. */
static void test_click(void **state)
{
	struct mouse mouse, wheel;

	(void)state;
	EACH_SIZE
	{
		open_screen(size);
		look_into(&specials[9]);
		screen.region.page = 0;
		screen_draw(&screen, &cells);
		mouse = (struct mouse){MOUSE_CLICK, cells.cursor_row + 2, cells.cursor_col + 7};
		wheel = mouse;
		wheel.what = MOUSE_WHEEL_DOWN;
		screen_mouse(&screen, &mouse);
		screen_draw(&screen, &cells);
		assert_int_equal(screen.region.page, 2 * 32 + 7);
		assert_int_equal(cells.cursor_row, mouse.row);
		assert_int_equal(cells.cursor_col, mouse.col);
		screen_mouse(&screen, &wheel);
		assert_int_equal(screen.region.page, 3 * 32 + 7);
		mouse.col += 32; /* behind the grid */
		screen_mouse(&screen, &mouse);
		assert_int_equal(screen.region.page, 3 * 32 + 7);
	}
}

static const struct figure bare[] = {{"defrag", "madvise"}};
static const struct figure busy[] = {{"enabled", "always"},
				     {"defrag", "defer+madvise"},
				     {"shmem_enabled", "within_size"},
				     {"khugepaged/pages_collapsed", "1237"},
				     {"khugepaged/full_scans", "56"},
				     {"hugepages-16kB/enabled", "madvise"},
				     {"hugepages-64kB/enabled", "inherit"},
				     {"hugepages-128kB/enabled", "never"},
				     {"hugepages-2048kB/enabled", "never"}};

static void take_system(bool privileged, const struct figure *knobs, size_t n, int64_t blocks)
{
	struct world world;

	world_start(&world, privileged);
	world.moment->system.knobs = knobs;
	world.moment->system.n_knobs = n;
	world.moment->system.free_pmd_blocks = blocks;
	world_process(&world, 1, "init");
	screen_take(&screen, world_moment(&world));
	screen_draw(&screen, &cells);
}

/* Knobs of all sorts, and what khugepaged did since; then a kernel that says next to nothing. */
static void test_header(void **state)
{
	struct world world;

	(void)state;
	EACH_SIZE
	{
		open_screen(size);
		world_start(&world, true);
		screen_take(&screen, world_moment(&world)); /* 1234 collapsed, 56 scans */
		take_system(true, busy, sizeof(busy) / sizeof(busy[0]), 1234567);
		world_golden(&cells, "header-busy");
		take_system(false, busy, sizeof(busy) / sizeof(busy[0]), 0);
		command(COMMAND_PAUSE);
		world_golden(&cells, "header-paused");
		take_system(false, bare, 1, UNKNOWN_COUNT);
		world_golden(&cells, "header-bare");
	}
}

/* What is missing is said for a whole session: it never takes the place of figures, and is never left out. */
static void test_header_missing(void **state)
{
	struct world world;

	(void)state;
	EACH_SIZE
	{
		open_screen(size);
		world_start(&world, true);
		world.moment->caps.mask &= ~(1u << CAP_PAGEMAP_SCAN);
		world.moment->caps.missing[CAP_PAGEMAP_SCAN] = "Linux 6.7 has it";
		world_process(&world, 1, "init");
		screen_take(&screen, world_moment(&world));
		screen_draw(&screen, &cells);
		world_golden(&cells, "header-missing");
		assert_true(world_shows(&cells, cells.cols < 60	   ? "m: missing  10 Hz"
						: cells.cols < 120 ? "m: 1 missing  10 Hz"
								   : "missing pagemap_scan: m says why"));
		assert_true(cells.cols < 60 ||
			    (world_shows(&cells, "collapsed") &&
			     world_shows(&cells, cells.cols < 120 ? "  free blocks 4,818"
								  : "2 MiB blocks free 4,818")));
	}
}

static void test_missing(void **state)
{
	(void)state;
	EACH_SIZE
	{
		open_screen(size);
		command(COMMAND_MISSING);
		take_system(false, bare, 1, UNKNOWN_COUNT);
		world_golden(&cells, "missing");
		command(COMMAND_END);
		world_golden(&cells, "missing-end");
		command(COMMAND_HELP); /* one instead of the other */
		assert_true(screen.help && !screen.missing);
		command(COMMAND_MISSING);
		assert_true(!screen.help && screen.missing);
		command(COMMAND_BACK);
		assert_true(!screen.help && !screen.missing && !screen.close);
	}
}

/* What the legend on the map names is what is there, and nothing else. */
static void test_legend(void **state)
{
	struct buf text = {0};
	const char *line;

	(void)state;
	open_screen(2);
	screen_take(&screen, moment_of(&specials[9]));
	screen_draw(&screen, &cells);
	cells_dump(&cells, &text);
	line = strstr(text.data, "█ pmd-mapped THP  ");
	assert_non_null(line);
	assert_null(strstr(line, "small"));
	assert_non_null(strstr(line, "?: all shapes"));
	buf_fini(&text);
	close_screen();
}

/* Draws into a pane in the middle of a grid of crosses, all of which have to stay. */
static void draw_framed(unsigned what, int rows, int cols)
{
	struct pane pane = {&cells, 2, 3, rows, cols}, whole;
	int row, col;

	cells.rows = rows + 4;
	cells.cols = cols + 6;
	cells_resize(&cells, cells.rows, cells.cols);
	whole = pane_whole(&cells);
	for (row = 0; row < cells.rows; row++)
		pane_fill(&whole, row, 0, cells.cols, STYLE_TEXT, "x");
	view_map.fit(&screen, rows, cols);
	view_region.fit(&screen, rows, cols);
	view_help.fit(&screen, rows, cols);
	view_missing.fit(&screen, rows, cols);
	if (what == 0)
		header_draw(&screen, &pane);
	else if (what == 1)
		status_draw(&screen, &pane, &view_region);
	else
		(what == 2 ? view_help : what == 3 ? view_missing : view_region).draw(&screen, &pane, true);
	for (row = 0; row < cells.rows; row++)
		for (col = 0; col < cells.cols; col++)
			if (row < 2 || row >= rows + 2 || col < 3 || col >= cols + 3)
				assert_string_equal(cells_at(&cells, row, col)->glyph, "x");
}

static void test_never_outside(void **state)
{
	unsigned seed = 3, i;

	(void)state;
	for (i = 0; i < 1500; i++) {
		if (i % 50 == 0) {
			if (i)
				close_screen();
			open_screen(1);
			look_into(&specials[i / 50 % N_SPECIALS]);
		}
		screen.region.page = (uint32_t)rand_r(&seed) % 512;
		screen.help_scroll.top = screen.missing_scroll.top = rand_r(&seed) % 150;
		draw_framed(i % 8, 1 + rand_r(&seed) % (i % 3 ? 20 : 100),
			    1 + rand_r(&seed) % (i % 2 ? 50 : 300));
	}
	close_screen();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_specials),
		cmocka_unit_test(test_never_reading),
		cmocka_unit_test(test_given_back),
		cmocka_unit_test(test_unmapped_file),
		cmocka_unit_test(test_old_examination),
		cmocka_unit_test(test_older_examination),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_frame_hidden),
		cmocka_unit_test(test_click),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_header_missing),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_legend),
		cmocka_unit_test(test_never_outside),
	};

	return cmocka_run_group_tests_name("ui_region", tests, setup, NULL);
}
