/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two moments compared: which processes, VMAs and regions belong together, and what differs in them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/diff.h"
#include "core_test.h"

#define MIB (UINT64_C(1) << 20)
#define AT UINT64_C(0x7f0000000000)

/* One side: a moment of at most two processes. */
struct side {
	struct moment moment;
	struct process processes[2];
	struct vma vmas[2][6];
	struct region regions[2][12];
	struct figure knobs[2];
};

static struct side old, new;
static const char *const what_names[] = {"same", "gained", "lost", "changed"};

static struct process *add_process(struct side *side, pid_t pid, const char *comm, uint64_t start_time)
{
	const size_t i = side->moment.n_processes++;

	side->moment.processes = side->processes;
	side->processes[i] = (struct process){.pid = pid,
					      .comm = comm,
					      .start_time = start_time,
					      .vmas = side->vmas[i],
					      .regions = side->regions[i],
					      .mapping_known = true};
	return &side->processes[i];
}

static struct vma *add_vma(struct process *process, uint64_t start, uint64_t end, const char *name)
{
	struct vma *vma = &process->vmas[process->n_vmas++];

	*vma = (struct vma){.start = start,
			    .end = end,
			    .perms = "rw-p",
			    .kind = *name == '/' ? VMA_FILE : VMA_ANON,
			    .name = name,
			    .eligible = -1,
			    .first_region = (uint32_t)process->n_regions};
	return vma;
}

/* In the last VMA, a PMD-mapped huge page, or 100 small pages. */
static struct region *add_region(struct process *process, uint64_t start, uint64_t len, bool huge)
{
	struct region *region = &process->regions[process->n_regions++];

	process->vmas[process->n_vmas - 1].n_regions++;
	*region = (struct region){.start = start,
				  .len = len,
				  .mapping = huge ? MAPPING_PMD : MAPPING_PTE,
				  .backing = huge ? BACKING_THP : BACKING_SMALL,
				  .order = huge ? 9 : 0,
				  .order_known = true,
				  .vma = (uint32_t)process->n_vmas - 1,
				  .present = huge ? 512 : 100,
				  .anon = huge ? 512 : 100,
				  .exclusive = huge ? 512 : 100,
				  .mapcount = {huge, 1, huge ? 1 : 100},
				  .pfn = huge ? 0x1000 + start / MIB : 0,
				  .team_usage = UNKNOWN_COUNT,
				  .team_pmd_maps = UNKNOWN_COUNT};
	return region;
}

static void begin(struct side *side)
{
	memset(side, 0, sizeof(*side));
	side->moment = (struct moment){.page_size = 4096, .pmd_size = 2 * MIB};
	side->moment.system.release = "6.18";
}

static int setup(void **state)
{
	(void)state;
	begin(&old);
	begin(&new);
	return 0;
}

static void say_fields(struct buf *out, uint32_t fields)
{
	unsigned i;

	for (i = 0; i < DIFF_FIELD_COUNT; i++)
		if (fields >> i & 1)
			buf_printf(out, " %s", diff_field_name((enum diff_field)i));
}

static void say_process(struct buf *out, const struct diff_process *process)
{
	size_t i, k;

	buf_printf(out, "%s %d>%d%s\n", process->reason ? "unread" : what_names[process->what],
		   process->before ? (int)process->before->pid : 0,
		   process->after ? (int)process->after->pid : 0, process->same ? " same" : "");
	for (i = 0; i < process->n_vmas; i++) {
		const struct diff_vma *vma = &process->vmas[i];

		buf_printf(out, " %s %llx>%llx%s", what_names[vma->what],
			   vma->before ? (unsigned long long)(vma->before->start - AT) / 4096 : 0,
			   vma->after ? (unsigned long long)(vma->after->start - AT) / 4096 : 0,
			   vma->sums ? " sums" : "");
		say_fields(out, vma->fields);
		buf_putc(out, '\n');
		for (k = 0; k < vma->n_regions; k++) {
			const struct diff_region *region = &process->regions[vma->first_region + k];
			const struct region *is = region->after ? region->after : region->before;

			buf_printf(out, "  %s %llx", what_names[region->what],
				   (unsigned long long)(is->start - AT) / 4096);
			say_fields(out, region->fields);
			buf_putc(out, '\n');
		}
	}
}

/* All that is said of the two, and how many regions are known on one side only. */
static void check_diff(const char *expected, uint64_t unknown)
{
	struct diff *diff = diff_make(&old.moment, 0, &new.moment, 0);
	struct buf said = {0};
	size_t i;

	buf_puts(&said, "");
	for (i = 0; i < diff->n_processes; i++)
		say_process(&said, &diff->processes[i]);
	if (strcmp(said.data, expected))
		fail_msg("\n%s\nexpected:\n%s", said.data, expected);
	assert_int_equal(diff->unknown, unknown);
	buf_fini(&said);
	diff_free(diff);
}

/* 8 MiB with two huge regions and a small one. */
static struct process *add_usual(struct side *side, pid_t pid, uint64_t at, uint64_t start_time)
{
	struct process *process = add_process(side, pid, "usual", start_time);

	add_vma(process, at, at + 8 * MIB, "");
	add_region(process, at, 2 * MIB, true);
	add_region(process, at + 2 * MIB, 2 * MIB, true);
	add_region(process, at + 6 * MIB, 2 * MIB, false);
	return process;
}

static void test_same(void **state)
{
	(void)state;
	add_usual(&old, 7, AT, 11);
	add_usual(&new, 7, AT, 11);
	check_diff("same 7>7 same\n", 0);
}

static void test_changed(void **state)
{
	struct process *process;

	(void)state;
	add_usual(&old, 7, AT, 11);
	process = add_usual(&new, 7, AT, 11);
	process->regions[0].mapping = MAPPING_PTE;
	process->regions[0].mapcount.entire = 0;
	process->regions[1].pfn++;
	process->regions[2].start -= 2 * MIB;
	check_diff("changed 7>7 same\n"
		   " changed 0>0\n"
		   "  changed 0 mapping entire\n"
		   "  changed 200 pfn\n"
		   "  gained 400\n"
		   "  lost 600\n",
		   0);
}

/* The frames of two processes always differ, and say nothing. */
static void test_moved(void **state)
{
	struct process *process;

	(void)state;
	add_usual(&old, 7, AT, 11);
	process = add_usual(&new, 8, AT + 32 * MIB, 99);
	check_diff("same 7>8\n", 0);
	process->regions[1].mapcount.highest = 3;
	check_diff("changed 7>8\n changed 0>2000\n  changed 2200 highest\n", 0);
}

/* Cut otherwise by what is no multiple of a region's size: only sums can be compared. */
static void test_sums(void **state)
{
	struct process *process;

	(void)state;
	add_usual(&old, 7, AT, 11);
	process = add_usual(&new, 8, AT + 32 * MIB + 4096, 99);
	process->vmas[0].kb.present = 4;
	check_diff("changed 7>8\n changed 0>2001 sums kb\n", 0);
	process->vmas[0].kb.present = 0;
	process->regions[0].mapping = MAPPING_PTE;
	check_diff("same 7>8\n", 0);
}

static void test_grown_and_shrunk(void **state)
{
	struct process *process;

	(void)state;
	add_usual(&old, 7, AT, 11);
	process = add_usual(&new, 7, AT, 11);
	process->vmas[0].end += 2 * MIB;
	add_region(process, AT + 8 * MIB, 2 * MIB, true);
	check_diff("changed 7>7 same\n changed 0>0 range\n  gained 800\n", 0);
	old.processes[0].vmas[0].end += 8 * MIB;
	add_region(&old.processes[0], AT + 14 * MIB, 2 * MIB, true);
	check_diff("changed 7>7 same\n changed 0>0 range\n  gained 800\n  lost e00\n", 0);
}

/* madvise of a part of it splits a VMA: its regions are what they were; and back. */
static void test_split_and_joined(void **state)
{
	struct process *process;

	(void)state;
	add_usual(&old, 7, AT, 11);
	process = add_process(&new, 7, "usual", 11);
	add_vma(process, AT, AT + 2 * MIB, "");
	add_region(process, AT, 2 * MIB, true);
	add_vma(process, AT + 2 * MIB, AT + 8 * MIB, "");
	add_region(process, AT + 2 * MIB, 2 * MIB, true);
	add_region(process, AT + 6 * MIB, 2 * MIB, false)->present++;
	check_diff("changed 7>7 same\n"
		   " changed 0>0 range\n"
		   " changed 0>200 range\n"
		   "  changed 600 present\n",
		   0);
	{
		const struct side swap = old;

		old = new;
		new = swap;
		old.moment.processes = old.processes;
		new.moment.processes = new.processes;
		old.processes[0].vmas = old.vmas[0];
		old.processes[0].regions = old.regions[0];
		new.processes[0].vmas = new.vmas[0];
		new.processes[0].regions = new.regions[0];
	}
	check_diff("changed 7>7 same\n"
		   " changed 200>0 range\n"
		   "  changed 600 present\n",
		   0);
}

static void test_vmas_gained_and_lost(void **state)
{
	struct process *process;

	(void)state;
	process = add_usual(&old, 7, AT, 11);
	add_vma(process, AT + 16 * MIB, AT + 18 * MIB, "/lib/a");
	add_region(process, AT + 16 * MIB, 2 * MIB, false);
	process = add_usual(&new, 7, AT, 11);
	/* At the same addresses another file: what was there is gone. */
	add_vma(process, AT + 16 * MIB, AT + 18 * MIB, "/lib/b");
	add_region(process, AT + 16 * MIB, 2 * MIB, false);
	check_diff("changed 7>7 same\n"
		   " gained 0>1000\n"
		   "  gained 1000\n"
		   " lost 1000>0\n"
		   "  lost 1000\n",
		   0);
	/* mremap: the same, elsewhere. */
	new.vmas[0][1].name = "/lib/a";
	new.vmas[0][1].start += 4 * MIB;
	new.vmas[0][1].end += 4 * MIB;
	new.regions[0][3].start += 4 * MIB;
	check_diff("changed 7>7 same\n changed 1000>1400 range\n", 0);
	memcpy(new.vmas[0][1].perms, "r--p", 5);
	check_diff("changed 7>7 same\n changed 1000>1400 range perms\n", 0);
}

/* A name that anonymous memory was given, in place and elsewhere, is no difference. */
static void test_named_later(void **state)
{
	(void)state;
	add_usual(&old, 7, AT, 11);
	add_usual(&new, 7, AT, 11)->vmas[0].name = "[anon:cache]";
	check_diff("same 7>7 same\n", 0);
	new.processes[0].start_time = 12;
	check_diff("same 7>7\n", 0);
}

/* Equal ones belong together in their order, whatever is between them. */
static void test_many_alike(void **state)
{
	struct process *process;
	int i;

	(void)state;
	process = add_process(&old, 7, "a", 1);
	for (i = 0; i < 3; i++)
		add_vma(process, AT + (uint64_t)i * 8 * MIB,
			AT + (uint64_t)i * 8 * MIB + (i == 1 ? 4 : 2) * MIB, "");
	process = add_process(&new, 8, "b", 2);
	for (i = 0; i < 4; i++)
		add_vma(process, AT + (uint64_t)i * 8 * MIB,
			AT + (uint64_t)i * 8 * MIB + (i == 2 ? 4 : 2) * MIB, "");
	check_diff("changed 7>8\n gained 0>1800\n", 0);
}

static void test_unknown(void **state)
{
	struct process *process;

	(void)state;
	add_usual(&old, 7, AT, 11);
	process = add_usual(&new, 7, AT, 11);
	process->regions[0].backing = BACKING_UNKNOWN;
	process->regions[0].mapcount = (struct mapcount){-1, -1, -1};
	process->regions[1].mapping = MAPPING_UNKNOWN;
	process->regions[1].present = 511;
	check_diff("changed 7>7 same\n changed 0>0\n  changed 200 present\n", 2);
	/* What may be PFNMAP looks empty, and may be. */
	process->regions[1].present = 512;
	process->regions[2].start -= 2 * MIB;
	process->regions[2].mapping = MAPPING_UNKNOWN;
	process->regions[2].present = 0;
	check_diff("changed 7>7 same\n changed 0>0\n  lost 600\n", 3);
}

/* Of a library's pages the counts are everybody's. */
static void test_files(void **state)
{
	struct side *const sides[] = {&old, &new};
	struct process *process;
	struct region *region;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		process = add_process(sides[i], 7, "a", 1);
		add_vma(process, AT, AT + 4 * MIB, "/lib/a");
		region = add_region(process, AT, 2 * MIB, false);
		region->anon = 0;
		region->file = 100;
		region->mapcount = (struct mapcount){0, 3 + (int64_t)i, 300 + (int64_t)i};
		region = add_region(process, AT + 2 * MIB, 2 * MIB, true);
		region->file = 512;
		region->anon = 0;
		region->mapcount.highest += (int64_t)i;
		/* One page, which is the folio; a page of its own beside those of the file; and the vDSO. */
		add_vma(process, AT + 8 * MIB, AT + 10 * MIB, "/lib/b");
		region = add_region(process, AT + 8 * MIB, 4096, false);
		*region = (struct region){.start = AT + 8 * MIB,
					  .len = 4096,
					  .vma = 1,
					  .present = 1,
					  .file = 1,
					  .pfn = 0x77,
					  .mapping = MAPPING_PTE,
					  .backing = BACKING_SMALL,
					  .mapcount = {0, 3 + (int64_t)i, 3 + (int64_t)i}};
		add_vma(process, AT + 10 * MIB, AT + 12 * MIB, "/lib/c");
		region = add_region(process, AT + 10 * MIB, 2 * MIB, false);
		region->anon = 1;
		region->file = 99;
		region->mapcount = (struct mapcount){0, 9 + (int64_t)i, 300 + (int64_t)i};
		add_vma(process, AT + 12 * MIB, AT + 14 * MIB, "[vdso]")->kind = VMA_SPECIAL;
		add_region(process, AT + 12 * MIB, 2 * MIB, false)->mapcount.highest += (int64_t)i;
	}
	check_diff("changed 7>7 same\n changed 0>0\n  changed 200 highest\n", 0);
}

static void test_processes(void **state)
{
	(void)state;
	add_process(&old, 7, "a", 1);
	add_process(&old, 8, "b", 2);
	add_process(&new, 7, "a", 1);
	add_process(&new, 9, "b", 3);
	check_diff("same 7>7 same\nsame 8>9\n", 0);
	/* Another that has the PID now, and is called otherwise. */
	new.processes[0].start_time = 5;
	new.processes[0].comm = "c";
	check_diff("lost 7>0\ngained 0>7\nsame 8>9\n", 0);
	/* Two of a name: which would be which? */
	old.processes[0].comm = "b";
	check_diff("lost 7>0\ngained 0>7\nlost 8>0\ngained 0>9\n", 0);
}

static void test_unread(void **state)
{
	(void)state;
	add_process(&old, 7, "a", 1);
	add_process(&old, 8, "", 0)->outcome = OUTCOME_NO_MEMORY;
	add_process(&new, 7, "a", 0)->outcome = OUTCOME_DENIED;
	new.processes[0].reason = "it is somebody else's";
	add_process(&new, 8, "", 0)->outcome = OUTCOME_NO_MEMORY;
	check_diff("unread 7>7\n", 0);
	new.processes[0].outcome = OUTCOME_GONE;
	check_diff("lost 7>0\n", 0);
}

static void test_chosen(void **state)
{
	struct diff *diff;

	(void)state;
	add_process(&old, 7, "a", 1);
	add_process(&old, 8, "b", 2);
	add_process(&new, 8, "b", 2);
	diff = diff_make(&old.moment, 0, &new.moment, 8);
	assert_int_equal(diff->n_processes, 1);
	assert_ptr_equal(diff->processes[0].before, &old.processes[1]);
	assert_false(diff_any(diff));
	diff_free(diff);
	diff = diff_make(&old.moment, 7, &new.moment, 8);
	assert_int_equal(diff->n_processes, 1);
	assert_ptr_equal(diff->processes[0].before, &old.processes[0]);
	diff_free(diff);
	new.processes[0] = (struct process){.pid = 9, .comm = "c", .start_time = 4};
	diff = diff_make(&old.moment, 0, &new.moment, 9);
	assert_int_equal(diff->n_processes, 1);
	assert_int_equal(diff->of_processes[DIFF_GAINED], 1);
	diff_free(diff);
}

static void test_machine(void **state)
{
	struct diff *diff;

	(void)state;
	old.knobs[0] = (struct figure){"enabled", "madvise"};
	old.knobs[1] = (struct figure){"khugepaged/full_scans", "3"};
	new.knobs[0] = (struct figure){"khugepaged/full_scans", "4"};
	new.knobs[1] = (struct figure){"enabled", "always"};
	old.moment.system.knobs = old.knobs;
	new.moment.system.knobs = new.knobs;
	old.moment.system.n_knobs = new.moment.system.n_knobs = 2;
	new.moment.system.release = "6.19";
	diff = diff_make(&old.moment, 0, &new.moment, 0);
	assert_true(diff_any(diff));
	assert_int_equal(diff->n_figures, 2);
	assert_string_equal(diff->figures[0].name, "kernel");
	assert_string_equal(diff->figures[1].before, "madvise");
	assert_string_equal(diff->figures[1].after, "always");
	diff_free(diff);
}

/* Other sizes of pages: nothing is cut alike. */
static void test_other_machine(void **state)
{
	(void)state;
	add_usual(&old, 7, AT, 11);
	add_usual(&new, 7, AT, 12)->regions[0].mapping = MAPPING_PTE;
	new.moment.pmd_size = 512 * MIB;
	check_diff("same 7>7\n", 0);
	new.vmas[0][0].kb.present = 3;
	check_diff("changed 7>7\n changed 0>0 sums kb\n", 0);
}

/* What is compared with itself does not differ, and both ways the same is told: layouts at random. */
static void test_random(void **state)
{
	struct dice dice = {42};
	struct diff *there, *back;
	int round, i, k;

	(void)state;
	for (round = 0; round < 2000; round++) {
		struct side *const sides[] = {&old, &new};
		const uint64_t time = dice_roll(&dice, 2);

		for (k = 0; k < 2; k++) {
			uint64_t at = AT + dice_roll(&dice, 3) * MIB;
			struct process *process;

			begin(sides[k]);
			process = add_process(sides[k], 7, "a", 1 + (uint64_t)k * time);
			for (i = 0; i < 4; i++) {
				const uint64_t len = (1 + dice_roll(&dice, 3)) * MIB;
				uint64_t from = at, to;

				add_vma(process, at, at + len, dice_roll(&dice, 3) ? "" : "/lib/a");
				for (; from < at + len; from = to) {
					to = (from / (2 * MIB) + 1) * 2 * MIB;
					to = to < at + len ? to : at + len;
					if (dice_roll(&dice, 2))
						add_region(process, from, to - from, dice_roll(&dice, 2));
				}
				at += len + dice_roll(&dice, 2) * MIB;
			}
		}
		there = diff_make(&old.moment, 0, &old.moment, 0);
		assert_false(diff_any(there));
		diff_free(there);
		there = diff_make(&old.moment, 0, &new.moment, 0);
		back = diff_make(&new.moment, 0, &old.moment, 0);
		assert_int_equal(diff_any(there), diff_any(back));
		assert_int_equal(there->of_vmas[DIFF_LOST] == 0 && there->of_vmas[DIFF_GAINED] == 0,
				 back->of_vmas[DIFF_LOST] == 0 && back->of_vmas[DIFF_GAINED] == 0);
		diff_free(there);
		diff_free(back);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_same, setup),
		cmocka_unit_test_setup(test_changed, setup),
		cmocka_unit_test_setup(test_moved, setup),
		cmocka_unit_test_setup(test_sums, setup),
		cmocka_unit_test_setup(test_grown_and_shrunk, setup),
		cmocka_unit_test_setup(test_split_and_joined, setup),
		cmocka_unit_test_setup(test_vmas_gained_and_lost, setup),
		cmocka_unit_test_setup(test_named_later, setup),
		cmocka_unit_test_setup(test_many_alike, setup),
		cmocka_unit_test_setup(test_unknown, setup),
		cmocka_unit_test_setup(test_files, setup),
		cmocka_unit_test_setup(test_processes, setup),
		cmocka_unit_test_setup(test_unread, setup),
		cmocka_unit_test_setup(test_chosen, setup),
		cmocka_unit_test_setup(test_machine, setup),
		cmocka_unit_test_setup(test_other_machine, setup),
		cmocka_unit_test_setup(test_random, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
