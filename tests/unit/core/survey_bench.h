/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Surveys of the made-up kernel, and what all tests of the survey check of one. */
#ifndef SURVEY_BENCH_H
#define SURVEY_BENCH_H

#include "core_test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/classify.h"
#include "core/survey.h"
#include "fake_kernel.h"

#define BASE UINT64_C(0x7f0000000000)

static inline struct moment *survey_of(struct kernel *kernel, size_t n, const struct survey_options *options)
{
	static const struct survey_options plain;
	static const pid_t pids[] = {100, 101, 102, 103};

	return survey_moment(kernel, pids, n, NULL, options ? options : &plain);
}

/* Sums that hold of any process, whatever came of it. */
static inline void check_process(const struct process *process, uint64_t pmd_size)
{
	uint64_t states = 0, present = 0, whole[STATE_COUNT] = {0};
	size_t i, k;

	for (i = 0; i < STATE_COUNT; i++)
		states += process->totals.state[i];
	assert_int_equal(process->totals.regions, states);
	assert_true((process->outcome == OUTCOME_OK) == (process->reason == NULL));
	if (process->outcome != OUTCOME_OK) {
		assert_int_equal(process->n_regions, 0);
		assert_null(process_region_at(process, BASE));
		return;
	}
	for (i = 0; i < process->n_vmas; i++) {
		const struct vma *vma = &process->vmas[i];

		present += vma->kb.present;
		for (k = vma->first_region; k < (size_t)vma->first_region + vma->n_regions; k++) {
			const struct region *region = &process->regions[k];

			assert_int_equal(region->vma, i);
			assert_true(region->start >= vma->start && region->start + region->len <= vma->end);
			assert_int_equal(region->start / pmd_size,
					 (region->start + region->len - 1) / pmd_size);
			assert_int_not_equal(region->mapping, MAPPING_NONE);
			whole[region_state(region)] += region->len == pmd_size;
			assert_ptr_equal(process_region_at(process, region->start + region->len - 1), region);
			if (k > vma->first_region)
				assert_true(region[-1].start < region->start);
		}
	}
	assert_int_equal(present, process->kb.present);
	assert_int_equal(process->kb.present, process->kb.pmd + process->kb.thp_pte + process->kb.mthp +
						      process->kb.small + process->kb.hugetlb +
						      process->kb.team_pte + process->kb.unknown);
	for (i = 0; i < STATE_COUNT; i++)
		if (i != STATE_EMPTY)
			assert_int_equal(process->totals.state[i], whole[i]);
}

static inline void check_moment(const struct moment *moment)
{
	size_t i;

	for (i = 0; i < moment->n_processes; i++)
		check_process(&moment->processes[i], moment->pmd_size);
}

static inline const struct region *only_region(const struct moment *moment, size_t process, uint64_t addr)
{
	const struct region *region = process_region_at(&moment->processes[process], addr);

	assert_non_null(region);
	return region;
}

static inline void assert_kinds(const struct region *region, enum mapping mapping, enum backing backing)
{
	assert_string_equal(mapping_name(region->mapping), mapping_name(mapping));
	assert_string_equal(backing_name(region->backing), backing_name(backing));
}

static inline void assert_mapcount(const struct region *region, int64_t entire, int64_t highest,
				   int64_t total)
{
	assert_int_equal(region->mapcount.entire, entire);
	assert_int_equal(region->mapcount.highest, highest);
	assert_int_equal(region->mapcount.total, total);
}

#endif
