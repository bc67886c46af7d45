/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Triggers on the specimen: each whole transaction, judged by the facts before and after that its event carries. */
#include "local_common.h"

#include <fcntl.h>
#include <unistd.h>

#include "core/aftermath.h"
#include "knobs.h"

struct bench {
	struct source *source;
	struct arena arena;
	struct event event;
	struct watch watch; /* the whole family */
	pid_t pids[8];
};

static int setup(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	bench->source = open_source();
	if (source_spawn(bench->source, &bench->pids[0]))
		fail_msg("%s", bench->source->error);
	bench->watch = (struct watch){.pids = bench->pids, .n = 1};
	*state = bench;
	return 0;
}

static int teardown(void **state)
{
	struct bench *bench = *state;

	source_close(bench->source);
	arena_fini(&bench->arena);
	free(bench);
	return 0;
}

static int try(struct bench *bench, enum trigger_kind kind, enum trigger_way way, const char *process,
	       const char *area)
{
	const struct place place = place_of(bench->source, process, area);
	const struct trigger trigger = {
		.kind = kind, .way = way, .pid = place.pid, .addr = place.start, .order = -1};

	return source_trigger(bench->source, &trigger, &bench->watch, &bench->arena, &bench->event);
}

static const struct event *pull(struct bench *bench, enum trigger_kind kind, enum trigger_way way,
				const char *process, const char *area)
{
	const struct place place = place_of(bench->source, process, area);
	const struct event *event = &bench->event;

	if (try(bench, kind, way, process, area))
		fail_msg("%s of %s %s: %s", trigger_name(kind), process, area, bench->source->error);
	assert_true(event->triggered);
	assert_int_equal(event->pid, place.pid);
	assert_int_equal(event->by_pid, place.pid);
	assert_true(event->n_effects >= 1);
	assert_int_equal(event->effects[0].pid, place.pid);
	assert_int_equal(event->effects[0].addr, place.start);
	assert_true(*event->how && *event->why && event->mono_ns && event->wall_ns);
	return event;
}

static void expect_mapping(const struct event_effect *effect, enum mapping before, enum mapping after)
{
	if (!effect->had || !effect->has || effect->before.mapping != before ||
	    effect->after.mapping != after)
		fail_msg("mapping of %d: %s, then %s", (int)effect->pid,
			 effect->had ? mapping_name(effect->before.mapping) : "nothing",
			 effect->has ? mapping_name(effect->after.mapping) : "nothing");
}

/* What the kernel said, where it can be heard. */
static void expect_verdict(const struct event *event, const char *word)
{
	if (!trace_missing())
		assert_string_equal(event->verdict, word);
}

static void expect_why(const struct event *event, const char *says)
{
	if (!strstr(event->why, says))
		fail_msg("'%s' does not say '%s'", event->why, says);
}

/* What the kernel has moved of anybody's. */
static uint64_t moves(void)
{
	return vmstat("pgmigrate_success") + vmstat("thp_collapse_alloc") + vmstat("pswpout") +
	       vmstat("zswpout");
}

/* It was copied, and no less is said than that, unless the kernel has moved anything since there were so many moves. */
static void expect_copied(const struct event *event, uint64_t before, const char *says)
{
	static const char copied[] = "copied: ",
			  moved[] = "copied, or moved: the kernel may have migrated, collapsed or swapped it "
				    "meanwhile: ";
	const char *why = event->why;

	if (!strncmp(why, copied, strlen(copied)))
		why += strlen(copied);
	else if (!strncmp(why, moved, strlen(moved)) && moves() != before)
		why += strlen(moved);
	else
		fail_msg("'%s' does not say that it was copied", event->why);
	if (strncmp(why, says, strlen(says)) != 0)
		fail_msg("'%s' does not say '%s' of the copy", event->why, says);
}

static const struct event_effect *effect_of(const struct event *event, pid_t pid)
{
	size_t i;

	for (i = 0; i < event->n_effects; i++)
		if (event->effects[i].pid == pid)
			return &event->effects[i];
	return NULL;
}

/* A region of small pages that may become huge, where it can be by khugepaged not. */
static void small(struct bench *bench, const char *name)
{
	const bool unasked = always();
	char line[64];

	snprintf(line, sizeof(line), "map anon 2M as %s%s", name, unasked ? " nohugepage" : "");
	do_act(bench->source, line);
	snprintf(line, sizeof(line), "touch %s", name);
	do_act(bench->source, line);
	snprintf(line, sizeof(line), "advise %s hugepage", name);
	if (unasked)
		do_act(bench->source, line);
}

static void huge(struct bench *bench, const char *name)
{
	char line[64];

	small(bench, name);
	snprintf(line, sizeof(line), "collapse %s", name);
	do_act(bench->source, line);
	/* Against khugepaged, who would undo a split. */
	snprintf(line, sizeof(line), "advise %s nohugepage", name);
	do_act(bench->source, line);
}

static void test_collapse(void **state)
{
	struct bench *bench = *state;
	const struct event *event;

	small(bench, "A");
	event = pull(bench, TRIGGER_COLLAPSE, TRIGGER_WAY_USUAL, "main", "A");
	expect_mapping(&event->effects[0], MAPPING_PTE, MAPPING_PMD);
	expect_verdict(event, "succeeded");
	expect_why(event, "collapsed");
	assert_int_equal(event->error, 0);
	assert_int_equal(event->len, bench->source->pmd_size);
	assert_true(aftermath_done(event));
	event = pull(bench, TRIGGER_COLLAPSE, TRIGGER_WAY_USUAL, "main", "A");
	expect_mapping(&event->effects[0], MAPPING_PMD, MAPPING_PMD);
	expect_verdict(event, "page_pmd_mapped");
	expect_why(event, "already");
}

static void test_collapse_refused(void **state)
{
	struct bench *bench = *state;
	const struct event *event;

	do_act(bench->source, "map anon 2M as A nohugepage");
	do_act(bench->source, "touch A");
	event = pull(bench, TRIGGER_COLLAPSE, TRIGGER_WAY_USUAL, "main", "A");
	expect_mapping(&event->effects[0], MAPPING_PTE, MAPPING_PTE);
	assert_int_equal(event->error, EINVAL);
	assert_string_equal(event->verdict, ""); /* an early EINVAL emits nothing */
	expect_why(event, "the kernel refused: huge pages were forbidden for this memory area (VmFlags nh");
	assert_false(aftermath_done(event));
	/* No guess where another reason is the true one. */
	do_act(bench->source, "map anon 1M as B");
	do_act(bench->source, "touch B");
	event = pull(bench, TRIGGER_COLLAPSE, TRIGGER_WAY_USUAL, "main", "B");
	assert_int_equal(event->error, EINVAL);
	expect_why(event, "the kernel refused: the memory area is too small");
}

static void test_split(void **state)
{
	static const enum trigger_way ways[] = {TRIGGER_WAY_USUAL, TRIGGER_WAY_ADVICE, TRIGGER_WAY_PROTECT};
	struct bench *bench = *state;
	const struct event *event;
	char name[8];
	size_t i;

	for (i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "A%zu", i);
		huge(bench, name);
		event = pull(bench, TRIGGER_SPLIT, ways[i], "main", name);
		expect_mapping(&event->effects[0], MAPPING_PMD, MAPPING_PTE);
		assert_int_equal(event->effects[0].before.pfn, event->effects[0].after.pfn);
		expect_why(event, "split");
	}
	event = pull(bench, TRIGGER_SPLIT, TRIGGER_WAY_USUAL, "main", "A0");
	expect_why(event, "nothing to split");
	do_act(bench->source, "map shmem 2M as S");
	do_act(bench->source, "touch S");
	do_act(bench->source, "collapse S");
	event = pull(bench, TRIGGER_SPLIT, TRIGGER_WAY_PROTECT, "main", "S");
	assert_int_equal(event->effects[0].before.mapping, MAPPING_PMD);
	assert_int_equal(event->effects[0].after.mapping, MAPPING_PTE);
}

static void test_split_folio(void **state)
{
	struct bench *bench = *state;
	const struct event *event;
	const struct region *after;

	huge(bench, "A");
	event = pull(bench, TRIGGER_SPLIT_FOLIO, TRIGGER_WAY_ADVICE, "main", "A");
	after = &event->effects[0].after;
	expect_mapping(&event->effects[0], MAPPING_PMD, MAPPING_PTE);
	assert_int_equal(event->error, 0);
	if (after->backing == BACKING_UNKNOWN)
		return;
	assert_int_equal(after->backing, BACKING_SMALL);
	expect_why(event, "into folios of order 0");
	assert_true(aftermath_done(event));
	event = pull(bench, TRIGGER_SPLIT_FOLIO, TRIGGER_WAY_ADVICE, "main", "A");
	expect_why(event, "no large folio");
}

/* MADV_COLD of a THP that others map succeeds and does nothing: facts C. */
static void test_split_shared_folio(void **state)
{
	struct bench *bench = *state;
	const struct event *event;

	huge(bench, "A");
	do_act(bench->source, "fork as kid");
	source_family(bench->source, bench->pids, 8, &bench->watch.n);
	event = pull(bench, TRIGGER_SPLIT_FOLIO, TRIGGER_WAY_ADVICE, "main", "A");
	assert_int_equal(event->error, 0);
	if (event->effects[0].after.backing == BACKING_UNKNOWN)
		return;
	assert_int_equal(event->effects[0].after.backing, BACKING_THP);
	expect_why(event, "nothing happened");
	assert_false(aftermath_done(event));
}

static void test_punch(void **state)
{
	struct bench *bench = *state;
	const struct event *event;

	do_act(bench->source, "map shmem 2M as S");
	do_act(bench->source, "touch S");
	do_act(bench->source, "collapse S");
	event = pull(bench, TRIGGER_SPLIT_FOLIO, TRIGGER_WAY_PUNCH, "main", "S");
	assert_int_equal(event->effects[0].before.mapping, MAPPING_PMD);
	assert_int_equal(event->effects[0].before.present, 512);
	assert_true(!event->effects[0].has || event->effects[0].after.present < 512);
	huge(bench, "A");
	assert_int_equal(try(bench, TRIGGER_SPLIT_FOLIO, TRIGGER_WAY_PUNCH, "main", "A"), -ENOTSUP);
	assert_non_null(strstr(bench->source->error, "no file"));
}

static void test_fork_and_cow(void **state)
{
	struct bench *bench = *state;
	const struct event_effect *parent, *kid;
	const struct event *event;
	struct trigger second;
	struct place place;
	uint64_t before;
	pid_t child;

	huge(bench, "A");
	event = pull(bench, TRIGGER_FORK, TRIGGER_WAY_USUAL, "main", "A");
	child = event->child;
	assert_true(child > 0);
	kid = effect_of(event, child);
	assert_non_null(kid);
	assert_true(!kid->had && kid->has && kid->after.mapping == MAPPING_PMD);
	if (capable(&bench->source->caps, CAP_PFN)) {
		/* Both are seen at once, so that it is known how often the huge page is mapped as a whole. */
		assert_int_equal(event->effects[0].before.mapcount.entire, 1);
		assert_int_equal(event->effects[0].after.mapcount.entire, 2);
		assert_int_equal(kid->after.mapcount.total, 2);
	}
	source_family(bench->source, bench->pids, 8, &bench->watch.n);
	assert_int_equal(bench->watch.n, 2);
	/* The child writes: its mapping is split and a page copied; the parent's stays (facts B). */
	before = moves();
	event = pull(bench, TRIGGER_COW, TRIGGER_WAY_WRITE, "child", "A");
	assert_int_equal(event->len, bench->source->page_size);
	expect_mapping(&event->effects[0], MAPPING_PMD, MAPPING_PTE);
	if (capable(&bench->source->caps, CAP_PFN)) {
		parent = effect_of(event, bench->pids[0]);
		assert_non_null(parent);
		expect_mapping(parent, MAPPING_PMD, MAPPING_PMD);
		assert_int_equal(parent->before.mapcount.highest, 2);
		expect_copied(event, before, "the PMD was split, and");
		/* The next page, in a region that is mixed by now and looks as before. */
		place = place_of(bench->source, "child", "A");
		second = (struct trigger){.kind = TRIGGER_COW,
					  .pid = place.pid,
					  .addr = place.start + bench->source->page_size,
					  .order = -1};
		before = moves();
		assert_int_equal(
			source_trigger(bench->source, &second, &bench->watch, &bench->arena, &bench->event),
			0);
		expect_copied(event, before, "4 KiB have a new frame");
		event = pull(bench, TRIGGER_COW, TRIGGER_WAY_POPULATE, "child", "A");
		expect_why(event, "reused");
	}
	event = pull(bench, TRIGGER_FORK, TRIGGER_WAY_USUAL, "main", "A");
	assert_true(event->child && event->child != child);
	place_of(bench->source, "child2", "A");
}

static void test_write_keeps_bytes(void **state)
{
	struct bench *bench = *state;
	const struct event *event;
	struct place place;
	char path[64], was = 0, is = 1;
	FILE *file;

	small(bench, "A");
	place = place_of(bench->source, "main", "A");
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)place.pid);
	file = fopen(path, "re");
	assert_non_null(file);
	setvbuf(file, NULL, _IONBF, 0);
	assert_int_equal(fseeko(file, (off_t)place.start, SEEK_SET), 0);
	assert_int_equal(fread(&was, 1, 1, file), 1);
	event = pull(bench, TRIGGER_COW, TRIGGER_WAY_USUAL, "main", "A");
	assert_int_equal(event->error, 0);
	assert_int_equal(fseeko(file, (off_t)place.start, SEEK_SET), 0);
	assert_int_equal(fread(&is, 1, 1, file), 1);
	fclose(file);
	assert_int_equal(was, is);
}

/* What a menu says of each way: the call, or why it is refused. */
static void foretold(struct bench *bench, enum trigger_kind kind, enum trigger_way way, const char *area,
		     int err, const char *says)
{
	const struct place place = place_of(bench->source, "main", area);
	const struct trigger trigger = {
		.kind = kind, .way = way, .pid = place.pid, .addr = place.start, .order = -1};
	struct buf text = {0};
	const char *said;
	bool asks = true;

	assert_int_equal(source_plan(bench->source, &trigger, &text, &asks), err);
	assert_false(asks);
	said = err ? bench->source->error : text.data;
	if (!strstr(said, says))
		fail_msg("'%s' does not say '%s'", said, says);
	if (!err)
		assert_ptr_equal(strchr(text.data, '\n'), text.data + text.len - 1);
	buf_fini(&text);
}

static void test_plan(void **state)
{
	struct bench *bench = *state;
	int fd = open("/sys/kernel/debug/split_huge_pages", O_WRONLY | O_CLOEXEC);

	huge(bench, "A");
	small(bench, "B");
	do_act(bench->source, "map shmem 2M as S");
	do_act(bench->source, "touch S");
	do_act(bench->source, "collapse S");
	foretold(bench, TRIGGER_COLLAPSE, TRIGGER_WAY_USUAL, "B", 0, "calls madvise(MADV_COLLAPSE)");
	foretold(bench, TRIGGER_SPLIT, TRIGGER_WAY_ADVICE, "A", 0, "MADV_DODUMP");
	foretold(bench, TRIGGER_SPLIT, TRIGGER_WAY_PROTECT, "A", 0, "mprotect");
	foretold(bench, TRIGGER_SPLIT, TRIGGER_WAY_ADVICE, "B", -EINVAL, "not mapped by PMD");
	foretold(bench, TRIGGER_SPLIT_FOLIO, TRIGGER_WAY_DEBUGFS, "A", fd < 0 ? -ENOTSUP : 0,
		 fd < 0 ? "debugfs" : "split_huge_pages");
	foretold(bench, TRIGGER_SPLIT_FOLIO, TRIGGER_WAY_ADVICE, "A", 0, "MADV_COLD");
	foretold(bench, TRIGGER_SPLIT_FOLIO, TRIGGER_WAY_PUNCH, "A", -ENOTSUP,
		 "a hole in its file needs a shared file or memfd");
	foretold(bench, TRIGGER_SPLIT_FOLIO, TRIGGER_WAY_PUNCH, "S", 0, "FALLOC_FL_PUNCH_HOLE");
	if (capable(&bench->source->caps, CAP_PFN))
		foretold(bench, TRIGGER_SPLIT_FOLIO, TRIGGER_WAY_ADVICE, "B", -EINVAL, "no large folio");
	foretold(bench, TRIGGER_COW, TRIGGER_WAY_WRITE, "A", 0, "adds 0");
	foretold(bench, TRIGGER_COW, TRIGGER_WAY_POPULATE, "A", 0, "MADV_POPULATE_WRITE");
	foretold(bench, TRIGGER_COW, TRIGGER_WAY_WRITE, "S", -EINVAL, "shared on purpose");
	foretold(bench, TRIGGER_FORK, TRIGGER_WAY_USUAL, "A", 0, "calls fork");
	if (fd >= 0)
		close(fd);
}

/* A live sample; how many events it tells of a process. */
static size_t events_of(struct bench *bench, pid_t pid, enum mapping *mapping, uint64_t addr)
{
	struct moment *moment = source_sample(bench->source, &bench->watch);
	const struct region *region;
	size_t i, n = 0;

	for (i = 0; i < moment->n_events; i++)
		n += moment->events[i].pid == pid;
	region = process_region_at(&moment->processes[0], addr);
	*mapping = region ? region->mapping : MAPPING_NONE;
	moment_free(moment);
	return n;
}

/* What was triggered shows in the next live moment's map, and is no event there: it was told already. */
static void test_told_once(void **state)
{
	struct bench *bench = *state;
	const pid_t pid = bench->pids[0];
	enum mapping mapping;
	struct place place;

	bench->watch.live = true;
	small(bench, "A");
	place = place_of(bench->source, "main", "A");
	events_of(bench, pid, &mapping, place.start);
	assert_int_equal(mapping, MAPPING_PTE);
	pull(bench, TRIGGER_COLLAPSE, TRIGGER_WAY_USUAL, "main", "A");
	assert_int_equal(events_of(bench, pid, &mapping, place.start), 0);
	assert_int_equal(mapping, MAPPING_PMD);
	do_act(bench->source, "advise A nohugepage");
	pull(bench, TRIGGER_SPLIT, TRIGGER_WAY_USUAL, "main", "A");
	assert_int_equal(events_of(bench, pid, &mapping, place.start), 0);
	assert_int_equal(mapping, MAPPING_PTE);
	pull(bench, TRIGGER_SPLIT_FOLIO, TRIGGER_WAY_ADVICE, "main", "A");
	pull(bench, TRIGGER_FORK, TRIGGER_WAY_USUAL, "main", "A");
	assert_int_equal(events_of(bench, pid, &mapping, place.start), 0);
	/* What nobody was told of is an event. */
	do_act(bench->source, "fork as other");
	if (!trace_missing())
		assert_int_equal(events_of(bench, pid, &mapping, place.start), 1);
}

static void test_refused(void **state)
{
	struct bench *bench = *state;
	struct trigger trigger = {
		.kind = TRIGGER_COLLAPSE, .pid = bench->pids[0], .addr = 0x1000, .order = -1};
	struct source *source = bench->source;
	struct buf text = {0};
	bool asks = true;

	assert_int_equal(source_trigger(source, &trigger, NULL, &bench->arena, &bench->event), -EFAULT);
	trigger.start_time = 1;
	assert_int_equal(source_trigger(source, &trigger, NULL, &bench->arena, &bench->event), -ESRCH);
	assert_non_null(strstr(source->error, "another process"));
	assert_int_equal(source_plan(source, &trigger, &text, &asks), -ESRCH);
	trigger.start_time = 0;
	assert_int_equal(source_plan(source, &trigger, &text, &asks), -EFAULT);
	assert_false(asks);
	assert_true(text.len == 0);
	trigger = (struct trigger){.kind = TRIGGER_FORK, .pid = getpid(), .order = -1};
	assert_int_equal(source_trigger(source, &trigger, NULL, &bench->arena, &bench->event), -ENOTSUP);
	do_act(source, "map shmem 2M as S");
	do_act(source, "touch S");
	assert_int_equal(try(bench, TRIGGER_COW, TRIGGER_WAY_USUAL, "main", "S"), -EINVAL);
	assert_non_null(strstr(source->error, "shared"));
	small(bench, "A");
	assert_int_equal(try(bench, TRIGGER_SPLIT, TRIGGER_WAY_WRITE, "main", "A"), -ENOTSUP);
	/* (Its verdict would be looked for among the process's own records.) */
	trigger = (struct trigger){.kind = TRIGGER_COLLAPSE,
				   .pid = bench->pids[0],
				   .addr = place_of(source, "main", "A").start,
				   .order = -1,
				   .inject = true};
	assert_int_equal(source_trigger(source, &trigger, NULL, &bench->arena, &bench->event), -ENOTSUP);
	assert_non_null(strstr(source->error, "without inject"));
	assert_int_equal(source_plan(source, &trigger, &text, &asks), -ENOTSUP);
	/* A fork of no region in particular. */
	trigger = (struct trigger){.kind = TRIGGER_FORK, .pid = bench->pids[0], .order = -1};
	assert_int_equal(source_trigger(source, &trigger, NULL, &bench->arena, &bench->event), 0);
	assert_true(bench->event.child > 0 && !bench->event.n_effects);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_collapse, setup, teardown),
		cmocka_unit_test_setup_teardown(test_collapse_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_split, setup, teardown),
		cmocka_unit_test_setup_teardown(test_split_folio, setup, teardown),
		cmocka_unit_test_setup_teardown(test_split_shared_folio, setup, teardown),
		cmocka_unit_test_setup_teardown(test_punch, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fork_and_cow, setup, teardown),
		cmocka_unit_test_setup_teardown(test_write_keeps_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_told_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_plan, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
	};

	struct knobs knobs;

	/* Who has the lock changes what becomes huge by itself. */
	knobs_lock(&knobs);
	if (trace_missing())
		printf("# verdicts are not tested: %s\n", trace_missing());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
