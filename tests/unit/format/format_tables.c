/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CSV and metrics: what machines read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/csv.h"
#include "format/metrics.h"
#include "sample.h"

static struct buf csv_of(const struct moment *moment, bool header)
{
	struct buf text = {0};
	struct sink sink = {sink_buf, &text};

	assert_int_equal(csv_write(moment, header, &sink), 0);
	return text;
}

static struct buf metrics_of(const struct moment *moment, size_t top)
{
	struct buf text = {0};
	struct sink sink = {sink_buf, &text};

	assert_int_equal(metrics_write(moment, top, &sink), 0);
	return text;
}

/* A golden file is text of ours: its lines end without CR. */
static void without_cr(struct buf *text)
{
	size_t i, kept = 0;

	for (i = 0; i < text->len; i++)
		if (text->data[i] != '\r')
			text->data[kept++] = text->data[i];
	text->data[text->len = kept] = '\0';
}

static void golden(void **state)
{
	struct moment *plain = sample_plain(), *all = sample_all();
	struct buf text;

	(void)state;
	text = csv_of(plain, true);
	without_cr(&text);
	sample_golden("plain.csv", &text);
	buf_fini(&text);
	text = csv_of(all, true);
	without_cr(&text);
	sample_golden("all.csv", &text);
	buf_fini(&text);
	text = metrics_of(plain, METRICS_TOP);
	sample_golden("plain.prom", &text);
	buf_fini(&text);
	text = metrics_of(all, METRICS_TOP);
	sample_golden("all.prom", &text);
	buf_fini(&text);
	moment_free(plain);
	moment_free(all);
}

/* A region a line, whatever the names are; the header only where it is asked for. */
static void csv_lines(void **state)
{
	struct moment *moment = sample_all();
	size_t i, lines = 0, regions = 0;
	struct buf text;

	(void)state;
	moment->processes[0].comm = "a\nb\r\n";
	for (i = 0; i < moment->n_processes; i++)
		regions += moment->processes[i].n_regions;
	text = csv_of(moment, false);
	assert_null(strstr(text.data, "time,seq"));
	for (i = 0; i < text.len; i++) {
		assert_true(text.data[i] != '\n' || (i && text.data[i - 1] == '\r'));
		lines += text.data[i] == '\n';
	}
	assert_int_equal(lines, regions);
	buf_fini(&text);
	moment_free(moment);
}

static void csv_names(void **state)
{
	static const struct {
		const char *name, *field;
	} table[] = {
		{"plain", ",plain,"},
		{"", ",,"},
		{"=1+1", ",'=1+1,"},
		{"+x", ",'+x,"},
		{"-x", ",'-x,"},
		{"@x", ",'@x,"},
		{"'x", ",''x,"},
		{"\uff1dx", ",'\uff1dx,"},
		{"a,b", ",\"a,b\","},
		{"a\"b", ",\"a\"\"b\","},
		{"x;=1", ",\"x\\x3b=1\","},
		{"\t=1", ",\\x09=1,"},
		{"=a,b", ",\"'=a,b\","},
		{"a\\b", ",a\\\\b,"},
		{"\xff", ",\\xff,"},
	};
	struct moment *moment = sample_plain();
	struct buf text;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		moment->processes[0].comm = table[i].name;
		text = csv_of(moment, false);
		if (!strstr(text.data, table[i].field))
			fail_msg("%s: no %s in %.200s", table[i].name, table[i].field, text.data);
		buf_fini(&text);
	}
	moment_free(moment);
}

static void has(const struct buf *text, const char *line)
{
	const char *at = strstr(text->data, line);

	if (!at || (at != text->data && at[-1] != '\n'))
		fail_msg("no %s in\n%s", line, text->data);
}

/* Three processes of 3, 2 and 1 MiB, in two cgroups; one that was not read. */
static void crowd(struct process *many, const struct process *one)
{
	size_t i;

	for (i = 0; i < 4; i++) {
		many[i] = *one;
		many[i].pid = (pid_t)(10 + i);
		many[i].cgroup = i % 2 ? "/odd" : "/even";
		many[i].kb = (struct kb){.present = 1024 * (i + 1), .small = 1024 * (i + 1), .swap = 8};
		many[i].page_tables_kb = i ? 4 : UNKNOWN_COUNT;
	}
	many[3].outcome = OUTCOME_DENIED;
}

/* The largest are told one by one, the others as a sum; what is not known of one is not known of the sum. */
static void metrics_bounded(void **state)
{
	struct moment *moment = sample_plain();
	struct process many[7];
	struct buf text;
	size_t i;

	(void)state;
	crowd(many, &moment->processes[0]);
	/* A kernel thread, and those that are no more, are none that could not be read. */
	for (i = 4; i < 7; i++)
		many[i] = many[3];
	many[4].outcome = OUTCOME_NO_MEMORY;
	many[5].outcome = OUTCOME_GONE;
	many[6].outcome = OUTCOME_REUSED;
	moment->processes = many;
	moment->n_processes = 7;
	text = metrics_of(moment, 1);
	has(&text, "thpscope_processes{told=\"each\"} 1\n");
	has(&text, "thpscope_processes{told=\"other\"} 2\n");
	has(&text, "thpscope_processes{told=\"not\"} 1\n");
	has(&text,
	    "thpscope_process_memory_bytes{pid=\"12\",comm=\"redis-server\",mapping=\"small\"} 3145728\n");
	has(&text, "thpscope_process_memory_bytes{pid=\"other\",comm=\"other\",mapping=\"small\"} 3145728\n");
	has(&text, "thpscope_process_swapped_bytes{pid=\"other\",comm=\"other\"} 16384\n");
	has(&text, "thpscope_process_page_tables_bytes{pid=\"12\",comm=\"redis-server\"} 4096\n");
	assert_null(strstr(text.data, "page_tables_bytes{pid=\"other\""));
	has(&text, "thpscope_cgroup_processes{cgroup=\"/even\"} 2\n");
	has(&text, "thpscope_cgroup_processes{cgroup=\"other\"} 1\n");
	has(&text, "thpscope_cgroup_memory_bytes{cgroup=\"/even\",mapping=\"small\"} 4194304\n");
	has(&text, "thpscope_cgroups{told=\"other\"} 1\n");
	assert_string_equal(text.data + text.len - 6, "# EOF\n");
	buf_fini(&text);
	text = metrics_of(moment, 3);
	assert_null(strstr(text.data, "pid=\"other\""));
	has(&text, "thpscope_processes{told=\"other\"} 0\n");
	buf_fini(&text);
	moment_free(moment);
}

/* Without cgroups their families are not there; sums do not wrap. */
static void metrics_unknown(void **state)
{
	struct moment *moment = sample_plain();
	struct process many[4];
	struct buf text;

	(void)state;
	crowd(many, &moment->processes[0]);
	many[0].cgroup = many[1].cgroup = many[2].cgroup = NULL;
	many[0].kb.small = many[1].kb.small = UINT64_MAX;
	moment->processes = many;
	moment->n_processes = 4;
	moment->wall_ns = 0;
	moment->cost_ns = 1500000000;
	moment->system.free_pmd_blocks = UNKNOWN_COUNT;
	text = metrics_of(moment, 1);
	assert_null(strstr(text.data, "cgroup"));
	assert_null(strstr(text.data, "thpscope_snapshot_time_seconds"));
	assert_null(strstr(text.data, "thpscope_free_pmd_blocks"));
	/* (In the golden files it is not known.) */
	has(&text, "thpscope_snapshot_cost_seconds 1.500000000\n");
	has(&text, "thpscope_process_memory_bytes{pid=\"other\",comm=\"other\",mapping=\"small\"} "
		   "18446744073709551615\n");
	buf_fini(&text);
	moment_free(moment);
}

/* Of what no more is known than that it is there, no kind is said to be nothing. */
static void metrics_unsure(void **state)
{
	struct moment *moment = sample_plain();
	struct process many[4];
	struct buf text;
	size_t i;

	(void)state;
	crowd(many, &moment->processes[0]);
	for (i = 0; i < 3; i++)
		many[i].totals = (struct totals){.state = {[STATE_EMPTY] = 3}};
	many[0].kb.unknown = 1;
	many[0].mapping_known = false;
	many[1].kb.unknown = 1;
	moment->processes = many;
	moment->n_processes = 3;
	text = metrics_of(moment, 3);
	/* Not even whether it is huge: what is known of it is told. */
	assert_null(strstr(text.data, "pid=\"10\",comm=\"redis-server\",mapping=\"pmd\""));
	assert_null(strstr(text.data, "pid=\"10\",comm=\"redis-server\",state=\"pmd-mapped\""));
	has(&text,
	    "thpscope_process_memory_bytes{pid=\"10\",comm=\"redis-server\",mapping=\"small\"} 1048576\n");
	has(&text,
	    "thpscope_process_memory_bytes{pid=\"10\",comm=\"redis-server\",mapping=\"unknown\"} 1024\n");
	has(&text, "thpscope_process_regions{pid=\"10\",comm=\"redis-server\",state=\"empty\"} 3\n");
	assert_null(strstr(text.data, "zero_page_bytes{pid=\"10\""));
	has(&text, "thpscope_process_zero_page_bytes{pid=\"11\",comm=\"redis-server\"} 0\n");
	/* That it is not huge, but not in which folios. */
	has(&text, "thpscope_process_memory_bytes{pid=\"11\",comm=\"redis-server\",mapping=\"pmd\"} 0\n");
	has(&text, "thpscope_process_regions{pid=\"11\",comm=\"redis-server\",state=\"pmd-mapped\"} 0\n");
	assert_null(strstr(text.data, "pid=\"11\",comm=\"redis-server\",mapping=\"thp_pte\""));
	/* All. */
	has(&text, "thpscope_process_memory_bytes{pid=\"12\",comm=\"redis-server\",mapping=\"thp_pte\"} 0\n");
	buf_fini(&text);
	/* Of a sum as of its parts. */
	text = metrics_of(moment, 1);
	assert_null(strstr(text.data, "pid=\"other\",comm=\"other\",mapping=\"pmd\""));
	assert_null(strstr(text.data, "cgroup=\"/even\",mapping=\"pmd\""));
	has(&text, "thpscope_process_memory_bytes{pid=\"other\",comm=\"other\",mapping=\"unknown\"} 2048\n");
	buf_fini(&text);
	moment_free(moment);
}

static void metrics_names(void **state)
{
	struct moment *moment = sample_plain();
	struct buf text;

	(void)state;
	moment->processes[0].comm = "a\"b\\c\nd\xff";
	text = metrics_of(moment, 5);
	assert_non_null(strstr(text.data, "comm=\"a\\\"b\\\\\\\\c\\\\x0ad\\\\xff\""));
	buf_fini(&text);
	moment_free(moment);
}

static int refuse(void *ctx, const char *bytes, size_t n)
{
	(void)ctx;
	(void)bytes;
	(void)n;
	return -28;
}

static void metrics_once(void **state)
{
	static const struct counter twice[] = {{.name = "cycles", .value = 1},
					       {.name = "cycles", .value = 2}};
	struct moment *moment = sample_plain();
	const char *first;
	struct buf text;

	(void)state;
	moment->processes[0].counters = twice;
	moment->processes[0].n_counters = 2;
	text = metrics_of(moment, 5);
	first = strstr(text.data, "event=\"cycles\"} 1\n");
	assert_non_null(first);
	assert_null(strstr(first + 1, "event=\"cycles\""));
	buf_fini(&text);
	moment_free(moment);
}

static void errors_come_back(void **state)
{
	struct moment *moment = sample_plain();
	const struct sink sink = {refuse, NULL};

	(void)state;
	assert_int_equal(csv_write(moment, true, &sink), -28);
	assert_int_equal(metrics_write(moment, 5, &sink), -28);
	moment_free(moment);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden),	   cmocka_unit_test(csv_lines),
		cmocka_unit_test(csv_names),	   cmocka_unit_test(metrics_bounded),
		cmocka_unit_test(metrics_unknown), cmocka_unit_test(metrics_unsure),
		cmocka_unit_test(metrics_names),   cmocka_unit_test(errors_come_back),
		cmocka_unit_test(metrics_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
