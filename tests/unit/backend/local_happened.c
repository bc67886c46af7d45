/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens to a specimen on this kernel is told by the next live sample: by whom, with which verdict, once. */
#include "happened_common.h"

#include <unistd.h>

#include "../skip.h"
#include "local/happened_parts.h"
#include "local/local_parts.h"
#include "knobs.h"

static struct source *source;
static pid_t specimen;
static struct knobs knobs = {.lock = -1};

static int setup(void **state)
{
	(void)state;
	source = open_source();
	assert_int_equal(source_spawn(source, &specimen), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	source_close(source);
	if (knobs.lock >= 0)
		close(knobs.lock);
	knobs.lock = -1;
	return 0;
}

static struct moment *sample(void)
{
	const struct watch watch = {.pids = &specimen, .n = 1, .follow = true, .live = true};

	return source_sample(source, &watch);
}

static void needs_tracepoints(void)
{
	if (!capable(&source->caps, CAP_TRACEPOINTS))
		SKIP("tracepoints", "%s", source->caps.missing[CAP_TRACEPOINTS]);
}

/* A, of huge pages. */
static void make_area(const char *line)
{
	const struct region *region;
	struct moment *moment;
	bool scan, pmd;

	do_act(source, line);
	do_act(source, "touch A");
	if (act(source, "collapse A"))
		printf("# collapse: %s\n", source->error);
	moment = sample();
	region = process_region_at(&moment->processes[0], place_of(source, "main", "A").start);
	scan = capable(&moment->caps, CAP_PAGEMAP_SCAN);
	pmd = region && region->mapping == MAPPING_PMD;
	moment_free(moment);
	if (!scan)
		SKIP("pagemap_scan", "how regions are mapped is not known without it");
	if (!pmd)
		SKIP("thp", "no huge page was to be had");
}

static int64_t delta(const struct event *event, const char *name)
{
	size_t i;

	for (i = 0; i < event->n_deltas; i++)
		if (!strcmp(event->deltas[i].name, name))
			return event->deltas[i].by;
	return 0;
}

/* Samples until one has such an event; NULL: none had. */
static struct moment *wait_for(enum event_kind kind, pid_t pid, uint64_t addr)
{
	struct moment *moment;
	int i;

	for (i = 0; i < TRIES; i++) {
		moment = sample();
		print_events(moment);
		if (event_at(moment, kind, pid, addr))
			return moment;
		moment_free(moment);
		nap();
	}
	fail_msg("no %s was told", event_name(kind));
	return NULL;
}

/* The first collapse of the specimen with this verdict; and how many there are. */
static const struct event *judged(const struct moment *moment, const char *verdict, size_t *n)
{
	const struct event *first = NULL;
	size_t i;

	for (i = 0, *n = 0; i < moment->n_events; i++) {
		const struct event *event = &moment->events[i];

		if (event->kind != EVENT_COLLAPSE || event->pid != specimen ||
		    strcmp(event->verdict, verdict) != 0)
			continue;
		first = first ? first : event;
		++*n;
	}
	return first;
}

/*
 * Samples until one tells of several regions with one verdict. (At the first look the last pages that were touched may be on
 * no LRU list yet: then their region has another verdict.)
 */
static struct moment *wait_for_looks(const char *verdict)
{
	const struct event *event;
	struct moment *moment;
	size_t n;
	int i;

	for (i = 0; i < TRIES; i++) {
		moment = sample();
		print_events(moment);
		event = judged(moment, verdict, &n);
		if (event && strstr(event->why, " regions"))
			return moment;
		moment_free(moment);
		nap();
	}
	fail_msg("no two regions were %s at a time", verdict);
	return NULL;
}

/* Nothing happens, and nothing is told: not at the first sample either. */
static void test_quiet(void **state)
{
	struct moment *moment;
	int i;

	(void)state;
	make_area("map anon 8M as A hugepage");
	moment_free(sample());
	for (i = 0; i < 5; i++) {
		moment = sample();
		print_events(moment);
		assert_int_equal(count_events(moment, EVENT_MAPPING), 0);
		assert_int_equal(count_events(moment, EVENT_FORK) + count_events(moment, EVENT_EXIT), 0);
		moment_free(moment);
	}
}

/* The specimen collapses its own memory. */
static void test_collapse(void **state)
{
	const struct event *event;
	struct moment *moment;
	uint64_t addr;

	(void)state;
	make_area("map anon 8M as A");
	needs_tracepoints();
	do_act(source, "split A[1]");
	moment_free(sample());
	do_act(source, "collapse A[1]");
	addr = place_of(source, "main", "A").start + source->pmd_size;
	moment = wait_for(EVENT_COLLAPSE, specimen, addr);
	event = event_at(moment, EVENT_COLLAPSE, specimen, addr);
	assert_string_equal(event->verdict, "succeeded");
	assert_int_equal(event->by_pid, specimen);
	assert_string_equal(event->how, "madvise(MADV_COLLAPSE)");
	assert_true(event->why[0] != '\0');
	assert_int_equal(event->len, source->pmd_size);
	assert_false(event->triggered);
	assert_int_equal(event->n_effects, 1);
	assert_int_equal(event->effects[0].before.mapping, MAPPING_PTE);
	assert_int_equal(event->effects[0].after.mapping, MAPPING_PMD);
	assert_int_equal(count_events(moment, EVENT_MAPPING), 0);
	moment_free(moment);
	moment = sample();
	assert_int_equal(count_events(moment, EVENT_COLLAPSE), 0);
	moment_free(moment);
}

/* Memory of small pages, whose frames no region names: which one it was is found by what changed. */
static void test_small(void **state)
{
	const struct event *event;
	struct moment *moment;
	bool first = false, third = false;
	uint64_t start;
	int i;

	(void)state;
	make_area("map anon 8M as A");
	needs_tracepoints();
	/* (Memory that was not advised, and is small in any case, is left alone by khugepaged, which may be in a hurry.) */
	do_act(source, "map anon 6M as B");
	do_act(source, "touch B");
	do_act(source, "split-folio B");
	moment_free(sample());
	do_act(source, "collapse B[2]");
	do_act(source, "collapse B[0]");
	start = place_of(source, "main", "B").start;
	for (i = 0; i < TRIES && !(first && third); i++) {
		moment = sample();
		print_events(moment);
		event = event_at(moment, EVENT_COLLAPSE, specimen, start);
		first = first || (event && event->n_effects == 1 && !strcmp(event->verdict, "succeeded") &&
				  event->effects[0].before.mapping == MAPPING_PTE);
		third = third || event_at(moment, EVENT_COLLAPSE, specimen, start + 2 * source->pmd_size);
		if (!count_events(moment, EVENT_LOST))
			assert_int_equal(count_events(moment, EVENT_MAPPING), 0);
		moment_free(moment);
	}
	assert_true(first && third);
}

/* A look at what is empty, or huge already, is none. */
static void test_idle(void **state)
{
	struct moment *moment;

	(void)state;
	make_area("map anon 8M as A");
	needs_tracepoints();
	do_act(source, "discard A[1]");
	moment_free(sample());
	act(source, "collapse A[0]");
	act(source, "collapse A[1]");
	moment = sample();
	print_events(moment);
	assert_null(event_at(moment, EVENT_COLLAPSE, specimen, 0));
	moment_free(moment);
}

/* mprotect of one page: nobody tells who split the mapping, so comparing does, with what vmstat counted. */
static void test_split(void **state)
{
	const struct event *event;
	struct moment *moment;
	uint64_t addr;

	(void)state;
	make_area("map anon 8M as A");
	moment_free(sample());
	do_act(source, "protect A[2]+0 4k r");
	do_act(source, "protect A[2]+0 4k rw");
	addr = place_of(source, "main", "A").start + 2 * source->pmd_size;
	moment = sample();
	print_events(moment);
	event = event_at(moment, EVENT_MAPPING, specimen, addr);
	assert_non_null(event);
	assert_int_equal(event->len, source->pmd_size);
	assert_int_equal(strncmp(event->why, "pmd -> pte: ", 12), 0);
	assert_true(delta(event, "thp_split_pmd") >= 1);
	assert_int_equal(event->n_effects, 1);
	assert_true(event->effects[0].had && event->effects[0].has);
	assert_int_equal(event->effects[0].before.mapping, MAPPING_PMD);
	assert_int_equal(event->effects[0].after.mapping, MAPPING_PTE);
	assert_int_equal(count_events(moment, EVENT_MAPPING), 1);
	moment_free(moment);
	moment = sample();
	assert_int_equal(count_events(moment, EVENT_MAPPING), 0);
	moment_free(moment);
}

/* Side by side, and alike: one event. */
static void test_run(void **state)
{
	const struct event *event;
	struct moment *moment;
	uint64_t addr;

	(void)state;
	make_area("map anon 16M as A");
	moment_free(sample());
	do_act(source, "split A[1]");
	do_act(source, "split A[2]");
	do_act(source, "split A[3]");
	do_act(source, "split A[5]");
	addr = place_of(source, "main", "A").start;
	moment = sample();
	print_events(moment);
	event = event_at(moment, EVENT_MAPPING, specimen, addr + source->pmd_size);
	assert_non_null(event);
	assert_int_equal(event->len, 3 * source->pmd_size);
	assert_int_equal(event->n_effects, 3);
	assert_non_null(strstr(event->why, "3 regions"));
	event = event_at(moment, EVENT_MAPPING, specimen, addr + 5 * source->pmd_size);
	assert_non_null(event);
	assert_int_equal(event->n_effects, 1);
	moment_free(moment);
}

/* What a trigger has told is not told again; what it left otherwise than it said is. */
static void test_told(void **state)
{
	struct local_source *local = local_of(source);
	struct event_effect effect = {.pid = specimen, .has = true};
	struct event event = {.pid = specimen, .effects = &effect, .n_effects = 1};
	const struct event *told;
	const struct trace_record *records;
	struct moment *moment, *before;
	uint64_t addr;

	(void)state;
	make_area("map anon 8M as A");
	before = sample();
	addr = place_of(source, "main", "A").start;
	do_act(source, "split A[0]");
	do_act(source, "split A[2]");
	do_act(source, "split A[3]");
	do_act(source, "collapse A[3]");
	happened_listen(local->happened, &records);
	effect.addr = event.addr = addr;
	event.len = source->pmd_size;
	effect.after = *process_region_at(&before->processes[0], addr);
	effect.after.mapping = MAPPING_PTE;
	happened_told(local->happened, &event, specimen, before->mono_ns, UINT64_MAX);
	effect.addr = event.addr = addr + 2 * source->pmd_size;
	effect.after.mapping = MAPPING_PMD;
	happened_told(local->happened, &event, specimen, before->mono_ns, UINT64_MAX);
	moment_free(before);
	moment = sample();
	print_events(moment);
	assert_null(event_at(moment, EVENT_MAPPING, specimen, addr));
	told = event_at(moment, EVENT_MAPPING, specimen, addr + 2 * source->pmd_size);
	assert_non_null(told);
	assert_int_equal(count_events(moment, EVENT_COLLAPSE), 0);
	moment_free(moment);
}

/* khugepaged, made to hurry: by whom, whose, where. */
static void test_khugepaged(void **state)
{
	static const char *const names[KNOBS] = {KHUGEPAGED "scan_sleep_millisecs",
						 KHUGEPAGED "alloc_sleep_millisecs",
						 KHUGEPAGED "pages_to_scan", KHUGEPAGED "max_ptes_none"};
	static const char *const values[KNOBS] = {"10", "10", "65536", "100"};
	const struct event *event;
	struct moment *moment = NULL, *look = NULL;
	bool writable = true;
	uint64_t addr;
	size_t n;
	int i;

	(void)state;
	knobs_lock(&knobs);
	make_area("map anon 4M as A");
	needs_tracepoints();
	do_act(source, "map anon 6M as B nohugepage");
	do_act(source, "touch B");
	moment_free(sample());
	for (i = 0; i < KNOBS; i++)
		writable = writable && !knob_note(&knobs, names[i]);
	knobs_guard(&knobs);
	for (i = 0; i < KNOBS; i++)
		writable = writable && !knob_write(names[i], values[i]);
	addr = place_of(source, "main", "B").start + 2 * source->pmd_size;
	if (writable) {
		do_act(source, "advise B hugepage");
		moment = wait_for(EVENT_COLLAPSE, specimen, addr);
		do_act(source, "map anon 4M as C nohugepage");
		do_act(source, "touch C[0]+0 128k");
		do_act(source, "touch C[1]+0 128k");
		do_act(source, "advise C hugepage");
		look = wait_for_looks("exceed_none_pte");
	}
	knobs_release(&knobs);
	if (!writable)
		SKIP("root", "khugepaged's knobs cannot be written");
	event = event_at(moment, EVENT_COLLAPSE, specimen, addr);
	assert_string_equal(event->by, "khugepaged");
	assert_true(event->by_pid > 0 && event->by_pid != specimen);
	assert_string_equal(event->how, "");
	assert_string_equal(event->verdict, "succeeded");
	assert_int_equal(event->n_effects, 1);
	assert_int_equal(event->effects[0].after.mapping, MAPPING_PMD);
	moment_free(moment);
	/* Nothing changed, and frames of small pages are not known: no address. */
	event = judged(look, "exceed_none_pte", &n);
	assert_int_equal(n, 1);
	assert_string_equal(event->by, "khugepaged");
	assert_int_equal(event->len, 0);
	assert_int_equal(event->n_effects, 0);
	assert_non_null(strstr(event->why, "max_ptes_none"));
	moment_free(look);
}

static void becomes(struct region before, struct region after, const char *text)
{
	const struct change change = {.before = before, .after = after, .has = true};
	struct arena arena = {0};
	const char *said = happened_change_text(&change, 1, &arena);

	if (!strstr(said, text) || (!strstr(text, "disbanded") && strstr(said, "disbanded")))
		fail_msg("'%s' does not say '%s'", said, text);
	arena_fini(&arena);
}

/* A team is disbanded where ordinary pages of the file are there, and not where one who maps it wrote. */
static void test_team(void **state)
{
	const struct region pmd = {.mapping = MAPPING_PMD, .backing = BACKING_TEAM, .file = 512};
	const struct region small = {.mapping = MAPPING_PTE, .backing = BACKING_SMALL, .file = 512};
	const struct region mixed = {
		.mapping = MAPPING_PTE, .backing = BACKING_MIXED, .file = 496, .anon = 16};
	const struct region copies = {.mapping = MAPPING_PTE, .backing = BACKING_SMALL, .anon = 512};
	const struct region hidden = {.mapping = MAPPING_PTE, .backing = BACKING_UNKNOWN, .file = 512};
	struct region ptes = {.mapping = MAPPING_PTE, .backing = BACKING_TEAM, .file = 512}, same = small;

	(void)state;
	becomes(pmd, ptes, "the same team by single ptes");
	becomes(pmd, small, "pmd -> pte: its team was disbanded");
	becomes(pmd, mixed, "the mapping was split, and a part of it is a copy now");
	becomes(pmd, copies, "the mapping was split, and a part of it is a copy now");
	becomes(pmd, hidden, "pmd -> pte: the mapping was split");
	becomes(ptes, small, "team -> small: its team was disbanded");
	becomes(ptes, mixed, "team -> mixed: a part of it is a copy now");
	becomes(ptes, copies, "team -> small: other memory is behind it");
	/* In their frames still, and never a huge page. */
	ptes.how = same.how = HOW_PAGEMAP_SCAN;
	becomes(ptes, same, "team -> small: its team was disbanded");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_team),
		cmocka_unit_test_setup_teardown(test_quiet, setup, teardown),
		cmocka_unit_test_setup_teardown(test_collapse, setup, teardown),
		cmocka_unit_test_setup_teardown(test_small, setup, teardown),
		cmocka_unit_test_setup_teardown(test_idle, setup, teardown),
		cmocka_unit_test_setup_teardown(test_split, setup, teardown),
		cmocka_unit_test_setup_teardown(test_run, setup, teardown),
		cmocka_unit_test_setup_teardown(test_told, setup, teardown),
		cmocka_unit_test_setup_teardown(test_khugepaged, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
