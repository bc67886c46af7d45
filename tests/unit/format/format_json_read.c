/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reader: round trips, and what it refuses. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "format/json.h"
#include "format/json_read.h"
#include "sample.h"

static void round_trip(struct moment *moment)
{
	struct buf first = sample_json(moment), second;
	struct json_problem problem;
	struct moment *again;

	moment_free(moment);
	if (json_read(first.data, first.len, false, &again, &problem))
		fail_msg("line %zu: %s", problem.line, problem.text);
	second = sample_json(again);
	assert_string_equal(first.data, second.data);
	moment_free(again);
	buf_fini(&first);
	buf_fini(&second);
}

static struct buf verdicts(const struct moment *moment)
{
	struct cow_ask ask;
	struct buf text = {0};
	struct sink sink = {sink_buf, &text};

	for (ask.n = 0; ask.n < COW_ROW_COUNT; ask.n++)
		ask.rows[ask.n] = (enum cow_row)ask.n;
	assert_int_equal(json_write_cow(moment, &ask, &sink), 0);
	return text;
}

/* What a write would do is told the same of what was read again: the lines hold all that it is judged by. */
static void same_verdicts(void **state)
{
	struct moment *moments[] = {sample_plain(), sample_all()}, *again;
	struct buf first, second;
	struct json_problem problem;
	struct region *region;
	size_t i, r;

	(void)state;
	for (i = 0; i < 2; i++) {
		for (r = 0; r < moments[i]->processes[0].n_regions; r++) {
			region = &moments[i]->processes[0].regions[r];
			region->anon_exclusive = region->mapping == MAPPING_PMD && region->anon;
			region->uffd_wp = region->anon_exclusive && r % 2;
		}
		first = verdicts(moments[i]);
		moment_free(moments[i]);
		assert_non_null(strstr(first.data, "\"anon_exclusive\":true,\"cow\":[{\"rule\":\"4.5.0\""));
		if (json_read(first.data, first.len, false, &again, &problem))
			fail_msg("line %zu: %s", problem.line, problem.text);
		second = verdicts(again);
		assert_string_equal(first.data, second.data);
		moment_free(again);
		buf_fini(&first);
		buf_fini(&second);
	}
}

static void same_bytes(void **state)
{
	struct moment *ranged = sample_plain();

	(void)state;
	ranged->from = 0x1000;
	ranged->to = UINT64_MAX;
	round_trip(sample_plain());
	round_trip(sample_all());
	round_trip(ranged);
}

/* What the bytes cannot show: the moment itself. */
static void same_values(void **state)
{
	struct moment *moment = sample_all(), *again;
	const struct process *was = moment->processes, *is;
	struct buf text = sample_json(moment);
	struct json_problem problem;
	size_t i;

	(void)state;
	assert_int_equal(json_read(text.data, text.len, false, &again, &problem), 0);
	is = again->processes;
	assert_int_equal(again->n_processes, moment->n_processes);
	assert_string_equal(again->source, moment->source);
	assert_string_equal(is->comm, was->comm);
	assert_true(is->kb.present == UINT64_MAX && is->start_time == UINT64_MAX && again->seq == UINT64_MAX);
	assert_int_equal(again->wall_ns, -1);
	assert_int_equal(is->n_vmas, was->n_vmas);
	assert_int_equal(is->n_pages, was->n_pages);
	for (i = 0; i < was->n_pages; i++)
		assert_memory_equal(&is->pages[i], &was->pages[i], sizeof(struct page));
	assert_int_equal(is->vmas[0].smaps->fields[0].kb, UINT64_MAX);
	assert_int_equal(is->vmas[1].smaps->thp_eligible, -1);
	assert_null(is->vmas[2].smaps);
	assert_int_equal(is[1].outcome, OUTCOME_GONE);
	moment_free(moment);
	moment_free(again);
	buf_fini(&text);
}

#define SNAPSHOT                                                                                             \
	"{\"type\":\"snapshot\",\"schema\":\"thpscope-snapshot/"                                             \
	"1\",\"version\":\"9\",\"source\":\"live\",\"seq\":0,"                                               \
	"\"mono_ns\":1,\"pmd_size\":2097152,\"page_size\":4096,\"kernel\":{},\"capabilities\":[],"           \
	"\"missing\":{}}\n"
#define PROCESS                                                                                              \
	"{\"type\":\"process\",\"pid\":7,\"comm\":\"x\",\"start_time\":1,\"torn\":false,\"totals\":{"        \
	"\"regions\":0,"                                                                                     \
	"\"fragments\":0,\"empty\":0,\"pte_mapped\":0,\"pmd_mapped\":0,\"team\":0,\"hugetlb\":0,"            \
	"\"unknown\":0},"                                                                                    \
	"\"kb\":{\"present\":0,\"pmd\":0}}\n"
#define VMA                                                                                                  \
	"{\"type\":\"vma\",\"pid\":7,\"start\":\"0x200000\",\"end\":\"0x800000\",\"perms\":\"rw-p\","        \
	"\"kind\":"                                                                                          \
	"\"anon\",\"name\":\"\",\"present_kb\":0,\"pmd_kb\":0,\"slots\":3,\"fragments\":0}\n"
#define REGION_AT(addr)                                                                                      \
	"{\"type\":\"region\",\"pid\":7,\"addr\":\"" addr                                                    \
	"\",\"mapping\":\"pte\",\"backing\":\"small\",\"state\":"                                            \
	"\"pte-mapped\",\"how\":\"pagemap_scan\",\"present\":1,\"swapped\":0}\n"
#define PAGE_AT(addr) "{\"type\":\"page\",\"pid\":7,\"addr\":\"" addr "\",\"pagemap\":\"0x0\"}\n"
#define END(n) "{\"type\":\"end\",\"regions\":" n "}\n"
#define GOOD SNAPSHOT PROCESS VMA REGION_AT("0x200000") PAGE_AT("0x201000") END("1")

static void refused(const char *text, size_t line, const char *why)
{
	struct json_problem problem;
	struct moment *moment;

	assert_int_equal(json_read(text, strlen(text), false, &moment, &problem), -EBADMSG);
	assert_null(moment);
	if (problem.line != line || !strstr(problem.text, why))
		fail_msg("line %zu: %s, instead of line %zu: %s", problem.line, problem.text, line, why);
}

static void cut_files(void **state)
{
	struct json_problem problem;
	struct moment *moment;
	size_t n;

	(void)state;
	assert_int_equal(json_read(GOOD, strlen(GOOD), false, &moment, &problem), 0);
	moment_free(moment);
	/* Wherever it is cut, it is noticed. */
	for (n = 0; n < strlen(GOOD); n++) {
		assert_int_equal(json_read(GOOD, n, false, &moment, &problem), -EBADMSG);
		assert_null(moment);
	}
	refused("", 1, "empty");
	refused(SNAPSHOT PROCESS, 2, "no end line");
	refused(SNAPSHOT "{\"type\":\"process\"", 2, "not whole");
	refused(SNAPSHOT PROCESS VMA REGION_AT("0x200000") END("2"), 5, "some are missing");
	refused(GOOD "{}\n", 7, "no \"type\"");
	refused(GOOD SNAPSHOT, 7, "follows the end line");
	refused(SNAPSHOT SNAPSHOT END("0"), 2, "second snapshot");
}

static void foreign_files(void **state)
{
	(void)state;
	refused("\x7f"
		"ELF\n",
		1, "not JSON");
	refused("[1]\n", 1, "no \"type\"");
	refused(PROCESS, 1, "does not begin with a snapshot");
	refused("{\"type\":\"snapshot\",\"schema\":\"thpscope-snapshot/2\"}\n", 1,
		"is not thpscope-snapshot/1");
	refused(SNAPSHOT "{\"type\":\"process\",\"pid\":7,\"comm\":\"a\\u0000b\"}\n", 2, "not JSON");
}

static void misplaced_lines(void **state)
{
	(void)state;
	refused(SNAPSHOT VMA, 2, "process line before");
	refused(SNAPSHOT PROCESS REGION_AT("0x200000"), 3, "VMA line before");
	refused(SNAPSHOT PROCESS VMA REGION_AT("0x800000"), 4, "VMA line before");
	refused(SNAPSHOT PROCESS VMA REGION_AT("0x201000"), 4, "out of the slot");
	refused(SNAPSHOT PROCESS VMA REGION_AT("0x400000") REGION_AT("0x200000"), 5, "below the end");
	refused(SNAPSHOT PROCESS VMA PAGE_AT("0x200000"), 4, "region line before");
	refused(SNAPSHOT PROCESS VMA REGION_AT("0x200000") PAGE_AT("0x400000"), 5, "region line before");
	refused(SNAPSHOT PROCESS VMA REGION_AT("0x200000") PAGE_AT("0x201000") PAGE_AT("0x201000"), 6,
		"not above the page before");
	refused(SNAPSHOT PROCESS VMA VMA, 4, "below the VMA before");
}

static void wrong_values(void **state)
{
	static const char head[] = SNAPSHOT PROCESS VMA;
	static const struct {
		const char *old, *new, *why;
	} cases[] = {
		{"\"present\":1", "\"present\":-1", "\"present\" is no count"},
		{"\"present\":1", "\"present\":4294967296", "\"present\" is too large"},
		{"\"present\":1", "\"present\":99999999999999999999999", "\"present\" is no count"},
		{"\"present\":1,", "", "\"present\" is missing"},
		{"\"swapped\":0", "\"swapped\":\"0\"", "\"swapped\" is no count"},
		{"\"pte\"", "\"huge\"", "\"mapping\" is no mapping"},
		{"\"pte\"", "\"pmd\"", "\"state\" contradicts"},
		{"0x200000", "200000", "\"addr\" is no hex"},
		{"0x200000", "0x10000000000000000", "\"addr\" is no hex"},
		{"\"swapped\":0", "\"swapped\":0,\"len\":0", "out of the slot"},
		{"\"swapped\":0", "\"swapped\":0,\"mapcount\":1", "\"mapcount\" is no object"},
		{"\"swapped\":0", "\"swapped\":0,\"mapcount\":{\"total\":1.5}", "\"total\" is no count"},
	};
	char text[4096];
	const char *region = REGION_AT("0x200000"), *at;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		at = strstr(region, cases[i].old);
		assert_non_null(at);
		snprintf(text, sizeof(text), "%s%.*s%s%s", head, (int)(at - region), region, cases[i].new,
			 at + strlen(cases[i].old));
		refused(text, 4, cases[i].why);
	}
}

#define EVENT                                                                                                \
	"{\"type\":\"event\",\"what\":\"collapse\",\"mono_ns\":7,\"triggered\":true,\"addr\":\"0x0\","       \
	"\"len\":1,"                                                                                         \
	"\"vmstat\":{\"thp_a\":-1},\"effects\":[{\"pid\":7,\"addr\":\"0x0\",\"before\":{\"addr\":"           \
	"\"0x1000\","                                                                                        \
	"\"len\":4096,\"mapping\":\"pte\",\"backing\":\"small\",\"state\":\"pte-mapped\",\"how\":"           \
	"\"unknown\","                                                                                       \
	"\"present\":1,\"swapped\":0}}]}\n"

static void wrong_events(void **state)
{
	static const struct {
		const char *old, *new, *why;
	} cases[] = {
		{"\"collapse\"", "\"collapsed\"", "\"what\" is no event"},
		{"\"mono_ns\":7,", "", "\"mono_ns\" is missing"},
		{"\"triggered\":true", "\"triggered\":1", "neither true nor false"},
		{"\"addr\":\"0x0\",\"len\"", "\"len\"", "\"addr\" is missing"},
		{":{\"thp_a\":-1}", ":{\"thp_a\":\"x\"}", "no number"},
		{":{\"thp_a\":-1}", ":{\"thp_a\":9223372036854775808}", "no number"},
		{"[{\"pid\":7", "[7,{\"pid\":7", "no object"},
		{"[{\"pid\":7", "[{\"pid\":-7", "effects: \"pid\" is no count"},
		{"\"before\":{\"addr\":\"0x1000\"", "\"before\":{\"addr\":4096",
		 "before: \"addr\" is no hex"},
		{"\"len\":4096", "\"len\":2097152", "out of the slot"},
		{"\"pte-mapped\"", "\"pmd-mapped\"", "before: \"state\" contradicts"},
	};
	static const char event[] = EVENT;
	struct json_problem problem;
	struct moment *moment;
	char text[4096];
	const char *at;
	size_t i;

	(void)state;
	assert_int_equal(
		json_read(SNAPSHOT EVENT END("0"), strlen(SNAPSHOT EVENT END("0")), false, &moment, &problem),
		0);
	assert_int_equal(moment->n_events, 1);
	assert_int_equal(moment->events->deltas->by, -1);
	assert_true(moment->events->effects->had && !moment->events->effects->has);
	moment_free(moment);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		at = strstr(event, cases[i].old);
		assert_non_null(at);
		snprintf(text, sizeof(text), "%s%.*s%s%s%s", SNAPSHOT, (int)(at - event), event, cases[i].new,
			 at + strlen(cases[i].old), END("0"));
		refused(text, 2, cases[i].why);
	}
}

static void later_versions(void **state)
{
	static const char text[] = SNAPSHOT
		"{\"type\":\"later\",\"what\":\"collapse\",\"big\":1.234567890123456789012,\"e\":1e5}\n"
		"{\"type\":\"skipped\",\"pid\":1,\"reason\":\"r\",\"outcome\":\"gone\",\"new\":{\"a\":[null]}"
		"}\n" END("0");
	struct json_problem problem;
	struct moment *moment;

	(void)state;
	if (json_read(text, strlen(text), false, &moment, &problem))
		fail_msg("line %zu: %s", problem.line, problem.text);
	assert_int_equal(moment->n_processes, 1);
	moment_free(moment);
}

static void keeps_what_came_before(void **state)
{
	static const char text[] =
		SNAPSHOT PROCESS VMA REGION_AT("0x200000") REGION_AT("0x400000") "{\"type\":\"re";
	struct json_problem problem;
	struct moment *moment;

	(void)state;
	assert_int_equal(json_read(text, strlen(text), true, &moment, &problem), -EBADMSG);
	assert_int_equal(problem.line, 6);
	assert_non_null(moment);
	assert_int_equal(moment->n_processes, 1);
	assert_int_equal(moment->processes[0].n_regions, 2);
	assert_int_equal(moment->processes[0].vmas[0].n_regions, 2);
	moment_free(moment);
	assert_int_equal(json_read("{", 1, true, &moment, &problem), -EBADMSG);
	assert_null(moment);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_bytes),	  cmocka_unit_test(same_verdicts),
		cmocka_unit_test(same_values),	  cmocka_unit_test(cut_files),
		cmocka_unit_test(foreign_files),  cmocka_unit_test(misplaced_lines),
		cmocka_unit_test(wrong_values),	  cmocka_unit_test(wrong_events),
		cmocka_unit_test(later_versions), cmocka_unit_test(keeps_what_came_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
