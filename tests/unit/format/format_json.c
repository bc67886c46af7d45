/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The writer of thpscope-snapshot/1. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "format/json.h"
#include "sample.h"

static void check_golden(struct moment *moment, const char *name)
{
	struct buf text = sample_json(moment);

	sample_golden(name, &text);
	buf_fini(&text);
	moment_free(moment);
}

static void plain_is_golden(void **state)
{
	(void)state;
	check_golden(sample_plain(), "plain.jsonl");
}

static void all_is_golden(void **state)
{
	(void)state;
	check_golden(sample_all(), "all.jsonl");
}

static void has(const struct buf *text, const char *part)
{
	if (!strstr(text->data, part))
		fail_msg("no %s in %s", part, text->data);
}

/* Design 4, field by field. */
static void lines_are_the_designs(void **state)
{
	struct moment *moment = sample_plain();
	struct buf text = sample_json(moment);

	(void)state;
	has(&text, "{\"type\":\"snapshot\",\"schema\":\"thpscope-snapshot/1\",\"version\":\"");
	has(&text,
	    ",\"source\":\"live\",\"seq\":0,\"time\":\"2026-11-21T01:20:00.123456789Z\",\"mono_ns\":"
	    "5000000000,"
	    "\"pmd_size\":2097152,\"page_size\":4096,\"kernel\":{\"release\":\"6.18.44\",\"cow_rule\":\"6."
	    "15\"},"
	    "\"capabilities\":[\"pagemap_scan\",\"pfn\",\"kpageflags\",\"kpagecount\"],\"missing\":{"
	    "\"teams\":\""
	    "this kernel has no page teams; 'thpscope lab run' boots one that has\"},"
	    "\"thp\":{\"enabled\":\"madvise\",\"shmem_enabled\":\"never\",\"defrag\":\"madvise\","
	    "\"khugepaged\":{\"max_ptes_none\":511,\"defrag\":1},\"hugepages-64kB\":{\"enabled\":\"always\","
	    "\"stats\":{\"nr_anon\":12}},\"hugepages-2048kB\":{\"enabled\":\"inherit\"}},"
	    "\"vmstat\":{\"thp_split_pmd\":3,\"thp_fault_alloc\":42}");
	has(&text,
	    "{\"type\":\"region\",\"pid\":4242,\"addr\":\"0x7f0000000000\",\"mapping\":\"pmd\",\"backing\":"
	    "\"thp\","
	    "\"state\":\"pmd-mapped\",\"how\":\"pagemap_scan\",\"present\":512,\"swapped\":0,\"pfn\":"
	    "\"0x11ce00\","
	    "\"order\":9,\"mapcount\":{\"entire\":2,\"highest\":2,\"total\":2},\"exclusive\":0,\"anon\":512,"
	    "\"file\":0}\n");
	has(&text, "{\"type\":\"end\",\"regions\":44}\n");
	buf_fini(&text);
	moment_free(moment);
}

struct taker {
	size_t room, calls, largest, total;
	bool lines; /* each piece ended with a line */
};

static int take(void *ctx, const char *bytes, size_t n)
{
	struct taker *taker = ctx;

	taker->calls++;
	if (n > taker->largest)
		taker->largest = n;
	taker->total += n;
	taker->lines &= bytes[n - 1] == '\n';
	return taker->total > taker->room ? -ENOSPC : 0;
}

/* One region of so many pages as never were: about 12 MB of text. */
static struct moment *many_pages(size_t n)
{
	struct moment *moment = sample_all();
	struct process *process = moment->processes;
	struct region *region = &process->regions[process->n_regions - 1];
	struct page page = process->pages[0], *pages = arena_alloc(&moment->arena, n * sizeof(*pages));
	size_t i;

	for (i = 0; i < n; i++, page.addr += SAMPLE_PAGE)
		pages[i] = page;
	process->pages = pages;
	process->n_pages = n;
	region->n_pages = (uint32_t)n;
	return moment;
}

static void pieces_stay_small(void **state)
{
	struct moment *moment = many_pages(100000);
	struct taker taker = {.room = SIZE_MAX, .lines = true};
	struct sink sink = {take, &taker};

	(void)state;
	assert_int_equal(json_write(moment, &sink), 0);
	assert_true(taker.total > 100000 * 100);
	assert_true(taker.largest < 3 * OUT_PIECE);
	assert_true(taker.lines);
	moment_free(moment);
}

static void full_disk_ends_it(void **state)
{
	struct moment *moment = many_pages(100000);
	struct taker taker = {.room = 200000};
	struct sink sink = {take, &taker};

	(void)state;
	assert_int_equal(json_write(moment, &sink), -ENOSPC);
	assert_true(taker.calls <= 4);
	moment_free(moment);
}

static void a_closed_file_is_told(void **state)
{
	struct moment *moment = sample_plain();
	int fd = -1;
	struct sink sink = {sink_fd, &fd};

	(void)state;
	assert_int_equal(json_write(moment, &sink), -EBADF);
	moment_free(moment);
}

static void a_range_is_told(void **state)
{
	struct moment *moment = sample_plain();
	struct buf text;

	(void)state;
	moment->from = 0x1000;
	moment->to = UINT64_MAX;
	text = sample_json(moment);
	has(&text, ",\"range\":[\"0x1000\",\"0xffffffffffffffff\"],");
	buf_fini(&text);
	moment_free(moment);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_is_golden),	 cmocka_unit_test(all_is_golden),
		cmocka_unit_test(lines_are_the_designs), cmocka_unit_test(pieces_stay_small),
		cmocka_unit_test(full_disk_ends_it),	 cmocka_unit_test(a_closed_file_is_told),
		cmocka_unit_test(a_range_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
