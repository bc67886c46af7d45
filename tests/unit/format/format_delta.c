/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The delta stream: what it leaves out, that nothing is lost, and what it refuses. */
#include "delta_common.h"
#include "format/delta_reader.h"

#include <errno.h>
#include <stdlib.h>

static void nothing_changed(void **state)
{
	struct moment *before = large(8192);

	(void)state;
	costs(before, later(before), 2, 256, "nothing changed");
}

static void only_totals(void **state)
{
	struct moment *before = large(8192), *now = later(before);

	(void)state;
	now->processes[0].kb.present += 4;
	now->processes[0].rss_kb = 77;
	costs(before, now, 3, 350, "a total changed");
}

static void few_regions(void **state)
{
	struct moment *before = large(8192), *now;
	size_t i;

	(void)state;
	for (i = 0; i < 10; i++)
		make_small(&before->processes[0].regions[i * 77], (uint32_t)(100 + i));
	now = later(before);
	for (i = 0; i < 10; i++)
		make_small(&now->processes[0].regions[i * 77], (uint32_t)(101 + 2 * i));
	costs(before, now, 3, 700, "10 regions got pages");
}

static void many_regions(void **state)
{
	struct moment *before = large(8192), *now;
	size_t i;

	(void)state;
	for (i = 0; i < 400; i++)
		make_small(&before->processes[0].regions[i * 19], (uint32_t)(100 + i % 13));
	now = later(before);
	for (i = 0; i < 400; i++)
		make_small(&now->processes[0].regions[i * 19], (uint32_t)(101 + i % 17 * 2));
	costs(before, now, 3, 10000, "400 regions got pages");
}

static void collapse(void **state)
{
	struct moment *before, *now = large(8192);
	size_t i;

	(void)state;
	before = copied(now);
	now->seq++;
	for (i = 0; i < 400; i++)
		make_small(&before->processes[0].regions[i + 30], 512);
	costs(before, now, 3, 4000, "a collapse of 400 regions");
}

static void split(void **state)
{
	struct moment *before = large(8192), *now = later(before);
	size_t i;

	(void)state;
	for (i = 0; i < 400; i++) {
		now->processes[0].regions[i + 30].mapping = MAPPING_PTE;
		now->processes[0].regions[i + 30].mapcount = (struct mapcount){0, 1, 512};
	}
	costs(before, now, 3, 5000, "400 mappings split");
}

static void unmapped(void **state)
{
	struct moment *before = large(8192), *now = later(before);

	(void)state;
	now->processes[0].n_vmas = now->processes[0].n_regions = 0;
	costs(before, now, 3, 400, "all 16 GiB unmapped");
}

static void mapped(void **state)
{
	struct moment *now = large(8192), *before = copied(now);

	(void)state;
	before->processes[0].n_vmas = before->processes[0].n_regions = 0;
	now->seq++;
	costs(before, now, 12, 80000, "16 GiB mapped and filled");
}

/* The first of a stream over a slow link; what follows leads on from it. */
static void first(void **state)
{
	struct moment *moments[] = {large(8192), sample_plain(), sample_all(), examined()}, *now, *got;
	struct delta_reader *reader = delta_reader_open(0);
	struct buf text = {0};
	struct sink sink = {sink_buf, &text};
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		now = copied(moments[i]);
		buf_clear(&text);
		assert_int_equal(delta_write_first(now, &sink), 0);
		if (!i)
			assert_in_range(text.len, 1000, 90000);
		if (i == 3)
			assert_in_range(text.len, 1000, 7000);
		got = fed(reader, &text);
		assert_alike(now, got, "the first");
		moment_free(sent(reader, got, now, "and the next"));
		moment_free(now);
		moment_free(got);
		moment_free(moments[i]);
	}
	buf_fini(&text);
	delta_reader_close(reader);
}

/* mprotect cuts a VMA in two: its regions stay, and say nothing. */
static void cut(void **state)
{
	struct moment *before = large(8192), *now = later(before);
	struct process *process = &now->processes[0];
	struct vma *vmas = arena_alloc(&now->arena, 2 * sizeof(*vmas));
	size_t i;

	(void)state;
	vmas[0] = vmas[1] = process->vmas[0];
	vmas[0].end = vmas[1].start = vmas[0].start + 100 * SAMPLE_PMD;
	vmas[0].n_regions = vmas[1].first_region = 100;
	vmas[1].n_regions = 8092;
	memcpy(vmas[1].perms, "r--p", 5);
	for (i = 100; i < 8192; i++)
		process->regions[i].vma = 1;
	process->vmas = vmas;
	process->n_vmas = 2;
	costs(before, now, 4, 800, "a VMA cut in two");
}

/* A hole in a VMA: the region in it is gone, and one that is cut is a fragment. */
static void hole(void **state)
{
	struct moment *before = large(64), *now = later(before);
	struct process *process = &now->processes[0];

	(void)state;
	process->vmas[0].n_regions = (uint32_t)(process->n_regions -= 2);
	memmove(&process->regions[7], &process->regions[9],
		(process->n_regions - 7) * sizeof(*process->regions));
	process->vmas[0].end -= SAMPLE_PAGE;
	process->regions[process->n_regions - 1].len -= SAMPLE_PAGE;
	costs(before, now, 5, 600, "two regions emptied, one cut");
}

/* Any moment after any other, in chains, by the moments of the writer or of the reader. */
static void chains(void **state)
{
	struct delta_reader *reader;
	struct moment *now, *next, *got;
	uint64_t seed = 13;
	char what[64];
	int chain, i;

	(void)state;
	for (chain = 0; chain < 12; chain++) {
		next = chain % 2 ? sample_plain() : sample_all();
		now = copied(next); /* without regions that hold nothing */
		moment_free(next);
		reader = delta_reader_open(0);
		moment_free(sent(reader, NULL, now, "the first"));
		for (i = 0; i < 50; i++) {
			next = copied(now);
			mutate(next, &seed);
			snprintf(what, sizeof(what), "moment %d of chain %d", i, chain);
			got = sent(reader, now, next, what);
			moment_free(now);
			now = i % 2 ? next : got;
			moment_free(i % 2 ? got : next);
		}
		moment_free(now);
		delta_reader_close(reader);
	}
}

/* Pages of an order though none is said to be present: "order" and "present" do not tell of them. */
static void orders(void **state)
{
	struct delta_reader *reader = delta_reader_open(0);
	struct moment *now = large(4);
	struct region *region = &now->processes[0].regions[0];

	(void)state;
	region->present = 0;
	region->order_known = region->orders_known = true;
	region->order = 9;
	memset(region->orders, 0, sizeof(region->orders));
	region->orders[3] = 8;
	moment_free(sent(reader, NULL, now, "orders of nothing present"));
	moment_free(now);
	delta_reader_close(reader);
}

/* An object that holds nothing any more is there still, and empty: what was in it is gone. */
static void emptied(void **state)
{
	static const struct smaps_field field = {"Rss", 4};
	static const struct smaps filled = {.fields = &field, .n_fields = 1, .thp_eligible = 1},
				  empty = {.thp_eligible = 1};
	struct delta_reader *reader = delta_reader_open(0);
	struct moment *now = sample_plain(), *next = later(now), *last;

	(void)state;
	assert_true(capability_lacks(&now->caps, CAP_TEAMS));
	now->processes[0].vmas[0].smaps = &filled;
	memset(next->caps.missing, 0, sizeof(next->caps.missing));
	next->system.release = next->system.cow_rule = "";
	next->processes[0].vmas[0].smaps = &empty;
	moment_free(sent(reader, NULL, now, "filled"));
	moment_free(sent(reader, now, next, "emptied"));
	last = later(next);
	moment_free(sent(reader, next, last, "empty as before"));
	now->seq = last->seq + 1;
	moment_free(sent(reader, last, now, "filled again"));
	moment_free(now);
	moment_free(next);
	moment_free(last);
	delta_reader_close(reader);
}

/* Clocks are those of the reader in whole moments and in deltas, whoever's line a time came by. */
static void clocks(void **state)
{
	struct moment *now = large(4), *next, *got;
	struct delta_reader *reader = delta_reader_open(-1000);
	struct process *process;
	struct buf text;

	(void)state;
	now->mono_ns = 5000;
	now->system.read_ns = 4900;
	now->processes[0].same_since_ns = 4000;
	now->processes[0].vmas[0].eligible_ns = 3000;
	text = delta_of(NULL, now);
	got = fed(reader, &text);
	for (int i = 0; i < 3; i++) {
		process = &got->processes[0];
		assert_int_equal(got->mono_ns, 4000 + 100000000 * i);
		assert_int_equal(got->system.read_ns, 3900);
		assert_int_equal(process->same_since_ns, i < 2 ? 3000 : 5000);
		assert_int_equal(process->vmas[0].eligible_ns, 2000);
		moment_free(got);
		buf_fini(&text);
		next = later(now);
		if (i == 1)
			next->processes[0].same_since_ns = 6000;
		if (i == 1)
			next->processes[0].vmas[0].label = "A";
		text = delta_of(now, next);
		got = fed(reader, &text);
		moment_free(now);
		now = next;
	}
	moment_free(got);
	moment_free(now);
	buf_fini(&text);
	delta_reader_close(reader);
}

/* What was measured beside a moment is not that of the next one, which outlives it. */
static void heat_once(void **state)
{
	static const struct heat_region hot = {
		UINT64_C(0x7f0000000000), 3, 512, 512, 512, MAPPING_PTE, BACKING_SMALL};
	struct delta_reader *reader = delta_reader_open(0);
	struct moment *now = large(4), *cold, *next, *got;
	struct buf text;
	struct heat heat = {.source = "live", .by = HEAT_IDLE, .missing = "a sentence"};

	(void)state;
	make_small(&now->processes[0].regions[0], 512);
	cold = copied(now);
	heat.items = arena_copy(&now->arena, &hot, sizeof(hot));
	heat.n = 1;
	heat_rank(&heat, &now->arena);
	now->processes[0].heat = &heat;
	text = delta_of(NULL, now);
	got = fed(reader, &text);
	assert_non_null(got->processes[0].heat);
	moment_free(got);
	next = later(cold);
	got = sent(reader, cold, next, "the next");
	assert_null(got->processes[0].heat);
	moment_free(got);
	buf_fini(&text);
	moment_free(next);
	moment_free(cold);
	moment_free(now);
	delta_reader_close(reader);
}

/* Takes lines apart by newlines; the last one is refused with that sentence. */
static void refused(struct delta_reader *reader, const char *text, const char *sentence)
{
	const size_t len = strcspn(text, "\n");
	struct json_problem problem;
	struct moment *moment;
	int got = delta_read_line(reader, text, len, &moment, &problem);

	if (text[len]) {
		if (got)
			fail_msg("%s: %s", sentence, problem.text);
		refused(reader, text + len + 1, sentence);
		return;
	}
	assert_null(moment);
	if (got != -EBADMSG)
		fail_msg("not refused: %s", text);
	if (!strstr(problem.text, sentence))
		fail_msg("'%s' is not in '%s'", sentence, problem.text);
}

#define DELTA                                                                                                \
	"{\"type\":\"snapshot\",\"schema\":\"thpscope-snapshot/1\",\"delta\":true,\"since\":0,\"seq\":1}"
#define HEAD DELTA "\n"
#define PAGE "{\"type\":\"page\",\"pid\":4242,\"addr\":"
#define END "{\"type\":\"end\",\"regions\":4}"
#define REGION "{\"type\":\"region\",\"pid\":4242,\"addr\":"

static void nonsense(void **state)
{
	static const struct {
		const char *lines, *sentence;
	} rows[] = {
		{"{\"type\":\"snapshot\",\"delta\":true,\"since\":3,\"seq\":4}", "is not the moment before"},
		{"{\"type\":\"snapshot\",\"delta\":true,\"seq\":4}", "\"since\" is missing"},
		{"{\"type\":\"snapshot\",\"delta\":true,\"since\":0,\"page_size\":8192}", "page_size"},
		{"{\"type\":\"snapshot\",\"schema\":\"x/2\",\"delta\":true,\"since\":0}", "schema"},
		{"{\"type\":\"end\",\"regions\":4}", "does not begin with a snapshot"},
		{HEAD "{\"type\":\"snapshot\"}", "second snapshot"},
		{HEAD "{\"type\":\"end\",\"regions\":5}", "changes were missed"},
		{HEAD "{\"type\":\"end\"}", "\"regions\" is missing"},
		{HEAD "x", "not JSON"},
		{HEAD PAGE "7}", "no hexadecimal"},
		{HEAD PAGE "\"0x7f0000009000\"}", "\"pagemap\" is missing"},
		{HEAD PAGE "\"0x7f0000000000\",\"pagemap\":null}", "\"pagemap\" is missing"},
		{HEAD PAGE "\"0x7f0000000000\",\"mapcount\":4294967296}", "too large"},
		{HEAD PAGE "[\"0x7f0000000000\",1],\"flags\":[\"0x1\"]}", "not as long"},
		{HEAD PAGE "[\"0x7f0000009000\",0],\"pagemap\":\"0x1\"}\n" END, "told twice"},
		{HEAD PAGE "\"0x1000\",\"pagemap\":\"0x1\"}\n" END, "a page is in no region"},
		{HEAD PAGE "\"0x7f0000800000\",\"pagemap\":\"0x1\"}\n" END, "a page is in no region"},
		{HEAD "{\"type\":\"page\",\"pid\":99,\"addr\":\"0x7f0000000000\"}", "no process of this"},
		{HEAD "{\"type\":\"gone\",\"of\":\"page\",\"pid\":4242,\"addr\":\"0x7f0000009000\"}",
		 "nothing that there"},
		{HEAD "{\"type\":\"gone\",\"of\":\"page\",\"pid\":4242,\"addr\":[\"0x7f0000000000\",0]}",
		 "nothing that there"},
		{HEAD "{\"type\":\"gone\",\"of\":\"folio\",\"pid\":4242,\"addr\":\"0x0\"}", "neither page"},
		{HEAD "{\"type\":\"gone\",\"of\":\"process\",\"pid\":99}", "no process"},
		{HEAD "{\"type\":\"gone\",\"of\":\"vma\",\"pid\":4242,\"addr\":\"0x1\"}",
		 "nothing that there"},
		{HEAD "{\"type\":\"gone\",\"of\":\"region\",\"pid\":4242,\"addr\":[\"0x7f0000000000\",0]}",
		 "nothing that there"},
		{HEAD "{\"type\":\"gone\",\"of\":\"region\",\"pid\":4242,\"addr\":[7]}", "no hexadecimal"},
		{HEAD "{\"type\":\"gone\",\"of\":\"region\",\"pid\":4242}", "no hexadecimal"},
		{HEAD REGION "[\"0x7f0000000000\",512],\"present\":[1]}", "not as long"},
		{HEAD REGION "[\"0x7f0000000000\",512],\"orders\":{\"9\":[[1],[2]]}}", "column of columns"},
		{HEAD REGION "\"0x7f0000000000\",\"present\":[1]}", "is no count"},
		{HEAD REGION "\"0x7f0000000000\",\"mapping\":null}", "\"mapping\" is missing"},
		{HEAD REGION "\"0x7f0000000000\",\"mapping\":\"pte\"}", "contradicts"},
		{HEAD REGION "\"0x7f0000001000\",\"mapping\":\"pte\"}", "slot"},
		{HEAD REGION "\"0x7e0000000000\"}", "is missing"},
		{HEAD REGION "\"0x7f0000000000\",\"addr\":\"0x7f0000000000\",\"len\":0}", "slot"},
		{HEAD "{\"type\":\"region\",\"pid\":99,\"addr\":\"0x0\"}", "no process of this moment"},
		{HEAD "{\"type\":\"vma\",\"pid\":4242,\"start\":\"0x7f0000000000\",\"end\":\"0x0\"}",
		 "above"},
		{HEAD "{\"type\":\"vma\",\"pid\":4242,\"start\":\"0x1000\"}", "is missing"},
		{HEAD "{\"type\":\"process\",\"pid\":4242,\"totals\":null}", "is missing"},
		{HEAD "{\"type\":\"process\",\"pid\":99,\"comm\":\"x\"}", "is missing"},
		{HEAD "{\"type\":\"process\",\"pid\":4242,\"walk\":[1,1,1]}", "no entry"},
		{HEAD "{\"type\":\"process\",\"pid\":4242,\"walk\":[\"0x1\",\"0x0\"]}", "3 or 4 levels"},
		{HEAD "{\"type\":\"gone\",\"of\":\"vma\",\"pid\":4242,\"addr\":\"0x7f0000000000\"}\n" REGION
		      "\"0x7f0000000000\",\"present\":1}\n{\"type\":\"end\",\"regions\":0}",
		 "in no VMA"},
		{HEAD "{\"type\":\"region\",\"pid\":4242,\"addr\":\"0x7f0000001000\",\"len\":4096,"
		      "\"mapping\":\"pte\","
		      "\"backing\":\"small\",\"state\":\"pte-mapped\",\"how\":\"model\",\"present\":1,"
		      "\"swapped\":0}\n"
		      "{\"type\":\"end\",\"regions\":5}",
		 "overlap"},
	};
	struct moment *first = large(4), *kept;
	struct delta_reader *reader = delta_reader_open(0);
	size_t i;

	(void)state;
	first->processes[0].pid = 4242;
	give_pages(first, 8);
	refused(reader, DELTA, "is not the moment before");
	kept = sent(reader, NULL, first, "the first");
	/* Whatever was refused, the moment before is still there to go on from. */
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		refused(reader, rows[i].lines, rows[i].sentence);
		moment_free(sent(reader, first, first, rows[i].sentence));
	}
	delta_reader_rewind(reader, NULL);
	refused(reader, DELTA, "is not the moment before");
	delta_reader_rewind(reader, kept);
	moment_free(kept);
	moment_free(sent(reader, first, first, "after a rewind"));
	moment_free(first);
	delta_reader_close(reader);
}

/* A column line of n items at the front of a new VMA, or of one region; NUL-terminated. */
static struct buf column(const char *head, const char *first, size_t n, const char *rest)
{
	struct buf text = {0};
	size_t i;

	buf_printf(&text, "%s[\"%s\"", head, first);
	for (i = 1; i < n; i++)
		buf_puts(&text, ",1");
	buf_printf(&text, "]%s}", rest);
	return text;
}

static void refused_behind_head(struct delta_reader *reader, const struct buf *line, const char *sentence)
{
	struct json_problem problem;
	struct moment *moment;

	assert_int_equal(delta_read_line(reader, DELTA, strlen(DELTA), &moment, &problem), 0);
	assert_int_equal(delta_read_line(reader, line->data, line->len, &moment, &problem), -EBADMSG);
	if (!strstr(problem.text, sentence))
		fail_msg("'%s' is not in '%s'", sentence, problem.text);
}

#define REGION_REST                                                                                          \
	",\"len\":4096,\"mapping\":\"pte\",\"backing\":\"small\",\"state\":\"pte-mapped\",\"how\":"          \
	"\"model\","                                                                                         \
	"\"present\":1,\"swapped\":0"

/* A far end makes no more memory than a moment has, nor more work than a line, by columns of few bytes. */
static void too_much(void **state)
{
	struct moment *first = large(4), *kept;
	struct delta_reader *reader = delta_reader_open(0);
	char name[2001];
	struct buf line, rest = {0};

	(void)state;
	first->processes[0].pid = 4242;
	kept = sent(reader, NULL, first, "the first");
	/* Regions, and one name in many VMAs. */
	reader->most = 1 << 20;
	line = column(REGION, "0x600000000000", 20000, REGION_REST);
	refused_behind_head(reader, &line, "larger than any");
	buf_fini(&line);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	buf_printf(&rest,
		   ",\"end\":\"0x700000000000\",\"perms\":\"rw-p\",\"kind\":\"file\",\"name\":\"%s\","
		   "\"present_kb\":0,\"pmd_kb\":0,\"slots\":0,\"fragments\":0",
		   name);
	line = column("{\"type\":\"vma\",\"pid\":4242,\"start\":", "0x600000000000", 2000, rest.data);
	refused_behind_head(reader, &line, "larger than any");
	buf_fini(&line);
	buf_fini(&rest);
	moment_free(kept);
	moment_free(first);
	delta_reader_close(reader);
}

/* The same region, changed once more than any line of ours would, each time from what it was. */
static void too_often(void **state)
{
	struct moment *first = large(4);
	struct delta_reader *reader = delta_reader_open(0);
	struct buf line = {0};
	size_t i;

	(void)state;
	first->processes[0].pid = 4242;
	moment_free(sent(reader, NULL, first, "the first"));
	buf_puts(&line, REGION "[\"0x7f0000000000\"");
	for (i = 0; i < 500000; i++)
		buf_puts(&line, ",0");
	buf_puts(&line, "]}");
	reader->worked_most = 1 << 20;
	refused_behind_head(reader, &line, "again and again");
	buf_fini(&line);
	moment_free(first);
	delta_reader_close(reader);
}

/* A column line whose other keys go into each of its many items: 90 kB that would be 40 million values. */
static void too_wide(void **state)
{
	struct moment *first = large(4);
	struct delta_reader *reader = delta_reader_open(0);
	struct buf line, keys = {0};
	size_t i;

	(void)state;
	first->processes[0].pid = 4242;
	moment_free(sent(reader, NULL, first, "the first"));
	buf_puts(&keys, REGION_REST);
	for (i = 0; i < 10000; i++)
		buf_printf(&keys, ",\"k%zu\":0", i);
	line = column(REGION, "0x600000000000", 4000, keys.data);
	refused_behind_head(reader, &line, "again and again");
	buf_fini(&line);
	buf_fini(&keys);
	moment_free(first);
	delta_reader_close(reader);
}

/* Where a delta would not do a moment is whole, and a delta alone is no snapshot. */
static void whole(void **state)
{
	struct moment *one = sample_plain(), *other = copied(one), *again;
	struct json_problem problem;
	struct buf text;

	(void)state;
	other->page_size = 1024;
	text = delta_of(one, other);
	assert_null(strstr(text.data, "\"delta\""));
	buf_fini(&text);
	text = delta_of(one, one);
	assert_int_equal(json_read(text.data, text.len, false, &again, &problem), -EBADMSG);
	assert_non_null(strstr(problem.text, "what changed since another moment"));
	buf_fini(&text);
	moment_free(one);
	moment_free(other);
}

static int fail_write(void *ctx, const char *bytes, size_t n)
{
	(void)bytes;
	(void)n;
	return *(int *)ctx;
}

static void full_disk(void **state)
{
	struct moment *one = large(9000), *other = copied(one);
	int err = -ENOSPC;
	struct sink sink = {fail_write, &err};

	(void)state;
	one->processes[0].n_vmas = one->processes[0].n_regions = 0;
	assert_int_equal(delta_write(NULL, other, &sink), -ENOSPC);
	assert_int_equal(delta_write(one, other, &sink), -ENOSPC);
	assert_int_equal(delta_write(other, one, &sink), -ENOSPC);
	moment_free(one);
	moment_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_changed),
		cmocka_unit_test(only_totals),
		cmocka_unit_test(few_regions),
		cmocka_unit_test(many_regions),
		cmocka_unit_test(collapse),
		cmocka_unit_test(split),
		cmocka_unit_test(unmapped),
		cmocka_unit_test(mapped),
		cmocka_unit_test(cut),
		cmocka_unit_test(hole),
		cmocka_unit_test(first),
		cmocka_unit_test(chains),
		cmocka_unit_test(orders),
		cmocka_unit_test(emptied),
		cmocka_unit_test(clocks),
		cmocka_unit_test(heat_once),
		cmocka_unit_test(nonsense),
		cmocka_unit_test(too_much),
		cmocka_unit_test(too_often),
		cmocka_unit_test(too_wide),
		cmocka_unit_test(whole),
		cmocka_unit_test(full_disk),
	};

	return cmocka_run_group_tests_name("format_delta", tests, NULL, NULL);
}
