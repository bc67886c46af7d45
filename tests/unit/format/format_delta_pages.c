/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages in a delta stream: what the region costs that is looked at, and that no page is of another moment than it seems. */
#include "delta_common.h"

static void same_pages(void **state)
{
	struct moment *before = examined();

	(void)state;
	costs(before, later(before), 2, 256, "nothing changed on 512 pages");
}

static void one_page(void **state)
{
	struct moment *before = examined(), *now = later(before);

	(void)state;
	now->processes[0].pages[77].flags ^= 4;
	costs(before, now, 3, 350, "a flag of one page");
}

static void all_pages(void **state)
{
	struct moment *before = examined(), *now = later(before);
	size_t i;

	(void)state;
	for (i = 0; i < 512; i++)
		now->processes[0].pages[i].flags ^= 4;
	costs(before, now, 3, 2600, "a flag of all 512 pages");
}

/* Elsewhere, one by one: as after khugepaged moved them. */
static void moved_pages(void **state)
{
	struct moment *before = examined(), *now = later(before);
	struct page *page;
	size_t i;

	(void)state;
	for (i = 0; i < 512; i++) {
		page = &now->processes[0].pages[i];
		page->pfn = 0x200000 + i * 7919 % 65536;
		page->pagemap = PM_PRESENT | page->pfn;
	}
	costs(before, now, 3, 9000, "512 pages at other places");
}

/* They come, a few go, one changes, the region shrinks, and all of it is gone. */
static void pages_come_and_go(void **state)
{
	struct moment *moment[6];
	struct delta_reader *reader = delta_reader_open(0);
	struct process *process;
	struct buf text;
	size_t i;

	(void)state;
	moment[0] = large(2);
	moment[1] = later(moment[0]);
	give_pages(moment[1], 512);
	moment[2] = later(moment[1]);
	process = &moment[2]->processes[0];
	memmove(&process->pages[100], &process->pages[103], (512 - 103) * sizeof(*process->pages));
	process->n_pages = process->regions[0].n_pages = 509;
	process->pages[3].swapped = true;
	process->pages[4].has_flags = false;
	process->pages[4].flags = 0;
	moment[3] = later(moment[2]);
	process = &moment[3]->processes[0];
	process->vmas[0].end = process->vmas[0].start + 8 * SAMPLE_PAGE;
	process->regions[0].len = 8 * SAMPLE_PAGE;
	process->n_pages = process->regions[0].n_pages = 8;
	process->n_regions = process->vmas[0].n_regions = 1;
	moment[4] = later(moment[3]);
	process = &moment[4]->processes[0];
	process->n_pages = process->n_regions = process->vmas[0].n_regions = 0;
	moment[5] = later(moment[1]);
	moment[5]->seq = moment[4]->seq + 1;
	moment_free(sent(reader, NULL, moment[0], "the first"));
	for (i = 1; i < 6; i++) {
		text = delta_of(moment[i - 1], moment[i]);
		/* What went with its region is not told. */
		assert_true(!!strstr(text.data, "\"of\":\"page\"") == (i == 2));
		buf_fini(&text);
		moment_free(sent(reader, moment[i - 1], moment[i], "the next"));
	}
	for (i = 0; i < 6; i++)
		moment_free(moment[i]);
	delta_reader_close(reader);
}

/* Another process of the same number: none of its pages is of the one before, though all look the same. */
static void pages_of_another(void **state)
{
	struct moment *before = examined(), *now = later(before);
	struct delta_reader *reader = delta_reader_open(0);
	struct buf text;

	(void)state;
	now->processes[0].start_time++;
	text = delta_of(before, now);
	assert_non_null(strstr(text.data, "\"whole\":true"));
	assert_in_range(text.len, 2000, 9000);
	buf_fini(&text);
	now->processes[0].n_pages = now->processes[0].regions[0].n_pages = 0;
	moment_free(sent(reader, NULL, before, "the first"));
	moment_free(sent(reader, before, now, "another one without pages"));
	moment_free(before);
	moment_free(now);
	delta_reader_close(reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_pages),	     cmocka_unit_test(one_page),
		cmocka_unit_test(all_pages),	     cmocka_unit_test(moved_pages),
		cmocka_unit_test(pages_come_and_go), cmocka_unit_test(pages_of_another),
	};

	return cmocka_run_group_tests_name("format_delta_pages", tests, NULL, NULL);
}
