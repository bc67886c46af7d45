/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Watching from sample to sample: births, ends, reused PIDs, on a made-up kernel; and samples of a specimen. */
#include "local_common.h"

#include <sys/resource.h>
#include <unistd.h>

#include "core/mem.h"
#include "local/files.h"

/* The processes of the made-up kernel. */
struct fake {
	pid_t pid, parent;
	uint64_t born; /* 0: not there */
	int unread;    /* a negative errno with which it cannot be opened; 0: it can */
};
static struct fake fakes[8];
static struct kernel *fake_kernel;
static unsigned opened, stats_read;
static int pids_error; /* with which there is no list of them; 0: there is */

struct fake_process {
	struct kernel_process process;
	struct fake *fake;
};

static int fake_text(struct kernel *kernel, const char *path, struct buf *out)
{
	(void)kernel;
	(void)path;
	(void)out;
	return -ENOENT;
}

static int fake_pids(struct kernel *kernel, pid_t **pids, size_t *n)
{
	size_t i, room = 0;

	(void)kernel;
	*pids = NULL;
	*n = 0;
	if (pids_error)
		return pids_error;
	for (i = 0; i < 8; i++) {
		if (!fakes[i].born)
			continue;
		mem_grow(pids, &room, *n + 1, sizeof(**pids));
		(*pids)[(*n)++] = fakes[i].pid;
	}
	return 0;
}

static int fake_open(struct kernel *kernel, pid_t pid, struct kernel_process **out)
{
	struct fake_process *process;
	size_t i;

	for (i = 0; i < 8; i++)
		if (fakes[i].pid == pid && fakes[i].born)
			break;
	if (i == 8)
		return -ENOENT;
	if (fakes[i].unread)
		return fakes[i].unread;
	process = mem_alloc(sizeof(*process));
	process->process = (struct kernel_process){kernel, pid, fakes[i].born};
	process->fake = &fakes[i];
	*out = &process->process;
	opened++;
	return 0;
}

static void fake_close(struct kernel_process *process)
{
	opened--;
	free(process);
}

static int fake_process_text(struct kernel_process *base, const char *name, struct buf *out)
{
	const struct fake *fake = ((struct fake_process *)base)->fake;

	if (fake->born != base->start_time)
		return -ESRCH;
	if (!strcmp(name, "stat")) {
		stats_read++;
		buf_printf(out, "%d (x) S %d", (int)fake->pid, (int)fake->parent);
		buf_puts(out, " 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0 ");
		buf_printf(out, "%lu 0 0\n", fake->born);
	} else if (!strcmp(name, "maps")) {
		buf_puts(out, "10000-20000 rw-p 00000000 00:00 0 \n");
	} else {
		return -ENOENT;
	}
	return 0;
}

static ssize_t fake_pagemap(struct kernel_process *process, uint64_t addr, size_t n, uint64_t *words)
{
	(void)process;
	(void)addr;
	memset(words, 0, n * sizeof(*words));
	return (ssize_t)n;
}

static void fake_kernel_close(struct kernel *kernel)
{
	free(kernel);
}

static struct source *fake_source(void)
{
	static const struct kernel_ops ops = {.source = "fake",
					      .close = fake_kernel_close,
					      .text = fake_text,
					      .pids = fake_pids,
					      .process_open = fake_open,
					      .process_close = fake_close,
					      .process_text = fake_process_text,
					      .pagemap = fake_pagemap};
	struct kernel *kernel = fake_kernel = mem_alloc(sizeof(*kernel));
	struct source *source;
	char error[256];

	kernel->ops = &ops;
	kernel->wall_ns = 5;
	kernel_probe_sizes(kernel, 4096);
	memset(fakes, 0, sizeof(fakes));
	fakes[0] = (struct fake){10, 1, 100};
	fakes[1] = (struct fake){11, 10, 101};
	fakes[2] = (struct fake){12, 11, 102};
	fakes[3] = (struct fake){13, 1, 103};
	opened = stats_read = 0;
	assert_int_equal(local_source_open(kernel, NULL, &source, error, sizeof(error)), 0);
	return source;
}

/* Samples PID 10 and compares "pid:outcome" of all that is in the moment. */
static void sample_began_is(struct source *source, bool follow, uint64_t start_time, const char *wanted)
{
	static const pid_t pid = 10;
	const struct watch watch = {.pids = &pid, .start_times = &start_time, .n = 1, .follow = follow};
	struct moment *moment = source_sample(source, &watch);
	struct buf text = {0};
	size_t i;

	for (i = 0; i < moment->n_processes; i++) {
		buf_printf(&text, "%s%d:%d", i ? " " : "", (int)moment->processes[i].pid,
			   (int)moment->processes[i].outcome);
		/* Who was there before has exited; it is not that there never was such a process. */
		if (start_time && moment->processes[i].outcome == OUTCOME_GONE)
			assert_string_equal(moment->processes[i].reason, "it has exited");
	}
	assert_string_equal(text.data, wanted);
	buf_fini(&text);
	moment_free(moment);
}

static void sample_is(struct source *source, bool follow, const char *wanted)
{
	sample_began_is(source, follow, 0, wanted);
}

static void test_follow(void **state)
{
	struct source *source = fake_source();

	(void)state;
	sample_is(source, true, "10:0 11:0 12:0");
	stats_read = 0;
	sample_is(source, true, "10:0 11:0 12:0");
	assert_int_equal(stats_read, 3); /* the surveys' own: nobody new */
	fakes[4] = (struct fake){14, 12, 104};
	sample_is(source, true, "10:0 11:0 12:0 14:0");
	/* 11 exits: told once, then left out; its child stays, and so do children born later. */
	fakes[1].born = 0;
	fakes[2].parent = 1;
	sample_is(source, true, "10:0 11:1 12:0 14:0");
	sample_is(source, true, "10:0 12:0 14:0");
	fakes[5] = (struct fake){15, 14, 105};
	sample_is(source, true, "10:0 12:0 14:0 15:0");
	assert_int_equal(opened, 3); /* 15 was sampled once */
	sample_is(source, false, "10:0");
	assert_int_equal(opened, 1);
	sample_is(source, true, "10:0");
	source_close(source);
	assert_int_equal(opened, 0);
}

/* A child that could not be looked at when it was born is one nevertheless. */
static void test_follow_late(void **state)
{
	struct source *source = fake_source();

	(void)state;
	sample_is(source, true, "10:0 11:0 12:0");
	fakes[4] = (struct fake){14, 12, 104, -EMFILE};
	sample_is(source, true, "10:0 11:0 12:0");
	fakes[4].unread = 0;
	pids_error = -EMFILE;
	sample_is(source, true, "10:0 11:0 12:0");
	pids_error = 0;
	sample_is(source, true, "10:0 11:0 12:0 14:0");
	stats_read = 0;
	sample_is(source, true, "10:0 11:0 12:0 14:0");
	assert_int_equal(stats_read, 4); /* the surveys' own */
	source_close(source);
}

static void test_gone_and_reused(void **state)
{
	struct source *source = fake_source();

	(void)state;
	sample_is(source, false, "10:0");
	fakes[0].born = 0;
	sample_is(source, false, "10:1");
	fakes[0].born = 500;
	sample_is(source, false, "10:2");
	sample_is(source, false, "10:2");
	source_close(source);
}

/* Also where it was never held: one sample, and at the second another has the PID. */
static void test_reused_at_once(void **state)
{
	struct source *source = fake_source();

	(void)state;
	sample_is(source, false, "10:0");
	assert_int_equal(opened, 0);
	fakes[0].born = 500;
	sample_is(source, false, "10:2");
	source_close(source);
	assert_int_equal(opened, 0);
}

/* Who was chosen from a list is known before the first sample; another one may be chosen by the same PID later. */
static void test_reused_before(void **state)
{
	struct source *source = fake_source();

	(void)state;
	sample_began_is(source, false, 99, "10:2");
	sample_began_is(source, false, 100, "10:0");
	fakes[0].born = 0;
	sample_began_is(source, false, 100, "10:1");
	fakes[0].born = 100;
	fakes[0].born = 500;
	sample_began_is(source, false, 100, "10:2");
	sample_began_is(source, false, 500, "10:0");
	sample_is(source, false, "10:0");
	source_close(source);
	assert_int_equal(opened, 0);
}

/* A limit that leaves nothing to hold anything with: every survey opens anew. */
static void test_few_descriptors(void **state)
{
	struct source *source = fake_source();
	struct rlimit before, few;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){40, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(files_handles(), 2);
	sample_is(source, true, "10:0 11:0 12:0");
	sample_is(source, true, "10:0 11:0 12:0");
	assert_int_equal(opened, 2);
	few.rlim_cur = 8;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(files_handles(), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	source_close(source);
}

/* Nobody has the PID, or it cannot be told who has it. */
static void test_trigger_unread(void **state)
{
	static const struct {
		int met, told;
		const char *sentence;
	} cases[] = {
		{-ENOENT, -ESRCH, "there is no process 10"},
		{-ESRCH, -ESRCH, "there is no process 10"},
		{-EACCES, -EPERM, "process 10 belongs to somebody else"},
		{-EMFILE, -EMFILE, "process 10: Too many open files"},
		{-ENOMEM, -ENOMEM, "process 10: Cannot allocate memory"},
	};
	const struct trigger trigger = {.kind = TRIGGER_COW, .pid = 10, .addr = 0x10000};
	struct source *source = fake_source();
	struct arena arena = {0};
	struct buf text = {0};
	struct event event;
	bool asks;
	size_t i;

	(void)state;
	fake_kernel->here = true;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fakes[0].unread = cases[i].met;
		assert_int_equal(source_trigger(source, &trigger, NULL, &arena, &event), cases[i].told);
		assert_string_equal(source->error, cases[i].sentence);
		assert_int_equal(source_plan(source, &trigger, &text, &asks), cases[i].told);
		assert_string_equal(source->error, cases[i].sentence);
	}
	buf_fini(&text);
	arena_fini(&arena);
	fake_kernel->here = false;
	source_close(source);
}

static void test_never_there(void **state)
{
	struct source *source = fake_source();

	(void)state;
	fakes[0].born = fakes[1].born = fakes[2].born = 0;
	sample_is(source, true, "10:1");
	/* Born after the first look: the watch was for whoever has this PID. */
	fakes[0].born = 500;
	fakes[1].born = 501;
	sample_is(source, true, "10:0 11:0");
	source_close(source);
}

static void test_without_specimen(void **state)
{
	struct source *source = fake_source();
	struct moment *moment;
	pid_t pid = 10;

	(void)state;
	assert_int_equal(source_spawn(source, &pid), -ENOTSUP);
	assert_non_null(strstr(source->error, "a running kernel only"));
	refused(source, "touch A", -ESRCH, "no specimen has been started");
	moment = source_examine(source, 10, 0x10000);
	assert_int_equal(moment->n_processes, 1);
	assert_int_equal(moment->wall_ns, 5);
	assert_int_equal(moment->seq, 0);
	assert_false(capable(&moment->caps, CAP_SPECIMEN));
	moment_free(moment);
	source_close(source);
}

/* A real one, for list reads /proc/PID/stat by path. */
static void test_list(void **state)
{
	struct source *source = open_source();
	struct arena arena = {0};
	struct listed *list;
	pid_t pid;
	size_t n, i;

	(void)state;
	assert_int_equal(source_spawn(source, &pid), 0);
	assert_int_equal(source_list(source, &arena, &list, &n), 0);
	for (i = 0; i < n && list[i].pid != pid; i++)
		;
	assert_true(i < n);
	assert_string_equal(list[i].comm, "specimen");
	assert_int_equal(list[i].parent, getpid());
	arena_fini(&arena);
	source_close(source);
}

static void test_specimen(void **state)
{
	struct source *source = open_source();
	struct moment *first, *second;
	const struct process *kid;
	struct place place;
	struct watch watch;
	pid_t pid;

	(void)state;
	assert_int_equal(source_spawn(source, &pid), 0);
	do_act(source, "map anon 4M as A");
	do_act(source, "touch A[1]+64k 8k");
	watch = (struct watch){.pids = &pid, .n = 1, .follow = true};
	first = source_sample(source, &watch);
	assert_int_equal(first->n_processes, 1);
	assert_string_equal(first->processes[0].comm, "specimen");
	do_act(source, "fork as kid");
	second = source_sample(source, &watch);
	assert_int_equal(second->n_processes, 2);
	assert_int_equal(second->seq, first->seq + 1);
	assert_true(second->mono_ns > first->mono_ns);
	assert_true(capable(&second->caps, CAP_SPECIMEN));
	kid = &second->processes[1];
	place = place_of(source, "kid", "A");
	assert_int_equal(kid->pid, place.pid);
	assert_int_equal(process_region_at(kid, place.start + (2 << 20))->present, 2);
	moment_free(first);
	moment_free(second);
	first = source_examine(source, place.pid, place.start + (2 << 20) + 65536);
	assert_int_equal(first->processes[0].n_pages, 2);
	assert_int_equal(first->processes[0].pages[0].addr, place.start + (2 << 20) + 65536);
	moment_free(first);
	source_close(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_follow),		 cmocka_unit_test(test_follow_late),
		cmocka_unit_test(test_gone_and_reused),	 cmocka_unit_test(test_reused_at_once),
		cmocka_unit_test(test_reused_before),	 cmocka_unit_test(test_few_descriptors),
		cmocka_unit_test(test_never_there),	 cmocka_unit_test(test_trigger_unread),
		cmocka_unit_test(test_without_specimen), cmocka_unit_test(test_list),
		cmocka_unit_test(test_specimen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
