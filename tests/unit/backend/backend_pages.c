/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pages.jsonl: what it says, what is no such file, and the tables of frames. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tree/lines.h"
#include "tree/pages.h"

#define WALK(addr, pmd, pte, step)                                                                           \
	"{\"walk\":\"" addr "\",\"n\":512,\"entries\":[\"0x1067\",\"0x0\",\"0x2067\",\"" pmd "\",\"" pte     \
	"\"],\"step\":" #step "}\n"
#define THP                                                                                                  \
	"{\"addr\":\"0x200000\",\"n\":512,\"pagemap\":\"0x8100000000001000\",\"flags\":\"0x8000\","          \
	"\"tail_flags\":\"0x10000\",\"count\":1}\n"

/* `text` with the last line that its number of lines wants. */
static struct pages parse(const char *text)
{
	struct buf whole = {0};
	struct pages pages;
	char error[256] = "";
	size_t i, lines = 0;

	for (i = 0; text[i]; i++)
		lines += text[i] == '\n';
	buf_printf(&whole, "%s{\"lines\":%zu}\n", text, lines);
	if (pages_parse(whole.data, whole.len, 4096, &pages, error, sizeof(error)))
		fail_msg("%s: %s", text, error);
	buf_fini(&whole);
	return pages;
}

static void test_words(void **state)
{
	struct pages pages =
		parse(THP "{\"addr\":\"0x400000\",\"n\":2,\"pagemap\":\"0x4000000000000025\",\"step\":32}\n"
			  "{\"addr\":\"0x403000\",\"n\":3,\"pagemap\":\"0x8000000000000007\",\"step\":0}\n"
			  "{\"addr\":\"0x500000\",\"n\":2,\"pagemap\":\"0x8000000000000000\"}\n"
			  "{\"end\":\"0x600000\"}\n");
	uint64_t words[2048];

	(void)state;
	assert_int_equal(pages_words(&pages, 0x1ff000, 3, words), 3);
	assert_int_equal(words[0], 0);
	assert_int_equal(words[1], UINT64_C(0x8100000000001000));
	assert_int_equal(words[2], UINT64_C(0x8100000000001001));
	assert_int_equal(pages_words(&pages, 0x3ff000, 8, words), 8);
	assert_int_equal(words[0], UINT64_C(0x81000000000011ff));
	assert_int_equal(words[1], UINT64_C(0x4000000000000025));
	assert_int_equal(words[2], UINT64_C(0x4000000000000045));
	assert_int_equal(words[3], 0);
	assert_int_equal(words[4], UINT64_C(0x8000000000000007));
	assert_int_equal(words[6], UINT64_C(0x8000000000000007));
	assert_int_equal(words[7], 0);
	/* Without PFNs all words of a run are alike. */
	assert_int_equal(pages_words(&pages, 0x501000, 1, words), 1);
	assert_int_equal(words[0], PM_PRESENT);
	assert_int_equal(pages_words(&pages, 0x5fe000, 2048, words), 2);
	assert_int_equal(pages_words(&pages, 0x600000, 1, words), 0);
	assert_int_equal(pages_words(&pages, UINT64_MAX - 4095, 5, words), 0);
	pages_fini(&pages);
}

static void test_end_of_everything(void **state)
{
	struct pages pages =
		parse("{\"addr\":\"0xffffffffff600000\",\"n\":1,\"pagemap\":\"0x8000000000000001\"}\n");
	uint64_t words[4];

	(void)state;
	assert_int_equal(pages_words(&pages, UINT64_C(0xffffffffff600000), 2, words), 2);
	assert_int_equal(words[0], UINT64_C(0x8000000000000001));
	assert_int_equal(pages_words(&pages, UINT64_MAX - 4095, 4, words), 1);
	assert_int_equal(words[0], 0);
	pages_fini(&pages);
}

static void test_frames(void **state)
{
	/* The second line repeats a part of the first, and goes on behind it. */
	struct pages pages = parse(THP "{\"pfn\":\"0x11fe\",\"n\":4,\"flags\":\"0x10000\"}\n"
				       "{\"pfn\":\"0x2000\",\"n\":1,\"count\":7}\n");
	uint64_t words[600];

	(void)state;
	assert_int_equal(words_get(&pages.flags, 0x1000, 600, words), 514);
	assert_int_equal(words[0], 0x8000);
	assert_int_equal(words[1], 0x10000);
	assert_int_equal(words[513], 0x10000);
	assert_int_equal(words_get(&pages.flags, 0x1202, 1, words), 0);
	assert_int_equal(words_get(&pages.flags, 0xfff, 2, words), 0);
	assert_int_equal(words_get(&pages.counts, 0x11ff, 4, words), 1);
	assert_int_equal(words[0], 1);
	assert_int_equal(words_get(&pages.counts, 0x2000, 1, words), 1);
	assert_int_equal(words[0], 7);
	assert_int_equal(words_get(&pages.flags, 0x2000, 1, words), 0);
	pages_fini(&pages);
}

static void test_scan(void **state)
{
	struct pages pages = parse("{\"scan\":[\"0x1000\",\"0x5000\",\"0x8\"]}\n"
				   "{\"scan\":[\"0x5000\",\"0x6000\",\"0x10\"]}\n"
				   "{\"scan\":[\"0x9000\",\"0xb000\",\"0x48\"]}\n");
	struct scan_range out[4];
	struct kernel_scan scan = {.from = 0x2000, .to = 0xa000, .out = out, .room = 4};

	(void)state;
	pages_scan(&pages, &scan);
	assert_int_equal(scan.n, 3);
	assert_int_equal(scan.next, 0xa000);
	assert_int_equal(out[0].start, 0x2000);
	assert_int_equal(out[0].end, 0x5000);
	assert_int_equal(out[1].categories, 0x10);
	assert_int_equal(out[2].start, 0x9000);
	assert_int_equal(out[2].end, 0xa000);
	scan.room = 1;
	pages_scan(&pages, &scan);
	assert_int_equal(scan.n, 1);
	assert_int_equal(scan.next, 0x5000);
	scan.room = 4;
	scan.max_pages = 2;
	pages_scan(&pages, &scan);
	assert_int_equal(scan.n, 1);
	assert_int_equal(out[0].end, 0x4000);
	assert_int_equal(scan.next, 0x4000);
	scan.max_pages = 3;
	pages_scan(&pages, &scan);
	assert_int_equal(scan.n, 1);
	assert_int_equal(scan.next, 0x5000);
	scan.from = 0xb000;
	scan.to = 0xc000;
	pages_scan(&pages, &scan);
	assert_int_equal(scan.n, 0);
	assert_int_equal(scan.next, 0xc000);
	pages_fini(&pages);
}

/* Entries of a table's slot, and of one under a huge entry; what no line names was not recorded. */
static void test_walks(void **state)
{
	struct pages pages = parse(WALK("0x7e0000000000", "0x3067", "0x1025", 4096)
					   WALK("0x7e0000200000", "0x2200e7", "0x0", 0));
	struct kernel_entries entries[600];

	(void)state;
	assert_int_equal(walks_at(&pages, UINT64_C(0x7e0000000000), 600, entries), 600);
	assert_int_equal(entries[0].word[ENTRY_PTE], 0x1025);
	assert_int_equal(entries[511].word[ENTRY_PTE], 0x1025 + 511 * 4096);
	assert_int_equal(entries[511].word[ENTRY_PMD], 0x3067);
	assert_int_equal(entries[599].word[ENTRY_PMD], 0x2200e7);
	assert_int_equal(entries[599].word[ENTRY_PTE], 0);
	assert_int_equal(walks_at(&pages, UINT64_C(0x7e00003ff000), 2, entries), 1);
	assert_int_equal(walks_at(&pages, UINT64_C(0x7dfffffff000), 2, entries), 0);
	pages_fini(&pages);
}

static void test_sizes(void **state)
{
	struct pages pages = parse("{\"page_size\":[\"0x200000\",\"0x400000\",2097152]}\n");

	(void)state;
	assert_int_equal(pages_size_at(&pages, 0x1ff000), 4096);
	assert_int_equal(pages_size_at(&pages, 0x200000), 2097152);
	assert_int_equal(pages_size_at(&pages, 0x3ff000), 2097152);
	assert_int_equal(pages_size_at(&pages, 0x400000), 4096);
	pages_fini(&pages);
}

static void test_empty(void **state)
{
	struct pages pages = parse("");
	uint64_t word = 1;

	(void)state;
	assert_int_equal(pages_words(&pages, 0x1000, 1, &word), 1);
	assert_int_equal(word, 0);
	pages_fini(&pages);
}

static void test_damaged(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{"\n", "line 1: no JSON"},
		{"{}\n", "line 1: neither"},
		{"[]\n", "line 1: neither"},
		{"{\"team\":\"0x1000\"}\n", "line 1: \"usage\" is not"},
		{"{\"team\":4096,\"usage\":513}\n", "line 1: \"team\" is not"},
		{"{\"team\":\"0x1000\",\"usage\":0}\n", "line 1: no team"},
		{"{\"team\":\"0x1000\",\"usage\":512}\n{\"team\":\"0x1000\",\"usage\":513}\n", "usages"},
		{"{\"walk\":\"0x1000\",\"n\":1,\"step\":0,\"entries\":[\"0x1\"]}\n", "is not a list of 5"},
		{"{\"walk\":\"0x1001\",\"n\":1,\"step\":0,\"entries\":[]}\n", "page size"},
		{WALK("0x200000", "0x1", "0x1", 32), "\"step\" is 0 or 4096"},
		{WALK("0x200000", "0x1", "0xffffffffffffffff", 4096), "\"step\" is 0 or 4096"},
		{WALK("0x200000", "0x1", "0x1", 0) WALK("0x200000", "0x1", "0x1", 0),
		 "line 2: 0x200000 begins"},
		{"{\"addr\":\"0x1000\"", "line 1: the file ends in the middle"},
		{THP "{\"scan\":[\"0x1000\",\"0x2000\",\"0x8\"]}", "line 2: the file ends in the middle"},
		{"", "its last line, the one with \"lines\", is missing"},
		{THP, "its last line, the one with \"lines\", is missing"},
		{THP "{\"lines\":2}\n", "line 2: 2 lines should be before it"},
		{THP "{\"lines\":0}\n", "line 2: 0 lines should be before it"},
		{"{\"lines\":\"0\"}\n", "line 1: \"lines\" is not a number"},
		{"{\"lines\":0,\"n\":1}\n", "line 1: it has members that do not belong there"},
		{"{\"lines\":0}\n" THP, "line 2: it comes after the last"},
		{THP THP, "line 2: 0x200000 is not above"},
		{"{\"addr\":\"0x1000\",\"n\":1}\n", "\"pagemap\" is not a hex"},
		{"{\"addr\":\"1000\",\"n\":1,\"pagemap\":\"0x1\"}\n", "\"addr\" is not a hex"},
		{"{\"addr\":\"0x1g\",\"n\":1,\"pagemap\":\"0x1\"}\n", "\"addr\" is not a hex"},
		{"{\"addr\":\"0x11111111111111111\",\"n\":1,\"pagemap\":\"0x1\"}\n", "\"addr\" is not a hex"},
		{"{\"addr\":4096,\"n\":1,\"pagemap\":\"0x1\"}\n", "\"addr\" is not a hex"},
		{"{\"addr\":\"0x1001\",\"n\":1,\"pagemap\":\"0x1\"}\n", "not a multiple"},
		{"{\"addr\":\"0x1000\",\"n\":0,\"pagemap\":\"0x1\"}\n", "no range of addresses"},
		{"{\"addr\":\"0x1000\",\"n\":-1,\"pagemap\":\"0x1\"}\n", "\"n\" is not a number"},
		{"{\"addr\":\"0x1000\",\"n\":1.5,\"pagemap\":\"0x1\"}\n", "\"n\" is not a number"},
		{"{\"addr\":\"0x1000\",\"n\":1152921504606846976,\"pagemap\":\"0x1\"}\n",
		 "\"n\" is not a number"},
		{"{\"addr\":\"0x1000\",\"n\":99999999999999999999,\"pagemap\":\"0x1\"}\n", "no JSON"},
		{"{\"addr\":\"0x1000\",\"n\":4503599627370495,\"pagemap\":\"0x1\"}\n",
		 "no range of addresses"},
		{"{\"addr\":\"0xfffffffffffff000\",\"n\":2,\"pagemap\":\"0x1\"}\n", "no range of addresses"},
		{"{\"addr\":\"0x1000\",\"n\":2,\"pagemap\":\"0x807fffffffffffff\"}\n", "do not fit"},
		{"{\"addr\":\"0x1000\",\"n\":2,\"pagemap\":\"0x8000000000000001\",\"step\":2}\n",
		 "do not fit"},
		{"{\"addr\":\"0x1000\",\"n\":2,\"pagemap\":\"0x8000000000000001\",\"step\":33}\n",
		 "\"step\" is not"},
		{"{\"addr\":\"0x1000\",\"n\":1,\"pagemap\":\"0x8000000000000000\",\"count\":1}\n",
		 "need a present word"},
		{"{\"addr\":\"0x1000\",\"n\":2,\"pagemap\":\"0x8000000000000001\",\"step\":0,\"count\":1}\n",
		 "need a present word"},
		{"{\"addr\":\"0x1000\",\"n\":1,\"pagemap\":\"0x8000000000000001\",\"count\":-1}\n",
		 "\"count\" is not a number"},
		{"{\"addr\":\"0x1000\",\"n\":1,\"pagemap\":\"0x8000000000000001\",\"tail_flags\":\"0x1\"}\n",
		 "members that do not belong"},
		{"{\"addr\":\"0x1000\",\"n\":1,\"pagemap\":\"0x1\",\"fun\":1}\n",
		 "members that do not belong"},
		{"{\"addr\":\"0x1000\",\"n\":1,\"pagemap\":\"0x1\",\"n\":2}\n", "no JSON"},
		{"{\"pfn\":\"0x1\",\"n\":1}\n", "say nothing"},
		{"{\"pfn\":\"0x7fffffffffffff\",\"n\":2,\"count\":1}\n", "frames have 55 bits"},
		{"{\"pfn\":\"0x80000000000000\",\"n\":1,\"count\":1}\n", "frames have 55 bits"},
		{"{\"pfn\":\"0x1\",\"n\":1,\"count\":1}\n{\"pfn\":\"0x1\",\"n\":1,\"count\":2}\n",
		 "two lines give frame 0x1 different counts"},
		{THP "{\"pfn\":\"0x1000\",\"n\":2,\"flags\":\"0x8000\"}\n",
		 "two lines give frame 0x1001 different flags"},
		{THP "{\"pfn\":\"0x1001\",\"n\":1,\"flags\":\"0x8000\"}\n",
		 "two lines give frame 0x1001 different flags"},
		{"{\"scan\":[\"0x1000\",\"0x2000\"]}\n", "\"scan\" is not a list"},
		{"{\"scan\":[\"0x1000\",\"0x2000\",8]}\n", "categories are not"},
		{"{\"scan\":[\"0x1000\",\"0x2001\",\"0x8\"]}\n", "not a multiple"},
		{"{\"scan\":[\"0x2000\",\"0x2000\",\"0x8\"]}\n", "is empty"},
		{"{\"scan\":[\"0x1000\",\"0x3000\",\"0x8\"]}\n{\"scan\":[\"0x2000\",\"0x4000\",\"0x8\"]}\n",
		 "line 2: 0x2000 to 0x4000 is empty or not above"},
		{"{\"page_size\":[\"0x1000\",\"0x3000\",3]}\n", "power of two"},
		{"{\"end\":\"0x1000\"}\n{\"end\":\"0x2000\"}\n", "line 2: a second"},
		{"{\"end\":1}\n", "\"end\" is not a hex"},
	};
	struct pages pages;
	char error[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		error[0] = '\0';
		if (pages_parse(bad[i].text, strlen(bad[i].text), 4096, &pages, error, sizeof(error)) !=
			    -EBADMSG ||
		    !strstr(error, bad[i].says))
			fail_msg("%s gives \"%s\", not \"%s\"", bad[i].text, error, bad[i].says);
		assert_null(pages.runs);
	}
}

static void test_long_line(void **state)
{
	char text[3000], error[256] = "";
	struct pages pages;

	(void)state;
	memset(text, ' ', sizeof(text));
	text[sizeof(text) - 1] = '\n';
	assert_int_equal(pages_parse(text, sizeof(text), 4096, &pages, error, sizeof(error)), -EBADMSG);
	assert_string_equal(error, "line 1: longer than 1024 bytes");
}

/* What is written is read back, and written again the same. */
static void test_write(void **state)
{
	static const char text[] =
		THP "{\"addr\":\"0x400000\",\"n\":2,\"pagemap\":\"0x4000000000000025\",\"step\":32}\n"
		    "{\"addr\":\"0x403000\",\"n\":3,\"pagemap\":\"0x8000000000000007\",\"step\":0}\n"
		    "{\"addr\":\"0x500000\",\"n\":2,\"pagemap\":\"0x8000000000000000\"}\n"
		    "{\"pfn\":\"0x1200\",\"n\":2,\"flags\":\"0x5\",\"count\":0}\n"
		    "{\"scan\":[\"0x1000\",\"0x5000\",\"0x8\"]}\n"
		    "{\"page_size\":[\"0x200000\",\"0x400000\",2097152]}\n"
		    "{\"end\":\"0x600000\"}\n";
	struct pages pages = parse(text);
	struct spans around = {0};
	struct buf out = {0};

	(void)state;
	spans_add(&around, 0x1200, 0x1202);
	lines_write(&pages, &pages.flags, &pages.counts, &around, &out);
	assert_memory_equal(out.data, text, sizeof(text) - 1);
	assert_string_equal(out.data + sizeof(text) - 1, "{\"lines\":8}\n");
	spans_fini(&around);
	buf_fini(&out);
	pages_fini(&pages);
}

static void test_spans(void **state)
{
	struct spans spans = {0};

	(void)state;
	spans_add(&spans, 10, 20);
	spans_add(&spans, 5, 8);
	spans_add(&spans, 8, 9);
	spans_add(&spans, 15, 30);
	spans_add(&spans, 12, 13);
	spans_settle(&spans);
	assert_int_equal(spans.n, 2);
	assert_int_equal(spans.spans[0].pfn, 5);
	assert_int_equal(spans.spans[0].end, 9);
	assert_int_equal(spans.spans[1].pfn, 10);
	assert_int_equal(spans.spans[1].end, 30);
	assert_true(spans_hold(&spans, 5) && spans_hold(&spans, 8) && spans_hold(&spans, 29));
	assert_false(spans_hold(&spans, 4) || spans_hold(&spans, 9) || spans_hold(&spans, 30));
	spans_fini(&spans);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),	  cmocka_unit_test(test_end_of_everything),
		cmocka_unit_test(test_frames),	  cmocka_unit_test(test_scan),
		cmocka_unit_test(test_walks),	  cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_empty),	  cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_long_line), cmocka_unit_test(test_write),
		cmocka_unit_test(test_spans),
	};

	return cmocka_run_group_tests_name("backend_pages", tests, NULL, NULL);
}
