/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ring buffer made by hand: each kind of record, what is none of ours, and where it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/perf_event.h>
#include <string.h>

#include "trace/records.h"

static uint8_t ring[4096];
static size_t len;

static const struct trace_point point = {
	.kind = TRACE_SCAN_PMD,
	.format = {.id = 759,
		   .fields = {{"common_type", 0, 2, false},
			      {"mm", 8, 8, false},
			      {"pfn", 16, 8, false},
			      {"status", 24, 4, true}},
		   .n_fields = 4,
		   .words = {{5, "exceed_none_pte"}},
		   .n_words = 1},
};

static int setup(void **state)
{
	(void)state;
	len = 0;
	return 0;
}

static void put(uint32_t type, uint16_t misc, const void *body, size_t size, uint64_t time)
{
	const struct {
		uint32_t pid, tid;
		uint64_t time;
	} id = {5, 6, time};
	const bool sample = type == PERF_RECORD_SAMPLE;
	const struct perf_event_header header = {type, misc, (uint16_t)(sizeof(header) + sizeof(id) + size)};

	memcpy(ring + len, &header, sizeof(header));
	len += sizeof(header);
	memcpy(ring + len + (sample ? 0 : size), &id, sizeof(id));
	memcpy(ring + len + (sample ? sizeof(id) : 0), body, size);
	len += sizeof(id) + size;
}

static void put_sample(uint16_t type, int32_t status, uint32_t told)
{
	struct {
		uint32_t size;
		char raw[28];
	} body = {told, ""};
	const uint64_t mm = 0xffff888000001000, pfn = UINT64_MAX;

	memcpy(body.raw, &type, 2);
	memcpy(body.raw + 8, &mm, 8);
	memcpy(body.raw + 16, &pfn, 8);
	memcpy(body.raw + 24, &status, 4);
	put(PERF_RECORD_SAMPLE, 0, &body, sizeof(body), 1000);
}

static size_t parse(struct trace_record *records, size_t room, size_t *used)
{
	return trace_parse(ring, len, &point, 1, records, room, used);
}

static void test_sample(void **state)
{
	struct trace_record records[4];
	size_t used;

	(void)state;
	put_sample(759, 5, 28);
	put_sample(759, -3, 28);
	put_sample(760, 5, 28);	 /* somebody else's */
	put_sample(759, 5, 24);	 /* the status is cut off */
	put_sample(759, 5, 999); /* longer than the record */
	assert_int_equal(parse(records, 4, &used), 2);
	assert_int_equal(used, len);
	assert_int_equal(records[0].kind, TRACE_SCAN_PMD);
	assert_int_equal(records[0].by, 5);
	assert_int_equal(records[0].by_tid, 6);
	assert_int_equal(records[0].mono_ns, 1000);
	assert_true(records[0].mm == 0xffff888000001000);
	assert_true(records[0].pfn == TRACE_NO_PFN);
	assert_string_equal(records[0].status, "exceed_none_pte");
	assert_string_equal(records[1].status, "-3");
	assert_true(trace_parse_mm(ring, len, &point.format) == 0xffff888000001000);
}

static void test_life(void **state)
{
	struct {
		uint32_t pid, ppid, tid, ptid;
		uint64_t time;
	} task = {8, 5, 8, 6, 77}, thread = {5, 5, 9, 6, 78};
	struct {
		uint32_t pid, tid;
		char name[16];
	} comm = {8, 8, "0123456789abcde"};
	struct trace_record records[8];
	size_t used;

	(void)state;
	put(PERF_RECORD_FORK, 0, &task, sizeof(task), 0);
	put(PERF_RECORD_FORK, 0, &thread, sizeof(thread), 0);
	put(PERF_RECORD_COMM, PERF_RECORD_MISC_COMM_EXEC, &comm, sizeof(comm), 80);
	put(PERF_RECORD_COMM, 0, &comm, sizeof(comm), 81); /* prctl(PR_SET_NAME) */
	put(PERF_RECORD_EXIT, 0, &thread, sizeof(thread), 0);
	put(PERF_RECORD_EXIT, 0, &task, sizeof(task), 0);
	assert_int_equal(parse(records, 8, &used), 4);
	assert_int_equal(records[0].kind, TRACE_FORK);
	assert_int_equal(records[0].by, 5);
	assert_int_equal(records[0].child, 8);
	assert_int_equal(records[0].mono_ns, 77);
	assert_int_equal(records[1].kind, TRACE_EXEC);
	assert_int_equal(records[1].by, 8);
	assert_string_equal(records[1].by_comm, "0123456789abcde");
	assert_int_equal(records[1].mono_ns, 80);
	assert_int_equal(records[2].kind, TRACE_EXIT);
	assert_int_equal(records[2].by, 5); /* of a thread: whether it was the last, /proc says */
	assert_int_equal(records[2].by_tid, 9);
	assert_int_equal(records[3].kind, TRACE_EXIT);
	assert_int_equal(records[3].by, 8);
	assert_int_equal(records[3].by_tid, 8);
}

static void test_lost(void **state)
{
	const uint64_t body[2] = {1, 42};
	struct trace_record record;
	size_t used;

	(void)state;
	put(PERF_RECORD_LOST, 0, body, sizeof(body), 90);
	assert_int_equal(parse(&record, 1, &used), 1);
	assert_int_equal(record.kind, TRACE_LOST);
	assert_int_equal(record.lost, 42);
	assert_int_equal(record.mono_ns, 90);
}

/* No room, a cut record, one of size 0: all before it is told, and where it was. */
static void test_end(void **state)
{
	struct trace_record records[4];
	const size_t one = 56;
	size_t used;

	(void)state;
	put_sample(759, 5, 28);
	assert_int_equal(len, one);
	put_sample(759, 5, 28);
	assert_int_equal(parse(records, 1, &used), 1);
	assert_int_equal(used, one);
	len--;
	assert_int_equal(parse(records, 4, &used), 1);
	assert_int_equal(used, one);
	memset(ring + one, 0, one);
	len++;
	assert_int_equal(parse(records, 4, &used), 1);
	assert_int_equal(used, one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_sample, setup),
		cmocka_unit_test_setup(test_life, setup),
		cmocka_unit_test_setup(test_lost, setup),
		cmocka_unit_test_setup(test_end, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
