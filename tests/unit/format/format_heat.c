/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is used most, written and read: in a snapshot, as text, over a wire. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "format/heat.h"
#include "format/json.h"
#include "format/json_read.h"
#include "format/text.h"
#include "format/wire.h"
#include "sample.h"

/* The regions of sample_plain's heap that ptes map. */
#define HEAP UINT64_C(0x7f0000000000)

static struct arena arena;

static const struct heat *sample_heat(void)
{
	static const struct heat_region items[] = {
		{HEAP + 40 * SAMPLE_PMD, 1, 1, 512, 512, MAPPING_PTE, BACKING_THP},
		{HEAP + 41 * SAMPLE_PMD, 12, 512, 512, 512, MAPPING_PTE, BACKING_SMALL},
		{HEAP + 43 * SAMPLE_PMD, 0, 0, 0, 3, MAPPING_PTE, BACKING_SMALL},
	};
	struct heat *heat = arena_alloc(&arena, sizeof(*heat));

	*heat = (struct heat){.source = "live",
			      .pid = 4242,
			      .start_time = 7,
			      .page_size = SAMPLE_PAGE,
			      .pmd_size = SAMPLE_PMD,
			      .by = HEAT_IDLE,
			      .window_ns = 1003000000,
			      .took_ns = 1010000000,
			      .missing = "a \"sentence\".",
			      .items = arena_copy(&arena, items, sizeof(items)),
			      .n = 3};
	heat_rank(heat, &arena);
	return heat;
}

static int free_all(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static void assert_same(const struct heat *one, const struct heat *other)
{
	size_t i;

	assert_int_equal(one->by, other->by);
	assert_int_equal(one->window_ns, other->window_ns);
	assert_int_equal(one->took_ns, other->took_ns);
	assert_string_equal(one->missing, other->missing);
	assert_int_equal(one->n, other->n);
	assert_int_equal(one->known, other->known);
	for (i = 0; i < one->n; i++) {
		assert_memory_equal(&one->items[i], &other->items[i], sizeof(one->items[i]));
		assert_int_equal(one->ranked[i], other->ranked[i]);
	}
}

static char *snapshot(struct moment *moment, struct buf *out)
{
	const struct sink sink = {sink_buf, out};

	buf_clear(out);
	assert_int_equal(json_write(moment, &sink), 0);
	return out->data;
}

static void test_snapshot(void **state)
{
	struct moment *moment = sample_plain(), *again;
	struct json_problem problem;
	struct buf out = {0}, once_more = {0};

	(void)state;
	moment->processes[0].heat = sample_heat();
	assert_non_null(strstr(snapshot(moment, &out),
			       ",\"heat\":{\"by\":\"idle\",\"window_ns\":1003000000,\"took_ns\":1010000000,"
			       "\"missing\":\"a \\\"sentence\\\".\"}}\n"));
	assert_non_null(strstr(out.data, ",\"heat\":{\"by\":\"idle\",\"used\":12,\"of\":512}}\n"));
	assert_non_null(strstr(out.data, ",\"heat\":{\"by\":\"idle\",\"used\":1,\"of\":1,\"pages\":512}}\n"));
	assert_int_equal(json_read(out.data, out.len, false, &again, &problem), 0);
	assert_non_null(again->processes[0].heat);
	assert_same(again->processes[0].heat, moment->processes[0].heat);
	assert_string_equal(snapshot(again, &once_more), out.data);
	buf_fini(&out);
	buf_fini(&once_more);
	moment_free(again);
	moment_free(moment);
}

/* A way that is none, more used than there is, or of another way than the process says. */
static void test_snapshot_refused(void **state)
{
	static const char *const bad[][2] = {
		{"\"used\":12,\"of\":512}", "\"used\":513,\"of\":512}"},
		{"\"heat\":{\"by\":\"idle\",\"used\":12", "\"heat\":{\"by\":\"lru\",\"used\":12"},
		{"\"heat\":{\"by\":\"idle\",\"window", "\"heat\":{\"by\":\"sun\",\"window"},
		{"\"of\":1,\"pages\":512", "\"of\":1,\"pages\":0"},
	};
	struct moment *moment = sample_plain(), *again;
	struct json_problem problem;
	struct buf out = {0}, text = {0};
	const char *at;
	size_t i;

	(void)state;
	moment->processes[0].heat = sample_heat();
	snapshot(moment, &out);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		at = strstr(out.data, bad[i][0]);
		assert_non_null(at);
		buf_clear(&text);
		buf_add(&text, out.data, (size_t)(at - out.data));
		buf_puts(&text, bad[i][1]);
		buf_puts(&text, at + strlen(bad[i][0]));
		assert_int_equal(json_read(text.data, text.len, false, &again, &problem), -EBADMSG);
	}
	buf_fini(&out);
	buf_fini(&text);
	moment_free(moment);
}

static void test_text(void **state)
{
	struct buf out = {0};
	struct heat heat = *sample_heat();

	(void)state;
	text_heat(&out, &heat, 1, 80, false);
	assert_string_equal(
		out.data, "  regions that are not huge, those used most first, by idle page tracking, used\n"
			  "    at least once in 1.0 s:\n"
			  "   1  7f0005000000    1 of 1 folio (512 pages)   100.0 %  pte, thp\n"
			  "    and 1 more; of 1 of 3 nothing is known.\n"
			  "  Reads and writes within the window count, whoever maps the page, but not those\n"
			  "    through an entry that stayed in a TLB; pages off the LRU lists are not told,\n"
			  "    and a large folio has one bit. Not told: a \"sentence\".\n");
	/* A file or a far end may say anything there. */
	buf_clear(&out);
	heat.missing = "\x1b]0;x\a";
	text_heat(&out, &heat, 1, 80, false);
	assert_null(strchr(out.data, 0x1b));
	assert_non_null(strstr(out.data, "Not told: \\x1b]0;x\\x07"));
	buf_clear(&out);
	heat.n = heat.known = 0;
	heat.missing = NULL;
	text_heat(&out, &heat, 1, 80, false);
	assert_string_equal(out.data, "  no whole region is mapped by ptes: none is left to be made huge\n");
	buf_fini(&out);
}

/* A ranking in which the last is used as much as the first ranks nothing, and says so; one region or none is no ranking. */
static void test_doubt(void **state)
{
	struct heat_region items[] = {
		{HEAP + 40 * SAMPLE_PMD, 2048, 2048, 2048, 512, MAPPING_PTE, BACKING_SMALL},
		{HEAP + 42 * SAMPLE_PMD, 1023, 1024, 1024, 512, MAPPING_PTE, BACKING_SMALL},
		{HEAP + 43 * SAMPLE_PMD, 0, 0, 0, 512, MAPPING_PTE, BACKING_SMALL},
	};
	struct heat heat = {.by = HEAT_SMAPS, .items = items, .n = 3, .missing = "idle: no."};
	struct buf out = {0};

	(void)state;
	heat_rank(&heat, &arena);
	assert_non_null(heat_doubt(&heat));
	text_heat_limits(&out, &heat, false);
	assert_string_equal(
		out.data,
		"  Shares hardly differ: their order tells nothing. "
		"One share for a whole memory area: regions of one area cannot be told apart; it "
		"counts since somebody cleared the bits, if anybody did (--by cleared does). Not told: "
		"idle: no.");
	assert_string_equal(heat_order(&heat), "all used about alike");
	buf_clear(&out);
	text_heat(&out, &heat, 9, 200, false);
	assert_non_null(strstr(
		out.data, "  regions that are not huge, all used about alike, by Referenced in smaps:\n"));
	items[1].used = 972;
	assert_null(heat_doubt(&heat));
	assert_string_equal(heat_order(&heat), "those used most first");
	items[1].used = 974;
	assert_non_null(heat_doubt(&heat));
	items[0].used = items[1].used = 0;
	assert_non_null(heat_doubt(&heat));
	heat.known = 1;
	assert_null(heat_doubt(&heat));
	heat.known = 0;
	assert_null(heat_doubt(&heat));
	buf_fini(&out);
}

static int feed(const char *text, struct wire_result *result)
{
	char problem[256];
	struct wire_payload *payload = wire_payload_begin(WIRE_HEAT, SAMPLE_PAGE, SAMPLE_PMD, &arena);
	const char *end;
	int err = 0;

	for (; !err && *text; text = end + 1) {
		end = strchr(text, '\n');
		err = wire_payload_take(payload, text, (size_t)(end - text), problem, sizeof(problem));
	}
	if (!err)
		err = wire_payload_end(payload, result, problem, sizeof(problem));
	wire_payload_fini(payload);
	return err;
}

#define HEAD                                                                                                 \
	"{\"type\":\"heat\",\"source\":\"live\",\"page_size\":4096,\"pmd_size\":2097152,\"pid\":1,"          \
	"\"start_time\":1,\"by\":\"idle\"}\n"
#define HOT(addr, more)                                                                                      \
	"{\"type\":\"hot\",\"addr\":\"" addr                                                                 \
	"\",\"mapping\":\"pte\",\"backing\":\"small\",\"present\":1," more "}\n"
#define COUNTS "\"used\":1,\"of\":1"
#define END "{\"type\":\"end\",\"hot\":1}\n"

static void test_wire(void **state)
{
	static const char *const bad[] = {
		"",
		HEAD,
		HEAD END,
		HOT("0x200000", COUNTS) END,
		HEAD HOT("0x200000", COUNTS),
		HEAD HEAD HOT("0x200000", COUNTS) END,
		HEAD HOT("0x200000", COUNTS) HEAD END,
		HEAD HOT("0x201000", COUNTS) END,
		HEAD HOT("0x200000", "\"used\":2,\"of\":1") END,
		HEAD HOT("0x400000", COUNTS) HOT("0x200000", COUNTS) "{\"type\":\"end\",\"hot\":2}\n",
		HEAD HOT("0x200000", COUNTS) END END,
	};
	const struct heat *heat = sample_heat();
	struct wire_result result;
	struct buf out = {0};
	size_t i;

	(void)state;
	wire_put_heat(&out, heat);
	assert_int_equal(feed(out.data, &result), 0);
	assert_same(&result.heat, heat);
	assert_int_equal(result.heat.pid, 4242);
	assert_int_equal(result.heat.start_time, 7);
	assert_int_equal(feed(HEAD HOT("0x200000", COUNTS) END, &result), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (feed(bad[i], &result) != -EBADMSG)
			fail_msg("taken: %s", bad[i]);
	buf_fini(&out);
}

static void test_request(void **state)
{
	const struct wire_request request = {.id = 3,
					     .call = WIRE_HEAT,
					     .heat = {.pid = 9,
						      .start_time = UINT64_MAX,
						      .from = 0x1000,
						      .to = 0x7f0000001000,
						      .by = HEAT_SOFT_DIRTY,
						      .window_ns = HEAT_WINDOW_MOST_NS}};
	struct wire_request read;
	struct buf line = {0};
	char problem[256];

	(void)state;
	assert_int_equal(wire_put_request(&line, &request), 0);
	assert_int_equal(wire_read_request(line.data, line.len - 1, &arena, &read, problem, sizeof(problem)),
			 0);
	assert_memory_equal(&read.heat, &request.heat, sizeof(read.heat));
	buf_clear(&line);
	buf_puts(&line, "{\"call\":\"heat\",\"id\":1,\"pid\":1,\"by\":\"sun\"}");
	assert_int_equal(wire_read_request(line.data, line.len, &arena, &read, problem, sizeof(problem)),
			 -EBADMSG);
	buf_fini(&line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_snapshot, free_all),
		cmocka_unit_test_teardown(test_snapshot_refused, free_all),
		cmocka_unit_test_teardown(test_text, free_all),
		cmocka_unit_test_teardown(test_doubt, free_all),
		cmocka_unit_test_teardown(test_wire, free_all),
		cmocka_unit_test_teardown(test_request, free_all),
	};

	return cmocka_run_group_tests_name("format_heat", tests, NULL, NULL);
}
