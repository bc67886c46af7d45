/* SPDX-License-Identifier: GPL-2.0-or-later */
/* format/wire: what a call gave comes back as it was; what is not whole, or out of place, is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "format/sharers.h"
#include "format/why.h"
#include "format/wire.h"
#include "sample.h"

static struct arena arena;
static char problem[WIRE_PROBLEM];
static struct wire_result result;

static int setup(void **state)
{
	(void)state;
	memset(&arena, 0, sizeof(arena));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

/* Feeds the lines of a payload; the first error, or the end's. */
static int feed(enum wire_call call, const char *lines)
{
	struct wire_payload *payload = wire_payload_begin(call, SAMPLE_PAGE, SAMPLE_PMD, &arena);
	const char *newline;
	int err = 0;

	problem[0] = '\0';
	for (; !err && *lines; lines = newline + 1) {
		newline = strchr(lines, '\n');
		assert_non_null(newline);
		err = wire_payload_take(payload, lines, (size_t)(newline - lines), problem, sizeof(problem));
	}
	if (!err)
		err = wire_payload_end(payload, &result, problem, sizeof(problem));
	wire_payload_fini(payload);
	assert_true(!err == !problem[0]);
	return err;
}

static void test_list(void **state)
{
	const struct listed first = {.pid = 1,
				     .parent = 0,
				     .start_time = UINT64_MAX,
				     .comm = "a\nb\xff",
				     .command = "x\033 y",
				     .user = "",
				     .uid = UNKNOWN_COUNT,
				     .rss_kb = UNKNOWN_COUNT,
				     .kernel_thread = true};
	const struct listed second = {.pid = INT32_MAX,
				      .parent = 1,
				      .comm = "",
				      .command = "",
				      .user = "root",
				      .uid = UINT32_MAX,
				      .rss_kb = INT64_MAX,
				      .own = true};
	struct buf out = {0};

	(void)state;
	assert_int_equal(feed(WIRE_LIST, ""), 0);
	assert_int_equal(result.n_list, 0);
	wire_put_listed(&out, &first);
	wire_put_listed(&out, &second);
	assert_int_equal(feed(WIRE_LIST, out.data), 0);
	assert_int_equal(result.n_list, 2);
	assert_int_equal(result.list[0].pid, 1);
	assert_int_equal(result.list[0].parent, 0);
	assert_true(result.list[0].start_time == UINT64_MAX);
	assert_string_equal(result.list[0].comm, first.comm);
	assert_string_equal(result.list[0].command, first.command);
	assert_string_equal(result.list[0].user, "");
	assert_true(result.list[0].uid == UNKNOWN_COUNT && result.list[0].rss_kb == UNKNOWN_COUNT);
	assert_true(result.list[0].kernel_thread && !result.list[0].own);
	assert_int_equal(result.list[1].parent, 1);
	assert_string_equal(result.list[1].user, "root");
	assert_true(result.list[1].uid == UINT32_MAX && result.list[1].rss_kb == INT64_MAX);
	assert_true(result.list[1].own && !result.list[1].kernel_thread);
	buf_clear(&out);
	wire_put_listed(&out, &second);
	wire_put_listed(&out, &first);
	assert_int_equal(feed(WIRE_LIST, out.data), -EBADMSG);
	buf_fini(&out);
}

static void test_small(void **state)
{
	const struct place place = {7, 0x7f0000000000, UINT64_C(1) << 40};
	struct buf out = {0};

	(void)state;
	wire_put_pid(&out, INT32_MAX);
	assert_int_equal(feed(WIRE_SPAWN, out.data), 0);
	assert_true(result.n_pids == 1 && result.pids[0] == INT32_MAX);
	wire_put_pid(&out, 3);
	assert_int_equal(feed(WIRE_SPAWN, out.data), -EBADMSG);
	assert_int_equal(feed(WIRE_SPAWN, ""), -EBADMSG);
	assert_int_equal(feed(WIRE_FAMILY, out.data), 0);
	assert_true(result.n_pids == 2 && result.pids[1] == 3);
	assert_int_equal(feed(WIRE_FAMILY, ""), 0);
	assert_int_equal(result.n_pids, 0);
	assert_int_equal(feed(WIRE_LIST, out.data), -EBADMSG);
	buf_clear(&out);
	wire_put_place(&out, &place);
	assert_int_equal(feed(WIRE_LOCATE, out.data), 0);
	assert_true(result.place.pid == place.pid && result.place.start == place.start &&
		    result.place.len == place.len);
	buf_clear(&out);
	wire_put_value(&out, 255);
	assert_int_equal(feed(WIRE_VALUE, out.data), 0);
	assert_int_equal(result.value, 255);
	assert_int_equal(feed(WIRE_VALUE, "{\"type\":\"value\",\"value\":256}\n"), -EBADMSG);
	buf_clear(&out);
	wire_put_plan(&out, "one\ntwo \033\n", false);
	assert_int_equal(feed(WIRE_PLAN, out.data), 0);
	assert_string_equal(result.plan, "one\ntwo \033\n");
	assert_false(result.asks);
	assert_int_equal(feed(WIRE_ACT, ""), 0);
	assert_int_equal(feed(WIRE_ACT, out.data), -EBADMSG);
	assert_int_equal(feed(WIRE_SAMPLE, ""), -EBADMSG);
	buf_fini(&out);
}

static void test_event(void **state)
{
	struct moment *moment = sample_all();
	struct buf out = {0}, once_more = {0};
	size_t i;

	(void)state;
	assert_true(moment->n_events);
	for (i = 0; i < moment->n_events; i++) {
		buf_clear(&out);
		buf_clear(&once_more);
		wire_put_event(&out, &moment->events[i], SAMPLE_PMD);
		assert_int_equal(feed(WIRE_TRIGGER, out.data), 0);
		wire_put_event(&once_more, &result.event, SAMPLE_PMD);
		assert_string_equal(once_more.data, out.data);
	}
	buf_add(&out, out.data, out.len);
	assert_int_equal(feed(WIRE_TRIGGER, out.data), -EBADMSG);
	assert_int_equal(feed(WIRE_TRIGGER, ""), -EBADMSG);
	buf_fini(&out);
	buf_fini(&once_more);
	moment_free(moment);
}

static const struct why_reason reasons[] = {
	{"guard", WHY_DECISIVE, true, "There are guard regions in it.", "1 pages", "none"},
	{"pinned", WHY_SUSPECTED, false, "Pinned.", "/a\x1b[31m/b", ""},
	{"is", WHY_IS, false, "", "", ""},
	{"hinders", WHY_HINDERS, true, "t", "f", "r"},
};
static const char *const unknown[] = {"the weather", "\xff"};

static void assert_why(const struct why *why, const struct why *was)
{
	size_t i;

	assert_int_equal(why->pid, was->pid);
	assert_string_equal(why->comm, was->comm);
	assert_true(why->start == was->start && why->len == was->len && why->huge == was->huge);
	assert_int_equal(why->n, was->n);
	for (i = 0; i < was->n; i++) {
		assert_string_equal(why->reasons[i].id, was->reasons[i].id);
		assert_int_equal(why->reasons[i].weight, was->reasons[i].weight);
		assert_int_equal(why->reasons[i].refused, was->reasons[i].refused);
		assert_string_equal(why->reasons[i].text, was->reasons[i].text);
		assert_string_equal(why->reasons[i].fact, was->reasons[i].fact);
		assert_string_equal(why->reasons[i].remedy, was->reasons[i].remedy);
	}
	assert_int_equal(why->n_unknown, was->n_unknown);
	for (i = 0; i < was->n_unknown; i++)
		assert_string_equal(why->unknown[i], was->unknown[i]);
	assert_int_equal(why->asked, was->asked);
	assert_int_equal(why->error, was->error);
	assert_string_equal(why->verdict, was->verdict);
	assert_string_equal(why->not_asked, was->not_asked);
	assert_int_equal(!why->region, !was->region);
	assert_int_equal(!why->event, !was->event);
}

/* Of a region and its VMA from the sample that has everything, and one of its events. */
static void check_why(const struct process *process, const struct region *region, const struct event *event)
{
	const struct vma *vma = &process->vmas[region->vma];
	struct why why = {.pid = 7,
			  .comm = "a\nb",
			  .start = region->start,
			  .len = region->len,
			  .vma = vma,
			  .region = region,
			  .reasons = reasons,
			  .n = 4,
			  .unknown = unknown,
			  .n_unknown = 2,
			  .verdict = "",
			  .not_asked = "it sleeps"};
	struct buf out = {0}, once_more = {0};

	if (event) {
		why.asked = true;
		why.huge = true;
		why.error = EAGAIN;
		why.verdict = "page_count";
		why.not_asked = "";
		why.event = event;
	}
	wire_put_why(&out, &why, SAMPLE_PMD);
	assert_int_equal(feed(WIRE_WHY, out.data), 0);
	assert_why(&result.why, &why);
	wire_put_why(&once_more, &result.why, SAMPLE_PMD);
	assert_string_equal(once_more.data, out.data);
	buf_fini(&out);
	buf_fini(&once_more);
}

static void test_why(void **state)
{
	struct moment *moment = sample_all();
	const struct process *process;
	size_t i, j;

	(void)state;
	for (i = 0; i < moment->n_processes; i++) {
		process = &moment->processes[i];
		for (j = 0; j < process->n_regions; j++) {
			check_why(process, &process->regions[j], NULL);
			check_why(process, &process->regions[j], &moment->events[0]);
		}
	}
	moment_free(moment);
}

#define WHY_LINE                                                                                             \
	"{\"type\":\"why\",\"pid\":7,\"comm\":\"\",\"addr\":\"0x200000\",\"len\":2097152,\"reasons\":[],"    \
	"\"unknown\":[]"
#define VMA_LINE                                                                                             \
	"{\"type\":\"vma\",\"pid\":7,\"start\":\"0x200000\",\"end\":\"0x400000\",\"perms\":\"rw-p\","        \
	"\"kind\":\"anon\",\"name\":\"\",\"present_kb\":0,\"pmd_kb\":0,\"slots\":1,\"fragments\":0}\n"
#define REGION_LINE(addr)                                                                                    \
	"{\"type\":\"region\",\"pid\":7,\"addr\":\"" addr "\",\"mapping\":\"pte\",\"backing\":\"small\","    \
	"\"state\":\"pte-mapped\",\"how\":\"model\",\"present\":1,\"swapped\":0}\n"

static void test_why_refused(void **state)
{
	(void)state;
	assert_int_equal(feed(WIRE_WHY, WHY_LINE "}\n" VMA_LINE), 0);
	assert_null(result.why.region);
	assert_int_equal(feed(WIRE_WHY, WHY_LINE "}\n" VMA_LINE REGION_LINE("0x200000")), 0);
	assert_non_null(result.why.region);
	assert_int_equal(feed(WIRE_WHY, ""), -EBADMSG);
	assert_int_equal(feed(WIRE_WHY, WHY_LINE "}\n"), -EBADMSG);
	assert_int_equal(feed(WIRE_WHY, VMA_LINE WHY_LINE "}\n"), -EBADMSG);
	assert_int_equal(feed(WIRE_WHY, WHY_LINE "}\n" WHY_LINE "}\n" VMA_LINE), -EBADMSG);
	assert_int_equal(feed(WIRE_WHY, WHY_LINE "}\n" VMA_LINE VMA_LINE), -EBADMSG);
	assert_int_equal(feed(WIRE_WHY, WHY_LINE "}\n" VMA_LINE REGION_LINE("0x400000")), -EBADMSG);
	assert_int_equal(feed(WIRE_WHY, WHY_LINE "}\n" REGION_LINE("0x200000") VMA_LINE), -EBADMSG);
	/* Asked, and nothing is known of it. */
	assert_int_equal(feed(WIRE_WHY, WHY_LINE ",\"asked\":{\"errno\":\"\"}}\n" VMA_LINE), -EBADMSG);
}

static void test_sharers(void **state)
{
	struct sharers sharers = sample_sharers();
	struct buf out = {0}, once_more = {0};
	size_t i;

	(void)state;
	wire_put_sharers(&out, &sharers);
	assert_int_equal(feed(WIRE_SHARERS, out.data), 0);
	wire_put_sharers(&once_more, &result.sharers);
	assert_string_equal(once_more.data, out.data);
	assert_int_equal(result.sharers.n, sharers.n);
	for (i = 0; i < sharers.n; i++) {
		assert_int_equal(result.sharers.items[i].last, sharers.items[i].last);
		assert_int_equal(result.sharers.items[i].same_as, sharers.items[i].same_as);
		assert_string_equal(result.sharers.items[i].comm, sharers.items[i].comm);
	}
	assert_string_equal(result.sharers.partial, sharers.partial);
	assert_string_equal(result.sharers.changed, sharers.changed);
	assert_int_equal(result.sharers.missing_most, sharers.missing_most);
	sharers.items[0].subpages = 3; /* of 0 to 511 */
	sharers.ksm = sharers.complete = true;
	sharers.missing = sharers.counted = sharers.surplus = UNKNOWN_COUNT;
	sharers.missing_most = 0;
	sharers.partial = sharers.changed = NULL;
	buf_clear(&out);
	wire_put_sharers(&out, &sharers);
	assert_int_equal(feed(WIRE_SHARERS, out.data), 0);
	assert_int_equal(result.sharers.items[0].last, 511);
	assert_true(result.sharers.counted == UNKNOWN_COUNT && result.sharers.surplus == UNKNOWN_COUNT);
	assert_true(result.sharers.ksm && result.sharers.complete && !result.sharers.partial);
	/* Without its end line, and with one sharer less than that says. */
	*strrchr(out.data, '{') = '\0';
	assert_int_equal(feed(WIRE_SHARERS, out.data), -EBADMSG);
	out.len = strlen(out.data);
	buf_puts(&out, "{\"type\":\"end\",\"sharers\":4}\n");
	assert_int_equal(feed(WIRE_SHARERS, out.data), -EBADMSG);
	buf_fini(&out);
	buf_fini(&once_more);
}

#define SHARERS_LINE(order, more)                                                                            \
	"{\"type\":\"sharers\",\"source\":\"live\",\"page_size\":4096,\"pmd_size\":2097152,\"pid\":1,"       \
	"\"addr\":\"0x0\",\"pfn\":\"0x200\",\"order\":" order                                                \
	",\"found\":0,\"processes\":1,\"looked\":1,\"denied\":0,\"took_ns\":1" more "}\n"
#define SHARER_LINE(mapping, parts)                                                                          \
	"{\"type\":\"sharer\",\"pid\":1,\"comm\":\"\",\"start_time\":1,\"addr\":\"0x0\",\"mapping\":"        \
	"\"" mapping "\"," parts "}\n"
#define END_LINE "{\"type\":\"end\",\"sharers\":1}\n"

static void test_sharers_refused(void **state)
{
	static const char *const bad[] = {
		SHARERS_LINE("4", "") SHARER_LINE("pud", "\"first\":0,\"subpages\":16") END_LINE,
		SHARERS_LINE("4", "") SHARER_LINE("pte", "\"first\":16,\"subpages\":1") END_LINE,
		SHARERS_LINE("4", "") SHARER_LINE("pte", "\"first\":0,\"subpages\":17") END_LINE,
		SHARERS_LINE("4", "") SHARER_LINE("pte", "\"first\":0,\"subpages\":0") END_LINE,
		SHARERS_LINE("4", "") SHARER_LINE("pte", "\"first\":4,\"subpages\":2,\"last\":3") END_LINE,
		SHARERS_LINE("4", "") SHARER_LINE("pte", "\"first\":4,\"subpages\":3,\"last\":5") END_LINE,
		SHARERS_LINE("4", "") SHARER_LINE("pte", "\"first\":4,\"subpages\":3,\"last\":16") END_LINE,
		SHARERS_LINE("16", "") SHARER_LINE("pte", "\"first\":0,\"subpages\":1") END_LINE,
		SHARERS_LINE("4", ",\"counted\":1,\"missing\":1,\"surplus\":0")
			SHARER_LINE("pte", "\"first\":0,\"subpages\":1") END_LINE,
		SHARERS_LINE("4", "") SHARERS_LINE("4", "") SHARER_LINE("pte", "\"first\":0,\"subpages\":1")
			END_LINE,
		SHARERS_LINE("4", "") SHARER_LINE("pte", "\"first\":0,\"subpages\":1") SHARERS_LINE("4", "")
			END_LINE,
		SHARER_LINE("pte", "\"first\":0,\"subpages\":1") SHARERS_LINE("4", "") END_LINE,
		SHARERS_LINE("4", "") END_LINE SHARER_LINE("pte", "\"first\":0,\"subpages\":1"),
		END_LINE,
		"{\"type\":7}\n",
		"\033\n",
	};
	size_t i;

	(void)state;
	assert_int_equal(feed(WIRE_SHARERS, SHARERS_LINE("4", "") SHARER_LINE(
						    "pte", "\"first\":4,\"subpages\":3") END_LINE),
			 0);
	assert_int_equal(result.sharers.items[0].last, 6);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (feed(WIRE_SHARERS, bad[i]) != -EBADMSG)
			fail_msg("taken: %s", bad[i]);
}

/* A far end that does not end its list. */
static void test_too_much(void **state)
{
	struct wire_payload *payload = wire_payload_begin(WIRE_LIST, SAMPLE_PAGE, SAMPLE_PMD, &arena);
	struct buf line = {0}, text = {0};
	int err = 0, pid;

	(void)state;
	memset(buf_reserve(&text, 1000000), 'c', 1000000);
	for (pid = 1; pid < 400 && !err; pid++) {
		buf_clear(&line);
		buf_printf(&line,
			   "{\"type\":\"listed\",\"pid\":%d,\"start_time\":1,\"comm\":\"\",\"user\":\"\","
			   "\"command\":\"%.1000000s\"}",
			   pid, text.data);
		err = wire_payload_take(payload, line.data, line.len, problem, sizeof(problem));
	}
	assert_int_equal(err, -EBADMSG);
	assert_in_range(pid, 60, 75);
	assert_non_null(strstr(problem, "room"));
	wire_payload_fini(payload);
	buf_fini(&line);
	buf_fini(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_list, setup, teardown),
		cmocka_unit_test_setup_teardown(test_small, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_much, setup, teardown),
		cmocka_unit_test_setup_teardown(test_event, setup, teardown),
		cmocka_unit_test_setup_teardown(test_why, setup, teardown),
		cmocka_unit_test_setup_teardown(test_why_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sharers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sharers_refused, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
