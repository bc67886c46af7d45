/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who maps a folio, as lines and as a table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "format/sharers.h"
#include "sample.h"

static void assert_text(const struct sharers *sharers, bool ascii, const char *want)
{
	struct buf text = {0};
	const struct sink sink = {sink_buf, &text};

	assert_int_equal(text_write_sharers(sharers, &(struct text_options){.ascii = ascii}, &sink), 0);
	assert_string_equal(text.data, want);
	buf_fini(&text);
}

static void test_text(void **state)
{
	const struct sharers sharers = sample_sharers();

	(void)state;
	assert_text(&sharers, false,
		    "2 MiB folio at PFN 0x11ce00 (order 9), anonymous\n"
		    "mapcount: entire 2, highest 4, total 515\n"
		    "\n"
		    "    PID COMMAND         ADDRESS        MAPPED BY        SUBPAGES\n"
		    "   4242 redis-server    0x7f0000000000 pmd              512\n"
		    "   4243 redis-server    0x7f0000000000 pmd              512 = 4242's\n"
		    "4194304 …gabcdefghijklm 0x7fffffffe000 pte, not aligned 100 from 12 on\n"
		    "   4250 \\x1b[31mh\\xc3   0x7f00000ff000 unknown          1 (no. 255)\n"
		    "   4250 \\x1b[31mh\\xc3   0x7f0000200000 pte              411 of 0 to 510\n"
		    "\n"
		    "Found in 4 processes at 4 addresses: 1024 subpages mapped, 512 by each PMD.\n"
		    "The mapcounts count 1538: 514 missing, up to 2 on a subpage.\n"
		    "3 found that the mapcounts do not count (any more): they moved.\n"
		    "Out of date: the folio was split.\n"
		    "Partial: 2.0 s were over; 12 of 230 processes were looked into wholly.\n"
		    "2 processes may not be looked into.\n");
}

/* What is not known is not told, and a table of nobody is one. */
static void test_little(void **state)
{
	const struct sharers sharers = {
		.source = "live",
		.page_size = 4096,
		.pmd_size = 2 << 20,
		.order = 4,
		.pfn = 16,
		.mapcount = {UNKNOWN_COUNT, UNKNOWN_COUNT, UNKNOWN_COUNT},
		.counted = UNKNOWN_COUNT,
		.missing = UNKNOWN_COUNT,
		.surplus = UNKNOWN_COUNT,
		.complete = true,
	};
	struct buf text = {0};
	const struct sink sink = {sink_buf, &text};

	(void)state;
	assert_text(&sharers, true,
		    "64 KiB folio at PFN 0x10 (order 4), of a file or shared memory\n"
		    "mapcount: entire ?, highest ?, total ?\n"
		    "\n"
		    "    PID COMMAND         ADDRESS        MAPPED BY        SUBPAGES\n"
		    "\n"
		    "Found in 0 processes at 0 addresses: 0 subpages mapped.\n"
		    "The subpages' mapcounts are not known here: others may map it too.\n");
	assert_int_equal(json_write_sharers(&sharers, &sink), 0);
	assert_string_equal(
		text.data,
		"{\"type\":\"sharers\",\"schema\":\"thpscope-snapshot/1\",\"version\":\"" THPSCOPE_VERSION
		"\",\"source\":\"live\",\"pmd_size\":2097152,\"page_size\":4096,\"pid\":0,\"addr\":\"0x0\","
		"\"pfn\":\"0x10\",\"order\":4,\"anon\":false,\"mapcount\":{},\"found\":0,\"processes\":0,"
		"\"looked\":0,\"denied\":0,\"complete\":true,\"took_ns\":0}\n"
		"{\"type\":\"end\",\"regions\":0,\"sharers\":0}\n");
	buf_fini(&text);
}

static int refuse(void *ctx, const char *bytes, size_t n)
{
	(void)ctx;
	(void)bytes;
	(void)n;
	return -28;
}

static void test_full(void **state)
{
	const struct sharers sharers = sample_sharers();
	const struct sink sink = {refuse, NULL};

	(void)state;
	assert_int_equal(json_write_sharers(&sharers, &sink), -28);
	assert_int_equal(text_write_sharers(&sharers, &(struct text_options){0}, &sink), -28);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_little),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
